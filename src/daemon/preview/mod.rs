//! The preview as a whole: listen, build, serve, watch, build again.

mod routes;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::watch;

use crate::build::{Extent, Options, Report, Session, Silent};
use crate::config::{Config, Daemon, Secret};
use crate::daemon::companion::{House, enter};
use crate::daemon::files::Files;
use crate::daemon::sites::Now;
use crate::daemon::watch::{Change, Watch};
use crate::daemon::{clock, jobs, server};
use crate::error::{Failure, Problems};
use crate::model::Base;
use crate::store::Store;

/// How many connections the preview serves at a time.
const CONNECTIONS: usize = 256;

/// How long the folder is quiet before the search index follows the pages.
const REST: Duration = Duration::from_millis(800);

/// How to preview.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The site folder.
    pub root: PathBuf,
    /// The port; 0 lets the system choose one.
    pub port: u16,
    /// Whether drafts and future posts are shown.
    pub drafts: bool,
}

/// What the preview has to tell.
#[derive(Debug)]
pub enum Event {
    /// It listens at this address.
    Listening(String),
    /// A build went well.
    Built(Box<Report>, Duration),
    /// A build found problems; the last good one is still served.
    Problems(Problems),
    /// A build could not run.
    Failed(String),
}

/// The outcome of the last build, as browsers hear of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Outcome {
    pub(super) good: bool,
    number: u64,
}

/// What requests share with the builder.
pub(super) struct Shared {
    files: Mutex<Files>,
    problems: Mutex<String>,
    policy: Mutex<String>,
    outcome: watch::Sender<Outcome>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    pub(super) fn files(&self) -> Files {
        lock(&self.files).clone()
    }

    pub(super) fn problems(&self) -> String {
        lock(&self.problems).clone()
    }

    pub(super) fn policy(&self) -> String {
        lock(&self.policy).clone()
    }

    pub(super) fn subscribe(&self) -> watch::Receiver<Outcome> {
        self.outcome.subscribe()
    }

    fn tell(&self, good: bool, problems: String) {
        *lock(&self.problems) = problems;
        self.outcome.send_modify(|outcome| {
            *outcome = Outcome { good, number: outcome.number.wrapping_add(1) };
        });
    }
}

/// Serves a site until the process is told to stop. `tell` hears what happens.
///
/// # Errors
/// A port in use, a folder that cannot be watched.
pub fn run(settings: &Settings, tell: impl Fn(Event) + Send + 'static) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| Failure::run(format!("cannot start the server: {error}")))?;
    runtime.block_on(async {
        let listener =
            server::listen(SocketAddr::from((Ipv4Addr::LOCALHOST, settings.port))).await?;
        let address =
            listener.local_addr().map_err(|error| Failure::io("find", "the port", &error))?;
        let output = settings.root.join(".lanai/serve/site");
        let shared = Arc::new(Shared {
            // What an earlier preview built may hold drafts that this one is not to show.
            files: Mutex::new(Files::open(&output.with_file_name("nothing-yet"))),
            problems: Mutex::default(),
            policy: Mutex::default(),
            outcome: watch::channel(Outcome::default()).0,
        });
        // The pages are shown whatever becomes of it.
        let house = companion(&settings.root, address).await.unwrap_or_else(|failure| {
            tell(Event::Failed(failure.to_string()));
            None
        });
        let (stop, stopped) = watch::channel(false);
        for (house, site) in
            house.iter().flat_map(|house| house.sites.iter().map(move |s| (house, s)))
        {
            tokio::spawn(jobs::work(Arc::clone(house), Arc::clone(site), stopped.clone()));
        }
        let builder = Builder {
            settings: settings.clone(),
            output,
            address,
            shared: Arc::clone(&shared),
            house: house.clone(),
        };
        let watch = Watch::start(&settings.root)?;
        tell(Event::Listening(format!("http://{address}/")));
        std::thread::spawn(move || builder.work(watch, &tell));
        let router = routes::router(shared, house);
        let end = async { drop(tokio::signal::ctrl_c().await) };
        let places = server::Places::new((CONNECTIONS, CONNECTIONS), &[]);
        server::serve(listener, router, places, end).await;
        drop(stop);
        Ok(())
    })
}

