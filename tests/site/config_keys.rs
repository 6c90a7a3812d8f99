//! Every key of `lanai.toml`: a typing mistake in it is refused where it stands, and setting it
//! changes the site. A key without a row here fails the test.

use std::collections::BTreeSet;

use lanai::error::Failure;

use crate::harness::SiteTest;
use crate::png;

/// What setting a key does.
enum Effect {
    /// The file now has this text, which it did not have. `*` in a name stands for a hash.
    Shows(&'static str, &'static str),
    /// The file had this text, which it has no longer.
    Hides(&'static str, &'static str),
    /// The file exists now.
    Makes(&'static str),
    /// What was refused is built now.
    Accepts,
    /// The site is the same: the key is for commands that ask other sites (`tests/network`).
    Nothing,
}
use Effect::{Accepts, Hides, Makes, Nothing, Shows};

struct Row {
    key: &'static str,
    /// The configuration without the key, behind title and address.
    without: &'static str,
    /// The same with the key, whose name is written `KEY`.
    with: &'static str,
    effect: Effect,
}

fn row(key: &'static str, without: &'static str, with: &'static str, effect: Effect) -> Row {
    Row { key, without, with, effect }
}

const HOME: &str = "index.html";
const ATOM: &str = "atom.xml";

fn site_rows() -> Vec<Row> {
    vec![
        row("description", "", "KEY = \"Bread and bridges\"", Shows(HOME, "Bread and bridges")),
        row("language", "", "KEY = \"pt\"", Shows(HOME, "<html lang=\"pt\"")),
        row("time-zone", "", "KEY = \"Asia/Tokyo\"", Shows(ATOM, "2024-05-02T09:30:00+09:00")),
        row("theme", "", "KEY = \"journal\"", Shows("assets/style.*.css", JOURNAL)),
        row(
            "accent",
            "",
            "KEY = \"#b5523b\"",
            Shows("assets/style.*.css", ":root{--accent:#b5523b}"),
        ),
        row(
            "former-urls",
            "",
            "KEY = [\"https://old.example\"]",
            Shows(ATOM, "https://old.example/atom.xml"),
        ),
        row("copyright", "", "KEY = \"CC BY 4.0\"", Shows(HOME, "CC BY 4.0")),
        row(
            "extra",
            "",
            "KEY = { motto = \"Festina lente\" }",
            Shows(HOME, "motto: Festina lente"),
        ),
        row(
            "menu",
            "",
            "[[KEY]]\nlabel = \"Me\"\nurl = \"/about/\"",
            Shows(HOME, "<a href=\"/about/\">Me</a>"),
        ),
        row("menu.label", "", "[[menu]]\nKEY = \"Me\"\nurl = \"/about/\"", Shows(HOME, ">Me</a>")),
        row(
            "menu.url",
            "",
            "[[menu]]\nlabel = \"Me\"\nKEY = \"/about/\"",
            Shows(HOME, "<li><a href=\"/about/\""),
        ),
        row("permalinks.*", "", "[permalinks]\nnote = \"/n/{slug}/\"", Makes("n/short/index.html")),
    ]
}

/// A rule of the journal theme that the porch theme does not have.
const JOURNAL: &str = "Sitka Text";

fn author_rows() -> Vec<Row> {
    let author = |key, with, effect| row(key, "", with, effect);
    vec![
        author(
            "author.name",
            "[author]\nKEY = \"Ana Mora\"",
            Shows(HOME, "rel=\"me\" href=\"/\">Ana Mora</a>"),
        ),
        author(
            "author.given-name",
            "[author]\nKEY = \"Ana\"",
            Shows(HOME, "class=\"p-given-name\" value=\"Ana\""),
        ),
        author(
            "author.family-name",
            "[author]\nKEY = \"Mora\"",
            Shows(HOME, "class=\"p-family-name\" value=\"Mora\""),
        ),
        author(
            "author.nickname",
            "[author]\nKEY = \"ana\"",
            Shows(HOME, "class=\"p-nickname\" value=\"ana\""),
        ),
        author("author.pronouns", "[author]\nKEY = \"she/her\"", Shows(HOME, "she/her")),
        author(
            "author.photo",
            "[author]\nKEY = \"media/me.png\"",
            Shows(HOME, "src=\"/media/me.png\""),
        ),
        author(
            "author.cover",
            "[author]\nKEY = \"media/cover.png\"",
            Shows(HOME, "src=\"/media/cover.png\""),
        ),
        author(
            "author.note",
            "[author]\nKEY = \"I *knock* on bridges.\"",
            Shows(HOME, "I <em>knock</em> on bridges."),
        ),
    ]
}

/// The owner's address, work, place, day and profiles.
fn contact_rows() -> Vec<Row> {
    let author = |key, with, effect| row(key, "", with, effect);
    vec![
        row(
            "author.email",
            "[author]\nshow-email = true",
            "[author]\nshow-email = true\nKEY = \"ola@ana.example\"",
            Shows(HOME, "mailto:ola@ana.example"),
        ),
        row(
            "author.show-email",
            "[author]\nemail = \"ola@ana.example\"",
            "[author]\nemail = \"ola@ana.example\"\nKEY = true",
            Shows(HOME, "mailto:ola@ana.example"),
        ),
        author(
            "author.org",
            "[author]\nKEY = \"Arco Baixo\"",
            Shows(HOME, "class=\"p-org\">Arco Baixo<"),
        ),
        author(
            "author.job-title",
            "[author]\nKEY = \"Engineer\"",
            Shows(HOME, "class=\"p-job-title\">Engineer<"),
        ),
        author(
            "author.locality",
            "[author]\nKEY = \"Porto\"",
            Shows(HOME, "class=\"p-locality\">Porto<"),
        ),
        author(
            "author.region",
            "[author]\nKEY = \"Norte\"",
            Shows(HOME, "class=\"p-region\">Norte<"),
        ),
        author(
            "author.country-name",
            "[author]\nKEY = \"Portugal\"",
            Shows(HOME, "class=\"p-country-name\">Portugal<"),
        ),
        row(
            "author.birthday",
            "[author]\nshow-birthday = true",
            "[author]\nshow-birthday = true\nKEY = 1989-05-03",
            Shows(HOME, "class=\"dt-bday\" value=\"1989-05-03\""),
        ),
        row(
            "author.show-birthday",
            "[author]\nbirthday = 1989-05-03",
            "[author]\nbirthday = 1989-05-03\nKEY = true",
            Shows(HOME, "class=\"dt-bday\" value=\"1989-05-03\""),
        ),
        author(
            "author.key",
            "[author]\nKEY = \"/key.txt\"",
            Shows(HOME, "<link rel=\"pgpkey\" href=\"/key.txt\">"),
        ),
        author(
            "author.categories",
            "[author]\nKEY = [\"bridges\"]",
            Shows(HOME, "class=\"p-category\" value=\"bridges\""),
        ),
        author(
            "author.me",
            "[author]\nKEY = [\"https://social.example/@ana\"]",
            Shows(HOME, "rel=\"me\" href=\"https://social.example/@ana\">social.example/@ana</a>"),
        ),
        author(
            "author.me.url",
            "[[author.me]]\nKEY = \"https://social.example/@ana\"",
            Shows(HOME, "rel=\"me\" href=\"https://social.example/@ana\""),
        ),
        row(
            "author.me.label",
            "[[author.me]]\nurl = \"https://social.example/@ana\"",
            "[[author.me]]\nurl = \"https://social.example/@ana\"\nKEY = \"The square\"",
            Shows(HOME, ">The square</a>"),
        ),
    ]
}

fn list_rows() -> Vec<Row> {
    vec![
        row("feeds.items", "", "[feeds]\nKEY = 1", Hides("feed.json", "A like of mine")),
        row(
            "feeds.content",
            "",
            "[feeds]\nKEY = \"summary\"",
            Hides("feed.json", "The end of it."),
        ),
        row("feeds.responses", "", "[feeds]\nKEY = false", Hides("feed.json", "A like of mine")),
        row(
            "feeds.hubs",
            "",
            "[feeds]\nKEY = [\"https://hub.example/\"]",
            Shows(ATOM, "https://hub.example/"),
        ),
        row("lists.page-size", "", "[lists]\nKEY = 1", Makes("page/1/index.html")),
        row("lists.fold-words", "", "[lists]\nKEY = 2", Shows(HOME, "<details class=\"fold\">")),
        row(
            "lists.responses-depth",
            "",
            "[lists]\nKEY = 1",
            // The innermost answer stands beside the one that it answers.
            Hides("notes/short/index.html", "<summary>1 answer</summary>"),
        ),
        row("lists.responses-in-stream", "", "[lists]\nKEY = false", Hides(HOME, "A like of mine")),
        row("content.folder", "", "[content]\nKEY = \"texts\"", Makes("elsewhere/index.html")),
        row(
            "content.foreign",
            "[content]\nfolder = \"foreign\"",
            "[content]\nfolder = \"foreign\"\nKEY = true",
            Accepts,
        ),
    ]
}

fn language_rows() -> Vec<Row> {
    let german = "[languages.de]";
    let de = "de/index.html";
    vec![
        row(
            "languages.*.name",
            german,
            "[languages.de]\nKEY = \"Dütsch\"",
            Shows(HOME, ">Dütsch</a>"),
        ),
        row(
            "languages.*.title",
            german,
            "[languages.de]\nKEY = \"Brückenbuch\"",
            Shows(de, "<title>Brückenbuch</title>"),
        ),
        row(
            "languages.*.description",
            german,
            "[languages.de]\nKEY = \"Brot und Brücken\"",
            Shows(de, "Brot und Brücken"),
        ),
        row(
            "languages.*.author-note",
            german,
            "[languages.de]\nKEY = \"Ich klopfe.\"",
            Shows(de, "Ich klopfe."),
        ),
        row(
            "languages.*.menu",
            german,
            "[[languages.de.KEY]]\nlabel = \"Ich\"\nurl = \"/about/\"",
            Shows(de, "<a href=\"/about/\">Ich</a>"),
        ),
        row(
            "languages.*.menu.label",
            german,
            "[[languages.de.menu]]\nKEY = \"Ich\"\nurl = \"/about/\"",
            Shows(de, ">Ich</a>"),
        ),
        row(
            "languages.*.menu.url",
            german,
            "[[languages.de.menu]]\nlabel = \"Ich\"\nKEY = \"/about/\"",
            Shows(de, "<li><a href=\"/about/\""),
        ),
    ]
}

fn service_rows() -> Vec<Row> {
    vec![
        row(
            "endpoints.webmention",
            "",
            "[endpoints]\nKEY = \"https://wm.example/ana\"",
            Shows(HOME, "<link rel=\"webmention\" href=\"https://wm.example/ana\">"),
        ),
        row(
            "endpoints.micropub",
            "",
            "[endpoints]\nKEY = \"https://mp.example/\"",
            Shows(HOME, "<link rel=\"micropub\" href=\"https://mp.example/\">"),
        ),
        row(
            "endpoints.microsub",
            "",
            "[endpoints]\nKEY = \"https://ms.example/\"",
            Shows(HOME, "<link rel=\"microsub\" href=\"https://ms.example/\">"),
        ),
        row(
            "endpoints.indieauth",
            "",
            "[endpoints]\nKEY = \"https://ia.example/\"",
            Shows(HOME, "<link rel=\"indieauth-metadata\" href=\"https://ia.example/\">"),
        ),
        row(
            "network.allow",
            "",
            "[network]\nKEY = [\"192.168.0.0/16\", \"nas.home:8080\"]",
            Nothing,
        ),
        row(
            "endpoints.hub",
            "",
            "[endpoints]\nKEY = \"https://hub.example/\"",
            Shows(HOME, "<link rel=\"hub\" href=\"https://hub.example/\">"),
        ),
        row(
            "headers.csp",
            "",
            "[headers]\nKEY = { img-src = [\"https://pics.example\"] }",
            Shows("_headers", "img-src 'self' https://pics.example;"),
        ),
        row(
            "headers.custom",
            "",
            "[headers]\nKEY = { X-Ana = \"hello\" }",
            Shows("_headers", "  X-Ana: hello\n"),
        ),
    ]
}

macro_rules! concat_mail {
    ($more:literal) => {
        concat!("[mail]\nserver = \"localhost\"\nto = \"a@test.example\"\n", $more)
    };
}

fn daemon_rows() -> Vec<Row> {
    vec![
        row("network.ignore", "", "[network]\nKEY = [\"quiet.example\"]", Nothing),
        row("network.tell-own-pages", "", "[network]\nKEY = true", Nothing),
        row("network.requests", "", "[network]\nKEY = 16", Nothing),
        row("network.requests-per-host", "", "[network]\nKEY = 1", Nothing),
        row(
            "daemon.url",
            "",
            "[daemon]\nKEY = \"https://porch.test.example/ana\"",
            Shows(
                HOME,
                "<link rel=\"webmention\" href=\"https://porch.test.example/ana/webmention\">",
            ),
        ),
        row("daemon.listen", "", "[daemon]\nKEY = \"[::1]:4009\"", Nothing),
        row("daemon.database", "", "[daemon]\nKEY = \"postgres://ana@127.0.0.1/ana\"", Nothing),
        row("daemon.trusted-proxies", "", "[daemon]\nKEY = [\"127.0.0.1\"]", Nothing),
        row("daemon.mentions-per-minute", "", "[daemon]\nKEY = 10", Nothing),
        row("daemon.sha1-signatures", "", "[daemon]\nKEY = false", Nothing),
        row("deploy.command", "", "[deploy]\nKEY = [\"true\"]", Nothing),
        row(
            "deploy.debounce",
            "[deploy]\ncommand = [\"true\"]",
            "[deploy]\ncommand = [\"true\"]\nKEY = 9",
            Nothing,
        ),
        row("moderation.strangers", "", "[moderation]\nKEY = \"publish\"", Nothing),
        row("moderation.known-only", "", "[moderation]\nKEY = true", Nothing),
        row("moderation.photos", "", "[moderation]\nKEY = false", Nothing),
        row("moderation.relays", "", "[moderation]\nKEY = [\"brid.gy\"]", Nothing),
        row("reader.keep-days", "", "[reader]\nKEY = 90", Nothing),
        row("reader.pictures", "", "[reader]\nKEY = \"click\"", Nothing),
        row("moderation.vouch-required", "", "[moderation]\nKEY = true", Nothing),
        row("following.circle", "", "[following]\nKEY = false", Nothing),
        row(
            "following.picture",
            "",
            "[following]\nKEY = true",
            Shows("following/index.html", "<svg class=\"graph few\""),
        ),
        row(
            "moderation.excerpt",
            "",
            "[moderation]\nKEY = 40",
            Hides("notes/short/index.html", "can be cut off"),
        ),
        row(
            "moderation.show",
            "",
            "[moderation]\nKEY = \"counts\"",
            Shows("notes/short/index.html", "<h2>3 responses</h2>\n</section>"),
        ),
    ]
}

/// What the mail does is told by `tests/network` and `tests/daemon`.
fn mail_rows() -> Vec<Row> {
    const SERVER: &str = "[mail]\nserver = \"localhost\"\nto = \"a@test.example\"";
    let more = |key: &'static str, with: &'static str| row(key, SERVER, with, Nothing);
    vec![
        row("mail.server", "", "[mail]\nto = \"a@test.example\"\nKEY = \"localhost\"", Nothing),
        row("mail.to", "", "[mail]\nserver = \"localhost\"\nKEY = \"a@test.example\"", Nothing),
        more("mail.from", concat_mail!("KEY = \"b@test.example\"")),
        more("mail.security", concat_mail!("KEY = \"none\"")),
        more("mail.user", concat_mail!("KEY = \"ana\"")),
        more("mail.at", concat_mail!("KEY = \"6:30\"")),
        more("mail.password-file", concat_mail!("KEY = \"data/private/mail\"")),
        more("mail.ca-file", concat_mail!("KEY = \"ca.pem\"")),
    ]
}

fn rows() -> Vec<Row> {
    let mut rows = site_rows();
    rows.extend(author_rows());
    rows.extend(contact_rows());
    rows.extend(list_rows());
    rows.extend(language_rows());
    rows.extend(service_rows());
    rows.extend(daemon_rows());
    rows.extend(mail_rows());
    rows
}

const FIRST_LINES: &str = "title = \"Test\"\nurl = \"https://test.example\"\n";

/// A site in which every key has something to change.
fn site(config: &str) -> SiteTest {
    SiteTest::empty()
        .file("lanai.toml", config)
        .file("content/about.md", "+++\ntitle = \"About\"\n+++\nMe.")
        .note("content/notes/short.md", "Three short words.")
        .file("content/posts/long.md", LONG)
        .file("content/posts/gruss.md", "+++\ndate = 2024-05-03\nlang = \"de\"\n+++\nMoin.")
        .file(
            "content/likes/l.md",
            "+++\ndate = 2024-05-01\nlike-of = \"https://ben.example/\"\n+++\nA like of mine",
        )
        .file("texts/elsewhere.md", "Elsewhere.")
        .file("foreign/a.md", "---\nweight: 3\n---\nWords.")
        .file("data/mentions/notes/short/0000000000000001.json", NESTED)
        .file(
            "theme/templates/parts/head-extra.html",
            "{% if site.extra.motto %}<!-- motto: {{ site.extra.motto }} -->{% endif %}",
        )
        .file("data/following.toml", "[[follow]]\nurl = \"https://bea.example/\"\n")
        .file("data/graph.json", "{\"people\": {\"https://bea.example/\": {\"follows-me\": true}}}")
        .file("static/key.txt", "key")
        .bytes("media/me.png", &png())
        .bytes("media/cover.png", &png())
}

/// A titled post whose time has no offset and whose text is longer than its summary.
const LONG: &str = "+++\ndate = 2024-05-02T09:30:00\ntitle = \"Long\"\nsummary = \"In short.\"\n+++\n\
                    A beginning. The end of it.\n";

/// An answer to an answer to an answer.
const NESTED: &str = r#"{ "type": "entry", "url": "https://a.example/1", "content": { "text": "One answer of so many words that the end of it can be cut off" },
  "author": { "type": "card", "name": "A" }, "wm-property": "in-reply-to",
  "wm-source": "https://a.example/1", "wm-target": "https://test.example/notes/short/",
  "in-reply-to": "https://test.example/notes/short/",
  "children": [{ "type": "entry", "url": "https://b.example/2", "content": { "text": "Two" },
    "author": { "type": "card", "name": "B" }, "wm-property": "in-reply-to",
    "wm-source": "https://b.example/2", "wm-target": "https://a.example/1",
    "in-reply-to": "https://a.example/1",
    "children": [{ "type": "entry", "url": "https://c.example/3", "content": { "text": "Three" },
      "author": { "type": "card", "name": "C" }, "wm-property": "in-reply-to",
      "wm-source": "https://c.example/3", "wm-target": "https://b.example/2",
      "in-reply-to": "https://b.example/2" }] }] }"#;

