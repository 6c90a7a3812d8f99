//! The network, going out: the only HTTP client. Public addresses only, checked at each connection
//! of each hop; limits on bytes, time and redirects; politeness to each host. Beside it, the way to
//! the one mail server that the owner has named.
//!
//! What an answer means is left to the rooms below: nothing here knows of webmentions or feeds.

mod client;
mod fresh;
mod guard;
pub mod mail;
mod polite;
mod resolve;
mod unpack;

use std::fmt;
use std::net::IpAddr;
use std::ops::RangeInclusive;
use std::time::Duration;

use reqwest::header::HeaderMap;
use url::Url;

pub use client::Client;
pub use guard::{Guard, is_public};

/// How far one request may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the body, counted after decompression; what comes after them is not read.
    pub bytes: usize,
    /// From the first connection to the last byte, redirects included.
    pub time: Duration,
    /// Redirects that are followed.
    pub redirects: usize,
}

impl Limits {
    /// For the source or the target of a mention.
    pub const PAGE: Self =
        Self { bytes: 1024 * 1024, time: Duration::from_secs(10), redirects: 10 };
    /// For an endpoint that is told of something.
    pub const ENDPOINT: Self =
        Self { bytes: 64 * 1024, time: Duration::from_secs(10), redirects: 5 };
    /// For a feed.
    pub const FEED: Self =
        Self { bytes: 10 * 1024 * 1024, time: Duration::from_secs(30), redirects: 10 };
}

/// How the client behaves towards all hosts.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The address of the site for which it asks; every server can read it.
    pub site: Url,
    /// What may be asked.
    pub guard: Guard,
    /// Requests at a time.
    pub at_once: usize,
    /// Requests at a time to one host.
    pub at_once_a_host: usize,
}

impl Settings {
    /// The usual ones: 64 requests at a time, two of them to one host.
    pub fn new(site: Url, guard: Guard) -> Self {
        Self { site, guard, at_once: 64, at_once_a_host: 2 }
    }
}

/// Who asks, as far as an address says it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Login {
    /// Nobody: a name and a password in the address are not sent.
    #[default]
    Nobody,
    /// Who the address names: name and password are sent to its own scheme, host and port, and not
    /// once a redirect has led elsewhere.
    OfAddress,
}

/// For how long a host is left alone that answers a feed with 429 or 503, whatever it says
/// (FD-H-06).
pub const FEED_PAUSE: RangeInclusive<Duration> =
    Duration::from_secs(60)..=Duration::from_secs(7 * 24 * 60 * 60);

/// One question to a server.
#[derive(Clone)]
pub struct Request<'r> {
    /// Whom to ask. Name and password in it are sent only if `login` says so.
    pub url: &'r Url,
    /// Why, as the server's log shows it: `Webmention`.
    pub role: &'r str,
    /// The kinds of content that are understood.
    pub accept: &'r str,
    /// Further headers.
    pub headers: &'r [(&'static str, &'r str)],
    /// Whether a name and a password in the address are sent.
    pub login: Login,
    /// How far to go.
    pub limits: Limits,
}

impl fmt::Debug for Request<'_> {
    /// Without what may be a secret: the address has a password, perhaps, and the headers.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = self.url.host_str().unwrap_or_default();
        f.debug_struct("Request")
            .field("host", &host)
            .field("role", &self.role)
            .finish_non_exhaustive()
    }
}

/// What a server answered, whatever its status.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Where the answer came from, after redirects; never with a password.
    pub url: Url,
    /// The redirects on the way: their status and where they led, without passwords.
    pub hops: Vec<(u16, Url)>,
    /// The HTTP status.
    pub status: u16,
    /// The body, decompressed.
    pub body: Vec<u8>,
    /// Whether that is all of it.
    pub end: End,
    headers: HeaderMap,
}

/// How a body ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// It is whole.
    Whole,
    /// It has more bytes than are read.
    Long,
    /// The rest did not come in time, or the connection broke.
    Broken,
}

impl Answer {
    /// Whether the status is one of success (2xx).
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The first header of a name, if it is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers(name).next()
    }

    /// All headers of a name that are text.
    pub fn headers(&self, name: &str) -> impl Iterator<Item = &str> {
        self.headers.get_all(name).iter().filter_map(|value| value.to_str().ok())
    }

    /// How long the server asks to be left alone (RFC 9110 §10.2.3), a day at most. A date counts
    /// from the server's own clock.
    pub fn retry_after(&self) -> Option<Duration> {
        self.retry_after_within(&(Duration::ZERO..=polite::LONGEST))
    }

    /// The same within other bounds, such as [`FEED_PAUSE`].
    pub fn retry_after_within(&self, bounds: &RangeInclusive<Duration>) -> Option<Duration> {
        let wait = polite::retry_after(self.header("retry-after")?, self.header("date"))?;
        Some(wait.clamp(*bounds.start(), *bounds.end()))
    }

    /// How long what was found at the address that was asked may be taken to stay so: what the
    /// server says of it. Nothing is said by an answer after a redirect that is not for good.
    pub fn fresh_for(&self) -> Option<Duration> {
        let stays = self.hops.iter().all(|(status, _)| matches!(status, 301 | 308));
        let headers = fresh::Headers {
            cache_control: self.headers("cache-control").collect(),
            expires: self.header("expires"),
            date: self.header("date"),
            age: self.header("age"),
        };
        fresh::fresh_for(&headers).filter(|_| stays)
    }
}

/// Why an address is not asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    /// Neither http nor https, or without a host.
    Scheme(String),
    /// An address that is not of the public Internet.
    Inside(IpAddr),
    /// A redirect of a POST from https to http.
    Downgrade,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scheme(scheme) => {
                write!(f, "{scheme}: addresses are not asked, only http: and https:")
            }
            Self::Inside(address) => write!(
                f,
                "{address} is not an address of the public Internet; `[network] allow` in lanai.toml makes exceptions"
            ),
            Self::Downgrade => f.write_str("it redirects from https to http"),
        }
    }
}

impl std::error::Error for Refused {}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoAnswer {
    /// It was not asked.
    Refused(Refused),
    /// The server wants to be left alone for so long; it was not asked.
    Held(Duration),
    /// More redirects than are followed, or one that leads nowhere.
    Redirects,
    /// Its headers are larger than 64 KiB.
    Headers,
    /// It did not answer in time.
    Time,
    /// There is no such host, nobody listens, the connection broke, or what came was not HTTP.
    Connection(String),
}

impl NoAnswer {
    /// Whether it is worth asking again later.
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Held(_) | Self::Time | Self::Connection(_))
    }
}

impl fmt::Display for NoAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(why) => why.fmt(f),
            Self::Held(rest) => {
                write!(f, "the server asked to be left alone for another {} s", rest.as_secs())
            }
            Self::Redirects => f.write_str("its redirects come to no end"),
            Self::Headers => f.write_str("its headers are larger than 64 KiB"),
            Self::Time => f.write_str("no answer in time"),
            Self::Connection(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for NoAnswer {}
