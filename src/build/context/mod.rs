//! What templates see (theme API version 1, `docs/theming.md`): values made from the model.

pub mod data;
pub mod entry;
pub mod list;
pub mod page;
pub mod responses;

use jiff::civil::Date;
use tera::Value;

use super::figures::Picture;
use crate::model::{Moment, Person, Place, When};
use crate::object;
use crate::text::markdown::Copies;
use crate::words::Words;

/// A calendar day, with a time if there is one.
pub fn date(words: &Words, date: Date, time: Option<String>, iso: String) -> Value {
    object! {
        iso: iso,
        text: words.date(date),
        time: time,
        day: i64::from(date.day()),
        month: words.month(date.month()),
        month_short: words.month_short(date.month()),
        year: i64::from(date.year()),
        weekday: words.weekday(date.weekday()),
    }
    .into()
}

/// A point in time.
pub fn moment(words: &Words, at: &Moment) -> Value {
    let iso = When::At(at.clone()).iso();
    // Who writes a day alone means no minute of it.
    let time = (at.time() != jiff::civil::Time::midnight()).then(|| words.time(at.time()));
    date(words, at.date(), time, iso)
}

/// A day or a point in time.
pub fn when(words: &Words, when: &When) -> Value {
    match when {
        When::Day(day) => date(words, *day, None, when.iso()),
        When::At(at) => moment(words, at),
    }
}

/// A picture.
pub fn image(picture: &Picture) -> Value {
    object! {
        src: picture.src.as_str(),
        alt: picture.alt.as_str(),
        width: picture.size.map(|(width, _)| u64::from(width)),
        height: picture.size.map(|(_, height)| u64::from(height)),
        copies: picture.copies.as_ref().map(copies),
    }
    .into()
}

/// The smaller copies of a picture.
fn copies(copies: &Copies) -> Value {
    let source = |(mime, srcset): &(&'static str, String)| -> Value {
        object! { type: *mime, srcset: srcset.as_str() }.into()
    };
    object! {
        sources: copies.sources.iter().map(source).collect::<Vec<_>>(),
        src: copies.src.as_str(),
        srcset: copies.srcset.as_deref(),
        sizes: copies.sizes.as_str(),
        class: copies.class.as_str(),
    }
    .into()
}

/// The host of an address.
pub fn host(address: &str) -> String {
    url::Url::parse(address)
        .ok()
        .and_then(|url| url.host_str().map(str::to_owned))
        .unwrap_or_default()
}

/// The first letter of a name, for people without a photo.
pub fn initial(name: &str) -> String {
    name.chars()
        .find(|c| c.is_alphanumeric())
        .map(|c| c.to_uppercase().to_string())
        .unwrap_or_default()
}

/// A person; `photo` is a resolved picture.
pub fn person(person: &Person, photo: Option<&Picture>) -> Value {
    let url = person.url.as_deref();
    object! {
        name: person.name.as_str(),
        url: url,
        photo: photo.map(image),
        host: url.map(host).unwrap_or_default(),
    }
    .into()
}

/// A place.
pub fn place(place: &Place) -> Value {
    object! {
        name: place.name.as_deref(),
        url: place.url.as_deref(),
        street_address: place.street_address.as_deref(),
        locality: place.locality.as_deref(),
        region: place.region.as_deref(),
        country_name: place.country_name.as_deref(),
        latitude: place.latitude,
        longitude: place.longitude,
        text: place.text(),
    }
    .into()
}

/// A link with a text.
pub fn link(href: &str, title: &str) -> Value {
    object! { href: href, title: title }.into()
}
