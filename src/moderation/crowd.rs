//! Many strangers on one page within minutes.

use jiff::{SignedDuration, Timestamp};
use rustc_hash::FxHashSet;

use super::identity::Identity;

/// How many strangers within what time are a crowd.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Crowd {
    /// So many different strangers on one page hold all strangers there.
    pub strangers_on_page: usize,
    /// Within this time.
    pub window: SignedDuration,
}

impl Default for Crowd {
    fn default() -> Self {
        Self { strangers_on_page: 10, window: SignedDuration::from_mins(10) }
    }
}

impl Crowd {
    /// How many different strangers came to a page lately.
    pub fn strangers<'a>(
        &self,
        arrivals: impl IntoIterator<Item = (&'a Identity, Timestamp)>,
        now: Timestamp,
    ) -> usize {
        let recent = arrivals.into_iter().filter(|(_, at)| now.duration_since(*at) <= self.window);
        recent.map(|(who, _)| who).collect::<FxHashSet<_>>().len()
    }

    /// Whether so many are a crowd.
    pub fn is(&self, strangers: usize) -> bool {
        strangers >= self.strangers_on_page
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_recent_and_different_strangers_count() {
        let crowd = Crowd::default();
        let now: Timestamp = "2026-05-01T12:00:00Z".parse().unwrap();
        let people: Vec<Identity> = (0..12)
            .map(|n| Identity::new(Some(&format!("https://x{n}.example/")), "https://x.example/"))
            .collect();
        let ago = |minutes| now - SignedDuration::from_mins(minutes);
        let twice = people.iter().chain(&people).map(|who| (who, ago(3)));
        assert_eq!(crowd.strangers(twice, now), 12);
        let old = people.iter().map(|who| (who, ago(11)));
        assert_eq!(crowd.strangers(old, now), 0);
        assert!(crowd.is(10) && !crowd.is(9));
    }
}
