//! Loading a site: configuration, posts, list texts, data files and the names of media.
//!
//! Everything is read before anything is judged, so that one run finds all problems.

use std::cmp::Reverse;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use super::circle;
use super::data::{self, Cv, Gone};
use super::memo::{Memo, NamedFiles, read_files};
use super::{
    Address, Folders, FrontMatter, Rules, SiteFile, address_of, moderation, read_front_matter,
    split,
};
use crate::config::Config;
use crate::error::{Failure, Problem, Problems, Source};
use crate::graph::Circle;
use crate::model::{
    Body, Cite, Follow, Held, Kind, Mention, Moment, Permalink, Person, Post, parse_moment,
};
use crate::moderation::Moderation;
use crate::stamp::Stamp;

/// The text of a list page: `_index.md`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ListText {
    /// The list's address.
    pub permalink: Permalink,
    /// The language: index into the configuration's list.
    pub section: usize,
    /// What translations have in common.
    pub translation_key: String,
    /// The list's title, if given.
    pub title: Option<String>,
    /// Whether it is not to be shown yet.
    pub draft: bool,
    /// When it appears.
    pub published: Option<Moment>,
    /// When it vanishes.
    pub expires: Option<Timestamp>,
    /// The text.
    pub body: Body,
}

impl ListText {
    /// Whether it stands in no output at `now`: a draft, not yet due, or expired.
    pub fn is_hidden(&self, now: Timestamp, drafts: bool) -> bool {
        let early = self.published.as_ref().is_some_and(|at| at.timestamp() > now);
        let late = self.expires.is_some_and(|at| at <= now);
        (!drafts && (self.draft || early)) || late
    }
}

/// What front matter of other generators brought along.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ForeignCounts {
    /// Keys kept under `extra`.
    pub keys: usize,
    /// The first file with such a key.
    pub first: Option<String>,
}

/// A whole site folder in memory: metadata and text, no media.
#[derive(Debug, Clone)]
pub struct Site {
    /// The site folder.
    pub root: PathBuf,
    /// Its configuration.
    pub config: Config,
    /// Posts and pages, newest first, then by address.
    pub posts: Vec<Box<Post>>,
    /// Texts of list pages.
    pub lists: Vec<ListText>,
    /// The names of its files.
    pub folders: Folders,
    /// Whom the owner follows, in public.
    pub follows: Vec<Follow>,
    /// Who of them follows whom.
    pub circle: Circle,
    /// People with nicknames.
    pub people: Vec<Person>,
    /// The CV.
    pub cv: Option<Cv>,
    /// Addresses of deleted pages.
    pub gone: Vec<Gone>,
    /// Published responses; those that rules hide are among them until [`Site::hide`] takes them
    /// out.
    pub mentions: Vec<Mention>,
    /// Who and what is not to be shown.
    pub moderation: Moderation,
    /// Reply contexts by address.
    pub cites: Vec<Cite>,
    /// Keys of other generators.
    pub foreign: ForeignCounts,
    /// What deserved a word in single Markdown files, by name; most have nothing.
    pub remarks: FxHashMap<String, Remarks>,
    /// The files of `data/mentions/` and what stands in them, blocked people's words included.
    pub mention_files: NamedFiles<Option<Mention>>,
    /// The files of `data/cites/` and what stands in them.
    pub cite_files: NamedFiles<Cite>,
}

/// What reading a Markdown file found beside its content.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Remarks {
    /// Warnings.
    pub warnings: Vec<Problem>,
    /// Keys of another generator that are kept under `extra`.
    pub foreign_keys: usize,
}

impl Remarks {
    fn is_empty(&self) -> bool {
        self.warnings.is_empty() && self.foreign_keys == 0
    }
}

/// What a Markdown file holds.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Content {
    /// A post or page.
    Post(Box<Post>),
    /// The text of a list page.
    List(Box<ListText>),
}

/// A Markdown file as it was read.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Page {
    /// What it holds.
    pub content: Content,
    /// What deserved a word.
    pub remarks: Remarks,
}

impl Content {
    /// The text.
    pub fn body(&self) -> &Body {
        match self {
            Self::Post(post) => &post.body,
            Self::List(list) => &list.body,
        }
    }
}

