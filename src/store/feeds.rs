//! Feeds: who follows which, when each is asked, and what is known of it. A feed is one row however
//! many follow it; the hosts of feeds are leased, so that each is asked by one at a time.
//!
//! What a feed brings is left to `items`, when to ask it to the reader.

use std::time::Duration;

use jiff::Timestamp;

use super::engine::{Durability, Row, Statement, Value};
use super::{Store, StoreError};
use crate::stamp::Stamp;

/// A site whose owner reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ReaderId(pub(super) i64);

/// A feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FeedId(pub(super) i64);

impl FeedId {
    /// The feed that an address of ours names.
    pub fn from_number(number: i64) -> Self {
        Self(number)
    }

    /// Its number, for addresses.
    pub fn number(self) -> i64 {
        self.0
    }
}

impl From<ReaderId> for Value {
    fn from(id: ReaderId) -> Self {
        Self::Number(id.0)
    }
}

impl From<FeedId> for Value {
    fn from(id: FeedId) -> Self {
        Self::Number(id.0)
    }
}

/// How a feed is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FeedState {
    /// Nobody has asked for it yet.
    New,
    /// It was read the last time.
    Well,
    /// It could not be read; it is asked again.
    Failing,
    /// Its server says that it is gone for good; it is not asked any more.
    Gone,
}

impl FeedState {
    const ALL: [Self; 4] = [Self::New, Self::Well, Self::Failing, Self::Gone];

    /// What it is called in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Well => "well",
            Self::Failing => "failing",
            Self::Gone => "gone",
        }
    }

    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

/// By what a server knows what we have of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Validators {
    /// `ETag`, as it came.
    pub etag: Option<String>,
    /// `Last-Modified`, as it came.
    pub last_modified: Option<String>,
    /// A stamp of the body.
    pub body: Option<String>,
}

/// A feed as it is known.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredFeed {
    /// Its name in the database.
    pub id: FeedId,
    /// The address that is followed. It may hold credentials.
    pub url: String,
    /// Where it is asked for.
    pub location: String,
    /// Host and port of that.
    pub host: String,
    /// Where it says that it has moved for good to, and since when.
    pub moved: Option<(String, Timestamp)>,
    /// What it says of itself, as JSON.
    pub about: Option<String>,
    /// By what its server knows what we have.
    pub validators: Validators,
    /// When it was first followed.
    pub added: Timestamp,
    /// When it was last asked for.
    pub checked: Option<Timestamp>,
    /// When that last went well.
    pub succeeded: Option<Timestamp>,
    /// When something new came last.
    pub changed: Option<Timestamp>,
    /// When it is asked again; none if it is not.
    pub due: Option<Timestamp>,
    /// Minutes between two questions while all is well.
    pub minutes: u32,
    /// How often in a row it failed.
    pub failures: u32,
    /// Since when it fails.
    pub failing_since: Option<Timestamp>,
    /// How it is.
    pub state: FeedState,
    /// Why it failed, in words.
    pub cause: Option<String>,
}

/// A feed that somebody follows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Following {
    /// The address of the feed.
    pub url: String,
    /// Its host and port.
    pub host: String,
    /// Where it is sorted in; empty for the first channel.
    pub channel: String,
    /// What the owner wrote of whoever they follow, as JSON.
    pub card: String,
}

/// The same as the database has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    /// The feed.
    pub feed: FeedId,
    /// What is followed.
    pub following: Following,
    /// Since when.
    pub since: Timestamp,
}

/// Most items of a feed that somebody gets who begins to follow it.
pub const MOST_AT_FIRST: usize = 200;

/// How many of them are new to them.
pub const UNREAD_AT_FIRST: usize = 10;

/// Statements that are run as one at most.
const CHUNK: usize = 500;

const ENTER: &str = "INSERT INTO reader (site) VALUES ($1) ON CONFLICT (site) DO NOTHING";
const READER: &str = "SELECT id, follows, rules FROM reader WHERE site = $1";
const KEEP_FOLLOWS: &str = "UPDATE reader SET follows = $2 WHERE id = $1";
const KEEP_RULES: &str = "UPDATE reader SET rules = $2 WHERE id = $1";

const FEEDS: &str = "SELECT key, coalesce(same_as, id) FROM feed";

const SUBSCRIPTIONS: &str = "
    SELECT f.id, f.url, f.host, s.channel, s.card, s.since
    FROM subscription s JOIN feed f ON f.id = s.feed WHERE s.reader = $1 ORDER BY f.id";

