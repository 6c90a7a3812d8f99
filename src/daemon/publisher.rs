//! One site on its way from the folder to its visitors: a thread builds after every change, a task
//! deploys what was built and tells others, one after the other.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, watch};
use tracing::{error, info, warn};

use super::clock;
use super::companion::House;
use super::files::Files;
use super::sites::{Now, Site};
use super::todo::{Changed, Todo};
use super::watch::{Change, Watch};
use crate::build::{Extent, Options, Report, Session, Silent};
use crate::config::{self, Config};
use crate::error::{Failure, Severity};
use crate::model::Permalink;
use crate::publish::build_apart;

/// How long nothing may be looked at: lost words of changes are healed by a look at everything.
const LOOK: Duration = Duration::from_secs(10 * 60);

/// How often what the time brings is looked for.
const TICK: Duration = Duration::from_secs(30);

/// How long what has begun may take when the daemon stops.
const FAREWELL: Duration = Duration::from_secs(8);

/// Builds a site after every change, until nobody listens any more.
pub(super) fn build_always(
    house: &House,
    site: &Site,
    mut folder: Watch,
    built: &mpsc::UnboundedSender<Changed>,
) {
    if !site.now().is_built {
        build_apart(&site.root);
    }
    let mut session = Session::default();
    let mut is_first = true;
    let mut due = build(house, site, &mut session, (Extent::Whole, &mut is_first), built);
    let mut looked = Instant::now();
    while !built.is_closed() {
        let left = due.map_or(TICK, |due| due.saturating_duration_since(Instant::now()));
        let mut again = |extent| build(house, site, &mut session, (extent, &mut is_first), built);
        match folder.wait(Some(left.min(TICK))) {
            Change::End => return,
            Change::Files(paths) => due = again(Extent::Changed(&paths)),
            Change::Unknown => due = again(Extent::Whole),
            Change::Unwatched(failure) => {
                warn!(site = %site.id, "{failure}");
                due = again(Extent::Whole);
            }
            Change::None if due.is_some_and(|due| due <= Instant::now()) => {
                due = again(Extent::Changed(&[]));
            }
            Change::None if looked.elapsed() >= LOOK => {
                looked = Instant::now();
                due = again(Extent::Whole);
            }
            Change::None => {}
        }
    }
}

