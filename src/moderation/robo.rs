//! How much a response looks like advertising by a robot: a naive Bayes classifier over words and
//! pairs of words, which learns from what the owner rejected and approved, and signs beside them.

use std::sync::LazyLock;

use rustc_hash::{FxHashMap, FxHashSet};

use super::features::{Features, Sample, Sign};
use super::lexicon::{COMMON, PRAISE, SEEDS, Seed};
use super::normal::{join_letters, straighten, unleet};
use crate::text::tokens::{is_dense, tokens};

/// Words of a text that are looked at.
const MOST_TOKENS: usize = 2_000;

/// Words and pairs that are remembered; what was seldom seen goes first.
const MOST_KNOWN: usize = 200_000;

/// From this score on a stranger's response is folded away.
pub const SPAM_FROM: u8 = 60;

/// What speaks against advertising before anything is known, as logarithm of odds.
const PRIOR: f64 = -2.2;

/// How many decisions the seed is worth, and how many the ignorance about other words.
const SEED_STRENGTH: f64 = 3.0;
const BLANK_STRENGTH: f64 = 3.0;

/// Decisions of each kind that are added to those there are, so that the first few of a kind do
/// not weigh more than all of the other.
const BACKGROUND: f64 = 20.0;

/// Decisions of each kind from which on learned words count in full.
const ENOUGH: u32 = 5;

/// A value from 0 to 100 with reasons for people.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Score {
    /// 0 for nothing of the kind, 100 for certainty.
    pub value: u8,
    /// What it comes from, the weightiest first.
    pub reasons: Vec<String>,
}

impl Score {
    /// A score from the logarithm of odds and its signs.
    pub(super) fn from_odds(odds: f64, mut signs: Vec<Sign>) -> Self {
        let share = 1.0 / (1.0 + (-odds).exp());
        signs.retain(|sign| sign.weight > 0.25);
        signs.sort_by(|a, b| b.weight.total_cmp(&a.weight));
        Self { value: percent(share), reasons: signs.into_iter().map(|s| s.reason).collect() }
    }
}

/// A share as whole percent.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a share between 0 and 1 is at most 100 percent"
)]
fn percent(share: f64) -> u8 {
    (share.clamp(0.0, 1.0) * 100.0).round() as u8
}

/// The seeds by word, or by pair of words with a space between.
static SEEDED: LazyLock<FxHashMap<String, &'static Seed>> = LazyLock::new(|| {
    let mut table = FxHashMap::default();
    for seed in SEEDS {
        for phrase in seed.words.split('|') {
            let words: Vec<String> = tokens(phrase).collect();
            match words.as_slice() {
                [one] => {
                    table.insert(one.clone(), seed);
                }
                many => table.extend(pairs(many).map(|pair| (pair, seed))),
            }
        }
    }
    table
});

fn pairs(words: &[String]) -> impl Iterator<Item = String> + '_ {
    words.windows(2).filter_map(|pair| match pair {
        [first, second] => Some(format!("{first} {second}")),
        _ => None,
    })
}

/// The words of a text and the pairs of neighbours, each once; and how many words were in disguise.
fn terms(text: &str) -> (Vec<String>, usize) {
    let (mut words, mut disguised) = join_letters(tokens(text).take(MOST_TOKENS).collect());
    for word in &mut words {
        let plain = unleet(word).filter(|plain| SEEDED.get(plain).is_some_and(|s| s.share > 0.85));
        if let Some(plain) = plain {
            disguised = disguised.saturating_add(1);
            *word = plain;
        }
    }
    let mut seen = FxHashSet::default();
    let pairs: Vec<String> = pairs(&words).collect();
    words.into_iter().chain(pairs).filter(|term| seen.insert(term.clone())).fold(
        (Vec::new(), disguised),
        |(mut terms, disguised), term| {
            terms.push(term);
            (terms, disguised)
        },
    )
}

static COMMON_WORDS: LazyLock<FxHashSet<String>> =
    LazyLock::new(|| COMMON.split('|').flat_map(tokens).collect());

