//! Which foreign addresses may go on to a page: `http` and `https` ones, nothing that runs code.
//! Fetching and resolving are left to others. Spec: WHATWG URL.

use url::Url;

/// The address, trimmed and otherwise as written, if a browser would take it for a web address.
pub(crate) fn web(text: &str) -> Option<String> {
    let text = text.trim();
    if text.contains(|c: char| c.is_control() || c.is_whitespace()) {
        return None;
    }
    let url = Url::parse(text).ok()?;
    let known = matches!(url.scheme(), "http" | "https") && url.host_str().is_some();
    known.then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::web;

    #[test]
    fn only_web_addresses_pass() {
        for good in ["https://a.example/x?y#z", "http://a.example", "HTTPS://A.example/ü"] {
            assert_eq!(web(&format!(" {good}\n")).as_deref(), Some(good));
        }
        for bad in [
            "javascript:alert(1)",
            "data:text/html,x",
            "/x",
            "",
            "a.example",
            "https://",
            "java\nscript:alert(1)",
            "https://a.example/\u{0}",
            "mailto:a@b.example",
            "//a.example",
        ] {
            assert_eq!(web(bad), None, "{bad}");
        }
    }
}
