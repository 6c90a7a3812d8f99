//! What every page carries: its address, head and alternates, and the site around it.

use std::sync::OnceLock;

use tera::Value;

use super::{link, person};
use crate::build::Build;
use crate::build::figures::Picture;
use crate::build::plan::{Format, Lists, Source, below};
use crate::build::value::{Object, json, safe};
use crate::config::MenuItem;
use crate::model::{Permalink, Person};
use crate::object;
use crate::text::lang::direction;

/// What differs from page to page; everything else is the same for a whole language.
#[derive(Default)]
pub struct Head {
    /// The page's type in templates.
    pub kind: &'static str,
    /// The language of the site that it belongs to.
    pub section: usize,
    /// Its heading.
    pub title: String,
    /// A sentence about it.
    pub description: Option<String>,
    /// A picture of it, as a whole address.
    pub image: Option<String>,
    /// Whether search engines should leave it out.
    pub noindex: bool,
    /// A list whose feeds stand first.
    pub feed: Option<Source>,
    /// The same page in other languages: code, name, address.
    pub alternates: Vec<(String, String, String)>,
    /// The page before in a series.
    pub prev: Option<String>,
    /// The page behind.
    pub next: Option<String>,
    /// JSON-LD.
    pub json_ld: String,
    /// OpenGraph's type.
    pub og_type: &'static str,
    /// Whether it takes no part in webmentions.
    pub closed: bool,
    /// Scripts that enhance it.
    pub scripts: Vec<String>,
    /// Style sheets beside the theme's own.
    pub styles: Vec<String>,
}

/// The `page` of templates.
pub fn page(build: &Build<'_, '_>, permalink: &Permalink, head: Head) -> Value {
    let config = &build.site.config;
    let language = config.language(head.section);
    let lang = language.code.as_str();
    let home = head.kind == "home";
    let head_title =
        if home { head.title.clone() } else { format!("{} · {}", head.title, language.title) };
    let url = config.base.absolute(permalink);
    let alternates: Vec<Value> = head
        .alternates
        .iter()
        .map(|(lang, name, href)| {
            object! { lang: lang.as_str(), name: name.as_str(), href: href.as_str() }.into()
        })
        .collect();
    let hubs = config.hubs();
    object! {
        type: head.kind,
        path: config.base.href(permalink),
        title: head.title,
        head_title: head_title,
        description: head.description,
        dir: direction(lang).as_str(),
        lang: lang,
        image: head.image,
        noindex: head.noindex,
        feeds: feeds(build, head.section, head.feed.as_ref()),
        alternates: alternates,
        prev: head.prev,
        next: head.next,
        json_ld: safe(&head.json_ld),
        og_type: if head.og_type.is_empty() { "website" } else { head.og_type },
        self_url: (!hubs.is_empty()).then(|| url.clone()),
        hubs: hubs,
        url: url,
        endpoints: endpoints(build, head.closed),
        scripts: head.scripts,
        styles: head.styles,
    }
    .into()
}

fn endpoints(build: &Build<'_, '_>, closed: bool) -> Value {
    let endpoints = &build.site.config.endpoints;
    object! {
        webmention: endpoints.webmention.as_deref().filter(|_| !closed),
        micropub: endpoints.micropub.as_deref(),
        microsub: endpoints.microsub.as_deref(),
        indieauth_metadata: endpoints.indieauth.as_deref(),
        authorization: Value::none(),
        token: Value::none(),
    }
    .into()
}

/// The feeds a page links: the site's, then those of its own list (FD-A-12).
fn feeds(build: &Build<'_, '_>, section: usize, own: Option<&Source>) -> Value {
    let all = |source: &Source| -> Vec<Value> {
        Format::ALL.into_iter().map(|format| feed(build, section, source, format)).collect()
    };
    let main = || all(&Source::Stream);
    match (own.filter(|source| **source != Source::Stream), build.shared.get(section)) {
        (None, Some(shared)) => shared.feeds.get_or_init(|| main().into()).clone(),
        (own, _) => {
            main().into_iter().chain(own.into_iter().flat_map(all)).collect::<Vec<_>>().into()
        }
    }
}

/// What all pages of a language show alike, made when the first asks.
#[derive(Default)]
pub struct Shared {
    site: OnceLock<Value>,
    feeds: OnceLock<Value>,
}

/// One feed: type, title, address.
pub fn feed(build: &Build<'_, '_>, section: usize, source: &Source, format: Format) -> Value {
    let permalink = build.plan.list_permalink(build.site, section, source).join_file(format.file());
    object! {
        type: format.mime(),
        format: format.name(),
        title: format!("{} ({})", build.feed_title(section, source), format.name()),
        href: build.site.config.base.href(&permalink),
    }
    .into()
}

