//! From the tree of `lanai.toml` to [`Config`], with every mistake named.

use std::collections::BTreeSet;
use std::ops::Range;

use jiff::tz::TimeZone;
use url::Url;

use super::{
    Author, Config, Content, Endpoints, Feeds, Headers, Language, Lists, MenuItem, Network, Places,
    mail, reader, services,
};
use crate::error::{Problem, Source};
use crate::model::{Base, Kind};
use crate::text::lang;
use crate::tree::{Node, Reading, Table, Value, parse_toml};

/// Parses the configuration file.
///
/// # Errors
/// All problems of the file.
pub fn parse(source: &Source) -> Result<Config, Vec<Problem>> {
    let node = parse_toml(source, 0..source.text.len())?;
    let reading = Reading::new(source);
    let places = Places::new(source, &node);
    let config = read(&reading, node, places);
    let problems = reading.finish();
    match config {
        Some(config) if problems.is_empty() => Ok(config),
        _ => Err(problems),
    }
}

/// Every key of the configuration file, as `table.key`; `*` stands for a free name.
pub fn keys() -> BTreeSet<String> {
    let text = "author = {}\nmenu = [{}]\nfeeds = {}\nlists = {}\ncontent = {}\nendpoints = {}\n\
                headers = {}\nlanguages = { de = {} }\nnetwork = {}\ndaemon = {}\ndeploy = {}\nmoderation = {}\nmail = {}\nfollowing = {}\nreader = {}\n";
    let source = Source::new(super::FILE, text);
    let reading = Reading::new(&source);
    if let Ok(node) = parse_toml(&source, 0..text.len()) {
        let places = Places::new(&source, &node);
        read(&reading, node, places);
    }
    let tables = [
        "author",
        "feeds",
        "lists",
        "content",
        "endpoints",
        "headers",
        "menu",
        "languages",
        "network",
        "daemon",
        "deploy",
        "moderation",
        "mail",
        "following",
        "reader",
    ];
    let asked = reading.asked();
    asked
        .into_iter()
        .filter(|key| !tables.contains(&key.as_str()))
        .map(|key| key.replace("languages.de", "languages.*"))
        .chain([
            "author.me.url".to_owned(),
            "author.me.label".to_owned(),
            "permalinks.*".to_owned(),
        ])
        .filter(|key| key != "permalinks")
        .collect()
}

fn read(reading: &Reading<'_>, node: Node, places: Places) -> Option<Config> {
    let mut top = Table::new(reading, "", node);
    let title = required(&mut top, "title", "the site's name: title = \"…\"");
    let base = required(&mut top, "url", "the site's address: url = \"https://…\"")
        .and_then(|(text, span)| base(reading, &text, span));
    let former_urls = addresses(&mut top, "former-urls");
    let description = top.text("description");
    let time_zone = time_zone(&mut top);
    let theme = top.text("theme").unwrap_or_else(|| "porch".to_owned());
    let accent = accent(&mut top);
    let copyright = top.text("copyright");
    let menu = menu(&mut top);
    let title = title.map(|(title, _)| title).unwrap_or_default();
    let languages = languages(&mut top, &title, description.as_deref(), menu);
    let base = base.or_else(|| Base::new(Url::parse("https://site.invalid/").ok()?))?;
    let daemon = services::daemon(&mut top);
    let mut endpoints = endpoints(&mut top);
    if let (None, Some(daemon)) = (&endpoints.webmention, &daemon) {
        endpoints.webmention = daemon.endpoint("webmention");
    }
    let config = Config {
        home: base.clone(),
        author: top.table("author").map_or_else(
            || Author { name: title.clone(), ..Author::default() },
            |table| author(table, &title),
        ),
        permalinks: permalinks(&mut top),
        feeds: feeds(&mut top),
        lists: lists(&mut top),
        content: content(&mut top),
        endpoints,
        headers: headers(&mut top),
        network: Network::read(&mut top),
        deploy: services::deploy(&mut top),
        access: services::access(&mut top),
        mail: mail::mail(&mut top),
        reader: reader::reader(&mut top),
        following: services::following(&mut top),
        daemon,
        extra: top.take("extra").map_or(serde_json::json!({}), |node| node.value.to_json()),
        places,
        base,
        former_urls,
        title,
        description,
        time_zone,
        theme,
        accent,
        copyright,
        languages,
    };
    top.finish();
    Some(config)
}

