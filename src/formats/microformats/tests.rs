//! Tests of the parser: its bounds, and how to ask for what it read. What it reads is tested by the
//! pages of `tests/formats_microformats.rs`.

use super::*;
use crate::formats::html::Document;
use proptest::prelude::*;

fn page() -> Url {
    Url::parse("https://ana.example/post").unwrap()
}

fn read(html: &str) -> Parsed {
    parse(&Document::parse(html), &page())
}

#[test]
fn mf_i_05_an_item_is_found_by_its_id() {
    let parsed = read(
        "<div class=h-feed id=f><div class=h-entry id=a>A</div><div class=h-entry id=b>B<i class='p-x h-x' id=c></i></div></div>",
    );
    assert_eq!(parsed.by_id("b").unwrap().id.as_deref(), Some("b"));
    assert!(parsed.by_id("c").unwrap().is("h-x"));
    assert!(parsed.by_id("d").is_none());
    let all: Vec<_> = parsed.all_items().filter_map(|item| item.id.as_deref()).collect();
    assert_eq!(all, ["f", "a", "b", "c"]);
}

#[test]
fn the_post_of_a_page_is_found() {
    let post = |html: &str, address: &str| {
        let url = Url::parse(address).unwrap();
        read(html).post(&url).and_then(|post| post.text("name")).map(str::to_owned)
    };
    let entry = |name: &str, id: &str| {
        format!(
            "<div class=h-entry id={name}><a class='p-name u-url' href='/{id}'>{name}</a></div>"
        )
    };
    let (one, two) = (entry("One", "1"), entry("Two", "post"));
    let card = "<a class=h-card href='/post'>Ana</a>";
    for (html, address, expected) in [
        (format!("{card}{one}{two}"), "https://ana.example/post", Some("Two")),
        (format!("{card}{one}{two}"), "https://ana.example/post#One", Some("One")),
        (format!("{card}{one}{two}"), "https://ana.example/post#x", Some("Two")),
        (format!("{card}{one}{two}"), "https://ana.example/other", Some("One")),
        (format!("<div class=h-feed>{one}{two}</div>"), "https://ana.example/post", Some("Two")),
        (format!("<div class=h-cite>{one}{two}</div>"), "https://ana.example/post", None),
        (card.to_owned(), "https://ana.example/post", None),
    ] {
        assert_eq!(post(&html, address).as_deref(), expected, "{html}");
    }
}

#[test]
fn items_are_asked_for_texts_addresses_and_items() {
    let parsed = read(
        "<div class=h-entry><b class=p-x> a </b><b class=p-x> </b><img class=u-x src=/b alt=c>
        <a class=u-x href='javascript:x'></a><a class=u-x href='mailto:a@b.example'></a>
        <div class='p-x h-cite'><a class='p-name u-url' href='/d'>D</a></div>
        <div class='u-x h-cite'>no address</div><div class='e-x'><i>e</i></div>
        <div class='u-comment h-cite'><b class=p-name>1</b></div><div class='u-comment h-cite'>2</div></div>",
    );
    let item = &parsed.items[0];
    assert!(item.is("h-entry") && item.is_post() && !item.is("h-cite"));
    let texts: Vec<&str> = item.texts("x").collect();
    assert_eq!(texts[..3], ["a", "https://ana.example/b", "javascript:x"]);
    assert_eq!((item.text("x"), item.text("y")), (Some("a"), None));
    let urls: Vec<String> = item.urls("x").map(String::from).collect();
    assert_eq!(
        urls,
        ["https://ana.example/b", "https://ana.example/d", "https://ana.example/no%20address"]
    );
    assert_eq!(item.url("x").unwrap().path(), "/b");
    assert_eq!(item.html("x"), Some("<i>e</i>"));
    assert_eq!(item.item("x").unwrap().text("name"), Some("D"));
    let comments: Vec<_> = item.items("comment").filter_map(|item| item.text("name")).collect();
    assert_eq!(comments, ["1", "2"]);
    assert!(item.values("nothing").is_empty());
}

