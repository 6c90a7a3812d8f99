//! `lanai.toml`, whatever is in it: a configuration or problems with their places.
#![no_main]

use lanai::error::Source;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(source) = Source::from_bytes("lanai.toml", bytes.to_vec()) {
        let _ = lanai::config::parse(&source);
    }
});
