//! Lists of follows, and where they are looked for.
#![no_main]

use lanai::formats::follows::discover::Search;
use lanai::formats::follows::{Known, Source, read};
use libfuzzer_sys::fuzz_target;
use url::Url;

fuzz_target!(|bytes: &[u8]| {
    let Ok(url) = Url::parse("https://ana.example/") else { return };
    let source = Source { url: &url, content_type: None, body: bytes };
    let _ = read(&source, Known::List);
    let mut search = Search::new(&url);
    while let Some(ask) = search.ask() {
        search.hear(&ask, Some(&source));
    }
});
