//! What the companion daemon needs to know: `[daemon]`, `[deploy]`, `[following]` and
//! `[moderation]`.

use std::net::SocketAddr;
use std::time::Duration;

use url::Url;

use super::read::optional_address;
use super::secret::from_environment;
use super::{Allowed, Config, Secret};
use crate::error::Failure;
use crate::tree::Table;

/// Where the daemon listens if nobody says otherwise.
const LISTEN: &str = "127.0.0.1:4001";

/// Characters of a response that are shown, if nobody says otherwise.
const EXCERPT: usize = 1_000;

/// `[daemon]`: how the daemon is reached and where it keeps what it knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Daemon {
    /// Where it listens.
    pub listen: SocketAddr,
    /// Its public address, with a slash at its end; none if it only serves this machine.
    pub url: Option<Url>,
    /// The `postgres://` address of its database; SQLite in the state folder if there is none.
    pub database: Option<Secret>,
    /// Whose word about the client's address counts.
    pub trusted_proxies: Vec<Allowed>,
    /// How many mentions a client may send in a minute; hosts and pages get a multiple.
    pub mentions_per_minute: usize,
    /// Whether WebSub hubs may sign with SHA-1.
    pub sha1_signatures: bool,
}

/// `[deploy]`: how a built site gets to where visitors find it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Deploy {
    /// The program and its arguments, run in the site folder; none if nothing has to be done.
    pub command: Vec<String>,
    /// How long the site has to be quiet before that.
    pub debounce: Duration,
}

/// How much of a response is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Shown {
    /// All of it.
    #[default]
    Full,
    /// Who and what, as one more in the count.
    Counts,
}

/// `[moderation]`: who may appear on the site without being asked in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    /// Strangers wait for the owner.
    pub strangers_wait: bool,
    /// For bad days: whoever is not known waits, whatever else is said.
    pub known_only: bool,
    /// Faces of others are fetched, made small and stored with the site.
    pub photos: bool,
    /// How much is shown.
    pub shown: Shown,
    /// Characters of a text that are kept.
    pub excerpt: usize,
    /// Hosts that carry the words of others (Bridgy and the like) and may.
    pub relays: Vec<String>,
    /// Strangers have to name a page that vouches for them.
    pub vouch_required: bool,
}

/// `[following]`: what is made of whom the owner follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Following {
    /// The public follow lists of those who are followed are read, to know who is near.
    pub circle: bool,
    /// A picture of who follows whom stands on the page of follows.
    pub picture: bool,
}

impl Default for Following {
    fn default() -> Self {
        Self { circle: true, picture: false }
    }
}

impl Default for Daemon {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 4001)),
            url: None,
            database: None,
            trusted_proxies: Vec::new(),
            mentions_per_minute: 30,
            sha1_signatures: true,
        }
    }
}

impl Default for Access {
    fn default() -> Self {
        Self {
            strangers_wait: true,
            known_only: false,
            photos: true,
            shown: Shown::Full,
            excerpt: EXCERPT,
            relays: Vec::new(),
            vouch_required: false,
        }
    }
}

impl Daemon {
    /// The address at which the daemon takes something, such as `webmention`.
    #[must_use]
    pub fn endpoint(&self, name: &str) -> Option<String> {
        self.url.as_ref().and_then(|url| url.join(name).ok()).map(String::from)
    }
}

/// Reads `[following]`.
pub(super) fn following(top: &mut Table<'_, '_>) -> Following {
    let mut following = Following::default();
    let Some(mut table) = top.table("following") else { return following };
    following.circle = table.flag("circle").unwrap_or(following.circle);
    following.picture = table.flag("picture").unwrap_or(following.picture);
    table.finish();
    following
}

