//! Front matter to [`Post`]: what the keys at the top of a file mean.
//!
//! The names are those of microformats2 without prefix. Addresses are `address.rs`'s work, reading
//! files `load.rs`'s.

use std::ops::Range;

use super::properties::{contexts, event, media, people, place, review, web_addresses};
use crate::error::{Problem, Severity, Source};
use crate::model::{
    Cite, MentionPolicy, Moment, Properties, ReadStatus, Relation, ReplyPolicy, Rsvp, Visibility,
    parse_duration, parse_moment,
};
use crate::text::lang;
use crate::tree::{Node, Reading, Table, Value, parse_toml, parse_yaml};
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// Everything that front matter can say.
#[derive(Debug, Clone)]
pub struct FrontMatter {
    /// What becomes of the post.
    pub properties: Properties,
    /// The language of the text.
    pub lang: Option<String>,
    /// The last part of the address.
    pub slug: Option<String>,
    /// The whole address, from front matter of other generators.
    pub address: Option<String>,
    /// Addresses the post had before, as written.
    pub aliases: Vec<String>,
    /// Keys of other generators, kept under `extra`.
    pub foreign_keys: usize,
}

/// How front matter is to be read.
#[derive(Debug, Clone, Copy)]
pub struct Rules<'a> {
    /// The zone of times without an offset.
    pub zone: &'a TimeZone,
    /// Whether keys of other generators are kept instead of refused.
    pub foreign: bool,
}

/// Where the front matter of a file stands, and where its text begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parts {
    /// The front matter between its fences, and whether it is TOML.
    pub head: Option<(Range<usize>, bool)>,
    /// The Markdown.
    pub body: Range<usize>,
}

/// Splits a file at its fences, `+++` for TOML and `---` for YAML. Spaces behind a fence and CRLF are
/// fine.
///
/// # Errors
/// A fence that is opened and not closed.
pub fn split(source: &Source) -> Result<Parts, Box<Problem>> {
    let text = source.text.as_str();
    let whole = Parts { head: None, body: 0..text.len() };
    let mut lines = line_ranges(text);
    let Some(first) = lines.next() else { return Ok(whole) };
    let fence = text.get(first.clone()).unwrap_or("").trim_end();
    let is_toml = match fence {
        "+++" => true,
        "---" => false,
        _ => return Ok(whole),
    };
    for line in lines {
        if text.get(line.clone()).unwrap_or("").trim_end() == fence {
            let body = line.end..text.len();
            return Ok(Parts { head: Some((first.end..line.start, is_toml)), body });
        }
    }
    Err(Box::new(
        source
            .problem(
                first.start..first.start.saturating_add(3),
                format!("this front matter is not closed: `{fence}` stands only once"),
            )
            .hint(format!("write a line of `{fence}` behind the last key")),
    ))
}

/// The byte ranges of lines, line ends included.
fn line_ranges(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut at = 0usize;
    text.split_inclusive('\n').map(move |line| {
        let start = at;
        at = at.saturating_add(line.len());
        start..at
    })
}

/// Reads the front matter of a file. Problems that are no errors come back beside the result.
///
/// # Errors
/// All mistakes of this front matter.
pub fn read(
    source: &Source,
    parts: &Parts,
    rules: &Rules<'_>,
) -> Result<(FrontMatter, Vec<Problem>), Vec<Problem>> {
    let node = match &parts.head {
        None => Node { span: 0..0, value: Value::Table(Vec::new()) },
        Some((range, true)) => parse_toml(source, range.clone())?,
        Some((range, false)) => parse_yaml(source, range.clone())?,
    };
    let reading = Reading::new(source);
    let matter = read_keys(&reading, node, rules);
    let mut problems = reading.finish();
    if rules.foreign {
        problems = problems.into_iter().map(Problem::warning).collect();
    }
    if problems.iter().any(|problem| problem.severity == Severity::Error) {
        return Err(problems);
    }
    Ok((matter, problems))
}

/// Every key that front matter knows.
pub fn keys() -> std::collections::BTreeSet<String> {
    let source = Source::new("", "");
    let reading = Reading::new(&source);
    let node = Node { span: 0..0, value: Value::Table(Vec::new()) };
    read_keys(&reading, node, &Rules { zone: &TimeZone::UTC, foreign: false });
    reading.asked()
}

