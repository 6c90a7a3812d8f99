//! What a person sees when something is wrong: place, line with a caret, what was expected, what to
//! do next. Each case is one mistake; the whole text is kept as a snapshot.

use std::net::TcpListener;

use lanai::error::{Failure, Problem, Severity};

use crate::harness::{NOW, SiteTest, texts};
use crate::{golden, no_leftover_snapshots, picture, png};

/// One mistake in a site and where Lanai must find it.
struct Case {
    name: &'static str,
    /// `path:line:column` of the first problem, or the path alone where a line makes no sense.
    place: &'static str,
    site: SiteTest,
}

fn case(name: &'static str, place: &'static str, site: SiteTest) -> Case {
    Case { name, place, site }
}

/// A site with more lines in `lanai.toml` (the first two are title and address).
fn config(more: &str) -> SiteTest {
    SiteTest::with_config(more)
}

/// A site with one dated post with more lines of TOML front matter behind the date.
fn head(more: &str) -> SiteTest {
    SiteTest::new().file(
        "content/notes/a.md",
        &format!("+++\ndate = 2024-05-01T10:00:00Z\n{more}\n+++\n\nWords.\n"),
    )
}

/// A site with one note.
fn text(words: &str) -> SiteTest {
    SiteTest::new().note("content/notes/a.md", words)
}

/// A site with a file of data.
fn data(file: &str, text: &str) -> SiteTest {
    SiteTest::new().file(file, text)
}

/// A site with a template of its own.
fn template(file: &str, text: &str) -> SiteTest {
    SiteTest::new().file(&format!("theme/templates/{file}"), text).note("content/notes/a.md", "Hi.")
}

fn daemon_cases() -> Vec<Case> {
    vec![
        case(
            "config-daemon-listen",
            "lanai.toml:4:10",
            config("[daemon]\nlisten = \"localhost\"\n"),
        ),
        case(
            "config-daemon-database",
            "lanai.toml:4:12",
            config("[daemon]\ndatabase = \"mysql://ana:secret@db.example/\"\n"),
        ),
        case(
            "config-daemon-proxies",
            "lanai.toml:4:20",
            config("[daemon]\ntrusted-proxies = [\"proxy.example\"]\n"),
        ),
        case("config-deploy-command", "lanai.toml:3:1", config("[deploy]\ncommand = []\n")),
        case("config-moderation-show", "lanai.toml:4:8", config("[moderation]\nshow = \"all\"\n")),
        case(
            "config-permalink-kind",
            "lanai.toml:4:1",
            config("[permalinks]\nnotes = \"/n/{slug}/\"\n"),
        ),
    ]
}

/// Tables whose mistakes would send something to the wrong place.
fn mail_cases() -> Vec<Case> {
    vec![
        case("config-mail-empty", "lanai.toml:3:1", config("[mail]\n")),
        case(
            "config-mail-password",
            "lanai.toml:6:1",
            config(
                "[mail]\nserver = \"smtp.test.example\"\nto = \"a@test.example\"\npassword = \"sesame\"\n",
            ),
        ),
        case(
            "config-mail-password-file",
            "lanai.toml:6:17",
            config(
                "[mail]\nserver = \"smtp.test.example\"\nto = \"a@test.example\"\npassword-file = \"./static/mail\"\n",
            ),
        ),
        case(
            "config-mail-server",
            "lanai.toml:5:10",
            config("[mail]\nto = \"a@test.example\"\nserver = \"smtps://smtp.test.example\"\n"),
        ),
        case(
            "config-mail-open-way",
            "lanai.toml:4:10",
            config(
                "[mail]\nserver = \"smtp.test.example:25\"\nto = \"a@test.example\"\nsecurity = \"none\"\n",
            ),
        ),
        case(
            "config-mail-address",
            "lanai.toml:5:6",
            config(
                "[mail]\nserver = \"smtp.test.example\"\nto = \"a@test.example, b@test.example\"\n",
            ),
        ),
        case(
            "config-mail-time",
            "lanai.toml:6:6",
            config(
                "[mail]\nserver = \"smtp.test.example\"\nto = \"a@test.example\"\nat = \"25:00\"\n",
            ),
        ),
    ]
}

