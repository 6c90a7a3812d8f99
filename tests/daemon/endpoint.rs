//! The endpoint: what it takes, what it refuses, and what it says (WM-R-01 to 16).

use std::time::Duration;

use crate::home::{FORM, Home, wait_until};
use crate::http::{Answer, form};
use crate::peer::{Asked, Peer, Reply};
use crate::world::World;

/// A source that nobody has to look at.
const NOWHERE: &str = "http://ben.localhost:1/reply";

const HTML: (&str, &str) = ("Accept", "text/html,application/xhtml+xml,*/*;q=0.8");

/// Sends a form with a source that nobody looks at.
fn send(home: &Home, target: &str) -> Answer {
    home.send(&[("source", NOWHERE), ("target", target)])
}

/// Mentions that were written down.
fn kept(home: &Home) -> i64 {
    home.count("SELECT count(*) FROM (SELECT key FROM mention UNION SELECT key FROM inbox)")
}

/// A page that links whatever it is asked for after `?`.
fn linking(asked: &Asked) -> Reply {
    let target = asked.path.split_once('?').map(|(_, target)| target).unwrap_or_default();
    Reply::html(&format!("<title>A page</title><a href=\"{target}\">See</a>"))
}

#[test]
fn wm_r_01_pages_that_take_mentions_name_the_endpoint_twice() {
    let home = Home::quiet("ana", "");
    home.post("closed", "mentions = \"none\"", "Nobody is heard.");
    let mut home = home;
    home.start();
    let endpoint = home.url("/webmention");
    let open = home.get("/notes/one/");
    assert_eq!(open.header("link"), Some(&*format!("<{endpoint}>; rel=\"webmention\"")));
    assert!(open.text().contains("rel=\"webmention\"") && open.text().contains(&endpoint));
    let closed = home.get("/notes/closed/");
    assert_eq!((closed.status, closed.header("link")), (200, None));
    assert!(!closed.text().contains("rel=\"webmention\""));
    for path in ["/sitemap.xml", "/nowhere/"] {
        assert_eq!(home.get(path).header("link"), None, "{path}");
    }
}

#[test]
fn wm_r_02_a_request_is_a_form_with_two_fields() {
    let home = Home::ana();
    let good = form(&[("source", NOWHERE), ("target", &home.url("/notes/one/"))]);
    let post = |kind: &str, body: &str| {
        let kind = [("Content-Type", kind)];
        let headers = if kind[0].1.is_empty() { &[][..] } else { &kind[..] };
        home.ask("POST", "/webmention", headers, body).status
    };
    assert_eq!(post(FORM.1, &good), 201);
    assert_eq!(post("application/x-www-form-urlencoded; charset=UTF-8", &good), 201);
    for kind in ["", "application/json", "multipart/form-data; boundary=x", "text/plain"] {
        assert_eq!(post(kind, &good), 400, "{kind}");
    }
    let target = form(&[("target", &home.url("/notes/one/"))]);
    let source = form(&[("source", NOWHERE)]);
    let twice = [format!("{good}&{source}"), format!("{good}&{target}")];
    let bodies = ["", "x", &source, &target, &format!("source=&{target}"), &twice[0], &twice[1]];
    for body in bodies {
        assert_eq!(post(FORM.1, body), 400, "{body}");
    }
    assert_eq!(kept(&home), 1);
}

#[test]
fn wm_r_03_other_parameters_do_not_matter() {
    let home = Home::ana();
    let fields = form(&[("source", NOWHERE), ("target", &home.url("/notes/one/"))]);
    let more = format!("{fields}&sent=1&sent=2&%zz=%ff");
    let path = "/webmention?source=nonsense&target=nonsense";
    assert_eq!(home.ask("POST", path, &[FORM], &more).status, 201);
}

#[test]
fn wm_r_04_what_is_no_web_address_is_refused_before_any_fetch() {
    let home = Home::ana();
    let peer = Peer::start(|_| Reply::status(200));
    let target = home.url("/notes/one/");
    let inside = format!("ftp://ben.localhost:{}/", peer.port());
    for bad in ["word", "mailto:ana@ana.example", "<>", "//ben.localhost/", "http://", &inside] {
        let answer = home.send(&[("source", bad), ("target", &target)]);
        assert_eq!(answer.status, 400, "{bad}");
        let source = peer.url("ben.localhost", "/");
        let answer = home.send(&[("source", source.as_str()), ("target", bad)]);
        assert_eq!(answer.status, 400, "{bad}");
    }
    let long = format!("http://ben.localhost:1/{}", "x".repeat(2_048));
    assert_eq!(home.send(&[("source", &long), ("target", &target)]).status, 400);
    assert_eq!(kept(&home), 0);
    assert!(peer.asked().is_empty());
}

