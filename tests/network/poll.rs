//! Feeds are asked for over sockets and kept in a database (FD-H, FD-S): the clock is the test's.

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
use jiff::SignedDuration;
use lanai::reader::entry::Entry;
use lanai::store::{FeedState, Scope, StoredFeed};

use crate::peer::Reply;
use crate::polling::{Post, World, feed, rss, rss_with, sent};

const MINUTE: SignedDuration = SignedDuration::from_mins(1);
const HOUR: SignedDuration = SignedDuration::from_hours(1);
const DAY: SignedDuration = SignedDuration::from_hours(24);

fn two() -> Vec<Post> {
    vec![Post::new("two", 1), Post::new("one", 2)]
}

/// Ana follows Ben, whose feed says this.
async fn ben(reply: Reply) -> (World, String) {
    let world = World::new().await;
    world.put("ben", "/feed", reply);
    let url = world.at("ben", "/feed");
    world.follow(&[&url]).await;
    (world, url)
}

/// The conditions of the last question.
fn conditions(world: &World, path: &str) -> (Option<String>, Option<String>) {
    let asked = world.asked("ben", path).pop().expect("it was asked");
    let header = |name| asked.header(name).map(str::to_owned);
    (header("if-none-match"), header("if-modified-since"))
}

const NONE: (Option<String>, Option<String>) = (None, None);

#[tokio::test]
async fn fd_h_01_validators_are_sent_back_as_they_came() {
    for (etag, modified) in [
        ("W/\"5f:a b\\\"", "Fri, 01 May 2026 10:00:00 GMT"),
        ("abc--gzip", "yesterday, or so"),
        ("\"\"", "0"),
    ] {
        let reply = feed(&two()).header("ETag", etag).header("Last-Modified", modified);
        let (world, url) = ben(reply).await;
        assert_eq!(world.poll().await, 2);
        assert_eq!(conditions(&world, "/feed"), NONE);
        world.put("ben", "/feed", Reply::status(304));
        for _ in 0..2 {
            assert_eq!(world.poll_when_due(&url).await, 0);
            let sent = (Some(etag.to_owned()), Some(modified.to_owned()));
            assert_eq!(conditions(&world, "/feed"), sent);
        }
        let feed = world.feed(&url).await;
        assert_eq!((feed.state, feed.succeeded), (FeedState::Well, Some(world.now())));
        assert_eq!(world.titles().await, ["two", "one"]);
    }
}

#[tokio::test]
async fn fd_h_01_validators_are_dropped_after_an_error() {
    let good = || feed(&two()).header("ETag", "\"a\"").header("Last-Modified", "then");
    for bad in [sent("no feed"), sent(""), Reply::status(500), Reply::status(404)] {
        let (world, url) = ben(good()).await;
        world.poll().await;
        world.put("ben", "/feed", bad);
        world.poll_when_due(&url).await;
        assert!(conditions(&world, "/feed").0.is_some());
        assert_eq!(world.feed(&url).await.state, FeedState::Failing);
        world.put("ben", "/feed", good());
        assert_eq!(world.poll_when_due(&url).await, 0);
        assert_eq!(conditions(&world, "/feed"), NONE);
        let feed = world.feed(&url).await;
        assert_eq!((feed.state, feed.failures, feed.cause), (FeedState::Well, 0, None));
        assert_eq!(world.titles().await, ["two", "one"]);
    }
}

#[tokio::test]
async fn fd_h_01_validators_do_not_move_with_a_feed() {
    let (world, url) = ben(feed(&two()).header("ETag", "\"a\"")).await;
    world.poll().await;
    world.put("ben", "/feed", Reply::redirect(301, "/new"));
    world.answer("ben", "/new", |asked| match asked.header("if-none-match") {
        Some(_) => Reply::status(304),
        None => feed(&two()).header("ETag", "\"b\""),
    });
    world.poll_when_due(&url).await;
    world.later(DAY * 7);
    world.poll().await;
    assert_eq!(world.feed(&url).await.location, world.at("ben", "/new"));
    // The one at the old address is not known at the new one; the one of the new one then is.
    world.poll_when_due(&url).await;
    assert_eq!(conditions(&world, "/new"), NONE);
    world.poll_when_due(&url).await;
    assert_eq!(conditions(&world, "/new").0.as_deref(), Some("\"b\""));
}

#[tokio::test]
async fn fd_h_01_nothing_has_changed_is_no_answer_to_who_has_nothing() {
    let (world, url) = ben(Reply::status(304)).await;
    world.poll().await;
    let feed_of = world.feed(&url).await;
    assert_eq!((feed_of.state, feed_of.succeeded), (FeedState::Failing, None));
    assert!(feed_of.cause.unwrap().contains("nothing has changed"));
    world.put("ben", "/feed", feed(&two()));
    assert_eq!(world.poll_when_due(&url).await, 2);
}

#[tokio::test]
async fn fd_h_02_the_same_body_changes_nothing_but_its_validators() {
    let (world, url) = ben(feed(&two()).header("ETag", "\"a\"")).await;
    world.poll().await;
    let before = world.feed(&url).await;
    // A server that was begun anew has a new word for the same.
    world.put("ben", "/feed", feed(&two()).header("ETag", "\"b\""));
    assert_eq!(world.poll_when_due(&url).await, 0);
    let after = world.feed(&url).await;
    assert_eq!((after.changed, after.about), (before.changed, before.about));
    assert_eq!(after.validators.body, before.validators.body);
    world.poll_when_due(&url).await;
    assert_eq!(conditions(&world, "/feed").0.as_deref(), Some("\"b\""));
    assert_eq!(world.count("SELECT count(*) FROM revision"), 0);
}

