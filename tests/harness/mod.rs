//! Small sites made of text, built in a temporary folder: `SiteTest::new().file(…).build()`.
//!
//! The library is called directly; [`SiteTest::run`] starts the real binary. Nothing here knows
//! what a right site looks like: that is for the tests.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests may stop at the first surprise"
)]
#![allow(dead_code, unreachable_pub, reason = "each test crate uses a part of the harness")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use jiff::Timestamp;
use lanai::build::{Options, Report, Silent, build};
use lanai::error::{Failure, Problems};

/// The time at which tests build.
pub const NOW: &str = "2024-06-15T12:00:00Z";

/// A site folder under test.
pub struct SiteTest {
    dir: tempfile::TempDir,
    now: Timestamp,
}

impl SiteTest {
    /// A site of two lines, `title` and `url`.
    pub fn new() -> Self {
        Self::with_config("")
    }

    /// A site with more in its configuration.
    pub fn with_config(more: &str) -> Self {
        let text = format!("title = \"Test\"\nurl = \"https://test.example\"\n{more}");
        Self::empty().file("lanai.toml", &text)
    }

    /// An empty folder.
    pub fn empty() -> Self {
        let dir = tempfile::tempdir().expect("a temporary folder");
        Self { dir, now: NOW.parse().expect("a time") }
    }

    /// Adds or replaces a text file.
    pub fn file(self, path: &str, text: &str) -> Self {
        self.write(path, text);
        self
    }

    /// Adds or replaces a file of bytes.
    pub fn bytes(self, path: &str, bytes: &[u8]) -> Self {
        let path = self.path(path);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(path, bytes).expect("a file");
        self
    }

    /// Adds a dated note.
    pub fn note(self, path: &str, text: &str) -> Self {
        self.file(path, &format!("+++\ndate = 2024-05-01T10:00:00Z\n+++\n{text}\n"))
    }

    /// Builds at another time.
    pub fn at(mut self, now: &str) -> Self {
        self.now = now.parse().expect("a time");
        self
    }

    /// Writes a file between two builds.
    pub fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(path, text).expect("a file");
    }

    /// A path below the site folder.
    pub fn path(&self, path: &str) -> PathBuf {
        self.dir.path().join(path)
    }

    /// The site folder.
    pub fn root(&self) -> &Path {
        self.dir.path()
    }

    /// The options of a usual build.
    pub fn options(&self) -> Options {
        Options::for_site(self.root(), self.now)
    }

    /// Builds, with the failure if there is one.
    pub fn try_build(&self) -> Result<Report, Failure> {
        build(self.root(), &self.options(), &Silent)
    }

    /// Builds a site that must be right.
    pub fn build(&self) -> Report {
        match self.try_build() {
            Ok(report) => report,
            Err(Failure::Problems(problems)) => panic!("{}", problems.render(false)),
            Err(failure) => panic!("{failure}"),
        }
    }

    /// The problems of a site that must not build.
    pub fn problems(&self) -> Problems {
        match self.try_build() {
            Err(Failure::Problems(problems)) => problems,
            Err(failure) => panic!("failed to run: {failure}"),
            Ok(_) => panic!("the site built"),
        }
    }

    /// What a person sees of the problems of a site that must not build.
    pub fn rendered_problems(&self) -> String {
        self.problems().render(false)
    }

    /// A file of the output.
    pub fn out(&self, path: &str) -> String {
        let path = self.path("public").join(path);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// Whether the output has a file.
    pub fn has(&self, path: &str) -> bool {
        self.path("public").join(path).exists()
    }

    /// Every file of the output with its bytes, sorted.
    pub fn all(&self) -> Vec<(String, Vec<u8>)> {
        files(&self.path("public"))
    }

    /// Runs the binary in the site folder.
    pub fn run(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_lanai"))
            .args(arguments)
            .current_dir(self.root())
            .env_remove("LANAI_CI")
            .env("NO_COLOR", "1")
            .output()
            .expect("the binary runs")
    }
}

/// Every file below a folder with its bytes, sorted.
pub fn files(root: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(root).expect("below").to_string_lossy().into_owned();
                found.push((name, fs::read(&path).expect("a file")));
            }
        }
    }
    found.sort();
    found
}

/// The text of standard output and standard error.
pub fn texts(output: &Output) -> (String, String) {
    (
        String::from_utf8_lossy(&output.stdout).into_owned(),
        String::from_utf8_lossy(&output.stderr).into_owned(),
    )
}
