//! What is still to be done for a site after its builds: deploy, then tell hubs, then those whom its
//! pages link. What fails stays to be done; when it is done again is decided here.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use tracing::{error, info, warn};

use super::clock;
use super::companion::House;
use super::sites::Site;
use crate::mentions::send::{Event, in_words};
use crate::model::Permalink;
use crate::publish::{Deployed, Feeds, Told, announce, deploy, tell};

/// When a deployment that failed is tried again; the last for ever.
const RETRIES: [u64; 5] = [5, 30, 120, 600, 1_800];

/// When those who could not be told are thought of again.
const LATER: Duration = Duration::from_secs(60);

/// How often a site may put its own quiet off: changes that do not end do not keep it from being
/// deployed.
const MOST_DEBOUNCES: u32 = 10;

/// When a page that is not live is looked at again for the first time, and at most.
const NOT_LIVE: (Duration, Duration) = (Duration::from_secs(60), Duration::from_secs(3_600));

/// What a build changed; nothing named is everything.
#[derive(Debug, Default)]
pub(super) struct Changed {
    /// Pages.
    pub(super) pages: Option<BTreeSet<Permalink>>,
    /// Files that may be feeds.
    pub(super) feeds: Option<BTreeSet<Permalink>>,
}

/// Some pages or files of a site, or all.
#[derive(Debug, Default)]
struct Places {
    all: bool,
    named: BTreeSet<Permalink>,
}

impl Places {
    fn add(&mut self, more: Option<BTreeSet<Permalink>>) {
        match more {
            Some(more) => self.named.extend(more),
            None => self.all = true,
        }
    }

    fn is_empty(&self) -> bool {
        !self.all && self.named.is_empty()
    }

    /// What there is; none is everything.
    fn take(&mut self) -> Option<BTreeSet<Permalink>> {
        let named = std::mem::take(&mut self.named);
        (!std::mem::take(&mut self.all)).then_some(named)
    }
}

/// What is still to be done.
#[derive(Default)]
pub(super) struct Todo {
    /// It has to be deployed.
    deploys: bool,
    /// How often that failed.
    failures: usize,
    /// Since when there is something new.
    since: Option<Instant>,
    /// Pages that may have something to tell.
    pages: Places,
    /// Pages that may, later.
    later: Places,
    /// Pages that have, and are not live.
    not_live: Patience,
    /// Feeds that hubs may not know of.
    feeds: Places,
    /// Feeds as they were deployed, of which hubs could not be told.
    deployed: Option<Feeds>,
}

impl Todo {
    /// Notes what a build changed.
    pub(super) fn add(&mut self, changed: Changed, now: Instant) {
        self.deploys = true;
        self.failures = 0;
        self.since.get_or_insert(now);
        self.not_live.begin_anew(changed.pages.as_ref());
        self.pages.add(changed.pages);
        self.feeds.add(changed.feeds);
    }

    /// How long to rest.
    pub(super) fn wait(&self, debounce: Duration, now: Instant) -> Duration {
        if self.deploys && self.failures > 0 {
            let seconds = RETRIES.get(self.failures.saturating_sub(1)).or(RETRIES.last());
            return Duration::from_secs(seconds.copied().unwrap_or(60));
        }
        match self.since {
            Some(since) => {
                let waited = now.saturating_duration_since(since);
                debounce.min(debounce.saturating_mul(MOST_DEBOUNCES).saturating_sub(waited))
            }
            None => LATER,
        }
    }

    /// One after the other: what is not live is not told.
    pub(super) async fn work(&mut self, house: &House, site: &Site) {
        self.since = None;
        // What is built meanwhile is not deployed with it.
        let feeds = self.look_at_feeds(house, site).await;
        if self.deploys && !self.deploy(site).await {
            if let Some((only, _)) = feeds {
                self.feeds.add(only);
            }
            return;
        }
        self.deploys = false;
        self.announce(house, site, feeds.map(|(_, feeds)| feeds)).await;
        self.tell(house, site).await;
    }

    async fn deploy(&mut self, site: &Site) -> bool {
        let config = site.now().config;
        if config.deploy.command.is_empty() {
            return true;
        }
        let start = Instant::now();
        match deploy(&site.root, &config.deploy.command).await {
            Deployed::Yes => {
                info!(site = %site.id, seconds = start.elapsed().as_secs_f64(), "deployed");
                self.failures = 0;
                true
            }
            Deployed::No(why) => {
                error!(site = %site.id, "cannot deploy: {why}; it is tried again");
                self.failures = self.failures.saturating_add(1);
                false
            }
        }
    }

    /// The feeds that hubs may not know of, as they are now; where they are looked for, too.
    async fn look_at_feeds(
        &mut self,
        house: &House,
        site: &Site,
    ) -> Option<(Option<BTreeSet<Permalink>>, Feeds)> {
        if self.feeds.is_empty() {
            return None;
        }
        let only = self.feeds.take();
        match Feeds::read(&site.desk(&house.store), only.clone()).await {
            Ok(feeds) => Some((only, feeds)),
            Err(failure) => {
                error!(site = %site.id, "cannot read feeds: {failure}; it is tried again");
                self.feeds.add(only);
                None
            }
        }
    }

