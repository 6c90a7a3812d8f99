//! What is done with the page of a mention: fetched, searched, read, filed (WM-V-01 to 22).

use std::time::{Duration, SystemTime};

use image::{ImageFormat, RgbImage};

use crate::home::{Home, wait_until};
use crate::peer::Reply;
use crate::world::{World, card};

/// Whether it was found to mention the note.
fn mentions(state: &str) -> bool {
    matches!(state, "held" | "published")
}

/// Ana publishes what strangers say.
const OPEN: &str = "[moderation]\nstrangers = \"publish\"\n";

#[test]
fn wm_v_01_the_source_is_asked_for_html_by_a_program_with_a_name() {
    let world = World::new();
    world.html("/a", &format!("<a href=\"{}\">x</a>", world.target()));
    let asked = world.peer.asked();
    let first = &asked[0];
    assert_eq!(first.method, "GET");
    let accept = first.header("accept").unwrap();
    let places = ["text/html", "application/mf2+json", "application/json", "text/plain"]
        .map(|kind| accept.find(kind).unwrap());
    assert!(places.is_sorted(), "{accept}");
    let agent = first.header("user-agent").unwrap();
    assert!(agent.starts_with("Lanai/") && agent.contains("Webmention"), "{agent}");
    assert!(agent.contains(&world.home.url("")), "{agent}");
    for private in ["cookie", "authorization", "referer"] {
        assert_eq!(first.header(private), None);
    }
}

#[test]
fn wm_v_02_ten_redirects_are_followed_and_no_more() {
    let world = World::new();
    world.put("ben", "/0", Reply::html(&format!("<a href=\"{}\">x</a>", world.target())));
    for hop in 1..=11 {
        let to = format!("/{}", hop - 1);
        world.put(
            "ben",
            &format!("/{hop}"),
            Reply::redirect([301, 302, 303, 307, 308][hop % 5], &to),
        );
    }
    assert_eq!(world.take("ben", "/10").state, "held");
    let row = world.take("ben", "/11");
    assert_eq!(row.state, "failed", "{}", row.words);
    world.put("ben", "/loop", Reply::redirect(302, "/pool"));
    world.put("ben", "/pool", Reply::redirect(302, "/loop"));
    assert_eq!(world.take("ben", "/loop").state, "failed");
}

#[test]
fn wm_v_03_a_link_counts_in_the_first_mebibyte() {
    let world = World::new();
    let link = format!("<a href=\"{}\">x</a>", world.target());
    let long = "x".repeat(1024 * 1024);
    assert_eq!(world.html("/early", &format!("<p>{link}{long}")).state, "held");
    let row = world.html("/late", &format!("<p>{long}{link}"));
    assert_eq!(row.state, "failed");
    assert!(row.words.contains("MiB"), "{}", row.words);
}

#[test]
fn wm_v_04_and_05_a_mention_stands_in_a_real_element() {
    let world = World::new();
    let target = world.target();
    let yes = [
        "<a href='T'>x</a>",
        "<map><area href='T'></map>",
        "<img src='T'>",
        "<video src='T'></video>",
        "<video poster='T'></video>",
        "<audio src='T'></audio>",
        "<audio><source src='T'></audio>",
        "<blockquote cite='T'>x</blockquote>",
        "<q cite='T'>x</q>",
        "<div class=h-entry><data class=u-like-of value='T'></data></div>",
        "<div class=h-entry><link class=u-in-reply-to href='T'></div>",
        "<div class=h-entry><object class=u-video data='T'></object></div>",
        "<div class=h-entry><span class=u-repost-of>T</span></div>",
    ];
    for (number, html) in yes.iter().enumerate() {
        let row = world.html(&format!("/yes{number}"), &html.replace('T', &target));
        assert!(mentions(&row.state), "{html}: {}", row.words);
    }
    let no = [
        "<p>T</p>",
        "<!-- <a href='T'>x</a> -->",
        "<script>var a = \"<a href='T'>x</a>\"</script>",
        "<template><a href='T'>x</a></template>",
        "<pre>&lt;a href='T'>x&lt;/a></pre>",
        "<textarea><a href='T'>x</a></textarea>",
        "<p title='T' data-href='T'>x</p>",
        "<b href='T'>x</b>",
        "<link href='T'>",
    ];
    for (number, html) in no.iter().enumerate() {
        let row = world.html(&format!("/no{number}"), &html.replace('T', &target));
        assert_eq!(row.state, "failed", "{html}: {}", row.words);
        assert!(row.words.contains("does not link"), "{}", row.words);
    }
}