fn configuration_cases() -> Vec<Case> {
    vec![
        case("config-unknown-key", "lanai.toml:3:1", config("them = \"journal\"\n")),
        case("config-unknown-key-in-table", "lanai.toml:4:1", config("[feeds]\nitmes = 10\n")),
        case("config-far-unknown-key", "lanai.toml:3:1", config("zebra = 1\n")),
        case("config-wrong-type-text", "lanai.toml:3:15", config("description = [\"a\"]\n")),
        case("config-wrong-type-flag", "lanai.toml:4:13", config("[feeds]\nresponses = \"yes\"\n")),
        case("config-wrong-type-number", "lanai.toml:4:9", config("[feeds]\nitems = \"ten\"\n")),
        case("config-number-out-of-range", "lanai.toml:4:13", config("[lists]\npage-size = 0\n")),
        case("config-wrong-word", "lanai.toml:4:11", config("[feeds]\ncontent = \"ful\"\n")),
        case("config-far-wrong-word", "lanai.toml:4:11", config("[feeds]\ncontent = \"xyz\"\n")),
        case("config-table-is-text", "lanai.toml:3:10", config("author = \"Ana\"\n")),
        case(
            "config-title-missing",
            "lanai.toml:1:1",
            data("lanai.toml", "url = \"https://test.example\"\n"),
        ),
        case(
            "config-bad-address",
            "lanai.toml:2:7",
            data("lanai.toml", "title = \"A\"\nurl = \"test.example\"\n"),
        ),
        case(
            "config-bad-former-address",
            "lanai.toml:3:16",
            config("former-urls = [\"old.example\"]\n"),
        ),
        case(
            "config-bad-profile-address",
            "lanai.toml:4:7",
            config("[author]\nme = [\"social.example/@ana\"]\n"),
        ),
        case("config-bad-language", "lanai.toml:3:12", config("language = \"english!\"\n")),
        case("config-bad-language-table", "lanai.toml:3:12", config("[languages.\"german!\"]\n")),
        case("config-bad-time-zone", "lanai.toml:3:13", config("time-zone = \"Lisbon\"\n")),
        case("config-accent-no-colour", "lanai.toml:3:10", config("accent = \"reddish\"\n")),
        case("config-unknown-theme", "lanai.toml:3:9", config("theme = \"jurnal\"\n")),
        case(
            "config-permalink-placeholder",
            "lanai.toml:4:8",
            config("[permalinks]\nnote = \"/{yaer}/{slug}/\"\n"),
        ),
        case(
            "config-permalink-unclosed",
            "lanai.toml:4:8",
            config("[permalinks]\nnote = \"/n/{slug\"\n"),
        ),
        case(
            "config-permalink-not-unique",
            "lanai.toml:4:8",
            config("[permalinks]\nnote = \"/n/{year}/\"\n"),
        ),
        case(
            "config-folder-outside",
            "lanai.toml:4:10",
            config("[content]\nfolder = \"../elsewhere\"\n"),
        ),
        case("config-csp-directive", "lanai.toml:4:1", config("[headers.csp]\nimages = [\"x\"]\n")),
        case(
            "config-header-name",
            "lanai.toml:4:1",
            config("[headers.custom]\n\"X Bad\" = \"1\"\n"),
        ),
        case("config-menu-line", "lanai.toml:3:1", config("[[menu]]\nlabel = \"About\"\n")),
        case("config-toml-syntax", "lanai.toml:3:12", config("language = en\"\n")),
        case(
            "config-not-utf8",
            "lanai.toml:1:10",
            SiteTest::empty().bytes("lanai.toml", b"title = \"\xff\"\n"),
        ),
        case("config-is-a-folder", "lanai.toml", SiteTest::empty().file("lanai.toml/x", "")),
    ]
}

