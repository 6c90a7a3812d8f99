//! The digest: what came to the door, one entry a day, as a feed that only the owner knows of. No
//! mention makes a noise of its own.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::civil::Date;
use jiff::{ToSpan, Zoned};

use super::cards::line;
use super::companion::House;
use super::login::broken;
use super::sites::Site;
use super::{clock, pages};
use crate::error::Failure;
use crate::formats::atom;
use crate::formats::feed::{Author, Feed, Item};
use crate::mentions::desk::Desk;
use crate::mentions::knowledge::mention_of;
use crate::mentions::random;
use crate::store::{MentionState, StoredMention};
use crate::text::excerpt::excerpt;
use crate::text::html::escape_text;

/// What the secret part of the address is called in the database.
const NAME: &str = "digest";

/// Days that the feed holds.
const DAYS: i64 = 14;

/// Mentions of each kind that are looked at.
const MOST: u32 = 500;

/// Mentions of a day that are named.
const NAMED: usize = 20;

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
    let daemon = desk.config.daemon.as_ref().and_then(|daemon| daemon.endpoint("moderation"));
    let queue = daemon.unwrap_or_else(|| format!("http://{host}/moderation"));
    match digest(&desk, &queue, &name).await {
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

async fn digest(desk: &Desk, queue: &str, name: &str) -> Result<String, Failure> {
    let zone = desk.config.time_zone.clone();
    let today = clock::now().to_zoned(zone.clone()).date();
    let mut all = Vec::new();
    for state in [MentionState::Held, MentionState::Spam, MentionState::Published] {
        all.extend(desk.store.mentions(&desk.site, state, MOST).await?);
    }
    let of_day = |day: Date| -> Vec<&StoredMention> {
        all.iter().filter(|stored| stored.received.to_zoned(zone.clone()).date() == day).collect()
    };
    // Today is told tomorrow, when it is whole.
    let days = (1..=DAYS).filter_map(|back| today.checked_sub(back.days()).ok());
    let items = days.filter_map(|day| {
        let end: Zoned = day.tomorrow().ok()?.to_zoned(zone.clone()).ok()?;
        item(&of_day(day), (day, end), queue, name)
    });
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

/// What came on a day; none if nothing did.
fn item(
    came: &[&StoredMention],
    (day, end): (Date, Zoned),
    queue: &str,
    name: &str,
) -> Option<Item> {
    let count = |state| came.iter().filter(|stored| stored.state == state).count();
    let (held, spam, shown) =
        (count(MentionState::Held), count(MentionState::Spam), count(MentionState::Published));
    if held + spam + shown == 0 {
        return None;
    }
    let title = format!("{held} wait, {shown} published, {spam} folded away");
    let mut html = String::new();
    for stored in came.iter().filter(|stored| stored.state != MentionState::Spam).take(NAMED) {
        let text = mention_of(stored).map(|mention| excerpt(&mention.text, 200));
        html.push_str(&format!(
            "<p><strong>{}</strong> ({}): {}</p>",
            escape_text(&line(stored)),
            stored.state.name(),
            escape_text(&text.unwrap_or_default())
        ));
    }
    html.push_str(&format!("<p><a href=\"{}\">{}</a></p>", escape_text(queue), "At the door"));
    Some(Item {
        id: format!("{queue}/digest/{name}#{day}"),
        url: queue.to_owned(),
        fallback_title: title.clone(),
        title: Some(title),
        content_html: html,
        published: end,
        ..Item::default()
    })
}
