//! The door to the output folder: writes only what differs, deletes only what it wrote.
//!
//! Every path is noted in the manifest before its file is written, so a build that was killed is
//! repaired by the next one. What replaces or removes a file waits until the build is complete, and
//! a build that fails takes back what it made: the folder is then as it was. Files that nobody noted
//! belong to the person: they are kept and counted, and removed only with [`Prune::Yes`].

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use crate::error::Failure;

/// Files in the making lie in this folder of the output and are renamed into place.
const STAGING: &str = ".lanai-staging";

/// Whether files that Lanai did not write are removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prune {
    /// They stay and are counted.
    No,
    /// They go.
    Yes,
}

/// What happened to the output folder.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Paths written because they are new or differ.
    pub written: Vec<String>,
    /// Files that were right already.
    pub unchanged: usize,
    /// Paths deleted because they are no longer made.
    pub deleted: Vec<String>,
    /// Files in the folder that Lanai did not write.
    pub foreign: usize,
    /// Bytes of all files.
    pub bytes: u64,
}

#[derive(Debug, Default)]
struct State {
    made: BTreeSet<String>,
    written: Vec<String>,
    /// Files that were not there before.
    created: Vec<String>,
    /// Files that lie in the staging folder, to replace those that are there.
    staged: Vec<String>,
    bytes: u64,
}

/// The output folder during one build.
#[derive(Debug)]
pub struct Output {
    root: PathBuf,
    manifest: PathBuf,
    known: BTreeSet<String>,
    journal: Mutex<fs::File>,
    state: Mutex<State>,
    finished: bool,
}

impl Output {
    /// Opens an output folder and the manifest of earlier builds.
    ///
    /// # Errors
    /// A folder or manifest that cannot be made or read.
    pub fn open(root: &Path, manifest: &Path) -> Result<Self, Failure> {
        if root.exists() && !root.is_dir() {
            return Err(Failure::with_hint(
                format!("{} is a file; the output goes into a folder of that name", root.display()),
                "move the file away, or name another folder with --output",
            ));
        }
        make_folder(root)?;
        if let Some(folder) = manifest.parent() {
            make_folder(folder)?;
        }
        let text = match fs::read_to_string(manifest) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(Failure::io("read", manifest, &error)),
        };
        // The last line may be cut off by a crash; its file was not yet written then.
        let whole = text.rfind('\n').and_then(|end| text.get(0..end)).unwrap_or("");
        let known: BTreeSet<String> =
            whole.lines().filter(|l| is_inside(l)).map(str::to_owned).collect();
        if whole.len().saturating_add(1) < text.len() {
            rewrite_manifest(manifest, &known)?;
        }
        let journal = fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(manifest)
            .map_err(|error| Failure::io("write", manifest, &error))?;
        clear_staging(root)?;
        Ok(Self {
            root: root.to_path_buf(),
            manifest: manifest.to_path_buf(),
            known,
            journal: Mutex::new(journal),
            state: Mutex::default(),
            finished: false,
        })
    }

    /// Makes one file, unless it lies there with the same bytes.
    ///
    /// # Errors
    /// A failure that names the file.
    pub fn put(&self, path: &str, bytes: &[u8]) -> Result<(), Failure> {
        if !is_inside(path) {
            return Err(Failure::run(format!("{path} lies outside of the output folder")));
        }
        {
            let mut state = lock(&self.state);
            state.bytes = state.bytes.saturating_add(bytes.len() as u64);
            if !state.made.insert(path.to_owned()) {
                return Err(Failure::run(format!("two parts of the build both write {path}")));
            }
        }
        let target = self.root.join(path);
        let old = match fs::read(&target) {
            Ok(old) if old == bytes => return Ok(()),
            Ok(_) => true,
            Err(_) => target.is_file(),
        };
        self.announce(path)?;
        if old {
            self.stage(path, bytes)?;
        } else {
            if !target.is_dir() {
                lock(&self.state).created.push(path.to_owned());
            }
            create(&target, bytes)?;
        }
        lock(&self.state).written.push(path.to_owned());
        Ok(())
    }

    /// Whether a path was made in this build.
    pub fn has(&self, path: &str) -> bool {
        lock(&self.state).made.contains(path)
    }

    /// Notes a path in the manifest before its file exists.
    fn announce(&self, path: &str) -> Result<(), Failure> {
        if self.known.contains(path) {
            return Ok(());
        }
        let line = format!("{path}\n");
        let mut journal = lock(&self.journal);
        journal
            .write_all(line.as_bytes())
            .map_err(|error| Failure::io("write", &self.manifest, &error))
    }

    /// Where a file waits to replace the one that is there.
    fn staged(&self, path: &str) -> PathBuf {
        self.root.join(STAGING).join(blake3::hash(path.as_bytes()).to_hex().as_str())
    }

    fn stage(&self, path: &str, bytes: &[u8]) -> Result<(), Failure> {
        make_folder(&self.root.join(STAGING))?;
        let temporary = self.staged(path);
        fs::write(&temporary, bytes).map_err(|error| Failure::io("write", &temporary, &error))?;
        lock(&self.state).staged.push(path.to_owned());
        Ok(())
    }

    /// Puts what was staged into place, deletes what earlier builds wrote and this one did not, and
    /// writes the manifest anew.
    ///
    /// # Errors
    /// A failure that names the file.
    pub fn finish(mut self, prune: Prune) -> Result<Outcome, Failure> {
        let state = std::mem::take(&mut *lock(&self.state));
        // From here on a failure is like a build that was killed: the next one repairs it.
        self.finished = true;
        for path in &state.staged {
            let target = self.root.join(path);
            fs::rename(self.staged(path), &target)
                .map_err(|error| Failure::io("write", target, &error))?;
        }
        let mut deleted = Vec::new();
        for path in self.known.difference(&state.made) {
            if remove(&self.root, path)? {
                deleted.push(path.clone());
            }
        }
        clear_staging(&self.root)?;
        let strangers = strangers(&self.root, &state.made)?;
        if prune == Prune::Yes {
            for path in &strangers {
                remove(&self.root, path)?;
                deleted.push(path.clone());
            }
        }
        rewrite_manifest(&self.manifest, &state.made)?;
        let mut written = state.written;
        written.sort();
        deleted.sort();
        Ok(Outcome {
            unchanged: state.made.len().saturating_sub(written.len()),
            foreign: if prune == Prune::Yes { 0 } else { strangers.len() },
            bytes: state.bytes,
            written,
            deleted,
        })
    }
}

