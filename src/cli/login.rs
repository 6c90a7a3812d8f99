//! `lanai login`: the pass phrase by which the owner enters the daemon's pages.

use std::io::{BufRead, IsTerminal, Write};
use std::path::PathBuf;

use clap::Args;

use super::Terminal;
use super::desk::store;
use crate::config::Config;
use crate::daemon::set_pass_phrase;
use crate::error::Failure;

/// Letters that a pass phrase has at least.
const SHORTEST: usize = 12;

/// Set the pass phrase for the daemon's own pages, where you decide about mentions.
///
/// It is read from the terminal or from standard input. Whoever is logged in has to log in again.
#[derive(Debug, Args)]
pub(super) struct Login {
    /// The site folder.
    #[arg(default_value = ".")]
    dir: PathBuf,
    /// Where the database lies, instead of the folder .lanai.
    #[arg(long, value_name = "DIR")]
    state: Option<PathBuf>,
}

pub(super) fn run(command: &Login) -> Result<(), Failure> {
    let config = Config::load(&command.dir)?;
    let phrase = read_phrase()?;
    super::wait(async {
        let store = store(&command.dir, &config, command.state.as_deref()).await?;
        set_pass_phrase(&store, config.home.home(), &phrase).await
    })?;
    Terminal::detect().say("the pass phrase is set; /login of the daemon asks for it");
    Ok(())
}

fn read_phrase() -> Result<String, Failure> {
    let input = std::io::stdin();
    let is_terminal = input.is_terminal();
    if is_terminal {
        let mut screen = std::io::stderr();
        // A screen that cannot be written to shows nothing else either.
        let _ = write!(screen, "A new pass phrase, at least {SHORTEST} letters (it is shown): ");
        let _ = screen.flush();
    }
    let mut line = String::new();
    let read = input.lock().read_line(&mut line);
    read.map_err(|error| Failure::io("read", "the pass phrase", &error))?;
    let phrase = line.trim_end_matches(['\r', '\n']).to_owned();
    if phrase.chars().count() < SHORTEST {
        return Err(Failure::with_hint(
            format!("a pass phrase has at least {SHORTEST} letters"),
            "four or five words that only you put together are good",
        ));
    }
    Ok(phrase)
}
