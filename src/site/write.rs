//! Writing into the site folder: new posts, renames, removals. Each file is written beside its
//! place, synced and renamed, so that a crash leaves the old file or the new one.

use std::fs;
use std::io::Write;
use std::path::Path;

use jiff::Zoned;

use super::{address_of, split};
use crate::config::Config;
use crate::error::{Failure, Source};
use crate::model::{Kind, Permalink, Post};

/// A file about to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// Path below the site folder.
    pub file: String,
    /// The whole text.
    pub text: String,
}

/// Writes a new file, never over an existing one.
///
/// # Errors
/// A failure if the file exists or cannot be written.
pub fn create(root: &Path, draft: &Draft) -> Result<(), Failure> {
    let path = root.join(&draft.file);
    if path.exists() {
        return Err(Failure::with_hint(
            format!("{} exists already", draft.file),
            "choose another name with --slug, or edit that file",
        ));
    }
    write_file(&path, draft.text.as_bytes(), Over::Nothing)
}

/// Whether a file may be replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Over {
    /// The file must be new.
    Nothing,
    /// The file may be replaced.
    Existing,
}

/// Writes a file through a temporary one beside it, synced before it takes its name.
///
/// # Errors
/// A failure that names the file.
pub fn write_file(path: &Path, bytes: &[u8], over: Over) -> Result<(), Failure> {
    let failed = |error: &std::io::Error| Failure::io("write", path, error);
    let folder = path.parent().unwrap_or_else(|| Path::new("."));
    fs::create_dir_all(folder).map_err(|error| Failure::io("make the folder", folder, &error))?;
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(|error| failed(&error))?;
    file.write_all(bytes).map_err(|error| failed(&error))?;
    file.as_file().sync_all().map_err(|error| failed(&error))?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::Permissions::from_mode(0o644);
        fs::set_permissions(file.path(), mode).map_err(|error| failed(&error))?;
    }
    match over {
        Over::Nothing => file.persist_noclobber(path).map_err(|error| failed(&error.error))?,
        Over::Existing => file.persist(path).map_err(|error| failed(&error.error))?,
    };
    Ok(())
}

/// Renames a post's file and adds its old address to `aliases`. Returns the old and the new address.
///
/// # Errors
/// A failure if either file is not right.
pub fn rename(
    root: &Path,
    config: &Config,
    post: &Post,
    to: &str,
) -> Result<(Permalink, Permalink), Failure> {
    let target = root.join(to);
    if target.exists() {
        return Err(Failure::with_hint(format!("{to} exists already"), "choose another name"));
    }
    if !to.ends_with(".md") {
        return Err(Failure::with_hint(
            format!("{to} does not end in .md"),
            "posts are Markdown files",
        ));
    }
    let folder = config.content.folder.trim_end_matches('/');
    let Some(below) =
        to.strip_prefix(folder).filter(|_| folder != ".").or((folder == ".").then_some(to))
    else {
        return Err(Failure::with_hint(
            format!("{to} does not lie under {folder}/"),
            "posts lie there",
        ));
    };
    let address = address_of(below.trim_start_matches('/'), config);
    let section = address.section.unwrap_or(post.section);
    let new = address.permalink(config, section, post.kind, post.published.as_ref());
    let moved = new != post.permalink;
    let text = if moved {
        with_alias(&post.body.source, &post.permalink)?
    } else {
        post.body.source.text.clone()
    };
    write_file(&target, text.as_bytes(), Over::Nothing)?;
    let old = root.join(post.file());
    fs::remove_file(&old).map_err(|error| Failure::io("remove", old, &error))?;
    move_bundle(root, post.file(), to)?;
    Ok((post.permalink.clone(), new))
}

/// Media of a bundle follow its `index.md`.
fn move_bundle(root: &Path, from: &str, to: &str) -> Result<(), Failure> {
    let (Some(from), Some(to)) = (from.strip_suffix("/index.md"), to.strip_suffix("/index.md"))
    else {
        return Ok(());
    };
    let (from, to) = (root.join(from), root.join(to));
    let entries = fs::read_dir(&from).map_err(|error| Failure::io("read", &from, &error))?;
    for entry in entries {
        let entry = entry.map_err(|error| Failure::io("read", &from, &error))?;
        let target = to.join(entry.file_name());
        fs::rename(entry.path(), &target)
            .map_err(|error| Failure::io("move", entry.path(), &error))?;
    }
    fs::remove_dir(&from).map_err(|error| Failure::io("remove", &from, &error))
}