#[test]
fn wm_r_05_three_probes_each_get_400() {
    let home = Home::ana();
    let peer = Peer::start(linking);
    let good = peer.url("ben.localhost", &format!("/?{}", home.url("/notes/one/")));
    let (good, target) = (good.as_str(), home.url("/notes/one/"));
    for (source, target) in [("nonsense", &*target), (good, "nonsense"), ("nonsense", "nonsense")] {
        let answer = home.send(&[("source", source), ("target", target)]);
        assert_eq!(answer.status, 400);
        assert_eq!(answer.header("location"), None);
    }
    assert_eq!(kept(&home), 0);
    assert!(peer.asked().is_empty());
}

#[test]
fn wm_r_06_a_page_does_not_mention_itself() {
    let home = Home::ana();
    let target = home.url("/notes/one/");
    let loud = target.replace("ana.localhost", "ANA.localhost");
    for source in [&*target, &format!("{target}#one"), &loud] {
        assert_eq!(home.send(&[("source", source), ("target", &target)]).status, 400, "{source}");
    }
    // Its own pages know of each other already.
    assert_eq!(home.send(&[("source", &home.url("/")), ("target", &target)]).status, 400);
}

#[test]
fn wm_r_07_what_takes_no_mentions_is_refused_at_once() {
    let mut home = Home::quiet("ana", "");
    home.post("closed", "mentions = \"none\"", "Nobody is heard.");
    home.post("mouth", "mentions = \"send\"", "Only speaks.");
    home.post("ear", "mentions = \"receive\"", "Only hears.");
    home.site.write("data/gone.toml", "[[gone]]\npath = \"/notes/dead/\"\n");
    home.start();
    for path in ["/notes/nowhere/", "/notes/closed/", "/notes/mouth/", "/notes/dead/", "/atom.xml"]
    {
        assert_eq!(send(&home, &home.url(path)).status, 400, "{path}");
    }
    let foreign = format!("http://other.localhost:{}/notes/one/", home.port);
    assert_eq!(send(&home, &foreign).status, 400);
    assert_eq!(send(&home, "http://ana.localhost:9/notes/one/").status, 400);
    assert_eq!(kept(&home), 0);
    // Those who link the home page mean the person.
    assert_eq!(send(&home, &home.url("/")).status, 201);
    assert_eq!(send(&home, &home.url("/notes/ear/")).status, 201);
}

#[test]
fn wm_r_08_and_09_a_page_has_many_addresses() {
    let mut home = Home::quiet("ana", "");
    home.configure("former-urls = [\"http://old.localhost:7777\"]", "");
    home.post("two", "aliases = [\"/2019/two.html\", \"/zwei/\"]", "The second note.");
    home.start();
    let port = home.port;
    let world = World::of(home);
    let home = &world.home;
    let targets = [
        home.url("/notes/two/#a-part"),
        home.url("/notes/two"),
        home.url("/notes/two/index.html"),
        home.url("/notes/two/?utm_source=letter"),
        home.url("/2019/two.html"),
        home.url("/zwei/"),
        format!("https://ana.localhost:{port}/notes/two/"),
        format!("http://www.ana.localhost:{port}/notes/two/"),
        "http://old.localhost:7777/notes/two/".to_owned(),
    ];
    let named = |number: usize| format!("/{number}");
    for (number, target) in targets.iter().enumerate() {
        // The link is looked for as it was sent.
        let html = format!("<a href=\"{target}\">See</a>");
        world.put("ben", &named(number), Reply::html(&html));
        home.mention(&world.at("ben", &named(number)), target);
    }
    for (number, target) in targets.iter().enumerate() {
        let row = home.settled(&world.at("ben", &named(number)));
        assert_eq!((&*row.state, &*row.page), ("held", "/notes/two/"), "{target}: {}", row.words);
    }
}

