//! TOML text to [`Node`]s.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Key, Node, Value};
use crate::error::{Problem, Source};

/// Parses the bytes `range` of a file as TOML. All syntax errors are returned at once.
pub fn parse(source: &Source, range: Range<usize>) -> Result<Node, Vec<Problem>> {
    let text = source.text.get(range.clone()).unwrap_or("");
    let (table, errors) = DeTable::parse_recoverable(text);
    if errors.is_empty() {
        return Ok(table_node(table, range.start));
    }
    Err(errors.iter().map(|error| problem(source, error, range.start)).collect())
}

fn problem(source: &Source, error: &toml::de::Error, offset: usize) -> Problem {
    let span = error.span().unwrap_or(0..0);
    let message = error.message();
    let hint = if message.contains("duplicate") {
        "keep one of them"
    } else if message.contains("unquoted key") {
        "a key with other signs than letters, digits, - and _ stands in quotation marks"
    } else {
        "text stands in quotation marks: key = \"text\""
    };
    source.problem(shift(&span, offset), format!("this is not valid TOML: {message}")).hint(hint)
}

fn shift(span: &Range<usize>, offset: usize) -> Range<usize> {
    span.start.saturating_add(offset)..span.end.saturating_add(offset)
}

fn table_node(table: Spanned<DeTable<'_>>, offset: usize) -> Node {
    let span = shift(&table.span(), offset);
    Node { span, value: Value::Table(entries(table.into_inner(), offset)) }
}

fn entries(table: DeTable<'_>, offset: usize) -> Vec<(Key, Node)> {
    let mut entries: Vec<(Key, Node)> = table
        .into_iter()
        .map(|(key, value)| {
            let span = shift(&key.span(), offset);
            (Key { span, name: key.into_inner().into_owned() }, node(value, offset))
        })
        .collect();
    // The parser sorts by name; people think in the file's order.
    entries.sort_by_key(|(key, _)| key.span.start);
    entries
}

fn node(spanned: Spanned<DeValue<'_>>, offset: usize) -> Node {
    let span = shift(&spanned.span(), offset);
    let value = match spanned.into_inner() {
        DeValue::String(text) => Value::Text(text.into_owned()),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .map_or_else(|_| Value::Text(number.to_string()), Value::Integer),
        DeValue::Float(number) => {
            number.as_str().parse().map_or_else(|_| Value::Text(number.to_string()), Value::Float)
        }
        DeValue::Boolean(value) => Value::Bool(value),
        DeValue::Datetime(date) => Value::Date(date.to_string()),
        DeValue::Array(list) => {
            Value::List(list.into_iter().map(|item| node(item, offset)).collect())
        }
        DeValue::Table(table) => Value::Table(entries(table, offset)),
    };
    Node { span, value }
}
