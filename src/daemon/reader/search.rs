//! Words found in what has come.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use axum::{Extension, Form};
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::companion::House;
use super::super::sites::Site;
use super::item::place;
use super::{UNSORTED, Visit, encode};
use crate::error::Failure;
use crate::reader::timeline::{Shown, Source, by_feed};
use crate::site::reader::{self as file, Row, Search};
use crate::store::{FeedId, ItemId};
use crate::text::html::plain_text;
use crate::text::tokens::tokens;

/// Posts on a page, and how many are looked through for those of a channel.
const MOST: (usize, u16) = (30, 200);

/// Words that are looked for.
const WORDS: usize = 12;

/// Characters that are shown before and after the first word that was found.
const AROUND: (usize, usize) = (60, 180);

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    q: String,
    channel: String,
    before: Option<i64>,
}

pub(super) async fn page(
    State(house): State<Arc<House>>,
    Extension(site): Extension<Arc<Site>>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Response {
    let visit = match Visit::begin(house, site, &headers, "/reader/search").await {
        Ok(visit) => visit,
        Err(response) => return response,
    };
    match keys(&visit, &asked).await {
        Ok(keys) => visit.page("search", ("search", None), keys).await,
        Err(failure) => visit.broken(&failure),
    }
}

async fn keys(visit: &Visit, asked: &Asked) -> Result<Value, Failure> {
    let store = &visit.house.store;
    let query = asked.q.trim();
    let words: Vec<String> = tokens(query).take(WORDS).collect();
    let channel = asked.channel.strip_prefix('=');
    let (shown, older) = found(visit, &words, channel, asked.before).await?;
    let mut feeds: Vec<FeedId> = shown.iter().map(|one| one.stored.feed).collect();
    feeds.sort_unstable();
    feeds.dedup();
    let sources = by_feed(&store.sources(visit.reader, &feeds).await?);
    let unknown = Source::default();
    let posts: Vec<Value> = shown
        .iter()
        .map(|one| {
            let source = sources.get(&one.stored.feed).unwrap_or(&unknown);
            post(visit, one, source, query)
        })
        .collect();
    let said = match (words.is_empty(), posts.len()) {
        (true, _) => String::new(),
        (_, 0) => "Nothing here says that.".to_owned(),
        (_, 1) => "One post".to_owned(),
        (_, count) if older.is_none() && asked.before.is_none() => format!("{count} posts"),
        _ => "The latest posts".to_owned(),
    };
    let older = older.map(|item| {
        let channel = encode(&asked.channel);
        visit.path(&format!(
            "/search?q={}&channel={channel}&before={}",
            encode(query),
            item.number()
        ))
    });
    let saved = saved(visit).await?;
    let is_this = |one: &Search| one.query == query && one.channel.as_deref() == channel;
    Ok(json!({
        "title": "Search",
        "query": query,
        "channels": channels(visit, channel).await?,
        "words": said,
        "found": posts,
        "older": older.unwrap_or_default(),
        "newer": "",
        "keep": !words.is_empty() && !saved.iter().any(is_this),
        "saved": saved.iter().map(|one| visit.saved(one)).collect::<Vec<Value>>(),
    }))
}

/// The searches that are kept, in the order of their file. Rows that are not right stop nothing.
async fn saved(visit: &Visit) -> Result<Vec<Search>, Failure> {
    let root = Arc::clone(&visit.site.root);
    let (rows, _) = apart(move || file::readable(&root)).await?;
    let search = |row: Row| match row {
        Row::Search(search) => Some(search),
        Row::Rule(_) => None,
    };
    Ok(rows.into_iter().filter_map(search).collect())
}

/// Does what reads or writes files where it keeps nobody waiting.
async fn apart<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|error| Err(Failure::run(error.to_string())))
}

impl Visit {
    fn saved(&self, one: &Search) -> Value {
        let channel =
            one.channel.as_ref().map(|name| format!("&channel={}", encode(&format!("={name}"))));
        let path = format!("/search?q={}{}", encode(&one.query), channel.unwrap_or_default());
        json!({ "id": one.id(), "words": one.name, "path": self.path(&path), "new": false })
    }
}

/// What the form says.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Given {
    csrf: String,
    act: String,
    q: String,
    channel: String,
    id: String,
}

/// Keeps a search, or does not any more.
pub(super) async fn keep(
    State(house): State<Arc<House>>,
    Extension(site): Extension<Arc<Site>>,
    headers: HeaderMap,
    Form(given): Form<Given>,
) -> Response {
    let visit = match Visit::begin_form(house, site, &headers, &given.csrf).await {
        Ok(visit) => visit,
        Err(response) => return response,
    };
    let root = Arc::clone(&visit.site.root);
    let query = given.q.trim().to_owned();
    let path =
        visit.path(&format!("/search?q={}&channel={}", encode(&query), encode(&given.channel)));
    let work = move || match given.act.as_str() {
        "save" if tokens(&query).next().is_some() => {
            let channel = given.channel.strip_prefix('=').map(str::to_owned);
            file::put(&root, &Row::Search(Search { name: query.clone(), query, channel }))
        }
        "remove" => file::remove(&root, &given.id),
        _ => Ok(false),
    };
    match apart(work).await {
        Ok(_) => visit.back(&path),
        Err(failure) => visit.broken(&failure),
    }
}

