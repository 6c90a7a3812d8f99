//! Icons made from the author's photo: square PNG files and `favicon.ico`. Which sizes are made is
//! left to the caller. Spec: ICO with a PNG inside, as Windows Vista introduced it.

use image::imageops::FilterType;
use image::metadata::Orientation;
use image::{DynamicImage, RgbaImage};

use super::turn::{Pixels, codec, decode, fits, keep_profile, png_encoder};
use super::{Format, MediaError, check_pixels, scan, sniff};

/// The largest icon that is made.
const MAX_SIDE: u32 = 2048;

/// The middle of the picture as a PNG of `size` x `size` pixels, upright and without metadata.
///
/// # Errors
///
/// If the bytes are no JPEG, PNG, WebP or GIF, are damaged, or decode to more than
/// [`super::ICON_DECODE_BYTES`].
pub fn square_png(bytes: &[u8], size: u32) -> Result<Vec<u8>, MediaError> {
    square_pngs(bytes, &[size]).map(|icons| icons.into_iter().next().unwrap_or_default())
}

/// The same in several sizes, for the price of decoding once.
///
/// # Errors
///
/// As for [`square_png`].
pub fn square_pngs(bytes: &[u8], sizes: &[u32]) -> Result<Vec<Vec<u8>>, MediaError> {
    let format = sniff(bytes, "")?;
    let found = scan(format, bytes)?;
    check_pixels(&found)?;
    let pixels = decode(format, bytes, super::ICON_DECODE_BYTES)?;
    let Some(pixels) = pixels else {
        return Err(MediaError::TooMuchMemory { width: found.width, height: found.height });
    };
    let pixels = square(pixels, found.orientation);
    let icon = |size: &u32| {
        let mut out = Vec::new();
        let mut encoder = png_encoder(&mut out);
        keep_profile(&mut encoder, pixels.profile.clone());
        let icon = resize(&pixels.image, (*size).clamp(1, MAX_SIDE));
        icon.write_with_encoder(encoder).map_err(|error| codec(Format::Png, &error))?;
        Ok(out)
    };
    sizes.iter().map(icon).collect()
}

/// The middle of the picture, upright, with eight bits per channel.
fn square(pixels: Pixels, orientation: u8) -> Pixels {
    let image = pixels.image;
    let side = image.width().min(image.height());
    let (left, top) = ((image.width() - side) / 2, (image.height() - side) / 2);
    let middle = image.crop_imm(left, top, side, side);
    let colour = middle.color();
    let mut middle: DynamicImage = match (colour.has_alpha(), colour.has_color()) {
        (true, _) => middle.into_rgba8().into(),
        (false, true) => middle.into_rgb8().into(),
        (false, false) => middle.into_luma8().into(),
    };
    if let Some(orientation) = Orientation::from_exif(orientation) {
        middle.apply_orientation(orientation);
    }
    let profile = pixels.profile.filter(|profile| fits(profile, middle.color()));
    Pixels { image: middle, profile }
}

fn resize(square: &DynamicImage, size: u32) -> DynamicImage {
    // A good filter is slow on large pictures: halfway down a simple mean does as well.
    let step = size.saturating_mul(4);
    let smaller = (square.width() > step).then(|| square.thumbnail_exact(step, step));
    let square = smaller.as_ref().unwrap_or(square);
    match square {
        DynamicImage::ImageRgba8(pixels) => {
            // What is transparent has a colour too, which must not bleed into its neighbours.
            let weighted = map_colours(pixels.clone(), |c, alpha| c * alpha / 255);
            let resized = DynamicImage::from(weighted);
            let resized = resized.resize_exact(size, size, FilterType::Lanczos3).into_rgba8();
            map_colours(resized, |c, alpha| (c * 255).checked_div(alpha).unwrap_or(0)).into()
        }
        _ => square.resize_exact(size, size, FilterType::Lanczos3),
    }
}

/// Changes the colours of each pixel by its alpha.
fn map_colours(mut image: RgbaImage, change: impl Fn(u32, u32) -> u32) -> RgbaImage {
    for pixel in image.pixels_mut() {
        let [red, green, blue, alpha] = pixel.0;
        let [red, green, blue] = [red, green, blue]
            .map(|c| u8::try_from(change(u32::from(c), u32::from(alpha))).unwrap_or(u8::MAX));
        pixel.0 = [red, green, blue, alpha];
    }
    image
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
