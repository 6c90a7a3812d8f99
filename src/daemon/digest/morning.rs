//! When the digest is mailed: once a day, in the owner's morning. What was told last stands in the
//! database; whoever is killed between sending and writing that down sends one mail twice.

use std::time::Duration;

use jiff::civil::{Date, Time};
use jiff::{Timestamp, ToSpan, Zoned};
use tracing::{error, info, warn};

use super::day::Door;
use super::letter::{Words, words};
use super::{DAYS, friends, queue};
use crate::config::Mail;
use crate::error::Failure;
use crate::mentions::desk::Desk;
use crate::mentions::settle::Next;
use crate::net::mail::{Letter, PATIENCE, send};
use crate::stamp::Stamper;
use crate::store::NewJob;

/// The work of the morning.
pub(in crate::daemon) const MAIL: &str = "mail";

/// What the last day that was told is called in the database.
const TOLD: &str = "mailed";

/// What the number of failures since then is called.
const FAILED: &str = "mail-failures";

/// How long nobody looks whether `[mail]` has changed.
const LOOK: Duration = Duration::from_secs(10 * 60);

/// How long to wait after the first failure, in minutes; then twice as long, up to the last.
const AFTER_FAILURE: (i64, i64) = (1, 64);

/// Sees to it that somebody looks at the clock, and says what is wrong with the settings at once.
pub(in crate::daemon) async fn begin(desk: &Desk, now: Timestamp) -> Result<(), Failure> {
    if let Some(mail) = &desk.config.mail {
        if let Err(failure) = mail.password(&desk.root, &desk.config) {
            error!(site = %desk.site, "no mail can be sent: {failure}");
        }
        if let Some(warning) = mail.warning(&desk.root) {
            warn!(site = %desk.site, "{warning}");
        }
    }
    let look = NewJob { site: &desk.site, kind: MAIL, key: MAIL, payload: "", due: now };
    Ok(desk.store.enqueue(look).await?)
}

/// Mails what came, if it is time and something did.
///
/// # Errors
/// A database that fails. A server that fails is asked again later.
pub(in crate::daemon) async fn morning(desk: &Desk, now: Timestamp) -> Result<Next, Failure> {
    let look = now.checked_add(LOOK).unwrap_or(now);
    let Some(mail) = &desk.config.mail else { return Ok(Next::At(look)) };
    let here = now.to_zoned(desk.config.time_zone.clone());
    let told = desk.store.secret(&desk.site, TOLD).await?.and_then(|day| day.parse().ok());
    let later = Next::At(next(&here, mail.at).min(look));
    let Some((from, to)) = due(&here, mail.at, told) else { return Ok(later) };
    let door = Door::look(desk).await?;
    let days: Vec<Date> = from.series(1.day()).take_while(|day| *day <= to).collect();
    let days: Vec<_> = days.into_iter().filter_map(|day| door.day(day)).collect();
    let listens = desk.config.daemon.clone().unwrap_or_default().listen.to_string();
    let friends = friends::lines(desk, (from, to)).await?.unwrap_or_default();
    let came = (days.as_slice(), friends.as_slice());
    if let Some(words) = words(&desk.config.title, came, &queue(desk, &listens)) {
        if let Err(failure) = post(desk, mail, &words, (to, now)).await {
            return failed(desk, mail, &here, &failure).await;
        }
        info!(site = %desk.site, day = %to, "the digest was mailed");
    }
    desk.store.keep_secret(&desk.site, TOLD, &to.to_string()).await?;
    desk.store.keep_secret(&desk.site, FAILED, "0").await?;
    Ok(later)
}

async fn post(
    desk: &Desk,
    mail: &Mail,
    words: &Words,
    (day, now): (Date, Timestamp),
) -> Result<(), Failure> {
    let mut id = Stamper::default();
    // The same for a mail that is sent twice: programs show it once.
    let id = id.text(&desk.site).text(&day.to_string()).finish();
    let letter = Letter {
        name: &desk.config.title,
        subject: &words.subject,
        text: &words.text,
        id: &format!("digest-{day}-{id}"),
        now,
        patience: PATIENCE,
    };
    let password = mail.password(&desk.root, &desk.config)?;
    send(&desk.root, mail, password.as_ref(), &letter).await
}

/// Another try, today; tomorrow's mail tells it otherwise.
async fn failed(
    desk: &Desk,
    mail: &Mail,
    here: &Zoned,
    failure: &Failure,
) -> Result<Next, Failure> {
    let before = desk.store.secret(&desk.site, FAILED).await?;
    let failures = before.and_then(|number| number.parse::<u32>().ok()).unwrap_or(0);
    let at = retry(here, mail.at, failures);
    desk.store.keep_secret(&desk.site, FAILED, &failures.saturating_add(1).to_string()).await?;
    let again = at.to_zoned(here.time_zone().clone()).strftime("%F %H:%M").to_string();
    error!(site = %desk.site, %again, "the digest could not be mailed: {failure}");
    Ok(Next::At(at))
}

