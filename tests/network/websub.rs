//! Asking hubs: which of them, what, when again, and what is made of their answers. What they come
//! back with is called as the daemon does; that it does so over HTTP is the daemon's own test.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use jiff::{SignedDuration, Timestamp};
use lanai::config::Config;
use lanai::net::Client;
use lanai::protocols::websub::State;
use lanai::protocols::websub::discovery::Topic;
use lanai::reader::websub::callback::{Reply as Echo, verify};
use lanai::reader::websub::{Subscriber, notice, upkeep};
use lanai::store::{Callback, Store};

use crate::harness::SiteTest;
use crate::peer::{Asked, Peer, Reply};

type Replies = Arc<Mutex<HashMap<String, Reply>>>;

/// Ana, who follows feed 7 of Ben, and the hubs of it.
struct World {
    _site: SiteTest,
    peer: Peer,
    replies: Replies,
    subscriber: Subscriber,
    store: Store,
}

fn at(minute: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000).unwrap() + SignedDuration::from_mins(minute)
}

const WEEK: i64 = 7 * 24 * 60;

fn config(site: &SiteTest, daemon: &str) -> Config {
    let text = format!(
        "title = \"Ana\"\nurl = \"https://ana.example\"\n[network]\nallow = [\"127.0.0.0/8\"]\n{daemon}"
    );
    site.write("lanai.toml", &text);
    Config::load(site.root()).unwrap()
}

impl World {
    async fn new() -> Self {
        let site = SiteTest::empty();
        let replies = Replies::default();
        let known = Arc::clone(&replies);
        let peer = Peer::start(move |asked| {
            let name = format!("{} {}{}", asked.method, asked.host, asked.path);
            known.lock().unwrap().get(&name).cloned().unwrap_or_else(|| Reply::status(404))
        });
        let config = config(&site, "[daemon]\nurl = \"https://ana.example/d/\"\n");
        let client = Client::for_site(&config).unwrap();
        let store = Store::open(&site.path(".lanai")).await.unwrap();
        let subscriber = Subscriber::of(&config, &store, &client).unwrap();
        let world = Self { _site: site, peer, replies, subscriber, store };
        world.store.note_hub(7, &world.at("ben", "/feed.xml"), at(0)).await.unwrap();
        world
    }

    fn at(&self, host: &str, path: &str) -> String {
        self.peer.url(&format!("{host}.localhost"), path).into()
    }

    /// What somebody answers from here on: `world.reply("POST one.localhost/", …)`.
    fn reply(&self, asked: &str, reply: Reply) {
        self.replies.lock().unwrap().insert(asked.to_owned(), reply);
    }

    /// A feed at a place that names hubs, in this order.
    fn feed(&self, place: &str, hubs: &[&str]) {
        let links: Vec<String> =
            hubs.iter().map(|hub| format!("<{}>; rel=\"hub\"", self.at(hub, "/"))).collect();
        let links = format!("{}, </topic>; rel=\"self\"", links.join(", "));
        let body = "<feed xmlns=\"http://www.w3.org/2005/Atom\"><title>B</title></feed>";
        let reply = Reply::status(200).header("Content-Type", "application/atom+xml");
        self.reply(&format!("GET {place}"), reply.header("Link", &links).body(body));
    }

    async fn upkeep(&self, minute: i64) -> usize {
        upkeep(&self.subscriber, at(minute)).await.unwrap()
    }

    /// The forms that a host got, oldest first.
    fn forms(&self, host: &str) -> Vec<HashMap<String, String>> {
        let is_for =
            |asked: &Asked| asked.method == "POST" && asked.host == format!("{host}.localhost");
        let asked = self.peer.asked().into_iter().filter(is_for);
        asked
            .map(|asked| url::form_urlencoded::parse(asked.body.as_bytes()).into_owned().collect())
            .collect()
    }

    /// What was asked for last.
    async fn last(&self) -> Callback {
        self.store.callbacks(7).await.unwrap().into_iter().next().expect("a callback")
    }

    /// When something is to be done next, in minutes.
    async fn next(&self) -> i64 {
        let next = self.store.next_hub_work().await.unwrap().expect("something to do");
        next.duration_since(at(0)).as_mins() as i64
    }

    /// Lets a hub make sure of a callback.
    async fn confirm(&self, name: &str, lease: &str, minute: i64) -> Echo {
        let topic = self.at("ben", "/topic");
        let query = [
            ("hub.mode", "subscribe"),
            ("hub.topic", &topic),
            ("hub.challenge", "c"),
            ("hub.lease_seconds", lease),
        ];
        let query =
            url::form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
        verify(&self.store, name, &query, at(minute)).await.unwrap()
    }
}

