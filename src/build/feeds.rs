//! Feeds of the site, each kind, tag and folder, in three formats.

use std::borrow::Cow;
use std::sync::OnceLock;

use rayon::prelude::*;

use super::Build;
use super::context::{entry, host};
use super::figures::{Picture, Recording};
use super::inputs::Inputs;
use super::output::Output;
use super::plan::{Format, Id, Job, Planned, Source};
use crate::error::{Failure, Problem, Problems};
use crate::formats::feed::{
    Attachment, Author, Feed, Generator, Item, MAX_BYTES, WARN_BYTES, trim_to,
};
use crate::formats::{atom, jsonfeed, rss};
use crate::model::{Kind, Permalink, Relation};
use crate::text::excerpt::excerpt;
use crate::text::html::{absolutize, escape_attribute, escape_text};
use crate::text::markdown::Rendered;

/// Writes all feeds whose posts changed.
///
/// # Errors
/// A file that cannot be written.
pub(super) fn write(
    build: &Build<'_, '_>,
    inputs: &Inputs<'_, '_, '_>,
    output: &Output,
    problems: &mut Problems,
) -> Result<(), Failure> {
    let items: Vec<OnceLock<Option<Item>>> =
        build.plan.posts.iter().map(|_| OnceLock::new()).collect();
    let jobs = build.plan.jobs.par_iter();
    let found: Result<Vec<Option<Problem>>, Failure> = jobs
        .filter_map(|(permalink, job)| match job {
            Job::Feed { section, source, format } => Some((permalink, (*section, source), *format)),
            _ => None,
        })
        .map(|(permalink, (section, source), format)| {
            let members = members(build, section, source);
            let stamp = inputs.feed(permalink, (section, source), format, &members);
            let path = permalink.output_file();
            let mut cut = None;
            output.make(&path, stamp, || {
                let item = |id: &Id| items.get(*id)?.get_or_init(|| item(build, *id)).clone();
                let members = members.iter().filter_map(item).collect();
                let mut feed = feed(build, (section, source), permalink, members);
                let (text, problem) = fit(&mut feed, format, permalink);
                cut = problem;
                Ok(text)
            })?;
            if cut.is_some() {
                // The word about it is due at each build.
                output.forget(&path);
            }
            Ok(cut.or_else(|| large(output.size(&path), permalink)))
        })
        .collect();
    problems.extend(found?.into_iter().flatten());
    Ok(())
}

/// The newest posts of a feed.
fn members(build: &Build<'_, '_>, section: usize, source: &Source) -> Vec<Id> {
    let feeds = &build.site.config.feeds;
    let main = *source == Source::Stream;
    let all = match build.plan.lists.get(section) {
        // The main feed has its own rule about responses, whatever the home page shows.
        Some(lists) if main => lists.stream.as_slice(),
        _ => build.plan.source(section, source),
    };
    let keeps = |id: &&Id| {
        let kind = build.plan.posts.get(**id).map(|planned| planned.post.kind);
        !main || feeds.responses || !kind.is_some_and(Kind::is_response)
    };
    all.iter().filter(keeps).take(feeds.items).copied().collect()
}

/// The written feed; over the limit the oldest items are left out, with a warning.
fn fit(feed: &mut Feed, format: Format, permalink: &Permalink) -> (String, Option<Problem>) {
    let write = |feed: &Feed| match format {
        Format::Rss => rss::write(feed),
        Format::Atom => atom::write(feed),
        Format::Json => jsonfeed::write(feed),
    };
    let text = write(feed);
    if text.len() <= MAX_BYTES {
        return (text, None);
    }
    let left_out = trim_to(feed, MAX_BYTES, |feed| write(feed).len());
    let problem = Problem::in_file(
        permalink.to_string(),
        format!("this feed would be larger than 1 MB: its {left_out} oldest items are left out"),
    )
    .warning()
    .hint("lower `items` in [feeds], or write content = \"summary\"");
    (write(feed), Some(problem))
}

/// A word about a feed that is large to fetch.
fn large(bytes: u64, permalink: &Permalink) -> Option<Problem> {
    let kilobytes = bytes / 1000;
    (bytes > WARN_BYTES as u64).then(|| {
        Problem::in_file(
            permalink.to_string(),
            format!("this feed has {kilobytes} KB; readers fetch it often"),
        )
        .warning()
        .hint("lower `items` in [feeds], or write content = \"summary\"")
    })
}

