//! The rows of `data/private/reader.toml`: what the owner does not want to see of what others write,
//! what they always want to see, and what they look for again and again. What the rules mean is
//! known by the reader.

use jiff::civil::Date;
use serde::Serialize;

use crate::model::Kind;
use crate::site::following::without_credentials;
use crate::stamp::Stamp;

/// What is done with what a rule meets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub enum Action {
    /// It is hidden; written as `[[mute]]`.
    Mute,
    /// It is hidden; written as a `[[rule]]`.
    Drop,
    /// It is shown, whatever other rules say.
    Keep,
}

impl Action {
    /// What a `[[rule]]` calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Mute => "mute",
            Self::Drop => "drop",
            Self::Keep => "keep",
        }
    }
}

/// Something that belongs to a post.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum Part {
    /// A picture.
    Photo,
    /// A recording.
    Audio,
    /// A film.
    Video,
    /// A file of any kind.
    File,
    /// A title.
    Title,
}

impl Part {
    /// All of them, with what the file calls them.
    pub const ALL: [(&'static str, Self); 5] = [
        ("photo", Self::Photo),
        ("audio", Self::Audio),
        ("video", Self::Video),
        ("file", Self::File),
        ("title", Self::Title),
    ];

    pub(super) fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, part)| *part == self).map_or("", |(name, _)| name)
    }
}

/// How near an author is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum Nearness {
    /// The owner.
    Me,
    /// Somebody the owner follows.
    Followed,
    /// Somebody the owner approved for their own site.
    Approved,
    /// Any of these.
    Known,
    /// Anybody else.
    Stranger,
}

impl Nearness {
    /// All of them, with what the file calls them.
    pub const ALL: [(&'static str, Self); 5] = [
        ("me", Self::Me),
        ("followed", Self::Followed),
        ("approved", Self::Approved),
        ("known", Self::Known),
        ("stranger", Self::Stranger),
    ];

    pub(super) fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, nearness)| *nearness == self).map_or("", |(name, _)| name)
    }

    fn noun(self) -> &'static str {
        match self {
            Self::Me => "you",
            Self::Followed => "somebody you follow",
            Self::Approved => "somebody you approved",
            Self::Known => "somebody you know",
            Self::Stranger => "a stranger",
        }
    }
}

/// What has to be so of a post. Where there are several words, one is enough.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum Condition {
    /// It came with the feed of that address.
    Feed(String),
    /// It is by the person with that home page.
    Person(String),
    /// It is from that host or one below it.
    Domain(String),
    /// It is in that channel.
    Channel(String),
    /// It is a post of that kind.
    Kind(Kind),
    /// It says one of these, anywhere.
    Words(Vec<String>),
    /// Its title does.
    Title(Vec<String>),
    /// Its text does.
    Text(Vec<String>),
    /// It has one of these tags.
    Tag(Vec<String>),
    /// It is in one of these languages.
    Language(Vec<String>),
    /// Its author's name says one of these.
    Author(Vec<String>),
    /// It links to that host or address, or lies there.
    Link(String),
    /// It has that.
    Has(Part),
    /// It looks like advertising: a score above this.
    RoboOver(u8),
    /// It may attack somebody: a score above this.
    FlameOver(u8),
    /// Its author is that near.
    Trust(Nearness),
}

