//! Links: written, in references and automatic, and wiki links.

use std::borrow::Cow;
use std::ops::Range;

use pulldown_cmark::{Event, LinkType, TagEnd};

use super::writer::Writer;
use super::{Link, WikiPage, WikiRef, problem};
use crate::text::html::push_attribute;
use crate::text::slug::slug;

impl Writer<'_> {
    pub(super) fn start_link(
        &mut self,
        kind: LinkType,
        target: &str,
        title: &str,
        range: &Range<usize>,
    ) {
        if let LinkType::WikiLink { has_pothole } = kind {
            if !self.bracketed_link(target, range) {
                self.wiki_link(target, has_pothole, range);
            }
            return;
        }
        if self.is_without_words() {
            self.done.problems.push(problem::empty_link(range.clone()));
        }
        let href = if kind == LinkType::Email {
            format!("mailto:{target}")
        } else {
            self.resolve(target, range)
        };
        self.open_link(&href, title);
    }

    fn open_link(&mut self, href: &str, title: &str) {
        self.note_link(href);
        self.out.push_str("<a href=\"");
        push_href(&mut self.out, href);
        if !title.is_empty() {
            self.out.push_str("\" title=\"");
            push_attribute(&mut self.out, title);
        }
        self.inline("\">", "</a>");
        self.in_link += 1;
    }

    /// The address to write for a target, with a problem noted if it leads nowhere.
    pub(super) fn resolve(&mut self, target: &str, range: &Range<usize>) -> String {
        if let Some(fragment) = target.strip_prefix('#') {
            if !fragment.is_empty() && !self.cx.style.plain {
                self.fragments.push((fragment.to_owned(), range.clone()));
            }
            return target.to_owned();
        }
        if target.is_empty() || has_other_scheme(target) {
            return target.to_owned();
        }
        match self.cx.resolver.link(target) {
            Link::As(href) => href,
            Link::Missing { hint } => {
                self.done.problems.push(problem::missing_link(range.clone(), target, hint));
                target.to_owned()
            }
        }
    }

    /// Remembers a link that leads out to the web.
    pub(super) fn note_link(&mut self, href: &str) {
        let web = ["http://", "https://"]
            .iter()
            .any(|scheme| href.get(..scheme.len()).is_some_and(|s| s.eq_ignore_ascii_case(scheme)));
        if web {
            let href = encoded(href).into_owned();
            if self.seen.insert(href.clone()) {
                self.done.links.push(href);
            }
        }
    }

    /// Whether the link or image that has just begun holds nothing to read.
    fn is_without_words(&self) -> bool {
        match self.events.get(self.at) {
            Some((Event::End(TagEnd::Link), _)) => true,
            Some((Event::Start(_), _)) => self.text_ahead(self.at).trim().is_empty(),
            _ => false,
        }
    }

    /// `[[1]](address)` is an ordinary link whose text has brackets, although it looks like a
    /// wiki link to the parser.
    fn bracketed_link(&mut self, name: &str, range: &Range<usize>) -> bool {
        let Some(rest) = self.cx.source.get(range.end..) else { return false };
        let Some((target, length)) = parenthesised(rest) else { return false };
        let end = range.end + length;
        let Some(closing) = self.index_of_end(self.at, TagEnd::Link) else { return false };
        if !self.only_text_until(closing + 1, end) {
            return false;
        }
        let href = self.resolve(target, &(range.start..end));
        self.open_link(&href, "");
        self.words("[");
        self.words(name);
        self.words("]");
        self.close_link();
        self.at = closing + 1;
        self.skip_until = end;
        true
    }

    fn close_link(&mut self) {
        self.in_link = self.in_link.saturating_sub(1);
        if let Some(closer) = self.open.pop() {
            self.out.push_str(closer);
        }
    }

    /// Index of the next event that is this end.
    pub(super) fn index_of_end(&self, from: usize, end: TagEnd) -> Option<usize> {
        let place = self.events.iter().skip(from).position(|(event, _)| match event {
            Event::End(tag) => *tag == end,
            _ => false,
        })?;
        Some(from + place)
    }

    /// Whether the events from an index on are only text up to a byte of the source.
    pub(super) fn only_text_until(&self, from: usize, end: usize) -> bool {
        self.events
            .iter()
            .skip(from)
            .take_while(|(event, range)| range.start < end && !matches!(event, Event::End(_)))
            .all(|(event, _)| matches!(event, Event::Text(_)))
    }

    fn wiki_link(&mut self, written: &str, has_text: bool, range: &Range<usize>) {
        let target = Target::read(written, self.cx.style.lang);
        match &target {
            Target::Wikipedia { href, .. } => self.open_link(href, ""),
            Target::Here { section } => {
                let id = slug(section);
                self.fragments.push((id.clone(), range.clone()));
                self.open_link(&format!("#{id}"), "");
            }
            Target::Page { page, section } => self.open_page(page, section, range),
        }
        let empty =
            matches!(self.events.get(self.at), Some((Event::Text(t), _)) if t.trim().is_empty());
        if !has_text || empty {
            self.words(&target.label());
            if let Some(closing) = self.index_of_end(self.at, TagEnd::Link) {
                self.at = closing;
            }
        }
    }

    fn open_page(&mut self, page: &str, section: &str, range: &Range<usize>) {
        let found = self.cx.resolver.wiki(page);
        match &found {
            Some(WikiPage { href, title }) => {
                // Worth telling only if it is not what stands there anyway.
                let title = if title.eq_ignore_ascii_case(page) { "" } else { title };
                let fragment = slug(section);
                let hash = if fragment.is_empty() { "" } else { "#" };
                self.open_link(&format!("{href}{hash}{fragment}"), title);
            }
            None => {
                self.out.push_str("<span class=\"wanted\" title=\"");
                push_attribute(&mut self.out, &self.cx.style.labels.wanted);
                self.inline("\">", "</span>");
                self.in_link += 1;
            }
        }
        let found = found.map(|page| page.href);
        self.done.wiki_links.push(WikiRef { page: page.to_owned(), found, range: range.clone() });
    }
}

