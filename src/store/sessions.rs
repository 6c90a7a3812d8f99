//! Who may do what the owner may: their pass phrase (a hash of it), and who is logged in (hashes of
//! what their cookies say).

use jiff::Timestamp;

use super::engine::{Durability, Statement};
use super::{Store, StoreError};

impl Store {
    /// Something that only the owner knows.
    ///
    /// # Errors
    /// A database that cannot read.
    pub async fn secret(&self, site: &str, name: &str) -> Result<Option<String>, StoreError> {
        const SECRET: &str = "SELECT value FROM secret WHERE site = $1 AND name = $2";
        let mut rows = self.read(Statement::new(SECRET, [site.into(), name.into()])).await?;
        rows.first_mut().map(super::engine::Row::text).transpose()
    }

    /// Keeps something that only the owner knows, in place of what it was before.
    ///
    /// # Errors
    /// A database that cannot write.
    pub async fn keep_secret(&self, site: &str, name: &str, value: &str) -> Result<(), StoreError> {
        const KEEP: &str = "
            INSERT INTO secret (site, name, value) VALUES ($1, $2, $3)
            ON CONFLICT (site, name) DO UPDATE SET value = excluded.value";
        let keep = Statement::new(KEEP, [site.into(), name.into(), value.into()]);
        self.write(vec![keep], Durability::Power).await.map(drop)
    }

    /// Something that only the owner knows, which is this from now on if there is none yet.
    ///
    /// # Errors
    /// A database that cannot read or write.
    pub async fn secret_or(
        &self,
        site: &str,
        name: &str,
        value: &str,
    ) -> Result<String, StoreError> {
        const FIRST: &str = "
            INSERT INTO secret (site, name, value) VALUES ($1, $2, $3)
            ON CONFLICT (site, name) DO NOTHING";
        let first = Statement::new(FIRST, [site.into(), name.into(), value.into()]);
        self.write(vec![first], Durability::Power).await?;
        Ok(self.secret(site, name).await?.unwrap_or_else(|| value.to_owned()))
    }

    /// Begins a session; what has expired is forgotten on the occasion.
    ///
    /// # Errors
    /// A database that cannot write.
    pub async fn begin_session(
        &self,
        site: &str,
        token: &str,
        now: Timestamp,
        expires: Timestamp,
    ) -> Result<(), StoreError> {
        const BEGIN: &str = "INSERT INTO session (site, token, expires) VALUES ($1, $2, $3)";
        const EXPIRED: &str = "DELETE FROM session WHERE site = $1 AND expires <= $2";
        let statements = vec![
            Statement::new(EXPIRED, [site.into(), now.into()]),
            Statement::new(BEGIN, [site.into(), token.into(), expires.into()]),
        ];
        self.write(statements, Durability::Process).await.map(drop)
    }

    /// Whether there is such a session at a time.
    ///
    /// # Errors
    /// A database that cannot read.
    pub async fn has_session(
        &self,
        site: &str,
        token: &str,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        const HAS: &str =
            "SELECT expires FROM session WHERE site = $1 AND token = $2 AND expires > $3";
        let has = Statement::new(HAS, [site.into(), token.into(), now.into()]);
        Ok(!self.read(has).await?.is_empty())
    }

    /// Ends a session.
    ///
    /// # Errors
    /// A database that cannot write.
    pub async fn end_session(&self, site: &str, token: &str) -> Result<(), StoreError> {
        const END: &str = "DELETE FROM session WHERE site = $1 AND token = $2";
        let end = Statement::new(END, [site.into(), token.into()]);
        self.write(vec![end], Durability::Process).await.map(drop)
    }

    /// Ends all sessions of a site: the pass phrase was changed.
    ///
    /// # Errors
    /// A database that cannot write.
    pub async fn end_all_sessions(&self, site: &str) -> Result<(), StoreError> {
        const END: &str = "DELETE FROM session WHERE site = $1";
        self.write(vec![Statement::new(END, [site.into()])], Durability::Process).await.map(drop)
    }
}
