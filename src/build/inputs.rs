//! What each output is made from, as a stamp: an output whose stamp is the one of the last build is
//! not made again.
//!
//! A stamp names everything that the output's context is made of. Files and the site's answers to a
//! text stand in [`super::render::Text::stamp`]; program, configuration, theme and what every page
//! of a language shows in the stamp of the whole; the rest is listed here, output by output.

use rayon::prelude::*;
use tera::Value;

use super::Build;
use super::context::{entry, page};
use super::plan::{
    Format, Id, Job, Planned, Source, full_pages, own_permalink, page_of, page_size,
};
use crate::model::{Mention, Moment, Permalink, Person, PersonTag};
use crate::stamp::{Stamp, Stamper};

/// The stamps that others are made of.
pub(super) struct Inputs<'b, 'a, 's> {
    build: &'b Build<'a, 's>,
    /// What every page of a language is made from.
    whole: Vec<Stamp>,
    /// What the entries of posts are made from.
    entries: Vec<Stamp>,
    /// What a post in one line is made from.
    lines: Vec<Stamp>,
}

impl<'b, 'a, 's> Inputs<'b, 'a, 's> {
    /// The stamps of a build.
    pub(super) fn new(build: &'b Build<'a, 's>) -> Self {
        let sections = 0..build.site.config.languages.len();
        let posts = build.plan.posts.par_iter().enumerate();
        let stamps =
            posts.map(|(id, planned)| (entry_of(build, id, planned), line(build, planned)));
        let (entries, lines) = stamps.unzip();
        Self {
            build,
            whole: sections.map(|section| whole(build, section)).collect(),
            entries,
            lines,
        }
    }

    fn begin(&self, section: usize, kind: &str, permalink: &Permalink) -> Stamper {
        let mut stamper = Stamper::default();
        stamper.stamp(self.whole.get(section).copied().unwrap_or_default());
        stamper.text(kind).text(permalink.as_str());
        stamper
    }

    fn entry(&self, id: Id) -> Stamp {
        self.entries.get(id).copied().unwrap_or_default()
    }

    fn add_entries(&self, stamper: &mut Stamper, ids: &[Id]) {
        stamper.number(ids.len() as u64);
        for id in ids {
            stamper.stamp(self.entry(*id));
        }
    }

    /// Posts in one line each, or links to them.
    fn add_lines(&self, stamper: &mut Stamper, ids: &[Id]) {
        stamper.number(ids.len() as u64);
        for id in ids {
            stamper.stamp(self.lines.get(*id).copied().unwrap_or_default());
        }
    }

    /// A post's own page: its entry, its neighbours, what links to it, what answers it.
    pub(super) fn post(&self, id: Id, planned: &Planned<'_>) -> Stamp {
        let post = planned.post;
        let mut stamper = self.begin(post.section, "post", &post.permalink);
        stamper.stamp(self.entry(id));
        let (newer, older) = self.build.neighbours(id);
        for neighbour in [newer, older] {
            self.add_lines(&mut stamper, neighbour.as_slice());
        }
        let backlinks = self.build.plan.backlinks.get(&post.permalink);
        self.add_lines(&mut stamper, backlinks.map_or(&[][..], Vec::as_slice));
        stamper.value(&self.build.translation_links(id));
        self.add_responses(&mut stamper, id);
        stamper.finish()
    }

    fn add_responses(&self, stamper: &mut Stamper, id: Id) {
        let build = self.build;
        let Some(mentions) = build.mentions_of.get(&id) else { return };
        for mention in mentions {
            stamper
                .value(mention)
                .value(&build.face(mention.author.photo.as_deref(), &mention.author.name));
            for (photo, alt) in &mention.photos {
                stamper.value(&build.face(Some(photo), alt));
            }
        }
        let addresses = mentions.iter().flat_map(|mention| addresses(mention)).collect();
        for (own, planned) in build.own_replies(&addresses) {
            stamper.text(planned.post.permalink.as_str()).stamp(self.entry(own));
        }
    }

