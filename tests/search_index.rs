//! The search index from outside: same input same bytes, one edit costs one edit, the sizes that
//! visitors download, and the script in the browser finding in it what stands in the documents
//! (`search_client.mjs`, run by node).

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use lanai::search::{Document, Entry, File, Row, index, rebuild, update};
use lanai::stamp::Stamp;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// A document that owns its text.
#[derive(Clone)]
struct Post {
    href: String,
    title: String,
    text: String,
    tags: Vec<String>,
    date: String,
    lang: &'static str,
}

impl Post {
    fn new(name: &str, title: &str, date: &str, tags: &[&str], text: &str) -> Post {
        Post {
            href: format!("/blog/{name}/"),
            title: title.to_owned(),
            text: text.to_owned(),
            tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
            date: date.to_owned(),
            lang: if text.is_ascii() { "en" } else { "" },
        }
    }

    fn document(&self) -> Document<'_> {
        Document {
            href: &self.href,
            title: &self.title,
            text: &self.text,
            tags: &self.tags,
            date: self.date.get(..10).unwrap_or(""),
            iso_date: &self.date,
            kind_word: if self.title.is_empty() { "Note" } else { "Article" },
            lang: self.lang,
        }
    }
}

/// What `text::tokens` does with the texts here: folded words, and pairs where words have no spaces.
fn tokens(text: &str, each: &mut dyn FnMut(&str)) {
    let folded: String =
        text.nfkd().filter(|c| !matches!(c, '\u{300}'..='\u{36F}' | '\'' | '’')).nfc().collect();
    let dense = |c: &char| *c >= '\u{E00}';
    let between = |c: char| !c.is_alphanumeric() && !is_combining_mark(c);
    for word in folded.to_lowercase().split(between) {
        let letters: Vec<char> = word.chars().collect();
        for run in letters.chunk_by(|a, b| dense(a) == dense(b)) {
            if run.len() > 1 && run.iter().all(dense) {
                run.windows(2).for_each(|pair| each(&pair.iter().collect::<String>()));
            } else {
                each(&run.iter().take(32).collect::<String>());
            }
        }
    }
}

fn build(posts: &[Post]) -> Vec<File> {
    let docs: Vec<Document<'_>> = posts.iter().map(Post::document).collect();
    index(&docs, tokens)
}

/// Numbers that are the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (self.0 >> 33) % sides
    }

    /// A word; few are frequent and most are rare, as in any language.
    fn word(&mut self) -> String {
        let size = 1 << self.roll(17);
        let mut rank = self.roll(size);
        let mut word = String::new();
        loop {
            word.extend("bdfglmnprstvk".chars().nth(rank as usize % 13));
            word.extend("aeiou".chars().nth(rank as usize / 13 % 5));
            rank /= 65;
            if rank == 0 {
                return word;
            }
        }
    }

    fn words(&mut self, count: u64) -> String {
        (0..count).map(|_| self.word()).collect::<Vec<_>>().join(" ")
    }
}

/// Posts of 350 words on average, from 2010 on, a third of them short notes without a title.
fn posts(count: u64) -> Vec<Post> {
    let mut dice = Dice(1);
    (0..count)
        .map(|n| {
            let note = n % 3 == 0;
            let words = if note { 10 + dice.roll(40) } else { 100 + dice.roll(800) };
            let title = if note { String::new() } else { dice.words(5) };
            let (year, month, day) = (2010 + n * 15 / count, 1 + dice.roll(12), 1 + dice.roll(28));
            let date = format!("{year}-{month:02}-{day:02}T{:02}:30:00Z", dice.roll(24));
            let tag = format!("topic-{}", dice.roll(60));
            Post::new(&format!("post-{n}"), &title, &date, &[&tag], &dice.words(words))
        })
        .collect()
}

/// How many files differ between two indexes: written, rewritten or removed.
fn changed(before: &[File], after: &[File]) -> Vec<String> {
    let map = |files: &[File]| -> BTreeMap<String, Vec<u8>> {
        files.iter().map(|file| (file.path.clone(), file.bytes.clone())).collect()
    };
    let (before, after) = (map(before), map(after));
    let mut paths: Vec<String> = before.keys().chain(after.keys()).cloned().collect();
    paths.sort();
    paths.dedup();
    paths.retain(|path| before.get(path) != after.get(path));
    paths
}

