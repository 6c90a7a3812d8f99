//! Everything beside pages, feeds and search: media, icons, sitemap, redirects, headers, OPML.

use std::cell::LazyCell;
use std::collections::BTreeMap;

use rayon::prelude::*;

use super::Build;
use super::context::data::name_of;
use super::inputs::Inputs;
use super::links::{Index, UsedFile};
use super::output::Output;
use super::pictures::Pictures;
use super::plan::Job;
use super::report::Progress;
use crate::error::{Failure, Problems};
use crate::formats::follows::discover::WELL_KNOWN;
use crate::formats::ics::{EventTime, IcsEvent};
use crate::formats::manifest::{Icon, Manifest};
use crate::formats::opml::{Folder, Opml, Outline};
use crate::formats::sitemap::SitemapEntry;
use crate::formats::{ics, manifest, opml, sitemap};
use crate::media;
use crate::model::{Kind, Permalink, When};
use crate::site::Site;
use crate::text::lang::direction;

/// Sizes of icons, in pixels.
pub const ICONS: [u32; 4] = [32, 180, 192, 512];

/// Copies every used media file and all of `static/`; pictures lose their metadata on the way.
///
/// # Errors
/// A picture that cannot be cleaned, a file that cannot be read or written.
pub fn media(
    site: &Site,
    index: Index<'_>,
    pictures: &Pictures,
    output: &Output,
    progress: &dyn Progress,
) -> Result<(), Failure> {
    for file in site.folders.content.files.iter().filter(|file| index.is_bundled(&file.name)) {
        let permalink = index.content_permalink(&file.name);
        index.use_file(file, &permalink);
    }
    let mut files = index.into_used();
    for file in &site.folders.statics.files {
        let permalink = Permalink::file(file.name.strip_prefix("static/").unwrap_or(&file.name));
        let used = UsedFile { size: None, ..UsedFile::new(file, &permalink) };
        files.insert(used.permalink.as_str().to_owned(), used);
    }
    progress.begin("media", files.len());
    let results: Vec<Result<(), Failure>> = files
        .into_values()
        .collect::<Vec<_>>()
        .into_par_iter()
        .map(|file| {
            progress.advance();
            pictures.publish(&file, output)
        })
        .collect();
    let mut problems = Problems::new();
    for result in results {
        match result {
            Ok(()) => {}
            Err(Failure::Problems(found)) => problems.extend(found),
            Err(failure) => return Err(failure),
        }
    }
    if problems.has_errors() { Err(Failure::Problems(problems)) } else { Ok(()) }
}

/// Icons from the owner's photo, in the sizes that systems ask for.
///
/// # Errors
/// A file that cannot be read or written.
pub fn icons(
    site: &Site,
    index: &Index<'_>,
    pictures: &Pictures,
    output: &Output,
) -> Result<Vec<(String, u32)>, Failure> {
    let photo = site.config.author.photo.as_deref().and_then(|path| index.own_file(path));
    let Some(photo) = photo else { return Ok(Vec::new()) };
    let made = pictures.icons(&photo, &ICONS)?;
    let mut icons = Vec::new();
    for (size, png) in ICONS.into_iter().zip(made) {
        let hash = blake3::hash(&png).to_hex();
        let path = format!("assets/icon-{size}.{}.png", hash.as_str().get(0..10).unwrap_or(""));
        output.put(&path, &png)?;
        icons.push((site.config.base.href(&Permalink::file(&path)), size));
        if size == 32
            && site.folders.statics.get("static/favicon.ico").is_none()
            && let Ok(ico) = media::ico(&png)
        {
            output.put("favicon.ico", &ico)?;
        }
    }
    Ok(icons)
}

/// Sitemap, robots, manifest, redirects, headers, OPML, calendar files.
///
/// # Errors
/// A file that cannot be written.
pub(super) fn write(
    build: &Build<'_, '_>,
    inputs: &Inputs<'_, '_, '_>,
    output: &Output,
) -> Result<(), Failure> {
    write_sitemap(build, inputs, output)?;
    let base = &build.site.config.base;
    let own = |name: &str| build.site.folders.statics.get(&format!("static/{name}")).is_some();
    if !own("robots.txt") {
        let text = format!(
            "User-agent: *\nAllow: /\n\nSitemap: {}\n",
            base.absolute(&Permalink::file("sitemap.xml"))
        );
        output.put("robots.txt", text.as_bytes())?;
    }
    output.put("manifest.webmanifest", web_manifest(build).as_bytes())?;
    if !own("_redirects") {
        output.put("_redirects", redirects(build).as_bytes())?;
    }
    if !own("_headers") {
        output.put("_headers", headers(build).as_bytes())?;
    }
    if build.has_following() {
        let list = following_opml(build);
        output.put("following.opml", list.as_bytes())?;
        // A copy: not every host leads on from there. The place is of the host's root.
        let place = WELL_KNOWN.trim_start_matches('/');
        if base.url().path() == "/" && !own(place) {
            output.put(place, list.as_bytes())?;
        }
    }
    for (id, planned) in build.plan.posts.iter().enumerate() {
        if planned.post.kind == Kind::Event && planned.post.event.is_some() {
            let permalink = planned.post.permalink.join_file("event.ics");
            output.make(&permalink.output_file(), inputs.calendar(&permalink, id), || {
                Ok(calendar(build, planned).unwrap_or_default())
            })?;
        }
    }
    Ok(())
}

