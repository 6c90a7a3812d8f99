//! Writing from the reader: a note, or a post that answers, likes, shares or keeps another one. It
//! becomes a Markdown file, as `lanai new` writes it; the next build publishes it.
//!
//! Who sends a form twice has written once: its mark is noted before the file is made.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::{HeaderMap, Uri};
use axum::response::{IntoResponse, Redirect, Response};
use axum::{Extension, Form};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use super::super::companion::House;
use super::super::pages::sentence;
use super::super::sites::Site;
use super::item::{How, place};
use super::{Visit, encode};
use crate::error::Failure;
use crate::mentions::random;
use crate::model::{Kind, Outcome, Permalink};
use crate::reader::context::Cite;
use crate::reader::merge::hash;
use crate::reader::timeline::{Shown, by_feed};
use crate::site::{Draft, Misfit, Missing, NewPost, create, is_there, outbox};

/// How long the mark of a form is remembered.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Names of files that are tried before nothing is written.
const TRIES: usize = 100;

/// Longest address of a page, in bytes.
const LONGEST_ADDRESS: usize = 2_000;

/// Tags of a post, and characters of each.
const TAGS: (usize, usize) = (30, 80);

/// What can be written.
struct Sort {
    kind: Kind,
    /// The parameter that names the page that it is about.
    of: &'static str,
    /// Its microformats property.
    rel: &'static str,
    heading: &'static str,
}

const SORTS: [Sort; 5] = [
    Sort { kind: Kind::Reply, of: "in-reply-to", rel: "u-in-reply-to", heading: "Reply" },
    Sort { kind: Kind::Like, of: "like-of", rel: "u-like-of", heading: "Like" },
    Sort { kind: Kind::Repost, of: "repost-of", rel: "u-repost-of", heading: "Share" },
    Sort {
        kind: Kind::Bookmark,
        of: "bookmark-of",
        rel: "u-bookmark-of",
        heading: "Keep a bookmark",
    },
    NOTE,
];

const NOTE: Sort = Sort { kind: Kind::Note, of: "", rel: "", heading: "Write" };

impl Sort {
    fn named(name: &str) -> &'static Self {
        SORTS.iter().find(|sort| sort.kind.name() == name).unwrap_or(&NOTE)
    }

    /// Whether it says something without words.
    fn is_wordless(&self) -> bool {
        !matches!(self.kind, Kind::Note | Kind::Reply)
    }

    fn may_have_title(&self) -> bool {
        matches!(self.kind, Kind::Note | Kind::Bookmark)
    }
}

/// What the form says.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Given {
    csrf: String,
    mark: String,
    kind: String,
    back: String,
    url: String,
    text: String,
    title: String,
    tags: String,
    act: String,
}

/// What is not right about a form.
struct Problem {
    field: &'static str,
    words: String,
}

impl Problem {
    fn new(field: &'static str, words: impl Into<String>) -> Self {
        Self { field, words: words.into() }
    }
}

/// The form; or, with `done`, what became of a post.
pub(super) async fn form(
    State(house): State<Arc<House>>,
    Extension(site): Extension<Arc<Site>>,
    uri: Uri,
    Query(asked): Query<HashMap<String, String>>,
    headers: HeaderMap,
) -> Response {
    let door = format!("/reader/write?{}", uri.query().unwrap_or_default());
    let visit = match Visit::begin(house, site, &headers, &door).await {
        Ok(visit) => visit,
        Err(response) => return response,
    };
    let word = |key: &str| asked.get(key).cloned().unwrap_or_default();
    if let Some(mark) = asked.get("done") {
        return match done(&visit, mark, &word).await {
            Ok(Some(keys)) => visit.page("written", ("", None), keys).await,
            Ok(None) => {
                visit.message("Nothing is known of it", "It was written long ago, or never.").await
            }
            Err(failure) => visit.broken(&failure),
        };
    }
    let sort = SORTS.iter().find(|sort| asked.contains_key(sort.of)).unwrap_or(&NOTE);
    let mark = match random::name() {
        Ok(mark) => mark,
        Err(failure) => return visit.broken(&failure),
    };
    let given = Given {
        mark,
        kind: sort.kind.name().to_owned(),
        back: word("back"),
        url: word(sort.of),
        text: word("content"),
        title: word("title"),
        ..Given::default()
    };
    page(&visit, &given, None).await
}

