//! What a link in a text means: pages, media, wiki names, nicknames and tags of this site.
//!
//! Answers the Markdown renderer's questions and remembers which media are used, because only
//! those are copied. A link to an address that lists make is judged later, when all are known.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use rustc_hash::{FxHashMap as HashMap, FxHashSet as HashSet};
use serde::{Deserialize, Serialize};

use super::pictures::Pictures;
use crate::error::nearest;
use crate::model::{Permalink, Post};
use crate::site::{Site, SiteFile};
use crate::stamp::{Signature, Stamp};
use crate::text::markdown::{Copies, Image, Link, PersonLink, Resolver, WikiPage};
use crate::text::slug::{slug, tag_slug};

/// A media file that some page shows or links.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsedFile {
    /// Path below the site folder, for messages.
    pub name: String,
    /// The file.
    pub path: PathBuf,
    /// Where it is copied to.
    pub permalink: Permalink,
    /// What the file system says of it.
    pub signature: Signature,
    /// Width and height, if it is a picture of a known format.
    pub size: Option<(u32, u32)>,
}

impl UsedFile {
    /// A file of the site at an address, not yet measured.
    pub fn new(file: &SiteFile, permalink: &Permalink) -> Self {
        Self {
            name: file.name.clone(),
            path: file.path.clone(),
            permalink: permalink.clone(),
            signature: file.signature,
            size: None,
        }
    }
}

/// Everything that links can point at.
pub struct Index<'s> {
    site: &'s Site,
    pictures: &'s Pictures,
    visible: &'s [&'s Post],
    by_path: HashMap<&'s str, usize>,
    by_file: HashMap<&'s str, usize>,
    /// Made when the first wiki link asks.
    by_name: OnceLock<HashMap<String, Vec<usize>>>,
    hidden: HashMap<&'s str, &'s Post>,
    hidden_files: HashMap<&'s str, &'s Post>,
    bundles: HashMap<&'s str, &'s Permalink>,
    hidden_bundles: HashSet<&'s str>,
    people: HashMap<String, PersonLink>,
    used: Mutex<BTreeMap<String, UsedFile>>,
}

/// A path of this site that no post has; whether a list has it is known only later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pending {
    /// The target as written.
    pub target: String,
    /// The path.
    pub permalink: Permalink,
}

impl<'s> Index<'s> {
    /// Indexes the visible posts of a site.
    pub fn new(site: &'s Site, visible: &'s [&'s Post], pictures: &'s Pictures) -> Self {
        let mut index = Self {
            site,
            pictures,
            visible,
            by_path: HashMap::with_capacity_and_hasher(visible.len(), Default::default()),
            by_file: HashMap::with_capacity_and_hasher(visible.len(), Default::default()),
            by_name: OnceLock::new(),
            hidden: HashMap::default(),
            hidden_files: HashMap::default(),
            bundles: HashMap::default(),
            hidden_bundles: HashSet::default(),
            people: people(site),
            used: Mutex::default(),
        };
        for (at, post) in visible.iter().enumerate() {
            index.add(at, post);
        }
        // The visible posts stand in the order of all.
        let mut shown = visible.iter().peekable();
        for post in &site.posts {
            if shown.next_if(|shown| std::ptr::eq(**shown, post.as_ref())).is_none() {
                index.add_hidden(post);
            }
        }
        index
    }

    fn add(&mut self, at: usize, post: &'s Post) {
        self.by_path.insert(post.permalink.as_str(), at);
        for alias in &post.aliases {
            self.by_path.entry(alias.as_str()).or_insert(at);
        }
        self.by_file.insert(post.file(), at);
        if let Some(folder) = bundle_folder(post.file()) {
            // Translations share the folder; the media stand with the default language's page.
            let first = !self.bundles.contains_key(folder) || post.section == 0;
            if first {
                self.bundles.insert(folder, &post.permalink);
            }
        }
    }

    fn add_hidden(&mut self, post: &'s Post) {
        if !self.by_path.contains_key(post.permalink.as_str()) {
            self.hidden.insert(post.permalink.as_str(), post);
        }
        self.hidden_files.insert(post.file(), post);
        let folder = bundle_folder(post.file());
        self.hidden_bundles.extend(folder.filter(|f| !self.bundles.contains_key(f)));
    }

    /// The visible post at a path or an old path.
    pub fn post_at(&self, permalink: &Permalink) -> Option<&'s Post> {
        let page = Permalink::page(permalink.as_str());
        let at =
            self.by_path.get(page.as_str()).or_else(|| self.by_path.get(permalink.as_str()))?;
        self.visible.get(*at).copied()
    }

