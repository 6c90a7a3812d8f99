//! The door to `.lanai/pictures/`: what was made of pictures, a file each under the hash of what it
//! was made from. An entry is written beside its place and renamed, and every part of it carries its
//! hash, so an entry is whole, or is taken for absent. There are no times and no absolute paths in
//! it: the folder may be carried from machine to machine.

use std::fs;
use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::error::Failure;

/// The first line of an entry; its number changes with the layout.
const MAGIC: &str = "lanai picture 1\n";
/// More bytes no first part has.
const LONGEST_HEAD: u64 = 64 * 1024;

/// What an entry says about a picture.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Head {
    /// The picture's path below the site folder when the entry was made.
    pub(super) name: String,
    /// Its mean colour.
    pub(super) colour: Option<[u8; 3]>,
    /// Its length in bytes as published.
    pub(super) length: Option<u64>,
    /// Why nothing could be made of it.
    pub(super) warning: Option<String>,
    /// What was made, in the order of the bytes.
    pub(super) parts: Vec<Part>,
}

/// A file that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Part {
    /// What it is called within the entry.
    pub(super) name: String,
    bytes: u64,
    hash: String,
}

/// An entry with its bytes.
#[derive(Debug, Clone, Default)]
pub(super) struct Entry {
    /// What it says.
    pub(super) head: Head,
    files: Vec<Vec<u8>>,
}

impl Entry {
    /// An entry about a picture.
    pub(super) fn new(name: &str) -> Self {
        let head = Head { name: name.to_owned(), ..Head::default() };
        Self { head, files: Vec::new() }
    }

    /// Adds a file.
    pub(super) fn push(&mut self, name: String, bytes: Vec<u8>) {
        let hash = blake3::hash(&bytes).to_hex().to_string();
        self.head.parts.push(Part { name, bytes: bytes.len() as u64, hash });
        self.files.push(bytes);
    }

    /// The files with their names.
    pub(super) fn files(&self) -> impl Iterator<Item = (&str, &[u8])> {
        let names = self.head.parts.iter().map(|part| part.name.as_str());
        names.zip(self.files.iter().map(Vec::as_slice))
    }

    /// A file by its name.
    pub(super) fn file(&self, name: &str) -> Option<&[u8]> {
        self.files().find(|(known, _)| *known == name).map(|(_, bytes)| bytes)
    }
}

/// The folder.
pub(super) struct Store {
    folder: PathBuf,
}

impl Store {
    /// The store in a folder, which is made when the first entry is written.
    pub(super) fn new(folder: &Path) -> Self {
        Self { folder: folder.to_path_buf() }
    }

    /// What an entry says, if it is there and has the length that it should have.
    pub(super) fn head(&self, key: &str) -> Option<Head> {
        let mut reader = self.open(key)?;
        let (head, start) = read_head(&mut reader)?;
        let length = reader.get_ref().metadata().ok()?.len();
        (length == head.parts.iter().map(|part| part.bytes).sum::<u64>() + start).then_some(head)
    }

    /// An entry with all its files, if it is there and undamaged.
    pub(super) fn entry(&self, key: &str) -> Option<Entry> {
        let mut reader = self.open(key)?;
        let (head, _) = read_head(&mut reader)?;
        let mut files = Vec::with_capacity(head.parts.len());
        for part in &head.parts {
            let mut bytes = Vec::new();
            (&mut reader).take(part.bytes).read_to_end(&mut bytes).ok()?;
            if blake3::hash(&bytes).to_hex().as_str() != part.hash {
                return None;
            }
            files.push(bytes);
        }
        Some(Entry { head, files })
    }

