//! Headings: ids, anchors, the table of contents, and links to ids of the page.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use pulldown_cmark::{CowStr, Event, LinkType, Tag, TagEnd};

use super::writer::Writer;
use super::{Heading, Style, problem};
use crate::text::html::{push_attribute, push_text};
use crate::text::slug::{percent_encode_path, slug};

/// The ids of a page.
pub(super) struct Ids {
    used: HashSet<String>,
    /// The last number given to each id that had to be numbered.
    numbers: HashMap<String, usize>,
    /// Ids chosen by the author further down, each until it is met.
    ahead: HashSet<String>,
}

impl Ids {
    pub(super) fn new(style: &Style<'_>) -> Self {
        let used = style.reserved_ids.iter().map(|id| (*id).to_owned()).collect();
        Self { used, numbers: HashMap::new(), ahead: HashSet::new() }
    }

    /// Keeps an id from being given to anything else.
    pub(super) fn reserve(&mut self, id: &str) {
        self.used.insert(id.to_owned());
    }

    /// Keeps an id for the heading that the author chose it for, unless the page has it already.
    pub(super) fn expect(&mut self, id: &str) {
        if self.used.insert(id.to_owned()) {
            self.ahead.insert(id.to_owned());
        }
    }

    /// Uses an id that the author chose; false if it has been used before.
    fn choose(&mut self, id: &str) -> bool {
        let reserved_for_it = self.ahead.remove(id);
        let new = self.used.insert(id.to_owned());
        reserved_for_it || new
    }

    /// The wanted id, numbered if it is taken.
    pub(super) fn unique(&mut self, wanted: String) -> String {
        if self.used.insert(wanted.clone()) {
            return wanted;
        }
        let number = self.numbers.entry(wanted.clone()).or_insert(1);
        loop {
            *number += 1;
            let numbered = format!("{wanted}-{number}");
            if self.used.insert(numbered.clone()) {
                return numbered;
            }
        }
    }

    /// The ids as they look in addresses, where that is not how they are.
    fn encoded(&self) -> HashSet<String> {
        self.used.iter().filter(|id| !id.is_ascii()).map(|id| percent_encode_path(id)).collect()
    }
}

const CLOSERS: [&str; 6] = ["</h1>\n", "</h2>\n", "</h3>\n", "</h4>\n", "</h5>\n", "</h6>\n"];

