//! `lanai new`: a post of any kind, from flags, an editor or standard input.

use std::io::{self, IsTerminal, Read};
use std::path::{Path, PathBuf};

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use jiff::{Timestamp, Zoned};

use super::{Terminal, site_of};
use crate::config::Config;
use crate::error::{Failure, Source};
use crate::model::Kind;
use crate::site::{Draft, Rules, adopt, create, new_text, read_front_matter, split, uid};
use crate::text::slug::slug;

/// Write a new post.
#[derive(Debug, Args)]
#[command(after_help = "For example:\n  \
    lanai new note 'The swifts are back.'\n  \
    lanai new like https://ben.example/hello/\n  \
    lanai new article --title 'On bridges' --edit\n  \
    echo 'From a pipe' | lanai new note -")]
pub(super) struct New {
    /// What to write.
    #[arg(value_parser = kinds())]
    kind: Kind,
    /// The text, an address for kinds that answer one, or - for standard input.
    #[arg(value_name = "TEXT")]
    words: Vec<String>,
    /// The title.
    #[arg(long)]
    title: Option<String>,
    /// The page that the post answers, likes, reposts, remembers, quotes, follows, read …
    #[arg(long, value_name = "ADDRESS")]
    of: Option<String>,
    /// A picture, film or recording; a file from elsewhere is copied into media/. May be given
    /// several times.
    #[arg(long, value_name = "FILE")]
    media: Vec<String>,
    /// What the picture shows, in the order of --media.
    #[arg(long, value_name = "TEXT")]
    alt: Vec<String>,
    /// A tag; may be given several times.
    #[arg(long = "tag", value_name = "TAG")]
    tags: Vec<String>,
    /// When an event starts.
    #[arg(long, value_name = "TIME")]
    start: Option<String>,
    /// When an event ends.
    #[arg(long, value_name = "TIME")]
    end: Option<String>,
    /// Where: an event's or check-in's place.
    #[arg(long, value_name = "PLACE")]
    place: Option<String>,
    /// An answer to an invitation.
    #[arg(long, value_name = "ANSWER", value_parser = ["yes", "no", "maybe", "interested"])]
    rsvp: Option<String>,
    /// A review's rating, of five.
    #[arg(long)]
    rating: Option<f64>,
    /// What a review is about.
    #[arg(long, value_name = "NAME")]
    item: Option<String>,
    /// The last part of the address.
    #[arg(long)]
    slug: Option<String>,
    /// The language, if it is not the site's.
    #[arg(long, value_name = "CODE")]
    lang: Option<String>,
    /// Mark the post as a draft.
    #[arg(long)]
    draft: bool,
    /// Open the post in $VISUAL or $EDITOR.
    #[arg(long)]
    edit: bool,
    /// The site folder [default: the one around the current folder].
    #[arg(long, value_name = "DIR")]
    site: Option<PathBuf>,
}

/// The names of all kinds, and the kind that a name means.
fn kinds() -> impl TypedValueParser<Value = Kind> {
    let names = Kind::POSTS.into_iter().chain([Kind::Page]).map(Kind::name);
    PossibleValuesParser::new(names)
        .try_map(|name| Kind::from_name(&name).ok_or("there is no such kind"))
}

pub(super) fn run(command: &New, now: Timestamp) -> Result<(), Failure> {
    let root = match &command.site {
        Some(dir) => dir.clone(),
        None => site_of(Path::new("."))?,
    };
    let config = Config::load(&root)?;
    let now = now.to_zoned(config.time_zone.clone());
    let mut post = Post::from_command(command)?;
    post.check()?;
    let file = post.file(&config, &now);
    let text = |post: &Post<'_>| new_text(post.kind, &post.keys(&config, &now), &post.words);
    // Judged before any file is copied, with the media as they were given.
    post.media.clone_from(&command.media);
    check(&file, &text(&post), post.kind, &config)?;
    post.media = adopt_all(&root, &config, &command.media)?;
    let text = text(&post);
    create(&root, &Draft { file: file.clone(), text })?;
    if post.edit {
        edit(&root.join(&file))?;
    }
    println!("{file}");
    Terminal::detect().say("written; `lanai serve` shows it");
    Ok(())
}

