//! The author's own HTML: a small reader of tags that tolerates fragments.
//!
//! Markdown hands HTML over in pieces (a lone `<a href=x>`, a block cut at a blank line), so no
//! parser of whole documents will do. Only start and end tags are found; what their attributes
//! become is decided by the writer.

use std::borrow::Cow;
use std::ops::Range;

/// A start or end tag.
pub(super) struct Tag<'h> {
    /// Where it stands, brackets included.
    pub(super) range: Range<usize>,
    /// Name as written.
    pub(super) name: &'h str,
    /// Whether it is an end tag.
    pub(super) end: bool,
    /// Attributes in order.
    pub(super) attributes: Vec<Attribute<'h>>,
}

/// An attribute as written.
pub(super) struct Attribute<'h> {
    /// Name as written.
    pub(super) name: &'h str,
    /// The value without quotes, entities not decoded.
    pub(super) value: &'h str,
    /// Where the value stands, quotes included; empty if there is none.
    pub(super) range: Range<usize>,
}

impl Tag<'_> {
    pub(super) fn is(&self, names: &[&str]) -> bool {
        names.iter().any(|name| self.name.eq_ignore_ascii_case(name))
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|a| a.name.eq_ignore_ascii_case(name)).map(|a| a.value)
    }
}

/// Elements whose content is not markup.
const RAW_TEXT: &[&str] =
    &["script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes"];

/// All tags of a fragment, in order. Comments and the content of scripts are passed over.
pub(super) fn tags(html: &str) -> impl Iterator<Item = Tag<'_>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let open = at + html.get(at..)?.find('<')?;
            let rest = html.get(open..)?;
            if let Some(length) = passed_over(rest) {
                at = open + length;
                continue;
            }
            let Some(tag) = read(html, open) else {
                at = open + 1;
                continue;
            };
            at = tag.range.end;
            if !tag.end && tag.is(RAW_TEXT) {
                at += end_of_raw_text(html.get(at..)?, tag.name);
            }
            return Some(tag);
        }
    })
}

/// The length of a comment, declaration or the like at the start of a text.
fn passed_over(rest: &str) -> Option<usize> {
    let (length, found) = if let Some(body) = rest.strip_prefix("<!--") {
        (4 + 3, body.find("-->"))
    } else if rest.starts_with("<!") || rest.starts_with("<?") {
        (2 + 1, rest.get(2..)?.find('>'))
    } else {
        return None;
    };
    Some(found.map_or(rest.len(), |at| at + length))
}

fn end_of_raw_text(rest: &str, name: &str) -> usize {
    let mut from = 0;
    while let Some(at) = rest.get(from..).and_then(|r| r.find("</")) {
        let start = from + at;
        let tail = rest.get(start + 2..).unwrap_or_default();
        if tail.get(..name.len()).is_some_and(|n| n.eq_ignore_ascii_case(name)) {
            return start;
        }
        from = start + 2;
    }
    rest.len()
}

/// A cursor over the bytes of a tag.
struct Cursor<'h> {
    html: &'h str,
    at: usize,
}

impl<'h> Cursor<'h> {
    fn peek(&self) -> Option<u8> {
        self.html.as_bytes().get(self.at).copied()
    }

    fn take_while(&mut self, keep: impl Fn(u8) -> bool) -> &'h str {
        let start = self.at;
        while self.peek().is_some_and(&keep) {
            self.at += 1;
        }
        self.html.get(start..self.at).unwrap_or_default()
    }
}

fn read(html: &str, open: usize) -> Option<Tag<'_>> {
    let mut cursor = Cursor { html, at: open + 1 };
    let end = cursor.peek() == Some(b'/');
    cursor.at += usize::from(end);
    if !cursor.peek()?.is_ascii_alphabetic() {
        return None;
    }
    let name = cursor.take_while(|b| !b.is_ascii_whitespace() && b != b'/' && b != b'>');
    let mut attributes = Vec::new();
    loop {
        cursor.take_while(|b| b.is_ascii_whitespace() || b == b'/');
        if cursor.peek()? == b'>' {
            cursor.at += 1;
            return Some(Tag { range: open..cursor.at, name, end, attributes });
        }
        attributes.push(read_attribute(&mut cursor)?);
    }
}

