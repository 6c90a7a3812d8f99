//! Runs all examples of the CommonMark specification through the renderer's plain mode.
//!
//! The specification's text is not ours to copy, so the test reads the file named by
//! `LANAI_COMMONMARK_SPEC` (`spec.txt` of the npm package `commonmark-spec`). Without it the test
//! is skipped, except where `LANAI_CI` is set.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test may stop at the first surprise"
)]

use lanai::text::markdown::{AsWritten, Markdown, Style};

/// One example of the specification.
struct Example {
    number: usize,
    section: String,
    markdown: String,
    html: String,
}

#[test]
fn all_examples_of_the_specification() {
    let Some(path) = std::env::var_os("LANAI_COMMONMARK_SPEC") else {
        assert!(std::env::var_os("LANAI_CI").is_none(), "LANAI_COMMONMARK_SPEC must be set");
        eprintln!("skipped: LANAI_COMMONMARK_SPEC is not set");
        return;
    };
    let spec = std::fs::read_to_string(&path).expect("the specification can be read");
    let examples = examples(&spec);
    assert!(examples.len() > 600, "only {} examples found", examples.len());
    let renderer = Markdown::new();
    let style = Style { plain: true, ..Style::default() };
    let mut failed = Vec::new();
    for example in &examples {
        let made = renderer.render(&example.markdown, &style, &AsWritten).html;
        if normal(&made) != normal(&example.html) {
            failed.push(format!(
                "example {} ({})\n{:?}\nwanted {:?}\ngot    {:?}",
                example.number, example.section, example.markdown, example.html, made
            ));
        }
    }
    eprintln!("{} of {} examples pass", examples.len() - failed.len(), examples.len());
    assert!(failed.is_empty(), "{}", failed.join("\n\n"));
}

/// Reads the examples: between long fences, input and output parted by a line with a dot, tabs
/// written as arrows.
fn examples(spec: &str) -> Vec<Example> {
    const FENCE: &str = "````````````````````````````````";
    let mut found = Vec::new();
    let mut section = String::new();
    let mut lines = spec.lines();
    while let Some(line) = lines.next() {
        if let Some(title) = line.strip_prefix('#') {
            section = title.trim_start_matches('#').trim().to_owned();
        }
        if line.strip_prefix(FENCE).map(str::trim) != Some("example") {
            continue;
        }
        let mut take = |end: &str| -> String {
            lines
                .by_ref()
                .take_while(|line| *line != end)
                .map(|line| line.replace('→', "\t") + "\n")
                .collect()
        };
        let (markdown, html) = (take("."), take(FENCE));
        found.push(Example { number: found.len() + 1, section: section.clone(), markdown, html });
    }
    found
}

/// HTML without the differences that make no difference: case and order in tags, self-closing
/// slashes, quotes written as entities.
fn normal(html: &str) -> String {
    let mut out = String::new();
    let mut rest = html;
    while let Some(open) = rest.find('<') {
        out.push_str(&rest[..open]);
        rest = &rest[open..];
        let close = end_of_tag(rest);
        out.push_str(&normal_tag(&rest[..close]));
        rest = &rest[close..];
    }
    out.push_str(rest);
    out.replace("&quot;", "\"").trim_end().to_owned()
}

fn end_of_tag(html: &str) -> usize {
    if html.starts_with("<!") || html.starts_with("<?") {
        return 1;
    }
    let mut quote = None;
    for (at, c) in html.char_indices() {
        match (quote, c) {
            (None, '"' | '\'') => quote = Some(c),
            (Some(q), _) if q == c => quote = None,
            (None, '>') => return at + 1,
            _ => {}
        }
    }
    1
}

fn normal_tag(tag: &str) -> String {
    let Some(inner) = tag.strip_prefix('<').and_then(|t| t.strip_suffix('>')) else {
        return tag.to_owned();
    };
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quoted = None;
    for c in inner.trim_end_matches('/').chars() {
        match quoted {
            Some(q) if q == c => quoted = None,
            None if matches!(c, '"' | '\'') => quoted = Some(c),
            _ => {}
        }
        if c.is_whitespace() && quoted.is_none() {
            words.push(std::mem::take(&mut word));
        } else {
            word.push(c);
        }
    }
    words.push(word);
    words.retain(|w| !w.is_empty());
    if let Some(name) = words.first_mut() {
        *name = name.to_lowercase();
        words[1..].sort();
    }
    format!("<{}>", words.join(" "))
}
