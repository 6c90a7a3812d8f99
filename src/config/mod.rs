//! `lanai.toml`: read, checked, and resolved to what the rest of the program uses.
//!
//! Two types: the tree of the file (places and typing mistakes) and [`Config`] (meaning). All
//! problems of the file are reported at once.

mod mail;
mod network;
mod places;
mod read;
mod reader;
mod secret;
mod services;

use std::path::Path;

use jiff::tz::TimeZone;
use url::Url;

use crate::error::{Failure, Problem, Problems, Source};
use crate::model::{Base, Kind, Permalink};
use crate::stamp::{Stamp, Stamper};

pub use mail::{Mail, Security};
pub use network::{Allowed, Network};
pub use places::Places;
pub use read::{keys, parse};
pub use reader::{Pictures, Reader};
pub use secret::Secret;
pub use services::{Access, Daemon, Deploy, Following, Shown};

/// The name of the configuration file: the only file a site needs.
pub const FILE: &str = "lanai.toml";

/// A site's configuration.
#[derive(Debug, Clone)]
pub struct Config {
    /// The site's name.
    pub title: String,
    /// Where the site's `/` is in this build; a preview has an address of its own.
    pub base: Base,
    /// The site's published address.
    pub home: Base,
    /// Addresses the site had before.
    pub former_urls: Vec<String>,
    /// A sentence about the site.
    pub description: Option<String>,
    /// The zone of times without an offset.
    pub time_zone: TimeZone,
    /// The theme's name.
    pub theme: String,
    /// The owner's colour, as CSS.
    pub accent: Option<String>,
    /// A line about rights.
    pub copyright: Option<String>,
    /// Who the site belongs to.
    pub author: Author,
    /// The languages of the site; the first is the default and stands at `/`.
    pub languages: Vec<Language>,
    /// Address patterns per kind.
    pub permalinks: Vec<(Kind, String)>,
    /// Feeds.
    pub feeds: Feeds,
    /// Lists.
    pub lists: Lists,
    /// Where the text lies and how strictly it is read.
    pub content: Content,
    /// Addresses of services, advertised in every page.
    pub endpoints: Endpoints,
    /// HTTP headers for hosts that read `_headers`.
    pub headers: Headers,
    /// How others are asked. A build asks nobody.
    pub network: Network,
    /// The companion daemon, if the site has one.
    pub daemon: Option<Daemon>,
    /// How the daily digest is sent; none if it is not.
    pub mail: Option<Mail>,
    /// How the owner reads those whom they follow.
    pub reader: Reader,
    /// What is made of whom the owner follows.
    pub following: Following,
    /// How the site is published after a change.
    pub deploy: Deploy,
    /// Who may appear on the site without being asked in.
    pub access: Access,
    /// The owner's free keys for templates.
    pub extra: serde_json::Value,
    /// Where the values stand in the file.
    pub places: Places,
}

/// The owner, as the profile shows them.
#[derive(Debug, Clone, Default)]
#[allow(missing_docs, reason = "the fields are h-card's properties")]
pub struct Author {
    pub name: String,
    pub given_name: Option<String>,
    pub family_name: Option<String>,
    pub nickname: Option<String>,
    pub pronouns: Option<String>,
    pub photo: Option<String>,
    pub cover: Option<String>,
    pub note: Option<String>,
    pub email: Option<String>,
    pub show_email: bool,
    pub org: Option<String>,
    pub job_title: Option<String>,
    pub locality: Option<String>,
    pub region: Option<String>,
    pub country_name: Option<String>,
    pub birthday: Option<String>,
    pub show_birthday: bool,
    pub key: Option<String>,
    pub categories: Vec<String>,
    /// Profiles elsewhere: label and address.
    pub me: Vec<(String, String)>,
}

/// One language of the site.
#[derive(Debug, Clone)]
pub struct Language {
    /// BCP 47.
    pub code: String,
    /// What its speakers call it.
    pub name: String,
    /// The folder of its pages without slashes; empty for the default language.
    pub folder: String,
    /// The site's title in it.
    pub title: String,
    /// A sentence about the site in it.
    pub description: Option<String>,
    /// The author's line in it.
    pub author_note: Option<String>,
    /// The menu in it.
    pub menu: Vec<MenuItem>,
}

/// A line of the menu.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MenuItem {
    /// What people see.
    pub label: String,
    /// A path of this site, or an address.
    pub url: String,
}

/// Feeds.
#[derive(Debug, Clone)]
pub struct Feeds {
    /// How many posts a feed holds.
    pub items: usize,
    /// Whether feeds carry the whole text or a summary.
    pub full: bool,
    /// Whether likes, reposts, RSVPs and follows stand in the main feed.
    pub responses: bool,
    /// WebSub hubs.
    pub hubs: Vec<String>,
}

