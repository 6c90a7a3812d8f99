//! `lanai send`: tell the pages that the site links.

use std::cell::RefCell;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::Terminal;
use crate::build::cache::read_table;
use crate::build::{Options, build};
use crate::config::Config;
use crate::error::Failure;
use crate::mentions::discovered::Discovered;
use crate::mentions::due::Reason;
use crate::mentions::notify::Messenger;
use crate::mentions::send::{Event, Letter, Place, in_words, letters, send, skip};
use crate::net::Client;
use crate::site::outbox::{self, SendLock};

/// Tell the pages that your posts link to, by webmention, that they were linked.
#[derive(Debug, Args)]
pub(super) struct Send {
    /// The site folder.
    #[arg(default_value = ".")]
    dir: PathBuf,
    /// Only show who would be told.
    #[arg(long)]
    dry_run: bool,
    /// The first time: tell of all links that are there already.
    #[arg(long, conflicts_with = "no_past")]
    past: bool,
    /// The first time: leave out the links that are there already. Later: those that are due.
    #[arg(long)]
    no_past: bool,
    /// Send as if it were this time (2024-05-01T09:30:00Z).
    #[arg(long, value_name = "TIME")]
    now: Option<Timestamp>,
    /// Print what was done for scripts to standard output.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(command: &Send, now: Timestamp) -> Result<(), Failure> {
    let time = command.now.unwrap_or(now);
    let root = command.dir.as_path();
    let options = Options::for_site(root, time);
    let report = build(root, &options, &crate::build::Silent)?;
    let terminal = Terminal::detect();
    terminal.problems(&report.warnings);
    let config = Config::load(root)?;
    let table = read_table(&options.manifest).ok_or_else(|| {
        Failure::run("the build has left no table of pages; run `lanai build`, then this again")
    })?;
    let _lock = SendLock::take(root)?;
    let place = Place::new(root, &options.output, &config);
    let letters = letters(place, &table, None, time)?.due;
    if command.dry_run {
        return show(command, &letters);
    }
    if command.no_past {
        return leave_out(root, letters, time);
    }
    if !command.past && !letters.is_empty() && !outbox::has_begun(root) {
        return Err(ask_first(&letters));
    }
    outbox::begin(root)?;
    deliver(command, config, letters, time)
}

fn show(command: &Send, letters: &[Letter]) -> Result<(), Failure> {
    let all = letters.iter().flat_map(|letter| letter.due.iter().map(move |due| (letter, due)));
    if command.json {
        let due: Vec<Value> = all
            .map(|(letter, due)| {
                json!({ "source": letter.source, "target": due.target, "reason": name(due.reason) })
            })
            .collect();
        return super::print(format!("{:#}\n", json!({ "due": due })).as_bytes(), "the list");
    }
    let mut text = String::new();
    for (letter, due) in all {
        text.push_str(&format!("{} → {} ({})\n", letter.source, due.target, name(due.reason)));
    }
    if text.is_empty() {
        Terminal::detect().say("nobody has to be told");
    }
    super::print(text.as_bytes(), "the list")
}

fn leave_out(root: &std::path::Path, letters: Vec<Letter>, time: Timestamp) -> Result<(), Failure> {
    let left = count(&letters);
    for letter in letters {
        skip(root, letter, time)?;
    }
    // Last, so that whoever is interrupted is asked again.
    outbox::begin(root)?;
    Terminal::detect().say(&format!("{left} left out; what you write from now on is told"));
    Ok(())
}

/// A site that is new to this may have thousands of old links.
fn ask_first(letters: &[Letter]) -> Failure {
    Failure::with_hint(
        format!(
            "this site has told nobody of its links so far; {} would be told now",
            count(letters)
        ),
        "`lanai send --past` tells them, `lanai send --no-past` begins with what you write from now on, `lanai send --dry-run` lists them",
    )
}

fn count(letters: &[Letter]) -> String {
    let links: usize = letters.iter().map(|letter| letter.due.len()).sum();
    let links = if links == 1 { "1 link".to_owned() } else { format!("{links} links") };
    let pages =
        if letters.len() == 1 { "1 page".to_owned() } else { format!("{} pages", letters.len()) };
    format!("{links} of {pages}")
}

fn deliver(
    command: &Send,
    config: Config,
    letters: Vec<Letter>,
    time: Timestamp,
) -> Result<(), Failure> {
    let terminal = Terminal::detect();
    if !config.network.allow.is_empty() {
        let list: Vec<String> = config.network.allow.iter().map(ToString::to_string).collect();
        terminal.say(&format!("[network] allow lets this ask inside: {}", list.join(", ")));
    }
    let client = Client::for_site(&config)?;
    let is_quiet = letters.is_empty();
    let (told, not_live) = (RefCell::new(Vec::new()), RefCell::new(Vec::new()));
    let tell = |event: Event<'_>| match event {
        Event::NotLive { source, found } => {
            terminal.say(&format!("{source} is not live as it is here: {found}; nobody was told"));
            not_live.borrow_mut().push(json!({ "source": source, "found": found }));
        }
        Event::Told { source, due, delivery } => {
            terminal.say(&format!("{source} → {}: {}", due.target, in_words(delivery)));
            told.borrow_mut().push(json!({
                "source": source,
                "target": due.target,
                "reason": name(due.reason),
                "delivery": delivery,
            }));
        }
    };
    let result = super::wait(async {
        // What was found out before saves questions; that is all it is good for.
        let store = super::desk::store(&command.dir, &config, None).await.ok();
        let site = config.home.home().into();
        let discovered = store.map(|store| Discovered::new(store, site)).unwrap_or_default();
        let messenger = Messenger::new(client, discovered, Arc::new(config), &command.dir);
        send(&messenger, &command.dir, letters, time, tell).await
    });
    if is_quiet {
        terminal.say("nobody has to be told");
    }
    if command.json {
        let all = json!({ "told": told.into_inner(), "not_live": not_live.into_inner() });
        super::print(format!("{all:#}\n").as_bytes(), "the report")?;
    }
    result
}

fn name(reason: Reason) -> &'static str {
    match reason {
        Reason::New => "new",
        Reason::Changed => "changed",
        Reason::Removed => "removed",
        Reason::Gone => "gone",
        Reason::Answered => "answered",
        Reason::Again => "again",
    }
}
