//! Reads the feeds in `tests/fixtures/incoming`, of all formats, as programs really write them and
//! break them. Each lies beside what has to come out: `NAME.xml` (or `json`, `html`) and
//! `NAME.expected.json`, which also says where the feed was found and what type was sent. Names begin
//! with the item of the conformance list.
//!
//! `LANAI_WRITE=1` writes what comes out now; the difference has to be read before it is kept.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "a test may stop at the first surprise"
)]

use std::fs;
use std::path::{Path, PathBuf};

use jiff::Zoned;
use lanai::formats::html::Document;
use lanai::formats::incoming::{Content, Enclosure, Feed, Incoming, Item, Person, read};
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use url::Url;

/// A feed and what has to come out.
struct Case {
    name: String,
    body: Vec<u8>,
    /// Where the expectation lies.
    path: PathBuf,
    expected: Value,
}

impl Case {
    fn url(&self) -> Url {
        let url = self.expected["given"]["url"].as_str();
        Url::parse(url.unwrap_or("https://ana.example/feed")).unwrap()
    }

    fn read(&self) -> Value {
        let url = self.url();
        let content_type = self.expected["given"]["type"].as_str();
        let mut out = Map::new();
        if let Some(given) = self.expected.get("given") {
            out.insert("given".into(), given.clone());
        }
        match read(&Incoming { url: &url, content_type, body: &self.body }) {
            Ok(read) => out.insert("feed".into(), feed(&read)),
            Err(refusal) => out.insert("refused".into(), json!(refusal.to_string())),
        };
        Value::Object(out)
    }
}

fn cases() -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/incoming");
    let mut found = Vec::new();
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let file = path.file_name().unwrap().to_str().unwrap().to_owned();
        if file.ends_with(".expected.json") {
            continue;
        }
        let name = file.rsplit_once('.').unwrap().0.to_owned();
        let body = fs::read(&path).unwrap();
        let path = folder.join(format!("{name}.expected.json"));
        let text = fs::read_to_string(&path).unwrap_or_else(|_| "{}".into());
        let expected = serde_json::from_str(&text).expect(&name);
        found.push(Case { name, body, path, expected });
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    found
}

/// What was read, without all that is absent.
fn object(fields: Vec<(&str, Value)>) -> Value {
    let is_there = |value: &Value| match value {
        Value::Null | Value::Bool(false) => false,
        Value::Array(list) => !list.is_empty(),
        Value::Object(object) => !object.is_empty(),
        Value::Number(number) => number.as_u64() != Some(0),
        _ => true,
    };
    let fields = fields.into_iter().filter(|(_, value)| is_there(value));
    Value::Object(fields.map(|(name, value)| (name.to_owned(), value)).collect())
}

fn feed(feed: &Feed) -> Value {
    object(vec![
        ("format", json!(feed.format.name())),
        ("title", json!(feed.title)),
        ("description", json!(feed.description)),
        ("home_url", json!(feed.home_url)),
        ("self_url", json!(feed.self_url)),
        ("hubs", json!(feed.hubs)),
        ("next_url", json!(feed.next_url)),
        ("image", json!(feed.image)),
        ("language", json!(feed.language)),
        ("authors", feed.authors.iter().map(person).collect()),
        ("updated", date(feed.updated.as_ref())),
        ("ttl", json!(feed.schedule.ttl)),
        ("period", json!(feed.schedule.period)),
        ("skip_hours", json!(feed.schedule.skip_hours)),
        ("skip_days", json!(feed.schedule.skip_days)),
        ("is_expired", json!(feed.is_expired)),
        ("skipped", json!(feed.skipped)),
        ("is_cut", json!(feed.is_cut)),
        ("items", feed.items.iter().map(item).collect()),
    ])
}

fn item(item: &Item) -> Value {
    let relations = &item.relations;
    object(vec![
        ("key", json!(item.identity.key())),
        ("link", json!(item.link)),
        ("external_url", json!(item.external_url)),
        ("title", json!(item.title)),
        ("content", content(item.content.as_ref())),
        ("summary", content(item.summary.as_ref())),
        ("authors", item.authors.iter().map(person).collect()),
        ("published", date(item.published.as_ref())),
        ("updated", date(item.updated.as_ref())),
        ("categories", json!(item.categories)),
        ("language", json!(item.language)),
        ("image", json!(item.image)),
        ("enclosures", item.enclosures.iter().map(enclosure).collect()),
        ("chapters", json!(item.chapters)),
        ("comments", json!(item.comments)),
        ("in_reply_to", json!(relations.in_reply_to)),
        ("like_of", json!(relations.like_of)),
        ("repost_of", json!(relations.repost_of)),
        ("bookmark_of", json!(relations.bookmark_of)),
        ("rsvp", json!(relations.rsvp)),
        ("syndication", json!(item.syndication)),
        ("kind", json!(item.kind().name())),
    ])
}

