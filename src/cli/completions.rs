//! `lanai completions`: what a shell needs to complete commands and flags.

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

pub(super) fn run(command: &Completions) -> Result<(), Failure> {
    let mut text = Vec::new();
    clap_complete::generate(command.shell, &mut super::definition(), "lanai", &mut text);
    super::print(&text, "the completions")
}
