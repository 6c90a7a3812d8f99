//! Telling others: which pages of the site have something to tell, whether it is live, and one
//! mention after the other. Each answer is written down before the page tells the next, so that a
//! crash repeats one mention of a page at most.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::OnceLock;
use std::time::Instant;

use futures_util::{StreamExt, stream};
use jiff::Timestamp;
use rayon::prelude::*;
use url::Url;

use super::due::{self, Due, Now};
use super::notify::{Messenger, Word};
use crate::build::output::read_page;
use crate::build::table::{self, PageTable};
use crate::config::Config;
use crate::error::Failure;
use crate::formats::charset::decode_html;
use crate::formats::html::Document;
use crate::model::{Base, Delivery, Outbox, Outcome, Permalink, Version};
use crate::moderation::is_within;
use crate::net::{End, Limits};
use crate::protocols::webmention::Page;
use crate::protocols::webmention::outgoing::{self, Outgoing};
use crate::protocols::webmention::source::{Source, says_gone};
use crate::site::outbox;
use crate::stamp::Stamp;

/// A page of the site itself, which may be long.
const OWN_PAGE: Limits = Limits { bytes: 10 * 1024 * 1024, ..Limits::PAGE };

/// Pages that are told at a time; hosts get fewer requests.
const AT_ONCE: usize = 16;

/// What a site has to tell.
#[derive(Debug, Clone, Default)]
pub struct Letters {
    /// The pages with something to tell now.
    pub due: Vec<Letter>,
    /// The pages that have to be looked at again later, though nothing changes on them.
    pub later: BTreeSet<Permalink>,
}

/// A page of the site with something to tell.
#[derive(Debug, Clone)]
pub struct Letter {
    /// The page's path.
    pub permalink: Permalink,
    /// Its address.
    pub source: String,
    /// What it says now.
    pub now: Now,
    /// What it told before.
    pub outbox: Outbox,
    /// Who has to be told.
    pub due: Vec<Due>,
}

/// What happened to a letter.
#[derive(Debug)]
pub enum Event<'e> {
    /// What it says is not live: nobody was told.
    NotLive {
        /// The page.
        source: &'e str,
        /// What was found there.
        found: String,
    },
    /// Somebody was told.
    Told {
        /// The page.
        source: &'e str,
        /// Who, and why.
        due: &'e Due,
        /// How it went.
        delivery: &'e Delivery,
    },
}

/// Where the pages of a site lie, and where they are published.
#[derive(Debug, Clone, Copy)]
pub struct Place<'p> {
    /// The site folder.
    pub root: &'p Path,
    /// The output folder.
    pub output: &'p Path,
    /// The site's address.
    pub base: &'p Base,
    /// Hosts that are not told.
    pub ignore: &'p [String],
    /// Whether the site's own pages are told, too.
    pub tells_own: bool,
}

impl<'p> Place<'p> {
    /// A site that was built to a folder.
    pub fn new(root: &'p Path, output: &'p Path, config: &'p Config) -> Self {
        let Config { base, network, .. } = config;
        Self { root, output, base, ignore: &network.ignore, tells_own: network.tells_own }
    }

    /// Whether the page behind a link may be told: one of others, or, if the owner wants that,
    /// another one of the site (WM-S-09).
    fn tells(self, page: &Permalink, target: &str) -> bool {
        let may = match self.base.permalink_of(target) {
            Some(own) => self.tells_own && own != *page,
            None => true,
        };
        may && !is_ignored(self, target)
    }
}

