//! Every page of the plan, rendered and written in parallel.

use std::collections::BTreeMap;

use rayon::prelude::*;
use tera::{Context, Value};

use super::Build;
use super::context::list::{self, Pager};
use super::context::page::{self, Head};
use super::context::{data, entry, moment};
use super::inputs::Inputs;
use super::output::Output;
use super::plan::{Id, Job, Planned, Source, below, page_of, page_size};
use super::report::Progress;
use super::theme::Theme;
use super::value::{Object, safe_option};
use crate::error::Failure;
use crate::formats::jsonld;
use crate::model::{Base, Kind, Permalink};
use crate::object;
use crate::stamp::Stamp;

/// Pages that one thread takes at a time: in a rebuild the few that must be made lie together.
const FEW: usize = 16;

/// What every page of the site sees: assets, icons.
pub fn set_globals(
    base: &Base,
    all: &BTreeMap<String, String>,
    icons: &[(String, u32)],
    theme: &mut Theme,
) {
    let mut assets = Object::with_capacity(all.len());
    for (name, href) in all {
        assets.add(name.clone(), href.as_str());
    }
    let icons: Vec<Value> = icons
        .iter()
        .map(|(href, size)| {
            object! { href: href.as_str(), sizes: format!("{size}x{size}"), type: "image/png" }
                .into()
        })
        .collect();
    theme.set_global("assets", assets.into());
    theme.set_global("icons", icons.into());
    theme.set_global("manifest_href", base.href(&Permalink::file("manifest.webmanifest")).into());
    theme.set_global("search_index_href", base.href(&Permalink::file("search/index.json")).into());
}

/// Renders and writes all pages whose inputs changed.
///
/// # Errors
/// A template that fails, or a file that cannot be written.
pub(super) fn write(
    build: &Build<'_, '_>,
    inputs: &Inputs<'_, '_, '_>,
    output: &Output,
    progress: &dyn Progress,
) -> Result<(), Failure> {
    let jobs = &build.plan.jobs;
    progress.begin("pages", jobs.len());
    output.announce(&build.plan.files)?;
    let files = jobs.par_iter().zip(&build.plan.files).with_max_len(FEW);
    files.try_for_each(|((permalink, job), file)| {
        progress.advance();
        match stamp(build, inputs, permalink, job) {
            Some(stamp) => output.make(file, stamp, || {
                let page = page_of_job(build, permalink, job).ok_or_else(|| lost(permalink))?;
                let (template, mut head, more) = page;
                if shows_copies(build, job) {
                    head.styles.extend(build.assets.get("pictures.css").cloned());
                }
                render(build, permalink, (template, head, more))
            }),
            None => small(build, inputs, permalink, job, output),
        }
    })
}

/// What a page is made from, where that is known without making its context; feeds are no pages.
fn stamp(
    build: &Build<'_, '_>,
    inputs: &Inputs<'_, '_, '_>,
    permalink: &Permalink,
    job: &Job,
) -> Option<Stamp> {
    match job {
        Job::List { section, source, page } => {
            Some(inputs.list(permalink, *section, source, *page))
        }
        Job::Post(id) => Some(inputs.post(*id, build.plan.posts.get(*id)?)),
        Job::Thread(at) => {
            let thread = build.plan.threads.get(*at)?;
            let first = build.plan.posts.get(*thread.posts.first()?)?;
            Some(inputs.thread(permalink, first.post.section, &thread.posts))
        }
        Job::Year(section, year) => Some(inputs.year(permalink, *section, *year)),
        Job::Redirect(id) => Some(inputs.redirect(permalink, build.plan.posts.get(*id)?)),
        _ => None,
    }
}

/// A page whose context is small: it is made each time, and decides whether the page is.
fn small(
    build: &Build<'_, '_>,
    inputs: &Inputs<'_, '_, '_>,
    permalink: &Permalink,
    job: &Job,
    output: &Output,
) -> Result<(), Failure> {
    let Some((template, head, more)) = page_of_job(build, permalink, job) else { return Ok(()) };
    let section = head.section;
    let seen: Value = more.clone().into();
    let alternates = Value::from_serializable(&head.alternates);
    let stamp = inputs.context(permalink, section, template, &[&seen, &alternates]);
    output
        .make(&permalink.output_file(), stamp, || render(build, permalink, (template, head, more)))
}

/// Whether a page shows pictures with smaller copies; their colours are in a sheet of their own.
fn shows_copies(build: &Build<'_, '_>, job: &Job) -> bool {
    let any = |ids: &[Id]| {
        let mut planned = ids.iter().filter_map(|id| build.plan.posts.get(*id));
        planned.any(Planned::shows_copies)
    };
    match job {
        Job::Post(id) => any(&[*id]),
        Job::Thread(at) => build.plan.threads.get(*at).is_some_and(|thread| any(&thread.posts)),
        Job::List { section, source, page } => {
            let posts = build.plan.source(*section, source);
            let permalink = build.plan.list_permalink(build.site, *section, source);
            any(page_of(posts, page_size(&build.site.config, source), *page))
                || any(&build.pinned(*section, source))
                || build.list_text(&permalink).is_some_and(|text| text.shows_copies())
        }
        _ => false,
    }
}

