//! The faces of those who respond: fetched once, made small and free of everything but pixels, kept
//! with the site (WM-V-18). Pages never load anything from others.

use std::path::Path;

use url::Url;

use crate::error::Failure;
use crate::media::square_png;
use crate::net::{Client, End, Limits, Request};
use crate::site::mentions::write_face;
use crate::stamp::Stamp;

/// Width and height of a face in pixels: twice what pages show.
const SIZE: u32 = 96;

/// A photo of a face may be a large one.
const LIMITS: Limits = Limits { bytes: 5 * 1024 * 1024, ..Limits::PAGE };

/// What the names of fetched faces begin with: others are the owner's.
const PREFIX: &str = "face-";

/// Whether a file among the faces is one that was fetched.
pub(super) fn is_fetched(name: &str) -> bool {
    name.starts_with(PREFIX)
}

/// Fetches a face; returns its name as mention files use it. None if it cannot be had: somebody
/// without a face is shown by the first letter of their name.
///
/// # Errors
/// A file that cannot be written.
pub(super) async fn fetch(
    client: &Client,
    root: &Path,
    photo: &str,
) -> Result<Option<String>, Failure> {
    let Ok(url) = Url::parse(photo) else { return Ok(None) };
    let accept = "image/webp, image/png, image/jpeg, image/gif";
    let request =
        Request { url: &url, role: "Webmention photo", accept, headers: &[], limits: LIMITS };
    let Ok(answer) = client.get(&request).await else { return Ok(None) };
    if !answer.is_success() || answer.end != End::Whole {
        return Ok(None);
    }
    let body = answer.body;
    // Decoding takes its time.
    let small = tokio::task::spawn_blocking(move || square_png(&body, SIZE).ok()).await;
    let Some(small) = small.ok().flatten() else { return Ok(None) };
    let stamp = Stamp::of(photo.as_bytes()).to_string();
    let name = format!("{PREFIX}{}.png", stamp.get(..16).unwrap_or(&stamp));
    write_face(root, &name, &small).map(Some)
}