#[test]
fn the_same_documents_in_any_order_give_the_same_bytes() {
    let mut posts = posts(300);
    let first = build(&posts);
    assert!(first.is_sorted_by(|a, b| a.path < b.path));
    posts.reverse();
    posts.rotate_left(77);
    assert_eq!(build(&posts), first);
    let one = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    let many = rayon::ThreadPoolBuilder::new().num_threads(7).build().unwrap();
    assert_eq!(one.install(|| build(&posts)), first);
    assert_eq!(many.install(|| build(&posts)), first);
}

#[test]
fn an_edited_post_changes_the_shards_of_its_changed_words_and_its_own() {
    let mut posts = posts(500);
    let before = build(&posts);
    assert!(before.len() > 30, "{} files are too few to tell", before.len());

    posts[250].text.push_str(" mazurka");
    let one_word = build(&posts);
    let paths = changed(&before, &one_word);
    assert!(paths.len() <= 2, "one more word far in the text: {paths:?}");

    posts[250].title.push_str(" lozenge");
    let title = build(&posts);
    let paths = changed(&one_word, &title);
    assert!(paths.len() <= 3, "one more word in the title: {paths:?}");
    assert!(!paths.contains(&"search/index.json".to_owned()), "{paths:?}");
}

#[test]
fn a_new_note_changes_little_and_a_removed_one_takes_it_back() {
    let mut posts = posts(500);
    let before = build(&posts);
    posts.push(Post::new("new", "", "2025-03-01T10:00:00Z", &[], "zebra zeppelin zero"));
    let after = build(&posts);
    let paths = changed(&before, &after);
    assert!(paths.len() <= 4, "manifest, document and its words: {paths:?}");
    posts.pop();
    assert_eq!(build(&posts), before);
}

#[test]
fn two_thousand_posts_stay_within_the_budget() {
    let posts = posts(2000);
    let files = build(&posts);
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("themes/shared/assets/search.js");
    let script = std::fs::metadata(script).unwrap().len();
    assert!(script < 12_000, "the script has {script} bytes");
    let manifest = files.iter().find(|file| file.path == "search/index.json").unwrap().bytes.len();
    assert!(script + (manifest as u64) < 15 * 1024, "script and manifest: {script} + {manifest}");
    let mut report = String::new();
    for (kind, most) in [("t-", 32 * 1024 + 2), ("d-", 32 * 1024)] {
        let mut sizes: Vec<usize> = files
            .iter()
            .filter(|file| file.path.starts_with(&format!("search/{kind}")))
            .map(|file| file.bytes.len())
            .collect();
        sizes.sort_unstable();
        let (median, largest) = (sizes[sizes.len() / 2], sizes[sizes.len() - 1]);
        writeln!(report, "{kind} {} files, median {median}, largest {largest}", sizes.len())
            .unwrap();
        assert!(median > 10 * 1024 && largest <= most, "{report}");
    }
    println!("{report}manifest {manifest}");
}

