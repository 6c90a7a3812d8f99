//! The one thing a page needs from EXIF: which way up the picture is. All else is left out. Spec:
//! EXIF 2.32, TIFF 6.0.

use super::bytes::{Bytes, length};

/// The tag of the orientation.
const ORIENTATION: u16 = 0x0112;

/// The orientation in a TIFF structure: 1 to 8; 1, which is upright, if there is none.
pub(super) fn orientation(tiff: &[u8]) -> u8 {
    find(tiff).filter(|value| (1..=8).contains(value)).unwrap_or(1)
}

fn find(tiff: &[u8]) -> Option<u8> {
    let mut header = Bytes::new(tiff);
    let big = match header.array::<4>()? {
        [b'M', b'M', 0, 42] => true,
        [b'I', b'I', 42, 0] => false,
        _ => return None,
    };
    let short = |bytes: &mut Bytes<'_>| if big { bytes.u16_be() } else { bytes.u16_le() };
    let long = |bytes: &mut Bytes<'_>| if big { bytes.u32_be() } else { bytes.u32_le() };
    let offset = length(long(&mut header)?);
    let mut directory = Bytes::new(tiff.get(offset..)?);
    for _ in 0..short(&mut directory)? {
        let mut entry = Bytes::new(directory.take(12)?);
        let (tag, kind) = (short(&mut entry)?, short(&mut entry)?);
        let _count = long(&mut entry)?;
        if tag == ORIENTATION {
            let value = match kind {
                3 => u32::from(short(&mut entry)?),
                4 => long(&mut entry)?,
                _ => u32::from(entry.u8()?),
            };
            return u8::try_from(value).ok();
        }
    }
    None
}

/// A TIFF structure that says nothing but the orientation.
pub(super) fn minimal(orientation: u8) -> [u8; 26] {
    [
        b'M',
        b'M',
        0,
        42,
        0,
        0,
        0,
        8, // header; the directory follows
        0,
        1, // one entry
        1,
        0x12,
        0,
        3,
        0,
        0,
        0,
        1,
        0,
        orientation,
        0,
        0, // tag, SHORT, one value
        0,
        0,
        0,
        0, // no further directory
    ]
}

/// True for orientations that swap width and height.
pub(super) fn is_sideways(orientation: u8) -> bool {
    orientation >= 5
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orientations_are_found_in_both_byte_orders() {
        for value in 1..=8 {
            assert_eq!(orientation(&minimal(value)), value);
            let little = [
                b'I', b'I', 42, 0, 10, 0, 0, 0, 9, 9, 2, 0, 0x0f, 1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0,
                0x12, 1, 3, 0, 1, 0, 0, 0, value, 0, 0, 0,
            ];
            assert_eq!(orientation(&little), value);
        }
        assert_eq!(orientation(&minimal(0)), 1);
        assert_eq!(orientation(&minimal(9)), 1);
        for end in 0..26 {
            orientation(&minimal(6)[..end]);
        }
        assert_eq!(orientation(b"MM\0\x2a\xff\xff\xff\xff"), 1);
    }
}
