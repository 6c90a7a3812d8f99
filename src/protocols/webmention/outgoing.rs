//! Whom a post links, and what it says: read from its finished page, so that the page which is
//! about to go live and the page that is live are judged by one rule (W §3.1.1, §3.1.4).

use std::collections::BTreeSet;

use url::Url;

use super::is_web;
use crate::formats::html::{Document, Element, Step};
use crate::formats::microformats::{self, Item, POSTS};
use crate::stamp::Stamper;

/// Properties whose page is told (WM-S-08), as classes.
const TOLD: [&str; 8] = [
    "u-in-reply-to",
    "u-like-of",
    "u-repost-of",
    "u-bookmark-of",
    "u-follow-of",
    "u-quotation-of",
    "u-checkin",
    "u-category",
];

/// What the author of a post wrote, as classes: links in it are told.
const WRITTEN: [&str; 2] = ["e-content", "p-summary"];

/// Properties that are not what a post says: who wrote it, where it stands, what others answered.
const AROUND: [&str; 10] = [
    "author",
    "url",
    "uid",
    "syndication",
    "comment",
    "like",
    "repost",
    "bookmark",
    "mention",
    "attendee",
];

/// What a post's page shows to those whom it links.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// The hash of what it says; markup around it does not count (WM-U-06).
    pub hash: String,
    /// The addresses that it links, letter by letter as they stand in it (WM-S-02).
    pub targets: BTreeSet<String>,
    /// Those of them that the post answers, likes or passes on: they hear of what answers it.
    pub upstream: BTreeSet<String>,
    /// The hash of the responses that it shows; none if it shows none.
    pub responses: Option<String>,
}

/// Reads the post of a page; none if there is no post on it.
pub fn read(document: &Document, page: &Url) -> Option<Outgoing> {
    let parsed = microformats::parse(document, page);
    let post = parsed.post(page)?;
    let root = document.elements().find(|element| is_any(*element, &POSTS))?;
    let base = document.base(page);
    let inside = root.walk().filter_map(Step::start);
    let hrefs = inside.filter(|element| tells(*element, root));
    let targets: BTreeSet<String> =
        hrefs.filter_map(|element| target(element.attribute("href")?, &base)).collect();
    let urls = UPSTREAM.iter().flat_map(|name| post.urls(name));
    let answered: BTreeSet<String> = urls.map(String::from).collect();
    let is_answered =
        |target: &&String| Url::parse(target).is_ok_and(|url| answered.contains(url.as_str()));
    let upstream = targets.iter().filter(is_answered).cloned().collect();
    Some(Outgoing { hash: hash(post, &targets), upstream, responses: responses(post), targets })
}

/// Properties of a post whose pages hear of what answers it (WM-L-01).
const UPSTREAM: [&str; 4] = ["in-reply-to", "like-of", "repost-of", "bookmark-of"];

/// Properties in which a page shows what answers its post.
const ANSWERS: [&str; 6] = ["comment", "like", "repost", "bookmark", "rsvp", "mention"];

/// The hash of the responses on a page: whose, and their words.
fn responses(post: &Item) -> Option<String> {
    let mut all: Vec<(String, String)> = Vec::new();
    for name in ANSWERS {
        for item in post.items(name) {
            let url = item.url("url").map(String::from).unwrap_or_default();
            all.push((format!("{name} {url}"), words(item.text("content").unwrap_or_default())));
        }
    }
    if all.is_empty() {
        return None;
    }
    all.sort();
    let mut stamper = Stamper::default();
    for (what, words) in &all {
        stamper.text(what).text(words);
    }
    Some(stamper.finish().to_string())
}

fn is_any(element: Element<'_>, classes: &[&str]) -> bool {
    element.classes().any(|class| classes.contains(&class))
}

