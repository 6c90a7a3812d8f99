//! What a page that mentions another says: the mention as it will be filed (W §3.2.2, microformats,
//! authorship, post type discovery). Pages of authors are fetched by the caller.

use jiff::Zoned;
use url::Url;

use super::source::Source;
use crate::formats::date;
use crate::formats::html::{Document, Element};
use crate::formats::jf2::{MOST_PHOTOS, MentionAuthor, MentionFile, MentionPhoto, MentionProperty};
use crate::formats::microformats::authorship::{self, Author, Authorship};
use crate::formats::microformats::kind::{own_name, response, rsvp};
use crate::formats::microformats::{self, Item, Parsed};
use crate::text::excerpt;
use crate::text::sanitize::sanitize;

/// Characters of names and titles that are kept.
const LONGEST_NAME: usize = 280;

/// Characters of a text without markup that are kept.
const LONGEST_TEXT: usize = 20_000;

/// Addresses of a list that are kept.
const MOST_ADDRESSES: usize = 20;

/// Responses to a response that are looked at.
const MOST_NESTED: usize = 20;

/// A page that was read, and what it is asked about.
#[derive(Debug, Clone, Copy)]
pub struct Question<'q> {
    /// The page that mentions, as it was sent.
    pub source: &'q Url,
    /// Where it was found, after redirects.
    pub found: &'q Url,
    /// The page mentioned, letter by letter; empty where it is not about any.
    pub target: &'q str,
    /// Further addresses that count as the page mentioned: of the response that it answers.
    pub also: &'q [Url],
    /// When it was first received.
    pub received: &'q Zoned,
}

/// What a page says.
#[derive(Debug)]
pub struct Response {
    /// The mention. Its HTML is sanitised; the author is still to be filled in.
    pub file: MentionFile,
    /// Who wrote it, as far as the page tells.
    pub author: Authorship,
    /// The addresses by which the page says that it and others are one person (rel=me).
    pub me: Vec<Url>,
    /// What answers it, by its own account: addresses (Salmention).
    pub nested: Vec<Url>,
    /// What the head of a page says that holds no post.
    pub bare: Option<Bare>,
    /// What the page calls itself, for an author without a name.
    site_name: Option<String>,
    parsed: Option<Parsed>,
}

/// What the head of a page says of it, beside its title and what it is about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bare {
    /// A picture that is meant to be shown large.
    pub image: Option<Url>,
    /// When it was published.
    pub published: Option<Zoned>,
}

impl Response {
    /// Reads a page that is known to link the target.
    #[must_use]
    pub fn read(source: &Source, question: Question<'_>) -> Self {
        match source {
            Source::Html(document, _) => of_html(document, question),
            Source::Json(..) | Source::Text(_) => Self::bare(question),
        }
    }

    /// All that is known of a page without markup: that it is there.
    fn bare(question: Question<'_>) -> Self {
        Self {
            file: MentionFile {
                source: question.source.to_string(),
                target: question.target.to_owned(),
                received: Some(question.received.clone()),
                ..MentionFile::default()
            },
            author: Authorship::Unknown,
            me: Vec::new(),
            nested: Vec::new(),
            bare: None,
            site_name: None,
            parsed: None,
        }
    }

    /// The author from the page that was named as theirs; `fetched` is what was found there. The
    /// page may be the very one that was read.
    #[must_use]
    pub fn author_by_page(&self, page: &Url, fetched: Option<&Parsed>) -> Option<Author> {
        authorship::author_by_page(page, fetched, self.parsed.as_ref()?)
    }

    /// Puts in who wrote it. Nobody is nameless: what the page calls itself, at last its host.
    pub fn set_author(&mut self, author: Option<Author>, verified: bool) {
        let author = author.unwrap_or_default();
        self.file.author = MentionAuthor {
            name: author.name.as_deref().and_then(line).or_else(|| self.site_name.clone()),
            url: author.url.map(String::from),
            photo: author.photo.map(String::from),
            verified,
        };
    }
}

fn of_html(document: &Document, question: Question<'_>) -> Response {
    let parsed = microformats::parse(document, question.found);
    let head = Head::read(document);
    let mut response = Response::bare(question);
    response.site_name = head.site_name.as_deref().and_then(line);
    response.me = parsed.rels.urls("me").collect();
    match primary(&parsed, question) {
        Some(post) => {
            response.author = authorship::author(&parsed, question.found, post);
            response.nested = nested(post, question);
            fill(&mut response.file, post, question);
        }
        None => {
            response.file.summary = head.description.as_deref().and_then(text);
            response.bare = Some(head.bare(question.found));
        }
    }
    let is_wordless = response.file.content_html.is_none()
        && response.file.content_text.is_none()
        && response.file.property == MentionProperty::Mention;
    if is_wordless && response.file.name.is_none() {
        response.file.name = head.title.as_deref().and_then(line);
    }
    response.parsed = Some(parsed);
    response
}

