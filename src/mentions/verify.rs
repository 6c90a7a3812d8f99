//! Looking at the page of a mention: it is fetched, has to link the target, and is read (WM-V-01 to
//! 18). What follows from it is decided elsewhere.

use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use url::Url;

use crate::config::Config;
use crate::formats::charset::{charset_of, decode_html};
use crate::formats::html::Document;
use crate::formats::microformats::authorship::{Author, Authorship};
use crate::formats::microformats::{self, Parsed};
use crate::net::{Answer, Client, End, Limits, Login, NoAnswer, Request};
use crate::protocols::webmention::Page;
use crate::protocols::webmention::response::{Question, Response};
use crate::protocols::webmention::source::Source;

/// How this program names itself to servers while it does this.
const ROLE: &str = "Webmention verification";

/// What is understood, the best first (WM-V-01).
const ACCEPT: &str = "text/html, application/xhtml+xml;q=0.9, application/mf2+json;q=0.8, \
                      application/json;q=0.7, text/plain;q=0.5, */*;q=0.1";

/// What is looked for on the page of a mention.
#[derive(Debug, Clone)]
pub struct Claim {
    /// The page that is said to mention.
    pub source: Url,
    /// The page that is said to be mentioned, letter by letter.
    pub target: String,
    /// Further addresses that it may link instead: of the response that it is said to answer.
    pub also: Vec<Url>,
    /// When it was first received.
    pub received: Timestamp,
}

/// What was found there.
#[derive(Debug)]
pub enum Look {
    /// It mentions the target.
    Mentions(Box<Seen>),
    /// It does not, in words.
    Silent(String),
    /// It was not asked, or its answer made no sense; in words.
    Unasked(String),
    /// It was deleted.
    Gone,
    /// There is nothing, but nobody says that it was deleted.
    NotFound,
    /// It is not for everybody.
    Denied(u16),
    /// It could not be had; how long to wait at least.
    Later(String, Duration),
}

/// A page that mentions.
#[derive(Debug)]
pub struct Seen {
    /// What it says, its author included.
    pub response: Response,
    /// Where it was found, after redirects.
    pub found: Url,
}

/// Looks.
pub async fn look(client: &Client, claim: &Claim) -> Look {
    let answer = match fetch(client, &ask(&claim.source)).await {
        Ok(answer) => answer,
        Err(look) => return look,
    };
    // Reading takes its time, and a tree stays on its thread.
    let (claim, found) = (claim.clone(), answer.url.clone());
    let read = tokio::task::spawn_blocking(move || read(&answer, &claim)).await;
    let mut response = match read {
        Ok(Ok(response)) => response,
        Ok(Err(look)) => return look,
        Err(error) => return Look::Later(error.to_string(), Duration::ZERO),
    };
    let author = author(client, &found, &response).await;
    let verified = is_verified(client, &found, &response, author.as_ref()).await;
    response.set_author(author, verified);
    Look::Mentions(Box::new(Seen { response, found }))
}

/// Looks at a page for its own sake, whomever it mentions; who wrote it is known as far as the page
/// itself tells, and not verified. `role` is what servers are told.
pub async fn look_at(client: &Client, url: &Url, role: &str, now: Timestamp) -> Look {
    let answer = match fetch(client, &Request { role, ..ask(url) }).await {
        Ok(answer) => answer,
        Err(look) => return look,
    };
    if answer.end == End::Broken {
        return Look::Later("not all of the page came".to_owned(), Duration::ZERO);
    }
    let (source, found) = (url.clone(), answer.url.clone());
    let read = tokio::task::spawn_blocking(move || {
        let page = readable(&answer)?;
        let received = now.to_zoned(TimeZone::UTC);
        let question = Question {
            source: &source,
            found: &answer.url,
            target: "",
            also: &[],
            received: &received,
        };
        let mut response = Response::read(&page, question);
        let author = match &response.author {
            Authorship::Known(author) => Some(author.clone()),
            Authorship::Page(page) => response
                .author_by_page(page, None)
                .or_else(|| Some(Author { url: Some(page.clone()), ..Author::default() })),
            Authorship::Unknown => None,
        };
        response.set_author(author, false);
        Ok(response)
    });
    match read.await {
        Ok(Ok(response)) => Look::Mentions(Box::new(Seen { response, found })),
        Ok(Err(look)) => look,
        Err(error) => Look::Later(error.to_string(), Duration::ZERO),
    }
}

/// Asks for a page; what is no page of success is what was found there.
async fn fetch(client: &Client, request: &Request<'_>) -> Result<Answer, Look> {
    let answer = match client.get(request).await {
        Ok(answer) => answer,
        Err(why) if why.is_passing() => return Err(Look::Later(why.to_string(), rest(&why))),
        // What its name stands for is nobody's business.
        Err(NoAnswer::Refused(_)) => {
            return Err(Look::Unasked("its address is not one that is asked".to_owned()));
        }
        Err(why) => return Err(Look::Unasked(why.to_string())),
    };
    match answer.status {
        200..300 => Ok(answer),
        410 => Err(Look::Gone),
        404 => Err(Look::NotFound),
        401 | 403 => Err(Look::Denied(answer.status)),
        408 | 425 | 429 | 500.. => {
            let rest = answer.retry_after().unwrap_or_default();
            Err(Look::Later(format!("the page answers {}", answer.status), rest))
        }
        status => Err(Look::Silent(format!("the page answers {status}"))),
    }
}

