//! Another site, as a server on loopback: every name below `localhost` leads to it. What it answers
//! is the test's; it keeps what it was asked.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use url::Url;

/// A client that is silent for longer fails the test.
const PATIENCE: Duration = Duration::from_secs(60);

/// What a client asked.
#[derive(Debug, Clone)]
pub struct Asked {
    pub method: String,
    /// Without the port.
    pub host: String,
    /// With the query.
    pub path: String,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Asked {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }
}

/// What the server answers.
#[derive(Debug, Clone, Default)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// Says that more will come, and leaves the client waiting.
    pub hangs: bool,
    /// Says that more will come, and goes.
    pub is_cut: bool,
}

impl Reply {
    pub fn status(status: u16) -> Self {
        Self { status, ..Self::default() }
    }

    pub fn html(body: &str) -> Self {
        Self::status(200).header("Content-Type", "text/html; charset=UTF-8").body(body)
    }

    pub fn redirect(status: u16, to: &str) -> Self {
        Self::status(status).header("Location", to)
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    pub fn hanging(mut self) -> Self {
        self.hangs = true;
        self
    }
}

/// A server with its record. It ends with the test's process.
pub struct Peer {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Peer {
    /// Starts a server; each connection has a thread of its own and carries one request.
    pub fn start(answer: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (record, answer) = (Arc::clone(&asked), Arc::new(answer));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (record, answer) = (Arc::clone(&record), Arc::clone(&answer));
                std::thread::spawn(move || serve(stream, &record, &*answer));
            }
        });
        Self { address, asked }
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// The address of a page: `peer.url("ana.localhost", "/post")`.
    pub fn url(&self, host: &str, path: &str) -> Url {
        Url::parse(&format!("http://{host}:{}{path}", self.port())).expect("an address")
    }

    /// What was asked so far.
    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

fn serve(stream: TcpStream, record: &Mutex<Vec<Asked>>, answer: &dyn Fn(&Asked) -> Reply) {
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut reader = BufReader::new(stream);
    // A client that went away has asked nothing.
    let Some(asked) = read(&mut reader) else { return };
    record.lock().unwrap().push(asked.clone());
    let reply = answer(&asked);
    let mut stream = reader.into_inner();
    let more = if reply.hangs || reply.is_cut { 1_000_000 } else { 0 };
    let mut head = format!(
        "HTTP/1.1 {} X\r\nConnection: close\r\nContent-Length: {}\r\n",
        reply.status,
        reply.body.len() + more
    );
    for (name, value) in &reply.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("\r\n");
    // A client may have had enough before the end.
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&reply.body));
    if reply.hangs {
        // Until the client goes.
        let _ = stream.read(&mut [0]);
    }
}

fn read(reader: &mut BufReader<TcpStream>) -> Option<Asked> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|bytes| *bytes > 0)?;
    let mut words = line.split_whitespace();
    let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.push((name.to_lowercase(), value.trim().to_owned()));
    }
    let mut asked = Asked { method, path, headers, host: String::new(), body: String::new() };
    let host = asked.header("host").unwrap_or_default();
    asked.host = host.split(':').next().unwrap_or_default().to_owned();
    let length = asked.header("content-length").and_then(|length| length.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body).ok()?;
    asked.body = String::from_utf8(body).ok()?;
    Some(asked)
}
