//! SVG: finds the size in the first tag, and takes out what drawing programs wrote about people and
//! folders: `metadata`, comments, packets, and the programs' own elements and attributes. The drawing
//! itself stays as it is. Spec: SVG 2, chapters 5.10 and 8.

use std::borrow::Cow;

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, Writer};

use super::{Format, MediaError};

/// Bytes read in search of the first tag.
const HEAD: usize = 64 * 1024;

/// Replaced elements without a size are this large in CSS.
const DEFAULT: (u32, u32) = (300, 150);

/// True if the first tag of the file is `svg`.
pub(super) fn is_svg(bytes: &[u8]) -> bool {
    // Files of pixels are told apart without reading them as text.
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    bytes.trim_ascii_start().starts_with(b"<") && root(bytes, |_| ()).is_some()
}

/// Width and height from the attributes, or else from the `viewBox`; the default if neither helps.
pub(super) fn size(bytes: &[u8]) -> (u32, u32) {
    let (width, height) = root(bytes, declared).unwrap_or_default();
    match (width, height) {
        (Some(width), Some(height)) => (width, height),
        (Some(width), None) => (width, DEFAULT.1),
        (None, Some(height)) => (DEFAULT.0, height),
        (None, None) => DEFAULT,
    }
}

/// What only a file with something to take out has in it.
const SIGNS: [&str; 6] = ["<metadata", "<!--", "<?xpacket", "inkscape:", "sodipodi:", ":metadata"];

/// The drawing without metadata; files that have none are not touched.
///
/// # Errors
///
/// If the file has metadata and is not well-formed, so that it cannot be taken out.
pub(super) fn clean(bytes: &[u8]) -> Result<Cow<'_, [u8]>, MediaError> {
    let Ok(text) = std::str::from_utf8(bytes) else { return Err(damaged("it is not UTF-8 text")) };
    if !SIGNS.iter().any(|sign| text.contains(sign)) {
        return Ok(Cow::Borrowed(bytes));
    }
    let mut reader = Reader::from_str(text.trim_start_matches('\u{feff}'));
    let mut writer = Writer::new(Vec::with_capacity(bytes.len()));
    // How many elements that are left out are open.
    let mut inside = 0usize;
    loop {
        let event = reader.read_event().map_err(|_| damaged("its tags do not nest"))?;
        let keep = match &event {
            Event::Eof => break,
            Event::Start(tag) if inside > 0 || is_private(tag) => {
                inside = inside.saturating_add(1);
                false
            }
            Event::End(_) if inside > 0 => {
                inside = inside.saturating_sub(1);
                false
            }
            Event::Empty(tag) => inside == 0 && !is_private(tag),
            Event::Comment(_) => false,
            Event::PI(target) => inside == 0 && !target.starts_with("xpacket"),
            _ => inside == 0,
        };
        if keep {
            let event = match event {
                Event::Start(tag) => Event::Start(without_private(tag)),
                Event::Empty(tag) => Event::Empty(without_private(tag)),
                other => other,
            };
            writer.write_event(event).map_err(|_| damaged("it cannot be written again"))?;
        }
    }
    Ok(Cow::Owned(writer.into_inner()))
}

fn damaged(what: &'static str) -> MediaError {
    MediaError::Damaged { format: Format::Svg, what }
}

/// Whether an element is about the file, not part of the drawing.
fn is_private(tag: &BytesStart<'_>) -> bool {
    tag.local_name().as_ref() == "metadata" || is_program(tag.name().as_ref())
}

/// Names that drawing programs keep for themselves: the path a file was exported to, its windows.
fn is_program(name: &str) -> bool {
    name.starts_with("inkscape:") || name.starts_with("sodipodi:")
}

