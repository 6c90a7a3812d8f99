//! For sites without a daemon: what a service such as webmention.io received is taken over, judged
//! like what comes to the door, and filed. The service has looked at the pages already.

use std::collections::BTreeSet;

use jiff::{Timestamp, ToSpan};
use serde_json::Value;
use url::Url;

use super::desk::Desk;
use super::judge::judge;
use super::pictures;
use super::place::{Finding, is_copy, put};
use super::receive::{Names, VERIFY, key, page_of};
use crate::error::Failure;
use crate::formats::jf2::{MentionFile, read_mention};
use crate::model::Permalink;
use crate::net::{End, Limits, Login, Request};
use crate::site::mentions as files;
use crate::store::{MentionState, NewJob, NewMention};
use crate::text::sanitize::sanitize;

/// Mentions on a page of the service.
const PAGE: usize = 100;

/// Pages that are asked for at most.
const MOST_PAGES: usize = 1_000;

/// Where a service keeps what it received.
#[derive(Debug, Clone)]
pub struct Service {
    /// The address of its list in JF2, such as `https://webmention.io/api/mentions.jf2`.
    pub list: Url,
    /// The word that opens it.
    pub token: Option<String>,
    /// The name under which it knows the site.
    pub domain: String,
}

/// What a sync did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Synced {
    /// Mentions that were published, or changed.
    pub published: usize,
    /// Mentions that wait for the owner, or that rules keep out.
    pub kept_back: usize,
    /// Mentions that the service does not have any more.
    pub removed: usize,
    /// What could not be taken over, in words.
    pub left_out: Vec<String>,
}

/// Takes over what the service has. With `all`, what it does not have any more is removed.
///
/// # Errors
/// A service that does not answer as it should, files or a database that fail. What was taken over
/// before that stays.
pub async fn sync(
    desk: &Desk,
    service: &Service,
    all: bool,
    now: Timestamp,
) -> Result<Synced, Failure> {
    let mut synced = Synced::default();
    let mark = format!("sync {} {}", service.list, service.domain);
    let known = desk.store.secret(&desk.site, &mark).await?;
    let since = known.filter(|_| !all).and_then(|id| id.parse().ok()).unwrap_or(0);
    let mut newest: u64 = since;
    let mut there = BTreeSet::new();
    for number in 0..MOST_PAGES {
        let items = page(desk, service, since, number).await?;
        // Services give fewer than they are asked for.
        let is_last = items.is_empty();
        for item in items {
            newest = newest.max(id(&item));
            match take_over(desk, &item, &mut synced, now).await? {
                Ok(key) => {
                    there.insert(key);
                }
                Err(words) => {
                    there.extend(key_of(&item));
                    synced.left_out.push(words);
                }
            }
        }
        if is_last {
            break;
        }
    }
    if all && there.is_empty() {
        synced.left_out.push("the service has nothing at all; nothing is removed".to_owned());
    } else if all {
        synced.removed = remove_others(desk, &there)?;
    }
    desk.store.keep_secret(&desk.site, &mark, &newest.to_string()).await?;
    files::remove_pictures(&desk.root, files::Why::Tidy, pictures::is_fetched)?;
    Ok(synced)
}

/// What a mention is called that was left out: it is there all the same.
fn key_of(item: &Value) -> Option<String> {
    let file = read_mention(item.to_string().as_bytes()).ok()?;
    Some(key(&Url::parse(&file.source).ok()?, &file.target))
}

fn id(item: &Value) -> u64 {
    item.get("wm-id").and_then(Value::as_u64).unwrap_or(0)
}

