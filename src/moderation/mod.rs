//! Facts about an author and a text in, a decision with its reasons out. Pure: the rules come from
//! `data/moderation.toml` through `site`; what is known of vouches, repeats and crowds, and what
//! happens next, is the caller's.

mod address;
mod crowd;
mod decide;
mod features;
mod flame;
mod flame_words;
mod identity;
mod lexicon;
mod links;
mod lists;
mod names;
mod normal;
mod phrases;
mod repeats;
mod robo;
mod rules;
mod trial;

pub use address::{Parts, domain, is_domain, is_within, key_of, upwards};
pub use crowd::Crowd;
pub use decide::{Decision, Facts, Policy, Strangers, Verdict, decide};
pub use features::Sample;
pub use flame::{HOLD_FROM, flame};
pub use identity::{Circle, Identity, Trust, Word};
pub use links::linked;
pub use lists::{BlockList, MOST_LINES, parse_list};
pub use names::Names;
pub use phrases::{Phrase, Said};
pub use repeats::{Print, repeats};
pub use robo::{Classifier, SPAM_FROM, Score};
pub use rules::{Action, Approved, Moderation, Origin, Row, Rule, Subscription, What};
pub use trial::{Change, Changed, try_out};
