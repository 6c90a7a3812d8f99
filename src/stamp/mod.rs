//! How things are known to be the same: stamps, which are short hashes of content, and signatures,
//! which are what a file system says of a file. What belongs into a stamp is decided where it is
//! used; signatures are taken by the doors.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The first 16 bytes of a BLAKE3 hash: enough that two different contents never share one, even if
/// somebody tries.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct Stamp([u8; 16]);

impl Stamp {
    /// The stamp of bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self::short(blake3::hash(bytes))
    }

    /// The stamp of a value, by its serialised form.
    pub fn of_value(value: &impl Serialize) -> Self {
        let mut stamper = Stamper::default();
        stamper.value(value);
        stamper.finish()
    }

    /// Its bytes.
    pub fn bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// Its first ten digits in hex, for names of files.
    pub fn short_hex(&self) -> String {
        self.to_string().chars().take(10).collect()
    }

    fn short(hash: blake3::Hash) -> Self {
        let mut short = [0; 16];
        for (to, from) in short.iter_mut().zip(hash.as_bytes()) {
            *to = *from;
        }
        Self(short)
    }
}

impl fmt::Display for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// Makes a stamp from several parts, each kept apart from the next.
pub struct Stamper {
    bytes: Vec<u8>,
}

impl Default for Stamper {
    fn default() -> Self {
        // Most are made of some addresses and names.
        Self { bytes: Vec::with_capacity(256) }
    }
}

impl Stamper {
    /// Adds a text.
    pub fn text(&mut self, text: &str) -> &mut Self {
        self.number(text.len() as u64);
        self.bytes.extend_from_slice(text.as_bytes());
        self
    }

    /// Adds a text that may be missing.
    pub fn option(&mut self, text: Option<&str>) -> &mut Self {
        self.flag(text.is_some());
        self.text(text.unwrap_or(""))
    }

    /// Adds a number.
    pub fn number(&mut self, number: u64) -> &mut Self {
        self.bytes.extend_from_slice(&number.to_le_bytes());
        self
    }

    /// Adds a yes or no.
    pub fn flag(&mut self, flag: bool) -> &mut Self {
        self.bytes.push(u8::from(flag));
        self
    }

    /// Adds another stamp.
    pub fn stamp(&mut self, stamp: Stamp) -> &mut Self {
        self.bytes.extend_from_slice(&stamp.0);
        self
    }

    /// Adds a value by its serialised form.
    pub fn value(&mut self, value: &impl Serialize) -> &mut Self {
        match postcard::to_stdvec(value) {
            Ok(bytes) => {
                self.number(bytes.len() as u64);
                self.bytes.extend_from_slice(&bytes);
            }
            // Only a type that cannot be serialised at all could fail.
            Err(error) => {
                self.text(&error.to_string());
            }
        }
        self
    }

    /// The stamp of everything added.
    pub fn finish(&self) -> Stamp {
        Stamp::of(&self.bytes)
    }
}

/// Nanoseconds within which two changes of a file may look like one: the clocks of some file
/// systems are that coarse.
const SLACK: i64 = 2_000_000_000;

/// What a file system says of a file: equal signatures mean the same content, unless the file
/// changed twice at once. Times in nanoseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Signature {
    /// Length in bytes.
    pub size: u64,
    /// When its content changed.
    pub modified: i64,
    /// When content, name or rights changed.
    pub changed: i64,
    /// The file's number.
    pub inode: u64,
}

impl Signature {
    /// Whether the file could not have changed again unnoticed after it was seen at `moment`.
    pub fn is_settled(&self, moment: i64) -> bool {
        self.modified.max(self.changed) < moment.saturating_sub(SLACK)
    }

    /// Whether a file was not written between two signatures of it: at most its links, its name or
    /// its rights are others.
    pub fn is_written_as(&self, other: &Self) -> bool {
        (self.size, self.modified) == (other.size, other.modified)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_kept_apart() {
        let stamp = |parts: [&str; 2]| {
            let mut stamper = Stamper::default();
            stamper.text(parts[0]).text(parts[1]);
            stamper.finish()
        };
        assert_ne!(stamp(["ab", "c"]), stamp(["a", "bc"]));
        assert_eq!(stamp(["ab", "c"]), stamp(["ab", "c"]));
        assert_eq!(Stamp::of(b"x").to_string().len(), 32);
    }
}
