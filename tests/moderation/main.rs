//! Moderation as a whole: how much advertising gets into the owner's queue, whether real people
//! get lost, and what rules, relays, reply policies and crowds do.
//!
//! `LANAI_SHOW=1` with `--nocapture` shows what gets into the queue, with its scores. The weights
//! were set with `spam` in view, so its figure is what the classifier does to what it knows.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    missing_docs,
    unreachable_pub,
    reason = "tests may stop at the first surprise"
)]

mod decisions;
mod real;
mod spam;
mod unseen;

use std::collections::BTreeMap;

use lanai::model::{Mention, Person, Property, ReplyPolicy};
use lanai::moderation::{
    Circle, Classifier, Crowd, Decision, Facts, Identity, Moderation, Policy, Sample, Strangers,
    Verdict, decide,
};
use lanai::text::html::plain_text;
use lanai::text::sanitize::sanitize;

/// The page that is answered.
pub const TARGET: &str = "https://robin.example/notes/moin/";

/// A response before it is one.
#[derive(Clone)]
pub struct Made {
    pub shape: &'static str,
    pub author: String,
    pub site: String,
    pub html: String,
    pub repeats: usize,
}

/// A response of somebody at a site.
pub fn mention(author: &str, site: &str, html: &str) -> Made {
    Made {
        shape: "",
        author: author.to_owned(),
        site: site.to_owned(),
        html: html.to_owned(),
        repeats: 0,
    }
}

impl Made {
    /// As it is decided about: cleaned.
    pub fn mention(&self) -> Mention {
        let content = sanitize(&self.html);
        Mention {
            source: format!("{}/replies/1", self.site),
            target: TARGET.to_owned(),
            property: Property::InReplyTo,
            url: format!("{}/replies/1", self.site),
            author: Person {
                name: self.author.clone(),
                url: Some(format!("{}/", self.site)),
                photo: None,
                nickname: None,
            },
            verified: true,
            published: None,
            received: None,
            name: None,
            text: plain_text(&content),
            content,
            rsvp: None,
            in_reply_to: vec![TARGET.to_owned()],
            syndication: Vec::new(),
            photos: Vec::new(),
            children: Vec::new(),
        }
    }
}

/// A site where everything is as it is at first.
pub struct Setting {
    pub circle: Circle,
    pub rules: Moderation,
    pub classifier: Classifier,
}

impl Default for Setting {
    fn default() -> Self {
        let rules = Moderation::default();
        Self {
            circle: Circle::new(&["https://robin.example/"], &[], &rules, &["brid.gy"]),
            rules,
            classifier: Classifier::new(),
        }
    }
}

impl Setting {
    pub fn policy(&self) -> Policy<'_> {
        Policy {
            circle: &self.circle,
            rules: &self.rules,
            classifier: &self.classifier,
            reply_policy: ReplyPolicy::Everyone,
            known_only: false,
            strangers: Strangers::Hold,
            relays_on: false,
            crowd: Crowd::default(),
        }
    }

    pub fn decide(&self, made: &Made) -> Decision {
        let mention = made.mention();
        let who = Identity::of(&mention);
        let facts = Facts {
            mention: &mention,
            who: &who,
            vouched: false,
            friends: &[],
            repeats: made.repeats,
            crowd: 1,
        };
        decide(&facts, &self.policy())
    }
}

/// How many of each shape got which verdict.
fn held(setting: &Setting, made: &[Made]) -> (usize, BTreeMap<&'static str, usize>) {
    let mut shapes = BTreeMap::new();
    for made in made {
        let decision = setting.decide(made);
        assert!(!decision.reasons.is_empty());
        assert_ne!(decision.verdict, Verdict::Publish, "{}: {}", made.shape, made.html);
        if decision.verdict == Verdict::Hold {
            *shapes.entry(made.shape).or_insert(0) += 1;
            if std::env::var_os("LANAI_SHOW").is_some() {
                println!(
                    "{} {} | {} | {:?}",
                    decision.robo.value, made.author, made.html, decision.robo.reasons
                );
            }
        }
    }
    (shapes.values().sum(), shapes)
}

#[test]
fn strangers_wait_and_advertising_is_folded_away() {
    let setting = Setting::default();
    let spam = spam::all(1, 20);
    assert_eq!(spam.len(), 520);
    let (open, shapes) = held(&setting, &spam);
    println!("of {} pieces of advertising {open} are in the open queue: {shapes:?}", spam.len());
    let real = real::all();
    let highest = real.iter().map(|made| setting.decide(made).robo.value).max();
    println!("the highest score of a real one is {highest:?}");
    let lost: Vec<_> = real
        .iter()
        .map(|made| (made, setting.decide(made)))
        .filter(|(_, decision)| decision.verdict != Verdict::Hold)
        .map(|(made, decision)| (made.html.clone(), decision.verdict, decision.robo))
        .collect();
    assert!(lost.is_empty(), "{lost:#?}");
    assert!(open * 100 < spam.len() * 5, "{open} of {}: {shapes:?}", spam.len());
}

/// Other kinds than the weights were set for, and what decisions of the owner do to them.
#[test]
fn decisions_make_it_better() {
    let mut setting = Setting::default();
    let unseen = unseen::all(3, 20);
    let (before, shapes) = held(&setting, &unseen);
    println!("of {} unseen ones {before} are in the open queue: {shapes:?}", unseen.len());
    let blind = unseen::blind();
    let (waiting, _) = held(&setting, &blind);
    println!("of {} blind ones {waiting} are in the open queue", blind.len());
    // Others with the same sentences, as robots send them; and some of the real ones.
    let lessons: Vec<Made> = unseen::all(11, 6);
    for made in &lessons {
        setting.classifier.train(&Sample::of(&made.mention()), true);
    }
    let real = real::all();
    let (known, others) = real.split_at(5);
    for made in known {
        setting.classifier.train(&Sample::of(&made.mention()), false);
    }
    let (after, shapes) = held(&setting, &unseen);
    let decisions = lessons.len() + known.len();
    println!("after {decisions} decisions {after}: {shapes:?}");
    assert!(after < before, "{before} before, {after} after: {shapes:?}");
    for made in others {
        let decision = setting.decide(made);
        assert_eq!(decision.verdict, Verdict::Hold, "{}: {:?}", made.html, decision.robo);
    }
    let (seen, shapes) = held(&setting, &spam::all(1, 20));
    println!("of the others {seen} are: {shapes:?}");
}
