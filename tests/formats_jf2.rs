//! Mention and cite files as the site format describes them and as webmention.io writes them.

#![allow(clippy::unwrap_used, reason = "clippy.toml exempts test functions, but not their helpers")]

use lanai::formats::jf2::{MentionAuthor, MentionProperty, read_cite, read_mention};

const REPLY: &str = r#"{
  "type": "entry",
  "author": {
    "type": "card", "name": "Bob", "photo": "avatars/bob.jpg", "url": "https://bob.example/",
    "verified": true
  },
  "url": "https://bob.example/posts/1",
  "published": "2024-05-01T09:30:00+02:00",
  "wm-received": "2024-05-01T07:31:00Z",
  "wm-id": 1234567,
  "wm-source": "https://brid.example/comment/1",
  "wm-target": "https://ana.example/posts/hello/",
  "wm-protocol": "webmention",
  "name": "Re: Hello",
  "content": {"html": "<p>Nice <script>x</script></p>", "text": "Nice"},
  "summary": {"content-type": "text/plain", "value": "Nice!"},
  "in-reply-to": "https://ana.example/posts/hello/",
  "syndication": ["https://social.example/1", "javascript:alert(1)"],
  "wm-property": "in-reply-to",
  "wm-private": false,
  "unknown": {"x": [1, 2]},
  "children": [
    {
      "type": "entry", "url": "https://carl.example/1", "author": "Carl", "content": "Me too",
      "wm-property": "like-of", "children": [{"url": "https://dora.example/", "content": "And me"}]
    },
    {"type": "entry", "content": "from nowhere"},
    "no object"
  ]
}"#;

#[test]
fn webmention_io_reply() {
    let mention = read_mention(REPLY.as_bytes()).unwrap();
    assert_eq!(mention.source, "https://brid.example/comment/1");
    assert_eq!(mention.target, "https://ana.example/posts/hello/");
    assert_eq!(mention.url.as_deref(), Some("https://bob.example/posts/1"));
    assert_eq!(mention.id.as_deref(), Some("1234567"));
    assert_eq!(mention.property, MentionProperty::Reply);
    assert_eq!(mention.received.unwrap().timestamp().to_string(), "2024-05-01T07:31:00Z");
    assert_eq!(mention.published.unwrap().offset().seconds(), 7200);
    let author = MentionAuthor {
        name: Some("Bob".into()),
        url: Some("https://bob.example/".into()),
        photo: Some("avatars/bob.jpg".into()),
        verified: true,
    };
    assert_eq!(mention.author, author);
    assert_eq!(mention.name.as_deref(), Some("Re: Hello"));
    assert_eq!(mention.content_html.as_deref(), Some("<p>Nice <script>x</script></p>"));
    assert_eq!(mention.content_text.as_deref(), Some("Nice"));
    assert_eq!(mention.summary.as_deref(), Some("Nice!"));
    assert_eq!(mention.syndication, ["https://social.example/1"]);
    assert_eq!(mention.in_reply_to, ["https://ana.example/posts/hello/"]);
    assert!(!mention.private);
    // Children without a source are left out; their target is what they hang below.
    assert_eq!(mention.children.len(), 1);
    let child = mention.children.first().unwrap();
    assert_eq!(child.target, "https://bob.example/posts/1");
    assert_eq!(child.property, MentionProperty::Like);
    assert_eq!(child.author.name.as_deref(), Some("Carl"));
    assert_eq!(child.content_text.as_deref(), Some("Me too"));
    assert_eq!(child.children.first().unwrap().target, "https://carl.example/1");
}

fn mention_with(rest: &str) -> lanai::formats::jf2::MentionFile {
    let text = format!(
        r#"{{"wm-source": "https://b.example/", "wm-target": "https://a.example/"{rest}}}"#
    );
    read_mention(text.as_bytes()).unwrap()
}

