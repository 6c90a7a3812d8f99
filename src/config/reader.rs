//! `[reader]`: how the owner reads those whom they follow.

use crate::tree::Table;

/// How what others write is kept and shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reader {
    /// Days after which what others wrote is dropped, unless the owner keeps it.
    pub keep_days: u32,
    /// How their pictures are shown.
    pub pictures: Pictures,
}

/// How pictures of others are shown to the owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Pictures {
    /// By way of the daemon, which fetches them: their servers do not learn who looks.
    #[default]
    Shown,
    /// Only when the owner clicks.
    OnClick,
}

impl Default for Reader {
    fn default() -> Self {
        Self { keep_days: 365, pictures: Pictures::default() }
    }
}

pub(super) fn reader(top: &mut Table<'_, '_>) -> Reader {
    let mut reader = Reader::default();
    let Some(mut table) = top.table("reader") else { return reader };
    let days = table.count("keep-days", 1..36_501);
    reader.keep_days = days.and_then(|days| u32::try_from(days).ok()).unwrap_or(reader.keep_days);
    let pictures =
        table.choice("pictures", &[("show", Pictures::Shown), ("click", Pictures::OnClick)]);
    reader.pictures = pictures.unwrap_or_default();
    table.finish();
    reader
}
