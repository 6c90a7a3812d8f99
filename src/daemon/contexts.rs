//! Fetching the pages that posts answer or pass on, so that they can be shown beside them: one at a
//! time of each host, a few in all. What is kept of them is decided in [`crate::reader::context`].

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tracing::{debug, error};

use super::clock;
use super::companion::House;
use super::sites::Site;
use crate::error::Failure;
use crate::mentions::random;
use crate::reader::context::{ask_for_new, look, settled};
use crate::store::{Lease, ReaderId, StoredCite};

/// Pages that are asked for at a time.
const AT_ONCE: usize = 8;

/// How long somebody may keep a page: longer than asking for it may take.
const LEASE: Duration = Duration::from_secs(2 * 60);

/// How long to rest at least and at most: another daemon may have left work.
const REST: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(60));

/// How long what has begun may take when the daemon stops.
const FAREWELL: Duration = Duration::from_secs(8);

/// How often pages are dropped that no post names any more.
const TIDY: SignedDuration = SignedDuration::from_hours(6);

/// Fetches until the daemon stops.
pub(super) async fn fetch(house: Arc<House>, mut stop: watch::Receiver<bool>) {
    let mut news = house.reading.news.subscribe();
    let mut running = JoinSet::new();
    let mut tidied: Option<Timestamp> = None;
    while !*stop.borrow() {
        while running.try_join_next().is_some() {}
        if tidied.is_none_or(|at| clock::now().duration_since(at) >= TIDY) {
            tidied = Some(clock::now());
            if let Err(failure) = tidy(&house, clock::now()).await {
                error!("cannot drop pages that nobody names: {failure}");
            }
        }
        let rest = match work(&house, &mut running).await {
            Ok(rest) => rest,
            Err(failure) => {
                error!("cannot fetch what posts are about: {failure}");
                REST.1
            }
        };
        tokio::select! {
            _ = news.changed() => {}
            () = tokio::time::sleep(rest) => {}
            Some(_) = running.join_next() => {}
            // An end of the sender is a stop, too.
            _ = stop.changed() => {}
        }
    }
    let farewell = async { while running.join_next().await.is_some() {} };
    if tokio::time::timeout(FAREWELL, farewell).await.is_err() {
        // Their leases are taken back by whoever comes next.
        running.abort_all();
    }
}

/// Begins what there is room for; returns how long nothing is due.
async fn work(house: &Arc<House>, running: &mut JoinSet<()>) -> Result<Duration, Failure> {
    let more = ask_for_new(&house.store, clock::now()).await?;
    let room = AT_ONCE.saturating_sub(running.len());
    if room > 0 {
        let owner = random::name()?;
        let lease = Lease { owner: &owner, time: LEASE };
        let most = u16::try_from(room).unwrap_or(u16::MAX);
        let taken = house.store.take_cites(lease, clock::now(), most).await?;
        let sites = if taken.is_empty() { HashMap::new() } else { readers(house).await? };
        for cite in taken {
            // The site of another daemon that shares the database may be the one that wants it.
            let site = sites.get(&cite.reader).or_else(|| house.sites.first());
            let Some(site) = site.map(Arc::clone) else { continue };
            let house = Arc::clone(house);
            running.spawn(async move {
                if let Err(failure) = one(&house, &site, &cite).await {
                    error!(site = %site.id, "cannot keep what a post is about: {failure}");
                }
            });
        }
    }
    if more {
        return Ok(Duration::ZERO);
    }
    if running.len() >= AT_ONCE {
        // Whoever is done wakes us.
        return Ok(REST.1);
    }
    let next = house.store.next_cite().await?;
    let wait = next.map(|next| Duration::try_from(next.duration_since(clock::now())));
    // What is due already waits for another page of its host.
    let wait = wait.map_or(REST.1, |wait| wait.unwrap_or(Duration::from_secs(1)));
    Ok(wait.clamp(REST.0, REST.1))
}

async fn readers(house: &House) -> Result<HashMap<ReaderId, Arc<Site>>, Failure> {
    let mut all = HashMap::new();
    for site in &house.sites {
        all.insert(house.store.reader(&site.id).await?.0, Arc::clone(site));
    }
    Ok(all)
}

/// Asks for a page and keeps what it says.
async fn one(house: &House, site: &Site, cite: &StoredCite) -> Result<(), Failure> {
    let known = site.desk(&house.store).knowledge(clock::now()).await?;
    let found = look(&site.client, &cite.url, &known.rules, clock::now()).await;
    debug!(host = cite.host, ?found, "looked at what a post is about");
    let now = clock::now();
    Ok(house.store.settle_cite(cite, settled(cite.failures, &found, now), now).await?)
}

/// Drops pages that no post has named for as long as posts are kept.
async fn tidy(house: &House, now: Timestamp) -> Result<(), Failure> {
    let days = house.sites.iter().map(|site| site.now().config.reader.keep_days).max();
    let kept = SignedDuration::from_hours(24 * i64::from(days.unwrap_or(365)));
    let before = now.checked_sub(kept).unwrap_or(Timestamp::MIN);
    Ok(house.store.forget_cites(before).await?)
}
