//! Timelines: what somebody sees of what the feeds they follow brought, what of it they have read
//! and kept, what their rules hide, and where a word stands in it.
//!
//! How a page of it looks is left to the reader.

use jiff::Timestamp;

use super::engine::{Durability, Row, Statement, Value};
use super::feeds::{FeedId, ReaderId};
use super::items::ItemId;
use super::{Store, StoreError};

/// Which entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope<'s> {
    /// All that no rule hides.
    All,
    /// Those of a channel.
    Channel(&'s str),
    /// Those of a feed.
    Feed(FeedId),
    /// Those that were not read yet.
    Unread,
    /// Those of a channel that were not read yet.
    UnreadIn(&'s str),
    /// Those that rules hide.
    Hidden,
    /// Those that the owner keeps, hidden or not.
    Kept,
}

/// A place in a timeline: its time, and of the same time, the order of arrival.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// When.
    pub sorted: Timestamp,
    /// Which.
    pub item: ItemId,
}

/// Which part of a timeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// From the newest on.
    Newest,
    /// What is older than a place, the newest of it first.
    Before(Place),
    /// What is newer than a place, the oldest of it first.
    After(Place),
}

/// An item in a timeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredEntry {
    /// Which and when.
    pub place: Place,
    /// The feed it came with.
    pub feed: FeedId,
    /// The channel it is in.
    pub channel: String,
    /// When it came.
    pub arrived: Timestamp,
    /// The kind of post.
    pub kind: String,
    /// Whether it was read.
    pub is_read: bool,
    /// Whether the owner keeps it.
    pub is_kept: bool,
    /// The rule that hides it.
    pub hidden: Option<String>,
    /// What is shown, as JSON.
    pub body: String,
}

/// Where an entry comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredSource {
    /// The feed.
    pub feed: FeedId,
    /// What the owner wrote of whoever they follow, as JSON; none if they do not any more.
    pub card: Option<String>,
    /// What the feed says of itself, as JSON.
    pub about: Option<String>,
    /// The address that is followed. It may hold credentials.
    pub url: String,
    /// The channel that it is sorted into.
    pub channel: Option<String>,
}

macro_rules! entries {
    ($($rest:literal),+) => {
        concat!(
            "SELECT e.sorted, e.item, e.feed, e.channel, i.arrived, i.kind, e.is_read, e.is_kept, ",
            "e.hidden, i.body FROM entry e JOIN item i ON i.id = e.item WHERE e.reader = $1 ",
            $($rest),+
        )
    };
}

/// The statements of a scope, for the newest, for what is before a place, and for what is after it.
/// The values are the reader, how many, what the scope is about if it is about something, and the
/// place.
macro_rules! parts {
    ($where:literal, $place:literal) => {
        [
            entries!($where, " ORDER BY e.sorted DESC, e.item DESC LIMIT $2"),
            entries!(
                $where,
                " AND (e.sorted, e.item) < ",
                $place,
                " ORDER BY e.sorted DESC, e.item DESC LIMIT $2"
            ),
            entries!(
                $where,
                " AND (e.sorted, e.item) > ",
                $place,
                " ORDER BY e.sorted, e.item LIMIT $2"
            ),
        ]
    };
}

const ALL: [&str; 3] = parts!("AND e.hidden IS NULL", "($3, $4)");
const CHANNEL: [&str; 3] = parts!("AND e.hidden IS NULL AND e.channel = $3", "($4, $5)");
const FEED: [&str; 3] = parts!("AND e.hidden IS NULL AND e.feed = $3", "($4, $5)");
const UNREAD: [&str; 3] = parts!("AND e.hidden IS NULL AND e.is_read = 0", "($3, $4)");
const UNREAD_IN: [&str; 3] =
    parts!("AND e.hidden IS NULL AND e.is_read = 0 AND e.channel = $3", "($4, $5)");
const HIDDEN: [&str; 3] = parts!("AND e.hidden IS NOT NULL", "($3, $4)");
const KEPT: [&str; 3] = parts!("AND e.is_kept = 1", "($3, $4)");

