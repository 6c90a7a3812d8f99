//! Pictures leave the media room without what their owner did not mean to publish, and the right
//! way up. All fixtures are made here, so that every byte of them is known.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "clippy.toml exempts test functions, but not their helpers"
)]

use std::borrow::Cow;
use std::io::Cursor;

use image::codecs::gif::{GifEncoder, Repeat};
use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::codecs::webp::WebPEncoder;
use image::{DynamicImage, Frame, ImageEncoder, Rgb, RgbImage, Rgba, RgbaImage};
use lanai::media::{self, Cleaned, Format, MediaError, clean, dimensions};

/// Words that must never leave the house.
const SECRETS: &[&[u8]] = &[
    b"GPS",
    b"Exif",
    b"http://ns.adobe.com",
    b"Photoshop",
    b"secret",
    b"MPF\0",
    b"JFXX",
    b"VIDEO",
    b"xpacket",
    b"JUMBF",
];

const RED: Rgb<u8> = Rgb([230, 20, 20]);
const GREEN: Rgb<u8> = Rgb([20, 200, 20]);
const BLUE: Rgb<u8> = Rgb([20, 20, 230]);
const WHITE: Rgb<u8> = Rgb([240, 240, 240]);

/// A picture of 48 x 32 pixels whose corners are red, green, blue and white.
fn picture() -> RgbImage {
    RgbImage::from_fn(48, 32, |x, y| match (x < 24, y < 16) {
        (true, true) => RED,
        (false, true) => GREEN,
        (true, false) => BLUE,
        (false, false) => WHITE,
    })
}

/// An ICC profile as far as anybody looks into it here.
fn profile() -> Vec<u8> {
    let mut profile = vec![0; 128];
    profile[16..20].copy_from_slice(b"RGB ");
    profile[36..40].copy_from_slice(b"acsp");
    profile.extend(b"the colours");
    profile
}

fn encode(image: impl Into<DynamicImage>, mut encoder: impl ImageEncoder) {
    encoder.set_icc_profile(profile()).unwrap();
    image.into().write_with_encoder(encoder).unwrap();
}

/// A TIFF structure with an orientation and a GPS directory full of text.
fn tiff(orientation: u8) -> Vec<u8> {
    let mut tiff = b"II\x2a\0\x08\0\0\0\x03\0".to_vec();
    tiff.extend(b"\x12\x01\x03\0\x01\0\0\0");
    tiff.extend([orientation, 0, 0, 0]);
    tiff.extend(b"\x0f\x01\x02\0\x10\0\0\0\x32\0\0\0"); // Make
    tiff.extend(b"\x25\x88\x04\0\x01\0\0\0\x42\0\0\0"); // GPS
    tiff.extend(b"\0\0\0\0");
    tiff.extend(b"secret camera 01");
    tiff.extend(b"GPS 38.7N 9.1W secret GPS");
    tiff
}

fn segment(marker: u8, data: &[u8]) -> Vec<u8> {
    let mut out = vec![0xff, marker];
    out.extend(u16::try_from(data.len() + 2).unwrap().to_be_bytes());
    out.extend(data);
    out
}

/// A JPEG of [`picture`].
fn plain_jpeg() -> Vec<u8> {
    let mut out = Vec::new();
    encode(picture(), JpegEncoder::new_with_quality(&mut out, 100));
    out
}

/// The same with all that cameras, phones and programs put in.
fn jpeg(orientation: u8) -> Vec<u8> {
    let plain = plain_jpeg();
    let mut out = vec![0xff, 0xd8];
    out.extend(segment(0xe0, b"JFIF\0\x01\x02\0\0\x01\0\x01\x01\x01sec"));
    out.extend(segment(0xe0, b"JFXX\0\x10 secret thumbnail"));
    out.extend(segment(0xe1, &[b"Exif\0\0", tiff(orientation).as_slice()].concat()));
    out.extend(segment(0xe1, b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta> secret GPS"));
    out.extend(segment(0xe2, b"MPF\0II\x2a\0 secret second picture"));
    out.extend(segment(0xeb, b"JP\0\x01 JUMBF secret"));
    out.extend(segment(0xed, b"Photoshop 3.0\08BIM secret caption"));
    out.extend(segment(0xee, b"Adobe\0\x64\0\0\0\0\x01"));
    out.extend(segment(0xfe, b"a secret comment"));
    out.extend(&plain[2..]);
    // A motion photo keeps its film behind the end.
    out.extend(b"\0\0\0\x18ftypmp42 VIDEO secret GPS");
    out
}

fn chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let mut out = u32::try_from(data.len()).unwrap().to_be_bytes().to_vec();
    let body = [kind.as_slice(), data].concat();
    let crc = !body.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(
            crc ^ u32::from(*byte),
            |c, _| if c & 1 == 1 { c >> 1 ^ 0xedb8_8320 } else { c >> 1 },
        )
    });
    out.extend(&body);
    out.extend(crc.to_be_bytes());
    out
}

