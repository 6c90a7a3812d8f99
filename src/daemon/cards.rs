//! A mention as the owner sees it.

use serde_json::{Value, json};

use super::pages;
use super::queue::page_title;
use crate::mentions::desk::Desk;
use crate::mentions::knowledge::mention_of;
use crate::model::{Mention, Property};
use crate::store::{MentionState, StoredMention, Word};
use crate::text::excerpt::excerpt;

/// Characters of a text in a list.
const SHORT: usize = 800;

/// A mention for the templates. In full, or as far as a list shows it.
pub(super) fn card(desk: &Desk, stored: &StoredMention, in_full: bool) -> Value {
    let mention = mention_of(stored);
    let (title, url) = page_title(desk, stored);
    let text = mention.as_ref().map(|mention| mention.text.as_str()).unwrap_or_default();
    let is_long = text.chars().count() > SHORT;
    let content = mention.as_ref().map(|mention| mention.content.as_str()).unwrap_or_default();
    let truncated = is_long && !in_full;
    let text = if truncated { excerpt(text, SHORT) } else { text.to_owned() };
    let name = author_name(mention.as_ref(), stored);
    json!({
        "key": stored.key,
        "author": {
            "name": name,
            "initial": name.chars().find(|c| c.is_alphanumeric()).map(|c| c.to_uppercase().to_string()),
            "url": mention.as_ref().and_then(|mention| mention.author.url.clone()),
            "host": stored.host,
        },
        "verified": mention.as_ref().is_some_and(|mention| mention.verified),
        "trust": trust_words(stored.trust.as_deref()),
        "kind": mention.as_ref().map_or("mentioned", kind_words),
        "page": { "title": title, "url": url },
        "source": stored.source,
        "at": pages::time(stored.received, &desk.config.time_zone),
        "name": mention.as_ref().and_then(|mention| mention.name.clone()),
        "content": Some(content).filter(|content| !truncated && !content.is_empty()),
        "text": text,
        "truncated": truncated,
        "reasons": stored.words.split("; ").filter(|words| !words.is_empty()).map(pages::sentence).collect::<Vec<_>>(),
        "robo": score(stored.robo, ["a little", "much"]),
        "flame": score(stored.flame, ["a little", "very"]),
        "changed": stored.decided == Some(Word::Approved) && stored.state != MentionState::Published,
        "shown": stored.state == MentionState::Published,
    })
}

fn author_name(mention: Option<&Mention>, stored: &StoredMention) -> String {
    mention.map_or_else(|| stored.host.clone(), |mention| mention.author.name.clone())
}

/// How much of something there is; nothing is said of what everybody has a little of.
fn score(value: u8, [little, much]: [&str; 2]) -> Value {
    match value {
        0..30 => Value::Null,
        30..60 => json!({ "value": value, "word": little }),
        _ => json!({ "value": value, "word": much }),
    }
}

fn trust_words(trust: Option<&str>) -> &'static str {
    match trust {
        Some("me") => "you",
        Some("followed") => "somebody you follow",
        Some("approved") => "somebody you approved before",
        Some("friend") => "a friend of a friend",
        Some("vouched") => "somebody whom a site you know links to",
        _ => "a stranger",
    }
}

fn kind_words(mention: &Mention) -> &'static str {
    match mention.property {
        Property::InReplyTo => "replied to",
        Property::LikeOf => "likes",
        Property::RepostOf => "passed on",
        Property::BookmarkOf => "remembers",
        Property::Rsvp => "answered the invitation",
        Property::FollowOf => "follows",
        Property::MentionOf => "mentioned",
    }
}

/// What was decided, in a line.
pub(super) fn line(stored: &StoredMention) -> String {
    let name = author_name(mention_of(stored).as_ref(), stored);
    match stored.decided {
        Some(Word::Approved) => format!("{name}: published"),
        Some(Word::Rejected) => format!("{name}: rejected"),
        Some(Word::Kept) => format!("{name}: no spam"),
        None => name,
    }
}

/// Where a mention is, as a sentence.
pub(super) fn state_words(stored: &StoredMention) -> &'static str {
    match stored.state {
        MentionState::Waiting => "Its page has not been read yet.",
        MentionState::Published => "It is shown on the page.",
        MentionState::Held => "It waits at the door.",
        MentionState::Spam => "It is folded away, because it looks like spam.",
        MentionState::Refused => "A rule keeps it out.",
        MentionState::Rejected => "You rejected it.",
        MentionState::Failed => "Its page does not mention yours, or could not be read.",
        MentionState::Missing => "Its page is not there at the moment.",
        MentionState::Deleted => "Its author took it down.",
    }
}
