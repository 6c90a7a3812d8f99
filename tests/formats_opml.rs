//! OPML against the conformance list; each test is named after its item.

#![allow(clippy::unwrap_used, reason = "clippy.toml exempts test functions, but not their helpers")]

use lanai::formats::opml::{Opml, Outline, read, write};

fn feed(text: &str, url: &str) -> Outline {
    Outline { text: text.into(), xml_url: Some(url.into()), ..Outline::default() }
}

fn folder(text: &str, children: Vec<Outline>) -> Outline {
    Outline { text: text.into(), children, ..Outline::default() }
}

fn list() -> Opml {
    let full = Outline {
        text: "Bob & \"Bobby\" <3".into(),
        title: Some("Bob's weblog".into()),
        xml_url: Some("https://bob.example/feed?a&b".into()),
        html_url: Some("https://bob.example/".into()),
        description: Some("A\nfew &amp; lines".into()),
        language: Some("de".into()),
        children: Vec::new(),
    };
    Opml {
        title: "Ana & friends".into(),
        date_modified: Some("2024-05-01T09:30:00+01:00[Europe/Lisbon]".parse().unwrap()),
        owner_name: Some("Ana <Mora>".into()),
        owner_id: Some("https://ana.example/".into()),
        outlines: vec![
            full,
            folder("Empty", Vec::new()),
            folder(
                "Friends 😀",
                vec![
                    feed("Carl", "https://carl.example/rss"),
                    folder("Close", vec![feed("Dora", "https://dora.example/atom")]),
                    feed("Bob again", "https://bob.example/feed?a&b"),
                ],
            ),
        ],
    }
}

fn outlines(body: &str) -> Vec<Outline> {
    read(format!("<opml version='2.0'><body>{body}</body></opml>").as_bytes()).unwrap().outlines
}

#[test]
fn fd_o_01_head_and_body() {
    let xml = write(&list());
    assert!(
        xml.starts_with("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<opml version=\"2.0\">\n")
    );
    assert!(xml.contains("<title>Ana &amp; friends</title>"));
    assert!(xml.contains("<dateModified>Wed, 01 May 2024 09:30:00 +0100</dateModified>"));
    assert!(xml.contains("<ownerName>Ana &lt;Mora&gt;</ownerName>"));
    assert!(xml.contains("<ownerId>https://ana.example/</ownerId>"));
    let empty = write(&Opml { title: "None yet".into(), ..Opml::default() });
    assert!(
        empty.contains("<outline text=\"None yet\" isComment=\"true\"/>"),
        "one outline at least"
    );
    assert_eq!(read(empty.as_bytes()).unwrap().outlines, Vec::new());
}

#[test]
fn fd_o_02_subscriptions_and_folders() {
    let xml = write(&list());
    assert!(xml.contains(
        "<outline type=\"rss\" text=\"Carl\" title=\"Carl\" xmlUrl=\"https://carl.example/rss\"/>"
    ));
    assert!(xml.contains("<outline text=\"Close\">"));
    assert!(xml.contains("htmlUrl=\"https://bob.example/\""));
}

#[test]
fn fd_o_04_versions_and_spellings() {
    let text = r#"<?xml version="1.0" encoding="ISO-8859-1"?>
        <!DOCTYPE opml [<!ENTITY a "&b;&b;">]>
        <OPML version="1.0"><HEAD><TITLE>Mine &amp; yours</TITLE></HEAD><BODY>
        <outline title="Only title" type="RSS" XMLURL="https://a.example/feed"/>
        <OUTLINE text="A" xmlurl=" https://b.example/feed "></OUTLINE>
        <outline xmlURL="https://c.example/feed"/>
        <outline type="rss" text="Old" url="https://d.example/feed"/>
        <outline text=unquoted xmlUrl='feed:https://e.example/feed'/>
        <outline text="Scheme" xmlUrl="feed://f.example/feed"/>
        </BODY></OPML>"#;
    let opml = read(text.as_bytes()).unwrap();
    assert_eq!(opml.title, "Mine & yours");
    let expected = [
        ("Only title", "https://a.example/feed"),
        ("A", "https://b.example/feed"),
        ("https://c.example/feed", "https://c.example/feed"),
        ("Old", "https://d.example/feed"),
        ("unquoted", "https://e.example/feed"),
        ("Scheme", "http://f.example/feed"),
    ];
    assert_eq!(opml.outlines, expected.map(|(text, url)| feed(text, url)));
}

#[test]
fn fd_o_04_missing_outer_parts() {
    for text in [
        "<opml><outline text='A' xmlUrl='https://a.example/'/></opml>",
        "<outline text='A' xmlUrl='https://a.example/'/>",
        "\u{feff}\n <opml><body><outline text='A' xmlUrl='https://a.example/'>",
        "<opml><body><outline text='A' xmlUrl='https://a.example/'/></opml>junk < & <",
        "junk<opml><body></head><outline text='A' xmlUrl='https://a.example/'></b></outline></body></opml>",
    ] {
        let opml = read(text.as_bytes()).unwrap();
        assert_eq!(opml.outlines, [feed("A", "https://a.example/")], "{text}");
    }
}

