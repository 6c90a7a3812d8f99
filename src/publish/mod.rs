//! After a change: deploy, then tell. The site is built already; here it gets to where visitors
//! find it, and those whom it links and those who distribute its feeds hear of it.

mod apart;
mod deploy;
mod hubs;

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

pub use apart::build_apart;
pub use deploy::{Deployed, deploy};
pub use hubs::{Feeds, HUB, announce, announce_again, host_of};

use crate::error::Failure;
use crate::mentions::desk::Desk;
use crate::mentions::send::{Event, Place, letters, send};
use crate::model::Permalink;
use crate::site::outbox::{self, SendLock};

/// What came of telling others.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Told {
    /// The pages of which somebody has to be told again later.
    pub later: BTreeSet<Permalink>,
    /// The pages that are not live as they are here: nobody was told of them.
    pub not_live: BTreeSet<Permalink>,
    /// Links that nobody is told of, because the owner has not said yet what of the past is told.
    pub unasked: usize,
}

/// Tells those whom some pages of the site link, or whom any of them links.
///
/// # Errors
/// A page or a ledger that cannot be read or written.
pub async fn tell(
    desk: &Desk,
    only: Option<BTreeSet<Permalink>>,
    now: Timestamp,
    hear: impl Fn(Event<'_>),
) -> Result<Told, Failure> {
    let root = desk.root.clone();
    let waiting = tokio::task::spawn_blocking(move || SendLock::take(&root)).await;
    let _lock = waiting.map_err(|error| Failure::run(error.to_string()))??;
    let all = desk.clone();
    let found = tokio::task::spawn_blocking(move || {
        let output = all.root.join("public");
        let place = Place::new(&all.root, &output, &all.config);
        letters(place, &all.table, only.as_ref(), now)
    });
    let letters = found.await.map_err(|error| Failure::run(error.to_string()))??;
    let mut told = Told { later: letters.later, ..Told::default() };
    let letters = letters.due;
    if !outbox::has_begun(&desk.root) {
        if !letters.is_empty() {
            told.unasked = letters.iter().map(|letter| letter.due.len()).sum();
            return Ok(told);
        }
        outbox::begin(&desk.root)?;
    }
    let pages: Vec<(String, Permalink)> =
        letters.iter().map(|letter| (letter.source.clone(), letter.permalink.clone())).collect();
    let (later, not_live) = (Mutex::new(BTreeSet::new()), Mutex::new(BTreeSet::new()));
    let page_of = |source: &str| pages.iter().find(|(s, _)| s == source).map(|(_, p)| p.clone());
    send(&desk.messenger(), &desk.root, letters, now, |event| {
        match &event {
            Event::NotLive { source, .. } => lock(&not_live).extend(page_of(source)),
            Event::Told { source, delivery, .. } if delivery.next.is_some() => {
                lock(&later).extend(page_of(source));
            }
            Event::Told { .. } => {}
        }
        hear(event);
    })
    .await?;
    told.later.append(&mut lock(&later));
    told.not_live.append(&mut lock(&not_live));
    // They are asked for at their own pace.
    told.later.retain(|page| !told.not_live.contains(page));
    Ok(told)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