/// Whether the page behind a link is to be told.
fn tells(link: Element<'_>, root: Element<'_>) -> bool {
    if !matches!(link.name(), "a" | "link") || link.has_rel("nofollow") {
        return false;
    }
    let around = || std::iter::successors(link.parent(), |e| e.parent()).take_while(|e| *e != root);
    if is_item(link) {
        return is_any(link, &TOLD);
    }
    match around().find(|element| is_item(*element)) {
        // The address of something that the post names, such as the page that it answers.
        Some(item) => link.has_class("u-url") && is_any(item, &TOLD) && is_of_post(item, root),
        None => {
            let is_property = is_any(link, &TOLD) && !link.has_class("u-category");
            is_property || (link.name() == "a" && around().any(|e| is_any(e, &WRITTEN)))
        }
    }
}

/// Whether an item belongs to the post itself and not to something in it.
fn is_of_post(item: Element<'_>, root: Element<'_>) -> bool {
    let mut around = std::iter::successors(item.parent(), |e| e.parent());
    around.find(|element| is_item(*element)).is_some_and(|outer| outer == root)
}

/// Whether an element is the root of an item.
fn is_item(element: Element<'_>) -> bool {
    element.classes().any(microformats::is_root)
}

/// A whole address stays as it was written, but for name and password (WM-S-09).
fn target(href: &str, base: &Url) -> Option<String> {
    let href = href.trim();
    let url = base.join(href).ok().filter(is_web)?;
    let has_password = !url.username().is_empty() || url.password().is_some();
    if !has_password && Url::parse(href).is_ok() {
        return Some(href.to_owned());
    }
    let mut url = url;
    // Neither fails for a web address.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    Some(url.into())
}

fn hash(post: &Item, targets: &BTreeSet<String>) -> String {
    let mut stamper = Stamper::default();
    stamper.number(targets.len() as u64);
    for target in targets {
        stamper.text(target);
    }
    for kind in &post.types {
        stamper.text(kind);
    }
    for (name, values) in &post.properties {
        if AROUND.contains(&name.as_str()) {
            continue;
        }
        stamper.text(name).number(values.len() as u64);
        for value in values {
            stamper.text(&words(value.text()));
            // Of things that it names, the address: not how the page presents them.
            stamper.option(value.url().as_ref().map(Url::as_str));
        }
    }
    stamper.finish().to_string()
}

