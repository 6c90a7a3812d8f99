//! `Link` headers of other servers: each link comes from the text, and what is well-formed is found.
#![no_main]

use lanai::formats::link_header::{find, links};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    for link in links(text.lines()) {
        assert!(text.contains(link.target));
        let _ = link.has_rel("webmention");
    }
    let header = format!("</wm>; rel=webmention, {text}");
    assert_eq!(find([header.as_str()], "webmention"), Some("/wm"));
});