fn without_private(tag: BytesStart<'_>) -> BytesStart<'_> {
    let private = |key: &str| is_program(key);
    let has = tag.attributes().flatten().any(|attribute| private(attribute.key.as_ref()));
    if !has {
        return tag;
    }
    let mut kept = BytesStart::new(tag.name().as_ref().to_owned());
    for attribute in tag.attributes().flatten().filter(|a| !private(a.key.as_ref())) {
        kept.push_attribute(attribute);
    }
    kept.into_owned()
}

/// What `read` says about the root element.
fn root<T>(bytes: &[u8], read: impl FnOnce(&BytesStart<'_>) -> T) -> Option<T> {
    let head = bytes.get(..HEAD.min(bytes.len()))?;
    let text = String::from_utf8_lossy(head);
    let mut reader = Reader::from_str(text.trim_start_matches('\u{feff}').trim_start());
    loop {
        match reader.read_event() {
            Ok(Event::Start(tag) | Event::Empty(tag)) => {
                return (tag.local_name().as_ref() == "svg").then(|| read(&tag));
            }
            Ok(Event::Eof) | Err(_) => return None,
            Ok(_) => {}
        }
    }
}

fn declared(tag: &BytesStart<'_>) -> (Option<u32>, Option<u32>) {
    let (mut width, mut height, mut view) = (None, None, None);
    for attribute in tag.html_attributes().with_checks(false).flatten() {
        match attribute.key.as_ref() {
            "width" => width = pixels(&attribute.value),
            "height" => height = pixels(&attribute.value),
            "viewBox" => view = view_box(&attribute.value),
            _ => {}
        }
    }
    // One length and the proportions give the other.
    match (width, height, view) {
        (Some(width), None, Some((w, h))) => (whole(width), whole(width * h / w)),
        (None, Some(height), Some((w, h))) => (whole(height * w / h), whole(height)),
        (None, None, Some((w, h))) => (whole(w), whole(h)),
        (width, height, _) => (width.and_then(whole), height.and_then(whole)),
    }
}

/// A CSS length in pixels; lengths that depend on the page are none.
fn pixels(text: &str) -> Option<f64> {
    let text = text.trim();
    let unit =
        text.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '.' | '+' | '-'));
    let number: f64 = text.strip_suffix(unit)?.parse().ok()?;
    let factor = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "px" => 1.0,
        "in" => 96.0,
        "cm" => 96.0 / 2.54,
        "mm" => 96.0 / 25.4,
        "q" => 96.0 / 101.6,
        "pt" => 96.0 / 72.0,
        "pc" => 16.0,
        _ => return None,
    };
    Some(number * factor).filter(|number| number.is_finite() && *number > 0.0)
}

fn view_box(text: &str) -> Option<(f64, f64)> {
    let numbers =
        text.split(|c: char| c == ',' || c.is_whitespace()).filter(|part| !part.is_empty());
    let numbers: Vec<f64> = numbers.map(str::parse).collect::<Result<_, _>>().ok()?;
    match numbers.as_slice() {
        [_, _, width, height] if *width > 0.0 && *height > 0.0 => Some((*width, *height)),
        _ => None,
    }
}

/// A length as a number of pixels, at least one.
fn whole(length: f64) -> Option<u32> {
    let fits = length.is_finite() && length > 0.0 && length < 1e9;
    // A cast from float to integer never overflows.
    fits.then(|| length.round().max(1.0) as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_come_from_attributes_or_view_box() {
        let cases = [
            ("<svg width='10' height=\"20\"/>", (10, 20)),
            (
                "\u{feff}<?xml version='1.0'?>\n<!-- <svg width='1'/> --><!DOCTYPE svg [<!ENTITY a 'b'>]>\
              <svg:svg xmlns:svg='x' width='1in' height='72pt'>",
                (96, 96),
            ),
            ("<svg viewBox='0 0 24 12.4'>", (24, 12)),
            ("<svg viewBox='0,0,24,12' width='48px'>", (48, 24)),
            ("<svg viewBox='0 0 24 12' height=48 width='100%'>", (96, 48)),
            ("<svg width='100%' height='100%'>", (300, 150)),
            ("<svg width='7'>", (7, 150)),
            ("<svg viewBox='0 0 0 0' width='-3' height='1e400'>", (300, 150)),
            ("<svg viewBox='0 0 1e99 1e-99'>", (300, 1)),
        ];
        for (svg, expected) in cases {
            assert!(is_svg(svg.as_bytes()), "{svg}");
            assert_eq!(size(svg.as_bytes()), expected, "{svg}");
        }
        for no in ["", "<html><svg>", "svg", "<svg", "<!-- <svg>", "\u{89}PNG<svg>"] {
            assert!(!is_svg(no.as_bytes()), "{no}");
        }
    }
}