#[test]
fn wm_v_06_the_link_is_the_target_and_no_other() {
    let world = World::new();
    let target = world.target();
    let port = world.home.port;
    let yes = [
        format!("<base href='http://ana.localhost:{port}/notes/'><a href='one/'>x</a>"),
        format!("<a href='//ana.localhost:{port}/notes/one/'>x</a>"),
        format!("<a href=' http://ANA.localhost:{port}/notes/./one/ '>x</a>"),
        format!("<a href='{}'>x</a>", target.replace('/', "&#47;")),
    ];
    for (number, html) in yes.iter().enumerate() {
        let row = world.html(&format!("/yes{number}"), html);
        assert!(mentions(&row.state), "{html}: {}", row.words);
    }
    let no = [
        target.replace("http:", "https:"),
        target.trim_end_matches('/').to_owned(),
        format!("{target}?x=1"),
        format!("{target}#x"),
        target.replace("one", "One"),
        format!("http://www.ana.localhost:{port}/notes/one/"),
        "/notes/one/".to_owned(),
    ];
    for (number, link) in no.iter().enumerate() {
        let row = world.html(&format!("/no{number}"), &format!("<a href='{link}'>x</a>"));
        assert_eq!(row.state, "failed", "{link}");
    }
    // The entities of a query are what they stand for.
    let query = format!("{target}?a=1&b=2#c");
    let source = world.at("ben", "/query");
    let html = format!("<a href='{}'>x</a>", query.replace('&', "&amp;"));
    world.put("ben", "/query", Reply::html(&html));
    world.home.mention(&source, &query);
    assert_eq!(world.home.settled(&source).state, "held");
}

#[test]
fn wm_v_07_to_09_json_text_and_what_is_neither() {
    let world = World::new();
    let target = world.target();
    let page = |path: &str, kind: &str, body: String| {
        let reply = Reply::status(200).body(body);
        let reply = if kind.is_empty() { reply } else { reply.header("Content-Type", kind) };
        world.put("ben", path, reply);
        world.take("ben", path)
    };
    let yes = [
        ("application/json", format!("{{\"a\": [1, {{\"b\": \"{target}\"}}]}}")),
        ("application/mf2+json", format!("{{\"items\": [\"{target}\"]}}")),
        (
            "application/feed+json",
            format!("{{\"content_html\": \"<p><a href='{target}'>x</a></p>\"}}"),
        ),
        ("text/plain", format!("I read {target} today")),
        ("text/plain; charset=utf-8", target.clone()),
        ("", format!("<!doctype html><a href='{target}'>x</a>")),
        ("application/xhtml+xml", format!("<html><a href='{target}'>x</a></html>")),
    ];
    for (number, (kind, body)) in yes.into_iter().enumerate() {
        let row = page(&format!("/yes{number}"), kind, body.clone());
        assert!(mentions(&row.state), "{kind} {body}: {}", row.words);
    }
    let no = [
        ("application/json", format!("{{\"a\": \"see {target}\"}}")),
        ("application/json", format!("{{\"{target}\": 1}}")),
        ("application/json", format!("broken {target}")),
        ("text/plain", format!("I read {target}more today")),
        ("application/pdf", target.clone()),
        ("image/png", target.clone()),
        ("", format!("{target} is not a page")),
        ("application/zip", format!("<a href='{target}'>x</a>")),
    ];
    for (number, (kind, body)) in no.into_iter().enumerate() {
        let row = page(&format!("/no{number}"), kind, body.clone());
        assert_eq!(row.state, "failed", "{kind} {body}");
        if kind.contains("pdf") || kind.contains("zip") {
            assert!(row.words.contains("type"), "{}", row.words);
        }
    }
}

