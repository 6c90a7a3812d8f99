//! Every route of the preview on one page. All are GET or HEAD, none takes a body, none needs a
//! login: the server listens on the loopback address and shows what will be public. The companion's
//! own routes are beside them, as its own page lists them.

use std::convert::Infallible;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::sse::{Event as Message, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use futures_util::stream::{self, Stream};

use super::Shared;
use crate::daemon::companion::House;
use crate::daemon::files::Found;
use crate::daemon::routes::own;

/// The script that reloads the page and shows problems; it is part of the preview only.
const SCRIPT: &str = include_str!("preview.js");
const STYLE: &str = include_str!("preview.css");
const TAG: &str = "<script src=\"/_lanai/preview.js\" defer></script>";

/// The routes; with a house, those of the companion too.
pub(super) fn router(shared: Arc<Shared>, house: Option<Arc<House>>) -> Router {
    let preview = Router::new()
        .route("/_lanai/events", get(events))
        .route("/_lanai/problems", get(problems))
        .route("/_lanai/preview.js", get(|| asset("text/javascript; charset=utf-8", SCRIPT)))
        .route("/_lanai/preview.css", get(|| asset("text/css; charset=utf-8", STYLE)))
        .fallback(page)
        .with_state(shared);
    let all = match house {
        Some(house) => own(house).merge(preview),
        None => preview,
    };
    all.layer(middleware::from_fn(only_local))
}

/// Refuses requests that came by another name than the loopback address: a page of the web whose
/// name was made to mean this machine must not read drafts (DNS rebinding).
async fn only_local(request: Request, next: Next) -> Response {
    let host =
        request.headers().get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("");
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    if matches!(name, "127.0.0.1" | "localhost" | "[::1]") {
        next.run(request).await
    } else {
        (StatusCode::MISDIRECTED_REQUEST, "the preview answers at 127.0.0.1 and localhost only")
            .into_response()
    }
}

async fn asset(mime: &'static str, text: &'static str) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, mime), (header::CACHE_CONTROL, "no-store")], text)
}

/// A message for every build: `reload` after a good one, `problems` after another.
async fn events(
    State(shared): State<Arc<Shared>>,
) -> Sse<impl Stream<Item = Result<Message, Infallible>>> {
    let receiver = shared.subscribe();
    let stream = stream::unfold(receiver, |mut receiver| async move {
        receiver.changed().await.ok()?;
        let name = if receiver.borrow_and_update().good { "reload" } else { "problems" };
        Some((Ok(Message::default().event(name).data("")), receiver))
    });
    Sse::new(stream).keep_alive(KeepAlive::default())
}

/// The problems of the last build as text; empty if it went well.
async fn problems(State(shared): State<Arc<Shared>>) -> impl IntoResponse {
    (
        [(header::CONTENT_TYPE, "text/plain; charset=utf-8"), (header::CACHE_CONTROL, "no-store")],
        shared.problems(),
    )
}

async fn page(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, "GET, HEAD")]).into_response();
    }
    let path = request.uri().path().to_owned();
    match shared.files().find(&path) {
        Found::File(mut found) => file(&shared, request.headers(), found.read(), &found.mime),
        Found::Moved(to, status) => (
            StatusCode::from_u16(status).unwrap_or(StatusCode::MOVED_PERMANENTLY),
            [(header::LOCATION, to), (header::CACHE_CONTROL, "no-store".to_owned())],
        )
            .into_response(),
        Found::Gone(page) => {
            let page = page.map(|mut page| page.read()).unwrap_or_default();
            html(&shared, StatusCode::GONE, &page)
        }
        Found::Nothing(None) => html(&shared, StatusCode::NOT_FOUND, NOTHING.as_bytes()),
        Found::Nothing(Some(mut page)) => html(&shared, StatusCode::NOT_FOUND, &page.read()),
    }
}

/// What is shown before the first good build: the script fills in the problems.
const NOTHING: &str = "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Lanai</title></head>\
    <body><h1>There is no page here yet</h1><p>The site has not been built, or nothing has this address.</p></body></html>";

fn file(shared: &Shared, headers: &HeaderMap, bytes: Vec<u8>, mime: &str) -> Response {
    if mime.starts_with("text/html") {
        return html(shared, StatusCode::OK, &bytes);
    }
    let mut response = match range(headers, bytes.len()) {
        Some((start, end)) => {
            let part = bytes.get(start..end).unwrap_or(&[]).to_vec();
            let content_range = format!("bytes {start}-{}/{}", end.saturating_sub(1), bytes.len());
            let mut response = (StatusCode::PARTIAL_CONTENT, part).into_response();
            set(response.headers_mut(), header::CONTENT_RANGE, &content_range);
            response
        }
        None => Response::new(Body::from(bytes)),
    };
    set(response.headers_mut(), header::CONTENT_TYPE, mime);
    set(response.headers_mut(), header::ACCEPT_RANGES, "bytes");
    set(response.headers_mut(), header::CACHE_CONTROL, "no-store");
    response
}

/// One range of bytes, as players of films ask for it (RFC 9110, 14.2); anything else is the whole.
fn range(headers: &HeaderMap, length: usize) -> Option<(usize, usize)> {
    let text = headers.get(header::RANGE)?.to_str().ok()?.strip_prefix("bytes=")?;
    let (start, end) = text.split_once('-')?;
    let start: usize = start.parse().ok()?;
    let end = end.parse::<usize>().map_or(length, |end| end.saturating_add(1)).min(length);
    (start < end).then_some((start, end))
}

/// A page with the preview's script before its end.
fn html(shared: &Shared, status: StatusCode, bytes: &[u8]) -> Response {
    let text = String::from_utf8_lossy(bytes);
    let body = match text.rsplit_once("</body>") {
        Some((before, after)) => format!("{before}{TAG}</body>{after}"),
        None => format!("{text}{TAG}"),
    };
    let mut response = (status, body).into_response();
    set(response.headers_mut(), header::CONTENT_TYPE, "text/html; charset=utf-8");
    set(response.headers_mut(), header::CACHE_CONTROL, "no-store");
    // The same policy as on the real host, so that what it blocks is seen at home.
    set(response.headers_mut(), header::CONTENT_SECURITY_POLICY, &shared.policy());
    response
}

fn set(headers: &mut HeaderMap, name: header::HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}
