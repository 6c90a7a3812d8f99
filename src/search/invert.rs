//! From documents with words to words with documents.
//!
//! Chunks of documents are counted in parallel, each with its own small vocabulary; the
//! vocabularies are then merged in alphabetical order, so the result does not depend on how the
//! work was shared out. What the counts weigh in a ranking is decided here, how they are written
//! in `write`.

use rayon::prelude::*;
use rustc_hash::FxHashMap as HashMap;

use super::Document;

/// Chunks per thread: few share a vocabulary best, some more keep all threads busy to the end.
const CHUNKS: usize = 4;
/// Weight of a word in the title: more than any number of times in the text.
const TITLE: u8 = 32;
/// Weight of a word in the tags: likewise, but less than the title.
const TAG: u8 = 16;
/// Times in the text that count.
const MOST: u8 = 15;

/// Bits of a weight.
const WEIGHT: u32 = 6;

/// One document that has a word. A large site has tens of millions of them: number and weight share
/// four bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Posting(u32);

impl Posting {
    /// A document's number, and what the word weighs in it: `TITLE` + `TAG` + times in the text.
    /// None if the number is over 67 million, or the weight over the heaviest.
    pub(super) fn new(doc: u32, weight: u8) -> Option<Self> {
        let fits = doc < 1 << (u32::BITS - WEIGHT) && weight < 1 << WEIGHT;
        fits.then(|| Self(doc << WEIGHT | u32::from(weight)))
    }

    /// The document's number.
    pub(super) fn doc(self) -> u32 {
        self.0 >> WEIGHT
    }

    /// What the word weighs in it.
    pub(super) fn weight(self) -> u32 {
        self.0 & ((1 << WEIGHT) - 1)
    }
}

/// All words, sorted, each with its documents.
pub(super) struct Inverted {
    words: Vec<Box<str>>,
    /// Where each word's postings end; they begin where those of the word before end.
    ends: Vec<usize>,
    postings: Vec<Posting>,
}

impl Inverted {
    /// Each word with its postings, both ascending.
    pub(super) fn entries(&self) -> impl Iterator<Item = (&str, &[Posting])> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        self.words.iter().zip(starts.zip(&self.ends)).map(|(word, (start, end))| {
            (&**word, self.postings.get(start..*end).unwrap_or_default())
        })
    }
}

