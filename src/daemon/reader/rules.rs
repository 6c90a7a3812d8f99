//! What is hidden in the reader, and by which rule: listed, tried out, added and taken back.
//!
//! What a rule means is known by [`crate::reader::rules`]; the file is written by
//! [`crate::site::reader`].

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::{Extension, Form};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::{Value, json};

use super::Visit;
use crate::daemon::companion::House;
use crate::daemon::pages;
use crate::daemon::reading::take_over_rules;
use crate::daemon::sites::Site;
use crate::error::Failure;
use crate::mentions::moderate;
use crate::model::Kind;
use crate::moderation::{Rule as HouseRule, What, is_domain};
use crate::reader::entry::Entry;
use crate::reader::hiding::{Trial, try_change};
use crate::reader::rules::{Change, Rules};
use crate::reader::subscribe::Card;
use crate::site::reader::{self as file, Action, Condition, Nearness, Row, Rule, Search};
use crate::store::{ItemId, ReaderId, StoredEntry};
use crate::text::excerpt::excerpt;
use crate::text::html::plain_text;

/// Posts that a rule is tried out on.
const TRIED: usize = 1_000;

/// Pages of posts that are judged before the owner gets their answer; the rest is done beside it.
const AT_ONCE: usize = 25;

/// Characters of a text that stand for a post without a title.
const TITLE: usize = 90;

/// What a rule does, as the form says it and as people read it.
const ACTIONS: [(&str, &str); 2] = [("hide", "Hide"), ("keep", "Never hide")];

/// What a rule looks at.
const FIELDS: [(&str, &str); 11] = [
    ("word", "what it says"),
    ("person", "one person, by their address"),
    ("domain", "everybody at a site"),
    ("kind", "the kind of post"),
    ("channel", "the channel: keep it on its own page"),
    ("title", "its title"),
    ("tag", "a tag"),
    ("author", "the name of its author"),
    ("robo", "how much it looks like advertising"),
    ("flame", "how much it attacks somebody"),
    ("trust", "how near its author is"),
];

/// The groups of the page, in their order.
const GROUPS: [&str; 9] = [
    "Words",
    "People",
    "People for a while",
    "Sites",
    "Kinds of posts",
    "Channels",
    "Other rules",
    "Never hidden",
    "Whom your site does not hear",
];

/// What the address of the page says.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    like: Option<i64>,
}

/// What the form says.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Given {
    csrf: String,
    act: String,
    id: String,
    action: String,
    field: String,
    value: String,
    channel: String,
    until: String,
    note: String,
}

/// What is wrong with a form: the field, and what to say.
type Wrong = (&'static str, &'static str);

/// What the page says besides the rules.
#[derive(Default)]
struct News {
    said: Option<Value>,
    problem: Option<Wrong>,
    trial: Option<Trial>,
}

/// A reader at their rules.
#[derive(Clone)]
pub(super) struct Desk {
    house: Arc<House>,
    site: Arc<Site>,
    reader: ReaderId,
    now: Timestamp,
}

/// The rules.
pub(super) async fn list(
    State(house): State<Arc<House>>,
    Extension(site): Extension<Arc<Site>>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Response {
    let visit = match Visit::begin(house, site, &headers, "/reader/rules").await {
        Ok(visit) => visit,
        Err(response) => return response,
    };
    match visit.desk().shown(asked.like).await {
        Ok(keys) => visit.page("rules", ("rules", None), keys).await,
        Err(failure) => visit.broken(&failure),
    }
}

/// Adds a rule, tries one out, or takes one back.
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
    // Who goes away meanwhile has still asked for all of it.
    let desk = visit.desk();
    let work = tokio::spawn(async move { desk.changed(&given).await });
    let result = work.await.unwrap_or_else(|error| Err(Failure::run(error.to_string())));
    match result {
        Ok((status, keys)) => visit.page_with(status, "rules", ("rules", None), keys).await,
        Err(failure) => visit.broken(&failure),
    }
}

