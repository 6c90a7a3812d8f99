//! The post that says that the owner follows somebody.

use std::path::Path;

use jiff::Zoned;

use super::front_matter::{Rules, read, split};
use super::write::{Draft, create, new_text};
use crate::config::Config;
use crate::error::{Failure, Problems, Source};
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
    let quoted = |text: &str| toml::Value::String(text.to_owned()).to_string();
    let keys = [
        ("date", now.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()),
        ("uid", quoted(&uid(config.base.host(), now, target))),
        ("follow-of", quoted(target)),
    ];
    let keys = keys.map(|(key, value)| (key.to_owned(), value));
    let folder = config.content.folder.trim_end_matches('/');
    let name = now.strftime("%Y-%m-%d-%H%M%S");
    let file = format!("{folder}/{}/{name}.md", Kind::Follow.folder());
    let text = new_text(Kind::Follow, &keys, "");
    let source = Source::new(&*file, &*text);
    let parts = split(&source).map_err(|problem| Failure::from(*problem))?;
    read(&source, &parts, &Rules { zone: &config.time_zone, foreign: false }).map_err(|found| {
        let mut problems = Problems::new();
        problems.extend(found);
        Failure::Problems(problems)
    })?;
    create(root, &Draft { file: file.clone(), text })?;
    Ok(file)
}

/// A permanent id: a `tag:` address (RFC 4151) of the site, the day and the text.
pub fn uid(host: &str, now: &Zoned, words: &str) -> String {
    let seed = format!("{now}\n{words}\n{}", std::process::id());
    let hash = blake3::hash(seed.as_bytes()).to_hex();
    format!("tag:{host},{}:{}", now.strftime("%Y-%m-%d"), hash.as_str().get(0..12).unwrap_or(""))
}