/// The page with the form.
async fn page(visit: &Visit, given: &Given, problem: Option<Problem>) -> Response {
    let sort = Sort::named(&given.kind);
    let url = web_page(&given.url).filter(|_| sort.kind != Kind::Note);
    let cite = match &url {
        Some(url) => match cite(visit, url).await {
            Ok(cite) => Some(cite),
            Err(failure) => return visit.broken(&failure),
        },
        None => None,
    };
    let keys = json!({
        "title": sort.heading,
        "kind": sort.kind.name(),
        "rel": sort.rel,
        "cite": cite,
        "wordless": sort.is_wordless(),
        "titled": sort.may_have_title(),
        "form": {
            "url": given.url,
            "text": given.text,
            "title": given.title,
            "tags": given.tags,
        },
        "problem": problem.map(|problem| json!({ "field": problem.field, "words": problem.words })),
        "mark": given.mark,
        "back": visit.own(&given.back),
    });
    visit.page("write", ("write", None), keys).await
}

/// A page that a post is to be about, as far as it is known here. Nobody is asked for it: an address
/// that somebody else wrote must not make the daemon ask.
async fn cite(visit: &Visit, url: &Url) -> Result<Value, Failure> {
    let store = &visit.house.store;
    let pages = [hash(url.as_str())];
    let found = store.entries_at(visit.reader, &pages, 1).await?;
    let feeds: Vec<_> = found.iter().map(|entry| entry.feed).collect();
    let sources = by_feed(&store.sources(visit.reader, &feeds).await?);
    let found = found.into_iter().map(Shown::of);
    let others = found.filter_map(|one| Some((one.page()?, one))).collect();
    let cites = store.cites(&pages).await?;
    let cites = cites.iter().map(|(page, body)| (*page, Cite::read(body))).collect();
    let how = How { sources: &sources, others: &others, cites: &cites, is_whole: false };
    Ok(visit.cite(url, &how))
}

/// Writes.
pub(super) async fn write(
    State(house): State<Arc<House>>,
    Extension(site): Extension<Arc<Site>>,
    headers: HeaderMap,
    Form(given): Form<Given>,
) -> Response {
    let visit = match Visit::begin_form(house, site, &headers, &given.csrf).await {
        Ok(visit) => visit,
        Err(response) => return response,
    };
    let mark = given.whole_mark();
    let post = match given.post() {
        Ok(post) => post,
        Err(problem) => return page(&visit, &given, Some(problem)).await,
    };
    match put(&visit, &post, &mark).await {
        Ok(Ok(())) => {
            let back = encode(&visit.own(&given.back));
            let draft = if post.draft { "&draft=yes" } else { "" };
            let path = visit.path(&format!("/write?done={mark}{draft}&back={back}"));
            Redirect::to(&path).into_response()
        }
        Ok(Err(problem)) => page(&visit, &given, Some(problem)).await,
        Err(failure) => visit.broken(&failure),
    }
}

impl Given {
    /// By what it is known when it comes twice. Other words are another post: somebody has gone back
    /// to the form. A button beside a post has no mark of its own, so that one press is enough.
    fn whole_mark(&self) -> String {
        let Self { mark, kind, url, text, title, tags, act, .. } = self;
        let all = [mark, kind, url, text, title, tags, act];
        let mut hasher = blake3::Hasher::new();
        for field in all {
            hasher.update(&field.len().to_le_bytes()).update(field.as_bytes());
        }
        hasher.finalize().to_hex().as_str().get(..32).unwrap_or_default().to_owned()
    }

