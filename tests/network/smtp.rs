//! A mail server on loopback, with a record of what it heard. What it answers otherwise than usual
//! is the test's.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// A client that is silent for longer fails the test.
const PATIENCE: Duration = Duration::from_secs(60);

/// What the server says to a command of a conversation; none for the usual, `HANG` for nothing.
type Answer = dyn Fn(usize, &str) -> Option<String> + Send + Sync;

/// An answer that never comes.
pub const HANG: &str = "";

/// How the server encrypts.
#[derive(Clone)]
pub enum Tls {
    None,
    AtOnce(Arc<ServerConfig>),
    Start(Arc<ServerConfig>),
}

/// One conversation.
#[derive(Debug, Clone, Default)]
pub struct Talk {
    /// The client's commands.
    pub lines: Vec<String>,
    /// Commands that came before encryption.
    pub in_the_open: usize,
    /// The mail, if the client came to its end.
    pub mail: Option<String>,
    /// Whether the server has taken it.
    pub is_taken: bool,
}

impl Talk {
    pub fn has(&self, command: &str) -> bool {
        self.lines.iter().any(|line| line.starts_with(command))
    }

    /// The header of a name, with the lines that continue it.
    pub fn header(&self, name: &str) -> Vec<String> {
        let mail = self.mail.as_deref().unwrap_or_default();
        let head = mail.split("\r\n\r\n").next().unwrap_or_default().replace("\r\n ", " ");
        let start = format!("{name}: ");
        let found = head.split("\r\n").filter_map(|line| line.strip_prefix(&start));
        found.map(str::to_owned).collect()
    }

    /// The text, decoded if it is written as quoted-printable.
    pub fn text(&self) -> String {
        let mail = self.mail.as_deref().unwrap_or_default();
        let body = mail.split_once("\r\n\r\n").map(|(_, body)| body).unwrap_or_default();
        match self.header("Content-Transfer-Encoding").first().map(String::as_str) {
            Some("quoted-printable") => unquoted(body),
            Some("7bit") => body.to_owned(),
            other => panic!("{other:?}"),
        }
    }
}

fn unquoted(text: &str) -> String {
    let text = text.replace("=\r\n", "");
    let mut bytes = Vec::new();
    let mut parts = text.split('=');
    bytes.extend(parts.next().unwrap().bytes());
    for part in parts {
        bytes.push(u8::from_str_radix(&part[..2], 16).unwrap());
        bytes.extend(part[2..].bytes());
    }
    String::from_utf8(bytes).unwrap()
}

/// The server. It ends with the test's process.
pub struct MailServer {
    pub port: u16,
    talks: Arc<Mutex<Vec<Talk>>>,
}

impl MailServer {
    /// One that takes everything.
    pub fn start() -> Self {
        Self::with(Tls::None, |_, _| None)
    }

    pub fn with(
        tls: Tls,
        answer: impl Fn(usize, &str) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let talks = Arc::new(Mutex::new(Vec::new()));
        let (record, answer): (_, Arc<Answer>) = (Arc::clone(&talks), Arc::new(answer));
        std::thread::spawn(move || {
            for (number, stream) in listener.incoming().flatten().enumerate() {
                record.lock().unwrap().push(Talk::default());
                let keep = Keep { record: Arc::clone(&record), number };
                let (tls, answer) = (tls.clone(), Arc::clone(&answer));
                std::thread::spawn(move || serve(stream, &tls, &keep, &*answer));
            }
        });
        Self { port, talks }
    }

    /// What was said so far.
    pub fn talks(&self) -> Vec<Talk> {
        self.talks.lock().unwrap().clone()
    }

    /// The mails that it has taken.
    pub fn taken(&self) -> Vec<Talk> {
        self.talks().into_iter().filter(|talk| talk.is_taken).collect()
    }
}

struct Keep {
    record: Arc<Mutex<Vec<Talk>>>,
    number: usize,
}

impl Keep {
    fn note(&self, what: impl FnOnce(&mut Talk)) {
        what(&mut self.record.lock().unwrap()[self.number]);
    }
}

trait Stream: Read + Write + Send {}
impl<S: Read + Write + Send> Stream for S {}

