//! The pages that posts answer or pass on, shown beside them: read like those of mentions, each asked
//! for once, by the daemon.

use crate::home::{wait_for, wait_until};
use crate::pages::Browser;
use crate::peer::Reply;
use crate::world::World;

/// Ben's feed, a page of posts that do something with other pages: property and address.
fn publish(world: &World, posts: &[(&str, &str)]) {
    let post = |(nth, (property, url)): (usize, &(&str, &str))| {
        format!(
            "<article class=h-entry><a class=u-url href=/{nth}>#</a>\
             <time class=dt-published datetime=\"{}\">then</time>\
             <a class={property} href=\"{url}\">that</a><p class=e-content>Post {nth}.</p></article>",
            jiff::Timestamp::now()
        )
    };
    let posts: String = posts.iter().enumerate().map(post).collect();
    let page = format!("<!doctype html><title>Ben</title><div class=h-feed>{posts}</div>");
    world.put("ben", "/", Reply::html(&page));
}

fn follow_ben(world: &World) {
    let home = world.at("ben", "/");
    let row = format!("[[follow]]\nurl = \"{home}\"\nfeed = \"{home}\"\ntitle = \"Ben\"\n");
    world.home.site.write("data/following.toml", &row);
}

/// How often a page was asked for, and whether that failed: failures, and whether it is asked again.
fn state(world: &World, url: &str) -> Option<(i64, bool)> {
    let sql = "SELECT failures, due IS NOT NULL FROM cite WHERE url = ?1 AND fetched IS NOT NULL";
    world.home.database().query_row(sql, [url], |row| Ok((row.get(0)?, row.get(1)?))).ok()
}

/// The timeline, once it says something.
fn timeline(browser: &mut Browser<'_>, words: &str) -> String {
    wait_for(words, || Some(browser.get("/reader").text()).filter(|page| page.contains(words)))
}

#[test]
fn a_post_is_shown_with_what_it_answers() {
    let world = World::new();
    let (note, cat) = (world.at("cleo", "/note"), world.at("cleo", "/cat.jpg"));
    let face = world.at("cleo", "/face.jpg");
    world.put(
        "cleo",
        "/note",
        Reply::html(&format!(
            "<article class=h-entry><a class=u-url href=/note></a>\
             <div class='p-author h-card'><img class=u-photo src={face}>\
             <a class='p-name u-url' href=/>Cleo of the hill</a></div>\
             <time class=dt-published datetime=2024-05-01T10:00:00Z></time>\
             <div class=e-content><p>The <em>swifts</em> are back.</div>\
             <img class=u-photo src={cat} alt='A cat'></article>"
        )),
    );
    publish(&world, &[("u-in-reply-to", &note)]);
    let mut browser = Browser::owner(&world.home);
    follow_ben(&world);
    let page = timeline(&mut browser, "Cleo of the hill");
    let cite = page.split("<blockquote").nth(1).unwrap().split("</blockquote>").next().unwrap();
    for part in [
        "u-in-reply-to h-cite",
        "<p>The <em>swifts</em> are back.</p>",
        "datetime=\"2024-05-01T10:00:00",
        "alt=\"A cat\"",
        &format!("href=\"{note}\""),
    ] {
        assert!(cite.contains(part), "{part}\n{cite}");
    }
    assert!(!cite.contains(&cat) && !cite.contains(&face), "pictures come by the daemon: {cite}");
    assert_eq!(world.asked("cleo", "/note"), 1);
    let asked = world.peer.asked();
    let asked = asked.iter().find(|asked| asked.path == "/note").unwrap();
    assert!(asked.header("user-agent").unwrap().contains("(reply context; +http"));
    assert_eq!((asked.header("cookie"), asked.header("referer")), (None, None));
    // And on the page of the post.
    let path = page.split("href=\"/reader/item/").nth(1).unwrap().split('"').next().unwrap();
    assert!(browser.get(&format!("/reader/item/{path}")).text().contains("Cleo of the hill"));
}

