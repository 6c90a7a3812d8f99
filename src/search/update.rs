//! Changing an index that was built before: documents that came, went or changed, and nothing else.
//!
//! The files of the index are its memory: the words of documents that went are found in them. What
//! stands beside them is the number and the stamp of each document. The result is the same, byte for
//! byte, as that of building the index anew; where a file is missing or damaged, that is what the
//! caller has to do.

use std::borrow::Cow;
use std::collections::BTreeMap;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::invert::{Posting, few};
use super::number::number;
use super::shard::Shard;
use super::write::{
    cut_documents, cut_terms, document_path, document_shard, line, line_of, manifest, pack,
    postings_of, read_term_shard, term_path, term_shard, unpack, weight,
};
use super::{Document, File, whole};
use crate::stamp::Stamp;

/// A document that is to be found: what decides its number, and the stamp of all that the index
/// says of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// [`Document::href`].
    pub href: String,
    /// [`Document::iso_date`].
    pub iso_date: String,
    /// Equal stamps mean equal documents.
    pub stamp: Stamp,
}

/// What is known of an index beside its files.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Index {
    /// Each document's number and stamp, ascending.
    docs: Vec<(u32, Stamp)>,
    terms: Vec<String>,
    shards: Vec<String>,
}

impl Index {
    /// The paths of its files.
    pub fn paths(&self) -> impl Iterator<Item = String> {
        let terms = self.terms.iter().map(|key| term_path(key));
        let docs = self.shards.iter().map(|key| document_path(key));
        terms.chain(docs).chain(["search/index.json".to_owned()])
    }
}

/// A file of a changed index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// It is as it was.
    Same(String),
    /// It is new or changed.
    New(File),
}

/// Builds an index anew. `document` gives the document of a row.
pub fn rebuild<'d, T>(
    rows: &[Row],
    document: impl Fn(usize) -> Option<Document<'d>> + Sync,
    tokens: &T,
) -> (Index, Vec<Entry>)
where
    T: Fn(&str, &mut dyn FnMut(&str)) + Sync,
{
    let numbered = numbers(rows);
    let docs: Vec<(u32, Document<'_>)> =
        numbered.par_iter().filter_map(|(id, at)| Some((*id, document(*at)?))).collect();
    let docs: Vec<(u32, &Document<'_>)> = docs.iter().map(|(id, doc)| (*id, doc)).collect();
    let (files, terms, shards) = whole(&docs, tokens);
    let index = Index { docs: stamps(rows, &numbered), terms, shards };
    (index, files.into_iter().map(Entry::New).collect())
}

fn numbers(rows: &[Row]) -> Vec<(u32, usize)> {
    let pairs: Vec<(&str, &str)> =
        rows.iter().map(|row| (row.href.as_str(), row.iso_date.as_str())).collect();
    number(&pairs)
}

fn stamps(rows: &[Row], numbered: &[(u32, usize)]) -> Vec<(u32, Stamp)> {
    numbered.iter().filter_map(|(id, at)| Some((*id, rows.get(*at)?.stamp))).collect()
}

/// Changes an index to hold some rows. `read` gives the bytes of a file of the old index. None if
/// the old files do not fit together.
pub fn update<'d, T>(
    old: &Index,
    rows: &[Row],
    read: impl Fn(&str) -> Option<Vec<u8>> + Sync,
    document: impl Fn(usize) -> Option<Document<'d>> + Sync,
    tokens: &T,
) -> Option<(Index, Vec<Entry>)>
where
    T: Fn(&str, &mut dyn FnMut(&str)) + Sync,
{
    let numbered = numbers(rows);
    let docs = stamps(rows, &numbered);
    if docs == old.docs {
        return Some((old.clone(), old.paths().map(Entry::Same).collect()));
    }
    let change = Change::between(&old.docs, &docs);
    let came: Vec<(u32, Document<'_>)> = numbered
        .iter()
        .filter(|(id, _)| change.came.binary_search(id).is_ok())
        .map(|(id, at)| Some((*id, document(*at)?)))
        .collect::<Option<_>>()?;
    let came: Vec<(u32, &Document<'_>)> = came.iter().map(|(id, doc)| (*id, doc)).collect();
    let (terms, mut entries) = update_terms(old, &change, &came, &read, tokens)?;
    let (shards, more) = update_documents(old, &docs, &came, &read)?;
    entries.extend(more);
    entries.push(Entry::New(manifest(docs.len(), &terms, &shards)));
    Some((Index { docs, terms, shards }, entries))
}

/// The numbers of documents that went and came, ascending; a changed one did both.
struct Change {
    went: Vec<u32>,
    came: Vec<u32>,
}

impl Change {
    fn between(old: &[(u32, Stamp)], new: &[(u32, Stamp)]) -> Self {
        let missing = |from: &[(u32, Stamp)], other: &[(u32, Stamp)]| {
            let gone = from.iter().filter(|doc| other.binary_search(doc).is_err());
            gone.map(|(id, _)| *id).collect()
        };
        Self { went: missing(old, new), came: missing(new, old) }
    }
}

/// A word, its packed postings, and the old shard that holds both unchanged.
struct Word<'t> {
    word: Cow<'t, str>,
    packed: Cow<'t, str>,
    shard: Option<usize>,
}

fn update_terms<T>(
    old: &Index,
    change: &Change,
    came: &[(u32, &Document<'_>)],
    read: &(impl Fn(&str) -> Option<Vec<u8>> + Sync),
    tokens: &T,
) -> Option<(Vec<String>, Vec<Entry>)>
where
    T: Fn(&str, &mut dyn FnMut(&str)) + Sync,
{
    let texts: Vec<String> = old
        .terms
        .par_iter()
        .map(|key| read_term_shard(&read(&term_path(key))?))
        .collect::<Option<_>>()?;
    let added = few(came, tokens);
    let added: BTreeMap<&str, &[Posting]> = added.entries().collect();
    let kept: Vec<Vec<Word<'_>>> = texts
        .par_iter()
        .enumerate()
        .map(|(shard, text)| changed_words(text, shard, &change.went, &added))
        .collect::<Option<_>>()?;
    let counts: Vec<usize> = kept.iter().map(Vec::len).collect();
    let words = with_new_words(kept.into_iter().flatten().collect(), &added);
    let shards =
        cut_terms(words.iter().map(|word| (&*word.word, weight(&word.word, &word.packed))));
    let same = |shard: &Shard, part: &[Word<'_>]| {
        let first = part.first()?.shard?;
        let all = part.iter().all(|word| word.shard == Some(first));
        let whole = counts.get(first) == Some(&part.len());
        (all && whole && old.terms.get(first) == Some(&shard.key)).then_some(())
    };
    let entries = shards.par_iter().map(|shard| {
        let part = words.get(shard.range.clone()).unwrap_or_default();
        let path = term_path(&shard.key);
        match same(shard, part) {
            Some(()) => Entry::Same(path),
            None => {
                let words = part.iter().map(|word| (&*word.word, &*word.packed));
                Entry::New(File { path, bytes: term_shard(words) })
            }
        }
    });
    let entries = entries.collect();
    Some((shards.into_iter().map(|shard| shard.key).collect(), entries))
}

/// The words of a shard as they are now. A word whose documents change belongs to no old shard any
/// more; nor does one whose neighbour in the shard has none left.
fn changed_words<'t>(
    text: &'t str,
    shard: usize,
    went: &[u32],
    added: &BTreeMap<&str, &[Posting]>,
) -> Option<Vec<Word<'t>>> {
    let mut words = Vec::new();
    let mut parts = text.split(' ');
    let mut lost = false;
    while let Some(word) = parts.next().filter(|word| !word.is_empty()) {
        let packed = parts.next()?;
        let more = added.get(word).copied().unwrap_or_default();
        if postings_of(packed, went)? == more {
            words.push(Word { word: word.into(), packed: packed.into(), shard: Some(shard) });
            continue;
        }
        let mut postings = unpack(packed)?;
        postings.retain(|posting| went.binary_search(&posting.doc()).is_err());
        postings.extend_from_slice(more);
        postings.sort_unstable_by_key(|posting| posting.doc());
        lost |= postings.is_empty();
        if !postings.is_empty() {
            words.push(Word { word: word.into(), packed: pack(&postings).into(), shard: None });
        }
    }
    if lost {
        for word in &mut words {
            word.shard = None;
        }
    }
    Some(words)
}

/// Old words and those that no document had before, sorted.
fn with_new_words<'t>(old: Vec<Word<'t>>, added: &BTreeMap<&str, &[Posting]>) -> Vec<Word<'t>> {
    let known = |word: &str| old.binary_search_by(|known| (*known.word).cmp(word)).is_ok();
    let mut new: Vec<Word<'t>> = added
        .iter()
        .filter(|(word, _)| !known(word))
        .map(|(word, postings)| new_word(word, postings))
        .collect();
    if new.is_empty() {
        return old;
    }
    new.extend(old);
    new.sort_by(|a, b| a.word.cmp(&b.word));
    new
}

