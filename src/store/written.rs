//! What the owner has written in the browser: which file each form has made, so that a form that is
//! sent twice makes one post.

use jiff::Timestamp;

use super::engine::{Durability, Row, Statement};
use super::{Store, StoreError};

const WRITTEN: &str = "SELECT file FROM written WHERE site = $1 AND mark = $2";
const NOTE: &str = "
    INSERT INTO written (site, mark, file, at) VALUES ($1, $2, $3, $4)
    ON CONFLICT (site, mark) DO UPDATE SET file = excluded.file, at = excluded.at";
const FORGET_WRITTEN: &str = "DELETE FROM written WHERE at < $1";

impl Store {
    /// The file of the post that a form wrote, by the form's mark.
    ///
    /// # Errors
    /// A database that cannot read.
    pub async fn written(&self, site: &str, mark: &str) -> Result<Option<String>, StoreError> {
        let mut rows = self.read(Statement::new(WRITTEN, [site.into(), mark.into()])).await?;
        rows.first_mut().map(Row::text).transpose()
    }

    /// Notes which file a form writes, and forgets what was noted before a time.
    ///
    /// # Errors
    /// A database that cannot write.
    pub async fn note_written(
        &self,
        (site, mark): (&str, &str),
        file: &str,
        (now, before): (Timestamp, Timestamp),
    ) -> Result<(), StoreError> {
        let note = [site.into(), mark.into(), file.into(), now.into()];
        let statements =
            vec![Statement::new(FORGET_WRITTEN, [before.into()]), Statement::new(NOTE, note)];
        self.write(statements, Durability::Power).await.map(drop)
    }
}
