//! Facts about an author and a text in, decision out. Pure: the rules come from
//! `data/moderation.toml` through `site`, what happens next is the caller's.

use url::Url;

use crate::model::Mention;

/// Whom a rule is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// One person, by the address of their home page.
    Author(String),
    /// Everybody at a host and the hosts below it.
    Domain(String),
}

/// The people and hosts whose words are not shown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Moderation {
    /// Blocked and muted alike: neither is published.
    pub hidden: Vec<Subject>,
}

impl Moderation {
    /// Takes the responses out that are not to be shown, nested ones included.
    pub fn remove_hidden(&self, mentions: &mut Vec<Mention>) {
        mentions.retain(|mention| !self.hides(mention));
        for mention in mentions {
            self.remove_hidden(&mut mention.children);
        }
    }

    /// Whether a response is not to be shown, by its author's address, its own or its source's.
    pub fn hides(&self, mention: &Mention) -> bool {
        let author = mention.author.url.as_deref().unwrap_or("");
        self.hidden.iter().any(|subject| match subject {
            Subject::Author(url) => same_address(url, author),
            Subject::Domain(domain) => [author, &mention.url, &mention.source]
                .iter()
                .any(|address| at_domain(address, domain)),
        })
    }
}

/// Addresses compare after parsing; the scheme and a slash at the end do not count.
fn same_address(a: &str, b: &str) -> bool {
    let normal = |text: &str| {
        Url::parse(text).ok().map(|url| {
            let host = url.host_str().unwrap_or("").trim_start_matches("www.").to_owned();
            (host, url.path().trim_end_matches('/').to_owned())
        })
    };
    normal(a).is_some_and(|a| Some(a) == normal(b))
}

fn at_domain(address: &str, domain: &str) -> bool {
    let Ok(url) = Url::parse(address) else { return false };
    let Some(host) = url.host_str() else { return false };
    let domain = domain.trim_start_matches("*.").to_lowercase();
    host == domain || host.strip_suffix(&domain).is_some_and(|rest| rest.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_covers_the_hosts_below_it() {
        assert!(at_domain("https://spam.example/x", "spam.example"));
        assert!(at_domain("https://a.spam.example/x", "spam.example"));
        assert!(!at_domain("https://notspam.example/x", "spam.example"));
    }

    #[test]
    fn an_author_is_known_by_address_not_by_spelling() {
        assert!(same_address("https://x.example", "http://www.x.example/"));
        assert!(!same_address("https://x.example/a", "https://x.example/b"));
        assert!(!same_address("", ""));
    }
}
