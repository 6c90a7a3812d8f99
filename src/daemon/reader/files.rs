//! What stands beside the reader's pages and belongs to nobody: style, script, worker, icons, what a
//! phone asks for, and the page that is shown without a network.

use std::sync::Arc;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Json, Router};
use serde_json::json;

use super::super::companion::House;
use super::super::pages;
use super::super::pages::reader::{FILES, File};
use super::super::sites::Site;

/// The script that keeps pages for reading offline.
const WORKER: &str = "/reader/sw.js";

pub(super) fn routes() -> Router<Arc<House>> {
    let mut router = Router::new()
        .route("/reader/manifest.webmanifest", get(manifest))
        .route("/reader/offline", get(offline));
    for file in &FILES {
        router = router.route(file.path, get(async |site: Extension<Arc<Site>>| send(file, &site)));
    }
    router
}

fn send(file: &'static File, site: &Site) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(file.mime)),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=3600")),
    ];
    let mut response = (headers, file.bytes).into_response();
    if file.path == WORKER {
        let prefix = pages::prefix(&site.now().config);
        let headers = response.headers_mut();
        if let Ok(scope) = HeaderValue::try_from(format!("{prefix}/reader")) {
            headers.insert("service-worker-allowed", scope);
        }
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    }
    response
}

async fn manifest(Extension(site): Extension<Arc<Site>>) -> Response {
    let mut response = Json(pages::reader::manifest(&site.now().config)).into_response();
    let kind = HeaderValue::from_static("application/manifest+json");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

async fn offline(Extension(site): Extension<Arc<Site>>) -> Response {
    let keys = json!({ "title": "No network" });
    pages::reader::page(&site.now().config, StatusCode::OK, "reader/offline.html", keys)
}