const ONE: &str = entries!("AND e.item = $2");
const ARRIVED: &str = entries!("AND e.item > $2 ORDER BY e.item LIMIT $3");
const SINCE: &str =
    entries!("AND e.hidden IS NULL AND i.arrived >= $2 AND e.item > $3 ORDER BY e.item LIMIT $4");
const AT_PAGES: (&str, &str) = (
    entries!(
        "AND e.hidden IS NULL AND i.page IN (SELECT value FROM json_each($2))
        ORDER BY e.sorted, e.item LIMIT $3"
    ),
    entries!(
        "AND e.hidden IS NULL
        AND i.page = ANY (SELECT CAST(jsonb_array_elements_text(CAST(CAST($2 AS TEXT) AS JSONB)) AS BIGINT))
        ORDER BY e.sorted, e.item LIMIT $3"
    ),
);

const ANSWERING: &str = entries!(
    "AND e.hidden IS NULL AND e.item IN (SELECT item FROM answer WHERE page = $2)
    ORDER BY e.sorted, e.item LIMIT $3"
);

/// The words decide first; rows of the index come in the order of arrival.
const SEARCH_SQLITE: &str = "
    SELECT e.sorted, e.item, e.feed, e.channel, i.arrived, i.kind, e.is_read, e.is_kept, e.hidden,
        i.body
    FROM item_words w
        CROSS JOIN entry e ON e.reader = $1 AND e.item = w.rowid
        CROSS JOIN item i ON i.id = w.rowid
    WHERE item_words MATCH $2 AND w.rowid < $3 AND e.hidden IS NULL
    ORDER BY w.rowid DESC LIMIT $4";
const SEARCH_POSTGRES: &str = "
    SELECT e.sorted, e.item, e.feed, e.channel, i.arrived, i.kind, e.is_read, e.is_kept, e.hidden,
        i.body
    FROM item_words w
        JOIN entry e ON e.reader = $1 AND e.item = w.item
        JOIN item i ON i.id = w.item
    WHERE w.words @@ CAST(CAST($2 AS TEXT) AS TSQUERY) AND w.item < $3 AND e.hidden IS NULL
    ORDER BY w.item DESC LIMIT $4";

const CHANNELS: &str = "
    SELECT s.channel, CAST(CASE WHEN EXISTS (
        SELECT 1 FROM entry e
        WHERE e.reader = $1 AND e.channel = s.channel AND e.hidden IS NULL AND e.is_read = 0)
        THEN 1 ELSE 0 END AS BIGINT)
    FROM (SELECT DISTINCT channel FROM subscription WHERE reader = $1) AS s ORDER BY s.channel";

const LAST: &str = "SELECT max(item) FROM entry WHERE reader = $1";

const NEWER: &str = "
    SELECT count(*) FROM (
        SELECT 1 FROM entry WHERE reader = $1 AND item > $2 AND hidden IS NULL AND is_read = 0
            AND (CAST($3 AS TEXT) IS NULL OR channel = $3)
        LIMIT 100) AS newer";

const MARK_SQLITE: &str = "
    UPDATE entry SET is_read = $3
    WHERE reader = $1 AND item IN (SELECT value FROM json_each($2)) RETURNING item";
const MARK_POSTGRES: &str = "
    UPDATE entry SET is_read = $3
    WHERE reader = $1 AND item = ANY (
        SELECT CAST(jsonb_array_elements_text(CAST(CAST($2 AS TEXT) AS JSONB)) AS BIGINT))
    RETURNING item";

/// What came after the page was made was not seen, wherever it is sorted in.
const MARK_ALL: &str = "
    UPDATE entry SET is_read = 1
    WHERE reader = $1 AND hidden IS NULL AND is_read = 0 AND item <= $2
        AND (sorted, item) <= ($3, $4) AND (sorted, item) >= ($5, $6)";
const MARK_CHANNEL: &str = "
    UPDATE entry SET is_read = 1
    WHERE reader = $1 AND channel = $7 AND hidden IS NULL AND is_read = 0 AND item <= $2
        AND (sorted, item) <= ($3, $4) AND (sorted, item) >= ($5, $6)";

