//! Brings rows of many lists together: one person for each address, in a fixed order, within
//! limits.

use rustc_hash::{FxHashMap, FxHashSet};

use super::{
    Edge, Followed, Graph, Id, Known, List, MOST_EDGES, MOST_LISTS, MOST_ROWS, Mark, Material,
    Person, Row, Said, Xfn,
};
use crate::moderation::key_of;

pub(super) fn build(material: &Material<'_>) -> Graph {
    let mut found = Finding::default();
    for me in material.me {
        if let Some(id) = found.person(me) {
            found.mark(id, |mark| mark.is_me = true);
        }
    }
    for row in material.followed {
        found.followed(row);
    }
    for said in material.said {
        found.said(said);
    }
    let lists = chosen(material.lists);
    let share = share(&lists.iter().map(|list| list.rows.len()), MOST_EDGES);
    for list in &lists {
        found.list(list, share);
    }
    let rows = material.lists.iter().map(|list| list.rows.len()).fold(0, usize::saturating_add);
    let left_out = rows.saturating_sub(found.looked_at);
    Graph { left_out, ..found.finish() }
}

/// The lists that count, one of each owner (the one that was read last), by owner.
fn chosen(lists: &[List]) -> Vec<&List> {
    let mut keyed: Vec<(String, &List)> =
        lists.iter().filter_map(|list| Some((key_of(&list.owner)?, list))).collect();
    keyed.sort_by(|(one, a), (other, b)| {
        one.cmp(other).then(b.read.cmp(&a.read)).then(a.source.cmp(&b.source))
    });
    keyed.dedup_by(|(later, _), (first, _)| later == first);
    keyed.into_iter().map(|(_, list)| list).take(MOST_LISTS).collect()
}

/// How many rows of each list count, so that all together are no more than so many.
pub fn share(lengths: &(impl Iterator<Item = usize> + Clone), most: usize) -> usize {
    let all = |share: usize| {
        lengths.clone().map(|length| length.min(share)).fold(0, usize::saturating_add)
    };
    let (mut low, mut high) = (0, MOST_ROWS);
    while low < high {
        let middle = (low + high).div_ceil(2);
        if all(middle) <= most {
            low = middle;
        } else {
            high = middle - 1;
        }
    }
    low
}

/// What has been found so far; people in the order in which they came.
#[derive(Default)]
struct Finding {
    graph: Graph,
    ids: FxHashMap<String, Id>,
    /// Feeds of people who are followed.
    feeds: FxHashMap<String, Id>,
    looked_at: usize,
}

impl Finding {
    /// The person of an address; none if it is no address.
    fn person(&mut self, home: &str) -> Option<Id> {
        let key = key_of(home)?;
        if let Some(id) = self.ids.get(&key) {
            return Some(*id);
        }
        let id = Id::try_from(self.graph.people.len()).ok()?;
        let home = home.trim().to_owned();
        self.graph.people.push(Person { key: key.clone(), home, ..Person::default() });
        self.graph.marks.push(Mark::default());
        self.ids.insert(key, id);
        Some(id)
    }

    /// Changes how the owner stands to a person.
    fn mark(&mut self, id: Id, change: impl FnOnce(&mut Mark)) {
        if let Some(mark) = self.graph.marks.get_mut(id as usize) {
            change(mark);
        }
    }

    /// Adds what is not known of a person yet.
    fn tell(&mut self, id: Id, name: Option<&str>, photo: Option<&str>, feed: Option<&str>) {
        let Some(person) = self.graph.people.get_mut(id as usize) else { return };
        let fill = |known: &mut Option<String>, new: Option<&str>| {
            if known.is_none() {
                *known = new.map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
            }
        };
        fill(&mut person.name, name);
        fill(&mut person.photo, photo);
        fill(&mut person.feed, feed);
    }

    fn followed(&mut self, row: &Followed) {
        let Some(id) = self.person(&row.home) else { return };
        if let Some(feed) = row.feed.as_deref().and_then(key_of) {
            self.feeds.entry(feed).or_insert(id);
        }
        self.tell(id, row.name.as_deref(), row.photo.as_deref(), row.feed.as_deref());
        let place = self.graph.mark(id).followed.unwrap_or(Id::MAX);
        match self.graph.followed.get_mut(place as usize) {
            // Several feeds of one person; who is shown once is no secret.
            Some(known) => {
                known.xfn = known.xfn.and(row.xfn);
                known.is_public |= row.is_public;
            }
            None => {
                let place = Id::try_from(self.graph.followed.len()).ok();
                self.mark(id, |mark| mark.followed = place);
                self.graph.followed.push(row.clone());
            }
        }
    }

