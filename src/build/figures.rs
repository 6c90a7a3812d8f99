//! Pictures, films and recordings named in front matter: found, measured, and checked.

use std::ops::Range;

use serde::Serialize;

use super::links::{Index, is_elsewhere};
use crate::error::{Failure, Problem};
use crate::media;
use crate::model::{MediaItem, Post};
use crate::site::Site;

/// A picture as pages show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Picture {
    /// The address to write.
    pub src: String,
    /// What it shows; empty if nobody said.
    pub alt: String,
    /// Width and height, if known.
    pub size: Option<(u32, u32)>,
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
    pub featured: Option<Picture>,
    pub item: Option<Picture>,
}

impl PostMedia {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
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
    let mut finder = Finder { index, base: &site.config.base, post, missing: Vec::new() };
    let item = post.review.as_ref().and_then(|review| review.item.photo.as_ref());
    let media = PostMedia {
        photos: post.photos.iter().filter_map(|item| finder.picture(item)).collect(),
        videos: post.videos.iter().filter_map(|item| finder.recording(item)).collect(),
        audios: post.audios.iter().filter_map(|item| finder.recording(item)).collect(),
        featured: post.featured.as_ref().and_then(|item| finder.picture(item)),
        item: item.and_then(|item| finder.picture(item)),
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

struct Finder<'a, 's> {
    index: &'a Index<'s>,
    base: &'a crate::model::Base,
    post: &'a Post,
    /// What is not there, and where it is named.
    missing: Vec<(Range<usize>, String)>,
}

impl Finder<'_, '_> {
    fn picture(&mut self, item: &MediaItem) -> Option<Picture> {
        let alt = item.alt.clone().unwrap_or_default();
        let (src, size, bytes) = self.find(&item.src, item)?;
        Some(Picture { src, alt, size, bytes })
    }

    fn recording(&mut self, item: &MediaItem) -> Option<Recording> {
        let (src, _, bytes) = self.find(&item.src, item)?;
        let poster = item.poster.as_ref().and_then(|poster| {
            let (src, size, bytes) = self.find(poster, item)?;
            Some(Picture { src, alt: item.alt.clone().unwrap_or_default(), size, bytes })
        });
        let captions =
            item.captions.as_ref().and_then(|path| self.find(path, item).map(|(src, ..)| src));
        Some(Recording { mime: media::mime(&item.src), src, poster, captions, bytes })
    }

    /// The address, size and length of a file of the site, or an address elsewhere as it is.
    #[allow(clippy::type_complexity, reason = "read once, by the two functions above")]
    fn find(
        &mut self,
        target: &str,
        item: &MediaItem,
    ) -> Option<(String, Option<(u32, u32)>, Option<u64>)> {
        if is_elsewhere(target) {
            return Some((target.to_owned(), None, None));
        }
        match self.index.file(self.post.file(), target) {
            Some(file) => {
                let bytes = self.index.length(&file);
                Some((self.base.href(&file.permalink), file.size, bytes))
            }
            None => {
                self.missing.push((item.span.clone(), target.to_owned()));
                None
            }
        }
    }
}
