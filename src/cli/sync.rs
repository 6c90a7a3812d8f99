//! `lanai sync`: for sites without a daemon, from a scheduled job: what a service received comes in,
//! and what is due goes out.

use std::path::PathBuf;

use clap::Args;
use jiff::Timestamp;
use url::Url;

use super::Terminal;
use super::desk::open;
use crate::build::{Options, Silent, build};
use crate::config::Config;
use crate::error::Failure;
use crate::mentions::send::{Event, in_words};
use crate::mentions::sync::{Service, sync};
use crate::publish::tell;

/// Where webmention.io lists what it received.
const WEBMENTION_IO: &str = "https://webmention.io/api/mentions.jf2";

/// The name of the variable that holds the token: it does not belong into a file of the site.
const TOKEN: &str = "LANAI_WEBMENTION_TOKEN";

/// Without a daemon: bring in what webmention.io received for your site, and tell those you link.
#[derive(Debug, Args)]
pub(super) struct Sync {
    /// The site folder.
    #[arg(default_value = ".")]
    dir: PathBuf,
    /// The service's list of mentions in JF2.
    #[arg(long, value_name = "ADDRESS", default_value = WEBMENTION_IO)]
    from: Url,
    /// The word that opens the list; better in the variable LANAI_WEBMENTION_TOKEN.
    #[arg(long, value_name = "WORD")]
    token: Option<String>,
    /// Look at the whole history, and remove what the service does not have any more.
    #[arg(long)]
    all: bool,
    /// Where the database lies, instead of the folder .lanai.
    #[arg(long, value_name = "DIR")]
    state: Option<PathBuf>,
}

pub(super) fn run(command: &Sync, now: Timestamp) -> Result<(), Failure> {
    let root = command.dir.as_path();
    let options = Options::for_site(root, now);
    build(root, &options, &Silent)?;
    super::wait(work(command, &options, now))
}

async fn work(command: &Sync, options: &Options, now: Timestamp) -> Result<(), Failure> {
    let terminal = Terminal::detect();
    let root = command.dir.as_path();
    let service = Service {
        list: command.from.clone(),
        token: command.token.clone().or_else(|| std::env::var(TOKEN).ok()),
        domain: Config::load(root)?.home.host().to_owned(),
    };
    let desk = open(root, command.state.as_deref()).await?;
    let synced = sync(&desk, &service, command.all, now).await?;
    for words in &synced.left_out {
        terminal.say(&format!("left out: {words}"));
    }
    terminal.say(&format!(
        "{} published or changed, {} kept back, {} removed",
        synced.published, synced.kept_back, synced.removed
    ));
    if synced.kept_back > 0 {
        terminal.say("`lanai mentions list` shows those that wait");
    }
    // What came in is on the pages before anybody is told of them.
    build(root, options, &Silent)?;
    let told = tell(&desk, None, now, |event| match event {
        Event::NotLive { source, found } => {
            Terminal::detect().say(&format!("{source} is not live as it is here: {found}"));
        }
        Event::Told { source, due, delivery } => {
            let words = in_words(delivery);
            Terminal::detect().say(&format!("{source} → {}: {words}", due.target));
        }
    })
    .await?;
    if told.unasked > 0 {
        terminal.say(&format!(
            "{} links were not told: `lanai send --past` tells them, `lanai send --no-past` begins with what you write from now on",
            told.unasked
        ));
    }
    Ok(())
}
