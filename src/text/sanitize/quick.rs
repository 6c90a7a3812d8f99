//! The short way to a clean article. Most of what programs write is well formed: every tag is known,
//! closed where it should be, and written plainly. Such HTML means the same to everybody, so one look
//! at each byte is enough, and nothing is parsed to a tree.
//!
//! What comes out is made of our own tags and of escaped text alone, and is what the long way
//! ([`super::article`]) gives, byte for byte. At the first thing that is not plain the answer is
//! none: no rule of HTML for what is broken or unusual stands here.

use std::borrow::Cow;

use url::Url;

use super::article::{
    FORMATTING, REL, counts, filter, is_a_point, is_kept, keeps, resolved, wake, without_trackers,
};
use crate::text::html::map_srcset;

/// Elements that may be open at once, and tags in all; more is for the long way to judge.
const MOST: (usize, usize) = (64, 10_000);

/// Attributes of one tag.
const ATTRIBUTES: usize = 32;

/// Character references that are known by name.
const NAMES: [(&str, char); 24] = [
    ("amp", '&'),
    ("apos", '\''),
    ("bull", '•'),
    ("copy", '©'),
    ("eacute", 'é'),
    ("euro", '€'),
    ("gt", '>'),
    ("hellip", '…'),
    ("laquo", '«'),
    ("larr", '←'),
    ("ldquo", '“'),
    ("lsquo", '‘'),
    ("lt", '<'),
    ("mdash", '—'),
    ("middot", '·'),
    ("nbsp", '\u{a0}'),
    ("ndash", '–'),
    ("quot", '"'),
    ("raquo", '»'),
    ("rarr", '→'),
    ("rdquo", '”'),
    ("reg", '®'),
    ("rsquo", '’'),
    ("times", '×'),
];

/// How an element behaves among others.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// It ends a paragraph.
    Block,
    Heading,
    /// An item of what is named.
    Item,
    Paragraph,
    Inline,
    /// It holds nothing.
    Void,
    /// It holds nothing, and ends a paragraph.
    Rule,
}

/// An element that is open: its name, and the tag that stands for it, if one does.
struct Open<'h> {
    name: &'h str,
    kind: Kind,
    tag: Option<&'h str>,
}

/// A tag, as it is written.
struct Tag<'h> {
    name: &'h str,
    attributes: Vec<(&'h str, &'h str)>,
}

/// A clean article, or none if the long way has to be gone.
pub(super) fn article(html: &str, base: &Url) -> Option<String> {
    if html.contains('\0') || html.starts_with('\u{feff}') {
        return None;
    }
    let html = match html.contains('\r') {
        true => Cow::Owned(html.replace("\r\n", "\n").replace('\r', "\n")),
        false => Cow::Borrowed(html),
    };
    let out = Writer { base, out: String::with_capacity(html.len()), open: Vec::new() };
    let clean = out.read(&html)?;
    let clean = match clean.contains("<p></p>") {
        true => Cow::Owned(clean.replace("<p></p>", "")),
        false => Cow::Borrowed(&*clean),
    };
    Some(clean.trim().to_owned())
}

struct Writer<'h> {
    base: &'h Url,
    out: String,
    open: Vec<Open<'h>>,
}

impl<'h> Writer<'h> {
    fn read(mut self, html: &'h str) -> Option<String> {
        let mut rest = html;
        let mut tags = 0_usize;
        while let Some((text, after)) = rest.split_once('<') {
            push_text(&mut self.out, text)?;
            tags += 1;
            if tags > MOST.1 {
                return None;
            }
            rest = match after.as_bytes().first()? {
                b'/' => self.end(after.get(1..)?)?,
                b'!' => comment(after)?,
                _ => self.start(after)?,
            };
        }
        push_text(&mut self.out, rest)?;
        self.open.is_empty().then_some(self.out)
    }

