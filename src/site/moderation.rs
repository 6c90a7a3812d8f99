//! `data/moderation.toml` and its private twin: reading the rules, adding one, taking one out. What
//! the rules mean is known by `moderation`.
//!
//! Adding and taking out change nothing else: comments, order and white space stay as the owner
//! left them.

use std::fmt::Write;
use std::ops::Range;
use std::path::Path;

use jiff::civil::Date;

use super::data::{date, needs, read_toml, web_address};
use super::write::lock;
use super::{Over, read_file, write_file};
use crate::error::{Failure, Problems, Source};
use crate::moderation::{
    Action, Approved, Identity, Moderation, Origin, Row, Rule, Subscription, What, is_domain,
};
use crate::tree::{Node, Reading, Table, Value, parse_toml};

/// The headings of rows.
const HEADINGS: [&str; 5] = ["block", "mute", "hold", "approve", "subscribe"];

/// Most links that a rule may allow.
const MOST_LINKS: usize = 1_000;

/// Which of the two files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RulesFile {
    /// `data/moderation.toml`, which may be in a public repository.
    Public,
    /// `data/private/moderation.toml`, which is left out of git.
    Private,
}

impl RulesFile {
    /// Both, in the order in which they are read.
    pub const BOTH: [Self; 2] = [Self::Public, Self::Private];

    /// Its path below the site folder.
    pub fn path(self) -> &'static str {
        match self {
            Self::Public => "data/moderation.toml",
            Self::Private => "data/private/moderation.toml",
        }
    }

    fn origin(self) -> Origin {
        match self {
            Self::Public => Origin::Public,
            Self::Private => Origin::Private,
        }
    }
}

/// The rules of a site.
///
/// # Errors
/// A file that cannot be read, or whose rows are not right.
pub fn read(root: &Path) -> Result<Moderation, Failure> {
    let mut problems = Problems::new();
    let rules = load(root, &mut problems)?;
    if problems.has_errors() { Err(Failure::Problems(problems)) } else { Ok(rules) }
}

/// The rules of a site; what is not right is noted.
pub(super) fn load(root: &Path, problems: &mut Problems) -> Result<Moderation, Failure> {
    let mut all = Moderation::default();
    for file in RulesFile::BOTH {
        let rows = read_toml(root, file.path(), problems, |top| rows(top, file))?;
        rows.into_iter().flatten().for_each(|row| all.push(row));
    }
    Ok(all)
}

fn rows(top: &mut Table<'_, '_>, file: RulesFile) -> Vec<Row> {
    let mut found = Vec::new();
    for heading in HEADINGS {
        let tables = top.tables(heading);
        found.extend(tables.into_iter().filter_map(|table| row(heading, table, file)));
    }
    found
}

fn row(heading: &str, mut table: Table<'_, '_>, file: RulesFile) -> Option<Row> {
    let row = match heading {
        "approve" => approved(&mut table).map(Row::Approve),
        "subscribe" => subscription(&mut table).map(Row::Subscribe),
        "mute" => rule(&mut table, Action::Mute, file).map(Row::Rule),
        "hold" => rule(&mut table, Action::Hold, file).map(Row::Rule),
        _ => rule(&mut table, Action::Block, file).map(Row::Rule),
    };
    table.finish();
    row
}

fn rule(table: &mut Table<'_, '_>, action: Action, file: RulesFile) -> Option<Rule> {
    let named = ["url", "domain", "words", "links"].map(|key| !table.lacks(key));
    match named.into_iter().filter(|there| *there).count() {
        0 => needs(
            table,
            "a rule needs a `url`, a `domain`, `words` or `links`",
            "write url = \"https://…\" for one person, domain = \"spam.example\" for all of a site",
        ),
        1 => {}
        _ => needs(
            table,
            "a rule has one of `url`, `domain`, `words` and `links`",
            "write a rule for each",
        ),
    }
    let url = web_address(table, "url").map(What::Author);
    let domain = host(table, "domain").map(What::Domain);
    let words = words(table).map(What::Words);
    let links = table.count("links", 0..MOST_LINKS).map(What::Links);
    let (reason, since, until) = (table.text("reason"), date(table, "since"), date(table, "until"));
    let what = url.or(domain).or(words).or(links)?;
    Some(Rule { action, what, reason, since, until, origin: file.origin() })
}

