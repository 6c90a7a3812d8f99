//! Text of other generators: shortcodes and Liquid tags are shown as they stand, and counted.

use std::borrow::Cow;

use crate::model::Post;

/// What openers there are, with their ends.
const TAGS: [(&str, &str); 4] = [("{{<", ">}}"), ("{{%", "%}}"), ("{%", "%}"), ("{{", "}}")];

/// The text with angle brackets of shortcodes escaped, so that they are not taken for HTML.
pub fn shown(text: &str) -> Cow<'_, str> {
    if !text.contains("{{<") {
        return Cow::Borrowed(text);
    }
    let mut fenced = false;
    let mut out = String::with_capacity(text.len().saturating_add(64));
    for line in text.split_inclusive('\n') {
        let fence = line.trim_start().starts_with("```") || line.trim_start().starts_with("~~~");
        if fence {
            fenced = !fenced;
        }
        if fenced || fence {
            out.push_str(line);
        } else {
            out.push_str(&line.replace("{{<", "{{\\<").replace(">}}", "\\>}}"));
        }
    }
    Cow::Owned(out)
}

/// How many such tags the posts hold, and the first of them: file and the tag's beginning.
pub fn count(posts: &[&Post]) -> Option<(usize, crate::error::Problem)> {
    let mut total = 0usize;
    let mut first = None;
    for post in posts {
        let text = post.body.text();
        let mut at = 0usize;
        while let Some((start, end)) = next(text, at) {
            total = total.saturating_add(1);
            let offset = post.body.range.start;
            first.get_or_insert((post, start.saturating_add(offset)..end.saturating_add(offset)));
            at = end;
        }
    }
    let (post, span) = first?;
    let problem = post
        .body
        .source
        .problem(span, format!("{total} shortcodes and tags of another generator are shown as text; this is the first"))
        .warning()
        .hint("replace them by Markdown or HTML");
    Some((total, problem))
}

fn next(text: &str, from: usize) -> Option<(usize, usize)> {
    let rest = text.get(from..)?;
    let found = TAGS.iter().filter_map(|(open, close)| {
        let start = rest.find(open)?;
        let inside = rest.get(start..)?;
        let length = inside.find(close)?.saturating_add(close.len());
        Some((start, start.saturating_add(length)))
    });
    let (start, end) = found.min_by_key(|(start, _)| *start)?;
    Some((from.saturating_add(start), from.saturating_add(end)))
}