#[test]
fn wm_v_10_and_11_what_the_answer_of_the_source_means() {
    let world = World::with(OPEN);
    let status = |path: &str, status: u16| {
        world.put("ben", path, Reply::status(status));
        world.take("ben", path)
    };
    for (code, state) in [(404, "failed"), (410, "deleted"), (401, "failed"), (403, "failed")] {
        let row = status(&format!("/new{code}"), code);
        assert_eq!((&*row.state, row.words.is_empty()), (state, false), "{code}");
    }
    // One that is down is asked again: nothing is decided yet.
    let row = status("/down", 503);
    assert_eq!(row.state, "waiting");
    assert!(row.words.contains("asked again"), "{}", row.words);

    // Those that are known.
    for path in ["/gone", "/meta", "/lost", "/denied", "/ill", "/silent"] {
        let row = world.reply("ben", path, &format!("A reply at {path}."));
        assert_eq!(row.state, "published", "{}", row.words);
    }
    assert_eq!(status("/gone", 410).state, "deleted");
    let tombstone = "<meta HTTP-EQUIV='Status' content='410 Gone'><p>Deleted";
    assert_eq!(world.html("/meta", tombstone).state, "deleted");
    assert_eq!(status("/lost", 404).state, "missing");
    assert_eq!(status("/denied", 403).state, "published");
    assert_eq!(status("/ill", 500).state, "published");
    assert_eq!(world.html("/silent", "<p>Nothing here.").state, "deleted");
    let shown = ["/gone", "/meta", "/lost", "/denied", "/ill", "/silent"]
        .map(|path| world.file("ben", path).is_some());
    assert_eq!(shown, [false, false, false, true, true, false]);
    world.home.shows("A reply at /ill.");
    world.home.hides("A reply at /lost.");

    // What comes back is shown again.
    assert_eq!(world.reply("ben", "/lost", "A reply at /lost.").state, "published");
    assert_eq!(world.reply("ben", "/gone", "A reply at /gone.").state, "published");
    world.put("ben", "/down", Reply::html(&format!("<a href='{}'>x</a>", world.target())));
    assert_eq!(world.take("ben", "/down").state, "published");
    world.home.shows("A reply at /gone.");
}

#[test]
fn wm_v_12_a_mention_is_updated_and_never_doubled() {
    let world = World::with(OPEN);
    let first = world.reply("ben", "/a", "The first words.");
    world.home.shows("The first words.");
    let path = world.home.mention_files()[0].clone();
    let (bytes, time) = (std::fs::read(&path).unwrap(), modified(&path));
    let again = world.take("ben", "/a");
    assert_eq!((again.received, &again.key), (first.received, &first.key));
    assert!(again.checked > first.checked);
    assert_eq!((std::fs::read(&path).unwrap(), modified(&path)), (bytes, time));

    let author = card("Benedict", &world.at("ben", "/"));
    let html = world.entry("u-like-of", &author, "Other words.");
    assert_eq!(world.html("/a", &html).received, first.received);
    let file = world.file("ben", "/a").unwrap();
    assert_eq!(file["wm-property"], "like-of");
    assert_eq!(file["author"]["name"], "Benedict");
    assert_eq!(file["content"]["html"], "Other words.");
    assert_eq!(world.home.mention_files().len(), 1);
    assert_eq!(world.home.count("SELECT count(*) FROM mention"), 1);
    world.home.hides("The first words.");
}

fn modified(path: &std::path::Path) -> SystemTime {
    std::fs::metadata(path).unwrap().modified().unwrap()
}

#[test]
fn wm_v_13_and_14_the_post_is_the_one_that_the_page_is_about() {
    let world = World::with(OPEN);
    let (target, own) = (world.target(), world.at("ben", "/post"));
    let post = |url: &str, id: &str, text: &str| {
        format!(
            "<div class=h-entry id={id}><a class=u-url href='{url}'></a>\
             <a class=u-in-reply-to href='{target}'></a><p class=e-content>{text}</p></div>"
        )
    };
    let both = post(&world.at("ben", "/other"), "x", "Other") + &post(&own, "y", "Mine");
    let text = |path: &str| world.file("ben", path).unwrap()["content"]["html"].clone();
    world.html("/post", &both);
    assert_eq!(text("/post"), "Mine");
    // The fragment of a source is no other page.
    world.put("ben", "/list", Reply::html(&both));
    let source = world.at("ben", "/list#y");
    world.home.mention(&source, &target);
    world.home.settled(&source);
    assert_eq!(text("/list#y"), "Mine");
    // A redirected source is about where it leads.
    world.put("ben", "/short", Reply::redirect(301, "/post"));
    world.take("ben", "/short");
    assert_eq!(text("/short"), "Mine");
    world.html("/plain", &format!("<title>A title</title><a href='{target}'>x</a>"));
    let plain = world.file("ben", "/plain").unwrap();
    assert_eq!((&plain["name"], &plain["wm-property"]), (&"A title".into(), &"mention-of".into()));
}

