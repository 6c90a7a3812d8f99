//! What runs for long: the preview of `lanai serve`, and the companion daemon of `lanai daemon`,
//! which publishes what changes, receives and sends webmentions, and can serve the site itself.
//!
//! What is done about a mention is left to [`crate::mentions`], what follows a change to
//! [`crate::publish`].

mod addresses;
mod cards;
mod clock;
mod companion;
mod contexts;
mod digest;
mod endpoint;
mod files;
mod house_rules;
mod jobs;
mod limits;
mod login;
mod metrics;
mod multipart;
mod pages;
mod preview;
mod proxy;
mod publisher;
mod queue;
mod reader;
mod reading;
mod routes;
mod served;
mod server;
mod session;
mod shelf;
mod sites;
mod todo;
mod watch;
mod websub;

pub use companion::{Companion, companion};
pub use preview::{Event, Settings, run};
pub use session::set_pass_phrase;
