#!/usr/bin/env python3
"""Sites on which strangers say every sentence of `tests/fixtures/xss.json`, for `xss.mjs`.

  xss_site.py FOLDER --lanai PROGRAM   builds two sites: FOLDER/hostile, where each vector is sent
                                       as responses and quoted by posts, and FOLDER/harmless, the
                                       same with friendly words in place of the vectors
  xss_site.py --pages FOLDER TARGET    writes a page for each vector, as a stranger's site would
                                       serve it that answers TARGET: what a receiver of webmentions
                                       fetches. With --harmless friendly words in place of them

A vector has a name, a place (`where`), whether it is markup (`html`), and a value; `lead` stands
`times` times before the value. `SELF` in a value is the host and path of the one who sends it, which
is always below https://NAME.example/, NAME being the vector's: it tells whose words are where.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

from fixture import png

HERE = Path(__file__).resolve().parent
CORPUS = HERE.parent / "fixtures" / "xss.json"
HOME = "https://porch.example"
WHEN = "2026-05-01T10:00:00Z"
PHOTO = "avatars/ben.png"

Vector = dict[str, Any]

# Every element that may be kept of a response, as `src/text/sanitize.rs` lists them.
FRIENDLY_HTML = (
    '<p>Hello <a href="https://SELF">a</a> <a href="/x">b</a><br><em>c</em> <strong>d</strong>'
    " <b>e</b> <i>f</i> <code>g</code> <del>h</del></p><pre>i</pre>"
    "<blockquote><p>j</p></blockquote><ul><li>k</li></ul><ol><li>l</li></ol>"
)
FRIENDLY_TEXT = "Hello\nagain\n\nsee https://SELF/x and go"
FRIENDLY = {
    "name": "A friendly title",
    "photo": "https://SELF/photo.png",
    "url": "https://SELF/friendly",
    "content": FRIENDLY_TEXT,
    "summary": FRIENDLY_TEXT,
    "author-name": "Ben Berg",
    "author-url": "https://SELF/ben",
    "author-photo": PHOTO,
    "syndication": "https://SELF/copy",
    "in-reply-to": "https://SELF/other",
    "rsvp": "yes",
    "published": WHEN,
}

# What is sent: the post that gets it, and the property. Who a person is shows in all of them, words
# show in replies and mentions.
WORDS = [("notes/evening", "in-reply-to"), ("notes/evening", "mention-of")]
FACES = [
    *WORDS,
    ("notes/evening", "like-of"),
    ("notes/evening", "repost-of"),
    ("notes/evening", "bookmark-of"),
    ("notes/evening", "follow-of"),
    ("events/supper", "rsvp"),
]
MORE = [("events/supper", "in-reply-to"), ("posts/on-steps", "in-reply-to")]
# One that arrives twice is shown once, and copies make it the same.
ONCE = [
    ("notes/evening", "in-reply-to"),
    ("events/supper", "rsvp"),
    ("posts/on-steps", "mention-of"),
]
ANSWERS = ["yes", "maybe", "interested", "no"]

CONFIG = f"""\
title = "Evening porch"
url = "{HOME}"
description = "A porch."
language = "en"
time-zone = "UTC"

[author]
name = "Robin Vale"

[feeds]
items = 1000

