//! The kinds of posts and how a kind follows from a post's properties.

use serde::{Deserialize, Serialize};

/// What a post is. The order is the order in which lists of kinds are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Kind {
    /// Short text without a title.
    Note,
    /// Text with a title.
    Article,
    /// One or more pictures.
    Photo,
    /// A film.
    Video,
    /// A recording.
    Audio,
    /// An answer to another page.
    Reply,
    /// A like of another page.
    Like,
    /// Another page passed on.
    Repost,
    /// Another page remembered.
    Bookmark,
    /// Another page quoted.
    Quotation,
    /// An answer to an invitation.
    Rsvp,
    /// Something that takes place.
    Event,
    /// Being somewhere.
    Checkin,
    /// Following somebody.
    Follow,
    /// A book or text and how far one is.
    Read,
    /// A film or series seen.
    Watch,
    /// Music or a podcast heard.
    Listen,
    /// An opinion with a rating.
    Review,
    /// Not a post: a page without a date.
    Page,
}

impl Kind {
    /// Every kind of post, pages left out.
    pub const POSTS: [Self; 18] = [
        Self::Note,
        Self::Article,
        Self::Photo,
        Self::Video,
        Self::Audio,
        Self::Reply,
        Self::Like,
        Self::Repost,
        Self::Bookmark,
        Self::Quotation,
        Self::Rsvp,
        Self::Event,
        Self::Checkin,
        Self::Follow,
        Self::Read,
        Self::Watch,
        Self::Listen,
        Self::Review,
    ];

    /// The kind's name in files, commands and templates.
    pub fn name(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Article => "article",
            Self::Photo => "photo",
            Self::Video => "video",
            Self::Audio => "audio",
            Self::Reply => "reply",
            Self::Like => "like",
            Self::Repost => "repost",
            Self::Bookmark => "bookmark",
            Self::Quotation => "quotation",
            Self::Rsvp => "rsvp",
            Self::Event => "event",
            Self::Checkin => "checkin",
            Self::Follow => "follow",
            Self::Read => "read",
            Self::Watch => "watch",
            Self::Listen => "listen",
            Self::Review => "review",
            Self::Page => "page",
        }
    }

    /// The name as messages say it: `an article`, `a note`, `an RSVP`.
    pub fn with_article(self) -> String {
        match self {
            Self::Rsvp => "an RSVP".to_owned(),
            Self::Article | Self::Audio | Self::Event => format!("an {}", self.name()),
            _ => format!("a {}", self.name()),
        }
    }

    /// The folder of the kind's list: `/notes/`.
    pub fn folder(self) -> &'static str {
        match self {
            Self::Note => "notes",
            Self::Article => "articles",
            Self::Photo => "photos",
            Self::Video => "videos",
            Self::Audio => "audio",
            Self::Reply => "replies",
            Self::Like => "likes",
            Self::Repost => "reposts",
            Self::Bookmark => "bookmarks",
            Self::Quotation => "quotations",
            Self::Rsvp => "rsvps",
            Self::Event => "events",
            Self::Checkin => "checkins",
            Self::Follow => "follows",
            Self::Read => "reads",
            Self::Watch => "watches",
            Self::Listen => "listens",
            Self::Review => "reviews",
            Self::Page => "pages",
        }
    }

    /// The kind of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::POSTS.into_iter().chain([Self::Page]).find(|kind| kind.name() == name)
    }

    /// Whether the post is a short answer to somebody else's page, without much text of its own.
    pub fn is_response(self) -> bool {
        matches!(self, Self::Like | Self::Repost | Self::Rsvp | Self::Follow)
    }
}

/// How a post refers to another page; the names are microformats properties.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Relation {
    /// `in-reply-to`
    InReplyTo,
    /// `like-of`
    LikeOf,
    /// `repost-of`
    RepostOf,
    /// `bookmark-of`
    BookmarkOf,
    /// `quotation-of`
    QuotationOf,
    /// `follow-of`
    FollowOf,
    /// `read-of`
    ReadOf,
    /// `watch-of`
    WatchOf,
    /// `listen-of`
    ListenOf,
}

impl Relation {
    /// Every relation with its key, its class in HTML and the kind that it makes.
    pub const ALL: [(Self, &'static str, &'static str, Kind); 9] = [
        (Self::RepostOf, "repost-of", "u-repost-of", Kind::Repost),
        (Self::LikeOf, "like-of", "u-like-of", Kind::Like),
        (Self::InReplyTo, "in-reply-to", "u-in-reply-to", Kind::Reply),
        (Self::BookmarkOf, "bookmark-of", "u-bookmark-of", Kind::Bookmark),
        (Self::QuotationOf, "quotation-of", "u-quotation-of", Kind::Quotation),
        (Self::FollowOf, "follow-of", "u-follow-of", Kind::Follow),
        (Self::ReadOf, "read-of", "u-read-of", Kind::Read),
        (Self::WatchOf, "watch-of", "u-watch-of", Kind::Watch),
        (Self::ListenOf, "listen-of", "u-listen-of", Kind::Listen),
    ];

    /// The key in front matter.
    pub fn key(self) -> &'static str {
        Self::ALL.iter().find(|(r, ..)| *r == self).map_or("in-reply-to", |(_, key, ..)| key)
    }

    /// The class in HTML.
    pub fn class(self) -> &'static str {
        Self::ALL.iter().find(|(r, ..)| *r == self).map_or("u-in-reply-to", |(.., class, _)| class)
    }
}