fn required(
    top: &mut Table<'_, '_>,
    key: &'static str,
    hint: &str,
) -> Option<(String, Range<usize>)> {
    let missing = top.lacks(key);
    if missing {
        top.reading.error_with_hint(0..0, format!("`{key}` is missing"), hint);
        return None;
    }
    let (text, span) = top.spanned_text(key)?;
    if text.trim().is_empty() {
        top.reading.error_with_hint(span, format!("`{key}` is empty"), hint);
        return None;
    }
    Some((text, span))
}

fn base(reading: &Reading<'_>, text: &str, span: Range<usize>) -> Option<Base> {
    let base = Url::parse(text).ok().and_then(Base::new);
    if base.is_none() {
        reading.error_with_hint(
            span,
            format!("`url` should be a web address, found \"{text}\""),
            "write it whole: https://you.example",
        );
    }
    base
}

/// Checked web addresses.
fn addresses(table: &mut Table<'_, '_>, key: &'static str) -> Vec<String> {
    table
        .texts(key)
        .into_iter()
        .filter_map(|(text, span)| address(table, key, text, span))
        .collect()
}

fn address(table: &Table<'_, '_>, key: &str, text: String, span: Range<usize>) -> Option<String> {
    let right = Url::parse(&text)
        .is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    if right {
        return Some(text);
    }
    table.reading.error_with_hint(
        span,
        format!("`{key}` should be a web address, found \"{text}\""),
        "write it whole: https://…",
    );
    None
}

pub(super) fn optional_address(table: &mut Table<'_, '_>, key: &'static str) -> Option<String> {
    let (text, span) = table.spanned_text(key)?;
    address(table, key, text, span)
}

fn time_zone(top: &mut Table<'_, '_>) -> TimeZone {
    let Some((name, span)) = top.spanned_text("time-zone") else { return TimeZone::UTC };
    TimeZone::get(&name).unwrap_or_else(|_| {
        top.reading.error_with_hint(
            span,
            format!("`time-zone` should be a name such as \"Europe/Lisbon\", found \"{name}\""),
            "the names are those of the IANA time zone database",
        );
        TimeZone::UTC
    })
}

fn accent(top: &mut Table<'_, '_>) -> Option<String> {
    let (text, span) = top.spanned_text("accent")?;
    let value = text.trim().to_lowercase();
    let hex = value.strip_prefix('#').is_some_and(|digits| {
        matches!(digits.len(), 3 | 6) && digits.chars().all(|c| c.is_ascii_hexdigit())
    });
    let inner = value.strip_prefix("oklch(").and_then(|rest| rest.strip_suffix(')'));
    let oklch = inner.is_some_and(|inner| {
        inner.split_whitespace().count() == 3
            && inner.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | ' ' | '%' | '-'))
    });
    if hex || oklch {
        return Some(value);
    }
    top.reading.error_with_hint(
        span,
        format!("`accent` should be a colour, found \"{text}\""),
        "write oklch(0.55 0.12 40) or #b5523b",
    );
    None
}

fn menu(table: &mut Table<'_, '_>) -> Vec<MenuItem> {
    table
        .tables("menu")
        .into_iter()
        .filter_map(|mut item| {
            let label = item.text("label");
            let url = item.text("url");
            let place = item.span.clone();
            let reading = item.reading;
            item.finish();
            match (label, url) {
                (Some(label), Some(url)) => Some(MenuItem { label, url }),
                _ => {
                    reading.error_with_hint(
                        place,
                        "a menu line needs `label` and `url`",
                        "write label = \"About\" and url = \"/about/\"",
                    );
                    None
                }
            }
        })
        .collect()
}