const SUBSCRIBERS: &str = "SELECT reader FROM subscription WHERE feed = $1 ORDER BY reader";

/// A feed that nobody followed any more is asked for again.
const FEED: &str = "
    INSERT INTO feed (key, url, location, host, added, due) VALUES ($1, $2, $2, $3, $4, $4)
    ON CONFLICT (key) DO UPDATE SET due = CASE
        WHEN feed.due IS NULL AND feed.state <> 'gone' AND feed.same_as IS NULL THEN excluded.due ELSE feed.due END";

const HOST: &str = "
    INSERT INTO feed_host (name, due)
    SELECT host, due FROM feed WHERE key = $1 AND due IS NOT NULL
    ON CONFLICT (name) DO UPDATE SET due = CASE
        WHEN feed_host.due IS NULL OR feed_host.due > excluded.due
        THEN excluded.due ELSE feed_host.due END";

const SUBSCRIBE: &str = "
    INSERT INTO subscription (reader, feed, channel, card, since)
    SELECT $1, coalesce(same_as, id), $3, $4, $5 FROM feed WHERE key = $2
    ON CONFLICT (reader, feed) DO UPDATE SET channel = excluded.channel, card = excluded.card";

/// What came before somebody followed: the newest of it.
const CATCH_UP: &str = "
    INSERT INTO entry (reader, item, feed, channel, sorted, is_read)
    SELECT $1, i.id, i.feed, $3, i.sorted, CASE WHEN i.place <= $5 THEN 0 ELSE 1 END
    FROM (
        SELECT id, feed, sorted, row_number() OVER (ORDER BY sorted DESC, id DESC) AS place
        FROM item WHERE feed = (SELECT coalesce(same_as, id) FROM feed WHERE key = $2)) AS i
    WHERE i.place <= $4
    ON CONFLICT (reader, item) DO NOTHING";

const RESORT: &str = "
    UPDATE entry SET channel = $3
    WHERE reader = $1 AND feed = (SELECT coalesce(same_as, id) FROM feed WHERE key = $2)";

const UNSUBSCRIBE: &str = "DELETE FROM subscription WHERE reader = $1 AND feed = $2";
const FORGET: &str = "DELETE FROM entry WHERE reader = $1 AND feed = $2 AND is_kept = 0";
/// Whoever follows it again reads it as if it had changed, so that its hubs are found again, too.
const REST: &str = "
    UPDATE feed SET due = NULL, etag = NULL, last_modified = NULL, body_stamp = NULL
    WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM subscription WHERE feed = $1)";

const TAKE_SQLITE: &str = "
    UPDATE feed_host SET lease_until = $2, owner = $3 WHERE name IN (
        SELECT name FROM feed_host
        WHERE due <= $1 AND (held_until IS NULL OR held_until <= $1)
            AND (lease_until IS NULL OR lease_until <= $1)
        ORDER BY due LIMIT $4)
    RETURNING name";

const TAKE_POSTGRES: &str = "
    UPDATE feed_host SET lease_until = $2, owner = $3 WHERE name = ANY (ARRAY (
        SELECT name FROM feed_host
        WHERE due <= $1 AND (held_until IS NULL OR held_until <= $1)
            AND (lease_until IS NULL OR lease_until <= $1)
        ORDER BY due LIMIT $4 FOR UPDATE SKIP LOCKED))
    RETURNING name";

const TAKE_OF: &str = "
    UPDATE feed_host SET lease_until = $3, owner = $2
    WHERE name = (SELECT host FROM feed WHERE id = $1)
        AND (lease_until IS NULL OR lease_until <= $4)
    RETURNING name";

const EXTEND: &str =
    "UPDATE feed_host SET lease_until = $3 WHERE name = $1 AND owner = $2 RETURNING name";

/// Whatever became due meanwhile counts. A host with more that is due goes to the end of the line.
const RELEASE: &str = "
    UPDATE feed_host SET
        lease_until = NULL,
        owner = NULL,
        held_until = CASE WHEN $3 > held_until OR held_until IS NULL THEN $3 ELSE held_until END,
        due = (SELECT CASE WHEN min(due) < $4 THEN $4 ELSE min(due) END FROM feed WHERE host = $1)
    WHERE name = $1 AND owner = $2";

