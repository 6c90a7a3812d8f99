//! Somebody who is followed: who they are, how their feed is, what they wrote, and what the owner
//! says of them.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use axum::{Extension, Form};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::companion::House;
use super::super::sites::Site;
use super::feeds::{self, ask};
use super::item::place;
use super::ties::{Fields, ties};
use super::timeline::{cursor, read_cursor};
use super::words::{SILENT, often};
use super::{Visit, encode};
use crate::error::Failure;
use crate::mentions::random;
use crate::reader::subscribe::Card;
use crate::reader::timeline::{Shown, Source};
use crate::site::following::{self, Ties, without_credentials};
use crate::store::{FeedId, Part, Scope, StoredFeed, Subscription};
use crate::text::excerpt::excerpt;

/// Posts on a page.
const MOST: u16 = 40;

/// Further feeds of theirs that are named.
const OTHERS: u16 = 20;

/// Characters of what they say of themselves.
const LONGEST_NOTE: usize = 300;

/// What an address asks for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    before: String,
    done: String,
}

/// Somebody who is followed.
struct Person {
    subscription: Subscription,
    feed: StoredFeed,
    source: Source,
    card: Card,
}

impl Person {
    async fn of(visit: &Visit, feed: FeedId) -> Result<Option<Self>, Failure> {
        let store = &visit.house.store;
        let Some(subscription) = store.subscription(visit.reader, feed).await? else {
            return Ok(None);
        };
        let sources = store.sources(visit.reader, &[feed]).await?;
        let known = store.feed(feed).await?.zip(sources.first().map(Source::of));
        Ok(known.map(|(feed, source)| {
            let card = Card::read(&subscription.following.card);
            Self { subscription, feed, source, card }
        }))
    }

    /// What the owner says of them.
    fn ties(&self) -> Ties {
        let channel = &self.subscription.following.channel;
        Ties {
            title: self.card.name.clone(),
            channel: Some(channel.clone()).filter(|channel| !channel.is_empty()),
            xfn: self.card.xfn.clone(),
            public: !self.card.is_private,
        }
    }

    fn path(&self) -> String {
        format!("/person/{}", self.feed.id.number())
    }
}

/// What the page says besides.
#[derive(Default)]
struct News {
    said: Value,
    problem: Option<(&'static str, &'static str)>,
    /// What a form said that was not right.
    given: Option<Ties>,
}

