//! What must hold for any text whatever: nothing here may panic, and what comes out must be in
//! order. The texts are made of the pieces that matter rather than of random characters.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use lanai::text::html::{absolutize, plain_text, strip_xml_illegal};
use lanai::text::markdown::{
    Image, Link, Markdown, PersonLink, Rendered, Resolver, Style, WikiPage,
};
use lanai::text::sanitize::{sanitize, text_to_html};
use lanai::text::tokens::tokens;
use proptest::prelude::*;
use std::sync::LazyLock;
use url::Url;

static MARKDOWN: LazyLock<Markdown> = LazyLock::new(Markdown::new);

/// Knows some things and not others.
struct Half;

impl Resolver for Half {
    fn link(&self, target: &str) -> Link {
        if target.len().is_multiple_of(3) {
            Link::Missing { hint: None }
        } else {
            Link::As(target.replace(".md", "/"))
        }
    }

    fn image(&self, target: &str) -> Image {
        match target.len() % 3 {
            0 => Image::Missing { hint: None },
            1 => Image::As(target.to_owned()),
            _ => Image::Local { src: format!("/m/{target}"), width: 40, height: 30 },
        }
    }

    fn wiki(&self, page: &str) -> Option<WikiPage> {
        (!page.len().is_multiple_of(2)).then(|| WikiPage { href: "/p/".into(), title: page.into() })
    }

    fn person(&self, nickname: &str) -> Option<PersonLink> {
        let url = if nickname.len() > 3 { "" } else { "https://a.example/" };
        Some(PersonLink { name: nickname.to_uppercase(), url: url.into() })
    }

    fn tag(&self, tag: &str) -> String {
        format!("/tags/{tag}/")
    }
}

/// Pieces of Markdown that open no HTML of their own.
const MARKUP: &[&str] = &[
    "*",
    "**",
    "_",
    "~~",
    "~",
    "`",
    "```",
    "```rust\n",
    "~~~\n",
    "[",
    "]",
    "](",
    ")",
    "(",
    "!",
    "![",
    "[[",
    "]]",
    "|",
    "[[toc]]",
    "[[w:",
    "[^1]",
    "[^1]: ",
    "\n[^2]: ",
    "[^2]",
    "# ",
    "## ",
    "### ",
    "\n",
    "\n\n",
    "\n\n\n",
    "- ",
    "1. ",
    "> ",
    "    ",
    "  ",
    "- [ ] ",
    "- [x] ",
    "> [!NOTE]\n",
    "---",
    "***",
    "===\n",
    ": ",
    "$",
    "$$",
    "\\frac{",
    "{",
    "}",
    "^",
    "{.a}",
    "{#b .c}",
    "{width=3}",
    "#tag",
    "@ana",
    "#",
    "@",
    "https://a.example/_x_",
    "www.a.example",
    "a@b.example",
    ":",
    "/",
    "word",
    "wörd",
    "日本",
    "🌱",
    " ",
    "\t",
    "\\",
    "\\#",
    "&amp;",
    "&#35;",
    "&",
    "\"",
    "'",
    ".",
    "5",
    "| a | b |\n|---|--:|\n",
    "| c |",
    "[a](b.md \"t\")",
    "![a](b.jpg \"t\")",
    "\n[r]: c.md\n",
    "[r]",
    "<https://a.example>",
    "\r\n",
    "\u{0}",
    "\u{1A}",
    "\u{301}",
    "\u{200D}",
    "\u{FEFF}",
];

/// Pieces of HTML, whole and broken.
const HTML: &[&str] = &[
    "<",
    ">",
    "<a href=x>",
    "</a>",
    "<div>\n",
    "</div>",
    "<b",
    "<!-- more -->",
    "<!--",
    "-->",
    "<script>",
    "</script>",
    "<img src=\"a.jpg\" srcset='b 1x, c 2x'>",
    "<pre>\n",
    "</pre>",
    "<svg>",
    "<math>",
    "<style>",
    "<p>",
    "<br>",
    "<textarea>",
    "<input type=checkbox>",
    " href=",
    "\"",
    "'",
    "=",
    "<?",
    "<![CDATA[",
    "</",
    "<é>",
    "<iframe src=/x>",
    "<form>",
    "<template>",
    "<select>",
    "<table>",
    "<td>",
    "onclick=x",
    " style=\"",
    "&lt;",
    "&#0;",
    "&#x110000;",
    "<a\n",
];

