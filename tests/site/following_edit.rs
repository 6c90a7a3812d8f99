//! Rows of whom one follows that are changed where they stand, taken out, or moved to the file that
//! nobody else sees.

use std::fs;

use lanai::error::Failure;
use lanai::site::following::{Ties, change, channels, order_channels, remove, rename_channel};
use lanai::site::{follows, readable_follows};

use crate::harness::SiteTest;

const PUBLIC: &str = "data/following.toml";
const PRIVATE: &str = "data/private/following.toml";

/// Two rows, as a person writes them.
const ROWS: &str = "# Whom I read.\n\n# Since school.\n[[follow]]   # first\n  url = 'https://ana.example/'\n  \
    title = \"Ana\"   # of the bakery\n  channel = 'Friends'\n  nickname = \"ana\"\n\n\n\
    # Photographs\n\n[[follow]]\nurl = \"https://ben.example/\"\nfeed = \"https://ben.example/feed\"\n\
    xfn = [\n  \"met\",\n]\nsince = 2021-02-06\n# to be read slowly\n\n[[follow]]\nurl = \"https://c.example\"\n";

fn read(site: &SiteTest, file: &str) -> String {
    fs::read_to_string(site.path(file)).unwrap_or_default()
}

fn at(address: &str) -> Vec<String> {
    vec![address.to_owned()]
}

fn ties(title: &str, channel: &str, xfn: &[&str]) -> Ties {
    let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    Ties {
        title: some(title),
        channel: some(channel),
        xfn: xfn.iter().map(|word| (*word).to_owned()).collect(),
        public: true,
    }
}

#[test]
fn a_row_is_changed_in_its_place() {
    let site = SiteTest::new().file(PUBLIC, ROWS);
    let said = ties("Ana \"Bread\"", "", &["friend", "met"]);
    assert_eq!(change(site.root(), &at("https://ana.example/"), &said).unwrap(), 1);
    let ben = ties("Ben", "Photos", &[]);
    assert_eq!(change(site.root(), &at("https://ben.example/feed"), &ben).unwrap(), 1);
    let expected = ROWS
        .replace("\"Ana\"   #", "'Ana \"Bread\"'   #")
        .replace(
            "  channel = 'Friends'\n  nickname = \"ana\"\n",
            "  nickname = \"ana\"\nxfn = [\"friend\", \"met\"]\n",
        )
        .replace(
            "ben.example/feed\"\nxfn = [\n  \"met\",\n]\n",
            "ben.example/feed\"\ntitle = \"Ben\"\nchannel = \"Photos\"\n",
        );
    assert_eq!(read(&site, PUBLIC), expected);
    assert!(!site.path(PRIVATE).exists());
    // Nothing else is said: nothing is written.
    let before = fs::metadata(site.path(PUBLIC)).unwrap().modified().unwrap();
    change(site.root(), &at("https://ben.example/feed"), &ben).unwrap();
    assert_eq!(fs::metadata(site.path(PUBLIC)).unwrap().modified().unwrap(), before);
    assert_eq!(change(site.root(), &at("https://nobody.example/"), &ben).unwrap(), 0);
}

#[test]
fn a_file_keeps_its_ends_of_lines_and_its_mark() {
    let text = "\u{feff}[[follow]]\r\nurl = \"https://a.example\"";
    let site = SiteTest::new().file(PUBLIC, text);
    let said = ties("", "News", &["met"]);
    change(site.root(), &at("https://a.example/"), &said).unwrap();
    let expected = format!("{text}\r\nchannel = \"News\"\r\nxfn = [\"met\"]\r\n");
    // Both are added after the last line, which had no end.
    assert_eq!(read(&site, PUBLIC), expected);
}

#[test]
fn a_nickname_needs_no_title() {
    let site = SiteTest::new().file(PUBLIC, ROWS.replace("title = \"Ana\"", "").as_str());
    let before = read(&site, PUBLIC);
    change(site.root(), &at("https://ana.example/"), &ties("ana", "Friends", &[])).unwrap();
    assert_eq!(read(&site, PUBLIC), before);
}

