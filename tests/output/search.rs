//! The search index of a built site, read as `search.js` reads it.

use std::collections::BTreeMap;

use lanai::text::tokens::tokens;
use serde_json::Value;

use crate::harness::SiteTest;

/// Document numbers and weights of a packed list (`unpack` of `search.js`).
fn unpack(packed: &str) -> Vec<u64> {
    let bytes: Vec<u64> = packed.bytes().map(u64::from).collect();
    let mut at = 0;
    let mut number = || {
        let (mut value, mut shift) = (0, 0);
        loop {
            let digit = *bytes.get(at)?;
            at += 1;
            if digit < 93 {
                return Some(value | ((digit - 48) << shift));
            }
            value |= (digit - 93) << shift;
            shift += 5;
        }
    };
    let (mut id, mut found) = (0, Vec::new());
    while let Some(step) = number() {
        id += step >> 1;
        if step & 1 == 1 {
            number();
        }
        found.push(id);
    }
    found
}

fn names(manifest: &Value, key: &str) -> Vec<String> {
    let list = manifest[key].as_array().unwrap();
    list.iter().map(|name| name.as_str().unwrap().to_owned()).collect()
}

/// The shard that a key belongs to.
fn locate<'a>(names: &'a [String], key: &str) -> &'a str {
    let above = names.iter().position(|name| name.as_str() > key).unwrap_or(names.len());
    &names[above.saturating_sub(1)]
}

/// The documents that have every token of a query, by address.
fn find(site: &SiteTest, query: &str) -> BTreeMap<String, Vec<String>> {
    let manifest: Value = serde_json::from_str(&site.out("search/index.json")).unwrap();
    assert_eq!(manifest["version"], 1);
    let (terms, docs) = (names(&manifest, "terms"), names(&manifest, "docs"));
    let mut found: Option<Vec<u64>> = None;
    for token in tokens(query) {
        let key: String = token.bytes().map(|byte| format!("{byte:02x}")).collect();
        let shard: String =
            serde_json::from_str(&site.out(&format!("search/t-{}.json", locate(&terms, &key))))
                .unwrap();
        let parts: Vec<&str> = shard.split(' ').collect();
        let hits = parts
            .chunks(2)
            .find(|pair| pair[0] == token)
            .map(|pair| unpack(pair[1]))
            .unwrap_or_default();
        found = Some(match found {
            None => hits,
            Some(before) => before.into_iter().filter(|id| hits.contains(id)).collect(),
        });
    }
    let ids = found.expect("a word");
    ids.into_iter()
        .map(|id| {
            let name = locate(&docs, &format!("{id:08x}")).to_owned();
            let shard: Value =
                serde_json::from_str(&site.out(&format!("search/d-{name}.json"))).unwrap();
            let doc = shard[id.to_string()].as_array().expect("the document is there");
            let fields: Vec<String> =
                doc.iter().map(|f| f.as_str().unwrap_or("").to_owned()).collect();
            (fields[0].clone(), fields)
        })
        .collect()
}

fn paths(site: &SiteTest, query: &str) -> Vec<String> {
    find(site, query).into_keys().collect()
}

fn site() -> SiteTest {
    SiteTest::with_config("[languages.de]\n")
        .file("content/posts/bridge.md", "+++\ndate = 2024-05-01\ntitle = \"Why bridges hum\"\ntags = [\"Engineering\"]\n+++\nThe wind makes the *cables* sing. Ångström’s café.\n")
        .file("content/posts/tee.de.md", "+++\ndate = 2024-05-02\ntitle = \"Grüner Tee\"\n+++\nEine Straße voller Düfte.\n")
        .file("content/notes/ja.md", "+++\ndate = 2024-05-03\nlang = \"ja\"\n+++\n橋の検査をしました。\n")
        .file("content/notes/ar.md", "+++\ndate = 2024-05-04\nlang = \"ar\"\n+++\nمرحبا بالعالم\n")
        .file("content/notes/el.md", "+++\ndate = 2024-05-05\nlang = \"el\"\n+++\nΚαλημέρα ΚΌΣΜΕ #tag\n")
        .file("content/notes/hi.md", "+++\ndate = 2024-05-05\nlang = \"hi\"\n+++\nहिन्दी भाषा\n")
        .file("content/notes/photo.md", "+++\ndate = 2024-05-06\nphoto = { src = \"https://cdn.example/a.jpg\", alt = \"A heron on the pier\" }\n+++\nMorning\n")
        .file("content/about.md", "+++\ntitle = \"About\"\n+++\nThe wind blows here as well.\n")
        .file("content/notes/hidden.md", "+++\ndate = 2024-05-06\ndraft = true\n+++\nUnwritten wind\n")
        .file("content/notes/un.md", "+++\ndate = 2024-05-06\nvisibility = \"unlisted\"\n+++\nUnlisted wind\n")
        .file("content/notes/veil.md", "+++\ndate = 2024-05-06\nsensitive = \"Spiders\"\n+++\nTarantula everywhere\n")
}