/// Pieces of formulas.
const LATEX: &[&str] = &[
    "\\frac",
    "\\sqrt",
    "\\sqrt[",
    "\\left",
    "\\right",
    "\\left(",
    "\\right)",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "^",
    "_",
    "&",
    "\\\\",
    "\\begin{matrix}",
    "\\end{matrix}",
    "\\begin{cases}",
    "\\end{cases}",
    "\\begin{array}{c|c}",
    "\\end{array}",
    "\\begin{align}",
    "\\end{align}",
    "\\text",
    "\\mathbb",
    "\\not",
    "\\sum",
    "\\limits",
    "x",
    "1",
    " ",
    "'",
    "\\hat",
    "\\overset",
    "\\underbrace",
    "\\color{red}",
    "\\tag",
    "\\label",
    "\\ref",
    "\\operatorname",
    "\\middle|",
    "\\big",
    "\\displaystyle",
    "\\genfrac",
    "\\binom",
    "\\hline",
    "~",
    "\\,",
    "#1",
    "%",
    "é",
    "日",
    "\\'",
    "\\char",
    "\\hspace{1em}",
    "\\kern",
    "1em",
    "\\over",
    "\\stackrel",
    "\\xrightarrow",
    "\\overline",
    "\\boxed",
    "\\dots",
    "=",
    "-",
    "<",
    ">",
    "\\{",
    "\\}",
    "\\|",
    "\\substack",
    "\\pmod",
    "\\def",
    "\\left.",
    "\\begin",
    "\\end",
    "{}",
    "\u{300}",
    "\\left\\{",
    "\\iint",
    "\\textbf",
    "\\#",
    "\\_",
];

/// Pieces of programs.
const CODE: &[&str] = &[
    "fn f() {",
    "}",
    "\"",
    "'",
    "`",
    "/*",
    "*/",
    "// c",
    "# d",
    "<!--",
    "-->",
    "<a b=",
    ">",
    "</a>",
    "{{",
    "${",
    "$x",
    "\\n",
    "\\",
    "let x = 1;",
    "0x1F",
    "1e9",
    "r#\"",
    "\"#",
    "'''",
    "\"\"\"",
    "@a",
    "#[b]",
    "if",
    "end",
    "\n",
    "\n\n",
    "\t",
    " ",
    "é",
    "日本",
    "\u{0}",
    "key: value",
    "- [x]",
    "---",
    "+++",
    "@@",
    "=>",
    "::",
    "<?php",
    "?>",
    "<script>",
    "</script>",
    "SELECT",
    "<<EOF\n",
    "EOF\n",
    "(?<a>",
    "%w(",
    "\\begin{a}",
];

const LANGUAGES: &[&str] = &[
    "rust", "js", "html", "php", "python", "sh", "ruby", "md", "yaml", "diff", "tex", "toml",
    "json",
];

fn text_of(pieces: &'static [&'static str], most: usize) -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(pieces), 0..most).prop_map(|parts| parts.concat())
}

fn mixed(most: usize) -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        3 => prop::sample::select(MARKUP).prop_map(str::to_owned),
        2 => prop::sample::select(HTML).prop_map(str::to_owned),
        1 => "\\PC{0,3}",
    ];
    prop::collection::vec(piece, 0..most).prop_map(|parts| parts.concat())
}

fn render(source: &str) -> Rendered {
    let style =
        Style { hashtags: true, id_prefix: "p-", reserved_ids: &["main"], ..Style::default() };
    MARKDOWN.render(source, &style, &Half)
}

/// The first tag that does not fit, in HTML that is meant to be in order.
fn unbalanced(html: &str) -> Option<String> {
    const VOID: [&str; 4] = ["br", "hr", "img", "input"];
    let mut open: Vec<&str> = Vec::new();
    for piece in html.split('<').skip(1) {
        let name_end = piece.find([' ', '>', '/']).filter(|at| *at > 0).unwrap_or(0);
        if let Some(closing) = piece.strip_prefix('/') {
            let name = closing.split('>').next()?;
            if open.pop() != Some(name) {
                return Some(format!("</{name}> in {html}"));
            }
        } else if let Some(name) = piece.get(..name_end)
            && !VOID.contains(&name)
            && !piece.split('>').next().is_some_and(|tag| tag.ends_with('/'))
        {
            open.push(name);
        }
    }
    open.last().map(|name| format!("<{name}> left open in {html}"))
}