#[test]
fn a_row_moves_with_all_that_it_has() {
    let site = SiteTest::new().file(PUBLIC, ROWS);
    let hidden = Ties { public: false, ..ties("Ana", "Friends", &[]) };
    assert_eq!(change(site.root(), &at("https://ana.example/"), &hidden).unwrap(), 1);
    let row = "# Since school.\n[[follow]]   # first\n  url = 'https://ana.example/'\n  \
        title = \"Ana\"   # of the bakery\n  channel = 'Friends'\n  nickname = \"ana\"\n";
    assert_eq!(read(&site, PRIVATE), row);
    assert_eq!(read(&site, PUBLIC), ROWS.replace(&format!("{row}\n\n"), ""));
    assert!(!follows(site.root()).unwrap().last().unwrap().public);
    // The other one, with something else to say at the same time.
    let met = Ties { public: false, ..ties("", "", &["met"]) };
    change(site.root(), &at("https://c.example/"), &met).unwrap();
    let second = "\n[[follow]]\nurl = \"https://c.example\"\nxfn = [\"met\"]\n";
    assert_eq!(read(&site, PRIVATE), format!("{row}{second}"));
    assert!(read(&site, PUBLIC).ends_with("# to be read slowly\n"), "{}", read(&site, PUBLIC));
    // And back.
    change(site.root(), &at("https://ana.example/"), &ties("Ana", "", &[])).unwrap();
    let back = row.replace("  channel = 'Friends'\n", "").replace("# Since school.\n", "");
    assert!(read(&site, PUBLIC).ends_with(&format!("slowly\n\n{back}")));
    // A remark that begins a file is about all of it.
    assert_eq!(read(&site, PRIVATE), format!("# Since school.{second}"));
}

#[test]
fn what_is_marked_as_private_where_it_stands_stays_there() {
    let text = "[[follow]]\nurl = \"https://a.example/\"\npublic = false\n";
    let site = SiteTest::new().file(PUBLIC, text);
    let hidden = Ties { public: false, ..ties("A", "", &[]) };
    change(site.root(), &at("https://a.example/"), &hidden).unwrap();
    assert_eq!(read(&site, PUBLIC), text.replace("public", "title = \"A\"\npublic"));
    assert!(!site.path(PRIVATE).exists());
    change(site.root(), &at("https://a.example/"), &ties("A", "", &[])).unwrap();
    assert_eq!(read(&site, PUBLIC), "[[follow]]\nurl = \"https://a.example/\"\ntitle = \"A\"\n");
    assert!(follows(site.root()).unwrap()[0].public);
}

#[test]
fn an_address_with_a_pass_word_never_becomes_public() {
    let text =
        "[[follow]]\nurl = \"https://a.example/\"\nfeed = \"https://me:word@a.example/feed\"\n";
    let site = SiteTest::new().file(PRIVATE, text);
    change(site.root(), &at("https://me:word@a.example/feed"), &ties("A", "", &[])).unwrap();
    assert!(read(&site, PRIVATE).contains("title = \"A\""));
    assert!(!site.path(PUBLIC).exists());
}

#[test]
fn rows_are_taken_out_with_their_remarks() {
    let site = SiteTest::new()
        .file(PUBLIC, ROWS)
        .file(PRIVATE, "[[follow]]\nurl = \"https://ben.example/feed\"\n");
    let removed = remove(site.root(), &at("https://ben.example/feed")).unwrap();
    assert_eq!(removed.len(), 2, "wherever they stand");
    assert_eq!((removed[0].public, removed[1].public), (true, false));
    assert_eq!(removed[0].xfn, ["met"]);
    let start = ROWS.find("[[follow]]\nurl = \"https://ben").unwrap();
    let end = ROWS.find("[[follow]]\nurl = \"https://c").unwrap();
    assert_eq!(read(&site, PUBLIC), format!("{}{}", &ROWS[..start], &ROWS[end..]));
    assert_eq!(read(&site, PRIVATE), "");
    remove(site.root(), &at("https://c.example/")).unwrap();
    assert!(read(&site, PUBLIC).ends_with("nickname = \"ana\"\n\n\n# Photographs\n"));
    remove(site.root(), &at("https://ana.example/")).unwrap();
    assert_eq!(read(&site, PUBLIC), "# Whom I read.\n\n# Photographs\n");
    assert_eq!(remove(site.root(), &at("https://ana.example/")).unwrap(), []);
}

#[test]
fn rows_that_are_not_right_are_left_as_they_are() {
    let bad =
        "[[follow]]\ntitle = \"Nobody\"\n\n[[follow]]\nurl = \"ftp://old.example\"\nmood = 1\n";
    let site = SiteTest::new().file(PUBLIC, &format!("{bad}\n{ROWS}"));
    change(site.root(), &at("https://c.example/"), &ties("C", "", &[])).unwrap();
    remove(site.root(), &at("https://ana.example/")).unwrap();
    let text = read(&site, PUBLIC);
    assert!(text.starts_with(bad) && text.ends_with("title = \"C\"\n"), "{text}");
    assert_eq!(readable_follows(site.root()).unwrap().0.len(), 2);
}

