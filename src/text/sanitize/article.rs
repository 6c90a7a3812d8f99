//! HTML from strangers that is to be read at length: the items of feeds.
//!
//! Kept beside text are headings, tables, figures, pictures, films and recordings. Nothing else
//! loads, and nothing runs or is styled. A frame becomes a link to what it would show, whatever its
//! host; pictures that count readers go, and so do the parameters of links that follow them.
//! Addresses are made absolute (FD-X-18).

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use ammonia::Builder;
use lol_html::html_content::{Attribute, ContentType, Element};
use url::Url;

use super::{is_too_much, only_words, quick, rewritten, text_to_html, without_dead_links};
use crate::text::html::{escape_attribute, map_srcset, plain_text};
use crate::text::tracking::{is_counter, without_tracking_as_written};

/// Longest HTML that is parsed; a longer one is made plain.
const LONGEST: usize = 1 << 20;

/// Most elements that are parsed.
const MOST: usize = 20_000;

/// Longest picture that is part of the text itself.
const LONGEST_DATA: usize = 16 << 10;

/// What links of strangers are marked with.
pub(super) const REL: &str = "nofollow ugc noopener";

/// Elements that are kept.
const KEPT: [&str; 63] = [
    "a",
    "abbr",
    "audio",
    "b",
    "bdi",
    "bdo",
    "blockquote",
    "br",
    "caption",
    "cite",
    "code",
    "col",
    "colgroup",
    "dd",
    "del",
    "details",
    "dfn",
    "div",
    "dl",
    "dt",
    "em",
    "figcaption",
    "figure",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "i",
    "img",
    "ins",
    "kbd",
    "li",
    "mark",
    "ol",
    "p",
    "pre",
    "q",
    "rp",
    "rt",
    "ruby",
    "s",
    "samp",
    "small",
    "source",
    "span",
    "strong",
    "sub",
    "summary",
    "sup",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "time",
    "tr",
    "u",
    "ul",
    "video",
];

/// Elements that go with all they hold.
const DROPPED: [&str; 12] = [
    "script",
    "style",
    "object",
    "svg",
    "template",
    "title",
    "textarea",
    "select",
    "canvas",
    "button",
    "form",
    "annotation",
];

/// Formatting: what is left open of it is repeated in each paragraph that follows, unless it
/// repeats itself, which only shows without attributes.
pub(super) const FORMATTING: [&str; 14] = [
    "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u",
    "span",
];

/// Attributes that are kept of any element.
const GENERIC: [&str; 2] = ["lang", "dir"];

/// Attributes that are kept of some.
const ATTRIBUTES: [(&str, &[&str]); 16] = [
    ("a", &["href", "title"]),
    ("abbr", &["title"]),
    ("audio", &["src", "controls", "preload"]),
    ("bdo", &["dir"]),
    ("blockquote", &["cite"]),
    ("col", &["span"]),
    ("del", &["datetime"]),
    ("img", &["src", "srcset", "alt", "title", "loading", "width", "height"]),
    ("ins", &["datetime"]),
    ("ol", &["start", "reversed", "type"]),
    ("q", &["cite"]),
    ("source", &["src", "type"]),
    ("td", &["colspan", "rowspan"]),
    ("th", &["colspan", "rowspan", "scope"]),
    ("time", &["datetime"]),
    ("video", &["src", "poster", "controls", "preload", "width", "height"]),
];

/// Whether an element is kept.
pub(super) fn is_kept(element: &str) -> bool {
    KEPT.binary_search(&element).is_ok()
}

/// Whether an attribute of an element is kept, if its value may be.
pub(super) fn keeps(element: &str, name: &str) -> bool {
    let own = || ATTRIBUTES.iter().find(|(of, _)| *of == element);
    GENERIC.contains(&name) || own().is_some_and(|(_, names)| names.contains(&name))
}

