//! Handing on to polling what hubs said: deliveries are merged, and feeds of which it is only known
//! that there is something new are asked. Nothing is forgotten before that is done.

use std::future::Future;

use jiff::Timestamp;

use crate::error::Failure;
use crate::store::{Store, StoredDelivery};

/// Words that are followed in one go.
const MOST: u16 = 1_000;

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

/// Hands on all that waits; returns how much it was. What failed waits on, and keeps nothing else
/// waiting.
///
/// # Errors
/// The first thing that failed.
pub async fn hand_on(
    store: &Store,
    polling: &impl Polling,
    now: Timestamp,
) -> Result<usize, Failure> {
    let (mut count, mut last) = (0_usize, 0);
    let mut failed = Ok(());
    while let Some(delivery) = store.next_delivery(last).await? {
        last = delivery.id;
        match polling.intake(&delivery).await {
            Ok(()) => store.finish_delivery(delivery.id).await?,
            Err(failure) => {
                failed = failed.and(Err(failure));
                continue;
            }
        }
        count = count.saturating_add(1);
    }
    for (feed, at) in store.pinged_feeds(MOST).await? {
        match polling.ask_at_once(feed, now).await {
            Ok(()) => store.follow_ping(feed, at).await?,
            Err(failure) => {
                failed = failed.and(Err(failure));
                continue;
            }
        }
        count = count.saturating_add(1);
    }
    failed.map(|()| count)
}
