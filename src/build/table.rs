//! The table of pages: which page an address of the site stands for. A build leaves it beside its
//! manifest for those who get addresses from outside, such as the receiver of webmentions.
//!
//! One line an address: address, address of the page, state, whether it tells others of itself, whose
//! replies are welcome, the page's file, and its copies elsewhere with spaces between; tabs between.
//! Of a feed, its address and that it is one.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use url::Url;

use super::plan::{Job, Plan};
use crate::model::{Permalink, Post, ReplyPolicy, compared};
use crate::site::Site;

const SENDS: &str = "sends";
const QUIET: &str = "quiet";
const FEED: &str = "feed";

/// What may be done with a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It takes responses.
    Open,
    /// It takes none.
    Closed,
    /// It was deleted.
    Gone,
}

impl State {
    const ALL: [(Self, &'static str); 3] =
        [(Self::Open, "open"), (Self::Closed, "closed"), (Self::Gone, "gone")];

    fn name(self) -> &'static str {
        Self::ALL.iter().find(|(state, _)| *state == self).map_or("closed", |(_, name)| name)
    }
}

/// A page that an address stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Its own address: another than the one asked for if that is an old one.
    pub permalink: Permalink,
    /// What may be done with it.
    pub state: State,
    /// Whether those whom it links are told: a listed post or page whose owner wants that.
    pub sends: bool,
    /// Whose replies are welcome.
    pub replies: ReplyPolicy,
    /// The Markdown file of a post or page, below the site folder.
    pub file: Option<String>,
    /// Addresses of its copies at other sites.
    pub copies: Vec<String>,
}

impl Page {
    /// A page that no Markdown file makes.
    fn plain(permalink: &Permalink, state: State) -> Self {
        let replies = ReplyPolicy::Everyone;
        let permalink = permalink.clone();
        Self { permalink, state, sends: false, replies, file: None, copies: Vec::new() }
    }

    /// Whether it was not deleted.
    pub fn is_there(&self) -> bool {
        self.state != State::Gone
    }
}

/// The pages of a site by address, old addresses included.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PageTable {
    pages: BTreeMap<Permalink, Page>,
    /// Copies of all pages, as [`plain`] has them.
    copies: BTreeSet<String>,
    feeds: BTreeSet<Permalink>,
}

/// What the address of a copy is compared by. One with a fragment is another: bridges give likes of
/// a copy the address of the copy, and who likes it behind `#`.
fn plain(address: &str) -> Option<String> {
    let url = Url::parse(address).ok().filter(|url| url.fragment().is_none() && url.has_host())?;
    Some(compared(&url))
}

impl PageTable {
    /// The table of a plan.
    pub(super) fn new(site: &Site, plan: &Plan<'_>) -> Self {
        let pages = plan.jobs.iter().filter_map(|(permalink, job)| {
            let page = match job {
                Job::Post(id) | Job::Redirect(id) => {
                    let post = plan.posts.get(*id)?.post;
                    let state = if post.mentions.receives() { State::Open } else { State::Closed };
                    let sends = post.mentions.sends() && post.is_listed();
                    let file = Some(post.file().to_owned());
                    let replies = post.reply_policy;
                    let copies = copies(post);
                    Page { permalink: post.permalink.clone(), state, sends, replies, file, copies }
                }
                Job::Gone(_) => Page::plain(permalink, State::Gone),
                Job::Feed { .. } | Job::NotFound => return None,
                // Whoever links the home page or a list means the person.
                _ => Page::plain(permalink, State::Open),
            };
            Some((permalink.clone(), page))
        });
        let is_feed = |job: &Job| matches!(job, Job::Feed { .. });
        let feeds = plan.jobs.iter().filter(|(_, job)| is_feed(job));
        let feeds = feeds.map(|(permalink, _)| permalink.clone()).collect();
        let mut table = Self::of(pages.collect(), feeds);
        for list in &site.lists {
            if let Some(page) = table.pages.get_mut(&list.permalink) {
                page.file.get_or_insert_with(|| list.body.file.clone());
            }
        }
        table
    }

    fn of(pages: BTreeMap<Permalink, Page>, feeds: BTreeSet<Permalink>) -> Self {
        let copies = pages.values().flat_map(|page| &page.copies);
        let copies = copies.filter_map(|copy| plain(copy)).collect();
        Self { pages, copies, feeds }
    }

    /// Whether an address at another site is a copy of a page of this one.
    pub fn is_copy(&self, address: &str) -> bool {
        plain(address).is_some_and(|address| self.copies.contains(&address))
    }

