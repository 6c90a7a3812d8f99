//! The properties of front matter that are more than a word: pages, people, media, places, events.

use std::ops::Range;

use url::Url;

use super::front_matter::{DATE_HINT, Rules};
use crate::model::{
    Cite, Event, Item, MediaItem, Person, PersonTag, Place, Relation, Review, When, parse_duration,
    parse_when,
};
use crate::tree::{Node, Table};

/// Checked web addresses of other sites.
pub(super) fn web_addresses(top: &mut Table<'_, '_>, key: &'static str) -> Vec<String> {
    let found = top.texts(key);
    found.into_iter().filter_map(|(text, span)| target(top, key, &text, &span, false)).collect()
}

/// A web address, or a path of this site where that makes sense.
fn target(
    top: &Table<'_, '_>,
    key: &str,
    text: &str,
    span: &Range<usize>,
    own: bool,
) -> Option<String> {
    let text = text.trim().to_owned();
    let web = Url::parse(&text)
        .is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    if web || (own && text.starts_with('/') && !text.starts_with("//")) {
        return Some(text);
    }
    let hint = if own {
        "write it whole, https://…, or a path of your own site, /notes/…/"
    } else {
        "write it whole: https://…"
    };
    top.reading.error_with_hint(
        span.clone(),
        format!("`{key}` should be the address of a page, found \"{text}\""),
        hint,
    );
    None
}

pub(super) fn contexts(top: &mut Table<'_, '_>) -> Vec<(Relation, Cite)> {
    let mut contexts = Vec::new();
    for (relation, key, ..) in Relation::ALL {
        for node in top.list(key) {
            if let Some(cite) = cite(top, key, node) {
                contexts.push((relation, cite));
            }
        }
    }
    contexts
}

fn cite(top: &Table<'_, '_>, key: &'static str, node: Node) -> Option<Cite> {
    let span = node.span.clone();
    if let Some(text) = node.as_text() {
        let url = target(top, key, &text, &span, true)?;
        return Some(Cite { url, ..Cite::default() });
    }
    let mut table = Table::new(top.reading, key, node);
    let name = table.text("name");
    let content = table.text("content");
    let published = table.text("published");
    let author = table.take("author").and_then(|node| person(&table, "author", node));
    let url = table.spanned_text("url");
    let reading = table.reading;
    table.finish();
    let Some((url, span)) = url else {
        reading.error_with_hint(
            span,
            format!("`{key}` needs a `url`"),
            "write url = \"https://…\"",
        );
        return None;
    };
    let url = target(top, key, &url, &span, true)?;
    Some(Cite { url, name, author, content, published })
}

fn person(parent: &Table<'_, '_>, key: &str, node: Node) -> Option<Person> {
    if let Some(name) = node.as_text() {
        let url = name.starts_with("http").then(|| name.clone());
        return Some(Person { name, url, ..Person::default() });
    }
    let mut table = Table::new(parent.reading, &parent.path(key), node);
    let url = table.text("url");
    let person = Person {
        name: table.text("name").or_else(|| url.clone()).unwrap_or_default(),
        url,
        photo: table.text("photo"),
        nickname: None,
    };
    table.finish();
    Some(person)
}

pub(super) fn people(top: &mut Table<'_, '_>) -> Vec<PersonTag> {
    let nodes = top.list("people");
    nodes
        .into_iter()
        .filter_map(|node| match node.as_text() {
            Some(text) if text.starts_with("http") => {
                let name = text.clone();
                Some(PersonTag::Person(Person { name, url: Some(text), ..Person::default() }))
            }
            Some(text) => Some(PersonTag::Nickname(text.trim_start_matches('@').to_owned())),
            None => person(top, "people", node).map(PersonTag::Person),
        })
        .collect()
}

pub(super) fn media(top: &mut Table<'_, '_>, key: &'static str) -> Vec<MediaItem> {
    let nodes = top.list(key);
    nodes.into_iter().filter_map(|node| media_item(top, key, node)).collect()
}

fn media_item(parent: &Table<'_, '_>, key: &str, node: Node) -> Option<MediaItem> {
    let span = node.span.clone();
    if let Some(src) = node.as_text() {
        return Some(MediaItem { src, alt: None, poster: None, captions: None, span });
    }
    let mut table = Table::new(parent.reading, &parent.path(key), node);
    // Micropub and mf2 say `value`, people say `src` or `url`.
    let src = table.text("src").or_else(|| table.text("url")).or_else(|| table.text("value"));
    let item = MediaItem {
        src: src.clone().unwrap_or_default(),
        alt: table.text("alt"),
        poster: table.text("poster"),
        captions: table.text("captions"),
        span: span.clone(),
    };
    let reading = table.reading;
    table.finish();
    if src.is_none() {
        reading.error_with_hint(
            span,
            format!("`{key}` needs a `src`"),
            format!(
                "write {key} = \"file.jpg\", or {{ src = \"file.jpg\", alt = \"what it shows\" }}"
            ),
        );
        return None;
    }
    Some(item)
}

