//! Single files and folders of the output.

use std::fs;
use std::io::Write;
use std::path::Path;

use super::STAGING;
use crate::error::Failure;
use crate::model::Permalink;
use crate::site::signature;
use crate::stamp::Signature;

pub(super) fn make_folder(path: &Path) -> Result<(), Failure> {
    fs::create_dir_all(path).map_err(|error| Failure::io("make the folder", path, &error))
}

/// Writes a file that is not there yet, and the folders above it. None if something is there.
pub(super) fn create(target: &Path, bytes: &[u8]) -> Result<Option<Signature>, Failure> {
    let failed = |error: std::io::Error| Failure::io("write", target, &error);
    let open = || fs::OpenOptions::new().write(true).create_new(true).open(target);
    let mut opened = open();
    if opened.as_ref().is_err_and(|error| error.kind() == std::io::ErrorKind::NotFound) {
        make_folder(target.parent().unwrap_or_else(|| Path::new(".")))?;
        opened = open();
    }
    let mut file = match opened {
        Ok(file) => file,
        Err(_) if target.is_dir() => return Err(in_the_way(target)),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => return Ok(None),
        Err(error) => return Err(failed(error)),
    };
    let written = file.write_all(bytes).and_then(|()| file.metadata());
    match written {
        Ok(metadata) => Ok(Some(signature(&metadata))),
        Err(error) => {
            // Half a file helps nobody; what cannot be removed stands in the manifest.
            let _ = fs::remove_file(target);
            Err(failed(error))
        }
    }
}

/// A page as it was built; none if there is no such file.
///
/// # Errors
/// A file that cannot be read.
pub fn read_page(root: &Path, permalink: &Permalink) -> Result<Option<Vec<u8>>, Failure> {
    let path = root.join(permalink.output_file());
    match fs::read(&path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Failure::io("read", path, &error)),
    }
}

pub(super) fn in_the_way(target: &Path) -> Failure {
    Failure::with_hint(
        format!("cannot write {}: a folder stands in its place", target.display()),
        "remove the folder; the output folder belongs to Lanai",
    )
}

/// Removes a file and the folders that it leaves empty. Returns whether there was such a file.
pub(super) fn remove(root: &Path, path: &str) -> Result<bool, Failure> {
    let file = root.join(path);
    match fs::remove_file(&file) {
        Ok(()) => {}
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(Failure::io("remove", file, &error)),
    }
    let mut folder = file.parent();
    while let Some(dir) = folder.filter(|dir| *dir != root && dir.starts_with(root)) {
        if fs::remove_dir(dir).is_err() {
            break;
        }
        folder = dir.parent();
    }
    Ok(true)
}

pub(super) fn clear_staging(root: &Path) -> Result<(), Failure> {
    let staging = root.join(STAGING);
    match fs::remove_dir_all(&staging) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(Failure::io("remove", staging, &error)),
    }
}

pub(super) fn folder_signature(path: &Path) -> Option<Signature> {
    let found = fs::symlink_metadata(path).ok()?;
    found.is_dir().then(|| signature(&found))
}
