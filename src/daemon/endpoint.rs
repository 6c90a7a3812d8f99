//! The webmention endpoint: a form for people, an address for programs, and a page that says for
//! good what became of a mention (W §3.2).

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use axum::Extension;
use axum::body::{Body, to_bytes};
use axum::extract::{Path, Query, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};
use tracing::error;
use url::Url;

use super::companion::House;
use super::routes::{Visitor, too_often};
use super::sites::{Now, Site};
use super::{clock, pages};
use crate::config::Config;
use crate::mentions::receive::{self, Names};
use crate::protocols::webmention::request::{self, Request as Mention, Wrong};
use crate::store::{MentionState, StoreError, StoredMention};

/// Longest body of a request, in bytes (WM-R-15).
const LONGEST: usize = 16 * 1024;

/// How long the body of a request may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// When to come again if too many wait.
const FULL: Duration = Duration::from_secs(10 * 60);

/// What the form may begin with.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Prefilled {
    source: String,
    target: String,
}

/// The form (WM-R-14).
pub(super) async fn form(
    Extension(site): Extension<Arc<Site>>,
    Query(filled): Query<Prefilled>,
) -> Response {
    let now = site.now();
    let keys = json!({
        "title": "Did you write about a page here?",
        "query": query(&now.config).map(|query| format!("?{query}")),
        "source": filled.source,
        "target": filled.target,
        "problem": Value::Null,
    });
    pages::page(&now.config, StatusCode::OK, "endpoint.html", keys)
}

/// The query with which pages name this endpoint, if the owner has given it one (WM-N-08).
fn query(config: &Config) -> Option<String> {
    let named = Url::parse(config.endpoints.webmention.as_deref()?).ok()?;
    let own = Url::parse(&config.daemon.as_ref()?.endpoint("webmention")?).ok()?;
    let is_here = named.origin() == own.origin() && named.path() == own.path();
    named.query().filter(|_| is_here).map(str::to_owned)
}

/// Whether a request comes by the address with which the pages of a site name this endpoint.
fn is_named(config: &Config, asked: Option<&str>) -> bool {
    query(config).is_none_or(|own| asked == Some(&*own))
}

/// Lets programs of any page send mentions: there is nothing to steal.
pub(super) async fn preflight() -> Response {
    let headers = [
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST, OPTIONS"),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, "Content-Type"),
        (header::ACCESS_CONTROL_MAX_AGE, "86400"),
    ];
    (StatusCode::NO_CONTENT, headers).into_response()
}

/// Takes a mention: read, counted, checked, written down, answered. Its page is looked at later.
pub(super) async fn receive(
    State(house): State<Arc<House>>,
    Extension(site): Extension<Arc<Site>>,
    Extension(visitor): Extension<Visitor>,
    request: Request,
) -> Response {
    let (head, body) = request.into_parts();
    // Whose target it is is not known yet.
    let is_named = house.sites.iter().any(|site| is_named(&site.now().config, head.uri.query()));
    let accepted = if is_named {
        accept(&house, &site, &visitor, &head, body).await
    } else {
        Err(Refused::Unnamed)
    };
    let mut response = match accepted {
        Ok(accepted) => {
            house.metrics.accepted.add();
            accepted.answer(&head.headers)
        }
        Err(refused) => {
            match refused {
                Refused::Often(_) | Refused::Full => house.metrics.limited.add(),
                _ => house.metrics.wrong.add(),
            }
            refused.answer(&site.now(), &head.headers)
        }
    };
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("Location"));
    response
}

/// A mention that was taken.
struct Accepted {
    now: Now,
    mention: Mention,
    status_page: String,
}

