//! The writer: walks the events once and writes HTML and plain text side by side.
//!
//! This file holds the walk and the blocks. Text, links, images, headings, footnotes and raw HTML
//! are in the files of those names, as further methods of [`Writer`].

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use pulldown_cmark::{Alignment, BlockQuoteKind, CodeBlockKind, Event, Tag, TagEnd};

use super::code::Highlighter;
use super::embed::OpenRaw;
use super::footnote::Notes;
use super::heading::Ids;
use super::math::Math;
use super::parse::Item;
use super::{Rendered, Resolver, Style, problem};
use crate::text::excerpt::words;
use crate::text::html::{push_attribute, push_text};

/// What the writer needs to know.
pub(super) struct Context<'c> {
    pub(super) source: &'c str,
    pub(super) style: &'c Style<'c>,
    pub(super) resolver: &'c dyn Resolver,
    pub(super) highlighter: &'c Highlighter,
    pub(super) math: &'c Math,
}

/// The state of the walk.
pub(super) struct Writer<'c> {
    pub(super) cx: Context<'c>,
    pub(super) events: &'c [Item<'c>],
    /// Index of the next event.
    pub(super) at: usize,
    /// The HTML being written: the body's or a footnote's.
    pub(super) out: String,
    /// Everything else that comes out.
    pub(super) done: Rendered,
    /// What closes the elements that are open, outermost first.
    pub(super) open: Vec<&'static str>,
    /// Bytes of the source before this one are dealt with, though their events are still to come.
    pub(super) skip_until: usize,
    /// How many links are open around the text; more than none and bare addresses stay text.
    pub(super) in_link: usize,
    /// Elements of the author's own HTML that are open.
    pub(super) raw: OpenRaw,
    pub(super) ids: Ids,
    pub(super) notes: Notes<'c>,
    /// Place in `out` where a table of contents is wanted.
    pub(super) toc_at: Option<usize>,
    /// Links to ids on this page, to be checked at the end.
    pub(super) fragments: Vec<(String, Range<usize>)>,
    /// Links, hashtags and nicknames noted so far; the last two with their sign in front.
    pub(super) seen: HashSet<String>,
    pub(super) images: usize,
    /// Place in `open` of the label of a task.
    label: Option<usize>,
    table: TableState,
}

#[derive(Default)]
struct TableState {
    alignments: Vec<Alignment>,
    column: usize,
    head: bool,
    count: usize,
}

