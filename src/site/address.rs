//! From a file's path under `content/` to the address of its page.

use crate::config::Config;
use crate::model::{Kind, Moment, Permalink};
use crate::text::lang;
use crate::text::slug::slug;

/// What a file's path says: its address before permalink patterns, language and date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// The folder of the page, without the language, without slashes at the ends.
    pub folder: String,
    /// The last part of the address; empty for the text of a list.
    pub slug: String,
    /// Whether the file is `_index.md`, the text of a list page.
    pub is_list: bool,
    /// Whether the file is `index.md`, a bundle whose folder holds its media.
    pub is_bundle: bool,
    /// The language of the name's suffix: index into the configuration's list.
    pub section: Option<usize>,
    /// A suffix that looks like a language and is not configured.
    pub unknown_language: Option<String>,
    /// The date in the file's name.
    pub date: Option<String>,
}

/// Reads the path of a Markdown file below the content folder: `posts/2024-05-01-hello.de.md`.
pub fn address_of(path: &str, config: &Config) -> Address {
    let (folder, file) = path.rsplit_once('/').unwrap_or(("", path));
    let stem = file.strip_suffix(".md").or_else(|| file.strip_suffix(".markdown")).unwrap_or(file);
    let (stem, section, unknown_language) = split_language(stem, config);
    let is_list = stem == "_index" || (stem == "index" && folder.is_empty());
    let is_bundle = stem == "index" && !folder.is_empty();
    let (folder, name) =
        if is_bundle { folder.rsplit_once('/').unwrap_or(("", folder)) } else { (folder, stem) };
    let (date, name) = split_date(name);
    let folder = folder
        .split('/')
        .filter(|part| !part.is_empty())
        .map(|part| slug(part.trim_start_matches('_')))
        .collect::<Vec<_>>()
        .join("/");
    let slug = if is_list { String::new() } else { slug(name) };
    Address { folder, slug, is_list, is_bundle, section, unknown_language, date }
}

impl Address {
    /// What translations of one text have in common.
    pub fn translation_key(&self) -> String {
        format!("{}/{}{}", self.folder, self.slug, if self.is_list { "_" } else { "" })
    }

    /// The address of the page in a language, by the kind's pattern if there is one.
    pub fn permalink(
        &self,
        config: &Config,
        section: usize,
        kind: Kind,
        published: Option<&Moment>,
    ) -> Permalink {
        let language = &config.language(section).folder;
        let path = format!("{}/{}", self.folder, self.slug);
        let pattern =
            config.permalinks.iter().find(|(k, _)| *k == kind).map(|(_, pattern)| pattern);
        let path = match (pattern, self.is_list) {
            (Some(pattern), false) => fill(pattern, &path, &self.slug, published),
            _ => path,
        };
        Permalink::page(&format!("{language}/{}", path.trim_start_matches('/')))
    }
}

fn fill(pattern: &str, path: &str, slug: &str, published: Option<&Moment>) -> String {
    let part = |value: i16, width: usize| format!("{value:0width$}");
    let (year, month, day) = published.map_or_else(Default::default, |at| {
        (part(at.year(), 4), part(i16::from(at.month()), 2), part(i16::from(at.day()), 2))
    });
    pattern
        .replace("{year}", &year)
        .replace("{month}", &month)
        .replace("{day}", &day)
        .replace("{slug}", slug)
        .replace("{path}", path.trim_start_matches('/'))
}

/// Cuts `.de` from `post.de`, if German is one of the site's languages.
fn split_language<'a>(stem: &'a str, config: &Config) -> (&'a str, Option<usize>, Option<String>) {
    let Some((name, suffix)) = stem.rsplit_once('.') else { return (stem, None, None) };
    let found =
        config.languages.iter().position(|language| language.code.eq_ignore_ascii_case(suffix));
    match found {
        Some(section) => (name, Some(section), None),
        None if suffix.len() == 2 && lang::native_name(suffix).is_some() => {
            (name, None, Some(suffix.to_owned()))
        }
        None => (stem, None, None),
    }
}

/// Cuts `2024-05-01-` from a name.
fn split_date(name: &str) -> (Option<String>, &str) {
    let Some((date, rest)) = name.split_at_checked(10) else { return (None, name) };
    let is_date = date.parse::<jiff::civil::Date>().is_ok()
        && date.chars().filter(|c| *c == '-').count() == 2;
    match (is_date, rest.strip_prefix(['-', '_'])) {
        (true, Some(rest)) if !rest.is_empty() => (Some(date.to_owned()), rest),
        (true, None) if rest.is_empty() => (Some(date.to_owned()), name),
        _ => (None, name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Source;

    fn config(more: &str) -> Config {
        let text = format!("title = \"A\"\nurl = \"https://a.example\"\n{more}");
        crate::config::parse(&Source::new("lanai.toml", text)).unwrap()
    }

    fn path(file: &str, config: &Config) -> String {
        let address = address_of(file, config);
        let section = address.section.unwrap_or(0);
        let moment = "2024-05-01T10:00:00+00:00[UTC]".parse::<Moment>().unwrap();
        address.permalink(config, section, Kind::Note, Some(&moment)).to_string()
    }

    #[test]
    fn addresses_follow_the_folder() {
        let config = config("[languages.de]\n");
        for (file, expected) in [
            ("about.md", "/about/"),
            ("posts/2024-05-01-hello.md", "/posts/hello/"),
            ("posts/2024-05-01.md", "/posts/2024-05-01/"),
            ("photos/2024-05-01-trip/index.md", "/photos/trip/"),
            ("Notes/Grüße aus Köln.md", "/notes/grüße-aus-köln/"),
            ("posts/hello.de.md", "/de/posts/hello/"),
            ("posts/trip/index.de.md", "/de/posts/trip/"),
            ("_index.md", "/"),
            ("_index.de.md", "/de/"),
            ("notes/_index.md", "/notes/"),
        ] {
            assert_eq!(path(file, &config), expected, "{file}");
        }
    }

    #[test]
    fn patterns_change_the_address_of_a_kind() {
        let config = config("[permalinks]\nnote = \"/{year}/{month}/{slug}/\"\n");
        assert_eq!(path("posts/hello.md", &config), "/2024/05/hello/");
    }

    #[test]
    fn a_language_that_is_not_configured_is_noticed() {
        assert_eq!(address_of("a.fr.md", &config("")).unknown_language.as_deref(), Some("fr"));
        assert_eq!(address_of("v1.2.md", &config("")).unknown_language, None);
    }
}
