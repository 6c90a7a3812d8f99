//! Reads the OPML of other programs: versions 1.0 to 2.0, any charset, HTML entities, odd
//! spellings (FD-O-04, FD-O-05). Following the addresses is left to the caller; so is a limit on
//! the size of the file.

use std::collections::HashSet;
use std::fmt;

use quick_xml::Reader;
use quick_xml::escape::resolve_html5_entity;
use quick_xml::events::{BytesStart, Event};

use super::{Opml, Outline};
use crate::formats::address::web;
use crate::formats::charset::decode;
use crate::formats::date;

/// Folders nested deeper than this are flattened into the last one.
const MAX_DEPTH: usize = 64;

/// Why a file is not read as OPML.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpmlError {
    /// What is wrong.
    pub message: String,
    /// Line, counted from 1.
    pub line: usize,
    /// Column in characters, counted from 1.
    pub column: usize,
}

impl fmt::Display for OpmlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (line {}, column {})", self.message, self.line, self.column)
    }
}

impl std::error::Error for OpmlError {}

/// Reads a list of subscriptions.
///
/// # Errors
///
/// If the text is no XML at all, breaks off inside a tag, or has neither an `opml` element nor an
/// outline.
pub fn read(bytes: &[u8]) -> Result<Opml, OpmlError> {
    let text = decode(bytes);
    let mut reader = Reader::from_str(text.trim_start_matches('\u{feff}').trim_start());
    let config = reader.config_mut();
    config.check_end_names = false;
    config.allow_unmatched_ends = true;
    config.allow_dangling_amp = true;
    let mut state = State::default();
    loop {
        match reader.read_event() {
            Ok(Event::Start(tag)) => state.start(&tag),
            Ok(Event::Empty(tag)) => {
                state.start(&tag);
                state.end(&name_of(tag.local_name().as_ref()));
            }
            Ok(Event::End(tag)) => {
                let name = name_of(tag.local_name().as_ref());
                state.end(&name);
                if name == "opml" {
                    break; // what follows the root is junk
                }
            }
            Ok(Event::Text(part)) => state.text(&part.into_inner()),
            Ok(Event::CData(part)) => state.text(&part.into_inner()),
            Ok(Event::GeneralRef(part)) => state.text(&entity(&part.into_inner())),
            Ok(Event::Eof) => break,
            Ok(Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_)) => {}
            Err(error) => {
                return Err(at(&text, reader.error_position(), error.to_string()));
            }
        }
    }
    if !state.known {
        return Err(at(&text, 0, String::from("no OPML: there is no `opml` element")));
    }
    while !state.stack.is_empty() {
        state.end("outline");
    }
    Ok(state.opml)
}

/// An error with the place of a byte offset.
fn at(text: &str, offset: u64, message: String) -> OpmlError {
    let offset = usize::try_from(offset).unwrap_or(usize::MAX);
    let before: String =
        text.char_indices().take_while(|(at, _)| *at < offset).map(|(_, c)| c).collect();
    let last = before.rsplit('\n').next().unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    OpmlError { message, line, column: last.chars().count() + 1 }
}

/// Element and attribute names are compared in lower case.
fn name_of(name: &str) -> String {
    name.to_ascii_lowercase()
}

/// The addresses of the feeds in a folder.
type Seen = HashSet<String>;

/// What has been read so far.
#[derive(Default)]
struct State {
    opml: Opml,
    /// An `opml` or `outline` element was seen.
    known: bool,
    /// The feeds that stand directly in the body.
    seen: Seen,
    /// The open outlines, the outermost first.
    stack: Vec<(Outline, Seen)>,
    /// Open outlines inside a comment, an inclusion or below the greatest depth.
    skipped: Vec<Skipped>,
    /// The element of the head that is open, and its text.
    field: Option<(String, String)>,
}

/// Why an open outline is not on the stack.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Skipped {
    /// It and all inside is left out.
    Ignored,
    /// It was too deep and has been added to the last folder.
    Flattened,
}

impl State {
    fn start(&mut self, tag: &BytesStart<'_>) {
        let name = name_of(tag.local_name().as_ref());
        match name.as_str() {
            "opml" => self.known = true,
            "outline" => {
                self.known = true;
                self.outline(tag);
            }
            "title" | "datemodified" | "ownername" | "ownerid" => {
                self.field = Some((name, String::new()));
            }
            _ => {}
        }
    }

    fn outline(&mut self, tag: &BytesStart<'_>) {
        let attributes = Attributes::of(tag);
        if self.skipped.last() == Some(&Skipped::Ignored) || attributes.is_ignored() {
            self.skipped.push(Skipped::Ignored);
        } else if self.stack.len() >= MAX_DEPTH {
            self.add(attributes.into_outline());
            self.skipped.push(Skipped::Flattened);
        } else {
            self.stack.push((attributes.into_outline(), Seen::new()));
        }
    }

