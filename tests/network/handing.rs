//! Handing on what hubs said, with a store and no daemon: in which order, whose turn it is, and what
//! becomes of deliveries that cannot be merged.

use std::collections::HashSet;
use std::sync::Mutex;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use lanai::error::Failure;
use lanai::reader::websub::handing::{Polling, hand_on};
use lanai::store::{
    FeedId, Following, Lease, NewCallback, NewDelivery, ReaderId, Store, StoredDelivery,
};

/// The names of two feeds of two hosts, in the order in which they are followed.
const NAMES: [&str; 2] = ["ben", "cleo"];

fn at(minute: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000).unwrap() + SignedDuration::from_mins(minute)
}

/// Ana, who follows two feeds, and the hubs of both.
struct World {
    _folder: tempfile::TempDir,
    store: Store,
    reader: ReaderId,
    feeds: [FeedId; 2],
}

/// Polling that keeps what it gets; at some things it fails.
#[derive(Default)]
struct Merged {
    bodies: Mutex<Vec<String>>,
    asked: Mutex<Vec<i64>>,
    fails: HashSet<&'static str>,
}

impl Polling for Merged {
    async fn intake(&self, delivery: &StoredDelivery) -> Result<(), Failure> {
        let body = String::from_utf8(delivery.body.clone()).unwrap();
        let is_bad = self.fails.contains(&*body);
        self.bodies.lock().unwrap().push(body);
        if is_bad { Err(Failure::run("this cannot be merged")) } else { Ok(()) }
    }

    async fn ask_at_once(&self, feed: i64, _: Timestamp) -> Result<(), Failure> {
        self.asked.lock().unwrap().push(feed);
        Ok(())
    }
}

fn following(name: &str) -> Following {
    Following {
        url: format!("https://{name}.example/feed"),
        host: format!("{name}.example:443"),
        channel: String::new(),
        card: String::new(),
    }
}

impl World {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).await.unwrap();
        let (reader, _, _) = store.reader("https://ana.example").await.unwrap();
        let all = NAMES.map(following);
        store.follow(reader, &all, ("stamp", true), at(0)).await.unwrap();
        let feeds = store.followed_feeds(reader).await.unwrap();
        let feeds = NAMES.map(|name| feeds.iter().find(|feed| feed.url.contains(name)).unwrap().id);
        for (name, feed) in NAMES.iter().zip(feeds) {
            let topic = format!("https://{name}.example/feed");
            store.note_hub(feed.number(), &topic, at(0)).await.unwrap();
            let new = NewCallback {
                feed: feed.number(),
                name,
                hub: "https://hub.example/",
                hubs: 1,
                topic: &topic,
                secret: None,
                at: at(0),
                due: at(60),
                failures: 1,
            };
            assert!(store.begin_callback(new).await.unwrap());
            assert!(store.confirm_callback(name, at(0), (at(9_000), at(8_000))).await.unwrap());
        }
        Self { _folder: folder, store, reader, feeds }
    }

    async fn deliver(&self, name: &str, body: &str) {
        let body = body.as_bytes().to_vec();
        let new = NewDelivery { name, content_type: None, body, at: at(1) };
        assert!(self.store.deliver(new).await.unwrap());
    }

    /// Hands on at a minute: what came of it, what was tried, and whom it asked.
    async fn hand_on(
        &self,
        minute: i64,
        fails: &[&'static str],
    ) -> (Option<usize>, Vec<String>, Vec<i64>) {
        let polling = Merged { fails: fails.iter().copied().collect(), ..Merged::default() };
        let count = hand_on(&self.store, &polling, || at(minute)).await.ok();
        (count, polling.bodies.into_inner().unwrap(), polling.asked.into_inner().unwrap())
    }

    async fn waiting(&self) -> usize {
        self.store.count_deliveries().await.unwrap()
    }
}

fn texts(all: &[&str]) -> Vec<String> {
    all.iter().map(|text| (*text).to_owned()).collect()
}

