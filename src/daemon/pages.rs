//! The daemon's own pages: templates with what they show. They work without script, and nothing on
//! them comes from elsewhere.

use std::sync::LazyLock;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Map, Value, json};
use tera::{Context, Tera};
use tracing::error;

use crate::config::Config;
use crate::error::Failure;

/// The style of all pages.
pub(super) const STYLE: &str = include_str!("pages/pages.css");

/// What the pages may do: nothing but be read and send forms home.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; \
                      base-uri 'none'; frame-ancestors 'none'";

const TEMPLATES: [(&str, &str); 14] = [
    ("base.html", include_str!("pages/base.html")),
    ("card.html", include_str!("pages/card.html")),
    ("endpoint.html", include_str!("pages/endpoint.html")),
    ("login.html", include_str!("pages/login.html")),
    ("mention.html", include_str!("pages/mention.html")),
    ("message.html", include_str!("pages/message.html")),
    ("porch.html", include_str!("pages/porch.html")),
    ("queue.html", include_str!("pages/queue.html")),
    ("rules.html", include_str!("pages/rules.html")),
    ("said.html", include_str!("pages/said.html")),
    ("sent.html", include_str!("pages/sent.html")),
    ("sketch.html", include_str!("pages/sketch.html")),
    ("status.html", include_str!("pages/status.html")),
    ("pages.css", ""),
];

static PAGES: LazyLock<Result<Tera, String>> = LazyLock::new(|| {
    let mut tera = Tera::default();
    tera.autoescape_on(vec![".html"]);
    tera.add_raw_templates(TEMPLATES.to_vec()).map_err(|error| error.to_string())?;
    Ok(tera)
});

/// Makes a page of a site. `keys` are those that its template names.
pub(super) fn page(config: &Config, status: StatusCode, template: &str, keys: Value) -> Response {
    match render(config, template, keys) {
        Ok(html) => {
            let headers = [
                (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
                (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
                (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
                (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
                (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
            ];
            (status, headers, html).into_response()
        }
        Err(failure) => {
            error!("cannot make the page {template}: {failure}");
            (StatusCode::INTERNAL_SERVER_ERROR, "this page cannot be made\n").into_response()
        }
    }
}

/// A page of a few plain words.
pub(super) fn message(config: &Config, status: StatusCode, title: &str, words: &str) -> Response {
    page(config, status, "message.html", json!({ "title": title, "words": words }))
}

fn render(config: &Config, template: &str, keys: Value) -> Result<String, Failure> {
    let tera = PAGES.as_ref().map_err(|error| Failure::run(error.clone()))?;
    let mut all = frame(config);
    if let Value::Object(keys) = keys {
        all.extend(keys);
    }
    let context = Context::from_serialize(&Value::Object(all));
    let context = context.map_err(|error| Failure::run(error.to_string()))?;
    tera.render(template, &context).map_err(|error| {
        use std::error::Error as _;
        let cause = error.source().map(|cause| format!(": {cause}")).unwrap_or_default();
        Failure::run(format!("{error}{cause}"))
    })
}

/// What every page has; a page may say otherwise.
fn frame(config: &Config) -> Map<String, Value> {
    let keys = json!({
        "prefix": prefix(config),
        "lang": "en",
        "title": "",
        "user": false,
        "csrf": "",
        "here": "",
        "site": {
            "title": config.title,
            "url": config.home.home(),
            "author": config.author.name,
            "photo": "",
        },
    });
    match keys {
        Value::Object(keys) => keys,
        _ => Map::new(),
    }
}

/// What stands before the paths of the daemon, as its public address says.
pub(super) fn prefix(config: &Config) -> String {
    let url = config.daemon.as_ref().and_then(|daemon| daemon.url.as_ref());
    url.map(|url| url.path().trim_end_matches('/').to_owned()).unwrap_or_default()
}

/// Words as a sentence of a page.
pub(super) fn sentence(words: &str) -> String {
    let mut quotes = ['“', '”'].into_iter().cycle();
    let plain: String =
        words.chars().map(|c| if c == '`' { quotes.next().unwrap_or(c) } else { c }).collect();
    let mut chars = plain.chars();
    let first = chars.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", chars.as_str().trim_end_matches('.'))
}

/// A time as pages show it.
pub(super) fn time(at: Timestamp, zone: &TimeZone) -> Value {
    let local = at.to_zoned(zone.clone());
    json!({
        "iso": local.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string(),
        "text": local.strftime("%-d %B %Y, %H:%M").to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_can_be_made_of_what_it_says_it_needs() {
        let dir = tempfile::tempdir().unwrap();
        let text = "title = \"Ana\"\nurl = \"https://ana.example\"\n";
        std::fs::write(dir.path().join(crate::config::FILE), text).unwrap();
        let config = Config::load(dir.path()).unwrap();
        let samples = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/daemon-pages.json");
        let samples: Vec<Value> = serde_json::from_slice(&std::fs::read(samples).unwrap()).unwrap();
        let mut seen = std::collections::BTreeSet::new();
        for sample in samples {
            let (name, template) = (&sample["name"], sample["template"].as_str().unwrap());
            let html = render(&config, template, sample["context"].clone());
            let html = html.unwrap_or_else(|failure| panic!("{name}: {failure}"));
            assert!(html.starts_with("<!doctype html>") && html.contains("</html>"), "{name}");
            for bad in ["<script", " style=", "javascript:", "{{", "{%"] {
                assert!(!html.contains(bad), "{name}: {bad}");
            }
            seen.insert(template.to_owned());
        }
        // Those that are no pages of their own stand in others.
        let parts =
            ["base.html", "card.html", "porch.html", "said.html", "sketch.html", "pages.css"];
        let all = TEMPLATES.iter().map(|(name, _)| *name).filter(|name| !parts.contains(name));
        assert!(all.clone().all(|name| seen.contains(name)), "{seen:?}");
        assert_eq!(all.count(), seen.len());
    }
}
