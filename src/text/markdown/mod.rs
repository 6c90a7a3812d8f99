//! Markdown to HTML: CommonMark and GitHub's additions, formulas, highlighted code, wiki links,
//! hashtags and nicknames.
//!
//! This file holds what the rest of the house sees: what goes in ([`Style`], [`Resolver`]) and
//! what comes out ([`Rendered`]). pulldown-cmark does the parsing, the files beside this one the
//! writing. Front matter, excerpts and what pages exist are the business of others.

mod code;
mod embed;
mod footnote;
mod heading;
mod image;
mod inline;
mod link;
mod math;
mod parse;
mod problem;
mod raw;
mod writer;

use std::borrow::Cow;
use std::ops::Range;

use serde::Serialize;

pub use code::Blocks;

use crate::stamp::Stamp;

/// What the Markdown renderer asks the site about. Implemented by the build.
pub trait Resolver: Sync {
    /// Where a link leads, given its target as written: a relative path, `/x/`, `other.md` or an
    /// absolute address. Fragments within the page (`#x`) and mail addresses are not asked about.
    fn link(&self, target: &str) -> Link;
    /// The image behind a target as written.
    fn image(&self, target: &str) -> Image;
    /// Smaller copies of the image behind a target, if there are any.
    fn copies(&self, _target: &str) -> Option<Copies> {
        None
    }
    /// The page of a wiki link, if there is one. The section (`#…`) is already cut off.
    fn wiki(&self, page: &str) -> Option<WikiPage>;
    /// The person behind a nickname, if known.
    fn person(&self, nickname: &str) -> Option<PersonLink>;
    /// The address of a tag's page.
    fn tag(&self, tag: &str) -> String;
}

/// The answer to a link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum Link {
    /// The address to write.
    As(String),
    /// There is no such page or file.
    Missing {
        /// What the author may have meant, or what to do about it.
        hint: Option<String>,
    },
}

/// The answer to an image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum Image {
    /// A file of the site.
    Local {
        /// The address to write.
        src: String,
        /// Width in pixels; 0 if unknown.
        width: u32,
        /// Height in pixels; 0 if unknown.
        height: u32,
    },
    /// An address to write as it is.
    As(String),
    /// There is no such file.
    Missing {
        /// What the author may have meant, or what to do about it.
        hint: Option<String>,
    },
}

/// Smaller copies of an image, among which browsers choose.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Copies {
    /// Media types and their `srcset`, the best first.
    pub sources: Vec<(&'static str, String)>,
    /// The address for programs that choose nothing.
    pub src: String,
    /// The `srcset` for browsers that know none of the types.
    pub srcset: Option<String>,
    /// How wide the page shows it.
    pub sizes: String,
    /// Classes that stand in for it until it has come; may be empty.
    pub class: String,
}

/// The answer to a wiki link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WikiPage {
    /// Address of the page.
    pub href: String,
    /// Its title.
    pub title: String,
}

/// The answer to a nickname.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PersonLink {
    /// The person's name, written instead of the nickname.
    pub name: String,
    /// Address of the person's site; empty if there is none.
    pub url: String,
}

/// A resolver that knows nothing: every target is written as it stands.
#[derive(Debug, Clone, Copy, Default)]
pub struct AsWritten;

impl Resolver for AsWritten {
    fn link(&self, target: &str) -> Link {
        Link::As(target.to_owned())
    }

    fn image(&self, target: &str) -> Image {
        Image::As(target.to_owned())
    }

    fn wiki(&self, _page: &str) -> Option<WikiPage> {
        None
    }

    fn person(&self, _nickname: &str) -> Option<PersonLink> {
        None
    }

    fn tag(&self, tag: &str) -> String {
        format!("#{tag}")
    }
}

/// How a text is to be rendered.
#[derive(Debug, Clone, Copy)]
pub struct Style<'a> {
    /// CommonMark only, without any of our additions.
    pub plain: bool,
    /// Whether `#hashtags` and `@nicknames` are recognised.
    pub hashtags: bool,
    /// Language of the text; decides which Wikipedia `[[w:…]]` means.
    pub lang: &'a str,
    /// The words the renderer writes itself.
    pub labels: &'a Labels,
    /// Put before the ids of footnotes, so that several posts can stand on one page.
    pub id_prefix: &'a str,
    /// Added to the level of each heading; levels end at 6.
    pub shift: u8,
    /// Ids that the page has already: headings avoid them, and links to them are fine.
    pub reserved_ids: &'a [&'a str],
}

impl Default for Style<'_> {
    fn default() -> Self {
        Self {
            plain: false,
            hashtags: false,
            lang: "en",
            labels: &ENGLISH,
            id_prefix: "",
            shift: 0,
            reserved_ids: &[],
        }
    }
}

