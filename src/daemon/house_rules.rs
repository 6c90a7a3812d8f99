//! The rules of the house: listed, tried out, added and taken back.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::{Extension, Form};
use serde::Deserialize;
use serde_json::{Value, json};

use super::cards::card;
use super::companion::House;
use super::login::{broken, forged, owner};
use super::session::{Session, same};
use super::sites::Site;
use super::{clock, pages};
use crate::error::Failure;
use crate::mentions::desk::Desk;
use crate::mentions::moderate::{Trial, add_rule, remove_rule, try_rule};
use crate::moderation::{
    Action, Approved, Change, Identity, Origin, Row, Rule, Subscription, Verdict, What, is_domain,
};
use crate::site::moderation::{self, RulesFile};

/// What the form may say, and what people read.
const ACTIONS: [(&str, &str); 5] = [
    ("block", "Block: never show it"),
    ("mute", "Mute: keep it, do not show it"),
    ("hold", "Hold: let it wait for me"),
    ("approve", "Welcome: let it in"),
    ("subscribe", "Use a block list"),
];
const KINDS: [(&str, &str); 4] = [
    ("url", "one person or list, by its address"),
    ("domain", "everybody at a site"),
    ("words", "words, with commas between"),
    ("links", "more links than a number"),
];

/// What the form says.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Given {
    csrf: String,
    act: String,
    id: String,
    action: String,
    kind: String,
    value: String,
    reason: String,
    public: String,
}

/// What is wrong with a rule: the field, and what to say.
type Wrong = (&'static str, &'static str);

/// What the page says besides the rules.
#[derive(Default)]
struct News {
    said: Option<String>,
    problem: Option<Wrong>,
    trial: Option<Vec<Trial>>,
}

/// The rules.
pub(super) async fn list(
    State(house): State<Arc<House>>,
    Extension(site): Extension<Arc<Site>>,
    headers: HeaderMap,
) -> Response {
    match owner(&house, &site, &headers, "/moderation/rules").await {
        Ok(session) => {
            let desk = site.desk(&house.store);
            let given =
                Given { action: "block".to_owned(), kind: "url".to_owned(), ..Given::default() };
            page(&desk, &session, &given, News::default())
        }
        Err(response) => response,
    }
}

/// Adds a rule, tries one out, or takes one back.
pub(super) async fn change(
    State(house): State<Arc<House>>,
    Extension(site): Extension<Arc<Site>>,
    headers: HeaderMap,
    Form(given): Form<Given>,
) -> Response {
    let session = match owner(&house, &site, &headers, "/moderation/rules").await {
        Ok(session) => session,
        Err(response) => return response,
    };
    let desk = site.desk(&house.store);
    if !same(&session.word(), &given.csrf) {
        return forged(&desk.config);
    }
    // Who goes away meanwhile has still asked for all of it.
    let (all, asked) = (desk.clone(), given.clone());
    let work = tokio::spawn(async move {
        match asked.act.as_str() {
            "remove" => remove(&all, &asked.id).await,
            _ => add(&all, &asked).await,
        }
    });
    let result = work.await.unwrap_or_else(|error| Err(Failure::run(error.to_string())));
    match result {
        Ok(news) => page(&desk, &session, &given, news),
        Err(failure) => broken(&desk.config, &failure),
    }
}

async fn remove(desk: &Desk, id: &str) -> Result<News, Failure> {
    let is_removed = remove_rule(desk, id, clock::now()).await?;
    let words = if is_removed { "Taken back." } else { "That rule was gone already." };
    Ok(News { said: Some(words.to_owned()), ..News::default() })
}

async fn add(desk: &Desk, given: &Given) -> Result<News, Failure> {
    let now = clock::now();
    let row = match row(desk, given) {
        Ok(row) => row,
        Err(problem) => return Ok(News { problem: Some(problem), ..News::default() }),
    };
    if given.act == "try" {
        let trial = try_rule(desk, &Change::Add(row), now).await?;
        return Ok(News { trial: Some(trial), ..News::default() });
    }
    let file = if given.public == "yes" { RulesFile::Public } else { RulesFile::Private };
    let changed = add_rule(desk, file, &row, now).await?;
    let words = match changed {
        0 => "Added.".to_owned(),
        1 => "Added. One mention changed its place.".to_owned(),
        more => format!("Added. {more} mentions changed their place."),
    };
    Ok(News { said: Some(words), ..News::default() })
}