fn lost(permalink: &Permalink) -> Failure {
    Failure::run(format!("the page {permalink} is planned and has nothing to show"))
}

fn render(
    build: &Build<'_, '_>,
    permalink: &Permalink,
    (template, head, more): Page,
) -> Result<Vec<u8>, Failure> {
    let section = head.section;
    let mut context = Context::new();
    context.insert_value("site", page::site(build, section, permalink));
    context.insert_value("w", build.template_words(section));
    context.insert_value("page", page::page(build, permalink, head));
    for (key, value) in more.into_entries() {
        context.insert_value(key, value);
    }
    build.theme.render(template, &context)
}

/// A post as lists show it: the template sees the entry and nothing of the page.
pub(super) fn card(build: &Build<'_, '_>, id: Id, entry: Object) -> Result<Value, Failure> {
    let section = build.plan.posts.get(id).map_or(0, |planned| planned.post.section);
    let mut context = Context::new();
    context.insert_value("site", page::site(build, section, &Permalink::file("//")));
    context.insert_value("w", build.template_words(section));
    context.insert_value("entry", entry.into());
    let html = build.theme.render("parts/card.html", &context)?;
    Ok(Value::safe_string(String::from_utf8_lossy(&html).trim()))
}

/// The template of a page and what it sees beside the site; feeds have none.
fn page_of_job(build: &Build<'_, '_>, permalink: &Permalink, job: &Job) -> Option<Page> {
    Some(match job {
        Job::List { section, source, page } => list_page(build, *section, source, *page),
        Job::Post(id) => post(build, *id)?,
        Job::Thread(at) => thread(build, *at)?,
        Job::Year(section, year) => year_page(build, *section, *year),
        Job::Archive(section) => archive(build, *section),
        Job::Tags(section) => simple(
            build,
            *section,
            ("tags", "tags.html", "all_tags"),
            object! { tags: list::tags(build, *section) },
        ),
        Job::Search(section) => search(build, *section),
        Job::Feeds(section) => feeds(build, *section),
        Job::Cv => cv(build)?,
        Job::Following => following(build),
        Job::Wanted => simple(
            build,
            0,
            ("wanted", "wanted.html", "wanted_title"),
            object! { wanted: data::wanted(build) },
        ),
        Job::NotFound => {
            noindex(simple(build, 0, ("404", "404.html", "not_found_title"), Object::default()))
        }
        Job::Gone(at) => gone(build, permalink, *at)?,
        Job::Redirect(id) => redirect(build, *id)?,
        Job::Feed { .. } => return None,
    })
}

