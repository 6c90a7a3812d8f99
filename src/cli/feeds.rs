//! `lanai feeds`: how the feeds are of those whom the owner follows, and asking for them at once.
//! Works beside a daemon, which does the asking.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::Terminal;
use super::desk::store;
use super::following::shown;
use crate::config::Config;
use crate::error::{Failure, Problems};
use crate::reader::entry::About;
use crate::reader::health::{Health, Meant, State, examine, span};
use crate::reader::schedule::GUARD;
use crate::reader::subscribe::take_over;
use crate::store::{ReaderId, Store};

/// See how the feeds are that you follow, and ask for them at once.
#[derive(Debug, Args)]
#[command(after_help = "For example:\n  \
    lanai feeds\n  \
    lanai feeds show ben.example\n  \
    lanai feeds refresh 12")]
pub(super) struct Feeds {
    #[command(subcommand)]
    command: Option<Command>,
    /// Print them for scripts.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: Place,
}

#[derive(Debug, Args)]
struct Place {
    /// The site folder.
    #[arg(long, global = true, default_value = ".", value_name = "DIR")]
    site: PathBuf,
    /// Where the database lies, instead of the folder .lanai.
    #[arg(long, global = true, value_name = "DIR")]
    state: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show all that is known of one.
    Show {
        /// Its number in the list, or a part of its name or address.
        feed: String,
        /// Print it for scripts.
        #[arg(long)]
        json: bool,
    },
    /// Ask for one at once, or for all.
    Refresh {
        /// Its number in the list, or a part of its name or address.
        #[arg(required_unless_present = "all", conflicts_with = "all")]
        feed: Option<String>,
        /// All of them, but for those that are gone.
        #[arg(long)]
        all: bool,
    },
}

/// The feeds of one site.
struct Shelf {
    store: Store,
    reader: ReaderId,
    all: Vec<Health>,
    zone: TimeZone,
    now: Timestamp,
}

pub(super) fn run(command: &Feeds, now: Timestamp) -> Result<(), Failure> {
    super::wait(async {
        let (shelf, problems) = open(&command.place, now).await?;
        match &command.command {
            None if command.json => print_json(&shelf.all_as_json())?,
            None => super::print(shelf.table().as_bytes(), "the list")?,
            Some(Command::Show { feed, json }) => shelf.show(feed, *json || command.json).await?,
            Some(Command::Refresh { feed: Some(feed), .. }) => shelf.refresh(feed).await?,
            Some(Command::Refresh { feed: None, .. }) => shelf.refresh_all().await?,
        }
        if command.command.is_none() && !command.json && shelf.all.is_empty() {
            Terminal::detect().say("there is nobody; `lanai follow` adds somebody");
        }
        Terminal::detect().problems(&problems);
        Ok(())
    })
}

/// The feeds as the files say now. Rows that are not right are returned, and stop nothing.
async fn open(place: &Place, now: Timestamp) -> Result<(Shelf, Problems), Failure> {
    let root = &place.site;
    let config = Config::load(root)?;
    let store = store(root, &config, place.state.as_deref()).await?;
    let (reader, problems) = take_over(&store, config.home.home(), root, now).await?;
    let all = examine(&store, reader, now).await?;
    Ok((Shelf { store, reader, all, zone: config.time_zone, now }, problems))
}

fn print_json(value: &Value) -> Result<(), Failure> {
    super::print(format!("{value:#}\n").as_bytes(), "the list")
}

impl Shelf {
    /// One line a feed, and one more for what is wrong with it.
    fn table(&self) -> String {
        let mut rows: Vec<[String; 6]> = Vec::with_capacity(self.all.len());
        for health in &self.all {
            rows.push([
                health.feed.id.number().to_string(),
                health.state.words().to_owned(),
                self.read(health),
                self.next(health),
                health.pace(),
                shown(&health.name),
            ]);
        }
        let width = |column: usize| {
            let cells = rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..6).map(width).collect();
        let mut text = String::new();
        for (row, health) in rows.iter().zip(&self.all) {
            let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
            let line = cells.collect::<Vec<_>>().join("  ");
            text.push_str(line.trim_end());
            text.push('\n');
            if let Some(trouble) = health.trouble(self.now) {
                let indent = widths.first().map_or(2, |width| width + 2);
                text.push_str(&format!("{:indent$}{}\n", "", shown(&trouble)));
            }
        }
        text
    }

    /// When it was read, in words.
    fn read(&self, health: &Health) -> String {
        match health.feed.succeeded {
            Some(at) => format!("read {} ago", span(self.now.duration_since(at))),
            None => "never read".to_owned(),
        }
    }

    /// When it is asked again, in words.
    fn next(&self, health: &Health) -> String {
        match health.next {
            None => "not asked again".to_owned(),
            Some(at) if at <= self.now => "due now".to_owned(),
            Some(at) => format!("again in {}", span(at.duration_since(self.now))),
        }
    }

    fn all_as_json(&self) -> Value {
        let all: Vec<Value> = self.all.iter().map(as_json).collect();
        json!({ "feeds": all })
    }

    /// The one feed that a name means.
    fn find(&self, name: &str) -> Result<&Health, Failure> {
        let means = |wanted: Meant| {
            let all = self.all.iter().filter(move |health| health.is_meant_by(name) == wanted);
            all.collect::<Vec<_>>()
        };
        let exactly = means(Meant::Exactly);
        let found = if exactly.is_empty() { means(Meant::Perhaps) } else { exactly };
        match found.as_slice() {
            [one] => Ok(one),
            [] => Err(Failure::with_hint(
                format!("you follow no feed {}", shown(name)),
                "`lanai feeds` lists them, with their numbers",
            )),
            more => {
                let some = more
                    .iter()
                    .take(10)
                    .map(|health| format!("{} ({})", health.feed.id.number(), shown(&health.name)));
                Err(Failure::with_hint(
                    format!("{} means {} feeds", shown(name), more.len()),
                    format!("name one by its number: {}", some.collect::<Vec<_>>().join(", ")),
                ))
            }
        }
    }

