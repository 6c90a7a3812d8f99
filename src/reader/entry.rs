//! What is kept of an item: what is shown of it later, cleaned once, and the words it is found by.
//! By what it is known again is left to `merge`.

use jiff::Timestamp;
use rustc_hash::FxHashSet;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::formats::incoming::{Content, Feed, Item, Person, Schedule};
use crate::model::Kind;
use crate::text::tokens::for_each_token;
use crate::text::tracking::without_tracking;

/// Longest title and name, in bytes.
const LONGEST_LINE: usize = 2_000;

/// Most words that an item is found by.
const MOST_WORDS: usize = 5_000;

/// Most of what there may be several of.
const MOST: usize = 50;

/// An item as it is kept.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Entry {
    /// When it was published, for people; milliseconds since 1970.
    pub shown: i64,
    /// When it says that it was changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updated: Option<i64>,
    /// Its page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<Url>,
    /// Its title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What it says, clean HTML.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub html: Option<String>,
    /// What it says in short, clean HTML.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// Who wrote it, where that is not whoever the feed is of.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub authors: Vec<Face>,
    /// A picture that stands for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<Url>,
    /// Files that belong to it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<File>,
    /// Tags.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Its language.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// The page elsewhere that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub about: Option<Url>,
    /// Where it is talked about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comments: Option<Url>,
    /// What it answers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub in_reply_to: Vec<Url>,
    /// What it likes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub like_of: Vec<Url>,
    /// What it repeats.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub repost_of: Vec<Url>,
    /// What it keeps.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub bookmark_of: Vec<Url>,
    /// Its answer to an invitation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rsvp: Option<String>,
    /// Copies of it elsewhere.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub syndication: Vec<Url>,
}

/// Somebody who wrote.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Face {
    /// Name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Home page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<Url>,
    /// Portrait.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub photo: Option<Url>,
}

/// A file that belongs to an item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    /// Where it is.
    pub url: Url,
    /// Its type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mime: Option<String>,
    /// Its length in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// How long it plays, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<u64>,
    /// Title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
}

/// What a feed says of itself, as it is kept.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct About {
    /// Its title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// The page that it is the feed of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub home: Option<Url>,
    /// A picture that stands for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub photo: Option<Url>,
    /// Its format, as people call it.
    pub format: String,
    /// Who writes it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub authors: Vec<Face>,
    /// How often it wants to be asked.
    pub schedule: Schedule,
}

impl Entry {
    /// What is kept of an item that is first seen at a time. Cleaning takes its time.
    #[must_use]
    pub fn of(item: &Item, first_seen: Timestamp) -> Self {
        let relations = &item.relations;
        let some = |urls: &[Url]| urls.iter().take(MOST).cloned().collect();
        let html = item.content.as_ref().map(Content::html);
        let summary = item.summary.as_ref().map(Content::html);
        Self {
            shown: item.shown_at(first_seen).as_millisecond(),
            updated: item.updated.as_ref().map(|at| at.timestamp().as_millisecond()),
            link: item.link.as_ref().map(without_tracking),
            title: item.title.as_deref().filter(|title| is_title(title, item)).map(line),
            html: html.filter(|html| !html.is_empty()),
            summary: summary.filter(|html| !html.is_empty()),
            authors: faces(&item.authors),
            image: item.image.clone(),
            files: item.enclosures.iter().take(MOST).map(File::of).collect(),
            tags: item.categories.iter().take(MOST).map(|tag| line(tag)).collect(),
            language: item.language.clone(),
            about: item.external_url.clone(),
            comments: item.comments.clone(),
            in_reply_to: some(&relations.in_reply_to),
            like_of: some(&relations.like_of),
            repost_of: some(&relations.repost_of),
            bookmark_of: some(&relations.bookmark_of),
            rsvp: relations.rsvp.map(str::to_owned),
            syndication: some(&item.syndication),
        }
    }

