//! Whom one follows, as a file: rows that are added to it, and lists that come from other readers
//! and go to them.

use std::fs;

use lanai::error::Failure;
use lanai::model::Follow;
use lanai::site::following::add;
use lanai::site::follows;

use crate::harness::{SiteTest, texts};

const PUBLIC: &str = "data/following.toml";
const PRIVATE: &str = "data/private/following.toml";

fn follow(url: &str, feed: Option<&str>) -> Follow {
    Follow {
        url: url.to_owned(),
        feed: feed.map(str::to_owned),
        title: None,
        nickname: None,
        photo: None,
        channel: None,
        xfn: Vec::new(),
        public: true,
        since: None,
        note: None,
    }
}

/// A row with every key.
fn full() -> Follow {
    Follow {
        title: Some("Jule \"fog\" \\ Petersen 😀\u{7}".to_owned()),
        nickname: Some("jule".to_owned()),
        photo: Some("avatars/jule.png".to_owned()),
        channel: Some("Friends / Close".to_owned()),
        xfn: vec!["friend".to_owned(), "met".to_owned()],
        since: Some("2021-02-06".parse().unwrap()),
        note: Some("Two\nlines'''\"\"\"".to_owned()),
        ..follow("https://jule.example/", Some("https://jule.example/feed.xml"))
    }
}

fn read(site: &SiteTest, file: &str) -> String {
    fs::read_to_string(site.path(file)).unwrap()
}

/// The exit code of a command and what it said.
fn run(site: &SiteTest, arguments: &[&str]) -> (i32, String, String) {
    let output = site.run(arguments);
    let (out, err) = texts(&output);
    (output.status.code().unwrap(), out, err)
}

#[test]
fn added_rows_are_read_again_as_they_were() {
    let site = SiteTest::new();
    let hidden = Follow { public: false, ..follow("https://ben.example/", None) };
    let secret = follow("https://c.example/", Some("https://me:word@c.example/feed"));
    let rows = [full(), hidden.clone(), secret.clone()];
    let added = add(site.root(), &rows).unwrap();
    let secret = Follow { public: false, ..secret };
    assert_eq!(added.written, [full(), hidden.clone(), secret.clone()]);
    assert_eq!(added.known, []);
    assert_eq!(follows(site.root()).unwrap(), [full(), hidden, secret]);
    assert!(!read(&site, PUBLIC).contains("word"));
    assert!(!read(&site, PRIVATE).contains("public"), "where it stands says it");
}

#[test]
fn a_row_is_known_however_it_is_spelled() {
    let site = SiteTest::new().file(
        PUBLIC,
        "[[follow]]\nurl = \"https://a.example/\"\nfeed = \"https://www.a.example/feed/\"\n",
    );
    let site = site.file(PRIVATE, "[[follow]]\nurl = \"http://b.example\"\n");
    let before = (read(&site, PUBLIC), read(&site, PRIVATE));
    let known = [
        follow("https://elsewhere.example/", Some("http://a.example/feed")),
        follow("https://a.example", None),
        follow("https://b.example/", None),
        follow("https://b.example/about", Some("https://www.B.example/")),
    ];
    let added = add(site.root(), &known).unwrap();
    assert_eq!((added.written, added.known), (Vec::new(), known.to_vec()));
    assert_eq!((read(&site, PUBLIC), read(&site, PRIVATE)), before);
    let other = follow("https://a.example/", Some("https://a.example/notes/feed"));
    let added = add(site.root(), &[other.clone(), other.clone()]).unwrap();
    assert_eq!((added.written, added.known), (vec![other.clone()], vec![other]));
}

#[test]
fn what_is_there_stays_byte_for_byte() {
    for (before, between) in [
        ("", ""),
        ("# nobody yet", "\n\n"),
        ("\u{feff}# mine\n\n[[follow]]   # first\n  url='https://a.example'#why\n\n\n", "\n"),
        ("[[ follow ]]\r\nurl = \"https://a.example\"\r\n# end", "\r\n\r\n"),
        ("[[follow]]\nurl = \"https://a.example\"\npublic = false\n", "\n"),
    ] {
        let site = SiteTest::new().file(PUBLIC, before);
        add(site.root(), &[follow("https://b.example/", None)]).unwrap();
        let end = if before.contains('\r') { "\r\n" } else { "\n" };
        let row = format!("[[follow]]{end}url = \"https://b.example/\"{end}");
        assert_eq!(read(&site, PUBLIC), format!("{before}{between}{row}"));
        assert_eq!(follows(site.root()).unwrap().last().unwrap().url, "https://b.example/");
    }
}

