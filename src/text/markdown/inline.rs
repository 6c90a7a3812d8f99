//! Running text: bare addresses, hashtags and nicknames.
//!
//! The parser cuts text at every character that might have been markup, so neighbouring pieces
//! are put together before they are searched.

use std::borrow::Cow;
use std::ops::Range;

use pulldown_cmark::{Event, Tag};
use unicode_normalization::char::is_combining_mark;

use super::link::push_href;
use super::writer::Writer;
use crate::text::autolink::{Kind, may_contain, next_address};

/// Neighbouring pieces of text as one.
#[derive(Default)]
struct Run<'e> {
    text: Cow<'e, str>,
    /// Where in `text` each piece begins, and where it stands in the source.
    pieces: Vec<(usize, Range<usize>)>,
    /// Places in `text` of characters that were escaped with a backslash.
    escaped: Vec<usize>,
}

impl Run<'_> {
    fn is_escaped(&self, at: usize) -> bool {
        self.escaped.binary_search(&at).is_ok()
    }

    /// The place in the source of a place in the text, if that piece is a plain copy.
    fn in_source(&self, at: usize) -> Option<usize> {
        let (start, range) = self.pieces.iter().rev().find(|(start, _)| *start <= at)?;
        let place = range.start + (at - start);
        (place <= range.end).then_some(place)
    }

    /// Roughly where in the source something in the text stands.
    fn range_of(&self, range: &Range<usize>) -> Range<usize> {
        let whole = self.pieces.first().map_or(0, |(_, r)| r.start)
            ..self.pieces.last().map_or(0, |(_, r)| r.end);
        match (self.in_source(range.start), self.in_source(range.end)) {
            (Some(start), Some(end)) if start <= end => start..end,
            _ => whole,
        }
    }
}

impl<'c> Writer<'c> {
    /// Writes the text that is next, with all pieces that follow it directly.
    pub(super) fn text_run(&mut self) {
        let run = self.collect();
        let searched = !self.cx.style.plain && self.in_link == 0 && !self.raw.is_verbatim();
        let names = searched && self.cx.style.hashtags;
        let worth = searched && may_contain(&run.text) || names && run.text.contains(['#', '@']);
        if worth {
            self.search(&run, names);
        } else {
            self.words(&run.text);
        }
    }

