//! A post as pages of the reader show it, in the keys of `reader/item.html`.

use std::collections::HashMap;

use jiff::Timestamp;
use serde_json::{Value, json};
use url::Url;

use super::super::pages::time;
use super::{Visit, encode};
use crate::config::Pictures;
use crate::reader::context::Cite;
use crate::reader::entry::{Entry, Face, File};
use crate::reader::merge::hash;
use crate::reader::timeline::{Shown, Source};
use crate::store::FeedId;
use crate::text::excerpt::{first_words, words as count_words};
use crate::text::html::plain_text;
use crate::text::sanitize::proxied;

/// Words above which a post is folded in a list, and how many of them are shown.
const FOLD: (usize, usize) = (150, 50);

/// Words that people read in a minute.
const A_MINUTE: usize = 230;

/// Pictures of a post that stand in a list.
const PICTURES: usize = 4;

/// Tags that are shown.
const TAGS: usize = 12;

/// Characters of a name.
const LONGEST_NAME: usize = 80;

/// How a post is shown.
pub(super) struct How<'h> {
    /// Where the feeds come from.
    pub(super) sources: &'h HashMap<FeedId, Source>,
    /// Other posts, by the hashes of their pages: those that are answered or shared.
    pub(super) others: &'h HashMap<i64, Shown>,
    /// Pages elsewhere that are answered or shared, by the hashes of their addresses.
    pub(super) cites: &'h HashMap<i64, Cite>,
    /// Whether all of it is shown.
    pub(super) is_whole: bool,
}

impl Visit {
    /// A post.
    pub(super) fn item(&self, shown: &Shown, how: &How<'_>) -> Value {
        let Shown { stored, entry } = shown;
        let unknown = Source::default();
        let source = how.sources.get(&stored.feed).unwrap_or(&unknown);
        let id = stored.place.item.number();
        let (author, by) = self.author(shown, source);
        let at = entry.shown_at();
        let url = entry.link.as_ref().or(source.home.as_ref());
        let mut item = json!({
            "id": id.to_string(),
            "kind": stored.kind,
            "author": author,
            "by": by,
            "at": if how.is_whole { time(at, &self.config.time_zone) } else { self.hour(at) },
            "here": self.path(&format!("/item/{id}")),
            "url": url.map_or("", Url::as_str),
            "place": url.map(place).unwrap_or_default(),
            "lang": entry.language,
            "title": entry.title,
            "read": stored.is_read,
            "kept": stored.is_kept,
            "private": source.card.as_ref().is_some_and(|card| card.is_private),
            "snooze": source.card.is_some(),
            "says": says(&stored.kind),
            "tags": self.tags(entry),
        });
        let mut set = |key: &str, value: Value| {
            if let Some(all) = item.as_object_mut() {
                all.insert(key.to_owned(), value);
            }
        };
        self.words(entry, how.is_whole, &mut set);
        self.media(entry, how.is_whole, &mut set);
        let cites = |urls: &[Url]| -> Vec<Value> {
            urls.iter().take(3).map(|url| self.cite(url, how)).collect()
        };
        set("answers", cites(&entry.in_reply_to).into());
        let shared = [&entry.repost_of, &entry.like_of, &entry.bookmark_of];
        if let Some(url) = shared.into_iter().flatten().chain(&entry.about).next() {
            set("shared", self.cite(url, how));
        }
        if let Some(rsvp) = entry.rsvp.as_deref() {
            let words = match rsvp {
                "yes" => "is going",
                "no" => "is not going",
                "maybe" => "may be going",
                _ => "is interested",
            };
            set("rsvp", words.into());
        }
        if let Some(link) = &entry.link {
            let path = format!("/write?in-reply-to={}", encode(link.as_str()));
            set("reply", self.path(&path).into());
        }
        item
    }

    /// Who wrote a post, and if the feed is not their own, whose it is, in words.
    pub(super) fn author(&self, shown: &Shown, source: &Source) -> (Value, String) {
        let person = self.path(&format!("/person/{}", shown.stored.feed.number()));
        let own = shown.entry.authors.first();
        let same = |face: &Face| {
            let by_name = face.name.as_deref().is_some_and(|name| {
                name == source.name || Some(name) == source.about.title.as_deref()
            });
            let by_page = face.url.is_some() && face.url == source.home;
            by_name || by_page || face.name.is_none()
        };
        match own.filter(|face| !same(face)) {
            Some(face) => {
                let name = face.name.as_deref().unwrap_or_default();
                let author = self.face(name, face.url.as_ref(), face.photo.as_ref(), None);
                (author, format!("in {}", source.name))
            }
            None => {
                let photo = own.and_then(|face| face.photo.as_ref()).or(source.photo.as_ref());
                (self.face(&source.name, source.home.as_ref(), photo, Some(&person)), String::new())
            }
        }
    }

