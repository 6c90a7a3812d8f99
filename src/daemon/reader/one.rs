//! One post in full: the conversation that it belongs to, its earlier words, and how it got here.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Extension;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use serde_json::{Value, json};

use super::super::companion::House;
use super::super::pages::time;
use super::super::sites::Site;
use super::Visit;
use super::item::How;
use crate::error::Failure;
use crate::reader::entry::Entry;
use crate::reader::merge::hash;
use crate::reader::timeline::{Shown, by_feed};
use crate::store::ItemId;

/// Posts of a conversation that are shown.
const TALK: u16 = 50;

pub(super) async fn page(
    State(house): State<Arc<House>>,
    Extension(site): Extension<Arc<Site>>,
    Path(id): Path<i64>,
    headers: HeaderMap,
) -> Response {
    let visit = match Visit::begin(house, site, &headers, &format!("/reader/item/{id}")).await {
        Ok(visit) => visit,
        Err(response) => return response,
    };
    match keys(&visit, ItemId::from_number(id)).await {
        Ok(Some(keys)) => visit.page("one", ("", None), keys).await,
        Ok(None) => {
            visit
                .message("It is not here", "This post is not in your reader, or not any more.")
                .await
        }
        Err(failure) => visit.broken(&failure),
    }
}

async fn keys(visit: &Visit, id: ItemId) -> Result<Option<Value>, Failure> {
    let store = &visit.house.store;
    let Some(stored) = store.entry(visit.reader, id).await? else { return Ok(None) };
    let shown = Shown::of(stored);
    let talk = conversation(visit, &shown).await?;
    let mut feeds: Vec<_> = talk.iter().map(|other| other.stored.feed).collect();
    feeds.push(shown.stored.feed);
    let sources = by_feed(&store.sources(visit.reader, &feeds).await?);
    let others: HashMap<i64, Shown> =
        talk.iter().filter_map(|other| Some((other.page()?, other.clone()))).collect();
    let path = visit.path(&format!("/item/{}", id.number()));
    let cites = visit.contexts(talk.iter().chain([&shown])).await?;
    let how = How { sources: &sources, others: &others, cites: &cites, is_whole: true };
    let mut item = visit.item(&shown, &how);
    let (before, changed) = earlier(visit, id).await?;
    if let (Some(all), Some(words)) = (item.as_object_mut(), &shown.stored.hidden) {
        let words = format!("Your rule hides it: {words}");
        all.insert("hidden".into(), json!({ "words": words, "path": visit.path("/rules") }));
    }
    let aside = How { is_whole: false, ..how };
    let talk: Vec<Value> = talk.iter().map(|other| visit.item(other, &aside)).collect();
    let title = shown.entry.title.clone().unwrap_or_else(|| "A post".to_owned());
    Ok(Some(json!({
        "title": title,
        "item": item,
        "talk": talk,
        "before": before,
        "changed": changed,
        "story": story(visit, &shown, &sources),
        "back": path,
        "list": visit.channel_path(&shown.stored.channel),
    })))
}

/// The posts that it answers, and those that answer it, as far as they are here.
async fn conversation(visit: &Visit, shown: &Shown) -> Result<Vec<Shown>, Failure> {
    let answered: Vec<i64> = shown.entry.in_reply_to.iter().map(|url| hash(url.as_str())).collect();
    let store = &visit.house.store;
    let mut all = store.entries_at(visit.reader, &answered, TALK).await?;
    if let Some(page) = shown.page() {
        all.extend(store.entries_answering(visit.reader, page, TALK).await?);
    }
    all.retain(|other| other.place != shown.stored.place);
    all.sort_by_key(|other| other.place);
    all.dedup_by_key(|other| other.place);
    Ok(all.into_iter().map(Shown::of).collect())
}

/// What it said before, and how often it changed.
async fn earlier(visit: &Visit, id: ItemId) -> Result<(Vec<Value>, String), Failure> {
    let all = visit.house.store.revisions(id).await?;
    let often = match all.len() {
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        count => format!("{count} times"),
    };
    let before = all.iter().map(|(at, body)| {
        let entry = Entry::read(body);
        let html = entry.html.or(entry.summary).map(|html| visit.html(&html));
        json!({
            "at": time(*at, &visit.config.time_zone),
            "title": entry.title,
            "content": html,
        })
    });
    Ok((before.collect(), format!("Changed {often} since it was first read here")))
}

/// How it got here.
fn story(
    visit: &Visit,
    shown: &Shown,
    sources: &HashMap<crate::store::FeedId, crate::reader::timeline::Source>,
) -> Vec<Value> {
    let person = visit.path(&format!("/person/{}", shown.stored.feed.number()));
    let name = sources.get(&shown.stored.feed).map(|source| source.name.clone());
    let name = name.unwrap_or_else(|| "somebody".to_owned());
    let is_followed = sources.get(&shown.stored.feed).is_some_and(|source| source.card.is_some());
    let follow = if is_followed {
        json!({ "words": format!("You follow {name}."), "path": person })
    } else {
        json!({ "words": format!("You followed {name} when it came, and kept it.") })
    };
    let at = time(shown.stored.arrived, &visit.config.time_zone);
    let mut all = vec![follow, json!({ "at": at, "words": "It came by their feed." })];
    if let Some(rule) = &shown.stored.hidden {
        let words = format!("Your rule {rule} hides it.");
        all.push(json!({ "words": words, "path": visit.path("/rules") }));
    }
    all
}