#[test]
fn wm_v_15_what_kind_of_response_it_is() {
    let world = World::with(OPEN);
    let author = card("Ben", &world.at("ben", "/"));
    let kinds = ["in-reply-to", "like-of", "repost-of", "bookmark-of", "mention-of"];
    for kind in kinds {
        let class = if kind == "mention-of" { "u-x".to_owned() } else { format!("u-{kind}") };
        let row = world.html(&format!("/{kind}"), &world.entry(&class, &author, kind));
        assert_eq!(row.state, "published", "{}", row.words);
        assert_eq!(world.file("ben", &format!("/{kind}")).unwrap()["wm-property"], kind);
    }
    let rsvp = world.entry("u-in-reply-to", &author, "<data class=p-rsvp value=YES>I come</data>");
    let rsvp = rsvp.replace("class=\"e-content\"", "class=\"x\"");
    world.html("/rsvp", &rsvp);
    let file = world.file("ben", "/rsvp").unwrap();
    assert_eq!((&file["wm-property"], &file["rsvp"]), (&"rsvp".into(), &"yes".into()));
    // A like of another page that links this one is a mention.
    let other = format!(
        "<div class=h-entry><a class=u-like-of href='http://c.example/'></a><p class=e-content>\
         <a href='{}'>x</a></p></div>",
        world.target()
    );
    world.html("/other", &other);
    assert_eq!(world.file("ben", "/other").unwrap()["wm-property"], "mention-of");
    world.reply("eve", "/emoji", "🎉");
    world.home.shows("🎉");
}

#[test]
fn wm_v_16_who_wrote_it_and_whether_that_is_proven() {
    let world = World::with(OPEN);
    let author = |host: &str, path: &str| world.file(host, path).unwrap()["author"].clone();
    // By a card on the post, at its own host.
    world.reply("ben", "/card", "Hello there.");
    let ben = author("ben", "/card");
    assert_eq!((&ben["name"], &ben["url"]), (&"ben".into(), &world.at("ben", "/").into()));
    assert_eq!(ben["verified"], true);

    // By a page of the author's.
    let me = world.at("ben", "/me");
    world.put(
        "ben",
        "/me",
        Reply::html(
            "<div class=h-card><a class='p-name u-url u-uid' href='/me'>Ben himself</a></div>",
        ),
    );
    let by_page = world.entry("u-in-reply-to", "", "By a page.");
    world.html("/page", &format!("<link rel=author href='{me}'>{by_page}"));
    let found = author("ben", "/page");
    assert_eq!((&found["name"], &found["url"]), (&"Ben himself".into(), &me.clone().into()));
    assert_eq!(found["verified"], true);

    // Somebody at another host: only if both say so.
    let (carl, post) = (world.at("carl", "/"), world.at("blog", "/"));
    let says = |own: &str| {
        let html = world.entry("u-in-reply-to", &card("Carl", &carl), "I am Carl.");
        format!("{own}{html}")
    };
    world.put("carl", "/", Reply::html("<p>Carl's home."));
    world.put("blog", "/claim", Reply::html(&says("")));
    world.take("blog", "/claim");
    assert_eq!(author("blog", "/claim")["verified"], false);
    let one_way = says(&format!("<link rel=me href='{carl}'>"));
    world.put("blog", "/one", Reply::html(&one_way));
    world.take("blog", "/one");
    assert_eq!(author("blog", "/one")["verified"], false);
    world.put("carl", "/", Reply::html(&format!("<a rel=me href='{post}'>My blog</a>")));
    world.take("blog", "/claim");
    assert_eq!(author("blog", "/claim")["verified"], false);
    world.take("blog", "/one");
    assert_eq!(author("blog", "/one")["verified"], true);
}