/// All pages of a built site that have something to tell at a time; of some pages only, if it is
/// known that the others have not.
///
/// # Errors
/// A page or an outbox that cannot be read.
pub fn letters(
    place: Place<'_>,
    table: &PageTable,
    only: Option<&BTreeSet<Permalink>>,
    time: Timestamp,
) -> Result<Letters, Failure> {
    let is_asked = |permalink: &Permalink| only.is_none_or(|only| only.contains(permalink));
    let outboxes = match only {
        None => outbox::read_all(place.root)?,
        Some(only) => outbox::read_some(place.root, only)?,
    };
    let mut outboxes: BTreeMap<Permalink, Outbox> = outboxes.into_iter().collect();
    let pages: Vec<(&Permalink, State, Option<Outbox>)> = table
        .iter()
        .filter(|(permalink, _)| is_asked(permalink))
        .map(|(permalink, page)| {
            (permalink, State::of(permalink, page), outboxes.remove(permalink))
        })
        .collect();
    // What is in no table any more has vanished.
    let vanished =
        outboxes.iter().map(|(permalink, outbox)| (permalink, State::Gone, Some(outbox.clone())));
    let all: Vec<_> = pages.into_iter().chain(vanished).collect();
    let letters = all.into_par_iter().map(|(permalink, state, outbox)| {
        let now = match state {
            State::Tells => shown(place, permalink)?,
            State::Quiet => None,
            State::Gone => outbox.is_some().then(Now::gone),
        };
        Ok(now.map(|now| letter(place, permalink, now, outbox, time)))
    });
    let letters: Result<Vec<Option<(Letter, bool)>>, Failure> = letters.collect();
    let mut all = Letters::default();
    for (letter, is_due_later) in letters?.into_iter().flatten() {
        if is_due_later {
            all.later.insert(letter.permalink.clone());
        }
        if !letter.due.is_empty() {
            all.due.push(letter);
        }
    }
    Ok(all)
}

/// What an address of the site is, to those whom its page linked.
enum State {
    /// A page whose owner wants them told.
    Tells,
    /// A page whose owner does not want that, or not any more.
    Quiet,
    /// Deleted, moved to another address, or vanished.
    Gone,
}

impl State {
    fn of(permalink: &Permalink, page: &table::Page) -> Self {
        match (page.permalink == *permalink && page.is_there(), page.sends) {
            (true, true) => Self::Tells,
            (true, false) => Self::Quiet,
            (false, _) => Self::Gone,
        }
    }
}

/// What the built page of a post says.
fn shown(place: Place<'_>, permalink: &Permalink) -> Result<Option<Now>, Failure> {
    let Some(bytes) = read_page(place.output, permalink)? else { return Ok(None) };
    let Ok(url) = Url::parse(&place.base.absolute(permalink)) else { return Ok(None) };
    let document = Document::parse(&decode_html(&bytes, Some("utf-8")));
    Ok(outgoing::read(&document, &url).map(|outgoing| {
        let is_told = |target: &String| place.tells(permalink, target);
        let links = outgoing.targets.into_iter().filter(is_told).collect();
        let Outgoing { upstream, responses, .. } = outgoing;
        Now { version: Version::Shown(outgoing.hash), links, upstream, responses }
    }))
}

/// Whether the owner wants nobody told at a host, or those below it.
fn is_ignored(place: Place<'_>, target: &str) -> bool {
    let url = Url::parse(target).ok();
    let host = url.as_ref().and_then(Url::host_str).unwrap_or_default();
    place.ignore.iter().any(|ignored| is_within(host, ignored))
}

fn letter(
    place: Place<'_>,
    permalink: &Permalink,
    now: Now,
    outbox: Option<Outbox>,
    time: Timestamp,
) -> (Letter, bool) {
    let source = place.base.absolute(permalink);
    let mut outbox = outbox.unwrap_or_default();
    outbox.source.clone_from(&source);
    let due = due::due(&outbox, &now, time);
    let is_due_later = due::is_due_later(&outbox, &now, time);
    (Letter { permalink: permalink.clone(), source, now, outbox, due }, is_due_later)
}

/// Writes down that nobody is told of what a letter says.
///
/// # Errors
/// An outbox that cannot be written.
pub fn skip(root: &Path, letter: Letter, time: Timestamp) -> Result<(), Failure> {
    let Letter { permalink, mut outbox, now, due, .. } = letter;
    for due in due {
        let before = outbox.targets.get(&due.target);
        let after = due::skipped(before, &now.version, time);
        let after = Delivery { responses: now.responses.clone(), ..after };
        outbox.targets.insert(due.target, after);
    }
    outbox::write(root, &permalink, &outbox)
}

