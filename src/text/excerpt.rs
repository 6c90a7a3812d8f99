//! Short forms of plain text: excerpts, word counts, first words.
//!
//! Works on text without markup (`Rendered::plain`). How long an excerpt is, and how many words
//! make a minute, is decided by the build.

use unicode_normalization::char::is_combining_mark;

use crate::text::tokens::is_dense;

/// The start of a text, at most `max_chars` characters long, white space made single.
///
/// A text that fits is given whole. Otherwise it is cut behind the last sentence that ends in the
/// second half of the room, else behind the last word, with an ellipsis. Scripts without spaces
/// are cut between characters.
pub fn excerpt(plain: &str, max_chars: usize) -> String {
    let room: Vec<char> = single_spaced(plain).take(max_chars + 1).collect();
    if room.len() <= max_chars {
        return room.into_iter().collect();
    }
    let taken = |end: usize| room.iter().take(end).collect::<String>();
    let sentence = (1..=max_chars).rev().find(|end| is_sentence_end(&room, *end));
    if let Some(end) = sentence.filter(|end| end * 2 >= max_chars) {
        return taken(end).trim_end().to_owned();
    }
    // One place is needed for the ellipsis.
    let longest = max_chars.saturating_sub(1);
    let word = (1..=longest).rev().find(|end| is_word_end(&room, *end));
    let kept = taken(word.unwrap_or(longest));
    let kept = kept.trim_end_matches(|c: char| {
        c.is_whitespace() || matches!(c, ',' | ';' | ':' | '-' | '–' | '—' | '、' | '，' | '…')
    });
    if max_chars == 0 { String::new() } else { format!("{kept}…") }
}

/// A text as one line, without what would do something to a terminal or turn the direction of what
/// follows it.
#[must_use]
pub fn one_line(text: &str) -> String {
    let is_shown = |c: &char| c.is_whitespace() || !c.is_control() && !turns(*c);
    let shown: String = text.chars().filter(is_shown).collect();
    single_spaced(&shown).collect()
}

/// The start of a text as one line; none if nothing is left of it.
#[must_use]
pub fn line(text: &str, max_chars: usize) -> Option<String> {
    let line = one_line(text);
    (!line.is_empty()).then(|| excerpt(&line, max_chars))
}

