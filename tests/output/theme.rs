//! Themes: what a site overrides, what both built-in themes promise, and where an error stands.

use std::fs;
use std::path::{Path, PathBuf};

use lanai::build::{Options, Silent, build, theme};
use lanai::error::Failure;

use crate::dom::Page;
use crate::harness::{SiteTest, files};

fn repository() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_owned();
        if name.to_string_lossy().starts_with('.') || name == "public" {
            continue;
        }
        if path.is_dir() {
            copy(&path, &to.join(name));
        } else {
            fs::copy(&path, to.join(name)).unwrap();
        }
    }
}

/// The example site, built with a theme.
fn example(name: &str) -> (SiteTest, String) {
    let site = SiteTest::empty().at("2026-11-23T00:00:00Z");
    copy(&repository().join("example-site"), site.root());
    let options = Options { theme: Some(name.to_owned()), ..site.options() };
    let report = match build(site.root(), &options, &Silent) {
        Ok(report) => report,
        Err(Failure::Problems(problems)) => panic!("{}", problems.render(false)),
        Err(failure) => panic!("{failure}"),
    };
    let warnings = report.warnings.sorted();
    let lines: Vec<String> = warnings.iter().map(|problem| problem.render(false)).collect();
    (site, lines.join("\n"))
}

fn style(site: &SiteTest) -> String {
    let home = Page::parse(&site.out("index.html"));
    site.out(&home.rel("stylesheet")[0][1..])
}

#[test]
fn both_themes_build_the_example_site() {
    assert_eq!(theme::names(), ["journal", "porch"]);
    let mut styles = Vec::new();
    for name in theme::names() {
        let (site, warnings) = example(&name);
        // A post on bad pictures shows what a missing text looks like; nothing else is wrong.
        let grave = warnings.lines().filter(|line| line.starts_with("error"));
        assert_eq!(grave.count(), 0, "{warnings}");
        for word in ["alternative text", "nothing of this site", "no file", "KB"] {
            assert!(!warnings.contains(word), "{name}: {warnings}");
        }
        let css = style(&site);
        assert!(css.len() <= 15_360, "{name}: the stylesheet has {} bytes", css.len());
        let home = site.out("index.html").len();
        assert!(home <= 61_440, "{name}: the home page has {home} bytes");
        let mut pages = 0;
        for (file, bytes) in site.all().into_iter().filter(|(file, _)| file.ends_with(".html")) {
            pages += 1;
            check_page(&site, &file, &Page::parse(&String::from_utf8(bytes).unwrap()));
        }
        assert!(pages > 200, "{pages}");
        styles.push(css);
    }
    assert_ne!(styles[0], styles[1]);
}

fn check_page(site: &SiteTest, file: &str, page: &Page) {
    for (tag, attribute) in [
        ("link", "href"),
        ("script", "src"),
        ("img", "src"),
        ("video", "src"),
        ("audio", "src"),
        ("source", "src"),
        ("track", "src"),
        ("video", "poster"),
    ] {
        for element in page.all(tag) {
            let Some(value) = element.get(attribute) else { continue };
            let loads = tag != "link"
                || ["stylesheet", "icon", "manifest"].contains(&element.get("rel").unwrap_or(""));
            if loads {
                assert!(
                    value.starts_with('/') && !value.starts_with("//"),
                    "{file}: {value} is of somebody else"
                );
                let path = lanai::model::percent_decode(value.trim_start_matches('/'));
                assert!(site.has(&path), "{file}: {value} is missing");
            }
        }
    }
    for element in &page.elements {
        assert!(element.get("style").is_none(), "{file}: the policy allows no inline styles");
        assert!(
            !element.attributes.iter().any(|(name, _)| name.starts_with("on")),
            "{file}: nor handlers"
        );
        assert!(element.name != "style", "{file}");
        let runs = element.name == "script" && element.get("type") != Some("application/ld+json");
        assert!(!runs || element.get("src").is_some(), "{file}: nor inline scripts");
    }
    assert_eq!(page.all("h1").len(), 1, "{file}: one heading");
    assert_eq!(page.all("main").len(), 1, "{file}");
    assert!(page.one("html").get("lang").is_some_and(|lang| !lang.is_empty()), "{file}");
    assert!(!page.one("title").text.trim().is_empty(), "{file}");
    let mut ids: Vec<&str> = page.elements.iter().filter_map(|e| e.get("id")).collect();
    let all = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), all, "{file}: ids are unique");
}