    fn end(&mut self, name: &str) {
        if name == "outline" {
            if self.skipped.pop().is_none()
                && let Some((outline, _)) = self.stack.pop()
            {
                self.add(outline);
            }
        } else if let Some((field, text)) = self.field.take_if(|(field, _)| field == name) {
            let text = text.trim().to_owned();
            match field.as_str() {
                "title" => self.opml.title = text,
                "datemodified" => self.opml.date_modified = date::parse(&text),
                "ownername" => self.opml.owner_name = some(text),
                _ => self.opml.owner_id = web(&text),
            }
        }
    }

    /// Adds a finished outline to the folder it is in, unless it says nothing or is there already.
    fn add(&mut self, outline: Outline) {
        let (siblings, seen) = match self.stack.last_mut() {
            Some((folder, seen)) => (&mut folder.children, seen),
            None => (&mut self.opml.outlines, &mut self.seen),
        };
        let blank = outline.text.is_empty() && outline.children.is_empty();
        let new = outline.xml_url.as_ref().is_none_or(|url| seen.insert(url.clone()));
        if !blank && (new || !outline.children.is_empty()) {
            siblings.push(outline);
        }
    }

    fn text(&mut self, part: &str) {
        if let Some((_, text)) = &mut self.field {
            text.push_str(part);
        }
    }
}

/// The attributes of an outline that mean something here.
#[derive(Default)]
struct Attributes {
    kind: String,
    comment: bool,
    text: Option<String>,
    title: Option<String>,
    xml_url: Option<String>,
    url: Option<String>,
    html_url: Option<String>,
    description: Option<String>,
    language: Option<String>,
}

impl Attributes {
    fn of(tag: &BytesStart<'_>) -> Self {
        let mut found = Self::default();
        // HTML mode takes attributes without quotes or value; what is beyond repair is passed over.
        for attribute in tag.html_attributes().with_checks(false).flatten() {
            let value = unescape(&attribute.value).trim().to_owned();
            match name_of(attribute.key.local_name().as_ref()).as_str() {
                "type" => found.kind = value.to_ascii_lowercase(),
                "iscomment" => found.comment = value.eq_ignore_ascii_case("true"),
                "text" => found.text = some(value),
                "title" => found.title = some(value),
                "xmlurl" => found.xml_url = feed_address(&value),
                "url" => found.url = feed_address(&value),
                "htmlurl" => found.html_url = web(&value),
                "description" => found.description = some(value),
                "language" => found.language = some(value),
                _ => {}
            }
        }
        found
    }

    /// Comments, and references to other files, are not followed (FD-O-05).
    fn is_ignored(&self) -> bool {
        let reference = matches!(self.kind.as_str(), "include" | "link");
        self.comment || (reference && self.xml_url.is_none())
    }

    fn into_outline(self) -> Outline {
        // Old programs wrote the address of a feed as `url`.
        let old = self.url.filter(|_| matches!(self.kind.as_str(), "rss" | "atom" | "feed"));
        let xml_url = self.xml_url.or(old);
        let text = self.text.or_else(|| self.title.clone()).or_else(|| xml_url.clone());
        let text = text.or_else(|| self.html_url.clone()).unwrap_or_default();
        Outline {
            title: self.title.filter(|title| *title != text),
            text,
            xml_url,
            html_url: self.html_url,
            description: self.description,
            language: self.language,
            children: Vec::new(),
        }
    }
}

/// A web address, also behind the `feed:` scheme.
fn feed_address(text: &str) -> Option<String> {
    match text.strip_prefix("feed:") {
        Some(rest) if rest.starts_with("//") => web(&format!("http:{rest}")),
        Some(rest) => web(rest),
        None => web(text),
    }
}

fn some(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

/// Resolves the references of an attribute value; what is no reference stays as it is.
fn unescape(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((before, after)) = rest.split_once('&') {
        out.extend(before.chars().map(blank));
        match after.split_once(';') {
            Some((name, tail)) if is_reference(name) => {
                out.push_str(&entity(name));
                rest = tail;
            }
            _ => {
                out.push('&');
                rest = after;
            }
        }
    }
    out.extend(rest.chars().map(blank));
    out
}

/// White space written literally in an attribute is a space.
fn blank(c: char) -> char {
    if matches!(c, '\n' | '\r' | '\t') { ' ' } else { c }
}

fn is_reference(name: &str) -> bool {
    let name = name.strip_prefix('#').unwrap_or(name);
    !name.is_empty() && name.len() < 40 && name.chars().all(|c| c.is_ascii_alphanumeric())
}

/// What `&name;` stands for; unknown names stay as written.
fn entity(name: &str) -> String {
    let number = name.strip_prefix('#').map(|number| {
        let hex = number.strip_prefix(['x', 'X']).map(|hex| u32::from_str_radix(hex, 16));
        let code = hex.unwrap_or_else(|| number.parse());
        code.ok().and_then(char::from_u32).filter(|c| *c != '\0').unwrap_or('\u{fffd}')
    });
    match (number, resolve_html5_entity(name)) {
        (Some(c), _) => c.to_string(),
        (None, Some(text)) => text.to_owned(),
        (None, None) => format!("&{name};"),
    }
}
