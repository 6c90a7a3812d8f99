//! The clock of long-running commands. Nobody else asks what time it is.

use jiff::Timestamp;

/// Now.
#[allow(clippy::disallowed_methods, reason = "this is the door to the clock")]
pub(super) fn now() -> Timestamp {
    Timestamp::now()
}
