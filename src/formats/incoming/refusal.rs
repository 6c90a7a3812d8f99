//! Why something is no feed, in words for whoever follows it (FD-H-12).

use std::fmt;

/// Why no feed was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// There is nothing.
    Empty,
    /// It is larger than is read, or would become so.
    TooLarge,
    /// It is nested more deeply than any feed.
    TooDeep,
    /// It is no text, but a file of this kind.
    Binary(&'static str),
    /// It is a web page.
    Page {
        /// What kind of page.
        kind: Page,
        /// Its title.
        title: Option<String>,
    },
    /// It is JSON and broken, at this line.
    BrokenJson(usize),
    /// It is XML or JSON of this other format.
    Other(&'static str),
    /// It is text of no format that is known here.
    Unknown,
}

/// What a page is that is no feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Page {
    /// It wants a password.
    Login,
    /// It wants to see a human being or a browser.
    Challenge,
    /// It is the page of a single post.
    Post,
    /// Anything else.
    Other,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => write!(f, "there is nothing at this address"),
            Self::TooLarge => write!(f, "this is larger than any feed should be"),
            Self::TooDeep => write!(f, "this is nested more deeply than any feed should be"),
            Self::Binary(kind) => write!(f, "this is {kind}, no feed"),
            Self::Page { kind, title } => {
                match kind {
                    Page::Login => write!(f, "this is a web page with a login form, no feed")?,
                    Page::Challenge => {
                        write!(f, "this is a web page that lets only people in, no feed")?;
                    }
                    Page::Post => write!(f, "this is the page of a single post, no feed")?,
                    Page::Other => write!(f, "this is a web page without posts to follow")?,
                }
                title.as_ref().map_or(Ok(()), |title| write!(f, ": “{title}”"))
            }
            Self::BrokenJson(line) => write!(f, "this is JSON that breaks in line {line}"),
            Self::Other(kind) => write!(f, "this is {kind}, no feed"),
            Self::Unknown => write!(f, "this is no feed of a format that is known here"),
        }
    }
}

impl std::error::Error for Refusal {}
