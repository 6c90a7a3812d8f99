//! The circle of the owner: the public follow lists of those whom they follow, asked for once a week,
//! one after the other, and the graph that comes of them.
//!
//! Who is asked stands in the site folder, private rows included: a page is asked for as a feed is.
//! What is a list is decided by [`crate::formats::follows`], what it means by [`crate::graph`].

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use url::Url;

use crate::error::Failure;
use crate::formats::follows::discover::{Ask, Search};
use crate::formats::follows::{FollowList, Known, Source, read};
use crate::formats::jf2::MentionProperty;
use crate::graph::{Followed, Graph, Material, Person, Row, Said, Xfn};
use crate::mentions::desk::Desk;
use crate::mentions::settle::Next;
use crate::model::Follow;
use crate::moderation::{Moderation, key_of};
use crate::net::{Answer, End, Limits, Login, Request};
use crate::site::following::without_credentials;
use crate::site::{circle, follows, mentions, moderation};
use crate::stamp::Stamp;
use crate::store::{ListAnswer, ListToRead};

/// The work of reading lists.
pub const LISTS: &str = "follow-lists";

const ROLE: &str = "follow list";

const ACCEPT: &str = "text/x-opml, application/xml;q=0.9, text/html;q=0.9, */*;q=0.1";

/// How far one question may go.
const LIMITS: Limits =
    Limits { bytes: 2 * 1024 * 1024, time: Duration::from_secs(15), redirects: 5 };

/// Lists that are read before other work has its turn.
const TOGETHER: usize = 10;

const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(24 * 3_600);

/// How long whoever takes a list has it for themselves.
const TAKEN: Duration = HOUR;

/// How long to rest at most: somebody new may be followed.
const REST: Duration = HOUR;

/// When a list is read again, about.
const WEEK: Duration = Duration::from_secs(7 * 24 * 3_600);

/// When somebody without a list is asked again, about.
const MONTH: Duration = Duration::from_secs(28 * 24 * 3_600);

/// How long a list's place is taken for known.
const PLACE: Duration = Duration::from_secs(60 * 24 * 3_600);

/// Failures in a row after which what was known of a list is forgotten: with the waits between them
/// that is half a year.
const GIVEN_UP: u32 = 9;

/// Reads the lists that are due.
///
/// # Errors
/// Files or a database that fail.
pub async fn read_lists(desk: &Desk, now: Timestamp) -> Result<Next, Failure> {
    let rows = if desk.config.following.circle { follows(&desk.root)? } else { Vec::new() };
    let homes: Vec<String> = rows.iter().map(|row| without_credentials(&row.url)).collect();
    let homes: Vec<&str> = homes.iter().map(String::as_str).collect();
    let (came, gone) = desk.store.keep_circle(&desk.site, &homes, now).await?;
    let mut is_other = came > 0 || gone > 0;
    for _ in 0..TOGETHER {
        let until = after(now, TAKEN);
        let Some(list) = desk.store.take_list(&desk.site, (now, until)).await? else { break };
        read_one(desk, &list, now).await?;
        is_other = true;
    }
    let has_picture = desk.config.following.picture && desk.config.following.circle;
    if has_picture && (is_other || !circle::exists(&desk.root)) {
        let public = graph(desk).await?.public();
        circle::write(&desk.root, &public)?;
    }
    let next = desk.store.next_list(&desk.site).await?;
    let rest = after(now, REST);
    Ok(Next::At(next.map_or(rest, |next| next.clamp(now, rest))))
}

/// What came of asking for a list.
enum Heard {
    /// It is as it was.
    Same,
    /// It has changed, or was found.
    List(Box<(FollowList, Marks)>),
    /// There is none.
    None,
    /// Nobody knows: it could not be had.
    Failed(Duration),
}

/// By what a server knows what it sent.
#[derive(Default)]
struct Marks {
    source: String,
    etag: Option<String>,
    last_modified: Option<String>,
    stamp: Option<String>,
}

async fn read_one(desk: &Desk, list: &ListToRead, now: Timestamp) -> Result<(), Failure> {
    let is_known = list.sought.is_some_and(|sought| after(sought, PLACE) > now);
    let source = list.source.as_deref().filter(|_| is_known);
    let (heard, sought) = match source.and_then(|source| Url::parse(source).ok()) {
        Some(source) => match ask_again(desk, list, &source).await {
            Heard::None => (seek(desk, list).await, Some(now)),
            heard => (heard, list.sought),
        },
        None => (seek(desk, list).await, Some(now)),
    };
    keep(desk, list, (heard, sought), now).await
}

