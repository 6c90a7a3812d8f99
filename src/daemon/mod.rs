//! The preview server of `lanai serve`: builds into `.lanai/serve/`, watches the site folder,
//! reloads the browser, and keeps serving the last good build while there are problems.
//!
//! It listens on the loopback address only.

mod clock;
mod files;
mod preview;
mod routes;
mod watch;

pub use preview::{Event, Settings, run};
