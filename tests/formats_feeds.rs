//! The three feed formats against the conformance list; each test is named after its item. RSS and
//! Atom are read back with a strict XML parser, JSON Feed with `serde_json`.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "clippy.toml exempts test functions, but not their helpers"
)]

use jiff::Zoned;
use lanai::formats::feed::{Attachment, Author, Feed, Generator, Item, Podcast, trim_to};
use lanai::formats::{atom, jsonfeed, rss};
use quick_xml::events::Event;
use serde_json::Value;

/// Everything that has to survive (FD-A-17).
const TORTURE: &str = "]]> ]]]> &amp;amp; &lt;b&gt; <![CDATA[x]]> \"double\" 'single' `tick` \\ / 😀👩‍👩‍👧 \
     שלום عربي \u{202e}rtl\u{202c} e\u{301}\u{323} 𝔘𝕟𝓲 \u{85}\u{a0}\u{2028}\u{2029} tab\there -->";

/// An element as read back.
#[derive(Debug, Default, Clone)]
struct Element {
    name: String,
    attributes: Vec<(String, String)>,
    text: String,
    children: Vec<Element>,
}

impl Element {
    fn all(&self, name: &str) -> Vec<&Element> {
        self.children.iter().filter(|child| child.name == name).collect()
    }

    fn get(&self, name: &str) -> Option<&Element> {
        let all = self.all(name);
        assert!(all.len() < 2, "{name} stands {} times", all.len());
        all.first().copied()
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.get(name).map(|child| child.text.as_str())
    }

    fn attr(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The links with a relation: address and type.
    fn links(&self, element: &str, rel: &str) -> Vec<(&str, Option<&str>)> {
        let links = self.all(element).into_iter().filter(|link| link.attr("rel") == Some(rel));
        links.map(|link| (link.attr("href").unwrap(), link.attr("type"))).collect()
    }

    fn names(&self) -> Vec<&str> {
        self.children.iter().map(|child| child.name.as_str()).collect()
    }
}

/// Reads XML strictly: names match, references are known, attributes are single.
fn parse(xml: &str) -> Element {
    let mut reader = quick_xml::Reader::from_str(xml);
    reader.config_mut().enable_all_checks(true);
    let mut stack = vec![Element::default()];
    let element = |tag: &quick_xml::events::BytesStart<'_>| Element {
        name: tag.name().as_ref().to_owned(),
        attributes: tag
            .attributes()
            .map(Result::unwrap)
            .map(|attribute| {
                let value = attribute.normalized_value(quick_xml::XmlVersion::Implicit1_0).unwrap();
                (attribute.key.as_ref().to_owned(), value.into_owned())
            })
            .collect(),
        ..Element::default()
    };
    loop {
        match reader.read_event().unwrap() {
            Event::Start(tag) => stack.push(element(&tag)),
            Event::Empty(tag) => stack.last_mut().unwrap().children.push(element(&tag)),
            Event::End(_) => {
                let done = stack.pop().unwrap();
                stack.last_mut().unwrap().children.push(done);
            }
            Event::Text(part) => stack.last_mut().unwrap().text += &part.xml10_content(),
            Event::CData(part) => stack.last_mut().unwrap().text += &part.xml10_content(),
            Event::GeneralRef(part) => {
                let character = part.resolve_char_ref().unwrap().map(String::from);
                let name = part.into_inner();
                let entity = quick_xml::escape::resolve_xml_entity(&name).map(str::to_owned);
                stack.last_mut().unwrap().text += &character.or(entity).unwrap();
            }
            Event::Eof => break,
            _ => {}
        }
    }
    assert_eq!(stack.len(), 1);
    let mut root = stack.pop().unwrap();
    assert_eq!(root.children.len(), 1);
    root.children.pop().unwrap()
}

fn zoned(text: &str) -> Zoned {
    text.parse().unwrap()
}

