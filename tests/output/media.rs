//! Media: pictures lose what cameras and programs wrote into them wherever they lie, stand upright,
//! and only what is used is copied.

use crate::dom::Page;
use crate::harness::SiteTest;
use crate::pictures::{SECRETS, jpeg, png};

fn has(bytes: &[u8], word: &str) -> bool {
    bytes.windows(word.len()).any(|w| w == word.as_bytes())
}

fn size(site: &SiteTest, path: &str) -> (u32, u32) {
    let bytes = std::fs::read(site.path("public").join(path)).unwrap();
    let image = image::load_from_memory(&bytes).unwrap();
    (image.width(), image.height())
}

#[test]
fn metadata_is_dropped_wherever_a_picture_lies() {
    let site = SiteTest::with_config("[author]\nphoto = \"/media/me.jpg\"\ncover = \"/media/cover.jpg\"\n")
        .bytes("content/notes/beside.jpg", &jpeg(1))
        .bytes("content/photos/trip/a.jpg", &jpeg(6))
        .bytes("content/photos/trip/unused.JPG", &jpeg(1))
        .bytes("media/up.jpg", &jpeg(1))
        .bytes("media/me.jpg", &jpeg(1))
        .bytes("media/cover.jpg", &jpeg(1))
        .bytes("static/plain.jpeg", &jpeg(8))
        .bytes("static/wrong-name.png", &jpeg(1))
        .bytes("data/avatars/bea.jpg", &jpeg(1))
        .note("content/notes/n.md", "![a wall](beside.jpg) ![sky](/media/up.jpg) [link](/plain.jpeg)")
        .file("content/photos/trip/index.md", "+++\ndate = 2024-05-01\nphoto = { src = \"a.jpg\", alt = \"a\" }\n+++\n")
        .file(
            "data/mentions/notes/n/0123456789abcdef.json",
            r#"{"wm-source":"https://b.example/x","wm-target":"https://test.example/notes/n/","wm-property":"like-of","author":{"name":"Bea","photo":"avatars/bea.jpg"}}"#,
        );
    assert!(
        SECRETS.iter().all(|secret| has(&jpeg(1), secret)),
        "the pictures have something to hide"
    );
    site.build();
    let mut pictures = 0;
    for (name, bytes) in site.all() {
        pictures += usize::from(bytes.starts_with(&[0xff, 0xd8]));
        for secret in SECRETS {
            let in_a_picture =
                !name.ends_with(".html") && !name.ends_with(".json") && !name.ends_with(".js");
            assert!(!in_a_picture || !has(&bytes, secret), "{secret} is in {name}");
        }
    }
    assert_eq!(pictures, 9, "all of them were copied");
}

#[test]
fn pictures_stand_upright_and_pages_say_how_large_they_are() {
    let site = SiteTest::new()
        .bytes("content/photos/trip/a.jpg", &jpeg(6))
        .bytes("content/photos/trip/b.jpg", &jpeg(3))
        .file(
            "content/photos/trip/index.md",
            "+++\ndate = 2024-05-01\nphoto = { src = \"a.jpg\", alt = \"a\" }\n+++\n![b](b.jpg)\n",
        )
        .bytes("static/c.jpg", &jpeg(8));
    site.build();
    assert_eq!(size(&site, "photos/trip/a.jpg"), (32, 48));
    assert_eq!(size(&site, "photos/trip/b.jpg"), (48, 32));
    assert_eq!(size(&site, "c.jpg"), (32, 48));
    for path in ["photos/trip/index.html", "photos/index.html"] {
        let page = Page::parse(&site.out(path));
        let photo = page.one("main img.u-photo");
        assert_eq!((photo.get("width"), photo.get("height")), (Some("32"), Some("48")), "{path}");
    }
    let page = Page::parse(&site.out("photos/trip/index.html"));
    let inline = page.one(".e-content img");
    assert_eq!(
        (inline.get("width"), inline.get("height"), inline.get("alt")),
        (Some("48"), Some("32"), Some("b"))
    );
}

