//! The files of the index as text.
//!
//! A term shard is one JSON string: words and their packed postings in turn, separated by spaces.
//! A packed posting is a number, and a second one where the first is odd:
//!
//! 1. twice the distance from the document before (the first: from 0), plus 1 unless the weight
//!    is 1, which is the common case;
//! 2. the weight.
//!
//! A number is written in digits to base 32, lowest first: the last of them as one of
//! the 32 characters from `0` (0x30) on, the ones before it as one of those from `]` (0x5D) on.
//! None of these needs escaping in JSON.
//!
//! A document shard is a JSON object from document numbers to what a result shows:
//! `[href, title, kind, date, language, opening]`.

use rayon::prelude::*;
use serde_json::Value;

use super::invert::{Inverted, Posting};
use super::shard::{Shard, cut};
use super::{Document, File, VERSION};

/// Bytes in a term shard, unless one word alone has more.
const TERM_SHARD: usize = 32 * 1024;
/// Documents in a document shard.
const DOC_SHARD: usize = 64;
/// Bytes of a document's text that are kept for its result: 64 of them stay below 32 KB.
const OPENING: usize = 360;

/// What a word and its packed postings take in a shard.
pub(super) fn weight(word: &str, packed: &str) -> usize {
    word.len() + packed.len() + 2
}

/// Where the shards of words begin and end; words sorted.
pub(super) fn cut_terms<'w>(words: impl Iterator<Item = (&'w str, usize)>) -> Vec<Shard> {
    cut(&words.collect::<Vec<_>>(), TERM_SHARD)
}

/// Where the shards of documents begin and end; numbers ascending.
pub(super) fn cut_documents(ids: impl Iterator<Item = u32>) -> Vec<Shard> {
    cut(&ids.map(|id| (id.to_be_bytes(), 1)).collect::<Vec<_>>(), DOC_SHARD)
}

/// The path of a shard of words.
pub(super) fn term_path(key: &str) -> String {
    format!("search/t-{key}.json")
}

/// The path of a shard of documents.
pub(super) fn document_path(key: &str) -> String {
    format!("search/d-{key}.json")
}

/// A shard of words with their packed postings.
pub(super) fn term_shard<'w>(words: impl Iterator<Item = (&'w str, &'w str)>) -> Vec<u8> {
    let mut text = String::with_capacity(TERM_SHARD);
    for (word, packed) in words {
        let space = if text.is_empty() { "" } else { " " };
        for part in [space, word, " ", packed] {
            text.push_str(part);
        }
    }
    Value::from(text).to_string().into_bytes()
}

/// The words of a shard with their packed postings, if it is one.
pub(super) fn read_term_shard(bytes: &[u8]) -> Option<String> {
    serde_json::from_slice(bytes).ok()
}

/// A shard of documents from their lines.
pub(super) fn document_shard(lines: &[impl AsRef<str>]) -> Vec<u8> {
    let mut text = String::from("{\n");
    for (at, line) in lines.iter().enumerate() {
        text.push_str(if at == 0 { "" } else { ",\n" });
        text.push_str(line.as_ref());
    }
    text.push_str("\n}\n");
    text.into_bytes()
}

/// The line of a document in a shard, if it stands there.
pub(super) fn line_of(shard: &str, id: u32) -> Option<&str> {
    let start = format!("\"{id}\":");
    let line = shard.lines().find(|line| line.starts_with(&start))?;
    Some(line.strip_suffix(',').unwrap_or(line))
}

/// The term shards' keys and files.
pub(super) fn terms(words: &Inverted) -> (Vec<String>, Vec<File>) {
    let entries: Vec<(&str, String)> = words
        .entries()
        .collect::<Vec<_>>()
        .into_par_iter()
        .map(|(word, postings)| (word, pack(postings)))
        .collect();
    let shards = cut_terms(entries.iter().map(|(word, packed)| (*word, weight(word, packed))));
    let files = shards.par_iter().map(|shard| {
        let part = entries.get(shard.range.clone()).unwrap_or_default();
        let words = part.iter().map(|(word, packed)| (*word, packed.as_str()));
        File { path: term_path(&shard.key), bytes: term_shard(words) }
    });
    (shards.iter().map(|shard| shard.key.clone()).collect(), files.collect())
}