pub(super) async fn page(
    State(house): State<Arc<House>>,
    Extension(site): Extension<Arc<Site>>,
    Path(feed): Path<i64>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Response {
    let door = format!("/reader/person/{feed}");
    let visit = match Visit::begin(house, site, &headers, &door).await {
        Ok(visit) => visit,
        Err(response) => return response,
    };
    let person = match Person::of(&visit, FeedId::from_number(feed)).await {
        Ok(Some(person)) => person,
        Ok(None) => return stranger(&visit).await,
        Err(failure) => return visit.broken(&failure),
    };
    let news = News { said: said(&asked.done), ..News::default() };
    let part = read_cursor(&asked.before).map_or(Part::Newest, Part::Before);
    respond(&visit, &person, part, news).await
}

async fn stranger(visit: &Visit) -> Response {
    visit.message("They are not here", "You do not follow them, or not any more.").await
}

async fn respond(visit: &Visit, person: &Person, part: Part, news: News) -> Response {
    let is_refused = news.problem.is_some();
    match keys(visit, person, part, news).await {
        Ok(keys) if is_refused => visit.refused("person", "following", keys).await,
        Ok(keys) => visit.page("person", ("following", None), keys).await,
        Err(failure) => visit.broken(&failure),
    }
}

async fn keys(visit: &Visit, person: &Person, part: Part, news: News) -> Result<Value, Failure> {
    let store = &visit.house.store;
    let Person { source, feed, card, .. } = person;
    let scope = Scope::Feed(feed.id);
    let mut entries = store.entries(visit.reader, scope, part, MOST.saturating_add(1)).await?;
    let has_more = entries.len() > usize::from(MOST);
    entries.truncate(usize::from(MOST));
    let last = entries.last().map(|entry| entry.place).filter(|_| has_more);
    let times: Vec<Timestamp> = entries.iter().map(|entry| entry.place.sorted).collect();
    let shown: Vec<Shown> = entries.into_iter().map(Shown::of).collect();
    let path = visit.path(&person.path());
    let ties = news.given.unwrap_or_else(|| person.ties());
    let note = source.about.note.as_deref().map(|note| excerpt(note, LONGEST_NOTE));
    let mut one = visit.face(&source.name, None, source.photo.as_ref(), None);
    if let Some(all) = one.as_object_mut() {
        let home = source.home.as_ref();
        all.insert("url".to_owned(), home.map(url::Url::as_str).into());
        all.insert("place".to_owned(), home.map(place).into());
        all.insert("note".to_owned(), note.into());
        all.insert("tie".to_owned(), tie(visit, person).into());
    }
    let mut keys = json!({
        "title": source.name,
        "said": news.said,
        "one": one,
        "feed": feed_keys(visit, person, &times).await?,
        "others": others(visit, person).await?,
        "quiet": Value::Null,
        "form": visit.ties_form(&ties, &visit.channels().await?),
        "problem": news.problem.map(|(field, words)| json!({ "field": field, "words": words })),
        "rows": visit.rows(&shown, false).await?,
        "older": last.map(|last| format!("{path}?before={}", cursor(last))),
        "back": path,
    });
    if let (Some(all), Value::Object(more)) = (keys.as_object_mut(), quiet(visit, card)) {
        all.extend(more);
    }
    Ok(keys)
}

/// What is shown of rules about somebody: `quiet` while one hides them, and `today`, without which
/// the page has no form to make one. The rules of the reader are to be asked here.
fn quiet(_visit: &Visit, _card: &Card) -> Value {
    json!({})
}

/// Since when they are followed.
fn tie(visit: &Visit, person: &Person) -> String {
    let zone = &visit.config.time_zone;
    let written = person.card.since.and_then(|day| day.to_zoned(zone.clone()).ok());
    let since = written.map_or(person.subscription.since, |day| day.timestamp());
    let day = visit.on_day(since);
    let day = day.strip_prefix("on ").unwrap_or(&day);
    let alone = if person.card.is_private { ", and nobody else knows" } else { "" };
    format!("You follow them since {day}{alone}")
}

async fn feed_keys(visit: &Visit, person: &Person, posts: &[Timestamp]) -> Result<Value, Failure> {
    let Person { feed, source, card, .. } = person;
    let store = &visit.house.store;
    let is_pushed = store.has_hub(feed.id.number(), visit.now).await?;
    let held = store.held_hosts(visit.now).await?;
    let health = visit.health(feed, is_pushed);
    let (last, next) = visit.last_and_next(feed);
    let format = Some(source.about.format.as_str()).filter(|format| !format.is_empty());
    let words: Vec<String> = format
        .map(str::to_owned)
        .into_iter()
        .chain(per_week(posts, visit.now).map(often))
        .collect();
    let words = if words.is_empty() { "Not read yet".to_owned() } else { words.join(", ") };
    Ok(json!({
        "id": feed.id.number().to_string(),
        "address": address(feed, card),
        "words": words,
        "health": { "state": health.state, "words": health.words },
        "last": last,
        "next": next,
        "wait": visit.wait(feed, &held),
    }))
}

/// The address of a feed, as it may be shown. That of somebody who is followed in private may be a
/// secret as a whole.
fn address(feed: &StoredFeed, card: &Card) -> String {
    let shown = without_credentials(&feed.location);
    let Ok(url) = url::Url::parse(&shown) else { return String::new() };
    if !card.is_private {
        return shown;
    }
    let host = url.host_str().unwrap_or_default();
    format!("{}://{host}/…", url.scheme())
}

/// Posts a week, of those that are shown; none of somebody who has become silent.
fn per_week(posts: &[Timestamp], now: Timestamp) -> Option<f64> {
    const WEEK: f64 = 7.0 * 24.0 * 3_600.0;
    let (last, first) = (posts.first()?, posts.last()?);
    if now.duration_since(*last) > SILENT {
        return None;
    }
    let weeks = last.duration_since(*first).as_secs_f64() / WEEK;
    let gaps = u32::try_from(posts.len().checked_sub(1).filter(|gaps| *gaps > 0)?).ok()?;
    (weeks > 0.0).then(|| f64::from(gaps) / weeks)
}

/// Further feeds of theirs that are followed.
async fn others(visit: &Visit, person: &Person) -> Result<Vec<Value>, Failure> {
    let text = format!("\"home\":{}", json!(person.card.home));
    let store = &visit.house.store;
    let all = store.subscriptions_like(visit.reader, &text, OTHERS).await?;
    let feeds: Vec<FeedId> =
        all.iter().map(|other| other.feed).filter(|feed| *feed != person.feed.id).collect();
    let mut found = Vec::new();
    for stored in store.sources(visit.reader, &feeds).await? {
        let source = Source::of(&stored);
        // What they call it themselves tells one from the other.
        let words = source.about.title.clone().unwrap_or(source.name);
        let path = visit.path(&format!("/person/{}", stored.feed.number()));
        found.push(json!({ "path": path, "words": words }));
    }
    Ok(found)
}

/// What is said after something was done.
fn said(done: &str) -> Value {
    let words = match done {
        "followed" => "You follow them. Their posts come in a moment.",
        "announced" => {
            "You follow them. Your site says so with its next build, and they are told then."
        }
        "unannounced" => "You follow them, but the post that says so could not be written.",
        "hidden" => {
            "You follow them. Their address holds a pass word, so that your site does not say it."
        }
        "known" => "You follow them already.",
        "saved" => "Saved.",
        done => return feeds::said(done),
    };
    json!({ "words": words })
}

/// Does what a button of the page says.
pub(super) async fn act(
    State(house): State<Arc<House>>,
    Extension(site): Extension<Arc<Site>>,
    Path(feed): Path<i64>,
    headers: HeaderMap,
    Form(fields): Form<Vec<(String, String)>>,
) -> Response {
    let fields = Fields(fields);
    let visit = match Visit::begin_form(house, site, &headers, fields.get("csrf")).await {
        Ok(visit) => visit,
        Err(response) => return response,
    };
    let person = match Person::of(&visit, FeedId::from_number(feed)).await {
        Ok(Some(person)) => person,
        Ok(None) => return stranger(&visit).await,
        Err(failure) => return visit.broken(&failure),
    };
    match fields.get("act") {
        "save" => save(&visit, &person, &fields).await,
        "unfollow" => unfollow(&visit, &person).await,
        "refresh" => match ask(&visit, person.feed.id).await {
            Ok(Some(done)) => done_here(&visit, &person, done),
            Ok(None) => stranger(&visit).await,
            Err(failure) => visit.broken(&failure),
        },
        _ => visit.message("Nothing was done", "The page asked for something unknown.").await,
    }
}

fn done_here(visit: &Visit, person: &Person, done: &str) -> Response {
    visit.back(&visit.path(&format!("{}?done={}", person.path(), encode(done))))
}

async fn save(visit: &Visit, person: &Person, fields: &Fields) -> Response {
    let ties = match ties(fields) {
        Ok(ties) => ties,
        Err(problem) => {
            let given = Ties { public: !fields.has("private"), ..person.ties() };
            let news = News { problem: Some(problem), given: Some(given), ..News::default() };
            return respond(visit, person, Part::Newest, news).await;
        }
    };
    let addresses = match visit.house.store.feed_addresses(person.feed.id).await {
        Ok(addresses) => addresses,
        Err(error) => return visit.broken(&error.into()),
    };
    let written = visit.write(move |root| following::change(root, &addresses, &ties)).await;
    match written {
        Ok(0) => visit.gone_from_file().await,
        Ok(_) => done_here(visit, person, "saved"),
        Err(failure) => visit.not_written(&failure).await,
    }
}

async fn unfollow(visit: &Visit, person: &Person) -> Response {
    let addresses = match visit.house.store.feed_addresses(person.feed.id).await {
        Ok(addresses) => addresses,
        Err(error) => return visit.broken(&error.into()),
    };
    let removed = visit.write(move |root| following::remove(root, &addresses)).await;
    let rows = match removed {
        Ok(rows) if rows.is_empty() => return visit.gone_from_file().await,
        Ok(rows) => rows,
        Err(failure) => return visit.not_written(&failure).await,
    };
    match forget(visit, person.feed.id).await {
        Ok(name) => {
            visit.house.finds.keep_removed(&visit.site.id, &name, rows);
            visit.back(&visit.path(&format!("/following?done=unfollowed&undo={name}")))
        }
        Err(failure) => visit.broken(&failure),
    }
}

/// Lets what came by a feed go at once: a file with an entry that is not right is not believed when
/// it only lacks a row. Returns a name for taking it back.
async fn forget(visit: &Visit, feed: FeedId) -> Result<String, Failure> {
    let store = &visit.house.store;
    if store.unfollow(visit.reader, feed).await? {
        store.leave_hubs(feed.number(), visit.now).await?;
    }
    random::name()
}

impl Visit {
    /// The answer where the file does not say any more what the page showed.
    async fn gone_from_file(&self) -> Response {
        let words = "They do not stand in your file of whom you follow, or not any more.";
        self.message("Nothing was done", words).await
    }
}
