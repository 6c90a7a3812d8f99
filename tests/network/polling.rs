//! Somebody who reads: a poller with a database in a folder and a clock that a test turns, and
//! servers on loopback whose pages the test writes and changes.

use std::cell::Cell;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use lanai::net::{Client, Guard, Settings};
use lanai::reader::entry::Entry;
use lanai::reader::poll::Poller;
use lanai::reader::schedule::Chance;
use lanai::store::{Following, Lease, Part, ReaderId, Scope, Store, StoredEntry, StoredFeed};
use rusqlite::Connection;
use url::Url;

use crate::peer::{Asked, Peer, Reply};

/// What a place answers; a question may be looked at.
type Answers = Box<dyn Fn(&Asked) -> Reply + Send + Sync>;
type Pages = Arc<Mutex<HashMap<String, Arc<Answers>>>>;

/// So many hosts are visited while the clock stands still; who has more to do is in a circle.
const MOST_VISITS: usize = 2_000;

/// Who reads, and everybody else.
pub struct World {
    pub peer: Peer,
    pub store: Store,
    /// Ana.
    pub reader: ReaderId,
    now: Cell<Timestamp>,
    pages: Pages,
    folder: PathBuf,
    _temporary: Option<tempfile::TempDir>,
}

/// A name for what is taken.
pub const OWNER: Lease<'static> = Lease { owner: "test", time: Duration::from_secs(180) };

impl World {
    pub async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let world = Self::beside(folder.path(), "https://ana.example").await;
        Self { _temporary: Some(folder), ..world }
    }

    /// With a database that others use, too, for a site.
    pub async fn beside(folder: &Path, site: &str) -> Self {
        let pages = Pages::default();
        let known = Arc::clone(&pages);
        let peer = Peer::start(move |asked| {
            let path = format!("{}{}", asked.host, asked.path);
            let answers = known.lock().unwrap().get(&path).cloned();
            answers.map_or_else(|| Reply::status(404), |answers| answers(asked))
        });
        let store = Store::open(folder).await.unwrap();
        let reader = store.reader(site).await.unwrap().0;
        let now = Cell::new("2026-05-01T12:00:00Z".parse().unwrap());
        let folder = folder.to_path_buf();
        Self { peer, store, reader, now, pages, folder, _temporary: None }
    }

    /// The address of a page at somebody's.
    pub fn at(&self, host: &str, path: &str) -> String {
        self.peer.url(&format!("{host}.localhost"), path).into()
    }

    /// Puts a page where somebody lives.
    pub fn put(&self, host: &str, path: &str, reply: Reply) {
        self.answer(host, path, move |_| reply.clone());
    }

    /// Lets somebody answer as they like.
    pub fn answer(
        &self,
        host: &str,
        path: &str,
        answers: impl Fn(&Asked) -> Reply + Send + Sync + 'static,
    ) {
        let answers: Answers = Box::new(answers);
        self.pages.lock().unwrap().insert(format!("{host}.localhost{path}"), Arc::new(answers));
    }

    /// Lets Ana follow these addresses and no others.
    pub async fn follow(&self, all: &[&str]) {
        self.follow_as(self.reader, all).await;
    }

    pub async fn follow_as(&self, reader: ReaderId, all: &[&str]) {
        let following = |url: &&str| {
            let url = Url::parse(url).unwrap();
            Following {
                host: lanai::reader::subscribe::host(&url).unwrap(),
                url: url.into(),
                channel: String::new(),
                card: "{}".into(),
            }
        };
        let all: Vec<Following> = all.iter().map(following).collect();
        self.store.follow(reader, &all, ("stamp", true), self.now()).await.unwrap();
    }

    pub fn now(&self) -> Timestamp {
        self.now.get()
    }

    pub fn set(&self, now: Timestamp) {
        self.now.set(now);
    }

    /// Lets time pass.
    pub fn later(&self, time: SignedDuration) {
        self.now.set(self.now().checked_add(time).unwrap());
    }

    /// Ana's poller, which remembers nothing of before.
    pub fn poller(&self) -> Poller {
        self.poller_with(&["127.0.0.0/8"])
    }

    pub fn poller_with(&self, allowed: &[&str]) -> Poller {
        let allowed = allowed.iter().map(|text| text.parse().unwrap()).collect();
        let site = Url::parse("https://ana.example/").unwrap();
        let settings = Settings { at_once_a_host: 1, ..Settings::new(site, Guard::new(allowed)) };
        let client = Client::new(settings).unwrap();
        Poller::new(self.store.clone(), HashMap::from([(self.reader, client)]))
    }

    /// Asks for all that is due now; returns how many items are new.
    pub async fn poll(&self) -> usize {
        self.poll_with(&self.poller()).await
    }

    pub async fn poll_with(&self, poller: &Poller) -> usize {
        let (mut new, mut visits) = (0, 0);
        loop {
            let hosts = self.store.take_hosts(OWNER, self.now(), 64).await.unwrap();
            if hosts.is_empty() {
                return new;
            }
            for host in hosts {
                visits += 1;
                assert!(visits <= MOST_VISITS, "round and round at {host}");
                new += self.visit(poller, &host).await;
            }
        }
    }

    /// Visits a host that was taken.
    pub async fn visit(&self, poller: &Poller, host: &str) -> usize {
        poller.visit(host, OWNER, || self.now(), || Chance(0)).await.unwrap()
    }

    /// Lets time pass until a feed is due, and asks.
    pub async fn poll_when_due(&self, url: &str) -> usize {
        let due = self.feed(url).await.due.expect("it is asked again");
        self.set(due.max(self.now()));
        self.poll().await
    }

    /// The feed that an address names.
    pub async fn feed(&self, url: &str) -> StoredFeed {
        let url = Url::parse(url).unwrap();
        let id = self.count(&format!("SELECT coalesce(same_as, id) FROM feed WHERE url = '{url}'"));
        let id = lanai::store::FeedId::from_number(id);
        self.store.feed(id).await.unwrap().expect("a feed")
    }

    /// Minutes until a feed is due.
    pub async fn due_in(&self, url: &str) -> i64 {
        let due = self.feed(url).await.due.expect("it is asked again");
        due.duration_since(self.now()).as_secs() / 60
    }

    /// Ana's timeline, the newest first.
    pub async fn entries(&self) -> Vec<StoredEntry> {
        self.entries_of(self.reader, Scope::All).await
    }

    pub async fn entries_of(&self, reader: ReaderId, scope: Scope<'_>) -> Vec<StoredEntry> {
        self.store.entries(reader, scope, Part::Newest, u16::MAX).await.unwrap()
    }

    pub async fn titles(&self) -> Vec<String> {
        titles(&self.entries().await)
    }

    pub async fn unread(&self) -> Vec<String> {
        titles(&self.entries_of(self.reader, Scope::Unread).await)
    }

    /// What was asked of a page.
    pub fn asked(&self, host: &str, path: &str) -> Vec<Asked> {
        let host = format!("{host}.localhost");
        let all = self.peer.asked().into_iter();
        all.filter(|asked| asked.host == host && asked.path == path).collect()
    }

    pub fn database(&self) -> Connection {
        Connection::open(self.folder.join("lanai.sqlite")).unwrap()
    }

    /// A number from the database.
    pub fn count(&self, sql: &str) -> i64 {
        self.database().query_row(sql, [], |row| row.get(0)).unwrap()
    }
}