    async fn announce(&mut self, house: &House, site: &Site, feeds: Option<Feeds>) {
        if let Some(feeds) = feeds {
            self.deployed.get_or_insert_default().update(feeds);
        }
        let Some(feeds) = &self.deployed else { return };
        let desk = site.desk(&house.store);
        let told = announce(&desk, feeds, clock::now(), |hub, why| match why {
            None => info!(site = %site.id, hub, "the hub knows of the news"),
            Some(why) => warn!(site = %site.id, hub, "{why}; it is told again"),
        });
        match told.await {
            Ok(()) => self.deployed = None,
            Err(failure) => {
                error!(site = %site.id, "cannot tell hubs: {failure}; it is tried again");
            }
        }
        // What did not reach a hub has become work.
        site.work.notify_one();
    }

    async fn tell(&mut self, house: &House, site: &Site) {
        self.pages.add(self.later.take());
        self.pages.add(Some(self.not_live.due(Instant::now())));
        if self.pages.is_empty() {
            return;
        }
        let only = self.pages.take();
        let desk = site.desk(&house.store);
        let told = tell(&desk, only.clone(), clock::now(), |event| match event {
            Event::NotLive { source, found } => {
                info!(site = %site.id, source, "not live yet: {found}");
            }
            Event::Told { source, due, delivery } => {
                house.metrics.sent.add();
                info!(site = %site.id, source, target = %due.target, "{}", in_words(delivery));
            }
        })
        .await;
        match told {
            Ok(Told { later, not_live, unasked }) => {
                if unasked > 0 {
                    warn!(
                        site = %site.id,
                        links = unasked,
                        "this site has told nobody of its links so far: `lanai send --past` tells them, `lanai send --no-past` begins with what you write from now on"
                    );
                }
                self.later.add(Some(later));
                self.not_live.hear(only.as_ref(), not_live, Instant::now());
            }
            Err(failure) => {
                error!(site = %site.id, "cannot tell others: {failure}; it is tried again");
                self.later.add(only);
            }
        }
    }
}

/// The pages that are not live as they were built, how often that was found, and when they are looked
/// at again.
#[derive(Debug, Default)]
struct Patience {
    pages: BTreeMap<Permalink, (u32, Instant)>,
}

impl Patience {
    /// A build has changed pages: they are looked at at once, and begin anew.
    fn begin_anew(&mut self, changed: Option<&BTreeSet<Permalink>>) {
        self.pages.retain(|page, _| changed.is_some_and(|changed| !changed.contains(page)));
    }

    /// The pages whose time has come.
    fn due(&self, now: Instant) -> BTreeSet<Permalink> {
        let due = self.pages.iter().filter(|(_, (_, at))| *at <= now);
        due.map(|(page, _)| page.clone()).collect()
    }

    /// Of the pages that were looked at, these are still not live: after one minute, two, four … an
    /// hour they are looked at again.
    fn hear(
        &mut self,
        asked: Option<&BTreeSet<Permalink>>,
        not_live: BTreeSet<Permalink>,
        now: Instant,
    ) {
        let is_asked = |page: &Permalink| asked.is_none_or(|asked| asked.contains(page));
        self.pages.retain(|page, _| !is_asked(page) || not_live.contains(page));
        let (first, most) = NOT_LIVE;
        for page in not_live {
            let (times, at) = self.pages.entry(page).or_insert((0, now));
            *at = now + first.saturating_mul(1 << (*times).min(6)).min(most);
            *times = times.saturating_add(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pages(list: &[&str]) -> BTreeSet<Permalink> {
        list.iter().map(|path| Permalink::page(path)).collect()
    }

    #[test]
    fn changes_that_do_not_end_put_nothing_off_for_ever() {
        let (start, second) = (Instant::now(), Duration::from_secs(1));
        let debounce = 2 * second;
        let mut todo = Todo::default();
        assert_eq!(todo.wait(debounce, start), LATER);
        let mut waits = Vec::new();
        for number in 0..25 {
            let now = start + number * second;
            todo.add(Changed::default(), now);
            waits.push(todo.wait(debounce, now).as_secs());
        }
        let expected = [vec![2; 19], vec![1], vec![0; 5]].concat();
        assert_eq!(waits, expected);
        // A deployment that fails has times of its own.
        todo.failures = 2;
        assert_eq!(todo.wait(debounce, start), 30 * second);
    }

    #[test]
    fn wm_s_03_a_page_that_is_not_live_is_looked_at_less_and_less_until_it_changes() {
        let (start, minute) = (Instant::now(), Duration::from_secs(60));
        let (mut patience, one) = (Patience::default(), pages(&["/one/"]));
        patience.hear(None, one.clone(), start);
        let mut looked = Vec::new();
        for number in 1..250 {
            let now = start + number * minute;
            let due = patience.due(now);
            if !due.is_empty() {
                looked.push(number);
                patience.hear(Some(&due), one.clone(), now);
            }
        }
        assert_eq!(looked, [1, 3, 7, 15, 31, 63, 123, 183, 243]);
        // Others that are looked at change nothing for it.
        patience.hear(Some(&pages(&["/two/"])), pages(&["/two/"]), start);
        assert_eq!(patience.pages.len(), 2);
        // A build touches it: it counts from one again.
        patience.begin_anew(Some(&one));
        patience.hear(Some(&one), one.clone(), start);
        assert_eq!(patience.due(start + minute), pages(&["/one/", "/two/"]));
        // It is live.
        patience.hear(Some(&one), BTreeSet::new(), start);
        assert_eq!(patience.pages.len(), 1);
        patience.begin_anew(None);
        assert!(patience.pages.is_empty());
    }
}
