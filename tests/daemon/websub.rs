//! A hub on loopback and the daemon as its subscriber: it makes sure that it was asked while it is
//! still being asked, delivers, and is told to stop. What polling does with deliveries is played by
//! the tests.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_lc_rs::hmac;
use jiff::Timestamp;
use lanai::error::Failure;
use lanai::protocols::websub::State;
use lanai::reader::websub::handing::{Polling, hand_on};
use lanai::store::{Callback, Store, StoredDelivery};
use rusqlite::Connection;
use tokio::runtime::Runtime;
use url::Url;

use crate::home::{Daemon, Home, wait_for, wait_until};
use crate::http::{Answer, ask, ask_chunked, form};
use crate::peer::{Asked, Peer, Reply};

const FEED: i64 = 7;

const ATOM: &str = "application/atom+xml; charset=utf-8";

const ENTRY: &str = "<feed xmlns=\"http://www.w3.org/2005/Atom\"><id>b:1</id><title>Ben</title>\
     <entry><id>b:2</id><title>New</title></entry></feed>";

/// How a hub behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Manner {
    /// It makes sure before it answers.
    Good,
    /// It takes requests, and leaves it at that.
    Slow,
    /// It says no before it answers.
    No,
}

/// A request that the hub got, and what its own question was answered with.
#[derive(Debug, Clone)]
struct Heard {
    fields: Vec<(String, String)>,
    answer: Option<Answer>,
    /// What came of a delivery that was tried before all else.
    early: u16,
}

impl Heard {
    fn field(&self, name: &str) -> &str {
        let mut fields = self.fields.iter().filter(|(key, _)| key == name);
        fields.next().map_or("", |(_, value)| value)
    }
}

/// Ana's daemon, Ben's feed and its hub.
struct World {
    home: Home,
    peer: Peer,
    manner: Arc<Mutex<Manner>>,
    heard: Arc<Mutex<Vec<Heard>>>,
    runtime: Runtime,
    store: Store,
}

/// What a hub sends to a callback.
fn send(method: &str, callback: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
    let url = Url::parse(callback).unwrap();
    let path = match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    };
    let port = url.port().unwrap();
    let host = format!("{}:{port}", url.host_str().unwrap());
    ask(port, method, &path, &[&[("Host", &*host)], headers].concat(), body)
}

fn question(callback: &str, fields: &[(&str, &str)]) -> Answer {
    send("GET", &format!("{callback}?{}", form(fields)), &[], b"")
}

fn hub(asked: &Asked, manner: Manner, heard: &Mutex<Vec<Heard>>) -> Reply {
    let fields = url::form_urlencoded::parse(asked.body.as_bytes()).into_owned().collect();
    let mut request = Heard { fields, answer: None, early: 0 };
    let (callback, topic) = (request.field("hub.callback"), request.field("hub.topic"));
    let mode = request.field("hub.mode");
    let early = send("POST", callback, &[("Content-Type", ATOM)], b"early").status;
    let answer = match manner {
        Manner::Good => Some(question(
            callback,
            &[
                ("hub.mode", mode),
                ("hub.topic", topic),
                ("hub.challenge", "<b>1&2</b>"),
                ("hub.lease_seconds", "500000"),
            ],
        )),
        Manner::Slow => None,
        Manner::No => {
            let no = [("hub.mode", "denied"), ("hub.topic", topic), ("hub.reason", "not you")];
            Some(question(callback, &no))
        }
    };
    (request.answer, request.early) = (answer, early);
    heard.lock().unwrap().push(request);
    Reply::status(202)
}

impl World {
    fn new(manner: Manner) -> Self {
        Self::with(manner, "")
    }

    /// With more in Ana's configuration of the daemon.
    fn with(manner: Manner, more: &str) -> Self {
        let (manner, heard) = (Arc::new(Mutex::new(manner)), Arc::<Mutex<Vec<Heard>>>::default());
        let (own, record) = (Arc::clone(&manner), Arc::clone(&heard));
        let peer = Peer::start(move |asked| match (asked.method.as_str(), asked.host.as_str()) {
            ("POST", "hub.localhost") => {
                let manner = *own.lock().unwrap();
                hub(asked, manner, &record)
            }
            ("GET", "ben.localhost") => {
                let port = asked.header("host").unwrap().rsplit(':').next().unwrap();
                Reply::status(200)
                    .header("Content-Type", ATOM)
                    .header("Link", &format!("<http://hub.localhost:{port}/>; rel=\"hub\""))
                    .header("Link", "</topic>; rel=\"self\"")
                    .body(ENTRY)
            }
            _ => Reply::status(404),
        });
        let mut home = Home::quiet("ana", more);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let store = runtime.block_on(Store::open(&home.site.path(".lanai"))).unwrap();
        let feed: String = peer.url("ben.localhost", "/feed.xml").into();
        let noted = runtime.block_on(store.note_hub(FEED, &feed, Timestamp::UNIX_EPOCH));
        noted.unwrap();
        home.start();
        Self { home, peer, manner, heard, runtime, store }
    }

