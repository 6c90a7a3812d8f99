//! What pages tell of whom somebody follows, and of how the feeds of these are.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;

use super::engine::{Durability, Row, Statement};
use super::feeds::{FeedId, FeedState, ReaderId, StoredFeed, Subscription, columns};
use super::feeds::{end, key, subscription};
use super::timeline::list;
use super::{Store, StoreError};

const SUBSCRIPTION: &str = "
    SELECT f.id, f.url, f.host, s.channel, s.card, s.since
    FROM subscription s JOIN feed f ON f.id = s.feed WHERE s.reader = $1 AND s.feed = $2";

/// Those whose cards hold a text.
const LIKE: (&str, &str) = (
    "SELECT f.id, f.url, f.host, s.channel, s.card, s.since
    FROM subscription s JOIN feed f ON f.id = s.feed
    WHERE s.reader = $1 AND instr(s.card, $2) > 0 ORDER BY f.id LIMIT $3",
    "SELECT f.id, f.url, f.host, s.channel, s.card, s.since
    FROM subscription s JOIN feed f ON f.id = s.feed
    WHERE s.reader = $1 AND strpos(s.card, $2) > 0 ORDER BY f.id LIMIT $3",
);

const FOLLOWED: &str = "
    SELECT s.feed FROM feed f JOIN subscription s ON s.feed = coalesce(f.same_as, f.id)
    WHERE s.reader = $1 AND f.key = $2";
const FOLLOWED_AT: &str = "
    SELECT s.feed FROM feed f JOIN subscription s ON s.feed = coalesce(f.same_as, f.id)
    WHERE s.reader = $1 AND f.location = $2 ORDER BY s.feed LIMIT 1";

const ADDRESSES: &str = "SELECT url FROM feed WHERE id = $1 OR same_as = $1 ORDER BY id";

const STATES: &str = "
    SELECT f.state, CAST(count(*) AS BIGINT)
    FROM subscription s JOIN feed f ON f.id = s.feed WHERE s.reader = $1
    GROUP BY f.state";

const BY_HEALTH: &str = columns!(
    "FROM subscription s JOIN feed f ON f.id = s.feed WHERE s.reader = $1
    ORDER BY CASE f.state WHEN 'failing' THEN 0 WHEN 'gone' THEN 1 ELSE 2 END, f.host, f.id
    LIMIT $2 OFFSET $3"
);

const SOME: (&str, &str) = (
    columns!("FROM feed f WHERE f.id IN (SELECT value FROM json_each($1))"),
    columns!(
        "FROM feed f WHERE f.id = ANY (
        SELECT CAST(jsonb_array_elements_text(CAST(CAST($1 AS TEXT) AS JSONB)) AS BIGINT))"
    ),
);

const LAST_POSTS: (&str, &str) = (
    "SELECT value, (SELECT max(e.sorted) FROM entry e
        WHERE e.reader = $1 AND e.feed = value AND e.hidden IS NULL)
    FROM json_each($2)",
    "SELECT f.id, (SELECT max(e.sorted) FROM entry e
        WHERE e.reader = $1 AND e.feed = f.id AND e.hidden IS NULL)
    FROM (SELECT CAST(jsonb_array_elements_text(CAST(CAST($2 AS TEXT) AS JSONB)) AS BIGINT) AS id) AS f",
);

const PUSHED: (&str, &str) = (
    "SELECT DISTINCT feed FROM websub_callback
    WHERE feed IN (SELECT value FROM json_each($1))
        AND state = 'active' AND is_leaving = 0 AND lease_until > $2",
    "SELECT DISTINCT feed FROM websub_callback
    WHERE feed = ANY (
        SELECT CAST(jsonb_array_elements_text(CAST(CAST($1 AS TEXT) AS JSONB)) AS BIGINT))
        AND state = 'active' AND is_leaving = 0 AND lease_until > $2",
);

impl Store {
    /// What somebody follows by a feed, if they do.
    ///
    /// # Errors
    /// A database that cannot read.
    pub async fn subscription(
        &self,
        reader: ReaderId,
        feed: FeedId,
    ) -> Result<Option<Subscription>, StoreError> {
        let rows = self.read(Statement::new(SUBSCRIPTION, [reader.into(), feed.into()])).await?;
        rows.into_iter().next().map(subscription).transpose()
    }

    /// What somebody follows, where what they wrote of it, as JSON, holds a text.
    ///
    /// # Errors
    /// A database that cannot read.
    pub async fn subscriptions_like(
        &self,
        reader: ReaderId,
        text: &str,
        most: u16,
    ) -> Result<Vec<Subscription>, StoreError> {
        let values = [reader.into(), text.into(), i64::from(most).into()];
        let rows = self.read(Statement::of_each(LIKE.0, LIKE.1, values)).await?;
        rows.into_iter().map(subscription).collect()
    }