/// Whether a word or pair says anything of what a text is about.
fn tells(term: &str) -> bool {
    let common = |word: &str| {
        let short = word.chars().count() <= 3 && !word.chars().any(is_dense);
        short || COMMON_WORDS.contains(word)
    };
    SEEDED.contains_key(term) || !term.split(' ').all(common)
}

/// How often a word was in advertising, and how often in something else.
#[derive(Debug, Clone, Copy, Default)]
struct Seen {
    spam: u32,
    other: u32,
}

/// What was learned, over the seed.
#[derive(Debug, Clone, Default)]
pub struct Classifier {
    seen: FxHashMap<String, Seen>,
    texts: Seen,
}

/// What the words of a text say.
#[derive(Default)]
struct Words {
    /// By kind of seed: how much, and which words.
    seeded: Vec<(&'static Seed, f64, Vec<String>)>,
    /// Learned words and how much each says.
    learned: Vec<(String, f64)>,
    /// How many words there are.
    all: usize,
    disguised: usize,
}

impl Classifier {
    /// A classifier that knows nothing but the seed.
    pub fn new() -> Self {
        Self::default()
    }

    /// A classifier that learned from decisions: what was read, and whether it was advertising.
    pub fn trained<'s>(decisions: impl IntoIterator<Item = (Sample<'s>, bool)>) -> Self {
        let mut classifier = Self::new();
        for (sample, was_spam) in decisions {
            classifier.train(&sample, was_spam);
        }
        classifier
    }

    /// Learns from one decision.
    pub fn train(&mut self, sample: &Sample<'_>, was_spam: bool) {
        let add = |seen: &mut Seen| {
            let count = if was_spam { &mut seen.spam } else { &mut seen.other };
            *count = count.saturating_add(1);
        };
        let text = straighten(&sample.words()).text;
        let (terms, _) = terms(&text);
        if terms.is_empty() {
            return;
        }
        add(&mut self.texts);
        for term in terms.into_iter().filter(|term| tells(term)) {
            add(self.seen.entry(term).or_default());
        }
        if self.seen.len() > MOST_KNOWN {
            self.forget();
        }
    }

    /// Forgets what was seldom seen, until there is room again.
    fn forget(&mut self) {
        let mut least = 1;
        while self.seen.len() > MOST_KNOWN.div_euclid(2) {
            self.seen.retain(|_, seen| seen.spam.saturating_add(seen.other) > least);
            least = least.saturating_add(1);
        }
    }

    /// How many decisions it learned from.
    pub fn decisions(&self) -> u32 {
        self.texts.spam.saturating_add(self.texts.other)
    }

    /// How much a response looks like advertising. `repeats`: how many other hosts sent the same.
    pub fn robo(&self, sample: &Sample<'_>, repeats: usize) -> Score {
        let mut features = Features::of(sample);
        let mut signs = std::mem::take(&mut features.signs);
        let words = self.words(&features.text);
        repeated(repeats, &mut signs);
        named(&features, &mut signs);
        if words.disguised > 0 {
            let reason = "words with digits for letters, or with letters apart";
            signs.push(Sign { weight: 1.8, reason: reason.to_owned() });
        }
        // Whoever praises and sells nothing is only polite.
        let sells = signs.iter().map(|sign| sign.weight).sum::<f64>() >= 0.9;
        signs.extend(words.signs(sells));
        let odds = PRIOR + signs.iter().map(|sign| sign.weight).sum::<f64>();
        Score::from_odds(odds, signs)
    }

    fn words(&self, text: &str) -> Words {
        let (terms, disguised) = terms(text);
        let all = terms.iter().filter(|term| !term.contains(' ')).count();
        let mut words = Words { all, disguised, ..Words::default() };
        for term in terms {
            let seed = SEEDED.get(&term).copied();
            if let Some(seen) = self.seen.get(&term) {
                let odds = self.odds(*seen, seed);
                words.learned.push((term, odds));
            } else if let Some(seed) = seed {
                let odds = log_odds(seed.share);
                match words.seeded.iter_mut().find(|(known, _, _)| known.about == seed.about) {
                    Some((_, sum, list)) => {
                        *sum += odds;
                        list.push(term);
                    }
                    None => words.seeded.push((seed, odds, vec![term])),
                }
            }
        }
        words
    }

    /// What a word says that was met before: the share of advertising among the texts that had it,
    /// drawn towards what was thought before, the more the fewer there were.
    fn odds(&self, seen: Seen, seed: Option<&Seed>) -> f64 {
        let (before, strength) =
            seed.map_or((0.5, BLANK_STRENGTH), |seed| (seed.share, SEED_STRENGTH));
        // As if there were as many decisions of one kind as of the other.
        let texts = |count: u32| f64::from(count) + BACKGROUND;
        let scale = texts(self.texts.spam) / texts(self.texts.other);
        let (spam, other) = (f64::from(seen.spam), scale * f64::from(seen.other));
        let share = spam / (spam + other).max(f64::MIN_POSITIVE);
        // While there are few decisions of one kind, words that everybody uses look like the other.
        let fewer = self.texts.spam.min(self.texts.other).min(ENOUGH);
        let sure = f64::from(fewer) / f64::from(ENOUGH);
        let count = sure * (f64::from(seen.spam) + f64::from(seen.other));
        let share = strength.mul_add(before, count * share) / (strength + count);
        log_odds(share)
    }
}