    /// With a hub that tells of the feed.
    fn told() -> Self {
        Self::told_with("")
    }

    fn told_with(more: &str) -> Self {
        let world = Self::with(Manner::Good, more);
        wait_until("the hub tells", || world.callback().is_some_and(|c| c.state == State::Active));
        world
    }

    /// The callback that was asked for last.
    fn callback(&self) -> Option<Callback> {
        let all = self.runtime.block_on(self.store.callbacks(FEED)).unwrap();
        all.into_iter().next()
    }

    fn named(&self, name: &str) -> Callback {
        self.runtime.block_on(self.store.callback(name)).unwrap().expect("a callback")
    }

    fn address(&self) -> String {
        self.home.url(&format!("/websub/{}", self.callback().unwrap().name))
    }

    fn topic(&self) -> String {
        self.peer.url("ben.localhost", "/topic").into()
    }

    fn heard(&self, number: usize) -> Heard {
        wait_for(&format!("request {number}"), || self.heard.lock().unwrap().get(number).cloned())
    }

    /// Changes the database behind the daemon's back.
    fn change(&self, sql: &str) {
        let connection = Connection::open(self.home.site.path(".lanai/lanai.sqlite")).unwrap();
        connection.busy_timeout(Duration::from_secs(20)).unwrap();
        connection.execute(sql, []).unwrap();
    }

    /// A signature of the hub.
    fn sign(&self, method: &str, body: &[u8]) -> String {
        let secret = self.callback().unwrap().secret.unwrap();
        signature(method, secret.reveal(), body)
    }

    /// A signed delivery.
    fn deliver(&self, body: &str) -> Answer {
        let signature = self.sign("sha256", body.as_bytes());
        let headers = [("Content-Type", ATOM), ("X-Hub-Signature", &signature)];
        send("POST", &self.address(), &headers, body.as_bytes())
    }

    fn deliveries(&self) -> usize {
        self.runtime.block_on(self.store.count_deliveries()).unwrap()
    }

    fn pinged(&self) -> bool {
        !self.runtime.block_on(self.store.pinged_feeds(9)).unwrap().is_empty()
    }

    fn hand_on(&self, polling: &Merged) -> Result<usize, Failure> {
        let now = Timestamp::UNIX_EPOCH;
        self.runtime.block_on(hand_on(&self.store, polling, now))
    }
}

fn signature(method: &str, secret: &str, body: &[u8]) -> String {
    let algorithm = match method {
        "sha1" => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
        "sha256" => hmac::HMAC_SHA256,
        "sha384" => hmac::HMAC_SHA384,
        _ => hmac::HMAC_SHA512,
    };
    let tag = hmac::sign(&hmac::Key::new(algorithm, secret.as_bytes()), body);
    let hex: String = tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{method}={hex}")
}

/// Polling that keeps what it gets; it may fail.
#[derive(Default)]
struct Merged {
    deliveries: Mutex<Vec<StoredDelivery>>,
    asked: Mutex<Vec<i64>>,
    /// What it fails at.
    fails: Option<&'static str>,
}

impl Polling for Merged {
    async fn intake(&self, delivery: &StoredDelivery) -> Result<(), Failure> {
        self.deliveries.lock().unwrap().push(delivery.clone());
        let body = String::from_utf8_lossy(&delivery.body).into_owned();
        match self.fails {
            Some(fails) if body.contains(fails) => Err(Failure::run("the end came")),
            _ => Ok(()),
        }
    }

    async fn ask_at_once(&self, feed: i64, _: Timestamp) -> Result<(), Failure> {
        self.asked.lock().unwrap().push(feed);
        Ok(())
    }
}

