//! Site to output: load, plan, render, write. The build reads files and writes files; it never
//! touches the network and never asks what time it is.
//!
//! One edit costs one edit: files that did not change are not read, and outputs whose inputs did
//! not change are not made. `cache` keeps what that takes from one build to the next, `inputs` says
//! what each output is made from.

pub mod cache;
mod check;
pub mod connect;
pub mod context;
pub mod extras;
pub mod feeds;
pub mod figures;
pub mod foreign;
mod inputs;
pub mod links;
pub mod output;
pub mod pages;
pub mod pictures;
pub mod plan;
pub mod render;
pub mod report;
pub mod search;
pub mod table;
pub mod theme;
pub mod value;

use std::path::{Path, PathBuf};

use jiff::{Timestamp, Zoned};
use rayon::prelude::*;

use self::cache::{Cache, Texts};
use self::inputs::Inputs;
use self::links::Index;
use self::output::{BuildLock, Output, Prune, Trust};
use self::pictures::Pictures;
use self::plan::{Plan, Planned};
use self::render::{Known, Renderer, Text};
use self::table::PageTable;
use self::theme::Theme;
use crate::config::Config;
use crate::error::{Failure, Problem, Problems};
use crate::model::{Base, Post};
use crate::site::Site;
use crate::stamp::Stamp;
use crate::text::markdown::Markdown;

pub use connect::Build;
pub use report::{Progress, Report, Silent, Step, Steps};

/// Bytes of rendered texts that a build usually holds: those of some ten thousand posts.
const ROOM: usize = 80 * 1024 * 1024;

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
    /// How many bytes of rendered texts are held at once; the others are rendered again where they
    /// are needed.
    pub room: usize,
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
            room: ROOM,
        }
    }
}

/// Builds a site. The same folder and the same `now` give the same bytes on every machine, whatever
/// earlier builds have left.
///
/// # Errors
/// All problems of the site, or what kept the build from running.
pub fn build(root: &Path, options: &Options, progress: &dyn Progress) -> Result<Report, Failure> {
    let mut session = Session::default();
    let report = session.build(root, options, Extent::Whole, progress)?;
    session.save()?;
    Ok(report)
}

/// What a build of a [`Session`] has to look at.
#[derive(Debug, Clone, Copy)]
pub enum Extent<'c> {
    /// Everything: all files, and all of the output.
    Whole,
    /// Files that changed since the last build, by their paths below the site folder; nobody else
    /// writes into the output folder. The search index may stay behind: see [`Session::lags`].
    Changed(&'c [PathBuf]),
    /// What the last build put off.
    Rest,
}

/// Builds of one site by one process, with the same output folder: what a build has learned stays in
/// memory for the next.
#[derive(Default)]
pub struct Session {
    cache: Option<Cache>,
    lags: bool,
}

impl Session {
    /// Builds once; see [`build`].
    ///
    /// # Errors
    /// As for [`build`].
    pub fn build(
        &mut self,
        root: &Path,
        options: &Options,
        extent: Extent<'_>,
        progress: &dyn Progress,
    ) -> Result<Report, Failure> {
        // A folder that is no site is left as it is: not even a lock is put there.
        if !root.join(crate::config::FILE).exists() {
            Config::load(root)?;
        }
        let lock = BuildLock::take(&options.manifest)?;
        let mut steps = Steps::new(progress);
        // A build that fails takes the memory with it; what the last good one saved is read again.
        let mut cache = steps.time("cache", || {
            let kept = self.cache.take().filter(|cache| cache.is_of(&options.manifest));
            kept.unwrap_or_else(|| Cache::open(&options.manifest))
        });
        cache.begin(lock.moment());
        let known = match extent {
            Extent::Whole => false,
            Extent::Changed(paths) => cache.folders.as_mut().is_some_and(|f| f.update(root, paths)),
            Extent::Rest => cache.folders.is_some(),
        };
        if !known {
            cache.folders = None;
        }
        self.lags = false;
        let run = Run { root, options, trust: if known { Trust::Yes } else { Trust::No } };
        let lags = known && !matches!(extent, Extent::Rest);
        let report = run.build(progress, steps, &mut cache, lags)?;
        self.cache = Some(cache);
        self.lags = lags;
        Ok(report)
    }

