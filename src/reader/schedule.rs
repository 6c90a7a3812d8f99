//! When a feed is asked again (FD-H-05 to FD-H-07). Pure: what is known of it in, a time out.
//!
//! A feed is asked about four times as often as it posts, at least daily and never within a quarter
//! of an hour; what its server and the feed itself wish for makes it seldomer, never more often.

use std::time::Duration;

use jiff::civil::Weekday;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::formats::incoming::Schedule;

/// The shortest time between two questions, in minutes.
const LEAST: u32 = 15;

/// The longest: also that of feeds that are dead, and of those whose hub tells of news.
const MOST: u32 = 24 * 60;

/// While nothing is known of how often it posts.
const UNKNOWN: u32 = 60;

/// Posts that say how often there will be others.
const POSTS: usize = 20;

/// Whatever is due later than this was put off by a clock that was wrong.
pub const LATEST: SignedDuration = SignedDuration::from_hours(8 * 24);

/// A feed that was asked within this time is not asked again because somebody says so.
pub const GUARD: Duration = Duration::from_secs(60);

/// How long a server that asks for it is left alone, at least and at most.
const HOLD: (Duration, Duration) = (Duration::from_secs(60), Duration::from_secs(7 * 24 * 60 * 60));

/// Failures, and since how long, after which a feed that is not found is as good as dead.
const DEAD: (u32, SignedDuration) = (10, SignedDuration::from_hours(7 * 24));

/// The longest time between two questions to a feed that fails but may be back, in minutes.
const HOPEFUL: u32 = 6 * 60;

/// What a server and a feed wish for.
#[derive(Debug, Clone, Default)]
pub struct Wishes {
    /// How long the answer may be kept.
    pub fresh_for: Option<Duration>,
    /// What the feed says.
    pub schedule: Schedule,
    /// Whether a hub tells of news.
    pub is_pushed: bool,
}

/// A number by chance: nobody's feeds are asked all at once.
#[derive(Debug, Clone, Copy)]
pub struct Chance(pub u32);

/// Minutes between two questions, by when a feed posted.
#[must_use]
pub fn minutes(mut posted: Vec<Timestamp>, now: Timestamp) -> u32 {
    posted.retain(|at| *at <= now);
    posted.sort_unstable();
    posted.dedup();
    let recent = posted.split_off(posted.len().saturating_sub(POSTS));
    let (Some(first), true) = (recent.first(), recent.len() > 1) else { return UNKNOWN };
    // Silence counts: who has not posted for long will not do so in the next minutes.
    let span = now.duration_since(*first).as_secs() / 60;
    let gap = span / i64::try_from(recent.len()).unwrap_or(i64::MAX).max(1);
    u32::try_from(gap / 4).unwrap_or(MOST).clamp(LEAST, MOST)
}

/// Minutes between two questions to a feed that has not changed: silence makes it seldomer.
#[must_use]
pub fn silent(minutes: u32, changed: Timestamp, now: Timestamp) -> u32 {
    // A clock that was wrong may have said that it changed later than now.
    let silence = now.duration_since(changed).as_secs().max(0) / 60;
    let gap = silence / i64::try_from(POSTS * 4).unwrap_or(i64::MAX);
    minutes.max(u32::try_from(gap).unwrap_or(MOST)).clamp(LEAST, MOST)
}

/// When to ask a feed again that was read, or had not changed.
#[must_use]
pub fn after_success(minutes: u32, wishes: &Wishes, now: Timestamp, chance: Chance) -> Timestamp {
    let kept = wishes.fresh_for.map(|time| u32::try_from(time.as_secs() / 60).unwrap_or(MOST));
    let schedule = &wishes.schedule;
    let wished = [kept, schedule.ttl, schedule.period].into_iter().flatten().max().unwrap_or(0);
    let minutes = if wishes.is_pushed { MOST } else { minutes.max(wished) };
    let at = later(now, minutes.clamp(LEAST, MOST), chance);
    awake(at, schedule)
}

/// When to ask again after the `failures`th failure in a row; the first was at `since`. `is_lost`
/// says that the server knows of no such feed.
#[must_use]
pub fn after_failure(
    failures: u32,
    since: Timestamp,
    is_lost: bool,
    now: Timestamp,
    chance: Chance,
) -> Timestamp {
    let (most, time) = DEAD;
    let is_dead = failures >= most && now.duration_since(since) >= time;
    let doubled = LEAST.saturating_mul(2_u32.saturating_pow(failures.min(16)));
    let ceiling = if is_dead || !is_lost { MOST } else { HOPEFUL };
    later(now, if is_dead { MOST } else { doubled.min(ceiling) }, chance)
}

/// Until when a host is left alone that has too much to do: as long as it asks for, or else twice as
/// long as the feed would have been.
#[must_use]
pub fn held(asked: Option<Duration>, minutes: u32, now: Timestamp) -> Timestamp {
    let (least, most) = HOLD;
    let doubled = Duration::from_secs(u64::from(minutes.saturating_mul(2).min(MOST)) * 60);
    let time = asked.map_or(doubled, |asked| asked.clamp(least, most));
    now.checked_add(time).unwrap_or(now)
}

/// Some minutes from now, up to a tenth more or less, but never less than the least.
fn later(now: Timestamp, minutes: u32, chance: Chance) -> Timestamp {
    let seconds = u64::from(minutes) * 60;
    let tenth = seconds / 10;
    let spread = u64::from(chance.0) % (2 * tenth).max(1);
    let seconds = (seconds - tenth + spread).max(u64::from(LEAST) * 60);
    now.checked_add(Duration::from_secs(seconds)).unwrap_or(now)
}

