//! Images: attributes written behind them, figures with a caption, lazy loading.

use std::ops::Range;

use pulldown_cmark::{Event, LinkType, Tag, TagEnd};

use super::link::push_href;
use super::writer::Writer;
use super::{Copies, Image, ImageRef, problem};
use crate::text::html::push_text;

/// An image as it is to be written.
#[derive(Default)]
struct Picture {
    src: String,
    width: u32,
    height: u32,
    copies: Option<Copies>,
}

/// What stands in braces behind an image: `{.wide #boat width=300}`.
#[derive(Default, Debug, PartialEq)]
struct Attributes {
    id: Option<String>,
    classes: Vec<String>,
    others: Vec<(String, String)>,
}

impl Writer<'_> {
    /// Writes the paragraph that has just begun as a figure, if it is an image with a title and
    /// nothing else.
    pub(super) fn figure(&mut self) -> bool {
        if self.cx.style.plain {
            return false;
        }
        let events = self.events;
        let Some((Event::Start(tag @ Tag::Image { title, .. }), range)) = events.get(self.at)
        else {
            return false;
        };
        let Some(end) = self.end_of_image(self.at + 1).filter(|_| !title.is_empty()) else {
            return false;
        };
        let attributes_end =
            self.attributes_behind(end, range).map_or(range.end, |(_, length)| range.end + length);
        let rest = events
            .iter()
            .skip(end + 1)
            .find(|(event, range)| !matches!(event, Event::Text(_)) || range.end > attributes_end);
        if !matches!(rest, Some((Event::End(TagEnd::Paragraph), _))) {
            return false;
        }
        self.line();
        self.at += 1;
        self.image(tag, range, true);
        self.out.push('\n');
        if let Some(closing) = self.index_of_end(self.at, TagEnd::Paragraph) {
            self.at = closing + 1;
        }
        self.plain_line();
        true
    }

    /// Index of the event that ends the image whose content starts at an index.
    fn end_of_image(&self, from: usize) -> Option<usize> {
        let mut depth = 0usize;
        for (index, (event, _)) in self.events.iter().enumerate().skip(from) {
            match event {
                Event::Start(Tag::Image { .. }) => depth += 1,
                Event::End(TagEnd::Image) if depth == 0 => return Some(index),
                Event::End(TagEnd::Image) => depth -= 1,
                _ => {}
            }
        }
        None
    }

    /// The attributes behind an image that ends with an event, and their length.
    fn attributes_behind(&self, end: usize, range: &Range<usize>) -> Option<(Attributes, usize)> {
        let rest = self.cx.source.get(range.end..)?;
        let (attributes, length) = read_attributes(rest)?;
        // Behind an image that ends a heading the braces are the heading's and no text.
        let (Event::Text(_), text) = self.events.get(end + 1)? else { return None };
        if text.start != range.end {
            return None;
        }
        self.only_text_until(end + 1, range.end + length).then_some((attributes, length))
    }

    /// Writes an image whose start has just been passed, and passes its end.
    pub(super) fn image(&mut self, tag: &Tag<'_>, range: &Range<usize>, figure: bool) {
        let Tag::Image { link_type: kind, dest_url: target, title, .. } = tag else { return };
        let alt = match kind {
            // `![[boat.jpg]]` has no words, only the name of a file.
            LinkType::WikiLink { has_pothole: false } => String::new(),
            _ => self.text_ahead(self.at),
        };
        let end = self.end_of_image(self.at).unwrap_or(self.at);
        let mut attributes = Attributes::default();
        if !self.cx.style.plain {
            if let Some((found, length)) = self.attributes_behind(end, range) {
                attributes = found;
                self.skip_until = range.end + length;
            }
            if alt.trim().is_empty() {
                self.done.problems.push(problem::no_alt(range.clone()));
            }
        }
        self.at = end + 1;
        let picture = self.picture(target, &alt, range);
        if figure {
            self.out.push_str("<figure");
            self.write_class(&attributes.classes);
            self.out.push('>');
            attributes.classes.clear();
        }
        let title_attribute = if figure { "" } else { title };
        self.write_image(&picture, [&alt, title_attribute], &attributes, range);
        if figure {
            self.out.push_str("<figcaption>");
            push_text(&mut self.out, title);
            self.out.push_str("</figcaption></figure>");
            self.done.plain.push_str(title);
        }
    }

    fn picture(&mut self, target: &str, alt: &str, range: &Range<usize>) -> Picture {
        match self.resolve_image(target, range) {
            Image::Local { src, width, height } => {
                let copies = self.cx.resolver.copies(target).filter(|_| !self.cx.style.plain);
                self.done.images.push(ImageRef {
                    target: target.to_owned(),
                    src: src.clone(),
                    shown: copies.as_ref().map(|copies| copies.src.clone()),
                    alt: alt.to_owned(),
                });
                Picture { src, width, height, copies }
            }
            Image::As(src) => Picture { src, ..Picture::default() },
            Image::Missing { .. } => Picture { src: target.to_owned(), ..Picture::default() },
        }
    }

    /// Asks for an image and notes a problem if it is not there.
    pub(super) fn resolve_image(&mut self, target: &str, range: &Range<usize>) -> Image {
        if target.is_empty() {
            return Image::As(String::new());
        }
        let image = self.cx.resolver.image(target);
        if let Image::Missing { hint } = &image {
            self.done.problems.push(problem::missing_image(range.clone(), target, hint.clone()));
        }
        image
    }

    fn write_class(&mut self, classes: &[String]) {
        if !classes.is_empty() {
            self.attribute("class", &classes.join(" "));
        }
    }

    fn write_image(
        &mut self,
        picture: &Picture,
        [alt, title]: [&str; 2],
        more: &Attributes,
        range: &Range<usize>,
    ) {
        let sized = size(picture, more);
        let copies = picture.copies.as_ref();
        match copies {
            Some(copies) => self.write_copies(copies, &sizes(copies, more, sized.0.as_deref())),
            None => self.write_src(&picture.src),
        }
        self.attribute("alt", alt);
        if !title.is_empty() {
            self.attribute("title", title);
        }
        if !self.cx.style.plain {
            let (width, height) = sized;
            for (name, value) in [("width", width), ("height", height)] {
                if let Some(value) = value {
                    self.attribute(name, &value);
                }
            }
            if let Some(id) = &more.id {
                let id = self.chosen_id(id, range);
                self.attribute("id", &id);
            }
            let tint = copies.map(|copies| copies.class.clone()).filter(|class| !class.is_empty());
            let classes: Vec<String> = more.classes.iter().cloned().chain(tint).collect();
            self.write_class(&classes);
            for (name, value) in &more.others {
                if !matches!(name.as_str(), "width" | "height" | "sizes") {
                    self.attribute(name, value);
                }
            }
            // The first image is likely on the screen at once and should not wait for layout.
            if self.images > 0 && !more.others.iter().any(|(name, _)| name == "loading") {
                self.out.push_str(" loading=\"lazy\" decoding=\"async\"");
            }
        }
        self.images += 1;
        self.out.push_str(if copies.is_some() { "></picture>" } else { ">" });
    }

    fn write_src(&mut self, src: &str) {
        self.out.push_str("<img src=\"");
        push_href(&mut self.out, src);
        self.out.push('"');
    }

    /// Writes the copies to choose from, up to where the attributes of the image go on.
    fn write_copies(&mut self, copies: &Copies, sizes: &str) {
        self.out.push_str("<picture>");
        for (mime, srcset) in &copies.sources {
            self.out.push_str("<source");
            self.attribute("type", mime);
            self.attribute("srcset", srcset);
            self.attribute("sizes", sizes);
            self.out.push('>');
        }
        self.write_src(&copies.src);
        if let Some(srcset) = &copies.srcset {
            self.attribute("srcset", srcset);
            self.attribute("sizes", sizes);
        }
    }
}

