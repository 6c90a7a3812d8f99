//! Base64 (RFC 4648): bytes as letters, digits and two signs.

/// The signs of mails and headers.
const STANDARD: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// The signs that stand in addresses as they are.
const FOR_URLS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// As in mails and headers, filled up to whole groups.
#[must_use]
pub fn base64(bytes: &[u8]) -> String {
    let mut text = encode(bytes, STANDARD);
    while !text.len().is_multiple_of(4) {
        text.push('=');
    }
    text
}

/// As in addresses, not filled up.
#[must_use]
pub fn base64_for_urls(bytes: &[u8]) -> String {
    encode(bytes, FOR_URLS)
}

/// The bytes of what [`base64_for_urls`] writes; none of anything else.
#[must_use]
pub fn read_base64_for_urls(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3 + 2);
    for four in text.as_bytes().chunks(4) {
        let mut bits = 0_u32;
        for at in 0..4 {
            let six = four.get(at).map_or(Some(0), |sign| value(*sign))?;
            bits = bits << 6 | six;
        }
        let [_, three @ ..] = bits.to_be_bytes();
        bytes.extend_from_slice(three.get(..four.len().checked_sub(1)?)?);
    }
    // Bits that are left over, or a sign that stands alone, make a second spelling of the same.
    (base64_for_urls(&bytes) == text).then_some(bytes)
}

fn value(sign: u8) -> Option<u32> {
    let six = match sign {
        b'A'..=b'Z' => sign - b'A',
        b'a'..=b'z' => sign - b'a' + 26,
        b'0'..=b'9' => sign - b'0' + 52,
        b'-' => 62,
        b'_' => 63,
        _ => return None,
    };
    Some(u32::from(six))
}

fn encode(bytes: &[u8], signs: &[u8; 64]) -> String {
    let sign = |six: u32| signs.get(six as usize & 63).copied().map_or('=', char::from);
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for three in bytes.chunks(3) {
        let bits =
            (0..3).fold(0, |bits, at| bits << 8 | u32::from(three.get(at).copied().unwrap_or(0)));
        for at in 0..=three.len() {
            text.push(sign(bits >> (18 - 6 * at)));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn base64_is_that_of_the_standard() {
        for (text, expected) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(base64(text.as_bytes()), expected);
        }
        assert_eq!(base64_for_urls(&[0xfb, 0xff, 0xfe]), "-__-");
    }

    #[test]
    fn only_one_spelling_is_read() {
        for wrong in ["A", "AAAAA", "Zh", "Zg==", "Zg ", "+/+/", "Zm9=", "ü"] {
            assert_eq!(read_base64_for_urls(wrong), None, "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(bytes in any::<Vec<u8>>(), text in any::<String>()) {
            prop_assert_eq!(read_base64_for_urls(&base64_for_urls(&bytes)), Some(bytes));
            let _ = read_base64_for_urls(&text);
        }
    }
}