/// The document shards' keys and files.
pub(super) fn documents(docs: &[(u32, &Document<'_>)]) -> (Vec<String>, Vec<File>) {
    let shards = cut_documents(docs.iter().map(|(id, _)| *id));
    let files = shards.par_iter().map(|shard| {
        let part = docs.get(shard.range.clone()).unwrap_or_default();
        let lines: Vec<String> = part.iter().map(|(id, doc)| line(*id, doc)).collect();
        File { path: document_path(&shard.key), bytes: document_shard(&lines) }
    });
    (shards.iter().map(|shard| shard.key.clone()).collect(), files.collect())
}

/// The manifest.
pub(super) fn manifest(documents: usize, terms: &[String], docs: &[String]) -> File {
    let (terms, docs) = (Value::from(terms), Value::from(docs));
    let manifest = format!(
        "{{\"version\":{VERSION},\"documents\":{documents},\"terms\":{terms},\"docs\":{docs}}}\n"
    );
    File { path: "search/index.json".to_owned(), bytes: manifest.into_bytes() }
}

/// What a result shows of a document, under its number.
pub(super) fn line(id: u32, doc: &Document<'_>) -> String {
    let shown = [doc.href, doc.title, doc.kind_word, doc.date, doc.lang, &opening(doc.text)];
    format!("\"{id}\":{}", Value::from(&shown[..]))
}

/// The first words of a text on one line, with `…` where it goes on.
fn opening(text: &str) -> String {
    let mut opening = String::new();
    for word in text.split_whitespace() {
        let space = if opening.is_empty() { "" } else { " " };
        let room = OPENING.saturating_sub(opening.len() + space.len());
        if word.len() > room {
            // Only scripts without spaces have words of this length worth cutting.
            if let Some(part) = word.get(..word.floor_char_boundary(room)).filter(|_| room > 60) {
                opening.push_str(space);
                opening.push_str(part);
            }
            opening.push('…');
            break;
        }
        opening.push_str(space);
        opening.push_str(word);
    }
    opening
}

/// Postings as text.
pub(super) fn pack(postings: &[Posting]) -> String {
    let mut out = String::with_capacity(postings.len() * 4);
    let mut before = 0;
    for posting in postings {
        let plain = posting.weight() == 1;
        push_number(&mut out, (posting.doc() - before) * 2 + u32::from(!plain));
        if !plain {
            push_number(&mut out, posting.weight());
        }
        before = posting.doc();
    }
    out
}

fn push_number(out: &mut String, mut number: u32) {
    while number >= 32 {
        out.push(digit(b']', number % 32));
        number /= 32;
    }
    out.push(digit(b'0', number));
}

/// Postings from text; none if it is no such text.
pub(super) fn unpack(packed: &str) -> Option<Vec<Posting>> {
    let mut postings = Vec::with_capacity(packed.len() / 3);
    let mut digits = packed.bytes();
    let mut doc = 0u32;
    while let Some(step) = read_number(&mut digits)? {
        doc = doc.checked_add(step / 2)?;
        let weight = if step % 2 == 1 { read_number(&mut digits)?? } else { 1 };
        postings.push(Posting::new(doc, u8::try_from(weight).ok()?)?);
    }
    Some(postings)
}

/// The postings of some documents, ascending, in a packed text; none if it is no such text.
pub(super) fn postings_of(packed: &str, docs: &[u32]) -> Option<Vec<Posting>> {
    let mut found = Vec::new();
    let mut digits = packed.bytes();
    let mut doc = 0u32;
    let mut wanted = docs.iter().copied().peekable();
    while let Some(step) = read_number(&mut digits)? {
        doc = doc.checked_add(step / 2)?;
        let weight = if step % 2 == 1 { read_number(&mut digits)?? } else { 1 };
        while wanted.next_if(|id| *id < doc).is_some() {}
        match wanted.peek() {
            None => break,
            Some(id) if *id == doc => {
                found.push(Posting::new(doc, u8::try_from(weight).ok()?)?);
            }
            Some(_) => {}
        }
    }
    Some(found)
}

/// The next number; `Some(None)` at the end, none where no number stands.
fn read_number(digits: &mut std::str::Bytes<'_>) -> Option<Option<u32>> {
    let mut number = 0u32;
    let mut shift = 0u32;
    loop {
        let Some(digit) = digits.next() else {
            return (shift == 0).then_some(None);
        };
        let (first, last) = if digit < b']' { (b'0', true) } else { (b']', false) };
        let value = u32::from(digit.checked_sub(first)?);
        number |= value.checked_shl(shift)?;
        if last {
            return Some(Some(number));
        }
        shift += 5;
    }
}

/// The digit's character; `value` is below 32.
fn digit(first: u8, value: u32) -> char {
    char::from(first + (value & 31) as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_packed_as_documented() {
        let packed = |list: &[(u32, u8)]| {
            let postings: Vec<Posting> =
                list.iter().map(|&(doc, weight)| Posting::new(doc, weight).unwrap()).collect();
            pack(&postings)
        };
        assert_eq!(packed(&[]), "");
        assert_eq!(packed(&[(0, 1), (1, 1), (15, 2), (16, 1)]), "02M22");
        assert_eq!(packed(&[(16, 1)]), "]1");
        assert_eq!(packed(&[((1 << 26) - 1, 47)]).len(), 6 + 2);
        let every = packed(&[(0, 1), (33, 63), (1 << 25, 31), ((1 << 26) - 1, 32)]);
        assert_eq!(Value::from(every.clone()).to_string(), format!("\"{every}\""));
    }

    #[test]
    fn what_is_packed_is_unpacked() {
        let list = [(3, 1), (4, 47), (900, 1), (1 << 20, 15)];
        let postings: Vec<Posting> =
            list.iter().map(|&(doc, weight)| Posting::new(doc, weight).unwrap()).collect();
        let packed = pack(&postings);
        assert_eq!(unpack(&packed).as_deref(), Some(&postings[..]));
        assert_eq!(postings_of(&packed, &[1, 900]).as_deref(), postings.get(2..3));
        assert_eq!(postings_of(&packed, &[5, 899, 901]).as_deref(), Some(&[][..]));
        assert_eq!(unpack("not packed"), None);
        assert_eq!(unpack("").as_deref(), Some(&[][..]));
    }

    #[test]
    fn an_opening_is_whole_words_on_one_line() {
        assert_eq!(opening(" one\n\ttwo  three "), "one two three");
        let long = opening(&"word ".repeat(200));
        assert!(long.ends_with("word…") && long.len() <= OPENING + 3, "{long}");
        let japanese = opening(&"日本語".repeat(100));
        assert!(japanese.ends_with("…") && japanese.len() > 300, "{japanese}");
        assert_eq!(opening(&"あ".repeat(120)), "あ".repeat(120), "exactly the room");
        assert!(opening(&format!("{} {}", "x".repeat(350), "y".repeat(50))).len() < 360);
    }
}
