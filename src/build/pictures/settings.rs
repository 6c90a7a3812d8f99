//! What a theme says about pictures in its `theme.toml`: how wide copies are, and how wide pages
//! show them.

use crate::tree::{Table, Value};

/// More widths nobody needs.
const MOST_WIDTHS: usize = 8;
/// A copy is at least and at most so wide.
const WIDTHS: std::ops::RangeInclusive<i64> = 16..=8192;

/// The table `pictures` of a theme.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Widths of copies, in pixels.
    pub widths: Vec<u32>,
    /// The attribute `sizes` of pictures.
    pub sizes: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self { widths: vec![480, 960, 1600], sizes: "100vw".to_owned() }
    }
}

impl Settings {
    /// Reads the table out of a `theme.toml`; what it does not say stays as it is.
    pub fn read(&mut self, top: &mut Table<'_, '_>) {
        let Some(mut table) = top.table("pictures") else { return };
        if let Some(sizes) = table.text("sizes") {
            self.sizes = sizes;
        }
        let there = !table.lacks("widths");
        let place = table.place_of("widths");
        let nodes = table.list("widths");
        let widths = nodes.iter().map(|node| match node.value {
            Value::Integer(width) if WIDTHS.contains(&width) => u32::try_from(width).ok(),
            _ => None,
        });
        match widths.collect::<Option<Vec<u32>>>() {
            Some(widths) if widths.len() <= MOST_WIDTHS => {
                if there {
                    self.widths = widths;
                }
            }
            _ => table.reading.error_with_hint(
                place,
                "`widths` should be at most eight whole numbers from 16 to 8192",
                "write widths = [480, 960, 1600], or widths = [] for no copies at all",
            ),
        }
        table.finish();
    }
}