#[tokio::test]
async fn ws_s_01_a_hub_is_asked_with_a_callback_of_its_own_and_a_secret() {
    let world = World::new().await;
    world.feed("ben.localhost/feed.xml", &["one"]);
    world.reply("POST one.localhost/", Reply::status(202));
    assert_eq!(world.upkeep(0).await, 1);
    let [form] = &world.forms("one")[..] else { panic!("one request") };
    let callback = world.last().await;
    assert_eq!(callback.state, State::Pending);
    assert!(callback.name.len() >= 26);
    assert_eq!(form["hub.mode"], "subscribe");
    assert_eq!(form["hub.callback"], format!("https://ana.example/d/websub/{}", callback.name));
    assert_eq!(form["hub.topic"], world.at("ben", "/topic"));
    assert_eq!(form["hub.lease_seconds"], "864000");
    assert_eq!(callback.secret.unwrap().reveal(), form["hub.secret"]);
    assert_ne!(form["hub.secret"], callback.name);
    assert!(form["hub.secret"].len() >= 26 && form["hub.secret"].len() < 200);
    assert_eq!(form.len(), 5);
    // Until the hub has made sure, there is polling.
    assert!(!world.store.has_hub(7, at(0)).await.unwrap());
}

#[tokio::test]
async fn ws_s_05_any_success_waits_until_the_hub_has_made_sure() {
    for status in [200, 202, 204] {
        let world = World::new().await;
        world.feed("ben.localhost/feed.xml", &["one", "two"]);
        world.reply("POST one.localhost/", Reply::status(status));
        world.upkeep(0).await;
        assert_eq!(world.last().await.state, State::Pending, "{status}");
        assert!(world.forms("two").is_empty());
        // One that never does is asked again.
        assert_eq!(world.next().await, 60);
        assert_eq!(world.upkeep(59).await, 0);
        assert_eq!(world.upkeep(60).await, 1);
        assert_eq!(world.forms("one").len(), 2);
    }
}

#[tokio::test]
async fn ws_s_05_a_hub_that_moved_is_asked_there_with_the_same() {
    let world = World::new().await;
    world.feed("ben.localhost/feed.xml", &["one"]);
    world.reply("POST one.localhost/", Reply::redirect(307, &world.at("two", "/a")));
    world.reply("POST two.localhost/a", Reply::redirect(308, "/b"));
    world.reply("POST two.localhost/b", Reply::redirect(307, &world.at("three", "/")));
    world.reply("POST three.localhost/", Reply::status(202));
    world.upkeep(0).await;
    let sent = world.forms("one");
    assert_eq!(world.forms("three"), sent);
    assert_eq!(world.last().await.state, State::Pending);
    assert_eq!(world.next().await, 60);

    // One that leads on for longer is left alone.
    world.reply("POST three.localhost/", Reply::redirect(307, "/more"));
    world.upkeep(60).await;
    assert_eq!(world.last().await.state, State::Denied);
    assert_eq!(world.next().await, 60 + WEEK);
}

#[tokio::test]
async fn ws_s_05_a_hub_that_refuses_is_left_alone_for_a_week() {
    for status in [400, 403, 404, 422] {
        let world = World::new().await;
        world.feed("ben.localhost/feed.xml", &["one"]);
        world.reply("POST one.localhost/", Reply::status(status));
        world.upkeep(0).await;
        let callback = world.last().await;
        assert_eq!(callback.state, State::Denied);
        assert!(callback.words.contains(&status.to_string()), "{}", callback.words);
        assert_eq!(world.next().await, WEEK);
        assert_eq!(world.upkeep(WEEK - 1).await, 0);
        world.upkeep(WEEK).await;
        assert_eq!(world.forms("one").len(), 2);
    }
}