fn content(content: Option<&Content>) -> Value {
    content.map_or(Value::Null, |content| json!(content.html()))
}

fn date(date: Option<&Zoned>) -> Value {
    date.map_or(Value::Null, |date| json!(date.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()))
}

fn person(person: &Person) -> Value {
    object(vec![
        ("name", json!(person.name)),
        ("email", json!(person.email)),
        ("url", json!(person.url)),
        ("photo", json!(person.photo)),
    ])
}

fn enclosure(file: &Enclosure) -> Value {
    object(vec![
        ("url", json!(file.url)),
        ("mime", json!(file.mime)),
        ("size", json!(file.size)),
        ("duration", json!(file.duration)),
        ("title", json!(file.title)),
    ])
}

#[test]
fn all_feeds_are_read_as_expected() {
    let cases = cases();
    assert!(cases.len() >= 150, "{} pairs", cases.len());
    let mut wrong = Vec::new();
    for case in &cases {
        let found = case.read();
        if std::env::var_os("LANAI_WRITE").is_some() {
            let text = serde_json::to_string_pretty(&found).unwrap() + "\n";
            fs::write(&case.path, text).unwrap();
        } else if found != case.expected {
            wrong.push(format!("{}: {found:#}", case.name));
        }
    }
    assert!(wrong.is_empty(), "{} differ: {}", wrong.len(), wrong.join("\n"));
}

/// What an author says in an expectation that was written by hand must not be lost either: each
/// pair says what comes out or why nothing does.
#[test]
fn all_expectations_say_something() {
    for case in cases() {
        let says = case.expected.get("feed").is_some() != case.expected.get("refused").is_some();
        assert!(says, "{}", case.name);
        let is_named = case.name.starts_with("fd_");
        assert!(is_named, "{} names no item", case.name);
    }
}

/// Reads bytes; whatever they are, what comes out leads to the web and is of a bounded size.
fn survive(case: &Case, body: &[u8]) {
    let url = case.url();
    let content_type = case.expected["given"]["type"].as_str();
    let Ok(read) = read(&Incoming { url: &url, content_type, body }) else { return };
    for item in &read.items {
        assert!(!item.identity.key().is_empty());
        assert!(item.title.is_some() || item.link.is_some() || item.content.is_some());
        let _ = item.kind();
        let files = item.enclosures.iter().map(|file| &file.url);
        for url in files.chain(&item.link).chain(&item.image) {
            assert!(matches!(url.scheme(), "http" | "https"), "{url}");
        }
        for html in [&item.content, &item.summary].into_iter().flatten().map(Content::html) {
            assert!(is_harmless(&html), "{html}");
        }
    }
}

/// Whether a browser would find nothing in it that runs: as elements, not as words about them.
fn is_harmless(html: &str) -> bool {
    const BAD: [&str; 8] =
        ["script", "style", "iframe", "object", "svg", "form", "input", "template"];
    let document = Document::parse(html);
    document.elements().all(|element| {
        let addresses = ["href", "src", "poster", "cite"].into_iter();
        let mut addresses = addresses.filter_map(|name| element.attribute(name));
        let is_safe = |address: &str| {
            let schemes = ["http:", "https:", "mailto:", "data:image/"];
            schemes.iter().any(|scheme| address.starts_with(scheme))
        };
        !BAD.contains(&element.name())
            && element.attribute("onclick").is_none()
            && element.attribute("style").is_none()
            && addresses.all(is_safe)
    })
}

#[test]
fn fd_s_05_each_feed_may_end_anywhere() {
    for case in cases() {
        let step = (case.body.len() / 24).max(1);
        for end in (0..case.body.len()).step_by(step) {
            survive(&case, &case.body[..end]);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]

    #[test]
    fn fd_s_05_flipped_bytes_do_no_harm(
        which in any::<prop::sample::Index>(),
        flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
    ) {
        thread_local!(static CASES: Vec<Case> = cases());
        CASES.with(|cases| {
            let case = which.get(cases);
            let mut body = case.body.clone();
            if body.is_empty() {
                return;
            }
            for (place, byte) in &flips {
                let at = place.index(body.len());
                body[at] = *byte;
            }
            survive(case, &body);
        });
    }

    #[test]
    fn fd_s_05_pieces_of_two_feeds_do_no_harm(
        a in any::<prop::sample::Index>(),
        b in any::<prop::sample::Index>(),
        cut in any::<prop::sample::Index>(),
        from in any::<prop::sample::Index>(),
    ) {
        thread_local!(static CASES: Vec<Case> = cases());
        CASES.with(|cases| {
            let (a, b) = (a.get(cases), b.get(cases));
            if a.body.is_empty() || b.body.is_empty() {
                return;
            }
            let mut body = a.body[..cut.index(a.body.len())].to_vec();
            body.extend_from_slice(&b.body[from.index(b.body.len())..]);
            survive(a, &body);
        });
    }
}
