//! What bytes are, by themselves: neither types nor names of files are believed (FD-D-01, FD-X-03,
//! FD-X-04).

use super::tree::{Skipped, local_of, name_of, skip};

/// How far into a text its root is looked for.
const FARTHEST: usize = 256 << 10;

/// Most bytes that are looked at for that, again and again where something has no end.
const MOST_WORK: usize = 8 << 20;

/// What a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sniffed {
    /// A feed of XML whose root begins here.
    Xml(usize),
    /// A web page.
    Html,
    /// An object or a list of JSON.
    Json,
    /// XML of another kind.
    Other(&'static str),
    /// Nothing that is known.
    Unknown,
}

/// What bytes are that are no text.
pub(super) fn binary(bytes: &[u8]) -> Option<&'static str> {
    const KINDS: [(&[u8], &str); 11] = [
        (b"%PDF", "a PDF"),
        (b"\x89PNG", "a picture"),
        (b"\xff\xd8\xff", "a picture"),
        (b"GIF8", "a picture"),
        (b"RIFF", "a picture or a recording"),
        (b"ID3", "a recording"),
        (b"OggS", "a recording"),
        (b"\x1f\x8b", "a compressed file"),
        (b"PK\x03\x04", "an archive"),
        (b"7z\xbc\xaf", "an archive"),
        (b"\x28\xb5\x2f\xfd", "a compressed file"),
    ];
    KINDS.iter().find(|(start, _)| bytes.starts_with(start)).map(|(_, name)| *name)
}

/// Looks at a text from its beginning. Junk before the root is passed over.
pub(super) fn sniff(text: &str) -> Sniffed {
    let start =
        text.trim_start_matches(|c: char| c.is_whitespace() || c.is_control() || c == '\u{feff}');
    if start.starts_with(['{', '[']) {
        return Sniffed::Json;
    }
    let head = text.get(..text.floor_char_boundary(FARTHEST)).unwrap_or_default();
    let (mut at, mut other, mut work_left) = (0, None, MOST_WORK);
    while let Some(found) = head.get(at..).and_then(|rest| rest.find('<')) {
        at += found;
        let Some(rest) = head.get(at..) else { break };
        let skipped = skip(rest);
        let may_skip = rest.starts_with("<!") || rest.starts_with("<?");
        let looked_at = skipped.as_ref().map(|skipped| skipped.looked_at);
        let work = looked_at.unwrap_or(if may_skip { rest.len() } else { 0 });
        let Some(left) = work_left.checked_sub(work) else { break };
        work_left = left;
        if let Some(Skipped { length, .. }) = skipped {
            if is_html_doctype(rest) {
                return Sniffed::Html;
            }
            at += length;
            continue;
        }
        let name = name_of(rest.get(1..).unwrap_or_default());
        match root(name) {
            Some(Sniffed::Xml(_)) => return Sniffed::Xml(at),
            Some(Sniffed::Html) => return other.unwrap_or(Sniffed::Html),
            Some(found) => other = other.or(Some(found)),
            // Junk in front may be HTML in pieces, so the first tag does not decide.
            None => {}
        }
        at += 1;
    }
    other.unwrap_or_else(|| if looks_like_markup(text) { Sniffed::Html } else { Sniffed::Unknown })
}

fn is_html_doctype(text: &str) -> bool {
    let start = text.get(..14).unwrap_or_default().to_ascii_lowercase();
    start == "<!doctype html"
}

fn root(name: &str) -> Option<Sniffed> {
    if name.len() > 40 {
        return None;
    }
    let name = name.to_ascii_lowercase();
    match local_of(&name) {
        "rss" | "feed" | "channel" => Some(Sniffed::Xml(0)),
        "rdf" => Some(Sniffed::Xml(0)),
        "html" | "head" | "body" => Some(Sniffed::Html),
        "opml" => Some(Sniffed::Other("a list of feeds (OPML)")),
        "urlset" | "sitemapindex" => Some(Sniffed::Other("a map of a site (sitemap)")),
        "opensearchdescription" => Some(Sniffed::Other("a description of a search")),
        "svg" if name == "svg" => Some(Sniffed::Other("a picture (SVG)")),
        "error" if name == "error" => {
            Some(Sniffed::Other("an answer that says there was an error"))
        }
        _ => None,
    }
}

/// Pieces of HTML without a beginning: lists of posts may be served so.
fn looks_like_markup(text: &str) -> bool {
    super::words::has_tags(text.get(..text.floor_char_boundary(FARTHEST)).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fd_x_04_the_root_is_found_behind_junk() {
        for (text, expected) in [
            ("<rss>", Sniffed::Xml(0)),
            ("\n\n <?xml version='1.0'?><rss>", Sniffed::Xml(24)),
            ("<br />\n<b>Warning</b>: x<?xml ?><!-- <html> --><feed>", Sniffed::Xml(47)),
            ("<!DOCTYPE rss [<!ENTITY x '<feed>'>]><atom:feed>", Sniffed::Xml(37)),
            ("<RDF:rdf >", Sniffed::Xml(0)),
            ("<!doctype html><rss>", Sniffed::Html),
            ("<HTML>", Sniffed::Html),
            ("<p>text", Sniffed::Html),
            ("\u{feff} {\"version\":", Sniffed::Json),
            ("<opml><body>", Sniffed::Other("a list of feeds (OPML)")),
            ("words", Sniffed::Unknown),
            ("", Sniffed::Unknown),
            ("<<<", Sniffed::Unknown),
        ] {
            assert_eq!(sniff(text), expected, "{text}");
        }
        assert_eq!(binary(b"%PDF-1.7"), Some("a PDF"));
    }
}
