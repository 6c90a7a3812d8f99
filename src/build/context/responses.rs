//! Responses on a post's page: faces, answers to invitations, threaded replies.
//!
//! The order is fixed: replies oldest first, everything else newest first, ties by address
//! (MF-M-12). Replies nest to the configured depth and go on flat below it.

use std::collections::BTreeMap;

use rustc_hash::{FxHashMap as HashMap, FxHashSet as HashSet};

use tera::Value;

use super::{initial, moment, person};
use crate::build::Build;
use crate::build::plan::{Id, Planned};
use crate::build::value::safe;
use crate::config::Shown;
use crate::model::{Mention, Moment, Property, Relation};
use crate::object;
use crate::text::excerpt::excerpt;
use crate::text::sanitize::text_to_html;
use crate::words::Words;

/// Answers to an invitation in the order of the page.
const ANSWERS: [&str; 4] = ["yes", "maybe", "interested", "no"];

/// Everything that answers one post.
pub struct Responses<'a> {
    likes: Vec<&'a Mention>,
    reposts: Vec<&'a Mention>,
    bookmarks: Vec<&'a Mention>,
    rsvps: Vec<&'a Mention>,
    reactions: BTreeMap<String, Vec<&'a Mention>>,
    mentions: Vec<&'a Mention>,
    replies: Vec<Node<'a>>,
    answers: usize,
}

/// One reply and what answers it.
struct Node<'a> {
    reply: Reply<'a>,
    /// Whom it answers, where it stands flat beside that reply.
    beside: Option<&'a str>,
    answers: Vec<Node<'a>>,
}

#[derive(Clone, Copy)]
enum Reply<'a> {
    Other(&'a Mention),
    Own(&'a Planned<'a>),
}

impl<'a> Responses<'a> {
    /// Sorts the responses to a post: mentions, and the author's own posts that answer one of them.
    pub fn gather(build: &'a Build<'_, '_>, id: Id) -> Option<Self> {
        let mentions = build.mentions_of.get(&id)?;
        let mut sorted = Self::sort(mentions);
        let mut replies: Vec<Reply<'a>> = sorted.1.into_iter().map(Reply::Other).collect();
        let addresses: HashSet<&str> = replies.iter().flat_map(Reply::addresses).collect();
        replies.extend(build.own_replies(&addresses).into_iter().map(|(_, own)| Reply::Own(own)));
        sorted.0.answers = replies.len();
        sorted.0.replies = nest(build, replies);
        Some(sorted.0).filter(|responses| responses.count() > 0)
    }

    fn sort(mentions: &[&'a Mention]) -> (Self, Vec<&'a Mention>) {
        let mut responses = Self {
            likes: Vec::new(),
            reposts: Vec::new(),
            bookmarks: Vec::new(),
            rsvps: Vec::new(),
            reactions: BTreeMap::new(),
            mentions: Vec::new(),
            replies: Vec::new(),
            answers: 0,
        };
        let mut replies = Vec::new();
        for mention in mentions {
            match mention.property {
                Property::LikeOf => responses.likes.push(mention),
                Property::RepostOf => responses.reposts.push(mention),
                Property::BookmarkOf => responses.bookmarks.push(mention),
                Property::Rsvp if answer(mention).is_some() => responses.rsvps.push(mention),
                Property::InReplyTo => match emoji(&mention.text) {
                    Some(emoji) => responses.reactions.entry(emoji).or_default().push(mention),
                    None => replies.push(*mention),
                },
                Property::FollowOf | Property::MentionOf | Property::Rsvp => {
                    responses.mentions.push(mention);
                }
            }
        }
        for list in [
            &mut responses.likes,
            &mut responses.reposts,
            &mut responses.bookmarks,
            &mut responses.rsvps,
            &mut responses.mentions,
        ] {
            list.sort_by(|a, b| newest_first(a, b));
        }
        for list in responses.reactions.values_mut() {
            list.sort_by(|a, b| newest_first(a, b));
        }
        (responses, replies)
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        let reactions: usize = self.reactions.values().map(Vec::len).sum();
        [
            self.likes.len(),
            self.reposts.len(),
            self.bookmarks.len(),
            self.rsvps.len(),
            self.mentions.len(),
        ]
        .into_iter()
        .sum::<usize>()
        .saturating_add(reactions)
        .saturating_add(self.answers)
    }

    /// The responses as templates see them.
    pub fn value(&self, build: &Build<'_, '_>, words: &Words) -> Value {
        let count = self.count() as u64;
        let none = || Vec::<Value>::new();
        if build.site.config.access.shown == Shown::Counts {
            return object! {
                count: count,
                label: words.plural("responses", count),
                likes: Value::none(),
                reposts: Value::none(),
                bookmarks: Value::none(),
                reactions: none(),
                rsvps: none(),
                replies: none(),
                mentions: none(),
            }
            .into();
        }
        let faces = |list: &[&Mention], class: &'static str, key: &str| {
            (!list.is_empty()).then(|| {
                Value::from(object! {
                    label: words.plural(key, list.len() as u64),
                    faces: list.iter().map(|mention| face(build, mention, class)).collect::<Vec<_>>(),
                })
            })
        };
        let reactions: Vec<Value> = self
            .reactions
            .iter()
            .map(|(emoji, list)| {
                object! {
                    emoji: emoji.as_str(),
                    label: format!("{emoji} {}", list.len()),
                    faces: list.iter().map(|m| face(build, m, "u-comment")).collect::<Vec<_>>(),
                }
                .into()
            })
            .collect();
        let replies: Vec<Value> =
            self.replies.iter().map(|node| reply(build, words, node)).collect();
        let mentions: Vec<Value> = self.mentions.iter().map(|m| mention(build, words, m)).collect();
        object! {
            count: count,
            label: words.plural("responses", count),
            likes: faces(&self.likes, "u-like", "likes"),
            reposts: faces(&self.reposts, "u-repost", "reposts"),
            bookmarks: faces(&self.bookmarks, "u-bookmark", "bookmarks"),
            reactions: reactions,
            rsvps: self.rsvps(build, words),
            replies: replies,
            replies_label: words.plural("replies", self.answers as u64),
            mentions: mentions,
            mentions_label: (!self.mentions.is_empty()).then(|| words.plural("mentions", self.mentions.len() as u64)),
        }
        .into()
    }

