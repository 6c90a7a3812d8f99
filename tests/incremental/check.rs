//! Holds an incremental build against a clean one: output, problems, report, and what was touched.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::SystemTime;

use lanai::build::output::Prune;
use lanai::build::{Options, Report, Silent, build};
use lanai::error::{Failure, Problems};
use lanai::model::Base;

use crate::harness::files;
use crate::world::{World, temporary};

/// A warning that tells of a change: a clean build cannot know it.
const VANISHED: &str = "this page was published and is gone without a trace";

/// A file of an output.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Made {
    bytes: Vec<u8>,
    inode: u64,
    modified: SystemTime,
}

type Tree = BTreeMap<String, Made>;

/// Everything in an output folder but files in the making.
fn tree(root: &Path) -> Tree {
    if !root.is_dir() {
        return Tree::new();
    }
    let all = files(root).into_iter().filter(|(name, _)| !name.starts_with(".lanai-staging/"));
    all.map(|(name, bytes)| {
        let about = fs::metadata(root.join(&name)).unwrap();
        let made = Made { bytes, inode: about.ino(), modified: about.modified().unwrap() };
        (name, made)
    })
    .collect()
}

type Built = Result<Report, Vec<String>>;

fn rendered(problems: &Problems) -> Vec<String> {
    problems.sorted().iter().map(|problem| problem.render(false)).collect()
}

/// Warnings, those left out that tell of a change.
fn warnings(report: &Report) -> Vec<String> {
    let all = report.warnings.sorted();
    let all = all.iter().filter(|problem| problem.message != VANISHED);
    all.map(|problem| problem.render(false)).collect()
}

fn run(root: &Path, options: &Options) -> Built {
    build(root, options, &Silent).map_err(|failure| match failure {
        Failure::Problems(problems) => rendered(&problems),
        Failure::Run { .. } => {
            let text = failure.to_string();
            let text = text.replace(&*options.output.to_string_lossy(), "OUTPUT");
            let folder = options.manifest.parent().unwrap();
            vec![text.replace(&*folder.to_string_lossy(), "STATE")]
        }
    })
}

/// The options of the build in place.
fn options(w: &World) -> Options {
    let mut options = Options::for_site(&w.root, w.now);
    options.drafts = w.setting.drafts;
    options.theme = w.setting.theme.map(str::to_owned);
    options.base = w.setting.base.map(|url| Base::new(url::Url::parse(url).unwrap()).unwrap());
    options.prune = if w.setting.prune { Prune::Yes } else { Prune::No };
    options
}

/// The same build with an output and a manifest of its own, in `folder`; it holds no text.
fn elsewhere(options: &Options, folder: &Path) -> Options {
    Options {
        output: folder.join("output"),
        manifest: folder.join("state/manifest"),
        room: 0,
        ..options.clone()
    }
}

/// Builds in place and elsewhere, and compares all there is. Says whether the site built.
///
/// # Panics
/// With what differs.
pub fn step(w: &mut World, second_opinion: bool) -> bool {
    let options = options(w);
    let before = tree(&options.output);
    let opinion = second_opinion.then(|| opinion(w, &options, &before)).flatten();
    let fresh = temporary();
    let clean_options = elsewhere(&options, fresh.path());
    let built = run(&w.root, &options);
    if w.trusting {
        w.trust();
    }
    let after = tree(&options.output);
    let clean = run(&w.root, &clean_options);
    let expected = tree(&clean_options.output);
    let report = match (&built, &clean) {
        (Err(problems), Err(right)) => {
            assert_same("problems", &problems.join("\n\n"), &right.join("\n\n"));
            assert!(expected.is_empty(), "a clean build that fails leaves files");
            same_files(&before, &after, "a build that failed changed the output");
            return false;
        }
        (Err(problems), Ok(_)) => {
            panic!("only the incremental build failed:\n{}", problems.join("\n\n"))
        }
        (Ok(_), Err(problems)) => panic!("only the clean build failed:\n{}", problems.join("\n\n")),
        (Ok(report), Ok(right)) => {
            same_output(w, &before, &after, &expected);
            same_reports(report, right);
            report
        }
    };
    touched(&before, &after, report, &expected);
    if let Some(opinion) = opinion {
        // How many pictures had to be decoded depends on the cache.
        let shown =
            |report: &Report| format!("{:#}", Report { decoded: 0, ..report.clone() }.to_json());
        let opinion = opinion.unwrap_or_else(|found| panic!("a third build failed: {found:?}"));
        assert_same("report of a build without a cache", &shown(report), &shown(&opinion));
    }
    w.next = report.next_change;
    again(w, &options, report, &after);
    if w.side {
        side(w, &options);
    }
    true
}

