//! What the daemon counts, for those who watch it (the text format of Prometheus).

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};

/// Counts since the daemon began.
#[derive(Debug, Default)]
pub(super) struct Metrics {
    /// Requests of all kinds.
    pub(super) requests: Count,
    /// Mentions accepted.
    pub(super) accepted: Count,
    /// Mentions not accepted, because something was wrong with them.
    pub(super) wrong: Count,
    /// Requests that came too often.
    pub(super) limited: Count,
    /// Jobs done.
    pub(super) jobs: Count,
    /// Jobs that failed and are done again.
    pub(super) failed_jobs: Count,
    /// Builds that went well.
    pub(super) builds: Count,
    /// Builds that found problems.
    pub(super) failed_builds: Count,
    /// Mentions that were sent.
    pub(super) sent: Count,
    /// Deliveries of hubs that were taken.
    pub(super) deliveries: Count,
    /// Deliveries that were not, because of their signature.
    pub(super) wrong_deliveries: Count,
}

/// A count.
#[derive(Debug, Default)]
pub(super) struct Count(AtomicU64);

impl Count {
    /// One more.
    pub(super) fn add(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// How many there were.
    pub(super) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Metrics {
    /// All counts as text.
    pub(super) fn to_text(&self) -> String {
        let all = [
            ("requests", "Requests of all kinds", &self.requests),
            ("mentions_accepted", "Mentions accepted", &self.accepted),
            ("mentions_wrong", "Requests that were no mention of a page here", &self.wrong),
            ("requests_limited", "Requests that came too often", &self.limited),
            ("jobs_done", "Jobs done", &self.jobs),
            ("jobs_failed", "Jobs that failed and are done again", &self.failed_jobs),
            ("builds", "Builds that went well", &self.builds),
            ("builds_failed", "Builds that found problems", &self.failed_builds),
            ("mentions_sent", "Mentions sent", &self.sent),
            ("deliveries", "Deliveries of WebSub hubs accepted", &self.deliveries),
            ("deliveries_wrong", "Deliveries without a right signature", &self.wrong_deliveries),
        ];
        let mut text = String::new();
        for (name, help, count) in all {
            // Writing to a string cannot fail.
            let _ = writeln!(
                text,
                "# HELP lanai_{name}_total {help}.\n# TYPE lanai_{name}_total counter\nlanai_{name}_total {}",
                count.get()
            );
        }
        text
    }
}