    /// The post that is meant.
    fn post(&self) -> Result<NewPost, Problem> {
        let sort = Sort::named(&self.kind);
        let title = Some(line(&self.title)).filter(|t| sort.may_have_title() && !t.is_empty());
        let kind = match sort.kind {
            Kind::Note if title.is_some() => Kind::Article,
            kind => kind,
        };
        let post = NewPost {
            title,
            words: text(&self.text),
            target: web_page(&self.url).map(String::from).filter(|_| !sort.of.is_empty()),
            tags: tags(&self.tags),
            draft: self.act == "draft",
            ..NewPost::new(kind)
        };
        match post.missing() {
            None if kind == Kind::Article && post.words.is_empty() => {
                Err(Problem::new("text", "A title alone is no article."))
            }
            None => Ok(post),
            Some(Missing::Words) => Err(Problem::new("text", "Write something first.")),
            Some(Missing::Target) => {
                Err(Problem::new("url", "This is no address of a page; one begins with https://."))
            }
            Some(_) => Err(Problem::new("text", "This kind of post cannot be written here.")),
        }
    }
}

/// Makes the file of a post, unless the form with this mark has made one.
async fn put(visit: &Visit, post: &NewPost, mark: &str) -> Result<Result<(), Problem>, Failure> {
    let (store, site) = (&visit.house.store, &visit.site);
    let _turn = site.writing.lock().await;
    if let Some(file) = store.written(&site.id, mark).await?
        && is_there(&site.root, &file)
    {
        return Ok(Ok(()));
    }
    let draft = match draft(visit, post, mark)? {
        Ok(draft) => draft,
        Err(problem) => return Ok(Err(problem)),
    };
    let before = visit.now.checked_sub(REMEMBERED).unwrap_or(Timestamp::MIN);
    store.note_written((&site.id, mark), &draft.file, (visit.now, before)).await?;
    let root = Arc::clone(&site.root);
    let made = tokio::task::spawn_blocking(move || create(&root, &draft)).await;
    made.map_err(|error| Failure::run(error.to_string()))??;
    Ok(Ok(()))
}

/// The file of a post, under a name and an address that no other has: two posts of the same words
/// would keep the site from being built.
fn draft(visit: &Visit, post: &NewPost, mark: &str) -> Result<Result<Draft, Problem>, Failure> {
    let config = &visit.config;
    let now = visit.now.to_zoned(config.time_zone.clone());
    let table = visit.site.now().table;
    let is_free = |file: &String| {
        let page = post.permalink(file, config, &now);
        !is_there(&visit.site.root, file) && table.find(page.as_str()).is_none()
    };
    let first = post.file(config, &now);
    let stem = first.trim_end_matches(".md");
    let others = (2..=TRIES).map(|nth| format!("{stem}-{nth}.md"));
    let file = [first.clone()].into_iter().chain(others).find(is_free);
    let file = file.ok_or_else(|| Failure::run(format!("{first} is there {TRIES} times")))?;
    let draft = post.draft(file, config, (&now, mark));
    Ok(match post.check(&draft, config) {
        Ok(()) => Ok(draft),
        Err(Misfit::Wrong(message, _)) => Err(Problem::new("text", sentence(&message))),
        Err(Misfit::Other(kind)) => {
            let words = format!("This would become {}, not what you meant.", kind.with_article());
            Err(Problem::new("text", words))
        }
    })
}

