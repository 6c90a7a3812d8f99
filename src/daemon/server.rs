//! Listening and connections: how many, how long they may be silent, and how they end.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use super::addresses::Peer;
use crate::error::Failure;

/// How long a client may take for the head of a request, and a connection be idle.
const HEAD: Duration = Duration::from_secs(30);

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

/// Serves `most` connections at a time until `stop` says so; requests that have begun then are
/// finished.
pub(super) async fn serve(
    listener: TcpListener,
    router: axum::Router,
    most: usize,
    stop: impl Future<Output = ()>,
) {
    let places = Arc::new(Semaphore::new(most));
    let graceful = GracefulShutdown::new();
    let mut stop = std::pin::pin!(stop);
    loop {
        let place = tokio::select! {
            place = Arc::clone(&places).acquire_owned() => place,
            () = &mut stop => break,
        };
        // The semaphore is never closed.
        let Ok(place) = place else { break };
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
            .serve_connection(TokioIo::new(stream), service);
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
