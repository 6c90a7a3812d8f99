//! The largest feeds that are read, made to become as large as they can: none may take more than
//! 64 MiB beside its own bytes (FD-X-06, FD-S-05). Each is read in a process of its own, because what is
//! counted is the peak of the process, which only Linux tells.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
#![cfg(target_os = "linux")]

use std::fs;
use std::process::Command;

use lanai::formats::incoming::{Incoming, Refusal, read};
use url::Url;

/// Forgets the peak of the process so far.
fn reset() {
    fs::write("/proc/self/clear_refs", "5").unwrap();
}

/// The most memory that the process had at once since then, in KiB.
fn peak() -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

/// Feeds that are read, each large in its own way, and one that is refused.
const FEEDS: [&str; 6] = ["elements", "items", "letters", "objects", "keys", "posts"];

fn feed(name: &str) -> Vec<u8> {
    let repeat = |start: &str, part: &str, count: usize| {
        let mut text = String::with_capacity(start.len() + part.len() * count + 100);
        text.push_str(start);
        (0..count).for_each(|_| text.push_str(part));
        text
    };
    let words = "&amp;x".repeat(150);
    let item = format!("<item><title>{words}</title><link>/a</link></item>");
    let object = "{\"id\":\"aaaaaaaaaaa\",\"content_text\":\"xxxxxxx\"},";
    let entry =
        "<div class=h-entry><a class=u-url href=/1>x</a><p class=e-content>words <b>w</b></div>";
    match name {
        "elements" => repeat("<rss><channel>", "<aaaaaaaa/>", 490_000).into_bytes(),
        "items" => repeat("<rss><channel>", &item, 10_000).into_bytes(),
        "letters" => {
            let mut bytes = b"<rss><channel>".to_vec();
            bytes.resize(10_000_000, 0x80);
            bytes
        }
        "objects" => (repeat("{\"items\":[", object, 48_000) + "{}]}").into_bytes(),
        "keys" => {
            let mut text = String::with_capacity(10 << 20);
            text.push_str("{\"items\":[{");
            for n in 0..290_000 {
                text.push_str(&format!("\"k{n}\":\"vvvvvvvvvvvvvvvvvv\","));
            }
            (text + "\"id\":1}]}").into_bytes()
        }
        "posts" => repeat("<div class=h-feed>", entry, 23_000).into_bytes(),
        name => unreachable!("{name}"),
    }
}

/// What reading one feed takes, in KiB. Needs a process where nothing was freed before: what the
/// allocator kept would hide it.
fn measure(name: &str) {
    let url = Url::parse("https://ana.example/feed").unwrap();
    let body = feed(name);
    assert!(body.len() <= 10 << 20);
    reset();
    let before = peak();
    let read = read(&Incoming { url: &url, content_type: None, body: &body });
    let is_refused = matches!(read, Err(Refusal::TooLarge));
    assert_eq!(is_refused, name == "letters", "{name}: {:?}", read.as_ref().err());
    let grown = peak() - before;
    println!("{name}: {grown} KiB");
    assert!(grown < 64 << 10, "{name}: {grown} KiB");
}

#[test]
fn fd_s_05_no_feed_takes_more_than_64_mib() {
    if let Ok(name) = std::env::var("LANAI_FEED") {
        return measure(&name);
    }
    for name in FEEDS {
        let mut command = Command::new(std::env::current_exe().unwrap());
        let output = command.arg("--nocapture").env("LANAI_FEED", name).output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        println!("{}", said.lines().find(|line| line.contains("KiB")).unwrap_or_default());
        assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    }
}
