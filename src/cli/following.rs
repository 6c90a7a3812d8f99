//! `lanai following`: whom the owner follows, listed, taken over from other readers and handed on to
//! them. Asks nobody: the addresses are taken as they are written.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use serde_json::json;

use super::Terminal;
use crate::config::Config;
use crate::error::{Failure, Problem, Problems};
use crate::formats::opml::{self, Opml, Outline};
use crate::model::Follow;
use crate::site::following::{add, has_credentials, without_credentials};
use crate::site::{Over, follows, read_file, write_file};
use crate::text::excerpt::excerpt;

/// Bytes of a list of another reader; a longer one is refused.
const LARGEST_LIST: u64 = 64 << 20;

/// Between the names of folders that lie in each other, in the name of a channel.
const BETWEEN: &str = " / ";

/// Folders in each other; a channel of more parts becomes one folder.
const DEEPEST: usize = 8;

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
    let mut found = Found::default();
    found.collect(&list.outlines, &mut Vec::new());
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

/// What a list of another reader holds.
#[derive(Default)]
struct Found {
    rows: Vec<Follow>,
    /// The names of entries without an address.
    bad: Vec<String>,
}

impl Found {
    fn collect<'a>(&mut self, outlines: &'a [Outline], folders: &mut Vec<&'a str>) {
        for outline in outlines {
            match follow(outline, folders) {
                Some(row) => self.rows.push(row),
                None if outline.children.is_empty() => self.bad.push(outline.text.clone()),
                None => {}
            }
            folders.push(&outline.text);
            self.collect(&outline.children, folders);
            folders.pop();
        }
    }
}

/// The row of an entry; `None` if it has no address.
fn follow(outline: &Outline, folders: &[&str]) -> Option<Follow> {
    let feed = outline.xml_url.clone();
    // Without a home page the feed stands for it: its host may belong to many.
    let url = outline.html_url.clone().or_else(|| feed.clone())?;
    let named: Vec<&str> = folders.iter().copied().filter(|name| !name.is_empty()).collect();
    let title = Some(outline.text.clone())
        .filter(|text| !text.is_empty() && *text != url && Some(text) != feed.as_ref());
    Some(Follow {
        url,
        feed,
        title,
        nickname: None,
        photo: None,
        channel: (!named.is_empty()).then(|| named.join(BETWEEN)),
        xfn: Vec::new(),
        public: true,
        since: None,
        note: outline.description.clone(),
    })
}

fn export(root: &Path, config: &Config, wanted: &Export) -> Result<(), Failure> {
    let mut top = Folder::default();
    let mut secret: usize = 0;
    for row in follows(root)?.iter().filter(|row| wanted.all || row.public) {
        if has_credentials(row) {
            secret = secret.saturating_add(1);
            continue;
        }
        let channel = row.channel.as_deref().unwrap_or_default();
        top.put(&folders_of(channel), outline(row));
    }
    let text = opml::write(&Opml {
        title: config.title.clone(),
        date_modified: None,
        owner_name: Some(config.author.name.clone()),
        owner_id: Some(config.home.home().to_owned()),
        outlines: top.into_outlines(),
    });
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

/// The folders that a channel stands for, the outermost first.
fn folders_of(channel: &str) -> Vec<&str> {
    let parts: Vec<&str> = channel.split(BETWEEN).collect();
    // Readers take the space around a name away, so that it would not come back as it was.
    let is_right = |part: &&str| !part.is_empty() && part.trim() == *part;
    match channel.trim() {
        "" => Vec::new(),
        _ if parts.len() <= DEEPEST && parts.iter().all(is_right) => parts,
        whole => vec![whole],
    }
}

fn outline(row: &Follow) -> Outline {
    let address = row.feed.as_ref().unwrap_or(&row.url);
    Outline {
        text: row.title.as_ref().unwrap_or(address).clone(),
        xml_url: row.feed.clone(),
        html_url: Some(row.url.clone()).filter(|url| Some(url) != row.feed.as_ref()),
        description: row.note.clone(),
        ..Outline::default()
    }
}

/// A folder of the list that is handed on.
#[derive(Default)]
struct Folder {
    feeds: Vec<Outline>,
    folders: BTreeMap<String, Folder>,
}

impl Folder {
    fn put(&mut self, path: &[&str], feed: Outline) {
        match path.split_first() {
            Some((first, rest)) => {
                self.folders.entry((*first).to_owned()).or_default().put(rest, feed);
            }
            None => self.feeds.push(feed),
        }
    }

    fn into_outlines(self) -> Vec<Outline> {
        let mut all = self.feeds;
        all.extend(self.folders.into_iter().map(|(text, folder)| Outline {
            text,
            children: folder.into_outlines(),
            ..Outline::default()
        }));
        all
    }
}
