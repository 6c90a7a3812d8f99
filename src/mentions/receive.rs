//! The door: whether a request is about a page of the site that takes mentions, and writing it down.
//! What is behind it is looked at later.

use std::fmt;

use jiff::Timestamp;
use url::Url;

use crate::build::table::{PageTable, State};
use crate::config::Config;
use crate::model::Permalink;
use crate::protocols::webmention::request::Request;
use crate::store::{NewJob, NewMention, Store, StoreError};

/// The work of looking at a mention's page; it carries the page's host.
pub const VERIFY: &str = "verify";

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
    if is_own && !config.tells_own { Err(Refusal::Own) } else { Ok(page) }
}

/// What a source and a target are called together.
pub fn key(source: &Url, target: &str) -> String {
    let text = format!("{source}\n{target}");
    let hash = blake3::hash(text.as_bytes()).to_hex();
    hash.as_str().get(..32).unwrap_or_default().to_owned()
}

/// Writes a request down with the work that it makes. Returns the name of its status page; `status`
/// becomes it if the mention is new.
///
/// # Errors
/// A database that cannot write: nothing was accepted then (WM-R-16).
pub async fn accept(
    store: &Store,
    (site, page): (&str, &Permalink),
    request: &Request,
    status: &str,
    now: Timestamp,
) -> Result<String, StoreError> {
    let key = key(&request.source, &request.target_as_sent);
    let mention = NewMention {
        site,
        key: &key,
        status,
        source: request.source.as_str(),
        target: &request.target_as_sent,
        host: request.source.host_str().unwrap_or_default(),
        page: page.as_str(),
        vouch: request.vouch.as_ref().map(Url::as_str),
        via: None,
        at: now,
    };
    let job = NewJob { site, kind: VERIFY, key: &key, payload: mention.host, due: now };
    store.accept(mention, "somebody sent it", job).await
}