/// A post that would not build, or not as what was asked for, is not written.
fn check(file: &str, text: &str, kind: Kind, config: &Config) -> Result<(), Failure> {
    let source = Source::new(file, text);
    let rules = Rules { zone: &config.time_zone, foreign: false };
    let parts = split(&source).map_err(|problem| Failure::from(*problem))?;
    let matter = match read_front_matter(&source, &parts, &rules) {
        Ok((matter, _)) => matter,
        Err(problems) => {
            let first = problems.into_iter().next();
            let (message, hint) = first.map(|p| (p.message, p.hint)).unwrap_or_default();
            let hint = hint.unwrap_or_else(|| "nothing was written".to_owned());
            return Err(Failure::with_hint(message, hint));
        }
    };
    if matter.properties.kind() == kind {
        return Ok(());
    }
    Err(Failure::with_hint(
        format!(
            "with these flags it would be {}, not {}",
            matter.properties.kind().with_article(),
            kind.with_article()
        ),
        format!("leave them out, or write lanai new {}", matter.properties.kind().name()),
    ))
}

/// What is to be written, flags and text taken together.
struct Post<'c> {
    kind: Kind,
    command: &'c New,
    target: Option<String>,
    words: String,
    edit: bool,
    /// The sources of its media, as the post names them.
    media: Vec<String>,
}

impl<'c> Post<'c> {
    fn from_command(command: &'c New) -> Result<Self, Failure> {
        let kind = command.kind;
        let mut words = command.words.clone();
        let mut target = command.of.clone();
        // `lanai new like https://…`: the address may stand where the text stands.
        if target.is_none()
            && relation(kind).is_some()
            && words.first().is_some_and(|w| is_address(w))
        {
            target = Some(words.remove(0));
        }
        let text = match words.as_slice() {
            [dash] if dash == "-" => from_stdin()?,
            [] if !command.edit && !io::stdin().is_terminal() && needs_words(kind) => from_stdin()?,
            words => words.join(" "),
        };
        // Somebody who types `lanai new note` wants to write.
        let asks = text.is_empty() && needs_words(kind) && io::stdin().is_terminal();
        Ok(Self {
            kind,
            command,
            target,
            words: text,
            edit: command.edit || asks,
            media: Vec::new(),
        })
    }

    /// What the kind cannot do without.
    fn check(&mut self) -> Result<(), Failure> {
        let name = self.kind.with_article();
        let missing = |what: &str, flag: &str| {
            Err(Failure::with_hint(format!("{name} needs {what}"), format!("give it with {flag}")))
        };
        if relation(self.kind).is_some() && self.target.is_none() {
            return missing("the address of the page it is about", "--of ADDRESS");
        }
        match self.kind {
            Kind::Event if self.command.start.is_none() => missing("a beginning", "--start TIME"),
            Kind::Article | Kind::Page if self.command.title.is_none() => {
                missing("a title", "--title TITLE")
            }
            Kind::Photo | Kind::Video | Kind::Audio if self.command.media.is_empty() => {
                missing("a file", "--media FILE")
            }
            Kind::Checkin if self.command.place.is_none() => missing("a place", "--place PLACE"),
            Kind::Review if self.command.item.is_none() => {
                missing("what it is about", "--item NAME")
            }
            Kind::Rsvp if self.command.rsvp.is_none() => missing("an answer", "--rsvp yes"),
            kind if says_nothing(kind, &self.words) && !self.edit => {
                missing("a text", "words behind it, --edit, or - for standard input")
            }
            _ => Ok(()),
        }
    }

    fn file(&self, config: &Config, now: &Zoned) -> String {
        let from_words: String = self
            .words
            .split_whitespace()
            .filter(|w| !w.starts_with('#'))
            .take(6)
            .collect::<Vec<_>>()
            .join(" ");
        let title =
            self.command.title.as_deref().or(self.command.item.as_deref()).unwrap_or(&from_words);
        let time = now.strftime("%H%M%S").to_string();
        let name = match &self.command.slug {
            Some(own) => slug(own),
            None => slug(title),
        };
        let name = if name.is_empty() { time } else { name };
        let folder = config.content.folder.trim_end_matches('/');
        let suffix = match &self.command.lang {
            Some(code) if config.languages.iter().any(|l| l.code == *code) => format!(".{code}"),
            _ => String::new(),
        };
        if self.kind == Kind::Page {
            return format!("{folder}/{name}{suffix}.md");
        }
        let day = now.strftime("%Y-%m-%d");
        format!("{folder}/{}/{day}-{name}{suffix}.md", self.kind.folder())
    }