/// Why a mention was not taken.
enum Refused {
    /// It does not come by the address that pages name.
    Unnamed,
    /// Its body is too long.
    Long,
    /// Its body did not come.
    Silent,
    /// Something is wrong with it: which field, and what to say.
    Wrong { field: &'static str, words: String, filled: Prefilled },
    /// Too many came.
    Often(Duration),
    /// Nobody it knows vouches for its host, and somebody has to.
    Unvouched,
    /// The site has not been built yet.
    Early,
    /// Too many wait already.
    Full,
    /// It could not be written down.
    Broken,
}

async fn accept(
    house: &House,
    site: &Arc<Site>,
    visitor: &Visitor,
    head: &Parts,
    body: Body,
) -> Result<Accepted, Refused> {
    let headers = &head.headers;
    let moment = Instant::now();
    site.limits.client.count(&visitor.name, moment).map_err(Refused::Often)?;
    let body = read(headers, body).await?;
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let wrong = |field, words: String| {
        let filled = filled(&body);
        Refused::Wrong { field, words, filled }
    };
    let mention =
        request::read(kind, &body).map_err(|error| wrong(field(&error), error.to_string()))?;
    // By the target, because a daemon of several sites may have one endpoint for all.
    let site = house.site_of(mention.target.as_str()).unwrap_or(site);
    let now = site.now();
    if !is_named(&now.config, head.uri.query()) {
        return Err(Refused::Unnamed);
    }
    if !now.is_built {
        return Err(Refused::Early);
    }
    let page = receive::page_asked_for(&now.config, &now.table, &mention)
        .map_err(|refusal| wrong("target", refusal.to_string()))?;
    let host = mention.source.host_str().unwrap_or_default();
    site.limits.source.count(host, moment).map_err(Refused::Often)?;
    site.limits.page.count(page.as_str(), moment).map_err(Refused::Often)?;
    let failed = |failure: &dyn std::fmt::Display| {
        error!(site = %site.id, "cannot accept a mention: {failure}");
        Refused::Broken
    };
    if now.config.access.vouch_required && mention.vouch.is_none() {
        let knowledge = site.desk(&house.store).knowledge(clock::now()).await;
        let knowledge = knowledge.map_err(|failure| failed(&failure))?;
        if !knowledge.circle.knows_host(host) {
            return Err(Refused::Unvouched);
        }
    }
    if site.inbox.load(Ordering::Relaxed) >= receive::MOST_WAITING {
        return Err(Refused::Full);
    }
    let names = site.names.get_or_try_init(|| Names::of(&house.store, &site.id)).await;
    let names = names.map_err(|failure| failed(&failure))?;
    let name = receive::accept(&house.store, (&site.id, &page), &mention, names, clock::now())
        .await
        .map_err(|error| failed(&error))?;
    site.inbox.fetch_add(1, Ordering::Relaxed);
    site.work.notify_one();
    Ok(Accepted { status_page: status_page(&now, headers, &name), mention, now })
}

async fn read(headers: &HeaderMap, body: Body) -> Result<Vec<u8>, Refused> {
    let length = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok());
    if length.and_then(|length| length.parse::<usize>().ok()).is_some_and(|len| len > LONGEST) {
        return Err(Refused::Long);
    }
    match tokio::time::timeout(PATIENCE, to_bytes(body, LONGEST)).await {
        Ok(Ok(bytes)) => Ok(bytes.to_vec()),
        Ok(Err(error)) => {
            use std::error::Error as _;
            let too_long = error.source().is_some_and(|cause| cause.to_string().contains("length"));
            Err(if too_long { Refused::Long } else { Refused::Silent })
        }
        Err(_) => Err(Refused::Silent),
    }
}

/// What stood in the fields, for a form to be corrected.
fn filled(body: &[u8]) -> Prefilled {
    let value = |name: &str| {
        let mut fields = url::form_urlencoded::parse(body);
        let found = fields.find(|(key, _)| key == name).map(|(_, value)| value);
        found.map(|value| value.chars().take(request::LONGEST).collect()).unwrap_or_default()
    };
    Prefilled { source: value("source"), target: value("target") }
}

/// The field that is to be corrected.
fn field(wrong: &Wrong) -> &'static str {
    match wrong {
        Wrong::Missing(field)
        | Wrong::Repeated(field)
        | Wrong::Long(field)
        | Wrong::NoAddress(field) => field,
        Wrong::Type | Wrong::Same => "both",
    }
}

/// The whole address of a status page.
fn status_page(now: &Now, headers: &HeaderMap, name: &str) -> String {
    let path = format!("webmention/{name}");
    if let Some(whole) = now.config.daemon.as_ref().and_then(|daemon| daemon.endpoint(&path)) {
        return whole;
    }
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    match host {
        Some(host) => format!("http://{host}/{path}"),
        None => format!("/{path}"),
    }
}

fn wants_html(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok());
    accept.is_some_and(|accept| accept.contains("text/html"))
}

fn wants_json(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok());
    accept.is_some_and(|accept| accept.contains("json"))
}

impl Accepted {
    /// 201 with the address of the status page (WM-R-10); people get a page (WM-R-12).
    fn answer(self, asked: &HeaderMap) -> Response {
        let Self { now, mention, status_page } = self;
        let mut response = if wants_html(asked) {
            let keys = json!({
                "title": "Thank you",
                "status": { "url": status_page },
                "source": mention.source.as_str(),
                "target": mention.target_as_sent,
            });
            pages::page(&now.config, StatusCode::CREATED, "sent.html", keys)
        } else if wants_json(asked) {
            let told = json!({ "status": "waiting", "location": status_page });
            (StatusCode::CREATED, axum::Json(told)).into_response()
        } else {
            let text = format!("accepted; {status_page} says what becomes of it\n");
            (StatusCode::CREATED, text).into_response()
        };
        if let Ok(location) = HeaderValue::try_from(status_page) {
            response.headers_mut().insert(header::LOCATION, location);
        }
        response
    }
}

