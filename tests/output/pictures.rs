//! Pictures made by hand for sites under test, and the smaller copies that pages offer of them.

use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::{DynamicImage, Rgb, RgbImage};

use crate::dom::Page;
use crate::harness::{SiteTest, files};

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

/// A photo of some size without sharp edges: red grows to the right, blue downwards; `seed` makes it
/// another one.
pub fn photo(width: u32, height: u32, seed: u8) -> Vec<u8> {
    let mut out = Vec::new();
    let shade = |at: u32, of: u32| u8::try_from(at * 200 / of).unwrap();
    let picture = RgbImage::from_fn(width, height, |x, y| {
        let grain = u8::try_from((x * 31 + y * 17) % 23).unwrap();
        Rgb([shade(x, width) + grain, seed, shade(y, height) + grain])
    });
    let encoder = JpegEncoder::new_with_quality(&mut out, 95);
    DynamicImage::from(picture).write_with_encoder(encoder).unwrap();
    out
}

/// A site whose theme wants small copies, so that tests need no large pictures.
fn site() -> SiteTest {
    SiteTest::new()
        .file("theme/theme.toml", "[pictures]\nwidths = [40, 80, 160]\nsizes = \"50vw\"\n")
}

const POST: &str = "+++\ndate = 2024-05-01\nphoto = { src = \"/media/a.jpg\", alt = \"a\" }\n+++\n";

fn dimensions(site: &SiteTest, href: &str) -> (u32, u32) {
    let bytes = std::fs::read(site.path("public").join(href.trim_start_matches('/'))).unwrap();
    let image = image::load_from_memory(&bytes).unwrap();
    (image.width(), image.height())
}

/// Every address of a `srcset` with its width.
fn candidates(srcset: &str) -> Vec<(String, u32)> {
    let each = srcset.split(", ").map(|one| one.split_once(' ').unwrap());
    each.map(|(href, width)| (href.to_owned(), width.trim_end_matches('w').parse().unwrap()))
        .collect()
}

fn copies(site: &SiteTest) -> Vec<String> {
    let names = site.all().into_iter().map(|(name, _)| name);
    names.filter(|name| name.starts_with("assets/pictures/")).collect()
}

fn kept(site: &SiteTest) -> Vec<String> {
    files(&site.path(".lanai/pictures")).into_iter().map(|(name, _)| name).collect()
}

#[test]
fn photos_offer_smaller_copies_of_the_sizes_that_they_say() {
    let site = site().bytes("media/a.jpg", &photo(400, 300, 1)).file("content/photos/p.md", POST);
    site.build();
    let page = Page::parse(&site.out("photos/p/index.html"));
    let source = page.one("main picture source");
    assert_eq!(source.get("type"), Some("image/webp"));
    let image = page.one("main picture img.u-photo");
    assert_eq!(source.get("sizes"), Some("50vw"));
    assert_eq!(image.get("sizes"), Some("50vw"));
    for set in [source.get("srcset"), image.get("srcset")] {
        let found = candidates(set.unwrap());
        assert_eq!(found.iter().map(|(_, width)| *width).collect::<Vec<_>>(), [40, 80, 160]);
        for (href, width) in found {
            assert_eq!(dimensions(&site, &href), (width, width * 3 / 4), "{href}");
        }
    }
    assert!(image.get("src").unwrap().ends_with("-80.jpg"), "{image:?}");
    assert_eq!((image.get("width"), image.get("height")), (Some("400"), Some("300")));
    assert!(page.values("main a", "href").contains(&"/media/a.jpg".to_owned()), "the link");
    assert_eq!(dimensions(&site, "/media/a.jpg"), (400, 300));
    // On the wall of photos it is small, and the feed and previews have the picture itself.
    let wall = Page::parse(&site.out("photos/index.html"));
    assert_ne!(wall.one("main picture source").get("sizes"), Some("50vw"));
    let preview = "<meta property=\"og:image\" content=\"https://test.example/media/a.jpg\">";
    assert!(site.out("photos/p/index.html").contains(preview));
    for feed in ["atom.xml", "rss.xml", "feed.json"] {
        let text = site.out(feed);
        assert!(text.contains("/media/a.jpg") && !text.contains("assets/pictures"), "{feed}");
    }
}

