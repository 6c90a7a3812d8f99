//! What can be judged only when all addresses are known: two outputs at one address, dead links.

use std::collections::HashMap;

use super::links::{Index, Pending, is_elsewhere};
use super::plan::{Job, Plan, Planned};
use super::render;
use crate::config::FILE;
use crate::error::{Problem, Problems};
use crate::model::{Permalink, Post};
use crate::site::Site;

/// Checks every address and every link to one.
pub(super) fn addresses(
    site: &Site,
    plan: &Plan<'_>,
    index: &Index<'_>,
    visible: &[&Post],
    problems: &mut Problems,
) {
    let mut seen: HashMap<String, (&Permalink, &Job)> = HashMap::with_capacity(plan.jobs.len());
    for (permalink, job) in &plan.jobs {
        // File systems of other people's machines ignore case.
        let key = permalink.output_file().to_lowercase();
        match seen.get(&key) {
            Some((other, other_job)) => {
                problems.extend(collision(site, plan, (permalink, job), (other, other_job)));
            }
            None => {
                seen.insert(key, (permalink, job));
            }
        }
    }
    for file in &site.statics.files {
        let path = file.name.strip_prefix("static/").unwrap_or(&file.name);
        if let Some((permalink, _)) = seen.get(&path.to_lowercase()) {
            problems.push(
                Problem::in_file(
                    file.name.as_str(),
                    format!("this file has the address of the page {permalink}"),
                )
                .hint("remove or rename the file"),
            );
        }
    }
    configuration(site, index, &seen, problems);
    let posts = plan.posts.iter().map(|planned| (&planned.post.body, &planned.text));
    let lists = site.lists.iter().map(|list| &list.body).zip(&plan.list_texts);
    for (body, text) in posts.chain(lists) {
        for pending in text.pending.iter().filter(|pending| !is_made(&seen, pending)) {
            let dead = render::dead_link(&body.source, &pending.target);
            problems.push(match index.hidden_at(&pending.permalink) {
                Some(_) => dead.warning().hint(
                    "the post is a draft, not yet due, or expired: the link is dead until it appears",
                ),
                None if site.config.content.foreign => dead.warning(),
                None => near_page(dead, pending.permalink.as_str(), visible),
            });
        }
    }
}

/// Pictures and menu lines of the configuration that lead nowhere.
fn configuration(
    site: &Site,
    index: &Index<'_>,
    seen: &HashMap<String, (&Permalink, &Job)>,
    problems: &mut Problems,
) {
    let author = &site.config.author;
    for (key, path) in [("photo", &author.photo), ("cover", &author.cover)] {
        if let Some(path) =
            path.as_deref().filter(|path| !is_elsewhere(path) && !index.has_own(path))
        {
            problems.push(
                Problem::in_file(
                    FILE,
                    format!("there is no file {path}, named by `{key}` in [author]"),
                )
                .hint("paths are seen from the site folder: media/me.jpg"),
            );
        }
    }
    for item in site.config.languages.iter().flat_map(|language| &language.menu) {
        let path = item.url.split(['?', '#']).next().unwrap_or("");
        let pending = Pending { target: item.url.clone(), permalink: Permalink::file(path) };
        let found = index.post_at(&pending.permalink).is_some() || is_made(seen, &pending);
        if path.starts_with('/') && !found && !index.has_own(path) {
            problems.push(
                Problem::in_file(
                    FILE,
                    format!("the menu leads to {}, but nothing of this site is there", item.url),
                )
                .warning()
                .hint("write the page, or remove the line from [[menu]]"),
            );
        }
    }
}

/// Whether some output has the address of a link, with or without a slash at the end.
fn is_made(seen: &HashMap<String, (&Permalink, &Job)>, pending: &Pending) -> bool {
    let page = Permalink::page(pending.permalink.as_str());
    let has = |permalink: &Permalink| seen.contains_key(&permalink.output_file().to_lowercase());
    has(&pending.permalink) || has(&page) || is_generated(pending.permalink.as_str())
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

fn near_page(problem: Problem, path: &str, visible: &[&Post]) -> Problem {
    let paths = visible.iter().map(|post| post.permalink.as_str());
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
