//! AVIF: reads the size and looks for metadata. The file itself is kept as it is: its parts point
//! at each other by position, so nothing can be cut out without rewriting all of it. Specs: ISO
//! 14496-12 (boxes), ISO 23008-12 (items), AVIF 1.1.

use super::bytes::{Bytes, length};
use super::{Format, MediaError, Scan};

/// A box, which is what the format calls its parts.
struct Part<'a> {
    kind: [u8; 4],
    data: &'a [u8],
}

/// A property of the picture.
enum Property {
    Size(u32, u32),
    /// Turned by a quarter or three quarters.
    Sideways,
    Other,
}

/// True if the brands of the file say that it is AVIF.
pub(super) fn is_avif(bytes: &[u8]) -> bool {
    brands(bytes).iter().any(|brand| matches!(brand, b"avif" | b"avis"))
}

/// The main brand of the file and those it is compatible with.
pub(super) fn brands(bytes: &[u8]) -> Vec<[u8; 4]> {
    let mut reader = Bytes::new(bytes);
    let Some(Part { kind, data }) = next(&mut reader).filter(|part| part.kind == *b"ftyp") else {
        return Vec::new();
    };
    debug_assert_eq!(kind, *b"ftyp");
    let mut data = Bytes::new(data);
    let mut brands: Vec<[u8; 4]> = data.array().into_iter().collect();
    data.take_up_to(4); // the version
    while let Some(brand) = data.array() {
        brands.push(brand);
    }
    brands
}

/// Size as shown. The orientation is part of the picture and no business of EXIF.
pub(super) fn scan(bytes: &[u8]) -> Result<Scan, MediaError> {
    let meta = find(bytes, *b"meta").ok_or_else(|| damaged("it has no list of its parts"))?;
    let (width, height) = shown_size(meta).ok_or_else(|| damaged("it has no size"))?;
    Ok(Scan::still(width, height))
}

/// An error if the file holds EXIF or XMP.
pub(super) fn check(bytes: &[u8]) -> Result<(), MediaError> {
    let hidden = |what| Err(MediaError::HiddenData { format: Format::Avif, what });
    let mut reader = Bytes::new(bytes);
    while let Some(part) = next(&mut reader) {
        match &part.kind {
            b"meta" => match metadata(part.data) {
                Some(what) => return hidden(what),
                None => continue,
            },
            b"uuid" => return hidden("data of some program"),
            _ => {}
        }
    }
    if reader.is_empty() { Ok(()) } else { Err(damaged("it breaks off")) }
}

fn damaged(what: &'static str) -> MediaError {
    MediaError::Damaged { format: Format::Avif, what }
}

/// The next box.
fn next<'a>(reader: &mut Bytes<'a>) -> Option<Part<'a>> {
    let mut ahead = *reader;
    let size = ahead.u32_be()?;
    let kind = ahead.array::<4>()?;
    let data = match size {
        0 => ahead.take_up_to(usize::MAX),
        1 => ahead
            .u64_be()
            .and_then(|size| ahead.take(usize::try_from(size.checked_sub(16)?).ok()?))?,
        _ => ahead.take(length(size.checked_sub(8)?))?,
    };
    *reader = ahead;
    Some(Part { kind, data })
}

/// The first box of a kind.
fn find(bytes: &[u8], kind: [u8; 4]) -> Option<&[u8]> {
    let mut reader = Bytes::new(bytes);
    while let Some(part) = next(&mut reader) {
        if part.kind == kind {
            // These boxes are "full": version and flags stand in front.
            return match &kind {
                b"meta" => part.data.get(4..),
                _ => Some(part.data),
            };
        }
    }
    None
}

/// What the item list of a `meta` box (with version and flags) names that is no picture.
fn metadata(meta: &[u8]) -> Option<&'static str> {
    let list = find(meta.get(4..)?, *b"iinf")?;
    let mut list = Bytes::new(list);
    let version = list.u32_be()? >> 24;
    list.take(if version == 0 { 2 } else { 4 })?; // the count
    while let Some(item) = next(&mut list) {
        let mut entry = Bytes::new(item.data);
        let wide = entry.u32_be()? >> 24 >= 3;
        entry.take(if wide { 6 } else { 4 })?; // id and protection
        match &entry.array::<4>()? {
            b"Exif" => return Some("EXIF data"),
            b"mime" | b"uri " => return Some("XMP or other data"),
            _ => {}
        }
    }
    None
}

fn shown_size(meta: &[u8]) -> Option<(u32, u32)> {
    let properties = find(meta, *b"iprp")?;
    let known = known_properties(find(properties, *b"ipco")?);
    let of_picture = primary(meta).and_then(|id| belonging(find(properties, *b"ipma")?, id));
    let mut size = None;
    let mut sideways = false;
    for index in of_picture.unwrap_or_default() {
        match index.checked_sub(1).and_then(|index| known.get(index)) {
            Some(Property::Size(width, height)) => size = Some((*width, *height)),
            Some(Property::Sideways) => sideways = true,
            _ => {}
        }
    }
    // Without a main picture: the largest one.
    let sizes = known.iter().filter_map(|property| match property {
        Property::Size(width, height) => Some((*width, *height)),
        _ => None,
    });
    let size = size.or_else(|| sizes.max_by_key(|(w, h)| u64::from(*w) * u64::from(*h)));
    let (width, height) = size.filter(|(width, height)| *width > 0 && *height > 0)?;
    Some(if sideways { (height, width) } else { (width, height) })
}

fn known_properties(container: &[u8]) -> Vec<Property> {
    let mut reader = Bytes::new(container);
    let mut known = Vec::new();
    while let Some(part) = next(&mut reader) {
        let mut data = Bytes::new(part.data);
        let property = match &part.kind {
            b"ispe" => data
                .take(4)
                .and_then(|_| data.u32_be().zip(data.u32_be()))
                .map(|(w, h)| Property::Size(w, h)),
            b"irot" => data.u8().filter(|turn| turn & 1 == 1).map(|_| Property::Sideways),
            _ => None,
        };
        known.push(property.unwrap_or(Property::Other));
    }
    known
}

/// The id of the main picture.
fn primary(meta: &[u8]) -> Option<u32> {
    let mut data = Bytes::new(find(meta, *b"pitm")?);
    let version = data.u32_be()? >> 24;
    if version == 0 { data.u16_be().map(u32::from) } else { data.u32_be() }
}

/// The properties of an item, as positions in the list, counted from 1.
fn belonging(table: &[u8], item: u32) -> Option<Vec<usize>> {
    let mut data = Bytes::new(table);
    let head = data.u32_be()?;
    let (version, wide) = (head >> 24, head & 1 == 1);
    for _ in 0..data.u32_be()? {
        let id = if version == 0 { u32::from(data.u16_be()?) } else { data.u32_be()? };
        let mut indexes = Vec::new();
        for _ in 0..data.u8()? {
            // The highest bit says that the property must be understood.
            let index = if wide { data.u16_be()? & 0x7fff } else { u16::from(data.u8()? & 0x7f) };
            indexes.push(usize::from(index));
        }
        if id == item {
            return Some(indexes);
        }
    }
    None
}
