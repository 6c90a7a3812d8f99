//! Watching the site folder: one message for a burst of changes.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use notify::{RecursiveMode, Watcher};

use crate::error::Failure;

/// How long the folder must be quiet before a burst counts as one change. Editors write a file in
/// several steps within a few milliseconds.
const QUIET: Duration = Duration::from_millis(15);

/// What happened in the site folder.
#[derive(Debug)]
pub(super) enum Change {
    /// Some files, by their paths below the site folder.
    Files(Vec<PathBuf>),
    /// Something that is not known: everything may have changed.
    Unknown,
    /// Nothing, in the time that was waited.
    None,
    /// The watch has ended.
    End,
}

/// A folder under watch.
pub(super) struct Watch {
    // Dropping the watcher ends the watch.
    _watcher: notify::RecommendedWatcher,
    changes: Receiver<Option<Vec<PathBuf>>>,
}

impl Watch {
    /// Watches a site folder; output, caches and hidden files do not count.
    pub(super) fn start(root: &Path) -> Result<Self, Failure> {
        let (send, changes) = channel();
        let absolute = root.canonicalize().map_err(|error| Failure::io("find", root, &error))?;
        let base = absolute.clone();
        let failed = |error: notify::Error| {
            Failure::with_hint(
                format!("cannot watch {}: {error}", root.display()),
                "serve without changes: build, and use any web server",
            )
        };
        let mut watcher =
            notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
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
            .map_err(failed)?;
        watcher.watch(&absolute, RecursiveMode::Recursive).map_err(failed)?;
        Ok(Self { _watcher: watcher, changes })
    }

    /// Waits for a change, at most `longest`, and until the folder is quiet again.
    pub(super) fn wait(&self, longest: Option<Duration>) -> Change {
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
        match all {
            Some(mut paths) => {
                paths.sort();
                paths.dedup();
                Change::Files(paths)
            }
            None => Change::Unknown,
        }
    }
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
