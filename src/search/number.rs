//! Numbers for documents that stay when others come and go.
//!
//! A number is made from the document's own date and address, so that adding a post renumbers no
//! other. Later documents have higher numbers: a list of numbers is also a list by date, which is
//! how the script puts newer results first. Numbers are not dense and mean nothing outside the
//! index.

use jiff::{Timestamp, civil::DateTime, tz::TimeZone};
use rustc_hash::FxHashMap;

/// Numbers per day: about five minutes each.
const PER_DAY: u64 = 256;
/// 1900-01-01 in seconds since 1970, before which a date counts as none.
const EPOCH: i64 = -2_208_988_800;
/// Numbers for documents without a date: below those of 1912 and later.
const UNDATED: u64 = 1 << 20;
/// Numbers have 30 bits, so that twice a number fits a signed 32-bit integer in the script.
const MASK: u64 = (1 << 30) - 1;

/// The numbers of documents, ascending, each with the document's place in what was given: pairs of
/// address and date.
pub(super) fn number(docs: &[(&str, &str)]) -> Vec<(u32, usize)> {
    let mut order: Vec<usize> = (0..docs.len()).collect();
    order.sort_unstable_by_key(|at| docs.get(*at));
    let mut taken: FxHashMap<u32, usize> = FxHashMap::default();
    for at in order {
        let Some((href, iso_date)) = docs.get(at) else { continue };
        let place = Place::of(iso_date);
        let mut attempt = 0;
        let mut id = place.id(href, attempt);
        while taken.contains_key(&id) {
            attempt += 1;
            id = place.id(href, attempt);
        }
        taken.insert(id, at);
    }
    let mut numbered: Vec<(u32, usize)> = taken.into_iter().collect();
    numbered.sort_unstable();
    numbered
}

/// Where a document's number may lie: `span` numbers from `first` on.
struct Place {
    first: u64,
    span: u64,
}

impl Place {
    /// A time gives one number, a day those of the day, no date a wide field of low ones.
    fn of(iso_date: &str) -> Place {
        let seconds = seconds(iso_date).and_then(|at| u64::try_from(at - EPOCH).ok());
        match seconds {
            Some(at) => {
                let day_only = !iso_date.contains(['T', 't', ' ']);
                let span = if day_only { PER_DAY } else { 1 };
                Place { first: at * PER_DAY / 86_400, span }
            }
            None => Place { first: 0, span: UNDATED },
        }
    }

    /// The number tried at an attempt. The field doubles with every second one, so a free number is
    /// found soon and close by even where a thousand documents share one moment.
    fn id(&self, href: &str, attempt: u32) -> u32 {
        let span = self.span << (attempt / 2).min(30);
        let offset = if span == 1 { 0 } else { hash(href, attempt) % span };
        // 30 bits always fit; `unwrap_or` only spares a panic.
        u32::try_from((self.first + offset) & MASK).unwrap_or(0)
    }
}

fn seconds(iso_date: &str) -> Option<i64> {
    if let Ok(moment) = iso_date.parse::<Timestamp>() {
        return Some(moment.as_second());
    }
    let local = iso_date.parse::<DateTime>().ok()?;
    Some(local.to_zoned(TimeZone::UTC).ok()?.timestamp().as_second())
}

fn hash(href: &str, attempt: u32) -> u64 {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&attempt.to_le_bytes());
    hasher.update(href.as_bytes());
    let mut bytes = [0; 8];
    hasher.finalize_xof().fill(&mut bytes);
    u64::from_le_bytes(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    use std::collections::BTreeMap;

    fn doc<'a>(href: &'a str, iso_date: &'a str) -> (&'a str, &'a str) {
        (href, iso_date)
    }

    /// Numbers with addresses.
    fn numbered<'a>(docs: &[(&'a str, &'a str)]) -> Vec<(u32, &'a str)> {
        number(docs).into_iter().map(|(id, at)| (id, docs[at].0)).collect()
    }

    fn hrefs<'a>(docs: &[(&'a str, &'a str)]) -> Vec<&'a str> {
        numbered(docs).into_iter().map(|(_, href)| href).collect()
    }

    #[test]
    fn numbers_follow_the_dates_and_undated_ones_come_first() {
        let docs = [
            doc("/evening/", "2024-05-01T20:00:00+02:00"),
            doc("/next-day/", "2024-05-02"),
            doc("/page/", ""),
            doc("/nonsense/", "last Tuesday"),
            doc("/morning/", "2024-05-01T08:00:00Z"),
            doc("/local/", "2024-05-01T12:00:00"),
            doc("/old/", "1955-11-05"),
        ];
        let order = hrefs(&docs);
        assert_eq!(
            order.get(2..),
            Some(&["/old/", "/morning/", "/local/", "/evening/", "/next-day/"][..])
        );
    }

    #[test]
    fn a_new_document_moves_no_other() {
        let names: Vec<String> = (0..3000).map(|i| format!("/wiki/{i}/")).collect();
        let docs: Vec<(&str, &str)> = names.iter().map(|name| doc(name, "")).collect();
        let all = numbered(&docs);
        let before: BTreeMap<&str, u32> =
            numbered(&docs[1..]).into_iter().map(|(id, href)| (href, id)).collect();
        let moved = all
            .iter()
            .filter(|(id, href)| before.get(href).is_some_and(|before| before != id))
            .count();
        assert!(moved <= 1, "{moved} documents moved");
    }

    #[test]
    fn one_moment_holds_thousands() {
        let names: Vec<String> = (0..5000).map(|i| format!("/import/{i}/")).collect();
        let docs: Vec<(&str, &str)> =
            names.iter().map(|name| doc(name, "2020-01-01T00:00:00Z")).collect();
        let all = numbered(&docs);
        assert_eq!(all.len(), 5000);
        let (first, last) = (all.first().unwrap().0, all.last().unwrap().0);
        assert!(last - first < 1 << 15, "spread over {} numbers", last - first);
        let fewer = numbered(&docs[1..]);
        let ids: BTreeMap<&str, u32> = fewer.iter().map(|(id, href)| (*href, *id)).collect();
        let moved = all.iter().filter(|(id, href)| ids.get(href).is_some_and(|b| b != id));
        assert!(moved.count() < 20);
    }
}
