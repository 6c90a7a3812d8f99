//! The reader's pages: their templates, and the files that stand beside them. What the pages show,
//! each template says at its head; who may see them, `routes` says.

use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};

use super::{page_with, prefix};
use crate::config::Config;

/// What the reader's pages may do: run the one script that is ours, hear of what is new, send forms
/// home. Pictures come through the daemon; a recording is loaded from where it lies, but only when
/// somebody starts it.
pub(super) const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
                      media-src 'self' https:; connect-src 'self'; manifest-src 'self'; \
                      worker-src 'self'; form-action 'self'; base-uri 'none'; \
                      frame-ancestors 'none'";

/// The templates, besides those of the other pages.
pub(super) const TEMPLATES: [(&str, &str); 28] = [
    ("reader/base.html", include_str!("reader/base.html")),
    ("reader/catch-up.html", include_str!("reader/catch-up.html")),
    ("reader/caught-up.html", include_str!("reader/caught-up.html")),
    ("reader/cite.html", include_str!("reader/cite.html")),
    ("reader/face.html", include_str!("reader/face.html")),
    ("reader/feed.html", include_str!("reader/feed.html")),
    ("reader/feeds.html", include_str!("reader/feeds.html")),
    ("reader/follow.html", include_str!("reader/follow.html")),
    ("reader/following.html", include_str!("reader/following.html")),
    ("reader/item.html", include_str!("reader/item.html")),
    ("reader/mark.html", include_str!("reader/mark.html")),
    ("reader/message.html", include_str!("reader/message.html")),
    ("reader/offline.html", include_str!("reader/offline.html")),
    ("reader/one.html", include_str!("reader/one.html")),
    ("reader/people.html", include_str!("reader/people.html")),
    ("reader/person.html", include_str!("reader/person.html")),
    ("reader/rows.html", include_str!("reader/rows.html")),
    ("reader/rules.html", include_str!("reader/rules.html")),
    ("reader/said.html", include_str!("reader/said.html")),
    ("reader/saved.html", include_str!("reader/saved.html")),
    ("reader/search.html", include_str!("reader/search.html")),
    ("reader/settings.html", include_str!("reader/settings.html")),
    ("reader/share.html", include_str!("reader/share.html")),
    ("reader/sketch.html", include_str!("reader/sketch.html")),
    ("reader/ties.html", include_str!("reader/ties.html")),
    ("reader/timeline.html", include_str!("reader/timeline.html")),
    ("reader/write.html", include_str!("reader/write.html")),
    ("reader/written.html", include_str!("reader/written.html")),
];

/// A file that the pages name: its path below the daemon's prefix, what it is, and its bytes.
pub(in crate::daemon) struct File {
    pub(in crate::daemon) path: &'static str,
    pub(in crate::daemon) mime: &'static str,
    pub(in crate::daemon) bytes: &'static [u8],
}

/// All files of the pages but the manifest. The worker has to go out with the header
/// `Service-Worker-Allowed` set to `{prefix}/reader`, since it lies one step below what it serves.
pub(in crate::daemon) const FILES: [File; 8] = [
    file(
        "/-/graph.css",
        "text/css; charset=utf-8",
        include_bytes!("../../../themes/shared/assets/graph.css"),
    ),
    file("/-/reader.css", "text/css; charset=utf-8", include_bytes!("reader/reader.css")),
    file("/-/reader.js", "text/javascript; charset=utf-8", include_bytes!("reader/reader.js")),
    file("/reader/sw.js", "text/javascript; charset=utf-8", include_bytes!("reader/sw.js")),
    file("/-/reader.svg", "image/svg+xml", include_bytes!("reader/reader.svg")),
    file("/-/reader-192.png", "image/png", include_bytes!("reader/reader-192.png")),
    file("/-/reader-512.png", "image/png", include_bytes!("reader/reader-512.png")),
    file("/-/reader-mask.png", "image/png", include_bytes!("reader/reader-mask.png")),
];

const fn file(path: &'static str, mime: &'static str, bytes: &'static [u8]) -> File {
    File { path, mime, bytes }
}

/// Makes a page of the reader. `keys` are those that its template names.
pub(in crate::daemon) fn page(
    config: &Config,
    status: StatusCode,
    template: &str,
    keys: Value,
) -> Response {
    page_with(config, (status, POLICY), template, keys)
}

/// What a phone is told about the reader, as `application/manifest+json` at
/// `/reader/manifest.webmanifest`. It may be seen by anybody.
pub(in crate::daemon) fn manifest(config: &Config) -> Value {
    let prefix = prefix(config);
    let icon = |name: &str, sizes: &str, mime: &str, purpose: &str| {
        let src = format!("{prefix}/-/{name}");
        json!({ "src": src, "sizes": sizes, "type": mime, "purpose": purpose })
    };
    let shortcut =
        |name: &str, path: &str| json!({ "name": name, "url": format!("{prefix}{path}") });
    json!({
        "id": format!("{prefix}/reader"),
        "name": format!("Reader of {}", config.title),
        "short_name": "Reader",
        "lang": "en",
        "start_url": format!("{prefix}/reader"),
        "scope": format!("{prefix}/reader"),
        "display": "standalone",
        "background_color": "#fbf8f3",
        "theme_color": "#fbf8f3",
        "icons": [
            icon("reader.svg", "any", "image/svg+xml", "any"),
            icon("reader-192.png", "192x192", "image/png", "any"),
            icon("reader-512.png", "512x512", "image/png", "any"),
            icon("reader-mask.png", "512x512", "image/png", "maskable"),
        ],
        "shortcuts": [
            shortcut("Catch up", "/reader/catch-up"),
            shortcut("Follow somebody", "/reader/follow"),
            shortcut("Write", "/reader/write"),
        ],
        "share_target": {
            "action": format!("{prefix}/reader/share"),
            "method": "GET",
            "params": { "title": "title", "text": "text", "url": "url" },
        },
    })
}