fn encrypted(stream: TcpStream, config: &Arc<ServerConfig>) -> Box<dyn Stream> {
    let connection = ServerConnection::new(Arc::clone(config)).unwrap();
    Box::new(StreamOwned::new(connection, stream))
}

fn serve(stream: TcpStream, tls: &Tls, keep: &Keep, answer: &Answer) {
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let raw = stream.try_clone().unwrap();
    let mut is_open = !matches!(tls, Tls::AtOnce(_));
    let first: Box<dyn Stream> = match tls {
        Tls::AtOnce(config) => encrypted(stream, config),
        _ => Box::new(stream),
    };
    let mut stream = BufReader::new(first);
    let mut command = "greeting".to_owned();
    loop {
        let mut usual = usual(&command, tls, is_open).to_owned();
        if let Some(other) = answer(keep.number, &command) {
            usual = other;
        }
        if usual == HANG {
            std::thread::sleep(PATIENCE);
            return;
        }
        if command == "." {
            let is_taken = usual.starts_with('2');
            keep.note(|talk| talk.is_taken = is_taken);
        }
        if stream.get_mut().write_all(format!("{usual}\r\n").as_bytes()).is_err() {
            return;
        }
        let _ = stream.get_mut().flush();
        if let (Tls::Start(config), "STARTTLS") = (tls, &*command) {
            is_open = false;
            stream = BufReader::new(encrypted(raw.try_clone().unwrap(), config));
        }
        if command == "DATA" && usual.starts_with('3') {
            let Some(mail) = read_mail(&mut stream) else { return };
            keep.note(|talk| talk.mail = Some(mail));
            command = ".".to_owned();
            continue;
        }
        let mut line = String::new();
        match stream.read_line(&mut line) {
            Ok(1..) => {}
            _ => return,
        }
        command = line.trim_end().to_owned();
        keep.note(|talk| {
            talk.lines.push(command.clone());
            talk.in_the_open += usize::from(is_open);
        });
    }
}

fn usual(command: &str, tls: &Tls, is_open: bool) -> &'static str {
    match command.split([' ', ':']).next().unwrap() {
        "greeting" => "220 test ready",
        "EHLO" if matches!(tls, Tls::Start(_)) && is_open => "250-test\r\n250 STARTTLS",
        "EHLO" => "250-test\r\n250 AUTH PLAIN LOGIN",
        "AUTH" => "235 welcome",
        "DATA" => "354 go on",
        "QUIT" => "221 bye",
        "STARTTLS" => "220 go on",
        _ => "250 ok",
    }
}

fn read_mail(stream: &mut impl BufRead) -> Option<String> {
    let mut mail = String::new();
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).ok()? == 0 {
            return None;
        }
        if line == ".\r\n" {
            return Some(mail);
        }
        // Dots at the start of a line are doubled on the way (RFC 5321, 4.5.2).
        mail.push_str(line.strip_prefix('.').unwrap_or(&line));
    }
}

/// An authority in `ca.pem`, and what it says of `localhost` in `server.pem` and `server.key`.
pub fn make_certificates(folder: &Path) {
    let openssl = |arguments: &str| {
        let output =
            Command::new("openssl").args(arguments.split(' ')).current_dir(folder).output();
        let output = output.expect("openssl runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
    openssl(&format!("req -x509 {key} -days 36500 -subj /CN=Test -keyout ca.key -out ca.pem"));
    openssl(&format!("req {key} -subj /CN=localhost -keyout server.key -out server.csr"));
    std::fs::write(folder.join("names"), "subjectAltName=DNS:localhost\n").unwrap();
    openssl(
        "x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 36500 \
         -extfile names -out server.pem",
    );
}

/// A server's side of encryption with them.
pub fn server_config(folder: &Path) -> Arc<ServerConfig> {
    let certificates = CertificateDer::pem_file_iter(folder.join("server.pem")).unwrap();
    let certificates = certificates.collect::<Result<Vec<_>, _>>().unwrap();
    let key = PrivateKeyDer::from_pem_file(folder.join("server.key")).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ServerConfig::builder_with_provider(provider);
    let builder = builder.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
    Arc::new(builder.with_single_cert(certificates, key).unwrap())
}
