//! Changes that a cache may overlook: times and inodes, earlier states, the clock, the output
//! folder, and the cache itself.

use std::fs;
use std::time::{Duration, SystemTime};

use jiff::SignedDuration;

use crate::harness::files;
use crate::random::Random;
use crate::words::sentence;
use crate::world::{World, set_modified};

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;

pub fn clock(w: &mut World, r: &mut Random) -> Option<String> {
    let steps = [
        60,
        3600,
        5 * HOUR,
        DAY,
        3 * DAY,
        9 * DAY,
        40 * DAY,
        400 * DAY,
        -60,
        -5 * HOUR,
        -30 * DAY,
        -500 * DAY,
    ];
    let seconds = steps[r.below(steps.len())];
    w.now = match w.next.filter(|_| r.chance(50)) {
        // To the very moment at which something appears or vanishes, or a second beside it.
        Some(next) => next + SignedDuration::from_secs([-1, 0, 0, 1][r.below(4)]),
        None => w.now + SignedDuration::from_secs(seconds),
    };
    // Far from their dates, all posts are hidden or none.
    let (first, last) = ("2023-09-01T00:00:00Z".parse(), "2026-06-01T00:00:00Z".parse());
    if w.now < first.unwrap() || w.now > last.unwrap() {
        w.now = "2024-06-15T12:00:00Z".parse().unwrap();
    }
    Some(format!("the clock goes to {}", w.now))
}

pub fn setting(w: &mut World, r: &mut Random) -> Option<String> {
    match r.below(5) {
        2 => w.setting.prune = true,
        0 => w.setting.theme = Some(r.pick(&["porch", "journal"])),
        1 => w.setting.base = Some("https://other.example/sub"),
        _ => w.setting.drafts = true,
    }
    Some(format!("this build: {:?}", w.setting))
}

pub fn side(w: &mut World, _r: &mut Random) -> Option<String> {
    w.side = true;
    Some("another output is built, too".to_owned())
}

/// Another file of the same size and an older time in the place of one.
pub fn older_file(w: &mut World, r: &mut Random) -> Option<String> {
    let all: Vec<String> = w.paths("content/", ".md");
    let path = r.one(&all)?;
    let text = w.text(&path)?;
    let line = text.lines().find(|line| line.starts_with("The "))?.split('[').next()?;
    let other = line.replacen(['a', 'o'], "u", 2);
    let before = w.modified(&path);
    w.rename_over(&path, text.replacen(line, &other, 1).as_bytes());
    let age = if r.chance(50) { 0 } else { 86_400 };
    w.set_modified(&path, before - Duration::from_secs(age));
    Some(format!("{path}: another file of the same size, {age} s older"))
}

pub fn touch(w: &mut World, r: &mut Random) -> Option<String> {
    let all: Vec<String> = w.files.keys().cloned().collect();
    let path = r.one(&all)?;
    if r.chance(30) {
        let bytes = w.files[&path].clone();
        w.rename_over(&path, &bytes);
        return Some(format!("{path}: the same again in another file"));
    }
    let time = if r.chance(50) { SystemTime::now() } else { SystemTime::UNIX_EPOCH };
    w.set_modified(&path, time);
    Some(format!("{path}: touched"))
}

/// A text behind a symbolic link: the link stays as it is, the file at its end changes.
pub fn linked(w: &mut World, r: &mut Random) -> Option<String> {
    let (path, end) = ("content/notes/linked.md", w.beside("end-of-the-link.md"));
    let link = w.root.join(path);
    let text = format!("+++\ndate = 2024-02-0{}\n+++\nBehind a link\n", r.within(1, 9));
    if !w.files.contains_key(path) {
        fs::create_dir_all(link.parent().unwrap()).unwrap();
        std::os::unix::fs::symlink(&end, &link).unwrap();
    } else if !link.is_symlink() || r.chance(20) {
        w.remove(path);
        return Some(format!("{path}: removed"));
    }
    fs::write(&end, &text).unwrap();
    w.files.insert(path.to_owned(), text.into_bytes());
    Some(format!("{path}: the file behind it written"))
}

/// A new file in a folder that looks as old as before.
pub fn unnoticed(w: &mut World, r: &mut Random) -> Option<String> {
    let path = r.one(&w.paths("content/notes/", ".md"))?;
    let (folder, _) = path.rsplit_once('/')?;
    let folder = w.root.join(folder);
    let before = fs::metadata(&folder).unwrap().modified().unwrap();
    let new = path.replace(".md", &format!("-{}.md", w.fresh()));
    w.write(&new, "+++\ndate = 2024-04-04\n+++\nNew\n");
    fs::File::open(&folder).unwrap().set_modified(before).unwrap();
    Some(format!("{new}: new, the time of its folder kept"))
}

