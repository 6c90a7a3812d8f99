//! Who may appear, who decides, and what holds (WM-V-19, WM-O-03 to 07).

use crate::harness::texts;
use crate::home::{Home, Row, wait_until};
use crate::peer::Reply;
use crate::world::{World, card};

const OPEN: &str = "[moderation]\nstrangers = \"publish\"\n";

/// Whether something stands anywhere in the output, which may be built at the moment.
fn is_public(world: &World, words: &str) -> bool {
    let mut folders = vec![world.home.site.path("public")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if std::fs::read(path)
                .is_ok_and(|bytes| String::from_utf8_lossy(&bytes).contains(words))
            {
                return true;
            }
        }
    }
    false
}

/// A post by somebody whose home is a page of a host that others live at, too.
fn by(world: &World, host: &str, person: &str, path: &str, text: &str) -> Row {
    let home = world.at(host, &format!("/{person}/"));
    world.put(host, path, Reply::html(&world.entry("u-in-reply-to", &card(person, &home), text)));
    world.take(host, path)
}

#[test]
fn wm_v_19_a_stranger_waits_and_once_approved_passes() {
    let world = World::new();
    let row = by(&world, "blog", "carl", "/carl/1", "The first words of Carl.");
    assert_eq!(row.state, "held");
    assert!(world.home.mention_files().is_empty());
    let listed = world.home.mentions(&["list"]);
    assert!(listed.contains("The first words of Carl.") && listed.contains(&row.key[..8]));
    let shown = world.home.mentions(&["show", &row.key[..8]]);
    assert!(shown.contains("carl") && shown.contains("strangers wait"), "{shown}");
    wait_until("a build", || world.home.metric("builds") > 0);
    assert!(!is_public(&world, "The first words of Carl."));

    world.home.mentions(&["approve", &row.key[..8]]);
    world.home.shows("The first words of Carl.");
    assert_eq!(world.home.row(&world.at("blog", "/carl/1")).unwrap().state, "published");

    // Carl is known from now on, others at his host are not.
    let second = by(&world, "blog", "carl", "/carl/2", "Once more, Carl.");
    assert_eq!(second.state, "published", "{}", second.words);
    world.home.shows("Once more, Carl.");
    let other = by(&world, "blog", "dora", "/dora/1", "Dora is here.");
    assert_eq!(other.state, "held", "{}", other.words);
    // Nor is somebody elsewhere who only says that they are Carl.
    let carl = card("carl", &world.at("blog", "/carl/"));
    world.put("evil", "/1", Reply::html(&world.entry("u-in-reply-to", &carl, "I am Carl too.")));
    assert_eq!(world.take("evil", "/1").state, "held");
    assert!(!is_public(&world, "Dora is here.") && !is_public(&world, "I am Carl too."));

    // Other words of the same page are not what was approved, but Carl is known.
    let changed = by(&world, "blog", "carl", "/carl/1", "Changed words of Carl.");
    assert_eq!(changed.state, "published", "{}", changed.words);
}

#[test]
fn a_no_holds_however_often_it_is_sent() {
    let world = World::with(OPEN);
    let source = world.at("ben", "/a");
    assert_eq!(world.reply("ben", "/a", "Unwanted words.").state, "published");
    world.home.shows("Unwanted words.");
    world.home.mentions(&["reject", &source]);
    world.home.hides("Unwanted words.");
    assert_eq!(world.take("ben", "/a").state, "rejected");
    assert_eq!(world.reply("ben", "/a", "Unwanted, in other words.").state, "rejected");
    world.put("ben", "/a", Reply::status(410));
    assert_eq!(world.take("ben", "/a").state, "rejected");
    assert_eq!(world.reply("ben", "/a", "Unwanted words.").state, "rejected");
    assert!(world.home.mention_files().is_empty());
    world.home.mentions(&["undo", &source]);
    assert_eq!(world.home.row(&source).unwrap().state, "held");
    // Looked at again it is judged as if nothing had been said.
    assert_eq!(world.take("ben", "/a").state, "published");
}

