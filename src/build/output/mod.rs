//! The door to the output folder: writes only what differs, deletes only what it wrote.
//!
//! Every path is noted in the manifest before its file is written, so a build that was killed is
//! repaired by the next one. What replaces or removes a file waits until the build is complete, and
//! a build that fails takes back what it made: the folder is then as it was. Files that nobody noted
//! belong to the person: they are kept and counted, and removed only with [`Prune::Yes`].
//!
//! A file is not even made if the last build made it from the same inputs and it lies there
//! untouched. What inputs a file has is the business of others.

mod files;
mod manifest;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};
use serde::{Deserialize, Serialize};

pub use self::files::read_page;
use self::files::{clear_staging, create, folder_signature, in_the_way, make_folder, remove};
pub use self::manifest::BuildLock;
use self::manifest::{is_inside, read_manifest, rewrite_manifest};
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
#[derive(Debug, Default)]
pub struct Outcome {
    /// Paths written because they are new or differ.
    pub written: Vec<String>,
    /// Files that were right already.
    pub unchanged: usize,
    /// Paths deleted because they are no longer made.
    pub deleted: Vec<String>,
    /// Paths that somebody else wrote or deleted since the last build of this process, in the way in
    /// which they are to be: another process has built the same site.
    pub by_others: Vec<String>,
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

/// A file that the last build left.
#[derive(Debug, Serialize, Deserialize)]
struct Left {
    file: File,
    /// Whether this build has kept it or made it.
    #[serde(skip)]
    done: AtomicBool,
    /// Whether this build keeps it as it is.
    #[serde(skip)]
    kept: AtomicBool,
}

/// The output folder as a build left it.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Made {
    /// The files, by path below the output folder.
    files: FxHashMap<String, Left>,
    /// What the file system says of the manifest: the same says the same files.
    manifest: Option<Signature>,
    /// The folders, by path below the output folder; the signature changes when something is put
    /// into a folder or taken out.
    folders: FxHashMap<String, Signature>,
    /// Files that Lanai did not write.
    strangers: Vec<String>,
}

/// Whether the last build's word is taken for what lies in the output folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trust {
    /// No: each file is looked at.
    No,
    /// Yes: the same process made it, and nobody else writes there.
    Yes,
}

