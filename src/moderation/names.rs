//! People in a sentence.

use std::fmt;

/// People of a larger number who are named.
const NAMED: usize = 3;

/// Some people by name, and how many more there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Names<'n, T> {
    named: &'n [T],
    count: usize,
}

impl<'n, T: AsRef<str>> Names<'n, T> {
    /// The first of `count` people.
    pub fn new(named: &'n [T], count: usize) -> Self {
        let named = named.get(..NAMED.min(named.len())).unwrap_or(named);
        Self { named, count: count.max(named.len()) }
    }

    /// That they, whom the owner follows, follow somebody.
    pub fn follow_them(&self) -> String {
        let verb = if self.count == 1 { "follows" } else { "follow" };
        format!("{self}, whom you follow, {verb} them")
    }
}

impl<T: AsRef<str>> fmt::Display for Names<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let more = self.count - self.named.len();
        let last = match more {
            0 => self.named.len().saturating_sub(1),
            _ => self.named.len(),
        };
        for (at, name) in self.named.iter().enumerate() {
            let before = match at {
                0 => "",
                _ if at == last => " and ",
                _ => ", ",
            };
            write!(f, "{before}{}", name.as_ref())?;
        }
        match more {
            0 => Ok(()),
            1 => f.write_str(" and 1 other"),
            more => write!(f, " and {more} others"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_in_a_sentence() {
        let all = ["Ana", "Ben", "Cleo", "Dan"];
        let words = |named: usize, count: usize| Names::new(&all[..named], count).to_string();
        assert_eq!(words(1, 1), "Ana");
        assert_eq!(words(2, 2), "Ana and Ben");
        assert_eq!(words(3, 3), "Ana, Ben and Cleo");
        assert_eq!(words(4, 4), "Ana, Ben, Cleo and 1 other");
        assert_eq!(words(2, 9), "Ana, Ben and 7 others");
        let them = |named: usize| Names::new(&all[..named], named).follow_them();
        assert_eq!(them(1), "Ana, whom you follow, follows them");
        assert_eq!(them(2), "Ana and Ben, whom you follow, follow them");
    }
}
