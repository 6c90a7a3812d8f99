//! The files under `data/`: follows, people, CV, deleted pages, responses, contexts. The rules of
//! moderation are read beside where they are written.

use std::path::Path;

use jiff::civil::Date;
use url::Url;

use super::following::has_credentials;
use super::load::old_address;
use super::memo::{Memo, NamedFiles, read_files};
use super::{SiteFile, read_file};
use crate::error::{Failure, Problem, Problems, Source};
use crate::formats::jf2::{self, CiteFile, Jf2Error, MentionAuthor, MentionFile};
use crate::model::{Cite, Follow, Mention, Moment, Permalink, Person, Property, parse_moment};
use crate::text::excerpt::excerpt;
use crate::text::html::plain_text;
use crate::text::sanitize::{sanitize, text_to_html};
use crate::tree::{Reading, Table, parse_toml};

/// Characters of the name of somebody else; a longer one is cut.
const LONGEST_NAME: usize = 120;

/// Characters of what is said of a picture.
const LONGEST_ALT: usize = 300;

/// Characters of the title of somebody else's page.
const LONGEST_TITLE: usize = 280;

/// Whom the owner follows.
pub(super) const FOLLOWING: &str = "data/following.toml";

/// Whom the owner follows without telling anybody.
pub(super) const FOLLOWING_PRIVATELY: &str = "data/private/following.toml";

/// The address of a deleted page.
#[derive(Debug, Clone, PartialEq)]
pub struct Gone {
    /// Its path.
    pub permalink: Permalink,
    /// When it was deleted.
    pub when: Option<Moment>,
}

/// A year and perhaps a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ym {
    /// The year.
    pub year: i16,
    /// The month, 1 to 12.
    pub month: Option<i8>,
}

/// A line of a CV: a job or a school.
#[derive(Debug, Clone, Default, PartialEq)]
#[allow(missing_docs, reason = "the fields are the keys of data/cv.toml")]
pub struct CvEntry {
    pub title: String,
    pub org: Option<String>,
    pub url: Option<String>,
    pub start: Option<Ym>,
    pub end: Option<Ym>,
    pub location: Option<String>,
    pub description: Option<String>,
}

/// `data/cv.toml`.
#[derive(Debug, Clone, Default, PartialEq)]
#[allow(missing_docs, reason = "the fields are the keys of data/cv.toml")]
pub struct Cv {
    pub name: Option<String>,
    pub summary: Option<String>,
    pub email: Option<String>,
    pub url: Option<String>,
    pub locality: Option<String>,
    pub phone: Option<String>,
    pub experience: Vec<CvEntry>,
    pub education: Vec<CvEntry>,
    pub skills: Vec<String>,
    pub affiliations: Vec<(String, Option<String>)>,
    pub publications: Vec<(String, Option<String>, Option<String>)>,
    pub languages: Vec<String>,
}

/// Reads a data file; a file that does not exist reads as `None`.
pub(super) fn read_toml<T>(
    root: &Path,
    name: &str,
    problems: &mut Problems,
    read: impl FnOnce(&mut Table<'_, '_>) -> T,
) -> Result<Option<T>, Failure> {
    let path = root.join(name);
    if !path.exists() {
        return Ok(None);
    }
    if path.is_dir() {
        problems.push(Problem::in_file(name, "a file is expected here, found a folder"));
        return Ok(None);
    }
    Ok(toml_of(name, read_file(&path)?, problems, read))
}

/// Reads the bytes of a data file.
fn toml_of<T>(
    name: &str,
    bytes: Vec<u8>,
    problems: &mut Problems,
    read: impl FnOnce(&mut Table<'_, '_>) -> T,
) -> Option<T> {
    let source = match Source::from_bytes(name, bytes) {
        Ok(source) => source,
        Err(problem) => {
            problems.push(*problem);
            return None;
        }
    };
    let node = match parse_toml(&source, 0..source.text.len()) {
        Ok(node) => node,
        Err(found) => {
            problems.extend(found);
            return None;
        }
    };
    let reading = Reading::new(&source);
    let mut top = Table::new(&reading, "", node);
    let value = read(&mut top);
    top.finish();
    problems.extend(reading.finish());
    Some(value)
}

/// `data/following.toml`, with the rows that are marked as not public.
pub(super) fn follows(root: &Path, problems: &mut Problems) -> Result<Vec<Follow>, Failure> {
    let rows = read_toml(root, FOLLOWING, problems, follow_rows)?;
    // A name and pass word in an address are nobody's business.
    let row = |row: Follow| Follow { public: row.public && !has_credentials(&row), ..row };
    Ok(rows.unwrap_or_default().into_iter().map(row).collect())
}

