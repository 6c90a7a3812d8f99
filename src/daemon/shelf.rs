//! Pictures of others on the disk: the door to a folder of files that can be had again. So many
//! bytes at most; the oldest go first. A file is whole or absent.

use std::collections::VecDeque;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::stamp::Stamp;

/// What is kept, and how much of it may be.
pub(super) struct Shelf {
    folder: PathBuf,
    most: u64,
    /// None until something is put there.
    books: Mutex<Option<Books>>,
}

/// What lies there, the oldest first.
#[derive(Default)]
struct Books {
    order: VecDeque<(String, u64)>,
    all: u64,
}

impl Shelf {
    /// A shelf in a folder that need not be there yet.
    pub(super) fn new(folder: PathBuf, most: u64) -> Self {
        Self { folder, most, books: Mutex::default() }
    }

    /// What lies under a stamp. A file that cannot be read is as good as none.
    pub(super) fn get(&self, stamp: Stamp) -> Option<Vec<u8>> {
        fs::read(self.folder.join(stamp.to_string())).ok().filter(|bytes| !bytes.is_empty())
    }

    /// Puts something under a stamp, and takes the oldest away where there is no room.
    pub(super) fn put(&self, stamp: Stamp, bytes: &[u8]) -> io::Result<()> {
        let size = bytes.len() as u64;
        if size > self.most {
            return Ok(());
        }
        let mut books = self.books.lock().unwrap_or_else(PoisonError::into_inner);
        let books = match &mut *books {
            Some(books) => books,
            none => {
                fs::create_dir_all(&self.folder)?;
                none.insert(read(&self.folder)?)
            }
        };
        let name = stamp.to_string();
        let mut file = tempfile::NamedTempFile::new_in(&self.folder)?;
        file.write_all(bytes)?;
        file.persist(self.folder.join(&name)).map_err(|error| error.error)?;
        books.order.push_back((name, size));
        books.all = books.all.saturating_add(size);
        while books.all > self.most {
            let Some((name, size)) = books.order.pop_front() else { break };
            books.all = books.all.saturating_sub(size);
            // Another process may have been quicker.
            let _ = fs::remove_file(self.folder.join(name));
        }
        Ok(())
    }
}

/// What an earlier process left. What is no picture was left by one that was ended, and goes.
fn read(folder: &Path) -> io::Result<Books> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let (name, about) = (entry.file_name().to_string_lossy().into_owned(), entry.metadata()?);
        if !about.is_file() {
            continue;
        }
        if name.len() == 32 && name.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            found.push((about.modified()?, name, about.len()));
        } else {
            fs::remove_file(entry.path())?;
        }
    }
    found.sort();
    let all = found.iter().map(|(_, _, size)| size).sum();
    Ok(Books { order: found.into_iter().map(|(_, name, size)| (name, size)).collect(), all })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> usize {
        fs::read_dir(folder).unwrap().count()
    }

    #[test]
    fn the_oldest_go_where_there_is_no_room() {
        let dir = tempfile::tempdir().unwrap();
        let shelf = Shelf::new(dir.path().join("new"), 25);
        let stamp = |n: u8| Stamp::of(&[n]);
        assert_eq!(shelf.get(stamp(0)), None);
        for n in 0..4 {
            shelf.put(stamp(n), &[n; 10]).unwrap();
        }
        assert_eq!((shelf.get(stamp(1)), shelf.get(stamp(2))), (None, Some(vec![2; 10])));
        assert_eq!(names(&dir.path().join("new")), 2);
        shelf.put(stamp(9), &[9; 26]).unwrap();
        assert_eq!(shelf.get(stamp(9)), None);
    }

    #[test]
    fn what_an_earlier_process_left_counts() {
        let dir = tempfile::tempdir().unwrap();
        Shelf::new(dir.path().into(), 25).put(Stamp::of(b"a"), &[1; 10]).unwrap();
        fs::write(dir.path().join(".tmpA1"), "half").unwrap();
        fs::create_dir(dir.path().join("folder")).unwrap();
        let shelf = Shelf::new(dir.path().into(), 25);
        assert!(shelf.get(Stamp::of(b"a")).is_some());
        shelf.put(Stamp::of(b"b"), &[2; 20]).unwrap();
        assert!(shelf.get(Stamp::of(b"a")).is_none() && shelf.get(Stamp::of(b"b")).is_some());
        assert_eq!(names(dir.path()), 2);
    }
}
