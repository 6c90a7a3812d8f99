//! What is remembered of files, so that only changed ones are read.
//!
//! A file is the same if size, times and inode are; a file that changed so shortly before it was
//! remembered that it could have changed again unnoticed is read and compared by its stamp. Where
//! the memory is kept between two runs is the business of others.

use rayon::prelude::*;
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use super::{SiteFile, read_file};
use crate::error::Failure;
use crate::stamp::{Signature, Stamp};

/// A file as it was, and what was made of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Remembered<T> {
    /// What the file system said.
    pub signature: Signature,
    /// The stamp of its bytes.
    pub stamp: Stamp,
    /// What was read from it.
    pub value: T,
}

/// Files by name, as they were, with what was made of them.
pub type NamedFiles<T> = Vec<(String, Remembered<T>)>;

/// What is remembered of the files of one kind, by name.
#[derive(Debug)]
pub struct Memo<T> {
    files: FxHashMap<String, Remembered<T>>,
    /// When it was written down, by the clock of the file system.
    moment: i64,
}

impl<T> Default for Memo<T> {
    fn default() -> Self {
        Self { files: FxHashMap::default(), moment: 0 }
    }
}

impl<T> Memo<T> {
    /// A memory of files, written down at a moment.
    pub fn new(files: impl IntoIterator<Item = (String, Remembered<T>)>, moment: i64) -> Self {
        Self { files: files.into_iter().collect(), moment }
    }
}

impl<T> Memo<T> {
    /// What is remembered of a file, if it is sure to be the same.
    pub fn get(&self, name: &str, signature: Signature) -> Option<&Remembered<T>> {
        let same =
            |known: &&Remembered<T>| known.signature == signature && self.is_settled(signature);
        self.files.get(name).filter(same)
    }

    /// Whether a file with a signature could not have changed unnoticed since this was written down.
    pub fn is_settled(&self, signature: Signature) -> bool {
        signature.is_settled(self.moment)
    }
}

/// A file that is asked for.
enum Asked<'f, T> {
    Same(Remembered<T>),
    Perhaps(&'f SiteFile, Option<Remembered<T>>),
}

/// Reads files, in their order: what is remembered of unchanged ones, else what `parse` makes of
/// their bytes.
///
/// Failures stand in the places of their files.
pub(super) fn read_files<T: Send>(
    files: &[SiteFile],
    mut memo: Memo<T>,
    parse: impl Fn(&SiteFile, Vec<u8>, Stamp) -> Result<T, Failure> + Sync,
) -> Vec<Result<Remembered<T>, Failure>> {
    let asked: Vec<Asked<'_, T>> = files
        .iter()
        .map(|file| match memo.files.remove(&file.name) {
            Some(known)
                if known.signature == file.signature && file.signature.is_settled(memo.moment) =>
            {
                Asked::Same(known)
            }
            other => Asked::Perhaps(file, other),
        })
        .collect();
    asked
        .into_par_iter()
        .map(|asked| {
            let (file, known) = match asked {
                Asked::Same(known) => return Ok(known),
                Asked::Perhaps(file, known) => (file, known),
            };
            let bytes = read_file(&file.path)?;
            let stamp = Stamp::of(&bytes);
            let signature = file.signature;
            match known {
                Some(known) if known.stamp == stamp => Ok(Remembered { signature, ..known }),
                _ => Ok(Remembered { signature, stamp, value: parse(file, bytes, stamp)? }),
            }
        })
        .collect()
}
