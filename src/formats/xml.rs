//! The one XML writer of the house: every character of every XML file goes through its escaper.
//! It removes what XML 1.0 forbids and keeps a stack of open elements, so that its output is
//! well-formed whatever the texts are. What the elements mean is left to the formats.
//! Spec: XML 1.0 (Fifth Edition), productions `Char`, `AttValue`, `CDSect`.

/// True for the characters that XML 1.0 allows in a document.
pub(crate) fn is_xml_char(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..)
}

/// How a text is escaped.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Escape {
    /// Element content with named references.
    Text,
    /// Element content with the numeric references that RSS titles want (FD-A-10).
    Numeric,
    /// An attribute value in double quotes.
    Attribute,
}

/// Appends `text` to `out`, escaped for its place, without forbidden characters.
fn push(out: &mut String, text: &str, escape: Escape) {
    let mut rest = text;
    while let Some(at) = rest.find(needs_care) {
        let (plain, tail) = rest.split_at_checked(at).unwrap_or((rest, ""));
        out.push_str(plain);
        let mut chars = tail.chars();
        let found = chars.next();
        rest = chars.as_str();
        let Some(c) = found.filter(|c| is_xml_char(*c)) else { continue };
        match (c, escape) {
            ('&', Escape::Numeric) => out.push_str("&#x26;"),
            ('<', Escape::Numeric) => out.push_str("&#x3C;"),
            ('&', _) => out.push_str("&amp;"),
            ('<', _) => out.push_str("&lt;"),
            ('>', _) => out.push_str("&gt;"),
            // A parser turns a bare CR into LF, and white space in attributes into spaces.
            ('\r', _) => out.push_str("&#13;"),
            ('"', Escape::Attribute) => out.push_str("&quot;"),
            ('\n', Escape::Attribute) => out.push_str("&#10;"),
            ('\t', Escape::Attribute) => out.push_str("&#9;"),
            _ => out.push(c),
        }
    }
    out.push_str(rest);
}

/// Whether a character may be escaped or left out.
fn needs_care(c: char) -> bool {
    matches!(c, '&' | '<' | '>' | '"' | '\u{0}'..='\u{1f}') || !is_xml_char(c)
}

/// `text` as HTML that shows it literally: what a plain text becomes in a field that readers take
/// for HTML.
pub(crate) fn html_of_text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            _ => out.push(c),
        }
    }
    out
}

/// Writes one XML document into a string.
pub(crate) struct XmlWriter {
    out: String,
    open: Vec<&'static str>,
}

impl XmlWriter {
    /// A writer that has written the XML declaration.
    pub(crate) fn new() -> Self {
        let out = String::from("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n");
        Self { out, open: Vec::new() }
    }

    /// Names a stylesheet for people who open the file in a browser.
    pub(crate) fn stylesheet(&mut self, href: &str) {
        self.out.push_str("<?xml-stylesheet type=\"text/css\" href=\"");
        push(&mut self.out, href, Escape::Attribute);
        self.out.push_str("\"?>\n");
    }

    /// Begins a tag; it ends with one of the methods of [`Tag`].
    pub(crate) fn tag(&mut self, name: &'static str) -> Tag<'_> {
        self.indent();
        self.out.push('<');
        self.out.push_str(name);
        Tag { writer: self, name }
    }

    /// An element without attributes that holds a text.
    pub(crate) fn text(&mut self, name: &'static str, text: &str) {
        self.tag(name).text(text);
    }

    /// The same, if there is a text.
    pub(crate) fn text_if(&mut self, name: &'static str, text: Option<&str>) {
        if let Some(text) = text {
            self.text(name, text);
        }
    }

    /// Closes the element opened last.
    pub(crate) fn close(&mut self) {
        if let Some(name) = self.open.pop() {
            self.indent();
            self.end_tag(name);
        }
    }

    /// Closes what is open and gives the document.
    pub(crate) fn finish(mut self) -> String {
        while !self.open.is_empty() {
            self.close();
        }
        self.out
    }

    fn indent(&mut self) {
        for _ in &self.open {
            self.out.push_str("  ");
        }
    }

    fn end_tag(&mut self, name: &str) {
        self.out.push_str("</");
        self.out.push_str(name);
        self.out.push_str(">\n");
    }
}

/// A tag whose attributes are being written.
#[must_use = "a tag is unfinished until `open`, `empty`, `text` or `cdata` is called"]
pub(crate) struct Tag<'w> {
    writer: &'w mut XmlWriter,
    name: &'static str,
}