#[test]
fn pictures_in_texts_offer_copies_and_feeds_keep_the_pictures() {
    let site = site().bytes("content/notes/a b.jpg", &photo(400, 300, 1)).note(
        "content/notes/n.md",
        "![a](<a b.jpg>){.wide}\n\n![b](<a b.jpg> \"Caption\"){width=60}\n\n<img src=\"a%20b.jpg\" alt=\"raw\">",
    );
    site.build();
    let page = Page::parse(&site.out("notes/n/index.html"));
    let images = page.all(".e-content picture img");
    assert_eq!(images.len(), 2);
    assert!(images[0].classes().starts_with(&["wide"]), "{:?}", images[0]);
    assert_eq!(images[0].get("sizes"), Some("50vw"));
    assert_eq!(images[1].get("sizes"), Some("60px"), "as wide as the author says");
    assert_eq!((images[1].get("width"), images[1].get("height")), (Some("60"), Some("45")));
    assert_eq!(page.all(".e-content img").len(), 3);
    assert_eq!(page.values(".e-content figure picture source", "type"), ["image/webp"]);
    for feed in ["atom.xml", "rss.xml", "feed.json"] {
        let text = site.out(feed);
        let whole = text.matches("https://test.example/notes/a%20b.jpg").count();
        assert!(whole >= 3, "{feed}: {text}");
        assert!(!text.contains("assets/pictures") && !text.contains("srcset"), "{feed}");
    }
}

#[test]
fn the_mean_colour_stands_in_until_the_picture_has_come() {
    let site = site()
        .bytes("media/a.jpg", &photo(400, 300, 1))
        .file("content/photos/p.md", POST)
        .note("content/notes/n.md", "No picture");
    site.build();
    let page = Page::parse(&site.out("photos/p/index.html"));
    assert_eq!(page.one("main picture img").classes(), ["u-photo", "pr3", "pg0", "pb3"]);
    let sheets = |path: &str| {
        let sheets = Page::parse(&site.out(path)).rel("stylesheet");
        sheets.into_iter().filter(|href| href.contains("/pictures.")).count()
    };
    assert_eq!(sheets("photos/p/index.html"), 1);
    assert_eq!((sheets("photos/index.html"), sheets("index.html")), (1, 1));
    assert_eq!((sheets("notes/n/index.html"), sheets("archive/index.html")), (0, 0));
}

#[test]
fn pictures_with_nothing_to_gain_stay_as_they_were() {
    let mut animation = Vec::new();
    image::codecs::gif::GifEncoder::new(&mut animation)
        .encode(RgbImage::new(400, 300).as_raw(), 400, 300, image::ExtendedColorType::Rgb8)
        .unwrap();
    let site = site()
        .bytes("content/notes/small.jpg", &photo(44, 33, 1))
        .bytes("content/notes/a.gif", &animation)
        .file(
            "content/notes/d.svg",
            "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 400 300'/>",
        )
        .note("content/notes/n.md", "![s](small.jpg) ![g](a.gif) ![d](d.svg)");
    let report = site.build();
    assert_eq!(report.decoded, 0);
    assert_eq!(report.warnings.render(false), "");
    let html = site.out("notes/n/index.html");
    assert!(!html.contains("<picture>") && !html.contains("srcset"), "{html}");
    assert!(
        html.contains("<img src=\"/notes/small.jpg\" alt=\"s\" width=\"44\" height=\"33\">"),
        "{html}"
    );
    assert_eq!(copies(&site), Vec::<String>::new());
    // A theme may want no copies at all.
    let plain = SiteTest::new()
        .file("theme/theme.toml", "[pictures]\nwidths = []\n")
        .bytes("media/a.jpg", &photo(400, 300, 1))
        .file("content/photos/p.md", POST);
    assert_eq!(plain.build().decoded, 0);
    assert!(!plain.out("photos/p/index.html").contains("<picture>"));
}

