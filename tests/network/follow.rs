//! `lanai follow`: somebody's page as a server, and the real program.

use std::collections::BTreeMap;
use std::process::Output;

use serde_json::Value;

use crate::harness::{SiteTest, texts};
use crate::peer::{Peer, Reply};

const ATOM: &str = "<feed xmlns='http://www.w3.org/2005/Atom'><title>Ben's notes</title>\
    <link rel='hub' href='https://hub.example/'/>\
    <entry><id>1</id><title>One</title><updated>2026-01-01T10:00:00Z</updated></entry>\
    <entry><id>2</id><title>Two</title><updated>2026-01-15T10:00:00Z</updated></entry></feed>";

const RSS: &str = "<rss version='2.0'><channel><title>Ben's photos</title>\
    <item><guid>1</guid><title>A boat</title></item></channel></rss>";

const CARD: &str = "<div class=h-card><a class='p-name u-url u-uid' rel=me href=/>Ben &lt;Bo&gt;</a>\
    <img class=u-photo src=/ben.jpg alt=''><p class=p-note>I row.</p></div>";

/// Ana's site, and what lies at Ben's.
struct World {
    site: SiteTest,
    peer: Peer,
}

impl World {
    fn new(pages: &[(&str, Reply)]) -> Self {
        let pages: BTreeMap<String, Reply> =
            pages.iter().map(|(path, reply)| ((*path).to_owned(), reply.clone())).collect();
        let peer = Peer::start(move |asked| {
            pages.get(&asked.path).cloned().unwrap_or_else(|| Reply::status(404))
        });
        let site = SiteTest::empty();
        site.write(
            "lanai.toml",
            "title = \"Ana\"\nurl = \"https://ana.example\"\n[network]\nallow = [\"127.0.0.0/8\"]\n",
        );
        Self { site, peer }
    }

    fn at(&self, path: &str) -> String {
        self.peer.url("ben.localhost", path).into()
    }

    fn follow(&self, address: &str, more: &[&str]) -> Output {
        let root = self.site.root().to_str().unwrap().to_owned();
        self.site.run(&[&["follow", address, "--site", &root], more].concat())
    }

    /// What is found at an address; nothing is written.
    fn found(&self, path: &str) -> Value {
        let output = self.follow(&self.at(path), &["--json", "--dry-run"]);
        assert!(output.status.success(), "{}", texts(&output).1);
        assert!(!self.site.path("data").exists());
        serde_json::from_slice(&output.stdout).unwrap()
    }

    fn following(&self) -> String {
        std::fs::read_to_string(self.site.path("data/following.toml")).unwrap_or_default()
    }

    fn asked(&self) -> Vec<String> {
        self.peer.asked().into_iter().map(|asked| asked.path).collect()
    }
}

fn home(links: &str) -> Reply {
    Reply::html(&format!("<!doctype html><title>Ben</title>{links}{CARD}"))
}

fn feed(text: &str) -> Reply {
    // As many servers send them.
    Reply::status(200).header("Content-Type", "text/plain").body(text)
}

const LINKS: &str = "<link rel=alternate type=application/rss+xml title=Comments href=/comments.xml>\
    <link rel='ALTERNATE' type='application/atom+xml; charset=utf-8' title=Notes href=/atom.xml>\
    <link rel=alternate type=application/rss+xml title=Photos href=/photos.xml>\
    <link rel=alternate type=application/rss+xml href=/gone.xml>";

#[test]
fn fd_d_02_and_03_a_page_names_its_feeds_and_shows_who_lives_there() {
    let pages = [
        ("/", home(LINKS)),
        ("/atom.xml", feed(ATOM)),
        ("/photos.xml", feed(RSS)),
        ("/comments.xml", feed(RSS)),
    ];
    let world = World::new(&pages);
    let found = world.found("/");
    assert_eq!((&found["name"], &found["note"]), (&"Ben <Bo>".into(), &"I row.".into()));
    assert_eq!(found["photo"], world.at("/ben.jpg"));
    let urls: Vec<&str> =
        found["feeds"].as_array().unwrap().iter().map(|f| f["url"].as_str().unwrap()).collect();
    assert_eq!(urls, [world.at("/atom.xml"), world.at("/photos.xml"), world.at("/comments.xml")]);
    let first = &found["feeds"][0];
    assert_eq!((&first["format"], &first["posts"]), (&"Atom 1.0".into(), &2.into()));
    assert_eq!(
        (&first["per_week"], &first["hubs"][0]),
        (&0.5.into(), &"https://hub.example/".into())
    );
    assert!(found["broken"][0]["why"].as_str().unwrap().contains("404"), "{found}");
    // One question for each, and none for where feeds might be.
    assert_eq!(world.asked(), ["/", "/atom.xml", "/photos.xml", "/gone.xml", "/comments.xml"]);
}

