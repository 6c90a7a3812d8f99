//! Feeds and servers that mean no good, or know no better: what they can make a reader keep, ask and
//! wait for has an end.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use lanai::reader::poll::Poller;
use lanai::reader::schedule::{Chance, LATEST};
use lanai::store::{FeedState, Lease};

use crate::peer::Reply;
use crate::polling::{OWNER, Post, World, feed, rss, sent};

const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// Something that servers wait for.
#[derive(Clone, Default)]
struct Gate(Arc<(Mutex<bool>, Condvar)>);

impl Gate {
    fn open(&self) {
        *self.0.0.lock().unwrap() = true;
        self.0.1.notify_all();
    }

    fn pass(&self) {
        let mut is_open = self.0.0.lock().unwrap();
        while !*is_open {
            is_open = self.0.1.wait(is_open).unwrap();
        }
    }
}

async fn ben(posts: &[Post]) -> (World, String) {
    let world = World::new().await;
    world.put("ben", "/feed", feed(posts));
    let url = world.at("ben", "/feed");
    world.follow(&[&url]).await;
    (world, url)
}

#[tokio::test]
async fn a_feed_that_is_another_each_time_is_not_known_without_end() {
    let round = |n: usize| -> Vec<Post> {
        (0..10_000).map(|m| Post::new(&format!("r{n}-{m}"), (m / 100) as i64)).collect()
    };
    let (world, url) = ben(&round(0)).await;
    assert_eq!(world.poll().await, 200);
    let known = "SELECT count(*) FROM known";
    let past = "SELECT count(*) FROM known WHERE item IS NULL";
    for n in 1..=4 {
        world.put("ben", "/feed", feed(&round(n)));
        assert_eq!(world.poll_when_due(&url).await, 1_000, "of one question, so many are kept");
        assert!(world.count(known) <= 30_000);
    }
    assert_eq!(world.count(known), 30_000);
    assert!(world.count(past) >= 9_000);
    // What is in the feed is known, all of it; so is what was there a moment ago.
    let mut again = round(4);
    again.reverse();
    world.put("ben", "/feed", feed(&again));
    assert_eq!(world.poll_when_due(&url).await, 0);
    world.put("ben", "/feed", feed(&round(3)[..2_000]));
    assert_eq!(world.poll_when_due(&url).await, 0);
    // What is kept has an end, too; what the owner keeps has none.
    let oldest = world.count("SELECT min(id) FROM item");
    let oldest = lanai::store::ItemId::from_number(oldest);
    world.store.keep_entry(world.reader, oldest, true).await.unwrap();
    let before = world.count("SELECT count(*) FROM item");
    assert_eq!(world.store.purge_overfull(1_000).await.unwrap() as i64, before - 1_000);
    assert_eq!(world.store.purge_overfull(1_000).await.unwrap(), 0);
    assert!(world.store.entry(world.reader, oldest).await.unwrap().is_some());
    assert_eq!(world.poll_when_due(&url).await, 0, "it stays known");
}

#[tokio::test]
async fn ids_and_titles_of_any_length_are_kept_short() {
    let long = |c: char| c.to_string().repeat(1 << 20);
    let post = |n: usize| {
        let mut post = Post::new(&format!("{n}{}", long('i')), n as i64);
        post.title = format!("{n}{}", long('t'));
        post.link = format!("/{n}{}", long('l'));
        post.text = "Short.".into();
        post
    };
    let (world, url) = ben(&[post(0), post(1)]).await;
    assert_eq!(world.poll().await, 2);
    let titles = world.titles().await;
    assert!(titles.iter().all(|title| title.len() <= 2_000), "{}", titles[0].len());
    world.put("ben", "/feed", feed(&[post(2), post(1), post(0)]));
    let new = world.poll_when_due(&url).await;
    assert_eq!((new, world.feed(&url).await.cause), (1, None));
    assert_eq!(world.count("SELECT count(*) FROM known"), 3);
}

#[tokio::test]
async fn a_feed_between_two_schemes_of_ids_brings_nothing_again() {
    let posts: Vec<Post> = (0..20).map(|n| Post::new(&format!("p{n:02}"), n)).collect();
    let named = |scheme: &str| -> Vec<Post> {
        let rename = |post: &Post| Post { id: format!("{scheme}:{}", post.id), ..post.clone() };
        posts.iter().map(rename).collect()
    };
    let (world, url) = ben(&named("tag")).await;
    assert_eq!(world.poll().await, 20);
    let places: Vec<_> = world.entries().await.iter().map(|entry| entry.place).collect();
    for scheme in ["urn", "tag", "urn", "https", "tag"] {
        world.put("ben", "/feed", feed(&named(scheme)));
        assert_eq!(world.poll_when_due(&url).await, 0, "{scheme}");
    }
    let after: Vec<_> = world.entries().await.iter().map(|entry| entry.place).collect();
    assert_eq!((after, world.count("SELECT count(*) FROM known")), (places, 20));
    assert_eq!(world.count("SELECT count(*) FROM revision"), 0);
}

