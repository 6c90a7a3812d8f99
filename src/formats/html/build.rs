//! Builds the tree from what the parser of html5ever says, and stops it in time.
//!
//! The parser's work grows with the square of what is open, and formatting that is left open is
//! repeated in each paragraph that follows. So it is fed small slices, and after each of them what
//! is open and what was made is counted.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::collections::HashSet;

use html5ever::interface::{ElemName, ElementFlags, NodeOrText, QuirksMode, TreeSink};
use html5ever::tendril::{StrTendril, TendrilSink};
use html5ever::tree_builder::{Tracer, TreeBuilderOpts};
use html5ever::{
    Attribute, LocalName, Namespace, ParseOpts, QualName, local_name, ns, parse_document,
};

use super::{Document, Id, Kind, Node, Tag};

/// How many bytes the parser is given at a time.
const SLICE: usize = 1024;

/// Most elements that may be open after a slice.
pub(super) const DEEPEST: usize = 512;

/// Most attributes that open elements may have, all together.
const MOST_OPEN_ATTRIBUTES: usize = 4_096;

/// Most nodes and attributes that are made, and nodes that are moved.
pub(super) const MOST: usize = 200_000;

/// Most places where an attribute could begin or end in one tag: each attribute of a tag is compared
/// with those before it.
const MOST_IN_A_TAG: usize = 8_192;

/// Reads a document, up to where it becomes too much.
pub(super) fn parse(text: &str) -> Document {
    let options = ParseOpts {
        tree_builder: TreeBuilderOpts { scripting_enabled: false, ..TreeBuilderOpts::default() },
        ..ParseOpts::default()
    };
    let mut parser = parse_document(Builder::new(), options);
    let mut rest = text;
    let mut in_a_tag = 0;
    let mut is_cut = false;
    while !rest.is_empty() && !is_cut {
        let (slice, after) = rest.split_at(rest.floor_char_boundary(SLICE));
        rest = after;
        parser.process(StrTendril::from_slice(slice));
        let tree = &parser.tokenizer.sink;
        let open = Open::default();
        tree.trace_handles(&open);
        in_a_tag = if tree.sink.was_told.take() { 0 } else { in_a_tag + separators(slice) };
        is_cut = tree.sink.size.get() > MOST || open.is_too_much(&tree.sink.nodes.borrow());
        if in_a_tag > MOST_IN_A_TAG {
            // Unless it is a comment, which shows when it is ended; then its rest is passed over.
            tree.sink.was_comment.set(false);
            parser.process(StrTendril::from_slice("-->"));
            let is_comment = parser.tokenizer.sink.sink.was_comment.get();
            match rest.split_once("-->").filter(|_| is_comment) {
                Some((_, after)) => rest = after,
                None => is_cut = true,
            }
        }
    }
    let mut nodes = parser.finish();
    remove_templates(&mut nodes);
    Document { nodes: nodes.0, is_cut }
}

fn separators(slice: &str) -> usize {
    let separates = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b'/' | b'=');
    slice.bytes().filter(separates).count()
}

/// The contents of templates are no part of the tree; the elements themselves are not either.
fn remove_templates(nodes: &mut Nodes) {
    let is_template = |node: &Node| match &node.kind {
        Kind::Element(tag) => tag.name.local == local_name!("template"),
        Kind::Text(_) | Kind::Other => false,
    };
    let templates: Vec<Id> =
        (0..).zip(&nodes.0).filter(|(_, node)| is_template(node)).map(|(id, _)| id).collect();
    for id in templates {
        nodes.unlink(id);
    }
}

/// The elements that the parser holds on to: those not closed, and formatting to be repeated.
#[derive(Default)]
struct Open(RefCell<HashSet<Id>>);

impl Tracer for Open {
    type Handle = Id;

    fn trace_handle(&self, node: &Id) {
        self.0.borrow_mut().insert(*node);
    }
}

impl Open {
    fn is_too_much(&self, nodes: &Nodes) -> bool {
        let open = self.0.borrow();
        let attributes = |id: &Id| match nodes.get(*id).map(|node| &node.kind) {
            Some(Kind::Element(tag)) => tag.attributes.len(),
            _ => 0,
        };
        open.len() > DEEPEST || open.iter().map(attributes).sum::<usize>() > MOST_OPEN_ATTRIBUTES
    }
}

