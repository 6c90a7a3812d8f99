//! Who has to be told of a page, given what it says now and what everybody was told before. Pure.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;

use crate::model::{Delivery, Outbox, Outcome, Version};

/// How long after each try the next one follows; none after the last (WM-S-06). They add up to
/// less than three days.
const PAUSES: [Duration; 4] = [
    Duration::from_secs(15 * 60),
    Duration::from_secs(2 * 60 * 60),
    Duration::from_secs(12 * 60 * 60),
    Duration::from_secs(48 * 60 * 60),
];

/// What a page says now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Now {
    /// Its state.
    pub version: Version,
    /// The pages of others that it links; none if it is gone.
    pub links: BTreeSet<String>,
    /// Those of them that it answers: they hear of what answers it (Salmention).
    pub upstream: BTreeSet<String>,
    /// The hash of the responses that it shows.
    pub responses: Option<String>,
}

impl Now {
    /// A page that is gone.
    pub fn gone() -> Self {
        Self {
            version: Version::Gone,
            links: BTreeSet::new(),
            upstream: BTreeSet::new(),
            responses: None,
        }
    }
}

/// Somebody who has to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// The page that is or was linked, as it stands in the text.
    pub target: String,
    /// Why.
    pub reason: Reason,
}

/// Why somebody has to be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// The link is new.
    New,
    /// The page changed.
    Changed,
    /// The link is no longer there.
    Removed,
    /// The page is gone.
    Gone,
    /// What answers the page changed.
    Answered,
    /// It did not work last time.
    Again,
}

/// How long nobody is told of further answers: those that come meanwhile are told together
/// (WM-L-06).
const GATHER: Duration = Duration::from_secs(5 * 60);

/// Whoever has to be told at this time, by address.
pub fn due(outbox: &Outbox, now: &Now, time: Timestamp) -> Vec<Due> {
    let known = outbox.targets.keys();
    let all: BTreeSet<&String> = known.chain(&now.links).collect();
    let reason = |target: &String| why(outbox.targets.get(target), now, target, time);
    all.into_iter()
        .filter_map(|target| Some(Due { target: target.clone(), reason: reason(target)? }))
        .collect()
}

/// Whether somebody has to be told at a later time, though nothing changes until then.
pub fn is_due_later(outbox: &Outbox, now: &Now, time: Timestamp) -> bool {
    outbox.targets.iter().any(|(target, before)| {
        let is_same = before.version == now.version;
        let waits = before.outcome == Outcome::Waiting && before.next.is_some_and(|at| at > time);
        is_same && (waits || is_answered(before, now, target))
    })
}

/// Whether somebody has not heard of all that answers the page.
fn is_answered(before: &Delivery, now: &Now, target: &str) -> bool {
    before.knows && before.responses != now.responses && now.upstream.contains(target)
}

fn why(before: Option<&Delivery>, now: &Now, target: &str, time: Timestamp) -> Option<Reason> {
    let linked = now.links.contains(target);
    let Some(before) = before else { return linked.then_some(Reason::New) };
    if before.version == now.version {
        let waited = before.next.is_none_or(|next| next <= time);
        if before.outcome == Outcome::Waiting {
            return waited.then_some(Reason::Again);
        }
        let rested = before.at.checked_add(GATHER).is_ok_and(|until| until <= time);
        return (rested && is_answered(before, now, target)).then_some(Reason::Answered);
    }
    match (&now.version, linked) {
        (_, true) if before.knows => Some(Reason::Changed),
        (_, true) => Some(Reason::New),
        // Who never took a mention has nothing to forget.
        _ if !before.knows => None,
        (Version::Gone, _) => Some(Reason::Gone),
        (Version::Shown(_), _) => Some(Reason::Removed),
    }
}

/// What came of telling somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It was taken: its endpoint, status, and where it tells what became of it.
    Taken {
        /// The endpoint.
        endpoint: String,
        /// The HTTP status.
        status: u16,
        /// The address that it named.
        status_page: Option<String>,
        /// The page that vouched for ours.
        vouch: Option<String>,
    },
    /// The page takes no mentions.
    NoEndpoint,
    /// It did not work.
    Failed {
        /// The endpoint, if it came as far.
        endpoint: Option<String>,
        /// The HTTP status, if there was one.
        status: Option<u16>,
        /// What went wrong.
        error: String,
        /// Whether to try again; after how long at least.
        again: Option<Duration>,
    },
}

