//! A new post of any kind: what the kind cannot do without, the file that it gets, and the text of
//! that. Where the words come from is left to the command line and the daemon.

use jiff::Zoned;

use super::{Draft, Rules, address_of, new_text, read_front_matter, split};
use crate::config::Config;
use crate::error::Source;
use crate::model::{Kind, Permalink};
use crate::text::slug::slug;

/// Bytes of a file's name: file systems take 255, and the day and the suffix belong to it.
const LONGEST_NAME: usize = 200;

/// A post that is to be written.
#[derive(Debug, Clone)]
pub struct NewPost {
    /// What it is.
    pub kind: Kind,
    /// The text, Markdown.
    pub words: String,
    /// The title.
    pub title: Option<String>,
    /// The page that it is about, for kinds that are about one.
    pub target: Option<String>,
    /// The sources of its media, as the post names them.
    pub media: Vec<String>,
    /// What the media show, in the same order.
    pub alt: Vec<String>,
    /// Tags.
    pub tags: Vec<String>,
    /// When an event starts.
    pub start: Option<String>,
    /// When an event ends.
    pub end: Option<String>,
    /// An event's or check-in's place.
    pub place: Option<String>,
    /// An answer to an invitation.
    pub rsvp: Option<String>,
    /// A review's rating.
    pub rating: Option<f64>,
    /// What a review is about.
    pub item: Option<String>,
    /// The last part of the address.
    pub slug: Option<String>,
    /// The language, if it is not the site's.
    pub lang: Option<String>,
    /// Whether it is not to be published yet.
    pub draft: bool,
}

/// What a kind needs and a post does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// The page that it is about.
    Target,
    /// A beginning.
    Start,
    /// A title.
    Title,
    /// A file.
    Media,
    /// A place.
    Place,
    /// What it is about.
    Item,
    /// An answer.
    Rsvp,
    /// A text.
    Words,
}

/// Why a post would not build, or not as what was meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Misfit {
    /// Something in it is not right: what, and what to do about it.
    Wrong(String, Option<String>),
    /// It would be of another kind.
    Other(Kind),
}

impl NewPost {
    /// A post of a kind that says nothing yet.
    #[must_use]
    pub fn new(kind: Kind) -> Self {
        Self {
            kind,
            words: String::new(),
            title: None,
            target: None,
            media: Vec::new(),
            alt: Vec::new(),
            tags: Vec::new(),
            start: None,
            end: None,
            place: None,
            rsvp: None,
            rating: None,
            item: None,
            slug: None,
            lang: None,
            draft: false,
        }
    }

    /// What the kind cannot do without.
    #[must_use]
    pub fn missing(&self) -> Option<Missing> {
        if relation(self.kind).is_some() && self.target.is_none() {
            return Some(Missing::Target);
        }
        match self.kind {
            Kind::Event if self.start.is_none() => Some(Missing::Start),
            Kind::Article | Kind::Page if self.title.is_none() => Some(Missing::Title),
            Kind::Photo | Kind::Video | Kind::Audio if self.media.is_empty() => {
                Some(Missing::Media)
            }
            Kind::Checkin if self.place.is_none() => Some(Missing::Place),
            Kind::Review if self.item.is_none() => Some(Missing::Item),
            Kind::Rsvp if self.rsvp.is_none() => Some(Missing::Rsvp),
            kind if says_nothing(kind, &self.words) => Some(Missing::Words),
            _ => None,
        }
    }

    /// Its file below the site folder.
    #[must_use]
    pub fn file(&self, config: &Config, now: &Zoned) -> String {
        let from_words: String = self
            .words
            .split_whitespace()
            .filter(|w| !w.starts_with('#'))
            .take(6)
            .collect::<Vec<_>>()
            .join(" ");
        let title = self.title.as_deref().or(self.item.as_deref()).unwrap_or(&from_words);
        let time = now.strftime("%H%M%S").to_string();
        let name = match &self.slug {
            Some(own) => slug(own),
            None => slug(title),
        };
        // Where no spaces stand between them, six words are a whole text.
        let name = name.get(..name.floor_char_boundary(LONGEST_NAME)).unwrap_or_default();
        let name = name.trim_end_matches('-');
        let name = if name.is_empty() { &time } else { name };
        let folder = config.content.folder.trim_end_matches('/');
        let suffix = match &self.lang {
            Some(code) if config.languages.iter().any(|l| l.code == *code) => format!(".{code}"),
            _ => String::new(),
        };
        if self.kind == Kind::Page {
            return format!("{folder}/{name}{suffix}.md");
        }
        let day = now.strftime("%Y-%m-%d");
        format!("{folder}/{}/{day}-{name}{suffix}.md", self.kind.folder())
    }

    /// The address that a file of it gets.
    #[must_use]
    pub fn permalink(&self, file: &str, config: &Config, now: &Zoned) -> Permalink {
        let folder = config.content.folder.trim_end_matches('/');
        let below = file.strip_prefix(folder).unwrap_or(file).trim_start_matches('/');
        let address = address_of(below, config);
        address.permalink(config, address.section.unwrap_or(0), self.kind, Some(now))
    }