fn log_odds(share: f64) -> f64 {
    let share = share.clamp(0.02, 0.98);
    (share / (1.0 - share)).ln()
}

fn repeated(repeats: usize, signs: &mut Vec<Sign>) {
    let weight = match repeats {
        0 => return,
        1 => 1.6,
        2 => 3.0,
        _ => 4.5,
    };
    let hosts =
        if repeats == 1 { "1 other host".to_owned() } else { format!("{repeats} other hosts") };
    signs.push(Sign { weight, reason: format!("nearly the same text came from {hosts}") });
}

/// What name and links say of what is sold.
fn named(features: &Features, signs: &mut Vec<Sign>) {
    for (text, weight, what) in [
        (&features.name, 2.6, "a name that sells something"),
        (&features.labels, 1.9, "a link that sells something"),
    ] {
        let sold = |term: &String| {
            SEEDED.get(term).is_some_and(|seed| seed.share > 0.8 && seed.about != PRAISE)
        };
        if let Some(term) = terms(text).0.into_iter().find(sold) {
            signs.push(Sign { weight, reason: format!("{what} ({term})") });
        }
    }
}

/// What words may weigh together: in a text that shows nothing to sell and speaks of much else, and
/// otherwise.
const MOST_IN_PASSING: f64 = 2.4;
const MOST: f64 = 6.0;

impl Words {
    /// What the words say. A long text may speak of anything: words weigh less the more others
    /// stand between them.
    fn signs(&self, sells: bool) -> Vec<Sign> {
        let mut strongest: Vec<&(String, f64)> =
            self.learned.iter().filter(|(_, odds)| odds.abs() > 0.6).collect();
        strongest.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()).then_with(|| a.0.cmp(&b.0)));
        strongest.truncate(20);
        let single = strongest.iter().filter(|(term, odds)| *odds > 0.0 && !term.contains(' '));
        let known = self.seeded.iter().filter(|(seed, ..)| seed.share > 0.5);
        let hits = single.count().saturating_add(known.map(|(.., list)| list.len()).sum());
        let density = ratio(hits, self.all);
        let dense = (density * 8.0).clamp(0.25, 1.0);
        let mut left = if sells || density > 0.2 { MOST } else { MOST_IN_PASSING };
        let mut signs = Vec::new();
        Self::learned_signs(&strongest, dense, &mut left, &mut signs);
        for (seed, sum, list) in &self.seeded {
            let weight = if seed.about == PRAISE {
                sum.min(if sells { 3.2 } else { 1.6 })
            } else if *sum > 0.0 {
                // Of orders and prices everybody speaks now and then.
                let most = if sells || seed.share > 0.8 { left } else { left.min(1.6) };
                let weight = (sum * dense).min(most);
                left -= weight;
                weight
            } else {
                sum.max(-3.0)
            };
            let some: Vec<&str> = list.iter().take(4).map(String::as_str).collect();
            signs.push(Sign { weight, reason: format!("{}: {}", seed.about, some.join(", ")) });
        }
        signs
    }

    fn learned_signs(
        strongest: &[&(String, f64)],
        dense: f64,
        left: &mut f64,
        signs: &mut Vec<Sign>,
    ) {
        for (bad, what) in [(true, "rejected"), (false, "approved")] {
            let of_kind: Vec<_> =
                strongest.iter().filter(|(_, odds)| (*odds > 0.0) == bad).collect();
            let some: Vec<&str> = of_kind.iter().take(4).map(|(term, _)| term.as_str()).collect();
            let sum: f64 = of_kind.iter().map(|(_, odds)| odds).sum();
            let weight = if bad { (sum * dense).min(*left) } else { sum.max(-2.0) };
            if bad {
                *left -= weight;
            }
            if !some.is_empty() {
                let reason = format!("words as in what you {what}: {}", some.join(", "));
                signs.push(Sign { weight, reason });
            }
        }
    }
}

