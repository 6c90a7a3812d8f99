//! Makes a tree of the XML of others, however broken. What the elements mean is left to the readers
//! of the formats.
//!
//! The tree points into the text and decodes nothing until it is asked. No document type is
//! processed and no entity expanded but those that HTML names. Depth, nodes and steps are counted;
//! what goes beyond ends in an error (FD-X-05, FD-X-06).

use std::borrow::Cow;
use std::cell::Cell;

use super::entities::decode;
use super::names::{Space, by_address, by_prefix};

/// Deepest nesting.
const DEEPEST: usize = 200;

/// Most elements and texts.
const MOST: usize = 500_000;

/// Longest tag.
const LONGEST_TAG: usize = 1 << 20;

/// A place in [`Tree::nodes`]. The first is the document; as a link it means that there is none.
type Id = u32;

/// A tree of elements and texts.
#[derive(Debug)]
pub(super) struct Tree<'t> {
    text: &'t str,
    nodes: Vec<Node>,
    has_bases: bool,
}

#[derive(Debug)]
struct Node {
    parent: Id,
    next: Id,
    first: Id,
    last: Id,
    start: u32,
    end: u32,
    kind: Kind,
}

/// What a node's part of the text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// The inside of a tag, without the brackets.
    Element(Space),
    /// Text with references.
    Text,
    /// Text without.
    Raw,
}

/// Why there is no tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TooMuch {
    /// Nested too deeply.
    Deep,
    /// Too many nodes or steps, or a tag that is too long.
    Large,
}

/// Reads a text that begins with the tag of the root, up to the end of the root or of the text.
pub(super) fn parse(text: &str) -> Result<Tree<'_>, TooMuch> {
    let document =
        Node { parent: 0, next: 0, first: 0, last: 0, start: 0, end: 0, kind: Kind::Raw };
    let tree = Tree { text, nodes: vec![document], has_bases: false };
    let parser = Parser {
        tree,
        open: Vec::new(),
        scopes: Vec::new(),
        is_atom: false,
        // Each byte may be looked at some times: once as text, and again after a broken tag.
        steps_left: text.len().saturating_mul(8).saturating_add(1 << 16),
    };
    parser.run()
}