impl Drop for Output {
    /// Takes back what a failed build made. What cannot be taken back is noted in the manifest.
    fn drop(&mut self) {
        if self.finished {
            return;
        }
        let created = std::mem::take(&mut lock(&self.state).created);
        let left = created.iter().filter(|path| remove(&self.root, path).is_err()).count();
        if left == 0 && clear_staging(&self.root).is_ok() {
            // Else the manifest keeps the names, and the next build tidies.
            let _ = rewrite_manifest(&self.manifest, &self.known);
        }
    }
}

/// A path of the manifest that stays inside the output folder.
fn is_inside(path: &str) -> bool {
    !path.is_empty() && !path.starts_with('/') && !path.split('/').any(|part| part == "..")
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

fn make_folder(path: &Path) -> Result<(), Failure> {
    fs::create_dir_all(path).map_err(|error| Failure::io("make the folder", path, &error))
}

fn create(target: &Path, bytes: &[u8]) -> Result<(), Failure> {
    match fs::write(target, bytes) {
        Ok(()) => return Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) if target.is_dir() => {
            return Err(Failure::with_hint(
                format!(
                    "cannot write {}: a folder stands in its place ({error})",
                    target.display()
                ),
                "remove the folder; the output folder belongs to Lanai",
            ));
        }
        Err(error) => return Err(Failure::io("write", target, &error)),
    }
    make_folder(target.parent().unwrap_or_else(|| Path::new(".")))?;
    fs::write(target, bytes).map_err(|error| Failure::io("write", target, &error))
}

/// Removes a file and the folders that it leaves empty. Returns whether there was such a file.
fn remove(root: &Path, path: &str) -> Result<bool, Failure> {
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

fn clear_staging(root: &Path) -> Result<(), Failure> {
    let staging = root.join(STAGING);
    match fs::remove_dir_all(&staging) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(Failure::io("remove", staging, &error)),
    }
}

