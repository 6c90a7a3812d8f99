//! The public follow lists of those who are followed: where they are, when they are due, who stands
//! in them; and whom the owner does not want to be suggested. A list is kept once, however many
//! sites follow its owner. All of it but the dismissals can be asked for again.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::engine::{Durability, Row, Statement, Value};
use super::{Store, StoreError};
use crate::graph::{self, List, MOST_EDGES, MOST_LISTS, MOST_ROWS, Xfn};
use crate::moderation::key_of;

/// Statements that are run as one at most.
const BATCH: usize = 512;

/// A list that is to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListToRead {
    id: i64,
    /// Whose it is, as people are compared.
    pub key: String,
    /// Their home page.
    pub home: String,
    /// Where it was found, if it was.
    pub source: Option<String>,
    /// When it was last looked for.
    pub sought: Option<Timestamp>,
    /// What its server called what we have.
    pub etag: Option<String>,
    /// When that was changed, in its server's words.
    pub last_modified: Option<String>,
    /// A stamp of what we have.
    pub stamp: Option<String>,
    /// How often in a row it could not be had.
    pub failures: u32,
}

/// What is kept of a list, and when it is due again.
#[derive(Debug, Clone, Copy)]
pub struct ListAnswer<'l> {
    /// Where it was found; none if there is none.
    pub source: Option<&'l str>,
    /// When it was last looked for.
    pub sought: Option<Timestamp>,
    /// When it was read.
    pub read: Timestamp,
    /// What its server calls it.
    pub etag: Option<&'l str>,
    /// When it was changed, in its server's words.
    pub last_modified: Option<&'l str>,
    /// A stamp of it.
    pub stamp: Option<&'l str>,
    /// Who stands in it; none if nothing changed.
    pub rows: Option<&'l [graph::Row]>,
    /// When it is read again.
    pub due: Timestamp,
}

/// A list in which somebody stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListSource {
    /// Whose it is, as people are compared.
    pub owner: String,
    /// Where it was read.
    pub source: String,
    /// How many stand in it.
    pub size: usize,
}

const JOIN: &str = "
    INSERT INTO follow_list (key, home, due) VALUES ($1, $2, $3) ON CONFLICT (key) DO NOTHING";

const MEMBER: &str = "
    INSERT INTO follow_member (site, list) SELECT $1, id FROM follow_list WHERE key = $2
    ON CONFLICT (site, list) DO NOTHING";

const LEAVE: &str = "
    DELETE FROM follow_member WHERE site = $1
    AND list = (SELECT id FROM follow_list WHERE key = $2)";

const TIDY: &str = "
    DELETE FROM follow_list WHERE NOT EXISTS
    (SELECT 1 FROM follow_member WHERE follow_member.list = follow_list.id)";

/// Whoever takes a list puts it off at the same time, so that nobody else takes it.
const TAKE: &str = "
    UPDATE follow_list SET due = $3 WHERE due <= $2 AND id = (
        SELECT follow_list.id FROM follow_list
        JOIN follow_member ON follow_member.list = follow_list.id
        WHERE follow_member.site = $1 AND follow_list.due <= $2
        ORDER BY follow_list.due, follow_list.id LIMIT 1)
    RETURNING id, key, home, source, sought, etag, last_modified, stamp, failures";

const NEXT: &str = "
    SELECT min(due) FROM follow_list
    JOIN follow_member ON follow_member.list = follow_list.id WHERE follow_member.site = $1";

const KEEP: &str = "
    UPDATE follow_list SET source = $2, sought = $3, read = $4, etag = $5, last_modified = $6,
        stamp = $7, due = $8, failures = 0
    WHERE id = $1";

const SIZE: &str = "UPDATE follow_list SET size = $2 WHERE id = $1";

const EMPTY: &str = "DELETE FROM follow_edge WHERE list = $1";

const EDGE: &str = "
    INSERT INTO follow_edge (list, place, target, home, feed, name, xfn)
    VALUES ($1, $2, $3, $4, $5, $6, $7)";

const PUT_OFF: &str = "UPDATE follow_list SET due = $2, failures = failures + 1 WHERE id = $1";

const LENGTHS: &str = "
    SELECT size FROM follow_list JOIN follow_member ON follow_member.list = follow_list.id
    WHERE follow_member.site = $1 AND size > 0 ORDER BY id LIMIT $2";

const ROWS: &str = "
    SELECT follow_list.home, follow_list.source, follow_list.read,
        follow_edge.home, follow_edge.feed, follow_edge.name, follow_edge.xfn
    FROM follow_member
    JOIN follow_list ON follow_list.id = follow_member.list
    JOIN follow_edge ON follow_edge.list = follow_list.id
    WHERE follow_member.site = $1 AND follow_edge.place < $2 AND follow_list.source IS NOT NULL
    ORDER BY follow_list.id, follow_edge.place LIMIT $3";

