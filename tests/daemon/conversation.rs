//! Two people with a site and a daemon each, who talk to one another (WM-U-05, WM-X-01 and 02,
//! WM-L-02 and 03).

use crate::harness::texts;
use crate::home::{Home, wait_for, wait_until};

const CLOCK: &str = "%Y-%m-%dT%H:%M:%SZ";

/// A site whose owner is asked nothing of its past.
pub fn begin(home: &mut Home) {
    home.start();
    let output = home.lanai(&["send", "--no-past"]);
    assert!(output.status.success(), "{}", texts(&output).1);
}

/// Ana, who follows Ben, and Ben.
fn ana_and_ben() -> (Home, Home) {
    let mut ana = Home::quiet("ana", "");
    let mut ben = Home::quiet("ben", "");
    let row = format!("[[follow]]\nurl = \"{}\"\n", ben.url("/"));
    ana.site.write("data/following.toml", &row);
    begin(&mut ana);
    begin(&mut ben);
    (ana, ben)
}

pub fn reply(to: &Home) -> String {
    format!("in-reply-to = \"{}\"", to.url("/notes/one/"))
}

#[test]
fn two_sites_talk_change_their_mind_and_take_it_back() {
    let (ana, ben) = ana_and_ben();
    ben.post("answer", &reply(&ana), "I see it *otherwise*, Ana.");
    ana.shows("<em>otherwise</em>");
    let source = ben.url("/replies/answer/");
    let file = ana.mention_files();
    assert_eq!(file.len(), 1, "{file:?}");
    let row = ana.row(&source_of(&ben)).unwrap_or_else(|| panic!("no {source}"));
    assert_eq!((&*row.state, row.trust.as_deref()), ("published", Some("followed")));

    ben.post("answer", &reply(&ana), "I see it as you do, Ana.");
    ana.shows("as you do, Ana");
    ana.hides("otherwise");
    assert_eq!(ana.mention_files().len(), 1);

    let removed = ben.lanai(&["rm", "content/notes/answer.md"]);
    assert!(removed.status.success(), "{}", texts(&removed).1);
    ana.hides("as you do, Ana");
    assert_eq!(ana.row(&source_of(&ben)).unwrap().state, "deleted");
    assert!(ana.mention_files().is_empty());
    wait_until("the tombstone", || ben.get(&path_of(&source_of(&ben))).status == 410);
}

/// The address of what Ben sent, as his ledger has it.
pub fn source_of(ben: &Home) -> String {
    let folder = ben.site.path("data/outbox");
    let files = crate::harness::files(&folder);
    let (_, bytes) = files.iter().find(|(name, _)| name.contains("answer")).expect("a ledger");
    let ledger: serde_json::Value = serde_json::from_slice(bytes).unwrap();
    ledger["source"].as_str().unwrap().to_owned()
}

fn path_of(address: &str) -> String {
    url::Url::parse(address).unwrap().path().to_owned()
}

#[test]
fn a_stranger_waits_and_the_sender_is_told_where_to_look() {
    let mut ana = Home::quiet("ana", "");
    let mut ben = Home::quiet("ben", "");
    begin(&mut ana);
    begin(&mut ben);
    ben.post("answer", &reply(&ana), "Hello from a stranger.");
    wait_until("the mention", || {
        ana.count("SELECT count(*) FROM mention WHERE state = 'held'") == 1
    });
    // It is begun before Ana hears, and says how it went soon after.
    let delivery = wait_for("the ledger", || {
        let ledger = crate::harness::files(&ben.site.path("data/outbox"));
        let (_, bytes) = ledger.iter().find(|(name, _)| name.contains("answer"))?;
        let mut ledger: serde_json::Value = serde_json::from_slice(bytes).unwrap();
        Some(ledger["targets"].get_mut(ana.url("/notes/one/"))?.take())
    });
    let source = source_of(&ben);
    assert_eq!((&delivery["outcome"], &delivery["status"]), (&"sent".into(), &201.into()));
    let place = path_of(delivery["status-page"].as_str().unwrap());
    assert_eq!(ana.get(&place).json()["status"], "held");
    ana.mentions(&["approve", &source]);
    ana.shows("Hello from a stranger.");
    assert_eq!(ana.get(&place).json()["status"], "published");
}

