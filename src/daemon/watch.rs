//! Watching the site folder: one message for a burst of changes.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use notify::{RecursiveMode, Watcher};

use crate::error::Failure;

/// How long the folder must be quiet before a burst counts as one change. Editors write a file in
/// several steps within a few milliseconds.
const QUIET: Duration = Duration::from_millis(8);

/// What happened in the site folder.
#[derive(Debug)]
pub(super) enum Change {
    /// Some files, by their paths below the site folder.
    Files(Vec<PathBuf>),
    /// Something that is not known: everything may have changed.
    Unknown,
    /// A new folder that cannot be watched; everything may have changed.
    Unwatched(Failure),
    /// Nothing, in the time that was waited.
    None,
    /// The watch has ended.
    End,
}

/// A site folder under watch: all but the output and what is hidden, which the builds change
/// themselves and which may hold more folders than a system watches.
pub(super) struct Watch {
    root: PathBuf,
    watcher: notify::RecommendedWatcher,
    changes: Receiver<Option<Vec<PathBuf>>>,
}

impl Watch {
    /// Watches a site folder; output, caches and hidden files do not count.
    pub(super) fn start(root: &Path) -> Result<Self, Failure> {
        let (send, changes) = channel();
        let absolute = root.canonicalize().map_err(|error| Failure::io("find", root, &error))?;
        let base = absolute.clone();
        let watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            let changed = match event {
                Ok(event) if event.need_rescan() => None,
                Ok(event) if event.kind.is_access() => return,
                Ok(event) => {
                    let paths: Vec<PathBuf> =
                        event.paths.iter().filter_map(|path| below(&base, path)).collect();
                    if paths.is_empty() {
                        return;
                    }
                    Some(paths)
                }
                // Lost events are healed by looking at everything.
                Err(_) => None,
            };
            // The receiver ends with the program.
            let _ = send.send(changed);
        })
        .map_err(|error| failed(root, &error))?;
        let mut watch = Self { root: absolute, watcher, changes };
        let mode = RecursiveMode::NonRecursive;
        watch.watcher.watch(&watch.root, mode).map_err(|error| failed(root, &error))?;
        watch.enter_all()?;
        Ok(watch)
    }

    /// Watches all folders at the top of the site folder.
    fn enter_all(&mut self) -> Result<(), Failure> {
        let entries = self.root.read_dir();
        let entries = entries.map_err(|error| Failure::io("read", &self.root, &error))?;
        for entry in entries.flatten() {
            self.enter(Path::new(&entry.file_name()))?;
        }
        Ok(())
    }

    /// Watches what lies below a folder at the top of the site folder; says whether it is one.
    fn enter(&mut self, name: &Path) -> Result<bool, Failure> {
        let folder = self.root.join(name);
        let is_folder = name.components().count() == 1
            && below(&self.root, &folder).is_some()
            && folder.is_dir();
        if is_folder {
            let watched = self.watcher.watch(&folder, RecursiveMode::Recursive);
            watched.map_err(|error| failed(&folder, &error))?;
        }
        Ok(is_folder)
    }

    /// Waits for a change, at most `longest`, and until the folder is quiet again.
    pub(super) fn wait(&mut self, longest: Option<Duration>) -> Change {
        let first = match longest {
            Some(longest) => match self.changes.recv_timeout(longest) {
                Ok(first) => first,
                Err(RecvTimeoutError::Timeout) => return Change::None,
                Err(RecvTimeoutError::Disconnected) => return Change::End,
            },
            None => match self.changes.recv() {
                Ok(first) => first,
                Err(_) => return Change::End,
            },
        };
        let mut all = first;
        while let Ok(more) = self.changes.recv_timeout(QUIET) {
            all = all.zip(more).map(|(mut all, more)| {
                all.extend(more);
                all
            });
        }
        let Some(mut paths) = all else {
            return self.enter_all().map_or_else(Change::Unwatched, |()| Change::Unknown);
        };
        paths.sort();
        paths.dedup();
        // What came into a new folder before it was watched, nobody has told.
        let entered = paths.iter().map(|path| self.enter(path)).collect::<Result<Vec<_>, _>>();
        match entered {
            Ok(entered) if entered.contains(&true) => Change::Unknown,
            Ok(_) => Change::Files(paths),
            Err(failure) => Change::Unwatched(failure),
        }
    }
}

fn failed(folder: &Path, error: &notify::Error) -> Failure {
    Failure::with_hint(
        format!("cannot watch {}: {error}", folder.display()),
        "serve without changes: build, and use any web server",
    )
}

/// The path below the site folder; none for output, caches and files in the making.
fn below(root: &Path, path: &Path) -> Option<PathBuf> {
    let below: PathBuf = path.strip_prefix(root).unwrap_or(path).to_path_buf();
    let first = below.components().next().and_then(|part| part.as_os_str().to_str());
    let name = below.file_name().and_then(|name| name.to_str()).unwrap_or("");
    let hidden = first.is_some_and(|first| first.starts_with('.') || first == "public");
    let temporary =
        name.starts_with('.') || name.ends_with('~') || name.ends_with(".swp") || name == "4913";
    (!hidden && !temporary).then_some(below)
}
