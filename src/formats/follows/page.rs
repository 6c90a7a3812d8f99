//! Web pages as lists of follows: cards, links that say how two people stand to each other, posts
//! that follow somebody, and, where a page is known to be a list, plain links.

use url::Url;

use super::{FollowList, Known, Rows, is_own, line};
use crate::formats::html::{Document, Element};
use crate::formats::microformats::{self, Item, Parsed, Value};

/// The words of XFN but `me`.
const XFN: [&str; 17] = [
    "contact",
    "acquaintance",
    "friend",
    "met",
    "co-worker",
    "colleague",
    "co-resident",
    "neighbor",
    "child",
    "parent",
    "sibling",
    "spouse",
    "kin",
    "muse",
    "crush",
    "date",
    "sweetheart",
];

/// Elements that hold one of a list.
const ROWS: [&str; 4] = ["li", "dt", "td", "article"];

/// Elements whose links are the site's own ways.
const APART: [&str; 4] = ["nav", "header", "footer", "aside"];

/// Most elements that are looked at to find what a link stands in.
const DEEPEST: usize = 64;

pub(super) fn read(document: &Document, page: &Url, known: Known) -> FollowList {
    let parsed = microformats::parse(document, page);
    let mut rows = Rows::new(page);
    if known == Known::List {
        cards(&parsed, &mut rows);
    }
    relations(&parsed, &mut rows);
    if known == Known::List && rows.list.rows.is_empty() {
        plain(document, page, &mut rows);
    }
    rows.list
}

/// The cards that are no part of a post, and whom posts follow.
fn cards(parsed: &Parsed, rows: &mut Rows<'_>) {
    let mut rest: Vec<&Item> = parsed.items.iter().rev().collect();
    while let Some(item) = rest.pop() {
        if item.is("h-card") {
            card(item, rows);
        }
        for value in item.values("follow-of") {
            followed(value, rows);
        }
        // Cards that are values of something else are authors, those in posts are people whom a post
        // mentions.
        if !item.is_post() {
            rest.extend(item.children.iter().rev());
        }
    }
}

fn card(card: &Item, rows: &mut Rows<'_>) {
    let Some(url) = card.url("url") else { return };
    let feed = card.url("feed").map(String::from);
    rows.add(url.as_str(), (feed.as_deref(), card.text("name")), Vec::new());
}

fn followed(value: &Value, rows: &mut Rows<'_>) {
    let Some(url) = value.url() else { return };
    let name = value.item().and_then(|item| item.text("name"));
    rows.add(url.as_str(), (None, name), Vec::new());
}

/// Links that say how somebody stands to whom they link.
fn relations(parsed: &Parsed, rows: &mut Rows<'_>) {
    let mut found: Vec<(usize, Url, Vec<String>, &str)> = Vec::new();
    for (url, link) in parsed.rels.links() {
        let words: Vec<String> =
            XFN.into_iter().filter(|word| link.rels.contains(*word)).map(str::to_owned).collect();
        let Ok(url) = Url::parse(url) else { continue };
        if words.is_empty() || link.rels.contains("me") {
            continue;
        }
        // In the order of the page among those of the first word; links are kept by address.
        let first = words.first().map(String::as_str).unwrap_or_default();
        let place = parsed.rels.urls(first).position(|other| other == url);
        found.push((place.unwrap_or(usize::MAX), url, words, &link.text));
        if found.len() > super::MOST_ROWS {
            break;
        }
    }
    found.sort_by(|(one, a, ..), (other, b, ..)| one.cmp(other).then_with(|| a.cmp(b)));
    for (_, url, words, text) in found {
        rows.add(url.as_str(), (None, Some(text)), words);
    }
}

/// The links to other sites that stand in lists and tables: the first of a row is a home page, one
/// that calls itself a feed is theirs.
fn plain(document: &Document, page: &Url, rows: &mut Rows<'_>) {
    let base = document.base(page);
    let mut last: Option<(Element<'_>, String, Option<String>)> = None;
    for link in document.elements().filter(|element| element.name() == "a") {
        let url = link.attribute("href").and_then(|href| base.join(href.trim()).ok());
        let Some(url) = url.filter(|url| matches!(url.scheme(), "http" | "https")) else {
            continue;
        };
        let Some(row) = row(link) else { continue };
        let text = line(&link.text());
        match &last {
            Some((known, home, name)) if *known == row => {
                if is_feed(link, &url, text.as_deref()) {
                    rows.add(home, (Some(url.as_str()), name.as_deref()), Vec::new());
                }
            }
            _ if is_own(page, &url) || is_feed(link, &url, text.as_deref()) => {}
            _ => {
                rows.add(url.as_str(), (None, text.as_deref()), Vec::new());
                last = Some((row, url.into(), text));
            }
        }
    }
}

/// The row of a list that a link stands in; none if it is part of the page's frame.
fn row(link: Element<'_>) -> Option<Element<'_>> {
    let around = || std::iter::successors(link.parent(), |element| element.parent()).take(DEEPEST);
    if around().any(|element| APART.contains(&element.name())) {
        return None;
    }
    around().find(|element| ROWS.contains(&element.name()))
}

/// Whether a link is to a feed, by what it says.
fn is_feed(link: Element<'_>, url: &Url, text: Option<&str>) -> bool {
    const ENDS: [&str; 7] =
        ["/feed", "/feed/", "/rss", "/atom.xml", "/feed.xml", "/rss.xml", "/index.xml"];
    let text = text.unwrap_or_default().to_lowercase();
    let kind = link.attribute("type").unwrap_or_default();
    matches!(text.as_str(), "rss" | "feed" | "atom" | "rss feed" | "json feed" | "(rss)" | "(feed)")
        || kind.contains("rss")
        || kind.contains("atom")
        || ENDS.iter().any(|end| url.path().ends_with(end))
}
