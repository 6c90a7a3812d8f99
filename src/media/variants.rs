//! Smaller copies of a photo for pages: which there will be, from its header alone, and how they
//! are made from one decoding, with the mean colour that stands in for it until it has come. The
//! copies are upright, hold nothing but pixels, and their colours are sRGB. Where they are kept,
//! and how pages name them, is left to the rooms above.

use fast_image_resize::Resizer;
use image::codecs::jpeg::JpegEncoder;
use image::metadata::Orientation;
use image::{DynamicImage, ImageError};
use moxcms::{ColorProfile, DataColorSpace, Layout, TransformOptions};
use serde::{Deserialize, Serialize};

use super::turn::{self, Pixels, codec, png_encoder};
use super::{Format, MediaError, Scan, check_pixels, scan, sniff, strip};

/// Raised when the same picture would give other copies.
const VERSION: u32 = 1;
/// Quality of WebP, of a hundred.
const WEBP_QUALITY: u8 = 78;
/// Quality of JPEG, which only old programs ask for.
const JPEG_QUALITY: u8 = 75;
/// Quality of AVIF, whose scale is another one.
#[cfg(feature = "avif")]
const AVIF_QUALITY: u8 = 62;
/// Speed of the AVIF encoder, from 1 to 10.
#[cfg(feature = "avif")]
const AVIF_SPEED: u8 = 8;
/// WebP holds no larger side.
const MAX_SIDE: u32 = 16_383;
/// Bytes that encoding takes for a pixel of the largest copy.
const ENCODING: u64 = if cfg!(feature = "avif") { 64 } else { 16 };

/// Which copies a site wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipe {
    widths: Vec<u32>,
}

impl Recipe {
    /// Copies of some widths in pixels; none at all without a width.
    #[must_use]
    pub fn new(mut widths: Vec<u32>) -> Self {
        widths.retain(|width| *width > 0);
        widths.sort_unstable();
        widths.dedup();
        Self { widths }
    }

    /// All that decides what comes of a picture, as a text.
    #[must_use]
    pub fn id(&self) -> String {
        let avif = if cfg!(feature = "avif") { " avif" } else { "" };
        format!("copies {VERSION} {:?}{avif}", self.widths)
    }
}

/// A copy that is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Variant {
    /// What it is.
    pub format: Format,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
}

/// What will be made of a picture, known from its header.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// Width and height of the picture as shown.
    pub size: (u32, u32),
    /// What the picture is.
    pub format: Format,
    /// The width of the widest copy that the site wants, were the picture wide enough.
    pub widest: u32,
    /// The copies, format by format with the best first, and each from narrow to wide. Formats whose
    /// widest copy would weigh more than the picture are left out when they are made.
    pub variants: Vec<Variant>,
    /// Why a picture that is wide enough gets no copies. Not written down: who keeps a plan keeps it
    /// of pictures that are not refused.
    #[serde(skip)]
    pub refused: Option<MediaError>,
    /// Bytes that making them takes at most.
    pub memory: u64,
    /// Whether the picture itself has to be decoded, to be turned.
    pub turns: bool,
    alpha: bool,
    orientation: u8,
}

/// What was made of a picture.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Made {
    /// The copies, in the order of the plan.
    pub copies: Vec<(Variant, Vec<u8>)>,
    /// The mean colour in sRGB; none if the ground shines through.
    pub colour: Option<[u8; 3]>,
    /// The picture itself without metadata, if it had to be turned.
    pub turned: Option<Vec<u8>>,
}

/// Says which copies a picture gets. No copy is wider than the picture, and none is made that is
/// hardly smaller. Pictures narrower than the widest copy get one of their own width, unless they
/// are in that format themselves.
///
/// # Errors
///
/// If the bytes are no picture that browsers show, or damaged.
pub fn plan(bytes: &[u8], name: &str, recipe: &Recipe) -> Result<Plan, MediaError> {
    let format = sniff(bytes, name)?;
    let found = scan(format, bytes)?;
    let size = found.shown();
    let still = matches!(format, Format::Jpeg | Format::Png | Format::WebP) && !found.animated;
    let turns = still && found.orientation != 1;
    let mut plan = Plan {
        size,
        format,
        widest: recipe.widths.last().copied().unwrap_or(0),
        variants: Vec::new(),
        refused: None,
        memory: 0,
        turns,
        alpha: found.alpha,
        orientation: found.orientation,
    };
    let widths = if still { widths(size, recipe) } else { Vec::new() };
    if let Some(widest) = widths.last() {
        plan.refused = refusal(&found, scaled(size.1, *widest, size.0));
    }
    if plan.refused.is_none() {
        plan.variants = variants(&plan, &widths);
    }
    plan.memory = memory(&plan, &found, bytes.len() as u64);
    Ok(plan)
}

