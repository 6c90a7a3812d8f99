//! `lanai following`: whom the owner follows, listed, taken over from other readers and handed on to
//! them. Asks nobody: the addresses are taken as they are written.

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use serde_json::json;

use super::Terminal;
use crate::config::Config;
use crate::error::{Failure, Problem, Problems};
use crate::formats::opml;
use crate::model::Follow;
use crate::site::following::{add, has_credentials, list_of, rows_of, without_credentials};
use crate::site::{Over, follows, read_file, write_file};
use crate::text::excerpt::excerpt;

/// Bytes of a list of another reader; a longer one is refused.
const LARGEST_LIST: u64 = 64 << 20;

/// List whom you follow, take it over from another reader, or hand it on to one.
#[derive(Debug, Args)]
pub(super) struct Following {
    #[command(subcommand)]
    command: Command,
    /// The site folder.
    #[arg(long, global = true, default_value = ".", value_name = "DIR")]
    site: PathBuf,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List whom you follow, by channel.
    List(List),
    /// Add what is in an OPML file of another reader to data/following.toml.
    Import(Import),
    /// Print whom you follow as OPML, which other readers take.
    Export(Export),
}

#[derive(Debug, Args)]
struct List {
    /// Only those of one channel.
    #[arg(long, value_name = "NAME")]
    channel: Option<String>,
    /// Print them for scripts.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct Import {
    /// The OPML file; - reads standard input.
    file: PathBuf,
    /// Put all in one channel, instead of one for each folder.
    #[arg(long, value_name = "NAME")]
    channel: Option<String>,
    /// Write them into data/private/following.toml: nothing of them is published.
    #[arg(long)]
    private: bool,
}

#[derive(Debug, Args)]
struct Export {
    /// Those included that are not public.
    #[arg(long)]
    all: bool,
    /// Write it into a file.
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub(super) fn run(command: &Following) -> Result<(), Failure> {
    let root = &command.site;
    let config = Config::load(root)?;
    match &command.command {
        Command::List(list) => show_list(root, list),
        Command::Import(wanted) => import(root, wanted),
        Command::Export(wanted) => export(root, &config, wanted),
    }
}

fn show_list(root: &Path, list: &List) -> Result<(), Failure> {
    let mut rows = follows(root)?;
    if let Some(channel) = &list.channel {
        rows.retain(|row| row.channel.as_ref() == Some(channel));
    }
    // Within a channel they keep the file's order.
    rows.sort_by(|a, b| a.channel.cmp(&b.channel));
    if list.json {
        for row in &mut rows {
            row.url = without_credentials(&row.url);
            row.feed = row.feed.as_deref().map(without_credentials);
            row.title = row.title.as_deref().map(without_credentials);
        }
        let text = format!("{:#}\n", json!({ "following": rows }));
        return super::print(text.as_bytes(), "the list");
    }
    if rows.is_empty() {
        Terminal::detect().say("there is nobody");
    }
    let text: String = rows.iter().map(line).collect();
    super::print(text.as_bytes(), "the list")
}

fn line(row: &Follow) -> String {
    let address = row.feed.as_ref().unwrap_or(&row.url);
    let name = row.title.as_ref().or(row.nickname.as_ref());
    let mut words: Vec<String> =
        name.into_iter().chain([address]).map(|text| shown(text)).collect();
    words.extend(row.channel.as_deref().map(|channel| format!("[{}]", shown(channel))));
    words.extend((!row.public).then(|| "(private)".to_owned()));
    format!("{}\n", words.join("  "))
}

/// A text of others as a terminal may show it.
pub(super) fn shown(text: &str) -> String {
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    excerpt(&without_credentials(&text), 200)
}

fn import(root: &Path, wanted: &Import) -> Result<(), Failure> {
    let is_input = wanted.file.as_os_str() == "-";
    let name =
        if is_input { "standard input".to_owned() } else { wanted.file.display().to_string() };
    let bytes = if is_input { standard_input()? } else { read_file(&wanted.file)? };
    if bytes.len() as u64 > LARGEST_LIST {
        return Err(Failure::run(format!("{name} is larger than {LARGEST_LIST} bytes")));
    }
    let list = opml::read(&bytes).map_err(|error| {
        Failure::with_hint(
            format!("{name} is not read as OPML: {error}"),
            "let your old reader export its subscriptions as OPML",
        )
    })?;
    let mut found = rows_of(&list);
    for row in &mut found.rows {
        row.public = !wanted.private;
        if wanted.channel.is_some() {
            row.channel.clone_from(&wanted.channel);
        }
    }
    let added = add(root, &found.rows)?;
    let terminal = Terminal::detect();
    terminal.say(&format!("added: {}; known: {}", added.written.len(), added.known.len()));
    let secret = added.written.iter().filter(|row| has_credentials(row)).count();
    if secret > 0 {
        terminal.say(&format!(
            "with a name or a pass word in the address: {secret}; they stand in data/private/following.toml"
        ));
    }
    if found.bad.is_empty() {
        return Ok(());
    }
    let mut problems = Problems::new();
    problems.extend(found.bad.iter().map(|text| {
        Problem::in_file(&*name, format!("\"{}\" has no web address", shown(text)))
            .hint("the others were taken; write this one into data/following.toml yourself")
    }));
    Err(Failure::Problems(problems))
}

fn standard_input() -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    io::stdin()
        .lock()
        .take(LARGEST_LIST.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(|error| Failure::io("read", "standard input", &error))?;
    Ok(bytes)
}

fn export(root: &Path, config: &Config, wanted: &Export) -> Result<(), Failure> {
    let rows = follows(root)?.into_iter().filter(|row| wanted.all || row.public);
    let (list, secret) = list_of(&rows.collect::<Vec<_>>(), config);
    let text = opml::write(&list);
    match &wanted.output {
        Some(file) => write_file(file, text.as_bytes(), Over::Existing)?,
        None => super::print(text.as_bytes(), "the list")?,
    }
    if secret > 0 {
        Terminal::detect()
            .say(&format!("left out, for a name or a pass word in the address: {secret}"));
    }
    Ok(())
}
