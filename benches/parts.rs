//! Parts of a build, one by one, through the public interface: where the time goes.
//!
//! `cargo bench --bench parts` runs all of them, with `-- markdown` those whose name has the word;
//! the small builds write to `TMPDIR`. The texts are made here with a fixed seed. What whole builds
//! cost is for `compare.py`; whether a change made them dearer, for `tests/checks/cost.py`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a benchmark may stop at the first surprise"
)]

use std::fs;
use std::path::Path;

use divan::counter::{BytesCount, ItemsCount};
use divan::{Bencher, black_box};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use lanai::build::{Options, Report, Silent, build};
use lanai::error::Source;
use lanai::formats::feed::{Author, Feed, Item};
use lanai::formats::{atom, jsonfeed, rss};
use lanai::search::{self, Document};
use lanai::site::{Rules, read_front_matter, split};
use lanai::text::markdown::{AsWritten, Markdown, Style};
use lanai::text::tokens::tokens;

fn main() {
    divan::main();
}

const WORDS: &str = "house garden river letter morning market bridge window lantern harbour \
    neighbour kitchen paper story winter signal copper marble thunder meadow engine pocket ribbon \
    saddle timber velvet whisper orchard canyon compass feather glacier hammer island journey \
    ladder mirror needle ocean pepper quarry rocket silver temple umbrella valley wagon yellow the \
    the of of and and a to in is it that was for on with as at be this have from or by not but";
const CODE: &str = "fn main() {\n    let total: u64 = (1..=12).sum();\n    // The sum.\n    \
    println!(\"{total}\");\n}\n\nstruct Point<T> {\n    x: T,\n    y: T,\n}\n";

/// A generator of numbers (xorshift) that gives the same ones on every machine.
struct Dice {
    state: u64,
    words: Vec<&'static str>,
}

impl Dice {
    fn new(seed: u64) -> Self {
        Self { state: seed, words: WORDS.split_whitespace().collect() }
    }

    fn roll(&mut self, sides: usize) -> usize {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        usize::try_from(self.state >> 33).unwrap() % sides
    }

    fn word(&mut self) -> &'static str {
        let at = self.roll(self.words.len());
        self.words[at]
    }

    fn words(&mut self, count: usize) -> String {
        (0..count).map(|_| self.word()).collect::<Vec<_>>().join(" ")
    }

    fn sentence(&mut self) -> String {
        let (before, middle, after) = (self.roll(8), self.word(), self.roll(8));
        let middle = match self.roll(8) {
            0 => format!("*{middle}*"),
            1 => format!("[{middle}](https://example.org/{middle})"),
            _ => middle.to_owned(),
        };
        format!("The {} {middle} {}.", self.words(before + 1), self.words(after + 1))
    }

    fn paragraph(&mut self) -> String {
        (0..5).map(|_| self.sentence()).collect::<Vec<_>>().join(" ")
    }

    /// Markdown without code: paragraphs, and every fourth time a heading and a list.
    fn text(&mut self, paragraphs: usize) -> String {
        let mut out = String::new();
        for number in 0..paragraphs {
            out.push_str(&self.paragraph());
            out.push_str("\n\n");
            if number % 4 == 3 {
                let (title, items) = (self.words(3), [self.sentence(), self.sentence()]);
                out.push_str(&format!("## {title}\n\n- {}\n- {}\n\n", items[0], items[1]));
            }
        }
        out
    }
}

fn short_text() -> String {
    Dice::new(1).paragraph()
}

/// Some 4,000 words.
fn long_text() -> String {
    Dice::new(2).text(60)
}

fn code_block() -> String {
    format!("```rust\n{CODE}```\n")
}

fn front_matter(number: usize) -> String {
    let (day, topic) = (number % 28 + 1, number % 30);
    format!(
        "---\ntitle: \"Post {number}\"\ndate: 2024-03-{day:02}T10:{:02}:00Z\n\
        tags: [\"topic-{topic}\", \"topic-{}\"]\nsummary: In a few words.\n---\n\n",
        number % 60,
        topic + 1,
    )
}

