//! Reads the lists in `tests/fixtures/follows`, in which people say whom they follow. Each lies beside
//! what has to come out: `NAME.opml` (or `html`) and `NAME.expected.json`, which also says where it
//! was found. Then where a list is looked for, and what harm does not do.
//!
//! `LANAI_WRITE=1` writes what comes out now; the difference has to be read before it is kept.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test may stop at the first surprise"
)]

use std::fs;
use std::path::{Path, PathBuf};

use lanai::formats::follows::discover::{MOST, Search, Why};
use lanai::formats::follows::{Known, MOST_ROWS, Source, read};
use proptest::prelude::*;
use serde_json::{Value, json};
use url::Url;

struct Case {
    name: String,
    body: Vec<u8>,
    path: PathBuf,
    expected: Value,
}

impl Case {
    fn read(&self) -> Value {
        let given = &self.expected["given"];
        let url = Url::parse(given["url"].as_str().unwrap_or("https://ana.example/list")).unwrap();
        let known = if given["known"] == "home" { Known::Home } else { Known::List };
        let list = read(&Source { url: &url, content_type: None, body: &self.body }, known);
        let rows = list.map(|list| {
            let row = |row: &lanai::formats::follows::Followed| {
                json!({ "home": row.home, "feed": row.feed, "name": row.name, "rel": row.rel })
            };
            list.rows.iter().map(row).collect::<Vec<_>>()
        });
        json!({ "given": given, "rows": rows })
    }
}

fn cases() -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/follows");
    let mut found = Vec::new();
    for entry in fs::read_dir(&folder).unwrap() {
        let file = entry.unwrap().path();
        let name = file.file_stem().unwrap().to_string_lossy().into_owned();
        if file.extension().is_some_and(|kind| kind == "json") {
            continue;
        }
        let path = folder.join(format!("{name}.expected.json"));
        let expected = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        found.push(Case { name, body: fs::read(&file).unwrap(), path, expected });
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    assert!(found.len() > 8);
    found
}

