//! What lies beside the posts: responses, cites, people, the CV, deleted pages, moderation; and the
//! first state of a site.

use serde_json::{Value, json};

use crate::plain::Tables;
use crate::posts;
use crate::random::Random;
use crate::words::{FORMER, HOME, NICKS, elsewhere, picture, sentence, word};
use crate::world::World;

/// A site of 15 to 60 texts with all that belongs to it.
pub fn generate(w: &mut World, r: &mut Random, texts: usize) {
    w.write("lanai.toml", config(r).text());
    for nick in NICKS {
        avatar(w, r, nick);
    }
    for name in ["me.png", "hill.jpg", "boat.png", "unused.jpg"] {
        let bytes = picture(r, name);
        w.write(&format!("media/{name}"), bytes);
    }
    let about = "+++\ntitle = \"About\"\n+++\nAbout me. [[Half joint]]\n";
    w.write("content/about.md", about);
    for _ in 0..texts {
        match r.below(14) {
            0 => drop(posts::list_text(w, r)),
            1 => drop(posts::translation(w, r)),
            _ => drop(posts::add(w, r)),
        }
    }
    for _ in 0..r.below(12) {
        mention(w, r);
    }
    for _ in 0..r.below(4) {
        cite(w, r);
    }
    for file in ["following", "people"] {
        for _ in 0..r.below(5) {
            row(w, r, file);
        }
    }
    for file in ["gone", "moderation"] {
        for _ in 0..r.below(2) {
            row(w, r, file);
        }
    }
    if r.chance(40) {
        cv(w, r);
    }
    for _ in 0..r.below(3) {
        let name = format!("static/{}-{}.txt", word(r), w.fresh());
        let text = sentence(w, r);
        w.write(&name, text);
    }
}

/// A small face.
pub fn avatar(w: &mut World, r: &mut Random, nick: &str) {
    let path = format!("data/avatars/{nick}.png");
    let bytes = picture(r, &path);
    w.write(&path, bytes);
}

/// Keys of `lanai.toml` and values that they may have; an empty value takes the key away.
pub const CONFIG: [(&str, &str, &[&str]); 32] = [
    ("", "title", &["\"Robin Vale\"", "\"Robin & Co\""]),
    (
        "",
        "url",
        &[
            "\"https://robin.example\"",
            "\"https://robin.example\"",
            "\"https://robin.example/blog\"",
        ],
    ),
    ("", "description", &["", "\"Wood and weather.\""]),
    ("", "language", &["\"en\"", "\"fr\""]),
    ("", "theme", &["\"porch\"", "\"journal\""]),
    ("", "accent", &["", "\"#a04020\"", "\"oklch(0.55 0.12 40)\""]),
    ("", "time-zone", &["", "\"Europe/Lisbon\"", "\"Asia/Tokyo\"", "\"America/Los_Angeles\""]),
    ("", "copyright", &["", "\"CC BY 4.0\""]),
    ("", "former-urls", &["", "[\"https://robin-old.example\"]"]),
    ("[author]", "name", &["", "\"Robin\"", "\"R. Vale\""]),
    (
        "[author]",
        "photo",
        &["", "\"media/me.png\"", "\"media/boat.png\"", "\"media/not-there.png\""],
    ),
    ("[author]", "cover", &["", "\"media/hill.jpg\""]),
    ("[author]", "note", &["", "\"Carpenter, friend of @ben.\"", "\"**Early** riser.\""]),
    ("[author]", "me", &["", "[\"https://social.example/@robin\"]"]),
    ("[feeds]", "items", &["", "3", "5"]),
    ("[feeds]", "content", &["", "\"full\"", "\"summary\""]),
    ("[feeds]", "responses", &["", "false"]),
    ("[feeds]", "hubs", &["", "[\"https://hub.example/\"]"]),
    ("[lists]", "page-size", &["2", "3", "3", "4", ""]),
    ("[lists]", "fold-words", &["", "5"]),
    ("[lists]", "responses-depth", &["", "1", "2"]),
    ("[lists]", "responses-in-stream", &["", "false"]),
    ("[languages.de]", "title", &["", "\"Robin auf Deutsch\""]),
    ("[languages.de]", "author-note", &["", "\"Frühaufsteher.\""]),
    ("[permalinks]", "like", &["", "\"/l/{year}/{slug}/\""]),
    ("[permalinks]", "note", &["", "", "\"/n/{year}/{month}/{slug}/\""]),
    ("[permalinks]", "article", &["", "", "\"/{slug}/\""]),
    ("[endpoints]", "webmention", &["", "\"https://webmention.example/robin\""]),
    ("[headers.csp]", "img-src", &["", "[\"https://img.example\"]"]),
    ("[headers.custom]", "X-Own", &["", "\"yes\"", "\"no\""]),
    ("[content]", "foreign", &["", "", "", "true"]),
    ("[extra]", "motto", &["", "\"Measure twice.\""]),
];

