//! The work that waits in the database: taken with a lease, done, and finished or put off. What
//! somebody did not finish, because they were ended, is taken again.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tracing::{debug, error, warn};

use super::clock;
use super::companion::House;
use super::digest::{self, MAIL};
use super::sites::Site;
use crate::error::Failure;
use crate::mentions::daily::{DAILY, daily};
use crate::mentions::desk::Desk;
use crate::mentions::moderate::{JUDGE, judge_all};
use crate::mentions::random;
use crate::mentions::receive::VERIFY;
use crate::mentions::settle::{Next, settle};
use crate::publish::{HUB, announce_again, host_of};
use crate::reader::circle::{LISTS, read_lists};
use crate::store::{Job, Lease, NewJob, Store};

/// How long somebody may work on a job: longer than all of its questions may take.
const LEASE: Duration = Duration::from_secs(5 * 60);

/// Jobs of a site that are done at a time; hosts get fewer requests.
const AT_ONCE: usize = 32;

/// The same while more than [`RUSH`] mentions come in a second.
const AT_ONCE_IN_A_RUSH: usize = 2;

/// So many mentions in a second are a rush: whoever sends them is waiting, whoever wrote them is not.
const RUSH: u32 = 300;

/// Jobs for one host that are done at a time. Others of it wait apart: a slow host with many mentions
/// must not keep all others waiting.
const AT_ONCE_A_HOST: usize = 8;

/// How long they wait at least, and how much longer each than the one before.
const APART: (Duration, Duration) = (Duration::from_secs(2), Duration::from_millis(250));

/// How many may wait apart before nothing more of the inbox is sorted in.
const MOST_APART: usize = 5_000;

/// How long to rest at most: another daemon may have left work.
const REST: Duration = Duration::from_secs(30);

/// How long to wait before a job that failed is done again.
const AFTER_FAILURE: Duration = Duration::from_secs(60);

/// How long jobs that have begun may take when the daemon stops.
const FAREWELL: Duration = Duration::from_secs(8);

/// Works for a site until the daemon stops.
pub(super) async fn work(house: Arc<House>, site: Arc<Site>, mut stop: watch::Receiver<bool>) {
    ask_for(&house, &site, DAILY).await;
    if let Err(failure) = digest::begin(&site.desk(&house.store), clock::now()).await {
        error!(site = %site.id, "{failure}");
    }
    // What another process accepted has a status from the start.
    has_inbox(&house, &site).await;
    let mut running = JoinSet::new();
    let hosts = Arc::new(Hosts::default());
    let mut rush = Rush::new();
    while !*stop.borrow() {
        while running.try_join_next().is_some() {}
        if site.other_circle.swap(false, Ordering::Relaxed) {
            ask_for(&house, &site, LISTS).await;
        }
        // Where no page is known, every mention would be of a page that is not there.
        let is_built = site.now().is_built;
        rush.look(house.metrics.accepted.get());
        let at_once = if rush.is_on { AT_ONCE_IN_A_RUSH } else { AT_ONCE };
        let room = if is_built { at_once.saturating_sub(running.len()) } else { 0 };
        let is_full = hosts.waiting_apart(clock::now()) >= MOST_APART;
        let (taken, is_well) = match take(&house, &site, (room, is_full)).await {
            Ok(taken) => (taken, true),
            Err(failure) => {
                error!(site = %site.id, "cannot take work: {failure}");
                (Vec::new(), false)
            }
        };
        let is_idle = taken.is_empty();
        for job in taken {
            let Some(place) = Hosts::enter(&hosts, &host(&job)) else {
                let due = hosts.apart(&host(&job), clock::now());
                if let Err(error) = house.store.return_job(&job, due).await {
                    error!(site = %site.id, job = %job.key, "{error}");
                }
                continue;
            };
            let (house, site) = (Arc::clone(&house), Arc::clone(&site));
            running.spawn(async move {
                let _place = place;
                if let Err(failure) = run(&house, &site, &job).await {
                    error!(site = %site.id, job = %job.key, "{failure}");
                }
            });
        }
        if is_idle {
            // Who has no room, or cannot take anything, need not know how much there is.
            let may_take = room > 0 && is_well;
            if may_take && has_inbox(&house, &site).await && !is_full {
                continue;
            }
            let rest = if is_built && room > 0 { rest(&house, &site).await } else { REST };
            tokio::select! {
                () = site.work.notified() => {}
                () = tokio::time::sleep(rest) => {}
                Some(_) = running.join_next() => {}
                // An end of the sender is a stop, too.
                _ = stop.changed() => {}
            }
        }
    }
    let farewell = async { while running.join_next().await.is_some() {} };
    if tokio::time::timeout(FAREWELL, farewell).await.is_err() {
        // Their leases are taken back by whoever comes next.
        running.abort_all();
        debug!(site = %site.id, "some jobs were broken off; they are done again");
    }
}