    /// Its file with all that stands in it. `seed` makes its permanent id another than that of a post
    /// of the same words and time.
    #[must_use]
    pub fn draft(&self, file: String, config: &Config, (now, seed): (&Zoned, &str)) -> Draft {
        let text = new_text(self.kind, &self.keys(config, now, seed), &self.words);
        Draft { file, text }
    }

    /// Whether it would build, and as what it is meant to be.
    ///
    /// # Errors
    /// Why not.
    pub fn check(&self, draft: &Draft, config: &Config) -> Result<(), Misfit> {
        let source = Source::new(&draft.file, draft.text.as_str());
        let rules = Rules { zone: &config.time_zone, foreign: false };
        let parts = split(&source)
            .map_err(|problem| Misfit::Wrong(problem.message.clone(), problem.hint.clone()))?;
        let matter = match read_front_matter(&source, &parts, &rules) {
            Ok((matter, _)) => matter,
            Err(problems) => {
                let first = problems.into_iter().next();
                let (message, hint) = first.map(|p| (p.message, p.hint)).unwrap_or_default();
                return Err(Misfit::Wrong(message, hint));
            }
        };
        match matter.properties.kind() {
            kind if kind == self.kind => Ok(()),
            other => Err(Misfit::Other(other)),
        }
    }

    /// The front matter: key and value as TOML.
    fn keys(&self, config: &Config, now: &Zoned, seed: &str) -> Vec<(String, String)> {
        let mut keys: Vec<(String, String)> = Vec::new();
        let mut set = |key: &str, value: String| keys.push((key.to_owned(), value));
        if let Some(title) = &self.title {
            set("title", quoted(title));
        }
        if self.kind != Kind::Page {
            set("date", now.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string());
            set("uid", quoted(&uid(config.base.host(), now, (&self.words, seed))));
        }
        if self.draft {
            set("draft", "true".to_owned());
        }
        if let Some(lang) = &self.lang {
            set("lang", quoted(lang));
        }
        if !self.tags.is_empty() {
            let tags: Vec<String> = self.tags.iter().map(|tag| quoted(tag)).collect();
            set("tags", format!("[{}]", tags.join(", ")));
        }
        if let (Some(key), Some(target)) = (relation(self.kind), &self.target) {
            set(key, quoted(target));
        }
        if let Some(rsvp) = &self.rsvp {
            set("rsvp", quoted(rsvp));
        }
        for (key, value) in [("start", &self.start), ("end", &self.end)] {
            if let Some(value) = value {
                set(key, quoted(value));
            }
        }
        if let Some(place) = &self.place {
            let key = if self.kind == Kind::Checkin { "checkin" } else { "location" };
            set(key, quoted(place));
        }
        if let Some(item) = &self.item {
            set("item", quoted(item));
        }
        if let Some(rating) = self.rating {
            set("rating", rating.to_string());
        }
        if let Some(media) = self.media() {
            set(media.0, media.1);
        }
        keys
    }

    fn media(&self) -> Option<(&'static str, String)> {
        let key = match self.kind {
            Kind::Video => "video",
            Kind::Audio => "audio",
            Kind::Article | Kind::Page => "featured",
            _ => "photo",
        };
        let items: Vec<String> = self
            .media
            .iter()
            .enumerate()
            .map(|(at, src)| match self.alt.get(at) {
                Some(alt) => format!("{{ src = {}, alt = {} }}", quoted(src), quoted(alt)),
                None => format!("{{ src = {} }}", quoted(src)),
            })
            .collect();
        (!items.is_empty()).then(|| (key, format!("[{}]", items.join(", "))))
    }
}

/// The key of the page that a kind is about.
#[must_use]
pub fn relation(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::Reply | Kind::Rsvp => Some("in-reply-to"),
        Kind::Like => Some("like-of"),
        Kind::Repost => Some("repost-of"),
        Kind::Bookmark => Some("bookmark-of"),
        Kind::Quotation => Some("quotation-of"),
        Kind::Follow => Some("follow-of"),
        Kind::Read => Some("read-of"),
        Kind::Watch => Some("watch-of"),
        Kind::Listen => Some("listen-of"),
        _ => None,
    }
}

/// A note or reply of no words, which nobody meant to write.
fn says_nothing(kind: Kind, words: &str) -> bool {
    matches!(kind, Kind::Note | Kind::Reply) && words.trim().is_empty()
}

/// Kinds that say nothing without words.
#[must_use]
pub fn needs_words(kind: Kind) -> bool {
    matches!(kind, Kind::Note | Kind::Reply | Kind::Article | Kind::Page)
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// A permanent id: a `tag:` address (RFC 4151) of the site, the day and the text.
fn uid(host: &str, now: &Zoned, (words, seed): (&str, &str)) -> String {
    let seed = format!("{now}\n{words}\n{seed}");
    let hash = blake3::hash(seed.as_bytes()).to_hex();
    format!("tag:{host},{}:{}", now.strftime("%Y-%m-%d"), hash.as_str().get(0..12).unwrap_or(""))
}
