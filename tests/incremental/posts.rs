//! Posts and pages of every kind, and the first state of a site.

use jiff::{SignedDuration, Timestamp};

use crate::plain::Doc;
use crate::random::Random;
use crate::words::{
    NICKS, TAGS, WANTED, WORDS, body, elsewhere, picture, relative, sentence, title, word,
};
use crate::world::World;

/// A date in the years around the time at which sites are built, whole minutes.
pub fn date(r: &mut Random) -> String {
    let start: Timestamp = "2022-11-03T08:00:00Z".parse().unwrap();
    let minutes = match r.below(5) {
        // Few moments, so that some posts share theirs.
        0 => r.below(6) * 60 * 24 * 40,
        1 => 840_000 + r.below(60) * 60,
        _ => r.below(840_000),
    };
    let at = start + SignedDuration::from_mins(i64::try_from(minutes).unwrap());
    match r.below(6) {
        0 => at.to_string()[..10].to_owned(),
        1 => at.strftime("%Y-%m-%d %H:%M").to_string(),
        2 => at.strftime("%Y-%m-%dT%H:%M:00+02:00").to_string(),
        _ => at.to_string(),
    }
}

/// A date before or after another moment.
pub fn near(now: Timestamp, r: &mut Random, ahead: bool) -> String {
    let minutes = [3, 70, 60 * 30, 60 * 24 * 9, 60 * 24 * 50, 60 * 24 * 400][r.below(6)];
    let span = SignedDuration::from_mins(if ahead { minutes } else { -minutes });
    (now + span).to_string()
}

/// Gives a text the keys of a kind. Returns its folder.
type Kind = fn(&mut World, &mut Random, &mut Doc) -> &'static str;

/// Writes a new post or page of any kind. Returns its path.
pub fn add(w: &mut World, r: &mut Random) -> String {
    let kinds: [(usize, Kind); 14] = [
        (22, note),
        (14, article),
        (8, reply),
        (10, thread),
        (8, response),
        (8, photo),
        (5, event),
        (4, review),
        (3, checkin),
        (4, media_kind),
        (4, rsvp),
        (9, page),
        (4, trip),
        (3, follow),
    ];
    let mut doc = Doc { yaml: r.chance(15), ..Doc::default() };
    let kind = r.weighed(kinds.iter().map(|(weight, _)| *weight));
    doc.set("date", &date(r));
    let folder = kinds[kind].1(w, r, &mut doc);
    let path = free_path(w, r, folder, &mut doc);
    decorate(w, r, &mut doc);
    if folder == "photos" {
        photos(w, r, &path, &mut doc);
    }
    doc.body = body(w, r, &path);
    w.put(&path, &doc);
    path
}

/// A path that nothing has, sometimes with the date in its name, sometimes a folder of its own.
fn free_path(w: &mut World, r: &mut Random, folder: &str, doc: &mut Doc) -> String {
    let mut name = format!("{}-{}", word(r), WORDS[r.below(20)]);
    if r.chance(10) {
        name = doc.title().map_or(name, |title| title.to_lowercase().replace(' ', "-"));
        name.retain(|c| c.is_alphanumeric() || c == '-');
    }
    let taken = w.posts().iter().any(|path| w.address(path).ends_with(&format!("/{name}/")));
    if taken {
        name = format!("{name}-{}", w.fresh());
    }
    let folder = if folder.is_empty() { String::new() } else { format!("{folder}/") };
    let date = doc.get("date").map(|date| date[..10].to_owned());
    match (r.below(6), date) {
        (0, _) => format!("content/{folder}{name}/index.md"),
        (1, Some(date)) => format!("content/{folder}{date}-{name}.md"),
        _ => format!("content/{folder}{name}.md"),
    }
}

/// Keys that any post may have.
fn decorate(w: &mut World, r: &mut Random, doc: &mut Doc) {
    if r.chance(40) {
        let tags: Vec<String> = (0..r.within(1, 3)).map(|_| r.pick(&TAGS).to_owned()).collect();
        doc.set_list("tags", &tags);
    }
    for _ in 0..2 {
        if r.chance(20) {
            let (key, value) = key(w, r, doc);
            doc.set(&key, &value);
        }
    }
}

