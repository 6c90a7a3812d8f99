//! Pictures on their way to the output: measured, cleaned, with smaller copies, the owner's photo
//! as icons. Everything that takes decoding is kept in `.lanai/pictures/`, so that it happens once
//! in a picture's life. May be used by many threads; what they decode together stays within a
//! budget. What is made of pixels is left to the media room.

mod budget;
mod settings;
mod store;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use serde::{Deserialize, Serialize};

use self::budget::Budget;
pub use self::settings::Settings;
use self::store::{Entry, Store};
use super::links::UsedFile;
use super::output::Output;
use crate::error::{Failure, Problem};
use crate::media::{self, Format, MediaError, Plan, Recipe, Variant};
use crate::model::{Base, Permalink};
use crate::site::{Memo, NamedFiles, Remembered, Site, read_file};
use crate::stamp::{Signature, Stamp, Stamper};
use crate::text::markdown::Copies;

/// Where entries are kept, below the site folder.
const FOLDER: &str = ".lanai/pictures";
/// Bytes that decoding may take at once.
const MEMORY: u64 = 224 * 1024 * 1024;
/// What decides how a picture is turned.
const TURN: &str = "turn 1";
/// The name of the picture itself within its entry.
const ITSELF: &str = "itself";
/// What decides how a file is published.
const PUBLISHED: &str = "published 1";

/// The pictures of one build.
pub struct Pictures {
    store: Store,
    recipe: Recipe,
    known: Memo<Facts>,
    sizes: String,
    budget: Budget,
    seen: Mutex<HashMap<PathBuf, Arc<Seen>>>,
    making: Mutex<HashMap<String, Arc<Mutex<()>>>>,
    used: Mutex<BTreeSet<String>>,
    published: Mutex<HashSet<String>>,
    warnings: Mutex<BTreeMap<String, Problem>>,
    decoded: AtomicUsize,
}

/// What is known of a file, each part found out once.
struct Seen {
    name: String,
    signature: Signature,
    facts: OnceLock<Option<Facts>>,
    shown: OnceLock<Arc<Shown>>,
}

/// What the bytes of a picture say without being decoded.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Facts {
    hash: [u8; 32],
    size: Option<(u32, u32)>,
    plan: Option<Plan>,
    /// The length in bytes as published, if nothing has to be decoded for that.
    length: Option<u64>,
}

/// What is remembered of pictures.
#[derive(Debug, Default)]
pub struct Known {
    /// How copies were planned: another way needs another plan.
    pub recipe: String,
    /// The pictures.
    pub files: Memo<Facts>,
}

/// A picture as pages show it.
#[derive(Debug, Default)]
pub struct Shown {
    /// Width and height, if they are known.
    pub size: Option<(u32, u32)>,
    /// The length in bytes of the published picture; none if it cannot be published.
    pub bytes: Option<u64>,
    /// Its mean colour; none if the ground shines through, or it has no copies.
    pub colour: Option<[u8; 3]>,
    /// The copies with their paths in the output, in the order of the plan.
    copies: Vec<(Variant, String)>,
    plan: Option<Plan>,
    key: Option<String>,
}

impl Pictures {
    /// The pictures of the site in a folder, with what is remembered of them.
    pub fn open(root: &Path, settings: &Settings, known: Known) -> Self {
        let recipe = Recipe::new(settings.widths.clone());
        let same = known.recipe == recipe.id();
        Self {
            store: Store::new(&root.join(FOLDER)),
            known: if same { known.files } else { Memo::default() },
            recipe,
            sizes: settings.sizes.clone(),
            budget: Budget::new(MEMORY),
            seen: Mutex::default(),
            making: Mutex::default(),
            used: Mutex::default(),
            published: Mutex::default(),
            warnings: Mutex::default(),
            decoded: AtomicUsize::new(0),
        }
    }

    /// Width and height, from the header alone.
    pub fn size(&self, file: &UsedFile) -> Option<(u32, u32)> {
        self.facts(file, &self.seen(file))?.size
    }

    /// A picture that a page shows: its copies are there, made now if they were never made.
    pub fn look(&self, file: &UsedFile) -> Arc<Shown> {
        let seen = self.seen(file);
        seen.shown.get_or_init(|| Arc::new(self.show(file, &seen))).clone()
    }

