//! Themes: templates and assets, built in or overridden by the site's `theme/` folder.
//!
//! A template or asset is looked up in the site's `theme/`, then in the named theme, then among the
//! shared pieces. The theme API has a version; a theme for another version is refused.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use include_dir::{Dir, include_dir};
use tera::{Context, ErrorKind, Tera, Value};

use super::output::Output;
use super::pictures::Settings;
use crate::config::Config;
use crate::error::{Failure, Problem, Problems, Source, nearest};
use crate::model::{Base, Permalink};
use crate::site::Folder;
use crate::stamp::Stamp;
use crate::tree::{Reading, Table, parse_toml};

/// The version of what templates see. It changes only with a major version of Lanai.
pub const API: usize = 1;

/// The folder of a site that overrides templates and assets.
const FOLDER: &str = "theme";

static BUILT_IN: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/themes");

/// The names of the built-in themes.
pub fn names() -> Vec<String> {
    BUILT_IN
        .dirs()
        .filter_map(|dir| dir.path().file_name()?.to_str().map(str::to_owned))
        .filter(|name| name != "shared")
        .collect()
}

/// A theme ready to render.
pub struct Theme {
    tera: Tera,
    assets: BTreeMap<String, Vec<u8>>,
    pictures: Settings,
    /// Sources of the site's own templates, to show where an error stands.
    own: BTreeMap<String, Source>,
    /// The stamp of all templates.
    stamp: Stamp,
    /// The name and the accent, if nothing in it is the site's own.
    built_in: Option<(String, Option<String>)>,
}

impl Theme {
    /// Loads the theme that a site names, with the site's overrides. A built-in theme that is the
    /// one of `before` is taken from there.
    ///
    /// # Errors
    /// An unknown theme, another API version, templates that do not parse.
    pub fn load(root: &Path, config: &Config, before: Option<Self>) -> Result<Self, Failure> {
        let name = config.theme.as_str();
        let Some(dir) = BUILT_IN.get_dir(name).filter(|_| name != "shared") else {
            return Err(unknown_theme(name, config));
        };
        let mut problems = Problems::new();
        let own_files = Folder::walk(root, FOLDER, &[], &mut problems)?;
        let built_in = own_files.files.is_empty().then(|| (name.to_owned(), config.accent.clone()));
        let same = |theme: &Self| built_in.is_some() && theme.built_in == built_in;
        if let Some(theme) = before.filter(same).filter(|_| !problems.has_errors()) {
            return Ok(theme);
        }
        let mut pictures = Settings::default();
        for text in ["shared", name].into_iter().filter_map(built_in_settings) {
            let source = Source::new("theme.toml", text);
            read_settings(&source, &mut pictures, &mut problems);
        }
        check_settings(&own_files, &mut pictures, &mut problems)?;
        let mut templates: Vec<(String, String)> = Vec::new();
        let mut assets = BTreeMap::new();
        for dir in BUILT_IN.get_dir("shared").into_iter().chain([dir]) {
            collect(dir, &mut templates, &mut assets);
        }
        let mut own = BTreeMap::new();
        for file in &own_files.files {
            let bytes =
                fs::read(&file.path).map_err(|error| Failure::io("read", &file.path, &error))?;
            let below = file.name.strip_prefix("theme/").unwrap_or(&file.name);
            if let Some(template) = below.strip_prefix("templates/") {
                match Source::from_bytes(file.name.as_str(), bytes) {
                    Ok(source) => {
                        templates.push((template.to_owned(), source.text.clone()));
                        own.insert(template.to_owned(), source);
                    }
                    Err(problem) => problems.push(*problem),
                }
            } else if let Some(asset) = below.strip_prefix("assets/") {
                assets.insert(asset.to_owned(), bytes);
            } else if below != "theme.toml" {
                problems.push(misplaced(&file.name));
            }
        }
        if problems.has_errors() {
            return Err(Failure::Problems(problems));
        }
        compose_style(&mut assets, config.accent.as_deref());
        let tera = compile(name, &templates).map_err(|error| template_failure(&error, &own))?;
        let stamp = Stamp::of_value(&templates);
        Ok(Self { tera, assets, pictures, own, stamp, built_in })
    }