impl Tag<'_> {
    /// Adds an attribute.
    pub(crate) fn attr(self, name: &str, value: &str) -> Self {
        let out = &mut self.writer.out;
        out.push(' ');
        out.push_str(name);
        out.push_str("=\"");
        push(out, value, Escape::Attribute);
        out.push('"');
        self
    }

    /// Adds an attribute that has a value.
    pub(crate) fn attr_if(self, name: &str, value: Option<&str>) -> Self {
        match value {
            Some(value) => self.attr(name, value),
            None => self,
        }
    }

    /// Ends the tag; the elements that follow are its children until [`XmlWriter::close`].
    pub(crate) fn open(self) {
        self.writer.out.push_str(">\n");
        self.writer.open.push(self.name);
    }

    /// Ends the element without content.
    pub(crate) fn empty(self) {
        self.writer.out.push_str("/>\n");
    }

    /// Ends the element with a text as its content.
    pub(crate) fn text(self, text: &str) {
        self.escaped(text, Escape::Text);
    }

    /// The same with numeric references, for plain texts that some readers take for HTML.
    pub(crate) fn plain(self, text: &str) {
        self.escaped(text, Escape::Numeric);
    }

    /// Ends the element with a text in CDATA sections; `]]>` is split over two of them.
    pub(crate) fn cdata(self, text: &str) {
        let out = &mut self.writer.out;
        out.push_str("><![CDATA[");
        let mut brackets = 0;
        for c in text.chars().filter(|c| is_xml_char(*c)) {
            if c == '>' && brackets >= 2 {
                out.push_str("]]><![CDATA[");
            }
            brackets = if c == ']' { brackets + 1 } else { 0 };
            out.push(c);
        }
        out.push_str("]]>");
        self.writer.end_tag(self.name);
    }

    fn escaped(self, text: &str, escape: Escape) {
        self.writer.out.push('>');
        push(&mut self.writer.out, text, escape);
        self.writer.end_tag(self.name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fd_a_02_forbidden_characters_are_removed() {
        let mut w = XmlWriter::new();
        w.tag("a").attr("b", "x\0\u{b}\u{fffe}y").text("1\u{1}\u{8}\u{c}\u{1f}\u{ffff}2\t3");
        assert!(w.finish().ends_with("<a b=\"xy\">12\t3</a>\n"));
    }

    #[test]
    fn attributes_keep_white_space_and_quotes() {
        let mut w = XmlWriter::new();
        w.tag("a").attr("b", "\"<>&\n\t\r'").empty();
        assert!(w.finish().ends_with("<a b=\"&quot;&lt;&gt;&amp;&#10;&#9;&#13;'\"/>\n"));
    }

    #[test]
    fn fd_r_07_cdata_end_is_split_also_around_removed_characters() {
        for text in ["a]]>b", "]]]>", "]\u{1}]>", "]]>]]>"] {
            let mut w = XmlWriter::new();
            w.tag("a").cdata(text);
            let xml = w.finish();
            let inner: String = xml
                .split_once("<a>")
                .unwrap()
                .1
                .trim_end()
                .trim_end_matches("</a>")
                .split("<![CDATA[")
                .filter(|part| !part.is_empty())
                .map(|part| {
                    let part = part.strip_suffix("]]>").unwrap();
                    assert!(!part.contains("]]>"));
                    part
                })
                .collect();
            assert_eq!(inner, text.replace('\u{1}', ""));
        }
    }

    #[test]
    fn unclosed_elements_are_closed() {
        let mut w = XmlWriter::new();
        w.tag("a").open();
        w.tag("b").open();
        w.text("c", "d");
        assert!(w.finish().ends_with("<a>\n  <b>\n    <c>d</c>\n  </b>\n</a>\n"));
    }
}
