//! A page that speaks for this site where nobody knows it: one by somebody else that links here, at a
//! host that the receiver links (Vouch). Asking for pages is left to others.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use jiff::Timestamp;
use url::Url;

use crate::config::Config;
use crate::error::Failure;
use crate::formats::html::Document;
use crate::formats::jf2::MentionFile;
use crate::moderation::{is_within, key_of};
use crate::site::{follows, mentions, moderation};
use crate::store::ListSource;

/// Relations by which a page links somebody without speaking for them.
const TAKEN_BACK: [&str; 3] = ["nofollow", "ugc", "sponsored"];

/// Pages of others that link this site and stand on it, one for each host.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Vouchers {
    by_host: BTreeMap<String, String>,
}

impl Vouchers {
    /// The sources of the mentions that a site shows at a time, and the lists of those who follow it.
    ///
    /// # Errors
    /// A folder or file that cannot be read.
    pub fn read(
        root: &Path,
        config: &Config,
        lists: &[ListSource],
        now: Timestamp,
    ) -> Result<Self, Failure> {
        let today = now.to_zoned(config.time_zone.clone()).date();
        let rules = moderation::read(root)?.on(today);
        let is_shown = |file: &MentionFile| {
            !file.private
                && (rules.rules().is_empty() || !rules.hides(&mentions::shown(file.clone())))
        };
        let all = mentions::read_all(root)?;
        let shown = all.iter().map(|(_, file)| file).filter(|file| is_shown(file));
        let is_foreign = |source: &&str| config.own_path(source).is_none();
        let sources = shown.map(|file| file.source.as_str()).filter(is_foreign);
        let mut found = Self::new(sources, &config.access.relays);
        // Whom the owner follows in private is not named to others.
        let public: BTreeSet<String> = follows(root)?
            .iter()
            .filter(|row| row.public)
            .filter_map(|row| key_of(&row.url))
            .collect();
        let is_seen = |list: &&ListSource| {
            public.contains(&list.owner)
                && !rules.hides_person(&format!("https://{}", list.owner), &list.owner)
        };
        let lists = lists.iter().filter(is_seen).map(|list| list.source.as_str());
        found.add_lists(lists, &config.access.relays);
        Ok(found)
    }

    /// The first page of each host; hosts that carry the words of others vouch for nobody.
    fn new<'s>(sources: impl Iterator<Item = &'s str>, relays: &[String]) -> Self {
        let mut by_host = BTreeMap::new();
        for source in sources {
            let Some(host) = host(source) else { continue };
            if !relays.iter().any(|relay| is_within(&host, relay)) {
                by_host.entry(host).or_insert_with(|| source.to_owned());
            }
        }
        Self { by_host }
    }

    /// Adds pages of those who follow this site and say so in a list: a person can read them, and
    /// they link here. Whoever vouches by a word of their own vouches by that.
    fn add_lists<'s>(&mut self, sources: impl Iterator<Item = &'s str>, relays: &[String]) {
        let pages = sources.filter(|source| !is_file(source));
        for (host, page) in Self::new(pages, relays).by_host {
            self.by_host.entry(host).or_insert(page);
        }
    }

    /// Whether there is nobody who vouches.
    pub fn is_empty(&self) -> bool {
        self.by_host.is_empty()
    }

    /// A page at one of the hosts that a receiver links, but not at the receiver's own.
    pub fn choose(&self, linked: &BTreeSet<String>, target: &Url) -> Option<&str> {
        let own = host(target.as_str());
        let fits = |host: &&String| linked.contains(*host) && own.as_ref() != Some(*host);
        let host = self.by_host.keys().find(fits)?;
        self.by_host.get(host).map(String::as_str)
    }
}

/// Whether an address is of a list for programs, which link nobody as a page does.
fn is_file(address: &str) -> bool {
    let path = address.split(['?', '#']).next().unwrap_or_default().to_ascii_lowercase();
    [".opml", ".xml", ".json"].iter().any(|end| path.ends_with(end))
}

