//! Whom the owner follows, on the pages of their reader: following, changing, leaving, lists of other
//! readers, channels, and how feeds are. The files are the truth, and addresses keep their secrets.

use std::fs;

use crate::home::{Home, wait_until};
use crate::http::{Answer, form};
use crate::pages::Browser;
use crate::peer::Reply;
use crate::world::World;

const PUBLIC: &str = "data/following.toml";
const PRIVATE: &str = "data/private/following.toml";

/// A name that would do harm on a page that believes it.
const HOSTILE: &str = "</h1><script>alert(1)</script>\" onclick=\"x\u{202e}";

fn file(home: &Home, name: &str) -> String {
    fs::read_to_string(home.site.path(name)).unwrap_or_default()
}

/// Presses a button: a form with the word of a page.
fn press(browser: &mut Browser<'_>, path: &str, fields: &[(&str, &str)]) -> Answer {
    let word = browser.word("/reader/following");
    let all = [&[("csrf", &*word)], fields].concat();
    browser.ask("POST", path, &form(&all))
}

/// Presses a button and follows where it leads.
#[track_caller]
fn pressed(browser: &mut Browser<'_>, path: &str, fields: &[(&str, &str)]) -> String {
    let answer = press(browser, path, fields);
    assert_eq!(answer.status, 303, "{}", answer.text());
    let place = answer.header("location").unwrap().to_owned();
    let page = browser.get(&place);
    assert_eq!(page.status, 200, "{place}");
    page.text()
}

/// The number of the first feed that is followed.
fn feed(home: &Home) -> i64 {
    home.count("SELECT min(feed) FROM subscription")
}

fn wait_for_feeds(home: &Home, count: i64) {
    wait_until("the feeds", || home.count("SELECT count(*) FROM subscription") == count);
}

fn wait_for_posts(home: &Home, count: i64) {
    wait_until("the posts", || home.count("SELECT count(*) FROM entry") >= count);
}

/// A feed of Ben's, with a hostile title.
fn rss(title: &str) -> Reply {
    let title = title.replace('&', "&amp;").replace('<', "&lt;");
    let items: String = (1..4)
        .map(|n| {
            format!(
                "<item><guid>{n}</guid><title>Post {n}</title><link>/p/{n}</link>\
                 <pubDate>Fri, 0{n} May 2026 10:00:00 GMT</pubDate></item>"
            )
        })
        .collect();
    let text = format!("<rss version='2.0'><channel><title>{title}</title>{items}</channel></rss>");
    Reply::status(200).header("Content-Type", "application/rss+xml").body(text)
}

/// Ben's page, which names two feeds and one that is none.
fn ben(world: &World) {
    let page = format!(
        "<!doctype html><link rel=alternate type=application/rss+xml href=/feed title=Notes>\
         <link rel=alternate type=application/rss+xml href=/photos title=Photos>\
         <link rel=alternate type=application/rss+xml href=/old>\
         <div class=h-card><a class='p-name u-url u-uid' rel=me href=/>{}</a>\
         <p class=p-note>I row.</p></div>",
        HOSTILE.replace('<', "&lt;")
    );
    world.put("ben", "/", Reply::html(&page));
    world.put("ben", "/feed", rss("Ben's notes"));
    world.put("ben", "/photos", rss("Ben's photos"));
}

#[test]
fn every_page_and_form_belongs_to_the_owner() {
    let home = Home::ana();
    let mut guest = Browser::new(&home);
    for path in ["/reader/following", "/reader/follow", "/reader/person/1", "/reader/feeds"] {
        let answer = guest.get(path);
        assert_eq!(answer.status, 303, "{path}");
        assert!(answer.header("location").unwrap().starts_with("/login?next=%2Freader%2F"));
    }
    assert_eq!(guest.get("/reader/following.opml").status, 303);
    let mut owner = Browser::owner(&home);
    let forms = ["following", "follow", "person/1", "feeds", "channels"];
    for path in forms.map(|path| format!("/reader/{path}")) {
        assert_eq!(guest.ask("POST", &path, "csrf=x&act=add&name=x&feed=1").status, 303, "{path}");
        for body in ["act=add&name=x&feed=1", "csrf=x&act=add&name=x&feed=1"] {
            let answer = owner.ask("POST", &path, body);
            assert_eq!(answer.status, 403, "{path}: {}", answer.text());
        }
    }
    let kind = "multipart/form-data; boundary=b";
    let list = upload("x", "<opml><outline xmlUrl='https://a.example/'/></opml>");
    assert_eq!(guest.send("POST", "/reader/following/import", (kind, &list)).status, 303);
    for body in [&list, "", "--b", "csrf=x"] {
        let answer = owner.send("POST", "/reader/following/import", (kind, body));
        assert_eq!(answer.status, 403, "{body}");
    }
    assert!(!home.site.path(PUBLIC).exists() && !home.site.path(PRIVATE).exists());
}

