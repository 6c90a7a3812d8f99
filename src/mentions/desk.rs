//! Where the mentions of one site are worked on: everything that looking, judging and filing needs.

use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use tokio::sync::RwLock;

use super::discovered::Discovered;
use super::knowledge::Knowledge;
use super::notify::Messenger;
use super::random;
use crate::build::table::PageTable;
use crate::config::Config;
use crate::error::Failure;
use crate::net::Client;
use crate::store::Store;

/// What is at hand. A copy is cheap; the site may change from one to the next.
#[derive(Clone)]
pub struct Desk {
    /// What the site is called in the database.
    pub site: Arc<str>,
    /// The site folder.
    pub root: Arc<PathBuf>,
    /// The site's configuration.
    pub config: Arc<Config>,
    /// Its pages.
    pub table: Arc<PageTable>,
    /// The database.
    pub store: Store,
    /// The way to others.
    pub client: Client,
    /// What was known when it was last asked.
    pub memory: Memory,
}

/// What was gathered, with the mark that it had then, until something changes.
pub type Memory = Arc<RwLock<Option<(Option<String>, Arc<Knowledge>)>>>;

/// What the mark of all that is known is called in the database: another one means that something
/// changed, perhaps by another process.
const MARK: &str = "knowledge";

impl Desk {
    /// What is known; it is gathered if it has to be.
    ///
    /// # Errors
    /// Files that are not right, a database that cannot read.
    pub async fn knowledge(&self, now: Timestamp) -> Result<Arc<Knowledge>, Failure> {
        let mark = self.store.secret(&self.site, MARK).await?;
        if let Some((known_by, known)) = self.memory.read().await.as_ref()
            && *known_by == mark
        {
            return Ok(Arc::clone(known));
        }
        let mut memory = self.memory.write().await;
        if let Some((known_by, known)) = memory.as_ref()
            && *known_by == mark
        {
            return Ok(Arc::clone(known));
        }
        let place = (&self.store, &*self.site);
        let known = Arc::new(Knowledge::gather(&self.root, &self.config, place, now).await?);
        *memory = Some((mark, Arc::clone(&known)));
        Ok(known)
    }

    /// Somebody who tells others.
    pub fn messenger(&self) -> Messenger {
        let discovered = Discovered::new(self.store.clone(), Arc::clone(&self.site));
        Messenger::new(self.client.clone(), discovered, Arc::clone(&self.config), &self.root)
    }

    /// The day at a time, where the owner lives.
    pub fn today(&self, now: Timestamp) -> Date {
        now.to_zoned(self.config.time_zone.clone()).date()
    }

    /// Something has changed: what is known has to be gathered anew, by other processes too.
    ///
    /// # Errors
    /// A database that cannot write.
    pub async fn forget_knowledge(&self) -> Result<(), Failure> {
        self.store.keep_secret(&self.site, MARK, &random::name()?).await?;
        *self.memory.write().await = None;
        Ok(())
    }
}
