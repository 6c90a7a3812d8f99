//! A post or page as templates see it.

use tera::Value;

use super::{date, image, moment, person, place, when};
use crate::build::Build;
use crate::build::figures::{Picture, Recording};
use crate::build::plan::{Id, Planned, own_permalink};
use crate::build::render::path_id;
use crate::build::value::{Object, json, safe, safe_option};
use crate::model::{
    Cite, Event, Kind, Person, PersonTag, Post, Relation, Review, Visibility, When, parse_moment,
};
use crate::text::excerpt::excerpt;
use crate::text::lang::direction;
use crate::text::sanitize::text_to_html;
use crate::words::Words;
use crate::{fill, object};

/// Characters of an excerpt.
const EXCERPT: usize = 280;

/// An entry as lists show it. What only its own page shows is set to nothing; see [`full`].
pub fn base(build: &Build<'_, '_>, id: Id, planned: &Planned<'_>) -> Object {
    let post = planned.post;
    let words = build.words(post.section);
    let mut entry = Object::with_capacity(64);
    identity(build, planned, words, &mut entry);
    text(build, planned, words, &mut entry);
    time(post, words, &mut entry);
    media(planned, &mut entry);
    relations(build, planned, words, &mut entry);
    rest(build, id, planned, words, &mut entry);
    fill!(
        entry;
        toc: Vec::<Value>::new(),
        backlinks: Vec::<Value>::new(),
        newer: Value::none(),
        older: Value::none(),
        translations: Vec::<Value>::new(),
        responses: Value::none(),
        author: build.author.clone(),
    );
    entry
}

/// What the entry's own page shows beside the rest.
pub fn full(build: &Build<'_, '_>, id: Id, planned: &Planned<'_>, mut base: Object) -> Object {
    let post = planned.post;
    let rendered = post.toc.then(|| build.html(planned));
    let toc = rendered.as_ref().map_or(&[][..], |rendered| rendered.toc.as_slice());
    let toc: Vec<Value> = toc
        .iter()
        .map(|h| {
            object! { level: u64::from(h.level), id: h.id.as_str(), title: h.title.as_str() }.into()
        })
        .collect();
    let backlinks = build.plan.backlinks.get(&post.permalink).map_or(&[][..], Vec::as_slice);
    let backlinks: Vec<Value> = backlinks.iter().filter_map(|id| build.link_to(*id)).collect();
    let (newer, older) = build.neighbours(id);
    base.set("toc", toc);
    base.set("backlinks", backlinks);
    base.set("newer", newer.and_then(|id| build.link_to(id)));
    base.set("older", older.and_then(|id| build.link_to(id)));
    base.set("translations", build.translations(id));
    base.set("responses", build.responses_of(id));
    base
}

/// What a post is called in links: its title, else its first words, else its kind and day.
pub fn name(build: &Build<'_, '_>, planned: &Planned<'_>) -> String {
    let post = planned.post;
    if let Some(title) = &post.title {
        return title.clone();
    }
    let words = build.words(post.section);
    let own = &planned.text.facts().opening;
    // What stands behind a warning is quoted nowhere.
    if !own.trim().is_empty() && post.sensitive.is_none() {
        return own.clone();
    }
    let kind = post.kind.name();
    if let Some((relation, cite)) = post.contexts.first() {
        let target = build.cite_name(cite);
        return match (post.rsvp, post.read_status) {
            (Some(rsvp), _) => words.rsvp_named(rsvp.name(), &target),
            (_, Some(status)) => words.read_status_named(status.name(), &target),
            _ => words.context_named(relation.key(), &target),
        };
    }
    if let Some(place) = post.checkin.as_ref().and_then(|place| place.name.as_ref()) {
        return words.context_named("checkin", place);
    }
    if let Some(review) = &post.review {
        return words.context_named("review", &review.item.name);
    }
    match &post.published {
        Some(at) => format!("{}, {}", words.kind_one(kind), words.date(at.date())),
        None => words.word("untitled").to_owned(),
    }
}

