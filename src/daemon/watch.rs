//! Watching the site folder: one message for a burst of changes.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use notify::{RecursiveMode, Watcher};

use crate::error::Failure;

/// How long the folder must be quiet before a burst counts as one change. Editors write a file in
/// several steps within a few milliseconds.
const QUIET: Duration = Duration::from_millis(15);

/// A folder under watch.
pub(super) struct Watch {
    // Dropping the watcher ends the watch.
    _watcher: notify::RecommendedWatcher,
    changes: Receiver<()>,
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
                let counts = match event {
                    Ok(event) => {
                        !event.kind.is_access()
                            && event.paths.iter().any(|path| counts(&base, path))
                    }
                    // Lost events are healed by building again.
                    Err(_) => true,
                };
                if counts {
                    // The receiver ends with the program.
                    let _ = send.send(());
                }
            })
            .map_err(failed)?;
        watcher.watch(&absolute, RecursiveMode::Recursive).map_err(failed)?;
        Ok(Self { _watcher: watcher, changes })
    }

    /// Waits for a change, at most `longest`. Returns whether to go on.
    pub(super) fn wait(&self, longest: Option<Duration>) -> bool {
        let first = match longest {
            Some(longest) => match self.changes.recv_timeout(longest) {
                Err(RecvTimeoutError::Timeout) => return true,
                other => other.is_ok(),
            },
            None => self.changes.recv().is_ok(),
        };
        if !first {
            return false;
        }
        while self.changes.recv_timeout(QUIET).is_ok() {}
        true
    }
}

fn counts(root: &Path, path: &Path) -> bool {
    let below: PathBuf = path.strip_prefix(root).unwrap_or(path).to_path_buf();
    let first =
        below.components().next().and_then(|part| part.as_os_str().to_str().map(str::to_owned));
    let name = below.file_name().and_then(|name| name.to_str()).unwrap_or("");
    let hidden = first.as_deref().is_some_and(|first| first.starts_with('.') || first == "public");
    let temporary =
        name.starts_with('.') || name.ends_with('~') || name.ends_with(".swp") || name == "4913";
    !hidden && !temporary
}
