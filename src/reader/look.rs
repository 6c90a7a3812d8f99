//! A post as rules look at it: whatever takes time to find out about it is found out when the first
//! rule asks, and once.

use std::cell::OnceCell;

use url::Url;

use super::entry::{Entry, Face};
use crate::moderation::{
    Circle, Classifier, Identity, Parts, Said, Sample, Trust, Word, flame, linked,
};
use crate::text::html::plain_text;

/// Where a post came from: whom the owner follows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Source {
    /// The address that is followed.
    pub feed: String,
    /// The home page of whoever is followed.
    pub home: String,
    /// What they are called.
    pub name: Option<String>,
}

/// What is known of a post.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'f> {
    /// What is kept of it.
    pub entry: &'f Entry,
    /// The name of its kind.
    pub kind: &'f str,
    /// The channel that it is in; empty for none.
    pub channel: &'f str,
    /// Where it came from, unless nobody follows that any more.
    pub source: Option<&'f Source>,
}

/// A post while rules look at it.
pub(super) struct Look<'f> {
    pub(super) facts: Facts<'f>,
    people: OnceCell<Vec<Parts>>,
    places: OnceCell<Vec<Parts>>,
    links: OnceCell<Vec<Parts>>,
    plain: OnceCell<String>,
    said: OnceCell<Said>,
    title: OnceCell<Said>,
    text: OnceCell<Said>,
    names: OnceCell<Said>,
    tags: OnceCell<Vec<Said>>,
    robo: OnceCell<u8>,
    flame: OnceCell<u8>,
    trust: OnceCell<Option<Trust>>,
}

impl<'f> Look<'f> {
    pub(super) fn new(facts: Facts<'f>) -> Self {
        Self {
            facts,
            people: OnceCell::new(),
            places: OnceCell::new(),
            links: OnceCell::new(),
            plain: OnceCell::new(),
            said: OnceCell::new(),
            title: OnceCell::new(),
            text: OnceCell::new(),
            names: OnceCell::new(),
            tags: OnceCell::new(),
            robo: OnceCell::new(),
            flame: OnceCell::new(),
            trust: OnceCell::new(),
        }
    }

