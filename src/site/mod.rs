//! The site folder and the model: the only room that reads and writes the person's files.
//!
//! Loading reads everything a build needs; it never writes. Writing (new posts, renames, removals)
//! is atomic. What becomes of it all is `build`'s work.

mod address;
mod announce;
pub mod circle;
mod data;
mod folder;
mod folders;
pub mod following;
mod foreign;
mod front_matter;
mod load;
mod memo;
pub mod mentions;
pub mod moderation;
mod new_post;
pub mod outbox;
mod properties;
pub mod reader;
mod rows;
mod write;

pub use address::{Address, address_of};
pub use announce::announce;
pub use data::{Cv, CvEntry, Gone, Ym, public_and_private_follows as follows, readable_follows};
pub use folder::{Folder, SiteFile, read_file, signature};
pub use folders::Folders;
pub use foreign::{ForeignConfig, foreign_config};
pub use front_matter::{
    FrontMatter, Parts, Rules, keys as front_matter_keys, read as read_front_matter, split,
};
pub use load::{Content, ForeignCounts, ListText, Memory, Page, Remarks, Site};
pub use memo::{Memo, NamedFiles, Remembered};
pub use new_post::{Misfit, Missing, NewPost, needs_words, relation};
pub use write::{Draft, Over, adopt, create, is_there, new_text, remove, rename, write_file};
