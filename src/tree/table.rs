//! Reading a table key by key: each key asked for is a key that exists, the rest is refused.
//!
//! The keys that a reader asks for are also the list that documentation is checked against
//! ([`Reading::asked`]), so the three cannot drift apart.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::ops::Range;

use super::{Key, Node, Value};
use crate::error::{Problem, Source, nearest};

/// One file being read: collects its problems and remembers every key that was asked for.
pub struct Reading<'s> {
    source: &'s Source,
    problems: RefCell<Vec<Problem>>,
    asked: RefCell<BTreeSet<String>>,
}

impl<'s> Reading<'s> {
    /// Starts to read a file.
    pub fn new(source: &'s Source) -> Self {
        Self { source, problems: RefCell::default(), asked: RefCell::default() }
    }

    /// The problems found; none means that the file is right.
    pub fn finish(self) -> Vec<Problem> {
        self.problems.into_inner()
    }

    /// Every key that was asked for, as `table.key`.
    pub fn asked(&self) -> BTreeSet<String> {
        self.asked.borrow().clone()
    }

    /// Notes an error at a place.
    pub fn error(&self, span: Range<usize>, message: impl Into<String>) {
        self.push(self.source.problem(span, message));
    }

    /// Notes an error at a place with advice.
    pub fn error_with_hint(
        &self,
        span: Range<usize>,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) {
        self.push(self.source.problem(span, message).hint(hint));
    }

    /// Notes any problem.
    pub fn push(&self, problem: Problem) {
        self.problems.borrow_mut().push(problem);
    }
}

/// A table whose keys are taken out one by one. Call [`Table::finish`] at the end.
pub struct Table<'r, 's> {
    /// The file it stands in.
    pub reading: &'r Reading<'s>,
    /// Where the table stands.
    pub span: Range<usize>,
    name: String,
    entries: Vec<(Key, Node)>,
    known: BTreeSet<&'static str>,
}

impl<'r, 's> Table<'r, 's> {
    /// Reads a node as a table. `name` is its path (`author`, `languages.de`), empty for the file.
    pub fn new(reading: &'r Reading<'s>, name: &str, node: Node) -> Self {
        let span = node.span.clone();
        let entries = match node.value {
            Value::Table(entries) => entries,
            Value::Null => Vec::new(),
            other => {
                let what = if name.is_empty() { "the file" } else { name };
                reading.error_with_hint(
                    node.span,
                    format!("expected a table of keys for {what}, found {}", other.noun()),
                    "a table is a heading in brackets with its keys below, or { key = \"value\" }",
                );
                Vec::new()
            }
        };
        Self { reading, span, name: name.to_owned(), entries, known: BTreeSet::new() }
    }

    /// Takes a key's value out, whatever it is.
    pub fn take(&mut self, key: &'static str) -> Option<Node> {
        self.know(key);
        let at = self.entries.iter().position(|(k, _)| k.name == key)?;
        let (_, node) = self.entries.remove(at);
        (node.value != Value::Null).then_some(node)
    }

    /// Whether a key that must be there is not there.
    pub fn lacks(&mut self, key: &'static str) -> bool {
        self.know(key);
        !self.entries.iter().any(|(k, _)| k.name == key)
    }

    /// Whether a key is absent, without making it a known key.
    pub fn lacks_unasked(&self, key: &str) -> bool {
        !self.entries.iter().any(|(k, _)| k.name == key)
    }

    /// Drops a key that was reported already.
    pub fn drop_key(&mut self, key: &str) {
        self.entries.retain(|(k, _)| k.name != key);
    }

    /// Where a key stands, for messages about its absence or its meaning.
    pub fn place_of(&self, key: &str) -> Range<usize> {
        self.entries
            .iter()
            .find(|(k, _)| k.name == key)
            .map_or_else(|| self.span.clone(), |(k, _)| k.span.clone())
    }

    fn know(&mut self, key: &'static str) {
        self.known.insert(key);
        let path =
            if self.name.is_empty() { key.to_owned() } else { format!("{}.{key}", self.name) };
        self.reading.asked.borrow_mut().insert(path);
    }

    /// The table's own path with a key.
    pub fn path(&self, key: &str) -> String {
        if self.name.is_empty() { key.to_owned() } else { format!("{}.{key}", self.name) }
    }

