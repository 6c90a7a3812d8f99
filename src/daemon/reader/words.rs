//! How pages of the reader say when, how often, and how a feed is.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::super::pages::sentence;
use super::Visit;
use crate::reader::schedule::GUARD;
use crate::site::following::without_credentials;
use crate::store::{FeedState, StoredFeed};

/// A feed that waits for longer than that is late.
const LATE: SignedDuration = SignedDuration::from_hours(1);

/// Whoever has posted nothing for so long does not post so and so often.
pub(super) const SILENT: SignedDuration = SignedDuration::from_hours(60 * 24);

const SMALL: [&str; 13] = [
    "no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
    "twelve",
];

/// A number in a sentence.
pub(super) fn count(number: usize) -> String {
    SMALL.get(number).map_or_else(|| number.to_string(), |word| (*word).to_owned())
}

/// How often somebody posts.
pub(super) fn often(per_week: f64) -> String {
    let (number, unit) = match per_week {
        often if often >= 10.5 => (often / 7.0, "day"),
        often if often >= 0.75 => (often, "week"),
        often if often >= 0.17 => (often * 52.0 / 12.0, "month"),
        _ => return "a few posts a year".to_owned(),
    };
    let number = number.round().clamp(1.0, 10_000.0);
    // Rust has no other way from a number with a fraction to a whole one that cannot go wrong.
    match (1..=10_000_u16).find(|whole| f64::from(*whole) >= number).unwrap_or(1) {
        1 => format!("about one post a {unit}"),
        number => format!("about {} posts a {unit}", count(usize::from(number))),
    }
}

/// How a feed is, in a word that styles know, and in words.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Health {
    pub(super) state: &'static str,
    pub(super) words: String,
}

impl Visit {
    /// A day in a sentence: "today", "on Tuesday", "on 3 May".
    pub(super) fn on_day(&self, at: Timestamp) -> String {
        let zone = &self.config.time_zone;
        let (day, today) =
            (at.to_zoned(zone.clone()).date(), self.now.to_zoned(zone.clone()).date());
        let past = today.since(day).map_or(i32::MAX, |span| span.get_days());
        match past {
            0 => "today".to_owned(),
            1 => "yesterday".to_owned(),
            2..=6 => day.strftime("on %A").to_string(),
            _ if day.year() == today.year() => day.strftime("on %-d %B").to_string(),
            _ => day.strftime("on %-d %B %Y").to_string(),
        }
    }

    /// How a feed is.
    pub(super) fn health(&self, feed: &StoredFeed, is_pushed: bool) -> Health {
        let cause = feed.cause.as_deref().map(without_credentials).unwrap_or_default();
        let says = |start: String| {
            let text = if cause.is_empty() { start } else { format!("{start}: {cause}") };
            sentence(&text)
        };
        let since = || match feed.succeeded {
            Some(at) => format!("Not read since {}", self.on_day(at).trim_start_matches("on ")),
            None => "It could not be read yet".to_owned(),
        };
        let health = |state, words| Health { state, words };
        match feed.state {
            FeedState::Failing => health("ill", says(since())),
            FeedState::Gone => health("paused", says("It is not asked any more".to_owned())),
            _ if !cause.is_empty() => health("late", says("It has to wait".to_owned())),
            FeedState::New => health("well", "It was not asked yet.".to_owned()),
            FeedState::Well if feed.due.is_some_and(|due| self.now.duration_since(due) > LATE) => {
                health("late", "It should have been asked by now.".to_owned())
            }
            FeedState::Well if is_pushed => {
                health("well", "All is well: it tells us itself when something is new.".to_owned())
            }
            FeedState::Well => health("well", "All is well.".to_owned()),
        }
    }

    /// Why a feed cannot be asked right now, if it cannot.
    pub(super) fn wait(
        &self,
        feed: &StoredFeed,
        held: &HashMap<String, Timestamp>,
    ) -> Option<String> {
        if let Some(until) = held.get(&feed.host) {
            let until = self.hour(*until);
            let hour = until.get("text").and_then(Value::as_str).unwrap_or_default();
            return Some(format!("Its server wants to be left alone until {hour}"));
        }
        let guard = SignedDuration::try_from(GUARD).unwrap_or_default();
        let checked = feed.checked.map(|checked| self.now.duration_since(checked));
        checked.is_some_and(|ago| ago < guard).then(|| "Asked a moment ago".to_owned())
    }

    /// Keys that say when a feed answered last, and when it is asked again.
    pub(super) fn last_and_next(&self, feed: &StoredFeed) -> (Value, Value) {
        let time = |at: Option<Timestamp>| at.map(|at| self.day_and_hour(at));
        let next = feed.due.map(|due| {
            let mut value = self.day_and_hour(due);
            if due <= self.now
                && let Some(all) = value.as_object_mut()
            {
                all.insert("text".to_owned(), "now".into());
            }
            value
        });
        (json!(time(feed.succeeded)), json!(next))
    }

    /// How often a feed is asked.
    pub(super) fn how(&self, feed: &StoredFeed, is_pushed: bool) -> String {
        if feed.state == FeedState::Gone {
            return "no longer asked".to_owned();
        }
        if is_pushed {
            return "tells us itself".to_owned();
        }
        // What fails is asked when `next` says.
        if feed.state == FeedState::Failing {
            return format!("tried {} in vain", times(feed.failures));
        }
        match feed.minutes {
            0..45 => format!("asked about every {} minutes", feed.minutes.max(1)),
            45..90 => "asked about every hour".to_owned(),
            90..1_200 => format!(
                "asked about every {} hours",
                count(usize::try_from((feed.minutes + 30) / 60).unwrap_or_default())
            ),
            _ => "asked about once a day".to_owned(),
        }
    }
}

fn times(number: u32) -> String {
    match number {
        0 | 1 => "once".to_owned(),
        2 => "twice".to_owned(),
        more => format!("{more} times"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_often_is_said_in_words() {
        for (per_week, words) in [
            (200.0, "about 29 posts a day"),
            (14.0, "about two posts a day"),
            (7.0, "about seven posts a week"),
            (1.2, "about one post a week"),
            (0.5, "about two posts a month"),
            (0.01, "a few posts a year"),
            (f64::INFINITY, "about 10000 posts a day"),
            (f64::NAN, "a few posts a year"),
        ] {
            assert_eq!(often(per_week), words);
        }
    }
}
