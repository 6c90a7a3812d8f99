//! The output folder: what is written, deleted and left alone, builds that are killed, fail or
//! run at the same time, and the same bytes from the same site on every machine.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use lanai::build::output::{BuildLock, Prune};
use lanai::build::{Options, Silent, build};
use lanai::error::Failure;
use unicode_normalization::UnicodeNormalization;

use crate::harness::{NOW, SiteTest, files, texts};
use crate::pictures::{jpeg, png};

fn small() -> SiteTest {
    SiteTest::new()
        .note("content/notes/a.md", "First #tea")
        .note("content/notes/b.md", "Second")
        .file("content/about.md", "About\n")
}

fn start(site: &SiteTest, arguments: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_lanai"))
        .args(["build", "--now", NOW])
        .args(arguments)
        .current_dir(site.root())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the binary starts")
}

#[test]
fn a_second_build_writes_nothing() {
    let site = small();
    let first = site.build();
    let before = site.all();
    assert_eq!(first.written.len(), before.len());
    let second = site.build();
    assert_eq!(second.written, Vec::<String>::new());
    assert_eq!(second.deleted, Vec::<String>::new());
    assert_eq!(second.pages_changed, Vec::<String>::new());
    assert_eq!(second.unchanged, before.len());
    assert_eq!(second.bytes, before.iter().map(|(_, bytes)| bytes.len() as u64).sum::<u64>());
    assert!(site.all() == before);
}

#[test]
fn the_manifest_names_every_file_and_the_next_build_mends_what_was_touched() {
    let site = small();
    site.build();
    let before = site.all();
    let manifest = fs::read_to_string(site.path(".lanai/manifest")).unwrap();
    let names: Vec<&str> = before.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(manifest.lines().collect::<Vec<_>>(), names);
    site.write("public/notes/a/index.html", "scribbled over");
    fs::remove_file(site.path("public/notes/b/index.html")).unwrap();
    let report = site.build();
    assert_eq!(report.written, ["notes/a/index.html", "notes/b/index.html"]);
    assert!(site.all() == before);
}

#[test]
fn only_own_files_are_deleted_and_foreign_ones_counted() {
    let site = small();
    site.build();
    site.write("public/mine.txt", "mine");
    site.write("public/notes/a/mine.html", "mine");
    site.write("public/.git/config", "a repository");
    site.write("public/.well-known/acme", "token");
    fs::remove_file(site.path("content/notes/a.md")).unwrap();
    let report = site.build();
    assert_eq!(report.foreign, 3, "a repository is nobody's business");
    assert!(report.deleted.contains(&"notes/a/index.html".to_owned()));
    assert!(report.deleted.contains(&"tags/tea/index.html".to_owned()));
    for kept in ["mine.txt", "notes/a/mine.html", ".git/config", ".well-known/acme"] {
        assert!(site.has(kept), "{kept}");
    }
    assert!(!site.has("tags"), "empty folders go");
    let (_, stderr) = texts(&site.run(&["build", "--now", NOW]));
    assert!(stderr.contains("3 files"), "{stderr}");
    let pruned = site.run(&["build", "--now", NOW, "--prune"]);
    assert!(pruned.status.success());
    for gone in ["mine.txt", "notes/a", ".well-known"] {
        assert!(!site.has(gone), "{gone}");
    }
    assert!(site.has(".git/config"));
}

#[test]
fn a_page_that_vanishes_without_a_trace_deserves_a_word() {
    let site = small();
    site.build();
    fs::remove_file(site.path("content/notes/a.md")).unwrap();
    let warnings = site.build().warnings.render(false);
    assert!(warnings.contains("/notes/a/") && warnings.contains("gone"), "{warnings}");
    let site = small();
    site.build();
    fs::remove_file(site.path("content/notes/a.md")).unwrap();
    site.write("data/gone.toml", "[[gone]]\npath = \"/notes/a/\"\n");
    let warnings = site.build().warnings.render(false);
    assert!(!warnings.contains("without a trace"), "{warnings}");
    assert!(site.out("notes/a/index.html").contains("Deleted"));
}

/// A site of 300 posts with what builds make from them.
fn large() -> SiteTest {
    (0..300).fold(SiteTest::new(), |site, n| {
        let (month, day) = (1 + n / 28 % 12, 1 + n % 28);
        let title = if n % 3 == 0 { format!("title = \"Post {n}\"\n") } else { String::new() };
        let date = format!("{}-{month:02}-{day:02}T10:00:00Z", 2023 - n / 336);
        site.file(
            &format!("content/posts/p{n}.md"),
            &format!(
                "+++\ndate = {date}\n{title}tags = [\"t{}\"]\n+++\nText of post {n}\n",
                n % 17
            ),
        )
    })
}