#[test]
fn every_type_of_page_renders_in_both_themes() {
    let site = SiteTest::with_config("[author]\nname = \"Ana\"\n[lists]\npage-size = 1\n[[menu]]\nlabel = \"About\"\nurl = \"/about/\"\n")
        .note("content/notes/a.md", "Note #tag [[Wanted]]")
        .file("content/notes/b.md", "+++\ndate = 2024-05-02\nin-reply-to = \"/notes/a/\"\n+++\nSecond\n")
        .file("content/posts/c.md", "+++\ndate = 2024-05-03\ntitle = \"C\"\naliases = [\"/old/\"]\n+++\nText\n")
        .file("content/photos/p.md", "+++\ndate = 2024-05-04\nphoto = { src = \"/media/a.png\", alt = \"a\" }\n+++\n")
        .bytes("media/a.png", &crate::pictures::png())
        .file("content/about.md", "About\n")
        .file("content/posts/_index.md", "Posts\n")
        .file("data/gone.toml", "[[gone]]\npath = \"/dead/\"\nwhen = 2024-05-01T10:00:00Z\n")
        .file("data/cv.toml", "summary = \"Engineer\"\n[[experience]]\ntitle = \"Job\"\nstart = \"2019-04\"\n")
        .file("data/following.toml", "[[follow]]\nurl = \"https://bea.example/\"\ntitle = \"Bea\"\n");
    let pages = [
        ("home", "index.html"),
        ("home", "page/1/index.html"),
        ("post", "notes/a/index.html"),
        ("page", "about/index.html"),
        ("list", "notes/index.html"),
        ("list", "tags/tag/index.html"),
        ("list", "2024/05/index.html"),
        ("list", "posts/index.html"),
        ("year", "2024/index.html"),
        ("archive", "archive/index.html"),
        ("tags", "tags/index.html"),
        ("photos", "photos/index.html"),
        ("thread", "notes/a/thread/index.html"),
        ("cv", "cv/index.html"),
        ("following", "following/index.html"),
        ("search", "search/index.html"),
        ("feeds", "feeds/index.html"),
        ("404", "404.html"),
        ("gone", "dead/index.html"),
        ("redirect", "old/index.html"),
        ("wanted", "wanted/index.html"),
    ];
    for name in theme::names() {
        let options = Options { theme: Some(name.clone()), ..site.options() };
        build(site.root(), &options, &Silent).unwrap_or_else(|failure| panic!("{name}: {failure}"));
        for (kind, file) in pages {
            let page = Page::parse(&site.out(file));
            check_page(&site, file, &page);
            assert_eq!(page.one("body").classes(), [format!("is-{kind}")], "{name} {file}");
            let robots = page.all("meta").iter().any(|m| m.get("name") == Some("robots"));
            assert_eq!(robots, ["404", "gone", "redirect"].contains(&kind), "{name} {file}");
        }
    }
    // The folder of shared templates has nothing that no page needs.
    let needed: Vec<String> = pages.iter().map(|(kind, _)| format!("{kind}.html")).collect();
    for (file, _) in files(&repository().join("themes/shared/templates")) {
        let top = !file.contains('/') && file != "base.html";
        assert!(!top || needed.contains(&file), "{file}");
    }
}

#[test]
fn one_template_can_be_overridden() {
    let site = SiteTest::new().note("content/notes/a.md", "Note").file(
        "theme/templates/404.html",
        "{% extends \"base.html\" %}\n{% block main %}<h1>Lost at sea</h1>{% endblock main %}\n",
    );
    site.build();
    assert!(site.out("404.html").contains("<h1>Lost at sea</h1>"));
    assert!(site.out("404.html").contains("<footer"), "the rest is the theme's");
    assert!(site.out("notes/a/index.html").contains("Note"));
}

#[test]
fn a_part_of_every_page_can_be_overridden() {
    let site = SiteTest::new().note("content/notes/a.md", "Note").file(
        "theme/templates/parts/head-extra.html",
        "<meta name=\"mine\" content=\"{{ site.title }}\">\n",
    );
    site.build();
    for file in ["index.html", "notes/a/index.html", "archive/index.html"] {
        assert!(site.out(file).contains("<meta name=\"mine\" content=\"Test\">"), "{file}");
    }
}

