//! The Markdown of posts and lists to HTML, and what the other steps need to know about each text.
//!
//! What is known of a text from the last build stands as long as its file is the same and the site
//! gives the same answers to what the text asked. The HTML itself is not kept from build to build:
//! it is rendered when an output that shows it must be made. Nor is all of it held at once where it
//! is much: then a text is rendered again when its page is made.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use serde::{Deserialize, Serialize};

use super::links::{Index, Pending, PostLinks, Question};
use crate::config::Language;
use crate::error::{Failure, Problem, Source};
use crate::model::{Body, Permalink, Post};
use crate::site::{ListText, Site};
use crate::stamp::{Stamp, Stamper};
use crate::text::excerpt::first_words;
use crate::text::markdown::{Blocks, Labels, Markdown, Rendered, Severity, Style};
use crate::text::slug::tag_slug;
use crate::words::{self, Words};

/// Words of a text that stand for it where it has no title.
const OPENING: usize = 9;

/// What others need to know of a text.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Facts {
    /// A post's tags: the written ones, then hashtags, each once. Slug and name.
    pub tags: Vec<(String, String)>,
    /// Wiki names that have no page.
    pub wanted: Vec<String>,
    /// Paths that no post has; lists may have them.
    pub pending: Vec<Pending>,
    /// Pages of this site that it links.
    pub linked: Vec<Permalink>,
    /// Its first words.
    pub opening: String,
    /// How many tags of another generator it holds, and where the first stands in its file.
    pub foreign: Option<(usize, Range<usize>)>,
    /// Whether it shows pictures with smaller copies.
    pub copies: bool,
    /// The highlighted blocks in it.
    pub code: Vec<Stamp>,
}

/// What is known of a text, from this build or the one before.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Known {
    /// What others need to know.
    pub facts: Facts,
    /// What is wrong with it.
    pub problems: Vec<Problem>,
    /// What it asked the site, and the stamps of the answers.
    asked: Vec<(Question, Stamp)>,
}

impl Known {
    /// Lets go of what was reserved and not needed: it stays as long as the build.
    fn shrink(&mut self) {
        let Self { facts, problems, asked } = self;
        facts.tags.shrink_to_fit();
        facts.wanted.shrink_to_fit();
        facts.pending.shrink_to_fit();
        facts.linked.shrink_to_fit();
        facts.opening.shrink_to_fit();
        facts.code.shrink_to_fit();
        problems.shrink_to_fit();
        asked.shrink_to_fit();
    }
}

/// A text: what is known of it, and its HTML once somebody has asked for it.
#[derive(Debug, Default)]
pub struct Text {
    /// What is known.
    pub known: Box<Known>,
    /// The stamp of the file and of all answers: equal stamps mean equal HTML.
    pub stamp: Stamp,
    rendered: OnceLock<Arc<Rendered>>,
    /// The text without markup, where the rest is not held.
    plain: OnceLock<Box<str>>,
}

impl Text {
    /// What others need to know of it.
    pub fn facts(&self) -> &Facts {
        &self.known.facts
    }

    fn new(body: &Body, known: Box<Known>) -> Self {
        let mut stamper = Stamper::default();
        stamper.text(&body.file).stamp(body.stamp);
        for (_, answer) in &known.asked {
            stamper.stamp(*answer);
        }
        Self { stamp: stamper.finish(), known, rendered: OnceLock::new(), plain: OnceLock::new() }
    }
}

/// A text by its stamp, rendered.
type Last = (Stamp, Arc<Rendered>);

/// Where a text stands.
struct Place<'t> {
    body: &'t Body,
    permalink: &'t Permalink,
    section: usize,
}

/// The written tags, then hashtags, each once: slug and name.
fn all_tags(written: &[String], hashtags: &[String]) -> Vec<(String, String)> {
    let mut tags: Vec<(String, String)> = Vec::new();
    for name in written.iter().chain(hashtags) {
        let slug = tag_slug(name);
        if !slug.is_empty() && !tags.iter().any(|(known, _)| *known == slug) {
            tags.push((slug, name.clone()));
        }
    }
    tags
}

/// What rendering needs.
pub struct Renderer<'a, 's> {
    markdown: Markdown,
    site: &'s Site,
    index: &'a Index<'s>,
    labels: Vec<Labels>,
    /// Bytes of rendered texts that may be held, and that are.
    room: usize,
    held: AtomicUsize,
    /// The text that each thread rendered last, if it is not held.
    last: Vec<Mutex<Option<Last>>>,
}

impl<'a, 's> Renderer<'a, 's> {
    /// A renderer for a site.
    pub fn new(site: &'s Site, index: &'a Index<'s>, markdown: Markdown, room: usize) -> Self {
        let labels = |language: &Language| labels(words::for_language(&language.code));
        let labels = site.config.languages.iter().map(labels).collect();
        let threads = 0..=rayon::current_num_threads();
        let last = threads.map(|_| Mutex::default()).collect();
        Self { markdown, site, index, labels, room, held: AtomicUsize::new(0), last }
    }

    /// All blocks that are highlighted by now.
    pub fn into_blocks(self) -> Blocks {
        self.markdown.into_blocks()
    }

