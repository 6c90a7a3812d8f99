//! The owner's pages: the door, the queue and the rules, as a browser uses them.

use std::io::Write;
use std::process::{Command, Stdio};

use crate::home::{FORM, Home, wait_until};
use crate::http::{Answer, form};
use crate::peer::Reply;
use crate::world::World;

pub const PHRASE: &str = "four quiet words here";

/// `lanai login`.
pub fn set_phrase(home: &Home, phrase: &str) -> bool {
    let mut child = Command::new(env!("CARGO_BIN_EXE_lanai"))
        .arg("login")
        .current_dir(home.site.root())
        .stdin(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(format!("{phrase}\n").as_bytes()).unwrap();
    child.wait().unwrap().success()
}

/// A browser that keeps its cookies.
pub struct Browser<'h> {
    pub home: &'h Home,
    cookies: Vec<(String, String)>,
}

impl<'h> Browser<'h> {
    pub fn new(home: &'h Home) -> Self {
        Self { home, cookies: Vec::new() }
    }

    /// One that is logged in.
    pub fn owner(home: &'h Home) -> Self {
        assert!(set_phrase(home, PHRASE));
        let mut browser = Self::new(home);
        let answer = browser.log_in(PHRASE, "");
        assert_eq!((answer.status, answer.header("location")), (303, Some("/moderation")));
        browser
    }

    pub fn ask(&mut self, method: &str, path: &str, body: &str) -> Answer {
        self.send(method, path, (FORM.1, body))
    }

    /// Asks with a body of some type.
    pub fn send(&mut self, method: &str, path: &str, (kind, body): (&str, &str)) -> Answer {
        let cookies: Vec<String> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let cookies = cookies.join("; ");
        let mut headers = vec![("Accept", "text/html")];
        headers.extend((!cookies.is_empty()).then_some(("Cookie", &*cookies)));
        headers.extend((method == "POST").then_some((FORM.0, kind)));
        let answer = self.home.ask(method, path, &headers, body);
        for (_, line) in answer.headers.iter().filter(|(name, _)| name == "set-cookie") {
            let (name, value) = line.split(';').next().unwrap().split_once('=').unwrap();
            self.cookies.retain(|(known, _)| known != name);
            if !line.contains("Max-Age=0") {
                self.cookies.push((name.to_owned(), value.to_owned()));
            }
        }
        answer
    }

    pub fn get(&mut self, path: &str) -> Answer {
        self.ask("GET", path, "")
    }

    /// The word that stands in the forms of a page.
    pub fn word(&mut self, path: &str) -> String {
        word(&self.get(path)).expect("a form with a word")
    }

    fn log_in(&mut self, phrase: &str, next: &str) -> Answer {
        let word = self.word("/login");
        let fields = [("csrf", &*word), ("next", next), ("passphrase", phrase)];
        self.ask("POST", "/login", &form(&fields))
    }

    /// Presses a button of the queue.
    fn act(&mut self, act: &str, keys: &[&str]) -> Answer {
        let word = self.word("/moderation");
        let mut fields = vec![("csrf", &*word), ("act", act)];
        fields.extend(keys.iter().map(|key| ("key", *key)));
        self.ask("POST", "/moderation/act", &form(&fields))
    }
}

pub fn word(answer: &Answer) -> Option<String> {
    let text = answer.text();
    let rest = text.split_once("name=\"csrf\" value=\"")?.1;
    Some(rest.split('"').next()?.to_owned())
}

pub fn is_strict(answer: &Answer) -> bool {
    let policy = answer.header("content-security-policy").unwrap_or_default();
    policy.contains("default-src 'none'")
        && policy.contains("frame-ancestors 'none'")
        && policy.contains("form-action 'self'")
        && !policy.contains("unsafe")
        && answer.header("x-content-type-options") == Some("nosniff")
        && answer.header("cache-control") == Some("no-store")
        && answer.header("referrer-policy") == Some("no-referrer")
}

