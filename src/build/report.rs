//! What a build did: the contract between the build and everybody who asks for one.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use rustc_hash::FxHashSet as HashSet;

use super::output::Outcome;
use super::plan::{Job, Plan};
use crate::error::{Problem, Problems};
use crate::model::Kind;
use crate::site::Site;

/// Hears how far a build is. Steps may be told from several threads.
pub trait Progress: Sync {
    /// A step begins, with `total` pieces of work if they are counted.
    fn begin(&self, step: &'static str, total: usize);
    /// One piece is done.
    fn advance(&self);
}

/// Says nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {
    fn begin(&self, _step: &'static str, _total: usize) {}
    fn advance(&self) {}
}

/// A step of a build and how long it took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// Its name.
    pub name: &'static str,
    /// Its time on the wall clock. Never part of the output.
    pub time: Duration,
}

/// The steps of a build as they happen.
pub struct Steps<'p> {
    progress: &'p dyn Progress,
    list: Vec<Step>,
}

impl<'p> Steps<'p> {
    /// No steps yet.
    pub fn new(progress: &'p dyn Progress) -> Self {
        Self { progress, list: Vec::new() }
    }

    /// Does one step and notes its time.
    pub fn time<T>(&mut self, name: &'static str, work: impl FnOnce() -> T) -> T {
        self.progress.begin(name, 0);
        let start = Instant::now();
        let result = work();
        self.list.push(Step { name, time: start.elapsed() });
        result
    }
}

/// What a build did.
#[derive(Debug, Clone)]
pub struct Report {
    /// Files written.
    pub written: Vec<String>,
    /// Files deleted.
    pub deleted: Vec<String>,
    /// Files that another process wrote or deleted since the last build of this one, as they are to
    /// be.
    pub by_others: Vec<String>,
    /// Addresses of pages whose files were written.
    pub pages_changed: Vec<String>,
    /// Addresses of feeds whose files were written.
    pub feeds_changed: Vec<String>,
    /// When the site next changes by itself: a scheduled or an expiring post.
    pub next_change: Option<Timestamp>,
    /// Posts and pages of the person.
    pub posts: usize,
    /// Pages and feeds in the output.
    pub pages: usize,
    /// Files that were right already.
    pub unchanged: usize,
    /// Files in the output folder that Lanai did not write.
    pub foreign: usize,
    /// Bytes of all files of the output.
    pub bytes: u64,
    /// Pictures that had to be decoded: none, if nothing about them has changed.
    pub decoded: usize,
    /// What deserves a word, errors excepted: those stop a build.
    pub warnings: Problems,
    /// The steps and their times.
    pub steps: Vec<Step>,
}

impl Report {
    pub(super) fn new(
        plan: &Plan<'_>,
        outcome: Outcome,
        warnings: Problems,
        steps: Steps<'_>,
        next_change: Option<Timestamp>,
    ) -> Self {
        let written: HashSet<&str> = outcome.written.iter().map(String::as_str).collect();
        let mut pages_changed = Vec::new();
        let mut feeds_changed = Vec::new();
        for (permalink, job, file) in plan.outputs() {
            if written.contains(file) {
                match job {
                    Job::Feed { .. } => feeds_changed.push(permalink.to_string()),
                    _ => pages_changed.push(permalink.to_string()),
                }
            }
        }
        Self {
            pages_changed,
            feeds_changed,
            next_change,
            posts: plan.posts.len(),
            pages: plan.jobs.len(),
            unchanged: outcome.unchanged,
            foreign: outcome.foreign,
            bytes: outcome.bytes,
            decoded: 0,
            written: outcome.written,
            deleted: outcome.deleted,
            by_others: outcome.by_others,
            warnings,
            steps: steps.list,
        }
    }

    /// The report for scripts.
    pub fn to_json(&self) -> serde_json::Value {
        serde_json::json!({
            "written": self.written,
            "deleted": self.deleted,
            "pages_changed": self.pages_changed,
            "feeds_changed": self.feeds_changed,
            "next_change": self.next_change.map(|at| at.to_string()),
            "posts": self.posts,
            "pages": self.pages,
            "unchanged": self.unchanged,
            "foreign": self.foreign,
            "bytes": self.bytes,
            "decoded": self.decoded,
            "problems": self.warnings.sorted().iter().map(|p| p.to_json()).collect::<Vec<_>>(),
        })
    }
}

/// Pages that were published and are gone without a redirect or a tombstone.
pub(super) fn warn_of_vanished(
    outcome: &Outcome,
    site: &Site,
    plan: &Plan<'_>,
    problems: &mut Problems,
) {
    if outcome.deleted.is_empty() {
        return;
    }
    // Pages that exist, or are hidden for a reason: what else vanishes deserves a word.
    let planned = plan.files.iter().cloned();
    let hidden = site.posts.iter().map(|post| post.permalink.output_file());
    let living: HashSet<String> = planned.chain(hidden).collect();
    for path in &outcome.deleted {
        if !path.ends_with("/index.html") || living.contains(path) || is_made(path) {
            continue;
        }
        let address = path.trim_end_matches("index.html");
        problems.push(
            Problem::in_file(format!("/{address}"), "this page was published and is gone without a trace")
                .warning()
                .hint("rename with `lanai mv` (leaves a redirect), delete with `lanai rm` (leaves a tombstone)"),
        );
    }
}

/// Whether a page is one of those that Lanai makes: they come and go with their posts.
fn is_made(path: &str) -> bool {
    let folder = path.trim_end_matches("/index.html");
    let last = folder.rsplit('/').next().unwrap_or("");
    let lists = ["tags", "archive", "search", "feeds", "thread", "cv", "following", "wanted"];
    folder.split('/').any(|part| part == "tags" || part == "page")
        || lists.contains(&last)
        || last.chars().all(|c| c.is_ascii_digit())
        || Kind::POSTS.iter().any(|kind| kind.folder() == last)
}
