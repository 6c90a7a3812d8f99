//! Where pages of others take mentions, remembered for as long as their servers say that their answer
//! stays good (WM-D-10). Nothing of it is needed: without a database each page is asked again.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use url::Url;

use crate::store::Store;

/// The longest that an endpoint is remembered, whatever the server says.
const LONGEST: Duration = Duration::from_secs(24 * 3_600);

/// The endpoints that a site knows.
#[derive(Clone, Default)]
pub struct Discovered {
    place: Option<(Store, Arc<str>)>,
}

impl Discovered {
    /// What a database remembers for a site.
    pub fn new(store: Store, site: Arc<str>) -> Self {
        Self { place: Some((store, site)) }
    }

    /// The database, and what the site is called there.
    pub(super) fn place(&self) -> Option<(&Store, &str)> {
        self.place.as_ref().map(|(store, site)| (store, &**site))
    }

    /// Where a page takes mentions, if that is known and still good.
    pub(super) async fn find(&self, target: &str, now: Timestamp) -> Option<Url> {
        let (store, site) = self.place.as_ref()?;
        let found = store.endpoint(site, &key(target), now).await.ok()?;
        Url::parse(&found?).ok()
    }

    /// Remembers where a page takes mentions, for as long as its answer is fresh.
    pub(super) async fn keep(
        &self,
        target: &str,
        endpoint: &Url,
        fresh: Option<Duration>,
        now: Timestamp,
    ) {
        let Some((store, site)) = &self.place else { return };
        let until = fresh.and_then(|fresh| now.checked_add(fresh.min(LONGEST)).ok());
        let page = key(target);
        // A database that cannot write costs a question more.
        let _ = match until {
            Some(until) => {
                store.keep_endpoint((site, &page), endpoint.as_str(), (now, until)).await
            }
            None => store.forget_endpoint(site, &page).await,
        };
    }

    /// Forgets where a page takes mentions: it did not go well there.
    pub(super) async fn forget(&self, target: &str) {
        let Some((store, site)) = &self.place else { return };
        let _ = store.forget_endpoint(site, &key(target)).await;
    }
}

/// What a page is called in the database. Its parts are one page.
fn key(target: &str) -> String {
    let page = target.split('#').next().unwrap_or(target);
    let hash = blake3::hash(page.as_bytes()).to_hex();
    hash.as_str().get(..32).unwrap_or_default().to_owned()
}