    /// The front matter: key and value as TOML.
    fn keys(&self, config: &Config, now: &Zoned) -> Vec<(String, String)> {
        let command = self.command;
        let mut keys: Vec<(String, String)> = Vec::new();
        let mut set = |key: &str, value: String| keys.push((key.to_owned(), value));
        if let Some(title) = &command.title {
            set("title", quoted(title));
        }
        if self.kind != Kind::Page {
            set("date", now.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string());
            set("uid", quoted(&uid(config.base.host(), now, &self.words)));
        }
        if command.draft {
            set("draft", "true".to_owned());
        }
        if let Some(lang) = &command.lang {
            set("lang", quoted(lang));
        }
        if !command.tags.is_empty() {
            let tags: Vec<String> = command.tags.iter().map(|tag| quoted(tag)).collect();
            set("tags", format!("[{}]", tags.join(", ")));
        }
        if let (Some(key), Some(target)) = (relation(self.kind), &self.target) {
            set(key, quoted(target));
        }
        if let Some(rsvp) = &command.rsvp {
            set("rsvp", quoted(rsvp));
        }
        for (key, value) in [("start", &command.start), ("end", &command.end)] {
            if let Some(value) = value {
                set(key, quoted(value));
            }
        }
        if let Some(place) = &command.place {
            let key = if self.kind == Kind::Checkin { "checkin" } else { "location" };
            set(key, quoted(place));
        }
        if let Some(item) = &command.item {
            set("item", quoted(item));
        }
        if let Some(rating) = command.rating {
            set("rating", rating.to_string());
        }
        if let Some(media) = self.media() {
            set(media.0, media.1);
        }
        keys
    }

    fn media(&self) -> Option<(&'static str, String)> {
        let key = match self.kind {
            Kind::Video => "video",
            Kind::Audio => "audio",
            Kind::Article | Kind::Page => "featured",
            _ => "photo",
        };
        let items: Vec<String> = self
            .media
            .iter()
            .enumerate()
            .map(|(at, src)| match self.command.alt.get(at) {
                Some(alt) => format!("{{ src = {}, alt = {} }}", quoted(src), quoted(alt)),
                None => format!("{{ src = {} }}", quoted(src)),
            })
            .collect();
        (!items.is_empty()).then(|| (key, format!("[{}]", items.join(", "))))
    }
}

/// How a post names each file: files of the site folder by their address, addresses as they are;
/// other files are copied into `media/` first.
fn adopt_all(root: &Path, config: &Config, files: &[String]) -> Result<Vec<String>, Failure> {
    files
        .iter()
        .map(|file| {
            if file.contains("://") {
                Ok(file.clone())
            } else {
                adopt(root, &config.content.folder, file)
            }
        })
        .collect()
}

/// The key of the page that a kind is about.
fn relation(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::Reply | Kind::Rsvp => Some("in-reply-to"),
        Kind::Like => Some("like-of"),
        Kind::Repost => Some("repost-of"),
        Kind::Bookmark => Some("bookmark-of"),
        Kind::Quotation => Some("quotation-of"),
        Kind::Follow => Some("follow-of"),
        Kind::Read => Some("read-of"),
        Kind::Watch => Some("watch-of"),
        Kind::Listen => Some("listen-of"),
        _ => None,
    }
}

/// A note or reply of no words, which nobody meant to write.
fn says_nothing(kind: Kind, words: &str) -> bool {
    matches!(kind, Kind::Note | Kind::Reply) && words.trim().is_empty()
}

/// Kinds that say nothing without words.
fn needs_words(kind: Kind) -> bool {
    matches!(kind, Kind::Note | Kind::Reply | Kind::Article | Kind::Page)
}

fn is_address(word: &str) -> bool {
    word.starts_with("https://") || word.starts_with("http://") || word.starts_with('/')
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

fn from_stdin() -> Result<String, Failure> {
    let mut text = String::new();
    io::stdin()
        .read_to_string(&mut text)
        .map_err(|error| Failure::io("read", "standard input", &error))?;
    Ok(text)
}

fn edit(path: &Path) -> Result<(), Failure> {
    let editor = std::env::var("VISUAL")
        .or_else(|_| std::env::var("EDITOR"))
        .unwrap_or_else(|_| "vi".to_owned());
    // The variable may hold flags: `code --wait`.
    let mut words = editor.split_whitespace();
    let program = words.next().unwrap_or("vi");
    let status = std::process::Command::new(program).args(words).arg(path).status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(Failure::run(format!(
            "{editor} ended with {status}; the post is at {}",
            path.display()
        ))),
        Err(error) => Err(Failure::with_hint(
            format!("cannot start {editor}: {error}; the post is at {}", path.display()),
            "set $EDITOR to your editor",
        )),
    }
}
