//! A post or page: what its file says, before anything is rendered.

use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Kind, Moment, Permalink, Person, Place, Relation, When};
use crate::error::Source;
use crate::stamp::{Signature, Stamp};

/// Who may see a post in lists and feeds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Visibility {
    /// Everywhere.
    Public,
    /// On its own page only.
    Unlisted,
}

/// Whose replies are welcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReplyPolicy {
    /// Anybody's.
    Everyone,
    /// People approved before.
    Known,
    /// People the owner follows.
    Followed,
    /// Nobody's.
    None,
}

impl ReplyPolicy {
    /// The policy of a name.
    pub fn of(name: &str) -> Option<Self> {
        let all = [Self::Everyone, Self::Known, Self::Followed, Self::None];
        all.into_iter().find(|policy| policy.name() == name)
    }

    /// The policy's name in files and templates.
    pub fn name(self) -> &'static str {
        match self {
            Self::Everyone => "everyone",
            Self::Known => "known",
            Self::Followed => "followed",
            Self::None => "none",
        }
    }
}

/// Which webmentions a post takes part in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum MentionPolicy {
    /// Receives and sends.
    Both,
    /// Receives only.
    Receive,
    /// Sends only.
    Send,
    /// Neither.
    None,
}

impl MentionPolicy {
    /// Whether responses are shown and an endpoint is offered.
    pub fn receives(self) -> bool {
        matches!(self, Self::Both | Self::Receive)
    }

    /// Whether those whom it links are told.
    pub fn sends(self) -> bool {
        matches!(self, Self::Both | Self::Send)
    }
}

/// An answer to an invitation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Rsvp {
    /// Coming.
    Yes,
    /// Not coming.
    No,
    /// Perhaps.
    Maybe,
    /// Would like to.
    Interested,
}

impl Rsvp {
    /// The value in files and HTML.
    pub fn name(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::No => "no",
            Self::Maybe => "maybe",
            Self::Interested => "interested",
        }
    }
}

/// How far one is with a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReadStatus {
    /// Wants to.
    Want,
    /// Is at it.
    Reading,
    /// Done.
    Finished,
}

impl ReadStatus {
    /// The value in files and HTML.
    pub fn name(self) -> &'static str {
        match self {
            Self::Want => "want",
            Self::Reading => "reading",
            Self::Finished => "finished",
        }
    }
}

/// A page of somebody else that a post refers to (h-cite).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Cite {
    /// Its address; a path for pages of this site.
    pub url: String,
    /// Its title.
    pub name: Option<String>,
    /// Its author.
    pub author: Option<Person>,
    /// An excerpt as plain text.
    pub content: Option<String>,
    /// When it was written, as given.
    pub published: Option<String>,
}

/// A picture, film or recording of a post.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MediaItem {
    /// Path (relative to the post, or from the site's root) or address, as written.
    pub src: String,
    /// Alternative text of a picture, title of a film.
    pub alt: Option<String>,
    /// A film's picture before it plays.
    pub poster: Option<String>,
    /// A film's captions (WebVTT).
    pub captions: Option<String>,
    /// Where it stands in the file.
    pub span: Range<usize>,
}

/// When an event takes place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// The beginning.
    pub start: When,
    /// The end, given or reckoned from the duration.
    pub end: Option<When>,
    /// The duration as given, in ISO 8601.
    pub duration: Option<String>,
}

/// What a review is about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Item {
    /// Its name.
    pub name: String,
    /// Its page.
    pub url: Option<String>,
    /// A picture of it.
    pub photo: Option<MediaItem>,
}

/// A rating of something.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Review {
    /// What it is about.
    pub item: Item,
    /// The rating.
    pub rating: Option<f64>,
    /// The best rating there is.
    pub best: f64,
}

/// A person tagged in a post.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum PersonTag {
    /// By a nickname from follows and people.
    Nickname(String),
    /// By address and name.
    Person(Person),
}

/// The text of a post: which file it stands in and where.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Body {
    /// The file's path below the site folder.
    pub file: String,
    /// What the file system says of the file.
    pub signature: Signature,
    /// The stamp of the whole file.
    pub stamp: Stamp,
    /// The bytes behind the front matter.
    pub range: Range<usize>,
    /// The file's text, if it was just read.
    #[serde(skip)]
    pub held: Held,
}

/// A text that is kept until it has been used.
#[derive(Debug, Default)]
pub struct Held(Mutex<Option<Arc<Source>>>);

impl Held {
    /// Holds a text.
    pub fn new(source: Arc<Source>) -> Self {
        Self(Mutex::new(Some(source)))
    }

    /// The text, if it is still held.
    pub fn get(&self) -> Option<Arc<Source>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Lets go of the text.
    pub fn release(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
    }
}

impl Clone for Held {
    fn clone(&self) -> Self {
        Self(Mutex::new(self.get()))
    }
}