/// The time while letters are sent, which may take an hour: what begins or waits counts from then, not
/// from when the first was sent.
#[derive(Debug, Clone, Copy)]
struct Clock {
    start: Timestamp,
    begun: Instant,
}

impl Clock {
    fn new(start: Timestamp) -> Self {
        Self { start, begun: Instant::now() }
    }

    fn now(&self) -> Timestamp {
        self.start.checked_add(self.begun.elapsed()).unwrap_or(self.start)
    }
}

/// Sends letters, several at a time; it is `time` when that begins. `tell` hears what happens.
///
/// # Errors
/// The first outbox that could not be written.
pub async fn send(
    messenger: &Messenger,
    root: &Path,
    letters: Vec<Letter>,
    time: Timestamp,
    tell: impl Fn(Event<'_>),
) -> Result<(), Failure> {
    let (tell, clock) = (&tell, Clock::new(time));
    // Whoever knows a page by an address that it had hears of that first, so that it takes the page
    // over and does not show it twice.
    let is_gone = |letter: &Letter| matches!(letter.now.version, Version::Gone);
    let (gone, shown): (Vec<Letter>, Vec<Letter>) = letters.into_iter().partition(is_gone);
    for letters in [gone, shown] {
        all(messenger, root, letters, clock, tell).await?;
    }
    Ok(())
}

async fn all(
    messenger: &Messenger,
    root: &Path,
    letters: Vec<Letter>,
    clock: Clock,
    tell: &impl Fn(Event<'_>),
) -> Result<(), Failure> {
    // A ledger that cannot be written ends it: what is not written down would be told again. Those
    // who are being told meanwhile are let finish, for the same reason.
    let broken = OnceLock::new();
    stream::iter(letters)
        .for_each_concurrent(AT_ONCE, |letter| async {
            if let Err(failure) = one(messenger, (root, &broken), letter, clock, tell).await {
                let _ = broken.set(failure);
            }
        })
        .await;
    broken.into_inner().map_or(Ok(()), Err)
}

/// Sends one letter: to one page after the other, as long as no ledger is broken.
async fn one(
    messenger: &Messenger,
    (root, broken): (&Path, &OnceLock<Failure>),
    mut letter: Letter,
    clock: Clock,
    tell: &impl Fn(Event<'_>),
) -> Result<(), Failure> {
    if broken.get().is_some() {
        return Ok(());
    }
    if let Err(found) = is_live(messenger, &letter).await {
        tell(Event::NotLive { source: &letter.source, found });
        return Ok(());
    }
    // Whether it can be written is found out before somebody is told.
    outbox::write(root, &letter.permalink, &letter.outbox)?;
    for due in std::mem::take(&mut letter.due) {
        if broken.get().is_some() {
            break;
        }
        let before = letter.outbox.targets.get(&due.target);
        let is_first = due.reason == due::Reason::New && before.is_none();
        let word = Word { source: &letter.source, target: &due.target, is_first };
        let answer = messenger.notify(word, clock.now()).await;
        // A pause that a server asks for begins with its answer.
        let time = clock.now();
        let seed = seed(&due.target, time);
        let delivery = due::record(before, &letter.now.version, answer, time, seed);
        let delivery = Delivery { responses: letter.now.responses.clone(), ..delivery };
        letter.outbox.targets.insert(due.target.clone(), delivery.clone());
        outbox::write(root, &letter.permalink, &letter.outbox)?;
        tell(Event::Told { source: &letter.source, due: &due, delivery: &delivery });
    }
    Ok(())
}

/// A number between 0 and 1 that differs from target to target.
fn seed(target: &str, time: Timestamp) -> f64 {
    let stamp = Stamp::of(format!("{time} {target}").as_bytes());
    let [first, second, ..] = *stamp.bytes();
    f64::from(u16::from_be_bytes([first, second])) / f64::from(u16::MAX)
}

/// Whether everybody can see what the letter tells (WM-S-03); else what was found.
async fn is_live(messenger: &Messenger, letter: &Letter) -> Result<(), String> {
    let url = Url::parse(&letter.source).map_err(|error| error.to_string())?;
    let answer = messenger.get(&url, OWN_PAGE).await;
    let answer = answer.map_err(|why| why.to_string())?;
    let is_gone = matches!(letter.now.version, Version::Gone);
    match answer.status {
        404 | 410 if is_gone => return Ok(()),
        200..300 if answer.end == End::Whole => {}
        200..300 => return Err("not all of it came".to_owned()),
        status => return Err(format!("it answers {status}")),
    }
    let page =
        Page { url: &answer.url, content_type: answer.header("content-type"), body: &answer.body };
    let Some(Source::Html(document, _)) = Source::read(&page) else {
        return Err("it is no page".to_owned());
    };
    // Addresses are read as in the page that was built, wherever the server redirects to.
    let live = outgoing::read(&document, &url);
    match &letter.now.version {
        Version::Shown(_) if !shows_answers(letter, live.as_ref()) => {
            Err("it shows other responses there".to_owned())
        }
        Version::Shown(hash) => says(live.as_ref(), hash),
        // It leads on to another page, by the server or, on static hosts, by itself: that page may
        // link whom it likes.
        Version::Gone
            if answer.url.path() != url.path()
                || document.http_equiv("refresh").next().is_some() =>
        {
            Ok(())
        }
        Version::Gone => match live {
            Some(live) => nothing_of(letter, &live),
            None if says_gone(&document) => Ok(()),
            None => Err("there is no word that it is gone".to_owned()),
        },
    }
}

/// Whether the live page shows the responses of which somebody is told, if somebody is.
fn shows_answers(letter: &Letter, live: Option<&Outgoing>) -> bool {
    let is_told = letter.due.iter().any(|due| due.reason == due::Reason::Answered);
    !is_told || live.is_some_and(|live| live.responses == letter.now.responses)
}

/// Whether the live page says what the built one says.
fn says(live: Option<&Outgoing>, hash: &str) -> Result<(), String> {
    match live {
        Some(live) if live.hash == hash => Ok(()),
        Some(_) => Err("it says something else there".to_owned()),
        None => Err("there is no post on it".to_owned()),
    }
}

/// Whether a page that stands where one was deleted links none of its targets.
fn nothing_of(letter: &Letter, live: &Outgoing) -> Result<(), String> {
    match letter.due.iter().find(|due| live.targets.contains(&due.target)) {
        Some(due) => Err(format!("it still links {}", due.target)),
        None => Ok(()),
    }
}

/// How a delivery reads in one line.
pub fn in_words(delivery: &Delivery) -> String {
    let error = delivery.error.as_deref().unwrap_or("it did not work");
    match (delivery.outcome, delivery.next) {
        (Outcome::Sent, _) => match delivery.status {
            Some(status) => format!("told ({status})"),
            None => "told".to_owned(),
        },
        (Outcome::NoEndpoint, _) => match &delivery.error {
            Some(error) => format!("takes no webmentions: {error}"),
            None => "takes no webmentions".to_owned(),
        },
        (Outcome::Refused, _) => format!("refused: {error}"),
        (Outcome::Waiting, Some(next)) => format!("{error}; again from {next:.0}"),
        (Outcome::Waiting, None) | (Outcome::GivenUp, _) => format!("given up: {error}"),
        (Outcome::Skipped, _) => "not told, as you wished".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_goes_on_while_letters_are_sent() {
        let (start, hour) = (Timestamp::UNIX_EPOCH, std::time::Duration::from_secs(3_600));
        let clock = Clock { start, begun: Instant::now().checked_sub(hour).unwrap() };
        assert!(clock.now() >= start + hour);
    }
}