    async fn show(&self, name: &str, is_json: bool) -> Result<(), Failure> {
        let health = self.find(name)?;
        let kept = self.store.count_items(health.feed.id).await?;
        let hubs = self.store.callbacks(health.feed.id.number()).await?;
        if is_json {
            let mut value = as_json(health);
            let hubs: Vec<Value> = hubs
                .iter()
                .map(|hub| {
                    json!({
                        "hub": shown(&hub.hub),
                        "state": hub.state.name(),
                        "until": hub.lease_until,
                        "words": shown(&hub.words),
                    })
                })
                .collect();
            if let Some(object) = value.as_object_mut() {
                object.insert("kept".into(), kept.into());
                object.insert("hubs".into(), hubs.into());
            }
            return print_json(&value);
        }
        let mut lines = self.lines(health);
        lines.push(("kept", format!("{kept} posts")));
        for hub in hubs {
            let words =
                if hub.words.is_empty() { String::new() } else { format!(": {}", hub.words) };
            lines.push(("hub", format!("{}, {}{words}", hub.hub, hub.state.name())));
        }
        let lines = lines.iter().map(|(what, text)| format!("{what:13}{}\n", shown(text)));
        super::print(lines.collect::<String>().as_bytes(), "the feed")
    }

    /// What is known of a feed, line by line.
    fn lines(&self, health: &Health) -> Vec<(&'static str, String)> {
        let feed = &health.feed;
        let mut lines = vec![("name", health.name.clone()), ("follows", health.followed())];
        let mut add = |what, text: Option<String>| lines.extend(text.map(|text| (what, text)));
        add("asked at", Some(health.address()).filter(|at| *at != health.followed()));
        add(
            "moves to",
            feed.moved.as_ref().map(|(to, since)| {
                format!("{to}, as it says since {}; believed after a week", self.at(*since))
            }),
        );
        add("page", health.home.clone());
        add("channel", Some(health.channel.clone()).filter(|channel| !channel.is_empty()));
        let about = About::read(feed.about.as_deref());
        add("format", Some(about.format).filter(|format| !format.is_empty()));
        add("state", Some(health.state.words().to_owned()));
        add("why", health.trouble(self.now));
        add("not well since", feed.failing_since.map(|at| self.at(at)));
        add("followed", Some(format!("since {}", self.at(feed.added))));
        add("asked", feed.checked.map(|at| self.at(at)));
        add("read", feed.succeeded.map(|at| self.at(at)));
        add("news", feed.changed.map(|at| self.at(at)));
        add("asked again", health.next.map(|at| self.at(at)));
        add("pace", Some(health.pace()).filter(|pace| !pace.is_empty()));
        add("hub tells", health.told_until.map(|at| format!("until {}", self.at(at))));
        lines
    }

    fn at(&self, at: Timestamp) -> String {
        at.to_zoned(self.zone.clone()).strftime("%Y-%m-%d %H:%M:%S").to_string()
    }

    async fn refresh(&self, name: &str) -> Result<(), Failure> {
        let health = self.find(name)?;
        let called = shown(&health.name);
        if !self.store.ask_feed(health.feed.id, self.now, GUARD).await? {
            // It was asked just now, or else it would be due.
            let asked = self.store.feed(health.feed.id).await?.and_then(|feed| feed.checked);
            let again = asked.and_then(|at| at.checked_add(GUARD).ok()).unwrap_or(self.now);
            let rest = span(again.duration_since(self.now));
            return Err(Failure::with_hint(
                format!("{called} was asked within the last minute"),
                format!("it may be asked again in {rest}, at {}", self.at(again)),
            ));
        }
        let mut held = self.store.held_hosts(self.now).await?;
        let held = held.remove(&health.feed.host);
        Terminal::detect().say(&match held {
            Some(at) => {
                format!("{called} is asked as soon as its server may be, at {}", self.at(at))
            }
            None => format!("{called} is asked within half a minute, if the daemon runs"),
        });
        Ok(())
    }

    async fn refresh_all(&self) -> Result<(), Failure> {
        let asked = self.store.ask_all_feeds(self.reader, self.now, GUARD).await?;
        let gone = self.all.iter().filter(|health| health.state == State::Gone).count();
        let lately = self.all.len().saturating_sub(gone).saturating_sub(asked);
        let terminal = Terminal::detect();
        terminal.say(&format!("to be asked, if the daemon runs: {asked}"));
        if lately > 0 {
            terminal.say(&format!("left out, as they were asked within the last minute: {lately}"));
        }
        if gone > 0 {
            terminal.say(&format!("left out, as they are gone: {gone}"));
        }
        Ok(())
    }
}

fn as_json(health: &Health) -> Value {
    let feed = &health.feed;
    let place = |address: &str| shown(address);
    json!({
        "id": feed.id.number(),
        "name": health.name,
        "channel": health.channel,
        "follows": health.followed(),
        "address": health.address(),
        "page": health.home,
        "state": health.state.words(),
        "cause": feed.cause.as_deref().map(place),
        "failures": feed.failures,
        "failing_since": feed.failing_since,
        "moves_to": feed.moved.as_ref().map(|(to, _)| place(to)),
        "moves_since": feed.moved.as_ref().map(|(_, since)| since),
        "asked": feed.checked,
        "read": feed.succeeded,
        "news": feed.changed,
        "next": health.next,
        "in_4_weeks": health.lately,
        "told_until": health.told_until,
    })
}