/// What has become of a post.
async fn done(
    visit: &Visit,
    mark: &str,
    word: &impl Fn(&str) -> String,
) -> Result<Option<Value>, Failure> {
    let Some(file) = visit.house.store.written(&visit.site.id, mark).await? else {
        return Ok(None);
    };
    let table = visit.site.now().table;
    let is_it =
        |page: &crate::build::table::Page| page.is_there() && page.file.as_ref() == Some(&file);
    let page = table.iter().map(|(_, page)| page).find(|page| is_it(page));
    let is_draft = word("draft") == "yes" && page.is_none();
    let told = match page {
        Some(page) => told(visit, &page.permalink).await?,
        None => Vec::new(),
    };
    let trouble = visit.site.trouble().filter(|_| page.is_none() && !is_draft);
    let (title, words) = match (page, &trouble) {
        (Some(_), _) => ("It is on your site", "Whoever reads you finds it there.".to_owned()),
        (None, Some(trouble)) => (
            "It is written, but not published",
            format!("Your site cannot be built at the moment. {}", sentence(trouble)),
        ),
        (None, None) if is_draft => {
            ("It is kept as a draft", "Nobody sees it before you publish it.".to_owned())
        }
        (None, None) => (
            "It is written",
            "It is published with the next build, mostly in a few seconds.".to_owned(),
        ),
    };
    let draft = if is_draft { "&draft=yes" } else { "" };
    let back = visit.own(&word("back"));
    let here = visit.path(&format!("/write?done={}{draft}&back={}", encode(mark), encode(&back)));
    Ok(Some(json!({
        "title": title,
        "words": words,
        "url": page.map(|page| visit.config.home.absolute(&page.permalink)),
        "file": file,
        "told": told,
        "again": (page.is_none() && !is_draft).then_some(here),
        "back": back,
    })))
}

/// Who was told of a page, in words.
async fn told(visit: &Visit, page: &Permalink) -> Result<Vec<Value>, Failure> {
    let (root, pages) = (Arc::clone(&visit.site.root), BTreeSet::from([page.clone()]));
    let read = tokio::task::spawn_blocking(move || outbox::read_some(&root, &pages)).await;
    let boxes = read.map_err(|error| Failure::run(error.to_string()))??;
    let targets = boxes.iter().flat_map(|(_, outbox)| &outbox.targets);
    let one = |(url, delivery): (&String, &crate::model::Delivery)| {
        let words = match delivery.outcome {
            Outcome::Sent => "has heard of it.",
            Outcome::NoEndpoint => "takes no webmentions.",
            Outcome::Refused => "did not want to hear of it.",
            Outcome::Waiting => "could not be reached; that is tried again.",
            Outcome::GivenUp => "could not be reached.",
            Outcome::Skipped => "is not told, as you wished.",
        };
        let url = Url::parse(url).ok()?;
        Some(json!({ "place": place(&url), "url": url.as_str(), "words": words }))
    };
    Ok(targets.filter_map(one).collect())
}

/// The address of a page of the web, if a text is one.
pub(super) fn web_page(text: &str) -> Option<Url> {
    let url = Url::parse(text.trim()).ok()?;
    let is_web = matches!(url.scheme(), "http" | "https") && url.has_host();
    let is_open = url.username().is_empty() && url.password().is_none();
    (is_web && is_open && url.as_str().len() <= LONGEST_ADDRESS).then_some(url)
}

/// A text as files have it: browsers send other ends of lines.
fn text(given: &str) -> String {
    let plain = given.replace("\r\n", "\n").replace('\r', "\n");
    let is_kept = |c: &char| !c.is_control() || matches!(c, '\n' | '\t');
    plain.chars().filter(is_kept).collect::<String>().trim().to_owned()
}

/// A text of one line.
fn line(given: &str) -> String {
    text(given).split_whitespace().collect::<Vec<_>>().join(" ")
}

fn tags(given: &str) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for tag in given.split([',', '\n']) {
        let tag: String = line(tag).trim_start_matches('#').chars().take(TAGS.1).collect();
        if !tag.is_empty() && !all.contains(&tag) && all.len() < TAGS.0 {
            all.push(tag);
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_browser_sends_becomes_what_files_have() {
        assert_eq!(text(" a\r\nb\rc\0\u{1b}[2J\t\n"), "a\nb\nc[2J");
        assert_eq!(line("a\r\n+++\r\nb"), "a +++ b");
        assert_eq!(tags("#one, two words,,one , #"), ["one", "two words"]);
    }

    #[test]
    fn a_post_is_about_a_page_of_the_web_or_none() {
        for bad in ["", "b.example", "javascript:x", "file:///etc", "https://a:b@c.example/"] {
            assert_eq!(web_page(bad), None, "{bad}");
        }
        assert_eq!(web_page(" https://b.example/1 ").unwrap().as_str(), "https://b.example/1");
    }
}
