//! What outputs there are, and from what: every page and feed of the site, before any is rendered.

use std::cell::LazyCell;
use std::collections::BTreeMap;

use rayon::prelude::*;
use rustc_hash::FxHashMap as HashMap;

use super::figures::PostMedia;
use super::links::Index;
use super::render::{Known, Text};
use crate::config::{Config, Language};
use crate::model::{Kind, Permalink, Post, Relation};
use crate::site::Site;

/// A visible post with its text, by its place in [`Plan::posts`].
pub type Id = usize;

/// A visible post and its text.
pub struct Planned<'s> {
    /// The post.
    pub post: &'s Post,
    /// Its text.
    pub text: Text,
    /// Its pictures, films and recordings.
    pub media: PostMedia,
}

impl Planned<'_> {
    /// Its tags: the written ones, then hashtags, each once. Slug and name.
    pub fn tags(&self) -> &[(String, String)] {
        &self.text.facts().tags
    }

    /// Whether pages that show the post show pictures with smaller copies.
    pub fn shows_copies(&self) -> bool {
        let mut pictures = self.media.photos.iter().chain(self.media.featured.as_deref());
        pictures.any(|picture| picture.copies.is_some()) || self.text.facts().copies
    }
}

/// Where the posts of a list come from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// The home page's stream.
    Stream,
    /// One kind.
    Kind(Kind),
    /// One tag, by its slug.
    Tag(String),
    /// One folder of `content/` with an `_index.md`, by its place in [`Lists::folders`].
    Folder(usize),
    /// One month.
    Month(i16, i8),
}

/// The formats of feeds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// RSS 2.0
    Rss,
    /// Atom 1.0
    Atom,
    /// JSON Feed 1.1
    Json,
}

impl Format {
    /// All of them, the main one first.
    pub const ALL: [Self; 3] = [Self::Atom, Self::Rss, Self::Json];

    /// The file's name.
    pub fn file(self) -> &'static str {
        match self {
            Self::Rss => "rss.xml",
            Self::Atom => "atom.xml",
            Self::Json => "feed.json",
        }
    }

    /// The media type.
    pub fn mime(self) -> &'static str {
        match self {
            Self::Rss => "application/rss+xml",
            Self::Atom => "application/atom+xml",
            Self::Json => "application/feed+json",
        }
    }

    /// What people call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rss => "RSS",
            Self::Atom => "Atom",
            Self::Json => "JSON Feed",
        }
    }
}

/// One output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Job {
    /// A page of a list; page numbers count from the oldest posts, the newest page is the list's own.
    List {
        /// The language.
        section: usize,
        /// Which list.
        source: Source,
        /// Which page of it.
        page: usize,
    },
    /// A post or page.
    Post(Id),
    /// A chain of notes as one piece, by its place in [`Plan::threads`].
    Thread(usize),
    /// A year.
    Year(usize, i16),
    /// All years.
    Archive(usize),
    /// All tags.
    Tags(usize),
    /// The search page.
    Search(usize),
    /// The page that explains feeds.
    Feeds(usize),
    /// The CV.
    Cv,
    /// Whom the owner follows.
    Following,
    /// Wiki links without a page.
    Wanted,
    /// The page for addresses that nothing has.
    NotFound,
    /// A deleted page, by its place in [`Site::gone`].
    Gone(usize),
    /// An old address of a post.
    Redirect(Id),
    /// A feed.
    Feed {
        /// The language.
        section: usize,
        /// Which list.
        source: Source,
        /// The format.
        format: Format,
    },
}

/// The lists of one language; posts newest first.
#[derive(Debug, Default)]
pub struct Lists {
    /// All listed posts.
    pub stream: Vec<Id>,
    /// What the home page shows: without short responses if the owner wants that.
    pub home: Vec<Id>,
    /// By kind.
    pub kinds: BTreeMap<Kind, Vec<Id>>,
    /// By tag's slug: name and posts.
    pub tags: BTreeMap<String, (String, Vec<Id>)>,
    /// Pages without a date by tag's slug.
    pub tagged_pages: BTreeMap<String, Vec<Id>>,
    /// By year and month.
    pub months: BTreeMap<(i16, i8), Vec<Id>>,
    /// Folders with a text of their own: its place in [`Site::lists`], and the posts below it.
    pub folders: Vec<(usize, Vec<Id>)>,
    /// Pages without a date.
    pub pages: Vec<Id>,
}