/// What stands between the double brackets.
enum Target<'t> {
    Wikipedia { article: &'t str, href: String },
    Here { section: &'t str },
    Page { page: &'t str, section: &'t str },
}

impl<'t> Target<'t> {
    fn read(written: &'t str, lang: &str) -> Self {
        // In a table the bar of `[[Page\|text]]` must be escaped, and the backslash stays.
        let written = written.trim_end_matches('\\').trim();
        if let Some(rest) = written.strip_prefix("w:").or_else(|| written.strip_prefix("W:")) {
            let rest = rest.trim();
            let (code, article) = rest
                .split_once(':')
                .filter(|(code, article)| is_wikipedia(code) && !article.trim().is_empty())
                .unwrap_or((crate::text::lang::base(lang), rest));
            let article = article.trim();
            let href = format!("https://{code}.wikipedia.org/wiki/{}", article.replace(' ', "_"));
            return Self::Wikipedia { article, href };
        }
        match written.split_once('#') {
            Some(("", section)) if !section.trim().is_empty() => {
                Self::Here { section: section.trim() }
            }
            Some((page, section)) if !section.trim().is_empty() => {
                Self::Page { page: page.trim(), section: section.trim() }
            }
            // `[[C#]]` is a page.
            _ => Self::Page { page: written, section: "" },
        }
    }

    fn label(&self) -> String {
        match self {
            Self::Wikipedia { article, .. } => (*article).to_owned(),
            Self::Here { section } => (*section).to_owned(),
            Self::Page { page, section: "" } => (*page).to_owned(),
            Self::Page { page, section } => format!("{page} § {section}"),
        }
    }
}

/// Whether a prefix looks like the code of a Wikipedia: `de`, `als`, `zh-yue`, `simple`.
fn is_wikipedia(code: &str) -> bool {
    let first = code.split('-').next().unwrap_or_default();
    code == "simple"
        || ((2..=3).contains(&first.len())
            && code.len() <= 12
            && code.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'))
}

/// What a wiki link without a text of its own shows.
pub(super) fn wiki_label(kind: LinkType, target: &str) -> Option<String> {
    matches!(kind, LinkType::WikiLink { has_pothole: false })
        .then(|| Target::read(target, "en").label())
}

/// Whether a target is not for the site to resolve: `mailto:`, `tel:` and the like.
fn has_other_scheme(target: &str) -> bool {
    let Some((scheme, _)) = target.split_once(':') else { return false };
    !scheme.is_empty()
        && scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
        && !scheme.eq_ignore_ascii_case("http")
        && !scheme.eq_ignore_ascii_case("https")
}

/// The address in parentheses at the start of a text, and the length of it all.
fn parenthesised(text: &str) -> Option<(&str, usize)> {
    let body = text.strip_prefix('(')?;
    let mut depth = 0;
    for (at, c) in body.char_indices() {
        match c {
            '(' => depth += 1,
            ')' if depth == 0 => {
                let target = body.get(..at)?;
                return (!target.is_empty()).then_some((target, at + 2));
            }
            ')' => depth -= 1,
            _ if c.is_whitespace() || c.is_control() || c == '<' => return None,
            _ => {}
        }
    }
    None
}

/// An address with what addresses cannot hold percent-encoded; what is encoded stays so.
pub(super) fn encoded(href: &str) -> Cow<'_, str> {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    let fine = |b: u8| matches!(b, b'!'..=b'~') && !b"\"<>[\\]`{|}".contains(&b);
    if href.bytes().all(fine) {
        return Cow::Borrowed(href);
    }
    let digit = |n: u8| HEX.get(usize::from(n)).map_or('0', |b| char::from(*b));
    let mut out = String::with_capacity(href.len() + 16);
    for byte in href.bytes() {
        if fine(byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.push(digit(byte >> 4));
            out.push(digit(byte & 15));
        }
    }
    Cow::Owned(out)
}

/// Appends an address for use in an attribute.
pub(super) fn push_href(out: &mut String, href: &str) {
    push_attribute(out, &encoded(href));
}
