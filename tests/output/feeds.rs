//! Feeds as a build makes them (FD-A): ids that never change, whole addresses, no made-up titles,
//! nothing hidden, sizes, hubs, and the pages that name them. The formats have tests of their own.

use quick_xml::Reader;
use quick_xml::events::Event;
use serde_json::Value;

use crate::dom::Page;
use crate::harness::SiteTest;
use crate::pictures::png;

const FILES: [&str; 3] = ["atom.xml", "rss.xml", "feed.json"];

fn json(site: &SiteTest, path: &str) -> Value {
    serde_json::from_str(&site.out(&format!("{path}feed.json"))).unwrap()
}

fn list(feed: &Value, key: &str) -> Vec<String> {
    feed["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|i| i[key].as_str().unwrap_or("").to_owned())
        .collect()
}

/// The texts of all elements of a name, and the values of their attributes by `name@attribute`.
fn xml(text: &str, path: &str) -> Vec<String> {
    let (name, attribute) = path.split_once('@').unwrap_or((path, ""));
    let mut reader = Reader::from_str(text);
    let mut found = Vec::new();
    let mut inside: Option<String> = None;
    loop {
        match reader.read_event().expect("well-formed") {
            Event::Eof => return found,
            Event::Start(e) | Event::Empty(e)
                if e.name().as_ref() == name && !attribute.is_empty() =>
            {
                for a in e.attributes() {
                    let a = a.unwrap();
                    if a.key.as_ref() == attribute {
                        found.push(quick_xml::escape::unescape(&a.value).unwrap().into_owned());
                    }
                }
            }
            Event::Start(e) if e.name().as_ref() == name => inside = Some(String::new()),
            Event::End(e) if e.name().as_ref() == name => found.extend(inside.take()),
            Event::Text(t) => {
                if let Some(text) = &mut inside {
                    text.push_str(&t.xml10_content());
                }
            }
            Event::GeneralRef(r) => {
                if let Some(text) = &mut inside {
                    let name = r.into_inner();
                    text.push_str(&quick_xml::escape::unescape(&format!("&{name};")).unwrap());
                }
            }
            Event::CData(c) => {
                if let Some(text) = &mut inside {
                    text.push_str(&c.xml10_content());
                }
            }
            _ => {}
        }
    }
}

/// The ids of the items in each format.
fn ids(site: &SiteTest) -> [Vec<String>; 3] {
    let atom = xml(&site.out("atom.xml"), "id");
    [atom[1..].to_vec(), xml(&site.out("rss.xml"), "guid"), list(&json(site, ""), "id")]
}

#[test]
fn fd_a_03_ids_survive_retitling_editing_moving_and_another_domain() {
    let first = SiteTest::new()
        .file("content/posts/2024-05-01-tea.md", "+++\ntitle = \"Tea\"\n+++\nText\n")
        .file(
            "content/notes/a.md",
            "+++\ndate = 2024-05-02\nuid = \"tag:test.example,2024:a\"\n+++\nNote\n",
        );
    first.build();
    let wanted =
        vec!["tag:test.example,2024:a".to_owned(), "https://test.example/posts/tea/".to_owned()];
    assert_eq!(ids(&first), [wanted.clone(), wanted.clone(), wanted.clone()]);
    let feed_ids = |site: &SiteTest| xml(&site.out("atom.xml"), "id")[0].clone();
    let feed_id = feed_ids(&first);

    // Retitled and edited.
    first.write(
        "content/posts/2024-05-01-tea.md",
        "+++\ntitle = \"Better tea\"\nupdated = 2024-06-01\n+++\nOther text\n",
    );
    first.build();
    assert_eq!(ids(&first), [wanted.clone(), wanted.clone(), wanted.clone()]);

    // Moved with `lanai mv`, then with another alias by hand.
    assert!(
        first
            .run(&[
                "mv",
                "content/posts/2024-05-01-tea.md",
                "content/drinks/2024-05-01-green-tea.md"
            ])
            .status
            .success()
    );
    first.build();
    assert!(first.has("drinks/green-tea/index.html") && first.has("posts/tea/index.html"));
    assert_eq!(ids(&first), [wanted.clone(), wanted.clone(), wanted.clone()]);
    assert!(
        first
            .run(&[
                "mv",
                "content/drinks/2024-05-01-green-tea.md",
                "content/drinks/2024-05-01-sencha.md"
            ])
            .status
            .success()
    );
    first.build();
    assert_eq!(ids(&first), [wanted.clone(), wanted.clone(), wanted.clone()]);

    // The site moves to another domain.
    first.write("lanai.toml", "title = \"Test\"\nurl = \"https://new.example\"\nformer-urls = [\"https://test.example\"]\n");
    first.build();
    assert_eq!(ids(&first), [wanted.clone(), wanted.clone(), wanted.clone()]);
    assert_eq!(feed_ids(&first), feed_id);
    assert_eq!(
        list(&json(&first, ""), "url"),
        ["https://new.example/notes/a/", "https://new.example/drinks/sencha/"]
    );
    let permalink = xml(&first.out("rss.xml"), "guid@isPermaLink");
    assert_eq!(permalink, ["false", "false"], "an id that is no working address says so (FD-R-05)");
}

#[test]
fn fd_a_03_ids_do_not_follow_the_preview() {
    let site = SiteTest::new().note("content/notes/a.md", "Note");
    site.build();
    let wanted = ids(&site);
    let mut options = site.options();
    options.base = lanai::model::Base::new(url::Url::parse("http://127.0.0.1:4000/").unwrap());
    lanai::build::build(site.root(), &options, &lanai::build::Silent).unwrap();
    assert_eq!(ids(&site), wanted);
}

#[test]
fn fd_a_05_every_address_in_content_is_whole() {
    let site = SiteTest::with_config("").bytes("content/notes/trip/a.png", &png()).file(
        "content/notes/trip/index.md",
        "+++\ndate = 2024-05-01\nphoto = { src = \"a.png\", alt = \"a\" }\n+++\n\
         [self](#top) [root](/notes/other/) [file](../other.md) ![b](a.png) text[^1] [[Other]] #tag @bea\n\n\
         <video src=\"a.png\" poster=\"a.png\"></video> <img srcset=\"/notes/trip/a.png 2x\" src=\"a.png\" alt=\"\">\n\n\
         <blockquote cite=\"/notes/other/\">q</blockquote>\n\n[^1]: foot\n",
    )
    .note("content/notes/other.md", "Other")
    .file("data/people.toml", "[[person]]\nnickname = \"bea\"\nurl = \"https://bea.example/\"\n");
    site.build();
    let item = json(&site, "")["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|i| i["url"] == "https://test.example/notes/trip/")
        .unwrap()
        .clone();
    let html = item["content_html"].as_str().unwrap().to_owned();
    let rss = xml(&site.out("rss.xml"), "content:encoded")
        .into_iter()
        .find(|t| t.contains("srcset"))
        .unwrap();
    let atom =
        xml(&site.out("atom.xml"), "content").into_iter().find(|t| t.contains("srcset")).unwrap();
    for (format, html) in [("json", html), ("rss", rss), ("atom", atom)] {
        let page = Page::parse(&format!("<main>{html}</main>"));
        let mut seen = 0;
        for element in &page.elements {
            for name in ["href", "src", "srcset", "poster", "cite"] {
                if let Some(value) = element.get(name) {
                    seen += 1;
                    assert!(value.starts_with("https://"), "{format} {name}={value}");
                }
            }
        }
        assert!(seen >= 11, "{format}: {seen}");
        assert!(
            page.values("a", "href")
                .iter()
                .any(|href| href.starts_with("https://test.example/notes/trip/#"))
        );
    }
}

#[test]
fn fd_a_09_untitled_notes_have_no_made_up_title() {
    let site = SiteTest::new().note("content/notes/a.md", "Just words").file(
        "content/likes/l.md",
        "+++\ndate = 2024-05-02\nlike-of = \"https://o.example/1\"\n+++\n",
    );
    site.build();
    assert!(
        json(&site, "")["items"].as_array().unwrap().iter().all(|item| item.get("title").is_none())
    );
    assert_eq!(xml(&site.out("rss.xml"), "title"), ["Test"]);
    assert_eq!(xml(&site.out("rss.xml"), "description").len(), 3);
    assert_eq!(xml(&site.out("atom.xml"), "title").len(), 3, "Atom wants one");
}

#[test]
fn fd_a_06_content_is_full_or_a_summary_as_configured() {
    let text = format!("{} The very end\n", "Some words ".repeat(60));
    let posts = |site: SiteTest| {
        site.file("content/posts/a.md", &format!("+++\ndate = 2024-05-01\ntitle = \"A\"\n+++\n{text}"))
            .file("content/posts/b.md", "+++\ndate = 2024-05-02\ntitle = \"B\"\nsummary = \"Own < short\"\n+++\nWhole text of b\n")
            .file("content/notes/n.md", "+++\ndate = 2024-05-03\n+++\nA note is short anyway\n")
    };
    let full = posts(SiteTest::new());
    full.build();
    let short = posts(SiteTest::with_config("[feeds]\ncontent = \"summary\"\n"));
    short.build();
    for file in FILES {
        assert!(
            full.out(file).contains("The very end") && full.out(file).contains("Whole text of b"),
            "{file}"
        );
        assert!(
            !short.out(file).contains("The very end")
                && !short.out(file).contains("Whole text of b"),
            "{file}"
        );
        assert!(short.out(file).contains("short"), "{file}");
        assert!(short.out(file).contains("A note is short anyway"), "{file}");
    }
}

#[test]
fn fd_a_11_responses_can_be_left_out_and_say_what_they_answer() {
    let posts = |site: SiteTest| {
        site.note("content/notes/a.md", "A note")
            .file("content/replies/r.md", "+++\ndate = 2024-05-02\nin-reply-to = { url = \"https://bea.example/1\", name = \"Bea <on> tea\" }\n+++\nAgreed\n")
            .file("content/likes/l.md", "+++\ndate = 2024-05-03\nlike-of = \"https://cem.example/2\"\n+++\n")
            .file("content/rsvps/y.md", "+++\ndate = 2024-05-04\nrsvp = \"yes\"\nin-reply-to = \"https://dan.example/e\"\n+++\n")
            .file("content/follows/f.md", "+++\ndate = 2024-05-05\nfollow-of = \"https://eva.example/\"\n+++\n")
            .file("content/reposts/p.md", "+++\ndate = 2024-05-06\nrepost-of = \"https://fay.example/\"\n+++\n")
    };
    let with = posts(SiteTest::new());
    with.build();
    let items = json(&with, "");
    assert_eq!(items["items"].as_array().unwrap().len(), 6);
    let content = |path: &str| {
        let all = items["items"].as_array().unwrap();
        all.iter().find(|i| i["url"].as_str().unwrap().contains(path)).unwrap()["content_html"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let reply = content("/replies/r/");
    assert!(
        reply.starts_with("<p>")
            && reply.find("https://bea.example/1").unwrap() < reply.find("Agreed").unwrap(),
        "{reply}"
    );
    assert!(reply.contains("Bea &lt;on&gt; tea"), "{reply}");
    assert!(content("/likes/l/").contains("href=\"https://cem.example/2\""));
    for file in FILES {
        assert!(with.out(file).contains("https://cem.example/2"), "{file}");
    }
    let without = posts(SiteTest::with_config("[feeds]\nresponses = false\n"));
    without.build();
    let kept = list(&json(&without, ""), "url");
    assert_eq!(kept, ["https://test.example/replies/r/", "https://test.example/notes/a/"]);
    assert_eq!(
        list(&json(&without, "likes/"), "url"),
        ["https://test.example/likes/l/"],
        "their own feeds go on"
    );
}

#[test]
fn fd_a_08_twenty_items_newest_first_or_as_configured() {
    let posts = |site: SiteTest| {
        (1..=25).fold(site, |site, n| {
            site.file(
                &format!("content/notes/n{n}.md"),
                &format!("+++\ndate = 2024-05-{n:02}\n+++\nNote {n}\n"),
            )
        })
    };
    let site = posts(SiteTest::new());
    site.build();
    let urls = list(&json(&site, ""), "url");
    assert_eq!(
        (urls.len(), urls[0].as_str(), urls[19].as_str()),
        (20, "https://test.example/notes/n25/", "https://test.example/notes/n6/")
    );
    let site = posts(SiteTest::with_config("[feeds]\nitems = 3\n"));
    site.build();
    assert_eq!(ids(&site).map(|list| list.len()), [3, 3, 3]);
}

#[test]
fn fd_a_08_a_feed_over_a_megabyte_leaves_out_its_oldest_with_a_warning() {
    let text = "Many words to make it long. ".repeat(4000);
    let site = (1..=12).fold(SiteTest::new(), |site, n| {
        site.file(
            &format!("content/posts/p{n}.md"),
            &format!("+++\ndate = 2024-05-{n:02}\ntitle = \"P{n}\"\n+++\n{text}\n"),
        )
    });
    let report = site.build();
    let warnings = report.warnings.render(false);
    for file in FILES {
        let feed = site.out(file);
        assert!(feed.len() <= 1_000_000 && feed.len() > 700_000, "{file}: {}", feed.len());
        assert!(feed.contains("posts/p12/") && !feed.contains("posts/p1/"), "{file}");
        assert!(
            warnings.contains(&format!("/{file}"))
                && warnings.contains("oldest items are left out"),
            "{warnings}"
        );
    }
}

#[test]
fn fd_a_08_a_feed_over_250_kilobytes_deserves_a_word() {
    let text = "Many words to make it long. ".repeat(10_000);
    let site = SiteTest::new().file(
        "content/posts/p.md",
        &format!("+++\ndate = 2024-05-01\ntitle = \"P\"\n+++\n{text}\n"),
    );
    let warnings = site.build().warnings.render(false);
    assert!(warnings.contains("/atom.xml") && warnings.contains(" KB"), "{warnings}");
    assert!(site.out("atom.xml").contains("posts/p/"));
}

#[test]
fn fd_a_04_the_feed_is_as_old_as_its_newest_change() {
    let site = SiteTest::new()
        .file(
            "content/notes/a.md",
            "+++\ndate = 2024-05-01T10:00:00Z\nupdated = 2024-06-02T10:00:00Z\n+++\nOld, edited\n",
        )
        .file("content/notes/b.md", "+++\ndate = 2024-05-09T10:00:00Z\n+++\nNewer\n");
    site.build();
    assert!(xml(&site.out("atom.xml"), "updated")[0].starts_with("2024-06-02T10:00:00"));
    assert_eq!(xml(&site.out("rss.xml"), "lastBuildDate"), ["Sun, 02 Jun 2024 10:00:00 +0000"]);
    let site = site.at("2029-01-01T00:00:00Z");
    assert_eq!(site.build().feeds_changed, Vec::<String>::new());
}

#[test]
fn fd_a_16_an_empty_feed_is_still_a_feed() {
    let site = SiteTest::new().file("content/about.md", "Me\n");
    site.build();
    assert_eq!(json(&site, "")["items"], serde_json::json!([]));
    for file in ["atom.xml", "rss.xml"] {
        xml(&site.out(file), "title");
    }
    assert_eq!(
        xml(&site.out("atom.xml"), "updated").len(),
        1,
        "Atom wants one even without entries"
    );
}

fn feed_links(page: &Page) -> Vec<String> {
    let links = page.all("link");
    let feeds =
        links.iter().filter(|l| l.get("rel") == Some("alternate") && l.get("hreflang").is_none());
    feeds.map(|l| l.get("href").unwrap().to_owned()).collect()
}

#[test]
fn fd_a_12_every_page_names_its_feeds_the_main_one_first() {
    let site = SiteTest::with_config("[lists]\npage-size = 2\n[languages.de]\n")
        .file("content/posts/_index.md", "Posts\n")
        .file(
            "content/posts/a.md",
            "+++\ndate = 2024-05-01\ntitle = \"A\"\ntags = [\"tea\"]\n+++\nText\n",
        )
        .file("content/posts/a.de.md", "+++\ndate = 2024-05-01\ntitle = \"A\"\n+++\nText\n")
        .note("content/notes/n.md", "Note")
        .file("content/about.md", "Me\n");
    site.build();
    let pages: Vec<String> =
        site.all().into_iter().map(|(name, _)| name).filter(|n| n.ends_with(".html")).collect();
    for name in pages {
        let page = Page::parse(&site.out(&name));
        let links = feed_links(&page);
        let german = name.starts_with("de/");
        let main = if german { "/de/atom.xml" } else { "/atom.xml" };
        // The site's main feed comes first, then the list's own; within each group Atom is first.
        let own =
            format!("/{}", name.split("page/").next().unwrap().replace("index.html", "atom.xml"));
        let first: Vec<&str> =
            links.iter().map(String::as_str).filter(|l| l.ends_with("atom.xml")).collect();
        let is_list = name.ends_with("index.html") && own != main && site.has(&own[1..]);
        let wanted = if is_list { vec![main, own.as_str()] } else { vec![main] };
        assert_eq!(first, wanted, "{name}");
        assert_eq!(links.len(), 3 * wanted.len(), "{name}");
        for href in &links {
            assert!(site.has(href.trim_start_matches('/')), "{name}: {href}");
        }
        for link in page
            .all("link")
            .iter()
            .filter(|l| links.iter().any(|h| Some(h.as_str()) == l.get("href")))
        {
            assert!(
                link.get("title").is_some_and(|t| !t.is_empty()) && link.get("type").is_some(),
                "{name}"
            );
        }
    }
    for (name, own) in [
        ("tags/tea/index.html", "/tags/tea/atom.xml"),
        ("notes/index.html", "/notes/atom.xml"),
        ("posts/index.html", "/posts/atom.xml"),
    ] {
        assert!(feed_links(&Page::parse(&site.out(name))).contains(&own.to_owned()), "{name}");
    }
}

#[test]
fn fd_a_12_each_feed_has_its_own_address_and_title() {
    let site = SiteTest::with_config("[languages.de]\ntitle = \"Seite\"\n")
        .file("content/posts/_index.md", "+++\ntitle = \"Writing\"\n+++\nPosts\n")
        .file(
            "content/posts/a.md",
            "+++\ndate = 2024-05-01\ntitle = \"A\"\ntags = [\"tea\"]\n+++\nText\n",
        )
        .file("content/posts/a.de.md", "+++\ndate = 2024-05-01\ntitle = \"A\"\n+++\nText\n");
    site.build();
    let mut titles = Vec::new();
    for path in ["", "articles/", "tags/tea/", "posts/", "de/"] {
        let feed = json(&site, path);
        assert_eq!(feed["feed_url"], format!("https://test.example/{path}feed.json"));
        assert_eq!(feed["home_page_url"], format!("https://test.example/{path}"));
        titles.push(feed["title"].as_str().unwrap().to_owned());
        for file in ["atom.xml", "rss.xml"] {
            let text = site.out(&format!("{path}{file}"));
            let link = if file == "rss.xml" { "atom:link" } else { "link" };
            let rels = xml(&text, &format!("{link}@rel"));
            let hrefs = xml(&text, &format!("{link}@href"));
            let own = format!("https://test.example/{path}{file}");
            let at = rels.iter().position(|rel| rel == "self").unwrap();
            assert!(hrefs.contains(&own), "{path}{file}: {hrefs:?}");
            assert_eq!(rels.iter().filter(|rel| *rel == "self").count(), 1);
            assert!(at < 3);
        }
    }
    let mut once = titles.clone();
    once.sort();
    once.dedup();
    assert_eq!(once.len(), titles.len(), "{titles:?}");
}

#[test]
fn fd_a_13_hubs_stand_in_every_feed_and_on_pages() {
    let config = "[feeds]\nhubs = [\"https://hub.example/\"]\n[endpoints]\nhub = \"https://own.example/hub\"\n";
    let site = SiteTest::with_config(config).note("content/notes/a.md", "Note");
    site.build();
    let wanted = ["https://hub.example/", "https://own.example/hub"];
    let feed = json(&site, "");
    let hubs: Vec<&str> =
        feed["hubs"].as_array().unwrap().iter().map(|h| h["url"].as_str().unwrap()).collect();
    assert_eq!(hubs, wanted);
    for (file, link) in [("atom.xml", "link"), ("rss.xml", "atom:link"), ("notes/atom.xml", "link")]
    {
        let text = site.out(file);
        assert_eq!(
            xml(&text, &format!("{link}@rel")).iter().filter(|rel| *rel == "hub").count(),
            2,
            "{file}"
        );
        let hrefs = xml(&text, &format!("{link}@href"));
        assert!(wanted.iter().all(|hub| hrefs.iter().any(|href| href == hub)), "{file}");
    }
    let home = Page::parse(&site.out("index.html"));
    assert_eq!(home.rel("hub"), wanted);
    assert_eq!(home.rel("self"), ["https://test.example/"]);
    let plain = SiteTest::new().note("content/notes/a.md", "Note");
    plain.build();
    assert!(FILES.iter().all(|file| !plain.out(file).contains("hub")));
}

/// The headers that a host sends for a path by the rules of `_headers`, where `*` is anything.
fn headers_of(rules: &str, path: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut applies = false;
    for line in rules.lines() {
        if let Some(header) = line.strip_prefix("  ") {
            found.extend(applies.then(|| header.to_owned()));
        } else {
            applies = match line.split_once('*') {
                Some((before, after)) => {
                    path.len() >= line.len() - 1
                        && path.starts_with(before)
                        && path.ends_with(after)
                }
                None => path == line,
            };
        }
    }
    found
}

#[test]
fn fd_a_14_hosts_are_told_the_types() {
    let follow = "[[follow]]\nurl = \"https://a.example/\"\nfeed = \"https://a.example/feed\"\n";
    let site = SiteTest::with_config("[languages.de]\n")
        .note("content/notes/a.md", "Note #tea")
        .note("content/notes/a.de.md", "Notiz #tee")
        .file("data/following.toml", follow);
    site.build();
    let rules = site.out("_headers");
    let mut feeds = 0;
    for (name, _) in site.all() {
        let wanted = match name.rsplit('/').next().unwrap() {
            "atom.xml" => "application/atom+xml; charset=utf-8",
            "rss.xml" => "application/rss+xml; charset=utf-8",
            "feed.json" => "application/feed+json",
            "following.opml" => "text/x-opml; charset=utf-8",
            _ => continue,
        };
        feeds += 1;
        let headers = headers_of(&rules, &format!("/{name}"));
        let types: Vec<&str> =
            headers.iter().filter_map(|h| h.strip_prefix("Content-Type: ")).collect();
        assert_eq!(types, [wanted], "{name}");
        assert!(headers.iter().any(|h| h.starts_with("Content-Security-Policy:")), "{name}");
    }
    assert_eq!(feeds, 19);
    let lines = rules.lines().filter(|line| line.starts_with('/')).count();
    assert!(lines <= 100, "hosts limit the number of rules: {lines}");
}

#[test]
fn fd_a_15_the_stylesheet_of_feeds_is_there() {
    let site = SiteTest::new().note("content/notes/a.md", "Note");
    site.build();
    let text = site.out("atom.xml");
    let href = text.split("href=\"").nth(1).unwrap().split('"').next().unwrap();
    assert!(href.starts_with("/assets/feed.") && site.has(&href[1..]), "{href}");
}

#[test]
fn fd_a_17_hostile_text_round_trips_in_every_format() {
    let torture = "]]> &amp;amp; \"quotes\" 'single' <![CDATA[x]]> 🌱👩‍👩‍👧 مرحبا e\u{301} \u{1F9F5}";
    let title = torture.replace('"', "\\\"");
    let site = SiteTest::new().file(
        "content/posts/t.md",
        &format!("+++\ndate = 2024-05-01\ntitle = \"{title}\"\n+++\n```\n{torture}\n```\n"),
    );
    site.build();
    let feed = json(&site, "");
    assert_eq!(feed["items"][0]["title"].as_str().unwrap(), torture);
    let code = |html: &str| {
        Page::parse(&format!("<main>{html}</main>")).one("code").text.trim().to_owned()
    };
    assert_eq!(code(feed["items"][0]["content_html"].as_str().unwrap()), torture);
    assert_eq!(xml(&site.out("atom.xml"), "title")[1], torture);
    assert_eq!(code(&xml(&site.out("atom.xml"), "content")[0]), torture);
    assert_eq!(code(&xml(&site.out("rss.xml"), "content:encoded")[0]), torture);
}

#[test]
fn photos_and_recordings_are_attached_with_their_size() {
    let bytes = png();
    let site = SiteTest::new()
        .bytes("content/photos/p/a.png", &bytes)
        .bytes("content/photos/p/b.mp3", b"no music")
        .file(
            "content/photos/p/index.md",
            "+++\ndate = 2024-05-01\nphoto = { src = \"a.png\", alt = \"A wall\" }\n+++\nWall\n",
        )
        .file(
            "content/audios/s.md",
            "+++\ndate = 2024-05-02\naudio = \"/photos/p/b.mp3\"\n+++\nSound\n",
        );
    site.build();
    let feed = json(&site, "");
    assert_eq!(feed["items"][1]["attachments"][0]["url"], "https://test.example/photos/p/a.png");
    assert_eq!(feed["items"][1]["attachments"][0]["size_in_bytes"], bytes.len());
    assert_eq!(feed["items"][0]["attachments"][0]["mime_type"], "audio/mpeg");
    assert_eq!(
        xml(&site.out("rss.xml"), "enclosure@length"),
        ["8".to_owned(), bytes.len().to_string()]
    );
    assert!(
        feed["items"][1]["content_html"]
            .as_str()
            .unwrap()
            .contains("alt=\"A wall\" width=\"48\" height=\"32\"")
    );
}

#[test]
fn fd_o_03_the_opml_has_the_order_of_the_page() {
    let site = SiteTest::new().note("content/notes/a.md", "x").file(
        "data/following.toml",
        "[[follow]]\nurl = \"https://z.example/\"\ntitle = \"ada\"\nfeed = \"https://z.example/f\"\n[[follow]]\nurl = \"https://a.example/\"\ntitle = \"Zoe\"\nfeed = \"https://a.example/f\"\n[[follow]]\nurl = \"https://m.example/\"\ntitle = \"Secret\"\npublic = false\n[[follow]]\nurl = \"https://k.example/\"\ntitle = \"Secret word\"\nfeed = \"https://ana:xyzzyx@k.example/f\"\n",
    );
    site.build();
    assert_eq!(xml(&site.out("following.opml"), "outline@text"), ["ada", "Zoe"]);
    let page = Page::parse(&site.out("following/index.html"));
    let names: Vec<String> = page.texts("main .h-card .p-name");
    assert_eq!(names, ["ada", "Zoe"]);
    assert_eq!(Page::parse(&site.out("index.html")).rel("blogroll"), ["/following.opml"]);
    assert!(
        site.all()
            .iter()
            .all(|(_, bytes)| !bytes.windows(6).any(|w| w == b"Secret" || w == b"xyzzyx"))
    );
}