const HOLD: &str = "
    INSERT INTO feed_host (name, held_until) VALUES ($1, $2)
    ON CONFLICT (name) DO UPDATE SET held_until = CASE
        WHEN feed_host.held_until > excluded.held_until
        THEN feed_host.held_until ELSE excluded.held_until END";

/// Times that can only come from a clock that was wrong: what waits for them would wait for years.
const CORRECT: [&str; 3] = [
    "UPDATE feed SET due = $1 WHERE due > $2",
    "UPDATE feed_host SET
        due = CASE WHEN due > $2 THEN $1 ELSE due END,
        held_until = CASE WHEN held_until > $2 THEN NULL ELSE held_until END
     WHERE due > $2 OR held_until > $2",
    "UPDATE feed_host SET lease_until = NULL, owner = NULL WHERE lease_until > $1",
];

const RELEASE_ALL: &str =
    "UPDATE feed_host SET lease_until = NULL, owner = NULL WHERE lease_until IS NOT NULL";

const NEXT: &str = "
    SELECT min(CASE
        WHEN coalesce(lease_until, 0) > due AND coalesce(lease_until, 0) > coalesce(held_until, 0)
            THEN lease_until
        WHEN coalesce(held_until, 0) > due THEN held_until
        ELSE due END)
    FROM feed_host WHERE due IS NOT NULL";

macro_rules! columns {
    ($from:literal) => {
        concat!(
            "SELECT f.id, f.url, f.location, f.host, f.moved_to, f.moved_at, f.about, f.etag, ",
            "f.last_modified, f.body_stamp, f.added, f.checked, f.succeeded, f.changed, f.due, ",
            "f.minutes, f.failures, f.failing_since, f.state, f.cause ",
            $from
        )
    };
}

pub(super) use columns;

const DUE: &str =
    columns!("FROM feed f WHERE f.host = $1 AND f.due <= $2 ORDER BY f.due, f.id LIMIT $3");
const ONE: &str = columns!("FROM feed f WHERE f.id = $1");
const AT: &str = columns!("FROM feed f WHERE f.location = $1 ORDER BY f.id");
const FOLLOWED: &str =
    columns!("FROM subscription s JOIN feed f ON f.id = s.feed WHERE s.reader = $1 ORDER BY f.id");

/// A feed that nobody follows any more is not asked again, whatever was found out meanwhile.
pub(super) const KEEP: &str = "
    UPDATE feed SET
        location = $2, host = $3, moved_to = $4, moved_at = $5, about = $6, etag = $7,
        last_modified = $8, body_stamp = $9, checked = $10, succeeded = $11, changed = $12,
        due = CASE WHEN EXISTS (SELECT 1 FROM subscription WHERE feed = $1) THEN CAST($13 AS BIGINT) END,
        minutes = $14, failures = $15, failing_since = $16, state = $17, cause = $18
    WHERE id = $1";

/// The host may be another than before.
pub(super) const KEEP_HOST: &str = "
    INSERT INTO feed_host (name, due) VALUES ($1, $2)
    ON CONFLICT (name) DO UPDATE SET due = CASE
        WHEN feed_host.due IS NULL OR feed_host.due > excluded.due
        THEN excluded.due ELSE feed_host.due END";

const ASK: &str = "
    UPDATE feed SET due = $2, state = CASE WHEN state = 'gone' THEN 'failing' ELSE state END
    WHERE id = $1 AND EXISTS (SELECT 1 FROM subscription WHERE feed = $1)
        AND (checked IS NULL OR checked <= $3 OR checked > $2)
    RETURNING host";

/// Whoever followed only the first gets what the second has, as read: they saw it there.
const MOVE: [&str; 5] = [
    "INSERT INTO entry (reader, item, feed, channel, sorted, is_read)
        SELECT s.reader, i.id, i.feed, s.channel, i.sorted, 1
        FROM subscription s JOIN (
            SELECT id, feed, sorted FROM item WHERE feed = $2 ORDER BY id DESC LIMIT 200) AS i
            ON i.feed = $2
        WHERE s.feed = $1
            AND NOT EXISTS (SELECT 1 FROM subscription b WHERE b.reader = s.reader AND b.feed = $2)
        ON CONFLICT (reader, item) DO NOTHING",
    "INSERT INTO subscription (reader, feed, channel, card, since)
        SELECT reader, $2, channel, card, since FROM subscription WHERE feed = $1
        ON CONFLICT (reader, feed) DO NOTHING",
    "UPDATE feed SET same_as = $2 WHERE same_as = $1",
    "UPDATE feed SET same_as = $2, due = NULL WHERE id = $1",
    // What they get was judged by nobody's rules.
    "UPDATE reader SET rules = '' WHERE id IN (SELECT reader FROM subscription WHERE feed IN ($1, $2))",
];

