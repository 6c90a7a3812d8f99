//! What the protocols of the social web demand, as pure functions: bytes in, decision out. Asking
//! the network, keeping and answering are left to the rooms below.

pub mod webmention;
pub mod websub;

use url::Url;

/// Whether an address is one of the web.
fn is_web(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https") && url.has_host()
}
