//! Makes a post's HTML fit to leave the site: in feeds and mails it is read without our styles,
//! scripts and base address.
//!
//! Conformance clauses FD-A-05 and FD-A-07. The XML around it is written by the feed formats.

use lol_html::errors::RewritingError;
use lol_html::html_content::{ContentType, Element};
use lol_html::{RewriteStrSettings, element, rewrite_str};
use url::Url;

use super::{escape_attribute, escape_text, map_srcset};

/// Makes all addresses absolute and removes what only works on the page itself.
///
/// Fragment links get the address of the page in front. Scripts, styles, forms, heading anchors,
/// classes, inline styles, event handlers and lazy loading go; an embedded frame becomes a link
/// to its address and a checkbox a ballot box. Of a `<picture>` its image is left. Images keep `alt`, `width` and `height`; code and
/// MathML stay.
pub fn absolutize(html: &str, base: &Url) -> String {
    let settings = RewriteStrSettings::new()
        .append_element_content_handler(element!("picture>img", |el| {
            el.remove_attribute("srcset");
            el.remove_attribute("sizes");
            Ok(())
        }))
        .append_element_content_handler(element!("*", |el| {
            rewrite_element(el, base);
            Ok(())
        }))
        .with_strict(false)
        .with_enable_esi_tags(false);
    rewrite(html, settings)
}

/// Runs the rewriter; markup it cannot follow is handed on as text rather than lost.
fn rewrite(html: &str, settings: RewriteStrSettings<'_, '_>) -> String {
    let result: Result<String, RewritingError> = rewrite_str(html, settings);
    result.unwrap_or_else(|_| escape_text(&super::plain_text(html)).into_owned())
}

fn rewrite_element(el: &mut Element<'_, '_>, base: &Url) {
    match el.tag_name().as_str() {
        "script" | "style" | "form" | "link" | "meta" | "base" | "template" => {
            el.remove();
            return;
        }
        "a" if el.get_attribute("class").is_some_and(|class| class == "anchor") => {
            el.remove();
            return;
        }
        "iframe" => {
            replace_frame(el, base);
            return;
        }
        "input" => {
            replace_input(el);
            return;
        }
        "picture" => {
            el.remove_and_keep_content();
            return;
        }
        // Those of films and recordings have a `src`.
        "source" if el.has_attribute("srcset") => {
            el.remove();
            return;
        }
        _ => {}
    }
    for name in ["href", "src", "poster", "cite", "data", "longdesc"] {
        absolute_attribute(el, name, base);
    }
    if let Some(srcset) = el.get_attribute("srcset") {
        set(el, "srcset", &map_srcset(&srcset, |address| absolute(address, base)));
    }
    let doomed: Vec<String> = el
        .attributes()
        .iter()
        .map(lol_html::html_content::Attribute::name)
        .filter(|name| {
            matches!(
                name.as_str(),
                "class" | "style" | "loading" | "decoding" | "tabindex" | "srcdoc"
            ) || name.starts_with("on")
        })
        .collect();
    for name in doomed {
        el.remove_attribute(&name);
    }
}

fn absolute_attribute(el: &mut Element<'_, '_>, name: &str, base: &Url) {
    let Some(written) = el.get_attribute(name) else { return };
    if is_script(&written) {
        el.remove_attribute(name);
        return;
    }
    let made = absolute(&written, base);
    if made != written {
        set(el, name, &made);
    }
}

fn set(el: &mut Element<'_, '_>, name: &str, value: &str) {
    // The names are our own and valid, so this cannot fail; a failure would keep the old value.
    let _ = el.set_attribute(name, value);
}

/// The absolute form of an address as written in an attribute, entities left as they are.
fn absolute(written: &str, base: &Url) -> String {
    if Url::parse(written).is_ok() {
        return written.to_owned();
    }
    base.join(written).map_or_else(|_| written.to_owned(), String::from)
}

fn is_script(address: &str) -> bool {
    let scheme: String = address
        .chars()
        .filter(|c| !c.is_whitespace() && !c.is_control())
        .take_while(|c| *c != ':')
        .take(12)
        .collect();
    scheme.eq_ignore_ascii_case("javascript") || scheme.eq_ignore_ascii_case("vbscript")
}