fn feed(
    build: &Build<'_, '_>,
    list: (usize, &Source),
    permalink: &Permalink,
    items: Vec<Item>,
) -> Feed {
    let (section, source) = list;
    let config = &build.site.config;
    let language = config.language(section);
    let home = build.plan.list_permalink(build.site, section, source);
    let title = build.feed_title(section, source);
    let stream = home.join_file(Format::Atom.file());
    let opml = (build.has_following() && *source == Source::Stream)
        .then(|| config.base.absolute(&Permalink::file("following.opml")));
    let icon = |size: u32| {
        build.icons.iter().find(|(_, s)| *s == size).map(|(href, _)| build.from_root(href))
    };
    let mut feed = Feed {
        id: build.oldest_base().absolute(&stream),
        description: language.description.clone().unwrap_or_else(|| title.clone()),
        home_url: config.base.absolute(&home),
        self_url: config.base.absolute(permalink),
        language: Some(language.code.clone()),
        updated: None,
        authors: vec![author(build)],
        icon: icon(512),
        favicon: icon(32),
        logo: None,
        rights: config.copyright.clone(),
        hubs: config.hubs(),
        stylesheet: build.assets.get("feed.css").cloned(),
        generator: Some(Generator {
            name: "Lanai".to_owned(),
            version: Some(env!("CARGO_PKG_VERSION").to_owned()),
            url: None,
        }),
        next_url: None,
        previous_url: None,
        blogroll: opml,
        podcast: None,
        items,
        title,
    };
    feed.updated = feed.items.iter().map(Item::changed).max_by_key(|at| at.timestamp()).cloned();
    feed
}

fn author(build: &Build<'_, '_>) -> Author {
    let config = &build.site.config;
    Author {
        name: config.author.name.clone(),
        url: Some(config.base.home().to_owned()),
        avatar: build.own_photo_url(),
        email: config.author.email.clone().filter(|_| config.author.show_email),
    }
}

fn item(build: &Build<'_, '_>, id: Id) -> Option<Item> {
    let planned = build.plan.posts.get(id)?;
    let post = planned.post;
    let config = &build.site.config;
    let url = config.base.absolute(&post.permalink);
    let summary = entry::summary(build, planned);
    let html = content(build, planned, &url);
    let full = config.feeds.full;
    let content_html = match (&summary, full) {
        (Some(summary), false) => format!("<p>{}</p>", escape_text(summary)),
        _ => html,
    };
    let open = post.kind == Kind::Note && post.sensitive.is_none();
    let plain = open && is_plain(&build.html(planned).html);
    let other_language = post.lang != config.language(post.section).code;
    let external = post.contexts.iter().find(|(relation, _)| *relation != Relation::InReplyTo);
    Some(Item {
        id: build.permanent_id(post),
        title: post.title.clone(),
        // Atom wants a title for everything.
        fallback_title: entry::name(build, planned),
        summary: summary.or_else(|| beginning(build, planned)),
        content_text: plain.then(|| build.html(planned).plain.trim().to_owned()),
        content_html,
        published: post.published.clone()?,
        updated: post.updated.clone(),
        authors: Vec::new(),
        tags: planned.tags().iter().map(|(_, name)| name.clone()).collect(),
        language: other_language.then(|| post.lang.clone()),
        image: build.post_image(planned),
        attachments: attachments(build, planned),
        external_url: external.map(|(_, cite)| build.whole_address(&cite.url)),
        in_reply_to: post
            .contexts
            .iter()
            .filter(|(relation, _)| *relation == Relation::InReplyTo)
            .map(|(_, cite)| build.whole_address(&cite.url))
            .collect(),
        comments_url: build
            .responses_label(id, build.words(post.section))
            .map(|_| format!("{url}#responses")),
        url,
    })
}

/// The beginning of a text without a summary; of a text behind a warning, the warning.
fn beginning(build: &Build<'_, '_>, planned: &Planned<'_>) -> Option<String> {
    let text = match build.warning(planned.post) {
        Some(warning) => warning.to_owned(),
        None => excerpt(&build.html(planned).plain, 280),
    };
    Some(text).filter(|text| !text.is_empty())
}

/// Text in paragraphs without any markup.
fn is_plain(html: &str) -> bool {
    let rest = html.replace("<p>", "").replace("</p>", "");
    !rest.contains('<') && !rest.trim().is_empty()
}

