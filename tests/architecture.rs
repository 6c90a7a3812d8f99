//! The layout of the house: rooms use only rooms above them, and each door to the outside is the
//! only one. Reads the sources as text.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests may stop at the first surprise"
)]

use std::fs;
use std::path::{Path, PathBuf};

fn sources() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    let mut folders: Vec<PathBuf> = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                let name = path.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/");
                found.push((name, fs::read_to_string(&path).unwrap()));
            }
        }
    }
    found.sort();
    found
}

/// The text without its tests and comments, which may do what the program may not.
fn program(text: &str) -> String {
    let end = text.find("#[cfg(test)]").unwrap_or(text.len());
    text[..end]
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect::<Vec<_>>()
        .join("\n")
}

fn is_test(file: &str) -> bool {
    file.ends_with("tests.rs") || file.contains("/tests/")
}

/// The rooms in their order, as `lib.rs` declares them.
fn rooms() -> Vec<String> {
    let text =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs")).unwrap();
    text.lines()
        .filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'))
        .map(str::to_owned)
        .collect()
}

#[test]
fn rooms_use_only_the_rooms_above_them() {
    let rooms = rooms();
    assert!(rooms.len() > 8, "{rooms:?}");
    let mut wrong = Vec::new();
    for (file, text) in sources() {
        let room = file.split(['/', '.']).next().unwrap().to_owned();
        let Some(mine) = rooms.iter().position(|r| *r == room) else { continue };
        for piece in program(&text).split("crate::").skip(1) {
            let used: String =
                piece.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            match rooms.iter().position(|r| *r == used) {
                Some(theirs) if theirs > mine => wrong.push(format!("{file} uses {used}")),
                _ => {}
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn each_door_is_the_only_one() {
    let doors: [(&str, &[&str]); 9] = [
        (
            "std::fs",
            &[
                "config/mod.rs",
                "config/secret.rs",
                "site/folder.rs",
                "site/mentions.rs",
                "site/outbox.rs",
                "site/write.rs",
                "build/cache.rs",
                "build/output/files.rs",
                "build/output/manifest.rs",
                "build/output/mod.rs",
                "build/pictures/store.rs",
                "build/theme.rs",
                "daemon/files.rs",
                "daemon/shelf.rs",
                "store/mod.rs",
                "store/sqlite.rs",
            ],
        ),
        (
            "fs::",
            &[
                "config/mod.rs",
                "config/secret.rs",
                "site/folder.rs",
                "site/mentions.rs",
                "site/outbox.rs",
                "site/write.rs",
                "build/cache.rs",
                "build/output/files.rs",
                "build/output/manifest.rs",
                "build/output/mod.rs",
                "build/pictures/store.rs",
                "build/theme.rs",
                "daemon/files.rs",
                "daemon/shelf.rs",
                "daemon/preview/mod.rs",
                "daemon/watch.rs",
                "store/mod.rs",
                "store/sqlite.rs",
            ],
        ),
        ("Timestamp::now", &["main.rs", "daemon/clock.rs"]),
        ("process::Command", &["cli/new.rs", "publish/apart.rs", "publish/deploy.rs"]),
        ("reqwest", &["net/client.rs", "net/mod.rs", "net/resolve.rs"]),
        ("lettre", &["net/mail.rs"]),
        ("lookup_host", &["net/resolve.rs"]),
        ("rusqlite", &["store/sqlite.rs"]),
        ("tokio_postgres", &["store/postgres.rs"]),
    ];
    let mut wrong = Vec::new();
    for (file, text) in sources().iter().filter(|(file, _)| !is_test(file)) {
        let program = program(text);
        for (what, allowed) in &doors {
            if program.contains(what) && !allowed.contains(&file.as_str()) {
                wrong.push(format!("{file} uses {what}"));
            }
        }
        for banned in ["SystemTime", "Zoned::now", "TcpStream::connect", "process::exit"] {
            if program.contains(banned) {
                wrong.push(format!("{file} uses {banned}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_file_opens_with_what_it_is() {
    let missing: Vec<String> = sources()
        .into_iter()
        .filter(|(_, text)| !text.starts_with("//!"))
        .map(|(file, _)| file)
        .collect();
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn files_stay_readable() {
    let long: Vec<String> = sources()
        .into_iter()
        .filter(|(file, _)| !is_test(file))
        .map(|(file, text)| (file, program(&text).lines().count()))
        .filter(|(_, lines)| *lines > 650)
        .map(|(file, lines)| format!("{file}: {lines} lines"))
        .collect();
    assert!(long.is_empty(), "{long:#?}");
}
