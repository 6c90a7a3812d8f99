//! Takes text, HTML and addresses from elements, and counts what that costs: elements lie in one
//! another, so that the values of a page can be many times as large as the page.

use std::cell::Cell;

use url::Url;

use crate::formats::html::{Element, Step};
use crate::text::html::map_srcset;

/// Attributes that hold an address.
const ADDRESSES: [&str; 10] = [
    "action",
    "background",
    "cite",
    "codebase",
    "data",
    "formaction",
    "href",
    "longdesc",
    "poster",
    "src",
];

/// What stands for a picture in the text around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pictures {
    /// Nothing.
    Dropped,
    /// Its description, if it has one.
    Described,
    /// Its description or else its address.
    DescribedOrNamed,
}

/// Reads elements of a page.
pub(super) struct Reader {
    base: Url,
    work_left: Cell<usize>,
}

impl Reader {
    pub(super) fn new(base: Url, most_work: usize) -> Self {
        Self { base, work_left: Cell::new(most_work) }
    }

    /// Counts work that is to be done. False if it is too much, and any work after that is.
    pub(super) fn spend(&self, work: usize) -> bool {
        let left = self.work_left.get().checked_sub(work);
        self.work_left.set(left.unwrap_or(0));
        left.is_some_and(|left| left > 0)
    }

    /// Whether there was more to do than may be done.
    pub(super) fn is_spent(&self) -> bool {
        self.work_left.get() == 0
    }

    /// An address as seen from the page. What is absolute already, or no address at all, stays as
    /// it was written.
    pub(super) fn absolute(&self, written: &str) -> String {
        let written = written.trim();
        if !self.spend(written.len() + self.base.as_str().len()) {
            return String::new();
        }
        if Url::parse(written).is_ok() {
            return written.to_owned();
        }
        self.base.join(written).map_or_else(|_| written.to_owned(), String::from)
    }

    /// The value of an attribute of one of some elements.
    pub(super) fn attribute(
        &self,
        element: Element<'_>,
        names: &[&str],
        attribute: &str,
    ) -> Option<String> {
        let value = names.contains(&element.name()).then(|| element.attribute(attribute))??;
        self.spend(value.len()).then(|| value.to_owned())
    }

    /// The text of an element without scripts and styles, trimmed.
    pub(super) fn text(&self, element: Element<'_>, pictures: Pictures) -> String {
        let mut text = String::new();
        let mut walk = element.walk();
        while let Some(step) = walk.next() {
            if !self.spend(1) {
                break;
            }
            match step {
                Step::Text(part) if self.spend(part.len()) => text.push_str(part),
                Step::Start(inner) => match inner.name() {
                    "script" | "style" => walk.leave(inner),
                    "img" => self.push_picture(&mut text, inner, pictures),
                    _ => {}
                },
                Step::Text(_) | Step::End(_) => {}
            }
        }
        text.trim().to_owned()
    }

    fn push_picture(&self, text: &mut String, picture: Element<'_>, pictures: Pictures) {
        let alt = (pictures != Pictures::Dropped).then(|| picture.attribute("alt")).flatten();
        match (alt, picture.attribute("src")) {
            (Some(alt), _) if self.spend(alt.len()) => text.push_str(alt),
            (None, Some(src)) if pictures == Pictures::DescribedOrNamed => {
                text.push(' ');
                text.push_str(&self.absolute(src));
                text.push(' ');
            }
            _ => {}
        }
    }

    /// The HTML in an element, trimmed, with absolute addresses. Unclean.
    pub(super) fn html(&self, element: Element<'_>) -> String {
        if self.is_spent() {
            return String::new();
        }
        let html = element.inner_html_with(|name, value| {
            if !self.spend(value.len() + name.len()) {
                return Some(String::new());
            }
            match name {
                "srcset" => Some(map_srcset(value, |address| self.absolute(address))),
                name if ADDRESSES.contains(&name) => Some(self.absolute(value)),
                _ => None,
            }
        });
        self.spend(html.len());
        html.trim().to_owned()
    }
}
