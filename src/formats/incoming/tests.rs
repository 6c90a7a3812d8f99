//! What holds for feeds of all formats: limits, identity, times, refusals. Feeds as they are written
//! out there are in `tests/fixtures/incoming`.

use super::*;
use jiff::Timestamp;

fn url() -> Url {
    Url::parse("https://ana.example/feed").unwrap()
}

fn try_read(body: &[u8]) -> Result<Feed, Refusal> {
    read(&Incoming { url: &url(), content_type: None, body })
}

fn feed(body: &str) -> Feed {
    try_read(body.as_bytes()).unwrap()
}

fn rss(items: &str) -> Feed {
    feed(&format!("<rss version='2.0'><channel><title>T</title>{items}</channel></rss>"))
}

#[test]
fn fd_x_15_odd_times_are_the_time_of_the_first_look() {
    let seen: Timestamp = "2024-05-01T12:00:00Z".parse().unwrap();
    let times = |date: &str| {
        let feed = rss(&format!("<item><title>x</title><pubDate>{date}</pubDate></item>"));
        let item = &feed.items[0];
        (item.shown_at(seen).to_string(), item.sorted_at(seen).to_string())
    };
    let pair = |shown: &str, sorted: &str| (shown.to_owned(), sorted.to_owned());
    let now = "2024-05-01T12:00:00Z";
    assert_eq!(times("soon"), pair(now, now));
    assert_eq!(times("2024-05-03T12:00:00Z"), pair(now, now));
    // Clocks may be a little ahead.
    assert_eq!(times("2024-05-01T18:00:00Z"), pair("2024-05-01T18:00:00Z", now));
    assert_eq!(times("2024-04-01T00:00:00Z"), pair("2024-04-01T00:00:00Z", "2024-04-01T00:00:00Z"));
    assert_eq!(times("1970-01-01T00:00:00Z"), pair("1970-01-01T00:00:00Z", now));
}

#[test]
fn fd_x_09_items_are_known_by_id_link_or_hash() {
    let items = rss("<item><guid isPermaLink='false'> 7 </guid><link>/a</link></item>\
         <item><link>/b</link></item><item><title>c</title></item><item><title>d</title></item>")
    .items;
    assert_eq!(items[0].identity, Identity::Id("7".into()));
    assert_eq!(items[1].identity, Identity::Link("https://ana.example/b".into()));
    assert!(matches!(items[2].identity, Identity::Hash(_)));
    assert_ne!(items[2].identity, items[3].identity);
    let keys: Vec<String> = items.iter().map(|item| item.identity.key()).collect();
    assert!(keys[0].starts_with("id:") && keys[1].starts_with("link:"));
}

#[test]
fn fd_x_10_a_changed_id_is_known_by_link_and_title() {
    let item = |guid: &str, title: &str| {
        rss(&format!("<item><guid>{guid}</guid><link>/a</link><title>{title}</title></item>"))
            .items
            .remove(0)
    };
    assert!(item("1", "A").is_same_page(&item("2", "A")));
    assert!(!item("1", "A").is_same_page(&item("2", "B")));
    assert_ne!(item("1", "A").content_hash(), item("1", "B").content_hash());
    assert_eq!(item("1", "A").content_hash(), item("2", "A").content_hash());
}

#[test]
fn mf_p_07_items_of_feeds_are_articles_or_notes() {
    use crate::model::Kind;
    let kind = |item: &str| rss(&format!("<item>{item}</item>")).items[0].kind();
    assert_eq!(kind("<title>T</title><description>words</description>"), Kind::Article);
    assert_eq!(kind("<title>Some</title><description>Some words</description>"), Kind::Note);
    assert_eq!(kind("<description>words</description>"), Kind::Note);
}

#[test]
fn fd_x_03_types_are_not_believed() {
    let url = url();
    let body = b"<rss><channel><item><title>caf\xe9</title></item></channel></rss>";
    for content_type in [
        None,
        Some("text/html"),
        Some("text/plain; charset=iso-8859-1"),
        Some("application/octet-stream"),
        Some("text/html, application/rss+xml; charset=\"windows-1252\""),
        Some(";;=,"),
    ] {
        let feed = read(&Incoming { url: &url, content_type, body }).unwrap();
        assert_eq!(feed.items[0].title.as_deref(), Some("café"), "{content_type:?}");
    }
}

