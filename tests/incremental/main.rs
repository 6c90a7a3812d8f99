//! A build over an old output gives what a build from nothing gives, whatever happened in between:
//! random sites, random changes, and after each step an incremental build held against a clean one.
//!
//! A failure prints its seed and the changes that led there. `LANAI_SEED=…` repeats one sequence,
//! `LANAI_MINUTES=60` runs on with new ones, `LANAI_KEEP=1` leaves the folder of a failure.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    unreachable_pub,
    reason = "tests may stop at the first surprise"
)]
#![cfg(unix)]

mod check;
mod data;
#[path = "../harness/mod.rs"]
mod harness;
mod ops_disk;
mod ops_posts;
mod ops_site;
mod plain;
mod posts;
mod process;
mod random;
mod run;
mod words;
mod world;

#[test]
fn a_seed_is_repeated() {
    if let Some(seed) = run::named_seed() {
        let (steps, built) = run::sequence(seed);
        println!("{steps} steps, {built} of them built");
    }
}

#[test]
fn an_incremental_build_is_a_clean_build_1() {
    run::sequences(1000, 4, run::sequence);
}

#[test]
fn an_incremental_build_is_a_clean_build_2() {
    run::sequences(2001, 4, run::sequence);
}

#[test]
fn an_incremental_build_is_a_clean_build_3() {
    run::sequences(3000, 4, run::sequence);
}

#[test]
fn an_incremental_build_is_a_clean_build_4() {
    run::sequences(4001, 4, run::sequence);
}

#[test]
fn a_killed_build_leaves_nothing_wrong_to_the_next() {
    run::sequences(5000, 2, process::killed);
}

#[test]
fn builds_at_once_leave_what_one_leaves() {
    run::sequences(6000, 1, process::at_once);
}

#[test]
fn what_changes_during_a_build_is_seen_by_the_next() {
    run::sequences(7000, 2, process::changed_meanwhile);
}

#[test]
fn a_page_takes_the_place_of_a_file_and_back() {
    run::file_or_folder(8000);
}
