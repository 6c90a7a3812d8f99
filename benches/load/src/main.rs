//! What `benches/mentions.py` and `benches/feeds.py` load the daemon with, and the plain programs
//! beside it. Five programs in one, all on loopback:
//!
//! - `load bare`: a server that reads a request, answers 201, and does nothing else: the floor.
//! - `load pages TARGETS [WAIT]`: the pages of the crowd, each an entry that answers a target.
//! - `load send ADDRESS COUNT CONNECTIONS HOSTS CLIENTS PAGES SECONDS TARGETS`: the crowd.
//! - `load feeds COUNT ITEMS BYTES`: feeds of many hosts.
//! - `load poll PORT COUNT HOSTS AT_ONCE`: asks for those feeds twice, parses them, keeps nothing.
//!
//! Servers print the port that they listen at, and end with their standard input. `TARGETS` are
//! addresses with commas between them; what mention `n` is about follows from `n` alone.

mod feeds;
mod poll;
mod send;
mod serve;

use std::process::ExitCode;

/// Anything that goes wrong ends the program.
pub(crate) type Wrong = Box<dyn std::error::Error + Send + Sync>;

/// The addresses of a list.
pub(crate) fn targets(list: &str) -> Vec<String> {
    list.split(',').map(str::to_owned).collect()
}

/// What mention `number` is about.
pub(crate) fn target(targets: &[String], number: usize) -> &str {
    &targets[number % targets.len()]
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        ["bare"] => serve::bare(),
        ["pages", targets] => serve::pages(targets, 0),
        ["pages", targets, wait] => {
            number(wait).and_then(|wait| serve::pages(targets, wait as u64))
        }
        ["send", rest @ ..] => send::crowd(rest),
        ["feeds", rest @ ..] => feeds::serve(rest),
        ["poll", rest @ ..] => poll::poll(rest),
        _ => Err("bare, pages, send, feeds or poll".into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(wrong) => {
            eprintln!("load: {wrong}");
            ExitCode::FAILURE
        }
    }
}

/// A number among the arguments.
pub(crate) fn number(word: &str) -> Result<usize, Wrong> {
    word.parse().map_err(|_| format!("`{word}` is no number").into())
}