#[test]
fn lists_are_read_as_people_write_them() {
    let write = std::env::var_os("LANAI_WRITE").is_some();
    let mut wrong = Vec::new();
    for case in cases() {
        let read = case.read();
        if write {
            fs::write(&case.path, serde_json::to_string_pretty(&read).unwrap() + "\n").unwrap();
        } else if read != case.expected {
            wrong.push(format!("{}: {read:#}", case.name));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_list_has_an_end() {
    let row = |n: usize| format!("<outline text='n' xmlUrl='https://n{n}.example/feed'/>");
    let rows: String = (0..MOST_ROWS + 5).map(row).collect();
    let body = format!("<opml><body>{rows}</body></opml>");
    let url = Url::parse("https://ana.example/list").unwrap();
    let source = Source { url: &url, content_type: None, body: body.as_bytes() };
    let list = read(&source, Known::List).unwrap();
    assert_eq!((list.rows.len(), list.is_cut), (MOST_ROWS, true));
    let link = |n: usize| format!("<li><a rel=friend href=https://n{n}.example/>n</a>");
    let body: String = (0..MOST_ROWS + 5).map(link).collect();
    let source = Source { body: body.as_bytes(), ..source };
    let list = read(&source, Known::Home).unwrap();
    assert_eq!((list.rows.len(), list.is_cut), (MOST_ROWS, true));
    let long =
        format!("<opml><outline text='n' xmlUrl='https://n.example/{}'/>", "x".repeat(1_000));
    assert_eq!(read(&Source { body: long.as_bytes(), ..source }, Known::List), None);
    let deep = "<outline text='a'>".repeat(5_000);
    let deep = format!("<opml>{deep}<outline text='x' xmlUrl='https://x.example/'/>");
    assert_eq!(
        read(&Source { body: deep.as_bytes(), ..source }, Known::List).unwrap().rows.len(),
        1
    );
}

#[test]
fn what_is_no_page_is_no_list() {
    let url = Url::parse("https://ana.example/list").unwrap();
    let body = b"<ul><li><a href='https://ben.example/'>Ben</a></ul>";
    let as_type =
        |kind| read(&Source { url: &url, content_type: kind, body }, Known::List).is_some();
    assert!(as_type(None));
    assert!(as_type(Some("text/html; charset=utf-8")));
    assert!(!as_type(Some("application/json")));
    assert!(!as_type(Some("image/png")));
    // Servers send OPML as all kinds of things.
    let opml =
        b"<?xml version='1.0'?><OPML><outline text='b' xmlUrl='https://ben.example/'/></OPML>";
    let sent = Source { url: &url, content_type: Some("application/octet-stream"), body: opml };
    assert!(read(&sent, Known::List).is_some());
}

/// Searches on a site of pages; gives what was asked, and the list that was found with its length.
fn search(pages: &[(&str, &str)]) -> (Vec<String>, Option<(String, usize)>) {
    let home = Url::parse("https://ana.example/").unwrap();
    let mut search = Search::new(&home);
    let mut asked = Vec::new();
    while let Some(ask) = search.ask() {
        let path = ask.url.as_str().strip_prefix("https://ana.example").unwrap_or(ask.url.as_str());
        asked.push(path.to_owned());
        let page = pages.iter().find(|(known, _)| *known == path);
        let source = page.map(|(_, body)| Source {
            url: &ask.url,
            content_type: None,
            body: body.as_bytes(),
        });
        search.hear(&ask, source.as_ref());
    }
    (asked, search.end().map(|found| (found.source.into(), found.list.rows.len())))
}

const OPML: &str = "<opml><outline text='b' xmlUrl='https://ben.example/feed'/></opml>";

#[test]
fn the_list_that_a_page_names_comes_first() {
    let home = "<link rel=blogroll type=text/html href=/following/>\
        <link rel=blogroll type=text/xml href=/follows.opml><a rel=friend href=https://x.example/>x</a>";
    let (asked, found) = search(&[("/", home), ("/follows.opml", OPML)]);
    assert_eq!(asked, ["/", "/follows.opml"]);
    assert_eq!(found, Some(("https://ana.example/follows.opml".to_owned(), 1)));
    // One that is not there leads on to the next.
    let cards = "<p class=h-card><a href=https://a.example/>a</a><p class=h-card><a href=https://b.example/>b</a>";
    let (asked, found) = search(&[("/", home), ("/following/", cards)]);
    assert_eq!(asked, ["/", "/follows.opml", "/following/"]);
    assert_eq!(found, Some(("https://ana.example/following/".to_owned(), 2)));
}

#[test]
fn the_well_known_place_then_pages_then_the_feed() {
    let home =
        "<link rel=alternate type=application/rss+xml href=/rss><a href=/blogroll/>Whom I read</a>";
    let feed = "<rss version='2.0' xmlns:source='http://source.scripting.com/'><channel><title>A</title>\
        <source:blogroll>https://lists.example/ana.opml?a=1&amp;b=2</source:blogroll></channel></rss>";
    let (asked, found) = search(&[("/", home), ("/.well-known/recommendations.opml", OPML)]);
    assert_eq!(asked, ["/", "/.well-known/recommendations.opml"]);
    assert!(found.is_some());
    let other = "https://lists.example/ana.opml?a=1&b=2";
    let (asked, found) = search(&[("/", home), ("/rss", feed), (other, OPML)]);
    assert_eq!(asked, ["/", "/.well-known/recommendations.opml", "/blogroll/", "/rss", other]);
    assert_eq!(found, Some((other.to_owned(), 1)));
}

#[test]
fn the_home_page_is_a_list_if_nothing_better_is_there() {
    let home = "<a rel='friend met' href=https://ben.example/>Ben</a>";
    let (asked, found) = search(&[("/", home)]);
    assert_eq!(asked, ["/", "/.well-known/recommendations.opml"]);
    assert_eq!(found, Some(("https://ana.example/".to_owned(), 1)));
    assert_eq!(search(&[("/", "<p>hello")]).1, None);
    assert_eq!(search(&[]), (vec!["/".to_owned()], None));
}

#[test]
fn a_search_asks_few_questions() {
    let links: String = (0..50).map(|n| format!("<link rel=blogroll href=/{n}.opml>")).collect();
    let (asked, found) = search(&[("/", &links)]);
    assert_eq!((asked.len(), found), (MOST, None));
    let same = "<link rel=blogroll href=/><link rel=blogroll href='https://u:p@ana.example/#x'>";
    assert_eq!(search(&[("/", same)]).0, ["/", "/.well-known/recommendations.opml"]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn flipped_bytes_do_no_harm(
        which in any::<prop::sample::Index>(),
        flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
        cut in any::<prop::sample::Index>(),
    ) {
        let cases = cases();
        let mut body = which.get(&cases).body.clone();
        for (place, byte) in &flips {
            let at = place.index(body.len());
            body[at] = *byte;
        }
        body.truncate(cut.index(body.len()) + 1);
        let url = Url::parse("https://ana.example/").unwrap();
        let source = Source { url: &url, content_type: None, body: &body };
        for known in [Known::Home, Known::List] {
            for row in read(&source, known).into_iter().flat_map(|list| list.rows) {
                prop_assert!(row.home.starts_with("http"));
                prop_assert!(!row.name.is_some_and(|name| name.contains(char::is_control)));
            }
        }
        let mut search = Search::new(&url);
        while let Some(ask) = search.ask() {
            prop_assert!(matches!(ask.why, Why::Home | Why::List | Why::Feed));
            search.hear(&ask, Some(&source));
        }
    }
}