const KEEP: &str = "UPDATE entry SET is_kept = $3 WHERE reader = $1 AND item = $2 RETURNING item";
const HIDE: &str = "UPDATE entry SET hidden = $3 WHERE reader = $1 AND item = $2";

const SOURCES: (&str, &str) = (
    "SELECT f.id, s.card, f.about, f.url, s.channel
    FROM feed f LEFT JOIN subscription s ON s.feed = f.id AND s.reader = $1
    WHERE f.id IN (SELECT value FROM json_each($2))",
    "SELECT f.id, s.card, f.about, f.url, s.channel
    FROM feed f LEFT JOIN subscription s ON s.feed = f.id AND s.reader = $1
    WHERE f.id = ANY (
        SELECT CAST(jsonb_array_elements_text(CAST(CAST($2 AS TEXT) AS JSONB)) AS BIGINT))",
);

/// Items after the last of all.
const END: i64 = i64::MAX;

impl Store {
    /// A part of a timeline.
    ///
    /// # Errors
    /// A database that cannot read.
    pub async fn entries(
        &self,
        reader: ReaderId,
        scope: Scope<'_>,
        part: Part,
        most: u16,
    ) -> Result<Vec<StoredEntry>, StoreError> {
        let (statements, about) = match scope {
            Scope::All => (ALL, None),
            Scope::Channel(name) => (CHANNEL, Some(Value::from(name))),
            Scope::Feed(feed) => (FEED, Some(feed.into())),
            Scope::Unread => (UNREAD, None),
            Scope::UnreadIn(name) => (UNREAD_IN, Some(name.into())),
            Scope::Hidden => (HIDDEN, None),
            Scope::Kept => (KEPT, None),
        };
        let [newest, before, after] = statements;
        let (sql, place) = match part {
            Part::Newest => (newest, None),
            Part::Before(place) => (before, Some(place)),
            Part::After(place) => (after, Some(place)),
        };
        let mut values: Vec<Value> = vec![reader.into(), i64::from(most).into()];
        values.extend(about);
        values.extend(place.into_iter().flat_map(|place| [place.sorted.into(), place.item.into()]));
        self.entries_of(Statement::new(sql, values)).await
    }

    /// One entry, hidden or not.
    ///
    /// # Errors
    /// A database that cannot read.
    pub async fn entry(
        &self,
        reader: ReaderId,
        item: ItemId,
    ) -> Result<Option<StoredEntry>, StoreError> {
        Ok(self.entries_of(Statement::new(ONE, [reader.into(), item.into()])).await?.pop())
    }

    /// Entries in the order of arrival, those that rules hide included.
    ///
    /// # Errors
    /// A database that cannot read.
    pub async fn entries_by_arrival(
        &self,
        reader: ReaderId,
        after: Option<ItemId>,
        most: u16,
    ) -> Result<Vec<StoredEntry>, StoreError> {
        let after = after.map_or(0, |item| item.0);
        let values = [reader.into(), after.into(), i64::from(most).into()];
        self.entries_of(Statement::new(ARRIVED, values)).await
    }

    /// Entries that came since a time, in the order of arrival.
    ///
    /// # Errors
    /// A database that cannot read.
    pub async fn entries_since(
        &self,
        reader: ReaderId,
        since: Timestamp,
        after: Option<ItemId>,
        most: u16,
    ) -> Result<Vec<StoredEntry>, StoreError> {
        let after = after.map_or(0, |item| item.0);
        let values = [reader.into(), since.into(), after.into(), i64::from(most).into()];
        self.entries_of(Statement::new(SINCE, values)).await
    }

    /// Entries of pages, by the hashes of their addresses; the oldest first.
    ///
    /// # Errors
    /// A database that cannot read.
    pub async fn entries_at(
        &self,
        reader: ReaderId,
        pages: &[i64],
        most: u16,
    ) -> Result<Vec<StoredEntry>, StoreError> {
        let pages = list(pages.iter().copied());
        let values = [reader.into(), pages.into(), i64::from(most).into()];
        self.entries_of(Statement::of_each(AT_PAGES.0, AT_PAGES.1, values)).await
    }