struct Parser<'t> {
    tree: Tree<'t>,
    /// The open elements with their names as written.
    open: Vec<(Id, &'t str)>,
    /// Declared prefixes, and how many elements were open there.
    scopes: Vec<(usize, &'t str, Space)>,
    is_atom: bool,
    steps_left: usize,
}

impl<'t> Parser<'t> {
    fn run(mut self) -> Result<Tree<'t>, TooMuch> {
        let mut at = 0;
        while let Some(rest) = self.tree.text.get(at..).filter(|rest| !rest.is_empty()) {
            let end = at + rest.find('<').unwrap_or(rest.len());
            self.push(Kind::Text, at, end)?;
            if end < self.tree.text.len() {
                at = self.markup(end)?;
            } else {
                at = end;
            }
            if self.open.is_empty() && self.tree.nodes.len() > 1 {
                break; // what follows the root is junk
            }
        }
        Ok(self.tree)
    }

    fn spend(&mut self, steps: usize) -> Result<(), TooMuch> {
        self.steps_left = self.steps_left.checked_sub(steps).ok_or(TooMuch::Large)?;
        Ok(())
    }

    /// Takes what begins with a bracket and says where it ends.
    fn markup(&mut self, at: usize) -> Result<usize, TooMuch> {
        let rest = self.tree.text.get(at..).unwrap_or_default();
        if let Some(inside) = rest.strip_prefix("<![CDATA[") {
            return self.cdata(at + 9, inside);
        }
        if let Some(Skipped { length, looked_at }) = skip(rest) {
            // What is not ended is looked for again and again.
            self.spend(looked_at)?;
            return Ok(at + length);
        }
        if rest.starts_with("<!") || rest.starts_with("<?") {
            self.spend(rest.len())?;
            return Ok(at + 2);
        }
        if let Some(inside) = rest.strip_prefix("</") {
            let length = inside.find(['<', '>']).unwrap_or(inside.len());
            self.spend(length)?;
            self.end(inside.get(..length).unwrap_or_default().trim())?;
            let closes = inside.as_bytes().get(length) == Some(&b'>');
            return Ok(at + 2 + length + usize::from(closes));
        }
        let (length, is_tag) = tag_length(rest);
        self.spend(length)?;
        if !is_tag {
            self.push(Kind::Text, at, at + 1)?;
            return Ok(at + 1);
        }
        if length > LONGEST_TAG {
            return Err(TooMuch::Large);
        }
        self.start(at + 1, at + length - 1)?;
        Ok(at + length)
    }

    /// Takes text without references. If its end is missing, the element around it ends it.
    fn cdata(&mut self, from: usize, inside: &'t str) -> Result<usize, TooMuch> {
        if let Some(length) = inside.find("]]>") {
            self.push(Kind::Raw, from, from + length)?;
            return Ok(from + length + 3);
        }
        self.spend(inside.len())?;
        let around = self.open.last().map(|(_, name)| format!("</{name}"));
        let length = around.and_then(|end| inside.find(&end)).unwrap_or(inside.len());
        self.push(Kind::Raw, from, from + length)?;
        Ok(from + length)
    }

    /// Adds a node to what is open. Neighbouring texts of a kind become one.
    fn push(&mut self, kind: Kind, start: usize, end: usize) -> Result<Id, TooMuch> {
        let parent = self.open.last().map_or(0, |(id, _)| *id);
        let place = |at: usize| u32::try_from(at).map_err(|_| TooMuch::Large);
        let (start, end) = (place(start)?, place(end)?);
        let is_text = !matches!(kind, Kind::Element(_));
        if is_text && (start == end || parent == 0) {
            return Ok(0);
        }
        let last = self.tree.node(parent).map_or(0, |node| node.last);
        if kind == Kind::Text
            && let Some(node) = self.tree.node_mut(last)
            && node.kind == Kind::Text
            && node.end == start
        {
            node.end = end;
            return Ok(last);
        }
        if self.tree.nodes.len() >= MOST {
            return Err(TooMuch::Large);
        }
        let id = place(self.tree.nodes.len())?;
        self.tree.nodes.push(Node { parent, next: 0, first: 0, last: 0, start, end, kind });
        if let Some(before) = self.tree.node_mut(last).filter(|_| last != 0) {
            before.next = id;
        }
        if let Some(node) = self.tree.node_mut(parent) {
            node.last = id;
            if node.first == 0 {
                node.first = id;
            }
        }
        Ok(id)
    }

    fn start(&mut self, from: usize, to: usize) -> Result<(), TooMuch> {
        let inside = self.tree.text.get(from..to).unwrap_or_default();
        let name = name_of(inside);
        let local = local_of(name);
        if self.tree.nodes.len() == 1 {
            self.is_atom =
                local.eq_ignore_ascii_case("feed") || local.eq_ignore_ascii_case("entry");
        }
        self.recover(name);
        if inside.contains("xmlns") {
            self.declare(inside);
        }
        self.tree.has_bases |= inside.contains("xml:base");
        let space = self.space(name);
        let id = self.push(Kind::Element(space), from, to)?;
        if inside.ends_with('/') || is_void(local) {
            self.forget();
            return Ok(());
        }
        if self.open.len() >= DEEPEST {
            return Err(TooMuch::Deep);
        }
        self.open.push((id, name));
        Ok(())
    }

    /// Ends what its author forgot to end: an item or a picture where an item begins, and a title, link, date
    /// or the like where another of them begins.
    fn recover(&mut self, name: &str) {
        if is_item(name) {
            let ends = |open: &str| is_item(open) || open.eq_ignore_ascii_case("image");
            if let Some(depth) = self.open.iter().position(|(_, open)| ends(open)) {
                self.close(depth);
            }
        } else if is_field(name)
            && let Some((_, open)) = self.open.last()
            && (is_field(open) || open.eq_ignore_ascii_case("description"))
            && !open.eq_ignore_ascii_case("author")
        {
            self.close(self.open.len() - 1);
        }
    }

    fn end(&mut self, name: &str) -> Result<(), TooMuch> {
        self.spend(self.open.len())?;
        let found = self.open.iter().rposition(|(_, open)| open.eq_ignore_ascii_case(name));
        if let Some(depth) = found {
            self.close(depth);
        }
        Ok(())
    }

    /// Closes elements until so many are open.
    fn close(&mut self, depth: usize) {
        self.open.truncate(depth);
        self.forget();
    }

    /// Forgets prefixes that were declared on elements that are no longer open.
    fn forget(&mut self) {
        while self.scopes.last().is_some_and(|(depth, ..)| *depth >= self.open.len()) {
            self.scopes.pop();
        }
    }

    fn declare(&mut self, inside: &'t str) {
        let depth = self.open.len();
        for (key, value) in attributes(inside) {
            let prefix = match key.strip_prefix("xmlns") {
                Some("") => "",
                Some(rest) => rest.strip_prefix(':').unwrap_or_default(),
                None => continue,
            };
            let space = by_address(&decode(value));
            // More of them no feed has; each element looks through all.
            if self.scopes.len() < MOST_SCOPES {
                self.scopes.push((depth, prefix, space));
            }
        }
    }

    /// The vocabulary of an element. What has no prefix is of the format, unless it is XHTML.
    fn space(&self, name: &str) -> Space {
        let prefix = name.split_once(':').map_or("", |(prefix, _)| prefix);
        let declared = self.scopes.iter().rev().find(|(_, known, _)| *known == prefix);
        let declared = declared.map(|(_, _, space)| *space);
        match (prefix, declared) {
            ("", Some(Space::Xhtml)) => Space::Xhtml,
            ("", _) if self.is_atom => Space::Atom,
            ("", _) => Space::Plain,
            (_, Some(space)) if space != Space::Other => space,
            (prefix, _) => by_prefix(prefix),
        }
    }
}

