//! The door to the output folder: writes only what differs, deletes only what it wrote.
//!
//! Every path is noted in the manifest before its file is written, so a build that was killed is
//! repaired by the next one. What replaces or removes a file waits until the build is complete, and
//! a build that fails takes back what it made: the folder is then as it was. Files that nobody noted
//! belong to the person: they are kept and counted, and removed only with [`Prune::Yes`].
//!
//! A file is not even made if the last build made it from the same inputs and it lies there
//! untouched. What inputs a file has is the business of others.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};
use serde::{Deserialize, Serialize};

use crate::error::Failure;
use crate::site::signature;
use crate::stamp::{Signature, Stamp};

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
    /// What the next build may rely on.
    pub made: Made,
}

/// A file of the output as it was left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    /// What it was made from.
    pub inputs: Stamp,
    /// What the file system says of it.
    pub signature: Signature,
}

/// The output folder as a build left it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Made {
    /// The files, by path below the output folder.
    pub files: FxHashMap<String, File>,
    /// The folders, by path below the output folder; the signature changes when something is put
    /// into a folder or taken out.
    pub folders: FxHashMap<String, Signature>,
    /// Files that Lanai did not write.
    pub strangers: Vec<String>,
}

#[derive(Debug, Default)]
struct State {
    made: FxHashMap<String, File>,
    written: Vec<String>,
    /// Files that were not there before.
    created: Vec<String>,
    /// Files that lie in the staging folder, to replace those that are there.
    staged: Vec<String>,
    /// Files that lie there until what stands in their way has gone: a page takes the place of a
    /// file, or the other way round.
    obstructed: Vec<String>,
}

/// The manifest, open at its end.
#[derive(Debug)]
struct Journal {
    file: fs::File,
    /// Paths noted in this build.
    announced: FxHashSet<String>,
}

/// The output folder during one build.
#[derive(Debug)]
pub struct Output {
    root: PathBuf,
    manifest: PathBuf,
    /// Paths of the manifest: what earlier builds wrote, perhaps.
    known: BTreeSet<String>,
    /// What the last build left.
    before: Made,
    /// Whether nothing lay in the folder.
    fresh: bool,
    journal: Mutex<Journal>,
    state: Mutex<State>,
    finished: bool,
}

impl Output {
    /// Opens an output folder, the manifest of earlier builds and what the last one left.
    ///
    /// # Errors
    /// A folder or manifest that cannot be made or read.
    pub fn open(root: &Path, manifest: &Path, before: Made) -> Result<Self, Failure> {
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
        // What is not UTF-8 is damage: such a line names no file of ours.
        let text = match fs::read(manifest) {
            Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(Failure::io("read", manifest, &error)),
        };
        // The last line may be cut off by a crash; its file was not yet written then.
        let whole = text.rfind('\n').and_then(|end| text.get(0..end)).unwrap_or("");
        let known: BTreeSet<String> =
            whole.lines().filter(|l| is_inside(l)).map(str::to_owned).collect();
        if whole.len().saturating_add(1) < text.len() {
            rewrite_manifest(manifest, known.iter().map(String::as_str))?;
        }
        let journal = fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(manifest)
            .map_err(|error| Failure::io("write", manifest, &error))?;
        clear_staging(root)?;
        let mut entries = fs::read_dir(root).map_err(|error| Failure::io("read", root, &error))?;
        Ok(Self {
            fresh: entries.next().is_none(),
            root: root.to_path_buf(),
            manifest: manifest.to_path_buf(),
            known,
            before,
            journal: Mutex::new(Journal { file: journal, announced: FxHashSet::default() }),
            state: Mutex::default(),
            finished: false,
        })
    }

    /// Notes paths in the manifest before their files exist. [`Output::make`] does it for each file
    /// that was not announced.
    ///
    /// # Errors
    /// A manifest that cannot be written.
    pub fn announce(&self, paths: impl IntoIterator<Item = String>) -> Result<(), Failure> {
        let mut journal = lock(&self.journal);
        let mut lines = String::new();
        for path in paths.into_iter().filter(|path| !self.known.contains(path)) {
            if !journal.announced.contains(&path) {
                lines.push_str(&path);
                lines.push('\n');
                journal.announced.insert(path);
            }
        }
        if lines.is_empty() {
            return Ok(());
        }
        journal
            .file
            .write_all(lines.as_bytes())
            .map_err(|error| Failure::io("write", &self.manifest, &error))
    }

