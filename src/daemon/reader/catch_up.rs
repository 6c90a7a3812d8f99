//! The best of each person since the last visit.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use axum::{Extension, Form};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::companion::House;
use super::super::sites::Site;
use super::Visit;
use super::item::How;
use super::timeline::{cursor, read_cursor};
use crate::error::Failure;
use crate::reader::catch_up::{Known, picks};
use crate::reader::timeline::{Shown, by_feed};
use crate::store::{FeedId, Place};

/// How far back whoever comes for the first time looks.
const FIRST: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Posts that are looked at, and people that are shown.
const MOST: (u16, usize) = (2_000, 60);

/// When the owner caught up last is called this in the database.
const VISITED: &str = "reader caught up";

pub(super) async fn page(
    State(house): State<Arc<House>>,
    Extension(site): Extension<Arc<Site>>,
    headers: HeaderMap,
) -> Response {
    let visit = match Visit::begin(house, site, &headers, "/reader/catch-up").await {
        Ok(visit) => visit,
        Err(response) => return response,
    };
    match keys(&visit).await {
        Ok(keys) => visit.page("catch-up", ("catch-up", None), keys).await,
        Err(failure) => visit.broken(&failure),
    }
}

async fn keys(visit: &Visit) -> Result<Value, Failure> {
    let store = &visit.house.store;
    let visited = store.secret(&visit.site.id, VISITED).await?;
    let visited = visited.and_then(|text| Timestamp::from_millisecond(text.parse().ok()?).ok());
    let since = visited.unwrap_or_else(|| visit.now.checked_sub(FIRST).unwrap_or(visit.now));
    let entries = store.entries_since(visit.reader, since, None, MOST.0).await?;
    let last = entries.iter().map(|entry| entry.place).max();
    // What was old when it came is no news.
    let entries = entries.into_iter().filter(|entry| entry.place.sorted >= since);
    let shown: Vec<Shown> = entries.map(Shown::of).collect();
    let mut feeds: Vec<FeedId> = shown.iter().map(|one| one.stored.feed).collect();
    feeds.sort_unstable();
    feeds.dedup();
    let sources = by_feed(&store.sources(visit.reader, &feeds).await?);
    let before = before(visit, &feeds, &shown).await?;
    let own = [visit.config.home.home().to_owned()];
    let chosen = picks(&shown, Known { own: &own, sources: &sources, before: &before });
    let (others, cites) = (HashMap::new(), visit.contexts(shown.iter()).await?);
    let how = How { sources: &sources, others: &others, cites: &cites, is_whole: false };
    let people: Vec<Value> = chosen
        .iter()
        .take(MOST.1)
        .filter_map(|pick| {
            let one = shown.get(pick.place)?;
            let mut item = visit.item(one, &how);
            item.as_object_mut()?.insert("why".into(), pick.why.clone().into());
            let name = sources.get(&one.stored.feed).map_or("", |source| &source.name);
            let path = visit.path(&format!("/person/{}", one.stored.feed.number()));
            let rest = (pick.rest > 0).then(
                || json!({ "words": format!("and {} more of {name}", pick.rest), "path": path }),
            );
            Some(json!({ "item": item, "rest": rest }))
        })
        .collect();
    let when = visit.when(since);
    let words = match people.len() {
        0 => format!("Nobody has written since {when}."),
        1 => format!("Since {when}: one person."),
        count => format!("Since {when}: {count} people, one post of each."),
    };
    Ok(json!({
        "title": "Catch up",
        "words": words,
        "people": people,
        "upto": last.map(cursor).unwrap_or_default(),
        "back": visit.path("/catch-up"),
    }))
}

/// When each source wrote last before what has come now.
async fn before(
    visit: &Visit,
    feeds: &[FeedId],
    shown: &[Shown],
) -> Result<HashMap<FeedId, Timestamp>, Failure> {
    let mut all = HashMap::new();
    for feed in feeds {
        let of = shown.iter().filter(|one| one.stored.feed == *feed);
        let Some(first) = of.map(|one| one.stored.place).min() else { continue };
        if let Some(last) = visit.house.store.last_before(visit.reader, *feed, first).await? {
            all.insert(*feed, last.sorted);
        }
    }
    Ok(all)
}

/// What the form says.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Given {
    csrf: String,
    upto: String,
    act: String,
}

/// Begins here next time.
pub(super) async fn done(
    State(house): State<Arc<House>>,
    Extension(site): Extension<Arc<Site>>,
    headers: HeaderMap,
    Form(given): Form<Given>,
) -> Response {
    let visit = match Visit::begin_form(house, site, &headers, &given.csrf).await {
        Ok(visit) => visit,
        Err(response) => return response,
    };
    let Some(place) = read_cursor(&given.upto) else { return visit.back(&visit.path("")) };
    match note(&visit, place, given.act == "read").await {
        Ok(()) => visit.back(&visit.path(if given.act == "read" { "" } else { "/catch-up" })),
        Err(failure) => visit.broken(&failure),
    }
}

async fn note(visit: &Visit, place: Place, is_read: bool) -> Result<(), Failure> {
    let store = &visit.house.store;
    let arrived = store.entry(visit.reader, place.item).await?.map(|entry| entry.arrived);
    let at = arrived.unwrap_or(place.sorted).as_millisecond().saturating_add(1);
    store.keep_secret(&visit.site.id, VISITED, &at.to_string()).await?;
    if is_read {
        store.mark_from(visit.reader, None, (Place::last(visit.now), None), place.item).await?;
    }
    Ok(())
}
