//! How much a response attacks somebody: insults, slurs, threats and shouting, with their disguises
//! undone. It decides nothing by itself: what scores high waits for the owner.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

use super::features::{Sample, Sign, count_words, longest_row, shouts};
use super::flame_words::{HARMS, Harm, PHRASES, YOU, YOU_ARE, YOURE};
use super::normal::{has_phrase, join_letters, shorten, spaced, straighten, unleet};
use super::robo::Score;
use crate::text::html::plain_text;
use crate::text::tokens::fold;

/// From this score on a response waits, whoever wrote it.
pub const HOLD_FROM: u8 = 50;

/// Words that are looked at.
const MOST_WORDS: usize = 2_000;

/// What speaks for peace before anything is read.
const PRIOR: f64 = -3.0;

/// What an insult weighs that somebody else is quoted with.
const QUOTED: f64 = 0.2;

/// Words on both sides in which the reader must be meant for an insult to be aimed.
const NEAR: usize = 4;

static WORDS: LazyLock<FxHashMap<String, &'static Harm>> = LazyLock::new(|| {
    let words = |harm: &'static Harm| harm.words.split('|').map(move |word| (fold(word), harm));
    HARMS.iter().flat_map(words).collect()
});

static SAID: LazyLock<Vec<(String, &'static Harm)>> = LazyLock::new(|| {
    let phrases = |harm: &'static Harm| harm.words.split('|').map(move |word| (spaced(word), harm));
    PHRASES.iter().flat_map(phrases).collect()
});

/// How much a response attacks somebody.
pub fn flame(sample: &Sample<'_>) -> Score {
    let (own, quoted) = voices(sample);
    let mut signs = Vec::new();
    // One angry word in a long calm text is not what the text is.
    let words = count_words(&own);
    let calm = (40.0 / f64::from(u32::try_from(words.max(1)).unwrap_or(u32::MAX))).clamp(0.35, 1.0);
    insults(&own, calm, &mut signs);
    phrases(&own, 1.0, &mut signs);
    let attacks = !signs.is_empty();
    insults(&quoted, QUOTED, &mut signs);
    phrases(&quoted, QUOTED, &mut signs);
    if shouts(&own) {
        let weight = if attacks { 1.4 } else { 0.8 };
        signs.push(Sign { weight, reason: "capital letters throughout".to_owned() });
    }
    if longest_row(&own) >= 4 {
        let weight = if attacks { 0.6 } else { 0.3 };
        signs.push(Sign { weight, reason: "signs repeated many times".to_owned() });
    }
    let odds = PRIOR + signs.iter().map(|sign| sign.weight).sum::<f64>();
    Score::from_odds(odds, signs)
}

/// What a response says itself, name included, and what it quotes.
fn voices(sample: &Sample<'_>) -> (String, String) {
    let (mut own, mut quoted) = (String::new(), String::new());
    if sample.html.contains("<blockquote>") {
        let mut depth = 0_usize;
        for (at, piece) in sample.html.split("<blockquote>").enumerate() {
            depth = depth.saturating_add(usize::from(at > 0));
            for (at, part) in piece.split("</blockquote>").enumerate() {
                depth = depth.saturating_sub(usize::from(at > 0));
                let voice = if depth > 0 { &mut quoted } else { &mut own };
                voice.push_str(&plain_text(part));
                voice.push('\n');
            }
        }
    } else {
        own.push_str(sample.text);
    }
    let said = straighten(&format!("{}\n{}\n{own}", sample.author, sample.title)).text;
    let mut own = String::new();
    for line in said.lines() {
        if line.trim_start().starts_with('>') {
            quoted.push_str(line);
            quoted.push('\n');
        } else {
            in_marks(line, &mut own, &mut quoted);
        }
    }
    (own, straighten(&quoted).text)
}

