//! Where people stand in a picture: groups of those who link each other, each a disc, the discs side
//! by side around the owner. Nobody lies on somebody else, the same people stand at the same places,
//! and all loops are counted.

use std::collections::BTreeMap;

/// Rounds in which people take over the group of those around them.
const ROUNDS: usize = 16;

/// Rounds in which two of a group change places.
const SWAPS: usize = 4;

/// Steps of the spiral on which a place for a group is looked for.
const STEPS: u32 = 6_000;

/// The turn from one seed of a sunflower to the next: cosine and sine of the golden angle. Turning by
/// them takes only sums and products, which are the same on every machine.
const GOLDEN: Point = Point { x: -0.737_368_878_078_319_8, y: 0.675_490_294_261_523_8 };

/// The turn from one step of the spiral to the next: cosine and sine of 0.37.
const STEP: Point = Point { x: 0.932_327_345_606_034, y: 0.361_615_431_964_962 };

/// A point.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Point {
    pub(super) x: f64,
    pub(super) y: f64,
}

impl Point {
    /// To the right, one long.
    const RIGHT: Self = Self { x: 1.0, y: 0.0 };

    /// The point turned around the middle.
    fn turned(self, by: Self) -> Self {
        Self { x: self.x * by.x - self.y * by.y, y: self.x * by.y + self.y * by.x }
    }

    fn times(self, length: f64) -> Self {
        Self { x: self.x * length, y: self.y * length }
    }

    fn plus(self, other: Self) -> Self {
        Self { x: self.x + other.x, y: self.y + other.y }
    }

    pub(super) fn distance(self, other: Self) -> f64 {
        let (x, y) = (self.x - other.x, self.y - other.y);
        (x * x + y * y).sqrt()
    }
}

/// A disc with people in it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Group {
    pub(super) centre: Point,
    pub(super) radius: f64,
    /// Who is in it.
    pub(super) people: Vec<usize>,
    /// Whether they link each other; those who link nobody stand together, too.
    pub(super) is_circle: bool,
}

/// Where everybody stands; the owner stands at 0, 0.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Places {
    pub(super) people: Vec<Point>,
    pub(super) groups: Vec<Group>,
}

/// Finds places for so many people who are linked by pairs; `space` is how far apart they stand.
pub(super) fn place(count: usize, links: &[(usize, usize)], space: f64) -> Places {
    let near = neighbours(count, links);
    let mut groups = groups(&near);
    let mut people = vec![Point::default(); count];
    let mut discs: Vec<(Point, f64)> = vec![(Point::default(), space * 0.75)];
    for group in &mut groups {
        group.people.sort_by_key(|id| (std::cmp::Reverse(near.get(*id).map_or(0, Vec::len)), *id));
        seed(group, &mut people, space);
        settle(group, &near, &mut people);
        group.centre = free(&discs, group.radius, space);
        discs.push((group.centre, group.radius));
        for id in &group.people {
            if let Some(point) = people.get_mut(*id) {
                *point = point.plus(group.centre);
            }
        }
    }
    Places { people, groups }
}

/// Puts a group around the middle like the seeds of a sunflower, and measures it.
fn seed(group: &mut Group, people: &mut [Point], space: f64) {
    let mut way = Point::RIGHT;
    let mut seeds = Vec::with_capacity(group.people.len());
    for seed in (0_u32..).take(group.people.len()) {
        seeds.push(way.times(space * 0.6 * (f64::from(seed) + 0.5).sqrt()));
        way = way.turned(GOLDEN);
    }
    let count = seeds.len().max(1) as f64;
    let sum = seeds.iter().fold(Point::default(), |all, seed| all.plus(*seed));
    let middle = sum.times(-1.0 / count);
    group.radius = 0.0;
    for (id, seed) in group.people.iter().zip(seeds) {
        let point = seed.plus(middle);
        group.radius = group.radius.max(point.distance(Point::default()));
        if let Some(place) = people.get_mut(*id) {
            *place = point;
        }
    }
    group.radius += space * 0.5;
}

