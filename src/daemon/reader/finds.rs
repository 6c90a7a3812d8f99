//! What the daemon remembers for a while between two pages: who was found at an address, and whom the
//! owner has just left. It stays here because addresses may hold credentials, which no page shows.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};

use crate::model::Follow;
use crate::reader::discover::Found;

/// How many of each are remembered.
const MOST: usize = 32;

/// How long somebody who was found may be followed without being asked once more.
const FRESH: SignedDuration = SignedDuration::from_mins(15);

/// What is remembered.
#[derive(Default)]
pub(in crate::daemon) struct Finds {
    found: Mutex<VecDeque<Seen>>,
    removed: Mutex<VecDeque<(String, String, Vec<Follow>)>>,
}

struct Seen {
    site: String,
    asked: String,
    at: Timestamp,
    found: Found,
}

impl Finds {
    /// Remembers who was found when a site asked for an address as it is shown.
    pub(super) fn keep(&self, site: &str, asked: &str, found: Found, at: Timestamp) {
        let mut all = open(&self.found);
        all.retain(|seen| seen.site != site || seen.asked != asked);
        all.truncate(MOST.saturating_sub(1));
        all.push_front(Seen { site: site.to_owned(), asked: asked.to_owned(), at, found });
    }

    /// Who was found, if that is not long ago.
    pub(super) fn of(&self, site: &str, asked: &str, now: Timestamp) -> Option<Found> {
        let all = open(&self.found);
        let seen = all.iter().find(|seen| seen.site == site && seen.asked == asked)?;
        (now.duration_since(seen.at) < FRESH).then(|| seen.found.clone())
    }

    /// Remembers rows that were taken out, by a name.
    pub(super) fn keep_removed(&self, site: &str, name: &str, rows: Vec<Follow>) {
        let mut all = open(&self.removed);
        all.truncate(MOST.saturating_sub(1));
        all.push_front((site.to_owned(), name.to_owned(), rows));
    }

    /// Whether rows of that name can be put back.
    pub(super) fn has_removed(&self, site: &str, name: &str) -> bool {
        open(&self.removed).iter().any(|(its, known, _)| its == site && known == name)
    }

    /// Rows of that name, which are then forgotten.
    pub(super) fn take_removed(&self, site: &str, name: &str) -> Option<Vec<Follow>> {
        let mut all = open(&self.removed);
        let at = all.iter().position(|(its, known, _)| its == site && known == name)?;
        all.remove(at).map(|(_, _, rows)| rows)
    }
}

fn open<T>(list: &Mutex<T>) -> MutexGuard<'_, T> {
    list.lock().unwrap_or_else(PoisonError::into_inner)
}
