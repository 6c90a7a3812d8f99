//! The planned site with everything connected: neighbours, responses, people, cited pages, words.
//!
//! What pages and feeds are made from is asked here. Nothing is made before somebody asks, so that a
//! build of one edit costs no more.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use rayon::prelude::*;
use rustc_hash::{FxHashMap as HashMap, FxHashSet as HashSet};
use tera::Value;

use super::context::responses::Responses;
use super::context::{self, entry, page};
use super::figures::Picture;
use super::links::{self, Index};
use super::pages;
use super::plan::{self, Id, Plan, Planned, Source, below};
use super::render::{Renderer, Text};
use super::theme::Theme;
use super::value::Object;
use crate::config::Language;
use crate::error::Failure;
use crate::model::{Base, Cite, Kind, Mention, Permalink, Person, Post, Relation};
use crate::site::Site;
use crate::stamp::Stamp;
use crate::text::markdown::Rendered;
use crate::words::{self, Words};

/// The text of a list page.
pub struct ListText<'a, 's> {
    /// The list's own title.
    pub title: Option<&'s str>,
    list: &'s crate::site::ListText,
    text: &'a Text,
}

impl ListText<'_, '_> {
    /// The stamp of what it is made from.
    pub fn stamp(&self) -> Stamp {
        self.text.stamp
    }

    /// Whether it shows pictures with smaller copies.
    pub fn shows_copies(&self) -> bool {
        self.text.facts().copies
    }
}

/// Everything that pages and feeds are made from.
pub struct Build<'a, 's> {
    /// The site.
    pub site: &'s Site,
    /// The plan.
    pub plan: &'a Plan<'s>,
    /// The theme.
    pub theme: &'a Theme,
    /// Addresses of assets by name.
    pub assets: BTreeMap<String, String>,
    /// Pages that posts refer to, by address.
    pub cites: HashMap<&'s str, &'s Cite>,
    /// People by nickname.
    pub people: HashMap<String, Person>,
    /// Responses by post.
    pub mentions_of: HashMap<Id, Vec<&'s Mention>>,
    /// The owner as the author of posts.
    pub author: Value,
    /// Icons: address, sizes, media type.
    pub icons: Vec<(String, u32)>,
    /// The stamp of the program.
    pub(super) identity: Stamp,
    /// Whether every page has to be made: nothing is known of an earlier build.
    pub(super) is_first: bool,
    index: &'a Index<'s>,
    renderer: &'a Renderer<'a, 's>,
    by_permalink: HashMap<&'s Permalink, Id>,
    /// Which of the author's own posts answer an address.
    answers: HashMap<&'s str, Vec<Id>>,
    authors: Vec<Value>,
    words: Vec<Value>,
    photo_url: Option<String>,
    neighbours: Vec<(Option<Id>, Option<Id>)>,
    /// Pinned posts by language.
    pinned: Vec<Vec<Id>>,
    /// How many responses posts have; most have none.
    response_counts: HashMap<Id, usize>,
    cards: Vec<OnceLock<Value>>,
    /// What all pages of a language show alike.
    pub shared: Vec<page::Shared>,
    /// Addresses of all outputs, made when somebody asks.
    addresses: OnceLock<HashSet<&'a Permalink>>,
    failure: Mutex<Option<Failure>>,
}

