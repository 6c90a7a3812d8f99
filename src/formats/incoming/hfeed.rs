//! Feeds that are web pages: posts marked up with microformats (FD-K-04). The markup itself is left
//! to [`crate::formats::microformats`].

use std::sync::Arc;

use url::Url;

use super::MOST_ITEMS;
use super::date;
use super::draft::{add_category, mime};
use super::model::{Content, Enclosure, Feed, Format, Item, Person, Relations};
use super::refusal::{Page, Refusal};
use super::words::{Declared, line};
use crate::formats::html::Document;
use crate::formats::microformats::authorship::Author;
use crate::formats::microformats::kind::{kind, own_name, rsvp};
use crate::formats::microformats::{self, Item as Mf, Parsed, Plain, Value};

/// Longest page that is read. What a page holds is copied some times.
const LONGEST: usize = 2 << 20;

/// Most addresses of a kind that an item keeps.
const MOST: usize = 50;

/// Reads a web page.
pub(super) fn read(text: &str, url: &Url) -> Result<Feed, Refusal> {
    if text.len() > LONGEST {
        return Err(Refusal::TooLarge);
    }
    let document = Document::parse(text);
    let parsed = microformats::parse(&document, url);
    let refused = |kind: Page| Refusal::Page { kind, title: title(&document) };
    let Some(mut feed) = of_parsed(&parsed, url, Format::HFeed) else {
        let has_post = parsed.all_items().any(Mf::is_post);
        return Err(refused(if has_post { Page::Post } else { page(&document, text) }));
    };
    feed.title = feed.title.or_else(|| title(&document));
    let html = document.elements().find(|element| element.name() == "html");
    let said = html.and_then(|html| html.attribute("lang")).and_then(super::reading::tag);
    feed.language = feed.language.or(said);
    feed.hubs = parsed.rels.urls("hub").take(10).collect();
    feed.self_url = parsed.rels.urls("self").next();
    feed.next_url = parsed.rels.urls("next").next().filter(|next| next != url);
    let icon = parsed.rels.urls("icon").next();
    feed.image = feed.image.or(icon);
    if feed.authors.is_empty() {
        feed.authors.extend(author_of_page(&parsed));
    }
    feed.is_cut |= document.is_cut() || parsed.is_cut;
    Ok(feed)
}

/// The feed that items are, if they are one.
pub(super) fn of_parsed(parsed: &Parsed, url: &Url, format: Format) -> Option<Feed> {
    let list = list(parsed, url)?;
    let mut feed = Feed { format, ..Feed::default() };
    if let Some(of) = list.of {
        feed.title = of.text("name").and_then(|name| line(name, Declared::Text));
        feed.description = of.text("summary").and_then(|text| line(text, Declared::Text));
        feed.image = of.url("photo").or_else(|| of.url("featured"));
        feed.authors = if of.is("h-card") { vec![of_card(of)] } else { people(of) };
        feed.home_url = of.url("url");
        feed.language = of.text("lang").and_then(super::reading::tag);
    }
    if format == Format::HFeed {
        feed.home_url = feed.home_url.or_else(|| Some(url.clone()));
    }
    let base = Arc::new(url.clone());
    feed.is_cut = list.posts.len() > MOST_ITEMS;
    feed.items = list.posts.into_iter().take(MOST_ITEMS).map(|post| item(post, &base)).collect();
    Some(feed)
}

/// Posts, and the item that they are the children of.
struct List<'p> {
    of: Option<&'p Mf>,
    posts: Vec<&'p Mf>,
}

/// The posts of a page, unless it is the page of one of them.
fn list<'p>(parsed: &'p Parsed, url: &Url) -> Option<List<'p>> {
    let named = url.fragment().and_then(|id| parsed.by_id(id)).filter(|item| item.is("h-feed"));
    let own = |post: &Mf| post.urls("url").any(|link| microformats::same_page(&link, url));
    let alone: Vec<&Mf> = parsed.items.iter().filter(|item| item.is_post()).collect();
    // A post with the address of the page, or the only one outside of feeds, is what the page is
    // about; feeds beside it are lists of others.
    let is_post = alone.iter().any(|post| own(post) && post.url("url").is_some());
    if is_post && named.is_none() {
        return None;
    }
    let feeds = named.into_iter().chain(parsed.all_items().filter(|item| item.is("h-feed")));
    for of in feeds.chain(parsed.items.iter().filter(|item| item.is("h-card"))) {
        let posts: Vec<&Mf> = of.children.iter().filter(|child| child.is_post()).collect();
        let is_page_of_one = posts.len() == 1 && posts.iter().all(|post| own(post));
        if !posts.is_empty() && !is_page_of_one {
            return Some(List { of: Some(of), posts });
        }
    }
    (alone.len() > 1).then_some(List { of: None, posts: alone })
}

