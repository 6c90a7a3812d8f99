//! Whole sites from text to output: what may not be seen, what is written and deleted, lists,
//! responses, feeds, media, the preview, themes and search. One binary with a module for each.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests may stop at the first surprise"
)]
#![allow(unreachable_pub, reason = "modules of a test share what the others use")]

#[path = "../harness/mod.rs"]
mod harness;

mod dom;
mod feeds;
mod hidden;
mod lists;
mod media;
mod output;
mod pictures;
mod preview;
mod responses;
mod search;
mod theme;
