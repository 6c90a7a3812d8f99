//! Walking the site folder: every file once, in one order on every machine.
//!
//! Names are compared in NFC, because some systems store `ü` in two characters. Hidden files are
//! left out, `.well-known` excepted.

use std::fs;
use std::path::{Path, PathBuf};

use unicode_normalization::UnicodeNormalization;

use crate::error::{Failure, Problem, Problems};

/// How deep folders may nest; a deeper tree is most likely a link to itself.
const DEPTH: usize = 32;

/// A file of the site folder.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SiteFile {
    /// Path below the site folder, NFC, with `/` between its parts.
    pub name: String,
    /// The file on the disk.
    pub path: PathBuf,
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
        files.sort();
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
        let entries = fs::read_dir(dir).map_err(|error| Failure::io("read", dir, &error))?;
        for entry in entries {
            let entry = entry.map_err(|error| Failure::io("read", dir, &error))?;
            self.visit(&entry, prefix, depth)?;
        }
        Ok(())
    }

    fn visit(&mut self, entry: &fs::DirEntry, prefix: &str, depth: usize) -> Result<(), Failure> {
        let path = entry.path();
        let Some(raw) = entry.file_name().to_str().map(str::to_owned) else {
            self.problems.push(
                Problem::in_file(
                    format!("{prefix}{}", entry.file_name().to_string_lossy()),
                    "this file's name is not UTF-8",
                )
                .hint("rename the file"),
            );
            return Ok(());
        };
        let name: String = raw.nfc().collect();
        let hidden = name.starts_with('.') && name != ".well-known";
        let skipped = depth == 0 && self.skip.contains(&name.as_str());
        if hidden || skipped || name.ends_with('~') {
            return Ok(());
        }
        let kind = entry.file_type().map_err(|error| Failure::io("read", &path, &error))?;
        let is_dir = if kind.is_symlink() { path.is_dir() } else { kind.is_dir() };
        let full = format!("{prefix}{name}");
        if is_dir {
            if full.ends_with(".md") {
                self.problems.push(
                    Problem::in_file(&full, "a file is expected here, found a folder")
                        .hint("a name that ends in .md is a post; rename the folder"),
                );
            }
            return self.enter(&path, &format!("{full}/"), depth.saturating_add(1));
        }
        if kind.is_symlink() && !path.exists() {
            self.problems.push(
                Problem::in_file(&full, "this link points to a file that does not exist")
                    .hint("remove the link, or put the file back"),
            );
            return Ok(());
        }
        self.files.push(SiteFile { name: full, path });
        Ok(())
    }
}

/// Reads a file of the site.
///
/// # Errors
/// A failure that names the file.
pub fn read_file(path: &Path) -> Result<Vec<u8>, Failure> {
    fs::read(path).map_err(|error| Failure::io("read", path, &error))
}

/// The length of a file in bytes, if it can be read.
pub fn file_length(path: &Path) -> Option<u64> {
    fs::metadata(path).ok().map(|metadata| metadata.len())
}
