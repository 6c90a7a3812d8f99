//! What feeds brought: items with what is kept of them, and by what they are known again. What a
//! feed brings is written as one: items, the timelines they come into, the words they are found by.
//!
//! What is new and what was edited is decided by the reader.

use jiff::Timestamp;

use super::engine::{Durability, Row, Statement, Value};
use super::feeds::{FeedId, ReaderId, StoredFeed};
use super::timeline::list;
use super::{Store, StoreError};

/// An item. They grow in the order of arrival.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ItemId(pub(super) i64);

impl ItemId {
    /// The item that an address of ours names.
    pub fn from_number(number: i64) -> Self {
        Self(number)
    }

    /// Its number, for addresses.
    pub fn number(self) -> i64 {
        self.0
    }
}

impl From<ItemId> for Value {
    fn from(id: ItemId) -> Self {
        Self::Number(id.0)
    }
}

/// By what an item is known again, within its feed. All but the time are hashes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Marks {
    /// Of its identity.
    pub key: i64,
    /// Of its link.
    pub link: Option<i64>,
    /// Of its title.
    pub title: Option<i64>,
    /// When it says that it was published.
    pub published: Option<Timestamp>,
    /// Of what people see of it.
    pub stamp: i64,
}

/// An item that a feed has brought before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known {
    /// By what it is known.
    pub marks: Marks,
    /// What is kept of it, if anything.
    pub item: Option<ItemId>,
}

/// What is kept of an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// By what it is known.
    pub marks: Marks,
    /// The kind of post.
    pub kind: &'static str,
    /// A hash of its page.
    pub page: Option<i64>,
    /// Hashes of the pages that it answers.
    pub answers: Vec<i64>,
    /// What is shown of it, as JSON.
    pub body: String,
    /// The words it is found by, with spaces between.
    pub words: String,
    /// Whose rules hide it, and which.
    pub hidden: Vec<(ReaderId, String)>,
}

/// An item to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewItem {
    /// What is kept.
    pub kept: Kept,
    /// Its place in time.
    pub sorted: Timestamp,
    /// Whether it counts as read.
    pub is_read: bool,
}

/// What a feed brought.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Harvest {
    /// Items that are new, the oldest first: they arrive in this order.
    pub new: Vec<NewItem>,
    /// Items whose words are others than before.
    pub edited: Vec<(ItemId, Kept)>,
    /// Items that are known by other marks from here on: their key before.
    pub marked: Vec<(i64, Marks)>,
    /// Items that are known but not kept.
    pub past: Vec<Marks>,
    /// Items that are not known any more: their keys.
    pub forgotten: Vec<i64>,
    /// The feed when it was read what is known of it; nothing is written if somebody else has
    /// brought something in since.
    pub since: Option<Since>,
}

/// When a feed was asked last, when it brought something last, and how much of it is known: of the
/// same moment, times tell nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Since {
    checked: Option<Timestamp>,
    changed: Option<Timestamp>,
    known: usize,
}

impl Since {
    /// How a feed is, and what is known of it.
    #[must_use]
    pub fn of(feed: &StoredFeed, known: &[Known]) -> Self {
        Self { checked: feed.checked, changed: feed.changed, known: known.len() }
    }
}

impl Harvest {
    /// Whether nothing is to be written.
    pub fn is_empty(&self) -> bool {
        self.new.is_empty()
            && self.edited.is_empty()
            && self.marked.is_empty()
            && self.past.is_empty()
            && self.forgotten.is_empty()
    }
}

const KNOWN: &str = "
    SELECT key, link, title, published, stamp, item FROM known WHERE feed = $1";

/// What was decided about items was decided upon what is known since this.
const IS_SINCE: &str = "
    UPDATE feed SET state = state
    WHERE id = $1 AND coalesce(checked, 0) = $2 AND coalesce(changed, 0) = $3
        AND (SELECT count(*) FROM known WHERE feed = $1) = $4 RETURNING id";

const UNKNOW_SQLITE: &str = "
    DELETE FROM known WHERE feed = $1 AND item IS NULL AND key IN (SELECT value FROM json_each($2))";
const UNKNOW_POSTGRES: &str = "
    DELETE FROM known WHERE feed = $1 AND item IS NULL AND key = ANY (
        SELECT CAST(jsonb_array_elements_text(CAST(CAST($2 AS TEXT) AS JSONB)) AS BIGINT))";

/// Items of all daemons arrive one after the other.
const QUEUE_UP_POSTGRES: &str = "SELECT CAST(pg_advisory_xact_lock(7815277432145) AS TEXT)";
const QUEUE_UP_SQLITE: &str = "SELECT 1 WHERE 0";

