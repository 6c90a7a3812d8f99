//! What commands need that work on mentions: the site as the last build left it, the database, and
//! the way to others.

use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;

use crate::build::Options;
use crate::build::cache::read_table;
use crate::config::{Config, Secret};
use crate::error::Failure;
use crate::mentions::desk::{Desk, Memory};
use crate::net::Client;
use crate::store::Store;

/// The database of a site: the one that its configuration names, or SQLite in a folder.
pub(super) async fn store(
    root: &Path,
    config: &Config,
    state: Option<&Path>,
) -> Result<Store, Failure> {
    let database = config.daemon.as_ref().and_then(|daemon| daemon.database.as_ref());
    let usual = root.join(".lanai");
    Ok(Store::at(database.map(Secret::reveal), state.unwrap_or(&usual)).await?)
}

/// Everything at hand.
pub(super) async fn open(root: &Path, state: Option<&Path>) -> Result<Desk, Failure> {
    let config = Config::load(root)?;
    let store = store(root, &config, state).await?;
    let manifest = Options::for_site(root, Timestamp::UNIX_EPOCH).manifest;
    let client = Client::for_site(&config)?;
    Ok(Desk {
        site: config.home.home().into(),
        root: Arc::new(root.to_path_buf()),
        table: Arc::new(read_table(&manifest).unwrap_or_default()),
        config: Arc::new(config),
        store,
        client,
        memory: Memory::default(),
    })
}