fn config(r: &mut Random) -> Tables {
    let mut tables = Tables::default();
    for (header, key, values) in CONFIG {
        // Most sites keep the first value, which is the plain one.
        let value = if r.chance(60) { values[0] } else { r.pick(values) };
        tables.set(header, key, Some(value).filter(|value| !value.is_empty()));
    }
    tables.set("[languages.de]", "name", Some("\"Deutsch\""));
    for (label, url) in [("About", "/about/"), ("Notes", "/notes/")] {
        if r.chance(60) {
            menu_line(&mut tables, label, url);
        }
    }
    tables
}

/// Adds a line to the menu.
pub fn menu_line(tables: &mut Tables, label: &str, url: &str) {
    let keys = [("label", label), ("url", url)];
    let keys = keys.map(|(key, value)| (key.to_owned(), format!("\"{value}\""))).to_vec();
    tables.tables.push(("[[menu]]".to_owned(), keys));
}

/// A page of the site that somebody may answer: by its address, an old one, or its former home.
fn target(w: &World, r: &mut Random) -> String {
    let posts = w.dated();
    let Some(path) = r.one(&posts) else { return format!("{HOME}/") };
    let aliases = w.doc(&path).list("aliases");
    match (r.below(6), r.one(&aliases)) {
        (0..=2, Some(alias)) => format!("{HOME}{alias}"),
        (0, None) => format!("{FORMER}{}", w.address(&path)),
        (1, None) => format!("{HOME}{}#part", w.address(&path)),
        _ => format!("{HOME}{}", w.address(&path)),
    }
}

/// A response by somebody.
fn response(w: &mut World, r: &mut Random, target: &str) -> Value {
    let nick = r.pick(&NICKS);
    let source = format!("https://{nick}.example/{}/{}", word(r), w.fresh());
    let property = r.pick(&[
        "in-reply-to",
        "in-reply-to",
        "in-reply-to",
        "like-of",
        "like-of",
        "repost-of",
        "bookmark-of",
        "mention-of",
        "rsvp",
    ]);
    let mut author =
        json!({ "type": "card", "name": nick, "url": format!("https://{nick}.example/") });
    if r.chance(60) {
        author["photo"] = json!(format!("avatars/{nick}.png"));
    }
    let mut entry = json!({
        "type": "entry",
        "url": source,
        "author": author,
        "wm-source": source,
        "wm-target": target,
        "wm-property": property,
        "published": posts::near(w.now, r, false),
    });
    if property == "rsvp" {
        entry["rsvp"] = json!(r.pick(&["yes", "no", "maybe"]));
    }
    entry["content"] = match r.below(4) {
        0 => json!({ "text": "🎉" }),
        1 => json!({ "html": format!("<p>{} <script>x</script><b>!</b></p>", sentence(w, r)) }),
        _ => json!({ "text": sentence(w, r) }),
    };
    if r.chance(10) {
        entry["syndication"] = json!([format!("https://copies.example/{}", r.below(3))]);
    }
    if r.chance(5) {
        entry["wm-private"] = json!(true);
    }
    entry
}

/// Writes a new response, sometimes with others nested in it. Returns its path.
pub fn mention(w: &mut World, r: &mut Random) -> String {
    let target = target(w, r);
    let mut entry = response(w, r, &target);
    if r.chance(30) {
        let mut child = response(w, r, &target);
        if r.chance(40) {
            child["children"] = json!([response(w, r, &target)]);
        }
        entry["children"] = json!([child]);
    }
    if r.chance(20) {
        // An answer to an answer, by its address.
        let others = w.paths("data/mentions/", ".json");
        let other = r.one(&others).and_then(|path| w.text(&path));
        if let Some(other) = other.and_then(|text| serde_json::from_str::<Value>(&text).ok()) {
            entry["in-reply-to"] = json!([other["url"], target]);
        }
    }
    let path = format!("data/mentions/{}/{:016x}.json", word(r), r.next());
    w.write(&path, format!("{entry:#}"));
    path
}

