//! Changes to everything beside the texts: pictures, data files, configuration, theme, static files.

use crate::data::{self, CONFIG};
use crate::plain::Tables;
use crate::random::Random;
use crate::words::{NICKS, picture, sentence, word};
use crate::world::World;

fn pictures(w: &World) -> Vec<String> {
    let mut all = w.paths("", ".png");
    all.extend(w.paths("", ".jpg"));
    all
}

pub fn replace_picture(w: &mut World, r: &mut Random) -> Option<String> {
    let mut all = pictures(w);
    // The owner's photo is in many pages, and icons are made of it.
    all.retain(|path| w.text("lanai.toml").is_some_and(|text| text.contains(path.as_str())));
    let path = r.one(&all).filter(|_| r.chance(30)).or_else(|| r.one(&pictures(w)))?;
    match r.below(10) {
        0 => {
            let half = w.files[&path].len() / 2;
            let bytes = w.files[&path][..half].to_vec();
            w.write(&path, bytes);
            Some(format!("{path}: cut in half"))
        }
        1 => {
            w.remove(&path);
            Some(format!("{path}: removed, used or not"))
        }
        2 => {
            let other = r.one(&pictures(w))?;
            let bytes = w.files[&other].clone();
            w.write(&path, bytes);
            Some(format!("{path}: now the same as {other}"))
        }
        _ => {
            let bytes = picture(r, &path);
            w.write(&path, bytes);
            Some(format!("{path}: another picture"))
        }
    }
}

/// A file beside a post in its folder, or in `media/`.
pub fn add_media(w: &mut World, r: &mut Random) -> Option<String> {
    let bundle = r.one(&w.paths("content/", "/index.md"));
    let folder = bundle.as_deref().and_then(|path| path.strip_suffix("index.md"));
    let folder = folder.filter(|_| r.chance(60)).unwrap_or("media/");
    let path = format!("{folder}{}-{}.{}", word(r), w.fresh(), r.pick(&["png", "jpg", "txt"]));
    let bytes = if path.ends_with("txt") { sentence(w, r).into_bytes() } else { picture(r, &path) };
    w.write(&path, bytes);
    Some(format!("{path}: new"))
}

pub fn mention(w: &mut World, r: &mut Random) -> Option<String> {
    let all = w.paths("data/mentions/", ".json");
    match (r.below(6), r.one(&all)) {
        (0, Some(path)) => {
            w.remove(&path);
            Some(format!("{path}: removed"))
        }
        (1..=2, Some(path)) => {
            let done = data::edit_mention(w, r, &path)?;
            Some(format!("{path}: {done}"))
        }
        (3, Some(path)) if r.chance(40) => {
            // The order of files decides which of two copies is shown.
            let text = w.text(&path)?;
            let new = format!("data/mentions/a/{:016x}.json", r.next());
            w.write(&new, text);
            if r.chance(50) {
                w.remove(&path);
            }
            Some(format!("{new}: {path} again, or under another name"))
        }
        (4, Some(path)) if r.chance(10) => {
            w.write(&path, "{ \"type\": ");
            Some(format!("{path}: no JSON any more"))
        }
        _ => Some(format!("{}: new", data::mention(w, r))),
    }
}

pub fn cite(w: &mut World, r: &mut Random) -> Option<String> {
    let all = w.paths("data/cites/", ".json");
    match r.one(&all) {
        Some(path) if r.chance(30) => {
            w.remove(&path);
            Some(format!("{path}: removed"))
        }
        _ => Some(format!("{}: new or another", data::cite(w, r))),
    }
}

pub fn avatar(w: &mut World, r: &mut Random) -> Option<String> {
    let nick = r.pick(&NICKS);
    let path = format!("data/avatars/{nick}.png");
    if w.files.contains_key(&path) && r.chance(30) {
        w.remove(&path);
        return Some(format!("{path}: removed"));
    }
    data::avatar(w, r, nick);
    Some(format!("{path}: another face"))
}

/// Adds, removes, moves or changes a row of a data file.
pub fn rows(w: &mut World, r: &mut Random) -> Option<String> {
    let file = r.pick(&["following", "following", "people", "people", "gone", "moderation"]);
    let path = format!("data/{file}.toml");
    let mut tables = Tables::parse(&w.text(&path).unwrap_or_default());
    let rows = tables.all(data::header(file));
    let Some(at) = r.one(&rows).filter(|_| r.chance(65)) else {
        data::row(w, r, file);
        return Some(format!("{path}: a row more"));
    };
    let done = match r.below(7) {
        0 | 1 => {
            tables.tables.remove(at);
            "a row less"
        }
        2 => {
            tables.tables.swap(at, rows[0]);
            "two rows change places"
        }
        3 if file == "following" => {
            tables.tables[at].1.push(("public".to_owned(), "false".to_owned()));
            "a row kept private"
        }
        4 if w.text(&path).is_some_and(|text| text.len() > 20) && r.chance(20) => {
            w.remove(&path);
            return Some(format!("{path}: removed"));
        }
        _ => match file {
            "following" | "people" => {
                let nick = r.pick(&NICKS);
                let keys = &mut tables.tables[at].1;
                let key = keys.iter_mut().find(|(key, _)| key == "nickname")?;
                key.1 = format!("\"{nick}\"");
                "another nickname"
            }
            _ => {
                tables.tables.remove(at);
                "a row less"
            }
        },
    };
    // A row may have got a key twice.
    for (_, keys) in &mut tables.tables {
        let mut seen = Vec::new();
        keys.retain(|(key, _)| {
            !seen.contains(key) && {
                seen.push(key.clone());
                true
            }
        });
    }
    w.write(&path, tables.text());
    Some(format!("{path}: {done}"))
}

