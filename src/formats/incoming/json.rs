//! JSON Feed 1.0 and 1.1 (FD-K-01 to FD-K-03). Broken JSON is not used in part. Values of a wrong
//! type count as absent, except for ids.

use std::borrow::Cow;

use serde_json::{Map, Value};
use url::Url;

use super::MOST_ITEMS;
use super::date;
use super::draft::{add_category, mime};
use super::model::{Content, Enclosure, Feed, Format, Item, Person};
use super::reading::{Reading, tag};
use super::refusal::Refusal;
use super::words::{Declared, line};

/// Most values. Each takes some hundred bytes at worst, an object as much as four others.
const MOST: usize = 300_000;

/// Digits of a number that may not fit: 64 bits hold all of 19.
const LONG: usize = 20;

/// What an object counts.
const OBJECT: usize = 4;

type Object = Map<String, Value>;

/// Parses JSON, unless it would become too large.
pub(super) fn parse(text: &str) -> Result<Value, Refusal> {
    if values(text) > MOST {
        return Err(Refusal::TooLarge);
    }
    let start =
        text.trim_start_matches(|c: char| c.is_whitespace() || c.is_control() || c == '\u{feff}');
    let cut = text.len() - start.len();
    let lines = || text.get(..cut).unwrap_or_default().matches('\n').count();
    let start = with_long_numbers_quoted(start);
    serde_json::from_str(&start).map_err(|error| match error.to_string() {
        message if message.contains("recursion") => Refusal::TooDeep,
        _ => Refusal::BrokenJson(error.line() + lines()),
    })
}

/// JSON whose whole numbers of more digits than any type holds are texts: ids keep all of them.
fn with_long_numbers_quoted(text: &str) -> Cow<'_, str> {
    let mut out = String::new();
    let (mut done, mut in_string, mut escaped) = (0, false, false);
    // Where the number begins that is being read, and whether it has digits alone.
    let mut number: Option<(usize, bool)> = None;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            _ => {}
        }
        let in_number = byte.is_ascii_digit() || matches!(byte, b'-' | b'+' | b'.' | b'e' | b'E');
        if in_number && !in_string {
            let is_digit = byte.is_ascii_digit() || byte == b'-' && number.is_none();
            let (start, is_whole) = number.unwrap_or((at, true));
            number = Some((start, is_whole && is_digit));
        } else if let Some((start, true)) = number.take()
            && at - start >= LONG
        {
            out.push_str(text.get(done..start).unwrap_or_default());
            out.push('"');
            out.push_str(text.get(start..at).unwrap_or_default());
            out.push('"');
            done = at;
        }
    }
    if done == 0 {
        return Cow::Borrowed(text);
    }
    out.push_str(text.get(done..).unwrap_or_default());
    Cow::Owned(out)
}

/// How many values a text of JSON may have: what is between commas and brackets outside of strings.
fn values(text: &str) -> usize {
    let (mut count, mut in_string, mut escaped) = (0, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b',' | b'[' if !in_string => count += 1,
            b'{' if !in_string => count += OBJECT,
            _ => {}
        }
    }
    count
}

/// Whether an object is a JSON Feed.
pub(super) fn is_feed(object: &Object) -> bool {
    let version = object.get("version").and_then(Value::as_str).unwrap_or_default();
    version.contains("jsonfeed.org") || object.get("items").is_some_and(Value::is_array)
}

/// Reads a feed.
pub(super) fn read(object: &Object, url: &Url) -> Feed {
    let mut reading = Reading::new(url);
    let mut feed = Feed { format: Format::JsonFeed, ..Feed::default() };
    feed.self_url = address(&reading, object, "feed_url");
    if let Some(own) = &feed.self_url {
        reading.set_base(own);
    }
    feed.title = text_line(object, "title");
    feed.description = text_line(object, "description");
    feed.home_url = address(&reading, object, "home_page_url");
    feed.next_url = address(&reading, object, "next_url")
        .filter(|next| next != url && Some(next) != feed.self_url.as_ref());
    feed.image = address(&reading, object, "icon").or_else(|| address(&reading, object, "favicon"));
    feed.language = text(object, "language").and_then(tag);
    feed.authors = people(&reading, object);
    feed.is_expired = object.get("expired") == Some(&Value::Bool(true));
    // Others are of protocols that nobody speaks here.
    let is_websub = |hub: &&Object| {
        text(hub, "type").is_none_or(|kind| kind.trim().eq_ignore_ascii_case("websub"))
    };
    let hubs = list(object, "hubs").filter_map(Value::as_object).filter(is_websub);
    feed.hubs = hubs.filter_map(|hub| address(&reading, hub, "url")).take(10).collect();
    for value in list(object, "items") {
        if feed.items.len() >= MOST_ITEMS {
            feed.is_cut = true;
            break;
        }
        match value.as_object().and_then(|object| item(&reading, object)) {
            Some(item) => feed.items.push(item),
            None => feed.skipped += 1,
        }
    }
    feed
}