fn replace_frame(el: &mut Element<'_, '_>, base: &Url) {
    let Some(src) = el.get_attribute("src").filter(|src| !src.is_empty() && !is_script(src)) else {
        el.remove();
        return;
    };
    let address = absolute(&src, base);
    let name = el.get_attribute("title").filter(|title| !title.trim().is_empty());
    // Attribute values come with their entities, so only what is missing needs escaping.
    let name = name.unwrap_or_else(|| address.clone()).replace('<', "&lt;").replace('>', "&gt;");
    let href = address.replace('"', "&quot;").replace('<', "&lt;").replace('>', "&gt;");
    el.replace(&format!("<a href=\"{href}\">{name}</a>"), ContentType::Html);
}

fn replace_input(el: &mut Element<'_, '_>) {
    let checkbox =
        el.get_attribute("type").is_some_and(|kind| kind.eq_ignore_ascii_case("checkbox"));
    if checkbox {
        let mark = if el.has_attribute("checked") { "☑" } else { "☐" };
        el.replace(mark, ContentType::Text);
    } else {
        let value = el.get_attribute("value").unwrap_or_default();
        el.replace(&escape_attribute(&value), ContentType::Text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn base() -> Url {
        Url::parse("https://ana.example/posts/hello/").unwrap()
    }

    fn check(cases: &[(&str, &str)]) {
        for (html, expected) in cases {
            assert_eq!(absolutize(html, &base()), *expected, "{html}");
        }
    }

    #[test]
    fn addresses_become_absolute() {
        check(&[
            ("<a href=\"/x/\">x</a>", "<a href=\"https://ana.example/x/\">x</a>"),
            (
                "<a href=\"y.pdf?a=1&amp;b=2\">",
                "<a href=\"https://ana.example/posts/hello/y.pdf?a=1&amp;b=2\">",
            ),
            ("<a href=\"#fn-1\">1</a>", "<a href=\"https://ana.example/posts/hello/#fn-1\">1</a>"),
            ("<a href=\"mailto:a@b.example\">m</a>", "<a href=\"mailto:a@b.example\">m</a>"),
            ("<a href=\"//cdn.example/x\">m</a>", "<a href=\"https://cdn.example/x\">m</a>"),
            (
                "<img src=a.jpg alt=A width=3 height=2 loading=lazy decoding=async>",
                "<img src=\"https://ana.example/posts/hello/a.jpg\" alt=A width=3 height=2>",
            ),
            (
                "<img srcset=\"a.jpg 1x, /b.jpg 2x\">",
                "<img srcset=\"https://ana.example/posts/hello/a.jpg 1x, https://ana.example/b.jpg 2x\">",
            ),
            (
                "<video poster=\"p.jpg\"></video>",
                "<video poster=\"https://ana.example/posts/hello/p.jpg\"></video>",
            ),
            (
                "<blockquote cite=\"/q\">q</blockquote>",
                "<blockquote cite=\"https://ana.example/q\">q</blockquote>",
            ),
        ]);
    }

    #[test]
    fn what_only_works_on_the_page_goes() {
        check(&[
            ("a<script>alert(1)</script>b<style>x</style>c<form><input></form>d", "abcd"),
            ("<p class=\"x\" style=\"y\" onclick=\"z\">t</p>", "<p>t</p>"),
            ("<h2 id=\"x\">T <a class=\"anchor\" href=\"#x\">#</a></h2>", "<h2 id=\"x\">T </h2>"),
            (
                "<iframe src=\"/v\" title=\"A film\">no</iframe>",
                "<a href=\"https://ana.example/v\">A film</a>",
            ),
            ("<iframe srcdoc=\"x\"></iframe>", ""),
            ("<input type=\"checkbox\" checked disabled> done", "☑ done"),
            ("<a href=\" java\tscript:alert(1)\">x</a>", "<a>x</a>"),
            (
                "<pre class=\"code\" tabindex=\"0\"><code class=\"language-rust\"><span class=\"k\">fn</span></code></pre>",
                "<pre><code><span>fn</span></code></pre>",
            ),
        ]);
    }

    proptest! {
        #[test]
        fn any_text_is_rewritten(html in "(\\PC|</?[a-z]{1,8}[ >]|<script>|<!--|href=|src=\"|[\"'<>=&#]|\n){0,40}") {
            absolutize(&html, &base());
        }
    }
}
