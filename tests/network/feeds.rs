//! `lanai feeds`: how feeds are, as the real program says it beside whoever asks for them.

use std::process::Output;

use jiff::{SignedDuration, Timestamp};
use lanai::config::Config;
use lanai::site::following::without_credentials;
use serde_json::Value;

use crate::harness::{SiteTest, texts};
use crate::peer::Reply;
use crate::polling::{Post, World, feed};

/// Ana's site and whoever asks for her; the clock is that of the program.
struct Desk {
    site: SiteTest,
    world: World,
}

impl Desk {
    async fn new() -> Self {
        let site = SiteTest::empty();
        let config = "title = \"Ana\"\nurl = \"https://ana.example\"\ntime-zone = \"Europe/Oslo\"\n\
            [network]\nallow = [\"127.0.0.0/8\"]\n";
        site.write("lanai.toml", config);
        let id = Config::load(site.root()).unwrap().home.home().to_owned();
        let world = World::beside(&site.path(".lanai"), &id).await;
        world.set(Timestamp::now());
        Self { site, world }
    }

    /// Writes whom Ana follows: titles and addresses.
    fn follows(&self, all: &[(&str, &str)]) {
        let row = |(title, url): &(&str, &str)| {
            format!(
                "[[follow]]\nurl = \"https://x.example/\"\ntitle = \"{title}\"\nfeed = \"{url}\"\n"
            )
        };
        let text: String = all.iter().map(row).collect();
        self.site.write("data/private/following.toml", &text);
    }

    fn lanai(&self, arguments: &[&str]) -> Output {
        let root = self.site.root().to_str().unwrap().to_owned();
        self.site.run(&[&["feeds", "--site", &root], arguments].concat())
    }

    /// What it says; it has to go well.
    fn says(&self, arguments: &[&str]) -> (String, String) {
        let output = self.lanai(arguments);
        let (out, err) = texts(&output);
        assert!(output.status.success(), "{out}{err}");
        assert!(!format!("{out}{err}").contains("sesame"), "{out}{err}");
        (out, err)
    }

    fn json(&self) -> Vec<Value> {
        let value: Value = serde_json::from_str(&self.says(&["--json"]).0).unwrap();
        value["feeds"].as_array().unwrap().clone()
    }
}

#[tokio::test]
async fn feeds_are_listed_with_those_that_are_not_well_first() {
    let desk = Desk::new().await;
    let world = &desk.world;
    assert!(desk.says(&[]).1.contains("nobody"));
    world.put("ben", "/feed", feed(&[Post::new("one", 0)]));
    world.put("dan", "/feed", Reply::status(410));
    world.put("eva", "/feed", Reply::status(429).header("Retry-After", "7200"));
    let at = |host: &str| world.at(host, "/feed");
    let secret = at("cleo").replacen("://", "://ana:sesame@", 1);
    desk.follows(&[
        ("Ben", &at("ben")),
        ("Cleo", &secret),
        ("Dan", &at("dan")),
        ("Eva", &at("eva")),
    ]);
    // Who is not asked yet is there, too.
    let states = || -> Vec<(String, String)> {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        desk.json().iter().map(|feed| (text(&feed["name"]), text(&feed["state"]))).collect()
    };
    assert_eq!(states()[0], ("Ben".into(), "new".into()));
    world.set(Timestamp::now());
    world.poll().await;
    let expected = [("Cleo", "not well"), ("Dan", "gone"), ("Eva", "waiting"), ("Ben", "well")];
    assert_eq!(states(), expected.map(|(name, state)| (name.to_owned(), state.to_owned())));
    let feeds = desk.json();
    assert_eq!(feeds[0]["cause"], "there is nothing at this address (404)");
    assert_eq!(feeds[0]["address"], at("cleo"));
    assert_eq!((&feeds[1]["next"], &feeds[0]["failures"]), (&Value::Null, &1.into()));
    assert_eq!(feeds[3]["cause"], Value::Null);
    let now: Timestamp = feeds[3]["read"].as_str().unwrap().parse().unwrap();
    assert_eq!(now.as_millisecond(), world.now().as_millisecond());

    let (table, _) = desk.says(&[]);
    let lines: Vec<&str> = table.lines().collect();
    let words = |n: usize, all: &[&str]| {
        for word in all {
            assert!(lines[n].contains(word), "{word}: {table}");
        }
    };
    words(0, &["not well", "never read", "again in", "Cleo"]);
    words(1, &["  there is nothing at this address (404)"]);
    words(2, &["gone", "never read", "not asked again", "Dan"]);
    words(3, &["410"]);
    words(4, &["waiting", "again in 1", "Eva"]);
    words(6, &["well", "read", "ago", "again in", "Ben"]);
    assert_eq!(lines.len(), 7);
}

