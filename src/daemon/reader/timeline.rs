//! The timeline: all that has come, a channel of it, what the owner keeps, and what rules hide. What
//! is done with a post there, and word of what comes meanwhile.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Form};
use futures_util::stream;
use jiff::civil::Date;
use jiff::{Span, Timestamp, ToSpan};
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::companion::House;
use super::super::sites::Site;
use super::item::How;
use super::{UNSORTED, Visit, encode};
use crate::error::Failure;
use crate::reader::context::Cite;
use crate::reader::merge::hash;
use crate::reader::timeline::{Brief, Row, Shown, by_feed, rows};
use crate::store::{FeedId, ItemId, Part, Place, Scope, StoredEntry};

/// Posts on a page.
const MOST: u16 = 40;

/// How long a line for news stays open; browsers open it again.
const LINE: Duration = Duration::from_secs(10 * 60);

/// Which part of a timeline is asked for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    before: Option<String>,
    after: Option<String>,
}

impl Asked {
    fn part(&self) -> Part {
        let before = self.before.as_deref().and_then(read_cursor).map(Part::Before);
        let after = || self.after.as_deref().and_then(read_cursor).map(Part::After);
        before.or_else(after).unwrap_or(Part::Newest)
    }
}

/// A place in a timeline, as addresses and forms name it.
pub(super) fn cursor(place: Place) -> String {
    format!("{}.{}", place.sorted.as_millisecond(), place.item.number())
}

pub(super) fn read_cursor(text: &str) -> Option<Place> {
    let (sorted, item) = text.split_once('.')?;
    let sorted = Timestamp::from_millisecond(sorted.parse().ok()?).ok()?;
    Some(Place { sorted, item: ItemId::from_number(item.parse().ok()?) })
}

/// A page of a timeline.
pub(super) struct Timeline<'t> {
    pub(super) scope: Scope<'t>,
    pub(super) title: String,
    pub(super) here: &'static str,
    pub(super) path: String,
}