/// The sitemap; a large one in several files behind an index.
fn write_sitemap(
    build: &Build<'_, '_>,
    inputs: &Inputs<'_, '_, '_>,
    output: &Output,
) -> Result<(), Failure> {
    let base = &build.site.config.base;
    let pages: Vec<_> = build.plan.jobs.iter().filter(|(_, job)| is_mapped(build, job)).collect();
    let stamp = inputs.sitemap(&pages);
    let entries = LazyCell::new(|| {
        let entry = |(permalink, job): &&(Permalink, Job)| mapped(build, permalink, job);
        let mut entries: Vec<SitemapEntry> = pages.par_iter().map(entry).collect();
        entries.par_sort_by(|a, b| a.loc.cmp(&b.loc));
        entries
    });
    if pages.len() <= sitemap::MAX_ENTRIES {
        return output.make("sitemap.xml", stamp, || Ok(sitemap::write(&entries)));
    }
    let mut parts = Vec::new();
    for number in 0..pages.len().div_ceil(sitemap::MAX_ENTRIES) {
        let name = format!("sitemap-{}.xml", number.saturating_add(1));
        output.make(&name, stamp, || {
            let part = entries.chunks(sitemap::MAX_ENTRIES).nth(number);
            Ok(sitemap::write(part.unwrap_or_default()))
        })?;
        parts.push(SitemapEntry {
            loc: base.absolute(&Permalink::file(&name)),
            ..SitemapEntry::default()
        });
    }
    output.put("sitemap.xml", sitemap::write_index(&parts).as_bytes())
}

/// Whether the sitemap names a page.
fn is_mapped(build: &Build<'_, '_>, job: &Job) -> bool {
    match job {
        Job::Post(id) => build.plan.posts.get(*id).is_some_and(|p| p.post.is_listed()),
        Job::List { .. } | Job::Thread(_) | Job::Cv | Job::Following | Job::Archive(_) => true,
        _ => false,
    }
}

fn mapped(build: &Build<'_, '_>, permalink: &Permalink, job: &Job) -> SitemapEntry {
    let loc = build.site.config.base.absolute(permalink);
    let Job::Post(id) = job else { return SitemapEntry { loc, ..SitemapEntry::default() } };
    let alternates = build.translation_links(*id).into_iter();
    SitemapEntry {
        loc,
        lastmod: build.plan.posts.get(*id).and_then(|planned| planned.post.changed()).cloned(),
        alternates: alternates.map(|(lang, _, href)| (lang, build.from_root(&href))).collect(),
    }
}

fn web_manifest(build: &Build<'_, '_>) -> String {
    let config = &build.site.config;
    let home = config.base.href(&Permalink::page("/"));
    let icons = build.icons.iter().filter(|(_, size)| *size >= 192);
    manifest::write(&Manifest {
        name: config.title.clone(),
        short_name: None,
        description: config.description.clone(),
        language: Some(config.default_language().code.clone()),
        direction: Some(direction(&config.default_language().code).as_str().to_owned()),
        start_url: home.clone(),
        scope: Some(home),
        display: "browser".to_owned(),
        theme_color: None,
        background_color: None,
        icons: icons
            .map(|(href, size)| Icon {
                src: href.clone(),
                size: *size,
                mime: "image/png".to_owned(),
                maskable: false,
            })
            .collect(),
    })
}

/// Rules for hosts that read `_redirects` (Netlify, Cloudflare Pages and others).
fn redirects(build: &Build<'_, '_>) -> String {
    let base = &build.site.config.base;
    let mut lines: BTreeMap<String, String> = BTreeMap::new();
    for (permalink, job) in &build.plan.jobs {
        match job {
            Job::Redirect(id) => {
                let from = base.href(permalink);
                if let Some(planned) = build.plan.posts.get(*id) {
                    lines.insert(from.clone(), {
                        let to = base.href(&planned.post.permalink);
                        // Netlify heeds a rule for a path that has a file only with `!`;
                        // Cloudflare passes over such a line and takes the next.
                        format!("{from} {to} 301!\n{from} {to} 301")
                    });
                }
            }
            Job::Gone(_) => {
                let from = base.href(permalink);
                // A page's file stands in its folder; a file such as /old.html is itself.
                let index = if from.ends_with('/') { "index.html" } else { "" };
                lines.insert(
                    from.clone(),
                    format!("{from} {from}{index} 410!\n{from} {from}{index} 410"),
                );
            }
            _ => {}
        }
    }
    lines.into_values().map(|line| format!("{line}\n")).collect()
}

