//! Who somebody is, and how near to the owner. Whether an address is verified, and whether somebody
//! vouches for it, is found out by the caller.

use rustc_hash::FxHashSet;

use super::address::{Parts, domain, upwards};
use super::rules::Moderation;
use crate::model::{Follow, Mention};

/// A person: the address that a page gives as its author's, and the host of that page. The address
/// alone proves nothing, since everybody may write it; the host alone says nothing where many
/// people write.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Identity {
    /// The author's address without scheme, `www.` and slash at the end.
    pub author: Option<String>,
    /// The source's host without `www.`.
    pub host: String,
}

impl Identity {
    /// The identity of an author's address and a source.
    ///
    /// At a host of many people (`/~ben/`, `/@ben`) an address counts only for the pages below it:
    /// otherwise everybody there could sign as everybody else.
    pub fn new(author: Option<&str>, source: &str) -> Self {
        let source = Parts::of(source);
        let author = author.and_then(Parts::of).filter(|author| {
            let shared = author.path.starts_with("/~") || author.path.starts_with("/@");
            let same_host = source.as_ref().is_some_and(|source| source.host == author.host);
            !shared || !same_host || source.as_ref().is_some_and(|source| source.is_below(author))
        });
        Self {
            author: author.map(|author| author.whole()),
            host: source.map(|source| source.host).unwrap_or_default(),
        }
    }

    /// The identity behind a response.
    pub fn of(mention: &Mention) -> Self {
        Self::new(mention.author.url.as_deref(), &mention.source)
    }

    /// The person as a row of `[[approve]]` names them: `host` may be left out where it is that of
    /// the address.
    pub fn named(url: &str, host: Option<&str>) -> Option<Self> {
        let author = Parts::of(url)?;
        let host = match host {
            Some(host) => domain(host)?,
            None => author.host.clone(),
        };
        Some(Self { author: Some(author.whole()), host })
    }
}

impl std::fmt::Display for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.author {
            Some(author) if author.split(['/', '?', '#']).next() != Some(&self.host) => {
                write!(f, "{author} at {}", self.host)
            }
            Some(author) => f.write_str(author),
            None => write!(f, "somebody at {}", self.host),
        }
    }
}

/// How near somebody is, from the nearest to the farthest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Trust {
    /// The owner.
    Me,
    /// Somebody the owner follows.
    Followed,
    /// Somebody whose words the owner let through before.
    Approved,
    /// Somebody whom an approved site links to.
    Vouched,
    /// Anybody else.
    Stranger,
}

impl Trust {
    /// What a reason calls such a person.
    pub fn noun(self) -> &'static str {
        match self {
            Self::Me => "you",
            Self::Followed => "somebody you follow",
            Self::Approved => "somebody you approved",
            Self::Vouched => "somebody whom a site you know links to",
            Self::Stranger => "a stranger",
        }
    }
}

/// Whom the owner knows.
#[derive(Debug, Clone, Default)]
pub struct Circle {
    me: Vec<Parts>,
    followed: FxHashSet<String>,
    approved: FxHashSet<Identity>,
    relays: FxHashSet<String>,
}

impl Circle {
    /// A circle: the addresses of the owner's sites, the rows of `data/following.toml`, the people
    /// approved in `data/moderation.toml`, and the hosts that carry the words of others.
    pub fn new(me: &[&str], follows: &[Follow], rules: &Moderation, relays: &[&str]) -> Self {
        Self {
            me: me.iter().filter_map(|address| Parts::of(address)).collect(),
            followed: follows
                .iter()
                .filter_map(|follow| Parts::of(&follow.url))
                .map(|parts| parts.whole())
                .collect(),
            approved: rules.approved().iter().map(|row| row.who.clone()).collect(),
            relays: relays.iter().filter_map(|host| domain(host)).collect(),
        }
    }

    /// Adds a person who was approved.
    pub fn approve(&mut self, who: Identity) {
        self.approved.insert(who);
    }

    /// Takes a person out who was approved.
    pub fn disapprove(&mut self, who: &Identity) {
        self.approved.remove(who);
    }

