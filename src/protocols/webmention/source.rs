//! Whether a page mentions another (W §3.2.2): its kinds of content, and where in them a link may
//! stand.

use std::borrow::Cow;

use serde_json::Value;
use url::Url;

use super::request::LONGEST;
use super::{Page, is_html};
use crate::formats::charset::decode_html;
use crate::formats::html::{Document, Element};

/// Most texts of a JSON document that are read as HTML.
const MOST_FRAGMENTS: usize = 1_000;

/// A source that was read.
#[derive(Debug)]
pub enum Source {
    /// HTML, and the address that its links start from.
    Html(Document, Url),
    /// JSON, and the page's address.
    Json(Value, Url),
    /// Plain text.
    Text(String),
}

impl Source {
    /// Reads a page; none if it is of a kind that cannot mention anybody (WM-V-09).
    pub fn read(page: &Page<'_>) -> Option<Self> {
        let kind = page.media_type();
        let text = || decode_html(page.body, page.charset());
        let html = |text: &str| {
            let document = Document::parse(text);
            let base = document.base(page.url);
            Self::Html(document, base)
        };
        match kind.as_str() {
            "" => Some(text()).filter(|text| looks_like_html(text)).map(|text| html(&text)),
            "text/plain" => Some(Self::Text(text())),
            kind if is_html(kind) => Some(html(&text())),
            kind if kind == "application/json" || kind.ends_with("+json") => {
                // What is no JSON holds no link.
                let value = serde_json::from_slice(page.body).unwrap_or_default();
                Some(Self::Json(value, page.url.clone()))
            }
            _ => None,
        }
    }

    /// Whether it links a page. `as_sent` is the target letter by letter, for plain text.
    pub fn links(&self, target: &Url, as_sent: &str) -> bool {
        match self {
            Self::Html(document, base) => html_links(document, base, target),
            Self::Json(value, page) => json_links(value, page, target),
            Self::Text(text) => text_links(text, as_sent),
        }
    }

    /// Whether a page says of itself that it was deleted.
    pub fn is_gone(&self) -> bool {
        matches!(self, Self::Html(document, _) if says_gone(document))
    }
}

/// Whether a page says of itself that it was deleted: for hosts that cannot answer 410 (W §3.1.5).
pub fn says_gone(document: &Document) -> bool {
    document.http_equiv("status").any(|status| {
        let rest = status.trim_start().strip_prefix("410");
        rest.is_some_and(|rest| rest.chars().next().is_none_or(|c| !c.is_ascii_alphanumeric()))
    })
}

/// How pages begin that were sent without a type.
fn looks_like_html(text: &str) -> bool {
    let start: String = text.trim_start_matches('\u{feff}').trim_start().chars().take(15).collect();
    let start = start.to_ascii_lowercase();
    ["<!doctype html", "<html", "<head", "<body", "<!--"].iter().any(|tag| start.starts_with(tag))
}

/// The target is the value of an attribute that links or embeds (WM-V-04), resolved and compared as
/// addresses (WM-V-06).
fn html_links(document: &Document, base: &Url, target: &Url) -> bool {
    let is_target = |value: &str| base.join(value.trim()).is_ok_and(|url| url == *target);
    document.elements().any(|element| {
        linking(element.name()).iter().filter_map(|name| element.attribute(name)).any(is_target)
            || (is_address_property(element)
                && property_value(element).is_some_and(|value| is_target(&value)))
    })
}

/// The attributes by which an element links or embeds.
fn linking(element: &str) -> &'static [&'static str] {
    match element {
        "a" | "area" => &["href"],
        "img" | "audio" | "source" => &["src"],
        "video" => &["src", "poster"],
        "blockquote" | "q" => &["cite"],
        _ => &[],
    }
}

/// Whether microformats call an element an address: `u-in-reply-to`.
fn is_address_property(element: Element<'_>) -> bool {
    element.classes().any(|class| class.strip_prefix("u-").is_some_and(|name| !name.is_empty()))
}