fn rewrite_manifest(manifest: &Path, paths: &BTreeSet<String>) -> Result<(), Failure> {
    let mut text = String::new();
    for path in paths {
        text.push_str(path);
        text.push('\n');
    }
    let temporary = manifest.with_extension("new");
    fs::write(&temporary, text).map_err(|error| Failure::io("write", &temporary, &error))?;
    fs::rename(&temporary, manifest).map_err(|error| Failure::io("write", manifest, &error))
}

/// Files below the output folder that this build did not make.
fn strangers(root: &Path, made: &BTreeSet<String>) -> Result<Vec<String>, Failure> {
    let mut found = Vec::new();
    let mut folders = vec![(root.to_path_buf(), String::new())];
    while let Some((folder, prefix)) = folders.pop() {
        let entries =
            fs::read_dir(&folder).map_err(|error| Failure::io("read", &folder, &error))?;
        for entry in entries {
            let entry = entry.map_err(|error| Failure::io("read", &folder, &error))?;
            let path = format!("{prefix}{}", entry.file_name().to_string_lossy());
            let kind =
                entry.file_type().map_err(|error| Failure::io("read", entry.path(), &error))?;
            if kind.is_dir() {
                // A repository for publishing may live in the output folder; it is not ours to count.
                if path != ".git" {
                    folders.push((entry.path(), format!("{path}/")));
                }
            } else if !made.contains(&path) {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

/// The right to build: one build of a site at a time. It is let go when this is dropped.
#[derive(Debug)]
pub struct BuildLock {
    _file: fs::File,
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
        let file = fs::OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(|error| Failure::io("open", &path, &error))?;
        file.lock().map_err(|error| Failure::io("lock", &path, &error))?;
        Ok(Self { _file: file })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(dir: &Path) -> Output {
        Output::open(&dir.join("public"), &dir.join(".lanai/manifest")).unwrap()
    }

    #[test]
    fn unchanged_files_are_left_alone_and_own_files_deleted() {
        let dir = tempfile::tempdir().unwrap();
        let out = open(dir.path());
        out.put("a/index.html", b"a").unwrap();
        out.put("b/index.html", b"b").unwrap();
        assert_eq!(out.finish(Prune::No).unwrap().written.len(), 2);
        fs::write(dir.path().join("public/mine.txt"), "mine").unwrap();

        let out = open(dir.path());
        out.put("a/index.html", b"a").unwrap();
        let outcome = out.finish(Prune::No).unwrap();
        assert_eq!(outcome.written, Vec::<String>::new());
        assert_eq!(outcome.deleted, ["b/index.html"]);
        assert_eq!(outcome.foreign, 1);
        assert!(!dir.path().join("public/b").exists());
        assert!(dir.path().join("public/mine.txt").exists());
    }

    #[test]
    fn without_a_manifest_nothing_is_deleted_unless_pruned() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir_all(dir.path().join("public/old")).unwrap();
        fs::write(dir.path().join("public/old/x.html"), "old").unwrap();
        fs::write(dir.path().join("public/a.html"), "old").unwrap();
        let out = open(dir.path());
        out.put("a.html", b"new").unwrap();
        let outcome = out.finish(Prune::No).unwrap();
        assert_eq!((outcome.foreign, outcome.deleted.len()), (1, 0));
        let out = open(dir.path());
        out.put("a.html", b"new").unwrap();
        assert_eq!(out.finish(Prune::Yes).unwrap().deleted, ["old/x.html"]);
        assert!(!dir.path().join("public/old").exists());
    }

    #[test]
    fn a_killed_build_is_repaired_by_the_next() {
        let dir = tempfile::tempdir().unwrap();
        let out = open(dir.path());
        out.put("gone/index.html", b"x").unwrap();
        std::mem::forget(out);
        let out = open(dir.path());
        out.put("a.html", b"a").unwrap();
        assert_eq!(out.finish(Prune::No).unwrap().deleted, ["gone/index.html"]);
    }

    #[test]
    fn a_manifest_cannot_point_outside() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir_all(dir.path().join(".lanai")).unwrap();
        fs::write(dir.path().join(".lanai/manifest"), "../precious\n/etc/passwd\n").unwrap();
        fs::write(dir.path().join("precious"), "x").unwrap();
        open(dir.path()).finish(Prune::No).unwrap();
        assert!(dir.path().join("precious").exists());
    }
}
