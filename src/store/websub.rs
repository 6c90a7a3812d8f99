//! WebSub: which feeds name hubs, what those were asked, and what they delivered that is not merged
//! yet. A feed is known by its number; what it is called is told by whoever asks for it.

use jiff::Timestamp;

use super::engine::{Durability, Row, Statement};
use super::{Store, StoreError};
use crate::config::Secret;
use crate::protocols::websub::State;
use crate::stamp::{Stamp, Stamper};

/// Deliveries of one feed that wait to be merged; of more it is only known that there was something.
const MOST_WAITING: i64 = 20;

/// A feed that names a hub.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HubFeed {
    /// Its number.
    pub feed: i64,
    /// Where it is asked for.
    pub url: String,
    /// How often in a row no hub was won for it.
    pub failures: u32,
}

/// A callback that a hub is about to be told of.
#[derive(Debug, Clone, Copy)]
pub struct NewCallback<'c> {
    /// Whose changes it is for.
    pub feed: i64,
    /// A name that nobody can guess.
    pub name: &'c str,
    /// The hub.
    pub hub: &'c str,
    /// How many hubs the feed names, this one included.
    pub hubs: usize,
    /// What the feed calls itself.
    pub topic: &'c str,
    /// What the hub signs with, if the way to it is closed to others.
    pub secret: Option<&'c str>,
    /// Now.
    pub at: Timestamp,
    /// When to try again if the hub does not make sure that it was asked.
    pub due: Timestamp,
    /// How often it was tried in a row, this time included.
    pub failures: u32,
}

/// A callback.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Callback {
    /// Its name.
    pub name: String,
    /// Whose changes it is for.
    pub feed: i64,
    /// The hub.
    pub hub: String,
    /// What the feed calls itself.
    pub topic: String,
    /// What the hub signs with.
    pub secret: Option<Secret>,
    /// How it stands.
    pub state: State,
    /// When the hub was asked.
    pub asked: Timestamp,
    /// Until when it tells.
    pub lease_until: Option<Timestamp>,
    /// Whether the hub was asked to stop, or will be.
    pub is_leaving: bool,
    /// How often it was asked to stop.
    pub leave_tries: u32,
    /// What was heard last, in words.
    pub words: String,
}

/// Something that a hub delivers.
#[derive(Debug, Clone)]
pub struct NewDelivery<'d> {
    /// The callback that it came to.
    pub name: &'d str,
    /// Its type, as sent.
    pub content_type: Option<&'d str>,
    /// Its bytes.
    pub body: Vec<u8>,
    /// Now.
    pub at: Timestamp,
}

/// Something that a hub delivered, and that waits to be merged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredDelivery {
    /// Its number; later ones have greater ones.
    pub id: i64,
    /// The feed that it is of.
    pub feed: i64,
    /// What the feed calls itself.
    pub topic: String,
    /// Its type, as sent.
    pub content_type: Option<String>,
    /// Its bytes.
    pub body: Vec<u8>,
    /// When it came.
    pub received: Timestamp,
}

const NOTE: &str = "
    INSERT INTO websub (feed, url, due) VALUES ($1, $2, $3)
    ON CONFLICT (feed) DO UPDATE SET url = excluded.url WHERE websub.url <> excluded.url";

macro_rules! take_due {
    ($from:literal, $to:literal) => {
        concat!(
            "UPDATE websub SET due = $2 WHERE feed ",
            $from,
            "SELECT feed FROM websub WHERE due <= $1 ORDER BY due LIMIT $3",
            $to,
            " RETURNING feed, url, failures"
        )
    };
}

/// Only for a feed that is still known; what was asked for before and came to nothing is over. That
/// other hubs said no is remembered.
const BEGIN: [&str; 3] = [
    "
    DELETE FROM websub_callback
    WHERE feed = $1 AND (state = 'pending' OR (state = 'denied' AND hub = $2))",
    "
    INSERT INTO websub_callback (name, feed, hub, topic, secret, state, asked, hubs)
    SELECT CAST($2 AS TEXT), feed, CAST($3 AS TEXT), CAST($4 AS TEXT), CAST($5 AS TEXT), 'pending',
        CAST($6 AS BIGINT), CAST($7 AS BIGINT)
    FROM websub WHERE feed = $1 RETURNING name",
    "UPDATE websub SET due = $2, failures = $3 WHERE feed = $1",
];

macro_rules! callback {
    ($what:literal) => {
        concat!(
            $what,
            " name, feed, hub, topic, secret, state, asked, lease_until, is_leaving, leave_tries, words"
        )
    };
}

