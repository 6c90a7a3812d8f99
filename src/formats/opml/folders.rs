//! Channels, which are names such as `News / Far`, as folders of a list.

use std::collections::HashMap;

use super::Outline;

/// Between the names of folders that lie in each other, in the name of a channel.
pub const BETWEEN: &str = " / ";

/// Folders in each other; a channel of more parts becomes one folder.
const DEEPEST: usize = 8;

/// A folder of a list that is made.
#[derive(Debug, Default)]
pub struct Folder {
    feeds: Vec<Outline>,
    /// In the order in which they first occur.
    folders: Vec<(String, Folder)>,
    places: HashMap<String, usize>,
}

impl Folder {
    /// Adds somebody to the folder of a channel; without one, to this folder.
    pub fn put(&mut self, channel: &str, feed: Outline) {
        self.put_at(&folders_of(channel), feed);
    }

    fn put_at(&mut self, path: &[&str], feed: Outline) {
        match path.split_first() {
            Some((first, rest)) => {
                let next = self.folders.len();
                let at = *self.places.entry((*first).to_owned()).or_insert(next);
                if at == next {
                    self.folders.push(((*first).to_owned(), Self::default()));
                }
                if let Some((_, folder)) = self.folders.get_mut(at) {
                    folder.put_at(rest, feed);
                }
            }
            None => self.feeds.push(feed),
        }
    }

    /// What is in it: people, then folders, each in the order in which they came.
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