#[tokio::test]
async fn a_clock_that_was_wrong_puts_nothing_off_for_years() {
    let (world, url) = ben(&[Post::new("one", 1)]).await;
    let other = world.at("cleo", "/feed");
    world.put("cleo", "/feed", Reply::status(429).header("Retry-After", "9999"));
    world.follow(&[&url, &other]).await;
    let right = world.now();
    world.set("2038-01-01T00:00:00Z".parse().unwrap());
    world.poll().await;
    world.put("ben", "/feed", Reply::redirect(301, "/new"));
    world.put("ben", "/new", feed(&[Post::new("one", 1)]));
    world.poll_when_due(&url).await;
    // Somebody was ended while they had a host.
    world.later(HOUR * 48);
    let taken = world.store.take_hosts(OWNER, world.now(), 9).await.unwrap();
    assert_eq!(taken.len(), 2);
    world.set(right);
    world.poll().await;
    let asked = world.peer.asked().len();
    let (latest, lease) = (right + LATEST, right + HOUR);
    world.store.correct_times(right, latest, lease).await.unwrap();
    world.put("cleo", "/feed", feed(&[Post::new("two", 1)]));
    assert_eq!(world.poll().await, 1);
    assert_eq!(world.peer.asked().len(), asked + 3);
    let feed_of = world.feed(&url).await;
    let due = feed_of.due.unwrap().duration_since(right);
    assert!(due > HOUR / 4 && due <= HOUR * 25, "{due}");
    assert!(feed_of.minutes <= 24 * 60);
    // The week of a move begins with the right clock.
    assert_eq!(feed_of.moved.as_ref().map(|(_, since)| *since), Some(right));
    for _ in 0..2 {
        world.later(HOUR * 24 * 5);
        world.poll().await;
    }
    assert_eq!(world.feed(&url).await.location, world.at("ben", "/new"));
    // What is right stays as it is.
    let before = world.feed(&url).await;
    let now = world.now();
    world.store.correct_times(now, now + LATEST, now + HOUR).await.unwrap();
    assert_eq!(world.feed(&url).await, before);
    // By hand at once, though it was asked "later" than now.
    let minute = Duration::from_secs(60);
    assert!(world.store.ask_feed(before.id, right, minute).await.unwrap());
}

#[tokio::test]
async fn a_host_with_many_feeds_lets_others_go_first() {
    let world = World::new().await;
    let mut all: Vec<String> = (0..500).map(|n| world.at("ben", &format!("/{n}"))).collect();
    for n in 0..500 {
        world.put("ben", &format!("/{n}"), sent("<rss version='2.0'><channel/></rss>"));
    }
    all.push(world.at("cleo", "/feed"));
    world.put("cleo", "/feed", feed(&[]));
    let urls: Vec<&str> = all.iter().map(String::as_str).collect();
    world.follow(&urls[..500]).await;
    world.later(HOUR);
    world.follow(&urls).await;
    // One pair of hands: Ben has waited for longer.
    let poller = world.poller();
    let mut order = Vec::new();
    loop {
        world.later(SignedDuration::from_secs(1));
        let Some(host) = world.store.take_hosts(OWNER, world.now(), 1).await.unwrap().pop() else {
            break;
        };
        world.visit(&poller, &host).await;
        order.push(host.starts_with("cleo"));
        assert!(order.len() < 20);
    }
    assert_eq!(order.len(), 11);
    assert_eq!(order.iter().position(|is_cleo| *is_cleo), Some(1), "{order:?}");
    assert_eq!(world.peer.asked().len(), 501);
}

#[tokio::test]
async fn fd_h_10_a_slow_host_keeps_nobody_else_waiting() {
    let world = World::new().await;
    let gate = Gate::default();
    let slow = gate.clone();
    world.answer("ben", "/feed", move |_| {
        // It answers once everybody else was asked.
        slow.pass();
        feed(&[Post::new("slow", 1)])
    });
    let mut all = vec![world.at("ben", "/feed")];
    let left = Arc::new(AtomicUsize::new(70));
    for n in 0..70 {
        let (gate, left) = (gate.clone(), Arc::clone(&left));
        world.answer(&format!("h{n}"), "/feed", move |_| {
            if left.fetch_sub(1, Ordering::SeqCst) == 1 {
                gate.open();
            }
            feed(&[])
        });
        all.push(world.at(&format!("h{n}"), "/feed"));
    }
    let urls: Vec<&str> = all.iter().map(String::as_str).collect();
    world.follow(&urls).await;
    let poller = world.poller();
    let slow = world.feed(urls[0]).await.host;
    let hosts = world.store.take_hosts(OWNER, world.now(), 100).await.unwrap();
    assert_eq!(hosts.len(), 71);
    let others = async {
        for host in hosts.iter().filter(|host| **host != slow) {
            world.visit(&poller, host).await;
        }
    };
    let (new, ()) = tokio::join!(world.visit(&poller, &slow), others);
    assert_eq!(new, 1);
}