#[test]
fn what_could_not_be_read_again_is_refused() {
    for text in [
        "follow = [{ url = \"https://a.example/\" }]\n",
        "[[follow]]\nurl = https://a.example/\n",
        "[[follow]]\nurl = \"https://a.example/\"\n[follow.title]\nx = 1\n",
    ] {
        let site = SiteTest::new().file(PUBLIC, text);
        let changed = change(site.root(), &at("https://a.example/"), &ties("A", "", &[]));
        assert!(changed.is_err(), "{text}");
        assert_eq!(read(&site, PUBLIC), text);
    }
    let inline = "follow = [{ url = \"https://a.example/\" }]\n";
    let site = SiteTest::new().file(PUBLIC, inline);
    assert!(matches!(remove(site.root(), &at("https://a.example/")), Err(Failure::Run { .. })));
    assert_eq!(read(&site, PUBLIC), inline);
}

#[test]
fn a_channel_is_renamed_everywhere() {
    let private = "channels = [\n  'News', # first\n  'Friends',\n]\n\n[[follow]]\nurl = \"https://d.example/\"\nchannel = \" Friends \"\n";
    let site = SiteTest::new().file(PUBLIC, ROWS).file(PRIVATE, private);
    assert_eq!(channels(site.root()).unwrap(), ["News", "Friends"]);
    assert_eq!(rename_channel(site.root(), "Friends", Some("Nahe")).unwrap(), 2);
    assert_eq!(read(&site, PUBLIC), ROWS.replace("'Friends'", "\"Nahe\""));
    let expected = "channels = [\"News\", \"Nahe\"]\n\n[[follow]]\nurl = \"https://d.example/\"\nchannel = \"Nahe\"\n";
    assert_eq!(read(&site, PRIVATE), expected);
    // Into one that is there already.
    assert_eq!(rename_channel(site.root(), "News", Some("Nahe")).unwrap(), 0);
    assert_eq!(channels(site.root()).unwrap(), ["Nahe"]);
    assert_eq!(rename_channel(site.root(), "Nahe", None).unwrap(), 2);
    assert_eq!(read(&site, PUBLIC), ROWS.replace("  channel = 'Friends'\n", ""));
    assert_eq!(read(&site, PRIVATE), "channels = []\n\n[[follow]]\nurl = \"https://d.example/\"\n");
}

#[test]
fn the_order_of_channels_stands_above_the_private_rows() {
    let site = SiteTest::new().file(PRIVATE, "# quiet\n[[follow]]\nurl = \"https://d.example/\"\n");
    let order = ["日本語".to_owned(), "A \"b\"".to_owned()];
    order_channels(site.root(), &order).unwrap();
    assert_eq!(channels(site.root()).unwrap(), order);
    let text = read(&site, PRIVATE);
    assert!(text.ends_with("\n\n# quiet\n[[follow]]\nurl = \"https://d.example/\"\n"), "{text}");
    assert_eq!(follows(site.root()).unwrap().len(), 1);
    let site = SiteTest::new();
    assert!(channels(site.root()).unwrap().is_empty());
    order_channels(site.root(), &order[..1]).unwrap();
    assert_eq!(read(&site, PRIVATE), "channels = [\"日本語\"]\n");
    // Nobody else's business: the public file does not know the key.
    let site = SiteTest::new().file(PUBLIC, "channels = [\"A\"]\n");
    assert!(follows(site.root()).is_err());
}

#[test]
fn one_of_fifty_thousand_rows_is_changed() {
    let rows: String = (0..50_000)
        .map(|n| {
            format!("[[follow]]\nurl = \"https://s{n}.example/\"\nchannel = \"c{}\"\n\n", n % 7)
        })
        .collect();
    let site = SiteTest::new().file(PUBLIC, &rows);
    let hidden = Ties { public: false, ..ties("", "c0", &[]) };
    change(site.root(), &at("https://s49000.example/"), &hidden).unwrap();
    assert_eq!(rename_channel(site.root(), "c0", Some("zero")).unwrap(), 7_143);
    assert_eq!(follows(site.root()).unwrap().len(), 50_000);
    let row = "[[follow]]\nurl = \"https://s49000.example/\"\nchannel = \"zero\"\n";
    assert_eq!(read(&site, PRIVATE), row);
}