/// A form with a file.
fn upload(csrf: &str, list: &str) -> String {
    format!(
        "--b\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\n{csrf}\r\n--b\r\n\
         Content-Disposition: form-data; name=\"file\"; filename=\"x.opml\"\r\n\
         Content-Type: text/x-opml\r\n\r\n{list}\r\n--b--\r\n"
    )
}

#[test]
fn somebody_is_found_and_followed() {
    let world = World::new();
    ben(&world);
    let home = &world.home;
    let mut owner = Browser::owner(home);
    assert!(owner.get("/reader/following").text().contains("Nobody yet"));
    let address = world.at("ben", "/");
    let path = format!("/reader/follow?{}", form(&[("url", &address)]));
    let page = owner.get(&path).text();
    for words in
        ["I row.", "Ben&#39;s notes", "RSS 2.0, three posts", "last post", "Post 3", "/old"]
    {
        assert!(page.to_lowercase().contains(&words.to_lowercase()), "{words}: {page}");
    }
    assert!(!page.contains("<script>alert") && !page.contains("\" onclick"), "{page}");
    let (feed, photos) = (world.at("ben", "/feed"), world.at("ben", "/photos"));
    assert_eq!(page.matches("name=\"feed\"").count(), 2);
    let asked = world.asked("ben", "/feed");
    // Nothing chosen; then what cannot be both.
    for (fields, words) in [
        (&[("private", "")][..], "Choose what to read"),
        (&[("feed", &*feed), ("private", "yes"), ("announce", "yes")], "Choose one of both"),
        (&[("feed", "https://other.example/feed")], "Choose what to read"),
    ] {
        let fields = [&[("url", &*address)], fields].concat();
        let answer = press(&mut owner, "/reader/follow", &fields);
        assert_eq!(answer.status, 400);
        assert!(answer.text().contains(words), "{}", answer.text());
    }
    assert!(!home.site.path(PUBLIC).exists());
    let fields = [
        ("url", &*address),
        ("feed", &*feed),
        ("feed", &*photos),
        ("channel", ""),
        ("new-channel", " Near  and dear "),
        ("xfn", "friend"),
        ("xfn", "enemy"),
        ("announce", "yes"),
    ];
    let page = pressed(&mut owner, "/reader/follow", &fields);
    assert!(page.contains("Your site says so"), "{page}");
    assert!(!page.contains("<script>alert"), "{page}");
    let text = file(home, PUBLIC);
    assert_eq!(
        text.matches("channel = \"Near and dear\"\nxfn = [\"friend\"]").count(),
        2,
        "{text}"
    );
    assert!(text.contains(&format!("feed = \"{photos}\"\ntitle = \"Ben's photos\"")), "{text}");
    let posts: Vec<_> = fs::read_dir(home.site.path("content/follows")).unwrap().collect();
    let post = fs::read_to_string(posts[0].as_ref().unwrap().path()).unwrap();
    assert!(post.contains(&format!("follow-of = \"{address}\"")), "{post}");
    // The page that follows shows both, and what they wrote.
    let list = owner.get("/reader/following").text();
    assert!(list.contains("You follow 2 people.") && list.contains("Near and dear"), "{list}");
    assert!(list.contains("a friend"), "{list}");
    wait_for_posts(home, 6);
    let id = self::feed(home);
    let page = owner.get(&format!("/reader/person/{id}")).text();
    for words in ["Post 3", "You follow them since today", "All is well", "Ben&#39;s photos"] {
        assert!(page.contains(words), "{words}: {page}");
    }
    assert!(asked + 1 >= world.asked("ben", "/feed"), "it was found once, then read");
    // Who is followed already is said to be.
    let page = owner.get(&path).text();
    assert!(page.contains("You follow them already") && !page.contains("name=\"feed\""), "{page}");
}