static CLEANER: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let of = ATTRIBUTES.iter().map(|(of, names)| (*of, names.iter().copied().collect()));
    let attributes: HashMap<&str, HashSet<&str>> = of.collect();
    let mut builder = Builder::empty();
    builder
        .tags(HashSet::from(KEPT))
        .clean_content_tags(HashSet::from(DROPPED))
        .generic_attributes(HashSet::from(GENERIC))
        .tag_attributes(attributes)
        .url_schemes(HashSet::from(["http", "https", "data", "mailto"]))
        .url_relative(ammonia::UrlRelative::Deny)
        .attribute_filter(filter)
        .link_rel(Some(REL))
        .strip_comments(true);
    builder
});

/// What a value may be, beyond what the schemes allow everywhere.
pub(super) fn filter<'v>(element: &str, name: &str, value: &'v str) -> Option<Cow<'v, str>> {
    let starts = |scheme: &str| {
        value.trim_start().get(..scheme.len()).is_some_and(|s| s.eq_ignore_ascii_case(scheme))
    };
    // Browsers read an address without them, and its scheme may be another then.
    if matches!(name, "href" | "src" | "poster" | "cite") && value.contains(char::is_control) {
        return None;
    }
    let is_fine = match (element, name) {
        ("img", "src") => !starts("mailto:") && (!starts("data:") || is_small_picture(value)),
        ("img", "srcset") => {
            let mut is_web = !value.is_empty();
            map_srcset(value, |address| {
                let scheme = Url::parse(address).ok();
                is_web &= scheme.is_some_and(|url| matches!(url.scheme(), "http" | "https"));
                address.to_owned()
            });
            is_web
        }
        ("a", "href") => !starts("data:"),
        (_, "href" | "src" | "poster" | "cite") => !starts("data:") && !starts("mailto:"),
        _ => true,
    };
    is_fine.then_some(Cow::Borrowed(value))
}

fn is_small_picture(value: &str) -> bool {
    let kinds = ["png", "gif", "jpeg", "webp"];
    value.len() <= LONGEST_DATA
        && kinds.iter().any(|kind| value.starts_with(&format!("data:image/{kind};base64,")))
}

/// Cleans an article. What is too long or nested too deeply comes back as plain paragraphs.
/// Relative addresses start from `base`.
pub fn article(html: &str, base: &Url) -> String {
    if html.len() > LONGEST {
        let cut = html.floor_char_boundary(LONGEST);
        return text_to_html(&plain_text(html.get(..cut).unwrap_or_default()));
    }
    if let Some(clean) = quick::article(html, base) {
        return clean;
    }
    thorough(html, base)
}

/// The same by the rules of HTML for whatever anybody writes.
fn thorough(html: &str, base: &Url) -> String {
    let flat = rewrite(html, base);
    if is_too_much(&flat, MOST) {
        return text_to_html(&plain_text(&flat));
    }
    let clean = CLEANER.clean(&flat).to_string().replace("<p></p>", "");
    without_dead_links(clean.trim())
}

/// Makes addresses absolute and frames links, and drops what the cleaner cannot tell. Safe is what
/// the cleaner gives, whatever happens here.
fn rewrite(html: &str, base: &Url) -> String {
    rewritten(html, "*", |el| rewrite_element(el, base)).unwrap_or_else(|| only_words(html))
}

fn rewrite_element(el: &mut Element<'_, '_>, base: &Url) {
    let tag = el.tag_name();
    match tag.as_str() {
        "iframe" | "embed" => return frame(el, base),
        "img" => {
            if let Some(address) = wake(&|name| el.get_attribute(name).map(Cow::Owned)) {
                set(el, "src", &address);
            }
            let get = |name: &str| el.get_attribute(name).map(Cow::Owned);
            if is_a_point(&get) || counts(&get, base) {
                el.remove();
                return;
            }
            set(el, "loading", "lazy");
        }
        "audio" | "video" => {
            set(el, "controls", "");
            set(el, "preload", "none");
        }
        // Of a picture in several forms its image is left; films and recordings keep theirs.
        "source" if el.has_attribute("srcset") => {
            el.remove();
            return;
        }
        "section" | "article" | "header" | "footer" | "main" | "aside" | "center" | "address" => {
            // `div` is a valid name, so this cannot fail.
            let _ = el.set_tag_name("div");
        }
        "strike" => {
            let _ = el.set_tag_name("s");
        }
        "tt" => {
            let _ = el.set_tag_name("code");
        }
        _ => {}
    }
    for name in ["href", "src", "poster", "cite"] {
        if let Some(value) = el.get_attribute(name) {
            let address = without_trackers(&tag, name, resolved(&value, base).0);
            set(el, name, &escape_attribute(&address));
        }
    }
    if let Some(srcset) = el.get_attribute("srcset") {
        set(el, "srcset", &map_srcset(&srcset, |address| absolute(address, base)));
    }
    if FORMATTING.contains(&tag.as_str()) {
        let names: Vec<String> = el.attributes().iter().map(Attribute::name).collect();
        for name in names {
            el.remove_attribute(&name);
        }
    }
}