    /// Keeps an entry.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub(super) fn put(&self, key: &str, entry: &Entry) -> Result<(), Failure> {
        let path = self.folder.join(key);
        let failed = |error: &std::io::Error| Failure::io("write", &path, error);
        fs::create_dir_all(&self.folder).map_err(|error| failed(&error))?;
        let mut file =
            tempfile::NamedTempFile::new_in(&self.folder).map_err(|error| failed(&error))?;
        let head = serde_json::to_string(&entry.head).unwrap_or_default();
        let hash = blake3::hash(head.as_bytes()).to_hex();
        let text = format!("{MAGIC}{head}\n{hash}\n");
        let parts = std::iter::once(text.as_bytes()).chain(entry.files.iter().map(Vec::as_slice));
        for part in parts {
            file.write_all(part).map_err(|error| failed(&error))?;
        }
        file.persist(&path).map_err(|error| failed(&error.error))?;
        Ok(())
    }

    /// The keys of all entries, in order.
    ///
    /// # Errors
    /// A folder that cannot be read.
    pub(super) fn keys(&self) -> Result<Vec<String>, Failure> {
        let failed = |error: &std::io::Error| Failure::io("read", &self.folder, error);
        let entries = match fs::read_dir(&self.folder) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            other => other.map_err(|error| failed(&error))?,
        };
        let mut keys = Vec::new();
        for entry in entries {
            let name = entry.map_err(|error| failed(&error))?.file_name();
            let name = name.to_string_lossy();
            // Another build may be writing beside its place right now.
            keys.extend((!name.starts_with('.')).then(|| name.into_owned()));
        }
        keys.sort();
        Ok(keys)
    }

    /// Removes an entry.
    ///
    /// # Errors
    /// A file that cannot be removed.
    pub(super) fn remove(&self, key: &str) -> Result<(), Failure> {
        let path = self.folder.join(key);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                Err(Failure::io("remove", path, &error))
            }
            _ => Ok(()),
        }
    }

    fn open(&self, key: &str) -> Option<BufReader<fs::File>> {
        fs::File::open(self.folder.join(key)).ok().map(BufReader::new)
    }
}

/// The first part of an entry, and where its files begin.
fn read_head(reader: &mut impl BufRead) -> Option<(Head, u64)> {
    let mut reader = reader.take(LONGEST_HEAD);
    let mut line = |expected: Option<&str>| {
        let mut text = String::new();
        reader.read_line(&mut text).ok()?;
        let fits = text.ends_with('\n') && expected.is_none_or(|expected| text == expected);
        fits.then_some(text)
    };
    line(Some(MAGIC))?;
    let head = line(None)?;
    let hash = format!("{}\n", blake3::hash(head.trim_end().as_bytes()).to_hex());
    line(Some(&hash))?;
    let start = MAGIC.len() + head.len() + hash.len();
    Some((serde_json::from_str(&head).ok()?, start as u64))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry() -> Entry {
        let mut entry = Entry::new("media/a.jpg");
        entry.head.colour = Some([1, 2, 3]);
        entry.push("480.webp".to_owned(), b"small\nbytes".to_vec());
        entry.push("960.webp".to_owned(), vec![0, 255, 10]);
        entry
    }

    #[test]
    fn entries_come_back_as_they_were() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::new(&dir.path().join("pictures"));
        assert_eq!(store.keys().unwrap(), Vec::<String>::new());
        store.put("k", &entry()).unwrap();
        assert_eq!(store.head("k"), Some(entry().head));
        let found = store.entry("k").unwrap();
        assert_eq!(found.file("960.webp"), Some([0, 255, 10].as_slice()));
        assert_eq!(found.files().count(), 2);
        assert_eq!(store.keys().unwrap(), ["k"]);
        store.remove("k").unwrap();
        store.remove("k").unwrap();
        assert!(store.head("k").is_none() && store.entry("k").is_none());
    }

    #[test]
    fn damaged_entries_are_absent() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::new(dir.path());
        store.put("k", &entry()).unwrap();
        let whole = fs::read(dir.path().join("k")).unwrap();
        for at in 0..whole.len() {
            let mut broken = whole.clone();
            broken[at] ^= 1;
            fs::write(dir.path().join("k"), &broken).unwrap();
            assert!(store.entry("k").is_none(), "byte {at}");
            fs::write(dir.path().join("k"), &whole[..at]).unwrap();
            assert!(store.head("k").is_none() && store.entry("k").is_none(), "{at} bytes");
        }
    }
}