#[test]
fn nobody_is_found_in_words() {
    let world = World::new();
    let mut owner = Browser::owner(&world.home);
    for address in [world.at("ben", "/none"), "javascript:alert(1)".to_owned(), "a b".to_owned()] {
        let path = format!("/reader/follow?{}", form(&[("url", &address)]));
        let answer = owner.get(&path);
        assert_eq!(answer.status, 400, "{address}");
        assert!(answer.text().contains("Not quite."), "{}", answer.text());
    }
}

#[test]
fn somebody_is_changed_hidden_left_and_followed_again() {
    let world = World::new();
    world.put("ben", "/feed", rss("Ben's notes"));
    let home = &world.home;
    let feed = world.at("ben", "/feed");
    let row = format!("# From the boat.\n[[follow]]\nurl = \"{feed}\"\ntitle = \"Ben\"   # B.\n");
    let other = "[[follow]]\nurl = \"https://c.example/\"\n";
    // An entry that is not right stands in nobody's way.
    let bad = "[[follow]]\nurl = \"feed://old.example/\"\n";
    home.site.write(PRIVATE, bad);
    home.site.write(PUBLIC, &format!("# Mine.\n\n{other}\n{row}"));
    wait_for_feeds(home, 2);
    wait_for_posts(home, 3);
    let mut owner = Browser::owner(home);
    let id = home.count("SELECT id FROM feed WHERE url LIKE '%/feed'");
    let path = format!("/reader/person/{id}");
    let fields = [("act", "save"), ("title", HOSTILE), ("channel", ""), ("new-channel", HOSTILE)];
    let page = pressed(&mut owner, &path, &[&fields[..], &[("xfn", "met")]].concat());
    assert!(page.contains("Saved.") && !page.contains("<script>alert"), "{page}");
    let text = file(home, PUBLIC);
    assert!(text.starts_with(&format!("# Mine.\n\n{other}\n# From the boat.\n")), "{text}");
    assert!(text.contains("   # B.\nchannel = ") && text.ends_with("xfn = [\"met\"]\n"), "{text}");
    for page in ["/reader", "/reader/following", "/reader/feeds"] {
        let page = owner.get(page).text();
        assert!(!page.contains("<script>alert") && !page.contains("\" onclick=\"x"), "{page}");
    }
    // A name without end is none.
    let long = "a".repeat(200);
    let answer = press(&mut owner, &path, &[("act", "save"), ("title", &long)]);
    assert_eq!(answer.status, 400);
    assert!(answer.text().contains("too long for a name"));
    // To the file that nobody sees, with all that it has.
    let fields = [("act", "save"), ("title", "Ben"), ("private", "yes")];
    let page = pressed(&mut owner, &path, &fields);
    assert!(page.contains("and nobody else knows"), "{page}");
    let text = file(home, PRIVATE);
    assert_eq!(text, format!("{bad}\n{row}"));
    assert_eq!(file(home, PUBLIC), format!("# Mine.\n\n{other}"));
    let list = owner.get("/reader/following?q=BEN").text();
    assert!(list.contains("only you know") && !list.contains("c.example"), "{list}");
    assert!(owner.get("/reader/following?q=zzz").text().contains("Nobody is called that."));
    // Left: gone from the file and the timeline; and back.
    let page = pressed(&mut owner, &path, &[("act", "unfollow")]);
    assert!(page.contains("You follow them no more.") && page.contains("Undo"), "{page}");
    assert!(page.contains("You follow one person."), "{page}");
    assert_eq!(home.count("SELECT count(*) FROM entry"), 0);
    assert!(owner.get(&path).text().contains("You do not follow them"));
    let undo = page.split_once("name=\"undo\" value=\"").unwrap().1;
    let undo = undo.split('"').next().unwrap().to_owned();
    let page = pressed(&mut owner, "/reader/following", &[("undo", &undo)]);
    assert!(page.contains("You follow them again."), "{page}");
    assert!(file(home, PRIVATE).contains(&feed));
    let answer = press(&mut owner, "/reader/following", &[("undo", &undo)]);
    assert!(answer.text().contains("cannot be taken back"), "once only");
    let gone = press(&mut owner, "/reader/person/999999", &[("act", "unfollow")]);
    assert!(gone.text().contains("You do not follow them"));
}