fn article() -> Item {
    Item {
        id: "tag:ana.example,2024:1".into(),
        url: "https://ana.example/posts/hello/".into(),
        title: Some("AT&T <3 you".into()),
        fallback_title: "Hello".into(),
        summary: Some("If a < b & b < c".into()),
        content_html: "<p>Hello <b>world</b> &amp; all</p>".into(),
        published: zoned("2024-05-01T09:30:00+01:00[Europe/Lisbon]"),
        updated: Some(zoned("2024-05-03T10:00:00+01:00[Europe/Lisbon]")),
        tags: vec!["rust".into(), "r&b".into()],
        comments_url: Some("https://ana.example/posts/hello/#comments".into()),
        ..Item::default()
    }
}

fn note() -> Item {
    Item {
        id: "https://ana.example/notes/1/".into(),
        url: "https://ana.example/notes/1/".into(),
        fallback_title: "Just a note".into(),
        content_text: Some("Just a note\nwith <two> lines".into()),
        published: zoned("2024-05-02T09:30:00[UTC]"),
        in_reply_to: vec!["https://bob.example/1?a&b".into()],
        ..Item::default()
    }
}

fn bookmark() -> Item {
    Item {
        id: "https://ana.example/bookmarks/1/".into(),
        url: "https://ana.example/bookmarks/1/".into(),
        title: Some("A link".into()),
        content_html: "<p>Look</p>".into(),
        published: zoned("2024-04-01T00:00:00[UTC]"),
        authors: vec![Author { name: "Guest".into(), ..Author::default() }],
        language: Some("de".into()),
        external_url: Some("https://carl.example/".into()),
        image: Some("https://ana.example/a.jpg".into()),
        attachments: vec![
            Attachment {
                url: "ftp://no.example/a".into(),
                mime: "audio/mpeg".into(),
                ..Attachment::default()
            },
            Attachment {
                url: "https://ana.example/a.mp3".into(),
                mime: "audio/mpeg".into(),
                bytes: Some(1234),
                title: Some("Sound".into()),
                duration: Some(61),
            },
            Attachment {
                url: "https://ana.example/b.mp3".into(),
                mime: "audio/mpeg".into(),
                ..Attachment::default()
            },
        ],
        ..Item::default()
    }
}

fn feed() -> Feed {
    Feed {
        id: "tag:ana.example,2024:feed".into(),
        title: "Ana & Co".into(),
        description: "All <posts>".into(),
        home_url: "https://ana.example/".into(),
        self_url: "https://ana.example/feed".into(),
        language: Some("en".into()),
        authors: vec![Author {
            name: "Ana Mora".into(),
            url: Some("https://ana.example/".into()),
            avatar: Some("https://ana.example/ana.jpg".into()),
            email: None,
        }],
        icon: Some("https://ana.example/icon-512.png".into()),
        favicon: Some("https://ana.example/icon-64.png".into()),
        logo: Some("https://ana.example/logo.png".into()),
        rights: Some("CC BY 4.0".into()),
        hubs: vec!["https://hub.example/".into(), "https://hub2.example/?a&b".into()],
        stylesheet: Some("/feed.css?a&b".into()),
        generator: Some(Generator {
            name: "Lanai".into(),
            version: Some("0.1.0".into()),
            url: Some("https://lanai.example/".into()),
        }),
        items: vec![note(), article(), bookmark()],
        ..Feed::default()
    }
}

fn read_rss(feed: &Feed) -> Element {
    let root = parse(&rss::write(feed));
    assert_eq!((root.name.as_str(), root.attr("version")), ("rss", Some("2.0")));
    root.get("channel").unwrap().clone()
}

fn read_atom(feed: &Feed) -> Element {
    parse(&atom::write(feed))
}

fn read_json(feed: &Feed) -> Value {
    serde_json::from_str(&jsonfeed::write(feed)).unwrap()
}

#[test]
fn fd_a_01_xml_declaration_no_bom() {
    for xml in [rss::write(&feed()), atom::write(&feed())] {
        assert!(xml.starts_with("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"));
    }
    assert!(jsonfeed::write(&feed()).starts_with('{'));
}