/// Writes down what came of telling somebody. `seed` spreads what is tried again over some time:
/// a number between 0 and 1.
pub fn record(
    before: Option<&Delivery>,
    version: &Version,
    answer: Answer,
    time: Timestamp,
    seed: f64,
) -> Delivery {
    let same = before.filter(|before| before.version == *version);
    let tries = same.map_or(0, |before| before.tries).saturating_add(1);
    let blank = Delivery {
        version: version.clone(),
        outcome: Outcome::Sent,
        at: time,
        responses: None,
        knows: before.is_some_and(|before| before.knows),
        tries,
        next: None,
        endpoint: None,
        status: None,
        status_page: None,
        vouch: None,
        error: None,
    };
    match answer {
        Answer::Taken { endpoint, status, status_page, vouch } => Delivery {
            knows: true,
            endpoint: Some(endpoint),
            status: Some(status),
            status_page,
            vouch,
            ..blank
        },
        Answer::NoEndpoint => Delivery { outcome: Outcome::NoEndpoint, ..blank },
        Answer::Failed { endpoint, status, error, again } => {
            // A form may have arrived though no answer came back.
            let knows = blank.knows || (endpoint.is_some() && status.is_none());
            let next = again.and_then(|least| next_try(tries, least, time, seed));
            // A page that is not there has no endpoint (WM-D-11).
            let is_no_page = endpoint.is_none() && status.is_some();
            let outcome = match (again, next) {
                (Some(_), Some(_)) => Outcome::Waiting,
                _ if is_no_page => Outcome::NoEndpoint,
                (None, _) => Outcome::Refused,
                (Some(_), None) => Outcome::GivenUp,
            };
            Delivery { outcome, knows, next, endpoint, status, error: Some(error), ..blank }
        }
    }
}

/// Notes that somebody is not told of a version, because the owner does not want it.
pub fn skipped(before: Option<&Delivery>, version: &Version, time: Timestamp) -> Delivery {
    let answer = record(before, version, Answer::NoEndpoint, time, 0.0);
    Delivery { outcome: Outcome::Skipped, tries: 0, ..answer }
}

