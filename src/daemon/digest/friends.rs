//! What friends wrote, a day at a time: as a feed that only the owner knows of, and in the morning
//! mail. Friends are those of whom the owner says so in the words of XFN; where nobody is marked,
//! everybody who is followed is meant.

use std::collections::HashMap;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan};
use url::Url;

use super::DAYS;
use crate::error::Failure;
use crate::formats::atom;
use crate::formats::feed::{Author, Feed, Item};
use crate::mentions::desk::Desk;
use crate::reader::catch_up::is_close;
use crate::reader::timeline::{Shown, Source, by_feed};
use crate::store::FeedId;
use crate::text::excerpt::first_words;
use crate::text::html::{escape_attribute, escape_text, plain_text};

use super::super::clock;

/// What the secret part of the feed's address is called in the database.
pub(in crate::daemon) const NAME: &str = "digest of friends";

/// Posts that are looked at, and those of a day that are told.
const MOST: (u16, usize) = (2_000, 50);

/// Words of a post that are told.
const WORDS: usize = 40;

/// What was older than this when it came is no news: somebody was followed newly.
const OLD: SignedDuration = SignedDuration::from_hours(3 * 24);

/// A post in a few words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Post {
    pub(super) day: Date,
    pub(super) who: String,
    pub(super) title: Option<String>,
    pub(super) text: String,
    pub(super) url: Option<Url>,
}

/// The secret part of the feed's address; none as long as nobody has asked for one.
pub(in crate::daemon) async fn name(desk: &Desk) -> Result<Option<String>, Failure> {
    Ok(desk.store.secret(&desk.site, NAME).await?)
}

/// The address of the feed: at the daemon's public address, or else at a host.
pub(in crate::daemon) fn address(desk: &Desk, host: &str, name: &str) -> String {
    let path = format!("reader/digest/{name}.xml");
    let daemon = desk.config.daemon.as_ref().and_then(|daemon| daemon.endpoint(&path));
    daemon.unwrap_or_else(|| format!("http://{host}/{path}"))
}

/// What friends wrote in the last days, by the day on which it came; the oldest first.
pub(super) async fn look(desk: &Desk, from: Date) -> Result<Vec<Post>, Failure> {
    let zone = &desk.config.time_zone;
    let start = from.to_zoned(zone.clone()).map_or(Timestamp::MIN, |start| start.timestamp());
    let (reader, _, _) = desk.store.reader(&desk.site).await?;
    let entries = desk.store.entries_since(reader, start, None, MOST.0).await?;
    let shown: Vec<Shown> = entries.into_iter().map(Shown::of).collect();
    let mut feeds: Vec<FeedId> = shown.iter().map(|one| one.stored.feed).collect();
    feeds.sort_unstable();
    feeds.dedup();
    let sources = by_feed(&desk.store.sources(reader, &feeds).await?);
    let is_marked = |source: &Source| source.card.as_ref().is_some_and(|card| is_close(&card.xfn));
    let all = desk.store.subscriptions(reader).await?;
    let knows_friends = all
        .iter()
        .any(|one| is_close(&crate::reader::subscribe::Card::read(&one.following.card).xfn));
    let is_meant = |one: &&Shown| {
        let source = sources.get(&one.stored.feed);
        let is_friend = !knows_friends || source.is_some_and(is_marked);
        is_friend && one.stored.arrived.duration_since(one.entry.shown_at()) <= OLD
    };
    Ok(shown.iter().filter(is_meant).map(|one| post(one, &sources, desk)).collect())
}

fn post(one: &Shown, sources: &HashMap<FeedId, Source>, desk: &Desk) -> Post {
    let html = one.entry.html.as_deref().or(one.entry.summary.as_deref()).unwrap_or_default();
    let own = one.entry.authors.first().and_then(|author| author.name.clone());
    let source = sources.get(&one.stored.feed).map(|source| source.name.clone());
    Post {
        day: one.stored.arrived.to_zoned(desk.config.time_zone.clone()).date(),
        who: source.or(own).unwrap_or_default(),
        title: one.entry.title.clone(),
        text: first_words(&plain_text(html), WORDS),
        url: one.entry.link.clone(),
    }
}

/// The feed: an entry a day.
pub(in crate::daemon) async fn feed(
    desk: &Desk,
    host: &str,
    name: &str,
) -> Result<String, Failure> {
    let today = desk.today(clock::now());
    let from = today.checked_sub(DAYS.days()).unwrap_or(today);
    let posts = look(desk, from).await?;
    let address = address(desk, host, name);
    // Today is told tomorrow, when it is whole.
    let days = (1..=DAYS).filter_map(|back| today.checked_sub(back.days()).ok());
    let items = days.filter_map(|day| item(desk, day, &posts, &address));
    Ok(atom::write(&Feed {
        id: format!("tag:{},2026:friends-{name}", desk.config.home.host()),
        title: format!("What friends of {} wrote", desk.config.title),
        home_url: desk.config.home.home().to_owned(),
        self_url: address.clone(),
        authors: vec![Author { name: desk.config.author.name.clone(), ..Author::default() }],
        items: items.collect(),
        ..Feed::default()
    }))
}

fn item(desk: &Desk, day: Date, posts: &[Post], address: &str) -> Option<Item> {
    let of_day: Vec<&Post> = posts.iter().filter(|post| post.day == day).collect();
    if of_day.is_empty() {
        return None;
    }
    let end = day.tomorrow().ok()?.to_zoned(desk.config.time_zone.clone()).ok()?;
    let mut html = String::new();
    for post in of_day.iter().take(MOST.1) {
        let title =
            post.title.as_deref().map(|title| format!("<strong>{}</strong> ", escape_text(title)));
        let words = format!("{}{}", title.unwrap_or_default(), escape_text(&post.text));
        let words = match &post.url {
            Some(url) => format!("<a href=\"{}\">{words}</a>", escape_attribute(url.as_str())),
            None => words,
        };
        html.push_str(&format!("<p>{}: {words}</p>", escape_text(&post.who)));
    }
    let title = title(day, of_day.len());
    Some(Item {
        id: format!("{address}#{day}"),
        url: address.to_owned(),
        fallback_title: title.clone(),
        title: Some(title),
        content_html: html,
        published: end,
        ..Item::default()
    })
}

fn title(day: Date, count: usize) -> String {
    let posts = if count == 1 { "one post".to_owned() } else { format!("{count} posts") };
    format!("{}: {posts} of friends", day.strftime("%A, %-d %B"))
}

/// The same for the morning mail, in lines; none if nobody wrote, or the owner has not asked for it.
pub(super) async fn lines(
    desk: &Desk,
    (from, to): (Date, Date),
) -> Result<Option<Vec<Post>>, Failure> {
    if name(desk).await?.is_none() {
        return Ok(None);
    }
    let mut posts = look(desk, from).await?;
    posts.retain(|post| post.day <= to);
    posts.truncate(MOST.1);
    Ok((!posts.is_empty()).then_some(posts))
}
