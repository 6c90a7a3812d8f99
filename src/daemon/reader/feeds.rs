//! How the feeds are doing: those that are not well first. One may be asked now, or again.

use std::collections::HashSet;
use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use axum::{Extension, Form};
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::companion::House;
use super::super::sites::Site;
use super::following::{beside, page_number};
use super::item::place;
use super::words::count;
use super::{Visit, encode};
use crate::error::Failure;
use crate::reader::schedule::GUARD;
use crate::reader::timeline::by_feed;
use crate::store::{FeedId, FeedState};

/// Feeds on a page.
const MOST: u16 = 100;

/// What an address asks for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    page: String,
    done: String,
}

pub(super) async fn list(
    State(house): State<Arc<House>>,
    Extension(site): Extension<Arc<Site>>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Response {
    let visit = match Visit::begin(house, site, &headers, "/reader/feeds").await {
        Ok(visit) => visit,
        Err(response) => return response,
    };
    match keys(&visit, &asked).await {
        Ok(keys) => visit.page("feeds", ("feeds", None), keys).await,
        Err(failure) => visit.broken(&failure),
    }
}

async fn keys(visit: &Visit, asked: &Asked) -> Result<Value, Failure> {
    let store = &visit.house.store;
    let counts = store.count_feeds(visit.reader).await?;
    let number = |wanted: &[FeedState]| -> usize {
        counts.iter().filter(|(state, _)| wanted.contains(state)).map(|(_, count)| count).sum()
    };
    let all: usize = counts.iter().map(|(_, count)| count).sum();
    let bad = number(&[FeedState::Failing, FeedState::Gone]);
    let page = page_number(&asked.page, all, usize::from(MOST));
    let skipped = page.saturating_mul(usize::from(MOST));
    let feeds = store.feeds_by_health(visit.reader, MOST, skipped).await?;
    let ids: Vec<FeedId> = feeds.iter().map(|feed| feed.id).collect();
    let sources = by_feed(&store.sources(visit.reader, &ids).await?);
    let held = store.held_hosts(visit.now).await?;
    let pushed: HashSet<FeedId> = store.pushed_feeds(&ids, visit.now).await?;
    let (mut ill, mut paused, mut well) = (Vec::new(), Vec::new(), Vec::new());
    for feed in &feeds {
        let source = sources.get(&feed.id);
        let is_pushed = pushed.contains(&feed.id);
        let health = visit.health(feed, is_pushed);
        let (last, next) = visit.last_and_next(feed);
        let said = (health.state != "well").then_some(health.words);
        let list = match feed.state {
            FeedState::Failing => &mut ill,
            FeedState::Gone => &mut paused,
            _ => &mut well,
        };
        list.push(json!({
            "id": feed.id.number().to_string(),
            "title": source.map(|source| source.name.as_str()).unwrap_or_default(),
            "path": visit.path(&format!("/person/{}", feed.id.number())),
            "place": source.and_then(|source| source.home.as_ref()).map(place),
            "cause": said,
            "how": visit.how(feed, is_pushed),
            "last": last,
            "next": next,
            "wait": visit.wait(feed, &held),
        }));
    }
    let words = match (all, bad) {
        (0, _) => "You follow nobody yet.".to_owned(),
        (1, 0) => "It is well.".to_owned(),
        (_, 0) => format!("All {all} are well."),
        (_, bad) if bad == all => "None is well.".to_owned(),
        (_, bad) => format!("All but {} are well.", count(bad)),
    };
    let (newer, older) = beside(&visit.path("/feeds"), "", page, all.div_ceil(usize::from(MOST)));
    let rest = all.saturating_sub(bad);
    Ok(json!({
        "title": "How feeds are doing",
        "said": said(&asked.done),
        "words": words,
        "ill": ill,
        "paused": paused,
        "well": well,
        "well_words": if rest == 1 { "One is well".to_owned() } else { format!("{rest} are well") },
        "newer": newer,
        "older": older,
    }))
}

/// What is said after something was done.
pub(super) fn said(done: &str) -> Value {
    let words = match done {
        "asked" => "It is asked now. What is new stands among the posts in a moment.",
        "later" => "It was asked a moment ago, and is left alone for now.",
        _ => return Value::Null,
    };
    json!({ "words": words })
}

/// What a form says.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Given {
    csrf: String,
    feed: i64,
    act: String,
}

/// Asks for a feed now, also for one that was gone.
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
    if !matches!(given.act.as_str(), "refresh" | "resume") {
        return visit.message("Nothing was done", "The page asked for something unknown.").await;
    }
    match ask(&visit, FeedId::from_number(given.feed)).await {
        Ok(Some(done)) => visit.back(&visit.path(&format!("/feeds?done={}", encode(done)))),
        Ok(None) => visit.message("Nothing was done", "You do not follow that feed.").await,
        Err(failure) => visit.broken(&failure),
    }
}

/// Asks for a feed now, unless that was done a moment ago; what became of it, if it is followed.
pub(super) async fn ask(visit: &Visit, feed: FeedId) -> Result<Option<&'static str>, Failure> {
    let store = &visit.house.store;
    if store.subscription(visit.reader, feed).await?.is_none() {
        return Ok(None);
    }
    if !store.ask_feed(feed, visit.now, GUARD).await? {
        return Ok(Some("later"));
    }
    visit.house.reading.work.notify_one();
    Ok(Some("asked"))
}