    /// Makes one file from its bytes, unless it lies there with the same ones.
    ///
    /// # Errors
    /// A failure that names the file.
    pub fn put(&self, path: &str, bytes: &[u8]) -> Result<(), Failure> {
        self.make(path, Stamp::of(bytes), || Ok(bytes))
    }

    /// Makes one file, unless the last build made it from the same inputs and it lies there
    /// untouched, or it lies there with the same bytes.
    ///
    /// # Errors
    /// A failure that names the file, or the one of `make`.
    pub fn make<B: AsRef<[u8]>>(
        &self,
        path: &str,
        inputs: Stamp,
        make: impl FnOnce() -> Result<B, Failure>,
    ) -> Result<(), Failure> {
        if !is_inside(path) {
            return Err(Failure::run(format!("{path} lies outside of the output folder")));
        }
        let target = self.root.join(path);
        let signature = match self.untouched(path, &target, inputs) {
            Some(signature) => signature,
            None => self.write(path, &target, make()?.as_ref())?,
        };
        self.note(path, File { inputs, signature })
    }

    /// Whether the last build made a file from the same inputs and nobody touched it since.
    fn untouched(&self, path: &str, target: &Path, inputs: Stamp) -> Option<Signature> {
        let before = self.before.files.get(path).filter(|file| file.inputs == inputs)?;
        let now = fs::symlink_metadata(target).ok()?;
        (now.is_file() && signature(&now) == before.signature).then_some(before.signature)
    }

    /// Whether the last build made a file and nobody touched it since.
    pub fn is_untouched(&self, path: &str) -> bool {
        let Some(before) = self.before.files.get(path) else { return false };
        self.untouched(path, &self.root.join(path), before.inputs).is_some()
    }

    /// The bytes of a file that the last build made and nobody touched since.
    pub fn read_untouched(&self, path: &str) -> Option<Vec<u8>> {
        self.is_untouched(path).then(|| fs::read(self.root.join(path)).ok()).flatten()
    }

    /// Keeps a file of the last build that [`Output::is_untouched`].
    ///
    /// # Errors
    /// A file that another part of the build makes.
    pub fn keep(&self, path: &str) -> Result<(), Failure> {
        let before = self.before.files.get(path);
        let before = before.ok_or_else(|| Failure::run(format!("{path} was not made before")))?;
        self.note(path, *before)
    }

    fn note(&self, path: &str, file: File) -> Result<(), Failure> {
        if lock(&self.state).made.insert(path.to_owned(), file).is_some() {
            return Err(Failure::run(format!("two parts of the build both write {path}")));
        }
        Ok(())
    }

    /// Writes a file unless it lies there with the same bytes.
    fn write(&self, path: &str, target: &Path, bytes: &[u8]) -> Result<Signature, Failure> {
        if !self.known.contains(path) {
            self.announce([path.to_owned()])?;
            if self.is_obstructed(path, target) {
                return self.stage(path, bytes, |state| &mut state.obstructed);
            }
            if let Some(signature) = create(target, bytes)? {
                let mut state = lock(&self.state);
                state.created.push(path.to_owned());
                state.written.push(path.to_owned());
                return Ok(signature);
            }
        }
        let old = fs::read(target);
        let there = target.is_file();
        if there && old.is_ok_and(|old| old == bytes) {
            return Ok(fs::metadata(target).map(|found| signature(&found)).unwrap_or_default());
        }
        let signature = if there {
            self.stage(path, bytes, |state| &mut state.staged)?
        } else if self.is_obstructed(path, target) {
            return self.stage(path, bytes, |state| &mut state.obstructed);
        } else {
            let made = create(target, bytes)?;
            let mut state = lock(&self.state);
            state.created.push(path.to_owned());
            state.written.push(path.to_owned());
            made.unwrap_or_default()
        };
        Ok(signature)
    }