    /// Whether the search index is behind the pages: a build of the [`Extent::Rest`] brings it up.
    pub fn lags(&self) -> bool {
        self.lags
    }

    /// The pages that the last build gave the site; as the search index, the table may lag.
    pub fn table(&self) -> Option<&PageTable> {
        self.cache.as_ref().map(|cache| &cache.table)
    }

    /// Writes down for the next process what the last build left, if it went well.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn save(&mut self) -> Result<(), Failure> {
        self.cache.as_mut().map_or(Ok(()), Cache::save)
    }
}

/// One build.
struct Run<'r> {
    root: &'r Path,
    options: &'r Options,
    trust: Trust,
}

impl Run<'_> {
    fn build(
        &self,
        progress: &dyn Progress,
        mut steps: Steps<'_>,
        cache: &mut Cache,
        lags: bool,
    ) -> Result<Report, Failure> {
        let Self { root, options, trust } = *self;
        let (mut site, mut problems, texts) = steps.time("read", || read(root, options, cache))?;
        let mut theme =
            steps.time("theme", || Theme::load(root, &site.config, cache.theme.take()))?;
        let next = next_change(&site, options.now);
        site.lists.retain(|list| !list.is_hidden(options.now, options.drafts));
        let posts = site.posts.iter().map(Box::as_ref);
        let visible: Vec<&Post> =
            posts.filter(|post| !post.is_hidden(options.now, options.drafts)).collect();
        let pictures = Pictures::open(root, theme.pictures(), std::mem::take(&mut cache.pictures));
        let index = Index::new(&site, &visible, &pictures);
        let markdown = Markdown::knowing(std::mem::take(&mut cache.blocks));
        let renderer = Renderer::new(&site, &index, markdown, options.room);
        let plan = steps.time("texts", || {
            let (posts, lists) =
                read_texts(&site, (&index, &renderer), &visible, texts, &mut problems)?;
            Ok::<_, Failure>(Plan::new(&site, &index, posts, lists))
        })?;
        steps.time("check", || check::addresses(&site, &plan, &index, &mut problems))?;
        if problems.has_errors() {
            return Err(Failure::Problems(problems));
        }
        let output = Output::open(
            &options.output,
            &options.manifest,
            std::mem::take(&mut cache.made),
            trust,
        )?;
        let assets = theme.write_assets(&site.config.base, &output)?;
        let icons = steps.time("icons", || extras::icons(&site, &index, &pictures, &output))?;
        pages::set_globals(&site.config.base, &assets, &icons, &mut theme);
        let mut build = steps.time("connect", || {
            Build::new(
                (&site, &plan),
                (&index, &renderer),
                &theme,
                (assets, icons),
                (cache.identity(), output.is_first()),
            )
        });
        let inputs = steps.time("inputs", || Inputs::new(&build));
        steps.time("pages", || pages::write(&build, &inputs, &output, progress))?;
        steps.time("feeds", || feeds::write(&build, &inputs, &output, &mut problems))?;
        steps.time("extras", || extras::write(&build, &inputs, &output))?;
        build.forget_cards();
        let index_before = cache.search.take();
        let search = steps.time("search", || search::write(&build, &output, index_before, lags))?;
        build.check()?;
        drop(build);
        let blocks = renderer.into_blocks();
        steps.time("media", || extras::media(&site, index, &pictures, &output, progress))?;
        let outcome = steps.time("tidy", || output.finish(options.prune))?;
        pictures.tidy(&site, &extras::ICONS)?;
        problems.extend(pictures.warnings());
        report::warn_of_vanished(&outcome, &site, &plan, &mut problems);
        if !lags {
            cache.table = PageTable::new(&site, &plan);
        }
        let mut outcome = outcome;
        cache.made = std::mem::take(&mut outcome.made);
        let report = Report::new(&plan, outcome, problems, steps, next);
        let report = Report { decoded: pictures.decoded(), ..report };
        let known = plan.into_known(&site);
        let base = site.config.base.home().to_owned();
        drop(visible);
        cache.theme = Some(theme);
        cache.blocks = blocks;
        cache.search = Some(search);
        cache.keep(site, known, base, (pictures.recipe(), pictures.into_known()));
        Ok(report)
    }
}