/// Whatever turned out to be another feed itself takes nobody over.
const IS_ITSELF: &str = "SELECT id FROM feed WHERE id = $1 AND same_as IS NULL";

/// What is left of the first after that.
const LEAVE: [&str; 2] = [
    "DELETE FROM entry WHERE feed = $1 AND is_kept = 0",
    "DELETE FROM subscription WHERE feed = $1",
];

/// Feeds that nobody follows any more, and what is left of them.
const UNFOLLOWED: &str = "
    SELECT id FROM feed
    WHERE due IS NULL AND coalesce(checked, added) <= $1
        AND NOT EXISTS (SELECT 1 FROM subscription WHERE feed = feed.id)
        AND NOT EXISTS (SELECT 1 FROM feed other WHERE other.same_as = feed.id)
        AND NOT EXISTS (SELECT 1 FROM entry JOIN item ON item.id = entry.item WHERE item.feed = feed.id)
    ORDER BY id LIMIT 100";

impl Store {
    /// Who reads at a site, and the stamps of whom they follow and of their rules as they were last
    /// taken over.
    ///
    /// # Errors
    /// A database that cannot write.
    pub async fn reader(&self, site: &str) -> Result<(ReaderId, String, String), StoreError> {
        let read = || self.read(Statement::new(READER, [site.into()]));
        let mut rows = read().await?;
        if rows.is_empty() {
            self.write(vec![Statement::new(ENTER, [site.into()])], Durability::Process).await?;
            rows = read().await?;
        }
        let missing = || StoreError::new("find a reader", site);
        let row = rows.first_mut().ok_or_else(missing)?;
        Ok((ReaderId(row.number()?), row.text()?, row.text()?))
    }

    /// Notes by which stamp the rules of a reader were taken over.
    ///
    /// # Errors
    /// A database that cannot write.
    pub async fn keep_rules(&self, reader: ReaderId, stamp: &str) -> Result<(), StoreError> {
        let keep = Statement::new(KEEP_RULES, [reader.into(), stamp.into()]);
        self.write(vec![keep], Durability::Process).await.map(drop)
    }

    /// What a reader follows.
    ///
    /// # Errors
    /// A database that cannot read.
    pub async fn subscriptions(&self, reader: ReaderId) -> Result<Vec<Subscription>, StoreError> {
        let rows = self.read(Statement::new(SUBSCRIPTIONS, [reader.into()])).await?;
        rows.into_iter().map(subscription).collect()
    }

    /// Who follows a feed.
    ///
    /// # Errors
    /// A database that cannot read.
    pub async fn subscribers(&self, feed: FeedId) -> Result<Vec<ReaderId>, StoreError> {
        let rows = self.read(Statement::new(SUBSCRIBERS, [feed.into()])).await?;
        rows.into_iter().map(|mut row| row.number().map(ReaderId)).collect()
    }

    /// Takes over whom somebody follows, as their file says it now. What they follow newly is due at
    /// once; what they do not follow any more goes from their timeline, but for what they kept,
    /// unless the file could only be read in part. Returns the feeds that nobody follows any more.
    ///
    /// # Errors
    /// A database that cannot write.
    pub async fn follow(
        &self,
        reader: ReaderId,
        all: &[Following],
        (stamp, is_whole): (&str, bool),
        now: Timestamp,
    ) -> Result<Vec<FeedId>, StoreError> {
        let mut before: std::collections::HashMap<FeedId, Following> = self
            .subscriptions(reader)
            .await?
            .into_iter()
            .map(|subscription| (subscription.feed, subscription.following))
            .collect();
        let mut ids = std::collections::HashMap::new();
        for mut row in self.read(Statement::new(FEEDS, [])).await? {
            ids.insert(row.text()?, FeedId(row.number()?));
        }
        let mut statements = Vec::new();
        for following in all {
            let key = key(&following.url);
            match ids.get(&key).and_then(|id| before.remove(id)) {
                Some(old) if old.channel == following.channel && old.card == following.card => {}
                Some(old) => {
                    statements.push(subscribe(reader, following, &key, now));
                    if old.channel != following.channel {
                        let values = [reader.into(), key.into(), following.channel.as_str().into()];
                        statements.push(Statement::new(RESORT, values));
                    }
                }
                None => statements.extend(begin(reader, following, &key, now)),
            }
        }
        let left: Vec<FeedId> = before.into_keys().filter(|_| is_whole).collect();
        for feed in left.iter().copied() {
            statements.extend(end(reader, feed));
        }
        // The stamp comes last: what was broken off is done again.
        statements.push(Statement::new(KEEP_FOLLOWS, [reader.into(), stamp.into()]));
        while !statements.is_empty() {
            let rest = statements.split_off(statements.len().min(CHUNK));
            self.write(statements, Durability::Process).await?;
            statements = rest;
        }
        let mut alone = Vec::new();
        for feed in left {
            if self.subscribers(feed).await?.is_empty() {
                alone.push(feed);
            }
        }
        Ok(alone)
    }

