//! Reads and writes the files below `data/mentions`, and reads those of `data/cites`: JF2 as
//! webmention.io and its friends write it. Everything in them comes from strangers: the HTML is as received and has to be
//! cleaned by the caller, addresses are web addresses or dropped. Specs: JF2, the site format.

use std::fmt;

use jiff::Zoned;
use serde_json::{Map, Value};

use super::address::web;
use super::date;
use super::json::JsonWriter;

/// Pictures of a mention that are taken.
pub const MOST_PHOTOS: usize = 4;

/// What a mention does with the page it points at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum MentionProperty {
    /// `in-reply-to`
    Reply,
    /// `like-of`
    Like,
    /// `repost-of`
    Repost,
    /// `bookmark-of`
    Bookmark,
    /// `rsvp`
    Rsvp,
    /// `follow-of`
    Follow,
    /// `mention-of`, and all that is not one of the others.
    #[default]
    Mention,
}

impl MentionProperty {
    const ALL: [(&'static str, Self); 7] = [
        ("rsvp", Self::Rsvp),
        ("in-reply-to", Self::Reply),
        ("like-of", Self::Like),
        ("repost-of", Self::Repost),
        ("bookmark-of", Self::Bookmark),
        ("follow-of", Self::Follow),
        ("mention-of", Self::Mention),
    ];

    /// The name of the property in mention files.
    #[must_use]
    pub fn name(self) -> &'static str {
        let found = Self::ALL.iter().find(|(_, property)| *property == self);
        found.map_or("mention-of", |(name, _)| *name)
    }
}

/// A received mention.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct MentionFile {
    /// The page that mentions (`wm-source`, or else `url`).
    pub source: String,
    /// The page mentioned (`wm-target`, or else what the property points at).
    pub target: String,
    /// Id at the receiver (`wm-id`).
    pub id: Option<String>,
    /// When it was received (`wm-received`).
    pub received: Option<Zoned>,
    /// What the mention does.
    pub property: MentionProperty,
    /// Permalink, where it differs from the source.
    pub url: Option<String>,
    /// When it was published.
    pub published: Option<Zoned>,
    /// Who wrote it.
    pub author: MentionAuthor,
    /// Title.
    pub name: Option<String>,
    /// HTML as received: unclean.
    pub content_html: Option<String>,
    /// Plain text.
    pub content_text: Option<String>,
    /// Plain text.
    pub summary: Option<String>,
    /// `yes`, `no`, `maybe`, `interested`.
    pub rsvp: Option<String>,
    /// Other copies of the post.
    pub syndication: Vec<String>,
    /// What the post answers.
    pub in_reply_to: Vec<String>,
    /// Pictures that belong to it.
    pub photos: Vec<MentionPhoto>,
    /// True if it is not to be shown (`wm-private`).
    pub private: bool,
    /// Responses to the response.
    pub children: Vec<MentionFile>,
}

/// Who wrote a mention.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MentionAuthor {
    /// Name as received.
    pub name: Option<String>,
    /// Home page.
    pub url: Option<String>,
    /// A web address, or a path below the data folder such as `avatars/ana.jpg`.
    pub photo: Option<String>,
    /// True if the receiver knows that it is them.
    pub verified: bool,
}

/// A picture of a mention.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MentionPhoto {
    /// A web address, or a path below the data folder such as `avatars/photo-1.webp`.
    pub url: String,
    /// What it shows, in words; may be empty.
    pub alt: String,
}

/// A stored page that a post quotes or answers.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CiteFile {
    /// Its address.
    pub url: String,
    /// Title.
    pub name: Option<String>,
    /// Who wrote it.
    pub author: MentionAuthor,
    /// HTML as received: unclean.
    pub content_html: Option<String>,
    /// Plain text.
    pub content_text: Option<String>,
    /// Plain text.
    pub summary: Option<String>,
    /// When it was published.
    pub published: Option<Zoned>,
    /// Where it was published.
    pub publication: Option<String>,
}

/// Why a file could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Jf2Error {
    /// What is wrong.
    pub message: String,
    /// Line, counted from 1.
    pub line: usize,
    /// Column in bytes, counted from 1.
    pub column: usize,
}

impl fmt::Display for Jf2Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (line {}, column {})", self.message, self.line, self.column)
    }
}

impl std::error::Error for Jf2Error {}

/// Reads a mention file.
///
/// # Errors
///
/// If the bytes are no JSON object, or say neither who mentions nor what is mentioned.
pub fn read_mention(bytes: &[u8]) -> Result<MentionFile, Jf2Error> {
    let object = parse(bytes)?;
    let Some(source) = source(&object) else {
        return Err(missing("`wm-source` or `url` has to be a web address"));
    };
    let Some(target) = target(&object) else {
        return Err(missing(
            "`wm-target` or `in-reply-to`, `like-of`, ... has to be a web address",
        ));
    };
    Ok(mention(&object, source, target))
}

