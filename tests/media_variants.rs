//! Smaller copies of pictures: what the header promises is what comes, upright, no wider than the
//! picture, with nothing but pixels in it. All fixtures are made here.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "clippy.toml exempts test functions, but not their helpers"
)]

use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::codecs::webp::WebPEncoder;
use image::{DynamicImage, ImageEncoder, Rgb, RgbImage, Rgba, RgbaImage};
use lanai::media::{Format, Made, MediaError, Plan, Recipe, Variant, make, plan};

fn recipe() -> Recipe {
    Recipe::new(vec![160, 40, 80, 80])
}

/// Red on the left, blue below; without sharp edges, but with grain, so that it weighs something.
fn picture(width: u32, height: u32) -> RgbImage {
    let shade = |at: u32, of: u32| u8::try_from(at * 200 / of).unwrap();
    RgbImage::from_fn(width, height, |x, y| {
        let grain = u8::try_from((x * 31 + y * 17) % 41).unwrap();
        Rgb([shade(width - 1 - x, width) + grain, 0, shade(y, height)])
    })
}

fn transparent(width: u32, height: u32) -> RgbaImage {
    let opaque = picture(width, height);
    RgbaImage::from_fn(width, height, |x, y| {
        let [red, green, blue] = opaque.get_pixel(x, y).0;
        Rgba([red, green, blue, if x < width / 2 { 0 } else { 255 }])
    })
}

fn encode(image: impl Into<DynamicImage>, encoder: impl ImageEncoder) {
    image.into().write_with_encoder(encoder).unwrap();
}

fn jpeg(image: impl Into<DynamicImage>) -> Vec<u8> {
    let mut out = Vec::new();
    encode(image, JpegEncoder::new_with_quality(&mut out, 100));
    out
}

fn png(image: impl Into<DynamicImage>) -> Vec<u8> {
    let mut out = Vec::new();
    encode(image, PngEncoder::new(&mut out));
    out
}

fn webp(image: impl Into<DynamicImage>) -> Vec<u8> {
    let mut out = Vec::new();
    encode(image, WebPEncoder::new_lossless(&mut out));
    out
}

/// An orientation, a place and a camera.
fn tiff(orientation: u8) -> Vec<u8> {
    let mut tiff = b"II\x2a\0\x08\0\0\0\x02\0".to_vec();
    tiff.extend(b"\x12\x01\x03\0\x01\0\0\0");
    tiff.extend([orientation, 0, 0, 0]);
    tiff.extend(b"\x25\x88\x04\0\x01\0\0\0\x26\0\0\0\0\0\0\0");
    tiff.extend(b"GPS 38.7N 9.1W secret GPS");
    tiff
}

fn with_exif(jpeg: &[u8], orientation: u8) -> Vec<u8> {
    let data = [b"Exif\0\0".as_slice(), &tiff(orientation)].concat();
    let size = u16::try_from(data.len() + 2).unwrap().to_be_bytes();
    [&[0xff, 0xd8, 0xff, 0xe1], size.as_slice(), &data, &jpeg[2..]].concat()
}

fn planned(bytes: &[u8]) -> Plan {
    plan(bytes, "a", &recipe()).unwrap()
}

/// Makes what was planned, and holds it against the plan.
fn made(bytes: &[u8]) -> Made {
    let plan = planned(bytes);
    let made = make(bytes, &plan).unwrap();
    for (variant, bytes) in &made.copies {
        assert!(plan.variants.contains(variant), "{variant:?}");
        if variant.format != Format::Avif {
            let image = image::load_from_memory(bytes).unwrap();
            assert_eq!((image.width(), image.height()), (variant.width, variant.height));
        }
        for word in [b"Exif".as_slice(), b"GPS", b"secret", b"ICC_PROFILE", b"iCCP", b"ICCP"] {
            assert!(!bytes.windows(word.len()).any(|found| found == word), "{variant:?}");
        }
    }
    assert_eq!(made, make(bytes, &plan).unwrap(), "the same input, the same bytes");
    made
}

fn of(format: Format, variants: &[Variant]) -> Vec<(u32, u32)> {
    let those = variants.iter().filter(|variant| variant.format == format);
    those.map(|variant| (variant.width, variant.height)).collect()
}

fn pixels(made: &Made, format: Format) -> RgbaImage {
    let (_, bytes) = made.copies.iter().rfind(|(variant, _)| variant.format == format).unwrap();
    image::load_from_memory(bytes).unwrap().into_rgba8()
}