/// The text of an output file; `*` stands for a hash.
fn read(site: &SiteTest, name: &str) -> String {
    let Some((start, end)) = name.split_once('*') else { return site.out(name) };
    let all = site.all();
    let found = all.iter().find(|(file, _)| file.starts_with(start) && file.ends_with(end));
    let (_, bytes) = found.unwrap_or_else(|| panic!("no {name}"));
    String::from_utf8(bytes.clone()).unwrap()
}

fn last_part(key: &str) -> &str {
    key.rsplit('.').next().unwrap()
}

#[test]
fn every_key_has_a_row_here() {
    let mut known: BTreeSet<String> = rows().iter().map(|row| row.key.to_owned()).collect();
    known.extend(["title".to_owned(), "url".to_owned()]);
    let keys = lanai::config::keys();
    let without: Vec<&String> = keys.difference(&known).collect();
    let unknown: Vec<&String> =
        known.difference(&keys).filter(|key| !key.ends_with('*') && *key != "menu").collect();
    assert!(without.is_empty(), "keys without a row: {without:?}");
    // Rows below `languages.*.menu` and `menu` may be finer than the list.
    assert!(unknown.iter().all(|key| key.contains("menu")), "rows without a key: {unknown:?}");
}

#[test]
fn every_key_changes_the_site() {
    for row in rows() {
        let key = row.key;
        let before = site(&format!("{FIRST_LINES}{}\n", row.without));
        let after = site(&format!("{FIRST_LINES}{}\n", row.with.replace("KEY", last_part(key))));
        let result = before.try_build();
        if matches!(row.effect, Accepts) {
            assert!(matches!(result, Err(Failure::Problems(_))), "{key}: builds without");
            after.build();
            continue;
        }
        before.build();
        after.build();
        match row.effect {
            Shows(file, text) => {
                let old = before.has(file).then(|| read(&before, file));
                assert!(!old.is_some_and(|old| old.contains(text)), "{key}: {file} had it before");
                let new = read(&after, file);
                assert!(new.contains(text), "{key}: {file} has no {text}\n{new}");
            }
            Hides(file, text) => {
                let old = read(&before, file);
                assert!(old.contains(text), "{key}: {file} never had {text}\n{old}");
                assert!(!read(&after, file).contains(text), "{key}: {file} still has {text}");
            }
            Makes(file) => {
                assert!(!before.has(file) && after.has(file), "{key}: {file}");
            }
            Nothing => assert_eq!(before.all(), after.all(), "{key}"),
            Accepts => {}
        }
    }
}

