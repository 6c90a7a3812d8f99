//! Site to output: load, plan, render, write. The build reads files and writes files; it never
//! touches the network and never asks what time it is.

mod check;
pub mod context;
pub mod extras;
pub mod feeds;
pub mod figures;
pub mod foreign;
pub mod links;
pub mod output;
pub mod pages;
pub mod pictures;
pub mod plan;
pub mod render;
pub mod report;
pub mod theme;
pub mod value;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};

use jiff::{Timestamp, Zoned};
use rayon::prelude::*;
use tera::Value;

use self::context::responses::Responses;
use self::context::{entry, page};
use self::figures::Picture;
use self::links::{Index, UsedFile};
use self::output::{BuildLock, Output, Prune};
use self::pictures::Pictures;
use self::plan::{Id, Plan, Planned, Source, below};
use self::render::{Renderer, Text};
use self::theme::Theme;
use self::value::Object;
use crate::config::Language;
use crate::error::{Failure, Problem, Problems};
use crate::model::{Base, Cite, Kind, Mention, Permalink, Person, Post};
use crate::site::Site;
use crate::words::{self, Words};

pub use report::{Progress, Report, Silent, Step, Steps};

/// How to build.
#[derive(Debug, Clone)]
pub struct Options {
    /// The output folder.
    pub output: PathBuf,
    /// Where the list of written files is kept.
    pub manifest: PathBuf,
    /// Whether drafts and future posts are shown.
    pub drafts: bool,
    /// Whether files that Lanai did not write are removed from the output folder.
    pub prune: Prune,
    /// The address to build for, instead of the configuration's.
    pub base: Option<Base>,
    /// The theme to build with, instead of the configuration's.
    pub theme: Option<String>,
    /// What time it is.
    pub now: Timestamp,
}

impl Options {
    /// The usual places: `public/` and `.lanai/` in the site folder.
    pub fn for_site(root: &Path, now: Timestamp) -> Self {
        Self {
            output: root.join("public"),
            manifest: root.join(".lanai/manifest"),
            drafts: false,
            prune: Prune::No,
            base: None,
            theme: None,
            now,
        }
    }
}

/// Builds a site. The same folder and the same `now` give the same bytes on every machine.
///
/// # Errors
/// All problems of the site, or what kept the build from running.
pub fn build(root: &Path, options: &Options, progress: &dyn Progress) -> Result<Report, Failure> {
    // A folder that is no site is left as it is: not even a lock is put there.
    if !root.join(crate::config::FILE).exists() {
        crate::config::Config::load(root)?;
    }
    let mut steps = Steps::new(progress);
    let _lock = BuildLock::take(&options.manifest)?;
    let (mut site, mut problems) = steps.time("read", || Site::load(root))?;
    site.config.base = options.base.clone().unwrap_or(site.config.base);
    site.config.theme = options.theme.clone().unwrap_or(site.config.theme);
    let mut theme = steps.time("theme", || Theme::load(root, &site.config))?;
    let next = next_change(&site, options.now);
    site.lists.retain(|list| !list.is_hidden(options.now, options.drafts));
    let visible: Vec<&Post> =
        site.posts.iter().filter(|post| !post.is_hidden(options.now, options.drafts)).collect();
    let pictures = Pictures::open(root, theme.pictures());
    let index = Index::new(&site, &visible, &pictures);
    let renderer = Renderer::new(&index, &site.config.languages, site.config.content.foreign);
    let texts =
        steps.time("render text", || texts(&site, &index, &renderer, &visible, &mut problems));
    let list_texts = list_texts(&site, &renderer, &mut problems);
    let plan = steps.time("plan", || Plan::new(&site, &index, texts, list_texts));
    check::addresses(&site, &plan, &index, &mut problems);
    if problems.has_errors() {
        return Err(Failure::Problems(problems));
    }
    let output = Output::open(&options.output, &options.manifest)?;
    let assets = theme.write_assets(&site.config.base, &output)?;
    let mut build = Build::new(&site, &plan, &index, &renderer, assets);
    steps.time("entries", || build.make_entries());
    steps.time("icons", || extras::icons(&mut build, &pictures, &output))?;
    pages::set_globals(&build, &mut theme);
    steps.time("pages", || pages::write(&build, &theme, &output, progress))?;
    steps.time("feeds", || feeds::write(&build, &output, &mut problems))?;
    steps.time("search", || extras::search(&build, &output))?;
    extras::write(&build, &output)?;
    let explained = build.explained();
    drop(build);
    drop(renderer);
    steps.time("media", || extras::media(&site, index, &pictures, &output, progress))?;
    let outcome = steps.time("tidy", || output.finish(options.prune))?;
    pictures.tidy(&site, &extras::ICONS)?;
    problems.extend(pictures.warnings());
    report::warn_of_vanished(&outcome, &explained, &mut problems);
    let report = Report::new(&plan, outcome, problems, steps, next);
    Ok(Report { decoded: pictures.decoded(), ..report })
}