/// A feed in which every text is `text`.
fn feed_of(text: &str) -> Feed {
    let item = Item {
        id: text.into(),
        title: Some(text.into()),
        summary: Some(text.into()),
        content_html: text.into(),
        content_text: Some(text.into()),
        tags: vec![text.into()],
        authors: vec![Author { name: text.into(), ..Author::default() }],
        ..note()
    };
    Feed { title: text.into(), description: text.into(), items: vec![item], ..feed() }
}

#[test]
fn fd_a_02_forbidden_characters_are_removed_in_all_formats() {
    let text = "a\0b\u{1}c\u{8}\u{b}\u{c}d\u{1f}\u{fffe}\u{ffff}e\t\nf";
    let feed = feed_of(text);
    let xml = read_rss(&feed);
    assert_eq!(xml.get("item").unwrap().text("content:encoded"), Some("abcde\t\nf"));
    let xml = read_atom(&feed);
    assert_eq!(xml.get("entry").unwrap().text("content"), Some("abcde\t\nf"));
    let json = read_json(&feed);
    assert_eq!(json["items"][0]["content_html"], "abcde\t\nf");
    for file in [rss::write(&feed), atom::write(&feed), jsonfeed::write(&feed)] {
        assert!(!file.contains(|c: char| c < ' ' && !matches!(c, '\t' | '\n' | '\r')));
        assert!(!file.contains(['\u{fffe}', '\u{ffff}']));
    }
}

#[test]
fn fd_a_03_ids_are_written_as_they_are() {
    // FD-T-08 as well: never normalised.
    let id = "HTTP://Ana.Example:80/a/../b?x#y%7e";
    let feed = Feed { items: vec![Item { id: id.into(), ..note() }], ..feed() };
    assert_eq!(read_rss(&feed).get("item").unwrap().text("guid"), Some(id));
    assert_eq!(read_atom(&feed).get("entry").unwrap().text("id"), Some(id));
    assert_eq!(read_json(&feed)["items"][0]["id"], id);
}

#[test]
fn fd_a_04_same_input_same_bytes_and_date_of_the_newest_change() {
    let (a, b) = (feed(), feed());
    assert_eq!(rss::write(&a), rss::write(&b));
    assert_eq!(atom::write(&a), atom::write(&b));
    assert_eq!(jsonfeed::write(&a), jsonfeed::write(&b));
    assert_eq!(read_rss(&a).text("lastBuildDate"), Some("Fri, 03 May 2024 10:00:00 +0100"));
    assert_eq!(read_atom(&a).text("updated"), Some("2024-05-03T10:00:00+01:00"));
}

#[test]
fn fd_a_06_summaries_only() {
    let item = Item { content_html: String::new(), ..article() };
    let feed = Feed { items: vec![item], ..feed() };
    let rss = read_rss(&feed);
    assert_eq!(rss.get("item").unwrap().text("description"), Some("If a &lt; b &amp; b &lt; c"));
    assert!(rss.get("item").unwrap().get("content:encoded").is_none());
    let atom = read_atom(&feed);
    assert_eq!(atom.get("entry").unwrap().text("summary"), Some("If a < b & b < c"));
    assert!(atom.get("entry").unwrap().get("content").is_none());
    assert_eq!(read_json(&feed)["items"][0]["content_text"], "If a < b & b < c");
}

#[test]
fn fd_a_08_feeds_over_the_limit_lose_their_oldest_items() {
    let mut feed = feed();
    feed.items[2].content_html = "x".repeat(10_000);
    let left_out = trim_to(&mut feed, 9_000, |feed| rss::write(feed).len());
    assert_eq!(left_out, 1);
    let ids: Vec<&str> = feed.items.iter().map(|item| item.id.as_str()).collect();
    assert_eq!(ids, ["https://ana.example/notes/1/", "tag:ana.example,2024:1"]);
}