/// Rules for hosts that read `_headers`: a strict content security policy, long caching of assets
/// whose names carry their hash.
fn headers(build: &Build<'_, '_>) -> String {
    let config = &build.site.config;
    let prefix = config.base.href(&Permalink::file(""));
    let prefix = prefix.trim_end_matches('/');
    let mut text = format!("{prefix}/*\n  Content-Security-Policy: {}\n", policy(build));
    text.push_str(
        "  X-Content-Type-Options: nosniff\n  Referrer-Policy: strict-origin-when-cross-origin\n",
    );
    for (name, value) in &config.headers.custom {
        text.push_str(&format!("  {name}: {value}\n"));
    }
    text.push_str(&format!(
        "{prefix}/assets/*\n  Cache-Control: public, max-age=31536000, immutable\n"
    ));
    for format in super::plan::Format::ALL {
        let charset = if format == super::plan::Format::Json { "" } else { "; charset=utf-8" };
        // One rule for the site's own feed and one for all others: hosts limit their number.
        for place in ["", "/*"] {
            text.push_str(&format!(
                "{prefix}{place}/{}\n  Content-Type: {}{charset}\n  Cache-Control: public, max-age=900\n",
                format.file(),
                format.mime()
            ));
        }
    }
    if build.has_following() {
        for file in ["/following.opml", WELL_KNOWN] {
            text.push_str(&format!("{prefix}{file}\n  Content-Type: text/x-opml; charset=utf-8\n"));
        }
    }
    text
}

/// The content security policy: everything from the site itself, nothing inline.
pub fn policy(build: &Build<'_, '_>) -> String {
    let config = &build.site.config;
    let mut directives: Vec<(String, Vec<String>)> = [
        ("default-src", "'none'"),
        ("img-src", "'self'"),
        ("media-src", "'self'"),
        ("style-src", "'self'"),
        ("script-src", "'self'"),
        ("font-src", "'self'"),
        ("connect-src", "'self'"),
        ("manifest-src", "'self'"),
        ("form-action", "'self'"),
        ("base-uri", "'none'"),
        ("frame-ancestors", "'none'"),
    ]
    .into_iter()
    .map(|(name, source)| (name.to_owned(), vec![source.to_owned()]))
    .collect();
    // The form under posts goes to the owner's endpoint.
    let endpoint = config.endpoints.webmention.as_deref().and_then(|url| url::Url::parse(url).ok());
    let extra =
        endpoint.map(|url| ("form-action".to_owned(), vec![url.origin().ascii_serialization()]));
    for (name, sources) in extra.into_iter().chain(config.headers.csp.iter().cloned()) {
        match directives.iter_mut().find(|(known, _)| *known == name) {
            Some((_, list)) => {
                list.retain(|source| source != "'none'");
                list.extend(sources);
            }
            None => directives.push((name, sources)),
        }
    }
    let directives: Vec<String> = directives
        .into_iter()
        .map(|(name, sources)| format!("{name} {}", sources.join(" ")))
        .collect();
    directives.join("; ")
}

fn following_opml(build: &Build<'_, '_>) -> String {
    let mut rows: Vec<_> = build.site.follows.iter().filter(|follow| follow.public).collect();
    rows.sort_by_cached_key(|follow| (name_of(follow).to_lowercase(), follow.url.clone()));
    let mut top = Folder::default();
    for follow in rows {
        let outline = Outline {
            text: name_of(follow),
            title: Some(name_of(follow)),
            xml_url: follow.feed.clone(),
            html_url: Some(follow.url.clone()),
            description: follow.note.clone(),
            ..Outline::default()
        };
        top.put(follow.channel.as_deref().unwrap_or_default(), outline);
    }
    opml::write(&Opml {
        title: format!("{}: {}", build.site.config.title, build.words(0).word("following")),
        date_modified: None,
        owner_name: Some(build.site.config.author.name.clone()),
        owner_id: Some(build.site.config.base.home().to_owned()),
        outlines: top.into_outlines(),
    })
}

fn calendar(build: &Build<'_, '_>, planned: &super::plan::Planned<'_>) -> Option<String> {
    let post = planned.post;
    let event = post.event.as_ref()?;
    let time = |when: &When| match when {
        When::Day(day) => EventTime::Day(*day),
        When::At(at) => EventTime::Moment(at.clone()),
    };
    let location = post.location.as_deref();
    let url = build.site.config.base.absolute(&post.permalink);
    let event = IcsEvent {
        uid: build.permanent_id(post),
        stamp: post.changed().cloned()?,
        start: time(&event.start),
        end: event.end.as_ref().map(time),
        summary: super::context::entry::name(build, planned),
        description: super::context::entry::summary(build, planned),
        location: location.map(crate::model::Place::text).filter(|text| !text.is_empty()),
        geo: location.and_then(|place| Some((place.latitude?, place.longitude?))),
        url,
        categories: planned.tags().iter().map(|(_, name)| name.clone()).collect(),
    };
    Some(ics::write(&[event], concat!("Lanai ", env!("CARGO_PKG_VERSION"))))
}
