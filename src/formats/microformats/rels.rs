//! Links with a `rel`. Spec: microformats2 parsing, parse a hyperlink element for rel microformats.

use std::collections::{BTreeMap, BTreeSet};

use url::Url;

use crate::formats::html::Document;

use super::reader::{Pictures, Reader};

/// The links of a page that have a `rel`, by it and by their address.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rels {
    urls: BTreeMap<String, Vec<String>>,
    links: BTreeMap<String, Link>,
}

/// What a page says about an address it links with a `rel`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Link {
    /// All `rel`s that the address is linked with.
    pub rels: BTreeSet<String>,
    /// Text of the first link.
    pub text: String,
    /// The first `title`.
    pub title: Option<String>,
    /// The first `media`.
    pub media: Option<String>,
    /// The first `hreflang`.
    pub hreflang: Option<String>,
    /// The first `type`.
    pub kind: Option<String>,
}

impl Rels {
    /// All `rel`s in small letters, each with the addresses linked so, in the order of the page.
    pub fn all(&self) -> impl Iterator<Item = (&str, &[String])> {
        self.urls.iter().map(|(rel, urls)| (rel.as_str(), urls.as_slice()))
    }

    /// All linked addresses.
    pub fn links(&self) -> impl Iterator<Item = (&str, &Link)> {
        self.links.iter().map(|(url, link)| (url.as_str(), link))
    }

    /// The web addresses linked with a `rel` (in small letters), in the order of the page.
    pub fn urls(&self, rel: &str) -> impl Iterator<Item = Url> {
        let urls = self.urls.get(rel).into_iter().flatten();
        let parsed = urls.filter_map(|url| Url::parse(url).ok());
        parsed.filter(|url| matches!(url.scheme(), "http" | "https"))
    }

    /// Takes up the links of a page.
    pub(super) fn read(reader: &Reader, document: &Document) -> Self {
        let mut rels = Self::default();
        for element in document.elements() {
            if !reader.spend(1) {
                break;
            }
            let is_link = matches!(element.name(), "a" | "area" | "link");
            let attributes = (element.attribute("rel"), element.attribute("href"));
            let (Some(written), Some(href)) = attributes else { continue };
            if !is_link || !reader.spend(written.len()) {
                continue;
            }
            let own: BTreeSet<String> =
                written.split_ascii_whitespace().map(str::to_ascii_lowercase).collect();
            let url = reader.absolute(href);
            if own.is_empty() || url.is_empty() {
                continue;
            }
            rels.add(&own, &url);
            let link = rels.links.entry(url).or_insert_with(|| Link {
                text: reader.text(element, Pictures::DescribedOrNamed),
                ..Link::default()
            });
            link.rels.extend(own);
            for (kept, name) in [
                (&mut link.title, "title"),
                (&mut link.media, "media"),
                (&mut link.hreflang, "hreflang"),
                (&mut link.kind, "type"),
            ] {
                *kept = kept.take().or_else(|| {
                    let value = element.attribute(name)?;
                    reader.spend(value.len()).then(|| value.to_owned())
                });
            }
        }
        rels
    }

    /// Notes an address under each `rel` it is not known by yet.
    fn add(&mut self, own: &BTreeSet<String>, url: &str) {
        let known = self.links.get(url).map(|link| &link.rels);
        for rel in own.iter().filter(|rel| known.is_none_or(|known| !known.contains(*rel))) {
            self.urls.entry(rel.clone()).or_default().push(url.to_owned());
        }
    }
}
