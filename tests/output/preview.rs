//! The preview over real sockets: the binary serves on a port that the system chooses, and a small
//! HTTP client asks. Waiting is always waiting on a socket.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, ChildStderr, Command, Stdio};
use std::time::Duration;

use jiff::Timestamp;

use crate::harness::SiteTest;

/// Nothing here should take this long; a socket that is silent for longer fails the test.
const PATIENCE: Duration = Duration::from_secs(60);

struct Preview {
    child: Child,
    address: SocketAddr,
    /// Where the preview says how builds went.
    said: BufReader<ChildStderr>,
}

impl Drop for Preview {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

struct Response {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Response {
    fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(n, _)| n == name).map_or("", |(_, value)| value.as_str())
    }

    fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }
}

impl Preview {
    /// Starts the preview of a site and waits until its first build is over: it says so then.
    fn start(site: &SiteTest, arguments: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_lanai"))
            .args(["serve", "--port", "0"])
            .args(arguments)
            .current_dir(site.root())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().trim_start_matches("http://").trim_end_matches('/');
        let address: SocketAddr = address.parse().unwrap_or_else(|_| panic!("no address: {line}"));
        assert!(address.ip().is_loopback());
        let said = BufReader::new(child.stderr.take().unwrap());
        let mut preview = Self { child, address, said };
        let mut first = String::new();
        preview.said.read_line(&mut first).unwrap();
        assert!(!first.is_empty(), "it ended");
        preview
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect_timeout(&self.address, PATIENCE).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream
    }

    /// Sends a request as it is and reads the answer to its end.
    fn send(&self, request: &str) -> Response {
        let mut stream = self.connect();
        stream.write_all(request.as_bytes()).unwrap();
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).unwrap();
        let end = bytes.windows(4).position(|w| w == b"\r\n\r\n").expect("headers end");
        let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
        let mut lines = head.split("\r\n");
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let headers: Vec<(String, String)> = lines
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
            .collect();
        Response { status, headers, body: bytes[end + 4..].to_vec() }
    }

    fn request(&self, method: &str, path: &str, more: &str) -> Response {
        let host = self.address;
        self.send(&format!(
            "{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{more}\r\n"
        ))
    }

    fn get(&self, path: &str) -> Response {
        self.request("GET", path, "")
    }

    /// Listens for what the preview tells browsers. Returns once it is sure to be heard.
    fn events(&self) -> Events {
        let mut stream = self.connect();
        let host = self.address;
        let request = format!(
            "GET /_lanai/events HTTP/1.1\r\nHost: {host}\r\nAccept: text/event-stream\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).unwrap();
        let mut reader = BufReader::new(stream);
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            assert!(reader.read_line(&mut head).unwrap() > 0, "{head}");
        }
        assert!(head.starts_with("HTTP/1.1 200") && head.contains("text/event-stream"), "{head}");
        Events { reader }
    }
}

/// The stream of messages of builds.
struct Events {
    reader: BufReader<TcpStream>,
}

impl Events {
    /// The name of the next message.
    fn next(&mut self) -> String {
        loop {
            let mut line = String::new();
            assert!(self.reader.read_line(&mut line).unwrap() > 0, "the stream ended");
            if let Some(name) = line.trim().strip_prefix("event:") {
                return name.trim().to_owned();
            }
        }
    }

    /// Waits for messages until something is so.
    fn wait_until(&mut self, so: impl Fn() -> bool) {
        while !so() {
            self.next();
        }
    }

    /// Waits for a message of that name; a burst of changes may bring others before it.
    fn wait_for(&mut self, name: &str) {
        while self.next() != name {}
    }
}

/// Writes a file as editors do that replace it in one step: no build sees half of it.
fn replace(site: &SiteTest, path: &str, text: &str) {
    site.write(".replacing", text);
    std::fs::rename(site.path(".replacing"), site.path(path)).unwrap();
}

fn site() -> SiteTest {
    SiteTest::new()
        .note("content/notes/a.md", "The first text #tea")
        .file("content/about.md", "+++\naliases = [\"/me/\"]\n+++\nAbout\n")
        .file("data/gone.toml", "[[gone]]\npath = \"/dead/\"\n")
        .bytes("static/data.bin", b"0123456789")
        .file("secret.txt", "not for the web")
}

