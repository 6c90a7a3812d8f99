//! Where hubs come to: they make sure that we asked, say no, and deliver. And the task that asks
//! them. What is done with deliveries once they stand on the disk is polling's, to which
//! [`crate::reader::websub::handing::hand_on`] hands on.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Extension;
use axum::body::{Body, to_bytes};
use axum::extract::{Path, RawQuery, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, watch};
use tracing::{debug, error};

use super::clock;
use super::companion::House;
use super::limits::Limiter;
use super::routes::{Visitor, too_often};
use crate::protocols::websub::delivery::{Closed, LONGEST};
use crate::reader::websub::callback::{self, Delivered, Reply, Taken};
use crate::reader::websub::{Subscriber, upkeep};
use crate::store::{Callback, StoreError};

/// Requests to a callback in a minute, and of a client to callbacks that are none.
pub(super) const OFTEN: (usize, usize) = (60, 60);

/// Bytes of deliveries that are in memory at a time, in KiB.
const ROOM: usize = 4 * LONGEST / 1024;

/// How long a delivery waits for room, and how long its body may take.
const PATIENCE: (Duration, Duration) = (Duration::from_secs(5), Duration::from_secs(10));

/// How long to rest at least and at most: another daemon may have left work.
const REST: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(10));

const SIGNATURE: HeaderName = HeaderName::from_static("x-hub-signature");

/// What hubs share.
pub(super) struct Hubs {
    /// There is something to ask them.
    pub(super) work: Notify,
    callbacks: Limiter,
    strangers: Limiter,
    room: Arc<Semaphore>,
}

impl Default for Hubs {
    fn default() -> Self {
        Self {
            work: Notify::new(),
            callbacks: Limiter::new(OFTEN.0),
            strangers: Limiter::new(OFTEN.1),
            room: Arc::new(Semaphore::new(ROOM)),
        }
    }
}

/// Asks hubs for all sites until the daemon stops. Without an address of the daemon hubs cannot
/// answer, and nobody is asked: there is polling.
pub(super) async fn keep(house: Arc<House>, mut stop: watch::Receiver<bool>) {
    while !*stop.borrow() {
        let rest = match work(&house).await {
            Ok(rest) => rest,
            Err(error) => {
                error!("hubs: {error}");
                REST.1
            }
        };
        tokio::select! {
            () = house.hubs.work.notified() => {}
            () = tokio::time::sleep(rest) => {}
            // An end of the sender is a stop, too.
            _ = stop.changed() => {}
        }
    }
}

/// Does what is due; returns how long nothing is.
async fn work(house: &House) -> Result<Duration, crate::error::Failure> {
    let subscriber = house.sites.iter().find_map(|site| {
        let now = site.now();
        Subscriber::of(&now.config, &house.store, &site.client)
    });
    let Some(subscriber) = subscriber else { return Ok(REST.1) };
    let due = |next: Option<Timestamp>, now: Timestamp| {
        let wait =
            next.map(|next| Duration::try_from(next.duration_since(now)).unwrap_or_default());
        wait.map_or(REST.1, |wait| wait.clamp(REST.0, REST.1))
    };
    let now = clock::now();
    let next = house.store.next_hub_work().await?;
    if next.is_none_or(|next| next > now) {
        return Ok(due(next, now));
    }
    let count = upkeep(&subscriber, now).await?;
    debug!(count, "hubs were seen to");
    // Feeds that none of them tells of any more are asked at once.
    house.reading.work.notify_one();
    Ok(due(house.store.next_hub_work().await?, clock::now()))
}

/// A hub makes sure that it was asked, or says no (S §5.2, §5.3).
pub(super) async fn verify(
    State(house): State<Arc<House>>,
    Extension(visitor): Extension<Visitor>,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
) -> Response {
    if let Err(wait) = house.hubs.callbacks.count(&name, Instant::now()) {
        return often(&house, wait);
    }
    let query = query.unwrap_or_default();
    let reply = match is_name(&name) {
        true => callback::verify(&house.store, &name, &query, clock::now()).await,
        false => Ok(Reply::Unknown),
    };
    match reply {
        Ok(Reply::Echo(challenge)) => {
            house.hubs.work.notify_one();
            plain(challenge)
        }
        Ok(Reply::Heard) => {
            house.hubs.work.notify_one();
            house.reading.work.notify_one();
            plain(Vec::new())
        }
        Ok(Reply::Unknown) => unknown(&house, &visitor),
        Err(error) => broken(&error),
    }
}

