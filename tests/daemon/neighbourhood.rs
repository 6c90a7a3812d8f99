//! Five sites with daemons that follow one another: what each writes reaches the others, once,
//! whoever is ended in the middle; a friend of a friend is suggested; news comes by a hub.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_lc_rs::hmac;
use rusqlite::Connection;

use crate::home::{Home, wait_until};
use crate::http::{ask, form, try_ask};
use crate::pages::Browser;
use crate::peer::{Asked, Peer, Reply};

/// Who follows whom.
const FOLLOWS: [(&str, &[&str]); 5] = [
    ("ana", &["ben", "cleo"]),
    ("ben", &["ana", "dan"]),
    ("cleo", &["ana", "dan"]),
    ("dan", &["eva"]),
    ("eva", &["ana"]),
];

type Homes = HashMap<&'static str, Home>;

/// Who asked a hub to be told: topic, callback, secret.
type Subscribers = Arc<Mutex<Vec<(String, String, String)>>>;

/// Follows of a site as its file has them. One row names a page only; its feed is found.
fn following(homes: &Homes, names: &[&str]) -> String {
    let row = |(number, name): (usize, &&str)| {
        let home = &homes[*name];
        let feed = format!("feed = \"{}\"\n", home.url("/atom.xml"));
        let feed = if number == 0 { &feed } else { "" };
        format!("[[follow]]\nurl = \"{}\"\ntitle = \"{name}\"\n{feed}", home.url("/"))
    };
    names.iter().enumerate().map(row).collect()
}

/// A hub that makes sure of subscribers, and tells them of what publishers say.
fn hub(asked: &Asked, subscribers: &Subscribers) -> Reply {
    let fields: HashMap<String, String> =
        url::form_urlencoded::parse(asked.body.as_bytes()).into_owned().collect();
    let field = |name: &str| fields.get(name).cloned().unwrap_or_default();
    match field("hub.mode").as_str() {
        "subscribe" => {
            let (topic, callback) = (field("hub.topic"), field("hub.callback"));
            let question = form(&[
                ("hub.mode", "subscribe"),
                ("hub.topic", &topic),
                ("hub.challenge", "c1"),
                ("hub.lease_seconds", "864000"),
            ]);
            let url = url::Url::parse(&callback).unwrap();
            let host = format!("{}:{}", url.host_str().unwrap(), url.port().unwrap());
            let path = format!("{}?{question}", url.path());
            let answer = ask(url.port().unwrap(), "GET", &path, &[("Host", &host)], b"");
            if answer.text() == "c1" {
                subscribers.lock().unwrap().push((topic, callback, field("hub.secret")));
            }
            Reply::status(202)
        }
        "publish" => {
            let topic = field("hub.topic");
            for (of, callback, secret) in subscribers.lock().unwrap().clone() {
                if of == topic {
                    tell(&topic, &callback, &secret);
                }
            }
            Reply::status(204)
        }
        _ => Reply::status(400),
    }
}

/// Fetches a topic and delivers it.
fn tell(topic: &str, callback: &str, secret: &str) {
    let get = |address: &str| {
        let url = url::Url::parse(address).unwrap();
        let host = format!("{}:{}", url.host_str().unwrap(), url.port().unwrap());
        (url, host)
    };
    let (url, host) = get(topic);
    let Some(feed) = try_ask(url.port().unwrap(), "GET", url.path(), &[("Host", &host)], b"")
    else {
        return;
    };
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let tag = hmac::sign(&key, &feed.body);
    let hex: String = tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    let signature = format!("sha256={hex}");
    let (url, host) = get(callback);
    let headers = [
        ("Host", host.as_str()),
        ("Content-Type", "application/atom+xml"),
        ("X-Hub-Signature", signature.as_str()),
    ];
    try_ask(url.port().unwrap(), "POST", url.path(), &headers, &feed.body);
}

/// Posts of a site that somebody has, by the ends of their addresses.
fn posts(reader: &Home, of: &Home) -> i64 {
    let host = of.host();
    reader.count(&format!(
        "SELECT count(*) FROM entry JOIN item ON item.id = entry.item WHERE body LIKE '%{host}/notes/%'"
    ))
}

