//! Reads the microformats of other sites' pages: version 2, and the older formats that it replaces.
//!
//! [`parse`] gives what a page says, [`authorship`] who wrote it and [`kind`] what it is. Everything
//! comes from strangers and nothing is sanitised: HTML has to be cleaned and addresses to be checked
//! before they are shown. Fetching is left to the caller. Specs: microformats2 parsing, the value
//! class pattern, authorship, post type discovery.

pub mod authorship;
mod classic;
mod date;
mod implied;
mod item;
mod json;
pub mod kind;
mod names;
mod parse;
mod reader;
mod rels;
mod values;

pub use item::{Item, POSTS, Plain, Value};
pub use names::is_root;
pub use rels::{Link, Rels};

use url::{Position, Url};

use super::html::Document;

/// How many steps through the tree and bytes of values a page may take.
const MOST_WORK: usize = 32 << 20;

/// The microformats of a page.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Parsed {
    /// The items that are in no other item, in the order of the page.
    pub items: Vec<Item>,
    /// The links with a `rel`.
    pub rels: Rels,
    /// Whether something was left out because it would have been too much.
    pub is_cut: bool,
}

/// Reads the microformats of a page that was fetched from an address, all redirects followed.
///
/// Never fails. Items nested more than 32 levels deep are left out. A page that would give much
/// more than it has itself (say, the same text as value of hundreds of properties) is read until
/// that is noticed.
#[must_use]
pub fn parse(document: &Document, page: &Url) -> Parsed {
    parse::parse(document, page, MOST_WORK)
}

impl Parsed {
    /// All items with those inside them, each before what it holds.
    pub fn all_items(&self) -> impl Iterator<Item = &Item> {
        let mut rest: Vec<&Item> = self.items.iter().rev().collect();
        std::iter::from_fn(move || {
            let item = rest.pop()?;
            let from = rest.len();
            rest.extend(item.nested());
            rest.get_mut(from..).unwrap_or_default().reverse();
            Some(item)
        })
    }

    /// The item whose root element has an id.
    #[must_use]
    pub fn by_id(&self, id: &str) -> Option<&Item> {
        self.all_items().find(|item| item.id.as_deref() == Some(id))
    }

    /// The post that a page is about: the one that the address's fragment names, or that has the
    /// page as its address, or else the first of the page.
    #[must_use]
    pub fn post(&self, page: &Url) -> Option<&Item> {
        let named = page.fragment().and_then(|id| self.by_id(id));
        let posts = || {
            let feeds = self.items.iter().filter(|item| item.is("h-feed"));
            let in_feeds = feeds.flat_map(|feed| &feed.children);
            self.items.iter().chain(in_feeds).filter(|item| item.is_post())
        };
        let of_page = || posts().find(|post| post.urls("url").any(|url| same_page(&url, page)));
        named.or_else(of_page).or_else(|| posts().next())
    }
}

/// Whether two addresses lead to the same page, wherever on it.
pub(crate) fn same_page(a: &Url, b: &Url) -> bool {
    a[..Position::AfterQuery] == b[..Position::AfterQuery]
}

#[cfg(test)]
mod tests;
