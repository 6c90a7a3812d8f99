//! Writing from the reader: every kind of post, by the form and by the buttons beside posts; what it
//! makes is what `lanai new` would have made, whatever somebody types or sends twice.

use std::fs;

use crate::harness::{SiteTest, files};
use crate::home::{Home, wait_until};
use crate::http::{Answer, form};
use crate::pages::{Browser, word};
use crate::peer::Reply;
use crate::world::World;

const PAGE: &str = "https://ben.example/notes/1";

/// What stands in a hidden field of a page.
fn hidden(page: &str, name: &str) -> String {
    let rest = page.split_once(&format!("name=\"{name}\" value=\"")).unwrap().1;
    rest.split('"').next().unwrap().to_owned()
}

/// The address of the form for something.
fn path(query: &[(&str, &str)]) -> String {
    format!("/reader/write?{}", form(query))
}

/// Fills in the form at an address and sends it.
fn write(browser: &mut Browser<'_>, path: &str, more: &[(&str, &str)]) -> Answer {
    let page = browser.get(path);
    assert_eq!(page.status, 200, "{}", page.text());
    let page = page.text();
    let known = ["csrf", "mark", "kind", "back"].map(|name| (name, hidden(&page, name)));
    let mut fields: Vec<(&str, &str)> =
        known.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let url = page.contains("name=\"url\"").then(|| hidden(&page, "url"));
    fields.extend(url.iter().map(|url| ("url", url.as_str())));
    fields.extend(more);
    browser.ask("POST", "/reader/write", &form(&fields))
}

/// The posts of a site but the first one: paths and texts.
fn posts(site: &SiteTest) -> Vec<(String, String)> {
    let all = files(&site.path("content")).into_iter();
    let all = all.map(|(name, bytes)| (name, String::from_utf8(bytes).unwrap()));
    all.filter(|(name, _)| name != "notes/one.md").collect()
}

fn only(site: &SiteTest) -> (String, String) {
    let mut all = posts(site);
    assert_eq!(all.len(), 1, "{all:?}");
    all.remove(0)
}

