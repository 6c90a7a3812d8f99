//! Where a page takes mentions (W §3.1.2).

use url::Url;

use super::{Page, is_html, is_web};
use crate::formats::charset::decode_html;
use crate::formats::html::Document;
use crate::formats::link_header;

const REL: &str = "webmention";

/// The endpoint that a page names: in its first `Link` header with the relation, else in its first
/// `<link>` or `<a>` with it. The query of an endpoint is part of it (WM-D-05). Only a page that
/// was found (2xx) has a word in this; asking for one is the caller's.
pub fn discover<'h>(page: &Page<'_>, links: impl IntoIterator<Item = &'h str>) -> Option<Url> {
    let found = match link_header::find(links, REL) {
        Some(target) => page.url.join(target.trim()).ok(),
        None => in_html(page),
    };
    found.filter(is_web)
}

fn in_html(page: &Page<'_>) -> Option<Url> {
    if !is_html(&page.media_type()) {
        return None;
    }
    let document = Document::parse(&decode_html(page.body, page.charset()));
    let href = document
        .elements()
        .filter(|element| matches!(element.name(), "link" | "a"))
        .filter(|element| element.has_rel(REL))
        // No address is not the page's own, an empty one is.
        .find_map(|element| element.attribute("href"))?;
    document.base(page.url).join(href.trim()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "https://ben.example/posts/7?x=1";

    fn found_as(kind: &str, links: &[&str], body: &str) -> Option<String> {
        let url = Url::parse(PAGE).unwrap();
        let page = Page { url: &url, content_type: Some(kind), body: body.as_bytes() };
        discover(&page, links.iter().copied()).map(String::from)
    }

    fn found(links: &[&str], body: &str) -> Option<String> {
        found_as("text/html; charset=UTF-8", links, body)
    }

    /// The 23 cases of a page that tells where its mentions go, but for the one that needs a
    /// server. `err` is an address that must not be found.
    #[test]
    fn wm_d_t01_to_t22_every_way_to_name_an_endpoint() {
        let here = "https://ben.example/t/webmention";
        let cases: [(&str, &[&str], &str, &str); 22] = [
            ("T01", &["</t/webmention>; rel=webmention"], "", here),
            ("T02", &["<https://ben.example/t/webmention>; rel=webmention"], "", here),
            ("T03", &[], "<link rel=\"webmention\" href=\"/t/webmention\">", here),
            (
                "T04",
                &[],
                "<link href=\"https://ben.example/t/webmention\" rel=\"webmention\">",
                here,
            ),
            ("T05", &[], "<p>to <a rel=\"webmention\" href=\"/t/webmention\">us</a>", here),
            ("T06", &[], "<a href=\"https://ben.example/t/webmention\" rel=\"webmention\">", here),
            // T07 spells the header's name otherwise: names of headers come in one spelling.
            ("T07", &["</t/webmention>; rel=webmention"], "", here),
            ("T08", &["</t/webmention>; rel=\"webmention\""], "", here),
            ("T09", &[], "<link rel=\"webmention somethingelse\" href=\"/t/webmention\">", here),
            ("T10", &["</t/webmention>; rel=\"webmention somethingelse\""], "", here),
            (
                "T11",
                &["</t/webmention>; rel=webmention"],
                "<link rel=webmention href=/err><a rel=webmention href=/err>",
                here,
            ),
            (
                "T12",
                &[],
                "<link rel=not-webmention href=/err><a rel=webmention href=/t/webmention>",
                here,
            ),
            (
                "T13",
                &[],
                "<!-- <a rel=webmention href=/err> --><a rel=webmention href=/t/webmention>",
                here,
            ),
            (
                "T14",
                &[],
                "<code>&lt;a rel=webmention href=/err&gt;</code><a rel=webmention href=/t/webmention>",
                here,
            ),
            ("T15", &[], "<link rel=\"webmention\" href=\"\">", PAGE),
            (
                "T16",
                &[],
                "<body><a rel=webmention href=/t/webmention>us</a><link rel=webmention href=/err>",
                here,
            ),
            (
                "T17",
                &[],
                "<body><link rel=webmention href=/t/webmention><a rel=webmention href=/err>us</a>",
                here,
            ),
            ("T18", &["</err>; rel=\"other\"", "</t/webmention>; rel=\"webmention\""], "", here),
            ("T19", &["</err>; rel=\"other\", </t/webmention>; rel=\"webmention\""], "", here),
            ("T20", &[], "<link rel=webmention><a rel=webmention href=/t/webmention>", here),
            (
                "T21",
                &[],
                "<link rel=webmention href=\"/t/webmention?query=yes\">",
                "https://ben.example/t/webmention?query=yes",
            ),
            (
                "T22",
                &[],
                "<link rel=webmention href=\"7/webmention\">",
                "https://ben.example/posts/7/webmention",
            ),
        ];
        for (name, links, body, endpoint) in cases {
            assert_eq!(found(links, body).as_deref(), Some(endpoint), "{name}");
        }
    }

    #[test]
    fn wm_d_03_only_html_is_searched() {
        let body = "<a rel=webmention href=/hook>";
        assert_eq!(
            found_as("application/xhtml+xml", &[], body).unwrap(),
            "https://ben.example/hook"
        );
        for kind in ["text/plain", "application/json", "image/svg+xml", ""] {
            assert_eq!(found_as(kind, &[], body), None, "{kind}");
            let by_header = found_as(kind, &["</hook>; rel=webmention"], body);
            assert_eq!(by_header.unwrap(), "https://ben.example/hook", "{kind}");
        }
    }

    #[test]
    fn wm_d_04_the_base_counts_for_html_and_not_for_headers() {
        let body = "<base href=\"https://cdn.example/x/\"><link rel=webmention href=hook>";
        assert_eq!(found(&[], body).unwrap(), "https://cdn.example/x/hook");
        assert_eq!(
            found(&["<hook>; rel=webmention"], body).unwrap(),
            "https://ben.example/posts/hook"
        );
    }

    #[test]
    fn wm_d_07_relations_are_whole_words_in_any_case() {
        assert!(found(&["</a>; rel=WebMention"], "").is_some());
        assert!(found(&[], "<a REL='me WEBMENTION' href=/a>").is_some());
        for not in ["<a rel=webmentions href=/a>", "<a rel=web-mention href=/a>"] {
            assert_eq!(found(&[], not), None);
        }
    }

    #[test]
    fn wm_d_08_what_is_no_element_names_no_endpoint() {
        for body in [
            "<template><a rel=webmention href=/err></template>",
            "<script>'<a rel=webmention href=/err>'</script>",
            "<textarea><a rel=webmention href=/err></textarea>",
            "<style><a rel=webmention href=/err></style>",
            "<title><a rel=webmention href=/err></title>",
            "<!-- <link rel=webmention href=/err> -->",
        ] {
            assert_eq!(found(&[], body), None, "{body}");
        }
    }

    #[test]
    fn wm_d_13_other_elements_name_no_endpoint() {
        for name in ["b", "area", "form", "script", "img"] {
            let body = format!("<{name} rel=webmention href=/err src=/err action=/err>");
            assert_eq!(found(&[], &body), None, "{body}");
        }
    }

    #[test]
    fn an_endpoint_is_a_web_address() {
        for target in ["javascript:alert(1)", "mailto:a@b.example", "https://", "file:///x"] {
            assert_eq!(found(&[], &format!("<a rel=webmention href='{target}'>")), None);
            assert_eq!(found(&[&format!("<{target}>; rel=webmention")], ""), None);
        }
    }
}