impl Visit {
    /// The desk of the owner.
    pub(super) fn desk(&self) -> Desk {
        let (house, site) = (Arc::clone(&self.house), Arc::clone(&self.site));
        Desk { house, site, reader: self.reader, now: self.now }
    }

    /// Hides what somebody writes, up to a day if there is one. False if nothing is known of whom to
    /// hide.
    pub(super) async fn hide_person(
        &self,
        item: ItemId,
        until: Option<Date>,
    ) -> Result<bool, Failure> {
        let Some(stored) = self.house.store.entry(self.reader, item).await? else {
            return Ok(false);
        };
        let sources = self.house.store.sources(self.reader, &[stored.feed]).await?;
        let Some(home) =
            sources.first().and_then(|source| Some(Card::read(source.card.as_deref()?).home))
        else {
            return Ok(false);
        };
        let today = self.now.to_zoned(self.config.time_zone.clone()).date();
        let rule = Rule { until, since: Some(today), ..Rule::mute(Condition::Person(home)) };
        let desk = self.desk();
        let work = tokio::spawn(async move { desk.put(Row::Rule(rule)).await });
        work.await.unwrap_or_else(|error| Err(Failure::run(error.to_string())))?;
        Ok(true)
    }
}

impl Desk {
    /// What the page shows; with `like`, its form is filled from that post.
    pub(super) async fn shown(&self, like: Option<i64>) -> Result<Value, Failure> {
        let mut form = Given { action: "hide".into(), field: "word".into(), ..Given::default() };
        if let Some(item) = like.map(ItemId::from_number)
            && let Some(entry) = self.house.store.entry(self.reader, item).await?
        {
            (form.field, form.value) = self.likeness(&entry).await?;
        }
        self.keys(&form, News::default()).await
    }

    /// Does what a form asks for; returns what the page shows then.
    pub(super) async fn changed(&self, given: &Given) -> Result<(StatusCode, Value), Failure> {
        let news = match given.act.as_str() {
            "remove" => self.remove(&given.id).await?,
            _ => self.add(given).await?,
        };
        let is_wrong = news.problem.is_some();
        let status = if is_wrong { StatusCode::BAD_REQUEST } else { StatusCode::OK };
        // What was added is not offered once more.
        let fresh = Given { action: "hide".into(), field: "word".into(), ..Given::default() };
        let form = if news.said.is_some() { &fresh } else { given };
        Ok((status, self.keys(form, news).await?))
    }

    /// Writes a rule down and judges by it; false if it stood there already.
    pub(super) async fn put(&self, row: Row) -> Result<bool, Failure> {
        let root = Arc::clone(&self.site.root);
        let is_new = blocking(move || file::put(&root, &row)).await?;
        self.apply().await?;
        Ok(is_new)
    }

    /// Takes a row back, and what it hid is shown again; false if there is none of that name.
    pub(super) async fn take_back(&self, id: &str) -> Result<bool, Failure> {
        let (root, own) = (Arc::clone(&self.site.root), id.to_owned());
        let mut is_gone = blocking(move || file::remove(&root, &own)).await?;
        if !is_gone {
            // What is blocked or muted at the site is listed here, too.
            let desk = self.site.desk(&self.house.store);
            is_gone = moderate::remove_rule(&desk, id, self.now).await?;
        }
        self.apply().await?;
        Ok(is_gone)
    }

    /// Takes the files over and judges the first of what is there by them.
    async fn apply(&self) -> Result<(), Failure> {
        let house = &self.house;
        take_over_rules(house, &self.site, self.reader).await;
        let at = (self.now, house.daemon.database.is_some());
        let is_done = house.reading.hiding.settle(&house.store, self.reader, at, AT_ONCE).await?;
        if !is_done {
            house.reading.work.notify_one();
        }
        Ok(())
    }

    async fn remove(&self, id: &str) -> Result<News, Failure> {
        let is_removed = self.take_back(id).await?;
        let words = if is_removed { "Taken back." } else { "That rule was gone already." };
        Ok(News { said: Some(json!({ "words": words })), ..News::default() })
    }