/// The days to tell of, the first and the last; none if it is not time, or all is told.
fn due(here: &Zoned, at: Time, told: Option<Date>) -> Option<(Date, Date)> {
    if here.time() < at {
        return None;
    }
    let last = here.date().yesterday().ok()?;
    let oldest = here.date().checked_sub(DAYS.days()).ok()?;
    // Who has just asked for mail is not told of the past.
    let first = told.map_or(Some(last), |told| told.tomorrow().ok())?.max(oldest);
    (first <= last).then_some((first, last))
}

/// The next morning.
fn next(here: &Zoned, at: Time) -> Timestamp {
    let today = here.date();
    let mornings = [Some(today), today.tomorrow().ok()].into_iter().flatten();
    let mut mornings = mornings
        .filter_map(|day| day.to_datetime(at).to_zoned(here.time_zone().clone()).ok())
        .map(|morning| morning.timestamp());
    mornings.find(|morning| *morning > here.timestamp()).unwrap_or(Timestamp::MAX)
}

/// When to try again: soon, then ever later, and not after midnight.
fn retry(here: &Zoned, at: Time, failures: u32) -> Timestamp {
    let (first, most) = AFTER_FAILURE;
    let wait = first.saturating_mul(1_i64.checked_shl(failures.min(30)).unwrap_or(most)).min(most);
    let again = here.checked_add(wait.minutes()).ok();
    match again.filter(|again| again.date() == here.date()) {
        Some(again) => again.timestamp(),
        None => next(here, at),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> Zoned {
        text.parse().unwrap()
    }

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn a_day_is_told_once_in_the_next_morning() {
        let at = "07:00".parse().unwrap();
        let at_seven = time("2024-05-02T07:00[Europe/Lisbon]");
        assert_eq!(due(&time("2024-05-02T06:59[Europe/Lisbon]"), at, None), None);
        assert_eq!(due(&at_seven, at, None), Some((day("2024-05-01"), day("2024-05-01"))));
        assert_eq!(due(&at_seven, at, Some(day("2024-05-01"))), None);
        // Whoever was away in the morning hears of it when they are back.
        let evening = time("2024-05-02T21:00[Europe/Lisbon]");
        let both = Some((day("2024-04-30"), day("2024-05-01")));
        assert_eq!(due(&evening, at, Some(day("2024-04-29"))), both);
        // And never of more than the feed has.
        let fortnight = Some((day("2024-04-18"), day("2024-05-01")));
        assert_eq!(due(&evening, at, Some(day("2023-01-01"))), fortnight);
        // The clock, or the zone, was another.
        assert_eq!(due(&evening, at, Some(day("2024-06-01"))), None);
    }

    #[test]
    fn the_next_morning_comes_whatever_the_clocks_do() {
        let at = "02:30".parse().unwrap();
        for (now, expected) in [
            ("2024-05-02T01:00[Europe/Berlin]", "2024-05-02T02:30[Europe/Berlin]"),
            ("2024-05-02T02:30[Europe/Berlin]", "2024-05-03T02:30[Europe/Berlin]"),
            // There is no half past two on this day.
            ("2024-03-31T01:00[Europe/Berlin]", "2024-03-31T03:30[Europe/Berlin]"),
            // And there are two of them on this.
            ("2024-10-27T01:00[Europe/Berlin]", "2024-10-27T02:30+02:00[Europe/Berlin]"),
            ("2024-10-27T02:45+02:00[Europe/Berlin]", "2024-10-28T02:30[Europe/Berlin]"),
        ] {
            assert_eq!(next(&time(now), at), time(expected).timestamp(), "{now}");
        }
    }

    #[test]
    fn a_failure_is_tried_again_until_midnight() {
        let at = "07:00".parse().unwrap();
        let mut now = time("2024-05-02T07:00[Europe/Lisbon]");
        let mut waits = Vec::new();
        while now.date() == day("2024-05-02") {
            let again = retry(&now, at, waits.len() as u32).to_zoned(now.time_zone().clone());
            assert!(due(&now, at, Some(day("2024-04-30"))).is_some());
            waits.push((again.timestamp() - now.timestamp()).total(jiff::Unit::Minute).unwrap());
            now = again;
        }
        assert_eq!(waits[..8], [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 64.0]);
        assert_eq!(waits.len(), 21);
        // What was not told is told with the next day.
        assert_eq!(now, time("2024-05-03T07:00[Europe/Lisbon]"));
        let both = Some((day("2024-05-01"), day("2024-05-02")));
        assert_eq!(due(&now, at, Some(day("2024-04-30"))), both);
    }
}