/// The rule that a form means.
fn row(desk: &Desk, given: &Given) -> Result<Row, Wrong> {
    let value = given.value.trim();
    if value.is_empty() {
        return Err(("value", "Say which one."));
    }
    let since = Some(desk.today(clock::now()));
    let is_address = value.starts_with("https://") || value.starts_with("http://");
    let address = "An address begins with https:// here.";
    let action = match given.action.as_str() {
        "block" => Action::Block,
        "mute" => Action::Mute,
        "hold" => Action::Hold,
        "approve" => {
            let who = Identity::named(value, None).filter(|_| is_address);
            let who = who.ok_or(("value", address))?;
            return Ok(Row::Approve(Approved { who, url: value.to_owned(), since }));
        }
        "subscribe" if is_address => {
            return Ok(Row::Subscribe(Subscription { url: value.to_owned(), since }));
        }
        "subscribe" => return Err(("value", address)),
        _ => return Err(("action", "Choose what to do.")),
    };
    let what = match given.kind.as_str() {
        "url" if is_address => What::Author(value.to_owned()),
        "url" => return Err(("value", address)),
        "domain" if is_domain(value) => What::Domain(value.to_owned()),
        "domain" => return Err(("value", "A site is named like spam.example, without https://.")),
        "words" => {
            let words = value.split(',').map(str::trim).filter(|word| !word.is_empty());
            What::Words(words.map(str::to_owned).collect())
        }
        "links" => {
            let most = value.parse().ok().filter(|most| *most <= 1_000);
            What::Links(most.ok_or(("value", "Write a number up to 1000."))?)
        }
        _ => return Err(("kind", "Choose what the rule is about.")),
    };
    let reason = Some(given.reason.trim()).filter(|reason| !reason.is_empty());
    let origin = if given.public == "yes" { Origin::Public } else { Origin::Private };
    let rule = Rule::new(action, what);
    Ok(Row::Rule(Rule { reason: reason.map(str::to_owned), since, origin, ..rule }))
}

fn page(desk: &Desk, session: &Session, given: &Given, news: News) -> Response {
    let rules = match moderation::read(&desk.root) {
        Ok(rules) => rules,
        Err(failure) => return broken(&desk.config, &failure),
    };
    // What was added is not offered once more.
    let form = if news.said.is_some() { Given::default() } else { given.clone() };
    let choice = |list: &[(&str, &str)]| -> Vec<Value> {
        list.iter().map(|(value, word)| json!({ "value": value, "word": word })).collect()
    };
    let status = if news.problem.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    let keys = json!({
        "title": "House rules",
        "user": true,
        "here": "rules",
        "csrf": session.word(),
        "said": news.said.map(|words| json!({ "words": words })),
        "rules": rules.rows().map(|row| rule(desk, &row)).collect::<Vec<_>>(),
        "actions": choice(&ACTIONS),
        "kinds": choice(&KINDS),
        "form": {
            "action": form.action,
            "kind": form.kind,
            "value": form.value,
            "reason": form.reason,
            "public": form.public == "yes",
        },
        "problem": news.problem.map(|(field, words)| json!({ "field": field, "words": words })),
        "trial": news.trial.map(|list| trial(desk, &list)),
    });
    pages::page(&desk.config, status, "rules.html", keys)
}

fn rule(desk: &Desk, row: &Row) -> Value {
    let (action, what, reason, since, is_public) = match row {
        Row::Rule(rule) => {
            let action = match rule.action {
                Action::Block => "Blocked",
                Action::Mute => "Muted",
                Action::Hold => "Waits",
            };
            let what = match &rule.what {
                What::Author(url) => url.clone(),
                What::Domain(host) => format!("everybody at {host}"),
                What::Words(words) => format!("who says {}", words.join(", ")),
                What::Links(most) => format!("more than {most} links"),
            };
            let is_public = rule.origin == Origin::Public;
            (action, what, rule.reason.clone(), rule.since, is_public)
        }
        Row::Approve(approved) => ("Welcome", approved.who.to_string(), None, approved.since, true),
        Row::Subscribe(list) => ("Block list", list.url.clone(), None, list.since, true),
    };
    let zone = &desk.config.time_zone;
    let since = since.and_then(|day| day.to_zoned(zone.clone()).ok());
    let since = since.map(|day| {
        json!({ "iso": day.date().to_string(), "text": day.strftime("%-d %B %Y").to_string() })
    });
    json!({
        "id": row.id(),
        "action": action,
        "what": what,
        "reason": reason,
        "since": since.unwrap_or_else(|| json!({ "iso": "", "text": "the beginning" })),
        "public": is_public,
    })
}

fn trial(desk: &Desk, list: &[Trial]) -> Value {
    let words = |verdict| match verdict {
        Verdict::Publish => "shown",
        Verdict::Hold => "waiting",
        Verdict::Spam => "folded away",
        Verdict::Refuse => "not shown",
    };
    let sum = match list.len() {
        0 => "Nothing of what is here would change.".to_owned(),
        1 => "One mention would change its place.".to_owned(),
        more => format!("{more} mentions would change their place."),
    };
    let list: Vec<Value> = list
        .iter()
        .take(100)
        .map(|trial| {
            let card = card(desk, &trial.stored, false);
            json!({
                "key": trial.stored.key,
                "author": card.pointer("/author/name"),
                "kind": card.get("kind"),
                "page": card.get("page"),
                "now": words(trial.before),
                "then": words(trial.after),
            })
        })
        .collect();
    json!({ "words": sum, "list": list })
}