fn identity(build: &Build<'_, '_>, planned: &Planned<'_>, words: &Words, entry: &mut Object) {
    let post = planned.post;
    let base = &build.site.config.base;
    let other_language = post.lang != build.site.config.language(post.section).code;
    let kind_href = build.kind_href(post.section, post.kind);
    fill!(
        entry;
        kind: post.kind.name(),
        kind_word: words.kind_one(post.kind.name()),
        kind_href: kind_href,
        url: base.absolute(&post.permalink),
        href: base.href(&post.permalink),
        uid: build.permanent_id(post),
        path_id: path_id(&post.permalink),
        title: post.title.as_deref(),
        name: name(build, planned),
        lang: other_language.then_some(post.lang.as_str()),
        dir: other_language.then(|| direction(&post.lang).as_str()),
        pinned: post.pinned,
        unlisted: post.visibility == Visibility::Unlisted,
        extra: json(&post.extra),
    );
}

fn text(build: &Build<'_, '_>, planned: &Planned<'_>, words: &Words, entry: &mut Object) {
    let post = planned.post;
    let rendered = build.html(planned);
    let summary = summary(build, planned);
    let count = rendered.words as u64;
    let long = rendered.words > build.site.config.lists.fold_words && post.title.is_none();
    let minutes = count.div_ceil(230).max(1);
    fill!(
        entry;
        summary: summary,
        summary_own: post.summary.is_some(),
        content: safe(rendered.html.trim_end()),
        more: safe_option(rendered.more.as_deref().filter(|_| post.sensitive.is_none())),
        words: count,
        minutes_label: (count >= 300).then(|| words.plural("minutes_read", minutes)),
        fold_label: long.then(|| words.plural("fold", count)),
        sensitive: build.warning(post).map(|text| Value::from(object! { warning: text })),
    );
}

