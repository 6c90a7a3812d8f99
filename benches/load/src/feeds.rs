//! Feeds of many hosts: RSS, Atom and JSON Feed by turns, made once and kept in memory.
//!
//! `GET /N` is feed N. `GET /_round` begins the next round: of each three feeds one says that nothing
//! has changed, if it is asked that; one sends the same bytes without a word about it; and one
//! has a new item. `GET /_seen` says what was asked for in this round.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::{Request, Response, StatusCode, header};
use jiff::{SignedDuration, Timestamp};

use crate::serve::{WORDS, listen};
use crate::{Wrong, number};

/// What is served in a round.
struct Round {
    number: usize,
    bodies: Vec<Bytes>,
    begun: AtomicU64,
    ended: AtomicU64,
    sent: AtomicUsize,
    unchanged: AtomicUsize,
}

/// How the feeds are.
#[derive(Clone, Copy)]
struct Plan {
    items: usize,
    bytes: usize,
    now: Timestamp,
}

/// Serves COUNT feeds of ITEMS items of some BYTES each.
pub(crate) fn serve(words: &[&str]) -> Result<(), Wrong> {
    let [count, items, bytes] = words else { return Err("feeds COUNT ITEMS BYTES".into()) };
    let plan = Plan { items: number(items)?, bytes: number(bytes)?, now: Timestamp::now() };
    let first = Round::new(1, (0..number(count)?).map(|feed| plan.feed(feed, 1)).collect());
    let round = Arc::new(Mutex::new(Arc::new(first)));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(listen(move |request: Request<Incoming>| {
        let mut held = round.lock().unwrap_or_else(PoisonError::into_inner);
        if request.uri().path() == "/_round" {
            *held = Arc::new(held.next(&plan));
        }
        let now = Arc::clone(&held);
        drop(held);
        async move { now.answer(&request) }
    }))
}

impl Round {
    fn new(number: usize, bodies: Vec<Bytes>) -> Self {
        Self {
            number,
            bodies,
            begun: AtomicU64::default(),
            ended: AtomicU64::default(),
            sent: AtomicUsize::default(),
            unchanged: AtomicUsize::default(),
        }
    }

    fn next(&self, plan: &Plan) -> Self {
        let number = self.number + 1;
        let body = |(feed, body): (usize, &Bytes)| match feed % 3 {
            2 => plan.feed(feed, number),
            _ => body.clone(),
        };
        Self::new(number, self.bodies.iter().enumerate().map(body).collect())
    }

    fn answer(&self, request: &Request<Incoming>) -> Response<Full<Bytes>> {
        let path = request.uri().path();
        let feed = path.trim_start_matches('/').parse::<usize>().ok();
        let Some((feed, body)) = feed.and_then(|feed| Some((feed, self.bodies.get(feed)?))) else {
            return Response::new(Full::from(self.seen()));
        };
        let _ = self.begun.compare_exchange(0, nanoseconds(), Relaxed, Relaxed);
        let etag = self.etag(feed);
        let asked = request.headers().get(header::IF_NONE_MATCH);
        let is_known = asked.is_some_and(|asked| etag.as_deref() == asked.to_str().ok());
        let mut response = Response::builder().header(header::CONTENT_TYPE, KINDS[feed / 3 % 3]);
        if let Some(etag) = etag {
            response = response.header(header::ETAG, etag);
        }
        let done = if is_known {
            self.unchanged.fetch_add(1, Relaxed);
            response.status(StatusCode::NOT_MODIFIED).body(Full::default())
        } else {
            self.sent.fetch_add(1, Relaxed);
            response.body(Full::from(body.clone()))
        };
        self.ended.fetch_max(nanoseconds(), Relaxed);
        done.unwrap_or_default()
    }

    /// By what a server knows that nothing has changed; a third of the feeds has none.
    fn etag(&self, feed: usize) -> Option<String> {
        match feed % 3 {
            0 => Some(format!("\"{feed}\"")),
            1 => None,
            _ => Some(format!("\"{feed}-{}\"", self.number)),
        }
    }

    fn seen(&self) -> String {
        format!(
            "{{\"begun\": {}, \"ended\": {}, \"sent\": {}, \"unchanged\": {}, \"bytes\": {}}}",
            self.begun.load(Relaxed),
            self.ended.load(Relaxed),
            self.sent.load(Relaxed),
            self.unchanged.load(Relaxed),
            self.bodies.iter().map(Bytes::len).sum::<usize>(),
        )
    }
}