/// Rules that are not in a public repository.
pub fn private_rules(w: &mut World, r: &mut Random) -> Option<String> {
    let path = "data/private/moderation.toml";
    if w.files.contains_key(path) {
        w.remove(path);
        return Some(format!("{path}: removed"));
    }
    w.write(path, format!("[[mute]]\ndomain = \"{}.example\"\n", r.pick(&NICKS)));
    Some(format!("{path}: new"))
}

pub fn cv(w: &mut World, r: &mut Random) -> Option<String> {
    if w.files.contains_key("data/cv.toml") && r.chance(50) {
        w.remove("data/cv.toml");
        return Some("the CV vanishes".to_owned());
    }
    data::cv(w, r);
    Some("the CV appears or changes".to_owned())
}

pub fn config(w: &mut World, r: &mut Random) -> Option<String> {
    let mut tables = Tables::parse(&w.text("lanai.toml")?);
    let done = match r.below(14) {
        0 => {
            let menu = tables.all("[[menu]]");
            match r.one(&menu) {
                Some(at) if r.chance(50) => drop(tables.tables.remove(at)),
                _ => data::menu_line(
                    &mut tables,
                    word(r),
                    r.pick(&["/about/", "/cv/", "/tags/", "/nothing/"]),
                ),
            }
            "the menu".to_owned()
        }
        1 => {
            tables.tables.push(("[languages.ja]".to_owned(), Vec::new()));
            if tables.all("[languages.ja]").len() > 1 {
                tables.tables.retain(|(header, _)| header != "[languages.ja]");
            }
            "a language comes or goes".to_owned()
        }
        2 if r.chance(30) => {
            tables.tables.retain(|(header, _)| header != "[languages.de]");
            "German is no language of the site".to_owned()
        }
        _ => {
            let mut done = Vec::new();
            for _ in 0..[1, 1, 3][r.below(3)] {
                let (header, key, values) = CONFIG[r.below(CONFIG.len())];
                let value = r.pick(values);
                tables.set(header, key, Some(value).filter(|value| !value.is_empty()));
                done.push(format!("{header} {key} = {value}"));
            }
            done.join(", ")
        }
    };
    let text = tables.text();
    if w.files.get("lanai.toml").map(Vec::as_slice) == Some(text.as_bytes()) {
        return None;
    }
    w.write("lanai.toml", text);
    Some(format!("lanai.toml: {done}"))
}

/// Overrides of the theme: they come, change and go; some do not parse.
pub fn theme(w: &mut World, r: &mut Random) -> Option<String> {
    let note = sentence(w, r);
    let (path, text) = match r.below(8) {
        0 => (
            "theme/templates/parts/footer.html",
            format!("<footer class=\"end\"><p>{note}</p></footer>"),
        ),
        1 => (
            "theme/templates/parts/head-extra.html",
            format!("<meta name=\"x\" content=\"{note}\">"),
        ),
        2 | 3 => (
            "theme/templates/404.html",
            format!(
                "{{% extends \"shared/404.html\" %}}\n{{% block main -%}}\n<p>{note}</p>\n{{%- endblock main %}}\n"
            ),
        ),
        4 | 5 => ("theme/assets/custom.css", format!(":root {{ --gap: 4rem; }} /* {note} */\n")),
        6 => ("theme/assets/extra.txt", note),
        _ if r.chance(30) => {
            ("theme/templates/parts/footer.html", format!("<p>{{{{ nothing.here }}}} {note}</p>"))
        }
        _ => (
            "theme/templates/post.html",
            format!(
                "{{% extends \"shared/post.html\" %}}\n{{% block main -%}}\n<h1>{{{{ entry.name }}}}</h1> {note}\n{{%- endblock main %}}\n"
            ),
        ),
    };
    if w.files.contains_key(path) && r.chance(50) {
        w.remove(path);
        return Some(format!("{path}: removed"));
    }
    w.write(path, text);
    Some(format!("{path}: written"))
}

/// Files that are copied as they are, some to addresses that pages had or have.
pub fn statics(w: &mut World, r: &mut Random) -> Option<String> {
    let all = w.paths("static/", "");
    match (r.below(6), r.one(&all)) {
        (0 | 1, Some(path)) => {
            w.remove(&path);
            Some(format!("{path}: removed"))
        }
        (2, Some(path)) => {
            let text = sentence(w, r);
            w.write(&path, text);
            Some(format!("{path}: changed"))
        }
        (3, _) => {
            let name = r.pick(&["favicon.ico", "robots.txt", "_headers", "me.png", "notes/x.txt"]);
            let path = format!("static/{name}");
            let bytes =
                if name.ends_with("png") { picture(r, name) } else { sentence(w, r).into_bytes() };
            w.write(&path, bytes);
            Some(format!("{path}: written"))
        }
        (4, _) => {
            let ever: Vec<String> = w.ever.iter().cloned().collect();
            let path = format!("static/{}", r.one(&ever)?);
            let text = sentence(w, r);
            w.write(&path, text);
            Some(format!("{path}: has the address of something that is or was made"))
        }
        _ => {
            let path = format!("static/{}-{}.txt", word(r), w.fresh());
            let text = sentence(w, r);
            w.write(&path, text);
            Some(format!("{path}: new"))
        }
    }
}
