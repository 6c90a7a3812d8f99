//! Template values without a detour over serialisation: maps whose keys are known words.

use std::borrow::Cow;
use std::collections::BTreeMap;

use tera::Value;
use tera::value::Key;

/// A map from words to values, in the order of insertion.
#[derive(Debug, Clone, Default)]
pub struct Object(Vec<(Key<'static>, Value)>);

impl Object {
    /// An empty object with room for `size` keys.
    pub fn with_capacity(size: usize) -> Self {
        Self(Vec::with_capacity(size))
    }

    /// Adds a key that is not there yet.
    pub fn add(&mut self, key: impl Into<Key<'static>>, value: impl Into<Value>) {
        self.0.push((key.into(), value.into()));
    }

    /// Sets a key, whether it is there or not.
    pub fn set(&mut self, key: &'static str, value: impl Into<Value>) {
        match self.0.iter_mut().find(|(known, _)| known.as_str() == Some(key)) {
            Some((_, old)) => *old = value.into(),
            None => self.add(key, value),
        }
    }

    /// The value of a key.
    pub fn get(&self, key: &'static str) -> Option<&Value> {
        self.0.iter().find(|(known, _)| known.as_str() == Some(key)).map(|(_, value)| value)
    }

    /// The words and values, in their order.
    pub fn into_entries(self) -> impl Iterator<Item = (Cow<'static, str>, Value)> {
        self.0.into_iter().map(|(key, value)| {
            let word = match key {
                Key::Str(word) => Cow::Borrowed(word),
                other => Cow::Owned(other.as_str().unwrap_or_default().to_owned()),
            };
            (word, value)
        })
    }
}

/// A key by its place.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Placed(usize, Key<'static>);

impl From<Placed> for Key<'static> {
    fn from(Placed(_, key): Placed) -> Self {
        key
    }
}

impl From<Object> for Value {
    /// A template value copies every map that it is made from, key by key; a tree that is made in
    /// its order costs the least.
    fn from(object: Object) -> Self {
        let entries = object.0.into_iter().enumerate();
        entries
            .map(|(at, (key, value))| (Placed(at, key), value))
            .collect::<BTreeMap<_, _>>()
            .into()
    }
}

/// Makes an [`Object`] from pairs: `object! { name: "Ana", url: href }`.
#[macro_export]
macro_rules! object {
    ($($key:ident : $value:expr),* $(,)?) => {{
        let mut object = $crate::build::value::Object::with_capacity([$(stringify!($key)),*].len());
        $( object.add(stringify!($key), $value); )*
        object
    }};
}

/// Adds keys to an [`Object`] that has none of them: `fill!(entry; name: "Ana", url: href)`.
#[macro_export]
macro_rules! fill {
    ($object:expr; $($key:ident : $value:expr),* $(,)?) => {
        $( $object.add(stringify!($key), $value); )*
    };
}

/// Markup that is printed as it is.
pub fn safe(html: &str) -> Value {
    Value::safe_string(html)
}

/// Markup, or nothing if it is empty.
pub fn safe_option(html: Option<&str>) -> Value {
    html.filter(|html| !html.is_empty()).map_or_else(Value::none, safe)
}

/// JSON of the owner's free keys.
pub fn json(value: &serde_json::Value) -> Value {
    Value::from_serializable(value)
}