    async fn add(&self, given: &Given) -> Result<News, Failure> {
        let (rules, today) = self.rules().await;
        let rule = match rule(given, today) {
            Ok(rule) => rule,
            Err(problem) => return Ok(News { problem: Some(problem), ..News::default() }),
        };
        if given.act == "try" {
            let change = Change::Add(rule);
            let (store, rules) = (&self.house.store, (&rules, &change));
            let trial = try_change(store, self.reader, rules, today, TRIED).await?;
            return Ok(News { trial: Some(trial), ..News::default() });
        }
        let id = rule.id();
        let words =
            if self.put(Row::Rule(rule)).await? { "Added." } else { "That stood here already." };
        let path = format!("{}/reader/rules", self.prefix());
        let fields = json!([{ "name": "act", "value": "remove" }, { "name": "id", "value": id }]);
        let said = json!({ "words": words, "undo": { "path": path, "fields": fields } });
        Ok(News { said: Some(said), ..News::default() })
    }

    async fn rules(&self) -> (Arc<Rules>, Date) {
        let zone = self.site.now().config.time_zone.clone();
        let today = self.now.to_zoned(zone).date();
        let known = self.house.reading.hiding.rules(self.reader, self.now).await;
        known.unwrap_or_else(|| (Arc::default(), today))
    }

    fn prefix(&self) -> String {
        pages::prefix(&self.site.now().config)
    }

    /// By what others like a post are met: a tag, its kind, or else its author.
    async fn likeness(&self, stored: &StoredEntry) -> Result<(String, String), Failure> {
        let entry = Entry::read(&stored.body);
        if let Some(tag) = entry.tags.first() {
            return Ok(("tag".to_owned(), tag.replace(',', " ")));
        }
        if !matches!(stored.kind.as_str(), "note" | "article") {
            return Ok(("kind".to_owned(), stored.kind.clone()));
        }
        let author = entry.authors.iter().find_map(|face| face.url.as_ref());
        let home = match author {
            Some(url) => url.to_string(),
            None => {
                let source = self.house.store.followed_as(self.reader, stored.feed).await?;
                source.map(|source| Card::read(&source.card).home).unwrap_or_default()
            }
        };
        Ok(("person".to_owned(), home))
    }

    async fn keys(&self, form: &Given, news: News) -> Result<Value, Failure> {
        let store = &self.house.store;
        let (rules, today) = self.rules().await;
        let counts = store.count_hidden(self.reader).await?;
        let root = Arc::clone(&self.site.root);
        let rows = blocking(move || Ok(file::readable(&root)?.0)).await?;
        let searches = rows.iter().filter_map(|row| match row {
            Row::Search(search) => Some(self.search(search)),
            Row::Rule(_) => None,
        });
        let named = store.channels(self.reader).await?;
        let channels = named.into_iter().map(|(name, _)| {
            let word = if name.is_empty() { "Others" } else { &name };
            json!({ "value": format!("={name}"), "word": word })
        });
        let everywhere = json!({ "value": "", "word": "Everywhere" });
        let choice = |list: &[(&str, &str)]| -> Vec<Value> {
            list.iter().map(|(value, word)| json!({ "value": value, "word": word })).collect()
        };
        let kinds: Vec<Value> = Kind::POSTS
            .iter()
            .map(|kind| json!({ "value": kind.name(), "word": kind.with_article() }))
            .collect();
        Ok(json!({
            "title": "Hiding and rules",
            "said": news.said,
            "groups": groups(&rules, &counts, today),
            "hidden": format!("{}/reader/hidden", self.prefix()),
            "fields": choice(&FIELDS),
            "actions": choice(&ACTIONS),
            "kinds": kinds,
            "channels": std::iter::once(everywhere).chain(channels).collect::<Vec<_>>(),
            "form": {
                "action": form.action,
                "field": form.field,
                "value": form.value,
                "channel": form.channel,
                "until": form.until,
                "note": form.note,
            },
            "today": today.to_string(),
            "problem": news.problem.map(|(field, words)| json!({ "field": field, "words": words })),
            "trial": match &news.trial {
                Some(trial) => Some(self.trial(trial).await?),
                None => None,
            },
            "saved": searches.collect::<Vec<_>>(),
        }))
    }

