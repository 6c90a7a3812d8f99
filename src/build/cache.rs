//! The door to `.lanai/cache/`: what one build leaves for the next.
//!
//! The cache is never needed: what is missing, damaged, written by another program or for other
//! settings is left aside, and the build makes it anew. Each part is a file of its own, written
//! whole and renamed into place, and holds by itself: parts of different builds may lie side by
//! side. What the parts mean, and when they hold, is decided by those who use them.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::output::Made;
use super::pictures::{Facts, Known};
use super::plan::Learned;
use super::table::PageTable;
use super::theme::Theme;
use super::{render, search};
use crate::error::Failure;
use crate::model::{Cite, Mention};
use crate::site::{
    Content, Folders, Memo, Memory, NamedFiles, Page, Remarks, Remembered, Site, signature,
};
use crate::stamp::{Stamp, Stamper};
use crate::text::markdown::Blocks;

/// The shape of the files. Another one is not read.
const VERSION: u64 = 1;
/// Records that are written and read as one piece.
const CHUNK: usize = 256;

/// A Markdown file and what is known of its text, if it was shown.
#[derive(Serialize, Deserialize)]
struct PageRecord {
    page: Remembered<Page>,
    text: Option<Box<render::Known>>,
}

/// Everything that was read, by kind.
#[derive(Serialize, Deserialize)]
struct FilesHead {
    /// [`crate::config::Config::reading`] of the build.
    reading: Stamp,
    /// The address that was built for: it decides which links are the site's own.
    base: String,
    /// Nanoseconds from the beginning of the build to the writing.
    lag: i64,
    mentions: NamedFiles<Option<Mention>>,
    cites: NamedFiles<Cite>,
    /// How copies of pictures were planned.
    recipe: String,
    pictures: NamedFiles<Facts>,
}

/// What is known of files and texts.
pub struct Files {
    head: FilesHead,
    pages: Vec<PageRecord>,
    /// Until when changes of files are sure to have been seen, by the clock of the file system.
    moment: i64,
}

/// What the last build left.
pub struct Cache {
    folder: PathBuf,
    identity: Stamp,
    begun: Instant,
    /// When this build began, by the clock of the file system.
    moment: i64,
    /// Files and texts.
    pub files: Option<Files>,
    /// Highlighted blocks.
    pub blocks: Blocks,
    /// The output folder.
    pub made: Made,
    /// The search index.
    pub search: Option<search::Left>,
    /// The names of the site's files as the last build of this process found them.
    pub folders: Option<Folders>,
    /// Pictures, once [`Cache::take_memory`] was asked.
    pub pictures: Known,
    /// The theme, compiled; it stays in this process.
    pub theme: Option<Theme>,
    /// The pages by address, as the last build found them that put nothing off; never read by a
    /// build.
    pub table: PageTable,
    /// What of the blocks and the index lies on the disk.
    written: ([u8; 16], Option<search::Left>),
}

impl Cache {
    /// Opens the cache beside a manifest.
    pub fn open(manifest: &Path) -> Self {
        let folder = folder_of(manifest);
        let identity = identity();
        let (files, (made, rest)) = rayon::join(
            || read_files(&folder, identity),
            || {
                rayon::join(
                    || read_value::<Made>(&folder.join("outputs"), identity).unwrap_or_default(),
                    || {
                        let blocks = read_value::<Blocks>(&folder.join("blocks"), identity);
                        let search =
                            read_value::<Option<search::Left>>(&folder.join("search"), identity);
                        (blocks.unwrap_or_default(), search.flatten())
                    },
                )
            },
        );
        let (blocks, search) = rest;
        let written = (sum_of(&blocks), search.clone());
        let (begun, table) = (Instant::now(), PageTable::default());
        Self {
            folder,
            identity,
            begun,
            moment: 0,
            files,
            blocks,
            made,
            search,
            table,
            written,
            pictures: Known::default(),
            folders: None,
            theme: None,
        }
    }

    /// Whether this is the cache beside a manifest.
    pub fn is_of(&self, manifest: &Path) -> bool {
        self.folder == folder_of(manifest)
    }

    /// Begins a build.
    pub fn begin(&mut self, moment: i64) {
        self.begun = Instant::now();
        self.moment = moment;
    }

    /// The stamp of the running program: another one may make other things from the same files.
    pub fn identity(&self) -> Stamp {
        self.identity
    }