#[tokio::test]
async fn a_feed_is_shown_in_full_by_its_number_or_a_part_of_its_name() {
    let desk = Desk::new().await;
    let world = &desk.world;
    let (old, new) = (world.at("ben", "/old"), world.at("ben", "/new"));
    world.put("ben", "/old", feed(&[Post::new("one", 0)]));
    let secret = old.replacen("://", "://ana:sesame@", 1);
    desk.follows(&[("Ben's notes", &secret), ("Ben's photos", &new)]);
    desk.says(&[]);
    world.set(Timestamp::now());
    world.poll().await;
    world.put("ben", "/old", Reply::redirect(301, "/new"));
    world.put("ben", "/new", feed(&[Post::new("one", 0)]));
    world.later(SignedDuration::from_hours(30));
    world.poll().await;
    let id = desk.json().iter().find(|feed| feed["name"] == "Ben's notes").unwrap()["id"].clone();
    for name in [&*id.to_string(), "notes", "/old", &old, "Ben's notes"] {
        let (text, _) = desk.says(&["show", name]);
        for part in ["Ben's notes", &old, "moves to", &new, "RSS 2.0", "well", "1 posts"] {
            assert!(text.contains(part), "{name}: {part}: {text}");
        }
    }
    let json: Value = serde_json::from_str(&desk.says(&["show", "notes", "--json"]).0).unwrap();
    assert_eq!((&json["moves_to"], &json["kept"]), (&new.as_str().into(), &1.into()));
    assert_eq!(json["follows"], without_credentials(&secret));
    let both = desk.lanai(&["show", "Ben"]);
    assert!(!both.status.success() && texts(&both).1.contains("means 2 feeds"));
    let none = desk.lanai(&["show", "Fred"]);
    assert!(!none.status.success() && texts(&none).1.contains("you follow no feed Fred"));
}

#[tokio::test]
async fn what_was_asked_just_now_is_not_asked_again_because_somebody_says_so() {
    let desk = Desk::new().await;
    let world = &desk.world;
    for host in ["ben", "cleo"] {
        world.put(host, "/feed", feed(&[]));
    }
    world.put("dan", "/feed", Reply::status(410));
    let at = |host: &str| world.at(host, "/feed");
    desk.follows(&[("Ben", &at("ben")), ("Cleo", &at("cleo")), ("Dan", &at("dan"))]);
    desk.says(&[]);
    world.set(Timestamp::now());
    world.poll().await;
    let early = desk.lanai(&["refresh", "Ben"]);
    let said = texts(&early).1;
    assert!(!early.status.success() && said.contains("may be asked again in"), "{said}");
    assert!(desk.says(&["refresh", "--all"]).1.contains("to be asked, if the daemon runs: 0"));
    assert_eq!(world.poll().await + world.asked("ben", "/feed").len(), 1);

    // A minute later, by the word of the database.
    world.database().execute("UPDATE feed SET checked = checked - 61000", []).unwrap();
    assert!(desk.says(&["refresh", "Ben"]).1.contains("within half a minute"));
    world.set(Timestamp::now());
    world.poll().await;
    assert_eq!((world.asked("ben", "/feed").len(), world.asked("cleo", "/feed").len()), (2, 1));
    let (_, said) = desk.says(&["refresh", "--all"]);
    assert!(said.contains("to be asked, if the daemon runs: 1"), "{said}");
    assert!(said.contains("within the last minute: 1") && said.contains("gone: 1"), "{said}");
    world.set(Timestamp::now());
    world.poll().await;
    assert_eq!((world.asked("ben", "/feed").len(), world.asked("cleo", "/feed").len()), (2, 2));
    // What is gone is asked by its own name.
    desk.says(&["refresh", "Dan"]);
    world.set(Timestamp::now());
    world.poll().await;
    assert_eq!(world.asked("dan", "/feed").len(), 2);
}

#[tokio::test]
async fn a_bad_row_is_told_and_stops_nothing() {
    let desk = Desk::new().await;
    let text = format!(
        "[[follow]]\nurl = \"no address\"\n[[follow]]\nurl = \"{}\"\n",
        desk.world.at("ben", "/")
    );
    desk.site.write("data/following.toml", &text);
    let (out, err) = desk.says(&[]);
    assert!(out.contains("ben.localhost") && err.contains("data/following.toml"), "{out}{err}");
}
