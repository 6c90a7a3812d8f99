//! Walks through a page once and collects its items. Spec: microformats2 parsing, parsing a document.

use url::Url;

use crate::formats::html::{Document, Element, Step};

use super::classic::{self, Format};
use super::names::{self, Prefix, Property};
use super::reader::Reader;
use super::rels::Rels;
use super::values::Values;
use super::{Item, Parsed, Plain, Value, implied};

/// Items nested more deeply are left out.
pub(super) const DEEPEST: usize = 32;

/// What an item and a value take at least, beside their texts: about the bytes to keep them.
const ITEM: usize = 256;
const VALUE: usize = 64;

/// Reads the microformats of a page, with no more than so much work.
pub(super) fn parse(document: &Document, page: &Url, most_work: usize) -> Parsed {
    let reader = Reader::new(document.base(page), most_work);
    let rels = Rels::read(&reader, document);
    let mut parser = Parser { reader: &reader, open: Vec::new(), items: Vec::new() };
    let mut walk = document.walk();
    let mut is_cut = document.is_cut();
    while let Some(step) = walk.next() {
        match step {
            Step::Start(element) => {
                if !parser.start(element) {
                    is_cut = true;
                    walk.leave(element);
                }
            }
            Step::Text(_) => {}
            Step::End(element) => parser.end(element),
        }
    }
    Parsed { items: parser.items, rels, is_cut: is_cut || reader.is_spent() }
}

struct Parser<'a> {
    reader: &'a Reader,
    /// The items whose element is open, the outermost first.
    open: Vec<Open<'a>>,
    items: Vec<Item>,
}

/// An item whose element is open.
struct Open<'a> {
    root: Element<'a>,
    item: Item,
    /// The formats of an item that is not of microformats2.
    classic: Vec<&'static Format>,
    /// The properties of the item around this one that it is a value of.
    value_of: Vec<Property<'a>>,
    /// Whether there was a `p-` or an `e-`, a `u-`, an item inside: then less is implied.
    has_text: bool,
    has_url: bool,
    has_item: bool,
    /// The last day that was read.
    day: Option<String>,
    /// How large the item is, about: what it costs to repeat it.
    size: usize,
}

impl<'a> Parser<'a> {
    /// An element begins. False if it is to be left out: the root of an item too deep, or too much.
    fn start(&mut self, element: Element<'a>) -> bool {
        let written = |name| element.attribute(name).map_or(0, str::len);
        if !self.reader.spend(1 + written("class") + written("rel") + written("id")) {
            return false;
        }
        let value_of = self.properties(element);
        let mut types: Vec<String> =
            element.classes().filter(|class| names::is_root(class)).map(str::to_owned).collect();
        let mut classic = Vec::new();
        if types.is_empty() {
            let around = self.open.last().map_or(&[][..], |open| open.classic.as_slice());
            classic = classic::roots(element, around);
            types.extend(classic.iter().map(|format| format.kind.to_owned()));
        }
        if types.is_empty() {
            for property in value_of {
                self.add(element, property);
            }
            return true;
        }
        if self.open.len() == DEEPEST {
            return false;
        }
        types.sort_unstable();
        types.dedup();
        let id = element.attribute("id").filter(|id| !id.is_empty()).map(str::to_owned);
        let size = ITEM + written("class") + written("id");
        self.open.push(Open {
            root: element,
            item: Item { types, id, ..Item::default() },
            classic,
            value_of,
            has_text: false,
            has_url: false,
            has_item: false,
            day: None,
            size,
        });
        true
    }

    /// What an element is the value of, in the innermost item that is open.
    fn properties(&self, element: Element<'a>) -> Vec<Property<'a>> {
        match self.open.last() {
            None => Vec::new(),
            Some(open) if open.classic.is_empty() => {
                element.classes().filter_map(names::property).collect()
            }
            Some(open) => classic::properties(element, &open.classic),
        }
    }

    /// Adds the value of a property that is no item.
    fn add(&mut self, element: Element<'a>, property: Property<'a>) {
        let Some(open) = self.open.last_mut() else { return };
        let values = Values { reader: self.reader, is_classic: !open.classic.is_empty() };
        let value = values.value(element, property.prefix, &mut open.day);
        let size = value.text().len() + property.name.len();
        if self.reader.spend(open.item.properties.len()) {
            open.add(property, Value::Plain(value), size);
        }
    }

    fn end(&mut self, element: Element<'a>) {
        if let Some(open) = self.open.pop_if(|open| open.root == element) {
            self.finish(open);
        }
    }

    /// Hands a complete item to the one around it.
    fn finish(&mut self, mut open: Open<'a>) {
        if open.classic.is_empty() {
            open.imply(self.reader);
        }
        let Some(around) = self.open.last_mut() else {
            self.items.push(open.item);
            return;
        };
        around.has_item = true;
        let values = Values { reader: self.reader, is_classic: !around.classic.is_empty() };
        let Open { root, item, value_of, size, .. } = open;
        if value_of.is_empty() {
            around.size += size;
            around.item.children.push(item);
            return;
        }
        for property in value_of {
            let plain = plain(&item, property.prefix);
            let plain =
                plain.unwrap_or_else(|| values.value(root, property.prefix, &mut around.day));
            let size = size + plain.text().len() + property.name.len();
            if !self.reader.spend(size + around.item.properties.len()) {
                break;
            }
            around.add(property, Value::Item(Box::new(item.clone()), plain), size);
        }
    }
}

impl Open<'_> {
    fn add(&mut self, property: Property<'_>, value: Value, size: usize) {
        match property.prefix {
            Prefix::Text | Prefix::Html => self.has_text = true,
            Prefix::Url => self.has_url = true,
            Prefix::Date => {}
        }
        self.size += VALUE + size;
        self.item.add(property.name, value);
    }

    /// Adds what the item says without saying it.
    fn imply(&mut self, reader: &Reader) {
        if self.has_item {
            return;
        }
        let lacks = |item: &Item, name| item.values(name).is_empty();
        let mut found = Vec::new();
        if !self.has_text && lacks(&self.item, "name") {
            found.push(("name", Plain::Text(implied::name(reader, self.root))));
        }
        if !self.has_url {
            let photo = implied::photo(reader, self.root).map(|photo| ("photo", photo));
            let url = implied::url(reader, self.root).map(|url| ("url", Plain::Text(url)));
            found.extend(photo.into_iter().chain(url));
        }
        for (name, value) in found {
            if lacks(&self.item, name) {
                self.size += VALUE + value.text().len();
                self.item.add(name, Value::Plain(value));
                self.item.implies_url |= name == "url";
            }
        }
    }
}

/// What to take for an item as value of a property: its name for a text, its address for an
/// address. None where the property's own value is.
fn plain(item: &Item, prefix: Prefix) -> Option<Plain> {
    let first = |name| item.values(name).first().map(Value::plain);
    match prefix {
        Prefix::Text => first("name").map(|name| Plain::Text(name.text().to_owned())),
        Prefix::Url => match first("url") {
            Some(Plain::Html { value, .. }) => Some(Plain::Text(value.clone())),
            url => url.cloned(),
        },
        Prefix::Date | Prefix::Html => None,
    }
}