    /// What is remembered of files and texts, if they were read under the same settings.
    pub fn take_memory(&mut self, reading: Stamp, base: &str) -> (Memory, Texts) {
        let Some(files) = self.files.take().filter(|files| files.head.reading == reading) else {
            return Default::default();
        };
        let moment = files.moment;
        let same_base = files.head.base == base;
        let parts = files.pages.into_iter().map(|PageRecord { page, text }| {
            let text = text.filter(|_| same_base);
            let text = text.map(|text| (page.value.file().to_owned(), (page.stamp, text)));
            (page, text)
        });
        let (pages, texts): (Vec<Remembered<Page>>, Vec<_>) = parts.unzip();
        let named = |page: Remembered<Page>| (page.value.file().to_owned(), page);
        let (pages, texts) = rayon::join(
            || Memo::new(pages.into_iter().map(named), moment),
            || texts.into_iter().flatten().collect::<Texts>(),
        );
        let memory = Memory {
            pages,
            mentions: Memo::new(files.head.mentions, moment),
            cites: Memo::new(files.head.cites, moment),
        };
        self.pictures =
            Known { recipe: files.head.recipe, files: Memo::new(files.head.pictures, moment) };
        (memory, texts)
    }

    /// Keeps what a build read and learned.
    pub fn keep(
        &mut self,
        site: Site,
        learned: Learned,
        base: String,
        (recipe, pictures): (String, NamedFiles<Facts>),
    ) {
        let reading = site.config.reading();
        let mut remarks = site.remarks;
        let texts = learned.posts.iter().flatten().chain(&learned.lists);
        let used: FxHashSet<Stamp> =
            texts.flat_map(|known| known.facts.code.iter().copied()).collect();
        self.blocks.retain(|stamp, _| used.contains(stamp));
        let posts = site.posts.into_iter().map(Content::Post);
        let lists = site.lists.into_iter().map(|list| Content::List(Box::new(list)));
        let posts = posts.zip(learned.posts);
        let lists = lists.zip(learned.lists.into_iter().map(Some));
        let pages = posts.chain(lists).map(|(content, text)| {
            let body = content.body();
            let (signature, stamp) = (body.signature, body.stamp);
            let remarks: Remarks = remarks.remove(&body.file).unwrap_or_default();
            PageRecord {
                page: Remembered { signature, stamp, value: Page { content, remarks } },
                text,
            }
        });
        self.folders = Some(site.folders);
        self.files = Some(Files {
            pages: pages.collect(),
            head: FilesHead {
                reading,
                base,
                lag: i64::try_from(self.begun.elapsed().as_nanos()).unwrap_or(i64::MAX),
                mentions: site.mention_files,
                cites: site.cite_files,
                recipe,
                pictures,
            },
            moment: self.moment,
        });
    }

    /// Writes the cache.
    ///
    /// # Errors
    /// A folder or file that cannot be written.
    pub fn save(&mut self) -> Result<(), Failure> {
        fs::create_dir_all(&self.folder)
            .map_err(|error| Failure::io("make the folder", &self.folder, &error))?;
        let (files, rest) = rayon::join(
            || self.files.as_ref().map_or(Ok(()), |files| self.write_files(files)),
            || {
                self.write_table()?;
                self.write("outputs", &encode(&self.made))?;
                if self.search != self.written.1 {
                    self.write("search", &encode(&self.search))?;
                }
                if sum_of(&self.blocks) != self.written.0 {
                    self.write("blocks", &encode(&self.blocks))?;
                }
                Ok(())
            },
        );
        files.and(rest)?;
        self.written = (sum_of(&self.blocks), self.search.clone());
        Ok(())
    }

    fn write_table(&self) -> Result<(), Failure> {
        let path = table_path(&self.folder);
        let text = self.table.to_text();
        if fs::read(&path).is_ok_and(|old| old == text.as_bytes()) {
            return Ok(());
        }
        replace(&path, text.as_bytes())
    }

    fn write_files(&self, files: &Files) -> Result<(), Failure> {
        let mut body = Vec::new();
        push_piece(&mut body, &encode(&files.head));
        let pieces: Vec<Vec<u8>> =
            files.pages.par_chunks(CHUNK).map(|part| encode(&part)).collect();
        for piece in pieces {
            push_piece(&mut body, &piece);
        }
        self.write("files", &body)
    }

    fn write(&self, name: &str, body: &[u8]) -> Result<(), Failure> {
        let mut bytes = Vec::with_capacity(body.len().saturating_add(64));
        bytes.extend_from_slice(head(self.identity, body).bytes());
        bytes.extend_from_slice(body);
        replace(&self.folder.join(name), &bytes)
    }
}