impl Condition {
    /// The condition as the end of a sentence that begins with "what".
    fn in_words(&self) -> String {
        match self {
            Self::Feed(url) => format!("comes with the feed {}", plain(url)),
            Self::Person(url) => format!("is by {}", plain(url)),
            Self::Domain(host) => format!("is from {host}"),
            Self::Channel(name) => format!("comes in {}", channel(name)),
            Self::Kind(kind) => format!("is {}", kind.with_article()),
            Self::Words(words) => format!("says {}", any(words)),
            Self::Title(words) => format!("says {} in its title", any(words)),
            Self::Text(words) => format!("says {} in its text", any(words)),
            Self::Tag(tags) => format!("is tagged {}", any(tags)),
            Self::Language(languages) => format!("is written in {}", any(languages)),
            Self::Author(names) => format!("is by somebody called {}", any(names)),
            Self::Link(place) => format!("links to {}", plain(place)),
            Self::Has(Part::Photo) => "has a picture".to_owned(),
            Self::Has(Part::Audio) => "has a recording".to_owned(),
            Self::Has(Part::Video) => "has a film".to_owned(),
            Self::Has(Part::File) => "has a file".to_owned(),
            Self::Has(Part::Title) => "has a title".to_owned(),
            Self::RoboOver(most) => format!("looks like advertising (over {most} of 100)"),
            Self::FlameOver(most) => format!("may attack somebody (over {most} of 100)"),
            Self::Trust(nearness) => format!("is by {}", nearness.noun()),
        }
    }
}

/// A channel in words.
fn channel(name: &str) -> String {
    if name.is_empty() { "no channel".to_owned() } else { format!("the channel “{name}”") }
}

/// An address as people say it.
fn plain(address: &str) -> String {
    let address = without_credentials(address);
    let bare = address.split_once("://").map_or(address.as_str(), |(_, bare)| bare);
    bare.trim_end_matches('/').to_owned()
}

fn any(words: &[String]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("“{word}”")).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
        None => String::new(),
    }
}

/// A mute, or a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// What is done.
    pub action: Action,
    /// With what: all of it has to be so. A mute has one condition.
    pub conditions: Vec<Condition>,
    /// Why, in the owner's words.
    pub reason: Option<String>,
    /// Since when; for the owner.
    pub since: Option<Date>,
    /// The last day on which it holds. A mute of a person with one is a snooze.
    pub until: Option<Date>,
}

impl Rule {
    /// A rule without reason and dates. The order in which conditions are named does not count.
    pub fn new(action: Action, mut conditions: Vec<Condition>) -> Self {
        conditions.sort();
        Self { action, conditions, reason: None, since: None, until: None }
    }

    /// A mute without reason and dates.
    pub fn mute(what: Condition) -> Self {
        Self::new(Action::Mute, vec![what])
    }

    /// A short name that stays the same as long as the rule does the same. Reason and dates do not
    /// count.
    pub fn id(&self) -> String {
        Stamp::of_value(&("reader", self.action, &self.conditions)).short_hex()
    }

    /// Whether it holds on a day.
    pub fn holds_on(&self, today: Date) -> bool {
        self.until.is_none_or(|until| today <= until)
    }

    /// The channel that it keeps out of the main timeline, if that is what it does.
    pub fn quiet_channel(&self) -> Option<&str> {
        match (self.action, self.conditions.as_slice()) {
            (Action::Mute, [Condition::Channel(name)]) => Some(name),
            _ => None,
        }
    }

    /// The rule as a sentence without its end: `Hide what says “spoiler”`.
    pub fn in_words(&self) -> String {
        if let Some(name) = self.quiet_channel() {
            return format!("Keep {} on its own page", channel(name));
        }
        let verb = if self.action == Action::Keep { "Never hide" } else { "Hide" };
        let all: Vec<String> = self.conditions.iter().map(Condition::in_words).collect();
        format!("{verb} what {}", all.join(" and "))
    }
}

/// Something that is looked for again and again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Search {
    /// What it is called.
    pub name: String,
    /// What is looked for.
    pub query: String,
    /// Where; everywhere if nothing is said.
    pub channel: Option<String>,
}

impl Search {
    /// A short name that stays the same as long as it looks for the same.
    pub fn id(&self) -> String {
        Stamp::of_value(&("search", &self.query, &self.channel)).short_hex()
    }
}

/// A row of `data/private/reader.toml`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Row {
    /// `[[mute]]` or `[[rule]]`.
    Rule(Rule),
    /// `[[search]]`.
    Search(Search),
}

impl Row {
    /// Its name.
    pub fn id(&self) -> String {
        match self {
            Self::Rule(rule) => rule.id(),
            Self::Search(search) => search.id(),
        }
    }
}
