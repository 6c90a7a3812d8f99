//! RSS 2.0. What is in the feed is decided by [`Feed`]; escaping by the XML writer. Specs: RSS 2.0,
//! RSS Advisory Board profile, WebSub section 4; requirements `FD-R` of the conformance list.

use super::date::rfc822;
use super::feed::{Author, Feed, Item, Podcast};
use super::xml::{XmlWriter, html_of_text};

/// Media type of the file (FD-A-14).
pub const MIME: &str = "application/rss+xml";

/// Writes the feed.
#[must_use]
pub fn write(feed: &Feed) -> String {
    let mut w = XmlWriter::new();
    if let Some(href) = &feed.stylesheet {
        w.stylesheet(href);
    }
    root(&mut w, feed);
    w.tag("channel").open();
    channel(&mut w, feed);
    if let Some(podcast) = &feed.podcast {
        podcast_channel(&mut w, podcast);
    }
    for item in &feed.items {
        w.tag("item").open();
        write_item(&mut w, feed, item);
        w.close();
    }
    w.finish()
}

/// The root element with the namespaces that are used below it (FD-R-01).
fn root(w: &mut XmlWriter, feed: &Feed) {
    let uses_dc = feed.items.iter().any(|item| {
        let mut authors = feed.authors_of(item).iter();
        item.language.is_some() || authors.any(|a| !a.name.is_empty() && mail(a).is_none())
    });
    let uses_content =
        feed.items.iter().any(|item| summary(item).is_some() && !item.html().is_empty());
    let namespaces = [
        ("xmlns:atom", true, "http://www.w3.org/2005/Atom"),
        ("xmlns:content", uses_content, "http://purl.org/rss/1.0/modules/content/"),
        ("xmlns:dc", uses_dc, "http://purl.org/dc/elements/1.1/"),
        ("xmlns:itunes", feed.podcast.is_some(), "http://www.itunes.com/dtds/podcast-1.0.dtd"),
        ("xmlns:source", feed.blogroll.is_some(), "http://source.scripting.com/"),
    ];
    let mut tag = w.tag("rss").attr("version", "2.0");
    for (prefix, _, uri) in namespaces.into_iter().filter(|(_, used, _)| *used) {
        tag = tag.attr(prefix, uri);
    }
    tag.open();
}

/// Everything of the channel but its items (FD-R-02).
fn channel(w: &mut XmlWriter, feed: &Feed) {
    w.tag("title").plain(&feed.title);
    w.text("link", &feed.home_url);
    let blank = feed.description.trim().is_empty();
    w.tag("description").plain(if blank { &feed.title } else { &feed.description });
    w.text_if("language", feed.language.as_deref());
    w.text_if("copyright", feed.rights.as_deref());
    if let Some(author) = feed.authors.first().and_then(mail) {
        w.text("managingEditor", &author);
    }
    if let Some(time) = feed.changed() {
        w.text("lastBuildDate", &rfc822(time));
    }
    if let Some(generator) = &feed.generator {
        let version = generator.version.iter().map(|version| format!(" {version}"));
        let url = generator.url.iter().map(|url| format!(" ({url})"));
        let rest: String = version.chain(url).collect();
        w.text("generator", &format!("{}{rest}", generator.name));
    }
    atom_link(w, "self", Some(MIME), &feed.self_url);
    for hub in &feed.hubs {
        atom_link(w, "hub", None, hub);
    }
    for (rel, url) in [("next", &feed.next_url), ("previous", &feed.previous_url)] {
        if let Some(url) = url {
            atom_link(w, rel, Some(MIME), url);
        }
    }
    w.text_if("source:blogroll", feed.blogroll.as_deref());
    if let Some(icon) = &feed.icon {
        w.tag("image").open();
        w.text("url", icon);
        w.tag("title").plain(&feed.title);
        w.text("link", &feed.home_url);
        w.close();
    }
}

fn atom_link(w: &mut XmlWriter, rel: &str, mime: Option<&str>, href: &str) {
    w.tag("atom:link").attr("rel", rel).attr_if("type", mime).attr("href", href).empty();
}

fn podcast_channel(w: &mut XmlWriter, podcast: &Podcast) {
    w.text("itunes:author", &podcast.author);
    w.tag("itunes:image").attr("href", &podcast.image).empty();
    for (category, inner) in &podcast.categories {
        let tag = w.tag("itunes:category").attr("text", category);
        match inner {
            Some(inner) => {
                tag.open();
                w.tag("itunes:category").attr("text", inner).empty();
                w.close();
            }
            None => tag.empty(),
        }
    }
    w.text("itunes:explicit", if podcast.explicit { "true" } else { "false" });
}

fn write_item(w: &mut XmlWriter, feed: &Feed, item: &Item) {
    if let Some(title) = title(item) {
        w.tag("title").plain(title);
    }
    w.text("link", &item.url);
    // The guid is a permalink only if it is the working address (FD-R-05).
    let permalink = if item.id == item.url { "true" } else { "false" };
    w.tag("guid").attr("isPermaLink", permalink).text(&item.id);
    w.text("pubDate", &rfc822(&item.published));
    for author in feed.authors_of(item) {
        creator(w, author);
    }
    w.text_if("dc:language", item.language.as_deref());
    for tag in &item.tags {
        w.text("category", tag);
    }
    w.text_if("comments", item.comments_url.as_deref());
    body(w, item);
    if let Some(file) = item.attachments.iter().find(|file| file.is_web()) {
        // At most one; a size of 0 says that it is unknown (FD-R-10).
        let bytes = file.bytes.unwrap_or(0).to_string();
        let tag = w.tag("enclosure").attr("url", &file.url).attr("length", &bytes);
        tag.attr("type", &file.mime).empty();
        if feed.podcast.is_some() {
            w.text_if("itunes:duration", file.duration.map(|s| s.to_string()).as_deref());
            w.text("itunes:episodeType", "full");
            w.text_if("itunes:summary", item.summary.as_deref());
        }
    }
}

/// A title of the post, never a made-up one (FD-A-09).
fn title(item: &Item) -> Option<&str> {
    item.title.as_deref().filter(|title| !title.trim().is_empty())
}

/// The summary, if it says something.
fn summary(item: &Item) -> Option<&str> {
    item.summary.as_deref().filter(|text| !text.trim().is_empty())
}

/// Description and content: a text summary before the full content, or the content alone, or the
/// summary alone; an item without all that and without a title says its first words (FD-R-04).
fn body(w: &mut XmlWriter, item: &Item) {
    // Readers take the description for HTML, so a plain text is escaped for HTML first.
    let summary = summary(item);
    let html = item.html();
    match summary {
        Some(text) => w.text("description", &html_of_text(text)),
        None if !html.is_empty() => w.text("description", &html),
        None if title(item).is_none() => {
            w.text("description", &html_of_text(&item.fallback_title));
        }
        None => {}
    }
    if summary.is_some() && !html.is_empty() {
        w.tag("content:encoded").cdata(&html);
    }
}

/// The author's name, or mail address and name (FD-R-08): never both.
fn creator(w: &mut XmlWriter, author: &Author) {
    match mail(author) {
        Some(mail) => w.text("author", &mail),
        None if author.name.is_empty() => {}
        None => w.text("dc:creator", &author.name),
    }
}

/// `mail (Name)`.
fn mail(author: &Author) -> Option<String> {
    let mail = author.email.as_deref().filter(|_| !author.name.is_empty())?;
    Some(format!("{mail} ({})", author.name))
}
