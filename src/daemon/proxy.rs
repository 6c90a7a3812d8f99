//! Pictures of others, shown from here: who reads a page meets nobody but their own daemon. Fetched
//! once, made anew without metadata where that can be done, kept on the disk for a while.
//!
//! Who may ask for what is said by a signature ([`crate::reader::pictures`]); the disk is
//! [`super::shelf`]'s. SVG is never shown: it is a document, and what it does depends on where it is
//! opened.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::Extension;
use axum::body::Bytes;
use axum::extract::{Path as Segments, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use tokio::sync::{OnceCell, Semaphore};
use tracing::{error, warn};
use url::Url;

use super::companion::House;
use super::shelf::Shelf;
use super::sites::Site;
use crate::media::{self, Format, MediaError};
use crate::net::{Client, End, Limits, Login, NoAnswer, Request};
use crate::reader::pictures::{Key, signed_address};
use crate::stamp::Stamp;

/// How far one picture may go.
const LIMITS: Limits =
    Limits { bytes: 10 * 1024 * 1024, time: Duration::from_secs(10), redirects: 5 };

/// The longer side of a picture as it is shown, in pixels.
const SIDE: u32 = 1_600;

/// Longest picture that is shown as it came, in bytes: one that moves, or that is not decoded here.
const LONGEST: usize = 5 * 1024 * 1024;

/// Bytes that are kept on the disk.
const SHELF: u64 = 256 * 1024 * 1024;

/// Pictures that are decoded at a time. Each takes up to 64 MiB while it is.
const AT_ONCE: usize = 2;

/// For how long nobody is asked again for a picture that could not be had.
const REST: Duration = Duration::from_secs(10 * 60);

/// Failures that are remembered.
const FAILURES: usize = 10_000;

const ACCEPT: &str = "image/avif, image/webp, image/png, image/jpeg, image/gif, */*;q=0.1";

/// What stands where a picture should.
const MISSING: &str = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 48 36\" width=\"48\" \
    height=\"36\"><path fill=\"none\" stroke=\"#888\" stroke-width=\"2\" d=\"M3 3h42v30H3zM3 28l11-12 8 \
    8 6-6 17 15M3 3l42 30\"/></svg>";

/// A picture that may be shown.
#[derive(Clone)]
struct Picture {
    format: Format,
    bytes: Bytes,
}

/// Why there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Missing {
    /// Nobody is asked inside.
    Unasked,
    /// It is not there.
    Gone,
    /// Its server does not answer as it should.
    Away,
    /// It weighs too much or has too many pixels.
    Large,
    /// It is no picture, or none that is shown.
    NoPicture,
}

impl Missing {
    fn status(self) -> StatusCode {
        match self {
            Self::Unasked => StatusCode::FORBIDDEN,
            Self::Gone => StatusCode::NOT_FOUND,
            Self::Away => StatusCode::BAD_GATEWAY,
            Self::Large => StatusCode::PAYLOAD_TOO_LARGE,
            Self::NoPicture => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        }
    }
}

type Outcome = Result<Picture, Missing>;

/// One fetch, and all who wait for it.
type Flight = Arc<OnceCell<Outcome>>;

/// What is known of pictures, and how many are worked on.
pub(super) struct Proxy {
    shelf: Arc<Shelf>,
    flights: Mutex<HashMap<Stamp, Flight>>,
    failures: Mutex<HashMap<Stamp, (Instant, Missing)>>,
    places: Semaphore,
}

impl Proxy {
    /// One for a daemon, whose state lies in `folder`.
    pub(super) fn new(folder: &Path) -> Self {
        Self {
            shelf: Arc::new(Shelf::new(folder.join("proxy"), SHELF)),
            flights: Mutex::default(),
            failures: Mutex::default(),
            places: Semaphore::new(AT_ONCE),
        }
    }

    /// A picture: from the disk, or from its server. Whoever asks meanwhile waits for the same.
    async fn picture(&self, client: &Client, url: &Url) -> Outcome {
        let stamp = Stamp::of(url.as_str().as_bytes());
        if let Some((since, why)) = lock(&self.failures).get(&stamp)
            && since.elapsed() < REST
        {
            return Err(*why);
        }
        let flight = Arc::clone(lock(&self.flights).entry(stamp).or_default());
        let passenger = Passenger { proxy: self, stamp, flight };
        // Should the first go away, the next does it.
        passenger.flight.get_or_init(|| self.have(client, url, stamp)).await.clone()
    }

    async fn have(&self, client: &Client, url: &Url, stamp: Stamp) -> Outcome {
        let shelf = Arc::clone(&self.shelf);
        let kept = tokio::task::spawn_blocking(move || {
            let bytes = shelf.get(stamp)?;
            let format = media::see(&bytes).ok()?.format;
            Some(Picture { format, bytes: bytes.into() })
        });
        if let Ok(Some(picture)) = kept.await {
            return Ok(picture);
        }
        let fetched = self.fetch(client, url, stamp).await;
        if let Err(why) = fetched {
            let mut failures = lock(&self.failures);
            if failures.len() >= FAILURES {
                failures.clear();
            }
            failures.insert(stamp, (Instant::now(), why));
        }
        fetched
    }