/// Declarations of vocabularies that hold at a time.
const MOST_SCOPES: usize = 500;

/// What is passed over.
pub(super) struct Skipped {
    /// Its length.
    pub(super) length: usize,
    /// How far it was looked for its end.
    pub(super) looked_at: usize,
}

/// How long a comment, an instruction or a declaration is.
pub(super) fn skip(text: &str) -> Option<Skipped> {
    let until = |length: usize| Skipped { length, looked_at: length };
    let ended = |mark: &str| text.find(mark).map(|at| until(at + mark.len()));
    if text.starts_with("<!--") {
        return ended("-->");
    }
    if text.starts_with("<?") {
        return ended("?>");
    }
    if !text.starts_with("<!") || text.starts_with("<![CDATA[") {
        return None;
    }
    let (mut depth, mut quote) = (0_usize, None);
    for (at, byte) in text.bytes().enumerate() {
        match (quote, byte) {
            (Some(open), byte) if byte == open => quote = None,
            (Some(_), _) => {}
            // An apostrophe in a comment of the declaration would swallow the rest.
            (None, b'"' | b'\'') if depth > 0 => quote = Some(byte),
            (None, b'[') => depth += 1,
            (None, b']') => depth = depth.saturating_sub(1),
            (None, b'>') if depth == 0 => return Some(until(at + 1)),
            _ => {}
        }
    }
    text.find("]>").map(|at| Skipped { length: at + 2, looked_at: text.len() })
}

/// The length of what begins with a bracket, and whether it is a tag: it has a name and an end
/// before the next bracket that is not in quotes.
fn tag_length(text: &str) -> (usize, bool) {
    let begins = |c: char| c.is_alphabetic() || c == '_';
    if !text.chars().nth(1).is_some_and(begins) {
        return (1, false);
    }
    let mut quote = None;
    let mut before = b' ';
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match (quote, byte) {
            (Some(open), byte) if byte == open => quote = None,
            (Some(_), _) => {}
            (None, b'"' | b'\'') if before == b'=' => quote = Some(byte),
            (None, b'>') => return (at + 1, true),
            (None, b'<') => return (at, false),
            _ => {}
        }
        if !byte.is_ascii_whitespace() {
            before = byte;
        }
    }
    (text.len(), false)
}

pub(super) fn name_of(inside: &str) -> &str {
    let ends = |c: char| c.is_whitespace() || matches!(c, '/' | '>');
    inside.split(ends).next().unwrap_or_default()
}

