//! Changes to texts: what a person does in `content/`.

use crate::plain::Doc;
use crate::posts::{self, date, near};
use crate::random::Random;
use crate::words::{HOME, TAGS, WANTED, elsewhere, fragment, relative, sentence, title, word};
use crate::world::World;

/// Changes one Markdown file: what is done to it, in words.
fn change(
    w: &mut World,
    r: &mut Random,
    what: impl FnOnce(&mut World, &mut Random, &str, &mut Doc) -> Option<String>,
) -> Option<String> {
    let path = r.one(&w.paths("content/", ".md"))?;
    let mut doc = w.doc(&path);
    let done = what(w, r, &path, &mut doc)?;
    w.put(&path, &doc);
    Some(format!("{path}: {done}"))
}

pub fn edit(w: &mut World, r: &mut Random) -> Option<String> {
    change(w, r, |w, r, path, doc| {
        let more = fragment(w, r, path);
        if r.chance(30) {
            let mut parts: Vec<String> = doc.body.split("\n\n").map(str::to_owned).collect();
            let at = r.below(parts.len());
            parts[at] = more;
            doc.body = format!("{}\n", parts.join("\n\n"));
            return Some(format!("paragraph {at} replaced"));
        }
        doc.body.push_str(&format!("\n{more}\n"));
        Some(format!("text added: {more:?}"))
    })
}

pub fn white_space(w: &mut World, r: &mut Random) -> Option<String> {
    let path = r.one(&w.paths("content/", ".md"))?;
    let text = w.text(&path)?;
    let (text, done) = match r.below(4) {
        0 => (format!("{text}\n"), "an empty line at the end"),
        1 => (text.trim_end().to_owned(), "no line end at the end"),
        2 if text.contains("\r\n") => (text.replace("\r\n", "\n"), "LF"),
        2 => (text.replace('\n', "\r\n"), "CRLF"),
        _ => (text.replacen("++\n", "++ \n", 1), "a space behind a fence"),
    };
    w.write(&path, text);
    Some(format!("{path}: {done}"))
}

/// One letter of a plain line is another; the size stays.
pub fn one_letter(w: &mut World, r: &mut Random) -> Option<String> {
    let path = r.one(&w.paths("content/", ".md"))?;
    let doc = w.doc(&path);
    let lines: Vec<&str> = doc.body.lines().filter(|l| l.starts_with("The ")).collect();
    let line = *r.one(&lines)?.split('[').next().as_ref()?;
    let other =
        if line.contains('o') { line.replacen('o', "e", 1) } else { line.replacen('e', "o", 1) };
    let text = w.text(&path)?.replacen(line, &other, 1);
    let before = w.modified(&path);
    w.write(&path, text);
    if r.chance(40) {
        w.set_modified(&path, before);
        return Some(format!("{path}: one letter changed, size and time kept"));
    }
    Some(format!("{path}: one letter changed, size kept"))
}

pub fn retitle(w: &mut World, r: &mut Random) -> Option<String> {
    change(w, r, |w, r, _, doc| {
        if r.chance(20) {
            doc.get("title")?;
            doc.unset("title");
            return Some("no title any more".to_owned());
        }
        let title = title(w, r);
        doc.set("title", &format!("\"{title}\""));
        Some(format!("title {title:?}"))
    })
}

pub fn retag(w: &mut World, r: &mut Random) -> Option<String> {
    change(w, r, |_, r, _, doc| {
        let mut tags = doc.list("tags");
        match r.below(3) {
            0 if !tags.is_empty() => drop(tags.remove(r.below(tags.len()))),
            1 if !tags.is_empty() => {
                let at = r.below(tags.len());
                tags[at] = r.pick(&TAGS).to_owned();
            }
            _ => tags.push(r.pick(&TAGS).to_owned()),
        }
        doc.set_list("tags", &tags);
        Some(format!("tags {tags:?}"))
    })
}

