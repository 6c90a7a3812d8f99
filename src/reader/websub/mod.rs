//! The subscriber of WebSub: hubs are asked to tell of the feeds that name them, once more before
//! they stop, and to stop when nobody follows any more.
//!
//! What is asked and what answers mean is decided in [`crate::protocols::websub`]; when a feed is
//! asked itself, and how what it says is merged, is polling's, to which [`handing`] hands on.

pub mod callback;
pub mod handing;

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use futures_util::{StreamExt, stream};
use jiff::Timestamp;
use url::{Host, Url};

use super::discover::shown;
use crate::config::{Allowed, Config, Daemon, Secret};
use crate::error::Failure;
use crate::formats::incoming::Incoming;
use crate::mentions::random;
use crate::net::{Client, End, Limits, Login, Request};
use crate::protocols::websub::State;
use crate::protocols::websub::discovery::{Topic, discover};
use crate::protocols::websub::request::{
    self, AFTER_NO, Heard, REDIRECTS, TO_VERIFY, heard, pause,
};
use crate::store::{Callback, HubFeed, NewCallback, Store};

const ROLE: &str = "WebSub subscriber";

const ACCEPT: &str = "application/atom+xml, application/rss+xml, application/feed+json, \
     text/html;q=0.9, application/xml;q=0.8, */*;q=0.1";

/// Feeds for which hubs are asked in one go, and how many of them at a time.
const MOST: (u16, usize) = (64, 8);

/// How long whoever has begun to ask may take: longer than all hubs of a feed together.
const LEASE: Duration = Duration::from_secs(10 * 60);

/// How long to wait before a hub that could not be asked to stop is asked again, and how often.
const LEAVING: (Duration, u32) = (Duration::from_secs(60 * 60), 5);

/// How long callbacks that are over answer that they are gone.
const GONE: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Who asks hubs, and where they can answer.
#[derive(Clone)]
pub struct Subscriber {
    /// The database.
    pub store: Store,
    /// The way to others.
    pub client: Client,
    daemon: Daemon,
    allow: Vec<Allowed>,
}

impl Subscriber {
    /// The subscriber of a site; none if hubs cannot reach it, because its daemon has no address.
    #[must_use]
    pub fn of(config: &Config, store: &Store, client: &Client) -> Option<Self> {
        let daemon = config.daemon.clone().filter(|daemon| daemon.url.is_some())?;
        let allow = config.network.allow.clone();
        Some(Self { store: store.clone(), client: client.clone(), daemon, allow })
    }

    /// The whole address of a callback.
    fn address(&self, name: &str) -> Option<String> {
        self.daemon.endpoint(&format!("websub/{name}"))
    }

    /// Whether a hub may be told a secret: nobody reads along on the way, or only on the owner's own
    /// machines (WS-S-03).
    fn may_know(&self, hub: &Url) -> bool {
        hub.scheme() == "https" || self.allow.iter().any(|allowed| is_at(allowed, hub))
    }
}

/// Whether an exception of the owner is for the host of an address. Names that have to be looked up
/// lie in no range: who answers for them may change.
fn is_at(allowed: &Allowed, url: &Url) -> bool {
    let (Some(host), Some(port)) = (url.host(), url.port_or_known_default()) else { return false };
    match (allowed, host) {
        (Allowed::Host { host: named, port: own }, host) => {
            host.to_owned() == *named && *own == port
        }
        (range, Host::Ipv4(address)) => range.has_address(IpAddr::V4(address)),
        (range, Host::Ipv6(address)) => range.has_address(IpAddr::V6(address)),
        (range, Host::Domain(name)) => {
            let is_here = name == "localhost" || name.ends_with(".localhost");
            is_here && range.has_address(IpAddr::V4(Ipv4Addr::LOCALHOST))
        }
    }
}

/// Notes that a feed was found to have hubs, for [`upkeep`] to ask them. Feeds that need a pass word
/// are between those who have it: no hub is told of them.
///
/// # Errors
/// A database that cannot write.
pub async fn notice(
    store: &Store,
    (feed, url): (i64, &Url),
    topic: &Topic,
    now: Timestamp,
) -> Result<(), Failure> {
    let is_open = |url: &Url| url.username().is_empty() && url.password().is_none();
    if is_open(url) && is_open(&topic.url) {
        store.note_hub(feed, url.as_str(), now).await?;
    }
    Ok(())
}

