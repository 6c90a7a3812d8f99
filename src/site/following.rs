//! Adds to whom the owner follows: rows at the end of `data/following.toml` or of its private
//! sister. Reading them is `data`'s work, changing them that of `edit`; where the rows come from is
//! the caller's.

mod edit;
mod lists;

use std::collections::HashSet;
use std::fmt::Write;
use std::path::Path;

use url::Url;

pub use edit::{Ties, XFN, address, change, channels, order_channels, remove, rename_channel};
pub use lists::{Found, list_of, rows_of};

use super::data::{FOLLOWING, FOLLOWING_PRIVATELY, follows_of, readable_follows};
use super::write::lock;
use super::{Over, read_file, write_file};
use crate::error::{Failure, Problems};
use crate::model::Follow;

/// What became of rows.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Added {
    /// As they were written.
    pub written: Vec<Follow>,
    /// Those that were there already.
    pub known: Vec<Follow>,
}

/// Adds rows at the end of `data/following.toml`, or of `data/private/following.toml` if they are
/// not public or their addresses hold credentials. What is there stays as it is, byte for byte. A
/// row is known by its feed or, without one, by its address. Nothing is written that could not be
/// read again.
///
/// # Errors
/// Rows or a file that are not right, or a file that cannot be written.
pub fn add(root: &Path, rows: &[Follow]) -> Result<Added, Failure> {
    let _lock = lock(root, "following.lock")?;
    let mut known = Known::default();
    // Rows that are not right stop no others.
    for row in &readable_follows(root)?.0 {
        known.insert(row);
    }
    let mut public = Ledger::open(root, FOLLOWING)?;
    let mut private = Ledger::open(root, FOLLOWING_PRIVATELY)?;
    let mut added = Added::default();
    for row in rows {
        if !known.insert(row) {
            added.known.push(row.clone());
            continue;
        }
        let row = Follow { public: row.public && !has_credentials(row), ..row.clone() };
        if row.public {
            public.push(&row);
        } else {
            private.push(&row);
        }
        added.written.push(row);
    }
    public.check()?;
    private.check()?;
    private.write(root)?;
    public.write(root)?;
    Ok(added)
}

/// Whether an address of a row holds a name or a pass word.
pub fn has_credentials(row: &Follow) -> bool {
    [Some(&row.url), row.feed.as_ref()].into_iter().flatten().any(|address| {
        Url::parse(address).is_ok_and(|url| !url.username().is_empty() || url.password().is_some())
    })
}

/// A text to be shown, without the names and pass words of the addresses in it.
pub fn without_credentials(text: &str) -> String {
    if !text.contains('@') {
        return text.to_owned();
    }
    text.split(' ').map(plain_word).collect::<Vec<_>>().join(" ")
}

fn plain_word(word: &str) -> String {
    if let Ok(mut url) = Url::parse(word)
        && (!url.username().is_empty() || url.password().is_some())
        && url.set_username("").is_ok()
        && url.set_password(None).is_ok()
    {
        return url.into();
    }
    // What is no address of its own may hold one: brackets, a missing port.
    let Some((scheme, rest)) = word.split_once("://") else { return word.to_owned() };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    match authority.rsplit_once('@') {
        Some((_, host)) => {
            let after = rest.strip_prefix(authority).unwrap_or_default();
            format!("{scheme}://{host}{after}")
        }
        None => word.to_owned(),
    }
}

/// The rows that are there, by what they are compared by.
#[derive(Default)]
struct Known {
    /// Feeds and, of rows without one, addresses.
    feeds: HashSet<String>,
    /// The addresses of all rows.
    homes: HashSet<String>,
}

impl Known {
    /// Notes a row; `false` if it is there already.
    fn insert(&mut self, row: &Follow) -> bool {
        let home = compared(&row.url);
        let is_new = match &row.feed {
            Some(feed) => self.feeds.insert(compared(feed)),
            None => !self.homes.contains(&home) && self.feeds.insert(home.clone()),
        };
        self.homes.insert(home);
        is_new
    }
}

/// An address without what people spell in two ways: scheme, `www.`, a slash at the end.
fn compared(address: &str) -> String {
    let Ok(url) = Url::parse(address.trim()) else { return address.trim().to_owned() };
    let host = url.host_str().unwrap_or_default();
    let host = host.strip_prefix("www.").unwrap_or(host);
    let mut out = format!("{}:{}@{host}", url.username(), url.password().unwrap_or_default());
    // Writing into a `String` cannot fail.
    if let Some(port) = url.port() {
        let _ = write!(out, ":{port}");
    }
    out.push_str(url.path().trim_end_matches('/'));
    if let Some(query) = url.query() {
        let _ = write!(out, "?{query}");
    }
    if let Some(fragment) = url.fragment() {
        let _ = write!(out, "#{fragment}");
    }
    out
}