#[test]
fn ws_s_04_a_hub_may_make_sure_while_it_is_asked() {
    let world = World::told();
    let heard = world.heard(0);
    let callback = world.callback().unwrap();
    assert_eq!(heard.field("hub.mode"), "subscribe");
    assert_eq!(heard.field("hub.topic"), world.topic());
    assert_eq!(heard.field("hub.callback"), world.address());
    assert_eq!(heard.field("hub.lease_seconds"), "864000");
    assert_eq!(heard.field("hub.secret"), callback.secret.unwrap().reveal());
    // WS-S-06, WS-S-11: the challenge comes back as it was, and as nothing that a browser runs.
    let answer = heard.answer.unwrap();
    assert_eq!((answer.status, answer.text().as_str()), (200, "<b>1&2</b>"));
    assert_eq!(answer.header("content-type"), Some("text/plain; charset=utf-8"));
    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
    // WS-S-14: the hub's word on the time.
    let lease = callback.lease_until.unwrap().duration_since(callback.asked).as_secs();
    assert!((500_000..500_100).contains(&lease), "{lease}");
    // WS-C-07: what came before that was for nobody.
    assert_eq!((heard.early, world.deliveries()), (404, 0));
}

#[test]
fn ws_s_07_to_s_10_what_was_not_asked_for_is_not_there() {
    let world = World::new(Manner::Slow);
    world.heard(0);
    let (callback, topic) = (world.address(), world.topic());
    let good = [
        ("hub.mode", "subscribe"),
        ("hub.topic", &*topic),
        ("hub.challenge", "c"),
        ("hub.lease_seconds", "500000"),
    ];
    let with = |name: &str, value: &str| {
        let fields = good.map(|(key, old)| (key, if key == name { value } else { old }));
        question(&callback, &fields).status
    };
    assert_eq!(with("hub.topic", &format!("{topic}?invalid")), 404);
    assert_eq!(with("hub.mode", "unsubscribe"), 404);
    assert_eq!(with("hub.mode", "publish"), 404);
    for lease in ["0", "-1", "soon", ""] {
        assert_eq!(with("hub.lease_seconds", lease), 404, "{lease}");
    }
    for missing in 0..good.len() {
        let mut fields = good.to_vec();
        let (name, _) = fields.remove(missing);
        assert_eq!(question(&callback, &fields).status, 404, "{name}");
    }
    for other in ["aaaaaaaaaaaaaaaaaaaaaaaaaa", "a-b", "%00", &"a".repeat(900)] {
        let status = question(&world.home.url(&format!("/websub/{other}")), &good).status;
        assert_eq!(status, 404, "{other}");
    }
    assert_eq!(world.callback().unwrap().state, State::Pending);
    // And what was asked for is.
    let answer = question(&callback, &good);
    assert_eq!((answer.status, answer.text().as_str()), (200, "c"));
    assert_eq!(world.callback().unwrap().state, State::Active);
    assert_eq!(with("hub.mode", "unsubscribe"), 404);
}

#[test]
fn ws_s_09_a_hub_that_says_no_is_heard() {
    let world = World::new(Manner::No);
    let heard = world.heard(0);
    assert_eq!(heard.answer.unwrap().status, 200);
    wait_until("it is noted", || world.callback().is_some_and(|c| c.state == State::Denied));
    assert!(world.callback().unwrap().words.ends_with("not you"));
    assert!(world.pinged());
    assert_eq!(world.deliver("x").status, 404);
}

#[test]
fn ws_c_01_to_c_06_only_what_the_hub_signed_is_taken() {
    let world = World::told();
    let callback = world.address();
    for method in ["sha1", "sha256", "sha384", "sha512"] {
        let body = format!("{ENTRY}<!-- {method} -->");
        let signature = world.sign(method, body.as_bytes());
        // WS-C-02: what it says of itself changes nothing.
        let headers = [
            ("X-Hub-Signature", &*signature),
            ("Content-Type", ATOM),
            ("Link", "<https://other.example/feed>; rel=\"self\""),
        ];
        assert_eq!(send("POST", &callback, &headers, body.as_bytes()).status, 202, "{method}");
    }
    assert_eq!(world.deliveries(), 4);
    let secret = world.callback().unwrap().secret.unwrap();
    let good = signature("sha256", secret.reveal(), ENTRY.as_bytes());
    let forged = signature("sha256", "another", ENTRY.as_bytes());
    for wrong in [&*forged, "sha256", "", "md5=00", "sha256=", &good[..good.len() - 2]] {
        let headers = [("X-Hub-Signature", wrong), ("Content-Type", ATOM)];
        let answer = send("POST", &callback, &headers, ENTRY.as_bytes());
        assert_eq!(answer.status, 403, "{wrong}");
    }
    let bare = send("POST", &callback, &[("Content-Type", ATOM)], ENTRY.as_bytes());
    assert_eq!(bare.status, 403);
    let other = send("POST", &callback, &[("X-Hub-Signature", &good)], b"another body");
    assert_eq!(other.status, 403);
    assert_eq!(world.deliveries(), 4);
    assert!(!world.pinged());
    assert_eq!(world.home.metric("deliveries"), 4);
    assert_eq!(world.home.metric("deliveries_wrong"), 8);
    let unknown = world.home.url("/websub/aaaaaaaaaaaaaaaaaaaaaaaaaa");
    assert_eq!(send("POST", &unknown, &[("X-Hub-Signature", &good)], b"x").status, 404);

    let merged = Merged::default();
    assert_eq!(world.hand_on(&merged).unwrap(), 4);
    let all = merged.deliveries.into_inner().unwrap();
    assert!(all.iter().all(|one| one.feed == FEED && one.topic == world.topic()));
    assert!(all.iter().all(|one| one.content_type.as_deref() == Some(ATOM)));
    assert_eq!(world.deliveries(), 0);
}