    /// Somebody in the keys of a face.
    pub(super) fn face(
        &self,
        name: &str,
        url: Option<&Url>,
        photo: Option<&Url>,
        person: Option<&str>,
    ) -> Value {
        let mut name = name.to_owned();
        if let Some((end, _)) = name.char_indices().nth(LONGEST_NAME) {
            name.truncate(end);
            name.push('…');
        }
        let initial =
            name.chars().find(|c| c.is_alphanumeric()).map(|c| c.to_uppercase().to_string());
        json!({
            "name": if name.is_empty() { "Somebody" } else { &name },
            "initial": initial.unwrap_or_else(|| "·".to_owned()),
            "url": url.map(Url::as_str),
            "photo": photo.map(|photo| self.picture(photo)),
            "person": Value::from(person),
        })
    }

    /// The address at which the daemon shows a picture of somebody else.
    pub(super) fn picture(&self, url: &Url) -> String {
        crate::reader::pictures::signed_path(&self.key, &self.prefix, url)
    }

    /// HTML of somebody else as it may stand on a page of ours: pictures come by way of the daemon,
    /// and headings stand below those of the page.
    pub(super) fn html(&self, clean: &str) -> String {
        demoted(&proxied(clean, |url| self.picture(url)))
    }

    /// The text, folded where it is long.
    fn words(&self, entry: &Entry, is_whole: bool, set: &mut impl FnMut(&str, Value)) {
        let Some(html) = entry.html.as_ref().or(entry.summary.as_ref()) else { return };
        let plain = plain_text(html);
        let count = count_words(&plain);
        let waits = self.config.reader.pictures == Pictures::OnClick;
        let shown = if waits { without_pictures(html) } else { self.html(html) };
        set("content", if waits { demoted(&shown) } else { shown }.into());
        if !is_whole && count > FOLD.0 {
            set("excerpt", first_words(&plain, FOLD.1).into());
            let minutes = count.div_ceil(A_MINUTE);
            let unit = if minutes == 1 { "minute" } else { "minutes" };
            set("more", format!("Read on, {minutes} {unit}").into());
        }
    }

    /// Pictures, recordings and films that belong to it.
    fn media(&self, entry: &Entry, is_whole: bool, set: &mut impl FnMut(&str, Value)) {
        let html = entry.html.as_deref().unwrap_or_default();
        let waits = self.config.reader.pictures == Pictures::OnClick;
        let is =
            |file: &File, what: &str| file.mime.as_deref().is_some_and(|m| m.starts_with(what));
        let mut pictures: Vec<(&Url, &str)> = entry
            .files
            .iter()
            .filter(|file| is(file, "image/"))
            .map(|file| (&file.url, file.title.as_deref().unwrap_or_default()))
            .collect();
        let is_known = |url: &Url| pictures.iter().any(|(known, _)| *known == url);
        let own = entry.image.as_ref().filter(|url| !is_known(url));
        pictures.extend(own.map(|url| (url, "")));
        // Those that stand in the text are not shown twice.
        if !waits {
            pictures.retain(|(url, _)| !html.contains(url.path()));
        }
        let most = if is_whole { pictures.len() } else { PICTURES };
        let rest = pictures.len().saturating_sub(most);
        let photo = |(url, alt): &(&Url, &str)| {
            let src = self.picture(url);
            json!({ "src": src, "href": src, "alt": alt, "wait": waits })
        };
        set("photos", pictures.iter().take(most).map(photo).collect());
        if rest > 0 {
            let unit = if rest == 1 { "picture" } else { "pictures" };
            set("photos_more", format!("{rest} more {unit}").into());
        }
        let play = |what: &'static str| -> Vec<Value> {
            let files = entry.files.iter().filter(|file| is(file, what));
            // Only what is encrypted may be played on a page that is.
            let files = files.filter(|file| file.url.scheme() == "https");
            let one =
                |file: &File| json!({ "src": file.url, "type": file.mime, "words": lasts(file) });
            files.take(PICTURES).map(one).collect()
        };
        set("sounds", play("audio/").into());
        set("films", play("video/").into());
    }

    fn tags(&self, entry: &Entry) -> Vec<Value> {
        let tag = |word: &String| json!({ "word": word, "path": self.path(&format!("/search?q={}", encode(word))) });
        entry.tags.iter().take(TAGS).map(tag).collect()
    }

    /// A page that a post is about: as it is here, if it is, else as it was found.
    pub(super) fn cite(&self, url: &Url, how: &How<'_>) -> Value {
        let page = hash(url.as_str());
        let Some(other) = how.others.get(&page) else {
            let nothing = Cite::default();
            return self.cite_elsewhere(url, how.cites.get(&page).unwrap_or(&nothing));
        };
        let unknown = Source::default();
        let source = how.sources.get(&other.stored.feed).unwrap_or(&unknown);
        let html = other.entry.html.as_deref().or(other.entry.summary.as_deref());
        json!({
            "url": url.as_str(),
            "place": place(url),
            "here": self.path(&format!("/item/{}", other.stored.place.item.number())),
            "author": self.author(other, source).0,
            "name": other.entry.title,
            "text": html.map(|html| first_words(&plain_text(html), FOLD.1)),
            "at": self.day_and_hour(other.entry.shown_at()),
        })
    }

    /// A time in the past as a sentence says it: "Thursday evening", "3 May".
    pub(super) fn when(&self, at: Timestamp) -> String {
        let zone = &self.config.time_zone;
        let (local, now) = (at.to_zoned(zone.clone()), self.now.to_zoned(zone.clone()));
        let part = match local.hour() {
            0..5 => "night",
            5..12 => "morning",
            12..18 => "afternoon",
            _ => "evening",
        };
        let days = self.now.duration_since(at).as_hours() / 24;
        match days {
            _ if local.date() == now.date() => format!("this {part}"),
            ..6 => format!("{} {part}", local.strftime("%A")),
            _ => local.strftime("%-d %B").to_string(),
        }
    }

    fn cite_elsewhere(&self, url: &Url, cite: &Cite) -> Value {
        let waits = self.config.reader.pictures == Pictures::OnClick;
        let face = |face: &Face| {
            let name = face.name.as_deref().unwrap_or_default();
            self.face(name, face.url.as_ref(), face.photo.as_ref(), None)
        };
        let html = |html: &String| {
            if waits { demoted(&without_pictures(html)) } else { self.html(html) }
        };
        let photo = cite.photo.as_ref().filter(|_| !waits);
        json!({
            "url": url.as_str(),
            "place": place(url),
            "author": cite.author.as_ref().map(face),
            "name": cite.title,
            "content": cite.html.as_ref().map(html),
            "text": cite.text,
            "photo": photo.map(|photo| json!({ "src": self.picture(&photo.url), "alt": photo.alt })),
            "at": cite.published_at().map(|at| self.day_and_hour(at)),
        })
    }

    /// A time of a day that stands above.
    pub(super) fn hour(&self, at: Timestamp) -> Value {
        let mut value = time(at, &self.config.time_zone);
        let local = at.to_zoned(self.config.time_zone.clone());
        if let Some(all) = value.as_object_mut() {
            all.insert("text".to_owned(), local.strftime("%-H:%M").to_string().into());
        }
        value
    }

    /// A time in short: of today, the hour; else the day.
    pub(super) fn day_and_hour(&self, at: Timestamp) -> Value {
        let zone = &self.config.time_zone;
        let (local, today) = (at.to_zoned(zone.clone()), self.now.to_zoned(zone.clone()));
        let format = match () {
            () if local.date() == today.date() => "%-H:%M",
            () if local.year() == today.year() => "%-d %B",
            () => "%-d %B %Y",
        };
        let mut value = time(at, zone);
        if let Some(all) = value.as_object_mut() {
            all.insert("text".to_owned(), local.strftime(format).to_string().into());
        }
        value
    }
}

