//! What is done once a day: subscribed block lists are fetched, pictures that nobody shows are removed.

use std::time::Duration;

use jiff::Timestamp;
use url::Url;

use super::desk::Desk;
use super::knowledge::list_name;
use super::moderate::judge_all;
use super::pictures;
use super::settle::Next;
use crate::error::Failure;
use crate::net::{End, Limits, Login, Request};
use crate::site::{mentions as files, moderation};

/// The daily work.
pub const DAILY: &str = "daily";

/// How long it rests.
const REST: Duration = Duration::from_secs(24 * 3_600);

/// Does what is due every day. A list that cannot be had stays as it was.
///
/// # Errors
/// Files or a database that fail.
pub async fn daily(desk: &Desk, now: Timestamp) -> Result<Next, Failure> {
    let mut is_other = false;
    let lists: Vec<String> =
        moderation::read(&desk.root)?.subscriptions().iter().map(|list| list.url.clone()).collect();
    for address in lists {
        let Some(text) = fetch(desk, &address).await else { continue };
        let name = list_name(&address);
        if desk.store.secret(&desk.site, &name).await?.as_deref() != Some(text.as_str()) {
            desk.store.keep_secret(&desk.site, &name, &text).await?;
            is_other = true;
        }
    }
    if is_other {
        judge_all(desk, now).await?;
    } else {
        // A rule may have ended today.
        desk.forget_knowledge().await?;
    }
    files::remove_pictures(&desk.root, files::Why::Tidy, pictures::is_fetched)?;
    Ok(Next::At(now.checked_add(REST).unwrap_or(Timestamp::MAX)))
}

/// The text of a block list.
async fn fetch(desk: &Desk, address: &str) -> Option<String> {
    let url = Url::parse(address).ok()?;
    let request = Request {
        url: &url,
        role: "block list",
        accept: "text/plain, text/csv, */*;q=0.1",
        headers: &[],
        login: Login::Nobody,
        limits: Limits::FEED,
    };
    let answer = desk.client.get(&request).await.ok()?;
    let is_whole = answer.is_success() && answer.end == End::Whole;
    is_whole.then(|| String::from_utf8_lossy(&answer.body).replace('\0', ""))
}