/// Builds once and lets everybody know; returns when the site changes by itself.
fn build(
    house: &House,
    site: &Site,
    session: &mut Session,
    (extent, is_first): (Extent<'_>, &mut bool),
    built: &mpsc::UnboundedSender<Changed>,
) -> Option<Instant> {
    let (now, start) = (clock::now(), Instant::now());
    match make(house, site, session, extent, now) {
        Ok(report) => {
            house.metrics.builds.add();
            site.set_trouble(None);
            let written = report.written.len().saturating_add(report.deleted.len());
            if written > 0 || *is_first {
                info!(site = %site.id, written, seconds = start.elapsed().as_secs_f64(), "built");
            }
            for warning in report.warnings.clone().into_iter().filter(|_| *is_first) {
                warn!(site = %site.id, "{}: {}", warning.location(), warning.message);
            }
            let next = report.next_change;
            let changed = changed(&report, *is_first);
            *is_first = false;
            // Nobody listens when the daemon stops.
            let _ = changed.map(|changed| built.send(changed));
            next.and_then(|at| {
                let wait = Duration::try_from(at.duration_since(now));
                start.checked_add(wait.unwrap_or(TICK))
            })
        }
        Err(failure) => {
            house.metrics.failed_builds.add();
            // Whom a site follows does not depend on whether it can be built.
            if matches!(extent, Extent::Whole) || touches_data(extent) {
                house.reading.look_again();
            }
            match failure {
                Failure::Problems(problems) => {
                    let mut first = None;
                    for problem in problems {
                        let words = format!("{}: {}", problem.location(), problem.message);
                        error!(site = %site.id, "{words}");
                        if problem.severity == Severity::Error {
                            first.get_or_insert(words);
                        }
                    }
                    site.set_trouble(first);
                    error!(site = %site.id, "the site cannot be built; what was built before stays");
                }
                failure => {
                    site.set_trouble(Some(failure.to_string()));
                    error!(site = %site.id, "cannot build: {failure}");
                }
            }
            None
        }
    }
}

/// Builds, with everything that a preview would put off, and takes the outcome over.
fn make(
    house: &House,
    site: &Site,
    session: &mut Session,
    extent: Extent<'_>,
    now: jiff::Timestamp,
) -> Result<Report, Failure> {
    let options = Options::for_site(&site.root, now);
    let mut report = session.build(&site.root, &options, extent, &Silent)?;
    if session.lags() {
        let rest = session.build(&site.root, &options, Extent::Rest, &Silent)?;
        report.written.extend(rest.written);
        report.deleted.extend(rest.deleted);
        report.by_others.extend(rest.by_others);
        report.pages_changed.extend(rest.pages_changed);
        report.feeds_changed.extend(rest.feeds_changed);
    }
    if let Err(failure) = session.save() {
        // The next process has more to do; what changed is published all the same.
        error!(site = %site.id, "cannot remember what was built: {failure}");
    }
    let before = site.now();
    let is_other = matches!(extent, Extent::Whole)
        || matches!(extent, Extent::Changed(paths) if paths.iter().any(|path| path.ends_with(config::FILE)));
    let config = if is_other { Arc::new(Config::load(&site.root)?) } else { before.config };
    // The files may say something else of people and rules now.
    if is_other || touches_data(extent) {
        site.memory.blocking_write().take();
        house.reading.look_again();
        site.other_circle.store(true, Ordering::Relaxed);
    }
    site.set(Now {
        config,
        table: session.table().cloned().map(Arc::new).unwrap_or_default(),
        files: Arc::new(Files::open(&options.output)),
        is_built: true,
    });
    // Work may have waited for it.
    site.work.notify_one();
    Ok(report)
}

/// Whether files changed that say who may appear, or what is read.
fn touches_data(extent: Extent<'_>) -> bool {
    let Extent::Changed(paths) = extent else { return false };
    let names = ["moderation.toml", "following.toml", "reader.toml"];
    paths.iter().any(|path| names.iter().any(|name| path.ends_with(name)))
}

/// What a build changed; none if nothing.
fn changed(report: &Report, is_first: bool) -> Option<Changed> {
    // What another process built was not told by it.
    if is_first || !report.by_others.is_empty() {
        return Some(Changed::default());
    }
    if report.written.is_empty() && report.deleted.is_empty() {
        return None;
    }
    let deleted = report.deleted.iter().filter_map(|file| file.strip_suffix("index.html"));
    let pages = report.pages_changed.iter().map(String::as_str).chain(deleted);
    let feeds = report.feeds_changed.iter().chain(&report.deleted);
    Some(Changed {
        pages: Some(pages.map(Permalink::page).collect()),
        feeds: Some(feeds.map(|feed| Permalink::file(feed)).collect()),
    })
}

/// Deploys and tells after builds, until the daemon stops.
pub(super) async fn publish_always(
    house: Arc<House>,
    site: Arc<Site>,
    mut built: mpsc::UnboundedReceiver<Changed>,
    mut stop: watch::Receiver<bool>,
) {
    let mut todo = Todo::default();
    loop {
        let wait = todo.wait(site.now().config.deploy.debounce, Instant::now());
        tokio::select! {
            changed = built.recv() => match changed {
                Some(changed) => {
                    todo.add(changed, Instant::now());
                    // Until it is quiet.
                    continue;
                }
                None => return,
            },
            () = tokio::time::sleep(wait) => {}
            _ = stop.changed() => return,
        }
        if *stop.borrow() {
            return;
        }
        let farewell = async {
            let _ = stop.wait_for(|stop| *stop).await;
            tokio::time::sleep(FAREWELL).await;
        };
        tokio::select! {
            () = todo.work(&house, &site) => {}
            () = farewell => return,
        }
        if *stop.borrow() {
            return;
        }
    }
}