/// When a scheduled or expiring text next changes the site.
fn next_change(site: &Site, now: Timestamp) -> Option<Timestamp> {
    let posts = site.posts.iter().map(|post| (post.draft, &post.published, post.expires));
    let lists = site.lists.iter().map(|list| (list.draft, &list.published, list.expires));
    let due = posts
        .chain(lists)
        .filter(|(draft, ..)| !draft)
        .flat_map(|(_, published, expires)| [published.as_ref().map(Zoned::timestamp), expires]);
    due.flatten().filter(|at| *at > now).min()
}

type Texts<'s> = Vec<(&'s Post, Text, figures::PostMedia)>;

fn texts<'s>(
    site: &'s Site,
    index: &Index<'s>,
    renderer: &Renderer<'_, 's>,
    visible: &[&'s Post],
    problems: &mut Problems,
) -> Texts<'s> {
    let rendered = renderer.posts(visible);
    let media: Vec<_> =
        visible.par_iter().map(|post| figures::of_post(index, &site.config.base, post)).collect();
    if site.config.content.foreign
        && let Some((_, problem)) = foreign::count(visible)
    {
        problems.push(problem);
    }
    if let Some(first) = &site.foreign.first {
        let message = format!(
            "{} keys of another generator are kept under `extra`; this file has the first",
            site.foreign.keys
        );
        problems.push(Problem::in_file(first.as_str(), message).warning());
    }
    let all = visible.iter().zip(rendered).zip(media);
    all.map(|((post, (text, found)), (media, missing))| {
        problems.extend(found);
        problems.extend(missing);
        (*post, text, media)
    })
    .collect()
}

/// The texts of list pages, in the order of [`Site::lists`].
fn list_texts(site: &Site, renderer: &Renderer<'_, '_>, problems: &mut Problems) -> Vec<Text> {
    site.lists
        .iter()
        .map(|list| {
            let (text, found) = renderer.body(&list.body, &list.permalink, list.section);
            problems.extend(found);
            text
        })
        .collect()
}

/// Everything that pages and feeds are made from.
pub struct Build<'a, 's> {
    /// The site.
    pub site: &'s Site,
    /// The plan.
    pub plan: &'a Plan<'s>,
    /// Addresses of assets by name.
    pub assets: BTreeMap<String, String>,
    /// Every post as lists show it.
    pub entries: Vec<Object>,
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
    index: &'a Index<'s>,
    renderer: &'a Renderer<'a, 's>,
    by_permalink: HashMap<&'s Permalink, Id>,
    authors: Vec<Value>,
    words: Vec<Value>,
    photo_url: Option<String>,
    neighbours: HashMap<Id, (Option<Id>, Option<Id>)>,
    responses: Vec<Option<(usize, Value)>>,
}

