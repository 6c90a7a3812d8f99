//! Files of the built site: what a path names, the rules that the build wrote for hosts, and bytes.

use std::collections::HashMap;
use std::fs;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use crate::media::content_type;
use crate::model::percent_decode;
use crate::site::signature;
use crate::stamp::Signature;

/// What a path names.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// A file.
    File(File),
    /// A page that moved: where to, and the status that says so.
    Moved(String, u16),
    /// A page that is gone for good: its tombstone.
    Gone(Option<File>),
    /// Nothing: the page that says so, if there is one.
    Nothing(Option<File>),
}

/// A file that is there, open: a build may put another in its place meanwhile.
#[derive(Debug)]
pub(super) struct File {
    open: fs::File,
    /// Bytes.
    pub(super) size: u64,
    /// Its media type.
    pub(super) mime: String,
    /// A mark that changes when the file does.
    pub(super) tag: String,
}

/// Two are the same if nothing was written in between.
impl PartialEq for File {
    fn eq(&self, other: &Self) -> bool {
        self.tag == other.tag
    }
}

impl Eq for File {}

impl File {
    fn at(path: &Path) -> Option<Self> {
        let open = fs::File::open(path).ok()?;
        let found = open.metadata().ok().filter(fs::Metadata::is_file)?;
        let mime = content_type(path.file_name()?.to_str()?);
        let Signature { size, modified, inode, .. } = signature(&found);
        Some(Self { tag: format!("{size:x}-{modified:x}-{inode:x}"), open, size, mime })
    }

    /// Its bytes.
    pub(super) fn read(&mut self) -> Vec<u8> {
        self.read_part(0, usize::try_from(self.size).unwrap_or_default())
    }

    /// Some of its bytes; fewer if it ends before.
    pub(super) fn read_part(&mut self, start: u64, length: usize) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(length);
        let read = self
            .open
            .seek(SeekFrom::Start(start))
            .and_then(|_| (&mut self.open).take(length as u64).read_to_end(&mut bytes));
        if read.is_err() {
            bytes.clear();
        }
        bytes
    }
}

/// Statuses by which a browser is led on, as rules name them.
const REDIRECTS: [u16; 5] = [301, 302, 303, 307, 308];

/// The output folder and the rules that lie in it.
#[derive(Debug, Clone, Default)]
pub(super) struct Files {
    root: PathBuf,
    /// From `_redirects`.
    rules: HashMap<String, (String, u16)>,
    /// From `_headers`: patterns of paths, and headers.
    headers: Vec<(String, Vec<(String, String)>)>,
}

impl Files {
    /// Reads the rules of a fresh build.
    pub(super) fn open(root: &Path) -> Self {
        let text = fs::read_to_string(root.join("_redirects")).unwrap_or_default();
        let rules = text
            .lines()
            .filter_map(|line| {
                let mut words = line.split_whitespace();
                let (from, to) = (words.next()?, words.next()?);
                let status = words
                    .next()
                    .and_then(|status| status.trim_end_matches('!').parse().ok())
                    .unwrap_or(301);
                Some((from.to_owned(), (to.to_owned(), status)))
            })
            .collect();
        let text = fs::read_to_string(root.join("_headers")).unwrap_or_default();
        Self { root: root.to_path_buf(), rules, headers: header_rules(&text) }
    }

    /// The headers that the build wrote for a path; later rules before earlier ones.
    pub(super) fn headers(&self, path: &str) -> impl Iterator<Item = (&str, &str)> {
        let matching = self.headers.iter().rev().filter(move |(pattern, _)| fits(pattern, path));
        matching.flat_map(|(_, list)| list).map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The content security policy that the build wrote for hosts.
    pub(super) fn policy(&self) -> String {
        let named = |(name, _): &(&str, &str)| name.eq_ignore_ascii_case("content-security-policy");
        let policy = self.headers("/").find(named);
        policy.map_or("default-src 'self'", |(_, policy)| policy).to_owned()
    }

    /// Finds what a request's path names.
    pub(super) fn find(&self, path: &str) -> Found {
        self.find_below("", path)
    }

    /// Finds what a request's path names in a site that lies below the path `base`.
    pub(super) fn find_below(&self, base: &str, path: &str) -> Found {
        let below = below(base, path);
        if below.is_empty() {
            return Found::Moved(format!("{base}/"), 301);
        }
        // Rules have whole paths; files lie where they would without the base.
        match self.rules.get(&format!("{base}{below}")) {
            Some((_, 410)) => return Found::Gone(self.file(below)),
            Some((to, status)) => {
                let named = Some(*status).filter(|status| REDIRECTS.contains(status));
                return Found::Moved(to.clone(), named.unwrap_or(301));
            }
            None => {}
        }
        if let Some(file) = self.file(below) {
            return Found::File(file);
        }
        // One slash at the start: two would name another host.
        let folder = format!("/{}/", below.trim_matches('/'));
        if !below.ends_with('/') && self.file(&folder).is_some() {
            return Found::Moved(format!("{base}{folder}"), 301);
        }
        Found::Nothing(self.file("/404.html"))
    }

    fn file(&self, path: &str) -> Option<File> {
        let decoded = percent_decode(path);
        let inside = decoded.trim_start_matches('/');
        let safe = inside.split('/').all(|part| {
            !matches!(part, "." | "..") && !part.contains('\\') && !part.contains('\0')
        });
        // Rules for hosts are none of a visitor's business.
        if !safe || matches!(inside, "_redirects" | "_headers") {
            return None;
        }
        let mut file = self.root.join(inside);
        if inside.is_empty() || inside.ends_with('/') {
            file.push("index.html");
        }
        File::at(&file)
    }
}

/// A path without the one that a site lies below. A proxy may have taken that away already.
pub(super) fn below<'p>(base: &str, path: &'p str) -> &'p str {
    let rest = path.strip_prefix(base);
    rest.filter(|rest| rest.is_empty() || rest.starts_with('/')).unwrap_or(path)
}