/// A chain of the author's own posts, oldest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thread {
    /// The posts.
    pub posts: Vec<Id>,
    /// The address of the page that shows them as one piece.
    pub permalink: Permalink,
}

/// What a build knows of the texts of a site.
pub struct Learned {
    /// In the order of [`Site::posts`]; nothing of hidden ones.
    pub posts: Vec<Option<Box<Known>>>,
    /// In the order of [`Site::lists`].
    pub lists: Vec<Box<Known>>,
}

/// The plan of a build.
pub struct Plan<'s> {
    /// Every visible post.
    pub posts: Vec<Planned<'s>>,
    /// The lists by language.
    pub lists: Vec<Lists>,
    /// The texts of list pages, in the order of [`Site::lists`].
    pub list_texts: Vec<Text>,
    /// Threads.
    pub threads: Vec<Thread>,
    /// The thread of a post: its place in `threads` and the post's place in it.
    pub thread_of: HashMap<Id, (usize, usize)>,
    /// The posts of one text in several languages.
    pub translations: HashMap<&'s str, Vec<Id>>,
    /// Which posts link to a page.
    pub backlinks: HashMap<&'s Permalink, Vec<Id>>,
    /// Wiki names without a page, and who wants them.
    pub wanted: BTreeMap<String, Vec<Id>>,
    /// Every output, by address.
    pub jobs: Vec<(Permalink, Job)>,
    /// The files of `jobs` below the output folder, in the same order.
    pub files: Vec<String>,
}

impl<'s> Plan<'s> {
    /// Plans a build of posts, newest first.
    pub fn new(
        site: &'s Site,
        index: &Index<'s>,
        posts: Vec<Planned<'s>>,
        list_texts: Vec<Text>,
    ) -> Self {
        let by_section = || {
            let sections = (0..site.config.languages.len()).into_par_iter();
            sections.map(|section| lists(site, &posts, section)).collect()
        };
        let (lists, (threads, links)) = rayon::join(by_section, || {
            let links = || (translations(&posts), backlinks(index, &posts), wanted(&posts));
            rayon::join(|| threads(site, index, &posts), links)
        });
        let (translations, backlinks, wanted) = links;
        let (threads, thread_of) = threads;
        let mut plan = Self {
            posts,
            lists,
            list_texts,
            threads,
            thread_of,
            translations,
            backlinks,
            wanted,
            jobs: Vec::new(),
            files: Vec::new(),
        };
        plan.jobs = jobs(site, &plan);
        let permalinks = plan.jobs.par_iter();
        plan.files = permalinks.map(|(permalink, _)| permalink.output_file()).collect();
        plan
    }

    /// Every output with its file below the output folder.
    pub fn outputs(&self) -> impl Iterator<Item = (&Permalink, &Job, &str)> {
        let jobs = self.jobs.iter().zip(&self.files);
        jobs.map(|((permalink, job), file)| (permalink, job, file.as_str()))
    }

    /// What is known of the texts of all posts, in the site's order, and of its lists.
    pub fn into_known(self, site: &Site) -> Learned {
        let mut shown = self.posts.into_iter().peekable();
        let mut known = |post: &Post| {
            let planned = shown.next_if(|planned| std::ptr::eq(planned.post, post));
            planned.map(|planned| planned.text.known)
        };
        Learned {
            posts: site.posts.iter().map(|post| known(post)).collect(),
            lists: self.list_texts.into_iter().map(|text| text.known).collect(),
        }
    }

    /// The posts of a list, newest first.
    pub fn source(&self, section: usize, source: &Source) -> &[Id] {
        let Some(lists) = self.lists.get(section) else { return &[] };
        match source {
            Source::Stream => &lists.home,
            Source::Kind(kind) => lists.kinds.get(kind).map_or(&[], Vec::as_slice),
            Source::Tag(slug) => lists.tags.get(slug).map_or(&[], |(_, posts)| posts.as_slice()),
            Source::Folder(at) => lists.folders.get(*at).map_or(&[], |(_, posts)| posts.as_slice()),
            Source::Month(year, month) => {
                lists.months.get(&(*year, *month)).map_or(&[], Vec::as_slice)
            }
        }
    }