fn read_keys(reading: &Reading<'_>, node: Node, rules: &Rules<'_>) -> FrontMatter {
    let mut top = Table::new(reading, "", node);
    let published = published(&mut top, rules);
    let expires = expires(&mut top, rules, published.as_ref());
    let contexts = contexts(&mut top);
    let event = event(&mut top, rules);
    let properties = Properties {
        title: nonempty(top.text("title")),
        summary: nonempty(top.text("summary")),
        updated: moment(&mut top, "updated", rules),
        expires,
        draft: top.flag("draft").unwrap_or(false),
        visibility: visibility(&mut top),
        tags: tags(&mut top),
        uid: nonempty(top.text("uid")),
        pinned: top.flag("pinned").unwrap_or(false),
        sensitive: sensitive(&mut top),
        syndication: web_addresses(&mut top, "syndication"),
        reply_policy: reply_policy(&mut top),
        mentions: mention_policy(&mut top),
        toc: top.flag("toc").unwrap_or(false),
        photos: media(&mut top, "photo"),
        videos: media(&mut top, "video"),
        audios: media(&mut top, "audio"),
        featured: media(&mut top, "featured").into_iter().next().map(Box::new),
        rsvp: rsvp(&mut top, &contexts),
        location: place(&mut top, "location").map(Box::new),
        checkin: place(&mut top, "checkin").map(Box::new),
        review: review(&mut top).map(Box::new),
        read_status: read_status(&mut top),
        people: people(&mut top),
        extra: top.take("extra").map_or(serde_json::json!({}), |node| node.value.to_json()),
        published,
        contexts,
        event: event.map(Box::new),
    };
    let mut matter = FrontMatter {
        properties,
        lang: language(&mut top),
        slug: nonempty(top.text("slug")),
        address: None,
        aliases: aliases(&mut top),
        foreign_keys: 0,
    };
    if rules.foreign {
        keep_foreign(&mut top, &mut matter, rules);
    }
    top.finish();
    matter
}

/// Keeps what other generators wrote under `extra`; what means the same here is understood.
fn keep_foreign(top: &mut Table<'_, '_>, matter: &mut FrontMatter, rules: &Rules<'_>) {
    for (key, node) in top.rest() {
        matter.foreign_keys = matter.foreign_keys.saturating_add(1);
        match key.name.as_str() {
            "url" | "permalink" | "path" => {
                matter.address = node.as_text().filter(|path| !path.split('/').any(|p| p == ".."));
            }
            "taxonomies" => {
                let mut table = Table::new(top.reading, "taxonomies", node.clone());
                matter.properties.tags.extend(table.texts("tags").into_iter().map(|(tag, _)| tag));
            }
            "description" if matter.properties.summary.is_none() => {
                matter.properties.summary = node.as_text();
            }
            "lastmod" | "last_modified_at" if matter.properties.updated.is_none() => {
                matter.properties.updated =
                    node.as_text().and_then(|text| parse_moment(&text, rules.zone));
            }
            "publishDate" => {
                let date = node.as_text().and_then(|text| parse_moment(&text, rules.zone));
                matter.properties.published = date.or(matter.properties.published.take());
            }
            "expiryDate" => {
                let date = node.as_text().and_then(|text| parse_moment(&text, rules.zone));
                matter.properties.expires = date.map(|at| at.timestamp());
            }
            _ => {}
        }
        if let serde_json::Value::Object(extra) = &mut matter.properties.extra {
            extra.insert(key.name, node.value.to_json());
        }
    }
}

fn nonempty(text: Option<String>) -> Option<String> {
    text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
}

pub(super) const DATE_HINT: &str =
    "write 2024-05-01, 2024-05-01 09:30 or 2024-05-01T09:30:00+02:00";

fn moment(top: &mut Table<'_, '_>, key: &'static str, rules: &Rules<'_>) -> Option<Moment> {
    let (text, span) = top.spanned_text(key)?;
    let moment = parse_moment(&text, rules.zone);
    if moment.is_none() {
        top.reading.error_with_hint(
            span,
            format!("`{key}` should be a date, found \"{text}\""),
            DATE_HINT,
        );
    }
    moment
}

fn published(top: &mut Table<'_, '_>, rules: &Rules<'_>) -> Option<Moment> {
    let place = top.place_of("date");
    let date = moment(top, "date", rules);
    let published = moment(top, "published", rules);
    if date.is_some() && published.is_some() {
        top.reading.error_with_hint(
            place,
            "`date` and `published` mean the same",
            "keep one of them",
        );
    }
    published.or(date)
}

