//! The one JSON writer of the house. Strings are escaped so that the file can also stand inside a
//! script element, and lose the characters that XML forbids, so that a post reads the same in all
//! feeds (FD-A-02, FD-J-05). What the members mean is left to the formats. Spec: RFC 8259.

use std::fmt::Write as _;

use super::xml::is_xml_char;

/// Appends `text` as a JSON string, quotes included.
pub(crate) fn push_string(out: &mut String, text: &str) {
    out.push('"');
    let mut rest = text;
    while let Some(at) = rest.find(needs_care) {
        let (plain, tail) = rest.split_at_checked(at).unwrap_or((rest, ""));
        out.push_str(plain);
        let mut chars = tail.chars();
        match chars.next() {
            Some('"') => out.push_str("\\\""),
            Some('\\') => out.push_str("\\\\"),
            Some('\n') => out.push_str("\\n"),
            Some('\r') => out.push_str("\\r"),
            Some('\t') => out.push_str("\\t"),
            Some('<') => out.push_str("\\u003c"),
            Some('\u{2028}') => out.push_str("\\u2028"),
            Some('\u{2029}') => out.push_str("\\u2029"),
            // XML forbids it.
            _ => {}
        }
        rest = chars.as_str();
    }
    out.push_str(rest);
    out.push('"');
}

/// Whether a character is escaped or left out.
fn needs_care(c: char) -> bool {
    matches!(c, '"' | '\\' | '<' | '\u{2028}' | '\u{2029}' | '\u{0}'..='\u{1f}') || !is_xml_char(c)
}

/// Writes one JSON document, indented by two spaces or without any white space.
pub(crate) struct JsonWriter {
    out: String,
    /// The closing brackets of what is open.
    open: Vec<char>,
    /// Nothing stands yet in the innermost bracket.
    fresh: bool,
    compact: bool,
}

impl JsonWriter {
    /// A writer that has opened the outer object.
    pub(crate) fn object() -> Self {
        Self { out: String::from("{"), open: vec!['}'], fresh: true, compact: false }
    }

    /// A writer without white space between members.
    pub(crate) fn compact_object() -> Self {
        Self { compact: true, ..Self::object() }
    }

    /// Opens an object as the value of `key`, or as the next value of a list.
    pub(crate) fn open_object(&mut self, key: Option<&str>) {
        self.begin(key);
        self.bracket('{', '}');
    }

    /// Opens a list as the value of `key`.
    pub(crate) fn open_list(&mut self, key: &str) {
        self.begin(Some(key));
        self.bracket('[', ']');
    }

    /// Closes what was opened last.
    pub(crate) fn close(&mut self) {
        if let Some(bracket) = self.open.pop() {
            if !self.fresh {
                self.line();
            }
            self.fresh = false;
            self.out.push(bracket);
        }
    }

    /// A member with a text.
    pub(crate) fn text(&mut self, key: &str, text: &str) {
        self.begin(Some(key));
        push_string(&mut self.out, text);
    }

    /// The same, if there is a text.
    pub(crate) fn text_if(&mut self, key: &str, text: Option<&str>) {
        if let Some(text) = text {
            self.text(key, text);
        }
    }

    /// A member with a list of texts; an empty list is left out.
    pub(crate) fn texts(&mut self, key: &str, texts: &[String]) {
        if texts.is_empty() {
            return;
        }
        self.open_list(key);
        for text in texts {
            self.begin(None);
            push_string(&mut self.out, text);
        }
        self.close();
    }

    /// A member with a whole number.
    pub(crate) fn number(&mut self, key: &str, number: u64) {
        self.begin(Some(key));
        // Writing into a String cannot fail.
        let _ = write!(self.out, "{number}");
    }

    /// A member that is true or false.
    pub(crate) fn flag(&mut self, key: &str, flag: bool) {
        self.begin(Some(key));
        self.out.push_str(if flag { "true" } else { "false" });
    }

    /// Closes what is open and gives the document.
    pub(crate) fn finish(mut self) -> String {
        while !self.open.is_empty() {
            self.close();
        }
        if !self.compact {
            self.out.push('\n');
        }
        self.out
    }

    fn begin(&mut self, key: Option<&str>) {
        if !self.fresh {
            self.out.push(',');
        }
        self.fresh = false;
        self.line();
        if let Some(key) = key {
            push_string(&mut self.out, key);
            self.out.push_str(if self.compact { ":" } else { ": " });
        }
    }

    fn bracket(&mut self, left: char, right: char) {
        self.out.push(left);
        self.open.push(right);
        self.fresh = true;
    }

    fn line(&mut self) {
        if self.compact {
            return;
        }
        self.out.push('\n');
        for _ in &self.open {
            self.out.push_str("  ");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_parse_back() {
        let mut w = JsonWriter::object();
        w.text("a", "\"\\\n\r\t<\u{2028}\u{0}é😀");
        w.texts("b", &["x".into(), "y".into()]);
        w.texts("none", &[]);
        w.open_list("c");
        w.open_object(None);
        w.number("n", 7);
        w.close();
        w.open_object(None);
        w.close();
        w.close();
        let json = w.finish();
        let value: serde_json::Value = serde_json::from_str(&json).unwrap();
        let expected = serde_json::json!({
            "a": "\"\\\n\r\t<\u{2028}é😀", "b": ["x", "y"], "c": [{"n": 7}, {}],
        });
        assert_eq!(value, expected);
        assert!(!json.contains('<'));
        assert!(!json.contains('\u{2028}'));
    }
}