/// Lists.
#[derive(Debug, Clone)]
pub struct Lists {
    /// Posts on a full page.
    pub page_size: usize,
    /// Untitled posts over so many words fold in lists.
    pub fold_words: usize,
    /// How deep replies nest before they go on flat.
    pub responses_depth: usize,
    /// Whether likes, reposts, RSVPs and follows stand in the stream.
    pub responses_in_stream: bool,
}

/// Where the text lies.
#[derive(Debug, Clone)]
pub struct Content {
    /// The folder of Markdown files, relative to the site folder; `.` is the site folder itself.
    pub folder: String,
    /// Whether front matter of other generators is accepted.
    pub foreign: bool,
}

/// Addresses of services.
#[derive(Debug, Clone, Default)]
#[allow(missing_docs, reason = "the fields are the rel values that they stand for")]
pub struct Endpoints {
    pub webmention: Option<String>,
    pub micropub: Option<String>,
    pub microsub: Option<String>,
    pub indieauth: Option<String>,
    pub hub: Option<String>,
}

/// HTTP headers.
#[derive(Debug, Clone, Default)]
pub struct Headers {
    /// Further sources by directive of the content security policy.
    pub csp: Vec<(String, Vec<String>)>,
    /// Further headers for every page.
    pub custom: Vec<(String, String)>,
}

impl Config {
    /// Reads `lanai.toml` of a site folder. The address of the database is the environment's, if it
    /// has one.
    ///
    /// # Errors
    /// A failure to run if there is no such file, problems if it is not right.
    pub fn load(root: &Path) -> Result<Self, Failure> {
        let source = read_source(root)?;
        let mut config = parse(&source).map_err(|found| {
            let mut problems = Problems::new();
            problems.extend(found);
            Failure::Problems(problems)
        })?;
        services::take_database_from_environment(&mut config)?;
        Ok(config)
    }

    /// The path of a page of this site that a whole address names, at this or a former home.
    pub fn own_path(&self, address: &str) -> Option<Permalink> {
        let own = [&self.base, &self.home].into_iter().find_map(|base| base.permalink_of(address));
        own.or_else(|| {
            self.former_urls
                .iter()
                .find_map(|former| Base::new(Url::parse(former).ok()?)?.permalink_of(address))
        })
    }

    /// Every WebSub hub of the site, in the order in which they are advertised.
    pub fn hubs(&self) -> Vec<String> {
        self.feeds.hubs.iter().chain(&self.endpoints.hub).cloned().collect()
    }

    /// The stamp of everything that decides how Markdown files are read. What is remembered of them
    /// holds as long as it is the same.
    pub fn reading(&self) -> Stamp {
        let mut stamper = Stamper::default();
        stamper.option(self.time_zone.iana_name());
        stamper.text(&self.content.folder).flag(self.content.foreign);
        for (kind, pattern) in &self.permalinks {
            stamper.text(kind.name()).text(pattern);
        }
        for language in &self.languages {
            stamper.text(&language.code).text(&language.folder);
        }
        stamper.finish()
    }

    /// The default language.
    pub fn default_language(&self) -> &Language {
        // `parse` always makes one.
        self.languages.first().unwrap_or_else(|| unreachable_language())
    }

    /// The language at an index; the default language if there is none.
    pub fn language(&self, index: usize) -> &Language {
        self.languages.get(index).unwrap_or_else(|| self.default_language())
    }
}

fn unreachable_language() -> &'static Language {
    static ENGLISH: std::sync::LazyLock<Language> = std::sync::LazyLock::new(|| Language {
        code: "en".to_owned(),
        name: "English".to_owned(),
        folder: String::new(),
        title: String::new(),
        description: None,
        author_note: None,
        menu: Vec::new(),
    });
    &ENGLISH
}

fn read_source(root: &Path) -> Result<Source, Failure> {
    let path = root.join(FILE);
    match std::fs::read(&path) {
        Ok(bytes) => Source::from_bytes(FILE, bytes).map_err(|problem| Failure::from(*problem)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Err(missing(root)),
        Err(_) if path.is_dir() => Err(Failure::from(
            Problem::in_file(FILE, "a file is expected here, found a folder")
                .hint("rename the folder; the configuration is a file of that name"),
        )),
        Err(error) => Err(Failure::io("read", path, &error)),
    }
}

fn missing(root: &Path) -> Failure {
    let here = if root.as_os_str().is_empty() { Path::new(".") } else { root };
    if !here.exists() {
        return Failure::with_hint(
            format!("there is no folder {}", here.display()),
            "name a site folder, or make one: lanai init DIR",
        );
    }
    Failure::with_hint(
        format!("there is no {FILE} in {}", here.display()),
        "a site needs one file of two lines, title = \"…\" and url = \"…\"; `lanai init` writes it",
    )
}