/// The site, with what is known of its texts.
fn read(
    root: &Path,
    options: &Options,
    cache: &mut Cache,
) -> Result<(Site, Problems, Texts), Failure> {
    let mut config = Config::load(root)?;
    config.base = options.base.clone().unwrap_or(config.base);
    config.theme = options.theme.clone().unwrap_or(config.theme);
    let (memory, texts) = cache.take_memory(config.reading(), config.base.home());
    let folders = cache.folders.take().filter(|folders| folders.are_of(&config.content.folder));
    let (mut site, problems) = Site::reload(root, config, memory, folders)?;
    site.hide(options.now);
    Ok((site, problems, texts))
}

/// When a scheduled or expiring text, or the end of a rule, next changes the site.
fn next_change(site: &Site, now: Timestamp) -> Option<Timestamp> {
    let posts = site.posts.iter().map(|post| (post.draft, &post.published, post.expires));
    let lists = site.lists.iter().map(|list| (list.draft, &list.published, list.expires));
    let due = posts
        .chain(lists)
        .filter(|(draft, ..)| !draft)
        .flat_map(|(_, published, expires)| [published.as_ref().map(Zoned::timestamp), expires]);
    due.flatten().chain(site.rule_ends()).filter(|at| *at > now).min()
}

/// The visible posts with their texts, in their order, and the texts of list pages, in the order of
/// [`Site::lists`].
fn read_texts<'s>(
    site: &'s Site,
    (index, renderer): (&Index<'s>, &Renderer<'_, 's>),
    visible: &[&'s Post],
    mut known: Texts,
    problems: &mut Problems,
) -> Result<(Vec<Planned<'s>>, Vec<Text>), Failure> {
    let mut take = |file: &str, stamp: Stamp| -> Option<Box<Known>> {
        known.remove(file).filter(|(of, _)| *of == stamp).map(|(_, known)| known)
    };
    let with_known: Vec<(&Post, Option<Box<Known>>)> =
        visible.iter().map(|post| (*post, take(post.file(), post.body.stamp))).collect();
    let posts = with_known
        .into_par_iter()
        .map(|(post, known)| {
            let text = renderer.post(post, known)?;
            let (media, missing) = figures::of_post(index, site, post)?;
            Ok((Planned { post, text, media }, missing))
        })
        .collect::<Result<Vec<_>, Failure>>()?;
    let lists = site.lists.iter();
    let lists = lists
        .map(|list| renderer.list(list, take(&list.body.file, list.body.stamp)))
        .collect::<Result<Vec<_>, Failure>>()?;
    let mut planned = Vec::with_capacity(posts.len());
    for (post, missing) in posts {
        problems.extend(post.text.known.problems.iter().cloned());
        problems.extend(missing);
        planned.push(post);
    }
    for text in &lists {
        problems.extend(text.known.problems.iter().cloned());
    }
    foreign_words(site, &planned, problems)?;
    Ok((planned, lists))
}

/// A word about what other generators left in texts and front matter.
fn foreign_words(
    site: &Site,
    posts: &[Planned<'_>],
    problems: &mut Problems,
) -> Result<(), Failure> {
    let tagged = posts.iter().filter_map(|planned| {
        let (count, span) = planned.text.facts().foreign.as_ref()?;
        Some((planned.post, *count, span))
    });
    let total: usize = tagged.clone().map(|(_, count, _)| count).sum();
    if let Some((post, _, span)) = tagged.clone().next() {
        problems.push(foreign::warning(&*site.source(&post.body)?, span.clone(), total));
    }
    if let Some(first) = &site.foreign.first {
        let message = format!(
            "{} keys of another generator are kept under `extra`; this file has the first",
            site.foreign.keys
        );
        problems.push(Problem::in_file(first.as_str(), message).warning());
    }
    Ok(())
}
