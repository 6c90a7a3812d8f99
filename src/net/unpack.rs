//! Bodies as they were meant: gzip, deflate (raw, or in the frame of zlib) and Brotli are undone
//! (RFC 9110 §8.4). What a server says of a body is a hint: many name a coding that is not there,
//! forget one, or apply one twice (FD-H-09).

use std::io::Read;

use brotli_decompressor::Decompressor;
use flate2::bufread::{DeflateDecoder, GzDecoder, ZlibDecoder};

use super::End;

/// What is understood, as requests say it.
pub(super) const ACCEPTED: &str = "gzip, deflate, br";

/// How often a body may have been packed.
const LAYERS: usize = 3;

/// Bytes that may come out for each that went in. Texts reach ten; what reaches a thousand was made
/// to do harm.
const RATIO: usize = 200;

/// So much may come out whatever went in: it harms nobody.
const SMALL: usize = 1024 * 1024;

/// Parts that one gzip body may be of. Each costs the same, however little is in it.
const MEMBERS: usize = 1_000;

/// How the first bytes of gzip read (RFC 1952 §2.3.1).
const GZIP: [u8; 3] = [0x1f, 0x8b, 0x08];

/// Room that is asked for at the start; more comes as it is needed.
const BUFFER: usize = 8 * 1024;

/// What a server may name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Said {
    Gzip,
    Deflate,
    Brotli,
}

/// What a body is packed as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Packed {
    Gzip,
    Zlib,
    Deflate,
    Brotli,
}

/// The codings that `Content-Encoding` names, in the order in which they were applied; `identity`
/// and those that nobody knows are left out.
pub(super) fn said<'h>(values: impl Iterator<Item = &'h str>) -> Vec<Said> {
    let names = values.flat_map(|value| value.split(','));
    let known = names.filter_map(|name| match name.trim().to_ascii_lowercase().as_str() {
        "gzip" | "x-gzip" => Some(Said::Gzip),
        "deflate" => Some(Said::Deflate),
        "br" => Some(Said::Brotli),
        _ => None,
    });
    known.take(LAYERS).collect()
}

/// Whether there is something to undo.
pub(super) fn is_packed(body: &[u8], said: &[Said]) -> bool {
    !body.is_empty() && (!said.is_empty() || body.starts_with(&GZIP))
}

/// Undoes what was done to a body, which ended as `end` says; at most so many bytes come out.
pub(super) fn unpack(
    mut body: Vec<u8>,
    mut said: Vec<Said>,
    most: usize,
    mut end: End,
) -> (Vec<u8>, End) {
    let most = most.min(body.len().saturating_mul(RATIO).max(SMALL));
    for _ in 0..LAYERS {
        let next = said.pop();
        let Some(packed) = packed(&body, next) else {
            if next.is_none() {
                break;
            }
            continue;
        };
        let (opened, ended) = open(packed, &body, most);
        if ended == End::Broken && is_mistaken(packed, &body, &opened) {
            continue;
        }
        body = opened;
        if end == End::Whole {
            end = ended;
        }
    }
    (body, end)
}

/// What a body is packed as: by its first bytes, as far as they say it, and else by what is said.
fn packed(body: &[u8], said: Option<Said>) -> Option<Packed> {
    if body.starts_with(&GZIP) {
        return Some(Packed::Gzip);
    }
    match said? {
        _ if body.is_empty() => None,
        Said::Gzip | Said::Deflate if is_zlib(body) => Some(Packed::Zlib),
        Said::Gzip => None,
        Said::Deflate => Some(Packed::Deflate),
        Said::Brotli => Some(Packed::Brotli),
    }
}

/// Whether the two bytes are there that zlib begins with (RFC 1950 §2.2).
fn is_zlib(body: &[u8]) -> bool {
    let [method, flags, ..] = body else { return false };
    method & 0x0f == 8 && method >> 4 <= 7 && u16::from_be_bytes([*method, *flags]) % 31 == 0
}

/// Whether a body was not packed at all. Raw deflate and Brotli have no mark of their own, so only
/// the trial shows it.
fn is_mistaken(packed: Packed, body: &[u8], opened: &[u8]) -> bool {
    let is_control = |byte: &u8| *byte < 0x20 && !matches!(byte, b'\t' | b'\n' | 0x0c | b'\r');
    let is_text = || !body.iter().take(512).any(is_control);
    matches!(packed, Packed::Deflate | Packed::Brotli) && (opened.is_empty() || is_text())
}

fn open(packed: Packed, body: &[u8], most: usize) -> (Vec<u8>, End) {
    let mut out = Vec::new();
    let end = match packed {
        Packed::Gzip => members(body, most, &mut out),
        Packed::Zlib => drain(ZlibDecoder::new(body), most, &mut out),
        Packed::Deflate => drain(DeflateDecoder::new(body), most, &mut out),
        Packed::Brotli => drain(Decompressor::new(body, BUFFER), most, &mut out),
    };
    (out, end)
}

