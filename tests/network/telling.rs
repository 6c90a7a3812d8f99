//! What `lanai send` remembers of those whom it tells, who vouches for it with them, and what it does
//! when something is in its way.

use crate::ana::{World, told};
use crate::harness::texts;
use crate::peer::Reply;

const LATER: [&str; 2] = ["--now", "2024-06-15T12:30:00Z"];

/// A page that names its endpoint, and how long its answer is good.
fn page(endpoint: &str, control: &str) -> Reply {
    Reply::html("<p>A page.")
        .header("Link", &format!("<{endpoint}>; rel=webmention"))
        .header("Cache-Control", control)
}

/// A page with links, and an endpoint.
fn linking(endpoint: &str, links: &str) -> Reply {
    Reply::html(&format!("<p>{links}")).header("Link", &format!("<{endpoint}>; rel=webmention"))
}

#[test]
fn wm_d_10_a_fresh_endpoint_is_used_for_other_posts_and_forgotten_when_it_fails() {
    let world = World::new();
    let target = world.peer.url("carl.localhost", "/fresh");
    let (get, hook) = ("GET carl.localhost/fresh", "POST carl.localhost/hook");
    world.reply(get, page("/hook", "max-age=3600"));
    world.reply(hook, Reply::status(202));
    let post = |name: &str, text: &str| {
        world.post(name, "", &format!("{text} [c]({target}#part)"));
        world.deploy();
    };
    post("one", "First.");
    assert_eq!(world.send(&["--past"]).len(), 1);
    post("two", "Second.");
    assert_eq!(world.send(&[]).len(), 1);
    assert_eq!((world.asked(get), world.asked(hook)), (1, 2));

    // An update asks anew (WM-U-02).
    post("two", "Second thoughts.");
    assert_eq!(world.send(&[]), told(&[("/notes/two/", "/fresh", "changed")]));
    assert_eq!((world.asked(get), world.asked(hook)), (2, 3));

    // Where it was is nothing any more, and the page says where it is now.
    world.reply(hook, Reply::status(410));
    world.reply(get, page("/other", "max-age=3600"));
    world.reply("POST carl.localhost/other", Reply::status(202));
    post("three", "Third.");
    assert_eq!(world.send(&[]).len(), 1);
    assert_eq!(world.outbox("notes/three")["targets"][format!("{target}#part")]["status"], 202);
    assert_eq!((world.asked(get), world.asked(hook)), (3, 4));
    assert_eq!(world.asked("POST carl.localhost/other"), 1);

    // The page still says what has failed: it is not sent twice.
    world.reply("POST carl.localhost/other", Reply::status(404));
    post("four", "Fourth.");
    assert_eq!(world.send(&[]).len(), 1);
    assert_eq!((world.asked(get), world.asked("POST carl.localhost/other")), (4, 2));
    // It was forgotten over that.
    world.reply("POST carl.localhost/other", Reply::status(202));
    post("five", "Fifth.");
    assert_eq!(world.send(&[]).len(), 1);
    assert_eq!(world.asked(get), 5);
    // And is good for an hour, not longer.
    post("six", "Sixth.");
    assert_eq!(world.send(&LATER).len(), 1);
    assert_eq!(world.asked(get), 5);
    post("seven", "Seventh.");
    assert_eq!(world.send(&["--now", "2024-06-15T13:10:00Z"]).len(), 1);
    assert_eq!(world.asked(get), 6);
}

