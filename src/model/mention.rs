//! Responses from other sites, as they are published on a page.

use serde::{Deserialize, Serialize};

use super::{Moment, Person};

/// What a response is (webmention.io's `wm-property`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Property {
    /// An answer.
    InReplyTo,
    /// A like.
    LikeOf,
    /// The page passed on.
    RepostOf,
    /// The page remembered.
    BookmarkOf,
    /// An answer to an invitation.
    Rsvp,
    /// Somebody follows this site.
    FollowOf,
    /// A link without further meaning.
    MentionOf,
}

impl Property {
    /// The property of that name; unknown names are plain mentions.
    pub fn from_name(name: &str) -> Self {
        match name {
            "in-reply-to" => Self::InReplyTo,
            "like-of" => Self::LikeOf,
            "repost-of" => Self::RepostOf,
            "bookmark-of" => Self::BookmarkOf,
            "rsvp" => Self::Rsvp,
            "follow-of" => Self::FollowOf,
            _ => Self::MentionOf,
        }
    }
}

/// One published response.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Mention {
    /// The page that was fetched.
    pub source: String,
    /// The page of this site that it answers, as it was addressed.
    pub target: String,
    /// What it is.
    pub property: Property,
    /// Its own address, if on the source's host, else the source.
    pub url: String,
    /// Who wrote it; the name is never empty (the source's host at last).
    pub author: Person,
    /// Whether the author's address shares the source's host or is linked both ways.
    pub verified: bool,
    /// When it was written.
    pub published: Option<Moment>,
    /// When it arrived.
    pub received: Option<Moment>,
    /// Its title, if it has one.
    pub name: Option<String>,
    /// Its text as sanitised HTML.
    pub content: String,
    /// The text without markup.
    pub text: String,
    /// yes, no, maybe, interested.
    pub rsvp: Option<String>,
    /// Every address that it answers.
    pub in_reply_to: Vec<String>,
    /// Copies elsewhere.
    pub syndication: Vec<String>,
    /// Pictures that belong to it and lie in the site folder, each with what it shows in words.
    pub photos: Vec<(String, String)>,
    /// Responses to it that its own page shows.
    pub children: Vec<Mention>,
}
