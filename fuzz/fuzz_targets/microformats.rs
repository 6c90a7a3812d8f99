//! Pages of other sites: read, asked who wrote what and what it is, written as JSON.
#![no_main]

use lanai::formats::html::Document;
use lanai::formats::microformats::authorship::{Authorship, author, author_by_page};
use lanai::formats::microformats::{kind, parse};
use libfuzzer_sys::fuzz_target;
use url::Url;

fuzz_target!(|text: &str| {
    let Ok(page) = Url::parse("https://ana.example/post#x") else { return };
    let document = Document::parse(text);
    let body = document.elements().find(|element| element.name() == "body");
    if let Some(html) = body.map(|body| body.inner_html())
        && !document.is_cut()
    {
        let _ = Document::parse(&html);
    }
    let parsed = parse(&document, &page);
    let _ = parsed.to_json().to_string();
    for item in parsed.all_items().chain(parsed.post(&page)) {
        let _ = (kind::kind(item), kind::response(item, &page), kind::own_name(item));
        let _ = item.texts("name").any(kind::is_one_emoji);
        if let Authorship::Page(author_page) = author(&parsed, &page, item) {
            let _ = author_by_page(&author_page, Some(&parsed), &parsed);
        }
    }
});
