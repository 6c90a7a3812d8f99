//! Names that nobody can guess.

use crate::error::Failure;

/// A name of 26 letters and digits: 128 bits by chance.
///
/// # Errors
/// A system that has no chance to give.
pub fn name() -> Result<String, Failure> {
    const LETTERS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    let mut bytes = [0_u8; 26];
    getrandom::fill(&mut bytes)
        .map_err(|error| Failure::run(format!("the system gives no random numbers: {error}")))?;
    let letter = |byte: u8| LETTERS.get(usize::from(byte % 32)).copied().map_or('a', char::from);
    Ok(bytes.into_iter().map(letter).collect())
}
