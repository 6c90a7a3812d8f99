//! Search tokens: the words a page is found by.
//!
//! The search script in the browser must cut a query exactly as the build cuts the pages, so the
//! algorithm is kept small and uses only what JavaScript has too. Both are held to the cases of
//! `tests/fixtures/text/tokens.json`. Ranking and the shape of the index are not decided here.
//!
//! The algorithm, with its JavaScript names:
//!
//! 1. `text.normalize("NFKD").toLowerCase()` (Rust: `nfkd`, then `str::to_lowercase`).
//! 2. Marks (`/\p{M}/u`) are dropped as follows; all others stay (Cyrillic `й`, Japanese `が`):
//!    - U+0300 to U+036F when the last character kept before it that is no mark is `a`-`z`,
//!      `α`-`ω` (U+03B1 to U+03C9) or Cyrillic `е` (U+0435);
//!    - the points of Hebrew and Arabic, wherever they stand: U+0591 to U+05C7, U+0610 to U+061A,
//!      U+064B to U+065F, U+0670.
//! 3. Each other character is replaced by [`FOLDS`] where it is listed there: `ß ss`, `æ ae`,
//!    `œ oe`, `ø o`, `đ d`, `ð d`, `ł l`, `þ th`, `ħ h`, `ı i`, `ς σ`; and dropped are the
//!    apostrophes U+0027, U+2019 and U+02BC, the Arabic stretch U+0640 and the invisible U+00AD,
//!    U+200B to U+200D, U+2060 and U+FEFF. (Steps 2 and 3 are one walk over the characters: the
//!    letter a mark belongs to is looked at as it is after step 3.)
//! 4. `.normalize("NFC")`.
//! 5. The text is cut into runs. A character is a word character when it matches
//!    `/[\p{Alphabetic}\p{N}\p{M}]/u`. It is a "dense" one when it also lies in [`DENSE`], the
//!    scripts written without spaces. A run is a longest row of word characters that are all
//!    dense or all not dense; everything else separates.
//! 6. A run that is not dense is one token: its first 32 characters (code points).
//! 7. A dense run of one character is one token; a longer one gives each pair of neighbouring
//!    characters (code points) as a token, in order: `日本語` gives `日本`, `本語`.
//!
//! Tokens come in the order of the text and are not deduplicated.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Longest token, in characters.
const LONGEST: usize = 32;

/// Letters that stand for others; apart from these, marks alone make the difference.
pub const FOLDS: &[(char, &str)] = &[
    ('ß', "ss"),
    ('æ', "ae"),
    ('œ', "oe"),
    ('ø', "o"),
    ('đ', "d"),
    ('ð', "d"),
    ('ł', "l"),
    ('þ', "th"),
    ('ħ', "h"),
    ('ı', "i"),
    ('ς', "σ"),
    ('\'', ""),
    ('\u{2019}', ""),
    ('\u{02BC}', ""),
    ('\u{0640}', ""),
    ('\u{00AD}', ""),
    ('\u{200B}', ""),
    ('\u{200C}', ""),
    ('\u{200D}', ""),
    ('\u{2060}', ""),
    ('\u{FEFF}', ""),
];

/// Code points of scripts written without spaces between words (first and last, inclusive):
/// Thai, Lao, Myanmar, Hangul, Khmer, Han, kana, Bopomofo.
pub const DENSE: &[(u32, u32)] = &[
    (0x0E00, 0x0EFF),
    (0x1000, 0x109F),
    (0x1100, 0x11FF),
    (0x1780, 0x17FF),
    (0x2E80, 0x2FDF),
    (0x3005, 0x3007),
    (0x3021, 0x302F),
    (0x3031, 0x3035),
    (0x3038, 0x303B),
    (0x3041, 0x318F),
    (0x31A0, 0x31BF),
    (0x31F0, 0x31FF),
    (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF),
    (0xA960, 0xA97F),
    (0xAC00, 0xD7FF),
    (0xF900, 0xFAFF),
    (0xFF66, 0xFF9F),
    (0x1AFF0, 0x1B16F),
    (0x20000, 0x3FFFF),
];

/// Whether a character belongs to a script written without spaces between words.
pub fn is_dense(c: char) -> bool {
    let code = u32::from(c);
    // Everything before Thai is the overwhelming case.
    code >= 0x0E00 && DENSE.iter().any(|(first, last)| (*first..=*last).contains(&code))
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || is_combining_mark(c)
}

/// The text in the form tokens are cut from (steps 1 to 4).
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        let lower = text.to_ascii_lowercase();
        return if lower.contains('\'') { lower.replace('\'', "") } else { lower };
    }
    let lower = text.nfkd().collect::<String>().to_lowercase();
    let mut out = String::with_capacity(lower.len());
    let mut base_drops_marks = false;
    for c in lower.chars() {
        if is_combining_mark(c) {
            let dropped = match c {
                '\u{300}'..='\u{36F}' => base_drops_marks,
                '\u{591}'..='\u{5C7}' | '\u{610}'..='\u{61A}' | '\u{64B}'..='\u{65F}' => true,
                '\u{670}' => true,
                _ => false,
            };
            if !dropped {
                out.push(c);
            }
            continue;
        }
        let before = out.len();
        match FOLDS.iter().find(|(from, _)| *from == c) {
            Some((_, to)) => out.push_str(to),
            None => out.push(c),
        }
        if out.len() > before {
            base_drops_marks = matches!(out.chars().next_back(), Some('a'..='z' | 'α'..='ω' | 'е'));
        }
    }
    out.nfc().collect()
}

/// The search tokens of a text, in order, repeated as often as they occur.
pub fn tokens(text: &str) -> impl Iterator<Item = String> {
    let mut tokens = Vec::new();
    for_each_token(text, &mut |token| tokens.push(token.to_owned()));
    tokens.into_iter()
}

/// Calls back with each search token of a text, in order.
pub fn for_each_token(text: &str, each: &mut dyn FnMut(&str)) {
    let folded = fold(text);
    if folded.is_ascii() {
        let runs = folded.split(|c: char| !c.is_ascii_alphanumeric());
        runs.filter(|run| !run.is_empty()).for_each(|run| each(run.get(..LONGEST).unwrap_or(run)));
        return;
    }
    let mut rest = folded.as_str();
    while let Some(start) = rest.find(is_word) {
        let run = rest.get(start..).unwrap_or_default();
        let dense = run.chars().next().is_some_and(is_dense);
        let end = run.find(|c| !is_word(c) || is_dense(c) != dense).unwrap_or(run.len());
        let (run, after) = run.split_at_checked(end).unwrap_or((run, ""));
        if dense {
            each_pair(run, each);
        } else {
            each(first_characters(run));
        }
        rest = after;
    }
}

/// The characters of a token that count.
fn first_characters(run: &str) -> &str {
    let end = run.char_indices().nth(LONGEST).map_or(run.len(), |(at, _)| at);
    run.get(..end).unwrap_or(run)
}

/// The pairs of neighbours in a dense run; a single character is its own token.
fn each_pair(run: &str, each: &mut dyn FnMut(&str)) {
    let starts: Vec<usize> = run.char_indices().map(|(at, _)| at).chain([run.len()]).collect();
    if starts.len() <= 2 {
        each(run);
        return;
    }
    for pair in starts.windows(3) {
        if let [from, _, to] = pair {
            each(run.get(*from..*to).unwrap_or_default());
        }
    }
}