/// Takes what stands in quotation marks out of a line.
fn in_marks(line: &str, own: &mut String, quoted: &mut String) {
    let mut closes = None;
    let mut open = String::new();
    for c in line.chars() {
        match closes {
            Some(mark) if mark == c || (mark == '“' && c == '”') => {
                quoted.push_str(&open);
                quoted.push('\n');
                open.clear();
                closes = None;
            }
            Some(_) => open.push(c),
            None => {
                closes = match c {
                    '"' => Some('"'),
                    '“' => Some('”'),
                    '„' => Some('“'),
                    '«' => Some('»'),
                    '»' => Some('«'),
                    '「' => Some('」'),
                    _ => None,
                };
                own.push(if closes.is_some() { ' ' } else { c });
            }
        }
    }
    // What is not closed is no quotation.
    own.push_str(&open);
    own.push('\n');
}

/// The words of a text, sentence by sentence: who is meant in one is not meant in the next.
fn sentences(text: &str) -> Vec<Vec<String>> {
    let mut all = vec![Vec::new()];
    for raw in text.split_whitespace().take(MOST_WORDS) {
        let edge = |c: char| matches!(c, '.' | ',' | ';' | ':' | '?' | '(' | ')');
        let word = fold(raw.trim_matches(edge));
        if let Some(sentence) = all.last_mut().filter(|_| !word.is_empty()) {
            sentence.push(word);
        }
        if raw.ends_with(['.', '!', '?']) {
            all.push(Vec::new());
        }
    }
    all.into_iter().map(|words| join_letters(words).0).collect()
}

fn insults(text: &str, share: f64, signs: &mut Vec<Sign>) {
    for words in sentences(text) {
        insults_in(&words, share, signs);
    }
}

fn insults_in(words: &[String], share: f64, signs: &mut Vec<Sign>) {
    for (at, word) in words.iter().enumerate() {
        let Some(harm) = harm_of(word) else { continue };
        let from = at.saturating_sub(NEAR);
        let near = words.iter().skip(from).take(at.saturating_sub(from).saturating_add(NEAR));
        let aimed = near.map(|word| word.trim_matches('!')).any(|word| YOU.contains(&word));
        let (weight, whom) = match (is_called(words, at), aimed) {
            (true, _) => (harm.aimed.max(3.4), " to your face"),
            (false, true) => (harm.aimed, " to your face"),
            (false, false) => (harm.weight, ""),
        };
        let reason = format!("{}{whom}: {}", harm.about, masked(word));
        if !signs.iter().any(|sign| sign.reason == reason) {
            // A slur is one however long the text is.
            let share = if harm.weight > 1.0 { share.max(0.6_f64.min(share * 3.0)) } else { share };
            signs.push(Sign { weight: weight * share, reason });
        }
    }
}

/// Whether the words before one say that the reader is that.
fn is_called(words: &[String], at: usize) -> bool {
    let from = at.saturating_sub(NEAR);
    let before: Vec<&str> =
        words.iter().skip(from).take(at.saturating_sub(from)).map(String::as_str).collect();
    let pair = |pair: &[&str]| matches!(pair, [a, b] if YOU_ARE.contains(&(a, b)));
    before.iter().any(|word| YOURE.contains(word)) || before.windows(2).any(pair)
}

fn phrases(text: &str, share: f64, signs: &mut Vec<Sign>) {
    if text.trim().is_empty() {
        return;
    }
    let words: Vec<String> =
        spaced(text).split_whitespace().take(MOST_WORDS).map(shorten).collect();
    let (words, _) = join_letters(words);
    let text = format!(" {} ", words.join(" "));
    for (phrase, harm) in SAID.iter().filter(|(phrase, _)| has_phrase(&text, phrase)) {
        let reason = format!("{}: {}", harm.about, phrase.trim());
        signs.push(Sign { weight: harm.weight * share, reason });
    }
}

