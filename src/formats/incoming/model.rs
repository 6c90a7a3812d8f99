//! What was read: a feed and its items, whatever format they came in.
//!
//! All of it was written by strangers. Titles and names are plain text; HTML is only handed out
//! cleaned; addresses lead to the web or are none.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp, Zoned};
use serde::{Deserialize, Serialize};
use url::Url;

use crate::formats::microformats::kind::kind_of_text;
use crate::model::Kind;
use crate::text::html::plain_text;
use crate::text::sanitize::{article, text_to_html};

/// Items dated before 1990 are shown with their date but not ordered by it.
const EARLIEST: i64 = 631_152_000;

/// Bytes of plain text that are shown.
const LONGEST_TEXT: usize = 1 << 20;

/// How far ahead of us the clock of another may be.
const AHEAD: SignedDuration = SignedDuration::from_hours(24);

/// The format of a feed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Format {
    /// RSS 0.90, RDF.
    Rss090,
    /// RSS 0.91.
    Rss091,
    /// RSS 0.92 to 0.94.
    Rss092,
    /// RSS 1.0, RDF.
    Rss1,
    /// RSS 2.0, and what calls itself RSS of no known version.
    #[default]
    Rss2,
    /// Atom 0.3.
    Atom03,
    /// Atom 1.0.
    Atom1,
    /// JSON Feed 1.0 and 1.1.
    JsonFeed,
    /// A web page with microformats.
    HFeed,
    /// Microformats as JSON.
    Mf2,
    /// JF2.
    Jf2,
}

impl Format {
    /// What people call it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Rss090 => "RSS 0.90",
            Self::Rss091 => "RSS 0.91",
            Self::Rss092 => "RSS 0.92",
            Self::Rss1 => "RSS 1.0",
            Self::Rss2 => "RSS 2.0",
            Self::Atom03 => "Atom 0.3",
            Self::Atom1 => "Atom 1.0",
            Self::JsonFeed => "JSON Feed",
            Self::HFeed => "h-feed",
            Self::Mf2 => "mf2 JSON",
            Self::Jf2 => "JF2",
        }
    }
}

/// A feed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Feed {
    /// Its format.
    pub format: Format,
    /// Title, plain text.
    pub title: Option<String>,
    /// What it is about, plain text.
    pub description: Option<String>,
    /// The page that it is the feed of.
    pub home_url: Option<Url>,
    /// Where it says that it is found.
    pub self_url: Option<Url>,
    /// Hubs that tell when it changes.
    pub hubs: Vec<Url>,
    /// Its older items.
    pub next_url: Option<Url>,
    /// A picture that stands for it.
    pub image: Option<Url>,
    /// Its language.
    pub language: Option<String>,
    /// Who writes it.
    pub authors: Vec<Person>,
    /// When it says that it was changed.
    pub updated: Option<Zoned>,
    /// How often to ask for it.
    pub schedule: Schedule,
    /// Whether it says that nothing will come any more.
    pub is_expired: bool,
    /// Its items, in its own order.
    pub items: Vec<Item>,
    /// How many items were left out because they say nothing, have no id where they need one, or
    /// were there already.
    pub skipped: usize,
    /// Whether items at the end were left out because there were too many.
    pub is_cut: bool,
}

/// What a feed says of how often to ask for it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Schedule {
    /// Minutes that it may be kept.
    pub ttl: Option<u32>,
    /// Minutes between two changes.
    pub period: Option<u32>,
    /// Hours in which it does not change, 0 to 23, in UTC.
    pub skip_hours: Vec<u8>,
    /// Days on which it does not change, Monday is 1.
    pub skip_days: Vec<u8>,
}

/// Somebody who writes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Person {
    /// Name, plain text.
    pub name: Option<String>,
    /// Mail address.
    pub email: Option<String>,
    /// Home page.
    pub url: Option<Url>,
    /// Portrait.
    pub photo: Option<Url>,
}

/// An item of a feed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Item {
    /// The id as written, if there is one.
    pub id: Option<String>,
    /// By what it is known again.
    pub identity: Identity,
    /// Its page.
    pub link: Option<Url>,
    /// The page elsewhere that it is about.
    pub external_url: Option<Url>,
    /// Title, plain text.
    pub title: Option<String>,
    /// What it says.
    pub content: Option<Content>,
    /// What it says in short, where that is not its content.
    pub summary: Option<Content>,
    /// Who wrote it; those of the feed are not repeated.
    pub authors: Vec<Person>,
    /// When it was published, if that can be read.
    pub published: Option<Zoned>,
    /// When it was last changed.
    pub updated: Option<Zoned>,
    /// Tags, each once whatever its letters.
    pub categories: Vec<String>,
    /// Its language, or else that of the feed.
    pub language: Option<String>,
    /// A picture that stands for it.
    pub image: Option<Url>,
    /// Files that belong to it, each address once.
    pub enclosures: Vec<Enclosure>,
    /// Chapters of a recording.
    pub chapters: Option<Url>,
    /// Where it is talked about.
    pub comments: Option<Url>,
    /// What it does with other pages.
    pub relations: Relations,
    /// Copies of it elsewhere.
    pub syndication: Vec<Url>,
    /// What it is, where microformats tell.
    pub declared_kind: Option<Kind>,
}