fn words(table: &mut Table<'_, '_>) -> Option<Vec<String>> {
    let words = table.texts("words");
    if let Some((_, span)) = words.iter().find(|(word, _)| word.trim().is_empty()) {
        table.reading.error_with_hint(
            span.clone(),
            "a word of a rule is empty, so it would meet everything",
            "write words = [\"casino\", \"payday loan\"]",
        );
    }
    let words: Vec<String> = words.into_iter().map(|(word, _)| word).collect();
    (!words.is_empty()).then_some(words)
}

fn host(table: &mut Table<'_, '_>, key: &'static str) -> Option<String> {
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

fn approved(table: &mut Table<'_, '_>) -> Option<Approved> {
    if table.lacks("url") {
        needs(
            table,
            "an approved person needs a `url`",
            "name their home page: url = \"https://…\"",
        );
    }
    let (url, host) = (web_address(table, "url"), host(table, "host"));
    let since = date(table, "since");
    let url = url?;
    Some(Approved { who: Identity::named(&url, host.as_deref())?, url, since })
}

fn subscription(table: &mut Table<'_, '_>) -> Option<Subscription> {
    if table.lacks("url") {
        needs(table, "a block list needs a `url`", "write url = \"https://…/blocklist.txt\"");
    }
    let (url, since) = (web_address(table, "url"), date(table, "since"));
    Some(Subscription { url: url?, since })
}

/// Adds a row at the end of a file; `false` if the file has it already. Nothing is written that
/// could not be read again.
///
/// # Errors
/// A row or a file that is not right, or a file that cannot be written.
pub fn add(root: &Path, file: RulesFile, row: &Row) -> Result<bool, Failure> {
    let _lock = lock(root, "moderation.lock")?;
    let text = text_of(root, file)?;
    let id = row.id();
    let before = places(&text, file)?;
    if before.iter().any(|place| place.id == id) {
        return Ok(false);
    }
    let written = write_row(row)?;
    // A file whose last line has no end keeps it that way, so that taking the row out again leaves
    // the same bytes.
    let open = !text.is_empty() && !text.ends_with('\n');
    let new =
        if open { format!("{text}\n{}", written.trim_end()) } else { format!("{text}{written}") };
    let after = places(&new, file)?;
    let is_there = after.iter().any(|place| place.id == id);
    if !is_there || after.len() != before.len().saturating_add(1) {
        return Err(Failure::run(format!("the row would not be read again as it was:\n{written}")));
    }
    write_file(&root.join(file.path()), new.as_bytes(), Over::Existing)?;
    Ok(true)
}

/// Takes the row of that name ([`Row::id`]) out; the file it stood in, if it stood anywhere.
///
/// # Errors
/// A file that is not right or cannot be written, or a row that is no table of its own.
pub fn remove(root: &Path, id: &str) -> Result<Option<RulesFile>, Failure> {
    let _lock = lock(root, "moderation.lock")?;
    for file in RulesFile::BOTH {
        let text = text_of(root, file)?;
        let Some(place) = places(&text, file)?.into_iter().find(|place| place.id == id) else {
            continue;
        };
        let Some(range) = lines_of(&text, &place) else {
            return Err(Failure::with_hint(
                format!("the row in {} is no table with a heading of its own", file.path()),
                "take it out in your editor",
            ));
        };
        let mut new = text.clone();
        new.replace_range(range, "");
        let before = places(&text, file)?.into_iter().map(|place| place.id);
        let mut left: Vec<String> = before.collect();
        left.retain({
            let mut first = true;
            move |known| known != id || !std::mem::take(&mut first)
        });
        let after: Vec<String> = places(&new, file)?.into_iter().map(|place| place.id).collect();
        if after != left {
            return Err(Failure::with_hint(
                format!("the row in {} cannot be taken out alone", file.path()),
                "take it out in your editor",
            ));
        }
        write_file(&root.join(file.path()), new.as_bytes(), Over::Existing)?;
        return Ok(Some(file));
    }
    Ok(None)
}

/// The text of a file; empty if there is none.
fn text_of(root: &Path, file: RulesFile) -> Result<String, Failure> {
    let path = root.join(file.path());
    if !path.exists() {
        return Ok(String::new());
    }
    let bytes = read_file(&path)?;
    String::from_utf8(bytes).map_err(|_| Failure::run(format!("{} is not UTF-8 text", file.path())))
}

/// A row and the bytes from its heading to its last value.
struct Place {
    id: String,
    span: Range<usize>,
}

/// The rows of a file, by heading as they are read, each heading's in the file's order.
fn places(text: &str, file: RulesFile) -> Result<Vec<Place>, Failure> {
    // A byte order mark stays where it is.
    let start = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let source = Source::new(file.path(), text);
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
            if let Some(row) = row(&key.name, read, file) {
                found.push(Place { id: row.id(), span: table.span.start..end_of(table) });
            }
        }
    }
    let mut top = Table::new(&reading, "", node);
    rows(&mut top, file);
    top.finish();
    let mut problems = reading.finish();
    problems.dedup();
    if problems.is_empty() { Ok(found) } else { Err(failed(problems)) }
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

