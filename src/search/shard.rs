//! Where one shard ends and the next begins.
//!
//! Sorted keys are halved at the first bit in which they differ until each part is small enough.
//! Whether a part is halved depends on what is in it and on nothing else, so a change inside one
//! shard never moves the border of another (cutting by running size would move all that follow).
//! A part is named by the lowest key that could stand in it, in hex: the script finds a key's
//! shard as the last name not above it.

use std::ops::Range;

/// A run of neighbouring keys that share a file.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Shard {
    /// The lowest key that belongs here, in hex without trailing zeros; `0` for the very first.
    pub(super) key: String,
    /// Which of the keys given are in it.
    pub(super) range: Range<usize>,
}

/// Cuts `keys`, sorted and distinct, into shards of at most `most` by weight. A key that alone
/// weighs more may keep some light neighbours, which would be crumbs otherwise.
pub(super) fn cut<K: AsRef<[u8]>>(keys: &[(K, usize)], most: usize) -> Vec<Shard> {
    let mut shards = Vec::new();
    let mut open = vec![Shard { key: "0".to_owned(), range: 0..keys.len() }];
    while let Some(shard) = open.pop() {
        let part = keys.get(shard.range.clone()).unwrap_or_default();
        match middle(part, most) {
            Some((offset, key)) => {
                let middle = shard.range.start + offset;
                open.push(Shard { key, range: middle..shard.range.end });
                open.push(Shard { key: shard.key, range: shard.range.start..middle });
            }
            None if part.is_empty() => {}
            None => shards.push(shard),
        }
    }
    shards
}

/// Where a part that is too heavy is halved: the index of the upper half's first key, and the
/// upper half's name.
fn middle<K: AsRef<[u8]>>(part: &[(K, usize)], most: usize) -> Option<(usize, String)> {
    let total: usize = part.iter().map(|(_, weight)| weight).sum();
    let heaviest = part.iter().map(|(_, weight)| *weight).max()?;
    if total <= most || total - heaviest <= most / 4 {
        return None;
    }
    let (first, last) = (part.first()?.0.as_ref(), part.last()?.0.as_ref());
    let bit = first_difference(first, last)?;
    let offset = part.partition_point(|(key, _)| !is_set(key.as_ref(), bit));
    let (upper, _) = part.get(offset)?;
    Some((offset, name(upper.as_ref(), bit)))
}

/// The bytes of a key followed by zeros without end.
fn byte(key: &[u8], at: usize) -> u8 {
    key.get(at).copied().unwrap_or(0)
}

fn first_difference(a: &[u8], b: &[u8]) -> Option<usize> {
    (0..a.len().max(b.len())).find_map(|at| {
        let differing = byte(a, at) ^ byte(b, at);
        (differing != 0).then(|| at * 8 + differing.leading_zeros() as usize)
    })
}

fn is_set(key: &[u8], bit: usize) -> bool {
    byte(key, bit / 8) & (0x80 >> (bit % 8)) != 0
}

/// The key's bits up to and including `last`, in hex. That bit is set, so the name is not empty.
fn name(key: &[u8], last: usize) -> String {
    let mut hex: String = (0..last / 8).map(|at| format!("{:02x}", byte(key, at))).collect();
    let kept = 0xFF_u8 << (7 - last % 8);
    hex.push_str(&format!("{:02x}", byte(key, last / 8) & kept));
    hex.truncate(hex.trim_end_matches('0').len());
    hex
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words() -> Vec<(String, usize)> {
        let mut words: Vec<String> =
            (0..2000_u32).map(|i| format!("w{:x}", i.wrapping_mul(2_654_435_761))).collect();
        words.extend(["日本", "本語", "é", "a", "ab"].map(str::to_owned));
        words.sort();
        words.into_iter().map(|word| (word, 10)).collect()
    }

    fn hex(key: &str) -> String {
        key.bytes().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn shards_cover_all_keys_in_order_and_names_find_them() {
        let words = words();
        let shards = cut(&words, 500);
        assert!(shards.is_sorted_by(|a, b| a.key < b.key && a.range.end == b.range.start));
        assert_eq!(shards.first().unwrap().range.start, 0);
        assert_eq!(shards.last().unwrap().range.end, words.len());
        for shard in &shards {
            assert!(shard.range.len() <= 50);
            for (word, _) in &words[shard.range.clone()] {
                let found = shards.iter().rfind(|other| other.key <= hex(word)).unwrap();
                assert_eq!(found, shard, "{word}");
            }
        }
    }

    #[test]
    fn a_new_key_touches_one_shard() {
        let before = words();
        let mut after = before.clone();
        let at = after.partition_point(|(word, _)| word.as_str() < "w7");
        after.insert(at, ("w7".to_owned(), 10));
        let parts = |words: &[(String, usize)]| -> Vec<(String, Vec<String>)> {
            cut(words, 500)
                .into_iter()
                .map(|shard| {
                    let part = words[shard.range].iter().map(|(word, _)| word.clone()).collect();
                    (shard.key, part)
                })
                .collect()
        };
        let (before, after) = (parts(&before), parts(&after));
        let changed = after.iter().filter(|part| !before.contains(part)).count();
        assert!(changed <= 2, "{changed} shards changed");
    }

    #[test]
    fn a_heavy_key_ends_the_cutting() {
        let heavy = [("a", 1), ("b", 9000), ("c", 1)];
        assert_eq!(cut(&heavy, 100).len(), 1);
        assert_eq!(cut(&[("a", 9000), ("b", 9000)], 100).len(), 2);
        assert!(cut::<&str>(&[], 100).is_empty());
    }
}