    /// The visible posts.
    pub fn visible(&self) -> &'s [&'s Post] {
        self.visible
    }

    /// The file that the configuration names: seen from the site folder, or from its root.
    pub fn own_file(&self, path: &str) -> Option<UsedFile> {
        let rooted = format!("/{}", path.trim_start_matches('/'));
        self.file(crate::config::FILE, path).or_else(|| self.file("", &rooted))
    }

    /// A post that exists and is not shown now.
    pub fn hidden_at(&self, permalink: &Permalink) -> Option<&'s Post> {
        self.hidden.get(Permalink::page(permalink.as_str()).as_str()).copied()
    }

    /// The media that the pages use, by address.
    pub fn into_used(self) -> BTreeMap<String, UsedFile> {
        self.used.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a file belongs to a bundle that is shown: the nearest one above it decides.
    pub fn is_bundled(&self, name: &str) -> bool {
        let mut folder = name;
        while let Some((parent, _)) = folder.rsplit_once('/') {
            if self.bundles.contains_key(parent) || self.hidden_bundles.contains(parent) {
                return self.bundles.contains_key(parent);
            }
            folder = parent;
        }
        false
    }

    /// Marks a file as used and returns where it will stand.
    pub fn use_file(&self, file: &SiteFile, permalink: &Permalink) -> UsedFile {
        let used = || self.used.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = used().get(permalink.as_str()) {
            return known.clone();
        }
        let mut entry = UsedFile::new(file, permalink);
        entry.size = self.pictures.size(&entry);
        used().entry(permalink.as_str().to_owned()).or_insert(entry).clone()
    }

    /// Where a file of the content folder stands: with its bundle, else at its own path.
    pub fn content_permalink(&self, name: &str) -> Permalink {
        let mut folder = name;
        while let Some((parent, _)) = folder.rsplit_once('/') {
            if let Some(permalink) = self.bundles.get(parent) {
                let below = name.strip_prefix(parent).unwrap_or(name).trim_start_matches('/');
                return permalink.join_file(below);
            }
            folder = parent;
        }
        let below = name.strip_prefix(&self.site.content_prefix()).unwrap_or(name);
        Permalink::file(below)
    }

    /// The file behind a path from the site's root: in `static/`, `media/` or the content folder.
    fn file_at(&self, path: &str) -> Option<UsedFile> {
        let path = path.trim_start_matches('/');
        if let Some(file) = self.site.folders.statics.get(&format!("static/{path}")) {
            return Some(self.use_file(file, &Permalink::file(path)));
        }
        if let Some(file) = self.site.folders.media.get(path) {
            return Some(self.use_file(file, &Permalink::file(path)));
        }
        let name = format!("{}{path}", self.site.content_prefix());
        let file = self.site.folders.content.get(&name)?;
        Some(self.use_file(file, &self.content_permalink(&name)))
    }

    /// The file behind a path as written in a file of the content folder, or from the root.
    pub fn file(&self, from: &str, target: &str) -> Option<UsedFile> {
        let target = decode(target);
        if target.starts_with('/') {
            return self.file_at(&target);
        }
        let name = join(from, &target)?;
        if let Some(file) = self.site.folders.content.get(&name) {
            return Some(self.use_file(file, &self.content_permalink(&name)));
        }
        self.site.folders.media.get(&name).map(|file| self.use_file(file, &Permalink::file(&name)))
    }

    /// The smaller copies of a picture that a page shows.
    pub fn copies(&self, file: &UsedFile) -> Option<Copies> {
        self.pictures.copies(file, &self.site.config.base)
    }

    /// The length in bytes of a picture as published. One that cannot be cleaned has none, and stops
    /// the build later, with its reason.
    pub fn picture_length(&self, file: &UsedFile) -> Option<u64> {
        self.pictures.look(file).bytes
    }

    /// A name near the one that was not found, from the same folder.
    pub fn near_file(&self, from: &str, target: &str) -> Option<String> {
        let folder = from.rsplit_once('/').map_or("", |(folder, _)| folder);
        let prefix = format!("{folder}/");
        let names = self
            .site
            .folders
            .content
            .files
            .iter()
            .filter_map(|file| file.name.strip_prefix(&prefix));
        let markdown = self.by_file.keys().filter_map(|file| file.strip_prefix(&prefix));
        nearest(target, names.chain(markdown)).map(|near| format!("did you mean \"{near}\"?"))
    }

    /// The list of a tag in a language.
    pub fn tag_permalink(&self, section: usize, tag: &str) -> Permalink {
        super::plan::tag_list(self.site, section, &tag_slug(tag))
    }

    /// The page that a wiki name means: a title or the last part of an address; pages before posts,
    /// the same language before others.
    pub fn wiki_page(&self, section: usize, name: &str) -> Option<&'s Post> {
        let by_name = self.by_name.get_or_init(|| names(self.visible));
        let candidates = by_name.get(&slug(name))?;
        let posts = candidates.iter().filter_map(|at| self.visible.get(*at).copied());
        posts.min_by_key(|post| (post.section != section, post.is_post(), &post.permalink))
    }
}