/// The post that the page is about: named by the fragment, or by its address, or the only one, or
/// the first that links the target (WM-V-14).
fn primary<'p>(parsed: &'p Parsed, question: Question<'_>) -> Option<&'p Item> {
    let first = parsed.post(question.source).filter(|post| is_of(post, question.source));
    let by_address =
        first.or_else(|| parsed.post(question.found).filter(|post| is_of(post, question.found)));
    by_address.or_else(|| {
        let posts: Vec<&Item> = parsed.all_items().filter(|item| item.is_post()).collect();
        let linking = posts.iter().find(|post| links(post, question));
        linking.or(posts.first().filter(|_| posts.len() == 1)).copied()
    })
}

/// Whether a post is meant by an address: by its fragment, or as its own.
fn is_of(post: &Item, page: &Url) -> bool {
    let by_id = page.fragment().is_some_and(|id| post.id.as_deref() == Some(id));
    by_id || post.urls("url").any(|url| same(&url, page))
}

fn same(a: &Url, b: &Url) -> bool {
    let plain = |url: &Url| {
        let mut url = url.clone();
        url.set_fragment(None);
        url
    };
    plain(a) == plain(b)
}

/// Whether a post names the target, or has it in its text.
fn links(post: &Item, question: Question<'_>) -> bool {
    if question.target.is_empty() {
        return false;
    }
    let values = post.properties.iter().flat_map(|(_, values)| values);
    values.into_iter().any(|value| {
        value.url().is_some_and(|url| url.as_str() == question.target)
            || value.text() == question.target
            || post.html("content").is_some_and(|html| html.contains(question.target))
    })
}

fn fill(file: &mut MentionFile, post: &Item, question: Question<'_>) {
    let targets = Url::parse(question.target).into_iter().chain(question.also.iter().cloned());
    let property = targets
        .map(|target| response(post, &target))
        .find(|property| *property != MentionProperty::Mention);
    file.property = property.unwrap_or_default();
    let url = post.url("url").filter(|_| !post.implies_url);
    file.url = url.map(String::from).filter(|url| *url != file.source);
    file.published = post.text("published").and_then(date::parse);
    file.name = own_name(post).and_then(line);
    file.content_html = post.html("content").map(sanitize).filter(|html| !html.is_empty());
    if file.content_html.is_none() {
        file.content_text = post.text("content").and_then(text);
    }
    file.summary = post.text("summary").and_then(text);
    file.rsvp = rsvp(post).map(str::to_owned);
    file.syndication = addresses(post, "syndication");
    file.in_reply_to = addresses(post, "in-reply-to");
    file.photos = photos(post);
}

/// The pictures of a post.
fn photos(post: &Item) -> Vec<MentionPhoto> {
    let one = |value: &microformats::Value| {
        let alt = match value.plain() {
            microformats::Plain::Image { alt, .. } => line(alt),
            microformats::Plain::Text(_) | microformats::Plain::Html { .. } => None,
        };
        let alt = alt.unwrap_or_default();
        Some(MentionPhoto { url: value.url()?.into(), alt })
    };
    post.values("photo").iter().filter_map(one).take(MOST_PHOTOS).collect()
}

fn addresses(post: &Item, name: &str) -> Vec<String> {
    post.urls(name).take(MOST_ADDRESSES).map(String::from).collect()
}

/// What answers a post, as its page shows it.
fn nested(post: &Item, question: Question<'_>) -> Vec<Url> {
    let mut found: Vec<Url> = Vec::new();
    let items = ["comment", "like", "repost"].into_iter().flat_map(|name| post.values(name));
    for url in items.filter_map(microformats::Value::url) {
        let is_new = !found.contains(&url) && !same(&url, question.source);
        if is_new && found.len() < MOST_NESTED {
            found.push(url);
        }
    }
    found
}

fn line(text: &str) -> Option<String> {
    excerpt::line(text, LONGEST_NAME)
}

fn text(text: &str) -> Option<String> {
    let text = text.trim();
    let end = text.char_indices().nth(LONGEST_TEXT).map_or(text.len(), |(at, _)| at);
    text.get(..end).filter(|text| !text.is_empty()).map(str::to_owned)
}

/// What the head of a page says of it.
#[derive(Default)]
struct Head {
    title: Option<String>,
    description: Option<String>,
    site_name: Option<String>,
    image: Option<String>,
    card: Option<String>,
    published: Option<String>,
}

impl Head {
    fn read(document: &Document) -> Self {
        let mut head = Self::default();
        let mut title = None;
        for element in document.elements() {
            match element.name() {
                "title" if title.is_none() => title = Some(element.text()),
                "meta" => head.note(element),
                _ => {}
            }
        }
        head.title = head.title.or(title);
        head
    }

