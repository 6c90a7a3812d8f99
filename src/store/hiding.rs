//! What rules hide: whom a feed's entries go to, the latest entries whether hidden or not, how much
//! each rule hides, and the timeline without channels that the owner keeps out of it.
//!
//! What the rules are is known by the reader.

use super::engine::{Row, Statement, Value};
use super::feeds::{FeedId, Following, ReaderId};
use super::items::ItemId;
use super::timeline::{Part, StoredEntry, entry};
use super::{Store, StoreError};

const FOLLOWERS: &str = "
    SELECT s.reader, f.url, f.host, s.channel, s.card
    FROM subscription s JOIN feed f ON f.id = s.feed WHERE s.feed = $1 ORDER BY s.reader";

const FOLLOWED_AS: &str = "
    SELECT s.reader, f.url, f.host, s.channel, s.card
    FROM subscription s JOIN feed f ON f.id = s.feed WHERE s.feed = $1 AND s.reader = $2";

const COUNTS: &str = "
    SELECT hidden, count(*) FROM entry WHERE reader = $1 AND hidden IS NOT NULL
    GROUP BY hidden ORDER BY hidden";

macro_rules! entries {
    ($($rest:literal),+) => {
        concat!(
            "SELECT e.sorted, e.item, e.feed, e.channel, i.arrived, i.kind, e.is_read, e.is_kept, ",
            "e.hidden, i.body FROM entry e JOIN item i ON i.id = e.item WHERE e.reader = $1 ",
            $($rest),+
        )
    };
}

const LATEST: &str = entries!("AND e.item < $2 ORDER BY e.item DESC LIMIT $3");

/// The statements for the newest, for what is before a place, and for what is after it, as SQLite
/// has them and as PostgreSQL does. The values are the reader, how many, the channels as JSON,
/// whether what was read counts, and the place.
macro_rules! outside {
    ($channels:literal) => {
        [
            entries!(
                "AND e.hidden IS NULL AND e.is_read <= $4 AND NOT (",
                $channels,
                ") ORDER BY e.sorted DESC, e.item DESC LIMIT $2"
            ),
            entries!(
                "AND e.hidden IS NULL AND e.is_read <= $4 AND NOT (",
                $channels,
                ") AND (e.sorted, e.item) < ($5, $6) ORDER BY e.sorted DESC, e.item DESC LIMIT $2"
            ),
            entries!(
                "AND e.hidden IS NULL AND e.is_read <= $4 AND NOT (",
                $channels,
                ") AND (e.sorted, e.item) > ($5, $6) ORDER BY e.sorted, e.item LIMIT $2"
            ),
        ]
    };
}

const OUTSIDE_SQLITE: [&str; 3] = outside!("e.channel IN (SELECT value FROM json_each($3))");
const OUTSIDE_POSTGRES: [&str; 3] =
    outside!("e.channel = ANY (SELECT jsonb_array_elements_text(CAST(CAST($3 AS TEXT) AS JSONB)))");

impl Store {
    /// Who follows a feed, and as what.
    ///
    /// # Errors
    /// A database that cannot read.
    pub async fn followers(&self, feed: FeedId) -> Result<Vec<(ReaderId, Following)>, StoreError> {
        let rows = self.read(Statement::new(FOLLOWERS, [feed.into()])).await?;
        rows.into_iter().map(follower).collect()
    }

    /// As what somebody follows a feed, if they do.
    ///
    /// # Errors
    /// A database that cannot read.
    pub async fn followed_as(
        &self,
        reader: ReaderId,
        feed: FeedId,
    ) -> Result<Option<Following>, StoreError> {
        let rows = self.read(Statement::new(FOLLOWED_AS, [feed.into(), reader.into()])).await?;
        Ok(rows.into_iter().next().map(follower).transpose()?.map(|(_, following)| following))
    }

    /// Entries from the latest on, or from the one that arrived before another, hidden or not.
    ///
    /// # Errors
    /// A database that cannot read.
    pub async fn latest_entries(
        &self,
        reader: ReaderId,
        before: Option<ItemId>,
        most: u16,
    ) -> Result<Vec<StoredEntry>, StoreError> {
        let before = before.map_or(i64::MAX, |item| item.0);
        let values = [reader.into(), before.into(), i64::from(most).into()];
        self.read(Statement::new(LATEST, values)).await?.into_iter().map(entry).collect()
    }

    /// How many entries each rule hides that hides any.
    ///
    /// # Errors
    /// A database that cannot read.
    pub async fn count_hidden(&self, reader: ReaderId) -> Result<Vec<(String, usize)>, StoreError> {
        let rows = self.read(Statement::new(COUNTS, [reader.into()])).await?;
        let count = |mut row: Row| {
            let rule = row.text()?;
            Ok((rule, usize::try_from(row.number()?).unwrap_or_default()))
        };
        rows.into_iter().map(count).collect()
    }

    /// A part of the timeline without some channels; with `is_unread`, only what was not read yet.
    ///
    /// # Errors
    /// A database that cannot read.
    pub async fn entries_outside(
        &self,
        reader: ReaderId,
        (channels, is_unread): (&[&str], bool),
        part: Part,
        most: u16,
    ) -> Result<Vec<StoredEntry>, StoreError> {
        let (at, place) = match part {
            Part::Newest => (0, None),
            Part::Before(place) => (1, Some(place)),
            Part::After(place) => (2, Some(place)),
        };
        let pick = |all: [&'static str; 3]| all.get(at).copied().unwrap_or_default();
        let channels = serde_json::to_string(channels).unwrap_or_default();
        let most_read = i64::from(!is_unread);
        let mut values: Vec<Value> =
            vec![reader.into(), i64::from(most).into(), channels.into(), most_read.into()];
        values.extend(place.into_iter().flat_map(|place| [place.sorted.into(), place.item.into()]));
        let statement = Statement::of_each(pick(OUTSIDE_SQLITE), pick(OUTSIDE_POSTGRES), values);
        self.read(statement).await?.into_iter().map(entry).collect()
    }
}

fn follower(mut row: Row) -> Result<(ReaderId, Following), StoreError> {
    let reader = ReaderId(row.number()?);
    let following =
        Following { url: row.text()?, host: row.text()?, channel: row.text()?, card: row.text()? };
    Ok((reader, following))
}