fn read_attribute<'h>(cursor: &mut Cursor<'h>) -> Option<Attribute<'h>> {
    let start = cursor.at;
    // A `=` where a name should begin is part of the name.
    cursor.at += usize::from(cursor.peek() == Some(b'='));
    cursor.take_while(|b| !b.is_ascii_whitespace() && !matches!(b, b'/' | b'>' | b'='));
    let name = cursor.html.get(start..cursor.at)?;
    let after_name = cursor.at;
    cursor.take_while(|b| b.is_ascii_whitespace());
    if cursor.peek()? != b'=' {
        cursor.at = after_name;
        return Some(Attribute { name, value: "", range: after_name..after_name });
    }
    cursor.at += 1;
    cursor.take_while(|b| b.is_ascii_whitespace());
    let from = cursor.at;
    let value = match cursor.peek()? {
        quote @ (b'"' | b'\'') => {
            cursor.at += 1;
            let value = cursor.take_while(|b| b != quote);
            cursor.peek()?;
            cursor.at += 1;
            value
        }
        _ => cursor.take_while(|b| !b.is_ascii_whitespace() && b != b'>'),
    };
    Some(Attribute { name, value, range: from..cursor.at })
}

/// Decodes the entities that matter in addresses.
pub(super) fn decoded(value: &str) -> Cow<'_, str> {
    if !value.contains('&') {
        return Cow::Borrowed(value);
    }
    let value = value.replace("&quot;", "\"").replace("&#39;", "'").replace("&#x27;", "'");
    Cow::Owned(value.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))
}

/// The mark that ends a teaser: where it stands in a fragment.
pub(super) fn more_mark(html: &str) -> Option<Range<usize>> {
    let mut from = 0;
    while let Some(at) = html.get(from..)?.find("<!--") {
        let start = from + at;
        let body = html.get(start + 4..)?;
        let length = body.find("-->")?;
        if body.get(..length)?.trim().eq_ignore_ascii_case("more") {
            return Some(start..start + 4 + length + 3);
        }
        from = start + 4;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(html: &str) -> Vec<String> {
        tags(html)
            .map(|t| {
                let attributes: Vec<String> =
                    t.attributes.iter().map(|a| format!("{}={}", a.name, a.value)).collect();
                format!("{}{}({})", if t.end { "/" } else { "" }, t.name, attributes.join(","))
            })
            .collect()
    }

    #[test]
    fn tags_are_found_in_fragments() {
        for (html, expected) in [
            ("<a href=x>", vec!["a(href=x)"]),
            ("</a>", vec!["/a()"]),
            ("<img src='a b' alt>", vec!["img(src=a b,alt=)"]),
            ("<br/><hr />", vec!["br()", "hr()"]),
            ("<a href=\"x\"title=y>", vec!["a(href=x,title=y)"]),
            ("<a href", vec![]),
            ("<a href=\"x>", vec![]),
            ("a < b <b>", vec!["b()"]),
            ("<!-- <a> --><i>", vec!["i()"]),
            ("<!-- <a>", vec![]),
            ("<script>if (a<b) '<i>'</script><u>", vec!["script()", "/script()", "u()"]),
            ("<a =x>", vec!["a(=x=)"]),
            ("<\u{e9}>", vec![]),
            ("<a \u{e9}=\u{1F331}>", vec!["a(é=🌱)"]),
        ] {
            assert_eq!(seen(html), expected, "{html}");
        }
    }

    #[test]
    fn the_more_mark_may_be_spaced() {
        assert_eq!(more_mark("<!--more-->"), Some(0..11));
        assert_eq!(more_mark("a<!-- b --><!-- More --> c"), Some(11..24));
        assert_eq!(more_mark("<!-- moreover -->"), None);
        assert_eq!(more_mark("<!-- more"), None);
    }
}