/// One copy whose longer side has at most `side` pixels, as WebP: upright, with nothing but pixels.
/// An animation becomes its first picture.
///
/// # Errors
///
/// If the bytes are no picture, are damaged, or decode to more than [`super::DECODE_BYTES`].
pub fn reduced(bytes: &[u8], side: u32) -> Result<Vec<u8>, MediaError> {
    let format = sniff(bytes, "")?;
    let found = scan(format, bytes)?;
    check_pixels(&found)?;
    let size = found.shown();
    let longest = size.0.max(size.1).max(1);
    let to = longest.min(side.clamp(1, MAX_SIDE));
    let (width, height) = (scaled(size.0, to, longest), scaled(size.1, to, longest));
    let copy = Variant { format: Format::WebP, width, height };
    let plan = Plan {
        size,
        format,
        widest: width,
        variants: vec![copy],
        refused: None,
        memory: 0,
        turns: false,
        alpha: found.alpha,
        orientation: found.orientation,
    };
    let Some(pixels) = turn::decode(format, bytes, super::DECODE_BYTES)? else {
        return Err(MediaError::TooMuchMemory { width: found.width, height: found.height });
    };
    webp(&shrink(&pixels, copy, &plan)?)
}

/// The widths of a picture's copies, the last of which may be its own.
fn widths((width, _): (u32, u32), recipe: &Recipe) -> Vec<u32> {
    let Some(widest) = recipe.widths.last().map(|widest| width.min(*widest)) else {
        return Vec::new();
    };
    let is_smaller = |w: u32, to: u32| u64::from(w) * 10 <= u64::from(to) * 9;
    let smaller = |to: u32| recipe.widths.iter().copied().filter(move |w| is_smaller(*w, to));
    if smaller(width).next().is_none() {
        return Vec::new();
    }
    smaller(widest).chain([widest]).collect()
}

fn refusal(found: &Scan, height: u32) -> Option<MediaError> {
    let Scan { width, height: stored, .. } = *found;
    let pixels = u64::from(width).saturating_mul(u64::from(stored));
    if height > MAX_SIDE {
        return Some(MediaError::TooLarge { width, height: stored });
    }
    let colours = if found.alpha { 4 } else { 3 };
    let large = pixels.saturating_mul(colours) > super::VARIANT_DECODE_BYTES;
    check_pixels(found)
        .err()
        .or_else(|| large.then_some(MediaError::TooMuchMemory { width, height: stored }))
}

fn variants(plan: &Plan, widths: &[u32]) -> Vec<Variant> {
    let (own_width, own_height) = plan.size;
    let plain = if plan.alpha { Format::Png } else { Format::Jpeg };
    let avif = cfg!(feature = "avif").then_some(Format::Avif);
    let formats = avif.into_iter().chain([Format::WebP, plain]);
    let each = formats.flat_map(|format| {
        let wanted = move |width: &&u32| **width < own_width || !plan.is_like(format);
        widths.iter().filter(wanted).map(move |width| {
            let height = scaled(own_height, *width, own_width);
            Variant { format, width: *width, height }
        })
    });
    each.collect()
}

fn scaled(height: u32, to: u32, from: u32) -> u32 {
    let (height, to, from) = (u64::from(height), u64::from(to), u64::from(from.max(1)));
    u32::try_from((height * to + from / 2) / from).unwrap_or(u32::MAX).max(1)
}

fn memory(plan: &Plan, found: &Scan, length: u64) -> u64 {
    let pixels = u64::from(found.width).saturating_mul(u64::from(found.height));
    // Resizing pictures with transparency, and turning, take a second copy of all pixels.
    let second = if plan.alpha || plan.turns { 4 } else { 1 };
    let whole = pixels.saturating_mul(u64::from(found.depth) + second);
    let top = plan.variants.iter().map(|v| u64::from(v.width) * u64::from(v.height)).max();
    whole
        .saturating_add(top.unwrap_or(0).saturating_mul(ENCODING))
        .saturating_add(length.saturating_mul(2))
}

impl Plan {
    /// Whether the picture itself stands among the copies of a format, as the widest of them.
    #[must_use]
    pub fn stands_for(&self, format: Format) -> bool {
        self.size.0 <= self.widest && self.is_like(format)
    }

