//! Atom 1.0 and 0.3 (FD-X-01), also where RSS borrows from it. What Atom borrows from others is left
//! to [`super::extensions`].

use super::date;
use super::draft::{Draft, mime};
use super::extensions::{self, size};
use super::model::{Content, Enclosure, Feed, Format, Person};
use super::names::Space;
use super::reading::{Reading, is_own, person, trimmed};
use super::tree::Element;
use super::words::{Declared, has_tags, line};

/// Which Atom a root is of.
pub(super) fn format(root: Element<'_>) -> Format {
    let is_old = root.attribute("version").is_some_and(|version| version.trim() == "0.3")
        || root.attributes().any(|(_, value)| value.contains("purl.org/atom/ns"));
    if is_old { Format::Atom03 } else { Format::Atom1 }
}

/// Reads an element of a feed.
pub(super) fn feed(reading: &Reading, feed: &mut Feed, element: Element<'_>) {
    if !is_own(element) {
        extensions::feed(reading, feed, element);
        return;
    }
    match element.name().to_ascii_lowercase().as_str() {
        "title" => feed.title = title(element).or(feed.title.take()),
        "subtitle" | "tagline" => feed.description = title(element).or(feed.description.take()),
        "link" => link_of_feed(reading, feed, element),
        "author" => feed.authors.extend(author(reading, element)),
        "updated" | "modified" => {
            feed.updated = date::parse(&element.text()).or(feed.updated.take());
        }
        "logo" => feed.image = reading.held(element).or(feed.image.take()),
        "icon" => feed.image = feed.image.take().or_else(|| reading.held(element)),
        _ => {}
    }
}

/// Reads a link of a feed; channels of RSS have them too. Other elements are passed over.
pub(super) fn link_of_feed(reading: &Reading, feed: &mut Feed, element: Element<'_>) {
    if !element.name().eq_ignore_ascii_case("link") {
        return;
    }
    let Some(url) = reading.attribute(element, "href") else { return };
    for rel in rels(element) {
        let place = match rel.as_str() {
            "alternate" if is_page(element) => &mut feed.home_url,
            "self" => &mut feed.self_url,
            "next" | "prev-archive" => &mut feed.next_url,
            "hub" => {
                if !feed.hubs.contains(&url) && feed.hubs.len() < 10 {
                    feed.hubs.push(url.clone());
                }
                continue;
            }
            _ => continue,
        };
        place.get_or_insert_with(|| url.clone());
    }
}

/// The relations of a link. Those that the standard registers may be written as addresses.
fn rels(element: Element<'_>) -> Vec<String> {
    let written = element.attribute("rel").unwrap_or_default().to_ascii_lowercase();
    let words = written.split_ascii_whitespace();
    let mut rels: Vec<String> =
        words.map(|rel| rel.rsplit('/').next().unwrap_or_default().to_owned()).collect();
    if rels.is_empty() {
        rels.push("alternate".to_owned());
    }
    rels
}

/// Whether a link leads to a page for people.
fn is_page(element: Element<'_>) -> bool {
    let kind = element.attribute("type").unwrap_or_default().to_ascii_lowercase();
    kind.trim().is_empty() || kind.contains("html")
}

/// Reads an entry.
pub(super) fn entry(reading: &Reading, element: Element<'_>) -> Draft {
    let mut draft = Draft::default();
    draft.item.language = reading.language(element);
    for child in element.children() {
        if is_own(child) {
            field(reading, &mut draft, child);
        } else {
            extensions::item(reading, &mut draft, child);
        }
    }
    draft
}

/// Reads an element of an entry.
pub(super) fn field(reading: &Reading, draft: &mut Draft, element: Element<'_>) {
    match element.name().to_ascii_lowercase().as_str() {
        "title" => draft.title.offer(0, title(element)),
        "id" => draft.id.offer(0, trimmed(element)),
        "link" => link(reading, draft, element),
        "content" => {
            draft.content(0, content(reading, element));
            // Content elsewhere is its page.
            draft.link.offer(7, reading.attribute(element, "src"));
        }
        "summary" => draft.content(1, content(reading, element)),
        "author" => draft.author(0, author(reading, element)),
        "contributor" => draft.author(5, author(reading, element)),
        "published" | "issued" => draft.published.offer(0, date::parse(&element.text())),
        "created" => draft.published.offer(2, date::parse(&element.text())),
        "updated" | "modified" => draft.updated.offer(0, date::parse(&element.text())),
        "category" => {
            let label = element.attribute("label").or_else(|| element.attribute("term"));
            let text = label.map_or_else(|| element.text(), std::borrow::Cow::into_owned);
            draft.category(line(&text, Declared::Unknown));
        }
        "source" => {
            let authors = element.children().filter(|child| is_own(*child));
            for child in authors.filter(|child| child.name().eq_ignore_ascii_case("author")) {
                draft.author(3, author(reading, child));
            }
        }
        _ => {}
    }
}

