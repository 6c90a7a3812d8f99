//! HTML of other sites as a tree that can be walked in document order.
//!
//! Reading never fails and never takes more than a counted share of work: what is nested too deeply
//! or grows too large is cut off, and the tree says so. Comments and the contents of `<template>`
//! are left out; nothing is sanitised; what the elements mean is left to the readers of a format.
//! Spec: WHATWG HTML, parsing and serialising.

mod build;
mod serialize;

use html5ever::{Attribute, QualName};
use url::Url;

/// A place in [`Document::nodes`]; the first is the document itself.
type Id = u32;

/// An HTML document.
#[derive(Debug)]
pub struct Document {
    nodes: Vec<Node>,
    is_cut: bool,
}

#[derive(Debug, Default)]
struct Node {
    parent: Option<Id>,
    previous: Option<Id>,
    next: Option<Id>,
    first: Option<Id>,
    last: Option<Id>,
    kind: Kind,
}

#[derive(Debug, Default)]
enum Kind {
    Element(Tag),
    Text(String),
    /// The document, the root of a template's contents, or what is never part of the tree.
    #[default]
    Other,
}

#[derive(Debug)]
struct Tag {
    name: QualName,
    attributes: Vec<Attribute>,
    /// Whether it is a MathML `annotation-xml` that holds HTML.
    holds_html: bool,
}

impl Document {
    /// Reads a document. Any text is one.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        build::parse(text)
    }

    /// Whether the end of the document was left out because it was too large or nested too deeply.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        self.is_cut
    }

    /// Starts, texts and ends of all elements in the order of the document.
    #[must_use]
    pub fn walk(&self) -> Walk<'_> {
        Walk::inside(self, 0)
    }

    /// All elements in the order of the document.
    pub fn elements(&self) -> impl Iterator<Item = Element<'_>> {
        self.walk().filter_map(Step::start)
    }

    /// The address that relative addresses of the document start from: the first `<base href>`, if
    /// it is a web address, or else the page's own.
    #[must_use]
    pub fn base(&self, page: &Url) -> Url {
        let href = self.elements().filter(|e| e.name() == "base").find_map(|e| e.attribute("href"));
        let base = href.and_then(|href| page.join(href.trim()).ok());
        base.filter(|base| matches!(base.scheme(), "http" | "https"))
            .unwrap_or_else(|| page.clone())
    }

    /// What the page's `<meta http-equiv>` of a name say, as servers say it in a header.
    pub fn http_equiv(&self, name: &str) -> impl Iterator<Item = &str> {
        let metas = self.elements().filter(|element| element.name() == "meta");
        let named = metas.filter(move |meta| {
            meta.attribute("http-equiv")
                .is_some_and(|written| written.trim().eq_ignore_ascii_case(name))
        });
        named.map(|meta| meta.attribute("content").unwrap_or_default())
    }

    fn node(&self, id: Id) -> Option<&Node> {
        self.nodes.get(usize::try_from(id).ok()?)
    }

    fn element(&self, id: Id) -> Option<Element<'_>> {
        let node = self.node(id)?;
        match &node.kind {
            Kind::Element(tag) => Some(Element { document: self, id, node, tag }),
            Kind::Text(_) | Kind::Other => None,
        }
    }
}

/// An element of a [`Document`].
#[derive(Debug, Clone, Copy)]
pub struct Element<'a> {
    document: &'a Document,
    id: Id,
    node: &'a Node,
    tag: &'a Tag,
}

impl PartialEq for Element<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id && std::ptr::eq(self.document, other.document)
    }
}

impl Eq for Element<'_> {}

