//! Lists: pages that do not shift, kinds, tags, months, sections, threads, translations and
//! languages, what is pinned, folded, shortened or behind a warning.

use std::collections::BTreeMap;

use crate::dom::Page;
use crate::harness::SiteTest;

fn page(site: &SiteTest, path: &str) -> Page {
    Page::parse(&site.out(&format!("{path}index.html")))
}

/// The addresses of the entries of a list, in order.
fn entries(site: &SiteTest, path: &str) -> Vec<String> {
    page(site, path).values("article a.u-uid", "href")
}

fn add(site: &SiteTest, n: usize) {
    let (hour, day, month) = (n % 24, 1 + n / 24 % 28, 1 + n / 672);
    site.write(
        &format!("content/notes/n{n}.md"),
        &format!("+++\ndate = 2024-{month:02}-{day:02}T{hour:02}:00:00Z\ntags = [\"all\"]\n+++\nNote number {n}.\n"),
    );
}

/// Full pages of lists, by name.
fn old_pages(site: &SiteTest) -> BTreeMap<String, Vec<u8>> {
    site.all().into_iter().filter(|(name, _)| name.contains("page/")).collect()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn without_prev(html: &str) -> String {
    let mut parts = html.split("rel=\"prev\" href=\"");
    let first = parts.next().unwrap().to_owned();
    parts.fold(first, |all, part| all + part.split_once('"').unwrap().1)
}

#[test]
fn old_pages_do_not_shift_when_posts_are_added() {
    let site = SiteTest::with_config("[lists]\npage-size = 5\n");
    for n in 0..33 {
        add(&site, n);
    }
    site.build();
    let mut before = old_pages(&site);
    assert!(
        before.contains_key("page/1/index.html")
            && before.contains_key("tags/all/page/5/index.html")
    );
    assert_eq!(
        entries(&site, "page/1/"),
        ["/notes/n4/", "/notes/n3/", "/notes/n2/", "/notes/n1/", "/notes/n0/"]
    );
    let mut next = 33;
    for k in [1, 1, 1, 4, 7, 12] {
        for _ in 0..k {
            add(&site, next);
            next += 1;
        }
        site.build();
        let after = old_pages(&site);
        for (name, bytes) in &before {
            let last = name.rsplit_once("page/").map(|(list, _)| {
                before.keys().filter(|n| n.starts_with(&format!("{list}page/"))).count()
            });
            let is_last = name.contains(&format!("page/{}/", last.unwrap()));
            let (old, new) = (text(bytes), text(&after[name]));
            if is_last {
                // Its newer neighbour was the newest page, and is a page of its own now.
                assert_eq!(without_prev(&old), without_prev(&new), "{name} after {k} posts");
            } else {
                assert!(old == new, "{name} changed when {k} posts came");
            }
        }
        // Every post stands once in the list, newest first.
        let mut all = entries(&site, "");
        for number in (1..=after.keys().filter(|name| name.starts_with("page/")).count()).rev() {
            all.extend(entries(&site, &format!("page/{number}/")));
        }
        let wanted: Vec<String> = (0..next).rev().map(|n| format!("/notes/n{n}/")).collect();
        assert_eq!(all, wanted);
        before = after;
    }
}

#[test]
fn one_new_post_writes_only_what_shows_it() {
    let site = SiteTest::with_config("[lists]\npage-size = 5\n");
    for n in 0..33 {
        add(&site, n);
    }
    site.build();
    add(&site, 33);
    let report = site.build();
    let pages: Vec<&String> =
        report.written.iter().filter(|name| name.ends_with(".html")).collect();
    assert_eq!(
        pages,
        [
            "2024/01/index.html",
            "2024/index.html",
            "archive/index.html",
            "index.html",
            "notes/index.html",
            "notes/n32/index.html",
            "notes/n33/index.html",
            "tags/all/index.html",
            "tags/index.html",
        ]
    );
}

#[test]
fn pages_of_a_list_lead_to_each_other() {
    let site = SiteTest::with_config("[lists]\npage-size = 5\n");
    for n in 0..17 {
        add(&site, n);
    }
    site.build();
    let newest = page(&site, "");
    assert_eq!((newest.rel("prev"), newest.rel("next")), (vec![], vec!["/page/2/".to_owned()]));
    let middle = page(&site, "page/2/");
    assert_eq!(
        (middle.rel("prev"), middle.rel("next")),
        (vec!["/".to_owned()], vec!["/page/1/".to_owned()])
    );
    let oldest = page(&site, "page/1/");
    assert_eq!((oldest.rel("prev"), oldest.rel("next")), (vec!["/page/2/".to_owned()], vec![]));
    assert!(!site.has("page/3"));
    assert_eq!(newest.rel("canonical"), ["https://test.example/"]);
    assert_eq!(middle.rel("canonical"), ["https://test.example/page/2/"]);
}

#[test]
fn every_kind_has_its_list() {
    let kinds = [
        ("notes", "", "A note"),
        ("articles", "title = \"T\"", "Text"),
        ("photos", "photo = { src = \"https://cdn.example/p.jpg\", alt = \"p\" }", "p"),
        ("videos", "video = \"https://cdn.example/v.mp4\"", "v"),
        ("audio", "audio = \"https://cdn.example/a.mp3\"", "a"),
        ("replies", "in-reply-to = \"https://o.example/1\"", "r"),
        ("likes", "like-of = \"https://o.example/1\"", ""),
        ("reposts", "repost-of = \"https://o.example/1\"", ""),
        ("bookmarks", "bookmark-of = \"https://o.example/1\"", ""),
        ("quotations", "quotation-of = { url = \"https://o.example/1\", content = \"q\" }", "q"),
        ("rsvps", "rsvp = \"yes\"\nin-reply-to = \"https://o.example/e\"", ""),
        ("events", "title = \"E\"\nstart = 2024-06-01T10:00:00Z", ""),
        ("checkins", "checkin = { name = \"Bar\" }", ""),
        ("follows", "follow-of = \"https://o.example/\"", ""),
        ("reads", "read-of = \"https://o.example/b\"\nread-status = \"reading\"", ""),
        ("watches", "watch-of = \"https://o.example/w\"", ""),
        ("listens", "listen-of = \"https://o.example/l\"", ""),
        ("reviews", "item = { name = \"Soup\" }\nrating = 4", "Good"),
    ];
    let site = kinds.iter().enumerate().fold(SiteTest::new(), |site, (n, (kind, front, text))| {
        site.file(
            &format!("content/posts/of-{kind}.md"),
            &format!("+++\ndate = 2024-05-{:02}T10:00:00Z\n{front}\n+++\n{text}\n", n + 1),
        )
    });
    site.build();
    let home = entries(&site, "");
    assert_eq!(home.len(), kinds.len());
    for (kind, ..) in kinds {
        let wanted = format!("/posts/of-{kind}/");
        let list = page(&site, &format!("{kind}/"));
        let selector = if kind == "photos" { "li.h-entry a.u-uid" } else { "article a.u-uid" };
        assert_eq!(list.values(selector, "href"), [wanted.as_str()], "{kind}");
        for feed in ["rss.xml", "atom.xml", "feed.json"] {
            assert!(site.out(&format!("{kind}/{feed}")).contains(&wanted), "{kind} {feed}");
        }
        assert!(home.contains(&wanted));
    }
    let archive = page(&site, "archive/");
    assert_eq!(
        archive.all("ul.row a").iter().filter(|a| a.get("title").is_some()).count(),
        kinds.len()
    );
}

#[test]
fn responses_may_be_kept_out_of_the_stream() {
    let site = SiteTest::with_config("[lists]\nresponses-in-stream = false\n")
        .note("content/notes/a.md", "A note")
        .file(
            "content/likes/l.md",
            "+++\ndate = 2024-05-02\nlike-of = \"https://o.example/1\"\n+++\n",
        )
        .file(
            "content/replies/r.md",
            "+++\ndate = 2024-05-03\nin-reply-to = \"https://o.example/1\"\n+++\nReply\n",
        );
    site.build();
    let home = entries(&site, "");
    assert!(!home.contains(&"/likes/l/".to_owned()), "{home:?}");
    assert!(home.contains(&"/notes/a/".to_owned()));
    assert_eq!(entries(&site, "likes/"), ["/likes/l/"]);
}

#[test]
fn tags_fold_case_and_unicode() {
    let site = SiteTest::new()
        .file("content/notes/a.md", "+++\ndate = 2024-05-01\ntags = [\"Äpfel\", \"Tea\"]\n+++\nx\n")
        .file("content/notes/b.md", "+++\ndate = 2024-05-02\ntags = [\"a\u{308}pfel\", \"TEA\", \"tea\"]\n+++\nx #Tea #äpfel\n")
        .file("content/notes/c.md", "+++\ndate = 2024-05-03\n+++\n#ÄPFEL and #日本\n");
    site.build();
    assert_eq!(entries(&site, "tags/äpfel/"), ["/notes/c/", "/notes/b/", "/notes/a/"]);
    assert_eq!(entries(&site, "tags/tea/"), ["/notes/b/", "/notes/a/"]);
    assert_eq!(entries(&site, "tags/日本/"), ["/notes/c/"]);
    let tags: Vec<String> = site
        .all()
        .into_iter()
        .map(|(name, _)| name)
        .filter(|n| n.starts_with("tags/") && n.ends_with("/index.html"))
        .collect();
    assert_eq!(
        tags,
        ["tags/index.html", "tags/tea/index.html", "tags/äpfel/index.html", "tags/日本/index.html"]
    );
    let post = page(&site, "notes/b/");
    assert_eq!(post.all(".colophon a.p-category").len(), 2, "each tag once");
    for href in post.values(".colophon a.p-category", "href") {
        assert!(["/tags/tea/", "/tags/%C3%A4pfel/"].contains(&href.as_str()), "{href}");
    }
}

#[test]
fn months_years_and_the_archive_follow_the_day_that_was_written() {
    let site = SiteTest::with_config("time-zone = \"Asia/Tokyo\"\n")
        .file(
            "content/notes/a.md",
            "+++\ndate = 2024-01-01 00:30\n+++\nNew year in Tokyo, not yet elsewhere\n",
        )
        .file(
            "content/notes/d.md",
            "+++\ndate = 2023-12-31T16:00:00Z\n+++\nNew year in Tokyo, written elsewhere\n",
        )
        .file("content/notes/b.md", "+++\ndate = 2023-12-31 10:00\n+++\nOld year\n")
        .file("content/notes/c.md", "+++\ndate = 2024-05-02 10:00\n+++\nMay\n");
    site.build();
    assert_eq!(entries(&site, "2024/01/"), ["/notes/a/"]);
    assert_eq!(entries(&site, "2023/12/"), ["/notes/d/", "/notes/b/"]);
    assert_eq!(entries(&site, "2024/05/"), ["/notes/c/"]);
    assert_eq!(
        page(&site, "2024/").values("ul.briefs a.u-url", "href"),
        ["/notes/c/", "/notes/a/"]
    );
    assert_eq!(
        page(&site, "archive/").values("ul.briefs a.u-url", "href"),
        ["/notes/c/", "/notes/a/", "/notes/d/", "/notes/b/"]
    );
    let months = page(&site, "archive/").values("section.month h3 a", "href");
    assert_eq!(months, ["/2024/05/", "/2024/01/", "/2023/12/"]);
    assert!(!site.has("2024/02"));
    assert_eq!(page(&site, "2024/").values("nav ul.row a", "href"), ["/2024/", "/2023/"]);
}

#[test]
fn a_section_with_a_text_is_a_list_with_feeds() {
    let site = SiteTest::new()
        .file("content/travel/_index.md", "+++\ntitle = \"Travels\"\n+++\nWhere I *went*.\n")
        .note("content/travel/a.md", "Lisbon")
        .note("content/travel/far/b.md", "Goa")
        .note("content/other/c.md", "Home")
        .note("content/travelling.md", "No part of it");
    site.build();
    let list = page(&site, "travel/");
    assert_eq!(list.one("h1").text.trim(), "Travels");
    assert_eq!(list.one(".intro em").text, "went");
    assert_eq!(list.values("article a.u-uid", "href"), ["/travel/a/", "/travel/far/b/"]);
    for feed in ["rss.xml", "atom.xml", "feed.json"] {
        let text = site.out(&format!("travel/{feed}"));
        assert!(text.contains("/travel/far/b/") && !text.contains("/other/c/"), "{feed}");
        assert!(!site.has(&format!("other/{feed}")), "a folder without a text is no list");
    }
}

#[test]
fn the_text_of_a_kinds_list_and_of_the_home_page_is_shown_on_the_newest_page_only() {
    let site = SiteTest::with_config("[lists]\npage-size = 2\n")
        .file("content/_index.md", "Welcome *home*\n")
        .file("content/notes/_index.md", "+++\ntitle = \"Jottings\"\n+++\nShort *things*\n");
    for n in 0..6 {
        add(&site, n);
    }
    site.build();
    assert_eq!(page(&site, "").texts(".welcome em"), ["home"]);
    assert_eq!(page(&site, "page/1/").all(".welcome").len(), 0);
    assert_eq!(page(&site, "notes/").texts("h1.p-name"), ["Jottings"]);
    assert_eq!(page(&site, "notes/").texts(".intro em"), ["things"]);
    assert_eq!(page(&site, "notes/page/1/").all(".intro").len(), 0);
}

fn thread() -> SiteTest {
    SiteTest::new()
        .file("content/notes/one.md", "+++\ndate = 2024-05-01T10:00:00Z\n+++\nOne of it\n")
        .file("content/notes/two.md", "+++\ndate = 2024-05-01T11:00:00Z\nin-reply-to = \"/notes/one/\"\n+++\nTwo of it\n")
        .file("content/notes/three.md", "+++\ndate = 2024-05-01T12:00:00Z\nin-reply-to = \"https://test.example/notes/two/\"\n+++\nThree of it\n")
        .file("content/notes/four.md", "+++\ndate = 2024-05-01T13:00:00Z\nin-reply-to = \"/notes/three/\"\n+++\nFour of it\n")
        .note("content/notes/alone.md", "Alone")
}

#[test]
fn a_chain_of_own_notes_is_a_thread_with_a_page() {
    let site = thread();
    site.build();
    let whole = page(&site, "notes/one/thread/");
    let order = ["/notes/one/", "/notes/two/", "/notes/three/", "/notes/four/"];
    assert_eq!(whole.values("article a.u-uid", "href"), order, "from the beginning");
    assert!(whole.texts("div.e-content")[3].contains("Four of it"));
    for (place, path) in order.iter().enumerate() {
        let html = site.out(&format!("{}index.html", path.trim_start_matches('/')));
        let label = format!("{} of 4", place + 1);
        assert!(html.contains(&label) && html.contains("/notes/one/thread/"), "{path}: {label}");
    }
    assert!(!site.has("notes/two/thread") && !site.has("notes/alone/thread"));
}

#[test]
fn a_circle_of_replies_is_no_thread() {
    let site = SiteTest::new()
        .file("content/notes/a.md", "+++\ndate = 2024-05-01\nin-reply-to = \"/notes/b/\"\n+++\na\n")
        .file("content/notes/b.md", "+++\ndate = 2024-05-02\nin-reply-to = \"/notes/a/\"\n+++\nb\n")
        .file(
            "content/notes/c.md",
            "+++\ndate = 2024-05-02\nin-reply-to = \"/notes/c/\"\n+++\nc\n",
        );
    site.build();
    assert!(
        !site.has("notes/a/thread") && !site.has("notes/b/thread") && !site.has("notes/c/thread")
    );
}

const LANGUAGES: &str =
    "language = \"en\"\n[languages.de]\ntitle = \"Seite\"\n[languages.ja]\ntitle = \"サイト\"\n";

fn translated() -> SiteTest {
    SiteTest::with_config(LANGUAGES)
        .file(
            "content/posts/2024-05-01-tea.md",
            "+++\ntitle = \"Tea\"\ntags = [\"tea\"]\n+++\nAbout tea\n",
        )
        .file(
            "content/posts/2024-05-01-tea.de.md",
            "+++\ntitle = \"Tee\"\ntags = [\"tee\"]\n+++\nÜber Tee\n",
        )
        .file("content/posts/2024-05-01-tea.ja.md", "+++\ntitle = \"お茶\"\n+++\nお茶について\n")
        .note("content/notes/only.md", "English only")
        .file("content/notes/nur.md", "+++\ndate = 2024-05-02\nlang = \"de\"\n+++\nNur deutsch\n")
        .file("content/about.md", "+++\ntitle = \"About\"\n+++\nMe\n")
        .file("content/about.de.md", "+++\ntitle = \"Über\"\n+++\nIch\n")
}

/// Language and address of the alternates that a page's head names.
fn alternates(page: &Page) -> Vec<(String, String)> {
    let links = page.all("link");
    let other = links.iter().filter(|l| l.get("rel") == Some("alternate"));
    other.filter_map(|l| Some((l.get("hreflang")?.to_owned(), l.get("href")?.to_owned()))).collect()
}

#[test]
fn translations_name_each_other() {
    let site = translated();
    site.build();
    let all = [("en", "/posts/tea/"), ("de", "/de/posts/tea/"), ("ja", "/ja/posts/tea/")];
    for (lang, path) in all {
        let page = page(&site, path.trim_start_matches('/'));
        assert_eq!(page.one("html").get("lang"), Some(lang));
        let found = alternates(&page);
        for (other, href) in all.iter().filter(|(other, _)| *other != lang) {
            let named = found.iter().any(|(l, h)| l == other && (h == href || h.ends_with(href)));
            assert!(named, "{lang} names {other}: {found:?}");
            assert!(page.values(".colophon a", "hreflang").contains(&(*other).to_owned()));
        }
    }
    assert_eq!(alternates(&page(&site, "notes/only/")), []);
    assert_eq!(alternates(&page(&site, "about/")).len(), 1);
    let sitemap = site.out("sitemap.xml");
    assert!(
        sitemap.contains("hreflang=\"ja\"")
            && sitemap.contains("https://test.example/ja/posts/tea/")
    );
}

#[test]
fn each_language_has_its_home_lists_and_feeds() {
    let site = translated();
    site.build();
    assert_eq!(entries(&site, ""), ["/notes/only/", "/posts/tea/"]);
    assert_eq!(entries(&site, "de/"), ["/de/notes/nur/", "/de/posts/tea/"]);
    assert_eq!(entries(&site, "ja/"), ["/ja/posts/tea/"]);
    for (path, title) in [("de/", "Seite"), ("ja/", "サイト")] {
        let home = page(&site, path);
        assert!(home.one("title").text.contains(title));
        assert_eq!(home.all("ul a").iter().filter(|a| a.get("hreflang").is_some()).count(), 3);
        for file in ["articles/", "archive/", "search/", "feeds/", "2024/", "2024/05/"] {
            assert_eq!(
                page(&site, &format!("{path}{file}")).one("html").get("lang"),
                Some(path.trim_end_matches('/'))
            );
        }
        for feed in ["rss.xml", "atom.xml", "feed.json", "articles/atom.xml"] {
            let text = site.out(&format!("{path}{feed}"));
            assert!(
                text.contains(&format!("https://test.example/{path}posts/tea/")),
                "{path}{feed}"
            );
            assert!(!text.contains("test.example/posts/tea/"), "{path}{feed} is in one language");
        }
    }
    assert!(site.has("de/tags/tee/index.html") && !site.has("tags/tee"));
    assert_eq!(alternates(&page(&site, "")).len(), 2, "homes name each other");
    assert!(site.has("de/about/index.html"));
}

#[test]
fn a_post_in_a_language_that_is_not_configured_carries_it() {
    let site = SiteTest::new()
        .file("content/notes/ja.md", "+++\ndate = 2024-05-01\nlang = \"ja\"\n+++\nこんにちは\n")
        .file("content/notes/ar.md", "+++\ndate = 2024-05-02\nlang = \"ar\"\n+++\nمرحبا\n")
        .file("content/posts/he.md", "+++\ndate = 2024-05-03\nlang = \"he\"\ntitle = \"שלום\"\nsummary = \"עולם\"\n+++\nטקסט\n");
    site.build();
    assert_eq!(entries(&site, ""), ["/posts/he/", "/notes/ar/", "/notes/ja/"]);
    for (path, lang, dir) in [
        ("notes/ja/", "ja", None),
        ("notes/ar/", "ar", Some("rtl")),
        ("posts/he/", "he", Some("rtl")),
    ] {
        let own = page(&site, path);
        let root = own.one("html");
        let content = own.one(".e-content");
        let lang_of = content.get("lang").or(root.get("lang"));
        let dir_of = content.get("dir").or(root.get("dir"));
        assert_eq!(lang_of, Some(lang), "{path}");
        assert_eq!(dir_of.filter(|dir| *dir != "ltr"), dir, "{path}");
    }
    let home = page(&site, "");
    assert_eq!(home.one("html").get("lang"), Some("en"));
    assert_eq!(home.values(".e-content", "lang"), ["ar", "ja"]);
    assert_eq!(home.values(".e-content", "dir").iter().filter(|dir| *dir == "rtl").count(), 1);
    assert_eq!(home.values("h2.p-name", "dir"), ["rtl"]);
}

#[test]
fn a_site_written_from_right_to_left_says_so() {
    let site = SiteTest::with_config("language = \"ar\"\n").note("content/notes/a.md", "مرحبا");
    site.build();
    for path in ["", "notes/a/", "archive/"] {
        let page = page(&site, path);
        assert_eq!(
            (page.one("html").get("lang"), page.one("html").get("dir")),
            (Some("ar"), Some("rtl"))
        );
    }
}

#[test]
fn pinned_posts_stand_on_top_of_the_newest_home_page_once() {
    let site = SiteTest::with_config("[lists]\npage-size = 3\n");
    for n in 0..10 {
        add(&site, n);
    }
    site.write("content/notes/pin.md", "+++\ndate = 2023-01-01\npinned = true\n+++\nStart here\n");
    site.write("content/notes/pin2.md", "+++\ndate = 2025-01-01\npinned = true\n+++\nNot yet\n");
    site.write(
        "content/notes/pin3.md",
        "+++\ndate = 2024-01-01T03:30:00Z\npinned = true\n+++\nAnd here\n",
    );
    site.build();
    let home = entries(&site, "");
    assert_eq!(home[0..2], ["/notes/pin3/".to_owned(), "/notes/pin/".to_owned()], "newest first");
    assert_eq!(home.iter().filter(|href| href.contains("pin")).count(), 2);
    assert!(!entries(&site, "page/1/")[0].contains("pin/"), "old pages keep the order of time");
    assert!(entries(&site, "page/1/").contains(&"/notes/pin/".to_owned()));
}

#[test]
fn long_notes_fold_in_lists_and_stand_open_on_their_own_page() {
    let long = "word ".repeat(60);
    let site = SiteTest::with_config("[lists]\nfold-words = 50\n")
        .note("content/notes/long.md", &long)
        .note("content/notes/short.md", "A few words");
    site.build();
    let home = page(&site, "");
    assert_eq!(home.all("details.fold").len(), 1);
    assert_eq!(home.all("details.fold .e-content").len(), 1, "the text is there for parsers");
    assert_eq!(home.one("details.fold").get("open"), None);
    assert_eq!(page(&site, "notes/long/").all("details").len(), 0);
}

#[test]
fn articles_show_a_summary_in_lists_and_the_whole_on_their_page() {
    let site = SiteTest::new()
        .file("content/posts/own.md", "+++\ndate = 2024-05-03\ntitle = \"Own\"\nsummary = \"In *short*\"\n+++\nLong text here\n")
        .file("content/posts/more.md", "+++\ndate = 2024-05-02\ntitle = \"More\"\n+++\nThe *start*\n\n<!-- more -->\n\nThe rest\n")
        .file("content/posts/auto.md", &format!("+++\ndate = 2024-05-01\ntitle = \"Auto\"\n+++\n{} The end\n", "Some words ".repeat(80)));
    site.build();
    let home = page(&site, "");
    assert_eq!(home.all(".e-content").len(), 0);
    let summaries = home.texts(".p-summary");
    assert_eq!(summaries[0], "In *short*", "plain text");
    assert_eq!(summaries[1], "The start");
    assert!(
        summaries[2].starts_with("Some words")
            && summaries[2].chars().count() <= 281
            && !summaries[2].contains("The end")
    );
    assert_eq!(home.texts("div.p-summary em"), ["start"]);
    for (path, end) in [("own", "Long text here"), ("more", "The rest"), ("auto", "The end")] {
        let text = &page(&site, &format!("posts/{path}/")).one(".e-content").text.clone();
        assert!(text.contains(end), "{path}");
    }
}

#[test]
fn sensitive_posts_are_behind_their_warning_everywhere() {
    let site = SiteTest::new()
        .file(
            "content/notes/a.md",
            "+++\ndate = 2024-05-01\nsensitive = \"spiders\"\n+++\nEight legs\n",
        )
        .file("content/notes/b.md", "+++\ndate = 2024-05-02\nsensitive = true\n+++\nWell\n");
    site.build();
    for path in ["", "notes/", "tags/", "notes/a/"] {
        if !site.has(&format!("{path}index.html")) {
            continue;
        }
        let page = page(&site, path);
        for content in page.all(".e-content") {
            assert_eq!(page.depth_of(content, "details.veil"), 1, "{path}");
        }
        assert!(page.all("details.veil").iter().all(|d| d.get("open").is_none()));
    }
    assert!(page(&site, "notes/a/").one("details.veil summary").text.contains("spiders"));
    let own = site.out("notes/a/index.html");
    let head = own.split("</head>").next().unwrap();
    assert!(!head.contains("Eight legs"), "no description quotes what is behind the warning");
}

#[test]
fn neighbours_are_of_the_same_language_and_in_order() {
    let site = translated();
    site.build();
    let middle = page(&site, "posts/tea/");
    assert_eq!(middle.rel("prev"), ["/notes/only/"]);
    assert_eq!(middle.rel("next"), Vec::<String>::new());
    let german = page(&site, "de/posts/tea/");
    assert_eq!(german.rel("prev"), ["/de/notes/nur/"]);
}

#[test]
fn pages_without_a_date_are_in_no_list() {
    let site = SiteTest::new()
        .file("content/about.md", "About me\n")
        .note("content/notes/a.md", "[[About]]");
    site.build();
    assert_eq!(entries(&site, ""), ["/notes/a/"]);
    assert!(!site.out("atom.xml").contains("About me"));
    assert!(site.out("sitemap.xml").contains("/about/"));
    assert_eq!(page(&site, "about/").values(".backlinks a", "href"), ["/notes/a/"]);
    assert_eq!(page(&site, "about/").rel("prev").len(), 0);
}