/// What a word is, disguised or not.
fn harm_of(word: &str) -> Option<&'static Harm> {
    let known = |word: &str| WORDS.get(word).copied();
    let bare = |word: &str| word.chars().filter(|c| c.is_alphanumeric()).collect::<String>();
    // Letters repeated, or written once where they should be double.
    let spelled = |word: &str| {
        let short = shorten(word);
        let mut single = short.clone();
        let mut before = None;
        single.retain(|c| before.replace(c) != Some(c));
        known(word).or_else(|| known(&short)).or_else(|| (short != word).then(|| known(&single))?)
    };
    spelled(word)
        .or_else(|| spelled(&bare(word)))
        .or_else(|| unleet(word.trim_matches('!')).and_then(|plain| spelled(&bare(&plain))))
        .or_else(|| starred(word))
}

/// A word with stars in place of some letters, such as `id**t`.
fn starred(word: &str) -> Option<&'static Harm> {
    let is_star = |c: char| matches!(c, '*' | '#' | '_' | '%');
    let word = word.trim_matches('!');
    let shown = word.chars().filter(|c| c.is_alphabetic()).count();
    let first = word.chars().next()?;
    if shown < 2 || is_star(first) || !word.contains(is_star) {
        return None;
    }
    let length = word.chars().count();
    let fits = |known: &&String| {
        known.chars().count() == length
            && known.chars().zip(word.chars()).all(|(a, b)| a == b || is_star(b))
    };
    // Sorted, so that the answer is the same each time.
    let mut found: Vec<&String> = WORDS.keys().filter(fits).collect();
    found.sort_unstable();
    found.first().and_then(|word| WORDS.get(*word).copied())
}

/// A word as it is shown in a reason: enough to know it.
fn masked(word: &str) -> String {
    let last = word.chars().count().saturating_sub(1);
    let mask = |(at, c): (usize, char)| if at == 0 || at == last { c } else { '·' };
    word.chars().enumerate().map(mask).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> u8 {
        flame(&Sample { text, ..Sample::default() }).value
    }

    #[test]
    fn attacks_wait() {
        for text in [
            "You are an idiot.",
            "what an id1ot you are",
            "you fucking m*ron",
            "u r such an i d i o t",
            "yоu аre pаthetic",
            "You're a LOOOOSER!!!",
            "Kill yourself.",
            "I know where you live",
            "go back to your country, subhuman",
            "Du bist so ein Vollidiot",
            "Ta gueule, connard",
            "Eres un gilipollas",
            "Ты дебил",
            "去死吧",
            "Shut up. Nobody cares about you.",
        ] {
            assert!(value(text) >= HOLD_FROM, "{text}: {}", value(text));
        }
    }

    #[test]
    fn disagreement_does_not() {
        for text in [
            "I think you are wrong, and the third paragraph shows why.",
            "That was a stupid bug in my own parser.",
            "No. This is simply not true!",
            "WHAT A LOVELY DAY IT WAS IN PORTO",
            "The kill command sends a signal, you can trap it.",
            "Fucking great post, thank you!",
            "Your garbage collector post is nice.",
            "Thank you! My idiot of a cat has done the same.",
            "",
        ] {
            assert!(value(text) < HOLD_FROM, "{text}: {}", value(text));
        }
    }

    #[test]
    fn who_quotes_an_insult_is_not_who_said_it() {
        let calm = "I have read all the answers below that article, and I understand why you closed \
            them. Somebody wrote \"you are an idiot, kill yourself\" and nobody took it down for a \
            week. That says more about the place than about the people who came there to talk \
            about bread, and I hope that the next place is kinder to everybody who writes in it.";
        assert!(value(calm) < HOLD_FROM, "{}", value(calm));
        assert!(value("you are an idiot, kill yourself") >= HOLD_FROM);
        let html = "<blockquote>you are an idiot</blockquote><p>That was uncalled for.</p>";
        let text = "you are an idiot\nThat was uncalled for.";
        let score = flame(&Sample { html, text, ..Sample::default() });
        assert!(score.value < HOLD_FROM, "{score:?}");
    }

    #[test]
    fn a_reason_says_what_was_found() {
        let score = flame(&Sample { text: "You are an idiot", ..Sample::default() });
        assert_eq!(score.reasons, ["an insult to your face: i···t"]);
    }
}
