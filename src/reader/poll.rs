//! Asking for a feed, and what becomes of the answer: what the feed brought goes into the database
//! together with how the feed is and when it is asked again (FD-H-01 to FD-H-13).
//!
//! When it is asked is known by `schedule`, what is new in it by `merge`.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use url::Url;

use super::entry::{About, Entry, kind, words};
use super::hiding::{Hiding, Judge};
use super::merge::{Portion, hash, merge};
use super::schedule::{self, Chance, Wishes};
use super::subscribe::host;
use super::websub;
use crate::error::Failure;
use crate::formats::charset::decode_html;
use crate::formats::html::Document;
use crate::formats::incoming::{Feed, Incoming, Item, Page, Refusal, discover, read};
use crate::net::{Answer, Client, End, FEED_PAUSE, Limits, Login, NoAnswer, Request};
use crate::protocols::websub::discovery::{Topic, discover as topic_of};
use crate::stamp::Stamp;
use crate::store::{
    FeedState, Harvest, Kept, Known, Lease, NewItem, ReaderId, Since, Store, StoredFeed, Validators,
};

/// Kinds of content that are understood, feeds first (FD-H-08).
const ACCEPT: &str = "application/atom+xml, application/rss+xml, application/feed+json, \
     application/xml;q=0.9, text/xml;q=0.9, text/html;q=0.8, */*;q=0.1";

/// How long a feed has to say that it has moved for good before that is believed.
const MOVE_AFTER: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Feeds of a host that are asked in one go; then it is another's turn.
const MOST_IN_A_VISIT: u16 = 50;

/// How often what a feed brought is looked at anew because somebody else was faster.
const MOST_OVERTAKEN: usize = 5;

/// Who asks for feeds: for each reader in the name of their site.
#[derive(Clone)]
pub struct Poller {
    store: Store,
    clients: Arc<HashMap<ReaderId, Client>>,
    hiding: Hiding,
}

/// What came of asking for a feed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Polled {
    /// How many items are new.
    pub new: usize,
    /// How many said something else than before.
    pub edited: usize,
    /// Until when its host wants to be left alone.
    pub held_until: Option<Timestamp>,
    /// Whether it is to be asked at another address at once.
    pub is_elsewhere: bool,
}

/// What an answer is.
enum Outcome {
    /// Nothing has changed.
    Same,
    /// A feed, and by what name hubs tell of its news.
    Feed(Box<Feed>, Option<Topic>),
    /// A page that names a feed.
    Elsewhere(Url),
    /// No feed, and why.
    Trouble(Trouble),
}

/// Why there is no feed.
struct Trouble {
    cause: String,
    kind: Kind,
}

/// What to do about a feed that cannot be read.
#[derive(PartialEq, Eq)]
enum Kind {
    /// Ask less and less.
    Passing,
    /// Nothing is there; it may come back.
    Lost,
    /// Nothing will be there any more.
    Gone,
    /// A host has too much to do: how long it wants to be left alone, and which it is. The feed may
    /// have led there from another.
    Busy(Option<Duration>, Option<String>),
}

/// Items that came, and how.
#[derive(Clone)]
struct Brought {
    items: Arc<Vec<Item>>,
    /// Whether a hub delivered them.
    is_delivered: bool,
}

impl Trouble {
    fn passing(cause: impl Into<String>) -> Self {
        Self { cause: cause.into(), kind: Kind::Passing }
    }
}

impl Poller {
    /// Whoever asks for some readers.
    #[must_use]
    pub fn new(store: Store, clients: HashMap<ReaderId, Client>) -> Self {
        Self { store, clients: Arc::new(clients), hiding: Hiding::default() }
    }

    /// What comes is judged by these rules.
    #[must_use]
    pub fn judging_by(self, hiding: Hiding) -> Self {
        Self { hiding, ..self }
    }

    /// Asks a host that was taken for its feeds that are due, one after the other, and gives it back.
    /// Returns how many items are new.
    ///
    /// # Errors
    /// A database that cannot be used.
    pub async fn visit(
        &self,
        host: &str,
        lease: Lease<'_>,
        clock: impl Fn() -> Timestamp,
        chance: impl Fn() -> Chance,
    ) -> Result<usize, Failure> {
        let mut new = 0_usize;
        let mut held_until = None;
        for feed in self.store.due_feeds(host, clock(), MOST_IN_A_VISIT).await? {
            // Whoever was slower than their lease has lost the host to somebody else.
            if !self.store.extend_host(host, lease, clock()).await? {
                return Ok(new);
            }
            // Others may have been asked for long: whoever was left meanwhile is not asked.
            let feed = self.store.feed(feed.id).await?;
            let is_due = |feed: &StoredFeed| feed.due.is_some_and(|due| due <= clock());
            let Some(feed) = feed.filter(|feed| feed.host == host && is_due(feed)) else {
                continue;
            };
            let polled = self.poll(feed, clock(), chance()).await?;
            new = new.saturating_add(polled.new);
            held_until = polled.held_until;
            if held_until.is_some() {
                break;
            }
        }
        self.store.release_host(host, lease.owner, held_until, clock()).await?;
        Ok(new)
    }

