//! Webmention (W3C Recommendation of 12 January 2017): what a request means, where a page takes
//! mentions, and whether a page mentions another.

pub mod endpoint;
pub mod outgoing;
pub mod request;
pub mod response;
pub mod source;

use url::Url;

use super::is_web;

/// A page as a server gave it.
#[derive(Debug, Clone, Copy)]
pub struct Page<'p> {
    /// Where it came from, after redirects.
    pub url: &'p Url,
    /// Its `Content-Type`, as sent.
    pub content_type: Option<&'p str>,
    /// Its bytes, or as many as were read.
    pub body: &'p [u8],
}

impl<'p> Page<'p> {
    /// The media type in small letters, without parameters; empty if none was sent.
    fn media_type(&self) -> String {
        let whole = self.content_type.unwrap_or_default();
        whole.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
    }

    /// The charset that was sent with the type.
    fn charset(&self) -> Option<&'p str> {
        let parameters = self.content_type?.split(';').skip(1);
        parameters
            .filter_map(|parameter| parameter.split_once('='))
            .find(|(name, _)| name.trim().eq_ignore_ascii_case("charset"))
            .map(|(_, value)| value.trim().trim_matches('"'))
    }
}

/// Whether a media type is one of HTML.
fn is_html(media_type: &str) -> bool {
    matches!(media_type, "text/html" | "application/xhtml+xml")
}
