//! HTML from strangers, made safe: the text of mentions.
//!
//! Kept are a handful of text elements and links, nothing that loads, styles or runs. When
//! sanitising is due (always at ingest) and what else is escaped is decided by the rooms above.

mod article;
mod proxied;
mod quick;

pub use article::article;
pub use proxied::proxied;

use std::sync::LazyLock;

use ammonia::Builder;
use html5ever::tendril::StrTendril;
use html5ever::tokenizer::{
    BufferQueue, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
};
use lol_html::html_content::{Attribute, ContentType, Element};
use lol_html::{RewriteStrSettings, element, rewrite_str};
use std::cell::RefCell;
use std::collections::{HashMap, HashSet};

use crate::text::autolink::{Kind, addresses};
use crate::text::html::{plain_text, push_attribute, push_text};

/// Longest HTML that is parsed; the rest of a longer text is dropped and all of it made plain.
pub const LONGEST: usize = 64 * 1024;

/// Deepest nesting that is parsed. The parser's time grows with the square of the depth.
pub const DEEPEST: usize = 100;

/// Most elements that are parsed. Formatting that is left open is repeated in each paragraph that
/// follows, so that many small elements make a page many times their size.
pub const MOST: usize = 4_000;

/// Elements that are kept.
const KEPT: [&str; 14] = [
    "a",
    "p",
    "br",
    "em",
    "strong",
    "b",
    "i",
    "code",
    "pre",
    "blockquote",
    "ul",
    "ol",
    "li",
    "del",
];

/// Elements that go with all they hold.
const DROPPED: [&str; 15] = [
    "script", "style", "iframe", "object", "svg", "math", "template", "noscript", "title",
    "textarea", "select", "audio", "video", "canvas", "button",
];

/// What links of strangers are marked with.
const REL: &str = "nofollow ugc noopener";

static CLEANER: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut builder = Builder::empty();
    builder
        .tags(HashSet::from(KEPT))
        .clean_content_tags(HashSet::from(DROPPED))
        .generic_attributes(HashSet::new())
        .tag_attributes(HashMap::from([("a", HashSet::from(["href"]))]))
        .url_schemes(HashSet::from(["http", "https"]))
        .url_relative(ammonia::UrlRelative::Deny)
        .link_rel(Some(REL))
        .strip_comments(true);
    builder
});

/// Cleans HTML of strangers. Text too long or nested too deeply comes back as plain paragraphs.
pub fn sanitize(html: &str) -> String {
    if html.len() > LONGEST {
        let cut = html.floor_char_boundary(LONGEST);
        return text_to_html(&plain_text(html.get(..cut).unwrap_or_default()));
    }
    let flat = flatten(html);
    if is_too_much(&flat, MOST) {
        return text_to_html(&plain_text(&flat));
    }
    let clean = CLEANER.clean(&flat).to_string().replace("<p></p>", "");
    without_dead_links(clean.trim())
}

/// Leaves the text of links that lead nowhere. The HTML has to be clean, and stays so: only tags
/// are taken away.
fn without_dead_links(clean: &str) -> String {
    // The cleaner writes `href` first.
    if !clean.contains("<a rel=") && !clean.contains("<a title=") {
        return clean.to_owned();
    }
    rewritten(clean, "a:not([href])", |el| {
        el.remove_and_keep_content();
    })
    .unwrap_or_else(|| clean.to_owned())
}

/// HTML with some of its elements changed; none if it cannot be followed.
fn rewritten(
    html: &str,
    selector: &str,
    mut change: impl FnMut(&mut Element<'_, '_>),
) -> Option<String> {
    let settings = RewriteStrSettings::new()
        .append_element_content_handler(element!(selector, |el| {
            change(el);
            Ok(())
        }))
        .with_strict(false)
        .with_enable_esi_tags(false);
    rewrite_str(html, settings).ok()
}

/// The words of HTML that cannot be followed, as HTML.
fn only_words(html: &str) -> String {
    let mut text = String::new();
    push_text(&mut text, &plain_text(html));
    text
}

