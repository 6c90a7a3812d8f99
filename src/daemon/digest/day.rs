//! What came to the door on each day, gathered and put into words. The feed and the mail of it are
//! left to their own files.

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::super::cards::line;
use crate::error::Failure;
use crate::mentions::desk::Desk;
use crate::mentions::knowledge::mention_of;
use crate::store::{MentionState, StoredMention};
use crate::text::excerpt::excerpt;

/// Mentions of each kind that are looked at.
const MOST: u32 = 500;

/// Mentions of a day that are named.
const NAMED: usize = 20;

/// Characters of a text that are told.
const SHORT: usize = 200;

/// All that came and is worth a word.
pub(super) struct Door {
    all: Vec<StoredMention>,
    zone: TimeZone,
}

/// What came on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Day {
    pub(super) date: Date,
    pub(super) held: usize,
    pub(super) spam: usize,
    pub(super) shown: usize,
    /// The first of them, but for spam.
    pub(super) named: Vec<Named>,
}

/// A mention in a few words. Name and text are its author's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Named {
    pub(super) who: String,
    pub(super) state: &'static str,
    pub(super) text: String,
}

impl Door {
    /// Looks at what came.
    pub(super) async fn look(desk: &Desk) -> Result<Self, Failure> {
        let mut all = Vec::new();
        for state in [MentionState::Held, MentionState::Spam, MentionState::Published] {
            all.extend(desk.store.mentions(&desk.site, state, MOST).await?);
        }
        Ok(Self { all, zone: desk.config.time_zone.clone() })
    }

    /// What came on a day; none if nothing did.
    pub(super) fn day(&self, date: Date) -> Option<Day> {
        let is_of_day =
            |stored: &&StoredMention| stored.received.to_zoned(self.zone.clone()).date() == date;
        let came: Vec<&StoredMention> = self.all.iter().filter(is_of_day).collect();
        let count = |state| came.iter().filter(|stored| stored.state == state).count();
        let named = came.iter().filter(|stored| stored.state != MentionState::Spam).take(NAMED);
        (!came.is_empty()).then(|| Day {
            date,
            held: count(MentionState::Held),
            spam: count(MentionState::Spam),
            shown: count(MentionState::Published),
            named: named.map(|stored| named_of(stored)).collect(),
        })
    }
}

impl Day {
    /// How much came.
    pub(super) fn title(&self) -> String {
        counts([self.held, self.shown, self.spam])
    }
}

/// How many wait, are published, and are folded away.
pub(super) fn counts([held, shown, spam]: [usize; 3]) -> String {
    format!("{held} wait, {shown} published, {spam} folded away")
}

fn named_of(stored: &StoredMention) -> Named {
    let text = mention_of(stored).map(|mention| excerpt(&mention.text, SHORT));
    Named { who: line(stored), state: stored.state.name(), text: text.unwrap_or_default() }
}
