//! What a link in a text means: pages, media, wiki names, nicknames and tags of this site.
//!
//! Answers the Markdown renderer's questions and remembers which media are used, because only
//! those are copied. A link to an address that lists make is judged later, when all are known.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::PathBuf;
use std::sync::Mutex;

use super::pictures::Pictures;
use crate::config::Language;
use crate::error::nearest;
use crate::model::{Permalink, Post};
use crate::site::{Site, SiteFile};
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
    /// Width and height, if it is a picture of a known format.
    pub size: Option<(u32, u32)>,
}

/// Everything that links can point at.
pub struct Index<'s> {
    site: &'s Site,
    pictures: &'s Pictures,
    visible: &'s [&'s Post],
    by_path: HashMap<&'s str, usize>,
    by_file: HashMap<&'s str, usize>,
    by_name: HashMap<String, Vec<usize>>,
    hidden: HashMap<&'s str, &'s Post>,
    bundles: HashMap<&'s str, &'s Permalink>,
    hidden_bundles: HashSet<&'s str>,
    people: HashMap<String, PersonLink>,
    used: Mutex<BTreeMap<String, UsedFile>>,
}

/// A path of this site that no post has; whether a list has it is known only later.
#[derive(Debug, Clone, PartialEq, Eq)]
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
            by_path: HashMap::with_capacity(visible.len()),
            by_file: HashMap::with_capacity(visible.len()),
            by_name: HashMap::new(),
            hidden: HashMap::new(),
            bundles: HashMap::new(),
            hidden_bundles: HashSet::new(),
            people: people(site),
            used: Mutex::default(),
        };
        for (at, post) in visible.iter().enumerate() {
            index.add(at, post);
        }
        for post in &site.posts {
            if !index.by_path.contains_key(post.permalink.as_str()) {
                index.hidden.insert(post.permalink.as_str(), post);
            }
            let folder = bundle_folder(post.file());
            index.hidden_bundles.extend(folder.filter(|f| !index.bundles.contains_key(f)));
        }
        index
    }

    fn add(&mut self, at: usize, post: &'s Post) {
        self.by_path.insert(post.permalink.as_str(), at);
        for alias in &post.aliases {
            self.by_path.entry(alias.as_str()).or_insert(at);
        }
        self.by_file.insert(post.file(), at);
        if let Some(title) = &post.title {
            self.by_name.entry(slug(title)).or_default().push(at);
        }
        let name = post.permalink.name().to_owned();
        let list = self.by_name.entry(name).or_default();
        if !list.contains(&at) {
            list.push(at);
        }
        if let Some(folder) = bundle_folder(post.file()) {
            // Translations share the folder; the media stand with the default language's page.
            let first = !self.bundles.contains_key(folder) || post.section == 0;
            if first {
                self.bundles.insert(folder, &post.permalink);
            }
        }
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
        self.used.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner)
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
        let used = || self.used.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(known) = used().get(permalink.as_str()) {
            return known.clone();
        }
        let mut entry = UsedFile {
            name: file.name.clone(),
            path: file.path.clone(),
            permalink: permalink.clone(),
            size: None,
        };
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
        if let Some(file) = self.site.statics.get(&format!("static/{path}")) {
            return Some(self.use_file(file, &Permalink::file(path)));
        }
        if let Some(file) = self.site.media.get(path) {
            return Some(self.use_file(file, &Permalink::file(path)));
        }
        let name = format!("{}{path}", self.site.content_prefix());
        let file = self.site.content.get(&name)?;
        Some(self.use_file(file, &self.content_permalink(&name)))
    }

    /// The file behind a path as written in a file of the content folder, or from the root.
    pub fn file(&self, from: &str, target: &str) -> Option<UsedFile> {
        let target = decode(target);
        if target.starts_with('/') {
            return self.file_at(&target);
        }
        let name = join(from, &target)?;
        if let Some(file) = self.site.content.get(&name) {
            return Some(self.use_file(file, &self.content_permalink(&name)));
        }
        self.site.media.get(&name).map(|file| self.use_file(file, &Permalink::file(&name)))
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
        let names =
            self.site.content.files.iter().filter_map(|file| file.name.strip_prefix(&prefix));
        let markdown = self.by_file.keys().filter_map(|file| file.strip_prefix(&prefix));
        nearest(target, names.chain(markdown)).map(|near| format!("did you mean \"{near}\"?"))
    }

    fn language(&self, section: usize) -> &Language {
        self.site.config.language(section)
    }

    /// The list of a tag in a language.
    pub fn tag_permalink(&self, section: usize, tag: &str) -> Permalink {
        tag_permalink(self.language(section), tag)
    }

    /// The page that a wiki name means: a title or the last part of an address; pages before posts,
    /// the same language before others.
    pub fn wiki_page(&self, section: usize, name: &str) -> Option<&'s Post> {
        let candidates = self.by_name.get(&slug(name))?;
        let posts = candidates.iter().filter_map(|at| self.visible.get(*at).copied());
        posts.min_by_key(|post| (post.section != section, post.is_post(), &post.permalink))
    }
}

