//! People and places.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// A person as others name them.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Person {
    /// The name people see.
    pub name: String,
    /// Their home page.
    pub url: Option<String>,
    /// A photo: a path of this site, or an address.
    pub photo: Option<String>,
    /// The short name used in `@nickname`.
    pub nickname: Option<String>,
}

/// Somebody the owner follows: one row of `data/following.toml`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Follow {
    /// Their home page.
    pub url: String,
    /// Their feed, if known.
    pub feed: Option<String>,
    /// Their name or their site's.
    pub title: Option<String>,
    /// The short name used in `@nickname`.
    pub nickname: Option<String>,
    /// A photo below the site folder.
    pub photo: Option<String>,
    /// The reader's channel.
    pub channel: Option<String>,
    /// Relations in XFN's words: `friend`, `met`.
    pub xfn: Vec<String>,
    /// Whether the row may be shown.
    pub public: bool,
    /// Since when.
    pub since: Option<Date>,
    /// A line about them.
    pub note: Option<String>,
}

/// A place: a text, or an address, or a point, or all of them.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Place {
    /// What people call it.
    pub name: Option<String>,
    /// Its page.
    pub url: Option<String>,
    /// Street and number.
    pub street_address: Option<String>,
    /// Town.
    pub locality: Option<String>,
    /// State or county.
    pub region: Option<String>,
    /// Country.
    pub country_name: Option<String>,
    /// Degrees north.
    pub latitude: Option<f64>,
    /// Degrees east.
    pub longitude: Option<f64>,
}

impl Place {
    /// The place in one line.
    pub fn text(&self) -> String {
        let parts =
            [&self.name, &self.street_address, &self.locality, &self.region, &self.country_name];
        let parts: Vec<&str> = parts.into_iter().flatten().map(String::as_str).collect();
        parts.join(", ")
    }
}