/// How wide the page shows it: as the author says, else as the theme does.
fn sizes(copies: &Copies, more: &Attributes, width: Option<&str>) -> String {
    let given = |wanted: &str| more.others.iter().find(|(name, _)| name == wanted);
    if let Some((_, sizes)) = given("sizes") {
        return sizes.clone();
    }
    let own = given("width").or(given("height")).and(width);
    match own.filter(|width| width.chars().all(|c| c.is_ascii_digit())) {
        Some(width) => format!("{width}px"),
        None => copies.sizes.clone(),
    }
}

/// Width and height to write: those given, the other in proportion, else those of the file.
fn size(picture: &Picture, more: &Attributes) -> (Option<String>, Option<String>) {
    let given =
        |wanted: &str| more.others.iter().find(|(n, _)| n == wanted).map(|(_, v)| v.clone());
    let own = |n: u32| (n > 0).then(|| n.to_string());
    let scale = |given: &str, this: u32, other: u32| {
        let given: u64 = given.parse().ok()?;
        let scaled = given.checked_mul(u64::from(other))? + u64::from(this) / 2;
        scaled.checked_div(u64::from(this)).filter(|n| *n > 0).map(|n| n.to_string())
    };
    match (given("width"), given("height")) {
        (None, None) => (own(picture.width), own(picture.height)),
        (Some(width), None) => {
            let height = scale(&width, picture.width, picture.height);
            (Some(width), height)
        }
        (None, Some(height)) => (scale(&height, picture.height, picture.width), Some(height)),
        both => both,
    }
}