/// Writes down what came of it, and when to ask again.
async fn keep(
    desk: &Desk,
    list: &ListToRead,
    (heard, sought): (Heard, Option<Timestamp>),
    now: Timestamp,
) -> Result<(), Failure> {
    let weekly = after(now, shifted(WEEK, &list.key));
    let same = ListAnswer {
        source: list.source.as_deref(),
        sought,
        read: now,
        etag: list.etag.as_deref(),
        last_modified: list.last_modified.as_deref(),
        stamp: list.stamp.as_deref(),
        rows: None,
        due: weekly,
    };
    let due = after(now, shifted(MONTH, &list.key));
    let none = ListAnswer { source: None, etag: None, last_modified: None, stamp: None, ..same };
    let none = ListAnswer { rows: Some(&[]), due, ..none };
    match heard {
        Heard::Same => desk.store.keep_list(list, &same).await?,
        Heard::None => desk.store.keep_list(list, &none).await?,
        Heard::Failed(_) if list.failures >= GIVEN_UP => desk.store.keep_list(list, &none).await?,
        Heard::Failed(wait) => {
            let wait = wait.max(DAY.saturating_mul(1 << list.failures.min(5)));
            desk.store.put_off_list(list, after(now, shifted(wait, &list.key))).await?;
        }
        Heard::List(found) => {
            let (found, marks) = *found;
            let rows = rows(found);
            let is_same = list.stamp.is_some() && list.stamp == marks.stamp;
            let answer = ListAnswer {
                source: Some(&marks.source),
                etag: marks.etag.as_deref(),
                last_modified: marks.last_modified.as_deref(),
                stamp: marks.stamp.as_deref(),
                rows: Some(&rows).filter(|_| !is_same).map(Vec::as_slice),
                ..same
            };
            desk.store.keep_list(list, &answer).await?;
        }
    }
    Ok(())
}

