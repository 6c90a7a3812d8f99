//! The files of published mentions, `data/mentions/<path of the page>/<hash>.json`, and the pictures
//! beside them. The folder only groups: what a mention is about stands in it.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::data::published;
use super::{Folder, Over, read_file, write_file};
use crate::error::{Failure, Problems};
use crate::formats::jf2::{self, MentionFile};
use crate::model::{Mention, Permalink};

const FOLDER: &str = "data/mentions";

/// Where pictures lie, below the data folder.
const PICTURES: &str = "avatars";

/// How long a picture stays that nobody shows: its mention may be about to be written.
const SPARED: Duration = Duration::from_secs(60 * 60);

/// The folder's name of the home page, whose path is empty.
const HOME: &str = "_home";

/// Letters of a mention's key that name its file.
const NAME: usize = 16;

/// The file of a mention of a page. `key` is the hash of its source and target.
pub fn file_of(page: &Permalink, key: &str) -> String {
    let path = page.as_str().trim_matches('/');
    let folder = if path.is_empty() { HOME } else { path };
    format!("{FOLDER}/{folder}/{}.json", name_of(key))
}

fn name_of(key: &str) -> &str {
    key.get(..NAME).unwrap_or(key)
}

/// Writes the file of a mention; one that says the same already is left as it is. Returns whether
/// anything was written.
///
/// # Errors
/// A failure that names the file.
pub fn write(
    root: &Path,
    page: &Permalink,
    key: &str,
    file: &MentionFile,
) -> Result<bool, Failure> {
    let path = root.join(file_of(page, key));
    let text = jf2::write_mention(file);
    if fs::read(&path).is_ok_and(|known| known == text.as_bytes()) {
        return Ok(false);
    }
    write_file(&path, text.as_bytes(), Over::Existing)?;
    Ok(true)
}

/// Removes the file of a mention from the folder of its page. Returns whether there was one.
///
/// # Errors
/// A failure that names the file.
pub fn remove(root: &Path, page: &Permalink, key: &str) -> Result<bool, Failure> {
    remove_if_there(root.join(file_of(page, key)))
}

/// The same, wherever in the folder it lies: its page may have moved.
///
/// # Errors
/// As for [`remove`].
pub fn remove_anywhere(root: &Path, key: &str) -> Result<bool, Failure> {
    find(root, key)?.map_or(Ok(false), remove_if_there)
}

fn remove_if_there(path: PathBuf) -> Result<bool, Failure> {
    match fs::remove_file(&path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(Failure::io("remove", path, &error)),
    }
}

fn find(root: &Path, key: &str) -> Result<Option<PathBuf>, Failure> {
    let name = format!("{}.json", name_of(key));
    let folder = Folder::walk(root, FOLDER, &[], &mut Problems::new())?;
    let found = folder.files.into_iter().find(|file| file.path.ends_with(&name));
    Ok(found.map(|file| file.path))
}

/// All published mentions with their files, by name; what cannot be read is left out, because the
/// build says so.
///
/// # Errors
/// A folder that cannot be read.
pub fn read_all(root: &Path) -> Result<Vec<(String, MentionFile)>, Failure> {
    let folder = Folder::walk(root, FOLDER, &[], &mut Problems::new())?;
    let mut found = Vec::new();
    for file in folder.files.into_iter().filter(|file| file.name.ends_with(".json")) {
        let bytes = read_file(&file.path)?;
        found.extend(jf2::read_mention(&bytes).ok().map(|mention| (file.name, mention)));
    }
    Ok(found)
}

/// Removes a file that [`read_all`] named.
///
/// # Errors
/// A failure that names the file.
pub fn remove_file(root: &Path, name: &str) -> Result<(), Failure> {
    let path = root.join(name);
    fs::remove_file(&path).map_err(|error| Failure::io("remove", path, &error))
}

/// A mention as the site shows it: text sanitised, name and address made certain.
pub fn shown(file: MentionFile) -> Mention {
    published(file)
}

/// Keeps a picture; returns its name as mentions use it: `avatars/….png`.
///
/// # Errors
/// A failure that names the file.
pub fn write_picture(root: &Path, name: &str, bytes: &[u8]) -> Result<String, Failure> {
    let below = format!("{PICTURES}/{name}");
    let path = root.join("data").join(&below);
    if !fs::read(&path).is_ok_and(|known| known == bytes) {
        write_file(&path, bytes, Over::Existing)?;
    }
    Ok(below)
}

/// The name of a picture as mentions use it, if it is there.
pub fn find_picture(root: &Path, name: &str) -> Option<String> {
    let below = format!("{PICTURES}/{name}");
    root.join("data").join(&below).is_file().then_some(below)
}

/// Why pictures are removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// To keep order.
    Tidy,
    /// Somebody is to be forgotten.
    Forget,
}

/// Removes pictures that Lanai fetched and no mention shows any more; when tidying up, only those
/// that have been there for a while. Returns how many.
///
/// # Errors
/// A folder that cannot be read, a file that cannot be removed.
pub fn remove_pictures(
    root: &Path,
    why: Why,
    fetched: impl Fn(&str) -> bool,
) -> Result<usize, Failure> {
    fn shown(mention: &MentionFile, used: &mut std::collections::HashSet<String>) {
        used.extend(mention.author.photo.clone());
        used.extend(mention.photos.iter().map(|photo| photo.url.clone()));
        for child in &mention.children {
            shown(child, used);
        }
    }
    let is_new = |file: &Path| {
        let written = fs::metadata(file).and_then(|about| about.modified()).ok();
        written.and_then(|at| at.elapsed().ok()).is_none_or(|age| age < SPARED)
    };
    let mut used = std::collections::HashSet::new();
    for (_, mention) in read_all(root)? {
        shown(&mention, &mut used);
    }
    let mut removed = 0;
    let folder = Folder::walk(root, "data/avatars", &[], &mut Problems::new())?;
    for file in folder.files {
        let below = file.name.strip_prefix("data/").unwrap_or_default();
        let name = below.strip_prefix("avatars/").unwrap_or_default();
        let is_spared = why == Why::Tidy && is_new(&file.path);
        if fetched(name) && !used.contains(below) && !is_spared {
            fs::remove_file(&file.path)
                .map_err(|error| Failure::io("remove", &file.path, &error))?;
            removed += 1;
        }
    }
    Ok(removed)
}
