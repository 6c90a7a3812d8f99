//! What people see in a terminal: problems with colours, a progress bar, the steps of a build.

use std::io::{IsTerminal, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::build::{Progress, Report, Step};
use crate::error::{Failure, Problems};

/// Standard error, and whether it may be coloured and drawn on.
#[derive(Debug, Clone, Copy)]
pub struct Terminal {
    color: bool,
    bar: bool,
}

impl Terminal {
    /// Asks the environment: `NO_COLOR`, and whether standard error is a terminal.
    pub fn detect() -> Self {
        let terminal = std::io::stderr().is_terminal();
        let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Self { color: terminal && !plain, bar: terminal }
    }

    /// Writes a message to standard error. A closed terminal is nobody's problem.
    pub fn say(self, text: &str) {
        let _ = writeln!(std::io::stderr(), "{text}");
    }

    /// Shows problems, the count last.
    pub fn problems(self, problems: &Problems) {
        if problems.is_empty() {
            return;
        }
        let _ = write!(std::io::stderr(), "{}", problems.render(self.color));
        let (errors, warnings) = problems.counts();
        let parts: Vec<String> = [(errors, "error", "errors"), (warnings, "warning", "warnings")]
            .into_iter()
            .filter(|(n, ..)| *n > 0)
            .map(|(n, one, many)| count(n, one, many))
            .collect();
        self.say(&parts.join(", "));
    }

    /// A progress bar that appears when work lasts over a second.
    pub fn progress(self) -> Bar {
        let bar = self.bar.then(|| {
            let target = ProgressDrawTarget::stderr_with_hz(10);
            let bar = ProgressBar::with_draw_target(None, target);
            let style = "{elapsed:>4} {msg:<12} {wide_bar} {pos}/{len} {per_sec}";
            match ProgressStyle::with_template(style) {
                Ok(style) => bar.with_style(style),
                Err(_) => bar,
            }
        });
        Bar { bar, done: AtomicU64::new(0) }
    }

    /// The steps of a build and their times.
    pub fn timings(self, steps: &[Step]) {
        let total: Duration = steps.iter().map(|step| step.time).sum();
        for step in steps {
            self.say(&format!("{:>9.1} ms  {}", step.time.as_secs_f64() * 1000.0, step.name));
        }
        self.say(&format!("{:>9.1} ms  in all", total.as_secs_f64() * 1000.0));
    }

    /// One line about a build that went well.
    pub fn summary(self, report: &Report, seconds: f64) {
        let mut line = format!(
            "{}: {} written, {} unchanged, {} deleted, in {seconds:.2} s",
            count(report.posts, "post or page", "posts and pages"),
            count(report.written.len(), "file", "files"),
            report.unchanged,
            report.deleted.len()
        );
        if report.foreign > 0 {
            line.push_str(&format!(
                "\n{} files in the output folder were not made by Lanai and were left alone (--prune removes them)",
                report.foreign
            ));
        }
        self.say(&line);
    }
}

/// A number with its noun.
fn count(n: usize, one: &str, many: &str) -> String {
    if n == 1 { format!("1 {one}") } else { format!("{n} {many}") }
}

/// Shows why a command failed.
pub fn report_failure(failure: &Failure) {
    let terminal = Terminal::detect();
    match failure {
        Failure::Problems(problems) => terminal.problems(problems),
        Failure::Run { .. } => terminal.say(&format!("lanai: {failure}")),
    }
}

/// A progress bar over the counted steps of a build.
pub struct Bar {
    bar: Option<ProgressBar>,
    /// Pieces done in this step.
    done: AtomicU64,
}

impl Bar {
    /// Removes the bar from the screen.
    pub fn clear(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

impl Progress for Bar {
    fn begin(&self, step: &'static str, total: usize) {
        self.done.store(0, Ordering::Relaxed);
        let Some(bar) = &self.bar else { return };
        bar.set_message(step);
        bar.set_length(total as u64);
        // Short builds stay silent.
        if bar.elapsed() > Duration::from_secs(1) {
            bar.set_position(0);
        }
    }

    fn advance(&self) {
        let Some(bar) = &self.bar else { return };
        let done = self.done.fetch_add(1, Ordering::Relaxed).saturating_add(1);
        // Many threads tell of many small pieces.
        if done.is_multiple_of(32) && bar.elapsed() > Duration::from_secs(1) {
            bar.set_position(done);
        }
    }
}
