//! Tags that several people around the owner use.

use std::collections::{BTreeMap, BTreeSet};

/// A tag and who uses it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommonTag<'t> {
    /// The tag as most people write it.
    pub tag: &'t str,
    /// How many people use it.
    pub people: usize,
}

/// The tags that at least two people use, those of most people first, at most so many. How often
/// one person uses a tag does not count: who writes most would rule.
pub fn common_tags<'t>(
    used: impl IntoIterator<Item = (&'t str, &'t str)>,
    most: usize,
) -> Vec<CommonTag<'t>> {
    #[derive(Default)]
    struct Use<'t> {
        people: BTreeSet<&'t str>,
        spellings: BTreeMap<&'t str, BTreeSet<&'t str>>,
    }
    let mut all: BTreeMap<String, Use<'t>> = BTreeMap::new();
    for (person, tag) in used {
        let tag = tag.trim().trim_start_matches('#');
        if tag.is_empty() {
            continue;
        }
        let found = all.entry(tag.to_lowercase()).or_default();
        found.people.insert(person);
        found.spellings.entry(tag).or_default().insert(person);
    }
    let mut common: Vec<CommonTag<'t>> = all
        .into_values()
        .filter(|found| found.people.len() > 1)
        .filter_map(|found| {
            let best = found.spellings.iter().rev().max_by_key(|(_, people)| people.len());
            best.map(|(tag, _)| CommonTag { tag, people: found.people.len() })
        })
        .collect();
    // Stable: the same number stays in the order of the alphabet.
    common.sort_by_key(|tag| std::cmp::Reverse(tag.people));
    common.truncate(most);
    common
}
