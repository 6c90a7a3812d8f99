//! One word to one page: where does it want to hear, then the form (W §3.1.2, §3.1.3), and somebody
//! who vouches, if that is asked for. What came of it is written down by others.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::OnceCell;
use url::Url;

use super::discovered::Discovered;
use super::due::Answer;
use super::vouch::{Vouchers, hosts_of, linked_hosts};
use crate::config::Config;
use crate::formats::html::Document;
use crate::moderation::key_of;
use crate::net::{self, Client, End, Limits, NoAnswer};
use crate::protocols::webmention::source::Source;
use crate::protocols::webmention::{Page, endpoint};
use crate::store::ListSource;

/// How this program names itself to servers while it does this (WM-D-09).
const ROLE: &str = "Webmention";

/// What is liked best to be read.
pub(super) const HTML: &str = "text/html, application/xhtml+xml;q=0.9, */*;q=0.1";

/// An endpoint that does not know what a form is: there is another one by now, perhaps.
const NO_FORM: u16 = 501;

/// Lists that may vouch for a site.
const MOST_LISTS: usize = 200;

/// "Retry with vouch": nobody there knows this site.
const NO_VOUCH: u16 = 449;

/// Who goes to others in a site's name, and what they know.
#[derive(Clone)]
pub struct Messenger {
    pub(super) client: Client,
    discovered: Discovered,
    config: Arc<Config>,
    root: Arc<Path>,
    /// Read when somebody is told; most of the time nobody is.
    vouchers: Arc<OnceCell<Vouchers>>,
}

/// That a page mentions another.
#[derive(Debug, Clone, Copy)]
pub(super) struct Word<'w> {
    pub(super) source: &'w str,
    pub(super) target: &'w str,
    /// Whether the target hears of it for the first time. Later it is asked anew where it wants to
    /// hear (WM-U-02).
    pub(super) is_first: bool,
}

/// What a page says of taking mentions.
struct Found {
    endpoint: Url,
    /// Where the page is.
    page: Url,
    /// A page that vouches for this site there.
    vouch: Option<String>,
}

impl Messenger {
    /// A messenger of a site.
    pub fn new(client: Client, discovered: Discovered, config: Arc<Config>, root: &Path) -> Self {
        Self { client, discovered, config, root: root.into(), vouchers: Arc::default() }
    }

    /// Asks for a page.
    pub(super) async fn get(&self, url: &Url, limits: Limits) -> Result<net::Answer, NoAnswer> {
        self.client.get(&ask(url, HTML, limits)).await
    }

    /// Tells one page that another mentions it.
    pub(super) async fn notify(&self, word: Word<'_>, now: Timestamp) -> Answer {
        let mut before = None;
        if word.is_first
            && let Some(endpoint) = self.discovered.find(word.target, now).await
        {
            let answer = self.post(&endpoint, word, None).await;
            if matches!(answer, Answer::Taken { .. }) {
                return answer;
            }
            self.discovered.forget(word.target).await;
            if !wants_another_look(&answer) {
                return answer;
            }
            before = Some((endpoint, answer));
        }
        let found = match self.discover(word.target, now).await {
            Ok(found) => found,
            Err(answer) => return answer,
        };
        let (answer, vouch) = match before {
            // The same as was remembered: it has answered already.
            Some((endpoint, answer)) if endpoint == found.endpoint => (answer, None),
            _ => {
                let vouch = found.vouch.as_deref();
                (self.post(&found.endpoint, word, vouch).await, vouch)
            }
        };
        let answer = match answer {
            Answer::Failed { status: Some(NO_VOUCH), .. } if vouch.is_none() => {
                self.vouched(&found, word, now).await
            }
            answer => answer,
        };
        if !matches!(answer, Answer::Taken { .. }) {
            self.discovered.forget(word.target).await;
        }
        answer
    }

    /// Tells it once more with a page that vouches (WM-O-02).
    async fn vouched(&self, found: &Found, word: Word<'_>, now: Timestamp) -> Answer {
        let vouch = match &found.vouch {
            Some(vouch) => Some(vouch.clone()),
            None => self.vouch_at_home(&found.page, now).await,
        };
        match vouch {
            Some(vouch) => self.post(&found.endpoint, word, Some(&vouch)).await,
            None => Answer::Failed {
                endpoint: Some(found.endpoint.to_string()),
                status: Some(NO_VOUCH),
                error: format!(
                    "the endpoint wants to hear of a page that vouches for yours ({NO_VOUCH}); none is known that links you and that they link"
                ),
                again: None,
            },
        }
    }

    /// Sends the form.
    async fn post(&self, endpoint: &Url, word: Word<'_>, vouch: Option<&str>) -> Answer {
        let mut fields = vec![("source", word.source), ("target", word.target)];
        fields.extend(vouch.map(|vouch| ("vouch", vouch)));
        let answer = self.client.post_form(&ask(endpoint, "*/*", Limits::ENDPOINT), &fields).await;
        let named = endpoint.to_string();
        let answer = match answer {
            Ok(answer) => answer,
            Err(why) => return failed(Some(named), &why),
        };
        // 303 leads a browser on to a page about the mention: it was taken (WM-S-05).
        if answer.is_success() || answer.status == 303 {
            let location = answer.header("location").filter(|_| answer.status == 201);
            let status_page = location.and_then(|place| answer.url.join(place).ok());
            let status_page = status_page.map(String::from);
            let vouch = vouch.map(str::to_owned);
            return Answer::Taken { endpoint: named, status: answer.status, status_page, vouch };
        }
        refused(Some(named), &answer, "the endpoint")
    }