/// What the front matter of a post says, under the names of microformats2. What few posts have is
/// boxed: a hundred thousand lie in memory at once.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Properties {
    /// Title.
    pub title: Option<String>,
    /// The author's own summary.
    pub summary: Option<String>,
    /// When it was published. Pages may have none.
    pub published: Option<Moment>,
    /// When it was last changed in earnest.
    pub updated: Option<Moment>,
    /// When it vanishes.
    pub expires: Option<Timestamp>,
    /// Whether it is not to be shown yet.
    pub draft: bool,
    /// Who may see it.
    pub visibility: Visibility,
    /// Whether it stands on top of the home page.
    pub pinned: bool,
    /// A content warning: `Some("")` has no text of its own.
    pub sensitive: Option<String>,
    /// Whether a table of contents is shown.
    pub toc: bool,
    /// Tags as written.
    pub tags: Vec<String>,
    /// The permanent id, if one is written down.
    pub uid: Option<String>,
    /// Copies elsewhere.
    pub syndication: Vec<String>,
    /// Whose replies are welcome.
    pub reply_policy: ReplyPolicy,
    /// Which webmentions it takes part in.
    pub mentions: MentionPolicy,
    /// Pictures.
    pub photos: Vec<MediaItem>,
    /// Films.
    pub videos: Vec<MediaItem>,
    /// Recordings.
    pub audios: Vec<MediaItem>,
    /// A lead picture.
    pub featured: Option<Box<MediaItem>>,
    /// Pages it refers to.
    pub contexts: Vec<(Relation, Cite)>,
    /// Its answer to an invitation.
    pub rsvp: Option<Rsvp>,
    /// When it takes place.
    pub event: Option<Box<Event>>,
    /// Where it was written or takes place.
    pub location: Option<Box<Place>>,
    /// Where the author was.
    pub checkin: Option<Box<Place>>,
    /// What it rates.
    pub review: Option<Box<Review>>,
    /// How far the author is with a text.
    pub read_status: Option<ReadStatus>,
    /// People in it.
    pub people: Vec<PersonTag>,
    /// The owner's free keys.
    #[serde(with = "json_text")]
    pub extra: serde_json::Value,
}

impl Properties {
    /// What the post is, by the properties that it has (Post Type Discovery, W3C note, with the
    /// further kinds that Lanai knows).
    pub fn kind(&self) -> Kind {
        if self.event.is_some() {
            return Kind::Event;
        }
        if self.rsvp.is_some() {
            return Kind::Rsvp;
        }
        let first_three = [Relation::RepostOf, Relation::LikeOf, Relation::InReplyTo];
        if let Some(kind) = self.related(&first_three) {
            return kind;
        }
        if self.review.is_some() {
            return Kind::Review;
        }
        let others = [Relation::BookmarkOf, Relation::QuotationOf, Relation::FollowOf];
        if let Some(kind) = self.related(&others) {
            return kind;
        }
        if self.checkin.is_some() {
            return Kind::Checkin;
        }
        if let Some(kind) = self.related(&[Relation::ReadOf, Relation::WatchOf, Relation::ListenOf])
        {
            return kind;
        }
        if !self.videos.is_empty() {
            return Kind::Video;
        }
        if !self.audios.is_empty() {
            return Kind::Audio;
        }
        if !self.photos.is_empty() {
            return Kind::Photo;
        }
        if self.published.is_none() {
            return Kind::Page;
        }
        if self.title.is_some() { Kind::Article } else { Kind::Note }
    }

    fn related(&self, relations: &[Relation]) -> Option<Kind> {
        relations.iter().find_map(|relation| {
            let present = self.contexts.iter().any(|(found, _)| found == relation);
            let kind = Relation::ALL.iter().find(|(r, ..)| r == relation).map(|(.., kind)| *kind);
            kind.filter(|_| present)
        })
    }
}

/// One Markdown file of `content/`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Post {
    /// Its address.
    pub permalink: Permalink,
    /// Addresses it had before.
    pub aliases: Vec<Permalink>,
    /// What it is.
    pub kind: Kind,
    /// The language of its text (BCP 47).
    pub lang: String,
    /// Which of the site's languages it is listed in: index into the configuration's list.
    pub section: usize,
    /// Files that differ in nothing but the language share this.
    pub translation_key: String,
    /// What its front matter says.
    pub properties: Properties,
    /// The text.
    pub body: Body,
}

/// A post has the properties that its front matter gives it.
impl std::ops::Deref for Post {
    type Target = Properties;

    fn deref(&self) -> &Properties {
        &self.properties
    }
}

impl Post {
    /// Path of its file below the site folder.
    pub fn file(&self) -> &str {
        &self.body.file
    }

    /// Whether it stands in no output at `now`: a draft, not yet due, or expired.
    pub fn is_hidden(&self, now: Timestamp, drafts: bool) -> bool {
        let early = self.published.as_ref().is_some_and(|at| at.timestamp() > now);
        let late = self.expires.is_some_and(|at| at <= now);
        (!drafts && (self.draft || early)) || late
    }

    /// When its text last changed, as far as its author says.
    pub fn changed(&self) -> Option<&Moment> {
        self.updated.as_ref().or(self.published.as_ref())
    }

    /// Whether it stands in lists, feeds, the sitemap and the search index.
    pub fn is_listed(&self) -> bool {
        self.visibility == Visibility::Public
    }

    /// Whether it is a post: dated and listed by time. Pages are not.
    pub fn is_post(&self) -> bool {
        self.kind != Kind::Page
    }

    /// The permanent id: the written one, else the oldest address.
    pub fn oldest_permalink(&self) -> &Permalink {
        self.aliases.first().unwrap_or(&self.permalink)
    }
}

/// JSON as text: a value of any shape in a form that must know shapes beforehand.
mod json_text {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};
    use serde_json::Value;

    pub(super) fn serialize<S: Serializer>(value: &Value, to: S) -> Result<S::Ok, S::Error> {
        match value {
            Value::Null => to.serialize_str(""),
            value => to.collect_str(value),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Value, D::Error> {
        let text = String::deserialize(from)?;
        if text.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_str(&text).map_err(D::Error::custom)
    }
}