pub(super) async fn all(
    State(house): State<Arc<House>>,
    Extension(site): Extension<Arc<Site>>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Response {
    let of = |visit: &Visit| Timeline {
        scope: Scope::All,
        title: "Everything".to_owned(),
        here: "read",
        path: visit.path(""),
    };
    respond((house, site), (&headers, "/reader"), &asked, of).await
}

pub(super) async fn unsorted(
    State(house): State<Arc<House>>,
    Extension(site): Extension<Arc<Site>>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Response {
    let of = |visit: &Visit| Timeline {
        scope: Scope::Channel(""),
        title: UNSORTED.to_owned(),
        here: "read",
        path: visit.channel_path(""),
    };
    respond((house, site), (&headers, "/reader"), &asked, of).await
}

pub(super) async fn channel(
    State(house): State<Arc<House>>,
    Extension(site): Extension<Arc<Site>>,
    Path(name): Path<String>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Response {
    let of = |visit: &Visit| Timeline {
        scope: Scope::Channel(&name),
        title: name.clone(),
        here: "read",
        path: visit.channel_path(&name),
    };
    respond((house, site), (&headers, "/reader"), &asked, of).await
}

pub(super) async fn kept(
    State(house): State<Arc<House>>,
    Extension(site): Extension<Arc<Site>>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Response {
    let of = |visit: &Visit| Timeline {
        scope: Scope::Kept,
        title: "Kept".to_owned(),
        here: "kept",
        path: visit.path("/kept"),
    };
    respond((house, site), (&headers, "/reader/kept"), &asked, of).await
}

pub(super) async fn hidden(
    State(house): State<Arc<House>>,
    Extension(site): Extension<Arc<Site>>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Response {
    let of = |visit: &Visit| Timeline {
        scope: Scope::Hidden,
        title: "Hidden".to_owned(),
        here: "rules",
        path: visit.path("/hidden"),
    };
    respond((house, site), (&headers, "/reader/hidden"), &asked, of).await
}

async fn respond<'t>(
    (house, site): (Arc<House>, Arc<Site>),
    (headers, door): (&HeaderMap, &str),
    asked: &Asked,
    of: impl FnOnce(&Visit) -> Timeline<'t>,
) -> Response {
    let visit = match Visit::begin(house, site, headers, door).await {
        Ok(visit) => visit,
        Err(response) => return response,
    };
    let timeline = of(&visit);
    let channel = match timeline.scope {
        Scope::Channel(name) => Some(name),
        _ => None,
    };
    match keys(&visit, &timeline, asked.part()).await {
        Ok(keys) => visit.page("timeline", (timeline.here, channel), keys).await,
        Err(failure) => visit.broken(&failure),
    }
}

/// What stands on a page of a timeline.
async fn keys(visit: &Visit, timeline: &Timeline<'_>, part: Part) -> Result<Value, Failure> {
    let store = &visit.house.store;
    let last = store.last_entry(visit.reader).await?;
    let quiet = visit.quiet_channels(timeline.scope).await;
    let mut entries = visit.entries((timeline.scope, &quiet), part, MOST + 1).await?;
    let has_more = entries.len() > usize::from(MOST);
    entries.truncate(usize::from(MOST));
    if matches!(part, Part::After(_)) {
        entries.reverse();
    }
    let is_first = part == Part::Newest;
    let (has_newer, has_older) = match part {
        Part::Newest => (false, has_more),
        Part::Before(_) => (true, has_more),
        Part::After(_) => (has_more, true),
    };
    let first_and_last = entries.first().zip(entries.last()).map(|(a, b)| (a.place, b.place));
    let reads = matches!(timeline.scope, Scope::All | Scope::Channel(_));
    let is_caught_up =
        reads && is_caught_up(visit, (timeline.scope, &quiet), first_and_last).await?;
    let has_new = reads && entries.iter().any(|entry| !entry.is_read);
    let shown: Vec<Shown> = entries.into_iter().map(Shown::of).collect();
    let rows = visit.rows(&shown, is_caught_up).await?;
    let mark = first_and_last.zip(last).filter(|_| has_new).map(|((first, end), seen)| {
        json!({
            "channel": channel_word(timeline.scope),
            "upto": format!("{}.{}", cursor(first), seen.number()),
            "since": (!is_caught_up).then(|| cursor(end)),
            "words": if is_caught_up { "Mark all above as read" } else { "Mark these as read" },
        })
    });
    let beside = |key: &str, place: Option<Place>, is_there: bool| {
        let place = place.filter(|_| is_there);
        place.map(|place| format!("{}?{key}={}", timeline.path, cursor(place)))
    };
    let events = last.filter(|_| is_first && reads).map(|last| {
        let channel = channel_word(timeline.scope);
        let after = last.number();
        visit.path(&format!("/events?channel={}&after={after}", encode(&channel)))
    });
    Ok(json!({
        "title": timeline.title,
        "empty": if rows.is_empty() { empty(visit, timeline.scope).await? } else { Value::Null },
        "marked": is_caught_up && !rows.is_empty(),
        "rows": rows,
        "back": timeline.path,
        "events": events.unwrap_or_default(),
        "mark": mark,
        "newer": beside("after", first_and_last.map(|(first, _)| first), has_newer).unwrap_or_default(),
        "older": beside("before", first_and_last.map(|(_, end)| end), has_older).unwrap_or_default(),
    }))
}

/// Whether nothing older than a page is unread.
async fn is_caught_up(
    visit: &Visit,
    (scope, quiet): (Scope<'_>, &[String]),
    first_and_last: Option<(Place, Place)>,
) -> Result<bool, Failure> {
    let Some((_, end)) = first_and_last else { return Ok(true) };
    let unread = match scope {
        Scope::Channel(name) => Scope::UnreadIn(name),
        _ => Scope::Unread,
    };
    let older = visit.entries((unread, quiet), Part::Before(end), 1).await?;
    Ok(older.is_empty())
}

/// A scope as forms name it: all of it is a star, which no channel is called.
fn channel_word(scope: Scope<'_>) -> String {
    match scope {
        Scope::Channel(name) => format!("={name}"),
        _ => "*".to_owned(),
    }
}

fn read_channel(word: &str) -> Option<&str> {
    word.strip_prefix('=')
}

/// What stands where no post does.
async fn empty(visit: &Visit, scope: Scope<'_>) -> Result<Value, Failure> {
    let follows = !visit.house.store.channels(visit.reader).await?.is_empty();
    Ok(match scope {
        Scope::Kept => json!({ "state": "caught-up", "words": "You have kept nothing yet." }),
        Scope::Hidden => json!({ "state": "caught-up", "words": "Nothing is hidden." }),
        _ if follows => json!({
            "state": "caught-up",
            "words": "Nothing has come yet. New posts stand here as they come.",
        }),
        _ => json!({
            "state": "first",
            "words": "You follow nobody yet. Paste the address of somebody whose words you like.",
            "link": { "path": visit.path("/follow"), "text": "Follow somebody" },
        }),
    })
}

impl Visit {
    /// Channels that rules keep on their own pages, where all is asked for.
    async fn quiet_channels(&self, scope: Scope<'_>) -> Vec<String> {
        let rules = self.house.reading.hiding.rules(self.reader, self.now).await;
        match rules.filter(|_| scope == Scope::All) {
            Some((rules, today)) => {
                rules.quiet_channels(today).into_iter().map(str::to_owned).collect()
            }
            None => Vec::new(),
        }
    }

    /// A part of a timeline without some channels.
    async fn entries(
        &self,
        (scope, quiet): (Scope<'_>, &[String]),
        part: Part,
        most: u16,
    ) -> Result<Vec<StoredEntry>, Failure> {
        let store = &self.house.store;
        Ok(match scope {
            Scope::All | Scope::Unread if !quiet.is_empty() => {
                let quiet: Vec<&str> = quiet.iter().map(String::as_str).collect();
                let which = (quiet.as_slice(), scope == Scope::Unread);
                store.entries_outside(self.reader, which, part, most).await?
            }
            scope => store.entries(self.reader, scope, part, most).await?,
        })
    }

    /// Posts, the latest first, as the rows of a page.
    pub(super) async fn rows(
        &self,
        shown: &[Shown],
        is_caught_up: bool,
    ) -> Result<Vec<Value>, Failure> {
        let zone = &self.config.time_zone;
        let day = |shown: &Shown| shown.stored.place.sorted.to_zoned(zone.clone()).date();
        let briefs: Vec<Brief> = shown.iter().map(|one| Brief::of(one, day(one))).collect();
        let others = self.cited(shown).await?;
        let all = shown.iter().chain(others.values());
        let mut feeds: Vec<FeedId> = all.map(|one| one.stored.feed).collect();
        feeds.sort_unstable();
        feeds.dedup();
        let sources = by_feed(&self.house.store.sources(self.reader, &feeds).await?);
        let cites = self.contexts(shown.iter()).await?;
        let how = How { sources: &sources, others: &others, cites: &cites, is_whole: false };
        let item = |at: &usize| shown.get(*at).map(|one| self.item(one, &how));
        let name = |at: &usize| {
            let feed = shown.get(*at)?.stored.feed;
            sources.get(&feed).map(|source| source.name.clone())
        };
        let items = |places: &[usize]| places.iter().filter_map(item).collect::<Vec<Value>>();
        let row = |row: &Row| match row {
            Row::Day(day) => json!({ "sort": "day", "words": self.day(*day) }),
            Row::One(at) => json!({ "sort": "item", "item": item(at) }),
            Row::Run(places) => {
                let who = places.first().and_then(name).unwrap_or_default();
                let words = format!("{who} wrote {} more", places.len());
                json!({ "sort": "run", "words": words, "items": items(places) })
            }
            Row::Talk(places) => {
                let mut names: Vec<String> = Vec::new();
                for name in places.iter().filter_map(name) {
                    if !names.contains(&name) {
                        names.push(name);
                    }
                }
                json!({ "sort": "talk", "words": listed(&names), "items": items(places) })
            }
            Row::CaughtUp => json!({ "sort": "caught-up" }),
        };
        Ok(rows(&briefs, is_caught_up).iter().map(row).collect())
    }

    /// What posts answer or share, as far as it is here.
    async fn cited(&self, shown: &[Shown]) -> Result<HashMap<i64, Shown>, Failure> {
        let pages = about(shown.iter());
        if pages.is_empty() {
            return Ok(HashMap::new());
        }
        let found = self.house.store.entries_at(self.reader, &pages, 100).await?;
        let found = found.into_iter().map(Shown::of);
        Ok(found.filter_map(|one| Some((one.page()?, one))).collect())
    }

    /// What posts answer or share, as it was found elsewhere.
    pub(super) async fn contexts(
        &self,
        shown: impl Iterator<Item = &Shown>,
    ) -> Result<HashMap<i64, Cite>, Failure> {
        let pages = about(shown);
        if pages.is_empty() {
            return Ok(HashMap::new());
        }
        let found = self.house.store.cites(&pages).await?;
        Ok(found.iter().map(|(page, body)| (*page, Cite::read(body))).collect())
    }

    /// The day that is so far ahead.
    fn day_after(&self, time: Span) -> Option<Date> {
        let today = self.now.to_zoned(self.config.time_zone.clone()).date();
        today.checked_add(time).ok()
    }

    /// A day, as people say it.
    pub(super) fn day(&self, day: Date) -> String {
        let today = self.now.to_zoned(self.config.time_zone.clone()).date();
        if day == today {
            return "Today".to_owned();
        }
        if today.yesterday().is_ok_and(|yesterday| day == yesterday) {
            return "Yesterday".to_owned();
        }
        let format = if day.year() == today.year() { "%A, %-d %B" } else { "%A, %-d %B %Y" };
        day.strftime(format).to_string()
    }
}

/// The pages that posts are about, by the hashes of their addresses.
fn about<'s>(shown: impl Iterator<Item = &'s Shown>) -> Vec<i64> {
    let pages = shown.flat_map(|one| {
        let entry = &one.entry;
        let all = [&entry.in_reply_to, &entry.repost_of, &entry.like_of, &entry.bookmark_of];
        all.into_iter().flatten().chain(&entry.about)
    });
    pages.map(|url| hash(url.as_str())).collect()
}

/// Names as a sentence lists them.
fn listed(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [all @ .., last] => format!("{} and {last}", all.join(", ")),
    }
}

/// What a form says that is about one post.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Given {
    csrf: String,
    id: i64,
    back: String,
    act: String,
}

/// Does something with one post.
pub(super) async fn act(
    State(house): State<Arc<House>>,
    Extension(site): Extension<Arc<Site>>,
    headers: HeaderMap,
    Form(given): Form<Given>,
) -> Response {
    let visit = match Visit::begin_form(house, site, &headers, &given.csrf).await {
        Ok(visit) => visit,
        Err(response) => return response,
    };
    let item = ItemId::from_number(given.id);
    let store = &visit.house.store;
    let done: Result<bool, Failure> = match given.act.as_str() {
        "read" | "unread" => {
            let is_read = given.act == "read";
            store.mark(visit.reader, &[item], is_read).await.map(|c| c > 0).map_err(Into::into)
        }
        "keep" | "unkeep" => {
            store.keep_entry(visit.reader, item, given.act == "keep").await.map_err(Into::into)
        }
        "snooze-day" => visit.hide_person(item, visit.day_after(1.day())).await,
        "snooze-week" => visit.hide_person(item, visit.day_after(1.week())).await,
        "snooze-month" => visit.hide_person(item, visit.day_after(1.month())).await,
        "mute-person" => visit.hide_person(item, None).await,
        _ => Ok(false),
    };
    match done {
        // A script asks for no page.
        Ok(true) if wants_words(&headers) => StatusCode::NO_CONTENT.into_response(),
        Ok(true) => visit.back(&given.back),
        Ok(false) => {
            visit
                .message("Nothing was done", "This post is not in your reader, or not any more.")
                .await
        }
        Err(failure) => visit.broken(&failure),
    }
}

fn wants_words(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok());
    accept.is_some_and(|accept| accept.starts_with("text/plain"))
}

/// What a form says that marks posts as read.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Marked {
    csrf: String,
    back: String,
    channel: String,
    upto: String,
    since: Option<String>,
}

/// Marks posts as read, as far as whoever asks has seen them.
pub(super) async fn read(
    State(house): State<Arc<House>>,
    Extension(site): Extension<Arc<Site>>,
    headers: HeaderMap,
    Form(given): Form<Marked>,
) -> Response {
    let visit = match Visit::begin_form(house, site, &headers, &given.csrf).await {
        Ok(visit) => visit,
        Err(response) => return response,
    };
    let place = given.upto.rsplit_once('.').and_then(|(place, seen)| {
        Some((read_cursor(place)?, ItemId::from_number(seen.parse().ok()?)))
    });
    let Some((from, seen)) = place else { return visit.back(&given.back) };
    let to = given.since.as_deref().and_then(read_cursor);
    let channel = read_channel(&given.channel);
    let marked = visit.house.store.mark_from(visit.reader, channel, (from, to), seen).await;
    match marked {
        Ok(()) => visit.back(&given.back),
        Err(error) => visit.broken(&error.into()),
    }
}

/// What a line for news is about.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct News {
    channel: String,
    after: i64,
}

