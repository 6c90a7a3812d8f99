//! PNG and APNG: reads the size and the orientation, and copies the chunks that the picture needs.
//! Turning is left to `turn`. Spec: PNG, third edition.

use super::bytes::{Bytes, length};
use super::{Format, MediaError, Scan, exif};

const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";

/// Chunks that say what the colours mean; they outlive a re-encoding.
const COLOUR: [&[u8; 4]; 9] =
    [b"cICP", b"iCCP", b"sRGB", b"gAMA", b"cHRM", b"mDCV", b"mDCv", b"cLLI", b"cLLi"];

/// Other chunks that the picture needs. All others are dropped: texts, times, EXIF, thumbnails,
/// and whatever programs keep in chunks of their own.
const NEEDED: [&[u8; 4]; 13] = [
    b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"sBIT", b"bKGD", b"hIST", b"pHYs", b"sPLT",
    b"acTL", b"fcTL", b"fdAT",
];

/// A chunk; `raw` is all of it, with length and checksum.
struct Chunk<'a> {
    kind: [u8; 4],
    data: &'a [u8],
    raw: &'a [u8],
}

/// Size and orientation.
pub(super) fn scan(bytes: &[u8]) -> Result<Scan, MediaError> {
    let mut reader = begin(bytes)?;
    let mut header = Bytes::new(match next(&mut reader) {
        Some(Chunk { kind, data, .. }) if kind == *b"IHDR" => data,
        _ => return Err(damaged("it has no header")),
    });
    let size = header.u32_be().zip(header.u32_be());
    let (width, height) = size.unwrap_or_default();
    let (bits, colour) = header.u8().zip(header.u8()).unwrap_or_default();
    if width == 0 || height == 0 {
        return Err(damaged("it has no size"));
    }
    let mut scan = Scan::still(width, height);
    scan.alpha = matches!(colour, 4 | 6);
    scan.depth = if bits == 16 { 8 } else { 4 };
    while let Some(chunk) = next(&mut reader) {
        match &chunk.kind {
            b"eXIf" => scan.orientation = exif::orientation(chunk.data),
            b"acTL" => scan.animated = true,
            b"tRNS" => scan.alpha = true,
            b"IEND" => break,
            _ => {}
        }
    }
    Ok(scan)
}

/// The file without metadata and what follows its end; with the orientation alone if one is given.
pub(super) fn strip(bytes: &[u8], orientation: Option<u8>) -> Result<Vec<u8>, MediaError> {
    let mut reader = begin(bytes)?;
    let mut out = Vec::with_capacity(bytes.len());
    out.extend(SIGNATURE);
    while let Some(chunk) = next(&mut reader) {
        if COLOUR.contains(&&chunk.kind) || NEEDED.contains(&&chunk.kind) {
            out.extend(chunk.raw);
        } else if chunk.kind.first().is_some_and(u8::is_ascii_uppercase) {
            return Err(damaged("it has parts that no browser knows"));
        }
        match &chunk.kind {
            b"IEND" => return Ok(out),
            b"IHDR" => {
                if let Some(orientation) = orientation {
                    push(&mut out, *b"eXIf", &exif::minimal(orientation));
                }
            }
            _ => {}
        }
    }
    Err(damaged("it breaks off"))
}

/// `encoded` with the colour chunks of `original` in place of its own.
pub(super) fn recolour(encoded: &[u8], original: &[u8]) -> Result<Vec<u8>, MediaError> {
    let mut colours = Vec::new();
    let mut reader = begin(original)?;
    while let Some(chunk) = next(&mut reader) {
        if COLOUR.contains(&&chunk.kind) {
            colours.extend(chunk.raw);
        }
    }
    let mut out = Vec::with_capacity(encoded.len() + colours.len());
    out.extend(SIGNATURE);
    let mut reader = begin(encoded)?;
    while let Some(chunk) = next(&mut reader) {
        match &chunk.kind {
            b"IHDR" => {
                out.extend(chunk.raw);
                out.append(&mut colours);
            }
            b"PLTE" | b"IDAT" | b"IEND" | b"tRNS" => out.extend(chunk.raw),
            _ => {}
        }
    }
    Ok(out)
}

fn damaged(what: &'static str) -> MediaError {
    MediaError::Damaged { format: Format::Png, what }
}

fn begin(bytes: &[u8]) -> Result<Bytes<'_>, MediaError> {
    let mut reader = Bytes::new(bytes);
    reader.expect(SIGNATURE).ok_or_else(|| damaged("it has no beginning"))?;
    Ok(reader)
}

/// The next whole chunk.
fn next<'a>(reader: &mut Bytes<'a>) -> Option<Chunk<'a>> {
    let mut ahead = *reader;
    let size = length(ahead.u32_be()?);
    let kind = ahead.array::<4>()?;
    let data = ahead.take(size)?;
    let raw = reader.take(size.checked_add(12)?)?;
    Some(Chunk { kind, data, raw })
}

fn push(out: &mut Vec<u8>, kind: [u8; 4], data: &[u8]) {
    out.extend(u32::try_from(data.len()).unwrap_or(0).to_be_bytes());
    out.extend(kind);
    out.extend(data);
    out.extend(checksum(kind.iter().chain(data)).to_be_bytes());
}

/// CRC-32 as PNG wants it; the chunks made here are a few bytes long.
fn checksum<'a>(bytes: impl Iterator<Item = &'a u8>) -> u32 {
    let step = |crc: u32, byte: &u8| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 }
        })
    };
    !bytes.fold(u32::MAX, step)
}
