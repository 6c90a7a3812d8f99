//! `lanai completions`: what a shell needs to complete commands and flags.

use std::io;

use clap::Args;
use clap_complete::Shell;

use crate::error::Failure;

/// Print completions for a shell.
#[derive(Debug, Args)]
#[command(
    after_help = "For example: lanai completions fish > ~/.config/fish/completions/lanai.fish"
)]
pub(super) struct Completions {
    /// The shell.
    shell: Shell,
}

#[allow(clippy::unnecessary_wraps, reason = "every command has the same form")]
pub(super) fn run(command: &Completions) -> Result<(), Failure> {
    clap_complete::generate(command.shell, &mut super::definition(), "lanai", &mut io::stdout());
    Ok(())
}
