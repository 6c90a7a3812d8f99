//! What follows a change: hubs hear of feeds, the owner hears of what came, lists of others are read.

use crate::home::{Home, wait_until};
use crate::peer::{Peer, Reply};
use crate::world::World;

/// The fields of the forms that a peer got at a path.
fn forms(peer: &Peer, path: &str) -> Vec<Vec<(String, String)>> {
    let asked = peer.asked().into_iter().filter(|a| a.method == "POST" && a.path == path);
    asked.map(|a| url::form_urlencoded::parse(a.body.as_bytes()).into_owned().collect()).collect()
}

#[test]
fn ws_p_06_07_hubs_hear_of_the_feeds_that_changed() {
    let hub = Peer::start(|_| Reply::status(204));
    let address = hub.url("hub.localhost", "/ping");
    let home = Home::with("ana", &format!("[feeds]\nhubs = [\"{address}\"]\n"));
    let atom = home.url("/atom.xml");
    home.post("two", "", "A second note.");
    wait_until("the hub hears of the change", || !forms(&hub, "/ping").is_empty());
    let last = forms(&hub, "/ping").pop().unwrap();
    let has = |name: &str, value: &str| last.iter().any(|(n, v)| n == name && v == value);
    assert!(has("hub.mode", "publish") && has("hub.url", &atom) && has("hub.topic", &atom));
    // A page that changes without its feeds is no news for a hub.
    let before = forms(&hub, "/ping").len();
    home.site.write("content/about.md", "+++\ntitle = \"About\"\n+++\nMe.\n");
    wait_until("the page is there", || home.get("/about/").status == 200);
    assert_eq!(forms(&hub, "/ping").len(), before);
}

#[test]
fn a_block_list_of_others_is_fetched_and_holds() {
    let lists = Peer::start(|asked| match asked.path.as_str() {
        "/list.txt" => Reply::status(200)
            .header("Content-Type", "text/plain")
            .body("# a list\neve.localhost\n"),
        _ => Reply::status(404),
    });
    let list = lists.url("lists.localhost", "/list.txt");
    let world = World::with("[moderation]\nstrangers = \"publish\"\n");
    assert_eq!(world.reply("eve", "/1", "I am quick.").state, "published");
    world.home.site.write("data/moderation.toml", &format!("[[subscribe]]\nurl = \"{list}\"\n"));
    // The daily work is done at the start, too.
    let mut home = world.home;
    home.daemon.take().unwrap().stop();
    home.start();
    wait_until("the list is read", || {
        home.row(&String::from(world.peer.url("eve.localhost", "/1")))
            .is_some_and(|row| row.state == "refused")
    });
    home.hides("I am quick.");
}