/// What an item does with other pages.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Relations {
    /// What it answers.
    pub in_reply_to: Vec<Url>,
    /// What it likes.
    pub like_of: Vec<Url>,
    /// What it repeats.
    pub repost_of: Vec<Url>,
    /// What it keeps.
    pub bookmark_of: Vec<Url>,
    /// Its answer to an invitation.
    pub rsvp: Option<&'static str>,
}

/// By what an item is known again (FD-X-09, FD-X-10).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Identity {
    /// Its id, as written.
    Id(String),
    /// Its id and its link: several items of the feed have this id.
    IdAndLink(String, String),
    /// Its link.
    Link(String),
    /// A hash of its title, its content and its date.
    Hash(String),
}

impl Default for Identity {
    fn default() -> Self {
        Self::Hash(String::new())
    }
}

impl Identity {
    /// The identity as one text. Different ones give different texts.
    #[must_use]
    pub fn key(&self) -> String {
        match self {
            Self::Id(id) => format!("id:{id}"),
            Self::IdAndLink(id, link) => format!("both:{}:{id}{link}", id.len()),
            Self::Link(link) => format!("link:{link}"),
            Self::Hash(hash) => format!("hash:{hash}"),
        }
    }
}

impl Item {
    /// When it was published, for people: by its own account if that can be, else when it was
    /// first seen (FD-X-15).
    #[must_use]
    pub fn shown_at(&self, first_seen: Timestamp) -> Timestamp {
        let said = self.published.as_ref().or(self.updated.as_ref()).map(Zoned::timestamp);
        let latest = first_seen.checked_add(AHEAD).unwrap_or(Timestamp::MAX);
        said.filter(|said| *said <= latest).unwrap_or(first_seen)
    }

    /// The time that it is ordered by: the earlier of both, but nothing before 1990.
    #[must_use]
    pub fn sorted_at(&self, first_seen: Timestamp) -> Timestamp {
        let shown = self.shown_at(first_seen);
        if shown.as_second() < EARLIEST { first_seen } else { shown.min(first_seen) }
    }

    /// What kind of post it is (MF-P-07).
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.declared_kind.unwrap_or_else(|| {
            let said = self.content.as_ref().or(self.summary.as_ref()).map(Content::text);
            kind_of_text(self.title.as_deref(), said.as_deref())
        })
    }

    /// Whether it says the same of itself as another whose id differs: link and title (FD-X-10).
    #[must_use]
    pub fn is_same_page(&self, other: &Self) -> bool {
        self.link.is_some() && self.link == other.link && self.title == other.title
    }

    /// A hash of all that people see, to notice that it was edited.
    #[must_use]
    pub fn content_hash(&self) -> String {
        let mut hash = blake3::Hasher::new();
        let mut add = |text: &str| {
            hash.update(&text.len().to_le_bytes());
            hash.update(text.as_bytes());
        };
        add(self.title.as_deref().unwrap_or_default());
        add(self.content.as_ref().map_or("", |content| &content.raw));
        add(self.summary.as_ref().map_or("", |summary| &summary.raw));
        add(self.link.as_ref().map_or("", Url::as_str));
        add(self.image.as_ref().map_or("", Url::as_str));
        for enclosure in &self.enclosures {
            add(enclosure.url.as_str());
        }
        hash.finalize().to_hex().to_string()
    }
}

/// A file that belongs to an item.
#[derive(Debug, Clone, PartialEq)]
pub struct Enclosure {
    /// Where it is.
    pub url: Url,
    /// Its type, by its own account or by the end of its address.
    pub mime: Option<String>,
    /// Its length in bytes.
    pub size: Option<u64>,
    /// How long it plays, in seconds.
    pub duration: Option<u64>,
    /// Title, plain text.
    pub title: Option<String>,
}

/// HTML or text of strangers. What was written can be compared but not be had.
#[derive(Debug, Clone, PartialEq)]
pub struct Content {
    pub(super) raw: String,
    pub(super) is_html: bool,
    /// What its relative addresses start from.
    pub(super) base: Arc<Url>,
}

impl Content {
    /// Clean HTML with absolute addresses; text with its line breaks and its links (FD-X-18).
    #[must_use]
    pub fn html(&self) -> String {
        if self.is_html {
            return article(&self.raw, &self.base);
        }
        let cut = self.raw.floor_char_boundary(LONGEST_TEXT);
        text_to_html(self.raw.get(..cut).unwrap_or_default())
    }

    /// The words.
    #[must_use]
    pub fn text(&self) -> String {
        if self.is_html { plain_text(&self.raw) } else { self.raw.trim().to_owned() }
    }

    /// Whether it was written as HTML.
    #[must_use]
    pub fn is_html(&self) -> bool {
        self.is_html
    }
}
