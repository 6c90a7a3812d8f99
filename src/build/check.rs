//! What can be judged only when all addresses are known: two outputs at one address, dead links.

use std::borrow::Cow;

use rustc_hash::FxHashMap as HashMap;

use super::links::{Index, is_elsewhere};
use super::plan::{Job, Plan, Planned, own_permalink};
use super::render;
use crate::error::{Failure, Problem, Problems};
use crate::model::Permalink;
use crate::site::Site;

/// The outputs by their files, [`without_case`].
type Seen<'p> = HashMap<Cow<'p, str>, (&'p Permalink, &'p Job)>;

/// A path as file systems see it that ignore case, as other people's machines do.
fn without_case(path: &str) -> Cow<'_, str> {
    let plain = |byte: &u8| byte.is_ascii() && !byte.is_ascii_uppercase();
    if path.as_bytes().iter().all(plain) { path.into() } else { path.to_lowercase().into() }
}

/// Checks every address and every link to one.
///
/// # Errors
/// A file with a dead link that cannot be read any more.
pub(super) fn addresses(
    site: &Site,
    plan: &Plan<'_>,
    index: &Index<'_>,
    problems: &mut Problems,
) -> Result<(), Failure> {
    let mut seen: Seen<'_> = HashMap::with_capacity_and_hasher(plan.jobs.len(), Default::default());
    for (permalink, job, file) in plan.outputs() {
        let key = without_case(file);
        match seen.get(&key) {
            Some((other, other_job)) => {
                problems.extend(collision(site, plan, (permalink, job), (other, other_job)));
            }
            None => {
                seen.insert(key, (permalink, job));
            }
        }
    }
    for file in &site.folders.statics.files {
        let path = file.name.strip_prefix("static/").unwrap_or(&file.name);
        if let Some((permalink, _)) = seen.get(&without_case(path)) {
            problems.push(
                Problem::in_file(
                    file.name.as_str(),
                    format!("this file has the address of the page {permalink}"),
                )
                .hint("remove or rename the file"),
            );
        }
    }
    let posts = plan.posts.iter().map(|planned| (&planned.post.body, &planned.text));
    let lists = site.lists.iter().map(|list| &list.body).zip(&plan.list_texts);
    for (body, text) in posts.chain(lists) {
        let pending = text.facts().pending.iter();
        for pending in pending.filter(|pending| !is_made(&seen, &pending.permalink)) {
            let dead = render::dead_link(&*site.source(body)?, body, &pending.target);
            problems.push(match index.hidden_at(&pending.permalink) {
                Some(_) => dead.warning().hint(
                    "the post is a draft, not yet due, or expired: the link is dead until it appears",
                ),
                None if site.config.content.foreign => {
                    near_page(dead.warning(), pending.permalink.as_str(), index)
                }
                None => near_page(dead, pending.permalink.as_str(), index),
            });
        }
    }
    let known = |permalink: &Permalink| is_made(&seen, permalink);
    contexts(site, plan, index, known, problems);
    menus(site, index, known, problems);
    profile(site, index, problems);
    Ok(())
}

/// Own pages that a post answers, likes and so on, and that are not there (MF-K-21).
fn contexts(
    site: &Site,
    plan: &Plan<'_>,
    index: &Index<'_>,
    known: impl Fn(&Permalink) -> bool,
    problems: &mut Problems,
) {
    for planned in &plan.posts {
        let post = planned.post;
        for (relation, cite) in &post.contexts {
            let own = own_permalink(site, &cite.url).filter(|permalink| !known(permalink));
            let Some(permalink) = own else { continue };
            let is_file = index.file("", permalink.as_str()).is_some();
            if is_file || index.hidden_at(&permalink).is_some() {
                continue;
            }
            let message = format!("`{}`: nothing of this site is at {permalink}", relation.key());
            let problem = Problem::in_file(post.file(), message).warning();
            problems.push(near_page(problem, permalink.as_str(), index));
        }
    }
}