fn neighbours(count: usize, links: &[(usize, usize)]) -> Vec<Vec<usize>> {
    let mut near = vec![Vec::new(); count];
    for (one, other) in links {
        for (from, to) in [(*one, *other), (*other, *one)] {
            if to < count
                && from != to
                && let Some(list) = near.get_mut(from)
            {
                list.push(to);
            }
        }
    }
    for list in &mut near {
        list.sort_unstable();
        list.dedup();
    }
    near
}

/// Those who belong together: everybody takes over what most around them are, in a fixed order.
fn groups(near: &[Vec<usize>]) -> Vec<Group> {
    let mut labels: Vec<usize> = (0..near.len()).collect();
    for _ in 0..ROUNDS {
        let mut is_other = false;
        for (id, list) in near.iter().enumerate() {
            let mut votes: BTreeMap<usize, usize> = BTreeMap::new();
            for label in list.iter().filter_map(|other| labels.get(*other)) {
                *votes.entry(*label).or_default() += 1;
            }
            let most = votes.values().copied().max().unwrap_or(0);
            let own = labels.get(id).copied().unwrap_or(id);
            let stays = votes.get(&own).is_some_and(|votes| *votes == most);
            let best = votes.iter().find(|(_, votes)| **votes == most).map(|(label, _)| *label);
            if let (false, Some(best), Some(label)) = (stays, best, labels.get_mut(id)) {
                *label = best;
                is_other = true;
            }
        }
        if !is_other {
            break;
        }
    }
    let mut found: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (id, label) in labels.into_iter().enumerate() {
        found.entry(label).or_default().push(id);
    }
    let (circles, alone): (Vec<_>, Vec<_>) = found.into_values().partition(|all| all.len() > 1);
    let group = |people: Vec<usize>| Group { people, is_circle: true, ..Group::default() };
    let mut groups: Vec<Group> = circles.into_iter().map(group).collect();
    // The largest first, so that they stand in the middle.
    groups.sort_by_key(|group| std::cmp::Reverse(group.people.len()));
    let alone: Vec<usize> = alone.into_iter().flatten().collect();
    if !alone.is_empty() {
        groups.push(Group { people: alone, ..Group::default() });
    }
    groups
}

/// The first place on a spiral from the middle where a disc lies on no other.
fn free(discs: &[(Point, f64)], radius: f64, space: f64) -> Point {
    let gap = space * 0.15;
    let is_free = |point: &Point| {
        discs.iter().all(|(centre, other)| point.distance(*centre) >= radius + other + gap)
    };
    let beside = || {
        let edge = discs.iter().map(|(centre, other)| centre.x + other).fold(0.0, f64::max);
        Point { x: edge + radius + gap, y: 0.0 }
    };
    let mut way = Point::RIGHT;
    for step in 0..STEPS {
        let point = way.times(space * 0.02 * f64::from(step));
        if is_free(&point) {
            return point;
        }
        way = way.turned(STEP);
    }
    beside()
}

/// Lets two of a group change places where that makes their lines shorter.
fn settle(group: &Group, near: &[Vec<usize>], people: &mut [Point]) {
    let length = |id: usize, people: &[Point], at: Point| -> f64 {
        let list = near.get(id).map_or(&[][..], Vec::as_slice);
        list.iter().filter_map(|other| people.get(*other)).map(|point| at.distance(*point)).sum()
    };
    for _ in 0..SWAPS {
        let mut is_other = false;
        for (number, one) in group.people.iter().enumerate() {
            for other in group.people.iter().skip(number + 1) {
                let (Some(a), Some(b)) = (people.get(*one).copied(), people.get(*other).copied())
                else {
                    continue;
                };
                let now = length(*one, people, a) + length(*other, people, b);
                let then = length(*one, people, b) + length(*other, people, a);
                if then + 0.01 < now {
                    people.swap(*one, *other);
                    is_other = true;
                }
            }
        }
        if !is_other {
            break;
        }
    }
}
