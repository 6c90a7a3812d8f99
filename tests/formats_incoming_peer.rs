//! Reads well-formed feeds beside another parser, feed-rs: both have to find the same items, with the
//! same ids, links, titles and dates. Where they differ on purpose is said here, for each.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "a test may stop at the first surprise"
)]

use std::fs;
use std::path::Path;

use lanai::formats::incoming::{Incoming, read};
use url::Url;

/// Well-formed feeds of the corpus.
const FEEDS: [&str; 40] = [
    "fd_k_01_micro_blog.json",
    "fd_k_01_version_1.json",
    "fd_k_03_link_post.json",
    "fd_x_01_atom_10_blogger.xml",
    "fd_x_01_atom_prefixed.xml",
    "fd_x_01_github_releases.xml",
    "fd_x_01_mastodon.xml",
    "fd_x_01_rss_091_netscape.xml",
    "fd_x_01_rss_092.xml",
    "fd_x_01_rss_10_slashdot.xml",
    "fd_x_01_rss_20_wordpress.xml",
    "fd_x_01_youtube.xml",
    "fd_x_02_iso_8859_1.xml",
    "fd_x_02_koi8_r.xml",
    "fd_x_02_utf_8_bom.xml",
    "fd_x_04_no_declaration.xml",
    "fd_x_07_other_prefixes.xml",
    "fd_x_09_atom_id_in_rss.xml",
    "fd_x_09_guid_that_is_no_permalink.xml",
    "fd_x_09_link_is_the_id.xml",
    "fd_x_09_permalink_guid_is_the_link.xml",
    "fd_x_11_html_before_others.xml",
    "fd_x_11_link_in_cdata.xml",
    "fd_x_11_link_without_rel.xml",
    "fd_x_11_related_is_what_it_is_about.xml",
    "fd_x_12_atom_text.xml",
    "fd_x_12_escaped_once.xml",
    "fd_x_12_generics_are_no_tags.xml",
    "fd_x_13_atom_summary_and_content.xml",
    "fd_x_13_encoded_over_description.xml",
    "fd_x_13_text_with_lines.xml",
    "fd_x_14_atom_authors.xml",
    "fd_x_14_creators.xml",
    "fd_x_14_mail_with_name.xml",
    "fd_x_15_several_dates.xml",
    "fd_x_16_atom_enclosures.xml",
    "fd_x_16_media_group.xml",
    "fd_x_16_podcast.xml",
    "fd_x_17_categories.xml",
    "fd_x_17_language.xml",
];

/// Feeds whose ids the other parser does not look for: `rdf:about`, and `atom:id` in RSS. It makes
/// ids up for them.
const OTHER_IDS: [&str; 2] = ["fd_x_01_rss_10_slashdot.xml", "fd_x_09_atom_id_in_rss.xml"];

/// What is known of an item: id, link, title, seconds of its date.
type Known = (Option<String>, Option<String>, Option<String>, Option<i64>);

fn ours(body: &[u8]) -> (Option<String>, Vec<Known>) {
    let url = Url::parse("https://ana.example/feed").unwrap();
    let feed = read(&Incoming { url: &url, content_type: None, body }).unwrap();
    let items = feed.items.into_iter().map(|item| {
        let date = item.published.as_ref().or(item.updated.as_ref());
        let seconds = date.map(|date| date.timestamp().as_second());
        (item.id, item.link.map(String::from), item.title, seconds)
    });
    (feed.title, items.collect())
}

fn theirs(name: &str, body: &[u8]) -> (Option<String>, Vec<Known>) {
    let parser = feed_rs::parser::Builder::new().base_uri(Some("https://ana.example/feed")).build();
    let feed = parser.parse(body).expect(name);
    let items = feed.entries.into_iter().map(|entry| {
        let alternate = |link: &&feed_rs::model::Link| {
            link.rel.as_deref().is_none_or(|rel| rel == "alternate")
                && link.media_type.as_deref().is_none_or(|kind| kind.contains("html"))
        };
        let link = entry.links.iter().find(alternate).map(|link| link.href.clone());
        let date = entry.published.or(entry.updated).map(|date| date.timestamp());
        (Some(entry.id), link, entry.title.map(|title| title.content), date)
    });
    (feed.title.map(|title| title.content), items.collect())
}

#[test]
fn both_find_the_same() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/incoming");
    let mut wrong = Vec::new();
    let mut compared = 0;
    for name in FEEDS {
        let body = fs::read(folder.join(name)).unwrap();
        let (our_title, ours) = ours(&body);
        let (their_title, theirs) = theirs(name, &body);
        if our_title != their_title || ours.len() != theirs.len() {
            wrong.push(format!("{name}: {our_title:?} {ours:?}\n  {their_title:?} {theirs:?}"));
            continue;
        }
        for (mine, other) in ours.iter().zip(&theirs) {
            compared += 1;
            let differs = |what: &str| format!("{name}: {what}\n  {mine:?}\n  {other:?}");
            let is_made_up = mine.0.is_none() || OTHER_IDS.contains(&name);
            assert!(mine.0 != other.0 || !OTHER_IDS.contains(&name), "{name} need not be listed");
            if !is_made_up && mine.0 != other.0 {
                wrong.push(differs("id"));
            }
            if other.1.is_some() && mine.1 != other.1 {
                wrong.push(differs("link"));
            }
            if mine.2 != other.2 {
                wrong.push(differs("title"));
            }
            if mine.3 != other.3 {
                wrong.push(differs("date"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(compared >= FEEDS.len(), "{compared}");
}
