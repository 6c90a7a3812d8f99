//! The neutral model of a feed that the RSS, Atom and JSON Feed writers share. Which posts are in
//! it, making addresses absolute, cleaning the HTML and the context line of responses are left to
//! the caller. Requirements: `FD-A` of the conformance list.

use std::borrow::Cow;
use std::cmp::Reverse;

use jiff::Zoned;

use super::xml;

/// Feeds over this size lose their oldest items (FD-A-08).
pub const MAX_BYTES: usize = 1_000_000;
/// Feeds over this size deserve a warning (FD-A-08).
pub const WARN_BYTES: usize = 250_000;

/// A feed. All addresses are absolute; an address that changes per format is `self_url` alone.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Feed {
    /// A permanent address or `tag:` URI that survives moves (FD-T-02). Atom only.
    pub id: String,
    /// Plain text.
    pub title: String,
    /// Plain text; if blank, RSS repeats the title, the others leave it out.
    pub description: String,
    /// The page whose posts these are.
    pub home_url: String,
    /// The address under which this very file is fetched; it differs between the formats.
    pub self_url: String,
    /// BCP 47.
    pub language: Option<String>,
    /// The newest change; leave it empty to have it computed from the items (FD-A-04).
    pub updated: Option<Zoned>,
    /// Authors of the items that name none.
    pub authors: Vec<Author>,
    /// A large square image.
    pub icon: Option<String>,
    /// A small square image (JSON Feed).
    pub favicon: Option<String>,
    /// An image twice as wide as high (Atom).
    pub logo: Option<String>,
    /// Licence or copyright line.
    pub rights: Option<String>,
    /// WebSub hubs.
    pub hubs: Vec<String>,
    /// Address of a style sheet for browsers (FD-A-15).
    pub stylesheet: Option<String>,
    /// The program that wrote the feed.
    pub generator: Option<Generator>,
    /// The next older part of a paged feed (FD-T-09).
    pub next_url: Option<String>,
    /// The next newer part of a paged feed (FD-T-09).
    pub previous_url: Option<String>,
    /// Address of the author's reading list in OPML (RSS `source:blogroll`); off by default.
    pub blogroll: Option<String>,
    /// What podcast directories ask for (FD-R-11); off by default.
    pub podcast: Option<Podcast>,
    /// Newest first.
    pub items: Vec<Item>,
}

/// A post in a feed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Item {
    /// Fixed at first publish, never changed again, unique in the feed (FD-A-03).
    pub id: String,
    /// Permalink.
    pub url: String,
    /// Plain text; posts without a title have none (FD-A-09).
    pub title: Option<String>,
    /// Stands for the title where a format demands one (Atom): the first words of the post.
    pub fallback_title: String,
    /// Plain text.
    pub summary: Option<String>,
    /// Clean HTML with absolute addresses; empty if the feed holds summaries only (FD-A-06) or
    /// the post is plain text.
    pub content_html: String,
    /// The whole post, if it was written as plain text (FD-J-03).
    pub content_text: Option<String>,
    /// When the post was published.
    pub published: Zoned,
    /// When it was really edited.
    pub updated: Option<Zoned>,
    /// Authors, if they are not those of the feed.
    pub authors: Vec<Author>,
    /// Tags without `#`.
    pub tags: Vec<String>,
    /// BCP 47, if it is not that of the feed.
    pub language: Option<String>,
    /// The featured image.
    pub image: Option<String>,
    /// Sound and video files.
    pub attachments: Vec<Attachment>,
    /// What a bookmark, like or repost is about.
    pub external_url: Option<String>,
    /// What a reply answers.
    pub in_reply_to: Vec<String>,
    /// Where the responses stand, if there are any (FD-R-09).
    pub comments_url: Option<String>,
}

/// Who wrote it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Author {
    /// Full name.
    pub name: String,
    /// Home page.
    pub url: Option<String>,
    /// Address of a square portrait.
    pub avatar: Option<String>,
    /// Mail address, if the author wants it in feeds.
    pub email: Option<String>,
}

/// A file that belongs to a post.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Attachment {
    /// Absolute address.
    pub url: String,
    /// Media type.
    pub mime: String,
    /// Real size, if known.
    pub bytes: Option<u64>,
    /// Plain text.
    pub title: Option<String>,
    /// Length in seconds.
    pub duration: Option<u64>,
}

/// The program that wrote the feed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Generator {
    /// Name of the program.
    pub name: String,
    /// Its version.
    pub version: Option<String>,
    /// Its home page.
    pub url: Option<String>,
}

/// What podcast directories ask for beyond RSS (FD-R-11).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Podcast {
    /// Name shown in the directories.
    pub author: String,
    /// Square artwork of 1400 to 3000 pixels.
    pub image: String,
    /// Category of the directories and, where there is one, subcategory.
    pub categories: Vec<(String, Option<String>)>,
    /// True if the language is explicit.
    pub explicit: bool,
}

