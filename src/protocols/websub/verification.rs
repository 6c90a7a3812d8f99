//! A hub makes sure that we asked, or says no (S §5.2, §5.3): the query of its question, and the
//! answer to it.

use url::Url;

use super::{State, lease};

/// Longest challenge that is sent back, in bytes.
pub const LONGEST: usize = 4_096;

/// Characters of a hub's reason that are kept.
const LONGEST_REASON: usize = 200;

/// What a hub asks or says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Question {
    /// Did we ask it to tell us?
    Subscribe {
        /// Of what.
        topic: String,
        /// What to send back, byte by byte.
        challenge: Vec<u8>,
        /// For how many seconds.
        lease: u64,
    },
    /// Did we ask it to stop?
    Unsubscribe {
        /// Of what.
        topic: String,
        /// What to send back, byte by byte.
        challenge: Vec<u8>,
    },
    /// It does not tell us, or no more.
    Denied {
        /// Of what.
        topic: String,
        /// Why, as it says.
        reason: String,
    },
}

/// Reads the query of a question; none if something is missing or there twice (WS-S-08). Parameters
/// that are not known are none of our business.
#[must_use]
pub fn read(query: &str) -> Option<Question> {
    let topic = text(query, "hub.topic")?;
    let mode = text(query, "hub.mode")?;
    let challenge = || field(query, "hub.challenge").filter(|bytes| bytes.len() <= LONGEST);
    match mode.as_str() {
        "subscribe" => {
            let lease = lease::granted(&text(query, "hub.lease_seconds")?)?;
            Some(Question::Subscribe { topic, challenge: challenge()?, lease })
        }
        "unsubscribe" => Some(Question::Unsubscribe { topic, challenge: challenge()? }),
        "denied" => {
            let reason = text(query, "hub.reason").unwrap_or_default();
            Some(Question::Denied { topic, reason: line(&reason) })
        }
        _ => None,
    }
}

/// The one value of a parameter, byte by byte; empty is none.
fn field(query: &str, name: &str) -> Option<Vec<u8>> {
    let pairs = query.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    let mut values = pairs.filter(|(key, _)| decoded(key) == name.as_bytes());
    let (_, value) = values.next()?;
    let value = decoded(value);
    (values.next().is_none() && !value.is_empty()).then_some(value)
}

fn text(query: &str, name: &str) -> Option<String> {
    String::from_utf8(field(query, name)?).ok()
}

/// The bytes that a part of a query stands for. What is wrongly written stands for itself.
fn decoded(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let digit = |at: usize| tail.get(at).and_then(|byte| char::from(*byte).to_digit(16));
        let pair = digit(0).zip(digit(1)).filter(|_| *first == b'%');
        let escaped = pair.and_then(|(high, low)| u8::try_from(high << 4 | low).ok());
        match escaped {
            Some(byte) => {
                bytes.push(byte);
                rest = tail.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(if *first == b'+' { b' ' } else { *first });
                rest = tail;
            }
        }
    }
    bytes
}

/// A line of text without what would do something to a terminal.
fn line(text: &str) -> String {
    let plain = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    let plain: String = plain.take(LONGEST_REASON).collect();
    plain.trim().to_owned()
}

/// What is known of the callback that was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known<'k> {
    /// What was asked for.
    pub topic: &'k str,
    /// How that stands.
    pub state: State,
    /// Whether the hub was asked so lately that it may make sure twice.
    pub is_fresh: bool,
    /// Whether the hub was asked to stop.
    pub is_leaving: bool,
}

/// The answer to a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// We asked for it; it holds for so many seconds.
    Confirm {
        /// What to send back.
        challenge: Vec<u8>,
        /// Seconds.
        lease: u64,
    },
    /// We asked it to stop.
    Leave {
        /// What to send back.
        challenge: Vec<u8>,
    },
    /// It was heard.
    Denied {
        /// Why, as the hub says.
        reason: String,
    },
    /// We know nothing of it.
    Unknown,
}