    /// A page of a list.
    pub(super) fn list(
        &self,
        permalink: &Permalink,
        section: usize,
        source: &Source,
        number: usize,
    ) -> Stamp {
        let build = self.build;
        let mut stamper = self.begin(section, "list", permalink);
        let posts = build.plan.source(section, source);
        let size = page_size(&build.site.config, source);
        let full = full_pages(posts.len(), size);
        let newest = number > full;
        stamper.number(number as u64).flag(newest).flag(number.saturating_add(1) > full);
        // Only the newest page says how many there are, unless a template of the site's own asks.
        if newest || build.theme.is_own() {
            stamper.number(full as u64);
        }
        self.add_heading(&mut stamper, section, source);
        self.add_entries(&mut stamper, page_of(posts, size, number));
        if newest {
            self.add_entries(&mut stamper, &build.pinned(section, source));
        }
        if let (Source::Tag(slug), Some(lists)) = (source, build.plan.lists.get(section)) {
            let pages = lists.tagged_pages.get(slug);
            self.add_lines(&mut stamper, pages.map_or(&[][..], Vec::as_slice));
        }
        stamper.value(&build.list_alternates(section, source));
        stamper.finish()
    }

    fn add_heading(&self, stamper: &mut Stamper, section: usize, source: &Source) {
        let build = self.build;
        stamper.text(&build.heading(section, source));
        let permalink = build.plan.list_permalink(build.site, section, source);
        let text = build.list_text(&permalink);
        stamper.option(text.as_ref().and_then(|text| text.title));
        stamper.stamp(text.map(|text| text.stamp()).unwrap_or_default());
    }

    /// A thread as one piece.
    pub(super) fn thread(&self, permalink: &Permalink, section: usize, posts: &[Id]) -> Stamp {
        let mut stamper = self.begin(section, "thread", permalink);
        self.add_entries(&mut stamper, posts);
        stamper.finish()
    }

    /// A year: its posts in one line each.
    pub(super) fn year(&self, permalink: &Permalink, section: usize, year: i16) -> Stamp {
        let mut stamper = self.begin(section, "year", permalink);
        let Some(lists) = self.build.plan.lists.get(section) else { return stamper.finish() };
        for ((at, month), ids) in &lists.months {
            // The other years are named.
            stamper.number(at.unsigned_abs().into());
            if *at == year {
                stamper.number(month.unsigned_abs().into());
                self.add_lines(&mut stamper, ids);
            }
        }
        stamper.finish()
    }

    /// A redirect.
    pub(super) fn redirect(&self, permalink: &Permalink, planned: &Planned<'_>) -> Stamp {
        let mut stamper = self.begin(planned.post.section, "redirect", permalink);
        stamper.text(planned.post.permalink.as_str());
        stamper.finish()
    }

    /// A page whose context is so small that it is made each time: the context itself.
    pub(super) fn context(
        &self,
        permalink: &Permalink,
        section: usize,
        template: &str,
        parts: &[&Value],
    ) -> Stamp {
        let mut stamper = self.begin(section, template, permalink);
        for part in parts {
            // JSON, because a template value does not know its shape beforehand.
            stamper.text(&serde_json::to_string(part).unwrap_or_default());
        }
        stamper.finish()
    }

    /// A feed of some posts.
    pub(super) fn feed(
        &self,
        permalink: &Permalink,
        (section, source): (usize, &Source),
        format: Format,
        members: &[Id],
    ) -> Stamp {
        let mut stamper = self.begin(section, format.name(), permalink);
        self.add_heading(&mut stamper, section, source);
        self.add_entries(&mut stamper, members);
        stamper.finish()
    }

    /// The sitemap of some pages.
    pub(super) fn sitemap(&self, pages: &[&(Permalink, Job)]) -> Stamp {
        let mut stamper = self.begin(0, "sitemap", &Permalink::file("sitemap.xml"));
        for (permalink, job) in pages {
            stamper.text(permalink.as_str());
            if let Job::Post(id) = job {
                let planned = self.build.plan.posts.get(*id);
                add_moment(&mut stamper, planned.and_then(|planned| planned.post.changed()));
                stamper.value(&self.build.translation_links(*id));
            }
        }
        stamper.finish()
    }

    /// The calendar file of an event.
    pub(super) fn calendar(&self, permalink: &Permalink, id: Id) -> Stamp {
        let mut stamper = self.begin(0, "calendar", permalink);
        stamper.stamp(self.entry(id));
        stamper.finish()
    }
}