/// The rules of a `_headers` file: a pattern on a line of its own, its headers indented below it.
fn header_rules(text: &str) -> Vec<(String, Vec<(String, String)>)> {
    let mut rules: Vec<(String, Vec<(String, String)>)> = Vec::new();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        if !line.starts_with([' ', '\t']) {
            rules.push((line.trim().to_owned(), Vec::new()));
        } else if let (Some((_, list)), Some((name, value))) =
            (rules.last_mut(), line.split_once(':'))
        {
            list.push((name.trim().to_owned(), value.trim().to_owned()));
        }
    }
    rules
}

/// Whether a path fits a pattern, in which a `*` stands for anything.
fn fits(pattern: &str, path: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == path,
        Some((before, after)) => path
            .strip_prefix(before)
            .is_some_and(|rest| rest.len() >= after.len() && rest.ends_with(after)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_never_leaves_the_output_folder() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir_all(dir.path().join("out")).unwrap();
        fs::write(dir.path().join("secret"), "x").unwrap();
        let files = Files::open(&dir.path().join("out"));
        for path in
            ["/../secret", "/%2e%2e/secret", "/..%2fsecret", "//../secret", "/a/../../secret"]
        {
            assert_eq!(files.find(path), Found::Nothing(None), "{path}");
        }
        fs::write(dir.path().join("out/_redirects"), "").unwrap();
        for path in
            ["/_redirects", "/./_redirects", "//_redirects", "/%5fredirects", "/.//_redirects"]
        {
            assert_eq!(files.find(path), Found::Nothing(None), "{path}");
        }
    }

    #[test]
    fn a_site_below_a_path_has_rules_with_it_and_files_without() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir_all(dir.path().join("a")).unwrap();
        fs::write(dir.path().join("a/index.html"), "a").unwrap();
        let rules = "/blog/old/ /blog/a/ 301\n/blog/dead/ /blog/dead/index.html 410\n";
        fs::write(dir.path().join("_redirects"), rules).unwrap();
        let files = Files::open(dir.path());
        let find = |path: &str| files.find_below("/blog", path);
        assert!(matches!(find("/blog/a/"), Found::File(_)));
        assert!(matches!(find("/a/"), Found::File(_)));
        assert_eq!(find("/blog"), Found::Moved("/blog/".to_owned(), 301));
        assert_eq!(find("/blog/a"), Found::Moved("/blog/a/".to_owned(), 301));
        assert_eq!(find("/blog/old/"), Found::Moved("/blog/a/".to_owned(), 301));
        assert_eq!(find("/blog/dead/"), Found::Gone(None));
        assert_eq!(find("/bloga/"), Found::Nothing(None));
    }

    #[test]
    fn rules_and_folders_are_followed() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir_all(dir.path().join("a")).unwrap();
        fs::write(dir.path().join("a/index.html"), "a").unwrap();
        let rules = "/old/ /a/ 301\n/dead/ /dead/index.html 410\n/now/ /a/ 302!\n/so /a/ 200\n";
        fs::write(dir.path().join("_redirects"), rules).unwrap();
        let files = Files::open(dir.path());
        assert_eq!(files.find("/old/"), Found::Moved("/a/".to_owned(), 301));
        assert_eq!(files.find("/now/"), Found::Moved("/a/".to_owned(), 302));
        assert_eq!(files.find("/so"), Found::Moved("/a/".to_owned(), 301));
        assert_eq!(files.find("/a"), Found::Moved("/a/".to_owned(), 301));
        assert_eq!(files.find("/dead/"), Found::Gone(None));
        let Found::File(mut file) = files.find("/a/") else { panic!("no file") };
        assert_eq!(file.read(), b"a");
        assert!(file.mime.starts_with("text/html"));
        // Another in its place does not change what was found.
        fs::remove_file(dir.path().join("a/index.html")).unwrap();
        fs::write(dir.path().join("a/index.html"), "another").unwrap();
        assert_eq!(file.read(), b"a");
    }

    #[test]
    fn headers_go_by_patterns_and_the_later_rule_wins() {
        let dir = tempfile::tempdir().unwrap();
        let text =
            "/*\n  A: 1\n  Content-Security-Policy: x\n/assets/*\n  A: 2\n/*/atom.xml\n  B: 3\n";
        fs::write(dir.path().join("_headers"), text).unwrap();
        let files = Files::open(dir.path());
        let first = |path: &str, name: &str| {
            files.headers(path).find(|(n, _)| *n == name).map(|(_, value)| value.to_owned())
        };
        assert_eq!(first("/assets/a.css", "A").as_deref(), Some("2"));
        assert_eq!(first("/notes/", "A").as_deref(), Some("1"));
        assert_eq!(first("/notes/atom.xml", "B").as_deref(), Some("3"));
        assert_eq!(first("/notes/", "B"), None);
        assert_eq!(files.policy(), "x");
        assert_eq!(files.find("/_headers"), Found::Nothing(None));
    }
}