/// The whole site lies elsewhere, its output and its cache with it.
pub fn moved(w: &mut World, _r: &mut Random) -> Option<String> {
    let to = w.beside(&format!("site-{}", w.serial));
    fs::rename(&w.root, &to).unwrap();
    w.root = to;
    Some(format!("the site is moved to {}", w.root.display()))
}

/// A file as it was, with its time.
pub fn restore_one(w: &mut World, r: &mut Random) -> Option<String> {
    let snapshot = r.one(&w.past)?;
    let changed = |path: &&String| w.files.get(*path) != Some(&snapshot[*path].0);
    let all: Vec<String> = snapshot.keys().filter(changed).cloned().collect();
    let path = r.one(&all)?;
    let (bytes, time) = snapshot[&path].clone();
    w.write(&path, bytes);
    w.set_modified(&path, time);
    Some(format!("{path}: as it was, with its time"))
}

pub fn restore_folder(w: &mut World, r: &mut Random) -> Option<String> {
    let snapshot = r.one(&w.past)?;
    let prefix = r.pick(&["content/", "content/", "data/", "theme/", "media/", "static/", ""]);
    w.restore(&snapshot, prefix);
    Some(format!("everything below {prefix:?} as it was"))
}

/// The last state that built.
pub fn mend(w: &mut World) -> Option<String> {
    let good = w.good.clone()?;
    w.restore(&good, "");
    Some("everything as it was when it last built".to_owned())
}

/// Somebody does something to the output folder.
pub fn output(w: &mut World, r: &mut Random) -> Option<String> {
    let root = w.output();
    if !root.is_dir() {
        return None;
    }
    let own: Vec<String> = files(&root)
        .into_iter()
        .map(|(name, _)| name)
        .filter(|n| !w.planted.contains_key(n))
        .collect();
    match r.below(11) {
        8 => {
            for (name, bytes) in files(&root) {
                fs::remove_file(root.join(&name)).unwrap();
                fs::write(root.join(&name), bytes).unwrap();
            }
            Some("output: every file is a copy of itself".to_owned())
        }
        0 | 1 => {
            let gone: Vec<String> = w
                .ever
                .difference(&w.last)
                .filter(|path| !root.join(path).exists())
                .cloned()
                .collect();
            let name = match r.one(&gone).filter(|_| r.chance(40)) {
                Some(name) => name,
                None => format!("{}/planted-{}.html", r.pick(&["mine", "notes", "."]), w.fresh()),
            };
            let name = name.trim_start_matches("./").to_owned();
            let text = sentence(w, r).into_bytes();
            let target = root.join(&name);
            if target.ancestors().skip(1).any(std::path::Path::is_file) || target.is_dir() {
                return None;
            }
            fs::create_dir_all(target.parent().unwrap()).unwrap();
            fs::write(&target, &text).unwrap();
            w.planted.insert(name.clone(), text);
            Some(format!("output: {name} put there by somebody else"))
        }
        2 => {
            let name = r.one(&own)?;
            fs::remove_file(root.join(&name)).unwrap();
            Some(format!("output: {name} deleted"))
        }
        3 | 4 | 9 | 10 => {
            let name = r.one(&own)?;
            garbage(w, r, &name)
        }
        5 => {
            let name = r.one(&own)?;
            let bytes = fs::read(root.join(&name)).unwrap();
            fs::write(root.join(&name), &bytes[..bytes.len() / 2]).unwrap();
            Some(format!("output: {name} cut in half"))
        }
        6 => {
            let name = r.one(&own)?;
            let top = name.split('/').next()?;
            let target = root.join(top);
            if target.is_dir() { fs::remove_dir_all(&target) } else { fs::remove_file(&target) }
                .unwrap();
            w.planted.retain(|name, _| !name.starts_with(&format!("{top}/")));
            Some(format!("output: {top} deleted with all that is in it"))
        }
        _ => {
            fs::remove_dir_all(&root).unwrap();
            if r.chance(50) {
                fs::create_dir(&root).unwrap();
            }
            w.planted.clear();
            Some("output: emptied".to_owned())
        }
    }
}