#[test]
fn shapes_of_author_and_content() {
    let author = |json: &str| mention_with(&format!(r#", "author": {json}"#)).author;
    assert_eq!(author(r#""Bob""#).name.as_deref(), Some("Bob"));
    assert_eq!(author(r#""https://b.example/""#).url.as_deref(), Some("https://b.example/"));
    assert_eq!(
        author(r#"[{"name": ["Bob", "B"], "url": ["x", "https://b.example/"]}]"#).name.as_deref(),
        Some("Bob")
    );
    assert_eq!(author("null"), MentionAuthor::default());
    assert_eq!(author("5").name.as_deref(), Some("5"));
    for photo in
        ["avatars/../x", "/etc/passwd", "data:image/png;base64,x", "avatars/", "avatars/a\\\\b"]
    {
        assert_eq!(author(&format!(r#"{{"photo": "{photo}"}}"#)).photo, None, "{photo}");
    }
    for photo in ["https://b.example/b.jpg", "avatars/b.jpg", "avatars/x/b.jpg"] {
        assert_eq!(author(&format!(r#"{{"photo": "{photo}"}}"#)).photo.as_deref(), Some(photo));
    }
    let content = |json: &str| {
        let mention = mention_with(&format!(r#", "content": {json}"#));
        (mention.content_html, mention.content_text)
    };
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(content(r#""a < b""#), (None, some("a < b")));
    assert_eq!(content(r#"{"html": "<b>"}"#), (some("<b>"), None));
    assert_eq!(content(r#"{"value": "v"}"#), (None, some("v")));
    assert_eq!(
        content(r#"{"content-type": "text/html", "value": "<b>", "text": "b"}"#),
        (some("<b>"), some("b"))
    );
    assert_eq!(content(r#"[{"html": "<b>", "value": "b"}]"#), (some("<b>"), some("b")));
    assert_eq!(content("[]"), (None, None));
    assert_eq!(content(r#""  ""#), (None, None));
}

#[test]
fn properties_and_targets() {
    let property = |json: &str| mention_with(&format!(", {json}")).property;
    for (name, expected) in [
        ("in-reply-to", MentionProperty::Reply),
        ("like-of", MentionProperty::Like),
        ("repost-of", MentionProperty::Repost),
        ("bookmark-of", MentionProperty::Bookmark),
        ("rsvp", MentionProperty::Rsvp),
        ("follow-of", MentionProperty::Follow),
        ("mention-of", MentionProperty::Mention),
        ("something-new", MentionProperty::Mention),
    ] {
        assert_eq!(property(&format!(r#""wm-property": "{name}""#)), expected);
        assert_eq!(property(&format!(r#""{name}": "https://a.example/""#)), expected, "{name}");
        if expected.name() != "mention-of" {
            assert_eq!(expected.name(), name);
        }
    }
    let rsvp = mention_with(
        r#", "wm-property": "rsvp", "rsvp": "Yes", "in-reply-to": "https://a.example/""#,
    );
    assert_eq!((rsvp.property, rsvp.rsvp.as_deref()), (MentionProperty::Rsvp, Some("yes")));
    let bare = br#"{"url": "https://b.example/", "like-of": {"type": "cite", "url": "https://a.example/"}}"#;
    let bare = read_mention(bare).unwrap();
    assert_eq!(
        (bare.source.as_str(), bare.target.as_str()),
        ("https://b.example/", "https://a.example/")
    );
    assert_eq!((bare.property, bare.url), (MentionProperty::Like, None));
    assert!(mention_with(r#", "wm-private": true"#).private);
    assert!(mention_with(r#", "wm-private": "true""#).private);
}

#[test]
fn errors_have_a_place() {
    let error = read_mention(b"{\n  \"url\": \"https://b.example/\",\n  oops\n}").unwrap_err();
    assert_eq!((error.line, error.column), (3, 3), "{error}");
    assert_eq!(error.to_string(), "key must be a string (line 3, column 3)");
    let error = read_mention(b"[1]").unwrap_err();
    assert_eq!(error.line, 1, "{error}");
    let error = read_mention(b"{}").unwrap_err();
    assert!(error.message.contains("wm-source"), "{error}");
    let error = read_mention(br#"{"wm-source": "https://b.example/"}"#).unwrap_err();
    assert!(error.message.contains("wm-target"), "{error}");
    let error =
        read_mention(br#"{"wm-source": "javascript:x", "wm-target": "https://a.example/"}"#);
    assert!(error.is_err());
    assert!(read_cite(b"{\"name\": \"x\"}").unwrap_err().message.contains("`url`"));
    assert!(read_cite(b"").is_err());
    assert!(read_cite(b"\xff").is_err());
}

#[test]
fn cite_files() {
    let cite = read_cite(
        br#"{"type": "cite", "url": "https://c.example/", "name": "A page", "author": {"name": "Carl"},
            "content": "Some text", "published": "2024-05-01", "publication": "The Paper"}"#,
    )
    .unwrap();
    assert_eq!(cite.url, "https://c.example/");
    assert_eq!(cite.name.as_deref(), Some("A page"));
    assert_eq!(cite.author.name.as_deref(), Some("Carl"));
    assert_eq!(cite.content_text.as_deref(), Some("Some text"));
    assert_eq!(cite.published.unwrap().date().to_string(), "2024-05-01");
    assert_eq!(cite.publication.as_deref(), Some("The Paper"));
}

#[test]
fn damaged_files_never_panic() {
    let mut seed = 11_usize;
    for _ in 0..3000 {
        let mut bytes = REPLY.as_bytes().to_vec();
        for _ in 0..3 {
            seed = seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let at = (seed >> 16) % bytes.len();
            if let Some(byte) = bytes.get_mut(at) {
                *byte = b"{}[]\",:\\0tn \xff"[(seed >> 8) % 13];
            }
        }
        let _ = read_mention(&bytes);
        let _ = read_cite(&bytes);
    }
    let deep = format!("{}{}", "{\"children\":[".repeat(100_000), "]}".repeat(100_000));
    assert!(read_mention(deep.as_bytes()).is_err());
}