    fn collect(&mut self) -> Run<'c> {
        let events = self.events;
        let mut run = Run::default();
        while let Some((Event::Text(text), range)) = events.get(self.at) {
            self.at += 1;
            let Some((text, range)) = rest_of(text, range, self.skip_until) else { continue };
            let before = run.pieces.last().map(|(_, r): &(usize, Range<usize>)| r.end);
            let slash = range.start.checked_sub(1).and_then(|at| self.cx.source.as_bytes().get(at));
            // Written as an entity, a character is meant as itself just as well.
            let entity = text.len() != range.len();
            if entity || (slash == Some(&b'\\') && before != Some(range.start)) {
                run.escaped.push(run.text.len());
            }
            run.pieces.push((run.text.len(), range));
            if run.text.is_empty() {
                run.text = Cow::Borrowed(text);
            } else {
                run.text.to_mut().push_str(text);
            }
        }
        run
    }

    fn search(&mut self, run: &Run<'_>, names: bool) {
        let text: &str = &run.text;
        let mut done = 0;
        let mut address = next_address(text, 0);
        let mut at = 0;
        while let Some(rest) = text.get(at..) {
            if let Some(found) = address.as_ref().filter(|found| found.range.start <= at) {
                if run.escaped.iter().any(|e| found.range.contains(e)) && is_unwanted(run, found) {
                    at = found.range.end.max(at);
                    address = next_address(text, at);
                    continue;
                }
                let (kind, range, href) = (found.kind, found.range.clone(), found.href(text));
                self.words(text.get(done..range.start).unwrap_or_default());
                if kind == Kind::Web
                    && range.end == text.len()
                    && let Some(longer) = self.address_through_emphasis(run, range.start)
                {
                    self.bare_link(kind, &longer, &longer, run.range_of(&range));
                    return;
                }
                let shown = text.get(range.clone()).unwrap_or_default();
                self.bare_link(kind, &href, shown, run.range_of(&range));
                (at, done) = (range.end, range.end);
                address = next_address(text, at);
                continue;
            }
            let limit = address.as_ref().map_or(rest.len(), |found| found.range.start - at);
            let next = rest.bytes().take(limit).position(|b| names && (b == b'#' || b == b'@'));
            let Some(next) = next else {
                if address.is_none() {
                    break;
                }
                at += limit;
                continue;
            };
            at += next;
            let end = if run.is_escaped(at) { None } else { self.name_at(text, at, done) };
            if let Some(end) = end {
                (at, done) = (end, end);
                if address.as_ref().is_some_and(|found| found.range.start < at) {
                    address = next_address(text, at);
                }
            } else {
                at += 1;
            }
        }
        self.words(text.get(done..).unwrap_or_default());
    }

    /// Writes the hashtag or nickname at a place, with the text since `done` before it.
    fn name_at(&mut self, text: &str, at: usize, done: usize) -> Option<usize> {
        let before = match text.get(..at)?.chars().next_back() {
            Some(c) => Some(c),
            None => self.done.plain.chars().next_back(),
        };
        let rest = text.get(at..)?;
        if rest.starts_with('#') {
            let tag = hashtag(rest, before)?;
            self.words(text.get(done..at)?);
            self.hashtag_link(tag);
            return Some(at + 1 + tag.len());
        }
        let nickname = nickname(rest, before)?;
        let person = self.cx.resolver.person(nickname)?;
        self.words(text.get(done..at)?);
        if person.url.is_empty() {
            self.out.push_str("<span class=\"p-category h-card mention\">");
            self.words(&person.name);
            self.out.push_str("</span>");
        } else {
            self.note_link(&person.url);
            self.out.push_str("<a class=\"u-category h-card mention\" href=\"");
            push_href(&mut self.out, &person.url);
            self.out.push_str("\">");
            self.words(&person.name);
            self.out.push_str("</a>");
        }
        if self.seen.insert(format!("@{nickname}")) {
            self.done.nicknames.push(nickname.to_owned());
        }
        Some(at + 1 + nickname.len())
    }

    fn hashtag_link(&mut self, tag: &str) {
        let href = self.cx.resolver.tag(tag);
        self.out.push_str("<a class=\"p-category hashtag\" rel=\"tag\" href=\"");
        push_href(&mut self.out, &href);
        self.out.push_str("\">#");
        self.done.plain.push('#');
        self.words(tag);
        self.out.push_str("</a>");
        if self.seen.insert(format!("#{tag}")) {
            self.done.hashtags.push(tag.to_owned());
        }
    }

    fn bare_link(&mut self, kind: Kind, href: &str, shown: &str, range: Range<usize>) {
        let resolved;
        let href = if kind == Kind::Mail {
            href
        } else {
            resolved = self.resolve(href, &range);
            self.note_link(&resolved);
            &resolved
        };
        self.out.push_str("<a href=\"");
        push_href(&mut self.out, href);
        self.out.push_str("\">");
        self.words(shown);
        self.out.push_str("</a>");
    }

    /// An address such as `https://a.example/_x_/y` is cut by the parser, which reads `_x_` as
    /// emphasis. If all that emphasis lies within the address, the address wins.
    fn address_through_emphasis(&mut self, run: &Run<'_>, start: usize) -> Option<String> {
        let (event, next) = self.events.get(self.at)?;
        if !is_emphasis(event) || run.in_source(run.text.len())? != next.start {
            return None;
        }
        let start = run.in_source(start)?;
        let tail = self.cx.source.get(start..)?;
        let address = next_address(tail, 0).filter(|a| a.range.start == 0)?;
        let end = start + address.range.end;
        let mut at = self.at;
        let mut open = 0usize;
        let mut covered = next.start;
        while let Some((event, range)) = self.events.get(at) {
            match event {
                Event::Text(_) if open == 0 && range.end > end => {
                    covered = end;
                    break;
                }
                Event::Text(_) => {}
                Event::Start(_) if is_emphasis(event) && range.end <= end => open += 1,
                Event::End(_) if open > 0 => open -= 1,
                _ => break,
            }
            covered = range.end;
            at += 1;
            if covered >= end && open == 0 {
                break;
            }
        }
        // Otherwise something else begins or ends within the address, and cannot be undone.
        if open > 0 || covered != end {
            return None;
        }
        self.at = at;
        self.skip_until = end;
        Some(address.text(tail).to_owned())
    }
}

