//! The reader's pages for their owner: what comes from those whom the site follows, and what can be
//! done with it. What a page shows, its template says; what stands on a timeline, [`crate::reader`].

mod files;
mod item;
mod one;
mod share;
mod timeline;
mod write;

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
use crate::store::ReaderId;

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
        (here, channel): (&str, Option<&str>),
        keys: Value,
    ) -> Response {
        match self.frame(here, channel).await {
            Ok(mut all) => {
                if let Value::Object(keys) = keys {
                    all.extend(keys);
                }
                let template = format!("reader/{template}.html");
                pages::reader::page(&self.config, StatusCode::OK, &template, Value::Object(all))
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
        let named = self.house.store.channels(self.reader).await?;
        let one = |name: &str, path: String, new: bool, is_here: bool| json!({ "name": name, "path": path, "new": new, "here": is_here });
        let mut channels = Vec::new();
        if named.iter().any(|(name, _)| !name.is_empty()) {
            let is_here = here == "read" && channel.is_none();
            channels.push(one("Everything", self.path(""), false, is_here));
            // Those who are in no channel come last.
            let (sorted, rest): (Vec<_>, Vec<_>) =
                named.iter().partition(|(name, _)| !name.is_empty());
            channels.extend(sorted.into_iter().chain(rest).map(|(name, new)| {
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