/// Turns blocks that are not kept into paragraphs and pictures into their descriptions, so that
/// words do not run together and emoji drawn as pictures survive. Only makes the cleaner's work
/// easier: safe is what the cleaner gives, whatever happens here.
fn flatten(html: &str) -> String {
    rewritten(html, "*", flatten_element).unwrap_or_else(|| only_words(html))
}

fn flatten_element(el: &mut Element<'_, '_>) {
    match el.tag_name().as_str() {
        "div" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "section" | "article" | "header"
        | "footer" | "figure" | "figcaption" | "table" | "tr" | "dl" | "dt" | "dd" | "details"
        | "summary" | "address" | "center" => {
            // `p` is a valid name, so this cannot fail.
            let _ = el.set_tag_name("p");
        }
        "td" | "th" => {
            el.after(" ", ContentType::Text);
            el.remove_and_keep_content();
        }
        "s" | "strike" => {
            let _ = el.set_tag_name("del");
        }
        "img" => {
            let alt = el.get_attribute("alt").unwrap_or_default();
            // The value still has its entities; only brackets could start markup.
            let text = alt.replace('<', "&lt;").replace('>', "&gt;");
            el.replace(&text, ContentType::Html);
        }
        name if KEPT.contains(&name) || DROPPED.contains(&name) => {}
        _ => el.remove_and_keep_content(),
    }
    // Differing attributes would keep the parser from seeing that elements repeat.
    let names: Vec<String> = el.attributes().iter().map(Attribute::name).collect();
    for name in names.iter().filter(|name| *name != "href") {
        el.remove_attribute(name);
    }
}

/// Whether a text has more elements than `most`, or nests them too deeply.
fn is_too_much(html: &str, most: usize) -> bool {
    // Each tag has a bracket: so few are neither.
    if html.bytes().filter(|byte| *byte == b'<').take(DEEPEST + 1).count() <= DEEPEST {
        return false;
    }
    let Levels { deepest, all, .. } = levels(html);
    deepest > DEEPEST || all > most
}

/// How many elements a text has and how deep they can nest, estimated from its tags from above.
fn levels(html: &str) -> Levels {
    let tokenizer = Tokenizer::new(Depth::default(), TokenizerOpts::default());
    let input = BufferQueue::default();
    input.push_back(StrTendril::from_slice(html));
    while !input.is_empty() {
        let _ = tokenizer.feed(&input);
    }
    tokenizer.end();
    tokenizer.sink.0.into_inner()
}

#[derive(Default)]
struct Depth(RefCell<Levels>);

#[derive(Default)]
struct Levels {
    open: HashMap<String, usize>,
    now: usize,
    deepest: usize,
    all: usize,
}

impl TokenSink for Depth {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        if let Token::TagToken(tag) = token {
            let mut levels = self.0.borrow_mut();
            levels.all += 1;
            match &*tag.name {
                // These are void or close each other, so they add no depth of their own.
                "br" | "hr" | "img" | "wbr" | "input" | "link" | "meta" | "p" | "li" => {}
                name if tag.kind == TagKind::StartTag => {
                    *levels.open.entry(name.to_owned()).or_default() += 1;
                    levels.now += 1;
                    levels.deepest = levels.deepest.max(levels.now);
                }
                name => {
                    // An end tag without a beginning closes nothing.
                    if let Some(count) = levels.open.get_mut(name).filter(|count| **count > 0) {
                        *count -= 1;
                        levels.now -= 1;
                    }
                }
            }
        }
        TokenSinkResult::Continue
    }
}

/// Plain text as HTML: blank lines part paragraphs, line breaks stay, bare addresses are linked.
pub fn text_to_html(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 64);
    let mut open = false;
    for line in text.lines().map(str::trim) {
        if line.is_empty() {
            if open {
                out.push_str("</p>");
                open = false;
            }
            continue;
        }
        out.push_str(if open { "<br>" } else { "<p>" });
        open = true;
        push_linked(&mut out, line);
    }
    if open {
        out.push_str("</p>");
    }
    out
}