    /// An end tag, which has to close what was opened last.
    fn end(&mut self, text: &'h str) -> Option<&'h str> {
        let Open { name, tag, .. } = self.open.pop()?;
        if let Some(tag) = tag {
            self.out.push_str("</");
            self.out.push_str(tag);
            self.out.push('>');
        }
        text.strip_prefix(name)?.strip_prefix('>')
    }

    fn start(&mut self, text: &'h str) -> Option<&'h str> {
        let (tag, is_closed, rest) = tag(text)?;
        let (kind, written) = known(tag.name)?;
        if is_closed && !matches!(kind, Kind::Void | Kind::Rule) || !self.may_begin(&tag, kind) {
            return None;
        }
        // A line break at the start of it is none, whatever is left out before.
        let left_out = ["\n", "&", "<!", "<img", "<source"];
        if tag.name == "pre" && left_out.iter().any(|start| rest.starts_with(start)) {
            return None;
        }
        match tag.name {
            "img" => self.picture(&tag)?,
            "source" => {
                tag.get("srcset")?;
            }
            _ => {
                if let Some(written) = written {
                    let attributes = self.attributes(&tag, written)?;
                    self.push(written, &attributes);
                }
            }
        }
        if !matches!(kind, Kind::Void | Kind::Rule) {
            self.open.push(Open { name: tag.name, kind, tag: written });
        }
        Some(rest)
    }

    /// Whether an element may stand here without closing another.
    fn may_begin(&self, tag: &Tag<'_>, kind: Kind) -> bool {
        let has = |kind: Kind| self.open.iter().any(|open| open.kind == kind);
        let last = self.open.last();
        let within = last.map_or("", |open| open.name);
        let fits = match kind {
            Kind::Inline | Kind::Void => true,
            Kind::Heading if last.is_some_and(|open| open.kind == Kind::Heading) => false,
            Kind::Item if tag.name == "li" => matches!(within, "ul" | "ol"),
            Kind::Item => within == "dl",
            Kind::Block | Kind::Heading | Kind::Paragraph | Kind::Rule => true,
        };
        let ends_paragraph = !matches!(kind, Kind::Inline | Kind::Void) && has(Kind::Paragraph);
        let is_nested = tag.name == "a" && self.open.iter().any(|open| open.name == "a");
        fits && !ends_paragraph && !is_nested && self.open.len() < MOST.0
    }

    fn push(&mut self, tag: &str, attributes: &[(&str, Cow<'_, str>)]) {
        self.out.push('<');
        self.out.push_str(tag);
        for (name, value) in attributes {
            self.out.push(' ');
            self.out.push_str(name);
            self.out.push_str("=\"");
            push_escaped(&mut self.out, value, true);
            self.out.push('"');
        }
        self.out.push('>');
    }

    /// A picture, unless it counts its readers.
    fn picture(&mut self, tag: &Tag<'h>) -> Option<()> {
        let woken = wake(&|name| tag.get(name).map(Cow::Borrowed));
        let get = |name: &str| match (&woken, name) {
            (Some(address), "src") => Some(Cow::Borrowed(&**address)),
            _ => tag.get(name).map(Cow::Borrowed),
        };
        if is_a_point(&get) || counts(&get, self.base) {
            return Some(());
        }
        let mut attributes = tag.attributes.clone();
        for (name, value) in [("src", woken.as_deref()), ("loading", Some("lazy"))] {
            let Some(value) = value else { continue };
            match attributes.iter_mut().find(|(known, _)| *known == name) {
                Some((_, old)) => *old = value,
                None => attributes.push((name, value)),
            }
        }
        let tag = Tag { name: "img", attributes };
        let attributes = self.attributes(&tag, "img")?;
        self.push("img", &attributes);
        Some(())
    }

    /// The attributes that stay, as they mean it, in the order that the long way gives them. None
    /// for a link that leads nowhere, too.
    fn attributes<'t>(&self, tag: &Tag<'t>, written: &str) -> Option<Vec<(&'t str, Cow<'t, str>)>> {
        let mut kept: Vec<(&str, Cow<'_, str>)> = Vec::new();
        if tag.attributes.is_empty() && written != "a" || FORMATTING.contains(&tag.name) {
            return Some(kept);
        }
        for (name, raw) in &tag.attributes {
            if !keeps(written, name) {
                continue;
            }
            let value = match *name {
                "href" | "src" => {
                    let (address, url) = resolved(raw, self.base);
                    let schemes = ["http", "https", "data", "mailto"];
                    match url {
                        Some(url) if schemes.contains(&url.scheme()) => {}
                        _ => continue,
                    }
                    Cow::Owned(without_trackers(tag.name, name, address))
                }
                "cite" => Cow::Owned(resolved(raw, self.base).0),
                "srcset" => Cow::Owned(srcset(raw, self.base)?),
                _ => decoded(raw)?,
            };
            kept.push((name, value));
        }
        if written == "a" {
            kept.push(("rel", Cow::Borrowed(REL)));
        }
        // The last first, each with the last in its place: as the cleaner does it.
        for at in (0..kept.len()).rev() {
            if kept.get(at).is_some_and(|(name, value)| filter(written, name, value).is_none()) {
                kept.swap_remove(at);
            }
        }
        let is_dead = written == "a" && !kept.iter().any(|(name, _)| *name == "href");
        (!is_dead).then_some(kept)
    }
}

impl<'h> Tag<'h> {
    fn get(&self, name: &str) -> Option<&'h str> {
        self.attributes.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
    }
}

/// How an element behaves, and the tag that is written for it, if one is.
fn known(name: &str) -> Option<(Kind, Option<&str>)> {
    let kind = match name {
        "section" | "article" | "header" | "footer" | "main" | "aside" | "center" | "address" => {
            return Some((Kind::Block, Some("div")));
        }
        "strike" => return Some((Kind::Inline, Some("s"))),
        "tt" => return Some((Kind::Inline, Some("code"))),
        "p" => Kind::Paragraph,
        "br" | "img" | "source" | "wbr" => Kind::Void,
        "hr" => Kind::Rule,
        "li" | "dd" | "dt" => Kind::Item,
        "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => Kind::Heading,
        "blockquote" | "details" | "div" | "dl" | "figcaption" | "figure" | "ol" | "pre"
        | "summary" | "ul" => Kind::Block,
        "a" | "abbr" | "acronym" | "b" | "bdi" | "bdo" | "big" | "cite" | "code" | "del"
        | "dfn" | "em" | "font" | "i" | "ins" | "kbd" | "label" | "mark" | "picture" | "q"
        | "s" | "samp" | "small" | "span" | "strong" | "sub" | "sup" | "time" | "u" | "var" => {
            Kind::Inline
        }
        _ => return None,
    };
    Some((kind, Some(name).filter(|name| is_kept(name))))
}

/// A start tag, behind its bracket: what it says, whether it closes itself, and what follows.
fn tag(text: &str) -> Option<(Tag<'_>, bool, &str)> {
    let is_end = |b: u8| matches!(b, b'>' | b'/' | b' ' | b'\n' | b'\t');
    let end = text.bytes().position(is_end)?;
    let (name, mut rest) = text.split_at_checked(end)?;
    let mut attributes: Vec<(&str, &str)> = Vec::new();
    loop {
        let trimmed = rest.trim_start_matches([' ', '\n', '\t']);
        if let Some(after) = trimmed.strip_prefix('>') {
            return Some((Tag { name, attributes }, false, after));
        }
        if let Some(after) = trimmed.strip_prefix("/>") {
            return Some((Tag { name, attributes }, true, after));
        }
        let (key, value, after) = attribute(trimmed).filter(|_| trimmed.len() < rest.len())?;
        let is_known = attributes.iter().any(|(known, _)| *known == key);
        if is_known || attributes.len() >= ATTRIBUTES {
            return None;
        }
        attributes.push((key, value));
        rest = after;
    }
}

/// The attribute at the start: its name, its value as it is written, and what follows.
fn attribute(text: &str) -> Option<(&str, &str, &str)> {
    let in_name = |b: u8| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b':');
    let end = text.bytes().position(|b| !in_name(b)).filter(|end| *end > 0)?;
    let (name, rest) = text.split_at_checked(end)?;
    let Some(value) = rest.strip_prefix('=') else {
        return rest.starts_with([' ', '\n', '\t', '>', '/']).then_some((name, "", rest));
    };
    for quote in ['"', '\''] {
        if let Some(inside) = value.strip_prefix(quote) {
            let (value, after) = inside.split_once(quote)?;
            return Some((name, value, after));
        }
    }
    let in_value = |b: u8| b.is_ascii_alphanumeric() || b"-_.:#%/?&=,;+~@".contains(&b);
    let end = value.bytes().position(|b| !in_value(b)).filter(|end| *end > 0)?;
    let (value, after) = value.split_at_checked(end)?;
    let is_plain = !value.ends_with('/') && after.starts_with([' ', '\n', '\t', '>']);
    is_plain.then_some((name, value, after))
}

/// What follows a comment, behind its bracket.
fn comment(text: &str) -> Option<&str> {
    let (inside, after) = text.strip_prefix("!--")?.split_once("-->")?;
    let is_plain = !inside.starts_with(['>', '-']) && !inside.contains("--");
    is_plain.then_some(after).filter(|_| !inside.ends_with('-') && !inside.ends_with("<!"))
}

/// A list of pictures with absolute addresses. None if it holds references elsewhere than there.
fn srcset(raw: &str, base: &Url) -> Option<String> {
    let count = |text: &str| text.bytes().filter(|b| *b == b'&').count();
    let mut inside = 0;
    let list = map_srcset(raw, |address| {
        inside += count(address);
        resolved(address, base).0
    });
    (inside == count(raw)).then_some(list)
}

/// A value without its references; none if it has one that is not known.
fn decoded(raw: &str) -> Option<Cow<'_, str>> {
    if !raw.contains('&') {
        return Some(Cow::Borrowed(raw));
    }
    let mut out = String::with_capacity(raw.len());
    let mut parts = raw.split('&');
    out.push_str(parts.next()?);
    for part in parts {
        let (c, rest) = reference(part)?;
        out.push(c);
        out.push_str(rest);
    }
    Some(Cow::Owned(out))
}

/// Text between tags, with references as the cleaner writes them.
fn push_text(out: &mut String, text: &str) -> Option<()> {
    let mut parts = text.split('&');
    push_escaped(out, parts.next()?, false);
    for part in parts {
        let (c, rest) = reference(part)?;
        push_escaped(out, c.encode_utf8(&mut [0; 4]), false);
        push_escaped(out, rest, false);
    }
    Some(())
}

/// The character that a reference behind its `&` means, and what follows. An `&` before white space
/// or nothing is one.
fn reference(text: &str) -> Option<(char, &str)> {
    if text.is_empty() || text.starts_with([' ', '\n', '\t']) {
        return Some(('&', text));
    }
    let (name, rest) = text.split_once(';').filter(|(name, _)| name.len() <= 8)?;
    let Some(number) = name.strip_prefix('#') else {
        return NAMES.iter().find(|(known, _)| *known == name).map(|(_, c)| (*c, rest));
    };
    let code = match number.strip_prefix(['x', 'X']) {
        Some(hex) if hex.bytes().all(|b| b.is_ascii_hexdigit()) => u32::from_str_radix(hex, 16),
        None if number.bytes().all(|b| b.is_ascii_digit()) => number.parse(),
        _ => return None,
    };
    let c = char::from_u32(code.ok()?)?;
    let is_plain = match c {
        '\t' | '\n' | ' '..='~' => true,
        '\u{a0}'..='\u{fdcf}' | '\u{fdf0}'..='\u{fffd}' => true,
        '\u{10000}'.. => u32::from(c) & 0xffff < 0xfffe,
        _ => false,
    };
    is_plain.then_some((c, rest))
}

/// Text as the cleaner escapes it.
fn push_escaped(out: &mut String, text: &str, is_attribute: bool) {
    let mut rest = text;
    let is_special = |b: u8| matches!(b, b'<' | b'>' | b'&' | 0xc2) || is_attribute && b == b'"';
    while let Some(at) = rest.bytes().position(is_special) {
        let (head, tail) = rest.split_at(at);
        out.push_str(head);
        let mut tail = tail.chars();
        match tail.next() {
            Some('<') => out.push_str("&lt;"),
            Some('>') => out.push_str("&gt;"),
            Some('&') => out.push_str("&amp;"),
            Some('"') => out.push_str("&quot;"),
            Some('\u{a0}') => out.push_str("&nbsp;"),
            Some(other) => out.push(other),
            None => {}
        }
        rest = tail.as_str();
    }
    out.push_str(rest);
}
