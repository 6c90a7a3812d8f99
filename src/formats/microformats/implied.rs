//! What an item says without saying it: its name, picture and address where a simple element tells
//! them. Spec: microformats2 parsing, parsing for implied properties.

use crate::formats::html::Element;

use super::Plain;
use super::names::is_root;
use super::reader::{Pictures, Reader};
use super::values::image;

/// The name: what describes the element or the only one in it, or else all its text.
pub(super) fn name(reader: &Reader, root: Element<'_>) -> String {
    let described = |element| {
        reader
            .attribute(element, &["img", "area"], "alt")
            .or_else(|| reader.attribute(element, &["abbr"], "title"))
    };
    let inner = |element| described(element).filter(|text| !text.is_empty());
    let child = lone(root);
    let name = described(root)
        .or_else(|| inner(child?))
        .or_else(|| inner(lone(child?)?))
        .unwrap_or_else(|| reader.text(root, Pictures::Described));
    name.trim().to_owned()
}

/// The picture: the element itself or the only one in it.
pub(super) fn photo(reader: &Reader, root: Element<'_>) -> Option<Plain> {
    let object = |element: Element<'_>| {
        let data = reader.attribute(element, &["object"], "data")?;
        Some(Plain::Text(reader.absolute(&data)))
    };
    let picture = |element: Element<'_>| match element.name() {
        "img" => image(reader, element),
        _ => object(element),
    };
    let inside = |root| {
        let found = |name| only_of_type(root, name).and_then(picture);
        found("img").or_else(|| found("object"))
    };
    picture(root).or_else(|| inside(root)).or_else(|| inside(lone(root)?))
}

/// The address: where the element itself or the only link in it leads.
pub(super) fn url(reader: &Reader, root: Element<'_>) -> Option<String> {
    let link = |element| reader.attribute(element, &["a", "area"], "href");
    let inside = |root| {
        let found = |name| only_of_type(root, name).and_then(link);
        found("a").or_else(|| found("area"))
    };
    let written = link(root).or_else(|| inside(root)).or_else(|| inside(lone(root)?))?;
    Some(reader.absolute(&written))
}

fn is_item(element: Element<'_>) -> bool {
    element.classes().any(is_root)
}

/// The only element directly inside, unless it is an item.
fn lone(element: Element<'_>) -> Option<Element<'_>> {
    element.only_child().filter(|child| !is_item(*child))
}

/// The only element of that name directly inside, unless it is an item.
fn only_of_type<'a>(element: Element<'a>, name: &str) -> Option<Element<'a>> {
    let mut children = element.children().filter(|child| child.name() == name);
    let first = children.next().filter(|child| !is_item(*child));
    first.filter(|_| children.next().is_none())
}