impl Refused {
    fn answer(self, now: &Now, asked: &HeaderMap) -> Response {
        let (status, words) = match self {
            Self::Often(wait) => return too_often(wait),
            Self::Wrong { field, words, filled } => {
                if wants_html(asked) {
                    let keys = json!({
                        "title": "Not quite",
                        "query": query(&now.config).map(|query| format!("?{query}")),
                        "source": filled.source,
                        "target": filled.target,
                        "problem": { "field": field, "words": pages::sentence(&words) },
                    });
                    return pages::page(
                        &now.config,
                        StatusCode::BAD_REQUEST,
                        "endpoint.html",
                        keys,
                    );
                }
                (StatusCode::BAD_REQUEST, words)
            }
            Self::Unnamed => (
                StatusCode::FORBIDDEN,
                "the endpoint has another address; look it up in the page in `target`".to_owned(),
            ),
            Self::Long => {
                (StatusCode::PAYLOAD_TOO_LARGE, format!("a mention has at most {LONGEST} bytes"))
            }
            Self::Silent => {
                (StatusCode::REQUEST_TIMEOUT, "the request did not come to its end".to_owned())
            }
            // A convention of those who use Vouch: retry with one (WM-O-05).
            Self::Unvouched => (
                StatusCode::from_u16(449).unwrap_or(StatusCode::FORBIDDEN),
                "`vouch` is missing: a page of somebody known here that links to your site"
                    .to_owned(),
            ),
            Self::Early => (
                StatusCode::SERVICE_UNAVAILABLE,
                "the site is being built; try again later".to_owned(),
            ),
            Self::Full => return too_often(FULL),
            Self::Broken => (
                StatusCode::SERVICE_UNAVAILABLE,
                "the mention could not be written down; try again later".to_owned(),
            ),
        };
        if wants_html(asked) {
            return pages::message(
                &now.config,
                status,
                "That did not work",
                &pages::sentence(&words),
            );
        }
        if wants_json(asked) {
            return (status, axum::Json(json!({ "error": words }))).into_response();
        }
        (status, format!("{words}\n")).into_response()
    }
}

/// What became of a mention, for people and programs (WM-R-13).
pub(super) async fn status(
    State(house): State<Arc<House>>,
    Extension(site): Extension<Arc<Site>>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Response {
    let (now, mention) = match find(&house, &name).await {
        Ok(Some((site, mention))) => (site.now(), mention),
        Ok(None) => {
            let words = "There is no mention with this address.";
            let config = site.now().config;
            return pages::message(&config, StatusCode::NOT_FOUND, "Nothing is here", words);
        }
        Err(error) => {
            error!("cannot read a mention: {error}");
            return StatusCode::SERVICE_UNAVAILABLE.into_response();
        }
    };
    let (state, words) = public_words(&mention);
    let zone = &now.config.time_zone;
    let time = |at| pages::time(at, zone);
    if !wants_html(&headers) {
        let told = json!({
            "status": state,
            "summary": words,
            "source": mention.source,
            "target": mention.target,
            "received": time(mention.received).get("iso"),
            "checked": mention.checked.and_then(|at| time(at).get("iso").cloned()),
        });
        return ([(header::CACHE_CONTROL, "no-store")], axum::Json(told)).into_response();
    }
    let page = crate::model::Permalink::file(&mention.page);
    let keys = json!({
        "title": "How things stand",
        "state": state,
        "words": words,
        "source": mention.source,
        "target": mention.target,
        "shown": now.config.home.absolute(&page),
        "received": time(mention.received),
        "checked": mention.checked.map(time),
        "next": Value::Null,
        "history": [],
    });
    pages::page(&now.config, StatusCode::OK, "status.html", keys)
}

/// A mention of any site, by the name of its status page: a daemon of several sites may have one
/// endpoint for all.
async fn find<'h>(
    house: &'h House,
    name: &str,
) -> Result<Option<(&'h Arc<Site>, StoredMention)>, StoreError> {
    let is_name = name.len() <= 64 && name.chars().all(|c| c.is_ascii_alphanumeric());
    for site in house.sites.iter().filter(|_| is_name) {
        // Asked first: what is sorted in meanwhile is found where it is then.
        let may_wait = site.inbox.load(Ordering::Relaxed) > 0 || house.daemon.database.is_some();
        if let Some(mention) = house.store.mention_of_status(&site.id, name).await? {
            return Ok(Some((site, mention)));
        }
        if !may_wait {
            continue;
        }
        let posted = match house.store.posted(&site.id, name).await? {
            Some(posted) => Some(posted),
            // It may have been sorted in between the two questions.
            None => house.store.mention_of_status(&site.id, name).await?,
        };
        if let Some(mention) = posted {
            return Ok(Some((site, mention)));
        }
    }
    Ok(None)
}

/// What a sender may know: how things stand, not what somebody thinks of them.
fn public_words(mention: &StoredMention) -> (&'static str, String) {
    let failed = || pages::sentence(&mention.words);
    match mention.state {
        MentionState::Waiting if mention.failures > 0 => ("waiting", failed()),
        MentionState::Waiting => ("waiting", "It will be fetched in a moment.".to_owned()),
        MentionState::Published => ("published", "It links here, and is shown.".to_owned()),
        MentionState::Held | MentionState::Spam => {
            ("held", "It links here, and waits until somebody has read it.".to_owned())
        }
        MentionState::Refused | MentionState::Rejected => {
            ("refused", "It is not shown on this site.".to_owned())
        }
        MentionState::Failed => ("failed", failed()),
        MentionState::Missing => {
            ("deleted", "Your page is not there at the moment; it is looked for again.".to_owned())
        }
        MentionState::Deleted => ("deleted", failed()),
    }
}
