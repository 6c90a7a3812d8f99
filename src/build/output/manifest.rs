//! The manifest of an output folder, and the lock beside it.

use std::fs;
use std::io::Write;
use std::path::Path;

use rustc_hash::FxHashSet;

use super::files::make_folder;
use crate::error::Failure;
use crate::site::signature;

/// A path of the manifest that stays inside the output folder.
pub(super) fn is_inside(path: &str) -> bool {
    !path.is_empty() && !path.starts_with('/') && !path.split('/').any(|part| part == "..")
}

/// The paths of a manifest.
pub(super) fn read_manifest(manifest: &Path) -> Result<FxHashSet<String>, Failure> {
    // What is not UTF-8 is damage: such a line names no file of ours.
    let text = match fs::read(manifest) {
        Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(Failure::io("read", manifest, &error)),
    };
    // The last line may be cut off by a crash; its file was not yet written then.
    let whole = text.rfind('\n').and_then(|end| text.get(0..end)).unwrap_or("");
    let known: FxHashSet<String> =
        whole.lines().filter(|l| is_inside(l)).map(str::to_owned).collect();
    if whole.len().saturating_add(1) < text.len() {
        rewrite_manifest(manifest, known.iter().map(String::as_str))?;
    }
    Ok(known)
}

pub(super) fn rewrite_manifest<'p>(
    manifest: &Path,
    paths: impl IntoIterator<Item = &'p str>,
) -> Result<(), Failure> {
    let mut paths: Vec<&str> = paths.into_iter().collect();
    paths.sort_unstable();
    let mut text = String::new();
    for path in paths {
        text.push_str(path);
        text.push('\n');
    }
    let temporary = manifest.with_extension("new");
    fs::write(&temporary, text).map_err(|error| Failure::io("write", &temporary, &error))?;
    fs::rename(&temporary, manifest).map_err(|error| Failure::io("write", manifest, &error))
}

/// The right to build: one build of a site at a time. It is let go when this is dropped.
#[derive(Debug)]
pub struct BuildLock {
    _file: fs::File,
    moment: i64,
}

impl BuildLock {
    /// Waits for other builds of the same site and takes the lock beside the manifest.
    ///
    /// # Errors
    /// A file that cannot be made or locked.
    pub fn take(manifest: &Path) -> Result<Self, Failure> {
        let path = manifest.with_file_name("build.lock");
        if let Some(folder) = path.parent() {
            make_folder(folder)?;
        }
        let mut file = fs::OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(|error| Failure::io("open", &path, &error))?;
        file.lock().map_err(|error| Failure::io("lock", &path, &error))?;
        // Writing to it asks the file system what time it is there.
        let failed = |error: std::io::Error| Failure::io("write", &path, &error);
        let now = file.set_len(0).and_then(|()| file.write_all(b"one build at a time\n"));
        let now = now.and_then(|()| file.metadata()).map_err(failed)?;
        Ok(Self { _file: file, moment: signature(&now).modified })
    }

    /// When the lock was taken, by the clock of the file system.
    pub fn moment(&self) -> i64 {
        self.moment
    }
}