    /// The copies of a picture as markup names them; none if there are none.
    pub fn copies(&self, file: &UsedFile, base: &Base) -> Option<Copies> {
        self.look(file).markup(&base.href(&file.permalink), base, &self.sizes)
    }

    /// Writes a picture and its copies, or any other file as it is.
    ///
    /// # Errors
    /// A picture that cannot be cleaned, a file that cannot be read or written.
    pub fn publish(&self, file: &UsedFile, output: &Output) -> Result<(), Failure> {
        let path = file.permalink.output_file();
        let seen = self.seen(file);
        let key = seen.shown.get().and_then(|shown| shown.key.as_deref());
        if let (Some(shown), Some(key)) = (seen.shown.get(), key) {
            self.publish_copies(file, shown, key, output)?;
        }
        if output.has(&path) {
            return Ok(());
        }
        let inputs = self.inputs(file, &seen);
        match inputs {
            Some(inputs) => output.make(&path, inputs, || self.published(file, key)),
            None => output.put(&path, &self.published(file, key)?),
        }
    }

    /// What a published file is made from; none if only its bytes can say.
    fn inputs(&self, file: &UsedFile, seen: &Seen) -> Option<Stamp> {
        let mut stamper = Stamper::default();
        stamper.text(PUBLISHED).text(&file.name);
        match self.facts(file, seen) {
            Some(facts) => stamper.stamp(Stamp::of(&facts.hash)),
            None if self.known.is_settled(file.signature) => stamper.value(&file.signature),
            None => return None,
        };
        Some(stamper.finish())
    }

    /// The bytes of a file as it is published; `key` names what was made of it.
    fn published(&self, file: &UsedFile, key: Option<&str>) -> Result<Vec<u8>, Failure> {
        let bytes = read_file(&file.path)?;
        // An icon file holds small pictures made by programs: nothing to clean.
        let icon = file.name.ends_with(".ico") && bytes.starts_with(&[0, 0, 1, 0]);
        if icon || !media::is_image(&file.name) {
            return Ok(bytes);
        }
        if media::needs_turning(&bytes, &file.name) {
            let entry = key.and_then(|key| self.store.entry(key));
            return match entry.as_ref().and_then(|entry| entry.file(ITSELF)) {
                Some(turned) => Ok(turned.to_vec()),
                None => self.turned(file, &bytes),
            };
        }
        match media::clean(&bytes, &file.name) {
            Ok(cleaned) => Ok(cleaned.bytes.into_owned()),
            Err(error) => Err(problem(file, &error)),
        }
    }

    /// Icons of some sizes from the middle of a picture; none from a drawing.
    ///
    /// # Errors
    /// A picture that cannot be read.
    pub fn icons(&self, file: &UsedFile, sizes: &[u32]) -> Result<Vec<Vec<u8>>, Failure> {
        let seen = self.seen(file);
        let Some(facts) = self.facts(file, &seen) else { return Ok(Vec::new()) };
        let key = self.key(&facts.hash, &format!("icons 1 {sizes:?}"));
        let name = |size: &u32| format!("{size}.png");
        if let Some(entry) = self.store.entry(&key) {
            let files = sizes.iter().map(|size| entry.file(&name(size)).map(<[u8]>::to_vec));
            if let Some(files) = files.collect() {
                return Ok(files);
            }
        }
        let bytes = read_file(&file.path)?;
        let (width, height) = facts.size.unwrap_or_default();
        let _share = self.budget.take(u64::from(width) * u64::from(height) * 8);
        let made = match media::square_pngs(&bytes, sizes) {
            Ok(made) => made,
            // A drawing (SVG) has no pixels to make icons from.
            Err(MediaError::NoPixels { .. }) => return Ok(Vec::new()),
            Err(error) => return Err(problem(file, &error)),
        };
        self.decoded.fetch_add(1, Ordering::Relaxed);
        let mut entry = Entry::new(&file.name);
        for (size, png) in sizes.iter().zip(&made) {
            entry.push(name(size), png.clone());
        }
        self.keep(&key, &entry);
        Ok(made)
    }

