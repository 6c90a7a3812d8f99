//! Whom a site follows, from its files into the database. The files are the truth: what changes in
//! them is taken over, and nothing is written back.

use std::collections::HashSet;
use std::path::Path;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::error::{Failure, Problems};
use crate::model::Follow;
use crate::site::readable_follows;
use crate::stamp::Stamp;
use crate::store::{Following, ReaderId, Store};

/// What the owner wrote of somebody they follow.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Card {
    /// What they are called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Their page.
    pub home: String,
    /// A picture below the site folder.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub photo: Option<String>,
    /// How the owner knows them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub xfn: Vec<String>,
    /// Since when, if they wrote it down.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<Date>,
    /// Whether nobody is told.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub is_private: bool,
}

impl Card {
    /// What was kept.
    #[must_use]
    pub fn read(json: &str) -> Self {
        serde_json::from_str(json).unwrap_or_default()
    }
}

/// Takes over whom a site follows, if its files say something else than the last time. Rows that are
/// not right are returned, and stop nothing.
///
/// # Errors
/// A file that cannot be read at all, which changes nothing; a database that cannot write.
pub async fn take_over(
    store: &Store,
    site: &str,
    root: &Path,
    now: Timestamp,
) -> Result<(ReaderId, Problems), Failure> {
    let (reader, before, _) = store.reader(site).await?;
    let (rows, problems) = readable_follows(root)?;
    let all = followings(&rows);
    let said: Vec<[&str; 4]> =
        all.iter().map(|one| [&*one.url, &*one.host, &*one.channel, &*one.card]).collect();
    let stamp = Stamp::of_value(&(said, problems.has_errors())).to_string();
    if stamp != before {
        let is_whole = !problems.has_errors();
        for feed in store.follow(reader, &all, (&stamp, is_whole), now).await? {
            store.leave_hubs(feed.number(), now).await?;
        }
    }
    Ok((reader, problems))
}

/// The feeds that rows name, each once. A row without a feed is followed by its page, where the feed
/// is looked for when it is first asked.
fn followings(rows: &[Follow]) -> Vec<Following> {
    let mut seen = HashSet::new();
    rows.iter()
        .filter_map(|row| {
            let url = Url::parse(row.feed.as_deref().unwrap_or(&row.url)).ok()?;
            let card = Card {
                name: row.title.clone().or_else(|| row.nickname.clone()),
                home: row.url.clone(),
                photo: row.photo.clone(),
                xfn: row.xfn.clone(),
                since: row.since,
                is_private: !row.public,
            };
            Some(Following {
                host: host(&url)?,
                channel: row.channel.clone().unwrap_or_default().trim().to_owned(),
                card: serde_json::to_string(&card).unwrap_or_default(),
                url: url.into(),
            })
        })
        .filter(|following| seen.insert(following.url.clone()))
        .collect()
}

/// Whom an address asks: host and port.
#[must_use]
pub fn host(url: &Url) -> Option<String> {
    let port = url.port_or_known_default()?;
    Some(format!("{}:{port}", url.host_str()?))
}
