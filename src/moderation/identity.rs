//! Who somebody is, and how near to the owner. Whether an address is verified, and whether somebody
//! vouches for it, is found out by the caller.

use rustc_hash::{FxHashMap, FxHashSet};

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
    /// Somebody whom people follow whom the owner follows.
    Friend,
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
            Self::Friend => "a friend of a friend",
            Self::Vouched => "somebody whom a site you know links to",
            Self::Stranger => "a stranger",
        }
    }
}

/// Whom the owner knows.
#[derive(Debug, Clone, Default)]
pub struct Circle {
    me: Vec<Parts>,
    /// Addresses, and what the owner calls whoever is there.
    followed: FxHashMap<String, Box<str>>,
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
                .filter_map(|follow| {
                    let address = Parts::of(&follow.url)?.whole();
                    let name = follow.title.as_ref().or(follow.nickname.as_ref());
                    let name = name.unwrap_or(&address).as_str().into();
                    Some((address, name))
                })
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
            && (self.followed.keys().any(|address| is_there(address))
                || self.approved.iter().any(|who| who.host == host))
    }

    /// Whether a host carries the words of others.
    pub fn is_relay(&self, host: &str) -> bool {
        upwards(host).any(|host| self.relays.contains(host))
    }

    /// What the owner calls somebody whom they follow, by the address as people are compared.
    pub fn name_of(&self, address: &str) -> Option<&str> {
        self.followed.get(address).map(|name| &**name)
    }

    /// How near somebody is, by their address and by whoever speaks for them.
    pub fn trust(&self, who: &Identity, verified: bool, word: Word) -> Trust {
        let relayed = self.is_relay(&who.host);
        let author = who.author.as_deref().filter(|_| verified && !relayed);
        if let Some(author) = author {
            let address = Parts::of(&format!("https://{author}"));
            if address.is_some_and(|address| self.me.iter().any(|me| address.is_below(me))) {
                return Trust::Me;
            }
            if self.followed.contains_key(author) {
                return Trust::Followed;
            }
        }
        if who.author.is_some() && self.approved.contains(who) {
            return Trust::Approved;
        }
        match word {
            Word::Friends if author.is_some() => Trust::Friend,
            // A relay is linked by everybody; that says nothing of whom it carries.
            Word::Vouch if !relayed => Trust::Vouched,
            _ => Trust::Stranger,
        }
    }
}

/// Who speaks for somebody. Whose address is verified (it is on the source's host, or the two link
/// each other with `rel="me"`) is said apart from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Word {
    /// Nobody.
    #[default]
    None,
    /// A site of somebody known links to the source's.
    Vouch,
    /// People whom the owner follows follow them.
    Friends,
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
        circle().trust(&Identity::new(Some(author), source), verified, Word::None)
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
        assert_eq!(circle().trust(&nobody, true, Word::Vouch), Trust::Stranger);
    }

    #[test]
    fn who_says_no_name_is_a_stranger_unless_vouched_for() {
        let nobody = Identity::new(None, "https://ana.example/1");
        assert_eq!(circle().trust(&nobody, false, Word::None), Trust::Stranger);
        assert_eq!(circle().trust(&nobody, false, Word::Vouch), Trust::Vouched);
    }

    #[test]
    fn friends_speak_for_a_verified_address_only() {
        let trust = |author: &str, source: &str, verified: bool| {
            circle().trust(&Identity::new(Some(author), source), verified, Word::Friends)
        };
        assert_eq!(trust("https://eve.example/", "https://eve.example/1", true), Trust::Friend);
        assert_eq!(trust("https://eve.example/", "https://x.example/1", false), Trust::Stranger);
        assert_eq!(trust("https://eve.example/", "https://brid.gy/1", true), Trust::Stranger);
        assert_eq!(trust("https://ana.example/", "https://ana.example/1", true), Trust::Approved);
        let nobody = Identity::new(None, "https://eve.example/1");
        assert_eq!(circle().trust(&nobody, true, Word::Friends), Trust::Stranger);
        assert_eq!(circle().name_of("jule.example"), Some("jule.example"));
    }

    #[test]
    fn my_site_may_be_a_part_of_a_host() {
        let circle = Circle::new(&["https://tilde.example/~me/"], &[], &Moderation::default(), &[]);
        let me = Identity::new(Some("https://tilde.example/~me"), "https://tilde.example/~me/1");
        let eve = Identity::new(Some("https://tilde.example/eve"), "https://tilde.example/eve/1");
        assert_eq!(circle.trust(&me, true, Word::None), Trust::Me);
        assert_eq!(circle.trust(&eve, true, Word::None), Trust::Stranger);
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