    /// Removes what is kept of pictures that the site has no longer, or that would be made otherwise
    /// now. To be called when a build has succeeded.
    ///
    /// # Errors
    /// A folder that cannot be read, an entry that cannot be removed.
    pub fn tidy(&self, site: &Site, icons: &[u32]) -> Result<(), Failure> {
        let used = std::mem::take(&mut *lock(&self.used));
        let ways = [self.recipe.id(), TURN.to_owned(), format!("icons 1 {icons:?}")];
        for key in self.store.keys()?.into_iter().filter(|key| !used.contains(key)) {
            // A draft's pictures are not shown now, but will be.
            let bytes = self.store.head(&key).and_then(|head| {
                let folders = [
                    &site.folders.content,
                    &site.folders.media,
                    &site.folders.statics,
                    &site.folders.avatars,
                ];
                let file = folders.into_iter().find_map(|folder| folder.get(&head.name))?;
                read_file(&file.path).ok()
            });
            let hash = bytes.map(|bytes| *blake3::hash(&bytes).as_bytes());
            if !hash.is_some_and(|hash| ways.iter().any(|way| name_of(&hash, way) == key)) {
                self.store.remove(&key)?;
            }
        }
        Ok(())
    }

    /// How many pictures had to be decoded.
    pub fn decoded(&self) -> usize {
        self.decoded.load(Ordering::Relaxed)
    }

    /// What deserves a word, by the names of the pictures.
    pub fn warnings(&self) -> Vec<Problem> {
        lock(&self.warnings).values().cloned().collect()
    }

    fn seen(&self, file: &UsedFile) -> Arc<Seen> {
        let mut all = lock(&self.seen);
        let seen = all.entry(file.path.clone()).or_insert_with(|| {
            Arc::new(Seen {
                name: file.name.clone(),
                signature: file.signature,
                facts: OnceLock::new(),
                shown: OnceLock::new(),
            })
        });
        seen.clone()
    }