#[test]
fn a_picture_that_cannot_be_made_smaller_is_published_with_a_warning() {
    // The header is fine, the pixels are not.
    let mut broken = photo(400, 300, 1);
    let scan = broken.windows(2).position(|pair| pair == [0xff, 0xda]).unwrap();
    let tables = broken.windows(2).position(|pair| pair == [0xff, 0xc4]).unwrap();
    broken[tables + 5..scan - 1].fill(0xee);
    let site = site().bytes("media/a.jpg", &broken).file("content/photos/p.md", POST);
    let report = site.build();
    let warnings = report.warnings.render(false);
    assert!(
        warnings.contains("media/a.jpg") && warnings.contains("no smaller copies"),
        "{warnings}"
    );
    assert!(site.has("media/a.jpg") && copies(&site).is_empty());
    let again = site.build();
    assert_eq!(
        (again.decoded, again.warnings.render(false)),
        (0, warnings),
        "said again, not tried"
    );
}

#[test]
fn a_second_build_decodes_nothing() {
    let config = "[author]\nphoto = \"/media/me.jpg\"\n";
    let site = SiteTest::with_config(config)
        .file("theme/theme.toml", "[pictures]\nwidths = [40, 80]\n")
        .bytes("media/me.jpg", &jpeg(6))
        .bytes("media/a.jpg", &photo(400, 300, 1))
        .bytes("content/notes/same.jpg", &photo(400, 300, 1))
        .bytes("static/turned.jpg", &jpeg(8))
        .file("content/photos/p.md", POST)
        .note("content/notes/n.md", "![same](same.jpg)");
    let first = site.build();
    assert_eq!(
        first.decoded, 4,
        "one picture under two names, the photo, its icons, the turned one"
    );
    let (output, entries) = (site.all(), kept(&site));
    assert_eq!(entries.len(), 4);
    let second = site.build();
    assert_eq!((second.decoded, second.written), (0, Vec::new()));
    // Elsewhere, with the folder carried over and nothing else.
    std::fs::remove_dir_all(site.path("public")).unwrap();
    assert_eq!(site.build().decoded, 0);
    assert!(site.all() == output && kept(&site) == entries);
    // Without it everything is made again, byte for byte.
    std::fs::remove_dir_all(site.path(".lanai")).unwrap();
    assert_eq!(site.build().decoded, 4);
    assert!(site.all() == output && kept(&site) == entries);
}

#[test]
fn damaged_entries_are_made_anew() {
    let site = site().bytes("media/a.jpg", &photo(400, 300, 1)).file("content/photos/p.md", POST);
    site.build();
    let output = site.all();
    let path = site.path(".lanai/pictures").join(&kept(&site)[0]);
    let whole = std::fs::read(&path).unwrap();
    for (from, what) in [(20, "in the first part"), (whole.len() - 9, "in a picture")] {
        let mut broken = whole.clone();
        broken[from] ^= 0x55;
        std::fs::write(&path, &broken).unwrap();
        std::fs::remove_dir_all(site.path("public")).unwrap();
        assert_eq!(site.build().decoded, 1, "{what}");
        assert!(site.all() == output && std::fs::read(&path).unwrap() == whole, "{what}");
        std::fs::write(&path, &whole[..from]).unwrap();
        std::fs::remove_dir_all(site.path("public")).unwrap();
        assert_eq!(site.build().decoded, 1, "cut off {what}");
        assert!(site.all() == output && std::fs::read(&path).unwrap() == whole, "{what}");
    }
}