    fn is_like(&self, format: Format) -> bool {
        match format {
            Format::Jpeg | Format::Png => matches!(self.format, Format::Jpeg | Format::Png),
            _ => self.format == format,
        }
    }

    /// Whether anything has to be decoded for it.
    #[must_use]
    pub fn decodes(&self) -> bool {
        self.turns || !self.variants.is_empty()
    }
}

/// Makes the copies that were planned for the same bytes, and turns the picture itself if it lies
/// on its side, all from one decoding.
///
/// # Errors
///
/// If the picture cannot be decoded, or nothing was planned.
pub fn make(bytes: &[u8], plan: &Plan) -> Result<Made, MediaError> {
    let format = plan.format;
    let mut made = Made::default();
    let (width, height) = plan.size;
    // Copies of sixteen bits a channel are decoded to twice the bytes.
    let limit = match plan.variants.is_empty() {
        true => super::DECODE_BYTES,
        false => super::VARIANT_DECODE_BYTES.saturating_mul(2),
    };
    let pixels = match turn::decode(format, bytes, limit)? {
        Some(pixels) => pixels,
        // Too large to be turned: it keeps a note of its orientation.
        None if plan.variants.is_empty() => return Ok(made),
        None => return Err(MediaError::TooMuchMemory { width, height }),
    };
    let top = match plan.variants.iter().max_by_key(|variant| variant.width) {
        Some(largest) => Some(shrink(&pixels, *largest, plan)?),
        None => None,
    };
    if plan.turns {
        let fits = pixels.image.as_bytes().len() as u64 <= super::DECODE_BYTES;
        let plain = strip(format, bytes, None)?;
        made.turned = match fits {
            true => turn::turned(pixels, format, &plain, plan.orientation)?,
            false => None,
        };
    } else {
        drop(pixels);
    }
    if let Some(top) = top {
        made.copies = copies(top, plan, &mut made.colour)?;
        leave_out_heavy(&mut made.copies, bytes.len());
    }
    Ok(made)
}

/// The largest copy: small, upright, in sRGB.
fn shrink(pixels: &Pixels, largest: Variant, plan: &Plan) -> Result<DynamicImage, MediaError> {
    let (width, height) = match super::exif::is_sideways(plan.orientation) {
        true => (largest.height, largest.width),
        false => (largest.width, largest.height),
    };
    let mut top = match (&pixels.image, plan.alpha) {
        (DynamicImage::ImageRgb8(_), false)
        | (DynamicImage::ImageRgba8(_), true)
        | (DynamicImage::ImageLuma8(_), false) => resize(&pixels.image, width, height)?,
        (other, true) => resize(&other.to_rgba8().into(), width, height)?,
        (other, false) if other.color().has_color() => {
            resize(&other.to_rgb8().into(), width, height)?
        }
        (other, false) => resize(&other.to_luma8().into(), width, height)?,
    };
    if let Some(orientation) = Orientation::from_exif(plan.orientation) {
        top.apply_orientation(orientation);
    }
    let profile = pixels.profile.as_deref();
    Ok(profile.and_then(|profile| converted(&top, profile)).unwrap_or_else(|| plain(top)))
}

/// The colours as every screen means them; nothing if the profile makes no sense.
fn converted(image: &DynamicImage, profile: &[u8]) -> Option<DynamicImage> {
    let profile = ColorProfile::new_from_slice(profile).ok()?;
    let (from, to) = match (image, profile.color_space) {
        (DynamicImage::ImageRgb8(_), DataColorSpace::Rgb) => (Layout::Rgb, Layout::Rgb),
        (DynamicImage::ImageRgba8(_), DataColorSpace::Rgb) => (Layout::Rgba, Layout::Rgba),
        (DynamicImage::ImageLuma8(_), DataColorSpace::Gray) => (Layout::Gray, Layout::Rgb),
        _ => return None,
    };
    let options = TransformOptions::default();
    let srgb = ColorProfile::new_srgb();
    let transform = profile.create_transform_8bit(from, &srgb, to, options).ok()?;
    let mut out = match to {
        Layout::Rgba => DynamicImage::new_rgba8(image.width(), image.height()),
        _ => DynamicImage::new_rgb8(image.width(), image.height()),
    };
    let written = match &mut out {
        DynamicImage::ImageRgba8(out) => transform.transform(image.as_bytes(), out),
        DynamicImage::ImageRgb8(out) => transform.transform(image.as_bytes(), out),
        _ => return None,
    };
    written.ok().map(|()| out)
}

