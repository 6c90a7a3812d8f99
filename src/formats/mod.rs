//! The formats room: what the site says to other programs. Every writer takes a plain model and
//! gives text; every reader takes bytes and gives a model or an error. Choosing what to write, and
//! where, is left to the rooms above.

mod address;
pub mod atom;
pub(crate) mod charset;
pub(crate) mod date;
pub mod feed;
pub mod follows;
pub mod html;
pub mod ics;
pub mod incoming;
pub mod jf2;
mod json;
pub mod jsonfeed;
pub mod jsonld;
pub mod link_header;
pub mod manifest;
pub mod microformats;
pub mod opml;
pub mod rss;
pub mod sitemap;
mod xml;
