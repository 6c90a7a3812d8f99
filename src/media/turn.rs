//! Turns pictures upright whose camera only noted how it was held. Decoding and encoding are left
//! to the image crate, within a limit of memory.

use std::io::Cursor;

use image::codecs::jpeg::{JpegDecoder, JpegEncoder};
use image::codecs::png::{CompressionType, FilterType, PngDecoder, PngEncoder};
use image::codecs::webp::{WebPDecoder, WebPEncoder};
use image::metadata::Orientation;
use image::{ColorType, DynamicImage, ImageDecoder, ImageEncoder, ImageError, Limits};

use super::{Format, MediaError, png};

/// Quality of re-encoded JPEG.
const JPEG_QUALITY: u8 = 90;

/// A decoded picture and the meaning of its colours.
pub(super) struct Pixels {
    /// The pixels.
    pub(super) image: DynamicImage,
    /// The ICC profile, if it fits them.
    pub(super) profile: Option<Vec<u8>>,
}

/// Decodes within `memory` bytes; nothing, if the picture needs more.
pub(super) fn decode(
    format: Format,
    bytes: &[u8],
    memory: u64,
) -> Result<Option<Pixels>, MediaError> {
    let reader = Cursor::new(bytes);
    let result = match format {
        Format::Jpeg => JpegDecoder::new(reader).and_then(|d| pixels(d, memory)),
        Format::Png => {
            // The profile is unpacked while the header is read.
            let decoder = PngDecoder::with_limits(reader, limits(memory));
            decoder.and_then(|d| pixels(d, memory))
        }
        Format::WebP => WebPDecoder::new(reader).and_then(|d| pixels(d, memory)),
        Format::Gif => image::codecs::gif::GifDecoder::new(reader).and_then(|d| pixels(d, memory)),
        Format::Svg | Format::Avif => return Err(MediaError::NoPixels { format }),
    };
    match result {
        Err(ImageError::Limits(_)) => Ok(None),
        other => other.map_err(|error| codec(format, &error)),
    }
}

fn pixels(mut decoder: impl ImageDecoder, memory: u64) -> Result<Option<Pixels>, ImageError> {
    if decoder.total_bytes() > memory {
        return Ok(None);
    }
    decoder.set_limits(limits(memory))?;
    let profile = decoder.icc_profile().unwrap_or_default();
    let image = DynamicImage::from_decoder(decoder)?;
    let profile = profile.filter(|profile| fits(profile, image.color()));
    Ok(Some(Pixels { image, profile }))
}

fn limits(memory: u64) -> Limits {
    let mut limits = Limits::no_limits();
    // Decoders count their own buffers too.
    limits.max_alloc = Some(memory.saturating_mul(2));
    limits
}

/// A profile for ink says nothing about the screen colours that the decoder made of it.
pub(super) fn fits(profile: &[u8], colour: ColorType) -> bool {
    match profile.get(16..20) {
        Some(b"RGB ") => colour.has_color(),
        Some(b"GRAY") => !colour.has_color(),
        _ => false,
    }
}

/// The picture turned upright, in its own format and without metadata; nothing, if it is too large
/// to be decoded. `bytes` are clean already. WebP becomes lossless WebP.
pub(super) fn turn(
    format: Format,
    bytes: &[u8],
    orientation: u8,
) -> Result<Option<Vec<u8>>, MediaError> {
    match decode(format, bytes, super::DECODE_BYTES)? {
        Some(pixels) => turned(pixels, format, bytes, orientation),
        None => Ok(None),
    }
}

/// The same for pixels that were decoded already.
pub(super) fn turned(
    mut pixels: Pixels,
    format: Format,
    bytes: &[u8],
    orientation: u8,
) -> Result<Option<Vec<u8>>, MediaError> {
    if let Some(orientation) = Orientation::from_exif(orientation) {
        pixels.image.apply_orientation(orientation);
    }
    let mut out = Vec::new();
    match format {
        Format::Jpeg => {
            let mut encoder = JpegEncoder::new_with_quality(&mut out, JPEG_QUALITY);
            keep_profile(&mut encoder, pixels.profile);
            pixels.image.write_with_encoder(encoder)
        }
        Format::Png => pixels.image.write_with_encoder(png_encoder(&mut out)),
        Format::WebP => {
            let mut encoder = WebPEncoder::new_lossless(&mut out);
            keep_profile(&mut encoder, pixels.profile);
            pixels.image.write_with_encoder(encoder)
        }
        Format::Gif | Format::Svg | Format::Avif => return Ok(None),
    }
    .map_err(|error| codec(format, &error))?;
    if format == Format::Png { png::recolour(&out, bytes).map(Some) } else { Ok(Some(out)) }
}

/// An encoder for small files.
pub(super) fn png_encoder(out: &mut Vec<u8>) -> PngEncoder<&mut Vec<u8>> {
    PngEncoder::new_with_quality(out, CompressionType::Best, FilterType::Adaptive)
}

/// Gives the profile to an encoder; those that take none show the colours as sRGB.
pub(super) fn keep_profile(encoder: &mut impl ImageEncoder, profile: Option<Vec<u8>>) {
    if let Some(profile) = profile {
        let _ = encoder.set_icc_profile(profile);
    }
}

/// What the image crate said.
pub(super) fn codec(format: Format, error: &ImageError) -> MediaError {
    MediaError::Codec { format, message: error.to_string() }
}
