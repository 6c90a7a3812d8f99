//! Rules at work: what comes is judged before it is shown, and what is there is judged again when
//! the rules are others than before, page by page, going on where it was broken off.
//!
//! What a rule means is known by `rules`. The stamp of the rules stands in the database, together
//! with the entry up to which it has been judged by them.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use tokio::sync::{OwnedRwLockReadGuard, RwLock};

use super::entry::Entry;
use super::rules::{Change, Facts, Hidden, Known, Rules, Source, judge, try_out};
use super::subscribe::Card;
use crate::config::Config;
use crate::error::{Failure, Problems};
use crate::mentions::knowledge::circle;
use crate::site::{moderation, readable_follows, reader};
use crate::store::{FeedId, Following, ItemId, ReaderId, Store, StoredEntry};

/// Entries that are judged at a time.
const PAGE: u16 = 200;

/// Entries that would fare otherwise and are named.
const MOST_NAMED: usize = 100;

/// The rules of all readers of a daemon. Whoever writes what was judged by them holds them as they
/// are meanwhile.
#[derive(Clone, Default)]
pub struct Hiding {
    seats: Arc<RwLock<HashMap<ReaderId, Seat>>>,
}

/// The rules of one reader.
struct Seat {
    /// The site of theirs, as the database calls it.
    site: Arc<str>,
    /// Where they live.
    zone: TimeZone,
    rules: Arc<Rules>,
    /// The day on which all that is there was found to be judged by these rules.
    settled: Option<Date>,
}

/// Somebody's rules, and where the entries came from that they are asked about.
pub(super) struct Judge {
    reader: ReaderId,
    rules: Arc<Rules>,
    source: Source,
    channel: String,
    today: Date,
}

/// The right to judge by the rules as they are, and to write that down.
pub(super) struct Held {
    seats: OwnedRwLockReadGuard<HashMap<ReaderId, Seat>>,
}

/// What would become of the latest entries under other rules.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Trial {
    /// How many were looked at.
    pub looked: usize,
    /// How many of them would be hidden that are not.
    pub hides: usize,
    /// How many would be shown that are not.
    pub shows: usize,
    /// The first of both, the latest first, and what would hide them.
    pub changed: Vec<(StoredEntry, Option<Hidden>)>,
}

impl Hiding {
    /// Takes over the rules of a site from its files. Rows that are not right are returned, and hide
    /// nothing.
    ///
    /// # Errors
    /// A file that cannot be read at all: the rules stay as they were.
    pub async fn take_over(
        &self,
        store: &Store,
        reader: ReaderId,
        (site, root): (&Arc<str>, &Path),
        config: &Config,
    ) -> Result<Problems, Failure> {
        match read(root, config) {
            Ok((rules, problems)) => {
                self.set(reader, site, config.time_zone.clone(), rules).await;
                Ok(problems)
            }
            Err(failure) => {
                // What comes meanwhile is judged by no rules, and once more when there are some.
                if !self.seats.read().await.contains_key(&reader) {
                    store.keep_rules(reader, "").await?;
                }
                Err(failure)
            }
        }
    }

    /// From here on, these are the rules of a reader.
    pub async fn set(&self, reader: ReaderId, site: &Arc<str>, zone: TimeZone, rules: Rules) {
        let seat = Seat { site: Arc::clone(site), zone, rules: Arc::new(rules), settled: None };
        self.seats.write().await.insert(reader, seat);
    }

    /// The rules of a reader, and the day where they live.
    pub async fn rules(&self, reader: ReaderId, now: Timestamp) -> Option<(Arc<Rules>, Date)> {
        let seats = self.seats.read().await;
        seats.get(&reader).map(|seat| (Arc::clone(&seat.rules), seat.today(now)))
    }

    /// What is there is looked at again, by whatever rules.
    pub async fn unsettle(&self) {
        self.seats.write().await.values_mut().for_each(|seat| seat.settled = None);
    }