/// Reads `[daemon]`; none if there is no such table.
pub(super) fn daemon(top: &mut Table<'_, '_>) -> Option<Daemon> {
    let mut table = top.table("daemon")?;
    let mut daemon = Daemon::default();
    if let Some((text, span)) = table.spanned_text("listen") {
        match text.parse() {
            Ok(listen) => daemon.listen = listen,
            Err(_) => table.reading.error_with_hint(
                span,
                format!("`listen` should be an address and a port, found \"{text}\""),
                format!("write \"{LISTEN}\", or \"[::]:4001\" for all addresses"),
            ),
        }
    }
    let url = optional_address(&mut table, "url").and_then(|url| Url::parse(&url).ok());
    daemon.url = url.map(as_folder);
    if let Some((text, span)) = table.spanned_text("database") {
        if is_database(&text) {
            daemon.database = Some(Secret::new(text));
        } else {
            table.reading.error_with_hint(
                span,
                // It may hold a password.
                "`database` should be an address that begins with postgres://",
                "leave it out for SQLite in the folder .lanai",
            );
        }
    }
    for (text, span) in table.texts("trusted-proxies") {
        match text.parse() {
            Ok(allowed @ Allowed::Range { .. }) => daemon.trusted_proxies.push(allowed),
            _ => table.reading.error_with_hint(
                span,
                format!("`trusted-proxies` should list addresses or ranges, found \"{text}\""),
                "write \"127.0.0.1\" or \"10.0.0.0/8\"",
            ),
        }
    }
    let most = table.count("mentions-per-minute", 1..1_000_001);
    daemon.mentions_per_minute = most.unwrap_or(daemon.mentions_per_minute);
    daemon.sha1_signatures = table.flag("sha1-signatures").unwrap_or(daemon.sha1_signatures);
    table.finish();
    Some(daemon)
}

/// The variable that may hold the address of the database, which may hold a password.
const DATABASE: &str = "LANAI_DATABASE";

/// Puts the environment's database in place of that of the file.
pub(super) fn take_database_from_environment(config: &mut Config) -> Result<(), Failure> {
    let Some(address) = from_environment(DATABASE) else { return Ok(()) };
    if !is_database(address.reveal()) {
        return Err(Failure::with_hint(
            format!("the variable {DATABASE} should hold an address that begins with postgres://"),
            "unset it for the database that lanai.toml names, or for SQLite",
        ));
    }
    config.daemon.get_or_insert_default().database = Some(address);
    Ok(())
}

/// Whether a text may be the address of a database.
fn is_database(text: &str) -> bool {
    text.starts_with("postgres://") || text.starts_with("postgresql://")
}

/// An address below which others are.
fn as_folder(mut url: Url) -> Url {
    url.set_query(None);
    url.set_fragment(None);
    if !url.path().ends_with('/') {
        let path = format!("{}/", url.path());
        url.set_path(&path);
    }
    url
}

/// Reads `[deploy]`.
pub(super) fn deploy(top: &mut Table<'_, '_>) -> Deploy {
    let Some(mut table) = top.table("deploy") else { return Deploy::default() };
    let command: Vec<String> = table.texts("command").into_iter().map(|(text, _)| text).collect();
    if command.first().is_none_or(|program| program.trim().is_empty()) {
        table.reading.error_with_hint(
            table.span.clone(),
            "`[deploy]` needs a `command`",
            "write the program and its arguments: command = [\"rsync\", \"-a\", \"--delete\", \"public/\", \"host:site/\"]",
        );
    }
    let debounce = table.count("debounce", 0..3_601).unwrap_or(2);
    table.finish();
    Deploy { command, debounce: Duration::from_secs(debounce as u64) }
}

/// Reads `[moderation]`.
pub(super) fn access(top: &mut Table<'_, '_>) -> Access {
    let mut access = Access::default();
    let Some(mut table) = top.table("moderation") else { return access };
    access.strangers_wait =
        table.choice("strangers", &[("wait", true), ("publish", false)]).unwrap_or(true);
    access.known_only = table.flag("known-only").unwrap_or(false);
    access.photos = table.flag("photos").unwrap_or(true);
    let shown = table.choice("show", &[("full", Shown::Full), ("counts", Shown::Counts)]);
    access.shown = shown.unwrap_or_default();
    access.excerpt = table.count("excerpt", 40..20_001).unwrap_or(access.excerpt);
    access.relays =
        table.texts("relays").into_iter().map(|(text, _)| text.to_lowercase()).collect();
    access.vouch_required = table.flag("vouch-required").unwrap_or(false);
    table.finish();
    access
}