#[test]
fn a_block_hides_what_was_published_and_can_be_tried_first() {
    let world = World::with(OPEN);
    world.reply("ben", "/a", "Words of Ben.");
    world.reply("sub.spam", "/a", "Words from below.");
    world.home.shows("Words of Ben.");
    world.home.shows("Words from below.");

    let tried = world.home.mentions(&["block", "spam.localhost", "--try"]);
    assert!(tried.contains("published → refused") && tried.contains("sub.spam"), "{tried}");
    assert!(!tried.contains("ben.localhost"), "{tried}");
    assert!(!world.home.site.path("data/private/moderation.toml").exists());
    assert_eq!(world.home.mention_files().len(), 2);
    assert_eq!(world.home.row(&world.at("sub.spam", "/a")).unwrap().state, "published");

    let said = world.home.mentions(&["block", "spam.localhost", "--reason", "noise"]);
    assert!(said.contains("changed their place: 1;"), "{said}");
    world.home.hides("Words from below.");
    assert_eq!(world.take("sub.spam", "/a").state, "refused");
    assert_eq!(world.reply("spam", "/b", "More of it.").state, "refused");
    let rules = world.home.mentions(&["rules"]);
    assert!(rules.contains("spam.localhost"), "{rules}");

    world.home.mentions(&["unblock", "spam.localhost"]);
    world.home.shows("Words from below.");
    assert_eq!(world.home.row(&world.at("sub.spam", "/a")).unwrap().state, "published");
}

#[test]
fn forgetting_leaves_nothing() {
    let world = World::with(OPEN);
    let mut face = std::io::Cursor::new(Vec::new());
    image::RgbImage::new(80, 80).write_to(&mut face, image::ImageFormat::Png).unwrap();
    let face = Reply::status(200).header("Content-Type", "image/png").body(face.into_inner());
    for host in ["ben", "eve"] {
        world.put(host, "/face", face.clone());
        let (home, photo) = (world.at(host, "/"), world.at(host, "/face"));
        let author = format!(
            "<div class='p-author h-card'><a class='p-name u-url' href='{home}'>{host}</a>\
             <img class=u-photo src='{photo}' alt=''></div>"
        );
        let text = format!("Words of {host}.");
        world.put(host, "/a", Reply::html(&world.entry("u-in-reply-to", &author, &text)));
        world.take(host, "/a");
    }
    let faces = || crate::harness::files(&world.home.site.path("data/avatars")).len();
    assert_eq!(faces(), 2);
    world.home.shows("Words of ben.");
    let said = world.home.mentions(&["forget", world.at("ben", "/").trim_end_matches('/')]);
    assert!(said.contains("forgotten"), "{said}");
    world.home.hides("Words of ben.");
    assert!(world.home.row(&world.at("ben", "/a")).is_none());
    assert!(world.file("ben", "/a").is_none() && world.file("eve", "/a").is_some());
    assert_eq!(faces(), 1);
    assert_eq!(world.home.count("SELECT count(DISTINCT key) FROM history"), 1);
    wait_until("nothing public", || !is_public(&world, "Words of ben."));
}

#[test]
fn on_bad_days_only_people_that_are_known_pass() {
    let world = World::with(OPEN);
    assert_eq!(world.reply("ben", "/a", "Before.").state, "published");
    world.home.mentions(&["approve", &world.at("ben", "/a")]);
    world.home.mentions(&["known-only", "on"]);
    let row = world.reply("eve", "/a", "Eve comes.");
    assert_eq!(row.state, "held");
    assert!(row.words.contains("people you know"), "{}", row.words);
    assert_eq!(world.reply("ben", "/b", "Ben again.").state, "published");
    world.home.mentions(&["known-only", "off"]);
    // Who only waited for that is let in.
    assert_eq!(world.home.row(&world.at("eve", "/a")).unwrap().state, "published");
    world.home.shows("Eve comes.");
    assert_eq!(world.reply("fay", "/a", "Fay comes.").state, "published");
}

