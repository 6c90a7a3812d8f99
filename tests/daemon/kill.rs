//! The daemon is ended without a word, again and again, in the middle of everything: what it has
//! answered for is there afterwards, once (WM-R-11, WM-U-01).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::harness::{files, texts};
use crate::home::{FORM, Home, wait_until};
use crate::http::{form, try_ask};
use crate::peer::{Peer, Reply};
use crate::world::World;

const OPEN: &str = "[moderation]\nstrangers = \"publish\"\n";

/// How often it is ended.
const ENDS: usize = 20;

/// How many mentions there are.
const MENTIONS: usize = 40;

/// Chance that can be had again: `LANAI_TEST_SEED` is the seed that a failed test printed.
struct Chance(u64);

impl Chance {
    fn new() -> Self {
        let mut bytes = [0; 8];
        getrandom::fill(&mut bytes).unwrap();
        let named = std::env::var("LANAI_TEST_SEED").ok().and_then(|seed| seed.parse().ok());
        let seed = named.unwrap_or(u64::from_le_bytes(bytes)) | 1;
        eprintln!("LANAI_TEST_SEED={seed}");
        Self(seed)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }

    /// Lets a moment of chance pass: this is when the end comes, nothing is expected of it.
    fn moment(&mut self) {
        std::thread::sleep(Duration::from_millis(self.below(120)));
    }
}

fn restart(home: &mut Home) {
    home.daemon.take().unwrap().kill();
    home.daemon = Some(crate::home::Daemon::start(&[home.site.root()], home.port));
}

/// What stands in the folder of mentions: source and how often. Every file is whole.
fn published(home: &Home) -> BTreeMap<String, usize> {
    let mut found = BTreeMap::new();
    for path in home.mention_files() {
        let bytes = std::fs::read(&path).unwrap();
        let name = path.file_name().unwrap().to_string_lossy();
        if !name.ends_with(".json") {
            // What was being written when the end came; nobody reads it.
            assert!(name.starts_with('.'), "{name}");
            continue;
        }
        let file: serde_json::Value = serde_json::from_slice(&bytes).expect("a whole file");
        *found.entry(file["wm-source"].as_str().unwrap().to_owned()).or_insert(0) += 1;
    }
    found
}

/// Everything that others could find broken.
fn is_whole(home: &Home) {
    let health: String =
        home.database().query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(health, "ok");
    let twice =
        "SELECT count(*) FROM (SELECT 1 FROM mention GROUP BY source, target HAVING count(*) > 1)";
    assert_eq!(home.count(twice), 0);
    for (name, bytes) in files(&home.site.path("public")) {
        if name.ends_with(".html") {
            assert!(String::from_utf8_lossy(&bytes).contains("</html>"), "{name}");
        }
    }
    let output = home.lanai(&["build"]);
    assert!(output.status.success(), "{}", texts(&output).1);
}

#[test]
fn wm_r_11_what_was_accepted_survives_twenty_sudden_ends() {
    let mut chance = Chance::new();
    let mut world = World::with(OPEN);
    for number in 0..MENTIONS {
        world.write("ben", &format!("/{number}"), &format!("This is answer {number} of Ben."));
    }
    let (port, host, target) = (world.home.port, world.home.host(), world.target());
    let sources: Vec<String> =
        (0..MENTIONS).map(|number| world.at("ben", &format!("/{number}"))).collect();
    let accepted = Mutex::new(BTreeSet::new());
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            // Again and again: there is something to do at each end.
            for source in sources.iter().cycle() {
                if is_over.load(Ordering::SeqCst) && accepted.lock().unwrap().len() == MENTIONS {
                    return;
                }
                let body = form(&[("source", source), ("target", &target)]);
                let headers = [("Host", &*host), FORM];
                match try_ask(port, "POST", "/webmention", &headers, body.as_bytes()) {
                    Some(answer) if answer.status == 201 => {
                        accepted.lock().unwrap().insert(source.clone());
                    }
                    Some(answer) => assert_eq!(answer.status, 503, "{}", answer.text()),
                    None => std::thread::sleep(Duration::from_millis(5)),
                }
            }
        });
        for _ in 0..ENDS {
            chance.moment();
            restart(&mut world.home);
        }
        is_over.store(true, Ordering::SeqCst);
    });
    wait_until("the end of work", || world.home.is_idle());
    for source in accepted.lock().unwrap().iter() {
        let row = world.home.row(source).unwrap_or_else(|| panic!("lost: {source}"));
        assert_eq!(row.state, "published", "{source}: {}", row.words);
    }
    let found = published(&world.home);
    assert_eq!(found.len(), MENTIONS);
    assert!(found.values().all(|count| *count == 1), "{found:?}");
    world.home.shows(&format!("This is answer {} of Ben.", MENTIONS - 1));
    world.home.shows("This is answer 0 of Ben.");
    world.home.daemon.take().unwrap().stop();
    is_whole(&world.home);
}