impl<'c> Writer<'c> {
    pub(super) fn new(cx: Context<'c>, events: &'c [Item<'c>]) -> Self {
        let length = cx.source.len();
        let mut writer = Self {
            events,
            at: 0,
            out: String::with_capacity(length + length / 2),
            done: Rendered { plain: String::with_capacity(length), ..Rendered::default() },
            open: Vec::new(),
            skip_until: 0,
            in_link: 0,
            raw: OpenRaw::default(),
            ids: Ids::new(cx.style),
            notes: Notes::default(),
            toc_at: None,
            fragments: Vec::new(),
            seen: HashSet::new(),
            images: 0,
            label: None,
            table: TableState::default(),
            cx,
        };
        if !writer.cx.style.plain {
            writer.look_ahead();
        }
        writer
    }

    /// Notes what must be known before it is met: chosen ids and where footnotes are defined.
    fn look_ahead(&mut self) {
        let mut definitions = HashMap::new();
        for (index, (event, _)) in self.events.iter().enumerate() {
            match event {
                Event::Start(Tag::Heading { id: Some(id), .. }) => self.ids.expect(id),
                Event::Start(Tag::FootnoteDefinition(name)) => {
                    definitions.entry(&**name).or_insert(index);
                }
                _ => {}
            }
        }
        self.notes.define(definitions);
    }

    /// Walks everything and gives the result.
    pub(super) fn finish(mut self) -> Rendered {
        self.run(self.events.len());
        self.write_notes();
        self.insert_contents();
        self.check_fragments();
        let mut done = self.done;
        done.plain.truncate(done.plain.trim_end().len());
        let indent = done.plain.len() - done.plain.trim_start_matches('\n').len();
        done.plain.drain(..indent);
        done.words = words(&done.plain);
        done.problems.sort_by_key(|p| p.range.start);
        done.html = self.out;
        done
    }

    /// Walks up to the event with this index.
    pub(super) fn run(&mut self, end: usize) {
        let events = self.events;
        while self.at < end {
            let Some((event, range)) = events.get(self.at) else { return };
            self.at += 1;
            self.event(event, range);
        }
    }

    fn event(&mut self, event: &'c Event<'c>, range: &Range<usize>) {
        match event {
            Event::Start(tag) => self.start(tag, range),
            Event::End(tag) => self.end(*tag),
            Event::Text(_) => {
                self.at -= 1;
                self.text_run();
            }
            Event::Code(code) => {
                self.out.push_str("<code>");
                self.words(code);
                self.out.push_str("</code>");
            }
            Event::InlineMath(latex) => self.formula(latex, range, false),
            Event::DisplayMath(latex) => self.formula(latex, range, true),
            Event::Html(html) | Event::InlineHtml(html) => self.raw_inline(html, range),
            Event::FootnoteReference(name) => self.reference(name),
            Event::SoftBreak => {
                self.out.push('\n');
                self.done.plain.push(' ');
            }
            Event::HardBreak => {
                self.out.push_str("<br>\n");
                self.done.plain.push('\n');
            }
            Event::Rule => {
                self.line();
                self.out.push_str("<hr>\n");
            }
            Event::TaskListMarker(checked) => self.task(*checked),
        }
    }

    /// Writes text to both sides, escaped on the HTML one.
    pub(super) fn words(&mut self, text: &str) {
        push_text(&mut self.out, text);
        self.done.plain.push_str(text);
    }

    /// Makes sure that what follows starts a line.
    pub(super) fn line(&mut self) {
        if !self.out.is_empty() && !self.out.ends_with('\n') {
            self.out.push('\n');
        }
    }

    pub(super) fn plain_line(&mut self) {
        if !self.done.plain.is_empty() && !self.done.plain.ends_with('\n') {
            self.done.plain.push('\n');
        }
    }

    fn block(&mut self, start: &str, end: &'static str) {
        self.line();
        self.plain_line();
        self.inline(start, end);
    }

    pub(super) fn inline(&mut self, start: &str, end: &'static str) {
        self.out.push_str(start);
        self.open.push(end);
    }

    fn start(&mut self, tag: &'c Tag<'c>, range: &Range<usize>) {
        if !is_inline(tag) {
            self.close_label();
            self.raw.end_paragraph();
        }
        match tag {
            Tag::Paragraph => {
                if !self.contents_mark() && !self.figure() {
                    self.block("<p>", "</p>\n");
                }
            }
            Tag::Heading { level, id, classes, attrs } => {
                self.start_heading(*level as u8, id.as_deref(), classes, attrs);
            }
            Tag::BlockQuote(None) => self.block("<blockquote>\n", "</blockquote>\n"),
            Tag::BlockQuote(Some(kind)) => self.alert(*kind),
            Tag::CodeBlock(kind) => self.code_block(kind),
            Tag::HtmlBlock => self.html_block(range),
            Tag::List(Some(1)) => self.block("<ol>\n", "</ol>\n"),
            Tag::List(Some(start)) => self.block(&format!("<ol start=\"{start}\">\n"), "</ol>\n"),
            Tag::List(None) => self.block("<ul>\n", "</ul>\n"),
            Tag::Item => {
                let start = if self.is_task() { "<li class=\"task\">" } else { "<li>" };
                self.block(start, "</li>\n");
            }
            Tag::FootnoteDefinition(_) => self.pass_definition(),
            Tag::DefinitionList => self.block("<dl>\n", "</dl>\n"),
            Tag::DefinitionListTitle => self.block("<dt>", "</dt>\n"),
            Tag::DefinitionListDefinition => self.block("<dd>", "</dd>\n"),
            Tag::Table(alignments) => self.start_table(alignments),
            Tag::TableHead => {
                self.table.head = true;
                self.table.column = 0;
                self.inline("<thead><tr>", "</tr></thead><tbody>\n");
            }
            Tag::TableRow => {
                self.table.column = 0;
                self.inline("<tr>", "</tr>\n");
            }
            Tag::TableCell => self.start_cell(),
            Tag::Emphasis => self.inline("<em>", "</em>"),
            Tag::Strong => self.inline("<strong>", "</strong>"),
            Tag::Strikethrough => self.inline("<del>", "</del>"),
            Tag::Superscript => self.inline("<sup>", "</sup>"),
            Tag::Subscript => self.inline("<sub>", "</sub>"),
            Tag::Link { link_type, dest_url, title, .. } => {
                self.start_link(*link_type, dest_url, title, range);
            }
            Tag::Image { .. } => self.image(tag, range, false),
            // The extension is off, so none of these arrive; the closer keeps the books balanced.
            Tag::MetadataBlock(_) => self.open.push(""),
        }
    }

    fn end(&mut self, tag: TagEnd) {
        if !is_inline_end(tag) {
            self.close_label();
        }
        match tag {
            TagEnd::Heading(_) => self.heading_anchor(),
            TagEnd::Link => self.in_link = self.in_link.saturating_sub(1),
            TagEnd::TableHead => self.table.head = false,
            TagEnd::TableCell => {
                self.table.column += 1;
                self.done.plain.push(' ');
            }
            _ => {}
        }
        if let Some(closer) = self.open.pop() {
            self.out.push_str(closer);
        }
        if matches!(
            tag,
            TagEnd::Paragraph
                | TagEnd::Heading(_)
                | TagEnd::Item
                | TagEnd::TableHead
                | TagEnd::TableRow
                | TagEnd::DefinitionListTitle
                | TagEnd::DefinitionListDefinition
        ) {
            self.plain_line();
        }
    }

    fn alert(&mut self, kind: BlockQuoteKind) {
        let labels = self.cx.style.labels;
        let (class, title) = match kind {
            BlockQuoteKind::Note => ("note", &labels.note),
            BlockQuoteKind::Tip => ("tip", &labels.tip),
            BlockQuoteKind::Important => ("important", &labels.important),
            BlockQuoteKind::Warning => ("warning", &labels.warning),
            BlockQuoteKind::Caution => ("caution", &labels.caution),
        };
        self.block("<div class=\"alert ", "</div>\n");
        self.out.push_str(class);
        self.out.push_str("\">\n<p class=\"alert-title\">");
        push_text(&mut self.out, title);
        self.out.push_str("</p>\n");
    }

    fn code_block(&mut self, kind: &CodeBlockKind<'_>) {
        let code = self.take_texts(TagEnd::CodeBlock);
        let info = match kind {
            CodeBlockKind::Fenced(info) => &**info,
            CodeBlockKind::Indented => "",
        };
        let plain = self.cx.style.plain;
        let mut language = info.split_ascii_whitespace().next().unwrap_or_default();
        if !plain {
            // `rust,ignore` and `js{1,3}` name a language and something for other tools.
            language = language.split([',', '{']).next().unwrap_or_default();
        }
        self.line();
        let pre = if plain { "<pre><code" } else { "<pre class=\"code\" tabindex=\"0\"><code" };
        self.out.push_str(pre);
        if !language.is_empty() {
            self.out.push_str(" class=\"language-");
            push_attribute(&mut self.out, language);
            self.out.push('"');
        }
        self.out.push('>');
        if plain || language.is_empty() {
            push_text(&mut self.out, &code);
        } else {
            let block = self.cx.highlighter.write(&mut self.out, &code, language);
            self.done.code.extend(block);
        }
        self.out.push_str("</code></pre>\n");
        self.done.plain.push_str(&code);
        self.plain_line();
    }

    /// The text of all events up to an end, which is passed.
    pub(super) fn take_texts(&mut self, end: TagEnd) -> String {
        let mut text = String::new();
        while let Some((event, _)) = self.events.get(self.at) {
            self.at += 1;
            match event {
                Event::Text(part) | Event::Html(part) => text.push_str(part),
                Event::End(tag) if *tag == end => break,
                _ => {}
            }
        }
        text
    }

    fn start_table(&mut self, alignments: &[Alignment]) {
        self.table.alignments = alignments.to_vec();
        self.table.count += 1;
        self.block("<div class=\"table\" tabindex=\"0\" role=\"group\" aria-label=\"", "");
        push_attribute(&mut self.out, &self.cx.style.labels.table);
        if self.table.count > 1 {
            self.out.push_str(&format!(" {}", self.table.count));
        }
        self.out.push_str("\"><table>\n");
        self.open.pop();
        self.open.push("</tbody></table></div>\n");
    }

    fn start_cell(&mut self) {
        let class = match self.table.alignments.get(self.table.column) {
            Some(Alignment::Left) => " class=\"align-left\">",
            Some(Alignment::Center) => " class=\"align-center\">",
            Some(Alignment::Right) => " class=\"align-right\">",
            _ => ">",
        };
        let empty = matches!(self.events.get(self.at), Some((Event::End(TagEnd::TableCell), _)));
        // A heading cell without words would be read out as a heading of nothing.
        let (start, end) =
            if self.table.head && !empty { ("<th", "</th>") } else { ("<td", "</td>") };
        self.inline(start, end);
        self.out.push_str(class);
    }

    fn is_task(&self) -> bool {
        let mut ahead = self.events.iter().skip(self.at).map(|(event, _)| event);
        match ahead.next() {
            Some(Event::TaskListMarker(_)) => true,
            Some(Event::Start(Tag::Paragraph)) => {
                matches!(ahead.next(), Some(Event::TaskListMarker(_)))
            }
            _ => false,
        }
    }

    fn task(&mut self, checked: bool) {
        let has_text = !self.text_ahead(self.at).trim().is_empty();
        if has_text {
            self.label = Some(self.open.len());
            self.inline("<label>", "</label>");
        }
        self.out.push_str("<input type=\"checkbox\" disabled");
        if checked {
            self.out.push_str(" checked");
        }
        if !has_text {
            self.out.push_str(" aria-label=\"");
            push_attribute(&mut self.out, &self.cx.style.labels.task);
            self.out.push('"');
        }
        self.out.push_str("> ");
    }

    /// Closes the label of a task before its item or a block inside it.
    fn close_label(&mut self) {
        if let Some(place) = self.label
            && place + 1 == self.open.len()
        {
            self.open.pop();
            self.out.truncate(self.out.trim_end_matches('\n').len());
            self.out.push_str("</label>");
            self.label = None;
        }
    }

    fn formula(&mut self, latex: &str, range: &Range<usize>, block: bool) {
        if let Err(bad) = self.cx.math.write(&mut self.out, latex, block) {
            let delimiter = if block { 2 } else { 1 };
            let inside = range.start + delimiter;
            // In quotes and lists the formula is shorter than its source; then all of it is meant.
            let exact = self.cx.source.get(inside..inside + latex.len()) == Some(latex);
            let range = if exact {
                inside + bad.range.start..inside + bad.range.end.max(bad.range.start + 1)
            } else {
                range.clone()
            };
            self.done.problems.push(problem::bad_formula(range, &bad.message));
            self.out.push_str("<code>");
            push_text(&mut self.out, latex);
            self.out.push_str("</code>");
        }
        self.done.plain.push_str(latex);
    }

    /// The plain text of what follows, up to the end of the element or the next block.
    pub(super) fn text_ahead(&self, from: usize) -> String {
        let mut text = String::new();
        let mut depth = 0usize;
        let mut events = self.events.iter().skip(from).map(|(event, _)| event);
        while let Some(event) = events.next() {
            match event {
                Event::Start(Tag::Link { link_type, dest_url, .. }) => {
                    depth += 1;
                    if let Some(label) = super::link::wiki_label(*link_type, dest_url) {
                        text.push_str(&label);
                        // The name itself follows as text.
                        events.next();
                    }
                }
                Event::Start(tag) if is_inline(tag) => depth += 1,
                Event::Start(_) => break,
                Event::End(_) if depth == 0 => break,
                Event::End(_) => depth -= 1,
                Event::Text(t) | Event::Code(t) | Event::InlineMath(t) | Event::DisplayMath(t) => {
                    text.push_str(t);
                }
                Event::SoftBreak | Event::HardBreak => text.push(' '),
                _ => {}
            }
        }
        text
    }

    /// Keeps what stands before the mark as the teaser, with everything open closed.
    pub(super) fn mark_more(&mut self) {
        if self.done.more.is_some() || self.notes.writing || self.out.trim().is_empty() {
            return;
        }
        let mut teaser = self.out.clone();
        for span in self.notes.spans.iter().rev() {
            teaser.replace_range(span.clone(), "");
        }
        let mut open = self.open.as_slice();
        if let Some(bare) = teaser.trim_end().strip_suffix("<p>") {
            teaser.truncate(bare.len());
            open = open.split_last().map_or(open, |(_, rest)| rest);
        }
        teaser.truncate(teaser.trim_end().len());
        for closer in open.iter().rev() {
            teaser.push_str(closer);
        }
        teaser.truncate(teaser.trim_end().len());
        self.done.more = Some(teaser).filter(|t| !t.trim().is_empty());
    }
}

pub(super) fn is_inline(tag: &Tag<'_>) -> bool {
    matches!(
        tag,
        Tag::Emphasis
            | Tag::Strong
            | Tag::Strikethrough
            | Tag::Superscript
            | Tag::Subscript
            | Tag::Link { .. }
            | Tag::Image { .. }
    )
}

fn is_inline_end(tag: TagEnd) -> bool {
    matches!(
        tag,
        TagEnd::Emphasis
            | TagEnd::Strong
            | TagEnd::Strikethrough
            | TagEnd::Superscript
            | TagEnd::Subscript
            | TagEnd::Link
            | TagEnd::Image
    )
}
