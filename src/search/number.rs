//! Numbers for documents that stay when others come and go.
//!
//! A number is made from the document's own date and address, so that adding a post renumbers no
//! other. Later documents have higher numbers: a list of numbers is also a list by date, which is
//! how the script puts newer results first. Numbers are not dense and mean nothing outside the
//! index.

use std::collections::BTreeMap;

use jiff::{Timestamp, civil::DateTime, tz::TimeZone};

use super::Document;

/// Numbers per day: about five minutes each.
const PER_DAY: u64 = 256;
/// 1900-01-01 in seconds since 1970, before which a date counts as none.
const EPOCH: i64 = -2_208_988_800;
/// Numbers for documents without a date: below those of 1912 and later.
const UNDATED: u64 = 1 << 20;
/// Numbers have 30 bits, so that twice a number fits a signed 32-bit integer in the script.
const MASK: u64 = (1 << 30) - 1;

/// The documents with their numbers, ascending.
pub(super) fn number<'d, 'a>(docs: &'d [Document<'a>]) -> Vec<(u32, &'d Document<'a>)> {
    let mut order: Vec<&Document<'_>> = docs.iter().collect();
    order.sort_by_key(|doc| (doc.href, doc.iso_date, doc.title, doc.text));
    let mut taken = BTreeMap::new();
    for doc in order {
        let place = Place::of(doc.iso_date);
        let mut attempt = 0;
        let mut id = place.id(doc.href, attempt);
        while taken.contains_key(&id) {
            attempt += 1;
            id = place.id(doc.href, attempt);
        }
        taken.insert(id, doc);
    }
    taken.into_iter().collect()
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

    fn doc<'a>(href: &'a str, iso_date: &'a str) -> Document<'a> {
        let (title, text, tags, date, kind_word, lang) = ("", "", &[][..], "", "", "");
        Document { href, title, text, tags, date, iso_date, kind_word, lang }
    }

    fn hrefs<'a>(docs: &[Document<'a>]) -> Vec<&'a str> {
        number(docs).into_iter().map(|(_, doc)| doc.href).collect()
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
        let docs: Vec<Document<'_>> = names.iter().map(|name| doc(name, "")).collect();
        let all = number(&docs);
        let without: Vec<Document<'_>> = docs.iter().skip(1).copied().collect();
        let before: BTreeMap<&str, u32> =
            number(&without).into_iter().map(|(id, doc)| (doc.href, id)).collect();
        let moved = all
            .iter()
            .filter(|(id, doc)| before.get(doc.href).is_some_and(|before| before != id))
            .count();
        assert!(moved <= 1, "{moved} documents moved");
    }

    #[test]
    fn one_moment_holds_thousands() {
        let names: Vec<String> = (0..5000).map(|i| format!("/import/{i}/")).collect();
        let docs: Vec<Document<'_>> =
            names.iter().map(|name| doc(name, "2020-01-01T00:00:00Z")).collect();
        let all = number(&docs);
        assert_eq!(all.len(), 5000);
        let (first, last) = (all.first().unwrap().0, all.last().unwrap().0);
        assert!(last - first < 1 << 15, "spread over {} numbers", last - first);
        let fewer = number(&docs[1..]);
        let ids: BTreeMap<&str, u32> = fewer.iter().map(|(id, doc)| (doc.href, *id)).collect();
        let moved = all.iter().filter(|(id, doc)| ids.get(doc.href).is_some_and(|b| b != id));
        assert!(moved.count() < 20);
    }
}
