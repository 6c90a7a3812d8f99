//! Who waits at the door, and what the owner does about them.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::{Extension, Form};
use serde::Deserialize;
use serde_json::{Value, json};

use super::cards::{card, line, state_words};
use super::companion::House;
use super::login::{broken, forged, go, owner};
use super::session::{Session, same};
use super::sites::Site;
use super::{clock, digest, pages};
use crate::error::Failure;
use crate::mentions::desk::Desk;
use crate::mentions::knowledge::is_known_only;
use crate::mentions::moderate::{Act, act as decide, set_known_only};
use crate::store::{MentionState, StoredMention};

/// Mentions of a kind on the page.
const MOST: u32 = 100;

/// Decisions on the page.
const RECENT: u32 = 10;

/// What was just done, as the address of the page says it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Done {
    done: String,
    key: String,
}

impl Done {
    fn said(&self) -> Value {
        let (words, undo) = match self.done.as_str() {
            "publish" => ("Published.", true),
            "trust" => ("Published. What this person writes comes in from now on.", true),
            "reject" => ("Rejected.", true),
            "delete" => ("Deleted.", false),
            "keep" => ("It waits with the others now.", false),
            "undo" => ("Taken back.", false),
            "block" => ("Blocked. The rule stands under House rules.", false),
            "block-host" => {
                ("The whole site is blocked. The rule stands under House rules.", false)
            }
            "forget" => ("Forgotten.", false),
            "known-on" => ("Only people you know are let in now.", false),
            "known-off" => ("The door is open again.", false),
            _ => return Value::Null,
        };
        let key = Some(&self.key).filter(|key| undo && is_key(key));
        json!({ "words": words, "key": key })
    }
}

fn is_key(text: &str) -> bool {
    !text.is_empty() && text.len() <= 64 && text.chars().all(|c| c.is_ascii_alphanumeric())
}

/// Who waits.
pub(super) async fn queue(
    State(house): State<Arc<House>>,
    Extension(site): Extension<Arc<Site>>,
    Query(done): Query<Done>,
    headers: HeaderMap,
) -> Response {
    let session = match owner(&house, &site, &headers, "/moderation").await {
        Ok(session) => session,
        Err(response) => return response,
    };
    let desk = site.desk(&house.store);
    match queue_keys(&desk, &session, &done).await {
        Ok(keys) => pages::page(&desk.config, StatusCode::OK, "queue.html", keys),
        Err(failure) => broken(&desk.config, &failure),
    }
}

async fn queue_keys(desk: &Desk, session: &Session, done: &Done) -> Result<Value, Failure> {
    let open = desk.store.mentions(&desk.site, MentionState::Held, MOST).await?;
    let spam = desk.store.mentions(&desk.site, MentionState::Spam, MOST).await?;
    let recent = desk.store.decided_mentions(&desk.site, RECENT).await?;
    let counts = desk.store.count_mentions(&desk.site).await?;
    let count = |state| counts.iter().find(|(s, _)| *s == state).map_or(0, |(_, count)| *count);
    let folded_words = match count(MentionState::Spam) {
        1 => "One more that looks like spam".to_owned(),
        more => format!("{more} more that look like spam"),
    };
    let waiting = match count(MentionState::Held) {
        1 => "One waits.".to_owned(),
        more if more > u64::from(MOST) => {
            format!("{more} wait; these are the {MOST} that came last.")
        }
        more => format!("{more} wait."),
    };
    let zone = &desk.config.time_zone;
    let recent: Vec<Value> = recent
        .iter()
        .map(|stored| {
            json!({
                "key": stored.key,
                "words": line(stored),
                "at": pages::time(stored.decided_at.unwrap_or(stored.received), zone),
                "undo": true,
            })
        })
        .collect();
    let known_only = is_known_only(&desk.store, &desk.site).await? || desk.config.access.known_only;
    Ok(json!({
        "title": "At the door",
        "user": true,
        "here": "queue",
        "csrf": session.word(),
        "said": done.said(),
        "counts": waiting,
        "known_only": known_only,
        "open": open.iter().map(|stored| card(desk, stored, false)).collect::<Vec<_>>(),
        "folded": spam.iter().map(|stored| folded(desk, stored)).collect::<Vec<_>>(),
        "folded_words": folded_words,
        "digest": format!("/moderation/digest/{}.xml", digest::name(desk).await?),
        "recent": recent,
    }))
}

/// A mention among those that are folded away: one without words is known by its address.
fn folded(desk: &Desk, stored: &StoredMention) -> Value {
    let mut card = card(desk, stored, false);
    let text = card.get_mut("text").filter(|text| text.as_str().is_none_or(str::is_empty));
    if let Some(text) = text {
        *text = json!(stored.source);
    }
    card
}