    /// What the bytes of a picture say: remembered, or read now.
    fn facts<'f>(&self, file: &UsedFile, seen: &'f Seen) -> Option<&'f Facts> {
        let find = || {
            if !media::is_image(&file.name) {
                return None;
            }
            match self.known.get(&file.name, file.signature) {
                Some(known) => Some(known.value.clone()),
                None => Facts::read(file, &self.recipe),
            }
        };
        seen.facts.get_or_init(find).as_ref()
    }

    /// What the next build need not read again.
    pub fn into_known(self) -> NamedFiles<Facts> {
        let seen = self.seen.into_inner().unwrap_or_else(PoisonError::into_inner);
        let known = seen.into_values().filter_map(|seen| {
            let facts = seen.facts.get()?.clone()?;
            // A refusal is told at each build.
            if facts.plan.as_ref().is_some_and(|plan| plan.refused.is_some()) {
                return None;
            }
            let stamp = Stamp::of(&facts.hash);
            Some((seen.name.clone(), Remembered { signature: seen.signature, stamp, value: facts }))
        });
        known.collect()
    }

    /// How copies are planned.
    pub fn recipe(&self) -> String {
        self.recipe.id()
    }

    /// The name of an entry, which is thereby used.
    fn key(&self, hash: &[u8; 32], way: &str) -> String {
        let key = name_of(hash, way);
        lock(&self.used).insert(key.clone());
        key
    }

    fn show(&self, file: &UsedFile, seen: &Seen) -> Shown {
        let Some(facts) = self.facts(file, seen) else { return Shown::default() };
        let size = facts.size;
        let Some(plan) = &facts.plan else { return Shown { size, ..Shown::default() } };
        if let Some(refused) = &plan.refused {
            self.warn(file, &refused.to_string());
        }
        if !plan.decodes() {
            return Shown { size, bytes: facts.length, ..Shown::default() };
        }
        let key = self.key(&facts.hash, &self.recipe.id());
        // One picture may have two names: the second waits for what is made of the first.
        let place = lock(&self.making).entry(key.clone()).or_default().clone();
        let turn = lock(&place);
        let head = self.store.head(&key);
        let head = head.or_else(|| Some(self.make(file, &key, facts)?.head));
        drop(turn);
        let Some(head) = head else {
            // It cannot be turned, and publishing it will say why.
            return Shown { size, ..Shown::default() };
        };
        if let Some(warning) = &head.warning {
            self.warn(file, warning);
        }
        let made = |variant: &Variant| {
            let part = part_name(variant);
            let there = head.parts.iter().any(|known| known.name == part);
            there.then(|| (*variant, output_path(&key, variant)))
        };
        Shown {
            size,
            bytes: head.length,
            colour: head.colour,
            copies: plan.variants.iter().filter_map(made).collect(),
            plan: Some(plan.clone()),
            key: Some(key),
        }
    }

    /// Makes the entry of a picture and keeps it; nothing if the picture itself cannot be published.
    fn make(&self, file: &UsedFile, key: &str, facts: &Facts) -> Option<Entry> {
        let plan = facts.plan.as_ref()?;
        let _share = self.budget.take(plan.memory);
        let bytes = read_file(&file.path).ok()?;
        if *blake3::hash(&bytes).as_bytes() != facts.hash {
            return None;
        }
        self.decoded.fetch_add(1, Ordering::Relaxed);
        let mut entry = Entry::new(&file.name);
        match media::make(&bytes, plan) {
            Ok(made) => {
                entry.head.colour = made.colour.filter(|_| !made.copies.is_empty());
                entry.head.length = match &made.turned {
                    Some(turned) => Some(turned.len() as u64),
                    None => length(&bytes, &file.name),
                };
                for (variant, bytes) in made.copies {
                    entry.push(part_name(&variant), bytes);
                }
                if let Some(turned) = made.turned {
                    entry.push(ITSELF.to_owned(), turned);
                }
            }
            Err(_) if plan.turns => return None,
            Err(error) => {
                entry.head.length = length(&bytes, &file.name);
                entry.head.warning = Some(error.to_string());
            }
        }
        self.keep(key, &entry);
        Some(entry)
    }

    /// Writes the copies of a picture, once.
    fn publish_copies(
        &self,
        file: &UsedFile,
        shown: &Shown,
        key: &str,
        output: &Output,
    ) -> Result<(), Failure> {
        if !lock(&self.published).insert(key.to_owned()) {
            return Ok(());
        }
        let entry: OnceLock<Option<Entry>> = OnceLock::new();
        let find = || {
            let seen = self.seen(file);
            let made_anew = || self.make(file, key, self.facts(file, &seen)?);
            self.store.entry(key).or_else(made_anew)
        };
        for (variant, path) in &shown.copies {
            // The address itself says what stands there.
            output.make(path, Stamp::of(path.as_bytes()), || {
                let entry = entry.get_or_init(find).as_ref();
                let bytes = entry.and_then(|entry| entry.file(&part_name(variant)));
                bytes.map(<[u8]>::to_vec).ok_or_else(|| changed(file))
            })?;
        }
        Ok(())
    }

    /// A picture that lies on its side and has no copies, turned upright.
    fn turned(&self, file: &UsedFile, bytes: &[u8]) -> Result<Vec<u8>, Failure> {
        let key = self.key(blake3::hash(bytes).as_bytes(), TURN);
        let kept = self.store.entry(&key);
        if let Some(kept) = kept.as_ref().and_then(|entry| entry.file(ITSELF)) {
            return Ok(kept.to_vec());
        }
        let (width, height) = media::dimensions(bytes).unwrap_or_default();
        let pixels = u64::from(width) * u64::from(height) * 8;
        let _share = self.budget.take(pixels.min(media::DECODE_BYTES.saturating_mul(2)));
        self.decoded.fetch_add(1, Ordering::Relaxed);
        let cleaned = media::clean(bytes, &file.name).map_err(|error| problem(file, &error))?;
        let mut entry = Entry::new(&file.name);
        entry.push(ITSELF.to_owned(), cleaned.bytes.to_vec());
        self.keep(&key, &entry);
        Ok(cleaned.bytes.into_owned())
    }

    /// Keeps an entry. A build can do without; the next one then makes it again.
    fn keep(&self, key: &str, entry: &Entry) {
        if let Err(failure) = self.store.put(key, entry) {
            let problem = Problem::in_file(FOLDER, failure.to_string()).warning();
            let hint = "the next build decodes these pictures again";
            lock(&self.warnings).entry(FOLDER.to_owned()).or_insert(problem.hint(hint));
        }
    }

    fn warn(&self, file: &UsedFile, reason: &str) {
        let message = format!("no smaller copies of this picture are made: {reason}");
        let problem = Problem::in_file(file.name.as_str(), message).warning();
        let problem = problem.hint("it is published all the same; save it again, or smaller");
        lock(&self.warnings).insert(file.name.clone(), problem);
    }
}

