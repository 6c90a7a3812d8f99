//! Catching up: of each source the one post that is worth most after some time away, and why. Pure:
//! entries in, a choice with its reason out. There is nothing in it but what is printed.

use std::collections::{HashMap, HashSet};

use jiff::{SignedDuration, Timestamp};

use super::timeline::{Shown, Source};
use crate::store::FeedId;
use crate::text::excerpt::words;
use crate::text::html::plain_text;

/// Silence after which a post is an event.
const SILENCE: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Words of a post that somebody took their time for.
const LONG: usize = 300;

/// The best post of a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pick {
    /// Its place among the entries.
    pub place: usize,
    /// Why it is here, as it is printed.
    pub why: String,
    /// How many others the source wrote.
    pub rest: usize,
}

/// What is known besides the entries.
#[derive(Debug, Clone, Copy)]
pub struct Known<'k> {
    /// Hosts and base paths of the owner's own site, as addresses begin.
    pub own: &'k [String],
    /// Where entries come from.
    pub sources: &'k HashMap<FeedId, Source>,
    /// When each source wrote last before these entries.
    pub before: &'k HashMap<FeedId, Timestamp>,
}

/// The best of each source, those of friends first, then by what they are worth.
#[must_use]
pub fn picks(entries: &[Shown], known: Known<'_>) -> Vec<Pick> {
    let talk = answered(entries);
    let mut best: HashMap<FeedId, (u32, Pick)> = HashMap::new();
    let mut counts: HashMap<FeedId, usize> = HashMap::new();
    for (place, shown) in entries.iter().enumerate() {
        let feed = shown.stored.feed;
        *counts.entry(feed).or_default() += 1;
        let (worth, why) = worth(shown, &talk, known);
        // Of two that are worth the same, the later one.
        if best.get(&feed).is_none_or(|(other, _)| worth >= *other) {
            best.insert(feed, (worth, Pick { place, why, rest: 0 }));
        }
    }
    let is_friend = |feed: &FeedId| {
        let card = known.sources.get(feed).and_then(|source| source.card.as_ref());
        card.is_some_and(|card| is_close(&card.xfn))
    };
    let mut all: Vec<(FeedId, (u32, Pick))> = best.into_iter().collect();
    all.sort_by_key(|(feed, (worth, pick))| {
        (std::cmp::Reverse((is_friend(feed), *worth)), std::cmp::Reverse(pick.place))
    });
    all.into_iter()
        .map(|(feed, (_, pick))| {
            let count = counts.get(&feed).copied().unwrap_or(1);
            Pick { rest: count.saturating_sub(1), ..pick }
        })
        .collect()
}

/// Whether words of XFN say that somebody is close.
#[must_use]
pub fn is_close(xfn: &[String]) -> bool {
    const CLOSE: [&str; 10] = [
        "friend",
        "child",
        "parent",
        "sibling",
        "spouse",
        "kin",
        "crush",
        "date",
        "sweetheart",
        "co-resident",
    ];
    xfn.iter().any(|word| CLOSE.contains(&word.as_str()))
}

/// Who has answered or passed on each page, by its hash: feeds.
fn answered(entries: &[Shown]) -> HashMap<i64, HashSet<FeedId>> {
    let mut all: HashMap<i64, HashSet<FeedId>> = HashMap::new();
    for shown in entries {
        let entry = &shown.entry;
        for url in entry.in_reply_to.iter().chain(&entry.repost_of).chain(&entry.like_of) {
            let page = super::merge::hash(url.as_str());
            all.entry(page).or_default().insert(shown.stored.feed);
        }
    }
    all
}