#[test]
fn wm_v_17_what_others_wrote_is_harmless() {
    let world = World::with(OPEN);
    let text = "<p onclick=x() class=a id=b style='color:red'>Good <b>words</b><script>evil()</script>\
                <style>evil</style><iframe src='http://e.example/'></iframe><form>f</form>\
                <a href='javascript:evil()'>one</a> <a href='http://d.example/'>two</a>\
                <img src='http://e.example/spy.png' onerror=evil()></p>";
    world.reply("ben", "/a", text);
    world.home.shows("<b>words</b>");
    let file = world.file("ben", "/a").unwrap()["content"]["html"].as_str().unwrap().to_owned();
    let page = world.home.page("/notes/one/");
    for bad in ["onclick", "evil", "<iframe src=\"http://e", "javascript:", "spy.png", "color:red"]
    {
        assert!(!file.contains(bad) && !page.contains(bad), "{bad}: {file}");
    }
    let links: Vec<&str> = page.split("<a ").filter(|a| a.contains("d.example")).collect();
    assert!(!links.is_empty() && links.iter().all(|a| a.contains("nofollow ugc")), "{links:?}");
    // A name is text.
    let author = card("&lt;script&gt;evil()&lt;/script&gt;", &world.at("eve", "/"));
    world.put("eve", "/a", Reply::html(&world.entry("u-in-reply-to", &author, "Hi from Eve.")));
    world.take("eve", "/a");
    world.home.shows("Hi from Eve.");
    assert!(!world.home.page("/notes/one/").contains("<script>evil"));
}

fn png(side: u32) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    let picture = RgbImage::from_fn(side, side / 2, |x, y| image::Rgb([x as u8, y as u8, 90]));
    picture.write_to(&mut bytes, ImageFormat::Png).unwrap();
    bytes.into_inner()
}

#[test]
fn wm_v_18_faces_are_small_and_at_home_or_not_there() {
    let world = World::with(OPEN);
    let with_face = |host: &str, path: &str, reply: Reply| {
        world.put(host, "/face", reply);
        let (home, face) = (world.at(host, "/"), world.at(host, "/face"));
        let author = format!(
            "<div class='p-author h-card'><a class='p-name u-url' href='{home}'>{host}</a>\
             <img class=u-photo src='{face}' alt=''></div>"
        );
        let text = format!("Words of {host}.");
        world.put(host, path, Reply::html(&world.entry("u-in-reply-to", &author, &text)));
        let row = world.take(host, path);
        assert_eq!(row.state, "published", "{}", row.words);
        world.file(host, path).unwrap()["author"]["photo"].clone()
    };
    let original = png(640);
    let image = Reply::status(200).header("Content-Type", "image/png").body(original.clone());
    let photo = with_face("ben", "/a", image);
    let name = photo.as_str().unwrap();
    assert!(name.starts_with("avatars/face-") && name.ends_with(".png"), "{name}");
    let small = std::fs::read(world.home.site.path("data").join(name)).unwrap();
    let decoded = image::load_from_memory(&small).unwrap();
    assert_eq!((decoded.width(), decoded.height()), (96, 96));
    assert_ne!(small, original);
    world.home.shows("Words of ben.");
    wait_until("the face is shown", || {
        world.home.page("/notes/one/").contains(name.rsplit('/').next().unwrap())
    });
    let page = world.home.page("/notes/one/");
    assert!(!page.contains(&format!("src=\"{}", world.at("ben", "/face"))));

    assert!(with_face("eve", "/a", Reply::html("<p>no face")).is_null());
    let huge = [png(64), vec![0; 6 * 1024 * 1024]].concat();
    let huge = Reply::status(200).header("Content-Type", "image/png").body(huge);
    assert!(with_face("fay", "/a", huge).is_null());
    assert!(with_face("gil", "/a", Reply::status(404)).is_null());
}

#[test]
fn a_face_stays_while_its_host_is_away_and_through_a_block() {
    let world = World::with(OPEN);
    let image = || Reply::status(200).header("Content-Type", "image/png").body(png(200));
    world.put("ben", "/face", image());
    let (home, face) = (world.at("ben", "/"), world.at("ben", "/face"));
    let author = format!(
        "<div class='p-author h-card'><a class='p-name u-url' href='{home}'>Ben</a>\
         <img class=u-photo src='{face}' alt=''></div>"
    );
    let row = world.html("/a", &world.entry("u-in-reply-to", &author, "Hello."));
    assert_eq!(row.state, "published");
    let photo = || world.file("ben", "/a").unwrap()["author"]["photo"].clone();
    let first = photo();
    assert!(first.is_string());
    world.put("ben", "/face", Reply::status(503));
    world.take("ben", "/a");
    assert_eq!(photo(), first);
    world.home.mentions(&["block", "ben.localhost"]);
    assert!(world.file("ben", "/a").is_none());
    world.home.mentions(&["unblock", "ben.localhost"]);
    assert_eq!(photo(), first);
    world.put("ben", "/face", Reply::status(404));
    world.take("ben", "/a");
    assert!(photo().is_null());
}