/// A file and the rows to be added to it.
struct Ledger {
    name: &'static str,
    /// As it was, and as it is to be.
    before: Vec<u8>,
    bytes: Vec<u8>,
    /// How the lines of the file end.
    end: &'static str,
    added: Vec<Follow>,
}

impl Ledger {
    fn open(root: &Path, name: &'static str) -> Result<Self, Failure> {
        let path = root.join(name);
        let bytes = if path.exists() { read_file(&path)? } else { Vec::new() };
        let end = if bytes.windows(2).any(|pair| pair == b"\r\n") { "\r\n" } else { "\n" };
        Ok(Self { name, before: bytes.clone(), bytes, end, added: Vec::new() })
    }

    fn push(&mut self, row: &Follow) {
        let end = self.end;
        let mut text = String::new();
        if !self.bytes.is_empty() {
            if !self.bytes.ends_with(b"\n") {
                text.push_str(end);
            }
            text.push_str(end);
        }
        text.push_str("[[follow]]");
        text.push_str(end);
        for (key, value) in values(row) {
            let _ = write!(text, "{key} = {value}{end}");
        }
        self.bytes.extend_from_slice(text.as_bytes());
        self.added.push(row.clone());
    }

    /// Fails if the file would not be read again with the new rows at its end.
    fn check(&self) -> Result<(), Failure> {
        if self.added.is_empty() {
            return Ok(());
        }
        let (mut before, mut problems) = (Problems::new(), Problems::new());
        follows_of(self.name, self.before.clone(), &mut before);
        let mut rows = follows_of(self.name, self.bytes.clone(), &mut problems);
        let start = rows.len().saturating_sub(self.added.len());
        let mut last = rows.split_off(start);
        for (row, added) in last.iter_mut().zip(&self.added) {
            row.public = added.public;
        }
        if problems.counts() <= before.counts() && last == self.added {
            return Ok(());
        }
        let why = problems.sorted().first().map(|problem| format!(": {}", problem.message));
        Err(Failure::with_hint(
            format!(
                "the new rows of {} would not be read again as they are{}",
                self.name,
                without_credentials(&why.unwrap_or_default())
            ),
            "nothing was written; each row needs a whole web address, and the rows that are there \
             need a heading each, [[follow]]",
        ))
    }

    fn write(&self, root: &Path) -> Result<(), Failure> {
        if self.added.is_empty() {
            return Ok(());
        }
        write_file(&root.join(self.name), &self.bytes, Over::Existing)
    }
}

/// The keys of a row that are set, and their values as they are written.
fn values(row: &Follow) -> Vec<(&'static str, String)> {
    let mut all = vec![("url", quoted(&row.url))];
    let texts = [
        ("feed", &row.feed),
        ("title", &row.title),
        ("nickname", &row.nickname),
        ("photo", &row.photo),
        ("channel", &row.channel),
    ];
    all.extend(texts.into_iter().filter_map(|(key, text)| Some((key, quoted(text.as_ref()?)))));
    if !row.xfn.is_empty() {
        all.push(("xfn", quoted_list(&row.xfn)));
    }
    all.extend(row.since.map(|day| ("since", day.to_string())));
    all.extend(row.note.as_ref().map(|note| ("note", quoted(note))));
    all
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

fn quoted_list(texts: &[String]) -> String {
    let texts: Vec<String> = texts.iter().map(|text| quoted(text)).collect();
    format!("[{}]", texts.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spelling_does_not_count() {
        let one = compared("https://www.Jule.example/feed/");
        assert_eq!(one, compared("http://jule.example/feed"));
        for other in [
            "https://jule.example/",
            "https://jule.example/feed?tag=a",
            "https://jule.example:8443/feed",
            "https://robin:word@jule.example/feed",
        ] {
            assert_ne!(one, compared(other), "{other}");
        }
    }

    #[test]
    fn pass_words_are_not_shown() {
        for (text, shown) in [
            ("https://robin:word@a.example/feed?x@y", "https://a.example/feed?x@y"),
            ("A ftp://robin:word@a.example/ b", "A ftp://a.example/ b"),
            ("(https://robin:wo@rd@a.example:x/)", "(https://a.example:x/)"),
            ("https:robin:word@a.example", "https://a.example/"),
            ("https://a.example/@robin", "https://a.example/@robin"),
            ("robin@a.example", "robin@a.example"),
        ] {
            assert_eq!(without_credentials(text), shown);
        }
    }
}
