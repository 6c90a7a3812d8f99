//! Trying a rule out: what would become of responses under one rule more, or one less.

use super::decide::{Facts, Policy, Verdict, decide};
use super::rules::{Moderation, Row};

/// A change of the rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// One row more.
    Add(Row),
    /// The row of that name less ([`Row::id`]).
    Remove(String),
}

/// A response that would fare otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// Which of the given responses.
    pub at: usize,
    /// What becomes of it as things are.
    pub before: Verdict,
    /// What would become of it.
    pub after: Verdict,
    /// Why it would.
    pub reasons: Vec<String>,
}

/// The responses that would fare otherwise after a change. Approvals are part of the rules only
/// where the policy's circle is made from them, so they are added to it here.
pub fn try_out(facts: &[Facts<'_>], policy: &Policy<'_>, change: &Change) -> Vec<Changed> {
    let mut circle = policy.circle.clone();
    let rules = match change {
        Change::Add(row) => {
            let mut rules = policy.rules.clone();
            if let Row::Approve(approved) = row {
                circle.approve(approved.who.clone());
            }
            rules.push(row.clone());
            rules
        }
        Change::Remove(id) => {
            let gone = policy.rules.rows().filter(|row| row.id() == *id);
            for row in gone {
                if let Row::Approve(approved) = row {
                    circle.disapprove(&approved.who);
                }
            }
            Moderation::new(policy.rules.rows().filter(|row| row.id() != *id))
        }
    };
    let changed = Policy { circle: &circle, rules: &rules, ..*policy };
    facts
        .iter()
        .enumerate()
        .filter_map(|(at, facts)| {
            let (before, after) = (decide(facts, policy), decide(facts, &changed));
            (before.verdict != after.verdict).then_some(Changed {
                at,
                before: before.verdict,
                after: after.verdict,
                reasons: after.reasons,
            })
        })
        .collect()
}
