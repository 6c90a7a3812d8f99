//! Static search: the site's documents in, small named files out, read by the search script in
//! the visitor's browser. No server takes part.
//!
//! Pure: the caller writes the files, decides which documents there are and brings the tokenizer
//! (`text::tokens`). The script, `themes/shared/assets/search.js`, reads the same format:
//!
//! - `search/index.json`, the only file loaded before the first query: format version, number of
//!   documents, and the keys of the shards, sorted.
//! - `search/t-<key>.json`: the words of one stretch of the alphabet and the documents that have
//!   them, packed as `write` says.
//! - `search/d-<key>.json`: what a result shows, for documents whose numbers are neighbours.
//!
//! One edit costs one edit: [`update`] changes an index that was built before. A document's number is made from its own date and address, and
//! where one shard ends and the next begins depends on nothing outside the two (see `number`
//! and `shard`), so a changed post changes the shards of its changed words and its own.

mod invert;
mod number;
mod shard;
mod update;
mod write;

pub use update::{Entry, Index, Row, rebuild, update};

/// Version of the format; the script refuses an index of another one.
pub const VERSION: u32 = 1;

/// One page that can be found.
#[derive(Debug, Clone, Copy)]
pub struct Document<'a> {
    /// Complete path from the root of the host, such as `/blog/2024/tea/`.
    pub href: &'a str,
    /// Title in plain text; empty where the page has none, then its first words stand in.
    pub title: &'a str,
    /// The whole text, plain.
    pub text: &'a str,
    /// Tags as their authors write them.
    pub tags: &'a [String],
    /// The date as people read it; may be empty.
    pub date: &'a str,
    /// The same date in ISO 8601, with or without time; empty for pages without one. Of equally
    /// good results the newer comes first, pages without a date last.
    pub iso_date: &'a str,
    /// What it is, in a word for people: `Note`, `Photo`.
    pub kind_word: &'a str,
    /// Language tag (BCP 47) of title and text; may be empty.
    pub lang: &'a str,
}

/// One file of the index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Path below the site's root, such as `search/index.json`.
    pub path: String,
    /// What stands in it.
    pub bytes: Vec<u8>,
}

/// Builds the index: all its files, sorted by path.
///
/// `tokens` calls back with every search token of a text, in order. The same documents in any
/// order give the same bytes.
pub fn index(
    docs: &[Document<'_>],
    tokens: impl Fn(&str, &mut dyn FnMut(&str)) + Sync,
) -> Vec<File> {
    let rows: Vec<(&str, &str)> = docs.iter().map(|doc| (doc.href, doc.iso_date)).collect();
    let numbered = number::number(&rows);
    let docs: Vec<(u32, &Document<'_>)> =
        numbered.into_iter().filter_map(|(id, at)| Some((id, docs.get(at)?))).collect();
    let (files, _, _) = whole(&docs, &tokens);
    files
}

/// All files of an index, sorted by path, and the keys of its shards; documents by number.
fn whole<T>(docs: &[(u32, &Document<'_>)], tokens: &T) -> (Vec<File>, Vec<String>, Vec<String>)
where
    T: Fn(&str, &mut dyn FnMut(&str)) + Sync,
{
    let words = invert::invert(docs, tokens);
    let (term_keys, mut files) = write::terms(&words);
    let (doc_keys, doc_files) = write::documents(docs);
    files.extend(doc_files);
    files.push(write::manifest(docs.len(), &term_keys, &doc_keys));
    files.sort_by(|a, b| a.path.cmp(&b.path));
    (files, term_keys, doc_keys)
}
