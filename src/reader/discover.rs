//! Who lives at an address, and which feeds they have: one question for the page, one for each feed
//! that it names, and only if it names none, a few for where feeds mostly are.

use jiff::Timestamp;
use jiff::civil::Date;
use url::Url;

use super::homes;
use crate::error::Failure;
use crate::formats::charset::{charset_of, decode_html};
use crate::formats::html::Document;
use crate::formats::incoming::discover::{fallbacks, feeds, is_hit, unwrap};
use crate::formats::incoming::{Content, Feed, Incoming, Item, Refusal, read};
use crate::formats::link_header;
use crate::formats::microformats::authorship::author_by_page;
use crate::formats::microformats::{self, Parsed};
use crate::model::Follow;
use crate::net::{Answer, Client, End, Limits, Login, Request};
use crate::site::following::{Ties, without_credentials};
use crate::text::excerpt::{excerpt, line};
use crate::text::html::plain_text;

const ROLE: &str = "feed discovery";

const ACCEPT: &str = "application/atom+xml, application/rss+xml, application/feed+json, \
     text/html;q=0.9, application/xml;q=0.8, */*;q=0.1";

/// Feeds that are looked at; a page may name more.
const MOST: usize = 6;

/// Posts of a feed that show what it is like.
const LATEST: usize = 3;

/// Characters of somebody's name.
const LONGEST_NAME: usize = 120;

/// Characters of a note about somebody.
const LONGEST_NOTE: usize = 300;

/// Somebody who can be followed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Found {
    /// Their page, as it is to be remembered.
    pub page: Option<Url>,
    /// What they are called, or their page.
    pub name: Option<String>,
    /// Their face.
    pub photo: Option<Url>,
    /// What they say of themselves, plain text.
    pub note: Option<String>,
    /// Their feeds, the best first.
    pub choices: Vec<Choice>,
    /// Feeds that were named and are none, and why.
    pub broken: Vec<(Url, String)>,
}

/// A feed that can be followed.
#[derive(Debug, Clone, PartialEq)]
pub struct Choice {
    /// Where it is, as it is to be remembered.
    pub url: Url,
    /// What it is called.
    pub title: Option<String>,
    /// Its format, as people call it.
    pub format: &'static str,
    /// How many posts it has now.
    pub posts: usize,
    /// When the last one was published.
    pub last: Option<Timestamp>,
    /// Posts a week, of those that are there now.
    pub per_week: Option<f64>,
    /// Hubs that tell when it changes.
    pub hubs: Vec<Url>,
    /// What was posted last.
    pub latest: Vec<Post>,
}

/// A post, in short.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Post {
    /// Its title.
    pub title: Option<String>,
    /// Its first words.
    pub text: String,
    /// When it was published.
    pub at: Option<Timestamp>,
}

impl Found {
    /// The row of somebody who is followed by one of their feeds.
    #[must_use]
    pub fn row(&self, choice: &Choice, ties: Ties, today: Date) -> Follow {
        let page = self.page.as_ref().unwrap_or(&choice.url);
        Follow {
            url: page.to_string(),
            feed: Some(choice.url.to_string()),
            title: ties.title.or_else(|| self.name.clone()).or_else(|| choice.title.clone()),
            nickname: None,
            photo: None,
            channel: ties.channel,
            xfn: ties.xfn,
            public: ties.public,
            since: Some(today),
            note: None,
        }
    }
}

/// An address as it is shown: without a name and pass word that may stand in it.
#[must_use]
pub fn shown(url: &Url) -> String {
    without_credentials(url.as_str())
}

/// Finds out who lives at an address; `feed:` ones are known, too (FD-D-01 to FD-D-05).
///
/// # Errors
/// A page that cannot be had, or that has no feed.
pub async fn discover(client: &Client, address: &str, now: Timestamp) -> Result<Found, Failure> {
    let asked = parse(address)?;
    let answer = get(client, &asked).await.map_err(|why| {
        let asked = shown(&asked);
        Failure::with_hint(format!("{asked}: {why}"), "look whether the address is right")
    })?;
    let page = remembered(&asked, &answer);
    if let Some((feed, choice)) = as_feed(&answer, &page, now) {
        return Ok(of_feed(&feed, choice));
    }
    let (mut found, all) = page_of(&answer);
    look(client, &all, (&answer, now), &mut found).await;
    if found.choices.is_empty() {
        guess(client, &answer.url, now, &mut found).await;
    }
    found.page = Some(page);
    if found.choices.is_empty() {
        return Err(nothing(&asked, &answer, &found));
    }
    Ok(found)
}

/// Who lives at a page, and the feeds that it names, with their titles.
fn page_of(answer: &Answer) -> (Found, Vec<(Url, Option<String>)>) {
    let content_type = answer.header("content-type");
    let document = decode_html(&answer.body, content_type.and_then(charset_of));
    let document = Document::parse(&document);
    let parsed = microformats::parse(&document, &answer.url);
    let named = feeds(&document, &answer.url).into_iter();
    let named = named.map(|candidate| (candidate.url, candidate.title));
    let known = homes::feeds(&answer.url).into_iter().map(|url| (url, None));
    (card(&parsed, &answer.url), named.chain(known).collect())
}

