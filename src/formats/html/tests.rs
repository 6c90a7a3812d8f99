//! Tests of the tree: what is read, what is left out, and where reading stops.

use super::build::{DEEPEST, MOST};
use super::*;
use proptest::prelude::*;

fn outline(html: &str) -> String {
    let document = Document::parse(html);
    let shown = |step| match step {
        Step::Start(element) => format!("<{}>", element.name()),
        Step::Text(text) => text.to_owned(),
        Step::End(element) => format!("</{}>", element.name()),
    };
    let all: String = document.walk().map(shown).collect();
    all.replace("<html><head></head><body>", "").replace("</body></html>", "")
}

fn body(document: &Document) -> Element<'_> {
    document.elements().find(|e| e.name() == "body").unwrap()
}

#[test]
fn any_text_becomes_a_tree() {
    for (html, expected) in [
        ("<p>a<b>c</b>d", "<p>a<b>c</b>d</p>"),
        ("a<!-- no -->b", "ab"),
        ("<table>x<tr><td>y</table>", "x<table><tbody><tr><td>y</td></tr></tbody></table>"),
        ("<p>1<b>2<i>3</b>4</i>5", "<p>1<b>2<i>3</i></b><i>4</i>5</p>"),
        ("a<noscript><p>x</p></noscript>", "a<noscript><p>x</p></noscript>"),
        ("<div><textarea><p></textarea></div>", "<div><textarea><p></textarea></div>"),
        ("<br>", "<br></br>"),
        ("", ""),
        ("</x><//>&&#x;<", "&&#x;<"),
    ] {
        assert_eq!(outline(html), expected, "{html}");
    }
}

#[test]
fn templates_are_no_part_of_the_tree() {
    assert_eq!(outline("<p>a<template><p>b<template>c</template></p>d</template>e"), "<p>ae</p>");
    assert_eq!(
        outline("<table><template><tr></template><tr></table>"),
        outline("<table><tr></table>")
    );
    assert_eq!(outline("<template>"), "");
    let shadow = "<p>a<template shadowrootmode=open><b>b</b></template>c";
    assert_eq!(outline(shadow), "<p>ac</p>");
}

#[test]
fn elements_tell_what_is_in_them() {
    let document =
        Document::parse("<div id=a CLASS=' x  y\n'>1<p>2<script>3</script></p><i></i></div>");
    let div = body(&document).only_child().unwrap();
    assert_eq!((div.name(), div.attribute("id"), div.attribute("x")), ("div", Some("a"), None));
    assert_eq!(div.classes().collect::<Vec<_>>(), ["x", "y"]);
    assert!(div.has_class("y") && !div.has_class("Y"));
    assert_eq!(div.text(), "123");
    assert_eq!(div.children().map(Element::name).collect::<Vec<_>>(), ["p", "i"]);
    assert!(div.only_child().is_none());
    assert!(div.children().all(|child| child.parent() == Some(div)));
    assert_eq!(div.parent(), Some(body(&document)));
    assert!(!document.is_cut());
}

#[test]
fn walks_can_skip_elements() {
    let document = Document::parse("<p>a<b>b<i>c</i></b>d</p><u>e</u>");
    let mut walk = document.walk();
    let mut seen = String::new();
    while let Some(step) = walk.next() {
        match step {
            Step::Start(element) if element.name() == "b" => walk.leave(element),
            Step::Text(text) => seen.push_str(text),
            _ => {}
        }
    }
    assert_eq!(seen, "ade");
}

#[test]
fn html_is_written_as_it_was_read() {
    for html in [
        "a<br>b <img src=\"x\" alt=\"&quot;&amp;&nbsp;\"> c",
        "<p>1 &lt; 2 &amp;&nbsp;3 &gt; 2</p>",
        "<script>a < b && c</script><style>p > a {}</style>",
        "<svg viewBox=\"0 0 1 1\"><a xlink:href=\"x\"><foreignObject><p>x</p></foreignObject></a></svg>",
        "<pre>a\n\nb</pre>",
    ] {
        assert_eq!(body(&Document::parse(&format!("<body>{html}"))).inner_html(), html);
    }
    let document = Document::parse("<a href=x title=y>z</a>");
    let html =
        body(&document).inner_html_with(|name, _| (name == "href").then(|| "\"&<".to_owned()));
    assert_eq!(html, "<a href=\"&quot;&amp;<\" title=\"y\">z</a>");
}