/// All values of an attribute.
fn values<'h>(html: &'h str, attribute: &str) -> Vec<&'h str> {
    let marker = format!(" {attribute}=\"");
    html.split(marker.as_str()).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

fn config() -> ProptestConfig {
    // Nothing is written into the tree; a find is kept as a case of its own. For a longer search
    // PROPTEST_CASES may be set.
    let default = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    if std::env::var_os("PROPTEST_CASES").is_some() {
        return default;
    }
    ProptestConfig { cases: 300, ..default }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn markdown_becomes_html_in_order(source in text_of(MARKUP, 30)) {
        let made = render(&source);
        prop_assert_eq!(unbalanced(&made.html), None);
        prop_assert_eq!(made.more.as_deref().and_then(unbalanced), None);
        let mut ids = values(&made.html, "id");
        ids.sort_unstable();
        let all = ids.len();
        ids.dedup();
        prop_assert_eq!(ids.len(), all, "an id twice in {}", made.html);
        prop_assert!(!ids.contains(&"main"));
    }

    #[test]
    fn any_markdown_is_rendered(source in mixed(30)) {
        let made = render(&source);
        for problem in &made.problems {
            prop_assert!(source.get(problem.range.clone()).is_some(), "{:?} in {:?}", problem, source);
        }
        for wiki in &made.wiki_links {
            prop_assert!(source.get(wiki.range.clone()).is_some());
        }
        prop_assert!(!made.plain.contains("<span class="));
        MARKDOWN.render(&source, &Style { plain: true, ..Style::default() }, &Half);
    }

    #[test]
    fn the_same_text_gives_the_same_html(source in mixed(20)) {
        let (one, two) = (render(&source), render(&source));
        prop_assert_eq!(one.html, two.html);
        prop_assert_eq!(one.problems, two.problems);
    }

    #[test]
    fn a_teaser_is_in_order(before in text_of(MARKUP, 15), after in text_of(MARKUP, 5)) {
        let made = render(&format!("{before}<!-- more -->{after}"));
        prop_assert_eq!(made.more.as_deref().and_then(unbalanced), None);
    }

    #[test]
    fn any_formula_is_read(latex in text_of(LATEX, 14)) {
        let made = render(&format!("$${latex}$$ and ${latex}$"));
        prop_assert!(made.html.starts_with('<'));
    }

    #[test]
    fn highlighting_changes_no_code(
        code in text_of(CODE, 20),
        language in prop::sample::select(LANGUAGES),
    ) {
        let html = render(&format!("~~~~~~{language}\n{code}\n~~~~~~\n")).html;
        let plain = render(&format!("~~~~~~\n{code}\n~~~~~~\n")).html;
        let mut bare = html.replace("</span>", "");
        bare = bare.replace(&format!(" class=\"language-{language}\""), "");
        for class in "kscnftvoagdih".chars() {
            bare = bare.replace(&format!("<span class=\"{class}\">"), "");
        }
        prop_assert_eq!(bare, plain);
    }

    #[test]
    fn any_html_can_leave_the_site(html in mixed(30)) {
        let base = Url::parse("https://ana.example/x/").unwrap();
        absolutize(&html, &base);
        absolutize(&render(&html).html, &base);
        plain_text(&html);
        strip_xml_illegal(&html);
    }

    #[test]
    fn any_html_is_made_safe(html in mixed(40)) {
        let clean = sanitize(&html);
        for tag in ["<script", "<svg", "<img", "<style", "<iframe", "<form", "<input", "<math"] {
            prop_assert!(!clean.contains(tag), "{}", clean);
        }
        prop_assert_eq!(unbalanced(&clean), None);
        prop_assert_eq!(unbalanced(&text_to_html(&html)), None);
    }

    #[test]
    fn tokens_are_folded_already(text in "(\\PC|[aé日が กb5'’\u{301}]){0,40}") {
        for token in tokens(&text) {
            prop_assert!((1..=32).contains(&token.chars().count()), "{:?}", token);
            let again: Vec<String> = tokens(&token).collect();
            prop_assert_eq!(again, vec![token]);
        }
    }
}
