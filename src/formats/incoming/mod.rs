//! Reads the feeds of others: RSS, Atom, JSON Feed, pages with microformats, and their JSON.
//!
//! Bytes and what was sent with them become a [`Feed`], or a [`Refusal`] that says what they are
//! instead. Fetching, the clock and what is known from before are left to the caller. One tolerant
//! tree is made of XML and read once (decision 23); nothing grows, nests or takes longer than it is
//! counted to. Specs: RSS 0.9x to 2.0, RFC 4287, JSON Feed 1.1, microformats2, JF2; requirements
//! `FD-D`, `FD-X` and `FD-K` of the conformance list.

mod atom;
mod date;
pub mod discover;
mod draft;
mod entities;
mod extensions;
mod finish;
mod hfeed;
mod json;
mod mf2;
mod model;
mod names;
mod reading;
mod refusal;
mod rss;
mod sniff;
mod tree;
mod words;

pub use model::{Content, Enclosure, Feed, Format, Identity, Item, Person, Relations, Schedule};
pub use refusal::{Page, Refusal};

use serde_json::Value;
use url::Url;

use super::charset;
use super::microformats::{Parsed, Rels};
use reading::Reading;
use sniff::Sniffed;
use tree::{Element, TooMuch};

/// Most bytes that are read.
pub const LONGEST: usize = 10 << 20;

/// Longest text that is read: bytes of other charsets become more.
const LONGEST_TEXT: usize = 16 << 20;

/// Most items that are read; the newest come first in nearly all feeds.
const MOST_ITEMS: usize = 10_000;

/// What was fetched.
#[derive(Debug, Clone, Copy)]
pub struct Incoming<'a> {
    /// Where it was found, after redirects.
    pub url: &'a Url,
    /// The `Content-Type`, if one was sent. Only its charset is used.
    pub content_type: Option<&'a str>,
    /// The body, decompressed.
    pub body: &'a [u8],
}

/// Reads a feed.
///
/// # Errors
///
/// If it is no feed, or one that is too large. What was read from it earlier then stays as it is.
pub fn read(incoming: &Incoming<'_>) -> Result<Feed, Refusal> {
    if incoming.body.len() > LONGEST {
        return Err(Refusal::TooLarge);
    }
    if let Some(kind) = sniff::binary(incoming.body) {
        return Err(Refusal::Binary(kind));
    }
    let sent = incoming.content_type.and_then(charset::charset_of);
    let text = charset::decode_xml(incoming.body, sent);
    if text.trim_matches(|c: char| c.is_whitespace() || c.is_control()).is_empty() {
        return Err(Refusal::Empty);
    }
    if text.len() > LONGEST_TEXT {
        return Err(Refusal::TooLarge);
    }
    let feed = match sniff::sniff(&text) {
        Sniffed::Xml(at) => of_xml(text.get(at..).unwrap_or_default(), incoming.url)?,
        Sniffed::Json => of_json(&text, incoming.url)?,
        Sniffed::Html => {
            // Pages say their charset in another way.
            drop(text);
            let text = charset::decode_html(incoming.body, sent);
            hfeed::read(&text, incoming.url)?
        }
        Sniffed::Other(kind) => return Err(Refusal::Other(kind)),
        Sniffed::Unknown => return Err(Refusal::Unknown),
    };
    Ok(finish::finish(feed, incoming.url))
}

impl From<TooMuch> for Refusal {
    fn from(much: TooMuch) -> Self {
        match much {
            TooMuch::Deep => Self::TooDeep,
            TooMuch::Large => Self::TooLarge,
        }
    }
}

fn of_xml(text: &str, url: &Url) -> Result<Feed, Refusal> {
    let tree = tree::parse(text)?;
    let root = tree.root().ok_or(Refusal::Unknown)?;
    let is_atom = root.name().eq_ignore_ascii_case("feed");
    let format = if is_atom { atom::format(root) } else { rss::format(root) };
    let mut reading = Reading::new(url);
    let mut feed = Feed { format, language: reading.language(root), ..Feed::default() };
    let (parts, items) = sorted(root);
    feed.schedule.period = extensions::period(&parts);
    for part in parts {
        if is_atom {
            atom::feed(&reading, &mut feed, part);
        } else {
            rss::feed(&reading, &mut feed, part);
        }
    }
    if let Some(page) = &feed.home_url {
        reading.set_base(page);
    }
    for element in items {
        if feed.items.len() >= MOST_ITEMS {
            feed.is_cut = true;
            break;
        }
        let draft = match is_atom {
            true => atom::entry(&reading, element),
            false => rss::item(&reading, element),
        };
        feed.items.push(draft.finish());
    }
    Ok(feed)
}

/// What says something of the feed, and the items, wherever they stand: in the channel, beside it,
/// or in a list of their own.
fn sorted(root: Element<'_>) -> (Vec<Element<'_>>, Vec<Element<'_>>) {
    const AROUND: [&str; 6] = ["channel", "rss", "rdf", "feed", "items", "entries"];
    let (mut parts, mut items) = (Vec::new(), Vec::new());
    let mut rest = vec![root];
    while let Some(element) = rest.pop() {
        let is = |name: &&str| element.name().eq_ignore_ascii_case(name);
        if reading::is_own(element) && ["item", "entry"].iter().any(is) {
            items.push(element);
        } else if AROUND.iter().any(is) {
            let from = rest.len();
            rest.extend(element.children());
            rest.get_mut(from..).unwrap_or_default().reverse();
        } else {
            parts.push(element);
        }
    }
    (parts, items)
}

fn of_json(text: &str, url: &Url) -> Result<Feed, Refusal> {
    let value = json::parse(text)?;
    let Some(object) = value.as_object() else { return Err(Refusal::Other("JSON")) };
    let of_items = |items, format| {
        let parsed = Parsed { items, rels: Rels::default(), is_cut: false };
        let single = || Refusal::Page { kind: Page::Post, title: None };
        hfeed::of_parsed(&parsed, url, format).ok_or_else(single)
    };
    if let Some(items) = mf2::canonical(object) {
        return of_items(items, Format::Mf2);
    }
    if let Some(item) = mf2::jf2(object) {
        return of_items(vec![item], Format::Jf2);
    }
    let is_activity = object.get("@context").is_some_and(|context| match context {
        Value::String(context) => context.contains("activitystreams"),
        other => other.to_string().contains("activitystreams"),
    });
    if is_activity {
        return Err(Refusal::Other("a page of the fediverse"));
    }
    if json::is_feed(object) {
        return Ok(json::read(object, url));
    }
    Err(Refusal::Other("JSON"))
}

#[cfg(test)]
mod tests;