/// Whom the owner follows, those included that are nobody's business.
///
/// # Errors
/// A file that cannot be read, or whose rows are not right.
pub fn public_and_private_follows(root: &Path) -> Result<Vec<Follow>, Failure> {
    let mut problems = Problems::new();
    let mut all = follows(root, &mut problems)?;
    let private = read_toml(root, FOLLOWING_PRIVATELY, &mut problems, private_follow_rows)?;
    // Where they stand says it; they need no key for it.
    let private = private.unwrap_or_default().into_iter();
    all.extend(private.map(|row| Follow { public: false, ..row }));
    if problems.has_errors() { Err(Failure::Problems(problems)) } else { Ok(all) }
}

/// Those rows of whom the owner follows that are right, and what is wrong with the others.
///
/// # Errors
/// A file that cannot be read at all.
pub fn readable_follows(root: &Path) -> Result<(Vec<Follow>, Problems), Failure> {
    let mut problems = Problems::new();
    let mut all = Vec::new();
    type Rows = fn(&mut Table<'_, '_>) -> Vec<Follow>;
    let files: [(&str, bool, Rows); 2] =
        [(FOLLOWING, true, follow_rows), (FOLLOWING_PRIVATELY, false, private_follow_rows)];
    for (name, is_public, read) in files {
        let mut found = Problems::new();
        let rows = read_toml(root, name, &mut found, read)?;
        if rows.is_none() && found.has_errors() {
            return Err(Failure::Problems(found));
        }
        problems.extend(found);
        let row = |row: Follow| Follow {
            public: row.public && is_public && !has_credentials(&row),
            ..row
        };
        all.extend(rows.unwrap_or_default().into_iter().map(row));
    }
    Ok((all, problems))
}

/// The rows of a file of follows, from its bytes.
pub(super) fn follows_of(name: &str, bytes: Vec<u8>, problems: &mut Problems) -> Vec<Follow> {
    let rows = if name == FOLLOWING_PRIVATELY { private_follow_rows } else { follow_rows };
    toml_of(name, bytes, problems, rows).unwrap_or_default()
}

/// The private file also knows the order of channels, which is nobody else's business.
fn private_follow_rows(top: &mut Table<'_, '_>) -> Vec<Follow> {
    top.texts("channels");
    follow_rows(top)
}

fn follow_rows(top: &mut Table<'_, '_>) -> Vec<Follow> {
    top.tables("follow").into_iter().filter_map(follow).collect()
}

fn follow(mut row: Table<'_, '_>) -> Option<Follow> {
    let named = !row.lacks("url");
    let url = web_address(&mut row, "url");
    let follow = Follow {
        url: url.clone().unwrap_or_default(),
        feed: row.text("feed"),
        title: row.text("title"),
        nickname: row.text("nickname"),
        photo: row.text("photo"),
        channel: row.text("channel"),
        xfn: row.texts("xfn").into_iter().map(|(word, _)| word).collect(),
        public: row.flag("public").unwrap_or(true),
        since: date(&mut row, "since"),
        note: row.text("note"),
    };
    if !named {
        needs(&row, "a follow needs a `url`", "name the person's home page: url = \"https://…\"");
    }
    row.finish();
    url.map(|_| follow)
}

/// Notes what a row cannot do without.
pub(super) fn needs(row: &Table<'_, '_>, message: &str, hint: &str) {
    row.reading.error_with_hint(row.span.clone(), message, hint);
}

pub(super) fn web_address(table: &mut Table<'_, '_>, key: &'static str) -> Option<String> {
    let (text, span) = table.spanned_text(key)?;
    let right = Url::parse(&text).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
    if !right {
        table.reading.error_with_hint(
            span,
            format!("`{key}` should be a web address, found \"{text}\""),
            "write it whole: https://…",
        );
    }
    right.then_some(text)
}

pub(super) fn date(table: &mut Table<'_, '_>, key: &'static str) -> Option<Date> {
    let (text, span) = table.spanned_text(key)?;
    let date = text.get(0..10).unwrap_or(&text).parse().ok();
    if date.is_none() {
        table.reading.error_with_hint(
            span,
            format!("`{key}` should be a date, found \"{text}\""),
            "write 2024-05-01",
        );
    }
    date
}

/// `data/people.toml`.
pub(super) fn people(root: &Path, problems: &mut Problems) -> Result<Vec<Person>, Failure> {
    let rows = read_toml(root, "data/people.toml", problems, |top| {
        top.tables("person")
            .into_iter()
            .map(|mut row| {
                let person = Person {
                    name: row.text("name").unwrap_or_default(),
                    url: web_address(&mut row, "url"),
                    photo: row.text("photo"),
                    nickname: row.text("nickname"),
                };
                if person.nickname.is_none() {
                    needs(&row, "a person needs a `nickname`", "write nickname = \"ben\" for @ben");
                }
                row.finish();
                person
            })
            .collect::<Vec<_>>()
    })?;
    Ok(rows.unwrap_or_default())
}