/// What a post is worth, and the one reason that counts most.
fn worth(shown: &Shown, talk: &HashMap<i64, HashSet<FeedId>>, known: Known<'_>) -> (u32, String) {
    let entry = &shown.entry;
    let own = |url: &url::Url| known.own.iter().any(|own| url.as_str().starts_with(own.as_str()));
    if entry.in_reply_to.iter().chain(&entry.repost_of).chain(&entry.like_of).any(own) {
        return (1_000, "It is about something of yours.".to_owned());
    }
    let feed = shown.stored.feed;
    let others = shown
        .page()
        .and_then(|page| talk.get(&page))
        .map_or(0, |who| who.iter().filter(|other| **other != feed).count());
    if others > 0 {
        let who = match others {
            1 => "Somebody you read has".to_owned(),
            count => format!("{count} people you read have"),
        };
        let count = u32::try_from(others.min(100)).unwrap_or(100);
        return (500 + count, format!("{who} answered it or passed it on."));
    }
    let silent = known.before.get(&feed).map(|last| shown.entry.shown_at().duration_since(*last));
    if let Some(silence) = silent.filter(|silence| *silence >= SILENCE) {
        let weeks = silence.as_hours() / (24 * 7);
        return (400, format!("The first in {weeks} weeks."));
    }
    let html = entry.html.as_deref().or(entry.summary.as_deref()).unwrap_or_default();
    let long = words(&plain_text(html));
    match shown.stored.kind.as_str() {
        "event" => (300, "An invitation.".to_owned()),
        "article" if long >= LONG => (250, "The longest of what they wrote.".to_owned()),
        "article" => (200, "It has a title of its own.".to_owned()),
        "photo" | "video" | "audio" => (150, "It shows something.".to_owned()),
        "note" => (100, "The latest of their own words.".to_owned()),
        "reply" => (50, "An answer to somebody.".to_owned()),
        _ => (10, "All that came from them.".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reader::entry::Entry;
    use crate::store::{ItemId, Place, StoredEntry};

    fn shown(item: i64, feed: i64, kind: &str, answers: &[&str]) -> Shown {
        let at = Timestamp::from_second(1_700_000_000 + item).unwrap();
        let stored = StoredEntry {
            place: Place { sorted: at, item: ItemId::from_number(item) },
            feed: FeedId::from_number(feed),
            channel: String::new(),
            arrived: at,
            kind: kind.to_owned(),
            is_read: false,
            is_kept: false,
            hidden: None,
            body: String::new(),
        };
        let entry = Entry {
            shown: at.as_millisecond(),
            link: format!("https://f{feed}.example/{item}").parse().ok(),
            in_reply_to: answers.iter().map(|url| url.parse().unwrap()).collect(),
            ..Entry::default()
        };
        Shown { stored, entry }
    }

    #[test]
    fn each_source_has_one_post_with_the_reason_that_counts() {
        let entries = [
            shown(1, 1, "article", &[]),
            shown(2, 1, "note", &[]),
            shown(3, 2, "reply", &["https://f1.example/2"]),
            shown(4, 3, "note", &["https://ana.example/notes/1/"]),
            shown(5, 4, "note", &[]),
            shown(6, 4, "note", &[]),
        ];
        let own = ["https://ana.example/".to_owned()];
        let sources = HashMap::new();
        let long_ago = Timestamp::from_second(1_600_000_000).unwrap();
        let before = HashMap::from([(FeedId::from_number(4), long_ago)]);
        let known = Known { own: &own, sources: &sources, before: &before };
        let all: Vec<(usize, usize, String)> = picks(&entries, known)
            .into_iter()
            .map(|pick| (pick.place, pick.rest, pick.why))
            .collect();
        assert_eq!(
            all,
            [
                (3, 0, "It is about something of yours.".to_owned()),
                (1, 1, "Somebody you read has answered it or passed it on.".to_owned()),
                (5, 1, "The first in 165 weeks.".to_owned()),
                (2, 0, "An answer to somebody.".to_owned()),
            ]
        );
    }

    #[test]
    fn friends_come_first() {
        let entries = [shown(1, 1, "article", &[]), shown(2, 2, "note", &[])];
        let card =
            crate::reader::subscribe::Card { xfn: vec!["friend".to_owned()], ..Default::default() };
        let friend = Source { card: Some(card), ..Source::default() };
        let sources = HashMap::from([(FeedId::from_number(2), friend)]);
        let known = Known { own: &[], sources: &sources, before: &HashMap::new() };
        let all: Vec<usize> = picks(&entries, known).iter().map(|pick| pick.place).collect();
        assert_eq!(all, [1, 0]);
    }
}
