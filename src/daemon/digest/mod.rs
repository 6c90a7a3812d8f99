//! The digest: what came to the door, one entry a day, as a feed that only the owner knows of, and
//! by mail if there is a server for it. No mention makes a noise of its own.

mod day;
pub(super) mod friends;
mod letter;
mod morning;

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::ToSpan;

use super::companion::House;
use super::login::broken;
use super::sites::Site;
use super::{clock, pages};
use crate::error::Failure;
use crate::formats::atom;
use crate::formats::feed::{Author, Feed, Item};
use crate::mentions::desk::Desk;
use crate::mentions::random;
use crate::text::html::escape_text;

use self::day::{Day, Door};

pub(super) use self::morning::{MAIL, begin, morning};

/// What the secret part of the address is called in the database.
const NAME: &str = "digest";

/// Days that the feed holds, and that a mail tells of at most.
const DAYS: i64 = 14;

/// The secret part of the feed's address; it is made when it is first asked for.
pub(super) async fn name(desk: &Desk) -> Result<String, Failure> {
    if let Some(name) = desk.store.secret(&desk.site, NAME).await? {
        return Ok(name);
    }
    let name = random::name()?;
    desk.store.keep_secret(&desk.site, NAME, &name).await?;
    Ok(name)
}

/// The feed.
pub(super) async fn feed(
    State(house): State<Arc<House>>,
    Extension(site): Extension<Arc<Site>>,
    Path(file): Path<String>,
    headers: HeaderMap,
) -> Response {
    let desk = site.desk(&house.store);
    let known = match desk.store.secret(&desk.site, NAME).await {
        Ok(known) => known,
        Err(error) => return broken(&desk.config, &error.into()),
    };
    let asked = file.strip_suffix(".xml").unwrap_or_default();
    let Some(name) = known.filter(|known| super::session::same(known, asked)) else {
        let words = "There is no feed with this address.";
        return pages::message(&desk.config, StatusCode::NOT_FOUND, "Nothing is here", words);
    };
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    match digest(&desk, &queue(&desk, host), &name).await {
        Ok(text) => {
            let headers = [
                (header::CONTENT_TYPE, "application/atom+xml; charset=utf-8"),
                (header::CACHE_CONTROL, "private, max-age=900"),
            ];
            (headers, text).into_response()
        }
        Err(failure) => broken(&desk.config, &failure),
    }
}

/// Where the owner decides: at the daemon's public address, or else at a host.
fn queue(desk: &Desk, host: &str) -> String {
    let daemon = desk.config.daemon.as_ref().and_then(|daemon| daemon.endpoint("moderation"));
    daemon.unwrap_or_else(|| format!("http://{host}/moderation"))
}

async fn digest(desk: &Desk, queue: &str, name: &str) -> Result<String, Failure> {
    let door = Door::look(desk).await?;
    // Today is told tomorrow, when it is whole.
    let today = desk.today(clock::now());
    let days = (1..=DAYS).filter_map(|back| today.checked_sub(back.days()).ok());
    let items = days.filter_map(|date| item(desk, &door.day(date)?, queue, name));
    Ok(atom::write(&Feed {
        id: format!("tag:{},2026:digest-{name}", desk.config.home.host()),
        title: format!("At the door of {}", desk.config.title),
        home_url: queue.to_owned(),
        self_url: format!("{queue}/digest/{name}.xml"),
        authors: vec![Author { name: desk.config.author.name.clone(), ..Author::default() }],
        items: items.collect(),
        ..Feed::default()
    }))
}

fn item(desk: &Desk, day: &Day, queue: &str, name: &str) -> Option<Item> {
    let end = day.date.tomorrow().ok()?.to_zoned(desk.config.time_zone.clone()).ok()?;
    let mut html = String::new();
    for named in &day.named {
        html.push_str(&format!(
            "<p><strong>{}</strong> ({}): {}</p>",
            escape_text(&named.who),
            named.state,
            escape_text(&named.text)
        ));
    }
    html.push_str(&format!("<p><a href=\"{}\">{}</a></p>", escape_text(queue), "At the door"));
    Some(Item {
        id: format!("{queue}/digest/{name}#{}", day.date),
        url: queue.to_owned(),
        fallback_title: day.title(),
        title: Some(day.title()),
        content_html: html,
        published: end,
        ..Item::default()
    })
}