    fn note(&mut self, meta: Element<'_>) {
        let name = meta.attribute("property").or_else(|| meta.attribute("name"));
        let (Some(name), Some(content)) = (name, meta.attribute("content")) else { return };
        let place = match name.trim().to_ascii_lowercase().as_str() {
            "og:title" => &mut self.title,
            "og:description" | "description" => &mut self.description,
            "og:site_name" | "application-name" => &mut self.site_name,
            "og:image" => &mut self.image,
            "twitter:card" => &mut self.card,
            "article:published_time" => &mut self.published,
            _ => return,
        };
        if place.is_none() && !content.trim().is_empty() {
            *place = Some(content.to_owned());
        }
    }

    fn bare(&self, found: &Url) -> Bare {
        // Else it may be a portrait, or the mark of the place.
        let is_large = self.card.as_deref().is_some_and(|card| card.contains("large"));
        let image = self.image.as_deref().filter(|_| is_large);
        Bare {
            image: image.and_then(|image| found.join(image.trim()).ok()),
            published: self.published.as_deref().and_then(date::parse),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocols::webmention::Page;

    const TARGET: &str = "https://ana.example/post/";

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    fn read_at(html: &str, source: &str) -> Response {
        let found = url(source);
        let page = Page { url: &found, content_type: Some("text/html"), body: html.as_bytes() };
        let received = "2024-05-01T10:00:00[UTC]".parse().unwrap();
        let question = Question {
            source: &found,
            found: &found,
            target: TARGET,
            also: &[],
            received: &received,
        };
        Response::read(&Source::read(&page).unwrap(), question)
    }

    fn read(html: &str) -> Response {
        read_at(html, "https://ben.example/1")
    }

    #[test]
    fn wm_v_14_the_post_is_the_one_that_is_meant() {
        let two = "<div class=h-entry id=a><a class=u-url href='/a'></a><p class=e-content>one</p></div>\
             <div class=h-entry id=b><a class=u-url href='/b'></a><p class=e-content>two</p><a class=u-in-reply-to href='https://ana.example/post/'>x</a></div>";
        let text = |source: &str| read_at(two, source).file.content_html.unwrap_or_default();
        assert!(text("https://ben.example/a").contains("one"));
        assert!(text("https://ben.example/b").contains("two"));
        assert!(text("https://ben.example/#a").contains("one"));
        // A page of several: the one that links.
        assert!(text("https://ben.example/").contains("two"));
        let none = read("<title>A page</title><a href='https://ana.example/post/'>x</a>");
        assert_eq!(none.file.name.as_deref(), Some("A page"));
        assert_eq!(none.file.property, MentionProperty::Mention);
    }

    #[test]
    fn wm_v_15_what_it_is_goes_by_the_property_that_has_the_target() {
        let with = |class: &str, href: &str| {
            read(&format!("<div class=h-entry><a class={class} href='{href}'>x</a><p class=e-content>y <a href='{TARGET}'>z</a></div>")).file.property
        };
        assert_eq!(with("u-in-reply-to", TARGET), MentionProperty::Reply);
        assert_eq!(with("u-like-of", TARGET), MentionProperty::Like);
        assert_eq!(with("u-like-of", "https://else.example/"), MentionProperty::Mention);
    }

    #[test]
    fn wm_v_17_html_is_clean_and_text_is_text() {
        let html = "<div class=h-entry><div class=e-content><p onclick=x()>Hi <script>y</script><a href='javascript:z'>l</a></div></div>";
        assert_eq!(read(html).file.content_html.as_deref(), Some("<p>Hi l</p>"));
        let name = read("<div class=h-entry><b class=p-name>A \u{202e}b\n c</b></div>").file.name;
        assert_eq!(name.as_deref(), Some("A b c"));
    }

    #[test]
    fn nobody_is_nameless() {
        let html = "<meta property='og:site_name' content=' The Paper '><meta property='og:title' content='News'><a href='https://ana.example/post/'>x</a>";
        let mut response = read(html);
        response.set_author(None, false);
        assert_eq!(response.file.author.name.as_deref(), Some("The Paper"));
        assert_eq!(response.file.name.as_deref(), Some("News"));
    }

    #[test]
    fn wm_l_03_what_answers_it_is_listed_once() {
        let html = "<div class=h-entry><p class=e-content>x</p>\
            <div class='u-comment h-cite'><a class=u-url href='https://c.example/1'>c</a></div>\
            <div class='u-comment h-cite'><a class=u-url href='https://c.example/1'>c</a></div>\
            <a class='u-like' href='https://d.example/'>d</a></div>";
        let nested: Vec<String> = read(html).nested.into_iter().map(String::from).collect();
        assert_eq!(nested, ["https://c.example/1", "https://d.example/"]);
    }
}
