//! How the feeds of those whom somebody follows are, in words: which are well, which are not and
//! why, when each was read and is asked again. No address is shown with a word that may stand in it.

use jiff::{SignedDuration, Timestamp};
use url::Url;

use super::entry::About;
use super::subscribe::Card;
use crate::error::Failure;
use crate::site::following::without_credentials;
use crate::store::{FeedState, ReaderId, Store, StoredFeed, Subscription};

/// The time that says how often something comes.
const LATELY: SignedDuration = SignedDuration::from_hours(WEEKS * 7 * 24);
const WEEKS: i64 = 4;

/// How a feed is; those to look at first come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// It cannot be read, and is asked again.
    Ill,
    /// Its server says that it is gone for good.
    Gone,
    /// Its server has too much to do.
    Busy,
    /// Nobody has asked for it yet.
    New,
    /// All is well.
    Well,
}

/// How a feed is.
#[derive(Debug, Clone, PartialEq)]
pub struct Health {
    /// What is known of it.
    pub feed: StoredFeed,
    /// What it is called.
    pub name: String,
    /// The page that it is the feed of.
    pub home: Option<String>,
    /// The channel it is sorted in; empty for the first.
    pub channel: String,
    /// How it is.
    pub state: State,
    /// When it is asked again: not before its host may be.
    pub next: Option<Timestamp>,
    /// How many posts came in the last four weeks; none if that is not known.
    pub lately: Option<usize>,
    /// Until when a hub tells of what is new.
    pub told_until: Option<Timestamp>,
}

impl State {
    /// What it is called, for people.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Ill => "not well",
            Self::Gone => "gone",
            Self::Busy => "waiting",
            Self::New => "new",
            Self::Well => "well",
        }
    }

    fn of(feed: &StoredFeed) -> Self {
        match feed.state {
            FeedState::Failing => Self::Ill,
            FeedState::Gone => Self::Gone,
            // Only a server that wants to be left alone leaves a cause without being a failure.
            FeedState::New | FeedState::Well if feed.cause.is_some() => Self::Busy,
            FeedState::New => Self::New,
            FeedState::Well => Self::Well,
        }
    }
}

/// How all feeds are that somebody follows; those that are not well come first.
///
/// # Errors
/// A database that cannot read.
pub async fn examine(
    store: &Store,
    reader: ReaderId,
    now: Timestamp,
) -> Result<Vec<Health>, Failure> {
    let since = now.checked_sub(LATELY).unwrap_or(Timestamp::MIN);
    let lately = store.entries_of_each(reader, since).await?;
    let told = store.told_feeds(now).await?;
    let held = store.held_hosts(now).await?;
    let feeds = store.followed_feeds(reader).await?;
    let mut subscriptions: std::collections::HashMap<_, Subscription> =
        store.subscriptions(reader).await?.into_iter().map(|one| (one.feed, one)).collect();
    let mut all: Vec<Health> = feeds
        .into_iter()
        .filter_map(|feed| {
            let Subscription { following, .. } = subscriptions.remove(&feed.id)?;
            let about = About::read(feed.about.as_deref());
            let card = Card::read(&following.card);
            let home = about.home.map(String::from).or(Some(card.home).filter(|h| !h.is_empty()));
            Some(Health {
                name: without_credentials(
                    &card.name.or(about.title).unwrap_or_else(|| place(&feed.location)),
                ),
                home: home.as_deref().map(without_credentials),
                channel: following.channel,
                state: State::of(&feed),
                next: feed.due.map(|due| held.get(&feed.host).map_or(due, |held| due.max(*held))),
                lately: feed.succeeded.map(|_| lately.get(&feed.id).copied().unwrap_or(0)),
                told_until: told.get(&feed.id).copied(),
                feed,
            })
        })
        .collect();
    all.sort_by_cached_key(|health| (health.state, health.name.to_lowercase(), health.feed.id));
    Ok(all)
}

