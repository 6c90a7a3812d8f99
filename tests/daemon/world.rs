//! Ana's site with its daemon, and other sites whose pages a test writes and changes.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use crate::home::{Home, Row};
use crate::peer::{Asked, Peer, Reply};

type Pages = Arc<Mutex<HashMap<String, Reply>>>;

/// Somewhere to live for those who mention and those who are mentioned.
pub struct World {
    pub home: Home,
    pub peer: Peer,
    pages: Pages,
}

impl World {
    pub fn new() -> Self {
        Self::with("")
    }

    /// With more in Ana's configuration.
    pub fn with(more: &str) -> Self {
        Self::of(Home::with("ana", more))
    }

    pub fn of(home: Home) -> Self {
        let pages = Pages::default();
        let known = Arc::clone(&pages);
        let peer = Peer::start(move |asked| answer(&known, asked));
        Self { home, peer, pages }
    }

    /// The first note, which others mention.
    pub fn target(&self) -> String {
        self.home.url("/notes/one/")
    }

    /// An address at somebody else's.
    pub fn at(&self, host: &str, path: &str) -> String {
        self.peer.url(&format!("{host}.localhost"), path).into()
    }

    /// Puts a page where somebody else lives.
    pub fn put(&self, host: &str, path: &str, reply: Reply) {
        self.pages.lock().unwrap().insert(format!("{host}.localhost{path}"), reply);
    }

    /// Puts a page of HTML at Ben's, and sends it; what became of it.
    pub fn html(&self, path: &str, html: &str) -> Row {
        self.put("ben", path, Reply::html(html));
        self.take("ben", path)
    }

    /// Sends a page as a mention of the first note; what became of it.
    #[track_caller]
    pub fn take(&self, host: &str, path: &str) -> Row {
        self.home.take(&self.at(host, path))
    }

    /// A reply of somebody, who has a card on it.
    pub fn reply(&self, host: &str, path: &str, text: &str) -> Row {
        self.write(host, path, text);
        self.take(host, path)
    }

    /// Puts a reply of somebody where they live.
    pub fn write(&self, host: &str, path: &str, text: &str) {
        let author = card(host, &self.at(host, "/"));
        self.put(host, path, Reply::html(&self.entry("u-in-reply-to", &author, text)));
    }

    /// A post that does something with the first note.
    pub fn entry(&self, property: &str, author: &str, text: &str) -> String {
        let target = self.target();
        format!(
            "<!doctype html><title>t</title><article class=\"h-entry\">{author}\
             <a class=\"{property}\" href=\"{target}\">That</a>\
             <div class=\"e-content\">{text}</div></article>"
        )
    }

    /// The published file of a mention.
    pub fn file(&self, host: &str, path: &str) -> Option<serde_json::Value> {
        self.home.file_of(&self.at(host, path))
    }

    /// How often a page was asked for.
    pub fn asked(&self, host: &str, path: &str) -> usize {
        let host = format!("{host}.localhost");
        self.peer.asked().iter().filter(|asked| asked.host == host && asked.path == path).count()
    }
}

/// Somebody's card.
pub fn card(name: &str, url: &str) -> String {
    format!("<a class=\"p-author h-card\" href=\"{url}\">{name}</a>")
}

fn answer(pages: &Pages, asked: &Asked) -> Reply {
    let path = asked.path.split('?').next().unwrap_or_default();
    let key = format!("{}{path}", asked.host);
    pages.lock().unwrap().get(&key).cloned().unwrap_or_else(|| Reply::status(404))
}