    fn rsvps(&self, build: &Build<'_, '_>, words: &Words) -> Vec<Value> {
        ANSWERS
            .into_iter()
            .filter_map(|value| {
                let list: Vec<&&Mention> =
                    self.rsvps.iter().filter(|mention| answer(mention) == Some(value)).collect();
                (!list.is_empty()).then(|| {
                    object! {
                        value: value,
                        word: words.rsvp_group(value),
                        label: words.rsvp_count(value, list.len() as u64),
                        faces: list.iter().map(|m| face(build, m, "u-rsvp")).collect::<Vec<_>>(),
                    }
                    .into()
                })
            })
            .collect()
    }
}

/// The answer to an invitation; another word than the four is none (MF-P-05).
fn answer(mention: &Mention) -> Option<&'static str> {
    let given = mention.rsvp.as_deref().unwrap_or("yes").trim();
    ANSWERS.into_iter().find(|answer| given.eq_ignore_ascii_case(answer))
}

fn reply(build: &Build<'_, '_>, words: &Words, node: &Node<'_>) -> Value {
    let mut value = match node.reply {
        Reply::Other(mention) => other(build, words, mention),
        Reply::Own(planned) => own(build, words, planned),
    };
    let beside = node.beside.map(|name| words.phrase("in_reply_to_name", &[("name", name)]));
    let below = count(&node.answers) as u64;
    value.set("parent_name", beside);
    value.set("count_label", (below > 0).then(|| words.plural("answers", below)));
    let replies: Vec<Value> = node.answers.iter().map(|node| reply(build, words, node)).collect();
    value.set("replies", replies);
    value.into()
}

impl<'a> Reply<'a> {
    /// The addresses by which others answer it.
    fn addresses(&self) -> Vec<&'a str> {
        match self {
            Self::Other(mention) => {
                let mut list = vec![mention.url.as_str(), mention.source.as_str()];
                list.extend(mention.syndication.iter().map(String::as_str));
                list
            }
            Self::Own(_) => Vec::new(),
        }
    }

    fn answers(&self, build: &Build<'_, '_>) -> Vec<String> {
        match self {
            Self::Other(mention) => mention.in_reply_to.clone(),
            Self::Own(planned) => planned
                .post
                .contexts
                .iter()
                .filter(|(relation, _)| *relation == Relation::InReplyTo)
                .map(|(_, cite)| build.whole_address(&cite.url))
                .collect(),
        }
    }

    fn time(&self) -> Option<jiff::Timestamp> {
        match self {
            Self::Other(mention) => time(mention),
            Self::Own(planned) => planned.post.published.as_ref().map(jiff::Zoned::timestamp),
        }
    }

    /// The name of who wrote it.
    fn name(&self, owner: &'a str) -> &'a str {
        match self {
            Self::Other(mention) => &mention.author.name,
            Self::Own(..) => owner,
        }
    }

    fn key(&self, build: &Build<'_, '_>) -> String {
        match self {
            Self::Other(mention) => mention.url.clone(),
            Self::Own(planned) => build.site.config.base.absolute(&planned.post.permalink),
        }
    }
}