#[test]
fn the_door_opens_to_the_pass_phrase_alone() {
    let home = Home::ana();
    let mut browser = Browser::new(&home);
    let no_key = browser.get("/login");
    assert!(is_strict(&no_key) && no_key.text().contains("lanai login"), "{}", no_key.text());
    assert!(!set_phrase(&home, "short"));
    assert!(set_phrase(&home, PHRASE));
    let page = browser.get("/login");
    assert!(is_strict(&page) && page.text().contains("type=\"password\""));

    let wrong = browser.log_in("four loud words here", "");
    assert_eq!(wrong.status, 403);
    assert!(is_strict(&wrong) && wrong.text().contains("not the passphrase"));
    assert!(!browser.cookies.iter().any(|(name, _)| name == "lanai_session"));
    assert_eq!(browser.get("/moderation").status, 303);

    let right = browser.log_in(PHRASE, "");
    assert_eq!((right.status, right.header("location")), (303, Some("/moderation")));
    let line = right.headers.iter().find(|(_, line)| line.starts_with("lanai_session=")).unwrap();
    for flag in ["HttpOnly", "SameSite=Lax", "Path=/", "Max-Age="] {
        assert!(line.1.contains(flag), "{line:?}");
    }
    assert!(!home.site.path(".lanai/lanai.sqlite").metadata().unwrap().permissions().readonly());
    let token = line.1.split(['=', ';']).nth(1).unwrap();
    let kept = home.count(&format!("SELECT count(*) FROM session WHERE token = '{token}'"));
    assert_eq!(kept, 0, "what stands in the cookie stands in the database");
    assert_eq!(browser.get("/moderation").status, 200);

    // A new pass phrase ends all sessions.
    assert!(set_phrase(&home, "other words entirely"));
    assert_eq!(browser.get("/moderation").status, 303);
    assert_eq!(browser.log_in(PHRASE, "").status, 403);
    assert_eq!(browser.log_in("other words entirely", "").status, 303);
}

#[test]
fn cookies_go_only_over_encryption_where_there_is_some() {
    let mut home = Home::quiet("ana", "");
    let config = std::fs::read_to_string(home.site.path("lanai.toml")).unwrap();
    let daemon = format!("[daemon]\nurl = \"http://ana.localhost:{}\"", home.port);
    let encrypted = config.replace(&daemon, "[daemon]\nurl = \"https://ana.localhost\"");
    assert_ne!(encrypted, config);
    home.site.write("lanai.toml", &encrypted);
    home.start();
    assert!(set_phrase(&home, PHRASE));
    let mut browser = Browser::new(&home);
    let page = browser.get("/login");
    assert!(page.header("set-cookie").unwrap().contains("Secure"));
    let entered = browser.log_in(PHRASE, "");
    assert!(entered.header("set-cookie").unwrap().contains("Secure"));
}

#[test]
fn who_tries_too_often_has_to_wait() {
    let home = Home::ana();
    assert!(set_phrase(&home, PHRASE));
    let mut browser = Browser::new(&home);
    for _ in 0..6 {
        assert_eq!(browser.log_in("a wrong pass phrase", "").status, 403);
    }
    let answer = browser.log_in(PHRASE, "");
    assert_eq!(answer.status, 429);
    assert!(answer.header("retry-after").unwrap().parse::<u64>().unwrap() <= 60);
    assert!(is_strict(&answer) && answer.text().contains("wait"));
}

/// The door with a proxy before it, which says who asks.
fn try_from(home: &Home, address: &str, cookies: &str, phrase: &str) -> Answer {
    let word = word(&home.ask("GET", "/login", &[("Cookie", cookies)], "")).unwrap();
    let headers = [
        ("X-Forwarded-For", address),
        ("Cookie", cookies),
        ("Content-Type", "application/x-www-form-urlencoded"),
    ];
    home.ask("POST", "/login", &headers, &form(&[("csrf", &word), ("passphrase", phrase)]))
}

