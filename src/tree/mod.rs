//! TOML and YAML as one tree in which every key and value knows its place in the file.
//!
//! Configuration, front matter and data files are read from this tree through [`Table`], so that
//! all mistakes of a file are found in one run and each is shown where it stands. What the keys
//! mean is known by `config` and `site`.

mod table;
mod toml;
mod yaml;

use std::ops::Range;

pub use table::{Reading, Table};
pub use toml::parse as parse_toml;
pub use yaml::parse as parse_yaml;

/// A value and the bytes where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Bytes of the file.
    pub span: Range<usize>,
    /// What stands there.
    pub value: Value,
}

/// A value of TOML or YAML.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Nothing (YAML only).
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// A number with a fraction.
    Float(f64),
    /// Text.
    Text(String),
    /// A date or date-time as written (TOML; YAML dates arrive as text).
    Date(String),
    /// A list.
    List(Vec<Node>),
    /// A table, in the file's order.
    Table(Vec<(Key, Node)>),
}

/// A key and the bytes where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// Bytes of the file.
    pub span: Range<usize>,
    /// The key's text.
    pub name: String,
}

impl Value {
    /// What people call such a value.
    pub fn noun(&self) -> &'static str {
        match self {
            Self::Null => "nothing",
            Self::Bool(_) => "true or false",
            Self::Integer(_) | Self::Float(_) => "a number",
            Self::Text(_) => "text",
            Self::Date(_) => "a date",
            Self::List(_) => "a list",
            Self::Table(_) => "a table",
        }
    }

    /// The value as JSON, for the owner's free keys (`extra`).
    pub fn to_json(&self) -> serde_json::Value {
        match self {
            Self::Null => serde_json::Value::Null,
            Self::Bool(value) => (*value).into(),
            Self::Integer(value) => (*value).into(),
            Self::Float(value) => (*value).into(),
            Self::Text(value) | Self::Date(value) => value.as_str().into(),
            Self::List(list) => list.iter().map(|node| node.value.to_json()).collect(),
            Self::Table(entries) => serde_json::Value::Object(
                entries
                    .iter()
                    .map(|(key, node)| (key.name.clone(), node.value.to_json()))
                    .collect(),
            ),
        }
    }
}