/// The new one is ours from here on; the one before it stays until its hub has stopped.
const CONFIRM: [&str; 3] = [
    "
    UPDATE websub_callback SET state = 'active', lease_until = $2, words = ''
    WHERE name = $1 AND state IN ('pending', 'active') RETURNING feed",
    "
    UPDATE websub SET due = $2, failures = 0, words = ''
    WHERE feed = (SELECT feed FROM websub_callback WHERE name = $1 AND state = 'active')",
    "
    UPDATE websub_callback SET is_leaving = 1, leave_due = $2
    WHERE name <> $1 AND state = 'active' AND is_leaving = 0
        AND feed = (SELECT feed FROM websub_callback WHERE name = $1 AND state = 'active')",
];

/// If there are hubs that have not said no, they are next. A feed that another hub tells of is not
/// asked itself. Who says no again has said nothing new.
const DENY: [&str; 2] = [
    "
    UPDATE websub SET words = $3,
        due = CASE WHEN (
            SELECT count(*) + 1 FROM websub_callback AS other
            WHERE other.feed = websub.feed AND other.state = 'denied')
            < (SELECT hubs FROM websub_callback WHERE name = $1)
        THEN CAST($4 AS BIGINT) ELSE CAST($2 AS BIGINT) END,
        pinged = CASE WHEN EXISTS (
            SELECT 1 FROM websub_callback AS other
            WHERE other.feed = websub.feed AND other.state = 'active' AND other.is_leaving = 0
                AND other.name <> $1)
        THEN pinged ELSE coalesce(pinged, CAST($4 AS BIGINT)) END
    WHERE feed = (
        SELECT feed FROM websub_callback
        WHERE name = $1 AND state IN ('pending', 'active') AND is_leaving = 0)",
    "
    UPDATE websub_callback SET state = 'denied', words = $2, leave_due = NULL
    WHERE name = $1 AND state IN ('pending', 'active', 'denied') RETURNING feed",
];

const POSTPONE: &str = "
    UPDATE websub SET due = $2, failures = $3, words = $4
    WHERE feed = $1 AND NOT EXISTS (
        SELECT 1 FROM websub_callback WHERE name = $5 AND state = 'active')";

const REFUSED: &str =
    "UPDATE websub_callback SET state = 'denied', words = $2 WHERE name = $1 AND state = 'pending'";

const LEAVE: [&str; 4] = [
    "DELETE FROM websub WHERE feed = $1",
    "DELETE FROM websub_delivery WHERE feed = $1",
    "DELETE FROM websub_callback WHERE feed = $1 AND state = 'denied'",
    "
    UPDATE websub_callback SET state = 'ended', is_leaving = 1, leave_due = $2
    WHERE feed = $1 AND state IN ('pending', 'active')",
];

macro_rules! take_leaving {
    ($from:literal, $to:literal) => {
        concat!(
            "UPDATE websub_callback SET leave_due = $2, leave_tries = leave_tries + 1 WHERE name ",
            $from,
            "SELECT name FROM websub_callback WHERE leave_due <= $1 ORDER BY leave_due LIMIT $3",
            $to,
            callback!(" RETURNING")
        )
    };
}

const LEFT: &str = "
    UPDATE websub_callback SET state = 'ended', leave_due = NULL
    WHERE name = $1 AND is_leaving = 1 RETURNING name";

/// A feed that nobody tells of any more is asked at once, and a hub for it, too.
const LAPSE: [&str; 2] = [
    "
    UPDATE websub SET pinged = coalesce(pinged, $1), due = CASE WHEN due < $1 THEN due ELSE $1 END
    WHERE feed IN (
        SELECT feed FROM websub_callback
        WHERE state = 'active' AND is_leaving = 0 AND lease_until <= $1)",
    "
    UPDATE websub_callback SET state = 'ended', leave_due = NULL
    WHERE state = 'active' AND lease_until <= $1 RETURNING feed",
];

macro_rules! deliver {
    ($body:literal) => {
        concat!(
            "
    INSERT INTO websub_delivery (feed, name, topic, content_type, body, stamp, received)
    SELECT feed, name, topic, CAST($2 AS TEXT), ",
            $body,
            ", CAST($4 AS TEXT), CAST($5 AS BIGINT)
    FROM websub_callback
    WHERE name = $1 AND state = 'active' AND (
        SELECT count(*) FROM websub_delivery AS waiting
        WHERE waiting.feed = websub_callback.feed) < $6
    ON CONFLICT (feed, stamp) DO NOTHING"
        )
    };
}

