//! Pages made of data files: the CV, whom the owner follows, wanted wiki pages.

use std::collections::BTreeMap;

use tera::Value;

use super::{date, host};
use crate::build::Build;
use crate::build::value::safe;
use crate::graph::picture::{Face, Picture, Scene, Standing, draw};
use crate::model::Follow;
use crate::moderation::key_of;
use crate::object;
use crate::site::{Cv, CvEntry, Ym};
use crate::words::Words;

/// The CV.
pub fn cv(build: &Build<'_, '_>, cv: &Cv) -> Value {
    let words = build.words(0);
    let entries =
        |list: &[CvEntry]| list.iter().map(|e| cv_entry(build, words, e)).collect::<Vec<_>>();
    let affiliations: Vec<Value> = cv
        .affiliations
        .iter()
        .map(|(name, url)| object! { name: name.as_str(), url: url.as_deref() }.into())
        .collect();
    let publications: Vec<Value> = cv
        .publications
        .iter()
        .map(|(title, url, date)| {
            object! { title: title.as_str(), url: url.as_deref(), date: date.as_deref() }.into()
        })
        .collect();
    object! {
        name: cv.name.as_deref().unwrap_or(&build.site.config.author.name),
        summary: cv.summary.as_deref().map(|text| safe(&build.short(text, 0))),
        contact: object! {
            email: cv.email.as_deref(),
            url: cv.url.as_deref().unwrap_or(build.site.config.base.home()),
            locality: cv.locality.as_deref(),
            phone: cv.phone.as_deref(),
        },
        experience: entries(&cv.experience),
        education: entries(&cv.education),
        skills: cv.skills.clone(),
        affiliations: affiliations,
        publications: publications,
        languages: cv.languages.clone(),
    }
    .into()
}

fn cv_entry(build: &Build<'_, '_>, words: &Words, entry: &CvEntry) -> Value {
    let text = |ym: &Ym| match ym.month {
        Some(month) => words.month_year(ym.year, month),
        None => ym.year.to_string(),
    };
    let present = entry.start.is_some() && entry.end.is_none();
    let end = match (&entry.end, present) {
        (Some(end), _) => text(end),
        (None, true) => words.word("cv_present").to_owned(),
        (None, false) => String::new(),
    };
    let period =
        entry.start.as_ref().map_or_else(|| end.clone(), |start| words.period(&text(start), &end));
    let ym = |ym: &Ym| {
        let iso = match ym.month {
            Some(month) => format!("{:04}-{month:02}", ym.year),
            None => format!("{:04}", ym.year),
        };
        Value::from(object! { iso: iso, text: text(ym) })
    };
    object! {
        title: entry.title.as_str(),
        org: entry.org.as_deref(),
        url: entry.url.as_deref(),
        start: entry.start.as_ref().map(ym),
        end: entry.end.as_ref().map(ym),
        present: present,
        location: entry.location.as_deref(),
        description: entry.description.as_deref().map(|text| safe(&build.short(text, 0))),
        period: period,
    }
    .into()
}

/// Whom the owner follows: the public rows, by name.
pub fn following(build: &Build<'_, '_>, about: &BTreeMap<String, String>) -> Vec<Value> {
    let mut rows: Vec<&Follow> = build.site.follows.iter().filter(|follow| follow.public).collect();
    rows.sort_by_cached_key(|follow| (name_of(follow).to_lowercase(), follow.url.clone()));
    let words = build.words(0);
    rows.into_iter()
        .map(|follow| {
            let name = name_of(follow);
            let since = follow.since.map(|day| date(words, day, None, day.to_string()));
            let since_label =
                follow.since.map(|day| words.phrase("since", &[("date", &words.date(day))]));
            object! {
                photo: build.face(follow.photo.as_deref(), &name).as_ref().map(super::image),
                initial: super::initial(&name),
                name: name,
                url: follow.url.as_str(),
                host: host(&follow.url),
                note: follow.note.as_deref(),
                xfn: follow.xfn.join(" "),
                feed: follow.feed.as_deref(),
                since: since,
                since_label: since_label,
                circle: about.get(&follow.url).filter(|text| !text.is_empty()).map(String::as_str),
                nickname: follow.nickname.as_deref(),
            }
            .into()
        })
        .collect()
}

/// The picture of who follows whom among them, if the owner wants one and it is known; and by the
/// address of each, what it says of them in words.
pub fn circle(build: &Build<'_, '_>) -> Option<(Picture, BTreeMap<String, String>)> {
    let known = build.site.circle.keyed();
    if !build.site.config.following.picture || known.is_empty() {
        return None;
    }
    let words = build.words(0);
    let mut rows: BTreeMap<String, &Follow> = BTreeMap::new();
    for follow in build.site.follows.iter().filter(|follow| follow.public) {
        if let Some(key) = key_of(&follow.url) {
            rows.entry(key).or_insert(follow);
        }
    }
    // What was written before somebody was made private is not shown.
    let keys: Vec<&String> = rows.keys().collect();
    let (mut people, mut links, mut about) = (Vec::new(), Vec::new(), BTreeMap::new());
    for (from, (key, follow)) in rows.iter().enumerate() {
        let (follows_me, follows) = known.get(key).cloned().unwrap_or_default();
        let followed: Vec<usize> =
            follows.iter().filter_map(|to| keys.binary_search(&to).ok()).collect();
        let names: Vec<String> =
            followed.iter().filter_map(|to| Some(name_of(rows.get(*keys.get(*to)?)?))).collect();
        let back = follows_me.then(|| words.word("follows_back").to_owned());
        let others = (!names.is_empty())
            .then(|| words.phrase("follows_names", &[("names", &names.join(", "))]));
        let said: Vec<String> = back.into_iter().chain(others).collect();
        let name = name_of(follow);
        people.push(Face {
            href: follow.url.clone(),
            image: build.face(follow.photo.as_deref(), &name).map(|face| face.src),
            about: said.join("; "),
            standing: if follows_me { Standing::Mutual } else { Standing::Followed },
            name,
        });
        about.insert(follow.url.clone(), said.join("; "));
        links.extend(followed.into_iter().map(|to| (from, to)));
    }
    let author = &build.site.config.author;
    let own = build.own_picture(author.photo.as_deref(), &author.name);
    let scene = Scene {
        me: (author.name.clone(), own.map(|photo| photo.src)),
        people,
        links,
        title: words.word("following").to_owned(),
        about: words.word("graph_about").to_owned(),
    };
    Some((draw(&scene), about))
}

/// What a followed person is called.
pub fn name_of(follow: &Follow) -> String {
    follow.title.clone().or_else(|| follow.nickname.clone()).unwrap_or_else(|| host(&follow.url))
}

/// Wiki names that nobody has written yet.
pub fn wanted(build: &Build<'_, '_>) -> Vec<Value> {
    build
        .plan
        .wanted
        .iter()
        .map(|(name, ids)| {
            let pages: Vec<Value> = ids.iter().filter_map(|id| build.link_to(*id)).collect();
            object! { name: name.as_str(), pages: pages }.into()
        })
        .collect()
}