    /// Takes hosts that have feeds which are due, those that wait longest first.
    ///
    /// # Errors
    /// A database that cannot write.
    pub async fn take_hosts(
        &self,
        lease: super::Lease<'_>,
        now: Timestamp,
        most: u16,
    ) -> Result<Vec<String>, StoreError> {
        let until = now.checked_add(lease.time).unwrap_or(Timestamp::MAX);
        let values = [now.into(), until.into(), lease.owner.into(), i64::from(most).into()];
        let take = Statement::of_each(TAKE_SQLITE, TAKE_POSTGRES, values);
        let answers = self.write(vec![take], Durability::Process).await?;
        answers.into_iter().flatten().map(|mut row| row.text()).collect()
    }

    /// Takes the host of a feed, whether anything of it is due or not: nobody asks for its feeds
    /// until it is given back. None if somebody has it, or there is no such feed.
    ///
    /// # Errors
    /// A database that cannot write.
    pub async fn hold_feed(
        &self,
        id: FeedId,
        lease: super::Lease<'_>,
        now: Timestamp,
    ) -> Result<Option<String>, StoreError> {
        let until = now.checked_add(lease.time).unwrap_or(Timestamp::MAX);
        let values = [id.into(), lease.owner.into(), until.into(), now.into()];
        let answers =
            self.write(vec![Statement::new(TAKE_OF, values)], Durability::Process).await?;
        answers.into_iter().flatten().next().map(|mut row| row.text()).transpose()
    }

    /// Keeps a host for longer. False if somebody else has it by now.
    ///
    /// # Errors
    /// A database that cannot write.
    pub async fn extend_host(
        &self,
        name: &str,
        lease: super::Lease<'_>,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let until = now.checked_add(lease.time).unwrap_or(Timestamp::MAX);
        let extend = Statement::new(EXTEND, [name.into(), lease.owner.into(), until.into()]);
        let answers = self.write(vec![extend], Durability::Process).await?;
        Ok(answers.iter().any(|rows| !rows.is_empty()))
    }

    /// Gives a host back, to be left alone until a time, if there is one.
    ///
    /// # Errors
    /// A database that cannot write.
    pub async fn release_host(
        &self,
        name: &str,
        owner: &str,
        held_until: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let values = [name.into(), owner.into(), held_until.into(), now.into()];
        self.write(vec![Statement::new(RELEASE, values)], Durability::Process).await.map(drop)
    }

    /// Leaves a host alone until a time that nobody has taken for its feeds.
    ///
    /// # Errors
    /// A database that cannot write.
    pub async fn hold_host(&self, name: &str, until: Timestamp) -> Result<(), StoreError> {
        let hold = Statement::new(HOLD, [name.into(), until.into()]);
        self.write(vec![hold], Durability::Process).await.map(drop)
    }

    /// Makes due now what would be asked after `latest`, and takes back hosts that were taken for
    /// longer than until `lease`: no clock that is right has said so.
    ///
    /// # Errors
    /// A database that cannot write.
    pub async fn correct_times(
        &self,
        now: Timestamp,
        latest: Timestamp,
        lease: Timestamp,
    ) -> Result<(), StoreError> {
        let values = || [now.into(), latest.into()];
        let [feeds, hosts, leases] = CORRECT;
        let statements = vec![
            Statement::new(feeds, values()),
            Statement::new(hosts, values()),
            Statement::new(leases, [lease.into()]),
        ];
        self.write(statements, Durability::Process).await.map(drop)
    }

