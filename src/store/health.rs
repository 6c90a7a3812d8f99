//! How feeds are, beyond what stands in their own rows: how much came lately, which hubs tell of
//! them, which hosts want to be left alone. And asking for all of them at once.

use std::collections::HashMap;
use std::time::Duration;

use jiff::Timestamp;

use super::engine::{Durability, Row, Statement};
use super::feeds::{FeedId, ReaderId};
use super::{Store, StoreError};

const PACE: &str = "
    SELECT feed, count(*) FROM entry
    WHERE reader = $1 AND hidden IS NULL AND sorted >= $2 GROUP BY feed";

const TOLD: &str = "
    SELECT feed, max(lease_until) FROM websub_callback
    WHERE state = 'active' AND is_leaving = 0 AND lease_until > $1 GROUP BY feed";

const HELD: &str = "SELECT name, held_until FROM feed_host WHERE held_until > $1";

const KEPT: &str = "SELECT count(*) FROM item WHERE feed = $1";

/// What is gone for good is asked only by its own name.
const ASK_ALL: &str = "
    UPDATE feed SET due = $2
    WHERE id IN (SELECT feed FROM subscription WHERE reader = $1) AND state <> 'gone'
        AND same_as IS NULL AND (checked IS NULL OR checked <= $3 OR checked > $2)
    RETURNING id";

const ASK_HOSTS: &str = "
    UPDATE feed_host SET due = $2
    WHERE (due IS NULL OR due > $2) AND name IN (
        SELECT f.host FROM feed f JOIN subscription s ON s.feed = f.id
        WHERE s.reader = $1 AND f.due <= $2)";

impl Store {
    /// How many entries of each feed somebody sees that are not older than a time.
    ///
    /// # Errors
    /// A database that cannot read.
    pub async fn entries_of_each(
        &self,
        reader: ReaderId,
        since: Timestamp,
    ) -> Result<HashMap<FeedId, usize>, StoreError> {
        let rows = self.read(Statement::new(PACE, [reader.into(), since.into()])).await?;
        let read = |mut row: Row| {
            let (feed, count) = (FeedId(row.number()?), row.number()?);
            Ok((feed, usize::try_from(count).unwrap_or_default()))
        };
        rows.into_iter().map(read).collect()
    }

    /// The feeds that hubs tell of, and until when.
    ///
    /// # Errors
    /// A database that cannot read.
    pub async fn told_feeds(
        &self,
        now: Timestamp,
    ) -> Result<HashMap<FeedId, Timestamp>, StoreError> {
        let rows = self.read(Statement::new(TOLD, [now.into()])).await?;
        rows.into_iter().map(|mut row| Ok((FeedId(row.number()?), row.time()?))).collect()
    }

    /// The hosts that want to be left alone, and until when.
    ///
    /// # Errors
    /// A database that cannot read.
    pub async fn held_hosts(
        &self,
        now: Timestamp,
    ) -> Result<HashMap<String, Timestamp>, StoreError> {
        let rows = self.read(Statement::new(HELD, [now.into()])).await?;
        rows.into_iter().map(|mut row| Ok((row.text()?, row.time()?))).collect()
    }

    /// How many items of a feed are kept.
    ///
    /// # Errors
    /// A database that cannot read.
    pub async fn count_items(&self, feed: FeedId) -> Result<usize, StoreError> {
        let mut rows = self.read(Statement::new(KEPT, [feed.into()])).await?;
        let count = rows.first_mut().map(Row::number).transpose()?.unwrap_or(0);
        Ok(usize::try_from(count).unwrap_or_default())
    }

    /// Makes all feeds due now that somebody follows, but for those that were asked since `guard`
    /// and those that are gone. Returns how many.
    ///
    /// # Errors
    /// A database that cannot write.
    pub async fn ask_all_feeds(
        &self,
        reader: ReaderId,
        now: Timestamp,
        guard: Duration,
    ) -> Result<usize, StoreError> {
        let since = now.checked_sub(guard).unwrap_or(Timestamp::MIN);
        let statements = vec![
            Statement::new(ASK_ALL, [reader.into(), now.into(), since.into()]),
            Statement::new(ASK_HOSTS, [reader.into(), now.into()]),
        ];
        let answers = self.write(statements, Durability::Process).await?;
        Ok(answers.first().map(Vec::len).unwrap_or_default())
    }
}
