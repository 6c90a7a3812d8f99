//! Who follows whom around the owner: how near a site is and through whom, who follows back, whom
//! those who are followed follow. Plain data in, answers out: lists are asked for, read and kept
//! by others.

mod build;
mod near;
pub mod picture;
mod place;
mod shown;
mod suggest;
mod tags;
mod xfn;

#[cfg(test)]
mod tests;

use std::ops::Range;

use jiff::Timestamp;

pub use build::share;
pub use near::{Distance, Follower};
pub use shown::{Circle, Links};
pub use suggest::Suggestion;
pub use tags::{CommonTag, common_tags};
pub use xfn::Xfn;

/// Most rows of one list that count.
pub const MOST_ROWS: usize = 2_000;

/// Most lists that count.
pub const MOST_LISTS: usize = 50_000;

/// Most rows of all lists that count; beyond, each list has an equal share.
pub const MOST_EDGES: usize = 2_000_000;

/// Somebody whom the owner follows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Followed {
    /// Their home page.
    pub home: String,
    /// Their feed.
    pub feed: Option<String>,
    /// What the owner calls them.
    pub name: Option<String>,
    /// Their face, as the owner keeps it.
    pub photo: Option<String>,
    /// How the owner stands to them.
    pub xfn: Xfn,
    /// Whether others may know.
    pub is_public: bool,
}

/// Somebody who said that they follow the owner.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Said {
    /// Their home page.
    pub home: String,
    /// Their name.
    pub name: Option<String>,
    /// Their face.
    pub photo: Option<String>,
    /// The page where they say so.
    pub source: String,
    /// When it came.
    pub at: Timestamp,
}

/// A list of follows that somebody publishes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct List {
    /// The home page of whose list it is.
    pub owner: String,
    /// Where it was read.
    pub source: String,
    /// When.
    pub read: Timestamp,
    /// Who stands in it.
    pub rows: Vec<Row>,
}

/// Somebody in a list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Row {
    /// Their home page; their feed, if no more is said.
    pub home: String,
    /// Their feed.
    pub feed: Option<String>,
    /// What the list calls them.
    pub name: Option<String>,
    /// How the list's owner stands to them.
    pub xfn: Xfn,
}

/// All that a graph is made of.
#[derive(Debug, Clone, Copy, Default)]
pub struct Material<'m> {
    /// The addresses of the owner's site, former ones included.
    pub me: &'m [&'m str],
    /// Whom the owner follows.
    pub followed: &'m [Followed],
    /// The lists that are known.
    pub lists: &'m [List],
    /// Who said that they follow the owner.
    pub said: &'m [Said],
}

/// A person in the graph.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Person {
    /// Their address as it is compared.
    pub key: String,
    /// Their home page.
    pub home: String,
    /// Their name.
    pub name: Option<String>,
    /// Their face: a path of the site, or an address.
    pub photo: Option<String>,
    /// Their feed.
    pub feed: Option<String>,
}

impl Person {
    /// What they are called: their address, if nobody says more.
    pub fn shown(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.key)
    }
}

/// A person's place among all, who are in the order of their keys.
type Id = u32;

/// Somebody follows somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Edge {
    to: Id,
    xfn: Xfn,
    list: u32,
}

/// A list in the graph.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Known {
    owner: Id,
    source: String,
    read: Timestamp,
    edges: Range<usize>,
}

/// How the owner stands to a person.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Mark {
    is_me: bool,
    /// The place among those who are followed.
    followed: Option<Id>,
    /// The place among those who said that they follow.
    said: Option<Id>,
}

/// The people around the owner.
#[derive(Debug, Clone, Default)]
pub struct Graph {
    people: Vec<Person>,
    marks: Vec<Mark>,
    lists: Vec<Known>,
    /// List by list.
    edges: Vec<Edge>,
    /// Places of edges, by whom they lead to.
    into: Vec<u32>,
    followed: Vec<Followed>,
    said: Vec<Said>,
    left_out: usize,
}

/// What a list says of somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Link<'g> {
    /// Whose list it is.
    pub from: &'g Person,
    /// Who stands in it.
    pub to: &'g Person,
    /// How they stand to them.
    pub xfn: Xfn,
    /// Where it was read.
    pub source: &'g str,
    /// When.
    pub read: Timestamp,
}

impl Graph {
    /// The graph of all that is known.
    pub fn of(material: &Material<'_>) -> Self {
        build::build(material)
    }

    /// How many people it has.
    pub fn len(&self) -> usize {
        self.people.len()
    }

    /// Whether nobody is known.
    pub fn is_empty(&self) -> bool {
        self.people.is_empty()
    }

    /// How many rows of lists count.
    pub fn count_edges(&self) -> usize {
        self.edges.len()
    }

    /// How many rows were left out because there were too many.
    pub fn left_out(&self) -> usize {
        self.left_out
    }

    /// All that lists say, list by list.
    pub fn links(&self) -> impl Iterator<Item = Link<'_>> {
        self.edges.iter().filter_map(|edge| self.link(*edge))
    }

    fn link(&self, edge: Edge) -> Option<Link<'_>> {
        let list = self.lists.get(edge.list as usize)?;
        Some(Link {
            from: self.person(list.owner)?,
            to: self.person(edge.to)?,
            xfn: edge.xfn,
            source: &list.source,
            read: list.read,
        })
    }

    fn person(&self, id: Id) -> Option<&Person> {
        self.people.get(id as usize)
    }

    fn mark(&self, id: Id) -> Mark {
        self.marks.get(id as usize).copied().unwrap_or_default()
    }

    /// Whom the owner follows, as they wrote it.
    fn row_of(&self, id: Id) -> Option<&Followed> {
        self.followed.get(self.mark(id).followed? as usize)
    }

    fn owner_of(&self, edge: Edge) -> Option<Id> {
        self.lists.get(edge.list as usize).map(|list| list.owner)
    }

    /// The edges that lead to somebody.
    fn edges_into(&self, id: Id) -> impl Iterator<Item = Edge> {
        let to = |at: &u32| self.edges.get(*at as usize).map_or(Id::MAX, |edge| edge.to);
        let start = self.into.partition_point(|at| to(at) < id);
        let rest = self.into.get(start..).unwrap_or_default();
        let edges = rest.iter().filter_map(|at| self.edges.get(*at as usize).copied());
        edges.take_while(move |edge| edge.to == id)
    }
}