/// Reads attributes in braces at the start of a text, and their length.
fn read_attributes(text: &str) -> Option<(Attributes, usize)> {
    let body = text.strip_prefix('{')?;
    let length = body.find(['}', '\n'])?;
    let (inside, rest) = body.split_at(length);
    if !rest.starts_with('}') || inside.trim().is_empty() {
        return None;
    }
    let mut attributes = Attributes::default();
    for word in words_of(inside)? {
        if let Some(class) = word.strip_prefix('.') {
            attributes.classes.push(name(class)?);
        } else if let Some(id) = word.strip_prefix('#') {
            attributes.id = Some(name(id)?);
        } else {
            let (key, value) = word.split_once('=')?;
            let key = name(key)?.to_ascii_lowercase();
            // Styles and scripts have no place here, and these are written anyway.
            if key.starts_with("on") || matches!(key.as_str(), "style" | "src" | "alt" | "class") {
                return None;
            }
            attributes.others.push((key, value.to_owned()));
        }
    }
    Some((attributes, length + 2))
}

/// Splits at white space outside double quotes; the quotes go.
fn words_of(text: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quoted = false;
    for c in text.chars() {
        match c {
            '"' => quoted = !quoted,
            _ if c.is_whitespace() && !quoted => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
            }
            _ => word.push(c),
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    (!quoted).then_some(words)
}

fn name(text: &str) -> Option<String> {
    let fine = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | ':');
    (!text.is_empty() && text.chars().all(fine)).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_are_read() {
        let (found, length) = read_attributes("{.wide #boat width=300 title=\"A b\"} x").unwrap();
        assert_eq!(length, 35);
        assert_eq!(found.id.as_deref(), Some("boat"));
        assert_eq!(found.classes, ["wide"]);
        assert_eq!(
            found.others,
            [("width".to_owned(), "300".to_owned()), ("title".to_owned(), "A b".to_owned())]
        );
        for bad in
            ["{}", "{ }", "{a b}", "{.a", "{.a\n}", "{onclick=x}", "{style=\"x\"}", "{. }", "x"]
        {
            assert_eq!(read_attributes(bad), None, "{bad}");
        }
    }

    #[test]
    fn one_side_given_scales_the_other() {
        let picture = Picture { width: 1200, height: 800, ..Picture::default() };
        let with = |text: &str| size(&picture, &read_attributes(text).unwrap().0);
        assert_eq!(with("{width=300}"), (Some("300".into()), Some("200".into())));
        assert_eq!(with("{height=400}"), (Some("600".into()), Some("400".into())));
        assert_eq!(with("{width=50%}"), (Some("50%".into()), None));
        assert_eq!(with("{.x}"), (Some("1200".into()), Some("800".into())));
        let unknown = Picture::default();
        assert_eq!(size(&unknown, &Attributes::default()), (None, None));
    }
}