/// The hosts of people as they are compared.
pub fn hosts_of(people: &[String]) -> impl Iterator<Item = String> {
    people.iter().filter_map(|key| host(&format!("https://{key}")))
}

/// The hosts that a page links and stands by.
pub fn linked_hosts(document: &Document, page: &Url) -> BTreeSet<String> {
    let base = document.base(page);
    document
        .elements()
        .filter(|element| element.name() == "a")
        .filter(|link| !TAKEN_BACK.iter().any(|rel| link.has_rel(rel)))
        .filter_map(|link| host(base.join(link.attribute("href")?.trim()).ok()?.as_str()))
        .collect()
}

/// The host of an address of the web; with and without `www.` is one.
fn host(address: &str) -> Option<String> {
    let url = Url::parse(address).ok()?;
    let host = url.host_str().filter(|_| matches!(url.scheme(), "http" | "https"))?;
    Some(host.strip_prefix("www.").unwrap_or(host).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vouchers(sources: &[&str]) -> Vouchers {
        Vouchers::new(sources.iter().copied(), &["relay.example".to_owned()])
    }

    fn chosen(vouchers: &Vouchers, page: &str) -> Option<String> {
        let target = Url::parse("https://carl.example/posts/7").unwrap();
        let linked = linked_hosts(&Document::parse(page), &target);
        vouchers.choose(&linked, &target).map(str::to_owned)
    }

    #[test]
    fn wm_o_01_a_list_vouches_unless_somebody_there_said_more() {
        let mut vouchers = vouchers(&["https://ben.example/1"]);
        let lists = [
            "https://ben.example/blogroll",
            "https://dora.example/following/",
            "https://eve.example/Follows.OPML?x",
            "https://relay.example/list",
        ];
        vouchers.add_lists(lists.into_iter(), &["relay.example".to_owned()]);
        for (page, vouch) in [
            ("<a href=https://ben.example/>b</a>", Some("https://ben.example/1")),
            ("<a href=https://dora.example/>d</a>", Some("https://dora.example/following/")),
            ("<a href=https://eve.example/>e</a>", None),
            ("<a href=https://relay.example/>r</a>", None),
        ] {
            assert_eq!(chosen(&vouchers, page).as_deref(), vouch, "{page}");
        }
        let hosts: Vec<String> =
            hosts_of(&["www.ben.example:8080/x".to_owned(), String::new()]).collect();
        assert_eq!(hosts, ["ben.example"]);
    }

    #[test]
    fn wm_o_01_a_page_vouches_at_a_host_that_the_receiver_links() {
        let vouchers = vouchers(&[
            "https://ben.example/1",
            "https://ben.example/2",
            "https://www.dora.example/hi",
            "https://carl.example/about-ana",
            "https://post.relay.example/3",
            "mailto:x@eve.example",
        ]);
        for (page, vouch) in [
            ("<a href=https://ben.example/>b</a>", Some("https://ben.example/1")),
            ("<a href=//dora.example>d</a>", Some("https://www.dora.example/hi")),
            // Nobody speaks for us at the receiver's own host, nor where everybody may.
            ("<a href=/>home</a> <a href=https://www.carl.example/x>c</a>", None),
            ("<a href=https://post.relay.example/>r</a>", None),
            ("<a href=https://eve.example/>e</a>", None),
            ("<p>https://ben.example/", None),
            ("<link href=https://ben.example/>", None),
            ("<a rel='external NOFOLLOW' href=https://ben.example/>b</a>", None),
            ("<a rel=ugc href=https://ben.example/>b</a>", None),
            ("<base href=https://ben.example/><a href=x>b</a>", Some("https://ben.example/1")),
        ] {
            assert_eq!(chosen(&vouchers, page).as_deref(), vouch, "{page}");
        }
        assert_eq!(chosen(&Vouchers::default(), "<a href=https://ben.example/>b</a>"), None);
    }
}
