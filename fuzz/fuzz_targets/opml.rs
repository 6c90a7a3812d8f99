//! Lists of feeds from other readers: what was read can be written and read again.
#![no_main]

use lanai::formats::opml::{read, write};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(list) = read(bytes) {
        let again = read(write(&list).as_bytes()).map(|list| list.outlines);
        assert_eq!(again.ok(), Some(list.outlines));
    }
});