#[allow(clippy::cast_precision_loss, reason = "no text has 2^52 words")]
fn ratio(part: usize, whole: usize) -> f64 {
    part as f64 / whole.max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::moderation::normal::straighten;

    fn said<'t>(author: &'t str, text: &'t str) -> Sample<'t> {
        Sample {
            author,
            text,
            source: "https://somebody.example/1",
            target: "https://robin.example/",
            ..Sample::default()
        }
    }

    fn value(author: &str, text: &str) -> u8 {
        Classifier::new().robo(&said(author, text), 0).value
    }

    #[test]
    fn the_seed_has_no_disguises_itself() {
        for seed in SEEDS {
            assert_eq!(straighten(seed.words).disguised, 0, "{}", seed.about);
        }
    }

    #[test]
    fn advertising_scores_high_and_talk_low() {
        let ad =
            "Best online casino with free spins and deposit bonus, click here www.spins.example";
        assert!(value("Best Casino 2024", ad) >= 90);
        assert!(value("Ana", "nice!") < 20);
        let talk = "I disagree: the casino next door closed because nobody went there any more, \
            not because of the law you mention. My uncle worked at the roulette for ten years.";
        assert!(value("Ana", talk) < SPAM_FROM);
    }

    #[test]
    fn disguise_does_not_help() {
        let plain = value("Ana", "cheap viagra, order now at www.pills.example");
        for other in [
            "cheap v1agra, order now at www.pills.example",
            "cheap v i a g r a, order now at www.pills.example",
            "cheap vi\u{200B}agra, order now at www.pills.example",
            "cheap viаgrа, order now at www.pills.example",
        ] {
            assert!(value("Ana", other) >= plain, "{other}");
        }
    }

    #[test]
    fn decisions_outweigh_the_seed() {
        let text = "My poker night at the club: we play blackjack and roulette for matches.";
        let mut classifier = Classifier::new();
        let before = classifier.robo(&said("Ana", text), 0).value;
        for n in 0..6 {
            classifier
                .train(&said("Ana", &format!("poker night {n}: blackjack at the club")), false);
            classifier
                .train(&said("Bo", &format!("mattress sale {n}, memory foam delivered")), true);
        }
        assert!(classifier.robo(&said("Ana", text), 0).value < before);
        let foam = classifier.robo(&said("Cy", "memory foam mattress sale, delivered"), 0);
        assert!(foam.value >= SPAM_FROM, "{foam:?}");
        assert!(foam.reasons.iter().any(|r| r.starts_with("words as in what you rejected")));
    }

    #[test]
    fn rejecting_alone_makes_no_word_suspicious_that_everybody_uses() {
        let mut classifier = Classifier::new();
        for n in 0..40 {
            classifier.train(&said("x", &format!("the casino is on {n} and you can win")), true);
        }
        let score = classifier.robo(&said("Ana", "the ferry is late and you can wait"), 0);
        assert!(score.value < SPAM_FROM, "{score:?}");
    }

    #[test]
    fn the_same_from_many_hosts_is_a_reason() {
        let sample = said("Ana", "I have always wondered about the weather in this region.");
        let score = Classifier::new().robo(&sample, 3);
        assert!(score.value >= SPAM_FROM, "{score:?}");
        assert_eq!(score.reasons[0], "nearly the same text came from 3 other hosts");
    }
}
