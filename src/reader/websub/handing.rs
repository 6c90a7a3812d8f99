//! Handing on to polling what hubs said: deliveries are merged, and feeds of which it is only known
//! that there is something new are asked. Nothing is forgotten before that is done.
//!
//! Meanwhile nobody else asks for the feed: what is polled and what is delivered would both be new.

use std::collections::HashSet;
use std::future::Future;
use std::time::Duration;

use jiff::Timestamp;

use crate::error::Failure;
use crate::mentions::random;
use crate::store::{FeedId, Lease, Store, StoredDelivery};

/// Words that are followed in one go.
const MOST: u16 = 1_000;

/// How often a delivery is tried; then the feed itself has to say it.
const TRIES: u32 = 3;

/// How long merging one delivery may take at most.
const LEASE: Duration = Duration::from_secs(3 * 60);

/// What polling does with what hubs say.
pub trait Polling {
    /// Reads what was delivered of a feed, and merges it. The same may come again, and may be of a
    /// feed that nobody follows any more or be no feed at all: none of that is a failure.
    fn intake(&self, delivery: &StoredDelivery)
    -> impl Future<Output = Result<(), Failure>> + Send;

    /// Sees to it that a feed is asked as soon as its host may be.
    fn ask_at_once(
        &self,
        feed: i64,
        now: Timestamp,
    ) -> impl Future<Output = Result<(), Failure>> + Send;
}

/// Whether a feed was there for us alone.
enum Turn<T> {
    /// It was.
    Done(T),
    /// Somebody is asking for it, or for another one of its host.
    Busy,
    /// There is no such feed.
    Unknown,
}

/// Hands on all that waits; returns how much it was. What failed waits on, and so does what came of
/// the same feed after it; all else goes on. What fails again and again is dropped.
///
/// # Errors
/// The first thing that failed.
pub async fn hand_on(
    store: &Store,
    polling: &impl Polling,
    clock: impl Fn() -> Timestamp,
) -> Result<usize, Failure> {
    let (mut count, mut last) = (0_usize, 0);
    let mut failed = Ok(());
    let mut waiting = HashSet::new();
    while let Some(delivery) = store.next_delivery(last).await? {
        last = delivery.id;
        if waiting.contains(&delivery.feed) {
            continue;
        }
        match alone(store, delivery.feed, &clock, merge(store, polling, &delivery, &clock)).await {
            Ok(Turn::Done(())) => count = count.saturating_add(1),
            Ok(Turn::Unknown) => store.finish_delivery(delivery.id).await?,
            Ok(Turn::Busy) => {
                waiting.insert(delivery.feed);
            }
            Err(failure) => {
                waiting.insert(delivery.feed);
                failed = failed.and(Err(failure));
            }
        }
    }
    for (feed, at) in store.pinged_feeds(MOST).await? {
        // An answer that is on its way may be older than the word.
        match alone(store, feed, &clock, polling.ask_at_once(feed, clock())).await {
            Ok(Turn::Busy) => continue,
            Ok(Turn::Done(()) | Turn::Unknown) => store.follow_ping(feed, at).await?,
            Err(failure) => {
                failed = failed.and(Err(failure));
                continue;
            }
        }
        count = count.saturating_add(1);
    }
    failed.map(|()| count)
}

/// Merges a delivery. That it is tried is written down before: it may be what ends the process.
async fn merge(
    store: &Store,
    polling: &impl Polling,
    delivery: &StoredDelivery,
    clock: &impl Fn() -> Timestamp,
) -> Result<(), Failure> {
    if store.try_delivery(delivery.id).await? > TRIES {
        return Ok(store.drop_delivery(delivery.id, clock()).await?);
    }
    polling.intake(delivery).await?;
    Ok(store.finish_delivery(delivery.id).await?)
}

/// Does something about a feed while nobody asks for it.
async fn alone<T>(
    store: &Store,
    feed: i64,
    clock: &impl Fn() -> Timestamp,
    work: impl Future<Output = Result<T, Failure>>,
) -> Result<Turn<T>, Failure> {
    let feed = FeedId::from_number(feed);
    let owner = random::name()?;
    let lease = Lease { owner: &owner, time: LEASE };
    let Some(host) = store.hold_feed(feed, lease, clock()).await? else {
        let is_known = store.feed(feed).await?.is_some();
        return Ok(if is_known { Turn::Busy } else { Turn::Unknown });
    };
    let done = work.await;
    store.release_host(&host, &owner, None, clock()).await?;
    done.map(Turn::Done)
}
