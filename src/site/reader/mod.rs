//! `data/private/reader.toml`: whom and what the owner does not want to see in the reader, and what
//! they look for again. Private by its place: whom somebody mutes is nobody's business. Read row by
//! row, and written so that all else stays as the owner left it.

mod rows;

use std::collections::BTreeSet;
use std::path::Path;

pub use self::rows::{Action, Condition, Nearness, Part, Row, Rule, Search};
use super::data::{date, needs, read_toml, web_address};
use super::rows::{RowFile, dates, heading, host, key, list, number, one_of, words};
use super::write::lock;
use super::{Over, write_file};
use crate::error::{Failure, Problems, Source};
use crate::model::Kind;
use crate::moderation::is_domain;
use crate::tree::{Reading, Table, parse_toml};

/// Where the file is, below the site folder.
pub const FILE: &str = "data/private/reader.toml";

/// The headings of rows.
const HEADINGS: [&str; 3] = ["mute", "rule", "search"];

const ROWS: RowFile = RowFile {
    path: FILE,
    read: |top| drop(rows(top)),
    id: |heading, table| row(heading, table).map(|row| row.id()),
};

/// Those rows that are right, in the file's order, and what is wrong with the others.
///
/// # Errors
/// A file that cannot be read at all.
pub fn readable(root: &Path) -> Result<(Vec<Row>, Problems), Failure> {
    let mut problems = Problems::new();
    match read_toml(root, FILE, &mut problems, rows)? {
        Some(rows) => Ok((rows, problems)),
        None if problems.has_errors() => Err(Failure::Problems(problems)),
        None => Ok((Vec::new(), problems)),
    }
}

/// Writes a row at the end of the file, in place of one that does the same but has other dates or
/// another reason. `false` if it stands there as it is. Nothing is written that could not be read
/// again.
///
/// # Errors
/// A row or a file that is not right, or a file that cannot be written.
pub fn put(root: &Path, row: &Row) -> Result<bool, Failure> {
    let _lock = lock(root, "reader.lock")?;
    let (known, _) = readable(root)?;
    let id = row.id();
    let alike: Vec<&Row> = known.iter().filter(|known| known.id() == id).collect();
    if alike.as_slice() == [row] {
        return Ok(false);
    }
    let text = without_all(ROWS.text(root)?, &id)?.0;
    let Some(new) = ROWS.with(&text, &id, &write_row(row)?)? else { return Ok(false) };
    write_file(&root.join(FILE), new.as_bytes(), Over::Existing)?;
    Ok(true)
}

/// Takes the rows of that name ([`Row::id`]) out; says whether there was one.
///
/// # Errors
/// A file that is not right or cannot be written, or a row that is no table of its own.
pub fn remove(root: &Path, id: &str) -> Result<bool, Failure> {
    let _lock = lock(root, "reader.lock")?;
    let (text, is_changed) = without_all(ROWS.text(root)?, id)?;
    if is_changed {
        write_file(&root.join(FILE), text.as_bytes(), Over::Existing)?;
    }
    Ok(is_changed)
}

/// All keys that rows may have, with their headings.
pub fn keys() -> BTreeSet<String> {
    let source = Source::new(FILE, "mute = [{}]\nrule = [{}]\nsearch = [{}]\n");
    let Ok(node) = parse_toml(&source, 0..source.text.len()) else { return BTreeSet::new() };
    let reading = Reading::new(&source);
    rows(&mut Table::new(&reading, "", node));
    reading.asked()
}

fn without_all(mut text: String, id: &str) -> Result<(String, bool), Failure> {
    let mut is_changed = false;
    while let Some(less) = ROWS.without(&text, id)? {
        (text, is_changed) = (less, true);
    }
    Ok((text, is_changed))
}

fn rows(top: &mut Table<'_, '_>) -> Vec<Row> {
    let mut found = Vec::new();
    for heading in HEADINGS {
        for table in top.tables(heading) {
            let at = table.span.start;
            found.extend(row(heading, table).map(|row| (at, row)));
        }
    }
    // Of several rules that meet the same, the first is named.
    found.sort_by_key(|(at, _)| *at);
    found.into_iter().map(|(_, row)| row).collect()
}