#[test]
fn wm_r_10_and_12_a_mention_is_answered_by_the_place_where_its_fate_stands() {
    let home = Home::ana();
    let body = form(&[("source", NOWHERE), ("target", &home.url("/notes/one/"))]);
    let post = |headers: &[(&str, &str)]| {
        home.ask("POST", "/webmention", &[&[FORM], headers].concat(), &body)
    };
    let plain = post(&[]);
    assert_eq!(plain.status, 201);
    let place = plain.header("location").unwrap().to_owned();
    assert!(place.starts_with(&home.url("/webmention/")), "{place}");
    assert!(plain.header("content-type").unwrap().starts_with("text/plain"));
    assert!(plain.text().contains(&place));
    // The same mention has the same place.
    let json = post(&[("Accept", "application/json")]);
    assert_eq!((json.status, json.header("location")), (201, Some(&*place)));
    assert_eq!(json.json()["location"], place);
    let html = post(&[HTML]);
    assert_eq!((html.status, html.header("location")), (201, Some(&*place)));
    assert!(html.header("content-type").unwrap().starts_with("text/html"));
    assert!(html.text().contains(&place));

    let wrong = |accept: (&str, &str)| home.ask("POST", "/webmention", &[FORM, accept], "source=x");
    assert!(wrong(("Accept", "application/json")).json()["error"].is_string());
    let form = wrong(HTML);
    assert_eq!(form.status, 400);
    assert!(form.text().contains("<form") && form.text().contains("value=\"x\""));
}

#[test]
fn wm_r_11_the_answer_comes_before_the_source_is_fetched() {
    let home = Home::ana();
    let peer = Peer::start(|_| Reply::html("").hanging());
    let source = peer.url("ben.localhost", "/slow");
    let answer = home.mention(source.as_str(), &home.url("/notes/one/"));
    // The source still hangs.
    let state = home.ask("GET", place(&home, &answer), &[], "").json();
    assert_eq!(state["status"], "waiting");
    wait_until("the daemon asks", || !peer.asked().is_empty());
    assert_eq!(home.row(source.as_str()).unwrap().state, "waiting");
}

/// The path of a status page.
fn place<'a>(home: &Home, answer: &'a Answer) -> &'a str {
    answer.header("location").unwrap().strip_prefix(&home.url("")).unwrap()
}

#[test]
fn wm_r_11_a_mention_survives_the_end_of_the_daemon() {
    let mut home = Home::ana();
    let is_up = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let up = std::sync::Arc::clone(&is_up);
    let peer = Peer::start(move |asked| match up.load(std::sync::atomic::Ordering::SeqCst) {
        true => linking(asked),
        false => Reply::html("").hanging(),
    });
    let source = peer.url("ben.localhost", &format!("/?{}", home.url("/notes/one/")));
    home.mention(source.as_str(), &home.url("/notes/one/"));
    home.daemon.take().unwrap().kill();
    is_up.store(true, std::sync::atomic::Ordering::SeqCst);
    home.start();
    assert_eq!(home.settled(source.as_str()).state, "held");
}

#[test]
fn wm_r_13_the_status_page_says_how_things_stand() {
    let home = Home::ana();
    let peer = Peer::start(linking);
    let source = peer.url("ben.localhost", &format!("/?{}", home.url("/notes/one/")));
    let answer = home.mention(source.as_str(), &home.url("/notes/one/"));
    let place = place(&home, &answer);
    let name = place.rsplit('/').next().unwrap();
    // It is there before anybody has looked, and nobody can guess it.
    let row = home.settled(source.as_str());
    assert!(name.len() >= 22 && !name.contains(&row.key));
    let json = home.get(place).json();
    assert_eq!(json["status"], "held");
    assert_eq!(json["source"], source.as_str());
    let html = home.ask("GET", place, &[HTML], "");
    assert_eq!(html.status, 200);
    assert!(html.text().contains("waits until somebody has read it"));
    home.mentions(&["reject", source.as_str()]);
    assert_eq!(home.get(place).json()["status"], "refused");
    assert_eq!(home.get("/webmention/aaaaaaaaaaaaaaaaaaaaaaaaaa").status, 404);

    let silent = peer.url("ben.localhost", "/?http://elsewhere.example/");
    let answer = home.mention(silent.as_str(), &home.url("/notes/one/"));
    home.settled(silent.as_str());
    let place = answer.header("location").unwrap().strip_prefix(&home.url("")).unwrap();
    let json = home.get(place).json();
    assert_eq!(json["status"], "failed");
    assert!(json["summary"].as_str().unwrap().contains("does not link"), "{json}");
}