/// The names by which wiki links find posts: title and last part of the address.
fn names(posts: &[&Post]) -> HashMap<String, Vec<usize>> {
    let mut names: HashMap<String, Vec<usize>> = HashMap::default();
    for (at, post) in posts.iter().enumerate() {
        let title = post.title.as_deref().map(slug);
        for name in title.into_iter().chain([post.permalink.name().to_owned()]) {
            let list = names.entry(name).or_default();
            if list.last() != Some(&at) {
                list.push(at);
            }
        }
    }
    names
}

/// The folder of a bundle's file: `content/photos/trip` for its `index.md` and translations.
fn bundle_folder(file: &str) -> Option<&str> {
    let (folder, name) = file.rsplit_once('/')?;
    (name == "index.md" || (name.starts_with("index.") && name.ends_with(".md"))).then_some(folder)
}

fn people(site: &Site) -> HashMap<String, PersonLink> {
    let mut people = HashMap::default();
    for person in &site.people {
        if let Some(nickname) = &person.nickname {
            let url = person.url.clone().unwrap_or_default();
            let name = if person.name.is_empty() { nickname.clone() } else { person.name.clone() };
            people.insert(nickname.to_lowercase(), PersonLink { name, url });
        }
    }
    for follow in site.follows.iter().filter(|follow| follow.public) {
        if let Some(nickname) = &follow.nickname {
            let name = follow.title.clone().unwrap_or_else(|| nickname.clone());
            people.insert(nickname.to_lowercase(), PersonLink { name, url: follow.url.clone() });
        }
    }
    people
}

/// `%20` in a target written by hand or by another program.
fn decode(target: &str) -> String {
    let path = target.split(['?', '#']).next().unwrap_or(target);
    if path.contains('%') { crate::model::percent_decode(path) } else { path.to_owned() }
}

/// The path below the site folder of `target`, seen from the file `from`; none if it leaves the
/// site folder.
fn join(from: &str, target: &str) -> Option<String> {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// What a text asked the site.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Question {
    /// Where a link leads.
    Link(String),
    /// Which picture is meant.
    Image(String),
    /// Which smaller copies a picture has.
    Copies(String),
    /// Which page a wiki name means.
    Wiki(String),
    /// Who has a nickname.
    Person(String),
}

/// What was found while a text asked.
#[derive(Debug, Clone, Default)]
pub struct Notes {
    /// Links to judge later.
    pub pending: Vec<Pending>,
    /// Own pages linked.
    pub linked: Vec<Permalink>,
    /// What was asked, and the stamp of the answer.
    pub asked: Vec<(Question, Stamp)>,
}

/// The answer to a link that may be the site's own.
#[derive(Serialize)]
struct Found {
    link: Link,
    /// The page of this site that it leads to.
    page: Option<Permalink>,
    /// What is to be judged later.
    pending: Option<Pending>,
}

