//! The class names of microformats2. Spec: microformats2 parsing, note on the names.

/// How the value of a property is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Prefix {
    /// `p-`: text
    Text,
    /// `u-`: an address
    Url,
    /// `dt-`: a date
    Date,
    /// `e-`: HTML
    Html,
}

impl Prefix {
    const ALL: [(&'static str, Self); 4] =
        [("p-", Self::Text), ("u-", Self::Url), ("dt-", Self::Date), ("e-", Self::Html)];
}

/// A property that an element is the value of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Property<'a> {
    pub(super) prefix: Prefix,
    pub(super) name: &'a str,
}

/// The property that a class stands for.
pub(super) fn property(class: &str) -> Option<Property<'_>> {
    Prefix::ALL.into_iter().find_map(|(start, prefix)| {
        let name = class.strip_prefix(start).filter(|name| is_name(name))?;
        Some(Property { prefix, name })
    })
}

/// Whether a class makes an element the root of an item.
pub fn is_root(class: &str) -> bool {
    class.strip_prefix("h-").is_some_and(is_name)
}

/// Names are words of small letters with hyphens between them; the first of several words may
/// have digits.
fn is_name(name: &str) -> bool {
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase());
    let is_vendor = |word: &str| {
        !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    };
    match name.split_once('-') {
        None => is_word(name),
        Some((first, rest)) => is_vendor(first) && rest.split('-').all(is_word),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mf_i_03_names_may_have_a_vendor_with_digits() {
        for good in
            ["h-a", "h-card", "h-8-vendor-card", "h-8to8-vendor-card", "h-t9-test", "h-a-b-c"]
        {
            assert!(is_root(good), "{good}");
        }
        for bad in [
            "h",
            "h-",
            "h--",
            "h-1",
            "h-car1d",
            "h-car_d",
            "h-Card",
            "H-card",
            "h-a--b",
            "h-a-",
            "h--a",
            "h-a-8b",
            "h-8-8-a",
            "h-8to8-a1-b",
            "x-card",
            "hcard",
            "h-ä",
        ] {
            assert!(!is_root(bad), "{bad}");
        }
        let read = |class| property(class).map(|p: Property<'_>| (p.prefix, p.name));
        assert_eq!(read("p-name"), Some((Prefix::Text, "name")));
        assert_eq!(read("u-in-reply-to"), Some((Prefix::Url, "in-reply-to")));
        assert_eq!(read("dt-x-start"), Some((Prefix::Date, "x-start")));
        assert_eq!(read("e-content"), Some((Prefix::Html, "content")));
        assert_eq!(read("p-8-vendor-name"), Some((Prefix::Text, "8-vendor-name")));
        for bad in ["p-4", "p-nam1e", "e-", "dt", "d-start", "h-card", "P-name", "p-name-"] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}
