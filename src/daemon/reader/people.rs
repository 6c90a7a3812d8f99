//! Who is around: suggestions with their reasons, followers, those who follow back, and what they
//! write about.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use axum::{Extension, Form};
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use super::super::companion::House;
use super::super::sites::Site;
use super::item::place;
use super::{Visit, encode};
use crate::error::Failure;
use crate::graph::picture::draw;
use crate::graph::{Distance, Follower, Graph, Person, Suggestion, common_tags};
use crate::reader::circle::{self, Refused};
use crate::reader::timeline::Shown;
use crate::store::{Part, Scope};

/// People who are suggested, and followers that are shown of each sort.
const MOST: (usize, usize) = (24, 300);

/// Posts whose tags are counted, and tags that are shown.
const TAGS: (u16, usize) = (1_000, 24);

/// Rows of the table.
const ROWS: usize = 300;

pub(super) async fn page(
    State(house): State<Arc<House>>,
    Extension(site): Extension<Arc<Site>>,
    headers: HeaderMap,
) -> Response {
    let visit = match Visit::begin(house, site, &headers, "/reader/people").await {
        Ok(visit) => visit,
        Err(response) => return response,
    };
    match keys(&visit).await {
        Ok(keys) => visit.page("people", ("people", None), keys).await,
        Err(failure) => visit.broken(&failure),
    }
}

async fn keys(visit: &Visit) -> Result<Value, Failure> {
    let desk = visit.site.desk(&visit.house.store);
    let graph = circle::graph(&desk).await?;
    let refused = Refused::read(&desk, visit.now).await?;
    let suggestions = graph.suggestions(MOST.0, |person| refused.is(person));
    let suggested: Vec<Value> = suggestions.iter().map(|one| visit.suggestion(one)).collect();
    let followers = graph.followers();
    let (mutuals, others): (Vec<&Follower<'_>>, Vec<&Follower<'_>>) =
        followers.iter().partition(|follower| follower.is_mutual);
    let list = |all: &[&Follower<'_>]| -> Vec<Value> {
        all.iter().take(MOST.1).map(|one| visit.follower(one)).collect()
    };
    Ok(json!({
        "title": "People around",
        "suggested": suggested,
        "mutuals": list(&mutuals),
        "followers": list(&others),
        "tags": tags(visit).await?,
        "svg": svg(visit, &graph),
        "table": table(&graph, &suggestions),
    }))
}

impl Visit {
    fn suggestion(&self, one: &Suggestion<'_>) -> Value {
        let mut value = self.person_around(one.person);
        if let Some(all) = value.as_object_mut() {
            all.insert("reason".into(), one.reason().into());
            all.insert("key".into(), one.person.key.clone().into());
            all.insert("path".into(), self.follow_path(one.person).into());
            // They are named in the reason.
            all.insert("through".into(), json!([]));
        }
        value
    }

    fn follower(&self, one: &Follower<'_>) -> Value {
        let mut value = self.person_around(one.person);
        let since = one.at.to_zoned(self.config.time_zone.clone()).strftime("%-d %B %Y");
        if let Some(all) = value.as_object_mut() {
            all.insert("words".into(), format!("since {since}").into());
            let path = (!one.is_mutual).then(|| self.follow_path(one.person));
            all.insert("path".into(), path.into());
        }
        value
    }

    fn person_around(&self, person: &Person) -> Value {
        let home = Url::parse(&person.home).ok();
        let photo = person.photo.as_deref().and_then(|photo| Url::parse(photo).ok());
        let mut value = self.face(person.shown(), home.as_ref(), photo.as_ref(), None);
        if let Some(all) = value.as_object_mut() {
            all.insert("place".into(), home.as_ref().map(place).unwrap_or_default().into());
        }
        value
    }

    fn follow_path(&self, person: &Person) -> String {
        self.path(&format!("/follow?url={}", encode(&person.home)))
    }
}

/// Tags that several of those who are followed use.
async fn tags(visit: &Visit) -> Result<Vec<Value>, Failure> {
    let store = &visit.house.store;
    let entries = store.entries(visit.reader, Scope::All, Part::Newest, TAGS.0).await?;
    let shown: Vec<(String, Shown)> = entries
        .into_iter()
        .map(|stored| (stored.feed.number().to_string(), Shown::of(stored)))
        .collect();
    let used = shown.iter().flat_map(|(feed, one)| {
        one.entry.tags.iter().map(move |tag| (feed.as_str(), tag.as_str()))
    });
    let tag = |tag: crate::graph::CommonTag<'_>| {
        json!({
            "word": tag.tag,
            "path": visit.path(&format!("/search?q={}", encode(tag.tag))),
            "words": format!("{} people", tag.people),
        })
    };
    Ok(common_tags(used, TAGS.1).into_iter().map(tag).collect())
}

/// The picture; none where there is too little to draw.
fn svg(visit: &Visit, graph: &Graph) -> String {
    let author = &visit.config.author;
    let image = |person: &Person| {
        let photo = Url::parse(person.photo.as_deref()?).ok()?;
        Some(visit.picture(&photo))
    };
    let scene = graph.scene((author.name.clone(), None), image);
    if scene.people.len() < 2 { String::new() } else { draw(&scene).svg }
}

/// The people of the picture, in words.
fn table(graph: &Graph, suggestions: &[Suggestion<'_>]) -> Vec<Value> {
    let followers = graph.followers();
    let known = followers.iter().map(|follower| follower.person);
    let all = known.chain(suggestions.iter().map(|one| one.person));
    let row = |person: &Person| {
        let through = match graph.distance(&person.home) {
            Distance::Friend(people) => {
                people.iter().take(5).map(|one| one.shown()).collect::<Vec<_>>().join(", ")
            }
            _ => String::new(),
        };
        let follower = followers.iter().find(|one| one.person.key == person.key);
        let tie = match follower {
            Some(one) if one.is_mutual => "you follow each other",
            Some(_) => "follows you",
            None => "a friend of friends",
        };
        json!({ "name": person.shown(), "url": person.home, "tie": tie, "through": through })
    };
    all.take(ROWS).map(row).collect()
}

/// What the form says.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Given {
    csrf: String,
    key: String,
    act: String,
}

/// Does not suggest somebody any more.
pub(super) async fn change(
    State(house): State<Arc<House>>,
    Extension(site): Extension<Arc<Site>>,
    headers: HeaderMap,
    Form(given): Form<Given>,
) -> Response {
    let visit = match Visit::begin_form(house, site, &headers, &given.csrf).await {
        Ok(visit) => visit,
        Err(response) => return response,
    };
    if given.act == "dismiss" && !given.key.is_empty() && given.key.len() <= 500 {
        let store = &visit.house.store;
        if let Err(error) = store.dismiss(&visit.site.id, &given.key, visit.now).await {
            return visit.broken(&error.into());
        }
    }
    visit.back(&visit.path("/people"))
}
