//! Homes whose feeds are known without asking: large services have an address for each feed, and
//! often a page that does not name it. Pure.

use url::Url;

/// The feeds that a page of a known service has, the best first; none if the service is not known.
/// They are tried like others, because services change.
pub(super) fn feeds(page: &Url) -> Vec<Url> {
    let host = page.host_str().unwrap_or_default();
    let host = host.strip_prefix("www.").or_else(|| host.strip_prefix("m.")).unwrap_or(host);
    let path: Vec<&str> = page.path_segments().into_iter().flatten().collect();
    let path: Vec<&str> = path.into_iter().filter(|part| !part.is_empty()).collect();
    let found = match (host, path.as_slice()) {
        ("youtube.com", ["channel", id, ..]) => {
            with(page, "/feeds/videos.xml", &[("channel_id", id)])
        }
        ("youtube.com", ["playlist"]) => {
            let list = page.query_pairs().find(|(key, _)| key == "list");
            list.and_then(|(_, id)| with(page, "/feeds/videos.xml", &[("playlist_id", &id)]))
        }
        ("reddit.com" | "old.reddit.com", ["r" | "u" | "user", name, ..]) => {
            let kind = path.first().copied().unwrap_or("r");
            with(page, &format!("/{kind}/{name}/.rss"), &[])
        }
        ("github.com", [user]) => with(page, &format!("/{user}.atom"), &[]),
        ("github.com", [user, project, ..]) => {
            let at = |what: &str| with(page, &format!("/{user}/{project}/{what}.atom"), &[]);
            return at("releases").into_iter().chain(at("commits")).collect();
        }
        ("medium.com", [name, ..]) => with(page, &format!("/feed/{name}"), &[]),
        ("bsky.app", ["profile", name, ..]) => with(page, &format!("/profile/{name}/rss"), &[]),
        (host, []) if host.ends_with(".substack.com") => with(page, "/feed", &[]),
        (_, ["wiki", rest @ ..]) if !rest.is_empty() => wiki(page, &rest.join("/")),
        // Mastodon and its relatives.
        (_, [name]) if name.starts_with('@') && name.len() > 1 => {
            with(page, &format!("/{name}.rss"), &[])
        }
        _ => None,
    };
    found.into_iter().collect()
}

/// The history of a page of MediaWiki, what somebody contributed, or what changed lately.
fn wiki(page: &Url, title: &str) -> Option<Url> {
    // It is encoded already, as paths are.
    let title = title.replace('&', "%26").replace('+', "%2B");
    let contributions = ["Special:Contributions/", "Spezial:Beitr%C3%A4ge/"].into_iter();
    let user = contributions.filter_map(|prefix| title.strip_prefix(prefix)).next();
    let (path, query) = match user {
        Some(user) => ("/w/api.php", format!("action=feedcontributions&user={user}")),
        None if title == "Special:RecentChanges" => {
            ("/w/api.php", "action=feedrecentchanges&feedformat=atom".to_owned())
        }
        None => ("/w/index.php", format!("title={title}&action=history&feed=atom")),
    };
    let mut url = with(page, path, &[])?;
    url.set_query(Some(&query));
    Some(url)
}

/// Another page of the same host.
fn with(page: &Url, path: &str, query: &[(&str, &str)]) -> Option<Url> {
    let mut url = page.join(path).ok()?;
    url.set_fragment(None);
    url.set_query(None);
    if !query.is_empty() {
        url.query_pairs_mut().extend_pairs(query);
    }
    Some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_homes_have_their_feeds() {
        let cases = [
            (
                "https://www.youtube.com/channel/UC1/videos",
                "https://www.youtube.com/feeds/videos.xml?channel_id=UC1",
            ),
            (
                "https://youtube.com/playlist?list=PL2&x=1",
                "https://youtube.com/feeds/videos.xml?playlist_id=PL2",
            ),
            ("https://old.reddit.com/r/rust/top", "https://old.reddit.com/r/rust/.rss"),
            ("https://www.reddit.com/user/ana", "https://www.reddit.com/user/ana/.rss"),
            ("https://github.com/ana", "https://github.com/ana.atom"),
            ("https://github.com/ana/boat?tab=x", "https://github.com/ana/boat/releases.atom"),
            ("https://medium.com/@ana", "https://medium.com/feed/@ana"),
            ("https://bsky.app/profile/ana.example", "https://bsky.app/profile/ana.example/rss"),
            ("https://ana.substack.com/", "https://ana.substack.com/feed"),
            ("https://social.example/@ana", "https://social.example/@ana.rss"),
            (
                "https://en.wikipedia.org/wiki/Ferry#x",
                "https://en.wikipedia.org/w/index.php?title=Ferry&action=history&feed=atom",
            ),
            (
                "https://de.wikipedia.org/wiki/Käse_&_Brot",
                "https://de.wikipedia.org/w/index.php?title=K%C3%A4se_%26_Brot&action=history&feed=atom",
            ),
            (
                "https://de.wikipedia.org/wiki/Spezial:Beiträge/Ana",
                "https://de.wikipedia.org/w/api.php?action=feedcontributions&user=Ana",
            ),
            (
                "https://en.wikipedia.org/wiki/Special:Contributions/Ana",
                "https://en.wikipedia.org/w/api.php?action=feedcontributions&user=Ana",
            ),
        ];
        for (page, feed) in cases {
            let found = feeds(&Url::parse(page).unwrap());
            assert_eq!(found.first().map(Url::as_str), Some(feed), "{page}");
        }
        for page in
            ["https://ana.example/", "https://ana.example/notes/one/", "https://ana.example/@"]
        {
            assert_eq!(feeds(&Url::parse(page).unwrap()), Vec::<Url>::new(), "{page}");
        }
    }
}