impl<'a, 's> Build<'a, 's> {
    pub(super) fn new(
        (site, plan): (&'s Site, &'a Plan<'s>),
        (index, renderer): (&'a Index<'s>, &'a Renderer<'a, 's>),
        theme: &'a Theme,
        (assets, icons): (BTreeMap<String, String>, Vec<(String, u32)>),
        (identity, is_first): (Stamp, bool),
    ) -> Self {
        let by_permalink =
            plan.posts.iter().enumerate().map(|(id, p)| (&p.post.permalink, id)).collect();
        let mut build = Self {
            cites: site.cites.iter().map(|cite| (cite.url.as_str(), cite)).collect(),
            people: nicknames(site),
            mentions_of: HashMap::default(),
            author: Value::none(),
            authors: Vec::new(),
            words: site.config.languages.iter().map(|l| template_words(&l.code)).collect(),
            photo_url: None,
            neighbours: neighbours(plan),
            answers: answers(plan),
            pinned: plan.lists.iter().map(|lists| pinned(plan, &lists.stream)).collect(),
            response_counts: HashMap::default(),
            cards: plan.posts.iter().map(|_| OnceLock::new()).collect(),
            shared: site.config.languages.iter().map(|_| page::Shared::default()).collect(),
            addresses: OnceLock::new(),
            failure: Mutex::default(),
            site,
            plan,
            theme,
            assets,
            icons,
            identity,
            is_first,
            index,
            renderer,
            by_permalink,
        };
        build.mentions_of = build.mentions();
        let photo =
            build.own_picture(site.config.author.photo.as_deref(), &site.config.author.name);
        build.author = page::short_author(&build, photo.as_ref());
        build.photo_url = photo.as_ref().map(|photo| build.from_root(&photo.src));
        build.authors = (0..site.config.languages.len()).map(|n| build.profile(n)).collect();
        let counted: Vec<(Id, usize)> = build
            .mentions_of
            .par_iter()
            .filter_map(|(id, _)| Some((*id, Responses::gather(&build, *id)?.count())))
            .collect();
        build.response_counts = counted.into_iter().collect();
        build
    }

    /// The HTML of a post's text and what was found in it. A text that cannot be rendered any more
    /// is empty; [`Build::check`] tells.
    pub fn html(&self, planned: &Planned<'_>) -> Arc<Rendered> {
        self.or_fail(self.renderer.html(planned.post, &planned.text))
    }

    /// A post's text without markup, likewise.
    pub fn plain<'t>(&self, planned: &'t Planned<'_>) -> Cow<'t, str> {
        self.or_fail(self.renderer.plain(planned.post, &planned.text))
    }

    fn or_fail<T: Default>(&self, result: Result<T, Failure>) -> T {
        result.unwrap_or_else(|failure| {
            self.fail(failure);
            T::default()
        })
    }

    /// Lets the posts go as lists show them, once all lists are made.
    pub fn forget_cards(&mut self) {
        self.cards = Vec::new();
    }

    fn fail(&self, failure: Failure) {
        let mut slot = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
        slot.get_or_insert(failure);
    }

    /// Whether everything asked for so far could be had.
    ///
    /// # Errors
    /// The first thing that could not.
    pub fn check(&self) -> Result<(), Failure> {
        let failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner).take();
        failure.map_or(Ok(()), Err)
    }

    /// A post as lists show it, with the author.
    pub fn entry(&self, id: Id) -> Option<Object> {
        Some(entry::base(self, id, self.plan.posts.get(id)?))
    }

    /// The HTML of a post as lists show it: made once, whatever the number of lists.
    pub fn card(&self, id: Id) -> Value {
        self.card_of(id, || self.entry(id).unwrap_or_default())
    }

    /// The same, of an entry that somebody has.
    pub fn card_of(&self, id: Id, entry: impl FnOnce() -> Object) -> Value {
        let Some(slot) = self.cards.get(id) else { return Value::none() };
        slot.get_or_init(|| {
            pages::card(self, id, entry()).unwrap_or_else(|failure| {
                self.fail(failure);
                Value::none()
            })
        })
        .clone()
    }

    fn profile(&self, section: usize) -> Value {
        let config = &self.site.config;
        let author = &config.author;
        let note = config.language(section).author_note.as_deref().or(author.note.as_deref());
        let note = note.map(|text| self.short(text, section));
        let photo = self.own_picture(author.photo.as_deref(), &author.name);
        let cover = self.own_picture(author.cover.as_deref(), "");
        page::author(self, note.as_deref(), photo.as_ref(), cover.as_ref()).into()
    }

    /// The owner's profile in a language.
    pub fn author_in(&self, section: usize) -> Value {
        self.authors.get(section).cloned().unwrap_or_else(Value::none)
    }

    /// The words of a language of the site.
    pub fn words(&self, section: usize) -> &'static Words {
        words::for_language(&self.site.config.language(section).code)
    }