fn set(el: &mut Element<'_, '_>, name: &str, value: &str) {
    // The names are our own and valid, so this cannot fail; a failure would keep the old value.
    let _ = el.set_attribute(name, value);
}

/// An address as written in an attribute, made absolute, as it is written in one.
fn absolute(written: &str, base: &Url) -> String {
    escape_attribute(&resolved(written, base).0).into_owned()
}

/// An address as written in an attribute, made absolute, and what it means; empty if it is none.
pub(super) fn resolved(written: &str, base: &Url) -> (String, Option<Url>) {
    let plain = match written.contains('&') && !written.contains('<') {
        true => Cow::Owned(decoded(written)),
        false => Cow::Borrowed(written),
    };
    let plain = plain.trim();
    if plain.is_empty() {
        return (String::new(), None);
    }
    if let Ok(url) = Url::parse(plain) {
        return (plain.to_owned(), Some(url));
    }
    match base.join(plain) {
        Ok(url) => (url.to_string(), Some(url)),
        Err(_) => (String::new(), None),
    }
}

/// An address without what follows people, if it is that of a link.
pub(super) fn without_trackers(tag: &str, name: &str, address: String) -> String {
    match (tag, name) {
        ("a", "href") => match without_tracking_as_written(&address) {
            Cow::Owned(shorter) => shorter,
            Cow::Borrowed(_) => address,
        },
        _ => address,
    }
}

/// An attribute without its character references: those that are ended, because a query may hold
/// `&copy=1`.
fn decoded(written: &str) -> String {
    const LONGEST_NAME: usize = 32;
    let mut plain = String::with_capacity(written.len());
    let mut parts = written.split('&');
    plain.push_str(parts.next().unwrap_or_default());
    for part in parts {
        match part
            .find(';')
            .filter(|at| *at <= LONGEST_NAME)
            .and_then(|at| part.split_at_checked(at + 1))
        {
            Some((name, rest)) => {
                plain.push_str(&plain_text(&format!("&{name}")));
                plain.push_str(rest);
            }
            None => {
                plain.push('&');
                plain.push_str(part);
            }
        }
    }
    plain
}

/// Whether a picture, with the attributes that `get` gives, is of one point or less: it counts
/// readers.
pub(super) fn is_a_point<'v>(get: &impl Fn(&str) -> Option<Cow<'v, str>>) -> bool {
    let style: String = get("style").unwrap_or_default().to_ascii_lowercase();
    let style: String = style.chars().filter(|c| !c.is_whitespace()).collect();
    let styled = |name: &str| {
        let mut rules = style.split(';').filter_map(|rule| rule.split_once(':'));
        let value = rules.find_map(|(n, value)| (n == name).then_some(value));
        value.and_then(|value| points(value.trim_end_matches("!important")))
    };
    // Styles go before attributes.
    let size = |name: &str| {
        let attribute = || points(get(name)?.trim());
        styled(name).or_else(attribute)
    };
    match (size("width"), size("height")) {
        (Some(width), Some(height)) => width <= 1.0 && height <= 1.0 || width.min(height) <= 0.0,
        // The other follows the picture's form; what is larger one way is a line or a spacer.
        (Some(one), None) | (None, Some(one)) => one <= 1.0,
        (None, None) => false,
    }
}

/// A length in points of the screen; others that are known are longer than one, unless they are 0.
fn points(length: &str) -> Option<f32> {
    let end = length.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(length.len());
    let (number, unit) = length.split_at_checked(end)?;
    let number: f32 = number.parse().ok()?;
    match unit {
        "" | "px" | "pt" => Some(number),
        _ if number > 0.0 => None,
        _ => Some(0.0),
    }
}

