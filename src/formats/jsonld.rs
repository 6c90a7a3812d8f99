//! The little JSON-LD that search engines and previews ask for; microformats stay the first
//! description of a page. The result can stand inside a script element as it is. Spec: schema.org.

use jiff::Zoned;

use super::date::rfc3339;
use super::json::JsonWriter;

/// A post.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct BlogPosting {
    /// Permalink.
    pub url: String,
    /// Title, or the first words.
    pub headline: String,
    /// Plain text.
    pub description: Option<String>,
    /// First publication.
    pub published: Zoned,
    /// Last edit.
    pub updated: Option<Zoned>,
    /// BCP 47.
    pub language: Option<String>,
    /// Absolute addresses of the images.
    pub images: Vec<String>,
    /// Tags.
    pub keywords: Vec<String>,
    /// Who wrote it.
    pub author: Option<Person>,
}

/// A person.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Person {
    /// Full name.
    pub name: String,
    /// Home page.
    pub url: String,
    /// Portrait.
    pub image: Option<String>,
    /// Plain text.
    pub description: Option<String>,
    /// Other profiles of the same person.
    pub same_as: Vec<String>,
}

/// An event.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Event {
    /// Permalink.
    pub url: String,
    /// Title.
    pub name: String,
    /// Plain text.
    pub description: Option<String>,
    /// Begin, as ISO 8601 (a day, or a time with offset).
    pub start: String,
    /// End, likewise.
    pub end: Option<String>,
    /// Name of the place.
    pub location: Option<String>,
    /// The postal address in one line.
    pub address: Option<String>,
    /// Absolute addresses of the images.
    pub images: Vec<String>,
    /// Who invites.
    pub organizer: Option<Person>,
}

/// Writes a `BlogPosting`.
#[must_use]
pub fn blog_posting(post: &BlogPosting) -> String {
    let mut w = begin("BlogPosting");
    w.text("mainEntityOfPage", &post.url);
    w.text("url", &post.url);
    w.text("headline", &post.headline);
    w.text_if("description", post.description.as_deref());
    w.text("datePublished", &rfc3339(&post.published));
    let updated = post.updated.as_ref().unwrap_or(&post.published);
    w.text("dateModified", &rfc3339(updated));
    w.text_if("inLanguage", post.language.as_deref());
    w.texts("image", &post.images);
    w.texts("keywords", &post.keywords);
    if let Some(author) = &post.author {
        nested(&mut w, "author", author);
    }
    w.finish()
}

/// Writes a `Person`.
#[must_use]
pub fn person(person: &Person) -> String {
    let mut w = begin("Person");
    members(&mut w, person);
    w.finish()
}

/// Writes an `Event`.
#[must_use]
pub fn event(event: &Event) -> String {
    let mut w = begin("Event");
    w.text("url", &event.url);
    w.text("name", &event.name);
    w.text_if("description", event.description.as_deref());
    w.text("startDate", &event.start);
    w.text_if("endDate", event.end.as_deref());
    if event.location.is_some() || event.address.is_some() {
        w.open_object(Some("location"));
        w.text("@type", "Place");
        w.text_if("name", event.location.as_deref());
        w.text_if("address", event.address.as_deref());
        w.close();
    }
    w.texts("image", &event.images);
    if let Some(organizer) = &event.organizer {
        nested(&mut w, "organizer", organizer);
    }
    w.finish()
}

fn begin(kind: &str) -> JsonWriter {
    let mut w = JsonWriter::compact_object();
    w.text("@context", "https://schema.org");
    w.text("@type", kind);
    w
}

fn nested(w: &mut JsonWriter, key: &str, person: &Person) {
    w.open_object(Some(key));
    w.text("@type", "Person");
    members(w, person);
    w.close();
}

fn members(w: &mut JsonWriter, person: &Person) {
    w.text("name", &person.name);
    w.text("url", &person.url);
    w.text_if("image", person.image.as_deref());
    w.text_if("description", person.description.as_deref());
    w.texts("sameAs", &person.same_as);
}