#[test]
fn pages_are_served_with_links_to_the_preview_and_the_output_is_left_alone() {
    let site = site();
    site.write("public/index.html", "published");
    let preview = Preview::start(&site, &[]);
    let home = preview.get("/");
    assert_eq!((home.status, home.header("content-type")), (200, "text/html; charset=utf-8"));
    let text = home.text();
    assert!(
        text.contains(&format!("http://{}/", preview.address)),
        "canonical links name the preview"
    );
    assert!(!text.contains("https://test.example"), "{text}");
    assert!(text.contains("<script src=\"/_lanai/preview.js\" defer></script></body>"));
    assert!(home.header("content-security-policy").contains("default-src 'none'"));
    assert_eq!(home.header("cache-control"), "no-store");
    assert!(preview.get("/_lanai/preview.js").text().contains("EventSource"));
    assert_eq!(
        preview.get("/_lanai/preview.css").header("content-type"),
        "text/css; charset=utf-8"
    );
    assert!(preview.get("/_lanai/problems").body.is_empty());
    let feed = preview.get("/atom.xml");
    assert!(feed.header("content-type").contains("xml") && !feed.text().contains("_lanai"));
    assert_eq!(site.all(), [("index.html".to_owned(), b"published".to_vec())]);
}

#[test]
fn every_link_of_the_home_page_is_answered() {
    let site = site();
    let preview = Preview::start(&site, &[]);
    let page = crate::dom::Page::parse(&preview.get("/").text());
    let own = format!("http://{}", preview.address);
    let mut seen = 0;
    for element in &page.elements {
        for name in ["href", "src"] {
            let Some(value) = element.get(name) else { continue };
            let path = value.strip_prefix(&own).unwrap_or(value);
            if path.starts_with('/') {
                seen += 1;
                assert_eq!(preview.get(path).status, 200, "{path}");
            }
        }
    }
    assert!(seen > 10);
}

#[test]
fn a_change_reloads_the_page_and_problems_keep_the_last_good_one() {
    let site = site();
    let preview = Preview::start(&site, &[]);
    let mut events = preview.events();
    replace(&site, "content/notes/a.md", "+++\ndate = 2024-05-01\n+++\nThe second text\n");
    events.wait_for("reload");
    assert!(preview.get("/notes/a/").text().contains("The second text"));
    assert_eq!(preview.get("/tags/tea/").status, 404, "what is no more is gone");

    replace(&site, "content/notes/a.md", "+++\ndate = nonsense\n+++\nThe third text\n");
    events.wait_for("problems");
    let problems = preview.get("/_lanai/problems");
    assert!(problems.text().contains("content/notes/a.md:2"), "{}", problems.text());
    assert_eq!(problems.header("content-type"), "text/plain; charset=utf-8");
    let page = preview.get("/notes/a/");
    assert_eq!(page.status, 200);
    assert!(page.text().contains("The second text"), "the last good page");

    replace(&site, "content/notes/a.md", "+++\ndate = 2024-05-01\n+++\nThe fourth text\n");
    events.wait_for("reload");
    assert!(preview.get("/_lanai/problems").body.is_empty());
    assert!(preview.get("/notes/a/").text().contains("The fourth text"));
}

#[test]
fn every_part_of_the_site_folder_is_watched() {
    let site = site();
    let preview = Preview::start(&site, &[]);
    let mut events = preview.events();
    site.write("content/new/folder/b.md", "+++\ndate = 2024-05-02\n+++\nIn a new folder\n");
    events.wait_until(|| preview.get("/new/folder/b/").text().contains("In a new folder"));
    replace(&site, "lanai.toml", "title = \"Renamed\"\nurl = \"https://test.example\"\n");
    events.wait_until(|| preview.get("/").text().contains("Renamed"));
    replace(&site, "static/data.bin", "changed");
    events.wait_until(|| preview.get("/data.bin").text() == "changed");
    // A folder that was not there before, and what happens in it later.
    for color in ["red", "blue"] {
        let style = format!(".mine{{color:{color}}}");
        site.write("theme/assets/custom.css", &style);
        events.wait_until(|| {
            let page = crate::dom::Page::parse(&preview.get("/").text());
            preview.get(&page.rel("stylesheet")[0]).text().contains(&style)
        });
    }
    std::fs::remove_file(site.path("content/about.md")).unwrap();
    events.wait_until(|| preview.get("/about/").status == 404);
}