    /// Entries that answer a page, by the hash of its address; the oldest first.
    ///
    /// # Errors
    /// A database that cannot read.
    pub async fn entries_answering(
        &self,
        reader: ReaderId,
        page: i64,
        most: u16,
    ) -> Result<Vec<StoredEntry>, StoreError> {
        let values = [reader.into(), page.into(), i64::from(most).into()];
        self.entries_of(Statement::new(ANSWERING, values)).await
    }

    /// Entries with all of some words, the last of which may be the beginning of one; the latest
    /// first.
    ///
    /// # Errors
    /// A database that cannot read.
    pub async fn search(
        &self,
        reader: ReaderId,
        words: &[String],
        before: Option<ItemId>,
        most: u16,
    ) -> Result<Vec<StoredEntry>, StoreError> {
        // Words hold letters, digits and marks; whatever else would mean something here is left out.
        let is_letter = |c: &char| !c.is_ascii() || c.is_ascii_alphanumeric();
        let plain = words.iter().map(|word| word.chars().filter(is_letter).collect());
        let words: Vec<String> = plain.filter(|word: &String| !word.is_empty()).collect();
        let Some((last, others)) = words.split_last() else { return Ok(Vec::new()) };
        let before = before.map_or(END, |item| item.0);
        let values =
            |query: String| [reader.into(), query.into(), before.into(), i64::from(most).into()];
        let of = |quote: char, between: &str, start: &str| {
            let quoted = |word: &String| format!("{quote}{word}{quote}");
            let mut all: Vec<String> = others.iter().map(quoted).collect();
            all.push(format!("{}{start}", quoted(last)));
            all.join(between)
        };
        let statement = Statement::of_each(SEARCH_SQLITE, SEARCH_POSTGRES, values(String::new()));
        let query = if self.is_sqlite() { of('"', " ", "*") } else { of('\'', " & ", ":*") };
        self.entries_of(Statement { values: values(query).into(), ..statement }).await
    }

    /// Where some entries come from.
    ///
    /// # Errors
    /// A database that cannot read.
    pub async fn sources(
        &self,
        reader: ReaderId,
        feeds: &[FeedId],
    ) -> Result<Vec<StoredSource>, StoreError> {
        let values = [reader.into(), list(feeds.iter().map(|feed| feed.0)).into()];
        let rows = self.read(Statement::of_each(SOURCES.0, SOURCES.1, values)).await?;
        rows.into_iter().map(source).collect()
    }

    /// The channels of a reader, and whether there is something unread in each.
    ///
    /// # Errors
    /// A database that cannot read.
    pub async fn channels(&self, reader: ReaderId) -> Result<Vec<(String, bool)>, StoreError> {
        let rows = self.read(Statement::new(CHANNELS, [reader.into()])).await?;
        rows.into_iter().map(|mut row| Ok((row.text()?, row.number()? > 0))).collect()
    }

    /// The latest entry that arrived.
    ///
    /// # Errors
    /// A database that cannot read.
    pub async fn last_entry(&self, reader: ReaderId) -> Result<Option<ItemId>, StoreError> {
        let mut rows = self.read(Statement::new(LAST, [reader.into()])).await?;
        let last = rows.first_mut().map(Row::maybe_number).transpose()?;
        Ok(last.flatten().map(ItemId))
    }

    /// How many unread entries arrived after another; 100 stands for more.
    ///
    /// # Errors
    /// A database that cannot read.
    pub async fn count_newer(
        &self,
        reader: ReaderId,
        after: ItemId,
        channel: Option<&str>,
    ) -> Result<usize, StoreError> {
        let values = [reader.into(), after.into(), channel.into()];
        let mut rows = self.read(Statement::new(NEWER, values)).await?;
        let count = rows.first_mut().map(Row::number).transpose()?.unwrap_or(0);
        Ok(usize::try_from(count).unwrap_or_default())
    }