/// The words the renderer writes itself, in the language of the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Labels {
    /// Title of a `[!NOTE]`.
    pub note: Cow<'static, str>,
    /// Title of a `[!TIP]`.
    pub tip: Cow<'static, str>,
    /// Title of an `[!IMPORTANT]`.
    pub important: Cow<'static, str>,
    /// Title of a `[!WARNING]`.
    pub warning: Cow<'static, str>,
    /// Title of a `[!CAUTION]`.
    pub caution: Cow<'static, str>,
    /// Name of the links that lead from a footnote back to the text.
    pub back_to_text: Cow<'static, str>,
    /// Name of the links beside headings; the heading stands at `{title}`, else after a colon.
    pub link_to_section: Cow<'static, str>,
    /// Name of the list of footnotes.
    pub footnotes: Cow<'static, str>,
    /// Name of a table.
    pub table: Cow<'static, str>,
    /// Name of the table of contents.
    pub contents: Cow<'static, str>,
    /// Title of a wiki link whose page is still to be written.
    pub wanted: Cow<'static, str>,
    /// Name of a checkbox that has no text of its own.
    pub task: Cow<'static, str>,
}

/// The English labels.
pub static ENGLISH: Labels = Labels {
    note: Cow::Borrowed("Note"),
    tip: Cow::Borrowed("Tip"),
    important: Cow::Borrowed("Important"),
    warning: Cow::Borrowed("Warning"),
    caution: Cow::Borrowed("Caution"),
    back_to_text: Cow::Borrowed("Back to the text"),
    link_to_section: Cow::Borrowed("Link to this section"),
    footnotes: Cow::Borrowed("Footnotes"),
    table: Cow::Borrowed("Table"),
    contents: Cow::Borrowed("Contents"),
    wanted: Cow::Borrowed("This page is not written yet"),
    task: Cow::Borrowed("Task"),
};

impl Default for Labels {
    fn default() -> Self {
        ENGLISH.clone()
    }
}

/// A rendered text and what was found in it.
#[derive(Debug, Clone, Default)]
pub struct Rendered {
    /// The HTML.
    pub html: String,
    /// The HTML before `<!-- more -->`, if the mark is there and something stands before it.
    /// References to footnotes are left out of it.
    pub more: Option<String>,
    /// All headings, in order.
    pub toc: Vec<Heading>,
    /// Absolute http and https targets of links, each once, in order.
    pub links: Vec<String>,
    /// Wiki links to pages of this site, found or not; without those to Wikipedia.
    pub wiki_links: Vec<WikiRef>,
    /// Hashtags as written, each once, without `#`.
    pub hashtags: Vec<String>,
    /// Nicknames the resolver knew, each once, without `@`.
    pub nicknames: Vec<String>,
    /// Images of the site that are used.
    pub images: Vec<ImageRef>,
    /// The text without markup: blocks on lines of their own, code included, formulas as LaTeX.
    pub plain: String,
    /// The number of words of `plain`.
    pub words: usize,
    /// The highlighted blocks of code in it.
    pub code: Vec<Stamp>,
    /// What is wrong with the text.
    pub problems: Vec<TextProblem>,
}

/// A heading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heading {
    /// 1 to 6, after the shift.
    pub level: u8,
    /// The id it can be linked by.
    pub id: String,
    /// Its text without markup.
    pub title: String,
}

/// A wiki link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WikiRef {
    /// The page as written, without the section.
    pub page: String,
    /// Its address, if it exists.
    pub found: Option<String>,
    /// Where the link stands in the source.
    pub range: Range<usize>,
}

/// An image of the site, used in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageRef {
    /// The target as written.
    pub target: String,
    /// The address it was given.
    pub src: String,
    /// The address of the copy that stands in its place, if one does.
    pub shown: Option<String>,
    /// Its alternative text.
    pub alt: String,
}

/// How bad a problem is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// The page is broken.
    Error,
    /// The page works, but not as well as it could.
    Warning,
}

/// Something wrong with a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextProblem {
    /// Where, in bytes of the source given.
    pub range: Range<usize>,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

/// The Markdown renderer. Built once and shared; syntaxes are loaded when the first code block
/// needs them.
#[derive(Default)]
pub struct Markdown {
    highlighter: code::Highlighter,
    math: math::Math,
}

impl Markdown {
    /// A new renderer.
    pub fn new() -> Self {
        Self::default()
    }

    /// A renderer that need not highlight some blocks again.
    pub fn knowing(blocks: Blocks) -> Self {
        Self { highlighter: code::Highlighter::knowing(blocks), ..Self::default() }
    }

    /// All blocks that are highlighted by now.
    pub fn into_blocks(self) -> Blocks {
        self.highlighter.into_blocks()
    }

    /// Renders a text. Never fails: what is wrong is told in [`Rendered::problems`].
    pub fn render(&self, source: &str, style: &Style<'_>, resolver: &dyn Resolver) -> Rendered {
        let prepared = parse::without_prices(source, style);
        let events = parse::events(source, &prepared, style);
        let context = writer::Context {
            source,
            style,
            resolver,
            highlighter: &self.highlighter,
            math: &self.math,
        };
        writer::Writer::new(context, &events).finish()
    }
}
