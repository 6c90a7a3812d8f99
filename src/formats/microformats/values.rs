//! The values of properties, as `p-`, `u-`, `dt-` and `e-` read them from their element.
//! Spec: microformats2 parsing, parsing properties; value class pattern.

use crate::formats::html::{Element, Step};

use super::Plain;
use super::date;
use super::names::{Prefix, is_root, property};
use super::reader::{Pictures, Reader};

/// The value of an element that is a property. Dates without a day are on the `day` that was read
/// last in the same item.
pub(super) fn value(
    reader: &Reader,
    element: Element<'_>,
    prefix: Prefix,
    day: &mut Option<String>,
) -> Plain {
    match prefix {
        Prefix::Text => Plain::Text(text(reader, element)),
        Prefix::Url => url(reader, element),
        Prefix::Date => Plain::Text(date(reader, element, day)),
        Prefix::Html => Plain::Html {
            html: reader.html(element),
            value: reader.text(element, Pictures::DescribedOrNamed),
        },
    }
}

fn text(reader: &Reader, element: Element<'_>) -> String {
    let of_class = || parts(reader, element, false).map(|parts| parts.concat());
    of_class()
        .or_else(|| reader.attribute(element, &["abbr", "link"], "title"))
        .or_else(|| reader.attribute(element, &["data", "input"], "value"))
        .or_else(|| reader.attribute(element, &["img", "area"], "alt"))
        .unwrap_or_else(|| reader.text(element, Pictures::DescribedOrNamed))
}

fn url(reader: &Reader, element: Element<'_>) -> Plain {
    let picture = (element.name() == "img").then(|| image(reader, element)).flatten();
    if let Some(image) = picture {
        return image;
    }
    let of_class = || parts(reader, element, false).map(|parts| parts.concat());
    let written = reader
        .attribute(element, &["a", "area", "link"], "href")
        .or_else(|| reader.attribute(element, &["audio", "video", "source", "iframe"], "src"))
        .or_else(|| reader.attribute(element, &["video"], "poster"))
        .or_else(|| reader.attribute(element, &["object"], "data"))
        .or_else(of_class)
        .or_else(|| reader.attribute(element, &["abbr"], "title"))
        .or_else(|| reader.attribute(element, &["data", "input"], "value"))
        .unwrap_or_else(|| reader.text(element, Pictures::Dropped));
    Plain::Text(reader.absolute(&written))
}

/// A picture with its description, if it has a `src`.
pub(super) fn image(reader: &Reader, element: Element<'_>) -> Option<Plain> {
    let value = reader.absolute(element.attribute("src")?);
    Some(match reader.attribute(element, &["img"], "alt") {
        Some(alt) => Plain::Image { value, alt },
        None => Plain::Text(value),
    })
}

fn date(reader: &Reader, element: Element<'_>, day: &mut Option<String>) -> String {
    let parts = parts(reader, element, true).unwrap_or_default();
    if let Some(date) = date::join(&parts, day) {
        return date;
    }
    let written = reader
        .attribute(element, &["time", "ins", "del"], "datetime")
        .or_else(|| reader.attribute(element, &["abbr"], "title"))
        .or_else(|| reader.attribute(element, &["data", "input"], "value"))
        .unwrap_or_else(|| reader.text(element, Pictures::Dropped));
    date::complete(written, day)
}

/// The parts of a value that its element marks by the class `value` or `value-title`, if there are
/// any. Those inside of other properties and items belong to these.
fn parts(reader: &Reader, element: Element<'_>, of_date: bool) -> Option<Vec<String>> {
    let mut parts = Vec::new();
    let mut walk = element.walk();
    while let Some(step) = walk.next() {
        let Step::Start(inner) = step else { continue };
        let classes = inner.attribute("class").unwrap_or_default();
        if !reader.spend(1 + classes.len()) {
            break;
        }
        if inner.has_class("value") {
            parts.push(part(reader, inner, of_date));
        } else if inner.has_class("value-title") {
            parts.push(inner.attribute("title").unwrap_or_default().to_owned());
        } else if !inner.classes().any(|class| is_root(class) || property(class).is_some()) {
            continue;
        }
        walk.leave(inner);
    }
    (!parts.is_empty()).then_some(parts)
}

fn part(reader: &Reader, element: Element<'_>, of_date: bool) -> String {
    let is_picture = matches!(element.name(), "img" | "area");
    let datetime = || reader.attribute(element, &["time", "ins", "del"], "datetime");
    reader
        .attribute(element, &["img", "area"], "alt")
        .or_else(|| is_picture.then(String::new))
        .or_else(|| reader.attribute(element, &["data"], "value"))
        .or_else(|| reader.attribute(element, &["abbr"], "title"))
        .or_else(|| of_date.then(datetime).flatten())
        .unwrap_or_else(|| reader.text(element, Pictures::Dropped))
}