fn front_matter_cases() -> Vec<Case> {
    let yaml = |text: &str| SiteTest::new().file("content/a.md", text);
    vec![
        case("post-unknown-key-toml", "content/notes/a.md:3:1", head("titel = \"A\"")),
        case("post-unknown-key-yaml", "content/a.md:3:1", yaml("---\ntitle: A\nsumary: B\n---\n")),
        case("post-wrong-type-toml", "content/notes/a.md:3:9", head("draft = \"yes\"")),
        case("post-wrong-type-yaml", "content/a.md:2:8", yaml("---\ntitle: [A]\n---\n")),
        case("post-list-of-tables", "content/notes/a.md:3:9", head("tags = [{ a = 1 }]")),
        case("post-bad-date", "content/a.md:2:8", yaml("+++\ndate = \"1st of May\"\n+++\n")),
        case("post-two-dates", "content/notes/a.md:2:1", head("published = 2024-05-02")),
        case("post-bad-expiry", "content/notes/a.md:3:11", head("expires = \"soon\"")),
        case("post-bad-address", "content/notes/a.md:3:11", head("like-of = \"ben.example\"")),
        case("post-bad-language", "content/notes/a.md:3:8", head("lang = \"german!\"")),
        case("post-private", "content/notes/a.md:3:1", head("visibility = \"private\"")),
        case("post-unknown-visibility", "content/notes/a.md:3:14", head("visibility = \"secret\"")),
        case("post-audience", "content/notes/a.md:3:1", head("audience = [\"friends\"]")),
        case("post-rsvp-without-event", "content/notes/a.md:3:1", head("rsvp = \"yes\"")),
        case("post-rating-without-item", "content/notes/a.md:3:1", head("rating = 4")),
        case(
            "post-end-before-start",
            "content/notes/a.md:4:1",
            head("start = 2024-06-02\nend = 2024-06-01"),
        ),
        case(
            "post-latitude",
            "content/notes/a.md:3:26",
            head("location = { name = \"A\", latitude = 91, longitude = 0 }"),
        ),
        case("post-alias-outside", "content/notes/a.md:3:12", head("aliases = [\"/../../x/\"]")),
        case("post-not-closed", "content/a.md:1:1", yaml("+++\ntitle = \"A\"\n\nWords.\n")),
        case("post-toml-syntax", "content/notes/a.md:3:9", head("title = A day")),
        case("post-yaml-syntax", "content/a.md:3:9", yaml("---\nlang: en\ntitle: A: day\n---\n")),
        case(
            "post-photo-without-date",
            "content/a.md:1:1",
            yaml("+++\nphoto = \"a.png\"\n+++\n").bytes("content/a.png", &png()),
        ),
        case(
            "post-not-utf8",
            "content/a.md:3:3",
            SiteTest::new().bytes("content/a.md", b"+++\n+++\nna\xefve\n"),
        ),
        case("post-is-a-folder", "content/x.md", SiteTest::new().file("content/x.md/y.txt", "")),
        case("post-without-a-name", "content/-.md", SiteTest::new().file("content/-.md", "Hi")),
        case(
            "post-language-not-configured",
            "content/a.de.md",
            SiteTest::new().file("content/a.de.md", "Hallo"),
        ),
        case("content-is-a-file", "content", SiteTest::new().file("content", "Hi")),
    ]
}