/// Reads a cite file.
///
/// # Errors
///
/// If the bytes are no JSON object, or there is no `url`.
pub fn read_cite(bytes: &[u8]) -> Result<CiteFile, Jf2Error> {
    let object = parse(bytes)?;
    let Some(url) = address(object.get("url")) else {
        return Err(missing("`url` has to be a web address"));
    };
    let (content_html, content_text) = content(object.get("content"));
    Ok(CiteFile {
        url,
        name: text(object.get("name")),
        author: author(object.get("author")),
        content_html,
        content_text,
        summary: text(object.get("summary")),
        published: time(object.get("published")),
        publication: text(object.get("publication")),
    })
}

/// Writes a mention file: the same mention gives the same bytes.
#[must_use]
pub fn write_mention(mention: &MentionFile) -> String {
    let mut w = JsonWriter::object();
    push_mention(&mut w, mention);
    w.finish()
}

fn push_mention(w: &mut JsonWriter, mention: &MentionFile) {
    w.text("type", "entry");
    push_author(w, &mention.author);
    w.text("url", mention.url.as_deref().unwrap_or(&mention.source));
    w.text_if("published", mention.published.as_ref().map(moment).as_deref());
    w.text_if("name", mention.name.as_deref());
    if mention.content_html.is_some() || mention.content_text.is_some() {
        w.open_object(Some("content"));
        w.text_if("html", mention.content_html.as_deref());
        w.text_if("text", mention.content_text.as_deref());
        w.close();
    }
    w.text_if("summary", mention.summary.as_deref());
    w.text_if("rsvp", mention.rsvp.as_deref());
    w.texts("syndication", &mention.syndication);
    w.texts("in-reply-to", &mention.in_reply_to);
    push_photos(w, &mention.photos);
    w.text_if("wm-id", mention.id.as_deref());
    w.text("wm-source", &mention.source);
    w.text("wm-target", &mention.target);
    w.text("wm-property", mention.property.name());
    w.text_if("wm-received", mention.received.as_ref().map(moment).as_deref());
    if mention.private {
        w.flag("wm-private", true);
    }
    if !mention.children.is_empty() {
        w.open_list("children");
        for child in &mention.children {
            w.open_object(None);
            push_mention(w, child);
            w.close();
        }
        w.close();
    }
}

fn push_author(w: &mut JsonWriter, author: &MentionAuthor) {
    if *author == MentionAuthor::default() {
        return;
    }
    w.open_object(Some("author"));
    w.text("type", "card");
    w.text_if("name", author.name.as_deref());
    w.text_if("url", author.url.as_deref());
    w.text_if("photo", author.photo.as_deref());
    w.flag("verified", author.verified);
    w.close();
}

fn push_photos(w: &mut JsonWriter, photos: &[MentionPhoto]) {
    if photos.is_empty() {
        return;
    }
    w.open_list("photo");
    for photo in photos {
        w.open_object(None);
        w.text("value", &photo.url);
        w.text("alt", &photo.alt);
        w.close();
    }
    w.close();
}

fn moment(at: &Zoned) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

fn parse(bytes: &[u8]) -> Result<Map<String, Value>, Jf2Error> {
    serde_json::from_slice(bytes).map_err(|error| {
        let text = error.to_string();
        // The place follows in its own fields.
        let message = text.split(" at line ").next().unwrap_or_default().to_owned();
        Jf2Error { message, line: error.line().max(1), column: error.column().max(1) }
    })
}

/// An error about the whole object.
fn missing(message: &str) -> Jf2Error {
    Jf2Error { message: message.to_owned(), line: 1, column: 1 }
}

fn source(object: &Map<String, Value>) -> Option<String> {
    address(object.get("wm-source")).or_else(|| address(object.get("url")))
}

fn target(object: &Map<String, Value>) -> Option<String> {
    let named = text(object.get("wm-property"));
    let named = named.and_then(|name| address(object.get(name.as_str())));
    let all = MentionProperty::ALL.iter();
    address(object.get("wm-target"))
        .or(named)
        .or_else(|| all.into_iter().find_map(|(name, _)| address(object.get(*name))))
}

fn mention(object: &Map<String, Value>, source: String, target: String) -> MentionFile {
    let (content_html, content_text) = content(object.get("content"));
    let url = address(object.get("url")).filter(|url| *url != source);
    let above = url.as_ref().unwrap_or(&source).clone();
    MentionFile {
        id: text(object.get("wm-id")),
        received: time(object.get("wm-received")),
        property: property(object),
        url,
        published: time(object.get("published")),
        author: author(object.get("author")),
        name: text(object.get("name")),
        content_html,
        content_text,
        summary: text(object.get("summary")),
        rsvp: text(object.get("rsvp")).map(|rsvp| rsvp.to_ascii_lowercase()),
        syndication: addresses(object.get("syndication")),
        in_reply_to: addresses(object.get("in-reply-to")),
        photos: photos(object.get("photo")),
        private: object.get("wm-private").is_some_and(is_true),
        children: children(object.get("children"), &above),
        source,
        target,
    }
}

