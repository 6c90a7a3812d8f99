//! Which hubs tell of a feed, and by what name they know it (S §4).

use url::Url;

use crate::formats::charset::{charset_of, decode_html};
use crate::formats::html::{Document, Element};
use crate::formats::incoming::{Feed, Format, Incoming, read};
use crate::formats::link_header;
use crate::protocols::is_web;

/// Hubs that are remembered of a feed.
const MOST: usize = 10;

/// What can be subscribed to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Topic {
    /// What the feed calls itself, wherever it was found.
    pub url: Url,
    /// The hubs that tell of it, in the feed's own order; there is at least one.
    pub hubs: Vec<Url>,
}

/// What a page says of itself: in its `Link` headers, else inside. Who has read it as a feed hands
/// that in. Without a name of its own, or without a hub, there is nothing to subscribe to (WS-D-06).
pub fn discover<'h>(
    page: &Incoming<'_>,
    feed: Option<&Feed>,
    links: impl IntoIterator<Item = &'h str>,
) -> Option<Topic> {
    let links: Vec<_> = link_header::links(links).collect();
    let said = |rel: &'static str| {
        let links = links.iter().filter(move |link| link.has_rel(rel));
        links.filter_map(|link| page.url.join(link.target).ok()).filter(is_web)
    };
    let mut hubs = chosen(said("hub"));
    let mut own = said("self").next();
    if hubs.is_empty() || own.is_none() {
        let (inside, name) = inside(page, feed);
        if hubs.is_empty() {
            hubs = chosen(inside.into_iter());
        }
        own = own.or(name.filter(is_web));
    }
    own.filter(|_| !hubs.is_empty()).map(|url| Topic { url, hubs })
}

/// Hubs in their order, each once, and encrypted if it can be had both ways (WS-D-09).
fn chosen(named: impl Iterator<Item = Url>) -> Vec<Url> {
    let mut hubs: Vec<Url> = Vec::new();
    for hub in named.filter(is_web) {
        match hubs.iter().position(|known| is_same_but_for_scheme(known, &hub)) {
            Some(at) if hub.scheme() == "https" => {
                hubs.get_mut(at).into_iter().for_each(|known| *known = hub.clone());
            }
            Some(_) => {}
            None if hubs.len() < MOST => hubs.push(hub),
            None => {}
        }
    }
    hubs
}

fn is_same_but_for_scheme(a: &Url, b: &Url) -> bool {
    let rest = |url: &Url| {
        (
            url.host_str().map(str::to_owned),
            url.port(),
            url.path().to_owned(),
            url.query().map(str::to_owned),
        )
    };
    rest(a) == rest(b)
}

/// The hubs and the name that a document has.
fn inside(page: &Incoming<'_>, feed: Option<&Feed>) -> (Vec<Url>, Option<Url>) {
    let own;
    let feed = match feed {
        Some(feed) => Some(feed),
        None => {
            own = read(page).ok();
            own.as_ref()
        }
    };
    match feed {
        Some(feed) if feed.format != Format::HFeed => (feed.hubs.clone(), feed.self_url.clone()),
        Some(_) => in_head(page),
        None if is_html(page.content_type) => in_head(page),
        None => (Vec::new(), None),
    }
}

fn is_html(content_type: Option<&str>) -> bool {
    let kind = content_type.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    ["text/html", "application/xhtml+xml"].iter().any(|html| kind.eq_ignore_ascii_case(html))
}

/// What the head of a page says. What stands in the body may have been written by others (S §8.1).
fn in_head(page: &Incoming<'_>) -> (Vec<Url>, Option<Url>) {
    let document = Document::parse(&decode_html(page.body, page.content_type.and_then(charset_of)));
    let base = document.base(page.url);
    let links =
        || document.elements().filter(|element| element.name() == "link" && is_head(*element));
    let said = |rel: &'static str| {
        let hrefs =
            links().filter(|link| link.has_rel(rel)).filter_map(|link| link.attribute("href"));
        let urls: Vec<Url> = hrefs.filter_map(|href| base.join(href.trim()).ok()).collect();
        urls
    };
    (said("hub"), said("self").into_iter().next())
}