    fn search(&self, search: &Search) -> Value {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.append_pair("q", &search.query);
        if let Some(name) = &search.channel {
            query.append_pair("channel", &format!("={name}"));
        }
        let path = format!("{}/reader/search?{}", self.prefix(), query.finish());
        json!({ "id": search.id(), "words": search.name, "path": path, "new": false })
    }

    async fn trial(&self, trial: &Trial) -> Result<Value, Failure> {
        let zone = self.site.now().config.time_zone.clone();
        let prefix = self.prefix();
        let mut list = Vec::with_capacity(trial.changed.len());
        for (stored, _) in &trial.changed {
            let entry = Entry::read(&stored.body);
            let named = entry.authors.iter().find_map(|face| face.name.clone());
            let author = match named {
                Some(name) => name,
                None => {
                    let source = self.house.store.followed_as(self.reader, stored.feed).await?;
                    let card = source.map(|source| Card::read(&source.card)).unwrap_or_default();
                    card.name.unwrap_or(card.home)
                }
            };
            list.push(json!({
                "here": format!("{prefix}/reader/item/{}", stored.place.item.number()),
                "author": author,
                "title": title(&entry, &stored.kind),
                "at": pages::time(stored.place.sorted, &zone),
            }));
        }
        Ok(json!({ "words": sum(trial), "list": list }))
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|error| Err(Failure::run(error.to_string())))
}

/// What stands for a post in a list.
fn title(entry: &Entry, kind: &str) -> String {
    let text = || {
        let html = entry.html.as_ref().or(entry.summary.as_ref());
        excerpt(&html.map(|html| plain_text(html)).unwrap_or_default(), TITLE)
    };
    let said = entry.title.clone().filter(|title| !title.trim().is_empty()).unwrap_or_else(text);
    if said.trim().is_empty() { kind.to_owned() } else { said }
}

/// What came of a trial, in words.
fn sum(trial: &Trial) -> String {
    let looked = match trial.looked {
        0 => return "Nothing has come yet that it could be tried out on.".to_owned(),
        1 => "the one post".to_owned(),
        many => format!("the last {many} posts"),
    };
    match (trial.hides, trial.shows) {
        (0, 0) => format!("Of {looked}, nothing would change."),
        (hides, 0) => format!("Of {looked}, {hides} would be hidden."),
        (0, shows) => format!("Of {looked}, {shows} would come back."),
        (hides, shows) => {
            format!("Of {looked}, {hides} would be hidden and {shows} would come back.")
        }
    }
}

/// All rules by what they are about.
fn groups(rules: &Rules, counts: &[(String, usize)], today: Date) -> Vec<Value> {
    let mut all: Vec<(&str, Vec<Value>)> = GROUPS.iter().map(|name| (*name, Vec::new())).collect();
    let mut push = |group: &str, line: Value| {
        if let Some((_, lines)) = all.iter_mut().find(|(name, _)| *name == group) {
            lines.push(line);
        }
    };
    let count =
        |id: &str| counts.iter().find(|(rule, _)| rule == id).map_or(0, |(_, count)| *count);
    for rule in rules.rules() {
        let id = rule.id();
        let effect = match rule.action {
            _ if !rule.holds_on(today) => "has ended".to_owned(),
            Action::Keep => "shows what others would hide".to_owned(),
            _ if rule.quiet_channel().is_some() => "hides nothing".to_owned(),
            _ => hides(count(&id)),
        };
        let line = line(
            (&id, &rule.in_words()),
            (rule.since, rule.until),
            &effect,
            rule.reason.as_deref(),
        );
        push(group(rule), line);
    }
    for rule in rules.house() {
        let (id, is_over) = (rule.id(), rule.until.is_some_and(|until| until < today));
        let effect = if is_over { "has ended".to_owned() } else { hides(count(&id)) };
        let line = line(
            (&id, &house_words(rule)),
            (rule.since, rule.until),
            &effect,
            rule.reason.as_deref(),
        );
        push("Whom your site does not hear", line);
    }
    let named = all.into_iter().filter(|(_, lines)| !lines.is_empty());
    named.map(|(name, lines)| json!({ "name": name, "rules": lines })).collect()
}

