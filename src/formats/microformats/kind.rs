//! What a post is and what it does with another page. Spec: post type discovery, with the kinds of
//! posts that it does not know yet.

use url::Url;

use crate::formats::jf2::MentionProperty;
use crate::model::Kind;

use super::{Item, same_page};

/// The answers to an invitation.
const RSVP: [&str; 4] = ["yes", "no", "maybe", "interested"];

/// The kind of a post. A recipe is an article to us.
#[must_use]
pub fn kind(post: &Item) -> Kind {
    let by_type =
        [("h-event", Kind::Event), ("h-review", Kind::Review), ("h-recipe", Kind::Article)];
    let by_url = [
        ("repost-of", Kind::Repost),
        ("like-of", Kind::Like),
        ("in-reply-to", Kind::Reply),
        ("bookmark-of", Kind::Bookmark),
        ("follow-of", Kind::Follow),
        ("checkin", Kind::Checkin),
        ("video", Kind::Video),
        ("audio", Kind::Audio),
        ("photo", Kind::Photo),
    ];
    let has = |name: &str| match name {
        // A place need not have a page.
        "checkin" => post.item(name).is_some() || post.url(name).is_some(),
        _ => post.url(name).is_some(),
    };
    let of_type = by_type.into_iter().find(|(name, _)| post.is(name));
    let answer = || rsvp(post).map(|_| ("rsvp", Kind::Rsvp));
    let found = of_type.or_else(answer).or_else(|| by_url.into_iter().find(|(name, _)| has(name)));
    match found {
        Some((_, kind)) => kind,
        None => kind_of_text(post.text("name"), post.text("content").or(post.text("summary"))),
    }
}

/// The kind of a post that is only text, such as one of a feed: an article if it has a name that is
/// not just the beginning of its content. HTML has to be made text before.
#[must_use]
pub fn kind_of_text(name: Option<&str>, content: Option<&str>) -> Kind {
    let (name, content) = (words(name), words(content));
    match (name, content) {
        (Some(name), Some(content)) if !content.starts_with(&name) => Kind::Article,
        _ => Kind::Note,
    }
}

/// The answer to an invitation that a post gives, in small letters; anything else is none.
#[must_use]
pub fn rsvp(post: &Item) -> Option<&'static str> {
    let known = |text: &str| RSVP.into_iter().find(|answer| answer.eq_ignore_ascii_case(text));
    post.texts("rsvp").find_map(known)
}

/// What a post does with a page. It does only what it says of that very page: a like of another page
/// that also links `target` is a mention.
#[must_use]
pub fn response(post: &Item, target: &Url) -> MentionProperty {
    use MentionProperty::{Bookmark, Follow, Like, Mention, Reply, Repost, Rsvp};
    let is_of = |name: &str| post.urls(name).any(|url| same_page(&url, target));
    let by_url = [
        ("repost-of", Repost),
        ("like-of", Like),
        ("in-reply-to", Reply),
        ("bookmark-of", Bookmark),
        ("follow-of", Follow),
    ];
    if rsvp(post).is_some() && is_of("in-reply-to") {
        return Rsvp;
    }
    by_url.into_iter().find(|(name, _)| is_of(name)).map_or(Mention, |(_, property)| property)
}

/// The name of a post, if it is more than its content (or the beginning of it, cut with an
/// ellipsis) once again.
#[must_use]
pub fn own_name(post: &Item) -> Option<&str> {
    let name = post.text("name")?;
    let said = words(Some(name))?;
    let beginning = said.strip_suffix('…').or_else(|| said.strip_suffix("...")).map(str::trim_end);
    let repeats = |content: &str| {
        words(Some(content)).is_some_and(|content| {
            content == said || beginning.is_some_and(|beginning| content.starts_with(beginning))
        })
    };
    let is_repeated = post.texts("content").chain(post.texts("summary")).any(repeats);
    (!is_repeated).then_some(name)
}

/// A text with single spaces between its words, if it has any.
fn words(text: Option<&str>) -> Option<String> {
    let words: Vec<&str> = text?.split_whitespace().collect();
    (!words.is_empty()).then(|| words.join(" "))
}

/// Whether a text is one emoji and nothing else: a reply that only reacts.
#[must_use]
pub fn is_one_emoji(text: &str) -> bool {
    let text = text.trim();
    // The longest in use, a family with shades of skin, has ten characters.
    if text.chars().nth(16).is_some() {
        return false;
    }
    let chars: Vec<char> = text.chars().collect();
    match chars.as_slice() {
        [a, b] if is_regional(*a) && is_regional(*b) => true,
        ['0'..='9' | '#' | '*', '\u{20e3}'] | ['0'..='9' | '#' | '*', '\u{fe0f}', '\u{20e3}'] => {
            true
        }
        chars => chars.split(|c| *c == '\u{200d}').all(is_simple_emoji),
    }
}

fn is_regional(c: char) -> bool {
    matches!(c, '\u{1f1e6}'..='\u{1f1ff}')
}

