//! Whom the owner follows: all of them by channel, a list of another reader taken over, their own
//! handed on, and the channels. The files are the truth; what is changed is changed there.

use std::collections::HashMap;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Form};
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::companion::House;
use super::super::multipart;
use super::super::pages::sentence;
use super::super::sites::Site;
use super::item::place;
use super::ties::{Fields, channel_name, in_words};
use super::{UNSORTED, Visit, encode};
use crate::error::Failure;
use crate::formats::opml;
use crate::model::Follow;
use crate::reader::subscribe::Card;
use crate::reader::timeline::{Source, by_feed};
use crate::site::following::{self, without_credentials};
use crate::store::{FeedId, FeedState, StoredFeed, Subscription};

/// People on a page.
const MOST: usize = 200;

/// Entries of a list that could not be taken and are told of.
const MOST_BAD: usize = 100;

/// What an address asks for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    q: String,
    page: String,
    done: String,
    undo: String,
}

/// What the page says besides.
#[derive(Default)]
struct News {
    said: Value,
    imported: Value,
    problem: Option<(&'static str, String)>,
}

pub(super) async fn list(
    State(house): State<Arc<House>>,
    Extension(site): Extension<Arc<Site>>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Response {
    let visit = match Visit::begin(house, site, &headers, "/reader/following").await {
        Ok(visit) => visit,
        Err(response) => return response,
    };
    let said = said(&visit, &asked);
    respond(&visit, &asked, News { said, ..News::default() }).await
}

async fn respond(visit: &Visit, asked: &Asked, news: News) -> Response {
    let is_refused = news.problem.is_some();
    match keys(visit, asked, news).await {
        Ok(keys) if is_refused => visit.refused("following", "following", keys).await,
        Ok(keys) => visit.page("following", ("following", None), keys).await,
        Err(failure) => visit.broken(&failure),
    }
}

/// Somebody in the list.
struct Person {
    feed: FeedId,
    channel: String,
    name: String,
    card: Card,
}

async fn keys(visit: &Visit, asked: &Asked, news: News) -> Result<Value, Failure> {
    let store = &visit.house.store;
    let channels = visit.channels().await?;
    let people = people(visit, &channels).await?;
    let count = people.len();
    let query = asked.q.trim();
    let found: Vec<Person> = people.into_iter().filter(|person| is_meant(person, query)).collect();
    let page = page_number(&asked.page, found.len(), MOST);
    let shown: Vec<&Person> = found.iter().skip(page.saturating_mul(MOST)).take(MOST).collect();
    let ids: Vec<FeedId> = shown.iter().map(|person| person.feed).collect();
    let sources = by_feed(&store.sources(visit.reader, &ids).await?);
    let feeds = store.some_feeds(&ids).await?;
    let feeds: HashMap<FeedId, &StoredFeed> = feeds.iter().map(|feed| (feed.id, feed)).collect();
    let posts = store.last_posts(visit.reader, &ids).await?;
    let mut groups: Vec<(&str, Vec<Value>)> = Vec::new();
    for person in shown {
        let (source, feed) = (sources.get(&person.feed), feeds.get(&person.feed));
        let words = match posts.get(&person.feed) {
            Some(at) => format!("last post {}", visit.on_day(*at)),
            None => "no post yet".to_owned(),
        };
        let keys = row(visit, person, (source, feed.copied()), words);
        match groups.last_mut() {
            Some((channel, people)) if *channel == person.channel => people.push(keys),
            _ => groups.push((&person.channel, vec![keys])),
        }
    }
    let has_channels = channels.iter().any(|(name, _)| !name.is_empty());
    let group = |(name, people): (&str, Vec<Value>)| {
        let name = if name.is_empty() && has_channels { UNSORTED } else { name };
        json!({ "name": name, "people": people })
    };
    let path = visit.path("/following");
    let search = if query.is_empty() { String::new() } else { format!("q={}&", encode(query)) };
    let (newer, older) = beside(&path, &search, page, found.len().div_ceil(MOST));
    let named: Vec<&str> =
        channels.iter().map(|(name, _)| name.as_str()).filter(|name| !name.is_empty()).collect();
    let channel = |(at, name): (usize, &&str)| {
        let is_last = at.saturating_add(1) == named.len();
        json!({ "value": name, "name": name, "first": at == 0, "last": is_last })
    };
    let bad = visit.site.followed().bad.clone();
    Ok(json!({
        "title": "Following",
        "said": news.said,
        "words": sum(count, query, found.len()),
        "query": query,
        "groups": groups.into_iter().map(group).collect::<Vec<_>>(),
        "newer": newer,
        "older": older,
        "imported": news.imported,
        "bad": bad.iter().map(|(what, why)| json!({ "what": what, "why": sentence(why) })).collect::<Vec<_>>(),
        "channels": named.iter().enumerate().map(channel).collect::<Vec<_>>(),
        "problem": news.problem.map(|(field, words)| json!({ "field": field, "words": words })),
    }))
}

/// Everybody, by channel and name.
async fn people(visit: &Visit, channels: &[(String, bool)]) -> Result<Vec<Person>, Failure> {
    let store = &visit.house.store;
    let mut people: Vec<Person> = Vec::new();
    for Subscription { feed, following, .. } in store.subscriptions(visit.reader).await? {
        let card = Card::read(&following.card);
        let name = card.name.clone().unwrap_or_default();
        people.push(Person { feed, channel: following.channel, name, card });
    }
    // Those whom the owner does not call anything are called as they call themselves.
    let is_nameless = |person: &&Person| person.name.is_empty();
    let nameless: Vec<FeedId> =
        people.iter().filter(is_nameless).map(|person| person.feed).collect();
    if !nameless.is_empty() {
        let sources = by_feed(&store.sources(visit.reader, &nameless).await?);
        for person in people.iter_mut().filter(|person| person.name.is_empty()) {
            person.name =
                sources.get(&person.feed).map(|source| source.name.clone()).unwrap_or_default();
        }
    }
    let places: HashMap<&str, usize> =
        channels.iter().enumerate().map(|(at, (name, _))| (name.as_str(), at)).collect();
    let place = |person: &Person| places.get(person.channel.as_str()).copied();
    people.sort_by_cached_key(|person| (place(person), person.name.to_lowercase(), person.feed));
    Ok(people)
}

/// Whether somebody is meant by what is looked for.
fn is_meant(person: &Person, query: &str) -> bool {
    let query = query.to_lowercase();
    // What only a secret holds is not looked for.
    let home = without_credentials(&person.card.home).to_lowercase();
    person.name.to_lowercase().contains(&query)
        || (!person.card.is_private && home.contains(&query))
        || url::Url::parse(&home).is_ok_and(|home| super::item::place(&home).contains(&query))
}

fn row(
    visit: &Visit,
    person: &Person,
    (source, feed): (Option<&Source>, Option<&StoredFeed>),
    words: String,
) -> Value {
    let photo = source.and_then(|source| source.photo.as_ref());
    let mut row = visit.face(&person.name, None, photo, None);
    let home = source.and_then(|source| source.home.as_ref());
    let health = feed.filter(|feed| matches!(feed.state, FeedState::Failing | FeedState::Gone));
    if let Some(all) = row.as_object_mut() {
        let path = visit.path(&format!("/person/{}", person.feed.number()));
        all.insert("path".to_owned(), path.into());
        all.insert("place".to_owned(), home.map(place).into());
        all.insert("words".to_owned(), words.into());
        all.insert("ties".to_owned(), in_words(&person.card.xfn).into());
        all.insert("private".to_owned(), person.card.is_private.into());
        let health = health.map(|feed| visit.health(feed, false).words);
        all.insert("health".to_owned(), health.into());
    }
    row
}

fn sum(count: usize, query: &str, found: usize) -> String {
    let all = match count {
        0 => return "Nobody yet. Begin with somebody whose words you like.".to_owned(),
        1 => "You follow one person.".to_owned(),
        count => format!("You follow {count} people."),
    };
    match found {
        _ if query.is_empty() => all,
        1 => format!("{all} One of them is shown."),
        found => format!("{all} {found} of them are shown."),
    }
}

/// The number of a page, from nought; one that is not there is the last.
pub(super) fn page_number(text: &str, all: usize, most: usize) -> usize {
    let last = all.div_ceil(most).saturating_sub(1);
    text.parse::<usize>().unwrap_or(1).saturating_sub(1).min(last)
}

/// The addresses of the pages before and after one; `search` is what else they say.
pub(super) fn beside(path: &str, search: &str, page: usize, pages: usize) -> (String, String) {
    let at = |page: usize| format!("{path}?{search}page={}", page.saturating_add(1));
    let newer = page.checked_sub(1).map(at).unwrap_or_default();
    let next = page.saturating_add(1);
    (newer, if next < pages { at(next) } else { String::new() })
}

/// What is said after something was done.
fn said(visit: &Visit, asked: &Asked) -> Value {
    let words = match asked.done.as_str() {
        "added" => "The channel is there.",
        "renamed" => "The channel has its new name.",
        "moved" => "The channels stand in their new order.",
        "removed" => "The channel is gone. Its people are still here.",
        "back" => "You follow them again.",
        "unfollowed" => {
            let known = visit.house.finds.has_removed(&visit.site.id, &asked.undo);
            let fields = json!([{ "name": "undo", "value": asked.undo }]);
            let undo = known.then(|| json!({ "path": visit.path("/following"), "fields": fields }));
            return json!({ "words": "You follow them no more.", "undo": undo });
        }
        _ => return Value::Null,
    };
    json!({ "words": words })
}

/// Follows somebody again who was left a moment ago.
pub(super) async fn undo(
    State(house): State<Arc<House>>,
    Extension(site): Extension<Arc<Site>>,
    headers: HeaderMap,
    Form(fields): Form<Vec<(String, String)>>,
) -> Response {
    let fields = Fields(fields);
    let visit = match Visit::begin_form(house, site, &headers, fields.get("csrf")).await {
        Ok(visit) => visit,
        Err(response) => return response,
    };
    let rows = visit.house.finds.take_removed(&visit.site.id, fields.get("undo"));
    let Some(rows) = rows else {
        let words = "This cannot be taken back any more. Follow them again by their address.";
        return visit.message("Nothing was done", words).await;
    };
    match visit.write(move |root| following::add(root, &rows)).await {
        Ok(_) => visit.back(&visit.path("/following?done=back")),
        Err(failure) => visit.not_written(&failure).await,
    }
}

/// All of it, to take elsewhere. Addresses that hold credentials stay here.
pub(super) async fn export(
    State(house): State<Arc<House>>,
    Extension(site): Extension<Arc<Site>>,
    headers: HeaderMap,
) -> Response {
    let visit = match Visit::begin(house, site, &headers, "/reader/following").await {
        Ok(visit) => visit,
        Err(response) => return response,
    };
    let config = Arc::clone(&visit.config);
    let list = visit.apart(move |root| {
        let (rows, _) = crate::site::readable_follows(root)?;
        Ok(opml::write(&following::list_of(&rows, &config).0))
    });
    match list.await {
        Ok(text) => {
            let headers = [
                (header::CONTENT_TYPE, HeaderValue::from_static("text/x-opml; charset=utf-8")),
                (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
                (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
                (
                    header::CONTENT_DISPOSITION,
                    HeaderValue::from_static("attachment; filename=\"following.opml\""),
                ),
            ];
            (headers, text).into_response()
        }
        Err(failure) => visit.not_written(&failure).await,
    }
}

/// Takes a list of another reader over.
pub(super) async fn import(
    State(house): State<Arc<House>>,
    Extension(site): Extension<Arc<Site>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let parts = multipart::parts(kind.unwrap_or_default(), &body);
    let part = |name: &str| parts.iter().find(|(known, _)| known == name).map(|(_, value)| *value);
    let csrf = String::from_utf8_lossy(part("csrf").unwrap_or_default()).into_owned();
    let visit = match Visit::begin_form(house, site, &headers, &csrf).await {
        Ok(visit) => visit,
        Err(response) => return response,
    };
    let bytes = part("file").unwrap_or_default().to_vec();
    let asked = Asked::default();
    let list = visit.apart(move |_| Ok(opml::read(&bytes))).await;
    let found = match list {
        Ok(Ok(list)) => following::rows_of(&list),
        Ok(Err(error)) => {
            let words = sentence(&format!("this is not read as OPML: {error}"));
            return respond(&visit, &asked, News::problem("file", words)).await;
        }
        Err(failure) => return visit.broken(&failure),
    };
    if found.rows.is_empty() && found.bad.is_empty() {
        let words = "There are no subscriptions in that file.".to_owned();
        return respond(&visit, &asked, News::problem("file", words)).await;
    }
    let rows = found.rows;
    let added = match visit.write(move |root| following::add(root, &rows)).await {
        Ok(added) => added,
        Err(failure) => {
            let news = News::problem("file", visit.why(&failure));
            return respond(&visit, &asked, news).await;
        }
    };
    let bad = |name: &String| {
        let what = if name.is_empty() { "an entry".to_owned() } else { without_credentials(name) };
        json!({ "what": what, "why": "it has no address of the web" })
    };
    let imported = json!({
        "words": imported(&added, found.bad.len()),
        "bad": found.bad.iter().take(MOST_BAD).map(bad).collect::<Vec<_>>(),
    });
    respond(&visit, &asked, News { imported, ..News::default() }).await
}

impl News {
    fn problem(field: &'static str, words: String) -> Self {
        Self { problem: Some((field, words)), ..Self::default() }
    }
}

/// What became of a list.
fn imported(added: &following::Added, bad: usize) -> String {
    let new = added.written.len();
    let all = new.saturating_add(added.known.len()).saturating_add(bad);
    let mut words = match new {
        _ if new == all => format!("All {all} are followed now."),
        1 => format!("One of {all} is followed now."),
        new => format!("{new} of {all} are followed now."),
    };
    match added.known.len() {
        0 => {}
        1 => words.push_str(" One you followed already."),
        known => words.push_str(&format!(" {known} you followed already.")),
    }
    let is_secret = |row: &&Follow| following::has_credentials(row);
    if added.written.iter().any(|row| is_secret(&row)) {
        words.push_str(" Those with a pass word in their address are kept to yourself.");
    }
    if bad > 0 {
        words.push_str(" What could not be:");
    }
    words
}

/// Does something with the channels.
pub(super) async fn channels(
    State(house): State<Arc<House>>,
    Extension(site): Extension<Arc<Site>>,
    headers: HeaderMap,
    Form(fields): Form<Vec<(String, String)>>,
) -> Response {
    let fields = Fields(fields);
    let visit = match Visit::begin_form(house, site, &headers, fields.get("csrf")).await {
        Ok(visit) => visit,
        Err(response) => return response,
    };
    let order = match visit.channels().await {
        Ok(channels) => channels.into_iter().map(|(name, _)| name),
        Err(failure) => return visit.broken(&failure),
    };
    let order: Vec<String> = order.filter(|name| !name.is_empty()).collect();
    let (act, channel) = (fields.get("act"), fields.get("channel").to_owned());
    let name = match act {
        "add" | "rename" => channel_name(fields.get("name")).and_then(|name| {
            let is_other = act == "add" || name != channel;
            if is_other && order.contains(&name) {
                return Err("There is a channel of that name already.");
            }
            Ok(name)
        }),
        _ => Ok(String::new()),
    };
    let name = match name {
        Ok(name) => name,
        Err(words) => {
            let news = News::problem("name", words.to_owned());
            return respond(&visit, &Asked::default(), news).await;
        }
    };
    let Some((change, done)) = change(act, (channel, name), order) else {
        return visit
            .message("Nothing was done", "There is no such channel, or not any more.")
            .await;
    };
    match visit.write(change).await {
        Ok(()) => visit.back(&visit.path(&format!("/following?done={done}"))),
        Err(failure) => visit.not_written(&failure).await,
    }
}

type Change = Box<dyn FnOnce(&std::path::Path) -> Result<(), Failure> + Send>;

/// What a form asks for, and what is said of it then; none if there is no such channel.
fn change(
    act: &str,
    (channel, name): (String, String),
    mut order: Vec<String>,
) -> Option<(Change, &'static str)> {
    if act == "add" {
        order.push(name);
        return Some((Box::new(move |root| following::order_channels(root, &order)), "added"));
    }
    let at = order.iter().position(|known| *known == channel)?;
    match act {
        "rename" => {
            let change = move |root: &std::path::Path| {
                following::rename_channel(root, &channel, Some(&name)).map(drop)
            };
            return Some((Box::new(change), "renamed"));
        }
        "remove" => {
            let change = move |root: &std::path::Path| {
                following::rename_channel(root, &channel, None).map(drop)
            };
            return Some((Box::new(change), "removed"));
        }
        "up" if at > 0 => order.swap(at, at.saturating_sub(1)),
        "down" if at.saturating_add(1) < order.len() => order.swap(at, at.saturating_add(1)),
        _ => return None,
    }
    Some((Box::new(move |root| following::order_channels(root, &order)), "moved"))
}
