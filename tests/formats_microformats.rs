//! Runs the test suite of microformats.org through the parser.
//!
//! The suite is read from the npm package `microformat-tests` in the folder named by
//! `LANAI_NODE_MODULES`. Without it the test is skipped, except where `LANAI_CI` is set.
//!
//! The package is of 2015 and the specification went on. What has changed since in the shape of all
//! results is made alike before results are compared ([`alike`]); pages whose result is another one
//! today are listed with the reason ([`SUPERSEDED`]).

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "a test may stop at the first surprise"
)]

use std::fs;
use std::path::{Path, PathBuf};

use lanai::formats::html::Document;
use lanai::formats::microformats::parse;
use serde_json::Value;
use url::Url;

/// Why a page's expected result is no longer what the specification says.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Since {
    /// Names and addresses are implied less often, so that ours lacks some; the rest is compared.
    ImpliesLess,
    /// Anything else.
    Other(&'static str),
}

/// Pages whose expected result is no longer what the specification says.
const SUPERSEDED: &[(&str, Since)] = &[
    ("microformats-v2/h-adr/geourl", Since::ImpliesLess),
    ("microformats-v2/h-adr/simpleproperties", Since::ImpliesLess),
    (
        "microformats-v2/h-as-note/note",
        Since::Other("HTML is escaped, items as values have a `value`, links have a `text`"),
    ),
    ("microformats-v2/h-card/impliedname", Since::ImpliesLess),
    ("microformats-v2/h-card/impliedphoto", Since::ImpliesLess),
    ("microformats-v2/h-card/impliedurl", Since::ImpliesLess),
    (
        "microformats-v2/h-card/p-property",
        Since::Other("all properties are read as written, also those without text"),
    ),
    ("microformats-v2/h-entry/impliedvalue-nested", Since::ImpliesLess),
    (
        "microformats-v2/h-entry/urlincontent",
        Since::Other("a picture without description stands in a text by its address"),
    ),
    ("microformats-v2/h-feed/implied-title", Since::ImpliesLess),
    ("microformats-v2/h-geo/abbrpattern", Since::ImpliesLess),
    ("microformats-v2/h-geo/hidden", Since::ImpliesLess),
    ("microformats-v2/h-geo/valuetitleclass", Since::ImpliesLess),
    ("microformats-v2/h-news/all", Since::ImpliesLess),
    ("microformats-v2/h-news/minimum", Since::ImpliesLess),
    ("microformats-v2/h-org/simpleproperties", Since::ImpliesLess),
    ("microformats-v2/h-product/aggregate", Since::ImpliesLess),
    ("microformats-v2/h-product/simpleproperties", Since::ImpliesLess),
    ("microformats-v2/h-recipe/all", Since::ImpliesLess),
    (
        "microformats-v2/h-resume/affiliation",
        Since::Other("items as values have a `value`; fewer addresses are implied"),
    ),
    ("microformats-v2/h-resume/education", Since::ImpliesLess),
    ("microformats-v2/h-resume/work", Since::ImpliesLess),
    ("microformats-v2/h-review-aggregate/hevent", Since::ImpliesLess),
    ("microformats-v2/h-review-aggregate/justahyperlink", Since::ImpliesLess),
    ("microformats-v2/h-review-aggregate/simpleproperties", Since::ImpliesLess),
    ("microformats-v2/h-review/implieditem", Since::ImpliesLess),
    ("microformats-v2/h-review/item", Since::ImpliesLess),
    ("microformats-v2/h-review/vcard", Since::ImpliesLess),
    (
        "microformats-v2/rel=alternate/alternate",
        Since::Other("links have a `text`, though it be empty"),
    ),
    (
        "microformats-v1/hcard/email",
        Since::Other("an address is seen from the page, and the `value` of a link is its text"),
    ),
    ("microformats-v1/hcard/single", Since::ImpliesLess),
    ("microformats-v1/hnews/all", Since::ImpliesLess),
    ("microformats-v1/hproduct/aggregate", Since::Other("`description` of a product is text")),
    (
        "microformats-v1/hproduct/simpleproperties",
        Since::Other("`description` of a product is text"),
    ),
    ("microformats-v1/hresume/affiliation", Since::Other("items as values have a `value`")),
    (
        "microformats-v1/hreview-aggregate/hcard",
        Since::Other("what a review is about is an h-item only if it is nothing else"),
    ),
    (
        "microformats-v1/hreview-aggregate/vevent",
        Since::Other("what a review is about is an h-item only if it is nothing else"),
    ),
    (
        "microformats-v1/hreview/vcard",
        Since::Other("`description` is the content, the `reviewer` the author"),
    ),
    (
        "microformats-v1/includes/hcarditemref",
        Since::Other("the include pattern is not part of the specification"),
    ),
    (
        "microformats-v1/includes/heventitemref",
        Since::Other("the include pattern is not part of the specification"),
    ),
    (
        "microformats-v1/includes/hyperlink",
        Since::Other("the include pattern is not part of the specification"),
    ),
    (
        "microformats-v1/includes/object",
        Since::Other("the include pattern is not part of the specification"),
    ),
    (
        "microformats-v1/includes/table",
        Since::Other("the include pattern is not part of the specification"),
    ),
    (
        "microformats-mixed/h-card/mixedpropertries",
        Since::Other("older classes are no properties of a newer item"),
    ),
    (
        "microformats-mixed/h-entry/mixedroots",
        Since::Other("the `value` of an item is its name where it has one"),
    ),
    ("microformats-mixed/h-resume/mixedroots", Since::ImpliesLess),
];

