//! Where the mentions of one site are worked on: everything that looking, judging and filing needs.

use std::path::PathBuf;
use std::sync::Arc;

use crate::build::table::PageTable;
use crate::config::Config;
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
}