fn is_emphasis(event: &Event<'_>) -> bool {
    matches!(event, Event::Start(Tag::Emphasis | Tag::Strong | Tag::Strikethrough))
}

/// What is left of a piece of text when the source up to a byte has been dealt with.
fn rest_of<'e>(
    text: &'e str,
    range: &Range<usize>,
    skip_until: usize,
) -> Option<(&'e str, Range<usize>)> {
    if range.start >= skip_until {
        return Some((text, range.clone()));
    }
    if range.end <= skip_until {
        return None;
    }
    // Only plain copies can be cut by the bytes of the source.
    let rest = (text.len() == range.len()).then(|| text.get(skip_until - range.start..))??;
    Some((rest, skip_until..range.end))
}

/// A backslash in front of what makes an address (`\www.`, `https\://`) says it is none.
fn is_unwanted(run: &Run<'_>, found: &crate::text::autolink::Address) -> bool {
    let text = found.text(&run.text);
    let marker = match found.kind {
        Kind::Web => text.find(':'),
        Kind::Www => text.find('.'),
        Kind::Mail => text.find('@'),
    };
    marker.is_some_and(|at| {
        (found.range.start..=found.range.start + at).any(|place| run.is_escaped(place))
    })
}

/// The hashtag at the start of a text, without `#`.
fn hashtag(text: &str, before: Option<char>) -> Option<&str> {
    if before.is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | '#' | '&' | '/' | '@')) {
        return None;
    }
    let body = text.strip_prefix('#')?;
    let joins = |c: char| matches!(c, '-' | '·' | '\u{200C}' | '\u{200D}');
    let end = body
        .find(|c: char| !(c.is_alphanumeric() || c == '_' || joins(c) || is_combining_mark(c)))
        .unwrap_or(body.len());
    let tag = body.get(..end)?.trim_end_matches(joins);
    let starts_well = tag.starts_with(|c: char| c.is_alphanumeric() || c == '_');
    (starts_well && tag.chars().any(char::is_alphabetic)).then_some(tag)
}

/// The nickname at the start of a text, without `@`. A handle (`@ana@social.example`) is none.
fn nickname(text: &str, before: Option<char>) -> Option<&str> {
    if before.is_some_and(|c| c.is_alphanumeric() || "_@/.-+:".contains(c)) {
        return None;
    }
    let body = text.strip_prefix('@')?;
    let end = body
        .find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-' | '.')))
        .unwrap_or(body.len());
    if body.get(end..)?.starts_with('@') {
        return None;
    }
    let name = body.get(..end)?.trim_end_matches(['.', '-']);
    (!name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashtags_are_words_with_a_letter() {
        for (text, expected) in [
            ("#tag", Some("tag")),
            ("#tag.", Some("tag")),
            ("#a-b- c", Some("a-b")),
            ("#日本語タグ。", Some("日本語タグ")),
            ("#हिन्दी है", Some("हिन्दी")),
            ("#2024", None),
            ("#2024-05", None),
            ("#1st", Some("1st")),
            ("#", None),
            ("#-a", None),
            ("#c++", Some("c")),
        ] {
            assert_eq!(hashtag(text, None), expected, "{text}");
        }
        assert_eq!(hashtag("#x", Some('a')), None);
        assert_eq!(hashtag("#x", Some('(')), Some("x"));
        assert_eq!(hashtag("#x", Some('&')), None);
    }

    #[test]
    fn nicknames_end_before_the_full_stop() {
        for (text, expected) in [
            ("@ana", Some("ana")),
            ("@ana.", Some("ana")),
            ("@ana.example, hi", Some("ana.example")),
            ("@ana@social.example", None),
            ("@", None),
            ("@zoë!", Some("zoë")),
        ] {
            assert_eq!(nickname(text, None), expected, "{text}");
        }
        assert_eq!(nickname("@x", Some('a')), None);
    }
}
