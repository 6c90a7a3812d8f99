//! Listening and connections: how many, how long they may be silent, and how they end.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hyper::body::Incoming;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_io_timeout::TimeoutStream;

use super::addresses::{Peer, counted};
use crate::config::Allowed;
use crate::error::Failure;

/// How long a client may take for the head of a request, and a connection be idle.
const HEAD: Duration = Duration::from_secs(30);

/// How long a client may take nothing of an answer that waits for it.
const UNREAD: Duration = Duration::from_secs(30);

/// How long requests that have begun may take when the server stops.
const FAREWELL: Duration = Duration::from_secs(10);

/// Listens at an address.
///
/// # Errors
/// A port that is taken or not allowed.
pub(super) async fn listen(address: SocketAddr) -> Result<TcpListener, Failure> {
    TcpListener::bind(address).await.map_err(|error| match error.kind() {
        std::io::ErrorKind::AddrInUse => Failure::with_hint(
            format!("port {} is in use", address.port()),
            "is Lanai running already? port 0 takes any free one",
        ),
        std::io::ErrorKind::PermissionDenied => Failure::with_hint(
            format!("port {} is not allowed", address.port()),
            "ports from 1024 on are",
        ),
        _ => Failure::run(format!("cannot listen at {address}: {error}")),
    })
}

/// The places for connections: so many in all, and so many for one client.
pub(super) struct Places {
    all: Arc<Semaphore>,
    each: usize,
    /// Proxies bring the connections of many.
    proxies: Vec<Allowed>,
    taken: Taken,
}

/// Who has how many.
type Taken = Arc<Mutex<HashMap<String, usize>>>;

/// A place that somebody has, as long as it is held.
struct Place {
    _all: OwnedSemaphorePermit,
    /// Where it is counted, and as whose, if it is.
    counted: Option<(Taken, String)>,
}

impl Places {
    /// Places for `all` connections, `each` of a client; those that come through a proxy, and those
    /// of this machine, where one may stand, are not counted apart.
    pub(super) fn new((all, each): (usize, usize), proxies: &[Allowed]) -> Self {
        Self {
            all: Arc::new(Semaphore::new(all)),
            each,
            proxies: proxies.to_vec(),
            taken: Arc::default(),
        }
    }

    /// Gives a free place to somebody; none if they have enough.
    fn give(&self, free: OwnedSemaphorePermit, address: IpAddr) -> Option<Place> {
        let address = address.to_canonical();
        let is_proxy = |range: &Allowed| range.has_address(address);
        if address.is_loopback() || self.proxies.iter().any(is_proxy) {
            return Some(Place { _all: free, counted: None });
        }
        let name = counted(address);
        let mut taken = lock(&self.taken);
        let count = taken.entry(name.clone()).or_default();
        if *count >= self.each {
            return None;
        }
        *count = count.saturating_add(1);
        Some(Place { _all: free, counted: Some((Arc::clone(&self.taken), name)) })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let Some((taken, name)) = &self.counted else { return };
        let mut taken = lock(taken);
        match taken.get_mut(name) {
            Some(count) if *count > 1 => *count = count.saturating_sub(1),
            _ => drop(taken.remove(name)),
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Serves connections as long as there are places, until `stop` says so; requests that have begun
/// then are finished.
pub(super) async fn serve(
    listener: TcpListener,
    router: axum::Router,
    places: Places,
    stop: impl Future<Output = ()>,
) {
    let graceful = GracefulShutdown::new();
    let mut stop = std::pin::pin!(stop);
    loop {
        let free = tokio::select! {
            free = Arc::clone(&places.all).acquire_owned() => free,
            () = &mut stop => break,
        };
        // The semaphore is never closed.
        let Ok(free) = free else { break };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut stop => break,
        };
        let (stream, address) = match accepted {
            Ok(accepted) => accepted,
            Err(_) => {
                // Out of file handles, most likely: others have to be closed first.
                tokio::time::sleep(Duration::from_millis(20)).await;
                continue;
            }
        };
        // Who has enough finds the door closed; hanging up costs nothing.
        let Some(place) = places.give(free, address.ip()) else { continue };
        let mut stream = TimeoutStream::new(stream);
        stream.set_write_timeout(Some(UNREAD));
        let router = TowerToHyperService::new(router.clone());
        let peer = Peer(address.ip());
        let service = service_fn(move |mut request: hyper::Request<Incoming>| {
            request.extensions_mut().insert(peer);
            router.call(request)
        });
        let connection = hyper::server::conn::http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD)
            .max_headers(100)
            .serve_connection(TokioIo::new(Box::pin(stream)), service);
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            // Clients break connections off when a page is left.
            drop(connection.await);
            drop(place);
        });
    }
    drop(listener);
    let _ = tokio::time::timeout(FAREWELL, graceful.shutdown()).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_client_does_not_get_all_places() {
        let proxies: Vec<Allowed> = vec!["10.0.0.0/8".parse().unwrap()];
        let places = Places::new((100, 2), &proxies);
        let ask = |name: &str| {
            let free = Arc::clone(&places.all).try_acquire_owned().unwrap();
            places.give(free, name.parse().unwrap())
        };
        let first = ask("2001:db8:1:2::1");
        let second = ask("2001:db8:1:2::2");
        assert!(first.is_some() && second.is_some());
        assert!(ask("2001:db8:1:2::3").is_none(), "a network of IPv6 is one client");
        assert!(ask("2001:db8:1:3::1").is_some() && ask("192.0.2.1").is_some());
        let many: Vec<_> = (0..9).flat_map(|_| [ask("10.0.0.1"), ask("127.0.0.1")]).collect();
        assert!(many.iter().all(Option::is_some));
        assert_eq!(places.all.available_permits(), 100 - 2 - many.len());
        drop(first);
        assert!(ask("2001:db8:1:2::3").is_some());
        drop((second, many));
        assert_eq!((lock(&places.taken).len(), places.all.available_permits()), (0, 100));
    }
}
