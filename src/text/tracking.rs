//! What only follows people about: parameters of addresses that say who was sent by whom, and
//! pictures that count readers.
//!
//! Both lists are short, and of names that mean nothing else anywhere: nobody's page may break. The
//! parameters are those that the services document and that Firefox's query stripping, ClearURLs and
//! EasyPrivacy agree on; the counters are those found in feeds, most of them named by EasyPrivacy.

use std::borrow::Cow;

use url::Url;

/// Beginnings of parameters: Google's and everybody's, Matomo's, HubSpot's for advertisements.
const FAMILIES: [&str; 3] = ["utm_", "mtm_", "hsa_"];

/// Whole parameters.
const NAMES: [&str; 49] = [
    "__hsfp",
    "__hssc",
    "__hstc",
    "__s",
    "_branch_match_id",
    "_branch_referrer",
    "_hsenc",
    "_hsmi",
    "_openstat",
    "at_recipient_id",
    "at_recipient_list",
    "dclid",
    "epik",
    "fb_action_ids",
    "fb_action_types",
    "fbclid",
    "gad_source",
    "gbraid",
    "gclid",
    "gclsrc",
    "hsctatracking",
    "igsh",
    "igshid",
    "li_fat_id",
    "mc_cid",
    "mc_eid",
    "mc_tc",
    "mkt_tok",
    "ml_subscriber",
    "ml_subscriber_hash",
    "msclkid",
    "oly_anon_id",
    "oly_enc_id",
    "pk_campaign",
    "pk_cid",
    "pk_content",
    "pk_keyword",
    "pk_kwd",
    "pk_medium",
    "pk_source",
    "rb_clickid",
    "srsltid",
    "ttclid",
    "twclid",
    "vero_id",
    "wbraid",
    "wickedid",
    "yclid",
    "ysclid",
];

/// Counters at one host, with its subdomains: the host, and how the path begins.
const COUNTERS: [(&str, &str); 21] = [
    ("api.follow.it", "/track"),
    ("b.scorecardresearch.com", "/"),
    ("bat.bing.com", "/"),
    ("blogger.googleusercontent.com", "/tracker/"),
    ("counter.theconversation.com", "/"),
    ("doubleclick.net", "/"),
    ("eotrx.substackcdn.com", "/open"),
    ("facebook.com", "/tr"),
    ("feeds.feedblitz.com", "/~/i/"),
    ("feeds.wordpress.com", "/1.0/"),
    ("google-analytics.com", "/"),
    ("list-manage.com", "/track/open.php"),
    ("medium.com", "/_/stat"),
    ("pixel.quantserve.com", "/"),
    ("pixel.wp.com", "/"),
    ("px.ads.linkedin.com", "/"),
    ("stats.wordpress.com", "/"),
    ("stats.wp.com", "/"),
    ("t.co", "/i/adsct"),
    ("track.hubspot.com", "/"),
    ("tracking.feedpress.it", "/"),
];

/// Counters that lie at any host, by how the path begins: FeedBurner's readers and its buttons, and
/// the mails of SendGrid.
const BEGINNINGS: [&str; 3] = ["/~r/", "/~ff/", "/wf/open"];

/// Counters that lie at any host, by how the path ends: Google's, HubSpot's, Matomo's.
const ENDS: [&str; 4] = ["/__utm.gif", "/__ptq.gif", "/matomo.php", "/piwik.php"];

/// An address without the parameters that only follow people. Order and spelling of the others stay
/// as they are.
#[must_use]
pub fn without_tracking(url: &Url) -> Url {
    let mut url = url.clone();
    let left = url.query().and_then(stripped);
    match left {
        Some(left) if left.is_empty() => url.set_query(None),
        Some(left) => url.set_query(Some(&left)),
        None => {}
    }
    url
}

/// The same for an absolute address as it is written.
pub(super) fn without_tracking_as_written(address: &str) -> Cow<'_, str> {
    let (whole, fragment) = match address.split_once('#') {
        Some((whole, fragment)) => (whole, Some(fragment)),
        None => (address, None),
    };
    let parts = whole.split_once('?');
    let Some((path, left)) = parts.and_then(|(path, query)| Some((path, stripped(query)?))) else {
        return Cow::Borrowed(address);
    };
    let mut out = path.to_owned();
    for (sign, rest) in [('?', Some(&*left).filter(|left| !left.is_empty())), ('#', fragment)] {
        if let Some(rest) = rest {
            out.push(sign);
            out.push_str(rest);
        }
    }
    Cow::Owned(out)
}

