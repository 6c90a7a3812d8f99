//! The names of all files of a site that a build reads, and what the file system says of each. They
//! are found by walking the folders, or kept up to date from single changes.

use std::path::{Path, PathBuf};

use unicode_normalization::UnicodeNormalization;

use super::folder::file_signature;
use super::{Folder, SiteFile};
use crate::error::{Failure, Problems};

/// Folders of a site folder that hold no Markdown; left out where the content folder is the site
/// folder itself.
const RESERVED: [&str; 13] = [
    "static",
    "media",
    "data",
    "theme",
    "public",
    "node_modules",
    "target",
    "_site",
    "_layouts",
    "_includes",
    "_data",
    "_sass",
    "vendor",
];

/// The files of a site, by folder.
#[derive(Debug, Clone, Default)]
pub struct Folders {
    /// Which folder the content is.
    content_folder: String,
    /// Markdown files of the content folder.
    pub markdown: Folder,
    /// Files of the content folder that are no Markdown.
    pub content: Folder,
    /// Files of `static/`.
    pub statics: Folder,
    /// Files of `media/`.
    pub media: Folder,
    /// Files of `data/avatars/`.
    pub avatars: Folder,
    /// Files of `data/mentions/`.
    pub mentions: Folder,
    /// Files of `data/cites/`.
    pub cites: Folder,
}

impl Folders {
    /// Walks all folders of a site.
    ///
    /// # Errors
    /// A folder that cannot be read.
    pub fn walk(root: &Path, content: &str, problems: &mut Problems) -> Result<Self, Failure> {
        let skip: &[&str] = if matches!(content, "" | ".") { &RESERVED } else { &[] };
        let files = Folder::walk(root, content, skip, problems)?;
        let (markdown, others): (Vec<_>, Vec<_>) =
            files.files.into_iter().partition(|file| is_markdown(&file.name));
        let mut below = |folder: &str| Folder::walk(root, folder, &[], problems);
        Ok(Self {
            content_folder: content.to_owned(),
            markdown: Folder { files: markdown },
            content: Folder { files: others },
            statics: below("static")?,
            media: below("media")?,
            avatars: below("data/avatars")?,
            mentions: below("data/mentions")?,
            cites: below("data/cites")?,
        })
    }

    /// Whether these are the folders of a site with a content folder.
    pub fn are_of(&self, content: &str) -> bool {
        self.content_folder == content
    }

    /// Takes note of files that changed, by their paths below the site folder. Returns false where
    /// that is not enough and the folders have to be walked: files that came, went, or are no files.
    #[must_use]
    pub fn update(&mut self, root: &Path, changed: &[PathBuf]) -> bool {
        changed.iter().all(|path| self.update_one(root, path))
    }

    fn update_one(&mut self, root: &Path, path: &Path) -> bool {
        let Some(text) = path.to_str() else { return false };
        let name: String = text.replace('\\', "/").nfc().collect();
        let first = name.split('/').next().unwrap_or("");
        let folders = [
            &mut self.markdown,
            &mut self.content,
            &mut self.statics,
            &mut self.media,
            &mut self.avatars,
            &mut self.mentions,
            &mut self.cites,
        ];
        let known = folders.into_iter().find_map(|folder| folder.get_mut(&name));
        match known {
            Some(file) => match file_signature(&root.join(path)) {
                Some(signature) => {
                    file.signature = signature;
                    true
                }
                None => false,
            },
            // The configuration, the theme and single data files are read at each build.
            None => {
                let single = first == "data" && name.ends_with(".toml");
                name == crate::config::FILE || first == "theme" || single
            }
        }
    }
}

/// Whether a file is a post, a page or a list's text.
fn is_markdown(name: &str) -> bool {
    name.ends_with(".md") || name.ends_with(".markdown")
}

impl Folder {
    fn get_mut(&mut self, name: &str) -> Option<&mut SiteFile> {
        let at = self.files.binary_search_by(|file| file.name.as_str().cmp(name)).ok()?;
        self.files.get_mut(at)
    }
}
