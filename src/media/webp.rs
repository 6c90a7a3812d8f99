//! WebP, still and animated: reads the size and the orientation, and copies the chunks that the
//! picture needs. Turning is left to `turn`. Spec: RFC 9649.

use super::bytes::{Bytes, length};
use super::{Format, MediaError, Scan, exif};

/// Flags of the extended header.
const HAS_EXIF: u8 = 0x08;
const HAS_XMP: u8 = 0x04;
const HAS_ALPHA: u8 = 0x10;
const HAS_ANIMATION: u8 = 0x02;
/// The colours, their coarse form, and what the decoder keeps of them.
const DEPTH: u32 = 8;

struct Chunk<'a> {
    kind: [u8; 4],
    data: &'a [u8],
}

/// Size and orientation.
pub(super) fn scan(bytes: &[u8]) -> Result<Scan, MediaError> {
    let mut reader = begin(bytes)?;
    let mut scan: Option<Scan> = None;
    let mut flags = 0;
    while let Some(chunk) = next(&mut reader)? {
        match &chunk.kind {
            b"VP8X" if scan.is_none() => {
                let (width, height) = extended_size(chunk.data)?;
                flags = chunk.data.first().copied().unwrap_or_default();
                let animated = flags & HAS_ANIMATION != 0;
                let alpha = flags & HAS_ALPHA != 0;
                let still = Scan::still(width, height);
                scan = Some(Scan { animated, alpha, depth: DEPTH, ..still });
            }
            b"VP8 " | b"VP8L" if scan.is_none() => {
                let (width, height) = match chunk.kind == *b"VP8 " {
                    true => lossy_size(chunk.data),
                    false => lossless_size(chunk.data),
                }
                .ok_or_else(|| damaged("it has no size"))?;
                // Lossless data has a bit for it behind its two sizes of 14 bits.
                let alpha = chunk.kind == *b"VP8L"
                    && chunk.data.get(4).is_some_and(|byte| byte & 0x10 != 0);
                scan = Some(Scan { alpha, depth: DEPTH, ..Scan::still(width, height) });
            }
            // Browsers show all WebP as stored, animations can't be turned: those stay as they are.
            b"EXIF" if flags & (HAS_EXIF | HAS_ANIMATION) == HAS_EXIF => {
                // Some programs put the prefix of JPEG in front.
                let tiff = chunk.data.strip_prefix(b"Exif\0\0").unwrap_or(chunk.data);
                if let Some(scan) = &mut scan {
                    scan.orientation = exif::orientation(tiff);
                }
            }
            _ => {}
        }
    }
    scan.filter(|scan| scan.width > 0 && scan.height > 0).ok_or_else(|| damaged("it has no size"))
}

/// The file without metadata and what follows its end.
pub(super) fn strip(bytes: &[u8]) -> Result<Vec<u8>, MediaError> {
    let mut reader = begin(bytes)?;
    let mut body = Vec::with_capacity(bytes.len());
    body.extend(b"WEBP");
    while let Some(chunk) = next(&mut reader)? {
        match &chunk.kind {
            b"VP8X" => {
                let mut data = chunk.data.to_vec();
                if let Some(flags) = data.first_mut() {
                    *flags &= !(HAS_EXIF | HAS_XMP);
                }
                push(&mut body, chunk.kind, &data);
            }
            b"ANMF" => push(&mut body, chunk.kind, &frame(chunk.data)?),
            b"VP8 " | b"VP8L" | b"ALPH" | b"ANIM" | b"ICCP" => {
                push(&mut body, chunk.kind, chunk.data);
            }
            _ => {}
        }
    }
    let size = u32::try_from(body.len()).map_err(|_| damaged("it is over 4 GB"))?;
    Ok([b"RIFF", size.to_le_bytes().as_slice(), &body].concat())
}

/// A frame of an animation: its place, then chunks of its own.
fn frame(data: &[u8]) -> Result<Vec<u8>, MediaError> {
    let mut reader = Bytes::new(data);
    let place = reader.take(16).ok_or_else(|| damaged("a frame breaks off"))?;
    let mut out = place.to_vec();
    while let Some(chunk) = next(&mut reader)? {
        if matches!(&chunk.kind, b"VP8 " | b"VP8L" | b"ALPH") {
            push(&mut out, chunk.kind, chunk.data);
        }
    }
    Ok(out)
}

fn damaged(what: &'static str) -> MediaError {
    MediaError::Damaged { format: Format::WebP, what }
}

/// The chunks; what lies behind the size that the file gives is not read.
fn begin(bytes: &[u8]) -> Result<Bytes<'_>, MediaError> {
    let mut reader = Bytes::new(bytes);
    let size = reader.expect(b"RIFF").and_then(|()| reader.u32_le());
    let body = size.map(|size| reader.take_up_to(length(size)));
    let mut reader = Bytes::new(body.unwrap_or_default());
    reader.expect(b"WEBP").ok_or_else(|| damaged("it has no beginning"))?;
    Ok(reader)
}

fn next<'a>(reader: &mut Bytes<'a>) -> Result<Option<Chunk<'a>>, MediaError> {
    let Some(kind) = reader.array::<4>() else { return Ok(None) };
    let size = reader.u32_le().map(length);
    let data = size.and_then(|size| {
        let data = reader.take(size)?;
        // Odd sizes are filled up; the last byte of the file may be missing.
        reader.take_up_to(size % 2);
        Some(data)
    });
    let data = data.ok_or_else(|| damaged("it breaks off"))?;
    Ok(Some(Chunk { kind, data }))
}

fn push(out: &mut Vec<u8>, kind: [u8; 4], data: &[u8]) {
    // Data came out of a chunk or is short, so its length fits.
    let size = u32::try_from(data.len()).unwrap_or(u32::MAX);
    out.extend(kind);
    out.extend(size.to_le_bytes());
    out.extend(data);
    if data.len() % 2 == 1 {
        out.push(0);
    }
}

fn extended_size(data: &[u8]) -> Result<(u32, u32), MediaError> {
    let mut data = Bytes::new(data);
    let size = data.take(4).and_then(|_| data.u24_le().zip(data.u24_le()));
    let (width, height) = size.ok_or_else(|| damaged("it has no size"))?;
    Ok((width + 1, height + 1))
}

fn lossy_size(data: &[u8]) -> Option<(u32, u32)> {
    let mut data = Bytes::new(data);
    data.take(3)?;
    data.expect(&[0x9d, 0x01, 0x2a])?;
    let (width, height) = (data.u16_le()?, data.u16_le()?);
    // The upper two bits ask for scaling, which nobody does.
    Some((u32::from(width & 0x3fff), u32::from(height & 0x3fff)))
}

fn lossless_size(data: &[u8]) -> Option<(u32, u32)> {
    let mut data = Bytes::new(data);
    data.expect(&[0x2f])?;
    let bits = data.u32_le()?;
    Some(((bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1))
}