/// The first hour from a time on in which a feed changes, by its own account.
fn awake(at: Timestamp, schedule: &Schedule) -> Timestamp {
    let sleeps = |at: Timestamp| {
        let local = at.to_zoned(TimeZone::UTC);
        let hour = u8::try_from(local.hour()).unwrap_or_default();
        schedule.skip_hours.contains(&hour) || schedule.skip_days.contains(&number(local.weekday()))
    };
    // A long weekend may pass. Whoever skips all hours of all days is asked as if they skipped none.
    let hours = (0..=72).map(|hour| at.checked_add(SignedDuration::from_hours(hour)).unwrap_or(at));
    hours.into_iter().find(|at| !sleeps(*at)).unwrap_or(at)
}

fn number(day: Weekday) -> u8 {
    u8::try_from(day.to_monday_one_offset()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        "2026-05-01T12:00:00Z".parse().unwrap()
    }

    fn hours_ago(hours: i64) -> Timestamp {
        now().checked_sub(SignedDuration::from_hours(hours)).unwrap()
    }

    /// Minutes from now.
    fn until(at: Timestamp) -> i64 {
        at.duration_since(now()).as_secs() / 60
    }

    const MIDDLE: fn(u32) -> Chance = |minutes| Chance(minutes * 6);

    fn success(minutes: u32, wishes: &Wishes) -> i64 {
        until(after_success(minutes, wishes, now(), MIDDLE(minutes)))
    }

    #[test]
    fn fd_h_07_the_interval_follows_the_posts() {
        assert_eq!(minutes(vec![], now()), 60);
        assert_eq!(minutes(vec![hours_ago(5)], now()), 60);
        let daily = (0..10).map(|day| hours_ago(24 * day)).collect();
        assert!((300..=400).contains(&minutes(daily, now())), "about four times a day");
        let busy = (0..20).map(|hour| hours_ago(hour) - SignedDuration::from_mins(1)).collect();
        assert_eq!(minutes(busy, now()), 15);
        let asleep = (0..20).map(|hour| hours_ago(24 * 400 + hour)).collect();
        assert_eq!(minutes(asleep, now()), 24 * 60);
        let future = vec![hours_ago(-5), hours_ago(-6)];
        assert_eq!(minutes(future, now()), 60);
    }

    #[test]
    fn fd_h_07_wishes_make_it_seldomer_and_never_more_often() {
        assert_eq!(success(60, &Wishes::default()), 60);
        let kept =
            |seconds| Wishes { fresh_for: Some(Duration::from_secs(seconds)), ..Wishes::default() };
        assert_eq!(success(60, &kept(60)), 60);
        // The chance is in the middle of what an hour leaves to it.
        assert!((162..=198).contains(&success(60, &kept(3 * 60 * 60))));
        assert!(success(60, &kept(u64::MAX)) <= 24 * 60 + 144);
        let ttl = Wishes {
            schedule: Schedule { ttl: Some(120), ..Schedule::default() },
            ..Wishes::default()
        };
        assert!((108..=132).contains(&success(15, &ttl)));
        assert!(success(0, &Wishes::default()) >= 15);
        let pushed = Wishes { is_pushed: true, ..Wishes::default() };
        assert!(success(15, &pushed) >= 24 * 60 - 144);
    }

    #[test]
    fn fd_h_07_hours_and_days_in_which_it_does_not_change_are_left_out() {
        let schedule =
            Schedule { skip_hours: (12..18).collect(), skip_days: vec![6], ..Schedule::default() };
        assert_eq!(awake(now(), &schedule), "2026-05-01T18:00:00Z".parse().unwrap());
        let friday = "2026-05-01T23:30:00Z".parse().unwrap();
        let saturday_too = "2026-05-02T00:30:00Z".parse().unwrap();
        assert_eq!(awake(friday, &schedule), friday);
        assert!(awake(saturday_too, &schedule) > saturday_too);
        let weekend = Schedule { skip_days: vec![6, 7], ..Schedule::default() };
        assert_eq!(awake(saturday_too, &weekend), "2026-05-04T00:30:00Z".parse().unwrap());
        let always = Schedule { skip_hours: (0..24).collect(), ..Schedule::default() };
        assert_eq!(awake(now(), &always), now());
    }

    #[test]
    fn fd_h_05_failures_are_asked_less_and_less_but_always_again() {
        let after = |failures, days: i64, is_lost| {
            let since = hours_ago(24 * days);
            until(after_failure(failures, since, is_lost, now(), Chance(0)))
        };
        assert_eq!(after(1, 0, false), 27);
        assert!(after(2, 0, false) > after(1, 0, false));
        assert_eq!(after(60, 900, false), 24 * 60 - 144);
        assert!(after(9, 6, true) <= 6 * 60, "it may be back");
        assert!(after(12, 6, true) <= 6 * 60);
        assert_eq!(after(12, 8, true), 24 * 60 - 144);
    }

    #[test]
    fn fd_h_06_a_server_is_left_alone_as_long_as_it_asks() {
        let held = |asked: Option<u64>| until(held(asked.map(Duration::from_secs), 60, now()));
        assert_eq!(held(Some(600)), 10);
        assert_eq!(held(Some(0)), 1);
        assert_eq!(held(Some(u64::MAX)), 7 * 24 * 60);
        assert_eq!(held(None), 120);
    }

    #[test]
    fn chance_spreads_by_a_tenth() {
        let all: Vec<i64> = (0..2_000)
            .map(|chance| until(after_success(600, &Wishes::default(), now(), Chance(chance * 37))))
            .collect();
        assert!(all.iter().all(|minutes| (540..=660).contains(minutes)));
        assert!(all.iter().min() < Some(&560) && all.iter().max() > Some(&640));
    }
}
