//! JPEG: reads the size and the orientation, and copies the file without what the picture does not
//! need. The coded pixels are not touched; turning is left to `turn`. Specs: ITU-T T.81 annex B,
//! JFIF 1.02, EXIF 2.32, ICC.1 annex B.4.

use super::bytes::Bytes;
use super::{Format, MediaError, Scan, exif};

const EXIF: &[u8] = b"Exif\0\0";
const END: u8 = 0xd9;
const START_OF_SCAN: u8 = 0xda;
const PROGRESSIVE: u8 = 0xc2;

/// A marker and what belongs to it.
struct Segment<'a> {
    marker: u8,
    data: &'a [u8],
    /// The coded pixels behind a start of scan.
    coded: &'a [u8],
}

/// Size and orientation.
pub(super) fn scan(bytes: &[u8]) -> Result<Scan, MediaError> {
    let mut reader = begin(bytes)?;
    let (mut size, mut orientation, mut depth) = (None, 1, 3);
    while let Some(segment) = next(&mut reader, false)? {
        match segment.marker {
            0xe1 => {
                if let Some(tiff) = segment.data.strip_prefix(EXIF)
                    && orientation == 1
                {
                    orientation = exif::orientation(tiff);
                }
            }
            marker if is_frame(marker) && size.is_none() => {
                size = frame_size(segment.data);
                // Of a progressive picture all coefficients are kept until the last scan.
                depth = if marker == PROGRESSIVE { 9 } else { 3 };
            }
            START_OF_SCAN => break,
            _ => {}
        }
    }
    match size {
        Some((width, height)) if width > 0 && height > 0 => {
            Ok(Scan { orientation, depth, ..Scan::still(width, height) })
        }
        _ => Err(damaged("it has no size")),
    }
}

/// The file without metadata, thumbnails and what follows its end; with the orientation alone if
/// one is given.
pub(super) fn strip(bytes: &[u8], orientation: Option<u8>) -> Result<Vec<u8>, MediaError> {
    let mut reader = begin(bytes)?;
    let mut out = Vec::with_capacity(bytes.len());
    out.extend([0xff, 0xd8]);
    if let Some(orientation) = orientation {
        push(&mut out, 0xe1, &[EXIF, &exif::minimal(orientation)].concat());
    }
    let mut scans = 0;
    while let Some(segment) = next(&mut reader, scans > 0)? {
        if let Some(jfif) = jfif_without_thumbnail(&segment) {
            push(&mut out, segment.marker, &jfif);
        } else if is_kept(&segment) {
            push(&mut out, segment.marker, segment.data);
            out.extend(segment.coded);
        }
        if segment.marker == START_OF_SCAN {
            scans += 1;
        }
    }
    if scans == 0 {
        return Err(damaged("it holds no picture"));
    }
    out.extend([0xff, END]);
    Ok(out)
}

fn damaged(what: &'static str) -> MediaError {
    MediaError::Damaged { format: Format::Jpeg, what }
}

fn begin(bytes: &[u8]) -> Result<Bytes<'_>, MediaError> {
    let mut reader = Bytes::new(bytes);
    reader.expect(&[0xff, 0xd8]).ok_or_else(|| damaged("it has no beginning"))?;
    Ok(reader)
}

/// The next segment; none at the end of the picture. A file that breaks off is still shown by
/// browsers once a scan has begun (`lenient`), before that it is damaged.
fn next<'a>(reader: &mut Bytes<'a>, lenient: bool) -> Result<Option<Segment<'a>>, MediaError> {
    let end = |what| if lenient { Ok(None) } else { Err(damaged(what)) };
    loop {
        // A marker is a byte after any number of 0xff; anything between segments is junk.
        let Some(byte) = reader.u8() else { return end("it breaks off") };
        if byte != 0xff {
            continue;
        }
        let mut marker = 0xff;
        while marker == 0xff {
            let Some(byte) = reader.u8() else { return end("it breaks off") };
            marker = byte;
        }
        match marker {
            END => return Ok(None),
            // Stuffed zeros, restarts and other markers without data.
            0x00 | 0x01 | 0xd0..=0xd8 => continue,
            _ => {}
        }
        let size = reader.u16_be().and_then(|size| size.checked_sub(2));
        let Some(data) = size.and_then(|size| reader.take(usize::from(size))) else {
            return end("a part of it breaks off");
        };
        let coded = if marker == START_OF_SCAN { coded(reader) } else { &[] };
        return Ok(Some(Segment { marker, data, coded }));
    }
}

/// The coded pixels up to the next marker that is no restart.
fn coded<'a>(reader: &mut Bytes<'a>) -> &'a [u8] {
    let is_marker = |pair: &[u8]| match pair {
        [0xff, next] => !matches!(next, 0x00 | 0xd0..=0xd7),
        _ => false,
    };
    let rest = reader.rest();
    let end = rest.windows(2).position(is_marker);
    // A file that breaks off may end with half a marker.
    let all = rest.len() - usize::from(rest.ends_with(&[0xff]));
    reader.take_up_to(end.unwrap_or(all))
}

/// Start of frame: all of `SOF0` to `SOF15` without the three that are something else.
fn is_frame(marker: u8) -> bool {
    matches!(marker, 0xc0..=0xcf) && !matches!(marker, 0xc4 | 0xc8 | 0xcc)
}

fn frame_size(data: &[u8]) -> Option<(u32, u32)> {
    let mut data = Bytes::new(data);
    let _precision = data.u8()?;
    let (height, width) = (data.u16_be()?, data.u16_be()?);
    Some((u32::from(width), u32::from(height)))
}

/// What decoding and the right colours need: tables, frames, scans, the ICC profile, and Adobe's
/// note on the colour transform.
fn is_kept(segment: &Segment<'_>) -> bool {
    match segment.marker {
        0xc0..=0xcf | 0xda..=0xdf => true,
        0xe2 => segment.data.starts_with(b"ICC_PROFILE\0"),
        0xee => segment.data.starts_with(b"Adobe"),
        _ => false,
    }
}

/// The JFIF header with its thumbnail cut off.
fn jfif_without_thumbnail(segment: &Segment<'_>) -> Option<Vec<u8>> {
    let is_jfif = segment.marker == 0xe0 && segment.data.starts_with(b"JFIF\0");
    let head = segment.data.get(..12).filter(|_| is_jfif)?;
    Some([head, &[0, 0]].concat())
}

fn push(out: &mut Vec<u8>, marker: u8, data: &[u8]) {
    // Data came out of a segment or is short, so its length fits.
    let size = u16::try_from(data.len() + 2).unwrap_or(u16::MAX);
    out.extend([0xff, marker]);
    out.extend(size.to_be_bytes());
    out.extend(data);
}
