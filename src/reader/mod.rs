//! Reading others: who lives at an address, which feeds they have, and what the feeds of those whom
//! the owner follows bring: asked for in time, told from what is known, kept for the timeline.
//!
//! What feeds say is read by [`crate::formats::incoming`]; asking goes through [`crate::net`]; whom
//! the owner follows stands in the site folder, what they wrote in [`crate::store`].

pub mod catch_up;
pub mod circle;
pub mod context;
pub mod discover;
pub mod entry;
pub mod health;
mod homes;
pub mod hiding;
mod look;
pub mod merge;
pub mod pictures;
pub mod poll;
pub mod rules;
pub mod schedule;
pub mod subscribe;
pub mod timeline;
pub mod websub;