/// What a build says that has the output and the manifest, and no cache.
fn opinion(w: &World, options: &Options, before: &Tree) -> Option<Built> {
    if w.manifest_harmed || !options.manifest.is_file() {
        return None;
    }
    let fresh = temporary();
    let options = elsewhere(options, fresh.path());
    fs::create_dir_all(fresh.path().join("state")).unwrap();
    fs::copy(w.store().join("manifest"), &options.manifest).unwrap();
    for (name, made) in before {
        let target = options.output.join(name);
        fs::create_dir_all(target.parent().unwrap()).unwrap();
        fs::write(target, &made.bytes).unwrap();
    }
    Some(run(&w.root, &options)).filter(Result::is_ok)
}

fn same_reports(report: &Report, right: &Report) {
    assert_same("warnings", &warnings(report).join("\n\n"), &warnings(right).join("\n\n"));
    let counts = |r: &Report| format!("{} {} {} {:?}", r.posts, r.pages, r.bytes, r.next_change);
    assert_same("posts, pages, bytes, next change", &counts(report), &counts(right));
    let made = |r: &Report| r.written.len() + r.unchanged;
    assert_eq!(made(report), made(right), "files written or unchanged");
    let written: BTreeSet<&str> = report.written.iter().map(String::as_str).collect();
    let file = |address: &str| {
        let path = address.trim_start_matches('/');
        if address.ends_with('/') { format!("{path}index.html") } else { path.to_owned() }
    };
    for (what, found, all) in [
        ("pages changed", &report.pages_changed, &right.pages_changed),
        ("feeds changed", &report.feeds_changed, &right.feeds_changed),
    ] {
        let changed = all.iter().filter(|address| written.contains(file(address).as_str()));
        let changed: Vec<&String> = changed.collect();
        assert_eq!(found.iter().collect::<Vec<_>>(), changed, "{what}");
    }
    for problem in report.warnings.sorted().iter().filter(|problem| problem.message == VANISHED) {
        let path = format!("{}index.html", problem.file.trim_start_matches('/'));
        assert!(report.deleted.contains(&path), "{path} is said to be gone, and is not");
    }
}

/// The output is that of the clean build, beside what others put there.
fn same_output(w: &mut World, before: &Tree, after: &Tree, expected: &Tree) {
    let mut wrong: Vec<String> = Vec::new();
    for (name, made) in expected {
        match after.get(name) {
            None => wrong.push(format!("{name} is missing")),
            Some(found) if found.bytes != made.bytes => {
                wrong
                    .push(format!("{name} differs{}", first_difference(&found.bytes, &made.bytes)));
            }
            Some(_) => {}
        }
    }
    for name in after.keys().filter(|name| !expected.contains_key(*name)) {
        let own = w.ever.contains(name) && w.manifest_harmed;
        let known = w.planted.contains_key(name) || w.loose.contains(name) || own;
        if !known || w.setting.prune {
            wrong.push(format!("{name} is left over"));
        }
        if own && !w.planted.contains_key(name) {
            w.loose.insert(name.clone());
        }
    }
    if !w.manifest_harmed && !w.setting.prune {
        let others = w.planted.iter().filter(|(name, _)| !expected.contains_key(*name));
        for (name, bytes) in others {
            if after.get(name).is_none_or(|made| made.bytes != *bytes) {
                wrong.push(format!("{name}, which is somebody else's, is gone or changed"));
            }
        }
        let loose = w.loose.iter().filter(|name| !expected.contains_key(*name));
        for name in loose.filter(|name| before.contains_key(*name) && !after.contains_key(*name)) {
            wrong.push(format!("{name}, which nobody noted, is gone"));
        }
    }
    assert!(
        wrong.is_empty(),
        "the output is not that of a clean build:\n  {}{}",
        wrong[..wrong.len().min(12)].join("\n  "),
        if wrong.len() > 12 { format!("\n  and {} more", wrong.len() - 12) } else { String::new() }
    );
    w.planted.retain(|name, _| after.contains_key(name) && !expected.contains_key(name));
    w.loose.retain(|name| after.contains_key(name) && !expected.contains_key(name));
    w.ever.extend(expected.keys().cloned());
    w.last = expected.keys().cloned().collect();
    w.manifest_harmed = false;
}

