//! Every key of front matter: a typing mistake in it is refused where it stands, in TOML and in
//! YAML, and setting it changes the site. A key without a row here fails the test.

use std::collections::BTreeSet;

use crate::harness::SiteTest;
use crate::png;

/// What setting a key does to the output.
enum Effect {
    /// The file now has this text, which it did not have.
    Shows(&'static str, &'static str),
    /// The file had this text, which it has no longer.
    Hides(&'static str, &'static str),
    /// The file exists now.
    Makes(&'static str),
    /// The file existed and does so no longer.
    Removes(&'static str),
}
use Effect::{Hides, Makes, Removes, Shows};

struct Row {
    key: &'static str,
    /// TOML front matter without the key.
    without: &'static str,
    /// The line with the key, whose name is written `KEY`.
    line: &'static str,
    effect: Effect,
}

/// A row for a dated post without other keys.
fn row(key: &'static str, line: &'static str, effect: Effect) -> Row {
    Row { key, without: DATE, line, effect }
}

const DATE: &str = "date = 2024-05-01T10:00:00Z\n";
/// The post's own page.
const PAGE: &str = "notes/a/index.html";

/// A row for a key of a page elsewhere.
fn relation(key: &'static str, text: &'static str) -> Row {
    row(key, "KEY = \"https://ben.example/x\"", Shows(PAGE, text))
}

fn general_rows() -> Vec<Row> {
    vec![
        row("title", "KEY = \"Bees\"", Shows(PAGE, "<h1 class=\"p-name\">Bees</h1>")),
        Row {
            key: "summary",
            without: "date = 2024-05-01\ntitle = \"Bees\"\n",
            line: "KEY = \"All about bees.\"",
            effect: Shows(PAGE, "<p class=\"p-summary lede\">All about bees.</p>"),
        },
        Row {
            key: "date",
            without: "",
            line: "KEY = 2024-05-01",
            effect: Makes("notes/index.html"),
        },
        Row {
            key: "published",
            without: "",
            line: "KEY = 2024-05-01",
            effect: Makes("notes/index.html"),
        },
        row("updated", "KEY = 2024-05-09T10:00:00Z", Shows(PAGE, "2024-05-09T10:00:00")),
        row("expires", "KEY = \"24h\"", Removes(PAGE)),
        row("draft", "KEY = true", Removes(PAGE)),
        row("visibility", "KEY = \"unlisted\"", Hides("index.html", "Bees buzz")),
        row("lang", "KEY = \"pt\"", Shows(PAGE, "<div class=\"e-content\" lang=\"pt\"")),
        row("slug", "KEY = \"bees\"", Makes("notes/bees/index.html")),
        row("tags", "KEY = [\"Honey\"]", Makes("tags/honey/index.html")),
        row("category", "KEY = [\"Honey\"]", Makes("tags/honey/index.html")),
        row("aliases", "KEY = [\"/old/\"]", Makes("old/index.html")),
        row("uid", "KEY = \"bees-1\"", Shows("feed.json", "\"id\": \"bees-1\"")),
        row("pinned", "KEY = true", Shows("index.html", "<p class=\"pin\">")),
        row("sensitive", "KEY = \"stings\"", Shows(PAGE, "</b> stings <span")),
        row(
            "syndication",
            "KEY = \"https://social.example/1\"",
            Shows(PAGE, "rel=\"syndication\" href=\"https://social.example/1\""),
        ),
        row("reply-policy", "KEY = \"none\"", Shows(PAGE, "Replies are closed.")),
        row("mentions", "KEY = \"none\"", Hides(PAGE, "Well said")),
        row("toc", "KEY = true", Shows(PAGE, "<a href=\"#hives\">Hives</a>")),
        row(
            "people",
            "KEY = [\"https://cy.example/\"]",
            Shows(PAGE, "class=\"u-category h-card\""),
        ),
        row("extra", "KEY = { weather = \"fair\" }", Shows(PAGE, "weather: fair")),
    ]
}

fn kind_rows() -> Vec<Row> {
    let event = "date = 2024-05-01\nstart = 2024-06-01T20:00:00Z\n";
    let review = "date = 2024-05-01\nitem = \"Honey\"\n";
    vec![
        row("photo", "KEY = { src = \"a.png\", alt = \"A bee\" }", Makes("photos/index.html")),
        row("video", "KEY = \"a.webm\"", Makes("videos/index.html")),
        row("audio", "KEY = \"a.mp3\"", Makes("audio/index.html")),
        row("featured", "KEY = { src = \"a.png\", alt = \"A bee\" }", Shows(PAGE, "u-featured")),
        relation("in-reply-to", "u-in-reply-to"),
        relation("like-of", "u-like-of"),
        relation("repost-of", "u-repost-of"),
        relation("bookmark-of", "u-bookmark-of"),
        relation("quotation-of", "u-quotation-of"),
        relation("follow-of", "u-follow-of"),
        relation("read-of", "u-read-of"),
        relation("watch-of", "u-watch-of"),
        relation("listen-of", "u-listen-of"),
        Row {
            key: "read-status",
            without: "date = 2024-05-01\nread-of = \"https://ben.example/x\"\n",
            line: "KEY = \"reading\"",
            effect: Shows(PAGE, "class=\"p-read-status\" value=\"reading\""),
        },
        Row {
            key: "rsvp",
            without: "date = 2024-05-01\nin-reply-to = \"https://ben.example/x\"\n",
            line: "KEY = \"yes\"",
            effect: Shows(PAGE, "class=\"p-rsvp\" value=\"yes\""),
        },
        row("start", "KEY = 2024-06-01", Makes("events/index.html")),
        Row {
            key: "end",
            without: event,
            line: "KEY = 2024-06-01T23:00:00Z",
            effect: Shows(PAGE, "class=\"dt-end\" datetime=\"2024-06-01T23:00:00"),
        },
        Row {
            key: "duration",
            without: event,
            line: "KEY = \"2h\"",
            effect: Shows(PAGE, "class=\"dt-duration\" datetime=\"PT2H\""),
        },
        row("location", "KEY = \"Porto\"", Shows(PAGE, "Porto")),
        row("checkin", "KEY = \"Café Lua\"", Shows(PAGE, "u-checkin")),
        row("item", "KEY = \"Honey\"", Shows(PAGE, "p-item")),
        Row {
            key: "rating",
            without: review,
            line: "KEY = 4",
            effect: Shows(PAGE, "class=\"p-rating\" value=\"4"),
        },
        Row {
            key: "best",
            without: "date = 2024-05-01\nitem = \"Honey\"\nrating = 4\n",
            line: "KEY = 10",
            effect: Shows(PAGE, "class=\"p-best\" value=\"10"),
        },
    ]
}

/// Keys of the tables inside front matter.
fn inner_rows() -> Vec<Row> {
    let photo = "u-photo";
    vec![
        row("photo.src", "photo = { KEY = \"a.png\", alt = \"\" }", Shows(PAGE, photo)),
        row(
            "photo.alt",
            "photo = { src = \"a.png\", KEY = \"A striped bee\" }",
            Shows(PAGE, "alt=\"A striped bee\""),
        ),
        row(
            "video.poster",
            "video = { src = \"a.webm\", KEY = \"a.png\" }",
            Shows(PAGE, "poster=\"/notes/a/a.png\""),
        ),
        row(
            "video.captions",
            "video = { src = \"a.webm\", KEY = \"a.vtt\" }",
            Shows(PAGE, "/notes/a/a.vtt"),
        ),
        row(
            "in-reply-to.url",
            "in-reply-to = { KEY = \"https://ben.example/x\" }",
            Shows(PAGE, "href=\"https://ben.example/x\""),
        ),
        row(
            "in-reply-to.name",
            "in-reply-to = { url = \"https://ben.example/x\", KEY = \"On wax\" }",
            Shows(PAGE, "On wax"),
        ),
        row(
            "in-reply-to.content",
            "in-reply-to = { url = \"https://ben.example/x\", KEY = \"Wax melts.\" }",
            Shows(PAGE, "Wax melts."),
        ),
        row(
            "in-reply-to.published",
            "in-reply-to = { url = \"https://ben.example/x\", KEY = 2023-02-03 }",
            Shows(PAGE, "2023-02-03"),
        ),
        row(
            "in-reply-to.author",
            "in-reply-to = { url = \"https://ben.example/x\", KEY = \"Ben Okri\" }",
            Shows(PAGE, "Ben Okri"),
        ),
        row(
            "in-reply-to.author.name",
            "in-reply-to = { url = \"https://ben.example/x\", author = { KEY = \"Ben Okri\" } }",
            Shows(PAGE, "Ben Okri"),
        ),
        row(
            "in-reply-to.author.url",
            "in-reply-to = { url = \"https://ben.example/x\", author = { name = \"B\", KEY = \"https://ben.example/\" } }",
            Shows(PAGE, "href=\"https://ben.example/\""),
        ),
    ]
}

/// Keys of the tables for people, places and things.
fn inner_rows_of_people_and_places() -> Vec<Row> {
    vec![
        row("people.name", "people = [{ KEY = \"Cy Twombly\" }]", Shows(PAGE, "Cy Twombly")),
        row(
            "people.url",
            "people = [{ name = \"Cy\", KEY = \"https://cy.example/\" }]",
            Shows(PAGE, "https://cy.example/"),
        ),
        row("location.name", "location = { KEY = \"Café Lua\" }", Shows(PAGE, "Café Lua")),
        row(
            "location.url",
            "location = { name = \"Lua\", KEY = \"https://lua.example/\" }",
            Shows(PAGE, "https://lua.example/"),
        ),
        row(
            "location.street-address",
            "start = 2024-06-01\nlocation = { name = \"Lua\", KEY = \"Rua 1\" }",
            Shows(PAGE, "Rua 1"),
        ),
        row("location.locality", "location = { KEY = \"Porto\" }", Shows(PAGE, "Porto")),
        row(
            "location.region",
            "location = { locality = \"Porto\", KEY = \"Norte\" }",
            Shows(PAGE, "Norte"),
        ),
        row(
            "location.country-name",
            "location = { locality = \"Porto\", KEY = \"Portugal\" }",
            Shows(PAGE, "Portugal"),
        ),
        row(
            "location.latitude",
            "location = { name = \"Lua\", KEY = 41.15, longitude = -8.61 }",
            Shows(PAGE, "41.15"),
        ),
        row(
            "location.longitude",
            "location = { name = \"Lua\", latitude = 41.15, KEY = -8.61 }",
            Shows(PAGE, "-8.61"),
        ),
        row("item.name", "item = { KEY = \"Heather honey\" }", Shows(PAGE, "Heather honey")),
        row(
            "item.url",
            "item = { name = \"Honey\", KEY = \"https://honey.example/\" }",
            Shows(PAGE, "https://honey.example/"),
        ),
        row(
            "item.photo",
            "item = { name = \"Honey\", KEY = \"a.png\" }",
            Shows(PAGE, "src=\"/notes/a/a.png\""),
        ),
    ]
}

/// A site with one post, in a bundle of its own, and a response to it.
fn site(head: &str) -> SiteTest {
    SiteTest::with_config("[endpoints]\nwebmention = \"https://wm.example/\"\n")
        .file(
            "content/notes/a/index.md",
            &format!("+++\n{head}+++\nBees buzz.\n\n## Hives\n\nWax.\n"),
        )
        .bytes("content/notes/a/a.png", &png())
        .file("content/notes/a/a.webm", "film")
        .file("content/notes/a/a.mp3", "sound")
        .file("content/notes/a/a.vtt", "WEBVTT")
        .file("data/mentions/notes/a/0000000000000001.json", MENTION)
        .file(
            "theme/templates/parts/head-extra.html",
            "{% if entry?.extra?.weather %}<!-- weather: {{ entry.extra.weather }} -->{% endif %}",
        )
}

const MENTION: &str = r#"{ "type": "entry", "url": "https://a.example/1",
  "author": { "type": "card", "name": "A" }, "content": { "text": "Well said" },
  "in-reply-to": "https://test.example/notes/a/", "wm-property": "in-reply-to",
  "wm-source": "https://a.example/1", "wm-target": "https://test.example/notes/a/" }"#;

fn last_part(key: &str) -> &str {
    key.rsplit('.').next().unwrap()
}

fn all_rows() -> Vec<Row> {
    let mut rows = general_rows();
    rows.extend(kind_rows());
    rows.extend(inner_rows());
    rows.extend(inner_rows_of_people_and_places());
    rows
}

#[test]
fn every_key_has_a_row_here() {
    let rows: BTreeSet<String> =
        general_rows().iter().chain(&kind_rows()).map(|row| row.key.to_owned()).collect();
    assert_eq!(rows, lanai::site::front_matter_keys());
}

#[test]
fn every_key_changes_the_site() {
    for row in all_rows() {
        let key = row.key;
        let line = row.line.replace("KEY", last_part(key));
        let before = site(row.without);
        let after = site(&format!("{}{line}\n", row.without));
        before.build();
        after.build();
        match row.effect {
            Shows(file, text) => {
                assert!(!before.out(file).contains(text), "{key}: {file} had {text} before");
                let new = after.out(file);
                assert!(new.contains(text), "{key}: {file} has no {text}\n{new}");
            }
            Hides(file, text) => {
                assert!(before.out(file).contains(text), "{key}: {file} never had {text}");
                assert!(!after.out(file).contains(text), "{key}: {file} still has {text}");
            }
            Makes(file) => assert!(!before.has(file) && after.has(file), "{key}: {file}"),
            Removes(file) => assert!(before.has(file) && !after.has(file), "{key}: {file}"),
        }
    }
}

#[test]
fn a_typing_mistake_in_any_key_is_refused_where_it_stands() {
    for row in all_rows() {
        let name = last_part(row.key);
        let typo = format!("{name}x");
        let head = format!("{}{}\n", row.without, row.line.replace("KEY", &typo));
        let line = head.lines().position(|line| line.contains(&typo)).unwrap() + 2;
        let problems = site(&head).problems();
        let found = problems.sorted().into_iter().any(|problem| {
            problem.location().starts_with(&format!("content/notes/a/index.md:{line}:"))
                && problem.message.contains(&format!("`{typo}`"))
                && problem.hint.as_deref() == Some(&format!("did you mean `{name}`?"))
        });
        assert!(found, "{}: {}", row.key, problems.render(false));
    }
}

#[test]
fn yaml_reads_every_plain_key_as_toml_does() {
    for row in general_rows().iter().chain(&kind_rows()) {
        let name = row.key;
        let Some(value) = row.line.strip_prefix("KEY = ").filter(|v| !v.contains('{')) else {
            continue;
        };
        let toml = site(&format!("{}{name} = {value}\n", row.without));
        let head = row.without.replace(" = ", ": ");
        let yaml = site("").file(
            "content/notes/a/index.md",
            &format!("---\n{head}{name}: {value}\n---\nBees buzz.\n\n## Hives\n\nWax.\n"),
        );
        toml.build();
        yaml.build();
        assert!(toml.all() == yaml.all(), "{name}: TOML and YAML give different sites");
    }
}

#[test]
fn the_link_beside_a_heading_is_named_by_the_heading_in_the_words_of_the_site() {
    let site = site(DATE);
    site.build();
    assert!(site.out(PAGE).contains("aria-label=\"Link to “Hives”\">#</a>"), "{}", site.out(PAGE));
}
