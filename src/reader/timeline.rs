//! How entries stand on a page of the timeline: days, runs of one source folded away, posts that
//! answer one another together, and the line under what is new. Pure: entries in, rows out.
//!
//! What an entry looks like is left to the daemon's pages and the terminal.

use std::collections::HashMap;

use jiff::civil::Date;
use url::Url;

use super::entry::{About, Entry};
use super::merge::hash;
use super::subscribe::Card;
use crate::store::{FeedId, StoredEntry, StoredSource};

/// Posts of one source in a row that are all shown; of more, the rest is folded away.
const RUN: usize = 3;

/// An entry and what is said in it.
#[derive(Debug, Clone, PartialEq)]
pub struct Shown {
    /// As it is in the timeline.
    pub stored: StoredEntry,
    /// What is said.
    pub entry: Entry,
}

impl Shown {
    /// An entry of the database.
    #[must_use]
    pub fn of(stored: StoredEntry) -> Self {
        let entry = Entry::read(&stored.body);
        Self { entry, stored }
    }

    /// The hash of its page.
    #[must_use]
    pub fn page(&self) -> Option<i64> {
        self.entry.link.as_ref().map(|link| hash(link.as_str()))
    }
}

/// Where entries come from.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Source {
    /// What the owner calls it, else what it calls itself, else its host.
    pub name: String,
    /// Its page.
    pub home: Option<Url>,
    /// A picture of its own.
    pub photo: Option<Url>,
    /// What it says of itself.
    pub about: About,
    /// What the owner wrote; none if they do not follow it any more.
    pub card: Option<Card>,
    /// The channel that it is sorted into.
    pub channel: String,
}

impl Source {
    /// A source of the database.
    #[must_use]
    pub fn of(stored: &StoredSource) -> Self {
        let about = About::read(stored.about.as_deref());
        let card = stored.card.as_deref().map(Card::read);
        let followed = card.as_ref().map(|card| card.home.as_str()).unwrap_or(&stored.url);
        let is_private = card.as_ref().is_some_and(|card| card.is_private);
        let home = shown_home(followed, (&stored.url, is_private), about.home.as_ref());
        let author = about.authors.first();
        let called = card.as_ref().and_then(|card| card.name.clone());
        let said = || about.title.clone().or_else(|| author?.name.clone());
        let host = || home.as_ref().and_then(|home| home.host_str()).map(str::to_owned);
        Self {
            name: called.or_else(said).or_else(host).unwrap_or_default(),
            photo: author.and_then(|author| author.photo.clone()).or_else(|| about.photo.clone()),
            channel: stored.channel.clone().unwrap_or_default(),
            home,
            about,
            card,
        }
    }
}

/// A page as it may be shown: without credentials. Who is followed by their feed alone is at the page
/// that the feed names; the address of one that nobody else knows of may be a secret.
fn shown_home(followed: &str, (feed, is_private): (&str, bool), said: Option<&Url>) -> Option<Url> {
    let mut home = Url::parse(followed).ok();
    if followed == feed || home.is_none() {
        home = said.cloned().or(home);
    }
    let mut home = home?;
    if is_private && home.as_str() == feed {
        home = home.join("/").ok()?;
    }
    let _ = home.set_username("");
    let _ = home.set_password(None);
    Some(home)
}

/// Sources by their feeds.
#[must_use]
pub fn by_feed(stored: &[StoredSource]) -> HashMap<FeedId, Source> {
    stored.iter().map(|stored| (stored.feed, Source::of(stored))).collect()
}

/// What stands on a page, from above; numbers are places among its entries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Row {
    /// A day.
    Day(Date),
    /// One post.
    One(usize),
    /// More posts of the one above it, folded away.
    Run(Vec<usize>),
    /// Posts that answer one another, the oldest first.
    Talk(Vec<usize>),
    /// All below was read before.
    CaughtUp,
}

/// What is known of an entry to place it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Brief {
    /// Where it comes from.
    pub source: i64,
    /// The day it stands on.
    pub day: Date,
    /// Whether it was read.
    pub is_read: bool,
    /// A hash of its page.
    pub page: Option<i64>,
    /// Hashes of the pages that it answers.
    pub answers: Vec<i64>,
}

impl Brief {
    /// What is known of an entry, on a day.
    #[must_use]
    pub fn of(shown: &Shown, day: Date) -> Self {
        Self {
            source: shown.stored.feed.number(),
            day,
            is_read: shown.stored.is_read,
            page: shown.page(),
            answers: shown.entry.in_reply_to.iter().map(|url| hash(url.as_str())).collect(),
        }
    }
}

/// Places entries, the latest first. `is_caught_up` says that nothing older than them is unread.
#[must_use]
pub fn rows(entries: &[Brief], is_caught_up: bool) -> Vec<Row> {
    let new = entries.iter().rposition(|entry| !entry.is_read).map_or(0, |last| last + 1);
    let (mut rows, mut day) = (Vec::new(), None);
    place(entries, 0..new, &mut day, &mut rows);
    if is_caught_up && !entries.is_empty() {
        rows.push(Row::CaughtUp);
        // What follows begins anew.
        day = None;
    }
    place(entries, new..entries.len(), &mut day, &mut rows);
    rows
}