pub fn redate(w: &mut World, r: &mut Random) -> Option<String> {
    change(w, r, |w, r, _, doc| {
        let old = doc.get("date")?.to_owned();
        let new = match r.below(4) {
            0 => format!("{}02{}", &old[..8], &old[10..]),
            1 => {
                let other = r.one(&w.dated())?;
                w.doc(&other).get("date")?.to_owned()
            }
            _ => date(r),
        };
        doc.set("date", &new);
        Some(format!("date {new}"))
    })
}

/// Sets any key, or takes one away.
pub fn any_key(w: &mut World, r: &mut Random) -> Option<String> {
    change(w, r, |w, r, _, doc| {
        if r.chance(35) {
            let keys: Vec<String> = doc.head.iter().map(|(key, _)| key.clone()).collect();
            let key = r.one(&keys).filter(|key| key != "date")?;
            doc.unset(&key);
            return Some(format!("{key} taken away"));
        }
        let (key, value) = posts::key(w, r, doc);
        doc.set(&key, &value);
        Some(format!("{key} = {value}"))
    })
}

/// Changes whether a text is seen: draft, schedule, expiry, pin, warning, list.
pub fn visibility(w: &mut World, r: &mut Random) -> Option<String> {
    change(w, r, |w, r, _, doc| {
        let (key, value) = match r.below(7) {
            0 => ("draft", "true".to_owned()),
            1 => ("date", near(w.now, r, true)),
            2 => ("expires", near(w.now, r, true)),
            3 => ("expires", near(w.now, r, false)),
            4 => ("pinned", "true".to_owned()),
            5 => ("sensitive", "true".to_owned()),
            _ => ("visibility", "\"unlisted\"".to_owned()),
        };
        if key != "date" && doc.get(key).is_some() {
            doc.unset(key);
            return Some(format!("{key} taken away"));
        }
        if key == "date" && doc.get(key).is_none() {
            return None;
        }
        doc.set(key, &value);
        Some(format!("{key} = {value}"))
    })
}

pub fn add(w: &mut World, r: &mut Random) -> Option<String> {
    let path = match r.below(8) {
        0 => posts::list_text(w, r),
        1 => posts::translation(w, r)?,
        _ => posts::add(w, r),
    };
    Some(format!("{path}: new"))
}

/// Adds the page that a wiki link wants.
pub fn add_wanted(w: &mut World, r: &mut Random) -> Option<String> {
    let title = r.pick(&WANTED);
    let path = format!("content/garden/{}.md", title.to_lowercase().replace(' ', "-"));
    if w.files.contains_key(&path) {
        w.remove(&path);
        return Some(format!("{path}: removed"));
    }
    let mut doc = Doc::default();
    doc.set("title", &format!("\"{title}\""));
    doc.body = sentence(w, r);
    w.put(&path, &doc);
    Some(format!("{path}: new, as links wanted"))
}

/// Removes a text: one that nothing names, or any; with or without a tombstone.
pub fn delete(w: &mut World, r: &mut Random) -> Option<String> {
    let careful = r.chance(75);
    let all = w.paths("content/", ".md");
    if all.len() < 8 {
        return None;
    }
    let path = r.one(&all)?;
    let name = path.trim_end_matches("/index.md").rsplit('/').next()?.to_owned();
    let named = |other: &String| *other != path && w.text(other).is_some_and(|t| t.contains(&name));
    if careful && w.paths("content/", ".md").iter().any(named) {
        return None;
    }
    let address = w.address(&path);
    w.remove(&path);
    if r.chance(40) && !path.contains("_index") {
        let gone = "data/gone.toml";
        let text = w.text(gone).unwrap_or_default();
        w.write(gone, format!("{text}\n[[gone]]\npath = \"{address}\"\n"));
        return Some(format!("{path}: deleted, with a tombstone"));
    }
    Some(format!("{path}: deleted"))
}

