//! One sequence: a site, then steps of some changes and a build each. All of it follows from the seed.

use std::time::{Duration, Instant};

use crate::random::Random;
use crate::world::{Setting, World};
use crate::{check, data, ops_disk, ops_posts, ops_site};

/// How many states are kept to go back to.
const KEPT: usize = 5;

type Change = fn(&mut World, &mut Random) -> Option<String>;

/// Changes to the site folder, and how often each is made.
const CHANGES: [(usize, Change); 37] = [
    (14, ops_posts::edit),
    (3, ops_posts::white_space),
    (7, ops_posts::one_letter),
    (6, ops_posts::retitle),
    (7, ops_posts::retag),
    (7, ops_posts::redate),
    (7, ops_posts::any_key),
    (9, ops_posts::visibility),
    (7, ops_posts::add),
    (4, ops_posts::add_wanted),
    (7, ops_posts::delete),
    (8, ops_posts::rename),
    (4, ops_posts::swap),
    (4, ops_posts::successor),
    (2, ops_posts::other_case),
    (2, ops_posts::other_notation),
    (5, ops_posts::mistake),
    (2, ops_posts::alt),
    (4, ops_posts::context),
    (5, ops_site::replace_picture),
    (2, ops_site::add_media),
    (12, ops_site::mention),
    (5, ops_site::cite),
    (4, ops_site::avatar),
    (10, ops_site::rows),
    (1, ops_site::private_rules),
    (3, ops_site::cv),
    (14, ops_site::config),
    (4, ops_site::theme),
    (3, ops_site::statics),
    (7, ops_disk::clock),
    (3, ops_disk::older_file),
    (3, ops_disk::touch),
    (2, ops_disk::linked),
    (2, ops_disk::unnoticed),
    (5, ops_disk::restore_one),
    (3, ops_disk::restore_folder),
];

/// Changes to how and over what is built.
const AROUND: [(usize, Change); 5] = [
    (4, ops_disk::setting),
    (3, ops_disk::side),
    (11, ops_disk::output),
    (7, ops_disk::store),
    (1, ops_disk::moved),
];

/// What was done so far. It is printed if the test fails.
pub struct Log {
    /// How to repeat it.
    pub title: String,
    pub steps: Vec<String>,
}

impl Drop for Log {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("\n{}\n{}", self.title, self.steps.join("\n"));
        }
    }
}

/// A world that stays for a look if the test fails and `LANAI_KEEP` is set.
pub struct Kept(pub World);

impl Drop for Kept {
    fn drop(&mut self) {
        if std::thread::panicking() && std::env::var_os("LANAI_KEEP").is_some() {
            eprintln!("\nthe site is left in {}", self.0.keep().display());
        }
    }
}

/// Makes one change to the site folder that applies. Returns it in words.
pub fn change(w: &mut World, r: &mut Random) -> String {
    loop {
        let at = r.weighed(CHANGES.iter().map(|(weight, _)| *weight));
        if let Some(done) = CHANGES[at].1(w, r) {
            return done;
        }
    }
}

fn around(w: &mut World, r: &mut Random) -> Option<String> {
    let at = r.weighed(AROUND.iter().map(|(weight, _)| *weight));
    AROUND[at].1(w, r)
}

/// Runs the sequence of a seed. Returns how many steps it had, and how many of them built.
pub fn sequence(seed: u64) -> (usize, usize) {
    let mut r = Random::new(seed);
    let trusting = seed.is_multiple_of(2);
    let mut log = Log {
        title: format!(
            "Repeat with: LANAI_SEED={seed} cargo test --test incremental a_seed (LANAI_KEEP=1 keeps the folder)"
        ),
        steps: vec![format!(
            "seed {seed}, the cache is {}",
            if trusting { "trusted" } else { "young" }
        )],
    };
    let mut kept = Kept(World::new(trusting));
    let w = &mut kept.0;
    let most = if r.chance(10) { 60 } else { 26 };
    let texts = r.within(15, most);
    data::generate(w, &mut r, texts);
    let steps = r.within(10, 18);
    let mut built = 0;
    for step in 0..=steps {
        // The first build is one over nothing.
        let done = if step == 0 { vec![format!("{texts} texts")] } else { changes(w, &mut r) };
        log.steps.push(format!("step {step}:\n    {}", done.join("\n    ")));
        let right = check::step(w, r.chance(15));
        log.steps.push(format!("  it {}", if right { "built" } else { "did not build" }));
        built += usize::from(right);
        after(w, right);
    }
    (steps + 1, built)
}

/// One to four changes. A site that does not build is most often mended first.
fn changes(w: &mut World, r: &mut Random) -> Vec<String> {
    let mut done = Vec::new();
    w.setting = Setting::default();
    w.side = false;
    if w.broken && r.chance(70) {
        done.extend(ops_disk::mend(w));
    }
    // Often only one: a second one hides what the first alone would show.
    for _ in 0..[1, 1, 1, 2, 2, 3, 4][r.below(7)] {
        done.push(change(w, r));
    }
    if r.chance(40) {
        done.extend(around(w, r));
    }
    done
}

/// Keeps what later steps go back to.
pub fn after(w: &mut World, right: bool) {
    let snapshot = w.snapshot();
    w.broken = !right;
    if right {
        w.good = Some(snapshot.clone());
    }
    w.past.push(snapshot);
    w.stores.push(w.store_files());
    if w.past.len() > KEPT {
        w.past.remove(0);
        w.stores.remove(0);
    }
}

/// A page and a file of the same name take each other's place in the output.
pub fn file_or_folder(seed: u64) {
    let mut r = Random::new(seed);
    let title = format!("file or folder, seed {seed}");
    let mut log = Log { title, steps: Vec::new() };
    let mut kept = Kept(World::new(true));
    let w = &mut kept.0;
    data::generate(w, &mut r, 3);
    for _ in 0..8 {
        log.steps.extend(ops_disk::file_or_folder(w, &mut r));
        let right = check::step(w, false);
        after(w, right);
    }
}

/// How long is to be run, if `LANAI_MINUTES` says so.
fn minutes() -> Option<Duration> {
    let minutes: f64 =
        std::env::var("LANAI_MINUTES").ok()?.parse().expect("LANAI_MINUTES is a number");
    Some(Duration::from_secs_f64(minutes * 60.0))
}

/// The seed to repeat, if `LANAI_SEED` names one.
pub fn named_seed() -> Option<u64> {
    Some(std::env::var("LANAI_SEED").ok()?.parse().expect("LANAI_SEED is a number"))
}

/// Runs the sequences of `count` seeds, or of as many as fit into `LANAI_MINUTES`. Each says how many
/// steps it had, and how many of them built.
pub fn sequences(first: u64, count: u64, sequence: impl Fn(u64) -> (usize, usize)) {
    if named_seed().is_some() {
        return;
    }
    let (begun, limit) = (Instant::now(), minutes());
    // A long run goes where no run has been.
    let first = limit.map_or(first, |_| first + 1000 * (Random::new(now()).next() >> 20));
    let (mut sequences, mut steps, mut built) = (0, 0, 0);
    loop {
        let (more, right) = sequence(first + sequences);
        sequences += 1;
        steps += more;
        built += right;
        if limit.map_or(sequences >= count, |limit| begun.elapsed() >= limit) {
            break;
        }
    }
    println!(
        "from seed {first}: {sequences} sequences, {steps} steps, {built} of them built, {:.0} s",
        begun.elapsed().as_secs_f64()
    );
}

fn now() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    u64::try_from(since.as_nanos() % u128::from(u64::MAX)).unwrap()
}