/// A key that any post may have, with a value.
pub fn key(w: &mut World, r: &mut Random, doc: &Doc) -> (String, String) {
    let quoted = |text: String| format!("\"{text}\"");
    let (key, value) = match r.below(21) {
        0 => ("draft", "true".to_owned()),
        1 => ("date", near(w.now, r, true)),
        2 => ("expires", near(w.now, r, true)),
        3 if doc.get("date").is_some() => ("expires", quoted("900d".to_owned())),
        4 => ("visibility", quoted("unlisted".to_owned())),
        5 | 6 => ("pinned", "true".to_owned()),
        7 => ("sensitive", "true".to_owned()),
        8 => ("sensitive", quoted(sentence(w, r))),
        9 => ("toc", "true".to_owned()),
        10 => (
            "aliases",
            format!("[\"/old/{}-{}/\", \"/old-{}.html\"]", word(r), w.fresh(), w.fresh()),
        ),
        11 => ("syndication", quoted(elsewhere(r))),
        12 => ("summary", quoted(sentence(w, r))),
        13 => ("updated", near(w.now, r, false)),
        14 => ("slug", quoted(format!("{}-{}", word(r), w.fresh()))),
        15 => ("lang", quoted(r.pick(&["de", "ja", "pt-BR", "en"]).to_owned())),
        16 => ("people", format!("[\"{}\", \"https://ben.example/\"]", r.pick(&NICKS))),
        17 => ("location", quoted(format!("{} hill", word(r)))),
        18 => ("reply-policy", quoted(r.pick(&["known", "none", "followed"]).to_owned())),
        19 => ("mentions", quoted(r.pick(&["none", "send", "receive"]).to_owned())),
        20 => ("uid", quoted(format!("tag:robin.example,2024:{}", w.fresh()))),
        _ => ("summary", quoted(sentence(w, r))),
    };
    (key.to_owned(), value)
}

fn note(_w: &mut World, _r: &mut Random, _doc: &mut Doc) -> &'static str {
    "notes"
}

fn article(w: &mut World, r: &mut Random, doc: &mut Doc) -> &'static str {
    doc.set("title", &format!("\"{}\"", title(w, r)));
    r.pick(&["articles", "articles", "garden"])
}

fn page(w: &mut World, r: &mut Random, doc: &mut Doc) -> &'static str {
    doc.unset("date");
    if r.chance(80) {
        let title = if r.chance(30) { r.pick(&WANTED).to_owned() } else { title(w, r) };
        doc.set("title", &format!("\"{title}\""));
    }
    r.pick(&["", "garden"])
}

fn trip(_w: &mut World, _r: &mut Random, _doc: &mut Doc) -> &'static str {
    "trip"
}

fn reply(w: &mut World, r: &mut Random, doc: &mut Doc) -> &'static str {
    let url = elsewhere(r);
    if r.chance(25) && !doc.yaml {
        let name = sentence(w, r);
        doc.set("in-reply-to", &format!("{{ url = \"{url}\", name = \"{name}\" }}"));
    } else {
        doc.set("in-reply-to", &format!("\"{url}\""));
    }
    "replies"
}

/// A reply to a post of one's own.
fn thread(w: &mut World, r: &mut Random, doc: &mut Doc) -> &'static str {
    let Some(path) = r.one(&w.dated()) else { return "notes" };
    let address = w.address(&path);
    doc.set("in-reply-to", &format!("\"{address}\""));
    r.pick(&["notes", "replies"])
}

fn response(w: &mut World, r: &mut Random, doc: &mut Doc) -> &'static str {
    let (key, folder) =
        [("like-of", "likes"), ("repost-of", "reposts"), ("bookmark-of", "bookmarks")][r.below(3)];
    let own = r.one(&w.dated()).filter(|_| r.chance(20));
    let url = own.map_or_else(|| elsewhere(r), |path| w.address(&path));
    doc.set(key, &format!("\"{url}\""));
    if r.chance(10) {
        doc.set("quotation-of", &format!("\"{}\"", elsewhere(r)));
    }
    folder
}

fn photo(_w: &mut World, _r: &mut Random, _doc: &mut Doc) -> &'static str {
    "photos"
}

