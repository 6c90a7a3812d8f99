//! What Lanai asks of other sites, over real sockets on loopback: which addresses it refuses, where
//! it stops, how it behaves, who is told of what. One binary with a module for each.

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

mod ana;
mod circle;
mod client;
mod feeds;
mod follow;
mod guard;
mod handing;
mod hostile;
mod mail;
mod peer;
mod poll;
mod polling;
mod send;
mod smtp;
mod sync;
mod telling;
mod websub;