#[tokio::test]
async fn ws_s_05_a_hub_out_of_order_is_asked_again_after_growing_pauses() {
    let world = World::new().await;
    world.feed("ben.localhost/feed.xml", &["one"]);
    world.reply("POST one.localhost/", Reply::status(500));
    let (mut minute, mut pauses) = (0, Vec::new());
    for _ in 0..9 {
        assert_eq!(world.upkeep(minute).await, 1);
        let next = world.next().await;
        pauses.push(next - minute);
        minute = next;
    }
    assert_eq!(pauses, [15, 30, 60, 120, 240, 480, 960, 1_440, 1_440]);
    assert_eq!(world.forms("one").len(), 9);
    // What is won ends the row.
    world.reply("POST one.localhost/", Reply::status(202));
    world.upkeep(minute).await;
    let name = world.last().await.name;
    assert_eq!(world.confirm(&name, "864000", minute).await, Echo::Echo(b"c".to_vec()));
    world.reply("POST one.localhost/", Reply::status(500));
    let renewal = world.next().await;
    world.upkeep(renewal).await;
    assert_eq!(world.next().await - renewal, 15);
}

#[tokio::test]
async fn ws_d_09_the_first_hub_that_takes_it_is_used() {
    let world = World::new().await;
    world.feed("ben.localhost/feed.xml", &["one", "two", "three", "four"]);
    world.reply("POST one.localhost/", Reply::status(400));
    world.reply("POST two.localhost/", Reply::status(500));
    world.reply("POST three.localhost/", Reply::status(202));
    world.upkeep(0).await;
    let pending = |callback: &Callback| callback.state == State::Pending;
    let asked: Vec<Callback> =
        world.store.callbacks(7).await.unwrap().into_iter().filter(pending).collect();
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].hub, world.at("three", "/"));
    assert!(world.forms("four").is_empty());
    // Each was told another callback and another secret.
    let forms: Vec<_> = ["one", "two", "three"].iter().flat_map(|hub| world.forms(hub)).collect();
    for field in ["hub.callback", "hub.secret"] {
        let values: std::collections::BTreeSet<&String> =
            forms.iter().map(|form| &form[field]).collect();
        assert_eq!(values.len(), 3, "{field}");
    }
    // The first two know callbacks that are none any more.
    let first = forms[0]["hub.callback"].rsplit('/').next().unwrap();
    assert_eq!(world.confirm(first, "864000", 1).await, Echo::Unknown);
}

#[tokio::test]
async fn ws_s_09_a_feed_whose_hub_says_no_has_the_next_one_asked() {
    let world = World::new().await;
    world.feed("ben.localhost/feed.xml", &["one", "two"]);
    for hub in ["one", "two"] {
        world.reply(&format!("POST {hub}.localhost/"), Reply::status(202));
    }
    for (minute, hub) in [(0, "one"), (5, "two")] {
        assert_eq!(world.upkeep(minute).await, 1, "{hub}");
        let asked = world.last().await;
        assert_eq!(asked.hub, world.at(hub, "/"));
        let topic = world.at("ben", "/topic");
        let query = format!("hub.mode=denied&hub.topic={topic}");
        let heard = verify(&world.store, &asked.name, &query, at(minute + 5)).await.unwrap();
        assert_eq!(heard, Echo::Heard);
    }
    assert_eq!(world.next().await, 10 + WEEK);
    assert_eq!(world.store.pinged_feeds(9).await.unwrap(), [(7, at(5))]);
    world.upkeep(10 + WEEK).await;
    assert_eq!((world.forms("one").len(), world.forms("two").len()), (2, 1));
}

#[tokio::test]
async fn ws_d_07_the_page_behind_redirects_says_topic_and_hub() {
    for status in [301, 302, 307, 308] {
        let world = World::new().await;
        world.reply("GET ben.localhost/feed.xml", Reply::redirect(status, "/moved/feed"));
        world.feed("ben.localhost/moved/feed", &["one"]);
        world.reply("POST one.localhost/", Reply::status(202));
        world.upkeep(0).await;
        assert_eq!(world.last().await.topic, world.at("ben", "/topic"), "{status}");
    }
}

