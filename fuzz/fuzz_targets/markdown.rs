//! Markdown, with all our additions and without.
#![no_main]

use std::sync::LazyLock;

use lanai::text::markdown::{AsWritten, Markdown, Style};
use libfuzzer_sys::fuzz_target;

static MARKDOWN: LazyLock<Markdown> = LazyLock::new(Markdown::new);

fuzz_target!(|input: (bool, bool, &str)| {
    let (plain, hashtags, text) = input;
    let _ = MARKDOWN.render(text, &Style { plain, hashtags, ..Style::default() }, &AsWritten);
});
