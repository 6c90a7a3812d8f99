//! What nobody may see: drafts, posts that are not yet due and expired ones leave no trace in any
//! byte or name of the output; unlisted posts stand on their own page only.

use crate::dom::Page;
use crate::harness::SiteTest;
use crate::pictures::png;

/// A part of every word that only hidden things have.
const MARK: &str = "qzx";

/// Adds everything that a post can bring along, with the mark in all of it.
fn with_hidden(site: SiteTest, name: &str, state: &str) -> SiteTest {
    let body = format!(
        "+++\ntitle = \"Title qzx{name}\"\nsummary = \"Summary qzx{name}\"\n\
         tags = [\"tag-qzx{name}\", \"shared\"]\naliases = [\"/old-qzx{name}/\"]\n\
         uid = \"urn:qzx{name}\"\nfeatured = {{ src = \"qzx{name}-lead.png\", alt = \"alt-qzx{name}\" }}\n\
         people = [{{ name = \"Person qzx{name}\", url = \"https://qzx{name}.example/\" }}]\n{state}\n+++\n\
         Body qzx{name} links [[Open]] and [[Wanted qzx{name}]].\n\n\
         ![picture qzx{name}](qzx{name}.png)\n\n[about](/about/) [rooted](/media/qzx{name}.png)\n"
    );
    let reply = format!(
        "+++\nin-reply-to = \"/notes/open/\"\n{state}\n+++\nA thread qzx{name} #hash-qzx{name}\n"
    );
    let answer = format!(
        "+++\nin-reply-to = \"https://other.example/reply\"\n{state}\n+++\nAn answer qzx{name}\n"
    );
    let event = format!(
        "+++\ntitle = \"Event qzx{name}\"\nstart = 2030-01-01T10:00:00Z\n{state}\n+++\nCome qzx{name}\n"
    );
    let mention = format!(
        r#"{{"type":"entry","url":"https://b.example/qzx{name}","author":{{"name":"Author qzx{name}","url":"https://b.example/","photo":"avatars/qzx{name}.png"}},
        "content":{{"text":"Mention qzx{name}"}},"wm-source":"https://b.example/qzx{name}","wm-target":"https://test.example/notes/qzx{name}/","wm-property":"in-reply-to"}}"#
    );
    let target =
        mention.replace(&format!("notes/qzx{name}/\""), &format!("notes/qzx{name}-answer/\""));
    site.file(&format!("content/notes/qzx{name}/index.md"), &body)
        .bytes(&format!("content/notes/qzx{name}/qzx{name}.png"), &png())
        .bytes(&format!("content/notes/qzx{name}/qzx{name}-lead.png"), &png())
        .bytes(&format!("content/notes/qzx{name}/unused-qzx{name}.bin"), b"qzx bytes")
        .bytes(&format!("media/qzx{name}.png"), &png())
        .bytes(&format!("data/avatars/qzx{name}.png"), &png())
        .file(&format!("content/notes/qzx{name}-thread.md"), &reply)
        .file(&format!("content/notes/qzx{name}-answer.md"), &answer)
        .file(&format!("content/events/qzx{name}.md"), &event)
        .file(
            &format!("content/notes/open.{name}.md"),
            &format!("+++\n{state}\n+++\nTranslated qzx{name}\n"),
        )
        .file(
            &format!("content/trip/day-qzx{name}/index.md"),
            &format!("+++\n{state}\n+++\nDay qzx{name}\n"),
        )
        .bytes(&format!("content/trip/day-qzx{name}/photo-qzx{name}.bin"), b"qzx bytes")
        .file(&format!("data/mentions/notes/qzx{name}/0123456789abcdef.json"), &mention)
        .file(&format!("data/mentions/notes/qzx{name}-answer/0123456789abcdef.json"), &target)
}

fn open_site() -> SiteTest {
    SiteTest::with_config("[languages.de]\n[languages.fr]\n[languages.es]\n")
        .file("content/notes/2024-05-01-open.md", "+++\ntitle = \"Open\"\ntags = [\"shared\"]\n+++\nOpen text\n")
        .note("content/notes/second.md", "Another")
        .file("content/about.md", "About\n")
        .file("content/trip/index.md", "+++\ndate = 2024-05-02\n+++\nThe trip\n")
        .file(
            "data/mentions/notes/open/0123456789abcdef.json",
            r#"{"type":"entry","url":"https://other.example/reply","author":{"name":"Bea"},"content":{"text":"Hi"},
            "wm-source":"https://other.example/reply","wm-target":"https://test.example/notes/open/","wm-property":"in-reply-to"}"#,
        )
}

