//! The reader's pages for their owner: what comes from those whom the site follows, and what can be
//! done with it. What a page shows, its template says; what stands on a timeline, [`crate::reader`].

mod catch_up;
mod feeds;
mod files;
mod finds;
mod follow;
mod following;
mod item;
mod one;
mod people;
mod person;
mod rules;
mod search;
mod settings;
mod share;
mod ties;
mod timeline;
mod words;
mod write;

use std::path::Path;
use std::sync::Arc;

use axum::Router;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::companion::House;
use super::login::{broken, forged, owner};
use super::session::{Session, same};
use super::sites::Site;
use super::{clock, pages};
use crate::config::Config;
use crate::error::Failure;
use crate::reader::pictures::Key;
use crate::reader::subscribe::take_over;
use crate::site::following::without_credentials;
use crate::store::ReaderId;

pub(super) use finds::Finds;

/// What pages call the posts of those who are in no channel.
const UNSORTED: &str = "Others";

/// The routes of the reader that belong to its owner.
pub(super) fn routes() -> Router<Arc<House>> {
    Router::new()
        .route("/reader", get(timeline::all))
        .route("/reader/unsorted", get(timeline::unsorted))
        .route("/reader/channel/{name}", get(timeline::channel))
        .route("/reader/kept", get(timeline::kept))
        .route("/reader/hidden", get(timeline::hidden))
        .route("/reader/events", get(timeline::events))
        .route("/reader/act", post(timeline::act))
        .route("/reader/read", post(timeline::read))
        .route("/reader/item/{id}", get(one::page))
        .route("/reader/share", get(share::page))
        .route("/reader/write", get(write::form).post(write::write))
        .route("/reader/people", get(people::page).post(people::change))
        .route("/reader/catch-up", get(catch_up::page).post(catch_up::done))
        .route("/reader/search", get(search::page))
        .route("/reader/searches", post(search::keep))
        .route("/reader/rules", get(rules::list).post(rules::change))
        .route("/reader/settings", get(settings::page).post(settings::change))
        .route("/reader/digest/{file}", get(settings::digest))
        .route("/reader/following", get(following::list).post(following::undo))
        .route("/reader/following.opml", get(following::export))
        .route("/reader/channels", post(following::channels))
        .route("/reader/follow", get(follow::look).post(follow::follow))
        .route("/reader/person/{feed}", get(person::page).post(person::act))
        .route("/reader/feeds", get(feeds::list).post(feeds::act))
}

/// The routes that take more than a form of words.
pub(super) fn large_routes() -> Router<Arc<House>> {
    Router::new().route("/reader/following/import", post(following::import))
}

/// The routes of what belongs to nobody: files, and what a phone asks for.
pub(super) fn open_routes() -> Router<Arc<House>> {
    files::routes()
}

/// The owner at their reader.
pub(super) struct Visit {
    pub(super) house: Arc<House>,
    pub(super) site: Arc<Site>,
    pub(super) config: Arc<Config>,
    pub(super) session: Session,
    /// Who they are in the database.
    pub(super) reader: ReaderId,
    /// What addresses of pictures are signed with.
    pub(super) key: Key,
    /// What stands before the paths of the daemon.
    pub(super) prefix: String,
    pub(super) now: Timestamp,
}

impl Visit {
    /// Lets the owner in; anybody else goes to the door, and comes back to `path`.
    pub(super) async fn begin(
        house: Arc<House>,
        site: Arc<Site>,
        headers: &HeaderMap,
        path: &str,
    ) -> Result<Self, Response> {
        let session = owner(&house, &site, headers, path).await?;
        let config = site.now().config;
        let known = async {
            let (reader, _, _) = house.store.reader(&site.id).await?;
            Ok::<_, Failure>((reader, Key::of(&house.store, &site.id).await?))
        };
        let (reader, key) = known.await.map_err(|failure| broken(&config, &failure))?;
        let prefix = pages::prefix(&config);
        Ok(Self { house, site, config, session, reader, key, prefix, now: clock::now() })
    }

    /// The same for a form, which has to be one of ours.
    pub(super) async fn begin_form(
        house: Arc<House>,
        site: Arc<Site>,
        headers: &HeaderMap,
        csrf: &str,
    ) -> Result<Self, Response> {
        let visit = Self::begin(house, site, headers, "/reader").await?;
        if same(&visit.session.word(), csrf) { Ok(visit) } else { Err(forged(&visit.config)) }
    }

    /// A path of the reader, as pages name it.
    pub(super) fn path(&self, path: &str) -> String {
        format!("{}/reader{path}", self.prefix)
    }

    /// The page of a channel.
    pub(super) fn channel_path(&self, name: &str) -> String {
        if name.is_empty() {
            self.path("/unsorted")
        } else {
            self.path(&format!("/channel/{}", encode(name)))
        }
    }

    /// A page of the reader: its own keys and those of the frame. `here` is the place of the page in
    /// the menu, `channel` the channel that it shows, if it shows one.
    pub(super) async fn page(
        &self,
        template: &str,
        place: (&str, Option<&str>),
        keys: Value,
    ) -> Response {
        self.page_with(StatusCode::OK, template, place, keys).await
    }

    /// A page once more, because a form on it was not right.
    pub(super) async fn refused(&self, template: &str, here: &str, keys: Value) -> Response {
        self.page_with(StatusCode::BAD_REQUEST, template, (here, None), keys).await
    }