#[test]
fn a_broken_file_is_left_alone() {
    let new = [
        follow("https://b.example/", None),
        Follow { public: false, ..follow("https://c.example/", None) },
    ];
    for file in [PUBLIC, PRIVATE] {
        let text = "# mine\n[[follow]]\nurl = https://a.example\n";
        let site = SiteTest::new().file(file, text);
        let Err(Failure::Problems(problems)) = add(site.root(), &new) else { panic!("{file}") };
        let problem = problems.sorted()[0];
        assert_eq!((problem.file.as_str(), problem.place.as_ref().unwrap().line), (file, 3));
        assert_eq!(read(&site, file), text);
        let other = if file == PUBLIC { PRIVATE } else { PUBLIC };
        assert!(!site.path(other).exists());
        site.write("list.opml", "<opml><outline xmlUrl='https://b.example/feed'/></opml>");
        let (code, _, err) = run(&site, &["following", "import", "list.opml"]);
        assert_eq!(code, 1);
        assert!(err.contains(&format!("{file}:3")), "{err}");
        assert_eq!(read(&site, file), text);
    }
}

#[test]
fn what_could_not_be_read_again_is_not_written() {
    let site = SiteTest::new();
    let rows = [follow("https://b.example/", None), follow("b.example", None)];
    assert!(matches!(add(site.root(), &rows), Err(Failure::Run { .. })));
    assert!(!site.path(PUBLIC).exists());
    // Rows without headings of their own take no more rows.
    let text = "follow = [{ url = \"https://a.example/\" }]\n";
    let site = SiteTest::new().file(PUBLIC, text);
    assert!(matches!(add(site.root(), &rows[..1]), Err(Failure::Run { .. })));
    assert_eq!(read(&site, PUBLIC), text);
}

#[test]
fn fifty_thousand_rows_are_taken() {
    let site = SiteTest::new();
    let rows: Vec<Follow> = (0..50_000)
        .map(|n| follow(&format!("https://s{n}.example/"), Some("https://x.example/feed")))
        .map(|row| Follow { feed: Some(format!("{}feed", row.url)), ..row })
        .collect();
    let added = add(site.root(), &rows).unwrap();
    assert_eq!((added.written.len(), added.known.len()), (50_000, 0));
    let text = read(&site, PUBLIC);
    assert_eq!(text.matches("[[follow]]").count(), 50_000);
    let added = add(site.root(), &rows).unwrap();
    assert_eq!((added.written.len(), added.known.len()), (0, 50_000));
    assert_eq!(read(&site, PUBLIC), text);
    assert!(follows(site.root()).unwrap() == rows);
    let (code, list, _) = run(&site, &["following", "list"]);
    assert_eq!((code, list.lines().count()), (0, 50_000));
}

#[test]
fn writers_at_once_lose_nobody() {
    let site = SiteTest::new();
    let root = site.root();
    std::thread::scope(|threads| {
        for n in 0..8 {
            threads.spawn(move || {
                add(root, &[follow(&format!("https://s{n}.example/"), None)]).unwrap();
            });
        }
    });
    assert_eq!(follows(root).unwrap().len(), 8);
}

const LIST: &str = r#"<?xml version="1.0"?>
<opml version="1.1"><body>
<outline text="Ana" type="rss" xmlUrl="https://ana.example/feed" htmlUrl="https://ana.example/"/>
<outline text="News">
  <outline title="Ben" xmlurl="https://ben.example/rss" description="Of bread"/>
  <outline text="Far">
    <outline text="Cem" type="rss" xmlUrl="https://cem.example/atom"/>
    <outline text="Ana again" type="rss" xmlUrl="http://www.ana.example/feed/"/>
  </outline>
  <outline text="Bad" type="rss" xmlUrl="javascript:alert(1)"/>
  <outline text="ftp://me:word@old.example/feed" type="rss" xmlUrl="ftp://me:word@old.example/feed"/>
</outline>
<outline text="News">
  <outline type="rss" xmlUrl="https://me:word@paid.example/feed"/>
</outline>
</body></opml>
"#;