#[test]
fn wm_d_10_a_remembered_endpoint_that_refuses_is_looked_up_anew() {
    let world = World::new();
    let target = world.peer.url("carl.localhost", "/post");
    let get = "GET carl.localhost/post";
    let [old, new] = ["/hook?word=old", "/hook?word=new"];
    let [old_hook, new_hook] = [old, new].map(|path| format!("POST carl.localhost{path}"));
    world.reply(get, page(old, "max-age=3600"));
    world.reply(&old_hook, Reply::status(202));
    world.reply(&new_hook, Reply::status(202));
    let post = |name: &str| {
        world.post(name, "", &format!("[c]({target})"));
        world.deploy();
    };
    let status = |name: &str| {
        world.outbox(&format!("notes/{name}"))["targets"][target.as_str()]["status"].clone()
    };
    post("one");
    assert_eq!(world.send(&["--past"]).len(), 1);

    // The word in its address is another by now.
    for (name, refusal) in [("two", 403), ("three", 400)] {
        world.reply(&old_hook, Reply::status(refusal));
        world.reply(get, page(new, "max-age=3600"));
        post(name);
        assert_eq!(world.send(&[]).len(), 1);
        assert_eq!(status(name), 202, "{name}");
        world.reply(&old_hook, Reply::status(202));
        world.reply(get, page(old, "no-store"));
        // An update asks anew, and may keep nothing.
        world.post(name, "", &format!("Again: [c]({target})"));
        world.deploy();
        assert_eq!(world.send(&[]).len(), 1);
        world.reply(get, page(old, "max-age=3600"));
        post(&format!("{name}-more"));
        assert_eq!(world.send(&[]).len(), 1);
    }

    // The page still names it: it has said no already.
    let before = (world.asked(get), world.asked(&old_hook));
    world.reply(&old_hook, Reply::status(403));
    post("four");
    assert_eq!(world.send(&[]).len(), 1);
    assert_eq!(status("four"), 403);
    assert_eq!((world.asked(get), world.asked(&old_hook)), (before.0 + 1, before.1 + 1));

    // One that is out of order is asked again later, and not remembered.
    world.reply(&old_hook, Reply::status(202));
    post("five");
    assert_eq!(world.send(&[]).len(), 1);
    let before = (world.asked(get), world.asked(&old_hook));
    world.reply(&old_hook, Reply::status(503));
    post("six");
    assert_eq!(world.send(&[]).len(), 1);
    assert_eq!((world.asked(get), world.asked(&old_hook)), (before.0, before.1 + 1));
    world.reply(&old_hook, Reply::status(202));
    post("seven");
    assert_eq!(world.send(&[]).len(), 1);
    assert_eq!((world.asked(get), world.asked(&old_hook)), (before.0 + 1, before.1 + 2));
}

#[test]
fn wm_d_10_what_may_not_be_kept_is_asked_for_each_time() {
    let world = World::new();
    let targets = [("a", "no-store, max-age=60"), ("b", "no-cache"), ("c", "public")];
    world.reply("POST carl.localhost/hook", Reply::status(202));
    world.reply("GET carl.localhost/moved", Reply::redirect(302, "/kept"));
    world.reply("GET carl.localhost/kept", page("/hook", "max-age=60"));
    let mut links = format!("[m]({})", world.peer.url("carl.localhost", "/moved"));
    for (name, control) in targets {
        world.reply(&format!("GET carl.localhost/{name}"), page("/hook", control));
        let target = world.peer.url("carl.localhost", &format!("/{name}"));
        links.push_str(&format!(" [{name}]({target})"));
    }
    for name in ["one", "two"] {
        world.post(name, "", &links);
    }
    world.deploy();
    assert_eq!(world.send(&["--past"]).len(), 8);
    for (name, _) in targets {
        assert_eq!(world.asked(&format!("GET carl.localhost/{name}")), 2, "{name}");
    }
    // Where a redirect leads for now says nothing of the address that leads there.
    assert_eq!(world.asked("GET carl.localhost/moved"), 2);
}

#[test]
fn wm_d_11_a_page_that_is_not_there_is_not_told_whatever_its_headers_say() {
    let world = World::new();
    let lost = world.peer.url("carl.localhost", "/lost");
    let gone = Reply { status: 410, ..page("/hook", "max-age=60") };
    world.reply("GET carl.localhost/lost", gone);
    world.post("one", "", &format!("[c]({lost})"));
    world.deploy();
    let (_, err) = texts(&world.send_with(&["--past"]));
    assert!(err.contains("takes no webmentions: the page answers 410"), "{err}");
    let delivery = &world.outbox("notes/one")["targets"][String::from(lost)];
    assert_eq!((&delivery["outcome"], &delivery["status"]), (&"no-endpoint".into(), &410.into()));
    assert_eq!(world.asked("POST carl.localhost/hook"), 0);
    assert_eq!(world.send(&[]), told(&[]));
}

/// A site that Ben wrote about, which stands on it.
fn known_to_ben(world: &World) -> String {
    heard_of_ben(world, false)
}

/// A site that Ben wrote about, which stands on it or is for the owner alone.
fn heard_of_ben(world: &World, is_private: bool) -> String {
    let source = String::from(world.peer.url("ben.localhost", "/about-ana"));
    let target = world.ana("/notes/old/");
    world.post("old", "", "An old note.");
    let file = serde_json::json!({
        "type": "entry", "wm-source": source, "wm-target": target, "url": source,
        "wm-property": "mention-of", "content": {"text": "Read Ana."},
        "author": {"type": "card", "name": "Ben", "url": world.ben("/")},
        "wm-private": is_private,
    });
    world.site.write("data/mentions/notes/old/1234567890abcdef.json", &file.to_string());
    source
}

fn vouch(form: &[(String, String)]) -> Option<&str> {
    form.iter().find(|(name, _)| name == "vouch").map(|(_, value)| value.as_str())
}

