//! YAML text to [`Node`]s. Anchors, tags and nesting are bounded by the parser's own budget.

use std::fmt;
use std::ops::Range;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::{Location, Spanned};

use super::{Key, Node, Value};
use crate::error::{Problem, Source};

/// Parses the bytes `range` of a file as YAML. An empty document is an empty table.
pub fn parse(source: &Source, range: Range<usize>) -> Result<Node, Vec<Problem>> {
    let text = source.text.get(range.clone()).unwrap_or("");
    match serde_saphyr::from_str::<Option<Raw>>(text) {
        Ok(None) => Ok(Node { span: range, value: Value::Table(Vec::new()) }),
        Ok(Some(raw)) => Ok(raw.into_node(range.start)),
        Err(error) => {
            let span = error.location().map_or(0..0, |at| place(text, &at));
            let message = error.without_snippet().to_string();
            let first = message.lines().next().unwrap_or_default();
            // Lines are counted from the top of the file, not of the front matter.
            let first = first.split(" at line ").next().unwrap_or_default();
            Err(vec![
                source
                    .problem(
                        span.start.saturating_add(range.start)
                            ..span.end.saturating_add(range.start),
                        format!("this is not valid YAML: {first}"),
                    )
                    .hint(
                        "text with a colon, a # or quotes stands in quotation marks: key: \"a: b\"",
                    ),
            ])
        }
    }
}

fn bytes(at: &Location, offset: usize) -> Range<usize> {
    let span = at.span();
    let start =
        usize::try_from(span.byte_offset().unwrap_or(0)).unwrap_or(0).saturating_add(offset);
    let length = usize::try_from(span.byte_len().unwrap_or(1)).unwrap_or(1);
    start..start.saturating_add(length.max(1))
}

/// Where an error is: by line and column, because the parser does not know bytes of all errors.
fn place(text: &str, at: &Location) -> Range<usize> {
    let number = |n: u64| usize::try_from(n).unwrap_or(1).saturating_sub(1);
    let lines = text.split_inclusive('\n').take(number(at.line()));
    let start = lines.map(str::len).sum::<usize>();
    let rest = text.get(start..).unwrap_or("");
    let column: usize = rest.chars().take(number(at.column())).map(char::len_utf8).sum();
    let start = start.saturating_add(column);
    start..start.saturating_add(1)
}

/// A value with its place, before places are shifted to the whole file.
struct Raw(Spanned<RawValue>);

enum RawValue {
    Scalar(Value),
    List(Vec<Raw>),
    Table(Vec<(Spanned<String>, Raw)>),
}

impl Raw {
    fn into_node(self, offset: usize) -> Node {
        let span = bytes(&self.0.referenced, offset);
        let value = match self.0.value {
            RawValue::Scalar(value) => value,
            RawValue::List(list) => {
                Value::List(list.into_iter().map(|raw| raw.into_node(offset)).collect())
            }
            RawValue::Table(entries) => Value::Table(
                entries
                    .into_iter()
                    .map(|(key, raw)| {
                        let span = bytes(&key.referenced, offset);
                        (Key { span, name: key.value }, raw.into_node(offset))
                    })
                    .collect(),
            ),
        };
        Node { span, value }
    }
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Spanned::deserialize(deserializer).map(Raw)
    }
}

impl<'de> Deserialize<'de> for RawValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyValue)
    }
}

struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = RawValue;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<RawValue, E> {
        Ok(RawValue::Scalar(Value::Bool(value)))
    }

    fn visit_i64<E>(self, value: i64) -> Result<RawValue, E> {
        Ok(RawValue::Scalar(Value::Integer(value)))
    }

    fn visit_u64<E>(self, value: u64) -> Result<RawValue, E> {
        Ok(RawValue::Scalar(
            i64::try_from(value).map_or_else(|_| Value::Text(value.to_string()), Value::Integer),
        ))
    }

    fn visit_f64<E>(self, value: f64) -> Result<RawValue, E> {
        Ok(RawValue::Scalar(Value::Float(value)))
    }

    fn visit_str<E>(self, value: &str) -> Result<RawValue, E> {
        Ok(RawValue::Scalar(Value::Text(value.to_owned())))
    }

    fn visit_string<E>(self, value: String) -> Result<RawValue, E> {
        Ok(RawValue::Scalar(Value::Text(value)))
    }

    fn visit_unit<E>(self) -> Result<RawValue, E> {
        Ok(RawValue::Scalar(Value::Null))
    }

    fn visit_none<E>(self) -> Result<RawValue, E> {
        Ok(RawValue::Scalar(Value::Null))
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<RawValue, D::Error> {
        RawValue::deserialize(deserializer)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<RawValue, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = access.next_element::<Raw>()? {
            list.push(item);
        }
        Ok(RawValue::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<RawValue, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = access.next_entry::<Spanned<String>, Raw>()? {
            entries.push(entry);
        }
        Ok(RawValue::Table(entries))
    }
}
