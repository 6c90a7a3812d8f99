//! The author's own HTML within the text: addresses resolved, the rest passed through.
//!
//! Reading the tags is the work of `raw`.

use std::borrow::Cow;
use std::ops::Range;

use pulldown_cmark::TagEnd;

use super::raw::{Attribute, Tag, decoded, more_mark, tags};
use super::writer::Writer;
use super::{Image, ImageRef, problem};
use crate::text::html::{map_srcset, plain_text, push_attribute};

/// Elements in which addresses and hashtags stay text.
const VERBATIM: &[&str] =
    &["a", "code", "pre", "kbd", "samp", "script", "style", "textarea", "button", "svg", "math"];

/// How many elements are open whose text is left as it is: those begun in blocks of HTML, which
/// may span paragraphs, and those begun within the paragraph.
#[derive(Default)]
pub(super) struct OpenRaw {
    in_blocks: usize,
    in_paragraph: usize,
}

impl OpenRaw {
    pub(super) fn is_verbatim(&self) -> bool {
        self.in_blocks + self.in_paragraph > 0
    }

    /// Forgets what was never closed in a paragraph; the browser's reader would go on, but the
    /// author surely did not mean it.
    pub(super) fn end_paragraph(&mut self) {
        self.in_paragraph = 0;
    }

    fn note(&mut self, tag: &Tag<'_>, block: bool) {
        if !tag.is(VERBATIM) {
            return;
        }
        let count = if block || (tag.end && self.in_paragraph == 0) {
            &mut self.in_blocks
        } else {
            &mut self.in_paragraph
        };
        *count = if tag.end { count.saturating_sub(1) } else { *count + 1 };
    }
}

impl Writer<'_> {
    /// A block of HTML, which arrives line by line.
    pub(super) fn html_block(&mut self, range: &Range<usize>) {
        let start = self.events.get(self.at).map_or(range.start, |(_, first)| first.start);
        let html = self.take_texts(TagEnd::HtmlBlock);
        let place = start..range.end.max(start);
        self.line();
        match more_mark(&html).filter(|_| !self.cx.style.plain) {
            Some(mark) => {
                let (before, after) = (html.get(..mark.start), html.get(mark.end..));
                self.raw(before.unwrap_or_default(), &place, true);
                self.mark_more();
                let after = after.unwrap_or_default();
                if !after.trim().is_empty() {
                    self.raw(after, &place, true);
                }
            }
            None => self.raw(&html, &place, true),
        }
        let words = plain_text(&html);
        self.done.plain.push_str(&words);
        self.plain_line();
    }

    /// A single tag or comment within a paragraph.
    pub(super) fn raw_inline(&mut self, html: &str, range: &Range<usize>) {
        if !self.cx.style.plain && more_mark(html).is_some() {
            self.mark_more();
            return;
        }
        if html.starts_with("<br") {
            self.done.plain.push('\n');
        }
        self.raw(html, range, false);
    }

    fn raw(&mut self, html: &str, place: &Range<usize>, block: bool) {
        let start = self.exact_start(html, place);
        let mut written = 0;
        for tag in tags(html) {
            let range =
                start.map_or_else(|| place.clone(), |at| at + tag.range.start..at + tag.range.end);
            self.raw.note(&tag, block);
            self.note_tag(&tag, &range);
            for attribute in &tag.attributes {
                let Some(value) = self.raw_attribute(&tag, attribute, &range) else { continue };
                let before = html.get(written..attribute.range.start).unwrap_or_default();
                self.out.push_str(before);
                self.out.push('"');
                push_attribute(&mut self.out, &value);
                self.out.push('"');
                written = attribute.range.end;
            }
        }
        self.out.push_str(html.get(written..).unwrap_or_default());
    }

    /// Where HTML stands in the source. In quotes and lists it is not there in one piece, and then
    /// only the whole block can be pointed at.
    fn exact_start(&self, html: &str, place: &Range<usize>) -> Option<usize> {
        let found = self.cx.source.get(place.clone())?.find(html)?;
        Some(place.start + found)
    }

    /// Keeps account of what is open and tells of what browsers will refuse.
    fn note_tag(&mut self, tag: &Tag<'_>, range: &Range<usize>) {
        if tag.end {
            return;
        }
        for id in tag.get("id").into_iter().chain(tag.get("name").filter(|_| tag.is(&["a"]))) {
            self.ids.reserve(&decoded(id));
        }
        let mut blocked = Vec::new();
        if tag.is(&["script"]) && is_javascript(tag.get("type")) {
            match tag.get("src") {
                None => blocked.push("inline scripts"),
                Some(src) if src.contains("//") => blocked.push("scripts of other sites"),
                Some(_) => {}
            }
        }
        if tag.is(&["style"]) || tag.get("style").is_some() {
            blocked.push("inline styles");
        }
        if tag
            .attributes
            .iter()
            .any(|a| a.name.get(..2).is_some_and(|n| n.eq_ignore_ascii_case("on")))
        {
            blocked.push("scripts in attributes");
        }
        for what in blocked {
            self.done.problems.push(problem::blocked(range.clone(), what));
        }
        if tag.is(&["img"]) {
            self.images += 1;
            if tag.get("alt").is_none() && !self.cx.style.plain {
                self.done.problems.push(problem::no_alt_html(range.clone()));
            }
        }
    }

    /// The new value of an attribute, if it is an address and changes.
    fn raw_attribute(
        &mut self,
        tag: &Tag<'_>,
        attribute: &Attribute<'_>,
        range: &Range<usize>,
    ) -> Option<String> {
        if tag.end || attribute.range.is_empty() {
            return None;
        }
        let written = decoded(attribute.value);
        let target = written.trim();
        let name = attribute.name.to_ascii_lowercase();
        let made = match name.as_str() {
            "href" => {
                let href = self.resolve(target, range);
                if tag.is(&["a", "area"]) {
                    self.note_link(&href);
                }
                Cow::Owned(href)
            }
            "src" if tag.is(&["img", "input"]) => {
                let alt = tag.get("alt").unwrap_or_default();
                Cow::Owned(self.raw_image(target, &decoded(alt), range))
            }
            "poster" => Cow::Owned(self.raw_image(target, "", range)),
            "srcset" => {
                Cow::Owned(map_srcset(&written, |address| self.raw_image(address, "", range)))
            }
            "src" => Cow::Owned(self.resolve(target, range)),
            "data" if tag.is(&["object"]) => Cow::Owned(self.resolve(target, range)),
            _ => return None,
        };
        (made != target).then(|| made.into_owned())
    }

    fn raw_image(&mut self, target: &str, alt: &str, range: &Range<usize>) -> String {
        match self.resolve_image(target, range) {
            Image::Local { src, .. } => {
                self.done.images.push(ImageRef {
                    target: target.to_owned(),
                    src: src.clone(),
                    shown: None,
                    alt: alt.to_owned(),
                });
                src
            }
            Image::As(src) => src,
            Image::Missing { .. } => target.to_owned(),
        }
    }
}

/// Whether a script's type makes browsers run it; others are data, which no policy blocks.
fn is_javascript(kind: Option<&str>) -> bool {
    match kind.map(|k| k.trim().to_ascii_lowercase()) {
        None => true,
        Some(kind) => kind.is_empty() || kind == "module" || kind.contains("javascript"),
    }
}