#[test]
fn secrets_of_addresses_are_on_no_page() {
    let world = World::new();
    world.put("paid", "/feed", rss("Paid words"));
    world.put("quiet", "/private/s3cretpath.rss", rss("Quiet words"));
    let home = &world.home;
    let paid = world.at("paid", "/feed").replace("http://", "http://me:s3cretword@");
    let quiet = world.at("quiet", "/private/s3cretpath.rss?token=s3crettoken");
    home.site.write(PUBLIC, &format!("[[follow]]\nurl = \"{paid}\"\n"));
    let bad = "[[follow]]\nurl = \"ftp://me:s3cretftp@old.example/\"\n";
    home.site.write(PRIVATE, &format!("[[follow]]\nurl = \"{quiet}\"\n\n{bad}"));
    wait_for_feeds(home, 2);
    wait_for_posts(home, 6);
    let mut owner = Browser::owner(home);
    let ids = [feed(home), home.count("SELECT max(feed) FROM subscription")];
    let mut pages = vec!["/reader".to_owned(), "/reader/following".to_owned()];
    pages.push("/reader/following?q=s3cret".to_owned());
    pages.push("/reader/feeds".to_owned());
    pages.extend(ids.map(|id| format!("/reader/person/{id}")));
    let item = home.count("SELECT max(item) FROM entry");
    pages.push(format!("/reader/item/{item}"));
    for path in &pages {
        let answer = owner.get(path);
        assert_eq!(answer.status, 200, "{path}");
        let text = answer.text().replace("value=\"s3cret\"", "");
        assert!(!text.contains("s3cret"), "{path}: {text}");
    }
    let list = owner.get("/reader/following").text();
    assert!(list.contains("Entries that cannot be followed"), "{list}");
    assert!(list.contains("ftp://old.example/"), "{list}");
    let answer = owner.get("/reader/following.opml");
    assert_eq!(answer.header("content-type"), Some("text/x-opml; charset=utf-8"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert!(!answer.text().contains("s3cretword"), "{}", answer.text());
    // What was typed does not come back either, whether somebody is there or not.
    for address in [paid, world.at("paid", "/none").replace("http://", "http://me:s3cretword@")] {
        let path = format!("/reader/follow?{}", form(&[("url", &address)]));
        let page = owner.get(&path).text();
        assert!(!page.contains("s3cretword"), "{page}");
    }
    assert!(!home.daemon.as_ref().unwrap().log().contains("s3cret"));
}

#[test]
fn who_has_a_pass_word_is_followed_with_it() {
    let world = World::new();
    world.put("paid", "/feed", rss("Paid words"));
    let mut owner = Browser::owner(&world.home);
    let shown = world.at("paid", "/feed");
    let typed = shown.replace("http://", "http://me:s3cretword@");
    owner.get(&format!("/reader/follow?{}", form(&[("url", &typed)])));
    let fields = [("url", &*shown), ("feed", &*shown), ("announce", "yes")];
    let page = pressed(&mut owner, "/reader/follow", &fields);
    assert!(page.contains("your site does not say it"), "{page}");
    assert!(file(&world.home, PRIVATE).contains(&format!("feed = \"{typed}\"")));
    assert!(!world.home.site.path(PUBLIC).exists());
    assert!(!world.home.site.path("content/follows").exists());
}

#[test]
fn lists_of_other_readers_come_and_go() {
    let home = Home::ana();
    let mut owner = Browser::owner(&home);
    let send = |owner: &mut Browser<'_>, list: &str| {
        let word = owner.word("/reader/following");
        let body = upload(&word, list);
        owner.send("POST", "/reader/following/import", ("multipart/form-data; boundary=b", &body))
    };
    for (list, words) in [
        ("", "not read as OPML"),
        ("<html>", "not read as OPML"),
        ("<opml><body/></opml>", "There are no subscriptions"),
    ] {
        let answer = send(&mut owner, list);
        assert_eq!(answer.status, 400, "{list}");
        assert!(answer.text().contains(words), "{}", answer.text());
    }
    let list = "<opml><body><outline text='News'>\
        <outline text='A &amp; &lt;script>' xmlUrl='https://a.example/feed' htmlUrl='https://a.example/'/>\
        <outline text='B' xmlUrl='https://me:s3cretword@b.example/feed'/>\
        <outline text='C' xmlUrl='gopher://me:s3cretword@c.example/'/></outline></body></opml>";
    let page = send(&mut owner, list).text();
    for words in ["2 of 3 are followed now.", "kept to yourself", "no address of the web", "News"] {
        assert!(page.contains(words), "{words}: {page}");
    }
    assert!(!page.contains("s3cretword") && !page.contains("<script>'"), "{page}");
    assert!(page.contains("A &amp; &lt;script&gt;"), "shown at once: {page}");
    assert!(send(&mut owner, list).text().contains("2 you followed already."));
    let opml = owner.get("/reader/following.opml").text();
    assert!(opml.contains("https://a.example/feed") && !opml.contains("b.example"), "{opml}");
    // Too much of it is refused.
    let long = format!("<opml><body>{}</body></opml>", " ".repeat(6 << 20));
    assert_eq!(send(&mut owner, &long).status, 413);
    // A file that cannot be read takes nobody more.
    home.site.write(PUBLIC, "[[follow]]\nurl = me:s3cretword\n");
    let answer = send(&mut owner, list);
    assert_eq!(answer.status, 400);
    assert!(answer.text().contains("data/following.toml:2"), "{}", answer.text());
}

#[test]
fn channels_are_made_named_ordered_and_taken_away() {
    let home = Home::ana();
    let row = |n: u8, channel: &str| {
        format!("[[follow]]\nurl = \"https://s{n}.example/\"\nchannel = \"{channel}\"\n\n")
    };
    home.site.write(PUBLIC, &[row(1, "News"), row(2, "Art"), row(3, "News")].concat());
    wait_for_feeds(&home, 3);
    let mut owner = Browser::owner(&home);
    let order = |page: &str| -> Vec<String> {
        let forms = page.split("<input type=\"text\" name=\"name\" value=\"").skip(1);
        forms.map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
    };
    let mut act = |fields: &[(&str, &str)]| pressed(&mut owner, "/reader/channels", fields);
    assert_eq!(order(&act(&[("act", "add"), ("name", " 日本語 ")])), ["Art", "News", "日本語"]);
    assert_eq!(order(&act(&[("act", "up"), ("channel", "News")])), ["News", "Art", "日本語"]);
    assert_eq!(order(&act(&[("act", "down"), ("channel", "Art")])), ["News", "日本語", "Art"]);
    let page = act(&[("act", "rename"), ("channel", "News"), ("name", "Far & <b>")]);
    assert_eq!(order(&page), ["Far &amp; &lt;b&gt;", "日本語", "Art"]);
    assert_eq!(file(&home, PUBLIC).matches("channel = \"Far & <b>\"").count(), 2);
    assert_eq!(file(&home, PRIVATE), "channels = [\"Far & <b>\", \"日本語\", \"Art\"]\n");
    let page = act(&[("act", "remove"), ("channel", "Art")]);
    assert_eq!(order(&page), ["Far &amp; &lt;b&gt;", "日本語"]);
    assert!(!file(&home, PUBLIC).contains("Art") && page.contains("You follow 3 people."));
    // The menu has that order, too, and those in no channel come last.
    let menu = owner.get("/reader").text();
    let at =
        |word: &str| menu.find(&format!("<bdi>{word}</bdi>")).unwrap_or_else(|| panic!("{word}"));
    assert!(at("Far &amp; &lt;b&gt;") < at("日本語") && at("日本語") < at("Others"));
    for (fields, words) in [
        (&[("act", "add"), ("name", "日本語")][..], "a channel of that name already"),
        (&[("act", "add"), ("name", " \t ")], "Give the channel a name"),
        (
            &[("act", "rename"), ("channel", "Far & <b>"), ("name", "日本語")],
            "of that name already",
        ),
    ] {
        let answer = press(&mut owner, "/reader/channels", fields);
        assert_eq!(answer.status, 400);
        assert!(answer.text().contains(words), "{}", answer.text());
    }
    for fields in [
        &[("act", "remove"), ("channel", "None")][..],
        &[("act", "up"), ("channel", "Far & <b>")],
        &[("act", "burn"), ("channel", "日本語")],
    ] {
        assert!(press(&mut owner, "/reader/channels", fields).text().contains("Nothing was done"));
    }
    // A new daemon knows the order from the file.
    let mut home = home;
    home.daemon.take().unwrap().stop();
    home.start();
    let mut owner = Browser::owner(&home);
    wait_until("the order", || {
        order(&owner.get("/reader/following").text()) == ["Far &amp; &lt;b&gt;", "日本語"]
    });
}

#[test]
fn feeds_are_asked_when_the_owner_says_so_but_not_all_the_time() {
    // Nobody's lists are read: their addresses are those of the feeds.
    let world = World::with("[following]\ncircle = false");
    world.put("ben", "/feed", rss("Ben's notes"));
    world.put("gone", "/feed", Reply::status(410));
    let home = &world.home;
    let hosts = ["ben", "gone", "lost"];
    let rows = hosts.map(|host| format!("[[follow]]\nurl = \"{}\"\n\n", world.at(host, "/feed")));
    home.site.write(PUBLIC, &rows.concat());
    wait_until("answers", || home.count("SELECT count(*) FROM feed WHERE state <> 'new'") == 3);
    let mut owner = Browser::owner(home);
    let page = owner.get("/reader/feeds").text();
    for words in ["All but two are well.", "One is well", "gone for good (410)", "(404)"] {
        assert!(page.contains(words), "{words}: {page}");
    }
    assert!(page.contains("Asked a moment ago"), "{page}");
    let id = home.count("SELECT id FROM feed WHERE state = 'well'").to_string();
    let page = pressed(&mut owner, "/reader/feeds", &[("act", "refresh"), ("feed", &id)]);
    assert!(page.contains("left alone for now"), "{page}");
    let path = format!("/reader/person/{id}");
    assert!(pressed(&mut owner, &path, &[("act", "refresh")]).contains("left alone for now"));
    assert_eq!(world.asked("ben", "/feed"), 1);
    for fields in [[("act", "refresh"), ("feed", "99999")], [("act", "burn"), ("feed", &*id)]] {
        assert!(press(&mut owner, "/reader/feeds", &fields).text().contains("Nothing was done"));
    }
    // As if it were long ago.
    let write = rusqlite::Connection::open(home.site.path(".lanai/lanai.sqlite")).unwrap();
    write.busy_timeout(std::time::Duration::from_secs(20)).unwrap();
    write.execute("UPDATE feed SET checked = checked - 3600000", []).unwrap();
    let page = pressed(&mut owner, "/reader/feeds", &[("act", "refresh"), ("feed", &id)]);
    assert!(page.contains("It is asked now."), "{page}");
    wait_until("another question", || world.asked("ben", "/feed") == 2);
    let gone = home.count("SELECT id FROM feed WHERE state = 'gone'").to_string();
    pressed(&mut owner, "/reader/feeds", &[("act", "resume"), ("feed", &gone)]);
    wait_until("one more try", || world.asked("gone", "/feed") == 2);
}

#[test]
fn a_crowd_stands_on_many_pages() {
    let home = Home::ana();
    let rows: String = (0..450)
        .map(|n| format!("[[follow]]\nurl = \"https://127.0.0.2:1/{n}\"\ntitle = \"P{n:03}\"\n\n"))
        .collect();
    home.site.write(PUBLIC, &rows);
    wait_for_feeds(&home, 450);
    let mut owner = Browser::owner(&home);
    let mut people = |path: &str| {
        let page = owner.get(path).text();
        let next = page.split_once("\" rel=\"next\"").map(|(before, _)| before.rsplit('"').next());
        let next = next.flatten().map(|path| path.replace("&amp;", "&"));
        (page.matches("/reader/person/").count(), next)
    };
    let (first, next) = people("/reader/following");
    assert_eq!((first, next.as_deref()), (200, Some("/reader/following?page=2")));
    assert_eq!(people("/reader/following?page=3"), (50, None));
    assert_eq!(people("/reader/following?page=99").0, 50);
    assert_eq!(people("/reader/following?page=x").0, 200);
    assert_eq!(people("/reader/following?q=p0").1, None);
    assert_eq!(people("/reader/feeds").0, 100);
    assert_eq!(people("/reader/feeds?page=5").0, 50);
}
