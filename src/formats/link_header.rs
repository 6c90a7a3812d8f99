//! Reads the `Link` headers of a response. Never fails: what cannot be read is passed over.
//! Resolving and fetching the targets is left to the caller. Spec: RFC 8288.

/// Most links that are read.
const MOST: usize = 1_000;

/// A link of a `Link` header, all as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link<'a> {
    /// The address, as seen from the response's own; may be empty.
    pub target: &'a str,
    /// What the link is, several words.
    rel: &'a str,
}

impl Link<'_> {
    /// Whether the link has a relation type; case does not matter.
    #[must_use]
    pub fn has_rel(&self, rel: &str) -> bool {
        self.rel.split_ascii_whitespace().any(|word| word.eq_ignore_ascii_case(rel))
    }
}

/// The links of some headers, in their order.
pub fn links<'a>(headers: impl IntoIterator<Item = &'a str>) -> impl Iterator<Item = Link<'a>> {
    headers.into_iter().flat_map(|header| Links { rest: header }).take(MOST)
}

/// The target of the first link that has a relation type.
pub fn find<'a>(headers: impl IntoIterator<Item = &'a str>, rel: &str) -> Option<&'a str> {
    links(headers).find(|link| link.has_rel(rel)).map(|link| link.target)
}

/// The links of one header.
struct Links<'a> {
    rest: &'a str,
}

impl<'a> Iterator for Links<'a> {
    type Item = Link<'a>;

    fn next(&mut self) -> Option<Link<'a>> {
        loop {
            let rest = self.rest.trim_start_matches(|c: char| c == ',' || c.is_ascii_whitespace());
            if rest.is_empty() {
                return None;
            }
            if let Some(open) = rest.strip_prefix('<') {
                let (target, after) = open.split_once('>')?; // without that there are no more links
                let (rel, after) = parameters(after);
                self.rest = after;
                return Some(Link { target: target.trim(), rel: rel.unwrap_or_default() });
            }
            // No link: go on after the next comma.
            self.rest = parameters(rest).1;
        }
    }
}

/// The first `rel` of a link's parameters, and what follows the link.
fn parameters(mut rest: &str) -> (Option<&str>, &str) {
    let mut rel = None;
    loop {
        let end = rest.find([';', ',', '=', '"']).unwrap_or(rest.len());
        let (name, mut after) = rest.split_at(end);
        if let Some(written) = after.strip_prefix('=') {
            let (value, behind) = value(written.trim_start());
            if rel.is_none() && name.trim().eq_ignore_ascii_case("rel") {
                rel = Some(value);
            }
            after = behind;
        } else if let Some(text) = after.strip_prefix('"') {
            after = quoted(text).1;
        }
        if let Some(behind) = after.strip_prefix(',') {
            return (rel, behind);
        }
        if after.is_empty() {
            return (rel, "");
        }
        rest = after.strip_prefix(';').unwrap_or(after);
    }
}

/// The value of a parameter, and what follows it.
fn value(text: &str) -> (&str, &str) {
    if let Some(text) = text.strip_prefix('"') {
        return quoted(text);
    }
    let (value, after) = text.split_at(text.find([';', ',']).unwrap_or(text.len()));
    (value.trim(), after)
}

/// The text up to a closing quote, and what follows the quote. Backslashes guard quotes and stay:
/// the values asked for have none.
fn quoted(text: &str) -> (&str, &str) {
    let mut is_guarded = false;
    let end = text.find(|c| {
        let ends = c == '"' && !is_guarded;
        is_guarded = c == '\\' && !is_guarded;
        ends
    });
    let (value, after) = text.split_at(end.unwrap_or(text.len()));
    (value, after.strip_prefix('"').unwrap_or(after))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_first_link_with_the_relation_is_found() {
        for (headers, expected) in [
            (&["</wm>; rel=webmention"][..], Some("/wm")),
            (&["</wm>; rel=\"webmention\""], Some("/wm")),
            (&["</wm>;rel=\"other  WebMention\t\""], Some("/wm")),
            (&["</wm> ; REL = \"webmention\""], Some("/wm")),
            (&["<>; rel=webmention"], Some("")),
            (&["< /wm >; rel=webmention;"], Some("/wm")),
            (&["</a>; rel=hub,</wm>;rel=webmention"], Some("/wm")),
            (&["</a>; rel=hub", "</wm>; rel=webmention", "</b>; rel=webmention"], Some("/wm")),
            (&["</a,b;c>; title=\"x, <y>; rel=webmention\", </wm>; rel=webmention"], Some("/wm")),
            (
                &["</a>; title=\"\\\", </no>; rel=webmention\"; rel=hub, </wm>; rel=webmention"],
                Some("/wm"),
            ),
            (&["</a>; rel=hub; rel=webmention, </wm>; rel=webmention"], Some("/wm")),
            (
                &["</a>; rel=not-webmention, </b>; rel=webmentions, </wm>; rel=webmention"],
                Some("/wm"),
            ),
            (&["</a>; xrel=webmention, </wm>; rel=webmention"], Some("/wm")),
            (&["nonsense, </wm>; rel=webmention"], Some("/wm")),
            (&["nonsense; x=\"a,</a>; rel=webmention\", </wm>; rel=webmention"], Some("/wm")),
            (&[",, ,</wm>; nofollow; rel=webmention; title"], Some("/wm")),
            (&["</wm>; rel=\"webmention"], Some("/wm")),
            (&["</a>", "</b>; rel", "</c>; rel=", "</d>; =webmention", "/e; rel=webmention"], None),
            (&["</wm; rel=webmention"], None),
            (&["", "<", ">", ";", "=", "\"", "<>", "<>;", "<>;\"", "\\"], None),
        ] {
            assert_eq!(find(headers.iter().copied(), "webmention"), expected, "{headers:?}");
        }
    }

    #[test]
    fn links_are_read_in_order_and_not_without_end() {
        let all: Vec<(&str, bool)> = links(["<a>; rel=\"x Y\", <b>", "<c>; rel=y"])
            .map(|link| (link.target, link.has_rel("y")))
            .collect();
        assert_eq!(all, [("a", true), ("b", false), ("c", true)]);
        let many = "<a>; rel=b, ".repeat(5_000);
        assert_eq!(links([many.as_str()]).count(), MOST);
    }

    proptest! {
        #[test]
        fn any_header_is_read(text in "[<>;,=\"\\\\a-c ré]{0,40}") {
            for link in links([text.as_str()]) {
                prop_assert!(text.contains(link.target));
            }
            let with = format!("</wm>; rel=webmention, {text}");
            prop_assert_eq!(find([with.as_str()], "webmention"), Some("/wm"));
        }
    }
}