#[test]
fn fd_a_09_no_made_up_titles() {
    let feed = Feed { items: vec![note()], ..feed() };
    let rss = read_rss(&feed);
    let item = rss.get("item").unwrap();
    assert!(item.get("title").is_none());
    assert!(item.get("description").is_some());
    assert_eq!(read_atom(&feed).get("entry").unwrap().text("title"), Some("Just a note"));
    assert!(read_json(&feed)["items"][0].get("title").is_none());
}

#[test]
fn fd_a_10_titles_are_literal_and_numeric_in_rss() {
    let feed = feed();
    let xml = rss::write(&feed);
    assert!(xml.contains("<title>AT&#x26;T &#x3C;3 you</title>"), "{xml}");
    assert!(xml.contains("<title>Ana &#x26; Co</title>"));
    assert_eq!(read_rss(&feed).all("item")[1].text("title"), Some("AT&T <3 you"));
    let atom = read_atom(&feed);
    assert_eq!(atom.all("entry")[1].text("title"), Some("AT&T <3 you"));
    assert_eq!(atom.all("entry")[1].get("title").unwrap().attr("type"), None, "FD-T-05: text");
    assert_eq!(read_json(&feed)["items"][1]["title"], "AT&T <3 you");
}

#[test]
fn fd_a_13_hub_and_self_in_each_format() {
    let feed = feed();
    let hubs = [("https://hub.example/", None), ("https://hub2.example/?a&b", None)];
    let rss = read_rss(&feed);
    assert_eq!(rss.links("atom:link", "hub"), hubs);
    let own = |mime| [("https://ana.example/feed", Some(mime))];
    assert_eq!(rss.links("atom:link", "self"), own("application/rss+xml"));
    let atom = read_atom(&feed);
    assert_eq!(atom.links("link", "hub"), hubs);
    assert_eq!(atom.links("link", "self"), own("application/atom+xml"));
    let json = read_json(&feed);
    assert_eq!(json["feed_url"], "https://ana.example/feed");
    assert_eq!(json["hubs"][0], serde_json::json!({"type": "WebSub", "url": hubs[0].0}));
    assert_eq!(json["hubs"][1]["url"], hubs[1].0);
}

#[test]
fn fd_a_15_stylesheet_for_browsers_may_be_missing() {
    let pi = "<?xml-stylesheet type=\"text/css\" href=\"/feed.css?a&amp;b\"?>\n<";
    for xml in [rss::write(&feed()), atom::write(&feed())] {
        assert!(xml.contains(pi));
    }
    let without = Feed { stylesheet: None, ..feed() };
    for xml in [rss::write(&without), atom::write(&without)] {
        assert!(!xml.contains("stylesheet"));
        parse(&xml);
    }
}

#[test]
fn fd_a_16_an_empty_feed_is_valid() {
    let empty = Feed { items: Vec::new(), ..feed() };
    let rss = read_rss(&empty);
    assert!(rss.get("lastBuildDate").is_none());
    assert_eq!(read_atom(&empty).text("updated"), Some("1970-01-01T00:00:00Z"));
    assert_eq!(read_json(&empty)["items"], serde_json::json!([]));
    let nothing = Feed::default();
    parse(&rss::write(&nothing));
    parse(&atom::write(&nothing));
    read_json(&nothing);
}

#[test]
fn fd_a_17_the_torture_post_round_trips_in_all_formats() {
    let feed = feed_of(TORTURE);
    let rss = read_rss(&feed);
    let item = rss.get("item").unwrap();
    let as_html = TORTURE.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    for (name, expected) in [
        ("title", TORTURE),
        ("guid", TORTURE),
        ("category", TORTURE),
        ("dc:creator", TORTURE),
        ("content:encoded", TORTURE),
        ("description", as_html.as_str()),
    ] {
        assert_eq!(item.text(name), Some(expected), "{name}");
    }
    assert_eq!(rss.text("title"), Some(TORTURE));
    assert_eq!(rss.text("description"), Some(TORTURE));
    let atom = read_atom(&feed);
    let entry = atom.get("entry").unwrap();
    for name in ["id", "title", "summary", "content"] {
        assert_eq!(entry.text(name), Some(TORTURE), "{name}");
    }
    assert_eq!(entry.get("author").unwrap().text("name"), Some(TORTURE));
    // A tab in an attribute is written as a reference, so it stays a tab.
    assert_eq!(entry.get("category").unwrap().attr("term"), Some(TORTURE));
    assert_eq!(atom.text("subtitle"), Some(TORTURE));
    let json = read_json(&feed);
    for name in ["id", "title", "summary", "content_html", "content_text"] {
        assert_eq!(json["items"][0][name], TORTURE, "{name}");
    }
    assert_eq!(json["items"][0]["tags"][0], TORTURE);
    assert_eq!(json["items"][0]["authors"][0]["name"], TORTURE);
}

