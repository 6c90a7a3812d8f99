//! Whole daemons on PostgreSQL, alone and several at once. The server is the one that
//! `LANAI_POSTGRES` names; without it these are skipped, except where `LANAI_CI` is set.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Condvar, Mutex};

use tokio_postgres::NoTls;

use crate::conversation::{begin, reply, source_of};
use crate::harness::texts;
use crate::home::{Daemon, FORM, Home, free_port, wait_until};
use crate::http::{ask, form, try_ask};
use crate::peer::{Peer, Reply};

/// A database of a test's own.
struct Base {
    address: String,
}

impl Base {
    /// A new one; none if there is no server.
    fn new() -> Option<Self> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let Ok(server) = std::env::var("LANAI_POSTGRES") else {
            assert!(std::env::var_os("LANAI_CI").is_none(), "LANAI_POSTGRES must be set");
            eprintln!("PostgreSQL is skipped: LANAI_POSTGRES is not set");
            return None;
        };
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("daemon_{}_{number}", std::process::id());
        let on_server = Self { address: server.clone() };
        on_server.run(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
        on_server.run(&format!("CREATE DATABASE {name}"));
        let mut address = url::Url::parse(&server).unwrap();
        address.set_path(&name);
        Some(Self { address: address.into() })
    }

    /// The line of a configuration that names it.
    fn line(&self) -> String {
        format!("database = \"{}\"\n", self.address)
    }

    fn run(&self, sql: &str) -> Vec<tokio_postgres::SimpleQueryMessage> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let (client, connection) = tokio_postgres::connect(&self.address, NoTls).await.unwrap();
            let connection = tokio::spawn(connection);
            let answer = client.simple_query(sql).await.unwrap();
            drop(client);
            connection.await.unwrap().unwrap();
            answer
        })
    }

    /// The first column of each row.
    fn texts(&self, sql: &str) -> Vec<String> {
        let rows = self.run(sql).into_iter().filter_map(|message| match message {
            tokio_postgres::SimpleQueryMessage::Row(row) => Some(row.get(0).unwrap().to_owned()),
            _ => None,
        });
        rows.collect()
    }

    fn count(&self, sql: &str) -> usize {
        self.texts(sql)[0].parse().unwrap()
    }
}

#[test]
fn two_sites_talk_on_postgres_change_their_mind_and_take_it_back() {
    let (Some(of_ana), Some(of_ben)) = (Base::new(), Base::new()) else { return };
    let mut ana = Home::quiet("ana", &of_ana.line());
    let mut ben = Home::quiet("ben", &of_ben.line());
    ana.site.write("data/following.toml", &format!("[[follow]]\nurl = \"{}\"\n", ben.url("/")));
    begin(&mut ana);
    begin(&mut ben);
    assert!(!ana.site.path(".lanai/lanai.sqlite").exists());

    ben.post("answer", &reply(&ana), "I see it *otherwise*, Ana.");
    ana.shows("<em>otherwise</em>");
    ben.post("answer", &reply(&ana), "I see it as you do, Ana.");
    ana.shows("as you do, Ana");
    ana.hides("otherwise");
    let state = "SELECT state FROM mention";
    assert_eq!(of_ana.texts(state), ["published"]);
    assert_eq!(ana.file_of(&source_of(&ben)).unwrap()["wm-source"], source_of(&ben));

    // By hand, beside the daemon.
    ana.mentions(&["reject", &source_of(&ben)]);
    ana.hides("as you do, Ana");
    ana.mentions(&["approve", &source_of(&ben)]);
    ana.shows("as you do, Ana");

    // Killed, and found again by another process: the time of what it had in hand is over.
    ana.daemon.take().unwrap().kill();
    of_ana.run("UPDATE job SET lease_until = 1 WHERE lease_until IS NOT NULL");
    ana.start();
    let removed = ben.lanai(&["rm", "content/notes/answer.md"]);
    assert!(removed.status.success(), "{}", texts(&removed).1);
    ana.hides("as you do, Ana");
    wait_until("the word that it is gone", || of_ana.texts(state) == ["deleted"]);
    ana.daemon.take().unwrap().stop();
    ben.daemon.take().unwrap().stop();
}

/// Something that many wait for.
#[derive(Default)]
struct Gate {
    is_closed: Mutex<bool>,
    opened: Condvar,
}

impl Gate {
    fn set(&self, is_closed: bool) {
        *self.is_closed.lock().unwrap() = is_closed;
        self.opened.notify_all();
    }

    fn pass(&self) {
        let closed = self.is_closed.lock().unwrap();
        drop(self.opened.wait_while(closed, |is_closed| *is_closed).unwrap());
    }
}

/// Mentions that come while both daemons work.
const BOTH: usize = 140;

/// All of them.
const ALL: usize = 200;

/// What one daemon does at a time.
const AT_ONCE: usize = 32;