#[test]
fn wm_o_01_somebody_whom_the_target_links_vouches() {
    let world = World::new();
    let source = known_to_ben(&world);
    let hook = "POST carl.localhost/hook";
    world.reply(hook, Reply::status(202));
    let ben = world.ben("/");
    world.reply(
        "GET carl.localhost/friend",
        linking("/hook", &format!("<a href=\"{ben}\">Ben</a>")),
    );
    world.reply("GET carl.localhost/stranger", linking("/hook", "<a href=/>home</a>"));
    let [friend, stranger] = ["/friend", "/stranger"].map(|p| world.peer.url("carl.localhost", p));
    world.post("one", "", &format!("[c]({friend}) [d]({stranger})"));
    world.deploy();
    assert_eq!(world.send(&["--past"]).len(), 2);
    let forms = world.forms(hook);
    let to = |target: &url::Url| {
        let has = |form: &&Vec<(String, String)>| form.iter().any(|(_, v)| v == target.as_str());
        forms.iter().find(has).unwrap()
    };
    assert_eq!(vouch(to(&friend)), Some(&*source));
    assert_eq!(vouch(to(&stranger)), None);
    let targets = &world.outbox("notes/one")["targets"];
    assert_eq!(targets[friend.as_str()]["vouch"], source);
    assert_eq!(targets[stranger.as_str()].get("vouch"), None);
}

#[test]
fn wm_o_01_nobody_vouches_whose_words_are_not_shown() {
    let block = "[[block]]\ndomain = \"ben.localhost\"\n";
    let ended = "[[block]]\ndomain = \"ben.localhost\"\nuntil = 2024-06-14\n";
    for (is_private, rules, is_shown) in
        [(true, "", false), (false, block, false), (false, ended, true), (false, "", true)]
    {
        let world = World::new();
        let source = heard_of_ben(&world, is_private);
        world.site.write("data/moderation.toml", rules);
        let hook = "POST carl.localhost/hook";
        world.reply(hook, Reply::status(202));
        let friend = linking("/hook", &format!("<a href=\"{}\">Ben</a>", world.ben("/")));
        world.reply("GET carl.localhost/friend", friend);
        let friend = world.peer.url("carl.localhost", "/friend");
        world.post("one", "", &format!("[c]({friend})"));
        world.deploy();
        assert_eq!(world.send(&["--past"]).len(), 1);
        let forms = world.forms(hook);
        assert_eq!(vouch(&forms[0]), is_shown.then_some(&*source), "{is_private} {rules}");
    }
}

#[test]
fn wm_o_02_who_wants_a_vouch_gets_one_once_or_it_is_final() {
    let world = World::new();
    let source = known_to_ben(&world);
    let hook = "POST carl.localhost/hook";
    // Nobody is taken without: with one it says so, too.
    world.reply(hook, Reply::status(449));
    world.reply("GET carl.localhost/post", linking("/hook", "Nothing."));
    let home = linking("/hook", &format!("<a href=\"{}\">Ben</a>", world.ben("/")));
    world.reply("GET carl.localhost/", home);
    world.reply("GET dora.localhost/post", linking("/hook", "Nothing."));
    world.reply("GET dora.localhost/", linking("/hook", "Nobody."));
    world.reply("POST dora.localhost/hook", Reply::status(449));
    let [carl, dora] = ["carl", "dora"].map(|n| world.peer.url(&format!("{n}.localhost"), "/post"));
    world.post("one", "", &format!("[c]({carl}) [d]({dora})"));
    world.deploy();
    let (_, err) = texts(&world.send_with(&["--past"]));
    let forms = world.forms(hook);
    let vouches: Vec<Option<&str>> = forms.iter().map(|form| vouch(form)).collect();
    assert_eq!(vouches, [None, Some(&*source)]);
    assert_eq!(world.forms("POST dora.localhost/hook").len(), 1);
    assert!(err.contains("wants to hear of a page that vouches for yours (449)"), "{err}");
    for target in [&carl, &dora] {
        let delivery = &world.outbox("notes/one")["targets"][target.as_str()];
        assert_eq!(delivery["outcome"], "refused");
    }
    assert_eq!(world.send(&["--now", "2024-07-15T12:00:00Z"]), told(&[]));
}

#[test]
fn wm_s_09_own_pages_are_told_if_the_owner_says_so() {
    for (switch, expected) in [("", 0), ("tell-own-pages = true", 1)] {
        let world = World::new();
        let config = std::fs::read_to_string(world.site.path("lanai.toml")).unwrap();
        let config = config.replace("[network]", &format!("[network]\n{switch}"));
        world.site.write("lanai.toml", &config);
        let other = world.ana("/notes/other/");
        let me = world.ana("/notes/one/");
        world.post("other", "", "Another note.");
        world.post("one", "", &format!("[other]({other}) [me]({me}#top)"));
        world.deploy();
        let heard = world.send(&["--past"]);
        assert_eq!(heard.len(), expected, "{heard:?}");
        if expected == 1 {
            assert_eq!(heard, told(&[("/notes/one/", "/notes/other/", "new")]));
        }
    }
}