fn languages(
    top: &mut Table<'_, '_>,
    title: &str,
    description: Option<&str>,
    menu: Vec<MenuItem>,
) -> Vec<Language> {
    let code = language_code(top).unwrap_or_else(|| "en".to_owned());
    let mut list = vec![Language {
        name: native_name(&code),
        folder: String::new(),
        title: title.to_owned(),
        description: description.map(str::to_owned),
        author_note: None,
        menu,
        code,
    }];
    let Some(mut table) = top.table("languages") else { return list };
    for (key, node) in table.rest() {
        let code = key.name;
        if !lang::is_bcp47(&code) {
            top.reading.error_with_hint(
                key.span,
                format!("`{code}` is not a language code"),
                "write [languages.de], [languages.pt-BR], [languages.zh-Hans] …",
            );
            continue;
        }
        let mut entry = Table::new(top.reading, &format!("languages.{code}"), node);
        let name = entry.text("name");
        let own_title = entry.text("title");
        let own_description = entry.text("description");
        let author_note = entry.text("author-note");
        let own_menu = self::menu(&mut entry);
        entry.finish();
        match list.first_mut().filter(|default| default.code == code) {
            // A table for the default language completes it.
            Some(default) => {
                default.name = name.unwrap_or_else(|| default.name.clone());
                default.title = own_title.unwrap_or_else(|| default.title.clone());
                default.description = own_description.or(default.description.take());
                default.author_note = author_note;
                if !own_menu.is_empty() {
                    default.menu = own_menu;
                }
            }
            None => list.push(Language {
                name: name.unwrap_or_else(|| native_name(&code)),
                folder: code.to_lowercase(),
                title: own_title.unwrap_or_else(|| title.to_owned()),
                description: own_description.or_else(|| description.map(str::to_owned)),
                author_note,
                menu: own_menu,
                code,
            }),
        }
    }
    list
}

/// What a language's speakers call it, else its code.
fn native_name(code: &str) -> String {
    lang::native_name(code).unwrap_or(code).to_owned()
}

fn language_code(top: &mut Table<'_, '_>) -> Option<String> {
    let (code, span) = top.spanned_text("language")?;
    if lang::is_bcp47(&code) {
        return Some(code);
    }
    top.reading.error_with_hint(
        span,
        format!("`language` should be a language code, found \"{code}\""),
        "write \"en\", \"de\", \"pt-BR\", \"zh-Hans\" …",
    );
    None
}

fn author(mut table: Table<'_, '_>, title: &str) -> Author {
    let me = me(&mut table);
    let author = Author {
        name: table.text("name").unwrap_or_else(|| title.to_owned()),
        given_name: table.text("given-name"),
        family_name: table.text("family-name"),
        nickname: table.text("nickname"),
        pronouns: table.text("pronouns"),
        photo: table.text("photo"),
        cover: table.text("cover"),
        note: table.text("note"),
        email: table.text("email"),
        show_email: table.flag("show-email").unwrap_or(false),
        org: table.text("org"),
        job_title: table.text("job-title"),
        locality: table.text("locality"),
        region: table.text("region"),
        country_name: table.text("country-name"),
        birthday: table.text("birthday"),
        show_birthday: table.flag("show-birthday").unwrap_or(false),
        key: table.text("key"),
        categories: table.texts("categories").into_iter().map(|(text, _)| text).collect(),
        me,
    };
    table.finish();
    author
}

/// Profiles elsewhere: addresses, or tables with a label.
fn me(table: &mut Table<'_, '_>) -> Vec<(String, String)> {
    let path = table.path("me");
    let reading = table.reading;
    table
        .list("me")
        .into_iter()
        .filter_map(|node| match &node.value {
            Value::Text(url) => match Url::parse(url) {
                Ok(parsed) => Some((profile_label(&parsed), url.clone())),
                Err(_) => {
                    reading.error_with_hint(
                        node.span,
                        format!("`me` should be the address of a profile, found \"{url}\""),
                        "write it whole: https://…",
                    );
                    None
                }
            },
            _ => {
                let mut entry = Table::new(reading, &path, node);
                let place = entry.span.clone();
                let url = entry.text("url");
                let label = entry.text("label");
                entry.finish();
                let Some(url) = url else {
                    reading.error_with_hint(
                        place,
                        "a profile needs a `url`",
                        "write url = \"https://…\"",
                    );
                    return None;
                };
                Some((label.unwrap_or_else(|| url.clone()), url))
            }
        })
        .collect()
}