#[test]
fn a_post_says_whose_replies_are_welcome() {
    let mut home = Home::quiet("ana", OPEN);
    home.post("one", "reply-policy = \"none\"", "No replies.");
    home.post("two", "reply-policy = \"known\"", "Only people I know.");
    home.start();
    let world = World::of(home);
    let refused = world.reply("ben", "/a", "But I want to.");
    assert_eq!(refused.state, "refused");
    assert!(refused.words.contains("closed"), "{}", refused.words);
    // A like without words harms nobody.
    let like = world.entry("u-like-of", &card("Ben", &world.at("ben", "/")), "");
    assert_eq!(world.html("/like", &like).state, "published");
    let second = world.home.url("/notes/two/");
    let html = world.entry("u-in-reply-to", &card("Eve", &world.at("eve", "/")), "Hi.");
    world.put("eve", "/a", Reply::html(&html.replace(&world.target(), &second)));
    world.home.mention(&world.at("eve", "/a"), &second);
    assert_eq!(world.home.settled(&world.at("eve", "/a")).state, "refused");
}

/// Ana follows somebody from now on.
fn follow(world: &World, host: &str) {
    let row = format!("[[follow]]\nurl = \"{}\"\n", world.at(host, "/"));
    let built = world.home.metric("builds");
    world.home.site.write("data/following.toml", &row);
    wait_until("a build", || world.home.metric("builds") > built);
}

#[test]
fn people_whom_the_owner_follows_are_published_at_once() {
    let world = World::new();
    assert_eq!(world.reply("ben", "/a", "Too early.").state, "held");
    follow(&world, "ben");
    let row = world.reply("ben", "/b", "A friend speaks.");
    assert_eq!((&*row.state, row.trust.as_deref()), ("published", Some("followed")));
    world.home.shows("A friend speaks.");
    assert_eq!(world.reply("eve", "/a", "A stranger speaks.").state, "held");
    // Trust can be written down, too.
    world.home.mentions(&["trust", &world.at("eve", "/a")]);
    let file = std::fs::read_to_string(world.home.site.path("data/moderation.toml")).unwrap();
    assert!(file.contains(&world.at("eve", "/")), "{file}");
    world.home.shows("A stranger speaks.");
}

#[test]
fn why_tells_what_happened() {
    let world = World::new();
    world.reply("ben", "/a", "Hello.");
    world.home.mentions(&["approve", &world.at("ben", "/a")]);
    let why = world.home.mentions(&["why", &world.at("ben", "/a")]);
    for words in
        ["somebody sent it", "strangers wait", "you approved it", "now published", "advertising"]
    {
        assert!(why.contains(words), "{words}: {why}");
    }
    let nobody = world.home.lanai(&["mentions", "why", "http://nobody.localhost/"]);
    assert!(!nobody.status.success());
    assert!(texts(&nobody).1.contains("there is no mention"));
}

/// A world in which Carl is known, and a page of his that says something about Ben.
fn with_carl(more: &str, page: impl Fn(&World) -> String) -> World {
    let world = World::with(more);
    follow(&world, "carl");
    let html = page(&world);
    world.put("carl", "/friends", Reply::html(&html));
    world
}

fn vouched(world: &World, host: &str, path: &str, vouch: &str) -> Row {
    world.write(host, path, &format!("Words at {path}."));
    let (source, target) = (world.at(host, path), world.target());
    let answer = world.home.send(&[("source", &source), ("target", &target), ("vouch", vouch)]);
    assert_eq!(answer.status, 201, "{}", answer.text());
    world.home.settled(&source)
}

#[test]
fn wm_o_03_to_06_somebody_known_vouches_for_a_stranger() {
    let world = with_carl("", |world| format!("<a href='{}'>Ben</a>", world.at("ben", "/")));
    let friends = world.at("carl", "/friends");
    let row = vouched(&world, "ben", "/good", &friends);
    assert_eq!(
        (&*row.state, row.trust.as_deref()),
        ("published", Some("vouched")),
        "{}",
        row.words
    );

    // WM-O-03: a vouch is no reason to refuse, unless it is no address.
    let (source, target) = (world.at("ben", "/good"), world.target());
    let bad = world.home.send(&[("source", &source), ("target", &target), ("vouch", "nobody")]);
    assert_eq!(bad.status, 400);

    // WM-O-06: of nobody known, of the source itself, of Ana herself; not there; not meant so.
    world.put("eve", "/list", Reply::html(&format!("<a href='{}'>x</a>", world.at("fay", "/"))));
    assert_eq!(vouched(&world, "fay", "/a", &world.at("eve", "/list")).state, "held");
    assert_eq!(world.asked("eve", "/list"), 0);
    assert_eq!(vouched(&world, "fay", "/b", &world.at("fay", "/b")).state, "held");
    assert_eq!(vouched(&world, "fay", "/c", &world.home.url("/")).state, "held");
    assert_eq!(vouched(&world, "fay", "/d", &world.at("carl", "/nowhere")).state, "held");
    assert_eq!(vouched(&world, "fay", "/e", &friends).state, "held");
    for rel in ["nofollow", "ugc", "Sponsored me"] {
        let html = format!("<a rel='{rel}' href='{}'>x</a>", world.at("gil", "/"));
        world.put("carl", "/rel", Reply::html(&html));
        assert_eq!(vouched(&world, "gil", "/a", &world.at("carl", "/rel")).state, "held", "{rel}");
    }
    // WM-O-04: nobody asks who vouches for a friend.
    let asked = world.asked("carl", "/friends");
    let row = vouched(&world, "carl", "/a", &friends);
    assert_eq!((&*row.state, row.trust.as_deref()), ("published", Some("followed")));
    assert_eq!(world.asked("carl", "/friends"), asked);
}