    /// What the theme says about pictures.
    pub fn pictures(&self) -> &Settings {
        &self.pictures
    }

    /// The stamp of all templates.
    pub fn stamp(&self) -> Stamp {
        self.stamp
    }

    /// Whether the site brings templates of its own: they may show anything.
    pub fn is_own(&self) -> bool {
        !self.own.is_empty()
    }

    /// Writes the assets under names that carry their hash, so that they can be cached for ever.
    /// Returns the map from name to address for templates.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn write_assets(
        &self,
        base: &Base,
        output: &Output,
    ) -> Result<BTreeMap<String, String>, Failure> {
        let mut hrefs = BTreeMap::new();
        for (name, bytes) in &self.assets {
            if matches!(name.as_str(), "base.css" | "theme.css" | "custom.css") {
                continue;
            }
            let path = hashed(name, bytes);
            output.put(&path, bytes)?;
            hrefs.insert(name.clone(), base.href(&Permalink::file(&path)));
        }
        Ok(hrefs)
    }

    /// Sets what every template sees.
    pub fn set_global(&mut self, key: &'static str, value: Value) {
        self.tera.global_context().insert_value(key, value);
    }

    /// Renders a template.
    ///
    /// # Errors
    /// A template that asks for what is not there; the problem names its place.
    pub fn render(&self, template: &str, context: &Context) -> Result<Vec<u8>, Failure> {
        let mut bytes = Vec::with_capacity(16 * 1024);
        self.tera
            .render_to(template, context, &mut bytes)
            .map_err(|error| template_failure(&error, &self.own))?;
        Ok(bytes)
    }
}

fn unknown_theme(name: &str, config: &Config) -> Failure {
    let names = names();
    let hint = match nearest(name, names.iter().map(String::as_str)) {
        Some(near) => format!("did you mean \"{near}\"?"),
        None => format!("the built-in themes are {}", names.join(" and ")),
    };
    let message = format!("there is no theme \"{name}\"");
    if config.places.says("theme", name) {
        return Failure::from(config.places.problem("theme", message).hint(hint));
    }
    // Not the file, the command line asks for it.
    Failure::with_hint(message, hint)
}

fn misplaced(file: &str) -> Problem {
    Problem::in_file(file, "nothing looks for a file here")
        .hint("templates lie in theme/templates/, styles, scripts and pictures in theme/assets/")
}

fn built_in_settings(theme: &str) -> Option<&'static str> {
    BUILT_IN.get_file(format!("{theme}/theme.toml"))?.contents_utf8()
}

/// Reads the site's `theme.toml`, if there is one.
fn check_settings(
    files: &Folder,
    pictures: &mut Settings,
    problems: &mut Problems,
) -> Result<(), Failure> {
    let Some(file) = files.get("theme/theme.toml") else { return Ok(()) };
    let bytes = fs::read(&file.path).map_err(|error| Failure::io("read", &file.path, &error))?;
    match Source::from_bytes(file.name.as_str(), bytes) {
        Ok(source) => read_settings(&source, pictures, problems),
        Err(problem) => problems.push(*problem),
    }
    Ok(())
}

/// Reads a `theme.toml`: its version and what it says about pictures.
fn read_settings(source: &Source, pictures: &mut Settings, problems: &mut Problems) {
    match parse_toml(source, 0..source.text.len()) {
        Err(found) => problems.extend(found),
        Ok(node) => {
            let reading = Reading::new(source);
            let mut top = Table::new(&reading, "", node);
            top.text("name");
            let place = top.place_of("api");
            let api = top.count("api", 0..usize::MAX);
            if api.is_some_and(|api| api != API) {
                reading.error_with_hint(
                    place,
                    format!(
                        "this theme is for version {} of the theme API, Lanai has version {API}",
                        api.unwrap_or(0)
                    ),
                    "see docs/theming.md for what changed, then write api = 1",
                );
            }
            pictures.read(&mut top);
            top.finish();
            problems.extend(reading.finish());
        }
    }
}