/// One mention in full, and what happened to it.
pub(super) async fn one(
    State(house): State<Arc<House>>,
    Extension(site): Extension<Arc<Site>>,
    Path(key): Path<String>,
    headers: HeaderMap,
) -> Response {
    let path = format!("/moderation/{key}");
    let session = match owner(&house, &site, &headers, &path).await {
        Ok(session) => session,
        Err(response) => return response,
    };
    let desk = site.desk(&house.store);
    match one_keys(&desk, &session, &key).await {
        Ok(Some(keys)) => pages::page(&desk.config, StatusCode::OK, "mention.html", keys),
        Ok(None) => {
            let words = "There is no such mention; it may have been forgotten.";
            pages::message(&desk.config, StatusCode::NOT_FOUND, "Nothing is here", words)
        }
        Err(failure) => broken(&desk.config, &failure),
    }
}

async fn one_keys(desk: &Desk, session: &Session, key: &str) -> Result<Option<Value>, Failure> {
    let Some(stored) = desk.store.mention(&desk.site, key).await? else { return Ok(None) };
    let zone = &desk.config.time_zone;
    let history = desk.store.history(&desk.site, key).await?;
    let history: Vec<Value> = history
        .into_iter()
        .map(|(at, words)| json!({ "at": pages::time(at, zone), "words": words }))
        .collect();
    Ok(Some(json!({
        "title": line(&stored),
        "user": true,
        "csrf": session.word(),
        "said": Value::Null,
        "card": card(desk, &stored, true),
        "state": state_words(&stored),
        "history": history,
    })))
}

/// Does what a button says.
pub(super) async fn act(
    State(house): State<Arc<House>>,
    Extension(site): Extension<Arc<Site>>,
    headers: HeaderMap,
    Form(fields): Form<Vec<(String, String)>>,
) -> Response {
    let session = match owner(&house, &site, &headers, "/moderation").await {
        Ok(session) => session,
        Err(response) => return response,
    };
    let value = |name: &str| {
        fields.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str()).unwrap_or("")
    };
    let desk = site.desk(&house.store);
    if !same(&session.word(), value("csrf")) {
        return forged(&desk.config);
    }
    let keys: Vec<&str> = fields
        .iter()
        .filter(|(name, key)| name == "key" && is_key(key))
        .map(|(_, key)| key.as_str())
        .collect();
    let done = value("act");
    // Who goes away meanwhile has still asked for all of it.
    let (all, what, of) = (desk.clone(), done.to_owned(), keys.join(" "));
    let work = tokio::spawn(async move {
        let keys: Vec<&str> = of.split_whitespace().collect();
        perform(&all, &what, &keys).await
    });
    let result = work.await.unwrap_or_else(|error| Err(Failure::run(error.to_string())));
    site.work.notify_one();
    match result {
        Ok(true) => {
            let key = keys.first().filter(|_| keys.len() == 1).copied().unwrap_or_default();
            go(&desk.config, &format!("/moderation?done={done}&key={key}"))
        }
        Ok(false) => {
            let words = "The page asked for something that this daemon does not know.";
            pages::message(&desk.config, StatusCode::BAD_REQUEST, "Nothing was done", words)
        }
        Err(failure) => pages::message(
            &desk.config,
            StatusCode::CONFLICT,
            "That did not work",
            &format!("{failure}."),
        ),
    }
}

/// Whether it is something that is done here.
async fn perform(desk: &Desk, done: &str, keys: &[&str]) -> Result<bool, Failure> {
    let now = clock::now();
    let what = match done {
        "known-on" | "known-off" => {
            set_known_only(desk, done == "known-on", now).await?;
            return Ok(true);
        }
        "publish" => Act::Approve,
        "trust" => Act::Trust,
        "reject" | "delete" => Act::Reject,
        "keep" => Act::Keep,
        "undo" => Act::Undo,
        "block" => Act::Block,
        "block-host" => Act::BlockHost,
        "forget" => Act::Forget,
        _ => return Ok(false),
    };
    decide(desk, keys, what, now, |_, _| {}).await?;
    Ok(!keys.is_empty())
}

/// The page of a mention of ours, as it is shown.
pub(super) fn page_title(desk: &Desk, stored: &StoredMention) -> (String, String) {
    let page = crate::model::Permalink::file(&stored.page);
    let name = page.name().replace('-', " ");
    let title = if name.is_empty() { desk.config.title.clone() } else { name };
    (title, desk.config.home.absolute(&page))
}
