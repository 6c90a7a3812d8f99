//! The companion daemon as the real program, over real sockets on loopback: what it takes, looks at,
//! shows and sends, who decides about it, and what is left when it is ended. One binary with a module
//! for each.

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
#[path = "../network/peer.rs"]
mod peer;
#[path = "../network/smtp.rs"]
mod smtp;

mod home;
mod http;
mod world;

mod contexts;
mod conversation;
mod endpoint;
mod kill;
mod mail;
mod moderation;
mod neighbourhood;
mod pages;
mod people;
mod pictures;
mod postgres;
mod publishing;
mod reading;
mod salmention;
mod serving;
mod verify;
mod websub;
mod writing;