const STATES: [(&str, &str); 3] = [
    ("de", "date = 2024-05-03T10:00:00Z\ndraft = true"),
    ("fr", "date = 2024-07-01T10:00:00Z"),
    ("es", "date = 2024-05-03T10:00:00Z\nexpires = 2024-06-01T00:00:00Z"),
];

fn full_site() -> SiteTest {
    STATES.iter().fold(open_site(), |site, (name, state)| with_hidden(site, name, state))
}

fn marked(site: &SiteTest, mark: &str) -> Vec<String> {
    let mark = mark.as_bytes();
    let has = |bytes: &[u8]| bytes.windows(mark.len()).any(|w| w.eq_ignore_ascii_case(mark));
    let all = site.all().into_iter();
    all.filter(|(name, bytes)| has(name.as_bytes()) || has(bytes)).map(|(name, _)| name).collect()
}

#[test]
fn hidden_posts_leave_no_trace_in_any_byte_or_name() {
    let site = full_site();
    site.build();
    assert_eq!(marked(&site, MARK), Vec::<String>::new());
    assert!(site.out("notes/open/index.html").contains("Bea"), "the open site is complete");
}

#[test]
fn the_output_with_hidden_posts_is_the_output_without_them() {
    let (with, without) = (full_site(), open_site());
    with.build();
    without.build();
    let names = |site: &SiteTest| site.all().into_iter().map(|(name, _)| name).collect::<Vec<_>>();
    assert_eq!(names(&with), names(&without));
    assert!(with.all() == without.all());
}

#[test]
fn hidden_posts_appear_where_they_should_once_they_are_shown() {
    // The same words as above are really in the output when nothing hides them: the test can fail.
    let site = open_site();
    let site = with_hidden(site, "de", "date = 2024-05-03T10:00:00Z");
    site.build();
    let files = marked(&site, "qzxde");
    for wanted in [
        "index.html",
        "atom.xml",
        "notes/qzxde/index.html",
        "notes/qzxde/qzxde.png",
        "notes/qzxde/unused-qzxde.bin",
        "notes/open/index.html",
        "notes/open/thread/index.html",
        "de/notes/open/index.html",
        "media/qzxde.png",
        "avatars/qzxde.png",
        "sitemap.xml",
        "tags/tag-qzxde/index.html",
        "tags/hash-qzxde/index.html",
        "wanted/index.html",
        "old-qzxde/index.html",
        "archive/index.html",
        "events/qzxde/event.ics",
        "trip/day-qzxde/photo-qzxde.bin",
    ] {
        assert!(files.iter().any(|file| file == wanted), "{wanted} of {files:?}");
    }
}

#[test]
fn drafts_and_future_posts_are_shown_when_asked_for() {
    let site = full_site();
    let mut options = site.options();
    options.drafts = true;
    lanai::build::build(site.root(), &options, &lanai::build::Silent).unwrap();
    assert!(!marked(&site, "qzxde").is_empty(), "drafts");
    assert!(!marked(&site, "qzxfr").is_empty(), "future");
    assert_eq!(marked(&site, "qzxes"), Vec::<String>::new(), "expired is expired");
    // Back to normal: everything that was shown goes.
    site.build();
    assert_eq!(marked(&site, MARK), Vec::<String>::new());
}

#[test]
fn time_alone_shows_and_hides_posts_and_the_report_says_when() {
    let site = SiteTest::new()
        .file("content/notes/a.md", "+++\ndate = 2024-06-16T09:00:00Z\n+++\nqzx scheduled\n")
        .file(
            "content/notes/b.md",
            "+++\ndate = 2024-06-01T09:00:00Z\nexpires = 2024-06-17T09:00:00Z\n+++\nexpiring\n",
        )
        .file("content/notes/c.md", "+++\ndate = 2024-06-18T09:00:00Z\ndraft = true\n+++\ndraft\n")
        .at("2024-06-15T00:00:00Z");
    let at = |text: &str| text.parse::<jiff::Timestamp>().ok();
    let report = site.build();
    assert_eq!(report.next_change, at("2024-06-16T09:00:00Z"));
    assert!(!site.has("notes/a/index.html") && site.has("notes/b/index.html"));
    assert_eq!(marked(&site, MARK), Vec::<String>::new());

    let site = site.at("2024-06-16T08:59:59Z");
    assert_eq!(site.build().written, Vec::<String>::new(), "a second early nothing changes");
    let site = site.at("2024-06-16T09:00:00Z");
    let report = site.build();
    assert!(site.has("notes/a/index.html"));
    assert!(report.pages_changed.contains(&"/notes/a/".to_owned()));
    assert!(report.feeds_changed.contains(&"/atom.xml".to_owned()));
    assert_eq!(report.next_change, at("2024-06-17T09:00:00Z"));

    let site = site.at("2024-06-17T09:00:00Z");
    let report = site.build();
    assert!(report.deleted.contains(&"notes/b/index.html".to_owned()));
    assert!(!site.out("index.html").contains("expiring"));
    assert_eq!(report.next_change, None, "a draft is not waited for");
}

