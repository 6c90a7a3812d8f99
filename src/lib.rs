//! Lanai: a folder of text becomes a personal site.
//!
//! The rooms of the house, from the ground up. A room may use those above it in this list,
//! never those below it; `tests/architecture.rs` reads every `crate::` path and fails otherwise.
//! `docs/architecture.md` tells what each is for.

pub mod error;
pub mod stamp;
pub mod tree;
pub mod text;
pub mod words;
pub mod media;
pub mod search;
pub mod model;
pub mod formats;
pub mod protocols;
pub mod moderation;
pub mod graph;
pub mod config;
pub mod site;
pub mod build;
#[cfg(feature = "network")]
pub mod net;
#[cfg(feature = "network")]
pub mod store;
#[cfg(feature = "network")]
pub mod mentions;
#[cfg(feature = "network")]
pub mod publish;
#[cfg(feature = "network")]
pub mod reader;
#[cfg(feature = "network")]
pub mod daemon;
pub mod cli;