#[test]
fn what_no_picture_uses_any_more_goes() {
    let site = site()
        .bytes("media/a.jpg", &photo(400, 300, 1))
        .bytes("media/b.jpg", &photo(400, 300, 2))
        .file("content/photos/p.md", POST)
        .note("content/notes/n.md", "![b](/media/b.jpg)");
    site.build();
    assert_eq!((kept(&site).len(), copies(&site).len()), (2, 12));
    // A draft's pictures are not published, but the site still has them.
    site.write(
        "content/notes/n.md",
        "+++\ndate = 2024-05-01\ndraft = true\n+++\n![b](/media/b.jpg)\n",
    );
    site.build();
    assert_eq!((kept(&site).len(), copies(&site).len()), (2, 6));
    std::fs::remove_file(site.path("content/notes/n.md")).unwrap();
    std::fs::remove_file(site.path("media/b.jpg")).unwrap();
    site.build();
    assert_eq!((kept(&site).len(), copies(&site).len()), (1, 6));
    // Other pixels, other addresses.
    let before = copies(&site);
    std::fs::write(site.path("media/a.jpg"), photo(400, 300, 3)).unwrap();
    assert_eq!(site.build().decoded, 1);
    assert_eq!((kept(&site).len(), copies(&site).len()), (1, 6));
    assert!(copies(&site).iter().all(|path| !before.contains(path)));
    // A build that fails removes nothing.
    site.write("content/notes/n.md", "+++\ndate = nonsense\n+++\n");
    std::fs::write(site.path("media/a.jpg"), photo(400, 300, 4)).unwrap();
    site.problems();
    assert_eq!(kept(&site).len(), 1);
}

#[test]
fn copies_are_upright_and_keep_no_secrets() {
    let secret = |orientation| {
        let plain = photo(160, 120, 1);
        let with = jpeg(orientation);
        // The segments with the place, in front of another picture.
        let end = with.windows(2).position(|pair| pair == b"\xff\xe0").unwrap_or(2);
        [&with[..end], &plain[2..]].concat()
    };
    assert!(SECRETS.iter().all(|word| contains(&secret(6), word)));
    let site = site().bytes("media/a.jpg", &secret(6)).file("content/photos/p.md", POST);
    site.build();
    let page = Page::parse(&site.out("photos/p/index.html"));
    let image = page.one("main picture img");
    assert_eq!((image.get("width"), image.get("height")), (Some("120"), Some("160")));
    let found = candidates(page.one("main picture source").get("srcset").unwrap());
    assert_eq!(found.iter().map(|(_, width)| *width).collect::<Vec<_>>(), [40, 80, 120]);
    for (href, width) in found {
        assert_eq!(dimensions(&site, &href), (width, (width * 4 + 1) / 3), "{href}");
    }
    let all = site.all().into_iter().filter(|(name, _)| !name.ends_with(".html"));
    for (name, bytes) in all.chain(files(&site.path(".lanai/pictures"))) {
        for word in &SECRETS[1..] {
            let text = name.ends_with(".js") || name.ends_with(".json");
            assert!(text || !contains(&bytes, word), "{word} is in {name}");
        }
    }
}

#[test]
fn a_theme_that_says_nonsense_about_pictures_is_refused() {
    let site = SiteTest::new()
        .file("theme/theme.toml", "[pictures]\nwidths = [480, \"wide\"]\nsize = \"1px\"\n")
        .note("content/notes/n.md", "x");
    let problems = site.rendered_problems();
    assert!(
        problems.contains("theme/theme.toml:2") && problems.contains("16 to 8192"),
        "{problems}"
    );
    assert!(problems.contains("theme/theme.toml:3") && problems.contains("sizes"), "{problems}");
}

fn contains(bytes: &[u8], word: &str) -> bool {
    bytes.windows(word.len()).any(|window| window == word.as_bytes())
}
