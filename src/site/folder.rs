//! Walking the site folder: every file once, in one order on every machine.
//!
//! Names are compared in NFC, because some systems store `ü` in two characters. Hidden files are
//! left out, `.well-known` excepted.

use std::fs;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use unicode_normalization::UnicodeNormalization;

use crate::error::{Failure, Problem, Problems};
use crate::stamp::Signature;

/// How deep folders may nest; a deeper tree is most likely a link to itself.
const DEPTH: usize = 32;

/// A file of the site folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SiteFile {
    /// Path below the site folder, NFC, with `/` between its parts.
    pub name: String,
    /// The file on the disk.
    pub path: PathBuf,
    /// What the file system says of it.
    pub signature: Signature,
}

/// The files of one folder of the site, sorted by name.
#[derive(Debug, Clone, Default)]
pub struct Folder {
    /// The files.
    pub files: Vec<SiteFile>,
}

impl Folder {
    /// Walks `root/folder`; a folder that does not exist is empty. `skip` names top-level folders
    /// that are left out.
    ///
    /// # Errors
    /// A folder that cannot be read.
    pub fn walk(
        root: &Path,
        folder: &str,
        skip: &[&str],
        problems: &mut Problems,
    ) -> Result<Self, Failure> {
        let mut files = Vec::new();
        let (start, prefix) = if matches!(folder, "" | ".") {
            (root.to_path_buf(), String::new())
        } else {
            (root.join(folder), format!("{folder}/"))
        };
        if start.is_file() {
            problems.push(
                Problem::in_file(folder, "a folder is expected here, found a file")
                    .hint("move the file away; posts lie in a folder"),
            );
            return Ok(Self::default());
        }
        if start.is_dir() {
            let mut walk = Walk { files: &mut files, problems, skip };
            walk.enter(&start, &prefix, 0)?;
        }
        files.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        Ok(Self { files })
    }

    /// The file of that name.
    pub fn get(&self, name: &str) -> Option<&SiteFile> {
        let at = self.files.binary_search_by(|file| file.name.as_str().cmp(name)).ok()?;
        self.files.get(at)
    }
}

struct Walk<'a> {
    files: &'a mut Vec<SiteFile>,
    problems: &'a mut Problems,
    skip: &'a [&'a str],
}

impl Walk<'_> {
    fn enter(&mut self, dir: &Path, prefix: &str, depth: usize) -> Result<(), Failure> {
        if depth > DEPTH {
            self.problems.push(
                Problem::in_file(
                    prefix.trim_end_matches('/'),
                    format!("folders nest deeper than {DEPTH}"),
                )
                .hint("is there a link that points to a folder above itself?"),
            );
            return Ok(());
        }
        let failed = |error: std::io::Error| Failure::io("read", dir, &error);
        let entries: Vec<fs::DirEntry> =
            fs::read_dir(dir).map_err(failed)?.collect::<Result<_, _>>().map_err(failed)?;
        // Asking for metadata is what takes time in large folders.
        let metadata: Vec<_> =
            entries.par_iter().with_min_len(64).map(fs::DirEntry::metadata).collect();
        for (entry, metadata) in entries.into_iter().zip(metadata) {
            // A file that vanished meanwhile is not there.
            if let Ok(metadata) = metadata {
                self.visit(&entry, &metadata, prefix, depth)?;
            }
        }
        Ok(())
    }

    fn visit(
        &mut self,
        entry: &fs::DirEntry,
        metadata: &fs::Metadata,
        prefix: &str,
        depth: usize,
    ) -> Result<(), Failure> {
        let raw = entry.file_name();
        let Some(raw) = raw.to_str() else {
            self.problems.push(
                Problem::in_file(
                    format!("{prefix}{}", raw.to_string_lossy()),
                    "this file's name is not UTF-8",
                )
                .hint("rename the file"),
            );
            return Ok(());
        };
        let hidden = raw.starts_with('.') && raw != ".well-known";
        let skipped = depth == 0 && self.skip.contains(&raw);
        if hidden || skipped || raw.ends_with('~') {
            return Ok(());
        }
        let full = if raw.is_ascii() {
            format!("{prefix}{raw}")
        } else {
            prefix.chars().chain(raw.nfc()).collect()
        };
        let path = entry.path();
        let target = metadata.is_symlink().then(|| fs::metadata(&path));
        let metadata = match &target {
            None => metadata,
            Some(Ok(target)) => target,
            Some(Err(_)) => {
                self.problems.push(
                    Problem::in_file(&full, "this link points to a file that does not exist")
                        .hint("remove the link, or put the file back"),
                );
                return Ok(());
            }
        };
        if metadata.is_dir() {
            if full.ends_with(".md") {
                self.problems.push(
                    Problem::in_file(&full, "a file is expected here, found a folder")
                        .hint("a name that ends in .md is a post; rename the folder"),
                );
            }
            return self.enter(&path, &format!("{full}/"), depth.saturating_add(1));
        }
        self.files.push(SiteFile { name: full, path, signature: signature(metadata) });
        Ok(())
    }
}

/// The signature of a regular file; none if there is none, or a link.
pub(super) fn file_signature(path: &Path) -> Option<Signature> {
    let found = fs::symlink_metadata(path).ok()?;
    found.is_file().then(|| signature(&found))
}

/// The signature from a file's metadata.
#[cfg(unix)]
pub fn signature(metadata: &fs::Metadata) -> Signature {
    use std::os::unix::fs::MetadataExt;
    let nanoseconds =
        |seconds: i64, rest: i64| seconds.saturating_mul(1_000_000_000).saturating_add(rest);
    Signature {
        size: metadata.len(),
        modified: nanoseconds(metadata.mtime(), metadata.mtime_nsec()),
        changed: nanoseconds(metadata.ctime(), metadata.ctime_nsec()),
        inode: metadata.ino(),
    }
}

/// The signature from a file's metadata. Without inodes no file is ever known to be the same, so
/// its content decides.
#[cfg(not(unix))]
pub fn signature(metadata: &fs::Metadata) -> Signature {
    Signature { size: metadata.len(), modified: i64::MAX, changed: i64::MAX, inode: 0 }
}

/// Reads a file of the site.
///
/// # Errors
/// A failure that names the file.
pub fn read_file(path: &Path) -> Result<Vec<u8>, Failure> {
    fs::read(path).map_err(|error| Failure::io("read", path, &error))
}