/// The `site` of templates, in a language. It is the same for all pages but those in the menu.
pub fn site(build: &Build<'_, '_>, section: usize, current: &Permalink) -> Value {
    let menu = &build.site.config.language(section).menu;
    let in_menu = |item: &MenuItem| Permalink::file(&item.url) == *current;
    match build.shared.get(section) {
        Some(shared) if !menu.iter().any(in_menu) => {
            shared.site.get_or_init(|| site_on(build, section, current)).clone()
        }
        _ => site_on(build, section, current),
    }
}

fn site_on(build: &Build<'_, '_>, section: usize, current: &Permalink) -> Value {
    let config = &build.site.config;
    let base = &config.base;
    let language = config.language(section);
    let page = |path: &str| base.href(&below(language, path));
    let lists: Option<&Lists> = build.plan.lists.get(section);
    object! {
        title: language.title.as_str(),
        url: base.home(),
        home: base.href(&Permalink::page(&language.folder)),
        description: language.description.as_deref(),
        language: language.code.as_str(),
        author: build.author_in(section),
        menu: menu(build, section, current),
        languages: languages(build, section),
        copyright: config.copyright.as_deref(),
        feeds_href: page("feeds"),
        search_href: page("search"),
        archive_href: page("archive"),
        tags_href: lists.filter(|lists| !lists.tags.is_empty()).map(|_| page("tags")),
        following_href: build.has_following().then(|| base.href(&Permalink::page("following"))),
        cv_href: build.site.cv.is_some().then(|| base.href(&Permalink::page("cv"))),
        generator: concat!("Lanai ", env!("CARGO_PKG_VERSION")),
        extra: json(&config.extra),
    }
    .into()
}

fn menu(build: &Build<'_, '_>, section: usize, current: &Permalink) -> Vec<Value> {
    let language = build.site.config.language(section);
    let entry = |item: &MenuItem| -> Value {
        let own = item.url.starts_with('/');
        let permalink = Permalink::file(&item.url);
        let href = if own { build.site.config.base.href(&permalink) } else { item.url.clone() };
        object! { label: item.label.as_str(), href: href, current: own && permalink == *current }
            .into()
    };
    language.menu.iter().map(entry).collect()
}

fn languages(build: &Build<'_, '_>, section: usize) -> Vec<Value> {
    let config = &build.site.config;
    if config.languages.len() < 2 {
        return Vec::new();
    }
    config
        .languages
        .iter()
        .enumerate()
        .map(|(at, language)| {
            object! {
                code: language.code.as_str(),
                name: language.name.as_str(),
                home: config.base.href(&Permalink::page(&language.folder)),
                current: at == section,
            }
            .into()
        })
        .collect()
}

/// The owner, with everything that a profile shows.
pub fn author(
    build: &Build<'_, '_>,
    note: Option<&str>,
    photo: Option<&Picture>,
    cover: Option<&Picture>,
) -> Object {
    let author = &build.site.config.author;
    let me: Vec<Value> = author
        .me
        .iter()
        .map(|(label, url)| object! { url: url.as_str(), label: label.as_str() }.into())
        .collect();
    object! {
        name: author.name.as_str(),
        url: build.site.config.base.home(),
        host: build.site.config.base.host(),
        photo: photo.map(super::image),
        given_name: author.given_name.as_deref(),
        family_name: author.family_name.as_deref(),
        nickname: author.nickname.as_deref(),
        pronouns: author.pronouns.as_deref(),
        note: crate::build::value::safe_option(note),
        cover: cover.map(super::image),
        email: author.email.as_deref().filter(|_| author.show_email),
        org: author.org.as_deref(),
        job_title: author.job_title.as_deref(),
        locality: author.locality.as_deref(),
        region: author.region.as_deref(),
        country_name: author.country_name.as_deref(),
        birthday: author.birthday.as_deref().filter(|_| author.show_birthday),
        key: author.key.as_deref(),
        categories: author.categories.clone(),
        me: me,
    }
}

/// The owner as the author of a post.
pub fn short_author(build: &Build<'_, '_>, photo: Option<&Picture>) -> Value {
    let owner = Person {
        name: build.site.config.author.name.clone(),
        url: Some(build.site.config.base.home().to_owned()),
        ..Person::default()
    };
    person(&owner, photo)
}

/// A link to a post.
pub fn link_to(build: &Build<'_, '_>, permalink: &Permalink, name: &str) -> Value {
    link(&build.site.config.base.href(permalink), name)
}
