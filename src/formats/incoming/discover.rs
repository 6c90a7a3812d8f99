//! Which feeds a web page has, and where to look if it names none (FD-D-02 to FD-D-05). Asking is
//! left to the caller; whether what comes is a feed, to [`super::read`].

use url::Url;

use super::words::{Declared, line};
use crate::formats::html::{Document, Element};
use crate::formats::microformats::{self, Parsed};

/// Most feeds of a page that are offered.
const MOST: usize = 100;

/// What a page says that a feed is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// RSS.
    Rss,
    /// Atom.
    Atom,
    /// JSON Feed.
    Json,
    /// JSON of microformats, canonical or JF2.
    Mf2,
    /// Posts marked up on a page.
    HFeed,
    /// It does not say.
    Unknown,
}

/// A feed that can be followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Where it is.
    pub url: Url,
    /// What the page calls it.
    pub title: Option<String>,
    /// What the page says that it is.
    pub kind: Kind,
    /// Whether it is likely to be of comments.
    pub is_comments: bool,
}

/// All feeds that a page names, and the page itself if it is one. The main one is first: those
/// that are named before the page itself, those of comments at the end, else in the order of the
/// page.
#[must_use]
pub fn feeds(document: &Document, page: &Url) -> Vec<Candidate> {
    let base = document.base(page);
    let mut found: Vec<Candidate> = Vec::new();
    for element in document.elements() {
        if let Some(new) = candidate(element, &base)
            && found.len() < MOST
            && !found.iter().any(|known| known.url == new.url)
        {
            found.push(new);
        }
    }
    let parsed = microformats::parse(document, page);
    if !found.iter().any(|known| known.url == *page) {
        found.extend(of_page(document, &parsed, page));
    }
    // Stable: each group keeps the order of the page. The JSON of a page's posts is surer than the
    // page (FD-K-05).
    found.sort_by_key(|feed| match feed.kind {
        _ if feed.is_comments => 3,
        Kind::HFeed => 2,
        Kind::Mf2 => 1,
        _ => 0,
    });
    found
}

/// The feed that a link names.
fn candidate(element: Element<'_>, base: &Url) -> Option<Candidate> {
    if !matches!(element.name(), "link" | "a" | "area") {
        return None;
    }
    let url = base.join(element.attribute("href")?.trim()).ok()?;
    let url = unwrap(url.as_str()).unwrap_or(url);
    let is_web = matches!(url.scheme(), "http" | "https");
    let mime = element.attribute("type").unwrap_or_default();
    let mime = mime.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let is_feed = element.has_rel("feed");
    let is_alternate = element.has_rel("alternate") && !element.has_rel("stylesheet");
    let kind = match mime.as_str() {
        "application/rss+xml" | "application/rdf+xml" | "text/rss+xml" | "text/rdf" => Kind::Rss,
        "application/atom+xml" | "application/x-atom+xml" => Kind::Atom,
        "application/feed+json" => Kind::Json,
        "application/json" if !is_api(&url) => Kind::Json,
        "application/mf2+json" | "application/jf2feed+json" | "application/jf2+json" => Kind::Mf2,
        "text/html" if is_feed => Kind::HFeed,
        "text/xml" | "application/xml" if is_alternate || is_feed => Kind::Unknown,
        "" if is_feed => Kind::Unknown,
        _ => return None,
    };
    let text = || element.text();
    let title = element.attribute("title").map_or_else(text, str::to_owned);
    let title = line(&title, Declared::Text);
    let is_comments = is_of_comments(&url, title.as_deref());
    (is_web && (is_alternate || is_feed)).then_some(Candidate { url, title, kind, is_comments })
}

/// Programs name the way to talk to them in the same manner.
fn is_api(url: &Url) -> bool {
    let path = url.path();
    ["/wp-json", "/api/", "/oembed"].iter().any(|part| path.contains(part))
        || url.query().is_some_and(|query| query.contains("rest_route="))
}

fn is_of_comments(url: &Url, title: Option<&str>) -> bool {
    const WORDS: [&str; 7] = [
        "comments",
        "kommentare",
        "commentaires",
        "comentarios",
        "comentários",
        "commenti",
        "комментарии",
    ];
    let title = title.unwrap_or_default().to_lowercase();
    let path = url.path().to_ascii_lowercase();
    WORDS.iter().any(|word| title.contains(word))
        || path.contains("/comments/")
        || path.ends_with("/comments")
        || path.ends_with("/comments.xml")
}

/// The page as a feed, if its posts are marked up.
fn of_page(document: &Document, parsed: &Parsed, page: &Url) -> Option<Candidate> {
    let feed = super::hfeed::of_parsed(parsed, page, super::Format::HFeed)?;
    let element = || document.elements().find(|element| element.name() == "title");
    let title = feed.title.or_else(|| line(&element()?.text(), Declared::Text));
    Some(Candidate { url: page.clone(), title, kind: Kind::HFeed, is_comments: false })
}

/// Where feeds mostly are, for pages that name none: at the root and beside the page.
#[must_use]
pub fn fallbacks(page: &Url) -> Vec<Url> {
    const NAMES: [&str; 8] =
        ["feed", "feed.xml", "atom.xml", "rss.xml", "index.xml", "feed.json", "feed/", "rss/"];
    let mut found: Vec<Url> = Vec::new();
    for folder in ["/", "."] {
        let Ok(mut folder) = page.join(folder) else { continue };
        folder.set_query(None);
        folder.set_fragment(None);
        for url in NAMES.iter().filter_map(|name| folder.join(name).ok()) {
            if !found.contains(&url) {
                found.push(url);
            }
        }
    }
    found
}

/// Whether what was found at `end`, all redirects followed, may count as what was asked for: a host
/// that leads everything it does not have to its home page has nothing there.
#[must_use]
pub fn is_hit(asked: &Url, end: &Url) -> bool {
    asked == end || end.query().is_some() || !matches!(end.path(), "" | "/" | "/index.html")
}

/// The web address behind the `feed:` scheme; none if there is no such scheme (FD-D-05).
#[must_use]
pub fn unwrap(text: &str) -> Option<Url> {
    let text = text.trim();
    let scheme = text.get(..5).filter(|scheme| scheme.eq_ignore_ascii_case("feed:"))?;
    let rest = text.strip_prefix(scheme)?;
    let lower = rest.to_ascii_lowercase();
    let address = match rest.strip_prefix("//") {
        // Some parsers of addresses make `feed://https//` of `feed:https://`.
        Some(inner) if lower.starts_with("//http") && inner.contains("://") => inner.to_owned(),
        Some(inner) => format!("http://{inner}"),
        None if lower.starts_with("http") => rest.to_owned(),
        None => return None,
    };
    let url = Url::parse(&address).ok()?;
    matches!(url.scheme(), "http" | "https").then_some(url)
}

#[cfg(test)]
mod tests;