fn line(
    (id, words): (&str, &str),
    (since, until): (Option<Date>, Option<Date>),
    effect: &str,
    note: Option<&str>,
) -> Value {
    let day = |day: Date| json!({ "iso": day.to_string(), "text": day.strftime("%-d %B %Y").to_string() });
    let mut line = json!({
        "id": id,
        "words": words,
        "since": since.map_or_else(|| json!({ "iso": "", "text": "the beginning" }), day),
        "effect": effect,
    });
    if let Some(all) = line.as_object_mut() {
        all.extend(until.map(|until| ("until".to_owned(), day(until))));
        all.extend(note.map(|note| ("note".to_owned(), note.into())));
    }
    line
}

fn hides(count: usize) -> String {
    match count {
        0 => "hides nothing so far".to_owned(),
        1 => "hides one post".to_owned(),
        many => format!("hides {many} posts"),
    }
}

fn group(rule: &Rule) -> &'static str {
    match (rule.action, rule.conditions.as_slice()) {
        (Action::Keep, _) => "Never hidden",
        (_, [Condition::Words(_)]) => "Words",
        (_, [Condition::Person(_)]) if rule.until.is_some() => "People for a while",
        (_, [Condition::Person(_)]) => "People",
        (_, [Condition::Domain(_)]) => "Sites",
        (_, [Condition::Kind(_)]) => "Kinds of posts",
        (Action::Mute, [Condition::Channel(_)]) => "Channels",
        _ => "Other rules",
    }
}

fn house_words(rule: &HouseRule) -> String {
    let verb = pages::sentence(rule.action.name());
    let verb = verb.trim_end_matches('.');
    match &rule.what {
        What::Author(url) => format!("{verb} {url}"),
        What::Domain(host) => format!("{verb} everybody at {host}"),
        What::Words(words) => format!("{verb} who says {}", words.join(", ")),
        What::Links(most) => format!("{verb} more than {most} links"),
    }
}

/// The rule that a form means.
fn rule(given: &Given, today: Date) -> Result<Rule, Wrong> {
    let value = given.value.trim();
    if value.is_empty() {
        return Err(("value", "Say which."));
    }
    let is_keep = match given.action.as_str() {
        "hide" => false,
        "keep" => true,
        _ => return Err(("action", "Choose what to do.")),
    };
    let mut conditions = vec![condition(&given.field, value)?];
    if let Some(name) = given.channel.strip_prefix('=') {
        if given.field == "channel" {
            return Err(("channel", "A channel is everywhere at once: choose everywhere."));
        }
        conditions.push(Condition::Channel(name.trim().to_owned()));
    }
    let is_mute = matches!(
        conditions.as_slice(),
        [Condition::Words(_)
            | Condition::Person(_)
            | Condition::Domain(_)
            | Condition::Kind(_)
            | Condition::Channel(_)]
    );
    let action = match (is_keep, is_mute) {
        (true, _) => Action::Keep,
        (false, true) => Action::Mute,
        (false, false) => Action::Drop,
    };
    let until = match given.until.trim() {
        "" => None,
        day => {
            let day: Option<Date> = day.parse().ok();
            let wrong = ("until", "A day is written like 2026-05-03, and lies ahead.");
            Some(day.filter(|day| *day >= today).ok_or(wrong)?)
        }
    };
    let note: String = given.note.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let reason = Some(note.trim().to_owned()).filter(|note| !note.is_empty());
    Ok(Rule { reason, since: Some(today), until, ..Rule::new(action, conditions) })
}

