//! How near somebody is to the owner, and who follows them.

use jiff::Timestamp;
use rustc_hash::FxHashMap;

use super::build::owners;
use super::{Graph, Id, Person, Xfn};
use crate::moderation::{Names, key_of};

/// How near somebody is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Distance<'g> {
    /// The owner.
    Me,
    /// Somebody whom the owner follows.
    Followed,
    /// Somebody followed by people whom the owner follows; the nearest of them first.
    Friend(Vec<&'g Person>),
    /// Anybody else.
    Stranger,
}

impl Distance<'_> {
    /// How many steps it is: none to the owner, three or more to a stranger.
    pub fn steps(&self) -> u8 {
        match self {
            Self::Me => 0,
            Self::Followed => 1,
            Self::Friend(_) => 2,
            Self::Stranger => 3,
        }
    }

    /// The same in words.
    pub fn in_words(&self) -> String {
        match self {
            Self::Me => "you".to_owned(),
            Self::Followed => "you follow them".to_owned(),
            Self::Friend(through) => {
                let names: Vec<&str> = through.iter().map(|person| person.shown()).collect();
                Names::new(&names, names.len()).follow_them()
            }
            Self::Stranger => "nobody whom you follow follows them".to_owned(),
        }
    }
}

/// Somebody who follows the owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Follower<'g> {
    /// Who.
    pub person: &'g Person,
    /// Whether the owner follows them, too.
    pub is_mutual: bool,
    /// Where they say so, and when that was read: a page that was sent, or else a list.
    pub source: &'g str,
    /// When it came or was read.
    pub at: Timestamp,
    /// How they say that they stand to the owner.
    pub xfn: Xfn,
}

impl Graph {
    /// How near the person is whose page an address is: by the address itself, or else by the
    /// longest one that it lies below.
    pub fn distance(&self, address: &str) -> Distance<'_> {
        self.find(address).map_or(Distance::Stranger, |id| self.distance_of(id))
    }

    /// How near the nearest person at a host is.
    pub fn distance_of_host(&self, host: &str) -> Distance<'_> {
        let Some(host) = key_of(&format!("https://{host}/")) else { return Distance::Stranger };
        let start = self.people.partition_point(|person| person.key < host);
        let rest = self.people.get(start..).unwrap_or_default();
        let there = rest.iter().take_while(|person| person.key.starts_with(&host)).zip(start..);
        let is_there = |key: &str| {
            key.strip_prefix(&host).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let ids = there.filter(|(person, _)| is_there(&person.key));
        let ids = ids.filter_map(|(_, at)| Id::try_from(at).ok());
        ids.map(|id| self.distance_of(id)).min_by_key(Distance::steps).unwrap_or(Distance::Stranger)
    }

    /// The person of an address.
    pub(super) fn find(&self, address: &str) -> Option<Id> {
        let key = key_of(address)?;
        let path = key.split(['?', '#']).next().unwrap_or(&key).to_owned();
        let above = |text: &String| text.rsplit_once('/').map(|(above, _)| above.to_owned());
        std::iter::once(key).chain(std::iter::successors(Some(path), above)).find_map(|key| {
            let at = self.people.binary_search_by(|person| person.key.as_str().cmp(&key)).ok()?;
            Id::try_from(at).ok()
        })
    }

    fn distance_of(&self, id: Id) -> Distance<'_> {
        let mark = self.mark(id);
        if mark.is_me {
            return Distance::Me;
        }
        if mark.followed.is_some() {
            return Distance::Followed;
        }
        let through = self.through(id);
        if through.is_empty() { Distance::Stranger } else { Distance::Friend(through) }
    }

    /// The people whom the owner follows who follow somebody: friends first, then by name.
    pub(super) fn through(&self, id: Id) -> Vec<&Person> {
        let mut found: Vec<(bool, bool, &Person)> = owners(self, id)
            .into_iter()
            .filter_map(|(owner, xfn)| {
                let row = self.row_of(owner)?;
                Some((!row.xfn.is_close(), !xfn.is_close(), self.person(owner)?))
            })
            .collect();
        found.sort_by(|(near, close, a), (other, less, b)| {
            near.cmp(other)
                .then(close.cmp(less))
                .then_with(|| a.shown().cmp(b.shown()))
                .then_with(|| a.key.cmp(&b.key))
        });
        found.into_iter().map(|(.., person)| person).collect()
    }

    /// Who follows the owner: who said so, and whose list names the owner's site. By name.
    pub fn followers(&self) -> Vec<Follower<'_>> {
        let mut found: Vec<Follower<'_>> = Vec::new();
        let mut places: FxHashMap<Id, usize> = FxHashMap::default();
        for (person, id) in self.people.iter().zip(0..) {
            let mark = self.mark(id);
            let said = mark.said.and_then(|at| self.said.get(at as usize));
            let Some(said) = said.filter(|_| !mark.is_me) else { continue };
            places.insert(id, found.len());
            found.push(Follower {
                person,
                is_mutual: mark.followed.is_some(),
                source: &said.source,
                at: said.at,
                xfn: Xfn::default(),
            });
        }
        let me = (0..).zip(&self.marks).filter(|(_, mark)| mark.is_me).map(|(id, _)| id);
        for edge in me.flat_map(|id| self.edges_into(id)) {
            let (Some(id), Some(link)) = (self.owner_of(edge), self.link(edge)) else { continue };
            if self.mark(id).is_me {
                continue;
            }
            match places.get(&id).and_then(|at| found.get_mut(*at)) {
                Some(known) => known.xfn = known.xfn.and(link.xfn),
                None => {
                    places.insert(id, found.len());
                    found.push(Follower {
                        person: link.from,
                        is_mutual: self.mark(id).followed.is_some(),
                        source: link.source,
                        at: link.read,
                        xfn: link.xfn,
                    });
                }
            }
        }
        found.sort_by(|a, b| {
            let name = |person: &Person| person.shown().to_lowercase();
            name(a.person).cmp(&name(b.person)).then_with(|| a.person.key.cmp(&b.person.key))
        });
        found
    }

    /// Those who follow the owner and are followed by them.
    pub fn mutuals(&self) -> Vec<Follower<'_>> {
        self.followers().into_iter().filter(|follower| follower.is_mutual).collect()
    }
}