fn row(heading: &str, mut table: Table<'_, '_>) -> Option<Row> {
    let row = match heading {
        "search" => search(&mut table).map(Row::Search),
        "rule" => rule(&mut table).map(Row::Rule),
        _ => mute(&mut table).map(Row::Rule),
    };
    // A key that nobody knows may have been meant to make a rule meet less.
    let is_read = table.is_read();
    table.finish();
    row.filter(|_| is_read)
}

fn mute(table: &mut Table<'_, '_>) -> Option<Rule> {
    one_of(
        table,
        &["word", "words", "person", "domain", "kind", "channel"],
        (
            "a mute needs a `word`, `words`, a `person`, a `domain`, a `kind` or a `channel`",
            "a mute has one of `word`, `words`, `person`, `domain`, `kind` and `channel`",
        ),
        "write word = \"spoiler\", or person = \"https://…\" for everything of one person",
    );
    let mut all = Vec::new();
    all.extend(web_address(table, "person").map(Condition::Person));
    all.extend(host(table, "domain").map(Condition::Domain));
    all.extend(channel(table));
    all.extend(kind(table).map(Condition::Kind));
    all.extend(any(table, &["word", "words"]).map(Condition::Words));
    let rule = finish(table, Action::Mute, all);
    (rule.conditions.len() == 1).then_some(rule)
}

fn rule(table: &mut Table<'_, '_>) -> Option<Rule> {
    if table.lacks("action") {
        needs(table, "a rule needs an `action`", "write action = \"drop\" or action = \"keep\"");
    }
    let actions = [Action::Keep, Action::Drop].map(|action| (action.name(), action));
    let action = table.choice("action", &actions);
    let asked = KEYS.iter().filter(|key| !table.lacks(key)).count();
    if asked == 0 {
        needs(
            table,
            "a rule needs something that it looks at",
            &format!("write one of these, or several: {}", KEYS.join(", ")),
        );
    }
    let conditions = conditions(table);
    let rule = finish(table, action?, conditions);
    // With a condition that cannot be read, it would meet more than was meant.
    (asked > 0 && rule.conditions.len() == asked).then_some(rule)
}

/// All that a rule may look at.
const KEYS: [&str; 17] = [
    "feed",
    "person",
    "domain",
    "channel",
    "kind",
    "word",
    "words",
    "title",
    "text",
    "tag",
    "language",
    "author",
    "link",
    "has",
    "robo-over",
    "flame-over",
    "trust",
];

fn conditions(table: &mut Table<'_, '_>) -> Vec<Condition> {
    let mut all = Vec::new();
    all.extend(web_address(table, "feed").map(Condition::Feed));
    all.extend(web_address(table, "person").map(Condition::Person));
    all.extend(host(table, "domain").map(Condition::Domain));
    all.extend(channel(table));
    all.extend(kind(table).map(Condition::Kind));
    all.extend(any(table, &["word"]).map(Condition::Words));
    all.extend(any(table, &["words"]).map(Condition::Words));
    all.extend(any(table, &["title"]).map(Condition::Title));
    all.extend(any(table, &["text"]).map(Condition::Text));
    all.extend(any(table, &["tag"]).map(Condition::Tag));
    all.extend(any(table, &["language"]).map(Condition::Language));
    all.extend(any(table, &["author"]).map(Condition::Author));
    all.extend(place(table, "link").map(Condition::Link));
    all.extend(table.choice("has", &Part::ALL).map(Condition::Has));
    all.extend(score(table, "robo-over").map(Condition::RoboOver));
    all.extend(score(table, "flame-over").map(Condition::FlameOver));
    all.extend(table.choice("trust", &Nearness::ALL).map(Condition::Trust));
    all
}

