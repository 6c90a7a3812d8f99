//! The door: whether a request is about a page of the site that takes mentions, and writing it down.
//! What is behind it is looked at later.

use std::fmt;

use jiff::Timestamp;
use url::Url;

use super::random;
use crate::build::table::{PageTable, State};
use crate::config::Config;
use crate::error::Failure;
use crate::model::Permalink;
use crate::protocols::webmention::request::Request;
use crate::store::{NewMention, Store, StoreError};

/// The work of looking at a mention's page; it carries the page's host.
pub const VERIFY: &str = "verify";

/// Mentions that wait in the inbox of a site at most: whoever comes then is asked to come later.
pub const MOST_WAITING: usize = 100_000;

/// Mentions that are sorted in as one.
const SORTED_AT_ONCE: u16 = 100;

/// Why a target takes no mentions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Its address is not one of this site.
    NotHere,
    /// There is no such page.
    NoPage,
    /// The page takes none.
    Closed,
    /// The page was deleted.
    Gone,
    /// The source is a page of this site too.
    Own,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotHere => "`target` is not a page of this site",
            Self::NoPage => "there is no page at the address in `target`",
            Self::Closed => "the page in `target` takes no mentions",
            Self::Gone => "the page in `target` was deleted",
            Self::Own => "`source` is a page of this site: its own pages know of each other",
        })
    }
}

impl std::error::Error for Refusal {}

/// The page of the site that a target names, by any of its addresses (WM-R-07, WM-R-09).
///
/// # Errors
/// Why it takes no mentions.
pub fn page_of(config: &Config, table: &PageTable, target: &str) -> Result<Permalink, Refusal> {
    let path = config.own_path(target).ok_or(Refusal::NotHere)?;
    let page = table.find(path.as_str()).ok_or(Refusal::NoPage)?;
    match page.state {
        State::Open => Ok(page.permalink.clone()),
        State::Closed => Err(Refusal::Closed),
        State::Gone => Err(Refusal::Gone),
    }
}

/// The page that a request is about.
///
/// # Errors
/// Why it is not taken.
pub fn page_asked_for(
    config: &Config,
    table: &PageTable,
    request: &Request,
) -> Result<Permalink, Refusal> {
    let page = page_of(config, table, request.target.as_str())?;
    let is_own = config.own_path(request.source.as_str()).is_some();
    // Unless they are told on purpose (WM-S-09).
    if is_own && !config.network.tells_own { Err(Refusal::Own) } else { Ok(page) }
}

/// What a source and a target are called together.
pub fn key(source: &Url, target: &str) -> String {
    let text = format!("{source}\n{target}");
    let hash = blake3::hash(text.as_bytes()).to_hex();
    hash.as_str().get(..32).unwrap_or_default().to_owned()
}

/// The names of the status pages of a site: nobody can guess them, and the same mention has the same
/// for good, though nobody has looked up whether it was sent before.
#[derive(Clone)]
pub struct Names([u8; 32]);

impl Names {
    /// What the names come from is called this in the database.
    const SECRET: &str = "status pages";

    /// The names of a site.
    ///
    /// # Errors
    /// A database that cannot read or write, a system that has no chance to give.
    pub async fn of(store: &Store, site: &str) -> Result<Self, Failure> {
        let secret = store.secret_or(site, Self::SECRET, &random::name()?).await?;
        Ok(Self(blake3::derive_key("lanai 2026-11 names of status pages", secret.as_bytes())))
    }

    /// The name of the status page of a mention, by its key.
    pub fn status(&self, key: &str) -> String {
        let hash = blake3::keyed_hash(&self.0, key.as_bytes()).to_hex();
        hash.as_str().get(..32).unwrap_or_default().to_owned()
    }
}

/// Writes a request down, to be sorted in later. Returns the name of its status page.
///
/// # Errors
/// A database that cannot write: nothing was accepted then (WM-R-16).
pub async fn accept(
    store: &Store,
    (site, page): (&str, &Permalink),
    request: &Request,
    names: &Names,
    now: Timestamp,
) -> Result<String, StoreError> {
    let key = key(&request.source, &request.target_as_sent);
    let status = names.status(&key);
    let mention = NewMention {
        site,
        key: &key,
        status: &status,
        source: request.source.as_str(),
        target: &request.target_as_sent,
        host: request.source.host_str().unwrap_or_default(),
        page: page.as_str(),
        vouch: request.vouch.as_ref().map(Url::as_str),
        via: None,
        at: now,
    };
    store.post(mention).await?;
    Ok(status)
}

/// Sorts everything in that the endpoint accepted; for those who want to see all.
///
/// # Errors
/// A database that cannot read or write.
pub async fn sort_all_in(store: &Store, site: &str) -> Result<(), StoreError> {
    while store.sort_in(site, VERIFY, SORTED_AT_ONCE).await? > 0 {}
    Ok(())
}
