//! The values of properties, as `p-`, `u-`, `dt-` and `e-` read them from their element.
//! Spec: microformats2 parsing, parsing properties; value class pattern.

use crate::formats::html::{Element, Step};

use super::Plain;
use super::date;
use super::names::{Prefix, is_root, property};
use super::reader::{Pictures, Reader};

/// Reads the values of an item.
#[derive(Clone, Copy)]
pub(super) struct Values<'a> {
    pub(super) reader: &'a Reader,
    /// Whether the item is of a format before microformats2.
    pub(super) is_classic: bool,
}

impl Values<'_> {
    /// The value of an element that is a property. Dates without a day are on the `day` that was
    /// read last in the same item.
    pub(super) fn value(
        self,
        element: Element<'_>,
        prefix: Prefix,
        day: &mut Option<String>,
    ) -> Plain {
        match prefix {
            Prefix::Text => Plain::Text(self.text(element)),
            Prefix::Url => self.url(element),
            Prefix::Date => Plain::Text(self.date(element, day)),
            Prefix::Html => Plain::Html {
                html: self.reader.html(element),
                value: self.reader.text(element, Pictures::DescribedOrNamed),
            },
        }
    }

    fn text(self, element: Element<'_>) -> String {
        let reader = self.reader;
        let of_class = || self.parts(element, false).map(|parts| parts.concat());
        of_class()
            .or_else(|| reader.attribute(element, &["abbr", "link"], "title"))
            .or_else(|| reader.attribute(element, &["data", "input"], "value"))
            .or_else(|| reader.attribute(element, &["img", "area"], "alt"))
            .unwrap_or_else(|| reader.text(element, Pictures::DescribedOrNamed))
    }

    fn url(self, element: Element<'_>) -> Plain {
        let reader = self.reader;
        let picture = (element.name() == "img").then(|| image(reader, element)).flatten();
        if let Some(image) = picture {
            return image;
        }
        let of_class = || self.parts(element, false).map(|parts| parts.concat());
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

    fn date(self, element: Element<'_>, day: &mut Option<String>) -> String {
        let reader = self.reader;
        let parts = self.parts(element, true).unwrap_or_default();
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
    /// any. Those inside of other properties and items belong to these; the older formats look only
    /// directly inside.
    fn parts(self, element: Element<'_>, of_date: bool) -> Option<Vec<String>> {
        let reader = self.reader;
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
                let title = inner.attribute("title").unwrap_or_default();
                if reader.spend(title.len()) {
                    parts.push(title.to_owned());
                }
            } else if !self.is_classic && !inner.classes().any(is_name) {
                continue;
            }
            walk.leave(inner);
        }
        (!parts.is_empty()).then_some(parts)
    }
}

fn is_name(class: &str) -> bool {
    is_root(class) || property(class).is_some()
}

/// A picture with its description, if it has a `src`.
pub(super) fn image(reader: &Reader, element: Element<'_>) -> Option<Plain> {
    let value = reader.absolute(element.attribute("src")?);
    Some(match reader.attribute(element, &["img"], "alt") {
        Some(alt) => Plain::Image { value, alt },
        None => Plain::Text(value),
    })
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