/// What a profile is called if the owner does not say: host and path without slashes at the end.
fn profile_label(url: &Url) -> String {
    match url.host_str() {
        Some(host) => format!("{host}{}", url.path().trim_end_matches('/')),
        None => url.path().to_owned(),
    }
}

fn permalinks(top: &mut Table<'_, '_>) -> Vec<(Kind, String)> {
    let Some(mut table) = top.table("permalinks") else { return Vec::new() };
    let reading = top.reading;
    table
        .rest()
        .into_iter()
        .filter_map(|(key, node)| {
            let Some(kind) = Kind::from_name(&key.name) else {
                let names = Kind::POSTS.iter().map(|kind| kind.name());
                let hint = crate::error::nearest(&key.name, names).map_or_else(
                    || "kinds are note, article, photo …".to_owned(),
                    |near| format!("did you mean `{near}`?"),
                );
                reading.error_with_hint(key.span, format!("there is no kind `{}`", key.name), hint);
                return None;
            };
            let pattern = node.as_text().unwrap_or_default();
            if let Some(message) = wrong_pattern(&pattern) {
                reading.error_with_hint(
                    node.span,
                    message,
                    "a pattern is made of text, slashes and {year} {month} {day} {slug} {path}",
                );
                return None;
            }
            Some((kind, pattern))
        })
        .collect()
}

fn wrong_pattern(pattern: &str) -> Option<String> {
    let mut rest = pattern;
    let mut unique = false;
    if pattern.split('/').any(|part| part == "..") {
        return Some("a pattern should not leave the site".to_owned());
    }
    while let Some((_, after)) = rest.split_once('{') {
        let Some((name, tail)) = after.split_once('}') else {
            return Some("this placeholder is not closed".to_owned());
        };
        if !["year", "month", "day", "slug", "path"].contains(&name) {
            return Some(format!("there is no placeholder {{{name}}}"));
        }
        unique |= matches!(name, "slug" | "path");
        rest = tail;
    }
    (!unique).then(|| "a pattern needs {slug} or {path}, or all posts share one address".to_owned())
}

fn feeds(top: &mut Table<'_, '_>) -> Feeds {
    let mut feeds = Feeds { items: 20, full: true, responses: true, hubs: Vec::new() };
    let Some(mut table) = top.table("feeds") else { return feeds };
    feeds.items = table.count("items", 1..1001).unwrap_or(feeds.items);
    feeds.full =
        table.choice("content", &[("full", true), ("summary", false)]).unwrap_or(feeds.full);
    feeds.responses = table.flag("responses").unwrap_or(feeds.responses);
    feeds.hubs = addresses(&mut table, "hubs");
    table.finish();
    feeds
}

fn lists(top: &mut Table<'_, '_>) -> Lists {
    let mut lists =
        Lists { page_size: 20, fold_words: 200, responses_depth: 3, responses_in_stream: true };
    let Some(mut table) = top.table("lists") else { return lists };
    lists.page_size = table.count("page-size", 1..1001).unwrap_or(lists.page_size);
    lists.fold_words = table.count("fold-words", 1..100_001).unwrap_or(lists.fold_words);
    lists.responses_depth = table.count("responses-depth", 1..11).unwrap_or(lists.responses_depth);
    lists.responses_in_stream =
        table.flag("responses-in-stream").unwrap_or(lists.responses_in_stream);
    table.finish();
    lists
}

