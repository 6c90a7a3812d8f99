//! The daemon reads: whom the files of its sites say that they follow is asked for on loopback, and
//! what comes is in the database, once, whatever ends it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use rusqlite::Connection;

use crate::harness::SiteTest;
use crate::home::{Daemon, Home, free_port, wait_until};
use crate::peer::{Peer, Reply};

/// A feed of so many posts.
pub fn feed(name: &str, posts: usize) -> Reply {
    let mut xml = format!("<rss version=\"2.0\"><channel><title>{name}</title>");
    for n in (0..posts).rev() {
        xml.push_str(&format!(
            "<item><guid isPermaLink=\"false\">{name}-{n}</guid><link>/{name}/{n}</link>\
             <title>{name} {n}</title><description>Post {n} of {name}.</description></item>"
        ));
    }
    xml.push_str("</channel></rss>");
    Reply::status(200).header("Content-Type", "application/rss+xml").body(xml)
}

/// Rows of a file of follows, by the addresses of feeds.
pub fn rows(feeds: &[String]) -> String {
    let row =
        |feed: &String| format!("[[follow]]\nurl = \"https://x.example/\"\nfeed = \"{feed}\"\n");
    feeds.iter().map(row).collect()
}

/// Everybody has a feed of three posts at `/feed`.
fn neighbours() -> Peer {
    Peer::start(|asked| match asked.path.as_str() {
        "/feed" => feed(asked.host.split('.').next().unwrap(), 3),
        _ => Reply::status(404),
    })
}

fn asked(peer: &Peer, host: &str) -> usize {
    let host = format!("{host}.localhost");
    peer.asked().iter().filter(|asked| asked.host == host).count()
}

const ITEMS: &str = "SELECT count(*) FROM item";
const ENTRIES: &str = "SELECT count(*) FROM entry";
const TWICE: &str = "SELECT count(*) FROM (SELECT 1 FROM item GROUP BY page HAVING count(*) > 1)";

#[test]
fn what_the_followed_write_comes_and_the_file_may_change_meanwhile() {
    let peer = neighbours();
    let mut home = Home::quiet("ana", "");
    let at = |host: &str| String::from(peer.url(&format!("{host}.localhost"), "/feed"));
    let secret = at("dan").replacen("://", "://ana:sesame@", 1);
    // A row that is not right stops nothing.
    let bad = "[[follow]]\nurl = \"no address at all\"\n";
    let file = "data/following.toml";
    home.site.write(file, &format!("{bad}{}", rows(&[at("ben"), secret])));
    home.daemon = Some(Daemon::start(&[home.site.root()], home.port));
    wait_until("the posts of two", || home.count(ENTRIES) == 6);
    assert!(
        peer.asked().iter().any(|asked| {
            asked.host == "dan.localhost" && asked.header("authorization").is_some()
        })
    );
    let log = || home.daemon.as_ref().unwrap().log();
    wait_until("a word about the row", || log().contains("data/following.toml"));

    // As long as the file is not right nobody is let go, but others come.
    home.site.write(file, &format!("{bad}{}", rows(&[at("cleo")])));
    wait_until("the posts of Cleo", || home.count(ENTRIES) == 9);
    home.site.write(file, &rows(&[at("cleo")]));
    wait_until("the others gone", || home.count(ENTRIES) == 3);
    home.site.write(file, &rows(&[at("cleo"), at("ben")]));
    wait_until("Ben again", || home.count(ENTRIES) == 6);
    assert_eq!(home.count(TWICE), 0);
    assert_eq!(asked(&peer, "cleo"), 1, "a quarter of an hour has not passed");
    assert!(!log().contains("sesame"), "{}", log());
    home.daemon.take().unwrap().stop();
}

#[test]
fn what_one_asks_for_by_hand_the_daemon_does() {
    let peer = neighbours();
    let mut home = Home::quiet("ana", "");
    let feed = String::from(peer.url("ben.localhost", "/feed"));
    home.site.write("data/following.toml", &rows(&[feed]));
    home.daemon = Some(Daemon::start(&[home.site.root()], home.port));
    wait_until("Ben's posts", || home.count(ENTRIES) == 3);
    let root = home.site.root().to_str().unwrap();
    let refresh = || home.lanai(&["feeds", "refresh", "ben", "--site", root]).status.success();
    assert!(!refresh(), "that was just now");
    change(&home, "UPDATE feed SET checked = checked - 61000");
    assert!(refresh());
    wait_until("another question", || asked(&peer, "ben") == 2);
    assert_eq!(home.count(ITEMS), 3);
}