    /// Lets the next build make a file again, whatever its inputs.
    pub fn forget(&self, path: &str) {
        if let Some(file) = lock(&self.state).made.get_mut(path) {
            file.inputs = Stamp::default();
        }
    }

    /// The length in bytes of a file that was made in this build.
    pub fn size(&self, path: &str) -> u64 {
        lock(&self.state).made.get(path).map_or(0, |file| file.signature.size)
    }

    /// Whether a path was made in this build.
    pub fn has(&self, path: &str) -> bool {
        lock(&self.state).made.contains_key(path)
    }

    /// Where a file waits to replace the one that is there.
    fn staged(&self, path: &str) -> PathBuf {
        self.root.join(STAGING).join(blake3::hash(path.as_bytes()).to_hex().as_str())
    }

    /// Whether something that earlier builds made stands where a file is to be, or a folder above it.
    fn is_obstructed(&self, path: &str, target: &Path) -> bool {
        let mut above = path;
        while let Some((folder, _)) = above.rsplit_once('/') {
            if self.known.contains(folder) && self.root.join(folder).is_file() {
                return true;
            }
            above = folder;
        }
        let below = format!("{path}/");
        let ours = self.known.range(below.clone()..).next();
        ours.is_some_and(|known| known.starts_with(&below)) && target.is_dir()
    }

    fn stage(
        &self,
        path: &str,
        bytes: &[u8],
        list: impl FnOnce(&mut State) -> &mut Vec<String>,
    ) -> Result<Signature, Failure> {
        make_folder(&self.root.join(STAGING))?;
        let temporary = self.staged(path);
        fs::write(&temporary, bytes).map_err(|error| Failure::io("write", &temporary, &error))?;
        let mut state = lock(&self.state);
        list(&mut state).push(path.to_owned());
        state.written.push(path.to_owned());
        // Moving it into place changes the rest; see `settle`.
        Ok(Signature { size: bytes.len() as u64, ..Signature::default() })
    }

    /// Puts what was staged into place, deletes what earlier builds wrote and this one did not, and
    /// writes the manifest anew.
    ///
    /// # Errors
    /// A failure that names the file.
    pub fn finish(mut self, prune: Prune) -> Result<Outcome, Failure> {
        let mut state = std::mem::take(&mut *lock(&self.state));
        // From here on a failure is like a build that was killed: the next one repairs it.
        self.finished = true;
        let staged = std::mem::take(&mut state.staged);
        self.settle(&staged, &mut state.made)?;
        let mut deleted = Vec::new();
        for path in self.known.iter().filter(|path| !state.made.contains_key(*path)) {
            if remove(&self.root, path)? {
                deleted.push(path.clone());
            }
        }
        let obstructed = std::mem::take(&mut state.obstructed);
        self.settle(&obstructed, &mut state.made)?;
        if self.root.join(STAGING).exists() {
            clear_staging(&self.root)?;
        }
        let around = self.look_around(&state.made)?;
        let mut made = Made { files: state.made, ..around };
        if prune == Prune::Yes {
            for path in std::mem::take(&mut made.strangers) {
                remove(&self.root, &path)?;
                deleted.push(path);
            }
        }
        let paths: BTreeSet<&str> = made.files.keys().map(String::as_str).collect();
        if paths.len() != self.known.len() || self.known.iter().any(|k| !paths.contains(k.as_str()))
        {
            rewrite_manifest(&self.manifest, paths)?;
        }
        let mut written = state.written;
        written.sort();
        deleted.sort();
        Ok(Outcome {
            unchanged: made.files.len().saturating_sub(written.len()),
            foreign: made.strangers.len(),
            bytes: made.files.values().map(|file| file.signature.size).sum(),
            written,
            deleted,
            made,
        })
    }

    /// Moves staged files into place.
    fn settle(&self, staged: &[String], made: &mut FxHashMap<String, File>) -> Result<(), Failure> {
        for path in staged {
            let target = self.root.join(path);
            if target.is_dir() {
                return Err(in_the_way(&target));
            }
            let failed = |error: std::io::Error| Failure::io("write", &target, &error);
            make_folder(target.parent().unwrap_or(&self.root))?;
            fs::rename(self.staged(path), &target).map_err(failed)?;
            let found = fs::metadata(&target).map_err(failed)?;
            if let Some(file) = made.get_mut(path) {
                file.signature = signature(&found);
            }
        }
        Ok(())
    }