impl<'a, 's> Build<'a, 's> {
    fn new(
        site: &'s Site,
        plan: &'a Plan<'s>,
        index: &'a Index<'s>,
        renderer: &'a Renderer<'a, 's>,
        assets: BTreeMap<String, String>,
    ) -> Self {
        let by_permalink =
            plan.posts.iter().enumerate().map(|(id, p)| (&p.post.permalink, id)).collect();
        let mut build = Self {
            cites: site.cites.iter().map(|cite| (cite.url.as_str(), cite)).collect(),
            people: nicknames(site),
            mentions_of: HashMap::new(),
            author: Value::none(),
            icons: Vec::new(),
            entries: Vec::new(),
            authors: Vec::new(),
            words: site.config.languages.iter().map(|l| template_words(&l.code)).collect(),
            photo_url: None,
            neighbours: neighbours(plan),
            responses: Vec::new(),
            site,
            plan,
            assets,
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
        build
    }

    /// Makes the entries, then the responses that may quote them.
    fn make_entries(&mut self) {
        let responses: Vec<Option<(usize, Value)>> = (0..self.plan.posts.len())
            .into_par_iter()
            .map(|id| {
                let responses = Responses::gather(self, id)?;
                let section = self.plan.posts.get(id)?.post.section;
                Some((responses.count(), responses.value(self, self.words(section))))
            })
            .collect();
        self.responses = responses;
        let this = &*self;
        let entries: Vec<Object> = this
            .plan
            .posts
            .par_iter()
            .enumerate()
            .map(|(id, planned)| {
                let mut object = entry::base(this, id, planned);
                object.set("author", this.author.clone());
                object
            })
            .collect();
        self.entries = entries;
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

    /// The text of a list page: title and HTML.
    pub fn list_text(&self, permalink: &Permalink) -> Option<(Option<&'s str>, &'a str)> {
        let at = self.site.lists.iter().position(|list| list.permalink == *permalink)?;
        let title = self.site.lists.get(at)?.title.as_deref();
        Some((title, self.plan.list_texts.get(at)?.rendered.html.trim()))
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
        let picture = media.featured.as_ref().or(media.photos.first()).or(poster);
        let inline = planned.text.rendered.images.first().map(|image| image.src.as_str());
        picture.map(|picture| picture.src.as_str()).or(inline).map(|src| self.from_root(src))
    }

    /// A link from the site's root as a whole address.
    pub fn from_root(&self, href: &str) -> String {
        let joined = self.site.config.base.url().join(href);
        joined.map_or_else(|_| href.to_owned(), String::from)
    }

    /// The file behind the owner's photo.
    pub fn photo_file(&self) -> Option<UsedFile> {
        self.index.own_file(self.site.config.author.photo.as_deref()?)
    }

    /// A face from `data/avatars/`, or a picture of the site.
    pub fn face(&self, path: Option<&str>, name: &str) -> Option<Picture> {
        let path = path?;
        let below = path.trim_start_matches("data/").trim_start_matches('/');
        let Some(file) = self.site.avatars.get(&format!("data/{below}")) else {
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

    /// The list of a kind.
    pub fn kind_href(&self, section: usize, kind: Kind) -> Option<String> {
        let lists = self.plan.lists.get(section)?;
        let known = lists.kinds.contains_key(&kind);
        let permalink = below(self.language(section), kind.folder());
        known.then(|| self.site.config.base.href(&permalink))
    }

    fn language(&self, section: usize) -> &Language {
        self.site.config.language(section)
    }

    /// The newer and the older post of the same language.
    pub fn neighbours(&self, id: Id) -> (Option<Id>, Option<Id>) {
        self.neighbours.get(&id).copied().unwrap_or_default()
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
        let found = self.responses.get(id).and_then(Option::as_ref);
        found.map_or_else(Value::none, |(_, value)| value.clone())
    }

    /// How many responses a post has, in words.
    pub fn responses_label(&self, id: Id, words: &Words) -> Option<String> {
        let (count, _) = self.responses.get(id)?.as_ref()?;
        Some(words.plural("responses", *count as u64))
    }

    /// The author's own posts that answer one of some addresses.
    pub fn own_replies(&self, addresses: &HashSet<&str>) -> Vec<&'a Planned<'s>> {
        let answers = |planned: &Planned<'_>| {
            planned.post.is_listed()
                && planned.post.contexts.iter().any(|(relation, cite)| {
                    *relation == crate::model::Relation::InReplyTo
                        && addresses.contains(cite.url.as_str())
                })
        };
        if addresses.is_empty() {
            return Vec::new();
        }
        self.plan.posts.iter().filter(|planned| answers(planned)).collect()
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
        let mut map: HashMap<Id, Vec<&'s Mention>> = HashMap::new();
        let mut seen: HashSet<(Id, &str)> = HashSet::new();
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

    /// Files of pages that exist, or are hidden for a reason: what else vanishes deserves a word.
    fn explained(&self) -> HashSet<String> {
        let living = self.plan.jobs.iter().map(|(permalink, _)| permalink.output_file());
        living.chain(self.site.posts.iter().map(|post| post.permalink.output_file())).collect()
    }
}

/// Made once for a language: every page of it sees the same words.
fn template_words(code: &str) -> Value {
    let mut object = Object::default();
    for (key, word) in words::for_language(code).words_map() {
        object.set_owned(key.clone(), word.as_str());
    }
    object.into()
}

fn nicknames(site: &Site) -> HashMap<String, Person> {
    let mut map = HashMap::new();
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

fn neighbours(plan: &Plan<'_>) -> HashMap<Id, (Option<Id>, Option<Id>)> {
    let mut map = HashMap::new();
    for lists in &plan.lists {
        for (at, id) in lists.stream.iter().enumerate() {
            let newer = at.checked_sub(1).and_then(|at| lists.stream.get(at)).copied();
            let older = lists.stream.get(at.saturating_add(1)).copied();
            map.insert(*id, (newer, older));
        }
    }
    map
}