/// Inverts documents that are sorted by number.
pub(super) fn invert<T>(docs: &[(u32, &Document<'_>)], tokens: &T) -> Inverted
where
    T: Fn(&str, &mut dyn FnMut(&str)) + Sync,
{
    let chunk = docs.len().div_ceil(rayon::current_num_threads() * CHUNKS).max(1);
    let chunks: Vec<Chunk> =
        docs.par_chunks(chunk).map(|part| Counter::default().count(part, tokens)).collect();
    merge(&chunks)
}

/// The words of some documents, sorted, each with its postings: for a few documents at a time.
pub(super) fn few<T>(docs: &[(u32, &Document<'_>)], tokens: &T) -> Inverted
where
    T: Fn(&str, &mut dyn FnMut(&str)) + Sync,
{
    merge(&[Counter::default().count(docs, tokens)])
}

/// A word of a chunk's vocabulary in one document.
struct Hit {
    word: u32,
    posting: Posting,
}

/// The hits of some documents, by document, with the vocabulary that they refer to.
struct Chunk {
    words: Vec<Box<str>>,
    hits: Vec<Hit>,
}

/// Counts the words of a chunk's documents, one document after the other.
#[derive(Default)]
struct Counter {
    ids: HashMap<Box<str>, u32>,
    /// By word: what it weighs in the current document, 0 for most.
    weights: Vec<u8>,
    /// The words of the current document.
    touched: Vec<u32>,
    /// The end of a pair of characters that the next token may carry on, see `token`.
    tail: Option<char>,
    hits: Vec<Hit>,
}

impl Counter {
    fn count<T>(mut self, docs: &[(u32, &Document<'_>)], tokens: &T) -> Chunk
    where
        T: Fn(&str, &mut dyn FnMut(&str)),
    {
        let read = |counter: &mut Counter, text: &str, field: Field| {
            tokens(text, &mut |token| counter.token(token, field));
            counter.end_of_run(field);
        };
        for (doc, document) in docs {
            read(&mut self, document.title, Field::Title);
            for tag in document.tags {
                read(&mut self, tag, Field::Tag);
            }
            read(&mut self, document.text, Field::Text);
            self.end_of_document(*doc);
        }
        let mut words = vec![Box::default(); self.ids.len()];
        for (word, id) in self.ids {
            if let Some(place) = words.get_mut(id as usize) {
                *place = word;
            }
        }
        self.hits.shrink_to_fit();
        Chunk { words, hits: self.hits }
    }

    /// Counts a token. Scripts without spaces come as overlapping pairs (`日本`, `本語`), found
    /// by either character since a search may end in the beginning of a word; only the last
    /// character of a run begins no pair, so it is counted for itself.
    fn token(&mut self, token: &str, field: Field) {
        if self.tail.is_some_and(|tail| !token.starts_with(tail)) {
            self.end_of_run(field);
        }
        self.tail = second_of_pair(token);
        self.add(token, field);
    }

    fn end_of_run(&mut self, field: Field) {
        if let Some(tail) = self.tail.take() {
            self.add(tail.encode_utf8(&mut [0; 4]), field);
        }
    }

    fn add(&mut self, word: &str, field: Field) {
        let id = match self.ids.get(word) {
            Some(id) => *id,
            // A space would end the word in the file.
            None if word.is_empty() || word.contains(' ') => return,
            None => {
                let id = self.weights.len() as u32;
                self.ids.insert(word.into(), id);
                self.weights.push(0);
                id
            }
        };
        let Some(weight) = self.weights.get_mut(id as usize) else { return };
        if *weight == 0 {
            self.touched.push(id);
        }
        match field {
            Field::Title => *weight |= TITLE,
            Field::Tag => *weight |= TAG,
            Field::Text if *weight & MOST < MOST => *weight += 1,
            Field::Text => {}
        }
    }

    fn end_of_document(&mut self, doc: u32) {
        for word in self.touched.drain(..) {
            if let Some(weight) = self.weights.get_mut(word as usize) {
                let posting = Posting::new(doc, *weight);
                self.hits.extend(posting.map(|posting| Hit { word, posting }));
                *weight = 0;
            }
        }
    }
}

/// Where a token stands.
#[derive(Clone, Copy)]
enum Field {
    Title,
    Tag,
    Text,
}

/// The second of exactly two characters of a script beyond the alphabets of Europe and West
/// Asia. Some scripts further on have spaces; there this only makes a last letter findable.
fn second_of_pair(token: &str) -> Option<char> {
    let mut chars = token.chars().filter(|c| *c >= '\u{E00}');
    let (_, second) = (chars.next()?, chars.next()?);
    (token.chars().count() == 2).then_some(second)
}

/// Puts the chunks' vocabularies together and deals the hits out to the words.
fn merge(chunks: &[Chunk]) -> Inverted {
    let mut words: Vec<&str> =
        chunks.iter().flat_map(|chunk| chunk.words.iter().map(|word| &**word)).collect();
    words.par_sort_unstable();
    words.dedup();
    // Each chunk's words as places in the common vocabulary.
    let places: Vec<Vec<usize>> = chunks
        .par_iter()
        .map(|chunk| {
            let place = |word: &str| words.binary_search(&word).unwrap_or_else(|at| at);
            chunk.words.iter().map(|word| place(word)).collect()
        })
        .collect();
    let hits = || {
        chunks.iter().zip(&places).flat_map(|(chunk, places)| {
            chunk.hits.iter().filter_map(|hit| Some((*places.get(hit.word as usize)?, hit.posting)))
        })
    };
    let mut ends = vec![0; words.len()];
    for (place, _) in hits() {
        if let Some(count) = ends.get_mut(place) {
            *count += 1;
        }
    }
    // From counts to where each word's postings begin; dealing moves that on to where they end.
    let mut total = 0;
    for end in &mut ends {
        let count = std::mem::replace(end, total);
        total += count;
    }
    let mut postings = vec![Posting::default(); total];
    for (place, posting) in hits() {
        if let Some(next) = ends.get_mut(place) {
            if let Some(free) = postings.get_mut(*next) {
                *free = posting;
            }
            *next += 1;
        }
    }
    Inverted { words: words.into_iter().map(Box::from).collect(), ends, postings }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words_and_pairs(text: &str, each: &mut dyn FnMut(&str)) {
        for word in text.split(' ').filter(|word| !word.is_empty()) {
            let chars: Vec<char> = word.chars().collect();
            if word.is_ascii() || chars.len() == 1 {
                each(word);
            } else {
                chars.windows(2).for_each(|pair| each(&pair.iter().collect::<String>()));
            }
        }
    }

    fn inverted(title: &str, tags: &[String], text: &str) -> Vec<(String, u8)> {
        let (href, date, iso_date, kind_word, lang) = ("/", "", "", "", "");
        let doc = Document { href, title, text, tags, date, iso_date, kind_word, lang };
        invert(&[(7, &doc)], &words_and_pairs)
            .entries()
            .map(|(word, postings)| {
                assert_eq!(postings.len(), 1);
                assert_eq!(postings[0].doc(), 7);
                (word.to_owned(), postings[0].weight() as u8)
            })
            .collect()
    }

    #[test]
    fn title_and_tags_outweigh_any_number_of_times_in_the_text() {
        let text = "tea ".repeat(40) + "rare";
        let found = inverted("hot tea hot", &["hot".to_owned()], &text);
        let expected = [("hot", TITLE + TAG), ("rare", 1), ("tea", TITLE + MOST)];
        assert_eq!(found, expected.map(|(word, weight)| (word.to_owned(), weight)));
    }

    #[test]
    fn the_last_character_of_a_run_of_pairs_is_a_word() {
        let words = |text: &str| -> Vec<String> {
            inverted("", &[], text).into_iter().map(|(word, _)| word).collect()
        };
        assert_eq!(words("黒猫"), ["猫", "黒猫"]);
        assert_eq!(words("日本語 猫 of"), ["of", "日本", "本語", "猫", "語"]);
        assert_eq!(words("日語 語学"), ["学", "日語", "語学"], "語 begins a pair");
    }

    #[test]
    fn words_that_would_break_the_file_are_left_out() {
        let doc = Document {
            href: "/",
            title: "",
            text: "x",
            tags: &[],
            date: "",
            iso_date: "",
            kind_word: "",
            lang: "",
        };
        let odd = |_: &str, each: &mut dyn FnMut(&str)| ["", "a b", "c"].into_iter().for_each(each);
        let all = invert(&[(1, &doc)], &odd);
        assert_eq!(all.entries().map(|(word, _)| word).collect::<Vec<_>>(), ["c"]);
    }
}
