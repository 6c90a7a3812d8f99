//! Text of other generators: shortcodes and Liquid tags are shown as they stand, and counted.

use std::borrow::Cow;
use std::ops::Range;

use crate::error::{Problem, Source};
use crate::model::Body;

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

/// How many such tags a text holds, and where the first stands in its file.
pub fn count(source: &Source, body: &Body) -> Option<(usize, Range<usize>)> {
    let text = source.text.get(body.range.clone())?;
    let offset = body.range.start;
    let (mut total, mut first, mut at) = (0usize, None, 0usize);
    while let Some((start, end)) = next(text, at) {
        total = total.saturating_add(1);
        first.get_or_insert(start.saturating_add(offset)..end.saturating_add(offset));
        at = end;
    }
    Some((total, first?))
}

/// The word about all such tags of a site; `span` is the first of them.
pub fn warning(source: &Source, span: Range<usize>, total: usize) -> Problem {
    let message = format!(
        "{total} shortcodes and tags of another generator are shown as text; this is the first"
    );
    source.problem(span, message).warning().hint("replace them by Markdown or HTML")
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