/// What a reader without our stylesheet sees: what the post refers to, its media, its text.
fn content(build: &Build<'_, '_>, planned: &Planned<'_>, url: &str) -> String {
    let post = planned.post;
    let words = build.words(post.section);
    let mut html = String::new();
    for (relation, cite) in &post.contexts {
        let target = build.whole_address(&cite.url);
        let name = build.cite_name(cite);
        html.push_str(&format!(
            "<p>{}: <a href=\"{}\">{}</a></p>",
            escape_text(words.context(relation.key())),
            escape_attribute(&target),
            escape_text(&name)
        ));
        if let (Relation::QuotationOf | Relation::RepostOf, Some(quoted)) =
            (relation, &cite.content)
        {
            html.push_str(&format!(
                "<blockquote><p>{}</p></blockquote>",
                escape_text(&excerpt(quoted, 500))
            ));
        }
    }
    if let Some(rsvp) = post.rsvp {
        html.push_str(&format!("<p>{}</p>", escape_text(words.rsvp(rsvp.name()))));
    }
    facts(build, planned, &mut html);
    for picture in planned.media.featured.as_deref().into_iter().chain(&planned.media.photos) {
        html.push_str(&image_html(picture));
    }
    for recording in &planned.media.videos {
        html.push_str(&media_html("video", recording));
    }
    for recording in &planned.media.audios {
        html.push_str(&media_html("audio", recording));
    }
    html.push_str(&with_originals(&build.html(planned)));
    if let Some(warning) = build.warning(post) {
        html = format!("<details><summary>{}</summary>{html}</details>", escape_text(warning));
    }
    match url::Url::parse(url) {
        Ok(base) => absolutize(&html, &base),
        Err(_) => html,
    }
}

/// The text with the pictures themselves in place of their copies.
fn with_originals(rendered: &Rendered) -> Cow<'_, str> {
    let mut html = Cow::Borrowed(rendered.html.as_str());
    let mut done = Vec::new();
    for image in &rendered.images {
        let Some(shown) = image.shown.as_ref().filter(|shown| !done.contains(shown)) else {
            continue;
        };
        let copy = format!("<img src=\"{}\" ", escape_attribute(shown));
        let original = format!("<img src=\"{}\" ", escape_attribute(&image.src));
        html = html.replace(&copy, &original).into();
        done.push(shown);
    }
    html
}

/// When and where, what was rated how.
fn facts(build: &Build<'_, '_>, planned: &Planned<'_>, html: &mut String) {
    let post = planned.post;
    let words = build.words(post.section);
    let mut lines: Vec<String> = Vec::new();
    if let Some(event) = &post.event {
        lines.push(words.date(event.start.date()));
    }
    let place = post
        .checkin
        .as_deref()
        .or_else(|| post.location.as_deref().filter(|_| post.event.is_some()));
    lines.extend(place.map(crate::model::Place::text));
    if let Some(review) = &post.review {
        let stars = review.rating.map(|rating| words.stars(rating, review.best));
        lines.push(match stars {
            Some(stars) => format!("{}: {stars}", review.item.name),
            None => review.item.name.clone(),
        });
    }
    for line in lines.iter().filter(|line| !line.is_empty()) {
        html.push_str(&format!("<p>{}</p>", escape_text(line)));
    }
}

fn image_html(picture: &Picture) -> String {
    let size = picture
        .size
        .map(|(width, height)| format!(" width=\"{width}\" height=\"{height}\""))
        .unwrap_or_default();
    format!(
        "<p><img src=\"{}\" alt=\"{}\"{size}></p>",
        escape_attribute(&picture.src),
        escape_attribute(&picture.alt)
    )
}

fn media_html(tag: &str, recording: &Recording) -> String {
    let src = escape_attribute(&recording.src);
    let name = recording.src.rsplit('/').next().unwrap_or("");
    format!("<{tag} src=\"{src}\" controls><a href=\"{src}\">{}</a></{tag}>", escape_text(name))
}

fn attachments(build: &Build<'_, '_>, planned: &Planned<'_>) -> Vec<Attachment> {
    let media = &planned.media;
    let recordings = media.videos.iter().chain(&media.audios).map(|recording| Attachment {
        url: build.from_root(&recording.src),
        mime: recording.mime.to_owned(),
        bytes: recording.bytes,
        title: None,
        duration: None,
    });
    let photos = media.photos.iter().map(|picture| Attachment {
        url: build.from_root(&picture.src),
        mime: crate::media::mime(&picture.src).to_owned(),
        bytes: picture.bytes,
        title: Some(picture.alt.clone()).filter(|alt| !alt.is_empty()),
        duration: None,
    });
    recordings.chain(photos).filter(|a| !host(&a.url).is_empty()).collect()
}
