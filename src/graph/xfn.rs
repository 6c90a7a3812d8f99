//! How people say that they stand to somebody, in XFN's words. Spec: XFN 1.1.

/// All words of XFN, in the order of its profile; each has a bit of [`Xfn`].
const WORDS: [&str; 18] = [
    "contact",
    "acquaintance",
    "friend",
    "met",
    "co-worker",
    "colleague",
    "co-resident",
    "neighbor",
    "child",
    "parent",
    "sibling",
    "spouse",
    "kin",
    "muse",
    "crush",
    "date",
    "sweetheart",
    "me",
];

/// The words that say more than that two know of each other.
const CLOSE: [&str; 11] = [
    "friend",
    "co-resident",
    "child",
    "parent",
    "sibling",
    "spouse",
    "kin",
    "crush",
    "date",
    "sweetheart",
    "me",
];

/// Relations between two people.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Xfn(u32);

impl Xfn {
    /// The relations among words such as those of a link's `rel`; other words are passed over.
    pub fn of<'w>(words: impl IntoIterator<Item = &'w str>) -> Self {
        let bit = |word: &str| {
            let known = WORDS.iter().position(|known| known.eq_ignore_ascii_case(word.trim()));
            known.map_or(0, |at| 1_u32 << at)
        };
        Self(words.into_iter().map(bit).fold(0, |all, one| all | one))
    }

    /// The words, in the order of XFN's profile.
    pub fn words(self) -> impl Iterator<Item = &'static str> {
        let has = move |at: usize| self.0 >> at & 1 == 1;
        WORDS.into_iter().enumerate().filter(move |(at, _)| has(*at)).map(|(_, word)| word)
    }

    /// Whether nothing is said.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether it is a friend, or somebody nearer.
    pub fn is_close(self) -> bool {
        self.words().any(|word| CLOSE.contains(&word))
    }

    /// Whether somebody says that it is themselves.
    pub fn is_me(self) -> bool {
        self.words().any(|word| word == "me")
    }

    /// All that either says.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_in_any_spelling_and_given_in_one_order() {
        let all = |words: &str| Xfn::of(words.split(' ')).words().collect::<Vec<_>>().join(" ");
        assert_eq!(all("MET friend"), "friend met");
        assert_eq!(all("noopener external"), "");
        assert_eq!(all("co-worker me"), "co-worker me");
        assert!(Xfn::of(["nofollow"]).is_empty());
    }

    #[test]
    fn a_friend_is_closer_than_somebody_met() {
        assert!(Xfn::of(["friend"]).is_close());
        assert!(Xfn::of(["met", "sibling"]).is_close());
        assert!(!Xfn::of(["met", "colleague"]).is_close());
        assert!(Xfn::of(["me"]).is_me());
    }
}