fn plain_png() -> Vec<u8> {
    let mut out = Vec::new();
    encode(picture(), PngEncoder::new(&mut out));
    out
}

fn png(orientation: u8) -> Vec<u8> {
    let plain = plain_png();
    let (header, rest) = plain.split_at(33); // signature and IHDR
    let mut out = header.to_vec();
    out.extend(chunk(b"eXIf", &tiff(orientation)));
    out.extend(chunk(b"tEXt", b"Comment\0secret GPS"));
    out.extend(chunk(b"zTXt", b"Raw profile type exif\0\0secret"));
    out.extend(chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0http://ns.adobe.com secret"));
    out.extend(chunk(b"tIME", &[7, 232, 5, 1, 9, 30, 0]));
    out.extend(chunk(b"gAMA", &45455_u32.to_be_bytes()));
    out.extend(chunk(b"prVt", b"secret notes of a program"));
    out.extend(rest);
    out.extend(b"secret VIDEO");
    out
}

fn riff(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let mut out = kind.to_vec();
    out.extend(u32::try_from(data.len()).unwrap().to_le_bytes());
    out.extend(data);
    out.extend(vec![0; data.len() % 2]);
    out
}

fn webp_file(chunks: &[Vec<u8>]) -> Vec<u8> {
    let body = [b"WEBP".to_vec(), chunks.concat()].concat();
    riff(b"RIFF", &body)
}

fn lossless_webp() -> Vec<u8> {
    let mut out = Vec::new();
    DynamicImage::from(picture()).write_with_encoder(WebPEncoder::new_lossless(&mut out)).unwrap();
    assert_eq!(&out[12..16], b"VP8L");
    out
}

fn webp(orientation: u8) -> Vec<u8> {
    let plain = lossless_webp();
    let mut out = webp_file(&[
        riff(b"VP8X", &[0x2c, 0, 0, 0, 47, 0, 0, 31, 0, 0]),
        riff(b"ICCP", &profile()),
        plain[12..].to_vec(),
        riff(b"EXIF", &tiff(orientation)),
        riff(b"XMP ", b"<?xpacket secret http://ns.adobe.com"),
        riff(b"PRIV", b"secret"),
    ]);
    out.extend(b"secret");
    out
}

fn assert_clean(cleaned: &Cleaned<'_>) {
    for secret in SECRETS {
        let found = cleaned.bytes.windows(secret.len()).any(|window| window == *secret);
        assert!(!found, "{} is still there", String::from_utf8_lossy(secret));
    }
}

fn decode(bytes: &[u8]) -> RgbImage {
    image::load_from_memory(bytes).unwrap().to_rgb8()
}

/// The colours of the corners: top left, top right, bottom left, bottom right.
fn corners(image: &RgbImage) -> [Rgb<u8>; 4] {
    let (right, bottom) = (image.width() - 4, image.height() - 4);
    [(3, 3), (right, 3), (3, bottom), (right, bottom)].map(|(x, y)| nearest(*image.get_pixel(x, y)))
}

fn nearest(pixel: Rgb<u8>) -> Rgb<u8> {
    let distance = |other: &Rgb<u8>| -> u32 {
        (0..3).map(|i| u32::from(pixel.0[i].abs_diff(other.0[i]))).sum()
    };
    [RED, GREEN, BLUE, WHITE].into_iter().min_by_key(distance).unwrap()
}

/// How the corners stand once the picture is upright, from the EXIF specification: the value says
/// which sides the first row and the first column are.
const UPRIGHT: [(u8, [Rgb<u8>; 4]); 8] = [
    (1, [RED, GREEN, BLUE, WHITE]),
    (2, [GREEN, RED, WHITE, BLUE]),
    (3, [WHITE, BLUE, GREEN, RED]),
    (4, [BLUE, WHITE, RED, GREEN]),
    (5, [RED, BLUE, GREEN, WHITE]),
    (6, [BLUE, RED, WHITE, GREEN]),
    (7, [WHITE, GREEN, BLUE, RED]),
    (8, [GREEN, WHITE, RED, BLUE]),
];

fn turned(size: (u32, u32), orientation: u8) -> (u32, u32) {
    if orientation >= 5 { (size.1, size.0) } else { size }
}

#[test]
fn pictures_of_all_orientations_come_out_upright_and_clean() {
    for (orientation, expected) in UPRIGHT {
        for (format, bytes) in [
            (Format::Jpeg, jpeg(orientation)),
            (Format::Png, png(orientation)),
            (Format::WebP, webp(orientation)),
        ] {
            let cleaned = clean(&bytes, "a.jpg").unwrap();
            assert_eq!(cleaned.format, format);
            assert!(cleaned.changed);
            assert_clean(&cleaned);
            let image = decode(&cleaned.bytes);
            assert_eq!(image.dimensions(), turned((48, 32), orientation), "{format} {orientation}");
            assert_eq!((cleaned.width, cleaned.height), image.dimensions());
            assert_eq!(dimensions(&bytes), Some(image.dimensions()));
            assert_eq!(corners(&image), expected, "{format} {orientation}");
            let kept = b"the colours".as_slice();
            if format == Format::Png {
                // The profile is compressed there.
                assert!(cleaned.bytes.windows(4).any(|w| w == b"iCCP"));
                assert!(cleaned.bytes.windows(4).any(|w| w == b"gAMA"));
            } else {
                assert!(
                    cleaned.bytes.windows(kept.len()).any(|w| w == kept),
                    "{format} {orientation}"
                );
            }
            assert_eq!(clean(&bytes, "a.jpg").unwrap(), cleaned, "the same input, the same bytes");
            let again = clean(&cleaned.bytes, "a.jpg").unwrap();
            assert!(!again.changed, "{format} {orientation}: a clean picture stays as it is");
            assert!(matches!(again.bytes, Cow::Borrowed(_)));
        }
    }
}

#[test]
fn upright_pictures_are_cleaned_without_loss() {
    let (jpeg, png, webp) = (jpeg(1), png(1), webp(1));
    let cleaned = clean(&jpeg, "a.jpg").unwrap();
    assert!(decode(&cleaned.bytes) == decode(&plain_jpeg()));
    let adobe = segment(0xee, b"Adobe\0\x64\0\0\0\0\x01");
    assert!(cleaned.bytes.windows(adobe.len()).any(|w| w == adobe));
    assert!(cleaned.bytes.ends_with(&[0xff, 0xd9]));
    let jfif = segment(0xe0, b"JFIF\0\x01\x02\0\0\x01\0\x01\0\0");
    assert!(cleaned.bytes.windows(jfif.len()).any(|w| w == jfif), "its thumbnail is cut off");

    let cleaned = clean(&png, "a.png").unwrap();
    assert!(decode(&cleaned.bytes) == picture());
    assert!(cleaned.bytes.ends_with(b"IEND\xae\x42\x60\x82"));

    let cleaned = clean(&webp, "a.webp").unwrap();
    assert!(decode(&cleaned.bytes) == picture());
    assert_eq!(cleaned.bytes[20], 0x20, "the flags name the profile alone");
    assert_eq!(
        cleaned.bytes.len(),
        8 + cleaned.bytes[4] as usize + 256 * cleaned.bytes[5] as usize
    );
}

#[test]
fn clean_pictures_are_given_back_as_they_are() {
    let mut gif = Vec::new();
    GifEncoder::new(&mut gif)
        .encode(picture().as_raw(), 48, 32, image::ExtendedColorType::Rgb8)
        .unwrap();
    let svg = b"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 48 32'/>".to_vec();
    for bytes in [plain_jpeg(), plain_png(), lossless_webp(), gif, svg] {
        let cleaned = clean(&bytes, "x").unwrap();
        assert!(!cleaned.changed, "{}", cleaned.format);
        assert_eq!((cleaned.width, cleaned.height), (48, 32));
        assert_eq!(*cleaned.bytes, *bytes);
    }
}

#[test]
fn jpeg_may_break_off_once_a_scan_has_begun() {
    let plain = plain_jpeg();
    let cleaned = clean(&plain[..plain.len() - 20], "a.jpg").unwrap();
    assert!(cleaned.bytes.ends_with(&[0xff, 0xd9]));
    let error = clean(&plain[..100], "a.jpg").unwrap_err();
    assert!(matches!(error, MediaError::Damaged { format: Format::Jpeg, .. }), "{error}");
}

#[test]
fn a_jpeg_too_large_to_turn_keeps_its_orientation_and_nothing_else() {
    // A header that claims 5000 x 8000 pixels: decoding would need 120 MB.
    let mut bytes = jpeg(6);
    let frame = bytes.windows(2).position(|pair| matches!(pair, [0xff, 0xc0..=0xc2])).unwrap();
    bytes[frame + 5..frame + 9].copy_from_slice(&[0x13, 0x88, 0x1f, 0x40]);
    let cleaned = clean(&bytes, "a.jpg").unwrap();
    assert_eq!((cleaned.width, cleaned.height), (5000, 8000));
    assert_eq!(dimensions(&cleaned.bytes), Some((5000, 8000)));
    for secret in SECRETS.iter().filter(|secret| **secret != b"Exif") {
        assert!(!cleaned.bytes.windows(secret.len()).any(|window| window == *secret));
    }
    let again = clean(&cleaned.bytes, "a.jpg").unwrap();
    assert!(!again.changed);
}

#[test]
fn a_webp_too_large_to_turn_is_refused() {
    // The canvas claims 6000 x 6000 pixels.
    let mut bytes = webp(6);
    bytes[24..30].copy_from_slice(&[0x6f, 0x17, 0, 0x6f, 0x17, 0]);
    // Its picture claims the same.
    let at = bytes.windows(4).position(|window| window == b"VP8L").unwrap() + 9;
    let size = 5999_u32 | 5999 << 14;
    bytes[at..at + 4].copy_from_slice(&size.to_le_bytes());
    let error = clean(&bytes, "a.webp").unwrap_err();
    assert!(matches!(error, MediaError::TooMuchMemory { .. }), "{error}");
}

#[test]
fn over_100_megapixels_are_refused() {
    let mut bytes = plain_jpeg();
    let frame = bytes.windows(2).position(|pair| matches!(pair, [0xff, 0xc0..=0xc2])).unwrap();
    bytes[frame + 5..frame + 9].copy_from_slice(&[0xff, 0xff, 0xff, 0xff]);
    let error = clean(&bytes, "a.jpg").unwrap_err();
    assert_eq!(error.to_string(), "65535 x 65535 pixels are more than 100 megapixels");
    assert_eq!(error.hint(), "make it smaller");
    let mut bytes = plain_png();
    bytes[16..24].copy_from_slice(&[0, 0, 0xff, 0xff, 0, 0, 0xff, 0xff]);
    assert!(matches!(clean(&bytes, "a.png"), Err(MediaError::TooLarge { .. })));
    assert!(matches!(media::square_png(&bytes, 32), Err(MediaError::TooLarge { .. })));
}

/// Three frames with comments, XMP and a text between them.
fn gif() -> Vec<u8> {
    let mut bytes = Vec::new();
    {
        let mut encoder = GifEncoder::new(&mut bytes);
        encoder.set_repeat(Repeat::Infinite).unwrap();
        for shade in [10, 120, 240] {
            let image = RgbaImage::from_pixel(6, 4, Rgba([shade, 0, 0, 255]));
            encoder.encode_frame(Frame::new(image)).unwrap();
        }
    }
    let netscape = bytes.windows(11).position(|window| window == b"NETSCAPE2.0").unwrap();
    let at = netscape + 16;
    assert_eq!(bytes.pop(), Some(0x3b));
    let mut out = bytes[..at].to_vec();
    out.extend(b"\x21\xfe\x06secret\x05 note\0");
    out.extend(b"\x21\xff\x0bXMP DataXMP\x0fhttp://ns.adobe\0");
    out.extend(b"\x21\xf9\x04\0\x09\0\0\0"); // the timing of the text
    out.extend(b"\x21\x01\x0c0123456789ab\x06secret\0");
    out.extend(&bytes[at..]);
    out.extend(b"\x3bsecret VIDEO");
    out
}

#[test]
fn gif_keeps_its_animation_and_loses_notes() {
    use image::AnimationDecoder;
    let bytes = gif();
    let cleaned = clean(&bytes, "a.gif").unwrap();
    assert_clean(&cleaned);
    assert_eq!((cleaned.width, cleaned.height, cleaned.format), (6, 4, Format::Gif));
    assert!(cleaned.bytes.windows(11).any(|window| window == b"NETSCAPE2.0"));
    let decoder = image::codecs::gif::GifDecoder::new(Cursor::new(&cleaned.bytes)).unwrap();
    assert_eq!(decoder.into_frames().collect_frames().unwrap().len(), 3);
    assert!(!clean(&cleaned.bytes, "a.gif").unwrap().changed);
}

#[test]
fn apng_keeps_its_frames() {
    let plain = plain_png();
    let data = plain.windows(4).position(|window| window == b"IDAT").unwrap() - 4;
    let (head, rest) = plain.split_at(data);
    let control =
        [&0_u32.to_be_bytes()[..], &48_u32.to_be_bytes(), &32_u32.to_be_bytes(), &[0; 14]];
    let mut bytes = head.to_vec();
    bytes.extend(chunk(b"acTL", &[0, 0, 0, 1, 0, 0, 0, 0]));
    bytes.extend(chunk(b"fcTL", &control.concat()));
    bytes.extend(chunk(b"eXIf", &tiff(6)));
    bytes.extend(rest);
    let cleaned = clean(&bytes, "a.png").unwrap();
    for kind in [b"acTL", b"fcTL", b"eXIf"] {
        assert!(cleaned.bytes.windows(4).any(|window| window == kind), "the note on turning stays");
    }
    assert_clean(&cleaned);
    assert_eq!((cleaned.width, cleaned.height), (32, 48));
    assert!(!clean(&cleaned.bytes, "a.png").unwrap().changed);
}

#[test]
fn animated_webp_keeps_its_frames() {
    let plain = lossless_webp();
    let place = [0, 0, 0, 0, 0, 0, 47, 0, 0, 31, 0, 0, 100, 0, 0, 0];
    let frame = [&place[..], &plain[12..], &riff(b"PRIV", b"secret")].concat();
    let bytes = webp_file(&[
        riff(b"VP8X", &[0x0e, 0, 0, 0, 47, 0, 0, 31, 0, 0]),
        riff(b"ANIM", &[0, 0, 0, 0, 0, 0]),
        riff(b"ANMF", &frame),
        riff(b"ANMF", &frame),
        riff(b"EXIF", &tiff(6)),
        riff(b"XMP ", b"secret"),
    ]);
    let cleaned = clean(&bytes, "a.webp").unwrap();
    assert_eq!((cleaned.width, cleaned.height), (48, 32), "shown as browsers show it");
    assert_clean(&cleaned);
    assert_eq!(cleaned.bytes[20], 0x02);
    let frames = cleaned.bytes.windows(4).filter(|window| *window == b"ANMF").count();
    assert_eq!(frames, 2);
    assert_eq!(corners(&decode(&cleaned.bytes)), UPRIGHT[0].1);
}

fn part(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let mut out = u32::try_from(data.len() + 8).unwrap().to_be_bytes().to_vec();
    out.extend(kind);
    out.extend(data);
    out
}

/// The skeleton of an AVIF: a picture of 64 x 40 pixels, turned by `turn` quarters, with a
/// thumbnail and one further item.
fn avif(turn: u8, extra: &[u8; 4]) -> Vec<u8> {
    let item = |id: u8, kind: &[u8; 4]| {
        part(b"infe", &[&[2, 0, 0, 0, 0, id, 0, 0], kind.as_slice(), b"\0"].concat())
    };
    let size = |w: u8, h: u8| part(b"ispe", &[0, 0, 0, 0, 0, 0, 0, w, 0, 0, 0, h]);
    let items = [&[0, 0, 0, 0, 0, 2][..], &item(1, b"av01"), &item(2, extra)].concat();
    let properties = [size(200, 100), size(64, 40), part(b"irot", &[turn])].concat();
    let belonging = [0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 2, 2, 0x83];
    let meta = [
        vec![0, 0, 0, 0],
        part(b"pitm", &[0, 0, 0, 0, 0, 1]),
        part(b"iinf", &items),
        part(b"iprp", &[part(b"ipco", &properties), part(b"ipma", &belonging)].concat()),
    ];
    let brand = part(b"ftyp", b"avif\0\0\0\0mif1avifmiaf");
    [brand, part(b"meta", &meta.concat()), part(b"mdat", b"pixels")].concat()
}

#[test]
fn avif_is_kept_unless_it_holds_metadata() {
    let bytes = avif(0, b"av01");
    let cleaned = clean(&bytes, "a.avif").unwrap();
    assert_eq!((cleaned.width, cleaned.height, cleaned.changed), (64, 40, false));
    assert_eq!(dimensions(&avif(1, b"av01")), Some((40, 64)));
    assert_eq!(dimensions(&avif(2, b"av01")), Some((64, 40)));
    for extra in [b"Exif", b"mime"] {
        let bytes = avif(0, extra);
        let error = clean(&bytes, "a.avif").unwrap_err();
        assert!(matches!(error, MediaError::HiddenData { format: Format::Avif, .. }), "{error}");
        assert!(error.hint().contains("convert"));
    }
}

#[test]
fn what_browsers_do_not_show_is_refused_with_a_hint() {
    let heic = part(b"ftyp", b"heic\0\0\0\0mif1heic");
    let cases: [(&[u8], &str, &str); 8] = [
        (&heic, "a.heic", "HEIC"),
        (b"II\x2a\0\x08\0\0\0", "a.tif", "TIFF"),
        (b"MM\0\x2a\0\0\0\x08", "a.tiff", "TIFF"),
        (b"II\x2a\0\x08\0\0\0", "DSC_1.NEF", "raw photos"),
        (b"BM\x36\0\0\0", "a.bmp", "BMP"),
        (b"\xff\x0a\0\0", "a.jxl", "JPEG XL"),
        (b"8BPS\0\x01", "a.psd", "Photoshop"),
        (b"\x1f\x8b\x08", "a.svgz", "compressed SVG"),
    ];
    for (bytes, name, expected) in cases {
        let error = clean(bytes, name).unwrap_err();
        assert!(error.to_string().contains("browsers can't show"), "{name}: {error}");
        assert!(error.to_string().contains(expected), "{name}: {error}");
        assert!(error.hint().starts_with("convert it"), "{name}");
        assert_eq!(dimensions(bytes), None, "{name}");
    }
    for bytes in [b"".as_slice(), b"hello", b"<html></html>", &[0; 100]] {
        assert_eq!(clean(bytes, "a.png").unwrap_err(), MediaError::Unknown);
    }
}

#[test]
fn icons_are_square_upright_and_clean() {
    for size in [32, 180, 192, 512] {
        let icon = media::square_png(&jpeg(6), size).unwrap();
        let image = decode(&icon);
        assert_eq!(image.dimensions(), (size, size));
        // 32 x 48 upright; the middle loses a quarter of the height above and below.
        let [a, b, c, d] = corners(&image);
        assert_eq!([a, b, c, d], [BLUE, RED, WHITE, GREEN]);
        assert!(!clean(&icon, "icon.png").unwrap().changed);
        assert_eq!(media::square_png(&jpeg(6), size).unwrap(), icon);
    }
    let svg = b"<svg width='1' height='1'/>";
    assert!(matches!(media::square_png(svg, 32), Err(MediaError::NoPixels { .. })));
}

#[test]
fn transparent_pixels_do_not_bleed_into_icons() {
    // White on transparent black: no grey rim may appear.
    let image =
        RgbaImage::from_fn(200, 300, |x, _| if x < 91 { Rgba([255; 4]) } else { Rgba([0; 4]) });
    let mut bytes = Vec::new();
    DynamicImage::from(image).write_with_encoder(PngEncoder::new(&mut bytes)).unwrap();
    let icons = media::square_pngs(&bytes, &[16, 64]).unwrap();
    for (icon, size) in icons.iter().zip([16, 64]) {
        let icon = image::load_from_memory(icon).unwrap().into_rgba8();
        assert_eq!(icon.dimensions(), (size, size));
        for pixel in icon.pixels().filter(|pixel| pixel.0[3] > 8) {
            assert!(pixel.0[0] > 220, "{pixel:?}");
        }
    }
}

#[test]
fn favicons_hold_the_png() {
    let png = media::square_png(&plain_png(), 32).unwrap();
    let ico = media::ico(&png).unwrap();
    assert_eq!(ico[..8], [0, 0, 1, 0, 1, 0, 32, 32]);
    assert_eq!(ico[14..18], u32::try_from(png.len()).unwrap().to_le_bytes());
    assert_eq!(ico[22..], png);
    let large = media::square_png(&plain_png(), 257).unwrap();
    assert!(media::ico(&large).is_err());
    assert!(media::ico(b"no png").is_err());
}

/// Flips, cuts and doubles bytes of every fixture; the outcome does not matter, coming back does.
#[test]
fn damaged_pictures_never_panic() {
    let fixtures = [jpeg(6), png(6), webp(6), gif(), avif(1, b"av01"), avif(0, b"Exif")];
    let mut seed = 0x2545_f491_4f6c_dd1d_u64;
    let mut random = |below: usize| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        usize::try_from(seed % u64::try_from(below.max(1)).unwrap()).unwrap()
    };
    for fixture in &fixtures {
        for end in (0..fixture.len()).step_by(7) {
            let _ = clean(&fixture[..end], "x");
            let _ = dimensions(&fixture[..end]);
        }
        for round in 0..400 {
            let mut bytes = fixture.clone();
            for _ in 0..=random(4) {
                let at = random(bytes.len());
                bytes[at] = u8::try_from(random(256)).unwrap();
            }
            if round % 5 == 0 {
                bytes.remove(random(bytes.len()));
            }
            let _ = dimensions(&bytes);
            if let Ok(cleaned) = clean(&bytes, "x") {
                // What comes out is stable.
                let _ = clean(&cleaned.bytes, "x");
            }
            if round % 8 == 0 {
                let _ = media::square_png(&bytes, 16);
            }
        }
    }
}

