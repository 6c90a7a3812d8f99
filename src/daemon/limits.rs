//! How often somebody may ask: a count for each of them, that begins anew each minute.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long a count lasts.
const WINDOW: Duration = Duration::from_secs(60);

/// Counts that are held at once; a crowd that is larger is counted anew.
const MOST: usize = 100_000;

/// Counts by name.
pub(super) struct Limiter {
    most: u32,
    hasher: RandomState,
    counts: Mutex<HashMap<u64, (Instant, u32)>>,
}

impl Limiter {
    /// Lets everybody ask `most` times in a minute.
    pub(super) fn new(most: usize) -> Self {
        Self {
            most: u32::try_from(most).unwrap_or(u32::MAX),
            hasher: RandomState::new(),
            counts: Mutex::default(),
        }
    }

    /// Counts a question of somebody; after the last one that is free, says how long to wait.
    pub(super) fn count(&self, name: &str, now: Instant) -> Result<(), Duration> {
        let key = self.hasher.hash_one(name);
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.len() >= MOST {
            counts.retain(|_, (since, _)| now.duration_since(*since) < WINDOW);
            if counts.len() >= MOST {
                counts.clear();
            }
        }
        let (since, count) = counts.entry(key).or_insert((now, 0));
        if now.duration_since(*since) >= WINDOW {
            (*since, *count) = (now, 0);
        }
        if *count >= self.most {
            return Err(WINDOW.saturating_sub(now.duration_since(*since)));
        }
        *count = count.saturating_add(1);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_has_a_count_of_their_own_that_begins_anew() {
        let limiter = Limiter::new(2);
        let start = Instant::now();
        let later = start + Duration::from_secs(20);
        assert_eq!(limiter.count("a", start), Ok(()));
        assert_eq!(limiter.count("a", later), Ok(()));
        assert_eq!(limiter.count("a", later), Err(Duration::from_secs(40)));
        assert_eq!(limiter.count("b", later), Ok(()));
        assert_eq!(limiter.count("a", start + WINDOW), Ok(()));
    }

    #[test]
    fn a_crowd_does_not_fill_the_memory() {
        let limiter = Limiter::new(1);
        let now = Instant::now();
        for number in 0..MOST + 10 {
            assert_eq!(limiter.count(&number.to_string(), now), Ok(()));
        }
        assert!(limiter.counts.lock().unwrap().len() <= MOST);
    }
}