/// The host of an address, as people say it.
pub(super) fn place(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    host.strip_prefix("www.").unwrap_or(host).to_owned()
}

/// What somebody did, where their name alone does not say it.
fn says(kind: &str) -> Option<&'static str> {
    Some(match kind {
        "reply" => "answered",
        "repost" => "shared",
        "like" => "likes",
        "bookmark" => "keeps a bookmark",
        "follow" => "follows",
        "rsvp" => "answers an invitation",
        "listen" => "listened to",
        "watch" => "watched",
        "read" => "reads",
        "checkin" => "was",
        _ => return None,
    })
}

/// What a recording is and how long it plays.
fn lasts(file: &File) -> String {
    let what = file.title.clone().unwrap_or_else(|| {
        let is_film = file.mime.as_deref().is_some_and(|mime| mime.starts_with("video/"));
        if is_film { "A film".to_owned() } else { "A recording".to_owned() }
    });
    let long = file.seconds.map(|seconds| seconds.div_ceil(60)).filter(|minutes| *minutes > 0);
    let size = file.size.map(|size| size.div_ceil(1 << 20));
    match (long, size) {
        (Some(minutes), _) => format!("{what}, {minutes} minutes"),
        (None, Some(size)) => format!("{what}, {size} MB"),
        _ => what,
    }
}

/// Clean HTML with its headings below those of a page, which go down to the third.
fn demoted(clean: &str) -> String {
    let mut html = clean.to_owned();
    for (from, to) in [(6, 6), (5, 6), (4, 6), (3, 6), (2, 5), (1, 4)] {
        if from != to && html.contains(&format!("<h{from}")) {
            html = html
                .replace(&format!("<h{from}"), &format!("<h{to}"))
                .replace(&format!("</h{from}"), &format!("</h{to}"));
        }
    }
    html
}

/// Clean HTML whose pictures are left out: they are shown apart, when somebody asks for them.
fn without_pictures(clean: &str) -> String {
    let mut out = String::with_capacity(clean.len());
    let mut rest = clean;
    while let Some(at) = rest.find("<img") {
        let (before, tag) = rest.split_at(at);
        out.push_str(before);
        rest = tag.split_once('>').map_or("", |(_, after)| after);
    }
    out.push_str(rest);
    proxied(&out, |_| String::new())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_of_others_stand_below_ours() {
        let html = "<h1>A</h1><h2 id=\"x\">B</h2><h3>C</h3><p>&lt;h1&gt;</p>";
        assert_eq!(demoted(html), "<h4>A</h4><h5 id=\"x\">B</h5><h6>C</h6><p>&lt;h1&gt;</p>");
    }
}