#[test]
fn every_picture_of_every_page_has_an_alt_and_a_size() {
    let site = SiteTest::with_config("[author]\nphoto = \"/media/me.png\"\n")
        .bytes("media/me.png", &png())
        .bytes("media/a.png", &png())
        .file("content/posts/a.md", "+++\ndate = 2024-05-01\ntitle = \"A\"\nfeatured = { src = \"/media/a.png\", alt = \"lead\" }\n+++\n![](/media/a.png) ![x](/media/a.png \"Caption\")\n")
        .file("content/posts/b.md", "+++\ndate = 2024-05-01\nphoto = [\"/media/a.png\", \"/media/me.png\"]\n+++\n");
    site.build();
    let mut seen = 0;
    for (name, bytes) in site.all().into_iter().filter(|(name, _)| name.ends_with(".html")) {
        for image in Page::parse(&String::from_utf8(bytes).unwrap()).all("img") {
            seen += 1;
            assert!(image.get("alt").is_some(), "{name}: {image:?}");
            let small = image.classes().contains(&"u-photo") && image.get("width").is_none();
            assert!(
                small || (image.get("width").is_some() && image.get("height").is_some()),
                "{name}: {image:?}"
            );
        }
    }
    assert!(seen > 10);
}

#[test]
fn only_what_is_used_is_copied() {
    let site = SiteTest::new()
        .bytes("media/used.png", &png())
        .bytes("media/unused.png", &png())
        .bytes("media/drafted.png", &png())
        .bytes("content/notes/used.png", &png())
        .bytes("content/notes/unused.png", &png())
        .bytes("content/notes/drafted.png", &png())
        .bytes("static/always.bin", b"x")
        .note("content/notes/n.md", "![a](used.png) [b](/media/used.png)")
        .file("content/notes/d.md", "+++\ndate = 2024-05-01\ndraft = true\n+++\n![a](drafted.png) ![b](/media/drafted.png)\n");
    site.build();
    let media: Vec<String> = site
        .all()
        .into_iter()
        .map(|(name, _)| name)
        .filter(|n| n.ends_with(".png") || n.ends_with(".bin"))
        .collect();
    assert_eq!(media, ["always.bin", "media/used.png", "notes/used.png"]);
    // What is used no more goes away again.
    site.write("content/notes/n.md", "+++\ndate = 2024-05-01\n+++\nNo pictures\n");
    assert_eq!(site.build().deleted, ["media/used.png", "notes/used.png"]);
}

#[test]
fn bundles_come_complete_and_translations_share_them() {
    let site = SiteTest::with_config("[languages.de]\n")
        .bytes("content/posts/trip/a.png", &png())
        .bytes("content/posts/trip/maps/gpx/track.gpx", b"<gpx/>")
        .bytes("content/posts/trip/.hidden", b"x")
        .file(
            "content/posts/trip/index.md",
            "+++\ndate = 2024-05-01\n+++\n[track](maps/gpx/track.gpx)\n",
        )
        .file("content/posts/trip/index.de.md", "+++\ndate = 2024-05-01\n+++\n![a](a.png)\n");
    site.build();
    assert!(site.has("posts/trip/a.png") && site.has("posts/trip/maps/gpx/track.gpx"));
    assert!(!site.has("posts/trip/.hidden") && !site.has("de/posts/trip/a.png"));
    let german = Page::parse(&site.out("de/posts/trip/index.html"));
    assert_eq!(german.values(".e-content img", "src"), ["/posts/trip/a.png"]);
    let page = Page::parse(&site.out("posts/trip/index.html"));
    assert_eq!(page.values(".e-content a", "href"), ["/posts/trip/maps/gpx/track.gpx"]);
}

#[test]
fn a_missing_alternative_text_is_a_warning_with_its_place() {
    let site = SiteTest::new()
        .bytes("media/a.png", &png())
        .file(
            "content/photos/p.md",
            "+++\ndate = 2024-05-01\nphoto = \"/media/a.png\"\n+++\nPhoto\n",
        )
        .note("content/notes/n.md", "One\n\n![](/media/a.png)\n\n![fine](/media/a.png)");
    let warnings = site.build().warnings.render(false);
    assert!(
        warnings.contains("content/photos/p.md:3") && warnings.contains("alternative text"),
        "{warnings}"
    );
    assert!(warnings.contains("content/notes/n.md:6"), "{warnings}");
    assert!(!warnings.contains("n.md:8"), "{warnings}");
    let silent = SiteTest::new().bytes("media/a.png", &png()).file(
        "content/photos/p.md",
        "+++\ndate = 2024-05-01\nphoto = { src = \"/media/a.png\", alt = \"\" }\n+++\nPhoto\n",
    );
    assert_eq!(silent.build().warnings.render(false), "", "an empty text is an answer");
}