mod markdown {
    use super::*;

    fn render(bencher: Bencher<'_, '_>, text: &str) {
        let markdown = Markdown::new();
        // Syntaxes and tables are loaded by the first text that needs them.
        markdown.render(text, &Style::default(), &AsWritten);
        bencher
            .counter(BytesCount::of_str(text))
            .bench(|| markdown.render(black_box(text), &Style::default(), &AsWritten));
    }

    #[divan::bench]
    fn short_post(bencher: Bencher<'_, '_>) {
        render(bencher, &short_text());
    }

    #[divan::bench]
    fn long_post(bencher: Bencher<'_, '_>) {
        render(bencher, &long_text());
    }

    #[divan::bench]
    fn code_warm(bencher: Bencher<'_, '_>) {
        render(bencher, &code_block());
    }

    /// What a build pays once, as soon as a text has code in it.
    #[divan::bench(sample_count = 10)]
    fn code_cold(bencher: Bencher<'_, '_>) {
        let text = code_block();
        bencher
            .with_inputs(Markdown::new)
            .bench_refs(|markdown| markdown.render(&text, &Style::default(), &AsWritten));
    }
}

mod reading {
    use super::*;

    #[divan::bench]
    fn front_matter_yaml(bencher: Bencher<'_, '_>) {
        let source = Source::new("content/posts/a.md", front_matter(7) + &short_text());
        let rules = Rules { zone: &TimeZone::UTC, foreign: false };
        bencher.bench(|| {
            let parts = split(black_box(&source)).unwrap();
            read_front_matter(&source, &parts, &rules).unwrap()
        });
    }
}

mod cleaning {
    use super::*;

    /// A post as a program writes it, with marks of its own, links and pictures.
    fn post() -> String {
        let picture = "<figure class=\"wide\"><a href=\"https://example.org/a\"><img class=\"x\" \
            src=\"https://example.org/a-1024.jpg?w=1024\" alt=\"A boat\" width=\"1024\" height=\"683\" \
            srcset=\"https://example.org/a-1024.jpg 1024w, https://example.org/a-300.jpg 300w\" /></a>\
            <figcaption>A boat</figcaption></figure>\n";
        let html =
            Markdown::new().render(&Dice::new(6).text(8), &Style::default(), &AsWritten).html;
        html.replace("<p>", "<p class=\"text\">") + picture
    }

    fn clean(bencher: Bencher<'_, '_>, html: &str) {
        let base = url::Url::parse("https://example.com/").unwrap();
        bencher
            .counter(BytesCount::of_str(html))
            .bench(|| lanai::text::sanitize::article(black_box(html), &base));
    }

    #[divan::bench]
    fn well_formed_post(bencher: Bencher<'_, '_>) {
        clean(bencher, &post());
    }

    /// What is left open needs the rules of HTML.
    #[divan::bench]
    fn post_with_something_left_open(bencher: Bencher<'_, '_>) {
        clean(bencher, &(post() + "<p>The end<p>of it"));
    }
}

mod searching {
    use super::*;

    #[divan::bench]
    fn tokens_of_a_long_post(bencher: Bencher<'_, '_>) {
        let text = long_text();
        bencher.counter(BytesCount::of_str(&text)).bench(|| tokens(black_box(&text)).count());
    }

    #[divan::bench(sample_count = 10)]
    fn index_of_1000_documents(bencher: Bencher<'_, '_>) {
        let mut dice = Dice::new(3);
        let rows: Vec<[String; 4]> = (0..1000)
            .map(|number| {
                let text = dice.text(3);
                let date = format!("20{:02}-05-01", number % 20 + 5);
                [format!("/posts/post-{number}/"), format!("Post {number}"), text, date]
            })
            .collect();
        let tags = ["one".to_owned(), "two".to_owned()];
        let documents: Vec<Document<'_>> =
            rows.iter().map(|row| document(row, tags.as_slice())).collect();
        bencher.counter(ItemsCount::new(documents.len())).bench(|| {
            search::index(black_box(&documents), |text, each| {
                tokens(text).for_each(|token| each(&token));
            })
        });
    }