    /// The text of a post's content warning: the author's own, else the theme's.
    pub fn warning<'p>(&self, post: &'p Post) -> Option<&'p str> {
        let own = post.sensitive.as_deref()?;
        Some(if own.is_empty() { self.words(post.section).word("content_warning") } else { own })
    }

    /// The theme's words in a language, as templates see them.
    pub fn template_words(&self, section: usize) -> Value {
        self.words.get(section).cloned().unwrap_or_else(Value::none)
    }

    /// A short text of a data file as HTML.
    pub fn short(&self, text: &str, section: usize) -> String {
        self.renderer.short(text, section)
    }

    /// The text of a list page: its title, and its text.
    pub fn list_text(&self, permalink: &Permalink) -> Option<ListText<'a, 's>> {
        let at = self.site.lists.iter().position(|list| list.permalink == *permalink)?;
        let (list, text) = (self.site.lists.get(at)?, self.plan.list_texts.get(at)?);
        Some(ListText { title: list.title.as_deref(), list, text })
    }

    /// The HTML of a list's text.
    pub fn list_html(&self, found: &ListText<'a, 's>) -> String {
        let rendered = self.or_fail(self.renderer.list_html(found.list, found.text));
        rendered.html.trim().to_owned()
    }

    /// A picture of the site, from its root or from `data/`.
    pub fn own_picture(&self, path: Option<&str>, alt: &str) -> Option<Picture> {
        let path = path?;
        if links::is_elsewhere(path) {
            return None;
        }
        let file = self.index.own_file(path)?;
        Some(Picture {
            src: self.site.config.base.href(&file.permalink),
            alt: alt.to_owned(),
            size: file.size,
            copies: None,
            bytes: None,
        })
    }

    /// The owner's photo as a whole address.
    pub fn own_photo_url(&self) -> Option<String> {
        self.photo_url.clone()
    }

    /// The picture that stands for a post elsewhere, as a whole address: its lead picture, first
    /// photo, a film's still, or the first picture of its text. What is behind a warning stays there.
    pub fn post_image(&self, planned: &Planned<'_>) -> Option<String> {
        if planned.post.sensitive.is_some() {
            return None;
        }
        let media = &planned.media;
        let poster = media.videos.first().and_then(|video| video.poster.as_ref());
        let picture = media.featured.as_deref().or(media.photos.first()).or(poster);
        let rendered;
        let src = match picture {
            Some(picture) => picture.src.as_str(),
            None => {
                rendered = self.html(planned);
                rendered.images.first()?.src.as_str()
            }
        };
        Some(self.from_root(src))
    }

    /// A link from the site's root as a whole address.
    pub fn from_root(&self, href: &str) -> String {
        let joined = self.site.config.base.url().join(href);
        joined.map_or_else(|_| href.to_owned(), String::from)
    }

    /// A face from `data/avatars/`, or a picture of the site.
    pub fn face(&self, path: Option<&str>, name: &str) -> Option<Picture> {
        let path = path?;
        let below = path.trim_start_matches("data/").trim_start_matches('/');
        let Some(file) = self.site.folders.avatars.get(&format!("data/{below}")) else {
            return self.own_picture(Some(path), name);
        };
        let used = self.index.use_file(file, &Permalink::file(below));
        Some(Picture {
            src: self.site.config.base.href(&used.permalink),
            alt: name.to_owned(),
            size: used.size,
            copies: None,
            bytes: None,
        })
    }

    /// The visible post at a path.
    pub fn planned_at(&self, permalink: &Permalink) -> Option<&'a Planned<'s>> {
        let post = self.index.post_at(permalink)?;
        self.plan.posts.get(*self.by_permalink.get(&post.permalink)?)
    }

    /// A path of this site as a whole address; others as they are.
    pub fn whole_address(&self, target: &str) -> String {
        if target.starts_with('/') {
            self.site.config.base.absolute(&Permalink::file(target))
        } else {
            target.to_owned()
        }
    }

    /// The permanent id: the written one, else the oldest address at the oldest home of the site.
    pub fn permanent_id(&self, post: &Post) -> String {
        match &post.uid {
            Some(uid) => uid.clone(),
            None => self.oldest_base().absolute(post.oldest_permalink()),
        }
    }

    /// The site's first address.
    pub fn oldest_base(&self) -> Base {
        let former = self.site.config.former_urls.first();
        let base = former.and_then(|url| url::Url::parse(url).ok()).and_then(Base::new);
        base.unwrap_or_else(|| self.site.config.home.clone())
    }

    /// What a page that somebody refers to is called: its name, its author, its host.
    pub fn cite_name(&self, cite: &Cite) -> String {
        let known = self.cites.get(cite.url.as_str());
        let name = cite.name.clone().or_else(|| known.and_then(|known| known.name.clone()));
        let author = cite.author.as_ref().or_else(|| known.and_then(|known| known.author.as_ref()));
        name.or_else(|| author.map(|author| author.name.clone()).filter(|name| !name.is_empty()))
            .or_else(|| {
                let permalink = plan::own_permalink(self.site, &cite.url)?;
                let planned = self.planned_at(&permalink)?;
                planned.post.title.clone()
            })
            .unwrap_or_else(|| {
                let host = context::host(&cite.url);
                if host.is_empty() { self.site.config.base.host().to_owned() } else { host }
            })
    }

    /// A link to a post by its name.
    pub fn link_to(&self, id: Id) -> Option<Value> {
        let planned = self.plan.posts.get(id)?;
        Some(page::link_to(self, &planned.post.permalink, &entry::name(self, planned)))
    }

    /// Whether a kind has a list.
    pub fn has_kind(&self, section: usize, kind: Kind) -> bool {
        self.plan.lists.get(section).is_some_and(|lists| lists.kinds.contains_key(&kind))
    }

    /// The list of a kind.
    pub fn kind_href(&self, section: usize, kind: Kind) -> Option<String> {
        self.has_kind(section, kind)
            .then(|| self.site.config.base.href(&below(self.language(section), kind.folder())))
    }

    fn language(&self, section: usize) -> &Language {
        self.site.config.language(section)
    }

    /// The newer and the older post of the same language.
    pub fn neighbours(&self, id: Id) -> (Option<Id>, Option<Id>) {
        self.neighbours.get(id).copied().unwrap_or_default()
    }

    /// The same text in other languages: code, name, address.
    pub fn translations(&self, id: Id) -> Vec<Value> {
        self.translation_links(id)
            .into_iter()
            .map(|(lang, name, href)| crate::object! { lang: lang, name: name, href: href }.into())
            .collect()
    }

    /// The same text in other languages, as code, name and link.
    pub fn translation_links(&self, id: Id) -> Vec<(String, String, String)> {
        let Some(planned) = self.plan.posts.get(id) else { return Vec::new() };
        let ids = self.plan.translations.get(planned.post.translation_key.as_str());
        ids.map_or(&[][..], Vec::as_slice)
            .iter()
            .filter(|other| **other != id)
            .filter_map(|other| {
                let post = self.plan.posts.get(*other)?.post;
                // No way leads from outside to an unlisted post.
                if !post.is_listed() {
                    return None;
                }
                let language = self.language(post.section);
                let href = self.site.config.base.href(&post.permalink);
                Some((language.code.clone(), language.name.clone(), href))
            })
            .collect()
    }

    /// The responses to a post as its page shows them.
    pub fn responses_of(&self, id: Id) -> Value {
        let Some(planned) = self.plan.posts.get(id) else { return Value::none() };
        let found = Responses::gather(self, id);
        found.map_or_else(Value::none, |found| found.value(self, self.words(planned.post.section)))
    }

    /// How many responses a post has, in words.
    pub fn responses_label(&self, id: Id, words: &Words) -> Option<String> {
        let count = self.response_count(id);
        (count > 0).then(|| words.plural("responses", count as u64))
    }

    /// The author's own posts that answer one of some addresses, in their order.
    pub fn own_replies(&self, addresses: &HashSet<&str>) -> Vec<(Id, &'a Planned<'s>)> {
        let mut ids: Vec<Id> = addresses
            .iter()
            .filter_map(|address| self.answers.get(address))
            .flatten()
            .copied()
            .collect();
        ids.sort_unstable();
        ids.dedup();
        ids.into_iter().filter_map(|id| Some((id, self.plan.posts.get(id)?))).collect()
    }

    /// How many responses a post has.
    pub(super) fn response_count(&self, id: Id) -> usize {
        self.response_counts.get(&id).copied().unwrap_or(0)
    }

    /// Whether some output has an address.
    pub(super) fn has_page(&self, permalink: &Permalink) -> bool {
        let pages = self
            .addresses
            .get_or_init(|| self.plan.jobs.iter().map(|(permalink, _)| permalink).collect());
        pages.contains(permalink)
    }

    /// The posts that stand on top of a list: on the home page alone.
    pub(super) fn pinned(&self, section: usize, source: &Source) -> Vec<Id> {
        let pinned = self.pinned.get(section).filter(|_| *source == Source::Stream);
        pinned.cloned().unwrap_or_default()
    }

    /// The same list in other languages: code, name, link.
    pub(super) fn list_alternates(
        &self,
        section: usize,
        source: &Source,
    ) -> Vec<(String, String, String)> {
        match source {
            Source::Stream => pages::everywhere(self, section, ""),
            Source::Kind(kind) => pages::everywhere(self, section, kind.folder()),
            _ => Vec::new(),
        }
    }

    /// Whether there is a page of follows.
    pub fn has_following(&self) -> bool {
        self.site.follows.iter().any(|follow| follow.public)
    }

    /// The title of a list's feed.
    pub fn feed_title(&self, section: usize, source: &Source) -> String {
        let words = self.words(section);
        let title = self.language(section).title.as_str();
        match source {
            Source::Stream | Source::Month(..) => title.to_owned(),
            Source::Kind(kind) => words.phrase(
                "feed_kind",
                &[("title", title), ("kinds", words.kind_inline(kind.name()))],
            ),
            Source::Tag(_) => words
                .phrase("feed_tag", &[("title", title), ("tag", &self.heading(section, source))]),
            Source::Folder(_) => words.phrase(
                "feed_section",
                &[("title", title), ("section", &self.heading(section, source))],
            ),
        }
    }

    /// What a list is called; a tag is its bare name.
    pub fn heading(&self, section: usize, source: &Source) -> String {
        let words = self.words(section);
        let lists = self.plan.lists.get(section);
        match source {
            Source::Stream => self.language(section).title.clone(),
            Source::Kind(kind) => words.kind_list_title(kind.name()).to_owned(),
            Source::Tag(slug) => lists
                .and_then(|lists| lists.tags.get(slug))
                .map_or_else(|| slug.clone(), |(name, _)| name.clone()),
            Source::Folder(at) => {
                let text = lists
                    .and_then(|l| l.folders.get(*at))
                    .and_then(|(text, _)| self.site.lists.get(*text));
                text.map(|text| {
                    text.title.clone().unwrap_or_else(|| text.permalink.name().to_owned())
                })
                .unwrap_or_default()
            }
            Source::Month(year, month) => words.month_year_title(*year, *month),
        }
    }

    /// Published responses by the post that they answer; the site's own pages and repeats left out.
    fn mentions(&self) -> HashMap<Id, Vec<&'s Mention>> {
        let mut map: HashMap<Id, Vec<&'s Mention>> = HashMap::default();
        let mut seen: HashSet<(Id, &str)> = HashSet::default();
        let all = self.site.mentions.iter().map(|mention| (mention, mention.target.as_str()));
        for (mention, target) in all {
            let Some(permalink) = plan::own_permalink(self.site, target) else { continue };
            let Some(planned) = self.planned_at(&permalink) else { continue };
            let Some(id) = self.by_permalink.get(&planned.post.permalink).copied() else {
                continue;
            };
            if !planned.post.mentions.receives() {
                continue;
            }
            let mut stack = vec![mention];
            while let Some(mention) = stack.pop() {
                stack.extend(mention.children.iter().rev());
                // The site's own pages are no strangers: its replies come from its posts.
                if plan::own_permalink(self.site, &mention.source).is_some() {
                    continue;
                }
                let copies = mention.syndication.iter().map(String::as_str);
                let addresses: Vec<&str> =
                    std::iter::once(mention.url.as_str()).chain(copies).collect();
                let known = addresses.iter().any(|url| seen.contains(&(id, *url)));
                seen.extend(addresses.into_iter().map(|url| (id, url)));
                if !known {
                    map.entry(id).or_default().push(mention);
                }
            }
        }
        map
    }
}