    /// Nobody changes the rules until what is returned is dropped.
    pub(super) async fn hold(&self) -> Held {
        Held { seats: Arc::clone(&self.seats).read_owned().await }
    }

    /// Judges what is there already, if the rules are others than those by which it was judged, or
    /// the day is: at most so many pages of it. True if nothing is left. `is_shared` says that other
    /// daemons, which do not know these rules, may bring something in.
    ///
    /// # Errors
    /// A database that cannot be used.
    pub async fn settle(
        &self,
        store: &Store,
        reader: ReaderId,
        (now, is_shared): (Timestamp, bool),
        most: usize,
    ) -> Result<bool, Failure> {
        for _ in 0..most {
            // What is edited meanwhile would be judged by what it said before.
            let mut seats = self.seats.write().await;
            let Some(seat) = seats.get_mut(&reader) else { return Ok(true) };
            let today = seat.today(now);
            if seat.settled == Some(today) && !is_shared {
                return Ok(true);
            }
            if seat.settle_page(store, reader, today).await? {
                seat.settled = Some(today);
                return Ok(true);
            }
        }
        Ok(false)
    }
}

impl Seat {
    fn today(&self, now: Timestamp) -> Date {
        now.to_zoned(self.zone.clone()).date()
    }

    /// Judges a page of what is left; true if nothing is.
    async fn settle_page(
        &self,
        store: &Store,
        reader: ReaderId,
        today: Date,
    ) -> Result<bool, Failure> {
        let (_, follows, mark) = store.reader(&self.site).await?;
        let stamp = self.rules.stamp(today, &follows);
        let known = mark.split_once('@').filter(|(known, _)| *known == stamp);
        let after = known.and_then(|(_, item)| item.parse().ok()).map(ItemId::from_number);
        let page = store.entries_by_arrival(reader, after, PAGE).await?;
        let Some(last) = page.last().map(|entry| entry.place.item) else {
            if known.is_none() {
                store.keep_rules(reader, &format!("{stamp}@0")).await?;
            }
            return Ok(true);
        };
        let before: Vec<Option<String>> = page.iter().map(|entry| entry.hidden.clone()).collect();
        let judged = judge_all(store, reader, (&self.rules, today), page).await?;
        let changed: Vec<(ItemId, Option<String>)> = judged
            .into_iter()
            .zip(before)
            .map(|((entry, hidden), before)| (entry.place.item, hidden.map(|by| by.rule), before))
            .filter(|(_, hidden, before)| hidden != before)
            .map(|(item, hidden, _)| (item, hidden))
            .collect();
        store.hide(reader, &changed).await?;
        // Last, so that what was broken off is done again.
        store.keep_rules(reader, &format!("{stamp}@{}", last.number())).await?;
        Ok(false)
    }
}

impl Held {
    /// Those whose rules are asked about what a feed brings.
    pub(super) async fn judges(
        &self,
        store: &Store,
        feed: FeedId,
        now: Timestamp,
    ) -> Result<Vec<Judge>, Failure> {
        if self.seats.values().all(|seat| seat.rules.is_empty()) {
            return Ok(Vec::new());
        }
        let judge = |(reader, following): (ReaderId, Following)| {
            let seat = self.seats.get(&reader).filter(|seat| !seat.rules.is_empty())?;
            let rules = Arc::clone(&seat.rules);
            let channel = following.channel.clone();
            Some(Judge {
                reader,
                rules,
                source: source(following),
                channel,
                today: seat.today(now),
            })
        };
        Ok(store.followers(feed).await?.into_iter().filter_map(judge).collect())
    }
}

impl Judge {
    /// Which rule hides an entry, and whose it is.
    pub(super) fn hides(&self, entry: &Entry, kind: &str) -> Option<(ReaderId, String)> {
        let facts = Facts { entry, kind, channel: &self.channel, source: Some(&self.source) };
        Some((self.reader, judge(&self.rules, &facts, self.today)?.rule))
    }
}