fn time(mention: &Mention) -> Option<jiff::Timestamp> {
    mention.published.as_ref().or(mention.received.as_ref()).map(Moment::timestamp)
}

fn newest_first(a: &Mention, b: &Mention) -> std::cmp::Ordering {
    time(b).cmp(&time(a)).then_with(|| a.url.cmp(&b.url))
}

/// A reply that is nothing but one emoji.
fn emoji(text: &str) -> Option<String> {
    let text = text.trim();
    let short = !text.is_empty() && text.chars().count() <= 8;
    let picture = text.chars().all(|c| {
        matches!(u32::from(c), 0x2190..=0x2BFF | 0xFE0F | 0x200D | 0x1F000..=0x1FAFF | 0xE0020..=0xE007F)
    });
    (short && picture).then(|| text.to_owned())
}

/// Hangs each reply under the one that it answers. Circles are broken at their first member.
fn nest<'a>(build: &'a Build<'_, '_>, mut replies: Vec<Reply<'a>>) -> Vec<Node<'a>> {
    replies.sort_by_cached_key(|reply| (reply.time(), reply.key(build)));
    let mut by_address: HashMap<String, usize> = HashMap::default();
    for (at, reply) in replies.iter().enumerate() {
        by_address.entry(reply.key(build)).or_insert(at);
        if let Reply::Own(planned) = reply {
            // Others answer the published address, also in a preview.
            let home = &build.site.config.home;
            by_address.entry(home.absolute(&planned.post.permalink)).or_insert(at);
        }
        for address in reply.addresses() {
            by_address.entry(address.to_owned()).or_insert(at);
        }
    }
    let parents: Vec<Option<usize>> = replies
        .iter()
        .enumerate()
        .map(|(at, reply)| {
            let mut targets = reply.answers(build).into_iter();
            targets
                .find_map(|target| by_address.get(&target).copied())
                .filter(|parent| *parent != at)
        })
        .collect();
    let mut below: HashMap<Option<usize>, Vec<usize>> = HashMap::default();
    for at in 0..replies.len() {
        let parent = parents.get(at).copied().flatten().filter(|_| reaches_top(&parents, at));
        below.entry(parent).or_default().push(at);
    }
    let tree = Tree { replies: &replies, below: &below, owner: &build.site.config.author.name };
    tree.branch(None, build.site.config.lists.responses_depth.max(1))
}

fn reaches_top(parents: &[Option<usize>], at: usize) -> bool {
    let mut at = at;
    for _ in 0..=parents.len() {
        match parents.get(at).copied().flatten() {
            Some(parent) => at = parent,
            None => return true,
        }
    }
    false
}

/// Replies by place, and the places of the answers to each.
struct Tree<'t, 'a> {
    replies: &'t [Reply<'a>],
    below: &'t HashMap<Option<usize>, Vec<usize>>,
    owner: &'a str,
}

impl<'a> Tree<'_, 'a> {
    /// The answers to one reply, `depth` levels of them.
    fn branch(&self, parent: Option<usize>, depth: usize) -> Vec<Node<'a>> {
        let Some(list) = self.below.get(&parent) else { return Vec::new() };
        let mut nodes = Vec::new();
        for at in list {
            let Some(reply) = self.replies.get(*at) else { continue };
            if depth > 1 {
                let answers = self.branch(Some(*at), depth.saturating_sub(1));
                nodes.push(Node { reply: *reply, beside: None, answers });
            } else {
                self.flat(*at, None, &mut nodes);
            }
        }
        nodes
    }

    /// A reply and everything below it in one list: the last level.
    fn flat(&self, top: usize, beside: Option<&'a str>, nodes: &mut Vec<Node<'a>>) {
        // An own stack: strangers decide how deep a thread goes.
        let mut stack = vec![(top, beside)];
        while let Some((at, beside)) = stack.pop() {
            let Some(reply) = self.replies.get(at) else { continue };
            nodes.push(Node { reply: *reply, beside, answers: Vec::new() });
            let answers = self.below.get(&Some(at)).map_or(&[][..], Vec::as_slice);
            let name = reply.name(self.owner);
            stack.extend(answers.iter().rev().map(|answer| (*answer, Some(name))));
        }
    }
}