/// Reads an item; without id it is none (FD-K-02).
fn item(reading: &Reading, object: &Object) -> Option<Item> {
    let id = match object.get("id")? {
        Value::String(id) => id.trim().to_owned(),
        Value::Number(id) => id.to_string(),
        _ => return None,
    };
    if id.is_empty() {
        return None;
    }
    let content = |name: &str, is_html: bool| made(reading, text(object, name)?, is_html);
    let mut item = Item {
        id: Some(id),
        link: address(reading, object, "url"),
        external_url: address(reading, object, "external_url"),
        title: text_line(object, "title"),
        content: content("content_html", true).or_else(|| content("content_text", false)),
        summary: content("summary", false),
        authors: people(reading, object),
        published: text(object, "date_published").and_then(date::parse),
        updated: text(object, "date_modified").and_then(date::parse),
        language: text(object, "language").and_then(tag),
        image: address(reading, object, "image")
            .or_else(|| address(reading, object, "banner_image")),
        ..Item::default()
    };
    if item.content.is_none() {
        item.content = item.summary.take();
    }
    for name in list(object, "tags").filter_map(Value::as_str) {
        if let Some(name) = line(name, Declared::Text) {
            add_category(&mut item.categories, name);
        }
    }
    for file in list(object, "attachments").filter_map(Value::as_object).take(100) {
        let Some(url) = address(reading, file, "url") else { continue };
        if item.enclosures.iter().any(|known| known.url == url) {
            continue;
        }
        item.enclosures.push(Enclosure {
            mime: mime(text(file, "mime_type"), &url),
            size: number(file, "size_in_bytes"),
            duration: number(file, "duration_in_seconds"),
            title: text_line(file, "title"),
            url,
        });
    }
    Some(item)
}

fn made(reading: &Reading, raw: &str, is_html: bool) -> Option<Content> {
    let is_blank = raw.trim().is_empty();
    (!is_blank).then(|| Content { raw: raw.to_owned(), is_html, base: reading.base_of_feed() })
}

/// `authors`, or else `author` of version 1.0.
fn people(reading: &Reading, object: &Object) -> Vec<Person> {
    let many = list(object, "authors");
    let one = object.get("author").into_iter();
    let read = |value: &Value| match value {
        Value::String(name) => {
            line(name, Declared::Text).map(|name| Person { name: Some(name), ..Person::default() })
        }
        Value::Object(author) => {
            let person = Person {
                name: text_line(author, "name"),
                email: None,
                url: address(reading, author, "url"),
                photo: address(reading, author, "avatar"),
            };
            (person != Person::default()).then_some(person)
        }
        _ => None,
    };
    let people: Vec<Person> = many.filter_map(read).take(50).collect();
    if people.is_empty() { one.filter_map(read).collect() } else { people }
}

fn text<'a>(object: &'a Object, name: &str) -> Option<&'a str> {
    object.get(name)?.as_str().filter(|text| !text.trim().is_empty())
}

fn text_line(object: &Object, name: &str) -> Option<String> {
    line(text(object, name)?, Declared::Text)
}

fn address(reading: &Reading, object: &Object, name: &str) -> Option<Url> {
    reading.address_of_feed(text(object, name)?)
}

fn number(object: &Object, name: &str) -> Option<u64> {
    let value = object.get(name)?;
    let whole = value.as_u64().filter(|number| *number > 0);
    // Lengths with a fraction lose it; so do those in quotes.
    let text = || value.as_f64().map(|number| number.to_string());
    let text = || text().or_else(|| value.as_str().map(str::to_owned));
    whole.or_else(|| text()?.split('.').next()?.parse().ok().filter(|number| *number > 0))
}

fn list<'a>(object: &'a Object, name: &str) -> impl Iterator<Item = &'a Value> {
    object.get(name).and_then(Value::as_array).into_iter().flatten()
}
