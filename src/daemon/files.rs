//! Files of the built site for the preview: what a path names, and its bytes.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::media::content_type;
use crate::model::percent_decode;

/// What a path names.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// A file: its bytes and media type.
    File(Vec<u8>, String),
    /// A page that moved: where to.
    Moved(String),
    /// A page that is gone for good: the tombstone.
    Gone(Vec<u8>),
    /// Nothing: the page that says so, if there is one.
    Nothing(Vec<u8>),
}

/// The output folder and the rules of its `_redirects`.
#[derive(Debug, Clone, Default)]
pub(super) struct Files {
    root: PathBuf,
    rules: HashMap<String, (String, u16)>,
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
        Self { root: root.to_path_buf(), rules }
    }

    /// The content security policy that the build wrote for hosts.
    pub(super) fn policy(&self) -> String {
        let text = fs::read_to_string(self.root.join("_headers")).unwrap_or_default();
        let line =
            text.lines().find_map(|line| line.trim().strip_prefix("Content-Security-Policy:"));
        line.unwrap_or("default-src 'self'").trim().to_owned()
    }

    /// Finds what a request's path names.
    pub(super) fn find(&self, path: &str) -> Found {
        match self.rules.get(path) {
            Some((_, 410)) => {
                return Found::Gone(self.read(path).map(|(bytes, _)| bytes).unwrap_or_default());
            }
            Some((to, _)) => return Found::Moved(to.clone()),
            None => {}
        }
        if let Some((bytes, mime)) = self.read(path) {
            return Found::File(bytes, mime);
        }
        let folder = format!("{path}/");
        if !path.ends_with('/') && self.read(&folder).is_some() {
            return Found::Moved(folder);
        }
        Found::Nothing(self.read("/404.html").map(|(bytes, _)| bytes).unwrap_or_default())
    }

    fn read(&self, path: &str) -> Option<(Vec<u8>, String)> {
        let decoded = percent_decode(path);
        let inside = decoded.trim_start_matches('/');
        let safe = inside
            .split('/')
            .all(|part| part != ".." && !part.contains('\\') && !part.contains('\0'));
        if !safe {
            return None;
        }
        let mut file = self.root.join(inside);
        if inside.is_empty() || inside.ends_with('/') {
            file.push("index.html");
        }
        let bytes = fs::read(&file).ok()?;
        let name = file.file_name()?.to_str()?.to_owned();
        Some((bytes, content_type(&name)))
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
            assert_eq!(files.find(path), Found::Nothing(Vec::new()), "{path}");
        }
    }

    #[test]
    fn rules_and_folders_are_followed() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir_all(dir.path().join("a")).unwrap();
        fs::write(dir.path().join("a/index.html"), "a").unwrap();
        fs::write(dir.path().join("_redirects"), "/old/ /a/ 301\n/dead/ /dead/index.html 410\n")
            .unwrap();
        let files = Files::open(dir.path());
        assert_eq!(files.find("/old/"), Found::Moved("/a/".to_owned()));
        assert_eq!(files.find("/a"), Found::Moved("/a/".to_owned()));
        assert_eq!(files.find("/dead/"), Found::Gone(Vec::new()));
        assert!(
            matches!(files.find("/a/"), Found::File(bytes, mime) if bytes == b"a" && mime.starts_with("text/html"))
        );
    }
}