fn condition(field: &str, value: &str) -> Result<Condition, Wrong> {
    if value.contains(char::is_control) {
        return Err(("value", "Write it in one line."));
    }
    let words = || {
        let words = value.split([',', '、', '，']).map(str::trim).filter(|word| !word.is_empty());
        let words: Vec<String> = words.map(str::to_owned).collect();
        if words.is_empty() { Err(("value", "Say which.")) } else { Ok(words) }
    };
    let score = || {
        let score = value.parse().ok().filter(|score| *score <= 100);
        score.ok_or(("value", "Write a number from 0 to 100."))
    };
    Ok(match field {
        "word" => Condition::Words(words()?),
        "title" => Condition::Title(words()?),
        "tag" => Condition::Tag(words()?),
        "author" => Condition::Author(words()?),
        "person" => Condition::Person(address(value)?),
        "domain" if is_domain(value) && !value.contains("://") => {
            Condition::Domain(value.to_owned())
        }
        "domain" => return Err(("value", "A site is named like spam.example, without https://.")),
        "kind" => {
            let kind = Kind::POSTS.into_iter().find(|kind| value.eq_ignore_ascii_case(kind.name()));
            Condition::Kind(kind.ok_or(("value", "Choose one of the kinds: note, like, photo …"))?)
        }
        "channel" => Condition::Channel(value.to_owned()),
        "robo" => Condition::RoboOver(score()?),
        "flame" => Condition::FlameOver(score()?),
        "trust" => {
            let near = Nearness::ALL.into_iter().find(|(name, _)| value.eq_ignore_ascii_case(name));
            let wrong = ("value", "Write stranger, known, followed, approved or me.");
            Condition::Trust(near.ok_or(wrong)?.1)
        }
        _ => return Err(("field", "Choose what the rule looks at.")),
    })
}

