//! Footnotes: references where they stand, the notes in one list at the end.
//!
//! Numbered in the order of their first reference; a note may refer to others.

use std::collections::HashMap;
use std::ops::Range;

use pulldown_cmark::{Event, Tag, TagEnd};

use super::problem;
use super::writer::Writer;
use crate::text::html::{push_attribute, push_text};
use crate::text::slug::slug;

/// What is known of the footnotes of a text.
#[derive(Default)]
pub(super) struct Notes<'c> {
    /// Index of the event that starts each note, by name.
    definitions: HashMap<&'c str, usize>,
    /// Notes referred to so far, in order.
    used: Vec<Note>,
    by_name: HashMap<&'c str, usize>,
    /// Where the references of the body stand in the HTML.
    pub(super) spans: Vec<Range<usize>>,
    /// Whether a note is being written rather than the body.
    pub(super) writing: bool,
}

struct Note {
    start: usize,
    /// Its part of ids: the name as a slug.
    key: String,
    references: usize,
}

impl<'c> Notes<'c> {
    pub(super) fn define(&mut self, definitions: HashMap<&'c str, usize>) {
        self.definitions = definitions;
    }
}

impl<'c> Writer<'c> {
    /// A reference: a small number that leads to the note.
    pub(super) fn reference(&mut self, name: &'c str) {
        let Some(start) = self.notes.definitions.get(name).copied() else {
            self.words(&format!("[^{name}]"));
            return;
        };
        let index = match self.notes.by_name.get(name) {
            Some(index) => *index,
            None => {
                let made = slug(name);
                let wanted = if made.is_empty() { "note".to_owned() } else { made };
                let id = self.ids.unique(format!("fn-{wanted}"));
                let key = id.strip_prefix("fn-").unwrap_or(&id).to_owned();
                self.notes.used.push(Note { start, key, references: 0 });
                self.notes.by_name.insert(name, self.notes.used.len() - 1);
                self.notes.used.len() - 1
            }
        };
        let Some(note) = self.notes.used.get_mut(index) else { return };
        note.references += 1;
        let (key, times) = (note.key.clone(), note.references);
        self.ids.reserve(&reference_id(&key, times));
        let start = self.out.len();
        self.out.push_str("<sup class=\"fnref\"><a id=\"");
        push_attribute(&mut self.out, self.cx.style.id_prefix);
        push_attribute(&mut self.out, &reference_id(&key, times));
        self.out.push_str("\" href=\"#");
        push_attribute(&mut self.out, self.cx.style.id_prefix);
        self.out.push_str("fn-");
        push_attribute(&mut self.out, &key);
        self.out.push_str(&format!("\">{}</a></sup>", index + 1));
        if !self.notes.writing {
            self.notes.spans.push(start..self.out.len());
        }
    }

    /// Passes over a note where it is defined; it is written at the end.
    pub(super) fn pass_definition(&mut self) {
        self.at = self.end_of_definition(self.at - 1) + 1;
    }

    /// Index of the event that ends the note which starts at an index.
    fn end_of_definition(&self, start: usize) -> usize {
        let mut depth = 0usize;
        for (index, (event, _)) in self.events.iter().enumerate().skip(start) {
            match event {
                Event::Start(Tag::FootnoteDefinition(_)) => depth += 1,
                Event::End(TagEnd::FootnoteDefinition) => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                return index;
            }
        }
        self.events.len()
    }

    /// Writes the list of notes. Notes may bring up further notes while they are written, and
    /// only when all are written is it known how often each is referred to.
    pub(super) fn write_notes(&mut self) {
        if self.notes.used.is_empty() {
            self.tell_unused();
            return;
        }
        self.notes.writing = true;
        // Notes stand before text that was read already: nothing of them is to be passed over.
        self.skip_until = 0;
        let body = std::mem::take(&mut self.out);
        let open = std::mem::take(&mut self.open);
        let mut written = Vec::new();
        while let Some(note) = self.notes.used.get(written.len()) {
            let start = note.start;
            self.at = start + 1;
            self.run(self.end_of_definition(start));
            self.plain_line();
            written.push(std::mem::take(&mut self.out));
        }
        self.tell_unused();
        self.out = body;
        self.open = open;
        self.line();
        self.out.push_str("<section class=\"footnotes\" role=\"group\" aria-label=\"");
        push_attribute(&mut self.out, &self.cx.style.labels.footnotes);
        self.out.push_str("\">\n<ol>\n");
        for (note, html) in std::mem::take(&mut self.notes.used).iter().zip(&written) {
            self.write_note(note, html);
        }
        self.out.push_str("</ol>\n</section>\n");
        self.notes.writing = false;
    }

    /// Tells of notes that nothing refers to.
    fn tell_unused(&mut self) {
        for (name, start) in &self.notes.definitions {
            if !self.notes.by_name.contains_key(name)
                && let Some((_, range)) = self.events.get(*start)
            {
                self.done.problems.push(problem::unused_footnote(range.clone(), name));
            }
        }
    }

    fn write_note(&mut self, note: &Note, html: &str) {
        self.out.push_str("<li id=\"");
        push_attribute(&mut self.out, self.cx.style.id_prefix);
        self.out.push_str("fn-");
        push_attribute(&mut self.out, &note.key);
        self.out.push_str("\">");
        let html = html.trim_end();
        // The way back stands at the end of the last paragraph, if the note ends with one.
        let (inside, after) = match html.strip_suffix("</p>") {
            Some(inside) => (inside, "</p>"),
            None => (html, ""),
        };
        self.out.push_str(inside);
        for times in 1..=note.references {
            self.write_way_back(&note.key, times);
        }
        self.out.push_str(after);
        self.out.push_str("</li>\n");
    }

    fn write_way_back(&mut self, key: &str, times: usize) {
        self.out.push_str(" <a class=\"backref\" href=\"#");
        push_attribute(&mut self.out, self.cx.style.id_prefix);
        push_attribute(&mut self.out, &reference_id(key, times));
        self.out.push_str("\" aria-label=\"");
        push_attribute(&mut self.out, &self.cx.style.labels.back_to_text);
        if times > 1 {
            self.out.push_str(&format!(" {times}"));
        }
        self.out.push_str("\">↩");
        if times > 1 {
            self.out.push_str("<sup>");
            push_text(&mut self.out, &times.to_string());
            self.out.push_str("</sup>");
        }
        self.out.push_str("</a>");
    }
}

fn reference_id(key: &str, times: usize) -> String {
    if times == 1 { format!("fnref-{key}") } else { format!("fnref-{key}-{times}") }
}