/// Garbage of the same length, sometimes with the time of before.
fn garbage(w: &World, r: &mut Random, name: &str) -> Option<String> {
    let target = w.output().join(name);
    let before = fs::metadata(&target).unwrap().modified().unwrap();
    let mut bytes = fs::read(&target).unwrap();
    if bytes.is_empty() {
        return None;
    }
    let at = r.below(bytes.len());
    bytes[at] ^= 1;
    if r.chance(50) {
        fs::write(&target, &bytes).unwrap();
    } else {
        let made = w.beside("garbage");
        fs::write(&made, &bytes).unwrap();
        fs::rename(made, &target).unwrap();
    }
    let kept = r.chance(50);
    if kept {
        set_modified(&target, before);
    }
    Some(format!("output: one bit of {name} turned{}", if kept { ", its time kept" } else { "" }))
}

/// Harm to the cache. Everything in `.lanai/` can be deleted at any time, says the architecture.
pub fn store(w: &mut World, r: &mut Random) -> Option<String> {
    let mut r = r.fork();
    let now = w.store_files();
    let names: Vec<String> = now.keys().cloned().collect();
    if r.chance(15) {
        fs::remove_dir_all(w.store()).ok()?;
        (w.manifest_harmed, w.side_harmed) = (true, true);
        return Some("cache: .lanai/ deleted".to_owned());
    }
    if r.chance(20) {
        // All of it as it was: only the manifest knows what lies in the output.
        let old = r.one(&w.stores)?;
        for name in names.iter().filter(|name| !old.contains_key(*name)) {
            fs::remove_file(w.store().join(name)).unwrap();
        }
        old.iter().for_each(|(name, bytes)| put(w, name, bytes));
        (w.manifest_harmed, w.side_harmed) = (true, true);
        return Some("cache: all of it as it was some steps ago".to_owned());
    }
    // The manifest is only one of several files; it is harmed less often.
    let caches: Vec<String> =
        names.iter().filter(|name| !name.contains("manifest")).cloned().collect();
    let name = r.one(&caches).filter(|_| r.chance(85)).or_else(|| r.one(&names))?;
    let harm = harm(w, &mut r, &name, &now[&name])?;
    w.manifest_harmed |= name == "manifest";
    w.side_harmed |= name.starts_with("manifest-");
    Some(format!("cache: {name} {harm}"))
}

fn harm(w: &World, r: &mut Random, name: &str, bytes: &[u8]) -> Option<&'static str> {
    let path = w.store().join(name);
    match r.below(6) {
        0 => {
            fs::remove_file(path).unwrap();
            Some("deleted")
        }
        1 => {
            put(w, name, &bytes[..r.below(bytes.len() + 1)]);
            Some("cut off")
        }
        2 => {
            put(w, name, b"");
            Some("emptied")
        }
        3 => {
            let old = r.one(&w.stores)?.get(name)?.clone();
            put(w, name, &old);
            Some("as it was some steps ago")
        }
        _ if bytes.is_empty() => None,
        _ => {
            let mut bytes = bytes.to_vec();
            for _ in 0..r.within(1, 3) {
                let at = r.below(bytes.len());
                // A manifest that is no UTF-8 is a failure to read, and says so.
                let limit = if name.contains("manifest") { 7 } else { 8 };
                bytes[at] ^= 1 << r.below(limit);
            }
            put(w, name, &bytes);
            Some("with some bits turned")
        }
    }
}

/// Writes a file of the cache, as old as files of a cache are.
fn put(w: &World, name: &str, bytes: &[u8]) {
    let path = w.store().join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, bytes).unwrap();
    if w.trusting {
        set_modified(&path, SystemTime::now() + Duration::from_secs(60));
    }
}

/// A post and a file of the same name change places.
pub fn file_or_folder(w: &mut World, r: &mut Random) -> Option<String> {
    let name = format!("{}-place", r.pick(&["this", "that"]));
    let (file, page) = (format!("static/notes/{name}"), format!("content/notes/{name}.md"));
    if w.files.contains_key(&file) {
        w.remove(&file);
        let text = sentence(w, r);
        w.write(&page, format!("+++\ndate = 2024-03-01\n+++\n{text}\n"));
        return Some(format!("{page}: new, in the place of {file}"));
    }
    if w.files.contains_key(&page) {
        w.remove(&page);
    }
    let text = sentence(w, r);
    w.write(&file, text);
    Some(format!("{file}: new, perhaps in the place of a page"))
}
