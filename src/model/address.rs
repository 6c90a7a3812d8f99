//! Addresses that people spell in two ways.

use std::fmt::Write;

use url::Url;

/// An address without what may differ between two that mean the same: scheme, `www.`, a slash at the
/// end.
#[must_use]
pub fn compared(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    let host = host.strip_prefix("www.").unwrap_or(host);
    let mut out = format!("{}:{}@{host}", url.username(), url.password().unwrap_or_default());
    // Writing into a `String` cannot fail.
    if let Some(port) = url.port() {
        let _ = write!(out, ":{port}");
    }
    out.push_str(url.path().trim_end_matches('/'));
    if let Some(query) = url.query() {
        let _ = write!(out, "?{query}");
    }
    if let Some(fragment) = url.fragment() {
        let _ = write!(out, "#{fragment}");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spelling_does_not_count() {
        let of = |text: &str| compared(&Url::parse(text).unwrap());
        let one = of("https://www.Jule.example/feed/");
        assert_eq!(one, of("http://jule.example/feed"));
        assert_eq!(one, of("https://jule.example:443/feed"));
        for other in [
            "https://jule.example/",
            "https://jule.example/feed?tag=a",
            "https://jule.example/feed#a",
            "https://jule.example:8443/feed",
            "https://robin:word@jule.example/feed",
        ] {
            assert_ne!(one, of(other), "{other}");
        }
    }
}