const WITH: &str = "
    SELECT follow_list.key, follow_list.source, follow_list.size
    FROM follow_edge
    JOIN follow_list ON follow_list.id = follow_edge.list
    JOIN follow_member ON follow_member.list = follow_list.id
    WHERE follow_edge.target = $2 AND follow_member.site = $1 AND follow_list.source IS NOT NULL
    ORDER BY follow_list.key LIMIT $3";

const IN: &str = "
    SELECT follow_edge.target FROM follow_list
    JOIN follow_member ON follow_member.list = follow_list.id
    JOIN follow_edge ON follow_edge.list = follow_list.id
    WHERE follow_list.key = $2 AND follow_member.site = $1 ORDER BY follow_edge.place LIMIT $3";

const DISMISS: &str = "
    INSERT INTO dismissed (site, key, at) VALUES ($1, $2, $3)
    ON CONFLICT (site, key) DO UPDATE SET at = excluded.at";

impl Store {
    /// Says whose lists a site wants to know, by their home pages: who is new is due at once, who is
    /// no longer there is forgotten if no other site wants them. Returns how many came and went.
    ///
    /// # Errors
    /// A database that cannot read or write.
    pub async fn keep_circle(
        &self,
        site: &str,
        homes: &[&str],
        now: Timestamp,
    ) -> Result<(usize, usize), StoreError> {
        const KNOWN: &str = "
            SELECT key FROM follow_list JOIN follow_member ON follow_member.list = follow_list.id
            WHERE follow_member.site = $1";
        let rows = self.read(Statement::new(KNOWN, [site.into()])).await?;
        let known: BTreeSet<String> =
            rows.into_iter().map(|mut row| row.text()).collect::<Result<_, _>>()?;
        let mut wanted: BTreeSet<String> = BTreeSet::new();
        let mut statements = Vec::new();
        for home in homes {
            let Some(key) = key_of(home).filter(|_| wanted.len() < MOST_LISTS) else { continue };
            if !known.contains(&key) && !wanted.contains(&key) {
                let join = [key.as_str().into(), (*home).into(), now.into()];
                statements.push(Statement::new(JOIN, join));
                statements.push(Statement::new(MEMBER, [site.into(), key.as_str().into()]));
            }
            wanted.insert(key);
        }
        let came = statements.len() / 2;
        let gone: Vec<&String> = known.difference(&wanted).collect();
        for key in &gone {
            statements.push(Statement::new(LEAVE, [site.into(), key.as_str().into()]));
        }
        if !gone.is_empty() {
            statements.push(Statement::new(TIDY, []));
        }
        for batch in statements.chunks(BATCH) {
            self.write(batch.to_vec(), Durability::Process).await?;
        }
        Ok((came, gone.len()))
    }

    /// Takes a list of a site's circle that is due, and puts it off until a time, by which whoever
    /// takes it has said what came of it.
    ///
    /// # Errors
    /// A database that cannot write.
    pub async fn take_list(
        &self,
        site: &str,
        (now, until): (Timestamp, Timestamp),
    ) -> Result<Option<ListToRead>, StoreError> {
        let take = Statement::new(TAKE, [site.into(), now.into(), until.into()]);
        let answers = self.write(vec![take], Durability::Process).await?;
        answers.into_iter().flatten().next().map(list_to_read).transpose()
    }

    /// When the next list of a site's circle is due.
    ///
    /// # Errors
    /// A database that cannot read.
    pub async fn next_list(&self, site: &str) -> Result<Option<Timestamp>, StoreError> {
        let mut rows = self.read(Statement::new(NEXT, [site.into()])).await?;
        Ok(rows.first_mut().map(Row::maybe_time).transpose()?.flatten())
    }

    /// Keeps what came of reading a list: all of it, or nothing.
    ///
    /// # Errors
    /// A database that cannot write.
    pub async fn keep_list(
        &self,
        list: &ListToRead,
        answer: &ListAnswer<'_>,
    ) -> Result<(), StoreError> {
        let values = [
            list.id.into(),
            answer.source.into(),
            answer.sought.into(),
            answer.read.into(),
            answer.etag.into(),
            answer.last_modified.into(),
            answer.stamp.into(),
            answer.due.into(),
        ];
        let mut statements = vec![Statement::new(KEEP, values)];
        if let Some(rows) = answer.rows {
            let keyed = rows.iter().filter_map(|row| Some((key_of(&row.home)?, row)));
            let keyed: Vec<(String, &graph::Row)> = keyed.take(MOST_ROWS).collect();
            let size = number(keyed.len());
            statements.push(Statement::new(SIZE, [list.id.into(), size.into()]));
            statements.push(Statement::new(EMPTY, [list.id.into()]));
            let edges =
                keyed.iter().zip(0..).map(|((key, row), place)| edge(list.id, place, key, row));
            statements.extend(edges);
        }
        self.write(statements, Durability::Process).await.map(drop)
    }

    /// Puts off a list that could not be had; what was known of it stays.
    ///
    /// # Errors
    /// A database that cannot write.
    pub async fn put_off_list(&self, list: &ListToRead, due: Timestamp) -> Result<(), StoreError> {
        let put_off = Statement::new(PUT_OFF, [list.id.into(), due.into()]);
        self.write(vec![put_off], Durability::Process).await.map(drop)
    }