    /// Takes back all hosts that somebody has: for a process that knows itself to be alone.
    ///
    /// # Errors
    /// A database that cannot write.
    pub async fn release_hosts(&self) -> Result<(), StoreError> {
        self.write(vec![Statement::new(RELEASE_ALL, [])], Durability::Process).await.map(drop)
    }

    /// When the next feed is due, or a lease ends; none if nothing is followed.
    ///
    /// # Errors
    /// A database that cannot read.
    pub async fn next_feed(&self) -> Result<Option<Timestamp>, StoreError> {
        let mut rows = self.read(Statement::new(NEXT, [])).await?;
        rows.first_mut().map(Row::maybe_time).transpose().map(Option::flatten)
    }

    /// The feeds of a host that are due, those that wait longest first.
    ///
    /// # Errors
    /// A database that cannot read.
    pub async fn due_feeds(
        &self,
        host: &str,
        now: Timestamp,
        most: u16,
    ) -> Result<Vec<StoredFeed>, StoreError> {
        let values = [host.into(), now.into(), i64::from(most).into()];
        self.feeds_of(Statement::new(DUE, values)).await
    }

    /// A feed.
    ///
    /// # Errors
    /// A database that cannot read.
    pub async fn feed(&self, id: FeedId) -> Result<Option<StoredFeed>, StoreError> {
        Ok(self.feeds_of(Statement::new(ONE, [id.into()])).await?.pop())
    }

    /// The feeds that are asked for at an address.
    ///
    /// # Errors
    /// A database that cannot read.
    pub async fn feeds_at(&self, location: &str) -> Result<Vec<StoredFeed>, StoreError> {
        self.feeds_of(Statement::new(AT, [location.into()])).await
    }

    /// All feeds that somebody follows.
    ///
    /// # Errors
    /// A database that cannot read.
    pub async fn followed_feeds(&self, reader: ReaderId) -> Result<Vec<StoredFeed>, StoreError> {
        self.feeds_of(Statement::new(FOLLOWED, [reader.into()])).await
    }

    /// Notes what became of a feed, if it brought nothing new.
    ///
    /// # Errors
    /// A database that cannot write.
    pub async fn keep_feed(&self, feed: &StoredFeed) -> Result<(), StoreError> {
        self.write(feed.statements().into(), Durability::Process).await.map(drop)
    }

    /// Makes a feed due now, unless it was asked for since `guard`. False if it was, or if nobody
    /// follows it.
    ///
    /// # Errors
    /// A database that cannot write.
    pub async fn ask_feed(
        &self,
        id: FeedId,
        now: Timestamp,
        guard: Duration,
    ) -> Result<bool, StoreError> {
        let since = now.checked_sub(guard).unwrap_or(Timestamp::MIN);
        let ask = Statement::new(ASK, [id.into(), now.into(), since.into()]);
        let answers = self.write(vec![ask], Durability::Process).await?;
        let Some(host) = answers.into_iter().flatten().next().map(|mut row| row.text()) else {
            return Ok(false);
        };
        let host = Statement::new(KEEP_HOST, [host?.as_str().into(), now.into()]);
        self.write(vec![host], Durability::Process).await?;
        Ok(true)
    }

    /// Makes a feed another one, because both are found at one address (FD-H-04); not if that one
    /// is a third by now.
    ///
    /// # Errors
    /// A database that cannot write.
    pub async fn unite_feeds(&self, from: FeedId, into: FeedId) -> Result<(), StoreError> {
        let mut statements = vec![Statement::new(IS_ITSELF, [into.into()]).or_nothing()];
        statements.extend(MOVE.map(|sql| Statement::new(sql, [from.into(), into.into()])));
        statements.extend(LEAVE.map(|sql| Statement::new(sql, [from.into()])));
        match self.write(statements, Durability::Process).await {
            Err(error) if error.is_overtaken() => Ok(()),
            other => other.map(drop),
        }
    }

    /// Feeds that nobody has followed since a time and of which nothing is kept.
    ///
    /// # Errors
    /// A database that cannot read.
    pub async fn unfollowed_feeds(&self, since: Timestamp) -> Result<Vec<FeedId>, StoreError> {
        let rows = self.read(Statement::new(UNFOLLOWED, [since.into()])).await?;
        rows.into_iter().map(|mut row| row.number().map(FeedId)).collect()
    }