/// The endpoint for mentions and the owner's pages, on the preview's port: what comes in while
/// somebody writes is not lost on them. Nothing is sent and nothing is deployed from here. None if
/// the site has no configuration that could be read.
async fn companion(root: &Path, address: SocketAddr) -> Result<Option<Arc<House>>, Failure> {
    let Ok(mut config) = Config::load(root) else { return Ok(None) };
    let database = config.daemon.as_ref().and_then(|daemon| daemon.database.clone());
    let store = Store::at(database.as_ref().map(Secret::reveal), &root.join(".lanai")).await?;
    config.base = base(address).unwrap_or(config.base);
    // Whoever is here reaches the pages by the preview's own address.
    config.daemon = None;
    config.mail = None;
    let site = Arc::new(enter(root.to_path_buf(), config)?);
    Ok(Some(Arc::new(House::new(vec![site], store, Daemon::default(), &root.join(".lanai")))))
}

/// Builds on a thread of its own, after every change.
struct Builder {
    settings: Settings,
    output: PathBuf,
    address: SocketAddr,
    shared: Arc<Shared>,
    house: Option<Arc<House>>,
}

impl Builder {
    fn work(&self, mut watch: Watch, tell: &impl Fn(Event)) {
        let mut session = Session::default();
        let mut due = self.build(&mut session, Extent::Whole, tell);
        self.save(&mut session, tell);
        loop {
            let rest = session.lags().then_some(REST);
            let left = due.map(|due| due.saturating_duration_since(Instant::now()));
            match watch.wait(rest.into_iter().chain(left).min()) {
                Change::End => return,
                Change::Files(paths) => {
                    due = self.build(&mut session, Extent::Changed(&paths), tell);
                }
                Change::Unknown => due = self.build(&mut session, Extent::Whole, tell),
                Change::Unwatched(failure) => {
                    tell(Event::Failed(failure.to_string()));
                    due = self.build(&mut session, Extent::Whole, tell);
                }
                Change::None if rest.is_some() => {
                    // The pages are there already; nobody waits for the search index.
                    self.catch_up(&mut session, tell);
                    self.save(&mut session, tell);
                }
                Change::None => due = self.build(&mut session, Extent::Changed(&[]), tell),
            }
        }
    }

    /// Lets the companion know the pages of the site, once the builds have come to rest: nobody who
    /// writes waits for that.
    fn furnish(&self, session: &Session) {
        if session.lags() {
            return;
        }
        for site in self.house.iter().flat_map(|house| &house.sites) {
            let table = session.table().cloned().unwrap_or_default();
            site.memory.blocking_write().take();
            site.set(Now { table: Arc::new(table), is_built: true, ..site.now() });
        }
    }

    fn save(&self, session: &mut Session, tell: &impl Fn(Event)) {
        if let Err(failure) = session.save() {
            tell(Event::Failed(failure.to_string()));
        }
    }

    /// Brings up what the last build put off.
    fn catch_up(&self, session: &mut Session, tell: &impl Fn(Event)) {
        let options = self.options(clock::now());
        match session.build(&self.settings.root, &options, Extent::Rest, &Silent) {
            Ok(_) => self.furnish(session),
            Err(failure) => tell(Event::Failed(failure.to_string())),
        }
    }

    fn options(&self, now: jiff::Timestamp) -> Options {
        Options {
            output: self.output.clone(),
            manifest: self.settings.root.join(".lanai/serve/manifest"),
            drafts: self.settings.drafts,
            base: base(self.address),
            ..Options::for_site(&self.settings.root, now)
        }
    }

    /// Builds once; returns when the site changes by itself.
    fn build(
        &self,
        session: &mut Session,
        extent: Extent<'_>,
        tell: &impl Fn(Event),
    ) -> Option<Instant> {
        let now = clock::now();
        let options = self.options(now);
        let start = Instant::now();
        match session.build(&self.settings.root, &options, extent, &Silent) {
            Ok(report) => {
                let files = Files::open(&self.output);
                self.furnish(session);
                *lock(&self.shared.policy) = files.policy();
                *lock(&self.shared.files) = files;
                self.shared.tell(true, String::new());
                let next = report.next_change;
                tell(Event::Built(Box::new(report), start.elapsed()));
                next.and_then(|at| {
                    let wait = Duration::try_from(at.duration_since(now));
                    start.checked_add(wait.unwrap_or(Duration::from_secs(60)))
                })
            }
            Err(Failure::Problems(problems)) => {
                self.shared.tell(false, problems.render(false));
                tell(Event::Problems(problems));
                None
            }
            Err(failure) => {
                self.shared.tell(false, failure.to_string());
                tell(Event::Failed(failure.to_string()));
                None
            }
        }
    }
}

fn base(address: SocketAddr) -> Option<Base> {
    Base::new(url::Url::parse(&format!("http://{address}/")).ok()?)
}
