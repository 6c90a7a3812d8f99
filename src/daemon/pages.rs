//! The daemon's own pages: templates with what they show. They work without script, and nothing on
//! them comes from elsewhere.

pub(super) mod reader;

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
    let all = TEMPLATES.iter().chain(&reader::TEMPLATES).copied().collect::<Vec<_>>();
    tera.add_raw_templates(all).map_err(|error| error.to_string())?;
    Ok(tera)
});

/// Makes a page of a site. `keys` are those that its template names.
pub(super) fn page(config: &Config, status: StatusCode, template: &str, keys: Value) -> Response {
    page_with(config, (status, POLICY), template, keys)
}

/// A page with its status and what it may do.
fn page_with(
    config: &Config,
    (status, policy): (StatusCode, &'static str),
    template: &str,
    keys: Value,
) -> Response {
    match render(config, template, keys) {
        Ok(html) => {
            let headers = [
                (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
                (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy)),
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

    fn config() -> Config {
        let dir = tempfile::tempdir().unwrap();
        let text = "title = \"Ana\"\nurl = \"https://ana.example\"\n";
        std::fs::write(dir.path().join(crate::config::FILE), text).unwrap();
        Config::load(dir.path()).unwrap()
    }

    /// The pages of a file of samples: name, template and HTML. One that is like an earlier one says
    /// only what differs.
    fn samples(file: &str) -> Vec<(String, String, String)> {
        let path = format!("{}/tests/fixtures/{file}", env!("CARGO_MANIFEST_DIR"));
        let samples: Vec<Value> = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        let config = config();
        let mut keys = std::collections::BTreeMap::<String, Value>::new();
        let mut pages = Vec::new();
        for sample in samples {
            let word = |key: &str| sample[key].as_str().map(str::to_owned);
            let (name, template) = (word("name").unwrap(), word("template").unwrap());
            let mut context = word("like").map_or(json!({}), |like| keys[&like].clone());
            let own = sample["context"].as_object().unwrap().clone();
            context.as_object_mut().unwrap().extend(own);
            let html = render(&config, &template, context.clone());
            let html = html.unwrap_or_else(|failure| panic!("{name}: {failure}"));
            keys.insert(name.clone(), context);
            pages.push((name, template, html));
        }
        pages
    }

    /// Holds that the samples have every template but the parts that stand in others.
    fn are_all(pages: &[(String, String, String)], templates: &[(&str, &str)], parts: &[&str]) {
        let seen: std::collections::BTreeSet<_> =
            pages.iter().map(|(_, template, _)| template.as_str()).collect();
        let all = templates.iter().map(|(name, _)| *name).filter(|name| !parts.contains(name));
        assert_eq!(all.collect::<std::collections::BTreeSet<_>>(), seen);
    }

    fn is_clean(name: &str, html: &str) {
        assert!(html.starts_with("<!doctype html>") && html.contains("</html>"), "{name}");
        for bad in ["<style", " style=", " onclick=", "javascript:", "{{", "{%"] {
            assert!(!html.contains(bad), "{name}: {bad}");
        }
    }

    #[test]
    fn every_page_can_be_made_of_what_it_says_it_needs() {
        let pages = samples("daemon-pages.json");
        for (name, _, html) in &pages {
            is_clean(name, html);
            assert!(!html.contains("<script"), "{name}");
        }
        let parts =
            ["base.html", "card.html", "porch.html", "said.html", "sketch.html", "pages.css"];
        are_all(&pages, &TEMPLATES, &parts);
    }

    /// With `LANAI_PAGES` naming a folder, the pages are left there for a browser, with their files.
    #[test]
    fn every_page_of_the_reader_has_one_script_and_it_is_ours() {
        let pages = samples("reader-pages.json");
        for (name, _, html) in &pages {
            is_clean(name, html);
            let ours = "<script src=\"/-/reader.js\" defer></script>";
            assert_eq!(html.matches("<script").count(), 1, "{name}");
            assert!(html.contains(ours), "{name}");
        }
        let parts = [
            "base",
            "caught-up",
            "cite",
            "face",
            "feed",
            "item",
            "mark",
            "rows",
            "said",
            "saved",
            "sketch",
            "ties",
        ];
        let parts = parts.map(|part| format!("reader/{part}.html"));
        are_all(&pages, &reader::TEMPLATES, &parts.each_ref().map(String::as_str));
        if let Some(folder) = std::env::var_os("LANAI_PAGES") {
            leave(std::path::Path::new(&folder), &pages);
        }
    }

    /// Writes pages with all that they name: what is sent beside them, and pictures of somebody.
    fn leave(folder: &std::path::Path, pages: &[(String, String, String)]) {
        let write = |path: &str, bytes: &[u8]| {
            let file = folder.join(path.trim_start_matches('/'));
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, bytes).unwrap();
        };
        let picture = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"96\" height=\"64\">\
                       <rect width=\"96\" height=\"64\" fill=\"#b4583c\"/></svg>";
        for (name, _, html) in pages {
            write(&format!("{name}.html"), html.as_bytes());
            for named in html.split("\"/reader/picture/").skip(1) {
                let name = named.split('"').next().unwrap();
                write(&format!("/reader/picture/{name}"), picture.as_bytes());
            }
        }
        for file in &reader::FILES {
            write(file.path, file.bytes);
        }
        write("/-/pages.css", STYLE.as_bytes());
        let manifest = serde_json::to_vec_pretty(&reader::manifest(&config())).unwrap();
        write("/reader/manifest.webmanifest", &manifest);
        let headers = format!(
            "/*\n  Content-Security-Policy: {}\n/reader/sw.js\n  Service-Worker-Allowed: /reader\n\
             /reader/events\n  Content-Type: text/event-stream\n",
            reader::POLICY
        );
        // Nothing is ever new here.
        write("/reader/events", b": nothing\n\n");
        write("/_headers", headers.as_bytes());
    }

    #[test]
    fn what_the_reader_tells_a_phone_lies_where_it_says() {
        let text = "title = \"Ana\"\nurl = \"https://ana.example\"\n\n[daemon]\nurl = \"https://ana.example/den\"\n";
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join(crate::config::FILE), text).unwrap();
        let manifest = reader::manifest(&Config::load(dir.path()).unwrap());
        assert_eq!(manifest["start_url"], "/den/reader");
        assert_eq!(manifest["share_target"]["action"], "/den/reader/share");
        let paths: Vec<_> = reader::FILES.iter().map(|file| format!("/den{}", file.path)).collect();
        for icon in manifest["icons"].as_array().unwrap() {
            assert!(paths.iter().any(|path| *path == icon["src"]), "{icon}");
        }
    }
}