/// What a page says that was fetched, if it mentions the target.
fn read(answer: &Answer, claim: &Claim) -> Result<Response, Look> {
    let source = readable(answer)?;
    if !has_link(&source, claim) {
        return Err(no_link(answer, claim));
    }
    let received = claim.received.to_zoned(TimeZone::UTC);
    let question = Question {
        source: &claim.source,
        found: &answer.url,
        target: &claim.target,
        also: &claim.also,
        received: &received,
    };
    Ok(Response::read(&source, question))
}

/// A page that can be read and is there.
fn readable(answer: &Answer) -> Result<Source, Look> {
    let Some(source) = Source::read(&page(answer)) else {
        let kind = answer.header("content-type").unwrap_or("no type");
        return Err(Look::Silent(format!("pages of the type {} are not read", shortened(kind))));
    };
    if source.is_gone() { Err(Look::Gone) } else { Ok(source) }
}

fn ask(url: &Url) -> Request<'_> {
    Request {
        url,
        role: ROLE,
        accept: ACCEPT,
        headers: &[],
        login: Login::Nobody,
        limits: Limits::PAGE,
    }
}

fn page(answer: &Answer) -> Page<'_> {
    Page { url: &answer.url, content_type: answer.header("content-type"), body: &answer.body }
}

fn rest(why: &NoAnswer) -> Duration {
    match why {
        NoAnswer::Held(rest) => *rest,
        _ => Duration::ZERO,
    }
}

fn has_link(source: &Source, claim: &Claim) -> bool {
    let target = Url::parse(&claim.target);
    target.is_ok_and(|target| source.links(&target, &claim.target))
        || claim.also.iter().any(|also| source.links(also, also.as_str()))
}

/// What did not come may have linked it (WM-V-03).
fn no_link(answer: &Answer, claim: &Claim) -> Look {
    match answer.end {
        End::Whole => Look::Silent(format!("the page does not link {}", claim.target)),
        End::Long => {
            Look::Silent(format!("the first MiB of the page does not link {}", claim.target))
        }
        End::Broken => Look::Later("not all of the page came".to_owned(), Duration::ZERO),
    }
}

fn shortened(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(80).collect()
}

/// Who wrote it (WM-V-16): the page of the author is fetched if it is another.
async fn author(client: &Client, found: &Url, response: &Response) -> Option<Author> {
    match &response.author {
        Authorship::Known(author) => Some(author.clone()),
        Authorship::Page(page) => {
            let fetched = if page == found { None } else { read_page(client, page).await };
            let known = response.author_by_page(page, fetched.as_ref());
            // An address alone is an author too.
            known.or_else(|| Some(Author { url: Some(page.clone()), ..Author::default() }))
        }
        Authorship::Unknown => None,
    }
}

async fn read_page(client: &Client, url: &Url) -> Option<Parsed> {
    let answer = client.get(&ask(url)).await.ok().filter(Answer::is_success)?;
    let is_html = answer.header("content-type").is_some_and(|kind| kind.contains("html"));
    if !is_html {
        return None;
    }
    let charset = answer.header("content-type").and_then(charset_of);
    let document = Document::parse(&decode_html(&answer.body, charset));
    let parsed = microformats::parse(&document, &answer.url);
    Some(parsed)
}

/// Whether the author is known to be who the page says: their address is at the page's host, or both
/// say by rel=me that they are one.
async fn is_verified(
    client: &Client,
    found: &Url,
    response: &Response,
    author: Option<&Author>,
) -> bool {
    let Some(url) = author.and_then(|author| author.url.as_ref()) else { return false };
    if url.host_str() == found.host_str() {
        return true;
    }
    if !response.me.contains(url) {
        return false;
    }
    let Some(theirs) = read_page(client, url).await else { return false };
    // The page itself, or the home page of its host.
    theirs.rels.urls("me").any(|me| me == *found || (me.host() == found.host() && me.path() == "/"))
}

/// Whether a page vouches for a host: it lies at the host of somebody known, who is neither the host
/// itself nor this site, and links there without saying that it does not mean it (WM-O-06).
pub async fn vouches(
    client: &Client,
    vouch: &str,
    host: &str,
    is_known: impl Fn(&str) -> bool,
    config: &Config,
) -> bool {
    let Ok(url) = Url::parse(vouch) else { return false };
    let at = |url: &Url| url.host_str().unwrap_or_default().to_owned();
    if at(&url) == host || config.own_path(vouch).is_some() || !is_known(&at(&url)) {
        return false;
    }
    let Ok(answer) = client.get(&ask(&url)).await else { return false };
    // Not what a page of theirs redirects to.
    if answer.status != 200 || at(&answer.url) != at(&url) {
        return false;
    }
    let page = page(&answer);
    let Some(Source::Html(document, base)) = Source::read(&page) else { return false };
    let takes_back = |rel: &str| {
        rel.split_ascii_whitespace().any(|word| {
            ["nofollow", "ugc", "sponsored"].iter().any(|no| no.eq_ignore_ascii_case(word))
        })
    };
    document.elements().filter(|element| element.name() == "a").any(|link| {
        let leads_there = link
            .attribute("href")
            .and_then(|href| base.join(href.trim()).ok())
            .is_some_and(|url| url.host_str() == Some(host));
        leads_there && !link.attribute("rel").is_some_and(takes_back)
    })
}
