//! The search index over all listed posts and pages: which documents there are, and what stands in
//! them. The index itself is the `search` room's.

use std::borrow::Cow;
use std::sync::OnceLock;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::Build;
use super::context::entry;
use super::output::Output;
use super::plan::{Id, Planned};
use crate::error::Failure;
use crate::search::{self, Document, Entry, Index, Row};
use crate::stamp::{Stamp, Stamper};
use crate::text::tokens::for_each_token;

/// Changes the index of the last build, or builds it anew where that cannot be. Returns what the
/// next build needs to know of it. With `lags` the last index is left as it is, if it can be.
///
/// # Errors
/// A file that cannot be written.
pub(super) fn write(
    build: &Build<'_, '_>,
    output: &Output,
    before: Option<Left>,
    lags: bool,
) -> Result<Left, Failure> {
    let before = before.filter(|left| left.is_there(output)).map(|left| left.index);
    if let Some(index) = before.as_ref().filter(|_| lags) {
        index.paths().try_for_each(|path| output.keep(&path))?;
        return Ok(Left::new(index.clone(), output));
    }
    let posts: Vec<(Id, &Planned<'_>)> =
        build.plan.posts.iter().enumerate().filter(|(_, p)| p.post.is_listed()).collect();
    let rows: Vec<Row> = posts.par_iter().map(|(_, planned)| row(build, planned)).collect();
    let found: Vec<OnceLock<Found<'_>>> = posts.iter().map(|_| OnceLock::new()).collect();
    let document = |at: usize| {
        let ((_, planned), row) = (posts.get(at)?, rows.get(at)?);
        let found = found.get(at)?.get_or_init(|| Found::new(build, planned));
        Some(found.document(row))
    };
    let tokens = |text: &str, each: &mut dyn FnMut(&str)| for_each_token(text, each);
    let read = |path: &str| output.read_untouched(path);
    let updated = before.and_then(|index| search::update(&index, &rows, read, document, &tokens));
    let (index, entries) = updated.unwrap_or_else(|| search::rebuild(&rows, document, &tokens));
    entries.into_par_iter().try_for_each(|entry| match entry {
        Entry::Same(path) => output.keep(&path),
        Entry::New(file) => output.put(&file.path, &file.bytes),
    })?;
    Ok(Left::new(index, output))
}

/// An index as a build left it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Left {
    index: Index,
    /// The stamp of all its files: what is known of an index is worth nothing with another's files.
    files: Stamp,
}

impl Left {
    fn new(index: Index, output: &Output) -> Self {
        let files = stamp_of(&index, |path| output.inputs(path));
        Self { index, files }
    }

    /// Whether its files lie in the output, untouched.
    fn is_there(&self, output: &Output) -> bool {
        let stamp = stamp_of(&self.index, |path| output.inputs_before(path));
        stamp == self.files && self.index.paths().all(|path| output.is_untouched(&path))
    }
}

fn stamp_of(index: &Index, of: impl Fn(&str) -> Option<Stamp>) -> Stamp {
    let mut stamper = Stamper::default();
    for path in index.paths() {
        stamper.text(&path).stamp(of(&path).unwrap_or_default());
    }
    stamper.finish()
}

/// The row of a post: its stamp covers everything that [`Found`] and the row itself show.
fn row(build: &Build<'_, '_>, planned: &Planned<'_>) -> Row {
    let post = planned.post;
    let href = build.site.config.base.href(&post.permalink);
    let mut stamper = Stamper::default();
    stamper.stamp(build.identity).text(&href).stamp(planned.text.stamp);
    stamper.text(&entry::name(build, planned));
    stamper.text(&build.site.config.language(post.section).code);
    for picture in &planned.media.photos {
        stamper.text(&picture.alt);
    }
    let stamp: Stamp = stamper.finish();
    let day = post.published.as_ref().map(|at| at.date().to_string());
    Row { href, iso_date: day.unwrap_or_default(), stamp }
}

/// A text and what its pictures show.
fn with_pictures<'p>(mut text: Cow<'p, str>, planned: &Planned<'_>) -> Cow<'p, str> {
    for picture in &planned.media.photos {
        let text = text.to_mut();
        text.push('\n');
        text.push_str(&picture.alt);
    }
    text
}

/// What is found of a post.
struct Found<'p> {
    title: String,
    text: Cow<'p, str>,
    tags: Vec<String>,
    date: String,
    kind: &'p str,
    lang: &'p str,
}

impl<'p> Found<'p> {
    fn new(build: &'p Build<'_, '_>, planned: &'p Planned<'_>) -> Self {
        let post = planned.post;
        let words = build.words(post.section);
        // What stands behind a warning is not quoted in results.
        let text = match post.sensitive {
            Some(_) => Cow::default(),
            None => with_pictures(build.plain(planned), planned),
        };
        Self {
            title: entry::name(build, planned),
            text,
            tags: planned.tags().iter().map(|(_, name)| name.clone()).collect(),
            date: post.published.as_ref().map(|at| words.date(at.date())).unwrap_or_default(),
            kind: words.kind_one(post.kind.name()),
            lang: &post.lang,
        }
    }

    fn document<'d>(&'d self, row: &'d Row) -> Document<'d> {
        Document {
            href: &row.href,
            title: &self.title,
            text: &self.text,
            tags: &self.tags,
            date: &self.date,
            iso_date: &row.iso_date,
            kind_word: self.kind,
            lang: self.lang,
        }
    }
}