    /// Asks for a feed and keeps what it brings.
    ///
    /// # Errors
    /// A database that cannot be used. What goes wrong with the feed is kept with it.
    pub async fn poll(
        &self,
        mut feed: StoredFeed,
        now: Timestamp,
        chance: Chance,
    ) -> Result<Polled, Failure> {
        let subscribers = self.store.subscribers(feed.id).await?;
        let role = match subscribers.len() {
            0 | 1 => "feed reader".to_owned(),
            count => format!("feed reader; {count} subscribers"),
        };
        let client = subscribers.iter().find_map(|reader| self.clients.get(reader));
        // The sites of another daemon that shares the database may be those who follow it.
        let Some(client) = client.or_else(|| self.clients.values().next()) else {
            return Ok(Polled::default());
        };
        let asked = ask(client, &feed, &role).await;
        feed.checked = Some(now);
        let (outcome, answer) = match asked {
            Ok(answer) => examine(answer, &feed).await?,
            Err(why) => (Outcome::Trouble(trouble(&why)), None),
        };
        match (outcome, answer) {
            (Outcome::Trouble(trouble), _) => self.fail(feed, trouble, now, chance).await,
            (Outcome::Elsewhere(url), _) => {
                // Who shows their page with a word shows the feed with it.
                let url = with_login(&url, &feed.location).unwrap_or(url);
                feed.host = host(&url).unwrap_or(feed.host);
                feed.location = url.into();
                feed.due = Some(now);
                self.store.keep_feed(&feed).await?;
                self.unite(&feed, now).await?;
                Ok(Polled { is_elsewhere: true, ..Polled::default() })
            }
            (outcome, Some(answer)) => {
                let fetched = match outcome {
                    Outcome::Feed(fetched, topic) => Some((*fetched, topic)),
                    _ => None,
                };
                self.succeed(feed, (fetched, &answer), now, chance).await
            }
            (_, None) => Ok(Polled::default()),
        }
    }

    /// Takes in what a hub delivered of a feed: it may hold only what is new (WS-C-10, WS-C-11).
    /// Nobody may ask for the feed meanwhile.
    ///
    /// # Errors
    /// A database that cannot be used. A delivery that is no feed is returned as its refusal.
    pub async fn take_delivery(
        &self,
        feed: StoredFeed,
        content_type: Option<&str>,
        body: Vec<u8>,
        now: Timestamp,
    ) -> Result<Result<Polled, Refusal>, Failure> {
        let Ok(url) = Url::parse(&feed.location) else { return Ok(Err(Refusal::Unknown)) };
        let content_type = content_type.map(str::to_owned);
        let parsed = apart(move || {
            read(&Incoming { url: &url, content_type: content_type.as_deref(), body: &body })
        });
        match parsed.await? {
            Ok(fetched) => {
                let brought = Brought { items: Arc::new(fetched.items), is_delivered: true };
                self.bring_in(feed, brought, now).await.map(Ok)
            }
            Err(refusal) => Ok(Err(refusal)),
        }
    }

    /// A feed was read, or has not changed.
    async fn succeed(
        &self,
        mut feed: StoredFeed,
        (fetched, answer): (Option<(Feed, Option<Topic>)>, &Answer),
        now: Timestamp,
        chance: Chance,
    ) -> Result<Polled, Failure> {
        let mut about = About::read(feed.about.as_deref());
        if let Some((fetched, _)) = &fetched {
            feed.minutes =
                schedule::minutes(fetched.items.iter().filter_map(posted).collect(), now);
            about = About::of(fetched);
            feed.about = serde_json::to_string(&about).ok();
        } else {
            feed.minutes = schedule::silent(feed.minutes, feed.changed.unwrap_or(feed.added), now);
        }
        let is_moved = follow_move(&mut feed, answer, now);
        if let (Some((_, Some(topic))), Ok(url)) = (&fetched, Url::parse(&feed.location)) {
            websub::notice(&self.store, (feed.id.number(), &url), topic, now).await?;
        }
        if answer.status != 304 {
            feed.validators = validators(answer);
        } else if is_moved {
            // They were given at another address.
            feed.validators = Validators::default();
        }
        let is_first = feed.succeeded.replace(now).is_none();
        feed.state = FeedState::Well;
        (feed.failures, feed.failing_since, feed.cause) = (0, None, None);
        let wishes = Wishes {
            fresh_for: answer.fresh_for(),
            schedule: about.schedule,
            is_pushed: self.store.has_hub(feed.id.number(), now).await?,
        };
        feed.due = Some(schedule::after_success(feed.minutes, &wishes, now, chance));
        let polled = match fetched {
            Some((fetched, _)) => {
                let brought = Brought { items: Arc::new(fetched.items), is_delivered: false };
                self.bring_in(feed.clone(), brought, now).await?
            }
            None => {
                self.store.keep_feed(&feed).await?;
                Polled::default()
            }
        };
        if is_moved || is_first {
            self.unite(&feed, now).await?;
        }
        Ok(polled)
    }

