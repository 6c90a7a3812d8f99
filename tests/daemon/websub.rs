//! A hub on loopback and the daemon as its subscriber: Ana follows Ben by her file, the daemon reads
//! his feed, finds the hub in it, and has itself told of news. The hub makes sure that it was asked
//! while it is still being asked, delivers, and is told to stop.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_lc_rs::hmac;
use lanai::protocols::websub::State;
use lanai::store::{Callback, Store};
use rusqlite::Connection;
use tokio::runtime::Runtime;
use url::Url;

use crate::home::{Daemon, Home, wait_for, wait_until};
use crate::http::{Answer, ask, ask_chunked, form};
use crate::peer::{Asked, Peer, Reply};

/// What the first feed is called that somebody follows.
const FEED: i64 = 1;

const ATOM: &str = "application/atom+xml; charset=utf-8";

const DAY: i64 = 24 * 60 * 60 * 1_000;

/// A feed of Ben's with some posts; each is known by its title.
fn atom(titles: &[&str]) -> String {
    let entry = |title: &&str| format!("<entry><id>b:{title}</id><title>{title}</title></entry>");
    let entries: String = titles.iter().map(entry).collect();
    format!(
        "<feed xmlns=\"http://www.w3.org/2005/Atom\"><id>b</id><title>Ben</title>{entries}</feed>"
    )
}

/// What Ben has.
#[derive(Debug, Clone)]
struct Ben {
    posts: Vec<&'static str>,
    /// How his feed says that it is at another place.
    moved: Option<u16>,
}

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
    ben: Arc<Mutex<Ben>>,
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

/// What Ben answers.
fn ben(asked: &Asked, ben: &Ben) -> Reply {
    let topic = match (asked.path.as_str(), ben.moved) {
        ("/feed.xml", Some(status)) => return Reply::redirect(status, "/new.xml"),
        ("/feed.xml", None) => "/topic",
        ("/new.xml", _) => "/new-topic",
        _ => return Reply::status(404),
    };
    let port = asked.header("host").unwrap().rsplit(':').next().unwrap();
    Reply::status(200)
        .header("Content-Type", ATOM)
        .header("Link", &format!("<http://hub.localhost:{port}/>; rel=\"hub\""))
        .header("Link", &format!("<{topic}>; rel=\"self\""))
        .body(atom(&ben.posts))
}

impl World {
    fn new(manner: Manner) -> Self {
        let mut world = Self::quiet(manner, "");
        world.home.start();
        world
    }

    /// With more in Ana's configuration of the daemon, which is still to be started.
    fn quiet(manner: Manner, more: &str) -> Self {
        let (manner, heard) = (Arc::new(Mutex::new(manner)), Arc::<Mutex<Vec<Heard>>>::default());
        let state = Arc::new(Mutex::new(Ben { posts: vec!["Old"], moved: None }));
        let (own, record, posts) = (Arc::clone(&manner), Arc::clone(&heard), Arc::clone(&state));
        let peer = Peer::start(move |asked| match (asked.method.as_str(), asked.host.as_str()) {
            ("POST", "hub.localhost") => {
                let manner = *own.lock().unwrap();
                hub(asked, manner, &record)
            }
            ("GET", "ben.localhost") => {
                let state = posts.lock().unwrap().clone();
                ben(asked, &state)
            }
            _ => Reply::status(404),
        });
        let home = Home::quiet("ana", more);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let store = runtime.block_on(Store::open(&home.site.path(".lanai"))).unwrap();
        let world = Self { home, peer, ben: state, manner, heard, runtime, store };
        world.follow(&["/feed.xml"]);
        world
    }

    /// With a hub that tells of the feed, which was read.
    fn told() -> Self {
        Self::told_with("")
    }

    fn told_with(more: &str) -> Self {
        let mut world = Self::quiet(Manner::Good, more);
        world.home.start();
        world.wait_until_told();
        world
    }

    fn wait_until_told(&self) {
        wait_until("the hub tells", || self.callback().is_some_and(|c| c.state == State::Active));
        self.shows(&["Old"]);
        self.wait_until_quiet();
    }

