//! The Markdown renderer against `tests/fixtures/text/markdown`: each `.md` has an `.html` beside
//! it with what is wanted. `LANAI_BLESS=1` writes those files anew; read the difference then.
//!
//! What is not HTML (links found, problems, teasers) is checked in the cases below.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test may stop at the first surprise"
)]

use lanai::text::markdown::{
    AsWritten, Heading, Image, Labels, Link, Markdown, PersonLink, Rendered, Resolver, Severity,
    Style, WikiPage,
};
use std::path::Path;
use std::sync::LazyLock;

static MARKDOWN: LazyLock<Markdown> = LazyLock::new(Markdown::new);

/// A small site: some pages and people exist, whatever contains "missing" does not.
struct Site;

impl Resolver for Site {
    fn link(&self, target: &str) -> Link {
        if target.contains("missing") {
            return Link::Missing { hint: Some("did you mean `other.md`?".into()) };
        }
        Link::As(target.replace(".md", "/").replace("other/", "/posts/other/"))
    }

    fn image(&self, target: &str) -> Image {
        if target.contains("missing") {
            Image::Missing { hint: None }
        } else if target.contains("://") {
            Image::As(target.to_owned())
        } else {
            Image::Local { src: format!("/posts/{target}"), width: 1200, height: 800 }
        }
    }

    fn wiki(&self, page: &str) -> Option<WikiPage> {
        match page.to_lowercase().as_str() {
            "garden" => Some(WikiPage { href: "/garden/".into(), title: "Garden".into() }),
            "c#" => Some(WikiPage { href: "/c-sharp/".into(), title: "The C# language".into() }),
            _ => None,
        }
    }

    fn person(&self, nickname: &str) -> Option<PersonLink> {
        match nickname {
            "ana" => Some(PersonLink { name: "Ana".into(), url: "https://ana.example/".into() }),
            "bob" => Some(PersonLink { name: "Bob <3".into(), url: String::new() }),
            _ => None,
        }
    }

    fn tag(&self, tag: &str) -> String {
        format!("/tags/{}/", lanai::text::slug::tag_slug(tag))
    }
}

fn note() -> Style<'static> {
    Style { hashtags: true, ..Style::default() }
}

fn render(source: &str) -> Rendered {
    MARKDOWN.render(source, &note(), &Site)
}

#[test]
fn fixtures_come_out_as_wanted() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/text/markdown");
    let bless = std::env::var_os("LANAI_BLESS").is_some();
    let mut seen = 0;
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|e| e != "md") {
            assert!(path.with_extension("md").exists(), "{} has no .md", path.display());
            continue;
        }
        let made = render(&std::fs::read_to_string(&path).unwrap()).html;
        let wanted = path.with_extension("html");
        if bless {
            std::fs::write(&wanted, &made).unwrap();
        }
        let expected = std::fs::read_to_string(&wanted)
            .unwrap_or_else(|_| panic!("{} is missing", wanted.display()));
        assert_eq!(made, expected, "{}", path.display());
        seen += 1;
    }
    assert!(seen >= 15);
}

/// The problems of a text: severity, the part of the source, the message.
fn problems(source: &str) -> Vec<(Severity, String, String)> {
    let made = render(source);
    let part = |range: std::ops::Range<usize>| source[range].to_owned();
    made.problems.into_iter().map(|p| (p.severity, part(p.range), p.message)).collect()
}

fn one_problem(source: &str) -> (Severity, String, String) {
    let mut all = problems(source);
    assert_eq!(all.len(), 1, "{all:?}");
    all.remove(0)
}

#[test]
fn a_missing_target_is_an_error_where_it_stands() {
    let at = |source| {
        let (severity, part, message) = one_problem(source);
        assert_eq!(severity, Severity::Error);
        assert!(message.contains("missing"), "{message}");
        part
    };
    assert_eq!(at("Go [there](missing.md) now"), "[there](missing.md)");
    assert_eq!(at("> Go [there][r] now\n\n[r]: missing.md"), "[there][r]");
    assert_eq!(at("An ![image](missing.jpg) here"), "![image](missing.jpg)");
    assert_eq!(at("Own <a href=\"missing.md\">x</a>"), "<a href=\"missing.md\">");
    assert_eq!(at("<p>\n<img alt=\"\" src=\"missing.png\">"), "<img alt=\"\" src=\"missing.png\">");
    assert_eq!(at("Bare https://missing.example/x here"), "https://missing.example/x");
    assert_eq!(at("A [[1]](missing.md) here"), "[[1]](missing.md)");
    let made = render("[x](missing.md)");
    assert_eq!(made.problems[0].hint.as_deref(), Some("did you mean `other.md`?"));
    assert_eq!(made.html, "<p><a href=\"missing.md\">x</a></p>\n");
}