#[test]
fn wm_r_14_people_get_a_form_and_pages_of_others_may_send() {
    let home = Home::ana();
    let page = home.get("/webmention?source=http%3A%2F%2Fben.example%2F%22%3E%3Cxyz");
    assert_eq!(page.status, 200);
    assert!(page.text().contains("<form") && page.text().contains("name=\"target\""));
    assert!(
        page.text().contains("http:&#x2F;&#x2F;ben.example")
            || page.text().contains("http://ben.example")
    );
    assert!(!page.text().contains("\"><xyz"));
    for method in ["PUT", "DELETE", "PATCH"] {
        let answer = home.ask(method, "/webmention", &[], "");
        assert_eq!(answer.status, 405);
        let allowed = answer.header("allow").unwrap();
        assert!(["GET", "POST"].iter().all(|method| allowed.contains(method)), "{allowed}");
    }
    let origin = ("Origin", "https://carl.example");
    let before = home.ask("OPTIONS", "/webmention", &[origin], "");
    assert_eq!(before.status, 204);
    assert_eq!(before.header("access-control-allow-origin"), Some("*"));
    assert!(before.header("access-control-allow-methods").unwrap().contains("POST"));
    assert_eq!(before.header("access-control-allow-credentials"), None);
    let answer = home.ask("POST", "/webmention", &[FORM, origin], "");
    assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
}

#[test]
fn wm_r_15_long_requests_are_refused() {
    let home = Home::ana();
    let long = "x".repeat(16 * 1024 + 1);
    assert_eq!(home.ask("POST", "/webmention", &[FORM], &long).status, 413);
    // One that does not say how long it is.
    let pieces = format!("{:x}\r\n{long}\r\n0\r\n\r\n", long.len());
    let headers = [FORM, ("Transfer-Encoding", "chunked"), ("Host", &home.host())];
    let whole = [headers.as_slice()].concat();
    let answer = crate::http::ask_chunked(home.port, "/webmention", &whole, pieces.as_bytes());
    assert_eq!(answer.status, 413);
}

#[test]
fn wm_r_15_who_sends_too_often_is_told_to_wait() {
    let often = "mentions-per-minute = 2\ntrusted-proxies = [\"127.0.0.1\"]\n";
    let mut home = Home::quiet("ana", often);
    for number in 0..10 {
        home.post(&format!("p{number}"), "", "A note.");
    }
    home.start();
    let send = |client: &str, host: &str, page: &str| {
        let source = format!("http://{host}.localhost:1/");
        let body = form(&[("source", &source), ("target", &home.url(page))]);
        let from = ("X-Forwarded-For", client);
        home.ask("POST", "/webmention", &[FORM, from], &body)
    };
    let limited = |answer: &Answer| {
        let wait = answer.header("retry-after").and_then(|wait| wait.parse::<u64>().ok());
        answer.status == 429 && wait.is_some_and(|wait| (1..=61).contains(&wait))
    };
    // A client: two.
    assert_eq!(send("9.9.9.9", "a", "/notes/p0/").status, 201);
    assert_eq!(send("9.9.9.9", "b", "/notes/p1/").status, 201);
    assert!(limited(&send("9.9.9.9", "c", "/notes/p2/")));
    // What others claim before the proxy's own word does not count.
    assert!(limited(&send("1.2.3.4, 9.9.9.9", "c", "/notes/p2/")));
    assert_eq!(send("9.9.9.9, 1.2.3.4", "c", "/notes/p2/").status, 201);
    // A network of IPv6 is one client.
    assert_eq!(send("2001:db8::1", "d", "/notes/p3/").status, 201);
    assert_eq!(send("2001:db8::2", "d", "/notes/p3/").status, 201);
    assert!(limited(&send("2001:db8::3", "d", "/notes/p3/")));
    // A host of sources: four.
    for number in 0..4 {
        assert_eq!(send(&format!("8.0.0.{number}"), "e", "/notes/p4/").status, 201);
    }
    assert!(limited(&send("8.0.0.9", "e", "/notes/p5/")));
    // A page: eight.
    for number in 0..8 {
        let host = format!("f{number}");
        assert_eq!(send(&format!("7.0.0.{number}"), &host, "/notes/p6/").status, 201);
    }
    assert!(limited(&send("7.0.0.9", "f9", "/notes/p6/")));
    assert_eq!(home.ask("GET", "/", &[("X-Forwarded-For", "9.9.9.9")], "").status, 200);
}