/// Lines of menus that lead nowhere: the site is built, its visitors are lost.
fn menus(
    site: &Site,
    index: &Index<'_>,
    known: impl Fn(&Permalink) -> bool,
    problems: &mut Problems,
) {
    for (at, language) in site.config.languages.iter().enumerate() {
        for (number, item) in language.menu.iter().enumerate() {
            let path = item.url.split(['?', '#']).next().unwrap_or("");
            let permalink = Permalink::file(path);
            if !path.starts_with('/') || known(&permalink) || index.file("", path).is_some() {
                continue;
            }
            let key = match at {
                0 => format!("menu.{number}.url"),
                _ => format!("languages.{}.menu.{number}.url", language.code),
            };
            let message = format!("nothing of this site is at {path}");
            let problem = site.config.places.problem(&key, message).warning();
            problems.push(near_page(problem, path, index));
        }
    }
}

/// Pictures of the owner that are not there.
fn profile(site: &Site, index: &Index<'_>, problems: &mut Problems) {
    let author = &site.config.author;
    for (key, path) in [("author.photo", &author.photo), ("author.cover", &author.cover)] {
        let Some(path) = path else { continue };
        if !is_elsewhere(path) && index.own_file(path).is_some() {
            continue;
        }
        let (message, hint) = if is_elsewhere(path) {
            (format!("{path} is not shown: it lies elsewhere"), "save the picture in media/")
        } else {
            (
                format!("there is no file {path}"),
                "paths are seen from the site folder: media/me.jpg",
            )
        };
        problems.push(site.config.places.problem(key, message).warning().hint(hint));
    }
}

/// Whether some output has the address of a link, with or without a slash at the end.
fn is_made(seen: &Seen<'_>, permalink: &Permalink) -> bool {
    let page = Permalink::page(permalink.as_str());
    let has = |permalink: &Permalink| seen.contains_key(&without_case(&permalink.output_file()));
    has(permalink) || has(&page) || is_generated(permalink.as_str())
}

/// Files that a build makes beside its pages.
fn is_generated(path: &str) -> bool {
    matches!(
        path,
        "/sitemap.xml"
            | "/robots.txt"
            | "/manifest.webmanifest"
            | "/following.opml"
            | "/favicon.ico"
    ) || path.ends_with("/event.ics")
}

fn near_page(problem: Problem, path: &str, index: &Index<'_>) -> Problem {
    let paths = index.visible().iter().map(|post| post.permalink.as_str());
    match crate::error::nearest(path, paths) {
        Some(near) => problem.hint(format!("did you mean {near}?")),
        None => problem.hint("paths begin at the site's root: /notes/hello/"),
    }
}

/// Two outputs at one address. Deleted pages and old addresses give way to what lives.
fn collision(
    site: &Site,
    plan: &Plan<'_>,
    (permalink, job): (&Permalink, &Job),
    (other, other_job): (&Permalink, &Job),
) -> Option<Problem> {
    let owner = |job: &Job| -> Option<&Planned<'_>> {
        match job {
            Job::Post(id) | Job::Redirect(id) => plan.posts.get(*id),
            _ => None,
        }
    };
    let file = |job: &Job| owner(job).map(|planned| planned.post.file().to_owned());
    if let Job::Gone(_) = job {
        return Some(
            Problem::in_file(
                "data/gone.toml",
                format!("{permalink} is listed as deleted, but there is a page"),
            )
            .hint("remove the entry, or the page"),
        );
    }
    let (mine, theirs) = (file(job), file(other_job));
    let (culprit, rest) = match (mine, theirs) {
        (Some(mine), Some(theirs)) => (mine, format!("{theirs} has it too")),
        (Some(mine), None) | (None, Some(mine)) => {
            (mine, "a page that Lanai makes has it".to_owned())
        }
        (None, None) => {
            let _ = site;
            return None;
        }
    };
    let address = if permalink == other {
        permalink.to_string()
    } else {
        format!("{permalink} (or {other}: some file systems ignore case)")
    };
    Some(
        Problem::in_file(culprit, format!("two pages at one address: {address}; {rest}"))
            .hint("rename one of the files, or give one a `slug`"),
    )
}
