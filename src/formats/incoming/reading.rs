//! What reading a feed of XML needs everywhere: addresses as seen from where they stand, texts by
//! the type they declare. All that could make more out of a text than it is, is counted.

use std::cell::Cell;
use std::sync::Arc;

use url::Url;

use super::entities::has_reference;
use super::model::{Content, Person};
use super::names::Space;
use super::tree::{Element, Step, is_void};
use super::words::{Declared, has_tags, line};
use crate::text::html::push_text;

/// Longest address that is kept.
const LONGEST_ADDRESS: usize = 8_192;

/// Most bytes that relative addresses may grow by in one feed.
const MOST_GROWTH: usize = 8 << 20;

/// Most bytes of tags that are looked through for what elements inherit.
const MOST_WORK: usize = 256 << 20;

/// Where a feed was found, and what is left of its allowance.
#[derive(Debug)]
pub(super) struct Reading {
    /// What addresses start from where no element says otherwise.
    base: Arc<Url>,
    growth_left: Cell<usize>,
    work_left: Cell<usize>,
}

impl Reading {
    pub(super) fn new(url: &Url) -> Self {
        Self {
            base: Arc::new(url.clone()),
            growth_left: Cell::new(MOST_GROWTH),
            work_left: Cell::new(MOST_WORK),
        }
    }

    /// Lets addresses start from the page of the feed (FD-X-08).
    pub(super) fn set_base(&mut self, base: &Url) {
        self.base = Arc::new(base.clone());
    }

    /// What addresses start from where no element says otherwise.
    pub(super) fn base_of_feed(&self) -> Arc<Url> {
        Arc::clone(&self.base)
    }

    /// What addresses in an element start from (FD-X-08).
    pub(super) fn base(&self, element: Element<'_>) -> Arc<Url> {
        if !element.has_bases() {
            return Arc::clone(&self.base);
        }
        let written: Vec<_> = element.inherited("xml:base", &self.work_left).collect();
        let mut base = Arc::clone(&self.base);
        for written in written.iter().rev() {
            if let Some(url) = self.join(&base, written) {
                base = Arc::new(url);
            }
        }
        base
    }

    /// The language that an element is in.
    pub(super) fn language(&self, element: Element<'_>) -> Option<String> {
        let mut written = element.inherited("xml:lang", &self.work_left);
        tag(&written.find(|language| !language.trim().is_empty())?)
    }

    /// A web address, as seen from an element; anything else is none.
    pub(super) fn address(&self, written: &str, element: Element<'_>) -> Option<Url> {
        self.join(&self.base(element), written)
    }

    /// A web address, as seen from the feed.
    pub(super) fn address_of_feed(&self, written: &str) -> Option<Url> {
        self.join(&self.base, written)
    }

    fn join(&self, base: &Url, written: &str) -> Option<Url> {
        let written = written.trim();
        if written.is_empty() || written.len() > LONGEST_ADDRESS {
            return None;
        }
        let url = match Url::parse(written) {
            Ok(url) => url,
            Err(_) => {
                let left = self.growth_left.get().checked_sub(base.as_str().len())?;
                self.growth_left.set(left);
                base.join(written).ok()?
            }
        };
        let is_web = matches!(url.scheme(), "http" | "https") && url.has_host();
        (is_web && url.as_str().len() <= 3 * LONGEST_ADDRESS).then_some(url)
    }

    /// The address in an attribute of an element.
    pub(super) fn attribute(&self, element: Element<'_>, name: &str) -> Option<Url> {
        self.address(&element.attribute(name)?, element)
    }

    /// The address that an element holds.
    pub(super) fn held(&self, element: Element<'_>) -> Option<Url> {
        self.address(&element.text(), element)
    }

    /// HTML or text, by its looks: what RSS holds.
    pub(super) fn content(&self, element: Element<'_>) -> Option<Content> {
        if element.has_elements() {
            return self.made(self.inner_html(element), true, element);
        }
        let text = element.text();
        let is_html = has_tags(&text) || has_reference(&text);
        self.made(text, is_html, element)
    }

    /// Content of an element, unless it is blank.
    pub(super) fn made(&self, raw: String, is_html: bool, of: Element<'_>) -> Option<Content> {
        let is_blank = raw.trim().is_empty();
        (!is_blank).then(|| Content { raw, is_html, base: self.base(of) })
    }