/// Tries a change of the rules out on the latest entries; nothing is changed.
///
/// # Errors
/// A database that cannot read.
pub async fn try_change(
    store: &Store,
    reader: ReaderId,
    (rules, change): (&Arc<Rules>, &Change),
    today: Date,
    most: usize,
) -> Result<Trial, Failure> {
    let after = Arc::new(rules.with(change));
    let mut trial = Trial::default();
    let mut last = None;
    while trial.looked < most {
        let room = most.saturating_sub(trial.looked).min(usize::from(PAGE));
        let room = u16::try_from(room).unwrap_or(PAGE);
        let page = store.latest_entries(reader, last, room).await?;
        let Some(end) = page.last().map(|entry| entry.place.item) else { break };
        last = Some(end);
        trial.looked = trial.looked.saturating_add(page.len());
        let sources = sources(store, reader, &page).await?;
        let (before, after) = (Arc::clone(rules), Arc::clone(&after));
        let changed = apart(move || {
            let entries: Vec<Entry> = page.iter().map(|one| Entry::read(&one.body)).collect();
            let facts: Vec<Facts<'_>> = page
                .iter()
                .zip(&entries)
                .map(|(stored, entry)| facts(stored, entry, &sources))
                .collect();
            let changed = try_out(&facts, (&before, &after), today);
            let named =
                changed.into_iter().filter_map(|(at, by)| Some((page.get(at)?.clone(), by)));
            named.collect::<Vec<_>>()
        });
        for (entry, by) in changed.await? {
            let count = if by.is_some() { &mut trial.hides } else { &mut trial.shows };
            *count = count.saturating_add(1);
            if trial.changed.len() < MOST_NAMED {
                trial.changed.push((entry, by));
            }
        }
    }
    Ok(trial)
}

/// The rules of a site as its files say them now, and what is wrong with some.
fn read(root: &Path, config: &Config) -> Result<(Rules, Problems), Failure> {
    let (rows, problems) = reader::readable(root)?;
    let moderation = moderation::read(root)?;
    let (follows, _) = readable_follows(root)?;
    let (circle, mark) = circle(config, &follows, &moderation);
    Ok((Rules::new(&rows, &moderation, Known { circle, mark }), problems))
}

/// Judges entries; each comes back with what hides it.
async fn judge_all(
    store: &Store,
    reader: ReaderId,
    (rules, today): (&Arc<Rules>, Date),
    page: Vec<StoredEntry>,
) -> Result<Vec<(StoredEntry, Option<Hidden>)>, Failure> {
    if rules.is_empty() {
        return Ok(page.into_iter().map(|entry| (entry, None)).collect());
    }
    let sources = sources(store, reader, &page).await?;
    let rules = Arc::clone(rules);
    apart(move || {
        let judged = |stored: StoredEntry| {
            let entry = Entry::read(&stored.body);
            let hidden = judge(&rules, &facts(&stored, &entry, &sources), today);
            (stored, hidden)
        };
        page.into_iter().map(judged).collect()
    })
    .await
}

/// Where entries come from, by feed.
async fn sources(
    store: &Store,
    reader: ReaderId,
    page: &[StoredEntry],
) -> Result<HashMap<FeedId, Source>, Failure> {
    let mut feeds: Vec<FeedId> = page.iter().map(|entry| entry.feed).collect();
    feeds.sort_unstable();
    feeds.dedup();
    let mut sources = HashMap::new();
    for feed in feeds {
        if let Some(following) = store.followed_as(reader, feed).await? {
            sources.insert(feed, source(following));
        }
    }
    Ok(sources)
}

fn source(following: Following) -> Source {
    let card = Card::read(&following.card);
    Source { feed: following.url, home: card.home, name: card.name }
}

fn facts<'f>(
    stored: &'f StoredEntry,
    entry: &'f Entry,
    sources: &'f HashMap<FeedId, Source>,
) -> Facts<'f> {
    let source = sources.get(&stored.feed);
    Facts { entry, kind: &stored.kind, channel: &stored.channel, source }
}