#[test]
fn an_empty_site_has_an_empty_index() {
    let files = build(&[]);
    assert_eq!(files.len(), 1);
    let manifest = String::from_utf8(files[0].bytes.clone()).unwrap();
    assert_eq!(manifest, r#"{"version":1,"documents":0,"terms":[],"docs":[]}"#.to_owned() + "\n");
}

#[test]
fn odd_documents_are_taken_as_they_are() {
    let long = "x".repeat(5000);
    let quotes = Post::new("q\"uote", "\"\\ \u{0}</script>", "never", &[""], &long);
    let files = build(&[quotes.clone(), quotes, Post::new("", "", "", &[], "\u{10FFFF} 🦀 é")]);
    for file in &files {
        serde_json::from_slice::<serde_json::Value>(&file.bytes).unwrap();
    }
    let docs: Vec<&File> = files.iter().filter(|file| file.path.starts_with("search/d-")).collect();
    let text: String = docs.iter().map(|file| String::from_utf8_lossy(&file.bytes)).collect();
    assert_eq!(text.matches("/blog/q\\\"uote/").count(), 2, "both of two with one address");
}

fn rows(posts: &[Post]) -> Vec<Row> {
    let row = |post: &Post| {
        let all = (&post.title, &post.text, &post.tags, &post.date);
        let (href, iso_date) = (post.href.clone(), post.date.clone());
        Row { href, iso_date, stamp: Stamp::of_value(&all) }
    };
    posts.iter().map(row).collect()
}

#[test]
fn an_index_that_is_changed_is_the_one_that_is_built_anew() {
    let mut dice = Dice(7);
    let mut posts = posts(400);
    fn document(posts: &[Post], at: usize) -> Option<Document<'_>> {
        posts.get(at).map(Post::document)
    }
    let whole: BTreeMap<String, Vec<u8>> =
        build(&posts).into_iter().map(|file| (file.path, file.bytes)).collect();
    let (mut known, _) = rebuild(&rows(&posts), |at| document(&posts, at), &tokens);
    let mut files = whole;
    for step in 0..60 {
        for _ in 0..=dice.roll(3) {
            let at = dice.roll(posts.len() as u64) as usize;
            match dice.roll(6) {
                0 => drop(posts.remove(at)),
                1 => posts[at].title = dice.words(3),
                2 => posts[at].tags = vec![dice.word(), dice.word()],
                3 => {
                    let (name, words) = (format!("new-{step}-{}", dice.roll(1000)), dice.words(90));
                    posts.push(Post::new(&name, "", "2024-05-01", &["new"], &words));
                }
                4 => posts[at].date = format!("20{}-02-03", 10 + dice.roll(15)),
                _ => posts[at].text.push_str(&format!(" {}", dice.word())),
            }
        }
        let read = |path: &str| files.get(path).cloned();
        let (index, entries) =
            update(&known, &rows(&posts), read, |at| document(&posts, at), &tokens).unwrap();
        let changed: BTreeMap<String, Vec<u8>> = entries
            .into_iter()
            .map(|entry| match entry {
                Entry::Same(path) => (path.clone(), files[&path].clone()),
                Entry::New(file) => (file.path, file.bytes),
            })
            .collect();
        let anew: BTreeMap<String, Vec<u8>> =
            build(&posts).into_iter().map(|file| (file.path, file.bytes)).collect();
        assert!(changed == anew, "step {step}");
        assert!(index.paths().all(|path| changed.contains_key(&path)));
        (known, files) = (index, changed);
    }
    // A file that is not there, or another one, is no ground to build on.
    posts[0].text.push_str(" fresh");
    let nothing = |_: &str| None;
    assert!(update(&known, &rows(&posts), nothing, |at| document(&posts, at), &tokens).is_none());
}

/// The documents that `search_client.mjs` looks for by name.
fn named_posts() -> Vec<Post> {
    vec![
        Post::new("green", "Green tea", "2020-05-01", &["drinks"], "How I brew it."),
        Post::new("tag", "Morning", "2020-04-01", &["Tea"], "Slowly, in the garden."),
        Post::new("often", "Coffee", "2020-03-01", &[], "Tea, tea, tea: no, thank you."),
        Post::new("once", "", "2020-06-01", &[], "A cup of tea with the team."),
        Post::new("team", "", "2020-07-01", &[], "The team didn't win."),
        Post::new("cafe", "Café crème", "2019-01-01", &[], "Où est l’été ? À Nîmes."),
        Post::new("neko", "黒猫", "2021-01-01", &["動物"], "私の猫は日本語を話す。"),
        Post::new("thai", "ชาเย็น", "2021-02-01", &[], "ดื่มชาทุกเช้า"),
        Post::new("about", "About this place", "", &[], "Colophon and tea kettle."),
    ]
}

#[test]
fn the_script_finds_what_stands_in_the_documents() {
    let node = Command::new("node").arg("--version").output();
    if !node.is_ok_and(|output| output.status.success()) {
        assert!(std::env::var_os("LANAI_CI").is_none(), "node is needed for the search script");
        println!("skipped: node is not on PATH, so the search script was not run");
        return;
    }
    let mut all = named_posts();
    all.extend(posts(400));
    let site = tempfile::tempdir().unwrap();
    std::fs::create_dir(site.path().join("search")).unwrap();
    for file in build(&all) {
        std::fs::write(site.path().join(file.path), file.bytes).unwrap();
    }
    let plain: Vec<serde_json::Value> = all
        .iter()
        .map(|post| serde_json::json!([post.href, post.title, post.tags, post.text, post.date]))
        .collect();
    let documents = serde_json::Value::from(plain).to_string();
    std::fs::write(site.path().join("documents.json"), documents).unwrap();
    let run = Command::new("node")
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/search_client.mjs"))
        .arg(site.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&run.stdout);
    println!("{said}");
    assert!(run.status.success(), "{said}{}", String::from_utf8_lossy(&run.stderr));
}
