//! RSS of all versions: 0.9x and 2.0, and those of RDF (FD-X-01). What they borrow from others is
//! left to [`super::extensions`].

use url::Url;

use super::date;
use super::draft::{Draft, mime};
use super::extensions::{self, size};
use super::model::{Enclosure, Feed, Format};
use super::names::Space;
use super::reading::{Reading, person, tag, trimmed, words};
use super::tree::Element;
use super::words::{Declared, line};

/// Which RSS a root is of.
pub(super) fn format(root: Element<'_>) -> Format {
    if root.name().eq_ignore_ascii_case("rdf") {
        let is_old = root.attributes().any(|(_, value)| value.contains("netscape.com"));
        return if is_old { Format::Rss090 } else { Format::Rss1 };
    }
    match root.attribute("version").as_deref().map(str::trim) {
        Some("0.90" | "0.9") => Format::Rss090,
        Some("0.91") => Format::Rss091,
        Some("0.92" | "0.93" | "0.94") => Format::Rss092,
        _ => Format::Rss2,
    }
}

/// Reads an element of a channel.
pub(super) fn feed(reading: &Reading, feed: &mut Feed, element: Element<'_>) {
    if element.space() == Space::Atom {
        super::atom::link_of_feed(reading, feed, element);
        return;
    }
    if element.space() != Space::Plain {
        extensions::feed(reading, feed, element);
        return;
    }
    match element.name().to_ascii_lowercase().as_str() {
        "title" => feed.title = words(element).or(feed.title.take()),
        "link" => {
            let page = feed.home_url.take();
            feed.home_url = page.or_else(|| link(reading, element));
        }
        "description" | "tagline" => feed.description = words(element).or(feed.description.take()),
        "language" => feed.language = tag(&element.text()).or(feed.language.take()),
        "image" => {
            let url = element.children().find(|child| child.name().eq_ignore_ascii_case("url"));
            let url = url.and_then(|url| reading.held(url));
            feed.image = feed.image.take().or(url).or_else(|| reading.attribute(element, "href"));
        }
        "managingeditor" | "author" => {
            feed.authors.extend(person(&element.text()).filter(|_| feed.authors.is_empty()));
        }
        "webmaster" => {}
        "lastbuilddate" => feed.updated = date::parse(&element.text()).or(feed.updated.take()),
        "pubdate" => feed.updated = feed.updated.take().or_else(|| date::parse(&element.text())),
        "ttl" => feed.schedule.ttl = element.text().trim().parse().ok().filter(|ttl| *ttl > 0),
        "skiphours" => feed.schedule.skip_hours = hours(element),
        "skipdays" => feed.schedule.skip_days = days(element),
        _ => {}
    }
}

fn hours(element: Element<'_>) -> Vec<u8> {
    let all = element.children().filter_map(|hour| hour.text().trim().parse::<u8>().ok());
    let mut hours: Vec<u8> = all.filter(|hour| *hour <= 24).map(|hour| hour % 24).collect();
    hours.sort_unstable();
    hours.dedup();
    hours
}

fn days(element: Element<'_>) -> Vec<u8> {
    const DAYS: [&str; 7] =
        ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    let texts: Vec<String> =
        element.children().map(|day| day.text().trim().to_ascii_lowercase()).collect();
    let numbered = (1_u8..).zip(DAYS);
    numbered.filter(|(_, name)| texts.iter().any(|text| text == name)).map(|(day, _)| day).collect()
}

/// What a `<link>` holds, or has as `href`.
fn link(reading: &Reading, element: Element<'_>) -> Option<Url> {
    reading.held(element).or_else(|| reading.attribute(element, "href"))
}

/// Reads an item.
pub(super) fn item(reading: &Reading, element: Element<'_>) -> Draft {
    let mut draft = Draft::default();
    if let Some(about) = element.attribute("about").filter(|about| !about.trim().is_empty()) {
        draft.link.offer(6, reading.address(&about, element));
        draft.id.offer(2, Some(about.trim().to_owned()));
    }
    draft.item.language = reading.language(element);
    for child in element.children() {
        match child.space() {
            Space::Plain => field(reading, &mut draft, child),
            Space::Atom => super::atom::field(reading, &mut draft, child),
            _ => extensions::item(reading, &mut draft, child),
        }
    }
    draft
}

fn field(reading: &Reading, draft: &mut Draft, element: Element<'_>) {
    match element.name().to_ascii_lowercase().as_str() {
        "title" => draft.title.offer(0, words(element)),
        "link" => draft.link.offer(2, link(reading, element)),
        "guid" | "id" => guid(reading, draft, element),
        "description" => draft.content(1, reading.content(element)),
        "body" | "fullitem" | "encoded" | "content" => {
            draft.content(0, reading.content(element));
        }
        "summary" | "abstract" => draft.content(2, reading.content(element)),
        "author" => author(draft, element),
        "pubdate" | "published" => draft.published.offer(0, date::parse(&element.text())),
        "date" | "created" => draft.published.offer(2, date::parse(&element.text())),
        "updated" | "modified" | "lastbuilddate" => {
            draft.updated.offer(0, date::parse(&element.text()));
        }
        "category" | "tag" => draft.category(words(element)),
        "comments" => draft.item.comments = reading.held(element),
        "enclosure" => enclosure(reading, draft, element),
        "image" => {
            let url = element.children().find(|child| child.name().eq_ignore_ascii_case("url"));
            let url = url.and_then(|url| reading.held(url));
            draft.image.offer(3, url.or_else(|| reading.held(element)));
        }
        _ => {}
    }
}

/// The id as written. It is the link only if it says or does not deny to be one (FD-X-09).
fn guid(reading: &Reading, draft: &mut Draft, element: Element<'_>) {
    let Some(id) = trimmed(element) else { return };
    let denied = element.attribute("isPermaLink");
    let denied = denied.is_some_and(|value| value.trim().eq_ignore_ascii_case("false"));
    let is_absolute = Url::parse(&id).is_ok();
    if !denied && is_absolute && element.name().eq_ignore_ascii_case("guid") {
        draft.link.offer(5, reading.address(&id, element));
    }
    draft.id.offer(0, Some(id));
}

/// `mail (Name)`, or the elements of Atom without their vocabulary.
fn author(draft: &mut Draft, element: Element<'_>) {
    let text = |name: &str| {
        let mut all = element.children();
        all.find(|child| child.name().eq_ignore_ascii_case(name)).and_then(trimmed)
    };
    let nested = person(&text("name").unwrap_or_default());
    if let Some(mut author) = nested {
        author.email = author.email.or_else(|| text("email"));
        draft.author(1, Some(author));
    } else if !element.has_elements() {
        draft.author(1, person(&element.text()));
    }
}

fn enclosure(reading: &Reading, draft: &mut Draft, element: Element<'_>) {
    // Some write the address inside, or as a resource of RDF.
    let attribute = ["url", "href", "resource"].iter().find_map(|n| reading.attribute(element, n));
    let Some(url) = attribute.or_else(|| reading.held(element)) else { return };
    draft.enclosure(Enclosure {
        mime: mime(element.attribute("type").as_deref(), &url),
        size: size(element, "length"),
        duration: None,
        title: element.attribute("title").and_then(|title| line(&title, Declared::Text)),
        url,
    });
}
