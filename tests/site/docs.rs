//! Documents that cannot rot: every key, command and flag is told of, every link between documents
//! leads somewhere, names of modules and commands are the real ones.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::harness::SiteTest;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every Markdown file below a folder, with its text.
fn markdown(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let hidden = path.file_name().unwrap().to_string_lossy().starts_with('.');
            if path.is_dir() && !hidden && !path.ends_with("public") {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                let text = fs::read_to_string(&path).unwrap();
                found.push((path, text));
            }
        }
    }
    found.sort();
    found
}

/// The code of a Markdown text: what stands between backquotes and in fenced blocks.
fn code(text: &str) -> String {
    let mut code = String::new();
    let mut fenced = false;
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if fenced {
            code.push_str(line);
            code.push('\n');
        } else {
            for piece in line.split('`').skip(1).step_by(2) {
                code.push_str(piece);
                code.push('\n');
            }
        }
    }
    code
}

fn all_code() -> String {
    markdown(&root().join("docs")).iter().map(|(_, text)| code(text)).collect()
}

/// Whether a word stands there as a word of its own: `url` is no part of `former-urls`.
fn has_word(text: &str, word: &str) -> bool {
    let inside = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    text.match_indices(word).any(|(at, _)| {
        let before = text[..at].chars().next_back().is_some_and(inside);
        let after = text[at + word.len()..].chars().next().is_some_and(inside);
        !before && !after
    })
}

fn missing<'a>(words: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let code = all_code();
    words.into_iter().filter(|word| !has_word(&code, word)).collect()
}

#[test]
fn every_configuration_key_is_documented() {
    let keys = lanai::config::keys();
    let words: BTreeSet<&str> =
        keys.iter().flat_map(|key| key.split('.')).filter(|word| *word != "*").collect();
    assert_eq!(missing(words), Vec::<&str>::new());
}

#[test]
fn every_front_matter_key_is_documented() {
    let keys = lanai::site::front_matter_keys();
    assert_eq!(missing(keys.iter().map(String::as_str)), Vec::<&str>::new());
}

#[test]
fn every_key_of_what_is_hidden_is_documented() {
    let keys = lanai::site::reader::keys();
    assert!(keys.len() > 20, "{keys:?}");
    let words: BTreeSet<&str> = keys.iter().flat_map(|key| key.split('.')).collect();
    assert_eq!(missing(words), Vec::<&str>::new());
}

#[test]
fn every_command_and_flag_is_documented() {
    let definition = lanai::cli::definition();
    let mut words = Vec::new();
    for command in definition.get_subcommands().filter(|command| command.get_name() != "help") {
        words.push(format!("lanai {}", command.get_name()));
        let flags = command.get_arguments().filter_map(|argument| argument.get_long());
        words.extend(flags.filter(|flag| *flag != "help").map(|flag| format!("--{flag}")));
    }
    assert_eq!(missing(words.iter().map(String::as_str)), Vec::<&str>::new());
}

/// The targets of a text's links, code left out.
fn links(text: &str) -> Vec<String> {
    let mut fenced = false;
    let mut found = Vec::new();
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        }
        if fenced {
            continue;
        }
        let prose: String = line.split('`').step_by(2).collect();
        for (at, _) in prose.match_indices("](") {
            let rest = &prose[at + 2..];
            if let Some(end) = rest.find([')', ' ']) {
                found.push(rest[..end].to_owned());
            }
        }
    }
    found
}

/// README, CONTRIBUTING and the like, and all of `docs/`.
fn documents() -> Vec<(PathBuf, String)> {
    let mut all = markdown(&root().join("docs"));
    for entry in fs::read_dir(root()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "md") {
            let text = fs::read_to_string(&path).unwrap();
            all.push((path, text));
        }
    }
    all
}

#[test]
fn every_link_between_documents_leads_to_a_file() {
    let mut dead = Vec::new();
    for (path, text) in documents() {
        for target in links(&text) {
            let file = target.split(['#', '?']).next().unwrap();
            if file.is_empty() || file.contains(':') || file.starts_with('/') {
                continue;
            }
            if !path.parent().unwrap().join(file).exists() {
                dead.push(format!("{}: {target}", path.display()));
            }
        }
    }
    assert_eq!(dead, Vec::<String>::new());
}

#[test]
fn paths_named_in_contributing_and_architecture_exist() {
    let mut dead = Vec::new();
    for file in ["CONTRIBUTING.md", "docs/architecture.md"] {
        let text = fs::read_to_string(root().join(file)).unwrap();
        for line in code(&text).lines() {
            for word in line.split_whitespace() {
                let word = word.trim_end_matches([',', '.', ':', ';', ')']).trim_start_matches('(');
                let named = ["src/", "tests/", "docs/", "themes/", "fuzz/", "example-site/"];
                let is_path = named.iter().any(|folder| word.starts_with(folder));
                if is_path && !word.contains(['*', '<', '{', '$']) && !root().join(word).exists() {
                    dead.push(format!("{file}: {word}"));
                }
            }
        }
    }
    assert_eq!(dead, Vec::<String>::new());
}