    /// The entry that was kept. What cannot be read, of another version perhaps, is empty.
    #[must_use]
    pub fn read(body: &str) -> Self {
        serde_json::from_str(body).unwrap_or_default()
    }

    /// When it was published, for people.
    #[must_use]
    pub fn shown_at(&self) -> Timestamp {
        Timestamp::from_millisecond(self.shown).unwrap_or_default()
    }
}

impl File {
    fn of(enclosure: &crate::formats::incoming::Enclosure) -> Self {
        Self {
            url: enclosure.url.clone(),
            mime: enclosure.mime.clone(),
            size: enclosure.size,
            seconds: enclosure.duration,
            title: enclosure.title.as_deref().map(line),
        }
    }
}

impl About {
    /// What a feed says of itself.
    #[must_use]
    pub fn of(feed: &Feed) -> Self {
        Self {
            title: feed.title.as_deref().map(line),
            note: feed.description.as_deref().map(line),
            home: feed.home_url.clone(),
            photo: feed.image.clone(),
            format: feed.format.name().to_owned(),
            authors: faces(&feed.authors),
            schedule: feed.schedule.clone(),
        }
    }

    /// What was kept of a feed.
    #[must_use]
    pub fn read(json: Option<&str>) -> Self {
        json.and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default()
    }
}

fn faces(people: &[Person]) -> Vec<Face> {
    let face = |person: &Person| Face {
        name: person.name.as_deref().or(person.email.as_deref()).map(line),
        url: person.url.clone(),
        photo: person.photo.clone(),
    };
    people.iter().take(MOST).map(face).collect()
}

fn line(text: &str) -> String {
    text.get(..text.floor_char_boundary(LONGEST_LINE)).unwrap_or_default().to_owned()
}

/// Whether a title says more than the first words of what stands below it: formats that have to have
/// one get it from there.
fn is_title(title: &str, item: &Item) -> bool {
    let Some(said) = item.content.as_ref().or(item.summary.as_ref()).map(Content::text) else {
        return true;
    };
    let plain = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let (title, said) = (plain(title), plain(&said));
    let start = title.trim_end_matches(['…', '.', ' ']);
    let is_cut = title.ends_with('…') || title.ends_with("...");
    said != title && !(is_cut && !start.is_empty() && said.starts_with(start))
}

/// What kind of post an item is: what it says, else what it does, else what belongs to it.
#[must_use]
pub fn kind(item: &Item) -> Kind {
    let relations = &item.relations;
    let has = |mime: &str| {
        let is = |found: &Option<String>| found.as_ref().is_some_and(|m| m.starts_with(mime));
        item.enclosures.iter().any(|enclosure| is(&enclosure.mime))
    };
    match item.declared_kind {
        Some(kind) => kind,
        None if relations.rsvp.is_some() => Kind::Rsvp,
        None if !relations.repost_of.is_empty() => Kind::Repost,
        None if !relations.like_of.is_empty() => Kind::Like,
        None if !relations.in_reply_to.is_empty() => Kind::Reply,
        None if !relations.bookmark_of.is_empty() => Kind::Bookmark,
        None if has("video/") => Kind::Video,
        None if has("audio/") => Kind::Audio,
        None if item.title.is_none() && has("image/") => Kind::Photo,
        None => item.kind(),
    }
}

/// The words that an item is found by, each once, with spaces between.
#[must_use]
pub fn words(item: &Item) -> String {
    let said = [item.content.as_ref(), item.summary.as_ref()].into_iter().flatten();
    let mut texts: Vec<String> = said.map(Content::text).collect();
    texts.extend(item.title.clone());
    texts.extend(item.authors.iter().filter_map(|author| author.name.clone()));
    texts.extend(item.categories.iter().cloned());
    let mut seen = FxHashSet::default();
    let mut all = String::new();
    for text in texts {
        for_each_token(&text, &mut |token| {
            if seen.len() < MOST_WORDS && seen.insert(token.to_owned()) {
                all.push_str(token);
                all.push(' ');
            }
        });
    }
    all.truncate(all.trim_end().len());
    all
}
