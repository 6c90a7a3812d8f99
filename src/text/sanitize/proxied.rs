//! Clean HTML whose pictures are had from elsewhere: each address goes through a function. Reads
//! what the cleaner writes and nothing else, so one look at each byte is enough.

use std::borrow::Cow;

use url::Url;

use crate::text::html::{map_srcset, push_attribute};

/// The same HTML with other addresses of its pictures and of the stills of its films, as `to` says.
/// Small pictures that are part of the text stay; an address that is none of the web goes. The HTML
/// has to be that of [`super::article`] or [`super::sanitize`]: a tag that is not written as they
/// write it is left out, because nobody knows what it would load.
#[must_use]
pub fn proxied(clean: &str, mut to: impl FnMut(&Url) -> String) -> String {
    let mut out = String::with_capacity(clean.len() + clean.len() / 8);
    let mut rest = clean;
    while let Some((before, tag)) = rest.split_once('<') {
        out.push_str(before);
        let Some(end) = end_of_tag(tag) else { return out };
        let (inside, after) = tag.split_at(end);
        let name = inside.split(' ').next().unwrap_or_default();
        let is_plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
        match name {
            "img" | "source" | "video" => push_tag(&mut out, name, inside, &mut to),
            _ if !name.strip_prefix('/').unwrap_or(name).bytes().all(is_plain) => {}
            _ => {
                out.push('<');
                out.push_str(inside);
                out.push('>');
            }
        }
        rest = after.get(1..).unwrap_or_default();
    }
    out.push_str(rest);
    out
}

/// Where a tag ends: at the first `>` that is in no value.
fn end_of_tag(tag: &str) -> Option<usize> {
    let mut inside = false;
    tag.bytes().position(|byte| {
        inside ^= byte == b'"';
        byte == b'>' && !inside
    })
}

fn push_tag(out: &mut String, name: &str, inside: &str, to: &mut impl FnMut(&Url) -> String) {
    let start = out.len();
    out.push('<');
    out.push_str(name);
    let mut rest = inside.get(name.len()..).unwrap_or_default();
    while !rest.is_empty() {
        let Some((key, value, after)) = attribute(rest) else {
            out.truncate(start);
            return;
        };
        let new = match (name, key) {
            ("img", "src") | ("video", "poster") => address(value, to).map(Cow::Owned),
            (_, "srcset") => list(value, to).map(Cow::Owned),
            _ => Some(Cow::Borrowed(value)),
        };
        if let Some(new) = new {
            out.push(' ');
            out.push_str(key);
            out.push_str("=\"");
            out.push_str(&new);
            out.push('"');
        }
        rest = after;
    }
    out.push('>');
}

/// The attribute at the start, ` name="value"`, and what follows it.
fn attribute(text: &str) -> Option<(&str, &str, &str)> {
    let (name, rest) = text.strip_prefix(' ')?.split_once("=\"")?;
    let (value, rest) = rest.split_once('"')?;
    let is_name = !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
    is_name.then_some((name, value, rest))
}

/// Another address, as it is written in an attribute.
fn address(written: &str, to: &mut impl FnMut(&Url) -> String) -> Option<String> {
    let plain = plain(written);
    let url = Url::parse(&plain).ok()?;
    match url.scheme() {
        "http" | "https" => {
            let mut out = String::new();
            push_attribute(&mut out, &to(&url));
            Some(out)
        }
        "data" => Some(written.to_owned()),
        _ => None,
    }
}

/// The same for a list of them; none if one is none.
fn list(written: &str, to: &mut impl FnMut(&Url) -> String) -> Option<String> {
    let mut is_whole = true;
    let list = map_srcset(&plain(written), |address| {
        let url = Url::parse(address).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        is_whole &= url.is_some();
        url.map(|url| to(&url)).unwrap_or_default()
    });
    let mut out = String::new();
    push_attribute(&mut out, &list);
    is_whole.then_some(out)
}

/// A value without the references that the cleaner writes.
fn plain(written: &str) -> Cow<'_, str> {
    if !written.contains('&') {
        return Cow::Borrowed(written);
    }
    let pairs = [("&quot;", "\""), ("&lt;", "<"), ("&gt;", ">"), ("&nbsp;", "\u{a0}")];
    let plain = pairs.iter().fold(written.to_owned(), |text, (from, to)| text.replace(from, to));
    // Last, so that nothing is read twice.
    Cow::Owned(plain.replace("&amp;", "&"))
}

#[cfg(test)]
mod tests {
    use super::super::article;
    use super::*;
    use proptest::prelude::*;

    fn through(html: &str) -> String {
        proxied(html, |url| format!("/p?{}&x", url.path()))
    }

    #[test]
    fn pictures_come_from_elsewhere_and_nothing_else_changes() {
        let base = Url::parse("https://ana.example/").unwrap();
        for (html, expected) in [
            (
                "<p title=x>a &lt; b &amp; c <a href=/x.jpg>x</a>",
                "<p>a &lt; b &amp; c <a href=\"https://ana.example/x.jpg\" rel=\"nofollow ugc noopener\">x</a></p>",
            ),
            (
                "<img src=/a.jpg?x=1 alt='a > \"b\" <c>'>",
                "<img src=\"/p?/a.jpg&amp;x\" alt=\"a &gt; &quot;b&quot; &lt;c&gt;\" loading=\"lazy\">",
            ),
            (
                "<img srcset='/a.jpg 1x, /b.jpg 2x'>",
                "<img srcset=\"/p?/a.jpg&amp;x 1x, /p?/b.jpg&amp;x 2x\" loading=\"lazy\">",
            ),
            (
                "<video src=/v.mp4 poster=/p.jpg></video><audio src=/a.mp3></audio>",
                "<video src=\"https://ana.example/v.mp4\" poster=\"/p?/p.jpg&amp;x\" controls=\"\" preload=\"none\"></video><audio src=\"https://ana.example/a.mp3\" controls=\"\" preload=\"none\"></audio>",
            ),
            (
                "<img src=data:image/png;base64,AAAA>",
                "<img src=\"data:image/png;base64,AAAA\" loading=\"lazy\">",
            ),
        ] {
            assert_eq!(through(&article(html, &base)), expected, "{html}");
        }
    }

    #[test]
    fn what_the_cleaner_would_not_write_loads_nothing() {
        for html in [
            "<img src=https://b.example/x>",
            "<img src='https://b.example/x'>",
            "<img  src=\"https://b.example/x\">",
            "<img SRC=\"https://b.example/x\">",
            "<img/src=\"https://b.example/x\">",
            "<img src=\"https://b.example/x\"",
            "<img src=\"ftp://b.example/x\">",
            "<img srcset=\"x 1x\">",
        ] {
            assert!(!through(html).contains("b.example"), "{html}");
        }
    }

    proptest! {
        #[test]
        fn no_address_of_others_is_left(html in "(\\PC|<img |<source |<video |src=|srcset=|poster=|https://b\\.example/|&amp;|&quot;|[\"'<>=&# /]| 1x, ){0,40}") {
            let base = Url::parse("https://ana.example/").unwrap();
            let clean = article(&html, &base);
            let shown = proxied(&clean, |_| "/p".to_owned());
            for tag in shown.split('<').filter(|tag| tag.starts_with("img ")) {
                let tag = tag.split('>').next().unwrap();
                prop_assert!(!tag.contains("src=\"http") && !tag.contains("srcset=\"http"), "{shown}");
            }
            prop_assert_eq!(proxied(&clean, Url::to_string).matches('<').count(), clean.matches('<').count());
            let _ = proxied(&html, |_| "/p".to_owned());
        }
    }
}
