//! Turns the bytes of foreign files into text, whatever they declare. Parsing is left to the
//! readers. Spec: WHATWG Encoding; order of evidence for XML after FD-X-02.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// The charset that a `Content-Type` names; of several types, the first that names one.
pub(crate) fn charset_of(content_type: &str) -> Option<&str> {
    let mut values = content_type.split([';', ',']).filter_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        let value = value.trim().trim_matches(['"', '\'']);
        name.trim().eq_ignore_ascii_case("charset").then_some(value)
    });
    values.find(|value| !value.is_empty())
}

/// Decodes by what the bytes are, then by the declaration, see [`decode_xml`].
pub(crate) fn decode(bytes: &[u8]) -> String {
    decode_xml(bytes, None).into_owned()
}

/// Decodes XML or JSON: by byte order mark; as UTF-8 if it is valid; by the charset that was sent
/// with it, or that it declares, if that gives no errors; as UTF-8 with some faults; as
/// windows-1252. Bytes without meaning become U+FFFD.
pub(crate) fn decode_xml<'b>(bytes: &'b [u8], sent: Option<&str>) -> Cow<'b, str> {
    if let Some(text) = wide(bytes) {
        return Cow::Owned(text);
    }
    if let Some((encoding, _)) = Encoding::for_bom(bytes) {
        return encoding.decode(bytes).0;
    }
    // Text of another charset is hardly ever valid UTF-8 by chance, so this beats what is sent or
    // declared, except for the 7-bit charsets with escapes.
    let sent = sent.and_then(|label| Encoding::for_label(label.as_bytes()));
    let named = [sent, declared(bytes)];
    // What can be read byte by byte up to here is not UTF-16.
    let mut named = named.into_iter().flatten().filter(|e| *e != UTF_16LE && *e != UTF_16BE);
    let escapes = named.clone().any(|encoding| !encoding.is_ascii_compatible());
    if !escapes && let Ok(text) = std::str::from_utf8(bytes) {
        return Cow::Borrowed(text);
    }
    let faultless = |encoding: &'static Encoding| {
        let (text, _, has_errors) = encoding.decode(bytes);
        (encoding != UTF_8 && !has_errors).then_some(text)
    };
    if let Some(text) = named.find_map(faultless) {
        return text;
    }
    // A letter cut in half among many whole ones.
    let (mut faults, mut whole) = (0, 0);
    for chunk in bytes.utf8_chunks() {
        faults += usize::from(!chunk.invalid().is_empty());
        whole += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
    }
    if whole > faults { String::from_utf8_lossy(bytes) } else { WINDOWS_1252.decode(bytes).0 }
}

/// Text of characters of two or four bytes each, if it is that, by its mark or by where the zeros
/// are among the first characters.
fn wide(bytes: &[u8]) -> Option<String> {
    let four = |to: fn([u8; 4]) -> u32| {
        let (chunks, _) = bytes.as_chunks::<4>();
        let chars = chunks.iter().map(|chunk| char::from_u32(to(*chunk)).unwrap_or('\u{fffd}'));
        chars.filter(|c| *c != '\u{feff}').collect()
    };
    match bytes {
        [0xff, 0xfe, 0, 0, ..] | [1..=255, 0, 0, 0, ..] => Some(four(u32::from_le_bytes)),
        [0, 0, 0xfe, 0xff, ..] | [0, 0, 0, 1..=255, ..] => Some(four(u32::from_be_bytes)),
        [1..0x80, 0, 1..0x80, 0, ..] | [b'<', 0, ..] => Some(UTF_16LE.decode(bytes).0.into_owned()),
        [0, 1..0x80, 0, 1..0x80, ..] | [0, b'<', ..] => Some(UTF_16BE.decode(bytes).0.into_owned()),
        _ => None,
    }
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
    Encoding::for_label(label.as_bytes())
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
    use super::{decode, decode_html, decode_xml};

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
    fn fd_x_02_evidence_then_what_was_sent_then_the_declaration() {
        let text = "<a>é€𝄞</a>";
        let wide = |bytes: Vec<u8>| assert_eq!(decode_xml(&bytes, Some("utf-8")), text);
        wide(text.chars().flat_map(|c| u32::from(c).to_le_bytes()).collect());
        wide(text.chars().flat_map(|c| u32::from(c).to_be_bytes()).collect());
        let marked = || std::iter::once('\u{feff}').chain(text.chars());
        wide(marked().flat_map(|c| u32::from(c).to_le_bytes()).collect());
        wide(marked().flat_map(|c| u32::from(c).to_be_bytes()).collect());
        wide(text.encode_utf16().flat_map(u16::to_be_bytes).collect());
        wide(format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect());
        let koi8 = b"<?xml version='1.0' encoding='windows-1251'?>\xed\xc9\xd2";
        assert!(decode_xml(koi8, Some("koi8-r")).ends_with("Мир"));
        assert!(decode_xml(koi8, Some("nonsense")).ends_with("нЙТ"));
        // Japanese that is neither what was sent nor what it declares falls through.
        let sjis = b"<?xml version='1.0' encoding='shift_jis'?>\x93\xfa\x96\x7b";
        assert!(decode_xml(sjis, Some("utf-8")).ends_with("日本"));
        assert!(decode_xml(sjis, Some("iso-2022-jp")).ends_with("日本"));
        assert_eq!(decode_xml("é".as_bytes(), Some("iso-8859-1")), "é");
        // iso-8859-1 is windows-1252.
        assert_eq!(decode_xml(b"\x93x\x94", Some("iso-8859-1")), "“x”");
        assert_eq!(decode_xml(b"\xc3\xa9\xc3\xa9\xc3", None), "éé\u{fffd}");
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