/// The address of somebody, which people also write without its beginning.
fn address(value: &str) -> Result<String, Wrong> {
    let wrong = ("value", "Write the address of their page, such as https://ana.example/.");
    let has_scheme = value.starts_with("https://") || value.starts_with("http://");
    let whole = if has_scheme { value.to_owned() } else { format!("https://{value}") };
    let url = url::Url::parse(&whole).map_err(|_| wrong)?;
    let is_host = url.host_str().is_some_and(is_domain);
    if is_host || has_scheme { Ok(url.into()) } else { Err(wrong) }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;
    use crate::config::Config;
    use crate::daemon::companion::enter;
    use crate::reader::poll::Poller;
    use crate::site::{Over, write_file};
    use crate::store::{Following, Store};

    fn given(action: &str, field: &str, value: &str) -> Given {
        let [action, field, value] = [action, field, value].map(str::to_owned);
        Given { action, field, value, ..Given::default() }
    }

    const TODAY: Date = jiff::civil::date(2026, 5, 3);

    #[test]
    fn a_form_is_a_rule() {
        for (action, field, value, words) in [
            ("hide", "word", "spoiler, 剧透", "Hide what says “spoiler” or “剧透”"),
            ("hide", "person", "ana.example", "Hide what is by ana.example"),
            ("hide", "person", "https://s.example/@ben", "Hide what is by s.example/@ben"),
            ("hide", "domain", "s.example", "Hide what is from s.example"),
            ("hide", "kind", "Like", "Hide what is a like"),
            ("hide", "channel", "News", "Keep the channel “News” on its own page"),
            ("hide", "title", "fog", "Hide what says “fog” in its title"),
            ("hide", "tag", "fog", "Hide what is tagged “fog”"),
            ("hide", "author", "Bot", "Hide what is by somebody called “Bot”"),
            ("hide", "robo", "60", "Hide what looks like advertising (over 60 of 100)"),
            ("hide", "flame", "0", "Hide what may attack somebody (over 0 of 100)"),
            ("hide", "trust", "stranger", "Hide what is by a stranger"),
            ("keep", "word", "Lanai", "Never hide what says “Lanai”"),
        ] {
            let rule = rule(&given(action, field, value), TODAY).unwrap();
            assert_eq!(rule.in_words(), words);
            let channel = Given { channel: "=News".into(), ..given(action, field, value) };
            let in_channel = super::rule(&channel, TODAY);
            assert_eq!(in_channel.is_err(), field == "channel", "{field}");
            // What the form makes can be written and read again.
            let site = tempfile::tempdir().unwrap();
            for rule in [Some(rule), in_channel.ok()].into_iter().flatten() {
                assert!(file::put(site.path(), &Row::Rule(rule)).unwrap());
            }
        }
    }

    #[test]
    fn a_form_that_is_not_right_names_its_field() {
        for (form, field) in [
            (given("hide", "word", " "), "value"),
            (given("hide", "word", ",,"), "value"),
            (given("hide", "word", "two\nlines"), "value"),
            (given("drop", "word", "x"), "action"),
            (given("hide", "moon", "x"), "field"),
            (given("hide", "person", "ana"), "value"),
            (given("hide", "domain", "com"), "value"),
            (given("hide", "kind", "likes"), "value"),
            (given("hide", "robo", "101"), "value"),
            (given("hide", "trust", "friend"), "value"),
            (Given { until: "soon".into(), ..given("hide", "word", "x") }, "until"),
            (Given { until: "2026-05-02".into(), ..given("hide", "word", "x") }, "until"),
            (Given { channel: "=".into(), ..given("hide", "channel", "x") }, "channel"),
        ] {
            assert_eq!(rule(&form, TODAY).unwrap_err().0, field, "{form:?}");
        }
    }

    async fn desk(root: &std::path::Path) -> Desk {
        let text = "title = \"Me\"\nurl = \"https://me.example\"\n";
        write_file(&root.join("lanai.toml"), text.as_bytes(), Over::Existing).unwrap();
        let config = Config::load(root).unwrap();
        let store = Store::open(&root.join("state")).await.unwrap();
        let site = Arc::new(enter(root.to_path_buf(), config).unwrap());
        let sites = vec![Arc::clone(&site)];
        let house = Arc::new(House::new(sites, store, crate::config::Daemon::default(), root));
        let (reader, _, _) = house.store.reader(&site.id).await.unwrap();
        Desk { house, site, reader, now: "2026-05-03T12:00:00Z".parse().unwrap() }
    }

    async fn bring(desk: &Desk) {
        let store = &desk.house.store;
        let ana = Following {
            url: "https://ana.example/feed.json".into(),
            host: "ana.example:443".into(),
            channel: "News".into(),
            card: json!({ "home": "https://ana.example/", "name": "Ana" }).to_string(),
        };
        store.follow(desk.reader, &[ana], ("1", true), desk.now).await.unwrap();
        let feed = store.followed_feeds(desk.reader).await.unwrap().remove(0);
        let item = |n: usize, title: &str, tags: &[&str]| {
            let url = format!("https://ana.example/{n}");
            json!({ "id": url, "url": url, "title": title, "tags": tags, "content_html": "<p>x</p>" })
        };
        let items = [item(1, "Fog", &[]), item(2, "Sun", &["weather"]), item(3, "More fog", &[])];
        let feed_text = json!({ "version": "https://jsonfeed.org/version/1.1", "items": items });
        let poller = Poller::new(store.clone(), HashMap::new());
        let poller = poller.judging_by(desk.house.reading.hiding.clone());
        let body = feed_text.to_string().into_bytes();
        poller.take_delivery(feed, None, body, desk.now).await.unwrap().unwrap();
    }

    #[tokio::test]
    async fn a_rule_is_tried_out_added_and_taken_back() {
        let dir = tempfile::tempdir().unwrap();
        let desk = desk(dir.path()).await;
        bring(&desk).await;
        let keys = desk.shown(None).await.unwrap();
        assert_eq!(keys["groups"], json!([]));
        assert_eq!(keys["channels"][1], json!({ "value": "=News", "word": "News" }));

        let fog = Given { act: "try".into(), ..given("hide", "word", "fog") };
        let (status, keys) = desk.changed(&fog).await.unwrap();
        assert_eq!(status, StatusCode::OK);
        assert_eq!(keys["trial"]["words"], "Of the last 3 posts, 2 would be hidden.");
        assert_eq!(keys["trial"]["list"][0]["author"], "Ana");
        assert_eq!(keys["form"]["value"], "fog");
        assert!(!dir.path().join(file::FILE).exists());

        let add = Given { act: "add".into(), note: "tired".into(), ..fog.clone() };
        let (_, keys) = desk.changed(&add).await.unwrap();
        assert_eq!(keys["said"]["words"], "Added.");
        let line = &keys["groups"][0]["rules"][0];
        assert_eq!(keys["groups"][0]["name"], "Words");
        assert_eq!(line["words"], "Hide what says “fog”");
        assert_eq!((&line["effect"], &line["note"]), (&json!("hides 2 posts"), &json!("tired")));
        assert_eq!(line["since"], json!({ "iso": "2026-05-03", "text": "3 May 2026" }));
        assert_eq!(keys["said"]["undo"]["fields"][1]["value"], line["id"]);

        let bad = Given { value: String::new(), ..add };
        let (status, keys) = desk.changed(&bad).await.unwrap();
        assert_eq!((status, &keys["problem"]["field"]), (StatusCode::BAD_REQUEST, &json!("value")));

        let id = line["id"].as_str().unwrap().to_owned();
        let gone = Given { act: "remove".into(), id, ..Given::default() };
        let (_, keys) = desk.changed(&gone).await.unwrap();
        assert_eq!((&keys["said"]["words"], &keys["groups"]), (&json!("Taken back."), &json!([])));
        assert!(desk.house.store.count_hidden(desk.reader).await.unwrap().is_empty());
        let (_, keys) = desk.changed(&gone).await.unwrap();
        assert_eq!(keys["said"]["words"], "That rule was gone already.");
    }

    #[tokio::test]
    async fn whom_the_site_does_not_hear_is_listed_and_can_be_heard_again() {
        let dir = tempfile::tempdir().unwrap();
        let desk = desk(dir.path()).await;
        bring(&desk).await;
        let text = "[[block]]\ndomain = \"ana.example\"\n[[hold]]\nlinks = 2\n";
        let path = dir.path().join("data/moderation.toml");
        write_file(&path, text.as_bytes(), Over::Existing).unwrap();
        desk.apply().await.unwrap();
        let keys = desk.shown(None).await.unwrap();
        let rules = keys["groups"][0]["rules"].as_array().unwrap();
        assert_eq!(rules.len(), 1);
        assert_eq!(rules[0]["words"], "Block everybody at ana.example");
        assert_eq!(rules[0]["effect"], "hides 3 posts");
        let id = rules[0]["id"].as_str().unwrap().to_owned();
        let back = Given { act: "remove".into(), id, ..Given::default() };
        let (_, keys) = desk.changed(&back).await.unwrap();
        assert_eq!(keys["groups"], json!([]));
        assert!(desk.house.store.count_hidden(desk.reader).await.unwrap().is_empty());
    }

    #[tokio::test]
    async fn a_post_fills_the_form() {
        let dir = tempfile::tempdir().unwrap();
        let desk = desk(dir.path()).await;
        bring(&desk).await;
        let all = desk.house.store.latest_entries(desk.reader, None, 9).await.unwrap();
        let mut forms = Vec::new();
        for entry in all {
            let keys = desk.shown(Some(entry.place.item.number())).await.unwrap();
            forms.push(keys["form"]["field"].as_str().unwrap().to_owned());
        }
        forms.sort();
        assert_eq!(forms, ["person", "person", "tag"]);
        assert_eq!(desk.shown(Some(999)).await.unwrap()["form"]["field"], "word");
    }
}