const IS_DELIVERED: &str = "
    SELECT id FROM websub_delivery
    WHERE stamp = $2 AND feed = (
        SELECT feed FROM websub_callback WHERE name = $1 AND state = 'active')";

impl Store {
    /// Notes that a feed names a hub, and where it is asked for. If that is new, somebody asks the
    /// hub as soon as they can.
    ///
    /// # Errors
    /// A database that cannot write.
    pub async fn note_hub(&self, feed: i64, url: &str, now: Timestamp) -> Result<(), StoreError> {
        let note = Statement::new(NOTE, [feed.into(), url.into(), now.into()]);
        self.write(vec![note], Durability::Process).await.map(drop)
    }

    /// Takes feeds for which a hub has to be asked; who is not heard of until a time has not done it.
    ///
    /// # Errors
    /// A database that cannot write.
    pub async fn take_hub_feeds(
        &self,
        now: Timestamp,
        until: Timestamp,
        most: u16,
    ) -> Result<Vec<HubFeed>, StoreError> {
        let values = [now.into(), until.into(), i64::from(most).into()];
        let take = Statement::of_each(
            take_due!("IN (", ")"),
            take_due!("= ANY (ARRAY (", " FOR UPDATE SKIP LOCKED))"),
            values,
        );
        let taken = self.write(vec![take], Durability::Process).await?;
        let read = |mut row: Row| {
            let (feed, url, failures) = (row.number()?, row.text()?, row.number()?);
            Ok(HubFeed { feed, url, failures: u32::try_from(failures).unwrap_or(u32::MAX) })
        };
        taken.into_iter().flatten().map(read).collect()
    }

    /// Notes what a hub is about to be asked, in place of what was asked in vain (WS-S-04). Returns
    /// whether anybody still wants the feed.
    ///
    /// # Errors
    /// A database that cannot write.
    pub async fn begin_callback(&self, new: NewCallback<'_>) -> Result<bool, StoreError> {
        let NewCallback { feed, name, hub, hubs, topic, secret, at, due, failures } = new;
        let [over, add, next] = BEGIN;
        let hubs = i64::try_from(hubs).unwrap_or(i64::MAX);
        let values = [
            feed.into(),
            name.into(),
            hub.into(),
            topic.into(),
            secret.into(),
            at.into(),
            hubs.into(),
        ];
        let statements = vec![
            Statement::new(over, [feed.into(), hub.into()]),
            Statement::new(add, values),
            Statement::new(next, [feed.into(), due.into(), i64::from(failures).into()]),
        ];
        let answers = self.write(statements, Durability::Power).await?;
        Ok(answers.get(1).is_some_and(|rows| !rows.is_empty()))
    }

    /// A callback.
    ///
    /// # Errors
    /// A database that cannot read.
    pub async fn callback(&self, name: &str) -> Result<Option<Callback>, StoreError> {
        const FIND: &str = concat!(callback!("SELECT"), " FROM websub_callback WHERE name = $1");
        let rows = self.read(Statement::new(FIND, [name.into()])).await?;
        rows.into_iter().next().map(callback).transpose()
    }

    /// All callbacks of a feed, the last asked first.
    ///
    /// # Errors
    /// A database that cannot read.
    pub async fn callbacks(&self, feed: i64) -> Result<Vec<Callback>, StoreError> {
        const FIND: &str = concat!(
            callback!("SELECT"),
            " FROM websub_callback WHERE feed = $1 ORDER BY asked DESC, name"
        );
        let rows = self.read(Statement::new(FIND, [feed.into()])).await?;
        rows.into_iter().map(callback).collect()
    }

    /// The hub has made sure that it was asked, and tells until a time; it is asked again at another.
    /// Hubs that told of the feed before are to stop. Returns whether there was such a request.
    ///
    /// # Errors
    /// A database that cannot write.
    pub async fn confirm_callback(
        &self,
        name: &str,
        now: Timestamp,
        (until, renew): (Timestamp, Timestamp),
    ) -> Result<bool, StoreError> {
        let [confirm, next, others] = CONFIRM;
        let statements = vec![
            Statement::new(confirm, [name.into(), until.into()]),
            Statement::new(next, [name.into(), renew.into()]),
            Statement::new(others, [name.into(), now.into()]),
        ];
        let answers = self.write(statements, Durability::Power).await?;
        Ok(answers.first().is_some_and(|rows| !rows.is_empty()))
    }