#[test]
fn wm_r_15_nobody_but_a_trusted_proxy_says_who_asks() {
    let home = Home::with("ana", "mentions-per-minute = 2\n");
    let body = form(&[("source", NOWHERE), ("target", &home.url("/notes/one/"))]);
    let send = |from: &str| {
        home.ask("POST", "/webmention", &[FORM, ("X-Forwarded-For", from)], &body).status
    };
    assert_eq!(["1.1.1.1", "2.2.2.2", "3.3.3.3"].map(send), [201, 201, 429]);
}

#[test]
fn wm_r_15_what_is_asked_again_meanwhile_is_fetched_once_more() {
    let home = Home::ana();
    let gate = std::sync::Arc::new(std::sync::Mutex::new(()));
    let (closed, open) = (gate.lock().unwrap(), std::sync::Arc::clone(&gate));
    let peer = Peer::start(move |asked| {
        drop(open.lock());
        linking(asked)
    });
    let source = peer.url("ben.localhost", &format!("/?{}", home.url("/notes/one/")));
    home.mention(source.as_str(), &home.url("/notes/one/"));
    wait_until("the daemon asks", || peer.asked().len() == 1);
    for _ in 0..3 {
        home.mention(source.as_str(), &home.url("/notes/one/"));
    }
    drop(closed);
    assert_eq!(home.settled(source.as_str()).state, "held");
    assert_eq!(peer.asked().len(), 2);
    assert_eq!(kept(&home), 1);
}

#[test]
fn wm_r_16_what_cannot_be_written_down_is_not_accepted() {
    let home = Home::ana();
    let path = home.site.path(".lanai/lanai.sqlite");
    let other = rusqlite::Connection::open(path).unwrap();
    // Another program broke the table that mentions are written to first.
    other.busy_timeout(Duration::from_secs(20)).unwrap();
    other.execute_batch("ALTER TABLE inbox RENAME TO elsewhere").unwrap();
    let answer = send(&home, &home.url("/notes/one/"));
    assert_eq!(answer.status, 503, "{}", answer.text());
    assert_eq!(answer.header("location"), None);
    other.execute_batch("ALTER TABLE elsewhere RENAME TO inbox").unwrap();
    assert_eq!(kept(&home), 0);
    assert_eq!(send(&home, &home.url("/notes/one/")).status, 201);
}

#[test]
fn a_mention_that_comes_before_the_first_build_is_not_refused_for_good() {
    let mut home = Home::quiet("ana", "");
    home.site.write("content/notes/broken.md", "+++\ndate = nonsense\n+++\n");
    home.daemon = Some(crate::home::Daemon::start(&[home.site.root()], home.port));
    // No page is known: nobody can say that this one is not there.
    let answer = send(&home, &home.url("/notes/one/"));
    assert_eq!(answer.status, 503, "{}", answer.text());
    std::fs::remove_file(home.site.path("content/notes/broken.md")).unwrap();
    wait_until("the mention is taken", || send(&home, &home.url("/notes/one/")).status == 201);
}

#[test]
fn a_daemon_that_starts_again_knows_its_pages_at_once() {
    let mut home = Home::ana();
    home.daemon.take().unwrap().stop();
    // A problem that keeps the site from being built.
    home.site.write("content/notes/broken.md", "+++\ndate = nonsense\n+++\n");
    home.daemon = Some(crate::home::Daemon::start(&[home.site.root()], home.port));
    assert_eq!(send(&home, &home.url("/notes/one/")).status, 201);
    assert_eq!(home.get("/notes/one/").status, 200);
}

#[test]
fn wm_n_08_a_word_in_the_address_of_the_endpoint_is_asked_for_before_all_else() {
    let mut home = Home::quiet("ana", "");
    let endpoint = format!("{}?word=a%26b", home.url("/webmention"));
    home.configure("", &format!("[endpoints]\nwebmention = \"{endpoint}\"\n"));
    home.start();
    assert!(home.get("/notes/one/").header("link").unwrap().contains(&endpoint));
    let good = form(&[("source", NOWHERE), ("target", &home.url("/notes/one/"))]);
    for path in ["/webmention", "/webmention?word=a", "/webmention?x=1&word=a%26b"] {
        // Not even what is wrong with the rest is looked at.
        for body in [&*good, "nonsense"] {
            assert_eq!(home.ask("POST", path, &[FORM], body).status, 403, "{path}");
        }
    }
    assert_eq!(kept(&home), 0);
    let form = home.ask("GET", "/webmention", &[HTML], "").text();
    assert!(form.contains("/webmention?word=a%26b\""), "{form}");
    assert_eq!(home.ask("POST", "/webmention?word=a%26b", &[FORM], &good).status, 201);
}
