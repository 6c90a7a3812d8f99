//! Addresses: the path of a page below the site, and the site's own address.

use std::fmt;

use serde::{Deserialize, Serialize};
use url::Url;

use crate::text::slug::push_percent_encoded;

/// The path of a page or file below the site's address: `/notes/hello/`, `/atom.xml`.
/// It begins with a slash, is not percent-encoded and in NFC.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Permalink(String);

impl Permalink {
    /// A page's path: begins and ends with a slash.
    pub fn page(path: &str) -> Self {
        let inner = path.trim_matches('/');
        if inner.is_empty() { Self("/".to_owned()) } else { Self(format!("/{inner}/")) }
    }

    /// A file's path: begins with a slash.
    pub fn file(path: &str) -> Self {
        Self(format!("/{}", path.trim_start_matches('/')))
    }

    /// The path as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A page below this one.
    #[must_use]
    pub fn join(&self, part: &str) -> Self {
        Self::page(&format!("{}{part}", self.0))
    }

    /// A file below this page.
    #[must_use]
    pub fn join_file(&self, name: &str) -> Self {
        Self::file(&format!("{}{name}", self.0))
    }

    /// The file in the output folder, without a leading slash: `notes/hello/index.html`.
    pub fn output_file(&self) -> String {
        let path = self.0.trim_start_matches('/');
        if self.0.ends_with('/') { format!("{path}index.html") } else { path.to_owned() }
    }

    /// The last part without slashes: `hello`.
    pub fn name(&self) -> &str {
        self.0.trim_matches('/').rsplit('/').next().unwrap_or("")
    }
}

impl fmt::Display for Permalink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The address of a site: where its `/` is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Base {
    url: Url,
    /// The path of the address without a slash at the end: empty, or `/blog`.
    path: String,
}

impl Base {
    /// A base from an http or https address; query and fragment are dropped.
    pub fn new(mut url: Url) -> Option<Self> {
        if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
            return None;
        }
        url.set_query(None);
        url.set_fragment(None);
        let path = url.path().trim_end_matches('/').to_owned();
        url.set_path(&format!("{path}/"));
        Some(Self { url, path })
    }

    /// The address of the home page, with a slash at the end.
    pub fn home(&self) -> &str {
        self.url.as_str()
    }

    /// The address as a parsed value.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// The host: `ana.example`.
    pub fn host(&self) -> &str {
        self.url.host_str().unwrap_or("")
    }

    /// A link from any page of the site: `/blog/notes/hello/`, percent-encoded.
    pub fn href(&self, permalink: &Permalink) -> String {
        joined(&self.path, permalink)
    }

    /// The whole address, percent-encoded.
    pub fn absolute(&self, permalink: &Permalink) -> String {
        joined(self.url.as_str().trim_end_matches('/'), permalink)
    }

    /// The path of a page of this site, if the address is one; query, fragment and a `www.` before
    /// the host do not count.
    pub fn permalink_of(&self, address: &str) -> Option<Permalink> {
        if !may_name(address, without_www(self.host())) {
            return None;
        }
        let url = Url::parse(address).ok()?;
        let host = url.host_str().map(without_www);
        let same = host == Some(without_www(self.host())) && url.port() == self.url.port();
        if !same || !matches!(url.scheme(), "http" | "https") {
            return None;
        }
        let path = percent_decode(url.path());
        let path = path.strip_prefix(&self.path)?;
        let path = path.strip_suffix("index.html").unwrap_or(path);
        Some(Permalink::file(path))
    }
}

fn without_www(host: &str) -> &str {
    host.strip_prefix("www.").unwrap_or(host)
}

/// A beginning and an encoded path.
fn joined(start: &str, permalink: &Permalink) -> String {
    let path = permalink.as_str();
    let mut out = String::with_capacity(start.len().saturating_add(path.len()));
    out.push_str(start);
    push_percent_encoded(&mut out, path);
    out
}

/// Whether an address may name a host, by a look at its letters: parsing takes its time.
fn may_name(address: &str, host: &str) -> bool {
    let Some((_, rest)) = address.split_once("//") else { return true };
    let authority = rest.split(['/', '?', '#', '\\']).next().unwrap_or(rest);
    let plain = authority.bytes().all(|b| b.is_ascii_graphic() && b != b'%');
    !plain || authority.len() >= host.len() && authority.to_ascii_lowercase().contains(host)
}

/// Decodes `%xx`; what is not UTF-8 stays encoded.
pub fn percent_decode(path: &str) -> String {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let decoded = (*first == b'%')
            .then(|| tail.get(0..2).and_then(|hex| std::str::from_utf8(hex).ok()))
            .flatten()
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match decoded {
            Some(byte) => {
                bytes.push(byte);
                rest = tail.get(2..).unwrap_or(&[]);
            }
            None => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_keep_the_base_path_and_encode_unicode() {
        let base = Base::new(Url::parse("https://x.example/blog").unwrap()).unwrap();
        let page = Permalink::page("notes/grüße");
        assert_eq!(base.home(), "https://x.example/blog/");
        assert_eq!(base.href(&page), "/blog/notes/gr%C3%BC%C3%9Fe/");
        assert_eq!(base.absolute(&page), "https://x.example/blog/notes/gr%C3%BC%C3%9Fe/");
        assert_eq!(base.permalink_of(&base.absolute(&page)), Some(page));
        assert_eq!(base.permalink_of("https://other.example/blog/"), None);
        assert_eq!(base.permalink_of("https://x.example/elsewhere/"), None);
        for spelling in [
            "HTTPS://X.Example/blog/a/",
            "http://www.x.example/blog/a/?utm_source=y#z",
            "https://x%2eexample/blog/a/",
            "https:/x.example/blog/a/",
        ] {
            assert_eq!(base.permalink_of(spelling), Some(Permalink::page("a")), "{spelling}");
        }
    }

    #[test]
    fn output_files_lie_where_hosts_look_for_them() {
        assert_eq!(Permalink::page("").output_file(), "index.html");
        assert_eq!(Permalink::page("/a/b").output_file(), "a/b/index.html");
        assert_eq!(Permalink::file("404.html").output_file(), "404.html");
    }
}
