//! The command line as people and scripts meet it: the real binary, its help, its exit codes, what
//! it prints where, and what it does to the site folder.

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use lanai::site::Site;

use crate::harness::{NOW, SiteTest, texts};
use crate::{golden, no_leftover_snapshots, png};

/// Every command, as the definition names them.
fn command_names() -> Vec<String> {
    let definition = lanai::cli::definition();
    let names = definition.get_subcommands().map(|command| command.get_name().to_owned());
    names.filter(|name| name != "help").collect()
}

/// Runs the binary in a folder.
fn lanai(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lanai"));
    command.args(arguments).current_dir(folder).env("NO_COLOR", "1").env("COLUMNS", "100");
    command.stdin(Stdio::null());
    command
}

/// Runs a command that must work; returns standard output.
fn works(site: &SiteTest, arguments: &[&str]) -> String {
    let output = site.run(arguments);
    let (out, err) = texts(&output);
    assert_eq!(output.status.code(), Some(0), "lanai {}: {err}", arguments.join(" "));
    out
}

pub(crate) fn with_stdin(mut command: Command, text: &str) -> Output {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

#[test]
fn help_is_as_it_was_reviewed() {
    let site = SiteTest::empty();
    let mut names = vec!["help".to_owned()];
    let shown = |arguments: &[&str]| {
        let output = lanai(site.root(), arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(0));
        let (out, err) = texts(&output);
        assert_eq!(err, "", "help that was asked for is data");
        out
    };
    golden("help", &shown(&["--help"]));
    for command in command_names() {
        let text = shown(&[&command, "--help"]);
        assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
        names.push(format!("help-{command}"));
        golden(&format!("help-{command}"), &text);
    }
    no_leftover_snapshots("help", names.iter().map(String::as_str));
}

#[test]
fn every_flag_says_what_it_does() {
    for command in lanai::cli::definition().get_subcommands() {
        assert!(command.get_about().is_some(), "{}", command.get_name());
        for argument in command.get_arguments() {
            let name = argument.get_id();
            assert!(argument.get_help().is_some(), "{} {name}", command.get_name());
        }
    }
}

#[test]
fn completions_know_every_command_and_flag() {
    let site = SiteTest::empty();
    for shell in ["bash", "zsh", "fish"] {
        let text = works(&site, &["completions", shell]);
        for command in command_names() {
            assert!(text.contains(&command), "{shell} lacks {command}");
        }
        for flag in ["prune", "timings", "drafts", "port"] {
            assert!(text.contains(flag), "{shell} lacks --{flag}");
        }
    }
}

#[test]
fn the_man_page_has_every_command_and_flag() {
    let text = works(&SiteTest::empty(), &["man"]);
    assert!(text.contains(".TH lanai 1"));
    for command in lanai::cli::definition().get_subcommands() {
        let name = command.get_name();
        if name == "help" {
            continue;
        }
        let roff = format!("lanai\\-{name}");
        assert!(text.contains(&roff) || text.contains(&format!("lanai-{name}")), "{name}");
        for argument in command.get_arguments().filter_map(|argument| argument.get_long()) {
            let flag = format!("\\-\\-{}", argument.replace('-', "\\-"));
            assert!(text.contains(&flag), "{name} lacks --{argument}");
        }
    }
}

#[test]
fn a_build_that_works_prints_nothing_to_standard_output() {
    let site = SiteTest::new().note("content/notes/a.md", "Hi.");
    let output = site.run(&["build", "--now", NOW]);
    let (out, err) = texts(&output);
    assert_eq!((output.status.code(), out.as_str()), (Some(0), ""));
    assert!(err.starts_with("1 posts and pages, ") || err.starts_with("1 post"), "{err}");
    let output = site.run(&["build", "--now", NOW, "--timings"]);
    let (out, err) = texts(&output);
    assert_eq!(out, "");
    assert!(err.contains(" ms  read") && err.contains(" ms  in all"), "{err}");
}

#[test]
fn a_report_for_scripts_has_its_fields() {
    let site = SiteTest::new()
        .note("content/notes/a.md", "Hi.")
        .file("content/notes/later.md", "+++\ndate = 2024-07-01T10:00:00Z\n+++\nLater.\n");
    let report: serde_json::Value =
        serde_json::from_str(&works(&site, &["build", "--json", "--now", NOW])).unwrap();
    let fields: Vec<&str> = report.as_object().unwrap().keys().map(String::as_str).collect();
    for field in [
        "bytes",
        "deleted",
        "feeds_changed",
        "foreign",
        "next_change",
        "pages",
        "pages_changed",
        "posts",
        "problems",
        "unchanged",
        "written",
    ] {
        assert!(fields.contains(&field), "{field} in {fields:?}");
    }
    assert_eq!(report["posts"], 1);
    assert_eq!(report["next_change"], "2024-07-01T10:00:00Z");
    assert!(report["pages_changed"].as_array().unwrap().contains(&"/notes/a/".into()));
    assert!(report["feeds_changed"].as_array().unwrap().contains(&"/atom.xml".into()));
    assert!(report["written"].as_array().unwrap().contains(&"index.html".into()));
    assert_eq!(report["problems"], serde_json::json!([]));
    // The second build has nothing to do.
    let again: serde_json::Value =
        serde_json::from_str(&works(&site, &["build", "--json", "--now", NOW])).unwrap();
    assert_eq!(again["written"], serde_json::json!([]));
    assert_eq!(again["unchanged"].as_u64(), report["written"].as_array().map(|w| w.len() as u64));
    let failed = SiteTest::empty().run(&["build", "--json"]);
    let value: serde_json::Value = serde_json::from_str(&texts(&failed).0).unwrap();
    assert_eq!(failed.status.code(), Some(2));
    assert!(value["failed"].as_str().unwrap().contains("there is no lanai.toml"));
}

#[test]
fn flags_of_build_do_what_they_say() {
    let site = SiteTest::new()
        .note("content/notes/a.md", "Hi.")
        .file("content/notes/d.md", "+++\ndate = 2024-05-01\ndraft = true\n+++\nDraft.\n")
        .file("content/notes/l.md", "+++\ndate = 2024-07-01\n+++\nLater.\n");
    let build = |more: &[&str]| {
        let mut arguments = vec!["build", "--now", NOW];
        arguments.extend(more);
        works(&site, &arguments)
    };
    build(&[]);
    assert!(!site.has("notes/d/index.html") && !site.has("notes/l/index.html"));
    build(&["--drafts"]);
    assert!(site.has("notes/d/index.html") && site.has("notes/l/index.html"));
    works(&site, &["build", "--now", "2024-07-02T00:00:00Z"]);
    assert!(!site.has("notes/d/index.html") && site.has("notes/l/index.html"));
    build(&["--url", "https://other.example/blog"]);
    assert!(site.out("index.html").contains("href=\"https://other.example/blog/\""));
    build(&["--theme", "journal", "--output", "elsewhere"]);
    assert!(site.path("elsewhere/index.html").exists());
    assert!(site.has("index.html"), "another output folder is another's business");
    fs::write(site.path("public/mine.txt"), "mine").unwrap();
    build(&[]);
    assert!(site.has("mine.txt"));
    build(&["--prune"]);
    assert!(!site.has("mine.txt"));
}

/// What a command writes to a terminal, through `script`; none where that is not installed.
fn on_a_terminal(site: &SiteTest, variable: Option<(&str, &str)>) -> Option<String> {
    let mut command = Command::new("script");
    command.args(["-qec", &format!("{} build", env!("CARGO_BIN_EXE_lanai")), "/dev/null"]);
    command.current_dir(site.root()).env_remove("NO_COLOR").env("TERM", "xterm");
    command.envs(variable).stdin(Stdio::null());
    let output = command.output().ok()?;
    Some(texts(&output).0)
}

#[test]
fn colours_are_for_terminals_that_want_them() {
    let site = SiteTest::with_config("them = \"journal\"\n");
    let (_, err) = texts(&lanai(site.root(), &["build"]).env_remove("NO_COLOR").output().unwrap());
    assert!(err.contains("unknown key") && !err.contains('\u{1b}'), "a pipe: {err:?}");
    let Some(colourful) = on_a_terminal(&site, None) else { return };
    assert!(colourful.contains("unknown key") && colourful.contains("\u{1b}["), "{colourful:?}");
    let plain = on_a_terminal(&site, Some(("NO_COLOR", "1"))).unwrap();
    assert!(plain.contains("unknown key") && !plain.contains("\u{1b}[3"), "{plain:?}");
    assert!(!plain.contains("\u{1b}[1m"), "{plain:?}");
}

#[test]
fn a_new_site_builds_without_a_word() {
    let folder = SiteTest::empty();
    works(
        &folder,
        &[
            "init",
            "my-site",
            "--title",
            "Arco \"Baixo\"",
            "--url",
            "https://ana.example",
            "--name",
            "Ana Mora",
            "--language",
            "pt",
            "--yes",
        ],
    );
    let config = fs::read_to_string(folder.path("my-site/lanai.toml")).unwrap();
    assert!(config.contains("url = \"https://ana.example\""), "{config}");
    let output = folder.run(&["build", "my-site"]);
    let (_, err) = texts(&output);
    assert_eq!(output.status.code(), Some(0), "{err}");
    assert!(!err.contains("warning"), "{err}");
    let home = fs::read_to_string(folder.path("my-site/public/index.html")).unwrap();
    assert!(home.contains("<html lang=\"pt\""));
    assert!(home.contains("<title>Arco &quot;Baixo&quot;</title>"), "{home}");
    assert!(home.contains(">Ana Mora</a>"));
    assert!(folder.path("my-site/public/about/index.html").exists());
    assert!(fs::read_to_string(folder.path("my-site/.gitignore")).unwrap().contains("/public/"));
}

#[test]
fn a_new_site_keeps_files_that_are_there() {
    let folder = SiteTest::empty().file("s/content/about.md", "Mine.").file("s/.gitignore", "x\n");
    works(&folder, &["init", "s", "--yes"]);
    assert_eq!(fs::read_to_string(folder.path("s/content/about.md")).unwrap(), "Mine.");
    assert_eq!(fs::read_to_string(folder.path("s/.gitignore")).unwrap(), "x\n");
    works(&folder, &["build", "s"]);
}

/// The warnings of a foreign folder after `init --from`, and its output.
fn adopt(folder: &SiteTest, generator: &str) -> String {
    works(
        folder,
        &[
            "init",
            ".",
            "--from",
            generator,
            "--title",
            "Old",
            "--url",
            "https://old.example",
            "--yes",
        ],
    );
    let output = folder.run(&["build", "--now", NOW]);
    let (_, err) = texts(&output);
    assert_eq!(output.status.code(), Some(0), "{generator}: {err}");
    assert!(err.contains("0 errors") || !err.contains("error"), "{generator}: {err}");
    err
}

#[test]
fn a_hugo_folder_builds_as_it_is() {
    let folder = SiteTest::empty()
        .file("hugo.toml", "baseURL = 'https://old.example/'\ntitle = 'Old'\n")
        .file(
            "content/posts/first.md",
            "---\ntitle: First\ndate: 2023-01-02T10:00:00+01:00\ndraft: false\nweight: 3\n\
             tags: [bees]\naliases: [/old/first/]\ndescription: About bees\n---\n\
             Before {{< youtube abc123 >}} and {{% note %}}this{{% /note %}}.\n",
        )
        .file("content/posts/draft.md", "---\ntitle: D\ndate: 2023-01-02\ndraft: true\n---\nNo.\n")
        .file("content/posts/_index.md", "---\ntitle: Writing\nmenu: main\n---\nAll of it.\n")
        .file("content/about.md", "+++\ntitle = 'About'\nlayout = 'wide'\n+++\nMe.\n")
        .file(
            "content/posts/trip/index.md",
            "---\ntitle: Trip\ndate: 2023-02-03\nresources:\n  - src: a.png\n---\n![A](a.png)\n",
        )
        .bytes("content/posts/trip/a.png", &png())
        .file("static/robots.txt", "User-agent: *\n")
        .file("layouts/_default/single.html", "{{ .Content }}");
    let said = adopt(&folder, "hugo");
    assert!(said.contains("3 shortcodes and tags of another generator"), "{said}");
    assert!(said.contains("--> content/posts/first.md:10:8"), "the first is named: {said}");
    assert!(said.contains("keys of another generator are kept under `extra`"), "{said}");
    let page = folder.out("posts/first/index.html");
    assert!(page.contains("{{&lt; youtube abc123 &gt;}}"), "{page}");
    assert!(page.contains("{{% note %}}this{{% /note %}}"), "{page}");
    assert!(page.contains("About bees"), "{page}");
    assert!(folder.has("old/first/index.html"));
    assert!(folder.has("tags/bees/index.html"));
    assert!(folder.has("posts/trip/a.png"));
    assert!(!folder.has("posts/draft/index.html"));
    assert!(folder.out("posts/index.html").contains("All of it."));
    let (site, _) = Site::load(folder.root()).unwrap();
    let first = site.posts.iter().find(|post| post.file() == "content/posts/first.md").unwrap();
    assert_eq!(first.extra["weight"], 3);
}

#[test]
fn a_zola_folder_builds_as_it_is() {
    let folder = SiteTest::empty()
        .file("config.toml", "base_url = \"https://old.example\"\ntitle = \"Old\"\n")
        .file("content/_index.md", "+++\nsort_by = \"date\"\npaginate_by = 5\n+++\nHello.\n")
        .file(
            "content/blog/2023-01-02-first.md",
            "+++\ntitle = \"First\"\nweight = 1\n[taxonomies]\ntags = [\"bees\"]\n[extra]\nmood = \"fine\"\n+++\n\
             Before {{ youtube(id=\"abc\") }}.\n\n{% quote(author=\"B\") %}\nWords.\n{% end %}\n",
        )
        .file("content/blog/_index.md", "+++\ntitle = \"Blog\"\ntemplate = \"blog.html\"\n+++\n")
        .file("templates/index.html", "{% block x %}{% endblock %}");
    let said = adopt(&folder, "zola");
    assert!(said.contains("3 shortcodes and tags of another generator"), "{said}");
    assert!(said.contains("--> content/blog/2023-01-02-first.md:9:8"), "{said}");
    let page = folder.out("blog/first/index.html");
    assert!(page.contains("youtube(id="), "{page}");
    assert!(folder.has("tags/bees/index.html"));
    assert!(folder.out("index.html").contains("Hello."));
    let (site, _) = Site::load(folder.root()).unwrap();
    let first = site.posts.iter().find(|post| post.file().ends_with("first.md")).unwrap();
    assert_eq!((&first.extra["mood"], &first.extra["weight"]), (&"fine".into(), &1.into()));
}

#[test]
fn a_jekyll_folder_builds_as_it_is() {
    let folder = SiteTest::empty()
        .file("_config.yml", "title: Old\nurl: https://old.example\n")
        .file(
            "_posts/2023-01-02-first.md",
            "---\nlayout: post\ntitle: \"First: a beginning\"\ncategory: animals\ntags: [bees]\n\
             permalink: /2023/first/\n---\nBefore {% include video.html id=\"1\" %} and {{ site.title }}.\n",
        )
        .file("_drafts/idea.md", "---\nlayout: post\ntitle: Idea\n---\nNot yet.\n")
        .file("_layouts/post.html", "{{ content }}")
        .file("_includes/note.md", "Not a page: {{ include.text }}\n")
        .file("_site/index.html", "<p>Built by Jekyll")
        .file("about.md", "---\nlayout: page\ntitle: About\npermalink: /about/\n---\nMe.\n")
        .file("index.md", "---\nlayout: home\n---\nWelcome.\n");
    let said = adopt(&folder, "jekyll");
    assert!(said.contains("2 shortcodes and tags of another generator"), "{said}");
    assert!(said.contains("--> _posts/2023-01-02-first.md:8:8"), "{said}");
    let page = folder.out("2023/first/index.html");
    assert!(page.contains("{% include video.html"), "{page}");
    assert!(folder.has("about/index.html"));
    assert!(folder.has("tags/bees/index.html"));
    assert!(folder.out("index.html").contains("Welcome."));
    let all: Vec<String> = folder.all().into_iter().map(|(name, _)| name).collect();
    assert!(!all.iter().any(|name| name.contains("idea")), "a draft became public: {all:#?}");
    assert!(
        !all.iter().any(|name| name.starts_with("includes/")),
        "a part became a page: {all:#?}"
    );
}

/// Every kind with the arguments of `lanai new`.
fn kinds() -> Vec<(&'static str, Vec<&'static str>)> {
    let of = |kind| (kind, vec![kind, "https://ben.example/x"]);
    vec![
        ("note", vec!["note", "The swifts are back."]),
        ("article", vec!["article", "Words.", "--title", "On bridges", "--tag", "bridges"]),
        ("photo", vec!["photo", "Look.", "--media", "media/a.png", "--alt", "A wall"]),
        ("video", vec!["video", "--media", "media/a.webm"]),
        ("audio", vec!["audio", "--media", "media/a.mp3"]),
        ("reply", vec!["reply", "https://ben.example/x", "Yes."]),
        of("like"),
        of("repost"),
        of("bookmark"),
        of("quotation"),
        ("rsvp", vec!["rsvp", "https://ben.example/x", "--rsvp", "maybe"]),
        (
            "event",
            vec![
                "event",
                "Come.",
                "--title",
                "Ball",
                "--start",
                "2024-07-01 20:00",
                "--end",
                "2024-07-01 23:00",
                "--place",
                "Porto",
            ],
        ),
        ("checkin", vec!["checkin", "Coffee.", "--place", "Café Lua"]),
        of("follow"),
        of("read"),
        of("watch"),
        of("listen"),
        ("review", vec!["review", "Sweet.", "--item", "Honey", "--rating", "4.5"]),
        ("page", vec!["page", "What I do now.", "--title", "Now"]),
    ]
}

#[test]
fn every_kind_can_be_written_and_builds_as_that_kind() {
    let names: Vec<String> = kinds().iter().map(|(kind, _)| (*kind).to_owned()).collect();
    let definition = lanai::cli::definition();
    let new = definition.find_subcommand("new").unwrap();
    let kind = new.get_arguments().find(|argument| argument.get_id() == "kind").unwrap();
    let known: Vec<String> =
        kind.get_possible_values().iter().map(|value| value.get_name().to_owned()).collect();
    assert_eq!(names, known);

    let site = SiteTest::with_config("time-zone = \"Europe/Lisbon\"\n")
        .bytes("media/a.png", &png())
        .file("media/a.webm", "film")
        .file("media/a.mp3", "sound");
    let mut files = Vec::new();
    for (kind, arguments) in kinds() {
        let mut all = vec!["new"];
        all.extend(arguments);
        let file = works(&site, &all);
        files.push((kind, file.trim_end().to_owned()));
    }
    let (loaded, _) = Site::load(site.root()).unwrap();
    for (kind, file) in &files {
        let post = loaded.posts.iter().find(|post| post.file() == file).expect(file);
        assert_eq!(post.kind.name(), *kind, "{file}");
        if *kind != "page" {
            assert!(post.uid.as_ref().is_some_and(|uid| uid.len() > 10), "{file} has no uid");
            assert!(post.published.is_some(), "{file}");
        }
    }
    let ids: std::collections::BTreeSet<_> =
        loaded.posts.iter().filter_map(|post| post.uid.clone()).collect();
    assert_eq!(ids.len(), files.len() - 1, "permanent ids are unlike each other");
    // A build a little later than the posts, which are of today.
    let report = works(&site, &["build", "--json"]);
    let report: serde_json::Value = serde_json::from_str(&report).unwrap();
    assert_eq!(report["posts"], files.len());
    assert_eq!(report["problems"], serde_json::json!([]));
}

#[test]
fn a_new_post_takes_its_flags() {
    let site = SiteTest::with_config("[languages.de]\n").bytes("media/a.png", &png());
    let file = works(
        &site,
        &[
            "new",
            "article",
            "Wörter \"und\" \\ mehr",
            "--title",
            "Ü \"1\"",
            "--slug",
            "Eins Zwei",
            "--lang",
            "de",
            "--draft",
            "--tag",
            "a",
            "--tag",
            "b c",
        ],
    );
    let file = file.trim_end();
    assert!(file.starts_with("content/articles/") && file.ends_with("-eins-zwei.de.md"), "{file}");
    let (loaded, _) = Site::load(site.root()).unwrap();
    let post = &loaded.posts[0];
    assert_eq!(post.title.as_deref(), Some("Ü \"1\""));
    assert_eq!((post.lang.as_str(), post.draft), ("de", true));
    assert_eq!(post.tags, ["a", "b c"]);
    let source = loaded.source(&post.body).unwrap();
    assert_eq!(source.text[post.body.range.clone()].trim(), "Wörter \"und\" \\ mehr");
}

#[test]
fn a_picture_with_an_article_leads_it_and_does_not_make_it_a_photo() {
    let site = SiteTest::new().bytes("media/a.png", &png());
    works(
        &site,
        &["new", "article", "Words.", "--title", "A", "--media", "media/a.png", "--alt", "A wall"],
    );
    works(
        &site,
        &["new", "page", "Words.", "--title", "B", "--media", "media/a.png", "--alt", "A wall"],
    );
    let (loaded, _) = Site::load(site.root()).unwrap();
    let kinds: Vec<&str> = loaded.posts.iter().map(|post| post.kind.name()).collect();
    assert_eq!(kinds, ["article", "page"]);
    assert!(loaded.posts.iter().all(|post| post.featured.is_some()));
}

#[test]
fn a_post_that_would_not_build_is_not_written() {
    let site = SiteTest::new();
    for arguments in [
        ["new", "like", "--of", "ben.example"].as_slice(),
        &["new", "event", "--title", "Ball", "--start", "soon"],
        &["new", "note", "Hi", "--lang", "german!"],
        &["new", "review", "--item", "Honey", "--rating", "9"],
    ] {
        let output = site.run(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
    }
    assert!(!site.path("content").exists());
}

#[test]
fn a_second_post_of_the_same_words_is_refused_and_the_first_stays() {
    let site = SiteTest::new();
    let file = works(&site, &["new", "note", "Hi.", "--slug", "hi"]);
    let path = site.path(file.trim_end());
    let before = fs::read_to_string(&path).unwrap();
    let output = site.run(&["new", "note", "Other words.", "--slug", "hi"]);
    let (_, err) = texts(&output);
    assert_eq!(output.status.code(), Some(2));
    assert!(err.contains("exists already") && err.contains("--slug"), "{err}");
    assert_eq!(fs::read_to_string(&path).unwrap(), before);
}

#[test]
fn a_post_comes_from_standard_input() {
    let site = SiteTest::new();
    let output =
        with_stdin(lanai(site.root(), &["new", "note", "-"]), "From a pipe.\n\nTwo lines.\n");
    assert_eq!(output.status.code(), Some(0), "{}", texts(&output).1);
    let file = texts(&output).0;
    let text = fs::read_to_string(site.path(file.trim_end())).unwrap();
    assert!(text.ends_with("+++\n\nFrom a pipe.\n\nTwo lines.\n"), "{text}");
    // Without words a note is read from a pipe too.
    let output = with_stdin(lanai(site.root(), &["new", "note"]), "Second.");
    assert_eq!(output.status.code(), Some(0), "{}", texts(&output).1);
    assert!(texts(&output).0.contains("second.md"));
}

#[test]
fn a_post_opens_in_the_editor() {
    let site = SiteTest::new().file("editor.sh", "#!/bin/sh\necho \"$1: edited\" >> \"$2\"\n");
    fs::set_permissions(site.path("editor.sh"), fs::Permissions::from_mode(0o755)).unwrap();
    let editor = format!("{} --wait", site.path("editor.sh").display());
    let mut command = lanai(site.root(), &["new", "note", "Hi.", "--edit"]);
    let output = command.env("EDITOR", &editor).env_remove("VISUAL").output().unwrap();
    let (out, err) = texts(&output);
    assert_eq!(output.status.code(), Some(0), "{err}");
    let text = fs::read_to_string(site.path(out.trim_end())).unwrap();
    assert!(text.ends_with("Hi.\n--wait: edited\n"), "{text}");

    let mut command = lanai(site.root(), &["new", "note", "Ho.", "--edit"]);
    let output = command.env("EDITOR", "no-such-editor").env_remove("VISUAL").output().unwrap();
    let (_, err) = texts(&output);
    assert_eq!(output.status.code(), Some(2));
    assert!(err.contains("cannot start no-such-editor") && err.contains("set $EDITOR"), "{err}");
    assert!(err.contains("ho.md"), "the words are not lost: {err}");
}

#[test]
fn a_post_can_be_written_from_below_the_site_folder_and_from_outside() {
    let site = SiteTest::new().note("content/notes/a.md", "Hi.");
    let output = lanai(&site.path("content/notes"), &["new", "note", "Deep."]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", texts(&output).1);
    let outside = SiteTest::empty();
    let root = site.root().display().to_string();
    let output = lanai(outside.root(), &["new", "note", "Far.", "--site", &root]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", texts(&output).1);
    let (loaded, _) = Site::load(site.root()).unwrap();
    assert_eq!(loaded.posts.len(), 3);
}

#[test]
fn a_renamed_post_leaves_a_redirect() {
    for head in [
        "+++\ndate = 2024-05-01\n+++\n",
        "+++\ndate = 2024-05-01\naliases = [\"/older/\"]\n+++\n",
        "+++\ndate = 2024-05-01\naliases = [\n  \"/older/\",\n  \"/oldest/\",\n]\n+++\n",
        "+++\ndate = 2024-05-01\naliases=[ '/older/' ]\n+++\n",
        "+++\ndate = 2024-05-01\naliases = \"/older/\"\ntitle = \"T\"\n+++\n",
        "---\ndate: 2024-05-01\n---\n",
        "---\ndate: 2024-05-01\naliases: [/older/]\n---\n",
        "---\naliases:\n  - /older/\n  - /oldest/\ndate: 2024-05-01\n---\n",
        "---\ndate: 2024-05-01\naliases: /older/\n---\n",
    ] {
        let site = SiteTest::new().file("content/notes/a.md", &format!("{head}Hi.\n"));
        site.build();
        works(&site, &["mv", "content/notes/a.md", "content/notes/b.md"]);
        assert!(!site.path("content/notes/a.md").exists());
        let report = site.build();
        assert!(report.warnings.is_empty(), "{head}{}", report.warnings.render(false));
        assert!(site.out("notes/b/index.html").contains("Hi."), "{head}");
        assert!(site.out("notes/a/index.html").contains("href=\"/notes/b/\""), "{head}");
        assert!(site.out("_redirects").contains("/notes/a/ /notes/b/ 301\n"), "{head}");
        if head.contains("older") {
            assert!(site.out("_redirects").contains("/older/ /notes/b/ 301\n"), "{head}");
        }
        if head.contains("oldest") {
            assert!(site.out("_redirects").contains("/oldest/ /notes/b/ 301\n"), "{head}");
        }
    }
}

#[test]
fn media_of_a_bundle_follow_it() {
    let text = "+++\ndate = 2024-05-01\n+++\n![A](a.png)\n";
    let site = SiteTest::new()
        .file("content/photos/trip/index.md", text)
        .bytes("content/photos/trip/a.png", &png())
        .bytes("content/photos/trip/more/b.png", &png());
    works(&site, &["mv", "/photos/trip/", "content/photos/journey/index.md"]);
    assert!(site.path("content/photos/journey/a.png").exists());
    assert!(site.path("content/photos/journey/more/b.png").exists());
    assert!(!site.path("content/photos/trip").exists());
    site.build();
    assert!(site.has("photos/journey/a.png"));
    assert!(site.out("_redirects").contains("/photos/trip/ /photos/journey/ 301\n"));
}

#[test]
fn a_bundle_does_not_lose_its_media_by_becoming_a_file() {
    let site = SiteTest::new()
        .file("content/photos/trip/index.md", "+++\ndate = 2024-05-01\n+++\n![A](a.png)\n")
        .bytes("content/photos/trip/a.png", &png());
    let output = site.run(&["mv", "/photos/trip/", "content/photos/journey.md"]);
    let (_, err) = texts(&output);
    assert_eq!(output.status.code(), Some(2), "{err}");
    assert!(err.contains("content/photos/journey/index.md"), "says what to do: {err}");
    site.build();
}

#[test]
fn a_renamed_translation_keeps_both_addresses_alive() {
    let text = "+++\ndate = 2024-05-01\n+++\nHi.\n";
    let site = SiteTest::with_config("[languages.de]\n")
        .file("content/photos/trip/index.md", text)
        .file("content/photos/trip/index.de.md", text);
    site.build();
    works(&site, &["mv", "/photos/trip/", "content/photos/journey/index.md"]);
    let report = site.build();
    assert!(report.warnings.is_empty(), "{}", report.warnings.render(false));
    assert!(site.has("de/photos/journey/index.html"));
    assert!(site.out("_redirects").contains("/de/photos/trip/ /de/photos/journey/ 301\n"));
}

#[test]
fn a_removed_post_leaves_a_tombstone() {
    let site = SiteTest::new()
        .file(
            "content/notes/a.md",
            "+++\ndate = 2024-05-01\naliases = [\"/older/\", \"/oldest.html\"]\n+++\nHi.\n",
        )
        .note("content/notes/b.md", "Ho.");
    site.build();
    works(&site, &["rm", "content/notes/a.md"]);
    assert!(!site.path("content/notes/a.md").exists());
    let gone = fs::read_to_string(site.path("data/gone.toml")).unwrap();
    assert!(gone.contains("path = \"/notes/a/\"") && gone.contains("path = \"/older/\""), "{gone}");
    let report = site.build();
    assert!(report.warnings.is_empty(), "{}", report.warnings.render(false));
    let page = site.out("notes/a/index.html");
    assert!(page.contains("noindex") && !page.contains("Hi."), "{page}");
    let rules = site.out("_redirects");
    assert!(rules.contains("/notes/a/ /notes/a/index.html 410\n"), "{rules}");
    assert!(rules.contains("/older/ /older/index.html 410\n"), "{rules}");
    assert!(rules.contains("/oldest.html /oldest.html 410\n"), "a file is a file: {rules}");
    assert!(!site.out("atom.xml").contains("/notes/a/"));
    // The next one joins it.
    works(&site, &["rm", "/notes/b/"]);
    site.build();
    assert!(site.out("_redirects").contains("/notes/b/ /notes/b/index.html 410\n"));
}

#[test]
fn a_picture_from_elsewhere_is_copied_into_the_site() {
    let site = SiteTest::new();
    let outside = SiteTest::empty().bytes("wall.png", &png());
    let file = outside.path("wall.png").display().to_string();
    works(&site, &["new", "photo", "Look.", "--media", &file, "--alt", "A wall"]);
    assert_eq!(fs::read(site.path("media/wall.png")).unwrap(), png());
    assert!(outside.path("wall.png").exists());
    let report: serde_json::Value =
        serde_json::from_str(&works(&site, &["build", "--json"])).unwrap();
    assert_eq!(report["problems"], serde_json::json!([]));
    assert!(site.has("media/wall.png"));
    // Another picture of that name is not lost, and neither is the first.
    fs::write(outside.path("wall.png"), crate::picture(image::ImageFormat::Jpeg)).unwrap();
    let output = site.run(&["new", "photo", "Again.", "--media", &file, "--alt", "A wall"]);
    let (_, err) = texts(&output);
    assert_eq!(output.status.code(), Some(2));
    assert!(err.contains("media/wall.png exists already"), "{err}");
    assert_eq!(fs::read(site.path("media/wall.png")).unwrap(), png());
}

#[test]
fn media_of_a_post_that_is_refused_is_not_copied() {
    let site = SiteTest::new();
    let outside = SiteTest::empty().bytes("wall.png", &png());
    let file = outside.path("wall.png").display().to_string();
    let output = site.run(&["new", "photo", "Look.", "--media", &file, "--lang", "german!"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(!site.path("media").exists());
}