/// Program, configuration, theme, and what every page of a language shows.
fn whole(build: &Build<'_, '_>, section: usize) -> Stamp {
    let config = &build.site.config;
    let mut stamper = Stamper::default();
    stamper.stamp(build.identity).stamp(config.places.stamp());
    stamper.text(config.base.home()).text(&config.theme).stamp(build.theme.stamp());
    stamper.value(&build.assets).value(&build.icons).option(build.own_photo_url().as_deref());
    // The menu marks the page that is shown: none of it here.
    let nowhere = Permalink::file("//");
    let site = page::site(build, section, &nowhere);
    stamper.text(&serde_json::to_string(&site).unwrap_or_default());
    let own = serde_json::to_string(&build.author_in(section)).unwrap_or_default();
    stamper.text(&own).number(section as u64);
    stamper.finish()
}

/// What lists show of a post: its text, its media, and what others say about it.
fn entry_of(build: &Build<'_, '_>, id: Id, planned: &Planned<'_>) -> Stamp {
    let post = planned.post;
    let mut stamper = Stamper::default();
    stamper.stamp(planned.text.stamp);
    if !planned.media.is_empty() {
        stamper.value(&planned.media);
    }
    stamper.flag(build.has_kind(post.section, post.kind));
    if let Some((at, place)) = build.plan.thread_of.get(&id) {
        let thread = build.plan.threads.get(*at);
        let count = thread.map_or(0, |thread| thread.posts.len());
        stamper.option(thread.map(|thread| thread.permalink.as_str()));
        stamper.number(*place as u64).number(count as u64);
    }
    stamper.number(build.response_count(id) as u64);
    for (_, cite) in &post.contexts {
        add_cite(build, &mut stamper, &cite.url, cite.author.as_ref());
    }
    for tag in &post.people {
        let known = match tag {
            PersonTag::Person(person) => Some(person),
            PersonTag::Nickname(nickname) => build.people.get(&nickname.to_lowercase()),
        };
        add_person(build, &mut stamper, known);
    }
    stamper.finish()
}

/// What a post in one line is made from, or a link to it: address, name, kind and day.
fn line(build: &Build<'_, '_>, planned: &Planned<'_>) -> Stamp {
    let post = planned.post;
    let mut stamper = Stamper::default();
    stamper.text(post.permalink.as_str()).text(post.kind.name()).text(&post.lang);
    match &post.title {
        Some(title) => stamper.flag(true).text(title),
        None => stamper.flag(false).text(&entry::name(build, planned)),
    };
    add_moment(&mut stamper, post.published.as_ref());
    stamper.finish()
}

/// A moment as a clock beside it shows it.
fn add_moment(stamper: &mut Stamper, at: Option<&Moment>) {
    stamper.flag(at.is_some());
    if let Some(at) = at {
        let (time, offset) = (at.timestamp(), at.offset().seconds());
        stamper.number(time.as_second().cast_unsigned());
        stamper.number(time.subsec_nanosecond().unsigned_abs().into());
        stamper.number(offset.unsigned_abs().into()).flag(offset < 0);
    }
}

/// A page that a post refers to: what is known of it, or which own page it is.
fn add_cite(build: &Build<'_, '_>, stamper: &mut Stamper, url: &str, author: Option<&Person>) {
    let known = build.cites.get(url).copied();
    stamper.value(&known);
    add_person(build, stamper, author.or_else(|| known.and_then(|known| known.author.as_ref())));
    let own = own_permalink(build.site, url).and_then(|permalink| build.planned_at(&permalink));
    stamper.stamp(own.map(|own| own.text.stamp).unwrap_or_default());
}

fn add_person(build: &Build<'_, '_>, stamper: &mut Stamper, person: Option<&Person>) {
    stamper.value(&person);
    if let Some(person) = person {
        stamper.value(&build.face(person.photo.as_deref(), &person.name));
    }
}

/// The addresses by which a response may be answered.
pub(super) fn addresses(mention: &Mention) -> impl Iterator<Item = &str> {
    let copies = mention.syndication.iter().map(String::as_str);
    [mention.url.as_str(), mention.source.as_str()].into_iter().chain(copies)
}
