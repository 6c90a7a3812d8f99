//! Addresses and hosts in the form in which they are compared. Whether anybody is behind them is
//! not known here.

use url::Url;

/// An address taken apart: its host without `www.`, its port if it is not the usual one, and its
/// path without a slash at the end. The scheme does not count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parts {
    /// Host and port.
    pub host: String,
    /// The path, `""` for the root.
    pub path: String,
    /// Query and fragment as written, with their `?` and `#`.
    pub rest: String,
}

impl Parts {
    /// The parts of a web address; `None` for anything else.
    pub fn of(address: &str) -> Option<Self> {
        let url = Url::parse(address.trim()).ok()?;
        if !matches!(url.scheme(), "http" | "https") {
            return None;
        }
        let mut host = plain_host(url.host_str()?);
        if let Some(port) = url.port() {
            host.push_str(&format!(":{port}"));
        }
        let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
        let fragment = url.fragment().map(|part| format!("#{part}")).unwrap_or_default();
        let path = url.path().trim_end_matches('/').to_owned();
        Some(Self { host, path, rest: query + &fragment })
    }

    /// The host without the port: a port makes no other host.
    pub fn name(&self) -> &str {
        self.host.split(':').next().unwrap_or_default()
    }

    /// Host and path.
    pub fn page(&self) -> String {
        format!("{}{}", self.host, self.path)
    }

    /// The whole address.
    pub fn whole(&self) -> String {
        format!("{}{}{}", self.host, self.path, self.rest)
    }

    /// Whether this address is another one, or lies below it.
    pub fn is_below(&self, other: &Self) -> bool {
        let below = self.path.strip_prefix(&other.path);
        self.host == other.host
            && below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

/// An address as people are compared by theirs: without scheme, `www.` and slash at the end. None
/// for what is no web address.
pub fn key_of(address: &str) -> Option<String> {
    Parts::of(address).map(|parts| parts.whole())
}

fn plain_host(host: &str) -> String {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    host.strip_prefix("www.").map_or(host.clone(), str::to_owned)
}

/// The host of an address, as hosts are compared; empty if it has none.
pub(super) fn host_of(address: &str) -> String {
    Parts::of(address).map(|parts| parts.host).unwrap_or_default()
}

/// A host written by a person (`Spam.example`, `*.spam.example`, `bücher.example`, or an address),
/// as hosts are compared. A name without a dot is none: it would cover half of the web.
pub fn domain(written: &str) -> Option<String> {
    let written = written.trim().trim_start_matches("*.").trim_start_matches('.');
    let address =
        if written.contains("://") { written.to_owned() } else { format!("https://{written}/") };
    let url = Url::parse(&address).ok()?;
    let host = plain_host(url.host_str()?);
    let bare = !written.contains("://");
    let right = url.path() == "/" || !bare;
    let name = host.contains(['.', ':']) && !host.contains('*') && url.username().is_empty();
    (right && name).then_some(host)
}

/// Whether a text names a host, as a rule about a domain does.
pub fn is_domain(written: &str) -> bool {
    domain(written).is_some()
}

/// A host and the hosts above it: `a.b.example` gives itself, `b.example` and `example`.
pub fn upwards(host: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(host), |host| host.split_once('.').map(|(_, above)| above))
}

/// Whether a host is another one, or lies below it.
pub fn is_within(host: &str, domain: &str) -> bool {
    upwards(host).any(|above| above == domain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spelling_does_not_count() {
        let page = |address| Parts::of(address).map(|parts| parts.page());
        assert_eq!(page("https://x.example"), page("http://www.X.example./"));
        assert_ne!(page("https://x.example/a"), page("https://x.example/b"));
        assert_ne!(page("https://x.example:8443/"), page("https://x.example/"));
        assert_eq!(page("mailto:a@x.example"), None);
        assert_eq!(page(""), None);
        let whole = |address| Parts::of(address).map(|parts| parts.whole());
        assert_ne!(whole("https://x.example/?author=1"), whole("https://x.example/?author=2"));
    }

    #[test]
    fn below_ends_at_a_slash() {
        let parts = |address| Parts::of(address).unwrap();
        let me = parts("https://tilde.example/~me");
        assert!(parts("https://tilde.example/~me/notes/1").is_below(&me));
        assert!(parts("https://tilde.example/~me").is_below(&me));
        assert!(!parts("https://tilde.example/~melissa").is_below(&me));
    }

    #[test]
    fn domains_as_people_write_them() {
        for (written, host) in [
            ("Spam.example", Some("spam.example")),
            ("*.spam.example", Some("spam.example")),
            ("bücher.example", Some("xn--bcher-kva.example")),
            ("https://spam.example/page", Some("spam.example")),
            ("com", None),
            ("sp*m.example", None),
            ("a b", None),
            ("", None),
        ] {
            assert_eq!(domain(written).as_deref(), host, "{written}");
        }
    }
}