pub(super) fn local_of(name: &str) -> &str {
    name.split_once(':').map_or(name, |(_, local)| local)
}

/// Elements of HTML that never hold anything.
pub(super) fn is_void(name: &str) -> bool {
    ["br", "hr", "img", "wbr", "input"].iter().any(|void| void.eq_ignore_ascii_case(name))
}

fn is_item(name: &str) -> bool {
    name.eq_ignore_ascii_case("item") || name.eq_ignore_ascii_case("entry")
}

/// Elements of items that hold text, and that no HTML has inside.
fn is_field(name: &str) -> bool {
    const FIELDS: [&str; 11] = [
        "title",
        "link",
        "guid",
        "pubDate",
        "author",
        "category",
        "comments",
        "id",
        "updated",
        "published",
        "enclosure",
    ];
    FIELDS.iter().any(|field| field.eq_ignore_ascii_case(name))
}

/// The attributes of a tag, undecoded. Values may lack their quotes.
pub(super) fn attributes(inside: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut rest = inside.strip_prefix(name_of(inside)).unwrap_or_default();
    std::iter::from_fn(move || {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '/');
        if rest.is_empty() {
            return None;
        }
        let ends = |c: char| c.is_whitespace() || c == '=' || c == '/';
        let length = rest.find(ends).unwrap_or(rest.len());
        let (key, after) = rest.split_at(length);
        let Some(value) = after.trim_start().strip_prefix('=') else {
            // A lone sign of equality must not hold up the walk; it was taken with the key.
            rest = after;
            return Some((key, ""));
        };
        let value = value.trim_start();
        let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''));
        let (value, after) = match quote {
            Some(quote) => {
                let inner = value.get(1..).unwrap_or_default();
                inner.split_once(quote).unwrap_or((inner, ""))
            }
            None => value.split_at(value.find(char::is_whitespace).unwrap_or(value.len())),
        };
        rest = after;
        Some((key, value))
    })
}

impl<'t> Tree<'t> {
    fn node(&self, id: Id) -> Option<&Node> {
        self.nodes.get(usize::try_from(id).ok()?)
    }

    fn node_mut(&mut self, id: Id) -> Option<&mut Node> {
        self.nodes.get_mut(usize::try_from(id).ok()?)
    }

    fn part(&self, node: &Node) -> &'t str {
        let place = |at: u32| usize::try_from(at).unwrap_or(usize::MAX);
        self.text.get(place(node.start)..place(node.end)).unwrap_or_default()
    }

    /// The root.
    pub(super) fn root(&self) -> Option<Element<'_>> {
        let first = self.node(0)?.first;
        (first != 0).then_some(Element { tree: self, id: first })
    }
}

/// An element of a tree.
#[derive(Debug, Clone, Copy)]
pub(super) struct Element<'a> {
    tree: &'a Tree<'a>,
    id: Id,
}