#[test]
fn two_daemons_share_one_database_and_one_of_them_is_killed() {
    let Some(base) = Base::new() else { return };
    let mut home =
        Home::quiet("ana", &format!("{}[moderation]\nstrangers = \"publish\"\n", base.line()));
    home.start();
    let second_port = free_port();
    let second = Daemon::start(&[home.site.root()], second_port);
    let (ports, host) = ([home.port, second_port], home.host());
    let well = |port| try_ask(port, "GET", "/healthz", &[("Host", &host)], b"").map(|a| a.status);
    wait_until("the second daemon", || well(second_port) == Some(200));

    let gate = Arc::new(Gate::default());
    let (target, held) = (home.url("/notes/one/"), Arc::clone(&gate));
    let page = format!("<title>A page</title><a href=\"{target}\">See</a>");
    let peer = Peer::start(move |asked| {
        if asked.path != "/page" {
            return Reply::status(404);
        }
        held.pass();
        Reply::html(&page)
    });
    let source = |number: usize| peer.url(&format!("s{number}.localhost"), "/page").to_string();
    let send = |number: usize, port: u16| {
        let body = form(&[("source", &source(number)), ("target", &target)]);
        let answer = ask(port, "POST", "/webmention", &[("Host", &host), FORM], body.as_bytes());
        assert_eq!(answer.status, 201, "{}", answer.text());
    };
    let looks = || {
        let mut looks = BTreeMap::new();
        for asked in peer.asked().into_iter().filter(|asked| asked.path == "/page") {
            *looks.entry(asked.host).or_insert(0) += 1;
        }
        looks
    };
    let settled = || base.count("SELECT count(*) FROM mention WHERE state <> 'waiting'");
    const TAKEN: &str = "FROM job WHERE kind = 'verify' AND lease_until IS NOT NULL";
    let taken = || base.count(&format!("SELECT count(*) {TAKEN}"));

    // Each is told of half of them. Whoever has time looks.
    for number in 0..BOTH {
        send(number, ports[number % 2]);
    }
    wait_until("the end of the first work", || settled() == BOTH && taken() == 0);
    assert_eq!(looks().len(), BOTH);
    assert!(looks().values().all(|count| *count == 1), "{:?}", looks());

    // One of them has its hands full, and dies.
    second.signal("STOP");
    gate.set(true);
    for number in BOTH..ALL {
        send(number, ports[0]);
    }
    wait_until("full hands", || looks().len() == BOTH + AT_ONCE && taken() == AT_ONCE);
    let owners = base.texts(&format!("SELECT DISTINCT owner {TAKEN}"));
    home.daemon.take().unwrap().kill();
    gate.set(false);
    second.signal("CONT");
    // The other hears of it by the next mention, or when it looks by itself.
    send(0, second_port);
    wait_until("the rest", || settled() == ALL - AT_ONCE && taken() == AT_ONCE);
    assert_eq!(looks().len(), ALL);

    // The dead one's time is over.
    let owners = owners.iter().map(|owner| format!("'{owner}'")).collect::<Vec<_>>().join(",");
    base.run(&format!("UPDATE job SET lease_until = 1 WHERE owner IN ({owners})"));
    send(0, second_port);
    wait_until("the end", || settled() == ALL && taken() == 0);
    let mut looks = looks();
    // The one that was sent again to wake it.
    assert!((1..=3).contains(&looks.remove("s0.localhost").unwrap()));
    let twice = looks.values().filter(|count| **count == 2).count();
    assert_eq!((twice, looks.values().all(|count| *count <= 2)), (AT_ONCE, true), "{looks:?}");
    assert_eq!(base.count("SELECT count(*) FROM mention"), ALL);
    let published = base.count("SELECT count(*) FROM mention WHERE state = 'published'");
    let files = home.mention_files().iter().filter(|file| file.extension().is_some()).count();
    assert_eq!(files, published);
    second.stop();
}

#[test]
fn two_daemons_share_the_feeds_and_ask_for_each_once() {
    const HOSTS: usize = 60;
    let Some(base) = Base::new() else { return };
    // Nobody answers before many were asked: each has its hands full.
    let gate = Arc::new(Gate::default());
    gate.set(true);
    let held = Arc::clone(&gate);
    let peer = Peer::start(move |asked| {
        held.pass();
        crate::reading::feed(asked.host.split('.').next().unwrap(), 3)
    });
    let all: Vec<String> =
        (0..HOSTS).map(|n| peer.url(&format!("h{n}.localhost"), "/feed").into()).collect();
    let mut home = Home::quiet("ana", &base.line());
    // One pair of hands would not reach all of them.
    let config = std::fs::read_to_string(home.site.path("lanai.toml")).unwrap();
    let few = config.replacen("[network]\n", "[network]\nrequests = 32\n", 1);
    home.site.write("lanai.toml", &few);
    home.site.write("data/following.toml", &crate::reading::rows(&all));
    home.daemon = Some(Daemon::start(&[home.site.root()], home.port));
    wait_until("full hands", || peer.asked().len() == 32);
    let second = Daemon::start(&[home.site.root()], free_port());
    wait_until("two pairs of full hands", || peer.asked().len() == HOSTS);
    gate.set(false);
    wait_until("all posts", || base.count("SELECT count(*) FROM entry") == 3 * HOSTS);
    wait_until("rest", || {
        base.count("SELECT count(*) FROM feed_host WHERE lease_until IS NOT NULL") == 0
    });
    assert_eq!(peer.asked().len(), HOSTS);
    let twice = "SELECT count(*) FROM (SELECT 1 FROM item GROUP BY page HAVING count(*) > 1) AS t";
    assert_eq!(base.count(twice), 0);
    second.stop();
    home.daemon.take().unwrap().stop();
}
