//! Mention files and citations: jf2 that other sites filled in.
#![no_main]

use lanai::formats::jf2::{read_cite, read_mention};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = read_mention(bytes);
    let _ = read_cite(bytes);
});