#[test]
fn the_header_alone_says_which_copies_there_will_be() {
    let bytes = jpeg(picture(400, 300));
    let all = planned(&bytes).variants;
    assert_eq!(of(Format::WebP, &all), [(40, 30), (80, 60), (160, 120)]);
    assert_eq!(of(Format::Jpeg, &all), [(40, 30), (80, 60), (160, 120)]);
    assert_eq!(of(Format::Avif, &all).len(), if cfg!(feature = "avif") { 3 } else { 0 });
    let copies: Vec<Variant> =
        made(&bytes).copies.into_iter().map(|(variant, _)| variant).collect();
    assert_eq!(copies, all);
    // The first bytes are enough, there need be no pixels.
    let scan = bytes.windows(2).position(|pair| pair == [0xff, 0xda]).unwrap();
    assert_eq!(planned(&bytes[..scan + 20]).variants, all);
}

#[test]
fn nothing_is_scaled_up_and_nothing_made_for_little() {
    let webp_widths = |width| {
        let plan = planned(&jpeg(picture(width, width)));
        of(Format::WebP, &plan.variants).into_iter().map(|(width, _)| width).collect::<Vec<_>>()
    };
    assert_eq!(webp_widths(40), Vec::<u32>::new());
    assert_eq!(webp_widths(44), Vec::<u32>::new(), "hardly smaller");
    assert_eq!(webp_widths(50), [40, 50]);
    assert_eq!(webp_widths(85), [40, 85]);
    assert_eq!(webp_widths(120), [40, 80, 120]);
    assert_eq!(webp_widths(161), [40, 80, 160]);
    // A picture stands among the copies of its own format.
    let own = planned(&jpeg(picture(120, 90)));
    assert_eq!(of(Format::Jpeg, &own.variants), [(40, 30), (80, 60)]);
    assert!(own.stands_for(Format::Jpeg) && !own.stands_for(Format::WebP));
    assert!(!planned(&jpeg(picture(400, 300))).stands_for(Format::Jpeg), "it is far too large");
    let own = planned(&webp(picture(120, 90)));
    assert_eq!(of(Format::WebP, &own.variants), [(40, 30), (80, 60)]);
    assert_eq!(of(Format::Jpeg, &own.variants), [(40, 30), (80, 60), (120, 90)]);
    let none = plan(&jpeg(picture(400, 300)), "a", &Recipe::new(Vec::new())).unwrap();
    assert!(none.variants.is_empty() && !none.decodes());
}

#[test]
fn copies_of_all_orientations_are_upright() {
    for orientation in 1..=8 {
        let bytes = with_exif(&jpeg(picture(400, 300)), orientation);
        let made = made(&bytes);
        let plan = planned(&bytes);
        let sideways = orientation >= 5;
        let expected = if sideways { (160, 213) } else { (160, 120) };
        assert_eq!(plan.size, if sideways { (300, 400) } else { (400, 300) });
        assert_eq!(of(Format::WebP, &plan.variants)[2], expected, "{orientation}");
        assert_eq!(plan.turns, orientation != 1);
        let whole = match &made.turned {
            Some(turned) => image::load_from_memory(turned).unwrap().into_rgba8(),
            None => image::load_from_memory(&bytes).unwrap().into_rgba8(),
        };
        let cleaned = lanai::media::clean(&bytes, "a.jpg").unwrap();
        assert!(
            made.turned.as_ref().is_none_or(|turned| *turned == *cleaned.bytes),
            "turned as ever"
        );
        let copy = pixels(&made, Format::WebP);
        for (x, y) in [(0.1, 0.1), (0.9, 0.1), (0.1, 0.9), (0.9, 0.9)] {
            let at = |image: &RgbaImage| {
                let place = |side: u32, part: f64| (f64::from(side) * part) as u32;
                image.get_pixel(place(image.width(), x), place(image.height(), y)).0
            };
            let (small, large) = (at(&copy), at(&whole));
            let near = small.iter().zip(large).all(|(one, other)| one.abs_diff(other) < 40);
            assert!(near, "{orientation}: {small:?} {large:?} at {x} {y}");
        }
    }
}

#[test]
fn transparency_is_kept_and_gets_no_colour_behind_it() {
    for bytes in [png(transparent(400, 300)), webp(transparent(400, 300))] {
        let plan = planned(&bytes);
        assert_eq!(of(Format::Jpeg, &plan.variants), []);
        assert_eq!(of(Format::Png, &plan.variants).len(), 3);
        let made = made(&bytes);
        assert_eq!(made.colour, None);
        for format in [Format::WebP, Format::Png] {
            let copy = pixels(&made, format);
            assert_eq!((copy.get_pixel(20, 60).0[3], copy.get_pixel(140, 60).0[3]), (0, 255));
            // What could not be seen does not bleed into what can.
            let edge = copy.get_pixel(84, 10).0;
            assert!(edge[0] > 60 && edge[2] < 60, "{edge:?}");
        }
    }
    let palette = png(DynamicImage::from(picture(400, 300)).into_luma8());
    assert!(made(&palette).colour.is_some());
}