fn moment(row: &mut Table<'_, '_>, key: &'static str) -> Option<Moment> {
    let (text, span) = row.spanned_text(key)?;
    let moment = parse_moment(&text, &jiff::tz::TimeZone::UTC);
    if moment.is_none() {
        row.reading.error_with_hint(
            span,
            format!("`{key}` should be a date, found \"{text}\""),
            "write 2024-05-01 or 2024-05-01T09:30:00+02:00",
        );
    }
    moment
}

/// `data/gone.toml`.
pub(super) fn gone(root: &Path, problems: &mut Problems) -> Result<Vec<Gone>, Failure> {
    let rows = read_toml(root, "data/gone.toml", problems, |top| {
        top.tables("gone")
            .into_iter()
            .filter_map(|mut row| {
                let path = row.text("path");
                let when = moment(&mut row, "when");
                if path.is_none() {
                    needs(&row, "a deleted page needs its `path`", "write path = \"/notes/old/\"");
                }
                row.finish();
                path.map(|path| Gone { permalink: old_address(&path), when })
            })
            .collect::<Vec<_>>()
    })?;
    Ok(rows.unwrap_or_default())
}

/// `data/cv.toml`.
pub(super) fn cv(root: &Path, problems: &mut Problems) -> Result<Option<Cv>, Failure> {
    read_toml(root, "data/cv.toml", problems, |top| {
        let mut cv = Cv {
            name: top.text("name"),
            summary: top.text("summary"),
            skills: top.texts("skills").into_iter().map(|(text, _)| text).collect(),
            languages: top.texts("languages").into_iter().map(|(text, _)| text).collect(),
            experience: top.tables("experience").into_iter().filter_map(cv_entry).collect(),
            education: top.tables("education").into_iter().filter_map(cv_entry).collect(),
            ..Cv::default()
        };
        if let Some(mut contact) = top.table("contact") {
            cv.email = contact.text("email");
            cv.url = contact.text("url");
            cv.locality = contact.text("locality");
            cv.phone = contact.text("phone");
            contact.finish();
        }
        for mut row in top.tables("affiliation") {
            let url = row.text("url");
            if row.lacks("name") {
                needs(&row, "an affiliation needs a `name`", "write name = \"…\"");
            }
            cv.affiliations.extend(row.text("name").map(|name| (name, url)));
            row.finish();
        }
        for mut row in top.tables("publication") {
            let (url, date) = (row.text("url"), row.text("date"));
            if row.lacks("title") {
                needs(&row, "a publication needs a `title`", "write title = \"…\"");
            }
            cv.publications.extend(row.text("title").map(|title| (title, url, date)));
            row.finish();
        }
        cv
    })
}

fn cv_entry(mut row: Table<'_, '_>) -> Option<CvEntry> {
    let title = row.text("title");
    let entry = CvEntry {
        title: title.clone().unwrap_or_default(),
        org: row.text("org"),
        url: row.text("url"),
        start: year_month(&mut row, "start"),
        end: year_month(&mut row, "end"),
        location: row.text("location"),
        description: row.text("description"),
    };
    if title.is_none() {
        needs(
            &row,
            "a line of the CV needs a `title`",
            "name the post or the degree: title = \"…\"",
        );
    }
    row.finish();
    title.map(|_| entry)
}

fn year_month(row: &mut Table<'_, '_>, key: &'static str) -> Option<Ym> {
    let (text, span) = row.spanned_text(key)?;
    let found = parse_year_month(&text);
    if found.is_none() {
        row.reading.error_with_hint(
            span,
            format!("`{key}` should be a year or a month, found \"{text}\""),
            "write 2019 or \"2019-04\"",
        );
    }
    found
}

/// `2019`, `2019-04` or a whole date, whose day is left out.
fn parse_year_month(text: &str) -> Option<Ym> {
    let mut parts = text.split('-');
    let year = parts.next()?.trim().parse().ok()?;
    let month = match parts.next() {
        None => None,
        Some(month) => Some(month.trim().parse().ok().filter(|m| (1..=12).contains(m))?),
    };
    Some(Ym { year, month })
}

/// `data/mentions/**`: the responses, in the order of their file names; none where it is private.
pub(super) fn mentions(
    files: &[SiteFile],
    memo: Memo<Option<Mention>>,
    problems: &mut Problems,
) -> Result<NamedFiles<Option<Mention>>, Failure> {
    json_files(files, memo, problems, |bytes| {
        jf2::read_mention(bytes).map(|mention| (!mention.private).then(|| published(mention)))
    })
}

