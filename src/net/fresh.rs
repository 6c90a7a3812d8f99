//! How long an answer may be used again: what its headers say (RFC 9111 §4.2, §5.2, §5.3).

use std::time::Duration;

use jiff::fmt::rfc2822;

/// The headers of an answer that decide about it.
pub(super) struct Headers<'h> {
    /// All `Cache-Control`.
    pub(super) cache_control: Vec<&'h str>,
    pub(super) expires: Option<&'h str>,
    pub(super) date: Option<&'h str>,
    /// How long it has lain at others' already.
    pub(super) age: Option<&'h str>,
}

/// How long an answer may be used again from now; none if it may not, or does not say so. A date
/// counts from the server's own clock.
pub(super) fn fresh_for(headers: &Headers<'_>) -> Option<Duration> {
    let mut most = None;
    for directive in headers.cache_control.iter().flat_map(|value| value.split(',')) {
        let (name, value) = directive.split_once('=').unwrap_or((directive, ""));
        match name.trim().to_ascii_lowercase().as_str() {
            "no-store" | "no-cache" => return None,
            "max-age" => {
                // Of two, the shorter; what is no number is none (RFC 9111 §4.2.1).
                let seconds = seconds(value).unwrap_or(0);
                most = Some(most.map_or(seconds, |most: u64| most.min(seconds)));
            }
            _ => {}
        }
    }
    let lifetime = match (most, headers.expires) {
        (Some(seconds), _) => Duration::from_secs(seconds),
        (None, Some(expires)) => {
            let at = |text: &str| rfc2822::parse(text.trim()).ok().map(|zoned| zoned.timestamp());
            Duration::try_from(at(expires)?.duration_since(at(headers.date?)?)).ok()?
        }
        (None, None) => return None,
    };
    let age = Duration::from_secs(headers.age.and_then(seconds).unwrap_or(0));
    lifetime.checked_sub(age).filter(|left| !left.is_zero())
}

/// A number of seconds; one too large to read is a very long time.
fn seconds(text: &str) -> Option<u64> {
    let digits = text.trim().trim_matches('"');
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| digits.parse().unwrap_or(u64::from(u32::MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DATE: Option<&str> = Some("Wed, 21 Oct 2015 07:28:00 GMT");

    fn of(cache_control: &[&str], expires: Option<&str>, age: Option<&str>) -> Option<u64> {
        let headers = Headers { cache_control: cache_control.to_vec(), expires, date: DATE, age };
        fresh_for(&headers).map(|time| time.as_secs())
    }

    #[test]
    fn wm_d_10_an_answer_is_fresh_as_long_as_its_server_says() {
        let later = Some("Wed, 21 Oct 2015 07:38:00 GMT");
        for (control, expires, age, seconds) in [
            (&["max-age=60"][..], None, None, Some(60)),
            (&["public, Max-Age=\"60\""], later, None, Some(60)),
            (&["max-age=60", "max-age=30"], None, None, Some(30)),
            (&["max-age=60"], None, Some("20"), Some(40)),
            (&["max-age=60"], None, Some("60"), None),
            (&["max-age=99999999999999999999999"], None, None, Some(u64::from(u32::MAX))),
            (&[], later, None, Some(600)),
            (&["public"], later, Some("100"), Some(500)),
            (&["no-store, max-age=60"], later, None, None),
            (&["max-age=60", "no-cache"], later, None, None),
            (&["max-age=soon"], later, None, None),
            (&["max-age=0"], later, None, None),
            (&[], Some("0"), None, None),
            (&[], Some("Wed, 21 Oct 2015 07:18:00 GMT"), None, None),
            (&["private"], None, None, None),
            (&[], None, None, None),
        ] {
            assert_eq!(of(control, expires, age), seconds, "{control:?} {expires:?} {age:?}");
        }
    }
}