/// The time of the next try; none if there were enough.
fn next_try(tries: u32, least: Duration, time: Timestamp, seed: f64) -> Option<Timestamp> {
    let at = usize::try_from(tries).ok()?.checked_sub(1)?;
    let pause = PAUSES.get(at)?.mul_f64(1.0 + seed.clamp(0.0, 1.0) / 8.0);
    time.checked_add(pause.max(least)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "https://a.example/";
    const B: &str = "https://b.example/";

    fn at(minutes: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + minutes * 60).unwrap()
    }

    fn shown(hash: &str, links: &[&str]) -> Now {
        let links = links.iter().map(|link| (*link).to_owned()).collect();
        Now { version: Version::Shown(hash.to_owned()), links, ..Now::gone() }
    }

    fn gone() -> Now {
        Now::gone()
    }

    fn taken() -> Answer {
        Answer::Taken {
            endpoint: "https://x.example/hook".to_owned(),
            status: 201,
            status_page: None,
            vouch: None,
        }
    }

    fn failed(again: Option<Duration>) -> Answer {
        let endpoint = Some("https://x.example/hook".to_owned());
        Answer::Failed { endpoint, status: Some(503), error: "no".to_owned(), again }
    }

    /// Tells everybody who is due and writes down the answer; returns who was told and why.
    fn tell(
        outbox: &mut Outbox,
        now: &Now,
        minutes: i64,
        answer: &Answer,
    ) -> Vec<(String, Reason)> {
        let found = due(outbox, now, at(minutes));
        for one in &found {
            let before = outbox.targets.get(&one.target);
            let after = record(before, &now.version, answer.clone(), at(minutes), 0.0);
            outbox.targets.insert(one.target.clone(), after);
        }
        found.into_iter().map(|due| (due.target, due.reason)).collect()
    }

    fn as_told(list: &[(&str, Reason)]) -> Vec<(String, Reason)> {
        list.iter().map(|(target, reason)| ((*target).to_owned(), *reason)).collect()
    }

    #[test]
    fn wm_u_01_everybody_ever_told_hears_of_each_change() {
        let mut outbox = Outbox::default();
        let told = |list| as_told(list);
        assert_eq!(tell(&mut outbox, &shown("1", &[A]), 0, &taken()), told(&[(A, Reason::New)]));
        assert_eq!(tell(&mut outbox, &shown("1", &[A]), 1, &taken()), told(&[]));
        // WM-U-03: a link is added.
        let both = shown("2", &[A, B]);
        assert_eq!(
            tell(&mut outbox, &both, 2, &taken()),
            told(&[(A, Reason::Changed), (B, Reason::New)])
        );
        assert_eq!(tell(&mut outbox, &both, 3, &taken()), told(&[]));
        // WM-U-04: a link is removed, and its target hears of it, and of later changes too.
        assert_eq!(
            tell(&mut outbox, &shown("3", &[B]), 4, &taken()),
            told(&[(A, Reason::Removed), (B, Reason::Changed)])
        );
        assert_eq!(tell(&mut outbox, &shown("3", &[B]), 5, &taken()), told(&[]));
        // WM-X-02: all of them hear that the page is gone, once.
        assert_eq!(
            tell(&mut outbox, &gone(), 6, &taken()),
            told(&[(A, Reason::Gone), (B, Reason::Gone)])
        );
        assert_eq!(tell(&mut outbox, &gone(), 7, &taken()), told(&[]));
        // WM-X-03: it is back.
        assert_eq!(
            tell(&mut outbox, &shown("3", &[B]), 8, &taken()),
            told(&[(A, Reason::Removed), (B, Reason::Changed)])
        );
    }

    #[test]
    fn who_never_took_a_mention_has_nothing_to_forget() {
        for answer in [Answer::NoEndpoint, failed(None)] {
            let mut outbox = Outbox::default();
            tell(&mut outbox, &shown("1", &[A]), 0, &answer);
            assert_eq!(tell(&mut outbox, &shown("1", &[A]), 1, &answer), []);
            assert_eq!(tell(&mut outbox, &shown("2", &[]), 2, &answer), []);
            assert_eq!(tell(&mut outbox, &gone(), 3, &answer), []);
            // Perhaps it has learned to by the next change.
            let back = tell(&mut outbox, &shown("4", &[A]), 4, &answer);
            assert_eq!(back, as_told(&[(A, Reason::New)]));
        }
    }

    #[test]
    fn wm_s_06_what_failed_is_tried_five_times_in_three_days() {
        let mut outbox = Outbox::default();
        let now = shown("1", &[A]);
        let again = failed(Some(Duration::ZERO));
        let mut times = Vec::new();
        for minutes in 0..10_000 {
            if !tell(&mut outbox, &now, minutes, &again).is_empty() {
                times.push(minutes);
            }
        }
        assert_eq!(times, [0, 15, 135, 855, 3_735]);
        assert!(times.last().is_some_and(|last| *last < 3 * 24 * 60));
        let delivery = outbox.targets.get(A).unwrap();
        assert_eq!((delivery.outcome, delivery.tries, delivery.next), (Outcome::GivenUp, 5, None));
        // Another version begins anew.
        assert_eq!(
            tell(&mut outbox, &shown("2", &[A]), 20_000, &taken()),
            as_told(&[(A, Reason::New)])
        );
    }

    #[test]
    fn wm_d_11_a_page_that_is_not_there_takes_no_mentions() {
        let now = shown("1", &[A]);
        let page = |status, again| Answer::Failed {
            endpoint: None,
            status: Some(status),
            error: format!("the page answers {status}"),
            again,
        };
        for status in [404, 410, 403] {
            let mut outbox = Outbox::default();
            tell(&mut outbox, &now, 0, &page(status, None));
            let delivery = outbox.targets.get(A).unwrap();
            assert_eq!((delivery.outcome, delivery.next), (Outcome::NoEndpoint, None));
            assert_eq!(delivery.status, Some(status));
        }
        // One that is out of order may be there later; in the end it is not.
        let mut outbox = Outbox::default();
        for minutes in 0..5_000 {
            tell(&mut outbox, &now, minutes, &page(503, Some(Duration::ZERO)));
            let is_over = minutes >= 3_735;
            let outcome = if is_over { Outcome::NoEndpoint } else { Outcome::Waiting };
            assert_eq!(outbox.targets.get(A).unwrap().outcome, outcome, "{minutes}");
        }
    }

    #[test]
    fn a_server_is_not_asked_before_the_time_that_it_named() {
        let mut outbox = Outbox::default();
        let now = shown("1", &[A]);
        tell(&mut outbox, &now, 0, &failed(Some(Duration::from_secs(3_600))));
        assert_eq!(due(&outbox, &now, at(59)), []);
        assert_eq!(due(&outbox, &now, at(60)).len(), 1);
    }

    #[test]
    fn wm_l_06_answers_are_told_upstream_once_they_have_gathered() {
        let mut outbox = Outbox::default();
        let plain = shown("1", &[A, B]);
        tell(&mut outbox, &plain, 0, &taken());
        let upstream = BTreeSet::from([A.to_owned()]);
        let answered = Now { upstream, responses: Some("x".to_owned()), ..plain };
        assert_eq!(due(&outbox, &answered, at(4)), []);
        assert!(is_due_later(&outbox, &answered, at(4)));
        let told = due(&outbox, &answered, at(5));
        assert_eq!(told, [Due { target: A.to_owned(), reason: Reason::Answered }]);
        for delivery in outbox.targets.values_mut() {
            delivery.responses.clone_from(&answered.responses);
        }
        assert_eq!(due(&outbox, &answered, at(9)), []);
        assert!(!is_due_later(&outbox, &answered, at(9)));
    }

    #[test]
    fn a_ledger_reads_well_and_comes_back_whole() {
        let mut outbox =
            Outbox { source: "https://ana.example/1/".to_owned(), ..Outbox::default() };
        tell(&mut outbox, &shown("1", &[A]), 0, &taken());
        tell(&mut outbox, &shown("2", &[A, B]), 1, &failed(Some(Duration::ZERO)));
        let text = serde_json::to_string_pretty(&outbox).unwrap();
        assert!(
            text.contains("\"shown\": \"2\"") && text.contains("\"outcome\": \"waiting\""),
            "{text}"
        );
        assert_eq!(serde_json::from_str::<Outbox>(&text).unwrap(), outbox);
    }
}
