//! A page that is said to mention another, or to take mentions: whatever a server sends. The first
//! line is its type, the second a `Link` header.
#![no_main]

use jiff::Timestamp;
use jiff::tz::TimeZone;
use lanai::formats::html::Document;
use lanai::formats::jf2::{read_mention, write_mention};
use lanai::protocols::webmention::response::{Question, Response};
use lanai::protocols::webmention::source::Source;
use lanai::protocols::webmention::{Page, endpoint, outgoing};
use libfuzzer_sys::fuzz_target;
use url::Url;

fuzz_target!(|bytes: &[u8]| {
    let mut parts = bytes.splitn(3, |byte| *byte == b'\n');
    let mut line = || std::str::from_utf8(parts.next().unwrap_or_default()).unwrap_or_default();
    let (kind, link) = (line(), line());
    let body = parts.next().unwrap_or_default();
    let Ok(url) = Url::parse("https://ben.example/1") else { return };
    let Ok(target) = Url::parse("https://ana.example/post") else { return };
    let page = Page { url: &url, content_type: Some(kind).filter(|kind| !kind.is_empty()), body };
    if let Some(endpoint) = endpoint::discover(&page, [link]) {
        assert!(matches!(endpoint.scheme(), "http" | "https"));
    }
    if let Some(source) = Source::read(&page) {
        let _ = (source.links(&target, target.as_str()), source.is_gone());
        let question = Question {
            source: &url,
            found: &url,
            target: target.as_str(),
            also: &[],
            received: &Timestamp::UNIX_EPOCH.to_zoned(TimeZone::UTC),
        };
        let mut response = Response::read(&source, question);
        response.set_author(None, false);
        // What was read can be filed, and is read again as it was.
        let text = write_mention(&response.file);
        let again = read_mention(text.as_bytes());
        assert!(again.is_ok_and(|again| write_mention(&again) == text), "{text}");
    }
    let document = Document::parse(&String::from_utf8_lossy(body));
    for target in outgoing::read(&document, &url).into_iter().flat_map(|found| found.targets) {
        assert!(Url::parse(&target).is_ok_and(|url| url.username().is_empty()), "{target}");
    }
});
