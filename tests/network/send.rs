//! `lanai send`: a site folder, the real program, and the sites that it links as servers.

use std::sync::Mutex;
use std::sync::atomic::Ordering;

use crate::ana::{World, fields, told};
use crate::harness::texts;
use crate::peer::{Peer, Reply};

#[test]
fn wm_u_01_a_linked_page_hears_of_the_post_its_changes_and_its_end() {
    let world = World::new();
    let [first, second] = ["/post/1?a=b#c", "/post/2"].map(|path| world.ben(path));
    world.post("one", "", &format!("See [this]({first})."));
    world.deploy();
    assert_eq!(world.send(&["--past"]), told(&[("/notes/one/", "/post/1", "new")]));
    // WM-S-02: the address stays as it was written.
    assert_eq!(world.heard(), [(world.ana("/notes/one/"), first.clone())]);
    assert_eq!(world.send(&[]), told(&[]));

    // A word changes, and a link comes.
    world.post("one", "", &format!("Look at [this]({first}) and [that]({second})."));
    world.deploy();
    let both = [("/notes/one/", "/post/1", "changed"), ("/notes/one/", "/post/2", "new")];
    assert_eq!(world.send(&[]), told(&both));
    assert_eq!(world.send(&[]), told(&[]));

    // WM-U-06: another look of all pages is no change.
    let config = std::fs::read_to_string(world.site.path("lanai.toml")).unwrap();
    world.site.write("lanai.toml", &format!("theme = \"journal\"\n{config}"));
    world.deploy();
    assert_eq!(world.send(&[]), told(&[]));

    // WM-U-04: a link goes.
    world.post("one", "", &format!("Look at [that]({second})."));
    world.deploy();
    let both = [("/notes/one/", "/post/1", "removed"), ("/notes/one/", "/post/2", "changed")];
    assert_eq!(world.send(&[]), told(&both));

    // The same words lead elsewhere, and nowhere at last.
    let elsewhere = world.ben("/post/3");
    world.post("one", "", &format!("Look at [that]({elsewhere})."));
    world.deploy();
    let three = [
        ("/notes/one/", "/post/1", "removed"),
        ("/notes/one/", "/post/2", "removed"),
        ("/notes/one/", "/post/3", "new"),
    ];
    assert_eq!(world.send(&[]), told(&three));
    world.post("one", "", "Look at that.");
    world.deploy();
    let three = three.map(|(page, target, _)| (page, target, "removed"));
    assert_eq!(world.send(&[]), told(&three));
    world.post("one", "", &format!("Look at [that]({second})."));
    world.deploy();
    assert_eq!(world.send(&[]).len(), 3);

    // WM-X-02: the post goes.
    let removed = world.site.run(&["rm", "content/notes/one.md"]);
    assert!(removed.status.success());
    world.deploy();
    let three = three.map(|(page, target, _)| (page, target, "gone"));
    assert_eq!(world.send(&[]), told(&three));
    assert_eq!(world.send(&[]), told(&[]));
    assert_eq!(world.heard().len(), 1 + 2 + 2 + 3 + 3 + 3 + 3);
}

#[test]
fn wm_x_03_and_04_a_post_moves_and_comes_back() {
    let world = World::new();
    let text = format!("See [this]({}).", world.ben("/post/1"));
    world.post("one", "", &text);
    world.deploy();
    assert_eq!(world.send(&["--past"]).len(), 1);

    let moved = world.site.run(&["mv", "content/notes/one.md", "content/notes/uno.md"]);
    assert!(moved.status.success());
    world.deploy();
    let both = [("/notes/one/", "/post/1", "gone"), ("/notes/uno/", "/post/1", "new")];
    assert_eq!(world.send(&[]), told(&both));
    assert_eq!(world.send(&[]), told(&[]));

    // Taken back, it vanishes from one address and is at the other again.
    let back = world.site.run(&["mv", "content/notes/uno.md", "content/notes/eins.md"]);
    assert!(back.status.success());
    world
        .site
        .write("content/notes/one.md", &format!("+++\ndate = 2024-05-01T10:00:00Z\n+++\n{text}\n"));
    std::fs::remove_file(world.site.path("content/notes/eins.md")).unwrap();
    world.deploy();
    let both = [("/notes/one/", "/post/1", "changed"), ("/notes/uno/", "/post/1", "gone")];
    assert_eq!(world.send(&[]), told(&both));
}