#[test]
fn a_crowd_at_the_door_does_not_keep_the_owner_out() {
    let home = Home::with("ana", "trusted-proxies = [\"127.0.0.1\"]");
    assert!(set_phrase(&home, PHRASE));
    let guest = "lanai_guest=aaaaaaaaaaaaaaaaaaaaaaaaaa";
    let entered = try_from(&home, "203.0.113.1", guest, PHRASE);
    assert_eq!(entered.status, 303);
    let lines = entered.headers.iter().filter(|(name, _)| name == "set-cookie");
    let device = lines.map(|(_, line)| line.split(';').next().unwrap());
    let device = device.into_iter().find(|pair| pair.starts_with("lanai_device=")).unwrap();
    // One network has twelve tries, however many addresses it has.
    let tries: Vec<u16> = (1..=14)
        .map(|n| try_from(&home, &format!("198.51.100.{n}"), guest, "wrong").status)
        .collect();
    assert_eq!(tries.iter().filter(|status| **status == 403).count(), 12, "{tries:?}");
    // Many networks use up what all have.
    let tries: Vec<u16> =
        (1..=60).map(|n| try_from(&home, &format!("10.{n}.0.1"), guest, "wrong").status).collect();
    assert_eq!(tries.last(), Some(&429));
    assert_eq!(try_from(&home, "203.0.113.9", guest, PHRASE).status, 429);
    let known = format!("{guest}; {device}");
    assert_eq!(try_from(&home, "203.0.113.9", &known, PHRASE).status, 303);
    // A device that somebody made up is a stranger's, and a known one has its own six tries.
    let made_up = format!("{guest}; lanai_device=aaaa.bbbb");
    assert_eq!(try_from(&home, "203.0.113.9", &made_up, PHRASE).status, 429);
    let tries: Vec<u16> =
        (0..6).map(|_| try_from(&home, "192.0.2.1", &known, "wrong").status).collect();
    assert_eq!(tries, [403, 403, 403, 403, 403, 429]);
}

#[test]
fn nobody_is_led_away_after_coming_in() {
    let home = Home::ana();
    assert!(set_phrase(&home, PHRASE));
    let mut browser = Browser::new(&home);
    let first = browser.get("/moderation/rules");
    assert_eq!(first.header("location"), Some("/login?next=%2Fmoderation%2Frules"));
    let page = browser.get("/login?next=https%3A%2F%2Fevil.example%2F").text();
    assert!(!page.contains("evil.example"));
    for next in ["https://evil.example/", "//evil.example", "/\\evil.example", "/moderation/..//x"]
    {
        let mut browser = Browser::new(&home);
        // Each is another client's try.
        let word = browser.word("/login");
        let fields = [("csrf", &*word), ("next", next), ("passphrase", PHRASE)];
        let answer = browser.ask("POST", "/login", &form(&fields));
        assert_eq!(answer.header("location"), Some("/moderation"), "{next}");
    }
    let answer = browser.log_in(PHRASE, "/moderation/rules");
    assert_eq!(answer.header("location"), Some("/moderation/rules"));
}

#[test]
fn without_a_session_every_page_of_the_owner_leads_to_the_door() {
    let world = World::new();
    let row = world.reply("ben", "/a", "Hello.");
    assert!(set_phrase(&world.home, PHRASE));
    let mut browser = Browser::new(&world.home);
    let one = format!("/moderation/{}", row.key);
    for (method, path) in [
        ("GET", "/moderation"),
        ("GET", "/moderation/rules"),
        ("GET", &*one),
        ("POST", "/moderation/act"),
        ("POST", "/moderation/rules"),
        ("POST", "/logout"),
    ] {
        let body = form(&[("act", "publish"), ("key", &row.key), ("csrf", "x")]);
        let answer = browser.ask(method, path, if method == "POST" { &body } else { "" });
        assert_eq!(answer.status, 303, "{method} {path}");
        assert!(answer.header("location").unwrap().starts_with("/login?next="), "{path}");
        assert!(answer.body.is_empty());
    }
    browser.cookies.push(("lanai_session".to_owned(), "made-up".to_owned()));
    assert_eq!(browser.get("/moderation").status, 303);
    assert_eq!(world.home.row(&world.at("ben", "/a")).unwrap().state, "held");
}

