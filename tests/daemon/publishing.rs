//! What follows a change: hubs hear of feeds, the owner hears of what came, lists of others are read.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};

use crate::home::{Home, wait_until};
use crate::peer::{Asked, Peer, Reply};
use crate::world::World;

/// The fields of the forms that a peer got at a path.
fn forms(peer: &Peer, path: &str) -> Vec<Vec<(String, String)>> {
    let asked = peer.asked().into_iter().filter(|a| a.method == "POST" && a.path == path);
    asked.map(|a| url::form_urlencoded::parse(a.body.as_bytes()).into_owned().collect()).collect()
}

/// How often a hub was told of a feed.
fn told(hub: &Peer, feed: &str) -> usize {
    let topic = ("hub.topic".to_owned(), feed.to_owned());
    forms(hub, "/ping").iter().filter(|form| form.contains(&topic)).count()
}

fn hub_of(hub: &Peer) -> String {
    format!("[feeds]\nhubs = [\"{}\"]\n", hub.url("hub.localhost", "/ping"))
}

#[test]
fn ws_p_06_07_hubs_hear_of_the_feeds_that_changed() {
    let hub = Peer::start(|_| Reply::status(204));
    let home = Home::with("ana", &hub_of(&hub));
    let atom = home.url("/atom.xml");
    wait_until("the hub knows the feed", || told(&hub, &atom) == 1);
    home.post("two", "", "A second note.");
    wait_until("the hub hears of the change", || told(&hub, &atom) == 2);
    let last = forms(&hub, "/ping").into_iter().rfind(|form| form.iter().any(|(_, v)| *v == atom));
    let expected = [("hub.mode", "publish"), ("hub.url", &atom), ("hub.topic", &atom)];
    assert_eq!(last.unwrap(), expected.map(|(n, v)| (n.to_owned(), v.to_owned())));
    // A page that changes without its feeds is no news for a hub.
    home.site.write("content/about.md", "+++\ntitle = \"About\"\n+++\nMe.\n");
    wait_until("the page is there", || home.get("/about/").status == 200);
    home.post("three", "", "A third note.");
    wait_until("the hub hears of the next change", || told(&hub, &atom) == 3);
}

#[test]
fn ws_p_02_pages_and_feeds_name_hub_and_self_in_headers_as_they_do_inside() {
    let hub = Peer::start(|_| Reply::status(204));
    let home = Home::with("ana", &hub_of(&hub));
    let links = |path: &str| {
        let answer = home.get(path);
        let named = answer.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("link"));
        named.map(|(_, value)| value.clone()).collect::<Vec<String>>()
    };
    let address = hub.url("hub.localhost", "/ping");
    let hub_link = format!("<{address}>; rel=\"hub\"");
    for path in ["/", "/notes/", "/notes/one/", "/atom.xml", "/notes/feed.json", "/rss.xml"] {
        let own = home.url(path);
        let links: Vec<String> =
            links(path).into_iter().filter(|link| !link.contains("webmention")).collect();
        assert_eq!(links, [hub_link.clone(), format!("<{own}>; rel=\"self\"")], "{path}");
        let text = home.get(path).text();
        assert!(text.contains(address.as_str()) && text.contains(&own), "{path}");
    }
    for path in ["/sitemap.xml", "/nowhere/", "/nowhere/atom.xml"] {
        assert!(links(path).is_empty(), "{path}");
    }
}

#[test]
fn ws_p_10_the_end_of_a_feed_is_told_once() {
    let hub = Peer::start(|_| Reply::status(204));
    let mut home = Home::with("ana", &hub_of(&hub));
    home.post("two", "tags = [\"rare\"]", "A note with a tag.");
    let (rare, atom) = (home.url("/tags/rare/atom.xml"), home.url("/atom.xml"));
    wait_until("the hub knows the feed", || told(&hub, &rare) == 1);
    std::fs::remove_file(home.site.path("content/notes/two.md")).unwrap();
    wait_until("the hub hears of its end", || told(&hub, &rare) == 2);
    wait_until("that is noted", || {
        home.count("SELECT count(*) FROM announced WHERE feed LIKE '%rare%'") == 0
    });
    home.daemon.take().unwrap().stop();
    home.start();
    let before = told(&hub, &atom);
    home.post("three", "", "A third note.");
    wait_until("the hub hears of the next change", || told(&hub, &atom) > before);
    assert_eq!(told(&hub, &rare), 2);
}