impl Facts {
    fn read(file: &UsedFile, recipe: &Recipe) -> Option<Self> {
        let bytes = read_file(&file.path).ok()?;
        let plan = media::plan(&bytes, &file.name, recipe).ok();
        let decodes = plan.as_ref().is_some_and(Plan::decodes);
        Some(Self {
            hash: *blake3::hash(&bytes).as_bytes(),
            size: media::dimensions(&bytes),
            plan,
            length: if decodes { None } else { length(&bytes, &file.name) },
        })
    }
}

impl Shown {
    /// What pages write of the copies; `src` is the address of the picture itself.
    fn markup(&self, src: &str, base: &Base, sizes: &str) -> Option<Copies> {
        let plan = self.plan.as_ref().filter(|_| !self.copies.is_empty())?;
        let mut sets: Vec<(Format, Vec<(u32, String)>)> = Vec::new();
        for (variant, path) in &self.copies {
            let candidate = (variant.width, base.href(&Permalink::file(path)));
            match sets.iter_mut().find(|(format, _)| *format == variant.format) {
                Some((_, set)) => set.push(candidate),
                None => sets.push((variant.format, vec![candidate])),
            }
        }
        for (format, set) in &mut sets {
            if plan.stands_for(*format) {
                set.push((plan.size.0, src.to_owned()));
            }
        }
        let text = |set: &[(u32, String)]| {
            let each: Vec<String> = set.iter().map(|(w, href)| format!("{href} {w}w")).collect();
            each.join(", ")
        };
        let is_plain = |format: Format| matches!(format, Format::Jpeg | Format::Png);
        let plain = sets.iter().find(|(format, _)| is_plain(*format)).map(|(_, set)| set);
        let middle = plain.and_then(|set| set.get(set.len() / 2));
        Some(Copies {
            sources: sets
                .iter()
                .filter(|(format, _)| !is_plain(*format))
                .map(|(format, set)| (format.mime(), text(set)))
                .collect(),
            src: middle.map_or_else(|| src.to_owned(), |(_, href)| href.clone()),
            srcset: plain.map(|set| text(set)),
            sizes: sizes.to_owned(),
            class: self.colour.map(tint).unwrap_or_default(),
        })
    }
}

/// The classes that give a picture its mean colour until it has come; see `pictures.css`.
fn tint(colour: [u8; 3]) -> String {
    let [red, green, blue] = colour.map(|value| (u32::from(value) * 7 + 127) / 255);
    format!("pr{red} pg{green} pb{blue}")
}

/// The name of an entry: what is made, and what it is made from.
fn name_of(hash: &[u8; 32], way: &str) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(hash);
    hasher.update(way.as_bytes());
    hasher.finalize().to_hex().as_str().get(..32).unwrap_or_default().to_owned()
}

fn part_name(variant: &Variant) -> String {
    format!("{}.{}", variant.width, extension(variant.format))
}

fn output_path(key: &str, variant: &Variant) -> String {
    format!("assets/pictures/{}-{}", key.get(..16).unwrap_or(key), part_name(variant))
}

fn extension(format: Format) -> &'static str {
    match format {
        Format::Jpeg => "jpg",
        Format::Png => "png",
        Format::WebP => "webp",
        Format::Gif => "gif",
        Format::Svg => "svg",
        Format::Avif => "avif",
    }
}

/// The length of a picture when it is published.
fn length(bytes: &[u8], name: &str) -> Option<u64> {
    media::clean(bytes, name).ok().map(|cleaned| cleaned.bytes.len() as u64)
}

fn changed(file: &UsedFile) -> Failure {
    Failure::with_hint(format!("{} changed while the site was built", file.name), "build again")
}

fn problem(file: &UsedFile, error: &MediaError) -> Failure {
    let problem = Problem::in_file(file.name.as_str(), error.to_string());
    Failure::from(problem.hint(error.hint()))
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