/// Templates as `shared/home.html`, assets by their name alone: later folders win.
fn collect(
    dir: &Dir<'static>,
    templates: &mut Vec<(String, String)>,
    assets: &mut BTreeMap<String, Vec<u8>>,
) {
    for entry in dir.entries() {
        if let Some(inner) = entry.as_dir() {
            collect(inner, templates, assets);
        } else if let Some(file) = entry.as_file() {
            let path = file.path().to_string_lossy().replace('\\', "/");
            let Some((theme, below)) = path.split_once('/') else { continue };
            if let Some(template) = below.strip_prefix("templates/") {
                let text = String::from_utf8_lossy(file.contents()).into_owned();
                templates.push((format!("{theme}/{template}"), text));
            } else if let Some(asset) = below.strip_prefix("assets/") {
                assets.insert(asset.to_owned(), file.contents().to_vec());
            }
        }
    }
}

/// One stylesheet from the shared part, the theme's part, the owner's colour and their own rules.
fn compose_style(assets: &mut BTreeMap<String, Vec<u8>>, accent: Option<&str>) {
    if assets.contains_key("style.css") {
        return;
    }
    let mut style = Vec::new();
    for part in ["base.css", "theme.css"] {
        if let Some(bytes) = assets.get(part) {
            style.extend_from_slice(bytes);
        }
    }
    if let Some(accent) = accent {
        style.extend_from_slice(format!(":root{{--accent:{accent}}}\n").as_bytes());
    }
    if let Some(bytes) = assets.get("custom.css") {
        style.extend_from_slice(bytes);
    }
    assets.insert("style.css".to_owned(), style);
}

/// `assets/style.0123456789.css`.
fn hashed(name: &str, bytes: &[u8]) -> String {
    let hash = blake3::hash(bytes).to_hex();
    let short = hash.as_str().get(0..10).unwrap_or("");
    match name.rsplit_once('.') {
        Some((stem, extension)) => format!("assets/{stem}.{short}.{extension}"),
        None => format!("assets/{name}.{short}"),
    }
}

fn compile(theme: &str, templates: &[(String, String)]) -> Result<Tera, tera::Error> {
    let mut tera = Tera::new();
    tera.set_fallback_prefixes([format!("{theme}/"), "shared/".to_owned()])?;
    tera.autoescape_on(vec![".html"]);
    tera.add_raw_templates(templates.iter().map(|(name, text)| (name.as_str(), text.as_str())))?;
    Ok(tera)
}

/// An error of a template as a problem of the file that the site overrides, or of Lanai itself.
fn template_failure(error: &tera::Error, own: &BTreeMap<String, Source>) -> Failure {
    let (ErrorKind::SyntaxError(report) | ErrorKind::RenderingError(report)) = error.kind() else {
        return missing_piece(error, own);
    };
    match own.get(report.filename()) {
        Some(source) => {
            let range = report.span().range.clone();
            let text = source.text.get(range.clone()).unwrap_or("").trim();
            // The engine's span leaves out a closing bracket.
            let closing = if text.contains('[') && !text.contains(']') { "]" } else { "" };
            let message = match report.message() {
                message if message.contains("a variable that is undefined") => {
                    format!("`{text}{closing}` has no value here")
                }
                message => message.to_owned(),
            };
            let hint = if text.starts_with("assets[") {
                "assets are the files of theme/assets/ and of the theme"
            } else {
                "docs/theming.md lists what templates see"
            };
            Failure::from(source.problem(range, message).hint(hint))
        }
        None => {
            Failure::run(format!("the built-in template {} failed: {error}", report.filename()))
        }
    }
}

/// A parent, include or component that does not exist.
fn missing_piece(error: &tera::Error, own: &BTreeMap<String, Source>) -> Failure {
    let whole = error.to_string();
    let message = whole.lines().next().unwrap_or_default().trim_start_matches("error: ");
    let culprit = own.iter().find(|(name, _)| whole.contains(name.as_str()));
    match culprit {
        Some((_, source)) => {
            let name = message.split('`').nth(1).unwrap_or_default();
            let problem = match source.text.find(name).filter(|_| !name.is_empty()) {
                Some(at) => source.problem(at..at.saturating_add(name.len()), message),
                None => Problem::in_file(source.path.as_str(), message),
            };
            Failure::from(problem.hint(
                "templates are named as in theme/templates/, built-in ones as shared/base.html",
            ))
        }
        None => Failure::run(whole),
    }
}
