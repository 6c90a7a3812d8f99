//! The links of a response: those in its cleaned HTML, and addresses written out in its text.

use rustc_hash::FxHashSet;

use super::address::{Parts, host_of};
use crate::text::autolink::{Kind, addresses};
use crate::text::html::plain_text;

/// Links that are looked at.
const MOST: usize = 500;

/// One link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Link {
    /// Where it leads.
    pub(super) href: String,
    /// The host, without `www.`.
    pub(super) host: String,
    /// What it says.
    pub(super) label: String,
}

/// The links to anywhere but the site that is answered: linking that is what a mention is.
pub(super) fn foreign_links(html: &str, text: &str, target: &str) -> Vec<Link> {
    let own = host_of(target);
    let page = |href: &str| Parts::of(href).map(|parts| parts.whole()).unwrap_or_default();
    let mut found = in_html(html);
    // An address that is a link says itself what it leads to.
    let mut known: FxHashSet<String> = found.iter().map(|link| page(&link.href)).collect();
    known.extend(found.iter().map(|link| link.label.clone()));
    for address in addresses(text).filter(|address| address.kind != Kind::Mail) {
        if found.len() >= MOST {
            break;
        }
        let (href, label) = (address.href(text), address.text(text).to_owned());
        if !known.contains(&label) && known.insert(page(&href)) {
            found.push(Link { host: host_of(&href), href, label });
        }
    }
    found.retain(|link| !link.host.is_empty() && (own.is_empty() || link.host != own));
    found
}

/// Where clean HTML and its text link to.
pub fn linked(html: &str, text: &str) -> impl Iterator<Item = String> {
    foreign_links(html, text, "").into_iter().map(|link| link.href)
}

/// The links of HTML as [`crate::text::sanitize`] leaves it.
fn in_html(html: &str) -> Vec<Link> {
    let mut found = Vec::new();
    for piece in html.split("<a ").skip(1).take(MOST) {
        let Some((tag, rest)) = piece.split_once('>') else { continue };
        let Some((_, href)) = tag.split_once("href=\"") else { continue };
        let href = href.split('"').next().unwrap_or_default();
        // Entities, as in `?a=1&amp;b=2`.
        let href = if href.contains('&') { plain_text(href) } else { href.to_owned() };
        let label = plain_text(rest.split("</a>").next().unwrap_or_default());
        found.push(Link { host: host_of(&href), href, label });
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_counted_once_and_the_answered_site_is_none() {
        let html = concat!(
            "<p>See <a href=\"https://a.example/?x=1&amp;y=2\" rel=\"nofollow\">this <b>one</b></a>, ",
            "<a href=\"https://robin.example/note\">you</a> and ",
            "<a href=\"https://b.example/\">https://b.example/</a></p>",
        );
        let text = "See this one, you and https://b.example/ and www.c.example";
        let links = foreign_links(html, text, "https://robin.example/note");
        let hosts: Vec<&str> = links.iter().map(|link| link.host.as_str()).collect();
        assert_eq!(hosts, ["a.example", "b.example", "c.example"]);
        assert_eq!(links[0].href, "https://a.example/?x=1&y=2");
        assert_eq!(links[0].label, "this one");
    }
}