#[test]
fn fd_r_01_namespaces_are_declared_only_if_used() {
    let root = parse(&rss::write(&feed()));
    let names: Vec<&str> = root.attributes.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["version", "xmlns:atom", "xmlns:content", "xmlns:dc"]);
    let plain = Feed { authors: Vec::new(), items: vec![note()], ..feed() };
    let root = parse(&rss::write(&plain));
    let names: Vec<&str> = root.attributes.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["version", "xmlns:atom"]);
    let root = parse(&atom::write(&Feed { items: vec![article()], ..feed() }));
    assert!(root.attr("xmlns:thr").is_none());
}

#[test]
fn fd_r_02_channel() {
    let channel = read_rss(&feed());
    for (name, expected) in [
        ("title", "Ana & Co"),
        ("link", "https://ana.example/"),
        ("description", "All <posts>"),
        ("language", "en"),
        ("copyright", "CC BY 4.0"),
        ("generator", "Lanai 0.1.0 (https://lanai.example/)"),
    ] {
        assert_eq!(channel.text(name), Some(expected), "{name}");
    }
    let image = channel.get("image").unwrap();
    assert_eq!(image.text("url"), Some("https://ana.example/icon-512.png"));
    assert_eq!(image.text("title"), channel.text("title"));
    assert_eq!(image.text("link"), channel.text("link"));
    let blank = read_rss(&Feed { description: " ".into(), ..feed() });
    assert_eq!(blank.text("description"), Some("Ana & Co"));
}

#[test]
fn fd_r_03_no_odd_elements_and_one_of_each() {
    let channel = read_rss(&feed());
    let many = ["item", "atom:link", "category", "dc:creator"];
    for element in channel.all("item").into_iter().chain([&channel]) {
        for name in element.names() {
            assert!(!["textInput", "skipHours", "skipDays", "ttl", "rating"].contains(&name));
            assert!(many.contains(&name) || element.all(name).len() == 1, "{name}");
        }
    }
}

#[test]
fn fd_r_04_items_have_title_or_description() {
    let bare = Item { content_text: None, ..note() };
    let feed = Feed { items: vec![bare, note(), article(), bookmark()], ..feed() };
    for item in read_rss(&feed).all("item") {
        assert!(item.get("title").is_some() || item.get("description").is_some());
    }
}

#[test]
fn fd_r_05_guid_is_a_permalink_only_if_it_is_the_address() {
    let channel = read_rss(&feed());
    let items = channel.all("item");
    let guid = |n: usize| items[n].get("guid").unwrap();
    assert_eq!(guid(0).attr("isPermaLink"), Some("true"));
    assert_eq!(guid(0).text, "https://ana.example/notes/1/");
    assert_eq!(guid(1).attr("isPermaLink"), Some("false"));
    assert_eq!(guid(1).text, "tag:ana.example,2024:1");
}

#[test]
fn fd_r_06_pub_date_is_rfc822() {
    let channel = read_rss(&feed());
    let date = |n: usize| channel.all("item")[n].text("pubDate").unwrap().to_owned();
    assert_eq!(date(0), "Thu, 02 May 2024 09:30:00 +0000");
    assert_eq!(date(1), "Wed, 01 May 2024 09:30:00 +0100");
}

