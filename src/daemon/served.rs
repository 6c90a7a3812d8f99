//! The built site as visitors get it: pages with the headers that the build wrote, a mark by which
//! browsers know what they have already, ranges, moved and deleted pages.

use std::io;
use std::sync::Arc;

use axum::Extension;
use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::{StreamExt, stream};

use super::files::{File, Found, below};
use super::pages::STYLE;
use super::sites::{Now, Site};
use crate::build::table::State;
use crate::model::{Permalink, percent_decode};

/// Bytes of a file that are in memory at a time.
const PIECE: u64 = 256 * 1024;

/// The style of the daemon's own pages.
pub(super) async fn style() -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/css; charset=utf-8"),
        (header::CACHE_CONTROL, "public, max-age=3600"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, STYLE).into_response()
}

/// A page or file of the site.
pub(super) async fn page(Extension(site): Extension<Arc<Site>>, request: Request) -> Response {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, "GET, HEAD")]).into_response();
    }
    let now = site.now();
    let path = request.uri().path().to_owned();
    // Where a site lies below a path, its files do not.
    let base = now.config.home.url().path().trim_end_matches('/').to_owned();
    let below = below(&base, &path);
    let files = Arc::clone(&now.files);
    let asked = (base.clone(), path.clone());
    // Files lie on a disk.
    let found = tokio::task::spawn_blocking(move || files.find_below(&asked.0, &asked.1)).await;
    let Ok(found) = found else { return StatusCode::INTERNAL_SERVER_ERROR.into_response() };
    let mut response = match found {
        Found::File(file) => send(file, request.headers()),
        Found::Moved(to, status) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::MOVED_PERMANENTLY);
            (status, [(header::LOCATION, to)]).into_response()
        }
        Found::Gone(page) => said(StatusCode::GONE, page, "this page was deleted\n"),
        Found::Nothing(page) => said(StatusCode::NOT_FOUND, page, "there is no such page\n"),
    };
    let headers = response.headers_mut();
    for (name, value) in now.files.headers(&format!("{base}{below}")) {
        let parsed = (HeaderName::try_from(name), HeaderValue::try_from(value));
        if let (Ok(name), Ok(value)) = parsed {
            headers.entry(name).or_insert(value);
        }
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-cache"));
    let is_served = response.status().is_success() || response.status() == StatusCode::NOT_MODIFIED;
    let links = links(&now, &percent_decode(below), is_served);
    for link in links.into_iter().filter_map(|link| HeaderValue::try_from(link).ok()) {
        response.headers_mut().append(header::LINK, link);
    }
    response
}

/// What a page or feed says of itself in `Link` headers, as it does inside: where mentions go, and
/// who tells of its changes (WS-P-02). What is not served has no address of its own.
fn links(now: &Now, path: &str, is_served: bool) -> Vec<String> {
    let Now { config, table, .. } = now;
    let page = table.find(path);
    let takes = page.is_some_and(|page| page.state == State::Open);
    let endpoint = config.endpoints.webmention.as_deref().filter(|_| takes);
    let mut links: Vec<String> =
        endpoint.map(|endpoint| format!("<{endpoint}>; rel=\"webmention\"")).into_iter().collect();
    let page = page.filter(|page| page.is_there()).map(|page| page.permalink.clone());
    let own = page.or_else(|| table.feeds().get(&Permalink::file(path)).cloned());
    let hubs = config.hubs();
    if let Some(own) = own.filter(|_| is_served && !hubs.is_empty()) {
        links.extend(hubs.iter().map(|hub| format!("<{hub}>; rel=\"hub\"")));
        links.push(format!("<{}>; rel=\"self\"", config.base.absolute(&own)));
    }
    links
}

/// A page that says why there is no other.
fn said(status: StatusCode, page: Option<File>, words: &'static str) -> Response {
    match page {
        Some(mut page) => {
            let mut response = (status, page.read()).into_response();
            set(response.headers_mut(), header::CONTENT_TYPE, &page.mime);
            response
        }
        None => (status, words).into_response(),
    }
}

