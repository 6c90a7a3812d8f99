//! The database: what has to survive a crash and does not belong into the site folder. SQLite in
//! the folder by default, PostgreSQL for hosts with many sites; everything here works on both.
//!
//! Methods are written once, as statements that both understand; an engine runs them.
//! No transaction outlives a call, so none is held while somebody asks the network. What the rows
//! mean to others is left to the rooms below.

mod cites;
mod engine;
mod feeds;
mod followed;
mod graph;
mod hiding;
mod health;
mod inbox;
mod items;
mod jobs;
mod mentions;
mod postgres;
mod sessions;
mod sqlite;
mod telling;
mod timeline;
mod tls;
mod websub;
mod written;

use std::fmt;
use std::path::Path;

use crate::error::Failure;

use self::engine::{AnyEngine, Durability, Engine, Row, Statement};
use self::postgres::Postgres;
use self::sqlite::Sqlite;

pub use cites::{MOST_WAITING_CITES, NamingItem, NewCite, SettledCite, StoredCite};
pub use feeds::{
    FeedId, FeedState, Following, MOST_AT_FIRST, ReaderId, StoredFeed, Subscription,
    UNREAD_AT_FIRST, Validators,
};
pub use graph::{ListAnswer, ListSource, ListToRead};
pub use items::{Harvest, ItemId, Kept, Known, Marks, NewItem, Since};
pub use jobs::{Job, Lease, NewJob};
pub use mentions::{Found, MentionState, NewMention, Settled, StoredMention, Word};
pub use timeline::{Part, Place, Scope, StoredEntry, StoredSource};
pub use websub::{Callback, HubFeed, NewCallback, NewDelivery, StoredDelivery};

/// The name of SQLite's file in the state folder.
const FILE: &str = "lanai.sqlite";

/// A database that went wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreError {
    /// What was tried and what the database said.
    message: String,
    is_overtaken: bool,
}

impl StoreError {
    fn new(doing: &str, error: impl fmt::Display) -> Self {
        Self { message: format!("the database: cannot {doing}: {error}"), is_overtaken: false }
    }

    /// Somebody else has changed what a decision was made upon.
    fn overtaken() -> Self {
        let error = Self::new("write", "somebody else was faster");
        Self { is_overtaken: true, ..error }
    }

    /// Whether nothing was written because somebody else was faster: read and decide again.
    pub fn is_overtaken(&self) -> bool {
        self.is_overtaken
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for StoreError {}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::run(error.to_string())
    }
}

/// The right to be the one daemon of a folder.
#[derive(Debug)]
pub struct Claim {
    _file: std::fs::File,
}

/// The database; copies share it.
#[derive(Clone)]
pub struct Store {
    engine: AnyEngine,
}

impl Store {
    /// Opens SQLite in a folder, which is made if it is not there.
    ///
    /// # Errors
    /// A folder or file that cannot be used.
    pub async fn open(folder: &Path) -> Result<Self, StoreError> {
        Ok(Self { engine: AnyEngine::Sqlite(Sqlite::open(&folder.join(FILE)).await?) })
    }

    /// The database that a configuration names by its `postgres://` address, or else SQLite in a
    /// folder.
    ///
    /// # Errors
    /// As for [`Store::connect`] and [`Store::open`].
    pub async fn at(address: Option<&str>, folder: &Path) -> Result<Self, StoreError> {
        match address {
            Some(address) => Self::connect(address).await,
            None => Self::open(folder).await,
        }
    }

    /// Claims a folder with a database for one daemon, as long as what is returned is held. None if
    /// another has it.
    ///
    /// # Errors
    /// A folder or file that cannot be used.
    pub fn claim(folder: &Path) -> Result<Option<Claim>, StoreError> {
        sqlite::claim(&folder.join("daemon.lock"))
            .map(|file| file.map(|file| Claim { _file: file }))
    }

    /// Connects to PostgreSQL, by a `postgres://` address.
    ///
    /// # Errors
    /// An address that is not right, a server that does not answer.
    pub async fn connect(address: &str) -> Result<Self, StoreError> {
        Ok(Self { engine: AnyEngine::Postgres(Postgres::connect(address).await?) })
    }

    /// Asks the database for nothing, to see whether it answers.
    ///
    /// # Errors
    /// A database that does not.
    pub async fn is_well(&self) -> Result<(), StoreError> {
        self.read(Statement::new("SELECT id FROM job WHERE id = 0", [])).await.map(drop)
    }

    /// Whether it is SQLite, for what the two understand differently.
    fn is_sqlite(&self) -> bool {
        matches!(self.engine, AnyEngine::Sqlite(_))
    }

    async fn read(&self, statement: Statement) -> Result<Vec<Row>, StoreError> {
        self.engine.read(statement).await
    }

    /// Runs statements as one: all of them, or none. Returns the rows of each.
    async fn write(
        &self,
        statements: Vec<Statement>,
        durability: Durability,
    ) -> Result<Vec<Vec<Row>>, StoreError> {
        self.engine.write(statements, durability).await
    }
}
