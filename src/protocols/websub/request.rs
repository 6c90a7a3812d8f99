//! What a hub is asked, and what its answer means (S §5.1).

use std::time::Duration;

use super::lease;

/// Bytes of a secret that hubs have to take (S §5.1).
pub const LONGEST_SECRET: usize = 199;

/// Redirects of a request that are followed (WS-S-05).
pub const REDIRECTS: usize = 3;

/// How long a hub that says no is left alone.
pub const AFTER_NO: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// How long a hub may take to make sure that we asked.
pub const TO_VERIFY: Duration = Duration::from_secs(60 * 60);

/// Waits after a hub that had no answer: the first, and the longest.
const AGAIN: (Duration, Duration) =
    (Duration::from_secs(15 * 60), Duration::from_secs(24 * 60 * 60));

/// A request to a hub.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Request<'r> {
    /// Where it is to tell us of changes.
    pub callback: &'r str,
    /// Of what.
    pub topic: &'r str,
    /// What it signs with; none if the way to it is open to others.
    pub secret: Option<&'r str>,
}

impl<'r> Request<'r> {
    /// The fields that ask it to tell (WS-S-01).
    #[must_use]
    pub fn subscribe(&self) -> Vec<(&'static str, &'r str)> {
        let mut fields = self.fields("subscribe");
        fields.push(("hub.lease_seconds", lease::WANTED));
        let secret = self.secret.filter(|secret| secret.len() <= LONGEST_SECRET);
        fields.extend(secret.map(|secret| ("hub.secret", secret)));
        fields
    }

    /// The fields that ask it to stop (WS-S-13).
    #[must_use]
    pub fn unsubscribe(&self) -> Vec<(&'static str, &'r str)> {
        self.fields("unsubscribe")
    }

    fn fields(&self, mode: &'static str) -> Vec<(&'static str, &'r str)> {
        vec![("hub.callback", self.callback), ("hub.mode", mode), ("hub.topic", self.topic)]
    }
}

/// What an answer to a request means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    /// It will make sure that we asked, or has.
    Taken,
    /// It will not.
    Refused,
    /// It cannot at the moment.
    Later,
}

/// What the status of an answer means, after redirects (WS-S-05). A hub that is asked too often says
/// so with a 4xx that is no refusal.
#[must_use]
pub fn heard(status: u16) -> Heard {
    match status {
        200..300 => Heard::Taken,
        408 | 425 | 429 => Heard::Later,
        // A redirect that leads nowhere is no answer that gets better.
        300..500 => Heard::Refused,
        _ => Heard::Later,
    }
}

/// How long to wait after so many failures in a row.
#[must_use]
pub fn pause(failures: u32) -> Duration {
    let (first, longest) = AGAIN;
    let doubled = failures.saturating_sub(1).min(16);
    first.saturating_mul(1 << doubled).min(longest)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ASKED: Request<'_> = Request {
        callback: "https://ana.example/websub/abc",
        topic: "https://ben.example/feed?a=b&c",
        secret: Some("hush"),
    };

    #[test]
    fn ws_s_01_a_request_has_these_fields() {
        let fields = [
            ("hub.callback", "https://ana.example/websub/abc"),
            ("hub.mode", "subscribe"),
            ("hub.topic", "https://ben.example/feed?a=b&c"),
            ("hub.lease_seconds", "864000"),
            ("hub.secret", "hush"),
        ];
        assert_eq!(ASKED.subscribe(), fields);
        assert_eq!(Request { secret: None, ..ASKED }.subscribe(), fields[..4]);
        let [callback, _, topic, ..] = fields;
        assert_eq!(ASKED.unsubscribe(), [callback, ("hub.mode", "unsubscribe"), topic]);
    }

    #[test]
    fn ws_s_03_a_secret_is_short() {
        let long = "x".repeat(LONGEST_SECRET + 1);
        let request = Request { secret: Some(&long), ..ASKED };
        assert!(!request.subscribe().iter().any(|(name, _)| *name == "hub.secret"));
    }

    #[test]
    fn ws_s_05_what_a_status_means() {
        for (status, meaning) in [
            (202, Heard::Taken),
            (200, Heard::Taken),
            (204, Heard::Taken),
            (303, Heard::Refused),
            (400, Heard::Refused),
            (403, Heard::Refused),
            (404, Heard::Refused),
            (410, Heard::Refused),
            (429, Heard::Later),
            (500, Heard::Later),
            (503, Heard::Later),
            (100, Heard::Later),
        ] {
            assert_eq!(heard(status), meaning, "{status}");
        }
    }

    #[test]
    fn ws_s_05_pauses_grow_up_to_a_day() {
        let minutes: Vec<u64> = (0..10).map(|failures| pause(failures).as_secs() / 60).collect();
        assert_eq!(minutes, [15, 15, 30, 60, 120, 240, 480, 960, 1_440, 1_440]);
        assert_eq!(pause(u32::MAX), AGAIN.1);
    }
}
