//! The command line: one file a command. Help, man page and completions come from the definitions
//! here; data goes to standard output, messages to standard error.

mod build;
mod completions;
#[cfg(feature = "network")]
mod daemon;
#[cfg(feature = "network")]
mod desk;
#[cfg(feature = "network")]
mod feeds;
#[cfg(feature = "network")]
mod follow;
mod following;
mod init;
#[cfg(feature = "network")]
mod login;
#[cfg(feature = "network")]
mod mail;
mod man;
#[cfg(feature = "network")]
mod mentions;
mod mv;
mod new;
mod rm;
#[cfg(feature = "network")]
mod send;
#[cfg(feature = "network")]
mod serve;
#[cfg(feature = "network")]
mod sync;
mod terminal;

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::{CommandFactory, Parser, Subcommand};
use jiff::Timestamp;

use crate::error::Failure;
use crate::model::Post;
use crate::site::Site;

pub use terminal::{Terminal, report_failure};

/// A place of your own on the social web: a folder of Markdown becomes a personal site.
#[derive(Debug, Parser)]
#[command(name = "lanai", version, max_term_width = 100)]
#[command(after_help = "Exit codes: 0 done, 1 problems found in the site, 2 failed to run.\n\
                        Start with: lanai init my-site && lanai serve my-site")]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Init(init::Init),
    New(new::New),
    #[cfg(feature = "network")]
    Serve(serve::Serve),
    #[cfg(feature = "network")]
    Daemon(daemon::Daemon),
    Build(build::BuildCommand),
    #[cfg(feature = "network")]
    Send(send::Send),
    #[cfg(feature = "network")]
    Mentions(mentions::Mentions),
    Following(following::Following),
    #[cfg(feature = "network")]
    Sync(sync::Sync),
    #[cfg(feature = "network")]
    Follow(follow::Follow),
    #[cfg(feature = "network")]
    Feeds(feeds::Feeds),
    #[cfg(feature = "network")]
    Login(login::Login),
    #[cfg(feature = "network")]
    Mail(mail::MailCommand),
    Mv(mv::Mv),
    Rm(rm::Rm),
    Completions(completions::Completions),
    Man(man::Man),
}

/// Runs a command. `now` is the only clock of the program.
///
/// # Errors
/// What kept the command from its work; its exit code is [`Failure::exit_code`].
pub fn run(cli: Cli, now: Timestamp) -> Result<(), Failure> {
    match cli.command {
        Command::Init(command) => init::run(command),
        Command::New(command) => new::run(&command, now),
        #[cfg(feature = "network")]
        Command::Serve(command) => serve::run(&command),
        #[cfg(feature = "network")]
        Command::Daemon(command) => daemon::run(&command),
        Command::Build(command) => build::run(&command, now),
        #[cfg(feature = "network")]
        Command::Send(command) => send::run(&command, now),
        #[cfg(feature = "network")]
        Command::Mentions(command) => mentions::run(&command, now),
        Command::Following(command) => following::run(&command),
        #[cfg(feature = "network")]
        Command::Sync(command) => sync::run(&command, now),
        #[cfg(feature = "network")]
        Command::Follow(command) => follow::run(&command, now),
        #[cfg(feature = "network")]
        Command::Feeds(command) => feeds::run(&command, now),
        #[cfg(feature = "network")]
        Command::Login(command) => login::run(&command),
        #[cfg(feature = "network")]
        Command::Mail(command) => mail::run(&command, now),
        Command::Mv(command) => mv::run(&command),
        Command::Rm(command) => rm::run(&command, now),
        Command::Completions(command) => completions::run(&command),
        Command::Man(command) => man::run(&command),
    }
}

/// The definition of the whole command line.
pub fn definition() -> clap::Command {
    Cli::command()
}

/// Does work that waits for databases and other servers.
#[cfg(feature = "network")]
fn wait<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::run(format!("cannot work: {error}")))?;
    runtime.block_on(work)
}

/// Writes to standard output; that nobody reads to the end is no failure.
fn print(text: &[u8], what: &str) -> Result<(), Failure> {
    match io::stdout().write_all(text) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other.map_err(|error| Failure::io("write", what, &error)),
    }
}

/// The site folder that a path below it belongs to: the nearest folder above with a `lanai.toml`.
fn site_of(path: &Path) -> Result<PathBuf, Failure> {
    let absolute = std::path::absolute(path).map_err(|error| Failure::io("find", path, &error))?;
    let mut folder = Some(absolute.as_path());
    while let Some(dir) = folder {
        if dir.join(crate::config::FILE).is_file() {
            return Ok(dir.to_path_buf());
        }
        folder = dir.parent();
    }
    Err(Failure::with_hint(
        format!("{} does not lie in a site folder", path.display()),
        "a site folder has a lanai.toml; name the folder with --site",
    ))
}

/// Finds a post by its file or its address.
fn find_post<'s>(site: &'s Site, name: &str) -> Result<&'s Post, Failure> {
    let root = &site.root;
    let absolute = std::path::absolute(name).unwrap_or_else(|_| PathBuf::from(name));
    let below = absolute.strip_prefix(root).ok().and_then(Path::to_str).unwrap_or(name);
    let page = crate::model::Permalink::page(name);
    let found = site.posts.iter().map(Box::as_ref).find(|post| {
        post.file() == name
            || post.file() == below
            || (name.starts_with('/') && post.permalink == page)
    });
    found.ok_or_else(|| {
        let names = site.posts.iter().map(|post| post.file());
        let message = format!("there is no post {name}");
        match crate::error::nearest(name, names) {
            Some(near) => Failure::with_hint(message, format!("did you mean {near}?")),
            None => Failure::with_hint(
                message,
                "name its file (content/notes/hello.md) or its address (/notes/hello/)",
            ),
        }
    })
}