#[tokio::test]
async fn ws_c_01_deliveries_are_merged_in_the_order_in_which_they_came() {
    let world = World::new().await;
    for (name, body) in [("ben", "1"), ("cleo", "2"), ("ben", "3"), ("ben", "4"), ("cleo", "5")] {
        world.deliver(name, body).await;
    }
    // What comes after what failed waits with it, so that nothing old replaces something new. The
    // other feed goes on.
    assert_eq!(world.hand_on(2, &["3"]).await, (None, texts(&["1", "2", "3", "5"]), vec![]));
    assert_eq!(world.waiting().await, 2);
    assert_eq!(world.hand_on(3, &[]).await, (Some(2), texts(&["3", "4"]), vec![]));
    assert_eq!(world.hand_on(4, &[]).await, (Some(0), vec![], vec![]));
}

#[tokio::test]
async fn a_delivery_that_always_fails_is_dropped_and_the_feed_asked() {
    let world = World::new().await;
    world.deliver("ben", "poison").await;
    world.deliver("ben", "good").await;
    let mut tries = 0;
    let (minute, asked) = 'dropped: {
        for minute in 2..20 {
            let (_, bodies, asked) = world.hand_on(minute, &["poison"]).await;
            tries += bodies.iter().filter(|body| *body == "poison").count();
            if bodies.contains(&"good".to_owned()) {
                break 'dropped (minute, asked);
            }
        }
        panic!("it is tried for ever")
    };
    assert_eq!(tries, 3);
    assert_eq!(asked, [world.feeds[0].number()]);
    assert_eq!(world.waiting().await, 0);
    assert_eq!(world.hand_on(minute + 1, &[]).await, (Some(0), vec![], vec![]));
}

#[tokio::test]
async fn a_delivery_that_ends_the_process_is_not_tried_for_ever() {
    let world = World::new().await;
    world.deliver("ben", "poison").await;
    let delivery = world.store.next_delivery(0).await.unwrap().unwrap();
    // Whoever tried it did not live to say what came of it.
    for tries in 1..=3 {
        assert_eq!(world.store.try_delivery(delivery.id).await.unwrap(), tries);
    }
    assert_eq!(world.hand_on(5, &[]).await, (Some(2), vec![], vec![world.feeds[0].number()]));
    assert_eq!(world.waiting().await, 0);
}

#[tokio::test]
async fn ws_c_11_nothing_is_merged_while_somebody_asks_for_the_feed() {
    let world = World::new().await;
    let lease = Lease { owner: "poller", time: Duration::from_secs(60) };
    let mut taken = world.store.take_hosts(lease, at(1), 1).await.unwrap();
    let host = taken.pop().unwrap();
    let (busy, free) = if host.starts_with("ben") { (0, 1) } else { (1, 0) };
    for name in NAMES {
        world.deliver(name, name).await;
    }
    for feed in world.feeds {
        world.store.ping_feed(feed.number(), at(1)).await.unwrap();
    }
    let free_one = world.feeds[free].number();
    assert_eq!(world.hand_on(1, &[]).await, (Some(2), texts(&[NAMES[free]]), vec![free_one]));
    // That it had to wait is no failure of it.
    for _ in 0..9 {
        assert_eq!(world.hand_on(1, &[]).await, (Some(0), vec![], vec![]));
    }
    world.store.release_host(&host, "poller", None, at(1)).await.unwrap();
    let busy_one = world.feeds[busy].number();
    assert_eq!(world.hand_on(1, &[]).await, (Some(2), texts(&[NAMES[busy]]), vec![busy_one]));
    // Both hosts are free again.
    let lease = Lease { owner: "poller", time: Duration::from_secs(60) };
    assert_eq!(world.store.take_hosts(lease, at(1), 9).await.unwrap().len(), 2);
}

#[tokio::test]
async fn ws_s_13_what_is_of_no_feed_is_dropped() {
    let world = World::new().await;
    world.deliver("ben", "late").await;
    world.store.follow(world.reader, &[], ("2", true), at(2)).await.unwrap();
    assert!(world.store.forget_feed(world.feeds[0]).await.unwrap());
    assert_eq!(world.hand_on(3, &[]).await, (Some(0), vec![], vec![]));
    assert_eq!(world.waiting().await, 0);
    // Hubs that tell of feeds that nobody follows are known, and left.
    let all = world.feeds.map(FeedId::number);
    assert_eq!(world.store.unfollowed_hubs().await.unwrap(), all);
    for feed in all {
        world.store.leave_hubs(feed, at(4)).await.unwrap();
    }
    assert!(world.store.unfollowed_hubs().await.unwrap().is_empty());
}
