//! GIF: reads the size and copies the pictures, their timing and the number of loops. Spec:
//! GIF89a, with the application extensions of Netscape.

use super::bytes::Bytes;
use super::{Format, MediaError, Scan};

/// Size of the canvas.
pub(super) fn scan(bytes: &[u8]) -> Result<Scan, MediaError> {
    let (_, screen) = begin(bytes)?;
    let mut screen = Bytes::new(screen);
    let size = screen.take(6).and_then(|_| screen.u16_le().zip(screen.u16_le()));
    match size {
        Some((width, height)) if width > 0 && height > 0 => {
            Ok(Scan::still(u32::from(width), u32::from(height)))
        }
        _ => Err(damaged("it has no size")),
    }
}

/// Whether there is more than one picture in it.
pub(super) fn is_animated(bytes: &[u8]) -> bool {
    let Ok((mut reader, _)) = begin(bytes) else { return false };
    let (mut pictures, mut skipped) = (0, Vec::new());
    while let Some(block) = reader.u8() {
        skipped.clear();
        match block {
            0x21 => extension(&mut reader, &mut Vec::new(), &mut skipped),
            0x2c if picture(&mut reader, &mut skipped).is_some() => pictures += 1,
            0x00 => {}
            _ => break,
        }
        if pictures > 1 {
            return true;
        }
    }
    false
}

/// The file without comments, texts, XMP and what follows its end.
pub(super) fn strip(bytes: &[u8]) -> Result<Vec<u8>, MediaError> {
    let (mut reader, head) = begin(bytes)?;
    let mut out = Vec::with_capacity(bytes.len());
    out.extend(head);
    // The timing of the next picture; it also belongs to a text, which is dropped with it.
    let mut control = Vec::new();
    let mut pictures = 0;
    while let Some(block) = reader.u8() {
        match block {
            0x21 => extension(&mut reader, &mut control, &mut out),
            0x2c => {
                out.append(&mut control);
                picture(&mut reader, &mut out).ok_or_else(|| damaged("a picture breaks off"))?;
                pictures += 1;
            }
            0x00 => {} // a stray end of blocks
            _ => break,
        }
    }
    if pictures == 0 {
        return Err(damaged("it holds no picture"));
    }
    out.push(0x3b);
    Ok(out)
}

fn damaged(what: &'static str) -> MediaError {
    MediaError::Damaged { format: Format::Gif, what }
}

/// Signature, screen and colours; the reader stands behind them.
fn begin(bytes: &[u8]) -> Result<(Bytes<'_>, &[u8]), MediaError> {
    let is_gif = bytes.starts_with(b"GIF87a") || bytes.starts_with(b"GIF89a");
    let flags = bytes.get(10).filter(|_| is_gif);
    let size = flags.map(|flags| 13 + colours(*flags));
    let mut reader = Bytes::new(bytes);
    let head = size.and_then(|size| reader.take(size));
    head.map(|head| (reader, head)).ok_or_else(|| damaged("it has no beginning"))
}

/// Bytes of the colour table that the flags announce.
fn colours(flags: u8) -> usize {
    if flags & 0x80 == 0 { 0 } else { 3 << ((flags & 7) + 1) }
}

fn extension(reader: &mut Bytes<'_>, control: &mut Vec<u8>, out: &mut Vec<u8>) {
    let Some(label) = reader.u8() else { return };
    let mut data = vec![0x21, label];
    blocks(reader, &mut data);
    match label {
        0xf9 => *control = data,
        0x01 => control.clear(),
        0xff if is_loop(&data) => out.append(&mut data),
        _ => {}
    }
}

/// The number of loops; all other applications write notes to themselves.
fn is_loop(data: &[u8]) -> bool {
    let name = data.get(3..14);
    name == Some(b"NETSCAPE2.0") || name == Some(b"ANIMEXTS1.0")
}

fn picture(reader: &mut Bytes<'_>, out: &mut Vec<u8>) -> Option<()> {
    let place = reader.take(9)?;
    let table = reader.take(colours(*place.last()?))?;
    out.push(0x2c);
    out.extend(place);
    out.extend(table);
    out.push(reader.u8()?);
    blocks(reader, out);
    Some(())
}

/// Copies blocks of up to 255 bytes; a block that breaks off ends the list.
fn blocks(reader: &mut Bytes<'_>, out: &mut Vec<u8>) {
    while let Some(size) = reader.u8().filter(|size| *size > 0) {
        let Some(data) = reader.take(usize::from(size)) else { break };
        out.push(size);
        out.extend(data);
    }
    out.push(0);
}
