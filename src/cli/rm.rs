//! `lanai rm`: delete a post and leave a tombstone.

use std::path::{Path, PathBuf};

use clap::Args;
use jiff::Timestamp;

use super::{Terminal, find_post, site_of};
use crate::error::Failure;
use crate::site::{Site, remove};

/// Delete a post; its address tells the web that it is gone for good.
#[derive(Debug, Args)]
pub(super) struct Rm {
    /// The post's file or address.
    post: String,
    /// The site folder [default: the one around the current folder].
    #[arg(long, value_name = "DIR")]
    site: Option<PathBuf>,
}

pub(super) fn run(command: &Rm, now: Timestamp) -> Result<(), Failure> {
    let root = match &command.site {
        Some(dir) => dir.clone(),
        None => site_of(Path::new("."))?,
    };
    let (site, _) = Site::load(&root)?;
    let post = find_post(&site, &command.post)?;
    remove(&root, post, &now.to_zoned(site.config.time_zone.clone()))?;
    Terminal::detect().say(&format!(
        "{} is deleted; {} answers that it is gone",
        post.file(),
        post.permalink
    ));
    Ok(())
}