/// Where microformats read an address from (microformats2 parsing, `u-*`).
fn property_value(element: Element<'_>) -> Option<Cow<'_, str>> {
    let named = match element.name() {
        "link" => element.attribute("href"),
        "iframe" => element.attribute("src"),
        "object" => element.attribute("data"),
        "data" | "input" => element.attribute("value"),
        "abbr" => element.attribute("title"),
        _ => None,
    };
    named.map(Cow::Borrowed).or_else(|| short_text(element).map(Cow::Owned))
}

/// The text of an element that holds little else: addresses are short.
fn short_text(element: Element<'_>) -> Option<String> {
    let mut text = String::new();
    for (steps, step) in element.walk().enumerate() {
        text.push_str(step.text().unwrap_or_default());
        if steps > 16 || text.len() > 2 * LONGEST {
            return None;
        }
    }
    Some(text)
}

/// Some text anywhere is the target, or is HTML that links it; keys and parts of texts are not
/// looked at (WM-V-07).
fn json_links(value: &Value, page: &Url, target: &Url) -> bool {
    let mut rest = vec![value];
    let mut fragments = MOST_FRAGMENTS;
    while let Some(value) = rest.pop() {
        match value {
            Value::Array(list) => rest.extend(list),
            Value::Object(object) => rest.extend(object.values()),
            Value::String(text) if text_is(text, target) => return true,
            // A link has an attribute.
            Value::String(text) if text.contains('<') && text.contains('=') && fragments > 0 => {
                fragments -= 1;
                if html_links(&Document::parse(text), page, target) {
                    return true;
                }
            }
            _ => {}
        }
    }
    false
}

fn text_is(text: &str, target: &Url) -> bool {
    Url::parse(text.trim()).is_ok_and(|url| url == *target)
}

/// The target stands in a text, and is not the beginning of a longer address (WM-V-08).
fn text_links(text: &str, target: &str) -> bool {
    !target.is_empty()
        && text.match_indices(target).any(|(at, _)| {
            let after = text.get(at.saturating_add(target.len())..).unwrap_or_default();
            // What ends a sentence does not go on with the address.
            let after = after.trim_start_matches(['.', ',', ';', ':', '!', '?', ')', '\'', '"']);
            after.chars().next().is_none_or(|c| !is_of_address(c))
        })
}

/// Whether an address may hold a character (RFC 3986, and letters of all scripts).
fn is_of_address(c: char) -> bool {
    c.is_alphanumeric() || "-._~:/?#[]@!$&'()*+,;=%".contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TARGET: &str = "https://ana.example/post";

    fn source(kind: Option<&str>, body: &str) -> Option<Source> {
        let url = Url::parse("https://ben.example/notes/1").unwrap();
        Source::read(&Page { url: &url, content_type: kind, body: body.as_bytes() })
    }

    fn links_as(kind: &str, body: &str, target: &str) -> bool {
        source(Some(kind), body).unwrap().links(&Url::parse(target).unwrap(), target)
    }

    fn html(body: &str) -> bool {
        links_as("text/html", body, TARGET)
    }

    #[test]
    fn wm_v_04_a_link_is_an_attribute_of_a_real_element() {
        for body in [
            "<a href='https://ana.example/post'>",
            "<map><area href='https://ana.example/post'></map>",
            "<img src=https://ana.example/post>",
            "<video src=https://ana.example/post></video>",
            "<video poster=https://ana.example/post></video>",
            "<audio src=https://ana.example/post></audio>",
            "<video><source src=https://ana.example/post></video>",
            "<blockquote cite=https://ana.example/post>words</blockquote>",
            "<q cite=https://ana.example/post>words</q>",
            "<data class=u-in-reply-to value=https://ana.example/post></data>",
            "<link class=u-like-of href=https://ana.example/post>",
            "<object class='x u-photo' data=https://ana.example/post></object>",
            "<span class=u-in-reply-to> https://ana.example/post\n</span>",
        ] {
            assert!(html(body), "{body}");
        }
    }

    #[test]
    fn wm_v_05_what_is_no_link_mentions_nobody() {
        for body in [
            "https://ana.example/post",
            "<!-- <a href='https://ana.example/post'> -->",
            "&lt;a href='https://ana.example/post'&gt;",
            "<script>var a = '<a href=https://ana.example/post>'</script>",
            "<template><a href='https://ana.example/post'></template>",
            "<textarea><a href='https://ana.example/post'></textarea>",
            "<link rel=stylesheet href=https://ana.example/post>",
            "<form action=https://ana.example/post></form>",
            "<p title=https://ana.example/post>",
            "<span class=u->https://ana.example/post</span>",
        ] {
            assert!(!html(body), "{body}");
        }
    }

    #[test]
    fn wm_v_06_addresses_are_resolved_and_compared_as_such() {
        for (target, body) in [
            ("https://ana.example/post?a=1&b=2", "<a href='HTTPS://ANA.example/post?a=1&amp;b=2'>"),
            ("https://ana.example/", "<a href=https://ana.example>"),
            ("https://ana.example/post#c1", "<a href=https://ana.example/post#c1>"),
            ("https://ana.example/%C3%BC", "<a href=https://ana.example/ü>"),
            ("https://ben.example/notes/2", "<a href=2>"),
            ("https://ana.example/post", "<base href=https://ana.example/x/><a href=../post>"),
            ("https://ana.example/post", "<a href=' https://ana.example/post '>"),
        ] {
            assert!(links_as("text/html", body, target), "{target}");
        }
        for other in [
            "http://ana.example/post",
            "https://ana.example/post/",
            "https://ana.example/post?x",
            "https://ana.example/post#x",
            "https://www.ana.example/post",
            "https://ana.example/posts",
        ] {
            assert!(!html(&format!("<a href='{other}'>")), "{other}");
        }
    }

    #[test]
    fn wm_v_07_json_mentions_by_whole_texts() {
        for (kind, body) in [
            ("application/json", r#"{"a":[{"b":"https://ana.example/post"}]}"#),
            ("application/activity+json", r#"["https://ANA.example/post"]"#),
            ("application/mf2+json", r#"{"html":"<p><a href=\"https://ana.example/post\">x</a>"}"#),
            (
                "application/feed+json",
                r#"{"items":[{"content_html":"<a href='https://ana.example/post'>"}]}"#,
            ),
        ] {
            assert!(links_as(kind, body, TARGET), "{body}");
        }
        for body in [
            r#"{"https://ana.example/post":1}"#,
            r#"{"a":"see https://ana.example/post"}"#,
            r#"{"a":"https://ana.example/posts"}"#,
            "{\"a\":\"https://ana.example/post\"",
            "",
        ] {
            assert!(!links_as("application/json", body, TARGET), "{body}");
        }
        let deep = format!("{}\"{TARGET}\"{}", "[".repeat(100_000), "]".repeat(100_000));
        assert!(!links_as("application/json", &deep, TARGET));
    }

    #[test]
    fn wm_v_08_plain_text_mentions_by_the_whole_address() {
        for body in [
            "https://ana.example/post",
            "See https://ana.example/post.",
            "(https://ana.example/post)",
            "https://ana.example/posts and https://ana.example/post",
            "<https://ana.example/post>",
            "https://ana.example/post…",
        ] {
            assert!(links_as("text/plain; charset=utf-8", body, TARGET), "{body}");
        }
        for body in [
            "https://ana.example/posts",
            "https://ana.example/post/2",
            "https://ana.example/post.html",
            "https://ana.example/post?x",
        ] {
            assert!(!links_as("text/plain", body, TARGET), "{body}");
        }
    }

    #[test]
    fn wm_v_09_other_kinds_mention_nobody() {
        for kind in
            ["application/pdf", "image/png", "application/zip", "text/css", "application/xml"]
        {
            assert!(source(Some(kind), "<a href=https://ana.example/post>").is_none(), "{kind}");
        }
        assert!(source(None, "https://ana.example/post").is_none());
        assert!(source(None, " \n<!DOCTYPE HTML><a href=https://ana.example/post>").is_some());
        assert!(source(Some(""), "<html><a href=https://ana.example/post>").is_some());
    }

    #[test]
    fn wm_v_11_a_page_may_say_that_it_is_gone() {
        let gone = |body: &str| source(Some("text/html"), body).unwrap().is_gone();
        assert!(gone("<meta http-equiv=\"status\" content=\"410 Gone\">"));
        assert!(gone("<meta content='410' HTTP-EQUIV=Status>"));
        assert!(!gone("<meta http-equiv=status content='4100'>"));
        assert!(!gone("<meta name=status content=410>"));
        assert!(!gone("<!-- <meta http-equiv=status content=410> -->"));
    }

    #[test]
    fn the_charset_of_a_page_is_heard() {
        let url = Url::parse("https://ben.example/").unwrap();
        let body = b"<a href='https://ana.example/caf\xe9'>";
        let page = Page { url: &url, content_type: Some("text/html; charset=ISO-8859-1"), body };
        let target = Url::parse("https://ana.example/café").unwrap();
        assert!(Source::read(&page).unwrap().links(&target, target.as_str()));
    }
}