fn send(file: File, asked: &HeaderMap) -> Response {
    // Weak, because compressed bytes are others.
    let tag = format!("W/\"{}\"", file.tag);
    let known = asked.get(header::IF_NONE_MATCH).and_then(|tags| tags.to_str().ok());
    if known.is_some_and(|tags| has_tag(tags, &tag)) {
        return (StatusCode::NOT_MODIFIED, [(header::ETAG, tag)]).into_response();
    }
    let range = match range(asked, file.size) {
        Range::Whole => None,
        Range::Part(start, end) => Some((start, end)),
        Range::Outside => {
            let size = format!("bytes */{}", file.size);
            return (StatusCode::RANGE_NOT_SATISFIABLE, [(header::CONTENT_RANGE, size)])
                .into_response();
        }
    };
    let (start, end) = range.unwrap_or((0, file.size));
    let status = if range.is_some() { StatusCode::PARTIAL_CONTENT } else { StatusCode::OK };
    let (size, mime) = (file.size, file.mime.clone());
    let mut response = (status, body(file, start, end)).into_response();
    let headers = response.headers_mut();
    set(headers, header::CONTENT_TYPE, &mime);
    set(headers, header::ETAG, &tag);
    set(headers, header::ACCEPT_RANGES, "bytes");
    set(headers, header::CONTENT_LENGTH, &end.saturating_sub(start).to_string());
    if range.is_some() {
        let content_range = format!("bytes {start}-{}/{size}", end.saturating_sub(1));
        set(headers, header::CONTENT_RANGE, &content_range);
    }
    response
}

/// Whether a mark is among those that a browser knows (RFC 9110 §13.1.2, by the weak comparison).
fn has_tag(known: &str, tag: &str) -> bool {
    let opaque = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    known.trim() == "*" || known.split(',').any(|known| opaque(known) == opaque(tag))
}

/// The bytes of a file from `start` to `end`, piece by piece.
fn body(file: File, start: u64, end: u64) -> Body {
    let pieces = stream::unfold((file, start), move |(mut file, at)| async move {
        let length = end.saturating_sub(at).min(PIECE);
        if length == 0 {
            return None;
        }
        let read = tokio::task::spawn_blocking(move || {
            let bytes = file.read_part(at, usize::try_from(length).unwrap_or_default());
            (file, bytes)
        });
        match read.await {
            Ok((file, bytes)) if bytes.len() as u64 == length => {
                Some((Ok::<_, io::Error>(Bytes::from(bytes)), (file, at.saturating_add(length))))
            }
            // It was replaced by a shorter one; a broken connection says that not all of it came.
            Ok((file, _)) => Some((Err(io::ErrorKind::UnexpectedEof.into()), (file, end))),
            Err(_) => None,
        }
    });
    // Whoever compresses asks once more after the end.
    Body::from_stream(pieces.fuse())
}

/// What part of a file is asked for (RFC 9110 §14).
#[derive(Debug, PartialEq, Eq)]
enum Range {
    Whole,
    Part(u64, u64),
    Outside,
}

/// One range of bytes, as players of films ask for it. Several at once, and those that depend on a
/// mark, are answered by the whole.
fn range(asked: &HeaderMap, size: u64) -> Range {
    if asked.contains_key(header::IF_RANGE) {
        return Range::Whole;
    }
    let text = asked.get(header::RANGE).and_then(|range| range.to_str().ok());
    let parts = text.and_then(|text| text.strip_prefix("bytes=")?.split_once('-'));
    let Some((start, end)) = parts else { return Range::Whole };
    let (start, end) = (start.trim(), end.trim());
    let range = if start.is_empty() {
        end.parse().ok().map(|last: u64| (size.saturating_sub(last), size))
    } else {
        let end = if end.is_empty() {
            Some(size)
        } else {
            end.parse::<u64>().ok().map(|end| end.saturating_add(1).min(size))
        };
        start.parse().ok().zip(end)
    };
    match range {
        None => Range::Whole,
        Some((start, end)) if start < end => Range::Part(start, end),
        Some(_) => Range::Outside,
    }
}

fn set(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_range_is_a_part_and_the_rest_is_whole() {
        let of = |text: &'static str| {
            let headers = HeaderMap::from_iter([(header::RANGE, HeaderValue::from_static(text))]);
            range(&headers, 10)
        };
        assert_eq!(of("bytes=0-3"), Range::Part(0, 4));
        assert_eq!(of("bytes=4-"), Range::Part(4, 10));
        assert_eq!(of("bytes=-3"), Range::Part(7, 10));
        assert_eq!(of("bytes=0-99"), Range::Part(0, 10));
        assert_eq!(of("bytes=10-"), Range::Outside);
        assert_eq!(of("bytes=0-1,4-5"), Range::Whole);
        assert_eq!(of("lines=1-2"), Range::Whole);
        assert_eq!(range(&HeaderMap::new(), 10), Range::Whole);
    }
}