#[tokio::test]
async fn fd_h_03_passing_redirects_leave_the_address_as_it_is() {
    for status in [302, 303, 307] {
        let (world, url) = ben(Reply::redirect(status, "/elsewhere")).await;
        world.put("ben", "/elsewhere", feed(&two()));
        assert_eq!(world.poll().await, 2);
        for _ in 0..3 {
            world.later(DAY * 8);
            world.poll().await;
        }
        let feed = world.feed(&url).await;
        assert_eq!((feed.location, feed.moved), (url, None), "{status}");
        assert_eq!(world.asked("ben", "/feed").len(), 4);
    }
}

#[tokio::test]
async fn fd_h_03_a_feed_that_moves_for_good_is_believed_after_a_week() {
    for status in [301, 308] {
        let (world, url) = ben(feed(&two())).await;
        world.poll().await;
        world.put("ben", "/feed", Reply::redirect(status, "/step"));
        let new = world.at("cleo", "/new");
        world.put("ben", "/step", Reply::redirect(308, &new));
        world.put("cleo", "/new", feed(&two()));
        world.poll_when_due(&url).await;
        let first = world.now();
        assert_eq!(world.feed(&url).await.moved, Some((new.clone(), first)));
        world.set(first + DAY * 7 - MINUTE);
        world.poll().await;
        assert_eq!(world.feed(&url).await.location, url, "not yet");
        world.set(first + DAY * 9);
        world.poll().await;
        let feed = world.feed(&url).await;
        let port = world.peer.port();
        assert_eq!((&*feed.location, feed.moved), (&*new, None));
        assert_eq!(feed.host, format!("cleo.localhost:{port}"));
        let before = world.asked("ben", "/feed").len();
        world.poll_when_due(&url).await;
        assert_eq!(world.asked("ben", "/feed").len(), before, "nobody asks there any more");
        assert_eq!(world.titles().await, ["two", "one"]);
    }
}

#[tokio::test]
async fn fd_h_03_at_first_a_move_is_believed_at_once_but_not_through_a_passing_one() {
    let (world, url) = ben(Reply::redirect(301, "/new")).await;
    world.put("ben", "/new", feed(&two()));
    world.poll().await;
    assert_eq!(world.feed(&url).await.location, world.at("ben", "/new"));

    let (world, url) = ben(Reply::redirect(301, "/today")).await;
    world.put("ben", "/today", Reply::redirect(302, "/new"));
    world.put("ben", "/new", feed(&two()));
    world.poll().await;
    assert_eq!(world.feed(&url).await.location, url);
}

#[tokio::test]
async fn fd_h_03_whoever_changes_their_mind_within_the_week_has_not_moved() {
    let (world, url) = ben(feed(&two())).await;
    world.poll().await;
    let moved = || Reply::redirect(301, "/new");
    world.put("ben", "/new", feed(&two()));
    world.put("ben", "/other", feed(&two()));
    world.put("ben", "/feed", moved());
    world.poll_when_due(&url).await;
    // Back again, and away again: the week begins anew.
    world.put("ben", "/feed", feed(&two()));
    world.later(DAY * 6);
    world.poll().await;
    assert_eq!(world.feed(&url).await.moved, None);
    world.put("ben", "/feed", moved());
    world.later(DAY * 6);
    world.poll().await;
    // To somewhere else: again.
    world.put("ben", "/feed", Reply::redirect(301, "/other"));
    world.later(DAY * 6);
    world.poll().await;
    world.later(DAY * 6);
    world.poll().await;
    assert_eq!(world.feed(&url).await.location, url);
    // To what is no feed: that is no valid answer, and nobody is led there.
    world.put("ben", "/other", Reply::html("<title>For sale</title>"));
    world.later(DAY * 6);
    world.poll().await;
    let feed = world.feed(&url).await;
    assert_eq!((feed.location, feed.state), (url, FeedState::Failing));
}

#[tokio::test]
async fn fd_h_03_circles_and_long_ways_come_to_no_end() {
    let (world, url) = ben(Reply::redirect(301, "/feed")).await;
    world.poll().await;
    assert_eq!(world.asked("ben", "/feed").len(), 11);
    let feed_of = world.feed(&url).await;
    assert!(feed_of.cause.unwrap().contains("redirects"));
    assert_eq!((feed_of.location, feed_of.state), (url, FeedState::Failing));

    let (world, url) = ben(Reply::redirect(302, "/r/9")).await;
    for left in 1..=10 {
        let to = if left == 1 { "/end".to_owned() } else { format!("/r/{}", left - 1) };
        world.put("ben", &format!("/r/{left}"), Reply::redirect(302, &to));
    }
    world.put("ben", "/end", feed(&two()));
    assert_eq!(world.poll().await, 2, "ten are followed");
    world.put("ben", "/feed", Reply::redirect(302, "/r/10"));
    world.poll_when_due(&url).await;
    assert_eq!(world.feed(&url).await.state, FeedState::Failing, "eleven are not");
    assert_eq!(world.titles().await.len(), 2);
}