fn finish(table: &mut Table<'_, '_>, action: Action, conditions: Vec<Condition>) -> Rule {
    let (reason, since, until) = (table.text("reason"), date(table, "since"), date(table, "until"));
    Rule { reason, since, until, ..Rule::new(action, conditions) }
}

fn channel(table: &mut Table<'_, '_>) -> Option<Condition> {
    table.text("channel").map(|name| Condition::Channel(name.trim().to_owned()))
}

fn kind(table: &mut Table<'_, '_>) -> Option<Kind> {
    table.choice("kind", &Kind::POSTS.map(|kind| (kind.name(), kind)))
}

/// Words of which one is enough; none where one of them is empty, since it would meet everything.
fn any(table: &mut Table<'_, '_>, keys: &[&'static str]) -> Option<Vec<String>> {
    let all: Vec<String> = keys.iter().flat_map(|key| words(table, key)).collect();
    (!all.is_empty() && all.iter().all(|word| !word.trim().is_empty())).then_some(all)
}

/// The name of a host, or an address.
fn place(table: &mut Table<'_, '_>, key: &'static str) -> Option<String> {
    let (text, span) = table.spanned_text(key)?;
    let is_address = text.starts_with("https://") || text.starts_with("http://");
    let right = is_domain(&text) && (is_address || !text.contains("://"));
    if !right {
        table.reading.error_with_hint(
            span,
            format!("`{key}` should be the name of a host or a web address, found \"{text}\""),
            format!("write {key} = \"shop.example\" or {key} = \"https://shop.example/sale\""),
        );
    }
    right.then_some(text)
}

fn score(table: &mut Table<'_, '_>, key: &'static str) -> Option<u8> {
    table.count(key, 0..101).and_then(|score| u8::try_from(score).ok())
}

fn search(table: &mut Table<'_, '_>) -> Option<Search> {
    let query = table.text("query").map(|query| query.trim().to_owned());
    let query = query.filter(|query| !query.is_empty());
    if query.is_none() {
        needs(table, "a search needs a `query`", "write what is looked for: query = \"harbour\"");
    }
    let (name, channel) = (table.text("name"), table.text("channel"));
    let query = query?;
    let name = name.filter(|name| !name.trim().is_empty()).unwrap_or_else(|| query.clone());
    Some(Search { name, query, channel })
}

/// A row as it is written.
fn write_row(row: &Row) -> Result<String, Failure> {
    let mut out = String::new();
    let rule = match row {
        Row::Rule(rule) => rule,
        Row::Search(search) => {
            heading(&mut out, "search");
            key(&mut out, "name", &search.name)?;
            key(&mut out, "query", &search.query)?;
            if let Some(name) = &search.channel {
                key(&mut out, "channel", name)?;
            }
            return Ok(out);
        }
    };
    if rule.action == Action::Mute {
        heading(&mut out, "mute");
    } else {
        heading(&mut out, "rule");
        key(&mut out, "action", rule.action.name())?;
    }
    for condition in &rule.conditions {
        write_condition(&mut out, condition)?;
    }
    if let Some(reason) = &rule.reason {
        key(&mut out, "reason", reason)?;
    }
    dates(&mut out, (rule.since, rule.until));
    Ok(out)
}

fn write_condition(out: &mut String, condition: &Condition) -> Result<(), Failure> {
    let mut texts = |one: &str, many: &str, texts: &[String]| match texts {
        [text] => key(out, one, text),
        texts => list(out, many, texts),
    };
    match condition {
        Condition::Words(words) => return texts("word", "words", words),
        Condition::Title(words) => return texts("title", "title", words),
        Condition::Text(words) => return texts("text", "text", words),
        Condition::Tag(tags) => return texts("tag", "tag", tags),
        Condition::Language(languages) => return texts("language", "language", languages),
        Condition::Author(names) => return texts("author", "author", names),
        _ => {}
    }
    match condition {
        Condition::Feed(url) => key(out, "feed", url),
        Condition::Person(url) => key(out, "person", url),
        Condition::Domain(host) => key(out, "domain", host),
        Condition::Channel(name) => key(out, "channel", name),
        Condition::Kind(kind) => key(out, "kind", kind.name()),
        Condition::Link(place) => key(out, "link", place),
        Condition::Has(part) => key(out, "has", part.name()),
        Condition::Trust(nearness) => key(out, "trust", nearness.name()),
        Condition::RoboOver(most) => {
            number(out, "robo-over", usize::from(*most));
            Ok(())
        }
        Condition::FlameOver(most) => {
            number(out, "flame-over", usize::from(*most));
            Ok(())
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site(text: &str) -> tempfile::TempDir {
        let site = tempfile::tempdir().unwrap();
        write_file(&site.path().join(FILE), text.as_bytes(), Over::Existing).unwrap();
        site
    }

    fn text(root: &Path) -> String {
        ROWS.text(root).unwrap()
    }

    fn words(rows: &[Row]) -> Vec<String> {
        let words = |row: &Row| match row {
            Row::Rule(rule) => rule.in_words(),
            Row::Search(search) => search.name.clone(),
        };
        rows.iter().map(words).collect()
    }

    const ALL: &str = "\
[[rule]] # first
action = \"keep\"
person = \"https://www.jule.example/\"
kind = \"photo\"
[[mute]]
word = \"spoiler\"
[[search]]
query = \"harbour\"
[[mute]]
person = \"https://ana.example/\"
until = 2026-05-10
since = 2026-05-03
reason = \"the election\"
[[mute]]
channel = \"News / Far\"
[[rule]]
action = \"drop\"
feed = \"https://robin:word@cleo.example/feed\"
channel = \"\"
words = [\"a\", \"b\", \"c\"]
title = \"t\"
text = \"u\"
tag = [\"x\", \"y\"]
language = \"de\"
author = \"Bot\"
link = \"shop.example\"
has = \"video\"
robo-over = 60
flame-over = 0
trust = \"stranger\"
domain = \"big.example\"
";

    #[test]
    fn rows_are_read_in_the_order_of_the_file() {
        let site = site(ALL);
        let (rows, problems) = readable(site.path()).unwrap();
        assert!(problems.into_iter().next().is_none());
        let last = "Hide what comes with the feed cleo.example/feed and is from big.example and \
            comes in no channel and says “a”, “b” or “c” and says “t” in its title and says “u” in \
            its text and is tagged “x” or “y” and is written in “de” and is by somebody called “Bot” \
            and links to shop.example and has a film and looks like advertising (over 60 of 100) and \
            may attack somebody (over 0 of 100) and is by a stranger";
        assert_eq!(
            words(&rows),
            [
                "Never hide what is by www.jule.example and is a photo",
                "Hide what says “spoiler”",
                "harbour",
                "Hide what is by ana.example",
                "Keep the channel “News / Far” on its own page",
                last,
            ]
        );
    }

    #[test]
    fn every_row_is_written_as_it_is_read() {
        let from = site(ALL);
        let (rows, _) = readable(from.path()).unwrap();
        let empty = tempfile::tempdir().unwrap();
        for row in &rows {
            assert!(put(empty.path(), row).unwrap());
            assert!(!put(empty.path(), row).unwrap());
        }
        assert_eq!(readable(empty.path()).unwrap().0, rows);
        for row in &rows {
            assert!(remove(empty.path(), &row.id()).unwrap());
            assert!(!remove(empty.path(), &row.id()).unwrap());
        }
        assert_eq!(text(empty.path()), "");
    }

    #[test]
    fn a_row_with_another_end_takes_the_place_of_the_one_before() {
        let site = site(
            "# mine\n[[mute]]\nperson = \"https://ana.example/\"\nuntil = 2026-05-10\n# end\n",
        );
        let for_good = Row::Rule(Rule::mute(Condition::Person("https://ana.example/".to_owned())));
        assert!(put(site.path(), &for_good).unwrap());
        assert_eq!(
            text(site.path()),
            "# mine\n# end\n[[mute]]\nperson = \"https://ana.example/\"\n"
        );
    }

    #[test]
    fn what_is_not_right_is_told_with_its_place_and_meets_nothing() {
        for (rows, place) in [
            ("[[mute]]\nreason = \"x\"\n", "1:1"),
            ("[[mute]]\nword = \"x\"\nkind = \"like\"\n", "1:1"),
            ("[[mute]]\nword = \" \"\n", "2:8"),
            ("[[mute]]\nperson = \"ana\"\n", "2:10"),
            ("[[mute]]\nkind = \"likes\"\n", "2:8"),
            ("[[mute]]\ntitle = \"x\"\nword = \"y\"\n", "2:1"),
            ("[[mute]]\nword = \"x\"\nuntil = \"soon\"\n", "3:9"),
            ("[[rule]]\nkind = \"like\"\n", "1:1"),
            ("[[rule]]\naction = \"drop\"\n", "1:1"),
            ("[[rule]]\naction = \"hide\"\nkind = \"like\"\n", "2:10"),
            ("[[rule]]\naction = \"drop\"\nkind = \"like\"\ntitel = \"x\"\n", "4:1"),
            ("[[rule]]\naction = \"drop\"\nrobo-over = 101\nkind = \"like\"\n", "3:13"),
            ("[[rule]]\naction = \"drop\"\nlink = \"com\"\n", "3:8"),
            ("[[search]]\nname = \"x\"\n", "1:1"),
        ] {
            let site = site(&format!("{rows}[[mute]]\nword = \"good\"\n"));
            let (found, problems) = readable(site.path()).unwrap();
            let first = problems.sorted().first().map(|problem| problem.location());
            assert_eq!(first.as_deref(), Some(&*format!("{FILE}:{place}")), "{rows}");
            let good = "Hide what says “good”";
            assert!(words(&found).contains(&good.to_owned()), "{rows}");
            let is_dated = rows.contains("until");
            assert_eq!(found.len(), if is_dated { 2 } else { 1 }, "{rows}");
            // Nothing is written into a file that is not right.
            let row = Row::Rule(Rule::mute(Condition::Domain("x.example".to_owned())));
            assert!(put(site.path(), &row).is_err(), "{rows}");
        }
        assert!(readable(site("[[mute]\n").path()).is_err());
        assert!(readable(tempfile::tempdir().unwrap().path()).unwrap().0.is_empty());
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(48))]
        #[test]
        fn putting_and_taking_out_leaves_the_same_bytes(
            pieces in proptest::collection::vec(0..6_usize, 0..10),
            end in "\n?",
            word in "\\PC{1,8}",
        ) {
            let mut before = String::new();
            for (at, piece) in pieces.iter().enumerate() {
                match piece {
                    0 => before.push_str("# a comment [[mute]]\n"),
                    1 => before.push_str("\r\n  \n"),
                    2 => before.push_str(&format!("[[mute]] # x\ndomain = \"x{at}.example\"\n")),
                    3 => before.push_str(&format!("  [[rule]]\n  action = 'drop'\n  tag = [\"y{at}\",\n 'z' ] # z\n")),
                    4 => before.push_str(&format!("[[mute]]\nword = \"w{at}\"\nreason = '''\n[[a]]'''\n")),
                    _ => before.push_str(&format!("[[search]]\nquery = 'q{at}'\r\n")),
                }
            }
            before.truncate(before.trim_end_matches(['\r', '\n']).len());
            before.push_str(&end);
            let site = site(&before);
            let words = vec![format!("q{word}"), "other".to_owned()];
            let rule = Rule { reason: Some(word.clone()), ..Rule::new(Action::Keep, vec![
                Condition::Kind(Kind::Like),
                Condition::Words(words),
            ]) };
            proptest::prop_assert!(put(site.path(), &Row::Rule(rule.clone())).unwrap());
            proptest::prop_assert!(remove(site.path(), &rule.id()).unwrap());
            proptest::prop_assert_eq!(&text(site.path()), &before);
        }
    }
}