    pub(super) async fn feeds_of(
        &self,
        statement: Statement,
    ) -> Result<Vec<StoredFeed>, StoreError> {
        self.read(statement).await?.into_iter().map(feed).collect()
    }
}

impl StoredFeed {
    /// Notes all of it that changes.
    pub(super) fn statements(&self) -> [Statement; 2] {
        let text = |text: &Option<String>| text.as_deref().into();
        let (moved_to, moved_at) = match &self.moved {
            Some((to, at)) => (to.as_str().into(), (*at).into()),
            None => (Value::Null, Value::Null),
        };
        let keep = [
            self.id.into(),
            self.location.as_str().into(),
            self.host.as_str().into(),
            moved_to,
            moved_at,
            text(&self.about),
            text(&self.validators.etag),
            text(&self.validators.last_modified),
            text(&self.validators.body),
            self.checked.into(),
            self.succeeded.into(),
            self.changed.into(),
            self.due.into(),
            i64::from(self.minutes).into(),
            i64::from(self.failures).into(),
            self.failing_since.into(),
            self.state.name().into(),
            text(&self.cause),
        ];
        let host = [self.host.as_str().into(), self.due.into()];
        [Statement::new(KEEP, keep), Statement::new(KEEP_HOST, host)]
    }
}

/// The name of an address in an index: databases refuse long ones.
pub(super) fn key(url: &str) -> String {
    Stamp::of(url.as_bytes()).to_string()
}

fn subscribe(reader: ReaderId, following: &Following, key: &str, now: Timestamp) -> Statement {
    let Following { channel, card, .. } = following;
    let values =
        [reader.into(), key.into(), channel.as_str().into(), card.as_str().into(), now.into()];
    Statement::new(SUBSCRIBE, values)
}

/// Somebody begins to follow a feed.
fn begin(reader: ReaderId, following: &Following, key: &str, now: Timestamp) -> [Statement; 4] {
    let Following { url, host, channel, .. } = following;
    let feed = [key.into(), url.as_str().into(), host.as_str().into(), now.into()];
    let most = |count: usize| i64::try_from(count).unwrap_or(i64::MAX).into();
    let catch_up = [
        reader.into(),
        key.into(),
        channel.as_str().into(),
        most(MOST_AT_FIRST),
        most(UNREAD_AT_FIRST),
    ];
    [
        Statement::new(FEED, feed),
        Statement::new(HOST, [key.into()]),
        subscribe(reader, following, key, now),
        Statement::new(CATCH_UP, catch_up),
    ]
}

/// Somebody follows a feed no more.
pub(super) fn end(reader: ReaderId, feed: FeedId) -> [Statement; 3] {
    let both = || [reader.into(), feed.into()];
    [
        Statement::new(UNSUBSCRIBE, both()),
        Statement::new(FORGET, both()),
        Statement::new(REST, [feed.into()]),
    ]
}

pub(super) fn subscription(mut row: Row) -> Result<Subscription, StoreError> {
    Ok(Subscription {
        feed: FeedId(row.number()?),
        following: Following {
            url: row.text()?,
            host: row.text()?,
            channel: row.text()?,
            card: row.text()?,
        },
        since: row.time()?,
    })
}

fn feed(mut row: Row) -> Result<StoredFeed, StoreError> {
    let count = |number: i64| u32::try_from(number).unwrap_or_default();
    Ok(StoredFeed {
        id: FeedId(row.number()?),
        url: row.text()?,
        location: row.text()?,
        host: row.text()?,
        moved: row.maybe_text()?.zip(row.maybe_time()?),
        about: row.maybe_text()?,
        validators: Validators {
            etag: row.maybe_text()?,
            last_modified: row.maybe_text()?,
            body: row.maybe_text()?,
        },
        added: row.time()?,
        checked: row.maybe_time()?,
        succeeded: row.maybe_time()?,
        changed: row.maybe_time()?,
        due: row.maybe_time()?,
        minutes: count(row.number()?),
        failures: count(row.number()?),
        failing_since: row.maybe_time()?,
        state: {
            let name = row.text()?;
            let unknown = || StoreError::new("read a feed", format!("no state is called {name}"));
            FeedState::named(&name).ok_or_else(unknown)?
        },
        cause: row.maybe_text()?,
    })
}
