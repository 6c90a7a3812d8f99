//! Whether a mention may stand on the site: what is known of its author and its text is brought
//! together here, and decided by [`crate::moderation`].

use jiff::Timestamp;
use url::Url;

use super::desk::Desk;
use super::knowledge::Knowledge;
use super::verify::vouches;
use crate::config::Access;
use crate::error::Failure;
use crate::formats::jf2::MentionFile;
use crate::model::{Mention, ReplyPolicy};
use crate::moderation::{
    Crowd, Decision, Facts, Identity, Policy, Strangers, Trust, Verdict, Word, decide, is_within,
};
use crate::site::mentions::shown;
use crate::store::{MentionState, StoredMention};

/// People who are asked for who follow somebody.
const MOST_FRIENDS: usize = 20;

/// How many somebody may follow to speak for them all; a longer list is a directory.
const LONGEST_LIST: usize = 500;

/// What was decided, and why.
#[derive(Debug, Clone)]
pub struct Judgement {
    /// Where the mention stands now.
    pub state: MentionState,
    /// Why, in words.
    pub words: String,
    /// How near its author is.
    pub trust: &'static str,
    /// How much it looks like advertising, of a hundred.
    pub robo: u8,
    /// How much it attacks somebody, of a hundred.
    pub flame: u8,
}

impl From<Decision> for Judgement {
    fn from(decision: Decision) -> Self {
        Self {
            state: match decision.verdict {
                Verdict::Publish => MentionState::Published,
                Verdict::Hold => MentionState::Held,
                Verdict::Spam => MentionState::Spam,
                Verdict::Refuse => MentionState::Refused,
            },
            words: decision.reasons.join("; "),
            trust: name(decision.trust),
            robo: decision.robo.value,
            flame: decision.flame.value,
        }
    }
}

/// What a trust is called in the database.
fn name(trust: Trust) -> &'static str {
    match trust {
        Trust::Me => "me",
        Trust::Followed => "followed",
        Trust::Approved => "approved",
        Trust::Friend => "friend",
        Trust::Vouched => "vouched",
        Trust::Stranger => "stranger",
    }
}

/// A mention as it is judged.
pub struct Subject {
    /// As the site would show it.
    pub mention: Mention,
    /// Who wrote it.
    pub who: Identity,
    vouched: bool,
    friends: Vec<String>,
    repeats: usize,
    crowd: usize,
}

/// Who wrote a mention: their address, and the host it was found at.
pub fn identity(author: Option<&str>, stored: &StoredMention, host: &str) -> Identity {
    let source = Url::parse(&stored.source).ok();
    let is_there = source.as_ref().and_then(Url::host_str) == Some(host);
    // Redirected elsewhere: only the host is known then, which is what counts.
    let found = if is_there { stored.source.clone() } else { format!("https://{host}/") };
    Identity::new(author, &found)
}

/// Brings together what is known of a mention.
///
/// # Errors
/// A database or files that cannot be read.
pub async fn subject(
    desk: &Desk,
    knowledge: &Knowledge,
    stored: &StoredMention,
    (file, host): (&MentionFile, &str),
    now: Timestamp,
) -> Result<Subject, Failure> {
    let mention = shown(file.clone());
    let who = identity(file.author.url.as_deref(), stored, host);
    let trust = knowledge.circle.trust(&who, mention.verified, Word::None);
    let crowd = Crowd::default();
    let since = now.checked_sub(crowd.window).unwrap_or(Timestamp::MIN);
    let strangers = desk
        .store
        .count_strangers(&desk.site, &stored.page, (since, crowd.strangers_on_page + 1))
        .await?;
    let is_new = stored.trust.as_deref() != Some("stranger");
    let friends = match trust {
        Trust::Stranger if mention.verified => friends(desk, knowledge, &who).await?,
        _ => Vec::new(),
    };
    let vouched = match &stored.vouch {
        Some(vouch) if trust == Trust::Stranger && friends.is_empty() => {
            let is_known = |host: &str| knowledge.circle.knows_host(host);
            vouches(&desk.client, vouch, host, is_known, &desk.config).await
        }
        // Nobody is asked once more: what was known of it holds.
        _ => stored.vouch.is_none() && stored.trust.as_deref() == Some(name(Trust::Vouched)),
    };
    Ok(Subject {
        repeats: knowledge.repeats(&mention, host),
        crowd: strangers.saturating_add(usize::from(is_new)),
        vouched,
        friends,
        mention,
        who,
    })
}

/// What the owner calls the people they follow who follow somebody, as far as their lists are known.
async fn friends(
    desk: &Desk,
    knowledge: &Knowledge,
    who: &Identity,
) -> Result<Vec<String>, Failure> {
    let Some(author) = &who.author else { return Ok(Vec::new()) };
    let lists = desk.store.lists_with(&desk.site, author, MOST_FRIENDS).await?;
    let friends = lists.iter().filter(|list| list.size <= LONGEST_LIST).filter_map(|list| {
        let name = knowledge.circle.name_of(&list.owner)?;
        let home = format!("https://{}", list.owner);
        (!knowledge.rules.hides_person(&home, name)).then(|| name.to_owned())
    });
    Ok(friends.collect())
}

/// Decides about a mention.
///
/// # Errors
/// A database or files that cannot be read.
pub async fn judge(
    desk: &Desk,
    stored: &StoredMention,
    found: (&MentionFile, &str),
    now: Timestamp,
) -> Result<Judgement, Failure> {
    let knowledge = desk.knowledge(now).await?;
    let subject = subject(desk, &knowledge, stored, found, now).await?;
    let reply_policy = reply_policy(desk, stored);
    let relays_on = is_relay_on(&desk.config.access, found.1);
    let policy = Policy { reply_policy, relays_on, ..policy_of(&desk.config.access, &knowledge) };
    Ok(decide(&subject.facts(), &policy).into())
}

/// Whether the owner lets a host carry the words of others: by its name, or that of one above it.
fn is_relay_on(access: &Access, host: &str) -> bool {
    access.relays.iter().any(|relay| is_within(host, relay))
}

/// What the configuration says of who may appear.
pub fn policy_of<'p>(access: &Access, knowledge: &'p Knowledge) -> Policy<'p> {
    Policy {
        circle: &knowledge.circle,
        rules: &knowledge.rules,
        classifier: &knowledge.classifier,
        reply_policy: ReplyPolicy::Everyone,
        known_only: knowledge.known_only,
        strangers: if access.strangers_wait { Strangers::Hold } else { Strangers::Publish },
        relays_on: !access.relays.is_empty(),
        crowd: Crowd::default(),
    }
}

/// Whose replies the page of a mention welcomes.
pub fn reply_policy(desk: &Desk, stored: &StoredMention) -> ReplyPolicy {
    desk.table.find(&stored.page).map_or(ReplyPolicy::Everyone, |page| page.replies)
}

impl Subject {
    /// What is decided by.
    pub fn facts(&self) -> Facts<'_> {
        Facts {
            mention: &self.mention,
            who: &self.who,
            vouched: self.vouched,
            friends: &self.friends,
            repeats: self.repeats,
            crowd: self.crowd,
        }
    }
}