/// Asks for work that comes again and again to be done now.
async fn ask_for(house: &House, site: &Site, kind: &str) {
    let work = NewJob { site: &site.id, kind, key: kind, payload: "", due: clock::now() };
    if let Err(error) = house.store.enqueue(work).await {
        error!(site = %site.id, "{error}");
    }
}

/// Whether mentions wait to be sorted in: accepted by this daemon or another one, before this one
/// began or meanwhile.
async fn has_inbox(house: &House, site: &Site) -> bool {
    match house.store.count_inbox(&site.id).await {
        Ok(0) => false,
        Ok(count) => {
            site.inbox.store(count, Ordering::Relaxed);
            true
        }
        Err(error) => {
            error!(site = %site.id, "{error}");
            false
        }
    }
}

/// How many jobs of each host are being done.
#[derive(Default)]
struct Hosts {
    counts: Mutex<HashMap<String, usize>>,
    /// Until when the work of hosts that are busy was put off.
    apart: Mutex<HashMap<String, Timestamp>>,
}

/// A place among the jobs of a host; it is free again when this is dropped.
struct HostPlace {
    hosts: Arc<Hosts>,
    host: String,
}

impl Hosts {
    /// A place, if there is one. Work that is for no host has always one.
    fn enter(hosts: &Arc<Self>, host: &str) -> Option<HostPlace> {
        let mut counts = hosts.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(host.to_owned()).or_insert(0);
        if !host.is_empty() && *count >= AT_ONCE_A_HOST {
            return None;
        }
        *count = count.saturating_add(1);
        Some(HostPlace { hosts: Arc::clone(hosts), host: host.to_owned() })
    }

    /// When work of a host that is busy is taken again: each at a time of its own, so that however
    /// much there is of it, few are taken in vain.
    fn apart(&self, host: &str, now: Timestamp) -> Timestamp {
        let mut apart = self.apart.lock().unwrap_or_else(PoisonError::into_inner);
        apart.retain(|_, until| *until > now);
        let (least, step) = APART;
        let least = now.checked_add(least).unwrap_or(now);
        let after = apart.get(host).and_then(|until| until.checked_add(step).ok());
        let at = after.map_or(least, |after| after.max(least));
        apart.insert(host.to_owned(), at);
        at
    }

    /// About how many wait apart.
    fn waiting_apart(&self, now: Timestamp) -> usize {
        let apart = self.apart.lock().unwrap_or_else(PoisonError::into_inner);
        let step = APART.1.as_millis();
        let of = |until: &Timestamp| {
            let left = Duration::try_from(until.duration_since(now)).unwrap_or_default();
            usize::try_from(left.as_millis() / step).unwrap_or(usize::MAX)
        };
        apart.values().map(of).fold(0, usize::saturating_add)
    }
}

impl Drop for HostPlace {
    fn drop(&mut self) {
        let mut counts = self.hosts.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.host) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                counts.remove(&self.host);
            }
        }
    }
}

/// The host that a job asks; none if it asks nobody, or many.
fn host(job: &Job) -> String {
    if job.kind == HUB { host_of(&job.payload) } else { job.payload.clone() }
}