[lists]
page-size = 100
"""

POSTS = {
    "notes/evening.md": "+++\ndate = 2026-04-01T10:00:00Z\n+++\n\nThe steps are warm.\n",
    "posts/on-steps.md": '+++\ntitle = "On steps"\ndate = 2026-04-02T10:00:00Z\n+++\n\nSit.\n',
    "events/supper.md": (
        '+++\ntitle = "Supper"\ndate = 2026-04-03T10:00:00Z\nstart = 2026-06-01T18:00:00Z\n+++\n\n'
        "Bring a chair.\n"
    ),
}


def corpus(file: Path = CORPUS) -> list[Vector]:
    vectors: list[Vector] = json.loads(file.read_text("utf-8"))
    names = [vector["name"] for vector in vectors]
    twice = {name for name in names if names.count(name) > 1}
    unknown = {vector["where"] for vector in vectors} - set(FRIENDLY)
    if twice or unknown:
        sys.exit(f"{file}: names that occur twice: {sorted(twice)}; unknown places: {unknown}")
    return vectors


def value_of(vector: Vector, own: str, harmless: bool) -> str:
    """What is said, by somebody whose address is `own`, without the scheme."""
    if harmless:
        rich = vector["html"] and vector["where"] == "content"
        value = FRIENDLY_HTML if rich else FRIENDLY[vector["where"]]
    else:
        value = vector.get("lead", "") * vector.get("times", 0) + vector["value"]
    return str(value).replace("SELF", own)


# Sites


def routes(vector: Vector) -> list[tuple[str, str]]:
    if vector["where"] == "syndication":
        return ONCE
    if vector["where"] in ("name", "content", "summary", "published"):
        return WORDS + MORE
    return FACES + MORE


def response(number: int, vector: Vector, post: str, kind: str, harmless: bool) -> dict[str, Any]:
    """The vector as a response in JF2."""
    own = f"{vector['name']}.example/{post.split('/')[1]}/{kind}"
    target = f"{HOME}/{post}/"
    value, where = value_of(vector, own, harmless), vector["where"]
    author = {"type": "card", "name": "Ben Berg", "url": f"https://{own}/ben", "photo": PHOTO}
    item: dict[str, Any] = {
        "type": "entry",
        "url": f"https://{own}",
        "author": author,
        "wm-source": f"https://{own}",
        "wm-target": target,
        "wm-received": WHEN,
        "wm-property": kind,
        "in-reply-to" if kind == "rsvp" else kind: [target],
    }
    if kind == "rsvp":
        item["rsvp"] = ANSWERS[number % len(ANSWERS)]
    if kind in ("in-reply-to", "mention-of"):
        item["content"] = {"text": "Friendly words."}
    if where.startswith("author-"):
        author[where.removeprefix("author-")] = value
        author["verified"] = "true" if number % 2 else "false"
    elif where == "content":
        item["content"] = content(vector, value, post)
    elif where == "summary":
        del item["content"]
        item["summary"] = value
    elif where == "in-reply-to":
        item.setdefault("in-reply-to", []).append(value)
    else:
        item[where] = [value] if where in ("photo", "syndication") else value
    return item


def content(vector: Vector, value: str, post: str) -> dict[str, str]:
    """In the ways that JF2 has; markup as a text as well."""
    if not vector["html"] or post.startswith("events/"):
        return {"text": value}
    if post.startswith("posts/"):
        return {"content-type": "text/html", "value": value}
    return {"html": value, "text": value}


def responses(vectors: list[Vector], harmless: bool) -> Iterator[tuple[str, dict[str, Any]]]:
    """Files below `data/mentions`."""
    for number, vector in enumerate(vectors):
        for post, kind in routes(vector):
            item = response(number, vector, post, kind, harmless)
            if post.startswith("posts/") and vector["where"] != "syndication":
                below = response(number, vector, post, kind, harmless)
                below["wm-source"] += "/below"
                own = vector["where"] == "url"
                below["url"] = below["url"] + "b" if own else below["wm-source"]
                below["in-reply-to"] = [item["wm-source"]]
                item["children"] = [below]
            yield f"{post}/{vector['name']}-{kind}.json", item
    # What the vectors may turn theirs into: without a date, without a home page, cut, nameless.
    for post in ("notes/evening", "posts/on-steps", "events/supper"):
        for kind in ("in-reply-to", "mention-of", "rsvp"):
            yield from plain(post, kind)


def plain(post: str, kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
    own = f"https://plain.example/{post}/{kind}"
    base = {"wm-target": f"{HOME}/{post}/", "wm-received": WHEN, "wm-property": kind}
    author = {"name": "Ana", "url": "https://plain.example/", "photo": PHOTO}
    variants: dict[str, dict[str, Any]] = {
        "bare": {},
        "nobody": {"author": {"name": "Ana"}, "content": "Words."},
        "face": {"author": author, "name": "Title", "content": "Words.", "published": WHEN},
        "long": {"author": author, "content": "Many words. " * 200},
        "titled": {"name": "Only a title"},
    }
    for name, more in variants.items():
        yield f"{post}/plain-{kind}-{name}.json", {"wm-source": f"{own}/{name}", **base, **more}


def toml(text: str) -> str:
    """A basic string of TOML."""
    quoted = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() else f"\\U{ord(c):08x}" for c in quoted) + '"'


RELATIONS = ["in-reply-to", "repost-of", "quotation-of", "bookmark-of", "like-of", "read-of"]


def cite(vector: Vector, harmless: bool) -> dict[str, Any]:
    """The vector as a page that a post of the site's owner refers to."""
    own = f"{vector['name']}.example/cited"
    value, where = value_of(vector, own, harmless), vector["where"]
    item: dict[str, Any] = {"type": "cite", "url": f"https://{own}", "published": WHEN}
    item["author"] = {"name": "Ben Berg", "url": f"https://{own}/ben", "photo": PHOTO}
    if where.startswith("author-"):
        item["author"][where.removeprefix("author-")] = value
    elif where == "content":
        item["content"] = {"html" if vector["html"] else "text": value}
    else:
        item[where] = value
    return item