const KINDS: [&str; 3] = ["application/rss+xml", "application/atom+xml", "application/feed+json"];

fn nanoseconds() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    since.as_nanos() as u64
}

/// An item of a feed.
struct Entry {
    title: String,
    html: String,
    page: String,
    at: Timestamp,
}

impl Plan {
    /// A feed in a round: later rounds put an item before those of the first.
    fn feed(&self, feed: usize, round: usize) -> Bytes {
        let newest = self.items + round - 1;
        let entries = (0..newest).rev().map(|number| self.entry(feed, number));
        // Not by the same three as what becomes of it.
        let text = match feed / 3 % 3 {
            0 => rss(feed, entries),
            1 => atom(feed, entries),
            _ => json(feed, entries),
        };
        Bytes::from(text)
    }

    fn entry(&self, feed: usize, number: usize) -> Entry {
        let mut state = ((feed * 10_007 + number) as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
        let mut word = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            WORDS[(state % 64) as usize]
        };
        let title = format!("{} {} {}", word(), word(), word());
        let length = self.bytes * (50 + number * 37 % 101) / 100;
        let mut html = String::with_capacity(length + 64);
        while html.len() < length {
            html.push_str("<p>We ");
            (0..20).for_each(|_| {
                html.push_str(word());
                html.push(' ');
            });
            let href = format!("<a href=\"https://{}.example/{number}\">{}</a>", word(), word());
            html.push_str(&format!("and <em>{}</em>, see {href}.</p>\n", word()));
        }
        // What comes in later rounds is new; what is there at first has come over weeks.
        let hours = 5 * self.items.saturating_sub(number) as i64;
        let at = self.now
            - SignedDuration::from_hours(hours)
            - SignedDuration::from_secs((feed % 3_600) as i64);
        Entry { title, html, page: format!("/posts/{feed}/{number}"), at }
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

fn rss(feed: usize, entries: impl Iterator<Item = Entry>) -> String {
    let items: String = entries
        .map(|Entry { title, html, page, at }| {
            let at = at.strftime("%a, %d %b %Y %H:%M:%S GMT");
            format!(
                "<item><title>{title}</title><link>https://f{feed}.example{page}</link>\
                 <guid isPermaLink=\"false\">{page}</guid><pubDate>{at}</pubDate>\
                 <content:encoded><![CDATA[{html}]]></content:encoded></item>\n"
            )
        })
        .collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<rss version=\"2.0\" \
         xmlns:content=\"http://purl.org/rss/1.0/modules/content/\"><channel>\
         <title>Journal {feed}</title><link>https://f{feed}.example/</link>\
         <description>What happened</description>\n{items}</channel></rss>"
    )
}

fn atom(feed: usize, entries: impl Iterator<Item = Entry>) -> String {
    let items: String = entries
        .map(|Entry { title, html, page, at }| {
            format!(
                "<entry><title>{title}</title><id>tag:f{feed}.example:{page}</id>\
                 <link href=\"https://f{feed}.example{page}\"/><updated>{at}</updated>\
                 <published>{at}</published><content type=\"html\">{}</content></entry>\n",
                escaped(&html)
            )
        })
        .collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\">\
         <title>Journal {feed}</title><id>tag:f{feed}.example:feed</id>\
         <author><name>Ana {feed}</name></author><updated>2026-01-01T00:00:00Z</updated>\
         <link href=\"https://f{feed}.example/\"/>\n{items}</feed>"
    )
}

fn json(feed: usize, entries: impl Iterator<Item = Entry>) -> String {
    let items: Vec<String> = entries
        .map(|Entry { title, html, page, at }| {
            format!(
                "{{\"id\": \"{page}\", \"url\": \"https://f{feed}.example{page}\", \
                 \"title\": \"{title}\", \"date_published\": \"{at}\", \"content_html\": {html:?}}}"
            )
        })
        .collect();
    format!(
        "{{\"version\": \"https://jsonfeed.org/version/1.1\", \"title\": \"Journal {feed}\", \
         \"home_page_url\": \"https://f{feed}.example/\", \"items\": [{}]}}",
        items.join(",\n")
    )
}