/// Whether a picture is known to count its readers.
pub(super) fn counts<'v>(get: &impl Fn(&str) -> Option<Cow<'v, str>>, base: &Url) -> bool {
    let src = get("src").and_then(|src| resolved(&src, base).1);
    src.is_some_and(|url| is_counter(&url))
}

/// The address of a picture that a script would have put in later, if it has none yet.
pub(super) fn wake<'v>(get: &impl Fn(&str) -> Option<Cow<'v, str>>) -> Option<Cow<'v, str>> {
    let src = get("src").unwrap_or_default();
    if !src.trim().is_empty() && !src.trim_start().starts_with("data:") {
        return None;
    }
    let later = ["data-src", "data-lazy-src", "data-original", "data-orig-file"];
    later.iter().find_map(|name| get(name))
}

/// A link to what a frame would show; to the film's page for players that are known.
fn frame(el: &mut Element<'_, '_>, base: &Url) {
    let src = el.get_attribute("src").or_else(|| el.get_attribute("data-src"));
    let url = src.and_then(|src| Url::parse(&absolute(&src, base).replace("&amp;", "&")).ok());
    let Some(url) = url.filter(|url| matches!(url.scheme(), "http" | "https")) else {
        el.remove();
        return;
    };
    let address = watch_page(&url).unwrap_or_else(|| url.to_string());
    let title = el.get_attribute("title").filter(|title| !title.trim().is_empty());
    // Attribute values come with their entities, so only what is missing needs escaping.
    let name = title.unwrap_or_else(|| address.replace('&', "&amp;"));
    let name = name.replace('<', "&lt;").replace('>', "&gt;");
    let href = address.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;");
    el.replace(&format!("<p><a href=\"{href}\">{name}</a></p>"), ContentType::Html);
}

