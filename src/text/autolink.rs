//! Finds bare addresses in running text: `https://…`, `www.…` and `a@b.example`.
//!
//! Follows the autolink extension of GitHub Flavored Markdown (section 6.9) for what an address
//! is and where it ends. Writing the link is left to the caller.

use std::ops::Range;

/// An address found in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// Where it stands, in bytes of the text searched.
    pub range: Range<usize>,
    /// What kind of address it is.
    pub kind: Kind,
}

/// The kinds of bare addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Starts with `http://` or `https://`.
    Web,
    /// Starts with `www.`, so the scheme is missing.
    Www,
    /// A mail address, with or without `mailto:`.
    Mail,
}

impl Address {
    /// The characters of the address, as they stand in the text.
    pub fn text<'t>(&self, text: &'t str) -> &'t str {
        text.get(self.range.clone()).unwrap_or_default()
    }

    /// The address with the scheme it lacks.
    pub fn href(&self, text: &str) -> String {
        let written = self.text(text);
        match self.kind {
            Kind::Www => format!("http://{written}"),
            Kind::Mail if !written.starts_with("mailto:") => format!("mailto:{written}"),
            Kind::Web | Kind::Mail => written.to_owned(),
        }
    }
}

/// Whether a text can hold an address at all; cheap, and false for most texts.
pub fn may_contain(text: &str) -> bool {
    text.bytes().any(|b| b == b'@')
        || text.contains("://")
        || text.contains("ww.")
        || text.contains("WW.")
}

/// All addresses of a text, in order.
pub fn addresses(text: &str) -> impl Iterator<Item = Address> {
    let mut from = 0;
    std::iter::from_fn(move || {
        let found = next_address(text, from)?;
        from = found.range.end;
        Some(found)
    })
}

/// The first address that lies wholly behind byte `from`.
pub fn next_address(text: &str, from: usize) -> Option<Address> {
    let tail = text.get(from..)?;
    for (offset, byte) in tail.bytes().enumerate() {
        let at = from + offset;
        let found = match byte {
            b':' => web(text, from, at),
            b'w' | b'W' => www(text, at),
            b'@' => mail(text, from, at),
            _ => None,
        };
        if found.is_some() {
            return found;
        }
    }
    None
}

fn before(text: &str, at: usize) -> Option<char> {
    text.get(..at)?.chars().next_back()
}

fn web(text: &str, from: usize, colon: usize) -> Option<Address> {
    let after = text.get(colon..)?.strip_prefix("://")?;
    let head = text.get(from..colon)?;
    let length = head.bytes().rev().take_while(u8::is_ascii_alphanumeric).count();
    let scheme = head.get(head.len() - length..)?;
    if !scheme.eq_ignore_ascii_case("http") && !scheme.eq_ignore_ascii_case("https") {
        return None;
    }
    let start = colon - length;
    // A letter of another script right before the scheme is fine: such scripts may do without
    // spaces. An underscore or digit would make it part of a word.
    if before(text, start).is_some_and(|c| c == '_') {
        return None;
    }
    let host = host_length(after)?;
    if host == 0 {
        return None;
    }
    let end = colon + 3 + end_of_address(after, host);
    Some(Address { range: start..end, kind: Kind::Web })
}

fn www(text: &str, start: usize) -> Option<Address> {
    let rest = text.get(start..)?;
    if !rest.get(..4)?.eq_ignore_ascii_case("www.") {
        return None;
    }
    if before(text, start).is_some_and(|c| c.is_alphanumeric() || "/.-@:=&?#_".contains(c)) {
        return None;
    }
    let host = host_length(rest)?;
    if rest.get(..host)?.trim_end_matches('.').len() <= 4 {
        return None;
    }
    let end = start + end_of_address(rest, host);
    // Stripping punctuation may have eaten the host down to `www`.
    (end > start + 4).then_some(Address { range: start..end, kind: Kind::Www })
}

/// The length of the host at the start of a text, or none when it is not a valid one: the last
/// two labels may not hold an underscore.
fn host_length(text: &str) -> Option<usize> {
    let length = text
        .char_indices()
        .find(|(_, c)| !(c.is_alphanumeric() || matches!(c, '-' | '_' | '.')))
        .map_or(text.len(), |(i, _)| i);
    let host = text.get(..length)?.trim_end_matches('.');
    if !host.starts_with(char::is_alphanumeric) || host.contains("..") {
        return None;
    }
    if host.rsplit('.').take(2).any(|label| label.contains('_')) {
        return None;
    }
    Some(length)
}

/// Where the address ends: at white space or `<`, less the punctuation that belongs to the
/// sentence around it.
fn end_of_address(text: &str, host: usize) -> usize {
    let stop = text
        .char_indices()
        .find(|(i, c)| *i >= host && (c.is_whitespace() || *c == '<' || c.is_control()))
        .map_or(text.len(), |(i, _)| i);
    let mut address = text.get(..stop).unwrap_or_default();
    // Counted once and kept up to date, so that a thousand closing parentheses cost one pass.
    let opened = address.bytes().filter(|b| *b == b'(').count();
    let mut closed = address.bytes().filter(|b| *b == b')').count();
    while let Some(last) = address.chars().next_back() {
        let cut = match last {
            '?' | '!' | '.' | ',' | ':' | '*' | '_' | '~' | '\'' | '"' | ']' => 1,
            '。' | '、' | '，' | '．' | '！' | '？' | '」' | '』' | '）' | '”' | '’' | '»'
            | '…' => last.len_utf8(),
            ')' if closed > opened => {
                closed -= 1;
                1
            }
            ';' => entity_length(address),
            _ => 0,
        };
        if cut == 0 {
            break;
        }
        address = address.get(..address.len() - cut).unwrap_or_default();
    }
    address.len()
}