/// What is left of a query; none if nothing has to go.
fn stripped(query: &str) -> Option<String> {
    if !query.split('&').any(is_tracking) {
        return None;
    }
    let left: Vec<&str> = query.split('&').filter(|parameter| !is_tracking(parameter)).collect();
    Some(left.join("&"))
}

fn is_tracking(parameter: &str) -> bool {
    let name = parameter.split_once('=').map_or(parameter, |(name, _)| name);
    let is_family = |family: &&str| {
        name.get(..family.len()).is_some_and(|start| start.eq_ignore_ascii_case(family))
    };
    FAMILIES.iter().any(is_family) || NAMES.iter().any(|known| name.eq_ignore_ascii_case(known))
}

/// Whether a picture at an address only counts who sees it.
pub(super) fn is_counter(url: &Url) -> bool {
    let (host, path) = (url.host_str().unwrap_or_default(), url.path());
    let is_at = |known: &str| {
        host.strip_suffix(known).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    };
    BEGINNINGS.iter().any(|begin| path.starts_with(begin))
        || ENDS.iter().any(|end| path.ends_with(end))
        || COUNTERS.iter().any(|(known, begin)| path.starts_with(begin) && is_at(known))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn only_what_follows_people_goes() {
        for (with, without) in [
            ("https://a.example/?utm_source=x&utm_medium=y", "https://a.example/"),
            ("https://a.example/?utm_source=x#part", "https://a.example/#part"),
            (
                "https://a.example/p?a=1&fbclid=x&b=%C3%BC+%2b&mc_eid=3",
                "https://a.example/p?a=1&b=%C3%BC+%2b",
            ),
            ("https://a.example/?b=2&UTM_Campaign=x&a=1&b=1", "https://a.example/?b=2&a=1&b=1"),
            ("https://a.example/?gclid&x", "https://a.example/?x"),
            ("https://a.example/?&utm_x=1&", "https://a.example/?&"),
        ] {
            assert_eq!(without_tracking(&url(with)).as_str(), without, "{with}");
            assert_eq!(without_tracking_as_written(with), without, "{with}");
        }
        for same in [
            "https://a.example/?",
            "https://a.example/?ref=x&source=y&id=fbclid&q=utm_source=x",
            "https://a.example/?xfbclid=1&s=2&autm_=3",
            "https://a.example/utm_source=x#?utm_source=x",
        ] {
            assert_eq!(without_tracking(&url(same)).as_str(), same);
            assert_eq!(without_tracking_as_written(same), same);
        }
    }

    #[test]
    fn counters_are_known_by_their_addresses() {
        for counter in [
            "http://feeds.feedburner.com/~r/Blog/~4/abc",
            "http://feeds.ana.example/~ff/Blog?d=yIl2AUoC8zA",
            "https://pixel.wp.com/b.gif?host=a.example",
            "https://stats.wordpress.com/b.gif?blog=1",
            "https://medium.com/_/stat?event=post.clientViewed",
            "https://ana.us1.list-manage.com/track/open.php?u=1",
            "https://www.google-analytics.com/__utm.gif",
            "https://stats.ana.example/matomo.php?idsite=1",
        ] {
            assert!(is_counter(&url(counter)), "{counter}");
        }
        for picture in [
            "https://a.example/pixel.gif",
            "https://notfacebook.com/tr/a.jpg",
            "https://medium.com/a.jpg",
            "https://i0.wp.com/a.example/b.gif",
            "https://a.example/x/~r/",
        ] {
            assert!(!is_counter(&url(picture)), "{picture}");
        }
    }

    proptest! {
        #[test]
        fn no_address_is_broken(query in "([a-z&=?#%+/;]|utm_|fbclid|[^a-z]){0,30}") {
            if let Ok(url) = Url::parse(&format!("https://a.example/?{query}")) {
                let once = without_tracking(&url);
                prop_assert_eq!(&without_tracking(&once), &once);
                prop_assert_eq!(once.path(), url.path());
                prop_assert_eq!(once.fragment(), url.fragment());
                prop_assert_eq!(&*without_tracking_as_written(url.as_str()), once.as_str());
            }
        }
    }
}
