//! The daily digest by mail, from a running daemon to a mail server on loopback.

use rusqlite::Connection;

use crate::harness::texts;
use crate::home::{Home, wait_until};
use crate::smtp::{HANG, MailServer, Tls, make_certificates, server_config};
use crate::world::World;

const PASSWORD: &str = "open-sesame-4711";

/// Midnight is always over: all of yesterday may be told.
fn settings(server: &MailServer, security: &str) -> String {
    format!(
        "[mail]\nserver = \"localhost:{}\"\nsecurity = \"{security}\"\nca-file = \"ca.pem\"\n\
         user = \"ana\"\nto = \"ana@ana.example\"\nat = \"00:00\"\n\
         password-file = \"data/private/mail\"\n",
        server.port
    )
}

/// Ana's daemon with a mail server.
fn world(server: &MailServer, security: &str) -> World {
    let mut home = Home::quiet("ana", &settings(server, security));
    home.site.write("data/private/mail", &format!("{PASSWORD}\n"));
    home.start();
    World::of(home)
}

/// Certificates in a folder of their own.
fn certificates() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    make_certificates(folder.path());
    folder
}

/// Lets Ana trust whoever made them.
fn trust(home: &Home, certificates: &tempfile::TempDir) {
    std::fs::copy(certificates.path().join("ca.pem"), home.site.path("ca.pem")).unwrap();
}

/// Does something to the database while nobody works with it.
fn meanwhile(home: &mut Home, change: &str) {
    home.daemon.take().unwrap().stop();
    let database = Connection::open(home.site.path(".lanai/lanai.sqlite")).unwrap();
    database.execute_batch(change).unwrap();
    drop(database);
    home.start();
}

/// A day passes. The last mail is days ago, so that midnight makes no difference.
fn a_day_later(home: &mut Home) {
    let now = home.count("SELECT unixepoch()");
    let before = jiff::Timestamp::from_second(now - 5 * 86_400).unwrap();
    meanwhile(
        home,
        &format!(
            "UPDATE mention SET received = received - 86400000;
             UPDATE secret SET value = '{}' WHERE name = 'mailed';",
            before.strftime("%F")
        ),
    );
}

fn looked(home: &Home) -> bool {
    const LATER: &str = "SELECT count(*) FROM job WHERE kind = 'mail' AND lease_until IS NULL \
                         AND due > unixepoch() * 1000";
    home.count(LATER) == 1
}

fn log(home: &Home) -> String {
    home.daemon.as_ref().unwrap().log()
}

#[test]
fn what_came_is_told_in_one_mail_the_next_day() {
    let certificates = certificates();
    let server = MailServer::with(Tls::Start(server_config(certificates.path())), |_, _| None);
    let mut world = world(&server, "starttls");
    trust(&world.home, &certificates);
    world.reply("ben", "/a", "I see it otherwise. Look at https://evil.example/now");
    world.reply("eve", "/b", "Decide about them: https://evil.example/moderation");
    wait_until("a look at the clock", || looked(&world.home));
    assert_eq!(server.talks().len(), 0, "today is not over");

    a_day_later(&mut world.home);
    wait_until("the mail", || server.taken().len() == 1);
    wait_until("a look at the clock", || looked(&world.home));
    let talk = server.taken().remove(0);
    let title = "At the door of The site of ana: 2 wait, 0 published, 0 folded away";
    assert_eq!(talk.header("Subject"), [title]);
    assert_eq!(talk.header("Auto-Submitted"), ["auto-generated"]);
    assert_eq!(talk.header("To"), ["ana@ana.example"]);
    let text = talk.text();
    assert!(text.contains("I see it otherwise. Look at https[:]//evil[.]example/now"), "{text}");
    let queue = format!("Decide about them: {}", world.home.url("/moderation"));
    assert!(text.contains(&queue), "{text}");
    assert_eq!(text.matches("http://").count(), 1, "{text}");
    assert_eq!(text.matches("https://").count(), 0, "{text}");

    // The same day, once more, and nothing new after that.
    meanwhile(&mut world.home, "UPDATE job SET due = 0 WHERE kind = 'mail';");
    wait_until("a look at the clock", || looked(&world.home));
    a_day_later(&mut world.home);
    wait_until("the second mail", || server.taken().len() == 2);
    meanwhile(&mut world.home, "DELETE FROM mention;");
    a_day_later(&mut world.home);
    wait_until("a look at the clock", || looked(&world.home));
    assert_eq!(server.talks().len(), 2);
    assert!(!log(&world.home).contains(PASSWORD));
}