/// Changes the database behind the daemon's back.
fn change(home: &Home, sql: &str) {
    let connection = Connection::open(home.site.path(".lanai/lanai.sqlite")).unwrap();
    connection.busy_timeout(Duration::from_secs(20)).unwrap();
    connection.execute_batch(sql).unwrap();
}

/// How often the daemon is ended.
const ENDS: usize = 12;

/// Hosts, and feeds of each.
const HOSTS: usize = 20;
const FEEDS: usize = 5;

#[test]
fn whoever_is_ended_in_the_middle_of_asking_has_everything_once() {
    let round = Arc::new(AtomicUsize::new(1));
    let (count, posts) = (Arc::new(AtomicUsize::new(0)), Arc::clone(&round));
    let record = Arc::clone(&count);
    let peer = Peer::start(move |asked| {
        record.fetch_add(1, Ordering::SeqCst);
        let host = asked.host.split('.').next().unwrap();
        feed(&format!("{host}{}", asked.path.replace('/', "-")), posts.load(Ordering::SeqCst))
    });
    let all: Vec<String> = (0..HOSTS * FEEDS)
        .map(|n| peer.url(&format!("h{}.localhost", n % HOSTS), &format!("/{}", n / HOSTS)).into())
        .collect();
    let mut home = Home::quiet("ana", "");
    home.site.write("data/following.toml", &rows(&all));
    for end in 0..ENDS {
        home.daemon = Some(Daemon::start(&[home.site.root()], home.port));
        // Each time it comes a little further.
        let enough = count.load(Ordering::SeqCst) + 1 + end * HOSTS * FEEDS / ENDS;
        let is_done =
            || home.count("SELECT count(*) FROM feed WHERE due <= unixepoch() * 1000") == 0;
        wait_until("some questions", || count.load(Ordering::SeqCst) >= enough || is_done());
        home.daemon.take().unwrap().kill();
        assert_eq!(home.count(TWICE), 0);
        // Everybody has written something, and all are due.
        round.fetch_add(1, Ordering::SeqCst);
        change(&home, "UPDATE feed SET due = 1; UPDATE feed_host SET due = 1;");
    }
    home.daemon = Some(Daemon::start(&[home.site.root()], home.port));
    let expected = (HOSTS * FEEDS * round.load(Ordering::SeqCst)) as i64;
    wait_until("everything", || home.count(ITEMS) == expected);
    assert_eq!((home.count(ENTRIES), home.count(TWICE)), (expected, 0));
    let known = "SELECT count(*) FROM known WHERE item IS NOT NULL";
    assert_eq!(home.count(known), expected);
    assert_eq!(home.count("SELECT count(*) FROM item_words"), expected);
    home.daemon.take().unwrap().stop();
    let health: String =
        home.database().query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(health, "ok");
}

#[test]
fn a_feed_that_two_sites_of_a_daemon_follow_is_asked_for_once() {
    let peer = neighbours();
    let feed = String::from(peer.url("cleo.localhost", "/feed"));
    let port = free_port();
    let site = |name: &str| {
        let site = SiteTest::empty();
        let address = format!("http://{name}.localhost:{port}");
        site.write(
            "lanai.toml",
            &format!(
                "title = \"{name}\"\nurl = \"{address}\"\n[network]\nallow = [\"127.0.0.0/8\"]\n\
                 [daemon]\nurl = \"{address}\"\n"
            ),
        );
        site.write("data/following.toml", &rows(std::slice::from_ref(&feed)));
        site
    };
    let sites = [site("ana"), site("ben")];
    let daemon = Daemon::start(&[sites[0].root(), sites[1].root()], port);
    let count = |sql: &str| -> i64 {
        let database = Connection::open(sites[0].path(".lanai/lanai.sqlite")).unwrap();
        database.busy_timeout(Duration::from_secs(20)).unwrap();
        database.query_row(sql, [], |row| row.get(0)).unwrap()
    };
    wait_until("posts for both", || count(ENTRIES) == 6);
    assert_eq!((count(ITEMS), asked(&peer, "cleo")), (3, 1));
    let asked = peer.asked();
    assert!(asked[0].header("user-agent").unwrap().contains("2 subscribers"), "{asked:?}");
    daemon.stop();
}
