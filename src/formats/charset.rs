//! Turns the bytes of a foreign XML file into text, whatever its declaration says. Parsing is left
//! to the readers. Spec: WHATWG Encoding; order of evidence after FD-X-02.

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// Decodes by byte order mark, then as UTF-8 if it is valid, then by the declaration, then as
/// windows-1252. Bytes without meaning become U+FFFD.
pub(crate) fn decode(bytes: &[u8]) -> String {
    if let Some((encoding, _)) = Encoding::for_bom(bytes) {
        return encoding.decode(bytes).0.into_owned();
    }
    // A declaration in UTF-16 shows by its zero bytes.
    match bytes {
        [b'<', 0, ..] => return UTF_16LE.decode(bytes).0.into_owned(),
        [0, b'<', ..] => return UTF_16BE.decode(bytes).0.into_owned(),
        _ => {}
    }
    // Text of another charset is hardly ever valid UTF-8 by chance, so this beats the declaration,
    // except for the 7-bit charsets with escapes.
    let declared = declared(bytes);
    let escapes = declared.is_some_and(|encoding| !encoding.is_ascii_compatible());
    if !escapes && let Ok(text) = std::str::from_utf8(bytes) {
        return text.to_owned();
    }
    let encoding = declared.filter(|encoding| *encoding != UTF_8).unwrap_or(WINDOWS_1252);
    encoding.decode(bytes).0.into_owned()
}

/// The encoding named in the XML declaration.
fn declared(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = bytes.get(..200.min(bytes.len()))?;
    let head: String = head.iter().map(|byte| char::from(*byte)).collect();
    let (declaration, _) = head.trim_start().strip_prefix("<?xml")?.split_once("?>")?;
    let (_, rest) = declaration.split_once("encoding")?;
    let value = rest.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let label = value.trim_start_matches(quote).split(quote).next()?;
    // UTF-16 was ruled out above: a declaration that can be read byte by byte is not UTF-16.
    Encoding::for_label(label.as_bytes()).filter(|e| *e != UTF_16LE && *e != UTF_16BE)
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn evidence_beats_declaration() {
        let latin = |label: &str| {
            let mut bytes = format!("<?xml version='1.0' encoding='{label}'?>caf").into_bytes();
            bytes.push(0xe9);
            bytes
        };
        for label in ["iso-8859-1", "utf-8", "utf-16", "nonsense", "windows-1252"] {
            assert!(decode(&latin(label)).ends_with("café"), "{label}");
        }
        assert_eq!(decode("<?xml encoding=\"iso-8859-1\"?>é".as_bytes()).chars().last(), Some('é'));
        let koi8 = b"<?xml version=\"1.0\" encoding=\"koi8-r\"?>\xed\xc9\xd2";
        assert!(decode(koi8).ends_with("Мир"));
        assert_eq!(decode(b"\xef\xbb\xbf<a/>"), "<a/>");
        let utf16: Vec<u8> = "<a>é</a>".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(decode(&utf16), "<a>é</a>");
        let utf16: Vec<u8> = "\u{feff}<a>é</a>".encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(decode(&utf16), "<a>é</a>");
        assert_eq!(decode(b""), "");
        assert_eq!(decode(b"<?xml encoding="), "<?xml encoding=");
    }
}