    /// Marks entries as read or unread; returns how many there were.
    ///
    /// # Errors
    /// A database that cannot write.
    pub async fn mark(
        &self,
        reader: ReaderId,
        items: &[ItemId],
        is_read: bool,
    ) -> Result<usize, StoreError> {
        let items = list(items.iter().map(|item| item.0));
        let values = [reader.into(), items.into(), i64::from(is_read).into()];
        let mark = Statement::of_each(MARK_SQLITE, MARK_POSTGRES, values);
        let answers = self.write(vec![mark], Durability::Process).await?;
        Ok(answers.iter().map(Vec::len).sum())
    }

    /// Marks entries as read from a place on, of a channel or of all, as far as another one or all
    /// that are older: what had arrived until `seen`.
    ///
    /// # Errors
    /// A database that cannot write.
    pub async fn mark_from(
        &self,
        reader: ReaderId,
        channel: Option<&str>,
        (from, to): (Place, Option<Place>),
        seen: ItemId,
    ) -> Result<(), StoreError> {
        let mut values: Vec<Value> =
            vec![reader.into(), seen.into(), from.sorted.into(), from.item.into()];
        values.extend(match to {
            Some(to) => [to.sorted.into(), to.item.into()],
            None => [Value::Number(i64::MIN), Value::Number(0)],
        });
        values.extend(channel.map(Value::from));
        let sql = if channel.is_some() { MARK_CHANNEL } else { MARK_ALL };
        self.write(vec![Statement::new(sql, values)], Durability::Process).await.map(drop)
    }

    /// Keeps an entry, or does not any more. False if there is none.
    ///
    /// # Errors
    /// A database that cannot write.
    pub async fn keep_entry(
        &self,
        reader: ReaderId,
        item: ItemId,
        is_kept: bool,
    ) -> Result<bool, StoreError> {
        let keep = Statement::new(KEEP, [reader.into(), item.into(), i64::from(is_kept).into()]);
        let answers = self.write(vec![keep], Durability::Process).await?;
        Ok(answers.iter().any(|rows| !rows.is_empty()))
    }

    /// Says which rule hides each of some entries, if any does.
    ///
    /// # Errors
    /// A database that cannot write.
    pub async fn hide(
        &self,
        reader: ReaderId,
        entries: &[(ItemId, Option<String>)],
    ) -> Result<(), StoreError> {
        let hide = |(item, rule): &(ItemId, Option<String>)| {
            Statement::new(HIDE, [reader.into(), (*item).into(), rule.as_deref().into()])
        };
        let statements: Vec<Statement> = entries.iter().map(hide).collect();
        if statements.is_empty() {
            return Ok(());
        }
        self.write(statements, Durability::Process).await.map(drop)
    }

    async fn entries_of(&self, statement: Statement) -> Result<Vec<StoredEntry>, StoreError> {
        self.read(statement).await?.into_iter().map(entry).collect()
    }
}

/// Numbers as both databases read a list of them: JSON.
pub(super) fn list(numbers: impl Iterator<Item = i64>) -> String {
    let all: Vec<String> = numbers.map(|number| number.to_string()).collect();
    format!("[{}]", all.join(","))
}

fn source(mut row: Row) -> Result<StoredSource, StoreError> {
    Ok(StoredSource {
        feed: FeedId(row.number()?),
        card: row.maybe_text()?,
        about: row.maybe_text()?,
        url: row.text()?,
        channel: row.maybe_text()?,
    })
}

fn entry(mut row: Row) -> Result<StoredEntry, StoreError> {
    Ok(StoredEntry {
        place: Place { sorted: row.time()?, item: ItemId(row.number()?) },
        feed: FeedId(row.number()?),
        channel: row.text()?,
        arrived: row.time()?,
        kind: row.text()?,
        is_read: row.number()? == 1,
        is_kept: row.number()? == 1,
        hidden: row.maybe_text()?,
        body: row.text()?,
    })
}