    /// Whether somebody at a host is known: what is linked there, the owner would look at.
    pub fn knows_host(&self, host: &str) -> bool {
        let Some(host) = domain(host) else { return false };
        let is_there = |address: &str| {
            address
                .strip_prefix(host.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?', '#', ':']))
        };
        !self.is_relay(&host)
            && (self.followed.iter().any(|address| is_there(address))
                || self.approved.iter().any(|who| who.host == host))
    }

    /// Whether a host carries the words of others.
    pub fn is_relay(&self, host: &str) -> bool {
        upwards(host).any(|host| self.relays.contains(host))
    }

    /// How near somebody is. `verified`: the author's address is on the source's host, or the two
    /// link each other with `rel="me"`; `vouched`: a site of somebody known links to the source's.
    pub fn trust(&self, who: &Identity, verified: bool, vouched: bool) -> Trust {
        let relayed = self.is_relay(&who.host);
        if let Some(author) = who.author.as_deref().filter(|_| verified && !relayed) {
            let address = Parts::of(&format!("https://{author}"));
            if address.is_some_and(|address| self.me.iter().any(|me| address.is_below(me))) {
                return Trust::Me;
            }
            if self.followed.contains(author) {
                return Trust::Followed;
            }
        }
        if who.author.is_some() && self.approved.contains(who) {
            return Trust::Approved;
        }
        // A relay is linked by everybody; that says nothing of whom it carries.
        if vouched && !relayed { Trust::Vouched } else { Trust::Stranger }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn follow(url: &str) -> Follow {
        Follow {
            url: url.to_owned(),
            feed: None,
            title: None,
            nickname: None,
            photo: None,
            channel: None,
            xfn: Vec::new(),
            public: true,
            since: None,
            note: None,
        }
    }

    fn circle() -> Circle {
        let follows = [follow("https://jule.example/"), follow("https://tilde.example/~ben/")];
        let mut circle = Circle::new(
            &["https://robin.example/"],
            &follows,
            &Moderation::default(),
            &["brid.gy"],
        );
        circle.approve(Identity::named("https://ana.example/", None).unwrap());
        let relayed = Identity::named("https://social.example/@cem", Some("brid.gy"));
        circle.approve(relayed.unwrap());
        circle
    }

    fn trust(author: &str, source: &str, verified: bool) -> Trust {
        circle().trust(&Identity::new(Some(author), source), verified, false)
    }

    #[test]
    fn an_address_alone_proves_nothing() {
        assert_eq!(trust("https://jule.example", "https://jule.example/1", true), Trust::Followed);
        assert_eq!(trust("https://jule.example", "https://evil.example/1", false), Trust::Stranger);
        assert_eq!(trust("https://robin.example", "https://robin.example/1", true), Trust::Me);
        assert_eq!(trust("https://robin.example", "https://evil.example/", false), Trust::Stranger);
        assert_eq!(trust("https://ana.example/", "https://ana.example/1", true), Trust::Approved);
        assert_eq!(trust("https://ana.example/", "https://evil.example/", false), Trust::Stranger);
    }

    #[test]
    fn two_people_of_one_host_are_two() {
        let at = "https://tilde.example";
        let own = trust(&format!("{at}/~ben/"), &format!("{at}/~ben/1"), true);
        assert_eq!(own, Trust::Followed);
        let other = trust(&format!("{at}/~eve/"), &format!("{at}/~eve/1"), true);
        assert_eq!(other, Trust::Stranger);
        let forged = trust(&format!("{at}/~ben/"), &format!("{at}/~eve/1"), true);
        assert_eq!(forged, Trust::Stranger, "eve signs as ben");
        let other = trust("https://ana.example/bo", "https://ana.example/bo/1", true);
        assert_eq!(other, Trust::Stranger);
    }

    #[test]
    fn a_relay_opens_the_door_for_the_approved_pair_only() {
        let by = |author: &str| trust(author, "https://brid.gy/comment/1", true);
        assert_eq!(by("https://social.example/@cem"), Trust::Approved);
        assert_eq!(by("https://social.example/@dan"), Trust::Stranger);
        assert_eq!(by("https://jule.example/"), Trust::Stranger);
        assert_eq!(by("https://robin.example/"), Trust::Stranger);
        let below = trust("https://jule.example/", "https://fed.brid.gy/r/1", true);
        assert_eq!(below, Trust::Stranger);
        let nobody = Identity::new(None, "https://brid.gy/comment/1");
        assert_eq!(circle().trust(&nobody, true, true), Trust::Stranger);
    }

    #[test]
    fn who_says_no_name_is_a_stranger_unless_vouched_for() {
        let nobody = Identity::new(None, "https://ana.example/1");
        assert_eq!(circle().trust(&nobody, false, false), Trust::Stranger);
        assert_eq!(circle().trust(&nobody, false, true), Trust::Vouched);
    }

    #[test]
    fn my_site_may_be_a_part_of_a_host() {
        let circle = Circle::new(&["https://tilde.example/~me/"], &[], &Moderation::default(), &[]);
        let me = Identity::new(Some("https://tilde.example/~me"), "https://tilde.example/~me/1");
        let eve = Identity::new(Some("https://tilde.example/eve"), "https://tilde.example/eve/1");
        assert_eq!(circle.trust(&me, true, false), Trust::Me);
        assert_eq!(circle.trust(&eve, true, false), Trust::Stranger);
    }

    #[test]
    fn people_are_named_by_where_they_write() {
        let name = |author, source| Identity::new(author, source).to_string();
        assert_eq!(name(Some("https://a.example/"), "https://a.example/1"), "a.example");
        assert_eq!(
            name(Some("https://a.example/"), "https://b.example/1"),
            "a.example at b.example"
        );
        assert_eq!(name(None, "https://b.example/1"), "somebody at b.example");
    }
}
