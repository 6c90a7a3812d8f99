//! Channels, which are names such as `News / Far`, as folders of a list.

use std::collections::BTreeMap;

use super::Outline;

/// Between the names of folders that lie in each other, in the name of a channel.
pub const BETWEEN: &str = " / ";

/// Folders in each other; a channel of more parts becomes one folder.
const DEEPEST: usize = 8;

/// A folder of a list that is made.
#[derive(Debug, Default)]
pub struct Folder {
    feeds: Vec<Outline>,
    folders: BTreeMap<String, Folder>,
}

impl Folder {
    /// Adds somebody to the folder of a channel; without one, to this folder.
    pub fn put(&mut self, channel: &str, feed: Outline) {
        self.put_at(&folders_of(channel), feed);
    }

    fn put_at(&mut self, path: &[&str], feed: Outline) {
        match path.split_first() {
            Some((first, rest)) => {
                self.folders.entry((*first).to_owned()).or_default().put_at(rest, feed);
            }
            None => self.feeds.push(feed),
        }
    }

    /// What is in it: people in the order in which they came, then folders by name.
    #[must_use]
    pub fn into_outlines(self) -> Vec<Outline> {
        let mut all = self.feeds;
        all.extend(self.folders.into_iter().map(|(text, folder)| Outline {
            text,
            children: folder.into_outlines(),
            ..Outline::default()
        }));
        all
    }
}

/// The folders that a channel stands for, the outermost first.
fn folders_of(channel: &str) -> Vec<&str> {
    let parts: Vec<&str> = channel.split(BETWEEN).collect();
    // Readers take the space around a name away, so that it would not come back as it was.
    let is_right = |part: &&str| !part.is_empty() && part.trim() == *part;
    match channel.trim() {
        "" => Vec::new(),
        _ if parts.len() <= DEEPEST && parts.iter().all(is_right) => parts,
        whole => vec![whole],
    }
}
