//! Reading others: who lives at an address, and which feeds they have. What is done with the feeds
//! of those whom the owner follows will stand here, too.
//!
//! What feeds say is read by [`crate::formats::incoming`]; asking goes through [`crate::net`]; whom
//! the owner follows stands in the site folder.

pub mod circle;
pub mod discover;
mod homes;