    /// The inside of an element as HTML: elements of HTML that were not escaped.
    pub(super) fn inner_html(&self, element: Element<'_>) -> String {
        let mut html = String::new();
        for step in unwrapped(element).walk() {
            match step {
                Step::Start(inner) => self.start_tag(&mut html, inner),
                // The brackets left in it belong to no tag.
                Step::Text(text) => html.push_str(&text.replace('<', "&lt;")),
                Step::Raw(text) => push_text(&mut html, text),
                Step::End(inner) if is_void(inner.name()) => {}
                Step::End(inner) => {
                    html.push_str("</");
                    html.push_str(inner.name());
                    html.push('>');
                }
            }
        }
        html
    }

    fn start_tag(&self, html: &mut String, element: Element<'_>) {
        html.push('<');
        html.push_str(element.name());
        let base = element.has_bases().then(|| self.base(element));
        for (name, value) in element.attributes() {
            let is_plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
            if !is_plain || name.is_empty() {
                continue;
            }
            let leads =
                ["href", "src", "cite", "poster"].iter().any(|n| n.eq_ignore_ascii_case(name));
            let based = base.as_ref().filter(|_| leads).and_then(|base| self.join(base, value));
            html.push(' ');
            html.push_str(name);
            html.push_str("=\"");
            html.push_str(&based.as_ref().map_or(value, Url::as_str).replace('"', "&quot;"));
            html.push('"');
        }
        html.push('>');
    }
}

/// What is in the `div` that XHTML of Atom has to be in, or else in the element itself.
fn unwrapped(element: Element<'_>) -> Element<'_> {
    let mut only = None;
    for step in element.walk() {
        match step {
            Step::Start(inner) if only.is_none() => only = Some(inner),
            Step::Text(text) | Step::Raw(text) if text.trim().is_empty() => {}
            _ => break,
        }
    }
    let is_alone = element.children().nth(1).is_none();
    only.filter(|inner| {
        is_alone && inner.name().eq_ignore_ascii_case("div") && !has_own_text(element)
    })
    .unwrap_or(element)
}

/// Whether text stands directly in an element, beside other elements.
fn has_own_text(element: Element<'_>) -> bool {
    let mut depth = 0_usize;
    element.walk().any(|step| {
        match step {
            Step::Start(_) => depth += 1,
            Step::End(_) => depth = depth.saturating_sub(1),
            Step::Text(text) | Step::Raw(text) => return depth == 0 && !text.trim().is_empty(),
        }
        false
    })
}

/// A line of text in an element that declares nothing.
pub(super) fn words(element: Element<'_>) -> Option<String> {
    // Those who know that titles are read as HTML write brackets that are none by their number.
    let is_text = element.undecoded().is_some_and(|raw| {
        !raw.contains("&lt;") && ["&#x3c;", "&#x3C;", "&#60;"].iter().any(|b| raw.contains(b))
    });
    let is_text = is_text || element.has_elements();
    line(&element.text(), if is_text { Declared::Text } else { Declared::Unknown })
}

/// Text in an element, trimmed.
pub(super) fn trimmed(element: Element<'_>) -> Option<String> {
    let text = element.text();
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// A language tag, if it looks like one.
pub(super) fn tag(written: &str) -> Option<String> {
    let written = written.trim().replace('_', "-");
    let is_tag = (2..=35).contains(&written.len())
        && written.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    is_tag.then_some(written)
}

/// Somebody by `mail (Name)`, `Name <mail>`, a name, or a mail address (FD-X-14).
pub(super) fn person(text: &str) -> Option<Person> {
    let is_mail = |text: &str| {
        let (user, host) = text.split_once('@').unwrap_or_default();
        !user.is_empty() && host.contains('.') && !text.contains(char::is_whitespace)
    };
    let text = text.trim();
    let text = text.strip_prefix("mailto:").unwrap_or(text);
    let split = text
        .strip_suffix(')')
        .and_then(|text| text.split_once('('))
        .or_else(|| text.strip_suffix('>')?.split_once('<').map(|(name, mail)| (mail, name)));
    let named = split.filter(|(mail, _)| is_mail(mail.trim()));
    let (mail, name) = match named {
        Some((mail, name)) => (Some(mail.trim()), name),
        None if is_mail(text) => (Some(text), ""),
        None => (None, text),
    };
    let name = line(name.trim().trim_matches('"'), Declared::Unknown);
    let person = Person { name, email: mail.map(str::to_owned), ..Person::default() };
    (person != Person::default()).then_some(person)
}

/// Whether an element is one of those that make up RSS or Atom itself.
pub(super) fn is_own(element: Element<'_>) -> bool {
    matches!(element.space(), Space::Plain | Space::Atom)
}