/// Nested responses; what they answer is the response above, if they do not say otherwise.
fn children(value: Option<&Value>, above: &str) -> Vec<MentionFile> {
    let objects = values(value).filter_map(Value::as_object);
    let read = |object: &Map<String, Value>| {
        let target = target(object).unwrap_or_else(|| above.to_owned());
        Some(mention(object, source(object)?, target))
    };
    objects.filter_map(read).collect()
}

fn property(object: &Map<String, Value>) -> MentionProperty {
    let named = text(object.get("wm-property"));
    let all = MentionProperty::ALL.iter();
    let found = match named {
        Some(named) => all.into_iter().find(|(name, _)| *name == named),
        None => all.into_iter().find(|(name, _)| object.contains_key(*name)),
    };
    found.map(|(_, property)| *property).unwrap_or_default()
}

/// A name or an address alone is an author too.
fn author(value: Option<&Value>) -> MentionAuthor {
    let value = values(value).next();
    let Some(object) = value.and_then(Value::as_object) else {
        let url = address(value);
        let name = if url.is_none() { text(value) } else { None };
        return MentionAuthor { name, url, ..MentionAuthor::default() };
    };
    MentionAuthor {
        name: text(object.get("name")),
        url: address(object.get("url")),
        photo: photo(object.get("photo")),
        verified: object.get("verified").is_some_and(is_true),
    }
}

/// A web address, or a path below the folder of portraits.
fn photo(value: Option<&Value>) -> Option<String> {
    let local = |text: &String| {
        let path = text.strip_prefix("avatars/").unwrap_or_default();
        !path.is_empty()
            && !path.split('/').any(|part| matches!(part, "" | "." | ".."))
            && !path.contains(|c: char| c == '\\' || c.is_control())
    };
    address(value).or_else(|| text(value).filter(local))
}

/// Pictures: addresses, or objects with an address and perhaps a description.
fn photos(value: Option<&Value>) -> Vec<MentionPhoto> {
    let one = |value: &Value| {
        let object = value.as_object();
        let named = object.map(|object| object.get("value").or_else(|| object.get("url")));
        let url = photo(named.unwrap_or(Some(value)))?;
        let alt = text(object.and_then(|object| object.get("alt"))).unwrap_or_default();
        Some(MentionPhoto { url, alt })
    };
    values(value).filter_map(one).take(MOST_PHOTOS).collect()
}

/// HTML and plain text of the content: a text alone is plain.
fn content(value: Option<&Value>) -> (Option<String>, Option<String>) {
    let value = values(value).next();
    let Some(object) = value.and_then(Value::as_object) else {
        return (None, text(value));
    };
    let is_html =
        text(object.get("content-type")).is_some_and(|kind| kind.starts_with("text/html"));
    let plain = text(object.get("value"));
    let html = text(object.get("html"));
    let html = if is_html { html.or_else(|| plain.clone()) } else { html };
    let plain = if is_html { None } else { plain };
    (html, text(object.get("text")).or(plain))
}

/// The values of a list, or the single value; null is none.
fn values(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    let (list, single) = match value {
        Some(Value::Array(list)) => (list.as_slice(), None),
        Some(Value::Null) | None => (&[][..], None),
        single => (&[][..], single),
    };
    list.iter().chain(single).filter(|value| !value.is_null())
}

/// The first text of a value; blank texts are none.
fn text(value: Option<&Value>) -> Option<String> {
    values(value).find_map(|value| {
        let text = match value {
            Value::String(text) => text.trim().to_owned(),
            Value::Number(number) => number.to_string(),
            Value::Object(object) => ["value", "text", "name"]
                .iter()
                .find_map(|key| object.get(*key).and_then(Value::as_str))
                .map(|text| text.trim().to_owned())?,
            Value::Null | Value::Bool(_) | Value::Array(_) => return None,
        };
        // Characters that no page may have, and those that would hide others from a filter.
        let text: String =
            text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\r' | '\t')).collect();
        (!text.is_empty()).then_some(text)
    })
}

fn address(value: Option<&Value>) -> Option<String> {
    addresses(value).into_iter().next()
}

/// All web addresses of a value, which may be objects with a `url`.
fn addresses(value: Option<&Value>) -> Vec<String> {
    let one = |value: &Value| match value {
        Value::String(text) => web(text),
        Value::Object(object) => values(object.get("url")).find_map(|url| web(url.as_str()?)),
        _ => None,
    };
    values(value).filter_map(one).collect()
}

fn time(value: Option<&Value>) -> Option<Zoned> {
    date::parse(&text(value)?)
}

fn is_true(value: &Value) -> bool {
    value.as_bool().unwrap_or_else(|| value.as_str() == Some("true"))
}