#[test]
fn wm_o_05_where_somebody_has_to_vouch_strangers_hear_so() {
    let world = with_carl("[moderation]\nvouch-required = true\n", |world| {
        format!("<a href='{}'>Ben</a>", world.at("ben", "/"))
    });
    world.write("ben", "/a", "Hello.");
    let (source, target) = (world.at("ben", "/a"), world.target());
    let answer = world.home.send(&[("source", &source), ("target", &target)]);
    assert_eq!(answer.status, 449, "{}", answer.text());
    assert!(world.home.row(&source).is_none());
    assert_eq!(vouched(&world, "ben", "/a", &world.at("carl", "/friends")).state, "published");
    // Carl is known.
    world.write("carl", "/a", "Hello.");
    assert_eq!(world.take("carl", "/a").state, "published");
}

#[test]
fn what_is_no_spam_stays_among_those_that_wait() {
    let world = World::new();
    let offers: String = (0..9)
        .map(|n| format!("<a href='https://casino{n}.example/bonus'>casino bonus {n}</a> "))
        .collect();
    let text = format!("Buy cheap viagra pills online, best price, free casino bonus! {offers}");
    assert_eq!(world.reply("ben", "/a", &text).state, "spam");
    let source = world.at("ben", "/a");
    let state = || world.home.row(&source).unwrap().state;
    world.home.mentions(&["keep", &source]);
    assert_eq!(state(), "held");
    // Whatever makes everything be judged anew.
    world.home.mentions(&["block", "else.localhost"]);
    assert_eq!(state(), "held");
    assert_eq!(world.take("ben", "/a").state, "held");
    world.home.mentions(&["undo", &source]);
    world.home.mentions(&["unblock", "else.localhost"]);
    assert_eq!(state(), "spam");
}

#[test]
fn friends_of_friends_come_in_by_themselves_and_the_reason_says_through_whom() {
    let world = World::new();
    assert_eq!(world.reply("cleo", "/early", "Too early.").state, "held");
    let cleo = world.at("cleo", "/");
    world.put("ben", "/", Reply::html("<a href=/blogroll/>Whom I read</a>"));
    let list = format!("<ul><li><a href='{cleo}'>Cleo</a></ul>");
    world.put("ben", "/blogroll/", Reply::html(&list));
    follow(&world, "ben");
    wait_until("the list", || world.asked("ben", "/blogroll/") > 0);
    let kept = || world.home.database().query_row("SELECT size FROM follow_list", [], |r| r.get(0));
    wait_until("the list is kept", || kept().is_ok_and(|size: i64| size == 1));
    let row = world.reply("cleo", "/hello", "Ben told me of you.");
    assert_eq!((&*row.state, row.trust.as_deref()), ("published", Some("friend")));
    assert!(row.words.contains("whom you follow, follows them"), "{}", row.words);
    world.home.shows("Ben told me of you.");
    // Whoever signs as her elsewhere is a stranger.
    world.put("eve", "/x", Reply::html(&world.entry("u-in-reply-to", &card("cleo", &cleo), "Hi.")));
    assert_eq!(world.take("eve", "/x").trust.as_deref(), Some("stranger"));
}
