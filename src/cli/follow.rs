//! `lanai follow`: an address becomes a row of `data/following.toml`. Who lives there, and which
//! feeds they have, is found by asking once; the person chooses.

use std::io::{self, BufRead, IsTerminal};
use std::path::{Path, PathBuf};

use clap::Args;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use url::Url;

use super::{Terminal, site_of};
use crate::config::Config;
use crate::error::Failure;
use crate::model::Follow as Row;
use crate::net::Client;
use crate::reader::discover::{Choice, Found, discover, shown};
use crate::site::announce;
use crate::site::following::{Ties, XFN, add};

/// Follow somebody: find their feed, and write them into data/following.toml.
#[derive(Debug, Args)]
#[command(after_help = "For example:\n  \
    lanai follow ben.example\n  \
    lanai follow https://social.example/@cleo --channel news --xfn friend,met")]
pub(super) struct Follow {
    /// Their page, or a feed.
    address: String,
    /// Which of their feeds: its number in the list, or its address [default: asks, else the first].
    #[arg(long, value_name = "FEED")]
    feed: Option<String>,
    /// Where to sort them.
    #[arg(long, value_name = "NAME")]
    channel: Option<String>,
    /// How you know them, in the words of XFN, with commas between.
    #[arg(long, value_name = "WORDS", value_delimiter = ',')]
    xfn: Vec<String>,
    /// Tell nobody: the row goes to data/private.
    #[arg(long)]
    private: bool,
    /// Write a post that says that you follow them; they are told when it is live.
    #[arg(long, conflicts_with = "private")]
    announce: bool,
    /// Only show what is there.
    #[arg(long)]
    dry_run: bool,
    /// Print what was found as JSON, for scripts.
    #[arg(long)]
    json: bool,
    /// The site folder [default: the one around the current folder].
    #[arg(long, value_name = "DIR")]
    site: Option<PathBuf>,
}

pub(super) fn run(command: &Follow, now: Timestamp) -> Result<(), Failure> {
    let root = match &command.site {
        Some(dir) => dir.clone(),
        None => site_of(Path::new("."))?,
    };
    check_words(&command.xfn)?;
    let config = Config::load(&root)?;
    let client = Client::for_site(&config)?;
    let found = super::wait(discover(&client, &command.address, now))?;
    if command.json {
        super::print(format!("{:#}\n", as_json(&found)).as_bytes(), "what was found")?;
    } else {
        Terminal::detect().say(card(&found, &config.time_zone).trim_end());
    }
    if command.dry_run {
        return Ok(());
    }
    let choice = choose(&found, command)?;
    let ties = Ties {
        title: None,
        channel: command.channel.clone(),
        xfn: command.xfn.clone(),
        public: !command.private,
    };
    let row = found.row(choice, ties, now.to_zoned(config.time_zone.clone()).date());
    let is_public = write(&root, &row)?;
    match command.announce {
        true if is_public => {
            println!(
                "{}",
                announce(&root, &row.url, &config, &now.to_zoned(config.time_zone.clone()))?
            );
            Terminal::detect().say("written; `lanai serve` shows it");
            Ok(())
        }
        true => Err(Failure::with_hint(
            "no post was written: you follow them already, or in private",
            "`lanai new follow ADDRESS` writes one",
        )),
        false => Ok(()),
    }
}

fn check_words(words: &[String]) -> Result<(), Failure> {
    match words.iter().find(|word| !XFN.contains(&word.as_str())) {
        None => Ok(()),
        Some(word) => Err(Failure::with_hint(
            format!("{word} is no word of XFN"),
            format!("write one of these: {}", XFN.join(", ")),
        )),
    }
}

