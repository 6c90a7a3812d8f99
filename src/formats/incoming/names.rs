//! The vocabularies that elements of feeds come from, by address or, where that was forgotten, by
//! the usual prefix (FD-X-07).

/// A vocabulary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Space {
    /// RSS of all versions, and what has no vocabulary.
    Plain,
    /// Atom, 0.3 and 1.0.
    Atom,
    /// `content:encoded`.
    Content,
    /// Dublin Core, old and new.
    Dc,
    /// Media RSS.
    Media,
    /// Podcasts, as the shop of Apple wants them.
    Itunes,
    /// The newer namespace of podcasts.
    Podcast,
    /// XHTML.
    Xhtml,
    /// RDF.
    Rdf,
    /// How often a feed changes.
    Syndication,
    /// Replies in Atom.
    Thread,
    /// What a well-known proxy of feeds adds.
    Feedburner,
    /// Anything else.
    Other,
}

/// The vocabulary of an address. The scheme, small and capital letters and what ends it are
/// written in many ways.
pub(super) fn by_address(address: &str) -> Space {
    let lower = address.trim().to_ascii_lowercase();
    let rest = lower.strip_prefix("https://").or_else(|| lower.strip_prefix("http://"));
    let rest = rest.unwrap_or(&lower).trim_end_matches(['/', '#']);
    let rest = rest.strip_prefix("www.").unwrap_or(rest);
    match rest {
        "w3.org/2005/atom" | "purl.org/atom/ns" | "purl.org/net/atom" | "example.com/newformat" => {
            Space::Atom
        }
        "purl.org/rss/1.0/modules/content" => Space::Content,
        "purl.org/rss/1.0/modules/syndication" => Space::Syndication,
        "w3.org/1999/xhtml" | "w3.org/tr/xhtml1" => Space::Xhtml,
        "w3.org/1999/02/22-rdf-syntax-ns" => Space::Rdf,
        "purl.org/syndication/thread/1.0" => Space::Thread,
        "rssnamespace.org/feedburner/ext/1.0" => Space::Feedburner,
        rest if rest.starts_with("purl.org/dc/") => Space::Dc,
        rest if rest.contains("search.yahoo.com/") => Space::Media,
        rest if rest.starts_with("itunes.com/dtd") => Space::Itunes,
        rest if rest.contains("podcastindex") => Space::Podcast,
        rest if is_rss(rest) => Space::Plain,
        _ => Space::Other,
    }
}

fn is_rss(address: &str) -> bool {
    // Its modules begin with the same.
    if address == "purl.org/rss/1.0" {
        return true;
    }
    ["purl.org/net/rss", "my.netscape.com/", "channel.netscape.com/"]
        .iter()
        .chain(&["backend.userland.com/", "blogs.law.harvard.edu/", "cyber.law.harvard.edu/"])
        .any(|start| address.starts_with(start))
}

/// The vocabulary that a prefix mostly stands for.
pub(super) fn by_prefix(prefix: &str) -> Space {
    match prefix.to_ascii_lowercase().as_str() {
        "rss" => Space::Plain,
        "atom" | "atom10" | "a10" => Space::Atom,
        "content" => Space::Content,
        "dc" | "dcterms" => Space::Dc,
        "media" => Space::Media,
        "itunes" => Space::Itunes,
        "podcast" => Space::Podcast,
        "xhtml" | "html" | "h" => Space::Xhtml,
        "rdf" => Space::Rdf,
        "sy" => Space::Syndication,
        "thr" => Space::Thread,
        "feedburner" => Space::Feedburner,
        _ => Space::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fd_x_07_addresses_are_written_in_many_ways() {
        for (address, space) in [
            ("http://www.w3.org/2005/Atom", Space::Atom),
            ("https://www.w3.org/2005/Atom/", Space::Atom),
            ("http://purl.org/atom/ns#", Space::Atom),
            ("http://purl.org/rss/1.0/modules/content", Space::Content),
            ("https://search.yahoo.com/mrss", Space::Media),
            ("http://tools.search.yahoo.com/mrss/", Space::Media),
            ("http://www.itunes.com/DTDs/Podcast-1.0.dtd", Space::Itunes),
            ("http://my.netscape.com/rdf/simple/0.9/", Space::Plain),
            ("http://purl.org/rss/1.0/", Space::Plain),
            ("http://purl.org/rss/1.0/modules/slash/", Space::Other),
            ("urn:x", Space::Other),
        ] {
            assert_eq!(by_address(address), space, "{address}");
        }
        assert_eq!(by_prefix("DC"), Space::Dc);
        assert_eq!(by_prefix("georss"), Space::Other);
    }
}