    /// The feed that somebody follows at an address, if they do.
    ///
    /// # Errors
    /// A database that cannot read.
    pub async fn followed_at(
        &self,
        reader: ReaderId,
        url: &str,
    ) -> Result<Option<FeedId>, StoreError> {
        let first = |mut rows: Vec<Row>| rows.first_mut().map(Row::number).transpose();
        let by_key = Statement::new(FOLLOWED, [reader.into(), key(url).into()]);
        let found = first(self.read(by_key).await?)?;
        if found.is_some() {
            return Ok(found.map(FeedId));
        }
        let by_place = Statement::new(FOLLOWED_AT, [reader.into(), url.into()]);
        Ok(first(self.read(by_place).await?)?.map(FeedId))
    }

    /// The addresses by which a feed is followed. They may hold credentials.
    ///
    /// # Errors
    /// A database that cannot read.
    pub async fn feed_addresses(&self, feed: FeedId) -> Result<Vec<String>, StoreError> {
        let rows = self.read(Statement::new(ADDRESSES, [feed.into()])).await?;
        rows.into_iter().map(|mut row| row.text()).collect()
    }

    /// Notes that somebody follows a feed no more; what came by it goes, but for what they keep. True
    /// if nobody follows it any more.
    ///
    /// # Errors
    /// A database that cannot write.
    pub async fn unfollow(&self, reader: ReaderId, feed: FeedId) -> Result<bool, StoreError> {
        self.write(end(reader, feed).into(), Durability::Process).await?;
        Ok(self.subscribers(feed).await?.is_empty())
    }

    /// How many of the feeds that somebody follows are how.
    ///
    /// # Errors
    /// A database that cannot read.
    pub async fn count_feeds(
        &self,
        reader: ReaderId,
    ) -> Result<Vec<(FeedState, usize)>, StoreError> {
        let rows = self.read(Statement::new(STATES, [reader.into()])).await?;
        let mut counts = Vec::with_capacity(rows.len());
        for mut row in rows {
            if let Some(state) = FeedState::named(&row.text()?) {
                counts.push((state, usize::try_from(row.number()?).unwrap_or_default()));
            }
        }
        Ok(counts)
    }

    /// Feeds that somebody follows, those that are not well first, then those that are gone.
    ///
    /// # Errors
    /// A database that cannot read.
    pub async fn feeds_by_health(
        &self,
        reader: ReaderId,
        most: u16,
        skipped: usize,
    ) -> Result<Vec<StoredFeed>, StoreError> {
        let skipped = i64::try_from(skipped).unwrap_or(i64::MAX);
        let values = [reader.into(), i64::from(most).into(), skipped.into()];
        self.feeds_of(Statement::new(BY_HEALTH, values)).await
    }

    /// Some feeds.
    ///
    /// # Errors
    /// A database that cannot read.
    pub async fn some_feeds(&self, feeds: &[FeedId]) -> Result<Vec<StoredFeed>, StoreError> {
        let values = [numbers(feeds).into()];
        self.feeds_of(Statement::of_each(SOME.0, SOME.1, values)).await
    }

    /// When each of some feeds posted last, as far as somebody sees it.
    ///
    /// # Errors
    /// A database that cannot read.
    pub async fn last_posts(
        &self,
        reader: ReaderId,
        feeds: &[FeedId],
    ) -> Result<HashMap<FeedId, Timestamp>, StoreError> {
        let values = [reader.into(), numbers(feeds).into()];
        let mut found = HashMap::new();
        for mut row in self.read(Statement::of_each(LAST_POSTS.0, LAST_POSTS.1, values)).await? {
            let feed = FeedId(row.number()?);
            found.extend(row.maybe_time()?.map(|at| (feed, at)));
        }
        Ok(found)
    }

    /// Which of some feeds have a hub that tells of news.
    ///
    /// # Errors
    /// A database that cannot read.
    pub async fn pushed_feeds(
        &self,
        feeds: &[FeedId],
        now: Timestamp,
    ) -> Result<HashSet<FeedId>, StoreError> {
        let values = [numbers(feeds).into(), now.into()];
        let rows = self.read(Statement::of_each(PUSHED.0, PUSHED.1, values)).await?;
        rows.into_iter().map(|mut row| row.number().map(FeedId)).collect()
    }
}

fn numbers(feeds: &[FeedId]) -> String {
    list(feeds.iter().map(|feed| feed.0))
}
