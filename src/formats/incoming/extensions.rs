//! What feeds say in vocabularies beside their own: Dublin Core, Media RSS, podcasts, replies
//! (FD-X-11 to FD-X-17).

use url::Url;

use super::date;
use super::draft::{Draft, mime, seconds};
use super::model::{Enclosure, Feed, Person};
use super::names::Space;
use super::reading::{Reading, person, tag, trimmed, words};
use super::tree::Element;

/// Reads an element of an item that is not of its own format.
pub(super) fn item(reading: &Reading, draft: &mut Draft, element: Element<'_>) {
    let name = element.name().to_ascii_lowercase();
    match element.space() {
        Space::Content if name == "encoded" => draft.content(0, reading.content(element)),
        Space::Dc => dublin_core(reading, draft, element, &name),
        Space::Media => media(reading, draft, element),
        Space::Itunes => itunes(reading, draft, element, &name),
        Space::Podcast if name == "chapters" => {
            draft.item.chapters = reading.attribute(element, "url");
        }
        Space::Xhtml if matches!(name.as_str(), "body" | "div") => {
            let html = reading.inner_html(element);
            draft.content(0, reading.made(html, true, element));
        }
        Space::Thread if name == "in-reply-to" => {
            let target = reading.attribute(element, "href");
            let target = target.or_else(|| reading.attribute(element, "ref"));
            draft.item.relations.in_reply_to.extend(target);
        }
        Space::Feedburner if name == "origlink" => draft.link.offer(0, reading.held(element)),
        Space::Feedburner if name == "origenclosurelink" => {
            if let (Some(url), Some(file)) =
                (reading.held(element), draft.item.enclosures.first_mut())
            {
                file.url = url;
            }
        }
        _ => {}
    }
}

fn dublin_core(reading: &Reading, draft: &mut Draft, element: Element<'_>, name: &str) {
    match name {
        "title" => draft.title.offer(2, words(element)),
        "creator" => {
            for text in people(element) {
                draft.author(0, person(&text));
            }
        }
        "date" | "issued" | "created" => {
            draft.published.offer(1, date::parse(&element.text()));
        }
        "modified" => draft.updated.offer(1, date::parse(&element.text())),
        "subject" => draft.category(words(element)),
        "description" => draft.content(2, reading.content(element)),
        "language" => draft.item.language = tag(&element.text()),
        "identifier" => draft.id.offer(3, trimmed(element)),
        _ => {}
    }
}

/// Several authors in one element are parted by semicolons.
fn people(element: Element<'_>) -> Vec<String> {
    let nested: Vec<String> = element.children().map(Element::text).collect();
    if nested.is_empty() {
        return element.text().split(';').map(str::to_owned).collect();
    }
    nested
}

/// Keywords of one element that are looked at.
const MOST_KEYWORDS: usize = 200;

/// What an element of Media RSS and all in it says. Groups are several forms of one thing.
fn media(reading: &Reading, draft: &mut Draft, element: Element<'_>) {
    let mut rest = vec![element];
    while let Some(element) = rest.pop() {
        match element.name().to_ascii_lowercase().as_str() {
            "group" => {}
            "content" => media_content(reading, draft, element),
            "thumbnail" => draft.image.offer(1, reading.attribute(element, "url")),
            "title" => draft.title.offer(3, words(element)),
            "description" => draft.content(3, reading.content(element)),
            "credit" => draft.author(4, person(&element.text())),
            "keywords" => {
                for keyword in element.text().split(',').take(MOST_KEYWORDS) {
                    draft.category(super::words::line(keyword, super::words::Declared::Unknown));
                }
            }
            "category" => draft.category(words(element)),
            _ => continue,
        }
        // What is said inside of a file is about that file; other elements hold words.
        let is_file = element.name().eq_ignore_ascii_case("content");
        if !is_file && !element.name().eq_ignore_ascii_case("group") {
            continue;
        }
        let is_of_item =
            |child: &Element<'_>| !is_file || child.name().eq_ignore_ascii_case("thumbnail");
        let from = rest.len();
        let inside = element.children().filter(|child| child.space() == Space::Media);
        rest.extend(inside.filter(is_of_item));
        rest.get_mut(from..).unwrap_or_default().reverse();
    }
}