impl Writer<'_> {
    pub(super) fn start_heading(
        &mut self,
        level: u8,
        id: Option<&str>,
        classes: &[CowStr<'_>],
        attributes: &[(CowStr<'_>, Option<CowStr<'_>>)],
    ) {
        let level = level.saturating_add(self.cx.style.shift).clamp(1, 6);
        self.line();
        self.out.push_str(&format!("<h{level}"));
        self.open.push(CLOSERS.get(usize::from(level) - 1).copied().unwrap_or_default());
        if self.cx.style.plain {
            self.out.push('>');
            return;
        }
        let title = self.text_ahead(self.at).split_whitespace().collect::<Vec<_>>().join(" ");
        let id = match id.filter(|id| !id.is_empty()) {
            Some(id) => {
                let range = self.events.get(self.at - 1).map(|(_, range)| range.clone());
                self.chosen_id(id, &range.unwrap_or_default())
            }
            None => {
                let made = slug(&title);
                self.ids.unique(if made.is_empty() { "section".to_owned() } else { made })
            }
        };
        self.attribute("id", &id);
        if !classes.is_empty() {
            self.attribute("class", &classes.join(" "));
        }
        for (name, value) in attributes {
            if name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
                self.attribute(name, value.as_deref().unwrap_or_default());
            }
        }
        self.out.push('>');
        self.done.toc.push(Heading { level, id, title });
    }

    /// An id the author chose, changed only if it is on the page already.
    pub(super) fn chosen_id(&mut self, id: &str, range: &Range<usize>) -> String {
        if self.ids.choose(id) {
            return id.to_owned();
        }
        self.done.problems.push(problem::id_twice(range.clone(), id));
        self.ids.unique(id.to_owned())
    }

    pub(super) fn attribute(&mut self, name: &str, value: &str) {
        self.out.push(' ');
        self.out.push_str(name);
        self.out.push_str("=\"");
        push_attribute(&mut self.out, value);
        self.out.push('"');
    }

    /// The link beside a heading, written when its words are.
    pub(super) fn heading_anchor(&mut self) {
        if self.cx.style.plain {
            return;
        }
        let Some(heading) = self.done.toc.last() else { return };
        let label = &self.cx.style.labels.link_to_section;
        self.out.push_str(" <a class=\"anchor\" href=\"#");
        push_attribute(&mut self.out, &heading.id);
        self.out.push_str("\" aria-label=\"");
        push_attribute(&mut self.out, &label.replace("{title}", &heading.title));
        if !label.contains("{title}") && !heading.title.is_empty() {
            self.out.push_str(": ");
            push_attribute(&mut self.out, &heading.title);
        }
        self.out.push_str("\">#</a>");
    }

    /// Passes a paragraph that holds nothing but `[[toc]]` and remembers its place.
    pub(super) fn contents_mark(&mut self) -> bool {
        let mut ahead = self.events.iter().skip(self.at).map(|(event, _)| event);
        let is_mark = matches!(
            ahead.next(),
            Some(Event::Start(Tag::Link { link_type: LinkType::WikiLink { .. }, dest_url, .. }))
                if dest_url.trim().eq_ignore_ascii_case("toc")
        );
        if !is_mark
            || !self.open.is_empty()
            || self.notes.writing
            || !matches!(ahead.next(), Some(Event::Text(_)))
            || !matches!(ahead.next(), Some(Event::End(TagEnd::Link)))
            || !matches!(ahead.next(), Some(Event::End(TagEnd::Paragraph)))
        {
            return false;
        }
        self.line();
        // One is enough: a second mark goes without leaving anything.
        self.toc_at.get_or_insert(self.out.len());
        self.at += 4;
        true
    }

    /// Writes the table of contents where it was asked for.
    pub(super) fn insert_contents(&mut self) {
        let Some(place) = self.toc_at.filter(|_| !self.done.toc.is_empty()) else { return };
        let contents = contents(&self.done.toc, &self.cx.style.labels.contents);
        self.out.insert_str(place, &contents);
    }

    /// Tells of links to ids that nothing on the page has.
    pub(super) fn check_fragments(&mut self) {
        if self.fragments.is_empty() {
            return;
        }
        let encoded = self.ids.encoded();
        for (id, range) in std::mem::take(&mut self.fragments) {
            if id != "top" && !self.ids.used.contains(&id) && !encoded.contains(&id) {
                self.done.problems.push(problem::no_such_section(range, &id));
            }
        }
    }
}

/// A nested list of headings. A level that is left out on the way down is left out here too.
fn contents(headings: &[Heading], label: &str) -> String {
    let mut out = String::from("<nav class=\"toc\" aria-label=\"");
    push_attribute(&mut out, label);
    out.push_str("\">\n");
    let mut levels: Vec<u8> = Vec::new();
    for heading in headings {
        // Up only as far as a list this heading belongs into: after h1 and h3, an h2 stands
        // beside the h3.
        while let [.., above, last] = levels.as_slice()
            && heading.level < *last
            && heading.level <= *above
        {
            levels.pop();
            out.push_str("</li>\n</ul>\n");
        }
        match levels.last_mut() {
            Some(last) if heading.level <= *last => {
                *last = heading.level;
                out.push_str("</li>\n");
            }
            above => {
                out.push_str(if above.is_some() { "\n<ul>\n" } else { "<ul>\n" });
                levels.push(heading.level);
            }
        }
        out.push_str("<li><a href=\"#");
        push_attribute(&mut out, &heading.id);
        out.push_str("\">");
        push_text(&mut out, &heading.title);
        out.push_str("</a>");
    }
    for _ in levels {
        out.push_str("</li>\n</ul>\n");
    }
    out.push_str("</nav>\n");
    out
}