    async fn fetch(&self, client: &Client, url: &Url, stamp: Stamp) -> Outcome {
        let request = Request {
            url,
            role: "picture",
            accept: ACCEPT,
            headers: &[],
            login: Login::Nobody,
            limits: LIMITS,
        };
        let answer = match client.get(&request).await {
            Ok(answer) => answer,
            Err(NoAnswer::Refused(_)) => return Err(Missing::Unasked),
            Err(_) => return Err(Missing::Away),
        };
        match (answer.status, answer.end) {
            (200..300, End::Whole) => {}
            (200..300, End::Long) => return Err(Missing::Large),
            (404 | 410, _) => return Err(Missing::Gone),
            _ => return Err(Missing::Away),
        }
        // The semaphore is never closed.
        let _place = self.places.acquire().await.map_err(|_| Missing::Away)?;
        let shelf = Arc::clone(&self.shelf);
        let made = tokio::task::spawn_blocking(move || {
            let (format, bytes) = shown(answer.body)?;
            if let Err(error) = shelf.put(stamp, &bytes) {
                warn!("cannot keep a picture: {error}");
            }
            Ok(Picture { format, bytes: bytes.into() })
        });
        made.await.unwrap_or(Err(Missing::NoPicture))
    }
}

/// Somebody who waits for a picture; the last to leave forgets the flight.
struct Passenger<'p> {
    proxy: &'p Proxy,
    stamp: Stamp,
    flight: Flight,
}

impl Drop for Passenger<'_> {
    fn drop(&mut self) {
        let mut flights = lock(&self.proxy.flights);
        // The map's and this one's.
        if Arc::strong_count(&self.flight) <= 2 {
            flights.remove(&self.stamp);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A picture as it may be shown: small, with nothing but pixels. What moves, and what is not decoded
/// here, stays what it is without its metadata, if it is not too long.
fn shown(bytes: Vec<u8>) -> Result<(Format, Vec<u8>), Missing> {
    let seen = media::see(&bytes).map_err(|error| missing(&error))?;
    match seen.format {
        Format::Svg => return Err(Missing::NoPicture),
        // Its parts cannot be taken out one by one.
        Format::Avif => return passed(Format::Avif, bytes),
        Format::Jpeg | Format::Png | Format::WebP | Format::Gif => {}
    }
    if !seen.is_animated {
        match media::reduced(&bytes, SIDE) {
            Ok(small) => return Ok((Format::WebP, small)),
            Err(MediaError::TooMuchMemory { .. }) => {}
            Err(error) => return Err(missing(&error)),
        }
    }
    let clean = media::clean(&bytes, "").map_err(|error| missing(&error))?;
    passed(clean.format, clean.bytes.into_owned())
}

fn passed(format: Format, bytes: Vec<u8>) -> Result<(Format, Vec<u8>), Missing> {
    if bytes.len() > LONGEST { Err(Missing::Large) } else { Ok((format, bytes)) }
}

fn missing(error: &MediaError) -> Missing {
    match error {
        MediaError::TooLarge { .. } | MediaError::TooMuchMemory { .. } => Missing::Large,
        _ => Missing::NoPicture,
    }
}

/// A picture of somebody else, if its address was signed here.
pub(super) async fn image(
    State(house): State<Arc<House>>,
    Extension(site): Extension<Arc<Site>>,
    Segments((signature, address)): Segments<(String, String)>,
) -> Response {
    let key = site.pictures.get_or_try_init(|| Key::of(&house.store, &site.id)).await;
    let key = match key {
        Ok(key) => key,
        Err(failure) => {
            error!("cannot show pictures: {failure}");
            return StatusCode::SERVICE_UNAVAILABLE.into_response();
        }
    };
    let Some(url) = signed_address(key, &signature, &address) else {
        return (StatusCode::NOT_FOUND, "there is no such picture\n").into_response();
    };
    match house.proxy.picture(&site.client, &url).await {
        Ok(Picture { format, bytes }) => {
            send(StatusCode::OK, format, "private, max-age=2592000, immutable", bytes)
        }
        Err(why) => {
            let bytes = Bytes::from_static(MISSING.as_bytes());
            send(why.status(), Format::Svg, "private, max-age=600", bytes)
        }
    }
}

/// Nothing in an answer is more than a picture, wherever it is opened.
fn send(status: StatusCode, format: Format, keep: &'static str, bytes: Bytes) -> Response {
    let headers = [
        (header::CONTENT_TYPE, format.mime()),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"),
        (header::HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, keep),
    ];
    (status, headers, bytes).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_picture_is_not_shown() {
        for bytes in [
            &b""[..],
            b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
            b"<!doctype html><script>alert(1)</script>",
            b"GIF89a\x01\0\x01\0<script>",
            b"\xff\xd8\xff<script>",
        ] {
            assert_eq!(shown(bytes.to_vec()).unwrap_err(), Missing::NoPicture);
        }
    }
}