/// A hub delivers (S §7): what is signed is written down, answered, and read later.
pub(super) async fn receive(
    State(house): State<Arc<House>>,
    Extension(visitor): Extension<Visitor>,
    Path(name): Path<String>,
    request: Request,
) -> Response {
    let open = match is_name(&name) {
        true => callback::open(&house.store, &name).await,
        false => Ok(Err(Closed::Unknown)),
    };
    let callback = match open {
        Ok(Ok(callback)) => callback,
        Ok(Err(Closed::Unknown)) => return unknown(&house, &visitor),
        Ok(Err(Closed::Gone)) => {
            return (StatusCode::GONE, "nobody here follows this any more\n").into_response();
        }
        Err(error) => return broken(&error),
    };
    if let Err(wait) = house.hubs.callbacks.count(&name, Instant::now()) {
        return often(&house, wait);
    }
    let (head, body) = request.into_parts();
    let (body, _room) = match read(&house, &head.headers, body).await {
        Ok(read) => read,
        Err(StatusCode::PAYLOAD_TOO_LARGE) => return too_long(&house, &callback).await,
        Err(status) => return status.into_response(),
    };
    let delivered = Delivered {
        signature: text(&head.headers, &SIGNATURE),
        content_type: text(&head.headers, &header::CONTENT_TYPE),
        encoding: text(&head.headers, &header::CONTENT_ENCODING),
        body,
    };
    let (now, takes_sha1) = (clock::now(), house.daemon.sha1_signatures);
    match callback::receive(&house.store, &callback, delivered, takes_sha1, now).await {
        Ok(Taken::Kept | Taken::Pinged) => {
            house.metrics.deliveries.add();
            house.reading.work.notify_one();
            StatusCode::ACCEPTED.into_response()
        }
        Ok(Taken::Refused) => {
            house.metrics.wrong_deliveries.add();
            (StatusCode::FORBIDDEN, "the signature is missing, or is not right\n").into_response()
        }
        Err(error) => broken(&error),
    }
}

/// A body, and the room that it takes as long as it is held.
async fn read(
    house: &House,
    headers: &HeaderMap,
    body: Body,
) -> Result<(Vec<u8>, OwnedSemaphorePermit), StatusCode> {
    let length = text(headers, &header::CONTENT_LENGTH).and_then(|length| length.parse().ok());
    let length: usize = length.unwrap_or(LONGEST);
    if length > LONGEST {
        return Err(StatusCode::PAYLOAD_TOO_LARGE);
    }
    let room = u32::try_from(length / 1024).unwrap_or(u32::MAX).saturating_add(1);
    let room = Arc::clone(&house.hubs.room).acquire_many_owned(room);
    // The semaphore is never closed.
    let Ok(Ok(room)) = tokio::time::timeout(PATIENCE.0, room).await else {
        return Err(StatusCode::SERVICE_UNAVAILABLE);
    };
    match tokio::time::timeout(PATIENCE.1, to_bytes(body, LONGEST)).await {
        Ok(Ok(bytes)) => Ok((bytes.to_vec(), room)),
        Ok(Err(error)) => {
            use std::error::Error as _;
            let too_long = error.source().is_some_and(|cause| cause.to_string().contains("length"));
            let silent = StatusCode::REQUEST_TIMEOUT;
            Err(if too_long { StatusCode::PAYLOAD_TOO_LARGE } else { silent })
        }
        Err(_) => Err(StatusCode::REQUEST_TIMEOUT),
    }
}

/// The answer to a delivery that is not read: the feed itself says it (WS-C-09).
async fn too_long(house: &House, callback: &Callback) -> Response {
    if let Err(error) = house.store.ping_feed(callback.feed, clock::now()).await {
        return broken(&error);
    }
    house.reading.work.notify_one();
    let text = format!("a delivery has at most {LONGEST} bytes; the feed is asked\n");
    (StatusCode::PAYLOAD_TOO_LARGE, text).into_response()
}

/// Whether something could be the name of a callback.
fn is_name(name: &str) -> bool {
    name.len() <= 64 && name.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

fn text<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// Bytes that a hub sent, as nothing that a browser would run (WS-S-11).
fn plain(bytes: Vec<u8>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8")),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    (headers, bytes).into_response()
}

/// The answer to who asks for a callback that is none; who goes on guessing waits.
fn unknown(house: &House, visitor: &Visitor) -> Response {
    match house.hubs.strangers.count(&visitor.name, Instant::now()) {
        Ok(()) => (StatusCode::NOT_FOUND, "nothing was asked for here\n").into_response(),
        Err(wait) => often(house, wait),
    }
}

fn often(house: &House, wait: Duration) -> Response {
    house.metrics.limited.add();
    too_often(wait)
}

fn broken(error: &StoreError) -> Response {
    error!("a hub came in vain: {error}");
    (StatusCode::SERVICE_UNAVAILABLE, "try again later\n").into_response()
}
