//! Pages that posts of others answer or pass on: which are asked for, and what they said.
//!
//! What is kept of a page, and when it is asked again, is decided by the reader.

use jiff::Timestamp;

use super::engine::{Durability, Row, Statement};
use super::feeds::ReaderId;
use super::items::ItemId;
use super::timeline::list;
use super::{Lease, Store, StoreError};

/// A post that may name pages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamingItem {
    /// Which.
    pub item: ItemId,
    /// In whose timeline it is.
    pub reader: ReaderId,
    /// Its place in time.
    pub sorted: Timestamp,
    /// What is kept of it, as JSON.
    pub body: String,
}

/// A page that a post names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCite {
    /// A hash of its address.
    pub page: i64,
    /// Its address.
    pub url: String,
    /// Whom it asks.
    pub host: String,
    /// In whose timeline the post is.
    pub reader: ReaderId,
}

/// A page that somebody has taken to ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredCite {
    /// A hash of its address.
    pub page: i64,
    /// Its address.
    pub url: String,
    /// Whom it asks.
    pub host: String,
    /// In the name of whose site it is asked for.
    pub reader: ReaderId,
    /// How often in a row that failed.
    pub failures: u32,
    owner: String,
}

/// What came of asking for a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettledCite {
    /// What it says, as JSON; none if there is nothing. What was known stays if it is asked again.
    pub body: Option<String>,
    /// When it is asked again; none if it is not.
    pub due: Option<Timestamp>,
    /// Until when nobody else asks its host.
    pub host_until: Timestamp,
}

/// Pages that wait to be asked for at most: of all, and of one host. What is more is not shown.
pub const MOST_WAITING_CITES: (i64, i64) = (5_000, 50);

/// Pages that are known at most: those that were named last stay.
const MOST_KNOWN: i64 = 50_000;

const SEEN: &str = "SELECT item FROM cite_seen";
const SEE: &str = "UPDATE cite_seen SET item = $1 WHERE item < $1";

const LAST: &str = "SELECT max(id) FROM item";

/// Items that are about pages of others, and that somebody sees.
const NAMING: &str = "
    SELECT i.id, e.reader, i.sorted, i.body FROM item i JOIN entry e ON e.item = i.id
    WHERE i.id > $1 AND i.id <= $2 AND e.hidden IS NULL
        AND i.kind IN ('reply', 'repost', 'like', 'bookmark', 'quotation', 'rsvp')
    ORDER BY i.id, e.reader";

/// What stands in the timeline itself needs no asking, nor does what was asked for lately.
const ASK: &str = "
    INSERT INTO cite (page, url, host, reader, named, due) SELECT $1, $2, $3, $4, $5, $5
    WHERE NOT EXISTS (
            SELECT 1 FROM item i JOIN entry e ON e.item = i.id
            WHERE i.page = $1 AND e.reader = $4 AND e.hidden IS NULL)
        AND (SELECT count(*) FROM cite WHERE due IS NOT NULL) < $7
        AND (SELECT count(*) FROM cite WHERE host = $3 AND due IS NOT NULL) < $8
    ON CONFLICT (page) DO UPDATE SET
        named = excluded.named,
        due = CASE WHEN cite.due IS NULL AND cite.fetched < $6 THEN excluded.due ELSE cite.due END,
        failures = CASE WHEN cite.due IS NULL AND cite.fetched < $6 THEN 0 ELSE cite.failures END";

/// One page of each host that nobody else asks.
const TAKE: &str = "
    UPDATE cite SET lease_until = $2, owner = $3
    WHERE (lease_until IS NULL OR lease_until <= $1) AND page IN (
        SELECT min(c.page) FROM cite c
        WHERE c.due <= $1 AND NOT EXISTS (
            SELECT 1 FROM cite o WHERE o.host = c.host AND o.due IS NOT NULL AND o.lease_until > $1)
        GROUP BY c.host ORDER BY min(c.due) LIMIT $4)
    RETURNING page, url, host, reader, failures";

const SETTLE: &str = "
    UPDATE cite SET
        body = CASE WHEN CAST($3 AS TEXT) IS NULL AND CAST($4 AS BIGINT) IS NOT NULL THEN body ELSE $3 END,
        failures = CASE WHEN CAST($4 AS BIGINT) IS NULL THEN 0 ELSE failures + 1 END,
        due = $4, fetched = $5, lease_until = NULL, owner = NULL
    WHERE page = $1 AND owner = $2";

const PUT_OFF: &str = "UPDATE cite SET due = $2 WHERE host = $1 AND due IS NOT NULL AND due < $2";

const RELEASE: &str =
    "UPDATE cite SET lease_until = NULL, owner = NULL WHERE lease_until IS NOT NULL";

const NEXT: &str = "SELECT min(due) FROM cite WHERE due IS NOT NULL AND lease_until IS NULL";

const KNOWN: (&str, &str) = (
    "SELECT page, body FROM cite
    WHERE body IS NOT NULL AND page IN (SELECT value FROM json_each($1))",
    "SELECT page, body FROM cite
    WHERE body IS NOT NULL AND page = ANY (
        SELECT CAST(jsonb_array_elements_text(CAST(CAST($1 AS TEXT) AS JSONB)) AS BIGINT))",
);

const FORGET: &str = "DELETE FROM cite WHERE named < $1 AND lease_until IS NULL";
const TRIM: &str = "
    DELETE FROM cite WHERE lease_until IS NULL AND named < (
        SELECT named FROM cite ORDER BY named DESC LIMIT 1 OFFSET $1)";