#[test]
fn a_bad_formula_is_an_error_where_it_stands() {
    let (severity, part, message) = one_problem("So $a + \\nosuch b$ and on");
    assert_eq!((severity, part.as_str()), (Severity::Error, "\\nosuch"));
    assert_eq!(message, "this formula cannot be read: Unknown command \"\\nosuch\"");
    let (_, part, _) = one_problem("> $$\n> \\nosuch\n> $$");
    assert_eq!(part, "$$\n> \\nosuch\n> $$");
    let html = render("$<b>\\nosuch$").html;
    assert_eq!(html, "<p><code>&lt;b&gt;\\nosuch</code></p>\n");
    let deep = format!("${}x{}$", "\\sqrt{".repeat(40), "}".repeat(40));
    assert!(problems(&deep).is_empty());
    let silly = format!("${}x$", "\\hat ".repeat(3000));
    assert_eq!(one_problem(&silly).2, "this formula cannot be read: it is too long");
}

#[test]
fn what_works_badly_is_a_warning() {
    for (source, part, message) in [
        ("![](a.jpg)", "![](a.jpg)", "image without alternative text"),
        ("![[a.jpg]]", "![[a.jpg]]", "image without alternative text"),
        ("<img src=a.jpg>", "<img src=a.jpg>", "image without alternative text"),
        ("[](x.md)", "[](x.md)", "link without text"),
        ("[^a]: never", "[^a]: never", "this footnote is not shown, because nothing refers to it"),
        ("[x](#nowhere)", "[x](#nowhere)", "nothing on this page has the id `nowhere`"),
        ("# A {#x}\n\n# B {#x}", "# B {#x}", "the id `x` is on this page already"),
        (
            "<script>x()</script>",
            "<script>",
            "the content security policy of your site blocks inline scripts",
        ),
        (
            "a <b style=\"color:red\">b</b>",
            "<b style=\"color:red\">",
            "the content security policy of your site blocks inline styles",
        ),
        (
            "<p onclick=\"x()\">",
            "<p onclick=\"x()\">",
            "the content security policy of your site blocks scripts in attributes",
        ),
    ] {
        let found = one_problem(source);
        assert_eq!(found, (Severity::Warning, part.into(), message.into()), "{source}");
    }
    for fine in [
        "<img src=a.jpg alt=\"\">",
        "<script type=\"application/ld+json\">{}</script>",
        "<script src=\"/x.js\"></script>",
        "[x](#top) [y](#own)\n\n<p id=own>",
        "[x](#b%C3%A4r)\n\n## Bär",
    ] {
        assert_eq!(problems(fine), [], "{fine}");
    }
}

#[test]
fn links_out_are_collected_once_each() {
    let made = render(
        "[a](https://a.example/) https://b.example/ü <https://a.example/> [x](/x/) @ana\n\n\
         <a href=\"https://c.example/?a=1&amp;b=2\">c</a> ![i](https://i.example/i.png) \
         [[w:Sea]] me@m.example [f](ftp://f.example/) [^1]\n\n[^1]: https://n.example/",
    );
    assert_eq!(
        made.links,
        [
            "https://a.example/",
            "https://b.example/%C3%BC",
            "https://ana.example/",
            "https://c.example/?a=1&b=2",
            "https://en.wikipedia.org/wiki/Sea",
            "https://n.example/",
        ]
    );
}

#[test]
fn names_found_are_told() {
    let made = render("#b #a #b and @ana @bob @nobody @ana. [[Garden]] [[Nowhere#x|y]]");
    assert_eq!(made.hashtags, ["b", "a"]);
    assert_eq!(made.nicknames, ["ana", "bob"]);
    let wiki: Vec<_> = made.wiki_links.iter().map(|w| (w.page.as_str(), &w.found)).collect();
    assert_eq!(wiki, [("Garden", &Some("/garden/".to_owned())), ("Nowhere", &None)]);
    let off = MARKDOWN.render("#b @ana", &Style::default(), &Site);
    assert_eq!(off.html, "<p>#b @ana</p>\n");
}

#[test]
fn images_of_the_site_are_told() {
    let made = render("![A](a.jpg) ![B](https://r.example/b.jpg) <img src=c.jpg alt=C>");
    let images: Vec<_> = made.images.iter().map(|i| (&*i.target, &*i.src, &*i.alt)).collect();
    assert_eq!(images, [("a.jpg", "/posts/a.jpg", "A"), ("c.jpg", "/posts/c.jpg", "C")]);
}

#[test]
fn headings_are_told_and_shifted() {
    let style = Style { shift: 2, reserved_ids: &["one"], ..Style::default() };
    let made = MARKDOWN.render("# One\n## *Two* `x`\n##### Five\n", &style, &AsWritten);
    let heading =
        |level, id: &str, title: &str| Heading { level, id: id.into(), title: title.into() };
    assert_eq!(
        made.toc,
        [heading(3, "one-2", "One"), heading(4, "two-x", "Two x"), heading(6, "five", "Five")]
    );
    assert!(made.html.starts_with("<h3 id=\"one-2\">"));
}

