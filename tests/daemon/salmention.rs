//! Answers to answers: what a page claims about others is looked at before it is shown (WM-L-03 to
//! 07).

use crate::home::wait_until;
use crate::peer::Reply;
use crate::world::{World, card};

const OPEN: &str = "[moderation]\nstrangers = \"publish\"\n";

/// Ben's reply, with answers below it.
fn thread(world: &World, answers: &[String]) {
    let comments: String = answers
        .iter()
        .map(|url| {
            format!(
                "<div class='u-comment h-cite'><a class=u-url href='{url}'>x</a>\
                 <p class=p-content>Forged words.</p></div>"
            )
        })
        .collect();
    let author = card("Ben", &world.at("ben", "/"));
    let entry = world.entry("u-in-reply-to", &author, "Ben answers.");
    let html = entry.replace("</article>", &format!("{comments}</article>"));
    world.put("ben", "/a", Reply::html(&html));
}

/// A post that answers Ben's.
fn answer(world: &World, host: &str, path: &str, text: &str) {
    let (ben, home) = (world.at("ben", "/a"), world.at(host, "/"));
    let html = format!(
        "<div class=h-entry>{}<a class=u-in-reply-to href='{ben}'>x</a>\
         <p class=e-content>{text}</p></div>",
        card(host, &home)
    );
    world.put(host, path, Reply::html(&html));
}

#[test]
fn wm_l_03_and_04_answers_to_an_answer_are_looked_at_by_themselves() {
    let world = World::with(OPEN);
    answer(&world, "eve", "/1", "Eve answers Ben.");
    // One that answers nobody here, one that is not there, one of Ana's own.
    world.put(
        "fay",
        "/1",
        Reply::html("<div class=h-entry><p class=e-content>Fay says.</p></div>"),
    );
    let [eve, fay, nobody] =
        [("eve", "/1"), ("fay", "/1"), ("gil", "/1")].map(|(host, path)| world.at(host, path));
    thread(&world, &[eve.clone(), fay.clone(), nobody.clone(), world.home.url("/notes/one/")]);
    assert_eq!(world.take("ben", "/a").state, "published");
    let settled = |source: &str| world.home.settled(source);
    let row = settled(&eve);
    assert_eq!(row.state, "published", "{}", row.words);
    assert_eq!(row.via, Some(world.home.row(&world.at("ben", "/a")).unwrap().key));
    assert_eq!((&*settled(&fay).state, &*settled(&nobody).state), ("failed", "failed"));
    assert_eq!(world.home.count("SELECT count(*) FROM mention"), 4);
    world.home.shows("Eve answers Ben.");
    for words in ["Forged words.", "Fay says."] {
        assert!(!world.home.page("/notes/one/").contains(words), "{words}");
    }

    // Eve changes what she says; Ben's page tells of it.
    answer(&world, "eve", "/1", "Eve has changed her mind.");
    world.take("ben", "/a");
    world.home.shows("Eve has changed her mind.");

    // Ben does not show it any more.
    thread(&world, &[]);
    world.take("ben", "/a");
    world.home.hides("Eve has changed her mind.");
    assert!(world.home.row(&eve).is_none());
    assert!(world.home.page("/notes/one/").contains("Ben answers."));
}

#[test]
fn wm_l_05_what_came_by_itself_too_is_there_once_and_stays() {
    let world = World::with(OPEN);
    world.write("eve", "/1", "Eve answers both.");
    let eve = world.at("eve", "/1");
    thread(&world, std::slice::from_ref(&eve));
    world.take("eve", "/1");
    world.take("ben", "/a");
    assert_eq!(world.home.settled(&eve).via, None);
    assert_eq!(world.home.mention_files().len(), 2);
    thread(&world, &[]);
    world.take("ben", "/a");
    assert_eq!(world.home.settled(&eve).state, "published");
    world.home.shows("Eve answers both.");
}

#[test]
fn wm_l_07_what_is_hidden_takes_its_answers_along() {
    let world = World::with(OPEN);
    let ben = world.at("ben", "/a");
    answer(&world, "eve", "/1", "Eve answers Ben.");
    thread(&world, &[world.at("eve", "/1")]);
    // Gil answers Eve, and Eve shows it.
    let eve = world.at("eve", "/1");
    let gil = world.at("gil", "/1");
    let html = format!(
        "<div class=h-entry>{}<a class=u-in-reply-to href='{ben}'>x</a><p class=e-content>Eve \
         answers Ben.</p><div class='u-comment h-cite'><a class=u-url href='{gil}'>x</a></div></div>",
        card("eve", &world.at("eve", "/"))
    );
    world.put("eve", "/1", Reply::html(&html));
    let html = format!(
        "<div class=h-entry>{}<a class=u-in-reply-to href='{eve}'>x</a>\
         <p class=e-content>Gil answers Eve.</p></div>",
        card("gil", &world.at("gil", "/"))
    );
    world.put("gil", "/1", Reply::html(&html));
    world.take("ben", "/a");
    wait_until("the end of work", || world.home.is_idle());
    world.home.shows("Gil answers Eve.");
    assert_eq!(world.home.mention_files().len(), 3);

    world.put("ben", "/a", Reply::status(410));
    assert_eq!(world.take("ben", "/a").state, "deleted");
    wait_until("the end of work", || world.home.is_idle());
    assert!(world.home.mention_files().is_empty());
    assert_eq!(world.home.count("SELECT count(*) FROM mention"), 1);
    world.home.hides("Gil answers Eve.");
}

#[test]
fn wm_l_04_answers_of_strangers_wait_like_others() {
    let world = World::new();
    answer(&world, "eve", "/1", "Eve answers Ben.");
    thread(&world, &[world.at("eve", "/1")]);
    assert_eq!(world.take("ben", "/a").state, "held");
    // Of a response that nobody sees nobody looks at the answers.
    assert!(world.home.row(&world.at("eve", "/1")).is_none());
    world.home.mentions(&["approve", &world.at("ben", "/a")]);
    world.take("ben", "/a");
    assert_eq!(world.home.settled(&world.at("eve", "/1")).state, "held");
    assert!(!world.home.page("/notes/one/").contains("Eve answers Ben."));
}