/// The address that somebody typed or pasted; without a scheme, that of a web page.
fn parse(address: &str) -> Result<Url, Failure> {
    let address = address.trim();
    let wrong = || {
        Failure::with_hint(
            format!("{} is no web address", without_credentials(address)),
            "write it as your browser shows it: https://ana.example/",
        )
    };
    if let Some(url) = unwrap(address).or_else(|| handle(address)) {
        return Ok(url);
    }
    let is_bare = !address.starts_with('/') && !address.contains('@');
    let with_scheme = || Url::parse(&format!("https://{address}")).ok().filter(|_| is_bare);
    let url = Url::parse(address).ok().filter(Url::has_host).or_else(with_scheme);
    let url = url.filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    url.ok_or_else(wrong)
}

/// The page of somebody who is called `@ana@social.example`, as their server has it.
fn handle(address: &str) -> Option<Url> {
    let (user, host) = address.strip_prefix('@')?.split_once('@')?;
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    if user.is_empty() || !user.chars().all(is_plain) {
        return None;
    }
    let url = Url::parse(&format!("https://{host}/@{user}")).ok()?;
    (url.username().is_empty() && url.path() == format!("/@{user}")).then_some(url)
}

async fn get(client: &Client, url: &Url) -> Result<Answer, String> {
    let request = Request {
        url,
        role: ROLE,
        accept: ACCEPT,
        headers: &[],
        login: Login::OfAddress,
        limits: Limits::FEED,
    };
    let answer = client.get(&request).await.map_err(|why| why.to_string())?;
    match answer.status {
        200..300 if answer.end == End::Broken => Err("it broke off in the middle".to_owned()),
        200..300 => Ok(answer),
        404 | 410 => Err(format!("there is nothing ({})", answer.status)),
        401 | 403 => Err(format!("it is not for everybody ({})", answer.status)),
        status => Err(format!("it answers {status}")),
    }
}

/// What an address is remembered as: where it leads for good (FD-H-03).
fn remembered(asked: &Url, answer: &Answer) -> Url {
    let for_good = answer.hops.iter().take_while(|(status, _)| matches!(status, 301 | 308));
    for_good.last().map_or_else(|| asked.clone(), |(_, url)| url.clone())
}

/// What was found as a feed, if it is one. A page of posts is one too, but has others that it names.
fn as_feed(answer: &Answer, url: &Url, now: Timestamp) -> Option<(Feed, Choice)> {
    let feed = incoming(answer).ok().filter(|feed| feed.format.name() != "h-feed")?;
    let choice = choice(&feed, url.clone(), answer, now);
    Some((feed, choice))
}

fn incoming(answer: &Answer) -> Result<Feed, Refusal> {
    let content_type = answer.header("content-type");
    read(&Incoming { url: &answer.url, content_type, body: &answer.body })
}

fn choice(feed: &Feed, url: Url, answer: &Answer, now: Timestamp) -> Choice {
    let mut times: Vec<Timestamp> =
        feed.items.iter().filter_map(time).filter(|at| *at <= now).collect();
    times.sort_unstable();
    let links = link_header::links(answer.headers("link")).filter(|link| link.has_rel("hub"));
    let said = links.filter_map(|link| answer.url.join(link.target).ok());
    let mut hubs: Vec<Url> = Vec::new();
    for hub in said.chain(feed.hubs.iter().cloned()) {
        if !hubs.contains(&hub) {
            hubs.push(hub);
        }
    }
    Choice {
        url,
        title: feed.title.clone(),
        format: feed.format.name(),
        posts: feed.items.len(),
        last: times.last().copied(),
        per_week: per_week(&times),
        hubs,
        latest: latest(&feed.items),
    }
}

/// The first words of what was posted last; what has no time is in the order of the feed.
fn latest(items: &[Item]) -> Vec<Post> {
    let mut items: Vec<&Item> = items.iter().collect();
    items.sort_by_key(|item| std::cmp::Reverse(time(item)));
    let post = |item: &&Item| {
        let html = item.content.as_ref().or(item.summary.as_ref()).map(Content::html);
        let text = html.map(|html| plain_text(&html)).unwrap_or_default();
        Post {
            title: item.title.as_deref().and_then(|title| line(title, LONGEST_NAME)),
            text: line(&text, LONGEST_NAME).unwrap_or_default(),
            at: time(item),
        }
    };
    items.iter().take(LATEST).map(post).collect()
}

fn time(item: &Item) -> Option<Timestamp> {
    item.published.as_ref().or(item.updated.as_ref()).map(jiff::Zoned::timestamp)
}

/// Posts a week from the first to the last; none if there is nothing to count.
fn per_week(times: &[Timestamp]) -> Option<f64> {
    const WEEK: f64 = 7.0 * 24.0 * 3_600.0;
    let (first, last) = (times.first()?, times.last()?);
    let weeks = last.duration_since(*first).as_secs_f64() / WEEK;
    let gaps = times.len().checked_sub(1).filter(|gaps| *gaps > 0)?;
    (weeks > 0.0).then(|| gaps as f64 / weeks)
}

