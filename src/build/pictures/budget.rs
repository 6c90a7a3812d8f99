//! A share of memory for each picture that is being decoded, so that many cores need no more of it
//! than few. What a picture takes is left to the media room.

use std::sync::{Condvar, Mutex, PoisonError};

/// Bytes that decoded pictures may take together.
pub(super) struct Budget {
    whole: u64,
    free: Mutex<u64>,
    given_back: Condvar,
}

/// What a picture has taken; it is given back when this is dropped.
pub(super) struct Share<'b> {
    budget: &'b Budget,
    bytes: u64,
}

impl Budget {
    /// A budget of some bytes.
    pub(super) fn new(whole: u64) -> Self {
        Self { whole, free: Mutex::new(whole), given_back: Condvar::new() }
    }

    /// Waits until there is room. A picture that takes more than there is at all gets everything.
    ///
    /// Whoever holds a share must not hand work to other threads: they may be waiting here.
    pub(super) fn take(&self, bytes: u64) -> Share<'_> {
        let bytes = bytes.min(self.whole);
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        while *free < bytes {
            free = self.given_back.wait(free).unwrap_or_else(PoisonError::into_inner);
        }
        *free = free.saturating_sub(bytes);
        Share { budget: self, bytes }
    }
}

impl Drop for Share<'_> {
    fn drop(&mut self) {
        let mut free = self.budget.free.lock().unwrap_or_else(PoisonError::into_inner);
        *free = free.saturating_add(self.bytes);
        drop(free);
        self.budget.given_back.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    #[test]
    fn shares_never_exceed_the_whole() {
        let budget = Budget::new(10);
        let (taken, most) = (AtomicU64::new(0), AtomicU64::new(0));
        std::thread::scope(|scope| {
            for wanted in 1..=20 {
                let (budget, taken, most) = (&budget, &taken, &most);
                scope.spawn(move || {
                    let share = budget.take(wanted);
                    let now = taken.fetch_add(share.bytes, Ordering::SeqCst) + share.bytes;
                    most.fetch_max(now, Ordering::SeqCst);
                    std::thread::yield_now();
                    taken.fetch_sub(share.bytes, Ordering::SeqCst);
                });
            }
        });
        assert!(most.into_inner() <= 10);
        assert_eq!(*budget.free.lock().unwrap(), 10, "everything was given back");
    }
}