/// Takes as much work as there is room for, of what came in, too.
async fn take(
    house: &House,
    site: &Site,
    (room, is_full): (usize, bool),
) -> Result<Vec<Job>, Failure> {
    if room == 0 {
        return Ok(Vec::new());
    }
    if !is_full && site.inbox.load(Ordering::Relaxed) > 0 {
        let most = u16::try_from(room).unwrap_or(u16::MAX);
        match house.store.sort_in(&site.id, VERIFY, most).await? {
            0 => site.inbox.store(0, Ordering::Relaxed),
            sorted => {
                let less = |count: usize| Some(count.saturating_sub(sorted));
                let _ = site.inbox.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less);
            }
        }
    }
    let owner = random::name()?;
    let lease = Lease { owner: &owner, time: LEASE };
    let most = u16::try_from(room).unwrap_or(u16::MAX);
    Ok(house.store.take_jobs(&site.id, lease, clock::now(), most).await?)
}

/// How long nothing is due.
async fn rest(house: &House, site: &Site) -> Duration {
    let next = house.store.next_job(&site.id).await.ok().flatten();
    let wait = next.and_then(|next| Duration::try_from(next.duration_since(clock::now())).ok());
    // What is due already is being done by somebody.
    wait.map_or(REST, |wait| wait.clamp(Duration::from_millis(50), REST))
}

/// Does one job.
async fn run(house: &House, site: &Site, job: &Job) -> Result<(), Failure> {
    let desk = site.desk(&house.store);
    let now = clock::now();
    let next = tokio::select! {
        next = perform(&desk, job, now) => next,
        never = keep(&house.store, job) => match never {},
    };
    match next {
        Ok(Next::Done) => {
            house.metrics.jobs.add();
            house.store.finish_job(job).await?;
        }
        Ok(Next::At(due)) => {
            house.metrics.jobs.add();
            house.store.postpone_job(job, due).await?;
        }
        Err(failure) => {
            house.metrics.failed_jobs.add();
            warn!(site = %site.id, job = %job.key, "{failure}; it is done again");
            let wait = AFTER_FAILURE.saturating_mul(1 << job.tries.min(6));
            let due = now.checked_add(wait).unwrap_or(now);
            house.store.postpone_job(job, due).await?;
        }
    }
    // A job that makes others, or was asked for again, is not slept over.
    site.work.notify_one();
    Ok(())
}

/// What a job asks for.
async fn perform(desk: &Desk, job: &Job, now: Timestamp) -> Result<Next, Failure> {
    match job.kind.as_str() {
        VERIFY => settle(desk, &job.key, now).await,
        DAILY => daily(desk, now).await,
        LISTS => read_lists(desk, now).await,
        MAIL => digest::morning(desk, now).await,
        JUDGE => judge_all(desk, now).await.map(|()| Next::Done),
        HUB => announce_again(desk, job, now).await.map(|(next, why)| {
            if let Some(why) = why {
                warn!(site = %desk.site, hub = host(job), "{why}");
            }
            next
        }),
        other => {
            warn!(job = other, "nobody here knows how to do this; it is left out");
            Ok(Next::Done)
        }
    }
}

/// Keeps a job for as long as it takes.
async fn keep(store: &Store, job: &Job) -> Infallible {
    loop {
        tokio::time::sleep(LEASE / 3).await;
        let until = clock::now().checked_add(LEASE).unwrap_or(Timestamp::MAX);
        if let Err(error) = store.extend_job(job, until).await {
            warn!(job = %job.key, "{error}");
        }
    }
}

/// Whether mentions come in such numbers that taking them comes first.
struct Rush {
    since: Instant,
    accepted: u64,
    is_on: bool,
}

impl Rush {
    fn new() -> Self {
        Self { since: Instant::now(), accepted: 0, is_on: false }
    }

    /// Looks how many were accepted by now. A quarter of a second decides.
    fn look(&mut self, accepted: u64) {
        let past = self.since.elapsed();
        if past < Duration::from_millis(250) {
            return;
        }
        let came = Duration::from_secs(accepted.saturating_sub(self.accepted));
        self.is_on = came > past.saturating_mul(RUSH);
        (self.since, self.accepted) = (Instant::now(), accepted);
    }
}
