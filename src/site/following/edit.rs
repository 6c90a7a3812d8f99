//! Changes rows of whom the owner follows where they stand: what they say, which file they are in,
//! whether they are there at all. What stands around them stays as it is, byte for byte.

use std::ops::Range;
use std::path::Path;

use url::Url;

use super::super::data::{FOLLOWING, FOLLOWING_PRIVATELY, follows_of};
use super::super::write::lock;
use super::super::{Over, read_file, write_file};
use super::{has_credentials, quoted, quoted_list, without_credentials};
use crate::error::{Failure, Problem, Problems, Source};
use crate::model::Follow;
use crate::tree::{Key, Node, Value, parse_toml};

/// The keys of a row, in the order in which they are written.
const KEYS: [&str; 10] =
    ["url", "feed", "title", "nickname", "photo", "channel", "xfn", "public", "since", "note"];

/// The key of the order of channels, above the rows of the private file.
const CHANNELS: &str = "channels";

/// The words of XFN 1.1.
pub const XFN: [&str; 18] = [
    "friend",
    "acquaintance",
    "contact",
    "met",
    "co-worker",
    "colleague",
    "co-resident",
    "neighbor",
    "child",
    "parent",
    "sibling",
    "spouse",
    "kin",
    "muse",
    "crush",
    "date",
    "sweetheart",
    "me",
];

/// What the owner says of somebody.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ties {
    /// What they call them.
    pub title: Option<String>,
    /// Where their posts are sorted.
    pub channel: Option<String>,
    /// How they know them, in the words of XFN.
    pub xfn: Vec<String>,
    /// Whether others may see it. An address with credentials is never public.
    pub public: bool,
}

/// The address by which a row is followed, as [`change`] and [`remove`] take it.
pub fn address(row: &Follow) -> Option<String> {
    address_of(row.feed.as_deref().unwrap_or(&row.url))
}

fn address_of(text: &str) -> Option<String> {
    Url::parse(text).ok().map(String::from)
}

/// Says something else in the rows of some addresses. One that becomes private goes to the private
/// file with all that it has, one that becomes public to the other. Returns how many rows there are.
///
/// # Errors
/// A file that is not right or cannot be written; nothing is written that would not be read again.
pub fn change(root: &Path, addresses: &[String], ties: &Ties) -> Result<usize, Failure> {
    let _lock = lock(root, "following.lock")?;
    let [mut public, mut private] = Book::both(root)?;
    let mut moved = Vec::new();
    for (book, is_public) in [(&mut public, true), (&mut private, false)] {
        for at in book.rows_of(addresses) {
            let Some(old) = book.rows.get(at).and_then(|row| row.follow.clone()) else { continue };
            let mut new = told(&old, ties);
            let was_public = is_public && old.public && !has_credentials(&old);
            let is_moved = match (was_public, ties.public) {
                (true, false) => true,
                (false, true) => !is_public && !has_credentials(&old),
                _ => false,
            };
            // Where it stands says it.
            new.public = is_moved || old.public || (is_public && ties.public);
            book.say(at, &old, &new)?;
            if is_moved {
                let text = book.cut(at)?;
                moved.push((is_public, text, new));
            }
        }
    }
    let count = public.changed.len().saturating_add(private.changed.len());
    for (was_public, text, row) in moved {
        let to = if was_public { &mut private } else { &mut public };
        to.append(&text, row);
    }
    // Where rows come to is written first: whoever dies meanwhile has them twice, and not never.
    let books = if ties.public { [public, private] } else { [private, public] };
    write(root, &books)?;
    Ok(count)
}

/// Takes the rows of some addresses out, with the remarks that stand right above them. Returns them.
///
/// # Errors
/// As for [`change`].
pub fn remove(root: &Path, addresses: &[String]) -> Result<Vec<Follow>, Failure> {
    let _lock = lock(root, "following.lock")?;
    let mut books = Book::both(root)?;
    let mut removed = Vec::new();
    for (book, is_public) in books.iter_mut().zip([true, false]) {
        for at in book.rows_of(addresses) {
            let Some(row) = book.rows.get(at).and_then(|row| row.follow.clone()) else { continue };
            book.changed.push(at);
            book.cut(at)?;
            removed.push(Follow { public: row.public && is_public, ..row });
        }
    }
    write(root, &books)?;
    Ok(removed)
}

