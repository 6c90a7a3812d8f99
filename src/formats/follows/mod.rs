//! Lists in which people say whom they follow: OPML, pages with cards, links with XFN's words, plain
//! lists of links. Which address to ask for them is in [`discover`]; asking is left to the caller.
//! Everything comes from strangers: names are cut and cleaned, addresses are web addresses or dropped.
//! Specs: OPML 2.0, XFN 1.1, h-card, `rel=blogroll`.

pub mod discover;
mod page;

use std::collections::HashMap;

use url::Url;

use super::charset::{decode, decode_html};
use super::html::Document;
use super::opml;
use crate::text::excerpt::excerpt;

/// Most rows of a list that are taken.
pub const MOST_ROWS: usize = 2_000;

/// Longest address, in bytes.
const LONGEST_ADDRESS: usize = 1_000;

/// Characters of a name.
const LONGEST_NAME: usize = 120;

/// How far into a file its root is looked for.
const HEAD: usize = 4_096;

/// A page or a file that may be a list, as it was found.
#[derive(Debug, Clone, Copy)]
pub struct Source<'s> {
    /// Where it was found, after redirects.
    pub url: &'s Url,
    /// What the server says that it is.
    pub content_type: Option<&'s str>,
    /// Its bytes.
    pub body: &'s [u8],
}

/// What a page is known as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known {
    /// Somebody's home page: what it links is no list, unless it says how they stand to each other.
    Home,
    /// A list of those whom somebody follows.
    List,
}

/// Somebody in a list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Followed {
    /// Their home page; their feed, if no more is said.
    pub home: String,
    /// Their feed.
    pub feed: Option<String>,
    /// What the list calls them.
    pub name: Option<String>,
    /// How the list's owner says that they stand to them: the words of the link's `rel`.
    pub rel: Vec<String>,
}

/// A list of follows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FollowList {
    /// Who stands in it, each address once, in its order.
    pub rows: Vec<Followed>,
    /// Whether more were there than are taken.
    pub is_cut: bool,
}

/// Reads a list; none if nobody stands in it.
#[must_use]
pub fn read(source: &Source<'_>, known: Known) -> Option<FollowList> {
    let list = if is_opml(source.body) {
        of_opml(source)
    } else {
        let document = document(source)?;
        page::read(&document, source.url, known)
    };
    (!list.rows.is_empty()).then_some(list)
}

/// A web page; none if it is something else.
fn document(source: &Source<'_>) -> Option<Document> {
    let content_type = source.content_type.unwrap_or_default().to_ascii_lowercase();
    let kind = content_type.split(';').next().unwrap_or_default().trim();
    let is_page = matches!(kind, "" | "text/html" | "application/xhtml+xml");
    let charset =
        content_type.split_once("charset=").map(|(_, name)| name.trim_matches(['"', ' ']));
    is_page.then(|| Document::parse(&decode_html(source.body, charset)))
}

/// Whether bytes are OPML, whatever they are sent as.
fn is_opml(bytes: &[u8]) -> bool {
    let head = decode(bytes.get(..HEAD.min(bytes.len())).unwrap_or_default()).to_ascii_lowercase();
    head.contains("<opml")
}

fn of_opml(source: &Source<'_>) -> FollowList {
    // What broke off inside a tag is read up to there.
    let whole = source
        .body
        .iter()
        .rposition(|byte| *byte == b'>')
        .and_then(|end| opml::read(source.body.get(..=end)?).ok());
    let Some(file) = whole else { return FollowList::default() };
    let mut rows = Rows::new(source.url);
    let mut rest: Vec<&opml::Outline> = file.outlines.iter().rev().collect();
    while let Some(outline) = rest.pop() {
        let address = outline.html_url.as_ref().or(outline.xml_url.as_ref());
        if let Some(address) = address {
            let name = outline.title.as_deref().unwrap_or(&outline.text);
            rows.add(address, (outline.xml_url.as_deref(), Some(name)), Vec::new());
        }
        rest.extend(outline.children.iter().rev());
    }
    rows.list
}

/// The rows of a list, while it is read.
struct Rows<'s> {
    page: &'s Url,
    places: HashMap<String, usize>,
    list: FollowList,
}

impl<'s> Rows<'s> {
    fn new(page: &'s Url) -> Self {
        Self { page, places: HashMap::new(), list: FollowList::default() }
    }

    /// Adds somebody, or what is new of somebody who is there. Addresses of the list's own site are
    /// left out.
    fn add(&mut self, home: &str, (feed, name): (Option<&str>, Option<&str>), rel: Vec<String>) {
        let Some(url) = address(home) else { return };
        if is_own(self.page, &url) {
            return;
        }
        let feed = feed.and_then(address).map(String::from);
        let name = name.and_then(line);
        let home = String::from(url);
        if let Some(known) = self.places.get(&home).and_then(|at| self.list.rows.get_mut(*at)) {
            known.feed = known.feed.take().or(feed);
            known.name = known.name.take().or(name);
            for word in rel {
                if !known.rel.contains(&word) {
                    known.rel.push(word);
                }
            }
            return;
        }
        if self.list.rows.len() == MOST_ROWS {
            self.list.is_cut = true;
            return;
        }
        self.places.insert(home.clone(), self.list.rows.len());
        self.list.rows.push(Followed { home, feed, name, rel });
    }
}

/// A web address without names and pass words, and not too long.
fn address(text: &str) -> Option<Url> {
    let mut url = Url::parse(text.trim()).ok()?;
    let is_web = matches!(url.scheme(), "http" | "https") && url.host_str().is_some();
    if !is_web || url.as_str().len() > LONGEST_ADDRESS {
        return None;
    }
    url.set_username("").ok()?;
    url.set_password(None).ok()?;
    url.set_fragment(None);
    Some(url)
}

fn host(url: &Url) -> &str {
    let host = url.host_str().unwrap_or_default();
    host.strip_prefix("www.").unwrap_or(host)
}

/// Whether an address is of the same site as a page.
fn is_own(page: &Url, other: &Url) -> bool {
    host(page) == host(other) && !is_shared(page, other)
}

/// Whether two addresses of one host are of two people, as at `/~ana/` and `/~ben/`.
fn is_shared(page: &Url, other: &Url) -> bool {
    let person = |url: &Url| {
        let first = url.path_segments()?.next()?;
        first.starts_with(['~', '@']).then(|| first.to_owned())
    };
    matches!((person(page), person(other)), (Some(one), Some(other)) if one != other)
}

/// A line of a name; none if nothing is left of it.
fn line(text: &str) -> Option<String> {
    let turns = |c: &char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let plain: String = text
        .chars()
        .take(LONGEST_ADDRESS)
        .map(|c| if c.is_control() { ' ' } else { c })
        .filter(|c| !turns(c))
        .collect();
    let words: Vec<&str> = plain.split_whitespace().collect();
    (!words.is_empty()).then(|| excerpt(&words.join(" "), LONGEST_NAME))
}
