//! A text file with its name: turns byte positions into lines and columns.

use std::ops::Range;

use super::{Place, Problem, Severity};

/// A file's path below the site folder and its whole text.
#[derive(Debug, Clone)]
pub struct Source {
    /// Path below the site folder, with `/` between its parts.
    pub path: String,
    /// The text as it lies on the disk, without a byte order mark.
    pub text: String,
}

impl Source {
    /// A source from its parts.
    pub fn new(path: impl Into<String>, text: impl Into<String>) -> Self {
        Self { path: path.into(), text: text.into() }
    }

    /// Text from bytes: a byte order mark is dropped; invalid UTF-8 is a problem with its place.
    pub fn from_bytes(path: impl Into<String>, bytes: Vec<u8>) -> Result<Self, Box<Problem>> {
        let path = path.into();
        match String::from_utf8(bytes) {
            Ok(text) => {
                let text = match text.strip_prefix('\u{feff}') {
                    Some(rest) => rest.to_owned(),
                    None => text,
                };
                Ok(Self { path, text })
            }
            Err(error) => {
                let valid = error.utf8_error().valid_up_to();
                let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
                let source = Self { path, text };
                Err(Box::new(
                    source
                        .problem(valid..valid.saturating_add(3), "this is not UTF-8 text")
                        .hint("save the file as UTF-8 in your editor"),
                ))
            }
        }
    }

    /// An error at a range of bytes. Ranges out of bounds are moved to the nearest character.
    pub fn problem(&self, span: Range<usize>, message: impl Into<String>) -> Problem {
        Problem {
            severity: Severity::Error,
            file: self.path.clone(),
            place: Some(self.place(span)),
            message: message.into(),
            hint: None,
        }
    }

    fn place(&self, span: Range<usize>) -> Place {
        let start = self.boundary(span.start);
        let (before, after) = self.text.split_at_checked(start).unwrap_or((&self.text, ""));
        let line_start = before.rfind('\n').map_or(0, |at| at.saturating_add(1));
        let line = before.bytes().filter(|b| *b == b'\n').count().saturating_add(1);
        let head = before.get(line_start..).unwrap_or("");
        let tail = after.split('\n').next().unwrap_or("").trim_end_matches('\r');
        let length = self.boundary(span.end).saturating_sub(start).min(tail.len());
        let at = head.len();
        Place {
            line,
            column: head.chars().count().saturating_add(1),
            excerpt: format!("{head}{tail}"),
            span: at..at.saturating_add(length.max(usize::from(!tail.is_empty()))),
        }
    }

    /// The nearest character boundary at or before a byte position.
    fn boundary(&self, at: usize) -> usize {
        let mut at = at.min(self.text.len());
        while !self.text.is_char_boundary(at) {
            at = at.saturating_sub(1);
        }
        at
    }
}