fn text_cases() -> Vec<Case> {
    let cat = || png();
    vec![
        case(
            "text-missing-image",
            "content/notes/a.md:7:1",
            text("\nWords.\n\n![A cat](cat.png)").bytes("content/notes/cats.png", &cat()),
        ),
        case("text-missing-image-far", "content/notes/a.md:4:1", text("![A cat](cat.png)")),
        case(
            "post-missing-photo",
            "content/notes/a.md:3:9",
            head("photo = { src = \"cat.png\", alt = \"\" }")
                .bytes("content/notes/cats.png", &cat()),
        ),
        case(
            "text-dead-link",
            "content/notes/a.md:4:11",
            text("Look: [B](/notes/bee/)").note("content/notes/bees.md", "Bees."),
        ),
        case("text-dead-link-far", "content/notes/a.md:4:5", text("[B](/nowhere/at/all/)")),
        case(
            "text-dead-link-named-before",
            "content/notes/a.md:5:16",
            SiteTest::new().file(
                "content/notes/a.md",
                "+++\ndate = 2024-05-01\naliases = [\"/old/\"]\n+++\n[B](/old)/ [C](/ol)\n",
            ),
        ),
        case(
            "text-broken-relative-link",
            "content/notes/a.md:4:1",
            text("[B](bee.md)").note("content/notes/bees.md", "Bees."),
        ),
        case("text-formula", "content/notes/a.md:4:4", text("A $\\nosuch{1}$ b")),
        case(
            "list-text-missing-image",
            "content/_index.md:3:1",
            SiteTest::new().file("content/_index.md", "+++\n+++\n![A cat](cat.png)\n"),
        ),
        case(
            "list-text-dead-link",
            "content/_index.md:3:5",
            SiteTest::new().file("content/_index.md", "+++\n+++\n[B](/nowhere/)\n"),
        ),
        case(
            "author-missing-photo",
            "lanai.toml:4:9",
            config("[author]\nphoto = \"media/me.jpg\"\n"),
        ),
        case(
            "menu-dead-link",
            "lanai.toml:5:7",
            config("[[menu]]\nlabel = \"A\"\nurl = \"/abuot/\"\n").file("content/about.md", "Me."),
        ),
        case(
            "picture-heic",
            "content/notes/a.png",
            text("![A](a.png)").bytes("content/notes/a.png", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"),
        ),
        case("picture-damaged-jpeg", "content/notes/a.jpg", {
            let jpeg = picture(image::ImageFormat::Jpeg);
            text("![A](a.jpg)").bytes("content/notes/a.jpg", &jpeg[..jpeg.len() / 3])
        }),
    ]
}

fn address_cases() -> Vec<Case> {
    vec![
        case(
            "address-twice",
            "content/notes/b.md",
            SiteTest::new()
                .note("content/notes/a.md", "One.")
                .file("content/notes/b.md", "+++\ndate = 2024-05-01\nslug = \"a\"\n+++\nTwo.\n"),
        ),
        case(
            "address-twice-by-case",
            "content/notes/b.md",
            SiteTest::new().note("content/notes/a.md", "One.").file(
                "content/notes/b.md",
                "+++\ndate = 2024-05-01\naliases = [\"/notes/A/\"]\n+++\nTwo.\n",
            ),
        ),
        case(
            "address-of-a-list",
            "content/tags.md",
            SiteTest::new().file("content/tags.md", "Mine.").file(
                "content/notes/a.md",
                "+++\ndate = 2024-05-01\ntags = [\"bees\"]\n+++\nOne.\n",
            ),
        ),
        case(
            "address-alias-of-a-page",
            "content/notes/b.md",
            SiteTest::new().file("content/about.md", "Me.").file(
                "content/notes/b.md",
                "+++\ndate = 2024-05-01\naliases = [\"/about/\"]\n+++\nTwo.\n",
            ),
        ),
        case(
            "address-of-a-static-file",
            "static/about/index.html",
            SiteTest::new()
                .file("content/about.md", "Me.")
                .file("static/about/index.html", "<p>Me."),
        ),
        case(
            "gone-and-alive",
            "data/gone.toml",
            SiteTest::new()
                .file("content/about.md", "Me.")
                .file("data/gone.toml", "[[gone]]\npath = \"/about/\"\n"),
        ),
    ]
}

fn data_cases() -> Vec<Case> {
    vec![
        case(
            "gone-bad-time",
            "data/gone.toml:3:8",
            data("data/gone.toml", "[[gone]]\npath = \"/a/\"\nwhen = \"once\"\n"),
        ),
        case(
            "cv-unknown-key",
            "data/cv.toml:3:1",
            data("data/cv.toml", "[[experience]]\ntitle = \"Baker\"\norganisation = \"B\"\n"),
        ),
        case(
            "cv-bad-month",
            "data/cv.toml:3:9",
            data("data/cv.toml", "[[experience]]\ntitle = \"Baker\"\nstart = \"2019-13\"\n"),
        ),
        case(
            "cv-publication-without-title",
            "data/cv.toml:1:1",
            data("data/cv.toml", "[[publication]]\nurl = \"https://b.example/\"\n"),
        ),
        case(
            "cv-affiliation-without-name",
            "data/cv.toml:1:1",
            data("data/cv.toml", "[[affiliation]]\nurl = \"https://b.example/\"\n"),
        ),
        case(
            "following-without-address",
            "data/following.toml:1:1",
            data("data/following.toml", "[[follow]]\ntitle = \"Ben\"\n"),
        ),
        case(
            "following-bad-address",
            "data/following.toml:2:7",
            data("data/following.toml", "[[follow]]\nurl = \"ben.example\"\n"),
        ),
        case(
            "people-without-nickname",
            "data/people.toml:1:1",
            data("data/people.toml", "[[person]]\nname = \"Ben\"\n"),
        ),
        case(
            "moderation-without-subject",
            "data/moderation.toml:1:1",
            data("data/moderation.toml", "[[block]]\nreason = \"spam\"\n"),
        ),
        case(
            "moderation-with-two-subjects",
            "data/moderation.toml:1:1",
            data("data/moderation.toml", "[[hold]]\ndomain = \"a.example\"\nwords = \"b\"\n"),
        ),
        case(
            "moderation-of-half-the-web",
            "data/moderation.toml:2:10",
            data("data/moderation.toml", "[[block]]\ndomain = \"com\"\n"),
        ),
        case(
            "mention-broken",
            "data/mentions/notes/a/0123456789abcdef.json:3:3",
            data(
                "data/mentions/notes/a/0123456789abcdef.json",
                "{\n  \"type\": \"entry\"\n  \"url\": \"https://b.example/\"\n}\n",
            ),
        ),
    ]
}

fn theme_cases() -> Vec<Case> {
    vec![
        case(
            "template-syntax",
            "theme/templates/page.html:2:7",
            template("page.html", "<p>\n{% if %}\n"),
        ),
        case(
            "template-undefined-variable",
            "theme/templates/post.html:2:7",
            template("post.html", "<p>\n<b>{{ etnry.title }}</b>\n"),
        ),
        case(
            "template-missing-asset",
            "theme/templates/post.html:1:14",
            template("post.html", "<img src=\"{{ assets[\"logo.svg\"] }}\">\n"),
        ),
        case(
            "template-missing-include",
            "theme/templates/post.html:1:13",
            template("post.html", "{% include \"parts/nothing.html\" %}\n"),
        ),
        case(
            "template-not-utf8",
            "theme/templates/post.html:1:1",
            SiteTest::new().bytes("theme/templates/post.html", b"\xff"),
        ),
        case("theme-file-misplaced", "theme/post.html", data("theme/post.html", "<p>")),
        case(
            "theme-api",
            "theme/theme.toml:2:1",
            data("theme/theme.toml", "name = \"Mine\"\napi = 7\n"),
        ),
        case(
            "theme-unknown-key",
            "theme/theme.toml:2:1",
            data("theme/theme.toml", "api = 1\nnmae = \"Mine\"\n"),
        ),
    ]
}

fn all_cases() -> Vec<Case> {
    let mut cases = configuration_cases();
    cases.extend(daemon_cases());
    cases.extend(mail_cases());
    cases.extend(front_matter_cases());
    cases.extend(text_cases());
    cases.extend(address_cases());
    cases.extend(data_cases());
    cases.extend(theme_cases());
    cases
}

/// What is said of a broken site. Warnings count too: some mistakes do not stop a build.
fn said(case: &Case) -> Vec<Problem> {
    let problems = match case.site.try_build() {
        Ok(report) => report.warnings,
        Err(Failure::Problems(problems)) => problems,
        Err(failure) => panic!("{}: failed to run: {failure}", case.name),
    };
    problems.sorted().into_iter().cloned().collect()
}

#[test]
fn every_mistake_is_shown_with_place_line_caret_and_hint() {
    let mut wrong = Vec::new();
    for case in all_cases() {
        let problems = said(&case);
        let Some(first) = problems.first() else {
            wrong.push(format!("{}: nothing is said", case.name));
            continue;
        };
        if first.location() != case.place {
            wrong.push(format!("{}: {} instead of {}", case.name, first.location(), case.place));
        }
        for problem in &problems {
            let shown = problem.render(false);
            if problem.place.is_some() && !shown.contains('^') {
                wrong.push(format!("{}: no caret\n{shown}", case.name));
            }
            if problem.hint.as_ref().is_none_or(|hint| hint.trim().is_empty()) {
                wrong.push(format!("{}: no hint\n{shown}", case.name));
            }
            if !shown.contains(&format!("--> {}", problem.location())) {
                wrong.push(format!("{}: no place\n{shown}", case.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_people_read_is_as_it_was_reviewed() {
    let cases = all_cases();
    for case in &cases {
        let shown: Vec<String> = said(case).iter().map(|p| p.render(false)).collect();
        golden(&format!("error-{}", case.name), &shown.join("\n\n"));
    }
    let names: Vec<String> = cases.iter().map(|case| format!("error-{}", case.name)).collect();
    no_leftover_snapshots("error-", names.iter().map(String::as_str));
}

/// Each with the arguments, the site and the exit code.
fn command_cases() -> Vec<(&'static str, SiteTest, Vec<&'static str>, i32)> {
    let site = || SiteTest::new().note("content/notes/a.md", "Hi.");
    vec![
        ("no-configuration", SiteTest::empty(), vec!["build"], 2),
        ("no-such-folder", SiteTest::empty(), vec!["build", "nowhere"], 2),
        ("serve-no-configuration", SiteTest::empty(), vec!["serve"], 2),
        ("unknown-key", config("them = \"journal\"\n"), vec!["build"], 1),
        ("private-post", head("visibility = \"private\""), vec!["build"], 1),
        ("broken-template", template("post.html", "{% if %}"), vec!["build"], 1),
        ("unknown-theme-flag", site(), vec!["build", "--theme", "jurnal"], 2),
        ("bad-address-flag", site(), vec!["build", "--url", "mailto:a@b.example"], 2),
        ("bad-time-flag", site(), vec!["build", "--now", "noon"], 2),
        ("unknown-flag", site(), vec!["build", "--drfats"], 2),
        ("unknown-command", site(), vec!["biuld"], 2),
        ("output-is-a-file", site().file("public", "mine"), vec!["build"], 2),
        ("init-over-a-site", site(), vec!["init", ".", "--yes"], 2),
        ("init-bad-address", SiteTest::empty(), vec!["init", "s", "--url", "ana", "--yes"], 2),
        (
            "new-over-a-file",
            site().file("content/about.md", "Me."),
            vec!["new", "page", "--title", "About", "Me"],
            2,
        ),
        ("new-unknown-kind", site(), vec!["new", "note2", "Hi"], 2),
        ("new-without-target", site(), vec!["new", "like"], 2),
        ("new-bad-target", site(), vec!["new", "like", "--of", "ben.example"], 2),
        ("new-bad-start", site(), vec!["new", "event", "--title", "Ball", "--start", "soon"], 2),
        ("new-without-title", site(), vec!["new", "article", "Words"], 2),
        ("new-outside-a-site", SiteTest::empty(), vec!["new", "note", "Hi"], 2),
        ("mv-unknown-post", site(), vec!["mv", "content/notes/aa.md", "content/notes/b.md"], 2),
        (
            "mv-over-a-file",
            site().note("content/notes/b.md", "B."),
            vec!["mv", "content/notes/a.md", "content/notes/b.md"],
            2,
        ),
        ("mv-no-markdown", site(), vec!["mv", "content/notes/a.md", "content/notes/b.txt"], 2),
        ("mv-out-of-the-content", site(), vec!["mv", "content/notes/a.md", "contents/a.md"], 2),
        ("mv-out-of-the-site", site(), vec!["mv", "content/notes/a.md", "content/../../a.md"], 2),
        ("rm-unknown-post", site(), vec!["rm", "/notes/nothing-like-it/"], 2),
    ]
}

/// The text without what differs from run to run.
fn plain(site: &SiteTest, text: &str) -> String {
    text.replace(&site.root().display().to_string(), "SITE")
}

#[test]
fn commands_that_cannot_do_their_work_say_why() {
    let cases = command_cases();
    for (name, site, arguments, code) in &cases {
        let output = site.run(arguments);
        let (out, err) = texts(&output);
        assert_eq!(output.status.code(), Some(*code), "{name}: {err}");
        assert_eq!(out, "", "{name}: messages belong on standard error");
        assert!(!err.contains("panicked"), "{name}: {err}");
        if name.ends_with("no-configuration") || *name == "no-such-folder" {
            let left = std::fs::read_dir(site.root()).unwrap().count();
            assert_eq!(left, 0, "{name}: a folder that is no site is left as it was");
        }
        let shown =
            format!("$ lanai {}\n{}exit code {code}\n", arguments.join(" "), plain(site, &err));
        golden(&format!("failure-{name}"), &shown);
    }
    let names: Vec<String> = cases.iter().map(|(name, ..)| format!("failure-{name}")).collect();
    no_leftover_snapshots("failure-", names.iter().map(String::as_str));
}

#[test]
fn a_port_in_use_is_named() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let site = SiteTest::new();
    let output = site.run(&["serve", "--port", &port]);
    let (out, err) = texts(&output);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(out, "");
    assert!(err.contains(&format!("port {port} is in use")), "{err}");
    assert!(err.contains("port 0 takes any free one"), "{err}");
}

#[test]
fn a_folder_that_may_not_be_written_is_named() {
    use std::os::unix::fs::PermissionsExt;
    let site = SiteTest::new();
    let locked = site.path("locked");
    std::fs::create_dir(&locked).unwrap();
    std::fs::set_permissions(&locked, std::fs::Permissions::from_mode(0o555)).unwrap();
    if std::fs::write(locked.join("probe"), "").is_ok() {
        // The administrator may write everywhere.
        return;
    }
    let output = site.run(&["build", "--output", "locked/public"]);
    let (_, err) = texts(&output);
    assert_eq!(output.status.code(), Some(2));
    assert!(err.contains("locked/public") && err.contains("permission denied"), "{err}");
}

#[test]
fn mistakes_in_several_files_are_reported_in_one_run_in_order() {
    let site = SiteTest::new()
        .file("content/b.md", "+++\ntitel = \"B\"\ndraft = 3\n+++\n")
        .file("content/a.md", "---\nlang: german!\n---\n")
        .file("data/cv.toml", "nmae = \"Ana\"\n")
        .file("data/people.toml", "[[person]]\nnick = \"b\"\n")
        .file("content/c.de.md", "Hallo");
    let places: Vec<String> =
        site.problems().sorted().iter().map(|problem| problem.location()).collect();
    assert_eq!(
        places,
        [
            "content/a.md:2:7",
            "content/b.md:2:1",
            "content/b.md:3:9",
            "content/c.de.md",
            "data/cv.toml:1:1",
            "data/people.toml:1:1",
            "data/people.toml:2:1",
        ]
    );
}

#[test]
fn mistakes_of_texts_and_addresses_are_reported_in_one_run_in_order() {
    let site = SiteTest::new()
        .note("content/notes/b.md", "[x](/nowhere/) and ![y](y.png)")
        .note("content/notes/a.md", "[x](x.md)")
        .file("content/notes/c.md", "+++\ndate = 2024-05-01\nslug = \"a\"\n+++\n$\\frac$");
    let places: Vec<String> =
        site.problems().sorted().iter().map(|problem| problem.location()).collect();
    assert_eq!(
        places,
        [
            "content/notes/a.md:4:1",
            "content/notes/b.md:4:5",
            "content/notes/b.md:4:20",
            "content/notes/c.md",
            "content/notes/c.md:5:7",
        ]
    );
}

#[test]
fn a_run_shows_fifty_mistakes_and_counts_the_rest() {
    let mut site = SiteTest::new();
    for n in 0..60 {
        site = site.file(&format!("content/p{n:02}.md"), "+++\ntitel = \"A\"\n+++\n");
    }
    let output = site.run(&["build", "--now", NOW]);
    let (_, err) = texts(&output);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(err.matches("unknown key `titel`").count(), 50);
    assert!(err.contains("content/p49.md") && !err.contains("content/p50.md"), "{err}");
    assert!(err.contains("... and 10 more"), "{err}");
    assert!(err.trim_end().ends_with("60 errors"), "{err}");
}

#[test]
fn byte_order_marks_carriage_returns_and_trailing_spaces_are_fine() {
    let site = SiteTest::empty()
        .bytes(
            "lanai.toml",
            "\u{feff}title = \"Test\"  \r\nurl = \"https://test.example\"\t\r\n".as_bytes(),
        )
        .bytes(
            "content/toml.md",
            "\u{feff}+++  \r\ntitle = \"One\"   \r\n+++\t\r\nFirst words.  \r\n".as_bytes(),
        )
        .bytes("content/yaml.md", "\u{feff}--- \r\ntitle: Two  \r\n---  \r\nWords.".as_bytes())
        .bytes("data/people.toml", "\u{feff}[[person]]\r\nnickname = \"ben\" \r\n".as_bytes());
    let report = site.build();
    assert!(report.warnings.is_empty(), "{}", report.warnings.render(false));
    assert!(site.out("toml/index.html").contains("<title>One · Test</title>"));
    assert!(site.out("toml/index.html").contains("First words."));
    assert!(site.out("yaml/index.html").contains("<title>Two · Test</title>"));
}

#[test]
fn a_line_is_counted_from_the_top_of_the_file_also_behind_a_mark_and_carriage_returns() {
    let site = SiteTest::new().bytes(
        "content/a.md",
        "\u{feff}+++\r\ntitle = \"A\"\r\n+++\r\nÜ ![a](b.png)\r\n".as_bytes(),
    );
    let problems = site.problems();
    assert_eq!(problems.sorted()[0].location(), "content/a.md:4:3");
    assert!(!problems.render(false).contains('\r'));
}

#[test]
fn warnings_do_not_stop_a_build_and_stand_behind_errors() {
    let site = text("![](a.png)").bytes("content/notes/a.png", &png());
    let report = site.build();
    assert!(report.warnings.sorted().iter().all(|p| p.severity == Severity::Warning));
    assert_eq!(report.warnings.counts(), (0, 1));
    let site = site.file("content/notes/z.md", "+++\ndate = 2024-05-01\n+++\n[a](b.md)");
    let found = site.problems();
    let severities: Vec<Severity> = found.sorted().iter().map(|p| p.severity).collect();
    assert_eq!(severities, [Severity::Error, Severity::Warning]);
}

#[test]
fn problems_for_scripts_have_the_same_places() {
    let site = config("them = \"journal\"\n");
    let output = site.run(&["build", "--json"]);
    let (out, err) = texts(&output);
    assert_eq!(output.status.code(), Some(1));
    let value: serde_json::Value = serde_json::from_str(&out).unwrap();
    let problem = &value["problems"][0];
    assert_eq!(problem["severity"], "error");
    assert_eq!(problem["file"], "lanai.toml");
    assert_eq!(problem["line"], 3);
    assert_eq!(problem["column"], 1);
    assert_eq!(problem["message"], "unknown key `them`");
    assert_eq!(problem["hint"], "did you mean `theme`?");
    assert!(err.contains("lanai.toml:3:1"), "people still read the problem: {err}");
}