#[tokio::test]
async fn fd_h_04_two_that_end_at_one_address_are_one() {
    let world = World::new().await;
    let target = world.at("cleo", "/feed");
    world.put("ben", "/a", Reply::redirect(301, &target));
    world.put("dan", "/b", Reply::redirect(308, &target));
    world.put("cleo", "/feed", feed(&two()));
    let (a, b) = (world.at("ben", "/a"), world.at("dan", "/b"));
    world.follow(&[&a, &b]).await;
    world.poll().await;
    assert_eq!(world.titles().await, ["two", "one"]);
    let (one, other) = (world.feed(&a).await, world.feed(&b).await);
    assert_eq!((one.id, one.due.is_some()), (other.id, true));
    assert_eq!(world.store.subscriptions(world.reader).await.unwrap().len(), 1);
    // It goes on, once.
    let before = world.asked("cleo", "/feed").len();
    world.put("cleo", "/feed", feed(&[&[Post::new("three", 0)][..], &two()].concat()));
    assert_eq!(world.poll_when_due(&a).await, 1);
    assert_eq!(world.asked("cleo", "/feed").len(), before + 1);
    assert_eq!(world.titles().await, ["three", "two", "one"]);
    // Who follows it by its own address, too, follows the same.
    world.follow(&[&a, &b, &target]).await;
    world.poll().await;
    assert_eq!(world.feed(&target).await.id, one.id);
    assert_eq!(world.titles().await, ["three", "two", "one"]);
    // The file still says both; both stay.
    world.follow(&[&b]).await;
    assert_eq!(world.store.subscriptions(world.reader).await.unwrap().len(), 1);
    assert!(world.feed(&b).await.due.is_some());
}

#[tokio::test]
async fn fd_h_04_what_is_asked_at_the_same_time_is_not_lost_between_both() {
    let world = World::new().await;
    let target = world.at("cleo", "/feed");
    world.put("ben", "/a", Reply::redirect(301, &target));
    world.put("dan", "/b", Reply::redirect(301, &target));
    world.put("cleo", "/feed", feed(&two()));
    let (a, b) = (world.at("ben", "/a"), world.at("dan", "/b"));
    world.follow(&[&a, &b]).await;
    let poller = world.poller();
    let hosts = world.store.take_hosts(crate::polling::OWNER, world.now(), 9).await.unwrap();
    let [one, other] = hosts.as_slice() else { panic!("{hosts:?}") };
    tokio::join!(world.visit(&poller, one), world.visit(&poller, other));
    assert_eq!(world.feed(&a).await.id, world.feed(&b).await.id);
    assert!(world.feed(&a).await.due.is_some(), "it is asked again");
    assert_eq!(world.titles().await, ["two", "one"]);
}

#[tokio::test]
async fn fd_h_05_what_is_gone_is_asked_no_more_and_stays_to_be_read() {
    let (world, url) = ben(feed(&two())).await;
    world.poll().await;
    world.put("ben", "/feed", Reply::status(410));
    world.poll_when_due(&url).await;
    let feed_of = world.feed(&url).await;
    assert_eq!((feed_of.state, feed_of.due), (FeedState::Gone, None));
    assert!(feed_of.cause.unwrap().contains("410"));
    let before = world.peer.asked().len();
    world.later(DAY * 400);
    world.poll().await;
    assert_eq!(world.peer.asked().len(), before);
    assert_eq!(world.titles().await, ["two", "one"]);
    // But by hand.
    let id = world.feed(&url).await.id;
    assert!(world.store.ask_feed(id, world.now(), std::time::Duration::ZERO).await.unwrap());
    world.put("ben", "/feed", feed(&two()));
    world.poll().await;
    assert_eq!(world.feed(&url).await.state, FeedState::Well);
}

#[tokio::test]
async fn fd_h_05_what_is_not_there_is_asked_daily_after_ten_times_and_a_week() {
    let (world, url) = ben(feed(&two())).await;
    world.poll().await;
    world.put("ben", "/feed", Reply::status(404));
    world.poll_when_due(&url).await;
    let since = world.now();
    let (mut failures, mut last) = (1, 0);
    while world.now() < since + DAY * 30 {
        let minutes = world.due_in(&url).await;
        let is_dead = failures >= 10 && world.now().duration_since(since) >= DAY * 7;
        let (least, most) = if is_dead { (21 * 60, 24 * 60) } else { (last.min(5 * 60), 6 * 60) };
        assert!((least..=most).contains(&minutes), "failure {failures}: {minutes} minutes");
        last = minutes;
        world.poll_when_due(&url).await;
        failures += 1;
    }
    let feed_of = world.feed(&url).await;
    assert_eq!((feed_of.failures, feed_of.failing_since), (failures, Some(since)));
    world.put("ben", "/feed", feed(&two()));
    world.poll_when_due(&url).await;
    assert_eq!(world.feed(&url).await.failing_since, None);
    assert_eq!(world.titles().await.len(), 2);
}

#[tokio::test]
async fn fd_h_05_who_lets_not_everybody_in_is_asked_less_and_less() {
    for status in [401, 403, 451, 500, 502, 418] {
        let (world, url) = ben(feed(&two())).await;
        world.poll().await;
        world.put("ben", "/feed", Reply::status(status));
        let mut waits = Vec::new();
        for _ in 0..12 {
            world.poll_when_due(&url).await;
            waits.push(world.due_in(&url).await);
        }
        assert!(waits.is_sorted(), "{status}: {waits:?}");
        assert!(waits[0] < 60 && (21 * 60..=24 * 60).contains(&waits[11]), "{status}: {waits:?}");
        let feed_of = world.feed(&url).await;
        assert_eq!(feed_of.state, FeedState::Failing);
        assert!(feed_of.cause.unwrap().contains(&status.to_string()), "{status}");
        assert_eq!(world.titles().await.len(), 2);
    }
}