/// Gives a text another name or folder, with or without its old address and the links to it.
pub fn rename(w: &mut World, r: &mut Random) -> Option<String> {
    let mut all = w.posts();
    all.retain(|path| !path.ends_with("index.md") && !path.ends_with(".de.md"));
    let path = r.one(&all)?;
    let (folder, name) = path.rsplit_once('/')?;
    let new = match r.below(4) {
        0 => {
            format!("{}/{name}", r.pick(&["content/notes", "content/articles", "content/trip/day"]))
        }
        1 => format!("{}/index.md", path.trim_end_matches(".md")),
        2 => format!("{folder}/2024-02-0{}-{}-{}.md", r.within(1, 9), word(r), w.fresh()),
        _ => format!("{folder}/{}-{}.md", word(r), w.fresh()),
    };
    if w.files.contains_key(&new) {
        return None;
    }
    let mut doc = w.doc(&path);
    if r.chance(60) {
        let mut aliases = doc.list("aliases");
        aliases.push(w.address(&path));
        doc.set_list("aliases", &aliases);
    }
    let others = w.paths("content/", ".md");
    for other in &others {
        let (old_way, new_way) = (relative(&path, other), relative(&new, other));
        doc.body = doc.body.replace(&format!("]({old_way}"), &format!("]({new_way}"));
    }
    for media in w.paths("media/", "").iter().chain(&w.paths(folder, "g")) {
        let (old_way, new_way) = (relative(&path, media), relative(&new, media));
        doc.body = doc.body.replace(&format!("]({old_way}"), &format!("]({new_way}"));
    }
    w.remove(&path);
    w.put(&new, &doc);
    let mended = r.chance(75);
    if mended {
        for other in others.iter().filter(|other| **other != path) {
            let mut text = w.doc(other);
            let (old_way, new_way) = (relative(other, &path), relative(other, &new));
            let body = text.body.replace(&format!("]({old_way}"), &format!("]({new_way}"));
            if body != text.body {
                text.body = body;
                w.put(other, &text);
            }
        }
    }
    Some(format!(
        "{path}: renamed to {new}, links to it {}",
        if mended { "mended" } else { "left" }
    ))
}

/// Two files have each other's contents.
pub fn swap(w: &mut World, r: &mut Random) -> Option<String> {
    let all = w.posts();
    let (a, b) = (r.one(&all)?, r.one(&all)?);
    if a == b {
        return None;
    }
    if r.chance(40) {
        // By name only: the files keep their inodes, sizes and times.
        let middle = w.beside("swapped");
        std::fs::rename(w.root.join(&a), &middle).unwrap();
        std::fs::rename(w.root.join(&b), w.root.join(&a)).unwrap();
        std::fs::rename(&middle, w.root.join(&b)).unwrap();
        let (first, second) = (w.files[&a].clone(), w.files[&b].clone());
        w.files.insert(a.clone(), second);
        w.files.insert(b.clone(), first);
        return Some(format!("{a} and {b} have changed names"));
    }
    let (first, second) = (w.files[&a].clone(), w.files[&b].clone());
    w.write(&a, second);
    w.write(&b, first);
    Some(format!("{a} and {b} have changed contents"))
}

/// A post goes, and another takes its address: as its own, as an old one, or as a tombstone.
pub fn successor(w: &mut World, r: &mut Random) -> Option<String> {
    let all = w.dated();
    let (gone, heir) = (r.one(&all)?, r.one(&all)?);
    if gone == heir || gone.ends_with("index.md") {
        return None;
    }
    let address = w.address(&gone);
    w.remove(&gone);
    if r.chance(50) {
        let mut doc = w.doc(&heir);
        let mut aliases = doc.list("aliases");
        aliases.push(address);
        doc.set_list("aliases", &aliases);
        w.put(&heir, &doc);
        return Some(format!("{gone}: deleted, {heir} has its address as an old one"));
    }
    let mut doc = Doc::default();
    doc.set("date", &date(r));
    doc.set("slug", &format!("\"{}\"", address.trim_matches('/').rsplit('/').next()?));
    doc.body = sentence(w, r);
    let new = format!("{}/z{}.md", gone.rsplit_once('/')?.0, w.fresh());
    w.put(&new, &doc);
    Some(format!("{gone}: deleted, {new} has its address"))
}

