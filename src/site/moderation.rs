//! `data/moderation.toml` and its private twin: reading the rules, adding one, taking one out. What
//! the rules mean is known by `moderation`.
//!
//! Adding and taking out change nothing else: comments, order and white space stay as the owner
//! left them.

use std::path::Path;

use super::data::{date, needs, read_toml, web_address};
use super::rows::{RowFile, dates, heading, host, key, list, number, one_of, words};
use super::write::lock;
use super::{Over, write_file};
use crate::error::{Failure, Problems};
use crate::moderation::{
    Action, Approved, Identity, Moderation, Origin, Row, Rule, Subscription, What,
};
use crate::tree::Table;

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

    /// How its rows are found. Where a row stands does not count for its name.
    fn rows(self) -> RowFile {
        RowFile {
            path: self.path(),
            read: |top| drop(rows(top, Self::Public)),
            id: |heading, table| row(heading, table, Self::Public).map(|row| row.id()),
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
    one_of(
        table,
        &["url", "domain", "words", "links"],
        (
            "a rule needs a `url`, a `domain`, `words` or `links`",
            "a rule has one of `url`, `domain`, `words` and `links`",
        ),
        "write url = \"https://…\" for one person, domain = \"spam.example\" for all of a site",
    );
    let url = web_address(table, "url").map(What::Author);
    let domain = host(table, "domain").map(What::Domain);
    let words = Some(words(table, "words")).filter(|words| !words.is_empty()).map(What::Words);
    let links = table.count("links", 0..MOST_LINKS).map(What::Links);
    let (reason, since, until) = (table.text("reason"), date(table, "since"), date(table, "until"));
    let what = url.or(domain).or(words).or(links)?;
    Some(Rule { action, what, reason, since, until, origin: file.origin() })
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
    let rows = file.rows();
    let written = write_row(row)?;
    let Some(new) = rows.with(&rows.text(root)?, &row.id(), &written)? else { return Ok(false) };
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
        let rows = file.rows();
        if let Some(new) = rows.without(&rows.text(root)?, id)? {
            write_file(&root.join(file.path()), new.as_bytes(), Over::Existing)?;
            return Ok(Some(file));
        }
    }
    Ok(None)
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
                What::Words(words) => list(&mut out, "words", words)?,
                What::Links(most) => number(&mut out, "links", *most),
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
        RulesFile::Public.rows().text(root).unwrap()
    }

    #[test]
    fn a_row_goes_alone() {
        let before = "\u{feff}# mine\n[[block]]  # first\nurl = \"https://a.example/\" # why\n\n\
            # about b\n  [[block]]\n  domain = \"b.example\"\n  # inside\n  reason = \"x\"\r\n\
            # after\n[[mute]]\nwords = [\n  \"one\", # a\n  \"two\",\n]\n# end";
        let site = site();
        put(site.path(), before);
        let ids = RulesFile::Public.rows().ids(before).unwrap();
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
    fn a_row_goes_from_between_those_of_other_headings() {
        let site = site();
        put(
            site.path(),
            "[[block]]\ndomain = \"a.example\"\n[[mute]]\ndomain = \"b.example\"\n[[block]]\ndomain = \"c.example\"\n",
        );
        assert!(remove(site.path(), &block("a.example").id()).unwrap().is_some());
        assert_eq!(
            public(site.path()),
            "[[mute]]\ndomain = \"b.example\"\n[[block]]\ndomain = \"c.example\"\n"
        );
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