/// Photos beside the post, if it has a folder, or in `media/`.
fn photos(w: &mut World, r: &mut Random, path: &str, doc: &mut Doc) {
    let mut all = Vec::new();
    for _ in 0..r.within(1, 2) {
        let ending = r.pick(&["png", "jpg"]);
        let name = format!("{}-{}.{ending}", WORDS[r.below(20)], w.fresh());
        let file = match path.strip_suffix("index.md") {
            Some(folder) => format!("{folder}{name}"),
            None => format!("media/{name}"),
        };
        let bytes = picture(r, &file);
        w.write(&file, bytes);
        let src =
            if file.starts_with("media/") { format!("/{file}") } else { relative(path, &file) };
        all.push(match r.below(4) {
            0 => format!("{{ src = \"{src}\" }}"),
            1 => format!("{{ src = \"{src}\", alt = \"\" }}"),
            _ => format!("{{ src = \"{src}\", alt = \"A {}\" }}", word(r)),
        });
    }
    if let Some(folder) = path.strip_suffix("index.md").filter(|_| r.chance(30)) {
        let text = sentence(w, r);
        w.write(&format!("{folder}beside.txt"), text);
    }
    doc.set("photo", &format!("[{}]", all.join(", ")));
}

fn event(w: &mut World, r: &mut Random, doc: &mut Doc) -> &'static str {
    doc.set("title", &format!("\"{}\"", title(w, r)));
    let start = r.within(1, 28);
    doc.set("start", &format!("2024-07-{start:02}{}", r.pick(&["", " 19:30"])));
    if r.chance(60) {
        doc.set("duration", r.pick(&["\"2h\"", "\"3d\""]));
    }
    "events"
}

fn review(w: &mut World, r: &mut Random, doc: &mut Doc) -> &'static str {
    doc.set("item", &format!("\"{}\"", title(w, r)));
    doc.set("rating", &format!("{}", r.below(6)));
    "reviews"
}

fn checkin(_w: &mut World, r: &mut Random, doc: &mut Doc) -> &'static str {
    doc.set("checkin", &format!("\"The {}\"", word(r)));
    "checkins"
}

fn media_kind(_w: &mut World, r: &mut Random, doc: &mut Doc) -> &'static str {
    let (key, folder) =
        [("read-of", "reads"), ("watch-of", "watches"), ("listen-of", "listens")][r.below(3)];
    doc.set(key, &format!("\"{}\"", elsewhere(r)));
    if key == "read-of" {
        doc.set("read-status", r.pick(&["\"want\"", "\"reading\"", "\"finished\""]));
    }
    folder
}

fn rsvp(w: &mut World, r: &mut Random, doc: &mut Doc) -> &'static str {
    let events = w.paths("content/events/", ".md");
    let own = r.one(&events).filter(|_| r.chance(40));
    let url = own.map_or_else(|| elsewhere(r), |path| w.address(&path));
    doc.set("in-reply-to", &format!("\"{url}\""));
    doc.set("rsvp", r.pick(&["\"yes\"", "\"maybe\"", "\"no\""]));
    "rsvps"
}

fn follow(_w: &mut World, r: &mut Random, doc: &mut Doc) -> &'static str {
    doc.set("follow-of", &format!("\"https://{}.example/\"", r.pick(&NICKS)));
    "follows"
}

/// The text of a list, or the same page in another language. Returns its path.
pub fn list_text(w: &mut World, r: &mut Random) -> String {
    let folder = r.pick(&["", "notes/", "trip/", "garden/", "articles/"]);
    let path = format!("content/{folder}_index{}.md", r.pick(&["", "", ".de"]));
    let mut doc = Doc::default();
    if r.chance(70) {
        doc.set("title", &format!("\"{}\"", title(w, r)));
    }
    doc.body = body(w, r, &path);
    w.put(&path, &doc);
    path
}

/// A post in the other language. Returns its path.
pub fn translation(w: &mut World, r: &mut Random) -> Option<String> {
    let mut all = w.posts();
    all.retain(|path| !path.ends_with(".de.md"));
    let path = r.one(&all)?;
    let other = path.replace(".md", ".de.md");
    let mut doc = w.doc(&path);
    doc.unset("aliases");
    doc.unset("uid");
    doc.body = body(w, r, &other);
    w.put(&other, &doc);
    Some(other)
}
