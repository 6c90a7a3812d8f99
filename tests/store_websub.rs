//! What the store knows of WebSub, on both of its databases: every method does the same on SQLite
//! and on PostgreSQL, which `LANAI_POSTGRES` names (`postgres://…`, a user who may make databases).
//! Without it its half is skipped, except where `LANAI_CI` is set.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests may stop at the first surprise"
)]

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use lanai::config::Secret;
use lanai::protocols::websub::State;
use lanai::store::{FeedId, Following, HubFeed, Lease, NewCallback, NewDelivery, Store};

/// A new database on each engine that there is; what keeps SQLite's folder comes with it.
async fn stores() -> Vec<(Store, Option<tempfile::TempDir>)> {
    let folder = tempfile::tempdir().unwrap();
    let mut stores = vec![(Store::open(folder.path()).await.unwrap(), Some(folder))];
    match std::env::var("LANAI_POSTGRES") {
        Ok(server) => {
            let address = new_database(&server).await;
            stores.push((Store::connect(&address).await.unwrap(), None));
        }
        Err(_) => {
            assert!(std::env::var_os("LANAI_CI").is_none(), "LANAI_POSTGRES must be set");
            eprintln!("PostgreSQL is skipped: LANAI_POSTGRES is not set");
        }
    }
    stores
}

async fn new_database(server: &str) -> String {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let name = format!("websub_{}_{number}", std::process::id());
    let (client, connection) =
        tokio_postgres::connect(server, tokio_postgres::NoTls).await.expect("the server answers");
    let connection = tokio::spawn(connection);
    client.batch_execute(&format!("DROP DATABASE IF EXISTS {name}")).await.unwrap();
    client.batch_execute(&format!("CREATE DATABASE {name}")).await.unwrap();
    drop(client);
    connection.await.unwrap().unwrap();
    let mut address = url::Url::parse(server).unwrap();
    address.set_path(&name);
    address.into()
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + second).unwrap()
}

/// A request for feed 7.
fn new(name: &str, second: i64) -> NewCallback<'_> {
    NewCallback {
        feed: 7,
        name,
        hub: "https://hub.example/",
        hubs: 1,
        topic: "https://ben.example/feed",
        secret: Some("hush"),
        at: at(second),
        due: at(second + 3_600),
        failures: 1,
    }
}

/// Feed 7 with a hub that tells until the thousandth second.
async fn told(store: &Store) {
    store.note_hub(7, "https://ben.example/feed.xml", at(0)).await.unwrap();
    assert!(store.begin_callback(new("one", 0)).await.unwrap());
    assert!(store.confirm_callback("one", at(1), (at(1_000), at(800))).await.unwrap());
}

fn delivery<'d>(name: &'d str, body: &str) -> NewDelivery<'d> {
    let content_type = Some("application/atom+xml");
    NewDelivery { name, content_type, body: body.as_bytes().to_vec(), at: at(5) }
}

async fn due(store: &Store, second: i64) -> Vec<HubFeed> {
    store.take_hub_feeds(at(second), at(second + 600), 10).await.unwrap()
}

async fn state(store: &Store, name: &str) -> Option<State> {
    store.callback(name).await.unwrap().map(|callback| callback.state)
}