impl Page {
    /// The file's path below the site folder.
    pub fn file(&self) -> &str {
        &self.content.body().file
    }

    fn body_mut(&mut self) -> &mut Body {
        match &mut self.content {
            Content::Post(post) => &mut post.body,
            Content::List(list) => &mut list.body,
        }
    }
}

/// What is remembered of an earlier load. Valid for a configuration with the same
/// [`Config::reading`].
#[derive(Debug, Default)]
pub struct Memory {
    /// Markdown files.
    pub pages: Memo<Page>,
    /// Files of `data/mentions/`.
    pub mentions: Memo<Option<Mention>>,
    /// Files of `data/cites/`.
    pub cites: Memo<Cite>,
}

impl Site {
    /// Loads a site folder. Problems that do not stop the build are returned beside the site.
    ///
    /// # Errors
    /// A failure to read, or all problems of the folder if any of them is an error.
    pub fn load(root: &Path) -> Result<(Self, Problems), Failure> {
        Self::reload(root, Config::load(root)?, Memory::default(), None)
    }

    /// Loads a site folder and reads only what changed since it was remembered. `folders` are the
    /// names of its files, if they are known.
    ///
    /// # Errors
    /// As for [`Site::load`].
    pub fn reload(
        root: &Path,
        config: Config,
        memory: Memory,
        folders: Option<Folders>,
    ) -> Result<(Self, Problems), Failure> {
        let mut problems = Problems::new();
        content_is_there(root, &config, &mut problems);
        let folders = match folders {
            Some(folders) => folders,
            None => Folders::walk(root, &config.content.folder, &mut problems)?,
        };
        let mentions = &folders.mentions.files;
        let mut site = Self {
            root: root.to_path_buf(),
            follows: data::follows(root, &mut problems)?,
            circle: circle::load(root, &mut problems)?,
            people: data::people(root, &mut problems)?,
            cv: data::cv(root, &mut problems)?,
            gone: data::gone(root, &mut problems)?,
            mention_files: data::mentions(mentions, memory.mentions, &mut problems)?,
            cite_files: data::cites(&folders.cites.files, memory.cites, &mut problems)?,
            folders,
            mentions: Vec::new(),
            moderation: moderation::load(root, &mut problems)?,
            cites: Vec::new(),
            posts: Vec::new(),
            lists: Vec::new(),
            foreign: ForeignCounts::default(),
            remarks: FxHashMap::default(),
            config,
        };
        site.cites = site.cite_files.iter().map(|(_, file)| file.value.clone()).collect();
        let published = site.mention_files.iter().filter_map(|(_, file)| file.value.clone());
        site.mentions = published.collect();
        site.load_markdown(memory.pages, &mut problems)?;
        if problems.has_errors() {
            return Err(Failure::Problems(problems));
        }
        Ok((site, problems))
    }

    /// Takes the responses out that rules hide at a time.
    pub fn hide(&mut self, now: Timestamp) {
        let today = now.to_zoned(self.config.time_zone.clone()).date();
        self.moderation.on(today).remove_hidden(&mut self.mentions);
    }