#[test]
fn fd_o_04_a_list_of_another_reader_is_taken_over() {
    let site = SiteTest::new().file("list.opml", LIST);
    let (code, out, err) = run(&site, &["following", "import", "list.opml"]);
    assert_eq!((code, out.as_str()), (1, ""), "{err}");
    assert!(err.contains("added: 4; known: 1\n"), "{err}");
    assert!(err.contains("\"Bad\" has no web address"), "{err}");
    assert!(err.contains("\"ftp://old.example/feed\" has no web address"), "{err}");
    assert!(err.contains("pass word in the address: 1; they stand in data/private"), "{err}");
    assert!(!err.contains("word@"), "{err}");
    let channel = |name: &str| Some(name.to_owned());
    let ana = Follow {
        title: Some("Ana".to_owned()),
        ..follow("https://ana.example/", Some("https://ana.example/feed"))
    };
    let ben = Follow {
        title: Some("Ben".to_owned()),
        note: Some("Of bread".to_owned()),
        channel: channel("News"),
        ..follow("https://ben.example/rss", Some("https://ben.example/rss"))
    };
    let cem = Follow {
        title: Some("Cem".to_owned()),
        channel: channel("News / Far"),
        ..follow("https://cem.example/atom", Some("https://cem.example/atom"))
    };
    let paid = "https://me:word@paid.example/feed";
    let paid = Follow { channel: channel("News"), public: false, ..follow(paid, Some(paid)) };
    assert_eq!(follows(site.root()).unwrap(), [ana, ben, cem, paid]);
    assert!(!read(&site, PUBLIC).contains("word@"));
    // A second time nothing happens.
    let before = (read(&site, PUBLIC), read(&site, PRIVATE));
    let (code, _, err) = run(&site, &["following", "import", "list.opml"]);
    assert_eq!(code, 1);
    assert!(err.contains("added: 0; known: 5\n"), "{err}");
    assert_eq!((read(&site, PUBLIC), read(&site, PRIVATE)), before);
    // What is shown holds no pass word either.
    for arguments in [&["following", "list"][..], &["following", "list", "--json"]] {
        let (code, out, _) = run(&site, arguments);
        assert_eq!(code, 0);
        assert!(out.contains("https://paid.example/feed") && !out.contains("word@"), "{out}");
    }
    site.build();
}

#[test]
fn fd_o_04_ten_thousand_entries_are_taken_over() {
    let outlines: String = (0..10_000)
        .map(|n| format!("<outline text='f{n}' xmlUrl='https://s{n}.example/feed'/>\n"))
        .collect();
    let site = SiteTest::new().file("list.opml", &format!("<opml><body>{outlines}</body></opml>"));
    let (code, _, err) = run(&site, &["following", "import", "list.opml"]);
    assert_eq!((code, err.as_str()), (0, "added: 10000; known: 0\n"));
    assert_eq!(follows(site.root()).unwrap().len(), 10_000);
}

#[test]
fn fd_o_05_references_to_other_lists_are_not_followed() {
    let site = SiteTest::new().file(
        "list.opml",
        "<opml><outline type='include' text='a' url='https://a.example/list.opml'/>\
         <outline type='link' text='b' url='https://b.example/'/>\
         <outline isComment='true' text='c' xmlUrl='https://c.example/feed'/>\
         <outline text='d' xmlUrl='https://d.example/feed'/></opml>",
    );
    let (code, _, err) = run(&site, &["following", "import", "list.opml"]);
    assert_eq!((code, err.as_str()), (0, "added: 1; known: 0\n"));
}