impl Feed {
    /// The newest change of the feed: what was set, or else the newest item change. Never the
    /// time of the build (FD-A-04); a feed without items has none.
    #[must_use]
    pub fn changed(&self) -> Option<&Zoned> {
        self.updated
            .as_ref()
            .or_else(|| self.items.iter().map(Item::changed).max_by_key(|time| time.timestamp()))
    }

    /// The authors of an item: its own, or else those of the feed.
    pub(crate) fn authors_of<'a>(&'a self, item: &'a Item) -> &'a [Author] {
        if item.authors.is_empty() { &self.authors } else { &item.authors }
    }
}

impl Item {
    /// The last change: the edit, or else the publication.
    #[must_use]
    pub fn changed(&self) -> &Zoned {
        self.updated.as_ref().unwrap_or(&self.published)
    }

    /// The content as HTML: what was given, or else the plain text; empty if there is neither.
    pub(crate) fn html(&self) -> Cow<'_, str> {
        match &self.content_text {
            Some(text) if self.content_html.is_empty() => Cow::Owned(paragraphs(text)),
            _ => Cow::Borrowed(&self.content_html),
        }
    }
}

impl Attachment {
    /// True for addresses that RSS lets stand in an enclosure (FD-R-10).
    pub(crate) fn is_web(&self) -> bool {
        self.url.starts_with("https://") || self.url.starts_with("http://")
    }
}

/// Plain text as HTML: blank lines part paragraphs, line breaks stay.
fn paragraphs(text: &str) -> String {
    let text = text.replace("\r\n", "\n");
    let blocks = text.split("\n\n").map(str::trim).filter(|block| !block.is_empty());
    blocks
        .map(|block| format!("<p>{}</p>", xml::html_of_text(block).replace('\n', "<br>")))
        .collect()
}

/// Brings the items into order (newest first) and leaves out the oldest until `measure` (the
/// length of the written feed) is at most `max_bytes`. The newest item always stays: a feed that
/// loses its only item would tell readers nothing. Returns how many were left out.
pub fn trim_to(feed: &mut Feed, max_bytes: usize, measure: impl Fn(&Feed) -> usize) -> usize {
    feed.items.sort_by_key(|item| Reverse(item.published.timestamp()));
    if feed.items.len() < 2 || measure(feed) <= max_bytes {
        return 0;
    }
    // `fits` items are known to do (or are the minimum), `over` items are known to be too many.
    let (mut fits, mut over) = (1, feed.items.len());
    let mut rest: Vec<Item> = Vec::new();
    while over - fits > 1 {
        let middle = fits.midpoint(over);
        take(&mut feed.items, &mut rest, middle);
        if measure(feed) <= max_bytes { fits = middle } else { over = middle }
    }
    take(&mut feed.items, &mut rest, fits);
    rest.len()
}

/// Moves items between the front and the rest of a list until the front has `count`.
fn take(front: &mut Vec<Item>, rest: &mut Vec<Item>, count: usize) {
    if count < front.len() {
        let mut tail = front.split_off(count);
        tail.append(rest);
        *rest = tail;
    } else {
        let missing = (count - front.len()).min(rest.len());
        front.extend(rest.drain(..missing));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn feed(count: i64) -> Feed {
        let item = |n: i64| Item {
            id: n.to_string(),
            content_html: "x".repeat(100),
            published: jiff::Timestamp::from_second(n * 1000)
                .unwrap()
                .to_zoned(jiff::tz::TimeZone::UTC),
            ..Item::default()
        };
        Feed { items: (0..count).map(item).collect(), ..Feed::default() }
    }

    fn size(feed: &Feed) -> usize {
        feed.items.iter().map(|item| item.content_html.len()).sum()
    }

    #[test]
    fn fd_a_08_the_oldest_items_are_left_out() {
        for count in 0..40 {
            for max in [0, 100, 150, 900, 1000, 1099, 5000] {
                let mut feed = feed(count);
                let out = trim_to(&mut feed, max, size);
                let fits = (max / 100).max(1).min(count as usize);
                assert_eq!((feed.items.len(), out), (fits, count as usize - fits), "{count} {max}");
                let newest: Vec<String> =
                    (0..count).rev().take(fits).map(|n| n.to_string()).collect();
                assert_eq!(feed.items.iter().map(|i| i.id.clone()).collect::<Vec<_>>(), newest);
            }
        }
    }

    #[test]
    fn fd_a_04_feed_date_is_the_newest_item_change() {
        let mut feed = feed(3);
        assert_eq!(feed.changed().unwrap().timestamp().as_second(), 2000);
        feed.items[0].updated = Some("2024-05-01T09:30:00+02:00[Europe/Berlin]".parse().unwrap());
        assert_eq!(feed.changed().unwrap().year(), 2024);
        assert!(Feed::default().changed().is_none());
    }

    #[test]
    fn plain_text_becomes_paragraphs() {
        let item = Item { content_text: Some("a < b\r\nc\n\n\n& d".into()), ..Item::default() };
        assert_eq!(item.html(), "<p>a &lt; b<br>c</p><p>&amp; d</p>");
    }
}
