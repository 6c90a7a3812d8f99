//! The same text from many hosts. Which texts are recent enough to count is known to the caller.

use rustc_hash::FxHashSet;
use serde::{Deserialize, Serialize};

use super::features::Sample;
use super::links::foreign_links;
use super::normal::{spaced, straighten};
use crate::stamp::Stamp;
use crate::text::tokens::tokens;

/// Hashes that are kept of a text.
const KEPT: usize = 64;

/// Words that make a piece.
const PIECE: usize = 3;

/// Words without a link that are still what anybody says: "nice post, thank you".
const EVERYBODYS: usize = 6;

/// What is kept of a text to know it again: the smallest hashes of its pieces of three words. Two
/// texts share as many of them as they share pieces.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Print(Vec<u64>);

impl Print {
    /// The print of a response; none for what is too short to be told from what anybody says.
    pub fn of(sample: &Sample<'_>) -> Option<Self> {
        let text = straighten(&format!("{} {}", sample.title, sample.text)).text;
        let words: Vec<String> = tokens(&text).take(2_000).collect();
        let links = !foreign_links(sample.html, sample.text, sample.target).is_empty();
        if words.len() <= if links { 2 } else { EVERYBODYS } {
            return None;
        }
        let size = PIECE.min(words.len());
        let mut hashes: Vec<u64> =
            words.windows(size).map(|piece| hash(&spaced(&piece.join(" ")))).collect();
        hashes.sort_unstable();
        hashes.dedup();
        hashes.truncate(KEPT);
        Some(Self(hashes))
    }

    /// Whether two texts are nearly the same: most of their pieces are.
    pub fn resembles(&self, other: &Self) -> bool {
        let mine: FxHashSet<u64> = self.0.iter().copied().collect();
        let theirs: FxHashSet<u64> = other.0.iter().copied().collect();
        let mut both: Vec<u64> = mine.union(&theirs).copied().collect();
        both.sort_unstable();
        both.truncate(KEPT);
        let shared =
            both.iter().filter(|hash| mine.contains(hash) && theirs.contains(hash)).count();
        // Three of five.
        shared.saturating_mul(5) >= both.len().saturating_mul(3)
    }
}

fn hash(piece: &str) -> u64 {
    let stamp = Stamp::of(piece.as_bytes());
    stamp.bytes().iter().take(8).fold(0, |hash, byte| (hash << 8) | u64::from(*byte))
}

/// How many other hosts sent nearly the same text lately.
pub fn repeats<'r>(
    print: &Print,
    host: &str,
    recent: impl IntoIterator<Item = (&'r Print, &'r str)>,
) -> usize {
    let mut hosts = FxHashSet::default();
    for (other, from) in recent {
        if from != host && !hosts.contains(from) && print.resembles(other) {
            hosts.insert(from);
        }
    }
    hosts.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn print(text: &str) -> Option<Print> {
        Print::of(&Sample { text, ..Sample::default() })
    }

    const TEXT: &str = "I have always wondered how people find the time to write about all this, \
        and now a friend has shown me the way to earn it back within a week, so look here";

    #[test]
    fn other_hosts_are_counted_once_each() {
        let mine = print(TEXT).unwrap();
        let other = print(&TEXT.replace("friend", "cousin")).unwrap();
        let unlike =
            print("The ferry was late, and so was everybody who waited for it on the pier.")
                .unwrap();
        let recent = [
            (&other, "a.example"),
            (&other, "a.example"),
            (&other, "b.example"),
            (&unlike, "c.example"),
            (&mine, "own.example"),
        ];
        assert_eq!(repeats(&mine, "own.example", recent), 2);
    }

    #[test]
    fn what_anybody_says_repeats_nothing() {
        assert_eq!(print("nice post, thank you!"), None);
        assert_eq!(print(""), None);
        assert!(print("少し変えただけの文章でも見つかるはずです").is_some());
    }
}