const ITEM: &str = "
    INSERT INTO item (feed, arrived, sorted, kind, page, body) VALUES ($1, $2, $3, $4, $5, $6)";

macro_rules! with_the_last {
    ($before:literal, $after:literal) => {
        (
            concat!($before, "last_insert_rowid()", $after),
            concat!($before, "currval(pg_get_serial_sequence('item', 'id'))", $after),
        )
    };
}

const MARKS: (&str, &str) = with_the_last!(
    "
    INSERT INTO known (feed, key, link, title, published, stamp, item)
    VALUES ($1, $2, $3, $4, $5, $6, ",
    ")
    ON CONFLICT (feed, key) DO UPDATE SET
        link = excluded.link, title = excluded.title, published = excluded.published,
        stamp = excluded.stamp, item = excluded.item"
);

const ENTRIES: (&str, &str) = with_the_last!(
    "
    INSERT INTO entry (reader, item, feed, channel, sorted, is_read)
    SELECT reader, ",
    ", feed, channel, $2, $3 FROM subscription WHERE feed = $1"
);

const ANSWER: (&str, &str) = with_the_last!(
    "INSERT INTO answer (page, item) VALUES ($1, ",
    ") ON CONFLICT (page, item) DO NOTHING"
);
const ANSWER_OF: &str =
    "INSERT INTO answer (page, item) VALUES ($1, $2) ON CONFLICT (page, item) DO NOTHING";
const NO_ANSWER: &str = "DELETE FROM answer WHERE item = $1";

const HIDE_LAST: (&str, &str) =
    with_the_last!("UPDATE entry SET hidden = $2 WHERE reader = $1 AND item = ", "");

/// The last of all about an item: in SQLite it counts as the row that was inserted last.
const WORDS_SQLITE: &str = "INSERT INTO item_words (rowid, words) VALUES (last_insert_rowid(), $1)";
const WORDS_POSTGRES: &str = "
    INSERT INTO item_words (item, words)
    VALUES (currval(pg_get_serial_sequence('item', 'id')),
        array_to_tsvector(array_remove(string_to_array($1, ' '), '')))";

const PAST: &str = "
    INSERT INTO known (feed, key, link, title, published, stamp)
    VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT (feed, key) DO UPDATE SET
        link = excluded.link, title = excluded.title, published = excluded.published,
        stamp = excluded.stamp";

const REVISION: &str = "
    INSERT INTO revision (item, at, body) SELECT id, $2, body FROM item WHERE id = $1
    ON CONFLICT (item, at) DO NOTHING";

/// So many are enough to see what happened.
const OLD_REVISIONS: &str = "
    DELETE FROM revision WHERE item = $1 AND at NOT IN (
        SELECT at FROM revision WHERE item = $1 ORDER BY at DESC LIMIT 10)";

const EDIT: &str = "UPDATE item SET kind = $2, page = $3, body = $4 WHERE id = $1";
const SHOW: &str = "UPDATE entry SET hidden = NULL WHERE item = $1 AND hidden IS NOT NULL";
const HIDE: &str = "UPDATE entry SET hidden = $3 WHERE reader = $1 AND item = $2";

const FORGET_WORDS_SQLITE: &str = "DELETE FROM item_words WHERE rowid = $1";
const FORGET_WORDS_POSTGRES: &str = "DELETE FROM item_words WHERE item = $1";
const EDIT_WORDS_SQLITE: &str = "INSERT INTO item_words (rowid, words) VALUES ($1, $2)";
const EDIT_WORDS_POSTGRES: &str = "
    INSERT INTO item_words (item, words)
    VALUES ($1, array_to_tsvector(array_remove(string_to_array($2, ' '), '')))";

const REMARK: &str = "
    UPDATE known SET key = $3, link = $4, title = $5, published = $6, stamp = $7
    WHERE feed = $1 AND key = $2
        AND ($2 = $3 OR NOT EXISTS (SELECT 1 FROM known WHERE feed = $1 AND key = $3))";

const REVISIONS: &str = "SELECT at, body FROM revision WHERE item = $1 ORDER BY at DESC";

/// What nobody keeps and is older; entries are found by their item.
const OLD: &str = "
    SELECT id FROM item WHERE arrived < $1
        AND NOT EXISTS (SELECT 1 FROM entry WHERE entry.item = item.id AND is_kept = 1)
    ORDER BY arrived LIMIT $2";
/// Feeds of which more is kept than anybody reads.
const OVERFULL: &str = "
    SELECT feed, count(*) - $1 FROM item GROUP BY feed HAVING count(*) > $1 ORDER BY feed";
const OLD_OF_FEED: &str = "
    SELECT id FROM item WHERE feed = $1
        AND NOT EXISTS (SELECT 1 FROM entry WHERE entry.item = item.id AND is_kept = 1)
    ORDER BY id LIMIT $2";

const OF_FEED: &str = "SELECT id FROM item WHERE feed = $1 ORDER BY id LIMIT $2";

const PURGE: [&str; 5] = [
    NO_ANSWER,
    "DELETE FROM entry WHERE item = $1",
    "DELETE FROM revision WHERE item = $1",
    "UPDATE known SET item = NULL WHERE item = $1",
    "DELETE FROM item WHERE id = $1",
];

const FORGET_FEED: [&str; 2] =
    ["DELETE FROM known WHERE feed = $1", "DELETE FROM feed WHERE id = $1"];

/// Items that are purged at a time.
const CHUNK: i64 = 200;

impl Store {
    /// All that a feed has brought so far.
    ///
    /// # Errors
    /// A database that cannot read.
    pub async fn known(&self, feed: FeedId) -> Result<Vec<Known>, StoreError> {
        let rows = self.read(Statement::new(KNOWN, [feed.into()])).await?;
        rows.into_iter().map(known).collect()
    }

    /// Writes what a feed brought, and what became of it.
    ///
    /// # Errors
    /// A database that cannot write. Nothing is written if somebody else was faster
    /// ([`StoreError::is_overtaken`]).
    pub async fn bring_in(
        &self,
        feed: &StoredFeed,
        harvest: Harvest,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut statements = Vec::new();
        if let Some(Since { checked, changed, known }) = harvest.since {
            let at = |time: Option<Timestamp>| time.map_or(0, Timestamp::as_millisecond).into();
            let known = i64::try_from(known).unwrap_or(i64::MAX).into();
            let values = [feed.id.into(), at(checked), at(changed), known];
            statements.push(Statement::new(IS_SINCE, values).or_nothing());
        }
        if !harvest.new.is_empty() {
            statements.push(Statement::of_each(QUEUE_UP_SQLITE, QUEUE_UP_POSTGRES, []));
        }
        // First, so that what was edited, too, is found by its marks of now.
        for (before, marks) in harvest.marked {
            let values = [feed.id.into(), before.into()].into_iter().chain(marks.values());
            statements.push(Statement::new(REMARK, values));
        }
        for (item, kept) in harvest.edited {
            edit(&mut statements, feed.id, item, kept, now);
        }
        for marks in harvest.past {
            let values = [feed.id.into()].into_iter().chain(marks.values());
            statements.push(Statement::new(PAST, values));
        }
        for item in harvest.new {
            add(&mut statements, feed.id, item, now);
        }
        if !harvest.forgotten.is_empty() {
            let values = [feed.id.into(), list(harvest.forgotten.into_iter()).into()];
            statements.push(Statement::of_each(UNKNOW_SQLITE, UNKNOW_POSTGRES, values));
        }
        statements.extend(feed.statements());
        self.write(statements, Durability::Process).await.map(drop)
    }

    /// What an item said before, the latest first.
    ///
    /// # Errors
    /// A database that cannot read.
    pub async fn revisions(&self, item: ItemId) -> Result<Vec<(Timestamp, String)>, StoreError> {
        let rows = self.read(Statement::new(REVISIONS, [item.into()])).await?;
        rows.into_iter().map(|mut row| Ok((row.time()?, row.text()?))).collect()
    }

    /// Drops some of what arrived before a time and is not kept; it stays known. Returns how many.
    ///
    /// # Errors
    /// A database that cannot write.
    pub async fn purge_items(&self, before: Timestamp) -> Result<usize, StoreError> {
        self.purge(Statement::new(OLD, [before.into(), CHUNK.into()])).await
    }

    /// Drops what feeds brought before the latest `most` items of each and is not kept; it stays
    /// known. Returns how many.
    ///
    /// # Errors
    /// A database that cannot write.
    pub async fn purge_overfull(&self, most: u32) -> Result<usize, StoreError> {
        let mut dropped = 0_usize;
        let overfull = self.read(Statement::new(OVERFULL, [i64::from(most).into()])).await?;
        for mut row in overfull {
            let (feed, mut rest) = (row.number()?, row.number()?);
            while rest > 0 {
                let values = [feed.into(), rest.min(CHUNK).into()];
                let gone = self.purge(Statement::new(OLD_OF_FEED, values)).await?;
                if gone == 0 {
                    break;
                }
                dropped = dropped.saturating_add(gone);
                rest = rest.saturating_sub(i64::try_from(gone).unwrap_or(i64::MAX));
            }
        }
        Ok(dropped)
    }

    /// Drops some of what a feed brought, and the feed when nothing is left. False if something is.
    ///
    /// # Errors
    /// A database that cannot write.
    pub async fn forget_feed(&self, feed: FeedId) -> Result<bool, StoreError> {
        if self.purge(Statement::new(OF_FEED, [feed.into(), CHUNK.into()])).await? > 0 {
            return Ok(false);
        }
        let statements = FORGET_FEED.map(|sql| Statement::new(sql, [feed.into()]));
        self.write(statements.into(), Durability::Process).await?;
        Ok(true)
    }

    async fn purge(&self, which: Statement) -> Result<usize, StoreError> {
        let rows = self.read(which).await?;
        let count = rows.len();
        let mut statements = Vec::with_capacity(count.saturating_mul(5));
        for mut row in rows {
            let item = row.number()?;
            let all = PURGE.map(|sql| Statement::new(sql, [item.into()]));
            statements.push(forget_words(ItemId(item)));
            statements.extend(all);
        }
        if count > 0 {
            self.write(statements, Durability::Process).await?;
        }
        Ok(count)
    }
}

impl Marks {
    fn values(self) -> [Value; 5] {
        let Self { key, link, title, published, stamp } = self;
        [key.into(), link.into(), title.into(), published.into(), stamp.into()]
    }
}

fn add(statements: &mut Vec<Statement>, feed: FeedId, item: NewItem, now: Timestamp) {
    let NewItem { kept, sorted, is_read } = item;
    let Kept { marks, kind, page, answers, body, words, hidden } = kept;
    let sorted = sorted.min(now);
    let values = [feed.into(), now.into(), sorted.into(), kind.into(), page.into(), body.into()];
    statements.push(Statement::new(ITEM, values));
    let with_the_last = |(sqlite, postgres), values| Statement::of_each(sqlite, postgres, values);
    let values: Vec<Value> = [feed.into()].into_iter().chain(marks.values()).collect();
    statements.push(with_the_last(MARKS, values));
    let values = vec![feed.into(), sorted.into(), i64::from(is_read).into()];
    statements.push(with_the_last(ENTRIES, values));
    for page in answers {
        statements.push(with_the_last(ANSWER, vec![page.into()]));
    }
    for (reader, rule) in hidden {
        statements.push(with_the_last(HIDE_LAST, vec![reader.into(), rule.into()]));
    }
    statements.push(Statement::of_each(WORDS_SQLITE, WORDS_POSTGRES, [words.into()]));
}

fn edit(statements: &mut Vec<Statement>, feed: FeedId, item: ItemId, kept: Kept, now: Timestamp) {
    let Kept { marks, kind, page, answers, body, words, hidden } = kept;
    statements.push(Statement::new(REVISION, [item.into(), now.into()]));
    statements.push(Statement::new(OLD_REVISIONS, [item.into()]));
    let values = [item.into(), kind.into(), page.into(), body.into()];
    statements.push(Statement::new(EDIT, values));
    let values = [feed.into(), marks.key.into()].into_iter().chain(marks.values());
    statements.push(Statement::new(REMARK, values));
    statements.push(Statement::new(NO_ANSWER, [item.into()]));
    for page in answers {
        statements.push(Statement::new(ANSWER_OF, [page.into(), item.into()]));
    }
    statements.push(Statement::new(SHOW, [item.into()]));
    for (reader, rule) in hidden {
        statements.push(Statement::new(HIDE, [reader.into(), item.into(), rule.into()]));
    }
    statements.push(forget_words(item));
    let values = [item.into(), words.into()];
    statements.push(Statement::of_each(EDIT_WORDS_SQLITE, EDIT_WORDS_POSTGRES, values));
}

fn forget_words(item: ItemId) -> Statement {
    Statement::of_each(FORGET_WORDS_SQLITE, FORGET_WORDS_POSTGRES, [item.into()])
}

fn known(mut row: Row) -> Result<Known, StoreError> {
    Ok(Known {
        marks: Marks {
            key: row.number()?,
            link: row.maybe_number()?,
            title: row.maybe_number()?,
            published: row.maybe_time()?,
            stamp: row.number()?,
        },
        item: row.maybe_number()?.map(ItemId),
    })
}