    /// Writes whom Ana follows.
    fn follow(&self, feeds: &[&str]) {
        let row = |path: &&str| format!("[[follow]]\nurl = \"{}\"\n", self.at(path));
        let rows: String = feeds.iter().map(row).collect();
        self.home.site.write("data/following.toml", &rows);
    }

    /// Something of Ben's.
    fn at(&self, path: &str) -> String {
        self.peer.url("ben.localhost", path).into()
    }

    /// Ben writes a post.
    fn post(&self, title: &'static str) {
        self.ben.lock().unwrap().posts.push(title);
    }

    /// The callback that was asked for last.
    fn callback(&self) -> Option<Callback> {
        self.callback_of(FEED)
    }

    fn callback_of(&self, feed: i64) -> Option<Callback> {
        let all = self.runtime.block_on(self.store.callbacks(feed)).unwrap();
        all.into_iter().next()
    }

    fn named(&self, name: &str) -> Callback {
        self.runtime.block_on(self.store.callback(name)).unwrap().expect("a callback")
    }

    fn address(&self) -> String {
        self.address_of(&self.callback().unwrap())
    }

    fn address_of(&self, callback: &Callback) -> String {
        self.home.url(&format!("/websub/{}", callback.name))
    }

    fn topic(&self) -> String {
        self.at("/topic")
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

    /// A word from the database.
    fn word(&self, sql: &str) -> String {
        self.home.database().query_row(sql, [], |row| row.get(0)).unwrap()
    }

    /// Lets the daemon see what was changed behind its back.
    fn wake(&self) {
        let text = std::fs::read_to_string(self.home.site.path("data/following.toml")).unwrap();
        self.home.site.write("data/following.toml", &format!("{text}# Look.\n"));
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

    /// A delivery of posts that is taken, and merged.
    #[track_caller]
    fn bring(&self, titles: &[&str]) {
        assert_eq!(self.deliver(&atom(titles)).status, 202);
        wait_until("the delivery is merged", || self.deliveries() == 0);
    }

    /// How many deliveries wait.
    fn deliveries(&self) -> usize {
        self.runtime.block_on(self.store.count_deliveries()).unwrap()
    }

    /// The titles of all items, in the order in which they came.
    fn titles(&self) -> Vec<String> {
        let database = self.home.database();
        let mut rows = database.prepare("SELECT body FROM item ORDER BY id").unwrap();
        let bodies = rows.query_map([], |row| row.get::<_, String>(0)).unwrap();
        let title = |body: String| {
            let body: serde_json::Value = serde_json::from_str(&body).unwrap();
            body["title"].as_str().unwrap().to_owned()
        };
        bodies.map(|body| title(body.unwrap())).collect()
    }

    /// Waits until Ana has these, and nothing else; each is in her timeline.
    #[track_caller]
    fn shows(&self, titles: &[&str]) {
        wait_until(&format!("{titles:?}, not {:?}", self.titles()), || self.titles() == titles);
        assert_eq!(self.home.count("SELECT count(*) FROM entry"), titles.len() as i64);
    }

    /// How often the feed was asked for, not counting those who look for its hub.
    fn polls(&self) -> usize {
        let is_poll = |asked: &&Asked| {
            let agent = asked.header("user-agent").unwrap_or_default();
            asked.path == "/feed.xml" && agent.contains("feed reader")
        };
        self.peer.asked().iter().filter(is_poll).count()
    }

    /// Waits until nobody asks for anything.
    #[track_caller]
    fn wait_until_quiet(&self) {
        const BUSY: &str = "SELECT (SELECT count(*) FROM feed_host WHERE lease_until IS NOT NULL) \
                            + (SELECT count(*) FROM websub WHERE pinged IS NOT NULL)";
        wait_until("nobody asks", || self.home.count(BUSY) == 0);
    }

    /// The feed was asked for two hours ago: it may be asked for again.
    fn rest(&self) {
        self.wait_until_quiet();
        self.change("UPDATE feed SET checked = checked - 7200000");
    }

    /// Somebody does something; the feed is asked for once because of it.
    #[track_caller]
    fn is_asked_after(&self, what: &str, act: impl FnOnce()) {
        self.rest();
        let before = self.polls();
        act();
        wait_until(&format!("the feed is asked after {what}"), || self.polls() > before);
        self.wait_until_quiet();
        assert_eq!(self.polls(), before + 1, "{what}");
    }

    /// A hub says that there is something new, and nothing more.
    fn ping(&self) {
        let signature = self.sign("sha256", b"");
        let headers = [("X-Hub-Signature", &*signature)];
        assert_eq!(send("POST", &self.address(), &headers, b"").status, 202);
    }

    /// When the feed is asked for again, from when it was asked for on, in milliseconds.
    fn pause(&self) -> i64 {
        self.home.count("SELECT due - checked FROM feed WHERE id = 1")
    }

    fn kill(&mut self) {
        self.home.daemon.take().unwrap().kill();
    }

    fn restart(&mut self) {
        self.home.daemon = Some(Daemon::start(&[self.home.site.root()], self.home.port));
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
    assert_eq!(world.home.metric("deliveries"), 0);
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
fn ws_s_09_a_hub_that_says_no_is_heard_and_the_feed_is_asked() {
    let world = World::new(Manner::No);
    let heard = world.heard(0);
    assert_eq!(heard.answer.unwrap().status, 200);
    wait_until("it is noted", || world.callback().is_some_and(|c| c.state == State::Denied));
    assert!(world.callback().unwrap().words.ends_with("not you"));
    // As soon as is polite.
    wait_until("there is polling", || world.pause() == 60_000);
    assert_eq!(world.deliver(&atom(&["New"])).status, 404);
    world.shows(&["Old"]);
}

#[test]
fn ws_c_01_to_c_06_only_what_the_hub_signed_is_taken() {
    let world = World::told();
    let callback = world.address();
    // WS-C-02: what it says of itself changes nothing.
    let other = "<https://other.example/feed>; rel=\"self\"";
    for method in ["sha1", "sha256", "sha384", "sha512"] {
        let own = "<link rel=\"self\" href=\"https://other.example/feed\"/><id>b</id>";
        let body = atom(&[method]).replace("<id>b</id>", own);
        let signature = world.sign(method, body.as_bytes());
        let headers = [("X-Hub-Signature", &*signature), ("Content-Type", ATOM), ("Link", other)];
        assert_eq!(send("POST", &callback, &headers, body.as_bytes()).status, 202, "{method}");
    }
    world.shows(&["Old", "sha1", "sha256", "sha384", "sha512"]);
    let body = atom(&["Forged"]);
    let secret = world.callback().unwrap().secret.unwrap();
    let good = signature("sha256", secret.reveal(), body.as_bytes());
    let forged = signature("sha256", "another", body.as_bytes());
    for wrong in [&*forged, "sha256", "", "md5=00", "sha256=", &good[..good.len() - 2]] {
        let headers = [("X-Hub-Signature", wrong), ("Content-Type", ATOM)];
        let answer = send("POST", &callback, &headers, body.as_bytes());
        assert_eq!(answer.status, 403, "{wrong}");
    }
    let bare = send("POST", &callback, &[("Content-Type", ATOM)], body.as_bytes());
    assert_eq!(bare.status, 403);
    let headers = [("X-Hub-Signature", &*good), ("Content-Type", ATOM)];
    let changed = body.replace("Ben", "Bem");
    assert_eq!(send("POST", &callback, &headers, changed.as_bytes()).status, 403);
    assert_eq!(world.home.metric("deliveries"), 4);
    assert_eq!(world.home.metric("deliveries_wrong"), 8);
    let unknown = world.home.url("/websub/aaaaaaaaaaaaaaaaaaaaaaaaaa");
    assert_eq!(send("POST", &unknown, &headers, body.as_bytes()).status, 404);
    // All there is comes of the one feed, and nobody had to ask for it.
    world.bring(&["Last"]);
    world.shows(&["Old", "sha1", "sha256", "sha384", "sha512", "Last"]);
    assert_eq!(world.home.count("SELECT count(*) FROM item WHERE feed <> 1"), 0);
    assert_eq!((world.home.count("SELECT count(*) FROM feed"), world.polls()), (1, 1));
}

#[test]
fn ws_c_06_sha1_can_be_switched_off() {
    let world = World::told_with("sha1-signatures = false");
    for (method, status) in [("sha1", 403), ("sha256", 202)] {
        let body = atom(&[method]);
        let signature = world.sign(method, body.as_bytes());
        let headers = [("X-Hub-Signature", &*signature)];
        let answer = send("POST", &world.address(), &headers, body.as_bytes());
        assert_eq!(answer.status, status, "{method}");
    }
    world.shows(&["Old", "sha256"]);
}

#[test]
fn ws_c_01_what_was_accepted_survives_a_sudden_end() {
    let mut world = World::told();
    // Somebody is asking for the feed, so nothing is merged now.
    world.change("UPDATE feed_host SET lease_until = 9999999999999, owner = 'somebody'");
    for title in ["1", "2", "3", "4", "5"] {
        assert_eq!(world.deliver(&atom(&[title])).status, 202);
    }
    // WS-C-11: the same again is not more.
    assert_eq!(world.deliver(&atom(&["3"])).status, 202);
    assert_eq!(world.deliveries(), 5);
    world.kill();
    assert_eq!((world.titles(), world.deliveries()), (vec!["Old".to_owned()], 5));
    world.restart();
    // In the order in which they came.
    world.shows(&["Old", "1", "2", "3", "4", "5"]);
    wait_until("they are forgotten", || world.deliveries() == 0);
    // The subscription survived as well.
    world.bring(&["after"]);
    world.shows(&["Old", "1", "2", "3", "4", "5", "after"]);

    // An end after something was merged, and before it was forgotten.
    world.kill();
    let again = format!(
        "INSERT INTO websub_delivery (feed, name, topic, content_type, body, stamp, received)
         VALUES (1, 'x', 'x', NULL, CAST('{}' AS BLOB), 'x', 0)",
        atom(&["4", "5"])
    );
    world.change(&again);
    world.restart();
    wait_until("it is forgotten", || world.deliveries() == 0);
    world.shows(&["Old", "1", "2", "3", "4", "5", "after"]);
}

#[test]
fn ws_c_01_ends_in_the_middle_lose_nothing_and_bring_nothing_twice() {
    const ENDS: usize = 6;
    let mut world = World::told();
    let mut all = vec!["Old".to_owned()];
    for end in 0..ENDS {
        for number in 0..3 {
            let title = format!("{end}.{number}");
            assert_eq!(world.deliver(&atom(&[&title])).status, 202);
            all.push(title);
        }
        // Whatever it is doing.
        world.kill();
        world.restart();
        wait_until("all is merged", || world.deliveries() == 0);
    }
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    world.shows(&all);
    assert_eq!(world.word("PRAGMA integrity_check"), "ok");
}

#[test]
fn ws_c_08_without_a_secret_a_delivery_is_a_sign_only() {
    let world = World::told();
    world.change("UPDATE websub_callback SET secret = NULL");
    world.post("New");
    let body = atom(&["Forged"]);
    let unsigned = || {
        let answer = send("POST", &world.address(), &[("Content-Type", ATOM)], body.as_bytes());
        assert_eq!((answer.status, world.deliveries()), (202, 0));
    };
    world.is_asked_after("a sign", unsigned);
    world.shows(&["Old", "New"]);
    // Who says so again at once has to wait a minute.
    let polls = world.polls();
    unsigned();
    unsigned();
    wait_until("it is followed soon", || world.pause() == 60_000);
    world.wait_until_quiet();
    assert_eq!(world.polls(), polls);
}

#[test]
fn what_cannot_be_read_as_it_comes_is_a_sign_only() {
    let world = World::told();
    world.is_asked_after("nothing", || world.ping());
    let packed = world.sign("sha256", b"packed");
    let headers = [("X-Hub-Signature", &*packed), ("Content-Encoding", "gzip")];
    world.is_asked_after("what is packed", || {
        assert_eq!(send("POST", &world.address(), &headers, b"packed").status, 202);
    });
    world.is_asked_after("what is no feed", || {
        assert_eq!(world.deliver("<p>There is something new.").status, 202);
    });
    assert_eq!(world.deliveries(), 0);
    world.shows(&["Old"]);
}

#[test]
fn ws_c_09_what_is_too_long_is_fetched() {
    const MOST: usize = 5 * 1024 * 1024;
    let world = World::told();
    let callback = world.address();
    let mut most = atom(&["Long"]);
    most.push_str(&" ".repeat(MOST - most.len()));
    assert_eq!(world.deliver(&most).status, 202);
    world.shows(&["Old", "Long"]);
    assert_eq!(world.polls(), 1);
    let length = (MOST + 1).to_string();
    world.is_asked_after("what says that it is too long", || {
        let answer = send("POST", &callback, &[("Content-Length", &length)], b"");
        assert_eq!(answer.status, 413);
    });
    // One that does not say how long it is.
    let mut pieces = format!("{:x}\r\n", MOST + 1).into_bytes();
    pieces.extend(vec![b'x'; MOST + 1]);
    pieces.extend(b"\r\n0\r\n\r\n");
    let (url, host) = (Url::parse(&callback).unwrap(), world.home.host());
    let headers = [("Host", &*host), ("Transfer-Encoding", "chunked")];
    world.is_asked_after("what is too long", || {
        assert_eq!(ask_chunked(world.home.port, url.path(), &headers, &pieces).status, 413);
    });
    assert_eq!(world.deliveries(), 0);
}

#[test]
fn ws_c_10_what_a_delivery_does_not_hold_is_not_deleted() {
    let world = World::told();
    world.post("Second");
    world.is_asked_after("a sign", || world.ping());
    world.bring(&["Third"]);
    world.shows(&["Old", "Second", "Third"]);
    world.bring(&[]);
    world.bring(&["Old"]);
    world.shows(&["Old", "Second", "Third"]);
    assert_eq!(world.home.count("SELECT count(*) FROM known WHERE item IS NOT NULL"), 3);
}

#[test]
fn ws_c_11_what_is_delivered_and_polled_is_one_item() {
    let world = World::told();
    // Delivered first.
    world.bring(&["Second"]);
    world.post("Second");
    world.is_asked_after("a sign", || world.ping());
    world.shows(&["Old", "Second"]);
    // Polled first, and the same delivery once more.
    world.bring(&["Second", "Old"]);
    world.bring(&["Second"]);
    world.shows(&["Old", "Second"]);
    assert_eq!(world.home.count("SELECT count(*) FROM revision"), 0);
    // What is delivered with other words is the same item, edited.
    let edited = atom(&["Second"]).replace("<title>Second", "<title>Better");
    assert_eq!(world.deliver(&edited).status, 202);
    world.shows(&["Old", "Better"]);
    assert_eq!(world.home.count("SELECT count(*) FROM revision"), 1);
    assert_eq!(world.home.count("SELECT count(*) FROM known"), 2);
}

#[test]
fn ws_c_11_what_comes_while_the_feed_is_asked_waits_for_it() {
    let world = World::told();
    world.change("UPDATE feed_host SET lease_until = 9999999999999, owner = 'somebody'");
    world.post("New");
    assert_eq!(world.deliver(&atom(&["New"])).status, 202);
    world.ping();
    world.change("UPDATE feed SET checked = checked - 7200000");
    assert_eq!((world.titles(), world.polls()), (vec!["Old".to_owned()], 1));
    world.change("UPDATE feed_host SET lease_until = NULL, owner = NULL");
    world.wake();
    wait_until("the feed is asked", || world.polls() == 2);
    world.wait_until_quiet();
    world.shows(&["Old", "New"]);
}

#[test]
fn ws_c_12_while_a_hub_tells_the_feed_is_asked_once_a_day() {
    let world = World::told();
    assert!(world.pause() < DAY / 10, "the hub was not known yet");
    // A delivery that never came.
    world.post("Missed");
    world.is_asked_after("its time", || {
        world.change("UPDATE feed SET due = 1");
        world.change("UPDATE feed_host SET due = 1");
        world.wake();
    });
    world.shows(&["Old", "Missed"]);
    let pause = world.pause();
    assert!((DAY * 9 / 10..=DAY * 11 / 10).contains(&pause), "{pause}");
    // Deliveries change nothing about it.
    world.bring(&["New"]);
    world.shows(&["Old", "Missed", "New"]);
    assert_eq!(world.pause(), pause);
}

#[test]
fn ws_d_07_where_a_feed_leads_to_says_topic_and_hub() {
    for (status, location) in [(301, "/new.xml"), (308, "/new.xml"), (302, "/feed.xml")] {
        let mut world = World::quiet(Manner::Good, "");
        world.ben.lock().unwrap().moved = Some(status);
        world.home.start();
        world.wait_until_told();
        assert_eq!(world.heard(0).field("hub.topic"), world.at("/new-topic"), "{status}");
        assert_eq!(world.word("SELECT location FROM feed"), world.at(location), "{status}");
        assert_eq!(world.word("SELECT url FROM websub"), world.at(location), "{status}");
        world.bring(&["New"]);
        world.shows(&["Old", "New"]);
    }
}

#[test]
fn ws_d_07_a_feed_that_moves_later_is_told_of_all_the_while() {
    let world = World::told();
    let name = world.callback().unwrap().name;
    world.ben.lock().unwrap().moved = Some(301);
    world.post("Second");
    world.is_asked_after("a sign", || world.ping());
    world.shows(&["Old", "Second"]);
    // It has to say so for a week.
    assert_eq!(world.word("SELECT location FROM feed"), world.at("/feed.xml"));
    assert_eq!(world.word("SELECT moved_to FROM feed"), world.at("/new.xml"));
    world.bring(&["Third"]);
    world.change("UPDATE feed SET moved_at = moved_at - 8 * 86400000");
    world.post("Fourth");
    world.is_asked_after("a week", || world.ping());
    world.shows(&["Old", "Second", "Third", "Fourth"]);
    for place in ["SELECT location FROM feed", "SELECT url FROM websub"] {
        assert_eq!(world.word(place), world.at("/new.xml"), "{place}");
    }
    world.bring(&["Fifth"]);
    world.shows(&["Old", "Second", "Third", "Fourth", "Fifth"]);
    assert_eq!(world.callback().unwrap().name, name);
}

#[test]
fn ws_d_07_two_feeds_that_turn_out_to_be_one_have_one_hub() {
    let mut world = World::quiet(Manner::Good, "");
    world.follow(&["/feed.xml", "/new.xml"]);
    world.home.start();
    let is_told = |feed| world.callback_of(feed).is_some_and(|c| c.state == State::Active);
    wait_until("the hub tells of both", || is_told(1) && is_told(2));
    world.shows(&["Old", "Old"]);
    let (first, second) = (world.callback_of(1).unwrap(), world.callback_of(2).unwrap());
    let new = world.at("/new.xml");
    world.ben.lock().unwrap().moved = Some(301);
    world.wait_until_quiet();
    world.change(&format!("UPDATE feed SET moved_to = '{new}', moved_at = 0 WHERE id = 1"));
    world.is_asked_after("a sign", || world.ping());
    assert_eq!(world.home.count("SELECT same_as FROM feed WHERE id = 1"), 2);
    let stop = world.heard(2);
    assert_eq!(stop.field("hub.mode"), "unsubscribe");
    assert_eq!(stop.field("hub.callback"), world.address_of(&first));
    assert_eq!(send("POST", &world.address_of(&first), &[], b"x").status, 410);
    // The other one is told of as before.
    let body = atom(&["New"]);
    let signature = signature("sha256", second.secret.as_ref().unwrap().reveal(), body.as_bytes());
    let headers = [("X-Hub-Signature", &*signature)];
    let answer = send("POST", &world.address_of(&second), &headers, body.as_bytes());
    assert_eq!(answer.status, 202);
    wait_until("it is merged", || world.titles().contains(&"New".to_owned()));
    assert_eq!(world.home.count("SELECT count(*) FROM entry WHERE feed = 2"), 2);
}

#[test]
fn ws_s_13_who_is_not_followed_any_more_is_told_so() {
    let world = World::told();
    let (callback, name) = (world.address(), world.callback().unwrap().name);
    let body = atom(&["Late"]);
    let signature = world.sign("sha256", body.as_bytes());
    let late = || send("POST", &callback, &[("X-Hub-Signature", &signature)], body.as_bytes());
    world.follow(&[]);
    let heard = world.heard(1);
    assert_eq!(heard.field("hub.mode"), "unsubscribe");
    assert_eq!(heard.field("hub.callback"), callback);
    assert_eq!(heard.field("hub.topic"), world.topic());
    assert_eq!(heard.early, 410);
    // The hub makes sure of it.
    let answer = heard.answer.unwrap();
    assert_eq!((answer.status, answer.text().as_str()), (200, "<b>1&2</b>"));
    assert_eq!(world.named(&name).state, State::Ended);
    assert_eq!((late().status, world.deliveries()), (410, 0));
    assert_eq!(world.home.count("SELECT count(*) FROM entry"), 0);
    assert_eq!(world.home.count("SELECT count(*) FROM feed WHERE due IS NOT NULL"), 0);

    // Who is followed again is told of again, though nothing in the feed has changed.
    world.follow(&["/feed.xml"]);
    let heard = world.heard(2);
    assert_eq!(heard.field("hub.mode"), "subscribe");
    assert_ne!(heard.field("hub.callback"), callback);
    world.wait_until_told();
    world.bring(&["New"]);
    world.shows(&["Old", "New"]);
    assert_eq!(late().status, 410);
}

#[test]
fn ws_s_13_an_end_in_the_middle_of_unfollowing_leaves_the_hub_later() {
    let mut world = World::told();
    let callback = world.address();
    world.kill();
    world.change("DELETE FROM subscription");
    world.restart();
    let heard = world.heard(1);
    assert_eq!((heard.field("hub.mode"), heard.field("hub.callback")), ("unsubscribe", &*callback));
    assert_eq!(send("POST", &callback, &[], b"x").status, 410);
}

#[test]
fn ws_s_12_a_renewal_has_a_callback_of_its_own() {
    let world = World::told();
    let (first, name) = (world.address(), world.callback().unwrap().name);
    world.change("UPDATE websub SET due = 0");
    world.wake();
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
    world.bring(&["New"]);
    world.shows(&["Old", "New"]);
    assert_eq!(send("POST", &first, &[], b"x").status, 410);
    assert_eq!(world.polls(), 1);
}

#[test]
fn ws_s_12_a_lapse_closes_the_callback_and_the_feed_is_asked_at_once() {
    let world = World::told();
    *world.manner.lock().unwrap() = Manner::Slow;
    let (callback, name) = (world.address(), world.callback().unwrap().name);
    world.post("Missed");
    world.is_asked_after("the lapse", || {
        world.change("UPDATE websub_callback SET lease_until = unixepoch() * 1000 - 1");
        world.wake();
    });
    assert_eq!(world.named(&name).state, State::Ended);
    assert_eq!(world.heard(1).field("hub.mode"), "subscribe");
    world.shows(&["Old", "Missed"]);
    // From here on there is polling, as for any feed.
    assert!(world.pause() < DAY / 10);
    assert_eq!(send("POST", &callback, &[], b"x").status, 410);
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