#[tokio::test]
async fn whoever_loses_a_host_in_the_middle_brings_nothing_in_twice() {
    let world = World::new().await;
    let gate = Gate::default();
    let (slow, count) = (gate.clone(), AtomicUsize::new(0));
    let posts: Vec<Post> = (0..30).map(|n| Post::new(&format!("p{n:02}"), n)).collect();
    let body = rss(&posts);
    world.answer("ben", "/0", move |_| {
        if count.fetch_add(1, Ordering::SeqCst) == 0 {
            slow.pass();
        }
        sent(body.clone())
    });
    for n in 1..4 {
        world.put("ben", &format!("/{n}"), feed(&[Post::new(&format!("n{n}"), 1)]));
    }
    let all: Vec<String> = (0..4).map(|n| world.at("ben", &format!("/{n}"))).collect();
    let urls: Vec<&str> = all.iter().map(String::as_str).collect();
    world.follow(&urls).await;
    let (one, other) = (world.poller(), world.poller());
    let host = world.store.take_hosts(OWNER, world.now(), 9).await.unwrap().pop().unwrap();
    let second = Lease { owner: "other", ..OWNER };
    let faster = async {
        while world.asked("ben", "/0").is_empty() {
            tokio::task::yield_now().await;
        }
        // The first is not heard of for longer than it may have the host.
        world.later(SignedDuration::from_secs(181));
        let taken = world.store.take_hosts(second, world.now(), 9).await.unwrap();
        assert_eq!(taken, std::slice::from_ref(&host));
        let new = visit(&world, &other, &host, second).await;
        gate.open();
        new
    };
    let (slower, faster) = tokio::join!(visit(&world, &one, &host, OWNER), faster);
    assert_eq!((slower, faster), (0, 33));
    assert_eq!(world.entries().await.len(), 33);
    assert_eq!(world.count("SELECT count(*) FROM item"), 33);
    // The first has seen that the host is not theirs any more.
    assert_eq!(world.peer.asked().len(), 5);
    assert_eq!(world.feed(urls[0]).await.state, FeedState::Well);
}

async fn visit(world: &World, poller: &Poller, host: &str, lease: Lease<'_>) -> usize {
    poller.visit(host, lease, || world.now(), || Chance(0)).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_from_all_sides_at_once_comes_once() {
    let (world, url) = ben(&[Post::new("old", 9)]).await;
    world.poll().await;
    let posts: Vec<Post> = (0..100).map(|n| Post::new(&format!("p{n:02}"), 1)).collect();
    let body = rss(&posts).into_bytes();
    let feed_of = world.feed(&url).await;
    let delivering: Vec<_> = (0..8)
        .map(|n| {
            let (poller, feed, body) = (world.poller(), feed_of.clone(), body.clone());
            let now: Timestamp = world.now() + SignedDuration::from_millis(n);
            tokio::spawn(async move {
                let taken = poller.take_delivery(feed, None, body, now).await;
                taken.unwrap().unwrap().new
            })
        })
        .collect();
    let mut new = 0;
    for one in delivering {
        new += one.await.unwrap();
    }
    assert_eq!((new, world.count("SELECT count(*) FROM item")), (100, 101));
    let twice = "SELECT count(*) FROM (SELECT 1 FROM item GROUP BY page HAVING count(*) > 1)";
    assert_eq!(world.count(twice), 0);
}

#[tokio::test]
async fn what_hubs_deliver_changes_nothing_of_how_a_feed_is_asked() {
    let (world, url) = ben(&[Post::new("old", 9)]).await;
    world.poll().await;
    let early = world.feed(&url).await;
    world.put("ben", "/feed", feed(&[Post::new("old", 9)]).header("ETag", "\"new\""));
    world.poll_when_due(&url).await;
    let before = world.feed(&url).await;
    // Whoever delivers has read long ago what was known of the feed.
    let body = rss(&[Post::new("new", 1)]).into_bytes();
    let poller = world.poller();
    poller.take_delivery(early, None, body, world.now()).await.unwrap().unwrap();
    let after = world.feed(&url).await;
    assert_eq!((after.due, after.validators), (before.due, before.validators));
    assert_eq!(after.changed, Some(world.now()));
}

#[tokio::test]
async fn whoever_is_left_in_the_middle_is_not_asked_any_more() {
    let world = World::new().await;
    let all: Vec<String> = (0..3).map(|n| world.at("ben", &format!("/{n}"))).collect();
    let urls: Vec<&str> = all.iter().map(String::as_str).collect();
    world.follow(&urls).await;
    let gate = Gate::default();
    let first = gate.clone();
    world.answer("ben", "/0", move |_| {
        first.pass();
        feed(&[])
    });
    let host = world.store.take_hosts(OWNER, world.now(), 9).await.unwrap().pop().unwrap();
    let poller = world.poller();
    let leave = async {
        while world.asked("ben", "/0").is_empty() {
            tokio::task::yield_now().await;
        }
        world.follow(&urls[..1]).await;
        gate.open();
    };
    tokio::join!(world.visit(&poller, &host), leave);
    assert_eq!(world.peer.asked().len(), 1);
}