/// What is in an element.
#[derive(Debug, Clone, Copy)]
pub(super) enum Step<'a> {
    /// An element begins.
    Start(Element<'a>),
    /// Text with references.
    Text(&'a str),
    /// Text as it is.
    Raw(&'a str),
    /// An element ends.
    End(Element<'a>),
}

impl<'a> Element<'a> {
    fn inside(self) -> &'a str {
        self.tree.node(self.id).map_or("", |node| self.tree.part(node))
    }

    /// The vocabulary.
    pub(super) fn space(self) -> Space {
        match self.tree.node(self.id).map(|node| node.kind) {
            Some(Kind::Element(space)) => space,
            _ => Space::Other,
        }
    }

    /// The name without prefix, as written.
    pub(super) fn name(self) -> &'a str {
        local_of(name_of(self.inside()))
    }

    /// Whether the element has a name, in whatever letters.
    pub(super) fn is(self, space: Space, name: &str) -> bool {
        self.space() == space && self.name().eq_ignore_ascii_case(name)
    }

    /// The value of an attribute with a name, whatever its prefix. Blank values are none.
    pub(super) fn attribute(self, name: &str) -> Option<Cow<'a, str>> {
        let inside = self.inside();
        let mut all = attributes(inside);
        let named = |key: &str| {
            key.eq_ignore_ascii_case(name)
                || (!key.starts_with("xmlns") && local_of(key).eq_ignore_ascii_case(name))
        };
        let (_, value) = all.find(|(key, value)| named(key) && !value.trim().is_empty())?;
        Some(decode(value))
    }

    /// All attributes, undecoded.
    pub(super) fn attributes(self) -> impl Iterator<Item = (&'a str, &'a str)> {
        attributes(self.inside())
    }

    /// The elements directly inside.
    pub(super) fn children(self) -> impl Iterator<Item = Self> {
        let tree = self.tree;
        let mut id = tree.node(self.id).map_or(0, |node| node.first);
        std::iter::from_fn(move || {
            while id != 0 {
                let node = tree.node(id)?;
                let found = Element { tree, id };
                id = node.next;
                if matches!(node.kind, Kind::Element(_)) {
                    return Some(found);
                }
            }
            None
        })
    }

    /// The first element directly inside that has a name.
    pub(super) fn child(self, space: Space, name: &str) -> Option<Self> {
        self.children().find(|child| child.is(space, name))
    }

    /// The element around this one.
    pub(super) fn parent(self) -> Option<Self> {
        let id = self.tree.node(self.id)?.parent;
        (id != 0).then_some(Element { tree: self.tree, id })
    }

    /// All that is inside, in order.
    pub(super) fn walk(self) -> impl Iterator<Item = Step<'a>> {
        let tree = self.tree;
        let first = tree.node(self.id).map_or(0, |node| node.first);
        let (mut at, mut is_end, mut is_done) = (first, false, first == 0);
        let root = self.id;
        std::iter::from_fn(move || {
            if is_done {
                return None;
            }
            let node = tree.node(at)?;
            let here = Element { tree, id: at };
            let step = match node.kind {
                Kind::Text => Step::Text(tree.part(node)),
                Kind::Raw => Step::Raw(tree.part(node)),
                Kind::Element(_) if is_end => Step::End(here),
                Kind::Element(_) => Step::Start(here),
            };
            if matches!(step, Step::Start(_)) {
                (at, is_end) = if node.first == 0 { (at, true) } else { (node.first, false) };
            } else if node.next != 0 {
                (at, is_end) = (node.next, false);
            } else if node.parent == root {
                is_done = true;
            } else {
                (at, is_end) = (node.parent, true);
            }
            Some(step)
        })
    }

    /// Whether there are elements inside.
    pub(super) fn has_elements(self) -> bool {
        self.children().next().is_some()
    }

    /// All text inside, decoded once.
    pub(super) fn text(self) -> String {
        let mut text = String::new();
        for step in self.walk() {
            match step {
                Step::Text(part) => text.push_str(&decode(part)),
                Step::Raw(part) => text.push_str(part),
                Step::Start(_) | Step::End(_) => {}
            }
        }
        text
    }

    /// All text inside, undecoded, if nothing of it is in a CDATA section.
    pub(super) fn undecoded(self) -> Option<&'a str> {
        let node = self.tree.node(self.id)?;
        let only = self.tree.node(node.first).filter(|only| node.first != 0 && only.next == 0)?;
        (only.kind == Kind::Text).then(|| self.tree.part(only))
    }

    /// Whether any element of the tree has an `xml:base`.
    pub(super) fn has_bases(self) -> bool {
        self.tree.has_bases
    }

    /// The values of an attribute of this element and those around it, the innermost first, as
    /// long as there is work left: the tags around may be long, and be asked often.
    pub(super) fn inherited(
        self,
        name: &str,
        work_left: &Cell<usize>,
    ) -> impl Iterator<Item = Cow<'a, str>> {
        let around = std::iter::successors(Some(self), |element| element.parent());
        let counted = around.take_while(|element| {
            let left = work_left.get().saturating_sub(element.inside().len() + 1);
            work_left.set(left);
            left > 0
        });
        counted.filter_map(move |element| {
            let mut all = element.attributes();
            let (_, value) = all.find(|(key, _)| key.eq_ignore_ascii_case(name))?;
            Some(decode(value))
        })
    }
}

#[cfg(test)]
mod tests;
