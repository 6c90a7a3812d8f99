//! Diagnostics: what is wrong, where, what was expected and what to do next; and exit codes.
//!
//! A [`Problem`] is something in the person's files; a [`Failure`] is something that kept a
//! command from running. Printing to a terminal is the command line's work.

mod source;

use std::fmt;
use std::path::PathBuf;

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use serde::{Deserialize, Serialize};

pub use source::Source;

/// How many problems one run prints; the rest is counted.
pub const SHOWN: usize = 50;

/// Whether a problem stops the build.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Severity {
    /// The site is not built until this is mended.
    Error,
    /// The site is built, but somebody will be worse off.
    Warning,
}

/// A place in a file. Lines and columns count from 1, columns in characters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Line, counted from the top of the file, front matter included.
    pub line: usize,
    /// Column, in characters.
    pub column: usize,
    /// The text of that line.
    excerpt: String,
    /// The bytes of `excerpt` that are meant.
    span: std::ops::Range<usize>,
}

/// Something wrong in a site: where, what, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// Whether it stops the build.
    pub severity: Severity,
    /// Path below the site folder, with `/` between its parts.
    pub file: String,
    /// Where in the file, if a place can be named.
    pub place: Option<Place>,
    /// What is wrong and what was expected.
    pub message: String,
    /// What to do next.
    pub hint: Option<String>,
}

impl Problem {
    /// A problem with a whole file.
    pub fn in_file(file: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            file: file.into(),
            place: None,
            message: message.into(),
            hint: None,
        }
    }

    /// The same problem as a warning.
    #[must_use]
    pub fn warning(mut self) -> Self {
        self.severity = Severity::Warning;
        self
    }

    /// The same problem with advice.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// `path:line:column`, or the path alone.
    pub fn location(&self) -> String {
        match &self.place {
            Some(place) => format!("{}:{}:{}", self.file, place.line, place.column),
            None => self.file.clone(),
        }
    }

    /// The order in which problems are shown: by file, then by place, then by text.
    fn sort_key(&self) -> (&str, usize, usize, &str) {
        let (line, column) = self.place.as_ref().map_or((0, 0), |p| (p.line, p.column));
        (&self.file, line, column, &self.message)
    }

    /// The problem as people read it: message, place, line with a caret, hint.
    pub fn render(&self, color: bool) -> String {
        let level = match self.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let location = self.location();
        let mut group =
            level.primary_title(self.message.as_str()).elements(self.place.as_ref().map(|place| {
                Snippet::source(place.excerpt.as_str())
                    .line_start(place.line)
                    .path(self.file.as_str())
                    .annotation(AnnotationKind::Primary.span(place.span.clone()))
            }));
        if self.place.is_none() {
            group = group.element(annotate_snippets::Origin::path(location.as_str()));
        }
        if let Some(hint) = &self.hint {
            group = group.element(Level::HELP.message(hint.as_str()));
        }
        let renderer = if color { Renderer::styled() } else { Renderer::plain() };
        renderer.render(&[group])
    }

    /// The problem as one JSON object for scripts.
    pub fn to_json(&self) -> serde_json::Value {
        serde_json::json!({
            "severity": match self.severity { Severity::Error => "error", Severity::Warning => "warning" },
            "file": self.file,
            "line": self.place.as_ref().map(|p| p.line),
            "column": self.place.as_ref().map(|p| p.column),
            "message": self.message,
            "hint": self.hint,
        })
    }
}

/// All problems of one run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Problems {
    list: Vec<Problem>,
}

impl Problems {
    /// Nothing wrong so far.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one.
    pub fn push(&mut self, problem: Problem) {
        self.list.push(problem);
    }

    /// Adds all of another run.
    pub fn extend(&mut self, other: impl IntoIterator<Item = Problem>) {
        self.list.extend(other);
    }

    /// Whether anything stops the build.
    pub fn has_errors(&self) -> bool {
        self.list.iter().any(|p| p.severity == Severity::Error)
    }

    /// Whether there is nothing to say.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// How many errors and how many warnings.
    pub fn counts(&self) -> (usize, usize) {
        let errors = self.list.iter().filter(|p| p.severity == Severity::Error).count();
        (errors, self.list.len().saturating_sub(errors))
    }

    /// Errors before warnings, each by file and place, without repeats.
    pub fn sorted(&self) -> Vec<&Problem> {
        let mut list: Vec<&Problem> = self.list.iter().collect();
        list.sort_by(|a, b| (a.severity, a.sort_key()).cmp(&(b.severity, b.sort_key())));
        list.dedup();
        list
    }