#[test]
fn mf_i_08_items_are_not_nested_without_end() {
    let depth = |mut items: &[Item]| {
        let mut depth = 0;
        while let Some(item) = items.first() {
            depth += 1;
            items = &item.children;
        }
        depth
    };
    for deep in [31, 32, 33, 5_000] {
        let parsed = read(&"<div class=h-a>".repeat(deep));
        assert_eq!(depth(&parsed.items), deep.min(parse::DEEPEST));
        assert_eq!(parsed.is_cut, deep > parse::DEEPEST);
    }
    // Each would be repeated for two properties of the one around it.
    let document = Document::parse(&"<div class='h-a p-x p-y'>".repeat(32));
    let parsed = parse::parse(&document, &page(), 1 << 20);
    assert!(parsed.is_cut && parsed.all_items().count() < (1 << 20) / 256);
    let between = format!("{}x", "<div class='h-a'><div>".repeat(40));
    assert_eq!(depth(&read(&between).items), 32);
    let after = read(&format!("{}{}<p class=h-b>b", "<i class=h-a>".repeat(40), "</i>".repeat(40)));
    assert_eq!(after.items.len(), 2);
}

/// The bytes of all values and addresses that were read.
fn size(parsed: &Parsed) -> usize {
    let plain = |plain: &Plain| match plain {
        Plain::Text(text) => text.len(),
        Plain::Image { value, alt } => value.len() + alt.len(),
        Plain::Html { html, value } => html.len() + value.len(),
    };
    let of_item = |item: &Item| {
        let values = item.properties.iter().flat_map(|(_, values)| values);
        values.map(|value| plain(value.plain())).sum::<usize>()
    };
    let links = parsed.rels.all().flat_map(|(_, urls)| urls).map(String::len).sum::<usize>();
    parsed.all_items().map(of_item).sum::<usize>() + links
}

#[test]
fn mf_i_08_values_are_not_larger_than_a_bound() {
    let long = "text ".repeat(40_000);
    let classes = |n: usize| -> String {
        let letter = |n: usize| char::from(b'a' + u8::try_from(n % 26).unwrap());
        (0..n).map(|n| format!(" p-{}{}{}", letter(n), letter(n / 26), letter(n / 676))).collect()
    };
    let base = format!("<base href='https://b.example/{}/'>", "b".repeat(100_000));
    for html in [
        format!("<div class=h-a>{}{long}", "<div class=p-x>".repeat(400)),
        format!("<div class=h-a>{}{long}", "<div class=e-x>".repeat(400)),
        format!("<div class=h-a><div class='{}'>{long}", classes(17_000)),
        format!("{}{long}", "<i class='h-a p-x'>".repeat(30)),
        format!("{base}<div class=h-a>{}", "<a class=u-x href=x></a>".repeat(20_000)),
        format!("{base}<div class='h-a e-x'><p class=e-x>{}", "<a href=x></a>".repeat(20_000)),
        format!("{base}{}", "<a rel=x href=x></a>".repeat(20_000)),
        format!("<p class=h-a><b class='{} p-x'>{}", classes(17_000), "<p>x".repeat(50_000)),
        format!("<p class=h-a><p class=e-x><b title='{long}'>{}", "<p>x".repeat(50_000)),
        format!("<div class=h-a>{}", "<div class='p-x'><b class=value>".repeat(250)) + &long,
        format!("<div class='h-a'><div class='{}'>x", classes(17_000)),
        format!("<p><b class='h-a' id='{long}'>{}", "<p>x".repeat(50_000)),
        format!(
            "<p class=h-a><i class=p-x><b class='value-title' title='{long}'>{}",
            "<p>x".repeat(50_000)
        ),
    ] {
        let parsed = parse::parse(&Document::parse(&html), &page(), 1 << 20);
        let read = size(&parsed);
        assert!(parsed.is_cut && read < (1 << 20) + 8 * html.len(), "{read} from {html:.40}");
    }
    let plain =
        format!("<div class=h-entry><div class='p-name e-content'>{long}{long}{long}{long}{long}");
    assert!(!read(&plain).is_cut);
}

proptest! {
    #[test]
    fn any_page_is_read(html in "(</?(a|p|div|img|time|template)| class='(h-[a-z]{1,2} ?|[pue]-[a-z] ?|dt-[a-z] ?|value ?|vcard ?|fn ?|hentry ?){0,3}'| (href|src|alt|rel|title|datetime)='[a-z:/ 0-9-]{0,12}'|>|[a-z0-9: -]{0,4}){0,60}") {
        let parsed = read(&html);
        prop_assert!(!parsed.is_cut);
        let json = parsed.to_json();
        prop_assert_eq!(json["items"].as_array().unwrap().len(), parsed.items.len());
        for item in parsed.all_items() {
            let _ = kind::kind(item);
            let _ = authorship::author(&parsed, &page(), item);
            prop_assert!(!item.types.is_empty());
            prop_assert!(item.properties.iter().all(|(_, values)| !values.is_empty()));
        }
    }
}