impl Store {
    /// Items that arrived after those that were seen, as far as they are about pages of others and
    /// somebody sees them; and the last of all that this looked at, or none if there is nothing new.
    ///
    /// # Errors
    /// A database that cannot read.
    pub async fn naming_items(
        &self,
        most: u16,
    ) -> Result<Option<(Vec<NamingItem>, ItemId)>, StoreError> {
        let number = async |sql| {
            let mut rows = self.read(Statement::new(sql, [])).await?;
            let found = rows.first_mut().map(Row::maybe_number).transpose()?;
            Ok::<_, StoreError>(found.flatten().unwrap_or(0))
        };
        let (seen, last) = (number(SEEN).await?, number(LAST).await?);
        if last <= seen {
            return Ok(None);
        }
        let until = last.min(seen.saturating_add(most.into()));
        let rows = self.read(Statement::new(NAMING, [seen.into(), until.into()])).await?;
        let items: Result<_, StoreError> = rows.into_iter().map(naming).collect();
        Ok(Some((items?, ItemId(until))))
    }

    /// Asks for pages that items name, and notes that the items were seen, as one. A page that was
    /// asked for after `fresh` is not asked again.
    ///
    /// # Errors
    /// A database that cannot write.
    pub async fn ask_cites(
        &self,
        pages: Vec<NewCite>,
        seen: ItemId,
        (now, fresh): (Timestamp, Timestamp),
    ) -> Result<(), StoreError> {
        let (all, of_host) = MOST_WAITING_CITES;
        let ask = |NewCite { page, url, host, reader }| {
            let about = [page.into(), url.into(), host.into(), reader.into()];
            let when = [now.into(), fresh.into(), all.into(), of_host.into()];
            Statement::new(ASK, about.into_iter().chain(when))
        };
        let mut statements: Vec<Statement> = pages.into_iter().map(ask).collect();
        statements.push(Statement::new(SEE, [seen.into()]));
        self.write(statements, Durability::Process).await.map(drop)
    }

    /// Takes pages that are due, one of each host at most.
    ///
    /// # Errors
    /// A database that cannot write.
    pub async fn take_cites(
        &self,
        lease: Lease<'_>,
        now: Timestamp,
        most: u16,
    ) -> Result<Vec<StoredCite>, StoreError> {
        let until = now.checked_add(lease.time).unwrap_or(Timestamp::MAX);
        let values = [now.into(), until.into(), lease.owner.into(), i64::from(most).into()];
        let answers = self.write(vec![Statement::new(TAKE, values)], Durability::Process).await?;
        let rows = answers.into_iter().flatten();
        rows.map(|mut row| {
            Ok(StoredCite {
                page: row.number()?,
                url: row.text()?,
                host: row.text()?,
                reader: ReaderId(row.number()?),
                failures: u32::try_from(row.number()?).unwrap_or(u32::MAX),
                owner: lease.owner.to_owned(),
            })
        })
        .collect()
    }

    /// Keeps what came of asking for a page. Of one that somebody else has taken since, nothing is.
    ///
    /// # Errors
    /// A database that cannot write.
    pub async fn settle_cite(
        &self,
        cite: &StoredCite,
        settled: SettledCite,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let SettledCite { body, due, host_until } = settled;
        let values =
            [cite.page.into(), cite.owner.as_str().into(), body.into(), due.into(), now.into()];
        let put_off = [cite.host.as_str().into(), host_until.into()];
        let statements = vec![Statement::new(SETTLE, values), Statement::new(PUT_OFF, put_off)];
        self.write(statements, Durability::Process).await.map(drop)
    }

    /// Takes back all pages that somebody has: for a process that knows itself to be alone.
    ///
    /// # Errors
    /// A database that cannot write.
    pub async fn release_cites(&self) -> Result<(), StoreError> {
        self.write(vec![Statement::new(RELEASE, [])], Durability::Process).await.map(drop)
    }

    /// When the next page is due that nobody has taken.
    ///
    /// # Errors
    /// A database that cannot read.
    pub async fn next_cite(&self) -> Result<Option<Timestamp>, StoreError> {
        let mut rows = self.read(Statement::new(NEXT, [])).await?;
        Ok(rows.first_mut().map(Row::maybe_time).transpose()?.flatten())
    }

    /// What is known of some pages, by the hashes of their addresses.
    ///
    /// # Errors
    /// A database that cannot read.
    pub async fn cites(&self, pages: &[i64]) -> Result<Vec<(i64, String)>, StoreError> {
        let values = [list(pages.iter().copied()).into()];
        let rows = self.read(Statement::of_each(KNOWN.0, KNOWN.1, values)).await?;
        rows.into_iter().map(|mut row| Ok((row.number()?, row.text()?))).collect()
    }

    /// Drops pages that no post has named since a time, and those that are too many.
    ///
    /// # Errors
    /// A database that cannot write.
    pub async fn forget_cites(&self, before: Timestamp) -> Result<(), StoreError> {
        let statements = vec![
            Statement::new(FORGET, [before.into()]),
            Statement::new(TRIM, [MOST_KNOWN.into()]),
        ];
        self.write(statements, Durability::Process).await.map(drop)
    }
}

fn naming(mut row: Row) -> Result<NamingItem, StoreError> {
    Ok(NamingItem {
        item: ItemId(row.number()?),
        reader: ReaderId(row.number()?),
        sorted: row.time()?,
        body: row.text()?,
    })
}