/// A row as it is written.
fn write_row(row: &Row) -> Result<String, Failure> {
    let mut out = String::new();
    let written = match row {
        Row::Rule(rule) => {
            heading(&mut out, rule.action.name());
            match &rule.what {
                What::Author(url) => key(&mut out, "url", url)?,
                What::Domain(domain) => key(&mut out, "domain", domain)?,
                What::Words(words) => {
                    let words: Result<Vec<String>, Failure> =
                        words.iter().map(|word| quoted(word)).collect();
                    let _ = writeln!(out, "words = [{}]", words?.join(", "));
                }
                What::Links(most) => {
                    let _ = writeln!(out, "links = {most}");
                }
            }
            if let Some(reason) = &rule.reason {
                key(&mut out, "reason", reason)?;
            }
            (rule.since, rule.until)
        }
        Row::Approve(approved) => {
            heading(&mut out, "approve");
            key(&mut out, "url", &approved.url)?;
            if Identity::named(&approved.url, None).as_ref() != Some(&approved.who) {
                key(&mut out, "host", &approved.who.host)?;
            }
            (approved.since, None)
        }
        Row::Subscribe(subscription) => {
            heading(&mut out, "subscribe");
            key(&mut out, "url", &subscription.url)?;
            (subscription.since, None)
        }
    };
    dates(&mut out, written);
    Ok(out)
}

// Writing into a `String` cannot fail.
fn heading(out: &mut String, name: &str) {
    let _ = writeln!(out, "[[{name}]]");
}

fn dates(out: &mut String, (since, until): (Option<Date>, Option<Date>)) {
    for (name, date) in [("since", since), ("until", until)] {
        if let Some(date) = date {
            let _ = writeln!(out, "{name} = {date}");
        }
    }
}