#[test]
fn every_room_of_the_house_is_told_of() {
    let text = fs::read_to_string(root().join("docs/architecture.md")).unwrap();
    let code = code(&text);
    let library = fs::read_to_string(root().join("src/lib.rs")).unwrap();
    let rooms = library.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'));
    let untold: Vec<&str> = rooms.filter(|room| !has_word(&code, room)).collect();
    assert_eq!(untold, Vec::<&str>::new());
}

/// The commands that a document tells people to type: lines of shell blocks that call Lanai.
fn commands_of(text: &str) -> Vec<Vec<String>> {
    let mut inside = None;
    let mut found = Vec::new();
    for line in text.lines() {
        let line = line.trim();
        if let Some(language) = line.strip_prefix("```") {
            inside = match inside {
                None => Some(matches!(language, "" | "sh" | "console" | "bash" | "shell")),
                Some(_) => None,
            };
            continue;
        }
        let command = line.strip_prefix("$ ").unwrap_or(line);
        if inside == Some(true) {
            for part in command.split("&&").flat_map(|part| part.split('|')) {
                let part = part.split(" #").next().unwrap().trim();
                if part.starts_with("lanai ") {
                    found.push(words_of(part));
                }
            }
        }
    }
    found
}

/// A shell line cut into words; quotation marks hold words together.
fn words_of(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quote = None;
    for c in line.chars() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '\'' | '"') => quote = Some(c),
            (None, ' ') => words.push(String::new()),
            (None, '>' | '<') => break,
            (_, c) => words.last_mut().unwrap().push(c),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

#[test]
fn every_command_in_the_documents_is_a_real_one() {
    let mut wrong = Vec::new();
    let mut count = 0;
    for (path, text) in documents() {
        for words in commands_of(&text) {
            count += 1;
            if let Err(error) = lanai::cli::definition().try_get_matches_from(&words)
                && error.use_stderr()
            {
                wrong.push(format!("{}: {}: {error}", path.display(), words.join(" ")));
            }
        }
    }
    assert!(count > 5, "documents show commands, found {count}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_commands_of_the_readme_make_a_site() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let site = SiteTest::empty();
    let mut folder = site.root().to_path_buf();
    let mut built = 0;
    let block = readme.split("```sh\n").find(|block| block.contains("lanai init")).unwrap();
    for line in block.split("```").next().unwrap().lines() {
        let words = words_of(line.split(" #").next().unwrap().trim());
        match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
            ["cd", below] => folder.push(below),
            // Installing and a preview that never ends are left out.
            ["cargo" | "git", ..] | ["lanai", "serve", ..] | [] => {}
            ["lanai", ref arguments @ ..] => {
                let mut command = Command::new(env!("CARGO_BIN_EXE_lanai"));
                let output = command.args(arguments).current_dir(&folder).output().unwrap();
                let said = String::from_utf8_lossy(&output.stderr);
                assert_eq!(output.status.code(), Some(0), "{line}: {said}");
                assert!(!said.contains("warning"), "{line}: {said}");
                built += 1;
            }
            _ => panic!("README.md shows an unknown command: {line}"),
        }
    }
    assert!(built >= 2, "README.md shows how to make a site and how to build it");
    assert!(folder.join("public/index.html").exists());
}

#[test]
fn the_documents_build_with_lanai_without_a_warning() {
    let site = SiteTest::empty();
    let output = site.path("public").display().to_string();
    // The folder is read where it stands; what is written goes elsewhere.
    let copy = site.path("docs");
    for (path, text) in crate::harness::files(&root().join("docs")) {
        let target = copy.join(path);
        fs::create_dir_all(target.parent().unwrap()).unwrap();
        fs::write(target, text).unwrap();
    }
    let built = site.run(&["build", "docs", "--output", &output, "--json"]);
    let (out, err) = crate::harness::texts(&built);
    assert_eq!(built.status.code(), Some(0), "{err}");
    let report: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(report["problems"], serde_json::json!([]), "{err}");
}

#[test]
fn no_file_mentions_where_packages_came_from() {
    let words = [
        ["crates", ".io"].concat(),
        ["pypi", ".org"].concat(),
        ["registry.npm", "js"].concat(),
        ["files.python", "hosted"].concat(),
        ["rubygems", ".org"].concat(),
    ];
    let listed = Command::new("git").args(["ls-files", "-z"]).current_dir(root()).output().unwrap();
    assert!(listed.status.success(), "git ls-files");
    let mut found = Vec::new();
    for name in String::from_utf8(listed.stdout).unwrap().split('\0').filter(|n| !n.is_empty()) {
        let locked = name.ends_with(".lock") || name.ends_with("-lock.json");
        let Ok(bytes) = fs::read(root().join(name)) else { continue };
        let text = String::from_utf8_lossy(&bytes).to_lowercase();
        found.extend(
            words
                .iter()
                .filter(|_| !locked)
                .filter(|word| text.contains(*word))
                .map(|word| format!("{name}: {word}")),
        );
    }
    assert_eq!(found, Vec::<String>::new());
}
