//! `lanai daemon`: the companion that publishes what changes, and receives and sends webmentions.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use tracing_subscriber::filter::LevelFilter;

use crate::daemon::{Companion, companion};
use crate::error::Failure;

/// Keep sites company: publish what changes, receive webmentions, tell those whom posts link.
#[derive(Debug, Args)]
pub(super) struct Daemon {
    /// The site folders.
    #[arg(default_value = ".")]
    dirs: Vec<PathBuf>,
    /// Where the database lies, instead of the first site's folder .lanai.
    #[arg(long, value_name = "DIR")]
    state: Option<PathBuf>,
    /// Where to listen, instead of what lanai.toml says; port 0 takes any free one.
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<SocketAddr>,
    /// How to write what happens to standard error.
    #[arg(long, value_enum, default_value_t = Log::Text)]
    log: Log,
}

/// A form of log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Log {
    /// For people.
    Text,
    /// For programs: one object a line.
    Json,
}

pub(super) fn run(command: &Daemon) -> Result<(), Failure> {
    begin_log(command.log);
    let settings = Companion {
        roots: command.dirs.clone(),
        state: command.state.clone(),
        listen: command.listen,
    };
    companion(&settings, |address| println!("http://{address}/"))
}

fn begin_log(log: Log) {
    let lines =
        tracing_subscriber::fmt().with_max_level(LevelFilter::INFO).with_writer(std::io::stderr);
    // Fails only if there is one already.
    let _ = match log {
        Log::Text => lines.with_target(false).with_ansi(false).try_init(),
        Log::Json => lines.json().flatten_event(true).with_target(false).try_init(),
    };
}
