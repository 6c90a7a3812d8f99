//! Asking a server: one hop after the other, each of them checked.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{self, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, Response};
use tokio::time::{Instant, timeout_at};
use url::Url;

use super::polite::Politeness;
use super::resolve::Guarded;
use super::{Answer, End, Guard, Limits, Login, NoAnswer, Refused, Request, Settings, unpack};
use crate::config::Config;
use crate::error::Failure;
use crate::model::percent_decode;

/// Longest names and values of headers, in bytes, that an answer may have.
const HEADERS: usize = 64 * 1024;

/// Characters of what went wrong that are kept.
const LONGEST_REASON: usize = 300;

/// Bytes of a body above which it is unpacked on a thread of its own.
const LARGE: usize = 64 * 1024;

/// How long a connection may take to be there.
const CONNECT: Duration = Duration::from_secs(5);

/// The HTTP client; copies share connections and manners.
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
}

struct Shared {
    /// For hosts without an exception of their own.
    usual: reqwest::Client,
    /// For the ports that exceptions name. Each has a resolver that knows its port, because the
    /// one question that a resolver hears is a name.
    by_port: HashMap<u16, reqwest::Client>,
    guard: Arc<Guard>,
    site: Url,
    polite: Politeness,
}

/// A request on its way.
struct Journey<'r> {
    request: &'r Request<'r>,
    method: Method,
    body: Option<Vec<u8>>,
    /// Name and pass word, as long as those are asked who were meant.
    login: Option<(String, String)>,
    until: Instant,
}