#[tokio::test]
async fn fd_h_06_a_host_is_left_alone_as_long_as_it_asks_for() {
    let date = "Wed, 21 Oct 2015 07:28:00 GMT";
    for (status, after, minutes) in [
        (429, "7200", 120),
        (503, "5", 1),
        (429, "99999999", 7 * 24 * 60),
        (503, "Wed, 21 Oct 2015 10:28:00 GMT", 180),
        (429, "Wed, 21 Oct 2015 01:00:00 GMT", 1),
    ] {
        let world = World::new().await;
        let all: Vec<String> = (0..3).map(|n| world.at("ben", &format!("/{n}"))).collect();
        let other = world.at("cleo", "/feed");
        world.put("cleo", "/feed", feed(&two()));
        let busy = Reply::status(status).header("Retry-After", after).header("Date", date);
        for n in 0..3 {
            world.put("ben", &format!("/{n}"), busy.clone());
        }
        world.follow(&[&all[0], &all[1], &all[2], &other]).await;
        assert_eq!(world.poll().await, 2, "its neighbour is somebody else");
        assert_eq!(world.peer.asked().len(), 2, "{after}: one question is enough");
        let until = world.now() + MINUTE * minutes;
        assert_eq!(world.feed(&all[0]).await.due, Some(until), "{after}");
        // Another process knows of it, too.
        world.set(until - SignedDuration::from_secs(1));
        let before = world.asked("ben", "/1").len();
        world.poll().await;
        assert_eq!(world.asked("ben", "/1").len(), before, "{after}");
        for n in 0..3 {
            world.put("ben", &format!("/{n}"), feed(&[]));
        }
        world.set(until);
        world.poll().await;
        for url in &all {
            let feed_of = world.feed(url).await;
            assert_eq!((feed_of.state, feed_of.failures), (FeedState::Well, 0), "{after}");
        }
    }
}

#[tokio::test]
async fn fd_h_06_who_does_not_say_for_how_long_is_left_alone_twice_as_long() {
    for after in [None, Some("soon")] {
        let busy = Reply::status(429);
        let busy = after.map_or(busy.clone(), |after| busy.header("Retry-After", after));
        let (world, url) = ben(busy).await;
        world.poll().await;
        assert_eq!(world.due_in(&url).await, 120);
        let feed_of = world.feed(&url).await;
        assert_eq!((feed_of.state, feed_of.failures), (FeedState::New, 0));
        assert!(feed_of.cause.unwrap().contains("too much to do"));
    }
}

#[tokio::test]
async fn fd_h_06_the_host_that_was_asked_last_is_the_one_that_is_busy() {
    let world = World::new().await;
    world.put("ben", "/feed", Reply::redirect(302, &world.at("pipes", "/ben")));
    world.put("ben", "/own", feed(&[Post::new("own", 1)]));
    world.put("pipes", "/ben", Reply::status(429).header("Retry-After", "3600"));
    world.put("pipes", "/cleo", feed(&[Post::new("cleo", 1)]));
    let (led, own) = (world.at("ben", "/feed"), world.at("ben", "/own"));
    world.follow(&[&led, &own]).await;
    assert_eq!(world.poll().await, 1, "Ben has time");
    assert_eq!(world.due_in(&led).await, 60);
    let cleo = world.at("pipes", "/cleo");
    world.follow(&[&led, &own, &cleo]).await;
    assert_eq!(world.poll().await, 0, "the other has none, for nobody");
    assert!(world.asked("pipes", "/cleo").is_empty());
    world.put("pipes", "/ben", feed(&[]));
    world.later(HOUR);
    world.poll().await;
    assert_eq!(world.titles().await.len(), 2);
}

#[tokio::test]
async fn fd_h_07_intervals_follow_posts_and_wishes() {
    let hourly: Vec<Post> = (0..20).map(|n| Post::new(&format!("p{n}"), 0)).collect();
    let daily: Vec<Post> = (0..20).map(|n| Post::new(&format!("p{n}"), n)).collect();
    let asleep: Vec<Post> = (0..20).map(|n| Post::new(&format!("p{n}"), 500 + n)).collect();
    let ttl = |minutes| rss_with(&format!("<ttl>{minutes}</ttl>"), &hourly);
    let expires = || {
        sent(rss(&hourly[..1]))
            .header("Date", "Wed, 21 Oct 2015 07:28:00 GMT")
            .header("Expires", "Wed, 21 Oct 2015 12:28:00 GMT")
    };
    // With the chance of the tests it is a tenth sooner, but never within a quarter of an hour.
    for (what, reply, minutes) in [
        ("nothing is known", feed(&[]), 54..=54),
        ("posts at once", feed(&hourly), 54..=54),
        ("a post a day", feed(&daily), 300..=360),
        ("silence", feed(&asleep), 1296..=1296),
        ("kept for long", feed(&hourly).header("Cache-Control", "max-age=10800"), 162..=162),
        ("kept shortly", feed(&hourly).header("Cache-Control", "max-age=1"), 54..=54),
        ("kept for ever", feed(&[]).header("Cache-Control", "max-age=31536000"), 1296..=1296),
        ("a date", expires(), 270..=270),
        ("ttl", sent(ttl(240)), 216..=216),
        ("ttl without end", sent(ttl(99_999_999)), 1296..=1296),
    ] {
        let (world, url) = ben(reply).await;
        world.poll().await;
        let found = world.due_in(&url).await;
        assert!(minutes.contains(&found), "{what}: {found}");
    }
    let hours: String = (13..20).map(|hour| format!("<hour>{hour}</hour>")).collect();
    let (world, url) = ben(sent(rss_with(&format!("<skipHours>{hours}</skipHours>"), &[]))).await;
    world.later(MINUTE * 30);
    world.poll().await;
    let due = world.feed(&url).await.due.unwrap();
    assert!(due >= "2026-05-01T20:00:00Z".parse().unwrap(), "{due}");
}

#[tokio::test]
async fn fd_h_07_who_says_that_nothing_is_ever_fresh_is_not_asked_for_changes() {
    let reply = feed(&two()).header("ETag", "\"a\"").header("Expires", "0");
    let (world, url) = ben(reply.header("Last-Modified", "then")).await;
    world.poll().await;
    world.poll_when_due(&url).await;
    assert_eq!(conditions(&world, "/feed"), NONE);
}