/// What was found, for people.
fn card(found: &Found, zone: &TimeZone) -> String {
    let mut text = String::new();
    let page = found.page.as_ref().map(shown).unwrap_or_default();
    let name = found.name.as_deref().unwrap_or(&page);
    text.push_str(&format!("{name}\n{page}\n"));
    if let Some(note) = &found.note {
        text.push_str(&format!("{note}\n"));
    }
    for (number, choice) in (1..).zip(&found.choices) {
        text.push_str(&format!(
            "{number:>3}  {}\n     {}\n",
            line(choice, zone),
            shown(&choice.url)
        ));
    }
    for (url, why) in &found.broken {
        text.push_str(&format!("  -  {}: {why}\n", shown(url)));
    }
    text
}

/// A feed in one line.
fn line(choice: &Choice, zone: &TimeZone) -> String {
    let mut parts = vec![choice.title.clone().unwrap_or_else(|| "without a title".to_owned())];
    parts.push(choice.format.to_owned());
    parts.push(match choice.posts {
        1 => "one post".to_owned(),
        count => format!("{count} posts"),
    });
    parts.extend(choice.per_week.map(|count| format!("{count:.1} a week")));
    parts.extend(choice.last.map(|at| format!("last {}", at.to_zoned(zone.clone()).date())));
    parts.join(", ")
}

fn as_json(found: &Found) -> Value {
    let choice = |choice: &Choice| {
        json!({
            "url": shown(&choice.url),
            "title": choice.title,
            "format": choice.format,
            "posts": choice.posts,
            "last": choice.last.map(|at| at.to_string()),
            "per_week": choice.per_week,
            "hubs": choice.hubs.iter().map(shown).collect::<Vec<_>>(),
        })
    };
    let broken = |(url, why): &(Url, String)| json!({ "url": shown(url), "why": why });
    json!({
        "page": found.page.as_ref().map(shown),
        "name": found.name,
        "photo": found.photo.as_ref().map(shown),
        "note": found.note,
        "feeds": found.choices.iter().map(choice).collect::<Vec<_>>(),
        "broken": found.broken.iter().map(broken).collect::<Vec<_>>(),
    })
}

/// The feed that was asked for, by number or address; else the person is asked, if there is one.
fn choose<'f>(found: &'f Found, command: &Follow) -> Result<&'f Choice, Failure> {
    let of = |word: &str| {
        let by_number = word.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
        match by_number {
            Some(at) => found.choices.get(at),
            None => found.choices.iter().find(|choice| choice.url.as_str() == word),
        }
    };
    let named = match &command.feed {
        Some(feed) => Some(feed.clone()),
        None if found.choices.len() > 1 && io::stdin().is_terminal() => Some(ask(found)?),
        None => None,
    };
    let choice = match named.as_deref().map(str::trim) {
        None | Some("") => found.choices.first(),
        Some(word) => of(word),
    };
    choice.ok_or_else(|| {
        Failure::with_hint(
            format!("there is no feed {}", named.unwrap_or_default().trim()),
            format!("write a number from 1 to {}, or its address", found.choices.len()),
        )
    })
}

fn ask(found: &Found) -> Result<String, Failure> {
    Terminal::detect().say(&format!("which of the {} feeds? [1]", found.choices.len()));
    let mut line = String::new();
    let read = io::stdin().lock().read_line(&mut line);
    read.map_err(|error| Failure::io("read", "the answer", &error))?;
    Ok(line)
}

/// Writes the row down; says whether it is new and public.
fn write(root: &Path, row: &Row) -> Result<bool, Failure> {
    let terminal = Terminal::detect();
    let added = add(root, std::slice::from_ref(row))?;
    let name = row.title.as_deref().unwrap_or("them");
    match added.written.first() {
        None => terminal.say(&format!("you follow {name} already")),
        Some(row) if row.public => terminal.say(&format!("you follow {name}")),
        Some(_) => terminal.say(&format!("you follow {name}, and nobody is told")),
    }
    Ok(added.written.first().is_some_and(|row| row.public))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_those_of_xfn() {
        assert!(check_words(&["friend".to_owned(), "met".to_owned()]).is_ok());
        let wrong = check_words(&["buddy".to_owned()]).unwrap_err().to_string();
        assert!(wrong.contains("buddy is no word of XFN"), "{wrong}");
    }
}
