//! Words as people name them in rules, and texts in which they are looked for: letters that only
//! look alike are read as what they look like, capitals do not count, whole words do.

use super::normal::{has_phrase, spaced, straighten};

/// A text, made ready for words to be looked for in it. Only the beginning of a very long one is
/// looked at.
#[derive(Debug, Clone, Default)]
pub struct Said {
    raw: String,
    spaced: String,
}

impl Said {
    /// A text.
    pub fn new(raw: String) -> Self {
        Self { spaced: spaced(&straighten(&raw).text), raw }
    }
}

/// A word or phrase.
#[derive(Debug, Clone)]
pub struct Phrase {
    word: String,
    spaced: String,
}

impl Phrase {
    /// A word or phrase as it was written.
    pub fn new(word: &str) -> Self {
        Self { word: word.trim().to_owned(), spaced: spaced(&straighten(word).text) }
    }

    /// Whether it stands in a text.
    pub fn is_in(&self, said: &Said) -> bool {
        // Signs alone, such as an emoji, are no words.
        let is_sign = self.spaced.trim().is_empty() && !self.word.is_empty();
        has_phrase(&said.spaced, &self.spaced) || (is_sign && said.raw.contains(&self.word))
    }

    /// Whether it is all that a text says.
    pub fn is_all_of(&self, said: &Said) -> bool {
        let is_sign = self.spaced.trim().is_empty();
        if is_sign { self.word == said.raw.trim() } else { self.spaced == said.spaced }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_whatever_they_wear() {
        let said = Said::new("Buy at the саsinо 🎰 now, 便宜的鞋子".to_owned());
        let is_in = |word: &str| Phrase::new(word).is_in(&said);
        for word in ["Casino", "the  casino", "🎰", "的鞋", "BUY AT"] {
            assert!(is_in(word), "{word}");
        }
        for word in ["casin", "🎲", "鞋的", "", " ", "!"] {
            assert!(!is_in(word), "{word}");
        }
        assert!(Phrase::new("#Fog").is_all_of(&Said::new("fog".to_owned())));
        assert!(!Phrase::new("fog").is_all_of(&Said::new("fog bank".to_owned())));
        assert!(Phrase::new("🎰").is_all_of(&Said::new("🎰".to_owned())));
    }
}
