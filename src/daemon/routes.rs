//! Every route of the daemon on one page.
//!
//! | route                     | who           | body   | how often (a minute)              |
//! |---------------------------|---------------|--------|-----------------------------------|
//! | GET /webmention           | anybody       | none   | as pages                          |
//! | POST /webmention          | anybody       | 16 KiB | by client, source's host and page |
//! | OPTIONS /webmention       | anybody       | none   | as pages                          |
//! | GET /webmention/{name}    | who has it    | none   | as pages                          |
//! | GET /websub/{name}        | who has it    | none   | 60 a callback, 60 of a client to none |
//! | POST /websub/{name}       | who has it    | 5 MiB  | the same; signed by the hub       |
//! | GET /login               | anybody       | none   | as pages                          |
//! | POST /login              | who has the form | 64 KiB | 6 a client, 60 in all          |
//! | POST /logout             | the owner     | 64 KiB | as pages                          |
//! | GET /moderation          | the owner     | none   | as pages                          |
//! | GET /moderation/{key}    | the owner     | none   | as pages                          |
//! | POST /moderation/act     | the owner     | 64 KiB | as pages                          |
//! | GET /moderation/rules    | the owner     | none   | as pages                          |
//! | POST /moderation/rules   | the owner     | 64 KiB | as pages                          |
//! | GET /moderation/digest/{name}.xml | who knows the name | none | as pages             |
//! | GET /reader/share         | the owner     | none   | as pages                          |
//! | GET /reader/write         | the owner     | none   | as pages                          |
//! | POST /reader/write        | the owner     | 64 KiB | as pages                          |
//! | GET /-/pages.css          | anybody       | none   | as pages                          |
//! | GET /-/image/{signature}/{address} | whose pages show it | none | as pages         |
//! | GET /healthz              | anybody       | none   | as pages                          |
//! | GET /metrics              | this machine  | none   | as pages                          |
//! | GET and HEAD of all else  | anybody       | none   | 1,200 a client                    |
//!
//! Forms of the owner carry a word that other sites cannot know; so does the one that lets in.
//! The site is found by the `Host` header before anything else is looked at.

use std::sync::{Arc, Once};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use tower_http::compression::CompressionLayer;
use tracing::{error, warn};

use super::addresses::{Peer, client, counted};
use super::companion::House;
use super::sites::Site;
use super::{digest, endpoint, house_rules, login, proxy, queue, reader, served, websub};

/// Requests of one client in a minute, of all kinds.
pub(super) const PAGES: usize = 1_200;

/// Tries of one client to log in, in a minute, and of all together.
pub(super) const LOGINS: (usize, usize) = (6, 60);

/// Longest form of the owner's pages, in bytes.
const FORM: usize = 64 * 1024;

/// How long a form may take to come.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long a request may take until its answer begins, the time for its body included.
const LONGEST: Duration = Duration::from_secs(30);

/// All routes of the companion: its own, and the built site.
pub(super) fn router(house: Arc<House>) -> Router {
    let site = Router::new().fallback(served::page).with_state(Arc::clone(&house));
    let site = site.layer(middleware::from_fn_with_state(Arc::clone(&house), enter));
    own(house).merge(site).layer(CompressionLayer::new())
}

/// The companion's own routes, without the site.
pub(super) fn own(house: Arc<House>) -> Router {
    let endpoint = get(endpoint::form).post(endpoint::receive).options(endpoint::preflight);
    let owner = Router::new()
        .route("/login", get(login::form).post(login::enter))
        .route("/logout", post(login::leave))
        .route("/moderation", get(queue::queue))
        .route("/moderation/act", post(queue::act))
        .route("/moderation/rules", get(house_rules::list).post(house_rules::change))
        .route("/moderation/digest/{file}", get(digest::feed))
        .route("/moderation/{key}", get(queue::one))
        .merge(reader::routes())
        .route_layer(middleware::from_fn(whole));
    Router::new()
        .route("/webmention", endpoint)
        .route("/webmention/{name}", get(endpoint::status))
        .route("/websub/{name}", get(websub::verify).post(websub::receive))
        .merge(owner)
        .merge(reader::open_routes())
        .route("/-/pages.css", get(served::style))
        .route("/-/image/{signature}/{address}", get(proxy::image))
        .route("/metrics", get(metrics))
        .layer(DefaultBodyLimit::max(FORM))
        .layer(middleware::from_fn_with_state(Arc::clone(&house), enter))
        // Asked by those who do not know the site's name.
        .route("/healthz", get(health))
        .with_state(house)
}