fn expires(
    top: &mut Table<'_, '_>,
    rules: &Rules<'_>,
    published: Option<&Moment>,
) -> Option<Timestamp> {
    let (text, span) = top.spanned_text("expires")?;
    if let Some(moment) = parse_moment(&text, rules.zone) {
        return Some(moment.timestamp());
    }
    let Some(duration) = parse_duration(&text) else {
        top.reading.error_with_hint(
            span,
            format!("`expires` should be a date or a duration, found \"{text}\""),
            "write 2024-05-02 09:30, or how long after the date: \"24h\", \"7d\"",
        );
        return None;
    };
    let Some(published) = published else {
        top.reading.error_with_hint(
            span,
            "a duration in `expires` counts from `date`, which is missing",
            "write date = 2024-05-01, or a date here",
        );
        return None;
    };
    published.checked_add(duration).ok().map(|end| end.timestamp())
}

fn visibility(top: &mut Table<'_, '_>) -> Visibility {
    let place = top.place_of("visibility");
    let Some((text, span)) = top.spanned_text("visibility") else {
        refuse_audience(top);
        return Visibility::Public;
    };
    match text.as_str() {
        "public" => Visibility::Public,
        "unlisted" => Visibility::Unlisted,
        "private" | "direct" | "followers" | "audience" => {
            refuse_private(top, place);
            Visibility::Unlisted
        }
        _ => {
            top.reading.error_with_hint(
                span,
                format!("`visibility` should be public or unlisted, found \"{text}\""),
                "everything that Lanai builds can be read by whoever has its address",
            );
            Visibility::Public
        }
    }
}

fn refuse_audience(top: &mut Table<'_, '_>) {
    let place = top.place_of("audience");
    if !top.lacks_unasked("audience") {
        refuse_private(top, place);
        top.drop_key("audience");
    }
}

fn refuse_private(top: &Table<'_, '_>, place: Range<usize>) {
    top.reading.error_with_hint(
        place,
        "this version of Lanai cannot keep a post private, and does not pretend to",
        "everything under content/ becomes public: move the file out, or write visibility = \"unlisted\" \
         if it may be read by whoever has its address",
    );
}

fn language(top: &mut Table<'_, '_>) -> Option<String> {
    let (code, span) = top.spanned_text("lang")?;
    if lang::is_bcp47(&code) {
        return Some(code);
    }
    top.reading.error_with_hint(
        span,
        format!("`lang` should be a language code, found \"{code}\""),
        "write \"en\", \"de\", \"pt-BR\", \"zh-Hans\" …",
    );
    None
}

fn tags(top: &mut Table<'_, '_>) -> Vec<String> {
    let mut tags: Vec<String> = Vec::new();
    for key in ["tags", "category"] {
        for (tag, _) in top.texts(key) {
            let tag = tag.trim().trim_start_matches('#').to_owned();
            if !tag.is_empty() && !tags.contains(&tag) {
                tags.push(tag);
            }
        }
    }
    tags
}

fn aliases(top: &mut Table<'_, '_>) -> Vec<String> {
    let mut aliases = Vec::new();
    for (path, span) in top.texts("aliases") {
        if path.split(['/', '\\']).any(|part| part == "..") {
            top.reading.error_with_hint(
                span,
                format!("`aliases` should be paths of this site, found \"{path}\""),
                "write the old address without its host: /old/path/",
            );
        } else {
            aliases.push(path);
        }
    }
    aliases
}

fn sensitive(top: &mut Table<'_, '_>) -> Option<String> {
    let node = top.take("sensitive")?;
    match (&node.value, node.as_text()) {
        (Value::Bool(false), _) => None,
        (Value::Bool(true), _) => Some(String::new()),
        (_, Some(text)) => Some(text),
        _ => {
            top.reading.error_with_hint(
                node.span,
                "`sensitive` should be true, or the text of the content warning",
                "write sensitive = \"what it is about\"",
            );
            None
        }
    }
}

fn reply_policy(top: &mut Table<'_, '_>) -> ReplyPolicy {
    let choices = [
        ("everyone", ReplyPolicy::Everyone),
        ("known", ReplyPolicy::Known),
        ("followed", ReplyPolicy::Followed),
        ("none", ReplyPolicy::None),
    ];
    top.choice("reply-policy", &choices).unwrap_or(ReplyPolicy::Everyone)
}

fn mention_policy(top: &mut Table<'_, '_>) -> MentionPolicy {
    let choices = [
        ("both", MentionPolicy::Both),
        ("receive", MentionPolicy::Receive),
        ("send", MentionPolicy::Send),
        ("none", MentionPolicy::None),
    ];
    top.choice("mentions", &choices).unwrap_or(MentionPolicy::Both)
}

