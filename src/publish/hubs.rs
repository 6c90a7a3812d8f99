//! WebSub hubs hear that feeds have changed (WebSub §6). What they were told of is remembered by its
//! stamp, so that nothing is lost when the process ends between a change and the word about it; what
//! did not reach a hub becomes work that is tried again for a day.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::time::Duration;

use futures_util::{StreamExt, stream};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use url::Url;

use super::lock;
use crate::build::output::read_page;
use crate::config::Config;
use crate::error::Failure;
use crate::mentions::desk::Desk;
use crate::mentions::settle::Next;
use crate::model::Permalink;
use crate::net::{Client, Limits, Login, Request};
use crate::stamp::Stamp;
use crate::store::{Job, NewJob};

/// The work of telling a hub once more.
pub const HUB: &str = "hub";

/// When a hub that could not be told is tried again; they add up to a day (WS-P-08).
const PAUSES: [Duration; 7] = [
    Duration::from_secs(60),
    Duration::from_secs(5 * 60),
    Duration::from_secs(15 * 60),
    Duration::from_secs(3_600),
    Duration::from_secs(3 * 3_600),
    Duration::from_secs(7 * 3_600),
    Duration::from_secs(12 * 3_600),
];

/// Words that are said before others are told of the site; the rest waits its turn as work.
const AT_ONCE: usize = 60;

/// Words on their way at a time; hosts get fewer requests.
const PARALLEL: usize = 8;

/// A hub and a feed that it has to hear of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Word {
    hub: String,
    /// The feed's address.
    feed: String,
}

/// Feeds as they were at a moment: hubs are told of what was brought to where visitors find it, not
/// of what was built since.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Feeds {
    /// The paths of all feeds that there were.
    all: BTreeSet<String>,
    /// The stamps of those that were looked at.
    stamps: BTreeMap<String, String>,
}

impl Feeds {
    /// Looks at the feeds in the output folder. `only` names the files that may have changed, if that
    /// is known.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub async fn read(desk: &Desk, only: Option<BTreeSet<Permalink>>) -> Result<Self, Failure> {
        let desk = desk.clone();
        let read = tokio::task::spawn_blocking(move || Self::look(&desk, only.as_ref())).await;
        read.map_err(|error| Failure::run(error.to_string()))?
    }

    fn look(desk: &Desk, only: Option<&BTreeSet<Permalink>>) -> Result<Self, Failure> {
        let output = desk.root.join("public");
        let feeds = desk.table.feeds();
        let mut stamps = BTreeMap::new();
        let hears = !hubs(&desk.config).is_empty();
        let is_asked = |feed: &&Permalink| hears && only.is_none_or(|only| only.contains(*feed));
        for feed in feeds.iter().filter(is_asked) {
            // One that is not there is not told of; it was deleted by hand, and comes back.
            let Some(bytes) = read_page(&output, feed)? else { continue };
            stamps.insert(feed.to_string(), Stamp::of(&bytes).to_string());
        }
        Ok(Self { all: feeds.iter().map(ToString::to_string).collect(), stamps })
    }

    /// Takes over what was seen later.
    pub fn update(&mut self, later: Self) {
        self.all = later.all;
        self.stamps.extend(later.stamps);
        self.stamps.retain(|path, _| self.all.contains(path));
    }

    /// The feeds that hubs do not know as they are, with their stamps; none for one that is gone.
    fn news(&self, known: &BTreeMap<String, String>) -> BTreeMap<String, Option<String>> {
        let is_new = |(path, stamp): &(&String, &String)| known.get(*path) != Some(*stamp);
        let new = self.stamps.iter().filter(is_new);
        let new = new.map(|(path, stamp)| (path.clone(), Some(stamp.clone())));
        let gone = known.keys().filter(|path| !self.all.contains(*path));
        new.chain(gone.map(|path| (path.clone(), None))).collect()
    }
}

/// Tells all hubs of the feeds that are not what they were told of, and of those that are gone.
/// `hear` is told of each word to a hub, and what went wrong, if anything did.
///
/// # Errors
/// A database that cannot be read or written: nothing counts as told then.
pub async fn announce(
    desk: &Desk,
    feeds: &Feeds,
    now: Timestamp,
    hear: impl Fn(&str, Option<&str>),
) -> Result<(), Failure> {
    let hubs = hubs(&desk.config);
    if hubs.is_empty() {
        return Ok(());
    }
    let news = feeds.news(&desk.store.announced(&desk.site).await?);
    if news.is_empty() {
        return Ok(());
    }
    let address = |path: &String| desk.config.base.absolute(&Permalink::file(path));
    let of_hub = |hub: &String| {
        let word = |path| Word { hub: hub.clone(), feed: address(path) };
        news.keys().map(word).collect::<Vec<Word>>()
    };
    let words: Vec<Word> = hubs.iter().flat_map(of_hub).collect();
    let waiting = say_all(&desk.client, words, &hear).await;
    let again: Vec<(String, String, Timestamp)> = waiting
        .into_iter()
        .map(|(word, wait)| Ok((word.key(), word.payload()?, later(now, wait))))
        .collect::<Result<_, Failure>>()?;
    let jobs: Vec<NewJob<'_>> = again
        .iter()
        .map(|(key, payload, due)| NewJob { site: &desk.site, kind: HUB, key, payload, due: *due })
        .collect();
    desk.store.announce(&desk.site, &news, &jobs).await?;
    Ok(())
}