/// An item of a post.
fn item(post: &Mf, base: &Arc<Url>) -> Item {
    let text = |name: &str| post.text(name).map(str::to_owned);
    let urls = |name: &str| post.urls(name).take(MOST).collect::<Vec<Url>>();
    let made = |raw: &str, is_html: bool| {
        let base = Arc::clone(base);
        (!raw.trim().is_empty()).then(|| Content { raw: raw.to_owned(), is_html, base })
    };
    let of = |name: &str| {
        let html = post.html(name).and_then(|html| made(html, true));
        html.or_else(|| made(post.text(name)?, false))
    };
    let link = post.url("url");
    let mut item = Item {
        id: text("uid").or_else(|| link.as_ref().map(|link| link.as_str().to_owned())),
        link,
        title: own_name(post).and_then(|name| line(name, Declared::Text)),
        content: of("content"),
        summary: of("summary"),
        authors: people(post),
        published: post.text("published").and_then(date::parse),
        updated: post.text("updated").and_then(date::parse),
        image: post.url("featured").or_else(|| post.url("photo")),
        comments: None,
        relations: Relations {
            in_reply_to: urls("in-reply-to"),
            like_of: urls("like-of"),
            repost_of: urls("repost-of"),
            bookmark_of: urls("bookmark-of"),
            rsvp: rsvp(post),
        },
        syndication: urls("syndication"),
        declared_kind: Some(kind(post)),
        ..Item::default()
    };
    item.external_url = item.relations.bookmark_of.first().cloned();
    if item.content.is_none() {
        item.content = item.summary.take();
    }
    if item.title.is_none() && item.content.is_none() {
        item.title = post.text("name").and_then(|name| line(name, Declared::Text));
    }
    for category in post.values("category") {
        let name = category.item().and_then(|card| card.text("name")).unwrap_or(category.text());
        if let Some(name) = line(name, Declared::Text) {
            add_category(&mut item.categories, name);
        }
    }
    for (name, fallback) in [("photo", "image/*"), ("video", "video/*"), ("audio", "audio/*")] {
        for value in post.values(name).iter().take(MOST) {
            file(&mut item, value, fallback);
        }
    }
    item
}

/// A picture, film or recording of a post, with its description.
fn file(item: &mut Item, value: &Value, fallback: &str) {
    let Some(url) = value.url() else { return };
    if item.enclosures.iter().any(|known| known.url == url) {
        return;
    }
    let alt = match value.plain() {
        Plain::Image { alt, .. } => line(alt, Declared::Text),
        Plain::Text(_) | Plain::Html { .. } => None,
    };
    let kind = mime(None, &url).or_else(|| Some(fallback.to_owned()));
    item.enclosures.push(Enclosure { mime: kind, size: None, duration: None, title: alt, url });
}

/// The authors of a post or a feed: cards, addresses or names.
fn people(of: &Mf) -> Vec<Person> {
    let read = |value: &Value| match value.item() {
        Some(card) => Some(of_card(card)),
        None => match value.url() {
            Some(url) => Some(Person { url: Some(url), ..Person::default() }),
            None => line(value.text(), Declared::Text)
                .map(|name| Person { name: Some(name), ..Person::default() }),
        },
    };
    of.values("author")
        .iter()
        .take(MOST)
        .filter_map(read)
        .filter(|p| *p != Person::default())
        .collect()
}

fn of_card(card: &Mf) -> Person {
    let Author { name, url, photo } = Author::of_card(card);
    let name = name.and_then(|name| line(&name, Declared::Text));
    Person { name, email: None, url, photo }
}

/// Whom a page is by, where neither post nor feed tell: its only card, or `rel=author`.
fn author_of_page(parsed: &Parsed) -> Option<Person> {
    let mut cards = parsed.items.iter().filter(|item| item.is("h-card"));
    let only = cards.next().filter(|_| cards.next().is_none()).map(of_card);
    let named = || parsed.rels.urls("author").next();
    only.or_else(|| Some(Person { url: Some(named()?), ..Person::default() }))
}

/// What a page calls itself.
fn title(document: &Document) -> Option<String> {
    let title = document.elements().find(|element| element.name() == "title")?;
    line(&title.text(), Declared::Text)
}

/// What kind of page it is that has no posts.
fn page(document: &Document, text: &str) -> Page {
    const CHALLENGES: [&str; 8] = [
        "cf-challenge",
        "cf-chl",
        "challenge-platform",
        "g-recaptcha",
        "h-captcha",
        "just a moment",
        "anubis_challenge",
        "enable javascript and cookies",
    ];
    let wants_password = document.elements().any(|element| {
        element.name() == "input"
            && element.attribute("type").is_some_and(|kind| kind.eq_ignore_ascii_case("password"))
    });
    let lower = text.to_ascii_lowercase();
    match wants_password {
        true => Page::Login,
        false if CHALLENGES.iter().any(|mark| lower.contains(mark)) => Page::Challenge,
        false => Page::Other,
    }
}