impl Client {
    /// A client; one for a whole process is right.
    ///
    /// # Errors
    /// Encryption that cannot be set up.
    pub fn new(settings: Settings) -> Result<Self, Failure> {
        let guard = Arc::new(settings.guard);
        let build = |port: u16| build(Guarded { guard: Arc::clone(&guard), port });
        let mut by_port = HashMap::new();
        for port in guard.ports() {
            by_port.insert(port, build(port)?);
        }
        let shared = Shared {
            usual: build(0)?,
            by_port,
            // Everybody reads it.
            site: without_password(&settings.site),
            polite: Politeness::new(settings.at_once, settings.at_once_a_host),
            guard,
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// The client of a site, in its name and with the exceptions that its configuration makes.
    ///
    /// # Errors
    /// As for [`Client::new`].
    pub fn for_site(config: &Config) -> Result<Self, Failure> {
        let network = &config.network;
        let guard = Guard::new(network.allow.clone());
        let settings = Settings::new(config.home.url().clone(), guard);
        let (at_once, at_once_a_host) = (network.at_once, network.at_once_a_host);
        Self::new(Settings { at_once, at_once_a_host, ..settings })
    }

    /// Asks for a page. Redirects are followed.
    ///
    /// # Errors
    /// Why there is no answer; an answer of any status is one.
    pub async fn get(&self, request: &Request<'_>) -> Result<Answer, NoAnswer> {
        self.travel(Journey::new(request, Method::GET, None)).await
    }

    /// Sends a form. Redirects are followed with the form, but for 303, which is an answer.
    ///
    /// # Errors
    /// Why there is no answer; an answer of any status is one.
    pub async fn post_form(
        &self,
        request: &Request<'_>,
        fields: &[(&str, &str)],
    ) -> Result<Answer, NoAnswer> {
        let form = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish()
            .into_bytes();
        self.travel(Journey::new(request, Method::POST, Some(form))).await
    }

    /// From hop to hop until somebody answers.
    async fn travel(&self, mut journey: Journey<'_>) -> Result<Answer, NoAnswer> {
        let mut url = without_password(journey.request.url);
        let mut hops = Vec::new();
        loop {
            self.shared.guard.check(&url).map_err(NoAnswer::Refused)?;
            let turn = self.shared.polite.turn(&url).await.map_err(NoAnswer::Held)?;
            if hops.is_empty() {
                journey.start();
            }
            let response = self.ask(&journey, &url).await?;
            let status = response.status().as_u16();
            let Some(next) = journey.redirect(&url, status, response.headers())? else {
                let answer = read(response, url, hops, &journey).await;
                if let (429 | 503, Some(wait)) = (answer.status, answer.retry_after()) {
                    self.shared.polite.hold(&answer.url, wait);
                }
                drop(turn);
                return Ok(answer);
            };
            if hops.len() >= journey.request.limits.redirects {
                return Err(NoAnswer::Redirects);
            }
            if next.origin() != url.origin() {
                // Who was led elsewhere may be led back by somebody else.
                journey.login = None;
            }
            hops.push((status, next.clone()));
            url = next;
        }
    }

    /// One hop, up to the end of the headers.
    async fn ask(&self, journey: &Journey<'_>, url: &Url) -> Result<Response, NoAnswer> {
        let shared = &self.shared;
        let port = url.port_or_known_default().unwrap_or_default();
        let client = shared.by_port.get(&port).unwrap_or(&shared.usual);
        let mut builder = client
            .request(journey.method.clone(), url.clone())
            .headers(headers(journey.request, &shared.site));
        if let Some((name, word)) = &journey.login {
            builder = builder.basic_auth(name, Some(word));
        }
        if let Some(body) = &journey.body {
            builder = builder
                .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
                .body(body.clone());
        }
        let sent = timeout_at(journey.until, builder.send()).await;
        let response = sent.map_err(|_| NoAnswer::Time)?.map_err(|error| no_answer(&error))?;
        let bytes =
            response.headers().iter().map(|(name, value)| name.as_str().len() + value.len());
        if bytes.sum::<usize>() > HEADERS { Err(NoAnswer::Headers) } else { Ok(response) }
    }
}

impl<'r> Journey<'r> {
    fn new(request: &'r Request<'r>, method: Method, body: Option<Vec<u8>>) -> Self {
        let login = (request.login == Login::OfAddress).then(|| login(request.url)).flatten();
        Self { request, method, body, login, until: Instant::now() }
    }

    /// Time counts from here: who waited for their turn has not lost any.
    fn start(&mut self) {
        self.until = Instant::now() + self.request.limits.time;
    }

    /// Where an answer sends this request on to.
    fn redirect(
        &self,
        from: &Url,
        status: u16,
        headers: &HeaderMap,
    ) -> Result<Option<Url>, NoAnswer> {
        let is_post = self.method == Method::POST;
        let follows = matches!(status, 301 | 302 | 307 | 308) || (status == 303 && !is_post);
        let Some(location) = headers.get(header::LOCATION).filter(|_| follows) else {
            return Ok(None);
        };
        // Servers send addresses that are not ASCII as they are.
        let location = std::str::from_utf8(location.as_bytes()).map_err(|_| NoAnswer::Redirects)?;
        // What it names of passwords is not sent, and is nobody's business.
        let mut next = from
            .join(location)
            .map(|url| without_password(&url))
            .map_err(|_| NoAnswer::Redirects)?;
        if next.fragment().is_none() {
            // RFC 9110 §10.2.2: the fragment stays.
            next.set_fragment(from.fragment());
        }
        if is_post && from.scheme() == "https" && next.scheme() == "http" {
            return Err(NoAnswer::Refused(Refused::Downgrade));
        }
        Ok(Some(next))
    }
}

/// Reads a body as far as it goes within the limits, and unpacks it.
async fn read(
    mut response: Response,
    url: Url,
    hops: Vec<(u16, Url)>,
    journey: &Journey<'_>,
) -> Answer {
    let Limits { bytes, .. } = journey.request.limits;
    let mut body: Vec<u8> = Vec::new();
    let end = loop {
        match timeout_at(journey.until, response.chunk()).await {
            Ok(Ok(Some(chunk))) => {
                let room = bytes.saturating_sub(body.len());
                body.extend_from_slice(chunk.get(..room).unwrap_or(&chunk));
                if chunk.len() > room {
                    break End::Long;
                }
            }
            Ok(Ok(None)) => break End::Whole,
            Ok(Err(_)) | Err(_) => break End::Broken,
        }
    };
    let status = response.status().as_u16();
    let mut headers = std::mem::take(response.headers_mut());
    let codings = headers.get_all(header::CONTENT_ENCODING);
    let said = unpack::said(codings.iter().filter_map(|value| value.to_str().ok()));
    let (body, end) = if unpack::is_packed(&body, &said) {
        // They speak of the bytes that came.
        headers.remove(header::CONTENT_ENCODING);
        headers.remove(header::CONTENT_LENGTH);
        unpacked(body, said, bytes, end).await
    } else {
        (body, end)
    };
    Answer { url, hops, status, body, end, headers }
}

async fn unpacked(body: Vec<u8>, said: Vec<unpack::Said>, most: usize, end: End) -> (Vec<u8>, End) {
    if body.len() < LARGE {
        return unpack::unpack(body, said, most, end);
    }
    let unpack = move || unpack::unpack(body, said, most, end);
    tokio::task::spawn_blocking(unpack).await.unwrap_or((Vec::new(), End::Broken))
}

fn build(resolver: Guarded) -> Result<reqwest::Client, Failure> {
    let resolver = Arc::new(resolver);
    let builder = || {
        reqwest::Client::builder()
            .dns_resolver(Arc::clone(&resolver))
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .no_proxy()
            .connect_timeout(CONNECT)
            // Who has many names must not make us hold as many connections.
            .pool_max_idle_per_host(1)
            .pool_idle_timeout(Duration::from_secs(2))
    };
    // The system's certificates; on a machine without any, those that browsers trust.
    builder()
        .build()
        .or_else(|_| builder().tls_backend_preconfigured(bundled_roots()).build())
        .map_err(|error| Failure::run(format!("cannot set up encrypted connections: {error}")))
}

fn bundled_roots() -> rustls::ClientConfig {
    let roots = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    rustls::ClientConfig::builder().with_root_certificates(roots).with_no_client_auth()
}

/// Who asks, for whom, and what for.
fn headers(request: &Request<'_>, site: &Url) -> HeaderMap {
    let agent = format!("Lanai/{} ({}; +{site})", env!("CARGO_PKG_VERSION"), request.role);
    let usual = [
        ("user-agent", agent.as_str()),
        ("accept", request.accept),
        ("accept-encoding", unpack::ACCEPTED),
    ];
    let all = usual.iter().chain(request.headers);
    all.filter_map(|(name, value)| {
        let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
        Some((name, HeaderValue::from_str(value).ok()?))
    })
    .collect()
}

fn without_password(url: &Url) -> Url {
    let mut url = url.clone();
    // Fails only for addresses without a host, which the guard refused.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url
}

/// The name and pass word of an address; none if they cannot be told apart again (RFC 7617 §2).
fn login(url: &Url) -> Option<(String, String)> {
    let (name, word) = (url.username(), url.password());
    let name = percent_decode(name);
    let is_there = !name.is_empty() || word.is_some();
    let login = (name, percent_decode(word.unwrap_or_default()));
    (is_there && !login.0.contains(':')).then_some(login)
}

/// What kept a server from answering, as people read it.
fn no_answer(error: &reqwest::Error) -> NoAnswer {
    if error.is_timeout() {
        return NoAnswer::Time;
    }
    let mut cause: &dyn std::error::Error = error;
    let mut last = error.to_string();
    while let Some(source) = cause.source() {
        if let Some(refused) = source.downcast_ref::<Refused>() {
            return NoAnswer::Refused(refused.clone());
        }
        last = source.to_string();
        cause = source;
    }
    // Some of it comes from the server, such as the names in its certificate.
    NoAnswer::Connection(last.chars().filter(|c| !c.is_control()).take(LONGEST_REASON).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn redirect(method: Method, from: &str, to: &str) -> Result<Option<Url>, NoAnswer> {
        let url = Url::parse(from).unwrap();
        let request = Request {
            url: &url,
            role: "x",
            accept: "*/*",
            headers: &[],
            login: Login::Nobody,
            limits: Limits::PAGE,
        };
        let location =
            HeaderMap::from_iter([(header::LOCATION, HeaderValue::from_str(to).unwrap())]);
        Journey::new(&request, method, None).redirect(&url, 307, &location)
    }

    #[test]
    fn wm_n_05_a_form_does_not_leave_encryption() {
        let (safe, open) = ("https://a.example/", "http://b.example/");
        let downgrade = Err(NoAnswer::Refused(Refused::Downgrade));
        assert_eq!(redirect(Method::POST, safe, open), downgrade);
        assert!(redirect(Method::POST, open, safe).is_ok());
        assert!(redirect(Method::POST, safe, "/elsewhere").is_ok());
        assert!(redirect(Method::GET, safe, open).is_ok());
    }
}