/// Without what no two posts have in common: the time, and the id that is made of it.
fn common(text: &str) -> String {
    let own = |line: &&str| !line.starts_with("date = ") && !line.starts_with("uid = ");
    text.lines().filter(own).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_post_of_each_kind_is_what_the_command_writes() {
    let home = Home::ana();
    let mut browser = Browser::owner(&home);
    let text = "The *swifts* are back.\r\n\r\nAll of them.";
    let words = "The *swifts* are back.\n\nAll of them.";
    for (query, more, command) in [
        (vec![], vec![("text", text)], vec!["note", words]),
        (
            vec![("in-reply-to", PAGE)],
            vec![("text", text), ("tags", "#birds, two words")],
            vec!["reply", "--of", PAGE, "--tag", "birds", "--tag", "two words", words],
        ),
        (
            vec![("content", "x")],
            vec![("text", text), ("title", "On swifts")],
            vec!["article", "--title", "On swifts", words],
        ),
        (
            vec![("bookmark-of", PAGE)],
            vec![("title", "Ben's first"), ("act", "draft")],
            vec!["bookmark", PAGE, "--title", "Ben's first", "--draft"],
        ),
        (vec![("repost-of", PAGE)], vec![("text", "So true")], vec!["repost", PAGE, "So true"]),
        (vec![("like-of", PAGE)], vec![("text", "Yes")], vec!["like", PAGE, "Yes"]),
    ] {
        let answer = write(&mut browser, &path(&query), &more);
        assert_eq!(answer.status, 303, "{}", answer.text());
        let done = browser.get(answer.header("location").unwrap());
        let (file, ours) = only(&home.site);
        assert!(done.text().contains(&file), "{}", done.text());
        let other = SiteTest::empty();
        other.write("lanai.toml", &fs::read_to_string(home.site.path("lanai.toml")).unwrap());
        assert!(other.run(&[&["new"], &*command].concat()).status.success(), "{command:?}");
        let (named, theirs) = only(&other);
        assert_eq!(common(&ours), common(&theirs), "{command:?}");
        // Midnight may lie between them.
        let name = |file: &str| {
            file.split('/')
                .map(|part| part.get(11..).unwrap_or(part).to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(name(&file), name(&named));
        fs::remove_file(home.site.path("content").join(file)).unwrap();
    }
}

#[test]
fn what_is_written_is_published_and_who_it_answers_hears_of_it() {
    let world = World::new();
    let home = &world.home;
    assert!(home.lanai(&["send", "--no-past"]).status.success());
    let page = world.at("ben", "/1");
    let endpoint = world.at("ben", "/endpoint");
    let html = format!("<link rel=webmention href={endpoint}><p class=h-entry>Ben's post</p>");
    world.put("ben", "/1", Reply::html(&html));
    world.put("ben", "/endpoint", Reply::status(201));
    let mut browser = Browser::owner(home);
    let answer = write(&mut browser, &path(&[("in-reply-to", &page)]), &[("text", "Well said!")]);
    let done = answer.header("location").unwrap().to_owned();
    assert!(done.starts_with("/reader/write?done=") && done.ends_with("&back=%2Freader"), "{done}");
    wait_until("it is on the site", || browser.get(&done).text().contains("It is on your site"));
    let text = browser.get(&done).text();
    assert!(text.contains(&home.url("/replies/well-said/")), "{text}");
    assert!(home.get("/replies/well-said/").text().contains("Well said!"));
    wait_until("Ben has heard of it", || browser.get(&done).text().contains("has heard of it."));
    assert_eq!(world.asked("ben", "/endpoint"), 1);
}

#[test]
fn a_button_beside_a_post_needs_no_words_and_counts_once() {
    let home = Home::ana();
    let mut browser = Browser::owner(&home);
    let csrf = browser.word("/reader/write");
    for kind in ["like", "repost", "bookmark"] {
        // As from the menu of a post, with what else stands there.
        let fields =
            [("csrf", &*csrf), ("id", "7"), ("back", "/reader?x=1"), ("url", PAGE), ("kind", kind)];
        let first = browser.ask("POST", "/reader/write", &form(&fields));
        let second = browser.ask("POST", "/reader/write", &form(&fields));
        assert_eq!((first.status, second.status), (303, 303), "{}", first.text());
        assert_eq!(first.header("location"), second.header("location"));
        let (file, text) = only(&home.site);
        assert!(text.contains(&format!("{kind}-of = \"{PAGE}\"")), "{text}");
        let done = browser.get(first.header("location").unwrap()).text();
        assert!(done.contains("href=\"/reader?x=1\""), "{done}");
        // Who takes it back may do it again.
        fs::remove_file(home.site.path("content").join(&file)).unwrap();
        browser.ask("POST", "/reader/write", &form(&fields));
        fs::remove_file(home.site.path("content").join(only(&home.site).0)).unwrap();
    }
}

#[test]
fn a_form_that_is_sent_twice_makes_one_post_and_other_words_make_another() {
    let home = Home::ana();
    let mut browser = Browser::owner(&home);
    let page = browser.get("/reader/write").text();
    let (csrf, mark) = (hidden(&page, "csrf"), hidden(&page, "mark"));
    let mut send = |text: &str| {
        let fields = [("csrf", &*csrf), ("mark", &*mark), ("kind", "note"), ("text", text)];
        assert_eq!(browser.ask("POST", "/reader/write", &form(&fields)).status, 303);
    };
    send("Thank you");
    send("Thank you");
    assert_eq!(posts(&home.site).len(), 1);
    send("Thank you!");
    let all = posts(&home.site);
    let names: Vec<&str> = all.iter().map(|(name, _)| name.rsplit('/').next().unwrap()).collect();
    assert_eq!(all.len(), 2, "{names:?}");
    assert!(names.iter().any(|name| name.ends_with("-thank-you-2.md")), "{names:?}");
    // Two at one address would keep the site from being built.
    wait_until("both are on the site", || {
        ["/notes/thank-you/", "/notes/thank-you-2/"].iter().all(|path| home.get(path).status == 200)
    });
    // Another day, the same words.
    let page = browser.get("/reader/write").text();
    let (csrf, mark) = (hidden(&page, "csrf"), hidden(&page, "mark"));
    let fields = [("csrf", &*csrf), ("mark", &*mark), ("kind", "note"), ("text", "Thank you")];
    browser.ask("POST", "/reader/write", &form(&fields));
    assert!(posts(&home.site).iter().any(|(name, _)| name.ends_with("-thank-you-3.md")));
}

#[test]
fn nobody_writes_without_the_word_of_the_form() {
    let home = Home::ana();
    let mut browser = Browser::owner(&home);
    let fields = |csrf: &str| form(&[("csrf", csrf), ("kind", "like"), ("url", PAGE)]);
    assert_eq!(browser.ask("POST", "/reader/write", &fields("wrong")).status, 403);
    assert_eq!(browser.ask("POST", "/reader/write", &fields("")).status, 403);
    let csrf = browser.word("/reader/write");
    let mut guest = Browser::new(&home);
    assert_eq!(guest.ask("POST", "/reader/write", &fields(&csrf)).status, 303);
    let door = guest.get("/reader/write?in-reply-to=https%3A%2F%2Fben.example%2F");
    let next = "/login?next=%2Freader%2Fwrite%3Fin-reply-to%3Dhttps%253A%252F%252Fben.example%252F";
    assert_eq!(door.header("location"), Some(next));
    let long = "a".repeat(70_000);
    let fields = form(&[("csrf", &*csrf), ("kind", "note"), ("text", &*long)]);
    assert_eq!(browser.ask("POST", "/reader/write", &fields).status, 413);
    assert!(posts(&home.site).is_empty());
}

#[test]
fn what_is_not_right_is_said_and_nothing_is_lost() {
    let home = Home::ana();
    let mut browser = Browser::owner(&home);
    for (query, more, words) in [
        (vec![], vec![("text", " \r\n ")], "Write something first."),
        (
            vec![("in-reply-to", PAGE)],
            vec![("text", ""), ("tags", "kept")],
            "Write something first.",
        ),
        (vec![], vec![("title", "Only a title"), ("text", "")], "A title alone is no article."),
        (vec![("like-of", "javascript:alert(1)")], vec![], "This is no address of a page"),
        (vec![("bookmark-of", "")], vec![("title", "kept")], "This is no address of a page"),
    ] {
        let answer = write(&mut browser, &path(&query), &more);
        let page = answer.text();
        assert!(answer.status == 200 && page.contains(words), "{words}: {page}");
        assert!(page.contains("aria-invalid") && word(&answer).is_some());
        assert!(!page.contains("href=\"javascript:"));
        for (_, value) in more.iter().filter(|(_, value)| !value.trim().is_empty()) {
            assert!(page.contains(value), "{value} is still there");
        }
    }
    assert!(posts(&home.site).is_empty());
}

#[test]
fn no_words_reach_the_front_matter() {
    let home = Home::ana();
    let mut browser = Browser::owner(&home);
    let evil = "x\"\r\n+++\r\ndraft = true\r\nvisibility = \"unlisted\"\r\n+++";
    let url = "https://ben.example/\"\ndraft = true\n+++\n/\u{202e}";
    let more = [
        ("title", evil),
        ("tags", "a\"]\r\ndraft = true, '''b, \\u0000"),
        ("text", "+++\r\ndraft = true\r\n+++\r\n\r\n<script>alert(1)</script>\r\n\0---\r\nWords."),
    ];
    let answer = write(&mut browser, &path(&[("bookmark-of", url)]), &more);
    assert_eq!(answer.status, 303, "{}", answer.text());
    let (_, text) = only(&home.site);
    let head = text.strip_prefix("+++\n").unwrap().split_once("\n+++\n").unwrap().0;
    let head: toml::Table = head.parse().unwrap();
    let mut keys: Vec<&str> = head.keys().map(String::as_str).collect();
    keys.sort_unstable();
    assert_eq!(keys, ["bookmark-of", "date", "tags", "title", "uid"], "{text}");
    assert_eq!(head["title"].as_str().unwrap(), evil.replace("\r\n", " "));
    assert!(!text.contains('\0') && !text.contains('\r'));
    let page = browser.get(answer.header("location").unwrap());
    assert_eq!(page.status, 200);
    wait_until("it is on the site", || {
        browser.get(answer.header("location").unwrap()).text().contains("It is on your site")
    });
}

#[test]
fn what_an_app_hands_over_can_be_answered_or_kept() {
    let home = Home::ana();
    let mut browser = Browser::owner(&home);
    let share = |fields: &[(&str, &str)]| format!("/reader/share?{}", form(fields));
    let page = browser.get(&share(&[("title", "Candles <b>"), ("text", "Look"), ("url", PAGE)]));
    let text = page.text();
    let whole = "https%3A%2F%2Fben.example%2Fnotes%2F1";
    for part in [
        format!("href=\"/reader/follow?url={whole}\""),
        format!("href=\"/reader/write?in-reply-to={whole}\""),
        format!("href=\"/reader/write?bookmark-of={whole}&amp;title=Candles%20%3Cb%3E\""),
        format!("href=\"/reader/write?content=Candles%20%3Cb%3E%0A%0ALook%0A%0A{whole}\""),
        "Candles &lt;b&gt;".to_owned(),
    ] {
        assert!(text.contains(&part), "{part}: {text}");
    }
    let hostile = browser.get(&share(&[("url", "javascript:alert(1)"), ("text", "")])).text();
    assert!(hostile.contains("Nothing came along") && !hostile.contains("javascript:"));
    let form = browser.get("/reader/write?content=%3C%2Ftextarea%3E%3Cscript%3Ex").text();
    assert!(
        form.contains("&lt;&#x2F;textarea&gt;&lt;script&gt;x")
            || form.contains("&lt;/textarea&gt;&lt;script&gt;x"),
        "{form}"
    );
}

#[test]
fn what_keeps_a_post_from_being_published_is_said() {
    let home = Home::ana();
    let mut browser = Browser::owner(&home);
    let answer = write(&mut browser, "/reader/write", &[("text", "[Gone](nowhere.md)")]);
    let done = answer.header("location").unwrap();
    wait_until("what is wrong is said", || {
        let page = browser.get(done).text();
        page.contains("this link leads nowhere") && page.contains("not published")
    });
    let (file, text) = only(&home.site);
    home.site.write(&format!("content/{file}"), &text.replace("nowhere.md", "https://b.example/"));
    wait_until("it is on the site", || browser.get(done).text().contains("It is on your site"));
}
