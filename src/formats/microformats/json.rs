//! Writes microformats as the JSON of the specification.

use serde_json::{Map, Value as Json, json};

use super::{Item, Link, Parsed, Plain, Value};

impl Parsed {
    /// The canonical JSON of what was read.
    #[must_use]
    pub fn to_json(&self) -> Json {
        let links = self.rels.links().map(|(url, l)| (url.to_owned(), link(l)));
        json!({
            "items": self.items.iter().map(Item::to_json).collect::<Vec<_>>(),
            "rels": self.rels.all().map(|(rel, urls)| (rel.to_owned(), json!(urls))).collect::<Map<_, _>>(),
            "rel-urls": links.collect::<Map<_, _>>(),
        })
    }
}

fn link(link: &Link) -> Json {
    let optional = [
        ("title", &link.title),
        ("media", &link.media),
        ("hreflang", &link.hreflang),
        ("type", &link.kind),
    ];
    let mut object = Map::from_iter([
        ("rels".to_owned(), json!(link.rels)),
        ("text".to_owned(), json!(link.text)),
    ]);
    for (name, value) in optional {
        if let Some(value) = value {
            object.insert(name.to_owned(), json!(value));
        }
    }
    Json::Object(object)
}

impl Item {
    /// The canonical JSON of the item. Items are never nested deeply, so this may recur.
    #[must_use]
    pub fn to_json(&self) -> Json {
        Json::Object(self.to_object())
    }

    fn to_object(&self) -> Map<String, Json> {
        let values = |values: &[Value]| values.iter().map(value).collect::<Vec<_>>();
        let properties: Map<_, _> = self
            .properties
            .iter()
            .map(|(name, v)| (name.clone(), Json::Array(values(v))))
            .collect();
        let mut object = Map::from_iter([
            ("type".to_owned(), json!(self.types)),
            ("properties".to_owned(), Json::Object(properties)),
        ]);
        if let Some(id) = &self.id {
            object.insert("id".to_owned(), json!(id));
        }
        if !self.children.is_empty() {
            let children = self.children.iter().map(Self::to_json).collect();
            object.insert("children".to_owned(), Json::Array(children));
        }
        object
    }
}

fn value(value: &Value) -> Json {
    let (item, plain) = match value {
        Value::Plain(value) => return plain(value),
        Value::Item(item, plain) => (item, plain),
    };
    let mut object = item.to_object();
    match plain {
        Plain::Html { html, value } => {
            object.insert("html".to_owned(), json!(html));
            object.insert("value".to_owned(), json!(value));
        }
        Plain::Text(_) | Plain::Image { .. } => {
            object.insert("value".to_owned(), self::plain(plain));
        }
    }
    Json::Object(object)
}

fn plain(plain: &Plain) -> Json {
    match plain {
        Plain::Text(text) => json!(text),
        Plain::Image { value, alt } => json!({ "value": value, "alt": alt }),
        Plain::Html { html, value } => json!({ "html": html, "value": value }),
    }
}
