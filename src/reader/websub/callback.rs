//! What comes to a callback: a hub makes sure that it was asked, says no, or delivers. How that is
//! said in HTTP is left to the daemon.

use std::time::Duration;

use jiff::Timestamp;

use super::{after, secret};
use crate::protocols::websub::delivery::{self, Closed, Decision};
use crate::protocols::websub::lease::renew_after;
use crate::protocols::websub::request::{AFTER_NO, TO_VERIFY};
use crate::protocols::websub::verification::{self, Answer, Known};
use crate::store::{Callback, NewDelivery, Store, StoreError};

/// What a hub's question is answered with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// These bytes.
    Echo(Vec<u8>),
    /// That it was heard.
    Heard,
    /// That nothing is known of it.
    Unknown,
}

/// Answers the question of a hub that came to a callback.
///
/// # Errors
/// A database that cannot read or write.
pub async fn verify(
    store: &Store,
    name: &str,
    query: &str,
    now: Timestamp,
) -> Result<Reply, StoreError> {
    let Some(question) = verification::read(query) else { return Ok(Reply::Unknown) };
    let callback = store.callback(name).await?;
    let known = callback.as_ref().map(|callback| Known {
        topic: &callback.topic,
        state: callback.state,
        is_fresh: after(callback.asked, TO_VERIFY) > now,
        is_leaving: callback.is_leaving,
    });
    let (is_so, reply) = match verification::answer(question, known.as_ref()) {
        Answer::Confirm { challenge, lease } => {
            let until = after(now, Duration::from_secs(lease));
            let renew = after(now, Duration::from_secs(renew_after(lease)));
            let is_so = store.confirm_callback(name, now, (until, renew)).await?;
            (is_so, Reply::Echo(challenge))
        }
        Answer::Leave { challenge } => (store.end_callback(name).await?, Reply::Echo(challenge)),
        Answer::Denied { reason } => {
            let words = match reason.as_str() {
                "" => "the hub does not tell of it".to_owned(),
                reason => format!("the hub does not tell of it: {reason}"),
            };
            let due = after(now, AFTER_NO);
            (store.deny_callback(name, &words, (now, due)).await?, Reply::Heard)
        }
        Answer::Unknown => (false, Reply::Unknown),
    };
    // It may have been given up since it was looked up.
    Ok(if is_so { reply } else { Reply::Unknown })
}

/// The callback of a name, if it takes deliveries (WS-C-02, WS-C-07).
///
/// # Errors
/// A database that cannot read.
pub async fn open(store: &Store, name: &str) -> Result<Result<Callback, Closed>, StoreError> {
    let callback = store.callback(name).await?;
    Ok(match delivery::open(callback.as_ref().map(|callback| callback.state)) {
        Ok(()) => callback.ok_or(Closed::Unknown),
        Err(closed) => Err(closed),
    })
}

/// What a hub delivers.
#[derive(Debug, Clone)]
pub struct Delivered<'d> {
    /// Its `X-Hub-Signature`, as sent.
    pub signature: Option<&'d str>,
    /// Its `Content-Type`, as sent.
    pub content_type: Option<&'d str>,
    /// Its `Content-Encoding`, as sent.
    pub encoding: Option<&'d str>,
    /// Its bytes.
    pub body: Vec<u8>,
}

/// What became of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// It stands on the disk, and is merged later.
    Kept,
    /// Its bytes are not used; the feed itself is asked.
    Pinged,
    /// It is not signed, or not by the hub.
    Refused,
}

/// Takes what came to an open callback.
///
/// # Errors
/// A database that cannot write.
pub async fn receive(
    store: &Store,
    callback: &Callback,
    delivered: Delivered<'_>,
    takes_sha1: bool,
    now: Timestamp,
) -> Result<Taken, StoreError> {
    let Delivered { signature, content_type, encoding, body } = delivered;
    // Hubs have no way to know what is understood here, so what they pack is not unpacked.
    let is_plain = encoding.is_none_or(|encoding| encoding.eq_ignore_ascii_case("identity"));
    match delivery::decide(secret(callback), signature, &body, takes_sha1) {
        Decision::Take if is_plain && !body.is_empty() => {
            let new = NewDelivery { name: &callback.name, content_type, body, at: now };
            if store.deliver(new).await? {
                return Ok(Taken::Kept);
            }
            // So many wait that the feed says it better.
            store.ping_feed(callback.feed, now).await?;
            Ok(Taken::Pinged)
        }
        Decision::Take | Decision::Ping => {
            store.ping_feed(callback.feed, now).await?;
            Ok(Taken::Pinged)
        }
        Decision::Unsigned | Decision::Forged => Ok(Taken::Refused),
    }
}
