//! Mail to the owner: what a server hears, and what the owner hears if it does not take it.

use std::path::Path;
use std::time::Duration;

use lanai::config::{Mail, Secret, Security, parse};
use lanai::error::Source;
use lanai::net::mail::{Letter, send};

use crate::smtp::{HANG, MailServer, Tls, make_certificates, server_config};

const PASSWORD: &str = "open sesame";

/// The settings for a server here.
fn settings(port: u16, security: &str) -> Mail {
    let text = format!(
        "title = \"Ana\"\nurl = \"https://ana.example\"\n[mail]\nserver = \"localhost:{port}\"\n\
         security = \"{security}\"\nuser = \"ana\"\nfrom = \"door@ana.example\"\nto = \"ana@ana.example\"\n"
    );
    parse(&Source::new("lanai.toml", &text)).unwrap().mail.unwrap()
}

fn letter<'l>(subject: &'l str, text: &'l str) -> Letter<'l> {
    let now = "2024-05-02T07:00:00Z".parse().unwrap();
    let patience = Duration::from_secs(60);
    Letter { name: "Ana", subject, text, id: "digest-1", now, patience }
}

async fn post_to(root: &Path, mail: &Mail, letter: &Letter<'_>) -> Result<(), String> {
    let password = Secret::new(PASSWORD);
    send(root, mail, Some(&password), letter).await.map_err(|failure| failure.to_string())
}

async fn post(server: &MailServer, letter: &Letter<'_>) -> Result<(), String> {
    post_to(Path::new("."), &settings(server.port, "none"), letter).await
}

#[tokio::test]
async fn a_mail_has_the_headers_that_it_should_have() {
    let server = MailServer::start();
    post(&server, &letter("Zoë wrote", "Zoë: hello\n.\n> fine\n")).await.unwrap();
    let talks = server.taken();
    assert_eq!(talks.len(), 1);
    let talk = &talks[0];
    assert_eq!(talk.lines[0], "EHLO ana.example");
    // base64 of \0ana\0open sesame
    assert_eq!(talk.lines[1], "AUTH PLAIN AGFuYQBvcGVuIHNlc2FtZQ==");
    assert_eq!(talk.lines[2], "MAIL FROM:<door@ana.example>");
    assert_eq!(talk.lines[3], "RCPT TO:<ana@ana.example>");
    for (name, expected) in [
        ("From", "Ana <door@ana.example>"),
        ("To", "ana@ana.example"),
        ("Date", "Thu, 02 May 2024 07:00:00 +0000"),
        ("Message-ID", "<digest-1@ana.example>"),
        ("Auto-Submitted", "auto-generated"),
        ("MIME-Version", "1.0"),
        ("Content-Type", "text/plain; charset=utf-8"),
    ] {
        assert_eq!(talk.header(name), [expected], "{:?}", talk.mail);
    }
    assert!(talk.header("Subject")[0].starts_with("=?utf-8?"), "{:?}", talk.header("Subject"));
    assert!(talk.mail.as_ref().unwrap().is_ascii());
    assert_eq!(talk.text().replace("\r\n", "\n").trim_end(), "Zoë: hello\n.\n> fine");
}

#[tokio::test]
async fn names_and_subjects_add_no_header_and_no_receiver() {
    let vectors = [
        "a\r\nBcc: eve@evil.example",
        "a\nBcc: eve@evil.example\n\nbody",
        "a\r\n\r\n.\r\nMAIL FROM:<eve@evil.example>",
        "\"><eve@evil.example>, \"",
        "a\u{0}b\u{b}c\u{85}Bcc: x",
        "Zoë\r\nBcc: eve@evil.example",
    ];
    let server = MailServer::start();
    for vector in vectors {
        let letter = Letter { name: vector, ..letter(vector, "hello\n") };
        post(&server, &letter).await.unwrap();
    }
    let talks = server.taken();
    assert_eq!(talks.len(), vectors.len());
    for talk in talks {
        let mail = talk.mail.clone().unwrap();
        assert!(talk.header("Bcc").is_empty(), "{mail}");
        assert_eq!(talk.header("Subject").len(), 1, "{mail}");
        assert_eq!(talk.header("From").len(), 1, "{mail}");
        assert!(talk.header("From")[0].ends_with(" <door@ana.example>"), "{mail}");
        assert_eq!(talk.text(), "hello\r\n\r\n", "{mail}");
        assert_eq!(talk.lines.iter().filter(|line| line.starts_with("MAIL")).count(), 1);
        assert_eq!(talk.lines.iter().filter(|line| line.starts_with("RCPT")).count(), 1);
    }
}

#[tokio::test]
async fn the_text_cannot_end_the_mail() {
    let server = MailServer::start();
    post(&server, &letter("a", "one\r\n.\r\nRCPT TO:<eve@evil.example>\n.two\n")).await.unwrap();
    let talk = server.taken().remove(0);
    assert_eq!(talk.text(), "one\r\n.\r\nRCPT TO:<eve@evil.example>\r\n.two\r\n\r\n");
    assert_eq!(talk.lines.iter().filter(|line| line.starts_with("RCPT")).count(), 1);
}