fn key(out: &mut String, name: &str, value: &str) -> Result<(), Failure> {
    let _ = writeln!(out, "{name} = {}", quoted(value)?);
    Ok(())
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

#[cfg(test)]
mod tests {
    use super::*;

    fn block(domain: &str) -> Row {
        Row::Rule(Rule::new(Action::Block, What::Domain(domain.to_owned())))
    }

    fn site() -> tempfile::TempDir {
        tempfile::tempdir().unwrap()
    }

    fn put(root: &Path, text: &str) {
        write_file(&root.join(RulesFile::Public.path()), text.as_bytes(), Over::Existing).unwrap();
    }

    fn public(root: &Path) -> String {
        text_of(root, RulesFile::Public).unwrap()
    }

    #[test]
    fn a_row_goes_alone() {
        let before = "\u{feff}# mine\n[[block]]  # first\nurl = \"https://a.example/\" # why\n\n\
            # about b\n  [[block]]\n  domain = \"b.example\"\n  # inside\n  reason = \"x\"\r\n\
            # after\n[[mute]]\nwords = [\n  \"one\", # a\n  \"two\",\n]\n# end";
        let site = site();
        put(site.path(), before);
        let ids: Vec<String> =
            places(before, RulesFile::Public).unwrap().into_iter().map(|place| place.id).collect();
        assert_eq!(ids.len(), 3);
        assert_eq!(remove(site.path(), &ids[1]).unwrap(), Some(RulesFile::Public));
        let after = "\u{feff}# mine\n[[block]]  # first\nurl = \"https://a.example/\" # why\n\n\
            # about b\n# after\n[[mute]]\nwords = [\n  \"one\", # a\n  \"two\",\n]\n# end";
        assert_eq!(public(site.path()), after);
        remove(site.path(), &ids[2]).unwrap();
        remove(site.path(), &ids[0]).unwrap();
        assert_eq!(public(site.path()), "\u{feff}# mine\n\n# about b\n# after\n# end");
        assert_eq!(remove(site.path(), &ids[0]).unwrap(), None);
    }

    #[test]
    fn a_row_is_added_once_and_read_again() {
        let site = site();
        let rule = Rule {
            reason: Some("says \"buy\" \\ 'sell'".to_owned()),
            since: Some(jiff::civil::date(2026, 1, 2)),
            until: Some(jiff::civil::date(2026, 2, 2)),
            origin: Origin::Private,
            ..Rule::new(Action::Mute, What::Words(vec!["a \"b\"".to_owned(), "赌场".to_owned()]))
        };
        let row = Row::Rule(rule.clone());
        assert!(add(site.path(), RulesFile::Private, &row).unwrap());
        assert!(!add(site.path(), RulesFile::Private, &row).unwrap());
        assert_eq!(read(site.path()).unwrap().rules(), [rule]);
        let who = Identity::named("https://ana.example/", Some("brid.gy")).unwrap();
        let ana = Approved { who, url: "https://ana.example/".to_owned(), since: None };
        add(site.path(), RulesFile::Public, &Row::Approve(ana.clone())).unwrap();
        let list = Subscription { url: "https://l.example/a.csv".to_owned(), since: None };
        add(site.path(), RulesFile::Public, &Row::Subscribe(list.clone())).unwrap();
        let rules = read(site.path()).unwrap();
        assert_eq!((rules.approved(), rules.subscriptions()), (&[ana][..], &[list][..]));
        assert_eq!(
            public(site.path()),
            "[[approve]]\nurl = \"https://ana.example/\"\nhost = \"brid.gy\"\n\
             [[subscribe]]\nurl = \"https://l.example/a.csv\"\n"
        );
    }

    #[test]
    fn what_could_not_be_read_again_is_not_written() {
        let site = site();
        for (what, reason) in [
            (What::Domain("com".to_owned()), None),
            (What::Domain("a.example\"\nurl = \"x".to_owned()), None),
            (What::Author("javascript:alert(1)".to_owned()), None),
            (What::Words(vec![" ".to_owned()]), None),
            (What::Words(Vec::new()), None),
            (What::Links(5_000), None),
            (What::Links(5), Some("two\nlines".to_owned())),
        ] {
            let row = Row::Rule(Rule { reason, ..Rule::new(Action::Block, what) });
            assert!(add(site.path(), RulesFile::Public, &row).is_err(), "{row:?}");
            assert!(!site.path().join("data/moderation.toml").exists());
        }
        put(site.path(), "block = [{ domain = \"a.example\" }]\n");
        assert!(add(site.path(), RulesFile::Public, &block("b.example")).is_err());
        assert!(remove(site.path(), &block("a.example").id()).is_err());
        assert_eq!(public(site.path()), "block = [{ domain = \"a.example\" }]\n");
    }

    #[test]
    fn writers_at_once_lose_nothing() {
        let site = site();
        let root = site.path();
        std::thread::scope(|threads| {
            for n in 0..8 {
                threads.spawn(move || {
                    let row = block(&format!("s{n}.example"));
                    add(root, RulesFile::Public, &row).unwrap();
                });
            }
        });
        assert_eq!(read(root).unwrap().rules().len(), 8);
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]
        #[test]
        fn adding_and_taking_out_leaves_the_same_bytes(
            pieces in proptest::collection::vec(0..8_usize, 0..12),
            end in "\n?",
            domain in "[a-z]{3,9}",
            word in "\\PC{0,8}",
        ) {
            let mut text = String::new();
            for (at, piece) in pieces.iter().enumerate() {
                match piece {
                    0 => text.push_str("# a comment [[block]]\n"),
                    1 => text.push('\n'),
                    2 => text.push_str("\r\n  \n"),
                    3 => text.push_str(&format!("[[block]] # x\ndomain = \"x{at}.example\"\n")),
                    4 => text.push_str(&format!("[[mute]]\n  words = [\"y{at}\",\n \"z\" ] # z\n")),
                    5 => text.push_str(&format!("[[hold]]\nlinks = {at}\nreason = '''\n[[a]]'''\n")),
                    6 => text.push_str(&format!("[[approve]]\nurl = \"https://p{at}.example\"\r\n")),
                    _ => text.push_str(&format!("[[subscribe]]\nurl = 'https://l{at}.example'\n")),
                }
            }
            text.truncate(text.trim_end_matches(['\r', '\n']).len());
            text.push_str(&end);
            let site = site();
            put(site.path(), &text);
            let words = vec![format!("q{word}"), domain.clone()];
            for row in [block(&format!("{domain}.new.example")), Row::Rule(Rule::new(Action::Hold, What::Words(words)))] {
                for file in RulesFile::BOTH {
                    proptest::prop_assert!(add(site.path(), file, &row).unwrap());
                    proptest::prop_assert_eq!(remove(site.path(), &row.id()).unwrap(), Some(file));
                    proptest::prop_assert_eq!(&public(site.path()), &text);
                }
            }
        }
    }
}
