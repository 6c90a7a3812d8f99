//! Work that must not be forgotten: a job stays until somebody says that it is done. Who takes one
//! has it for a while (a lease); if they are not heard of again, it is there for the next.

use std::time::Duration;

use jiff::Timestamp;

use super::engine::{Durability, Row, Statement};
use super::{Store, StoreError};

/// Work to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewJob<'j> {
    /// The site it is for.
    pub site: &'j str,
    /// What is to be done.
    pub kind: &'j str,
    /// To what: the same work is one job, however often it is asked for.
    pub key: &'j str,
    /// What whoever does it needs to know; the latest word counts.
    pub payload: &'j str,
    /// When, at the earliest.
    pub due: Timestamp,
}

/// How somebody takes work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lease<'l> {
    /// A name that nobody else uses, not even for another call.
    pub owner: &'l str,
    /// How long the work is theirs.
    pub time: Duration,
}

/// Work that somebody has taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    id: i64,
    owner: String,
    /// What is to be done.
    pub kind: String,
    /// To what.
    pub key: String,
    /// What is needed to know.
    pub payload: String,
    /// How often it was taken to be done, this time included.
    pub tries: u32,
}

/// Longest name of work, in bytes: databases refuse long ones in an index. Hash what is longer.
const LONGEST_KEY: usize = 512;

/// What becomes of work that is asked for again.
macro_rules! asked_again {
    () => {
        "
    ON CONFLICT (site, kind, key) DO UPDATE SET
        payload = excluded.payload,
        again_due = CASE
            WHEN job.lease_until IS NULL THEN job.again_due
            WHEN job.again_due < excluded.due THEN job.again_due
            ELSE excluded.due END,
        due = CASE
            WHEN job.lease_until IS NOT NULL THEN job.due
            WHEN job.tries = 0 AND job.due < excluded.due THEN job.due
            ELSE excluded.due END,
        tries = CASE WHEN job.lease_until IS NULL THEN 0 ELSE job.tries END"
    };
}
pub(super) use asked_again;

const ENQUEUE: &str = concat!(
    "
    INSERT INTO job (site, kind, key, payload, due) VALUES ($1, $2, $3, $4, $5)",
    asked_again!()
);

const TAKE_SQLITE: &str = "
    UPDATE job SET lease_until = $3, owner = $4, tries = tries + 1 WHERE id IN (
        SELECT id FROM job
        WHERE site = $1 AND due <= $2 AND (lease_until IS NULL OR lease_until <= $2)
        ORDER BY due, id LIMIT $5)
    RETURNING id, kind, key, payload, tries";

/// An array, because a list after IN may be asked for once for each row, and then gives others.
const TAKE_POSTGRES: &str = "
    UPDATE job SET lease_until = $3, owner = $4, tries = tries + 1 WHERE id = ANY (ARRAY (
        SELECT id FROM job
        WHERE site = $1 AND due <= $2 AND (lease_until IS NULL OR lease_until <= $2)
        ORDER BY due, id LIMIT $5 FOR UPDATE SKIP LOCKED))
    RETURNING id, kind, key, payload, tries";

/// What was asked for again while it was done is due again; the rest is over.
const DONE: &str =
    "DELETE FROM job WHERE id = $1 AND owner = $2 AND again_due IS NULL RETURNING id";
const DONE_AGAIN: &str = "
    UPDATE job SET lease_until = NULL, owner = NULL, due = again_due, again_due = NULL, tries = 0
    WHERE id = $1 AND owner = $2 AND again_due IS NOT NULL RETURNING id";

/// What was asked for again earlier than that does not wait; what was asked for later is done then
/// once more.
const LATER: &str = "
    UPDATE job SET
        lease_until = NULL,
        owner = NULL,
        due = CASE WHEN again_due <= $3 THEN again_due ELSE $3 END,
        tries = CASE WHEN again_due <= $3 THEN 0 ELSE tries END,
        again_due = CASE WHEN again_due <= $3 THEN NULL ELSE again_due END
    WHERE id = $1 AND owner = $2 RETURNING id";

/// The same for what was not begun: that it was taken does not count.
const BACK: &str = "
    UPDATE job SET
        lease_until = NULL,
        owner = NULL,
        due = CASE WHEN again_due <= $3 THEN again_due ELSE $3 END,
        tries = CASE WHEN again_due <= $3 THEN 0 ELSE tries - 1 END,
        again_due = CASE WHEN again_due <= $3 THEN NULL ELSE again_due END
    WHERE id = $1 AND owner = $2 RETURNING id";

const EXTEND: &str = "UPDATE job SET lease_until = $3 WHERE id = $1 AND owner = $2 RETURNING id";

const NEXT: &str = "
    SELECT min(at) FROM (
        SELECT * FROM (
            SELECT due AS at FROM job
            WHERE site = $1 AND lease_until IS NULL ORDER BY due LIMIT 1) AS waiting
        UNION ALL
        SELECT min(CASE WHEN lease_until < due THEN due ELSE lease_until END) AS at
        FROM job WHERE site = $1 AND lease_until IS NOT NULL) AS next";

const WAITING: &str = "SELECT count(*) FROM job WHERE site = $1";

