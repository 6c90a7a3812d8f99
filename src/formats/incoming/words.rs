//! Plain text out of what feeds write as titles and names, and what is HTML in them (FD-X-12).

use super::entities::{decode, has_reference};
use crate::text::excerpt::one_line;
use crate::text::html::plain_text;

/// Longest title or name, in characters.
const LONGEST: usize = 1_000;

/// Elements by which HTML is told from text with angle brackets.
const TAGS: &str = " a abbr address article aside audio b big blockquote body br button center cite code dd del details \
    div dl dt em embed figcaption figure font footer form h1 h2 h3 h4 h5 h6 head header hr html i iframe img input ins \
    kbd li link main mark meta nav object ol p picture pre q s samp script section small source span strike strong style \
    sub summary sup svg table tbody td tfoot th thead time title tr tt u ul video wbr ";

/// What a text was said to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Declared {
    /// Text.
    Text,
    /// HTML.
    Html,
    /// Nothing was said.
    Unknown,
}

/// A line of plain text; none if nothing is left of it. The text is decoded as often as its format
/// says; where its author escaped it once more than that, so it is here.
pub(super) fn line(text: &str, declared: Declared) -> Option<String> {
    let is_html = match declared {
        Declared::Text => false,
        Declared::Html => true,
        Declared::Unknown => has_tags(text),
    };
    let mut plain = if is_html { plain_text(text) } else { text.to_owned() };
    if has_reference(&plain) {
        let again = decode(&plain);
        if !again.contains('<') {
            plain = again.into_owned();
        }
    }
    let line = one_line(&plain);
    let end = line.char_indices().nth(LONGEST).map_or(line.len(), |(at, _)| at);
    line.get(..end).filter(|line| !line.is_empty()).map(str::to_owned)
}

/// Whether a text has tags of HTML.
pub(super) fn has_tags(text: &str) -> bool {
    text.split('<').skip(1).any(|after| {
        let after = after.strip_prefix('/').unwrap_or(after);
        if after.starts_with("!--") {
            return true;
        }
        let length = after.bytes().take(12).take_while(u8::is_ascii_alphanumeric).count();
        let (name, rest) = after.split_at(length);
        let ends = rest.starts_with(|c: char| c.is_whitespace() || matches!(c, '>' | '/'));
        length > 0 && ends && TAGS.contains(&format!(" {} ", name.to_ascii_lowercase()))
    })
}

#[cfg(test)]
mod tests {
    use super::Declared::{Html, Text, Unknown};
    use super::*;

    #[test]
    fn fd_x_12_titles_are_decoded_as_often_as_they_were_escaped() {
        for (text, declared, expected) in [
            ("AT&T", Unknown, "AT&T"),
            ("AT&amp;T", Unknown, "AT&T"),
            ("AT&amp;T", Text, "AT&T"),
            ("AT&amp;amp;T", Html, "AT&T"),
            ("<b>Bold</b> and\n <i>not</i>", Unknown, "Bold and not"),
            ("<b>Bold</b>", Text, "<b>Bold</b>"),
            ("Vec<String> & you", Unknown, "Vec<String> & you"),
            ("1 < 2 > 0", Unknown, "1 < 2 > 0"),
            // Once more would make it markup.
            ("&lt;b&gt;", Unknown, "&lt;b&gt;"),
            ("&lt;b&gt;", Html, "<b>"),
            ("It&#8217;s", Text, "It’s"),
            ("a\u{202e}b\u{a0}c", Text, "ab c"),
        ] {
            assert_eq!(line(text, declared).as_deref(), Some(expected), "{text}");
        }
        assert_eq!(line(" \n ", Unknown), None);
        assert_eq!(line("<img src=x>", Unknown), None);
    }
}
