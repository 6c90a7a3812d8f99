//! Atom 1.0. What is in the feed is decided by [`Feed`]; escaping by the XML writer. Specs:
//! RFC 4287, RFC 4685 (replies), WebSub section 4; requirements `FD-T` of the conformance list.

use super::date::{EPOCH, rfc3339};
use super::feed::{Author, Feed, Item};
use super::xml::XmlWriter;

/// Media type of the file (FD-A-14).
pub const MIME: &str = "application/atom+xml";

/// Writes the feed.
#[must_use]
pub fn write(feed: &Feed) -> String {
    let mut w = XmlWriter::new();
    if let Some(href) = &feed.stylesheet {
        w.stylesheet(href);
    }
    let replies = feed.items.iter().any(|item| !item.in_reply_to.is_empty());
    let thread = replies.then_some("http://purl.org/syndication/thread/1.0");
    w.tag("feed")
        .attr("xmlns", "http://www.w3.org/2005/Atom")
        .attr_if("xmlns:thr", thread)
        .attr_if("xml:lang", feed.language.as_deref())
        .open();
    head(&mut w, feed);
    for entry in &feed.items {
        w.tag("entry").attr_if("xml:lang", entry.language.as_deref()).open();
        write_entry(&mut w, entry);
        w.close();
    }
    w.finish()
}

/// Everything but the entries (FD-T-01).
fn head(w: &mut XmlWriter, feed: &Feed) {
    w.text("id", &feed.id);
    w.text("title", &feed.title);
    let description = Some(feed.description.as_str()).filter(|text| !text.trim().is_empty());
    w.text_if("subtitle", description);
    w.text("updated", &feed.changed().map_or_else(|| EPOCH.to_owned(), rfc3339));
    if feed.authors.is_empty() && feed.items.iter().any(|entry| entry.authors.is_empty()) {
        // Some author is required; the site itself is the honest one.
        author(w, &Author { name: feed.title.clone(), ..Author::default() });
    }
    for person in &feed.authors {
        author(w, person);
    }
    link(w, "self", Some(MIME), &feed.self_url);
    link(w, "alternate", Some("text/html"), &feed.home_url);
    for hub in &feed.hubs {
        link(w, "hub", None, hub);
    }
    for (rel, url) in [("next", &feed.next_url), ("previous", &feed.previous_url)] {
        if let Some(url) = url {
            link(w, rel, Some(MIME), url);
        }
    }
    w.text_if("icon", feed.icon.as_deref());
    w.text_if("logo", feed.logo.as_deref());
    w.text_if("rights", feed.rights.as_deref());
    if let Some(generator) = &feed.generator {
        w.tag("generator")
            .attr_if("uri", generator.url.as_deref())
            .attr_if("version", generator.version.as_deref())
            .text(&generator.name);
    }
}

/// One entry (FD-T-03).
fn write_entry(w: &mut XmlWriter, entry: &Item) {
    w.text("id", &entry.id);
    let title = entry.title.as_deref().filter(|title| !title.trim().is_empty());
    w.text("title", title.unwrap_or(&entry.fallback_title));
    w.text("updated", &rfc3339(entry.changed()));
    w.text("published", &rfc3339(&entry.published));
    for person in &entry.authors {
        author(w, person);
    }
    link(w, "alternate", Some("text/html"), &entry.url);
    if let Some(url) = &entry.external_url {
        link(w, "related", None, url);
    }
    for target in &entry.in_reply_to {
        w.tag("thr:in-reply-to").attr("ref", target).attr("href", target).empty();
    }
    if let Some(url) = &entry.comments_url {
        link(w, "replies", Some("text/html"), url);
    }
    for file in &entry.attachments {
        w.tag("link")
            .attr("rel", "enclosure")
            .attr("type", &file.mime)
            .attr_if("length", file.bytes.map(|bytes| bytes.to_string()).as_deref())
            .attr_if("title", file.title.as_deref())
            .attr("href", &file.url)
            .empty();
    }
    for tag in &entry.tags {
        w.tag("category").attr("term", tag).empty();
    }
    let html = entry.html();
    let summary = entry.summary.as_deref().filter(|text| !text.trim().is_empty());
    match summary {
        Some(summary) => w.text("summary", summary),
        // An entry has to say something.
        None if html.is_empty() => w.text("summary", &entry.fallback_title),
        None => {}
    }
    if !html.is_empty() {
        w.tag("content").attr("type", "html").text(&html);
    }
}

fn link(w: &mut XmlWriter, rel: &str, mime: Option<&str>, href: &str) {
    w.tag("link").attr("rel", rel).attr_if("type", mime).attr("href", href).empty();
}

fn author(w: &mut XmlWriter, person: &Author) {
    w.tag("author").open();
    w.text("name", &person.name);
    w.text_if("uri", person.url.as_deref());
    w.text_if("email", person.email.as_deref());
    w.close();
}