/// One page of the service's list, the oldest mention first.
async fn page(
    desk: &Desk,
    service: &Service,
    since: u64,
    number: usize,
) -> Result<Vec<Value>, Failure> {
    let mut url = service.list.clone();
    url.query_pairs_mut()
        .append_pair("domain", &service.domain)
        .append_pair("since_id", &since.to_string())
        .append_pair("sort-dir", "up")
        .append_pair("per-page", &PAGE.to_string())
        .append_pair("page", &number.to_string());
    if let Some(token) = &service.token {
        url.query_pairs_mut().append_pair("token", token);
    }
    let request = Request {
        url: &url,
        role: "Webmention sync",
        accept: "application/jf2+json, application/json",
        headers: &[],
        login: Login::Nobody,
        limits: Limits::FEED,
    };
    let host = service.list.host_str().unwrap_or_default();
    let answer = desk.client.get(&request).await;
    let answer = answer.map_err(|why| Failure::run(format!("{host} does not answer: {why}")))?;
    match answer.status {
        200..300 if answer.end == End::Whole => {}
        401 | 403 => {
            return Err(Failure::with_hint(
                format!("{host} does not know the token"),
                "it stands on the settings page of your account there",
            ));
        }
        status => return Err(Failure::run(format!("{host} answers {status}"))),
    }
    let list: Value = serde_json::from_slice(&answer.body)
        .map_err(|error| Failure::run(format!("{host} sends no JSON: {error}")))?;
    match list.get("children") {
        Some(Value::Array(items)) => Ok(items.clone()),
        _ => Err(Failure::run(format!("{host} sends no list of mentions (JF2)"))),
    }
}

/// Takes one mention over; returns its key, or why it was left out.
async fn take_over(
    desk: &Desk,
    item: &Value,
    synced: &mut Synced,
    now: Timestamp,
) -> Result<Result<String, String>, Failure> {
    let file = match read_mention(item.to_string().as_bytes()) {
        Ok(file) => file,
        Err(error) => return Ok(Err(format!("mention {}: {}", id(item), error.message))),
    };
    let (Ok(source), false) = (Url::parse(&file.source), file.private) else {
        return Ok(Err(format!("{} is private, or no address", file.source)));
    };
    let page = match page_of(&desk.config, &desk.table, &file.target) {
        Ok(page) => page,
        Err(why) => return Ok(Err(format!("{} → {}: {why}", file.source, file.target))),
    };
    if is_copy(desk, &file.source, file.url.as_deref()) {
        return Ok(Err(format!("{} is a copy of a page of this site", file.source)));
    }
    let key = key(&source, &file.target);
    let state = keep(desk, clean(file, &source), (&page, &key), now).await?;
    if state == MentionState::Published {
        synced.published += 1;
    } else {
        synced.kept_back += 1;
    }
    Ok(Ok(key))
}

/// A mention of a service as one that was looked at here.
fn clean(mut file: MentionFile, source: &Url) -> MentionFile {
    file.content_html = file.content_html.as_deref().map(sanitize).filter(|html| !html.is_empty());
    let author = file.author.url.as_deref().and_then(|url| Url::parse(url).ok());
    file.author.verified = author.is_some_and(|author| author.host() == source.host());
    file.children = Vec::new();
    file
}

/// Judges a mention, writes it down, and files it if it may be shown.
async fn keep(
    desk: &Desk,
    file: MentionFile,
    (page, key): (&Permalink, &str),
    now: Timestamp,
) -> Result<MentionState, Failure> {
    let site = &*desk.site;
    let host = Url::parse(&file.source).ok().and_then(|url| url.host_str().map(str::to_owned));
    let host = host.unwrap_or_default();
    // What came years ago is judged by what came with it then.
    let received = file.received.as_ref().map_or(now, |at| at.timestamp().min(now));
    if desk.store.mention(site, key).await?.is_none() {
        let names = Names::of(&desk.store, site).await?;
        let mention = NewMention {
            site,
            key,
            status: &names.status(key),
            source: &file.source,
            target: &file.target,
            host: &host,
            page: page.as_str(),
            vouch: None,
            via: None,
            at: received,
        };
        // A daemon that comes later looks at the page itself.
        let due = now.checked_add(720.hours()).unwrap_or(now);
        let job = NewJob { site, kind: VERIFY, key, payload: &host, due };
        desk.store.accept(mention, "a service received it", job).await?;
    }
    let Some(stored) = desk.store.mention(site, key).await? else {
        return Ok(MentionState::Failed);
    };
    let judged = judge(desk, &stored, (&file, &host), received).await?;
    put(desk, &stored, Finding { file, host: &host, page }, judged, now).await
}

/// Removes the files of mentions that came from a service and are not there any more.
fn remove_others(desk: &Desk, there: &BTreeSet<String>) -> Result<usize, Failure> {
    let mut removed = 0;
    for (name, file) in files::read_all(&desk.root)? {
        let Ok(source) = Url::parse(&file.source) else { continue };
        if file.id.is_some() && !there.contains(&key(&source, &file.target)) {
            files::remove_file(&desk.root, &name)?;
            removed += 1;
        }
    }
    Ok(removed)
}