    /// A feed could not be read.
    async fn fail(
        &self,
        mut feed: StoredFeed,
        trouble: Trouble,
        now: Timestamp,
        chance: Chance,
    ) -> Result<Polled, Failure> {
        feed.cause = Some(trouble.cause);
        let mut polled = Polled::default();
        if let Kind::Busy(asked, busy) = trouble.kind {
            // That is no fault of the feed.
            let until = schedule::held(asked, feed.minutes, now);
            feed.due = Some(until);
            match busy {
                Some(busy) if busy != feed.host => self.store.hold_host(&busy, until).await?,
                busy => polled.held_until = busy.map(|_| until),
            }
        } else {
            feed.failures = feed.failures.saturating_add(1);
            let since = *feed.failing_since.get_or_insert(now);
            let is_lost = trouble.kind == Kind::Lost;
            let again = schedule::after_failure(feed.failures, since, is_lost, now, chance);
            let is_gone = trouble.kind == Kind::Gone;
            feed.due = (!is_gone).then_some(again);
            feed.state = if is_gone { FeedState::Gone } else { FeedState::Failing };
            // What was sent may have been another page under the same name.
            feed.validators = Validators::default();
            if feed.succeeded.is_none() {
                // What a page named was no feed; it may name another by now.
                feed.host = host_of(&feed.url).unwrap_or(feed.host);
                feed.location.clone_from(&feed.url);
            }
        }
        self.store.keep_feed(&feed).await?;
        Ok(polled)
    }

    /// Keeps what items bring that is not known yet. A hub may deliver while the feed is being asked,
    /// and who was too slow may have lost the host to another daemon.
    async fn bring_in(
        &self,
        feed: StoredFeed,
        brought: Brought,
        now: Timestamp,
    ) -> Result<Polled, Failure> {
        let mut tries = 1..=MOST_OVERTAKEN;
        loop {
            match self.try_to_bring_in(&feed, brought.clone(), now).await? {
                Some(polled) => return Ok(polled),
                None if tries.next().is_some() => {}
                None => return Err(Failure::run("others bring in the same feed without end")),
            }
        }
    }

