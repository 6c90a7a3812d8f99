//! The pages that posts answer or pass on, as they are shown beside them (h-cite): which are asked
//! for, what is kept of them, and when one that did not answer is asked again.
//!
//! A page is fetched by the daemon, never by a browser, and read as that of a mention is.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use url::Url;

use super::entry::{Entry, Face};
use super::merge::hash;
use super::subscribe::host;
use crate::error::Failure;
use crate::mentions::verify::{Look, Seen, look_at};
use crate::moderation::Moderation;
use crate::net::Client;
use crate::store::{NewCite, SettledCite, Store};
use crate::text::excerpt::{excerpt, first_words, words};
use crate::text::html::plain_text;

/// What servers are told.
const ROLE: &str = "reply context";

/// How long a page that was asked for is not asked for again.
const FRESH: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Posts that were published before are shown without the pages that they name.
const RECENT: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Waits after failures; after one more, a page is given up.
const AGAIN: [SignedDuration; 3] =
    [SignedDuration::from_mins(15), SignedDuration::from_hours(2), SignedDuration::from_hours(12)];

/// The longest that a server may ask to be left alone.
const LONGEST_REST: Duration = Duration::from_secs(24 * 60 * 60);

/// How long a host is left alone after each of its pages.
const PAUSE: SignedDuration = SignedDuration::from_secs(1);

/// Pages of one post that are asked for, as many as are shown.
const MOST_OF_A_POST: usize = 3;

/// Items that are looked through at a time.
const CHUNK: u16 = 500;

/// Longest address of a page, in bytes.
const LONGEST_ADDRESS: usize = 2_000;

/// What is so short is kept with its links and emphasis: words, and bytes of HTML. Of what is longer,
/// so many words are kept, and no more characters.
const SHORT: (usize, usize) = (80, 4_096);
const KEPT: (usize, usize) = (50, 600);

/// A page of somebody, as it is shown beside posts that are about it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Cite {
    /// Who wrote it, or where it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub author: Option<Face>,
    /// Its title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What it says, clean HTML, if that is short.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub html: Option<String>,
    /// Its first words, plain, if it is longer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// A picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub photo: Option<Photo>,
    /// When it was published; milliseconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub published: Option<i64>,
}

/// A picture of a page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Photo {
    /// Where it is.
    pub url: Url,
    /// What it shows.
    #[serde(default)]
    pub alt: String,
}

/// What was found at a page.
#[derive(Debug)]
pub enum Found {
    /// It says this.
    Says(Box<Cite>),
    /// Nothing that could be shown; in words.
    Nothing(String),
    /// It may have something later; how long it wants to be left alone.
    Later(String, Duration),
}

impl Cite {
    /// What was kept. What cannot be read, of another version perhaps, is empty.
    #[must_use]
    pub fn read(body: &str) -> Self {
        serde_json::from_str(body).unwrap_or_default()
    }

    /// When it was published.
    #[must_use]
    pub fn published_at(&self) -> Option<Timestamp> {
        Timestamp::from_millisecond(self.published?).ok()
    }

    /// What is kept of a page that was read; none if it says nothing.
    fn of(seen: Seen) -> Option<Self> {
        let file = seen.response.file;
        let bare = seen.response.bare.unwrap_or_default();
        let photo = file.photos.into_iter().find_map(|photo| {
            let url = Url::parse(&photo.url).ok().filter(is_web)?;
            Some(Photo { url, alt: photo.alt })
        });
        let image = || bare.image.filter(is_web).map(|url| Photo { url, alt: String::new() });
        let said = file.content_html.unwrap_or_default();
        let plain = match plain_text(&said) {
            plain if plain.trim().is_empty() => file.content_text.or(file.summary),
            plain => Some(plain),
        };
        let plain = plain.unwrap_or_default();
        let is_short = words(&plain) <= SHORT.0 && said.len() <= SHORT.1;
        let text = first_words(&straight(&plain), KEPT.0);
        let cite = Self {
            author: author(file.author),
            title: file.name.map(|name| straight(&name)),
            text: Some(excerpt(&text, KEPT.1)).filter(|text| !text.is_empty() && !is_short),
            html: None,
            photo: photo.or_else(image),
            published: file.published.or(bare.published).map(|at| at.timestamp().as_millisecond()),
        };
        let cite = match is_short {
            // What has no markup is short, too.
            true if said.is_empty() => Self { text: Some(text).filter(|t| !t.is_empty()), ..cite },
            true => Self { html: Some(said), ..cite },
            false => cite,
        };
        let says = cite.title.is_some() || cite.html.is_some() || cite.text.is_some();
        (says || cite.photo.is_some()).then_some(cite)
    }
}

/// Asks for the pages that new posts name, as far as somebody sees these. True if there may be more.
///
/// # Errors
/// A database that cannot be used.
pub async fn ask_for_new(store: &Store, now: Timestamp) -> Result<bool, Failure> {
    let Some((items, seen)) = store.naming_items(CHUNK).await? else { return Ok(false) };
    let is_recent = |at: Timestamp| now.duration_since(at) < RECENT;
    let items = items.into_iter().filter(|item| is_recent(item.sorted));
    let pages = items.flat_map(|item| {
        let all = named(&Entry::read(&item.body)).into_iter();
        let page = move |url: Url| {
            let host = host(&url)?;
            Some(NewCite { page: hash(url.as_str()), url: url.into(), host, reader: item.reader })
        };
        all.filter_map(page).collect::<Vec<_>>()
    });
    let fresh = now.checked_sub(FRESH).unwrap_or(Timestamp::MIN);
    store.ask_cites(pages.collect(), seen, (now, fresh)).await?;
    Ok(true)
}

