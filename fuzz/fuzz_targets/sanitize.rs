//! HTML of strangers: nothing that runs or loads survives, and what is clean stays as it is.
#![no_main]

use lanai::text::sanitize::{article, proxied, sanitize, text_to_html};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    for html in [sanitize(text), text_to_html(text)] {
        for tag in ["<script", "<style", "<img", "<iframe", "<svg", "<math", "<form"] {
            assert!(!html.to_ascii_lowercase().contains(tag), "{tag} survived: {html}");
        }
        assert_eq!(sanitize(&html), html);
    }
    let base = url::Url::parse("https://ana.example/").expect("an address");
    let html = article(text, &base);
    for tag in ["<script", "<style", "<iframe", "<svg", "<math", "<form"] {
        assert!(!html.to_ascii_lowercase().contains(tag), "{tag} survived: {html}");
    }
    assert_eq!(article(&html, &base), html);
    assert_eq!(proxied(&html, url::Url::to_string).matches('<').count(), html.matches('<').count());
});
