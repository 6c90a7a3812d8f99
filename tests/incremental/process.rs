//! The program as processes: killed, beside itself, and with files that change under it.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::random::Random;
use crate::run::{Kept, Log, after, change};
use crate::world::World;
use crate::{check, data};

/// How many times the changes and builds of one seed are made.
const ROUNDS: usize = 10;

fn start(w: &World, more: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_lanai"))
        .arg("build")
        .arg(&w.root)
        .args(["--now", &w.now.to_string()])
        .args(more)
        .env("NO_COLOR", "1")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the binary runs")
}

/// A site, and how long the program takes to build it.
fn site(seed: u64, r: &mut Random) -> (Kept, Log, Duration) {
    let mut kept = Kept(World::new(seed.is_multiple_of(2)));
    let w = &mut kept.0;
    data::generate(w, r, 20);
    let begun = Instant::now();
    start(w, &[]).wait().unwrap();
    let usual = begun.elapsed();
    let right = check::step(w, false);
    after(w, right);
    let log = Log { title: format!("processes, seed {seed}"), steps: Vec::new() };
    (kept, log, usual)
}

fn changes(w: &mut World, r: &mut Random, log: &mut Log) {
    if w.broken {
        log.steps.extend(crate::ops_disk::mend(w));
    }
    for _ in 0..r.within(1, 3) {
        log.steps.push(change(w, r));
    }
}

/// A moment during a build, most often while it writes.
fn moment(r: &mut Random, usual: Duration) -> Duration {
    let from = if r.chance(75) { 400 } else { 0 };
    usual.mul_f64(r.within(from, 1050) as f64 / 1000.0)
}

/// Kills builds at any moment, then builds.
pub fn killed(seed: u64) -> (usize, usize) {
    let mut r = Random::new(seed);
    let (mut kept, mut log, usual) = site(seed, &mut r);
    let w = &mut kept.0;
    let mut built = 0;
    for _ in 0..ROUNDS {
        changes(w, &mut r, &mut log);
        // New addresses, which the killed build may make and nobody want later.
        for _ in 0..3 {
            log.steps.push(format!("{}: new", crate::posts::add(w, &mut r)));
        }
        if r.chance(20) {
            log.steps.push("all that was built is deleted".to_owned());
            let _ = std::fs::remove_dir_all(w.store());
            let _ = std::fs::remove_dir_all(w.output());
        }
        for _ in 0..r.within(1, 2) {
            let delay = moment(&mut r, usual);
            log.steps.push(format!("killed after {delay:?}"));
            let mut child = start(w, &[]);
            std::thread::sleep(delay);
            child.kill().unwrap();
            child.wait().unwrap();
            if w.trusting && r.chance(50) {
                w.trust();
            }
        }
        // What the killed build made may not be wanted any more.
        match r.below(4) {
            0 | 2 => log.steps.extend(crate::ops_disk::mend(w)),
            1 => changes(w, &mut r, &mut log),
            _ => {}
        }
        let right = check::step(w, false);
        log.steps.push(format!("then it {}", if right { "built" } else { "did not build" }));
        after(w, right);
        built += usize::from(right);
    }
    (ROUNDS, built)
}

/// Several builds at once.
pub fn at_once(seed: u64) -> (usize, usize) {
    let mut r = Random::new(seed);
    let (mut kept, mut log, _) = site(seed, &mut r);
    let w = &mut kept.0;
    let mut built = 0;
    for _ in 0..ROUNDS / 2 {
        changes(w, &mut r, &mut log);
        log.steps.push("three builds at once".to_owned());
        let other = w.beside("other");
        let other = ["--theme", "journal", "--drafts", "--output", other.to_str().unwrap()];
        let children = [start(w, &[]), start(w, &other), start(w, &[])];
        let codes = children.map(|mut child| child.wait().unwrap().code());
        let before = crate::harness::files(&w.output());
        let right = check::step(w, false);
        let code = Some(i32::from(!right));
        assert_eq!((codes[0], codes[2]), (code, code), "how the builds ended");
        assert!(before == crate::harness::files(&w.output()), "two builds at once left work");
        after(w, right);
        built += usize::from(right);
    }
    (ROUNDS / 2, built)
}

/// Files change while a build runs: the next one sees it.
pub fn changed_meanwhile(seed: u64) -> (usize, usize) {
    let mut r = Random::new(seed);
    let (mut kept, mut log, usual) = site(seed, &mut r);
    let w = &mut kept.0;
    let mut built = 0;
    for _ in 0..ROUNDS {
        changes(w, &mut r, &mut log);
        let mut child = start(w, &[]);
        let delay = moment(&mut r, usual);
        std::thread::sleep(delay);
        log.steps.push(format!("a build has run for {delay:?}"));
        changes(w, &mut r, &mut log);
        child.wait().unwrap();
        if w.trusting {
            w.trust();
        }
        let right = check::step(w, false);
        log.steps.push(format!("then it {}", if right { "built" } else { "did not build" }));
        after(w, right);
        built += usize::from(right);
    }
    (ROUNDS, built)
}