/// Three or four channels, as encoders take them.
fn plain(image: DynamicImage) -> DynamicImage {
    match image {
        DynamicImage::ImageRgba8(_) | DynamicImage::ImageRgb8(_) => image,
        other => other.into_rgb8().into(),
    }
}

fn resize(image: &DynamicImage, width: u32, height: u32) -> Result<DynamicImage, MediaError> {
    if (image.width(), image.height()) == (width, height) {
        return Ok(image.clone());
    }
    let mut out = DynamicImage::new(width, height, image.color());
    let result = Resizer::new().resize(image, &mut out, None);
    let failed = |error: fast_image_resize::ResizeError| MediaError::Codec {
        format: Format::Png,
        message: error.to_string(),
    };
    result.map_err(failed).map(|()| out)
}

/// Every copy, each made from the next larger one.
fn copies(
    top: DynamicImage,
    plan: &Plan,
    colour: &mut Option<[u8; 3]>,
) -> Result<Vec<(Variant, Vec<u8>)>, MediaError> {
    let mut order: Vec<(usize, &Variant)> = plan.variants.iter().enumerate().collect();
    order.sort_by_key(|(at, variant)| (std::cmp::Reverse(variant.width), *at));
    let mut image = top;
    let mut made: Vec<(usize, Variant, Vec<u8>)> = Vec::with_capacity(order.len());
    for (at, variant) in order {
        image = match (image.width(), image.height()) == (variant.width, variant.height) {
            true => image,
            false => resize(&image, variant.width, variant.height)?,
        };
        made.push((at, *variant, encode(&image, variant.format)?));
    }
    *colour = mean(&image);
    made.sort_by_key(|(at, ..)| *at);
    Ok(made.into_iter().map(|(_, variant, bytes)| (variant, bytes)).collect())
}

fn encode(image: &DynamicImage, format: Format) -> Result<Vec<u8>, MediaError> {
    let mut out = Vec::new();
    let result: Result<(), ImageError> = match format {
        Format::WebP => return webp(image),
        Format::Jpeg => {
            let encoder = JpegEncoder::new_with_quality(&mut out, JPEG_QUALITY);
            image.write_with_encoder(encoder)
        }
        Format::Png => image.write_with_encoder(png_encoder(&mut out)),
        #[cfg(feature = "avif")]
        Format::Avif => {
            use image::codecs::avif::AvifEncoder;
            let encoder = AvifEncoder::new_with_speed_quality(&mut out, AVIF_SPEED, AVIF_QUALITY)
                .with_num_threads(Some(1));
            image.write_with_encoder(encoder)
        }
        _ => return Err(MediaError::NoPixels { format }),
    };
    result.map_err(|error| codec(format, &error)).map(|()| out)
}

fn webp(image: &DynamicImage) -> Result<Vec<u8>, MediaError> {
    let layout = match image.color().has_alpha() {
        true => webp::PixelLayout::Rgba,
        false => webp::PixelLayout::Rgb,
    };
    let encoder = webp::Encoder::new(image.as_bytes(), layout, image.width(), image.height());
    let made = encoder.encode_simple(false, f32::from(WEBP_QUALITY));
    made.map(|bytes| bytes.to_vec())
        .map_err(|error| MediaError::Codec { format: Format::WebP, message: format!("{error:?}") })
}

/// The mean of all pixels, unless some may be transparent.
fn mean(image: &DynamicImage) -> Option<[u8; 3]> {
    let DynamicImage::ImageRgb8(image) = image else { return None };
    let mut sums = [0_u64; 3];
    for pixel in image.pixels() {
        for (sum, value) in sums.iter_mut().zip(pixel.0) {
            *sum += u64::from(value);
        }
    }
    let count = (image.len() as u64 / 3).max(1);
    Some(sums.map(|sum| u8::try_from((sum + count / 2) / count).unwrap_or(u8::MAX)))
}

/// A format in which some copy weighs no less than the picture helps nobody.
fn leave_out_heavy(copies: &mut Vec<(Variant, Vec<u8>)>, limit: usize) {
    let heavy: Vec<Format> = copies
        .iter()
        .filter(|(_, bytes)| bytes.len() >= limit)
        .map(|(variant, _)| variant.format)
        .collect();
    copies.retain(|(variant, _)| !heavy.contains(&variant.format));
}