#[test]
fn wm_v_18_photos_of_a_response_are_kept_small_and_shown() {
    let world = World::with(OPEN);
    let image = Reply::status(200).header("Content-Type", "image/png").body(png(1600));
    world.put("ben", "/boat", image);
    world.put("ben", "/none", Reply::status(404));
    let (boat, none) = (world.at("ben", "/boat"), world.at("ben", "/none"));
    let text = format!(
        "Hello.</p><img class=u-photo src='{boat}' alt='A \"boat\" &amp; oars'><img class=u-photo src='{none}' alt=''><p>"
    );
    let row = world.html("/a", &world.entry("u-in-reply-to", "", &text));
    assert_eq!(row.state, "published", "{}", row.words);
    let photos = world.file("ben", "/a").unwrap()["photo"].clone();
    assert_eq!(photos.as_array().unwrap().len(), 1, "{photos}");
    let name = photos[0]["value"].as_str().unwrap();
    assert!(name.starts_with("avatars/photo-") && name.ends_with(".webp"), "{name}");
    let small = world.home.site.path("data").join(name);
    let decoded = image::load_from_memory(&std::fs::read(&small).unwrap()).unwrap();
    assert_eq!((decoded.width(), decoded.height()), (800, 400));
    wait_until("the photo is shown", || {
        let page = world.home.page("/notes/one/");
        page.contains(&format!("/{name}")) && page.contains("A &quot;boat&quot; &amp; oars")
    });
    assert!(!world.home.page("/notes/one/").contains(&boat));
    // Who is forgotten leaves nothing behind.
    world.home.mentions(&["forget", "ben.localhost"]);
    assert!(!small.exists());
}

#[test]
fn a_copy_of_an_own_post_that_comes_back_is_no_response() {
    let world = World::with(OPEN);
    let copy = world.at("social", "/@ana/1");
    let post = format!("---\npublished: 2026-05-01\nsyndication: [\"{copy}\"]\n---\nTold twice.\n");
    world.home.site.write("content/notes/twice.md", &post);
    // From the table of pages, which is there after the page.
    wait_until("the post", || {
        let mention =
            [("source", "http://carl.localhost:1/"), ("target", &*world.home.url("/notes/twice/"))];
        world.home.send(&mention).status == 201
    });
    // The copy itself, and a bridge that speaks for it.
    let target = world.target();
    let html =
        format!("<div class=h-entry><p class=e-content>Told. <a href='{target}'>x</a></p></div>");
    world.put("social", "/@ana/1", Reply::html(&html));
    let row = world.take("social", "/@ana/1");
    assert!(row.words.contains("a copy of a page of this site"), "{}", row.words);
    let html = format!(
        "<div class=h-entry><a class=u-url href='{copy}/'></a><p class=e-content>Told. <a href='{target}'>x</a></p></div>"
    );
    world.put("bridge", "/1", Reply::html(&html));
    let row = world.take("bridge", "/1");
    assert!(row.words.contains("a copy of a page of this site"), "{}", row.words);
    assert_eq!(world.home.mention_files(), Vec::<std::path::PathBuf>::new());
    world.put(
        "social",
        "/@ben/1",
        Reply::html(&html.replace(&copy, &world.at("social", "/@ben/1"))),
    );
    assert_eq!(world.take("social", "/@ben/1").state, "published");
    // The only link leads to the page that it is about: that is no address of the entry.
    let html = format!("<div class=h-entry>Read <a href='{target}'>this</a>!</div>");
    world.put("ben", "/short", Reply::html(&html));
    assert_eq!(world.take("ben", "/short").state, "published");
    // A bridge tells of a like of the copy.
    let html = format!(
        "<div class=h-entry><a class=u-url href='{copy}#liked-by-7'></a><a class=u-like-of href='{target}'></a></div>"
    );
    world.put("bridge", "/2", Reply::html(&html));
    assert_eq!(world.take("bridge", "/2").state, "published");
}

