//! `lanai man`: the man page, made from the same definition as the help.

use std::io;

use clap::Args;

use crate::error::Failure;

/// Print the man page.
#[derive(Debug, Args)]
#[command(after_help = "For example: lanai man | man -l -")]
pub(super) struct Man {}

pub(super) fn run(_command: &Man) -> Result<(), Failure> {
    let mut text = Vec::new();
    let failed = |error: io::Error| Failure::io("write", "the man page", &error);
    let definition = super::definition();
    let page = clap_mangen::Man::new(definition.clone());
    page.render(&mut text).map_err(failed)?;
    for command in definition.get_subcommands().filter(|command| command.get_name() != "help") {
        let name = format!("lanai-{}", command.get_name());
        let page = clap_mangen::Man::new(command.clone().name(name));
        page.render_synopsis_section(&mut text).map_err(failed)?;
        page.render_description_section(&mut text).map_err(failed)?;
        page.render_options_section(&mut text).map_err(failed)?;
    }
    super::print(&text, "the man page")
}