#[test]
fn ws_c_06_sha1_can_be_switched_off() {
    let world = World::told_with("sha1-signatures = false");
    for (method, status) in [("sha1", 403), ("sha256", 202)] {
        let signature = world.sign(method, ENTRY.as_bytes());
        let headers = [("X-Hub-Signature", &*signature)];
        let answer = send("POST", &world.address(), &headers, ENTRY.as_bytes());
        assert_eq!(answer.status, status, "{method}");
    }
}

#[test]
fn ws_c_01_what_was_accepted_survives_a_sudden_end() {
    let mut world = World::told();
    for number in 0..5 {
        assert_eq!(world.deliver(&format!("{ENTRY}<!-- {number} -->")).status, 202);
    }
    // WS-C-11: the same again is not more.
    assert_eq!(world.deliver(&format!("{ENTRY}<!-- 3 -->")).status, 202);
    world.home.daemon.take().unwrap().kill();
    // Whoever merges them is ended in the middle, too.
    let broken = Merged { fails: Some("<!-- 2 -->"), ..Merged::default() };
    assert!(world.hand_on(&broken).is_err());
    assert_eq!(world.deliveries(), 1);
    world.home.daemon = Some(Daemon::start(&[world.home.site.root()], world.home.port));
    let merged = Merged::default();
    assert_eq!(world.hand_on(&merged).unwrap(), 1);
    let bodies: Vec<String> = merged
        .deliveries
        .into_inner()
        .unwrap()
        .into_iter()
        .map(|one| String::from_utf8(one.body).unwrap())
        .collect();
    assert_eq!(bodies, [format!("{ENTRY}<!-- 2 -->")]);
    assert_eq!(world.hand_on(&Merged::default()).unwrap(), 0);
    // The subscription survived as well.
    assert_eq!(world.deliver("after").status, 202);
}

#[test]
fn ws_c_08_without_a_secret_a_delivery_is_a_sign_only() {
    let world = World::told();
    world.change("UPDATE websub_callback SET secret = NULL");
    let answer = send("POST", &world.address(), &[("Content-Type", ATOM)], ENTRY.as_bytes());
    assert_eq!((answer.status, world.deliveries()), (202, 0));
    let merged = Merged::default();
    assert_eq!(world.hand_on(&merged).unwrap(), 1);
    assert_eq!(merged.asked.into_inner().unwrap(), [FEED]);
    assert!(!world.pinged());
}

#[test]
fn what_cannot_be_read_as_it_comes_is_a_sign_only() {
    let world = World::told();
    let (empty, packed) = (world.sign("sha256", b""), world.sign("sha256", b"packed"));
    let headers = [("X-Hub-Signature", &*empty)];
    assert_eq!(send("POST", &world.address(), &headers, b"").status, 202);
    assert!(world.pinged());
    assert_eq!(world.hand_on(&Merged::default()).unwrap(), 1);
    let headers = [("X-Hub-Signature", &*packed), ("Content-Encoding", "gzip")];
    assert_eq!(send("POST", &world.address(), &headers, b"packed").status, 202);
    assert!(world.pinged());
    assert_eq!(world.deliveries(), 0);
}