/// Says how much has come since, whenever something does.
pub(super) async fn events(
    State(house): State<Arc<House>>,
    Extension(site): Extension<Arc<Site>>,
    Query(asked): Query<News>,
    headers: HeaderMap,
) -> Response {
    let visit = match Visit::begin(house, site, &headers, "/reader").await {
        Ok(visit) => visit,
        // A browser would follow a redirect, and ask the door again and again.
        Err(_) => return StatusCode::NO_CONTENT.into_response(),
    };
    let news = visit.house.reading.news.subscribe();
    let end = tokio::time::Instant::now() + LINE;
    let stream =
        stream::unfold((visit, news, asked, 0), move |(visit, mut news, asked, told)| async move {
            loop {
                let channel = read_channel(&asked.channel);
                let after = ItemId::from_number(asked.after);
                let count =
                    visit.house.store.count_newer(visit.reader, after, channel).await.ok()?;
                if count != told {
                    let event = Event::default().data(json!({ "count": count }).to_string());
                    return Some((Ok::<_, Infallible>(event), (visit, news, asked, count)));
                }
                let heard = tokio::time::timeout_at(end, news.changed()).await;
                // The time is over, or the daemon stops.
                if !matches!(heard, Ok(Ok(()))) || visit.house.reading.is_closed() {
                    return None;
                }
            }
        });
    Sse::new(stream).keep_alive(KeepAlive::new().interval(Duration::from_secs(25))).into_response()
}