def cited(vectors: list[Vector], harmless: bool) -> Iterator[tuple[str, str, list[dict[str, Any]]]]:
    """Posts about pages of strangers: file, text, and what is known of the pages."""
    # A post is called after what it refers to first.
    titles = [v for v in vectors if v["where"] in ("name", "author-name")]
    shown = ("content", "summary", "published", "author-url", "author-photo")
    words = [v for v in vectors if v["where"] in shown]
    size = len(RELATIONS)
    groups = [[v] for v in titles]
    groups += [words[at : at + size] for at in range(0, len(words), size)]
    for number, group in enumerate(groups):
        head = [f"date = 2026-03-01T{number // 60:02}:{number % 60:02}:00Z"]
        pages = [cite(vector, harmless) for vector in group]
        for place, (vector, page) in enumerate(zip(group, pages, strict=True)):
            relation = RELATIONS[(number if len(group) == 1 else place) % len(RELATIONS)]
            head += [f"[{relation}]", f"url = {toml(page['url'])}"]
            # As apps post it: what they know of the page stands in the post.
            if vector["where"] == "content" and place % 2:
                value = value_of(vector, f"{vector['name']}.example/cited", harmless)
                head.append(f"content = {toml(value)}")
        text = "\n".join(["+++", *head, "+++", "", "My own words.", ""])
        yield f"cites/c{number:03}.md", text, pages
    # What the vectors may turn theirs into: without a home page, nameless.
    for name, author in [("somebody", {"name": "Ana"}), ("nobody", {})]:
        head = ["date = 2026-03-02T00:00:00Z"]
        pages = []
        for relation in RELATIONS:
            pages.append({"url": f"https://plain.example/{name}/{relation}", "author": author})
            head += [f"[{relation}]", f"url = {toml(str(pages[-1]['url']))}"]
        yield f"cites/{name}.md", "\n".join(["+++", *head, "+++", "", "Mine.", ""]), pages


def write(root: Path, vectors: list[Vector], harmless: bool) -> None:
    """The folder of a site."""
    files: dict[str, str] = {"lanai.toml": CONFIG}
    files |= {f"content/{name}": text for name, text in POSTS.items()}
    for name, item in responses(vectors, harmless):
        files[f"data/mentions/{name}"] = json.dumps(item)
    for name, text, pages in cited(vectors, harmless):
        files[f"content/{name}"] = text
        for page in pages:
            host, *path = page["url"].split("/")[2:]
            files[f"data/cites/{host}-{'-'.join(path)}.json"] = json.dumps(page)
    for name, text in files.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8", newline="")
    (root / "data/avatars").mkdir()
    (root / "data/avatars/ben.png").write_bytes(png())


def build(folder: Path, lanai: str) -> None:
    """Both sites, hostile and harmless."""
    vectors = corpus()
    for name in ("hostile", "harmless"):
        source = folder / "source" / name
        write(source, vectors, harmless=name == "harmless")
        command = [lanai, "build", str(source), "--output", str(folder / name)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(f"the {name} site cannot be built:\n{done.stdout}{done.stderr}")


# Pages of strangers

# Where a vector's value stands in the page: it is markup there, or it is escaped.
PLACES = {
    "name": '<h1 class="p-name">{}</h1>',
    "photo": '<img class="u-photo" alt="" src="{}">',
    "url": '<a class="u-url" href="{}">here</a>',
    "content": '<div class="e-content">{}</div>',
    "summary": '<p class="p-summary">{}</p>',
    "author-name": '<span class="p-name">{}</span>',
    "author-url": '<a class="u-url" href="{}">home</a>',
    "author-photo": '<img class="u-photo" alt="" src="{}">',
    "syndication": '<a class="u-syndication" href="{}">copy</a>',
    "in-reply-to": '<a class="u-in-reply-to" href="{}">that</a>',
    "rsvp": '<data class="p-rsvp" value="{}">I come</data>',
    "published": '<time class="dt-published" datetime="{}">May</time>',
}
ALWAYS = {"author-name": "Ben Berg", "author-url": "/ben", "content": "Words.", "published": WHEN}


def page(
    vector: Vector,
    target: str,
    harmless: bool = False,
    kind: str = "in-reply-to",
    host: str = "",
) -> str:
    """A post on a stranger's site, at `host` or else below example, that answers `target`."""
    where = vector["where"]
    value = value_of(vector, f"{host or vector['name'] + '.example'}/page", harmless)
    said = {place: PLACES[place].format(text) for place, text in ALWAYS.items()}
    # As content, a text is one; in attributes too, what counts is the value.
    said[where] = PLACES[where].format(value if vector["html"] else escape(value))
    author = "".join(said.pop(place) for place in list(said) if place.startswith("author-"))
    # Last comes what may swallow the rest.
    rest = "\n".join(said[place] for place in sorted(said, key=lambda place: place == where))
    return (
        '<!doctype html>\n<html lang="en">\n'
        '<head><meta charset="utf-8"><title>A page</title></head>\n'
        f'<body>\n<article class="h-entry">\n<div class="p-author h-card">{author}</div>\n'
        f'<a class="u-{kind}" href="{escape(target)}">An answer</a>\n{rest}\n'
        "</article>\n</body>\n</html>\n"
    )


def write_pages(folder: Path, target: str, harmless: bool) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for vector in corpus():
        file = folder / f"{vector['name']}.html"
        file.write_text(page(vector, target, harmless), "utf-8", newline="")


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("target", nargs="?", help="with --pages: the page that is answered")
    parser.add_argument("--lanai", metavar="PROGRAM", help="builds the sites")
    parser.add_argument("--pages", action="store_true", help="write pages of strangers")
    parser.add_argument("--harmless", action="store_true", help="without the vectors")
    options = parser.parse_args()
    if options.pages and options.target:
        write_pages(options.folder, options.target, options.harmless)
    elif options.lanai and not options.target:
        build(options.folder, options.lanai)
    else:
        parser.error("either --lanai PROGRAM, or --pages and a target")
    return 0


if __name__ == "__main__":
    sys.exit(main())