/// An emoji without joiner: a picture, maybe with a shade of skin, a request to be drawn as picture,
/// or the tags of a flag.
fn is_simple_emoji(chars: &[char]) -> bool {
    let Some((picture, rest)) = chars.split_first() else { return false };
    let (asked, rest) = match rest.split_first() {
        Some(('\u{fe0f}', rest)) => (true, rest),
        Some(('\u{1f3fb}'..='\u{1f3ff}', rest)) => (false, rest),
        _ => (false, rest),
    };
    let is_tag = |c: &char| matches!(c, '\u{e0020}'..='\u{e007f}');
    let is_known = match picture {
        '\u{1f000}'..='\u{1faff}' => !is_regional(*picture),
        '\u{2600}'..='\u{27bf}' | '\u{231a}' | '\u{231b}' | '\u{23e9}'..='\u{23f3}' => true,
        '\u{2b1b}' | '\u{2b1c}' | '\u{2b50}' | '\u{2b55}' => true,
        // Signs that are drawn as text unless asked otherwise.
        '\u{a9}' | '\u{ae}' | '\u{203c}' | '\u{2049}' | '\u{2122}' | '\u{2139}' => asked,
        '\u{2190}'..='\u{21ff}' | '\u{2300}'..='\u{23ff}' | '\u{25a0}'..='\u{25ff}' => asked,
        '\u{2900}'..='\u{297f}' | '\u{2b00}'..='\u{2bff}' | '\u{3030}' | '\u{303d}' => asked,
        '\u{3297}' | '\u{3299}' => asked,
        _ => false,
    };
    is_known && rest.iter().all(is_tag)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::html::Document;
    use crate::formats::microformats::{Plain, Value, parse};

    fn post(html: &str) -> Item {
        let page = Url::parse("https://ana.example/post").unwrap();
        parse(&Document::parse(html), &page).items.swap_remove(0)
    }

    fn entry(inner: &str) -> Item {
        post(&format!("<div class='h-entry'>{inner}</div>"))
    }

    /// One property after the other, each with a valid value.
    fn with(names: &[&str]) -> Item {
        let value = |name: &&str| match *name {
            "rsvp" => "<data class='p-rsvp' value='yes'></data>".to_owned(),
            name => format!("<a class='u-{name}' href='/x'>x</a>"),
        };
        entry(&names.iter().map(value).collect::<String>())
    }

    #[test]
    fn mf_p_01_mf_p_02_mf_p_04_the_kind_follows_from_the_first_property() {
        let order = [
            ("rsvp", Kind::Rsvp),
            ("repost-of", Kind::Repost),
            ("like-of", Kind::Like),
            ("in-reply-to", Kind::Reply),
            ("bookmark-of", Kind::Bookmark),
            ("follow-of", Kind::Follow),
            ("checkin", Kind::Checkin),
            ("video", Kind::Video),
            ("audio", Kind::Audio),
            ("photo", Kind::Photo),
        ];
        for (at, (_, expected)) in order.iter().enumerate() {
            let names: Vec<&str> = order[at..].iter().rev().map(|(name, _)| *name).collect();
            assert_eq!(kind(&with(&names)), *expected, "{names:?}");
        }
        for (class, expected) in [
            ("h-event", Kind::Event),
            ("h-entry h-review", Kind::Review),
            ("h-recipe", Kind::Article),
            ("h-entry", Kind::Rsvp),
        ] {
            let html = format!(
                "<div class='{class}'><b class='p-rsvp'>no</b><img class='u-photo' src='x'>"
            );
            assert_eq!(kind(&post(&html)), expected, "{class}");
        }
        let place = entry("<div class='p-checkin h-card'>A place</div>");
        assert_eq!(kind(&place), Kind::Checkin);
    }

    #[test]
    fn mf_p_01_a_name_that_is_no_beginning_makes_an_article() {
        for (name, content, summary, expected) in [
            ("A title", "The text", "", Kind::Article),
            ("The  text", " The\n text and more", "", Kind::Note),
            ("The text", "The text", "", Kind::Note),
            ("", "The text", "", Kind::Note),
            ("A title", "", "", Kind::Note),
            ("A title", "", "The summary", Kind::Article),
            ("The sum", " ", "The summary", Kind::Note),
            ("The sum", "The text", "The summary", Kind::Article),
        ] {
            let post = entry(&format!(
                "<b class='p-name'>{name}</b><div class='e-content'>{content}</div><p class='p-summary'>{summary}</p>"
            ));
            assert_eq!(kind(&post), expected, "{name} / {content} / {summary}");
        }
        assert_eq!(kind(&entry("just text")), Kind::Note);
    }

    #[test]
    fn mf_p_07_feeds_are_read_by_title_and_content() {
        assert_eq!(kind_of_text(Some("A title"), Some("The text")), Kind::Article);
        assert_eq!(kind_of_text(Some("The te"), Some("The text")), Kind::Note);
        assert_eq!(kind_of_text(None, Some("The text")), Kind::Note);
        assert_eq!(kind_of_text(Some("A title"), None), Kind::Note);
    }

    #[test]
    fn mf_p_05_answers_are_compared_without_case() {
        for (text, expected) in [
            (" YES ", Some("yes")),
            ("Interested", Some("interested")),
            ("maybe", Some("maybe")),
            ("No", Some("no")),
            ("yes!", None),
            ("", None),
        ] {
            let post = entry(&format!(
                "<b class='p-rsvp'>{text}</b><a class='u-in-reply-to' href='/x'></a>"
            ));
            assert_eq!(rsvp(&post), expected);
            assert_eq!(kind(&post), if expected.is_some() { Kind::Rsvp } else { Kind::Reply });
        }
    }

    #[test]
    fn mf_p_06_urls_are_plain_or_of_an_item_and_of_the_web() {
        for html in [
            "<a class='u-like-of' href='/x'></a>",
            "<div class='u-like-of h-cite'><a class='u-url' href='https://b.example/'>b</a></div>",
            "<div class='p-like-of h-cite'><a class='u-url p-name' href='https://b.example/'>b</a></div>",
            "<b class='p-like-of'>https://b.example/</b>",
            "<a class='u-like-of' href='javascript:x'></a><a class='u-like-of' href='/x'></a>",
        ] {
            assert_eq!(kind(&entry(html)), Kind::Like, "{html}");
        }
        for html in [
            "<a class='u-like-of' href='javascript:alert(1)'></a>",
            "<a class='u-like-of' href='mailto:a@b.example'></a>",
            "<b class='p-like-of'></b>",
            "<div class='p-like-of h-cite'>somebody</div>",
        ] {
            assert_eq!(kind(&entry(html)), Kind::Note, "{html}");
        }
        let empty = Value::Plain(Plain::Text(String::new()));
        let item =
            Item { properties: vec![("like-of".to_owned(), vec![empty])], ..Item::default() };
        assert_eq!(kind(&item), Kind::Note);
    }

    #[test]
    fn mf_p_03_mf_p_08_a_response_is_to_the_target() {
        let target = Url::parse("https://ana.example/x").unwrap();
        for (names, expected) in [
            (&["in-reply-to", "like-of", "repost-of", "rsvp"][..], MentionProperty::Rsvp),
            (&["in-reply-to", "like-of", "repost-of"], MentionProperty::Repost),
            (&["in-reply-to", "like-of"], MentionProperty::Like),
            (&["follow-of", "bookmark-of", "in-reply-to"], MentionProperty::Reply),
            (&["follow-of", "bookmark-of"], MentionProperty::Bookmark),
            (&["follow-of"], MentionProperty::Follow),
            (&["photo", "rsvp"], MentionProperty::Mention),
            (&[], MentionProperty::Mention),
        ] {
            assert_eq!(response(&with(names), &target), expected, "{names:?}");
        }
        let other = entry(
            "<a class='u-like-of' href='/other'></a><a class='u-in-reply-to' href='/x#part'></a>",
        );
        assert_eq!(response(&other, &target), MentionProperty::Reply);
        let other = Url::parse("https://ana.example/y").unwrap();
        assert_eq!(
            response(&with(&["like-of", "rsvp", "in-reply-to"]), &other),
            MentionProperty::Mention
        );
        let nested =
            entry("<div class='u-repost-of h-cite'><a class='u-url' href='/x'>y</a></div>");
        assert_eq!(response(&nested, &target), MentionProperty::Repost);
    }

    #[test]
    fn mf_i_07_a_name_that_repeats_the_content_is_not_shown() {
        for (name, content, expected) in [
            ("A title", "The text", Some("A title")),
            ("The text", " The\ntext ", None),
            ("The text is…", "The text is long", None),
            ("The text is ...", "The text is long", None),
            ("The text", "The text is long", Some("The text")),
            ("…", "The text", None),
            ("", "The text", None),
            ("Only a name", "", Some("Only a name")),
        ] {
            let post = entry(&format!(
                "<b class='p-name'>{name}</b><div class='e-content'>{content}</div>"
            ));
            assert_eq!(own_name(&post), expected, "{name} / {content}");
        }
    }

    #[test]
    fn one_emoji_is_a_reaction() {
        for text in [
            "👍",
            " 🎉\n",
            "❤",
            "❤️",
            "👍🏽",
            "👨‍👩‍👧‍👦",
            "🏳️‍🌈",
            "🇵🇹",
            "🏴󠁧󠁢󠁳󠁣󠁴󠁿",
            "1️⃣",
            "©️",
            "⭐",
            "🤷🏾‍♀️",
            "⏰",
            "🫠",
        ] {
            assert!(is_one_emoji(text), "{text}");
        }
        for text in [
            "",
            " ",
            "a",
            "👍👍",
            "👍 👍",
            "👍!",
            "1",
            "©",
            "→",
            "🇵",
            "🇵🇹🇵🇹",
            "\u{200d}",
            "👍\u{200d}",
            "\u{fe0f}",
            "é",
        ] {
            assert!(!is_one_emoji(text), "{text}");
        }
        assert!(!is_one_emoji(&"👍".repeat(1_000)));
    }
}