    /// The same; nothing if somebody else was faster.
    async fn try_to_bring_in(
        &self,
        feed: &StoredFeed,
        brought: Brought,
        now: Timestamp,
    ) -> Result<Option<Polled>, Failure> {
        let Some(stored) = self.store.feed(feed.id).await? else {
            return Ok(Some(Polled::default()));
        };
        let known = self.store.known(feed.id).await?;
        let since = Since::of(&stored, &known);
        let portion = match known.is_empty() && stored.changed.is_none() {
            true => Portion::First,
            false if brought.is_delivered => Portion::Part,
            false => Portion::Whole,
        };
        let items = brought.items;
        let held = self.hiding.hold().await;
        let judges = held.judges(&self.store, feed.id, now).await?;
        let harvest = apart(move || harvest((&known, portion), &items, &judges, now)).await?;
        let polled =
            Polled { new: harvest.new.len(), edited: harvest.edited.len(), ..Polled::default() };
        let changed = if polled.new > 0 { Some(now) } else { stored.changed };
        // What a hub delivers says nothing of how the feed is when it is asked.
        let mut kept = if brought.is_delivered { stored } else { feed.clone() };
        kept.changed = if brought.is_delivered { Some(now) } else { changed };
        let harvest = Harvest { since: Some(since), ..harvest };
        let written = self.store.bring_in(&kept, harvest, now).await;
        drop(held);
        match written {
            Ok(()) => Ok(Some(polled)),
            Err(error) if error.is_overtaken() => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Makes this feed and another one that is found at the same address one (FD-H-04). Whoever comes
    /// from the other side does the same: what was read first stays.
    async fn unite(&self, feed: &StoredFeed, now: Timestamp) -> Result<(), Failure> {
        let twins = self.store.feeds_at(&feed.location).await?;
        let is_asked = |other: &StoredFeed| other.id == feed.id || other.due.is_some();
        let mut all: Vec<StoredFeed> = twins.into_iter().filter(is_asked).collect();
        // Whoever was always there has its hubs there.
        all.sort_by_key(|feed| {
            (feed.succeeded.is_none(), feed.added, feed.url != feed.location, feed.id)
        });
        if let [first, others @ ..] = all.as_slice() {
            for other in others {
                let held = self.hiding.hold().await;
                self.store.unite_feeds(other.id, first.id).await?;
                drop(held);
                self.hiding.unsettle().await;
                // The first has hubs of its own.
                self.store.leave_hubs(other.id.number(), now).await?;
            }
        }
        Ok(())
    }
}

async fn ask(client: &Client, feed: &StoredFeed, role: &str) -> Result<Answer, NoAnswer> {
    let url = Url::parse(&feed.location)
        .map_err(|error| NoAnswer::Connection(format!("its address is not right: {error}")))?;
    let Validators { etag, last_modified, .. } = &feed.validators;
    let known = [("if-none-match", etag), ("if-modified-since", last_modified)];
    let headers: Vec<(&'static str, &str)> =
        known.into_iter().filter_map(|(name, value)| Some((name, value.as_deref()?))).collect();
    let request = Request {
        url: &url,
        role,
        accept: ACCEPT,
        headers: &headers,
        login: Login::OfAddress,
        limits: Limits::FEED,
    };
    client.get(&request).await
}

/// What is to be kept of items. Only what is new or edited is cleaned.
fn harvest(
    (known, portion): (&[Known], Portion),
    items: &[Item],
    judges: &[Judge],
    now: Timestamp,
) -> Harvest {
    let merge = merge(known, items, portion, now);
    let kept = |place: usize| {
        let (item, marks) = (items.get(place)?, *merge.marks.get(place)?);
        let entry = Entry::of(item, now);
        let body = serde_json::to_string(&entry).unwrap_or_default();
        let page = entry.link.as_ref().map(|link| hash(link.as_str()));
        let (kind, words) = (kind(item).name(), words(item));
        let answers = entry.in_reply_to.iter().map(|url| hash(url.as_str())).collect();
        let hidden = judges.iter().filter_map(|judge| judge.hides(&entry, kind)).collect();
        Some((item, Kept { marks, kind, page, answers, body, words, hidden }))
    };
    let new = merge.new.iter().filter_map(|(place, is_read)| {
        let (item, kept) = kept(*place)?;
        Some(NewItem { kept, sorted: item.sorted_at(now), is_read: *is_read })
    });
    let edited = merge.edited.iter().filter_map(|(place, id)| Some((*id, kept(*place)?.1)));
    Harvest {
        new: new.collect(),
        edited: edited.collect(),
        marked: merge.marked,
        past: merge.past,
        forgotten: merge.forgotten,
        since: None,
    }
}

/// Does what takes a while where it keeps nobody else waiting.
async fn apart<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Failure> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| Failure::run(format!("a feed could not be read: {error}")))
}

/// What an answer is; the answer comes back if it is one of success.
async fn examine(answer: Answer, feed: &StoredFeed) -> Result<(Outcome, Option<Answer>), Failure> {
    let Validators { etag, last_modified, body } = &feed.validators;
    let status = answer.status;
    let trouble = match status {
        304 if etag.is_some() || last_modified.is_some() => {
            return Ok((Outcome::Same, Some(answer)));
        }
        304 => Trouble::passing("its server says that nothing has changed, but was not asked that"),
        200..300 if answer.end == End::Broken => Trouble::passing("it broke off in the middle"),
        200..300 if answer.end == End::Long => {
            Trouble::passing("it is larger than 10 MiB, more than any feed should be")
        }
        200..300 => {
            // A page leads to a feed, but not on to others: two could lead to each other.
            let is_page = feed.succeeded.is_none() && feed.location == feed.url;
            let body = body.clone();
            let done = apart(move || {
                let outcome = outcome(&answer, is_page, body.as_deref());
                (outcome, Some(answer))
            });
            return done.await;
        }
        401 | 403 | 451 => Trouble::passing(format!("it is not for everybody ({status})")),
        404 => Trouble { cause: "there is nothing at this address (404)".into(), kind: Kind::Lost },
        410 => Trouble {
            cause: "its server says that it is gone for good (410)".into(),
            kind: Kind::Gone,
        },
        429 | 503 => Trouble {
            cause: format!("its server has too much to do ({status})"),
            kind: Kind::Busy(answer.retry_after_within(&FEED_PAUSE), host(&answer.url)),
        },
        500.. => Trouble::passing(format!("its server is in trouble ({status})")),
        _ => Trouble::passing(format!("its server answers {status}")),
    };
    Ok((Outcome::Trouble(trouble), None))
}

fn outcome(answer: &Answer, is_page: bool, known_body: Option<&str>) -> Outcome {
    if known_body == Some(&*Stamp::of(&answer.body).to_string()) {
        return Outcome::Same;
    }
    let content_type = answer.header("content-type");
    let incoming = Incoming { url: &answer.url, content_type, body: &answer.body };
    match read(&incoming) {
        Ok(feed) => {
            let topic = topic_of(&incoming, Some(&feed), answer.headers("link"));
            Outcome::Feed(Box::new(feed), topic)
        }
        // Who is followed by their page has a feed there. Later it would be a page in its place.
        Err(Refusal::Page { kind: Page::Other | Page::Post, .. }) if is_page => {
            match named(answer) {
                Some(url) => Outcome::Elsewhere(url),
                None => Outcome::Trouble(Trouble::passing("this is a web page that names no feed")),
            }
        }
        Err(refusal) => Outcome::Trouble(Trouble::passing(refusal.to_string())),
    }
}

/// The feed that a page names.
fn named(answer: &Answer) -> Option<Url> {
    let document = Document::parse(&decode_html(&answer.body, None));
    let mut all = discover::feeds(&document, &answer.url).into_iter();
    all.find(|found| found.url != answer.url).map(|found| found.url)
}

fn trouble(why: &NoAnswer) -> Trouble {
    match why {
        // It was not asked: whoever was, and wanted to be left alone, was noted then.
        NoAnswer::Held(rest) => {
            Trouble { cause: why.to_string(), kind: Kind::Busy(Some(*rest), None) }
        }
        _ => Trouble::passing(why.to_string()),
    }
}

/// By what the server knows this answer again. One that says it is never fresh marks answers that it
/// does not tell apart (FD-H-07).
fn validators(answer: &Answer) -> Validators {
    let is_marked = answer.header("expires").is_none_or(|expires| expires.trim() != "0");
    let header = |name| answer.header(name).filter(|_| is_marked).map(str::to_owned);
    Validators {
        etag: header("etag"),
        last_modified: header("last-modified"),
        body: Some(Stamp::of(&answer.body).to_string()),
    }
}

/// Takes over where a feed has moved to for good: at once the first time, else when it has said so
/// for a week (FD-H-03). True if it has another address now.
fn follow_move(feed: &mut StoredFeed, answer: &Answer, now: Timestamp) -> bool {
    let is_for_good = answer.hops.iter().all(|(status, _)| matches!(status, 301 | 308));
    let target = answer.hops.last().map(|(_, url)| url).filter(|_| is_for_good);
    let Some(target) = target.and_then(|url| with_login(url, &feed.location)) else {
        feed.moved = None;
        return false;
    };
    let is_sure = match &feed.moved {
        Some((to, since)) if *to == target.as_str() => now.duration_since(*since) >= MOVE_AFTER,
        _ => false,
    };
    if feed.succeeded.is_some() && !is_sure {
        // What was noted later than now was noted by a clock that was wrong.
        let is_noted = |(to, since): &(String, Timestamp)| *to == target.as_str() && *since <= now;
        if !feed.moved.as_ref().is_some_and(is_noted) {
            feed.moved = Some((target.into(), now));
        }
        return false;
    }
    feed.host = host(&target).unwrap_or_default();
    feed.location = target.into();
    feed.moved = None;
    true
}

/// An address with the name and password of the one before it, if it is at the same place. Where they
/// would be lost, nothing is taken over.
fn with_login(url: &Url, before: &str) -> Option<Url> {
    let before = Url::parse(before).ok()?;
    let mut url = url.clone();
    if before.username().is_empty() && before.password().is_none() {
        return Some(url);
    }
    if url.origin() != before.origin() {
        return None;
    }
    url.set_username(before.username()).ok()?;
    url.set_password(before.password()).ok()?;
    Some(url)
}

fn host_of(address: &str) -> Option<String> {
    host(&Url::parse(address).ok()?)
}

fn posted(item: &Item) -> Option<Timestamp> {
    item.published.as_ref().or(item.updated.as_ref()).map(jiff::Zoned::timestamp)
}