#[test]
fn fd_r_07_summary_before_full_content() {
    let channel = read_rss(&feed());
    let article = channel.all("item")[1];
    assert_eq!(article.text("description"), Some("If a &lt; b &amp; b &lt; c"));
    assert_eq!(article.text("content:encoded"), Some("<p>Hello <b>world</b> &amp; all</p>"));
    let names = article.names();
    let place = |name: &str| names.iter().position(|other| *other == name).unwrap();
    assert!(place("description") < place("content:encoded"));
    assert!(rss::write(&feed()).contains("<content:encoded><![CDATA[<p>Hello"));
    let note = channel.all("item")[0];
    assert!(note.get("content:encoded").is_none());
    assert_eq!(note.text("description"), Some("<p>Just a note<br>with &lt;two&gt; lines</p>"));
}

#[test]
fn fd_r_08_author_is_a_name_or_mail_with_name() {
    let channel = read_rss(&feed());
    assert_eq!(channel.all("item")[0].text("dc:creator"), Some("Ana Mora"));
    assert_eq!(channel.all("item")[2].text("dc:creator"), Some("Guest"));
    let mut with_mail = feed();
    with_mail.authors[0].email = Some("ana@ana.example".into());
    let channel = read_rss(&with_mail);
    let item = channel.all("item")[0];
    assert_eq!(item.text("author"), Some("ana@ana.example (Ana Mora)"));
    assert!(item.get("dc:creator").is_none());
    assert_eq!(channel.text("managingEditor"), Some("ana@ana.example (Ana Mora)"));
}

#[test]
fn fd_r_09_categories_and_comments() {
    let channel = read_rss(&feed());
    let article = channel.all("item")[1];
    let tags: Vec<&str> = article.all("category").iter().map(|tag| tag.text.as_str()).collect();
    assert_eq!(tags, ["rust", "r&b"]);
    assert_eq!(article.text("comments"), Some("https://ana.example/posts/hello/#comments"));
    assert!(channel.all("item")[0].get("comments").is_none());
}

#[test]
fn fd_r_10_one_enclosure() {
    let mut feed = feed();
    let channel = read_rss(&feed);
    let enclosure = channel.all("item")[2].get("enclosure").unwrap();
    assert_eq!(enclosure.attr("url"), Some("https://ana.example/a.mp3"));
    assert_eq!(enclosure.attr("length"), Some("1234"));
    assert_eq!(enclosure.attr("type"), Some("audio/mpeg"));
    feed.items[2].attachments[1].bytes = None;
    let channel = read_rss(&feed);
    assert_eq!(channel.all("item")[2].get("enclosure").unwrap().attr("length"), Some("0"));
}

#[test]
fn fd_r_11_podcast_elements_only_if_asked_for() {
    assert!(!rss::write(&feed()).contains("itunes"));
    let podcast = Podcast {
        author: "Ana".into(),
        image: "https://ana.example/pod.png".into(),
        categories: vec![
            ("Society & Culture".into(), Some("Diaries".into())),
            ("Arts".into(), None),
        ],
        explicit: false,
    };
    let channel = read_rss(&Feed { podcast: Some(podcast), ..feed() });
    assert_eq!(channel.text("itunes:author"), Some("Ana"));
    assert_eq!(
        channel.get("itunes:image").unwrap().attr("href"),
        Some("https://ana.example/pod.png")
    );
    let categories = channel.all("itunes:category");
    assert_eq!(categories[0].attr("text"), Some("Society & Culture"));
    assert_eq!(categories[0].get("itunes:category").unwrap().attr("text"), Some("Diaries"));
    assert_eq!(channel.text("itunes:explicit"), Some("false"));
    let episode = channel.all("item")[2];
    assert_eq!(episode.text("itunes:duration"), Some("61"));
    assert_eq!(episode.text("itunes:episodeType"), Some("full"));
    assert!(channel.all("item")[0].get("itunes:episodeType").is_none());
}

