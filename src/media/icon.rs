//! Icons made from the author's photo: square PNG files and `favicon.ico`. Which sizes are made is
//! left to the caller. Spec: ICO with a PNG inside, as Windows Vista introduced it.

use image::DynamicImage;
use image::imageops::FilterType;
use image::metadata::Orientation;

use super::turn::{codec, decode, keep_profile, png_encoder};
use super::{Format, MediaError, check_pixels, scan, sniff};

/// The middle of the picture as a PNG of `size` x `size` pixels, upright and without metadata.
///
/// # Errors
///
/// If the bytes are no JPEG, PNG, WebP or GIF, are damaged, or decode to more than
/// [`super::ICON_DECODE_BYTES`].
pub fn square_png(bytes: &[u8], size: u32) -> Result<Vec<u8>, MediaError> {
    let format = sniff(bytes, "")?;
    let found = scan(format, bytes)?;
    check_pixels(&found)?;
    let pixels = decode(format, bytes, super::ICON_DECODE_BYTES)?;
    let Some(mut pixels) = pixels else {
        return Err(MediaError::TooMuchMemory { width: found.width, height: found.height });
    };
    if let Some(orientation) = Orientation::from_exif(found.orientation) {
        pixels.image.apply_orientation(orientation);
    }
    let icon = resize(&pixels.image, size.clamp(1, 2048));
    let mut out = Vec::new();
    let mut encoder = png_encoder(&mut out);
    keep_profile(&mut encoder, pixels.profile);
    icon.write_with_encoder(encoder).map_err(|error| codec(Format::Png, &error))?;
    Ok(out)
}

fn resize(image: &DynamicImage, size: u32) -> DynamicImage {
    let side = image.width().min(image.height());
    let (left, top) = ((image.width() - side) / 2, (image.height() - side) / 2);
    let square = image.crop_imm(left, top, side, side);
    square.resize_exact(size, size, FilterType::Lanczos3)
}

/// A `favicon.ico` that holds the PNG, which must not be larger than 256 x 256 pixels.
///
/// # Errors
///
/// If the bytes are no PNG of that size.
pub fn ico(png: &[u8]) -> Result<Vec<u8>, MediaError> {
    let found = super::png::scan(png)?;
    // A side of 256 is written as 0.
    let side = |pixels: u32| match pixels {
        256 => Some(0),
        _ => u8::try_from(pixels).ok(),
    };
    let too_large = MediaError::TooLarge { width: found.width, height: found.height };
    let sides = side(found.width).zip(side(found.height));
    let Some(((width, height), bytes)) = sides.zip(u32::try_from(png.len()).ok()) else {
        return Err(too_large);
    };
    let mut out = vec![0, 0, 1, 0, 1, 0]; // an icon, one picture
    out.extend([width, height, 0, 0, 1, 0, 32, 0]); // no palette, one plane, 32 bits
    out.extend(bytes.to_le_bytes());
    out.extend(22_u32.to_le_bytes()); // where the picture begins
    out.extend(png);
    Ok(out)
}
