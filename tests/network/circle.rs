//! The public follow lists of those who are followed: their sites as a server, the lists as the
//! daemon's job reads them, at times that a test sets.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use lanai::config::Config;
use lanai::mentions::desk::{Desk, Memory};
use lanai::mentions::settle::Next;
use lanai::net::Client;
use lanai::reader::circle::{Refused, graph, read_lists};
use lanai::store::Store;

use crate::harness::SiteTest;
use crate::peer::{Asked, Peer, Reply};

const DAY: i64 = 24 * 3_600;

type Pages = Arc<Mutex<BTreeMap<String, Reply>>>;

struct World {
    site: SiteTest,
    peer: Peer,
    pages: Pages,
    desk: Desk,
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + second).unwrap()
}

/// What a page answers: not again what the client has.
fn answer(pages: &Pages, asked: &Asked) -> Reply {
    let key = format!("{}{}", asked.host.trim_end_matches(".localhost"), asked.path);
    let Some(reply) = pages.lock().unwrap().get(&key).cloned() else { return Reply::status(404) };
    let etag = reply.headers.iter().find(|(name, _)| name == "ETag").map(|(_, etag)| etag.as_str());
    match (asked.header("if-none-match"), etag) {
        (Some(known), Some(etag)) if known == etag => Reply::status(304),
        _ => reply,
    }
}

impl World {
    async fn new(more: &str) -> Self {
        let pages = Pages::default();
        let known = Arc::clone(&pages);
        let peer = Peer::start(move |asked| answer(&known, asked));
        let site = SiteTest::empty();
        let config = format!(
            "title = \"Ana\"\nurl = \"http://ana.localhost:{}\"\n[network]\nallow = [\"127.0.0.0/8\"]\n{more}",
            peer.port()
        );
        site.write("lanai.toml", &config);
        let config = Config::load(site.root()).unwrap();
        let desk = Desk {
            site: "ana".into(),
            root: Arc::new(site.root().to_path_buf()),
            table: Arc::default(),
            store: Store::open(&site.path(".lanai")).await.unwrap(),
            client: Client::for_site(&config).unwrap(),
            config: Arc::new(config),
            memory: Memory::default(),
        };
        Self { site, peer, pages, desk }
    }

    fn at(&self, host: &str) -> String {
        self.peer.url(&format!("{host}.localhost"), "/").into()
    }

    fn put(&self, place: &str, reply: Reply) {
        self.pages.lock().unwrap().insert(place.to_owned(), reply);
    }

    fn follow(&self, hosts: &[&str]) {
        let rows = hosts
            .iter()
            .map(|host| format!("[[follow]]\nurl = \"{}\"\ntitle = \"{host}\"\n\n", self.at(host)));
        self.site.write("data/following.toml", &rows.collect::<String>());
    }

    fn opml(&self, hosts: &[&str]) -> String {
        let rows = hosts.iter().map(|host| {
            let home = self.at(host);
            format!("<outline type='rss' text='{host}' xmlUrl='{home}feed' htmlUrl='{home}'/>")
        });
        format!("<opml version='2.0'><body>{}</body></opml>", rows.collect::<String>())
    }

    async fn read(&self, now: i64) -> i64 {
        match read_lists(&self.desk, at(now)).await.unwrap() {
            Next::At(next) => next.as_second() - 1_700_000_000,
            Next::Done => panic!("there is always a next time"),
        }
    }

    /// The paths that were asked for since the last time, of all hosts.
    fn asked(&self, from: usize) -> Vec<String> {
        let all = self.peer.asked().into_iter().skip(from);
        all.map(|asked| format!("{}{}", asked.host.trim_end_matches(".localhost"), asked.path))
            .collect()
    }

    async fn suggested(&self) -> Vec<(String, String)> {
        let graph = graph(&self.desk).await.unwrap();
        let refused = Refused::read(&self.desk, at(0)).await.unwrap();
        let found = graph.suggestions(10, |person| refused.is(person));
        found.iter().map(|s| (s.person.shown().to_owned(), s.reason())).collect()
    }
}

