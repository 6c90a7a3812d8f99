//! Runs the test suite of microformats.org through the parser.
//!
//! The suite is read from the npm package `microformat-tests` in the folder named by
//! `LANAI_NODE_MODULES`. Without it the test is skipped, except where `LANAI_CI` is set.
//!
//! The package is of 2015 and the specification went on. What has changed since in the shape of all
//! results is made alike before results are compared ([`alike`]); pages whose result is another one
//! today are listed with the reason ([`SUPERSEDED`]).

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may stop at the first surprise"
)]

use std::fs;
use std::path::{Path, PathBuf};

use lanai::formats::html::Document;
use lanai::formats::microformats::parse;
use serde_json::Value;
use url::Url;

/// Pages whose expected result is no longer what the specification says, and why.
const SUPERSEDED: &[(&str, &str)] = &[];

#[test]
fn mf_i_01_the_test_suite() {
    let Some(modules) = std::env::var_os("LANAI_NODE_MODULES") else {
        assert!(std::env::var_os("LANAI_CI").is_none(), "LANAI_NODE_MODULES must be set");
        eprintln!("skipped: LANAI_NODE_MODULES is not set");
        return;
    };
    let root = Path::new(&modules).join("microformat-tests/tests");
    let mut failed = Vec::new();
    let mut total = 0;
    for folder in
        ["microformats-v2", "microformats-v1", "microformats-mixed", "microformats-v2-unit"]
    {
        let pages = pages(&root.join(folder));
        let mut passed = 0;
        let mut wrong = Vec::new();
        for page in &pages {
            let name = page.strip_prefix(&root).unwrap().with_extension("").display().to_string();
            match check(page) {
                Ok(()) => passed += 1,
                Err(difference) => wrong.push((name, difference)),
            }
        }
        eprintln!("{folder}: {passed} of {} pages", pages.len());
        total += pages.len();
        failed.extend(wrong);
    }
    let is_known = |name: &str| SUPERSEDED.iter().any(|(known, _)| *known == name);
    let unknown: Vec<String> = failed
        .iter()
        .filter(|(name, _)| !is_known(name))
        .map(|(name, difference)| format!("{name}\n{difference}"))
        .collect();
    assert!(total > 100, "only {total} pages found in {}", root.display());
    assert!(unknown.is_empty(), "{}", unknown.join("\n"));
}

/// The pages of a folder that come with their result.
fn pages(folder: &Path) -> Vec<PathBuf> {
    let entries = |folder: &Path| -> Vec<PathBuf> {
        let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
        entries.map(|entry| entry.unwrap().path()).collect()
    };
    let all = entries(folder).into_iter().flat_map(|folder| entries(&folder));
    let mut pages: Vec<PathBuf> = all
        .filter(|path| path.extension().is_some_and(|e| e == "html"))
        .filter(|path| path.with_extension("json").exists())
        .collect();
    pages.sort();
    pages
}

fn check(page: &Path) -> Result<(), String> {
    let html = fs::read_to_string(page).unwrap();
    let json = fs::read_to_string(page.with_extension("json")).unwrap();
    let base = if page.to_string_lossy().contains("-unit") {
        "http://example.test"
    } else {
        "http://example.com/"
    };
    let parsed = parse(&Document::parse(&html), &Url::parse(base).unwrap());
    let (mut ours, mut theirs) = (parsed.to_json(), serde_json::from_str(&json).unwrap());
    alike(&mut ours);
    alike(&mut theirs);
    let mut differences = Vec::new();
    compare("", &theirs, &ours, &mut differences);
    if differences.is_empty() { Ok(()) } else { Err(differences.join("\n")) }
}

fn alike(_value: &mut Value) {}

/// Where two results differ.
fn compare(at: &str, theirs: &Value, ours: &Value, differences: &mut Vec<String>) {
    match (theirs, ours) {
        (Value::Object(a), Value::Object(b)) => {
            for key in a.keys().chain(b.keys().filter(|key| !a.contains_key(*key))) {
                let get = |object: &serde_json::Map<String, Value>| {
                    object.get(key).cloned().unwrap_or_default()
                };
                compare(&format!("{at}.{key}"), &get(a), &get(b), differences);
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            for (index, (a, b)) in a.iter().zip(b).enumerate() {
                compare(&format!("{at}[{index}]"), a, b, differences);
            }
        }
        (a, b) if a == b => {}
        (a, b) => differences.push(format!("  {at}\n    wanted {a}\n    got    {b}")),
    }
}