/// Answers a question that came to a callback.
#[must_use]
pub fn answer(question: Question, known: Option<&Known<'_>>) -> Answer {
    let Some(known) = known else { return Answer::Unknown };
    match question {
        Question::Subscribe { topic, challenge, lease } => {
            // The first answer may have been lost on its way.
            let is_again = known.state == State::Active && known.is_fresh && !known.is_leaving;
            let is_asked = known.state == State::Pending || is_again;
            if is_asked && is_same(&topic, known.topic) {
                Answer::Confirm { challenge, lease }
            } else {
                Answer::Unknown
            }
        }
        Question::Unsubscribe { topic, challenge } => {
            if known.is_leaving && is_same(&topic, known.topic) {
                Answer::Leave { challenge }
            } else {
                Answer::Unknown
            }
        }
        Question::Denied { topic, reason } => {
            if known.state != State::Ended && is_same(&topic, known.topic) {
                Answer::Denied { reason }
            } else {
                Answer::Unknown
            }
        }
    }
}

/// Whether a hub means what we asked for: letter by letter, or as addresses.
fn is_same(theirs: &str, ours: &str) -> bool {
    let as_address = || Url::parse(theirs).ok().zip(Url::parse(ours).ok());
    theirs == ours || as_address().is_some_and(|(theirs, ours)| theirs == ours)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TOPIC: &str = "https://ben.example/feed?a=b&c=d";
    const GOOD: &str = "hub.mode=subscribe&hub.topic=https%3A%2F%2Fben.example%2Ffeed%3Fa%3Db%26c%3Dd\
                        &hub.challenge=c-1&hub.lease_seconds=864000";
    const PENDING: Known<'_> =
        Known { topic: TOPIC, state: State::Pending, is_fresh: true, is_leaving: false };

    fn answered(query: &str, known: Known<'_>) -> Answer {
        read(query).map_or(Answer::Unknown, |question| answer(question, Some(&known)))
    }

    fn confirmed(challenge: &[u8], lease: u64) -> Answer {
        Answer::Confirm { challenge: challenge.to_vec(), lease }
    }

    #[test]
    fn ws_s_06_what_was_asked_for_is_confirmed() {
        assert_eq!(answered(GOOD, PENDING), confirmed(b"c-1", 864_000));
        let more = format!("{GOOD}&x=1&hub.other=2");
        assert_eq!(answered(&more, PENDING), confirmed(b"c-1", 864_000));
        // Byte by byte, whatever the bytes are.
        let odd = GOOD.replace("c-1", "%ff%00+%2B%3Cb%3E%0A%");
        assert_eq!(answered(&odd, PENDING), confirmed(b"\xff\0 +<b>\n%", 864_000));
        let spelled = GOOD.replace("ben.example", "BEN.example:443");
        assert_eq!(answered(&spelled, PENDING), confirmed(b"c-1", 864_000));
    }

    #[test]
    fn ws_s_06_the_first_answer_may_have_been_lost() {
        let active = Known { state: State::Active, ..PENDING };
        assert_eq!(answered(GOOD, active), confirmed(b"c-1", 864_000));
        assert_eq!(answered(GOOD, Known { is_leaving: true, ..active }), Answer::Unknown);
    }

    #[test]
    fn ws_s_07_what_was_not_asked_for_is_not_known() {
        assert_eq!(answer(read(GOOD).unwrap(), None), Answer::Unknown);
        for topic in ["https://ben.example/feed?a=b&c=d?invalid", "https://ben.example/feed", "x"] {
            assert_eq!(answered(GOOD, Known { topic, ..PENDING }), Answer::Unknown, "{topic}");
        }
        for state in [State::Active, State::Denied, State::Ended] {
            let known = Known { state, is_fresh: false, ..PENDING };
            assert_eq!(answered(GOOD, known), Answer::Unknown, "{state:?}");
        }
    }

    #[test]
    fn ws_s_08_nothing_may_be_missing() {
        for name in ["hub.mode", "hub.topic", "hub.challenge", "hub.lease_seconds"] {
            let without: Vec<&str> =
                GOOD.split('&').filter(|pair| !pair.starts_with(name)).collect();
            assert_eq!(read(&without.join("&")), None, "{name}");
            let empty: Vec<String> = GOOD
                .split('&')
                .map(
                    |pair| {
                        if pair.starts_with(name) { format!("{name}=") } else { pair.to_owned() }
                    },
                )
                .collect();
            assert_eq!(read(&empty.join("&")), None, "{name}");
            let value = GOOD.split('&').find(|pair| pair.starts_with(name)).unwrap();
            assert_eq!(read(&format!("{GOOD}&{value}")), None, "{name} twice");
        }
        assert_eq!(read(""), None);
        assert_eq!(read(&GOOD.replace("subscribe", "publish")), None);
        assert_eq!(read(&GOOD.replace("c-1", &"c".repeat(LONGEST + 1))), None);
    }

    #[test]
    fn ws_s_09_a_hub_may_say_no_at_any_time() {
        let query = "hub.mode=denied&hub.topic=https://ben.example/feed?a=b%26c=d\
                     &hub.reason=not+for%0A%1Byou";
        let denied = Answer::Denied { reason: "not for  you".to_owned() };
        for state in [State::Pending, State::Active, State::Denied] {
            assert_eq!(answered(query, Known { state, is_fresh: false, ..PENDING }), denied);
        }
        assert_eq!(answered(query, Known { state: State::Ended, ..PENDING }), Answer::Unknown);
        assert_eq!(
            answered(query, Known { topic: "https://x.example/", ..PENDING }),
            Answer::Unknown
        );
        let long = format!("{query}{}", "r".repeat(1_000));
        let Answer::Denied { reason } = answered(&long, PENDING) else { panic!("not denied") };
        assert_eq!(reason.chars().count(), LONGEST_REASON);
        let silent = answered(query.split("&hub.reason").next().unwrap(), PENDING);
        assert_eq!(silent, Answer::Denied { reason: String::new() });
    }

    #[test]
    fn ws_s_10_only_who_was_asked_to_stop_may_stop() {
        let query = GOOD.replace("=subscribe", "=unsubscribe");
        let active = Known { state: State::Active, ..PENDING };
        assert_eq!(answered(&query, active), Answer::Unknown);
        assert_eq!(answered(&query, PENDING), Answer::Unknown);
        let left = Answer::Leave { challenge: b"c-1".to_vec() };
        for state in [State::Active, State::Ended] {
            assert_eq!(answered(&query, Known { state, is_leaving: true, ..PENDING }), left);
        }
        let other = Known { topic: "https://x.example/", is_leaving: true, ..active };
        assert_eq!(answered(&query, other), Answer::Unknown);
        // No lease is needed for that.
        let (short, _) = query.rsplit_once('&').unwrap();
        assert_eq!(answered(short, Known { is_leaving: true, ..active }), left);
    }

    #[test]
    fn ws_s_14_a_lease_that_is_none_is_refused() {
        for lease in ["0", "-5", "soon", "%2B5", "1e9"] {
            assert_eq!(read(&GOOD.replace("864000", lease)), None, "{lease}");
        }
        let long = GOOD.replace("864000", "99999999999");
        assert_eq!(answered(&long, PENDING), confirmed(b"c-1", lease::LONGEST));
    }

    proptest! {
        #[test]
        fn any_query_is_read(
            query in "((hub\\.(mode|topic|challenge|lease_seconds|reason)|x)=[a-z0-9%+=é]{0,12}&?){0,8}"
        ) {
            let _ = read(&query);
        }

        #[test]
        fn a_challenge_comes_back_as_it_was(challenge in proptest::collection::vec(any::<u8>(), 1..99)) {
            let written: String = challenge.iter().map(|byte| format!("%{byte:02x}")).collect();
            let question = read(&GOOD.replace("c-1", &written)).unwrap();
            prop_assert_eq!(answer(question, Some(&PENDING)), confirmed(&challenge, 864_000));
        }

        #[test]
        fn one_other_byte_does_no_harm(at in 0..GOOD.len(), byte in any::<u8>()) {
            let mut bytes = GOOD.as_bytes().to_vec();
            bytes[at] = byte;
            if let Ok(query) = String::from_utf8(bytes)
                && let Answer::Confirm { lease, .. } = answered(&query, PENDING)
            {
                prop_assert!(lease > 0 && lease <= lease::LONGEST);
            }
        }
    }
}