#[test]
fn a_drawing_loses_what_its_program_wrote() {
    let svg = br#"<?xml version="1.0"?>
<!-- Made by Ana at /home/ana/secret -->
<svg xmlns="http://www.w3.org/2000/svg" width="10" height="20" inkscape:export-filename="/home/ana/x.png">
  <metadata><rdf:RDF><cc:Work><dc:creator>Ana Secret</dc:creator></cc:Work></rdf:RDF></metadata>
  <sodipodi:namedview id="v"><inkscape:grid/></sodipodi:namedview>
  <?xpacket begin="secret"?>
  <style>path { fill: red }</style>
  <path inkscape:label="secret" d="M0 0 L10 20" class="a &amp; b"/>
  <text>5 &lt; 6</text>
</svg>
"#;
    let cleaned = media::clean(svg, "a.svg").unwrap();
    let text = String::from_utf8(cleaned.bytes.to_vec()).unwrap();
    assert!(cleaned.changed);
    assert_eq!((cleaned.width, cleaned.height), (10, 20));
    for gone in ["secret", "Secret", "home", "metadata", "inkscape", "sodipodi"] {
        assert!(!text.contains(gone), "{gone}: {text}");
    }
    for kept in
        [r#"<path d="M0 0 L10 20" class="a &amp; b"/>"#, "fill: red", "<text>5 &lt; 6</text>"]
    {
        assert!(text.contains(kept), "{kept}: {text}");
    }
    let plain = b"<svg xmlns='http://www.w3.org/2000/svg' width='1' height='1'/>";
    assert!(!media::clean(plain, "a.svg").unwrap().changed);
    let broken = b"<svg width='1' height='1'><metadata></svg>";
    assert!(matches!(media::clean(broken, "a.svg"), Err(MediaError::Damaged { .. })));
}