    /// Where a page takes mentions (WM-D-01 to 13).
    async fn discover(&self, target: &str, now: Timestamp) -> Result<Found, Answer> {
        let refused_address = |error: url::ParseError| Answer::Failed {
            endpoint: None,
            status: None,
            error: error.to_string(),
            again: None,
        };
        let url = Url::parse(target).map_err(refused_address)?;
        let answer = self.get(&url, Limits::PAGE).await.map_err(|why| failed(None, &why))?;
        if !answer.is_success() {
            return Err(refused(None, &answer, "the page"));
        }
        let page = page(&answer);
        let found = endpoint::discover(&page, answer.headers("link"));
        // The part that did not come may have named one.
        let broken = || failed(None, &NoAnswer::Time);
        let endpoint = found
            .ok_or_else(|| if answer.end == End::Broken { broken() } else { Answer::NoEndpoint })?;
        self.discovered.keep(target, &endpoint, answer.fresh_for(), now).await;
        let vouch = self.vouch_on(&page, now).await;
        Ok(Found { endpoint, vouch, page: answer.url })
    }

    /// A page that vouches for this site with those who wrote a page (WM-O-01).
    async fn vouch_on(&self, page: &Page<'_>, now: Timestamp) -> Option<String> {
        let vouchers = self.vouchers(now).await;
        if vouchers.is_empty() {
            return None;
        }
        let known = self.read_by(page.url).await;
        let Some(Source::Html(document, _)) = Source::read(page) else { return None };
        let document: &Document = &document;
        let mut linked = linked_hosts(document, page.url);
        linked.extend(known);
        vouchers.choose(&linked, page.url).map(str::to_owned)
    }

    /// The same, with those whose home page it is.
    async fn vouch_at_home(&self, url: &Url, now: Timestamp) -> Option<String> {
        if self.vouchers(now).await.is_empty() || url.path() == "/" {
            return None;
        }
        let answer = self.get(&url.join("/").ok()?, Limits::PAGE).await.ok()?;
        if !answer.is_success() {
            return None;
        }
        self.vouch_on(&page(&answer), now).await
    }

    /// The hosts of those whom the people of a page follow, if their list is known.
    async fn read_by(&self, page: &Url) -> Vec<String> {
        let Some((store, site)) = self.discovered.place() else { return Vec::new() };
        let home = page.join("/").ok().and_then(|home| key_of(home.as_str()));
        let list = store.in_list_of(site, &home.unwrap_or_default()).await;
        // A database that cannot read has nobody to speak for us.
        hosts_of(&list.unwrap_or_default()).collect()
    }

    /// The pages of those whom the owner follows whose lists have this site in them.
    async fn lists(&self) -> Vec<ListSource> {
        let Some((store, site)) = self.discovered.place() else { return Vec::new() };
        let me = std::iter::once(self.config.home.home())
            .chain(self.config.former_urls.iter().map(String::as_str));
        let mut sources = Vec::new();
        for key in me.filter_map(key_of) {
            let lists = store.lists_with(site, &key, MOST_LISTS).await.unwrap_or_default();
            sources.extend(lists);
        }
        sources
    }

    async fn vouchers(&self, now: Timestamp) -> &Vouchers {
        let read = || async {
            let lists = self.lists().await;
            let (root, config) = (Arc::clone(&self.root), Arc::clone(&self.config));
            let read = move || Vouchers::read(&root, &config, &lists, now);
            let read = tokio::task::spawn_blocking(read).await;
            // A folder that cannot be read vouches for nobody; the build says what is wrong.
            read.ok().and_then(Result::ok).unwrap_or_default()
        };
        self.vouchers.get_or_init(read).await
    }
}

fn page(answer: &net::Answer) -> Page<'_> {
    Page { url: &answer.url, content_type: answer.header("content-type"), body: &answer.body }
}

fn ask<'r>(url: &'r Url, accept: &'r str, limits: Limits) -> net::Request<'r> {
    net::Request { url, role: ROLE, accept, headers: &[], login: net::Login::Nobody, limits }
}

/// Whether the page may say something else of its endpoint by now, or has to be read for a vouch: a
/// refusal may be one of an address that is no longer the endpoint's.
fn wants_another_look(answer: &Answer) -> bool {
    match answer {
        Answer::Failed { status: Some(status), again, .. } => again.is_none() || *status == NO_FORM,
        Answer::Failed { status: None, again, .. } => again.is_none(),
        Answer::Taken { .. } | Answer::NoEndpoint => false,
    }
}

fn failed(endpoint: Option<String>, why: &NoAnswer) -> Answer {
    let least = match why {
        NoAnswer::Held(rest) => *rest,
        _ => Duration::ZERO,
    };
    let again = why.is_passing().then_some(least);
    Answer::Failed { endpoint, status: None, error: why.to_string(), again }
}

/// An answer that is a refusal, for good or for now (WM-S-06, WM-D-11).
fn refused(endpoint: Option<String>, answer: &net::Answer, who: &str) -> Answer {
    let passing = matches!(answer.status, 408 | 425 | 429 | 500..);
    Answer::Failed {
        endpoint,
        status: Some(answer.status),
        error: format!("{who} answers {}", answer.status),
        again: passing.then(|| answer.retry_after().unwrap_or_default()),
    }
}