pub(super) fn place(top: &mut Table<'_, '_>, key: &'static str) -> Option<Place> {
    let node = top.take(key)?;
    if let Some(name) = node.as_text() {
        return Some(Place { name: Some(name), ..Place::default() });
    }
    let mut table = Table::new(top.reading, key, node);
    let place = Place {
        name: table.text("name"),
        url: table.text("url"),
        street_address: table.text("street-address"),
        locality: table.text("locality"),
        region: table.text("region"),
        country_name: table.text("country-name"),
        latitude: degrees(&mut table, "latitude", 90.0),
        longitude: degrees(&mut table, "longitude", 180.0),
    };
    table.finish();
    Some(place)
}

fn degrees(table: &mut Table<'_, '_>, key: &'static str, limit: f64) -> Option<f64> {
    let place = table.place_of(key);
    let number = table.number(key)?;
    if number.abs() <= limit {
        return Some(number);
    }
    table.reading.error_with_hint(
        place,
        format!("`{key}` should be between -{limit} and {limit}, found {number}"),
        "places are given in degrees: latitude = 41.15, longitude = -8.61",
    );
    None
}

pub(super) fn event(top: &mut Table<'_, '_>, rules: &Rules<'_>) -> Option<Event> {
    let end_place = top.place_of("end");
    let start = when(top, "start", rules);
    let end = when(top, "end", rules);
    let duration = top.spanned_text("duration");
    let Some(start) = start else {
        if end.is_some() {
            top.reading.error_with_hint(
                end_place,
                "`end` is given without `start`",
                "say when the event begins: start = 2024-06-01T20:00:00Z",
            );
        }
        return None;
    };
    if end.as_ref().is_some_and(|end| before(end, &start)) {
        top.reading.error_with_hint(
            end_place,
            "this event ends before it starts",
            "look at `start`, `end` and their offsets from UTC",
        );
    }
    let Some((text, span)) = duration else { return Some(Event { start, end, duration: None }) };
    let Some(length) = parse_duration(&text) else {
        top.reading.error_with_hint(
            span,
            format!("`duration` should be a length of time, found \"{text}\""),
            "write \"2h\", \"90m\", \"3d\" or \"PT2H\"",
        );
        return Some(Event { start, end, duration: None });
    };
    let reckoned = match &start {
        When::At(moment) => moment.checked_add(length).ok().map(When::At),
        When::Day(date) => date.checked_add(length).ok().map(When::Day),
    };
    Some(Event { start, end: end.or(reckoned), duration: Some(length.to_string()) })
}

fn before(end: &When, start: &When) -> bool {
    match (end, start) {
        (When::At(end), When::At(start)) => end.timestamp() < start.timestamp(),
        _ => end.date() < start.date(),
    }
}

fn when(top: &mut Table<'_, '_>, key: &'static str, rules: &Rules<'_>) -> Option<When> {
    let (text, span) = top.spanned_text(key)?;
    let when = parse_when(&text, rules.zone);
    if when.is_none() {
        top.reading.error_with_hint(
            span,
            format!("`{key}` should be a date, found \"{text}\""),
            DATE_HINT,
        );
    }
    when
}

pub(super) fn review(top: &mut Table<'_, '_>) -> Option<Review> {
    let rating_place = top.place_of("rating");
    let rating = top.number("rating");
    let best = top.number("best").unwrap_or(5.0);
    let Some(node) = top.take("item") else {
        if rating.is_some() {
            top.reading.error_with_hint(
                rating_place,
                "a rating needs the thing that it rates",
                "write item = { name = \"…\", url = \"https://…\" }",
            );
        }
        return None;
    };
    if rating.is_some_and(|rating| !(0.0..=best).contains(&rating)) {
        top.reading.error_with_hint(
            rating_place,
            format!("`rating` should be between 0 and {best}"),
            "a scale of its own is given with `best`: best = 10",
        );
    }
    let item = if let Some(name) = node.as_text() {
        Item { name, url: None, photo: None }
    } else {
        let span = node.span.clone();
        let mut table = Table::new(top.reading, "item", node);
        let url = table.text("url");
        let name = table.text("name").or_else(|| url.clone());
        let photo = table.take("photo").and_then(|node| media_item(&table, "photo", node));
        let reading = table.reading;
        table.finish();
        let Some(name) = name else {
            reading.error_with_hint(span, "`item` needs a `name`", "write item = { name = \"…\" }");
            return None;
        };
        Item { name, url, photo }
    };
    Some(Review { item, rating, best })
}