impl From<Link> for Found {
    fn from(link: Link) -> Self {
        Self { link, page: None, pending: None }
    }
}

/// The index seen from one post.
pub struct PostLinks<'a, 's> {
    index: &'a Index<'s>,
    file: &'a str,
    permalink: &'a Permalink,
    section: usize,
    notes: Mutex<Notes>,
}

impl<'a, 's> PostLinks<'a, 's> {
    /// The view of a file with an address and a language.
    pub fn new(
        index: &'a Index<'s>,
        file: &'a str,
        permalink: &'a Permalink,
        section: usize,
    ) -> Self {
        Self { index, file, permalink, section, notes: Mutex::default() }
    }

    /// What was found while the text was rendered.
    pub fn into_notes(self) -> Notes {
        self.notes.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the site still gives the answers that it gave. Asking again marks pictures as used.
    pub fn answers_stand(&self, asked: &[(Question, Stamp)]) -> bool {
        // Every question is asked, for the marks.
        let same = asked.iter().filter(|(question, before)| self.answer(question) == *before);
        same.count() == asked.len()
    }

    fn answer(&self, question: &Question) -> Stamp {
        match question {
            Question::Link(target) => Stamp::of_value(&self.find_link(target)),
            Question::Image(target) => Stamp::of_value(&self.find_image(target)),
            Question::Copies(target) => Stamp::of_value(&self.find_copies(target)),
            Question::Wiki(page) => Stamp::of_value(&self.find_wiki(page)),
            Question::Person(nickname) => Stamp::of_value(&self.find_person(nickname)),
        }
    }

    fn notes(&self) -> MutexGuard<'_, Notes> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note<T: Serialize>(&self, question: Question, answer: T) -> T {
        self.notes().asked.push((question, Stamp::of_value(&answer)));
        answer
    }

    fn page(&self, post: &Post, rest: &str) -> Found {
        let link = Link::As(format!("{}{rest}", self.index.site.config.base.href(&post.permalink)));
        Found { link, page: Some(post.permalink.clone()), pending: None }
    }

    fn rooted(&self, target: &str, path: &str, rest: &str) -> Found {
        let base = &self.index.site.config.base;
        let permalink = Permalink::file(&decode(path));
        if let Some(post) = self.index.post_at(&permalink) {
            return self.page(post, rest);
        }
        if let Some(file) = self.index.file_at(permalink.as_str()) {
            return Link::As(format!("{}{rest}", base.href(&file.permalink))).into();
        }
        let link = Link::As(format!("{}{rest}", base.href(&permalink)));
        let pending = Some(Pending { target: target.to_owned(), permalink });
        Found { link, page: None, pending }
    }

    fn relative(&self, target: &str, path: &str, rest: &str) -> Found {
        let decoded = decode(path);
        let name = join(self.file, &decoded);
        if let Some(at) = name.as_ref().and_then(|name| self.index.by_file.get(name.as_str()))
            && let Some(post) = self.index.visible.get(*at)
        {
            return self.page(post, rest);
        }
        if let Some(file) = self.index.file(self.file, &decoded) {
            let href = self.index.site.config.base.href(&file.permalink);
            return Link::As(format!("{href}{rest}")).into();
        }
        let hidden = name.as_ref().and_then(|name| self.index.hidden_files.get(name.as_str()));
        if let Some(post) = hidden {
            return self.rooted(target, post.permalink.as_str(), rest);
        }
        // As a browser would read it: seen from the page's own address.
        let below = if decoded.starts_with("..") || decoded.ends_with('/') {
            join(&format!("{}x", self.permalink), &decoded)
        } else {
            None
        };
        match below {
            Some(path) => self.rooted(target, &format!("/{}", path.trim_start_matches('/')), rest),
            None => Link::Missing { hint: self.index.near_file(self.file, &decoded) }.into(),
        }
    }
}

/// Whether a target has a scheme (`https:`, `mailto:`) or a host (`//x`).
pub fn is_elsewhere(target: &str) -> bool {
    let scheme = target.split(['/', '?', '#']).next().unwrap_or("");
    target.starts_with("//") || scheme.contains(':')
}

