//! OPML 2.0: the list of feeds somebody follows, written for others and read from other readers.
//! Which feeds are public is left to the caller. Spec: OPML 2.0; requirements `FD-O` of the
//! conformance list.

mod folders;
mod read;
mod write;

use std::collections::HashSet;

use jiff::Zoned;

pub use folders::{BETWEEN, Folder};
pub use read::{OpmlError, read};
pub use write::write;

/// Media type of the file (FD-A-14).
pub const MIME: &str = "text/x-opml";

/// A list of subscriptions.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Opml {
    /// Plain text.
    pub title: String,
    /// The newest change of the list, not the time of the build.
    pub date_modified: Option<Zoned>,
    /// Whose list it is.
    pub owner_name: Option<String>,
    /// The owner's home page.
    pub owner_id: Option<String>,
    /// Feeds and folders, in order.
    pub outlines: Vec<Outline>,
}

/// A feed or a folder.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outline {
    /// The name shown.
    pub text: String,
    /// The feed's own title, where it is not `text`.
    pub title: Option<String>,
    /// Address of the feed; folders have none.
    pub xml_url: Option<String>,
    /// Home page.
    pub html_url: Option<String>,
    /// Plain text.
    pub description: Option<String>,
    /// BCP 47.
    pub language: Option<String>,
    /// What is in the folder.
    pub children: Vec<Outline>,
}

impl Opml {
    /// All feeds in order with the names of the folders they are in, each address once.
    #[must_use]
    pub fn feeds(&self) -> Vec<(Vec<&str>, &Outline)> {
        let mut seen = HashSet::new();
        let mut found = Vec::new();
        collect(&self.outlines, &[], &mut seen, &mut found);
        found
    }
}

fn collect<'a>(
    outlines: &'a [Outline],
    path: &[&'a str],
    seen: &mut HashSet<&'a str>,
    found: &mut Vec<(Vec<&'a str>, &'a Outline)>,
) {
    for outline in outlines {
        if let Some(url) = &outline.xml_url
            && seen.insert(url)
        {
            found.push((path.to_vec(), outline));
        }
        if !outline.children.is_empty() {
            let path: Vec<&str> = path.iter().copied().chain([outline.text.as_str()]).collect();
            collect(&outline.children, &path, seen, found);
        }
    }
}