    /// What people read: at most [`SHOWN`] problems, then how many more there are.
    pub fn render(&self, color: bool) -> String {
        let sorted = self.sorted();
        let mut out = String::new();
        for problem in sorted.iter().take(SHOWN) {
            out.push_str(&problem.render(color));
            out.push_str("\n\n");
        }
        if let Some(more) = sorted.len().checked_sub(SHOWN).filter(|more| *more > 0) {
            out.push_str(&format!("... and {more} more\n\n"));
        }
        out
    }
}

impl IntoIterator for Problems {
    type Item = Problem;
    type IntoIter = std::vec::IntoIter<Problem>;

    fn into_iter(self) -> Self::IntoIter {
        self.list.into_iter()
    }
}

/// Why a command did not do its work. Each kind has its exit code.
#[derive(Debug)]
pub enum Failure {
    /// The person's files have problems: exit code 1.
    Problems(Problems),
    /// The command could not run (disk, port, arguments): exit code 2.
    Run {
        /// What failed, where, and why.
        message: String,
        /// What to do next.
        hint: Option<String>,
    },
}

impl Failure {
    /// A failure to run, without advice.
    pub fn run(message: impl Into<String>) -> Self {
        Self::Run { message: message.into(), hint: None }
    }

    /// A failure to run, with advice.
    pub fn with_hint(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Run { message: message.into(), hint: Some(hint.into()) }
    }

    /// A failed file operation: `cannot VERB PATH: why`.
    pub fn io(verb: &str, path: impl Into<PathBuf>, error: &std::io::Error) -> Self {
        let path = path.into();
        let message = format!("cannot {verb} {}: {}", path.display(), plain_io(error));
        match error.kind() {
            std::io::ErrorKind::PermissionDenied => Self::with_hint(
                message,
                "check who owns the folder and whether you may write to it",
            ),
            std::io::ErrorKind::StorageFull => {
                Self::with_hint(message, "free some disk space and run the command again")
            }
            _ => Self::run(message),
        }
    }

    /// The exit code of the process: 1 problems found in the site, 2 failed to run.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Problems(_) => 1,
            Self::Run { .. } => 2,
        }
    }
}

/// The operating system's words without its error number.
fn plain_io(error: &std::io::Error) -> String {
    let text = error.to_string();
    match text.split_once(" (os error") {
        Some((plain, _)) => plain.to_lowercase(),
        None => text,
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Problems(problems) => {
                let (errors, warnings) = problems.counts();
                write!(f, "{errors} errors, {warnings} warnings")
            }
            Self::Run { message, hint: Some(hint) } => write!(f, "{message}\n  {hint}"),
            Self::Run { message, hint: None } => f.write_str(message),
        }
    }
}

impl std::error::Error for Failure {}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self::Problems(Problems { list: vec![problem] })
    }
}

/// The word that a typing mistake most likely meant, if one is near.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase().replace('_', "-");
    known
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(&word, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= 1 + candidate.len() / 4)
        .min()
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_names_place_line_caret_and_hint() {
        let source = Source::new("lanai.toml", "title = \"x\"\nulr = \"y\"\n");
        let problem = source.problem(12..15, "unknown key `ulr`").hint("did you mean `url`?");
        assert_eq!(problem.location(), "lanai.toml:2:1");
        let text = problem.render(false);
        assert!(text.contains("lanai.toml:2:1"), "{text}");
        assert!(text.contains("^^^"), "{text}");
        assert!(text.contains("did you mean `url`?"), "{text}");
    }

    #[test]
    fn columns_count_characters() {
        let source = Source::new("a.md", "é = ü!");
        assert_eq!(source.problem(7..8, "x").location(), "a.md:1:6");
    }

    #[test]
    fn at_most_fifty_are_shown() {
        let mut problems = Problems::new();
        for n in 0..60 {
            problems.push(Problem::in_file(format!("{n:02}.md"), "bad"));
        }
        let text = problems.render(false);
        assert!(text.contains("and 10 more"));
        assert!(text.contains("49.md") && !text.contains("50.md"));
    }

    #[test]
    fn the_near_name_is_offered() {
        assert_eq!(nearest("titel", ["title", "url"]), Some("title"));
        assert_eq!(nearest("in_reply_to", ["in-reply-to"]), Some("in-reply-to"));
        assert_eq!(nearest("zebra", ["title", "url"]), None);
    }
}
