//! What anybody may send to a callback: the query of a hub's question, and after a line of its own
//! the header that signs a delivery.
#![no_main]

use lanai::protocols::websub::verification::{LONGEST, Question, read};
use lanai::protocols::websub::{lease, signature};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    let (query, header) = text.split_once('\n').unwrap_or((&text, ""));
    match read(query) {
        Some(Question::Subscribe { challenge, lease, .. }) => {
            assert!(!challenge.is_empty() && challenge.len() <= LONGEST);
            assert!((1..=lease::LONGEST).contains(&lease));
        }
        Some(Question::Unsubscribe { challenge, .. }) => {
            assert!(!challenge.is_empty() && challenge.len() <= LONGEST);
        }
        Some(Question::Denied { reason, .. }) => assert!(!reason.contains(char::is_control)),
        None => {}
    }
    if let Some(signature) = signature::read(header) {
        assert_eq!(signature::read(header).map(|again| again.method), Some(signature.method));
    }
});
