//! The form that anybody may send to a webmention endpoint. The first line is its type.
#![no_main]

use lanai::protocols::webmention::request::{LONGEST, read};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let (kind, body) = match bytes.iter().position(|byte| *byte == b'\n') {
        Some(at) => (std::str::from_utf8(&bytes[..at]).ok(), &bytes[at + 1..]),
        None => (Some("application/x-www-form-urlencoded"), bytes),
    };
    match read(kind, body) {
        Ok(request) => {
            assert!(matches!(request.source.scheme(), "http" | "https"));
            assert!(matches!(request.target.scheme(), "http" | "https"));
            assert!(request.target_as_sent.len() <= LONGEST);
        }
        Err(wrong) => assert!(!wrong.to_string().is_empty()),
    }
});
