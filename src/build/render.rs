//! The Markdown of every visible post to HTML, in parallel, with what the other steps need to know
//! about it.

use rayon::prelude::*;

use super::links::{Index, Pending, PostLinks};
use crate::config::Language;
use crate::error::Problem;
use crate::model::{Body, Permalink, Post};
use crate::text::markdown::{Labels, Markdown, Rendered, Severity, Style};
use crate::words::{self, Words};

/// A rendered text.
#[derive(Debug, Clone, Default)]
pub struct Text {
    /// What the renderer made.
    pub rendered: Rendered,
    /// Paths that no post has; lists may have them.
    pub pending: Vec<Pending>,
    /// Pages of this site that it links.
    pub linked: Vec<Permalink>,
}

/// What rendering needs.
pub struct Renderer<'a, 's> {
    markdown: Markdown,
    index: &'a Index<'s>,
    foreign: bool,
    labels: Vec<Labels>,
}

impl<'a, 's> Renderer<'a, 's> {
    /// A renderer for a site in some languages.
    pub fn new(index: &'a Index<'s>, languages: &[Language], foreign: bool) -> Self {
        let labels = languages.iter().map(|l| labels(words::for_language(&l.code))).collect();
        Self { markdown: Markdown::new(), index, foreign, labels }
    }

    /// Renders the posts, in their order.
    pub fn posts(&self, posts: &[&Post]) -> Vec<(Text, Vec<Problem>)> {
        posts.par_iter().map(|post| self.post(post)).collect()
    }

    fn post(&self, post: &Post) -> (Text, Vec<Problem>) {
        let prefix = format!("{}-", path_id(&post.permalink));
        let style = Style {
            hashtags: post.is_post() && post.title.is_none(),
            lang: &post.lang,
            id_prefix: &prefix,
            // The page's own heading is the post's title.
            shift: u8::from(post.title.is_some() && has_top_heading(post.body.text())),
            ..self.style(post.section)
        };
        let links = PostLinks::new(self.index, post.file(), &post.permalink, post.section);
        self.render(&post.body, &style, links)
    }

    /// Renders the text of a list page.
    pub fn body(&self, body: &Body, permalink: &Permalink, section: usize) -> (Text, Vec<Problem>) {
        let links = PostLinks::new(self.index, &body.source.path, permalink, section);
        let shift = u8::from(has_top_heading(body.text()));
        self.render(body, &Style { shift, ..self.style(section) }, links)
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

    fn render(
        &self,
        body: &Body,
        style: &Style<'_>,
        links: PostLinks<'_, '_>,
    ) -> (Text, Vec<Problem>) {
        let text =
            if self.foreign { super::foreign::shown(body.text()) } else { body.text().into() };
        let mut rendered = self.markdown.render(&text, style, &links);
        let found = std::mem::take(&mut rendered.problems);
        let problems = found
            .into_iter()
            .map(|problem| {
                let start = body.range.start.saturating_add(problem.range.start);
                let end = body.range.start.saturating_add(problem.range.end);
                let mut shown = body.source.problem(start..end, problem.message);
                shown.hint = problem.hint;
                // Another generator's text builds as it is.
                let warning = problem.severity == Severity::Warning || self.foreign;
                if warning { shown.warning() } else { shown }
            })
            .collect();
        let (pending, linked) = links.into_found();
        (Text { rendered, pending, linked }, problems)
    }
}

/// A first-level heading in the text would stand beside the page's own.
fn has_top_heading(text: &str) -> bool {
    text.lines().any(|line| line.starts_with("# ") || line.starts_with("==="))
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
pub fn dead_link(body: &Body, target: &str) -> Problem {
    let start = place_of(body.text(), target).saturating_add(body.range.start);
    body.source.problem(
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
