//! The companion as a whole: open the database, build and watch each site, listen, work, stop.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tracing::{info, warn};

use super::limits::Limiter;
use super::metrics::Metrics;
use super::proxy::Proxy;
use super::reader::Finds;
use super::reading::{self, Reading};
use super::routes::{LOGINS, PAGES};
use super::sites::Site;
use super::watch::Watch;
use super::websub::Hubs;
use super::{clock, contexts, jobs, publisher, routes, server, websub};
use crate::build::Options;
use crate::build::cache::read_table;
use crate::config::{Config, Daemon, Secret};
use crate::error::Failure;
use crate::net::Client;
use crate::store::{Claim, Store};

/// How many connections are served at a time, and how many of one client.
const CONNECTIONS: (usize, usize) = (1_024, 100);

/// What to keep company.
#[derive(Debug, Clone)]
pub struct Companion {
    /// The site folders.
    pub roots: Vec<PathBuf>,
    /// Where SQLite's file lies; the first site's `.lanai/` if nobody says.
    pub state: Option<PathBuf>,
    /// Where to listen, in place of what the configuration says.
    pub listen: Option<SocketAddr>,
}

/// What all parts of the daemon share.
pub(super) struct House {
    pub(super) sites: Vec<Arc<Site>>,
    pub(super) store: Store,
    pub(super) metrics: Metrics,
    pub(super) daemon: Daemon,
    /// How often somebody may ask for anything.
    pub(super) pages: Limiter,
    /// How often somebody may try to log in, their network, and all together.
    pub(super) logins: Limiter,
    pub(super) network_logins: Limiter,
    pub(super) all_logins: Limiter,
    /// Pictures of others.
    pub(super) proxy: Proxy,
    /// What those share who read.
    pub(super) reading: Reading,
    /// What hubs of WebSub are asked, and how they come.
    pub(super) hubs: Hubs,
    /// Who was found lately by those who want to follow somebody.
    pub(super) finds: Finds,
}

impl House {
    /// Some sites and what they share; `state` is the folder for what can be had again.
    pub(super) fn new(sites: Vec<Arc<Site>>, store: Store, daemon: Daemon, state: &Path) -> Self {
        Self {
            sites,
            store,
            daemon,
            metrics: Metrics::default(),
            pages: Limiter::new(PAGES),
            logins: Limiter::new(LOGINS.0),
            network_logins: Limiter::new(LOGINS.1),
            all_logins: Limiter::new(LOGINS.2),
            proxy: Proxy::new(state),
            reading: Reading::default(),
            hubs: Hubs::default(),
            finds: Finds::default(),
        }
    }

    /// The site that a `Host` header means; the only one is meant by any.
    pub(super) fn site(&self, host: &str) -> Option<&Arc<Site>> {
        match self.sites.as_slice() {
            [only] => Some(only),
            sites => sites.iter().find(|site| site.is_at(host)),
        }
    }

    /// The site that an address belongs to.
    pub(super) fn site_of(&self, address: &str) -> Option<&Arc<Site>> {
        self.sites.iter().find(|site| site.now().config.own_path(address).is_some())
    }
}

/// Runs until the process is told to stop. `ready` hears the address that it listens at.
///
/// # Errors
/// A site folder that is none, sites that disagree, a database or port that cannot be had.
pub fn companion(companion: &Companion, ready: impl FnOnce(SocketAddr)) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| Failure::run(format!("cannot start: {error}")))?;
    let end = runtime.block_on(live(companion, ready));
    // Somebody else may hold what a thread waits for.
    runtime.shutdown_timeout(Duration::from_secs(2));
    end
}