#[test]
fn a_form_without_its_word_does_nothing() {
    let world = World::new();
    let row = world.reply("ben", "/a", "Hello.");
    let mut browser = Browser::owner(&world.home);
    let mut stranger = Browser::new(&world.home);
    let foreign = stranger.word("/login");
    for word in ["", "wrong", &foreign] {
        let csrf = [("csrf", word)];
        let csrf = if word.is_empty() { &[][..] } else { &csrf[..] };
        let post = |browser: &mut Browser<'_>, path: &str, fields: &[(&str, &str)]| {
            browser.ask("POST", path, &form(&[csrf, fields].concat())).status
        };
        let fields = [("act", "publish"), ("key", &*row.key)];
        assert_eq!(post(&mut browser, "/moderation/act", &fields), 403);
        let rule =
            [("act", "add"), ("action", "block"), ("kind", "domain"), ("value", "a.example")];
        assert_eq!(post(&mut browser, "/moderation/rules", &rule), 403);
        assert_eq!(post(&mut browser, "/logout", &[]), 403);
        assert_eq!(
            post(&mut stranger, "/login", &[("passphrase", PHRASE)]),
            if word == foreign { 303 } else { 403 }
        );
    }
    assert_eq!(world.home.row(&world.at("ben", "/a")).unwrap().state, "held");
    assert!(!world.home.site.path("data/private").exists());
    assert_eq!(browser.get("/moderation").status, 200);
}

#[test]
fn going_out_ends_the_session() {
    let home = Home::ana();
    let mut browser = Browser::owner(&home);
    let before = browser.cookies.clone();
    let word = browser.word("/moderation");
    let out = browser.ask("POST", "/logout", &form(&[("csrf", &word)]));
    assert_eq!(out.status, 200);
    assert!(is_strict(&out));
    assert_eq!(browser.get("/moderation").status, 303);
    // Whoever kept the cookie is out, too.
    browser.cookies = before;
    assert_eq!(browser.get("/moderation").status, 303);
}

#[test]
fn the_owner_decides_by_buttons() {
    let world = World::new();
    let hosts = ["ben", "eve", "fay", "gil", "hal"];
    for host in hosts {
        world.reply(host, "/a", &format!("Words of {host} <b>here</b>."));
    }
    let state = |host: &str| world.home.row(&world.at(host, "/a")).map(|row| row.state);
    let key = |host: &str| world.home.row(&world.at(host, "/a")).unwrap().key;
    let mut browser = Browser::owner(&world.home);
    let page = browser.get("/moderation");
    assert!(is_strict(&page));
    assert!(hosts.iter().all(|host| page.text().contains(&format!("Words of {host}"))));
    assert!(page.text().contains("5 wait."), "{}", page.text());

    let answer = browser.act("publish", &[&key("ben")]);
    let place = answer.header("location").unwrap().to_owned();
    assert_eq!((answer.status, place.starts_with("/moderation?done=publish")), (303, true));
    assert!(browser.get(&place).text().contains("Published."));
    assert_eq!(state("ben").as_deref(), Some("published"));
    world.home.shows("Words of ben");
    browser.act("undo", &[&key("ben")]);
    assert_eq!(state("ben").as_deref(), Some("held"));
    browser.act("reject", &[&key("eve"), &key("fay")]);
    assert_eq!([state("eve"), state("fay")].map(Option::unwrap), ["rejected", "rejected"]);
    browser.act("trust", &[&key("gil")]);
    assert_eq!(state("gil").as_deref(), Some("published"));
    browser.act("block-host", &[&key("gil")]);
    assert_eq!(state("gil").as_deref(), Some("refused"));
    browser.act("forget", &[&key("hal")]);
    assert_eq!(state("hal"), None);
    browser.act("known-on", &[]);
    assert!(browser.get("/moderation").text().contains("Only people you know are let in"));
    browser.act("known-off", &[]);
    assert_eq!(browser.act("dance", &[&key("ben")]).status, 400);
    assert_eq!(browser.act("publish", &[]).status, 400);

    let one = browser.get(&format!("/moderation/{}", key("ben")));
    assert!(is_strict(&one) && one.text().contains("you took your decision back"));
    assert_eq!(browser.get("/moderation/0123456789abcdef").status, 404);
    // What is published is looked at again; that all has an end.
    wait_until("the end of work", || world.home.is_idle());
}

