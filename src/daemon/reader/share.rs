//! What another app hands over, and what can be done with it.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use super::super::companion::House;
use super::super::sites::Site;
use super::item::place;
use super::write::web_page;
use super::{Visit, encode};
use crate::text::excerpt::excerpt;

/// Characters of a title and of a text that are handed on.
const LONGEST: (usize, usize) = (280, 2_000);

/// What was handed over. Some apps put the address into the text.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Shared {
    title: String,
    text: String,
    url: String,
}

pub(super) async fn page(
    State(house): State<Arc<House>>,
    Extension(site): Extension<Arc<Site>>,
    uri: Uri,
    Query(shared): Query<Shared>,
    headers: HeaderMap,
) -> Response {
    let door = format!("/reader/share?{}", uri.query().unwrap_or_default());
    let visit = match Visit::begin(house, site, &headers, &door).await {
        Ok(visit) => visit,
        Err(response) => return response,
    };
    let (url, text) = address_and_words(&shared);
    let title = excerpt(&shared.title, LONGEST.0);
    let keys = json!({
        "title": "What about this?",
        "choices": choices(&visit, url.as_ref(), &title, &text),
        "shared": {
            "title": title,
            "text": text,
            "url": url.as_ref().map(Url::as_str),
            "place": url.as_ref().map(place),
        },
    });
    visit.page("share", ("", None), keys).await
}

/// The address that was handed over, and what else was said.
fn address_and_words(shared: &Shared) -> (Option<Url>, String) {
    if let Some(url) = web_page(&shared.url) {
        return (Some(url), excerpt(&shared.text, LONGEST.1));
    }
    let found = shared.text.split_whitespace().find_map(|word| Some((web_page(word)?, word)));
    let (url, word) = found.unzip();
    let text = word.map_or_else(|| shared.text.clone(), |word| shared.text.replacen(word, "", 1));
    (url, excerpt(&text, LONGEST.1))
}

fn choices(visit: &Visit, url: Option<&Url>, title: &str, text: &str) -> Vec<Value> {
    let mut all = Vec::new();
    let mut offer = |path: String, text: &str, words: String| {
        all.push(json!({ "path": visit.path(&path), "text": text, "words": words }));
    };
    if let Some(url) = url {
        let (whole, place) = (encode(url.as_str()), place(url));
        let write = |how: &str| format!("/write?{how}={whole}");
        let follow = format!("read what {place} writes from now on");
        offer(format!("/follow?url={whole}"), "Follow", follow);
        offer(write("in-reply-to"), "Reply", "answer it on your site".to_owned());
        offer(write("like-of"), "Like", "say on your site that you like it".to_owned());
        offer(write("repost-of"), "Share", "pass it on to those who read you".to_owned());
        let keep = format!("{}&title={}", write("bookmark-of"), encode(title));
        offer(keep, "Keep a bookmark", "on your site, for you and others".to_owned());
    }
    let words: Vec<&str> =
        [title, text].into_iter().chain(url.map(Url::as_str)).filter(|w| !w.is_empty()).collect();
    if !words.is_empty() {
        let path = format!("/write?content={}", encode(&words.join("\n\n")));
        offer(path, "Write a note", "with these words in it".to_owned());
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(url: &str, text: &str) -> (Option<String>, String) {
        let (url, text) = (url.to_owned(), text.to_owned());
        let (url, text) = address_and_words(&Shared { url, text, title: String::new() });
        (url.map(String::from), text)
    }

    #[test]
    fn an_address_is_found_wherever_an_app_puts_it() {
        let page = Some("https://ben.example/1".to_owned());
        assert_eq!(found("https://ben.example/1", "Look"), (page.clone(), "Look".to_owned()));
        assert_eq!(found("", "Look https://ben.example/1"), (page.clone(), "Look".to_owned()));
        assert_eq!(found("javascript:x", "https://ben.example/1"), (page, String::new()));
        assert_eq!(found("data:,x", "no address"), (None, "no address".to_owned()));
    }
}