fn read_status(top: &mut Table<'_, '_>) -> Option<ReadStatus> {
    let choices = [
        ("want", ReadStatus::Want),
        ("reading", ReadStatus::Reading),
        ("finished", ReadStatus::Finished),
    ];
    top.choice("read-status", &choices)
}

fn rsvp(top: &mut Table<'_, '_>, contexts: &[(Relation, Cite)]) -> Option<Rsvp> {
    let place = top.place_of("rsvp");
    let choices = [
        ("yes", Rsvp::Yes),
        ("no", Rsvp::No),
        ("maybe", Rsvp::Maybe),
        ("interested", Rsvp::Interested),
        // YAML reads a bare yes and no as true and false in its older editions.
        ("true", Rsvp::Yes),
        ("false", Rsvp::No),
    ];
    let rsvp = top.choice("rsvp", &choices)?;
    if !contexts.iter().any(|(relation, _)| *relation == Relation::InReplyTo) {
        top.reading.error_with_hint(
            place,
            "an RSVP answers an event",
            "name the event's page: in-reply-to = \"https://…\"",
        );
    }
    Some(rsvp)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Kind;

    fn read_text(text: &str) -> Result<FrontMatter, Vec<String>> {
        let source = Source::new("content/x.md", text);
        let rules = Rules { zone: &TimeZone::UTC, foreign: false };
        let parts = split(&source).map_err(|p| vec![p.message.clone()])?;
        read(&source, &parts, &rules).map(|(matter, _)| matter).map_err(|list| {
            list.iter().map(|p| format!("{} {}", p.location(), p.message)).collect()
        })
    }

    #[test]
    fn fences_may_have_trailing_spaces_and_crlf() {
        for text in ["+++  \r\ntitle = \"A\"\r\n+++ \r\nText", "---\t\ntitle: A\n---  \nText"] {
            assert_eq!(read_text(text).unwrap().properties.title.as_deref(), Some("A"), "{text:?}");
        }
        assert!(read_text("+++\ntitle = \"A\"\n").unwrap_err()[0].contains("not closed"));
    }

    #[test]
    fn kinds_follow_from_properties() {
        for (head, kind) in [
            ("title = \"A\"", Kind::Page),
            ("date = 2024-05-01", Kind::Note),
            ("date = 2024-05-01\ntitle = \"A\"", Kind::Article),
            ("date = 2024-05-01\nphoto = \"a.jpg\"\ntitle = \"A\"", Kind::Photo),
            (
                "date = 2024-05-01\nphoto = \"a.jpg\"\nin-reply-to = \"https://b.example/\"",
                Kind::Reply,
            ),
            (
                "date = 2024-05-01\nlike-of = \"https://b.example/\"\nin-reply-to = \"https://b.example/\"",
                Kind::Like,
            ),
            ("date = 2024-05-01\nrsvp = \"yes\"\nin-reply-to = \"https://b.example/\"", Kind::Rsvp),
            ("date = 2024-05-01\nstart = 2024-06-01", Kind::Event),
            ("date = 2024-05-01\nitem = \"A book\"\nrating = 4", Kind::Review),
            ("date = 2024-05-01\nread-of = \"https://b.example/\"", Kind::Read),
        ] {
            assert_eq!(
                read_text(&format!("+++\n{head}\n+++\n")).unwrap().properties.kind(),
                kind,
                "{head}"
            );
        }
    }

    #[test]
    fn private_posts_are_refused() {
        for head in ["visibility = \"private\"", "audience = \"friends\""] {
            let found = read_text(&format!("+++\n{head}\n+++\n")).unwrap_err();
            assert!(found[0].contains("cannot keep a post private"), "{found:?}");
            assert_eq!(found.len(), 1, "{found:?}");
        }
    }

    #[test]
    fn targets_must_be_addresses() {
        let found = read_text("+++\ndate = 2024-05-01\nlike-of = \"javascript:alert(1)\"\n+++\n")
            .unwrap_err();
        assert!(
            found[0].starts_with("content/x.md:3:11 `like-of` should be the address"),
            "{found:?}"
        );
    }

    #[test]
    fn a_duration_after_the_date_expires_a_post() {
        let matter =
            read_text("+++\ndate = 2024-05-01T10:00:00Z\nexpires = \"24h\"\n+++\n").unwrap();
        assert_eq!(matter.properties.expires.unwrap().to_string(), "2024-05-02T10:00:00Z");
    }
}
