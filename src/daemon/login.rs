//! The door for the owner: in by the pass phrase, out by a button.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Form};
use serde::Deserialize;
use serde_json::json;
use tracing::{error, info, warn};

use super::companion::House;
use super::routes::Visitor;
use super::session::{
    Session, guest, has_pass_phrase, is_guests, is_pass_phrase, known_device, remember_device, same,
};
use super::sites::Site;
use super::{clock, pages};
use crate::config::Config;
use crate::error::Failure;

/// Where somebody goes who was let in.
const HOME: &str = "/moderation";

/// What the address of the login page says.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    next: String,
}

/// What the form says.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Given {
    csrf: String,
    next: String,
    passphrase: String,
}

/// The form.
pub(super) async fn form(
    State(house): State<Arc<House>>,
    Extension(site): Extension<Arc<Site>>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Response {
    let config = site.now().config;
    match has_pass_phrase(&house.store, &site.id).await {
        Ok(true) => page(&config, &headers, &asked.next, None),
        Ok(false) => {
            let words = "There is no pass phrase yet. `lanai login` sets one, on the machine that the daemon runs on.";
            pages::message(&config, StatusCode::OK, "This door has no key yet", words)
        }
        Err(failure) => broken(&config, &failure),
    }
}

/// Why a try did not open the door.
struct Problem {
    status: StatusCode,
    words: &'static str,
    wait: Duration,
}

fn page(config: &Config, headers: &HeaderMap, next: &str, problem: Option<Problem>) -> Response {
    let (word, line) = match guest(headers, is_encrypted(config)) {
        Ok(guest) => guest,
        Err(failure) => return broken(config, &failure),
    };
    let wait = problem
        .as_ref()
        .map_or(0, |p| p.wait.as_secs().saturating_add(u64::from(!p.wait.is_zero())));
    let keys = json!({
        "title": "Come in",
        "problem": problem.as_ref().map(|problem| problem.words),
        "wait": wait,
        "next": if is_own_path(next) { next } else { "" },
        "csrf": word,
    });
    let status = problem.map_or(StatusCode::OK, |problem| problem.status);
    let mut response = pages::page(config, status, "login.html", keys);
    if wait > 0 {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(wait));
    }
    response.headers_mut().extend(line.map(|line| (header::SET_COOKIE, line)));
    response
}

/// Lets somebody in who knows the pass phrase.
pub(super) async fn enter(
    State(house): State<Arc<House>>,
    Extension(site): Extension<Arc<Site>>,
    Extension(visitor): Extension<Visitor>,
    headers: HeaderMap,
    Form(given): Form<Given>,
) -> Response {
    let config = site.now().config;
    let refuse = |status, words, wait| {
        page(&config, &headers, &given.next, Some(Problem { status, words, wait }))
    };
    if !is_guests(&headers, &given.csrf) {
        let words = "This form is too old, or your browser keeps no cookies for this site.";
        return refuse(StatusCode::FORBIDDEN, words, Duration::ZERO);
    }
    let device = match known_device(&house.store, &site.id, &headers).await {
        Ok(device) => device,
        Err(failure) => return broken(&config, &failure),
    };
    if let Err(wait) = count(&house, &visitor, device.as_deref()) {
        house.metrics.limited.add();
        return refuse(StatusCode::TOO_MANY_REQUESTS, "That was often.", wait);
    }
    match is_pass_phrase(&house.store, &site.id, given.passphrase.clone()).await {
        Ok(true) => {}
        Ok(false) => {
            warn!(site = %site.id, client = %visitor.name, "somebody tried a wrong pass phrase");
            return refuse(StatusCode::FORBIDDEN, "This is not the passphrase.", Duration::ZERO);
        }
        Err(failure) => return broken(&config, &failure),
    }
    let begun = Session::begin(&house.store, &site.id, (clock::now(), is_encrypted(&config))).await;
    match begun {
        Ok(line) => {
            info!(site = %site.id, client = %visitor.name, "the owner came in");
            let next = if is_own_path(&given.next) { given.next.as_str() } else { HOME };
            let mut response = go(&config, next);
            response.headers_mut().append(header::SET_COOKIE, line);
            let known = remember_device(&house.store, &site.id, is_encrypted(&config)).await;
            match known {
                Ok(line) => drop(response.headers_mut().append(header::SET_COOKIE, line)),
                Err(failure) => error!("cannot remember a device: {failure}"),
            }
            response
        }
        Err(failure) => broken(&config, &failure),
    }
}

