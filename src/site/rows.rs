//! Files of rows, `[[heading]]` after `[[heading]]`: adding a row, taking one out. All else stays as
//! the owner left it: comments, order and white space. What the rows say is known by those who use
//! this, and so is what their names are made of.

use std::fmt::Write;
use std::ops::Range;
use std::path::Path;

use jiff::civil::Date;

use super::data::needs;
use super::read_file;
use crate::error::{Failure, Problems, Source};
use crate::moderation::is_domain;
use crate::tree::{Node, Reading, Table, Value, parse_toml};

/// A file of rows.
pub(super) struct RowFile {
    /// Its path below the site folder.
    pub(super) path: &'static str,
    /// Reads all of it, so that whatever is wrong with it is found.
    pub(super) read: fn(&mut Table<'_, '_>),
    /// The name of a row below a heading; none if it is not right.
    pub(super) id: fn(&str, Table<'_, '_>) -> Option<String>,
}

/// A row and the bytes from its heading to its last value.
struct Place {
    id: String,
    span: Range<usize>,
}

impl RowFile {
    /// The text of the file; empty if there is none.
    pub(super) fn text(&self, root: &Path) -> Result<String, Failure> {
        let path = root.join(self.path);
        if !path.exists() {
            return Ok(String::new());
        }
        let bytes = read_file(&path)?;
        String::from_utf8(bytes)
            .map_err(|_| Failure::run(format!("{} is not UTF-8 text", self.path)))
    }

    /// The names of its rows, in the file's order.
    pub(super) fn ids(&self, text: &str) -> Result<Vec<String>, Failure> {
        Ok(self.places(text)?.into_iter().map(|place| place.id).collect())
    }

    /// A text with a row of a name at its end; none if it has one of that name already.
    ///
    /// # Errors
    /// A text that is not right, or a row that could not be read again.
    pub(super) fn with(&self, text: &str, id: &str, row: &str) -> Result<Option<String>, Failure> {
        let before = self.ids(text)?;
        if before.iter().any(|known| known == id) {
            return Ok(None);
        }
        // A file whose last line has no end keeps it that way, so that taking the row out again
        // leaves the same bytes.
        let is_open = !text.is_empty() && !text.ends_with('\n');
        let new =
            if is_open { format!("{text}\n{}", row.trim_end()) } else { format!("{text}{row}") };
        let after = self.ids(&new)?;
        let is_there = after.iter().any(|known| known == id);
        if !is_there || after.len() != before.len().saturating_add(1) {
            return Err(Failure::run(format!("the row would not be read again as it was:\n{row}")));
        }
        Ok(Some(new))
    }

    /// A text without the first row of a name; none if it has none of that name.
    ///
    /// # Errors
    /// A text that is not right, or a row that is no table of its own.
    pub(super) fn without(&self, text: &str, id: &str) -> Result<Option<String>, Failure> {
        let places = self.places(text)?;
        let Some(at) = places.iter().position(|place| place.id == id) else { return Ok(None) };
        let failed = |what: &str| {
            let message = format!("the row in {} {what}", self.path);
            Failure::with_hint(message, "take it out in your editor")
        };
        let range = places.get(at).and_then(|place| lines_of(text, place));
        let range = range.ok_or_else(|| failed("is no table with a heading of its own"))?;
        let mut new = text.to_owned();
        new.replace_range(range, "");
        let mut left: Vec<String> = places.into_iter().map(|place| place.id).collect();
        left.remove(at);
        if self.ids(&new)? != left {
            return Err(failed("cannot be taken out alone"));
        }
        Ok(Some(new))
    }

    fn places(&self, text: &str) -> Result<Vec<Place>, Failure> {
        // A byte order mark stays where it is.
        let start = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        let source = Source::new(self.path, text);
        let failed = |found: Vec<_>| {
            let mut problems = Problems::new();
            problems.extend(found);
            Failure::Problems(problems)
        };
        let node = parse_toml(&source, start..text.len()).map_err(failed)?;
        let reading = Reading::new(&source);
        let mut found = Vec::new();
        let Value::Table(entries) = &node.value else { return Ok(found) };
        for (key, list) in entries {
            let tables = match &list.value {
                Value::List(tables) => tables.as_slice(),
                _ => std::slice::from_ref(list),
            };
            for table in tables {
                let read = Table::new(&reading, &key.name, table.clone());
                if let Some(id) = (self.id)(&key.name, read) {
                    found.push(Place { id, span: table.span.start..end_of(table) });
                }
            }
        }
        // By heading they would change places when the first of one goes.
        found.sort_by_key(|place| place.span.start);
        let mut top = Table::new(&reading, "", node);
        (self.read)(&mut top);
        top.finish();
        let mut problems = reading.finish();
        problems.dedup();
        if problems.is_empty() { Ok(found) } else { Err(failed(problems)) }
    }
}