#[test]
fn ws_c_09_what_is_too_long_is_fetched() {
    const MOST: usize = 5 * 1024 * 1024;
    let world = World::told();
    let callback = world.address();
    let most = "x".repeat(MOST);
    assert_eq!(world.deliver(&most).status, 202);
    assert_eq!((world.deliveries(), world.pinged()), (1, false));
    let length = (MOST + 1).to_string();
    let answer = send("POST", &callback, &[("Content-Length", &length)], b"");
    assert_eq!(answer.status, 413);
    let merged = Merged::default();
    assert_eq!(world.hand_on(&merged).unwrap(), 2);
    assert_eq!(merged.asked.into_inner().unwrap(), [FEED]);
    assert_eq!(merged.deliveries.into_inner().unwrap()[0].body.len(), MOST);
    // One that does not say how long it is.
    let mut pieces = format!("{:x}\r\n", MOST + 1).into_bytes();
    pieces.extend(vec![b'x'; MOST + 1]);
    pieces.extend(b"\r\n0\r\n\r\n");
    let (url, host) = (Url::parse(&callback).unwrap(), world.home.host());
    let headers = [("Host", &*host), ("Transfer-Encoding", "chunked")];
    assert_eq!(ask_chunked(world.home.port, url.path(), &headers, &pieces).status, 413);
    assert!(world.pinged());
    assert_eq!(world.deliveries(), 0);
}

#[test]
fn ws_s_13_who_is_not_followed_any_more_is_told_so() {
    let world = World::told();
    let (callback, name) = (world.address(), world.callback().unwrap().name);
    let signature = world.sign("sha256", b"x");
    world.runtime.block_on(world.store.leave_hubs(FEED, Timestamp::UNIX_EPOCH)).unwrap();
    let late = send("POST", &callback, &[("X-Hub-Signature", &signature)], b"x");
    assert_eq!(late.status, 410);
    let heard = world.heard(1);
    assert_eq!(heard.field("hub.mode"), "unsubscribe");
    assert_eq!(heard.field("hub.callback"), callback);
    assert_eq!(heard.field("hub.topic"), world.topic());
    // The hub makes sure of it.
    let answer = heard.answer.unwrap();
    assert_eq!((answer.status, answer.text().as_str()), (200, "<b>1&2</b>"));
    assert_eq!(world.named(&name).state, State::Ended);
    let late = send("POST", &callback, &[("X-Hub-Signature", &signature)], b"x");
    assert_eq!((late.status, world.deliveries()), (410, 0));
}

#[test]
fn ws_s_12_a_renewal_has_a_callback_of_its_own() {
    let world = World::told();
    let (first, name) = (world.address(), world.callback().unwrap().name);
    world.change("UPDATE websub SET due = 0");
    assert_eq!(world.heard(1).field("hub.mode"), "subscribe");
    wait_until("the second tells", || {
        world.callback().is_some_and(|c| c.name != name && c.state == State::Active)
    });
    let second = world.address();
    assert_ne!(second, first);
    assert_eq!(world.heard(1).field("hub.callback"), second);
    assert_ne!(world.heard(1).field("hub.secret"), world.heard(0).field("hub.secret"));
    // The first is told to stop once the second is there.
    let stop = world.heard(2);
    assert_eq!((stop.field("hub.mode"), stop.field("hub.callback")), ("unsubscribe", &*first));
    assert_eq!(stop.answer.unwrap().status, 200);
    assert_eq!(world.named(&name).state, State::Ended);
    assert_eq!(world.deliver("x").status, 202);
    assert_eq!(send("POST", &first, &[], b"x").status, 410);
}

#[test]
fn ws_s_12_a_lapse_closes_the_callback() {
    let world = World::told();
    *world.manner.lock().unwrap() = Manner::Slow;
    let name = world.callback().unwrap().name;
    world.change("UPDATE websub_callback SET lease_until = unixepoch() * 1000 - 1");
    wait_until("it is closed", || world.named(&name).state == State::Ended);
    assert!(world.pinged());
    assert_eq!(world.heard(1).field("hub.mode"), "subscribe");
}

#[test]
fn callbacks_are_not_asked_without_end() {
    let world = World::told();
    let callback = world.address();
    let (mut taken, mut limited) = (0, 0);
    for _ in 0..80 {
        match send("POST", &callback, &[], b"x") {
            answer if answer.status == 403 => taken += 1,
            answer => {
                assert_eq!(answer.status, 429);
                assert!(answer.header("retry-after").is_some());
                limited += 1;
            }
        }
    }
    assert!(taken <= 60 && limited >= 20, "{taken} {limited}");
    let none = world.home.url("/websub/aaaaaaaaaaaaaaaaaaaaaaaaaa");
    let strangers = (0..80).filter(|_| send("POST", &none, &[], b"x").status == 429).count();
    assert!(strangers >= 20, "{strangers}");
}