/// The author's own summary; for titled posts without a content warning else what stands before
/// `<!-- more -->`, else the beginning.
pub fn summary(build: &Build<'_, '_>, planned: &Planned<'_>) -> Option<String> {
    let post = planned.post;
    if let Some(own) = &post.summary {
        return Some(own.clone());
    }
    post.title.as_ref().filter(|_| post.sensitive.is_none())?;
    let rendered = build.html(planned);
    let text = match &rendered.more {
        Some(more) => crate::text::html::plain_text(more),
        None => excerpt(&rendered.plain, EXCERPT),
    };
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

fn time(post: &Post, words: &Words, entry: &mut Object) {
    let updated =
        post.updated.as_ref().filter(|at| post.published.as_ref().is_none_or(|p| *at > p));
    fill!(
        entry;
        published: post.published.as_ref().map(|at| moment(words, at)),
        updated: updated.map(|at| moment(words, at)),
        event: post.event.as_ref().map(|e| event(words, e)),
    );
}

fn event(words: &Words, event: &Event) -> Value {
    let all_day = matches!(event.start, When::Day(_));
    let civil = |when: &When| match when {
        When::Day(day) => day.to_datetime(jiff::civil::Time::midnight()),
        When::At(at) => at.datetime(),
    };
    object! {
        start: when(words, &event.start),
        end: event.end.as_ref().map(|end| when(words, end)),
        all_day: all_day,
        duration: event.duration.as_deref(),
        text: words.event(civil(&event.start), event.end.as_ref().map(civil), all_day),
    }
    .into()
}

fn media(planned: &Planned<'_>, entry: &mut Object) {
    let media = &planned.media;
    fill!(
        entry;
        photos: media.photos.iter().map(image).collect::<Vec<_>>(),
        videos: media.videos.iter().map(recording).collect::<Vec<_>>(),
        audios: media.audios.iter().map(recording).collect::<Vec<_>>(),
        featured: media.featured.as_deref().map(image),
    );
}

fn recording(recording: &Recording) -> Value {
    object! {
        src: recording.src.as_str(),
        type: recording.mime,
        poster: recording.poster.as_ref().map(image),
        captions: recording.captions.as_deref(),
    }
    .into()
}

fn relations(build: &Build<'_, '_>, planned: &Planned<'_>, words: &Words, entry: &mut Object) {
    let post = planned.post;
    let contexts: Vec<Value> = post
        .contexts
        .iter()
        .map(|(relation, cite)| context(build, words, *relation, cite))
        .collect();
    let people: Vec<Value> = post.people.iter().filter_map(|tag| tagged(build, tag)).collect();
    fill!(
        entry;
        contexts: contexts,
        people: people,
        rsvp: post.rsvp.map(|rsvp| {
            Value::from(object! { value: rsvp.name(), word: words.rsvp(rsvp.name()) })
        }),
        read_status: post.read_status.map(|status| {
            Value::from(object! { value: status.name(), word: words.read_status(status.name()) })
        }),
        location: post.location.as_deref().map(place),
        checkin: post.checkin.as_deref().map(place),
        review: post.review.as_ref().map(|r| review(words, r, planned.media.item.as_deref())),
        syndication: post
            .syndication
            .iter()
            .map(|url| Value::from(object! { url: url.as_str(), host: super::host(url) }))
            .collect::<Vec<_>>(),
    );
}

/// A page that the post refers to: what the post says of it, completed by `data/cites/` and, for
/// own pages, by the page itself.
fn context(build: &Build<'_, '_>, words: &Words, relation: Relation, cite: &Cite) -> Value {
    let site = build.site;
    let known = build.cites.get(cite.url.as_str()).copied();
    let own = own_permalink(site, &cite.url).and_then(|permalink| build.planned_at(&permalink));
    let url = match (&own, cite.url.starts_with('/')) {
        (Some(planned), _) => site.config.base.absolute(&planned.post.permalink),
        (None, true) => site.config.base.absolute(&crate::model::Permalink::file(&cite.url)),
        (None, false) => cite.url.clone(),
    };
    let author = cite.author.as_ref().or_else(|| known.and_then(|k| k.author.as_ref()));
    let content = cite.content.as_deref().or_else(|| known.and_then(|k| k.content.as_deref()));
    // What stands behind a warning is not quoted in front of it.
    let open = own.filter(|planned| planned.post.sensitive.is_none());
    let own_text = open.map(|planned| excerpt(&build.html(planned).plain, EXCERPT));
    let content = content.map(|text| excerpt(text, 500)).or(own_text).filter(|t| !t.is_empty());
    let published =
        cite.published.as_deref().or_else(|| known.and_then(|k| k.published.as_deref()));
    let zone = &site.config.time_zone;
    let own_title = own.and_then(|planned| planned.post.title.clone());
    object! {
        relation: relation.key(),
        class: relation.class(),
        word: words.context(relation.key()),
        host: super::host(&url),
        href: own.map_or_else(|| url.clone(), |planned| site.config.base.href(&planned.post.permalink)),
        url: url,
        name: cite.name.clone().or_else(|| known.and_then(|k| k.name.clone())).or(own_title),
        author: match (author, own.is_some()) {
            (Some(author), _) => Some(cited_person(build, author)),
            (None, true) => Some(build.author.clone()),
            (None, false) => None,
        },
        content: content.map(|text| safe(&text_to_html(&text))),
        published: published.and_then(|text| parse_moment(text, zone)).map(|at| moment(words, &at)),
        own: own.is_some(),
    }
    .into()
}

fn cited_person(build: &Build<'_, '_>, author: &Person) -> Value {
    person(author, build.face(author.photo.as_deref(), &author.name).as_ref())
}

fn tagged(build: &Build<'_, '_>, tag: &PersonTag) -> Option<Value> {
    match tag {
        PersonTag::Person(tagged) => Some(cited_person(build, tagged)),
        PersonTag::Nickname(nickname) => {
            let known = build.people.get(&nickname.to_lowercase()).cloned();
            let tagged =
                known.unwrap_or_else(|| Person { name: nickname.clone(), ..Person::default() });
            Some(cited_person(build, &tagged))
        }
    }
}

fn review(words: &Words, review: &Review, photo: Option<&Picture>) -> Value {
    let stars: Vec<Value> =
        review.rating.map(|rating| stars(rating, review.best)).unwrap_or_default();
    object! {
        item: object! {
            name: review.item.name.as_str(),
            url: review.item.url.as_deref(),
            photo: photo.map(image),
        },
        rating: review.rating.map(number),
        best: number(review.best),
        stars_text: review.rating.map(|rating| words.stars(rating, review.best)).unwrap_or_default(),
        stars: stars,
    }
    .into()
}

/// A number as people write it: 4, not 4.0.
fn number(value: f64) -> Value {
    #[allow(clippy::cast_possible_truncation, reason = "ratings are small")]
    let whole = value as i64;
    if value.fract() == 0.0 { whole.into() } else { value.into() }
}

/// Full, half and empty stars; none for scales of more than ten.
fn stars(rating: f64, best: f64) -> Vec<Value> {
    let mut stars = Vec::new();
    let mut at = 1.0;
    while at <= best && best <= 10.0 {
        let star = if rating >= at {
            "full"
        } else if rating >= at - 0.5 {
            "half"
        } else {
            "empty"
        };
        stars.push(Value::from(star));
        at += 1.0;
    }
    stars
}

fn rest(build: &Build<'_, '_>, id: Id, planned: &Planned<'_>, words: &Words, entry: &mut Object) {
    let post = planned.post;
    let tags: Vec<Value> = planned
        .tags()
        .iter()
        .map(|(slug, name)| {
            let permalink = crate::build::plan::tag_list(build.site, post.section, slug);
            object! { name: name.as_str(), href: build.site.config.base.href(&permalink) }.into()
        })
        .collect();
    let thread = build.plan.thread_of.get(&id).and_then(|(at, place)| {
        let thread = build.plan.threads.get(*at)?;
        let (position, count) = (place.saturating_add(1) as u64, thread.posts.len() as u64);
        Some(object! {
            href: build.site.config.base.href(&thread.permalink),
            position: position,
            count: count,
            label: words.i_of_n("of_position", position, count),
        })
    });
    let endpoint =
        build.site.config.endpoints.webmention.as_deref().filter(|_| post.mentions.receives());
    let policy = post.reply_policy;
    let open = policy != crate::model::ReplyPolicy::None && post.mentions.receives();
    fill!(
        entry;
        tags: tags,
        thread: thread.map(Value::from),
        responses_label: build.responses_label(id, words),
        reply: object! {
            allowed: open && endpoint.is_some() && post.kind != Kind::Page,
            endpoint: endpoint.filter(|_| open),
            policy_word: (policy != crate::model::ReplyPolicy::Everyone).then(|| words.reply_policy(policy.name())),
        },
    );
}

/// A post in one line. The built-in templates show its name, its day and no more, and a page may
/// have thousands of lines; a site's own templates may show anything.
pub fn brief(build: &Build<'_, '_>, planned: &Planned<'_>) -> Value {
    let post = planned.post;
    let words = build.words(post.section);
    let other_language = post.lang != build.site.config.language(post.section).code;
    let own = build.theme.is_own();
    let day = post.published.as_ref().map(|at| {
        let iso = When::At(at.clone()).iso();
        if own {
            return date(words, at.date(), None, iso);
        }
        object! { iso: iso, day: i64::from(at.day()), month: words.month(at.month()) }.into()
    });
    let mut brief = object! {
        href: build.site.config.base.href(&post.permalink),
        name: name(build, planned),
        title: post.title.as_deref(),
        published: day,
        lang: other_language.then_some(post.lang.as_str()),
    };
    if own {
        fill!(
            brief;
            url: build.site.config.base.absolute(&post.permalink),
            kind: post.kind.name(),
            kind_word: words.kind_one(post.kind.name()),
        );
    }
    brief.into()
}