/// Says some words; returns those that have to be said later, and how long that is.
async fn say_all(
    client: &Client,
    words: Vec<Word>,
    hear: &impl Fn(&str, Option<&str>),
) -> Vec<(Word, Duration)> {
    let [first, ..] = PAUSES;
    // A hub that did not answer once keeps nobody waiting a second time.
    let silent = Mutex::new(BTreeSet::new());
    let silent = &silent;
    let numbered = words.into_iter().enumerate();
    let said = stream::iter(numbered).map(|(number, word)| async move {
        if number >= AT_ONCE {
            return Some((word, Duration::ZERO));
        }
        if lock(silent).contains(&word.hub) {
            return Some((word, first));
        }
        let told = ping(client, &word).await;
        hear(&word.hub, told.as_ref().err().map(String::as_str));
        if told.is_ok() {
            return None;
        }
        lock(silent).insert(word.hub.clone());
        Some((word, first))
    });
    said.buffer_unordered(PARALLEL).filter_map(std::future::ready).collect().await
}

/// Says a word again that did not reach its hub. What went wrong, in words, comes with when it is
/// tried next.
///
/// # Errors
/// Work that nobody can read.
pub async fn announce_again(
    desk: &Desk,
    job: &Job,
    now: Timestamp,
) -> Result<(Next, Option<String>), Failure> {
    let Some(word) = Word::of(&job.payload) else {
        return Ok((Next::Done, Some("it cannot be read".to_owned())));
    };
    // The owner may use another by now.
    if !hubs(&desk.config).contains(&word.hub) {
        return Ok((Next::Done, None));
    }
    let Err(why) = ping(&desk.client, &word).await else { return Ok((Next::Done, None)) };
    let pause = usize::try_from(job.tries).ok().and_then(|tries| PAUSES.get(tries));
    Ok(match pause {
        Some(pause) => (Next::At(later(now, *pause)), Some(format!("{why}; it is told again"))),
        None => (Next::Done, Some(format!("{why}; given up"))),
    })
}

/// The host that such work asks.
pub fn host_of(payload: &str) -> String {
    let hub = Word::of(payload).and_then(|word| Url::parse(&word.hub).ok());
    hub.and_then(|hub| hub.host_str().map(str::to_owned)).unwrap_or_default()
}

impl Word {
    fn of(payload: &str) -> Option<Self> {
        serde_json::from_str(payload).ok()
    }

    fn payload(&self) -> Result<String, Failure> {
        serde_json::to_string(self).map_err(|error| Failure::run(error.to_string()))
    }

    /// What it is called among others: a hash, because addresses may be long.
    fn key(&self) -> String {
        let hash = blake3::hash(format!("{}\n{}", self.hub, self.feed).as_bytes()).to_hex();
        hash.as_str().get(..32).unwrap_or_default().to_owned()
    }
}

/// The hubs of a site, each once.
fn hubs(config: &Config) -> Vec<String> {
    let mut hubs = config.hubs();
    let mut seen = BTreeSet::new();
    hubs.retain(|hub| Url::parse(hub).is_ok() && seen.insert(hub.clone()));
    hubs
}

fn later(now: Timestamp, wait: Duration) -> Timestamp {
    now.checked_add(wait).unwrap_or(Timestamp::MAX)
}

/// Tells a hub that a feed has changed; what went wrong, in words, if anything did.
async fn ping(client: &Client, word: &Word) -> Result<(), String> {
    let url = Url::parse(&word.hub).map_err(|error| error.to_string())?;
    // Hubs read the one or the other.
    let fields = [("hub.mode", "publish"), ("hub.url", &word.feed), ("hub.topic", &word.feed)];
    let request = Request {
        url: &url,
        role: "WebSub publisher",
        accept: "*/*",
        headers: &[],
        login: Login::Nobody,
        limits: Limits::ENDPOINT,
    };
    match client.post_form(&request, &fields).await {
        Ok(answer) if answer.is_success() => Ok(()),
        Ok(answer) => Err(format!("the hub answers {}", answer.status)),
        Err(why) => Err(why.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ws_p_08_a_hub_is_tried_for_a_day() {
        let all: Duration = PAUSES.iter().sum();
        let hours = all.as_secs() / 3_600;
        assert!((23..=24).contains(&hours), "{hours}");
        assert!(PAUSES.is_sorted());
    }

    #[test]
    fn a_word_comes_back_from_the_database() {
        let word = Word {
            hub: "https://hub.example/x".to_owned(),
            feed: "https://ana.example/a".to_owned(),
        };
        let payload = word.payload().unwrap();
        assert_eq!(Word::of(&payload), Some(word));
        assert_eq!(host_of(&payload), "hub.example");
        assert_eq!(host_of("nonsense"), "");
    }
}
