//! Feeds of others, of all formats: what comes out leads to the web and says something. The first
//! line is the type that was sent. Seeds: `tests/fixtures/incoming`, each after an empty line.
#![no_main]

use lanai::formats::html::Document;
use lanai::formats::incoming::{Content, Incoming, discover, read};
use libfuzzer_sys::fuzz_target;
use url::Url;

fuzz_target!(|bytes: &[u8]| {
    let Ok(url) = Url::parse("https://ana.example/feed") else { return };
    let mut parts = bytes.splitn(2, |byte| *byte == b'\n');
    let kind = std::str::from_utf8(parts.next().unwrap_or_default()).unwrap_or_default();
    let body = parts.next().unwrap_or_default();
    let content_type = Some(kind).filter(|kind| !kind.is_empty());
    if let Ok(feed) = read(&Incoming { url: &url, content_type, body }) {
        for item in &feed.items {
            assert!(item.title.is_some() || item.link.is_some() || item.content.is_some());
            let _ = (item.kind(), item.content_hash(), item.identity.key());
            let files = item.enclosures.iter().map(|file| &file.url);
            for url in files.chain(&item.link).chain(&item.image) {
                assert!(matches!(url.scheme(), "http" | "https"), "{url}");
            }
            for html in [&item.content, &item.summary].into_iter().flatten().map(Content::html) {
                assert!(!html.contains("<script"), "{html}");
            }
        }
    }
    let text = String::from_utf8_lossy(body);
    let _ = discover::unwrap(&text);
    for feed in discover::feeds(&Document::parse(&text), &url) {
        assert!(matches!(feed.url.scheme(), "http" | "https"), "{}", feed.url);
    }
});
