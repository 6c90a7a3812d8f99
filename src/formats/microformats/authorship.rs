//! Who wrote a post. Spec: the authorship algorithm of the IndieWeb.
//!
//! Two steps, because the author may be described on a page of their own: [`author`] looks at the
//! page of the post, and if it names an author page the caller fetches that (the only fetch there
//! is) and asks [`author_by_page`].

use std::collections::HashSet;

use url::Url;

use super::{Item, Parsed};

/// The author of a post, as far as the page of the post tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Authorship {
    /// This is the author.
    Known(Author),
    /// The page at this address tells more, see [`author_by_page`].
    Page(Url),
    /// The page does not tell.
    Unknown,
}

/// Somebody who wrote a post. Says what the page says: unclean.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Author {
    /// Name.
    pub name: Option<String>,
    /// Home page.
    pub url: Option<Url>,
    /// Portrait.
    pub photo: Option<Url>,
}

impl Author {
    /// What an h-card says of somebody.
    #[must_use]
    pub fn of_card(card: &Item) -> Self {
        Self {
            name: card.text("name").map(str::to_owned),
            url: card.url("url"),
            photo: card.url("photo"),
        }
    }
}

/// The first step: looks at the page that a post was found on. `post` is an item of `page`, which
/// was fetched from `url`.
#[must_use]
pub fn author(page: &Parsed, url: &Url, post: &Item) -> Authorship {
    let with_author = |item: &&Item| !item.values("author").is_empty();
    let item = Some(post).filter(with_author).or_else(|| feed_of(page, post).filter(with_author));
    if let Some(found) = item.and_then(named) {
        return found;
    }
    if is_permalink(post, url)
        && let Some(author_page) = page.rels.urls("author").next()
    {
        return Authorship::Page(author_page);
    }
    Authorship::Unknown
}

/// The author that an item's `author` names: a card before an address before a mere name.
fn named(item: &Item) -> Option<Authorship> {
    let card = item.items("author").find(|author| author.is("h-card"));
    let address = || item.url("author");
    let name = || item.text("author").map(str::to_owned);
    card.map(|card| Authorship::Known(Author::of_card(card)))
        .or_else(|| address().map(Authorship::Page))
        .or_else(|| {
            name().map(|name| Authorship::Known(Author { name: Some(name), ..Author::default() }))
        })
}

/// The innermost h-feed that a post is in.
fn feed_of<'a>(page: &'a Parsed, post: &Item) -> Option<&'a Item> {
    let mut rest: Vec<(&Item, Option<&Item>)> = page.items.iter().map(|i| (i, None)).collect();
    while let Some((item, feed)) = rest.pop() {
        if std::ptr::eq(item, post) {
            return feed;
        }
        let feed = if item.is("h-feed") { Some(item) } else { feed };
        rest.extend(item.nested().map(|inner| (inner, feed)));
    }
    None
}

/// Whether a page is the post's own. A post that does not tell its address is taken to be.
fn is_permalink(post: &Item, page: &Url) -> bool {
    let mut urls = post.urls("url").peekable();
    urls.peek().is_none() || urls.any(|url| super::same_page(&url, page))
}

/// The second step: the author that has `author_page` as page. `fetched` is what was read there (None
/// if it could not be had), `page` the page of the post. None means that nobody is the author.
#[must_use]
pub fn author_by_page(
    author_page: &Url,
    fetched: Option<&Parsed>,
    page: &Parsed,
) -> Option<Author> {
    let is_page = |url: &Url| super::same_page(url, author_page);
    let representative = |card: &&Item| {
        card.urls("url").any(|url| is_page(&url)) && card.urls("uid").any(|uid| is_page(&uid))
    };
    let of_fetched = fetched.and_then(|fetched| {
        let me: HashSet<Url> = fetched.rels.urls("me").collect();
        let is_me = |card: &&Item| card.urls("url").any(|url| me.contains(&url));
        cards(fetched).find(representative).or_else(|| cards(fetched).find(is_me))
    });
    of_fetched
        .or_else(|| cards(page).find(|card| card.urls("url").any(|url| is_page(&url))))
        .map(Author::of_card)
}

