//! The search tokens against `tests/fixtures/text/tokens.json`, which the search script in the
//! browser is held to as well.

use lanai::text::tokens::tokens;
use serde::Deserialize;

#[derive(Deserialize)]
struct Case {
    text: String,
    tokens: Vec<String>,
}

const CASES: &str = include_str!("fixtures/text/tokens.json");

#[test]
fn every_case_gives_its_tokens() -> Result<(), serde_json::Error> {
    let cases: Vec<Case> = serde_json::from_str(CASES)?;
    assert!(cases.len() >= 30);
    for case in cases {
        let found: Vec<String> = tokens(&case.text).collect();
        assert_eq!(found, case.tokens, "{:?}", case.text);
    }
    Ok(())
}