fn count(folder: &Path) -> usize {
    let Ok(entries) = fs::read_dir(folder) else { return 0 };
    entries
        .flatten()
        .map(|entry| if entry.path().is_dir() { count(&entry.path()) } else { 1 })
        .sum()
}

/// Runs a build until `due` says so, then kills it. Returns whether it was killed in the middle.
fn kill_when(site: &SiteTest, due: impl Fn() -> bool) -> bool {
    let mut child = start(site, &[]);
    let killed = loop {
        if due() {
            break child.try_wait().unwrap().is_none();
        }
        if child.try_wait().unwrap().is_some() {
            break false;
        }
        std::thread::yield_now();
    };
    child.kill().unwrap();
    child.wait().unwrap();
    killed
}

#[test]
fn a_killed_build_is_repaired_by_the_next() {
    let site = large();
    site.build();
    let clean = site.all();
    let mut killed = 0;
    for part in [1, 20, 50, 80, 95] {
        let wanted = (clean.len() * part / 100).max(1);
        fs::remove_dir_all(site.path("public")).unwrap();
        fs::remove_dir_all(site.path(".lanai")).unwrap();
        let public = site.path("public");
        killed += usize::from(kill_when(&site, || count(&public) >= wanted));
        site.build();
        assert!(site.all() == clean, "killed after {wanted} files");
    }
    assert_eq!(site.build().written, Vec::<String>::new());
    assert!(killed > 0, "no build was ever caught in the middle");
}

#[test]
fn what_a_killed_build_made_and_the_next_does_not_is_deleted() {
    let site = large();
    let public = site.path("public");
    let killed = kill_when(&site, || count(&public) >= 200);
    for n in 0..300 {
        if n % 2 == 0 {
            fs::remove_file(site.path(&format!("content/posts/p{n}.md"))).unwrap();
        }
    }
    let report = site.build();
    let fresh = large();
    for n in (0..300).step_by(2) {
        fs::remove_file(fresh.path(&format!("content/posts/p{n}.md"))).unwrap();
    }
    fresh.build();
    assert!(site.all() == fresh.all());
    assert_eq!(report.foreign, 0);
    assert!(killed && !report.deleted.is_empty(), "it was caught in the middle");
}

#[test]
fn a_build_killed_while_it_replaces_pages_is_repaired_by_the_next() {
    let site = large();
    site.build();
    let old = site.all();
    let config = "title = \"Another title\"\nurl = \"https://test.example\"\n";
    let other = large().file("lanai.toml", config);
    other.build();
    let new = other.all();
    site.write("lanai.toml", config);
    // A post that is no more, so that there is something to delete as well.
    let public = site.path("public");
    let before = fs::read(public.join("index.html")).unwrap();
    kill_when(&site, || {
        public.join(".lanai-staging").exists()
            || fs::read(public.join("index.html")).is_ok_and(|now| now != before)
    });
    for (name, bytes) in files(&public) {
        let known = |all: &[(String, Vec<u8>)]| {
            all.iter().any(|(other, same)| *other == name && *same == bytes)
        };
        let staged = name.starts_with(".lanai-staging/");
        let created = !old.iter().any(|(other, _)| *other == name);
        assert!(staged || created || known(&old) || known(&new), "{name} is half written");
    }
    let report = site.build();
    assert!(site.all() == new);
    assert_eq!(report.foreign, 0);
}

/// What keeps a site from building, each found at another step.
fn breakages() -> Vec<(&'static str, &'static str, Vec<u8>)> {
    let mut cut = jpeg(6);
    cut.truncate(cut.len() / 2);
    vec![
        ("front matter", "content/notes/new.md", b"+++\ndate = nonsense\n+++\n".to_vec()),
        (
            "a dead link",
            "content/notes/new.md",
            b"+++\ndate = 2024-05-01\n+++\n[x](/nowhere/)\n".to_vec(),
        ),
        ("one address twice", "content/notes/A.md", b"+++\ndate = 2024-05-01\n+++\nx\n".to_vec()),
        ("configuration", "lanai.toml", b"title = 1\n".to_vec()),
        ("mention", "data/mentions/notes/a/0123456789abcdef.json", b"{".to_vec()),
        ("template syntax", "theme/templates/post.html", b"{% if %}".to_vec()),
        ("template meaning", "theme/templates/post.html", b"{{ entry.nonsense.more }}".to_vec()),
        ("template of one page", "theme/templates/404.html", b"{{ nothing.here }}".to_vec()),
        ("a broken picture", "static/broken.jpg", cut),
    ]
}