fn place(
    entries: &[Brief],
    range: std::ops::Range<usize>,
    day: &mut Option<Date>,
    rows: &mut Vec<Row>,
) {
    let talks = talks(entries, range.clone());
    let mut run: Vec<usize> = Vec::new();
    for at in range {
        let Some(entry) = entries.get(at) else { continue };
        let talk = talks.get(&at);
        // The others of a conversation stand where its latest does.
        if talk.is_some_and(Vec::is_empty) {
            continue;
        }
        let goes_on = talk.is_none()
            && *day == Some(entry.day)
            && run
                .last()
                .and_then(|last| entries.get(*last))
                .is_some_and(|last| last.source == entry.source);
        if !goes_on {
            fold(&mut run, rows);
        }
        if *day != Some(entry.day) {
            *day = Some(entry.day);
            rows.push(Row::Day(entry.day));
        }
        match talk {
            Some(talk) => rows.push(Row::Talk(talk.clone())),
            None => run.push(at),
        }
    }
    fold(&mut run, rows);
}

/// Ends a row of posts of one source.
fn fold(run: &mut Vec<usize>, rows: &mut Vec<Row>) {
    if run.len() > RUN {
        let rest = run.split_off(1);
        rows.extend(run.drain(..).map(Row::One));
        rows.push(Row::Run(rest));
    } else {
        rows.extend(run.drain(..).map(Row::One));
    }
}

/// The conversations among entries: with the first place of each all of its places, the oldest
/// first, and nothing with the others.
fn talks(entries: &[Brief], range: std::ops::Range<usize>) -> HashMap<usize, Vec<usize>> {
    let mut pages = HashMap::new();
    for at in range.clone() {
        if let Some(page) = entries.get(at).and_then(|entry| entry.page) {
            pages.insert(page, at);
        }
    }
    // Each place leads to one further up in its conversation, or to itself.
    let mut leads: HashMap<usize, usize> = range.clone().map(|at| (at, at)).collect();
    for at in range.clone() {
        for answered in entries.get(at).into_iter().flat_map(|entry| &entry.answers) {
            if let Some(other) = pages.get(answered).copied().filter(|other| *other != at) {
                let (one, other) = (first(&leads, at), first(&leads, other));
                leads.insert(one.max(other), one.min(other));
            }
        }
    }
    let mut talks: HashMap<usize, Vec<usize>> = HashMap::new();
    for at in range.clone().rev() {
        talks.entry(first(&leads, at)).or_default().push(at);
    }
    talks.retain(|_, all| all.len() > 1);
    let others: Vec<usize> =
        range.filter(|at| first(&leads, *at) != *at && !talks.contains_key(at)).collect();
    talks.extend(others.into_iter().map(|at| (at, Vec::new())));
    talks
}

fn first(leads: &HashMap<usize, usize>, mut at: usize) -> usize {
    // Each step goes to a smaller number.
    while let Some(next) = leads.get(&at).copied().filter(|next| *next < at) {
        at = next;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(source: i64, day: i8, is_read: bool) -> Brief {
        Brief { source, day: jiff::civil::date(2026, 5, day), is_read, ..Brief::default() }
    }

    fn day(day: i8) -> Row {
        Row::Day(jiff::civil::date(2026, 5, day))
    }

    #[test]
    fn more_than_three_of_one_source_are_folded() {
        let three =
            [entry(1, 2, false), entry(1, 2, false), entry(1, 2, false), entry(2, 2, false)];
        let all = [day(2), Row::One(0), Row::One(1), Row::One(2), Row::One(3)];
        assert_eq!(rows(&three, false), all);
        let four: Vec<Brief> = (0..4).map(|_| entry(1, 2, false)).collect();
        assert_eq!(rows(&four, false), [day(2), Row::One(0), Row::Run(vec![1, 2, 3])]);
        // Another day, or somebody else between, begins anew.
        let days: Vec<Brief> = (0..6).map(|n| entry(1, if n < 3 { 2 } else { 1 }, false)).collect();
        assert!(rows(&days, false).iter().all(|row| !matches!(row, Row::Run(_))));
    }

    #[test]
    fn what_is_new_ends_with_a_line() {
        let half = [entry(1, 2, false), entry(2, 2, true), entry(3, 2, false), entry(4, 2, true)];
        let shown = rows(&half, true);
        assert_eq!(
            shown,
            [day(2), Row::One(0), Row::One(1), Row::One(2), Row::CaughtUp, day(2), Row::One(3)]
        );
        assert!(!rows(&half, false).contains(&Row::CaughtUp), "there is more that is new below");
        let read = [entry(1, 2, true)];
        assert_eq!(rows(&read, true), [Row::CaughtUp, day(2), Row::One(0)]);
        assert_eq!(rows(&[], true), []);
    }

    #[test]
    fn posts_that_answer_one_another_stand_together() {
        let with = |source, page, answers: &[i64]| Brief {
            page: Some(page),
            answers: answers.to_vec(),
            ..entry(source, 2, false)
        };
        // The latest first: 0 answers 2, which answers 4; 1 and 3 are others; 5 answers itself.
        let all = [
            with(1, 10, &[12]),
            with(2, 11, &[99]),
            with(3, 12, &[14]),
            with(2, 13, &[]),
            with(1, 14, &[]),
            with(4, 15, &[15]),
        ];
        assert_eq!(
            rows(&all, false),
            [day(2), Row::Talk(vec![4, 2, 0]), Row::One(1), Row::One(3), Row::One(5)]
        );
        // In a circle, too.
        let circle = [with(1, 10, &[11]), with(2, 11, &[12]), with(3, 12, &[10])];
        assert_eq!(rows(&circle, false), [day(2), Row::Talk(vec![2, 1, 0])]);
    }
}