fn link(reading: &Reading, draft: &mut Draft, element: Element<'_>) {
    // Some write the address inside, as RSS has it.
    let url = reading.attribute(element, "href").or_else(|| reading.held(element));
    let Some(url) = url else { return };
    for rel in rels(element) {
        match rel.as_str() {
            "alternate" => {
                let rank = if is_page(element) { 1 } else { 3 };
                draft.link.offer(rank, Some(url.clone()));
            }
            "enclosure" => draft.enclosure(Enclosure {
                mime: mime(element.attribute("type").as_deref(), &url),
                size: size(element, "length"),
                duration: None,
                title: element.attribute("title").and_then(|title| line(&title, Declared::Text)),
                url: url.clone(),
            }),
            "replies" if is_page(element) => draft.item.comments = Some(url.clone()),
            "related" => {
                draft.item.external_url.get_or_insert_with(|| url.clone());
            }
            "image" | "icon" | "preview" => draft.image.offer(2, Some(url.clone())),
            _ => {}
        }
    }
}

/// What the type and, in Atom 0.3, the mode say that a text is.
enum Form {
    Text,
    Html,
    /// Elements, not escaped.
    Elements,
    Base64,
    /// No text at all.
    Other,
    Unknown,
}

fn form(element: Element<'_>) -> Form {
    let kind = element.attribute("type").unwrap_or_default().trim().to_ascii_lowercase();
    let mode = element.attribute("mode").unwrap_or_default().trim().to_ascii_lowercase();
    match (mode.as_str(), kind.as_str()) {
        ("base64", _) => Form::Base64,
        _ if element.has_elements() => Form::Elements,
        (_, "html" | "text/html" | "xhtml" | "application/xhtml+xml") => Form::Html,
        ("escaped", "") => Form::Unknown,
        (_, "text" | "text/plain") => Form::Text,
        (_, "") => Form::Unknown,
        (_, kind) if kind.starts_with("text/") => Form::Text,
        _ => Form::Other,
    }
}

/// A line of plain text, by its type (FD-X-12).
pub(super) fn title(element: Element<'_>) -> Option<String> {
    match form(element) {
        Form::Text | Form::Elements => line(&element.text(), Declared::Text),
        Form::Html => line(&element.text(), Declared::Html),
        Form::Base64 => line(&base64(&element.text())?, Declared::Unknown),
        Form::Other | Form::Unknown => line(&element.text(), Declared::Unknown),
    }
}

/// A text, by its type (FD-X-13).
fn content(reading: &Reading, element: Element<'_>) -> Option<Content> {
    match form(element) {
        Form::Text => reading.made(element.text(), false, element),
        Form::Html => reading.made(element.text(), true, element),
        Form::Elements => reading.made(reading.inner_html(element), true, element),
        Form::Base64 => {
            let text = base64(&element.text())?;
            let is_html = has_tags(&text);
            reading.made(text, is_html, element)
        }
        Form::Unknown => {
            let text = element.text();
            let is_html = has_tags(&text);
            reading.made(text, is_html, element)
        }
        Form::Other => None,
    }
}

fn author(reading: &Reading, element: Element<'_>) -> Option<Person> {
    if !element.has_elements() {
        return person(&element.text());
    }
    let child = |name: &str| {
        let mut all = element.children();
        all.find(|child| child.name().eq_ignore_ascii_case(name) && is_own(*child))
    };
    let mut found = child("name").and_then(|name| person(&name.text())).unwrap_or_default();
    let address = child("uri").or_else(|| child("url")).or_else(|| child("homepage"));
    found.url = address.and_then(|address| reading.held(address));
    found.email = found.email.or_else(|| child("email").and_then(trimmed));
    let image = element.children().find(|child| child.is(Space::Media, "thumbnail"));
    found.photo = image.and_then(|image| reading.attribute(image, "url"));
    (found != Person::default()).then_some(found)
}

/// Text of base64. Bytes without meaning become U+FFFD.
fn base64(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut count) = (0_u32, 0);
    for byte in text.bytes().filter(|byte| !byte.is_ascii_whitespace() && *byte != b'=') {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        };
        bits = (bits << 6) | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from((bits >> count) & 0xff).unwrap_or_default());
        }
    }
    Some(String::from_utf8_lossy(&bytes).into_owned())
}