/// Text without the white space of its markup.
fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(body: &str) -> Option<Outgoing> {
        let page = Url::parse("https://ana.example/notes/1/").unwrap();
        read(&Document::parse(body), &page)
    }

    fn targets(inner: &str) -> Vec<String> {
        of(&format!(
            "<nav><a href=https://nav.example/>x</a></nav><article class=h-entry>{inner}</article>"
        ))
        .unwrap()
        .targets
        .into_iter()
        .collect()
    }

    #[test]
    fn wm_s_08_links_of_the_text_and_of_what_the_post_answers_are_told() {
        let inner = "
            <a class='p-author h-card' href=https://author.example/>Ana</a>
            <div class='p-author h-card'><a class=u-url href=https://author2.example/>Ana</a></div>
            <a class=u-url href=https://permalink.example/>1</a>
            <a class=u-syndication href=https://copy.example/>copy</a>
            <div class='u-in-reply-to h-cite'><a class='p-name u-url' href=https://reply.example/1>A</a>
              <div class='p-author h-card'><a class=u-url href=https://other.example/>B</a></div>
              <blockquote class=e-content><a href=https://quoted.example/>q</a></blockquote></div>
            <a class=u-like-of href=https://like.example/>x</a>
            <a class='u-repost-of h-cite' href=https://repost.example/>x</a>
            <span class='u-category h-card'><a class=u-url href=https://person.example/>P</a></span>
            <a class='u-category' href=https://tag.example/>tag</a>
            <a class='p-category' href=https://tag2.example/>tag</a>
            <span class='u-checkin h-card'><a class=u-url href=https://place.example/>P</a></span>
            <div class=e-content><a href=https://text.example/>t</a>
              <a class='u-category h-card' href=https://tagged.example/>T</a>
              <a href=https://nofollow.example/ rel='external NoFollow'>n</a>
              <a href=mailto:a@b.example>m</a> <a href=javascript:x>j</a> <a name=x>no</a></div>
            <p class=p-summary><a href=https://summary.example/>s</a></p>
            <div class='u-comment h-cite'><a class=u-url href=https://comment.example/>c</a>
              <div class=e-content><a href=https://comment2.example/>c</a></div></div>
            <a href=https://button.example/>share</a>";
        assert_eq!(
            targets(inner),
            [
                "https://like.example/",
                "https://person.example/",
                "https://place.example/",
                "https://reply.example/1",
                "https://repost.example/",
                "https://summary.example/",
                "https://tagged.example/",
                "https://text.example/",
            ]
        );
    }

    #[test]
    fn wm_s_02_an_address_stays_as_it_was_written() {
        let inner = "<div class=e-content>
            <a href='https://B.example'>a</a> <a href='https://b.example/?x=1&amp;y=ü#z'>b</a>
            <a href='/own/'>c</a> <a href='https://me:secret@c.example/'>d</a>
            <a href='https://B.example'>again</a></div>";
        assert_eq!(
            targets(inner),
            [
                "https://B.example",
                "https://ana.example/own/",
                "https://b.example/?x=1&y=ü#z",
                "https://c.example/",
            ]
        );
    }

    #[test]
    fn wm_u_06_the_hash_is_of_what_the_post_says() {
        let post = |more: &str, words: &str| {
            of(&format!(
                "<main><article class=h-entry>{more}<p class=p-name>T</p>
                 <div class=e-content>{words}</div></article></main>"
            ))
            .unwrap()
            .hash
        };
        let first = post("", "<p>One <b>two</b></p>");
        for same in [
            post("<nav><a href=/x/>x</a></nav>", "<p class=lead>One  <strong>two</strong>\n</p>"),
            post("<a class='p-author h-card' href=/>Ana B.</a>", "<p>One two</p>"),
            post("<a class=u-url href=/notes/1/>x</a>", "<div><p>One two</p></div>"),
            post("<div class='u-comment h-cite'>Nice!</div>", "<p>One two</p>"),
        ] {
            assert_eq!(same, first);
        }
        for other in [
            post("", "<p>One three</p>"),
            post("<a class=u-in-reply-to href=https://b.example/>x</a>", "<p>One two</p>"),
            post("<time class=dt-updated datetime=2024-01-01>x</time>", "<p>One two</p>"),
            post("", "<p><a href=https://b.example/>One</a> two</p>"),
            post("", "<p>One <a href=https://c.example/>two</a></p>"),
        ] {
            assert_ne!(other, first);
        }
    }

    #[test]
    fn wm_l_01_what_answers_a_post_is_heard_of_by_those_it_answers() {
        let post = |answers: &str| {
            of(&format!(
                "<article class=h-entry><a class=u-in-reply-to href=https://up.example/1>x</a>
                 <div class=e-content>A <a href=https://side.example/>b</a></div>{answers}</article>"
            ))
            .unwrap()
        };
        let (none, one) = (
            post(""),
            post(
                "<div class='u-comment h-cite'><a class=u-url href=https://c.example/1>c</a><p class=p-content>Hi</p></div>",
            ),
        );
        assert_eq!(none.responses, None);
        assert_eq!(none.hash, one.hash);
        assert!(one.responses.is_some());
        let other = post(
            "<div class='u-comment h-cite'><a class=u-url href=https://c.example/1>c</a><p class=p-content>Ho</p></div>",
        );
        assert_ne!(one.responses, other.responses);
        assert_eq!(one.upstream.into_iter().collect::<Vec<_>>(), ["https://up.example/1"]);
    }

    #[test]
    fn a_page_without_a_post_tells_nobody() {
        assert_eq!(of("<p><a href=https://a.example/>x</a>"), None);
    }
}
