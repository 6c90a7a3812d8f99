//! Pictures, films and recordings named in front matter: found, measured, and checked.

use std::ops::Range;

use rayon::prelude::*;
use serde::Serialize;

use super::links::{Index, UsedFile, is_elsewhere};
use crate::error::{Failure, Problem};
use crate::media;
use crate::model::{MediaItem, Post};
use crate::site::Site;
use crate::text::markdown::Copies;

/// A picture as pages show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Picture {
    /// The address to write.
    pub src: String,
    /// What it shows; empty if nobody said.
    pub alt: String,
    /// Width and height, if known.
    pub size: Option<(u32, u32)>,
    /// Smaller copies, if there are any.
    pub copies: Option<Copies>,
    /// The length of the file in bytes, if it is the site's own.
    pub bytes: Option<u64>,
}

/// A film or recording as pages show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Recording {
    /// The address to write.
    pub src: String,
    /// The media type.
    pub mime: &'static str,
    /// A film's picture before it plays.
    pub poster: Option<Picture>,
    /// Captions.
    pub captions: Option<String>,
    /// The length of the file in bytes, if it is the site's own.
    pub bytes: Option<u64>,
}

/// The media of a post.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[allow(missing_docs, reason = "the fields are those of Post")]
pub struct PostMedia {
    pub photos: Vec<Picture>,
    pub videos: Vec<Recording>,
    pub audios: Vec<Recording>,
    // Rare, and large: ten thousand posts are moved often.
    pub featured: Option<Box<Picture>>,
    pub item: Option<Box<Picture>>,
}

impl PostMedia {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        let Self { photos, videos, audios, featured, item } = self;
        photos.is_empty()
            && videos.is_empty()
            && audios.is_empty()
            && featured.is_none()
            && item.is_none()
    }
}

/// Finds the media of a post. What is missing is an error of the site.
///
/// # Errors
/// A post whose file cannot be read any more.
pub fn of_post(
    index: &Index<'_>,
    site: &Site,
    post: &Post,
) -> Result<(PostMedia, Vec<Problem>), Failure> {
    // Copies that are not there yet are made now, of all photos at once.
    let photos = if post.photos.len() > 1 { post.photos.as_slice() } else { &[] };
    photos.par_iter().filter(|item| !is_elsewhere(&item.src)).for_each(|item| {
        index.file(post.file(), &item.src).map(|file| index.copies(&file));
    });
    let mut finder = Finder { index, base: &site.config.base, post, missing: Vec::new() };
    let item = post.review.as_ref().and_then(|review| review.item.photo.as_ref());
    let media = PostMedia {
        photos: post.photos.iter().filter_map(|item| finder.picture(item, true)).collect(),
        videos: post.videos.iter().filter_map(|item| finder.recording(item)).collect(),
        audios: post.audios.iter().filter_map(|item| finder.recording(item)).collect(),
        featured: post.featured.as_ref().and_then(|item| finder.picture(item, true)).map(Box::new),
        item: item.and_then(|item| finder.picture(item, false)).map(Box::new),
    };
    let missing = finder.missing;
    if missing.is_empty() {
        return Ok((media, Vec::new()));
    }
    let source = site.source(&post.body)?;
    let problems = missing.into_iter().map(|(span, target)| {
        let problem = source.problem(span, format!("there is no file {target}"));
        match index.near_file(post.file(), &target) {
            Some(hint) => problem.hint(hint),
            None => problem
                .hint("paths are seen from the post's own file; /media/… from the site folder"),
        }
    });
    Ok((media, problems.collect()))
}

/// What a target turned out to be.
struct Found {
    src: String,
    file: Option<UsedFile>,
}

struct Finder<'a, 's> {
    index: &'a Index<'s>,
    base: &'a crate::model::Base,
    post: &'a Post,
    /// What is not there, and where it is named.
    missing: Vec<(Range<usize>, String)>,
}

impl Finder<'_, '_> {
    fn picture(&mut self, item: &MediaItem, large: bool) -> Option<Picture> {
        let alt = item.alt.clone().unwrap_or_default();
        let Found { src, file } = self.find(&item.src, item)?;
        let size = file.as_ref().and_then(|file| file.size);
        // What stands beside a review is small.
        let shown = file.filter(|_| large);
        let copies = shown.as_ref().and_then(|file| self.index.copies(file));
        let bytes = shown.as_ref().and_then(|file| self.index.picture_length(file));
        Some(Picture { src, alt, size, copies, bytes })
    }

    fn recording(&mut self, item: &MediaItem) -> Option<Recording> {
        let Found { src, file } = self.find(&item.src, item)?;
        let bytes = file.map(|file| file.signature.size);
        let poster = item.poster.as_ref().and_then(|poster| {
            let Found { src, file } = self.find(poster, item)?;
            let alt = item.alt.clone().unwrap_or_default();
            let size = file.and_then(|file| file.size);
            Some(Picture { src, alt, size, copies: None, bytes: None })
        });
        let captions = item.captions.as_ref().and_then(|path| Some(self.find(path, item)?.src));
        Some(Recording { mime: media::mime(&item.src), src, poster, captions, bytes })
    }

    /// A file of the site, or an address elsewhere as it is.
    fn find(&mut self, target: &str, item: &MediaItem) -> Option<Found> {
        if is_elsewhere(target) {
            return Some(Found { src: target.to_owned(), file: None });
        }
        match self.index.file(self.post.file(), target) {
            Some(file) => Some(Found { src: self.base.href(&file.permalink), file: Some(file) }),
            None => {
                self.missing.push((item.span.clone(), target.to_owned()));
                None
            }
        }
    }
}