impl Health {
    /// The address that is asked, as it may be shown.
    #[must_use]
    pub fn address(&self) -> String {
        without_credentials(&self.feed.location)
    }

    /// The address that is followed, as it may be shown.
    #[must_use]
    pub fn followed(&self) -> String {
        without_credentials(&self.feed.url)
    }

    /// Why it is not well, and for how long.
    #[must_use]
    pub fn trouble(&self, now: Timestamp) -> Option<String> {
        let cause = without_credentials(self.feed.cause.as_deref()?);
        let (Some(since), true) = (self.feed.failing_since, self.feed.failures > 1) else {
            return Some(cause);
        };
        let times = self.feed.failures;
        Some(format!("{cause}; {times} times in {}", span(now.duration_since(since))))
    }

    /// How often something comes, in words.
    #[must_use]
    pub fn pace(&self) -> String {
        match self.lately {
            None => String::new(),
            Some(0) => "silent".to_owned(),
            Some(count) => pace(count),
        }
    }

    /// Whether this is meant by a number, an address, or a part of the name or address.
    #[must_use]
    pub fn is_meant_by(&self, name: &str) -> Meant {
        let called =
            [self.feed.id.number().to_string(), self.address(), self.followed(), self.name.clone()];
        if called.iter().any(|text| text == name) {
            return Meant::Exactly;
        }
        let part = name.to_lowercase();
        let has = |text: &String| text.to_lowercase().contains(&part);
        if called.iter().skip(1).any(has) { Meant::Perhaps } else { Meant::Not }
    }
}

/// Whether a name means a feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meant {
    /// This one.
    Exactly,
    /// This one, if no other has the same part.
    Perhaps,
    /// Another.
    Not,
}

fn pace(count: usize) -> String {
    let weeks = usize::try_from(WEEKS).unwrap_or(1);
    let (a_week, a_day) = ((count + weeks / 2) / weeks, count / (weeks * 7));
    match (a_day, a_week) {
        (1.., _) => format!("{a_day} a day"),
        (0, 2..) => format!("{a_week} a week"),
        _ if count == 1 => "1 in 4 weeks".to_owned(),
        _ => format!("{count} in 4 weeks"),
    }
}

/// A time between two moments, in words: `5 hours`.
#[must_use]
pub fn span(time: SignedDuration) -> String {
    let seconds = time.as_secs().max(0);
    let (count, unit) = match seconds {
        0..=99 => (seconds, "second"),
        100..=5_999 => (seconds / 60, "minute"),
        6_000..=172_799 => (seconds / 3_600, "hour"),
        _ => (seconds / 86_400, "day"),
    };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

/// Host and path of an address.
fn place(address: &str) -> String {
    let url = Url::parse(address).ok();
    let place = url.and_then(|url| Some(format!("{}{}", url.host_str()?, url.path())));
    place.unwrap_or_else(|| without_credentials(address))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_paces_are_words() {
        for (seconds, words) in [
            (-5, "0 seconds"),
            (1, "1 second"),
            (99, "99 seconds"),
            (100, "1 minute"),
            (3_600, "60 minutes"),
            (6_000, "1 hour"),
            (86_400, "24 hours"),
            (200_000, "2 days"),
        ] {
            assert_eq!(span(SignedDuration::from_secs(seconds)), words);
        }
        for (count, words) in [
            (1, "1 in 4 weeks"),
            (4, "4 in 4 weeks"),
            (5, "5 in 4 weeks"),
            (6, "2 a week"),
            (27, "7 a week"),
            (28, "1 a day"),
            (280, "10 a day"),
        ] {
            assert_eq!(pace(count), words);
        }
    }

    #[test]
    fn a_feed_without_a_name_is_called_by_its_place() {
        assert_eq!(place("https://ana:sesame@ben.example:8080/feed?key=1"), "ben.example/feed");
    }
}
