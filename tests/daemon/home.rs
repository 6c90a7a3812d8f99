//! A site folder with the daemon that keeps it company.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rusqlite::{Connection, OpenFlags, OptionalExtension};

use crate::harness::{SiteTest, texts};
use crate::http::{Answer, ask, form, try_ask};

/// What does not come true for so long does not come true.
const PATIENCE: Duration = Duration::from_secs(60);

/// Waits until something is there.
#[track_caller]
pub fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(start.elapsed() < PATIENCE, "never came: {what}");
        std::thread::sleep(Duration::from_millis(15));
    }
}

/// Waits until something is so.
#[track_caller]
pub fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    wait_for(what, || is_so().then_some(()));
}

/// A port that nobody listens at, outside of those that the system gives away.
pub fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let start = 10_000 + (std::process::id().wrapping_mul(61) % 20_000) as u16;
    wait_for("a port", || {
        let port = 10_000 + (start - 10_000 + NEXT.fetch_add(1, Ordering::SeqCst)) % 20_000;
        std::net::TcpListener::bind(("127.0.0.1", port)).ok().map(|_| port)
    })
}

/// The daemon as a process; it ends with this.
pub struct Daemon {
    child: Child,
    log: Arc<Mutex<String>>,
}

impl Daemon {
    /// Starts it for some site folders; returns when it listens.
    pub fn start(roots: &[&Path], port: u16) -> Self {
        Self::start_with(roots, port, &[])
    }

    fn start_with(roots: &[&Path], port: u16, more: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_lanai"))
            .arg("daemon")
            .args(roots)
            .args(["--listen", &format!("127.0.0.1:{port}"), "--log", "json"])
            .args(more)
            .env_remove("LANAI_CI")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary runs");
        let log = Arc::new(Mutex::new(String::new()));
        let (lines, kept) = (child.stderr.take().unwrap(), Arc::clone(&log));
        std::thread::spawn(move || {
            for line in BufReader::new(lines).lines().map_while(Result::ok) {
                let mut log = kept.lock().unwrap();
                log.push_str(&line);
                log.push('\n');
            }
        });
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let daemon = Self { child, log };
        assert_eq!(line.trim_end(), format!("http://127.0.0.1:{port}/"), "{}", daemon.log());
        daemon
    }

    /// What it wrote to its log so far.
    pub fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    /// Sends its process a signal: `STOP`, `CONT`.
    pub fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args([&format!("-{name}"), &id]).status().unwrap().success());
    }

    /// Ends it without a word.
    pub fn kill(mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Asks it to end; returns when it has.
    pub fn stop(mut self) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        let ended = wait_for("the end of the daemon", || self.child.try_wait().unwrap());
        assert!(ended.success(), "{}", self.log());
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            eprintln!("--- log of a daemon\n{}", self.log());
        }
    }
}

/// A mention as the database has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    pub key: String,
    pub state: String,
    pub words: String,
    pub page: String,
    pub received: i64,
    pub checked: Option<i64>,
    pub trust: Option<String>,
    pub author: Option<String>,
    pub via: Option<String>,
}

/// A site with a daemon, called `name.localhost`.
pub struct Home {
    /// It ends before its folder does.
    pub daemon: Option<Daemon>,
    pub site: SiteTest,
    pub name: String,
    pub port: u16,
}

impl Home {
    /// Ana's site with one note, and its daemon.
    pub fn ana() -> Self {
        Self::with("ana", "")
    }

    /// A site with more in its configuration, and its daemon.
    pub fn with(name: &str, more: &str) -> Self {
        let mut home = Self::quiet(name, more);
        home.start();
        home
    }

    /// A site whose daemon is still to be started. `more` may say more of the daemon first, then
    /// have tables of its own.
    pub fn quiet(name: &str, more: &str) -> Self {
        let home = Self {
            site: SiteTest::empty(),
            name: name.to_owned(),
            port: free_port(),
            daemon: None,
        };
        home.configure("", more);
        home.post("one", "", "The first note.");
        home
    }

    /// Writes the configuration.
    pub fn configure(&self, top: &str, more: &str) {
        let (name, port) = (&self.name, self.port);
        let address = format!("http://{name}.localhost:{port}");
        let often =
            if more.contains("mentions-per-minute") { "" } else { "mentions-per-minute = 10000\n" };
        let config = format!(
            "title = \"The site of {name}\"\nurl = \"{address}\"\n{top}\n[network]\n\
             allow = [\"127.0.0.0/8\"]\n[daemon]\nurl = \"{address}\"\n{often}{more}\n"
        );
        self.site.write("lanai.toml", &config);
    }

    /// Writes a note.
    pub fn post(&self, name: &str, front: &str, text: &str) {
        let text = format!("+++\ndate = 2024-05-01T10:00:00Z\n{front}\n+++\n{text}\n");
        self.site.write(&format!("content/notes/{name}.md"), &text);
    }

    /// Starts the daemon; returns when the site is built and served.
    pub fn start(&mut self) {
        self.daemon = Some(Daemon::start(&[self.site.root()], self.port));
        self.wait_until_served();
    }

    pub fn wait_until_served(&self) {
        wait_until("the first build", || self.metric("builds") > 0 && self.get("/").status == 200);
    }

