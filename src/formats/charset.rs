//! Turns the bytes of foreign files into text, whatever they declare. Parsing is left to the
//! readers. Spec: WHATWG Encoding; order of evidence for XML after FD-X-02.

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

/// Decodes a web page, or plain text: by byte order mark, then by the charset that was sent with
/// it, then by what the page says, then as UTF-8 if it is valid, then as windows-1252. Spec: WHATWG
/// HTML, encoding sniffing.
pub(crate) fn decode_html(bytes: &[u8], sent: Option<&str>) -> String {
    let sent = || Encoding::for_label(sent?.as_bytes());
    let utf_8 = || std::str::from_utf8(bytes).is_ok().then_some(UTF_8);
    let encoding = sent().or_else(|| said(bytes)).or_else(utf_8).unwrap_or(WINDOWS_1252);
    // A byte order mark wins over all of them.
    encoding.decode(bytes).0.into_owned()
}

/// The charset that a page names at its beginning, in a `<meta>`.
fn said(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = bytes.get(..1024.min(bytes.len()))?;
    let head: String = head.iter().map(|byte| char::from(*byte).to_ascii_lowercase()).collect();
    let meta = head.split("<meta").skip(1).filter_map(|tag| tag.split('>').next());
    let mut labels = meta.filter_map(|tag| {
        let value = tag.split_once("charset")?.1.trim_start().strip_prefix('=')?;
        let value = value.trim_start().trim_start_matches(['"', '\'']);
        value.split(['"', '\'', ' ', ';', '/']).next()
    });
    let encoding = labels.find_map(|label| Encoding::for_label(label.as_bytes()))?;
    // What can be read byte by byte is not UTF-16.
    Some(if encoding == UTF_16LE || encoding == UTF_16BE { UTF_8 } else { encoding })
}

#[cfg(test)]
mod tests {
    use super::{decode, decode_html};

    #[test]
    fn a_page_says_its_charset_in_several_ways() {
        let page = |head: &str| {
            let mut bytes = format!("<!doctype html><head>{head}<p>caf").into_bytes();
            bytes.push(0xe9);
            bytes
        };
        for head in [
            "<meta charset=iso-8859-1>",
            "<META CHARSET='latin1'>",
            "<meta http-equiv=content-type content=\"text/html; charset=windows-1252\">",
            "<meta charset=nonsense>",
            "",
        ] {
            assert!(decode_html(&page(head), None).ends_with("café"), "{head}");
        }
        assert!(decode_html(&page("<meta charset=utf-8>"), Some("iso-8859-1")).ends_with("café"));
        assert!(decode_html(&page("<meta charset=utf-8>"), None).ends_with("caf\u{fffd}"));
        assert!(decode_html("<meta charset=utf-16>é".as_bytes(), None).ends_with('é'));
        assert_eq!(decode_html(b"\xef\xbb\xbfx", Some("koi8-r")), "x");
        assert_eq!(decode_html("é".as_bytes(), None), "é");
    }

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
