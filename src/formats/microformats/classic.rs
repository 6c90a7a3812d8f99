//! The formats before microformats2, with class names like `vcard` and `hentry`, and what their
//! classes are called today. Spec: the sections on parser compatibility of the h-* vocabularies.

use crate::formats::html::Element;

use super::names::{Prefix, Property};

/// A format: the class of its root, its type today and what stands for its properties.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Format {
    class: &'static str,
    pub(super) kind: &'static str,
    /// Classes.
    classes: &'static [Rule],
    /// Tokens of `rel`.
    rels: &'static [Rule],
}

/// A class or `rel`, and the property it stands for.
type Rule = (&'static str, Prefix, &'static str);

use Prefix::{Date, Html, Text, Url};

const ADR: Format = Format {
    class: "adr",
    kind: "h-adr",
    classes: &[
        ("post-office-box", Text, "post-office-box"),
        ("extended-address", Text, "extended-address"),
        ("street-address", Text, "street-address"),
        ("locality", Text, "locality"),
        ("region", Text, "region"),
        ("postal-code", Text, "postal-code"),
        ("country-name", Text, "country-name"),
    ],
    rels: &[],
};

const GEO: Format = Format {
    class: "geo",
    kind: "h-geo",
    classes: &[("latitude", Text, "latitude"), ("longitude", Text, "longitude")],
    rels: &[],
};

const HCARD: Format = Format {
    class: "vcard",
    kind: "h-card",
    classes: &[
        ("fn", Text, "name"),
        ("honorific-prefix", Text, "honorific-prefix"),
        ("given-name", Text, "given-name"),
        ("additional-name", Text, "additional-name"),
        ("family-name", Text, "family-name"),
        ("honorific-suffix", Text, "honorific-suffix"),
        ("nickname", Text, "nickname"),
        ("sort-string", Text, "sort-string"),
        ("photo", Url, "photo"),
        ("logo", Url, "logo"),
        ("sound", Url, "sound"),
        ("url", Url, "url"),
        ("uid", Url, "uid"),
        ("email", Url, "email"),
        ("tel", Text, "tel"),
        ("adr", Text, "adr"),
        ("label", Text, "label"),
        ("geo", Text, "geo"),
        ("latitude", Text, "latitude"),
        ("longitude", Text, "longitude"),
        ("tz", Text, "tz"),
        ("org", Text, "org"),
        ("organization-name", Text, "organization-name"),
        ("organization-unit", Text, "organization-unit"),
        ("title", Text, "job-title"),
        ("role", Text, "role"),
        ("agent", Text, "agent"),
        ("mailer", Text, "mailer"),
        ("key", Text, "key"),
        ("category", Text, "category"),
        ("note", Text, "note"),
        ("class", Text, "class"),
        ("bday", Date, "bday"),
        ("rev", Date, "rev"),
    ],
    rels: &[],
};

const HENTRY: Format = Format {
    class: "hentry",
    kind: "h-entry",
    classes: &[
        ("entry-title", Text, "name"),
        ("entry-summary", Text, "summary"),
        ("entry-content", Html, "content"),
        ("published", Date, "published"),
        ("updated", Date, "updated"),
        ("author", Text, "author"),
        ("category", Text, "category"),
        ("geo", Text, "geo"),
        ("latitude", Text, "latitude"),
        ("longitude", Text, "longitude"),
    ],
    rels: &[("bookmark", Url, "url"), ("tag", Text, "category")],
};

const HFEED: Format = Format {
    class: "hfeed",
    kind: "h-feed",
    classes: &[
        ("author", Text, "author"),
        ("photo", Url, "photo"),
        ("url", Url, "url"),
        ("category", Text, "category"),
    ],
    rels: &[("tag", Text, "category")],
};

const HNEWS: Format = Format {
    class: "hnews",
    kind: "h-news",
    classes: &[
        ("entry", Text, "entry"),
        ("geo", Text, "geo"),
        ("latitude", Text, "latitude"),
        ("longitude", Text, "longitude"),
        ("source-org", Text, "source-org"),
        ("dateline", Text, "dateline"),
    ],
    rels: &[("principles", Url, "principles")],
};

const HCALENDAR: Format = Format {
    class: "vevent",
    kind: "h-event",
    classes: &[
        ("summary", Text, "name"),
        ("dtstart", Date, "start"),
        ("dtend", Date, "end"),
        ("duration", Date, "duration"),
        ("description", Text, "description"),
        ("url", Url, "url"),
        ("category", Text, "category"),
        ("location", Text, "location"),
        ("geo", Text, "location"),
        ("attendee", Text, "attendee"),
        ("contact", Text, "contact"),
        ("organizer", Text, "organizer"),
        ("last-modified", Date, "updated"),
    ],
    rels: &[],
};