/// Calls a channel something else, in all rows and in the order of channels; with no other name,
/// its rows are in none. Returns how many rows there were.
///
/// # Errors
/// As for [`change`].
pub fn rename_channel(root: &Path, old: &str, new: Option<&str>) -> Result<usize, Failure> {
    let _lock = lock(root, "following.lock")?;
    let mut books = Book::both(root)?;
    let is_in = |row: &Follow| row.channel.as_deref().map(str::trim) == Some(old);
    for book in &mut books {
        for at in 0..book.rows.len() {
            let follow = book.rows.get(at).and_then(|row| row.follow.clone());
            let Some(follow) = follow.filter(|follow| is_in(follow)) else { continue };
            let renamed = Follow { channel: new.map(str::to_owned), ..follow.clone() };
            book.say(at, &follow, &renamed)?;
        }
    }
    let [public, mut private] = books;
    if let Some(order) = &private.channels {
        let mut renamed: Vec<String> = Vec::new();
        for name in order {
            let name = if name == old { new } else { Some(name.as_str()) };
            renamed.extend(
                name.filter(|name| !renamed.iter().any(|it| it == name)).map(str::to_owned),
            );
        }
        private.order(&renamed);
    }
    let count = public.changed.len().saturating_add(private.changed.len());
    write(root, &[private, public])?;
    Ok(count)
}

/// The channels in the order that the owner gave them. Others may be there, in no order.
///
/// # Errors
/// A file that cannot be read.
pub fn channels(root: &Path) -> Result<Vec<String>, Failure> {
    Ok(Book::open(root, FOLLOWING_PRIVATELY)?.channels.unwrap_or_default())
}

/// Puts channels in an order; those without anybody are kept by it, too.
///
/// # Errors
/// As for [`change`].
pub fn order_channels(root: &Path, order: &[String]) -> Result<(), Failure> {
    let _lock = lock(root, "following.lock")?;
    let mut private = Book::open(root, FOLLOWING_PRIVATELY)?;
    private.order(order);
    write(root, &[private])
}

/// A row with something else said in it.
fn told(old: &Follow, ties: &Ties) -> Follow {
    // A nickname that is left as it is needs no title of the same words.
    let is_nickname = old.title.is_none() && ties.title == old.nickname;
    let title = if is_nickname { None } else { ties.title.clone() };
    Follow { title, channel: ties.channel.clone(), xfn: ties.xfn.clone(), ..old.clone() }
}

/// A file, its rows and what is to become of them.
struct Book {
    name: &'static str,
    /// The mark of UTF-8, if the file begins with it.
    mark: &'static str,
    source: Source,
    /// How the lines of the file end.
    end: &'static str,
    /// How much of it is not right.
    mistakes: (usize, usize),
    rows: Vec<Place>,
    channels: Option<Vec<String>>,
    /// Where the order of channels stands.
    channels_at: Option<Range<usize>>,
    /// Rows that are to say something else, or to go.
    changed: Vec<usize>,
    /// What stands where from now on, and what comes at the end.
    edits: Vec<(Range<usize>, String)>,
    tail: String,
    /// As it is to be read again.
    expected: Vec<Option<Follow>>,
    appended: Vec<Follow>,
}

/// Where a row stands.
struct Place {
    /// What is read of it; none if it is not right.
    follow: Option<Follow>,
    keys: Vec<(Key, Node)>,
    /// Where its heading begins, if it has one.
    heading: Option<usize>,
}

impl Book {
    fn both(root: &Path) -> Result<[Self; 2], Failure> {
        Ok([Self::open(root, FOLLOWING)?, Self::open(root, FOLLOWING_PRIVATELY)?])
    }