    /// The address of a list.
    pub fn list_permalink(&self, site: &Site, section: usize, source: &Source) -> Permalink {
        let language = site.config.language(section);
        match source {
            Source::Stream => Permalink::page(&language.folder),
            Source::Kind(kind) => below(language, kind.folder()),
            Source::Tag(slug) => tag_list(site, section, slug),
            Source::Folder(at) => {
                let list = self.lists.get(section).and_then(|lists| lists.folders.get(*at));
                let text = list.and_then(|(text, _)| site.lists.get(*text));
                text.map_or_else(|| Permalink::page("/"), |text| text.permalink.clone())
            }
            Source::Month(year, month) => below(language, &format!("{year:04}/{month:02}")),
        }
    }
}

/// A page of a language.
pub fn below(language: &Language, path: &str) -> Permalink {
    Permalink::page(&format!("{}/{path}", language.folder))
}

fn lists(site: &Site, posts: &[Planned<'_>], section: usize) -> Lists {
    let mut lists = Lists::default();
    let kinds: Vec<Permalink> = Kind::POSTS
        .iter()
        .map(|kind| below(site.config.language(section), kind.folder()))
        .collect();
    for (at, text) in site.lists.iter().enumerate() {
        let own = text.section == section && text.permalink.as_str() != "/";
        let home = Permalink::page(&site.config.language(section).folder);
        if own && text.permalink != home && !kinds.contains(&text.permalink) {
            lists.folders.push((at, Vec::new()));
        }
    }
    let mut tags: HashMap<&str, (&String, Vec<Id>)> = HashMap::default();
    for (id, planned) in posts.iter().enumerate() {
        let post = planned.post;
        if post.section != section || !post.is_listed() {
            continue;
        }
        for (slug, name) in planned.tags() {
            let (_, ids) = tags.entry(slug.as_str()).or_insert_with(|| (name, Vec::new()));
            if post.is_post() {
                ids.push(id);
            } else {
                lists.tagged_pages.entry(slug.clone()).or_default().push(id);
            }
        }
        let Some(published) = post.published.as_ref().filter(|_| post.is_post()) else {
            lists.pages.push(id);
            continue;
        };
        lists.stream.push(id);
        if site.config.lists.responses_in_stream || !post.kind.is_response() {
            lists.home.push(id);
        }
        lists.kinds.entry(post.kind).or_default().push(id);
        lists.months.entry((published.year(), published.month())).or_default().push(id);
        for (text, ids) in &mut lists.folders {
            let folder = site.lists.get(*text).map(|text| text.permalink.as_str());
            if folder.is_some_and(|folder| post.permalink.as_str().starts_with(folder)) {
                ids.push(id);
            }
        }
    }
    let tags = tags.into_iter().map(|(slug, (name, ids))| (slug.to_owned(), (name.clone(), ids)));
    lists.tags = tags.collect();
    lists
}

/// Posts that answer the author's own posts hang together: a root and all that follows from it.
fn threads(
    site: &Site,
    index: &Index<'_>,
    posts: &[Planned<'_>],
) -> (Vec<Thread>, HashMap<Id, (usize, usize)>) {
    let by_permalink: LazyCell<HashMap<&Permalink, Id>, _> = LazyCell::new(|| {
        posts.iter().enumerate().map(|(id, planned)| (&planned.post.permalink, id)).collect()
    });
    let parent = |id: Id| -> Option<Id> {
        let post = posts.get(id)?.post;
        let (_, cite) =
            post.contexts.iter().find(|(relation, _)| *relation == Relation::InReplyTo)?;
        let permalink = own_permalink(site, &cite.url)?;
        let parent = index.post_at(&permalink)?;
        let parent = *by_permalink.get(&parent.permalink)?;
        // An event's or an unlisted post's answers are no thread.
        let right = posts.get(parent)?.post;
        (right.is_listed() && right.is_post() && right.kind != Kind::Event && parent != id)
            .then_some(parent)
    };
    let mut chains: BTreeMap<Id, Vec<Id>> = BTreeMap::new();
    for (id, planned) in posts.iter().enumerate() {
        if !planned.post.is_listed() || planned.post.kind == Kind::Rsvp {
            continue;
        }
        let mut root = id;
        let mut steps = 0usize;
        while let Some(next) = parent(root) {
            root = next;
            steps = steps.saturating_add(1);
            if steps > posts.len() {
                break;
            }
        }
        if steps > 0 && steps <= posts.len() {
            chains.entry(root).or_default().push(id);
        }
    }
    let mut threads = Vec::new();
    let mut thread_of = HashMap::default();
    for (root, mut ids) in chains {
        ids.push(root);
        // Posts are newest first; a thread is read from its beginning.
        ids.sort_unstable_by(|a, b| b.cmp(a));
        for (place, id) in ids.iter().enumerate() {
            thread_of.insert(*id, (threads.len(), place));
        }
        if let Some(planned) = posts.get(root) {
            threads.push(Thread { posts: ids, permalink: planned.post.permalink.join("thread") });
        }
    }
    (threads, thread_of)
}

/// The path of an own page that a target names, by path or by whole address.
pub fn own_permalink(site: &Site, target: &str) -> Option<Permalink> {
    if target.starts_with('/') {
        return Some(Permalink::file(target.split(['?', '#']).next().unwrap_or(target)));
    }
    site.config.own_path(target)
}

fn translations<'s>(posts: &[Planned<'s>]) -> HashMap<&'s str, Vec<Id>> {
    // Most texts have no translation and need no list.
    let mut first = HashMap::with_capacity_and_hasher(posts.len(), Default::default());
    let mut map: HashMap<&str, Vec<Id>> = HashMap::default();
    for (id, planned) in posts.iter().enumerate() {
        let key = planned.post.translation_key.as_str();
        if let Some(first) = first.insert(key, id) {
            map.entry(key).or_insert_with(|| vec![first]).push(id);
        }
    }
    for ids in map.values_mut() {
        ids.sort_by_key(|id| posts.get(*id).map(|planned| planned.post.section));
    }
    map
}