#[test]
fn a_site_that_never_built_says_why() {
    let site = site().file("content/notes/bad.md", "+++\ndate = nonsense\n+++\nx\n");
    let preview = Preview::start(&site, &[]);
    let home = preview.get("/");
    assert_eq!((home.status, home.header("content-type")), (404, "text/html; charset=utf-8"));
    assert!(home.text().contains("/_lanai/preview.js"), "the script shows the problems");
    assert!(preview.get("/_lanai/problems").text().contains("content/notes/bad.md:2"));
    let mut events = preview.events();
    std::fs::remove_file(site.path("content/notes/bad.md")).unwrap();
    events.wait_for("reload");
    assert_eq!(preview.get("/").status, 200);
}

#[test]
fn old_addresses_deleted_pages_and_nothing_are_told_apart() {
    let site = site();
    let preview = Preview::start(&site, &[]);
    let moved = preview.get("/me/");
    assert_eq!((moved.status, moved.header("location")), (301, "/about/"));
    let folder = preview.get("/about");
    assert_eq!((folder.status, folder.header("location")), (301, "/about/"));
    let gone = preview.get("/dead/");
    assert_eq!(gone.status, 410);
    assert!(gone.text().contains("h-entry"));
    for nothing in ["/nothing/", "/nothing", "/notes/a/x", "/_lanai/x", "/%FF%FE/"] {
        let answer = preview.get(nothing);
        assert_eq!(answer.status, 404, "{nothing}");
        assert!(answer.text().contains("<h1>"), "{nothing}");
    }
}

#[test]
fn no_path_leads_out_of_the_output() {
    let site = site();
    let preview = Preview::start(&site, &[]);
    for path in [
        "/../secret.txt",
        "/../../secret.txt",
        "/../../../secret.txt",
        "/%2e%2e/%2e%2e/%2e%2e/secret.txt",
        "/..%2f..%2f..%2fsecret.txt",
        "/%2e%2e%2f%2e%2e%2f%2e%2e%2fsecret.txt",
        "/notes/../../../../secret.txt",
        "/..\\..\\..\\secret.txt",
        "/..%5c..%5c..%5csecret.txt",
        "/%252e%252e/secret.txt",
        "//etc/passwd",
        "/%2fetc/passwd",
        "///etc/passwd",
        "/.lanai/serve/manifest",
        "/../manifest",
        "/%00",
        "/data.bin%00.html",
        "/lanai.toml",
        "/secret.txt",
    ] {
        let answer = preview.get(path);
        assert!(
            answer.status == 404 || answer.status == 400 || answer.status == 301,
            "{path}: {}",
            answer.status
        );
        let body = String::from_utf8_lossy(&answer.body).into_owned();
        assert!(
            !body.contains("not for the web")
                && !body.contains("root:")
                && !body.contains("index.html\n"),
            "{path}"
        );
        assert!(!answer.header("location").starts_with("//"), "{path} leads to another host");
    }
}

#[test]
fn methods_ranges_and_broken_requests_are_answered_by_the_book() {
    let site = site();
    let preview = Preview::start(&site, &[]);
    let head = preview.request("HEAD", "/notes/a/", "");
    assert_eq!((head.status, head.body.len()), (200, 0));
    assert!(head.header("content-length").parse::<usize>().unwrap() > 0);
    for method in ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"] {
        for path in ["/", "/nothing/", "/_lanai/problems"] {
            let answer = preview.request(method, path, "Content-Length: 0\r\n");
            assert_eq!(answer.status, 405, "{method} {path}");
            assert!(answer.header("allow").contains("GET"), "{method} {path}");
        }
    }
    let part = preview.request("GET", "/data.bin", "Range: bytes=2-4\r\n");
    assert_eq!(
        (part.status, part.text().as_str(), part.header("content-range")),
        (206, "234", "bytes 2-4/10")
    );
    let open = preview.request("GET", "/data.bin", "Range: bytes=7-\r\n");
    assert_eq!(
        (open.status, open.text().as_str(), open.header("content-range")),
        (206, "789", "bytes 7-9/10")
    );
    let over = preview.request("GET", "/data.bin", "Range: bytes=8-99\r\n");
    assert_eq!(
        (over.status, over.text().as_str(), over.header("content-range")),
        (206, "89", "bytes 8-9/10")
    );
    for range in
        ["bytes=0-1,3-4", "lines=1-2", "bytes=x-y", "bytes=5-2", "bytes=0-18446744073709551615"]
    {
        let whole = preview.request("GET", "/data.bin", &format!("Range: {range}\r\n"));
        assert_eq!(
            (whole.status == 200 || whole.status == 206, whole.text().as_str()),
            (true, "0123456789"),
            "{range}"
        );
    }
    assert_eq!(preview.send("nonsense\r\n\r\n").status, 400);
    assert_eq!(preview.get("/").status, 200, "it goes on");
}