    /// The lists of a site's circle, as many rows of each as fit into a graph.
    ///
    /// # Errors
    /// A database that cannot read.
    pub async fn lists(&self, site: &str) -> Result<Vec<List>, StoreError> {
        let most = number(MOST_LISTS);
        let rows = self.read(Statement::new(LENGTHS, [site.into(), most.into()])).await?;
        let lengths: Vec<usize> = rows
            .into_iter()
            .map(|mut row| Ok(usize::try_from(row.number()?).unwrap_or(0)))
            .collect::<Result<_, StoreError>>()?;
        let share = number(graph::share(&lengths.iter().copied(), MOST_EDGES));
        let values = [site.into(), share.into(), number(MOST_EDGES).into()];
        let mut lists: Vec<List> = Vec::new();
        for mut row in self.read(Statement::new(ROWS, values)).await? {
            let (owner, source) = (row.text()?, row.text()?);
            let read = row.maybe_time()?.unwrap_or(Timestamp::UNIX_EPOCH);
            let (home, feed, name) = (row.text()?, row.maybe_text()?, row.maybe_text()?);
            let xfn = Xfn::of(row.text()?.split(' '));
            if lists.last().is_none_or(|list| list.owner != owner) {
                lists.push(List { owner, source, read, rows: Vec::new() });
            }
            if let Some(list) = lists.last_mut() {
                list.rows.push(graph::Row { home, feed, name, xfn });
            }
        }
        Ok(lists)
    }

    /// The lists of a site's circle in which somebody stands, by their address as people are
    /// compared.
    ///
    /// # Errors
    /// A database that cannot read.
    pub async fn lists_with(
        &self,
        site: &str,
        key: &str,
        most: usize,
    ) -> Result<Vec<ListSource>, StoreError> {
        let values = [site.into(), key.into(), number(most).into()];
        let rows = self.read(Statement::new(WITH, values)).await?;
        let found = |mut row: Row| {
            let (owner, source) = (row.text()?, row.text()?);
            let size = usize::try_from(row.number()?).unwrap_or(usize::MAX);
            Ok(ListSource { owner, source, size })
        };
        rows.into_iter().map(found).collect()
    }

    /// Who stands in the list of somebody of a site's circle, as people are compared.
    ///
    /// # Errors
    /// A database that cannot read.
    pub async fn in_list_of(&self, site: &str, owner: &str) -> Result<Vec<String>, StoreError> {
        let values = [site.into(), owner.into(), number(MOST_ROWS).into()];
        let rows = self.read(Statement::new(IN, values)).await?;
        rows.into_iter().map(|mut row| row.text()).collect()
    }

    /// Notes that the owner of a site does not want somebody to be suggested.
    ///
    /// # Errors
    /// A database that cannot write.
    pub async fn dismiss(&self, site: &str, key: &str, now: Timestamp) -> Result<(), StoreError> {
        let dismiss = Statement::new(DISMISS, [site.into(), key.into(), now.into()]);
        self.write(vec![dismiss], Durability::Power).await.map(drop)
    }

    /// Takes that back.
    ///
    /// # Errors
    /// A database that cannot write.
    pub async fn recall_dismissed(&self, site: &str, key: &str) -> Result<(), StoreError> {
        const RECALL: &str = "DELETE FROM dismissed WHERE site = $1 AND key = $2";
        let recall = Statement::new(RECALL, [site.into(), key.into()]);
        self.write(vec![recall], Durability::Power).await.map(drop)
    }

    /// Whom the owner of a site does not want to be suggested.
    ///
    /// # Errors
    /// A database that cannot read.
    pub async fn dismissed(&self, site: &str) -> Result<BTreeSet<String>, StoreError> {
        const ALL: &str = "SELECT key FROM dismissed WHERE site = $1";
        let rows = self.read(Statement::new(ALL, [site.into()])).await?;
        rows.into_iter().map(|mut row| row.text()).collect()
    }
}

fn number(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn edge(list: i64, place: i64, key: &str, row: &graph::Row) -> Statement {
    let words: Vec<&str> = row.xfn.words().collect();
    let values = [
        list.into(),
        place.into(),
        key.into(),
        row.home.as_str().into(),
        row.feed.as_deref().into(),
        row.name.as_deref().into(),
        Value::Text(words.join(" ")),
    ];
    Statement::new(EDGE, values)
}

fn list_to_read(mut row: Row) -> Result<ListToRead, StoreError> {
    Ok(ListToRead {
        id: row.number()?,
        key: row.text()?,
        home: row.text()?,
        source: row.maybe_text()?,
        sought: row.maybe_time()?,
        etag: row.maybe_text()?,
        last_modified: row.maybe_text()?,
        stamp: row.maybe_text()?,
        failures: u32::try_from(row.number()?).unwrap_or(u32::MAX),
    })
}
