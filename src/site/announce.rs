//! The post that says that the owner follows somebody.

use std::path::Path;

use jiff::Zoned;

use super::new_post::{Misfit, NewPost};
use super::write::create;
use crate::config::Config;
use crate::error::Failure;
use crate::model::Kind;

/// Writes the post; they are told when it is live. Returns its file.
///
/// # Errors
/// An address that a post cannot be about, or a file that cannot be written.
pub fn announce(
    root: &Path,
    target: &str,
    config: &Config,
    now: &Zoned,
) -> Result<String, Failure> {
    let post = NewPost { target: Some(target.to_owned()), ..NewPost::new(Kind::Follow) };
    // Two people followed in one second are two posts.
    let draft = post.draft(post.file(config, now), config, (now, target));
    post.check(&draft, config).map_err(|misfit| match misfit {
        Misfit::Wrong(message, Some(hint)) => Failure::with_hint(message, hint),
        Misfit::Wrong(message, None) => Failure::run(message),
        Misfit::Other(kind) => {
            Failure::run(format!("this would be {}, no follow", kind.with_article()))
        }
    })?;
    create(root, &draft)?;
    Ok(draft.file)
}