    /// When a rule ends, which may bring responses back.
    pub fn rule_ends(&self) -> impl Iterator<Item = Timestamp> + '_ {
        let ends = self.moderation.rules().iter().filter_map(|rule| rule.until);
        ends.filter_map(|day| {
            let next = day.tomorrow().ok()?.to_zoned(self.config.time_zone.clone()).ok()?;
            Some(next.timestamp())
        })
    }

    fn load_markdown(&mut self, memo: Memo<Page>, problems: &mut Problems) -> Result<(), Failure> {
        let config = &self.config;
        let loaded = read_files(&self.folders.markdown.files, memo, |file, bytes, stamp| {
            read_page(file, bytes, stamp, config)
        });
        for result in loaded {
            let mut file = match result {
                Ok(file) => file,
                Err(Failure::Problems(found)) => {
                    problems.extend(found);
                    continue;
                }
                Err(failure) => return Err(failure),
            };
            file.value.body_mut().signature = file.signature;
            let Page { content, remarks } = file.value;
            if !remarks.is_empty() {
                self.note(&content, remarks, problems);
            }
            match content {
                Content::Post(post) => self.posts.push(post),
                Content::List(list) => self.lists.push(*list),
            }
        }
        sort_newest_first(&mut self.posts);
        Ok(())
    }

    fn note(&mut self, content: &Content, remarks: Remarks, problems: &mut Problems) {
        let file = &content.body().file;
        if remarks.foreign_keys > 0 {
            self.foreign.keys = self.foreign.keys.saturating_add(remarks.foreign_keys);
            self.foreign.first.get_or_insert_with(|| file.clone());
        }
        problems.extend(remarks.warnings.iter().cloned());
        self.remarks.insert(file.clone(), remarks);
    }

    /// The whole file that a text stands in.
    ///
    /// # Errors
    /// A file that cannot be read, or is another than it was when the site was loaded.
    pub fn source(&self, body: &Body) -> Result<Arc<Source>, Failure> {
        if let Some(source) = body.held.get() {
            return Ok(source);
        }
        let path = self.folders.markdown.get(&body.file).map(|file| file.path.as_path());
        let bytes = super::read_file(path.unwrap_or(&self.root.join(&body.file)))?;
        if Stamp::of(&bytes) != body.stamp {
            return Err(Failure::with_hint(
                format!("{} changed while the site was built", body.file),
                "build again",
            ));
        }
        let source = Source::from_bytes(body.file.as_str(), bytes);
        source.map(Arc::new).map_err(|problem| Failure::from(*problem))
    }

    /// Where the content folder's files begin: `content/`, or nothing.
    pub fn content_prefix(&self) -> String {
        match self.config.content.folder.as_str() {
            "" | "." => String::new(),
            folder => format!("{folder}/"),
        }
    }
}

/// A word about a content folder that is named and is not there.
fn content_is_there(root: &Path, config: &Config, problems: &mut Problems) {
    let folder = config.content.folder.as_str();
    if folder != "content" && !root.join(folder).is_dir() {
        problems.push(
            config
                .places
                .problem("content.folder", format!("there is no folder {folder}"))
                .warning()
                .hint("posts and pages lie there; make the folder, or name another"),
        );
    }
}

/// Newest first; what has no date comes last; ties by address.
#[allow(clippy::vec_box, reason = "posts are large, and moved from build to build")]
fn sort_newest_first(posts: &mut Vec<Box<Post>>) {
    let time = |post: &Post| post.published.as_ref().map(jiff::Zoned::timestamp);
    // Times beside the posts: comparing does not go through the memory of ten thousand posts.
    let mut timed: Vec<_> = posts.drain(..).map(|post| (Reverse(time(&post)), post)).collect();
    timed
        .sort_by(|(a, one), (b, other)| a.cmp(b).then_with(|| one.permalink.cmp(&other.permalink)));
    posts.extend(timed.into_iter().map(|(_, post)| post));
}

fn read_page(
    file: &SiteFile,
    bytes: Vec<u8>,
    stamp: Stamp,
    config: &Config,
) -> Result<Page, Failure> {
    let source =
        Source::from_bytes(file.name.as_str(), bytes).map_err(|problem| Failure::from(*problem))?;
    let parts = split(&source).map_err(|problem| Failure::from(*problem))?;
    let rules = Rules { zone: &config.time_zone, foreign: config.content.foreign };
    let (mut matter, warnings) = read_front_matter(&source, &parts, &rules).map_err(|found| {
        let mut problems = Problems::new();
        problems.extend(found);
        Failure::Problems(problems)
    })?;
    let folder = config.content.folder.as_str();
    let below = file.name.strip_prefix(folder).unwrap_or(&file.name).trim_start_matches('/');
    let address = address_of(below, config);
    if let Some(code) = &address.unknown_language {
        return Err(unknown_language(&file.name, code));
    }
    if matter.properties.published.is_none() {
        matter.properties.published =
            address.date.as_ref().and_then(|date| parse_moment(date, &config.time_zone));
    }
    matter.properties.draft |= rules.foreign && super::foreign::is_draft(below);
    let body = Body {
        file: file.name.clone(),
        signature: file.signature,
        stamp,
        range: parts.body,
        held: Held::default(),
    };
    let mut remarks = Remarks { warnings, foreign_keys: 0 };
    let mut page = if address.is_list {
        let list = list_text(matter, &address, config, body);
        Page { content: Content::List(Box::new(list)), remarks }
    } else {
        remarks.foreign_keys = matter.foreign_keys;
        remarks.warnings.extend(pictures_without_text(&source, &matter));
        let post = post(matter, &address, config, (body, &source))?;
        Page { content: Content::Post(Box::new(post)), remarks }
    };
    page.body_mut().held = Held::new(Arc::new(source));
    Ok(page)
}