#[test]
fn fd_x_06_bombs_are_refused_or_harmless() {
    let entities: String = (1..20)
        .map(|n| format!("<!ENTITY l{n} '{}'>", format!("&l{};", n - 1).repeat(10)))
        .collect();
    let bomb = format!(
        "<?xml version='1.0'?><!DOCTYPE rss [<!ENTITY l0 'ha'>{entities}<!ENTITY % p SYSTEM \
         'file:///etc/passwd'> %p; <!ENTITY x SYSTEM 'file:///etc/passwd'>]>\
         <rss><channel><item><title>&l19; &x;</title></item></channel></rss>"
    );
    assert_eq!(feed(&bomb).items[0].title.as_deref(), Some("&l19; &x;"));
    let deep = format!("<rss><channel>{}", String::from("<item><a>") + &"<b>".repeat(100_000));
    assert_eq!(try_read(deep.as_bytes()), Err(Refusal::TooDeep));
    let json = format!("{{\"items\":{}", "[".repeat(100_000));
    assert_eq!(try_read(json.as_bytes()), Err(Refusal::TooDeep));
    let json = format!("{{\"items\":[{}0]}}", "0,".repeat(400_000));
    assert_eq!(try_read(json.as_bytes()), Err(Refusal::TooLarge));
    let wide = format!("<rss><channel>{}</channel></rss>", "<a/>".repeat(600_000));
    assert_eq!(try_read(wide.as_bytes()), Err(Refusal::TooLarge));
    let long = format!("<rss a='{}'><channel/></rss>", "x".repeat(2 << 20));
    assert_eq!(try_read(long.as_bytes()), Err(Refusal::TooLarge));
    assert_eq!(try_read(&vec![b' '; LONGEST + 1]), Err(Refusal::TooLarge));
}

#[test]
fn fd_x_06_addresses_grow_only_so_far() {
    let base = format!("https://ana.example/{}/", "x".repeat(4_000));
    let links = "<a href='y'/>".repeat(5_000);
    let body = format!(
        "<feed xmlns='http://www.w3.org/2005/Atom' xml:base='{base}'><entry><title>t</title>\
         <content type='xhtml'><div>{links}</div></content></entry></feed>"
    );
    let read = feed(&body);
    assert!(read.items[0].content.as_ref().unwrap().raw.len() < 10 << 20);
}

#[test]
fn fd_x_06_no_work_grows_with_the_square_of_a_feed() {
    // Each of these took minutes or hours where something was looked for once per element.
    let unended = |start: &str| start.repeat(1 << 20);
    for body in [unended("<!x"), unended("<!--"), unended("<?x"), unended("<![CDATA[")] {
        assert!(try_read(body.as_bytes()).is_err());
    }
    let lone = "<sy:updateFrequency>x</sy:updateFrequency>".repeat(100_000);
    assert_eq!(rss(&lone).schedule.period, Some(1_440));
    let numbered = |start: &str, end: &str| -> String {
        (0..40_000).map(|n| format!("{start}{n}{end}")).collect()
    };
    let files = numbered("<enclosure url='/", "'/>");
    let authors = numbered("<author>", "</author>");
    let item = rss(&format!("<item>{files}{authors}<title>t</title></item>")).items.remove(0);
    assert_eq!((item.enclosures.len(), item.authors.len()), (100, 100));
    let long = "x".repeat(1 << 19);
    let entries = "<entry><title>t</title><link href='a'/></entry>".repeat(9_000);
    let body = format!("<feed a='{long}' xml:base='/b/' xml:lang='de'>{entries}</feed>");
    assert_eq!(feed(&body).items[0].link.as_ref().map(Url::path), Some("/b/a"));
}

#[test]
fn many_items_are_read_up_to_a_count() {
    let items = |count: usize| {
        (0..count)
            .map(|n| format!("<item><guid isPermaLink='false'>{n}</guid><title>t</title></item>"))
            .collect::<String>()
    };
    let all = rss(&items(5_000));
    assert_eq!((all.items.len(), all.is_cut), (5_000, false));
    let cut = rss(&items(10_001));
    assert_eq!((cut.items.len(), cut.is_cut), (10_000, true));
}

#[test]
fn fd_x_19_items_that_say_nothing_are_left_out() {
    let read =
        rss("<item><guid isPermaLink='false'>1</guid></item><item/><item><title>t</title></item>");
    assert_eq!((read.items.len(), read.skipped), (1, 2));
}

#[test]
fn refusals_say_what_it_is() {
    for (body, expected) in [
        ("", "there is nothing at this address"),
        ("\u{feff} \n", "there is nothing at this address"),
        ("%PDF-1.7", "this is a PDF, no feed"),
        ("hello", "this is no feed of a format that is known here"),
        ("<opml version='2.0'/>", "this is a list of feeds (OPML), no feed"),
        ("[1, 2]", "this is JSON, no feed"),
        ("{\"items\":\n[}", "this is JSON that breaks in line 2"),
        (
            "<!doctype html><title>Sign in</title><form><input type=password></form>",
            "this is a web page with a login form, no feed: “Sign in”",
        ),
        (
            "<html><title>Just a moment...</title><script src=/cdn-cgi/challenge-platform/x></script>",
            "this is a web page that lets only people in, no feed: “Just a moment...”",
        ),
        (
            "<html><body class=h-entry><h1 class=p-name>One</h1>",
            "this is the page of a single post, no feed",
        ),
        ("<p>Hello</p>", "this is a web page without posts to follow"),
        (
            "{\"@context\":\"https://www.w3.org/ns/activitystreams\",\"items\":[]}",
            "this is a page of the fediverse, no feed",
        ),
    ] {
        let refusal = try_read(body.as_bytes()).unwrap_err();
        assert_eq!(refusal.to_string(), expected, "{body}");
    }
}