fn count(nodes: &[Node<'_>]) -> usize {
    nodes.iter().map(|node| count(&node.answers).saturating_add(1)).sum()
}

fn face(build: &Build<'_, '_>, mention: &Mention, class: &'static str) -> Value {
    let author = &mention.author;
    let photo = build.face(author.photo.as_deref(), &author.name);
    object! {
        name: author.name.as_str(),
        url: author.url.as_deref().unwrap_or(&mention.url),
        photo: photo.as_ref().map(super::image),
        initial: initial(&author.name),
        response_url: mention.url.as_str(),
        host: super::host(&mention.source),
        verified: mention.verified,
        property_class: class,
    }
    .into()
}

/// The source, where it lies at another host than the response's own address.
fn via(mention: &Mention) -> Option<&str> {
    (super::host(&mention.source) != super::host(&mention.url)).then_some(mention.source.as_str())
}

fn other(build: &Build<'_, '_>, words: &Words, mention: &Mention) -> crate::build::value::Object {
    // A longer text is cut and linked (MF-M-10).
    let longest = build.site.config.access.excerpt;
    let truncated = mention.text.chars().count() > longest;
    let content = if truncated {
        text_to_html(&excerpt(&mention.text, longest))
    } else {
        mention.content.clone()
    };
    let author = &mention.author;
    object! {
        id: reply_id(&mention.url),
        author: person(author, build.face(author.photo.as_deref(), &author.name).as_ref()),
        initial: initial(&author.name),
        url: mention.url.as_str(),
        host: super::host(&mention.url),
        via: via(mention),
        verified: mention.verified,
        own: false,
        published: mention.published.as_ref().map(|at| moment(words, at)),
        received: mention.received.as_ref().map(|at| moment(words, at)),
        content: safe(&content),
        photos: photos(build, mention),
        truncated: truncated,
    }
}

/// The pictures of a response, those that lie in the site folder.
fn photos(build: &Build<'_, '_>, mention: &Mention) -> Vec<Value> {
    let pictures = mention.photos.iter().filter_map(|(path, alt)| build.face(Some(path), alt));
    pictures.map(|picture| super::image(&picture)).collect()
}

fn own(build: &Build<'_, '_>, words: &Words, planned: &Planned<'_>) -> crate::build::value::Object {
    let post = planned.post;
    let base = &build.site.config.base;
    let url = base.absolute(&post.permalink);
    let content = match build.warning(post) {
        // The text stands behind its warning on its own page.
        Some(warning) => text_to_html(warning),
        // The page has the original's footnotes and anchors under other ids.
        None => crate::text::sanitize::sanitize(&build.html(planned).html),
    };
    object! {
        id: reply_id(&url),
        author: build.author.clone(),
        initial: initial(&build.site.config.author.name),
        url: url,
        host: base.host(),
        via: Value::none(),
        verified: true,
        own: true,
        published: post.published.as_ref().map(|at| moment(words, at)),
        received: Value::none(),
        content: safe(&content),
        photos: Vec::<Value>::new(),
        truncated: post.sensitive.is_some(),
    }
}

/// An id that does not change: the response's address decides it.
fn reply_id(url: &str) -> String {
    let hash = blake3::hash(url.as_bytes()).to_hex();
    format!("r-{}", hash.as_str().get(0..10).unwrap_or(""))
}

fn mention(build: &Build<'_, '_>, words: &Words, mention: &Mention) -> Value {
    let author = &mention.author;
    let name = mention.name.clone().or_else(|| {
        let text = excerpt(&mention.text, 80);
        (!text.is_empty()).then_some(text)
    });
    let has_name = mention.name.is_some();
    object! {
        author: person(author, build.face(author.photo.as_deref(), &author.name).as_ref()),
        initial: initial(&author.name),
        name: name.unwrap_or_else(|| super::host(&mention.url)),
        url: mention.url.as_str(),
        host: super::host(&mention.url),
        via: via(mention),
        excerpt: (has_name && !mention.text.is_empty()).then(|| excerpt(&mention.text, 280)),
        published: mention.published.as_ref().map(|at| moment(words, at)),
        verified: mention.verified,
    }
    .into()
}