fn push_linked(out: &mut String, line: &str) {
    let mut done = 0;
    for address in addresses(line).filter(|address| address.kind != Kind::Mail) {
        push_text(out, line.get(done..address.range.start).unwrap_or_default());
        out.push_str("<a href=\"");
        push_attribute(out, &address.href(line));
        out.push_str("\" rel=\"");
        out.push_str(REL);
        out.push_str("\">");
        push_text(out, address.text(line));
        out.push_str("</a>");
        done = address.range.end;
    }
    push_text(out, line.get(done..).unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_text_elements_and_links_remain() {
        for (html, expected) in [
            ("<p>Hi <b>there</b></p>", "<p>Hi <b>there</b></p>"),
            ("<script>alert(1)</script>x", "x"),
            ("<img src=x onerror=alert(1) alt=\"🌱\">", "🌱"),
            ("<img alt='<script>alert(1)</script>'>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
            ("<a href=\"javascript:alert(1)\">x</a>", "x"),
            ("<a href=\"/x\" class=\"y\" id=\"z\" onclick=\"q\">x</a>", "x"),
            (
                "<a href=\"https://b.example/\" rel=\"me\">b</a>",
                "<a href=\"https://b.example/\" rel=\"nofollow ugc noopener\">b</a>",
            ),
            ("<div>a</div><div>b</div>", "<p>a</p><p>b</p>"),
            ("<h1>T</h1>x", "<p>T</p>x"),
            ("<svg><script>x</script></svg>y", "y"),
            ("<iframe src=x>z</iframe>", ""),
            ("<p style=\"position:fixed\">a<!-- b --></p>", "<p>a</p>"),
            ("<math><mtext></p><style><img src=x onerror=alert(1)>", ""),
            ("<s>old</s>", "<del>old</del>"),
            ("", ""),
        ] {
            assert_eq!(sanitize(html), expected, "{html}");
        }
    }

    #[test]
    fn deep_and_long_texts_become_plain() {
        let deep = "<div>".repeat(20_000) + "x";
        let start = std::time::Instant::now();
        assert!(sanitize(&deep).contains('x') || deep.len() > LONGEST);
        let quotes = "<blockquote>".repeat(200) + "x <i>y</i>" + &"</blockquote>".repeat(200);
        assert_eq!(sanitize(&quotes), "<p>x y</p>");
        let long = "<b>a</b> ".repeat(20_000);
        let out = sanitize(&long);
        assert!(out.len() <= LONGEST && !out.contains("<b>"));
        for tricky in [
            "<b></i>".repeat(5_000),
            (0..90).map(|n| format!("<b x={n}>")).collect::<String>() + &"<p>x".repeat(3_500),
            "<b><i><em><strong><code>".repeat(10) + &"<p>x".repeat(3_500),
            "<a href=x><div>".repeat(90) + &"</a>".repeat(3_000),
            "<table>".repeat(90) + &"<b>x".repeat(3_000),
            (0..90).map(|n| format!("<a href={n}>")).collect::<String>() + &"<p>x".repeat(3_500),
        ] {
            assert!(sanitize(&tricky).len() < 2_000_000);
        }
        assert!(start.elapsed().as_secs() < 5, "{:?}", start.elapsed());
    }

    #[test]
    fn text_becomes_paragraphs_with_links() {
        assert_eq!(text_to_html("a < b\nc\n\n d "), "<p>a &lt; b<br>c</p><p>d</p>");
        assert_eq!(
            text_to_html("see https://a.example/?x=1&y=2."),
            "<p>see <a href=\"https://a.example/?x=1&amp;y=2\" rel=\"nofollow ugc noopener\">https://a.example/?x=1&amp;y=2</a>.</p>"
        );
        assert_eq!(text_to_html(" \n "), "");
    }

    proptest! {
        #[test]
        fn any_text_is_made_safe(html in "(\\PC|</?[a-z]{1,8}[ >]|<script>|<svg>|<!--|href=|src=\"|on[a-z]{3,5}=|[\"'<>=&#]|\n){0,40}") {
            let clean = sanitize(&html);
            for tag in ["<script", "<svg", "<img", "<style", "<iframe", "<form", "<input"] {
                prop_assert!(!clean.contains(tag), "{clean}");
            }
            // What is clean stays as it is.
            prop_assert_eq!(&sanitize(&clean), &clean);
        }

        #[test]
        fn any_text_becomes_html(text in any::<String>()) {
            let html = text_to_html(&text);
            prop_assert!(!html.contains("<script"));
        }
    }
}