    /// The folders of the output and the files in them that Lanai did not write. Folders that are
    /// as the last build left them are not read.
    fn look_around(&self, files: &FxHashMap<String, File>) -> Result<Made, Failure> {
        let mut around = Made::default();
        if self.fresh {
            around.folders = self.folders_of(files);
            return Ok(around);
        }
        let before = &self.before.folders;
        let looked: Vec<(&String, Option<Signature>)> = before
            .par_iter()
            .map(|(folder, _)| (folder, folder_signature(&self.root.join(folder))))
            .collect();
        let mut changed: Vec<String> = Vec::new();
        for (folder, now) in looked {
            match now {
                Some(now) if before.get(folder) == Some(&now) => {
                    around.folders.insert(folder.clone(), now);
                }
                Some(_) => changed.push(folder.clone()),
                None => {}
            }
        }
        if !before.contains_key("") {
            changed.push(String::new());
        }
        let stay = |path: &&String| {
            around.folders.contains_key(path.rsplit_once('/').map_or("", |(folder, _)| folder))
        };
        around.strangers = self.before.strangers.iter().filter(stay).cloned().collect();
        while let Some(folder) = changed.pop() {
            self.read_folder(&folder, files, &mut around, &mut changed)?;
        }
        around.strangers.sort();
        Ok(around)
    }

    fn read_folder(
        &self,
        folder: &str,
        files: &FxHashMap<String, File>,
        around: &mut Made,
        more: &mut Vec<String>,
    ) -> Result<(), Failure> {
        let path = self.root.join(folder);
        let failed = |error: std::io::Error| Failure::io("read", &path, &error);
        // Looked at first: what happens while the folder is read shows next time.
        let Some(now) = folder_signature(&path) else { return Ok(()) };
        around.folders.insert(folder.to_owned(), now);
        for entry in fs::read_dir(&path).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let below = if folder.is_empty() { name } else { format!("{folder}/{name}") };
            if !entry.file_type().map_err(failed)?.is_dir() {
                if !files.contains_key(&below) {
                    around.strangers.push(below);
                }
            // A repository for publishing may live in the output folder; it is not ours to count.
            } else if below != ".git" && !self.before.folders.contains_key(&below) {
                more.push(below);
            }
        }
        Ok(())
    }

    /// The folders of some files, and all above them.
    fn folders_of(&self, files: &FxHashMap<String, File>) -> FxHashMap<String, Signature> {
        let mut folders: FxHashSet<&str> = FxHashSet::default();
        folders.insert("");
        for path in files.keys() {
            let mut below = path.as_str();
            while let Some((folder, _)) = below.rsplit_once('/') {
                if !folders.insert(folder) {
                    break;
                }
                below = folder;
            }
        }
        let folders: Vec<&str> = folders.into_iter().collect();
        folders
            .par_iter()
            .filter_map(|folder| {
                Some(((*folder).to_owned(), folder_signature(&self.root.join(folder))?))
            })
            .collect()
    }
}

fn folder_signature(path: &Path) -> Option<Signature> {
    let found = fs::symlink_metadata(path).ok()?;
    found.is_dir().then(|| signature(&found))
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
            let _ = rewrite_manifest(&self.manifest, self.known.iter().map(String::as_str));
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

/// Writes a file that is not there yet, and the folders above it. None if something is there.
fn create(target: &Path, bytes: &[u8]) -> Result<Option<Signature>, Failure> {
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

fn in_the_way(target: &Path) -> Failure {
    Failure::with_hint(
        format!("cannot write {}: a folder stands in its place", target.display()),
        "remove the folder; the output folder belongs to Lanai",
    )
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

fn rewrite_manifest<'p>(
    manifest: &Path,
    paths: impl IntoIterator<Item = &'p str>,
) -> Result<(), Failure> {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn open(dir: &Path) -> Output {
        Output::open(&dir.join("public"), &dir.join(".lanai/manifest"), Made::default()).unwrap()
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
