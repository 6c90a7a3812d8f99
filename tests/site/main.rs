//! What people meet at the edges of Lanai: mistakes in their files, every key of them, the
//! commands, and the documents that tell about it all.
//!
//! One binary, so that the program is linked once.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests may stop at the first surprise"
)]

#[path = "../harness/mod.rs"]
mod harness;

mod commands;
mod config_keys;
mod docs;
mod errors;
mod following;
mod following_edit;
mod front_matter_keys;
mod reader;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Compares with the committed snapshot of that name; `INSTA_UPDATE=always` writes it.
fn golden(name: &str, text: &str) {
    insta::with_settings!({
        snapshot_path => "snapshots",
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, {
        insta::assert_snapshot!(name, text);
    });
}

/// Fails if a snapshot with that prefix belongs to no case any more.
fn no_leftover_snapshots<'a>(prefix: &str, cases: impl IntoIterator<Item = &'a str>) {
    let known: BTreeSet<String> = cases.into_iter().map(|name| format!("{name}.snap")).collect();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/site/snapshots");
    for entry in fs::read_dir(folder).unwrap() {
        let file = entry.unwrap().file_name().into_string().unwrap();
        assert!(!file.starts_with(prefix) || known.contains(&file), "{file} belongs to no case");
    }
}

/// A small picture.
fn picture(format: image::ImageFormat) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    let pixels = image::RgbImage::from_fn(64, 48, |x, y| {
        image::Rgb([x.to_le_bytes()[0], y.to_le_bytes()[0], 120])
    });
    image::DynamicImage::from(pixels).write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// A small PNG.
fn png() -> Vec<u8> {
    picture(image::ImageFormat::Png)
}
