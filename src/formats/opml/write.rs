//! Writes OPML 2.0. Escaping is left to the XML writer.

use super::{Opml, Outline};
use crate::formats::date::rfc822;
use crate::formats::xml::XmlWriter;

/// Writes the list.
#[must_use]
pub fn write(opml: &Opml) -> String {
    let mut w = XmlWriter::new();
    w.tag("opml").attr("version", "2.0").open();
    w.tag("head").open();
    w.text("title", &opml.title);
    w.text_if("dateModified", opml.date_modified.as_ref().map(rfc822).as_deref());
    w.text_if("ownerName", opml.owner_name.as_deref());
    w.text_if("ownerId", opml.owner_id.as_deref());
    w.text("docs", "http://opml.org/spec2.opml");
    w.close();
    w.tag("body").open();
    if opml.outlines.is_empty() {
        // One outline is required (FD-O-01); readers pass over comments.
        w.tag("outline").attr("text", &opml.title).attr("isComment", "true").empty();
    }
    for outline in &opml.outlines {
        write_outline(&mut w, outline);
    }
    w.finish()
}

fn write_outline(w: &mut XmlWriter, outline: &Outline) {
    // Every feed format is of the type "rss"; feeds carry a title beside the text (FD-O-02).
    let feed = outline.xml_url.as_deref();
    let title = outline.title.as_deref().or(feed.map(|_| outline.text.as_str()));
    let tag = w
        .tag("outline")
        .attr_if("type", feed.map(|_| "rss"))
        .attr("text", &outline.text)
        .attr_if("title", title)
        .attr_if("xmlUrl", feed)
        .attr_if("htmlUrl", outline.html_url.as_deref())
        .attr_if("description", outline.description.as_deref())
        .attr_if("language", outline.language.as_deref());
    if outline.children.is_empty() {
        tag.empty();
        return;
    }
    tag.open();
    for child in &outline.children {
        write_outline(w, child);
    }
    w.close();
}
