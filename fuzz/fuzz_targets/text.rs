//! Excerpts, slugs, search words, addresses in running text: cut anywhere, never inside a letter.
#![no_main]

use lanai::text::{autolink, excerpt, lang, slug, tokens};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (u8, &str)| {
    let (length, text) = input;
    let _ = excerpt::excerpt(text, usize::from(length));
    let _ = excerpt::first_words(text, usize::from(length));
    let _ = excerpt::words(text);
    let _ = slug::percent_encode_path(&slug::slug(text));
    let _ = slug::tag_slug(text);
    let _ = tokens::tokens(text).count();
    let _ = (lang::is_bcp47(text), lang::direction(text));
    for address in autolink::addresses(text) {
        let _ = address.href(text);
    }
});
