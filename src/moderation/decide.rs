//! What becomes of a response, and why. Decisions that the owner made about it come before this,
//! and carrying this one out comes after; both are the caller's.

use super::crowd::Crowd;
use super::features::Sample;
use super::flame::{HOLD_FROM, flame};
use super::identity::{Circle, Identity, Trust, Word};
use super::names::Names;
use super::robo::{Classifier, SPAM_FROM, Score};
use super::rules::{Action, Moderation, Origin};
use crate::model::{Mention, Property, ReplyPolicy};

/// What is known of a response.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'f> {
    /// The response, its HTML sanitised.
    pub mention: &'f Mention,
    /// Who wrote it.
    pub who: &'f Identity,
    /// Whether a site of somebody known links to its host.
    pub vouched: bool,
    /// What the owner calls the people they follow who follow whoever wrote it, the nearest first.
    pub friends: &'f [String],
    /// How many other hosts sent nearly the same lately ([`super::repeats`]).
    pub repeats: usize,
    /// How many strangers came to the page lately ([`Crowd::strangers`]), this one included.
    pub crowd: usize,
}

impl Facts<'_> {
    /// Who speaks for whoever wrote it.
    fn word(&self) -> Word {
        match (self.friends, self.vouched) {
            ([], false) => Word::None,
            ([], true) => Word::Vouch,
            _ => Word::Friends,
        }
    }
}

/// What happens to responses of strangers that nothing speaks against.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Strangers {
    /// They wait for the owner.
    #[default]
    Hold,
    /// They are published.
    Publish,
}

/// What the owner wants.
#[derive(Debug, Clone, Copy)]
pub struct Policy<'p> {
    /// Whom the owner knows.
    pub circle: &'p Circle,
    /// The rules.
    pub rules: &'p Moderation,
    /// What was learned of advertising.
    pub classifier: &'p Classifier,
    /// Whose replies the page welcomes.
    pub reply_policy: ReplyPolicy,
    /// Nobody but people the owner knows may answer for now.
    pub known_only: bool,
    /// What happens to strangers.
    pub strangers: Strangers,
    /// Whether what relays carry is taken at all.
    pub relays_on: bool,
    /// How many strangers are a crowd.
    pub crowd: Crowd,
}

/// What becomes of a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// It is shown.
    Publish,
    /// It waits for the owner.
    Hold,
    /// It is folded away; nobody but the owner sees it, if they look.
    Spam,
    /// It is not taken.
    Refuse,
}

/// A verdict with all that led to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// What becomes of it.
    pub verdict: Verdict,
    /// How near its author is.
    pub trust: Trust,
    /// How much it looks like advertising by a robot.
    pub robo: Score,
    /// How much it attacks somebody.
    pub flame: Score,
    /// Why, in words; never empty.
    pub reasons: Vec<String>,
}

/// Decides what becomes of a response.
pub fn decide(facts: &Facts<'_>, policy: &Policy<'_>) -> Decision {
    let sample = Sample::of(facts.mention);
    let trust = policy.circle.trust(facts.who, facts.mention.verified, facts.word());
    let robo = policy.classifier.robo(&sample, facts.repeats);
    let flame = flame(&sample);
    let steps = [
        by_rules(facts, policy, trust),
        by_relay(facts, policy, trust),
        by_reply_policy(facts, policy, trust),
        by_known_only(policy, trust),
        by_robo(&robo, trust),
        by_flame(&flame, trust),
        by_crowd(facts, policy, trust),
    ];
    let (verdict, reasons) =
        steps.into_iter().flatten().next().unwrap_or_else(|| by_trust(facts, policy, trust));
    Decision { verdict, trust, robo, flame, reasons }
}

type Step = Option<(Verdict, Vec<String>)>;

/// Whether the owner named this very person.
fn is_known(trust: Trust) -> bool {
    trust <= Trust::Approved
}

fn by_rules(facts: &Facts<'_>, policy: &Policy<'_>, trust: Trust) -> Step {
    let mut rules = policy.rules.meeting(facts.mention);
    // What others put on a list is farther than what the owner said of this person.
    rules.retain(|rule| !(is_known(trust) && matches!(rule.origin, Origin::List(_))));
    let first = rules.first()?;
    let verdict = match first.action {
        Action::Block => Verdict::Refuse,
        Action::Mute | Action::Hold => Verdict::Hold,
    };
    Some((verdict, rules.iter().map(|rule| rule.in_words()).collect()))
}