/// The text of a file with one more alias in its front matter.
fn with_alias(source: &Source, old: &Permalink) -> Result<String, Failure> {
    let parts = split(source).map_err(|problem| Failure::from(*problem))?;
    let body = source.text.get(parts.body.clone()).unwrap_or("");
    let Some((range, is_toml)) = parts.head else {
        return Ok(format!("+++\naliases = [\"{old}\"]\n+++\n{}", source.text));
    };
    let head = source.text.get(range).unwrap_or("");
    let fence = if is_toml { "+++" } else { "---" };
    let head = add_alias(head, old.as_str(), is_toml);
    Ok(format!("{fence}\n{head}{fence}\n{body}"))
}

/// Adds to the list if it stands on one line, else writes a new line in front of it.
fn add_alias(head: &str, old: &str, is_toml: bool) -> String {
    let start = if is_toml { "aliases = [" } else { "aliases: [" };
    let mut out = String::with_capacity(head.len().saturating_add(old.len()).saturating_add(20));
    let mut added = false;
    for line in head.split_inclusive('\n') {
        let trimmed = line.trim_end();
        match trimmed.strip_prefix(start).and_then(|rest| rest.strip_suffix(']')) {
            Some(list) if !added => {
                let list = list.trim();
                let more = if list.is_empty() { String::new() } else { format!("{list}, ") };
                out.push_str(&format!("{start}{more}\"{old}\"]\n"));
                added = true;
            }
            _ => out.push_str(line),
        }
    }
    if added { out } else { format!("{start}\"{old}\"]\n{head}") }
}

/// Removes a post's file and notes its address in `data/gone.toml`, so that the web learns that it
/// is gone for good.
///
/// # Errors
/// A failure that names the file.
pub fn remove(root: &Path, post: &Post, now: &Zoned) -> Result<(), Failure> {
    let path = root.join("data/gone.toml");
    let mut text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(Failure::io("read", path, &error)),
    };
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    let when = now.strftime("%Y-%m-%dT%H:%M:%S%:z");
    for address in std::iter::once(&post.permalink).chain(&post.aliases) {
        text.push_str(&format!("[[gone]]\npath = \"{address}\"\nwhen = {when}\n"));
    }
    // The tombstone first: a crash in between leaves a page and its tombstone, which the build names.
    write_file(&path, text.as_bytes(), Over::Existing)?;
    let file = root.join(post.file());
    fs::remove_file(&file).map_err(|error| Failure::io("remove", file, &error))
}

/// How a post names a media file: `/media/x.jpg` for files of `media/`, `/posts/x.jpg` for files of the
/// content folder; a file from elsewhere is copied into `media/` under its own name.
///
/// # Errors
/// A file that does not exist, or whose name is taken by another.
pub fn adopt(root: &Path, content: &str, file: &str) -> Result<String, Failure> {
    let inside = |base: &Path| {
        let whole = base.canonicalize().ok()?;
        let found =
            root.join(file).canonicalize().or_else(|_| Path::new(file).canonicalize()).ok()?;
        let below = found.strip_prefix(whole).ok()?.to_str()?;
        Some(below.replace('\\', "/"))
    };
    if let Some(below) = inside(&root.join("media")) {
        return Ok(format!("/media/{below}"));
    }
    if let Some(below) = inside(&root.join(content)) {
        return Ok(format!("/{below}"));
    }
    let source = Path::new(file);
    let bytes = fs::read(source).map_err(|error| Failure::io("read", source, &error))?;
    let name = source.file_name().and_then(|name| name.to_str()).unwrap_or("file");
    let target = root.join("media").join(name);
    match fs::read(&target) {
        Ok(known) if known == bytes => {}
        Ok(_) => {
            return Err(Failure::with_hint(
                format!("media/{name} exists already and is another file"),
                "rename your file and run the command again",
            ));
        }
        Err(_) => write_file(&target, &bytes, Over::Nothing)?,
    }
    Ok(format!("/media/{name}"))
}

/// The text of a new post: front matter with date and permanent id, then the words.
pub fn new_text(kind: Kind, keys: &[(String, String)], words: &str) -> String {
    let mut text = String::from("+++\n");
    for (key, value) in keys {
        text.push_str(&format!("{key} = {value}\n"));
    }
    text.push_str("+++\n\n");
    text.push_str(words.trim_end());
    if kind != Kind::Page || !words.is_empty() {
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alias_joins_the_list() {
        assert_eq!(
            add_alias("title = \"A\"\naliases = [\"/a/\"]\n", "/b/", true),
            "title = \"A\"\naliases = [\"/a/\", \"/b/\"]\n"
        );
        assert_eq!(add_alias("title: A\n", "/b/", false), "aliases: [\"/b/\"]\ntitle: A\n");
        assert_eq!(add_alias("aliases = []\n", "/b/", true), "aliases = [\"/b/\"]\n");
    }
}