fn cards(page: &Parsed) -> impl Iterator<Item = &Item> {
    page.all_items().filter(|item| item.is("h-card"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::html::Document;
    use crate::formats::microformats::parse;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    fn read(html: &str) -> Parsed {
        parse(&Document::parse(html), &url("https://ana.example/post"))
    }

    fn first_step(html: &str) -> Authorship {
        let page = read(html);
        let post = page.all_items().find(|item| item.is("h-entry")).unwrap();
        author(&page, &url("https://ana.example/post"), post)
    }

    fn known(name: &str) -> Authorship {
        Authorship::Known(Author { name: Some(name.to_owned()), ..Author::default() })
    }

    fn card(name: &str, address: &str) -> Author {
        Author { name: Some(name.to_owned()), url: Some(url(address)), photo: None }
    }

    #[test]
    fn mf_a_01_the_author_is_the_post_s_or_the_feed_s() {
        let post = "<div class='h-entry'><a class='p-author'>Ana</a>x</div>";
        assert_eq!(first_step(post), known("Ana"));
        let feed = "<div class='h-feed'><b class='p-author'>Ben</b>";
        assert_eq!(first_step(&format!("{feed}{post}")), known("Ana"));
        assert_eq!(first_step(&format!("{feed}<div class='h-entry'>x</div>")), known("Ben"));
        let deep = "<div class='h-review'><div class='p-item h-entry'>x</div></div>";
        assert_eq!(first_step(&format!("{feed}{deep}")), known("Ben"));
        assert_eq!(first_step(&format!("{feed}</div><div class='h-entry'>x")), Authorship::Unknown);
    }

    #[test]
    fn mf_a_02_an_author_is_a_card_an_address_or_a_name() {
        let ana = "<div class='h-entry'><div class='p-author h-card'><a class='p-name u-url' href='/'>Ana</a><img class='u-photo' src='a.jpg' alt=''></div>";
        let photo = Some(url("https://ana.example/a.jpg"));
        let expected = Author { photo, ..card("Ana", "https://ana.example/") };
        assert_eq!(first_step(ana), Authorship::Known(expected));
        let link = "<div class='h-entry'><a class='u-author' href='/about'>Ana</a>";
        assert_eq!(first_step(link), Authorship::Page(url("https://ana.example/about")));
        let text = "<div class='h-entry'><p class='p-author'> Ana B. </p>";
        assert_eq!(first_step(text), known("Ana B."));
        let script = "<div class='h-entry'><a class='u-author' href='javascript:x'>Ana</a>";
        assert_eq!(first_step(script), known("javascript:x"));
    }

    #[test]
    fn mf_a_03_a_permalink_page_may_link_the_author() {
        let link = "<a rel='Author x' href='/about'></a><link rel=author href=/b>";
        let page = Authorship::Page(url("https://ana.example/about"));
        for (post, expected) in [
            ("<div class='h-entry'><a class='u-url' href='/post'>x</a>", &page),
            (
                "<div class='h-entry'><a class='u-url' href='HTTPS://ANA.example:443/post#y'>x</a>",
                &page,
            ),
            ("<div class='h-entry'>x", &page),
            ("<div class='h-entry'><a class='u-url' href='/other'>x</a>", &Authorship::Unknown),
            ("<div class='h-entry'><a class='p-author'>Ana</a>", &known("Ana")),
        ] {
            assert_eq!(first_step(&format!("{link}{post}")), *expected, "{post}");
        }
    }

    #[test]
    fn mf_a_04_the_card_of_an_author_page_is_found() {
        let about = url("https://ana.example");
        let other = "<a class='h-card' href='/other'>Other</a>";
        let uid = "<div class='h-card'><a class='p-name u-url u-uid' href='/'>Uid</a></div>";
        let me = "<a class='h-card' rel='me' href='https://me.example/'>Me</a>";
        let post_page =
            read(&format!("{other}<a class='h-card' href='https://Ana.example'>Post</a>"));
        for (html, expected) in [
            (format!("{other}{me}{uid}"), card("Uid", "https://ana.example/")),
            (format!("{other}{me}"), card("Me", "https://me.example/")),
            (other.to_owned(), card("Post", "https://Ana.example")),
        ] {
            let found = author_by_page(&about, Some(&read(&html)), &post_page);
            assert_eq!(found, Some(expected), "{html}");
        }
        let found = author_by_page(&about, None, &post_page);
        assert_eq!(found, Some(card("Post", "https://ana.example/")));
    }

    #[test]
    fn mf_a_05_else_there_is_no_author() {
        assert_eq!(first_step("<div class='h-entry'>x"), Authorship::Unknown);
        let page = read("<a class='h-card' href='/other'>Other</a>");
        assert_eq!(author_by_page(&url("https://ana.example/"), Some(&page), &page), None);
    }

    #[test]
    fn mf_a_06_a_card_wins_and_0_is_a_name() {
        let both = "<div class='h-entry'><a class='u-author' href='/about'>x</a><b class='p-author'>y</b><b class='p-author h-card'>Ana</b>";
        assert_eq!(first_step(both), known("Ana"));
        assert_eq!(first_step("<div class='h-entry'><b class='p-author'>0</b>"), known("0"));
        let zero = "<div class='h-entry'><b class='p-author h-card'>0</b>";
        assert_eq!(first_step(zero), known("0"));
    }

    #[test]
    fn mf_a_07_addresses_are_compared_as_addresses() {
        let page = read("<a class='h-card u-uid' href='HTTP://ANA.example:80'>Ana</a>");
        let found = author_by_page(&url("http://ana.example/"), None, &page).unwrap();
        assert_eq!(found.name.as_deref(), Some("Ana"));
        assert_eq!(author_by_page(&url("https://ana.example/"), None, &page), None);
    }
}