    fn document<'a>(row: &'a [String; 4], tags: &'a [String]) -> Document<'a> {
        let [href, title, text, date] = row;
        let kind_word = "Article";
        Document { href, title, text, tags, date, iso_date: date, kind_word, lang: "en" }
    }
}

mod feeds {
    use super::*;

    fn feed() -> Feed {
        let mut dice = Dice::new(4);
        let items = (0..50).map(|number| item(number, &dice.text(5))).collect();
        Feed {
            id: "tag:example.com,2024:feed".to_owned(),
            title: "Bench".to_owned(),
            home_url: "https://example.com/".to_owned(),
            self_url: "https://example.com/feed.xml".to_owned(),
            authors: vec![Author { name: "Ana".to_owned(), ..Author::default() }],
            items,
            ..Feed::default()
        }
    }

    fn item(number: usize, text: &str) -> Item {
        let first: Timestamp = "2024-03-01T10:00:00Z".parse().unwrap();
        let later = SignedDuration::from_hours(i64::try_from(number).unwrap());
        let rendered = Markdown::new().render(text, &Style::default(), &AsWritten);
        Item {
            id: format!("tag:example.com,2024:{number}"),
            url: format!("https://example.com/posts/post-{number}/"),
            title: Some(format!("Post {number}")),
            fallback_title: "Post".to_owned(),
            content_html: rendered.html,
            published: (first - later).to_zoned(TimeZone::UTC),
            tags: vec!["one".to_owned(), "two".to_owned()],
            ..Item::default()
        }
    }

    fn write(bencher: Bencher<'_, '_>, format: impl Fn(&Feed) -> String + Sync) {
        let feed = feed();
        let bytes = BytesCount::of_str(&format(&feed));
        bencher.counter(bytes).bench(|| format(black_box(&feed)));
    }

    #[divan::bench]
    fn atom_of_50_posts(bencher: Bencher<'_, '_>) {
        write(bencher, atom::write);
    }

    #[divan::bench]
    fn rss_of_50_posts(bencher: Bencher<'_, '_>) {
        write(bencher, rss::write);
    }

    #[divan::bench]
    fn json_of_50_posts(bencher: Bencher<'_, '_>) {
        write(bencher, jsonfeed::write);
    }
}

mod whole {
    use super::*;

    const POSTS: usize = 200;

    /// A blog of short and long posts, some with code.
    fn site() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let posts = folder.path().join("content/posts");
        fs::create_dir_all(&posts).unwrap();
        let config = "title = \"Bench\"\nurl = \"https://example.com\"\n";
        fs::write(folder.path().join("lanai.toml"), config).unwrap();
        let mut dice = Dice::new(5);
        for number in 0..POSTS {
            let length = dice.roll(8) + 1;
            let code = if number % 5 == 0 { code_block() } else { String::new() };
            let text = front_matter(number) + &dice.text(length) + &code;
            fs::write(posts.join(format!("post-{number:03}.md")), text).unwrap();
        }
        folder
    }

    fn build_all(root: &Path) -> Report {
        let now = "2026-01-01T00:00:00Z".parse().unwrap();
        build(root, &Options::for_site(root, now), &Silent).unwrap()
    }

    #[divan::bench(sample_count = 10, sample_size = 1)]
    fn clean_build(bencher: Bencher<'_, '_>) {
        let posts = ItemsCount::new(POSTS);
        bencher.counter(posts).with_inputs(site).bench_refs(|folder| build_all(folder.path()));
    }

    #[divan::bench(sample_count = 10, sample_size = 1)]
    fn unchanged_build(bencher: Bencher<'_, '_>) {
        let folder = site();
        build_all(folder.path());
        bencher.counter(ItemsCount::new(POSTS)).bench(|| build_all(folder.path()));
    }
}
