//! An item while it is read: everything that elements say, with how much each is worth. At the end
//! the best of each is taken (FD-X-09 to FD-X-17).

use jiff::Zoned;
use url::Url;

use super::model::{Content, Enclosure, Item, Person};

/// Most authors, texts and files that are looked at, of each.
const MOST: usize = 100;

/// Something of which the best is kept: lower is better, earlier is better.
#[derive(Debug, Clone)]
pub(super) struct Best<T>(Option<(u8, T)>);

impl<T> Default for Best<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T> Best<T> {
    /// Takes a value if it is better.
    pub(super) fn offer(&mut self, rank: u8, value: Option<T>) {
        let is_better = self.0.as_ref().is_none_or(|(best, _)| rank < *best);
        if let Some(value) = value.filter(|_| is_better) {
            self.0 = Some((rank, value));
        }
    }

    pub(super) fn take(self) -> Option<T> {
        self.0.map(|(_, value)| value)
    }
}

/// An item while it is read.
#[derive(Debug, Default)]
pub(super) struct Draft {
    pub(super) item: Item,
    pub(super) id: Best<String>,
    pub(super) title: Best<String>,
    pub(super) link: Best<Url>,
    pub(super) published: Best<Zoned>,
    pub(super) updated: Best<Zoned>,
    pub(super) image: Best<Url>,
    /// Full texts and summaries, those that are meant to be full first.
    pub(super) contents: Vec<(u8, Content)>,
    /// Authors and by what kind of element.
    pub(super) authors: Vec<(u8, Person)>,
    /// How long the recording plays.
    pub(super) duration: Option<u64>,
}

impl Draft {
    pub(super) fn content(&mut self, rank: u8, content: Option<Content>) {
        let is_room = self.contents.len() < MOST;
        self.contents.extend(content.filter(|_| is_room).map(|content| (rank, content)));
    }

    pub(super) fn author(&mut self, rank: u8, person: Option<Person>) {
        let is_room = self.authors.len() < MOST;
        self.authors.extend(person.filter(|_| is_room).map(|person| (rank, person)));
    }

    pub(super) fn category(&mut self, name: Option<String>) {
        if let Some(name) = name {
            add_category(&mut self.item.categories, name);
        }
    }

    /// Takes a file unless its address is there already; what is new about it is taken over.
    pub(super) fn enclosure(&mut self, new: Enclosure) {
        let is_room = self.item.enclosures.len() < MOST;
        match self.item.enclosures.iter_mut().find(|known| known.url == new.url) {
            Some(known) => {
                known.size = known.size.or(new.size);
                known.duration = known.duration.or(new.duration);
                known.title = known.title.take().or(new.title);
                known.mime = known.mime.take().or(new.mime);
            }
            None if is_room => self.item.enclosures.push(new),
            None => {}
        }
    }

    /// The item as the best of all that was found.
    pub(super) fn finish(mut self) -> Item {
        self.choose_texts();
        self.choose_authors();
        let mut item = self.item;
        item.id = self.id.take();
        item.title = self.title.take();
        item.published = self.published.take();
        item.updated = self.updated.take();
        if let Some(file) = item.enclosures.first_mut() {
            file.duration = file.duration.or(self.duration);
        }
        let is_picture =
            |file: &&Enclosure| file.mime.as_ref().is_some_and(|mime| mime.starts_with("image/"));
        let picture = item.enclosures.iter().find(is_picture).map(|file| file.url.clone());
        item.image = self.image.take().or(picture);
        let file = item.enclosures.first().map(|file| file.url.clone());
        item.link = self.link.take().or(file);
        item
    }

    /// The longest text is the content. The shortest of the others is the summary, if it says
    /// something else.
    fn choose_texts(&mut self) {
        self.contents.sort_by_key(|(rank, _)| *rank);
        let mut best = 0;
        for (at, (_, content)) in self.contents.iter().enumerate() {
            let length = self.contents.get(best).map_or(0, |(_, content)| content.raw.len());
            if content.raw.len() > length {
                best = at;
            }
        }
        if self.contents.is_empty() {
            return;
        }
        let (_, content) = self.contents.remove(best);
        self.contents.retain(|(_, other)| other.raw.trim() != content.raw.trim());
        let summary = self.contents.iter().position(|(rank, _)| *rank > 0);
        self.item.summary = summary.map(|at| self.contents.remove(at).1);
        self.item.content = Some(content);
    }

    /// All authors of the best kind.
    fn choose_authors(&mut self) {
        let best = self.authors.iter().map(|(rank, _)| *rank).min();
        for (rank, person) in std::mem::take(&mut self.authors) {
            if Some(rank) == best && !self.item.authors.contains(&person) {
                self.item.authors.push(person);
            }
        }
    }
}

/// Adds a category unless it is there, whatever its letters (FD-X-17).
pub(super) fn add_category(categories: &mut Vec<String>, name: String) {
    if categories.len() >= MOST {
        return;
    }
    fn lower(text: &str) -> impl Iterator<Item = char> {
        // The same letter at the end of a word.
        text.chars().flat_map(char::to_lowercase).map(|c| if c == 'ς' { 'σ' } else { c })
    }
    // Most differ in their first letters: nothing is made of those that are known.
    if !categories.iter().any(|known| lower(known).eq(lower(&name))) {
        categories.push(name);
    }
}

/// The type of a file: what is said, or what the end of its address means (FD-K-03).
pub(super) fn mime(said: Option<&str>, url: &Url) -> Option<String> {
    let said =
        said.map(|said| said.split(';').next().unwrap_or_default().trim().to_ascii_lowercase());
    let said = said.filter(|said| said.contains('/') && !said.contains(char::is_whitespace));
    said.or_else(|| {
        let (_, ending) = url.path().rsplit_once('.')?;
        let known = match ending.to_ascii_lowercase().as_str() {
            "mp3" => "audio/mpeg",
            "m4a" | "m4b" | "aac" => "audio/mp4",
            "ogg" | "oga" | "opus" => "audio/ogg",
            "wav" => "audio/wav",
            "flac" => "audio/flac",
            "mp4" | "m4v" => "video/mp4",
            "webm" => "video/webm",
            "mov" => "video/quicktime",
            "jpg" | "jpeg" => "image/jpeg",
            "png" => "image/png",
            "gif" => "image/gif",
            "webp" => "image/webp",
            "avif" => "image/avif",
            "svg" => "image/svg+xml",
            "pdf" => "application/pdf",
            "epub" => "application/epub+zip",
            _ => return None,
        };
        Some(known.to_owned())
    })
}

/// Seconds of `1:02:03`, `62:03` or `3723`.
pub(super) fn seconds(text: &str) -> Option<u64> {
    let mut total: u64 = 0;
    let mut fields = 0;
    for field in text.trim().split(':') {
        let whole = field.split('.').next().unwrap_or_default();
        total = total.checked_mul(60)?.checked_add(whole.trim().parse().ok()?)?;
        fields += 1;
    }
    (fields <= 3).then_some(total)
}