/// A feed whose address was given itself.
fn of_feed(feed: &Feed, choice: Choice) -> Found {
    let author = feed.authors.first();
    Found {
        page: feed.home_url.clone().or_else(|| author?.url.clone()),
        name: feed.title.clone().or_else(|| author?.name.clone()),
        photo: author.and_then(|author| author.photo.clone()).or_else(|| feed.image.clone()),
        note: feed.description.as_deref().map(|note| excerpt(note, LONGEST_NOTE)),
        choices: vec![choice],
        broken: Vec::new(),
    }
}

/// Who lives at a page, by the card on it.
fn card(parsed: &Parsed, page: &Url) -> Found {
    let author = author_by_page(page, Some(parsed), parsed);
    let url = author.as_ref().and_then(|author| author.url.clone());
    let cards = parsed.all_items().filter(|item| item.is("h-card"));
    let mut theirs = cards.filter(|card| url.is_some() && card.url("url") == url);
    let note = theirs.find_map(|card| card.text("note")).and_then(|note| line(note, LONGEST_NOTE));
    let author = author.unwrap_or_default();
    let name = author.name.as_deref().and_then(|name| line(name, LONGEST_NAME));
    Found { name, photo: author.photo, note, ..Found::default() }
}

/// Looks at feeds that are named; those that are none are noted.
async fn look(
    client: &Client,
    named: &[(Url, Option<String>)],
    (page, now): (&Answer, Timestamp),
    found: &mut Found,
) {
    for (url, title) in named.iter().take(MOST) {
        // The posts of the page itself.
        let own = (*url == page.url).then(|| Ok(page.clone()));
        let answer = match own {
            Some(answer) => answer,
            None => get(client, url).await,
        };
        let read = answer.and_then(|answer| {
            let feed = incoming(&answer).map_err(|refusal| refusal.to_string())?;
            let mut choice = choice(&feed, remembered(url, &answer), &answer, now);
            choice.title = choice.title.or_else(|| title.clone());
            Ok((feed, choice))
        });
        match read {
            Ok((_, choice)) if found.choices.iter().any(|known| known.url == choice.url) => {}
            Ok((feed, choice)) => {
                complete(found, &feed);
                found.choices.push(choice);
            }
            Err(why) => found.broken.push((url.clone(), why)),
        }
    }
}

/// What the page did not say of who lives there.
fn complete(found: &mut Found, feed: &Feed) {
    let author = feed.authors.first();
    let name = || author.and_then(|author| author.name.clone()).or_else(|| feed.title.clone());
    found.name = found.name.take().or_else(name);
    let photo = || author.and_then(|author| author.photo.clone()).or_else(|| feed.image.clone());
    found.photo = found.photo.take().or_else(photo);
    let note = || feed.description.as_deref().map(|note| excerpt(note, LONGEST_NOTE));
    found.note = found.note.take().or_else(note);
}

/// Where feeds mostly are; the first that is one.
async fn guess(client: &Client, page: &Url, now: Timestamp, found: &mut Found) {
    for url in fallbacks(page) {
        let Ok(answer) = get(client, &url).await else { continue };
        if !is_hit(&url, &answer.url) {
            continue;
        }
        if let Some((feed, choice)) = as_feed(&answer, &remembered(&url, &answer), now) {
            complete(found, &feed);
            found.choices.push(choice);
            return;
        }
    }
}

/// Why there is nothing to follow.
fn nothing(asked: &Url, answer: &Answer, found: &Found) -> Failure {
    let why = match found.broken.first() {
        Some((url, why)) => format!("the feed that it names, {}: {why}", shown(url)),
        None => incoming(answer).err().map_or_else(String::new, |refusal| refusal.to_string()),
    };
    Failure::with_hint(
        format!("{} has nothing to follow: {why}", shown(asked)),
        "name the address of a feed, if you know one",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_taken_as_people_have_them() {
        let parsed = |text: &str| parse(text).map(String::from).ok();
        let home = Some("https://ana.example/".to_owned());
        assert_eq!(parsed(" https://ana.example "), home);
        assert_eq!(parsed("ana.example"), home);
        assert_eq!(parsed("feed:https://ana.example/"), home);
        let social = Some("https://social.example/@ana".to_owned());
        assert_eq!(parsed("@ana@social.example"), social);
        assert_eq!(parsed("ana.localhost:8080/x"), Some("https://ana.localhost:8080/x".to_owned()));
        for wrong in [
            "",
            "@ana",
            "@a/b@c.example",
            "@ana@b@c.example",
            "@ana@c.example/x",
            "mailto:ana@ana.example",
            "javascript:alert(1)",
            "/etc/passwd",
        ] {
            assert_eq!(parsed(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn posts_a_week_are_counted_between_the_first_and_the_last() {
        let at = |day: i64| Timestamp::from_second(1_700_000_000 + day * 86_400).unwrap();
        assert_eq!(per_week(&[]), None);
        assert_eq!(per_week(&[at(0)]), None);
        assert_eq!(per_week(&[at(0), at(0)]), None);
        assert_eq!(per_week(&[at(0), at(7), at(14)]), Some(1.0));
    }
}