/// The pages that a post is about, as many of them as are shown.
#[must_use]
pub fn named(entry: &Entry) -> Vec<Url> {
    let shared = [&entry.repost_of, &entry.like_of, &entry.bookmark_of];
    let shared = shared.into_iter().flatten().take(1);
    let mut found: Vec<Url> = Vec::new();
    for url in entry.in_reply_to.iter().take(MOST_OF_A_POST).chain(shared) {
        let is_open = url.username().is_empty() && url.password().is_none();
        let is_short = url.as_str().len() <= LONGEST_ADDRESS;
        if is_web(url) && is_open && is_short && entry.link.as_ref() != Some(url) {
            found.push(url.clone());
        }
    }
    found
}

/// Looks at a page, unless the owner wants nothing from there.
pub async fn look(client: &Client, url: &str, rules: &Moderation, now: Timestamp) -> Found {
    let shunned = || Found::Nothing("it is of somebody who is blocked".to_owned());
    let Ok(url) = Url::parse(url) else {
        return Found::Nothing("its address is not right".to_owned());
    };
    if rules.shuns(url.as_str(), None) {
        return shunned();
    }
    match look_at(client, &url, ROLE, now).await {
        Look::Mentions(seen) => {
            let author = seen.response.file.author.url.clone();
            if rules.shuns(seen.found.as_str(), author.as_deref()) {
                return shunned();
            }
            // Reading takes its time.
            let cite = tokio::task::spawn_blocking(move || Cite::of(*seen)).await.ok().flatten();
            match cite {
                Some(cite) => Found::Says(Box::new(cite)),
                None => Found::Nothing("it says nothing".to_owned()),
            }
        }
        Look::Silent(why) | Look::Unasked(why) => Found::Nothing(why),
        Look::Gone => Found::Nothing("it is gone".to_owned()),
        Look::Denied(_) => Found::Nothing("it is not for everybody".to_owned()),
        Look::NotFound => Found::Later("there is nothing".to_owned(), Duration::ZERO),
        Look::Later(why, rest) => Found::Later(why, rest),
    }
}

/// What is kept of a page that was looked at, and when it is asked again. `failures` says how often
/// in a row it failed before.
#[must_use]
pub fn settled(failures: u32, found: &Found, now: Timestamp) -> SettledCite {
    let after = |time: SignedDuration| now.checked_add(time).unwrap_or(Timestamp::MAX);
    let nothing = SettledCite { body: None, due: None, host_until: after(PAUSE) };
    match found {
        Found::Says(says) => SettledCite { body: serde_json::to_string(says).ok(), ..nothing },
        Found::Nothing(_) => nothing,
        Found::Later(_, rest) => {
            let tries = usize::try_from(failures).unwrap_or(usize::MAX);
            let rest = SignedDuration::try_from(*rest.min(&LONGEST_REST)).unwrap_or_default();
            let again = AGAIN.get(tries).map(|wait| after((*wait).max(rest)));
            SettledCite { due: again, host_until: after(PAUSE.max(rest)), ..nothing }
        }
    }
}

fn author(author: crate::formats::jf2::MentionAuthor) -> Option<Face> {
    let web = |url: Option<String>| Url::parse(&url?).ok().filter(is_web);
    let (url, photo) = (web(author.url), web(author.photo));
    let host = || url.as_ref().and_then(Url::host_str).map(str::to_owned);
    let name = author.name.map(|name| straight(&name)).or_else(host)?;
    Some(Face { name: Some(name), url, photo })
}

fn is_web(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https") && url.has_host()
}

/// A text without what would turn around what stands beside it.
fn straight(text: &str) -> String {
    let turns = |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let plain = |c: &char| !turns(*c) && (!c.is_control() || c.is_whitespace());
    text.chars().filter(plain).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_that_fails_is_asked_ever_later_and_at_last_no_more() {
        let now = Timestamp::UNIX_EPOCH;
        let later = Found::Later(String::new(), Duration::ZERO);
        let wait = |failures, found: &Found| {
            let due = settled(failures, found, now).due?;
            Some(due.duration_since(now).as_secs() / 60)
        };
        let waits: Vec<_> = (0..5).map(|failures| wait(failures, &later)).collect();
        assert_eq!(waits, [Some(15), Some(120), Some(720), None, None]);
        let busy = Found::Later(String::new(), Duration::from_secs(3 * 60 * 60));
        assert_eq!(wait(0, &busy), Some(180), "a server that asks for it is left alone");
        let rude = Found::Later(String::new(), Duration::from_secs(u64::MAX));
        assert_eq!(wait(0, &rude), Some(24 * 60));
        assert_eq!(wait(0, &Found::Nothing(String::new())), None);
    }

    #[test]
    fn only_pages_of_the_web_are_named() {
        let all = [
            "https://b.example/1",
            "javascript:alert(1)",
            "https://ana:word@b.example/2",
            "https://b.example/3",
        ];
        let link = Url::parse("https://a.example/me").unwrap();
        let entry = Entry {
            in_reply_to: all.iter().map(|url| Url::parse(url).unwrap()).collect(),
            like_of: vec![link.clone(), Url::parse("https://b.example/4").unwrap()],
            link: Some(link),
            ..Entry::default()
        };
        let named: Vec<String> = named(&entry).into_iter().map(String::from).collect();
        assert_eq!(named, ["https://b.example/1"]);
    }
}