#[test]
fn ws_p_08_a_hub_that_is_down_is_told_later_and_keeps_no_other_waiting() {
    let is_down = Arc::new(AtomicBool::new(true));
    let down = Arc::clone(&is_down);
    let hub = Peer::start(move |_| Reply::status(if down.load(SeqCst) { 503 } else { 204 }));
    let other = Peer::start(|_| Reply::status(204));
    let hubs = [hub.url("hub.localhost", "/ping"), other.url("other.localhost", "/ping")];
    let config = format!("[feeds]\nhubs = [\"{}\", \"{}\"]\n", hubs[0], hubs[1]);
    let mut home = Home::with("ana", &config);
    let atom = home.url("/atom.xml");
    let waiting = |home: &Home| home.count("SELECT count(*) FROM job WHERE kind = 'hub'");
    wait_until("the other hub knows the feed", || told(&other, &atom) == 1);
    wait_until("what the first has not heard is kept", || waiting(&home) > 0);
    let all = forms(&other, "/ping").len();
    assert_eq!(waiting(&home), i64::try_from(all).unwrap());
    // It outlives the daemon; here its time comes sooner.
    home.daemon.take().unwrap().kill();
    assert_eq!(waiting(&home), i64::try_from(all).unwrap());
    is_down.store(false, SeqCst);
    let before = told(&hub, &atom);
    let database = rusqlite::Connection::open(home.site.path(".lanai/lanai.sqlite")).unwrap();
    database.execute("UPDATE job SET due = 0 WHERE kind = 'hub'", []).unwrap();
    drop(database);
    home.start();
    wait_until("all of it is told", || waiting(&home) == 0);
    assert_eq!(told(&hub, &atom), before + 1);
    assert_eq!(told(&other, &atom), 1);
}

#[test]
fn ws_p_08_a_hub_with_many_feeds_is_tried_as_often_for_each() {
    let hub = Peer::start(|_| Reply::status(503));
    let mut home = Home::quiet("ana", &hub_of(&hub));
    home.post("two", "tags = [\"one\", \"two\", \"three\", \"four\"]", "A note with tags.");
    home.start();
    let count = |home: &Home, which: &str| {
        home.count(&format!("SELECT count(*) FROM job WHERE kind = 'hub' AND {which}"))
    };
    wait_until("what it has not heard is kept", || count(&home, "tries = 0") > 0);
    // More than are told at a time.
    let all = count(&home, "tries = 0");
    assert!(all > 8, "{all}");
    home.daemon.take().unwrap().stop();
    let database = rusqlite::Connection::open(home.site.path(".lanai/lanai.sqlite")).unwrap();
    database.execute("UPDATE job SET due = 0 WHERE kind = 'hub'", []).unwrap();
    drop(database);
    home.start();
    let tried = "lease_until IS NULL AND due > (unixepoch() + 60) * 1000";
    wait_until("each is tried", || count(&home, tried) == all);
    assert_eq!(count(&home, "tries = 1"), all);
}

#[test]
fn ws_p_11_what_was_built_while_nobody_listened_is_told_at_the_start() {
    let hub = Peer::start(|_| Reply::status(204));
    let mut home = Home::with("ana", &hub_of(&hub));
    let atom = home.url("/atom.xml");
    wait_until("the hub knows the feed", || told(&hub, &atom) == 1);
    wait_until("that is noted", || home.count("SELECT count(*) FROM announced") > 0);
    home.daemon.take().unwrap().kill();
    home.post("two", "", "A second note.");
    assert!(home.lanai(&["build"]).status.success());
    assert_eq!(told(&hub, &atom), 1);
    home.start();
    wait_until("the hub hears of it", || told(&hub, &atom) == 2);
}

#[test]
fn ws_p_11_the_site_is_live_then_hubs_hear_then_those_who_are_linked() {
    let peer = Peer::start(|asked| match (asked.method.as_str(), asked.path.as_str()) {
        ("GET", "/post") => Reply::html("<p>A post.").header("Link", "</hook>; rel=\"webmention\""),
        ("POST", _) => Reply::status(202),
        _ => Reply::status(404),
    });
    let deploy = "[deploy]\ncommand = [\"sh\", \"-c\", \"echo x >> deployed\"]\ndebounce = 0\n";
    let mut home = Home::quiet("ana", &format!("{deploy}{}", hub_of(&peer)));
    home.start();
    let begun = home.lanai(&["send", "--no-past"]);
    assert!(begun.status.success());
    let atom = home.url("/atom.xml");
    wait_until("the hub knows the feed", || told(&peer, &atom) == 1);
    let before = peer.asked().len();
    home.post("two", "", &format!("See [this]({}).", peer.url("carl.localhost", "/post")));
    wait_until("the linked page hears of it", || forms(&peer, "/hook").len() == 1);
    let asked: Vec<Asked> = peer.asked().into_iter().skip(before).collect();
    let atom_at =
        asked.iter().position(|asked| asked.path == "/ping" && asked.body.contains("atom.xml"));
    let post_at = asked.iter().position(|asked| asked.path == "/post");
    assert!(atom_at.is_some() && atom_at < post_at, "{asked:?}");
    let deployed = std::fs::read_to_string(home.site.path("deployed")).unwrap();
    assert!(deployed.lines().count() >= 2);
}