fn names(found: &[(String, String)]) -> Vec<&str> {
    found.iter().map(|(name, _)| name.as_str()).collect()
}

const HOME: &str = "<!doctype html><link rel=blogroll type=text/xml href=/follows.opml>";

#[tokio::test]
async fn lists_are_read_once_a_week_and_only_in_full_if_they_changed() {
    let world = World::new("").await;
    world.follow(&["ben"]);
    world.put("ben/", Reply::html(HOME));
    let list = Reply::status(200).header("ETag", "\"1\"").body(world.opml(&["cleo"]));
    world.put("ben/follows.opml", list);
    world.read(0).await;
    assert_eq!(world.asked(0), ["ben/", "ben/follows.opml"]);
    assert_eq!(names(&world.suggested().await), ["cleo"]);
    world.read(5 * DAY).await;
    assert_eq!(world.asked(2).len(), 0);
    world.read(7 * DAY).await;
    assert_eq!(world.asked(2), ["ben/follows.opml"]);
    assert_eq!(world.peer.asked()[2].header("if-none-match"), Some("\"1\""));
    assert_eq!(names(&world.suggested().await), ["cleo"]);
    let list = Reply::status(200).header("ETag", "\"2\"").body(world.opml(&["dan"]));
    world.put("ben/follows.opml", list);
    world.read(14 * DAY).await;
    assert_eq!(names(&world.suggested().await), ["dan"]);
    // Its place is looked for anew now and then.
    world.read(90 * DAY).await;
    assert_eq!(world.asked(4), ["ben/", "ben/follows.opml"]);
}

#[tokio::test]
async fn what_cannot_be_had_is_asked_for_less_and_less_and_stays_known() {
    let world = World::new("").await;
    world.follow(&["ben"]);
    world.put("ben/", Reply::html(HOME));
    world.put("ben/follows.opml", Reply::status(200).body(world.opml(&["cleo"])));
    world.read(0).await;
    world.put("ben/follows.opml", Reply::status(500));
    let mut asked = Vec::new();
    for day in 7..80 {
        let before = world.peer.asked().len();
        world.read(day * DAY).await;
        if world.peer.asked().len() > before {
            asked.push(day);
        }
    }
    // The last is after two months: the place is looked for anew, and the home page names the same.
    // Each host has somewhat shorter waits of its own.
    let waits: Vec<i64> = asked.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert_eq!(waits.len(), 6, "{asked:?}");
    for (wait, usual) in waits.iter().zip([1, 2, 4, 8, 16, 32]) {
        assert!(*wait <= usual && *wait >= usual - usual / 7 - 1, "{asked:?}");
    }
    assert_eq!(names(&world.suggested().await), ["cleo"]);
    // One that is gone for good is not known any more.
    world.put("ben/", Reply::html("<p>hello"));
    world.put("ben/follows.opml", Reply::status(410));
    for day in 80..150 {
        world.read(day * DAY).await;
    }
    assert!(world.suggested().await.is_empty());
}

#[tokio::test]
async fn a_server_that_wants_to_be_left_alone_is() {
    let world = World::new("").await;
    world.follow(&["ben"]);
    world.put("ben/", Reply::status(503).header("Retry-After", "80000"));
    let next = world.read(0).await;
    assert_eq!(next, 3_600, "somebody new may be followed");
    assert_eq!(world.asked(0), ["ben/"]);
}

#[tokio::test]
async fn whoever_is_followed_no_more_is_asked_no_more() {
    let world = World::new("").await;
    world.follow(&["ben", "dan"]);
    for host in ["ben", "dan"] {
        world.put(&format!("{host}/"), Reply::html(HOME));
        let list = Reply::status(200).body(world.opml(&["cleo", "eve", "ben"]));
        world.put(&format!("{host}/follows.opml"), list);
    }
    world.read(0).await;
    let found = world.suggested().await;
    assert_eq!(names(&found), ["cleo", "eve"]);
    assert_eq!(found[0].1, "2 people you read follow them: ben and dan");
    world.follow(&["dan"]);
    world.read(8 * DAY).await;
    assert!(!world.asked(4).iter().any(|place| place.starts_with("ben")));
    assert_eq!(names(&world.suggested().await), ["ben", "cleo", "eve"]);
}