/// Whether an element stands in the head.
fn is_head(element: Element<'_>) -> bool {
    element.parent().is_some_and(|parent| parent.name() == "head")
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "https://ben.example/feeds/all?x=1";
    const ATOM: &str = "application/atom+xml";

    fn found(kind: &str, links: &[&str], body: &str) -> Option<(String, Vec<String>)> {
        let url = Url::parse(PAGE).unwrap();
        let page = Incoming { url: &url, content_type: Some(kind), body: body.as_bytes() };
        let topic = discover(&page, None, links.iter().copied())?;
        Some((topic.url.into(), topic.hubs.into_iter().map(String::from).collect()))
    }

    fn is(own: &str, hubs: &[&str]) -> Option<(String, Vec<String>)> {
        Some((own.to_owned(), hubs.iter().map(|hub| (*hub).to_owned()).collect()))
    }

    fn atom(links: &str) -> String {
        format!(
            "<feed xmlns=\"http://www.w3.org/2005/Atom\"><id>a:1</id><title>A</title>{links}\
             <entry><id>a:2</id><title>B</title></entry></feed>"
        )
    }

    const INSIDE: &str = "<link rel=\"hub\" href=\"https://inside.example/\"/>\
                          <link rel=\"self\" href=\"https://ben.example/inside\"/>";

    #[test]
    fn ws_d_01_headers_say_it_first() {
        let headers =
            ["<https://hub.example/>; rel=\"hub\"", "<https://ben.example/all>; rel=\"self\""];
        let here = is("https://ben.example/all", &["https://hub.example/"]);
        for (kind, body) in
            [(ATOM, atom("")), ("text/html", "<p>Hi".to_owned()), ("text/plain", "Hi".to_owned())]
        {
            assert_eq!(found(kind, &headers, &body), here, "{kind}");
        }
        let inside = is("https://ben.example/inside", &["https://inside.example/"]);
        assert_eq!(found(ATOM, &[], &atom(INSIDE)), inside);
    }

    #[test]
    fn ws_d_02_only_the_head_of_a_page_counts() {
        let inside = is("https://ben.example/inside", &["https://inside.example/"]);
        let page = format!("<!doctype html><head><title>B</title>{INSIDE}</head><body><p>Hi");
        assert_eq!(found("text/html; charset=utf-8", &[], &page), inside);
        let entry = "<article class=h-entry><p class=p-name>Hi</article>";
        assert_eq!(found("text/html", &[], &format!("{page}{entry}")), inside);
        let page = format!("<!doctype html><title>B</title><body><p>Hi</p>{INSIDE}{entry}");
        assert_eq!(found("text/html", &[], &page), None);
    }

    #[test]
    fn ws_d_03_feeds_of_xml_say_it_inside() {
        let inside = is("https://ben.example/inside", &["https://inside.example/"]);
        let rss = |prefix: &str| {
            let links = INSIDE.replace("<link", &format!("<{prefix}:link"));
            format!(
                "<rss version=\"2.0\" xmlns:{prefix}=\"http://www.w3.org/2005/Atom\"><channel>\
                 <title>B</title>{links}<item><title>C</title></item></channel></rss>"
            )
        };
        for kind in ["text/xml", ATOM, "application/rss+xml"] {
            assert_eq!(found(kind, &[], &atom(INSIDE)), inside, "{kind}");
            assert_eq!(found(kind, &[], &rss("atom")), inside, "{kind}");
            assert_eq!(found(kind, &[], &rss("a10")), inside, "{kind}");
        }
    }

    #[test]
    fn ws_d_04_json_feeds_name_hubs_of_a_type() {
        let feed = |kind: &str| {
            format!(
                "{{\"version\":\"https://jsonfeed.org/version/1.1\",\"title\":\"B\",\
                 \"feed_url\":\"https://ben.example/inside\",\"items\":[],\
                 \"hubs\":[{{\"type\":\"rssCloud\",\"url\":\"https://cloud.example/\"}},\
                 {{\"type\":\"{kind}\",\"url\":\"https://inside.example/\"}}]}}"
            )
        };
        let inside = is("https://ben.example/inside", &["https://inside.example/"]);
        for kind in ["WebSub", "websub"] {
            assert_eq!(found("application/feed+json", &[], &feed(kind)), inside, "{kind}");
        }
        assert_eq!(found("application/feed+json", &[], &feed("rssCloud")), None);
    }

    #[test]
    fn ws_d_05_headers_win_over_what_stands_inside() {
        let headers = ["<https://hub.example/>; rel=hub, <https://ben.example/all>; rel=self"];
        let here = is("https://ben.example/all", &["https://hub.example/"]);
        assert_eq!(found(ATOM, &headers, &atom(INSIDE)), here);
        // What they do not say stands inside.
        let half = is("https://ben.example/inside", &["https://hub.example/"]);
        assert_eq!(found(ATOM, &["<https://hub.example/>; rel=hub"], &atom(INSIDE)), half);
    }

    #[test]
    fn ws_d_06_the_topic_is_what_the_feed_calls_itself() {
        let hub = "<https://hub.example/>; rel=hub";
        let elsewhere = ["<https://other.example/feed>; rel=self", hub];
        let there = is("https://other.example/feed", &["https://hub.example/"]);
        assert_eq!(found(ATOM, &elsewhere, &atom("")), there);
        assert_eq!(found(ATOM, &[hub], &atom("")), None);
        assert_eq!(found(ATOM, &["<https://ben.example/all>; rel=self"], &atom("")), None);
    }

    #[test]
    fn ws_d_08_relations_are_several_words_in_lists_and_lines() {
        let here = is("https://ben.example/all", &["https://hub.example/"]);
        for headers in [
            &["<https://hub.example/>; rel=hub, </all>; rel=\"self alternate\""][..],
            &["</x>; rel=next", "</all>; rel=SELF", "<https://hub.example/>; rel=\"x HUB\""],
        ] {
            assert_eq!(found(ATOM, headers, &atom("")), here, "{headers:?}");
        }
        let twice = "<link rel=\"alternate self\" href=\"/all\"/>\
                     <link rel=\"hub\" href=\"https://hub.example/\"/>";
        assert_eq!(found(ATOM, &[], &atom(twice)), here);
    }

    #[test]
    fn ws_d_09_several_hubs_stay_in_order_and_encrypted_if_they_can_be() {
        let headers = [
            "</all>; rel=self",
            "<http://one.example/>; rel=hub, <https://two.example/>; rel=hub",
            "<https://one.example/>; rel=hub, <http://two.example/>; rel=hub",
            "<http://three.example:8080/>; rel=hub, <mailto:hub@four.example>; rel=hub",
        ];
        let hubs = ["https://one.example/", "https://two.example/", "http://three.example:8080/"];
        assert_eq!(found(ATOM, &headers, &atom("")), is("https://ben.example/all", &hubs));
        let many: Vec<String> =
            (0..100).map(|number| format!("<https://h{number}.example/>; rel=hub")).collect();
        let many = format!("</all>; rel=self, {}", many.join(","));
        assert_eq!(found(ATOM, &[&many], &atom("")).unwrap().1.len(), MOST);
    }

    #[test]
    fn ws_d_10_addresses_are_seen_from_where_the_page_was_found() {
        let here = is("https://ben.example/feeds/all?x=1", &["https://ben.example/hub"]);
        assert_eq!(found(ATOM, &["</hub>; rel=hub", "<>; rel=self"], &atom("")), here);
        let links = "<link rel=\"hub\" href=\"/hub\"/><link rel=\"self\" href=\"all?x=1\"/>";
        assert_eq!(found(ATOM, &[], &atom(links)), here);
        let page = format!("<!doctype html><head><title>B</title>{links}</head><p>Hi");
        assert_eq!(found("text/html", &[], &page), here);
    }
}
