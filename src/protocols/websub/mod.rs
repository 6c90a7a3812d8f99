//! WebSub (W3C Recommendation of 23 January 2018) as a subscriber: which hubs tell of a feed, what
//! they are asked, and what their questions and deliveries mean. Asking, keeping and answering are
//! left to the rooms below; telling hubs of one's own feeds is `publish`'s.

#[cfg(feature = "network")]
pub mod delivery;
pub mod discovery;
pub mod lease;
pub mod request;
pub mod signature;
pub mod verification;

/// How a subscription stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// The hub was asked, or is about to be; it has not made sure yet that we did.
    Pending,
    /// The hub tells of changes.
    Active,
    /// The hub will not.
    Denied,
    /// It was ours.
    Ended,
}

impl State {
    /// What the database calls it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Active => "active",
            Self::Denied => "denied",
            Self::Ended => "ended",
        }
    }

    /// The state of a name.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        [Self::Pending, Self::Active, Self::Denied, Self::Ended]
            .into_iter()
            .find(|state| state.name() == name)
    }
}
