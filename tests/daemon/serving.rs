//! The built site as visitors get it from the daemon, one site or several, and what the daemon says
//! of itself.

use std::io::Read;
use std::process::Command;

use flate2::read::GzDecoder;

use crate::harness::{SiteTest, texts};
use crate::home::{Daemon, FORM, Home, free_port, wait_until};
use crate::http::{Answer, ask, form};

fn site() -> Home {
    let mut home = Home::quiet("ana", "");
    home.post("two", "aliases = [\"/old/two.html\", \"/zwei/\"]", "The second note.");
    home.site.write("data/gone.toml", "[[gone]]\npath = \"/notes/dead/\"\n");
    home.site.write("static/sound.bin", &"0123456789".repeat(100_000));
    home.start();
    home
}

fn with(home: &Home, path: &str, header: (&str, &str)) -> Answer {
    home.ask("GET", path, &[header], "")
}

#[test]
fn pages_have_headers_and_marks() {
    let home = site();
    let page = home.get("/notes/one/");
    assert_eq!(page.status, 200);
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    assert!(page.header("content-security-policy").unwrap().contains("default-src 'none'"));
    assert_eq!(page.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(page.header("cache-control"), Some("no-cache"));
    assert!(page.text().contains("The first note."));
    let tag = page.header("etag").unwrap();
    let known = with(&home, "/notes/one/", ("If-None-Match", tag));
    assert_eq!((known.status, known.body.len(), known.header("etag")), (304, 0, Some(tag)));
    let list = format!("\"other\", {tag}");
    assert_eq!(with(&home, "/notes/one/", ("If-None-Match", &list)).status, 304);
    assert_eq!(with(&home, "/notes/one/", ("If-None-Match", "*")).status, 304);
    assert_eq!(with(&home, "/notes/one/", ("If-None-Match", "W/\"x\"")).status, 200);
    assert_eq!(with(&home, "/notes/two/", ("If-None-Match", tag)).status, 200);

    home.post("one", "", "The note has changed.");
    wait_until("the change", || home.get("/notes/one/").text().contains("has changed"));
    assert_eq!(with(&home, "/notes/one/", ("If-None-Match", tag)).status, 200);

    let head = home.ask("HEAD", "/notes/two/", &[], "");
    let whole = home.get("/notes/two/");
    assert_eq!((head.status, head.body.len()), (200, 0));
    assert_eq!(head.header("content-length"), Some(&*whole.body.len().to_string()));
    assert_eq!(head.header("etag"), whole.header("etag"));

    // Files whose names carry their hash are kept for long.
    let text = whole.text();
    let at = text.find("/assets/").expect("a style");
    let style = text[at..].split(['"', ' ', '>']).next().unwrap();
    assert!(home.get(style).header("cache-control").unwrap().contains("immutable"), "{style}");
    let feed = home.get("/atom.xml");
    assert!(feed.header("content-type").unwrap().starts_with("application/atom+xml"));
    for method in ["POST", "PUT", "DELETE"] {
        let answer = home.ask(method, "/notes/one/", &[], "");
        assert_eq!((answer.status, answer.header("allow")), (405, Some("GET, HEAD")));
    }
}

#[test]
fn a_part_of_a_file_is_enough() {
    let home = site();
    let part = with(&home, "/sound.bin", ("Range", "bytes=10-19"));
    assert_eq!((part.status, &*part.text()), (206, "0123456789"));
    assert_eq!(part.header("content-range"), Some("bytes 10-19/1000000"));
    assert_eq!(part.header("accept-ranges"), Some("bytes"));
    // Over the pieces that are read at a time.
    let long = with(&home, "/sound.bin", ("Range", "bytes=5-600004"));
    assert_eq!((long.status, long.body.len()), (206, 600_000));
    assert!(long.body.starts_with(b"56789") && long.body.ends_with(b"234"));
    assert_eq!(with(&home, "/sound.bin", ("Range", "bytes=-3")).text(), "789");
    assert_eq!(with(&home, "/sound.bin", ("Range", "bytes=999999-")).text(), "9");
    let outside = with(&home, "/sound.bin", ("Range", "bytes=1000000-"));
    assert_eq!(outside.status, 416);
    assert_eq!(outside.header("content-range"), Some("bytes */1000000"));
    assert_eq!(with(&home, "/sound.bin", ("Range", "bytes=0-1,4-5")).status, 200);
    let headers = [("Range", "bytes=0-4"), ("Accept-Encoding", "gzip")];
    let part = home.ask("GET", "/notes/one/", &headers, "");
    assert_eq!((part.status, part.header("content-encoding")), (206, None));
    assert_eq!(part.body.len(), 5);
    assert_eq!(home.get("/sound.bin").body.len(), 1_000_000);
}

#[test]
fn pages_come_compressed_to_those_who_understand_it() {
    let home = site();
    let plain = home.get("/notes/one/");
    assert_eq!(plain.header("content-encoding"), None);
    let zipped = with(&home, "/notes/one/", ("Accept-Encoding", "gzip"));
    assert_eq!(zipped.header("content-encoding"), Some("gzip"));
    assert!(zipped.header("vary").unwrap().to_lowercase().contains("accept-encoding"));
    let mut text = String::new();
    GzDecoder::new(&*zipped.body).read_to_string(&mut text).unwrap();
    assert_eq!(text, plain.text());
    let brotli = with(&home, "/notes/one/", ("Accept-Encoding", "br, gzip;q=0.5"));
    assert_eq!(brotli.header("content-encoding"), Some("br"));
    assert!(brotli.body.len() < plain.body.len());
}

#[test]
fn moved_deleted_and_missing_pages_say_so() {
    let home = site();
    let place = |path: &str| {
        let answer = home.get(path);
        (answer.status, answer.header("location").map(str::to_owned))
    };
    assert_eq!(place("/notes/one"), (301, Some("/notes/one/".to_owned())));
    assert_eq!(place("/old/two.html"), (301, Some("/notes/two/".to_owned())));
    assert_eq!(place("/zwei/"), (301, Some("/notes/two/".to_owned())));
    let dead = home.get("/notes/dead/");
    assert_eq!(dead.status, 410);
    assert!(dead.text().contains("<html") && dead.header("content-type").unwrap().contains("html"));
    assert!(dead.header("content-security-policy").is_some());
    let missing = home.get("/nowhere/");
    assert_eq!(missing.status, 404);
    assert!(missing.text().contains("<html"));
    assert!(missing.header("content-security-policy").is_some());
}

#[test]
fn ws_p_09_a_feed_that_moved_is_found_where_it_is_now() {
    let mut home = Home::quiet("ana", "");
    let rules =
        "/feed.rss /rss.xml 301\n/blog/atom.xml /atom.xml\n/lately.xml /notes/atom.xml 302\n";
    home.site.write("static/_redirects", rules);
    home.start();
    for (old, status, new) in [
        ("/feed.rss", 301, "/rss.xml"),
        ("/blog/atom.xml", 301, "/atom.xml"),
        ("/lately.xml", 302, "/notes/atom.xml"),
    ] {
        let answer = home.get(old);
        assert_eq!((answer.status, answer.header("location")), (status, Some(new)), "{old}");
        // What is not the feed does not say that it is.
        assert_eq!(answer.header("link"), None, "{old}");
        let feed = home.get(new);
        assert_eq!(feed.status, 200);
        assert!(feed.text().contains(&home.url(new)), "{new}");
    }
}

#[test]
fn nothing_but_the_site_can_be_read() {
    let home = site();
    for path in [
        "/../lanai.toml",
        "/%2e%2e/lanai.toml",
        "/..%2flanai.toml",
        "/notes/../../lanai.toml",
        "/notes/%2e%2e/%2e%2e/lanai.toml",
        "//etc/passwd",
        "/%2fetc/passwd",
        "/..\\lanai.toml",
        "/notes%00/",
        "/_redirects",
        "/_headers",
        "/./_redirects",
        "/%5fredirects",
        "//_headers",
        "/.lanai/lanai.sqlite",
        "/data/gone.toml",
    ] {
        let answer = home.get(path);
        let text = answer.text();
        assert!(matches!(answer.status, 400 | 404), "{path}: {}", answer.status);
        assert!(!text.contains("title =") && !text.contains("root:") && !text.contains("301"));
    }
}

#[test]
fn a_site_below_a_path_is_served_there() {
    let mut home = Home::quiet("ana", "");
    let config = std::fs::read_to_string(home.site.path("lanai.toml")).unwrap();
    let address = format!("url = \"{}\"", home.url(""));
    let below = format!("url = \"{}\"", home.url("/blog"));
    home.site.write("lanai.toml", &config.replacen(&address, &below, 1));
    home.post("one", "aliases = [\"/eins/\"]", "The first note.");
    home.site.write("data/gone.toml", "[[gone]]\npath = \"/notes/dead/\"\n");
    home.start();
    assert!(home.get("/blog/notes/one/").text().contains("The first note."));
    let place = |path: &str| {
        let answer = home.get(path);
        (answer.status, answer.header("location").map(str::to_owned))
    };
    assert_eq!(place("/blog"), (301, Some("/blog/".to_owned())));
    assert_eq!(place("/blog/notes/one"), (301, Some("/blog/notes/one/".to_owned())));
    assert_eq!(place("/blog/eins/"), (301, Some("/blog/notes/one/".to_owned())));
    assert_eq!(home.get("/blog/notes/dead/").status, 410);
    let page = home.get("/blog/notes/one/");
    assert_eq!(page.header("x-content-type-options"), Some("nosniff"));
    assert!(page.header("link").is_some());
    let target = home.url("/blog/notes/one/");
    let answer = home.send(&[("source", "http://ben.localhost:1/"), ("target", &target)]);
    assert_eq!(answer.status, 201, "{}", answer.text());
}

/// Two sites that one daemon keeps company; `endpoint` is where both take mentions, if not each at
/// its own.
fn two(endpoint: Option<&str>) -> (Vec<SiteTest>, u16, Daemon) {
    two_with(endpoint, |_| String::new())
}

/// The same with what the pages of each have after the endpoint's address.
fn two_with(
    endpoint: Option<&str>,
    query: impl Fn(&str) -> String,
) -> (Vec<SiteTest>, u16, Daemon) {
    let port = free_port();
    let sites = ["ana", "ben"].map(|name| {
        let own = format!("http://{name}.localhost:{port}");
        let daemon = endpoint.map_or(own.clone(), |host| format!("http://{host}:{port}"));
        let config = format!(
            "title = \"{name}\"\nurl = \"{own}\"\n[network]\nallow = [\"127.0.0.0/8\"]\n\
             [daemon]\nurl = \"{daemon}\"\n\
             [endpoints]\nwebmention = \"{daemon}/webmention{}\"\n",
            query(name)
        );
        let note = format!("+++\ndate = 2024-05-01T10:00:00Z\n+++\nA note by {name}.\n");
        SiteTest::empty().file("lanai.toml", &config).file("content/notes/one.md", &note)
    });
    let roots: Vec<_> = sites.iter().map(SiteTest::root).collect();
    let daemon = Daemon::start(&roots, port);
    for name in ["ana", "ben"] {
        // As long as its pages are not known, it cannot say that this one is not among them.
        let none = form(&[
            ("source", "http://carl.localhost:1/"),
            ("target", &format!("http://{name}.localhost:{port}/none/")),
        ]);
        let host = format!("{name}.localhost:{port}");
        let path = format!("/webmention{}", query(name));
        wait_until("the first build", || {
            let headers = [("Host", &*host), FORM];
            ask(port, "POST", &path, &headers, none.as_bytes()).status == 400
        });
    }
    (sites.into(), port, daemon)
}

fn get(port: u16, name: &str, path: &str) -> Answer {
    ask(port, "GET", path, &[("Host", &format!("{name}.localhost:{port}"))], b"")
}

#[test]
fn several_sites_live_at_one_daemon() {
    let (sites, port, _daemon) = two(None);
    for name in ["ana", "ben"] {
        let words = format!("A note by {name}.");
        assert!(get(port, name, "/notes/one/").text().contains(&words));
    }
    // A proxy may leave the port out; nobody else is here.
    let bare = ask(port, "GET", "/notes/one/", &[("Host", "BEN.localhost")], b"");
    assert!(bare.text().contains("A note by ben."));
    assert_eq!(get(port, "carl", "/").status, 421);
    let target = format!("http://ben.localhost:{port}/notes/one/");
    let body = form(&[("source", "http://carl.localhost:1/"), ("target", &target)]);
    let host = format!("ben.localhost:{port}");
    let answer = ask(port, "POST", "/webmention", &[("Host", &host), FORM], body.as_bytes());
    assert_eq!(answer.status, 201);
    // Both are kept in the database of the first.
    assert!(sites[0].path(".lanai/lanai.sqlite").exists());
    assert!(!sites[1].path(".lanai/lanai.sqlite").exists());
}

#[test]
fn several_sites_share_an_endpoint() {
    let (_sites, port, _daemon) = two(Some("hub.localhost"));
    for name in ["ana", "ben"] {
        let target = format!("http://{name}.localhost:{port}/notes/one/");
        let body = form(&[("source", "http://carl.localhost:1/"), ("target", &target)]);
        let host = format!("hub.localhost:{port}");
        let answer = ask(port, "POST", "/webmention", &[("Host", &host), FORM], body.as_bytes());
        assert_eq!(answer.status, 201, "{}", answer.text());
        let place = answer.header("location").unwrap();
        let path = place.strip_prefix(&format!("http://hub.localhost:{port}")).unwrap();
        assert_eq!(get(port, "hub", path).json()["target"], target);
    }
}

#[test]
fn wm_n_08_at_a_shared_endpoint_the_word_is_that_of_the_targets_site() {
    let (_sites, port, _daemon) =
        two_with(Some("hub.localhost"), |name| format!("?word=of-{name}"));
    let host = format!("hub.localhost:{port}");
    for (name, word, status) in [
        ("ana", "?word=of-ana", 201),
        ("ben", "?word=of-ben", 201),
        ("ana", "?word=of-ben", 403),
        ("ben", "?word=of-ana", 403),
        ("ben", "?word=of-carl", 403),
        ("ben", "", 403),
    ] {
        let target = format!("http://{name}.localhost:{port}/notes/one/");
        let body = form(&[("source", "http://carl.localhost:1/"), ("target", &target)]);
        let path = format!("/webmention{word}");
        let answer = ask(port, "POST", &path, &[("Host", &host), FORM], body.as_bytes());
        assert_eq!(answer.status, status, "{name} {word}: {}", answer.text());
    }
}

#[test]
fn sites_that_disagree_are_told_so() {
    let with = |more: &str| {
        let config = format!("title = \"x\"\nurl = \"http://x.localhost\"\n[daemon]\n{more}\n");
        SiteTest::empty().file("lanai.toml", &config)
    };
    for (more, key) in [
        ("listen = \"127.0.0.1:4002\"", "listen"),
        ("database = \"postgres://localhost/x\"", "database"),
        ("trusted-proxies = [\"127.0.0.1\"]", "trusted-proxies"),
    ] {
        let (first, second) = (with(""), with(more));
        let output = Command::new(env!("CARGO_BIN_EXE_lanai"))
            .arg("daemon")
            .args([first.root(), second.root()])
            .output()
            .unwrap();
        let (_, err) = texts(&output);
        assert!(!output.status.success());
        assert!(err.contains(&format!("disagree about `{key}`")), "{err}");
        assert!(err.contains(&second.root().display().to_string()), "{err}");
    }
    let output = SiteTest::empty().run(&["daemon"]);
    assert!(!output.status.success() && texts(&output).1.contains("lanai.toml"));
}

#[test]
fn a_port_that_is_taken_is_a_clear_error() {
    let home = Home::ana();
    let other = Home::quiet("ben", "");
    let output = Command::new(env!("CARGO_BIN_EXE_lanai"))
        .arg("daemon")
        .arg(other.site.root())
        .args(["--listen", &format!("127.0.0.1:{}", home.port)])
        .output()
        .unwrap();
    assert!(!output.status.success());
    assert!(texts(&output).1.contains("is in use"), "{}", texts(&output).1);
}

#[test]
fn the_daemon_says_how_it_is_and_counts_for_this_machine_only() {
    let home = Home::with("ana", "trusted-proxies = [\"127.0.0.1\"]\n");
    let health = ask(home.port, "GET", "/healthz", &[("Host", "whoever")], b"");
    assert_eq!((health.status, &*health.text()), (200, "ok\n"));
    home.mention("http://ben.localhost:1/", &home.url("/notes/one/"));
    let text = home.get("/metrics").text();
    assert!(text.contains("lanai_mentions_accepted_total 1"), "{text}");
    assert!(text.contains("# TYPE lanai_builds_total") && text.contains("lanai_inbox{site="));
    wait_until("it is sorted in", || home.get("/metrics").text().contains("lanai_mentions{site="));
    let outside = with(&home, "/metrics", ("X-Forwarded-For", "8.8.8.8"));
    assert_eq!(outside.status, 404);
}

#[test]
fn a_daemon_that_is_told_to_ends_well() {
    let mut home = Home::ana();
    home.daemon.take().unwrap().stop();
}