#[test]
fn fd_r_12_source_namespace_is_off_by_default() {
    assert!(!rss::write(&feed()).contains("source:"));
    let blogroll = Some("https://ana.example/following.opml".to_owned());
    let channel = read_rss(&Feed { blogroll, ..feed() });
    assert_eq!(channel.text("source:blogroll"), Some("https://ana.example/following.opml"));
}

#[test]
fn fd_t_01_feed_elements() {
    let root = read_atom(&feed());
    assert_eq!(root.attr("xmlns"), Some("http://www.w3.org/2005/Atom"));
    assert_eq!(root.attr("xml:lang"), Some("en"));
    for (name, expected) in [
        ("id", "tag:ana.example,2024:feed"),
        ("title", "Ana & Co"),
        ("subtitle", "All <posts>"),
        ("icon", "https://ana.example/icon-512.png"),
        ("logo", "https://ana.example/logo.png"),
        ("rights", "CC BY 4.0"),
        ("generator", "Lanai"),
    ] {
        assert_eq!(root.text(name), Some(expected), "{name}");
    }
    let generator = root.get("generator").unwrap();
    assert_eq!(generator.attr("uri"), Some("https://lanai.example/"));
    assert_eq!(generator.attr("version"), Some("0.1.0"));
    assert_eq!(root.links("link", "alternate"), [("https://ana.example/", Some("text/html"))]);
    let author = root.get("author").unwrap();
    assert_eq!(author.text("name"), Some("Ana Mora"));
    assert_eq!(author.text("uri"), Some("https://ana.example/"));
    // Without any author the site is the author, since one is required.
    let anonymous = read_atom(&Feed { authors: Vec::new(), ..feed() });
    assert_eq!(anonymous.get("author").unwrap().text("name"), Some("Ana & Co"));
}

#[test]
fn fd_t_03_entry_elements() {
    let root = read_atom(&feed());
    for entry in root.all("entry") {
        for name in ["id", "title", "updated", "published"] {
            assert!(!entry.text(name).unwrap().is_empty(), "{name}");
        }
        assert_eq!(entry.links("link", "alternate").len(), 1);
    }
    let entries = root.all("entry");
    assert_eq!(entries[1].text("published"), Some("2024-05-01T09:30:00+01:00"));
    assert_eq!(entries[1].text("updated"), Some("2024-05-03T10:00:00+01:00"));
    assert_eq!(entries[0].text("updated"), entries[0].text("published"));
    assert!(entries[0].get("author").is_none());
    assert_eq!(entries[2].get("author").unwrap().text("name"), Some("Guest"));
    assert_eq!(entries[2].attr("xml:lang"), Some("de"));
    let terms: Vec<_> = entries[1].all("category").iter().map(|c| c.attr("term")).collect();
    assert_eq!(terms, [Some("rust"), Some("r&b")]);
    // Without content there is a summary.
    let bare = Item { content_text: None, ..note() };
    let root = read_atom(&Feed { items: vec![bare], ..feed() });
    assert_eq!(root.get("entry").unwrap().text("summary"), Some("Just a note"));
}

#[test]
fn fd_t_04_content_is_escaped_html() {
    let root = read_atom(&feed());
    let content = root.all("entry")[1].get("content").unwrap();
    assert_eq!(content.attr("type"), Some("html"));
    assert_eq!(content.text, "<p>Hello <b>world</b> &amp; all</p>");
    assert!(content.children.is_empty());
}

#[test]
fn fd_t_06_dates_are_rfc3339() {
    let root = read_atom(&feed());
    assert_eq!(root.all("entry")[0].text("published"), Some("2024-05-02T09:30:00Z"));
}

