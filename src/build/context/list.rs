//! Lists of posts: their pages, years, the archive, tags, feeds.

use std::collections::BTreeMap;

use rayon::prelude::*;
use tera::Value;

use super::entry;
use crate::build::Build;
use crate::build::plan::{
    Format, Id, Lists, Source, below, full_pages, page_permalink, page_size, tag_list,
};
use crate::model::{Kind, Permalink};
use crate::object;

/// Where a page of a list stands among its neighbours.
pub struct Pager {
    /// The page's number, counted from the oldest posts.
    pub number: usize,
    /// How many full pages lie behind the newest.
    pub full: usize,
    list: Permalink,
}

impl Pager {
    /// The pager of a list.
    pub fn new(build: &Build<'_, '_>, section: usize, source: &Source, number: usize) -> Self {
        let posts = build.plan.source(section, source).len();
        Self {
            number,
            full: full_pages(posts, page_size(&build.site.config, source)),
            list: build.plan.list_permalink(build.site, section, source),
        }
    }

    /// Whether this is the list's first page in the reader's eyes.
    pub fn is_newest(&self) -> bool {
        self.number > self.full
    }

    /// The address of newer posts.
    pub fn newer(&self, build: &Build<'_, '_>) -> Option<String> {
        (!self.is_newest()).then(|| {
            let page = page_permalink(&self.list, self.number.saturating_add(1), self.full);
            build.site.config.base.href(&page)
        })
    }

    /// The address of older posts.
    pub fn older(&self, build: &Build<'_, '_>) -> Option<String> {
        let page = self.number.checked_sub(1).filter(|page| *page > 0)?;
        Some(build.site.config.base.href(&page_permalink(&self.list, page, self.full)))
    }

    /// The pager as templates see it. The number of pages stands on the newest page only, so that a
    /// new post leaves the old ones as they are.
    pub fn value(&self, build: &Build<'_, '_>, section: usize) -> Value {
        let words = build.words(section);
        let total = self.full.saturating_add(1) as u64;
        let number = self.number as u64;
        let label = if self.is_newest() {
            words.i_of_n("page_of", total, total)
        } else {
            words.phrase("title_page", &[("title", ""), ("i", &number.to_string())])
        };
        object! {
            number: number,
            total: total,
            newer: self.newer(build),
            older: self.older(build),
            newest: build.site.config.base.href(&self.list),
            label: label.trim_start_matches([' ', ',', '·', '–', '—', ':', '،', '、']),
        }
        .into()
    }
}

/// The entries of some posts with everything that there is to know of them.
pub fn entries(build: &Build<'_, '_>, ids: &[Id]) -> Vec<Value> {
    let whole = |id: &Id| {
        let mut entry = build.entry(*id)?;
        // The built-in templates that show everything show no card.
        if build.theme.is_own() {
            entry.set("card", build.card(*id));
        }
        Some(entry.into())
    };
    ids.iter().filter_map(whole).collect()
}

/// The entries of some posts for lists of cards. The built-in templates show the card and nothing
/// else; a site's own may show anything.
pub fn cards(build: &Build<'_, '_>, ids: &[Id]) -> Vec<Value> {
    if build.theme.is_own() {
        return entries(build, ids);
    }
    let card = |id: &Id| {
        let pinned = build.plan.posts.get(*id)?.post.pinned;
        Some(object! { card: build.card(*id), pinned: pinned }.into())
    };
    ids.iter().filter_map(card).collect()
}

fn briefs(build: &Build<'_, '_>, ids: &[Id]) -> Vec<Value> {
    let posts = ids.par_iter().filter_map(|id| build.plan.posts.get(*id));
    posts.map(|planned| entry::brief(build, planned)).collect()
}

/// A year: its months with their posts in one line each.
pub fn months(build: &Build<'_, '_>, section: usize, year: i16) -> Vec<Value> {
    let Some(lists) = build.plan.lists.get(section) else { return Vec::new() };
    let words = build.words(section);
    lists
        .months
        .range((year, 1)..=(year, 12))
        .rev()
        .map(|((_, month), ids)| {
            object! {
                name: words.month_alone(*month),
                href: month_href(build, section, (year, *month)),
                label: words.plural("posts", ids.len() as u64),
                count: ids.len() as u64,
                entries: briefs(build, ids),
            }
            .into()
        })
        .collect()
}

fn month_href(build: &Build<'_, '_>, section: usize, month: (i16, i8)) -> String {
    let permalink =
        build.plan.list_permalink(build.site, section, &Source::Month(month.0, month.1));
    build.site.config.base.href(&permalink)
}

