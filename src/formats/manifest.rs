//! The web app manifest, which lets visitors keep the site on their home screen. Making the icons
//! is left to the media room. Spec: W3C Web Application Manifest.

use super::json::JsonWriter;

/// Media type of the file.
pub const MIME: &str = "application/manifest+json";

/// A web app manifest.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Manifest {
    /// Name of the site.
    pub name: String,
    /// A name that fits below an icon.
    pub short_name: Option<String>,
    /// Plain text.
    pub description: Option<String>,
    /// BCP 47.
    pub language: Option<String>,
    /// `ltr` or `rtl`.
    pub direction: Option<String>,
    /// Address of the home page.
    pub start_url: String,
    /// Addresses below this one belong to the app.
    pub scope: Option<String>,
    /// `browser`, `minimal-ui`, `standalone`.
    pub display: String,
    /// CSS colour of the window frame.
    pub theme_color: Option<String>,
    /// CSS colour behind the page while it loads.
    pub background_color: Option<String>,
    /// The icons.
    pub icons: Vec<Icon>,
}

/// An icon of the manifest.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Icon {
    /// Its address.
    pub src: String,
    /// Width and height in pixels.
    pub size: u32,
    /// Media type.
    pub mime: String,
    /// True if the outer fifth may be cut off.
    pub maskable: bool,
}

/// Writes the manifest.
#[must_use]
pub fn write(manifest: &Manifest) -> String {
    let mut w = JsonWriter::object();
    w.text("name", &manifest.name);
    w.text_if("short_name", manifest.short_name.as_deref());
    w.text_if("description", manifest.description.as_deref());
    w.text_if("lang", manifest.language.as_deref());
    w.text_if("dir", manifest.direction.as_deref());
    w.text("start_url", &manifest.start_url);
    w.text_if("scope", manifest.scope.as_deref());
    w.text("display", &manifest.display);
    w.text_if("theme_color", manifest.theme_color.as_deref());
    w.text_if("background_color", manifest.background_color.as_deref());
    if !manifest.icons.is_empty() {
        w.open_list("icons");
        for icon in &manifest.icons {
            w.open_object(None);
            w.text("src", &icon.src);
            w.text("sizes", &format!("{0}x{0}", icon.size));
            w.text("type", &icon.mime);
            w.text_if("purpose", icon.maskable.then_some("maskable"));
            w.close();
        }
        w.close();
    }
    w.finish()
}