/// Writes a file beside its place and moves it there.
fn replace(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let temporary = path.with_extension("new");
    fs::write(&temporary, bytes).map_err(|error| Failure::io("write", &temporary, &error))?;
    fs::rename(&temporary, path).map_err(|error| Failure::io("write", path, &error))
}

/// What is known of texts, by file, with the stamp of the file that it was learned from.
pub type Texts = FxHashMap<String, (Stamp, Box<render::Known>)>;

/// The folder of the cache: `manifest` has `cache` beside it, `manifest-1a2b` has `cache-1a2b`.
fn folder_of(manifest: &Path) -> PathBuf {
    let name = manifest.file_name().unwrap_or_default().to_string_lossy();
    manifest.with_file_name(format!("cache{}", name.strip_prefix("manifest").unwrap_or("-other")))
}

/// The table of pages beside a cache: `cache` has `pages` beside it.
fn table_path(cache: &Path) -> PathBuf {
    let name = cache.file_name().unwrap_or_default().to_string_lossy();
    cache.with_file_name(format!("pages{}", name.strip_prefix("cache").unwrap_or_default()))
}

/// The table of pages that the last build of a manifest left, if there is one.
pub fn read_table(manifest: &Path) -> Option<PageTable> {
    let text = fs::read_to_string(table_path(&folder_of(manifest))).ok()?;
    PageTable::parse(&text)
}

/// What tells one program from another: its version, and its file's length and time.
fn identity() -> Stamp {
    let mut stamper = Stamper::default();
    stamper.number(VERSION).text(env!("CARGO_PKG_VERSION"));
    let metadata = std::env::current_exe().and_then(fs::metadata);
    match metadata {
        Ok(metadata) => {
            let found = signature(&metadata);
            stamper.number(found.size).number(found.modified.unsigned_abs());
        }
        // A program that cannot be found is taken for itself.
        Err(_) => {
            stamper.number(0);
        }
    }
    stamper.finish()
}

/// What stands before a body: it is another one for other bytes and for another program.
fn head(identity: Stamp, body: &[u8]) -> Stamp {
    let mut stamper = Stamper::default();
    stamper.stamp(identity).stamp(Stamp::of(body));
    stamper.finish()
}

/// The body of a file of the cache, if it is whole and ours.
fn read(path: &Path, identity: Stamp) -> Option<Vec<u8>> {
    let bytes = fs::read(path).ok()?;
    let (first, body) = bytes.split_first_chunk::<16>()?;
    (head(identity, body).bytes() == first).then(|| body.to_vec())
}

/// A sum over the stamps of blocks: another one for other blocks, whatever their order.
fn sum_of(blocks: &Blocks) -> [u8; 16] {
    let mut sum = [0; 16];
    for stamp in blocks.keys() {
        for (to, from) in sum.iter_mut().zip(stamp.bytes()) {
            *to ^= from;
        }
    }
    sum
}

fn read_value<T: DeserializeOwned>(path: &Path, identity: Stamp) -> Option<T> {
    let body = read(path, identity)?;
    postcard::from_bytes(&body).ok()
}

fn read_files(folder: &Path, identity: Stamp) -> Option<Files> {
    let path = folder.join("files");
    let body = read(&path, identity)?;
    let modified = signature(&fs::metadata(&path).ok()?).modified;
    let mut pieces = Vec::new();
    let mut rest = body.as_slice();
    while let Some((length, tail)) = rest.split_first_chunk::<8>() {
        let length = usize::try_from(u64::from_le_bytes(*length)).ok()?;
        let (piece, tail) = tail.split_at_checked(length)?;
        pieces.push(piece);
        rest = tail;
    }
    let (first, pieces) = pieces.split_first()?;
    let head: FilesHead = postcard::from_bytes(first).ok()?;
    let pages: Option<Vec<Vec<PageRecord>>> =
        pieces.par_iter().map(|piece| postcard::from_bytes(piece).ok()).collect();
    let moment = modified.saturating_sub(head.lag);
    Some(Files { head, pages: pages?.into_iter().flatten().collect(), moment })
}

fn encode(value: &impl Serialize) -> Vec<u8> {
    // Only a type that cannot be serialised at all could fail; nothing reads an empty body.
    postcard::to_stdvec(value).unwrap_or_default()
}

fn push_piece(body: &mut Vec<u8>, piece: &[u8]) {
    body.extend_from_slice(&(piece.len() as u64).to_le_bytes());
    body.extend_from_slice(piece);
}
