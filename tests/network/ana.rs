//! Ana's site as a folder that is sent from, and everybody else as one server.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::Value;

use crate::harness::{SiteTest, files, texts};
use crate::peer::{Asked, Peer, Reply};

/// Two people on one server: Ana's site is what she deployed last, Ben's takes mentions.
pub struct World {
    pub site: SiteTest,
    pub peer: Peer,
    live: PathBuf,
    /// What others answer by method, host and path, before all else.
    replies: Arc<Mutex<HashMap<String, Reply>>>,
    /// What Ben's endpoint answers.
    pub endpoint: Arc<Mutex<Reply>>,
    /// Whether Ana's server is out of order.
    pub is_down: Arc<AtomicBool>,
}

impl World {
    pub fn new() -> Self {
        Self::with_config("")
    }

    pub fn with_config(more: &str) -> Self {
        let site = SiteTest::empty();
        let live = site.path(".live");
        let endpoint = Arc::new(Mutex::new(Reply::status(202)));
        let is_down = Arc::new(AtomicBool::new(false));
        let replies = Arc::<Mutex<HashMap<String, Reply>>>::default();
        let known = Arc::clone(&replies);
        let (folder, answer, down) = (live.clone(), Arc::clone(&endpoint), Arc::clone(&is_down));
        let peer = Peer::start(move |asked| match asked.host.as_str() {
            _ if known.lock().unwrap().contains_key(&name_of(asked)) => {
                known.lock().unwrap()[&name_of(asked)].clone()
            }
            "ana.localhost" if down.load(Ordering::SeqCst) => Reply::status(503),
            "ana.localhost" => file(&folder, &asked.path),
            _ => others(asked, &answer.lock().unwrap()),
        });
        let port = peer.port();
        let config = format!(
            "title = \"Ana\"\nurl = \"http://ana.localhost:{port}\"\n{more}\n[network]\nallow = [\"127.0.0.0/8\"]\n"
        );
        site.write("lanai.toml", &config);
        Self { site, peer, live, replies, endpoint, is_down }
    }

    pub fn post(&self, name: &str, front: &str, text: &str) {
        let text = format!("+++\ndate = 2024-05-01T10:00:00Z\n{front}\n+++\n{text}\n");
        self.site.write(&format!("content/notes/{name}.md"), &text);
    }

    /// What somebody answers from here on: `world.reply("GET carl.localhost/", …)`.
    pub fn reply(&self, asked: &str, reply: Reply) {
        self.replies.lock().unwrap().insert(asked.to_owned(), reply);
    }

    /// How often somebody was asked for something: `world.asked("GET carl.localhost/")`.
    pub fn asked(&self, name: &str) -> usize {
        self.peer.asked().iter().filter(|asked| name_of(asked) == name).count()
    }

    /// The forms that were sent to an address, oldest first.
    pub fn forms(&self, name: &str) -> Vec<Vec<(String, String)>> {
        let asked = self.peer.asked().into_iter().filter(|asked| name_of(asked) == name);
        let form = |asked: Asked| {
            url::form_urlencoded::parse(asked.body.as_bytes()).into_owned().collect()
        };
        asked.map(form).collect()
    }

    /// An address at Ben's.
    pub fn ben(&self, path: &str) -> String {
        self.peer.url("ben.localhost", path).into()
    }

    pub fn ana(&self, path: &str) -> String {
        self.peer.url("ana.localhost", path).into()
    }

    /// Builds, and puts the site where visitors find it.
    pub fn deploy(&self) {
        self.site.build();
        let _ = std::fs::remove_dir_all(&self.live);
        for (name, bytes) in files(&self.site.path("public")) {
            let path = self.live.join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, bytes).unwrap();
        }
    }

    pub fn send_with(&self, arguments: &[&str]) -> Output {
        let usual: &[&str] = &["send", "--now", "2024-06-15T12:00:00Z"];
        let is_timed = arguments.contains(&"--now");
        self.site.run(&[if is_timed { &["send"] } else { usual }, arguments].concat())
    }

    /// Sends; returns what was heard: source path, target path, and why, by `--json`.
    pub fn send(&self, arguments: &[&str]) -> Vec<(String, String, String)> {
        let output = self.send_with(&[&["--json"], arguments].concat());
        let (out, err) = texts(&output);
        assert!(output.status.success(), "{err}");
        let report: Value = serde_json::from_str(&out).unwrap();
        let path =
            |value: &Value| url::Url::parse(value.as_str().unwrap()).unwrap().path().to_owned();
        let told = report["told"].as_array().unwrap();
        let mut told: Vec<_> = told
            .iter()
            .map(|one| {
                let reason = one["reason"].as_str().unwrap().to_owned();
                (path(&one["source"]), path(&one["target"]), reason)
            })
            .collect();
        told.sort();
        told
    }

    /// The mentions that Ben's endpoint got, source and target.
    pub fn heard(&self) -> Vec<(String, String)> {
        let posts = self.peer.asked().into_iter().filter(|asked| asked.method == "POST");
        posts.map(|asked| fields(&asked)).collect()
    }

    pub fn outbox(&self, page: &str) -> Value {
        let path = self.site.path(&format!("data/outbox/{page}.json"));
        serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
    }
}

fn name_of(asked: &Asked) -> String {
    format!("{} {}{}", asked.method, asked.host, asked.path)
}

/// A deployed file.
fn file(live: &Path, path: &str) -> Reply {
    let below = path.trim_start_matches('/');
    let name = if below.is_empty() || below.ends_with('/') {
        format!("{below}index.html")
    } else {
        below.to_owned()
    };
    match std::fs::read(live.join(name)) {
        Ok(bytes) => Reply::html("").body(bytes),
        Err(_) => Reply::status(404),
    }
}

fn others(asked: &Asked, endpoint: &Reply) -> Reply {
    match (asked.method.as_str(), asked.path.as_str()) {
        ("POST", "/hook") => endpoint.clone(),
        (_, path) if path.starts_with("/post") => {
            Reply::html("<p>A post.").header("Link", "</hook>; rel=\"webmention\"")
        }
        (_, path) if path.starts_with("/deaf") => Reply::html("<p>Takes no mentions."),
        _ => Reply::status(404),
    }
}

pub fn fields(asked: &Asked) -> (String, String) {
    let field = |name: &str| {
        let mut all = url::form_urlencoded::parse(asked.body.as_bytes());
        all.find(|(key, _)| key == name).unwrap().1.into_owned()
    };
    (field("source"), field("target"))
}

pub fn told(list: &[(&str, &str, &str)]) -> Vec<(String, String, String)> {
    let own = |text: &&str| (*text).to_owned();
    list.iter().map(|(a, b, c)| (own(a), own(b), own(c))).collect()
}