    fn open(root: &Path, name: &'static str) -> Result<Self, Failure> {
        let path = root.join(name);
        let bytes = if path.exists() { read_file(&path)? } else { Vec::new() };
        let mark = if bytes.starts_with("\u{feff}".as_bytes()) { "\u{feff}" } else { "" };
        let source = Source::from_bytes(name, bytes.clone()).map_err(|why| Failure::from(*why))?;
        let node = parse_toml(&source, 0..source.text.len()).map_err(failure)?;
        let end = if source.text.contains("\r\n") { "\r\n" } else { "\n" };
        let mut problems = Problems::new();
        let mut right = follows_of(name, bytes, &mut problems).into_iter().peekable();
        let mut book = Self {
            name,
            mark,
            source,
            end,
            mistakes: problems.counts(),
            rows: Vec::new(),
            channels: None,
            channels_at: None,
            changed: Vec::new(),
            edits: Vec::new(),
            tail: String::new(),
            expected: Vec::new(),
            appended: Vec::new(),
        };
        let Value::Table(entries) = node.value else { return Ok(book) };
        for (key, node) in entries {
            match (key.name.as_str(), node.value) {
                (CHANNELS, Value::List(names)) => {
                    book.channels = Some(names.iter().filter_map(Node::as_text).collect());
                    book.channels_at = Some(node.span);
                }
                ("follow", Value::List(rows)) => {
                    for row in rows {
                        // Rows that are not right are left out of what was read.
                        let is_next = right.peek().is_some_and(|next| is_row(&row, next));
                        let follow = if is_next { right.next() } else { None };
                        book.rows.push(Place::of(&book.source.text, row, follow));
                    }
                }
                _ => {}
            }
        }
        book.expected = book.rows.iter().map(|row| row.follow.clone()).collect();
        Ok(book)
    }

    /// The rows that are followed by some addresses.
    fn rows_of(&self, addresses: &[String]) -> Vec<usize> {
        let is_one = |row: &Place| {
            let address = row.follow.as_ref().and_then(address);
            address.is_some_and(|address| addresses.contains(&address))
        };
        self.rows.iter().enumerate().filter(|(_, row)| is_one(row)).map(|(at, _)| at).collect()
    }

    /// Makes a row say what another one says.
    fn say(&mut self, at: usize, old: &Follow, new: &Follow) -> Result<(), Failure> {
        self.changed.push(at);
        if let Some(expected) = self.expected.get_mut(at) {
            *expected = Some(new.clone());
        }
        let text = |text: &Option<String>| text.as_deref().map(quoted);
        let list = |words: &[String]| (!words.is_empty()).then(|| quoted_list(words));
        let flag = |is_public: bool| (!is_public).then(|| "false".to_owned());
        for (key, before, now) in [
            ("title", text(&old.title), text(&new.title)),
            ("channel", text(&old.channel), text(&new.channel)),
            ("xfn", list(&old.xfn), list(&new.xfn)),
            ("public", flag(old.public), flag(new.public)),
        ] {
            if before != now {
                let edit = self.edit(at, key, now)?;
                self.edits.extend(edit);
            }
        }
        Ok(())
    }

    /// What gives a key of a row a value, or takes the key out.
    fn edit(
        &self,
        at: usize,
        key: &str,
        value: Option<String>,
    ) -> Result<Option<(Range<usize>, String)>, Failure> {
        let Some(row) = self.rows.get(at) else { return Ok(None) };
        if row.heading.is_none() {
            return Err(self.without_heading());
        }
        let text = &self.source.text;
        let known = row.keys.iter().find(|(known, _)| known.name == key);
        Ok(match (known, value) {
            (Some((_, node)), Some(value)) => Some((node.span.clone(), value)),
            (Some((key, node)), None) => {
                let lines = line_start(text, key.span.start)..line_end(text, node.span.end);
                Some((lines, String::new()))
            }
            (None, None) => None,
            (None, Some(value)) => {
                let place = |name: &str| KEYS.iter().position(|key| *key == name);
                let before = row.keys.iter().filter(|(known, _)| place(&known.name) < place(key));
                let last = before.map(|(_, node)| node.span.end).max();
                let after = line_end(text, last.unwrap_or_default());
                let is_first = self.edits.iter().all(|(range, _)| *range != (after..after));
                let is_open = is_first && !text.get(..after).unwrap_or_default().ends_with('\n');
                let start = if is_open { self.end } else { "" };
                Some((after..after, format!("{start}{key} = {value}{}", self.end)))
            }
        })
    }