#[tokio::test]
async fn fd_h_07_silence_makes_it_seldomer_news_more_often() {
    let (world, url) = ben(feed(&two())).await;
    world.poll().await;
    let first = world.feed(&url).await.minutes;
    for _ in 0..4 {
        world.later(DAY * 30);
        world.poll().await;
    }
    let silent = world.feed(&url).await.minutes;
    assert!(silent > first && silent <= 24 * 60, "{first} {silent}");
    let posts: Vec<Post> = (0..20).map(|n| Post::new(&format!("n{n}"), -119)).collect();
    world.put("ben", "/feed", feed(&posts));
    assert_eq!(world.poll_when_due(&url).await, 20);
    assert!(world.feed(&url).await.minutes < silent);
}

#[tokio::test]
async fn fd_h_08_the_server_hears_who_asks_and_for_how_many() {
    let (world, url) = ben(feed(&two())).await;
    world.poll().await;
    let (dan, _, _) = world.store.reader("https://dan.example").await.unwrap();
    world.follow_as(dan, &[&url]).await;
    world.poll_when_due(&url).await;
    let asked = world.asked("ben", "/feed");
    let agent = |n: usize| asked[n].header("user-agent").unwrap().to_owned();
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(agent(0), format!("Lanai/{version} (feed reader; +https://ana.example/)"));
    let many = format!("Lanai/{version} (feed reader; 2 subscribers; +https://ana.example/)");
    assert_eq!(agent(1), many);
    let accept = asked[0].header("accept").unwrap();
    assert!(accept.starts_with("application/atom+xml, application/rss+xml, application/feed+json"));
    assert!(accept.ends_with("*/*;q=0.1"), "{accept}");
}

#[tokio::test]
async fn fd_h_09_feeds_are_unpacked_whatever_is_said_of_them() {
    let text = rss(&two()).into_bytes();
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    gzip.write_all(&text).unwrap();
    let gzip = gzip.finish().unwrap();
    let mut twice = GzEncoder::new(Vec::new(), Compression::default());
    twice.write_all(&gzip).unwrap();
    let mut raw = DeflateEncoder::new(Vec::new(), Compression::default());
    raw.write_all(&text).unwrap();
    let mut zlib = ZlibEncoder::new(Vec::new(), Compression::default());
    zlib.write_all(&text).unwrap();
    for (said, body) in [
        ("gzip", gzip.clone()),
        ("deflate", raw.finish().unwrap()),
        ("deflate", zlib.finish().unwrap()),
        ("gzip", twice.finish().unwrap()),
        ("br", text.clone()),
        ("gzip", text.clone()),
        ("identity", gzip.clone()),
        ("utf-8", gzip),
    ] {
        let (world, url) = ben(sent(body).header("Content-Encoding", said)).await;
        assert_eq!(world.poll().await, 2, "{said}: {:?}", world.feed(&url).await.cause);
    }
}

#[tokio::test]
async fn fd_h_09_a_little_that_becomes_a_lot_is_refused() {
    let mut bomb = GzEncoder::new(Vec::new(), Compression::best());
    bomb.write_all(b"<rss><channel><title>").unwrap();
    bomb.write_all(&vec![b' '; 64 << 20]).unwrap();
    let (world, url) = ben(feed(&two())).await;
    world.poll().await;
    let bomb = sent(bomb.finish().unwrap()).header("Content-Encoding", "gzip");
    world.put("ben", "/feed", bomb);
    assert_eq!(world.poll_when_due(&url).await, 0);
    let feed = world.feed(&url).await;
    assert_eq!(feed.state, FeedState::Failing);
    assert!(feed.cause.unwrap().contains("10 MiB"));
    assert_eq!(world.titles().await.len(), 2);
}

#[tokio::test]
async fn fd_h_10_what_is_too_long_or_breaks_off_changes_nothing() {
    let broken = rss(&[Post::new("three", 0)]).into_bytes();
    let mut long = rss(&two()).into_bytes();
    long.resize(11 << 20, b' ');
    let headers =
        (0..90).fold(feed(&two()), |reply, n| reply.header(&format!("X-{n}"), &"x".repeat(1_000)));
    let cut = Reply { is_cut: true, ..sent(broken) };
    for (bad, words) in [(sent(long), "10 MiB"), (cut, "broke off"), (headers, "64 KiB")] {
        let (world, url) = ben(feed(&two())).await;
        world.poll().await;
        world.put("ben", "/feed", bad);
        assert_eq!(world.poll_when_due(&url).await, 0);
        let feed = world.feed(&url).await;
        let cause = feed.cause.unwrap();
        assert!(cause.contains(words), "{cause}");
        assert_eq!((feed.state, world.titles().await.len()), (FeedState::Failing, 2));
    }
}