/// The list of a tag in a language.
pub fn tag_permalink(language: &Language, tag: &str) -> Permalink {
    Permalink::page(&format!("{}/tags/{}", language.folder, tag_slug(tag)))
}

/// The folder of a bundle's file: `content/photos/trip` for its `index.md` and translations.
fn bundle_folder(file: &str) -> Option<&str> {
    let (folder, name) = file.rsplit_once('/')?;
    (name == "index.md" || (name.starts_with("index.") && name.ends_with(".md"))).then_some(folder)
}

fn people(site: &Site) -> HashMap<String, PersonLink> {
    let mut people = HashMap::new();
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

/// The index seen from one post.
pub struct PostLinks<'a, 's> {
    index: &'a Index<'s>,
    file: &'a str,
    permalink: &'a Permalink,
    section: usize,
    pending: Mutex<Vec<Pending>>,
    linked: Mutex<Vec<Permalink>>,
}

impl<'a, 's> PostLinks<'a, 's> {
    /// The view of a file with an address and a language.
    pub fn new(
        index: &'a Index<'s>,
        file: &'a str,
        permalink: &'a Permalink,
        section: usize,
    ) -> Self {
        Self {
            index,
            file,
            permalink,
            section,
            pending: Mutex::default(),
            linked: Mutex::default(),
        }
    }

    /// Links to judge later, and own pages linked.
    pub fn into_found(self) -> (Vec<Pending>, Vec<Permalink>) {
        let unpoison = std::sync::PoisonError::into_inner;
        (
            self.pending.into_inner().unwrap_or_else(unpoison),
            self.linked.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner),
        )
    }

    fn note_linked(&self, permalink: &Permalink) {
        self.linked
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .push(permalink.clone());
    }

    fn page(&self, post: &Post, rest: &str) -> Link {
        self.note_linked(&post.permalink);
        Link::As(format!("{}{rest}", self.index.site.config.base.href(&post.permalink)))
    }

    fn rooted(&self, target: &str, path: &str, rest: &str) -> Link {
        let base = &self.index.site.config.base;
        let permalink = Permalink::file(&decode(path));
        if let Some(post) = self.index.post_at(&permalink) {
            return self.page(post, rest);
        }
        if let Some(file) = self.index.file_at(permalink.as_str()) {
            return Link::As(format!("{}{rest}", base.href(&file.permalink)));
        }
        let pending = Pending { target: target.to_owned(), permalink: permalink.clone() };
        self.pending.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(pending);
        Link::As(format!("{}{rest}", base.href(&permalink)))
    }

    fn relative(&self, target: &str, path: &str, rest: &str) -> Link {
        let decoded = decode(path);
        let name = join(self.file, &decoded);
        if let Some(at) = name.as_ref().and_then(|name| self.index.by_file.get(name.as_str()))
            && let Some(post) = self.index.visible.get(*at)
        {
            return self.page(post, rest);
        }
        if let Some(file) = self.index.file(self.file, &decoded) {
            return Link::As(format!(
                "{}{rest}",
                self.index.site.config.base.href(&file.permalink)
            ));
        }
        let hidden = name.as_ref().and_then(|name| {
            self.index.site.posts.iter().find(|post| post.file() == name.as_str())
        });
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
            None => Link::Missing { hint: self.index.near_file(self.file, &decoded) },
        }
    }
}

/// Whether a target has a scheme (`https:`, `mailto:`) or a host (`//x`).
pub fn is_elsewhere(target: &str) -> bool {
    let scheme = target.split(['/', '?', '#']).next().unwrap_or("");
    target.starts_with("//") || scheme.contains(':')
}

impl Resolver for PostLinks<'_, '_> {
    fn link(&self, target: &str) -> Link {
        if target.is_empty() || target.starts_with(['#', '?']) {
            return Link::As(target.to_owned());
        }
        if is_elsewhere(target) {
            if let Some(permalink) = self.index.site.config.base.permalink_of(target)
                && let Some(post) = self.index.post_at(&permalink)
            {
                self.note_linked(&post.permalink);
            }
            return Link::As(target.to_owned());
        }
        let end = target.find(['?', '#']).unwrap_or(target.len());
        let (path, rest) = target.split_at_checked(end).unwrap_or((target, ""));
        if path.starts_with('/') {
            self.rooted(target, path, rest)
        } else {
            self.relative(target, path, rest)
        }
    }

    fn image(&self, target: &str) -> Image {
        if is_elsewhere(target) {
            return Image::As(target.to_owned());
        }
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

    fn copies(&self, target: &str) -> Option<Copies> {
        let local = Some(target).filter(|target| !is_elsewhere(target))?;
        self.index.copies(&self.index.file(self.file, local)?)
    }

    fn wiki(&self, page: &str) -> Option<WikiPage> {
        let post = self.index.wiki_page(self.section, page)?;
        self.note_linked(&post.permalink);
        Some(WikiPage {
            href: self.index.site.config.base.href(&post.permalink),
            title: post.title.clone().unwrap_or_else(|| page.to_owned()),
        })
    }

    fn person(&self, nickname: &str) -> Option<PersonLink> {
        self.index.people.get(&nickname.to_lowercase()).cloned()
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