fn media_content(reading: &Reading, draft: &mut Draft, element: Element<'_>) {
    let Some(url) = reading.attribute(element, "url") else { return };
    let medium = element.attribute("medium").map(|medium| medium.trim().to_ascii_lowercase());
    let said = element.attribute("type");
    let kind = mime(said.as_deref(), &url);
    let is_picture = medium.as_deref() == Some("image")
        || kind.as_ref().is_some_and(|kind| kind.starts_with("image/"));
    if is_picture {
        draft.image.offer(2, Some(url.clone()));
    }
    // A page that plays the film is no file.
    if kind.as_deref() == Some("text/html")
        || kind.as_deref() == Some("application/x-shockwave-flash")
    {
        return;
    }
    let title = ["title", "description"]
        .iter()
        .find_map(|name| element.child(Space::Media, name).and_then(words));
    draft.enclosure(Enclosure {
        mime: kind.or_else(|| medium.filter(|_| is_picture).map(|_| "image/*".to_owned())),
        size: size(element, "fileSize"),
        duration: element.attribute("duration").and_then(|text| seconds(&text)),
        title,
        url,
    });
}

/// A length in an attribute; what is no number, or nothing, is none.
pub(super) fn size(element: Element<'_>, name: &str) -> Option<u64> {
    let digits: String = element.attribute(name)?.trim().chars().filter(|c| *c != ',').collect();
    digits.parse().ok().filter(|size| *size > 0)
}

fn itunes(reading: &Reading, draft: &mut Draft, element: Element<'_>, name: &str) {
    match name {
        "title" => draft.title.offer(4, words(element)),
        "author" => draft.author(3, person(&element.text())),
        "summary" => draft.content(2, reading.content(element)),
        "subtitle" => draft.content(4, reading.content(element)),
        "image" => draft.image.offer(0, image(reading, element)),
        "duration" => draft.duration = seconds(&element.text()),
        "keywords" => {
            for keyword in element.text().split(',') {
                draft.category(super::words::line(keyword, super::words::Declared::Unknown));
            }
        }
        "category" => draft.category(category(element)),
        _ => {}
    }
}

/// `itunes:image` has an attribute; some write the address inside.
fn image(reading: &Reading, element: Element<'_>) -> Option<Url> {
    let attribute =
        reading.attribute(element, "href").or_else(|| reading.attribute(element, "url"));
    attribute.or_else(|| reading.held(element))
}

fn category(element: Element<'_>) -> Option<String> {
    let text = element.attribute("text");
    let text = text.map_or_else(|| element.text(), std::borrow::Cow::into_owned);
    super::words::line(&text, super::words::Declared::Text)
}

/// Reads an element of a feed that is not of its own format.
pub(super) fn feed(reading: &Reading, feed: &mut Feed, element: Element<'_>) {
    let name = element.name().to_ascii_lowercase();
    match (element.space(), name.as_str()) {
        (Space::Dc, "title") => feed.title = feed.title.take().or_else(|| words(element)),
        (Space::Dc, "language") => {
            feed.language = feed.language.take().or_else(|| tag(&element.text()));
        }
        (Space::Dc, "creator") if feed.authors.is_empty() => {
            feed.authors.extend(people(element).iter().filter_map(|text| person(text)));
        }
        (Space::Dc, "date" | "modified") => {
            feed.updated = feed.updated.take().or_else(|| date::parse(&element.text()));
        }
        (Space::Itunes, "image") => feed.image = image(reading, element).or(feed.image.take()),
        (Space::Itunes, "author") if feed.authors.is_empty() => {
            feed.authors.extend(person(&element.text()));
        }
        (Space::Itunes, "owner") if feed.authors.is_empty() => {
            let text = |name| element.child(Space::Itunes, name).and_then(trimmed);
            let owner = Person { name: text("name"), email: text("email"), ..Person::default() };
            feed.authors.extend(Some(owner).filter(|owner| *owner != Person::default()));
        }
        (Space::Itunes, "summary" | "subtitle") => {
            feed.description = feed.description.take().or_else(|| words(element));
        }
        (Space::Itunes, "new-feed-url") => {
            feed.self_url = reading.held(element).or(feed.self_url.take());
        }
        (Space::Itunes, "complete") => {
            feed.is_expired = element.text().trim().eq_ignore_ascii_case("yes");
        }
        (Space::Media, "thumbnail") => {
            feed.image = feed.image.take().or_else(|| reading.attribute(element, "url"));
        }
        _ => {}
    }
}

/// Minutes between two changes: `hourly` and 2 is every half hour. Either may come first.
pub(super) fn period(parts: &[Element<'_>]) -> Option<u32> {
    let text = |name: &str| {
        let element = parts.iter().find(|part| part.is(Space::Syndication, name))?;
        Some(element.text().trim().to_ascii_lowercase())
    };
    let (period, times) = (text("updatePeriod"), text("updateFrequency"));
    let minutes: u32 = match period.as_deref() {
        None if times.is_none() => return None,
        Some("hourly") => 60,
        Some("daily") | None => 1_440,
        Some("weekly") => 10_080,
        Some("monthly") => 43_200,
        Some("yearly") => 525_600,
        Some(_) => return None,
    };
    let times = times.and_then(|times| times.parse().ok()).filter(|times| *times > 0);
    Some((minutes / times.unwrap_or(1)).max(1))
}
