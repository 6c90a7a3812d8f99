//! What is known when a mention is judged: whom the owner knows, the rules, what was learned from
//! the owner's decisions, and what others sent lately. Gathered once, and again after a change.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;

use super::judge::identity;
use crate::config::Config;
use crate::error::Failure;
use crate::formats::jf2;
use crate::model::{Follow, Mention};
use crate::moderation::{
    Approved, Circle, Classifier, Moderation, Print, Row, Sample, parse_list, repeats,
};
use crate::site::mentions::shown;
use crate::site::{follows, moderation};
use crate::stamp::Stamp;
use crate::store::{MentionState, Store, StoredMention, Word};

/// Decisions of the owner that are learned from.
const DECISIONS: u32 = 500;

/// Published mentions that are learned from, as what is no advertising.
const LESSONS: u32 = 200;

/// Texts that are remembered, to know them when they come again.
const RECENT: usize = 400;

/// What the switch for bad days is called in the database.
pub const KNOWN_ONLY: &str = "known-only";

/// What is known.
pub struct Knowledge {
    /// Whom the owner knows.
    pub circle: Circle,
    /// The rules that hold today, those of subscribed lists included.
    pub rules: Moderation,
    /// What was learned of advertising.
    pub classifier: Classifier,
    /// Nobody but people the owner knows may answer for now.
    pub known_only: bool,
    recent: Mutex<VecDeque<(Print, String)>>,
}

/// What a subscribed block list is called in the database.
pub fn list_name(address: &str) -> String {
    format!("list {address}")
}

impl Knowledge {
    /// Gathers what is known of a site.
    ///
    /// # Errors
    /// Files that are not right, a database that cannot read.
    pub async fn gather(
        root: &Path,
        config: &Config,
        (store, site): (&Store, &str),
        now: Timestamp,
    ) -> Result<Self, Failure> {
        let mut rules = moderation::read(root)?;
        let addresses: Vec<String> =
            rules.subscriptions().iter().map(|list| list.url.clone()).collect();
        for address in addresses {
            let text = store.secret(site, &list_name(&address)).await?.unwrap_or_default();
            for rule in parse_list(&text, &address).rules {
                rules.push(Row::Rule(rule));
            }
        }
        let today = now.to_zoned(config.time_zone.clone()).date();
        let rules = rules.on(today);
        let decided = store.decided_mentions(site, DECISIONS).await?;
        let (mut circle, _) = circle(config, &follows(root)?, &rules);
        for stored in decided.iter().filter(|stored| stored.decided == Some(Word::Approved)) {
            circle.approve(identity(stored.author.as_deref(), stored, &stored.host));
        }
        let known_only = config.access.known_only || is_known_only(store, site).await?;
        let recent = recent(store, site).await?;
        let published = store.mentions(site, MentionState::Published, LESSONS).await?;
        let classifier = learn(&decided, &published);
        Ok(Self { circle, rules, classifier, known_only, recent: Mutex::new(recent) })
    }

    /// How many other hosts sent nearly the same lately; remembers the text for the next.
    pub(super) fn repeats(&self, mention: &Mention, host: &str) -> usize {
        let Some(print) = Print::of(&Sample::of(mention)) else { return 0 };
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        let count = repeats(&print, host, recent.iter().map(|(p, host)| (p, host.as_str())));
        remember(&mut recent, print, host);
        count
    }
}

/// Hosts that are known to carry the words of others.
const RELAYS: [&str; 2] = ["brid.gy", "granary.io"];

/// Whom the owner knows as the files of the site say it, and a mark that is another one whenever
/// others of them are approved, or relays, or the owner.
pub fn circle(config: &Config, follows: &[Follow], rules: &Moderation) -> (Circle, String) {
    let me: Vec<&str> = std::iter::once(config.home.home())
        .chain(config.former_urls.iter().map(String::as_str))
        .collect();
    let relays: Vec<&str> =
        RELAYS.into_iter().chain(config.access.relays.iter().map(String::as_str)).collect();
    let approved: Vec<String> = rules.approved().iter().map(Approved::id).collect();
    let mark = Stamp::of_value(&(&me, approved, &relays)).to_string();
    (Circle::new(&me, follows, rules, &relays), mark)
}

/// Whether the owner has closed the door to all they do not know.
///
/// # Errors
/// A database that cannot read.
pub async fn is_known_only(store: &Store, site: &str) -> Result<bool, Failure> {
    Ok(store.secret(site, KNOWN_ONLY).await?.as_deref() == Some("on"))
}

async fn recent(store: &Store, site: &str) -> Result<VecDeque<(Print, String)>, Failure> {
    let mut recent = VecDeque::new();
    for state in [MentionState::Spam, MentionState::Held, MentionState::Published] {
        for stored in store.mentions(site, state, (RECENT / 4) as u32).await? {
            let Some(mention) = mention_of(&stored) else { continue };
            if let Some(print) = Print::of(&Sample::of(&mention)) {
                remember(&mut recent, print, &stored.host);
            }
        }
    }
    Ok(recent)
}

fn remember(recent: &mut VecDeque<(Print, String)>, print: Print, host: &str) {
    let is_known = recent.iter().any(|(known, from)| from == host && *known == print);
    if !is_known {
        recent.push_back((print, host.to_owned()));
    }
    if recent.len() > RECENT {
        recent.pop_front();
    }
}

/// What is published without a word of the owner's is no advertising either.
fn learn(decided: &[StoredMention], published: &[StoredMention]) -> Classifier {
    let published = published.iter().filter(|stored| stored.decided.is_none());
    let known: Vec<(Mention, bool)> = decided
        .iter()
        .chain(published)
        .filter_map(|stored| Some((mention_of(stored)?, stored.decided == Some(Word::Rejected))))
        .collect();
    Classifier::trained(known.iter().map(|(mention, spam)| (Sample::of(mention), *spam)))
}

/// A mention as the site shows it, from what was found on its page.
pub fn mention_of(stored: &StoredMention) -> Option<Mention> {
    let file = jf2::read_mention(stored.content.as_deref()?.as_bytes()).ok()?;
    Some(shown(file))
}
