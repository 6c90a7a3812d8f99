//! What is the same for feeds of all formats: which items count, and by what each is known again
//! (FD-X-09, FD-X-10, FD-X-19).

use std::collections::{HashMap, HashSet};

use url::Url;

use super::model::{Feed, Identity, Item};

/// Most people, pages and files that an item keeps of each.
const MOST: usize = 100;

/// Longest id that is kept as it is, in bytes: a database does not index everything.
const LONGEST_ID: usize = 2 * 1024;

/// Drops items that say nothing, tells those with one id apart, and keeps each once.
pub(super) fn finish(mut feed: Feed, url: &Url) -> Feed {
    let before = feed.items.len();
    feed.items.retain(|item| item.title.is_some() || item.link.is_some() || item.content.is_some());
    identify(&mut feed.items);
    let mut seen = HashSet::new();
    feed.items.retain(|item| seen.insert(item.identity.clone()));
    feed.skipped += before - feed.items.len();
    feed.next_url = feed.next_url.filter(|next| next != url);
    feed.authors.truncate(MOST);
    for item in &mut feed.items {
        item.language = item.language.take().or_else(|| feed.language.clone());
        item.authors.truncate(MOST);
        item.enclosures.truncate(MOST);
        item.relations.in_reply_to.truncate(MOST);
    }
    feed
}

fn identify(items: &mut [Item]) {
    // Items without a link say nothing about whether an id is that of several.
    let mut links: HashMap<String, HashSet<String>> = HashMap::new();
    for item in &*items {
        if let (Some(id), Some(link)) = (&item.id, &item.link) {
            links.entry(id.clone()).or_default().insert(link.as_str().to_owned());
        }
    }
    for item in items {
        let link = item.link.as_ref().map(|link| link.as_str().to_owned());
        let is_shared = |id: &String| links.get(id).is_some_and(|links| links.len() > 1);
        item.identity = match (item.id.clone(), link) {
            (Some(id), Some(link)) if is_shared(&id) => Identity::IdAndLink(short(id), short(link)),
            (Some(id), _) => Identity::Id(short(id)),
            (None, Some(link)) => Identity::Link(short(link)),
            (None, None) => Identity::Hash(hash(item)),
        };
    }
}

/// An id that can be compared and kept: of a long one, its hash.
fn short(id: String) -> String {
    if id.len() <= LONGEST_ID { id } else { format!("blake3:{}", blake3::hash(id.as_bytes())) }
}

/// A hash of title, content and date: by what an item without id or link is known again.
fn hash(item: &Item) -> String {
    let mut hash = blake3::Hasher::new();
    let date = item.published.as_ref().map(|date| date.timestamp().to_string());
    let content = item.content.as_ref().map(|content| content.raw.as_str());
    for part in [item.title.as_deref(), content, date.as_deref()] {
        let part = part.unwrap_or_default();
        hash.update(&part.len().to_le_bytes());
        hash.update(part.as_bytes());
    }
    hash.finalize().to_hex().to_string()
}