/// Does what takes a while where it keeps nobody else waiting.
async fn apart<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Failure> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| Failure::run(format!("entries could not be judged: {error}")))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;
    use crate::model::Kind;
    use crate::moderation::Moderation;
    use crate::reader::poll::Poller;
    use crate::site::reader::{Action, Condition, Part, Row, Rule};
    use crate::store::{Scope, StoredFeed};

    const SITE: &str = "https://me.example";

    fn now() -> Timestamp {
        "2026-05-03T12:00:00Z".parse().unwrap()
    }

    fn rules(all: &[Rule]) -> Rules {
        let rows: Vec<Row> = all.iter().cloned().map(Row::Rule).collect();
        Rules::new(&rows, &Moderation::default(), Known::default())
    }

    fn word(word: &str) -> Condition {
        Condition::Words(vec![word.to_owned()])
    }

    /// Somebody who follows Ana, and Ben in a channel.
    struct World {
        _dir: tempfile::TempDir,
        store: Store,
        reader: ReaderId,
        hiding: Hiding,
        site: Arc<str>,
    }

    impl World {
        async fn new() -> Self {
            let dir = tempfile::tempdir().unwrap();
            let store = Store::open(dir.path()).await.unwrap();
            let (reader, _, _) = store.reader(SITE).await.unwrap();
            let world =
                Self { _dir: dir, store, reader, hiding: Hiding::default(), site: SITE.into() };
            world.follow("News", "1").await;
            world
        }

        async fn follow(&self, channel: &str, stamp: &str) {
            let follow = |name: &str, channel: &str| Following {
                url: format!("https://{name}.example/feed.json"),
                host: format!("{name}.example:443"),
                channel: channel.to_owned(),
                card: json!({"home": format!("https://{name}.example/"), "name": name}).to_string(),
            };
            let all = [follow("ana", ""), follow("ben", channel)];
            self.store.follow(self.reader, &all, (stamp, true), now()).await.unwrap();
        }

        async fn set(&self, rules: Rules) {
            self.hiding.set(self.reader, &self.site, TimeZone::UTC, rules).await;
        }

        async fn settle(&self, most: usize) -> bool {
            self.hiding.settle(&self.store, self.reader, (now(), false), most).await.unwrap()
        }

        async fn feed(&self, name: &str) -> StoredFeed {
            let all = self.store.followed_feeds(self.reader).await.unwrap();
            all.into_iter().find(|feed| feed.url.contains(name)).unwrap()
        }

        async fn bring(&self, name: &str, items: &[Value]) {
            let poller = Poller::new(self.store.clone(), HashMap::new());
            let poller = poller.judging_by(self.hiding.clone());
            let feed = json!({"version": "https://jsonfeed.org/version/1.1", "items": items});
            let (kind, body) = (Some("application/feed+json"), feed.to_string().into_bytes());
            let taken =
                poller.take_delivery(self.feed(name).await, kind, body, now()).await.unwrap();
            assert!(taken.is_ok());
        }

        /// What is hidden, by which rule, the latest first.
        async fn hidden(&self) -> Vec<(String, Option<String>)> {
            let all = self.store.latest_entries(self.reader, None, 5_000).await.unwrap();
            let link = |entry: &StoredEntry| Entry::read(&entry.body).link.unwrap().to_string();
            all.iter().map(|entry| (link(entry), entry.hidden.clone())).collect()
        }

        async fn mark(&self) -> String {
            self.store.reader(SITE).await.unwrap().2
        }
    }

    fn item(name: &str, number: usize, more: &Value) -> Value {
        let mut item = json!({
            "id": format!("{number}"),
            "url": format!("https://{name}.example/{number}"),
            "date_published": "2026-05-01T10:00:00Z",
        });
        item.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        item
    }

    #[tokio::test]
    async fn what_comes_is_hidden_and_what_was_is_shown_again() {
        let world = World::new().await;
        world.set(rules(&[Rule::mute(word("spoiler"))])).await;
        assert!(world.settle(9).await);
        let says = |text: &str| json!({"content_text": text});
        world
            .bring("ana", &[item("ana", 1, &says("a spoiler")), item("ana", 2, &says("fine"))])
            .await;
        let mute = Rule::mute(word("spoiler")).id();
        let hidden =
            || async { world.hidden().await.into_iter().map(|(_, by)| by).collect::<Vec<_>>() };
        assert_eq!(hidden().await, [Some(mute.clone()), None]);
        assert_eq!(world.store.count_hidden(world.reader).await.unwrap(), [(mute, 1)]);

        // Edited, both change their place.
        world
            .bring("ana", &[item("ana", 1, &says("fine")), item("ana", 2, &says("SPOILER"))])
            .await;
        assert_eq!(hidden().await.iter().map(Option::is_some).collect::<Vec<_>>(), [false, true]);

        // Another rule, and none.
        world.set(rules(&[Rule::mute(word("fine"))])).await;
        assert!(world.settle(9).await);
        assert_eq!(hidden().await.iter().map(Option::is_some).collect::<Vec<_>>(), [true, false]);
        world.set(rules(&[])).await;
        assert!(world.settle(9).await);
        assert_eq!(hidden().await, [None, None]);
        assert!(world.store.count_hidden(world.reader).await.unwrap().is_empty());
    }

    #[tokio::test]
    async fn judging_goes_on_where_it_was_broken_off() {
        let world = World::new().await;
        let many: Vec<Value> = (0..500).map(|n| item("ana", n, &json!({"title": "Fog"}))).collect();
        world.bring("ana", &many[..200]).await;
        world.bring("ana", &many).await;
        let by = rules(&[Rule::mute(word("fog"))]);
        world.set(by.clone()).await;
        let count = || async { world.hidden().await.iter().filter(|(_, by)| by.is_some()).count() };
        assert!(!world.settle(1).await);
        assert_eq!(count().await, 200);
        // A process that begins anew finds how far the one before it came.
        let after = World {
            hiding: Hiding::default(),
            _dir: tempfile::tempdir().unwrap(),
            store: world.store.clone(),
            reader: world.reader,
            site: SITE.into(),
        };
        after.set(by.clone()).await;
        let reached = world.mark().await;
        assert!(!after.settle(1).await);
        assert_eq!(count().await, 400);
        assert_ne!(world.mark().await, reached);
        assert!(after.settle(2).await);
        assert_eq!(count().await, 500);
        // From there on nothing is judged twice.
        let mark = world.mark().await;
        after.set(by).await;
        assert!(after.settle(1).await);
        assert_eq!(world.mark().await, mark);
    }

    #[tokio::test]
    async fn a_day_ends_a_snooze_and_shows_what_it_hid() {
        let world = World::new().await;
        let until = Some(date(2026, 5, 3));
        let person = Condition::Person("https://ana.example/".to_owned());
        world.set(rules(&[Rule { until, ..Rule::mute(person) }])).await;
        assert!(world.settle(9).await);
        world.bring("ana", &[item("ana", 1, &json!({"title": "x"}))]).await;
        assert!(world.hidden().await[0].1.is_some());
        let tomorrow = (now() + jiff::SignedDuration::from_hours(24), false);
        assert!(world.hiding.settle(&world.store, world.reader, tomorrow, 9).await.unwrap());
        assert_eq!(world.hidden().await[0].1, None);
    }

    #[tokio::test]
    async fn another_channel_is_another_place() {
        let world = World::new().await;
        let channel = Condition::Channel("Far".to_owned());
        let by = rules(&[Rule::new(Action::Drop, vec![channel, word("fog")])]);
        world.set(by.clone()).await;
        assert!(world.settle(9).await);
        world.bring("ben", &[item("ben", 1, &json!({"title": "Fog"}))]).await;
        assert_eq!(world.hidden().await[0].1, None);
        world.follow("Far", "2").await;
        world.set(by).await;
        assert!(world.settle(9).await);
        assert!(world.hidden().await[0].1.is_some());
    }

    #[tokio::test]
    async fn what_another_daemon_brings_is_judged_when_it_is_found() {
        let world = World::new().await;
        world.set(rules(&[Rule::mute(word("fog"))])).await;
        assert!(world.settle(9).await);
        let other = World {
            hiding: Hiding::default(),
            _dir: tempfile::tempdir().unwrap(),
            store: world.store.clone(),
            reader: world.reader,
            site: SITE.into(),
        };
        other.bring("ana", &[item("ana", 1, &json!({"title": "Fog"}))]).await;
        assert_eq!(world.hidden().await[0].1, None);
        let at = (now(), true);
        assert!(world.hiding.settle(&world.store, world.reader, at, 9).await.unwrap());
        assert!(world.hidden().await[0].1.is_some());
    }

    #[tokio::test]
    async fn feeds_that_become_one_are_judged_again() {
        let world = World::new().await;
        world.set(rules(&[Rule::mute(word("fog"))])).await;
        assert!(world.settle(9).await);
        let (ana, ben) = (world.feed("ana").await, world.feed("ben").await);
        world.store.unite_feeds(ana.id, ben.id).await.unwrap();
        assert_eq!(world.mark().await, "");
        world.hiding.unsettle().await;
        assert!(world.settle(9).await);
        assert_ne!(world.mark().await, "");
    }

    #[tokio::test]
    async fn a_rule_is_tried_out_on_the_latest_and_changes_nothing() {
        let world = World::new().await;
        let title = |n: usize| json!({"title": if n.is_multiple_of(2) { "Fog" } else { "Sun" }});
        let many: Vec<Value> = (0..30).map(|n| item("ana", n, &title(n))).collect();
        world.bring("ana", &many).await;
        world.set(rules(&[])).await;
        let (by, today) = world.hiding.rules(world.reader, now()).await.unwrap();
        let fog = Rule::mute(word("fog"));
        let try_out = |change, by: Arc<Rules>, most| {
            let (store, reader) = (world.store.clone(), world.reader);
            async move { try_change(&store, reader, (&by, &change), today, most).await.unwrap() }
        };
        let trial = try_out(Change::Add(fog.clone()), Arc::clone(&by), 1_000).await;
        assert_eq!((trial.looked, trial.hides, trial.shows, trial.changed.len()), (30, 15, 0, 15));
        let trial = try_out(Change::Add(fog.clone()), by, 10).await;
        assert_eq!((trial.looked, trial.hides), (10, 5));
        let trial = try_out(Change::Remove(fog.id()), Arc::new(rules(&[fog])), 1_000).await;
        assert_eq!((trial.looked, trial.hides, trial.shows), (30, 0, 15));
        assert!(world.hidden().await.iter().all(|(_, by)| by.is_none()));
    }

    #[tokio::test]
    async fn rules_that_cannot_be_read_leave_what_was_and_are_made_up_for() {
        let world = World::new().await;
        let root = tempfile::tempdir().unwrap();
        let put = |name: &str, text: &str| {
            crate::site::write_file(
                &root.path().join(name),
                text.as_bytes(),
                crate::site::Over::Existing,
            )
            .unwrap();
        };
        put("lanai.toml", "title = \"Me\"\nurl = \"https://me.example\"\n");
        let config = Config::load(root.path()).unwrap();
        let take_over = || async {
            let place = (&world.site, root.path());
            world.hiding.take_over(&world.store, world.reader, place, &config).await
        };
        put(reader::FILE, "[[mute]]\nword = \"fog\"\n[[mute]]\nwrod = \"x\"\n");
        let problems = take_over().await.unwrap();
        let problems = problems.sorted();
        assert!(problems[0].location().starts_with("data/private/reader.toml:"), "{problems:?}");
        assert!(world.settle(9).await);
        world.bring("ana", &[item("ana", 1, &json!({"title": "Fog"}))]).await;
        assert!(world.hidden().await[0].1.is_some());
        put(reader::FILE, "[[mute]\n");
        assert!(take_over().await.is_err());
        world.bring("ana", &[item("ana", 2, &json!({"title": "Fog"}))]).await;
        assert!(world.hidden().await[0].1.is_some(), "the rules stay as they were");
        // Somebody who is blocked at the site is not heard here either.
        put(reader::FILE, "");
        put("data/moderation.toml", "[[block]]\ndomain = \"ana.example\"\n");
        take_over().await.unwrap();
        assert!(world.settle(9).await);
        assert!(world.hidden().await.iter().all(|(_, by)| by.is_some()));
    }

    fn some_rule() -> impl Strategy<Value = Rule> {
        let of = prop::sample::select(vec![
            word("fog"),
            word("鞋子"),
            Condition::Person("https://ana.example/".to_owned()),
            Condition::Person("https://eve.example/".to_owned()),
            Condition::Domain("ben.example".to_owned()),
            Condition::Kind(Kind::Article),
            Condition::Channel("News".to_owned()),
            Condition::Title(vec!["sun".to_owned()]),
            Condition::Tag(vec!["weather".to_owned()]),
            Condition::Has(Part::Audio),
            Condition::Link("shop.example".to_owned()),
            Condition::Author(vec!["eve".to_owned()]),
            Condition::Language(vec!["de".to_owned()]),
            Condition::RoboOver(30),
            Condition::FlameOver(30),
        ]);
        let action = prop::sample::select(vec![Action::Drop, Action::Keep]);
        (action, prop::collection::vec(of, 1..3)).prop_map(|(action, all)| Rule::new(action, all))
    }

    fn some_item() -> impl Strategy<Value = Value> {
        let words = ["Fog", "sun", "便宜的鞋子", "you idiot!", "casino bonus", "<b>x</b>"];
        let text = prop::collection::vec(prop::sample::select(words.to_vec()), 0..4);
        let flags = prop::collection::vec(any::<bool>(), 5);
        (text, flags).prop_map(|(text, flags)| {
            let mut item = json!({"content_html": format!("<p>{}</p>", text.join(" "))});
            let more = [
                ("title", json!(text.first().unwrap_or(&"Sun"))),
                ("tags", json!(["Weather"])),
                ("authors", json!([{"name": "Eve", "url": "https://eve.example/"}])),
                ("external_url", json!("https://shop.example/1")),
                (
                    "attachments",
                    json!([{"url": "https://ana.example/a.mp3", "mime_type": "audio/mpeg"}]),
                ),
            ];
            for ((key, value), _) in more.into_iter().zip(flags).filter(|(_, is_there)| *is_there) {
                item[key] = value;
            }
            item
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn judged_at_arrival_is_judged_afterwards(
            all in prop::collection::vec(some_rule(), 0..5),
            items in prop::collection::vec(some_item(), 1..8),
        ) {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let bring = |world: World| async {
                    for name in ["ana", "ben"] {
                        let each = items.iter().enumerate();
                        let items: Vec<Value> = each.map(|(n, more)| item(name, n, more)).collect();
                        world.bring(name, &items).await;
                    }
                    world
                };
                let first = World::new().await;
                first.set(rules(&all)).await;
                assert!(first.settle(9).await);
                let first = bring(first).await;
                let at_arrival = first.hidden().await;
                let later = bring(World::new().await).await;
                later.set(rules(&all)).await;
                assert!(later.settle(9).await);
                assert_eq!(at_arrival, later.hidden().await);
                let shown = first.store.entries(first.reader, Scope::All, crate::store::Part::Newest, 99).await.unwrap();
                let hidden = at_arrival.iter().filter(|(_, by)| by.is_some()).count();
                assert_eq!(shown.len() + hidden, at_arrival.len());
                later.set(rules(&[])).await;
                assert!(later.settle(9).await);
                assert!(later.hidden().await.iter().all(|(_, by)| by.is_none()));
            });
        }
    }
}
