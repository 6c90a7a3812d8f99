//! Text with its disguises taken off: letters of other scripts that look alike, invisible
//! characters, digits for letters, l e t t e r s  a p a r t. What the words mean is not known here.

use crate::text::tokens::{fold, is_dense};

/// Bytes of a text that are looked at.
const LONGEST: usize = 24 * 1024;

/// Cyrillic and Greek letters that look like Latin ones.
const LOOKALIKES: [(char, char); 60] = [
    ('а', 'a'),
    ('е', 'e'),
    ('о', 'o'),
    ('р', 'p'),
    ('с', 'c'),
    ('у', 'y'),
    ('х', 'x'),
    ('і', 'i'),
    ('ј', 'j'),
    ('ѕ', 's'),
    ('һ', 'h'),
    ('ԁ', 'd'),
    ('ԛ', 'q'),
    ('ԝ', 'w'),
    ('к', 'k'),
    ('м', 'm'),
    ('т', 't'),
    ('в', 'b'),
    ('н', 'h'),
    ('г', 'r'),
    ('А', 'A'),
    ('В', 'B'),
    ('Е', 'E'),
    ('К', 'K'),
    ('М', 'M'),
    ('Н', 'H'),
    ('О', 'O'),
    ('Р', 'P'),
    ('С', 'C'),
    ('Т', 'T'),
    ('У', 'Y'),
    ('Х', 'X'),
    ('І', 'I'),
    ('Ј', 'J'),
    ('Ѕ', 'S'),
    ('α', 'a'),
    ('ο', 'o'),
    ('ν', 'v'),
    ('ρ', 'p'),
    ('ι', 'i'),
    ('κ', 'k'),
    ('υ', 'u'),
    ('τ', 't'),
    ('χ', 'x'),
    ('γ', 'y'),
    ('ε', 'e'),
    ('Α', 'A'),
    ('Β', 'B'),
    ('Ε', 'E'),
    ('Ζ', 'Z'),
    ('Η', 'H'),
    ('Ι', 'I'),
    ('Κ', 'K'),
    ('Μ', 'M'),
    ('Ν', 'N'),
    ('Ο', 'O'),
    ('Ρ', 'P'),
    ('Τ', 'T'),
    ('Υ', 'Y'),
    ('Χ', 'X'),
];

/// A text without disguises, and how many there were.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Straight {
    /// The text.
    pub(super) text: String,
    /// Words that mixed scripts, or had something invisible between their letters.
    pub(super) disguised: usize,
    /// Letters from the sets made for formulas and labels (`𝗕𝗲𝘀𝘁`, `Ⓑⓔⓢⓣ`).
    pub(super) fancy: usize,
}

/// Takes the disguises off. Only the beginning of a very long text is looked at.
pub(super) fn straighten(text: &str) -> Straight {
    let text = text.get(..text.floor_char_boundary(LONGEST)).unwrap_or(text);
    if text.is_ascii() {
        return Straight { text: text.to_owned(), ..Straight::default() };
    }
    let mut out = Straight { text: String::with_capacity(text.len()), ..Straight::default() };
    let mut word = Word::default();
    for c in text.chars() {
        if is_invisible(c) {
            word.interrupted |= !word.letters.is_empty() && c != '\u{AD}';
            continue;
        }
        out.fancy = out.fancy.saturating_add(usize::from(is_fancy(c)));
        if c.is_alphabetic() {
            word.broken |= word.interrupted && is_plain_script(c);
            word.letters.push(c);
        } else {
            word.end(&mut out);
            out.text.push(c);
        }
    }
    word.end(&mut out);
    out
}

/// A row of letters.
#[derive(Default)]
struct Word {
    letters: String,
    /// Something invisible came after the last letters.
    interrupted: bool,
    /// Something invisible stood between two letters.
    broken: bool,
}

impl Word {
    fn end(&mut self, out: &mut Straight) {
        let mixed = unmix(&self.letters);
        if mixed.is_some() || self.broken {
            out.disguised = out.disguised.saturating_add(1);
        }
        out.text.push_str(mixed.as_deref().unwrap_or(&self.letters));
        self.letters.clear();
        self.interrupted = false;
        self.broken = false;
    }
}

/// A word in one script, if it was in two and all letters of one of them look like the other's.
fn unmix(word: &str) -> Option<String> {
    let latin = word.chars().any(|c| c.is_ascii_alphabetic());
    if word.is_ascii() || !latin || !word.chars().any(is_cyrillic_or_greek) {
        return None;
    }
    let to_latin = |c: char| match LOOKALIKES.iter().find(|(from, _)| *from == c) {
        Some((_, to)) => Some(*to),
        None => (!is_cyrillic_or_greek(c)).then_some(c),
    };
    let to_cyrillic = |c: char| match LOOKALIKES.iter().find(|(_, to)| *to == c) {
        Some((from, _)) => Some(*from),
        None => is_cyrillic_or_greek(c).then_some(c),
    };
    let word_in =
        |map: &dyn Fn(char) -> Option<char>| word.chars().map(map).collect::<Option<String>>();
    // A letter for a unit, as in `μm`, is no word of that script.
    let cyrillic = word.chars().filter(|c| matches!(c, '\u{400}'..='\u{52F}')).count();
    word_in(&to_latin).or_else(|| (cyrillic >= 2).then(|| word_in(&to_cyrillic))?)
}

fn is_cyrillic_or_greek(c: char) -> bool {
    matches!(c, '\u{370}'..='\u{3FF}' | '\u{400}'..='\u{52F}')
}

/// Scripts in which nothing invisible belongs between letters; in others it shapes them.
fn is_plain_script(c: char) -> bool {
    u32::from(c) < 0x530
}

fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{AD}' | '\u{34F}' | '\u{115F}' | '\u{1160}' | '\u{180E}' | '\u{200B}'..='\u{200F}'
            | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{3164}' | '\u{FEFF}'
            | '\u{FFA0}' | '\u{E0000}'..='\u{E007F}'
    )
}

fn is_fancy(c: char) -> bool {
    matches!(c, '\u{1D400}'..='\u{1D7FF}' | '\u{24B6}'..='\u{24E9}' | '\u{1F130}'..='\u{1F189}')
}

/// The words of a text between single spaces, with a space at both ends, so that a phrase can be
/// looked for as it stands.
pub(super) fn spaced(text: &str) -> String {
    let mut out = String::from(" ");
    for c in fold(text).chars() {
        if c.is_alphanumeric() || unicode_normalization::char::is_combining_mark(c) {
            out.push(c);
        } else if !out.ends_with(' ') {
            out.push(' ');
        }
    }
    if !out.ends_with(' ') {
        out.push(' ');
    }
    out
}

/// Whether a phrase stands in a text, both as [`spaced`] gives them, as whole words. Scripts
/// without spaces have no whole words.
pub(super) fn has_phrase(text: &str, phrase: &str) -> bool {
    let bare = phrase.trim();
    if bare.is_empty() {
        return false;
    }
    let free_start = bare.chars().next().is_some_and(is_dense);
    let free_end = bare.chars().next_back().is_some_and(is_dense);
    match (free_start, free_end) {
        (true, true) => text.contains(bare),
        (true, false) => text.contains(phrase.trim_start()),
        (false, true) => text.contains(phrase.trim_end()),
        (false, false) => text.contains(phrase),
    }
}

/// Joins letters that stand apart: `c a s i n o` becomes `casino`. Four are needed; three are
/// initials.
pub(super) fn join_letters(tokens: Vec<String>) -> (Vec<String>, usize) {
    let is_letter = |token: &str| token.len() == 1 && !token.chars().any(|c| c.is_ascii_digit());
    let mut out: Vec<String> = Vec::with_capacity(tokens.len());
    let mut row: Vec<String> = Vec::new();
    let mut joined: usize = 0;
    for token in tokens {
        if is_letter(&token) {
            row.push(token);
            continue;
        }
        joined = joined.saturating_add(end_row(&mut row, &mut out));
        out.push(token);
    }
    joined = joined.saturating_add(end_row(&mut row, &mut out));
    (out, joined)
}

fn end_row(row: &mut Vec<String>, out: &mut Vec<String>) -> usize {
    if row.len() >= 4 {
        out.push(row.concat());
        row.clear();
        return 1;
    }
    out.append(row);
    0
}

/// A word with letters in place of the digits and signs that stand for them; `None` if it has none,
/// or no letters.
pub(super) fn unleet(word: &str) -> Option<String> {
    let digits = word.contains(|c: char| c.is_ascii_digit() || matches!(c, '@' | '$' | '!' | '|'));
    let letters = word.chars().filter(|c| c.is_alphabetic()).count();
    if !digits || letters < 2 {
        return None;
    }
    let letter = |c| match c {
        '0' => 'o',
        '1' | '!' | '|' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' => 't',
        '8' => 'b',
        '9' => 'g',
        other => other,
    };
    Some(word.chars().map(letter).collect())
}

/// A word whose letters are repeated at most once: `loooove` is `loove`, `idiiiiot` is `idiiot`.
pub(super) fn shorten(word: &str) -> String {
    let mut out = String::with_capacity(word.len());
    let mut row = 0_usize;
    for c in word.chars() {
        row = if out.ends_with(c) { row.saturating_add(1) } else { 1 };
        if row <= 2 {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lookalikes_become_the_letters_they_look_like() {
        let straight = straighten("best саsinо and vi\u{200B}agra");
        assert_eq!(straight.text, "best casino and viagra");
        assert_eq!(straight.disguised, 2);
        // A Cyrillic word with a Latin letter in it becomes Cyrillic.
        assert_eq!(straighten("кaзино").text, "казино");
    }

    #[test]
    fn honest_text_stays_as_it_is() {
        for text in [
            "Привет, как дела?",
            "5 μm and λx.x",
            "Grüße aus Köln, naïve café",
            "मैं हिन्दी में लिखता हूँ",
            "👩‍👩‍👧 nice",
            "日本語のテキスト",
        ] {
            let straight = straighten(text);
            assert_eq!((straight.disguised, straight.fancy), (0, 0), "{text}");
        }
        assert_eq!(straighten("می\u{200C}خواهم").disguised, 0);
    }

    #[test]
    fn phrases_are_whole_words() {
        let text = spaced("Buy cheap shoes, today! 便宜的鞋子");
        assert!(has_phrase(&text, &spaced("cheap shoes")));
        assert!(has_phrase(&text, &spaced("CHEAP  Shoes!")));
        assert!(!has_phrase(&text, &spaced("cheap shoe")));
        assert!(has_phrase(&text, &spaced("的鞋")));
        assert!(!has_phrase(&text, &spaced("")));
    }

    #[test]
    fn letters_apart_come_together() {
        let tokens = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(join_letters(tokens("a c a s i n o")).0, ["acasino"]);
        assert_eq!(join_letters(tokens("my c a s i n o now")).0, ["my", "casino", "now"]);
        assert_eq!(join_letters(tokens("j r r tolkien")).0, ["j", "r", "r", "tolkien"]);
    }

    #[test]
    fn digits_for_letters() {
        assert_eq!(unleet("v1agra").as_deref(), Some("viagra"));
        assert_eq!(unleet("c@$ino").as_deref(), Some("casino"));
        assert_eq!(unleet("2024"), None);
        assert_eq!(unleet("plain"), None);
        assert_eq!(shorten("looooove"), "loove");
    }
}