#[test]
fn words_in_many_scripts_are_found() {
    let site = site();
    site.build();
    for (query, wanted) in [
        ("wind", vec!["/about/", "/posts/bridge/"]),
        ("WIND cables", vec!["/posts/bridge/"]),
        ("angstroms cafe", vec!["/posts/bridge/"]),
        ("Engineering", vec!["/posts/bridge/"]),
        ("hum", vec!["/posts/bridge/"]),
        ("gruner", vec!["/de/posts/tee/"]),
        ("strasse", vec!["/de/posts/tee/"]),
        ("橋の検査", vec!["/notes/ja/"]),
        ("検査", vec!["/notes/ja/"]),
        ("مرحبا", vec!["/notes/ar/"]),
        ("καλημερα κοσμε", vec!["/notes/el/"]),
        ("भाषा", vec!["/notes/hi/"]),
        ("heron", vec!["/notes/photo/"]),
        ("nothinglikeit", vec![]),
    ] {
        assert_eq!(paths(&site, query), wanted, "{query}");
    }
}

#[test]
fn what_is_not_listed_is_not_found() {
    let site = site();
    site.build();
    for query in ["unwritten", "unlisted"] {
        assert_eq!(paths(&site, query), Vec::<String>::new(), "{query}");
    }
    // The title of a note is its first words, and these are behind the warning as well.
    assert_eq!(paths(&site, "tarantula"), Vec::<String>::new());
    assert!(
        site.all()
            .iter()
            .filter(|(name, _)| name.starts_with("search/"))
            .all(|(_, bytes)| { !String::from_utf8_lossy(bytes).contains("Tarantula") })
    );
}

#[test]
fn a_result_shows_title_kind_date_language_and_text() {
    let site = site();
    site.build();
    let doc = find(&site, "bridges").remove("/posts/bridge/").unwrap();
    assert_eq!(doc[1..5], ["Why bridges hum", "Article", "1 May 2024", "en"].map(str::to_owned));
    assert!(doc[5].starts_with("The wind makes the cables sing."));
    let doc = find(&site, "gruner").remove("/de/posts/tee/").unwrap();
    assert_eq!(doc[1..5], ["Grüner Tee", "Artikel", "2. Mai 2024", "de"].map(str::to_owned));
}

#[test]
fn an_edit_rewrites_few_files_of_the_index() {
    let site = (0..60).fold(SiteTest::new(), |site, n| {
        let (day, month) = (1 + n % 28, 1 + n / 28);
        site.file(
            &format!("content/notes/n{n}.md"),
            &format!(
                "+++\ndate = 2023-{month:02}-{day:02}\n+++\nNumber{n} says word{} and word{}\n",
                n % 7,
                n % 11
            ),
        )
    });
    site.build();
    site.write("content/notes/n7.md", "+++\ndate = 2023-01-08\n+++\nNumber7 says something else\n");
    let report = site.build();
    assert_eq!(paths(&site, "something"), ["/notes/n7/"]);
    assert_eq!(
        report.written.iter().filter(|name| name.as_str() == "search/index.html").count(),
        0
    );
}

#[test]
fn the_page_names_the_index_and_the_script() {
    let site = site();
    site.build();
    let page = crate::dom::Page::parse(&site.out("search/index.html"));
    assert_eq!(page.one("form#search").get("data-index"), Some("/search/index.json"));
    let scripts = page.values("script", "src");
    assert!(
        scripts.iter().any(|src| src.starts_with("/assets/search.") && site.has(&src[1..])),
        "{scripts:?}"
    );
}
