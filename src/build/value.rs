//! Template values without a detour over serialisation: maps whose keys are known words.

use tera::{Map, Value};

/// A map from words to values, in the order of insertion.
#[derive(Debug, Clone, Default)]
pub struct Object(Map);

impl Object {
    /// An empty object with room for `size` keys.
    pub fn with_capacity(size: usize) -> Self {
        Self(Map::with_capacity(size))
    }

    /// Sets a key.
    pub fn set(&mut self, key: &'static str, value: impl Into<Value>) {
        self.0.insert(key.into(), value.into());
    }

    /// Sets a key whose name is made at run time.
    pub fn set_owned(&mut self, key: String, value: impl Into<Value>) {
        self.0.insert(key.into(), value.into());
    }

    /// The value of a key.
    pub fn get(&self, key: &'static str) -> Option<&Value> {
        self.0.get(&tera::value::Key::from(key))
    }
}

impl From<Object> for Value {
    fn from(object: Object) -> Self {
        object.0.into()
    }
}

/// Makes an [`Object`] from pairs: `object! { name: "Ana", url: href }`.
#[macro_export]
macro_rules! object {
    ($($key:ident : $value:expr),* $(,)?) => {{
        let mut object = $crate::build::value::Object::with_capacity(16);
        $( object.set(stringify!($key), $value); )*
        object
    }};
}

/// Sets keys of an [`Object`] that exists: `fill!(entry; name: "Ana", url: href)`.
#[macro_export]
macro_rules! fill {
    ($object:expr; $($key:ident : $value:expr),* $(,)?) => {
        $( $object.set(stringify!($key), $value); )*
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

impl Object {
    /// Adds or replaces the keys of another object.
    pub fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }
}

impl Object {
    /// The keys and values, in their order.
    pub fn into_entries(self) -> impl Iterator<Item = (String, Value)> {
        self.0.into_iter().map(|(key, value)| (key.as_str().unwrap_or_default().to_owned(), value))
    }
}