/// The nodes of a tree, each linked with those around it.
pub(super) struct Nodes(Vec<Node>);

impl Nodes {
    fn get(&self, id: Id) -> Option<&Node> {
        self.0.get(usize::try_from(id).ok()?)
    }

    fn get_mut(&mut self, id: Id) -> Option<&mut Node> {
        self.0.get_mut(usize::try_from(id).ok()?)
    }

    fn push(&mut self, kind: Kind) -> Id {
        let id = Id::try_from(self.0.len()).unwrap_or(Id::MAX);
        self.0.push(Node { kind, ..Node::default() });
        id
    }

    fn edit(&mut self, id: Option<Id>, change: impl FnOnce(&mut Node)) {
        if let Some(node) = id.and_then(|id| self.get_mut(id)) {
            change(node);
        }
    }

    fn unlink(&mut self, id: Id) {
        let Some(node) = self.get_mut(id) else { return };
        let (parent, previous, next) = (node.parent.take(), node.previous.take(), node.next.take());
        self.edit(previous, |node| node.next = next);
        self.edit(next, |node| node.previous = previous);
        self.edit(parent, |node| {
            if previous.is_none() {
                node.first = next;
            }
            if next.is_none() {
                node.last = previous;
            }
        });
    }

    /// Puts a node between two children of `parent` that stand side by side.
    fn link(&mut self, id: Id, parent: Id, (previous, next): (Option<Id>, Option<Id>)) {
        self.edit(Some(id), |node| {
            (node.parent, node.previous, node.next) = (Some(parent), previous, next);
        });
        self.edit(previous, |node| node.next = Some(id));
        self.edit(next, |node| node.previous = Some(id));
        self.edit(Some(parent), |node| {
            if previous.is_none() {
                node.first = Some(id);
            }
            if next.is_none() {
                node.last = Some(id);
            }
        });
    }

    fn last(&self, parent: Id) -> Option<Id> {
        self.get(parent)?.last
    }
}

/// Takes down what the parser says.
struct Builder {
    nodes: RefCell<Nodes>,
    /// Nodes and attributes made, and nodes moved.
    size: Cell<usize>,
    /// Whether the parser said or asked anything since this was last looked at.
    was_told: Cell<bool>,
    /// Whether there was a comment since this was last looked at.
    was_comment: Cell<bool>,
}

impl Builder {
    fn new() -> Self {
        let document = Node::default();
        Self {
            nodes: RefCell::new(Nodes(vec![document])),
            size: Cell::new(0),
            was_told: Cell::new(false),
            was_comment: Cell::new(false),
        }
    }

    fn make(&self, kind: Kind, size: usize) -> Id {
        self.was_told.set(true);
        self.size.set(self.size.get() + size);
        self.nodes.borrow_mut().push(kind)
    }

    /// Puts a node or a text between two children of `parent` that stand side by side.
    fn insert(&self, new: NodeOrText<Id>, parent: Id, (previous, next): (Option<Id>, Option<Id>)) {
        self.was_told.set(true);
        let id = match new {
            NodeOrText::AppendNode(id) => id,
            NodeOrText::AppendText(text) => {
                let mut nodes = self.nodes.borrow_mut();
                if let Some(Node { kind: Kind::Text(before), .. }) =
                    previous.and_then(|id| nodes.get_mut(id))
                {
                    before.push_str(&text);
                    return;
                }
                drop(nodes);
                self.make(Kind::Text(String::from(text)), 1)
            }
        };
        let mut nodes = self.nodes.borrow_mut();
        // Comments stay outside of the tree.
        if nodes.get(id).is_some_and(|node| !matches!(node.kind, Kind::Other)) {
            nodes.link(id, parent, (previous, next));
        }
    }

    fn parent(&self, id: Id) -> Option<Id> {
        self.nodes.borrow().get(id)?.parent
    }
}

/// An element's name, apart from the tree so that the tree can be changed meanwhile.
#[derive(Debug)]
struct Name(Namespace, LocalName);

impl ElemName for Name {
    fn ns(&self) -> &Namespace {
        &self.0
    }