#[test]
fn own_rules_own_assets_and_an_accent_reach_the_stylesheet() {
    let site = SiteTest::with_config("accent = \"#b4532a\"\n")
        .note("content/notes/a.md", "Note")
        .file("theme/assets/custom.css", ".mine{color:red}")
        .file("theme/assets/logo.svg", "<svg xmlns=\"http://www.w3.org/2000/svg\"/>")
        .file(
            "theme/templates/parts/head-extra.html",
            "<link rel=\"mask-icon\" href=\"{{ assets[\"logo.svg\"] }}\">\n",
        );
    site.build();
    let css = style(&site);
    assert!(css.contains("--accent:#b4532a") && css.ends_with(".mine{color:red}"));
    let home = Page::parse(&site.out("index.html"));
    let logo = &home.rel("mask-icon")[0];
    assert!(logo.starts_with("/assets/logo.") && site.has(&logo[1..]), "{logo}");
    assert!(!site.all().iter().any(|(name, _)| name.contains("custom")), "one stylesheet");
}

#[test]
fn a_whole_stylesheet_or_script_can_be_overridden() {
    let site = SiteTest::new()
        .note("content/notes/a.md", "Note")
        .file("theme/assets/style.css", "body{color:green}")
        .file("theme/assets/search.js", "// mine");
    site.build();
    assert_eq!(style(&site), "body{color:green}");
    let search = Page::parse(&site.out("search/index.html"));
    assert_eq!(site.out(&search.values("script", "src")[0][1..]), "// mine");
}

#[test]
fn a_changed_style_has_a_new_name() {
    let site =
        SiteTest::new().note("content/notes/a.md", "Note").file("theme/assets/custom.css", "a{}");
    site.build();
    let before = Page::parse(&site.out("index.html")).rel("stylesheet");
    site.write("theme/assets/custom.css", "b{}");
    let report = site.build();
    assert_ne!(Page::parse(&site.out("index.html")).rel("stylesheet"), before);
    assert!(report.deleted.contains(&before[0][1..].to_owned()), "the old one goes");
    assert!(
        site.out("_headers")
            .contains("/assets/*\n  Cache-Control: public, max-age=31536000, immutable")
    );
}

#[test]
fn errors_of_own_templates_name_file_and_line() {
    let head = "{% extends \"base.html\" %}\n{% block main %}\n";
    for (text, place) in [
        (
            format!(
                "{head}<img src=\"{{{{ assets[\"missing.png\"] }}}}\">\n{{% endblock main %}}\n"
            ),
            "theme/templates/post.html:3",
        ),
        (
            format!("{head}{{{{ entry.titel.short }}}}\n{{% endblock main %}}\n"),
            "theme/templates/post.html:3",
        ),
        (
            format!("{head}{{% if entry.title %}}\n{{% endblock main %}}\n"),
            "theme/templates/post.html:",
        ),
        (
            format!("{head}{{{{ entry.title | nofilter }}}}\n{{% endblock main %}}\n"),
            "theme/templates/post.html",
        ),
        ("{% extends \"nothing.html\" %}\n".to_owned(), "theme/templates/post.html"),
        (
            format!("{head}{{{{ <nocomponent /> }}}}\n{{% endblock main %}}\n"),
            "theme/templates/post.html",
        ),
    ] {
        let site = SiteTest::new()
            .note("content/notes/a.md", "Note")
            .file("theme/templates/post.html", &text);
        let problems = site.rendered_problems();
        assert!(problems.contains(place), "{text}\n{problems}");
        let (_, stderr) = crate::harness::texts(&site.run(&["build"]));
        assert!(stderr.contains(place), "{stderr}");
    }
}

#[test]
fn misplaced_files_and_other_versions_are_refused() {
    let base = || SiteTest::new().note("content/notes/a.md", "Note");
    let site = base().file("theme/style.css", "x");
    assert!(site.rendered_problems().contains("theme/style.css"));
    let site = base().file("theme/theme.toml", "name = \"Mine\"\napi = 2\n");
    let problems = site.rendered_problems();
    assert!(
        problems.contains("theme/theme.toml:2") && problems.contains("version 2"),
        "{problems}"
    );
    let site = base().file("theme/theme.toml", "name = \"Mine\"\napi = 1\n");
    site.build();
    let site = SiteTest::with_config("theme = \"porsch\"\n").note("content/notes/a.md", "Note");
    let problems = site.rendered_problems();
    assert!(
        problems.contains("porsch") && problems.contains("did you mean \"porch\"?"),
        "{problems}"
    );
}

