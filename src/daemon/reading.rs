//! Reading for all sites: whom their files say that they follow is taken over, hosts whose feeds are
//! due are asked, and what hubs have delivered is taken in. What a feed brings is decided in
//! [`crate::reader`].

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;
use tracing::{debug, error, info, warn};

use super::clock;
use super::companion::House;
use super::sites::Site;
use crate::error::Failure;
use crate::mentions::random;
use crate::reader::hiding::Hiding;
use crate::reader::poll::Poller;
use crate::reader::schedule::{Chance, GUARD, LATEST};
use crate::reader::subscribe::take_over;
use crate::reader::websub::handing::{Polling, hand_on};
use crate::site::following::without_credentials;
use crate::store::{FeedId, Lease, ReaderId, StoredDelivery};

/// How long somebody may keep a host for one of its feeds: longer than a question may take.
const LEASE: Duration = Duration::from_secs(3 * 60);

/// How long to rest at least and at most: another daemon may have left work.
const REST: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(30));

/// How long what has begun may take when the daemon stops.
const FAREWELL: Duration = Duration::from_secs(8);

/// How often what is too old is dropped.
const TIDY: SignedDuration = SignedDuration::from_hours(6);

/// How long what nobody follows any more is kept: they may come back.
const UNFOLLOWED: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Items of one feed that are kept, whatever it brings.
const MOST_OF_FEED: u32 = 10_000;

/// No daemon keeps a host for longer, however wrong the clock of one of them.
const LONGEST_LEASE: SignedDuration = SignedDuration::from_hours(1);

/// Pieces that are dropped in one go.
const MOST_TIDIED: usize = 50;

/// Pages of what is there already that are judged by new rules before feeds have their turn again.
const MOST_JUDGED: usize = 5;

/// What those who read share.
pub(super) struct Reading {
    /// There is something to do.
    pub(super) work: Notify,
    /// The files of some site may say something else of whom it follows, or of what is hidden.
    is_stale: AtomicBool,
    /// Counts up whenever something new has come.
    pub(super) news: watch::Sender<u64>,
    /// The daemon stops: lines for news end.
    is_closed: AtomicBool,
    /// By which rules something is hidden.
    pub(super) hiding: Hiding,
}

impl Default for Reading {
    fn default() -> Self {
        Self {
            work: Notify::new(),
            is_stale: AtomicBool::new(true),
            news: watch::Sender::new(0),
            is_closed: AtomicBool::new(false),
            hiding: Hiding::default(),
        }
    }
}

impl Reading {
    /// Files have changed: whom the sites follow, and what is hidden, is looked at again.
    pub(super) fn look_again(&self) {
        self.is_stale.store(true, Ordering::Relaxed);
        self.work.notify_one();
    }

    /// Ends all lines for news.
    pub(super) fn close(&self) {
        self.is_closed.store(true, Ordering::Relaxed);
        self.tell();
    }

    /// Whether there will be no news any more.
    pub(super) fn is_closed(&self) -> bool {
        self.is_closed.load(Ordering::Relaxed)
    }

    fn tell(&self) {
        self.news.send_modify(|count| *count = count.wrapping_add(1));
    }
}

