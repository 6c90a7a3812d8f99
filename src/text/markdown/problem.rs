//! The problems a text can have, and how they are worded.
//!
//! Where they stand in the file and how they are shown is up to the build.

use std::ops::Range;

use super::{Severity, TextProblem};

fn error(range: Range<usize>, message: String, hint: Option<String>) -> TextProblem {
    TextProblem { range, severity: Severity::Error, message, hint }
}

fn warning(range: Range<usize>, message: &str, hint: &str) -> TextProblem {
    TextProblem {
        range,
        severity: Severity::Warning,
        message: message.to_owned(),
        hint: Some(hint.to_owned()),
    }
}

pub(super) fn missing_link(range: Range<usize>, target: &str, hint: Option<String>) -> TextProblem {
    error(range, format!("this link leads nowhere: `{target}`"), hint.or_else(seen_from))
}

pub(super) fn missing_image(
    range: Range<usize>,
    target: &str,
    hint: Option<String>,
) -> TextProblem {
    error(range, format!("this image is not there: `{target}`"), hint.or_else(seen_from))
}

fn seen_from() -> Option<String> {
    Some(
        "paths are seen from this file: b.jpg, ../b.jpg; from the site's root: /media/b.jpg".into(),
    )
}

const A_DOLLAR: &str = "formulas are LaTeX; a dollar sign that begins none is written \\$";

pub(super) fn bad_formula(range: Range<usize>, message: &str) -> TextProblem {
    let message = message.trim_end_matches('.');
    error(range, format!("this formula cannot be read: {message}"), Some(A_DOLLAR.to_owned()))
}

pub(super) fn no_alt(range: Range<usize>) -> TextProblem {
    warning(
        range,
        "image without alternative text",
        "say what the image shows between the square brackets: ![A red boat](boat.jpg)",
    )
}

pub(super) fn no_alt_html(range: Range<usize>) -> TextProblem {
    warning(
        range,
        "image without alternative text",
        "say what the image shows: <img alt=\"A red boat\" …>, or alt=\"\" if it is decoration",
    )
}

pub(super) fn empty_link(range: Range<usize>) -> TextProblem {
    warning(
        range,
        "link without text",
        "write what it leads to between the square brackets: nobody can see or hear it otherwise",
    )
}

pub(super) fn unused_footnote(range: Range<usize>, name: &str) -> TextProblem {
    warning(
        range,
        "this footnote is not shown, because nothing refers to it",
        &format!("put [^{name}] where it belongs"),
    )
}

pub(super) fn no_such_section(range: Range<usize>, id: &str) -> TextProblem {
    TextProblem {
        range,
        severity: Severity::Warning,
        message: format!("nothing on this page has the id `{id}`"),
        hint: Some(format!("give the heading you mean this id: ## Heading {{#{id}}}")),
    }
}

pub(super) fn id_twice(range: Range<usize>, id: &str) -> TextProblem {
    TextProblem {
        range,
        severity: Severity::Warning,
        message: format!("the id `{id}` is on this page already"),
        hint: Some("give this one another id".to_owned()),
    }
}

pub(super) fn blocked(range: Range<usize>, what: &str) -> TextProblem {
    TextProblem {
        range,
        severity: Severity::Warning,
        message: format!("the content security policy of your site blocks {what}"),
        hint: Some("put it into a file below static/, or allow it: [headers] csp".to_owned()),
    }
}