/// Does what is due: closes callbacks whose time is over, asks hubs for feeds that have none, asks
/// others once more, and asks those to stop that nobody needs. Returns how much there was.
///
/// # Errors
/// A database that cannot read or write.
pub async fn upkeep(subscriber: &Subscriber, now: Timestamp) -> Result<usize, Failure> {
    let store = &subscriber.store;
    let lapsed = store.lapse_callbacks(now).await?;
    let (most, at_once) = MOST;
    let feeds = store.take_hub_feeds(now, after(now, LEASE), most).await?;
    let leaving = store.take_leaving(now, after(now, LEAVING.0), most).await?;
    let count = lapsed.len().saturating_add(feeds.len()).saturating_add(leaving.len());
    let renewed =
        stream::iter(feeds).map(|feed| async move { renew(subscriber, &feed, now).await });
    let renewed: Vec<_> = renewed.buffer_unordered(at_once).collect().await;
    let left =
        stream::iter(leaving).map(|callback| async move { leave(subscriber, &callback).await });
    let left: Vec<_> = left.buffer_unordered(at_once).collect().await;
    renewed.into_iter().chain(left).collect::<Result<(), Failure>>()?;
    if count > 0 {
        store.forget_callbacks(before(now, GONE)).await?;
    }
    Ok(count)
}

/// Finds out again which hubs a feed has, and asks them (WS-S-12).
async fn renew(subscriber: &Subscriber, feed: &HubFeed, now: Timestamp) -> Result<(), Failure> {
    let failed = HubFeed { failures: feed.failures.saturating_add(1), ..feed.clone() };
    let (words, wait) = match look(subscriber, &feed.url).await {
        Ok(Some(topic)) => return subscribe(subscriber, feed, &topic, now).await,
        Ok(None) => ("the feed names no hub any more".to_owned(), AFTER_NO),
        Err(why) => (why, pause(failed.failures)),
    };
    Ok(subscriber.store.postpone_hub(&failed, "", &words, after(now, wait)).await?)
}

/// What a feed says of its hubs; none if it has none.
async fn look(subscriber: &Subscriber, url: &str) -> Result<Option<Topic>, String> {
    let url = Url::parse(url).map_err(|error| error.to_string())?;
    let asked = Request {
        url: &url,
        role: ROLE,
        accept: ACCEPT,
        headers: &[],
        login: Login::OfAddress,
        limits: Limits::FEED,
    };
    let answer = subscriber.client.get(&asked).await.map_err(|why| why.to_string())?;
    if !answer.is_success() {
        return Err(format!("the feed answers {}", answer.status));
    }
    if answer.end == End::Broken {
        return Err("the feed broke off in the middle".to_owned());
    }
    // Hubs are told what comes of it, and need no pass word of the owner's.
    let url = Url::parse(&shown(&answer.url)).map_err(|error| error.to_string())?;
    let content_type = answer.header("content-type");
    let page = Incoming { url: &url, content_type, body: &answer.body };
    Ok(discover(&page, None, answer.headers("link")))
}

/// Asks the hubs of a feed, one after the other, until one takes it (WS-D-09).
///
/// # Errors
/// A database that cannot read or write.
pub async fn subscribe(
    subscriber: &Subscriber,
    feed: &HubFeed,
    topic: &Topic,
    now: Timestamp,
) -> Result<(), Failure> {
    let store = &subscriber.store;
    let failed = HubFeed { failures: feed.failures.saturating_add(1), ..feed.clone() };
    let wait = pause(failed.failures);
    let due = after(now, wait.max(TO_VERIFY));
    let known = store.callbacks(feed.feed).await?;
    let (mut last, mut is_passing) = (String::new(), false);
    let mut words = "the daemon has no address of its own".to_owned();
    for hub in in_order(&topic.hubs, &known) {
        let name = random::name()?;
        let Some(callback) = subscriber.address(&name) else { break };
        let secret = if subscriber.may_know(hub) { Some(random::name()?) } else { None };
        let (at, failures) = (now, failed.failures);
        let (own, secret) = (topic.url.as_str(), secret.as_deref());
        let new = NewCallback {
            feed: feed.feed,
            name: &name,
            hub: hub.as_str(),
            hubs: topic.hubs.len(),
            topic: own,
            secret,
            at,
            due,
            failures,
        };
        if !store.begin_callback(new).await? {
            // Nobody follows it any more.
            return Ok(());
        }
        let fields = request::Request { callback: &callback, topic: own, secret }.subscribe();
        let (why, passes) = match ask(subscriber, hub, &fields, secret.is_some()).await {
            Asked::Taken => return Ok(()),
            Asked::Later(why) => (why, true),
            Asked::Refused(why) => (why, false),
        };
        if store.callback(&name).await?.is_some_and(|known| known.state == State::Active) {
            // It made sure before it answered, and that is what counts.
            return Ok(());
        }
        if !passes {
            store.refuse_callback(&name, &why).await?;
        }
        (last, words, is_passing) = (name, why, is_passing || passes);
    }
    let wait = if is_passing { wait } else { AFTER_NO };
    Ok(store.postpone_hub(&failed, &last, &words, after(now, wait)).await?)
}

