//! What is new in a feed, what was edited, and what only changed its id (FD-S-01 to FD-S-04,
//! FD-X-10). Pure: what is known and what came in, a decision out.

use std::cmp::Reverse;

use jiff::Timestamp;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::formats::incoming::{Identity, Item};
use crate::store::{ItemId, Known, MOST_AT_FIRST, Marks, UNREAD_AT_FIRST};

/// So many items with new ids and known links or titles are no coincidence.
const LEAST_RENAMED: usize = 2;

/// Most items that one question brings; a feed that has more is not read at this length by anybody.
const MOST_LATER: usize = 1_000;

/// What is known of a feed at most, as long as it is not kept and not in the feed any more: several
/// times what any feed holds. One that says something else each time would be known for ever.
const MOST_KNOWN: usize = 30_000;

/// How much of a feed came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Portion {
    /// All of it, and nothing was read from it before.
    First,
    /// All of it.
    Whole,
    /// Only what is new in it, perhaps.
    Part,
}

/// What to do about the items of a feed; numbers are their places in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Merge {
    /// New items to be kept, the oldest first, and whether they count as read.
    pub new: Vec<(usize, bool)>,
    /// Items whose words are others than before.
    pub edited: Vec<(usize, ItemId)>,
    /// Items that are known by other marks from here on: their key before.
    pub marked: Vec<(i64, Marks)>,
    /// Items to be known but not kept.
    pub past: Vec<Marks>,
    /// Items not to be known any longer: their keys.
    pub forgotten: Vec<i64>,
    /// The marks of all items, by their places.
    pub marks: Vec<Marks>,
}

/// By what an item is known.
#[must_use]
pub fn marks(item: &Item) -> Marks {
    Marks {
        key: hash(&item.identity.key()),
        link: item.link.as_ref().map(|link| hash(link.as_str())),
        title: item.title.as_deref().map(hash),
        published: item.published.as_ref().map(jiff::Zoned::timestamp).map(to_millisecond),
        stamp: hash(&item.content_hash()),
    }
}

/// A short hash. Whoever makes two texts of theirs share one deceives nobody but those who follow
/// them.
#[must_use]
pub fn hash(text: &str) -> i64 {
    let hash = blake3::hash(text.as_bytes());
    let mut bytes = [0; 8];
    for (to, from) in bytes.iter_mut().zip(hash.as_bytes()) {
        *to = *from;
    }
    i64::from_le_bytes(bytes)
}

/// The database keeps no more.
fn to_millisecond(at: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(at.as_millisecond()).unwrap_or(at)
}

/// Decides about the items of a feed.
#[must_use]
pub fn merge(known: &[Known], items: &[Item], portion: Portion, now: Timestamp) -> Merge {
    let is_first = portion == Portion::First;
    let mut merge = Merge { marks: items.iter().map(marks).collect(), ..Merge::default() };
    let mut matches = Matches::new(known);
    let mut unknown = Vec::new();
    for (place, item) in items.iter().enumerate() {
        let Some(marks) = merge.marks.get(place).copied() else { continue };
        match matches.by_key(item, marks) {
            Some(old) => merge.found(place, old, marks),
            None => unknown.push((place, marks)),
        }
    }
    if !is_first {
        let twins = Twins::of(unknown.iter().map(|(_, marks)| marks));
        // Over half of the feed has new ids, but links or titles that are known: it has changed all
        // its ids. Of what is new alone, that says nothing.
        let alike = unknown.iter().filter(|(_, marks)| matches.is_like(*marks, &twins)).count();
        let is_renamed = portion == Portion::Whole
            && alike >= LEAST_RENAMED
            && alike.saturating_mul(2) > items.len();
        unknown.retain(|(place, marks)| match matches.by_page(*marks, is_renamed, &twins) {
            Some(old) => {
                merge.found(*place, old, *marks);
                false
            }
            None => true,
        });
    }
    merge.add(items, &unknown, is_first, now);
    merge.forgotten = matches.forgotten(known, merge.new.len().saturating_add(merge.past.len()));
    merge
}

impl Merge {
    /// Notes an item that is known already.
    fn found(&mut self, place: usize, old: Known, marks: Marks) {
        if old.marks.key != marks.key {
            self.marked.push((old.marks.key, Marks { stamp: old.marks.stamp, ..marks }));
        }
        match old.item {
            Some(item) if old.marks.stamp != marks.stamp => self.edited.push((place, item)),
            // The link of what is not kept may change, too.
            None if old.marks != marks && old.marks.key == marks.key => self.past.push(marks),
            _ => {}
        }
    }