#[test]
fn many_browsers_hear_of_one_change() {
    let site = site();
    let preview = Preview::start(&site, &[]);
    let mut all: Vec<Events> = (0..20).map(|_| preview.events()).collect();
    replace(&site, "content/notes/a.md", "+++\ndate = 2024-05-01\n+++\nNews\n");
    for events in &mut all {
        events.wait_for("reload");
    }
    drop(all);
    assert!(preview.get("/").text().contains("News"));
}

#[test]
fn a_post_that_is_due_soon_appears_by_itself() {
    let site = site();
    let due = Timestamp::now() + jiff::SignedDuration::from_secs(4);
    site.write("content/notes/soon.md", &format!("+++\ndate = {due:.0}\n+++\nRight on time\n"));
    let preview = Preview::start(&site, &[]);
    let mut events = preview.events();
    if preview.get("/notes/soon/").status == 404 {
        events.wait_for("reload");
    }
    assert_eq!(preview.get("/notes/soon/").status, 200);
    assert!(Timestamp::now() >= due - jiff::SignedDuration::from_secs(1), "and not before");
    assert!(preview.get("/").text().contains("Right on time"));
}

#[test]
fn drafts_are_shown_when_asked_for() {
    let site = site()
        .file("content/notes/d.md", "+++\ndate = 2024-05-01\ndraft = true\n+++\nA draft\n")
        .file("content/notes/f.md", "+++\ndate = 2999-05-01\n+++\nFar future\n");
    let preview = Preview::start(&site, &["--drafts"]);
    assert!(preview.get("/notes/d/").text().contains("A draft"));
    assert_eq!(preview.get("/notes/f/").status, 200);
    drop(preview);
    let preview = Preview::start(&site, &[]);
    assert_eq!((preview.get("/notes/d/").status, preview.get("/notes/f/").status), (404, 404));
}

#[test]
fn only_the_names_of_this_machine_are_answered() {
    let site = site();
    let preview = Preview::start(&site, &[]);
    let port = preview.address.port();
    let asked = |host: &str| {
        let request = format!("GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        preview.send(&request).status
    };
    for host in [format!("127.0.0.1:{port}"), format!("localhost:{port}")] {
        assert_eq!(asked(&host), 200, "{host}");
    }
    for host in [format!("rebound.example:{port}"), "127.0.0.1.example".to_owned(), String::new()] {
        assert_eq!(asked(&host), 421, "{host}");
    }
}

#[test]
fn a_site_in_a_folder_of_its_host_is_previewed_at_the_root() {
    let site = SiteTest::empty()
        .file("lanai.toml", "title = \"T\"\nurl = \"https://test.example/blog/\"\n")
        .note("content/notes/a.md", "Text");
    let preview = Preview::start(&site, &[]);
    assert!(preview.get("/").text().contains("href=\"/notes/a/\""));
}

#[test]
fn a_port_in_use_and_a_folder_without_a_site_are_named() {
    let site = site();
    let preview = Preview::start(&site, &[]);
    let port = preview.address.port().to_string();
    let output = site.run(&["serve", "--port", &port]);
    assert_eq!(output.status.code(), Some(2));
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains(&format!("port {port} is in use")), "{text}");
    let empty = SiteTest::empty();
    let output = empty.run(&["serve", "--port", "0"]);
    assert!(!output.status.success() && output.stdout.is_empty());
}
