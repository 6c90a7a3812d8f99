//! Made-up texts and pictures: a small vocabulary, so that tags, titles, nicknames and links meet.

use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::{DynamicImage, Rgb, RgbImage};

use crate::random::Random;
use crate::world::World;

pub const WORDS: [&str; 32] = [
    "fog", "bridge", "plank", "swift", "harbour", "bread", "kettle", "ladder", "orchard", "river",
    "lantern", "moss", "tide", "stairs", "window", "garden", "violin", "pepper", "map", "candle",
    "heron", "gravel", "linen", "quarry", "rope", "salt", "thistle", "umbrella", "walnut",
    "yarrow", "grüße", "日記",
];
/// Two pairs have one address each: the name that is shown hangs on who comes first.
pub const TAGS: [&str; 9] =
    ["wood", "fog", "bread", "Fog", "Porto", "slow tools", "Slow Tools", "tide", "été"];
pub const NICKS: [&str; 7] = ["ben", "ines", "jule", "tomas", "henrik", "fiona", "spam"];
pub const HOME: &str = "https://robin.example";
pub const FORMER: &str = "https://robin-old.example";
/// Titles that wiki links name whether or not there is such a page.
pub const WANTED: [&str; 4] = ["Half joint", "Tide table", "Long shelf", "Green door"];

/// A page of somebody else, out of few.
pub fn elsewhere(r: &mut Random) -> String {
    let nick = r.pick(&NICKS);
    format!("https://{nick}.example/{}", r.pick(&WORDS[..5]))
}

pub fn word(r: &mut Random) -> &'static str {
    r.pick(&WORDS)
}

/// Words in a row, the last one never seen before.
pub fn sentence(w: &mut World, r: &mut Random) -> String {
    let count = r.within(3, 12);
    let words: Vec<&str> = (0..count).map(|_| word(r)).collect();
    format!("The {} x{}.", words.join(" "), w.fresh())
}

pub fn title(w: &mut World, r: &mut Random) -> String {
    match r.below(6) {
        0 => (*r.pick(&WANTED)).to_owned(),
        1 => format!("{} & <{}>", word(r), word(r)),
        _ => format!("On {} and {} {}", word(r), word(r), w.fresh()),
    }
}

/// A picture of some size and colour: PNG or JPEG by its name.
pub fn picture(r: &mut Random, name: &str) -> Vec<u8> {
    let (width, height) = (r.within(2, 9) as u32 * 4, r.within(2, 9) as u32 * 4);
    let seed = r.next().to_le_bytes();
    let picture = RgbImage::from_fn(width, height, |x, y| {
        Rgb([seed[0], seed[1].wrapping_add(x as u8), seed[2].wrapping_add(y as u8)])
    });
    let mut out = Vec::new();
    let picture = DynamicImage::from(picture);
    if name.ends_with(".png") {
        picture.write_with_encoder(PngEncoder::new(&mut out)).unwrap();
    } else {
        picture.write_with_encoder(JpegEncoder::new_with_quality(&mut out, 80)).unwrap();
    }
    out
}

/// The way from one file of the site to another.
pub fn relative(from: &str, to: &str) -> String {
    let mut from: Vec<&str> = from.split('/').collect();
    let mut to: Vec<&str> = to.split('/').collect();
    from.pop();
    while !from.is_empty() && to.len() > 1 && from[0] == to[0] {
        from.remove(0);
        to.remove(0);
    }
    format!("{}{}", "../".repeat(from.len()), to.join("/"))
}

/// A text of some paragraphs for the file at `path`.
pub fn body(w: &mut World, r: &mut Random, path: &str) -> String {
    let mut out = format!("{}\n", sentence(w, r));
    for _ in 0..r.below(4) {
        out.push_str(&format!("\n{}\n", fragment(w, r, path)));
    }
    out
}

/// A paragraph of any kind.
pub fn fragment(w: &mut World, r: &mut Random, path: &str) -> String {
    let text = sentence(w, r);
    match r.below(18) {
        0..=1 => format!("{text} #{} and #{}", r.pick(&["wood", "fog", "new"]), word(r)),
        2..=3 => format!("{text} Thanks, @{} and @{}!", r.pick(&NICKS), r.pick(&NICKS)),
        4 => format!("{text} [[{}]] and [[{}|that]].", r.pick(&WANTED), word(r)),
        5..=6 => own_link(w, r, path, &text),
        7 => picture_in_text(w, r, path, &text),
        8 => plain_fragment(w, r, &text),
        9 => {
            let (number, note) = (w.fresh(), sentence(w, r));
            format!("{text}[^n{number}]\n\n[^n{number}]: {note}")
        }
        10 => format!("{text} $a^2 + {}$\n\n$$\\frac{{a}}{{b}}$$", r.below(9)),
        11 => {
            let (id, heading) = (w.fresh(), word(r));
            format!("## {heading} {id} {{#h{id}}}\n\n{text} [up](#h{id})")
        }
        12 => format!("{text} [there]({}) and https://www.ben.example/.", elsewhere(r)),
        13 => "[[toc]]\n\n## A part\n\nText\n\n## Another".to_owned(),
        14 => format!("{text}\n\n<!-- more -->\n\nAnd the rest."),
        15 => format!("{text} [[{}]] [[w:Fog]]", wiki_name(w, r)),
        16 => format!("{text} [me]({HOME}/about/) [feed](/atom.xml)"),
        _ => text,
    }
}

fn plain_fragment(w: &mut World, r: &mut Random, text: &str) -> String {
    match r.below(5) {
        0 => format!("```rust\nfn x() -> u8 {{ {} }}\n```", w.fresh()),
        1 => format!("| A | B |\n|---|---|\n| {} | {text} |", w.fresh()),
        2 => format!("> [!NOTE]\n> {text}"),
        3 => format!("<details><summary>More</summary>{text}</details>"),
        _ => format!("- [x] {text}\n- [ ] {}\n\nNib\n: An end.", word(r)),
    }
}

/// The title of a page or the last part of its address.
fn wiki_name(w: &World, r: &mut Random) -> String {
    let Some(path) = r.one(&w.posts()) else { return "Nothing".to_owned() };
    let doc = w.doc(&path);
    match doc.title() {
        Some(title) if !title.contains('<') => title.to_owned(),
        _ => w.address(&path).trim_matches('/').rsplit('/').next().unwrap().to_owned(),
    }
}

fn own_link(w: &World, r: &mut Random, path: &str, text: &str) -> String {
    let Some(target) = r.one(&w.posts()) else { return text.to_owned() };
    match r.below(5) {
        0 => format!("{text} [see]({})", w.address(&target)),
        1 => format!("{text} [see]({}#part)", relative(path, &target)),
        2 => format!("{text} [see]({HOME}{})", w.address(&target)),
        _ => format!("{text} [see]({})", relative(path, &target)),
    }
}

fn picture_in_text(w: &World, r: &mut Random, path: &str, text: &str) -> String {
    let mut all = w.paths("media/", ".png");
    all.extend(w.paths("media/", ".jpg"));
    let Some(picture) = r.one(&all) else { return text.to_owned() };
    let target = if r.chance(50) { format!("/{picture}") } else { relative(path, &picture) };
    match r.below(4) {
        0 => format!("{text}\n\n![](/{picture})"),
        1 => format!("![A {}]({target} \"A caption\"){{.wide}}", word(r)),
        2 => format!("<img src=\"/{picture}\" alt=\"A {}\">", word(r)),
        _ => format!("{text} ![A {}]({target}){{width=40}}", word(r)),
    }
}