    fn said(&mut self, said: &Said) {
        let Some(id) = self.person(&said.home) else { return };
        self.tell(id, said.name.as_deref(), said.photo.as_deref(), None);
        let place = self.graph.mark(id).said.unwrap_or(Id::MAX);
        match self.graph.said.get_mut(place as usize) {
            Some(known) if known.at <= said.at => {}
            Some(known) => known.clone_from(said),
            None => {
                let place = Id::try_from(self.graph.said.len()).ok();
                self.mark(id, |mark| mark.said = place);
                self.graph.said.push(said.clone());
            }
        }
    }

    fn list(&mut self, list: &List, share: usize) {
        let Some(owner) = self.person(&list.owner) else { return };
        let Ok(number) = u32::try_from(self.graph.lists.len()) else { return };
        let start = self.graph.edges.len();
        let mut seen: FxHashMap<Id, usize> = FxHashMap::default();
        for row in list.rows.iter().take(share) {
            self.looked_at = self.looked_at.saturating_add(1);
            let Some(to) = self.person_of(row) else { continue };
            // Nobody follows themselves.
            if to == owner || row.xfn.is_me() {
                continue;
            }
            if let Some(at) = seen.get(&to) {
                if let Some(edge) = self.graph.edges.get_mut(*at) {
                    edge.xfn = edge.xfn.and(row.xfn);
                }
                continue;
            }
            seen.insert(to, self.graph.edges.len());
            self.tell(to, row.name.as_deref(), None, row.feed.as_deref());
            self.graph.edges.push(Edge { to, xfn: row.xfn, list: number });
        }
        let (source, read) = (list.source.clone(), list.read);
        let edges = start..self.graph.edges.len();
        self.graph.lists.push(Known { owner, source, read, edges });
    }

    /// Whom a row means: who is followed by the same feed is the same, however the home is spelled.
    fn person_of(&mut self, row: &Row) -> Option<Id> {
        let feed = row.feed.as_deref().and_then(key_of);
        let known = feed.and_then(|feed| self.feeds.get(&feed).copied());
        let by_home = || self.feeds.get(&key_of(&row.home)?).copied();
        known.or_else(by_home).or_else(|| self.person(&row.home))
    }

    /// Puts people in the order of their keys.
    fn finish(self) -> Graph {
        let Graph { people, marks, mut lists, mut edges, followed, said, .. } = self.graph;
        let mut order: Vec<(Person, Mark, Id)> =
            people.into_iter().zip(marks).zip(0..).map(|((p, m), id)| (p, m, id)).collect();
        order.sort_unstable_by(|(a, ..), (b, ..)| a.key.cmp(&b.key));
        let mut places = vec![Id::MAX; order.len()];
        for (place, (_, _, id)) in (0..).zip(&order) {
            if let Some(slot) = places.get_mut(*id as usize) {
                *slot = place;
            }
        }
        let place = |id: Id| places.get(id as usize).copied().unwrap_or(Id::MAX);
        for list in &mut lists {
            list.owner = place(list.owner);
        }
        for edge in &mut edges {
            edge.to = place(edge.to);
        }
        let mut into: Vec<u32> = (0..u32::try_from(edges.len()).unwrap_or(u32::MAX)).collect();
        let key = |at: &u32| (edges.get(*at as usize).map_or(Id::MAX, |edge| edge.to), *at);
        into.sort_unstable_by_key(key);
        let (people, marks) = order.into_iter().map(|(person, mark, _)| (person, mark)).unzip();
        Graph { people, marks, lists, edges, into, followed, said, left_out: 0 }
    }
}

/// All owners whose lists hold somebody, each once.
pub(super) fn owners(graph: &Graph, id: Id) -> Vec<(Id, Xfn)> {
    let mut seen = FxHashSet::default();
    let edges = graph.edges_into(id).filter_map(|edge| Some((graph.owner_of(edge)?, edge.xfn)));
    edges.filter(|(owner, _)| seen.insert(*owner)).collect()
}