/// The hubs of a feed; those that said no the last time come last.
fn in_order<'h>(hubs: &'h [Url], known: &[Callback]) -> Vec<&'h Url> {
    let said_no = |hub: &Url| {
        known.iter().any(|known| known.state == State::Denied && known.hub == hub.as_str())
    };
    let (no, others): (Vec<&Url>, Vec<&Url>) = hubs.iter().partition(|hub| said_no(hub));
    others.into_iter().chain(no).collect()
}

/// What came of asking a hub.
enum Asked {
    Taken,
    Later(String),
    Refused(String),
}

/// Sends a hub a request.
async fn ask(
    subscriber: &Subscriber,
    hub: &Url,
    fields: &[(&str, &str)],
    has_secret: bool,
) -> Asked {
    let limits = Limits { redirects: REDIRECTS, ..Limits::ENDPOINT };
    let asked =
        Request { url: hub, role: ROLE, accept: "*/*", headers: &[], login: Login::Nobody, limits };
    match subscriber.client.post_form(&asked, fields).await {
        Ok(answer) if has_secret && !subscriber.may_know(&answer.url) => {
            Asked::Refused("the hub leads on to where others read along".to_owned())
        }
        Ok(answer) => {
            let words = format!("the hub answers {}", answer.status);
            match heard(answer.status) {
                Heard::Taken => Asked::Taken,
                Heard::Later => Asked::Later(words),
                Heard::Refused => Asked::Refused(words),
            }
        }
        Err(why) if why.is_passing() => Asked::Later(format!("the hub: {why}")),
        Err(why) => Asked::Refused(format!("the hub: {why}")),
    }
}

/// Asks a hub to stop (WS-S-13). It makes sure of it in its own time; one that does not listen is
/// left to the end of its lease.
async fn leave(subscriber: &Subscriber, callback: &Callback) -> Result<(), Failure> {
    let hub = Url::parse(&callback.hub).ok();
    let address = subscriber.address(&callback.name);
    let asked = match (&hub, &address) {
        (Some(hub), Some(address)) => {
            let request =
                request::Request { callback: address, topic: &callback.topic, secret: None };
            ask(subscriber, hub, &request.unsubscribe(), false).await
        }
        _ => Asked::Refused(String::new()),
    };
    let is_over = match asked {
        Asked::Later(_) => callback.leave_tries >= LEAVING.1,
        Asked::Taken | Asked::Refused(_) => true,
    };
    if is_over {
        subscriber.store.asked_to_stop(&callback.name).await?;
    }
    Ok(())
}

fn after(now: Timestamp, time: Duration) -> Timestamp {
    now.checked_add(time).unwrap_or(Timestamp::MAX)
}

fn before(now: Timestamp, time: Duration) -> Timestamp {
    now.checked_sub(time).unwrap_or(Timestamp::MIN)
}

/// The secret of a callback, for the one who checks signatures.
fn secret(callback: &Callback) -> Option<&str> {
    callback.secret.as_ref().map(Secret::reveal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ws_s_03_the_owners_exceptions_are_hosts_and_ranges() {
        let is =
            |allowed: &str, url: &str| is_at(&allowed.parse().unwrap(), &Url::parse(url).unwrap());
        assert!(is("127.0.0.0/8", "http://127.0.0.1:4000/hub"));
        assert!(is("127.0.0.0/8", "http://hub.localhost/hub"));
        assert!(is("::1", "http://[::1]/hub"));
        assert!(is("nas.home:8080", "http://nas.home:8080/hub"));
        assert!(!is("nas.home:8080", "http://nas.home/hub"));
        assert!(!is("nas.home:8080", "http://x.nas.home:8080/hub"));
        assert!(!is("10.0.0.0/8", "http://hub.localhost/hub"));
        assert!(!is("0.0.0.0/0", "http://hub.example/hub"));
    }

    #[test]
    fn ws_d_09_hubs_that_said_no_come_last() {
        let hubs: Vec<Url> = ["https://a.example/", "https://b.example/", "https://c.example/"]
            .iter()
            .map(|hub| Url::parse(hub).unwrap())
            .collect();
        let known = |hub: &str, state| Callback {
            name: String::new(),
            feed: 1,
            hub: hub.to_owned(),
            topic: String::new(),
            secret: None,
            state,
            asked: Timestamp::UNIX_EPOCH,
            lease_until: None,
            is_leaving: false,
            leave_tries: 0,
            words: String::new(),
        };
        let order = |known: &[Callback]| -> Vec<String> {
            in_order(&hubs, known)
                .iter()
                .filter_map(|hub| hub.host_str())
                .map(str::to_owned)
                .collect()
        };
        assert_eq!(order(&[]), ["a.example", "b.example", "c.example"]);
        let said = [
            known("https://a.example/", State::Denied),
            known("https://b.example/", State::Active),
        ];
        assert_eq!(order(&said), ["b.example", "c.example", "a.example"]);
    }
}
