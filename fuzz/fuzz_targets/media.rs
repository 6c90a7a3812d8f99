//! Pictures: what comes out carries no metadata, and coming out a second time changes nothing.
#![no_main]

use lanai::media::{Format, clean, dimensions};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = dimensions(bytes);
    let Ok(cleaned) = clean(bytes, "picture") else { return };
    if cleaned.format == Format::Svg {
        return;
    }
    if let Ok(again) = clean(&cleaned.bytes, "picture") {
        assert_eq!(
            (again.width, again.height, again.format),
            (cleaned.width, cleaned.height, cleaned.format)
        );
    }
});
