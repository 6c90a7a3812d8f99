//! `lanai mv`: rename a post and leave a redirect.

use std::path::{Path, PathBuf};

use clap::Args;

use super::{Terminal, find_post, site_of};
use crate::error::Failure;
use crate::site::{Site, rename};

/// Rename a post's file; its old address becomes a redirect.
#[derive(Debug, Args)]
#[command(after_help = "For example: lanai mv content/notes/hello.md content/notes/hello-world.md")]
pub(super) struct Mv {
    /// The post's file or address.
    from: String,
    /// The new file.
    to: String,
    /// The site folder [default: the one around the current folder].
    #[arg(long, value_name = "DIR")]
    site: Option<PathBuf>,
}

pub(super) fn run(command: &Mv) -> Result<(), Failure> {
    let root = match &command.site {
        Some(dir) => dir.clone(),
        None => site_of(Path::new("."))?,
    };
    let (site, _) = Site::load(&root)?;
    let post = find_post(&site, &command.from)?;
    let absolute = std::path::absolute(&command.to).unwrap_or_else(|_| PathBuf::from(&command.to));
    let below = absolute.strip_prefix(&root).ok().filter(|_| command.site.is_none());
    let to = below.and_then(Path::to_str).unwrap_or(&command.to);
    let (old, new) = rename(&site, post, to)?;
    let terminal = Terminal::detect();
    if old == new {
        terminal.say(&format!("{} is now {to}; its address {new} stays", post.file()));
    } else {
        terminal.say(&format!("{} is now {to}; {old} leads to {new}", post.file()));
    }
    Ok(())
}