#[derive(Debug, Default)]
struct State {
    made: FxHashMap<String, File>,
    written: Vec<String>,
    by_others: Vec<String>,
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
    /// Paths of the manifest: what earlier builds wrote, perhaps. None if they are those of `before`.
    known: Option<FxHashSet<String>>,
    trust: Trust,
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
    pub fn open(root: &Path, manifest: &Path, before: Made, trust: Trust) -> Result<Self, Failure> {
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
        let now = fs::metadata(manifest).ok().map(|found| signature(&found));
        let known = match now {
            Some(_) if now == before.manifest => None,
            _ => Some(read_manifest(manifest)?),
        };
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
            trust,
            before,
            journal: Mutex::new(Journal { file: journal, announced: FxHashSet::default() }),
            state: Mutex::default(),
            finished: false,
        })
    }

    /// Notes all paths of a first build in the manifest, in one go. Later builds know most of
    /// them: there [`Output::make`] notes each file that was not announced.
    ///
    /// # Errors
    /// A manifest that cannot be written.
    pub fn announce(&self, paths: &[String]) -> Result<(), Failure> {
        if self.is_first() { self.announce_now(paths) } else { Ok(()) }
    }

    /// Whether nothing is known of an earlier build.
    pub fn is_first(&self) -> bool {
        self.before.files.is_empty()
    }

    /// Notes paths in the manifest before their files exist.
    fn announce_now(&self, paths: &[String]) -> Result<(), Failure> {
        let mut journal = lock(&self.journal);
        let mut lines = String::new();
        for path in paths.iter().filter(|path| !self.is_known(path)) {
            if !journal.announced.contains(path) {
                lines.push_str(path);
                lines.push('\n');
                journal.announced.insert(path.clone());
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
        let before = self.before.files.get(path).filter(|left| left.file.inputs == inputs);
        if before.is_some_and(|left| self.is_as_left(path, left)) {
            return self.keep(path);
        }
        let signature = self.write(path, &self.root.join(path), make()?.as_ref())?;
        self.note(path, File { inputs, signature })
    }

    fn is_as_left(&self, path: &str, left: &Left) -> bool {
        self.trust == Trust::Yes
            || fs::symlink_metadata(self.root.join(path))
                .is_ok_and(|now| now.is_file() && signature(&now) == left.file.signature)
    }

    /// Whether the last build made a file and nobody touched it since.
    pub fn is_untouched(&self, path: &str) -> bool {
        let left = self.before.files.get(path);
        left.is_some_and(|left| self.is_as_left(path, left))
    }

    /// Whether earlier builds may have written a path.
    fn is_known(&self, path: &str) -> bool {
        match &self.known {
            Some(known) => known.contains(path),
            None => self.before.files.contains_key(path),
        }
    }

    /// All paths that earlier builds may have written.
    fn known(&self) -> Box<dyn Iterator<Item = &String> + '_> {
        match &self.known {
            Some(known) => Box::new(known.iter()),
            None => Box::new(self.before.files.keys()),
        }
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
        let left = self.before.files.get(path);
        let left = left.ok_or_else(|| Failure::run(format!("{path} was not made before")))?;
        if left.done.swap(true, Ordering::Relaxed) {
            return Err(made_twice(path));
        }
        left.kept.store(true, Ordering::Relaxed);
        Ok(())
    }

    fn note(&self, path: &str, file: File) -> Result<(), Failure> {
        let left = self.before.files.get(path);
        let done = left.is_some_and(|left| left.done.swap(true, Ordering::Relaxed));
        let made = lock(&self.state).made.insert(path.to_owned(), file).is_some();
        if done || made { Err(made_twice(path)) } else { Ok(()) }
    }

    /// A file that was made or kept in this build.
    fn file(&self, path: &str) -> Option<File> {
        let left = self.before.files.get(path);
        let kept = left.filter(|left| left.kept.load(Ordering::Relaxed)).map(|left| left.file);
        kept.or_else(|| lock(&self.state).made.get(path).copied())
    }

    /// Writes a file unless it lies there with the same bytes.
    fn write(&self, path: &str, target: &Path, bytes: &[u8]) -> Result<Signature, Failure> {
        if !self.is_known(path) {
            self.announce_now(&[path.to_owned()])?;
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
            let now = fs::metadata(target).map(|found| signature(&found)).unwrap_or_default();
            // That a file has another link or other rights is no change of what it says: whoever
            // deploys may give it those.
            let is_left = |left: &Left| left.file.signature.is_written_as(&now);
            if !self.before.files.get(path).is_some_and(is_left) {
                lock(&self.state).by_others.push(path.to_owned());
            }
            return Ok(now);
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
        self.file(path).map_or(0, |file| file.signature.size)
    }

    /// What a file of this build was made from: for one made by [`Output::put`], its bytes.
    pub fn inputs(&self, path: &str) -> Option<Stamp> {
        self.file(path).map(|file| file.inputs)
    }

    /// What a file of the last build was made from.
    pub fn inputs_before(&self, path: &str) -> Option<Stamp> {
        self.before.files.get(path).map(|left| left.file.inputs)
    }

    /// Whether a path was made in this build.
    pub fn has(&self, path: &str) -> bool {
        self.file(path).is_some()
    }

    /// Where a file waits to replace the one that is there.
    fn staged(&self, path: &str) -> PathBuf {
        self.root.join(STAGING).join(blake3::hash(path.as_bytes()).to_hex().as_str())
    }

    /// Whether something that earlier builds made stands where a file is to be, or a folder above it.
    fn is_obstructed(&self, path: &str, target: &Path) -> bool {
        if self.fresh {
            return false;
        }
        let mut above = path;
        while let Some((folder, _)) = above.rsplit_once('/') {
            if self.is_known(folder) && self.root.join(folder).is_file() {
                return true;
            }
            above = folder;
        }
        let below = format!("{path}/");
        target.is_dir() && self.known().any(|known| known.starts_with(&below))
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
        let gone: Vec<String> =
            self.known().filter(|path| !self.stays(path, &state)).cloned().collect();
        let mut deleted = Vec::new();
        let mut by_others = state.by_others.clone();
        for path in gone {
            let gone = if remove(&self.root, &path)? { &mut deleted } else { &mut by_others };
            gone.push(path);
        }
        let obstructed = std::mem::take(&mut state.obstructed);
        self.settle(&obstructed, &mut state.made)?;
        if self.root.join(STAGING).exists() {
            clear_staging(&self.root)?;
        }
        let unnoted = self.unnoted(&state);
        by_others.extend(unnoted.iter().filter(|path| !self.root.join(path).exists()).cloned());
        self.merge(state.made);
        self.before.strangers.extend(unnoted);
        self.look_around()?;
        if prune == Prune::Yes {
            for path in std::mem::take(&mut self.before.strangers) {
                remove(&self.root, &path)?;
                deleted.push(path);
            }
        }
        self.write_manifest(deleted.is_empty())?;
        let made = std::mem::take(&mut self.before);
        let mut written = state.written;
        written.sort();
        deleted.sort();
        Ok(Outcome {
            unchanged: made.files.len().saturating_sub(written.len()),
            foreign: made.strangers.len(),
            bytes: made.files.values().map(|left| left.file.signature.size).sum(),
            written,
            deleted,
            by_others,
            made,
        })
    }

    fn stays(&self, path: &str, state: &State) -> bool {
        let left = self.before.files.get(path);
        left.is_some_and(|left| left.kept.load(Ordering::Relaxed)) || state.made.contains_key(path)
    }

    /// Files that the last build left and nobody makes any more, if somebody took them out of the
    /// manifest: they are not ours to delete.
    fn unnoted(&self, state: &State) -> Vec<String> {
        let Some(known) = &self.known else { return Vec::new() };
        let files = self.before.files.keys();
        files.filter(|path| !known.contains(*path) && !self.stays(path, state)).cloned().collect()
    }

    /// What the last build left becomes what this one leaves.
    fn merge(&mut self, made: FxHashMap<String, File>) {
        let files = &mut self.before.files;
        files.retain(|_, left| {
            left.done = false.into();
            std::mem::take(left.kept.get_mut())
        });
        let left = |file| Left { file, done: false.into(), kept: false.into() };
        let new = made.into_iter().map(|(path, file)| (path, left(file)));
        files.extend(new);
    }

    /// Writes the manifest anew, unless it says the same already.
    fn write_manifest(&mut self, nothing_gone: bool) -> Result<(), Failure> {
        let files = &self.before.files;
        let same = match &self.known {
            Some(known) => {
                known.len() == files.len() && known.iter().all(|path| files.contains_key(path))
            }
            None => false,
        };
        let now = fs::metadata(&self.manifest).ok().map(|found| signature(&found));
        let untouched = self.known.is_none() && now == self.before.manifest && nothing_gone;
        if !same && !untouched {
            rewrite_manifest(&self.manifest, files.keys().map(String::as_str))?;
        }
        let now = fs::metadata(&self.manifest).ok().map(|found| signature(&found));
        self.before.manifest = now;
        Ok(())
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

    /// Finds the folders of the output and the files in them that Lanai did not write. Folders that
    /// are as the last build left them are not read.
    fn look_around(&mut self) -> Result<(), Failure> {
        if self.trust == Trust::Yes {
            return Ok(());
        }
        if self.fresh {
            self.before.folders = self.folders_of_files();
            self.before.strangers.clear();
            return Ok(());
        }
        let before = std::mem::take(&mut self.before.folders);
        let looked: Vec<(String, Signature, Option<Signature>)> = before
            .into_par_iter()
            .map(|(folder, then)| {
                let now = folder_signature(&self.root.join(&folder));
                (folder, then, now)
            })
            .collect();
        let mut changed: Vec<String> = Vec::new();
        let mut known: FxHashMap<String, Signature> = FxHashMap::default();
        for (folder, then, now) in looked {
            match now {
                Some(now) if now == then => drop(known.insert(folder, now)),
                Some(_) => changed.push(folder),
                None => {}
            }
        }
        if known.is_empty() && changed.is_empty() {
            changed.push(String::new());
        }
        let mut strangers = std::mem::take(&mut self.before.strangers);
        strangers.retain(|path| {
            known.contains_key(path.rsplit_once('/').map_or("", |(folder, _)| folder))
                && !self.before.files.contains_key(path)
        });
        let mut seen: FxHashSet<String> = changed.iter().cloned().collect();
        while let Some(folder) = changed.pop() {
            let Some((now, folders, files)) = self.read_folder(&folder)? else { continue };
            known.insert(folder, now);
            strangers.extend(files);
            let new = folders.into_iter().filter(|f| !known.contains_key(f));
            changed.extend(new.filter(|folder| seen.insert(folder.clone())));
        }
        strangers.sort();
        self.before.strangers = strangers;
        self.before.folders = known;
        Ok(())
    }

    /// A folder's signature, the folders in it, and the files that Lanai did not write.
    #[allow(clippy::type_complexity, reason = "taken apart at once by the function above")]
    fn read_folder(
        &self,
        folder: &str,
    ) -> Result<Option<(Signature, Vec<String>, Vec<String>)>, Failure> {
        let path = self.root.join(folder);
        let failed = |error: std::io::Error| Failure::io("read", &path, &error);
        // Looked at first: what happens while the folder is read shows next time.
        let Some(now) = folder_signature(&path) else { return Ok(None) };
        let (mut folders, mut files) = (Vec::new(), Vec::new());
        for entry in fs::read_dir(&path).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let below = if folder.is_empty() { name } else { format!("{folder}/{name}") };
            if !entry.file_type().map_err(failed)?.is_dir() {
                if !self.before.files.contains_key(&below) {
                    files.push(below);
                }
            // A repository for publishing may live in the output folder; it is not ours to count.
            } else if below != ".git" {
                folders.push(below);
            }
        }
        Ok(Some((now, folders, files)))
    }

    /// The folders of all files, and all above them.
    fn folders_of_files(&self) -> FxHashMap<String, Signature> {
        let mut folders: FxHashSet<&str> = FxHashSet::default();
        folders.insert("");
        for path in self.before.files.keys() {
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
            let _ = rewrite_manifest(&self.manifest, self.known().map(String::as_str));
        }
    }
}

fn made_twice(path: &str) -> Failure {
    Failure::run(format!("two parts of the build both write {path}"))
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(dir: &Path) -> Output {
        Output::open(&dir.join("public"), &dir.join(".lanai/manifest"), Made::default(), Trust::No)
            .unwrap()
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
    fn what_another_process_built_meanwhile_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let open_again = |made| {
            let manifest = dir.path().join(".lanai/manifest");
            Output::open(&dir.path().join("public"), &manifest, made, Trust::Yes).unwrap()
        };
        let build = |out: Output, files: &[(&str, &str)]| {
            for (name, text) in files {
                out.make(name, Stamp::of(text.as_bytes()), || Ok(text.as_bytes())).unwrap();
            }
            out.finish(Prune::No).unwrap()
        };
        let first = build(open_again(Made::default()), &[("a", "1"), ("b", "1"), ("c", "1")]);
        let now = [("a", "2"), ("c", "1"), ("d", "1")];
        build(open(dir.path()), &now);
        let mut second = build(open_again(first.made), &now);
        assert_eq!((second.written.len(), second.deleted.len()), (0, 0));
        second.by_others.sort();
        assert_eq!(second.by_others, ["a", "b", "d"]);
        // It is known from here on.
        let third = build(open_again(second.made), &now);
        assert_eq!(third.by_others, Vec::<String>::new());
        let fourth = build(open_again(third.made), &[("a", "3"), ("c", "1")]);
        assert_eq!((fourth.written.len(), fourth.deleted.len()), (1, 1));
        assert_eq!(fourth.by_others, Vec::<String>::new());
    }

    #[test]
    fn other_links_and_rights_are_no_work_of_others() {
        let dir = tempfile::tempdir().unwrap();
        let build = |made| {
            let manifest = dir.path().join(".lanai/manifest");
            let public = dir.path().join("public");
            let out = Output::open(&public, &manifest, made, Trust::No).unwrap();
            out.put("a", b"1").unwrap();
            out.put("b", b"1").unwrap();
            out.finish(Prune::No).unwrap()
        };
        let first = build(Made::default());
        let (a, b) = (dir.path().join("public/a"), dir.path().join("public/b"));
        fs::hard_link(&a, dir.path().join("copy")).unwrap();
        let mut rights = fs::metadata(&b).unwrap().permissions();
        rights.set_readonly(true);
        fs::set_permissions(&b, rights).unwrap();
        let second = build(first.made);
        assert_eq!(second.by_others, Vec::<String>::new());
        let past = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(9);
        fs::File::options().write(true).open(&a).unwrap().set_modified(past).unwrap();
        assert_eq!(build(second.made).by_others, ["a"]);
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