#[test]
fn a_site_below_a_path_links_below_it() {
    let site = SiteTest::empty()
        .file("lanai.toml", "title = \"T\"\nurl = \"https://test.example/blog\"\n[[menu]]\nlabel = \"About\"\nurl = \"/about/\"\n")
        .file("content/about.md", "+++\naliases = [\"/me/\"]\n+++\n[note](/notes/a/) [[A]]\n")
        .bytes("content/notes/p/x.png", &crate::pictures::png())
        .file("content/notes/p/index.md", "+++\ndate = 2024-05-01\n+++\n![x](x.png) #tag\n")
        .note("content/notes/a.md", "Note");
    site.build();
    for (file, bytes) in site.all().into_iter().filter(|(file, _)| file.ends_with(".html")) {
        let page = Page::parse(&String::from_utf8(bytes).unwrap());
        for element in &page.elements {
            for name in ["href", "src", "action", "data-index"] {
                let Some(value) = element.get(name) else { continue };
                let inside = value.starts_with("/blog/")
                    || value.starts_with("https://")
                    || value.starts_with('#');
                assert!(inside, "{file}: {name}={value}");
            }
        }
    }
    assert!(site.out("_redirects").contains("/blog/me/ /blog/about/ 301"));
}

#[test]
fn the_owners_own_words_are_text_everywhere() {
    let hostile = "</script><script>alert(1)</script></title>\\\"'&amp;<!--<b>{{ x }}";
    let config = format!(
        "description = \"{hostile}\"\ncopyright = \"{hostile}\"\n[author]\nname = \"{hostile}\"\npronouns = \"{hostile}\"\n\
         [[author.me]]\nurl = \"https://a.example/\"\nlabel = \"{hostile}\"\n[[menu]]\nlabel = \"{hostile}\"\nurl = \"/\"\n"
    );
    let site = SiteTest::with_config(&config)
        .file(
            "content/posts/a.md",
            &format!("+++\ndate = 2024-05-01\ntitle = \"{hostile}\"\nsummary = \"{hostile}\"\ntags = [\"{hostile}\"]\n+++\nx\n"),
        )
        .file("content/events/e.md", &format!("+++\ndate = 2024-05-02\ntitle = \"{hostile}\"\nstart = 2024-06-01\nlocation = \"{hostile}\"\n+++\nx\n"))
        .file("content/reviews/r.md", &format!("+++\ndate = 2024-05-03\nitem = {{ name = \"{hostile}\" }}\nrating = 3\n+++\nx\n"))
        .file("content/likes/l.md", &format!("+++\ndate = 2024-05-04\nlike-of = {{ url = \"https://o.example/\", name = \"{hostile}\", author = {{ name = \"{hostile}\" }} }}\n+++\n"))
        .file("content/checkins/c.md", &format!("+++\ndate = 2024-05-05\ncheckin = {{ name = \"{hostile}\", locality = \"{hostile}\" }}\n+++\n"))
        .file("content/notes/s.md", &format!("+++\ndate = 2024-05-06\nsensitive = \"{hostile}\"\n+++\n[[</script><script>]]\n"));
    site.build();
    let mut seen = 0;
    for (file, bytes) in site.all().into_iter().filter(|(file, _)| file.ends_with(".html")) {
        let page = Page::parse(&String::from_utf8(bytes).unwrap());
        check_page(&site, &file, &page);
        for script in page.all("script") {
            if script.get("type") == Some("application/ld+json") {
                serde_json::from_str::<serde_json::Value>(&script.text)
                    .unwrap_or_else(|error| panic!("{file}: {error}"));
            }
        }
        seen +=
            page.elements.iter().filter(|e| e.text.contains("<script>alert(1)</script>")).count();
        assert_eq!(page.all("b b").len(), 0, "{file}");
    }
    assert!(seen > 50, "the words are there, as text: {seen}");
}
