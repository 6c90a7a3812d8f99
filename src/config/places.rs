//! Where values stand in `lanai.toml`: some mistakes show only when the whole site is known.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use crate::error::{Problem, Source};
use crate::stamp::Stamp;
use crate::tree::{Node, Value};

/// The file and the place of every value, by `table.key`; lines of lists are numbered from 0.
#[derive(Debug, Clone)]
pub struct Places {
    source: Arc<Source>,
    spans: BTreeMap<String, Range<usize>>,
}

impl Places {
    /// The places of a parsed file.
    pub(super) fn new(source: &Source, node: &Node) -> Self {
        let mut spans = BTreeMap::new();
        collect(node, "", &mut spans);
        Self { source: Arc::new(source.clone()), spans }
    }

    /// The stamp of the whole file.
    pub fn stamp(&self) -> Stamp {
        Stamp::of(self.source.text.as_bytes())
    }

    /// Whether the file says this text at a key.
    pub fn says(&self, key: &str, text: &str) -> bool {
        let span = self.spans.get(key).and_then(|span| self.source.text.get(span.clone()));
        span.is_some_and(|value| value.trim_matches(['"', '\'']) == text)
    }

    /// A problem with a value of the file.
    pub fn problem(&self, key: &str, message: impl Into<String>) -> Problem {
        match self.spans.get(key) {
            Some(span) => self.source.problem(span.clone(), message),
            None => Problem::in_file(self.source.path.as_str(), message),
        }
    }
}

fn collect(node: &Node, path: &str, spans: &mut BTreeMap<String, Range<usize>>) {
    let below = |name: &str| {
        if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
    };
    match &node.value {
        Value::Table(entries) => {
            for (key, value) in entries {
                collect(value, &below(&key.name), spans);
            }
        }
        Value::List(list) => {
            for (number, value) in list.iter().enumerate() {
                collect(value, &below(&number.to_string()), spans);
            }
        }
        _ => {
            spans.insert(path.to_owned(), node.span.clone());
        }
    }
}