#[test]
fn the_mean_colour_is_that_of_the_pixels() {
    let grey = jpeg(RgbImage::from_fn(200, 100, |x, _| Rgb([if x < 100 { 40 } else { 140 }; 3])));
    let [red, green, blue] = made(&grey).colour.unwrap();
    assert!(red.abs_diff(90) < 3 && green == red && blue == red, "{red} {green} {blue}");
}

#[test]
fn colours_of_a_profile_become_those_of_every_screen() {
    let mut profile = moxcms::ColorProfile::new_display_p3().encode().unwrap();
    let green = RgbImage::from_pixel(400, 300, Rgb([60, 180, 60]));
    let with = |profile: &[u8]| {
        let mut out = Vec::new();
        let mut encoder = JpegEncoder::new_with_quality(&mut out, 100);
        encoder.set_icc_profile(profile.to_vec()).unwrap();
        encode(green.clone(), encoder);
        made(&out).colour.unwrap()
    };
    let wide = with(&profile);
    assert!(wide[0] < 40 && wide[1] > 175, "{wide:?}: P3's green is greener");
    // A profile that makes no sense changes nothing.
    profile[200..].fill(0xff);
    let plain = with(&profile);
    assert!(plain[0].abs_diff(60) < 4, "{plain:?}");
}

#[test]
fn pictures_beyond_the_limits_get_no_copies_and_say_why() {
    let claim = |width: u16, height: u16| {
        let mut bytes = jpeg(picture(400, 300));
        let frame = bytes.windows(2).position(|pair| pair == [0xff, 0xc0]).unwrap();
        bytes[frame + 5..frame + 7].copy_from_slice(&height.to_be_bytes());
        bytes[frame + 7..frame + 9].copy_from_slice(&width.to_be_bytes());
        planned(&bytes)
    };
    let fine = claim(8000, 6000);
    assert!(fine.refused.is_none() && fine.decodes() && fine.memory > 144_000_000);
    let large = claim(10_000, 8000);
    assert!(matches!(large.refused, Some(MediaError::TooMuchMemory { .. })), "{large:?}");
    assert!(matches!(claim(20_000, 8000).refused, Some(MediaError::TooLarge { .. })));
    assert!(matches!(claim(100, 60_000).refused, Some(MediaError::TooLarge { .. })), "no WebP");
    assert!(large.variants.is_empty() && !large.decodes());
    // No size that a header can claim makes the numbers run over.
    let mut bytes = png(picture(400, 300));
    for side in [1_u32, 4000, u32::MAX / 2, u32::MAX] {
        for other in [1_u32, 4000, u32::MAX / 2, u32::MAX] {
            bytes[16..20].copy_from_slice(&side.to_be_bytes());
            bytes[20..24].copy_from_slice(&other.to_be_bytes());
            let claimed = planned(&bytes);
            assert!(claimed.variants.is_empty() || claimed.refused.is_none());
        }
    }
}

#[test]
fn drawings_animations_and_damaged_files_get_none() {
    let svg = b"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 400 300'/>";
    assert!(!planned(svg).decodes());
    let mut gif = Vec::new();
    let black = RgbImage::new(400, 300);
    image::codecs::gif::GifEncoder::new(&mut gif)
        .encode(black.as_raw(), 400, 300, image::ExtendedColorType::Rgb8)
        .unwrap();
    assert!(!planned(&gif).decodes());
    // An animated PNG has a chunk of its own behind the header.
    let still = png(picture(400, 300));
    let animated = [&still[..33], b"\0\0\0\x08acTL\0\0\0\x01\0\0\0\0abcd", &still[33..]].concat();
    assert!(planned(&still).decodes() && !planned(&animated).decodes());
    let broken = &still[..still.len() / 2];
    assert!(make(broken, &planned(broken)).is_err());
    assert!(plan(b"text", "a.jpg", &recipe()).is_err());
}

#[test]
fn copies_that_weigh_more_than_the_picture_are_left_out() {
    // One colour: nothing weighs less than the picture does already.
    let flat = png(RgbImage::from_pixel(170, 10, Rgb([1, 2, 3])));
    let made = made(&flat);
    assert!(made.copies.iter().all(|(_, bytes)| bytes.len() < flat.len()));
    assert_eq!(of(Format::Jpeg, &planned(&flat).variants).len(), 3);
    assert!(made.copies.iter().all(|(variant, _)| variant.format != Format::Jpeg));
}