    fn without_heading(&self) -> Failure {
        Failure::with_hint(
            format!("a row of {} stands in a line with others", self.name),
            "give each row a heading, [[follow]], or change it in the file yourself",
        )
    }

    /// Takes a row out; its text with what was already said in it.
    fn cut(&mut self, at: usize) -> Result<String, Failure> {
        let (piece, gap) = self.piece(at)?;
        let (inside, rest): (Vec<_>, Vec<_>) = std::mem::take(&mut self.edits)
            .into_iter()
            .partition(|(range, _)| range.start >= piece.start && range.end <= piece.end);
        let text = edited(&self.source.text, piece, inside);
        self.edits = rest;
        self.edits.push((gap, String::new()));
        if let Some(expected) = self.expected.get_mut(at) {
            *expected = None;
        }
        Ok(text)
    }

    /// Where a row stands, and the same with the empty lines that separate it from others.
    fn piece(&self, at: usize) -> Result<(Range<usize>, Range<usize>), Failure> {
        let text = &self.source.text;
        let row = self.rows.get(at);
        let heading = row.and_then(|row| row.heading).ok_or_else(|| self.without_heading())?;
        let last = row.and_then(|row| row.keys.iter().map(|(_, node)| end_of(node)).max());
        let before = at.checked_sub(1).and_then(|before| self.rows.get(before));
        let floor = before.and_then(|row| row.keys.iter().map(|(_, node)| end_of(node)).max());
        let floor = floor.map_or(0, |end| line_end(text, end));
        let start = with_remarks(text, floor, line_start(text, heading));
        let end = with_remarks_below(text, line_end(text, last.unwrap_or(heading)));
        let mut gap = start..end;
        while let Some(next) = blank_line(text, gap.end) {
            gap.end = next;
        }
        if gap.end >= text.len() {
            // Nothing follows: what separated it from the one above goes, too.
            let above = text.get(..start).unwrap_or_default();
            let kept = above.trim_end_matches(['\n', '\r', ' ', '\t']).len();
            gap.start = line_end(text, kept).min(start);
        }
        Ok((start..end, gap))
    }

    /// Adds a row of another file at the end.
    fn append(&mut self, row: &str, follow: Follow) {
        let is_empty = self.source.text.is_empty() && self.tail.is_empty();
        if !is_empty {
            let last = if self.tail.is_empty() { &self.source.text } else { &self.tail };
            if !last.ends_with('\n') {
                self.tail.push_str(self.end);
            }
            self.tail.push_str(self.end);
        }
        let plain = row.replace("\r\n", "\n");
        self.tail.push_str(&plain.trim_end_matches('\n').replace('\n', self.end));
        self.tail.push_str(self.end);
        self.appended.push(follow);
    }

    /// Puts the channels in an order.
    fn order(&mut self, order: &[String]) {
        if self.channels.as_deref().unwrap_or_default() == order {
            return;
        }
        let value = quoted_list(order);
        match &self.channels_at {
            Some(at) => self.edits.push((at.clone(), value)),
            None => {
                let gap = if self.source.text.is_empty() { "" } else { self.end };
                let line = format!("{CHANNELS} = {value}{}{gap}", self.end);
                self.edits.push((0..0, line));
            }
        }
        self.channels = Some(order.to_vec());
    }

    fn is_changed(&self) -> bool {
        !self.edits.is_empty() || !self.tail.is_empty()
    }

    /// The new file, if it would be read again as it should.
    fn checked(&self) -> Result<Vec<u8>, Failure> {
        let whole = 0..self.source.text.len();
        let text = edited(&self.source.text, whole, self.edits.clone());
        let bytes = format!("{}{text}{}", self.mark, self.tail).into_bytes();
        let mut problems = Problems::new();
        let rows = follows_of(self.name, bytes.clone(), &mut problems);
        let expected = self.expected.iter().flatten().chain(&self.appended);
        if problems.counts() <= self.mistakes && rows.iter().eq(expected) {
            return Ok(bytes);
        }
        let why = problems.sorted().first().map(|problem| format!(": {}", problem.message));
        let why = without_credentials(&why.unwrap_or_default());
        Err(Failure::with_hint(
            format!("{} would not be read again as it should{why}", self.name),
            "nothing was written; change it in the file yourself",
        ))
    }
}

