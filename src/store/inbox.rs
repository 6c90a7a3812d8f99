//! The inbox: what the endpoint accepts is added at its end, which costs one row, and is sorted in
//! later, as fast as somebody can look at it.

use super::engine::{Durability, Row, Statement};
use super::jobs::asked_again;
use super::mentions::{MentionState, asked_once_more};
use super::{NewMention, Store, StoreError, StoredMention};

const POST: &str = "
    INSERT INTO inbox (site, key, status, source, target, host, page, vouch, received)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";

/// Rows are locked where several may sort in at once: who comes second finds nothing.
macro_rules! sort_in {
    ($lock:literal) => {
        concat!(
            "
    INSERT INTO mention
        (site, key, status, source, target, host, page, vouch, via, received, asked, state, words)
    SELECT site, key, status, source, target, host, page, vouch, NULL, received, received,
        'waiting', ''
    FROM inbox WHERE id = $1",
            $lock,
            asked_once_more!(),
            // The address that whoever sent it was told.
            ", status = excluded.status"
        )
    };
}

const NOTE: &str = "
    INSERT INTO history (site, key, at, words) SELECT site, key, received, $2 FROM inbox WHERE id = $1";

const WORK: &str = concat!(
    "
    INSERT INTO job (site, kind, key, payload, due)
    SELECT site, $2, key, host, received FROM inbox WHERE id = $1",
    asked_again!()
);

impl Store {
    /// Takes a mention that somebody sends, to be sorted in later. It is accepted once it stands on
    /// the disk.
    ///
    /// # Errors
    /// A database that cannot write.
    pub async fn post(&self, mention: NewMention<'_>) -> Result<(), StoreError> {
        let NewMention { site, key, status, source, target, host, page, vouch, via: _, at } =
            mention;
        let values = [
            site.into(),
            key.into(),
            status.into(),
            source.into(),
            target.into(),
            host.into(),
            page.into(),
            vouch.into(),
            at.into(),
        ];
        self.write(vec![Statement::new(POST, values)], Durability::Power).await.map(drop)
    }

    /// Sorts the oldest `most` of the inbox in: they are mentions from here on, each with the work
    /// that it makes, named by its kind. Returns how many there were.
    ///
    /// # Errors
    /// A database that cannot read or write.
    pub async fn sort_in(&self, site: &str, work: &str, most: u16) -> Result<usize, StoreError> {
        const OLDEST: &str = "SELECT id FROM inbox WHERE site = $1 ORDER BY id LIMIT $2";
        let oldest = Statement::new(OLDEST, [site.into(), i64::from(most).into()]);
        let mut statements = Vec::new();
        let mut rows = self.read(oldest).await?;
        for row in &mut rows {
            let id = row.number()?;
            statements.extend([
                Statement::of_each(sort_in!(""), sort_in!(" FOR UPDATE"), [id.into()]),
                Statement::new(NOTE, [id.into(), "somebody sent it".into()]),
                Statement::new(WORK, [id.into(), work.into()]),
                Statement::new("DELETE FROM inbox WHERE id = $1", [id.into()]),
            ]);
        }
        if !statements.is_empty() {
            self.write(statements, Durability::Process).await?;
        }
        Ok(rows.len())
    }

    /// How many wait in the inbox of a site.
    ///
    /// # Errors
    /// A database that cannot read.
    pub async fn count_inbox(&self, site: &str) -> Result<usize, StoreError> {
        const COUNT: &str = "SELECT count(*) FROM inbox WHERE site = $1";
        let mut rows = self.read(Statement::new(COUNT, [site.into()])).await?;
        let count = rows.first_mut().map(Row::number).transpose()?.unwrap_or(0);
        Ok(usize::try_from(count).unwrap_or(0))
    }

    /// A mention that is still in the inbox, by the name of its status page. All of the inbox is
    /// looked through.
    ///
    /// # Errors
    /// A database that cannot read.
    pub async fn posted(
        &self,
        site: &str,
        status: &str,
    ) -> Result<Option<StoredMention>, StoreError> {
        const POSTED: &str = "
            SELECT key, status, source, target, host, page, vouch, received FROM inbox
            WHERE site = $1 AND status = $2 ORDER BY id DESC LIMIT 1";
        let rows = self.read(Statement::new(POSTED, [site.into(), status.into()])).await?;
        rows.into_iter().next().map(waiting).transpose()
    }
}

/// A row of the inbox as the mention that it becomes.
fn waiting(mut row: Row) -> Result<StoredMention, StoreError> {
    let (key, status) = (row.text()?, row.text()?);
    let (source, target) = (row.text()?, row.text()?);
    let (host, page, vouch) = (row.text()?, row.text()?, row.maybe_text()?);
    let received = row.time()?;
    Ok(StoredMention {
        key,
        status,
        source,
        target,
        host,
        page,
        vouch,
        via: None,
        received,
        asked: received,
        checked: None,
        state: MentionState::Waiting,
        words: String::new(),
        failures: 0,
        content: None,
        author: None,
        text_stamp: None,
        trust: None,
        robo: 0,
        flame: 0,
        decided: None,
        decided_at: None,
        decided_stamp: None,
    })
}