/// A name with a capital letter: another file, the same address.
pub fn other_case(w: &mut World, r: &mut Random) -> Option<String> {
    let mut all = w.posts();
    all.retain(|path| !path.ends_with("index.md") && !path.ends_with(".de.md"));
    let path = r.one(&all)?;
    let (folder, name) = path.rsplit_once('/')?;
    let capital: String = name.chars().take(1).flat_map(char::to_uppercase).collect();
    let new = format!("{folder}/{capital}{}", name.chars().skip(1).collect::<String>());
    if new == path {
        return None;
    }
    std::fs::rename(w.root.join(&path), w.root.join(&new)).unwrap();
    let bytes = w.files.remove(&path)?;
    w.files.insert(new.clone(), bytes);
    Some(format!("{path}: now {new}"))
}

/// The same head in the other notation.
pub fn other_notation(w: &mut World, r: &mut Random) -> Option<String> {
    change(w, r, |_, _, _, doc| {
        doc.yaml = !doc.yaml;
        Some("TOML or YAML, the other one".to_owned())
    })
}

/// What must not build, or deserves a warning.
pub fn mistake(w: &mut World, r: &mut Random) -> Option<String> {
    if r.chance(25) {
        let path = r.one(&w.posts())?;
        let copy = path.replace(".md", "").replace("/index", "");
        let copy = format!("{}-copy-{}.md", copy, w.fresh());
        let mut doc = w.doc(&path);
        let slug = w.address(&path).trim_matches('/').rsplit('/').next()?.to_owned();
        doc.set("slug", &format!("\"{slug}\""));
        w.put(&copy, &doc);
        return Some(format!("{copy}: has the address of {path}"));
    }
    if r.chance(10) {
        let path = r.one(&w.posts())?;
        w.write(&path, b"+++\ntitle = \"\xff\"\n+++\n".to_vec());
        return Some(format!("{path}: no UTF-8"));
    }
    change(w, r, |w, r, path, doc| {
        let wrong = match r.below(9) {
            0 => format!("[dead](/nothing/here-{}/)", w.fresh()),
            1 => format!("[dead](nothing-{}.md)", w.fresh()),
            2 => "![](/media/nothing.png)".to_owned(),
            3 => "$\\frac{$".to_owned(),
            4 => "[nowhere](#nothing)".to_owned(),
            5 => "<script>x</script> []( /about/ )".to_owned(),
            6 => {
                doc.set("titel", "\"A\"");
                return Some("an unknown key".to_owned());
            }
            7 => {
                doc.set("aliases", "[\"/about/\"]");
                return Some("the address of another page as an alias".to_owned());
            }
            _ => {
                let other = r.one(&w.posts())?;
                let mut hidden = w.doc(&other);
                hidden.set("draft", "true");
                w.put(&other, &hidden);
                format!("[hidden]({})", relative(path, &other))
            }
        };
        doc.body.push_str(&format!("\n{wrong}\n"));
        Some(format!("mistake: {wrong}"))
    })
}

/// Another alternative text, or none.
pub fn alt(w: &mut World, r: &mut Random) -> Option<String> {
    let mut all = w.paths("content/", ".md");
    all.retain(|path| {
        w.text(path).is_some_and(|text| text.contains("alt = ") || text.contains("!["))
    });
    let path = r.one(&all)?;
    let text = w.text(&path)?;
    let new = match r.below(3) {
        0 => text.replacen("alt = \"A ", "alt = \"Another ", 1).replacen("![A ", "![Another ", 1),
        1 => text.replacen("![A ", "![", 1).replacen("alt = \"A ", "alt = \"", 1),
        _ => text.replacen(", alt = \"\"", "", 1),
    };
    w.write(&path, new);
    Some(format!("{path}: alternative text changed"))
}

/// What a post answers, or whom it is about.
pub fn context(w: &mut World, r: &mut Random) -> Option<String> {
    change(w, r, |w, r, _, doc| {
        doc.get("date")?;
        let key = r.pick(&["in-reply-to", "in-reply-to", "like-of", "bookmark-of"]);
        let own = r.one(&w.dated())?;
        let url = match r.below(4) {
            0 => elsewhere(r),
            1 => format!("{HOME}{}", w.address(&own)),
            _ => w.address(&own),
        };
        doc.set(key, &format!("\"{url}\""));
        Some(format!("{key} = {url}"))
    })
}