#[test]
fn wm_v_10_a_page_that_is_missing_is_not_gone_because_its_host_is_away() {
    let world = World::with(OPEN);
    world.reply("ben", "/a", "Hello.");
    for (status, state) in [(404, "missing"), (503, "missing"), (500, "missing"), (404, "missing")]
    {
        world.put("ben", "/a", Reply::status(status));
        assert_eq!(world.take("ben", "/a").state, state, "{status}");
    }
    // The third time that nothing is there it counts as deleted.
    assert_eq!(world.take("ben", "/a").state, "deleted");
    assert_eq!(world.reply("ben", "/a", "Hello.").state, "published");
}

#[test]
fn wm_r_09_a_mention_moves_along_with_its_page() {
    let world = World::with(OPEN);
    world.reply("ben", "/a", "Hello.");
    world.home.shows("Hello.");
    let moved = world.home.lanai(&["mv", "content/notes/one.md", "content/notes/uno.md"]);
    assert!(moved.status.success());
    wait_until("the new page", || world.home.page("/notes/uno/").contains("Hello."));
    wait_until("the old address", || world.home.get("/notes/one/").status == 301);
    let row = world.take("ben", "/a");
    assert_eq!((&*row.state, &*row.page), ("published", "/notes/uno/"));
    assert_eq!(world.home.mention_files().len(), 1);
    let path = world.home.mention_files()[0].clone();
    assert!(path.to_string_lossy().contains("notes/uno/"), "{path:?}");
    let time = modified(&path);
    world.take("ben", "/a");
    assert_eq!(modified(&path), time);
    world.put("ben", "/a", Reply::status(410));
    world.take("ben", "/a");
    assert!(world.home.mention_files().is_empty());
}

#[test]
fn wm_n_07_a_slow_host_does_not_hold_up_others() {
    let world = World::with(OPEN);
    for number in 0..5 {
        let path = format!("/{number}");
        world.put("slow", &path, Reply::html("").hanging());
        world.home.mention(&world.at("slow", &path), &world.target());
    }
    wait_until("the slow one is asked", || world.asked("slow", "/0") == 1);
    world.write("ben", "/a", "I am quick.");
    world.home.mention(&world.at("ben", "/a"), &world.target());
    world.home.shows("I am quick.");
    // Two at a time: the last of the slow host has not been asked yet.
    assert_eq!(world.asked("slow", "/4"), 0);
    assert_eq!(world.home.row(&world.at("slow", "/0")).unwrap().state, "waiting");
}

#[test]
fn wm_v_20_and_n_01_nobody_makes_the_daemon_ask_inside() {
    let mut home = Home::quiet("ana", "");
    let config = std::fs::read_to_string(home.site.path("lanai.toml")).unwrap();
    home.site.write("lanai.toml", &config.replace("allow = [\"127.0.0.0/8\"]", ""));
    home.start();
    let world = World::of(home);
    let link = format!("<a href='{}'>x</a>", world.target());
    world.put("ben", "/a", Reply::html(&link));
    let direct = format!("http://127.0.0.1:{}/a", world.peer.port());
    for source in [world.at("ben", "/a"), direct, format!("http://[::1]:{}/", world.peer.port())] {
        let row = world.home.take(&source);
        assert_eq!(row.state, "failed");
        assert!(row.words.contains("not one that is asked"), "{}", row.words);
    }
    assert!(world.peer.asked().is_empty());
}

#[test]
fn wm_v_21_a_page_is_looked_at_again_in_a_month() {
    let world = World::with(OPEN);
    world.reply("ben", "/a", "Hello.");
    let due = world.home.count("SELECT due - (unixepoch() * 1000) FROM job WHERE kind = 'verify'");
    let days = Duration::from_millis(due.unsigned_abs()).as_secs() / 86_400;
    assert!((29..=35).contains(&days), "{days}");
}

#[test]
fn wm_v_22_the_files_are_all_that_the_pages_need() {
    let mut world = World::with(OPEN);
    world.reply("ben", "/a", "Hello.");
    world.reply("eve", "/a", "Hi.");
    world.home.shows("Hi.");
    world.home.shows("Hello.");
    wait_until("the end of work", || world.home.is_idle());
    world.home.daemon.take().unwrap().stop();
    let page = world.home.page("/notes/one/");
    std::fs::remove_dir_all(world.home.site.path("public")).unwrap();
    std::fs::remove_dir_all(world.home.site.path(".lanai")).unwrap();
    assert!(world.home.lanai(&["build"]).status.success());
    assert_eq!(world.home.page("/notes/one/"), page);
}