#[test]
fn fd_t_07_links_of_entries() {
    let root = read_atom(&feed());
    let entries = root.all("entry");
    let enclosures: Vec<_> = entries[2].all("link");
    let enclosures: Vec<_> =
        enclosures.iter().filter(|link| link.attr("rel") == Some("enclosure")).collect();
    assert_eq!(enclosures.len(), 3);
    assert_eq!(enclosures[1].attr("length"), Some("1234"));
    assert_eq!(enclosures[1].attr("title"), Some("Sound"));
    assert_eq!(enclosures[2].attr("length"), None);
    assert_eq!(entries[2].links("link", "related"), [("https://carl.example/", None)]);
    let reply = entries[0].get("thr:in-reply-to").unwrap();
    assert_eq!(reply.attr("ref"), Some("https://bob.example/1?a&b"));
    assert_eq!(reply.attr("href"), Some("https://bob.example/1?a&b"));
    assert_eq!(root.attr("xmlns:thr"), Some("http://purl.org/syndication/thread/1.0"));
    let replies = [("https://ana.example/posts/hello/#comments", Some("text/html"))];
    assert_eq!(entries[1].links("link", "replies"), replies);
}

#[test]
fn fd_t_09_paged_feeds_name_their_neighbours() {
    let next_url = Some("https://ana.example/feed/2".to_owned());
    let root = read_atom(&Feed { next_url, ..feed() });
    assert_eq!(root.links("link", "next").len(), 1);
    assert!(read_atom(&feed()).links("link", "next").is_empty());
}

#[test]
fn fd_j_01_top_level() {
    let text = jsonfeed::write(&feed());
    assert!(text.starts_with("{\n  \"version\": \"https://jsonfeed.org/version/1.1\","));
    let json = read_json(&feed());
    for (name, expected) in [
        ("title", "Ana & Co"),
        ("home_page_url", "https://ana.example/"),
        ("description", "All <posts>"),
        ("icon", "https://ana.example/icon-512.png"),
        ("favicon", "https://ana.example/icon-64.png"),
        ("language", "en"),
    ] {
        assert_eq!(json[name], expected, "{name}");
    }
    assert_eq!(json["authors"][0]["avatar"], "https://ana.example/ana.jpg");
    assert!(json.get("next_url").is_none());
    let circle = Feed { next_url: Some(feed().self_url), ..feed() };
    assert!(read_json(&circle).get("next_url").is_none());
}

#[test]
fn fd_j_02_items() {
    let json = read_json(&feed());
    let item = &json["items"][2];
    let expected = serde_json::json!({
        "id": "https://ana.example/bookmarks/1/",
        "url": "https://ana.example/bookmarks/1/",
        "external_url": "https://carl.example/",
        "title": "A link",
        "content_html": "<p>Look</p>",
        "image": "https://ana.example/a.jpg",
        "date_published": "2024-04-01T00:00:00Z",
        "authors": [{"name": "Guest"}],
        "language": "de",
        "attachments": [
            {"url": "ftp://no.example/a", "mime_type": "audio/mpeg"},
            {
                "url": "https://ana.example/a.mp3", "mime_type": "audio/mpeg", "title": "Sound",
                "size_in_bytes": 1234, "duration_in_seconds": 61,
            },
            {"url": "https://ana.example/b.mp3", "mime_type": "audio/mpeg"},
        ],
    });
    assert_eq!(*item, expected);
    assert_eq!(json["items"][1]["date_modified"], "2024-05-03T10:00:00+01:00");
    assert_eq!(json["items"][1]["tags"][1], "r&b");
    let bare = Item { content_text: None, ..note() };
    let json = read_json(&Feed { items: vec![bare], ..feed() });
    assert_eq!(json["items"][0]["content_text"], "Just a note", "one of the contents is there");
}

#[test]
fn fd_j_03_plain_notes_are_content_text() {
    let json = read_json(&feed());
    assert_eq!(json["items"][0]["content_text"], "Just a note\nwith <two> lines");
    assert!(json["items"][0].get("content_html").is_none());
    assert!(json["items"][1].get("content_text").is_none());
}

#[test]
fn fd_j_05_safe_inside_a_script_element() {
    let text = jsonfeed::write(&feed_of("</script><!-- \u{2028}\u{2029}"));
    assert!(!text.contains(['<', '\u{2028}', '\u{2029}']));
    assert!(text.contains("\\u003c/script>"));
}