#[test]
fn mf_i_06_the_base_is_the_page_or_the_first_base_element() {
    let page = Url::parse("https://a.example/b/c").unwrap();
    for (html, expected) in [
        ("", "https://a.example/b/c"),
        ("<base><base href='/d/'><base href='/e/'>", "https://a.example/d/"),
        ("<base href='https://b.example'>", "https://b.example/"),
        ("<base href=' d '>", "https://a.example/b/d"),
        ("<base href='javascript:x'>", "https://a.example/b/c"),
        ("<base href='https://'>", "https://a.example/b/c"),
    ] {
        assert_eq!(Document::parse(html).base(&page).as_str(), expected, "{html}");
    }
}

/// What is in a tree at most: what was there when it was cut, and one slice more.
const BOUND: usize = 2 * MOST + 200_000;

#[test]
fn mf_i_08_deep_documents_are_cut() {
    for tag in ["<div>", "<b>", "<b><div>", "<ul><li>", "<table><tr><td>", "<svg><g>", "<font x>"] {
        let html = format!("<p>first</p>{}last", tag.repeat(5_000));
        let document = Document::parse(&html);
        let mut depth = 0_usize;
        let mut deepest = 0;
        for step in document.walk() {
            match step {
                Step::Start(_) => depth += 1,
                Step::Text(_) => {}
                Step::End(_) => depth -= 1,
            }
            deepest = deepest.max(depth);
        }
        assert!(document.is_cut(), "{tag}");
        assert!(deepest <= 4 * DEEPEST && document.nodes.len() < BOUND, "{tag} {deepest}");
        assert!(body(&document).text().starts_with("first"), "{tag}");
        assert!(body(&document).inner_html().starts_with("<p>first</p>"), "{tag}");
    }
}

#[test]
fn mf_i_08_documents_that_grow_are_cut() {
    let numbered = |n: usize, from: &str| -> String {
        (0..n).map(|n| from.replace('#', &n.to_string())).collect()
    };
    for html in [
        "<p>".to_owned() + &numbered(400, "<b x=#>") + &"<p>x".repeat(100_000),
        numbered(100_000, "<a x=#>y<p>"),
        format!("<p><b {}>", numbered(4_000, "a# ")) + &"<p>x".repeat(10_000),
        "<p>".to_owned()
            + &numbered(300, &format!("<i x=# {}>", numbered(10, "a# ")))
            + &"<p>x".repeat(10_000),
        format!("<p {}>", numbered(100_000, "a# ")),
        "<i>".repeat(400_000),
        "<br>".repeat(260_000),
    ] {
        let document = Document::parse(&html);
        let size = |node: &Node| match &node.kind {
            Kind::Element(tag) => 1 + tag.attributes.len(),
            Kind::Text(_) | Kind::Other => 1,
        };
        let made: usize = document.nodes.iter().map(size).sum();
        assert!(document.is_cut() && made < 2_000_000, "{made} of {html:.60}");
    }
    for html in ["<p>".repeat(50_000), "a".repeat(1 << 20), "<b>x</b>".repeat(30_000)] {
        assert!(!Document::parse(&html).is_cut());
    }
}

#[test]
fn long_comments_and_attributes_are_read_past() {
    let words = "<a b=c> / \"d\" ".repeat(10_000);
    for html in [
        format!("a<!--{words}-->b"),
        format!("a<!--{words}--><!--{words}-->b"),
        format!("a<i title='{}'></i>b", "\"word\",".repeat(100_000)),
        format!("a<i title={}></i>b", "x".repeat(1 << 20)),
        format!("a<script>{words}</script>b").replace("c>", "c"),
    ] {
        let document = Document::parse(&html);
        let text = body(&document).text();
        assert!(text.starts_with('a') && text.ends_with('b') && !document.is_cut(), "{html:.20}");
    }
    for html in [format!("a<!--{words}"), format!("a<i {}>b", words.replace('>', ""))] {
        assert!(Document::parse(&html).is_cut());
    }
}

proptest! {
    #[test]
    fn any_markup_is_read_alike_in_pieces(html in "(\\PC|</?(a|b|p|div|table|tr|td|template|svg|i|select|option|form)[ >]|x=|<!--|-->|[\"'<>=&#]|\n){0,60}") {
        let document = Document::parse(&html);
        prop_assert!(!document.is_cut());
        let starts = document.walk().filter(|step| matches!(step, Step::Start(_))).count();
        let ends = document.walk().filter(|step| matches!(step, Step::End(_))).count();
        prop_assert_eq!(starts, ends);
        prop_assert!(document.elements().all(|e| e.name() != "template"));
    }
}