/// The same post twice would be two items with one page.
fn has_each_once(reader: &Home) -> bool {
    reader.count("SELECT count(*) - count(DISTINCT page) FROM item") == 0
}

/// Makes all feeds of a daemon that does not run due.
fn make_due(home: &Home) {
    let connection = Connection::open(home.site.path(".lanai/lanai.sqlite")).unwrap();
    connection.busy_timeout(Duration::from_secs(20)).unwrap();
    connection.execute_batch("UPDATE feed SET due = 0; UPDATE feed_host SET due = 0").unwrap();
}

#[test]
fn five_sites_read_one_another() {
    let subscribers = Subscribers::default();
    let record = Arc::clone(&subscribers);
    let peer = Peer::start(move |asked| hub(asked, &record));
    let hub = peer.url("hub.localhost", "/");
    let mut homes = Homes::new();
    for (name, _) in FOLLOWS {
        let home = Home::quiet(name, "");
        // The pair of Ben, who tells a hub, and Ana, who hears of it.
        if name == "ben" {
            home.configure("", &format!("[feeds]\nhubs = [\"{hub}\"]"));
        }
        homes.insert(name, home);
    }
    for home in homes.values_mut() {
        home.start();
    }
    for (name, whom) in FOLLOWS {
        let text = following(&homes, whom);
        homes[name].site.write("data/following.toml", &text);
    }

    // What was written before arrives, by feeds that are named and by feeds that are found.
    for (name, whom) in FOLLOWS {
        for other in whom {
            wait_until(&format!("{name} has the note of {other}"), || {
                posts(&homes[name], &homes[other]) == 1
            });
        }
    }

    // Ana hears of Ben's news by the hub: she asks nobody for it herself.
    wait_until("the hub knows of Ana", || {
        let host = homes["ana"].host();
        subscribers.lock().unwrap().iter().any(|(_, callback, _)| callback.contains(&host))
    });
    let checked = "SELECT checked FROM feed WHERE url LIKE '%ben.localhost%'";
    let before = homes["ana"].count(checked);
    homes["ben"].post("two", "", "News from Ben.");
    wait_until("Ben's news reaches Ana", || posts(&homes["ana"], &homes["ben"]) == 2);
    assert_eq!(homes["ana"].count(checked), before, "nobody polled");

    // Dan is followed by both whom Ana follows: she meets him.
    meets_dan(&homes["ana"], &homes["dan"].host());

    // Killed in the middle, and again while everything is asked for: nothing is lost, nothing twice.
    for round in 0..3 {
        for name in ["ana", "ben"] {
            homes.get_mut(name).unwrap().daemon.take().unwrap().kill();
        }
        homes["cleo"].post(&format!("c{round}"), "", "From Cleo.");
        homes["dan"].post(&format!("d{round}"), "", "From Dan.");
        wait_until("their posts are served", || {
            let there = |name: &str, post: &str| {
                homes[name].get(&format!("/notes/{post}{round}/")).status == 200
            };
            there("cleo", "c") && there("dan", "d")
        });
        for name in ["ana", "ben"] {
            make_due(&homes[name]);
            homes.get_mut(name).unwrap().start();
        }
    }
    wait_until("Ana has all of Cleo's", || posts(&homes["ana"], &homes["cleo"]) == 4);
    wait_until("Ben has all of Dan's", || posts(&homes["ben"], &homes["dan"]) == 4);
    assert_eq!(posts(&homes["ana"], &homes["ben"]), 2);
    for home in homes.values() {
        assert!(has_each_once(home), "{}", home.name);
    }
}

/// Somebody whom two of those who are followed follow is suggested, with the reason.
fn meets_dan(ana: &Home, dan: &str) {
    let mut browser = Browser::owner(ana);
    wait_until("Dan is suggested", || {
        let page = browser.get("/reader/people").text();
        page.contains(dan) && page.contains("2 people you read follow them")
    });
    let timeline = browser.get("/reader");
    assert_eq!(timeline.status, 200);
    assert!(timeline.text().contains("News from Ben."), "{}", timeline.text());
}