impl PostLinks<'_, '_> {
    /// The answer to a link that may be the site's own; none if it says nothing about the site.
    fn find_link(&self, target: &str) -> Option<Found> {
        if target.is_empty() || target.starts_with(['#', '?']) {
            return None;
        }
        if is_elsewhere(target) {
            let permalink = self.index.site.config.base.permalink_of(target)?;
            let post = self.index.post_at(&permalink)?;
            let link = Link::As(target.to_owned());
            return Some(Found { link, page: Some(post.permalink.clone()), pending: None });
        }
        let end = target.find(['?', '#']).unwrap_or(target.len());
        let (path, rest) = target.split_at_checked(end).unwrap_or((target, ""));
        Some(if path.starts_with('/') {
            self.rooted(target, path, rest)
        } else {
            self.relative(target, path, rest)
        })
    }

    fn find_image(&self, target: &str) -> Image {
        match self.index.file(self.file, target) {
            Some(file) => {
                let (width, height) = file.size.unwrap_or((0, 0));
                Image::Local {
                    src: self.index.site.config.base.href(&file.permalink),
                    width,
                    height,
                }
            }
            None => Image::Missing { hint: self.index.near_file(self.file, target) },
        }
    }

    fn find_copies(&self, target: &str) -> Option<Copies> {
        self.index.copies(&self.index.file(self.file, target)?)
    }

    fn find_wiki(&self, page: &str) -> Option<(WikiPage, Permalink)> {
        let post = self.index.wiki_page(self.section, page)?;
        let found = WikiPage {
            href: self.index.site.config.base.href(&post.permalink),
            title: post.title.clone().unwrap_or_else(|| page.to_owned()),
        };
        Some((found, post.permalink.clone()))
    }

    fn find_person(&self, nickname: &str) -> Option<PersonLink> {
        self.index.people.get(&nickname.to_lowercase()).cloned()
    }
}

impl Resolver for PostLinks<'_, '_> {
    fn link(&self, target: &str) -> Link {
        let found = self.find_link(target);
        // An address of another site needs no asking; it could become the site's own only with
        // another configuration.
        let ours = found.is_some() || self.index.site.config.base.permalink_of(target).is_some();
        let found = if ours { self.note(Question::Link(target.to_owned()), found) } else { found };
        let Some(found) = found else { return Link::As(target.to_owned()) };
        let mut notes = self.notes();
        notes.linked.extend(found.page);
        notes.pending.extend(found.pending);
        found.link
    }

    fn image(&self, target: &str) -> Image {
        if is_elsewhere(target) {
            return Image::As(target.to_owned());
        }
        self.note(Question::Image(target.to_owned()), self.find_image(target))
    }

    fn copies(&self, target: &str) -> Option<Copies> {
        if is_elsewhere(target) {
            return None;
        }
        self.note(Question::Copies(target.to_owned()), self.find_copies(target))
    }

    fn wiki(&self, page: &str) -> Option<WikiPage> {
        let found = self.note(Question::Wiki(page.to_owned()), self.find_wiki(page));
        let (page, permalink) = found?;
        self.notes().linked.push(permalink);
        Some(page)
    }

    fn person(&self, nickname: &str) -> Option<PersonLink> {
        self.note(Question::Person(nickname.to_owned()), self.find_person(nickname))
    }

    fn tag(&self, tag: &str) -> String {
        self.index.site.config.base.href(&self.index.tag_permalink(self.section, tag))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_paths_stay_inside_the_site() {
        assert_eq!(join("content/posts/a.md", "b.jpg").as_deref(), Some("content/posts/b.jpg"));
        assert_eq!(
            join("content/posts/a.md", "../notes/b.md").as_deref(),
            Some("content/notes/b.md")
        );
        assert_eq!(join("content/a.md", "../../../etc/passwd"), None);
    }

    #[test]
    fn schemes_and_hosts_are_elsewhere() {
        for target in ["https://a.example/", "mailto:a@b.example", "//cdn.example/x.js", "data:x"] {
            assert!(is_elsewhere(target), "{target}");
        }
        for target in ["a.jpg", "/x/", "../x#a:b", "#a:b"] {
            assert!(!is_elsewhere(target), "{target}");
        }
    }
}
