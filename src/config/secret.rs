//! What must not be seen: texts that show themselves to nobody by accident, and where they come
//! from. People publish `lanai.toml`, so passwords come from files that it names, or from the
//! environment.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::error::Failure;

/// How a certificate begins.
const PEM: &[u8] = b"-----BEGIN CERTIFICATE-----";

/// Longest password, in bytes.
const LONGEST: usize = 4_096;

/// A text that must stand in no log and no message.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes a text into keeping.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text, for the one who needs it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(secret)")
    }
}

/// The secret in a variable of the environment; none if it is not set or empty.
pub(super) fn from_environment(name: &str) -> Option<Secret> {
    std::env::var(name).ok().filter(|text| !text.is_empty()).map(Secret)
}

/// The secret in a file: its text without the end of the line.
pub(super) fn from_file(path: &Path) -> Result<Secret, Failure> {
    let bytes = std::fs::read(path).map_err(|error| Failure::io("read", path, &error))?;
    let wrong = |why: &str| {
        Failure::with_hint(
            format!("{} {why}", path.display()),
            "the file should have the password in its first line, and nothing else",
        )
    };
    if bytes.len() > LONGEST {
        return Err(wrong("is too long for a password"));
    }
    let text = String::from_utf8(bytes).map_err(|_| wrong("is no text"))?;
    let text = text.trim_end_matches(['\r', '\n']);
    match text {
        "" => Err(wrong("is empty")),
        text if text.contains(|c: char| c.is_control()) => Err(wrong("has more than one line")),
        text => Ok(Secret::new(text)),
    }
}

/// The certificates in a file, as PEM.
pub(super) fn certificates(path: &Path) -> Result<Vec<u8>, Failure> {
    let bytes = std::fs::read(path).map_err(|error| Failure::io("read", path, &error))?;
    if bytes.windows(PEM.len()).any(|part| part == PEM) {
        return Ok(bytes);
    }
    let message = format!("{} has no certificate", path.display());
    Err(Failure::with_hint(
        message,
        "it should be a PEM file, which has -----BEGIN CERTIFICATE-----",
    ))
}

/// The folder among some of the site that a file lies in, wherever links lead.
pub(super) fn folder_of<'f>(root: &Path, path: &Path, folders: &[&'f str]) -> Option<&'f str> {
    let real = |path: &Path| std::fs::canonicalize(path).unwrap_or_else(|_| PathBuf::from(path));
    let file = real(path);
    folders.iter().copied().find(|folder| file.starts_with(real(&root.join(folder))))
}

/// Whether others on the machine can read a file.
pub(super) fn is_open_to_others(path: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::metadata(path).is_ok_and(|file| file.permissions().mode() & 0o044 != 0)
    }
    #[cfg(not(unix))]
    {
        let _ = path;
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_shows_a_secret_by_accident() {
        let secret = Secret::new("open sesame");
        assert_eq!(format!("{secret:?}"), "(secret)");
        assert_eq!(secret.reveal(), "open sesame");
    }

    #[test]
    fn a_file_holds_one_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("password");
        for (text, expected) in [
            ("open sesame\n", Ok("open sesame")),
            (" a b \r\n", Ok(" a b ")),
            ("ü", Ok("ü")),
            ("", Err("is empty")),
            ("\n", Err("is empty")),
            ("one\ntwo\n", Err("has more than one line")),
        ] {
            std::fs::write(&path, text).unwrap();
            match (from_file(&path), expected) {
                (Ok(found), Ok(expected)) => assert_eq!(found.reveal(), expected),
                (Err(found), Err(expected)) => {
                    assert!(found.to_string().contains(expected), "{found}");
                    assert!(!found.to_string().contains("two"), "{found}");
                }
                (found, _) => panic!("{text:?}: {found:?}"),
            }
        }
        std::fs::write(&path, "x".repeat(LONGEST + 1)).unwrap();
        assert!(from_file(&path).is_err());
        std::fs::write(&path, [0xff]).unwrap();
        assert!(from_file(&path).is_err());
        assert!(from_file(&folder.path().join("none")).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn links_into_a_folder_lead_into_it() {
        let site = tempfile::tempdir().unwrap();
        std::fs::create_dir(site.path().join("static")).unwrap();
        std::fs::write(site.path().join("static/password"), "x").unwrap();
        std::os::unix::fs::symlink("static/password", site.path().join("password")).unwrap();
        let folder = |name: &str| folder_of(site.path(), &site.path().join(name), &["static"]);
        assert_eq!(folder("static/password"), Some("static"));
        assert_eq!(folder("password"), Some("static"));
        assert_eq!(folder("data/../static/password"), None, "there is no data");
        assert_eq!(folder("lanai.toml"), None);
    }
}