    /// The text of a post; rendered now unless what is known of it still stands.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn post(&self, post: &Post, known: Option<Box<Known>>) -> Result<Text, Failure> {
        let place = Place { body: &post.body, permalink: &post.permalink, section: post.section };
        self.text(&place, &post.tags, known, |source, links| self.render_post(post, source, links))
    }

    /// The text of a list page, likewise.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn list(&self, list: &ListText, known: Option<Box<Known>>) -> Result<Text, Failure> {
        let place = Place { body: &list.body, permalink: &list.permalink, section: list.section };
        self.text(&place, &[], known, |source, links| self.render_list(list, source, links))
    }

    fn text(
        &self,
        place: &Place<'_>,
        tags: &[String],
        known: Option<Box<Known>>,
        render: impl Fn(&Source, &PostLinks<'_, '_>) -> Rendered,
    ) -> Result<Text, Failure> {
        let Place { body, permalink, section } = *place;
        let links = PostLinks::new(self.index, &body.file, permalink, section);
        if let Some(known) = known.filter(|known| links.answers_stand(&known.asked)) {
            return Ok(Text::new(body, known));
        }
        let source = self.site.source(body)?;
        let links = PostLinks::new(self.index, &body.file, permalink, section);
        let mut rendered = render(&source, &links);
        body.held.release();
        let mut known = self.learn(body, &source, &mut rendered, links);
        known.facts.tags = all_tags(tags, &rendered.hashtags);
        known.shrink();
        rendered.html.shrink_to_fit();
        rendered.plain.shrink_to_fit();
        let text = Text::new(body, Box::new(known));
        if let Some(rendered) = self.hold(&text, Arc::new(rendered)) {
            text.plain.get_or_init(|| rendered.plain.as_str().into());
        }
        Ok(text)
    }

    /// Holds a rendered text, if there is room; else gives it back.
    fn hold(&self, text: &Text, rendered: Arc<Rendered>) -> Option<Arc<Rendered>> {
        let size = rendered.html.len().saturating_add(rendered.plain.len());
        if self.held.fetch_add(size, Ordering::Relaxed).saturating_add(size) > self.room {
            self.held.fetch_sub(size, Ordering::Relaxed);
            return Some(rendered);
        }
        text.rendered.get_or_init(|| rendered);
        None
    }

    /// The HTML of a post's text.
    ///
    /// # Errors
    /// A file that cannot be read any more.
    pub fn html(&self, post: &Post, text: &Text) -> Result<Arc<Rendered>, Failure> {
        self.again(&post.body, text, |source| {
            let links = PostLinks::new(self.index, post.file(), &post.permalink, post.section);
            self.render_post(post, source, &links)
        })
    }

    /// The HTML of a list's text.
    ///
    /// # Errors
    /// A file that cannot be read any more.
    pub fn list_html(&self, list: &ListText, text: &Text) -> Result<Arc<Rendered>, Failure> {
        self.again(&list.body, text, |source| {
            let links = PostLinks::new(self.index, &list.body.file, &list.permalink, list.section);
            self.render_list(list, source, &links)
        })
    }

    /// A post's text without markup.
    ///
    /// # Errors
    /// A file that cannot be read any more.
    pub fn plain<'t>(&self, post: &Post, text: &'t Text) -> Result<Cow<'t, str>, Failure> {
        let held = text.rendered.get().map(|rendered| rendered.plain.as_str());
        match held.or(text.plain.get().map(Box::as_ref)) {
            Some(plain) => Ok(plain.into()),
            None => Ok(self.html(post, text)?.plain.clone().into()),
        }
    }

    fn again(
        &self,
        body: &Body,
        text: &Text,
        render: impl Fn(&Source) -> Rendered,
    ) -> Result<Arc<Rendered>, Failure> {
        if let Some(rendered) = text.rendered.get() {
            return Ok(Arc::clone(rendered));
        }
        let last = || {
            let thread = rayon::current_thread_index().unwrap_or(rayon::current_num_threads());
            let slot = self.last.get(thread);
            slot.map(|slot| slot.lock().unwrap_or_else(PoisonError::into_inner))
        };
        // A page asks for its text several times.
        let same = last().and_then(|last| last.clone().filter(|(of, _)| *of == text.stamp));
        if let Some((_, rendered)) = same {
            return Ok(rendered);
        }
        let rendered = Arc::new(render(&*self.site.source(body)?));
        if let Some(rendered) = self.hold(text, Arc::clone(&rendered))
            && let Some(mut last) = last()
        {
            *last = Some((text.stamp, rendered));
        }
        Ok(rendered)
    }

    /// What a text tells about itself.
    fn learn(
        &self,
        body: &Body,
        source: &Source,
        rendered: &mut Rendered,
        links: PostLinks<'_, '_>,
    ) -> Known {
        let foreign = self.site.config.content.foreign;
        let found = std::mem::take(&mut rendered.problems);
        let problems = found.into_iter().map(|problem| {
            let start = body.range.start.saturating_add(problem.range.start);
            let end = body.range.start.saturating_add(problem.range.end);
            let mut shown = source.problem(start..end, problem.message);
            shown.hint = problem.hint;
            // Another generator's text builds as it is.
            let warning = problem.severity == Severity::Warning || foreign;
            if warning { shown.warning() } else { shown }
        });
        let problems = problems.collect();
        let notes = links.into_notes();
        let wanted = rendered.wiki_links.iter().filter(|link| link.found.is_none());
        let facts = Facts {
            tags: Vec::new(),
            wanted: wanted.map(|link| link.page.clone()).collect(),
            pending: notes.pending,
            linked: notes.linked,
            opening: first_words(&rendered.plain, OPENING),
            foreign: foreign.then(|| super::foreign::count(source, body)).flatten(),
            copies: rendered.html.contains("<picture>"),
            code: std::mem::take(&mut rendered.code),
        };
        Known { facts, problems, asked: notes.asked }
    }

    fn render_post(&self, post: &Post, source: &Source, links: &PostLinks<'_, '_>) -> Rendered {
        let prefix = format!("{}-", path_id(&post.permalink));
        let text = self.markdown_of(source, &post.body);
        let style = Style {
            hashtags: post.is_post() && post.title.is_none(),
            lang: &post.lang,
            id_prefix: &prefix,
            // The page's own heading is the post's title.
            shift: u8::from(post.title.is_some() && has_top_heading(&text)),
            ..self.style(post.section)
        };
        self.markdown.render(&text, &style, links)
    }

    fn render_list(&self, list: &ListText, source: &Source, links: &PostLinks<'_, '_>) -> Rendered {
        let text = self.markdown_of(source, &list.body);
        let shift = u8::from(has_top_heading(&text));
        self.markdown.render(&text, &Style { shift, ..self.style(list.section) }, links)
    }

    fn markdown_of<'t>(&self, source: &'t Source, body: &Body) -> std::borrow::Cow<'t, str> {
        let text = source.text.get(body.range.clone()).unwrap_or("");
        if self.site.config.content.foreign { super::foreign::shown(text) } else { text.into() }
    }

    /// Renders a short text of a data file or the configuration. Its links are not judged.
    pub fn short(&self, text: &str, section: usize) -> String {
        let home = Permalink::page("/");
        let links = PostLinks::new(self.index, "", &home, section);
        self.markdown.render(text, &self.style(section), &links).html
    }

    fn style(&self, section: usize) -> Style<'_> {
        let style = Style::default();
        match self.labels.get(section) {
            Some(labels) => Style { labels, ..style },
            None => style,
        }
    }
}

