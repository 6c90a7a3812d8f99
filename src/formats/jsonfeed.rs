//! JSON Feed 1.1. What is in the feed is decided by [`Feed`]; escaping by the JSON writer. Spec:
//! jsonfeed.org version 1.1; requirements `FD-J` of the conformance list.

use super::date::rfc3339;
use super::feed::{Attachment, Author, Feed, Item};
use super::json::JsonWriter;

/// Media type of the file (FD-A-14).
pub const MIME: &str = "application/feed+json";

/// Writes the feed.
#[must_use]
pub fn write(feed: &Feed) -> String {
    let mut w = JsonWriter::object();
    w.text("version", "https://jsonfeed.org/version/1.1");
    w.text("title", &feed.title);
    w.text("home_page_url", &feed.home_url);
    w.text("feed_url", &feed.self_url);
    w.text_if("description", some(&feed.description));
    // A feed that names itself as its next part would send readers in circles.
    w.text_if("next_url", feed.next_url.as_deref().filter(|url| *url != feed.self_url));
    w.text_if("icon", feed.icon.as_deref());
    w.text_if("favicon", feed.favicon.as_deref());
    authors(&mut w, &feed.authors);
    w.text_if("language", feed.language.as_deref());
    if !feed.hubs.is_empty() {
        w.open_list("hubs");
        for hub in &feed.hubs {
            w.open_object(None);
            w.text("type", "WebSub");
            w.text("url", hub);
            w.close();
        }
        w.close();
    }
    w.open_list("items");
    for item in &feed.items {
        w.open_object(None);
        write_item(&mut w, item);
        w.close();
    }
    w.close();
    w.finish()
}

fn write_item(w: &mut JsonWriter, item: &Item) {
    w.text("id", &item.id);
    w.text("url", &item.url);
    w.text_if("external_url", item.external_url.as_deref());
    w.text_if("title", item.title.as_deref().and_then(some));
    w.text_if("content_html", some(&item.content_html));
    let text = item.content_text.as_deref();
    match text {
        Some(text) => w.text("content_text", text),
        // One of the two is required (FD-J-02): a feed of summaries repeats the summary.
        None if item.content_html.is_empty() => {
            w.text("content_text", item.summary.as_deref().unwrap_or(&item.fallback_title));
        }
        None => {}
    }
    w.text_if("summary", item.summary.as_deref().and_then(some));
    w.text_if("image", item.image.as_deref());
    w.text("date_published", &rfc3339(&item.published));
    w.text_if("date_modified", item.updated.as_ref().map(rfc3339).as_deref());
    authors(w, &item.authors);
    w.texts("tags", &item.tags);
    w.text_if("language", item.language.as_deref());
    if !item.attachments.is_empty() {
        w.open_list("attachments");
        for file in &item.attachments {
            attachment(w, file);
        }
        w.close();
    }
}

/// Authors have at least one of name, address and portrait; others are left out.
fn authors(w: &mut JsonWriter, people: &[Author]) {
    let named = |a: &&Author| !a.name.is_empty() || a.url.is_some() || a.avatar.is_some();
    let people: Vec<&Author> = people.iter().filter(named).collect();
    if people.is_empty() {
        return;
    }
    w.open_list("authors");
    for person in people {
        w.open_object(None);
        w.text_if("name", some(&person.name));
        w.text_if("url", person.url.as_deref());
        w.text_if("avatar", person.avatar.as_deref());
        w.close();
    }
    w.close();
}

fn attachment(w: &mut JsonWriter, file: &Attachment) {
    w.open_object(None);
    w.text("url", &file.url);
    w.text("mime_type", &file.mime);
    w.text_if("title", file.title.as_deref());
    if let Some(bytes) = file.bytes {
        w.number("size_in_bytes", bytes);
    }
    if let Some(seconds) = file.duration {
        w.number("duration_in_seconds", seconds);
    }
    w.close();
}

/// The text, unless it is blank.
fn some(text: &str) -> Option<&str> {
    (!text.trim().is_empty()).then_some(text)
}