#[test]
fn ws_p_11_what_is_built_during_a_deployment_is_told_after_the_next() {
    let hub = Peer::start(|_| Reply::status(204));
    // It copies what it finds, then takes as long as somebody wants.
    let script = "mkdir -p .live && cp public/atom.xml .live/; if [ -e .hold ]; then touch .held; \
                  while [ -e .hold ]; do sleep 0.02; done; fi";
    let deploy = format!("[deploy]\ncommand = [\"sh\", \"-c\", \"{script}\"]\ndebounce = 0\n");
    let home = Home::with("ana", &format!("{deploy}{}", hub_of(&hub)));
    let atom = home.url("/atom.xml");
    wait_until("the hub knows the feed", || told(&hub, &atom) == 1);
    home.site.write(".hold", "");
    home.post("two", "", "The second note.");
    wait_until("a deployment goes on", || home.site.path(".held").exists());
    home.post("three", "", "The third note.");
    wait_until("it is built meanwhile", || {
        home.get("/atom.xml").text().contains("The third note.")
    });
    let live = || std::fs::read_to_string(home.site.path(".live/atom.xml")).unwrap();
    assert!(!live().contains("The third note."));
    std::fs::remove_file(home.site.path(".hold")).unwrap();
    wait_until("the hub hears of both", || told(&hub, &atom) == 3);
    assert!(live().contains("The third note."));
}

#[test]
fn what_somebody_built_beside_the_daemon_is_deployed_and_told() {
    let peer = Peer::start(|asked| match (asked.method.as_str(), asked.path.as_str()) {
        ("GET", _) => Reply::html("<p>A post.").header("Link", "</hook>; rel=\"webmention\""),
        _ => Reply::status(202),
    });
    let deploy =
        "[deploy]\ncommand = [\"sh\", \"-c\", \"mkdir -p .live && cp -r public/. .live\"]\n";
    let mut home = Home::quiet("ana", deploy);
    home.start();
    assert!(home.lanai(&["send", "--no-past"]).status.success());
    wait_until("the first deployment", || home.site.path(".live/notes/one/index.html").exists());
    // Stopped where it does not build: whoever builds holds this lock.
    let lock =
        std::fs::File::options().write(true).open(home.site.path(".lanai/build.lock")).unwrap();
    lock.lock().unwrap();
    home.daemon.as_ref().unwrap().signal("STOP");
    drop(lock);
    home.post("two", "", &format!("See [this]({}).", peer.url("carl.localhost", "/post")));
    assert!(home.lanai(&["build"]).status.success());
    assert!(home.site.path("public/notes/two/index.html").exists());
    // Whatever it builds now, it finds nothing to write.
    home.daemon.as_ref().unwrap().signal("CONT");
    wait_until("it is deployed", || home.site.path(".live/notes/two/index.html").exists());
    wait_until("the linked page hears of it", || forms(&peer, "/hook").len() == 1);
}

#[test]
fn wm_s_09_own_pages_that_are_told_are_heard() {
    let mut home = Home::quiet("ana", "");
    let config = std::fs::read_to_string(home.site.path("lanai.toml")).unwrap();
    let config = config.replace("[network]", "[network]\ntell-own-pages = true");
    home.site.write("lanai.toml", &config);
    home.start();
    assert!(home.lanai(&["send", "--no-past"]).status.success());
    let target = home.url("/notes/one/");
    home.post("two", "", &format!("I wrote [something]({target}) before."));
    let source = home.url("/notes/two/");
    wait_until("it is heard", || home.row(&source).is_some_and(|row| row.checked.is_some()));
    assert_eq!(home.row(&source).unwrap().state, "published");
}

#[test]
fn a_block_list_of_others_is_fetched_and_holds() {
    let lists = Peer::start(|asked| match asked.path.as_str() {
        "/list.txt" => Reply::status(200)
            .header("Content-Type", "text/plain")
            .body("# a list\neve.localhost\n"),
        _ => Reply::status(404),
    });
    let list = lists.url("lists.localhost", "/list.txt");
    let world = World::with("[moderation]\nstrangers = \"publish\"\n");
    assert_eq!(world.reply("eve", "/1", "I am quick.").state, "published");
    world.home.site.write("data/moderation.toml", &format!("[[subscribe]]\nurl = \"{list}\"\n"));
    // The daily work is done at the start, too.
    let mut home = world.home;
    home.daemon.take().unwrap().stop();
    home.start();
    wait_until("the list is read", || {
        home.row(&String::from(world.peer.url("eve.localhost", "/1")))
            .is_some_and(|row| row.state == "refused")
    });
    home.hides("I am quick.");
}
