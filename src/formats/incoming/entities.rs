//! What references in text stand for: numbers, and the names of HTML. What a document type declares
//! is not known here, so nothing grows.

use std::borrow::Cow;

use quick_xml::escape::resolve_html5_entity;

/// The longest name of HTML has 31 letters.
const LONGEST_NAME: usize = 40;

/// The text with its references resolved. A bare `&` and unknown names stay as they are, and
/// characters that no XML may have are left out.
pub(super) fn decode(raw: &str) -> Cow<'_, str> {
    if !raw.contains('&') && !raw.chars().any(is_illegal) {
        return Cow::Borrowed(raw);
    }
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((before, after)) = rest.split_once('&') {
        out.extend(before.chars().filter(|c| !is_illegal(*c)));
        match reference(after) {
            Some((text, length)) => {
                out.push_str(&text);
                rest = after.get(length..).unwrap_or_default();
            }
            None => {
                out.push('&');
                rest = after;
            }
        }
    }
    out.extend(rest.chars().filter(|c| !is_illegal(*c)));
    Cow::Owned(out)
}

/// Whether a text has a reference.
pub(super) fn has_reference(text: &str) -> bool {
    text.split('&').skip(1).any(|after| reference(after).is_some())
}

fn is_illegal(c: char) -> bool {
    (c.is_control() && !matches!(c, '\t' | '\n' | '\r' | '\u{85}'))
        || matches!(c, '\u{fffe}' | '\u{ffff}' | '\u{feff}')
}

/// What the reference is that a text begins with, after the `&`, and its length.
fn reference(text: &str) -> Option<(Cow<'static, str>, usize)> {
    let end = text.bytes().take(LONGEST_NAME).position(|byte| byte == b';')?;
    let name = text.get(..end)?;
    let found = match name.strip_prefix('#') {
        Some(number) => Cow::Owned(character(number)?.to_string()),
        None => Cow::Borrowed(resolve_html5_entity(name)?),
    };
    Some((found, end + 1))
}

/// The character of a number. Those of windows-1252 are meant where Unicode has controls.
fn character(number: &str) -> Option<char> {
    let code = match number.strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16).ok()?,
        None => number.parse().ok()?,
    };
    if let Ok(byte @ 0x80..=0x9f) = u8::try_from(code) {
        let bytes = [byte];
        let (text, _) = encoding_rs::WINDOWS_1252.decode_without_bom_handling(&bytes);
        return text.chars().next();
    }
    Some(char::from_u32(code).filter(|c| !is_illegal(*c)).unwrap_or('\u{fffd}'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fd_x_05_references_are_resolved_once_and_bare_ones_stay() {
        for (raw, expected) in [
            ("a &amp; b &lt; c &gt; d &quot;&apos;", "a & b < c > d \"'"),
            ("AT&T & co; R&D", "AT&T & co; R&D"),
            ("&amp;amp;", "&amp;"),
            ("caf&eacute; &nbsp;&hellip;", "café \u{a0}…"),
            ("&#8217;&#x2019;&#X41;&#146;", "’’A’"),
            ("&#0;&#xD800;&#99999999;", "\u{fffd}\u{fffd}\u{fffd}"),
            ("&unknown; &;", "&unknown; &;"),
            ("a\u{0}b\u{8}c\u{c}", "abc"),
            ("&ünï;", "&ünï;"),
        ] {
            assert_eq!(decode(raw), expected, "{raw}");
        }
        assert!(matches!(decode("plain"), Cow::Borrowed(_)));
        assert!(has_reference("x &amp; y") && !has_reference("x & y; z"));
    }
}
