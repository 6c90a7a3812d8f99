//! The ledger of sent mentions: a file for each page, `data/outbox/<path>.json`.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::data::json_problem;
use super::{Folder, Over, read_file, write_file};
use crate::error::{Failure, Problem, Problems};
use crate::model::{Outbox, Permalink};

const FOLDER: &str = "data/outbox";

/// The file's name of the home page, whose path is empty.
const HOME: &str = "_home";

/// The file of a page's outbox.
pub fn file_of(permalink: &Permalink) -> String {
    let path = permalink.as_str().trim_matches('/');
    format!("{FOLDER}/{}.json", if path.is_empty() { HOME } else { path })
}

/// Says that a site tells others from here on. No outbox has this name.
const BEGUN: &str = "data/outbox/_begun.txt";

/// The right to tell others: one process of a site at a time. It is let go when this is dropped.
#[derive(Debug)]
pub struct SendLock {
    _file: fs::File,
}

impl SendLock {
    /// Waits for others who tell for the same site.
    ///
    /// # Errors
    /// A file that cannot be made or locked.
    pub fn take(root: &Path) -> Result<Self, Failure> {
        let file = super::write::lock(root, "send.lock")?;
        Ok(Self { _file: file })
    }
}

/// Whether a site tells others already, or the owner has still to say what of its past is told.
pub fn has_begun(root: &Path) -> bool {
    root.join(BEGUN).exists()
}

/// Notes that a site tells others from here on.
///
/// # Errors
/// A failure that names the file.
pub fn begin(root: &Path) -> Result<(), Failure> {
    if has_begun(root) {
        return Ok(());
    }
    let text =
        "Lanai tells others of the links of this site; in this folder stands who was told what.\n";
    write_file(&root.join(BEGUN), text.as_bytes(), Over::Existing)
}

/// The outboxes of all pages that have one, by path.
///
/// # Errors
/// A file that cannot be read, or is not as Lanai writes it.
pub fn read_all(root: &Path) -> Result<Vec<(Permalink, Outbox)>, Failure> {
    let mut problems = Problems::new();
    let folder = Folder::walk(root, FOLDER, &[], &mut problems)?;
    let mut found = Vec::new();
    for file in folder.files {
        let Some(path) = path_of(&file.name) else { continue };
        match parse(&file.name, &read_file(&file.path)?) {
            Ok(outbox) => found.push((path, outbox)),
            Err(problem) => problems.push(*problem),
        }
    }
    if problems.has_errors() {
        return Err(Failure::Problems(problems));
    }
    Ok(found)
}

/// The outboxes of some pages.
///
/// # Errors
/// A file that cannot be read, or is not as Lanai writes it.
pub fn read_some(
    root: &Path,
    pages: &BTreeSet<Permalink>,
) -> Result<Vec<(Permalink, Outbox)>, Failure> {
    let mut found = Vec::new();
    for page in pages {
        let name = file_of(page);
        match fs::read(root.join(&name)) {
            Ok(bytes) => found.push((page.clone(), parse(&name, &bytes).map_err(|p| *p)?)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(Failure::io("read", root.join(name), &error)),
        }
    }
    Ok(found)
}

/// Writes a page's outbox: whole, synced, under its name in one step.
///
/// # Errors
/// A failure that names the file.
pub fn write(root: &Path, permalink: &Permalink, outbox: &Outbox) -> Result<(), Failure> {
    let path: PathBuf = root.join(file_of(permalink));
    let mut text = serde_json::to_string_pretty(outbox)
        .map_err(|error| Failure::run(format!("cannot write {}: {error}", path.display())))?;
    text.push('\n');
    write_file(&path, text.as_bytes(), Over::Existing)
}

/// The page whose outbox a file is.
fn path_of(file: &str) -> Option<Permalink> {
    let below = file.strip_prefix(FOLDER)?.strip_prefix('/')?.strip_suffix(".json")?;
    Some(if below == HOME { Permalink::page("") } else { Permalink::page(below) })
}

fn parse(file: &str, bytes: &[u8]) -> Result<Outbox, Box<Problem>> {
    serde_json::from_slice(bytes).map_err(|error| {
        let text = error.to_string();
        // The place follows in its own fields.
        let message = text.split(" at line ").next().unwrap_or_default();
        let at = (error.line().max(1), error.column().max(1));
        Box::new(json_problem(file, bytes, at, message))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_has_a_file_of_its_own() {
        for (path, file) in [
            ("/", "data/outbox/_home.json"),
            ("/notes/grüße/", "data/outbox/notes/grüße.json"),
            ("/a.json/", "data/outbox/a.json.json"),
        ] {
            let page = Permalink::page(path);
            assert_eq!(file_of(&page), file);
            assert_eq!(path_of(file), Some(page));
        }
        assert_eq!(path_of("data/outbox/readme.txt"), None);
    }
}
