//! The head of a post, TOML or YAML, from other generators too.
#![no_main]

use jiff::tz::TimeZone;
use lanai::error::Source;
use lanai::site::{Rules, read_front_matter, split};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (bool, &[u8])| {
    let (foreign, bytes) = input;
    let Ok(source) = Source::from_bytes("content/post.md", bytes.to_vec()) else { return };
    if let Ok(parts) = split(&source) {
        assert!(source.text.get(parts.body.clone()).is_some(), "the body is a part of the file");
        let _ = read_front_matter(&source, &parts, &Rules { zone: &TimeZone::UTC, foreign });
    }
});