fn new_word<'t>(word: &str, postings: &[Posting]) -> Word<'t> {
    Word { word: word.to_owned().into(), packed: pack(postings).into(), shard: None }
}

fn update_documents(
    old: &Index,
    docs: &[(u32, Stamp)],
    came: &[(u32, &Document<'_>)],
    read: &(impl Fn(&str) -> Option<Vec<u8>> + Sync),
) -> Option<(Vec<String>, Vec<Entry>)> {
    let before = cut_documents(old.docs.iter().map(|(id, _)| *id));
    let shards = cut_documents(docs.iter().map(|(id, _)| *id));
    let mut entries = Vec::with_capacity(shards.len());
    for shard in &shards {
        let part = docs.get(shard.range.clone()).unwrap_or_default();
        let path = document_path(&shard.key);
        let same = before
            .iter()
            .any(|known| known.key == shard.key && old.docs.get(known.range.clone()) == Some(part));
        if same {
            entries.push(Entry::Same(path));
            continue;
        }
        let mut sources: BTreeMap<&str, String> = BTreeMap::new();
        let mut lines = Vec::with_capacity(part.len());
        for (id, _) in part {
            if let Ok(at) = came.binary_search_by_key(id, |(id, _)| *id) {
                let (id, document) = came.get(at)?;
                lines.push(line(*id, document));
                continue;
            }
            let place = old.docs.binary_search_by_key(id, |(id, _)| *id).ok()?;
            let known = before.iter().find(|known| known.range.contains(&place))?;
            if !sources.contains_key(known.key.as_str()) {
                let bytes = read(&document_path(&known.key))?;
                sources.insert(&known.key, String::from_utf8(bytes).ok()?);
            }
            lines.push(line_of(sources.get(known.key.as_str())?, *id)?.to_owned());
        }
        entries.push(Entry::New(File { path, bytes: document_shard(&lines) }));
    }
    Some((shards.into_iter().map(|shard| shard.key).collect(), entries))
}
