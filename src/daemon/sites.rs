//! The sites that the daemon keeps company: what each is at the moment.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize};
use std::sync::{Arc, PoisonError, RwLock};

use tokio::sync::{Mutex, Notify, OnceCell};

use super::files::Files;
use super::limits::Limiter;
use crate::build::table::PageTable;
use crate::config::Config;
use crate::error::{Problem, Problems};
use crate::mentions::desk::{Desk, Memory};
use crate::mentions::receive::Names;
use crate::net::Client;
use crate::reader::pictures;
use crate::site::following::{channels, without_credentials};
use crate::store::Store;

/// Bad entries that are told of.
const MOST_BAD: usize = 100;

/// A site as it is at the moment.
#[derive(Clone)]
pub(super) struct Now {
    /// Its configuration.
    pub(super) config: Arc<Config>,
    /// Its pages.
    pub(super) table: Arc<PageTable>,
    /// Whether its pages are known: from a build of this process, or of one before.
    pub(super) is_built: bool,
    /// Its files.
    pub(super) files: Arc<Files>,
}

/// A site.
pub(super) struct Site {
    /// What it is called in the database: its published address.
    pub(super) id: Arc<str>,
    /// Its folder.
    pub(super) root: Arc<PathBuf>,
    /// The way to others, in its name.
    pub(super) client: Client,
    /// There is work to do.
    pub(super) work: Notify,
    /// What is known of people and rules.
    pub(super) memory: Memory,
    /// What may be asked how often.
    pub(super) limits: Limits,
    /// What the status pages of mentions are called, once somebody has asked.
    pub(super) names: OnceCell<Names>,
    /// What addresses of pictures are signed with, once somebody has asked.
    pub(super) pictures: OnceCell<pictures::Key>,
    /// Who writes a post in the browser; one after the other.
    pub(super) writing: Mutex<()>,
    /// How many mentions wait to be sorted in; about so many, if several daemons do that.
    pub(super) inbox: AtomicUsize,
    /// Other people may be followed now: their lists are to be read.
    pub(super) other_circle: AtomicBool,
    now: RwLock<Now>,
    /// What its files say of whom it follows, besides what the database has.
    followed: RwLock<Arc<Followed>>,
    /// Why the last build failed, in words.
    trouble: RwLock<Option<String>>,
}

/// What is known of whom a site follows, as its files were last read.
#[derive(Debug, Default)]
pub(super) struct Followed {
    /// The channels, in the owner's order.
    pub(super) channels: Vec<String>,
    /// Entries that are not right: where, and why.
    pub(super) bad: Vec<(String, String)>,
}

/// Who may send how many mentions.
pub(super) struct Limits {
    /// By the client's address.
    pub(super) client: Limiter,
    /// By the source's host.
    pub(super) source: Limiter,
    /// By the page.
    pub(super) page: Limiter,
}

impl Limits {
    fn new(config: &Config) -> Self {
        let daemon = config.daemon.clone().unwrap_or_default();
        let most = daemon.mentions_per_minute;
        Self {
            client: Limiter::new(most),
            source: Limiter::new(most.saturating_mul(2)),
            page: Limiter::new(most.saturating_mul(4)),
        }
    }
}

impl Site {
    /// A site as the last build left it; `table` has its pages, if there was one.
    pub(super) fn new(
        root: PathBuf,
        config: Config,
        client: Client,
        table: Option<PageTable>,
    ) -> Self {
        Self {
            id: config.home.home().into(),
            limits: Limits::new(&config),
            names: OnceCell::new(),
            pictures: OnceCell::new(),
            writing: Mutex::new(()),
            inbox: AtomicUsize::new(0),
            other_circle: AtomicBool::new(true),
            client,
            followed: RwLock::default(),
            work: Notify::new(),
            memory: Memory::default(),
            trouble: RwLock::new(None),
            now: RwLock::new(Now {
                config: Arc::new(config),
                is_built: table.is_some(),
                table: Arc::new(table.unwrap_or_default()),
                files: Arc::new(Files::open(&root.join("public"))),
            }),
            root: Arc::new(root),
        }
    }

    /// The site as it is.
    pub(super) fn now(&self) -> Now {
        self.now.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Why the last build failed, if it did.
    pub(super) fn trouble(&self) -> Option<String> {
        self.trouble.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Notes how a build went.
    pub(super) fn set_trouble(&self, trouble: Option<String>) {
        *self.trouble.write().unwrap_or_else(PoisonError::into_inner) = trouble;
    }

    /// Another build: the site is this from here on.
    pub(super) fn set(&self, now: Now) {
        *self.now.write().unwrap_or_else(PoisonError::into_inner) = now;
    }

    /// What its files say of whom it follows.
    pub(super) fn followed(&self) -> Arc<Followed> {
        self.followed.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Its files were read again; `problems` says what is wrong with them.
    pub(super) fn set_followed(&self, problems: &Problems) {
        let plain = |problem: &Problem| {
            (without_credentials(&problem.location()), without_credentials(&problem.message))
        };
        let channels = channels(&self.root).unwrap_or_else(|_| self.followed().channels.clone());
        let bad = problems.sorted().into_iter().take(MOST_BAD).map(plain).collect();
        let followed = Arc::new(Followed { channels, bad });
        *self.followed.write().unwrap_or_else(PoisonError::into_inner) = followed;
    }

    /// Where its mentions are worked on.
    pub(super) fn desk(&self, store: &Store) -> Desk {
        let Now { config, table, .. } = self.now();
        Desk {
            site: Arc::clone(&self.id),
            root: Arc::clone(&self.root),
            config,
            table,
            store: store.clone(),
            client: self.client.clone(),
            memory: Arc::clone(&self.memory),
        }
    }

    /// Whether it is meant by a `Host` header: by its own name or the daemon's.
    pub(super) fn is_at(&self, host: &str) -> bool {
        let config = self.now().config;
        let daemon = config.daemon.as_ref().and_then(|daemon| daemon.url.as_ref());
        let named = [Some(config.home.url()), daemon].into_iter().flatten();
        named.into_iter().any(|url| {
            let name = url.host_str().unwrap_or_default();
            let whole = url.port().map_or_else(|| name.to_owned(), |port| format!("{name}:{port}"));
            // A proxy may leave its own port out.
            host.eq_ignore_ascii_case(&whole) || host.eq_ignore_ascii_case(name)
        })
    }
}
