//! Writing into the site folder: new posts, renames, removals. Each file is written beside its
//! place, synced and renamed, so that a crash leaves the old file or the new one.

use std::fs;
use std::io::Write;
use std::ops::Range;
use std::path::Path;

use jiff::Zoned;

use super::{Site, address_of, split};
use crate::error::{Failure, Problems, Source};
use crate::model::{Kind, Permalink, Post};
use crate::tree::{Key, Node, Value, parse_toml, parse_yaml};

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

/// Whether there is such a file below the site folder.
pub fn is_there(root: &Path, file: &str) -> bool {
    root.join(file).exists()
}

/// Whether a file may be replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Over {
    /// The file must be new.
    Nothing,
    /// The file may be replaced.
    Existing,
}

/// Writes a file through a temporary one beside it, synced before it takes its name. What lies in
/// `data/private` is for the owner of the folder alone.
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
        let is_private = folder.ends_with("data/private");
        let (of_file, of_folder) = if is_private { (0o600, Some(0o700)) } else { (0o644, None) };
        if let Some(mode) = of_folder {
            fs::set_permissions(folder, fs::Permissions::from_mode(mode))
                .map_err(|error| Failure::io("close", folder, &error))?;
        }
        let mode = fs::Permissions::from_mode(of_file);
        fs::set_permissions(file.path(), mode).map_err(|error| failed(&error))?;
    }
    match over {
        Over::Nothing => file.persist_noclobber(path).map_err(|error| failed(&error.error))?,
        Over::Existing => file.persist(path).map_err(|error| failed(&error.error))?,
    };
    Ok(())
}

/// Waits for a lock of the site, which is let go when the file is dropped.
///
/// # Errors
/// A file that cannot be made or locked.
pub(super) fn lock(root: &Path, name: &str) -> Result<fs::File, Failure> {
    let folder = root.join(".lanai");
    fs::create_dir_all(&folder).map_err(|error| Failure::io("make the folder", &folder, &error))?;
    let path = folder.join(name);
    let file = fs::OpenOptions::new().create(true).truncate(false).write(true).open(&path);
    let file = file.map_err(|error| Failure::io("open", &path, &error))?;
    file.lock().map_err(|error| Failure::io("lock", &path, &error))?;
    Ok(file)
}

/// Renames a post's file and adds its old address to `aliases`; whatever lies in a bundle follows.
/// Returns the old and the new address.
///
/// # Errors
/// A failure if either file is not right.
pub fn rename(site: &Site, post: &Post, to: &str) -> Result<(Permalink, Permalink), Failure> {
    let root = &site.root;
    check_target(site, post, to)?;
    let mut moves = vec![(post, to.to_owned())];
    let bundle = bundle_of(post.file()).zip(bundle_of(to));
    if let Some((from, to)) = bundle {
        // Translations of the post, and other posts beside it.
        let others = site.posts.iter().map(Box::as_ref).filter(|other| other.file() != post.file());
        moves.extend(others.filter_map(|other| {
            let below = other.file().strip_prefix(from)?.strip_prefix('/')?;
            Some((other, format!("{to}/{below}")))
        }));
    }
    for (post, to) in &moves {
        let new = address_below(site, post, to);
        let source = site.source(&post.body)?;
        let text = if new == post.permalink {
            source.text.clone()
        } else {
            with_alias(&source, &post.permalink)?
        };
        write_file(&root.join(to), text.as_bytes(), Over::Nothing)?;
    }
    for (post, _) in &moves {
        let old = root.join(post.file());
        fs::remove_file(&old).map_err(|error| Failure::io("remove", old, &error))?;
    }
    if let Some((from, to)) = bundle {
        move_rest(&root.join(from), &root.join(to))?;
    }
    Ok((post.permalink.clone(), address_below(site, post, to)))
}

/// The address that a post has under another file name.
fn address_below(site: &Site, post: &Post, to: &str) -> Permalink {
    let below = to.strip_prefix(&site.content_prefix()).unwrap_or(to);
    let address = address_of(below, &site.config);
    let section = address.section.unwrap_or(post.section);
    address.permalink(&site.config, section, post.kind, post.published.as_ref())
}

fn check_target(site: &Site, post: &Post, to: &str) -> Result<(), Failure> {
    if site.root.join(to).exists() {
        return Err(Failure::with_hint(format!("{to} exists already"), "choose another name"));
    }
    if !to.ends_with(".md") {
        return Err(Failure::with_hint(
            format!("{to} does not end in .md"),
            "posts are Markdown files",
        ));
    }
    let prefix = site.content_prefix();
    let outside = to.starts_with('/') || to.split('/').any(|part| part == "..");
    if outside || !to.starts_with(&prefix) {
        return Err(Failure::with_hint(
            format!("{to} does not lie under {prefix}"),
            "posts lie there",
        ));
    }
    let loses_media = bundle_of(post.file())
        .filter(|_| bundle_of(to).is_none())
        .is_some_and(|from| has_more(&site.root.join(from)));
    if loses_media {
        let folder = to.trim_end_matches(".md");
        return Err(Failure::with_hint(
            format!("{} has files beside it, which {to} would leave behind", post.file()),
            format!("name a folder for all of them: {folder}/index.md"),
        ));
    }
    Ok(())
}

