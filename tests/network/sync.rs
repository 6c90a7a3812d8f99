//! `lanai sync`: a service that received mentions, as a server, and the real program.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::harness::{SiteTest, texts};
use crate::peer::{Peer, Reply};

/// A service with what it received, and Ana's site.
struct World {
    site: SiteTest,
    peer: Peer,
    received: Arc<Mutex<Vec<Value>>>,
}

impl World {
    fn new(moderation: &str) -> Self {
        let received = Arc::new(Mutex::new(Vec::new()));
        let list = Arc::clone(&received);
        let peer = Peer::start(move |asked| {
            let url = url::Url::parse(&format!("http://x{}", asked.path)).unwrap();
            let query = |name: &str| {
                let mut pairs = url.query_pairs();
                pairs.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
            };
            if query("token").as_deref() != Some("open sesame") {
                return Reply::status(401);
            }
            let since: u64 = query("since_id").unwrap().parse().unwrap();
            let page: usize = query("page").unwrap().parse().unwrap();
            let size: usize = query("per-page").unwrap().parse().unwrap();
            let all = list.lock().unwrap();
            let new = all.iter().filter(|item: &&Value| item["wm-id"].as_u64().unwrap() > since);
            let children: Vec<&Value> = new.skip(page * size).take(size).collect();
            Reply::status(200)
                .header("Content-Type", "application/json")
                .body(json!({ "type": "feed", "children": children }).to_string())
        });
        let port = peer.port();
        let site = SiteTest::empty();
        site.write(
            "lanai.toml",
            &format!("title = \"Ana\"\nurl = \"http://ana.localhost:{port}\"\n[network]\nallow = [\"127.0.0.0/8\"]\n{moderation}"),
        );
        site.write("content/notes/a.md", "+++\ndate = 2024-05-01T10:00:00Z\n+++\nHello.\n");
        Self { site, peer, received }
    }

    fn receive(&self, id: u64, from: &str, text: &str, more: &[(&str, Value)]) {
        let url = self.peer.url(&format!("{from}.localhost"), &format!("/{id}"));
        let home = self.peer.url(&format!("{from}.localhost"), "/");
        let target = self.peer.url("ana.localhost", "/notes/a/");
        let mut item = json!({
            "type": "entry",
            "author": { "type": "card", "name": from, "url": home.as_str(), "photo": "" },
            "url": url.as_str(),
            "content": { "html": text, "text": text },
            "wm-id": id,
            "wm-source": url.as_str(),
            "wm-target": target.as_str(),
            "wm-property": "in-reply-to",
            "in-reply-to": target.as_str(),
            "wm-received": format!("2024-05-{:02}T{:02}:00:00Z", 2 + id / 24, id % 24),
            "wm-private": false,
        });
        for (key, value) in more {
            item[*key] = value.clone();
        }
        self.received.lock().unwrap().push(item);
    }

    /// Runs the command; returns what it said.
    fn sync(&self, more: &[&str]) -> String {
        let list = String::from(self.peer.url("service.localhost", "/api/mentions.jf2"));
        let usual = ["sync", ".", "--from", list.as_str(), "--token", "open sesame"];
        let output = self.site.run(&[&usual, more].concat());
        let (_, err) = texts(&output);
        assert!(output.status.success(), "{err}");
        err
    }

    fn page(&self) -> String {
        self.site.out("notes/a/index.html")
    }

    fn files(&self) -> usize {
        crate::harness::files(&self.site.path("data/mentions")).len()
    }
}

#[test]
fn the_whole_history_comes_in_page_by_page_and_then_only_what_is_new() {
    let world = World::new("[moderation]\nstrangers = \"publish\"\n");
    for id in 1..=230 {
        world.receive(id, &format!("p{id}"), &format!("Word {id} of many"), &[]);
    }
    let said = world.sync(&[]);
    assert!(said.contains("230 published"), "{said}");
    assert_eq!(world.files(), 230);
    assert!(world.page().contains("Word 230 of many"));
    let before = world.peer.asked().len();
    let said = world.sync(&[]);
    assert!(said.contains("0 published or changed, 0 kept back, 0 removed"), "{said}");
    assert_eq!(world.peer.asked().len(), before + 1);
    world.receive(231, "new", "One more", &[]);
    assert!(world.sync(&[]).contains("1 published"));
    assert!(world.page().contains("One more"));
}

#[test]
fn what_comes_in_is_cleaned_and_judged_like_at_the_door() {
    let world = World::new("");
    world.site.write(
        "data/moderation.toml",
        &format!(
            "[[approve]]\nurl = \"{}\"\n[[block]]\ndomain = \"eve.example\"\n",
            world.peer.url("ben.localhost", "/")
        ),
    );
    world.receive(1, "ben", "<p onclick=x()>Hi <script>evil()</script></p>", &[]);
    world.receive(2, "stranger", "Who am I?", &[]);
    world.receive(3, "hidden", "Private words", &[("wm-private", json!(true))]);
    let away = json!(String::from(world.peer.url("ana.localhost", "/none/")));
    world.receive(4, "ben", "To no page", &[("wm-target", away)]);
    let said = world.sync(&[]);
    assert!(said.contains("1 published or changed, 1 kept back"), "{said}");
    assert!(said.contains("is private") && said.contains("there is no page"), "{said}");
    let page = world.page();
    assert!(page.contains("Hi") && !page.contains("evil") && !page.contains("Who am I"), "{page}");
    let waiting = texts(&world.site.run(&["mentions", "list"])).0;
    assert!(waiting.contains("Who am I?") && waiting.lines().count() == 1, "{waiting}");
    let key = waiting.split_whitespace().next().unwrap().to_owned();
    assert!(world.site.run(&["mentions", "approve", &key]).status.success());
    world.site.build();
    assert!(world.page().contains("Who am I?"));
    // What the owner said holds for the next time, too.
    assert!(world.site.run(&["mentions", "reject", &key]).status.success());
    world.sync(&["--all"]);
    assert!(!world.page().contains("Who am I?"));
}

#[test]
fn what_the_service_has_no_more_goes_with_all() {
    let world = World::new("[moderation]\nstrangers = \"publish\"\n");
    world.receive(1, "ben", "I stay a while", &[]);
    world.receive(2, "cem", "I go soon after", &[]);
    world.sync(&[]);
    world.received.lock().unwrap().pop();
    world.sync(&[]);
    assert!(world.page().contains("I go soon"));
    let said = world.sync(&["--all"]);
    assert!(said.contains("1 removed"), "{said}");
    let page = world.page();
    assert!(page.contains("I stay") && !page.contains("I go soon"));
}

#[test]
fn a_wrong_token_is_named_and_changes_nothing() {
    let world = World::new("");
    let list = String::from(world.peer.url("service.localhost", "/api/mentions.jf2"));
    let output = world.site.run(&["sync", ".", "--from", &list, "--token", "guess"]);
    let (_, err) = texts(&output);
    assert_eq!(output.status.code(), Some(2));
    assert!(err.contains("does not know the token") && !err.contains("guess"), "{err}");
}