fn content(top: &mut Table<'_, '_>) -> Content {
    let mut content = Content { folder: "content".to_owned(), foreign: false };
    let Some(mut table) = top.table("content") else { return content };
    if let Some((folder, span)) = table.spanned_text("folder") {
        let outside = folder.starts_with('/') || folder.split('/').any(|part| part == "..");
        if outside {
            table.reading.error_with_hint(
                span,
                format!("`folder` should lie in the site folder, found \"{folder}\""),
                "name a folder of the site: folder = \"content\"",
            );
        } else {
            content.folder = folder.trim_end_matches('/').to_owned();
        }
    }
    content.foreign = table.flag("foreign").unwrap_or(false);
    table.finish();
    content
}

fn endpoints(top: &mut Table<'_, '_>) -> Endpoints {
    let Some(mut table) = top.table("endpoints") else { return Endpoints::default() };
    let endpoints = Endpoints {
        webmention: optional_address(&mut table, "webmention"),
        micropub: optional_address(&mut table, "micropub"),
        microsub: optional_address(&mut table, "microsub"),
        indieauth: optional_address(&mut table, "indieauth"),
        hub: optional_address(&mut table, "hub"),
    };
    table.finish();
    endpoints
}

fn headers(top: &mut Table<'_, '_>) -> Headers {
    let Some(mut table) = top.table("headers") else { return Headers::default() };
    let mut headers = Headers::default();
    if let Some(mut csp) = table.table("csp") {
        for (key, node) in csp.rest() {
            let sources = match node.value {
                Value::List(list) => list.iter().filter_map(Node::as_text).collect(),
                _ => node.as_text().into_iter().collect::<Vec<_>>(),
            };
            if !key.name.ends_with("-src")
                && !matches!(key.name.as_str(), "form-action" | "frame-ancestors")
            {
                table.reading.error_with_hint(
                    key.span,
                    format!("there is no directive `{}`", key.name),
                    "directives are img-src, script-src, style-src, frame-src, media-src …",
                );
                continue;
            }
            headers.csp.push((key.name, sources));
        }
    }
    if let Some(mut custom) = table.table("custom") {
        for (key, node) in custom.rest() {
            let value = node.as_text().unwrap_or_default();
            let right = key.name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
                && !value.contains(['\n', '\r']);
            if right {
                headers.custom.push((key.name, value));
            } else {
                table.reading.error_with_hint(
                    key.span,
                    format!("`{}` is not a header's name, or its value has two lines", key.name),
                    "names have letters, digits and hyphens: X-Name = \"value\"",
                );
            }
        }
    }
    table.finish();
    headers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_lines_are_a_site() {
        let source = Source::new("lanai.toml", "title = \"A\"\nurl = \"https://a.example\"\n");
        let config = parse(&source).unwrap();
        assert_eq!(config.title, "A");
        assert_eq!(config.base.home(), "https://a.example/");
        assert_eq!(config.author.name, "A");
        assert_eq!(config.default_language().code, "en");
    }

    #[test]
    fn all_mistakes_are_found_at_once() {
        let source = Source::new(
            "lanai.toml",
            "titel = \"A\"\nurl = \"a.example\"\naccent = \"reddish\"\n[lists]\npage-size = 0\n[reeder]\n",
        );
        let problems = parse(&source).unwrap_err();
        let text: Vec<String> =
            problems.iter().map(|p| format!("{} {}", p.location(), p.message)).collect();
        assert_eq!(text.len(), 6, "{text:#?}");
        assert!(text.iter().any(|t| t.starts_with("lanai.toml:1:1 unknown key `titel`")));
        assert!(text.iter().any(|t| t.starts_with("lanai.toml:5:13 `page-size`")));
    }

    #[test]
    fn the_list_of_keys_is_whole() {
        let keys = keys();
        for key in [
            "title",
            "author.name",
            "menu.label",
            "languages.*.title",
            "feeds.hubs",
            "author.me.url",
        ] {
            assert!(keys.contains(key), "{key} in {keys:?}");
        }
        assert!(!keys.contains("daemon"));
        assert!(keys.contains("daemon.listen"));
    }
}