    /// Notes items that nobody has seen before: the newest are kept.
    fn add(&mut self, items: &[Item], unknown: &[(usize, Marks)], is_first: bool, now: Timestamp) {
        let sorted = |place: usize| items.get(place).map(|item| item.sorted_at(now));
        // Of the same time, those that stand first are the newer ones.
        let mut all: Vec<(usize, Marks)> = unknown.to_vec();
        all.sort_by_key(|(place, _)| (Reverse(sorted(*place)), *place));
        let most = if is_first { MOST_AT_FIRST } else { MOST_LATER };
        let kept = all.len().min(most);
        self.past.extend(all.drain(kept..).map(|(_, marks)| marks));
        let is_read = |nth: usize| is_first && nth >= UNREAD_AT_FIRST;
        self.new.extend(all.iter().enumerate().map(|(nth, (place, _))| (*place, is_read(nth))));
        self.new.reverse();
    }
}

/// What is known, by all that it may be found by. Each is found once.
struct Matches<'k> {
    by_key: FxHashMap<i64, &'k Known>,
    by_page: FxHashMap<(i64, i64), Vec<&'k Known>>,
    by_link: FxHashMap<i64, Vec<&'k Known>>,
    by_title: FxHashMap<i64, Vec<&'k Known>>,
    taken: FxHashSet<i64>,
}

impl<'k> Matches<'k> {
    fn new(known: &'k [Known]) -> Self {
        let by_key = known.iter().map(|known| (known.marks.key, known)).collect();
        let mut matches = Self {
            by_key,
            by_page: FxHashMap::default(),
            by_link: FxHashMap::default(),
            by_title: FxHashMap::default(),
            taken: FxHashSet::default(),
        };
        for known in known {
            let Marks { link, title, .. } = known.marks;
            if let Some(link) = link {
                matches.by_link.entry(link).or_default().push(known);
            }
            if let Some(title) = title {
                matches.by_title.entry(title).or_default().push(known);
            }
            if let (Some(link), Some(title)) = (link, title) {
                matches.by_page.entry((link, title)).or_default().push(known);
            }
        }
        matches
    }

    /// The same item by its id. Whether its link belongs to the id depends on what else is in the
    /// feed, so both count.
    fn by_key(&mut self, item: &Item, marks: Marks) -> Option<Known> {
        let link = item.link.as_ref().map(|link| link.as_str().to_owned());
        let other = match (&item.identity, link) {
            (Identity::Id(id), Some(link)) => Some(Identity::IdAndLink(id.clone(), link)),
            (Identity::IdAndLink(id, _), _) => Some(Identity::Id(id.clone())),
            _ => None,
        };
        let by_other = || {
            let key = hash(&other?.key());
            self.by_key.get(&key).filter(|known| known.marks.link == marks.link)
        };
        let by_own = || self.by_key.get(&marks.key);
        // Who shared an id with others and is alone now is not each of them.
        let found = match item.identity {
            Identity::Id(_) => by_other().or_else(by_own),
            _ => by_own().or_else(by_other),
        };
        let found = found.copied().copied();
        found.filter(|found| self.taken.insert(found.marks.key))
    }

    /// The same page under another id: by link and title, and where a feed has changed all its
    /// ids, by one of them. What there are several of is never taken for another.
    fn by_page(&mut self, marks: Marks, is_renamed: bool, twins: &Twins) -> Option<Known> {
        let page = marks.link.zip(marks.title).filter(|page| twins.is_one(Twin::Page(*page)));
        let same = page.and_then(|page| self.one(self.by_page.get(&page)));
        // A page that says something new each day under one title is something new each day.
        let is_same_day = |known: &Known| match (known.marks.published, marks.published) {
            (Some(one), Some(other)) => one == other,
            _ => true,
        };
        let found = same.filter(|known| is_renamed || is_same_day(known)).or_else(|| {
            let link = marks.link.filter(|link| is_renamed && twins.is_one(Twin::Link(*link)));
            let by_link = link.and_then(|link| self.one(self.by_link.get(&link)));
            let title = marks.title.filter(|title| is_renamed && twins.is_one(Twin::Title(*title)));
            by_link.or_else(|| title.and_then(|title| self.one(self.by_title.get(&title))))
        })?;
        self.taken.insert(found.marks.key);
        Some(found)
    }