#[test]
fn wm_s_03_a_site_that_cannot_be_deployed_tells_nobody_until_it_is() {
    let mut ana = Home::quiet("ana", "[moderation]\nstrangers = \"publish\"\n");
    begin(&mut ana);
    // Ben's public face is another server's, which has what was deployed.
    let live = tempfile::tempdir().unwrap();
    let folder = live.path().join("live");
    let served = folder.clone();
    let host = crate::peer::Peer::start(move |asked| {
        let below = asked.path.trim_start_matches('/');
        let name = if below.is_empty() || below.ends_with('/') {
            format!("{below}index.html")
        } else {
            below.to_owned()
        };
        match std::fs::read(served.join(name)) {
            Ok(bytes) => crate::peer::Reply::html("").body(bytes),
            Err(_) => crate::peer::Reply::status(404),
        }
    });
    let mut ben = Home::quiet("ben", "[deploy]\ncommand = [\"sh\", \"deploy.sh\"]\ndebounce = 0\n");
    let config = std::fs::read_to_string(ben.site.path("lanai.toml")).unwrap();
    let own = format!("url = \"{}\"", ben.url(""));
    let public = format!("url = \"http://ben.localhost:{}\"", host.port());
    ben.site.write("lanai.toml", &config.replacen(&own, &public, 1));
    let script = format!(
        "test -e ready || {{ touch ready; echo the host is away >&2; exit 1; }}\n\
         rm -rf {0}.new\ncp -r public {0}.new\nrm -rf {0}\nmv {0}.new {0}\n",
        folder.display()
    );
    ben.site.write("deploy.sh", &script);
    ben.post("answer", &reply(&ana), "Deployed at last.");
    ben.start();
    assert!(ben.lanai(&["send", "--past", "--dry-run"]).status.success());
    wait_until("the first try", || ben.daemon.as_ref().unwrap().log().contains("cannot deploy"));
    assert!(ben.daemon.as_ref().unwrap().log().contains("the host is away"));
    assert_eq!(ana.count("SELECT count(*) FROM mention"), 0);
    assert!(!folder.exists());
    wait_until("the second try", || ben.daemon.as_ref().unwrap().log().contains("\"deployed\""));
    // Nobody has said yet whether the past is told.
    let output = ben.lanai(&["send", "--past"]);
    assert!(output.status.success(), "{}", texts(&output).1);
    ana.shows("Deployed at last.");
    ben.post("answer", &reply(&ana), "Deployed again.");
    ana.shows("Deployed again.");
}

#[test]
fn a_scheduled_post_appears_when_it_is_due() {
    let ana = Home::ana();
    let now = jiff::Timestamp::now();
    let soon = now + jiff::SignedDuration::from_secs(2);
    let later = now + jiff::SignedDuration::from_hours(1);
    for (name, at) in [("soon", soon), ("later", later)] {
        let text = format!("+++\ndate = {}\n+++\nA note for {name}.\n", at.strftime(CLOCK));
        ana.site.write(&format!("content/notes/{name}.md"), &text);
    }
    wait_until("the note", || ana.get("/notes/soon/").status == 200);
    assert_eq!(ana.get("/notes/later/").status, 404);
    assert!(jiff::Timestamp::now() >= soon - jiff::SignedDuration::from_secs(1));
    assert!(ana.page("/notes/soon/").contains("A note for soon."));
}

#[test]
fn what_is_broken_stays_as_it_was_until_it_is_mended() {
    let ana = Home::ana();
    ana.site.write("content/notes/two.md", "+++\ndate = nonsense\n+++\nBroken.\n");
    wait_until("the problem", || ana.daemon.as_ref().unwrap().log().contains("cannot be built"));
    assert!(ana.get("/notes/one/").text().contains("The first note."));
    assert_eq!(
        ana.send(&[("source", "http://ben.localhost:1/"), ("target", &ana.url("/notes/one/"))])
            .status,
        201
    );
    ana.post("two", "", "Mended.");
    wait_until("the mended note", || ana.get("/notes/two/").text().contains("Mended."));
}

#[test]
fn wm_l_02_and_03_a_conversation_of_three_is_shown_by_all() {
    let (ana, ben) = ana_and_ben();
    ben.post("answer", &reply(&ana), "Ben answers Ana.");
    ana.shows("Ben answers Ana.");
    // Carl answers Ben; Ana hears of it by Ben's page, and has to let Carl in.
    let mut carl = Home::quiet("carl", "");
    begin(&mut carl);
    let front = format!("in-reply-to = \"{}\"", source_of(&ben));
    carl.post("third", &front, "Carl answers Ben.");
    let held = "SELECT count(*) FROM mention WHERE state = 'held'";
    wait_until("Carl at Ben's door", || ben.count(held) == 1);
    let source: String = ben
        .database()
        .query_row("SELECT source FROM mention WHERE state = 'held'", [], |row| row.get(0))
        .unwrap();
    ben.mentions(&["approve", &source]);
    let page = path_of(&source_of(&ben));
    wait_until("Carl at Ben's", || ben.page(&page).contains("Carl answers Ben."));
    // Ben's next word takes it up to Ana.
    ben.post("answer", &reply(&ana), "Ben answers Ana again.");
    wait_until("Carl at Ana's door", || ana.count(held) == 1);
    ana.mentions(&["approve", &source]);
    ana.shows("Carl answers Ben.");
}