    /// The hub does not tell, or no more. The feed is asked at once, and its next hub; if all of them
    /// have said no, they are asked again at a time. Returns whether there was such a request.
    ///
    /// # Errors
    /// A database that cannot write.
    pub async fn deny_callback(
        &self,
        name: &str,
        words: &str,
        (now, due): (Timestamp, Timestamp),
    ) -> Result<bool, StoreError> {
        let [next, deny] = DENY;
        let statements = vec![
            Statement::new(next, [name.into(), due.into(), words.into(), now.into()]),
            Statement::new(deny, [name.into(), words.into()]),
        ];
        let answers = self.write(statements, Durability::Power).await?;
        Ok(answers.last().is_some_and(|rows| !rows.is_empty()))
    }

    /// The hub has refused to be asked.
    ///
    /// # Errors
    /// A database that cannot write.
    pub async fn refuse_callback(&self, name: &str, words: &str) -> Result<(), StoreError> {
        let refused = Statement::new(REFUSED, [name.into(), words.into()]);
        self.write(vec![refused], Durability::Process).await.map(drop)
    }

    /// No hub was won for a feed: when to try again, how often it was tried, and why. Nothing changes
    /// if the hub that was asked last has made sure of it meanwhile.
    ///
    /// # Errors
    /// A database that cannot write.
    pub async fn postpone_hub(
        &self,
        feed: &HubFeed,
        name: &str,
        words: &str,
        due: Timestamp,
    ) -> Result<(), StoreError> {
        let failures = i64::from(feed.failures).into();
        let values = [feed.feed.into(), due.into(), failures, words.into(), name.into()];
        self.write(vec![Statement::new(POSTPONE, values)], Durability::Process).await.map(drop)
    }

    /// Nobody wants a feed any more: its callbacks are closed, and their hubs are to stop.
    ///
    /// # Errors
    /// A database that cannot write.
    pub async fn leave_hubs(&self, feed: i64, now: Timestamp) -> Result<(), StoreError> {
        let [unknown, deliveries, denied, close] = LEAVE;
        let statements = vec![
            Statement::new(unknown, [feed.into()]),
            Statement::new(deliveries, [feed.into()]),
            Statement::new(denied, [feed.into()]),
            Statement::new(close, [feed.into(), now.into()]),
        ];
        self.write(statements, Durability::Power).await.map(drop)
    }

    /// Feeds whose hubs tell of them though nobody follows them: whoever let them go was ended before
    /// the hubs were left, or somebody was asking for the feed meanwhile.
    ///
    /// # Errors
    /// A database that cannot read.
    pub async fn unfollowed_hubs(&self) -> Result<Vec<i64>, StoreError> {
        const UNFOLLOWED: &str = "
            SELECT feed FROM websub
            WHERE NOT EXISTS (SELECT 1 FROM subscription WHERE subscription.feed = websub.feed)
            ORDER BY feed";
        let rows = self.read(Statement::new(UNFOLLOWED, [])).await?;
        rows.into_iter().map(|mut row| row.number()).collect()
    }

    /// Takes callbacks whose hubs have to be asked to stop; who is not heard of until a time has not
    /// done it.
    ///
    /// # Errors
    /// A database that cannot write.
    pub async fn take_leaving(
        &self,
        now: Timestamp,
        until: Timestamp,
        most: u16,
    ) -> Result<Vec<Callback>, StoreError> {
        let values = [now.into(), until.into(), i64::from(most).into()];
        let take = Statement::of_each(
            take_leaving!("IN (", ")"),
            take_leaving!("= ANY (ARRAY (", " FOR UPDATE SKIP LOCKED))"),
            values,
        );
        let taken = self.write(vec![take], Durability::Process).await?;
        taken.into_iter().flatten().map(callback).collect()
    }

    /// The hub was asked to stop, and is not asked again; it may still make sure of it.
    ///
    /// # Errors
    /// A database that cannot write.
    pub async fn asked_to_stop(&self, name: &str) -> Result<(), StoreError> {
        const ASKED: &str = "UPDATE websub_callback SET leave_due = NULL WHERE name = $1";
        let asked = Statement::new(ASKED, [name.into()]);
        self.write(vec![asked], Durability::Process).await.map(drop)
    }