#[test]
fn a_site_that_is_new_to_this_is_asked_first() {
    let world = World::new();
    world.post("old", "", &format!("See [this]({}).", world.ben("/post/old")));
    world.deploy();
    let asked = world.send_with(&[]);
    let (_, err) = texts(&asked);
    assert_eq!(asked.status.code(), Some(2));
    assert!(err.contains("1 link of 1 page") && err.contains("--no-past"), "{err}");
    assert!(world.peer.asked().is_empty());

    assert!(world.send_with(&["--no-past"]).status.success());
    assert_eq!(world.send(&[]), told(&[]));
    assert_eq!(world.outbox("notes/old")["targets"][world.ben("/post/old")]["outcome"], "skipped");

    world.post("new", "", &format!("See [this]({}).", world.ben("/post/new")));
    world.deploy();
    assert_eq!(world.send(&[]), told(&[("/notes/new/", "/post/new", "new")]));

    // Later it means what it says, too.
    world.post("newer", "", &format!("See [this]({}).", world.ben("/post/newer")));
    world.deploy();
    assert!(world.send_with(&["--no-past"]).status.success());
    assert_eq!(world.send(&[]), told(&[]));

    // A site without links has no past to ask about.
    let world = World::new();
    world.post("quiet", "", "Nothing.");
    world.deploy();
    assert_eq!(world.send(&[]), told(&[]));
    world.post("first", "", &format!("See [this]({}).", world.ben("/post/first")));
    world.deploy();
    assert_eq!(world.send(&[]).len(), 1);
}

#[test]
fn wm_s_03_nobody_is_told_of_what_is_not_live() {
    let world = World::new();
    let [first, second] = ["/post/1", "/post/2"].map(|path| world.ben(path));
    world.post("one", "", &format!("See [this]({first})."));
    assert_eq!(world.send(&["--past"]), told(&[]));
    world.deploy();
    assert_eq!(world.send(&["--past"]).len(), 1);

    // A new word lies here, the old one is live.
    world.post("one", "", &format!("Look at [this]({first})."));
    let (_, err) = texts(&world.send_with(&[]));
    assert!(err.contains("it says something else there"), "{err}");

    // A new link lies here, the old one is live.
    world.post("one", "", &format!("See [that]({second})."));
    let (_, err) = texts(&world.send_with(&[]));
    assert!(err.contains("is not live as it is here"), "{err}");
    assert_eq!(world.heard().len(), 1);
    world.deploy();
    assert_eq!(world.send(&[]).len(), 2);

    // Deleted here, still there.
    assert!(world.site.run(&["rm", "content/notes/one.md"]).status.success());
    let (_, err) = texts(&world.send_with(&[]));
    assert!(err.contains("it still links"), "{err}");
    world.deploy();
    world.is_down.store(true, Ordering::SeqCst);
    let (_, err) = texts(&world.send_with(&[]));
    assert!(err.contains("it answers 503"), "{err}");
    assert_eq!(world.heard().len(), 3);
    world.is_down.store(false, Ordering::SeqCst);
    assert_eq!(world.send(&[]).len(), 2);
}

#[test]
fn wm_s_10_what_the_owner_keeps_back_tells_nobody() {
    let world = World::new();
    let text = |path: &str| format!("See [this]({}).", world.ben(path));
    world.post("draft", "draft = true", &text("/post/draft"));
    world.post("later", "", &text("/post/later"));
    world.site.write(
        "content/notes/later.md",
        &format!("+++\ndate = 2030-01-01T00:00:00Z\n+++\n{}\n", text("/post/later")),
    );
    world.post("unlisted", "visibility = \"unlisted\"", &text("/post/unlisted"));
    world.post("quiet", "mentions = \"none\"", &text("/post/quiet"));
    world.post("ear", "mentions = \"receive\"", &text("/post/ear"));
    world.post("mouth", "mentions = \"send\"", &text("/post/mouth"));
    world.post("own", "", "See [mouth](/notes/mouth/).");
    world.deploy();
    assert_eq!(world.send(&["--past"]), told(&[("/notes/mouth/", "/post/mouth", "new")]));
}

#[test]
fn wm_s_08_the_page_that_a_post_answers_is_told() {
    let world = World::new();
    world.post("reply", &format!("in-reply-to = \"{}\"", world.ben("/post/question")), "Yes!");
    world.post("like", &format!("like-of = \"{}\"", world.ben("/post/nice")), "");
    world.deploy();
    let all = [("/notes/like/", "/post/nice", "new"), ("/notes/reply/", "/post/question", "new")];
    assert_eq!(world.send(&["--past"]), told(&all));
}

#[test]
fn wm_s_11_how_each_delivery_went_is_kept() {
    let world = World::new();
    let [good, deaf, lost] = ["/post/1", "/deaf/1", "/lost/1"].map(|path| world.ben(path));
    *world.endpoint.lock().unwrap() = Reply::status(201).header("Location", "/status/7");
    world.post("one", "", &format!("[a]({good}) [b]({deaf}) [c]({lost})"));
    world.deploy();
    assert_eq!(world.send(&["--past"]).len(), 3);
    let outbox = world.outbox("notes/one");
    assert_eq!(outbox["source"], world.ana("/notes/one/"));
    let targets = &outbox["targets"];
    assert_eq!(targets[&good]["outcome"], "sent");
    assert_eq!(targets[&good]["status"], 201);
    assert_eq!(targets[&good]["endpoint"], world.ben("/hook"));
    assert_eq!(targets[&good]["status-page"], world.ben("/status/7"));
    assert_eq!(targets[&deaf]["outcome"], "no-endpoint");
    // WM-D-11: a page that is not there takes no mentions, whatever its headers say.
    assert_eq!(targets[&lost]["outcome"], "no-endpoint");
    assert_eq!(targets[&lost]["status"], 404);
    assert_eq!(world.send(&[]), told(&[]));
}