/// The length of something like `&amp;` at the end of an address, else 1 for the semicolon.
fn entity_length(address: &str) -> usize {
    let body = address.strip_suffix(';').unwrap_or(address);
    let name = body.bytes().rev().take_while(u8::is_ascii_alphanumeric).count();
    let has_ampersand = body.get(..body.len() - name).is_some_and(|head| head.ends_with('&'));
    if name > 0 && has_ampersand { name + 2 } else { 1 }
}

fn mail(text: &str, from: usize, at: usize) -> Option<Address> {
    let head = text.get(from..at)?;
    let local =
        head.bytes().rev().take_while(|b| b.is_ascii_alphanumeric() || b".-_+".contains(b)).count();
    let local_part = head.get(head.len() - local..)?.trim_start_matches('.');
    if local_part.is_empty() || local_part.ends_with('.') {
        return None;
    }
    let mut start = at - local_part.len();
    // `@ana@social.example` is a handle and `//ana@host` part of an address: neither is mail.
    if before(text, start).is_some_and(|c| c.is_alphanumeric() || matches!(c, '@' | '/')) {
        return None;
    }
    let tail = text.get(at + 1..)?;
    let length =
        tail.bytes().take_while(|b| b.is_ascii_alphanumeric() || b"-_.".contains(b)).count();
    let domain = tail.get(..length)?.trim_end_matches('.');
    if !domain.contains('.') || domain.contains("..") || domain.starts_with(['.', '-']) {
        return None;
    }
    if domain.ends_with(['-', '_']) || tail.get(length..)?.starts_with('@') {
        return None;
    }
    if text.get(from..start)?.ends_with("mailto:") {
        start -= "mailto:".len();
    }
    Some(Address { range: start..at + 1 + domain.len(), kind: Kind::Mail })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn found(text: &str) -> Vec<&str> {
        addresses(text).map(|a| a.text(text)).collect()
    }

    #[test]
    fn web_addresses_end_where_the_sentence_goes_on() {
        for (text, expected) in [
            ("see https://a.example.", vec!["https://a.example"]),
            ("(https://a.example/x)", vec!["https://a.example/x"]),
            ("https://a.example/x_(y)", vec!["https://a.example/x_(y)"]),
            ("(https://a.example/x_(y))", vec!["https://a.example/x_(y)"]),
            ("https://a.example/?q=a&lt; b", vec!["https://a.example/?q=a"]),
            ("https://a.example/?q=a;b", vec!["https://a.example/?q=a;b"]),
            ("\"https://a.example\"", vec!["https://a.example"]),
            ("https://a.example<b", vec!["https://a.example"]),
            ("HTTPS://A.example", vec!["HTTPS://A.example"]),
            ("http://localhost:1111/x", vec!["http://localhost:1111/x"]),
            ("詳細はhttps://例え.jp/道。", vec!["https://例え.jp/道"]),
            ("xhttp://a.example", vec![]),
            ("http://", vec![]),
            ("http://a_b.example/", vec![]),
            ("ftp://a.example", vec![]),
            ("a://b", vec![]),
            ("https://a.example/?!.,", vec!["https://a.example/"]),
        ] {
            assert_eq!(found(text), expected, "{text}");
        }
    }

    #[test]
    fn www_and_mail() {
        for (text, expected) in [
            ("www.commonmark.org/help for", vec!["www.commonmark.org/help"]),
            ("www.", vec![]),
            ("xwww.a.example", vec![]),
            ("mail a.b+c@d.example.", vec!["a.b+c@d.example"]),
            ("mailto:a@b.example", vec!["mailto:a@b.example"]),
            ("a@b", vec![]),
            ("a@b.example-", vec![]),
            ("@ana@social.example", vec![]),
            ("a.b-c_d@a.b_", vec![]),
            ("https://u@h.example/", vec!["https://u@h.example/"]),
        ] {
            assert_eq!(found(text), expected, "{text}");
        }
        let text = "www.a.example b@c.example";
        let hrefs: Vec<_> = addresses(text).map(|a| a.href(text)).collect();
        assert_eq!(hrefs, ["http://www.a.example", "mailto:b@c.example"]);
    }

    proptest! {
        #[test]
        fn ranges_are_in_order_and_on_boundaries(text in "(\\PC|http://|www\\.|a@b\\.|[ .)(;&_]){0,30}") {
            let mut last = 0;
            for address in addresses(&text) {
                prop_assert!(address.range.start >= last && !address.range.is_empty());
                prop_assert!(text.get(address.range.clone()).is_some());
                last = address.range.end;
            }
        }
    }
}
