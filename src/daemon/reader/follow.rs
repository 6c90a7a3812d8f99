//! Following somebody: who lives at an address, and which of their feeds to read. Looking is
//! `discover`'s work; the row is written like that of `lanai follow`.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use axum::{Extension, Form};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use super::super::companion::House;
use super::super::sites::Site;
use super::item::place;
use super::ties::{Fields, ties};
use super::words::{SILENT, count, often};
use super::{Visit, encode};
use crate::error::Failure;
use crate::model::Follow;
use crate::reader::discover::{Choice, Found, discover, shown};
use crate::site::announce;
use crate::site::following::{self, Ties, without_credentials};

/// How long looking may take: a browser waits.
const LONGEST: Duration = Duration::from_secs(25);

/// What an address asks for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    url: String,
}

/// What a form says, to be shown once more.
#[derive(Default)]
struct Filled {
    ties: Ties,
    feeds: Vec<String>,
    announce: bool,
}

pub(super) async fn look(
    State(house): State<Arc<House>>,
    Extension(site): Extension<Arc<Site>>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Response {
    let visit = match Visit::begin(house, site, &headers, "/reader/follow").await {
        Ok(visit) => visit,
        Err(response) => return response,
    };
    let form = Filled { ties: Ties { public: true, ..Ties::default() }, ..Filled::default() };
    if asked.url.trim().is_empty() {
        return respond(&visit, "", Ok(None), form).await;
    }
    let found = find(&visit, asked.url.trim()).await;
    respond(&visit, &asked.url, found.map(Some), form).await
}

/// Who lives at an address; or why nobody was found, in words.
async fn find(visit: &Visit, address: &str) -> Result<Found, String> {
    let look = discover(&visit.site.client, address, visit.now);
    let found = match tokio::time::timeout(LONGEST, look).await {
        Ok(Ok(found)) => found,
        Ok(Err(failure)) => return Err(visit.why(&failure)),
        Err(_) => return Err("They took too long to answer. Try again later.".to_owned()),
    };
    visit.house.finds.keep(&visit.site.id, &name(address), found.clone(), visit.now);
    Ok(found)
}

/// What somebody typed, as pages show it and as it is remembered.
fn name(address: &str) -> String {
    without_credentials(address.trim())
}

async fn respond(
    visit: &Visit,
    url: &str,
    found: Result<Option<Found>, String>,
    form: Filled,
) -> Response {
    let (found, problem) = match found {
        Ok(found) => (found, None),
        Err(words) => (None, Some(words)),
    };
    answer(visit, url, (found, problem), form).await
}

async fn answer(
    visit: &Visit,
    url: &str,
    (found, problem): (Option<Found>, Option<String>),
    form: Filled,
) -> Response {
    let keys = async {
        let found = match &found {
            Some(found) => card(visit, found, &form).await?,
            None => Value::Null,
        };
        let mut fields = visit.ties_form(&form.ties, &visit.channels().await?);
        if let Some(all) = fields.as_object_mut() {
            all.insert("announce".to_owned(), form.announce.into());
        }
        Ok::<_, Failure>(json!({
            "title": "Follow somebody",
            "url": name(url),
            "problem": problem,
            "found": found,
            "form": fields,
        }))
    };
    match keys.await {
        Ok(keys) if problem.is_some() => visit.refused("follow", "following", keys).await,
        Ok(keys) => visit.page("follow", ("following", None), keys).await,
        Err(failure) => visit.broken(&failure),
    }
}

/// Somebody who was found.
async fn card(visit: &Visit, found: &Found, form: &Filled) -> Result<Value, Failure> {
    let mut known = None;
    let mut new: Vec<&Choice> = Vec::new();
    for choice in &found.choices {
        match visit.house.store.followed_at(visit.reader, choice.url.as_str()).await? {
            Some(feed) => known = known.or(Some(feed)),
            None => new.push(choice),
        }
    }
    let best = found.choices.first();
    let page = found.page.as_ref().or(best.map(|choice| &choice.url));
    let page = page.map(shown).unwrap_or_default();
    let place = Url::parse(&page).map(|page| place(&page)).unwrap_or_default();
    let name = found.name.as_deref().unwrap_or(&place);
    let feed = |(at, choice): (usize, &&Choice)| {
        let value = shown(&choice.url);
        let is_on = form.feeds.contains(&value) || (form.feeds.is_empty() && at == 0);
        let posts = match choice.posts {
            1 => "one post".to_owned(),
            posts => format!("{} posts", count(posts)),
        };
        let title = choice.title.as_deref().or(found.name.as_deref()).unwrap_or(&value);
        json!({
            "title": title,
            "words": format!("{}, {posts}", choice.format),
            "on": is_on,
            "value": value,
        })
    };
    let latest = best.map(|choice| choice.latest.as_slice()).unwrap_or_default();
    let latest: Vec<Value> = latest
        .iter()
        .filter(|post| post.title.is_some() || !post.text.is_empty())
        .map(|post| {
            let at = post.at.map(|at| visit.day_and_hour(at));
            json!({ "title": post.title, "text": post.text, "at": at })
        })
        .collect();
    let broken = found.broken.iter().map(|(url, why)| format!("{}: {why}.", shown(url)));
    let mut card = visit.face(name, None, found.photo.as_ref(), None);
    if let Some(all) = card.as_object_mut() {
        let known = known.map(|feed| visit.path(&format!("/person/{}", feed.number())));
        let keys = json!({
            "url": page,
            "place": place,
            "note": found.note,
            "words": best.map(|choice| summary(visit, choice)),
            "feeds": new.iter().enumerate().map(feed).collect::<Vec<_>>(),
            "broken": broken.collect::<Vec<_>>(),
            "latest": latest,
            "known": known,
        });
        if let Value::Object(keys) = keys {
            all.extend(keys);
        }
    }
    Ok(card)
}

/// When somebody posted last, and how often they do.
fn summary(visit: &Visit, choice: &Choice) -> String {
    let last = choice.last.map(|at| format!("Last post {}", visit.on_day(at)));
    let is_active = choice.last.is_some_and(|at| visit.now.duration_since(at) < SILENT);
    match (last, choice.per_week.filter(|_| is_active).map(often)) {
        (Some(last), Some(often)) => format!("{last}, {often}"),
        (Some(last), None) => last,
        (None, _) if choice.posts == 0 => "No post yet".to_owned(),
        (None, _) => "They do not say when they posted".to_owned(),
    }
}

/// Follows somebody.
pub(super) async fn follow(
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
    let url = name(fields.get("url"));
    let known = visit.house.finds.of(&visit.site.id, &url, visit.now);
    let found = match known {
        Some(found) => Ok(found),
        None => find(&visit, &url).await,
    };
    let mut form = Filled {
        feeds: fields.all("feed").map(str::to_owned).collect(),
        announce: fields.has("announce"),
        ties: Ties { public: !fields.has("private"), ..Ties::default() },
    };
    let found = match found {
        Ok(found) => found,
        Err(words) => return respond(&visit, &url, Err(words), form).await,
    };
    let rows = ties(&fields).map_err(|(_, words)| words).and_then(|ties| {
        form.ties = ties.clone();
        rows(&found, &form, &ties, visit.now.to_zoned(visit.config.time_zone.clone()).date())
    });
    let rows = match rows {
        Ok(rows) => rows,
        Err(words) => {
            return answer(&visit, &url, (Some(found), Some(words.to_owned())), form).await;
        }
    };
    let first = rows.first().and_then(following::address);
    match write(&visit, rows, form.announce).await {
        Ok(done) => {
            let feed = match &first {
                Some(url) => visit.house.store.followed_at(visit.reader, url).await,
                None => Ok(None),
            };
            match feed {
                Ok(Some(feed)) => {
                    let path = format!("/person/{}?done={}", feed.number(), encode(done));
                    visit.back(&visit.path(&path))
                }
                Ok(None) => visit.back(&visit.path("/following")),
                Err(error) => visit.broken(&error.into()),
            }
        }
        Err(failure) => {
            let words = visit.why(&failure);
            answer(&visit, &url, (Some(found), Some(words)), form).await
        }
    }
}

/// The rows of what was chosen; or what is not right, in words.
fn rows(
    found: &Found,
    form: &Filled,
    ties: &Ties,
    today: jiff::civil::Date,
) -> Result<Vec<Follow>, &'static str> {
    if form.announce && !ties.public {
        return Err("What you keep to yourself cannot be said on your site. Choose one of both.");
    }
    let chosen = found.choices.iter().filter(|choice| form.feeds.contains(&shown(&choice.url)));
    let row = |(number, choice): (usize, &Choice)| {
        let row = found.row(choice, ties.clone(), today);
        // A second feed of theirs is told from the first by its own name.
        let own = choice.title.clone().filter(|_| number > 0 && ties.title.is_none());
        Follow { title: own.or(row.title), ..row }
    };
    let rows: Vec<Follow> = chosen.enumerate().map(row).collect();
    if rows.is_empty() { Err("Choose what to read of them.") } else { Ok(rows) }
}

/// Writes rows down, and a post that says so if it is wished for and nothing is to be hidden.
async fn write(visit: &Visit, rows: Vec<Follow>, says: bool) -> Result<&'static str, Failure> {
    let added = visit.write(move |root| following::add(root, &rows)).await?;
    let Some(first) = added.written.into_iter().next() else { return Ok("known") };
    if !says {
        return Ok("followed");
    }
    if !first.public {
        return Ok("hidden");
    }
    let (config, now): (_, Timestamp) = (Arc::clone(&visit.config), visit.now);
    let post = visit.apart(move |root| {
        announce(root, &first.url, &config, &now.to_zoned(config.time_zone.clone()))
    });
    // They are followed all the same.
    Ok(match post.await {
        Ok(_) => "announced",
        Err(failure) => {
            tracing::error!("a post that somebody is followed was not written: {failure}");
            "unannounced"
        }
    })
}