    fn wrong<T>(&self, key: &str, node: &Node, expected: &str) -> Option<T> {
        let example = match expected {
            "text" => format!("write {key} = \"…\""),
            "true or false" => {
                format!("write {key} = true or {key} = false, without quotation marks")
            }
            "text or a list of texts" => format!("write {key} = [\"…\", \"…\"]"),
            _ => format!("write {key} = 3, without quotation marks"),
        };
        self.reading.error_with_hint(
            node.span.clone(),
            format!("`{key}` should be {expected}, found {}", node.value.noun()),
            example,
        );
        None
    }

    /// Text. Numbers and dates written without quotation marks count as text.
    pub fn text(&mut self, key: &'static str) -> Option<String> {
        self.spanned_text(key).map(|(text, _)| text)
    }

    /// Text and its place.
    pub fn spanned_text(&mut self, key: &'static str) -> Option<(String, Range<usize>)> {
        let node = self.take(key)?;
        match node.as_text() {
            Some(text) => Some((text, node.span)),
            None => self.wrong(key, &node, "text"),
        }
    }

    /// `true` or `false`.
    pub fn flag(&mut self, key: &'static str) -> Option<bool> {
        let node = self.take(key)?;
        match node.value {
            Value::Bool(value) => Some(value),
            _ => self.wrong(key, &node, "true or false"),
        }
    }

    /// A whole number within a range.
    pub fn count(&mut self, key: &'static str, range: Range<usize>) -> Option<usize> {
        let node = self.take(key)?;
        let Value::Integer(number) = node.value else {
            return self.wrong(key, &node, "a whole number");
        };
        match usize::try_from(number).ok().filter(|n| range.contains(n)) {
            Some(number) => Some(number),
            None => {
                let last = range.end.saturating_sub(1);
                self.reading.error_with_hint(
                    node.span,
                    format!(
                        "`{key}` should be a number from {} to {last}, found {number}",
                        range.start
                    ),
                    "without the key the usual number holds",
                );
                None
            }
        }
    }

    /// A number.
    pub fn number(&mut self, key: &'static str) -> Option<f64> {
        let node = self.take(key)?;
        match node.as_number() {
            Some(number) => Some(number),
            None => self.wrong(key, &node, "a number"),
        }
    }

