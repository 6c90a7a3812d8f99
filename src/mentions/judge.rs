//! Whether a mention may stand on the site: what is known of its author and its text is brought
//! together here, and decided by [`crate::moderation`].

use jiff::Timestamp;

use super::desk::Desk;
use super::verify::Seen;
use crate::error::Failure;
use crate::formats::jf2::MentionFile;
use crate::store::{MentionState, StoredMention};

/// What was decided, and why.
#[derive(Debug, Clone)]
pub(super) struct Judgement {
    pub(super) state: MentionState,
    pub(super) words: String,
    pub(super) trust: &'static str,
    pub(super) robo: u8,
    pub(super) flame: u8,
}

/// Decides about a mention that was looked at.
pub(super) async fn judge(
    _desk: &Desk,
    _stored: &StoredMention,
    _seen: &Seen,
    _file: &MentionFile,
    _now: Timestamp,
) -> Result<Judgement, Failure> {
    Ok(Judgement {
        state: MentionState::Held,
        words: "a stranger".to_owned(),
        trust: "stranger",
        robo: 0,
        flame: 0,
    })
}
