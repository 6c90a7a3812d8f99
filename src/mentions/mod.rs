//! Webmentions of a site: who is told of its pages, and how that went.
//!
//! What the protocol demands stands in [`crate::protocols::webmention`], what was told in the site
//! folder; asking goes through [`crate::net`].

pub mod daily;
pub mod desk;
pub mod discovered;
pub mod due;
pub mod judge;
pub mod knowledge;
pub mod moderate;
pub mod notify;
mod pictures;
mod place;
pub mod random;
pub mod receive;
pub mod send;
pub mod settle;
pub mod sync;
pub mod verify;
pub mod vouch;