#[test]
fn who_is_followed_stands_in_the_file_once() {
    let world =
        World::new(&[("/", home(LINKS)), ("/atom.xml", feed(ATOM)), ("/photos.xml", feed(RSS))]);
    let output =
        world.follow(&world.at("/"), &["--feed", "2", "--channel", "Boats", "--xfn", "friend,met"]);
    assert!(output.status.success(), "{}", texts(&output).1);
    let text = world.following();
    for part in
        ["Ben <Bo>", "/photos.xml", "channel = \"Boats\"", "\"friend\"", "\"met\"", "since = "]
    {
        assert!(text.contains(part), "{part}: {text}");
    }
    let again = world.follow(&world.at("/"), &["--feed", &world.at("/photos.xml")]);
    assert!(texts(&again).1.contains("already"), "{}", texts(&again).1);
    assert_eq!(world.following(), text);
    let wrong = world.follow(&world.at("/"), &["--feed", "9"]);
    assert!(texts(&wrong).1.contains("there is no feed 9"), "{}", texts(&wrong).1);
    let wrong = world.follow(&world.at("/"), &["--xfn", "buddy"]);
    assert!(texts(&wrong).1.contains("no word of XFN"), "{}", texts(&wrong).1);
    // It is a file that a build reads.
    assert!(world.site.run(&["build"]).status.success());
}

#[test]
fn fd_d_01_the_address_may_be_a_feed_whatever_it_is_called() {
    let world = World::new(&[("/x", feed(ATOM))]);
    let found = world.found("/x");
    assert_eq!(
        (&found["name"], &found["feeds"][0]["url"]),
        (&"Ben's notes".into(), &world.at("/x").into())
    );
    assert_eq!(world.asked(), ["/x"]);
    // FD-D-05.
    let with_scheme = format!("feed:{}", world.at("/x"));
    assert!(world.follow(&with_scheme, &[]).status.success());
    assert!(world.following().contains(&world.at("/x")));
}

#[test]
fn fd_d_04_feeds_are_looked_for_where_they_mostly_are() {
    let pages = [("/about/", home("")), ("/", home("")), ("/atom.xml", feed(ATOM))];
    let pages = [&pages[..], &[("/feed", Reply::redirect(302, "/"))]].concat();
    let world = World::new(&pages);
    let found = world.found("/about/");
    assert_eq!(found["feeds"][0]["url"], world.at("/atom.xml"));
    assert_eq!(found["name"], "Ben <Bo>");
}

#[test]
fn what_has_no_feed_says_what_it_is() {
    let login = "<!doctype html><title>Log in</title><form><input type=password></form>";
    let world = World::new(&[("/", Reply::html(login))]);
    let output = world.follow(&world.at("/"), &[]);
    assert_eq!(output.status.code(), Some(2));
    let said = texts(&output).1;
    assert!(said.contains("has nothing to follow") && said.contains("login form"), "{said}");
    let missing = world.follow(&world.at("/none"), &[]);
    assert!(texts(&missing).1.contains("there is nothing (404)"), "{}", texts(&missing).1);
    let nonsense = world.follow("mailto:ben@ben.example", &[]);
    assert!(texts(&nonsense).1.contains("no web address"), "{}", texts(&nonsense).1);
    assert_eq!(world.following(), "");
}

#[test]
fn fd_h_03_what_moved_for_good_is_followed_where_it_is() {
    let pages = [
        ("/old.xml", Reply::redirect(301, "/new.xml")),
        ("/today.xml", Reply::redirect(302, "/new.xml")),
        ("/new.xml", feed(ATOM)),
    ];
    let world = World::new(&pages);
    assert_eq!(world.found("/old.xml")["feeds"][0]["url"], world.at("/new.xml"));
    assert_eq!(world.found("/today.xml")["feeds"][0]["url"], world.at("/today.xml"));
}

#[test]
fn nobody_is_told_unless_the_owner_wants_it() {
    let world = World::new(&[("/", home(LINKS)), ("/atom.xml", feed(ATOM))]);
    assert!(world.follow(&world.at("/"), &["--private"]).status.success());
    assert_eq!(world.following(), "");
    let text = std::fs::read_to_string(world.site.path("data/private/following.toml")).unwrap();
    assert!(text.contains("/atom.xml"), "{text}");
    let other = World::new(&[("/", home(LINKS)), ("/atom.xml", feed(ATOM))]);
    let output = other.follow(&other.at("/"), &["--announce"]);
    assert!(output.status.success(), "{}", texts(&output).1);
    let file = String::from_utf8(output.stdout).unwrap();
    let post = std::fs::read_to_string(other.site.path(file.trim())).unwrap();
    assert!(post.contains("follow-of") && post.contains(&other.at("/")), "{post}");
}

#[test]
fn a_word_in_the_address_stays_private() {
    let world = World::new(&[("/atom.xml", feed(ATOM))]);
    let address = world.at("/atom.xml").replacen("://", "://ana:sesame@", 1);
    let output = world.follow(&address, &[]);
    assert!(output.status.success(), "{}", texts(&output).1);
    assert_eq!(world.following(), "");
    assert!(!texts(&output).1.contains("sesame"), "{}", texts(&output).1);
    let json = world.follow(&address, &["--json", "--dry-run"]);
    assert!(!texts(&json).0.contains("sesame"), "{}", texts(&json).0);
    // Nor is a post written of it.
    let announced = world.follow(&address, &["--announce"]);
    assert!(!announced.status.success());
    assert!(!world.site.path("content").exists());
}

#[test]
fn nobody_is_asked_inside() {
    let world = World::new(&[("/", home(LINKS)), ("/atom.xml", feed(ATOM))]);
    world.site.write("lanai.toml", "title = \"Ana\"\nurl = \"https://ana.example\"\n");
    let output = world.follow(&world.at("/"), &[]);
    assert!(texts(&output).1.contains("not an address of the public Internet"));
    assert!(world.asked().is_empty());
}