#[test]
fn a_server_that_is_busy_is_asked_again_and_told_once() {
    let server = MailServer::with(Tls::None, |number, asked| {
        (number == 0 && asked == ".").then(|| "451 busy".to_owned())
    });
    let mut world = world(&server, "none");
    world.reply("ben", "/a", "I see it otherwise.");
    a_day_later(&mut world.home);
    wait_until("the failure", || log(&world.home).contains("the digest could not be mailed"));
    let said = log(&world.home);
    assert!(said.contains("451") && said.contains("busy"), "{said}");
    assert!(!said.contains(PASSWORD), "{said}");
    wait_until("a look at the clock", || looked(&world.home));
    const FAILED: &str = "SELECT value FROM secret WHERE name = 'mail-failures'";
    let failures = |home: &Home| -> String {
        home.database().query_row(FAILED, [], |row| row.get(0)).unwrap()
    };
    assert_eq!(failures(&world.home), "1");
    assert!(server.taken().is_empty());
    // The minute passes.
    meanwhile(&mut world.home, "UPDATE job SET due = 0 WHERE kind = 'mail';");
    wait_until("the mail", || server.taken().len() == 1);
    wait_until("a look at the clock", || looked(&world.home));
    assert_eq!(failures(&world.home), "0");
    assert_eq!(server.talks().len(), 2);
}

#[test]
fn who_is_killed_while_the_mail_is_on_its_way_sends_it_again() {
    // The server has it, and the daemon is never told.
    let server = MailServer::with(Tls::None, |number, asked| {
        (number == 0 && asked == ".").then(|| HANG.to_owned())
    });
    let mut world = world(&server, "none");
    world.reply("ben", "/a", "I see it otherwise.");
    a_day_later(&mut world.home);
    wait_until("the mail", || server.talks().iter().any(|talk| talk.mail.is_some()));
    world.home.daemon.take().unwrap().kill();
    world.home.start();
    wait_until("the mail again", || server.taken().len() == 1);
    wait_until("a look at the clock", || looked(&world.home));
    let talks = server.talks();
    assert_eq!(talks.len(), 2);
    // Programs see that it is the same one.
    assert_eq!(talks[0].header("Message-ID"), talks[1].header("Message-ID"));
}

#[test]
fn the_settings_can_be_tried_out() {
    let certificates = certificates();
    let server = MailServer::with(Tls::AtOnce(server_config(certificates.path())), |_, _| None);
    let home = Home::quiet("ana", &settings(&server, "tls"));
    trust(&home, &certificates);
    let run = |home: &Home| {
        let output = home.lanai(&["mail"]);
        (output.status.code(), texts(&output).1)
    };
    let (code, said) = run(&home);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("cannot read") && said.contains("data/private/mail"), "{said}");

    home.site.write("data/private/mail", PASSWORD);
    let (code, said) = run(&home);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("took the mail for ana@ana.example"), "{said}");
    assert!(said.contains("chmod 600 data/private/mail"), "{said}");
    let talk = server.taken().remove(0);
    assert_eq!(talk.header("Subject"), ["A test from The site of ana"]);
    assert!(talk.text().contains("arrives"), "{}", talk.text());

    // By a detour, into the folder that is published.
    home.site.write("static/mail", PASSWORD);
    std::fs::remove_file(home.site.path("data/private/mail")).unwrap();
    std::os::unix::fs::symlink("../../static/mail", home.site.path("data/private/mail")).unwrap();
    let (code, said) = run(&home);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("which is published") && !said.contains(PASSWORD), "{said}");

    home.configure("", "");
    let (code, said) = run(&home);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("no table [mail]"), "{said}");
    assert_eq!(server.talks().len(), 1);
}

#[test]
fn secrets_may_come_from_the_environment() {
    let server = MailServer::start();
    let home = Home::quiet("ana", &settings(&server, "none"));
    let run = |command: &str, name: &str, value: &str| {
        let mut lanai = std::process::Command::new(env!("CARGO_BIN_EXE_lanai"));
        lanai.arg(command).current_dir(home.site.root()).env(name, value);
        let output = lanai.output().unwrap();
        (output.status.code(), texts(&output).1)
    };
    let (code, said) = run("mail", "LANAI_MAIL_PASSWORD", PASSWORD);
    assert_eq!(code, Some(0), "{said}");
    assert!(server.taken()[0].has("AUTH PLAIN"));

    let wrong = format!("mysql://ana:{PASSWORD}@127.0.0.1/ana");
    let (code, said) = run("build", "LANAI_DATABASE", &wrong);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("LANAI_DATABASE") && !said.contains(PASSWORD), "{said}");
    let away = format!("postgres://ana:{PASSWORD}@127.0.0.1:1/ana");
    let (code, said) = run("mentions", "LANAI_DATABASE", &away);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("the database") && !said.contains(PASSWORD), "{said}");
}