/// One part of gzip after the other (RFC 1952 §2.2); what follows the last and is none is left.
fn members(mut rest: &[u8], most: usize, out: &mut Vec<u8>) -> End {
    for _ in 0..MEMBERS {
        let mut member = GzDecoder::new(rest);
        match drain(&mut member, most, out) {
            End::Whole => rest = member.into_inner(),
            end => return end,
        }
        if !rest.starts_with(&GZIP) {
            return End::Whole;
        }
    }
    End::Broken
}

/// Reads to the end, or until there is more than may be.
fn drain(reader: impl Read, most: usize, out: &mut Vec<u8>) -> End {
    let room = most.saturating_sub(out.len()).saturating_add(1);
    let read = reader.take(room as u64).read_to_end(out);
    if out.len() > most {
        out.truncate(most);
        return End::Long;
    }
    if read.is_ok() { End::Whole } else { End::Broken }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};

    use super::*;

    const TEXT: &[u8] = b"<rss version='2.0'><channel><title>Ana</title></channel></rss>";

    /// [`TEXT`] in Brotli's own words, without any packing: a header of one stored block (RFC 7932).
    fn brotli() -> Vec<u8> {
        let last = [0x03];
        let length = (TEXT.len() - 1) as u32;
        // Window bits 0, not the last, four nibbles of length, not compressed.
        let head = (length << 4) | (1 << 20);
        [&head.to_le_bytes()[..3], TEXT, &last].concat()
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn zlib(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn deflate(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn of(body: Vec<u8>, header: &str) -> (Vec<u8>, End) {
        unpack(body, said([header].into_iter()), 10 << 20, End::Whole)
    }

    #[test]
    fn fd_h_09_what_is_said_of_a_body_need_not_be_so() {
        let stuffed = [gzip(TEXT), vec![0; 100]].concat();
        let halves = [gzip(&TEXT[..20]), gzip(&TEXT[20..])].concat();
        for (name, body, header) in [
            ("as said", gzip(TEXT), "gzip"),
            ("its old name", gzip(TEXT), "X-GZIP"),
            ("deflate in its frame", zlib(TEXT), "deflate"),
            ("deflate without it", deflate(TEXT), "deflate"),
            ("brotli", brotli(), "br"),
            ("not packed, gzip said", TEXT.to_vec(), "gzip"),
            ("not packed, deflate said", TEXT.to_vec(), "deflate"),
            ("not packed, brotli said", TEXT.to_vec(), "br"),
            ("nothing said", gzip(TEXT), ""),
            ("identity said", gzip(TEXT), "identity"),
            ("said twice, done once", gzip(TEXT), "gzip, gzip"),
            ("said once, done twice", gzip(&gzip(TEXT)), "gzip"),
            ("one after the other", gzip(&deflate(TEXT)), "deflate, gzip"),
            ("the wrong one", gzip(TEXT), "br"),
            ("another wrong one", gzip(TEXT), "deflate"),
            ("zlib as gzip", zlib(TEXT), "gzip"),
            ("one that nobody knows", TEXT.to_vec(), "zstd-of-the-future"),
            ("something behind it", stuffed, "gzip"),
            ("in two parts", halves, "gzip"),
        ] {
            assert_eq!(of(body, header), (TEXT.to_vec(), End::Whole), "{name}");
        }
        assert_eq!(of(Vec::new(), "gzip"), (Vec::new(), End::Whole));
    }

    #[test]
    fn fd_h_09_what_grows_beyond_measure_is_cut() {
        let zeros = gzip(&vec![0; 9 << 20]);
        let allowed = zeros.len() * RATIO;
        assert!(allowed < 9 << 20 && allowed > SMALL);
        let (body, end) = of(zeros.clone(), "gzip");
        assert_eq!((body.len(), end), (allowed, End::Long));
        // Packed twice it is smaller still, and a ratio of both counts.
        let (body, end) = of(gzip(&zeros), "gzip, gzip");
        assert_eq!((body.len(), end), (SMALL, End::Long));
        let (body, end) = unpack(gzip(TEXT), vec![Said::Gzip], 20, End::Whole);
        assert_eq!((body.as_slice(), end), (&TEXT[..20], End::Long));
        let empty = gzip(b"").repeat(MEMBERS + 1);
        assert_eq!(of(empty, "gzip"), (Vec::new(), End::Broken));
        assert_eq!(of(gzip(b"").repeat(MEMBERS), "gzip"), (Vec::new(), End::Whole));
    }

    #[test]
    fn what_came_before_a_break_is_there() {
        let text: Vec<u8> = (0..20_000_u32).flat_map(|n| n.wrapping_mul(n).to_le_bytes()).collect();
        for (body, header) in [(gzip(&text), "gzip"), (zlib(&text), "deflate")] {
            let half = body.len() / 2;
            let (read, end) = of(body[..half].to_vec(), header);
            assert!(!read.is_empty() && text.starts_with(&read), "{header}");
            assert_eq!(end, End::Broken, "{header}");
        }
    }

    #[test]
    fn no_bytes_stop_it() {
        for body in [gzip(TEXT), zlib(TEXT), deflate(TEXT), brotli()] {
            for at in 0..body.len() {
                for header in ["gzip", "deflate", "br", "br, gzip", ""] {
                    let mut other = body.clone();
                    other[at] ^= 0x55;
                    of(other, header);
                    of(body[..at].to_vec(), header);
                }
            }
        }
    }
}
