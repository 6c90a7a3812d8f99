//! What the owner hides from themselves: read row by row, told with its place where it is not right,
//! and published nowhere.

use lanai::site::reader::{self, Condition, Row, Rule};

use crate::harness::{SiteTest, files};

const TEXT: &str = "# mine\n[[mute]]\nperson = \"https://loud.example/\" # why\nreason = \"too loud\"\n\
    [[rule]]\naction = \"dorp\"\nword = \"x\"\n";

#[test]
fn a_mistake_is_told_with_its_place_and_the_other_rows_count() {
    let site = SiteTest::new().file(reader::FILE, TEXT);
    let (rows, problems) = reader::readable(&site.path("")).unwrap();
    let muted = rows.iter().map(|row| match row {
        Row::Rule(rule) => rule.in_words(),
        Row::Search(search) => search.name.clone(),
    });
    assert_eq!(muted.collect::<Vec<_>>(), ["Hide what is by loud.example"]);
    let told: Vec<String> = problems
        .into_iter()
        .map(|problem| format!("{}: {} {:?}", problem.location(), problem.message, problem.hint))
        .collect();
    assert_eq!(
        told,
        ["data/private/reader.toml:6:10: `action` should be one of keep, drop, found \"dorp\" \
            Some(\"did you mean \\\"drop\\\"?\")"]
    );
}

#[test]
fn whom_somebody_mutes_is_nobodys_business() {
    let site = SiteTest::new().note("content/notes/a.md", "Hi.").file(reader::FILE, TEXT);
    // Nor does a mistake in it keep the site from being built.
    site.build();
    for (name, bytes) in files(&site.path("public")) {
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains("loud.example") && !text.contains("too loud"), "{name}");
    }
}

#[test]
fn rows_come_and_go_and_all_else_stays() {
    let before = "# mine\r\n[[mute]]\r\nword = \"a\" # b\r\n\r\n[[search]]\nquery = \"fog\"";
    let site = SiteTest::new().file(reader::FILE, before);
    let row = Row::Rule(Rule::mute(Condition::Domain("big.example".to_owned())));
    assert!(reader::put(&site.path(""), &row).unwrap());
    let with = std::fs::read_to_string(site.path(reader::FILE)).unwrap();
    assert_eq!(with, format!("{before}\n[[mute]]\ndomain = \"big.example\""));
    assert!(reader::remove(&site.path(""), &row.id()).unwrap());
    assert_eq!(std::fs::read_to_string(site.path(reader::FILE)).unwrap(), before);
}