fn watch_page(url: &Url) -> Option<String> {
    let host = url.host_str()?.trim_start_matches("www.");
    let id = url.path_segments()?.next_back().filter(|id| !id.is_empty())?;
    match host {
        "youtube.com" | "youtube-nocookie.com" if url.path().starts_with("/embed/") => {
            Some(format!("https://www.youtube.com/watch?v={id}"))
        }
        "player.vimeo.com" => Some(format!("https://vimeo.com/{id}")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn base() -> Url {
        Url::parse("https://ana.example/posts/1").unwrap()
    }

    fn check(cases: &[(&str, &str)]) {
        for (html, expected) in cases {
            assert_eq!(article(html, &base()), *expected, "{html}");
        }
    }

    #[test]
    fn fd_x_18_what_runs_styles_or_asks_is_gone() {
        check(&[
            ("<p onclick=x() style=y class=z id=a>t<script>alert(1)</script></p>", "<p>t</p>"),
            ("<a href=\"javascript:alert(1)\">x</a>", "x"),
            ("<a href=\" java\tscript:alert(1)\">x</a>", "x"),
            ("<a href=\"&#106;avascript:alert(1)\">x</a>", "x"),
            ("<a href='data:text/html,<script>'>x</a>", "x"),
            (
                "<a href=/x rel=me target=_blank>x</a>",
                "<a href=\"https://ana.example/x\" rel=\"nofollow ugc noopener\">x</a>",
            ),
            ("<img src=javascript:x onerror=y alt=z>", "<img alt=\"z\" loading=\"lazy\">"),
            ("<svg><script>x</script><image href=x></svg>y", "y"),
            ("<form action=/x><input name=y><button>z</button></form>t", "t"),
            ("<object data=x><embed src=y></object>t", "t"),
            ("<style>a{}</style><link rel=stylesheet href=x><meta http-equiv=refresh>t", "t"),
            ("<img srcset=\"javascript:x 1x\" alt=a>", "<img loading=\"lazy\" alt=\"a\">"),
            ("<img src=\"mailto:a@b.example\">", "<img loading=\"lazy\">"),
            (
                "<base href=https://evil.example/><a href=/x>x</a>",
                "<a href=\"https://ana.example/x\" rel=\"nofollow ugc noopener\">x</a>",
            ),
        ]);
    }

    #[test]
    fn fd_x_18_pictures_stay_and_points_go() {
        check(&[
            (
                "<img src=a.jpg alt=A width=3 height=2 srcset='a.jpg 1x, /b.jpg 2x'>",
                "<img src=\"https://ana.example/posts/a.jpg\" alt=\"A\" width=\"3\" height=\"2\" srcset=\"https://ana.example/posts/a.jpg 1x, https://ana.example/b.jpg 2x\" loading=\"lazy\">",
            ),
            ("a<img src=/p width=1 height=1>b", "ab"),
            ("a<img src=/p style='width:1px; height: 1px'>b", "ab"),
            ("a<img src=/p width=0 height='1px'>b", "ab"),
            ("a<img src=/p width=1>b", "ab"),
            ("a<img src=/p height=0 width=300>b", "ab"),
            ("a<img src=/p style='HEIGHT:1.0px !important;width:0.5pt'>b", "ab"),
            ("a<img src=/p width=600 height=400 style='width:1px;height:1px'>b", "ab"),
            ("a<img src=http://feeds.feedburner.com/~r/x/~4/y>b", "ab"),
            ("a<img src='' data-src=//pixel.wp.com/b.gif?x=1>b", "ab"),
            (
                "<img src=/half style='width:1%'>",
                "<img src=\"https://ana.example/half\" loading=\"lazy\">",
            ),
            (
                "<img src=/line width=1 height=200>",
                "<img src=\"https://ana.example/line\" width=\"1\" height=\"200\" loading=\"lazy\">",
            ),
            (
                "<img src=data:image/gif;base64,R0lG data-src=/late.jpg>",
                "<img src=\"https://ana.example/late.jpg\" loading=\"lazy\">",
            ),
            (
                "<img src=data:image/png;base64,AAAA>",
                "<img src=\"data:image/png;base64,AAAA\" loading=\"lazy\">",
            ),
            ("<img src='data:image/svg+xml,<svg>' alt=x>", "<img loading=\"lazy\" alt=\"x\">"),
            (
                "<picture><source srcset=/a.avif><img src=/a.jpg></picture>",
                "<img src=\"https://ana.example/a.jpg\" loading=\"lazy\">",
            ),
        ]);
        let large = format!("<img src=data:image/png;base64,{} alt=x>", "A".repeat(LONGEST_DATA));
        check(&[(&large, "<img loading=\"lazy\" alt=\"x\">")]);
    }

    #[test]
    fn fd_x_18_frames_become_links() {
        let rel = "rel=\"nofollow ugc noopener\"";
        for (html, href, name) in [
            (
                "<iframe src=https://www.youtube-nocookie.com/embed/abc?rel=0></iframe>",
                "https://www.youtube.com/watch?v=abc",
                "https://www.youtube.com/watch?v=abc",
            ),
            (
                "<iframe src=//player.vimeo.com/video/12 title='A <film>'>no</iframe>",
                "https://vimeo.com/12",
                "A &lt;film&gt;",
            ),
            (
                "<iframe src='/map?a=1&amp;b=2'></iframe>",
                "https://ana.example/map?a=1&amp;b=2",
                "https://ana.example/map?a=1&amp;b=2",
            ),
        ] {
            let expected = format!("<p><a href=\"{href}\" {rel}>{name}</a></p>");
            assert_eq!(article(html, &base()), expected, "{html}");
        }
        check(&[
            ("<iframe srcdoc='<script>'></iframe>x", "x"),
            ("<iframe src=javascript:x></iframe>x", "x"),
        ]);
    }

    #[test]
    fn what_is_to_be_read_stays() {
        check(&[
            (
                "<h2>T</h2><table><tr><th scope=col>a<td colspan=2>b</table>",
                "<h2>T</h2><table><tbody><tr><th scope=\"col\">a</th><td colspan=\"2\">b</td></tr></tbody></table>",
            ),
            (
                "<section><p lang=de dir=ltr>x</section>",
                "<div><p lang=\"de\" dir=\"ltr\">x</p></div>",
            ),
            (
                "<video src=/v.mp4 autoplay poster=/p.jpg></video>",
                "<video src=\"https://ana.example/v.mp4\" poster=\"https://ana.example/p.jpg\" controls=\"\" preload=\"none\"></video>",
            ),
            (
                "<details open><summary>s</summary>t</details>",
                "<details><summary>s</summary>t</details>",
            ),
            ("<font color=red>x</font><strike>y</strike>", "x<s>y</s>"),
            ("a < b & c", "a &lt; b &amp; c"),
        ]);
    }

    #[test]
    fn much_is_made_plain() {
        let deep = "<blockquote>".repeat(500) + "x";
        assert_eq!(article(&deep, &base()), "<p>x</p>");
        let many = "<i>x</i>".repeat(MOST);
        assert!(!article(&many, &base()).contains("<i>"));
        let long = "<b>a</b> ".repeat(200_000);
        assert!(!article(&long, &base()).contains("<b>"));
        let left_open: String = (0..90).map(|n| format!("<b x={n}><span y={n}>")).collect();
        assert!(article(&(left_open + &"<p>x".repeat(9_000)), &base()).len() < 3_000_000);
    }

    #[test]
    fn links_do_not_follow_their_readers() {
        check(&[
            (
                "<a href='/x?utm_source=feed&amp;a=%C3%BC&fbclid=2#y'>x</a>",
                "<a href=\"https://ana.example/x?a=%C3%BC#y\" rel=\"nofollow ugc noopener\">x</a>",
            ),
            (
                "<img src='https://a.example/p.jpg?utm_source=x' alt=y>",
                "<img src=\"https://a.example/p.jpg?utm_source=x\" alt=\"y\" loading=\"lazy\">",
            ),
        ]);
    }

    /// HTML whose tags are closed, whether they may stand where they stand or not.
    fn well_formed() -> impl Strategy<Value = String> {
        let text = "([a-z &;\n]|&amp;|&#39;|&nbsp;|<br>|<hr/>|<img src='/[a-z]{1,3}' alt=\"x&lt;\">|<!--x-->){0,5}";
        let names = "(a href=/x|a|p|b|i|em|u|s|tt|div|ul|ol|li|dl|dd|dt|h1|h3|pre|span|font|code|section|blockquote|figure|details|q cite='/y'|sup|picture|label)";
        text.prop_recursive(6, 40, 5, move |inner| {
            let children = proptest::collection::vec(inner, 0..5);
            (names, children, text).prop_map(|(start, children, text)| {
                let name = start.split(' ').next().unwrap_or_default().to_owned();
                format!("<{start}>{text}{}</{name}>{text}", children.concat())
            })
        })
    }

    /// The short way, if it can be gone, and the long one.
    fn both(html: &str) -> (Option<String>, String) {
        (quick::article(html, &base()), thorough(html, &base()))
    }

    #[test]
    fn what_is_plain_goes_the_short_way_and_comes_out_the_same() {
        for html in [
            "text",
            " <p class=a>Hi <b>there</b>, <em lang=de>Anna</em>&nbsp;&amp; &#8217;co&hellip;</p>\r\n<hr/>",
            "<!-- wp:paragraph --><p>a<br>b<br />c</p><!-- /wp:paragraph -->",
            "<ul>\n<li>a</li><li><p>b</p><ol start=\"3\"><li>c</ol></li></ul>",
            "<ul>\n<li>a</li><li><p>b</p><ol start=\"3\"><li>c</li></ol></li></ul>",
            "<section><article><h2 id=x>a</h2></article></section><strike>x</strike><tt>y</tt>",
            "<figure><a href=/x?utm_source=1&amp;y=2><picture><source srcset='/a.webp'><img class=b \
             src=/a.jpg?a=1&b=2 srcset='/a.jpg?x=1&#38;y 1x, b.jpg 2x' alt='A &quot;b&quot; > c'></picture></a>\
             <figcaption>c</figcaption></figure>",
            "<img src=javascript:x alt=y title=z><img data-src=/late.jpg><img src=x width=1>",
            "<img srcset='mailto:x 1x' alt=a title=b width=2 src=/a.jpg>",
            "<blockquote cite='javascript:x'><p></p><p>a</p></blockquote><q cite=data:x>y</q>",
            "<dl><dt>a</dt><dd>b</dd></dl><pre><code class=x>a\n b</code></pre>",
            "<span class='h-card'><a href='https://m.example/@a' class=u-url>@<span>a</span></a></span>",
            "<font color=red><big>a</big></font><a href='mailto:a@b.example' title='x'>y</a>",
            "<b><b><b><b>a</b></b></b></b><div><div><i><p>x</p></i></div></div>",
        ] {
            let (quick, thorough) = both(html);
            let is_plain = !html.contains("c</ol>");
            assert_eq!(quick, is_plain.then_some(thorough), "{html}");
        }
    }

    #[test]
    fn what_is_not_plain_goes_the_long_way() {
        for html in [
            "<p>a<p>b",
            "<b><i>x</b></i>",
            "<p><div>x</div></p>",
            "<a href=/x><a href=/y>z</a></a>",
            "<table></table>",
            "<svg></svg>",
            "<a name=x>y</a>",
            "<P>x</P>",
            "a &copy b",
            "a < b",
            "<p/>x",
            "<p a=1 a=2>x</p>",
            "<pre>\nx</pre>",
            "<!-->x",
            "<!--a--!>x-->",
            "\u{feff}x",
            "<h1><h2>x</h2></h1>",
            "<li>x</li>",
            "</p>",
            "<div>",
            "&#128;",
            "a\0b",
            "<img alt='&bogus;'>",
            "<a title=x href=javascript:y>z</a>",
            "<iframe src=/x></iframe>",
            "<script>x</script>",
        ] {
            assert_eq!(quick::article(html, &base()), None, "{html}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1_000))]
        #[test]
        fn both_ways_lead_to_the_same(html in "(\\PC|</?(a|p|b|i|em|div|ul|li|h2|pre|span|font|code|section|dl|dd|blockquote|figure|small)( (href|class|title|cite|lang)=(\"[a-z /&;:]{0,9}\"|'[a-z&#;]{0,4}'|[a-z/=&;,]{1,4})){0,2}>|<(br|hr|img|wbr|source)( (src|srcset|alt|width|loading|data-src)=\"[a-z0-9/ ,&;:]{0,9}\"){0,3}/?>|<!--[a-z->]{0,4}-->|&(amp|lt|#38|nbsp|#x41|x);?|[\n\r\t &<>\"'-]){0,30}") {
            let (quick, thorough) = both(&html);
            if let Some(quick) = quick {
                prop_assert_eq!(quick, thorough);
            }
        }

        #[test]
        fn both_ways_lead_to_the_same_with_what_is_well_formed(html in well_formed()) {
            let (quick, thorough) = both(&html);
            if let Some(quick) = quick {
                prop_assert_eq!(quick, thorough);
            }
        }

        #[test]
        fn any_article_is_made_safe(html in "(\\PC|</?[a-z]{1,8}[ >]|<script>|<svg>|<math>|<iframe src=|<!--|href=|src=\"|on[a-z]{3,5}=|javascript:|data:|[\"'<>=&#]|\n){0,40}") {
            let clean = article(&html, &base());
            for tag in ["<script", "<svg", "<style", "<iframe", "<form", "<input", "<object"] {
                prop_assert!(!clean.contains(tag), "{clean}");
            }
            prop_assert_eq!(&article(&clean, &base()), &clean);
        }
    }

    #[test]
    fn fd_x_18_a_query_stays_as_it_was_written() {
        let html = article("<a href='/x?a=1&region=eu&copy=3&amp;d=4&#38;e=5'>x</a>", &base());
        let address = "https://ana.example/x?a=1&amp;region=eu&amp;copy=3&amp;d=4&amp;e=5";
        assert!(html.contains(address), "{html}");
    }

    #[test]
    fn fd_x_18_no_scheme_hides_behind_what_browsers_leave_out() {
        for scheme in ["da\tta:text/html,x", "data:text/html,x", "da&Tab;ta:text/html,x", " data:x"]
        {
            let html = format!("<a href=\"{scheme}\">x</a><img src=\"{scheme}\" alt=y>");
            let html = article(&html, &base());
            assert!(!html.contains("href") && !html.contains("src"), "{scheme}: {html}");
        }
    }
}
