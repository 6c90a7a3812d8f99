//! Writes the inside of an element as HTML. Spec: WHATWG HTML, serialising HTML fragments.

use html5ever::Attribute;

use super::{Element, Step};

/// Elements without an end tag.
const VOID: [&str; 18] = [
    "area", "base", "basefont", "bgsound", "br", "col", "embed", "frame", "hr", "img", "input",
    "keygen", "link", "meta", "param", "source", "track", "wbr",
];

/// Elements whose text is written as it is.
const RAW: [&str; 7] = ["style", "script", "xmp", "iframe", "noembed", "noframes", "plaintext"];

/// What is inside an element, attributes changed as `change` says.
pub(super) fn inner_html(
    element: Element<'_>,
    mut change: impl FnMut(&str, &str) -> Option<String>,
) -> String {
    let mut html = String::new();
    let mut is_raw = RAW.contains(&element.name());
    for step in element.walk() {
        match step {
            Step::Start(element) => {
                start_tag(&mut html, element, &mut change);
                is_raw = RAW.contains(&element.name());
            }
            Step::Text(text) if is_raw => html.push_str(text),
            Step::Text(text) => escape(&mut html, text, false),
            Step::End(element) => {
                is_raw = false; // what is raw holds no elements
                if !VOID.contains(&element.name()) {
                    html.push_str("</");
                    html.push_str(element.name());
                    html.push('>');
                }
            }
        }
    }
    html
}

fn start_tag(
    html: &mut String,
    element: Element<'_>,
    change: &mut impl FnMut(&str, &str) -> Option<String>,
) {
    html.push('<');
    html.push_str(element.name());
    for Attribute { name, value } in &element.tag.attributes {
        html.push(' ');
        if let Some(prefix) = &name.prefix {
            html.push_str(prefix);
            html.push(':');
        }
        html.push_str(&name.local);
        html.push_str("=\"");
        match change(&name.local, value) {
            Some(value) => escape(html, &value, true),
            None => escape(html, value, true),
        }
        html.push('"');
    }
    html.push('>');
}

fn escape(html: &mut String, text: &str, in_attribute: bool) {
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '\u{a0}' => html.push_str("&nbsp;"),
            '"' if in_attribute => html.push_str("&quot;"),
            '<' if !in_attribute => html.push_str("&lt;"),
            '>' if !in_attribute => html.push_str("&gt;"),
            c => html.push(c),
        }
    }
}