#[test]
fn wm_s_09_names_and_passwords_in_addresses_are_told_to_nobody() {
    let world = World::new();
    world.reply("GET carl.localhost/post", page("/hook", "no-store"));
    world.reply("POST carl.localhost/hook", Reply::status(202));
    let target = world.peer.url("carl.localhost", "/post");
    let with = target.as_str().replace("carl.", "me:secret@carl.");
    world.post("one", "", &format!("[c]({with}) [d](ftp://carl.localhost/x)"));
    world.deploy();
    assert_eq!(world.send(&["--past"]).len(), 1);
    let forms = world.forms("POST carl.localhost/hook");
    assert!(forms[0].contains(&("target".to_owned(), target.to_string())), "{forms:?}");
    assert!(!forms[0].iter().any(|(_, value)| value.contains("secret")));
    assert!(world.peer.asked().iter().all(|asked| asked.header("authorization").is_none()));
}

#[test]
fn nobody_is_told_what_cannot_be_written_down() {
    let world = World::new();
    world.post("one", "", &format!("[b]({})", world.ben("/post/1")));
    world.deploy();
    // A file where the folder of the ledgers has to be.
    world.site.write("data/outbox/_begun.txt", "It has begun.\n");
    world.site.write("data/outbox/notes", "in the way");
    let output = world.send_with(&[]);
    assert!(!output.status.success());
    let (_, err) = texts(&output);
    assert!(err.contains("data/outbox/notes"), "{err}");
    assert!(world.heard().is_empty());
}

/// Lets Ben's list of follows be known: this site stands in it, and so does whoever else is named.
fn in_lists(world: &World, lists: &[(&str, &str, &[&str])]) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let store = lanai::store::Store::open(&world.site.path(".lanai")).await.unwrap();
        let site = lanai::config::Config::load(world.site.root()).unwrap();
        let site = site.home.home();
        let homes: Vec<&str> = lists.iter().map(|(home, ..)| *home).collect();
        let at = jiff::Timestamp::from_second(1_700_000_000).unwrap();
        store.keep_circle(site, &homes, at).await.unwrap();
        for _ in lists {
            let list = store.take_list(site, (at, jiff::Timestamp::MAX)).await.unwrap().unwrap();
            let (_, source, rows) = lists.iter().find(|(home, ..)| *home == list.home).unwrap();
            let row = |home: &&str| lanai::graph::Row {
                home: if home.is_empty() { site.to_owned() } else { (*home).to_owned() },
                ..lanai::graph::Row::default()
            };
            let rows: Vec<lanai::graph::Row> = rows.iter().map(row).collect();
            let answer = lanai::store::ListAnswer {
                source: Some(source),
                sought: Some(at),
                read: at,
                etag: None,
                last_modified: None,
                stamp: None,
                rows: Some(&rows),
                due: jiff::Timestamp::MAX,
            };
            store.keep_list(&list, &answer).await.unwrap();
        }
    });
}

#[test]
fn wm_o_01_a_list_with_this_site_in_it_vouches_where_its_owner_is_read() {
    for is_public in [true, false] {
        let world = World::new();
        let (ben, carl) = (world.ben("/"), world.peer.url("carl.localhost", "/"));
        let row = format!("[[follow]]\nurl = \"{ben}\"\npublic = {is_public}\n");
        world.site.write("data/following.toml", &row);
        let blogroll = world.ben("/blogroll/");
        let hook = "POST carl.localhost/hook";
        world.reply(hook, Reply::status(202));
        // Carl's page links nobody, but his list is known, and Ben stands in it.
        world.reply("GET carl.localhost/post", linking("/hook", ""));
        let file = format!("{carl}follows.opml");
        let lists: [(&str, &str, &[&str]); 2] =
            [(&ben, &blogroll, &[""]), (carl.as_str(), &file, &[&ben])];
        in_lists(&world, &lists);
        let target = world.peer.url("carl.localhost", "/post");
        world.post("one", "", &format!("[c]({target})"));
        world.deploy();
        assert_eq!(world.send(&["--past"]).len(), 1);
        // Whom the owner follows in private is not named to others.
        let expected = is_public.then_some(blogroll.as_str());
        assert_eq!(vouch(&world.forms(hook)[0]), expected, "{is_public}");
    }
}
