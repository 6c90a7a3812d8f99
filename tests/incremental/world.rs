//! A site folder under test and what is known of it: its files, its earlier states, the time, and
//! what the test itself put into the output.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use jiff::Timestamp;

use crate::plain::Doc;

/// Files with their bytes.
pub type Files = BTreeMap<String, Vec<u8>>;

/// Files with their bytes and times.
pub type Snapshot = BTreeMap<String, (Vec<u8>, SystemTime)>;

/// How one step builds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Setting {
    pub drafts: bool,
    pub theme: Option<&'static str>,
    pub base: Option<&'static str>,
    pub prune: bool,
}

/// A site folder.
pub struct World {
    dir: tempfile::TempDir,
    /// The site folder.
    pub root: PathBuf,
    /// What lies in it, `.lanai/` and the output left out.
    pub files: Files,
    /// What lay in it after earlier steps.
    pub past: Vec<Snapshot>,
    /// The last state that built.
    pub good: Option<Snapshot>,
    /// What time it is.
    pub now: Timestamp,
    /// When the site next changes by itself.
    pub next: Option<Timestamp>,
    /// How the next build is made.
    pub setting: Setting,
    /// Files that the test put into the output.
    pub planted: Files,
    /// Files of the output that may stay: the manifest that knew them was damaged.
    pub loose: BTreeSet<String>,
    /// Every path that ever was in the output.
    pub ever: BTreeSet<String>,
    /// What the last build that was right made.
    pub last: BTreeSet<String>,
    /// Whether the site does not build.
    pub broken: bool,
    /// Earlier states of `.lanai/`.
    pub stores: Vec<Files>,
    /// Whether the manifest was damaged in this step.
    pub manifest_harmed: bool,
    /// Whether the manifest of the other output was ever damaged.
    pub side_harmed: bool,
    /// Whether another output is built from the same cache in this step.
    pub side: bool,
    /// Whether the cache counts as newer than every file.
    pub trusting: bool,
    /// Makes names and texts unique.
    pub serial: usize,
}

/// A temporary folder, in memory where that is possible.
pub fn temporary() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    let made = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
    made.expect("a temporary folder")
}

impl World {
    /// An empty site folder.
    pub fn new(trusting: bool) -> Self {
        let dir = temporary();
        let root = dir.path().join("site");
        fs::create_dir_all(&root).unwrap();
        Self {
            dir,
            root,
            files: Files::new(),
            past: Vec::new(),
            good: None,
            now: "2024-06-15T12:00:00Z".parse().unwrap(),
            next: None,
            setting: Setting::default(),
            planted: Files::new(),
            loose: BTreeSet::new(),
            ever: BTreeSet::new(),
            last: BTreeSet::new(),
            broken: false,
            stores: Vec::new(),
            manifest_harmed: false,
            side_harmed: false,
            side: false,
            trusting,
            serial: 0,
        }
    }