type Page = (&'static str, Head, Object);

/// A page whose heading is one of the theme's words.
fn simple(
    build: &Build<'_, '_>,
    section: usize,
    names: (&'static str, &'static str, &str),
    more: Object,
) -> Page {
    let (kind, template, word) = names;
    let title = build.words(section).word(word).to_owned();
    let path = match kind {
        "tags" | "archive" | "search" | "feeds" => Some(kind),
        _ => None,
    };
    let alternates = path.map(|path| everywhere(build, section, path)).unwrap_or_default();
    (template, Head { kind, section, title, alternates, ..Head::default() }, more)
}

fn noindex((template, head, more): Page) -> Page {
    (template, Head { noindex: true, ..head }, more)
}

/// The page of a path in every other language of the site.
pub(super) fn everywhere(
    build: &Build<'_, '_>,
    section: usize,
    path: &str,
) -> Vec<(String, String, String)> {
    let config = &build.site.config;
    let others = config.languages.iter().enumerate().filter(|(at, _)| *at != section);
    let known = others.filter(|(_, language)| build.has_page(&below(language, path)));
    known
        .map(|(_, language)| {
            (language.code.clone(), language.name.clone(), config.base.href(&below(language, path)))
        })
        .collect()
}

fn list_page(build: &Build<'_, '_>, section: usize, source: &Source, number: usize) -> Page {
    let posts = build.plan.source(section, source);
    let pager = Pager::new(build, section, source, number);
    let ids = page_of(posts, page_size(&build.site.config, source), number);
    let permalink = build.plan.list_permalink(build.site, section, source);
    let text = build.list_text(&permalink);
    let title = text.as_ref().and_then(|text| text.title);
    let heading = title.map_or_else(|| build.heading(section, source), str::to_owned);
    let newest = pager.is_newest();
    let intro = text.filter(|_| newest).map(|text| build.list_html(&text));
    let home = *source == Source::Stream;
    let language = build.site.config.language(section);
    let head = Head {
        kind: match source {
            Source::Stream => "home",
            Source::Kind(Kind::Photo) => "photos",
            _ => "list",
        },
        section,
        title: if home { language.title.clone() } else { heading.clone() },
        description: language.description.clone().filter(|_| home),
        image: build.own_photo_url().filter(|_| home),
        feed: (!matches!(source, Source::Month(..))).then(|| source.clone()),
        alternates: if newest { build.list_alternates(section, source) } else { Vec::new() },
        prev: pager.newer(build),
        next: pager.older(build),
        json_ld: if home && newest { person_ld(build) } else { String::new() },
        og_type: if home { "profile" } else { "website" },
        ..Head::default()
    };
    let pager_value = pager.value(build, section);
    let photos = *source == Source::Kind(Kind::Photo);
    let entries = if photos { list::entries(build, ids) } else { list::cards(build, ids) };
    if home {
        let pinned = if newest { build.pinned(section, source) } else { Vec::new() };
        let pinned = list::cards(build, &pinned);
        let more = object! {
            stream: entries,
            pinned: pinned,
            pager: pager_value,
            welcome: safe_option(intro.as_deref()),
        };
        return ("home.html", head, more);
    }
    let feeds: Vec<Value> = match source {
        Source::Month(..) => Vec::new(),
        _ => super::plan::Format::ALL
            .into_iter()
            .map(|f| page::feed(build, section, source, f))
            .collect(),
    };
    let more = object! {
        heading: heading,
        intro: safe_option(intro.as_deref()),
        entries: entries,
        pager: pager_value,
        feeds: feeds,
        pages: tagged_pages(build, section, source),
    };
    (if photos { "photos.html" } else { "list.html" }, head, more)
}

/// Links to the pages of a tag; they have no date and so no place among its posts.
fn tagged_pages(build: &Build<'_, '_>, section: usize, source: &Source) -> Vec<Value> {
    let lists = build.plan.lists.get(section);
    let Source::Tag(slug) = source else { return Vec::new() };
    let ids = lists.and_then(|lists| lists.tagged_pages.get(slug));
    ids.into_iter().flatten().filter_map(|id| build.link_to(*id)).collect()
}

fn post(build: &Build<'_, '_>, id: Id) -> Option<Page> {
    let planned = build.plan.posts.get(id)?;
    let post = planned.post;
    let base = build.entry(id)?;
    if build.is_first && post.is_post() && post.is_listed() {
        // Some list will show it, and its entry is at hand now.
        build.card_of(id, || base.clone());
    }
    let entry = entry::full(build, id, planned, base);
    let open = post.sensitive.is_none();
    let summary = entry::summary(build, planned)
        .or_else(|| open.then(|| crate::text::excerpt::excerpt(&build.html(planned).plain, 200)))
        .filter(|text| !text.is_empty());
    let (newer, older) = if post.is_post() { build.neighbours(id) } else { (None, None) };
    let href =
        |id: Id| build.plan.posts.get(id).map(|p| build.site.config.base.href(&p.post.permalink));
    let head = Head {
        kind: if post.is_post() { "post" } else { "page" },
        section: post.section,
        title: entry::name(build, planned),
        description: summary.clone(),
        image: build.post_image(planned),
        noindex: !post.is_listed(),
        closed: !post.mentions.receives(),
        alternates: build.translation_links(id),
        prev: newer.and_then(href),
        next: older.and_then(href),
        json_ld: post_ld(build, id, summary),
        og_type: "article",
        ..Head::default()
    };
    let template = if post.is_post() { "post.html" } else { "page.html" };
    Some((template, head, object! { entry: entry }))
}

fn thread(build: &Build<'_, '_>, at: usize) -> Option<Page> {
    let thread = build.plan.threads.get(at)?;
    let first = build.plan.posts.get(*thread.posts.first()?)?;
    let words = build.words(first.post.section);
    let name = entry::name(build, first);
    let head = Head {
        kind: "thread",
        section: first.post.section,
        title: words.phrase("thread_of", &[("name", &name)]),
        ..Head::default()
    };
    let count = thread.posts.len() as u64;
    let more = object! {
        heading: head.title.as_str(),
        entries: list::entries(build, &thread.posts),
        count_label: words.plural("thread_posts", count),
    };
    Some(("thread.html", head, more))
}

fn year_page(build: &Build<'_, '_>, section: usize, year: i16) -> Page {
    let heading = build.words(section).phrase("year_title", &[("year", &year.to_string())]);
    let head = Head { kind: "year", section, title: heading.clone(), ..Head::default() };
    let more = object! {
        heading: heading,
        months: list::months(build, section, year),
        years: list::years(build, section, Some(year)),
    };
    ("year.html", head, more)
}

fn archive(build: &Build<'_, '_>, section: usize) -> Page {
    let more = object! {
        years: list::archive(build, section),
        tags: list::tags(build, section),
        kinds: list::kinds(build, section),
    };
    simple(build, section, ("archive", "archive.html", "archive"), more)
}

fn search(build: &Build<'_, '_>, section: usize) -> Page {
    simple(build, section, ("search", "search.html", "search"), Object::default())
}

fn feeds(build: &Build<'_, '_>, section: usize) -> Page {
    let opml = build
        .has_following()
        .then(|| build.site.config.base.href(&Permalink::file("following.opml")));
    let more = object! { groups: list::feed_groups(build, section), opml_href: opml };
    simple(build, section, ("feeds", "feeds.html", "feeds"), more)
}

fn cv(build: &Build<'_, '_>) -> Option<Page> {
    let cv = build.site.cv.as_ref()?;
    Some(simple(build, 0, ("cv", "cv.html", "cv"), object! { cv: data::cv(build, cv) }))
}

fn following(build: &Build<'_, '_>) -> Page {
    let circle = data::circle(build);
    let (picture, about) = circle.map_or((None, BTreeMap::new()), |(p, about)| (Some(p), about));
    let people = data::following(build, &about);
    let words = build.words(0);
    let left_out = picture.as_ref().map_or(0, |picture| picture.left_out);
    let left_out_label = (left_out > 0)
        .then(|| words.phrase("graph_left_out", &[("n", &words.number(left_out as u64))]));
    let style = build.assets.get("graph.css").filter(|_| picture.is_some()).cloned();
    let more = object! {
        count_label: words.plural("people", people.len() as u64),
        people: people,
        picture: safe_option(picture.as_ref().map(|picture| picture.svg.as_str())),
        left_out_label: left_out_label,
        opml_href: build.site.config.base.href(&Permalink::file("following.opml")),
    };
    let (template, mut head, more) =
        simple(build, 0, ("following", "following.html", "following"), more);
    head.styles.extend(style);
    (template, head, more)
}

fn gone(build: &Build<'_, '_>, permalink: &Permalink, at: usize) -> Option<Page> {
    let gone = build.site.gone.get(at)?;
    let more = object! {
        when: gone.when.as_ref().map(|when| moment(build.words(0), when)),
        path: build.site.config.base.href(permalink),
    };
    Some(noindex(simple(build, 0, ("gone", "gone.html", "gone_title"), more)))
}

fn redirect(build: &Build<'_, '_>, id: Id) -> Option<Page> {
    let planned = build.plan.posts.get(id)?;
    let base = &build.site.config.base;
    let more = object! {
        target: base.href(&planned.post.permalink),
        target_url: base.absolute(&planned.post.permalink),
    };
    Some(noindex(simple(
        build,
        planned.post.section,
        ("redirect", "redirect.html", "redirect_title"),
        more,
    )))
}

fn owner_ld(build: &Build<'_, '_>) -> jsonld::Person {
    let config = &build.site.config;
    jsonld::Person {
        name: config.author.name.clone(),
        url: config.base.home().to_owned(),
        image: build.own_photo_url(),
        description: config.description.clone(),
        same_as: config.author.me.iter().map(|(_, url)| url.clone()).collect(),
    }
}

fn person_ld(build: &Build<'_, '_>) -> String {
    jsonld::person(&owner_ld(build))
}

fn post_ld(build: &Build<'_, '_>, id: Id, summary: Option<String>) -> String {
    let Some(planned) = build.plan.posts.get(id) else { return String::new() };
    let post = planned.post;
    let Some(published) = post.published.clone() else { return String::new() };
    let url = build.site.config.base.absolute(&post.permalink);
    let owner = jsonld::Person { same_as: Vec::new(), description: None, ..owner_ld(build) };
    let images: Vec<String> = build.post_image(planned).into_iter().collect();
    if let Some(event) = &post.event {
        return jsonld::event(&jsonld::Event {
            url,
            name: entry::name(build, planned),
            description: summary,
            start: event.start.iso(),
            end: event.end.as_ref().map(crate::model::When::iso),
            location: post.location.as_ref().and_then(|place| place.name.clone()),
            address: post.location.as_deref().map(crate::model::Place::text),
            images,
            organizer: Some(owner),
        });
    }
    jsonld::blog_posting(&jsonld::BlogPosting {
        url,
        headline: entry::name(build, planned),
        description: summary,
        published,
        updated: post.updated.clone(),
        language: Some(post.lang.clone()),
        images,
        keywords: planned.tags().iter().map(|(_, name)| name.clone()).collect(),
        author: Some(owner),
    })
}
