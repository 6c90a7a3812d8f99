//! Where somebody's list of follows may be: bytes in, what to ask next out. First the home page and
//! what it names (`rel=blogroll`), then the well-known place for recommendations, pages whose address
//! speaks for itself, and what a feed names (`source:blogroll`). Spec: `rel=blogroll`,
//! `/.well-known/recommendations.opml`, the `source` namespace of RSS.

use std::collections::VecDeque;

use quick_xml::Reader;
use quick_xml::events::Event;
use url::Url;

use super::{FollowList, Known, Source, document, read};
use crate::formats::charset::decode;
use crate::formats::html::Document;
use crate::formats::incoming::discover::feeds;

/// Most questions that one search asks.
pub const MOST: usize = 6;

/// Where lists of recommendations are by agreement.
pub const WELL_KNOWN: &str = "/.well-known/recommendations.opml";

/// Last parts of addresses by which a page is known to be a list.
const NAMES: [&str; 3] = ["blogroll", "following", "blogroll.html"];

/// Most parts of a feed that are looked at.
const MOST_EVENTS: usize = 20_000;

/// What an address is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// It is the home page.
    Home,
    /// It may be a list.
    List,
    /// It is a feed, which may name a list.
    Feed,
}

/// A question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    /// Whom.
    pub url: Url,
    /// What for.
    pub why: Why,
}

/// A list that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Where it is to be asked for from now on.
    pub source: Url,
    /// What stands in it.
    pub list: FollowList,
}

/// A search for somebody's list.
#[derive(Debug, Clone)]
pub struct Search {
    home: Url,
    asked: Vec<Url>,
    rest: VecDeque<Ask>,
    /// What the home page itself says, if nothing better comes.
    own: Option<Found>,
    found: Option<Found>,
}

impl Search {
    /// A search that begins at somebody's home page.
    #[must_use]
    pub fn new(home: &Url) -> Self {
        let first = Ask { url: home.clone(), why: Why::Home };
        let rest = VecDeque::from([first]);
        Self { home: home.clone(), asked: Vec::new(), rest, own: None, found: None }
    }

    /// What to ask next; none if the search is over.
    pub fn ask(&mut self) -> Option<Ask> {
        if self.found.is_some() || self.asked.len() >= MOST {
            return None;
        }
        while let Some(ask) = self.rest.pop_front() {
            if !self.asked.contains(&ask.url) {
                self.asked.push(ask.url.clone());
                return Some(ask);
            }
        }
        None
    }

    /// Hears what was answered; what is no success says nothing.
    pub fn hear(&mut self, ask: &Ask, answer: Option<&Source<'_>>) {
        match (ask.why, answer) {
            (Why::Home, answer) => self.home_page(ask, answer),
            (Why::List, Some(source)) => {
                let list = read(source, Known::List);
                self.found = list.map(|list| Found { source: ask.url.clone(), list });
            }
            (Why::Feed, Some(source)) => {
                let named = blogroll_of_feed(source);
                self.rest.extend(named.map(|url| Ask { url, why: Why::List }));
            }
            (Why::List | Why::Feed, None) => {}
        }
    }

    /// The list, once there is nothing more to ask.
    #[must_use]
    pub fn end(self) -> Option<Found> {
        self.found.or(self.own)
    }

    fn home_page(&mut self, ask: &Ask, answer: Option<&Source<'_>>) {
        let Some(source) = answer else { return };
        // Where many people live, the place is of the house, not of one of them.
        if let Ok(url) = source.url.join(WELL_KNOWN)
            && source.url.path() == "/"
        {
            self.rest.push_back(Ask { url, why: Why::List });
        }
        let Some(document) = document(source) else { return };
        self.own = read(source, Known::Home).map(|list| Found { source: ask.url.clone(), list });
        let base = document.base(source.url);
        let lists = named(&document, &base).into_iter().map(|url| Ask { url, why: Why::List });
        for (at, ask) in lists.enumerate() {
            self.rest.insert(at, ask);
        }
        let pages = speaking(&document, &base, &self.home);
        self.rest.extend(pages.map(|url| Ask { url, why: Why::List }));
        let feeds = feeds(&document, source.url).into_iter().map(|feed| feed.url);
        let feed = feeds.filter(|url| url != source.url).take(1);
        self.rest.extend(feed.map(|url| Ask { url, why: Why::Feed }));
    }
}

/// The lists that a page names: those in OPML first, they say the most.
fn named(document: &Document, base: &Url) -> Vec<Url> {
    let mut found: Vec<(bool, Url)> = Vec::new();
    for element in document.elements().filter(|e| matches!(e.name(), "link" | "a" | "area")) {
        let url = element.attribute("href").and_then(|href| base.join(href.trim()).ok());
        let Some(url) = url.filter(|_| element.has_rel("blogroll")).as_ref().and_then(web) else {
            continue;
        };
        let kind = element.attribute("type").unwrap_or_default().to_ascii_lowercase();
        let is_page = kind.contains("html") || (kind.is_empty() && !is_file(&url));
        if found.len() < MOST && !found.iter().any(|(_, known)| *known == url) {
            found.push((is_page, url));
        }
    }
    found.sort_by_key(|(is_page, _)| *is_page);
    found.into_iter().map(|(_, url)| url).collect()
}

fn is_file(url: &Url) -> bool {
    [".opml", ".xml"].iter().any(|end| url.path().to_ascii_lowercase().ends_with(end))
}

/// Pages of the same site whose address says that they are a list.
fn speaking(document: &Document, base: &Url, home: &Url) -> impl Iterator<Item = Url> {
    let mut found: Vec<Url> = Vec::new();
    for link in document.elements().filter(|element| element.name() == "a") {
        let url = link.attribute("href").and_then(|href| base.join(href.trim()).ok());
        let Some(url) = url.as_ref().and_then(web).filter(|url| url.host_str() == home.host_str())
        else {
            continue;
        };
        let path = url.path().trim_end_matches('/').to_ascii_lowercase();
        let last = path.rsplit('/').next().unwrap_or_default();
        if NAMES.contains(&last)
            && url.query().is_none()
            && !found.contains(&url)
            && found.len() < 2
        {
            found.push(url);
        }
    }
    found.into_iter()
}

/// A web address without names and pass words.
fn web(url: &Url) -> Option<Url> {
    super::address(url.as_str())
}

/// The list that a feed names, in RSS.
fn blogroll_of_feed(source: &Source<'_>) -> Option<Url> {
    let text = decode(source.body);
    let mut reader = Reader::from_str(text.trim_start_matches('\u{feff}').trim_start());
    let config = reader.config_mut();
    config.check_end_names = false;
    config.allow_unmatched_ends = true;
    config.allow_dangling_amp = true;
    let mut inside: Option<String> = None;
    for _ in 0..MOST_EVENTS {
        match reader.read_event() {
            Ok(Event::Start(tag)) if tag.name().as_ref() == "source:blogroll" => {
                inside = Some(String::new());
            }
            Ok(Event::Text(part)) => {
                if let Some(text) = &mut inside {
                    text.push_str(&part.into_inner());
                }
            }
            Ok(Event::CData(part)) => {
                if let Some(text) = &mut inside {
                    text.push_str(&part.into_inner());
                }
            }
            Ok(Event::GeneralRef(part)) => {
                if let Some(text) = inside.as_mut().filter(|_| &*part == "amp") {
                    text.push('&');
                }
            }
            Ok(Event::End(_)) if inside.is_some() => break,
            Ok(Event::Eof) | Err(_) => break,
            Ok(_) => {}
        }
    }
    source.url.join(inside?.trim()).ok().as_ref().and_then(web)
}