/// A first-level heading in the text would stand beside the page's own. Code has no headings.
fn has_top_heading(text: &str) -> bool {
    let mut fenced = false;
    text.lines().any(|line| {
        let start = line.trim_start();
        fenced ^= start.starts_with("```") || start.starts_with("~~~");
        !fenced && (line.starts_with("# ") || line.starts_with("==="))
    })
}

/// A part of an id that stands for a post: letters, digits and hyphens only.
pub fn path_id(permalink: &Permalink) -> String {
    let path = permalink.as_str().trim_matches('/');
    path.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect()
}

fn labels(words: &Words) -> Labels {
    let own = |text: &str| text.to_owned().into();
    Labels {
        note: own(words.alert("note")),
        tip: own(words.alert("tip")),
        important: own(words.alert("important")),
        warning: own(words.alert("warning")),
        caution: own(words.alert("caution")),
        footnotes: own(words.word("footnotes")),
        table: own(words.word("table")),
        contents: own(words.word("table_of_contents")),
        wanted: own(words.word("wanted_title")),
        back_to_text: own(words.phrase("footnote_back", &[("n", "")]).trim()),
        link_to_section: own(&words.phrase("section_link", &[("title", "{title}")])),
        ..Labels::default()
    }
}

/// The problem of a link to a path that nothing has.
pub fn dead_link(source: &Source, body: &Body, target: &str) -> Problem {
    let text = source.text.get(body.range.clone()).unwrap_or("");
    let start = place_of(text, target).saturating_add(body.range.start);
    source.problem(
        start..start.saturating_add(target.len()),
        format!("nothing of this site is at {target}"),
    )
}

/// Where a link's target stands in a text: as a whole, not as the beginning of another.
fn place_of(text: &str, target: &str) -> usize {
    let whole = |at: &usize| {
        let before = text.get(..*at).and_then(|before| before.chars().next_back());
        let end = at.saturating_add(target.len());
        let after = text.get(end..).and_then(|after| after.chars().next());
        before.is_some_and(|c| "(<\"' :".contains(c))
            && after.is_none_or(|c| ")>\"'".contains(c) || c.is_whitespace())
    };
    let places = || text.match_indices(target).map(|(at, _)| at);
    places().find(whole).or_else(|| places().next()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::has_top_heading;

    #[test]
    fn code_has_no_headings() {
        assert!(has_top_heading("text\n\n# One\n"));
        assert!(has_top_heading("One\n===\n"));
        assert!(!has_top_heading("## Two\n\n```sh\n# a comment\n```\n"));
        assert!(has_top_heading("```\n# a comment\n```\n\n# One\n"));
    }
}