/// Where the last value of a table ends.
fn end_of(node: &Node) -> usize {
    let inner = match &node.value {
        Value::Table(entries) => entries.iter().map(|(_, node)| end_of(node)).max(),
        _ => None,
    };
    inner.unwrap_or(0).max(node.span.end)
}

/// The lines of a row; `None` if it is no table of its own.
fn lines_of(text: &str, place: &Place) -> Option<Range<usize>> {
    let line_start = text.get(..place.span.start)?.rfind('\n').map_or(0, |at| at.saturating_add(1));
    let start =
        line_start.max(if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 });
    if !text.get(start..)?.trim_start_matches([' ', '\t']).starts_with("[[") {
        return None;
    }
    let rest = text.get(place.span.end..)?;
    match rest.find('\n') {
        Some(at) => Some(start..place.span.end.saturating_add(at).saturating_add(1)),
        // The last line has no end, so the one before loses its own.
        None => {
            let before = text.get(..start)?;
            let kept = before.strip_suffix('\n').unwrap_or(before);
            Some(kept.strip_suffix('\r').unwrap_or(kept).len()..text.len())
        }
    }
}

/// Words or phrases of which one is enough; none if the key is absent.
pub(super) fn words(table: &mut Table<'_, '_>, key: &'static str) -> Vec<String> {
    let words = table.texts(key);
    if let Some((_, span)) = words.iter().find(|(word, _)| word.trim().is_empty()) {
        table.reading.error_with_hint(
            span.clone(),
            "a word of a rule is empty, so it would meet everything",
            format!("write {key} = [\"casino\", \"payday loan\"]"),
        );
    }
    words.into_iter().map(|(word, _)| word).collect()
}

/// The name of a host.
pub(super) fn host(table: &mut Table<'_, '_>, key: &'static str) -> Option<String> {
    let (text, span) = table.spanned_text(key)?;
    let right = is_domain(&text);
    if !right {
        table.reading.error_with_hint(
            span,
            format!("`{key}` should be the name of a host, found \"{text}\""),
            format!("write {key} = \"spam.example\", without https://"),
        );
    }
    right.then_some(text)
}

/// Notes what is wrong where a row has none or several of some keys of which it should have one.
pub(super) fn one_of(
    table: &mut Table<'_, '_>,
    keys: &[&'static str],
    (none, several): (&str, &str),
    hint: &str,
) {
    match keys.iter().filter(|key| !table.lacks(key)).count() {
        0 => needs(table, none, hint),
        1 => {}
        _ => needs(table, several, "write a rule for each"),
    }
}

// Writing into a `String` cannot fail.
pub(super) fn heading(out: &mut String, name: &str) {
    let _ = writeln!(out, "[[{name}]]");
}

pub(super) fn dates(out: &mut String, (since, until): (Option<Date>, Option<Date>)) {
    for (name, date) in [("since", since), ("until", until)] {
        if let Some(date) = date {
            let _ = writeln!(out, "{name} = {date}");
        }
    }
}

pub(super) fn key(out: &mut String, name: &str, value: &str) -> Result<(), Failure> {
    let _ = writeln!(out, "{name} = {}", quoted(value)?);
    Ok(())
}

/// A list of texts.
pub(super) fn list(out: &mut String, name: &str, values: &[String]) -> Result<(), Failure> {
    let values: Vec<String> = values.iter().map(|value| quoted(value)).collect::<Result<_, _>>()?;
    let _ = writeln!(out, "{name} = [{}]", values.join(", "));
    Ok(())
}

/// A number.
pub(super) fn number(out: &mut String, name: &str, value: usize) {
    let _ = writeln!(out, "{name} = {value}");
}

/// A text in quotation marks.
fn quoted(text: &str) -> Result<String, Failure> {
    if text.contains(char::is_control) {
        return Err(Failure::with_hint(
            format!("a rule cannot hold control characters, found {text:?}"),
            "write it in one line",
        ));
    }
    Ok(format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")))
}