    /// The hub has stopped. Returns whether it was asked to.
    ///
    /// # Errors
    /// A database that cannot write.
    pub async fn end_callback(&self, name: &str) -> Result<bool, StoreError> {
        let left = Statement::new(LEFT, [name.into()]);
        let answers = self.write(vec![left], Durability::Power).await?;
        Ok(answers.iter().any(|rows| !rows.is_empty()))
    }

    /// Closes callbacks whose time is over. Their feeds are to be asked at once. Returns the feeds.
    ///
    /// # Errors
    /// A database that cannot write.
    pub async fn lapse_callbacks(&self, now: Timestamp) -> Result<Vec<i64>, StoreError> {
        let [ask, close] = LAPSE;
        let statements =
            vec![Statement::new(ask, [now.into()]), Statement::new(close, [now.into()])];
        let mut answers = self.write(statements, Durability::Process).await?;
        let closed = answers.pop().unwrap_or_default();
        closed.into_iter().map(|mut row| row.number()).collect()
    }

    /// Forgets callbacks that were over before a time: hubs have long heard that they are gone.
    ///
    /// # Errors
    /// A database that cannot write.
    pub async fn forget_callbacks(&self, before: Timestamp) -> Result<(), StoreError> {
        const FORGET: &str = "
            DELETE FROM websub_callback
            WHERE state IN ('ended', 'denied') AND coalesce(lease_until, asked) <= $1";
        let forget = Statement::new(FORGET, [before.into()]);
        self.write(vec![forget], Durability::Process).await.map(drop)
    }

    /// When somebody has to be asked next, or a callback closed.
    ///
    /// # Errors
    /// A database that cannot read.
    pub async fn next_hub_work(&self) -> Result<Option<Timestamp>, StoreError> {
        const NEXT: &str = "
            SELECT min(at) FROM (
                SELECT min(due) AS at FROM websub
                UNION ALL SELECT min(leave_due) FROM websub_callback WHERE leave_due IS NOT NULL
                UNION ALL SELECT min(lease_until) FROM websub_callback WHERE state = 'active'
            ) AS next";
        let mut rows = self.read(Statement::new(NEXT, [])).await?;
        Ok(rows.first_mut().map(Row::maybe_time).transpose()?.flatten())
    }

    /// Whether a hub tells of a feed.
    ///
    /// # Errors
    /// A database that cannot read.
    pub async fn has_hub(&self, feed: i64, now: Timestamp) -> Result<bool, StoreError> {
        const HAS: &str = "
            SELECT feed FROM websub_callback
            WHERE feed = $1 AND state = 'active' AND is_leaving = 0 AND lease_until > $2 LIMIT 1";
        Ok(!self.read(Statement::new(HAS, [feed.into(), now.into()])).await?.is_empty())
    }

    /// Notes that there is something new in a feed that nobody has seen.
    ///
    /// # Errors
    /// A database that cannot write.
    pub async fn ping_feed(&self, feed: i64, now: Timestamp) -> Result<(), StoreError> {
        const PING: &str = "UPDATE websub SET pinged = $2 WHERE feed = $1";
        let ping = Statement::new(PING, [feed.into(), now.into()]);
        self.write(vec![ping], Durability::Process).await.map(drop)
    }

    /// Feeds that are to be asked at once, the oldest first, with the time that makes it sure which
    /// word was followed.
    ///
    /// # Errors
    /// A database that cannot read.
    pub async fn pinged_feeds(&self, most: u16) -> Result<Vec<(i64, Timestamp)>, StoreError> {
        const PINGED: &str = "
            SELECT feed, pinged FROM websub WHERE pinged IS NOT NULL ORDER BY pinged, feed LIMIT $1";
        let rows = self.read(Statement::new(PINGED, [i64::from(most).into()])).await?;
        rows.into_iter().map(|mut row| Ok((row.number()?, row.time()?))).collect()
    }

    /// A feed is asked because of a word; later ones count anew.
    ///
    /// # Errors
    /// A database that cannot write.
    pub async fn follow_ping(&self, feed: i64, at: Timestamp) -> Result<(), StoreError> {
        const DONE: &str = "UPDATE websub SET pinged = NULL WHERE feed = $1 AND pinged = $2";
        let done = Statement::new(DONE, [feed.into(), at.into()]);
        self.write(vec![done], Durability::Process).await.map(drop)
    }