impl NewJob<'_> {
    /// Asks for it, as one statement of several.
    pub(super) fn statement(&self) -> Result<Statement, StoreError> {
        let Self { site, kind, key, payload, due } = *self;
        if site.len().saturating_add(kind.len()).saturating_add(key.len()) > LONGEST_KEY {
            return Err(StoreError::new("note work", format!("the name {key} is too long")));
        }
        let values = [site.into(), kind.into(), key.into(), payload.into(), due.into()];
        Ok(Statement::new(ENQUEUE, values))
    }
}

const RELEASE: &str =
    "UPDATE job SET lease_until = NULL, owner = NULL WHERE site = $1 AND lease_until IS NOT NULL";

impl Store {
    /// Takes back all work that somebody has: for a process that knows itself to be alone.
    ///
    /// # Errors
    /// A database that cannot write.
    pub async fn release_jobs(&self, site: &str) -> Result<(), StoreError> {
        let release = Statement::new(RELEASE, [site.into()]);
        self.write(vec![release], Durability::Process).await.map(drop)
    }

    /// Asks for work to be done. It is asked for once it stands on the disk.
    ///
    /// Work that waits already is done once, at the earlier time; work that is being done is done
    /// once more after that; work that failed before and waits for its next try begins anew.
    ///
    /// # Errors
    /// A database that cannot write, a name of more than 512 bytes.
    pub async fn enqueue(&self, job: NewJob<'_>) -> Result<(), StoreError> {
        self.write(vec![job.statement()?], Durability::Power).await.map(drop)
    }

    /// Takes work of a site that is due, the oldest first, `most` at a time.
    ///
    /// # Errors
    /// A database that cannot write.
    pub async fn take_jobs(
        &self,
        site: &str,
        lease: Lease<'_>,
        now: Timestamp,
        most: u16,
    ) -> Result<Vec<Job>, StoreError> {
        let Lease { owner, time: length } = lease;
        let until = now.checked_add(length).unwrap_or(Timestamp::MAX);
        let values = [site.into(), now.into(), until.into(), owner.into(), i64::from(most).into()];
        let take = Statement::of_each(TAKE_SQLITE, TAKE_POSTGRES, values);
        let answers = self.write(vec![take], Durability::Process).await?;
        let mut jobs: Vec<Job> =
            answers.into_iter().flatten().map(|row| job(row, owner)).collect::<Result<_, _>>()?;
        // The database returns them as it likes.
        jobs.sort_by_key(|job| job.id);
        Ok(jobs)
    }

    /// Says that work is done. False if somebody else has it by now.
    ///
    /// # Errors
    /// A database that cannot write.
    pub async fn finish_job(&self, job: &Job) -> Result<bool, StoreError> {
        let statement = |sql| Statement::new(sql, [job.id.into(), job.owner.as_str().into()]);
        // In this order: what is asked for again between the two is seen by the second.
        self.changed(vec![statement(DONE), statement(DONE_AGAIN)]).await
    }

    /// Gives work back, to be done at another time. False if somebody else has it by now.
    ///
    /// # Errors
    /// A database that cannot write.
    pub async fn postpone_job(&self, job: &Job, due: Timestamp) -> Result<bool, StoreError> {
        let values = [job.id.into(), job.owner.as_str().into(), due.into()];
        self.changed(vec![Statement::new(LATER, values)]).await
    }

    /// Gives work back that was not begun, to be done at another time: this was no try. False if
    /// somebody else has it by now.
    ///
    /// # Errors
    /// A database that cannot write.
    pub async fn return_job(&self, job: &Job, due: Timestamp) -> Result<bool, StoreError> {
        let values = [job.id.into(), job.owner.as_str().into(), due.into()];
        self.changed(vec![Statement::new(BACK, values)]).await
    }

    /// Keeps work for longer. False if somebody else has it by now.
    ///
    /// # Errors
    /// A database that cannot write.
    pub async fn extend_job(&self, job: &Job, until: Timestamp) -> Result<bool, StoreError> {
        let values = [job.id.into(), job.owner.as_str().into(), until.into()];
        self.changed(vec![Statement::new(EXTEND, values)]).await
    }

    /// When the next work of a site is due, or a lease ends; none if there is no work.
    ///
    /// # Errors
    /// A database that cannot read.
    pub async fn next_job(&self, site: &str) -> Result<Option<Timestamp>, StoreError> {
        let mut rows = self.read(Statement::new(NEXT, [site.into()])).await?;
        let next = rows.first_mut().map(Row::maybe_number).transpose()?.flatten();
        Ok(next.and_then(|at| Timestamp::from_millisecond(at).ok()))
    }

    /// How much work a site has, whether it is being done or waits.
    ///
    /// # Errors
    /// A database that cannot read.
    pub async fn count_jobs(&self, site: &str) -> Result<u64, StoreError> {
        let mut rows = self.read(Statement::new(WAITING, [site.into()])).await?;
        let count = rows.first_mut().map(Row::number).transpose()?.unwrap_or(0);
        Ok(count.unsigned_abs())
    }

    async fn changed(&self, statements: Vec<Statement>) -> Result<bool, StoreError> {
        let answers = self.write(statements, Durability::Process).await?;
        Ok(answers.iter().any(|rows| !rows.is_empty()))
    }
}

fn job(mut row: Row, owner: &str) -> Result<Job, StoreError> {
    Ok(Job {
        id: row.number()?,
        owner: owner.to_owned(),
        kind: row.text()?,
        key: row.text()?,
        payload: row.text()?,
        tries: u32::try_from(row.number()?).unwrap_or(u32::MAX),
    })
}