#[tokio::test]
async fn whom_the_owner_does_not_want_is_not_suggested() {
    let world = World::new("").await;
    world.follow(&["ben"]);
    world.put("ben/", Reply::html(HOME));
    let everybody = world.opml(&["cleo", "dan", "eve", "flo"]);
    world.put("ben/follows.opml", Reply::status(200).body(everybody));
    world.read(0).await;
    let port = world.peer.port();
    let eve = format!("eve.localhost:{port}");
    world.desk.store.dismiss("ana", &eve, at(1)).await.unwrap();
    world.site.write(
        "data/moderation.toml",
        &format!(
            "[[block]]\nurl = \"{}\"\n[[mute]]\nurl = \"{}\"\n",
            world.at("cleo"),
            world.at("flo")
        ),
    );
    world.desk.forget_knowledge().await.unwrap();
    assert_eq!(names(&world.suggested().await), ["dan"]);
}

#[tokio::test]
async fn nobody_is_asked_if_the_owner_wants_no_circle() {
    let world = World::new("[following]\ncircle = false\n").await;
    world.follow(&["ben"]);
    assert_eq!(world.read(0).await, 3_600);
    assert!(world.asked(0).is_empty());
}

#[tokio::test]
async fn many_lists_are_read_in_turns() {
    let world = World::new("").await;
    let hosts: Vec<String> = (0..25).map(|n| format!("n{n}")).collect();
    let hosts: Vec<&str> = hosts.iter().map(String::as_str).collect();
    world.follow(&hosts);
    assert_eq!(world.read(0).await, 0, "there is more to do at once");
    assert_eq!(world.read(0).await, 0);
    assert_eq!(world.read(0).await, Duration::from_secs(3_600).as_secs() as i64);
    let homes = world.asked(0).iter().filter(|place| place.ends_with('/')).count();
    assert_eq!(homes, 25);
}

#[tokio::test]
async fn the_file_of_the_picture_holds_public_rows_only() {
    let world = World::new("[following]\npicture = true\n").await;
    world.follow(&["ben", "dan"]);
    let private = format!("[[follow]]\nurl = \"{}\"\n", world.at("secret"));
    world.site.write("data/private/following.toml", &private);
    let lists: [(&str, &[&str]); 3] =
        [("ben", &["ana", "dan", "secret", "far"]), ("dan", &["far"]), ("secret", &["ana", "ben"])];
    for (host, list) in lists {
        world.put(&format!("{host}/"), Reply::html(HOME));
        let list = Reply::status(200).body(world.opml(list));
        world.put(&format!("{host}/follows.opml"), list);
    }
    world.read(0).await;
    let file = std::fs::read_to_string(world.site.path("data/graph.json")).unwrap();
    let read: serde_json::Value = serde_json::from_str(&file).unwrap();
    let (ben, dan) = (world.at("ben"), world.at("dan"));
    let links = serde_json::json!({ "follows-me": true, "follows": [dan] });
    assert_eq!(read, serde_json::json!({ "people": { ben: links } }));
    let graph = graph(&world.desk).await.unwrap();
    let scene = graph.scene(("Ana".to_owned(), None), |_| None);
    assert_eq!((scene.people.len(), scene.links.len()), (3, 3), "the owner sees all");
    world.site.write("content/notes/a.md", "x");
    world.site.build();
    let page = world.site.out("following/index.html");
    assert!(page.contains("class=\"me both\"") && !page.contains("secret"), "{page}");
    assert!(page.contains("follows back; follows dan"));
    // Whoever was in the file and is public no more is not drawn.
    world.follow(&["dan"]);
    world.site.build();
    assert!(!world.site.out("following/index.html").contains("ben"));
}