    /// One of a few words.
    pub fn choice<T: Copy>(
        &mut self,
        key: &'static str,
        choices: &[(&'static str, T)],
    ) -> Option<T> {
        let (text, span) = self.spanned_text(key)?;
        if let Some((_, value)) = choices.iter().find(|(word, _)| *word == text) {
            return Some(*value);
        }
        let words: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
        let message = format!("`{key}` should be one of {}, found \"{text}\"", words.join(", "));
        match nearest(&text, words.iter().copied()) {
            Some(near) => {
                self.reading.error_with_hint(span, message, format!("did you mean \"{near}\"?"));
            }
            None => self.reading.error_with_hint(
                span,
                message,
                format!("write one of these words: {key} = \"{}\"", words.first().unwrap_or(&"")),
            ),
        }
        None
    }

    /// A list; a single value counts as a list of one.
    pub fn list(&mut self, key: &'static str) -> Vec<Node> {
        match self.take(key) {
            None => Vec::new(),
            Some(Node { value: Value::List(list), .. }) => list,
            Some(node) => vec![node],
        }
    }

    /// A list of texts; a single text counts as a list of one.
    pub fn texts(&mut self, key: &'static str) -> Vec<(String, Range<usize>)> {
        self.list(key)
            .into_iter()
            .filter_map(|node| match node.as_text() {
                Some(text) => Some((text, node.span)),
                None => self.wrong(key, &node, "text or a list of texts"),
            })
            .collect()
    }

    /// A table of its own below a key.
    pub fn table(&mut self, key: &'static str) -> Option<Table<'r, 's>> {
        let path = self.path(key);
        self.take(key).map(|node| Table::new(self.reading, &path, node))
    }

    /// A list of tables (`[[key]]`).
    pub fn tables(&mut self, key: &'static str) -> Vec<Table<'r, 's>> {
        let path = self.path(key);
        self.list(key).into_iter().map(|node| Table::new(self.reading, &path, node)).collect()
    }

    /// What is left: for tables whose keys are free.
    pub fn rest(&mut self) -> Vec<(Key, Node)> {
        std::mem::take(&mut self.entries)
    }

    /// Whether all of its keys were asked for.
    pub fn is_read(&self) -> bool {
        self.entries.is_empty()
    }

    /// Refuses the keys that nobody asked for, each with the near name.
    pub fn finish(self) {
        for (key, _) in &self.entries {
            let twice = self.known.contains(key.name.as_str());
            let message = match (twice, self.name.as_str()) {
                (true, _) => format!("`{}` stands here twice", key.name),
                (false, "") => format!("unknown key `{}`", key.name),
                (false, table) => format!("unknown key `{}` in `{table}`", key.name),
            };
            let hint = match nearest(&key.name, self.known.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None if self.known.contains("extra") => {
                    "keys of your own belong under `extra`".to_owned()
                }
                None => {
                    let known: Vec<&str> = self.known.iter().copied().collect();
                    format!("keys here are {}", known.join(", "))
                }
            };
            self.reading.error_with_hint(key.span.clone(), message, hint);
        }
    }
}

impl Node {
    /// The text of a text, number or date.
    pub fn as_text(&self) -> Option<String> {
        match &self.value {
            Value::Text(text) | Value::Date(text) => Some(text.clone()),
            Value::Integer(number) => Some(number.to_string()),
            Value::Float(number) => Some(number.to_string()),
            _ => None,
        }
    }

    /// The number of a number, or of a text that is one.
    pub fn as_number(&self) -> Option<f64> {
        match &self.value {
            #[allow(clippy::cast_precision_loss, reason = "no coordinate or rating needs 53 bits")]
            Value::Integer(number) => Some(*number as f64),
            Value::Float(number) => Some(*number),
            Value::Text(text) => text.trim().parse().ok(),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{parse_toml, parse_yaml};
    use super::*;

    fn both(toml: &str, yaml: &str, read: impl Fn(&mut Table<'_, '_>)) -> Vec<String> {
        let mut all = Vec::new();
        for (text, is_toml) in [(toml, true), (yaml, false)] {
            let source = Source::new("f", text);
            let parse = if is_toml { parse_toml } else { parse_yaml };
            let node = parse(&source, 0..text.len()).unwrap();
            let reading = Reading::new(&source);
            let mut table = Table::new(&reading, "", node);
            read(&mut table);
            table.finish();
            all.extend(
                reading
                    .finish()
                    .iter()
                    .map(|p| format!("{} {} {:?}", p.location(), p.message, p.hint)),
            );
        }
        all
    }

    #[test]
    fn unknown_keys_are_refused_where_they_stand() {
        let found = both("a = 1\ntitel = \"x\"\n", "a: 1\ntitel: x\n", |table| {
            table.count("a", 0..9);
            table.text("title");
        });
        let expected = "f:2:1 unknown key `titel` Some(\"did you mean `title`?\")";
        assert_eq!(found, [expected, expected]);
    }

    #[test]
    fn wrong_kinds_are_named() {
        let found = both("a = [1]\nb = 7\n", "a: [1]\nb: 7\n", |table| {
            table.text("a");
            table.flag("b");
        });
        assert_eq!(found.len(), 4);
        assert!(found[0].starts_with("f:1:5 `a` should be text, found a list"), "{found:?}");
        assert!(
            found[1].starts_with("f:2:5 `b` should be true or false, found a number"),
            "{found:?}"
        );
        assert!(found[2].starts_with("f:1:4 `a`"), "{found:?}");
    }

    #[test]
    fn nested_tables_and_lists_know_their_path() {
        let found = both(
            "[author]\nnam = \"x\"\n[[me]]\nurll = 1\n",
            "author:\n  nam: x\nme:\n  - urll: 1\n",
            |table| {
                if let Some(mut author) = table.table("author") {
                    author.text("name");
                    author.finish();
                }
                for mut me in table.tables("me") {
                    me.text("url");
                    me.finish();
                }
            },
        );
        assert!(found[0].starts_with("f:2:1 unknown key `nam` in `author`"), "{found:?}");
        assert!(found[1].starts_with("f:4:1 unknown key `urll` in `me`"), "{found:?}");
        assert!(found[2].starts_with("f:2:3 unknown key `nam` in `author`"), "{found:?}");
        assert!(found[3].starts_with("f:4:5 unknown key `urll` in `me`"), "{found:?}");
    }

    #[test]
    fn syntax_errors_have_a_place_below_front_matter() {
        let source = Source::new("f", "+++\na = \nb = \n+++\n");
        let problems = parse_toml(&source, 4..14).unwrap_err();
        assert_eq!(problems.iter().map(Problem::location).collect::<Vec<_>>(), ["f:2:5", "f:3:5"]);
        let source = Source::new("f", "---\na: [1\n---\n");
        assert!(parse_yaml(&source, 4..10).is_err());
    }
}