const HPRODUCT: Format = Format {
    class: "hproduct",
    kind: "h-product",
    classes: &[
        ("fn", Text, "name"),
        ("photo", Url, "photo"),
        ("brand", Text, "brand"),
        ("category", Text, "category"),
        ("description", Text, "description"),
        ("identifier", Url, "identifier"),
        ("url", Url, "url"),
        ("review", Text, "review"),
        ("price", Text, "price"),
    ],
    rels: &[],
};

const HREVIEW: Format = Format {
    class: "hreview",
    kind: "h-review",
    classes: &[
        ("summary", Text, "name"),
        ("item", Text, "item"),
        ("reviewer", Text, "author"),
        ("dtreviewed", Date, "published"),
        ("rating", Text, "rating"),
        ("best", Text, "best"),
        ("worst", Text, "worst"),
        ("description", Html, "content"),
        ("category", Text, "category"),
        ("url", Url, "url"),
    ],
    rels: &[("tag", Text, "category"), ("bookmark", Url, "url")],
};

const HREVIEW_AGGREGATE: Format = Format {
    class: "hreview-aggregate",
    kind: "h-review-aggregate",
    classes: &[
        ("summary", Text, "name"),
        ("item", Text, "item"),
        ("rating", Text, "rating"),
        ("average", Text, "average"),
        ("best", Text, "best"),
        ("worst", Text, "worst"),
        ("count", Text, "count"),
        ("votes", Text, "votes"),
        ("category", Text, "category"),
        ("url", Url, "url"),
    ],
    rels: &[],
};

const HRESUME: Format = Format {
    class: "hresume",
    kind: "h-resume",
    classes: &[
        ("summary", Text, "summary"),
        ("contact", Text, "contact"),
        ("education", Text, "education"),
        ("experience", Text, "experience"),
        ("skill", Text, "skill"),
        ("affiliation", Text, "affiliation"),
    ],
    rels: &[],
};

const HRECIPE: Format = Format {
    class: "hrecipe",
    kind: "h-recipe",
    classes: &[
        ("fn", Text, "name"),
        ("ingredient", Text, "ingredient"),
        ("yield", Text, "yield"),
        ("instructions", Html, "instructions"),
        ("duration", Date, "duration"),
        ("photo", Url, "photo"),
        ("summary", Text, "summary"),
        ("author", Text, "author"),
        ("published", Date, "published"),
        ("nutrition", Text, "nutrition"),
        ("category", Text, "category"),
    ],
    rels: &[("tag", Text, "category")],
};

/// What a review is about, where that is no item of its own. Only in reviews.
const ITEM: Format = Format {
    class: "item",
    kind: "h-item",
    classes: &[("fn", Text, "name"), ("url", Url, "url"), ("photo", Url, "photo")],
    rels: &[],
};

static FORMATS: [Format; 12] = [
    ADR,
    GEO,
    HCARD,
    HENTRY,
    HFEED,
    HNEWS,
    HCALENDAR,
    HPRODUCT,
    HREVIEW,
    HREVIEW_AGGREGATE,
    HRESUME,
    HRECIPE,
];

/// The formats whose root an element is, inside of an item of the formats `around`.
pub(super) fn roots(element: Element<'_>, around: &[&'static Format]) -> Vec<&'static Format> {
    let mut formats: Vec<&Format> = element
        .classes()
        .filter_map(|class| FORMATS.iter().find(|format| format.class == class))
        .collect();
    let in_a_review = around.iter().any(|format| format.kind.starts_with("h-review"));
    if formats.is_empty() && in_a_review && element.has_class(ITEM.class) {
        formats.push(&ITEM);
    }
    formats.sort_unstable_by_key(|format| format.kind);
    formats.dedup();
    formats
}

/// The properties that an element is the value of, in an item of some formats.
pub(super) fn properties(
    element: Element<'_>,
    formats: &[&'static Format],
) -> Vec<Property<'static>> {
    let mut found: Vec<Property<'static>> = Vec::new();
    let mut add = |token: &str, rules: &'static [Rule]| {
        for (_, prefix, name) in rules.iter().filter(|(class, ..)| *class == token) {
            if found.iter().all(|property| property.name != *name) {
                found.push(Property { prefix: *prefix, name });
            }
        }
    };
    for class in element.classes() {
        formats.iter().for_each(|format| add(class, format.classes));
    }
    for rel in element.attribute("rel").unwrap_or_default().split_ascii_whitespace() {
        let rel = rel.to_ascii_lowercase();
        formats.iter().for_each(|format| add(&rel, format.rels));
    }
    found
}