/// Whether a character turns the direction of what follows it.
fn turns(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The characters of a text with each run of white space as one space, none around.
fn single_spaced(text: &str) -> impl Iterator<Item = char> {
    text.split_whitespace().enumerate().flat_map(|(index, word)| {
        let space = (index > 0).then_some(' ');
        space.into_iter().chain(word.chars())
    })
}

/// Whether a sentence ends in front of the character at an index.
fn is_sentence_end(text: &[char], end: usize) -> bool {
    let next = text.get(end).copied().unwrap_or(' ');
    let Some(last) = text.iter().take(end).rev().find(|c| !is_closing(**c)) else { return false };
    if next == ' ' {
        return matches!(last, '.' | '!' | '?' | '…' | '؟' | '۔' | '।') || is_dense_end(*last);
    }
    is_dense_end(*last) && !is_closing(next) && !is_dense_end(next)
}

/// Whether the text may be cut in front of the character at an index.
fn is_word_end(text: &[char], end: usize) -> bool {
    let (Some(last), Some(next)) = (text.get(end.wrapping_sub(1)), text.get(end)) else {
        return false;
    };
    let joined = is_combining_mark(*next) || is_closing(*next) || is_dense_end(*next);
    *next == ' ' || ((is_dense(*last) || is_dense(*next)) && !joined && *last != ' ')
}

fn is_dense_end(c: char) -> bool {
    matches!(c, '。' | '！' | '？' | '．')
}

fn is_closing(c: char) -> bool {
    matches!(c, ')' | ']' | '"' | '\'' | '”' | '’' | '»' | '」' | '』' | '）' | '】' | '、')
}

/// The number of words of a text.
///
/// Words are separated by white space and must hold a letter or digit. Characters of scripts
/// written without spaces (Chinese, Japanese, Thai…) count as half a word each.
pub fn words(plain: &str) -> usize {
    let mut whole = 0;
    let mut dense = 0;
    if plain.is_ascii() {
        let words = plain.as_bytes().split(|byte| matches!(byte, b'\t'..=b'\r' | b' '));
        return words.filter(|word| word.iter().any(u8::is_ascii_alphanumeric)).count();
    }
    for word in plain.split_whitespace() {
        if word.is_ascii() {
            whole += usize::from(word.bytes().any(|b| b.is_ascii_alphanumeric()));
            continue;
        }
        let mut inside = false;
        for c in word.chars() {
            if is_dense(c) && c.is_alphanumeric() {
                dense += 1;
                inside = false;
            } else if c.is_alphanumeric() && !inside {
                whole += 1;
                inside = true;
            }
        }
    }
    whole + dense / 2
}

/// The first `n` words of a text, single-spaced, with an ellipsis if more follow.
///
/// In scripts without spaces two characters count as one word.
pub fn first_words(plain: &str, n: usize) -> String {
    let mut out = String::new();
    let mut halves = n.saturating_mul(2);
    for word in plain.split_whitespace() {
        if halves == 0 {
            return cut(&out);
        }
        if !out.is_empty() {
            out.push(' ');
        }
        if !word.chars().any(is_dense) {
            halves = halves.saturating_sub(2);
            out.push_str(word);
            continue;
        }
        for c in word.chars() {
            if halves == 0 {
                return cut(&out);
            }
            out.push(c);
            halves -= usize::from(c.is_alphanumeric());
        }
    }
    out
}

/// A beginning with an ellipsis; what the text's own mark was does not stand in front of it.
fn cut(beginning: &str) -> String {
    format!(
        "{}…",
        beginning.trim_end_matches([',', ';', ':', '.', '…', '–', '—', ' ', '、', '。', '،'])
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_holds_nothing_that_does_more_than_be_read() {
        assert_eq!(
            line(" a\n\tb\u{1b}[31m\u{202e}c\u{a0}\u{2069}d ", 99).as_deref(),
            Some("a b[31mc d")
        );
        assert_eq!(line("\u{202e}\0 \n", 99), None);
        assert_eq!(line("one two three", 8).as_deref(), Some("one two…"));
    }
    use proptest::prelude::*;

    #[test]
    fn short_texts_stay_whole() {
        assert_eq!(excerpt("  Hello\n\nworld ", 40), "Hello world");
        assert_eq!(excerpt("", 40), "");
        assert_eq!(excerpt("12345", 5), "12345");
    }

    #[test]
    fn long_texts_end_with_a_sentence_or_a_word() {
        let text = "One two three. Four five six seven eight nine ten.";
        assert_eq!(excerpt(text, 20), "One two three.");
        assert_eq!(excerpt(text, 40), "One two three. Four five six seven…");
        assert_eq!(excerpt("She said “Stop!” and then nothing more", 22), "She said “Stop!”");
        assert_eq!(excerpt("One, two, three", 10), "One, two…");
        assert_eq!(excerpt("Donaudampfschifffahrt", 6), "Donau…");
        assert_eq!(excerpt("anything", 0), "");
    }

    #[test]
    fn scripts_without_spaces_are_cut_between_characters() {
        let text = "今日は天気がいいです。散歩に行きましょう、と彼は言った。";
        assert_eq!(excerpt(text, 15), "今日は天気がいいです。");
        assert_eq!(excerpt(text, 25), "今日は天気がいいです。散歩に行きましょう、と彼は…");
        assert_eq!(excerpt("これは長い文です", 5), "これは長…");
    }

    #[test]
    fn words_of_any_script_are_counted() {
        assert_eq!(words("One two — three!"), 3);
        assert_eq!(words(""), 0);
        assert_eq!(words("日本語です"), 2);
        assert_eq!(words("Привет мир"), 2);
        assert_eq!(words("don’t stop"), 2);
        assert_eq!(words("Rust と 日本"), 2);
    }

    #[test]
    fn first_words_are_cut_with_an_ellipsis() {
        assert_eq!(first_words("One two three", 2), "One two…");
        assert_eq!(first_words("One two, three", 2), "One two…");
        assert_eq!(first_words("One two", 2), "One two");
        assert_eq!(first_words("日本語です", 2), "日本語で…");
        assert_eq!(first_words("a b", 0), "…");
        assert_eq!(first_words("", 3), "");
    }

    proptest! {
        #[test]
        fn an_excerpt_never_outgrows_its_room(text in "(\\PC|[ .。a日\u{301}]){0,60}", max in 0usize..40) {
            prop_assert!(excerpt(&text, max).chars().count() <= max);
            first_words(&text, max);
            words(&text);
        }
    }
}