#[tokio::test]
async fn a_feed_that_cannot_be_asked_or_names_no_hub_waits() {
    let world = World::new().await;
    world.reply("GET ben.localhost/feed.xml", Reply::status(500));
    world.upkeep(0).await;
    assert_eq!(world.next().await, 15);
    world.reply("GET ben.localhost/feed.xml", Reply::html("<p>No feed."));
    world.upkeep(15).await;
    assert_eq!(world.next().await, 15 + WEEK);
    assert!(world.store.callbacks(7).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_feed_with_a_pass_word_is_not_told_to_hubs() {
    let world = World::new().await;
    let url = |text: &str| url::Url::parse(text).unwrap();
    let hubs = vec![url("https://hub.example/")];
    let topic = |own: &str| Topic { url: url(own), hubs: hubs.clone() };
    let (open, closed) = ("https://carl.example/feed", "https://ana:sesame@carl.example/feed");
    for (feed, at_, own) in [(8, closed, open), (9, open, closed), (10, open, open)] {
        notice(&world.store, (feed, &url(at_)), &topic(own), at(0)).await.unwrap();
    }
    let noted = world.store.take_hub_feeds(at(1), at(2), 9).await.unwrap();
    let mut noted: Vec<i64> = noted.into_iter().map(|feed| feed.feed).collect();
    noted.sort_unstable();
    assert_eq!(noted, [7, 10]);
}

#[tokio::test]
async fn ws_s_12_a_lease_is_renewed_in_time_by_what_the_feed_says_then() {
    let world = World::new().await;
    world.feed("ben.localhost/feed.xml", &["one"]);
    for hub in ["one", "two"] {
        world.reply(&format!("POST {hub}.localhost/"), Reply::status(202));
    }
    world.upkeep(0).await;
    let first = world.last().await.name;
    // A thousand minutes.
    assert_eq!(world.confirm(&first, "60000", 1).await, Echo::Echo(b"c".to_vec()));
    assert!(world.store.has_hub(7, at(1_000)).await.unwrap());
    assert_eq!(world.next().await, 801);
    assert_eq!(world.upkeep(800).await, 0);
    // The feed has another hub by now.
    world.feed("ben.localhost/feed.xml", &["two"]);
    assert_eq!(world.upkeep(801).await, 1);
    let second = world.last().await;
    assert_eq!((&second.hub, second.state), (&world.at("two", "/"), State::Pending));
    assert_ne!(second.name, first);
    assert!(world.store.has_hub(7, at(802)).await.unwrap(), "the first still tells");
    assert_eq!(world.confirm(&second.name, "60000", 802).await, Echo::Echo(b"c".to_vec()));
    // The first is asked to stop, at its own hub.
    assert_eq!(world.upkeep(802).await, 1);
    let forms = world.forms("one");
    let stop = forms.last().unwrap();
    assert_eq!(stop["hub.mode"], "unsubscribe");
    assert!(stop["hub.callback"].ends_with(&first));
    assert_eq!(stop["hub.topic"], world.at("ben", "/topic"));
    assert!(!stop.contains_key("hub.secret"));
    // Its end is no news.
    assert_eq!(world.upkeep(1_001).await, 1);
    assert!(world.store.pinged_feeds(9).await.unwrap().is_empty());
    assert_eq!(world.store.callback(&first).await.unwrap().unwrap().state, State::Ended);
}

#[tokio::test]
async fn ws_s_12_a_lapse_switches_to_polling_at_once() {
    let world = World::new().await;
    world.feed("ben.localhost/feed.xml", &["one"]);
    world.reply("POST one.localhost/", Reply::status(202));
    world.upkeep(0).await;
    let name = world.last().await.name;
    world.confirm(&name, "60000", 0).await;
    world.reply("POST one.localhost/", Reply::status(503));
    for minute in [800, 815, 845, 905] {
        assert_eq!(world.upkeep(minute).await, 1, "{minute}");
    }
    assert!(world.store.pinged_feeds(9).await.unwrap().is_empty());
    assert!(world.upkeep(1_000).await >= 1);
    assert_eq!(world.store.pinged_feeds(9).await.unwrap(), [(7, at(1_000))]);
    assert!(!world.store.has_hub(7, at(1_000)).await.unwrap());
}

#[tokio::test]
async fn ws_s_13_a_hub_that_does_not_listen_is_asked_to_stop_a_few_times() {
    let world = World::new().await;
    world.feed("ben.localhost/feed.xml", &["one"]);
    world.reply("POST one.localhost/", Reply::status(202));
    world.upkeep(0).await;
    let name = world.last().await.name;
    world.confirm(&name, "864000", 0).await;
    world.store.leave_hubs(7, at(10)).await.unwrap();
    world.reply("POST one.localhost/", Reply::status(503));
    for hour in 0..10 {
        world.upkeep(10 + hour * 60).await;
    }
    assert_eq!(world.forms("one").len(), 1 + 5);
}

#[tokio::test]
async fn a_daemon_without_an_address_asks_no_hub() {
    let site = SiteTest::empty();
    let store = Store::open(&site.path(".lanai")).await.unwrap();
    for daemon in ["", "[daemon]\nlisten = \"127.0.0.1:4001\"\n"] {
        let config = config(&site, daemon);
        let client = Client::for_site(&config).unwrap();
        assert!(Subscriber::of(&config, &store, &client).is_none());
    }
}