#[test]
fn fd_o_04_entities_and_bare_ampersands() {
    let found = outlines(
        "<outline text='Caf&eacute; &amp; B&#228;r&nbsp;&#x1F600; A & B &unknown; C&' \
         xmlUrl='https://a.example/?a=1&b=2&amp;c=3'/>",
    );
    assert_eq!(
        found,
        [feed("Café & Bär\u{a0}😀 A & B &unknown; C&", "https://a.example/?a=1&b=2&c=3")]
    );
    let twice = outlines("<outline text='&amp;lt;b&amp;gt;'/>");
    assert_eq!(twice, [folder("&lt;b&gt;", Vec::new())], "references are resolved once");
}

#[test]
fn fd_o_04_wrong_charset() {
    let mut latin =
        b"<?xml version='1.0' encoding='utf-8'?><opml><body><outline text='Caf".to_vec();
    latin.push(0xe9);
    latin.extend(b"' xmlUrl='https://a.example/'/></body></opml>");
    assert_eq!(read(&latin).unwrap().outlines, [feed("Café", "https://a.example/")]);
    let text =
        "<?xml version='1.0' encoding='utf-16'?><opml><body><outline text='é'/></body></opml>";
    let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(read(&utf16).unwrap().outlines, [folder("é", Vec::new())]);
}

#[test]
fn fd_o_04_deep_folders_and_duplicates() {
    let depth = 5000;
    let text = format!(
        "{}<outline text='In' xmlUrl='https://a.example/'/>{}",
        "<outline text='F'>".repeat(depth),
        "</outline>".repeat(depth)
    );
    let opml = Opml { outlines: outlines(&text), ..Opml::default() };
    let feeds = opml.feeds();
    assert_eq!(feeds.len(), 1);
    assert_eq!(feeds.first().unwrap().0.len(), 64, "the rest is flattened");
    let found = outlines(
        "<outline text='A' xmlUrl='https://a.example/'/><outline text='B' xmlUrl='https://a.example/'/>",
    );
    assert_eq!(found, [feed("A", "https://a.example/")]);
    let twice = Opml { outlines: list().outlines, ..Opml::default() };
    let names: Vec<(String, &str)> = twice
        .feeds()
        .into_iter()
        .map(|(path, outline)| (path.join("/"), outline.text.as_str()))
        .collect();
    assert_eq!(
        names,
        [
            (String::new(), "Bob & \"Bobby\" <3"),
            ("Friends 😀".into(), "Carl"),
            ("Friends 😀/Close".into(), "Dora"),
        ]
    );
}

#[test]
fn fd_o_04_ten_thousand_outlines() {
    let one = |n: usize| format!("<outline text='Feed {n}' xmlUrl='https://{n}.example/feed'/>");
    let text: String = (0..10_000).map(one).collect();
    assert_eq!(outlines(&text).len(), 10_000);
    let nested: String =
        (0..10_000).map(|n| format!("<outline text='{n}'>{}</outline>", one(n))).collect();
    assert_eq!(outlines(&nested).len(), 10_000);
}

#[test]
fn fd_o_05_inclusions_and_comments_are_not_followed() {
    let found = outlines(
        "<outline text='A' type='include' url='https://a.example/list.opml'/>\
         <outline text='B' type='link' url='https://b.example/'><outline text='in B'/></outline>\
         <outline text='C' isComment='true'><outline text='D' xmlUrl='https://d.example/'/></outline>\
         <outline text='E' xmlUrl='javascript:alert(1)'/>\
         <outline text='F' type='link' xmlUrl='https://f.example/'/>",
    );
    assert_eq!(found, [folder("E", Vec::new()), feed("F", "https://f.example/")]);
}

#[test]
fn fd_o_06_export_then_import_gives_the_same_tree() {
    let read_back = read(write(&list()).as_bytes()).unwrap();
    assert_eq!(read_back, list());
}

#[test]
fn what_is_no_opml_is_an_error_with_its_place() {
    for text in ["", "hello", "<html><body>Sign in</body></html>", "{\"version\": 1}"] {
        let error = read(text.as_bytes()).unwrap_err();
        assert!(error.message.contains("no OPML"), "{text}: {error}");
    }
    let error = read(b"<opml>\n  <body>\n    <outline text='a").unwrap_err();
    assert_eq!((error.line, error.column), (3, 5), "{error}");
}

#[test]
fn damaged_files_never_panic() {
    let text = write(&list());
    let mut seed = 7_usize;
    for end in (0..text.len()).step_by(5) {
        let _ = read(text.as_bytes().get(..end).unwrap_or_default());
    }
    for _ in 0..3000 {
        let mut bytes = text.clone().into_bytes();
        for _ in 0..3 {
            seed = seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let at = (seed >> 16) % bytes.len();
            if let Some(byte) = bytes.get_mut(at) {
                *byte = b"<>&'\"/=! \0\xff;#x"[(seed >> 8) % 14];
            }
        }
        let _ = read(&bytes);
    }
}