fn by_relay(facts: &Facts<'_>, policy: &Policy<'_>, trust: Trust) -> Step {
    let relayed = policy.circle.is_relay(&facts.who.host) && !is_known(trust);
    (relayed && !policy.relays_on).then(|| {
        let reason = format!("{} carries the words of others, and that is off", facts.who.host);
        (Verdict::Refuse, vec![reason])
    })
}

fn by_reply_policy(facts: &Facts<'_>, policy: &Policy<'_>, trust: Trust) -> Step {
    let mention = facts.mention;
    // A like without words is no reply; a face among others harms nobody on a closed page.
    let speaks = match mention.property {
        Property::InReplyTo | Property::MentionOf => true,
        Property::Rsvp => !mention.text.trim().is_empty(),
        Property::LikeOf | Property::RepostOf | Property::BookmarkOf | Property::FollowOf => false,
    };
    let reason = match policy.reply_policy {
        _ if trust == Trust::Me => return None,
        ReplyPolicy::None if speaks => "replies to this page are closed",
        ReplyPolicy::Followed if trust > Trust::Followed => {
            "this page takes responses of people you follow only"
        }
        ReplyPolicy::Known if !is_known(trust) => {
            "this page takes responses of people you know only"
        }
        _ => return None,
    };
    Some((Verdict::Refuse, vec![format!("{reason}, and this is {}", person(facts, trust))]))
}

fn by_known_only(policy: &Policy<'_>, trust: Trust) -> Step {
    (policy.known_only && !is_known(trust)).then(|| {
        let reason =
            format!("for now only people you know may answer, and this is {}", trust.noun());
        (Verdict::Hold, vec![reason])
    })
}

fn by_robo(robo: &Score, trust: Trust) -> Step {
    if robo.value < SPAM_FROM || is_known(trust) {
        return None;
    }
    // Whoever speaks for somebody can be deceived; that does not make spam of what they speak for.
    let is_spoken_for = matches!(trust, Trust::Friend | Trust::Vouched);
    let verdict = if is_spoken_for { Verdict::Hold } else { Verdict::Spam };
    Some((verdict, because(format!("it looks like advertising ({} of 100)", robo.value), robo)))
}

fn by_flame(flame: &Score, trust: Trust) -> Step {
    (flame.value >= HOLD_FROM && trust != Trust::Me).then(|| {
        let reason = format!("it may attack somebody ({} of 100)", flame.value);
        (Verdict::Hold, because(reason, flame))
    })
}

fn by_crowd(facts: &Facts<'_>, policy: &Policy<'_>, trust: Trust) -> Step {
    (trust == Trust::Stranger && policy.crowd.is(facts.crowd)).then(|| {
        let reason = format!(
            "{} strangers came to this page within {} minutes",
            facts.crowd,
            policy.crowd.window.as_mins()
        );
        (Verdict::Hold, vec![reason])
    })
}

fn by_trust(facts: &Facts<'_>, policy: &Policy<'_>, trust: Trust) -> (Verdict, Vec<String>) {
    let who = person(facts, trust);
    match (trust, policy.strangers) {
        (Trust::Stranger, Strangers::Hold) => {
            (Verdict::Hold, vec![format!("it is by {who}, and strangers wait")])
        }
        (Trust::Stranger, Strangers::Publish) => {
            (Verdict::Publish, vec![format!("it is by {who}, and nothing speaks against it")])
        }
        (Trust::Friend, _) => {
            let why = Names::new(facts.friends, facts.friends.len()).follow_them();
            (Verdict::Publish, vec![format!("it is by {who}: {why}")])
        }
        _ => (Verdict::Publish, vec![format!("it is by {who}")]),
    }
}

fn person(facts: &Facts<'_>, trust: Trust) -> String {
    match trust {
        Trust::Me => trust.noun().to_owned(),
        _ => format!("{} ({})", trust.noun(), facts.who),
    }
}

fn because(reason: String, score: &Score) -> Vec<String> {
    std::iter::once(reason).chain(score.reasons.iter().cloned()).collect()
}