async fn live(companion: &Companion, ready: impl FnOnce(SocketAddr)) -> Result<(), Failure> {
    let configs: Vec<(PathBuf, Config)> = companion
        .roots
        .iter()
        .map(|root| Ok((absolute(root)?, Config::load(root)?)))
        .collect::<Result<_, Failure>>()?;
    let daemon = agreed(&configs)?;
    let state = state(companion, &configs);
    let (store, _claim) = open(&state, &daemon).await?;
    let mut sites = Vec::with_capacity(configs.len());
    for (root, config) in configs {
        sites.push(Arc::new(enter(root, config)?));
    }
    let listen = companion.listen.unwrap_or(daemon.listen);
    let house = Arc::new(House::new(sites, store, daemon, &state));
    if house.daemon.database.is_none() {
        // Whoever had work was another process with the same file, which has ended.
        for site in &house.sites {
            house.store.release_jobs(&site.id).await?;
        }
        house.store.release_hosts().await?;
        house.store.release_cites().await?;
    }
    let listener = server::listen(listen).await?;
    let address = listener.local_addr().map_err(|error| Failure::io("find", "the port", &error))?;
    let (stop, stopped) = watch::channel(false);
    let mut tasks = Vec::new();
    for site in &house.sites {
        tasks.extend(begin(&house, site, &stopped)?);
    }
    tasks.push(tokio::spawn(reading::read(Arc::clone(&house), stopped.clone())));
    tasks.push(tokio::spawn(contexts::fetch(Arc::clone(&house), stopped.clone())));
    tasks.push(tokio::spawn(websub::keep(Arc::clone(&house), stopped.clone())));
    info!(%address, sites = house.sites.len(), "listening");
    ready(address);
    let router = routes::router(Arc::clone(&house));
    let places = server::Places::new(CONNECTIONS, &house.daemon.trusted_proxies);
    let told = async {
        signal().await;
        house.reading.close();
    };
    server::serve(listener, router, places, told).await;
    info!("stopping");
    // Receivers hear of the end of the sender, too.
    let _ = stop.send(true);
    for task in tasks {
        let _ = task.await;
    }
    info!("stopped");
    Ok(())
}

fn absolute(root: &std::path::Path) -> Result<PathBuf, Failure> {
    std::path::absolute(root).map_err(|error| Failure::io("find", root, &error))
}

/// What all sites say of the daemon; that they share one has to be said by each in the same words.
fn agreed(configs: &[(PathBuf, Config)]) -> Result<Daemon, Failure> {
    let daemons: Vec<Daemon> =
        configs.iter().map(|(_, config)| config.daemon.clone().unwrap_or_default()).collect();
    let first = daemons.first().cloned().unwrap_or_default();
    for ((root, _), daemon) in configs.iter().zip(&daemons) {
        let key = match daemon {
            daemon if daemon.listen != first.listen => "listen",
            daemon if daemon.database != first.database => "database",
            daemon if daemon.trusted_proxies != first.trusted_proxies => "trusted-proxies",
            daemon if daemon.sha1_signatures != first.sha1_signatures => "sha1-signatures",
            _ => continue,
        };
        return Err(Failure::with_hint(
            format!("the sites disagree about `{key}`: {}", root.display()),
            "one daemon has one of each; write the same in the lanai.toml of each site",
        ));
    }
    Ok(first)
}

/// The folder for what belongs to no site in particular.
fn state(companion: &Companion, configs: &[(PathBuf, Config)]) -> PathBuf {
    let first = configs.first().map(|(root, _)| root.join(".lanai"));
    companion.state.clone().or(first).unwrap_or_else(|| PathBuf::from(".lanai"))
}

/// The database, and the right to be the only daemon with it: several may share PostgreSQL.
async fn open(folder: &Path, daemon: &Daemon) -> Result<(Store, Option<Claim>), Failure> {
    let claim = match daemon.database {
        Some(_) => None,
        None => Some(Store::claim(folder)?.ok_or_else(|| {
            Failure::with_hint(
                format!("a daemon works with {} already", folder.display()),
                "stop it first; several daemons need PostgreSQL: `[daemon] database`",
            )
        })?),
    };
    Ok((Store::at(daemon.database.as_ref().map(Secret::reveal), folder).await?, claim))
}

/// A site folder, taken into the house.
pub(super) fn enter(root: PathBuf, config: Config) -> Result<Site, Failure> {
    if !config.network.allow.is_empty() {
        let list: Vec<String> = config.network.allow.iter().map(ToString::to_string).collect();
        warn!(site = config.home.home(), "[network] allow opens the inside: {}", list.join(", "));
    }
    let client = Client::for_site(&config)?;
    // Until the first build is done.
    let table = read_table(&Options::for_site(&root, clock::now()).manifest);
    Ok(Site::new(root, config, client, table))
}

/// Begins to build, publish and work for a site.
fn begin(
    house: &Arc<House>,
    site: &Arc<Site>,
    stopped: &watch::Receiver<bool>,
) -> Result<Vec<tokio::task::JoinHandle<()>>, Failure> {
    let folder = Watch::start(&site.root)?;
    let (built, changes) = mpsc::unbounded_channel();
    let (shared, own) = (Arc::clone(house), Arc::clone(site));
    std::thread::spawn(move || publisher::build_always(&shared, &own, folder, &built));
    let publish =
        publisher::publish_always(Arc::clone(house), Arc::clone(site), changes, stopped.clone());
    let work = jobs::work(Arc::clone(house), Arc::clone(site), stopped.clone());
    Ok(vec![tokio::spawn(publish), tokio::spawn(work)])
}

/// Waits until the process is told to stop.
async fn signal() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    let _ = tokio::signal::ctrl_c().await;
}