#[tokio::test]
async fn a_feed_with_a_hub_is_taken_when_it_is_due_and_by_one() {
    for (store, _folder) in stores().await {
        store.note_hub(7, "https://ben.example/feed.xml", at(10)).await.unwrap();
        store.note_hub(8, "https://carl.example/feed.xml", at(20)).await.unwrap();
        assert!(due(&store, 9).await.is_empty());
        let taken = due(&store, 10).await;
        let url = "https://ben.example/feed.xml".to_owned();
        assert_eq!(taken, [HubFeed { feed: 7, url, failures: 0 }]);
        assert!(due(&store, 10).await.is_empty());
        // What is noted again has only another address.
        store.note_hub(7, "https://ben.example/new.xml", at(11)).await.unwrap();
        assert!(due(&store, 11).await.is_empty());
        let mut urls: Vec<String> =
            due(&store, 700).await.into_iter().map(|feed| feed.url).collect();
        urls.sort();
        assert_eq!(urls, ["https://ben.example/new.xml", "https://carl.example/feed.xml"]);
        let feed = HubFeed { feed: 7, url: String::new(), failures: 3 };
        store.postpone_hub(&feed, "", "no answer", at(2_000)).await.unwrap();
        assert_eq!(due(&store, 1_999).await.len(), 1);
        let taken = due(&store, 2_000).await;
        assert_eq!((taken[0].feed, taken[0].failures), (7, 3));
    }
}

#[tokio::test]
async fn ws_s_04_a_request_is_there_before_it_is_sent() {
    for (store, _folder) in stores().await {
        assert!(!store.begin_callback(new("one", 0)).await.unwrap(), "nobody follows the feed");
        assert_eq!(store.callback("one").await.unwrap(), None);
        store.note_hub(7, "https://ben.example/feed.xml", at(0)).await.unwrap();
        assert!(store.begin_callback(new("one", 0)).await.unwrap());
        let callback = store.callback("one").await.unwrap().unwrap();
        assert_eq!((callback.feed, callback.state), (7, State::Pending));
        assert_eq!(callback.topic, "https://ben.example/feed");
        assert_eq!(callback.secret, Some(Secret::new("hush")));
        assert_eq!((callback.asked, callback.lease_until), (at(0), None));
        assert!(!store.has_hub(7, at(0)).await.unwrap());
        // A second try takes the place of the first.
        let open = NewCallback { secret: None, ..new("two", 5) };
        assert!(store.begin_callback(open).await.unwrap());
        assert_eq!(store.callback("one").await.unwrap(), None);
        assert_eq!(store.callback("two").await.unwrap().unwrap().secret, None);
        assert_eq!(due(&store, 3_604).await, []);
        assert_eq!(due(&store, 3_605).await[0].failures, 1);
    }
}

#[tokio::test]
async fn ws_s_06_a_confirmed_callback_holds_until_its_lease_ends() {
    for (store, _folder) in stores().await {
        told(&store).await;
        let callback = store.callback("one").await.unwrap().unwrap();
        assert_eq!((callback.state, callback.lease_until), (State::Active, Some(at(1_000))));
        assert!(store.has_hub(7, at(999)).await.unwrap());
        assert!(!store.has_hub(7, at(1_000)).await.unwrap());
        assert!(due(&store, 799).await.is_empty());
        assert_eq!(due(&store, 800).await[0].failures, 0);
        assert!(!store.confirm_callback("none", at(1), (at(9), at(8))).await.unwrap());
    }
}

#[tokio::test]
async fn ws_s_05_what_failed_does_not_undo_what_was_confirmed() {
    for (store, _folder) in stores().await {
        told(&store).await;
        let feed = HubFeed { feed: 7, url: String::new(), failures: 1 };
        store.postpone_hub(&feed, "one", "the hub answers 500", at(50)).await.unwrap();
        store.refuse_callback("one", "the hub answers 400").await.unwrap();
        assert_eq!(state(&store, "one").await, Some(State::Active));
        assert!(due(&store, 799).await.is_empty());
        assert_eq!(due(&store, 800).await.len(), 1);
    }
}