/// The report says what happened to the folder, and nothing else was touched.
fn touched(before: &Tree, after: &Tree, report: &Report, expected: &Tree) {
    let differs = |(name, made): &(&String, &Made)| {
        before.get(*name).is_none_or(|old| old.bytes != made.bytes)
    };
    let written: Vec<&String> = after.iter().filter(differs).map(|(name, _)| name).collect();
    assert_eq!(report.written.iter().collect::<Vec<_>>(), written, "report.written");
    let deleted: Vec<&String> = before.keys().filter(|name| !after.contains_key(*name)).collect();
    assert_eq!(report.deleted.iter().collect::<Vec<_>>(), deleted, "report.deleted");
    let foreign = after.keys().filter(|name| !expected.contains_key(*name)).count();
    assert_eq!(report.foreign, foreign, "report.foreign");
    for (name, made) in after {
        let same = before.get(name).filter(|old| old.bytes == made.bytes);
        assert!(same.is_none_or(|old| old == made), "{name} was written again, unchanged");
    }
}

/// A second build finds nothing to do.
fn again(w: &World, options: &Options, report: &Report, after: &Tree) {
    let second = run(&w.root, options).unwrap_or_else(|p| panic!("a second build failed: {p:?}"));
    if w.trusting {
        w.trust();
    }
    assert_eq!((&second.written, &second.deleted), (&vec![], &vec![]), "the second build works");
    assert_same(
        "warnings of the second build",
        &warnings(&second).join("\n\n"),
        &warnings(report).join("\n\n"),
    );
    let counts = |r: &Report| (r.posts, r.pages, r.bytes, r.next_change, r.foreign);
    assert_eq!(counts(&second), counts(report), "the second report");
    same_files(after, &tree(&options.output), "the second build changed the output");
}

/// Another output of the same site, by the same cache, as `lanai serve` and `--output` make it.
fn side(w: &mut World, options: &Options) {
    let mut options = options.clone();
    options.output = w.beside("side");
    options.manifest = w.store().join("manifest-0123456789abcdef");
    options.drafts = true;
    options.theme = Some("journal".to_owned());
    let fresh = temporary();
    let clean_options = elsewhere(&options, fresh.path());
    let built = run(&w.root, &options);
    if w.trusting {
        w.trust();
    }
    match (built, run(&w.root, &clean_options)) {
        (Ok(report), Ok(right)) => {
            same_reports(&report, &right);
            let bytes = |root: &Path| files(root).into_iter().collect::<BTreeMap<_, _>>();
            let (found, expected) = (bytes(&options.output), bytes(&clean_options.output));
            for (name, right) in &expected {
                let found = found.get(name).unwrap_or_else(|| panic!("side: {name} is missing"));
                let difference = first_difference(found, right);
                assert!(found == right, "side: {name} differs{difference}");
            }
            let more = found.keys().find(|name| !expected.contains_key(*name));
            assert!(more.is_none() || w.side_harmed, "side: {more:?} is left over");
        }
        (Err(found), Err(right)) => {
            assert_same("problems of the side", &found.join("\n\n"), &right.join("\n\n"));
        }
        (found, right) => panic!("side: only one of both builds failed: {found:?} {right:?}"),
    }
}

fn same_files(before: &Tree, after: &Tree, what: &str) {
    for (name, made) in before {
        assert!(after.get(name) == Some(made), "{what}: {name}");
    }
    let more = after.keys().find(|name| !before.contains_key(*name));
    assert!(more.is_none(), "{what}: {more:?} is new");
}

fn assert_same(what: &str, found: &str, right: &str) {
    let difference = first_difference(found.as_bytes(), right.as_bytes());
    assert!(found == right, "{what}: the incremental build differs{difference}");
}

/// The first line that differs, around the first letter that does.
fn first_difference(found: &[u8], right: &[u8]) -> String {
    let at = found.iter().zip(right).take_while(|(a, b)| a == b).count();
    let line = 1 + right[..at].iter().filter(|byte| **byte == b'\n').count();
    let around = |bytes: &[u8]| {
        let from = at.saturating_sub(120);
        String::from_utf8_lossy(&bytes[from..bytes.len().min(at + 120)]).into_owned()
    };
    format!(
        " from byte {at} (line {line}) on:\n    found:    {:?}\n    expected: {:?}",
        around(found),
        around(right)
    )
}