#[test]
fn title_and_address_are_the_site_itself() {
    let site = site("title = \"Arco\"\nurl = \"https://arco.example/blog\"\n");
    site.build();
    assert!(site.out(HOME).contains("<title>Arco</title>"));
    assert!(
        site.out(HOME).contains("<link rel=\"canonical\" href=\"https://arco.example/blog/\">")
    );
}

#[test]
fn a_typing_mistake_in_any_key_is_refused_where_it_stands() {
    let mut all = vec![
        ("title", "KEY = \"Test\"\nurl = \"https://test.example\"\n".to_owned()),
        ("url", "title = \"Test\"\nKEY = \"https://test.example\"\n".to_owned()),
    ];
    all.extend(rows().iter().map(|row| (row.key, format!("{FIRST_LINES}{}\n", row.with))));
    for (key, text) in all {
        let (name, text) = if key == "permalinks.*" {
            ("note", text.replace("note", "KEY"))
        } else {
            (last_part(key), text)
        };
        let typo = format!("{name}x");
        let line = text.lines().position(|line| line.contains("KEY")).unwrap() + 1;
        let site = SiteTest::empty().file("lanai.toml", &text.replace("KEY", &typo));
        let problems = site.problems();
        let found = problems.sorted().into_iter().any(|problem| {
            problem.location().starts_with(&format!("lanai.toml:{line}:"))
                && problem.message.contains(&format!("`{typo}`"))
                && problem.hint.as_deref() == Some(&format!("did you mean `{name}`?"))
        });
        assert!(found, "{key}: {}", problems.render(false));
    }
}

#[test]
fn a_table_for_the_default_language_completes_it() {
    let german = "[languages.en]\nname = \"Plain English\"\ntitle = \"Arco\"\n\
                  description = \"Bread\"\nauthor-note = \"I knock.\"\n\
                  menu = [{ label = \"Me\", url = \"/about/\" }]\n[languages.de]\n";
    let site = site(&format!("{FIRST_LINES}{german}"));
    site.build();
    let home = site.out(HOME);
    for text in ["Plain English", "<title>Arco</title>", "Bread", "I knock.", ">Me</a>"] {
        assert!(home.contains(text), "no {text}");
    }
}