#[test]
fn fd_o_06_what_is_handed_on_comes_back_the_same() {
    let site = SiteTest::new();
    let rows = [
        Follow {
            title: Some("Ana & \"friends\" <3".to_owned()),
            note: Some("Two\nlines".to_owned()),
            ..follow("https://ana.example/", Some("https://ana.example/feed?a&b"))
        },
        follow("https://nofeed.example/~ben/", None),
        follow("https://feed.example/rss", Some("https://feed.example/rss")),
        Follow {
            channel: Some("News / Far".to_owned()),
            public: false,
            ..follow("https://cem.example/", Some("https://cem.example/atom"))
        },
        Follow {
            channel: Some("a / / b".to_owned()),
            title: Some("Dora".to_owned()),
            ..follow("https://dora.example/", None)
        },
    ];
    add(site.root(), &rows).unwrap();
    let secret = follow("https://e.example/", Some("https://me:word@e.example/feed"));
    add(site.root(), &[secret]).unwrap();
    let (code, opml, err) = run(&site, &["following", "export", "--all"]);
    assert_eq!(code, 0);
    assert_eq!(err, "left out, for a name or a pass word in the address: 1\n");
    assert!(!opml.contains("e.example/feed\""), "{opml}");
    let other = SiteTest::new().file("list.opml", &opml);
    let (code, _, err) = run(&other, &["following", "import", "list.opml"]);
    assert_eq!((code, err.as_str()), (0, "added: 5; known: 0\n"));
    let sorted = |mut rows: Vec<Follow>| {
        rows.sort_by(|a, b| a.url.cmp(&b.url));
        rows
    };
    let public = rows.map(|row| Follow { public: true, ..row }).to_vec();
    assert_eq!(sorted(follows(other.root()).unwrap()), sorted(public));
    let (_, again, _) = run(&other, &["following", "export"]);
    assert_eq!(again, opml, "and the same tree");
    // Without --all, only what everybody may see.
    let (code, opml, err) = run(&site, &["following", "export", "--output", "out.opml"]);
    assert_eq!((code, opml.as_str(), err.as_str()), (0, "", ""));
    assert!(read(&site, "out.opml").contains("ana.example"));
    assert!(!read(&site, "out.opml").contains("cem.example"));
}

#[test]
fn mb_s_04_folders_and_feeds_keep_the_order_of_the_file() {
    let site = SiteTest::new();
    let rows = ["Zebras", "Apes/Small", "", "Mice", "Apes", "Zebras", "Apes/Large"];
    let text: String = (1..)
        .zip(rows)
        .map(|(n, channel)| {
            let channel = match channel {
                "" => String::new(),
                name => format!("channel = \"{}\"\n", name.replace('/', " / ")),
            };
            format!("[[follow]]\nurl = \"https://a.example/{n}\"\n{channel}\n")
        })
        .collect();
    site.write("data/following.toml", &text);
    let (code, opml, err) = run(&site, &["following", "export"]);
    assert_eq!(code, 0, "{err}");
    let texts: Vec<&str> =
        opml.split("text=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    let at = |n: u8| format!("https://a.example/{n}");
    let expected = [
        &at(3),
        "Zebras",
        &at(1),
        &at(6),
        "Apes",
        &at(5),
        "Small",
        &at(2),
        "Large",
        &at(7),
        "Mice",
        &at(4),
    ];
    assert_eq!(texts, expected);
}

#[test]
fn flags_of_following_do_what_they_say() {
    let site = SiteTest::new().file("list.opml", LIST).file("none.opml", "<html>no</html>");
    let import = ["following", "import", "list.opml", "--private", "--channel", "Old reader"];
    let (code, _, _) = run(&site, &import);
    assert_eq!(code, 1);
    assert!(!site.path(PUBLIC).exists());
    let rows = follows(site.root()).unwrap();
    assert_eq!(rows.len(), 4);
    assert!(rows.iter().all(|row| !row.public && row.channel.as_deref() == Some("Old reader")));
    let (code, out, _) = run(&site, &["following", "list", "--channel", "Old reader", "--json"]);
    let list: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!((code, list["following"].as_array().unwrap().len()), (0, 4));
    assert_eq!(list["following"][0]["feed"], "https://ana.example/feed");
    let (code, out, err) = run(&site, &["following", "list", "--channel", "Other"]);
    assert_eq!((code, out.as_str(), err.as_str()), (0, "", "there is nobody\n"));
    let (_, out, _) = run(&site, &["following", "list"]);
    assert!(out.starts_with("Ana  https://ana.example/feed  [Old reader]  (private)\n"), "{out}");
    let (code, _, err) = run(&site, &["following", "import", "none.opml"]);
    assert_eq!(code, 2);
    assert!(err.contains("none.opml is not read as OPML"), "{err}");
    let (code, _, _) = run(&site, &["following", "list", "--site", "nowhere"]);
    assert_ne!(code, 0);
}

#[test]
fn a_list_comes_from_standard_input() {
    let site = SiteTest::new();
    let list = "<opml><outline text='Ana\u{9b}31m' xmlUrl='https://ana.example/feed'/></opml>";
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_lanai"));
    command.args(["following", "import", "-"]).current_dir(site.root());
    let output = crate::commands::with_stdin(command, list);
    assert_eq!(output.status.code(), Some(0), "{}", texts(&output).1);
    let (_, out, _) = run(&site, &["following", "list"]);
    assert_eq!(out, "Ana 31m  https://ana.example/feed\n", "nothing that moves the terminal");
}