/// `data/cites/*`: what is known of pages that posts refer to.
pub(super) fn cites(
    files: &[SiteFile],
    memo: Memo<Cite>,
    problems: &mut Problems,
) -> Result<NamedFiles<Cite>, Failure> {
    json_files(files, memo, problems, |bytes| jf2::read_cite(bytes).map(cite))
}

fn json_files<T: Send>(
    files: &[SiteFile],
    memo: Memo<T>,
    problems: &mut Problems,
    read: impl Fn(&[u8]) -> Result<T, Jf2Error> + Sync,
) -> Result<NamedFiles<T>, Failure> {
    let is_json = |file: &&SiteFile| file.name.ends_with(".json");
    let files: Vec<SiteFile> = files.iter().filter(is_json).cloned().collect();
    let found = read_files(&files, memo, |file, bytes, _| {
        let failed = |error: Jf2Error| {
            let at = (error.line, error.column);
            Failure::from(json_problem(&file.name, &bytes, at, &error.message))
        };
        read(&bytes).map_err(failed)
    });
    let mut list = Vec::with_capacity(files.len());
    for (file, result) in files.into_iter().zip(found) {
        match result {
            Ok(remembered) => list.push((file.name, remembered)),
            Err(Failure::Problems(found)) => problems.extend(found),
            Err(failure) => return Err(failure),
        }
    }
    Ok(list)
}

/// A problem at a line and column, counted from 1, of a JSON file.
pub(super) fn json_problem(
    name: &str,
    bytes: &[u8],
    (line, column): (usize, usize),
    message: &str,
) -> Problem {
    let source = Source::new(name, String::from_utf8_lossy(bytes));
    let before = source.text.split_inclusive('\n').take(line.saturating_sub(1));
    let start = before.map(str::len).sum::<usize>().saturating_add(column.saturating_sub(1));
    source
        .problem(start..start.saturating_add(1), message)
        .hint("the file is written by Lanai; restore it from your backup or remove it")
}

fn host_of(address: &str) -> String {
    Url::parse(address).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default()
}

/// A response as it is shown: text sanitised, address and name made certain (MF-M-08, MF-A-05).
pub(super) fn published(file: MentionFile) -> Mention {
    let own_address = file.url.clone().filter(|url| host_of(url) == host_of(&file.source));
    let url = own_address.unwrap_or_else(|| file.source.clone());
    let content = match (&file.content_html, &file.content_text) {
        (Some(html), _) => sanitize(html),
        (None, Some(text)) => text_to_html(text),
        (None, None) => file.summary.as_deref().map(text_to_html).unwrap_or_default(),
    };
    let text = plain_text(&content);
    Mention {
        author: author(&file.author, &file.source),
        verified: file.author.verified,
        property: Property::from_name(file.property.name()),
        published: file.published,
        received: file.received,
        // A name that only repeats the text is no title (MF-I-07).
        name: file
            .name
            .filter(|name| !repeats(name, &text))
            .map(|name| excerpt(&name, LONGEST_TITLE)),
        content,
        text,
        rsvp: file.rsvp,
        in_reply_to: file.in_reply_to,
        syndication: file.syndication,
        // As with faces: no page loads anything from others.
        photos: file
            .photos
            .into_iter()
            .filter(|photo| !photo.url.contains("://"))
            .map(|photo| (photo.url, excerpt(&photo.alt, LONGEST_ALT)))
            .collect(),
        children: file.children.into_iter().filter(|child| !child.private).map(published).collect(),
        source: file.source,
        target: file.target,
        url,
    }
}

fn repeats(name: &str, text: &str) -> bool {
    let squeeze = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let name = squeeze(name);
    let name = name.trim_end_matches(['…', '.']);
    squeeze(text).starts_with(name)
}

fn author(author: &MentionAuthor, source: &str) -> Person {
    let name = author.name.clone().filter(|name| !name.trim().is_empty());
    let url = author.url.clone();
    let name = name.unwrap_or_else(|| host_of(url.as_deref().unwrap_or(source)));
    Person {
        name: excerpt(&name, LONGEST_NAME),
        url,
        // Only faces that lie in the site folder are shown: no page loads anything from others.
        photo: author.photo.clone().filter(|photo| !photo.contains("://")),
        nickname: None,
    }
}

fn cite(file: CiteFile) -> Cite {
    let content = file
        .content_text
        .or(file.summary)
        .or_else(|| file.content_html.map(|html| plain_text(&sanitize(&html))));
    let known = file.author.name.is_some() || file.author.url.is_some();
    Cite {
        author: known.then(|| author(&file.author, &file.url)),
        url: file.url,
        name: file.name,
        content,
        published: file.published.map(|at| at.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()),
    }
}