    /// Takes a delivery, to be merged later. It is accepted once it stands on the disk. Returns
    /// whether it is: not if its callback is closed, or too many of the feed wait already. The same
    /// is taken once.
    ///
    /// # Errors
    /// A database that cannot write.
    pub async fn deliver(&self, delivery: NewDelivery<'_>) -> Result<bool, StoreError> {
        let NewDelivery { name, content_type, body, at } = delivery;
        let mut stamper = Stamper::default();
        stamper.option(content_type).stamp(Stamp::of(&body));
        let stamp = stamper.finish().to_string();
        let stamp = stamp.as_str();
        let values = [
            name.into(),
            content_type.into(),
            body.into(),
            stamp.into(),
            at.into(),
            MOST_WAITING.into(),
        ];
        let statements = vec![
            Statement::of_each(deliver!("$3"), deliver!("CAST($3 AS BYTEA)"), values),
            Statement::new(IS_DELIVERED, [name.into(), stamp.into()]),
        ];
        let answers = self.write(statements, Durability::Power).await?;
        Ok(answers.last().is_some_and(|rows| !rows.is_empty()))
    }

    /// The oldest delivery that came after another; 0 is before the first.
    ///
    /// # Errors
    /// A database that cannot read.
    pub async fn next_delivery(&self, after: i64) -> Result<Option<StoredDelivery>, StoreError> {
        const NEXT: &str = "
            SELECT id, feed, topic, content_type, body, received FROM websub_delivery
            WHERE id > $1 ORDER BY id LIMIT 1";
        let rows = self.read(Statement::new(NEXT, [after.into()])).await?;
        let read = |mut row: Row| {
            Ok(StoredDelivery {
                id: row.number()?,
                feed: row.number()?,
                topic: row.text()?,
                content_type: row.maybe_text()?,
                body: row.bytes()?,
                received: row.time()?,
            })
        };
        rows.into_iter().next().map(read).transpose()
    }

    /// Somebody begins to merge a delivery; returns how often that was begun, this time included.
    ///
    /// # Errors
    /// A database that cannot write.
    pub async fn try_delivery(&self, id: i64) -> Result<u32, StoreError> {
        const TRY: &str =
            "UPDATE websub_delivery SET tries = tries + 1 WHERE id = $1 RETURNING tries";
        let answers =
            self.write(vec![Statement::new(TRY, [id.into()])], Durability::Process).await?;
        let tries = answers.into_iter().flatten().next().map(|mut row| row.number()).transpose()?;
        Ok(u32::try_from(tries.unwrap_or(0)).unwrap_or(u32::MAX))
    }

    /// A delivery cannot be merged: it is dropped, and its feed is to be asked.
    ///
    /// # Errors
    /// A database that cannot write.
    pub async fn drop_delivery(&self, id: i64, now: Timestamp) -> Result<(), StoreError> {
        const PING: &str = "
            UPDATE websub SET pinged = $2
            WHERE feed = (SELECT feed FROM websub_delivery WHERE id = $1)";
        let statements = vec![
            Statement::new(PING, [id.into(), now.into()]),
            Statement::new("DELETE FROM websub_delivery WHERE id = $1", [id.into()]),
        ];
        self.write(statements, Durability::Process).await.map(drop)
    }

    /// A delivery is merged.
    ///
    /// # Errors
    /// A database that cannot write.
    pub async fn finish_delivery(&self, id: i64) -> Result<(), StoreError> {
        const DONE: &str = "DELETE FROM websub_delivery WHERE id = $1";
        self.write(vec![Statement::new(DONE, [id.into()])], Durability::Process).await.map(drop)
    }

    /// How many deliveries wait to be merged.
    ///
    /// # Errors
    /// A database that cannot read.
    pub async fn count_deliveries(&self) -> Result<usize, StoreError> {
        let count = Statement::new("SELECT count(*) FROM websub_delivery", []);
        let count = self.read(count).await?.first_mut().map(Row::number).transpose()?;
        Ok(usize::try_from(count.unwrap_or(0)).unwrap_or(0))
    }
}

fn callback(mut row: Row) -> Result<Callback, StoreError> {
    Ok(Callback {
        name: row.text()?,
        feed: row.number()?,
        hub: row.text()?,
        topic: row.text()?,
        secret: row.maybe_text()?.map(Secret::new),
        state: {
            let name = row.text()?;
            State::of(&name).ok_or_else(|| {
                StoreError::new("read an answer", format!("{name} is no state of a callback"))
            })?
        },
        asked: row.time()?,
        lease_until: row.maybe_time()?,
        is_leaving: row.number()? != 0,
        leave_tries: u32::try_from(row.number()?).unwrap_or(u32::MAX),
        words: row.text()?,
    })
}