    fn local_name(&self) -> &LocalName {
        &self.1
    }
}

impl TreeSink for Builder {
    type Handle = Id;
    type Output = Nodes;
    type ElemName<'a> = Name;

    fn finish(self) -> Nodes {
        self.nodes.into_inner()
    }

    /// Errors do not count as told: they also come in the middle of a tag.
    fn parse_error(&self, _: Cow<'static, str>) {}

    fn get_document(&self) -> Id {
        0
    }

    fn elem_name(&self, target: &Id) -> Name {
        self.was_told.set(true);
        match self.nodes.borrow().get(*target).map(|node| &node.kind) {
            Some(Kind::Element(tag)) => Name(tag.name.ns.clone(), tag.name.local.clone()),
            _ => Name(ns!(), local_name!("")),
        }
    }

    fn create_element(&self, name: QualName, attrs: Vec<Attribute>, flags: ElementFlags) -> Id {
        let size = 1 + attrs.len();
        let holds_html = flags.mathml_annotation_xml_integration_point;
        self.make(Kind::Element(Tag { name, attributes: attrs, holds_html }), size)
    }

    fn create_comment(&self, _: StrTendril) -> Id {
        self.was_comment.set(true);
        self.make(Kind::Other, 1)
    }

    fn create_pi(&self, _: StrTendril, _: StrTendril) -> Id {
        self.make(Kind::Other, 1)
    }

    fn append(&self, parent: &Id, child: NodeOrText<Id>) {
        if let NodeOrText::AppendNode(id) = child {
            self.remove_from_parent(&id);
        }
        let last = self.nodes.borrow().last(*parent);
        self.insert(child, *parent, (last, None));
    }

    fn append_based_on_parent_node(&self, element: &Id, previous: &Id, child: NodeOrText<Id>) {
        if self.parent(*element).is_some() {
            self.append_before_sibling(element, child);
        } else {
            self.append(previous, child);
        }
    }

    fn append_doctype_to_document(&self, _: StrTendril, _: StrTendril, _: StrTendril) {}

    /// Templates are removed with all they hold when the tree is complete.
    fn get_template_contents(&self, target: &Id) -> Id {
        *target
    }

    fn same_node(&self, x: &Id, y: &Id) -> bool {
        x == y
    }

    fn set_quirks_mode(&self, _: QuirksMode) {}

    fn append_before_sibling(&self, sibling: &Id, new: NodeOrText<Id>) {
        if let NodeOrText::AppendNode(id) = new {
            self.remove_from_parent(&id);
        }
        let nodes = self.nodes.borrow();
        let Some(node) = nodes.get(*sibling) else { return };
        let (parent, previous) = (node.parent, node.previous);
        drop(nodes);
        if let Some(parent) = parent {
            self.insert(new, parent, (previous, Some(*sibling)));
        }
    }

    fn add_attrs_if_missing(&self, target: &Id, attrs: Vec<Attribute>) {
        self.was_told.set(true);
        self.size.set(self.size.get() + attrs.len());
        let mut nodes = self.nodes.borrow_mut();
        if let Some(Node { kind: Kind::Element(tag), .. }) = nodes.get_mut(*target) {
            let there: HashSet<QualName> = tag.attributes.iter().map(|a| a.name.clone()).collect();
            tag.attributes.extend(attrs.into_iter().filter(|a| !there.contains(&a.name)));
        }
    }

    fn remove_from_parent(&self, target: &Id) {
        self.was_told.set(true);
        self.nodes.borrow_mut().unlink(*target);
    }

    fn reparent_children(&self, node: &Id, new_parent: &Id) {
        let mut nodes = self.nodes.borrow_mut();
        let mut moved = 0;
        while let Some(child) = nodes.get(*node).and_then(|node| node.first) {
            nodes.unlink(child);
            let last = nodes.last(*new_parent);
            nodes.link(child, *new_parent, (last, None));
            moved += 1;
        }
        self.size.set(self.size.get() + moved);
    }

    fn is_mathml_annotation_xml_integration_point(&self, target: &Id) -> bool {
        match self.nodes.borrow().get(*target).map(|node| &node.kind) {
            Some(Kind::Element(tag)) => tag.holds_html,
            _ => false,
        }
    }
}
