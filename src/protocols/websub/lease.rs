//! How long a subscription holds, in seconds.

/// What hubs are asked for: ten days.
pub const WANTED: &str = "864000";

/// The longest that is believed: a year.
pub const LONGEST: u64 = 365 * 24 * 60 * 60;

/// Hubs that grant less are asked no more often than this.
pub const SHORTEST_PAUSE: u64 = 5 * 60;

/// What a hub grants. Its word counts, whatever it was asked for; none if it is no time, or a time
/// that is over when it begins (WS-S-14).
#[must_use]
pub fn granted(text: &str) -> Option<u64> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    // More digits than fit are more than a year.
    let seconds = text.parse().unwrap_or(LONGEST).min(LONGEST);
    (seconds > 0).then_some(seconds)
}

/// When to ask for the next: after four fifths (WS-S-12).
#[must_use]
pub fn renew_after(seconds: u64) -> u64 {
    (seconds - seconds / 5).max(SHORTEST_PAUSE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ws_s_14_a_lease_is_the_hubs_within_limits() {
        for (text, seconds) in [
            ("864000", Some(864_000)),
            ("1", Some(1)),
            ("0060", Some(60)),
            ("31536000", Some(LONGEST)),
            ("31536001", Some(LONGEST)),
            ("99999999999999999999999999", Some(LONGEST)),
            ("0", None),
            ("000", None),
            ("-1", None),
            ("+1", None),
            ("1.5", None),
            (" 1", None),
            ("ten days", None),
            ("", None),
        ] {
            assert_eq!(granted(text), seconds, "{text:?}");
        }
        assert_eq!(granted(WANTED), Some(10 * 24 * 60 * 60));
    }

    #[test]
    fn ws_s_12_a_lease_is_renewed_after_four_fifths() {
        assert_eq!(renew_after(864_000), 691_200);
        assert_eq!(renew_after(1_000), 800);
        assert_eq!(renew_after(10), SHORTEST_PAUSE);
        assert_eq!(renew_after(LONGEST), LONGEST / 5 * 4);
    }
}
