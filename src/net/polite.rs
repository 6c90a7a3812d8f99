//! Politeness: how many requests a host gets at a time, and for how long it is left alone when it
//! asks for that.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use jiff::fmt::rfc2822;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use url::Url;

/// The longest that a host is left alone here, whatever it says. Who wants to remember it for longer
/// writes it down.
pub(super) const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// So many hosts are remembered before those are forgotten that nothing is known of.
const HOSTS: usize = 1_024;

/// What is known of hosts.
pub(super) struct Politeness {
    all: Arc<Semaphore>,
    at_once_a_host: usize,
    hosts: Mutex<HashMap<String, Host>>,
}

struct Host {
    places: Arc<Semaphore>,
    held_until: Option<Instant>,
}

/// Leave to ask a host; the place is free again when it is dropped.
pub(super) struct Turn {
    _host: Option<OwnedSemaphorePermit>,
    _all: Option<OwnedSemaphorePermit>,
}

impl Politeness {
    pub(super) fn new(at_once: usize, at_once_a_host: usize) -> Self {
        Self { all: Arc::new(Semaphore::new(at_once)), at_once_a_host, hosts: Mutex::default() }
    }

    fn hosts(&self) -> MutexGuard<'_, HashMap<String, Host>> {
        self.hosts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for a place at the host of an address, then for one among all: who waits for a slow
    /// host keeps nobody else from theirs.
    ///
    /// # Errors
    /// How long the host still wants to be left alone.
    pub(super) async fn turn(&self, url: &Url) -> Result<Turn, Duration> {
        let key = key(url);
        let places = self.places(&key)?;
        // The semaphores are never closed.
        let host = places.acquire_owned().await.ok();
        // Whoever was asked meanwhile may have wished to be left alone.
        self.places(&key)?;
        let all = Arc::clone(&self.all).acquire_owned().await.ok();
        Ok(Turn { _host: host, _all: all })
    }

    fn places(&self, key: &str) -> Result<Arc<Semaphore>, Duration> {
        let now = Instant::now();
        let mut hosts = self.hosts();
        if hosts.len() >= HOSTS {
            hosts.retain(|_, host| {
                Arc::strong_count(&host.places) > 1 || host.held_until.is_some_and(|t| t > now)
            });
        }
        let host = hosts.entry(key.to_owned()).or_insert_with(|| Host {
            places: Arc::new(Semaphore::new(self.at_once_a_host)),
            held_until: None,
        });
        match host.held_until.and_then(|until| until.checked_duration_since(now)) {
            Some(rest) if !rest.is_zero() => Err(rest),
            _ => Ok(Arc::clone(&host.places)),
        }
    }

    /// Leaves a host alone for a while.
    pub(super) fn hold(&self, url: &Url, time: Duration) {
        let until = Instant::now().checked_add(time.min(LONGEST));
        if let Some(host) = self.hosts().get_mut(&key(url)) {
            host.held_until = host.held_until.max(until);
        }
    }
}

fn key(url: &Url) -> String {
    let port = url.port_or_known_default().unwrap_or_default();
    format!("{}:{port}", url.host_str().unwrap_or_default())
}

/// `Retry-After`: seconds, or a date that counts from the server's own.
pub(super) fn retry_after(value: &str, date: Option<&str>) -> Option<Duration> {
    if let Ok(seconds) = value.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    let at = |text: &str| rfc2822::parse(text.trim()).ok().map(|zoned| zoned.timestamp());
    let wait = at(value)?.duration_since(at(date?)?);
    Some(Duration::try_from(wait).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let date = Some("Wed, 21 Oct 2015 07:28:00 GMT");
        let seconds = |value| retry_after(value, date).map(|wait| wait.as_secs());
        assert_eq!(seconds("120"), Some(120));
        assert_eq!(seconds("Wed, 21 Oct 2015 07:30:00 GMT"), Some(120));
        assert_eq!(seconds("Wed, 21 Oct 2015 07:20:00 GMT"), Some(0));
        assert_eq!(seconds("99999999999"), Some(99_999_999_999));
        assert_eq!(seconds("soon"), None);
        assert_eq!(retry_after("Wed, 21 Oct 2015 07:30:00 GMT", None), None);
    }
}
