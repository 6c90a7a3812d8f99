//! Pictures of others by way of the daemon: only those that it signed, small and with nothing but
//! pixels, asked for once.

use std::io::Cursor;

use image::codecs::gif::GifEncoder;
use image::{Delay, DynamicImage, Frame, ImageFormat, RgbaImage};
use lanai::reader::pictures::{Key, signed_path};
use url::Url;

use crate::http::Answer;
use crate::peer::Reply;
use crate::world::World;

fn png(width: u32, height: u32) -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    DynamicImage::new_rgb8(width, height).write_to(&mut out, ImageFormat::Png).unwrap();
    out.into_inner()
}

/// A JPEG of one colour with a place in its notes.
fn jpeg() -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    DynamicImage::new_rgb8(40, 20).write_to(&mut out, ImageFormat::Jpeg).unwrap();
    let bytes = out.into_inner();
    let note = b"Exif\0\0at home in Lisbon";
    let length = (note.len() as u16 + 2).to_be_bytes();
    [&bytes[..2], &[0xff, 0xe1], &length, note, &bytes[2..]].concat()
}

fn moving(frames: usize) -> Vec<u8> {
    let mut out = Vec::new();
    let frame =
        || Frame::from_parts(RgbaImage::new(8, 8), 0, 0, Delay::from_numer_denom_ms(100, 1));
    GifEncoder::new(&mut out).encode_frames((0..frames).map(|_| frame())).unwrap();
    out
}

/// A world whose daemon's key is known.
struct Show {
    world: World,
    key: Key,
}

impl Show {
    fn new() -> Self {
        Self::of(World::new())
    }

    fn of(world: World) -> Self {
        // The first question makes the secret.
        assert_eq!(world.home.get("/-/image/a/b").status, 404);
        let secret: String = world
            .home
            .database()
            .query_row("SELECT value FROM secret WHERE name = 'pictures of others'", [], |row| {
                row.get(0)
            })
            .unwrap();
        Self { world, key: Key::new(&secret) }
    }

    fn put(&self, path: &str, bytes: impl Into<Vec<u8>>) {
        // As some servers call everything.
        let reply = Reply::status(200).header("Content-Type", "text/html").body(bytes);
        self.world.put("ben", path, reply);
    }

    fn path(&self, address: &str) -> String {
        signed_path(&self.key, "", &Url::parse(address).unwrap())
    }

    fn get(&self, path: &str) -> Answer {
        self.world.home.get(&self.path(&self.world.at("ben", path)))
    }
}

#[test]
fn a_picture_comes_without_what_it_says_of_its_owner() {
    let show = Show::new();
    show.put("/a.jpg", jpeg());
    let answer = show.get("/a.jpg");
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("image/webp")));
    assert!(!answer.body.windows(6).any(|bytes| bytes == b"Lisbon"));
    let decoded = image::load_from_memory(&answer.body).unwrap();
    assert_eq!((decoded.width(), decoded.height()), (40, 20));
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("content-security-policy", "default-src 'none'; sandbox"),
        ("cross-origin-resource-policy", "same-origin"),
        ("cache-control", "private, max-age=2592000, immutable"),
    ] {
        assert_eq!(answer.header(name), Some(value), "{name}");
    }
    let asked = show.world.peer.asked();
    let picture = asked.iter().find(|asked| asked.path == "/a.jpg").unwrap();
    assert_eq!((picture.header("referer"), picture.header("cookie")), (None, None));
}

#[test]
fn pictures_become_small_and_moving_ones_stay() {
    let show = Show::new();
    show.put("/wide.png", png(3_200, 200));
    let wide = image::load_from_memory(&show.get("/wide.png").body).unwrap();
    assert_eq!((wide.width(), wide.height()), (1_600, 100));
    show.put("/moves.gif", moving(3));
    let moves = show.get("/moves.gif");
    assert_eq!((moves.status, moves.header("content-type")), (200, Some("image/gif")));
    show.put("/still.gif", moving(1));
    assert_eq!(show.get("/still.gif").header("content-type"), Some("image/webp"));
    let padding = [moving(2), vec![0; 5 * 1024 * 1024]].concat();
    show.put("/long.gif", padding);
    // What follows its end is no part of it.
    assert_eq!(show.get("/long.gif").status, 200);
}

#[test]
fn what_is_not_signed_is_not_asked_for() {
    let show = Show::new();
    show.put("/a.jpg", jpeg());
    let good = show.path(&show.world.at("ben", "/a.jpg"));
    let other = signed_path(
        &Key::new("a guess"),
        "",
        &Url::parse(&show.world.at("ben", "/a.jpg")).unwrap(),
    );
    for wrong in [&other, &good[..good.len() - 1], &format!("{good}A"), "/-/image//"] {
        assert_eq!(show.world.home.get(wrong).status, 404, "{wrong}");
    }
    assert_eq!(show.world.asked("ben", "/a.jpg"), 0);
    let post = show.world.home.ask("POST", &good, &[], "");
    assert_eq!(post.status, 405);
}

#[test]
fn what_cannot_be_shown_has_a_status_and_a_drawing() {
    let show = Show::new();
    show.put("/page", "<!doctype html><script>alert(1)</script>");
    show.put("/a.svg", "<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>");
    show.put("/huge", vec![0; 11 * 1024 * 1024]);
    show.put("/bomb.png", png(20_000, 6_000));
    show.world.put("ben", "/busy", Reply::status(503));
    show.world.put("ben", "/inside", Reply::redirect(302, "file:///etc/passwd"));
    for (path, status) in [
        ("/page", 415),
        ("/a.svg", 415),
        ("/huge", 413),
        ("/bomb.png", 413),
        ("/busy", 502),
        ("/inside", 403),
        ("/missing", 404),
    ] {
        let answer = show.get(path);
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (status, Some("image/svg+xml")),
            "{path}"
        );
        assert!(!answer.text().contains("script"), "{path}");
        assert!(answer.header("content-security-policy").unwrap().contains("sandbox"), "{path}");
        // Nobody is asked again at once.
        assert_eq!(show.get(path).status, status, "{path}");
        assert_eq!(show.world.asked("ben", path), 1, "{path}");
    }
}

#[test]
fn one_question_is_enough_for_all_and_for_later() {
    let mut show = Show::new();
    show.put("/a.jpg", jpeg());
    let path = show.path(&show.world.at("ben", "/a.jpg"));
    std::thread::scope(|scope| {
        let all: Vec<_> = (0..8).map(|_| scope.spawn(|| show.world.home.get(&path).body)).collect();
        let bodies: Vec<_> = all.into_iter().map(|one| one.join().unwrap()).collect();
        assert!(bodies.iter().all(|body| body == &bodies[0] && !body.is_empty()));
    });
    assert_eq!(show.world.asked("ben", "/a.jpg"), 1);
    show.world.home.daemon.take().unwrap().stop();
    show.world.home.start();
    assert_eq!(show.get("/a.jpg").status, 200);
    assert_eq!(show.world.asked("ben", "/a.jpg"), 1);
}
