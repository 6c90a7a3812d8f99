//! The faces of those who respond: fetched once, made small and free of everything but pixels, kept
//! with the site (WM-V-18). Pages never load anything from others.

use std::path::Path;

use url::Url;

use crate::error::Failure;
use crate::media::square_png;
use crate::net::{Client, End, Limits, Request};
use crate::site::mentions::{find_face, write_face};
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
    let answer = match client.get(&request).await {
        Ok(answer) => answer,
        // Whoever is away for a while keeps their face.
        Err(why) if why.is_passing() => return Ok(kept(root, photo)),
        Err(_) => return Ok(None),
    };
    if matches!(answer.status, 408 | 425 | 429 | 500..) || answer.end == End::Broken {
        return Ok(kept(root, photo));
    }
    if !answer.is_success() || answer.end != End::Whole {
        return Ok(None);
    }
    let body = answer.body;
    // Decoding takes its time.
    let small = tokio::task::spawn_blocking(move || square_png(&body, SIZE).ok()).await;
    let Some(small) = small.ok().flatten() else { return Ok(None) };
    write_face(root, &name_of(photo), &small).map(Some)
}

/// A face that was fetched before; its name as mention files use it.
pub(super) fn kept(root: &Path, photo: &str) -> Option<String> {
    find_face(root, &name_of(photo))
}

fn name_of(photo: &str) -> String {
    let stamp = Stamp::of(photo.as_bytes()).to_string();
    format!("{PREFIX}{}.png", stamp.get(..16).unwrap_or(&stamp))
}