    fn entry(&self) -> &'f Entry {
        self.facts.entry
    }

    fn home(&self) -> Option<&'f str> {
        self.facts.source.map(|source| source.home.as_str())
    }

    /// The addresses of who wrote it and of whom it came from.
    pub(super) fn people(&self) -> &[Parts] {
        self.people.get_or_init(|| {
            let authors = self.entry().authors.iter().filter_map(|face| face.url.as_ref());
            authors.map(Url::as_str).chain(self.home()).filter_map(Parts::of).collect()
        })
    }

    /// Where what it passes on lies.
    pub(super) fn passed_on(&self) -> impl Iterator<Item = Parts> {
        self.entry().repost_of.iter().filter_map(|url| Parts::of(url.as_str()))
    }

    /// Where it is from: its page, who wrote it, what it came with, what it passes on.
    pub(super) fn places(&self) -> &[Parts] {
        self.places.get_or_init(|| {
            let link = self.entry().link.as_ref().map(Url::as_str);
            let feed = self.facts.source.map(|source| source.feed.as_str());
            let own = link.into_iter().chain(feed).filter_map(Parts::of);
            own.chain(self.people().iter().cloned()).chain(self.passed_on()).collect()
        })
    }

    /// Where it lies and where it links to.
    pub(super) fn links(&self) -> &[Parts] {
        self.links.get_or_init(|| {
            let entry = self.entry();
            let named = [&entry.link, &entry.about].into_iter().flatten();
            let related =
                [&entry.in_reply_to, &entry.like_of, &entry.repost_of, &entry.bookmark_of];
            let urls = named.chain(related.into_iter().flatten());
            let html = [&entry.html, &entry.summary].into_iter().flatten();
            let written = html.flat_map(|html| linked(html, ""));
            let mut all: Vec<Parts> = urls.filter_map(|url| Parts::of(url.as_str())).collect();
            all.extend(written.filter_map(|href| Parts::of(&href)));
            all.extend(linked("", self.plain()).filter_map(|href| Parts::of(&href)));
            all
        })
    }

    /// Its words.
    fn plain(&self) -> &str {
        self.plain.get_or_init(|| {
            let html = self.entry().html.as_ref().or(self.entry().summary.as_ref());
            html.map(|html| plain_text(html)).unwrap_or_default()
        })
    }

    /// All that it says, names, title and tags included. The short things come first: of a very long
    /// text only the beginning is looked at.
    pub(super) fn said(&self) -> &Said {
        self.said.get_or_init(|| {
            let entry = self.entry();
            let mut said = self.all_names();
            let tags = entry.tags.iter().map(String::as_str);
            for text in entry.title.as_deref().into_iter().chain(tags) {
                said.push('\n');
                said.push_str(text);
            }
            said.push('\n');
            said.push_str(&self.own_text());
            Said::new(said)
        })
    }

    pub(super) fn title(&self) -> &Said {
        self.title.get_or_init(|| Said::new(self.entry().title.clone().unwrap_or_default()))
    }

    pub(super) fn text(&self) -> &Said {
        self.text.get_or_init(|| Said::new(self.own_text()))
    }

    fn own_text(&self) -> String {
        let entry = self.entry();
        let summary = entry.summary.as_ref().filter(|_| entry.html.is_some());
        let summary = summary.map(|html| plain_text(html)).unwrap_or_default();
        format!("{summary}\n{}", self.plain())
    }

    pub(super) fn names(&self) -> &Said {
        self.names.get_or_init(|| Said::new(self.all_names()))
    }

    fn all_names(&self) -> String {
        let authors = &self.entry().authors;
        let names: Vec<&str> = authors.iter().filter_map(|face| face.name.as_deref()).collect();
        let own = self.facts.source.and_then(|source| source.name.as_deref());
        if names.is_empty() { own.unwrap_or_default().to_owned() } else { names.join("\n") }
    }

    pub(super) fn tags(&self) -> &[Said] {
        self.tags.get_or_init(|| self.entry().tags.iter().cloned().map(Said::new).collect())
    }

    /// How much it looks like advertising.
    pub(super) fn robo(&self) -> u8 {
        // What was learned of mentions changes from day to day, and with it what would be hidden.
        *self.robo.get_or_init(|| Classifier::new().robo(&self.sample(self.author()), 0).value)
    }

    /// How much it attacks somebody.
    pub(super) fn flame(&self) -> u8 {
        *self.flame.get_or_init(|| flame(&self.sample(self.author())).value)
    }

    fn author(&self) -> Option<&'f Face> {
        self.entry().authors.first()
    }

    /// All authors, as the rules of the house ask for them; one of no name where nobody is named.
    pub(super) fn samples(&self) -> Vec<Sample<'_>> {
        let authors = &self.entry().authors;
        if authors.iter().all(|face| face.url.is_none()) {
            return vec![self.sample(None)];
        }
        authors.iter().map(|face| self.sample(Some(face))).collect()
    }

    fn sample(&self, author: Option<&'f Face>) -> Sample<'_> {
        let entry = self.entry();
        let link = entry.link.as_ref().map(Url::as_str);
        let url = author.and_then(|face| face.url.as_ref()).map(Url::as_str);
        let own = author.is_none().then(|| self.home()).flatten();
        let name = self.facts.source.and_then(|source| source.name.as_deref());
        let feed = self.facts.source.map(|source| source.feed.as_str());
        Sample {
            author: author.and_then(|face| face.name.as_deref()).or(name).unwrap_or_default(),
            author_url: url.or(own).unwrap_or_default(),
            source: link.or(feed).unwrap_or_default(),
            // Links within its own site are no links to others.
            target: link.unwrap_or_default(),
            title: entry.title.as_deref().unwrap_or_default(),
            html: entry.html.as_deref().or(entry.summary.as_deref()).unwrap_or_default(),
            text: self.plain(),
        }
    }

    /// How near its author is; none where it only says a name, which anybody may have.
    pub(super) fn trust(&self, circle: &Circle) -> Option<Trust> {
        *self.trust.get_or_init(|| {
            let home = self.home().and_then(Parts::of);
            let Some(author) = self.author() else {
                let who = Identity::named(self.home()?, None)?;
                return Some(circle.trust(&who, true, Word::None));
            };
            let url = author.url.as_ref()?.as_str();
            let at = Parts::of(url)?;
            if home.is_some_and(|home| home.whole() == at.whole()) {
                return Some(circle.trust(&Identity::named(url, None)?, true, Word::None));
            }
            let link = self.entry().link.as_ref()?.as_str();
            let is_there = Parts::of(link).is_some_and(|link| link.host == at.host);
            Some(circle.trust(&Identity::new(Some(url), link), is_there, Word::None))
        })
    }

    /// Whether anybody has asked for one of the scores.
    #[cfg(test)]
    pub(super) fn is_scored(&self) -> bool {
        self.robo.get().is_some() || self.flame.get().is_some()
    }

    /// Whether anybody has asked for its words.
    #[cfg(test)]
    pub(super) fn is_read(&self) -> bool {
        self.plain.get().is_some()
    }
}
