//! Where the daemon shows pictures of others: an address of our own for each of theirs, with a
//! signature, so that it fetches what its own pages show and nothing that a stranger names.
//!
//! Fetching is left to the daemon, and putting the addresses into HTML to
//! [`crate::text::sanitize::proxied`].

use url::Url;

use crate::error::Failure;
use crate::mentions::random;
use crate::store::Store;
use crate::text::base64::{base64_for_urls, read_base64_for_urls};

/// What stands before signature and address.
pub const PATH: &str = "/-/image/";

/// Longest address of a picture, in bytes.
const LONGEST: usize = 4_096;

/// Bytes of a signature: nobody guesses so many.
const SIGNATURE: usize = 16;

/// What a site signs addresses with.
#[derive(Clone)]
pub struct Key([u8; 32]);

impl Key {
    /// What the key comes from is called this in the database.
    const SECRET: &str = "pictures of others";

    /// The key that comes from a secret.
    #[must_use]
    pub fn new(secret: &str) -> Self {
        Self(blake3::derive_key("lanai 2026-11 addresses of pictures of others", secret.as_bytes()))
    }

    /// The key of a site; it is made when it is first asked for.
    ///
    /// # Errors
    /// A database that cannot read or write, a system that has no chance to give.
    pub async fn of(store: &Store, site: &str) -> Result<Self, Failure> {
        let secret = store.secret_or(site, Self::SECRET, &random::name()?).await?;
        Ok(Self::new(&secret))
    }

    fn signature(&self, address: &str) -> [u8; SIGNATURE] {
        let hash = blake3::keyed_hash(&self.0, address.as_bytes());
        let mut short = [0; SIGNATURE];
        for (to, from) in short.iter_mut().zip(hash.as_bytes()) {
            *to = *from;
        }
        short
    }
}

/// The path at which the daemon shows a picture; `prefix` is what stands before the daemon's paths.
#[must_use]
pub fn signed_path(key: &Key, prefix: &str, url: &Url) -> String {
    let (address, _) = url.as_str().split_once('#').unwrap_or((url.as_str(), ""));
    let signature = base64_for_urls(&key.signature(address));
    format!("{prefix}{PATH}{signature}/{}", base64_for_urls(address.as_bytes()))
}

/// The address behind a path, if it was signed.
#[must_use]
pub fn signed_address(key: &Key, signature: &str, encoded: &str) -> Option<Url> {
    if encoded.len() > LONGEST / 3 * 4 {
        return None;
    }
    let address = String::from_utf8(read_base64_for_urls(encoded)?).ok()?;
    let said = read_base64_for_urls(signature)?;
    // How long it takes tells nothing of where they differ.
    if blake3::hash(&said) != blake3::hash(&key.signature(&address)) {
        return None;
    }
    Url::parse(&address).ok().filter(|url| matches!(url.scheme(), "http" | "https"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(path: &str) -> (&str, &str) {
        path.rsplit_once(PATH).unwrap().1.split_once('/').unwrap()
    }

    #[test]
    fn only_what_was_signed_is_an_address() {
        let (key, other) = (Key::new("a"), Key::new("b"));
        let url = Url::parse("https://b.example/ü.jpg?a=1&b=%2f#part").unwrap();
        let path = signed_path(&key, "/lanai", &url);
        assert!(path.starts_with("/lanai/-/image/") && path.is_ascii(), "{path}");
        let (signature, address) = parts(&path);
        let found = signed_address(&key, signature, address).unwrap();
        assert_eq!(found.as_str(), "https://b.example/%C3%BC.jpg?a=1&b=%2f");
        assert_eq!(signed_address(&other, signature, address), None);
        let elsewhere = base64_for_urls(b"https://c.example/");
        assert_eq!(signed_address(&key, signature, &elsewhere), None);
        for wrong in ["", "AAAA", &signature.to_lowercase(), &format!("{signature}AA")] {
            assert_eq!(signed_address(&key, wrong, address), None, "{wrong}");
        }
    }

    #[test]
    fn what_is_no_web_address_is_none_even_if_signed() {
        let key = Key::new("a");
        let long = format!("https://b.example/{}", "a".repeat(LONGEST));
        for address in ["ftp://b.example/a.jpg", "file:///etc/passwd", "data:,x", &long] {
            let path = signed_path(&key, "", &Url::parse(address).unwrap());
            let (signature, address) = parts(&path);
            assert_eq!(signed_address(&key, signature, address), None);
        }
    }
}