/// Counts a try to come in; says how long to wait if there were too many.
fn count(house: &House, visitor: &Visitor, device: Option<&str>) -> Result<(), Duration> {
    let now = Instant::now();
    if let Some(device) = device {
        return house.logins.count(device, now);
    }
    house.logins.count(&visitor.name, now)?;
    house.network_logins.count(&visitor.network, now)?;
    house.all_logins.count("", now)
}

/// Lets somebody out.
pub(super) async fn leave(
    State(house): State<Arc<House>>,
    Extension(site): Extension<Arc<Site>>,
    headers: HeaderMap,
    Form(given): Form<Given>,
) -> Response {
    let config = site.now().config;
    let session = match owner(&house, &site, &headers, HOME).await {
        Ok(session) => session,
        Err(response) => return response,
    };
    if !same(&session.word(), &given.csrf) {
        return forged(&config);
    }
    match session.end(&house.store, &site.id).await {
        Ok(line) => {
            let words = "You are logged out.";
            let mut response = pages::message(&config, StatusCode::OK, "See you", words);
            response.headers_mut().insert(header::SET_COOKIE, line);
            // The reader keeps its last pages for when there is no network.
            let clear = HeaderValue::from_static("\"cache\", \"storage\"");
            response.headers_mut().insert("clear-site-data", clear);
            response
        }
        Err(failure) => broken(&config, &failure),
    }
}

/// The owner's session; anybody else is shown the door.
pub(super) async fn owner(
    house: &House,
    site: &Site,
    headers: &HeaderMap,
    path: &str,
) -> Result<Session, Response> {
    let config = site.now().config;
    match Session::of(&house.store, &site.id, headers, clock::now()).await {
        Ok(Some(session)) => Ok(session),
        Ok(None) => {
            let next: String = url::form_urlencoded::byte_serialize(path.as_bytes()).collect();
            Err(go(&config, &format!("/login?next={next}")))
        }
        Err(failure) => Err(broken(&config, &failure)),
    }
}

/// Leads a browser on to another page of the daemon.
pub(super) fn go(config: &Config, path: &str) -> Response {
    let place = format!("{}{path}", pages::prefix(config));
    let headers = [(header::LOCATION, place), (header::CACHE_CONTROL, "no-store".to_owned())];
    (StatusCode::SEE_OTHER, headers).into_response()
}

/// The answer to a form that this daemon did not make for this browser.
pub(super) fn forged(config: &Config) -> Response {
    let words = "This form was not made for you, or is too old. Nothing was done. Go back, load the page again, and try once more.";
    pages::message(config, StatusCode::FORBIDDEN, "Nothing was done", words)
}

/// The answer when something of the daemon itself fails.
pub(super) fn broken(config: &Config, failure: &Failure) -> Response {
    error!("{failure}");
    let words = "Something went wrong here. What happened stands in the daemon's log.";
    pages::message(config, StatusCode::SERVICE_UNAVAILABLE, "That did not work", words)
}

/// Whether a path leads to a page of the daemon and nowhere else.
fn is_own_path(path: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '-' | '_');
    let asked = |c: char| c.is_ascii_alphanumeric() || "-_.~%&=+".contains(c);
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let is_ours = ["/moderation", "/reader"].into_iter().any(|room| {
        path.strip_prefix(room).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    });
    is_ours && path.chars().all(plain) && query.chars().all(asked)
}

fn is_encrypted(config: &Config) -> bool {
    let url = config.daemon.as_ref().and_then(|daemon| daemon.url.as_ref());
    url.is_some_and(|url| url.scheme() == "https")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_led_away_after_coming_in() {
        assert!(is_own_path("/moderation"));
        assert!(is_own_path("/moderation/rules"));
        assert!(is_own_path("/reader/share?url=https%3A%2F%2Fben.example%2F&text=a+b"));
        for path in [
            "",
            "/",
            "//evil.example",
            "https://evil.example/moderation",
            "/moderation/../x",
            "/moderation?x=//evil",
            "/reader/share?x\r\nSet-Cookie:",
            "/moderation/\\evil",
        ] {
            assert!(!is_own_path(path), "{path}");
        }
    }
}