/// The folder of a bundle's `index.md`.
fn bundle_of(file: &str) -> Option<&str> {
    file.strip_suffix("/index.md")
}

/// Whether a folder holds more than one file.
fn has_more(folder: &Path) -> bool {
    fs::read_dir(folder).is_ok_and(|entries| entries.count() > 1)
}

/// What is left of a bundle follows its posts; folders that are there already are filled.
fn move_rest(from: &Path, to: &Path) -> Result<(), Failure> {
    let entries = fs::read_dir(from).map_err(|error| Failure::io("read", from, &error))?;
    for entry in entries {
        let entry = entry.map_err(|error| Failure::io("read", from, &error))?;
        let target = to.join(entry.file_name());
        if target.is_dir() {
            move_rest(&entry.path(), &target)?;
            continue;
        }
        fs::rename(entry.path(), &target)
            .map_err(|error| Failure::io("move", entry.path(), &error))?;
    }
    fs::remove_dir(from).map_err(|error| Failure::io("remove", from, &error))
}

/// The text of a file with one more alias in its front matter.
fn with_alias(source: &Source, old: &Permalink) -> Result<String, Failure> {
    let parts = split(source).map_err(|problem| Failure::from(*problem))?;
    let Some((range, is_toml)) = parts.head else {
        return Ok(format!("+++\naliases = [\"{old}\"]\n+++\n{}", source.text));
    };
    let parse = if is_toml { parse_toml } else { parse_yaml };
    let node = parse(source, range.clone()).map_err(|found| {
        let mut problems = Problems::new();
        problems.extend(found);
        Failure::Problems(problems)
    })?;
    let entries = match node.value {
        Value::Table(entries) => entries,
        _ => Vec::new(),
    };
    let (span, mut aliases) = known_aliases(&entries, range, is_toml);
    aliases.push(old.to_string());
    let list: Vec<String> =
        aliases.into_iter().map(|path| serde_json::Value::String(path).to_string()).collect();
    let equals = if is_toml { " =" } else { ":" };
    let before = source.text.get(..span.start).unwrap_or("");
    let after = source.text.get(span.end..).unwrap_or("");
    Ok(format!("{before}aliases{equals} [{}]\n{after}", list.join(", ")))
}

/// Where the lines of `aliases` stand, or should stand, and what they say.
fn known_aliases(
    entries: &[(Key, Node)],
    head: Range<usize>,
    is_toml: bool,
) -> (Range<usize>, Vec<String>) {
    let Some(at) = entries.iter().position(|(key, _)| key.name == "aliases") else {
        return (head.start..head.start, Vec::new());
    };
    let Some((key, node)) = entries.get(at) else { return (head, Vec::new()) };
    let next = entries.get(at.saturating_add(1)).map_or(head.end, |(key, _)| key.span.start);
    // YAML does not say where a list ends, TOML does; a table's heading begins before its name.
    let end = if is_toml { node.span.end.saturating_add(1).min(head.end) } else { next };
    let aliases = match &node.value {
        Value::List(list) => list.iter().filter_map(Node::as_text).collect(),
        _ => node.as_text().into_iter().collect(),
    };
    (key.span.start..end, aliases)
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
    #[cfg(unix)]
    fn private_files_are_the_owners_alone() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let mode =
            |name: &str| fs::metadata(dir.path().join(name)).unwrap().permissions().mode() & 0o777;
        for (name, of_file) in
            [("data/following.toml", 0o644), ("data/private/following.toml", 0o600)]
        {
            write_file(&dir.path().join(name), b"", Over::Existing).unwrap();
            assert_eq!(mode(name), of_file, "{name}");
        }
        assert_eq!(mode("data/private"), 0o700);
        assert_ne!(mode("data"), 0o700);
    }

    #[test]
    fn an_alias_joins_the_list() {
        for (before, after) in [
            (
                "+++\ntitle = \"A\"\naliases = [\"/a/\"]\n+++\n",
                "+++\ntitle = \"A\"\naliases = [\"/a/\", \"/b/\"]\n+++\n",
            ),
            (
                "+++\naliases = [\n  \"/a/\",\n]\n[extra]\nx = 1\n+++\n",
                "+++\naliases = [\"/a/\", \"/b/\"]\n[extra]\nx = 1\n+++\n",
            ),
            ("---\ntitle: A\n---\n", "---\naliases: [\"/b/\"]\ntitle: A\n---\n"),
            (
                "---\naliases:\n  - /a/\ntitle: A\n---\n",
                "---\naliases: [\"/a/\", \"/b/\"]\ntitle: A\n---\n",
            ),
            ("Words.\n", "+++\naliases = [\"/b/\"]\n+++\nWords.\n"),
        ] {
            let source = Source::new("content/x.md", before);
            assert_eq!(with_alias(&source, &Permalink::page("/b/")).unwrap(), after);
        }
    }
}