    /// Whether the link or the title is that of something else that is known.
    fn is_like(&self, marks: Marks, twins: &Twins) -> bool {
        let link = marks.link.filter(|link| twins.is_one(Twin::Link(*link)));
        let title = marks.title.filter(|title| twins.is_one(Twin::Title(*title)));
        link.and_then(|link| self.one(self.by_link.get(&link))).is_some()
            || title.and_then(|title| self.one(self.by_title.get(&title))).is_some()
    }

    /// What was not found this time and is not kept, if too much is known, the oldest first.
    fn forgotten(&self, known: &[Known], more: usize) -> Vec<i64> {
        let excess = known.len().saturating_add(more).saturating_sub(MOST_KNOWN);
        if excess == 0 {
            return Vec::new();
        }
        let is_over =
            |known: &&Known| known.item.is_none() && !self.taken.contains(&known.marks.key);
        let mut over: Vec<Marks> = known.iter().filter(is_over).map(|known| known.marks).collect();
        over.sort_unstable_by_key(|marks| (marks.published, marks.key));
        over.iter().take(excess).map(|marks| marks.key).collect()
    }

    fn one(&self, known: Option<&Vec<&Known>>) -> Option<Known> {
        match known?.as_slice() {
            [one] if !self.taken.contains(&one.marks.key) => Some(**one),
            _ => None,
        }
    }
}

/// What several items may have alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Twin {
    Page((i64, i64)),
    Link(i64),
    Title(i64),
}

/// How many of the items that are not known have what alike.
struct Twins(FxHashMap<Twin, usize>);