#[test]
fn wm_s_06_a_server_that_is_down_is_asked_again_later() {
    let world = World::new();
    *world.endpoint.lock().unwrap() = Reply::status(503);
    world.post("one", "", &format!("[a]({})", world.ben("/post/1")));
    world.deploy();
    assert_eq!(world.send(&["--past"]).len(), 1);
    let delivery = &world.outbox("notes/one")["targets"][world.ben("/post/1")];
    assert_eq!((&delivery["outcome"], &delivery["tries"]), (&"waiting".into(), &1.into()));
    assert_eq!(world.send(&[]), told(&[]));

    *world.endpoint.lock().unwrap() = Reply::status(200);
    let later = world.send(&["--now", "2024-06-15T12:20:00Z"]);
    assert_eq!(later, told(&[("/notes/one/", "/post/1", "again")]));
    assert_eq!(world.heard().len(), 2);
}

#[test]
fn a_dry_run_asks_nobody_and_writes_nothing() {
    let world = World::new();
    world.post("one", "", &format!("[a]({})", world.ben("/post/1")));
    world.deploy();
    let output = world.send_with(&["--dry-run"]);
    let (out, _) = texts(&output);
    assert!(output.status.success());
    assert_eq!(out, format!("{} → {} (new)\n", world.ana("/notes/one/"), world.ben("/post/1")));
    assert!(world.peer.asked().is_empty());
    assert!(!world.site.path("data").exists());
}

#[test]
fn wm_d_t23_an_endpoint_that_works_once_behind_a_redirect() {
    let keys = Mutex::new(Vec::<String>::new());
    let target = Peer::start(move |asked| {
        let mut used = keys.lock().unwrap();
        let is_new = !used.contains(&asked.path);
        used.push(asked.path.clone());
        match asked.path.as_str() {
            "/test/23/page" => Reply::redirect(302, "page/KEY"),
            "/test/23/page/KEY" if is_new => {
                Reply::html("<a rel=webmention href='webmention-endpoint/KEY2'>x</a>")
                    .header("Link", "<webmention-endpoint/KEY2>; rel=webmention")
            }
            "/test/23/page/webmention-endpoint/KEY2" if is_new => Reply::status(200),
            _ => Reply::status(410),
        }
    });
    let world = World::new();
    let address = String::from(target.url("carl.localhost", "/test/23/page"));
    world.post("one", "", &format!("[a]({address})"));
    world.deploy();
    assert_eq!(world.send(&["--past"]).len(), 1);
    let posts: Vec<_> = target.asked().into_iter().filter(|asked| asked.method == "POST").collect();
    assert_eq!(posts.len(), 1);
    assert_eq!(fields(&posts[0]), (world.ana("/notes/one/"), address));
}

#[test]
fn wm_n_03_inside_is_not_asked_and_that_is_said() {
    let world = World::new();
    let config = std::fs::read_to_string(world.site.path("lanai.toml")).unwrap();
    let only_ana = format!("ana.localhost:{}", world.peer.port());
    world.site.write("lanai.toml", &config.replace("127.0.0.0/8", &only_ana));
    world.post("one", "", &format!("[a]({})", world.ben("/post/1")));
    world.deploy();
    let (_, err) = texts(&world.send_with(&["--past"]));
    assert!(err.contains(&format!("[network] allow lets this ask inside: {only_ana}")), "{err}");
    assert!(err.contains("is not an address of the public Internet"), "{err}");
    assert!(world.heard().is_empty());
}

#[test]
fn a_broken_ledger_is_named_and_left_as_it_is() {
    let world = World::new();
    world.post("one", "", &format!("[a]({})", world.ben("/post/1")));
    world.site.write("data/outbox/notes/one.json", "{\n  \"source\": 3\n}\n");
    world.deploy();
    let output = world.send_with(&[]);
    let (_, err) = texts(&output);
    assert_eq!(output.status.code(), Some(1));
    assert!(err.contains("data/outbox/notes/one.json:2:"), "{err}");
    assert!(world.peer.asked().is_empty());
}

#[test]
fn mistakes_in_network_allow_are_found_where_they_stand() {
    let world = World::with_config("");
    let config = std::fs::read_to_string(world.site.path("lanai.toml")).unwrap();
    world.site.write("lanai.toml", &config.replace("127.0.0.0/8", "everything"));
    let problems = world.site.rendered_problems();
    assert!(problems.contains("lanai.toml:5:10") && problems.contains("everything"), "{problems}");
}