    /// A page with any status.
    pub(super) async fn page_with(
        &self,
        status: StatusCode,
        template: &str,
        (here, channel): (&str, Option<&str>),
        keys: Value,
    ) -> Response {
        match self.frame(here, channel).await {
            Ok(mut all) => {
                if let Value::Object(keys) = keys {
                    all.extend(keys);
                }
                let template = format!("reader/{template}.html");
                pages::reader::page(&self.config, status, &template, Value::Object(all))
            }
            Err(failure) => broken(&self.config, &failure),
        }
    }

    /// What all pages of the reader show.
    async fn frame(
        &self,
        here: &str,
        channel: Option<&str>,
    ) -> Result<Map<String, Value>, Failure> {
        let named = self.channels().await?;
        let one = |name: &str, path: String, new: bool, is_here: bool| json!({ "name": name, "path": path, "new": new, "here": is_here });
        let mut channels = Vec::new();
        if named.iter().any(|(name, _)| !name.is_empty()) {
            let is_here = here == "read" && channel.is_none();
            channels.push(one("Everything", self.path(""), false, is_here));
            channels.extend(named.iter().map(|(name, new)| {
                let shown = if name.is_empty() { UNSORTED } else { name };
                one(shown, self.channel_path(name), *new, channel == Some(name.as_str()))
            }));
        }
        let keys = json!({
            "user": true,
            "csrf": self.session.word(),
            "here": here,
            "reader": { "channels": channels, "guests": true },
        });
        Ok(match keys {
            Value::Object(keys) => keys,
            _ => Map::new(),
        })
    }

    /// The channels as the owner put them in order, then the others, and whether something unread is
    /// in each. Those who are in none come last; a channel that nobody is in is one all the same.
    pub(super) async fn channels(&self) -> Result<Vec<(String, bool)>, Failure> {
        let mut rest = self.house.store.channels(self.reader).await?;
        let followed = self.site.followed();
        let mut all = Vec::new();
        for name in &followed.channels {
            let name = name.trim();
            if name.is_empty() || all.iter().any(|(known, _)| known == name) {
                continue;
            }
            let at = rest.iter().position(|(known, _)| known == name);
            all.push(at.map_or_else(|| (name.to_owned(), false), |at| rest.remove(at)));
        }
        let (named, none): (Vec<_>, Vec<_>) =
            rest.into_iter().partition(|(name, _)| !name.is_empty());
        all.extend(named.into_iter().chain(none));
        Ok(all)
    }

    /// Does what reads or writes files where it keeps nobody waiting; it is done even if whoever
    /// asks goes away.
    pub(super) async fn apart<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Path) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        let root = Arc::clone(&self.site.root);
        let done = tokio::task::spawn_blocking(move || work(&root)).await;
        done.unwrap_or_else(|error| Err(Failure::run(error.to_string())))
    }

    /// Changes files of whom the owner follows; the next page shows it.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Path) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        let done = self.apart(work).await?;
        let Site { id, root, .. } = &*self.site;
        let (_, problems) = take_over(&self.house.store, id, root, self.now).await?;
        self.site.set_followed(&problems);
        // Hosts that are new are asked at once.
        self.house.reading.look_again();
        Ok(done)
    }

    /// Why something failed, for the owner.
    pub(super) fn why(&self, failure: &Failure) -> String {
        let words = match failure {
            Failure::Problems(problems) => {
                let first = problems.sorted().first().map(|one| {
                    let words = format!("{} in {}", one.message, one.location());
                    (words, one.hint.clone())
                });
                first.unwrap_or_default()
            }
            Failure::Run { message, hint } => (message.clone(), hint.clone()),
        };
        let (message, hint) = words;
        let message = without_credentials(&message);
        // What somebody typed, and the name of a file, stay as they are.
        let is_word =
            message.split(' ').next().is_some_and(|word| word.chars().all(char::is_alphabetic));
        let mut said = if is_word {
            pages::sentence(&message)
        } else {
            format!("{}.", message.trim_end_matches('.'))
        };
        if let Some(hint) = hint {
            said.push(' ');
            said.push_str(&pages::sentence(&without_credentials(&hint)));
        }
        said
    }

    /// The answer where a file could not be changed.
    pub(super) async fn not_written(&self, failure: &Failure) -> Response {
        let keys = json!({ "title": "Nothing was done", "words": self.why(failure) });
        self.refused("message", "", keys).await
    }

    /// Words inside the reader: something is not there, or went wrong.
    pub(super) async fn message(&self, title: &str, words: &str) -> Response {
        self.page("message", ("", None), json!({ "title": title, "words": words })).await
    }

    /// The page after something has failed.
    pub(super) fn broken(&self, failure: &Failure) -> Response {
        broken(&self.config, failure)
    }

    /// Back to a page of the reader that a form names.
    pub(super) fn back(&self, path: &str) -> Response {
        Redirect::to(&self.own(path)).into_response()
    }

    /// A path that a form or an address names, if it is one of the reader; else that of the posts.
    pub(super) fn own(&self, path: &str) -> String {
        let home = self.path("");
        let rest = path.strip_prefix(&home);
        let is_ours = rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']));
        let is_plain = path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
        if is_ours && is_plain { path.to_owned() } else { home }
    }
}

/// A text as one piece of a path or query.
pub(super) fn encode(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}