/// Reads until the daemon stops.
pub(super) async fn read(house: Arc<House>, mut stop: watch::Receiver<bool>) {
    let mut running = JoinSet::new();
    let mut readers = HashMap::new();
    let mut tidied: Option<Timestamp> = None;
    while !*stop.borrow() {
        while running.try_join_next().is_some() {}
        if house.reading.is_stale.swap(false, Ordering::Relaxed) {
            readers = take_over_all(&house).await;
            // Hubs of those who are not followed any more are to stop.
            house.hubs.work.notify_one();
        }
        let clients = readers.iter().map(|(id, site): (_, &Arc<Site>)| (*id, site.client.clone()));
        let poller = Poller::new(house.store.clone(), clients.collect());
        let poller = poller.judging_by(house.reading.hiding.clone());
        let is_settled = settle(&house, &readers).await;
        let rest = match work(&house, &poller, &mut running).await {
            Ok(rest) => rest,
            Err(failure) => {
                error!("cannot read feeds: {failure}");
                REST.1
            }
        };
        let rest = if is_settled { rest } else { Duration::ZERO };
        if tidied.is_none_or(|at| clock::now().duration_since(at).abs() >= TIDY) {
            tidied = Some(clock::now());
            if let Err(failure) = tidy(&house, clock::now()).await {
                error!("cannot drop what is old: {failure}");
            }
        }
        tokio::select! {
            () = house.reading.work.notified() => {}
            () = tokio::time::sleep(rest) => {}
            Some(_) = running.join_next() => {}
            // An end of the sender is a stop, too.
            _ = stop.changed() => {}
        }
    }
    let farewell = async { while running.join_next().await.is_some() {} };
    if tokio::time::timeout(FAREWELL, farewell).await.is_err() {
        // Their hosts are taken back by whoever comes next.
        running.abort_all();
    }
}

/// Takes over whom each site follows, and what is hidden. A site whose files cannot be read keeps what it had.
async fn take_over_all(house: &House) -> HashMap<ReaderId, Arc<Site>> {
    let mut readers = HashMap::new();
    for site in &house.sites {
        match take_over(&house.store, &site.id, &site.root, clock::now()).await {
            Ok((reader, problems)) => {
                site.set_followed(&problems);
                for problem in problems {
                    let words = without_credentials(&problem.message);
                    warn!(site = %site.id, "{}: {words}", problem.location());
                }
                take_over_rules(house, site, reader).await;
                readers.insert(reader, Arc::clone(site));
            }
            Err(failure) => {
                if let Failure::Problems(problems) = &failure {
                    site.set_followed(problems);
                }
                error!(site = %site.id, "whom it follows stays as it was: {failure}");
                if let Ok((reader, _, _)) = house.store.reader(&site.id).await {
                    take_over_rules(house, site, reader).await;
                    readers.insert(reader, Arc::clone(site));
                }
            }
        }
    }
    readers
}

/// Takes over what the owner of a site does not want to see. If that cannot be read, it stays as it
/// was.
pub(super) async fn take_over_rules(house: &House, site: &Site, reader: ReaderId) {
    let (config, place) = (site.now().config, (&site.id, site.root.as_path()));
    match house.reading.hiding.take_over(&house.store, reader, place, &config).await {
        Ok(problems) => {
            for problem in problems {
                warn!(site = %site.id, "{}: {}", problem.location(), problem.message);
            }
        }
        Err(failure) => error!(site = %site.id, "what is hidden stays as it was: {failure}"),
    }
}

/// Judges some of what is there already, where the rules are others than before. True if nothing is
/// left to be judged.
async fn settle(house: &House, readers: &HashMap<ReaderId, Arc<Site>>) -> bool {
    let mut is_settled = true;
    let at = (clock::now(), house.daemon.database.is_some());
    for (reader, site) in readers {
        match house.reading.hiding.settle(&house.store, *reader, at, MOST_JUDGED).await {
            Ok(is_done) => is_settled &= is_done,
            Err(failure) => error!(site = %site.id, "cannot judge what is there: {failure}"),
        }
    }
    is_settled
}

/// Begins what there is room for; returns how long nothing is due.
async fn work(
    house: &Arc<House>,
    poller: &Poller,
    running: &mut JoinSet<()>,
) -> Result<Duration, Failure> {
    let hands = Hands { house, poller };
    match hand_on(&house.store, &hands, clock::now).await {
        Ok(0) => {}
        Ok(count) => debug!(count, "took in what hubs said"),
        // Feeds are asked all the same.
        Err(failure) => error!("cannot take in all that hubs said: {failure}"),
    }
    let most = house.sites.iter().map(|site| site.now().config.network.at_once).max();
    let room = most.unwrap_or(1).saturating_sub(running.len());
    if room == 0 {
        // Whoever is done wakes us.
        return Ok(REST.1);
    }
    let owner = random::name()?;
    let lease = Lease { owner: &owner, time: LEASE };
    let most = u16::try_from(room).unwrap_or(u16::MAX);
    for host in house.store.take_hosts(lease, clock::now(), most).await? {
        let (house, poller, owner) = (Arc::clone(house), poller.clone(), owner.clone());
        running.spawn(async move { visit(&house, &poller, &host, &owner).await });
    }
    if running.len() >= usize::from(most) {
        return Ok(REST.1);
    }
    let next = house.store.next_feed().await?;
    let wait = next.and_then(|next| Duration::try_from(next.duration_since(clock::now())).ok());
    // What is due already is being asked by somebody.
    let wait = if next.is_some() { wait.unwrap_or(REST.0) } else { REST.1 };
    Ok(wait.clamp(REST.0, REST.1))
}