#[tokio::test]
async fn ws_s_09_a_denied_feed_is_asked_itself() {
    for (store, _folder) in stores().await {
        told(&store).await;
        assert!(store.deny_callback("one", "not you", (at(10), at(500_000))).await.unwrap());
        let callback = store.callback("one").await.unwrap().unwrap();
        assert_eq!((callback.state, callback.words.as_str()), (State::Denied, "not you"));
        assert_eq!(store.pinged_feeds(9).await.unwrap(), [(7, at(10))]);
        assert!(!store.has_hub(7, at(10)).await.unwrap());
        assert!(due(&store, 499_999).await.is_empty());
        assert_eq!(due(&store, 500_000).await.len(), 1);
        assert!(!store.deny_callback("none", "", (at(10), at(20))).await.unwrap());
        // Said again, it is nothing new.
        store.follow_ping(7, at(10)).await.unwrap();
        assert!(store.deny_callback("one", "not you", (at(20), at(600_000))).await.unwrap());
        assert!(store.pinged_feeds(9).await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn ws_d_09_the_next_hub_is_asked_at_once_until_all_have_said_no() {
    for (store, _folder) in stores().await {
        store.note_hub(7, "https://ben.example/feed.xml", at(0)).await.unwrap();
        for (number, hub) in ["https://a.example/", "https://b.example/"].into_iter().enumerate() {
            let name = number.to_string();
            let second = number as i64;
            assert_eq!(due(&store, second).await.len(), 1, "{hub}");
            let asked = NewCallback { hub, hubs: 2, ..new(&name, second) };
            assert!(store.begin_callback(asked).await.unwrap());
            let (now, later) = (at(second + 1), at(500_000));
            assert!(store.deny_callback(&name, "not you", (now, later)).await.unwrap());
        }
        assert!(due(&store, 499_999).await.is_empty());
        let said: Vec<String> =
            store.callbacks(7).await.unwrap().into_iter().map(|callback| callback.hub).collect();
        assert_eq!(said, ["https://b.example/", "https://a.example/"]);
    }
}

#[tokio::test]
async fn ws_s_02_a_renewal_takes_over_and_the_one_before_it_leaves() {
    for (store, _folder) in stores().await {
        told(&store).await;
        assert!(store.begin_callback(new("two", 800)).await.unwrap());
        assert_eq!(state(&store, "one").await, Some(State::Active));
        assert!(store.has_hub(7, at(801)).await.unwrap());
        // One that comes to nothing changes nothing.
        assert!(store.deny_callback("two", "not you", (at(801), at(900))).await.unwrap());
        assert!(store.pinged_feeds(9).await.unwrap().is_empty());
        assert_eq!(state(&store, "two").await, Some(State::Denied));
        assert!(store.has_hub(7, at(801)).await.unwrap());
        assert!(store.begin_callback(new("three", 900)).await.unwrap());
        assert_eq!(store.callback("two").await.unwrap(), None);
        assert!(store.confirm_callback("three", at(901), (at(2_000), at(1_800))).await.unwrap());
        let leaving = store.take_leaving(at(901), at(1_501), 9).await.unwrap();
        assert_eq!(leaving.len(), 1);
        assert_eq!((leaving[0].name.as_str(), leaving[0].leave_tries), ("one", 1));
        assert!(leaving[0].is_leaving && leaving[0].state == State::Active);
        assert!(store.take_leaving(at(1_500), at(9_000), 9).await.unwrap().is_empty());
        // Until its hub has stopped, what it tells is heard.
        assert!(store.deliver(delivery("one", "late")).await.unwrap());
        assert!(store.end_callback("one").await.unwrap());
        assert!(!store.deliver(delivery("one", "too late")).await.unwrap());
        assert!(!store.end_callback("three").await.unwrap(), "nobody asked it to");
        assert!(store.lapse_callbacks(at(1_999)).await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn ws_s_12_a_lapse_has_the_feed_asked_at_once() {
    for (store, _folder) in stores().await {
        told(&store).await;
        assert_eq!(due(&store, 800).await.len(), 1);
        assert!(store.lapse_callbacks(at(999)).await.unwrap().is_empty());
        assert_eq!(store.lapse_callbacks(at(1_000)).await.unwrap(), [7]);
        assert_eq!(state(&store, "one").await, Some(State::Ended));
        assert_eq!(store.pinged_feeds(9).await.unwrap(), [(7, at(1_000))]);
        // And its hub, however long that was put off.
        assert_eq!(due(&store, 1_000).await.len(), 1);
        store.forget_callbacks(at(999)).await.unwrap();
        assert_eq!(state(&store, "one").await, Some(State::Ended));
        store.forget_callbacks(at(1_000)).await.unwrap();
        assert_eq!(state(&store, "one").await, None);
    }
}

#[tokio::test]
async fn ws_s_13_a_feed_that_nobody_follows_has_no_open_callback() {
    for (store, _folder) in stores().await {
        told(&store).await;
        assert!(store.begin_callback(new("two", 800)).await.unwrap());
        assert!(store.deliver(delivery("one", "x")).await.unwrap());
        store.leave_hubs(7, at(850)).await.unwrap();
        for name in ["one", "two"] {
            assert_eq!(state(&store, name).await, Some(State::Ended), "{name}");
            assert!(!store.confirm_callback(name, at(851), (at(999), at(998))).await.unwrap());
        }
        assert!(!store.deliver(delivery("one", "y")).await.unwrap());
        assert_eq!(store.count_deliveries().await.unwrap(), 0);
        assert!(due(&store, 9_000).await.is_empty());
        let mut names: Vec<String> = Vec::new();
        for callback in store.take_leaving(at(850), at(1_450), 9).await.unwrap() {
            store.asked_to_stop(&callback.name).await.unwrap();
            names.push(callback.name);
        }
        names.sort();
        assert_eq!(names, ["one", "two"]);
        assert!(store.take_leaving(at(9_000), at(9_600), 9).await.unwrap().is_empty());
        // Its hub may still make sure.
        assert!(store.end_callback("one").await.unwrap());
    }
}

#[tokio::test]
async fn ws_c_01_a_delivery_waits_until_it_is_merged() {
    for (store, _folder) in stores().await {
        told(&store).await;
        let odd =
            NewDelivery { content_type: None, body: vec![0, 255, 10, 0], ..delivery("one", "") };
        assert!(store.deliver(odd).await.unwrap());
        assert!(store.deliver(delivery("one", "<feed/>")).await.unwrap());
        let first = store.next_delivery(0).await.unwrap().unwrap();
        assert_eq!((first.feed, first.content_type), (7, None));
        assert_eq!((first.body, first.received), (vec![0, 255, 10, 0], at(5)));
        assert_eq!(first.topic, "https://ben.example/feed");
        let second = store.next_delivery(first.id).await.unwrap().unwrap();
        assert_eq!(second.body, b"<feed/>");
        assert_eq!(second.content_type.as_deref(), Some("application/atom+xml"));
        assert_eq!(store.next_delivery(second.id).await.unwrap(), None);
        store.finish_delivery(first.id).await.unwrap();
        assert_eq!(store.next_delivery(0).await.unwrap(), Some(second.clone()));
        assert!(!store.deliver(delivery("none", "x")).await.unwrap());
        // One that cannot be merged goes, and its feed is to be asked.
        for tries in 1..4 {
            assert_eq!(store.try_delivery(second.id).await.unwrap(), tries);
        }
        store.drop_delivery(second.id, at(50)).await.unwrap();
        assert_eq!(store.try_delivery(second.id).await.unwrap(), 0);
        assert_eq!(store.count_deliveries().await.unwrap(), 0);
        assert_eq!(store.pinged_feeds(9).await.unwrap(), [(7, at(50))]);
    }
}

#[tokio::test]
async fn ws_s_13_hubs_of_feeds_that_nobody_follows_are_known() {
    for (store, _folder) in stores().await {
        let following = Following {
            url: "https://ben.example/feed".into(),
            host: "ben.example:443".into(),
            channel: String::new(),
            card: String::new(),
        };
        let (reader, _, _) = store.reader("https://ana.example").await.unwrap();
        store.follow(reader, &[following], ("1", true), at(0)).await.unwrap();
        let feed = store.followed_feeds(reader).await.unwrap().remove(0).id.number();
        store.note_hub(feed, "https://ben.example/feed", at(0)).await.unwrap();
        assert!(store.unfollowed_hubs().await.unwrap().is_empty());
        store.follow(reader, &[], ("2", true), at(1)).await.unwrap();
        assert_eq!(store.unfollowed_hubs().await.unwrap(), [feed]);
        store.leave_hubs(feed, at(2)).await.unwrap();
        assert!(store.unfollowed_hubs().await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn the_host_of_a_feed_is_held_by_one_at_a_time() {
    for (store, _folder) in stores().await {
        let following = Following {
            url: "https://ben.example/feed".into(),
            host: "ben.example:443".into(),
            channel: String::new(),
            card: String::new(),
        };
        let (reader, _, _) = store.reader("https://ana.example").await.unwrap();
        store.follow(reader, &[following], ("1", true), at(0)).await.unwrap();
        let id = store.followed_feeds(reader).await.unwrap().remove(0).id;
        let lease = |owner| Lease { owner, time: Duration::from_secs(60) };
        let host = Some("ben.example:443".to_owned());
        assert_eq!(store.hold_feed(id, lease("a"), at(0)).await.unwrap(), host);
        assert_eq!(store.hold_feed(id, lease("b"), at(1)).await.unwrap(), None);
        assert!(store.take_hosts(lease("b"), at(1), 9).await.unwrap().is_empty());
        store.release_host("ben.example:443", "a", None, at(1)).await.unwrap();
        assert_eq!(store.take_hosts(lease("b"), at(2), 9).await.unwrap().len(), 1);
        assert_eq!(store.hold_feed(id, lease("a"), at(3)).await.unwrap(), None);
        // Whoever is not heard of again loses it.
        assert_eq!(store.hold_feed(id, lease("a"), at(62)).await.unwrap(), host);
        assert_eq!(
            store.hold_feed(FeedId::from_number(99), lease("a"), at(99)).await.unwrap(),
            None
        );
    }
}

#[tokio::test]
async fn ws_c_11_what_is_delivered_twice_waits_once() {
    for (store, _folder) in stores().await {
        told(&store).await;
        for _ in 0..3 {
            assert!(store.deliver(delivery("one", "same")).await.unwrap());
        }
        assert_eq!(store.count_deliveries().await.unwrap(), 1);
        let plain = NewDelivery { content_type: Some("text/xml"), ..delivery("one", "same") };
        assert!(store.deliver(plain).await.unwrap());
        assert_eq!(store.count_deliveries().await.unwrap(), 2);
    }
}

#[tokio::test]
async fn a_hub_does_not_fill_the_disk() {
    for (store, _folder) in stores().await {
        told(&store).await;
        let mut kept = 0;
        for number in 0..30 {
            kept += usize::from(store.deliver(delivery("one", &number.to_string())).await.unwrap());
        }
        assert_eq!((kept, store.count_deliveries().await.unwrap()), (20, 20));
        // What waits already is still taken for granted.
        assert!(store.deliver(delivery("one", "3")).await.unwrap());
    }
}

#[tokio::test]
async fn ws_c_08_a_word_that_comes_while_another_is_followed_is_not_lost() {
    for (store, _folder) in stores().await {
        told(&store).await;
        store.ping_feed(7, at(10)).await.unwrap();
        store.ping_feed(8, at(10)).await.unwrap();
        assert_eq!(store.pinged_feeds(9).await.unwrap(), [(7, at(10))]);
        store.ping_feed(7, at(11)).await.unwrap();
        store.follow_ping(7, at(10)).await.unwrap();
        assert_eq!(store.pinged_feeds(9).await.unwrap(), [(7, at(11))]);
        store.follow_ping(7, at(11)).await.unwrap();
        assert!(store.pinged_feeds(9).await.unwrap().is_empty());
    }
}