/// Made once for a language: every page of it sees the same words.
fn template_words(code: &str) -> Value {
    let mut object = Object::default();
    for (key, word) in words::for_language(code).words_map() {
        object.add(key.clone(), word.as_str());
    }
    object.into()
}

fn nicknames(site: &Site) -> HashMap<String, Person> {
    let mut map = HashMap::default();
    for follow in site.follows.iter().filter(|follow| follow.public) {
        if let Some(nickname) = &follow.nickname {
            let person = Person {
                name: context::data::name_of(follow),
                url: Some(follow.url.clone()),
                photo: follow.photo.clone(),
                nickname: Some(nickname.clone()),
            };
            map.insert(nickname.to_lowercase(), person);
        }
    }
    for person in &site.people {
        if let Some(nickname) = &person.nickname {
            map.insert(nickname.to_lowercase(), person.clone());
        }
    }
    map
}

fn neighbours(plan: &Plan<'_>) -> Vec<(Option<Id>, Option<Id>)> {
    let mut map = vec![(None, None); plan.posts.len()];
    for lists in &plan.lists {
        for (at, id) in lists.stream.iter().enumerate() {
            let newer = at.checked_sub(1).and_then(|at| lists.stream.get(at)).copied();
            let older = lists.stream.get(at.saturating_add(1)).copied();
            if let Some(slot) = map.get_mut(*id) {
                *slot = (newer, older);
            }
        }
    }
    map
}

fn pinned(plan: &Plan<'_>, ids: &[Id]) -> Vec<Id> {
    let is_pinned = |id: &&Id| plan.posts.get(**id).is_some_and(|planned| planned.post.pinned);
    ids.iter().filter(is_pinned).copied().collect()
}

/// Listed posts by the addresses that they answer.
fn answers<'s>(plan: &Plan<'s>) -> HashMap<&'s str, Vec<Id>> {
    let mut map: HashMap<&str, Vec<Id>> = HashMap::default();
    for (id, planned) in plan.posts.iter().enumerate().filter(|(_, p)| p.post.is_listed()) {
        for (_, cite) in planned.post.contexts.iter().filter(|(r, _)| *r == Relation::InReplyTo) {
            map.entry(cite.url.as_str()).or_default().push(id);
        }
    }
    map
}
