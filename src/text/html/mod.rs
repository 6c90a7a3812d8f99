//! HTML as text: escaping, making addresses absolute, reading the words out of it.
//!
//! For markup made by this program or by the site's owner. What strangers send goes through
//! [`crate::text::sanitize`].

mod absolutize;
mod plain;
mod srcset;

pub use absolutize::absolutize;
pub use plain::plain_text;
pub use srcset::map_srcset;

use std::borrow::Cow;

/// Escapes text for use between tags.
pub fn escape_text(text: &str) -> Cow<'_, str> {
    if text.bytes().any(|b| matches!(b, b'&' | b'<' | b'>')) {
        let mut out = String::with_capacity(text.len() + 16);
        push_text(&mut out, text);
        Cow::Owned(out)
    } else {
        Cow::Borrowed(text)
    }
}

/// Escapes text for use inside a double-quoted attribute.
pub fn escape_attribute(text: &str) -> Cow<'_, str> {
    if text.bytes().any(|b| matches!(b, b'&' | b'<' | b'>' | b'"')) {
        let mut out = String::with_capacity(text.len() + 16);
        push_attribute(&mut out, text);
        Cow::Owned(out)
    } else {
        Cow::Borrowed(text)
    }
}

/// Appends text, escaped for use between tags.
pub fn push_text(out: &mut String, text: &str) {
    push_escaped(out, text, false);
}

/// Appends text, escaped for use inside a double-quoted attribute.
pub fn push_attribute(out: &mut String, text: &str) {
    push_escaped(out, text, true);
}

fn push_escaped(out: &mut String, text: &str, quotes: bool) {
    let mut rest = text;
    while let Some(at) =
        rest.bytes().position(|b| matches!(b, b'&' | b'<' | b'>') || (quotes && b == b'"'))
    {
        let (head, tail) = rest.split_at(at);
        out.push_str(head);
        let mut tail = tail.chars();
        out.push_str(match tail.next() {
            Some('&') => "&amp;",
            Some('<') => "&lt;",
            Some('>') => "&gt;",
            _ => "&quot;",
        });
        rest = tail.as_str();
    }
    out.push_str(rest);
}

/// Removes the characters that XML 1.0 does not allow, in any form, in a document.
pub fn strip_xml_illegal(text: &str) -> Cow<'_, str> {
    if text.chars().all(is_xml) {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(text.chars().filter(|c| is_xml(*c)).collect())
    }
}

fn is_xml(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escaping_borrows_when_it_can() {
        assert!(matches!(escape_text("plain \"text\""), Cow::Borrowed(_)));
        assert_eq!(escape_text("a < b & \"c\" > d"), "a &lt; b &amp; \"c\" &gt; d");
        assert_eq!(escape_attribute("a < b & \"c\"'"), "a &lt; b &amp; &quot;c&quot;'");
    }

    #[test]
    fn illegal_xml_characters_go() {
        assert_eq!(
            strip_xml_illegal("a\u{0}b\u{8}c\u{B}\td\r\ne\u{FFFE}f\u{FFFF}🌱"),
            "abc\td\r\nef🌱"
        );
        assert!(matches!(strip_xml_illegal("fine\n"), Cow::Borrowed(_)));
    }
}
