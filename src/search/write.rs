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

/// The term shards' keys and files.
pub(super) fn terms(words: &Inverted) -> (Vec<String>, Vec<File>) {
    let entries: Vec<(&str, String)> =
        words.entries().map(|(word, postings)| (word, pack(postings))).collect();
    let sized: Vec<(&str, usize)> =
        entries.iter().map(|(word, packed)| (*word, word.len() + packed.len() + 2)).collect();
    files("t", &cut(&sized, TERM_SHARD), &entries, |part| {
        let words: Vec<&str> =
            part.iter().flat_map(|(word, packed)| [*word, packed.as_str()]).collect();
        Value::from(words.join(" ")).to_string()
    })
}

/// The document shards' keys and files.
pub(super) fn documents(docs: &[(u32, &Document<'_>)]) -> (Vec<String>, Vec<File>) {
    let sized: Vec<([u8; 4], usize)> = docs.iter().map(|(id, _)| (id.to_be_bytes(), 1)).collect();
    files("d", &cut(&sized, DOC_SHARD), docs, |part| {
        let lines: Vec<String> = part.iter().map(|(id, doc)| line(*id, doc)).collect();
        format!("{{\n{}\n}}\n", lines.join(",\n"))
    })
}

/// The manifest.
pub(super) fn manifest(documents: usize, terms: Vec<String>, docs: Vec<String>) -> File {
    let (terms, docs) = (Value::from(terms), Value::from(docs));
    let manifest = format!(
        "{{\"version\":{VERSION},\"documents\":{documents},\"terms\":{terms},\"docs\":{docs}}}\n"
    );
    File { path: "search/index.json".to_owned(), bytes: manifest.into_bytes() }
}

/// Writes each shard's part of `all` to a file.
fn files<T: Sync>(
    prefix: &str,
    shards: &[Shard],
    all: &[T],
    text: impl Fn(&[T]) -> String + Sync,
) -> (Vec<String>, Vec<File>) {
    let files = shards.par_iter().map(|shard| File {
        path: format!("search/{prefix}-{}.json", shard.key),
        bytes: text(all.get(shard.range.clone()).unwrap_or_default()).into_bytes(),
    });
    (shards.iter().map(|shard| shard.key.clone()).collect(), files.collect())
}

fn line(id: u32, doc: &Document<'_>) -> String {
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

fn pack(postings: &[Posting]) -> String {
    let mut out = String::with_capacity(postings.len() * 4);
    let mut before = 0;
    for posting in postings {
        let plain = posting.weight == 1;
        push_number(&mut out, (posting.doc - before) * 2 + u32::from(!plain));
        if !plain {
            push_number(&mut out, u32::from(posting.weight));
        }
        before = posting.doc;
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
                list.iter().map(|&(doc, weight)| Posting { doc, weight }).collect();
            pack(&postings)
        };
        assert_eq!(packed(&[]), "");
        assert_eq!(packed(&[(0, 1), (1, 1), (15, 2), (16, 1)]), "02M22");
        assert_eq!(packed(&[(16, 1)]), "]1");
        assert_eq!(packed(&[((1 << 30) - 1, 47)]).len(), 7 + 2);
        let every = packed(&[(0, 1), (33, 63), (1 << 29, 31), ((1 << 30) - 1, 32)]);
        assert_eq!(Value::from(every.clone()).to_string(), format!("\"{every}\""));
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
