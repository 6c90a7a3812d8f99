//! An item and its values, and how to ask for them.

use url::Url;

/// The types of what is posted.
pub const POSTS: [&str; 4] = ["h-entry", "h-event", "h-review", "h-recipe"];

/// Something that a page describes: a post, a person, an event.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Item {
    /// Its types, such as `h-entry`, in the order of the alphabet.
    pub types: Vec<String>,
    /// The `id` of its element.
    pub id: Option<String>,
    /// Names without prefix and their values, both in the order of the page.
    pub properties: Vec<(String, Vec<Value>)>,
    /// Items inside that are not the value of a property.
    pub children: Vec<Item>,
    /// Whether its address is where the only link in it leads, and not said to be its address.
    pub implies_url: bool,
}

/// A value of a property.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Text, an address, a picture or HTML.
    Plain(Plain),
    /// An item, and what to take for it where an item is of no use.
    Item(Box<Item>, Plain),
}

/// A value that is no item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Plain {
    /// Text, an address or a date.
    Text(String),
    /// A picture with its description.
    Image {
        /// Address.
        value: String,
        /// Description; may be empty.
        alt: String,
    },
    /// HTML as it was written, addresses made absolute: unclean.
    Html {
        /// The HTML.
        html: String,
        /// Its text.
        value: String,
    },
}

impl Plain {
    /// The value as text.
    #[must_use]
    pub fn text(&self) -> &str {
        match self {
            Self::Text(value) | Self::Image { value, .. } | Self::Html { value, .. } => value,
        }
    }
}

impl Value {
    /// The value as it is where an item is of no use.
    #[must_use]
    pub fn plain(&self) -> &Plain {
        match self {
            Self::Plain(plain) | Self::Item(_, plain) => plain,
        }
    }

    /// The value as text.
    #[must_use]
    pub fn text(&self) -> &str {
        self.plain().text()
    }

    /// The item that the value is.
    #[must_use]
    pub fn item(&self) -> Option<&Item> {
        match self {
            Self::Item(item, _) => Some(item),
            Self::Plain(_) => None,
        }
    }

    /// The web address that the value is or leads to: its own, or the first `url` of the item.
    #[must_use]
    pub fn url(&self) -> Option<Url> {
        let own = || web(self.text());
        self.item().and_then(|item| item.plain_urls("url").next()).or_else(own)
    }
}

/// The address of a web page; anything else is none.
fn web(text: &str) -> Option<Url> {
    let url = Url::parse(text.trim()).ok()?;
    matches!(url.scheme(), "http" | "https").then_some(url)
}

impl Item {
    /// Whether the item is of a type, such as `h-entry`.
    #[must_use]
    pub fn is(&self, kind: &str) -> bool {
        self.types.iter().any(|t| t == kind)
    }

    /// Whether the item is something that is posted.
    #[must_use]
    pub fn is_post(&self) -> bool {
        POSTS.into_iter().any(|kind| self.is(kind))
    }

    /// All values of a property.
    #[must_use]
    pub fn values(&self, name: &str) -> &[Value] {
        let found = self.properties.iter().find(|(n, _)| n == name);
        found.map_or(&[], |(_, values)| values)
    }

    /// The values of a property as text, those without any left out.
    pub fn texts(&self, name: &str) -> impl Iterator<Item = &str> {
        self.values(name).iter().map(|value| value.text().trim()).filter(|text| !text.is_empty())
    }

    /// The first text of a property.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.texts(name).next()
    }

    /// The HTML of a property, where there is any. Unclean.
    #[must_use]
    pub fn html(&self, name: &str) -> Option<&str> {
        self.values(name).iter().find_map(|value| match value.plain() {
            Plain::Html { html, .. } => Some(html.as_str()),
            Plain::Text(_) | Plain::Image { .. } => None,
        })
    }

    /// The web addresses of a property, of items their `url` or else their value. What has none is
    /// left out, so are addresses of other kinds such as `javascript:`.
    pub fn urls(&self, name: &str) -> impl Iterator<Item = Url> {
        self.values(name).iter().filter_map(Value::url)
    }

    /// The first web address of a property.
    #[must_use]
    pub fn url(&self, name: &str) -> Option<Url> {
        self.urls(name).next()
    }

    fn plain_urls(&self, name: &str) -> impl Iterator<Item = Url> {
        self.values(name).iter().filter_map(|value| web(value.text()))
    }

    /// The items that are values of a property, such as the `comment`s of a post.
    pub fn items(&self, name: &str) -> impl Iterator<Item = &Item> {
        self.values(name).iter().filter_map(Value::item)
    }

    /// The first item of a property.
    #[must_use]
    pub fn item(&self, name: &str) -> Option<&Item> {
        self.items(name).next()
    }

    /// All items directly inside: the values of properties, then the children.
    pub fn nested(&self) -> impl Iterator<Item = &Item> {
        let values = self.properties.iter().flat_map(|(_, values)| values);
        values.filter_map(Value::item).chain(&self.children)
    }

    /// Adds a value to a property.
    pub(super) fn add(&mut self, name: &str, value: Value) {
        match self.properties.iter_mut().find(|(n, _)| n == name) {
            Some((_, values)) => values.push(value),
            None => self.properties.push((name.to_owned(), vec![value])),
        }
    }
}
