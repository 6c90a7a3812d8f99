//! Pictures made by hand for sites under test.

use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::{DynamicImage, Rgb, RgbImage};

/// Words that cameras and programs leave in [`jpeg`].
pub const SECRETS: [&str; 3] = ["Exif", "38.7N", "secret"];

/// Wider than high, red on the left and blue on the right.
fn picture() -> RgbImage {
    let colour = |x| if x < 24 { Rgb([200, 0, 0]) } else { Rgb([0, 0, 200]) };
    RgbImage::from_fn(48, 32, |x, _| colour(x))
}

pub fn png() -> Vec<u8> {
    let mut out = Vec::new();
    DynamicImage::from(picture()).write_with_encoder(PngEncoder::new(&mut out)).unwrap();
    out
}

fn segment(marker: u8, data: &[u8]) -> Vec<u8> {
    let mut out = vec![0xff, marker];
    out.extend(u16::try_from(data.len() + 2).unwrap().to_be_bytes());
    out.extend(data);
    out
}

/// A JPEG of 48 by 32 pixels with an EXIF orientation, a place and a comment.
pub fn jpeg(orientation: u8) -> Vec<u8> {
    let mut plain = Vec::new();
    let encoder = JpegEncoder::new_with_quality(&mut plain, 100);
    DynamicImage::from(picture()).write_with_encoder(encoder).unwrap();
    let mut tiff = b"II\x2a\0\x08\0\0\0\x02\0".to_vec();
    tiff.extend(b"\x12\x01\x03\0\x01\0\0\0");
    tiff.extend([orientation, 0, 0, 0]);
    tiff.extend(b"\x25\x88\x04\0\x01\0\0\0\x26\0\0\0"); // GPS
    tiff.extend(b"\0\0\0\0");
    tiff.extend(b"GPS 38.7N 9.1W secret GPS");
    let mut out = vec![0xff, 0xd8];
    out.extend(segment(0xe1, &[b"Exif\0\0", tiff.as_slice()].concat()));
    out.extend(segment(0xfe, b"a secret comment"));
    out.extend(&plain[2..]);
    out
}