/// What was found, and from where on there may be more.
async fn found(
    visit: &Visit,
    words: &[String],
    channel: Option<&str>,
    before: Option<i64>,
) -> Result<(Vec<Shown>, Option<ItemId>), Failure> {
    let (most, look) = MOST;
    let before = before.map(ItemId::from_number);
    let all = visit.house.store.search(visit.reader, words, before, look).await?;
    let end = all.last().map(|entry| entry.place.item).filter(|_| all.len() == usize::from(look));
    let is_there = |name: &str| channel.is_none_or(|channel| channel == name);
    let mut kept = all.into_iter().filter(|entry| is_there(&entry.channel));
    let shown: Vec<Shown> = kept.by_ref().take(most).map(Shown::of).collect();
    let older = match kept.next() {
        Some(_) => shown.last().map(|one| one.stored.place.item),
        None => end,
    };
    Ok((shown, older))
}

/// Where to look: everywhere first.
async fn channels(visit: &Visit, chosen: Option<&str>) -> Result<Vec<Value>, Failure> {
    let mut all = vec![json!({ "value": "", "word": "everything", "on": chosen.is_none() })];
    for (name, _) in visit.house.store.channels(visit.reader).await? {
        let word = if name.is_empty() { UNSORTED } else { &name };
        let is_on = chosen == Some(name.as_str());
        all.push(json!({ "value": format!("={name}"), "word": word, "on": is_on }));
    }
    Ok(all)
}

fn post(visit: &Visit, one: &Shown, source: &Source, query: &str) -> Value {
    let html = one.entry.html.as_deref().or(one.entry.summary.as_deref()).unwrap_or_default();
    let link = one.entry.link.as_ref().or(source.home.as_ref());
    json!({
        "here": visit.path(&format!("/item/{}", one.stored.place.item.number())),
        "author": visit.author(one, source).0,
        "at": visit.day_and_hour(one.entry.shown_at()),
        "place": link.map(place).unwrap_or_default(),
        "lang": one.entry.language,
        "title": one.entry.title,
        "pieces": pieces(&plain_text(html), query),
    })
}

/// A piece of a text around the first word that is looked for, with all of them marked.
fn pieces(text: &str, query: &str) -> Vec<Value> {
    let wanted: Vec<String> = query.split_whitespace().map(str::to_lowercase).collect();
    // Letters whose small form is longer would shift what is found.
    let low: String = text
        .chars()
        .map(|c| {
            let mut low = c.to_lowercase();
            low.next().filter(|small| small.len_utf8() == c.len_utf8()).unwrap_or(c)
        })
        .collect();
    let first = wanted.iter().filter_map(|word| low.find(word.as_str())).min().unwrap_or(0);
    let start = text.floor_char_boundary(first.saturating_sub(AROUND.0));
    let end = text.floor_char_boundary(first.saturating_add(AROUND.1));
    let mut all = Vec::new();
    if start > 0 {
        all.push(json!({ "text": "… ", "hit": false }));
    }
    let mut at = start;
    while at < end {
        let rest = low.get(at..end).unwrap_or_default();
        let hit = wanted
            .iter()
            .filter_map(|word| rest.find(word.as_str()).map(|found| (found, word.len())))
            .min();
        let Some((found, length)) = hit else { break };
        let (from, to) = (at.saturating_add(found), at.saturating_add(found + length));
        all.push(json!({ "text": text.get(at..from), "hit": false }));
        all.push(json!({ "text": text.get(from..to), "hit": true }));
        at = to;
    }
    all.push(json!({ "text": text.get(at..end), "hit": false }));
    if end < text.len() {
        all.push(json!({ "text": " …", "hit": false }));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marked(text: &str, query: &str) -> String {
        let piece = |piece: &Value| {
            let text = piece["text"].as_str().unwrap();
            if piece["hit"] == true { format!("[{text}]") } else { text.to_owned() }
        };
        pieces(text, query).iter().map(piece).collect()
    }

    #[test]
    fn what_was_found_is_marked_in_any_script() {
        assert_eq!(marked("Fog on the Douro, fog again", "fog"), "[Fog] on the Douro, [fog] again");
        assert_eq!(marked("朝の市場。苺", "市場"), "朝の[市場]。苺");
        assert_eq!(marked("ẞİ and fog", "fog and"), "ẞİ [and] [fog]");
        assert_eq!(marked("nothing", "x"), "nothing");
        assert_eq!(marked("", "x"), "");
        let long = format!("{}fog{}", "é ".repeat(200), " ö".repeat(400));
        let shown = marked(&long, "fog");
        assert!(shown.starts_with("… ") && shown.ends_with(" …") && shown.contains("[fog]"));
    }
}
