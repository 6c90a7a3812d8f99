//! Whom the owner might like to follow, and why.

use super::{Graph, Id, Person};
use crate::moderation::Names;

/// People who are named in a reason.
const NAMED: usize = 3;

/// Somebody whom the owner might like to follow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion<'g> {
    /// Who.
    pub person: &'g Person,
    /// The people whom the owner follows who follow them; the nearest first.
    pub through: Vec<&'g Person>,
    /// Whether they follow the owner.
    pub follows_me: bool,
    /// What they are ordered by: a point for everybody who follows them, one more for each of two
    /// who calls the other a friend.
    pub weight: u32,
}

impl Suggestion<'_> {
    /// Why they are suggested.
    pub fn reason(&self) -> String {
        let names: Vec<&str> =
            self.through.iter().take(NAMED).map(|person| person.shown()).collect();
        let mut reason = match self.through.len() {
            1 => Names::new(&names, 1).follow_them(),
            count => {
                let names = Names::new(&names, count);
                format!("{count} people you read follow them: {names}")
            }
        };
        if self.follows_me {
            reason.push_str("; they follow you");
        }
        reason
    }
}

/// What speaks for somebody.
#[derive(Clone, Copy, Default)]
struct Points {
    weight: u32,
    count: u32,
}

impl Graph {
    /// Whom the owner might like to follow, at most so many: those come first whom most of the
    /// people they follow follow, friends counting more. Nobody whom the owner follows, and nobody
    /// whom `is_refused` names: those who are blocked, muted or were waved away.
    pub fn suggestions(
        &self,
        most: usize,
        is_refused: impl Fn(&Person) -> bool,
    ) -> Vec<Suggestion<'_>> {
        let points = self.points();
        let mut order: Vec<(Points, Id)> =
            points.into_iter().zip(0..).filter(|(points, _)| points.count > 0).collect();
        order.sort_unstable_by(|(a, one), (b, other)| {
            b.weight.cmp(&a.weight).then(b.count.cmp(&a.count)).then(one.cmp(other))
        });
        let me: Vec<_> = self.followers();
        let follows_me = |key: &str| me.iter().any(|follower| follower.person.key == key);
        let known = order.into_iter().filter_map(|(points, id)| {
            let person = self.person(id).filter(|person| !is_refused(person))?;
            Some(Suggestion {
                person,
                through: self.through(id),
                follows_me: follows_me(&person.key),
                weight: points.weight,
            })
        });
        known.take(most).collect()
    }

    /// What speaks for each person whom the owner does not follow. Each edge is looked at once.
    fn points(&self) -> Vec<Points> {
        let mut all = vec![Points::default(); self.people.len()];
        for list in &self.lists {
            let Some(row) = self.row_of(list.owner) else { continue };
            let near = u32::from(row.xfn.is_close());
            for edge in self.edges.get(list.edges.clone()).unwrap_or_default() {
                let mark = self.mark(edge.to);
                if mark.is_me || mark.followed.is_some() {
                    continue;
                }
                let close = u32::from(edge.xfn.is_close());
                if let Some(points) = all.get_mut(edge.to as usize) {
                    points.weight = points.weight.saturating_add(1 + near + close);
                    points.count = points.count.saturating_add(1);
                }
            }
        }
        all
    }
}
