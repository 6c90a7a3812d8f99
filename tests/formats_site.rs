//! Sitemaps, web manifests, JSON-LD and calendars.

#![allow(clippy::unwrap_used, reason = "clippy.toml exempts test functions, but not their helpers")]

use jiff::Zoned;
use lanai::formats::ics::{EventTime, IcsEvent};
use lanai::formats::jsonld::{BlogPosting, Event, Person};
use lanai::formats::manifest::{Icon, Manifest};
use lanai::formats::sitemap::SitemapEntry;
use lanai::formats::{ics, jsonld, manifest, sitemap};
use serde_json::{Value, json};

fn zoned(text: &str) -> Zoned {
    text.parse().unwrap()
}

#[test]
fn sitemaps_list_pages_and_translations() {
    let entries = [
        SitemapEntry {
            loc: "https://ana.example/a/?x&y".into(),
            lastmod: Some(zoned("2024-05-01T09:30:00+02:00[Europe/Berlin]")),
            alternates: vec![
                ("en".into(), "https://ana.example/a/?x&y".into()),
                ("de".into(), "https://ana.example/de/a/".into()),
            ],
        },
        SitemapEntry { loc: "https://ana.example/".into(), ..SitemapEntry::default() },
    ];
    let expected = r#"<?xml version="1.0" encoding="utf-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:xhtml="http://www.w3.org/1999/xhtml">
  <url>
    <loc>https://ana.example/a/?x&amp;y</loc>
    <lastmod>2024-05-01T09:30:00+02:00</lastmod>
    <xhtml:link rel="alternate" hreflang="en" href="https://ana.example/a/?x&amp;y"/>
    <xhtml:link rel="alternate" hreflang="de" href="https://ana.example/de/a/"/>
  </url>
  <url>
    <loc>https://ana.example/</loc>
  </url>
</urlset>
"#;
    assert_eq!(sitemap::write(&entries), expected);
    let index = sitemap::write_index(&entries);
    assert!(index.contains("<sitemapindex xmlns=") && index.contains("<sitemap>\n    <loc>"));
    assert!(!index.contains("xhtml"));
}

#[test]
fn manifests_are_json() {
    let text = manifest::write(&Manifest {
        name: "Ana </script>".into(),
        start_url: "/".into(),
        display: "browser".into(),
        theme_color: Some("#fff".into()),
        icons: vec![
            Icon {
                src: "/icon-192.png".into(),
                size: 192,
                mime: "image/png".into(),
                maskable: false,
            },
            Icon {
                src: "/icon-512.png".into(),
                size: 512,
                mime: "image/png".into(),
                maskable: true,
            },
        ],
        ..Manifest::default()
    });
    let expected = json!({
        "name": "Ana </script>", "start_url": "/", "display": "browser", "theme_color": "#fff",
        "icons": [
            {"src": "/icon-192.png", "sizes": "192x192", "type": "image/png"},
            {"src": "/icon-512.png", "sizes": "512x512", "type": "image/png", "purpose": "maskable"},
        ],
    });
    assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), expected);
}

#[test]
fn json_ld_can_stand_in_a_script_element() {
    let ana = Person {
        name: "Ana </script><!-- \u{2028}".into(),
        url: "https://ana.example/".into(),
        same_as: vec!["https://social.example/@ana".into()],
        ..Person::default()
    };
    let post = BlogPosting {
        url: "https://ana.example/a/".into(),
        headline: "Hello".into(),
        published: zoned("2024-05-01T09:30:00[UTC]"),
        images: vec!["https://ana.example/a.jpg".into()],
        author: Some(ana.clone()),
        ..BlogPosting::default()
    };
    let event = Event {
        url: "https://ana.example/e/".into(),
        name: "Meeting".into(),
        start: "2024-05-01T09:30:00+02:00".into(),
        end: Some("2024-05-02".into()),
        location: Some("Café".into()),
        organizer: Some(ana.clone()),
        ..Event::default()
    };
    let texts = [jsonld::person(&ana), jsonld::blog_posting(&post), jsonld::event(&event)];
    for text in &texts {
        assert!(!text.contains(['<', '\u{2028}']), "{text}");
    }
    let [person, post, event] = texts.map(|text| serde_json::from_str::<Value>(&text).unwrap());
    assert_eq!(person["@context"], "https://schema.org");
    assert_eq!(person["@type"], "Person");
    assert_eq!(person["sameAs"][0], "https://social.example/@ana");
    assert_eq!(post["datePublished"], "2024-05-01T09:30:00Z");
    assert_eq!(post["dateModified"], "2024-05-01T09:30:00Z");
    assert_eq!(post["author"]["name"], "Ana </script><!-- \u{2028}");
    assert_eq!(event["location"], json!({"@type": "Place", "name": "Café"}));
    assert_eq!(event["organizer"]["@type"], "Person");
}