#[test]
fn mf_i_01_the_test_suite() {
    let Some(modules) = std::env::var_os("LANAI_NODE_MODULES") else {
        assert!(std::env::var_os("LANAI_CI").is_none(), "LANAI_NODE_MODULES must be set");
        eprintln!("skipped: LANAI_NODE_MODULES is not set");
        return;
    };
    let root = Path::new(&modules).join("microformat-tests/tests");
    let mut wrong = Vec::new();
    for (folder, count) in
        [("microformats-v2", 76), ("microformats-v1", 39), ("microformats-mixed", 4)]
    {
        let pages = pages(&root.join(folder));
        assert_eq!(pages.len(), count, "pages in {}", root.join(folder).display());
        let mut as_it_is = 0;
        for page in &pages {
            let name = page.strip_prefix(&root).unwrap().with_extension("").display().to_string();
            let since =
                SUPERSEDED.iter().find(|(known, _)| *known == name).map(|(_, since)| *since);
            let differences = differences(page, None);
            as_it_is += usize::from(differences.is_empty());
            match since {
                Some(_) if differences.is_empty() => {
                    wrong.push(format!("{name} need not be listed"));
                }
                Some(Since::ImpliesLess) => {
                    wrong.extend(report(&name, &self::differences(page, since)));
                }
                Some(Since::Other(reason)) => eprintln!("{name}: {reason}"),
                None => wrong.extend(report(&name, &differences)),
            }
        }
        eprintln!("{folder}: {as_it_is} of {} pages", pages.len());
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn report(page: &str, differences: &[String]) -> Option<String> {
    (!differences.is_empty()).then(|| format!("{page}\n{}", differences.join("\n")))
}

/// What the suite does not have, or has as of old: names, implied properties, items as values, parts
/// of values and dates, addresses, what is left out.
#[test]
fn mf_i_01_our_own_pages() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/microformats");
    let mut wrong = Vec::new();
    for name in ["names", "implied", "nested", "values", "dates", "left-out", "rels", "classic"] {
        let html = fs::read_to_string(folder.join(name).with_extension("html")).unwrap();
        let base = Url::parse("https://ana.example/page").unwrap();
        let ours = parse(&Document::parse(&html), &base).to_json();
        let json = fs::read_to_string(folder.join(name).with_extension("json")).unwrap();
        let mut differences = Vec::new();
        compare("", &serde_json::from_str(&json).unwrap(), &ours, &mut differences);
        wrong.extend(report(name, &shown(differences)));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The pages of a folder that come with their result.
fn pages(folder: &Path) -> Vec<PathBuf> {
    let entries = |folder: &Path| -> Vec<PathBuf> {
        let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
        entries.map(|entry| entry.unwrap().path()).collect()
    };
    let all = entries(folder).into_iter().flat_map(|folder| entries(&folder));
    let mut pages: Vec<PathBuf> = all
        .filter(|path| path.extension().is_some_and(|e| e == "html"))
        .filter(|path| path.with_extension("json").exists())
        .collect();
    pages.sort();
    pages
}

/// What differs between the expected result and ours.
fn differences(page: &Path, since: Option<Since>) -> Vec<String> {
    let html = fs::read_to_string(page).unwrap();
    let json = fs::read_to_string(page.with_extension("json")).unwrap();
    let base = Url::parse("http://example.com/").unwrap();
    let mut ours = parse(&Document::parse(&html), &base).to_json();
    let mut theirs = serde_json::from_str(&json).unwrap();
    alike(&mut ours);
    alike(&mut theirs);
    let mut differences = Vec::new();
    compare("", &theirs, &ours, &mut differences);
    if since == Some(Since::ImpliesLess) {
        differences.retain(|(at, _, ours)| {
            !(ours.is_null() && (at.ends_with(".name") || at.ends_with(".url")))
        });
    }
    shown(differences)
}

fn shown(differences: Vec<(String, Value, Value)>) -> Vec<String> {
    let shown = |(at, theirs, ours): (String, Value, Value)| {
        format!("  {at}\n    wanted {theirs}\n    got    {ours}")
    };
    differences.into_iter().map(shown).collect()
}

/// Makes alike what is written otherwise today, here and there: types and `rels` are sorted, a
/// description makes a picture an object, HTML is trimmed, children have no `value`, `alternates`
/// are gone, dates are written as they were read.
fn alike(value: &mut Value) {
    match value {
        Value::Object(object) => {
            object.remove("alternates");
            for (key, inner) in &mut *object {
                match (key.as_str(), &mut *inner) {
                    ("html", Value::String(html)) => *html = html.trim().to_owned(),
                    ("type" | "rels", Value::Array(words)) => words.sort_by_key(Value::to_string),
                    ("children", Value::Array(items)) => {
                        for item in items.iter_mut().filter_map(Value::as_object_mut) {
                            item.remove("value");
                        }
                    }
                    _ => {}
                }
                alike(inner);
            }
            if object.len() == 2 && object.contains_key("alt") && object.contains_key("value") {
                *value = object.remove("value").unwrap();
            }
        }
        Value::Array(values) => values.iter_mut().for_each(alike),
        Value::String(text) => {
            if let Some(date) = same_date(text) {
                *text = date;
            }
        }
        _ => {}
    }
}

/// MF-I-02: a space between date and time, a colon in offsets, a large Z, seconds only if they were
/// written. Hours alone have minutes today.
fn same_date(text: &str) -> Option<String> {
    let (date, time) = text.split_once([' ', 'T', 't'])?;
    let is_date = date.len() == 10 && date.chars().all(|c| c.is_ascii_digit() || c == '-');
    let is_time = time.starts_with(|c: char| c.is_ascii_digit())
        && time.chars().all(|c| c.is_ascii_digit() || ":+-zZ".contains(c));
    if !is_date || !is_time {
        return None;
    }
    let time = time.to_uppercase();
    let (clock, offset) = time.split_at(time.find(['+', '-', 'Z']).unwrap_or(time.len()));
    let minutes = if clock.len() == 2 { ":00" } else { "" };
    let offset = match offset.len() {
        5 => format!("{}:{}", &offset[..3], &offset[3..]),
        _ => offset.to_owned(),
    };
    Some(format!("{date} {clock}{minutes}{offset}"))
}

/// Where two results differ.
fn compare(at: &str, theirs: &Value, ours: &Value, differences: &mut Vec<(String, Value, Value)>) {
    match (theirs, ours) {
        (Value::Object(a), Value::Object(b)) => {
            for key in a.keys().chain(b.keys().filter(|key| !a.contains_key(*key))) {
                let get = |object: &serde_json::Map<String, Value>| {
                    object.get(key).cloned().unwrap_or_default()
                };
                compare(&format!("{at}.{key}"), &get(a), &get(b), differences);
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            for (index, (a, b)) in a.iter().zip(b).enumerate() {
                compare(&format!("{at}[{index}]"), a, b, differences);
            }
        }
        (a, b) if a == b => {}
        (a, b) => differences.push((at.to_owned(), a.clone(), b.clone())),
    }
}