/// What entries are called, or say.
pub fn titles(entries: &[StoredEntry]) -> Vec<String> {
    let title = |entry: &StoredEntry| {
        let shown = Entry::read(&entry.body);
        shown.title.or(shown.html).unwrap_or_default()
    };
    entries.iter().map(title).collect()
}

/// An item of a feed.
#[derive(Debug, Clone)]
pub struct Post {
    pub id: String,
    pub link: String,
    pub title: String,
    /// Days before the first of May 2026.
    pub days: i64,
    pub text: String,
}

impl Post {
    /// A post that is called as its id, so many days old.
    pub fn new(id: &str, days: i64) -> Self {
        let text = format!("What {id} says.");
        Self { id: id.into(), link: format!("/{id}"), title: id.into(), days, text }
    }
}

/// A feed of RSS.
pub fn rss(posts: &[Post]) -> String {
    rss_with("", posts)
}

/// With more in its channel.
pub fn rss_with(more: &str, posts: &[Post]) -> String {
    let first: Timestamp = "2026-05-01T09:00:00Z".parse().unwrap();
    let mut xml = format!("<rss version=\"2.0\"><channel><title>Ben</title>{more}");
    for Post { id, link, title, days, text } in posts {
        let at = first.checked_sub(SignedDuration::from_hours(24 * days)).unwrap();
        let at = jiff::fmt::rfc2822::to_string(&at.to_zoned(jiff::tz::TimeZone::UTC)).unwrap();
        xml.push_str(&format!(
            "<item><guid isPermaLink=\"false\">{id}</guid><link>{link}</link><title>{title}</title>\
             <pubDate>{at}</pubDate><description>{text}</description></item>"
        ));
    }
    xml.push_str("</channel></rss>");
    xml
}

/// As a server sends it.
pub fn feed(posts: &[Post]) -> Reply {
    sent(rss(posts))
}

pub fn sent(text: impl Into<Vec<u8>>) -> Reply {
    Reply::status(200).header("Content-Type", "application/rss+xml").body(text)
}