    pub fn host(&self) -> String {
        format!("{}.localhost:{}", self.name, self.port)
    }

    /// An address of the site.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.host())
    }

    pub fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let host = self.host();
        let all = [&[("Host", &*host)], headers].concat();
        ask(self.port, method, path, &all, body.as_bytes())
    }

    pub fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, &[], "")
    }

    /// Sends a form to the endpoint.
    pub fn send(&self, fields: &[(&str, &str)]) -> Answer {
        self.ask("POST", "/webmention", &[FORM], &form(fields))
    }

    /// Sends a mention that has to be taken.
    pub fn mention(&self, source: &str, target: &str) -> Answer {
        let answer = self.send(&[("source", source), ("target", target)]);
        assert_eq!(answer.status, 201, "{}", answer.text());
        answer
    }

    /// Sends a mention of the first note; returns what became of it.
    pub fn take(&self, source: &str) -> Row {
        self.mention(source, &self.url("/notes/one/"));
        self.settled(source)
    }

    /// A number that the daemon counts.
    pub fn metric(&self, name: &str) -> u64 {
        let Some(answer) = try_ask(self.port, "GET", "/metrics", &[("Host", &self.host())], b"")
        else {
            return 0;
        };
        let text = answer.text();
        let named = format!("lanai_{name}_total ");
        let line = text.lines().find_map(|line| line.strip_prefix(&*named));
        line.and_then(|number| number.parse().ok()).unwrap_or(0)
    }

    /// The database, to look at.
    pub fn database(&self) -> Connection {
        let path = self.site.path(".lanai/lanai.sqlite");
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags).unwrap();
        connection.busy_timeout(Duration::from_secs(20)).unwrap();
        connection
    }

    /// The latest mention of a source.
    pub fn row(&self, source: &str) -> Option<Row> {
        const ROW: &str = "SELECT key, state, words, page, received, checked, trust, author, via \
                           FROM mention WHERE source = ?1 ORDER BY id DESC LIMIT 1";
        let read = |row: &rusqlite::Row<'_>| {
            Ok(Row {
                key: row.get(0)?,
                state: row.get(1)?,
                words: row.get(2)?,
                page: row.get(3)?,
                received: row.get(4)?,
                checked: row.get(5)?,
                trust: row.get(6)?,
                author: row.get(7)?,
                via: row.get(8)?,
            })
        };
        self.database().query_row(ROW, [source], read).optional().unwrap()
    }

    /// A number from the database.
    pub fn count(&self, sql: &str) -> i64 {
        self.database().query_row(sql, [], |row| row.get(0)).unwrap()
    }

    /// Whether there is nothing to do for the daemon at the moment.
    pub fn is_idle(&self) -> bool {
        const DUE: &str = "SELECT (SELECT count(*) FROM inbox) + (SELECT count(*) FROM job \
                           WHERE lease_until IS NOT NULL OR due < (unixepoch() + 20) * 1000)";
        self.count(DUE) == 0
    }

    /// What became of the mention of a source, once its page was looked at.
    #[track_caller]
    pub fn settled(&self, source: &str) -> Row {
        wait_until(&format!("the end of work on {source}"), || self.is_idle());
        self.row(source).unwrap_or_else(|| panic!("nothing is known of {source}"))
    }

    /// A page of the built site.
    pub fn page(&self, path: &str) -> String {
        let file = self.site.path("public").join(path.trim_start_matches('/')).join("index.html");
        std::fs::read_to_string(file).unwrap_or_default()
    }

    /// Waits until the first note shows something.
    #[track_caller]
    pub fn shows(&self, words: &str) {
        wait_until(&format!("the note shows {words}"), || self.page("/notes/one/").contains(words));
    }

    /// Waits until the first note shows something no more.
    #[track_caller]
    pub fn hides(&self, words: &str) {
        wait_until(&format!("the note hides {words}"), || {
            let page = self.page("/notes/one/");
            !page.is_empty() && !page.contains(words)
        });
    }

    /// The files of published mentions.
    pub fn mention_files(&self) -> Vec<PathBuf> {
        let folder = self.site.path("data/mentions");
        if !folder.exists() {
            return Vec::new();
        }
        let files = crate::harness::files(&folder).into_iter();
        files.map(|(name, _)| folder.join(name)).collect()
    }

    /// The published mention of a source.
    pub fn file_of(&self, source: &str) -> Option<serde_json::Value> {
        let all = self.mention_files().into_iter().filter_map(|path| std::fs::read(path).ok());
        let mut read = all.filter_map(|bytes| serde_json::from_slice(&bytes).ok());
        read.find(|file: &serde_json::Value| file["wm-source"] == source)
    }

    /// `lanai mentions …`, which has to go well; what it says.
    #[track_caller]
    pub fn mentions(&self, arguments: &[&str]) -> String {
        let output = self.lanai(&[&["mentions"], arguments].concat());
        let (out, err) = texts(&output);
        assert!(output.status.success(), "{out}{err}");
        format!("{out}{err}")
    }

    pub fn lanai(&self, arguments: &[&str]) -> Output {
        self.site.run(arguments)
    }
}

/// The type of forms.
pub const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");
