//! The work that waits in the database: taken with a lease, done, and finished or put off. What
//! somebody did not finish, because they were ended, is taken again.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;
use tracing::{debug, error, warn};

use super::clock;
use super::companion::House;
use super::sites::Site;
use crate::error::Failure;
use crate::mentions::daily::{DAILY, daily};
use crate::mentions::random;
use crate::mentions::receive::VERIFY;
use crate::mentions::settle::{Next, settle};
use crate::store::{Job, Lease, NewJob};

/// How long somebody may work on a job: longer than all of its questions may take.
const LEASE: Duration = Duration::from_secs(5 * 60);

/// Jobs of a site that are done at a time; hosts get fewer requests.
const AT_ONCE: usize = 32;

/// How long to rest at most: another daemon may have left work.
const REST: Duration = Duration::from_secs(30);

/// How long to wait before a job that failed is done again.
const AFTER_FAILURE: Duration = Duration::from_secs(60);

/// How long jobs that have begun may take when the daemon stops.
const FAREWELL: Duration = Duration::from_secs(8);

/// Works for a site until the daemon stops.
pub(super) async fn work(house: Arc<House>, site: Arc<Site>, mut stop: watch::Receiver<bool>) {
    let day = NewJob { site: &site.id, kind: DAILY, key: DAILY, payload: "", due: clock::now() };
    if let Err(error) = house.store.enqueue(day).await {
        error!(site = %site.id, "{error}");
    }
    let mut running = JoinSet::new();
    while !*stop.borrow() {
        while running.try_join_next().is_some() {}
        // Where no page is known, every mention would be of a page that is not there.
        let is_built = site.now().is_built;
        let room = if is_built { AT_ONCE.saturating_sub(running.len()) } else { 0 };
        let taken = take(&house, &site, room).await.unwrap_or_else(|failure| {
            error!(site = %site.id, "cannot take work: {failure}");
            Vec::new()
        });
        let is_idle = taken.is_empty();
        for job in taken {
            let (house, site) = (Arc::clone(&house), Arc::clone(&site));
            running.spawn(async move {
                if let Err(failure) = run(&house, &site, &job).await {
                    error!(site = %site.id, job = %job.key, "{failure}");
                }
            });
        }
        if is_idle {
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

async fn take(house: &House, site: &Site, room: usize) -> Result<Vec<Job>, Failure> {
    if room == 0 {
        return Ok(Vec::new());
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
    let next = match job.kind.as_str() {
        VERIFY => settle(&desk, &job.key, now).await,
        DAILY => daily(&desk, now).await,
        other => {
            warn!(job = other, "nobody here knows how to do this; it is left out");
            Ok(Next::Done)
        }
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
            let due = now.checked_add(AFTER_FAILURE).unwrap_or(now);
            house.store.postpone_job(job, due).await?;
        }
    }
    // A job that makes others, or was asked for again, is not slept over.
    site.work.notify_one();
    Ok(())
}
