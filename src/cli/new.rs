//! `lanai new`: a post of any kind, from flags, an editor or standard input.

use std::io::{self, IsTerminal, Read};
use std::path::{Path, PathBuf};
use std::process;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use jiff::Timestamp;

use super::{Terminal, site_of};
use crate::config::Config;
use crate::error::Failure;
use crate::model::Kind;
use crate::site::{Draft, Misfit, Missing, NewPost, adopt, create, needs_words, relation};

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
    let (mut post, edits) = post_of(command)?;
    complete(&post, edits)?;
    let file = post.file(&config, &now);
    let seed = process::id().to_string();
    let draft = |post: &NewPost| post.draft(file.clone(), &config, (&now, &seed));
    // Judged before any file is copied, with the media as they were given.
    check(&post, &draft(&post), &config)?;
    post.media = adopt_all(&root, &config, &command.media)?;
    create(&root, &draft(&post))?;
    if edits {
        edit(&root.join(&file))?;
    }
    println!("{file}");
    Terminal::detect().say("written; `lanai serve` shows it");
    Ok(())
}

/// A post that would not build, or not as what was asked for, is not written.
fn check(post: &NewPost, draft: &Draft, config: &Config) -> Result<(), Failure> {
    post.check(draft, config).map_err(|misfit| match misfit {
        Misfit::Wrong(message, hint) => {
            let hint = hint.unwrap_or_else(|| "nothing was written".to_owned());
            Failure::with_hint(message, hint)
        }
        Misfit::Other(kind) => Failure::with_hint(
            format!(
                "with these flags it would be {}, not {}",
                kind.with_article(),
                post.kind.with_article()
            ),
            format!("leave them out, or write lanai new {}", kind.name()),
        ),
    })
}

/// What is to be written, flags and text taken together, and whether it is opened in an editor then.
fn post_of(command: &New) -> Result<(NewPost, bool), Failure> {
    let kind = command.kind;
    let mut words = command.words.clone();
    let mut target = command.of.clone();
    // `lanai new like https://…`: the address may stand where the text stands.
    if target.is_none() && relation(kind).is_some() && words.first().is_some_and(|w| is_address(w))
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
    let post = NewPost {
        kind,
        words: text,
        title: command.title.clone(),
        target,
        media: command.media.clone(),
        alt: command.alt.clone(),
        tags: command.tags.clone(),
        start: command.start.clone(),
        end: command.end.clone(),
        place: command.place.clone(),
        rsvp: command.rsvp.clone(),
        rating: command.rating,
        item: command.item.clone(),
        slug: command.slug.clone(),
        lang: command.lang.clone(),
        draft: command.draft,
    };
    Ok((post, command.edit || asks))
}

/// What the kind cannot do without; words may still be typed in the editor.
fn complete(post: &NewPost, edits: bool) -> Result<(), Failure> {
    let (what, flag) = match post.missing() {
        None => return Ok(()),
        Some(Missing::Words) if edits => return Ok(()),
        Some(Missing::Words) => ("a text", "words behind it, --edit, or - for standard input"),
        Some(Missing::Target) => ("the address of the page it is about", "--of ADDRESS"),
        Some(Missing::Start) => ("a beginning", "--start TIME"),
        Some(Missing::Title) => ("a title", "--title TITLE"),
        Some(Missing::Media) => ("a file", "--media FILE"),
        Some(Missing::Place) => ("a place", "--place PLACE"),
        Some(Missing::Item) => ("what it is about", "--item NAME"),
        Some(Missing::Rsvp) => ("an answer", "--rsvp yes"),
    };
    let name = post.kind.with_article();
    Err(Failure::with_hint(format!("{name} needs {what}"), format!("give it with {flag}")))
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

fn is_address(word: &str) -> bool {
    word.starts_with("https://") || word.starts_with("http://") || word.starts_with('/')
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
    let status = process::Command::new(program).args(words).arg(path).status();
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