#[test]
fn a_page_without_microformats_is_shown_by_its_head() {
    let world = World::new();
    let (plain, long) = (world.at("cleo", "/plain"), world.at("dan", "/long"));
    world.put(
        "cleo",
        "/plain",
        Reply::html(
            "<title>Ferries | The Paper</title><meta property=og:title content='The last ferry'>\
             <meta property=og:site_name content='The Paper'>\
             <meta name=description content='It leaves at ten past two.'>\
             <meta property=og:image content=/logo.png>",
        ),
    );
    let words = "word ".repeat(5_000);
    let html = format!("<article class=h-entry><p class=e-content>{words}</p></article>");
    world.put("dan", "/long", Reply::html(&html));
    publish(&world, &[("u-bookmark-of", &plain), ("u-repost-of", &long)]);
    let mut browser = Browser::owner(&world.home);
    follow_ben(&world);
    let page = timeline(&mut browser, "The last ferry");
    assert!(page.contains("The Paper") && page.contains("It leaves at ten past two."));
    assert!(!page.contains("/logo.png") && page.contains("u-bookmark-of h-cite"));
    let page = timeline(&mut browser, "word word word");
    assert_eq!(page.matches("word ").count(), 49, "fifty words are enough");
}

#[test]
fn a_hostile_page_is_clean_and_harms_no_other() {
    let world = World::new();
    let (evil, calm) = (world.at("eve", "/"), world.at("cleo", "/calm"));
    world.put(
        "eve",
        "/",
        Reply::html(
            "<article class=h-entry><div class='p-author h-card'>\
             <a class='u-url p-name' href='javascript:alert(1)'>Eve\u{202e}</a>\
             <img class=u-photo src='data:image/svg+xml,x'></div>\
             <h1 class=p-name>&lt;script&gt;alert(2)&lt;/script&gt;</h1>\
             <div class=e-content><script>alert(3)</script><p onclick=x()>Words of Eve.</p>\
             <iframe src=https://eve.example></iframe><form action=/logout><button>x</button></form>\
             <style>*{display:none}</style></div></article>",
        ),
    );
    let deep = format!("{}deep", "<div class=h-entry><b>".repeat(100_000));
    world.put("eve", "/deep", Reply::html(&deep));
    world.put("eve", "/large", Reply::html(&"<p>x".repeat(2_000_000)));
    world.put("eve", "/slow", Reply::html("<p>").hanging());
    world.put("cleo", "/calm", Reply::html("<title>A calm page</title>"));
    let more: Vec<String> =
        ["/slow", "/deep", "/large", "/nowhere"].map(|path| world.at("eve", path)).into();
    let mut posts: Vec<(&str, &str)> =
        more.iter().map(|url| ("u-in-reply-to", url.as_str())).collect();
    posts.extend([("u-in-reply-to", evil.as_str()), ("u-like-of", calm.as_str())]);
    publish(&world, &posts);
    let mut browser = Browser::owner(&world.home);
    follow_ben(&world);
    timeline(&mut browser, "A calm page");
    let page = timeline(&mut browser, "Words of Eve.");
    let after = page.split("Words of Eve.").next().unwrap();
    let cite = after.rsplit("<blockquote").next().unwrap();
    assert!(cite.contains("Eve") && cite.contains("&lt;script&gt;alert(2)"), "{cite}");
    for bad in
        ["javascript:", "<script>a", "onclick", "<iframe", "<style", "\u{202e}", "data:image"]
    {
        assert!(!page.contains(bad), "{bad}");
    }
    // What is not there is asked for again, later.
    for (url, times) in more.iter().zip([Some((1, true)), None, None, Some((1, true))]) {
        let state = wait_for(url, || state(&world, url));
        assert!(times.is_none_or(|times| times == state), "{url}: {state:?}");
    }
    wait_until("all pages were asked for", || {
        ["/", "/slow", "/deep", "/large", "/nowhere"]
            .iter()
            .all(|path| world.asked("eve", path) == 1)
    });
}

#[test]
fn nothing_is_asked_of_those_who_are_blocked_or_of_what_is_here() {
    let world = World::new();
    let (blocked, calm) = (world.at("mallory", "/1"), world.at("cleo", "/calm"));
    let known = world.at("ben", "/1");
    world.put("cleo", "/calm", Reply::html("<title>A calm page</title>"));
    world.put("mallory", "/1", Reply::html("<title>Noise</title>"));
    let row = "[[block]]\ndomain = \"mallory.localhost\"\n";
    world.home.site.write("data/moderation.toml", row);
    publish(
        &world,
        &[("u-in-reply-to", &known), ("u-in-reply-to", &blocked), ("u-like-of", &calm)],
    );
    let mut browser = Browser::owner(&world.home);
    follow_ben(&world);
    timeline(&mut browser, "A calm page");
    wait_until("the page of Mallory is given up", || state(&world, &blocked) == Some((0, false)));
    assert_eq!(world.asked("mallory", "/1"), 0);
    assert_eq!(world.asked("ben", "/1"), 0, "it stands in the timeline itself");
}
