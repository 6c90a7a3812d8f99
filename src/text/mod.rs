//! The text room: everything that turns text into other text.
//!
//! Markdown, HTML clean-up, slugs, excerpts, search tokens, language tags. Pure functions only:
//! no files, no network, no clock, and none of the other rooms. What a link leads to, which
//! pages exist and who a nickname is are asked through [`markdown::Resolver`].

pub mod autolink;
pub mod base64;
pub mod excerpt;
pub mod html;
pub mod lang;
pub mod markdown;
pub mod sanitize;
pub mod slug;
pub mod tokens;
pub mod tracking;