#[test]
fn the_owner_writes_rules_and_tries_them_first() {
    let world = World::with("[moderation]\nstrangers = \"publish\"\n");
    assert_eq!(world.reply("ben", "/a", "A teapot sings.").state, "published");
    world.home.shows("A teapot sings.");
    let mut browser = Browser::owner(&world.home);
    let word = browser.word("/moderation/rules");
    let mut rule = |act: &str, kind: &str, value: &str| {
        let fields = [
            ("csrf", &*word),
            ("act", act),
            ("action", "block"),
            ("kind", kind),
            ("value", value),
            ("reason", "noise"),
        ];
        browser.ask("POST", "/moderation/rules", &form(&fields))
    };
    for (kind, value) in [("url", "ben"), ("domain", "https://x/"), ("links", "many"), ("", "x")] {
        let answer = rule("add", kind, value);
        assert_eq!(answer.status, 400, "{kind} {value}");
        assert!(is_strict(&answer));
    }
    let tried = rule("try", "words", "teapot");
    assert!(tried.text().contains("One mention would change its place."), "{}", tried.text());
    assert_eq!(world.home.mention_files().len(), 1);
    let added = rule("add", "words", "teapot, samovar");
    assert!(is_strict(&added) && added.text().contains("One mention changed its place."));
    world.home.hides("A teapot sings.");
    let text = added.text();
    let id = text.split_once("name=\"id\" value=\"").unwrap().1.split('"').next().unwrap();
    let fields = [("csrf", &*word), ("act", "remove"), ("id", id)];
    let removed = browser.ask("POST", "/moderation/rules", &form(&fields));
    assert!(removed.text().contains("Taken back."));
    world.home.shows("A teapot sings.");
}

#[test]
fn a_form_that_does_not_come_holds_nothing_up() {
    let home = Home::ana();
    std::thread::scope(|scope| {
        for path in ["/login", "/webmention"] {
            let home = &home;
            scope.spawn(move || {
                let headers = [("Host", &*home.host()), FORM, ("Content-Length", "100")];
                let answer = crate::http::ask(home.port, "POST", path, &headers, b"csrf=");
                assert_eq!(answer.status, 408, "{path}");
            });
        }
    });
    let long = "x".repeat(64 * 1024 + 1);
    assert_eq!(home.ask("POST", "/login", &[FORM], &long).status, 413);
}

#[test]
fn what_strangers_wrote_is_text_on_the_pages_of_the_owner() {
    let world = World::new();
    let author = crate::world::card("&lt;img src=x onerror=evil()&gt;", &world.at("ben", "/"));
    let entry =
        world.entry("u-in-reply-to", &author, "<p onclick=evil()>Hi<script>evil()</script>");
    world.put("ben", "/a", Reply::html(&entry));
    let row = world.take("ben", "/a");
    let mut browser = Browser::owner(&world.home);
    for path in ["/moderation".to_owned(), format!("/moderation/{}", row.key)] {
        let page = browser.get(&path).text();
        for bad in ["<img src=x", "<script", "onclick"] {
            assert!(!page.contains(bad), "{path}: {bad}");
        }
        assert!(page.contains("&lt;img"), "{path}");
    }
    let style = world.home.get("/-/pages.css");
    assert_eq!(style.header("content-type"), Some("text/css; charset=utf-8"));
}