#[test]
fn mf_k_21_an_own_page_that_is_not_there_is_no_context() {
    let post = |target: &str| format!("+++\ndate = 2024-05-02\nlike-of = \"{target}\"\n+++\n");
    let site = small()
        .file("content/likes/1.md", &post("/notes/nowhere/"))
        .file("content/likes/2.md", &post("https://test.example/notes/b"))
        .file("content/likes/3.md", &post("https://test.example/notes/none/?x=1"))
        .file("content/likes/4.md", &post("https://else.example/notes/none/"));
    let warnings = site.build().warnings.render(false);
    assert!(
        warnings.contains("`like-of`: nothing of this site is at /notes/nowhere/"),
        "{warnings}"
    );
    assert!(warnings.contains("content/likes/1.md") && warnings.contains("content/likes/3.md"));
    assert!(!warnings.contains("likes/2.md") && !warnings.contains("likes/4.md"), "{warnings}");
}

#[test]
fn a_failing_build_leaves_the_output_untouched() {
    for (what, file, bytes) in breakages() {
        let site = small();
        site.build();
        site.write("public/mine.txt", "mine");
        let before = files(&site.path("public"));
        let manifest = fs::read(site.path(".lanai/manifest")).unwrap();
        // New and changed pages that would be written if all were well.
        site.write("content/notes/b.md", "+++\ndate = 2024-05-01T10:00:00Z\n+++\nChanged #new\n");
        let site = site.bytes(file, &bytes);
        assert!(site.try_build().is_err(), "{what}");
        let after = files(&site.path("public"));
        let names =
            |all: &[(String, Vec<u8>)]| all.iter().map(|(n, _)| n.clone()).collect::<Vec<_>>();
        assert_eq!(names(&after), names(&before), "{what}");
        assert!(after == before, "{what}");
        assert!(!site.path("public/tags/new").exists(), "{what}: no empty folders either");
        assert_eq!(fs::read(site.path(".lanai/manifest")).unwrap(), manifest, "{what}");
    }
}

#[test]
fn a_build_after_a_failing_one_is_a_clean_build() {
    for (what, file, bytes) in breakages() {
        let site = small();
        let kept = fs::read(site.path(file)).ok();
        let site = site.bytes(file, &bytes);
        assert!(site.try_build().is_err(), "{what}");
        match kept {
            Some(bytes) => fs::write(site.path(file), bytes).unwrap(),
            None => fs::remove_file(site.path(file)).unwrap(),
        }
        let report = site.build();
        let fresh = small();
        fresh.build();
        assert!(site.all() == fresh.all(), "{what}");
        assert_eq!(report.foreign, 0, "{what}");
    }
}

#[test]
fn builds_at_the_same_time_take_turns() {
    let site = large();
    let children: Vec<Child> = (0..3).map(|_| start(&site, &[])).collect();
    site.build();
    for child in children {
        assert!(child.wait_with_output().unwrap().status.success());
    }
    let fresh = large();
    fresh.build();
    assert!(site.all() == fresh.all());
    assert_eq!(site.build().written, Vec::<String>::new());
}

#[test]
fn a_build_waits_for_the_lock() {
    let site = small();
    let lock = BuildLock::take(&site.options().manifest).unwrap();
    let mut child = start(&site, &[]);
    // Something that lasts longer than the small build would.
    large().build();
    assert!(child.try_wait().unwrap().is_none(), "it waits");
    assert!(!site.has("index.html"));
    drop(lock);
    assert!(child.wait().unwrap().success());
    assert!(site.has("index.html"));
}

#[test]
fn another_output_folder_has_a_manifest_of_its_own() {
    let site = small();
    site.build();
    let before = site.all();
    assert!(site.run(&["build", "--now", NOW, "--output", "elsewhere"]).status.success());
    assert!(site.all() == before);
    assert!(files(&site.path("elsewhere")) == before);
    fs::remove_file(site.path("content/notes/a.md")).unwrap();
    assert!(site.run(&["build", "--now", NOW, "--output", "elsewhere"]).status.success());
    assert!(!site.path("elsewhere/notes/a").exists());
    assert!(site.all() == before, "only the named folder changes");
}

fn determined(order: &[usize], name: impl Fn(&str) -> String) -> SiteTest {
    let site = SiteTest::with_config("time-zone = \"Europe/Lisbon\"\n[languages.de]\n");
    let parts: Vec<(&str, Vec<u8>)> = vec![
        (
            "content/notes/grüße.md",
            "+++\ndate = 2024-03-31 09:30\ntags = [\"Ärger\"]\n+++\n![b](straße.png) [[Über]]\n"
                .into(),
        ),
        ("content/notes/straße.png", png()),
        (
            "content/wiki/über.md",
            "+++\ntitle = \"Über\"\n+++\nSee [the note](../notes/grüße.md)\n".into(),
        ),
        ("content/notes/b.md", "+++\ndate = 2024-03-31 09:30\n+++\nSame time\n".into()),
        ("content/notes/b.de.md", "+++\ndate = 2024-03-31 09:30\n+++\nGleiche Zeit\n".into()),
        (
            "content/photos/té/index.md",
            "+++\ndate = 2024-06-01\nphoto = { src = \"é.png\", alt = \"e\" }\n+++\n".into(),
        ),
        ("content/photos/té/é.png", png()),
        ("static/dátum.txt", "x".into()),
        (
            "data/people.toml",
            "[[person]]\nnickname = \"bea\"\nurl = \"https://bea.example\"\n".into(),
        ),
    ];
    order.iter().fold(site, |site, at| {
        let (path, bytes) = &parts[*at];
        site.bytes(&name(path), bytes)
    })
}