#[test]
fn expiry_may_be_a_duration_after_the_date() {
    for duration in ["24h", "1d", "P1D", "PT24H"] {
        let site = SiteTest::new().file(
            "content/notes/a.md",
            &format!("+++\ndate = 2024-06-15T09:00:00Z\nexpires = \"{duration}\"\n+++\nstory\n"),
        );
        let report = site.build();
        assert_eq!(report.next_change, "2024-06-16T09:00:00Z".parse().ok(), "{duration}");
    }
}

fn unlisted_site() -> SiteTest {
    SiteTest::with_config("[languages.de]\n")
        .file("content/posts/2024-05-01-open.md", "+++\ntitle = \"Open\"\ntags = [\"shared\"]\n+++\nOpen text\n")
        .file("content/posts/2024-05-03-later.md", "+++\ntitle = \"Later\"\n+++\nLater text\n")
        .file(
            "content/posts/2024-05-02-secret.md",
            "+++\ntitle = \"Title qzx\"\nvisibility = \"unlisted\"\ntags = [\"shared\", \"tag-qzx\"]\npinned = true\n+++\nBody qzx [[Open]] [[Wanted qzx]] #hash-qzx\n",
        )
        .file("content/posts/2024-05-02-both.md", "+++\ntitle = \"Both\"\n+++\nIn English\n")
        .file(
            "content/posts/2024-05-02-both.de.md",
            "+++\ntitle = \"Beide qzx\"\nvisibility = \"unlisted\"\n+++\nAuf Deutsch qzx\n",
        )
        .file(
            "content/notes/2024-05-04-answer.md",
            "+++\nin-reply-to = \"/posts/open/\"\nvisibility = \"unlisted\"\n+++\nAn answer qzx\n",
        )
        .file("content/_index.md", "Welcome\n")
        .file("content/posts/_index.md", "Posts\n")
        .file("content/page.md", "+++\ntitle = \"Page qzx\"\nvisibility = \"unlisted\"\n+++\nA page qzx [[Open]]\n")
}

#[test]
fn unlisted_posts_stand_on_their_own_page_only() {
    let site = unlisted_site();
    site.build();
    assert_eq!(
        marked(&site, MARK),
        [
            "de/posts/both/index.html",
            "notes/answer/index.html",
            "page/index.html",
            "posts/secret/index.html"
        ]
    );
    for page in ["posts/secret", "page", "notes/answer", "de/posts/both"] {
        let html = site.out(&format!("{page}/index.html"));
        let page = Page::parse(&html);
        let robots = page.all("meta").into_iter().find(|m| m.get("name") == Some("robots"));
        assert_eq!(robots.and_then(|m| m.get("content")), Some("noindex"), "{html}");
        assert_eq!(page.rel("prev").len() + page.rel("next").len(), 0, "no neighbours");
    }
    let sitemap = site.out("sitemap.xml");
    for path in ["secret", "answer", "/page/", "de/posts"] {
        assert!(!sitemap.contains(path), "{path}");
    }
    assert!(
        !site.out("posts/both/index.html").contains("/de/posts/both/"),
        "no way to it from outside"
    );
    assert!(
        site.out("de/posts/both/index.html").contains("/posts/both/"),
        "a way back is harmless"
    );
}

#[test]
fn a_hidden_post_that_was_published_is_removed_from_the_output() {
    let site = SiteTest::new().note("content/notes/a.md", "qzx").note("content/notes/b.md", "b");
    site.build();
    assert!(!marked(&site, MARK).is_empty());
    site.write("content/notes/a.md", "+++\ndate = 2024-05-01\ndraft = true\n+++\nqzx\n");
    site.build();
    assert_eq!(marked(&site, MARK), Vec::<String>::new());
    assert!(!site.has("notes/a"));
}

