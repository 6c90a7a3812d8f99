//! What of the graph is shown: to the owner, all of it; on the site, what everybody may see anyway.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::picture::{Face, Scene, Standing};
use super::{Graph, Id, Person};
use crate::moderation::key_of;

/// Who follows whom among those whom the owner follows in public, by their published lists:
/// `data/graph.json`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Circle {
    /// By their home pages.
    pub people: BTreeMap<String, Links>,
}

/// Whom somebody follows of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Links {
    /// Whether they follow the owner.
    #[serde(default, skip_serializing_if = "is_false")]
    pub follows_me: bool,
    /// The home pages of those whom they follow.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub follows: BTreeSet<String>,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_false(value: &bool) -> bool {
    !*value
}

impl Circle {
    /// The same by addresses as people are compared, so that a home is found however it is spelled.
    pub fn keyed(&self) -> BTreeMap<String, (bool, BTreeSet<String>)> {
        let keyed = |(home, links): (&String, &Links)| {
            let follows = links.follows.iter().filter_map(|home| key_of(home)).collect();
            Some((key_of(home)?, (links.follows_me, follows)))
        };
        self.people.iter().filter_map(keyed).collect()
    }
}

impl Graph {
    /// What of the graph may stand on the site: rows of the owner's that are public, and what people
    /// publish themselves.
    pub fn public(&self) -> Circle {
        let is_public = |id: Id| self.row_of(id).is_some_and(|row| row.is_public);
        let mut people: BTreeMap<String, Links> = BTreeMap::new();
        for follower in self.mutuals() {
            if self.find(&follower.person.home).is_some_and(is_public) {
                people.entry(follower.person.home.clone()).or_default().follows_me = true;
            }
        }
        for list in self.lists.iter().filter(|list| is_public(list.owner)) {
            let Some(owner) = self.person(list.owner) else { continue };
            let edges = self.edges.get(list.edges.clone()).unwrap_or_default();
            let known = edges.iter().filter(|edge| is_public(edge.to));
            for to in known.filter_map(|edge| self.person(edge.to)) {
                let links = people.entry(owner.home.clone()).or_default();
                links.follows.insert(to.home.clone());
            }
        }
        Circle { people }
    }

    /// A picture's scene for the owner: all whom they follow, and who follows them. `image` gives the
    /// address of a face where the page may load it.
    pub fn scene(
        &self,
        me: (String, Option<String>),
        image: impl Fn(&Person) -> Option<String>,
    ) -> Scene {
        let followers: BTreeSet<&str> =
            self.followers().into_iter().map(|follower| follower.person.key.as_str()).collect();
        let mut ids: Vec<Id> = Vec::new();
        let mut people = Vec::new();
        for (person, id) in self.people.iter().zip(0..) {
            let mark = self.mark(id);
            let follows_me = followers.contains(person.key.as_str());
            let (standing, about) = match (mark.followed.is_some(), follows_me) {
                (true, true) => (Standing::Mutual, "you follow each other"),
                (true, false) => (Standing::Followed, "you follow them"),
                (false, true) => (Standing::Follower, "they follow you"),
                (false, false) => continue,
            };
            if mark.is_me {
                continue;
            }
            ids.push(id);
            people.push(Face {
                name: person.shown().to_owned(),
                href: person.home.clone(),
                image: image(person),
                about: about.to_owned(),
                standing,
            });
        }
        let place = |id: Id| ids.binary_search(&id).ok();
        let mut links = Vec::new();
        for list in &self.lists {
            let Some(from) = place(list.owner) else { continue };
            let edges = self.edges.get(list.edges.clone()).unwrap_or_default();
            links.extend(edges.iter().filter_map(|edge| Some((from, place(edge.to)?))));
        }
        Scene {
            me,
            people,
            links,
            title: "The people around you".to_owned(),
            about: "You in the middle, and who follows whom around you. Strong lines: both follow \
                    each other. The table says the same."
                .to_owned(),
        }
    }
}
