//! `lanai serve`: a preview that builds again after every change.

use std::path::PathBuf;

use clap::Args;

use super::Terminal;
use crate::daemon::{Event, Settings, run as preview};
use crate::error::Failure;

/// Show the site in the browser and build it again after every change.
#[derive(Debug, Args)]
pub(super) struct Serve {
    /// The site folder.
    #[arg(default_value = ".")]
    dir: PathBuf,
    /// The port; 0 takes any free one and prints it.
    #[arg(long, default_value_t = 4000)]
    port: u16,
    /// Show drafts and posts that are not yet due.
    #[arg(long)]
    drafts: bool,
}

pub(super) fn run(command: &Serve) -> Result<(), Failure> {
    // A folder that is no site is no preview: say so before a port is taken.
    if !command.dir.join(crate::config::FILE).exists() {
        crate::config::Config::load(&command.dir)?;
    }
    let settings =
        Settings { root: command.dir.clone(), port: command.port, drafts: command.drafts };
    preview(&settings, tell)
}

fn tell(event: Event) {
    let terminal = Terminal::detect();
    match event {
        Event::Listening(address) => println!("{address}"),
        Event::Built(report, time) => {
            terminal.problems(&report.warnings);
            terminal.summary(&report, time.as_secs_f64());
        }
        Event::Problems(problems) => terminal.problems(&problems),
        Event::Failed(message) => terminal.say(&format!("lanai: {message}")),
    }
}