#[test]
fn private_mentions_are_not_shown() {
    let site = SiteTest::new().note("content/notes/a.md", "a").file(
        "data/mentions/notes/a/0123456789abcdef.json",
        r#"{"type":"entry","url":"https://b.example/x","author":{"name":"qzx"},"content":{"text":"qzx"},
        "wm-source":"https://b.example/x","wm-target":"https://test.example/notes/a/","wm-property":"in-reply-to","wm-private":true}"#,
    );
    site.build();
    assert_eq!(marked(&site, MARK), Vec::<String>::new());
}

#[test]
fn the_text_of_a_list_can_be_a_draft_or_wait_as_well() {
    let states = ["draft = true", "date = 2024-06-16T00:00:00Z", "expires = 2024-06-01T00:00:00Z"];
    for state in states {
        let text = format!("+++\ntitle = \"List qzx\"\n{state}\n+++\nText qzx\n");
        let site = SiteTest::new()
            .note("content/notes/a.md", "a")
            .note("content/travel/b.md", "b")
            .file("content/_index.md", &text)
            .file("content/notes/_index.md", &text)
            .file("content/travel/_index.md", &text);
        let report = site.build();
        assert_eq!(marked(&site, MARK), Vec::<String>::new(), "{state}");
        let waits = state.starts_with("date");
        assert_eq!(report.next_change, "2024-06-16T00:00:00Z".parse().ok().filter(|_| waits));
    }
    let site = SiteTest::new()
        .note("content/notes/a.md", "a")
        .file("content/notes/_index.md", "+++\ndate = 2020-01-01\n+++\nText qzx\n");
    site.build();
    assert_eq!(marked(&site, MARK), ["notes/index.html"]);
}

#[test]
fn data_files_are_not_published() {
    let site = SiteTest::new()
        .note("content/notes/a.md", "a")
        .file("data/people.toml", "[[person]]\nnickname = \"qzx\"\nurl = \"https://qzx.example\"\n")
        .file(
            "data/moderation.toml",
            "[[block]]\nurl = \"https://qzx.example\"\nreason = \"qzx\"\n",
        )
        .file("data/private/moderation.toml", "[[mute]]\ndomain = \"qzx.example\"\n")
        .file("data/private/notes.txt", "qzx")
        .file(
            "data/cites/0123456789abcdef.json",
            r#"{"type":"cite","url":"https://o.example/","name":"qzx"}"#,
        )
        .file("drafts/qzx.md", "qzx")
        .file("content/.qzx.md", "qzx")
        .file("content/notes/qzx.md~", "qzx")
        .file("content/notes/qzx.txt", "qzx, not linked")
        .bytes("data/avatars/qzx.png", &png());
    site.build();
    assert_eq!(marked(&site, MARK), Vec::<String>::new());
}

#[test]
fn nobody_sees_whom_the_owner_follows_in_private_nor_any_secret_of_an_address() {
    let row = |name: &str, more: &str| {
        format!(
            "[[follow]]\nurl = \"https://{name}.example/\"\ntitle = \"{name}\"\n\
             feed = \"https://{name}.example/feed\"\nchannel = \"Near / {name}\"\n\
             xfn = [\"friend\"]\nsince = 2024-01-02\nnote = \"{name} writes\"\n{more}\n"
        )
    };
    let secret = row("open", "").replace("open.example/feed", "ana:qzxword@open.example/feed");
    let rows =
        row("bea", "") + &row("qzxone", "public = false") + &secret.replace("open", "qzxtwo");
    let site = SiteTest::new()
        .note("content/notes/a.md", "Hello")
        .file("data/following.toml", &rows)
        .file("data/private/following.toml", &row("qzxthree", ""));
    site.build();
    for (name, bytes) in site.all() {
        let text = String::from_utf8_lossy(&bytes).to_lowercase();
        assert!(!text.contains(MARK), "{name}");
    }
    let opml = site.out("following.opml");
    assert!(opml.contains("<outline text=\"Near\">") && opml.contains("<outline text=\"bea\">"));
    assert_eq!(site.out(".well-known/recommendations.opml"), opml);
    let page = Page::parse(&site.out("following/index.html"));
    assert_eq!(page.texts("main .h-card .p-name"), ["bea"]);
    assert_eq!(page.texts("main .h-card time").len(), 1);
    assert!(site.out("following/index.html").contains("rel=\"friend\""));
}

#[test]
fn below_a_folder_there_is_no_well_known_place() {
    let config = "title = \"A\"\nurl = \"https://a.example/me/\"\n";
    let site = SiteTest::empty()
        .file("lanai.toml", config)
        .file("data/following.toml", "[[follow]]\nurl = \"https://bea.example/\"\n");
    site.build();
    assert!(site.has("following.opml"));
    assert!(!site.has(".well-known/recommendations.opml"));
}