#[test]
fn plain_text_reads_like_the_page() {
    let made = render(
        "# Title\n\nOne *two*[^1] `three`\nfour.\n\n- a\n- b\n\n```rust\nlet x = 1;\n```\n\n\
         | A | B |\n|---|---|\n| c | d |\n\n$x^2$ <b>bold</b> ![alt](i.jpg) [link](/x/)\n\n\
         <div>own &amp; <i>html</i></div>\n\n[^1]: note",
    );
    assert_eq!(
        made.plain,
        "Title\nOne two three four.\na\nb\nlet x = 1;\nA B \nc d \nx^2 bold  link\nown & html\nnote"
    );
    assert_eq!(made.words, 20);
}

#[test]
fn a_teaser_ends_at_the_mark() {
    let more = |source| render(source).more;
    assert_eq!(more("One\n\n<!-- more -->\n\nTwo").as_deref(), Some("<p>One</p>"));
    assert_eq!(more("One <!--more--> two").as_deref(), Some("<p>One</p>"));
    assert_eq!(
        more("- a *b <!-- more --> c*\n").as_deref(),
        Some("<ul>\n<li>a <em>b</em></li>\n</ul>")
    );
    assert_eq!(more("One[^1]\n\n<!-- more -->\n\n[^1]: x").as_deref(), Some("<p>One</p>"));
    assert_eq!(
        more("> One\n>\n> <!-- more -->\n> two").as_deref(),
        Some("<blockquote>\n<p>One</p></blockquote>")
    );
    assert_eq!(more("<!-- more -->\n\nOne"), None);
    assert_eq!(more("One"), None);
    assert_eq!(more("```\n<!-- more -->\n```"), None);
    assert!(!render("One\n\n<!-- more -->\n\nTwo").html.contains("more"));
}

#[test]
fn ids_of_footnotes_take_a_prefix() {
    let style = Style { id_prefix: "p7-", ..Style::default() };
    let html = MARKDOWN.render("# H\n\nx[^1]\n\n[^1]: y", &style, &AsWritten).html;
    for wanted in [
        "id=\"h\"",
        "id=\"p7-fnref-1\"",
        "href=\"#p7-fn-1\"",
        "id=\"p7-fn-1\"",
        "href=\"#p7-fnref-1\"",
    ] {
        assert!(html.contains(wanted), "{wanted} in {html}");
    }
}

#[test]
fn words_of_the_renderer_follow_the_language() {
    let labels =
        Labels { note: "Hinweis".into(), footnotes: "Fuß & Noten".into(), ..Labels::default() };
    let style = Style { lang: "de-AT", labels: &labels, ..Style::default() };
    let source = "> [!NOTE]\n> x[^1] [[w:Meer]]\n\n[^1]: y";
    let html = MARKDOWN.render(source, &style, &AsWritten).html;
    assert!(html.contains("<p class=\"alert-title\">Hinweis</p>"));
    assert!(html.contains("aria-label=\"Fuß &amp; Noten\""));
    assert!(html.contains("https://de.wikipedia.org/wiki/Meer"));
}

#[test]
fn plain_style_has_no_additions() {
    let style = Style { plain: true, hashtags: true, ..Style::default() };
    let source = "# H\n\n#tag @ana https://a.example [[Garden]] $x$ ~~a~~ ![](a.jpg)\n\n\
                  <!-- more -->\n\n| a |\n|---|\n\n```rust\nfn\n```\n";
    let made = MARKDOWN.render(source, &style, &Site);
    assert_eq!(
        made.html,
        "<h1>H</h1>\n<p>#tag @ana https://a.example [[Garden]] $x$ ~~a~~ \
         <img src=\"/posts/a.jpg\" alt=\"\"></p>\n<!-- more -->\n<p>| a |\n|---|</p>\n\
         <pre><code class=\"language-rust\">fn\n</code></pre>\n"
    );
    assert_eq!(made.more, None);
    assert_eq!(made.problems, []);
}

#[test]
fn long_code_is_not_highlighted() {
    let short = format!("```rust\n{}```\n", "fn a() {}\n".repeat(10));
    assert!(render(&short).html.contains("<span class=\"k\">fn</span>"));
    let long = format!("```rust\n{}```\n", "fn a() {}\n".repeat(30_000));
    assert!(!render(&long).html.contains("<span"));
    let wide = format!("```js\n{}\n```\n", "var a=1;".repeat(1_000));
    assert!(!render(&wide).html.contains("<span"));
}

#[test]
fn highlighted_code_is_the_code() {
    // Whatever the language makes of a text, taking the spans away must give the text back.
    let code = "fn f<'a>(x: &'a str) -> \"\\n\" // c\n<!-- a --><a href='b'>&amp;</a>\n\n\n  # $x {{ }} `q`\n\"";
    for language in
        ["rust", "html", "js", "python", "sh", "md", "php", "tex", "yaml", "diff", "sql"]
    {
        let html = render(&format!("~~~{language}\n{code}\n~~~\n")).html;
        let mut text = String::new();
        for (index, piece) in html.split("<span class=\"").enumerate() {
            let piece = if index == 0 { piece } else { &piece[3..] };
            text.push_str(&piece.replace("</span>", ""));
        }
        let wanted = lanai::text::html::escape_text(code).into_owned() + "\n</code></pre>\n";
        assert!(text.ends_with(&wanted), "{language}: {text}");
    }
}