impl<'a> Element<'a> {
    /// Name of the tag, in lower case.
    #[must_use]
    pub fn name(self) -> &'a str {
        &self.tag.name.local
    }

    /// The value of an attribute.
    #[must_use]
    pub fn attribute(self, name: &str) -> Option<&'a str> {
        let found = self.tag.attributes.iter().find(|a| &*a.name.local == name);
        found.map(|attribute| &*attribute.value)
    }

    /// The classes, as written.
    pub fn classes(self) -> impl Iterator<Item = &'a str> {
        self.attribute("class").unwrap_or_default().split_ascii_whitespace()
    }

    /// Whether the element has a class; case matters.
    #[must_use]
    pub fn has_class(self, class: &str) -> bool {
        self.classes().any(|c| c == class)
    }

    /// Whether the element's `rel` has a relation; case does not matter.
    #[must_use]
    pub fn has_rel(self, relation: &str) -> bool {
        let mut words = self.attribute("rel").unwrap_or_default().split_ascii_whitespace();
        words.any(|word| word.eq_ignore_ascii_case(relation))
    }

    /// The element around this one.
    #[must_use]
    pub fn parent(self) -> Option<Self> {
        self.document.element(self.node.parent?)
    }

    /// The elements directly inside.
    pub fn children(self) -> impl Iterator<Item = Self> {
        let document = self.document;
        let next = move |id: &Id| document.node(*id).and_then(|node| node.next);
        std::iter::successors(self.node.first, next).filter_map(|id| document.element(id))
    }

    /// The only element directly inside, if there is exactly one.
    #[must_use]
    pub fn only_child(self) -> Option<Self> {
        let mut children = self.children();
        children.next().filter(|_| children.next().is_none())
    }

    /// Starts, texts and ends of all that is inside, in the order of the document.
    #[must_use]
    pub fn walk(self) -> Walk<'a> {
        Walk::inside(self.document, self.id)
    }

    /// The text inside, as written: that of scripts and styles is part of it.
    #[must_use]
    pub fn text(self) -> String {
        self.walk().filter_map(Step::text).collect()
    }

    /// What is inside as HTML.
    #[must_use]
    pub fn inner_html(self) -> String {
        self.inner_html_with(|_, _| None)
    }

    /// What is inside as HTML, with other values for some attributes: `change` is given name and
    /// value and says what to write instead.
    #[must_use]
    pub fn inner_html_with(self, change: impl FnMut(&str, &str) -> Option<String>) -> String {
        serialize::inner_html(self, change)
    }
}

/// What a walk comes by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step<'a> {
    /// An element begins.
    Start(Element<'a>),
    /// Text.
    Text(&'a str),
    /// An element ends.
    End(Element<'a>),
}

impl<'a> Step<'a> {
    /// The element that begins here.
    #[must_use]
    pub fn start(self) -> Option<Element<'a>> {
        match self {
            Step::Start(element) => Some(element),
            Step::Text(_) | Step::End(_) => None,
        }
    }

    /// The text that is here.
    #[must_use]
    pub fn text(self) -> Option<&'a str> {
        match self {
            Step::Text(text) => Some(text),
            Step::Start(_) | Step::End(_) => None,
        }
    }
}

/// Walks through a document or an element in the order of the document.
#[derive(Debug, Clone)]
pub struct Walk<'a> {
    document: &'a Document,
    root: Id,
    at: At,
}

#[derive(Debug, Clone, Copy)]
enum At {
    Start(Id),
    End(Id),
    Done,
}

impl<'a> Walk<'a> {
    fn inside(document: &'a Document, root: Id) -> Self {
        let first = document.node(root).and_then(|node| node.first);
        Self { document, root, at: first.map_or(At::Done, At::Start) }
    }

    /// Goes to the end of the element that began last, past all that is inside it.
    pub fn leave(&mut self, element: Element<'_>) {
        self.at = At::End(element.id);
    }

    /// What comes after a node and all that is inside it.
    fn after(&self, node: &Node) -> At {
        match (node.next, node.parent) {
            (Some(next), _) => At::Start(next),
            (None, Some(parent)) if parent != self.root => At::End(parent),
            (None, _) => At::Done,
        }
    }
}

impl<'a> Iterator for Walk<'a> {
    type Item = Step<'a>;

    fn next(&mut self) -> Option<Step<'a>> {
        loop {
            let (id, starts) = match self.at {
                At::Start(id) => (id, true),
                At::End(id) => (id, false),
                At::Done => return None,
            };
            let node = self.document.node(id)?;
            self.at = match node.first {
                Some(first) if starts => At::Start(first),
                None if starts && matches!(node.kind, Kind::Element(_)) => At::End(id),
                _ => self.after(node),
            };
            match (&node.kind, self.document.element(id)) {
                (Kind::Text(text), _) => return Some(Step::Text(text)),
                (_, Some(element)) if starts => return Some(Step::Start(element)),
                (_, Some(element)) => return Some(Step::End(element)),
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests;
