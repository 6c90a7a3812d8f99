//! The media room: pictures lose what their owner did not mean to publish (place, camera,
//! thumbnails, edits), are turned upright, and tell their size; the author's photo becomes the
//! icons of the site. Reading files, and which pictures are used, is left to the rooms above.

mod avif;
mod bytes;
mod error;
mod exif;
mod gif;
mod icon;
mod jpeg;
mod mime;
mod png;
mod svg;
mod turn;
mod variants;
mod webp;

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

pub use error::MediaError;
pub use icon::{ico, square_png, square_pngs};
pub use mime::{content_type, is_image, mime};
pub use variants::{Made, Plan, Recipe, Variant, make, plan, reduced};

/// Pictures with more pixels are refused.
pub const MAX_PIXELS: u64 = 100_000_000;
/// Pictures that decode to more bytes are not turned here; see [`clean`].
pub const DECODE_BYTES: u64 = 64 * 1024 * 1024;
/// Pictures that decode to more bytes get no smaller copies; see [`plan`].
pub const VARIANT_DECODE_BYTES: u64 = 192 * 1024 * 1024;
/// The same for icons: one picture per site may take more.
pub const ICON_DECODE_BYTES: u64 = 4 * MAX_PIXELS;

/// The formats that browsers show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Format {
    /// JPEG
    Jpeg,
    /// PNG and APNG
    Png,
    /// WebP
    WebP,
    /// GIF
    Gif,
    /// SVG
    Svg,
    /// AVIF
    Avif,
}

impl Format {
    /// The media type.
    #[must_use]
    pub fn mime(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::WebP => "image/webp",
            Self::Gif => "image/gif",
            Self::Svg => "image/svg+xml",
            Self::Avif => "image/avif",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Jpeg => "JPEG",
            Self::Png => "PNG",
            Self::WebP => "WebP",
            Self::Gif => "GIF",
            Self::Svg => "SVG",
            Self::Avif => "AVIF",
        })
    }
}

/// A picture that may be published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cleaned<'a> {
    /// The file.
    pub bytes: Cow<'a, [u8]>,
    /// Width in pixels as shown.
    pub width: u32,
    /// Height in pixels as shown.
    pub height: u32,
    /// What the file is, whatever its name says.
    pub format: Format,
    /// False if these are the bytes that were given.
    pub changed: bool,
}

/// What the header of a file says. Width and height are those of the stored pixels.
struct Scan {
    width: u32,
    height: u32,
    orientation: u8,
    animated: bool,
    /// Whether pixels may be transparent.
    alpha: bool,
    /// Bytes that a pixel takes while it is decoded, the decoder's own notes included.
    depth: u32,
}

impl Scan {
    /// An upright, opaque picture that does not move.
    fn still(width: u32, height: u32) -> Self {
        Self { width, height, orientation: 1, animated: false, alpha: false, depth: 4 }
    }

    /// Width and height as shown.
    fn shown(&self) -> (u32, u32) {
        match exif::is_sideways(self.orientation) {
            true => (self.height, self.width),
            false => (self.width, self.height),
        }
    }
}

/// Takes out of a picture all that is not the picture, and turns it upright. The pixels are not
/// touched unless the picture has to be turned: JPEG is then encoded anew at quality 90, PNG
/// and WebP without loss. JPEG and PNG files too large for that (see [`DECODE_BYTES`]) and animated
/// PNG keep a note that says which way up they are, and nothing else; browsers heed it. They do not
/// heed it in WebP, so animated WebP stays as browsers have always shown it. `name` is the file
/// name.
///
/// # Errors
///
/// If browsers do not show the file, it is damaged or too large, or holds metadata that cannot be
/// taken out (AVIF), or it is a WebP that is too large to be turned.
pub fn clean<'a>(bytes: &'a [u8], name: &str) -> Result<Cleaned<'a>, MediaError> {
    let format = sniff(bytes, name)?;
    let found = scan(format, bytes)?;
    check_pixels(&found)?;
    let cleaned = match format {
        Format::Svg => svg::clean(bytes)?,
        Format::Avif => {
            avif::check(bytes)?;
            Cow::Borrowed(bytes)
        }
        Format::Jpeg | Format::Png | Format::WebP | Format::Gif => {
            Cow::Owned(upright(format, bytes, &found)?)
        }
    };
    let (width, height) = found.shown();
    let changed = *cleaned != *bytes;
    let bytes = if changed { cleaned } else { Cow::Borrowed(bytes) };
    Ok(Cleaned { bytes, width, height, format, changed })
}

/// Whether [`clean`] has to decode the picture, because it is to be turned.
#[must_use]
pub fn needs_turning(bytes: &[u8], name: &str) -> bool {
    let Ok(format) = sniff(bytes, name) else { return false };
    scan(format, bytes).is_ok_and(|found| found.orientation != 1 && !found.animated)
}