#[test]
fn a_missing_or_broken_picture_stops_the_build() {
    let site = SiteTest::new()
        .bytes("content/notes/wall.png", &png())
        .note("content/notes/n.md", "![x](wal.png)");
    let problems = site.rendered_problems();
    assert!(
        problems.contains("content/notes/n.md:4") && problems.contains("wall.png"),
        "{problems}"
    );
    let site = SiteTest::new().file(
        "content/photos/p.md",
        "+++\ndate = 2024-05-01\nphoto = { src = \"no.png\", alt = \"\" }\n+++\n",
    );
    assert!(site.rendered_problems().contains("there is no file no.png"));
    let site = SiteTest::new()
        .bytes("static/broken.jpg", &jpeg(6)[0..200])
        .note("content/notes/n.md", "x");
    assert!(site.rendered_problems().contains("static/broken.jpg"));
}

#[test]
fn icons_are_made_from_the_owners_photo() {
    let site = SiteTest::with_config("[author]\nphoto = \"/media/me.jpg\"\n")
        .bytes("media/me.jpg", &jpeg(6))
        .note("content/notes/n.md", "x");
    site.build();
    let home = Page::parse(&site.out("index.html"));
    let mut sizes = Vec::new();
    for icon in home.all("link").into_iter().filter(|l| l.get("rel") == Some("icon")) {
        let wanted: u32 = icon.get("sizes").unwrap().split('x').next().unwrap().parse().unwrap();
        assert_eq!(size(&site, &icon.get("href").unwrap()[1..]), (wanted, wanted));
        sizes.push(wanted);
    }
    assert_eq!(sizes, [32, 180, 192, 512]);
    let ico = std::fs::read(site.path("public/favicon.ico")).unwrap();
    assert_eq!(&ico[0..4], [0, 0, 1, 0]);
    let manifest: serde_json::Value =
        serde_json::from_str(&site.out("manifest.webmanifest")).unwrap();
    assert_eq!(manifest["icons"].as_array().unwrap().len(), 2);
    for icon in manifest["icons"].as_array().unwrap() {
        assert!(site.has(&icon["src"].as_str().unwrap()[1..]));
    }
}

#[test]
fn an_own_favicon_wins() {
    let site = SiteTest::with_config("[author]\nphoto = \"/media/me.jpg\"\n")
        .bytes("media/me.jpg", &jpeg(1))
        .bytes("static/favicon.ico", &lanai::media::ico(&png()).unwrap())
        .note("content/notes/n.md", "x");
    site.build();
    let icon = std::fs::read(site.path("static/favicon.ico")).unwrap();
    assert!(std::fs::read(site.path("public/favicon.ico")).unwrap() == icon);
    let disguised =
        SiteTest::new().bytes("static/favicon.ico", &jpeg(1)).note("content/notes/n.md", "x");
    disguised.build();
    let bytes = std::fs::read(disguised.path("public/favicon.ico")).unwrap();
    assert!(!has(&bytes, "secret"), "a photo under the name of an icon is still a photo");
    let without = SiteTest::new().note("content/notes/n.md", "x");
    without.build();
    assert!(!without.has("favicon.ico"));
}

#[test]
fn files_of_the_static_folder_come_as_they_are() {
    let site = SiteTest::new()
        .bytes("static/.well-known/security.txt", b"Contact: x")
        .bytes("static/deep/er/data.bin", &[0, 159, 146, 150])
        .bytes("static/robots.txt", b"User-agent: *\nDisallow: /\n")
        .bytes("static/.hidden", b"x")
        .note("content/notes/n.md", "x");
    site.build();
    assert!(site.has(".well-known/security.txt") && !site.has(".hidden"));
    assert_eq!(std::fs::read(site.path("public/deep/er/data.bin")).unwrap(), [0, 159, 146, 150]);
    assert_eq!(site.out("robots.txt"), "User-agent: *\nDisallow: /\n");
}
