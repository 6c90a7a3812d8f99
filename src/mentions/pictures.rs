//! The pictures of those who respond, their faces and what they show: fetched once, made small and
//! free of everything but pixels, kept with the site (WM-V-18). Pages never load anything from
//! others.

use std::path::Path;

use url::Url;

use super::desk::Desk;
use crate::error::Failure;
use crate::formats::jf2::{MentionFile, MentionPhoto};
use crate::media::{MediaError, reduced, square_png};
use crate::net::{Client, End, Limits, Login, Request};
use crate::site::mentions::{find_picture, write_picture};
use crate::stamp::Stamp;

/// Somebody's picture may be a large one.
const LIMITS: Limits = Limits { bytes: 5 * 1024 * 1024, ..Limits::PAGE };

/// What a picture is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Use {
    /// To know somebody by.
    Face,
    /// To be looked at.
    Photo,
}

impl Use {
    const ALL: [Self; 2] = [Self::Face, Self::Photo];

    /// What the names of fetched files begin with: others are the owner's.
    fn prefix(self) -> &'static str {
        match self {
            Self::Face => "face-",
            Self::Photo => "photo-",
        }
    }

    /// The file of a picture, by its address elsewhere.
    fn name(self, address: &str) -> String {
        let stamp = Stamp::of(address.as_bytes()).to_string();
        let ending = match self {
            Self::Face => "png",
            Self::Photo => "webp",
        };
        format!("{}{}.{ending}", self.prefix(), stamp.get(..16).unwrap_or(&stamp))
    }

    /// The picture as it is kept, at twice the size that pages show.
    fn small(self, bytes: &[u8]) -> Result<Vec<u8>, MediaError> {
        match self {
            Self::Face => square_png(bytes, 96),
            Self::Photo => reduced(bytes, 800),
        }
    }
}

/// Whether a file among the pictures is one that was fetched.
pub(super) fn is_fetched(name: &str) -> bool {
    Use::ALL.into_iter().any(|what| name.starts_with(what.prefix()))
}

/// Fetches the pictures of a mention, and names them as mention files do. What cannot be had is left
/// out: somebody without a face is shown by the first letter of their name.
///
/// # Errors
/// A file that cannot be written.
pub(super) async fn fetch(desk: &Desk, file: &mut MentionFile) -> Result<(), Failure> {
    let mut found = Vec::new();
    if desk.config.access.photos {
        for (what, address) in wanted(file) {
            found.push(fetch_one(&desk.client, &desk.root, what, address).await?);
        }
    }
    let mut found = found.into_iter();
    replace(file, |_, _| found.next().flatten());
    Ok(())
}

/// The same with what was fetched before: nobody is asked.
pub(super) fn take_kept(desk: &Desk, file: &mut MentionFile) {
    let kept = |what: Use, address: &str| find_picture(&desk.root, &what.name(address));
    replace(file, |what, address| desk.config.access.photos.then(|| kept(what, address)).flatten());
}

/// The pictures of a mention, in order.
fn wanted(file: &MentionFile) -> impl Iterator<Item = (Use, &str)> {
    let face = file.author.photo.iter().map(|address| (Use::Face, address.as_str()));
    face.chain(file.photos.iter().map(|photo| (Use::Photo, photo.url.as_str())))
}

/// Puts what was found in the place of each of [`wanted`], in the same order.
fn replace(file: &mut MentionFile, mut found: impl FnMut(Use, &str) -> Option<String>) {
    file.author.photo = file.author.photo.take().and_then(|address| found(Use::Face, &address));
    let photos = std::mem::take(&mut file.photos).into_iter();
    let photos = photos.filter_map(|MentionPhoto { url, alt }| {
        Some(MentionPhoto { url: found(Use::Photo, &url)?, alt })
    });
    file.photos = photos.collect();
}

/// Fetches one; returns its name. None if it cannot be had.
async fn fetch_one(
    client: &Client,
    root: &Path,
    what: Use,
    address: &str,
) -> Result<Option<String>, Failure> {
    let Ok(url) = Url::parse(address) else { return Ok(None) };
    let name = what.name(address);
    let accept = "image/webp, image/png, image/jpeg, image/gif";
    let request = Request {
        url: &url,
        role: "Webmention photo",
        accept,
        headers: &[],
        login: Login::Nobody,
        limits: LIMITS,
    };
    let answer = match client.get(&request).await {
        Ok(answer) => answer,
        // Whoever is away for a while keeps their face.
        Err(why) if why.is_passing() => return Ok(find_picture(root, &name)),
        Err(_) => return Ok(None),
    };
    if matches!(answer.status, 408 | 425 | 429 | 500..) || answer.end == End::Broken {
        return Ok(find_picture(root, &name));
    }
    if !answer.is_success() || answer.end != End::Whole {
        return Ok(None);
    }
    let body = answer.body;
    // Decoding takes its time.
    let small = tokio::task::spawn_blocking(move || what.small(&body).ok()).await;
    let Some(small) = small.ok().flatten() else { return Ok(None) };
    write_picture(root, &name, &small).map(Some)
}