#[tokio::test]
async fn fd_h_10_a_host_gets_one_question_at_a_time() {
    let world = World::new().await;
    let (here, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let all: Vec<String> = (0..20).map(|n| world.at("ben", &format!("/{n}"))).collect();
    for n in 0..20 {
        let (here, most) = (Arc::clone(&here), Arc::clone(&most));
        world.answer("ben", &format!("/{n}"), move |_| {
            most.fetch_max(here.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            here.fetch_sub(1, Ordering::SeqCst);
            feed(&[])
        });
    }
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    world.follow(&all).await;
    let poller = world.poller();
    tokio::join!(world.poll_with(&poller), world.poll_with(&poller), world.poll_with(&poller));
    assert_eq!((most.load(Ordering::SeqCst), world.peer.asked().len()), (1, 20));
}

#[tokio::test]
async fn fd_h_11_nobody_is_led_inside() {
    let world = World::new().await;
    let port = world.peer.port();
    world.put("secret", "/feed", feed(&two()));
    world.put("ben", "/feed", Reply::redirect(302, "/step"));
    world.put("ben", "/step", Reply::redirect(301, &world.at("secret", "/feed")));
    world.put(
        "ben",
        "/page",
        Reply::html(&format!(
            "<link rel=alternate type=application/rss+xml href='{}'>",
            world.at("secret", "/feed")
        )),
    );
    let urls = [
        world.at("ben", "/feed"),
        world.at("ben", "/page"),
        world.at("secret", "/feed"),
        format!("http://127.0.0.1:{port}/feed"),
        format!("http://[::ffff:127.0.0.1]:{port}/feed"),
        format!("http://0x7f.1:{port}/feed"),
        "http://169.254.169.254/latest/meta-data/".to_owned(),
    ];
    let all: Vec<&str> = urls.iter().map(String::as_str).collect();
    world.follow(&all).await;
    // This one host is allowed, and it alone.
    let poller = world.poller_with(&[&format!("ben.localhost:{port}")]);
    assert_eq!(world.poll_with(&poller).await, 0);
    assert!(world.asked("secret", "/feed").is_empty());
    for url in &urls {
        let feed = world.feed(url).await;
        let cause = feed.cause.clone().unwrap_or_default();
        assert!(cause.contains("not an address of the public Internet"), "{url}: {feed:?}");
    }
}

#[tokio::test]
async fn fd_h_12_what_is_no_feed_leaves_what_was_there() {
    let login = "<!doctype html><title>Log in</title><form action=/in><input type=password></form>";
    let challenge = "<!doctype html><title>Just a moment...</title>\
        <div id=challenge-form>Checking your browser before accessing</div>";
    let portal = "<!doctype html><title>Welcome to Airport Wi-Fi</title><a href=/ok>Accept</a>\
        <link rel=alternate type=application/rss+xml href=/airport>";
    for body in ["", " \n ", login, challenge, portal, "{\"error\": 1}", "<?xml version='1.0'?>"] {
        let (world, url) = ben(feed(&two())).await;
        world.put("ben", "/airport", feed(&[Post::new("plane", 0)]));
        world.poll().await;
        world.put("ben", "/feed", Reply::html(body));
        assert_eq!(world.poll_when_due(&url).await, 0);
        let feed_of = world.feed(&url).await;
        assert_eq!((feed_of.state, feed_of.location), (FeedState::Failing, url.clone()), "{body}");
        assert!(
            feed_of
                .cause
                .is_some_and(|cause| cause.contains("this is") || cause.contains("nothing")),
            "{body}"
        );
        assert_eq!(world.titles().await, ["two", "one"]);
        world.put("ben", "/feed", feed(&[&[Post::new("three", 0)][..], &two()].concat()));
        assert_eq!(world.poll_when_due(&url).await, 1, "{body}");
    }
}

#[tokio::test]
async fn fd_h_13_a_certificate_that_nobody_trusts_is_named_and_not_gone_around() {
    let world = World::new().await;
    let folder = tempfile::tempdir().unwrap();
    crate::smtp::make_certificates(folder.path());
    let config = crate::smtp::server_config(folder.path());
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let plain = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&plain);
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut first = [0];
            // A handshake begins with 22; a question in the open does not.
            if stream.peek(&mut first).is_ok_and(|read| read == 1 && first[0] != 22) {
                count.fetch_add(1, Ordering::SeqCst);
            }
            let mut session = rustls::ServerConnection::new(Arc::clone(&config)).unwrap();
            let _ = session.complete_io(&mut stream);
        }
    });
    let url = format!("https://localhost:{port}/feed");
    world.follow(&[&url]).await;
    world.poll().await;
    let feed = world.feed(&url).await;
    let cause = feed.cause.unwrap();
    assert!(cause.contains("certificate"), "{cause}");
    assert_eq!((feed.state, feed.location), (FeedState::Failing, url));
    assert_eq!(plain.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn fd_s_01_a_feed_that_is_sorted_anew_brings_nothing() {
    let posts: Vec<Post> = (0..30).map(|n| Post::new(&format!("p{n:02}"), n)).collect();
    let (world, url) = ben(feed(&posts)).await;
    assert_eq!(world.poll().await, 30);
    let before: Vec<_> = world.entries().await;
    let mut other = posts.clone();
    other.reverse();
    world.put("ben", "/feed", feed(&other));
    assert_eq!(world.poll_when_due(&url).await, 0);
    // Other dates change neither the order nor what is new.
    for post in &mut other {
        post.days = 0;
    }
    world.put("ben", "/feed", feed(&other));
    assert_eq!(world.poll_when_due(&url).await, 0);
    let places = |all: &[lanai::store::StoredEntry]| -> Vec<_> {
        all.iter().map(|entry| (entry.place, entry.arrived, entry.is_read)).collect()
    };
    assert_eq!(places(&world.entries().await), places(&before));
    assert_eq!(world.count("SELECT count(*) FROM revision"), 0);
}

#[tokio::test]
async fn fd_s_01_the_future_cannot_pin() {
    let (world, url) = ben(feed(&[Post::new("tomorrow", -200), Post::new("today", 0)])).await;
    world.poll().await;
    world.later(HOUR * 5);
    world.put(
        "ben",
        "/feed",
        sent("<rss><channel><item><title>later</title></item></channel></rss>"),
    );
    world.poll_when_due(&url).await;
    assert_eq!(world.titles().await, ["later", "tomorrow", "today"]);
}

#[tokio::test]
async fn fd_s_02_what_was_edited_stays_read_and_keeps_what_it_said() {
    let (world, url) = ben(feed(&two())).await;
    world.poll().await;
    let item = world.entries().await[0].place.item;
    world.store.mark(world.reader, &[item], true).await.unwrap();
    let mut posts = two();
    posts[0].text = "Better words.".into();
    world.put("ben", "/feed", feed(&posts));
    assert_eq!(world.poll_when_due(&url).await, 0);
    let entry = world.store.entry(world.reader, item).await.unwrap().unwrap();
    assert!(entry.is_read && Entry::read(&entry.body).html.unwrap().contains("Better words"));
    let before = world.store.revisions(item).await.unwrap();
    assert!(before.len() == 1 && before[0].1.contains("What two says"), "{before:?}");
    assert_eq!(world.unread().await, ["one"]);
    // What is gone from the feed stays, and comes back as what it was.
    world.put("ben", "/feed", feed(&posts[1..]));
    assert_eq!(world.poll_when_due(&url).await, 0);
    assert_eq!(world.titles().await, ["two", "one"]);
    world.put("ben", "/feed", feed(&posts));
    assert_eq!(world.poll_when_due(&url).await, 0);
    assert_eq!(world.store.revisions(item).await.unwrap().len(), 1);
}

#[tokio::test]
async fn fd_s_03_a_feed_that_changes_all_its_ids_brings_nothing_new() {
    let posts: Vec<Post> = (0..20).map(|n| Post::new(&format!("p{n:02}"), n)).collect();
    let (world, url) = ben(feed(&posts)).await;
    world.poll().await;
    let items: Vec<_> = world.entries().await.iter().map(|entry| entry.place).collect();
    world.store.mark(world.reader, &[items[0].item], true).await.unwrap();
    // A new program, at a new address, with one new post.
    let mut moved: Vec<Post> = posts.clone();
    for (n, post) in moved.iter_mut().enumerate() {
        post.id = format!("https://new.example/?p={n}");
        if n % 2 == 0 {
            post.link = format!("https://new.example/2026/{n}");
        }
    }
    moved.insert(0, Post::new("fresh", 0));
    world.put("ben", "/feed", feed(&moved));
    assert_eq!(world.poll_when_due(&url).await, 1);
    let after: Vec<_> = world.entries().await.iter().map(|entry| entry.place).collect();
    assert_eq!(after[1..], items);
    assert!(!world.unread().await.contains(&"p00".to_owned()), "what was read stays read");
    // Under the new ids they are what they are.
    moved.remove(0);
    world.put("ben", "/feed", feed(&moved));
    assert_eq!(world.poll_when_due(&url).await, 0);
}

#[tokio::test]
async fn fd_s_03_many_new_posts_are_not_taken_for_old_ones_with_the_same_title() {
    let (world, url) = ben(feed(&[Post::new("Links", 5), Post::new("Boats", 6)])).await;
    world.poll().await;
    let post = |id: &str, title: &str, days| Post { title: title.into(), ..Post::new(id, days) };
    // Nothing of what was there before, one title again: that is another post.
    let news = [
        post("x3", "Links", 0),
        post("x2", "Sails", 1),
        post("x1", "Oars", 2),
        post("x0", "Masts", 3),
    ];
    world.put("ben", "/feed", feed(&news));
    assert_eq!(world.poll_when_due(&url).await, 4);
    assert_eq!(world.titles().await, ["Links", "Sails", "Oars", "Masts", "Links", "Boats"]);
    // A feed that shows only its newest.
    world.put("ben", "/feed", feed(&[post("x4", "Sails", -1)]));
    world.later(DAY * 2);
    assert_eq!(world.poll_when_due(&url).await, 1);
}

#[tokio::test]
async fn fd_s_03_what_a_hub_delivers_is_not_the_whole_feed() {
    let (world, url) = ben(feed(&[Post::new("Links", 5), Post::new("Boats", 6)])).await;
    world.poll().await;
    let feed_of = world.feed(&url).await;
    let news: Vec<Post> = ["Links", "Boats"]
        .iter()
        .map(|title| Post { title: (*title).into(), ..Post::new(&format!("new-{title}"), 0) })
        .collect();
    let poller = world.poller();
    let taken = poller.take_delivery(feed_of, None, rss(&news).into_bytes(), world.now());
    assert_eq!(taken.await.unwrap().unwrap().new, 2);
    assert_eq!(world.titles().await.len(), 4);
    assert_eq!(world.poll_when_due(&url).await, 0);
}

#[tokio::test]
async fn fd_s_04_five_thousand_items_become_two_hundred_with_ten_unread() {
    let posts: Vec<Post> = (0..5_000).map(|n| Post::new(&format!("p{n:04}"), n / 10)).collect();
    let (world, url) = ben(feed(&posts)).await;
    assert_eq!(world.poll().await, 200);
    assert_eq!(world.titles().await.len(), 200);
    assert_eq!(world.unread().await.len(), 10);
    assert_eq!(world.titles().await[0], "p0000");
    assert_eq!(world.count("SELECT count(*) FROM known"), 5_000);
    // All of it is known, whatever of it the feed shows next; what is new is unread.
    let next: Vec<Post> = [&[Post::new("fresh", 0)][..], &posts[100..]].concat();
    world.put("ben", "/feed", feed(&next));
    assert_eq!(world.poll_when_due(&url).await, 1);
    assert_eq!(world.unread().await.len(), 11);
    // Who follows it, too, gets as much.
    let (dan, _, _) = world.store.reader("https://dan.example").await.unwrap();
    world.follow_as(dan, &[&url]).await;
    assert_eq!(world.entries_of(dan, Scope::All).await.len(), 200);
    assert_eq!(world.entries_of(dan, Scope::Unread).await.len(), 10);
}

#[tokio::test]
async fn fd_x_10_items_that_share_their_id_for_a_while_stay_what_they_are() {
    let post = |link: &str, days| Post { link: link.into(), ..Post::new("same", days) };
    let named = |link: &str, days| Post { title: link.into(), ..post(link, days) };
    let (world, url) = ben(feed(&[named("/a", 3)])).await;
    assert_eq!(world.poll().await, 1);
    for (posts, new) in [
        (vec![named("/b", 2), named("/a", 3)], 1),
        (vec![named("/a", 3)], 0),
        (vec![named("/b", 2)], 0),
        (vec![named("/c", 1), named("/b", 2), named("/a", 3)], 1),
        (vec![named("/c", 1)], 0),
        (vec![named("/a", 3), named("/c", 1)], 0),
    ] {
        world.put("ben", "/feed", feed(&posts));
        assert_eq!(world.poll_when_due(&url).await, new, "{posts:?}");
    }
    assert_eq!(world.titles().await, ["/c", "/b", "/a"]);
    assert_eq!(world.count("SELECT count(*) FROM revision"), 0);
}

#[tokio::test]
async fn fd_d_02_a_page_that_is_followed_leads_to_its_feed() {
    let world = World::new().await;
    let page = "<!doctype html><title>Ben</title>\
        <link rel=alternate type='application/rss+xml' href=/feed>";
    world.put("ben", "/", Reply::html(page));
    world.put("ben", "/feed", Reply::status(404));
    let url = world.at("ben", "/");
    world.follow(&[&url]).await;
    world.poll().await;
    let feed_of = world.feed(&url).await;
    assert_eq!((feed_of.state, feed_of.failures), (FeedState::Failing, 1));
    // The page may name another by the next time.
    world.put(
        "ben",
        "/",
        Reply::html(
            &page
                .replace("/feed", "http://cleo.localhost:PORT/ben")
                .replace("PORT", &world.peer.port().to_string()),
        ),
    );
    world.put("cleo", "/ben", feed(&two()));
    assert_eq!(world.poll_when_due(&url).await, 2);
    let feed_of = world.feed(&url).await;
    assert_eq!(feed_of.location, world.at("cleo", "/ben"));
    assert_eq!((feed_of.state, feed_of.failures), (FeedState::Well, 0));
    // From here on the feed is asked, not the page.
    let before = world.asked("ben", "/").len();
    world.poll_when_due(&url).await;
    assert_eq!(world.asked("ben", "/").len(), before);
}

#[tokio::test]
async fn pages_that_lead_to_each_other_are_not_asked_round_and_round() {
    let world = World::new().await;
    let page = |to: &str| {
        Reply::html(&format!(
            "<title>x</title><link rel=alternate type=text/xml href={to}>\
            <link rel=alternate type=application/atom+xml href={to}>"
        ))
    };
    world.put("ben", "/", page("/other"));
    world.put("ben", "/other", page("/"));
    let url = world.at("ben", "/");
    world.follow(&[&url]).await;
    world.poll().await;
    assert_eq!(world.peer.asked().len(), 2);
    let feed_of = world.feed(&url).await;
    assert_eq!((feed_of.state, feed_of.location), (FeedState::Failing, url.clone()));
    assert!(world.due_in(&url).await >= 15);
}

/// Everything that the database keeps of a feed in words but its addresses.
fn said(feed: &StoredFeed) -> String {
    format!("{:?} {:?} {:?} {:?}", feed.about, feed.cause, feed.validators, feed.host)
}

#[tokio::test]
async fn a_word_in_the_address_is_sent_and_stands_nowhere_else() {
    let world = World::new().await;
    let secret = |url: String| url.replacen("://", "://ana:sesame@", 1);
    let is_let_in = |asked: &crate::peer::Asked| {
        asked.header("authorization") == Some("Basic YW5hOnNlc2FtZQ==")
    };
    world.answer("ben", "/feed", move |asked| match is_let_in(asked) {
        true => sent(rss_with("<link>/home</link>", &[Post::new("one", 1)])),
        false => Reply::status(401),
    });
    world.answer("ben", "/", move |asked| match is_let_in(asked) {
        true => Reply::html("<link rel=alternate type=application/rss+xml href=/other>"),
        false => Reply::status(401),
    });
    world.answer("ben", "/other", move |asked| match is_let_in(asked) {
        true => feed(&[Post::new("two", 1)]),
        false => Reply::status(401),
    });
    world.answer("ben", "/old", |_| Reply::redirect(301, "/feed"));
    world.answer("ben", "/away", |_| Reply::redirect(301, "http://cleo.localhost:1/"));
    let all: Vec<String> =
        ["/feed", "/", "/old", "/away"].map(|path| secret(world.at("ben", path))).into();
    let urls: Vec<&str> = all.iter().map(String::as_str).collect();
    world.follow(&urls).await;
    world.poll().await;
    assert_eq!(world.titles().await.len(), 2);
    assert_eq!(world.feed(&all[1]).await.location, secret(world.at("ben", "/other")));
    assert_eq!(world.feed(&all[2]).await.location, all[0], "the word moves along");
    assert_eq!(world.feed(&all[3]).await.location, all[3], "but not to others");
    // A server that is down, one that repeats what it was sent.
    world.poll_when_due(&all[0]).await;
    world.answer("ben", "/feed", |asked| {
        Reply::html(&format!("<title>{:?} is wrong</title><p>Log in", asked.headers.len()))
    });
    world.poll_when_due(&all[0]).await;
    for url in &all {
        let said = said(&world.feed(url).await);
        assert!(!said.contains("sesame") && !said.contains("ana:"), "{said}");
    }
    let bodies = "SELECT count(*) FROM item WHERE body LIKE '%sesame%'";
    assert_eq!(world.count(bodies), 0);
}