fn backlinks<'s>(index: &Index<'s>, posts: &[Planned<'s>]) -> HashMap<&'s Permalink, Vec<Id>> {
    let mut map: HashMap<&Permalink, Vec<Id>> = HashMap::default();
    for (id, planned) in posts.iter().enumerate() {
        if !planned.post.is_listed() {
            continue;
        }
        for permalink in &planned.text.facts().linked {
            let Some(target) = index.post_at(permalink) else { continue };
            let list = map.entry(&target.permalink).or_default();
            if target.permalink != planned.post.permalink && list.last() != Some(&id) {
                list.push(id);
            }
        }
    }
    map
}

fn wanted(posts: &[Planned<'_>]) -> BTreeMap<String, Vec<Id>> {
    let mut map: BTreeMap<String, Vec<Id>> = BTreeMap::new();
    for (id, planned) in posts.iter().enumerate() {
        for page in &planned.text.facts().wanted {
            let list = map.entry(page.clone()).or_default();
            if list.last() != Some(&id) && planned.post.is_listed() {
                list.push(id);
            }
        }
    }
    map.retain(|_, ids| !ids.is_empty());
    map
}

/// How many full pages lie behind the newest one. Full pages never change when a post is added: the
/// newest page grows to nearly two pages before the older half becomes a page of its own.
pub fn full_pages(posts: usize, size: usize) -> usize {
    (posts / size.max(1)).saturating_sub(1)
}

/// The posts (newest first) of page `page` of a list, counted from the oldest; the page after the
/// last full one is the newest.
pub fn page_of(posts: &[Id], size: usize, page: usize) -> &[Id] {
    let full = full_pages(posts.len(), size);
    let newest = posts.len().saturating_sub(full.saturating_mul(size));
    if page > full {
        return posts.get(0..newest).unwrap_or(posts);
    }
    // Page 1 holds the oldest posts, at the end of the list.
    let end = posts.len().saturating_sub(page.saturating_sub(1).saturating_mul(size));
    posts.get(end.saturating_sub(size)..end).unwrap_or(&[])
}

fn jobs(site: &Site, plan: &Plan<'_>) -> Vec<(Permalink, Job)> {
    let mut jobs = Vec::new();
    for (id, planned) in plan.posts.iter().enumerate() {
        jobs.push((planned.post.permalink.clone(), Job::Post(id)));
    }
    for section in 0..site.config.languages.len() {
        section_jobs(site, plan, section, &mut jobs);
    }
    for (at, thread) in plan.threads.iter().enumerate() {
        jobs.push((thread.permalink.clone(), Job::Thread(at)));
    }
    if site.cv.is_some() {
        jobs.push((Permalink::page("cv"), Job::Cv));
    }
    if site.follows.iter().any(|follow| follow.public) {
        jobs.push((Permalink::page("following"), Job::Following));
    }
    if !plan.wanted.is_empty() {
        jobs.push((Permalink::page("wanted"), Job::Wanted));
    }
    jobs.push((Permalink::file("404.html"), Job::NotFound));
    for (at, gone) in site.gone.iter().enumerate() {
        jobs.push((gone.permalink.clone(), Job::Gone(at)));
    }
    for (id, planned) in plan.posts.iter().enumerate() {
        for alias in planned.post.aliases.iter().filter(|alias| **alias != planned.post.permalink) {
            jobs.push((alias.clone(), Job::Redirect(id)));
        }
    }
    jobs
}

fn section_jobs(site: &Site, plan: &Plan<'_>, section: usize, jobs: &mut Vec<(Permalink, Job)>) {
    let Some(lists) = plan.lists.get(section) else { return };
    let language = site.config.language(section);
    let mut sources = vec![Source::Stream];
    sources.extend(lists.kinds.keys().map(|kind| Source::Kind(*kind)));
    sources.extend(lists.tags.keys().map(|slug| Source::Tag(slug.clone())));
    sources.extend((0..lists.folders.len()).map(Source::Folder));
    for source in &sources {
        list_jobs(site, plan, (section, source), jobs);
        for format in Format::ALL {
            let permalink = plan.list_permalink(site, section, source).join_file(format.file());
            jobs.push((permalink, Job::Feed { section, source: source.clone(), format }));
        }
    }
    for (year, month) in lists.months.keys() {
        list_jobs(site, plan, (section, &Source::Month(*year, *month)), jobs);
    }
    let mut years: Vec<i16> = lists.months.keys().map(|(year, _)| *year).collect();
    years.dedup();
    for year in years {
        jobs.push((below(language, &format!("{year:04}")), Job::Year(section, year)));
    }
    jobs.push((below(language, "archive"), Job::Archive(section)));
    if !lists.tags.is_empty() {
        jobs.push((below(language, "tags"), Job::Tags(section)));
    }
    jobs.push((below(language, "search"), Job::Search(section)));
    jobs.push((below(language, "feeds"), Job::Feeds(section)));
}

fn list_jobs(
    site: &Site,
    plan: &Plan<'_>,
    list: (usize, &Source),
    jobs: &mut Vec<(Permalink, Job)>,
) {
    let (section, source) = list;
    let size = page_size(&site.config, source);
    let full = full_pages(plan.source(section, source).len(), size);
    let permalink = plan.list_permalink(site, section, source);
    for page in 1..=full.saturating_add(1) {
        let at = page_permalink(&permalink, page, full);
        jobs.push((at, Job::List { section, source: source.clone(), page }));
    }
}

/// The address of a page of a list.
pub fn page_permalink(list: &Permalink, page: usize, full: usize) -> Permalink {
    if page > full { list.clone() } else { list.join(&format!("page/{page}")) }
}

/// Grids of photos take more on a page than lists of texts.
pub fn page_size(config: &Config, source: &Source) -> usize {
    match source {
        Source::Kind(Kind::Photo) => config.lists.page_size.saturating_mul(2),
        _ => config.lists.page_size,
    }
}

/// The list of a tag, by its slug.
pub fn tag_list(site: &Site, section: usize, slug: &str) -> Permalink {
    below(site.config.language(section), &format!("tags/{slug}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_pages_do_not_shift_when_a_post_is_added() {
        let size = 3;
        for count in 0usize..40 {
            let posts: Vec<Id> = (0..count).collect();
            let full = full_pages(count, size);
            let mut seen: Vec<Id> = Vec::new();
            for page in (1..=full + 1).rev() {
                seen.extend(page_of(&posts, size, page));
            }
            assert_eq!(seen, posts, "every post stands on one page");
            // One more post in front: ids shift by one, full pages hold the same posts.
            let more: Vec<Id> = (0..=count).collect();
            for page in 1..=full {
                let before: Vec<Id> = page_of(&posts, size, page).iter().map(|id| id + 1).collect();
                assert_eq!(page_of(&more, size, page), before);
            }
            let newest = page_of(&posts, size, full + 1).len();
            assert!(newest < 2 * size, "{newest}");
        }
    }
}