fn meeting() -> IcsEvent {
    IcsEvent {
        uid: "https://ana.example/events/1/".into(),
        stamp: zoned("2024-04-01T10:00:00+02:00[Europe/Berlin]"),
        start: EventTime::Moment(zoned("2024-05-01T18:30:00+02:00[Europe/Berlin]")),
        end: Some(EventTime::Moment(zoned("2024-05-01T20:00:00+02:00[Europe/Berlin]"))),
        summary: "Meet; eat, drink \\ talk".into(),
        description: Some("One\r\nTwo\n\u{7}Three — ".to_owned() + &"žluťoučký kůň 😀 ".repeat(12)),
        location: Some("Café, Lisbon".into()),
        geo: Some((38.7, -9.1)),
        url: "https://ana.example/events/1/\r\nX-EVIL:1".into(),
        categories: vec!["a,b".into(), "c".into()],
    }
}

/// The logical lines of a file: folded lines are joined again.
fn lines(text: &str) -> Vec<String> {
    let unfolded = text.replace("\r\n ", "");
    unfolded.split_terminator("\r\n").map(str::to_owned).collect()
}

#[test]
fn calendars_are_folded_escaped_and_in_utc() {
    let text = ics::write(&[meeting()], "-//Lanai//0.1//EN");
    assert_eq!(text, ics::write(&[meeting()], "-//Lanai//0.1//EN"));
    assert!(text.ends_with("END:VEVENT\r\nEND:VCALENDAR\r\n"));
    assert_eq!(text.matches('\n').count(), text.matches("\r\n").count());
    for line in text.split("\r\n") {
        assert!(line.len() <= 75, "{line}");
    }
    let lines = lines(&text);
    for expected in [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Lanai//0.1//EN",
        "UID:https://ana.example/events/1/",
        "DTSTAMP:20240401T080000Z",
        "DTSTART:20240501T163000Z",
        "DTEND:20240501T180000Z",
        "SUMMARY:Meet\\; eat\\, drink \\\\ talk",
        "LOCATION:Café\\, Lisbon",
        "GEO:38.700000;-9.100000",
        "CATEGORIES:a\\,b,c",
        "URL:https://ana.example/events/1/X-EVIL:1",
    ] {
        assert!(lines.iter().any(|line| line == expected), "{expected} is not in {lines:#?}");
    }
    let description = lines.iter().find(|line| line.starts_with("DESCRIPTION:")).unwrap();
    assert!(description.starts_with("DESCRIPTION:One\\nTwo\\nThree — žluťoučký kůň 😀 žlu"));
}

#[test]
fn days_end_on_the_day_after() {
    let day = |text: &str| EventTime::Day(text.parse().unwrap());
    let moment = |text: &str| EventTime::Moment(zoned(text));
    let times = |start: EventTime, end: Option<EventTime>| {
        let text = ics::write(&[IcsEvent { start, end, ..meeting() }], "x");
        lines(&text)
            .into_iter()
            .filter(|line| line.starts_with("DTSTART") || line.starts_with("DTEND"))
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(times(day("2024-02-28"), None), "DTSTART;VALUE=DATE:20240228");
    let two = times(day("2024-02-28"), Some(day("2024-02-29")));
    assert_eq!(two, "DTSTART;VALUE=DATE:20240228 DTEND;VALUE=DATE:20240301");
    let mixed = times(day("2024-02-28"), Some(moment("2024-02-28T12:00:00[UTC]")));
    assert_eq!(mixed, "DTSTART;VALUE=DATE:20240228 DTEND;VALUE=DATE:20240229");
    let mixed = times(moment("2024-05-01T12:00:00[Europe/Berlin]"), Some(day("2024-05-01")));
    assert_eq!(mixed, "DTSTART:20240501T100000Z DTEND:20240501T220000Z");
    let backwards = times(day("2024-02-28"), Some(day("2024-02-27")));
    assert_eq!(backwards, "DTSTART;VALUE=DATE:20240228");
}