#[test]
fn wm_u_01_who_is_ended_while_telling_others_tells_everybody() {
    let mut chance = Chance::new();
    // Everybody takes mentions, and takes their time.
    let heard = std::sync::Arc::new(Mutex::new(BTreeMap::<(String, String), usize>::new()));
    let record = std::sync::Arc::clone(&heard);
    let peer = Peer::start(move |asked| {
        if asked.method != "POST" {
            return Reply::html("<p>A post.").header("Link", "</hook>; rel=\"webmention\"");
        }
        std::thread::sleep(Duration::from_millis(10));
        let fields: BTreeMap<String, String> =
            url::form_urlencoded::parse(asked.body.as_bytes()).into_owned().collect();
        let key = (fields["source"].clone(), fields["target"].clone());
        *record.lock().unwrap().entry(key).or_insert(0) += 1;
        Reply::status(202)
    });
    let mut ben = Home::quiet("ben", "");
    ben.start();
    assert!(ben.lanai(&["send", "--no-past"]).status.success());
    for number in 0..MENTIONS {
        let target = peer.url("carl.localhost", &format!("/{number}"));
        ben.post(&format!("n{number}"), "", &format!("See [this]({target})."));
    }
    for _ in 0..ENDS {
        chance.moment();
        restart(&mut ben);
    }
    wait_until("everybody knows", || heard.lock().unwrap().len() == MENTIONS);
    let ledgers = || {
        let all = files(&ben.site.path("data/outbox"));
        let all =
            all.into_iter().filter(|(name, _)| name.contains("/n") && name.ends_with(".json"));
        all.map(|(name, bytes)| {
            let ledger: serde_json::Value = serde_json::from_slice(&bytes).expect("a whole ledger");
            (name, ledger)
        })
        .collect::<Vec<_>>()
    };
    wait_until("all is written down", || {
        ledgers().iter().filter(|(_, ledger)| ledger.to_string().contains("\"sent\"")).count()
            == MENTIONS
    });
    // One mention of a page is repeated by an end at most.
    let heard = heard.lock().unwrap();
    assert!(heard.values().all(|count| *count <= ENDS + 1), "{heard:?}");
    assert!(heard.values().sum::<usize>() <= MENTIONS + ENDS * 16, "{heard:?}");
    drop(heard);
    ben.daemon.take().unwrap().stop();
    is_whole(&ben);
}

#[test]
fn a_conversation_survives_the_ends_of_both_sides() {
    const REPLIES: usize = 20;
    let mut chance = Chance::new();
    let mut ana = Home::with("ana", OPEN);
    let mut ben = Home::quiet("ben", "");
    ben.start();
    assert!(ben.lanai(&["send", "--no-past"]).status.success());
    let front = format!("in-reply-to = \"{}\"", ana.url("/notes/one/"));
    for number in 0..REPLIES {
        ben.post(&format!("n{number}"), &front, &format!("Reply {number} of Ben's own site."));
    }
    for _ in 0..ENDS {
        chance.moment();
        restart(if chance.below(2) == 0 { &mut ana } else { &mut ben });
    }
    ana.wait_until_served();
    ben.wait_until_served();
    // Who could not be told is told later: time passes.
    let start = jiff::Timestamp::UNIX_EPOCH
        + jiff::SignedDuration::from_secs(ben.count("SELECT unixepoch()"));
    let counted = "SELECT count(*) FROM mention";
    let mut days = 0;
    wait_until("everybody is told", || {
        days += 1;
        let later = start + jiff::SignedDuration::from_hours(24 * days);
        let output = ben.lanai(&["send", "--now", &later.to_string()]);
        assert!(output.status.success(), "{}", texts(&output).1);
        ana.count(counted) == REPLIES as i64
    });
    wait_until("the end of work", || ana.is_idle());
    for number in 0..REPLIES {
        let source = ben.url(&format!("/notes/n{number}/"));
        let row = ana.row(&source).unwrap_or_else(|| panic!("lost: {source}"));
        if row.state != "published" {
            // Ben was away when Ana looked. She looks again later, or when he sends it again.
            assert_eq!(row.state, "waiting", "{source}: {}", row.words);
            let job = format!("SELECT count(*) FROM job WHERE key = '{}'", row.key);
            assert_eq!(ana.count(&job), 1);
            assert_eq!(ana.take(&source).state, "published");
        }
    }
    let found = published(&ana);
    assert_eq!(found.len(), REPLIES, "{found:?}");
    assert!(found.values().all(|count| *count == 1), "{found:?}");
    ana.daemon.take().unwrap().stop();
    ben.daemon.take().unwrap().stop();
    is_whole(&ana);
    is_whole(&ben);
}