impl Twins {
    fn of<'m>(all: impl Iterator<Item = &'m Marks>) -> Self {
        let mut counts = FxHashMap::default();
        for Marks { link, title, .. } in all {
            let twins =
                [link.zip(*title).map(Twin::Page), link.map(Twin::Link), title.map(Twin::Title)];
            for twin in twins.into_iter().flatten() {
                *counts.entry(twin).or_insert(0) += 1;
            }
        }
        Self(counts)
    }

    fn is_one(&self, twin: Twin) -> bool {
        self.0.get(&twin) == Some(&1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::incoming::{Incoming, read};
    use url::Url;

    fn now() -> Timestamp {
        "2026-05-01T12:00:00Z".parse().unwrap()
    }

    /// Items of a feed: guid, link, title, day of April, text.
    fn items(all: &[(&str, &str, &str, u8, &str)]) -> Vec<Item> {
        let mut xml = "<rss version=\"2.0\"><channel><title>Ana</title>".to_owned();
        for (guid, link, title, day, text) in all {
            xml.push_str(&format!(
                "<item><guid isPermaLink=\"false\">{guid}</guid><link>https://ana.example/{link}</link>\
                 <title>{title}</title><pubDate>{day} Apr 2026 10:00:00 GMT</pubDate>\
                 <description>{text}</description></item>"
            ));
        }
        xml.push_str("</channel></rss>");
        let url = Url::parse("https://ana.example/feed.xml").unwrap();
        let incoming = Incoming { url: &url, content_type: None, body: xml.as_bytes() };
        read(&incoming).unwrap().items
    }

    /// What is known after all items of a feed were kept.
    fn kept(items: &[Item]) -> Vec<Known> {
        let numbered = items.iter().zip(1..);
        numbered
            .map(|(item, id)| Known { marks: marks(item), item: Some(ItemId::from_number(id)) })
            .collect()
    }

    fn places(merge: &Merge) -> Vec<usize> {
        merge.new.iter().map(|(place, _)| *place).collect()
    }

    #[test]
    fn fd_s_01_a_feed_that_is_sorted_anew_brings_nothing() {
        let one =
            items(&[("a", "a", "A", 1, "x"), ("b", "b", "B", 2, "y"), ("c", "c", "C", 3, "z")]);
        let known = kept(&one);
        let mut other = one;
        other.reverse();
        let merge = merge(&known, &other, Portion::Whole, now());
        assert!(merge.new.is_empty() && merge.edited.is_empty() && merge.marked.is_empty());
    }

    #[test]
    fn fd_s_02_an_edited_item_is_the_same_item() {
        let known = kept(&items(&[("a", "a", "A", 1, "x"), ("b", "b", "B", 2, "y")]));
        let merge = merge(&known, &items(&[("a", "a", "A", 1, "changed")]), Portion::Whole, now());
        assert_eq!(merge.edited, [(0, ItemId::from_number(1))]);
        assert!(merge.new.is_empty() && merge.past.is_empty());
    }

    #[test]
    fn fd_s_03_a_feed_that_changes_all_its_ids_brings_nothing_new() {
        let known = kept(&items(&[
            ("a", "a", "A", 1, "x"),
            ("b", "b", "B", 2, "y"),
            ("c", "c", "C", 3, "z"),
        ]));
        // Each under a new id; the second at a new place, too, the third with a new title.
        let renamed = items(&[
            ("n1", "a", "A", 1, "x"),
            ("n2", "2/b", "B", 2, "y"),
            ("n3", "c", "Better", 3, "z"),
            ("n4", "d", "D", 4, "new"),
        ]);
        let merge = merge(&known, &renamed, Portion::Whole, now());
        assert_eq!(places(&merge), [3]);
        assert_eq!(merge.marked.len(), 3);
        assert_eq!(merge.edited.len(), 2);
    }

    #[test]
    fn fd_x_10_a_new_guid_at_the_same_page_is_the_same_item() {
        let all = [("a", "a", "A", 1, "x"), ("b", "b", "B", 2, "y"), ("c", "c", "C", 3, "z")];
        let known = kept(&items(&all));
        let mut changed = all;
        changed[0].0 = "other";
        let same = merge(&known, &items(&changed), Portion::Whole, now());
        assert!(same.new.is_empty());
        assert_eq!(same.marked.len(), 1);
        // The weather of another day is another item, though page and title are the same.
        changed[0].3 = 9;
        assert_eq!(places(&merge(&known, &items(&changed), Portion::Whole, now())), [0]);
    }

    #[test]
    fn fd_x_10_items_that_share_an_id_for_a_while_stay_what_they_are() {
        let known = kept(&items(&[("a", "one", "One", 1, "x")]));
        let both = items(&[("a", "two", "Two", 2, "y"), ("a", "one", "One", 1, "x")]);
        let brought = merge(&known, &both, Portion::Whole, now());
        assert_eq!(places(&brought), [0]);
        assert_eq!(brought.marked.len(), 1, "the first is known by id and link from here on");
        let known = kept(&both);
        let alone = merge(&known, &items(&[("a", "two", "Two", 2, "y")]), Portion::Whole, now());
        assert!(alone.new.is_empty());
    }

    #[test]
    fn items_that_look_alike_are_not_taken_for_each_other() {
        let known = kept(&items(&[("a", "", "Note", 1, "x"), ("b", "", "Note", 2, "y")]));
        let brought = merge(&known, &items(&[("c", "", "Note", 3, "z")]), Portion::Whole, now());
        assert_eq!(places(&brought), [0]);
    }

    #[test]
    fn fd_s_04_a_first_fetch_keeps_two_hundred_and_shows_ten() {
        let all: Vec<(String, u8)> = (0..1_000).map(|n| (format!("i{n}"), 28)).collect();
        let all: Vec<(&str, &str, &str, u8, &str)> =
            all.iter().map(|(id, day)| (id.as_str(), id.as_str(), "T", *day, "x")).collect();
        let all = items(&all);
        let first = merge(&[], &all, Portion::First, now());
        assert_eq!(first.new.len(), 200);
        assert_eq!(first.past.len(), 800);
        assert_eq!(first.new.iter().filter(|(_, is_read)| !is_read).count(), 10);
        // The newest stand first in the feed, and arrive last.
        assert_eq!(first.new.last(), Some(&(0, false)));
        assert_eq!(first.new.first(), Some(&(199, true)));
        // What was not kept is known.
        let mut known: Vec<Known> =
            first.past.iter().map(|marks| Known { marks: *marks, item: None }).collect();
        known.extend(kept(&all[..200]));
        assert_eq!(places(&merge(&known, &all, Portion::Whole, now())), [0; 0]);
    }

    #[test]
    fn the_future_cannot_pin() {
        let all = items(&[("a", "a", "A", 30, "x")]);
        assert_eq!(
            all[0].sorted_at("2026-04-02T00:00:00Z".parse().unwrap()).as_second(),
            1_775_088_000
        );
    }
}
