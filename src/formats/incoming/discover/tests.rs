//! Finding the feeds of pages, by the items FD-D of the conformance list.

use super::*;

fn url(text: &str) -> Url {
    Url::parse(text).unwrap()
}

fn found(html: &str) -> Vec<(String, Kind)> {
    let page = url("https://ana.example/blog/");
    let all = feeds(&Document::parse(html), &page);
    all.into_iter().map(|feed| (feed.url.to_string(), feed.kind)).collect()
}

#[test]
fn fd_d_02_links_of_all_types_are_found() {
    let html = "<head><base href='https://cdn.example/x/'>\
        <link rel='ALTERNATE' type='Application/RSS+XML; charset=utf-8' href='rss.xml'>\
        <link rel='alternate home' type='application/atom+xml' href='/atom'>\
        <link rel=alternate type=application/feed+json href='https://ana.example/feed.json'>\
        <link rel=alternate type=application/json href='/wp-json/wp/v2/posts/1'>\
        <link rel=alternate type=application/json href='/posts.json'>\
        <link rel=alternate type=text/html hreflang=de href='/de/'>\
        <link rel='alternate stylesheet' type=text/css href='/x.css'>\
        <link rel=alternate type=application/json+oembed href='/o'>\
        <body><a rel=feed href='/notes'>Notes</a><a rel=feed type=text/html href='/photos'>P</a>\
        <link rel=alternate type=application/atom+xml href=''>";
    let expected = [
        ("https://cdn.example/x/rss.xml", Kind::Rss),
        ("https://cdn.example/atom", Kind::Atom),
        ("https://ana.example/feed.json", Kind::Json),
        ("https://cdn.example/posts.json", Kind::Json),
        ("https://cdn.example/notes", Kind::Unknown),
        ("https://cdn.example/x/", Kind::Atom),
        ("https://cdn.example/photos", Kind::HFeed),
    ];
    assert_eq!(found(html), expected.map(|(url, kind)| (url.to_owned(), kind)));
}

#[test]
fn fd_d_02_a_page_with_posts_is_a_feed_itself() {
    let html = "<title>Ana</title><link rel=alternate type=application/rss+xml href=/rss title=Main>\
        <div class=h-entry><a class=u-url href=/1>1</a></div><div class=h-entry><a class=u-url href=/2>2</a></div>";
    let page = url("https://ana.example/blog/");
    let all = feeds(&Document::parse(html), &page);
    assert_eq!(all.len(), 2);
    assert_eq!((all[0].kind, all[0].title.as_deref()), (Kind::Rss, Some("Main")));
    assert_eq!((all[1].kind, all[1].title.as_deref()), (Kind::HFeed, Some("Ana")));
    assert_eq!(all[1].url, page);
    assert_eq!(found("<p>nothing</p>"), []);
}

#[test]
fn fd_d_03_comments_come_last_and_each_once() {
    let html = "<link rel=alternate type=application/rss+xml title='Comments Feed' href=/c>\
        <link rel=alternate type=application/rss+xml href=/blog/comments/feed/>\
        <link rel=alternate type=application/rss+xml title='Ana &amp; Co' href=/rss>\
        <link rel=alternate type=application/rss+xml href=/rss>";
    let page = url("https://ana.example/");
    let all = feeds(&Document::parse(html), &page);
    let urls: Vec<&str> = all.iter().map(|feed| feed.url.path()).collect();
    assert_eq!(urls, ["/rss", "/c", "/blog/comments/feed/"]);
    assert_eq!(all[0].title.as_deref(), Some("Ana & Co"));
    assert!(!all[0].is_comments && all[1].is_comments && all[2].is_comments);
}

#[test]
fn fd_d_04_fallbacks_at_the_root_and_beside_the_page() {
    let all = fallbacks(&url("https://ana.example/blog/post?x=1#y"));
    assert_eq!(all.len(), 16);
    assert_eq!(all[0].as_str(), "https://ana.example/feed");
    assert!(all.contains(&url("https://ana.example/rss/")));
    assert!(all.contains(&url("https://ana.example/blog/index.xml")));
    assert_eq!(fallbacks(&url("https://ana.example/")).len(), 8);
    let asked = url("https://ana.example/feed");
    assert!(!is_hit(&asked, &url("https://ana.example/")));
    assert!(!is_hit(&asked, &url("https://www.ana.example/")));
    assert!(is_hit(&asked, &url("https://ana.example/feed.xml")));
    assert!(is_hit(&asked, &url("https://ana.example/?feed=rss2")));
    assert!(is_hit(&asked, &asked));
}

#[test]
fn fd_d_05_the_scheme_of_feeds_is_unwrapped() {
    for (text, expected) in [
        ("feed:https://ana.example/rss", Some("https://ana.example/rss")),
        ("feed://ana.example/rss", Some("http://ana.example/rss")),
        (" FEED:http://ana.example/", Some("http://ana.example/")),
        ("feed://https://ana.example/rss", Some("https://ana.example/rss")),
        ("feed:javascript:alert(1)", None),
        ("https://ana.example/", None),
        ("feed:", None),
    ] {
        assert_eq!(unwrap(text).as_ref().map(Url::as_str), expected, "{text}");
    }
    let html = "<link rel=alternate type=application/rss+xml href='feed:https://ana.example/rss'>";
    assert_eq!(found(html), [("https://ana.example/rss".to_owned(), Kind::Rss)]);
}

#[test]
fn fd_k_05_json_of_posts_before_the_page_itself() {
    let html = "<div class=h-feed><div class=h-entry><a class=u-url href=/1>1</a></div>\
        <div class=h-entry><a class=u-url href=/2>2</a></div></div>\
        <link rel=alternate type=application/mf2+json href=/mf2>";
    assert_eq!(
        found(html),
        [
            ("https://ana.example/mf2".to_owned(), Kind::Mf2),
            ("https://ana.example/blog/".to_owned(), Kind::HFeed)
        ]
    );
}
