//! Sitemaps and sitemap indexes. Which pages are listed is left to the caller. Specs:
//! sitemaps.org 0.9, `xhtml:link` alternates for translations.

use jiff::Zoned;

use super::date::rfc3339;
use super::xml::XmlWriter;

/// The most entries one file may have.
pub const MAX_ENTRIES: usize = 50_000;

const NAMESPACE: &str = "http://www.sitemaps.org/schemas/sitemap/0.9";

/// A page of the sitemap, or a file of the index.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SitemapEntry {
    /// Absolute address.
    pub loc: String,
    /// Last real change.
    pub lastmod: Option<Zoned>,
    /// All translations, the page itself included: language (or `x-default`) and address.
    pub alternates: Vec<(String, String)>,
}

/// Writes one sitemap; over [`MAX_ENTRIES`] the caller splits the list and writes an index.
#[must_use]
pub fn write(entries: &[SitemapEntry]) -> String {
    let alternates = entries.iter().any(|entry| !entry.alternates.is_empty());
    let xhtml = alternates.then_some("http://www.w3.org/1999/xhtml");
    let mut w = XmlWriter::new();
    w.tag("urlset").attr("xmlns", NAMESPACE).attr_if("xmlns:xhtml", xhtml).open();
    for entry in entries {
        w.tag("url").open();
        location(&mut w, entry);
        for (language, href) in &entry.alternates {
            let link = w.tag("xhtml:link").attr("rel", "alternate");
            link.attr("hreflang", language).attr("href", href).empty();
        }
        w.close();
    }
    w.finish()
}

/// Writes the index of several sitemaps.
#[must_use]
pub fn write_index(sitemaps: &[SitemapEntry]) -> String {
    let mut w = XmlWriter::new();
    w.tag("sitemapindex").attr("xmlns", NAMESPACE).open();
    for entry in sitemaps {
        w.tag("sitemap").open();
        location(&mut w, entry);
        w.close();
    }
    w.finish()
}

fn location(w: &mut XmlWriter, entry: &SitemapEntry) {
    w.text("loc", &entry.loc);
    w.text_if("lastmod", entry.lastmod.as_ref().map(rfc3339).as_deref());
}