/// What a picture is, from its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// What it is, whatever anybody calls it.
    pub format: Format,
    /// Width and height in pixels as shown.
    pub size: (u32, u32),
    /// Whether it moves.
    pub is_animated: bool,
}

/// Looks what a picture is; nothing is decoded.
///
/// # Errors
///
/// If browsers do not show the file, or it is damaged or too large.
pub fn see(bytes: &[u8]) -> Result<Seen, MediaError> {
    let format = sniff(bytes, "")?;
    let found = scan(format, bytes)?;
    check_pixels(&found)?;
    let is_animated = match format {
        Format::Gif => gif::is_animated(bytes),
        Format::Avif => avif::brands(bytes).contains(b"avis"),
        _ => found.animated,
    };
    Ok(Seen { format, size: found.shown(), is_animated })
}

/// Width and height of a picture as shown, from its header; none if it is no picture for browsers.
#[must_use]
pub fn dimensions(bytes: &[u8]) -> Option<(u32, u32)> {
    let format = sniff(bytes, "").ok()?;
    Some(scan(format, bytes).ok()?.shown())
}

/// The file without metadata, turned if need be.
fn upright(format: Format, bytes: &[u8], found: &Scan) -> Result<Vec<u8>, MediaError> {
    let plain = strip(format, bytes, None)?;
    if found.orientation == 1 {
        return Ok(plain);
    }
    let turned = match found.animated {
        true => None,
        false => turn::turn(format, &plain, found.orientation)?,
    };
    match (turned, format) {
        (Some(turned), _) => Ok(turned),
        (None, Format::WebP) => {
            Err(MediaError::TooMuchMemory { width: found.width, height: found.height })
        }
        (None, _) => strip(format, bytes, Some(found.orientation)),
    }
}

fn strip(format: Format, bytes: &[u8], orientation: Option<u8>) -> Result<Vec<u8>, MediaError> {
    match format {
        Format::Jpeg => jpeg::strip(bytes, orientation),
        Format::Png => png::strip(bytes, orientation),
        Format::WebP => webp::strip(bytes),
        Format::Gif => gif::strip(bytes),
        Format::Svg | Format::Avif => Ok(bytes.to_vec()),
    }
}

fn scan(format: Format, bytes: &[u8]) -> Result<Scan, MediaError> {
    match format {
        Format::Jpeg => jpeg::scan(bytes),
        Format::Png => png::scan(bytes),
        Format::WebP => webp::scan(bytes),
        Format::Gif => gif::scan(bytes),
        Format::Avif => avif::scan(bytes),
        Format::Svg => {
            let (width, height) = svg::size(bytes);
            Ok(Scan::still(width, height))
        }
    }
}

fn check_pixels(found: &Scan) -> Result<(), MediaError> {
    let (width, height) = found.shown();
    match u64::from(width) * u64::from(height) {
        0..=MAX_PIXELS => Ok(()),
        _ => Err(MediaError::TooLarge { width, height }),
    }
}

/// What the bytes are. The name only helps to tell raw photos, which all look like TIFF.
fn sniff(bytes: &[u8], name: &str) -> Result<Format, MediaError> {
    match bytes {
        [0xff, 0xd8, 0xff, ..] => return Ok(Format::Jpeg),
        [0x89, b'P', b'N', b'G', ..] => return Ok(Format::Png),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => {
            return Ok(Format::WebP);
        }
        [b'G', b'I', b'F', b'8', ..] => return Ok(Format::Gif),
        _ => {}
    }
    if avif::is_avif(bytes) {
        return Ok(Format::Avif);
    }
    if let Some(format) = unshown(bytes, name) {
        return Err(MediaError::NotForBrowsers { format });
    }
    if svg::is_svg(bytes) { Ok(Format::Svg) } else { Err(MediaError::Unknown) }
}

/// The name of a picture format that browsers do not show.
fn unshown(bytes: &[u8], name: &str) -> Option<&'static str> {
    if mime::is_raw_photo(name) {
        return Some("raw photos");
    }
    if avif::brands(bytes)
        .iter()
        .any(|b| matches!(b, b"heic" | b"heix" | b"hevc" | b"mif1" | b"msf1"))
    {
        return Some("HEIC");
    }
    match bytes {
        [b'I', b'I', 42 | 43, 0, ..] | [b'M', b'M', 0, 42 | 43, ..] => Some("TIFF"),
        [b'B', b'M', ..] if mime::extension(name) == "bmp" || bytes.len() > 54 => Some("BMP"),
        [0xff, 0x0a, ..] | [0, 0, 0, 12, b'J', b'X', b'L', b' ', ..] => Some("JPEG XL everywhere"),
        [0, 0, 0, 12, b'j', b'P', b' ', b' ', ..] => Some("JPEG 2000"),
        [b'8', b'B', b'P', b'S', ..] => Some("Photoshop files"),
        [0x1f, 0x8b, ..] if mime::extension(name) == "svgz" => Some("compressed SVG"),
        _ => None,
    }
}