/// Who asks, as the other parts know them.
#[derive(Debug, Clone)]
pub(super) struct Visitor {
    /// What the client is counted as.
    pub(super) name: String,
    /// Whether they are on this machine.
    pub(super) is_local: bool,
}

/// Whether there was a word about a proxy that nobody trusts.
static FORWARDED: Once = Once::new();

/// Finds the site and the client, and turns away who asks too often.
async fn enter(State(house): State<Arc<House>>, mut request: Request, next: Next) -> Response {
    house.metrics.requests.add();
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    let host = host.or_else(|| request.uri().host()).unwrap_or_default().to_owned();
    let Some(site) = house.site(&host).cloned() else {
        let text = "no site has this name here; the daemon knows sites by the Host header\n";
        return (StatusCode::MISDIRECTED_REQUEST, text).into_response();
    };
    let Some(Peer(peer)) = request.extensions().get::<Peer>().copied() else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let address = client(peer, request.headers(), &house.daemon.trusted_proxies);
    let is_forwarded = request.headers().contains_key("x-forwarded-for");
    if is_forwarded && peer.is_loopback() && address == peer {
        FORWARDED.call_once(|| {
            warn!("a proxy on this machine is not in `[daemon] trusted-proxies`: all visitors are counted as one");
        });
    }
    // Behind a proxy everybody seems to be on this machine.
    let is_local = address.is_loopback() && !is_forwarded;
    let visitor = Visitor { name: counted(address), is_local };
    if let Err(wait) = house.pages.count(&visitor.name, Instant::now()) {
        house.metrics.limited.add();
        return too_often(wait);
    }
    request.extensions_mut().insert(visitor);
    request.extensions_mut().insert::<Arc<Site>>(site);
    match tokio::time::timeout(LONGEST, next.run(request)).await {
        Ok(response) => response,
        Err(_) => (StatusCode::REQUEST_TIMEOUT, "the request took too long\n").into_response(),
    }
}

/// Waits for the whole of a form, but not for ever: connections are few.
async fn whole(request: Request, next: Next) -> Response {
    let (head, body) = request.into_parts();
    match tokio::time::timeout(PATIENCE, to_bytes(body, FORM)).await {
        Ok(Ok(bytes)) => next.run(Request::from_parts(head, Body::from(bytes))).await,
        Ok(Err(_)) => StatusCode::PAYLOAD_TOO_LARGE.into_response(),
        Err(_) => StatusCode::REQUEST_TIMEOUT.into_response(),
    }
}

/// The answer to somebody who asks too often.
pub(super) fn too_often(wait: Duration) -> Response {
    let seconds = wait.as_secs().saturating_add(1);
    let text = format!("too many requests; try again in {seconds} seconds\n");
    let mut response = (StatusCode::TOO_MANY_REQUESTS, text).into_response();
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    response
}

/// Says that the daemon and its database are well.
async fn health(State(house): State<Arc<House>>) -> Response {
    match house.store.is_well().await {
        Ok(()) => "ok\n".into_response(),
        Err(error) => {
            error!("not well: {error}");
            (StatusCode::SERVICE_UNAVAILABLE, "not well\n").into_response()
        }
    }
}

/// Counts, for this machine only.
async fn metrics(
    State(house): State<Arc<House>>,
    axum::Extension(visitor): axum::Extension<Visitor>,
) -> Response {
    if !visitor.is_local {
        return StatusCode::NOT_FOUND.into_response();
    }
    let mut text = house.metrics.to_text();
    text.push_str(
        "# HELP lanai_inbox Mentions accepted and not sorted in.\n# TYPE lanai_inbox gauge\n",
    );
    for site in &house.sites {
        let count = house.store.count_inbox(&site.id).await.unwrap_or_default();
        text.push_str(&format!("lanai_inbox{{site=\"{}\"}} {count}\n", site.id));
    }
    text.push_str("# HELP lanai_mentions Mentions by state.\n# TYPE lanai_mentions gauge\n");
    for site in &house.sites {
        for (state, count) in house.store.count_mentions(&site.id).await.unwrap_or_default() {
            text.push_str(&format!(
                "lanai_mentions{{site=\"{}\",state=\"{}\"}} {count}\n",
                site.id,
                state.name()
            ));
        }
    }
    let mut response = Response::new(Body::from(text));
    let kind = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}
