//! What is remembered of telling others: where their pages take mentions, and what hubs know of our
//! feeds. All of it can be found out again.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::engine::{Durability, Row, Statement};
use super::{NewJob, Store, StoreError};

/// Endpoints that are remembered of a site; those that hold longest stay.
const ENDPOINTS: i64 = 2_000;

const KEEP: &str = "
    INSERT INTO discovered (site, page, endpoint, until) VALUES ($1, $2, $3, $4)
    ON CONFLICT (site, page) DO UPDATE SET endpoint = excluded.endpoint, until = excluded.until";

const EXPIRED: &str = "DELETE FROM discovered WHERE site = $1 AND until <= $2";

const TRIM: &str = "
    DELETE FROM discovered WHERE site = $1 AND until <= (
        SELECT until FROM discovered WHERE site = $1 ORDER BY until DESC LIMIT 1 OFFSET $2)";

const ANNOUNCED: &str = "
    INSERT INTO announced (site, feed, stamp) VALUES ($1, $2, $3)
    ON CONFLICT (site, feed) DO UPDATE SET stamp = excluded.stamp";

impl Store {
    /// Where a page takes mentions, by a hash of its address, if that is known and still holds.
    ///
    /// # Errors
    /// A database that cannot read.
    pub async fn endpoint(
        &self,
        site: &str,
        page: &str,
        now: Timestamp,
    ) -> Result<Option<String>, StoreError> {
        const FIND: &str =
            "SELECT endpoint FROM discovered WHERE site = $1 AND page = $2 AND until > $3";
        let find = Statement::new(FIND, [site.into(), page.into(), now.into()]);
        self.read(find).await?.first_mut().map(Row::text).transpose()
    }

    /// Keeps where a page takes mentions, until a time. What holds no longer is forgotten on the
    /// occasion, and what is over the limit.
    ///
    /// # Errors
    /// A database that cannot write.
    pub async fn keep_endpoint(
        &self,
        (site, page): (&str, &str),
        endpoint: &str,
        (now, until): (Timestamp, Timestamp),
    ) -> Result<(), StoreError> {
        let keep = [site.into(), page.into(), endpoint.into(), until.into()];
        let statements = vec![
            Statement::new(EXPIRED, [site.into(), now.into()]),
            Statement::new(KEEP, keep),
            Statement::new(TRIM, [site.into(), ENDPOINTS.into()]),
        ];
        self.write(statements, Durability::Process).await.map(drop)
    }

    /// Forgets where a page takes mentions.
    ///
    /// # Errors
    /// A database that cannot write.
    pub async fn forget_endpoint(&self, site: &str, page: &str) -> Result<(), StoreError> {
        const FORGET: &str = "DELETE FROM discovered WHERE site = $1 AND page = $2";
        let forget = Statement::new(FORGET, [site.into(), page.into()]);
        self.write(vec![forget], Durability::Process).await.map(drop)
    }

    /// The feeds that hubs were told of, by path, with the stamps of what stood in them.
    ///
    /// # Errors
    /// A database that cannot read.
    pub async fn announced(&self, site: &str) -> Result<BTreeMap<String, String>, StoreError> {
        const ALL: &str = "SELECT feed, stamp FROM announced WHERE site = $1";
        let rows = self.read(Statement::new(ALL, [site.into()])).await?;
        rows.into_iter().map(|mut row| Ok((row.text()?, row.text()?))).collect()
    }

    /// Notes what hubs were told of, and what has to be tried again: all of it, or nothing. A feed
    /// without a stamp is no longer there.
    ///
    /// # Errors
    /// A database that cannot write.
    pub async fn announce(
        &self,
        site: &str,
        feeds: &BTreeMap<String, Option<String>>,
        again: &[NewJob<'_>],
    ) -> Result<(), StoreError> {
        const GONE: &str = "DELETE FROM announced WHERE site = $1 AND feed = $2";
        let note = |(feed, stamp): (&String, &Option<String>)| {
            let feed = feed.as_str();
            match stamp.as_deref() {
                Some(stamp) => Statement::new(ANNOUNCED, [site.into(), feed.into(), stamp.into()]),
                None => Statement::new(GONE, [site.into(), feed.into()]),
            }
        };
        let mut statements: Vec<Statement> = feeds.iter().map(note).collect();
        for job in again {
            statements.push(job.statement()?);
        }
        self.write(statements, Durability::Power).await.map(drop)
    }
}