fn by_year(lists: &Lists) -> BTreeMap<i16, Vec<(i8, &Vec<Id>)>> {
    let mut years: BTreeMap<i16, Vec<(i8, &Vec<Id>)>> = BTreeMap::new();
    for ((year, month), ids) in &lists.months {
        years.entry(*year).or_default().push((*month, ids));
    }
    years
}

/// The years with posts, newest first.
pub fn years(build: &Build<'_, '_>, section: usize, current: Option<i16>) -> Vec<Value> {
    let Some(lists) = build.plan.lists.get(section) else { return Vec::new() };
    by_year(lists)
        .into_keys()
        .rev()
        .map(|year| {
            object! {
                year: i64::from(year),
                href: year_href(build, section, year),
                current: current == Some(year),
            }
            .into()
        })
        .collect()
}

fn year_href(build: &Build<'_, '_>, section: usize, year: i16) -> String {
    let language = build.site.config.language(section);
    build.site.config.base.href(&below(language, &format!("{year:04}")))
}

/// The archive: every year with its months and posts.
pub fn archive(build: &Build<'_, '_>, section: usize) -> Vec<Value> {
    let Some(lists) = build.plan.lists.get(section) else { return Vec::new() };
    let words = build.words(section);
    by_year(lists)
        .into_iter()
        .rev()
        .map(|(year, months)| {
            let count: usize = months.iter().map(|(_, ids)| ids.len()).sum();
            let entries: Vec<Value> =
                months.iter().rev().flat_map(|(_, ids)| archive_briefs(build, ids)).collect();
            let months: Vec<Value> = months
                .iter()
                .rev()
                .map(|(month, ids)| {
                    object! {
                        name: words.month_alone(*month),
                        href: month_href(build, section, (year, *month)),
                        count: ids.len() as u64,
                        label: words.plural("posts", ids.len() as u64),
                    }
                    .into()
                })
                .collect();
            object! {
                year: i64::from(year),
                href: year_href(build, section, year),
                label: words.plural("posts", count as u64),
                months: months,
                entries: entries,
            }
            .into()
        })
        .collect()
}

/// Past some size the archive names the months only: a page of ten thousand lines helps nobody.
fn archive_briefs(build: &Build<'_, '_>, ids: &[Id]) -> Vec<Value> {
    if build.plan.posts.len() > 1000 { Vec::new() } else { briefs(build, ids) }
}

/// The kinds with posts and their lists.
pub fn kinds(build: &Build<'_, '_>, section: usize) -> Vec<Value> {
    let Some(lists) = build.plan.lists.get(section) else { return Vec::new() };
    let words = build.words(section);
    lists
        .kinds
        .iter()
        .map(|(kind, ids)| {
            object! {
                word: words.kind_many(kind.name()),
                href: build.kind_href(section, *kind),
                label: words.plural("posts", ids.len() as u64),
                count: ids.len() as u64,
            }
            .into()
        })
        .collect()
}

/// All tags by name, with a weight from 1 to 5.
pub fn tags(build: &Build<'_, '_>, section: usize) -> Vec<Value> {
    let Some(lists) = build.plan.lists.get(section) else { return Vec::new() };
    let words = build.words(section);
    let pages = |slug: &str| lists.tagged_pages.get(slug).map_or(0, Vec::len);
    let most = lists.tags.values().map(|(_, ids)| ids.len()).max().unwrap_or(1);
    lists
        .tags
        .iter()
        .map(|(slug, (name, ids))| {
            let count = ids.len().saturating_add(pages(slug));
            object! {
                name: name.as_str(),
                href: build.site.config.base.href(&tag_list(build.site, section, slug)),
                count: count as u64,
                label: words.plural("posts", count as u64),
                weight: (ids.len().saturating_mul(4) / most.max(1)).saturating_add(1) as u64,
            }
            .into()
        })
        .collect()
}

/// All feeds by list, the site's first.
pub fn feed_groups(build: &Build<'_, '_>, section: usize) -> Vec<Value> {
    let Some(lists) = build.plan.lists.get(section) else { return Vec::new() };
    let kinds = lists.kinds.keys().map(|kind: &Kind| Source::Kind(*kind));
    let folders = (0..lists.folders.len()).map(Source::Folder);
    let tags = lists.tags.keys().map(|slug| Source::Tag(slug.clone()));
    std::iter::once(Source::Stream)
        .chain(kinds)
        .chain(folders)
        .chain(tags)
        .map(|source| {
            let feeds: Vec<Value> = Format::ALL
                .into_iter()
                .map(|format| super::page::feed(build, section, &source, format))
                .collect();
            object! { title: build.feed_title(section, &source), feeds: feeds }.into()
        })
        .collect()
}
