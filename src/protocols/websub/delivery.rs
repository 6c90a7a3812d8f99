//! What is done with what comes to a callback (S §7): taken, taken for a sign that there is something
//! new, or refused.

use super::State;
use super::signature::{self, Method};

/// Longest body that is taken, in bytes (WS-C-09).
pub const LONGEST: usize = 5 * 1024 * 1024;

/// Why nobody is at home, known before a body is read (WS-C-07).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closed {
    /// There is no such callback, or its hub has not made sure yet that we asked.
    Unknown,
    /// It was given up.
    Gone,
}

/// Whether a callback takes deliveries.
///
/// # Errors
/// Why it does not.
pub fn open(state: Option<State>) -> Result<(), Closed> {
    match state {
        Some(State::Active) => Ok(()),
        Some(State::Ended) => Err(Closed::Gone),
        Some(State::Pending | State::Denied) | None => Err(Closed::Unknown),
    }
}

/// What to do with a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// The hub wrote it: it is kept and read.
    Take,
    /// Anybody may have written it: the feed itself is asked.
    Ping,
    /// It has no signature that could be checked.
    Unsigned,
    /// Its signature is another's.
    Forged,
}

/// What to do with a delivery to a callback that takes them. Hubs that were given no secret because
/// others could have read it cannot sign: what comes from them only says that there is something new.
#[must_use]
pub fn decide(
    secret: Option<&str>,
    header: Option<&str>,
    body: &[u8],
    takes_sha1: bool,
) -> Decision {
    let Some(secret) = secret else { return Decision::Ping };
    let signature = header
        .and_then(signature::read)
        .filter(|signature| takes_sha1 || signature.method != Method::Sha1);
    match signature {
        None => Decision::Unsigned,
        Some(signature) if signature.is_of(secret, body) => Decision::Take,
        Some(_) => Decision::Forged,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHA1: &str = "sha1=effcdf6ae5eb2fa2d27416d5f184df9c259a7c79";
    const SHA256: &str = "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
    const BODY: &[u8] = b"what do ya want for nothing?";

    fn decided(header: Option<&str>, body: &[u8]) -> Decision {
        decide(Some("Jefe"), header, body, true)
    }

    #[test]
    fn ws_c_04_a_signature_of_somebody_else_is_refused() {
        assert_eq!(decided(Some(SHA256), BODY), Decision::Take);
        assert_eq!(decided(Some(SHA256), b"something else"), Decision::Forged);
        assert_eq!(decide(Some("other"), Some(SHA256), BODY, true), Decision::Forged);
    }

    #[test]
    fn ws_c_05_who_has_a_secret_has_to_sign() {
        assert_eq!(decided(None, BODY), Decision::Unsigned);
        assert_eq!(decided(None, b""), Decision::Unsigned);
    }

    #[test]
    fn ws_c_06_what_cannot_be_checked_is_no_signature() {
        for header in ["sha256", "", "md5=00", "sha256=00", "x"] {
            assert_eq!(decided(Some(header), BODY), Decision::Unsigned, "{header}");
        }
        assert_eq!(decided(Some(SHA1), BODY), Decision::Take);
        assert_eq!(decide(Some("Jefe"), Some(SHA1), BODY, false), Decision::Unsigned);
        assert_eq!(decide(Some("Jefe"), Some(SHA256), BODY, false), Decision::Take);
    }

    #[test]
    fn ws_c_07_only_an_active_callback_takes_anything() {
        assert_eq!(open(Some(State::Active)), Ok(()));
        assert_eq!(open(Some(State::Pending)), Err(Closed::Unknown));
        assert_eq!(open(Some(State::Denied)), Err(Closed::Unknown));
        assert_eq!(open(None), Err(Closed::Unknown));
        assert_eq!(open(Some(State::Ended)), Err(Closed::Gone));
    }

    #[test]
    fn ws_c_08_without_a_secret_it_is_a_sign_only() {
        for header in [None, Some(SHA256), Some("x")] {
            assert_eq!(decide(None, header, BODY, true), Decision::Ping);
        }
    }
}