#[test]
fn the_order_and_the_normal_form_of_file_names_do_not_matter() {
    let forward: Vec<usize> = (0..9).collect();
    let backward: Vec<usize> = (0..9).rev().collect();
    let one = determined(&forward, |name| name.nfc().collect());
    let two = determined(&backward, |name| name.nfc().collect());
    let three = determined(&forward, |name| name.nfd().collect());
    for site in [&one, &two, &three] {
        site.build();
    }
    assert!(one.has("notes/grüße/index.html"));
    assert!(one.all() == two.all(), "order of creation");
    let (first, third) = (one.all(), three.all());
    let names = |all: &[(String, Vec<u8>)]| all.iter().map(|(n, _)| n.clone()).collect::<Vec<_>>();
    assert_eq!(names(&first), names(&third), "NFD and NFC");
    for ((name, a), (_, b)) in first.iter().zip(&third) {
        assert!(a == b, "{name}");
    }
}

#[test]
fn time_zone_language_and_folder_of_the_machine_do_not_matter() {
    let site = determined(&(0..9).collect::<Vec<_>>(), str::to_owned);
    site.build();
    let expected = site.all();
    for (zone, language) in
        [("Asia/Tokyo", "ja_JP.UTF-8"), ("America/Caracas", "tr_TR.UTF-8"), ("UTC", "C")]
    {
        let other = determined(&(0..9).rev().collect::<Vec<_>>(), str::to_owned);
        let status = Command::new(env!("CARGO_BIN_EXE_lanai"))
            .args(["build", "--now", NOW])
            .arg(other.root())
            .current_dir("/")
            .env("TZ", zone)
            .env("LANG", language)
            .env("LC_ALL", language)
            .env("HOME", "/nonexistent")
            .stderr(Stdio::null())
            .status()
            .unwrap();
        assert!(status.success());
        assert!(other.all() == expected, "{zone} {language}");
    }
}

#[test]
fn now_changes_nothing_but_what_is_due() {
    let site = small();
    site.build();
    let site = site.at("2031-01-01T00:00:00Z");
    assert_eq!(site.build().written, Vec::<String>::new(), "no build time in the output");
}

#[test]
fn an_output_folder_that_is_a_file_is_refused_and_kept() {
    let site = small();
    site.write("public", "precious");
    match site.try_build() {
        Err(Failure::Run { .. }) => {}
        other => panic!("{other:?}"),
    }
    assert_eq!(fs::read_to_string(site.path("public")).unwrap(), "precious");
}

#[test]
fn pruning_is_only_done_when_asked_for() {
    let site = small();
    site.write("public/old/index.html", "of another generator");
    let report = site.build();
    assert_eq!((report.foreign, report.deleted.len()), (1, 0));
    let options = Options { prune: Prune::Yes, ..site.options() };
    let report = build(site.root(), &options, &Silent).unwrap();
    assert_eq!((report.foreign, report.deleted), (0, vec!["old/index.html".to_owned()]));
}

#[test]
fn texts_that_are_not_held_are_rendered_again() {
    let site = SiteTest::new()
        .note("content/notes/a.md", "A note #tea\n\n```rust\nfn main() {}\n```")
        .note("content/notes/b.md", "An [answer](a.md) to [[About]]")
        .file("content/about.md", "+++\ntitle = \"About\"\ntoc = true\n+++\n## Here\n\nMore\n")
        .file("content/_index.md", "Welcome\n");
    site.build();
    let options = Options {
        output: site.path("other"),
        manifest: site.path(".lanai/other/manifest"),
        room: 0,
        ..site.options()
    };
    build(site.root(), &options, &Silent).unwrap();
    assert!(files(&options.output) == site.all());
}

#[test]
fn files_that_somebody_took_out_of_the_manifest_are_foreign() {
    let site = SiteTest::new().note("content/notes/a.md", "One").note("content/notes/b.md", "Two");
    site.build();
    site.write(".lanai/manifest", "");
    fs::remove_file(site.path("content/notes/b.md")).unwrap();
    let report = site.build();
    assert!(site.has("notes/b/index.html"), "nobody noted that it is ours");
    assert_eq!((report.foreign, report.deleted.len()), (1, 0));
}
