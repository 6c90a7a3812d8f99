//! Addresses from words: slugs of titles and tags, and the percent-encoding of paths.
//!
//! Slugs keep Unicode letters: `Über Äpfel` is `über-äpfel`, a Japanese title stays readable.
//! Which slug a post gets, and what happens when two agree, is decided by the build.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// The slug of a text: NFC, lower case, letters, digits and their marks kept, all else a `-`.
///
/// A text without letters and digits has the empty slug; the caller decides what to call it.
pub fn slug(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    // A mark with no letter before it has nothing to sit on, so it counts as a separator.
    let mut after_letter = false;
    for c in text.nfc().flat_map(char::to_lowercase) {
        let keep = c.is_alphanumeric() || (after_letter && is_combining_mark(c));
        if keep {
            out.push(c);
        } else if is_apostrophe(c) {
            // "Don't" reads better as `dont` than as `don-t`.
        } else if !out.is_empty() && !out.ends_with('-') {
            out.push('-');
        }
        after_letter = keep;
    }
    out.truncate(out.trim_end_matches('-').len());
    // Lower-casing can leave decomposed pairs (İ), so the normal form is made once more.
    if out.is_ascii() { out } else { out.nfc().collect() }
}

fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '\u{2019}' | '\u{02BC}')
}

/// The slug of a tag: as [`slug`], but `+` and `#` keep languages apart (`c++`, `c#`).
///
/// A tag made only of symbols keeps its own characters apart from those with a meaning in paths,
/// so that a tag like `🌱` has a page too.
pub fn tag_slug(tag: &str) -> String {
    let spelled = tag.trim().trim_start_matches('#').replace('+', " plus ").replace('#', " sharp ");
    let plain = slug(&spelled);
    if !plain.is_empty() {
        return plain;
    }
    let symbols: String = tag
        .chars()
        .filter(|c| !c.is_ascii() && !c.is_whitespace() && !c.is_control())
        .nfc()
        .collect();
    symbols
}

/// Percent-encodes a path for an address: UTF-8 bytes, `/` kept, `%` encoded like any other byte.
pub fn percent_encode_path(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    push_percent_encoded(&mut out, path);
    out
}

/// Appends a path, percent-encoded.
pub fn push_percent_encoded(out: &mut String, path: &str) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/!$()*+,;=:@".contains(&byte);
    if path.bytes().all(plain) {
        out.push_str(path);
        return;
    }
    let digit = |n: u8| HEX.get(usize::from(n)).map_or('0', |b| char::from(*b));
    for byte in path.bytes() {
        if plain(byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.push(digit(byte >> 4));
            out.push(digit(byte & 15));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn letters_of_all_scripts_are_kept() {
        for (text, expected) in [
            ("Hello, World!", "hello-world"),
            ("Über Äpfel & Öl", "über-äpfel-öl"),
            ("日本語のタイトル", "日本語のタイトル"),
            ("Привет, мир", "привет-мир"),
            ("हिन्दी भाषा", "हिन्दी-भाषा"),
            ("  --a  b--  ", "a-b"),
            ("Don't stop", "dont-stop"),
            ("Don’t stop", "dont-stop"),
            ("e\u{301}te\u{301}", "été"),
            ("C++ & Rust", "c-rust"),
            ("ﬁ 2²", "ﬁ-2²"),
            ("!!!", ""),
            ("", ""),
            ("\u{301}a", "a"),
            ("snake_case", "snake-case"),
        ] {
            assert_eq!(slug(text), expected, "{text}");
        }
    }

    #[test]
    fn tags_keep_programming_languages_apart() {
        assert_eq!(tag_slug("C++"), "c-plus-plus");
        assert_eq!(tag_slug("C#"), "c-sharp");
        assert_eq!(tag_slug("c"), "c");
        assert_eq!(tag_slug("#IndieWeb"), "indieweb");
        assert_eq!(tag_slug("🌱"), "🌱");
        assert_eq!(tag_slug("///"), "");
    }

    #[test]
    fn paths_are_encoded_byte_by_byte() {
        assert_eq!(percent_encode_path("/posts/über äpfel/"), "/posts/%C3%BCber%20%C3%A4pfel/");
        assert_eq!(percent_encode_path("/a%20b?c#d\"<>'&"), "/a%2520b%3Fc%23d%22%3C%3E%27%26");
        assert_eq!(percent_encode_path("/a-b_c.d~e/"), "/a-b_c.d~e/");
    }

    proptest! {
        #[test]
        fn a_slug_is_its_own_slug(text in "\\PC{0,40}") {
            let once = slug(&text);
            prop_assert_eq!(slug(&once), once.clone());
            prop_assert!(!once.starts_with('-') && !once.ends_with('-') && !once.contains("--"));
            prop_assert!(!once.contains(['/', '.', '\\', '\0']));
        }

        #[test]
        fn encoded_paths_are_ascii_and_decode_back(text in any::<String>()) {
            let encoded = percent_encode_path(&text);
            prop_assert!(encoded.is_ascii());
            let decoded = url_decode(&encoded);
            prop_assert_eq!(decoded, text);
        }

        #[test]
        fn tag_slugs_never_hold_a_separator(text in any::<String>()) {
            prop_assert!(!tag_slug(&text).contains(['/', '\\', '.', '\0', '?', '#']));
        }
    }

    fn url_decode(s: &str) -> String {
        let mut out = Vec::new();
        let mut bytes = s.bytes();
        while let Some(b) = bytes.next() {
            if b == b'%' {
                let hex: String = bytes.by_ref().take(2).map(char::from).collect();
                out.push(u8::from_str_radix(&hex, 16).unwrap());
            } else {
                out.push(b);
            }
        }
        String::from_utf8(out).unwrap()
    }
}
