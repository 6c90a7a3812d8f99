//! A request that somebody sends to the endpoint (W §3.2): what is in it, and what is wrong with
//! it. Whether the target is a page of the site is left to whoever knows the site.

use std::fmt;

use url::Url;

use super::is_web;

/// Longest address that is taken, in bytes.
pub const LONGEST: usize = 2_048;

/// The form that a request sends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The page that mentions.
    pub source: Url,
    /// The page mentioned, with its fragment.
    pub target: Url,
    /// The target letter by letter.
    pub target_as_sent: String,
    /// A page of a third party that vouches for the source (Vouch).
    pub vouch: Option<Url>,
}

/// What is wrong with a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wrong {
    /// It is no form.
    Type,
    /// A field is not there, or empty.
    Missing(&'static str),
    /// A field is there twice.
    Repeated(&'static str),
    /// A field is longer than [`LONGEST`].
    Long(&'static str),
    /// A field is not a web address.
    NoAddress(&'static str),
    /// Source and target are one page.
    Same,
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Type => f.write_str(
                "a mention is sent as a form: Content-Type: application/x-www-form-urlencoded",
            ),
            Self::Missing(field) => write!(f, "`{field}` is missing: it has to be a web address"),
            Self::Repeated(field) => write!(f, "`{field}` is there more than once"),
            Self::Long(field) => write!(f, "`{field}` is longer than {LONGEST} bytes"),
            Self::NoAddress(field) => {
                write!(
                    f,
                    "`{field}` is not a whole web address: it has to begin with https:// or http://"
                )
            }
            Self::Same => f.write_str("source and target are the same page"),
        }
    }
}

impl std::error::Error for Wrong {}

/// Reads the body of a request. Fields that are not known are none of our business (WM-R-03).
///
/// # Errors
/// What is wrong, in words for the sender.
pub fn read(content_type: Option<&str>, body: &[u8]) -> Result<Request, Wrong> {
    let kind = content_type.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    if !kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return Err(Wrong::Type);
    }
    let source = field(body, "source")?.ok_or(Wrong::Missing("source"))?;
    let target_as_sent = field(body, "target")?.ok_or(Wrong::Missing("target"))?;
    let source = address("source", &source)?;
    let target = address("target", &target_as_sent)?;
    let vouch = field(body, "vouch")?.map(|vouch| address("vouch", &vouch)).transpose()?;
    if without_fragment(&source) == without_fragment(&target) {
        return Err(Wrong::Same);
    }
    Ok(Request { source, target, target_as_sent, vouch })
}

/// The one value of a field; empty is none.
fn field(body: &[u8], name: &'static str) -> Result<Option<String>, Wrong> {
    let mut values = url::form_urlencoded::parse(body).filter(|(key, _)| key == name);
    let value = values.next().map(|(_, value)| value.trim().to_owned());
    if values.next().is_some() {
        return Err(Wrong::Repeated(name));
    }
    Ok(value.filter(|value| !value.is_empty()))
}

fn address(name: &'static str, text: &str) -> Result<Url, Wrong> {
    if text.len() > LONGEST {
        return Err(Wrong::Long(name));
    }
    // The parser would leave such characters out in silence.
    if text.contains(|c: char| c.is_control() || c.is_whitespace()) {
        return Err(Wrong::NoAddress(name));
    }
    // The parser makes an address of `https:a` too.
    let (scheme, rest) = text.split_once("://").unwrap_or_default();
    let is_whole = matches!(scheme.to_ascii_lowercase().as_str(), "http" | "https");
    let url = Url::parse(text).ok().filter(|_| is_whole && !rest.is_empty());
    url.filter(is_web).ok_or(Wrong::NoAddress(name))
}

fn without_fragment(url: &Url) -> Url {
    let mut url = url.clone();
    url.set_fragment(None);
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    const FORM: Option<&str> = Some("application/x-www-form-urlencoded");

    fn body(source: &str, target: &str) -> String {
        let fields = [("source", source), ("target", target)];
        url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
    }

    fn wrong(source: &str, target: &str) -> Wrong {
        read(FORM, body(source, target).as_bytes()).unwrap_err()
    }

    #[test]
    fn wm_r_02_a_request_is_a_form_with_two_fields() {
        let good = body("https://ben.example/1", "https://ana.example/2#c");
        for kind in [
            "application/x-www-form-urlencoded",
            "Application/X-WWW-Form-URLencoded; charset=utf-8",
        ] {
            let request = read(Some(kind), good.as_bytes()).unwrap();
            assert_eq!(request.source.as_str(), "https://ben.example/1");
            assert_eq!(request.target_as_sent, "https://ana.example/2#c");
        }
        for kind in [None, Some("application/json"), Some("multipart/form-data"), Some("")] {
            assert_eq!(read(kind, good.as_bytes()), Err(Wrong::Type));
        }
        assert_eq!(read(FORM, b""), Err(Wrong::Missing("source")));
        assert_eq!(read(FORM, b"source=https://a.example/"), Err(Wrong::Missing("target")));
        assert_eq!(read(FORM, b"source=&target=https://a.example/"), Err(Wrong::Missing("source")));
        let twice = format!("{good}&target=https://ana.example/3");
        assert_eq!(read(FORM, twice.as_bytes()), Err(Wrong::Repeated("target")));
    }

    #[test]
    fn wm_r_03_other_fields_do_not_matter() {
        let more = format!(
            "checked=true&{}&sent=false&sent=true&%zz=%ff",
            body("https://b.example", "https://a.example")
        );
        assert!(read(FORM, more.as_bytes()).is_ok());
    }

    #[test]
    fn wm_r_04_addresses_are_whole_web_addresses() {
        let good = "https://ana.example/";
        for bad in [
            "word",
            "mailto:ana@ana.example",
            "<>",
            "//b.example/",
            "/path",
            "https://",
            "http:///",
            "https:b.example",
            "ftp://b.example/",
            "javascript:alert(1)",
            "data:text/html,x",
            "https://b.example/ x",
            "https://b.example/\nx",
            "https://b .example/",
            "https://[::1/",
            "https://b.example:99999/",
        ] {
            assert_eq!(wrong(bad, good), Wrong::NoAddress("source"), "{bad}");
            assert_eq!(wrong(good, bad), Wrong::NoAddress("target"), "{bad}");
        }
        let long = format!("https://b.example/{}", "x".repeat(LONGEST));
        assert_eq!(wrong(&long, good), Wrong::Long("source"));
    }

    #[test]
    fn wm_r_06_a_page_does_not_mention_itself() {
        for (source, target) in [
            ("https://a.example/x", "https://a.example/x"),
            ("https://A.example/x#one", "https://a.example/x#two"),
            ("https://a.example", "https://a.example/"),
            ("https://a.example:443/x", "https://a.example/x"),
        ] {
            assert_eq!(wrong(source, target), Wrong::Same);
        }
        assert!(read(FORM, body("https://a.example/x", "https://a.example/y").as_bytes()).is_ok());
    }

    #[test]
    fn wm_o_03_a_vouch_is_taken_unless_it_is_no_address() {
        let base = body("https://b.example/", "https://a.example/");
        let with = |vouch: &str| read(FORM, format!("{base}&vouch={vouch}").as_bytes());
        let vouch = with("https%3A%2F%2Fc.example%2F").unwrap().vouch;
        assert_eq!(vouch.map(String::from).as_deref(), Some("https://c.example/"));
        assert_eq!(with("").unwrap().vouch, None);
        assert_eq!(with("nobody"), Err(Wrong::NoAddress("vouch")));
    }
}
