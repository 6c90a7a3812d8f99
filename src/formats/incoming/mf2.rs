//! Feeds that are JSON of microformats: canonical, or as JF2 (FD-K-05). Both become items of
//! microformats, which [`super::hfeed`] reads as if they stood on a page.

use serde_json::{Map, Value as Json};

use crate::formats::microformats::{Item, Plain, Value};

/// Deepest nesting that is read.
const DEEPEST: usize = 16;

type Object = Map<String, Json>;

/// The items of canonical JSON of microformats, if it is that.
pub(super) fn canonical(object: &Object) -> Option<Vec<Item>> {
    let items = object.get("items")?.as_array()?;
    let is_item = |item: &Json| {
        item.get("properties").is_some_and(Json::is_object)
            && item.get("type").is_some_and(Json::is_array)
    };
    if items.is_empty() || !items.iter().all(is_item) {
        return None;
    }
    Some(items.iter().filter_map(|value| item(value.as_object()?, 0)).collect())
}

fn item(object: &Object, depth: usize) -> Option<Item> {
    if depth > DEEPEST {
        return None;
    }
    let types = object.get("type")?.as_array()?;
    let properties = object.get("properties")?.as_object()?;
    let read = |(name, values): (&String, &Json)| {
        let values = values.as_array()?.iter().filter_map(|v| value(v, depth)).collect();
        Some((name.clone(), values))
    };
    let children = object.get("children").and_then(Json::as_array).into_iter().flatten();
    Some(Item {
        types: types.iter().filter_map(Json::as_str).map(str::to_owned).collect(),
        id: text(object, "id"),
        properties: properties.iter().filter_map(read).collect(),
        children: children.filter_map(|child| item(child.as_object()?, depth + 1)).collect(),
        // Nothing is implied here: it is said.
        implies_url: false,
    })
}

fn value(json: &Json, depth: usize) -> Option<Value> {
    let object = match json {
        Json::String(text) => return Some(Value::Plain(Plain::Text(text.clone()))),
        Json::Number(number) => return Some(Value::Plain(Plain::Text(number.to_string()))),
        Json::Object(object) => object,
        _ => return None,
    };
    let plain = plain(object);
    Some(match item(object, depth + 1) {
        Some(item) => Value::Item(Box::new(item), plain),
        None => Value::Plain(plain),
    })
}

fn plain(object: &Object) -> Plain {
    // The value of an item may be an object once more.
    let value = match object.get("value") {
        Some(Json::Object(inner)) => text(inner, "value"),
        _ => text(object, "value"),
    };
    let value = value.or_else(|| text(object, "text")).unwrap_or_default();
    match (text(object, "html"), text(object, "alt")) {
        (Some(html), _) => Plain::Html { html, value },
        (None, Some(alt)) => Plain::Image { value, alt },
        (None, None) => Plain::Text(value),
    }
}

fn text(object: &Object, name: &str) -> Option<String> {
    object.get(name).and_then(Json::as_str).map(str::to_owned)
}

/// The item that an object of JF2 is, if it is one.
pub(super) fn jf2(object: &Object) -> Option<Item> {
    let kind = object.get("type")?.as_str()?;
    let is_known = ["feed", "entry", "event", "review", "card", "cite"].contains(&kind);
    is_known.then(|| of_jf2(object, kind, 0))
}

fn of_jf2(object: &Object, kind: &str, depth: usize) -> Item {
    let mut found = Item { types: vec![format!("h-{kind}")], ..Item::default() };
    for (name, json) in object {
        let single = std::slice::from_ref(json);
        let values = json.as_array().map_or(single, Vec::as_slice);
        match name.as_str() {
            "type" => {}
            "children" | "items" => {
                found.children.extend(values.iter().filter_map(|v| child(v, depth)));
            }
            _ => {
                let values = values.iter().filter_map(|v| jf2_value(v, depth)).collect();
                found.properties.push((name.clone(), values));
            }
        }
    }
    found
}

fn child(json: &Json, depth: usize) -> Option<Item> {
    let object = json.as_object().filter(|_| depth < DEEPEST)?;
    Some(of_jf2(object, object.get("type")?.as_str()?, depth + 1))
}

fn jf2_value(json: &Json, depth: usize) -> Option<Value> {
    match json {
        Json::Object(object) => Some(match child(json, depth) {
            Some(item) => {
                let name = text(object, "url").or_else(|| text(object, "name"));
                Value::Item(Box::new(item), Plain::Text(name.unwrap_or_default()))
            }
            None => Value::Plain(plain(object)),
        }),
        _ => value(json, depth),
    }
}