/// Pictures of which nobody said what they show.
fn pictures_without_text(source: &Source, matter: &FrontMatter) -> Vec<Problem> {
    let pictures = matter.properties.photos.iter().chain(matter.properties.featured.as_deref());
    let silent = pictures.filter(|item| item.alt.is_none());
    silent
        .map(|item| {
            let src = &item.src;
            let message = format!("the picture {src} has no alternative text");
            source.problem(item.span.clone(), message).warning().hint(format!(
                "say what it shows: {{ src = \"{src}\", alt = \"…\" }}; alt = \"\" if it says nothing"
            ))
        })
        .collect()
}

fn unknown_language(file: &str, code: &str) -> Failure {
    Failure::from(
        Problem::in_file(
            file,
            format!("the name ends in .{code}.md, but the site has no language \"{code}\""),
        )
        .hint(format!("add an empty table [languages.{code}] to lanai.toml, or rename the file")),
    )
}

fn list_text(matter: FrontMatter, address: &Address, config: &Config, body: Body) -> ListText {
    let section = address.section.unwrap_or(0);
    ListText {
        permalink: address.permalink(config, section, Kind::Page, None),
        section,
        translation_key: address.translation_key(),
        title: matter.properties.title,
        draft: matter.properties.draft,
        published: matter.properties.published,
        expires: matter.properties.expires,
        body,
    }
}

/// The language of a post: the name's suffix, else the front matter's key, else the default.
fn language(matter: &FrontMatter, address: &Address, config: &Config) -> (usize, String) {
    if let Some(section) = address.section {
        return (section, config.language(section).code.clone());
    }
    match &matter.lang {
        None => (0, config.default_language().code.clone()),
        Some(code) => {
            let section = config.languages.iter().position(|l| l.code.eq_ignore_ascii_case(code));
            (section.unwrap_or(0), code.clone())
        }
    }
}

fn post(
    matter: FrontMatter,
    address: &Address,
    config: &Config,
    (body, source): (Body, &Source),
) -> Result<Post, Failure> {
    let kind = matter.properties.kind();
    if kind != Kind::Page && matter.properties.published.is_none() {
        let message = format!("{} needs a date", kind.with_article());
        return Err(Failure::from(
            source.problem(0..3, message).hint("add a line such as date = 2024-05-01T09:30:00Z"),
        ));
    }
    let (section, lang) = language(&matter, address, config);
    let mut address = address.clone();
    if let Some(own) = &matter.slug {
        address.slug = crate::text::slug::slug(own);
    }
    if address.slug.is_empty() {
        return Err(Failure::from(
            Problem::in_file(
                body.file.as_str(),
                "this name has no letters or digits to make an address of",
            )
            .hint("rename the file, or write slug = \"…\""),
        ));
    }
    let permalink = match &matter.address {
        // A pattern such as /:year/:title/ is Jekyll's to fill.
        Some(path) if !path.contains(':') => old_address(path),
        _ => address.permalink(config, section, kind, matter.properties.published.as_ref()),
    };
    Ok(Post {
        aliases: matter.aliases.iter().map(|path| old_address(path)).collect(),
        translation_key: address.translation_key(),
        kind,
        lang,
        section,
        properties: matter.properties,
        permalink,
        body,
    })
}

/// An old address: a page, or a file such as `/old.html`.
pub(super) fn old_address(path: &str) -> Permalink {
    let path = url::Url::parse(path).map_or_else(|_| path.to_owned(), |url| url.path().to_owned());
    let last = path.rsplit('/').next().unwrap_or("");
    if last.contains('.') { Permalink::file(&path) } else { Permalink::page(&path) }
}