#[tokio::test]
async fn what_a_server_says_is_passed_on_without_the_password() {
    for (command, answer, expected) in [
        ("greeting", "554 go away", "go away"),
        ("AUTH", "535 5.7.8 no: AGFuYQBvcGVuIHNlc2FtZQ== open sesame", "made for programs"),
        ("MAIL", "451 try \u{1b}[31mlater", "later"),
        ("RCPT", "550 who is that", "who is that"),
        ("DATA", "452 full", "full"),
        (".", "554 smells of spam", "smells of spam"),
        ("EHLO", "nonsense", "response error"),
    ] {
        let server = MailServer::with(Tls::None, move |_, asked| {
            asked.starts_with(command).then(|| answer.to_owned())
        });
        let said = post(&server, &letter("a", "b")).await.unwrap_err();
        assert!(said.contains(expected), "{command}: {said}");
        assert!(said.contains(&format!("localhost:{}", server.port)), "{said}");
        for hidden in [PASSWORD, "AGFuYQBv", "\u{1b}"] {
            assert!(!said.contains(hidden), "{said}");
        }
        assert!(server.taken().is_empty(), "{command}");
    }
}

#[tokio::test]
async fn a_server_that_falls_silent_is_left() {
    for command in ["greeting", "EHLO", "AUTH", "MAIL", "RCPT", "DATA", "."] {
        let server = MailServer::with(Tls::None, move |_, asked| {
            asked.starts_with(command).then(|| HANG.to_owned())
        });
        let letter = Letter { patience: Duration::from_millis(200), ..letter("a", "b") };
        let said = post(&server, &letter).await.unwrap_err();
        assert!(said.contains("did not come to an end in time"), "{command}: {said}");
    }
    // By then it has the mail.
    let server = MailServer::with(Tls::None, |_, asked| (asked == "QUIT").then(|| HANG.to_owned()));
    post(&server, &letter("a", "b")).await.unwrap();
    assert_eq!(server.taken().len(), 1);
}

#[tokio::test]
async fn an_answer_without_end_is_not_read_to_its_end() {
    let long = format!("250-{}\r\n", "x".repeat(900)).repeat(20_000);
    let server = MailServer::with(Tls::None, move |_, asked| {
        asked.starts_with("EHLO").then(|| long.clone())
    });
    let said = post(&server, &letter("a", "b")).await.unwrap_err();
    assert!(said.contains("too large"), "{said}");
}

#[tokio::test]
async fn a_password_goes_to_nobody_who_does_not_ask_for_it() {
    let server = MailServer::with(Tls::None, |_, asked| {
        asked.starts_with("EHLO").then(|| "250 test".to_owned())
    });
    post(&server, &letter("a", "b")).await.unwrap_err();
    assert!(!server.talks()[0].has("AUTH"));
}

#[tokio::test]
async fn certificates_are_checked_before_anything_is_said() {
    let folder = tempfile::tempdir().unwrap();
    make_certificates(folder.path());
    let config = server_config(folder.path());
    for (security, tls) in [("tls", Tls::AtOnce(config.clone())), ("starttls", Tls::Start(config))]
    {
        let server = MailServer::with(tls, |_, _| None);
        let letter = letter("a", "b");
        // An authority that nobody knows.
        let mut mail = settings(server.port, security);
        let said = post_to(folder.path(), &mail, &letter).await.unwrap_err();
        assert!(said.contains("certificate") || said.contains("UnknownIssuer"), "{said}");
        // One that the owner trusts, for another name.
        mail.ca_file = Some("ca.pem".into());
        let other = Mail { host: url::Host::Ipv4([127, 0, 0, 1].into()), ..mail.clone() };
        post_to(folder.path(), &other, &letter).await.unwrap_err();
        assert!(server.talks().iter().all(|talk| !talk.has("AUTH") && !talk.has("MAIL")));
        // And for this one.
        post_to(folder.path(), &mail, &letter).await.unwrap();
        let talk = server.taken().remove(0);
        assert!(talk.has("AUTH PLAIN"));
        let open = if security == "tls" { 0 } else { 2 };
        assert_eq!(talk.in_the_open, open, "{:?}", talk.lines);
        // A file that holds none.
        mail.ca_file = Some("ca.key".into());
        let said = post_to(folder.path(), &mail, &letter).await.unwrap_err();
        assert!(said.contains("has no certificate"), "{said}");
    }
}

#[tokio::test]
async fn who_wants_encryption_does_not_go_on_without() {
    let server = MailServer::start();
    let letter = Letter { patience: Duration::from_secs(10), ..letter("a", "b") };
    let mail = settings(server.port, "starttls");
    let said = post_to(Path::new("."), &mail, &letter).await.unwrap_err();
    assert!(said.contains("STARTTLS is not supported"), "{said}");
    let mail = Mail { security: Security::Tls, ..mail };
    post_to(Path::new("."), &mail, &letter).await.unwrap_err();
    for talk in server.talks() {
        assert!(!talk.has("AUTH") && !talk.has("MAIL"), "{:?}", talk.lines);
    }
}