async fn visit(house: &House, poller: &Poller, host: &str, owner: &str) {
    let lease = Lease { owner, time: LEASE };
    match poller.visit(host, lease, clock::now, chance).await {
        Ok(0) => {}
        Ok(new) => {
            info!(host, new, "read");
            house.reading.tell();
        }
        // Its lease ends by itself, so that it is not asked again at once.
        Err(failure) => error!(host, "cannot keep what its feeds say: {failure}"),
    }
    house.hubs.work.notify_one();
}

/// A number by chance; without a source of it, all are alike.
fn chance() -> Chance {
    let mut bytes = [0; 4];
    let filled = getrandom::fill(&mut bytes);
    Chance(filled.map_or(0, |()| u32::from_le_bytes(bytes)))
}

/// Drops what is too old to be shown, and what is left of feeds that nobody follows.
async fn tidy(house: &House, now: Timestamp) -> Result<(), Failure> {
    let days = house.sites.iter().map(|site| site.now().config.reader.keep_days).max();
    let kept = SignedDuration::from_hours(24 * i64::from(days.unwrap_or(365)));
    let before = |time: SignedDuration| now.checked_sub(time).unwrap_or(Timestamp::MIN);
    let after = |time: SignedDuration| now.checked_add(time).unwrap_or(Timestamp::MAX);
    house.store.correct_times(now, after(LATEST), after(LONGEST_LEASE)).await?;
    for _ in 0..MOST_TIDIED {
        if house.store.purge_items(before(kept)).await? == 0 {
            break;
        }
    }
    for feed in house.store.unfollowed_hubs().await? {
        house.store.leave_hubs(feed, now).await?;
        house.hubs.work.notify_one();
    }
    house.store.purge_overfull(MOST_OF_FEED).await?;
    for feed in house.store.unfollowed_feeds(before(UNFOLLOWED)).await? {
        house.store.forget_feed(feed).await?;
    }
    Ok(())
}

/// Who takes in what hubs say.
struct Hands<'h> {
    house: &'h House,
    poller: &'h Poller,
}

impl Polling for Hands<'_> {
    async fn intake(&self, delivery: &StoredDelivery) -> Result<(), Failure> {
        let id = FeedId::from_number(delivery.feed);
        let Some(feed) = self.house.store.feed(id).await? else { return Ok(()) };
        let content_type = delivery.content_type.as_deref();
        let body = delivery.body.clone();
        match self.poller.take_delivery(feed, content_type, body, clock::now()).await? {
            Ok(polled) if polled.new > 0 => self.house.reading.tell(),
            Ok(_) => {}
            // The feed itself may say it better.
            Err(refusal) => {
                debug!(feed = delivery.feed, "a hub delivered no feed: {refusal}");
                self.ask_at_once(delivery.feed, clock::now()).await?;
            }
        }
        Ok(())
    }

    async fn ask_at_once(&self, feed: i64, now: Timestamp) -> Result<(), Failure> {
        let id = FeedId::from_number(feed);
        let checked = self.house.store.feed(id).await?.and_then(|feed| feed.checked);
        // Hubs may say so often.
        let rested = checked.and_then(|checked| checked.checked_add(GUARD).ok());
        let at = rested.map_or(now, |rested| rested.max(now));
        self.house.store.ask_feed(id, at, Duration::ZERO).await?;
        Ok(())
    }
}