/// Changes a response.
pub fn edit_mention(w: &mut World, r: &mut Random, path: &str) -> Option<&'static str> {
    let mut entry: Value = serde_json::from_str(&w.text(path)?).ok()?;
    let done = match r.below(7) {
        0 => {
            entry["wm-target"] = json!(target(w, r));
            "points it at another page"
        }
        1 => {
            entry["wm-private"] = json!(!entry["wm-private"].as_bool().unwrap_or(false));
            "makes it private or public"
        }
        2 => {
            let nick = r.pick(&NICKS);
            entry["author"]["name"] = json!(format!("{nick} x{}", w.fresh()));
            entry["author"]["photo"] = json!(format!("avatars/{nick}.png"));
            "changes its author"
        }
        3 => {
            entry["wm-property"] = json!(r.pick(&["in-reply-to", "like-of", "mention-of"]));
            "makes it another kind of response"
        }
        4 => {
            entry["published"] = json!(posts::near(w.now, r, false));
            "changes its date"
        }
        5 => {
            let target = entry["wm-target"].as_str().unwrap_or(HOME).to_owned();
            entry["children"] = json!([response(w, r, &target)]);
            "nests another in it"
        }
        _ => {
            entry["content"] = json!({ "text": sentence(w, r) });
            "changes its text"
        }
    };
    w.write(path, format!("{entry:#}"));
    Some(done)
}

/// A page elsewhere, most often one that a post answers.
fn cited(w: &World, r: &mut Random) -> String {
    let keys = ["in-reply-to", "like-of", "repost-of", "bookmark-of", "read-of"];
    let docs: Vec<_> = w.dated().iter().map(|path| w.doc(path)).collect();
    let values = docs.iter().flat_map(|doc| keys.iter().filter_map(|key| doc.get(key)));
    let mut all: Vec<&str> = values.map(|value| value.trim_matches('"')).collect();
    all.retain(|value| value.starts_with("https://"));
    r.one(&all).filter(|_| r.chance(85)).map_or_else(|| elsewhere(r), str::to_owned)
}

/// Writes what is known of a page elsewhere. Returns its path.
pub fn cite(w: &mut World, r: &mut Random) -> String {
    let url = cited(w, r);
    let nick = r.pick(&NICKS);
    let mut cite = json!({ "type": "cite", "url": url, "content": sentence(w, r) });
    if r.chance(70) {
        cite["name"] = json!(sentence(w, r));
    }
    if r.chance(70) {
        cite["author"] = json!({
            "name": nick, "url": format!("https://{nick}.example/"), "photo": format!("avatars/{nick}.png"),
        });
    }
    let name = url.replace(|c: char| !c.is_ascii_alphanumeric(), "-");
    let path = format!("data/cites/{name}.json");
    w.write(&path, format!("{cite:#}"));
    path
}

/// The header of a data file's rows.
pub fn header(file: &str) -> &'static str {
    match file {
        "following" => "[[follow]]",
        "people" => "[[person]]",
        "gone" => "[[gone]]",
        _ => "[[block]]",
    }
}

/// Adds a row to a data file.
pub fn row(w: &mut World, r: &mut Random, file: &str) {
    let path = format!("data/{file}.toml");
    let mut tables = Tables::parse(&w.text(&path).unwrap_or_default());
    let nick = *r.pick(&[&NICKS[0], &NICKS[1], &NICKS[2], &NICKS[3], &NICKS[6]]);
    let quoted = |text: String| format!("\"{text}\"");
    let mut keys: Vec<(&str, String)> = match file {
        "following" => vec![
            ("url", quoted(format!("https://{nick}.example/"))),
            ("nickname", quoted(nick.to_owned())),
            ("photo", quoted(format!("avatars/{nick}.png"))),
            ("feed", quoted(format!("https://{nick}.example/feed.xml"))),
        ],
        "people" => vec![
            ("nickname", quoted(nick.to_owned())),
            ("url", quoted(format!("https://{nick}.example/about"))),
        ],
        "gone" => vec![("path", quoted(format!("/gone/{}-{}/", word(r), w.fresh())))],
        _ if r.chance(50) => vec![("domain", quoted(format!("{nick}.example")))],
        _ => vec![("url", quoted(format!("https://{nick}.example/")))],
    };
    if r.chance(50) {
        match file {
            "following" => keys.push(("title", quoted(format!("{nick} {}", word(r))))),
            "people" => keys.push(("name", quoted(format!("{nick} {}", word(r))))),
            "gone" => keys.push(("when", "2024-05-01T10:00:00Z".to_owned())),
            _ => keys.push(("reason", quoted(word(r).to_owned()))),
        }
    }
    let keys = keys.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
    tables.tables.push((header(file).to_owned(), keys));
    w.write(&path, tables.text());
}

/// Writes a CV.
pub fn cv(w: &mut World, r: &mut Random) {
    let text = format!(
        "summary = \"{}\"\nskills = [\"{}\"]\n\n[[experience]]\ntitle = \"Carpenter {}\"\nstart = \"2019-04\"\n",
        sentence(w, r),
        word(r),
        w.fresh()
    );
    w.write("data/cv.toml", text);
}