    /// A folder beside the site.
    pub fn beside(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Leaves the folder for a look. Returns where it is.
    pub fn keep(&mut self) -> PathBuf {
        self.dir.disable_cleanup(true);
        self.dir.path().to_path_buf()
    }

    /// A number that was not used before.
    pub fn fresh(&mut self) -> usize {
        self.serial += 1;
        self.serial
    }

    /// Writes a file: sometimes over the old one, sometimes in its place, as editors do.
    pub fn write(&mut self, path: &str, bytes: impl Into<Vec<u8>>) {
        let bytes = bytes.into();
        let target = self.root.join(path);
        fs::create_dir_all(target.parent().unwrap()).unwrap();
        if self.fresh().is_multiple_of(3) {
            self.rename_over(path, &bytes);
        } else {
            fs::write(&target, &bytes).unwrap();
        }
        self.files.insert(path.to_owned(), bytes);
    }

    /// Puts another file in the place of one.
    pub fn rename_over(&mut self, path: &str, bytes: &[u8]) {
        let made = self.dir.path().join("in-the-making");
        fs::write(&made, bytes).unwrap();
        fs::rename(made, self.root.join(path)).unwrap();
        self.files.insert(path.to_owned(), bytes.to_vec());
    }

    /// Removes a file and the folders that it leaves empty.
    pub fn remove(&mut self, path: &str) {
        fs::remove_file(self.root.join(path)).unwrap();
        self.files.remove(path);
        let mut folder = Path::new(path).parent();
        while let Some(dir) = folder.filter(|dir| !dir.as_os_str().is_empty()) {
            if fs::remove_dir(self.root.join(dir)).is_err() {
                break;
            }
            folder = dir.parent();
        }
    }

    /// When a file was last changed.
    pub fn modified(&self, path: &str) -> SystemTime {
        fs::metadata(self.root.join(path)).unwrap().modified().unwrap()
    }

    /// Sets when a file was last changed.
    pub fn set_modified(&self, path: &str, time: SystemTime) {
        set_modified(&self.root.join(path), time);
    }

    /// All files with their times.
    pub fn snapshot(&self) -> Snapshot {
        let all = self.files.iter();
        all.map(|(path, bytes)| (path.clone(), (bytes.clone(), self.modified(path)))).collect()
    }

    /// Makes the files below a prefix what they were, bytes and times.
    pub fn restore(&mut self, snapshot: &Snapshot, prefix: &str) {
        let now: Vec<String> =
            self.files.keys().filter(|path| path.starts_with(prefix)).cloned().collect();
        for path in now.iter().filter(|path| !snapshot.contains_key(*path)) {
            self.remove(path);
        }
        for (path, (bytes, time)) in snapshot.iter().filter(|(path, _)| path.starts_with(prefix)) {
            if self.files.get(path) != Some(bytes) {
                self.write(path, bytes.clone());
                self.set_modified(path, *time);
            }
        }
    }

    /// A text file.
    pub fn text(&self, path: &str) -> Option<String> {
        String::from_utf8(self.files.get(path)?.clone()).ok()
    }

    /// A Markdown file.
    pub fn doc(&self, path: &str) -> Doc {
        Doc::parse(&self.text(path).unwrap_or_default())
    }

    /// Writes a Markdown file.
    pub fn put(&mut self, path: &str, doc: &Doc) {
        self.write(path, doc.text());
    }

    /// The paths below a prefix that end like this.
    pub fn paths(&self, prefix: &str, ending: &str) -> Vec<String> {
        let all = self.files.keys();
        all.filter(|path| path.starts_with(prefix) && path.ends_with(ending)).cloned().collect()
    }

    /// Posts and pages: Markdown that is not the text of a list.
    pub fn posts(&self) -> Vec<String> {
        let mut all = self.paths("content/", ".md");
        all.retain(|path| !path.contains("_index"));
        all
    }

    /// Posts with a date.
    pub fn dated(&self) -> Vec<String> {
        let mut all = self.posts();
        all.retain(|path| self.doc(path).get("date").is_some());
        all
    }

    /// The address of a Markdown file, as long as no pattern changes it.
    pub fn address(&self, path: &str) -> String {
        let below = path.trim_start_matches("content/").trim_end_matches(".md");
        let (below, language) = match below.strip_suffix(".de") {
            Some(below) => (below, "/de"),
            None => (below, ""),
        };
        let below = below.strip_suffix("/index").unwrap_or(below);
        let (folder, name) = below.rsplit_once('/').map_or(("", below), |(f, n)| (f, n));
        let dated = name.len() > 11 && name.starts_with("20") && name.as_bytes()[10] == b'-';
        let name = if dated { &name[11..] } else { name };
        let doc = self.doc(path);
        let name = doc.get("slug").map_or(name, |slug| slug.trim_matches('"')).to_lowercase();
        let folder = if folder.is_empty() { String::new() } else { format!("/{folder}") };
        format!("{language}{folder}/{name}/")
    }

    /// The output folder.
    pub fn output(&self) -> PathBuf {
        self.root.join("public")
    }

    /// The folder of caches.
    pub fn store(&self) -> PathBuf {
        self.root.join(".lanai")
    }

    /// The files in `.lanai/`, locks left out, with their bytes.
    pub fn store_files(&self) -> Files {
        if !self.store().is_dir() {
            return Files::new();
        }
        let all = crate::harness::files(&self.store()).into_iter();
        all.filter(|(name, _)| !name.ends_with("lock")).collect()
    }

    /// Makes what lies in `.lanai/` count as newer than the site.
    pub fn trust(&self) {
        let soon = SystemTime::now() + Duration::from_secs(60);
        for name in self.store_files().keys().filter(|name| !name.contains('/')) {
            set_modified(&self.store().join(name), soon);
        }
    }
}

/// Sets when a file was last changed.
pub fn set_modified(path: &Path, time: SystemTime) {
    let file = fs::OpenOptions::new().write(true).open(path).unwrap();
    file.set_modified(time).unwrap();
}