/// Writes files, in that order, if all of them would be read again.
fn write(root: &Path, books: &[Book]) -> Result<(), Failure> {
    let changed = books.iter().filter(|book| book.is_changed());
    let texts = changed.map(|book| Ok((book.name, book.checked()?)));
    for (name, bytes) in texts.collect::<Result<Vec<_>, Failure>>()? {
        write_file(&root.join(name), &bytes, Over::Existing)?;
    }
    Ok(())
}

impl Place {
    fn of(text: &str, row: Node, follow: Option<Follow>) -> Self {
        let Node { span, value } = row;
        let keys = match value {
            Value::Table(keys) => keys,
            _ => Vec::new(),
        };
        let is_headed = text.get(span.start..).is_some_and(|rest| rest.starts_with("[["));
        Self { follow, keys, heading: is_headed.then_some(span.start) }
    }
}

/// Whether a row was read of a table.
fn is_row(table: &Node, row: &Follow) -> bool {
    let Value::Table(keys) = &table.value else { return false };
    let text = |name: &str| {
        let found = keys.iter().find(|(key, _)| key.name == name);
        found.and_then(|(_, node)| node.as_text())
    };
    text("url").as_ref() == Some(&row.url) && (row.feed.is_none() || text("feed") == row.feed)
}

fn failure(found: Vec<Problem>) -> Failure {
    let mut problems = Problems::new();
    problems.extend(found);
    Failure::Problems(problems)
}

/// Where a value ends, with all that is below it.
fn end_of(node: &Node) -> usize {
    let inner = match &node.value {
        Value::Table(keys) => keys.iter().map(|(_, node)| end_of(node)).max(),
        Value::List(list) => list.iter().map(end_of).max(),
        _ => None,
    };
    inner.unwrap_or(0).max(node.span.end)
}

fn line_start(text: &str, at: usize) -> usize {
    let before = text.get(..at).unwrap_or_default();
    before.rfind('\n').map_or(0, |end| end.saturating_add(1))
}

/// Where the line ends that a place is in, its end included.
fn line_end(text: &str, at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    rest.find('\n').map_or(text.len(), |end| at.saturating_add(end).saturating_add(1))
}

/// Where the empty line ends that begins at a place, if one does.
fn blank_line(text: &str, at: usize) -> Option<usize> {
    let end = line_end(text, at);
    let line = text.get(at..end)?;
    (!line.is_empty() && line.trim().is_empty()).then_some(end)
}

fn is_remark(text: &str, line: Range<usize>) -> bool {
    text.get(line).is_some_and(|line| line.trim_start().starts_with('#'))
}

/// The beginning of the remarks right above a line. Those that begin the file are about all of it.
fn with_remarks(text: &str, floor: usize, line: usize) -> usize {
    let mut start = line;
    while start > floor {
        let above = line_start(text, start.saturating_sub(1));
        if above < floor || !is_remark(text, above..start) {
            break;
        }
        start = above;
    }
    if start == 0 { line } else { start }
}

/// The end of the remarks right below a line, unless they are about what follows.
fn with_remarks_below(text: &str, line: usize) -> usize {
    let mut end = line;
    while end < text.len() && is_remark(text, end..line_end(text, end)) {
        end = line_end(text, end);
    }
    if end >= text.len() || blank_line(text, end).is_some() { end } else { line }
}

/// A part of a text with other words in some places, which do not overlap.
fn edited(text: &str, part: Range<usize>, mut edits: Vec<(Range<usize>, String)>) -> String {
    edits.sort_by_key(|(range, _)| range.start);
    let mut out = String::with_capacity(part.len());
    let mut at = part.start;
    for (range, new) in edits {
        out.push_str(text.get(at..range.start).unwrap_or_default());
        out.push_str(&new);
        at = at.max(range.end);
    }
    out.push_str(text.get(at..part.end).unwrap_or_default());
    out
}
