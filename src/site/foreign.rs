//! Folders of other generators: what their configuration says that a site needs, and which of their
//! folders and keys mean the same here.

use std::path::Path;

use super::read_file;
use crate::error::{Failure, Source};
use crate::tree::{Value, parse_toml, parse_yaml};

/// Configuration files of Hugo, Zola and Jekyll.
const FILES: [&str; 7] = [
    "hugo.toml",
    "hugo.yaml",
    "config.toml",
    "config.yaml",
    "zola.toml",
    "_config.yml",
    "_config.yaml",
];

/// What another generator's configuration says about the site.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ForeignConfig {
    /// The site's name.
    pub title: Option<String>,
    /// The site's address.
    pub url: Option<String>,
    /// The language.
    pub language: Option<String>,
    /// The owner's name.
    pub author: Option<String>,
}

/// Reads the configuration of the generator that a folder belongs to, if there is one.
///
/// # Errors
/// A file that cannot be read. A file that does not parse is taken for none: its generator is the
/// one to judge it.
pub fn foreign_config(root: &Path) -> Result<ForeignConfig, Failure> {
    let mut found = ForeignConfig::default();
    for name in FILES {
        let path = root.join(name);
        if !path.is_file() {
            continue;
        }
        let Ok(source) = Source::from_bytes(name, read_file(&path)?) else { continue };
        let parse = if name.ends_with(".toml") { parse_toml } else { parse_yaml };
        let Ok(node) = parse(&source, 0..source.text.len()) else { continue };
        let Value::Table(entries) = &node.value else { continue };
        for (key, node) in entries {
            let text = node.as_text().filter(|text| !text.trim().is_empty());
            match key.name.as_str() {
                "title" => found.title = text,
                "baseURL" | "baseurl" | "base_url" | "url" => {
                    found.url = text.filter(|text| text.starts_with("http")).or(found.url);
                }
                "languageCode" | "defaultContentLanguage" | "default_language" | "lang" => {
                    found.language = text.or(found.language);
                }
                "author" => found.author = text,
                _ => {}
            }
        }
    }
    Ok(found)
}

/// Whether a file lies among Jekyll's drafts.
pub(super) fn is_draft(file: &str) -> bool {
    file.split('/').any(|part| part == "_drafts")
}