    /// The page at a path of the site, with or without a slash or `index.html` at its end.
    pub fn find(&self, path: &str) -> Option<&Page> {
        let path = path.strip_suffix("index.html").unwrap_or(path);
        let page = self.pages.get(&Permalink::page(path));
        page.or_else(|| self.pages.get(&Permalink::file(path)))
    }

    /// The addresses of all feeds.
    pub fn feeds(&self) -> &BTreeSet<Permalink> {
        &self.feeds
    }

    /// All addresses and their pages, by address.
    pub fn iter(&self) -> impl Iterator<Item = (&Permalink, &Page)> {
        self.pages.iter()
    }

    /// The table as text.
    pub fn to_text(&self) -> String {
        let mut text = String::with_capacity(self.pages.len().saturating_mul(80));
        for (address, page) in &self.pages {
            let file = page.file.as_deref().unwrap_or("");
            let (own, state) = (&page.permalink, page.state.name());
            let sends = if page.sends { SENDS } else { QUIET };
            // Writing to a string cannot fail.
            let replies = page.replies.name();
            let copies = page.copies.join(" ");
            let _ =
                writeln!(text, "{address}\t{own}\t{state}\t{sends}\t{replies}\t{file}\t{copies}");
        }
        for feed in &self.feeds {
            let _ = writeln!(text, "{feed}\t{FEED}");
        }
        text
    }

    /// The table from its text; none if it is no such text.
    pub fn parse(text: &str) -> Option<Self> {
        let line = |line: &str| {
            let mut parts = line.split('\t');
            let (address, page) = (parts.next()?, parts.next()?);
            let name = parts.next()?;
            let (state, _) = State::ALL.iter().find(|(_, known)| *known == name)?;
            let sends = match parts.next()? {
                SENDS => true,
                QUIET => false,
                _ => return None,
            };
            let replies = ReplyPolicy::of(parts.next()?)?;
            let file = Some(parts.next()?.to_owned()).filter(|file| !file.is_empty());
            let copies = parts.next()?.split(' ').filter(|copy| !copy.is_empty());
            let copies = copies.map(str::to_owned).collect();
            let permalink = Permalink::file(page);
            let page = Page { permalink, state: *state, sends, replies, file, copies };
            parts.next().is_none().then(|| (Permalink::file(address), page))
        };
        let feed = |line: &str| {
            let (address, kind) = line.split_once('\t')?;
            (kind == FEED).then(|| Permalink::file(address))
        };
        let (mut pages, mut feeds) = (BTreeMap::new(), BTreeSet::new());
        for text in text.lines() {
            match feed(text) {
                Some(feed) => drop(feeds.insert(feed)),
                None => pages.extend([line(text)?]),
            }
        }
        Some(Self::of(pages, feeds))
    }
}

/// Where copies of a post are; an address with a space in it is none.
fn copies(post: &Post) -> Vec<String> {
    post.syndication.iter().filter(|copy| !copy.contains(char::is_whitespace)).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_read_as_it_was_written_and_found_in() {
        let text = "/\t/\topen\tquiet\teveryone\t\t\n/a/\t/b/\tclosed\tsends\tknown\tcontent/b.md\thttps://x.example/1 https://www.y.example/@b/2/\n/old.html\t/b/\tclosed\tsends\tknown\tcontent/b.md\t\n/x/\t/x/\tgone\tquiet\teveryone\t\t\n/atom.xml\tfeed\n";
        let table = PageTable::parse(text).unwrap();
        assert_eq!(table.to_text(), text);
        for path in ["/a/", "/a", "a/index.html", "/old.html"] {
            assert_eq!(table.find(path).unwrap().permalink.as_str(), "/b/", "{path}");
        }
        assert_eq!(table.find("/").unwrap().state, State::Open);
        assert_eq!(table.find("/x/").unwrap().state, State::Gone);
        assert_eq!(table.find("/none/"), None);
        assert!(!table.is_copy("https://x.example/1#liked-by-7"));
        assert!(table.is_copy("http://x.example/1/") && table.is_copy("https://y.example/@b/2"));
        assert!(!table.is_copy("https://x.example:8443/1"));
        assert!(
            !table.is_copy("https://y.example/@b/3") && !table.is_copy("https://x.example/1?a")
        );
        assert_eq!(table.find("/atom.xml"), None);
        assert!(table.feeds().contains(&Permalink::file("/atom.xml")));
        for broken in [
            "/a/\t/b/",
            "/a/\t/b/\tajar\tquiet\t",
            "/a/\t/b/\topen\t\teveryone\t",
            "/a/\t/b/\topen\tsends\t\t",
            "/a/\t/b/\topen\tsends\tknown\tx",
            "/a/\t/b/\topen\tsends\tknown\tx\ty\tz",
        ] {
            assert_eq!(PageTable::parse(broken), None, "{broken}");
        }
    }
}