/// Asks for a list whose place is known.
async fn ask_again(desk: &Desk, list: &ListToRead, source: &Url) -> Heard {
    let marks = [("if-none-match", &list.etag), ("if-modified-since", &list.last_modified)];
    let headers: Vec<(&'static str, &str)> =
        marks.into_iter().filter_map(|(name, mark)| Some((name, mark.as_deref()?))).collect();
    let answer = match get(desk, source, &headers).await {
        Ok(answer) => answer,
        Err(wait) => return Heard::Failed(wait),
    };
    match answer.status {
        304 => return Heard::Same,
        404 | 410 => return Heard::None,
        _ if !answer.is_success() => {
            return Heard::Failed(answer.retry_after().unwrap_or_default());
        }
        _ => {}
    }
    let is_home = key_of(source.as_str()).as_ref() == Some(&list.key);
    let known = if is_home { Known::Home } else { Known::List };
    match read(&source_of(&answer), known) {
        Some(found) => Heard::List(Box::new((found, marks_of(source, &answer)))),
        None => Heard::None,
    }
}

/// Looks for a list, from the home page on.
async fn seek(desk: &Desk, list: &ListToRead) -> Heard {
    let Ok(home) = Url::parse(&list.home) else { return Heard::None };
    let mut search = Search::new(&home);
    let mut last: Option<(Url, Answer)> = None;
    let mut wait = None;
    while let Some(ask) = search.ask() {
        let answer = match get(desk, &ask.url, &[]).await {
            Ok(answer) if answer.is_success() => Some(answer),
            Ok(answer) => {
                wait = wait.or(is_passing(answer.status).then(|| answer.retry_after()));
                None
            }
            Err(held) => {
                wait = wait.or(Some(Some(held)));
                None
            }
        };
        hear(&mut search, &ask, answer.as_ref());
        last = answer.map(|answer| (ask.url, answer)).or(last);
    }
    match (search.end(), wait) {
        (Some(found), _) => {
            // A page that was read before others were asked is asked for in full the next time.
            let marks = last.filter(|(url, _)| *url == found.source).map_or_else(
                || Marks { source: found.source.to_string(), ..Marks::default() },
                |(url, answer)| marks_of(&url, &answer),
            );
            Heard::List(Box::new((found.list, marks)))
        }
        // Where one door did not open, the list may have been behind it.
        (None, Some(wait)) => Heard::Failed(wait.unwrap_or_default()),
        (None, None) => Heard::None,
    }
}

fn hear(search: &mut Search, ask: &Ask, answer: Option<&Answer>) {
    search.hear(ask, answer.map(source_of).as_ref());
}

/// Whether a refusal may be over the next time.
fn is_passing(status: u16) -> bool {
    matches!(status, 429 | 500..=599)
}

async fn get(desk: &Desk, url: &Url, headers: &[(&'static str, &str)]) -> Result<Answer, Duration> {
    let request =
        Request { url, role: ROLE, accept: ACCEPT, headers, login: Login::Nobody, limits: LIMITS };
    match desk.client.get(&request).await {
        Ok(answer) if answer.is_success() && answer.end == End::Broken => Err(Duration::ZERO),
        Ok(answer) => Ok(answer),
        Err(crate::net::NoAnswer::Held(rest)) => Err(rest),
        Err(_) => Err(Duration::ZERO),
    }
}

fn source_of(answer: &Answer) -> Source<'_> {
    Source { url: &answer.url, content_type: answer.header("content-type"), body: &answer.body }
}

fn marks_of(source: &Url, answer: &Answer) -> Marks {
    Marks {
        source: source.to_string(),
        etag: answer.header("etag").map(str::to_owned),
        last_modified: answer.header("last-modified").map(str::to_owned),
        stamp: Some(Stamp::of(&answer.body).to_string()),
    }
}

fn rows(list: FollowList) -> Vec<Row> {
    let row = |row: crate::formats::follows::Followed| Row {
        xfn: Xfn::of(row.rel.iter().map(String::as_str)),
        home: row.home,
        feed: row.feed,
        name: row.name,
    };
    list.rows.into_iter().map(row).collect()
}

fn after(at: Timestamp, time: Duration) -> Timestamp {
    at.checked_add(time).unwrap_or(Timestamp::MAX)
}

/// A time that is somewhat shorter for each, so that not all are asked at once.
fn shifted(time: Duration, key: &str) -> Duration {
    let part = Stamp::of(key.as_bytes()).bytes().first().copied().unwrap_or(0);
    time.saturating_sub((time / 7).saturating_mul(u32::from(part)) / 256)
}

/// The graph of a site, as far as it is known.
///
/// # Errors
/// Files or a database that cannot be read.
pub async fn graph(desk: &Desk) -> Result<Graph, Failure> {
    let lists = desk.store.lists(&desk.site).await?;
    let root = std::sync::Arc::clone(&desk.root);
    let read = move || Ok::<_, Failure>((follows(&root)?, said(&root)?));
    let (rows, said) = tokio::task::spawn_blocking(read)
        .await
        .unwrap_or_else(|error| Err(Failure::run(error.to_string())))?;
    let followed: Vec<Followed> = rows.into_iter().map(of_row).collect();
    let config = &desk.config;
    let me: Vec<&str> = std::iter::once(config.home.home())
        .chain(config.former_urls.iter().map(String::as_str))
        .collect();
    Ok(Graph::of(&Material { me: &me, followed: &followed, lists: &lists, said: &said }))
}

fn of_row(row: Follow) -> Followed {
    Followed {
        xfn: Xfn::of(row.xfn.iter().map(String::as_str)),
        home: without_credentials(&row.url),
        feed: row.feed.as_deref().map(without_credentials),
        name: row.title.or(row.nickname),
        photo: row.photo,
        is_public: row.public,
    }
}

/// Who said that they follow this site, and may be seen.
fn said(root: &Path) -> Result<Vec<Said>, Failure> {
    let files = mentions::read_all(root)?.into_iter().map(|(_, file)| file);
    let follows = files.filter(|file| file.property == MentionProperty::Follow && !file.private);
    let rules = moderation::read(root)?;
    Ok(follows
        .filter(|file| file.author.verified)
        .filter_map(|file| {
            let mention = mentions::shown(file);
            let home = mention.author.url.clone().filter(|_| !rules.hides(&mention))?;
            Some(Said {
                home,
                name: Some(mention.author.name),
                photo: mention.author.photo,
                at: mention.received.map_or(Timestamp::UNIX_EPOCH, |at| at.timestamp()),
                source: mention.source,
            })
        })
        .collect())
}

/// Whom not to suggest: people whom the owner waved away, blocked or muted.
pub struct Refused {
    dismissed: BTreeSet<String>,
    rules: Moderation,
}

impl Refused {
    /// Whom the owner of a site does not want to see.
    ///
    /// # Errors
    /// Files or a database that cannot be read.
    pub async fn read(desk: &Desk, now: Timestamp) -> Result<Self, Failure> {
        let dismissed = desk.store.dismissed(&desk.site).await?;
        // The rules of subscribed lists are among them.
        let rules = desk.knowledge(now).await?.rules.clone();
        Ok(Self { dismissed, rules })
    }

    /// Whether somebody is one of them.
    pub fn is(&self, person: &Person) -> bool {
        self.dismissed.contains(&person.key)
            || self.rules.hides_person(&person.home, person.shown())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn not_all_are_asked_at_the_same_time() {
        let times: BTreeSet<Duration> =
            ["ana.example", "ben.example", "cleo.example"].map(|k| shifted(WEEK, k)).into();
        assert_eq!(times.len(), 3);
        assert!(times.iter().all(|time| *time <= WEEK && *time > WEEK - WEEK / 7));
    }
}
