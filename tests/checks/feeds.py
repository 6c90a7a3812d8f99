#!/usr/bin/env python3
"""Feeds of a built site: RSS, Atom, JSON Feed and OPML, parsed strictly and held against the list.

Every check carries its item of the project's conformance list: FD-A all feeds, FD-R RSS, FD-T Atom,
FD-J JSON Feed, FD-O OPML. The feeds of one folder are also compared with each other, and their
entries with the pages they stand for. What only a server shows (FD-A-14's ETag, 304, HEAD), what
time shows (FD-A-03, FD-A-18) and podcasts (FD-R-11) are left to the tests of the package.

  feeds.py DIR --items 20       the site's configured number of entries
"""

from __future__ import annotations

import re
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from common import VOID, Page, Report, Site, arguments, candidates, open_site, scan
from feed_formats import (
    ATOM,
    check_blogroll,
    check_opml,
    check_style,
    check_xml_bytes,
    read_atom,
    read_json,
    read_rss,
)
from feed_model import TYPES, Checker, Entry, Feed, is_absolute, leads_to_file

SIZE_LIMIT = 1_000_000
SIZE_WARNING = 250_000
BANNED_TAGS = {"script", "style", "iframe", "form", "input", "button", "object", "embed", "link"}
ADDRESS_ATTRIBUTES = ("href", "src", "poster", "cite", "data", "action", "background")
WITH_CONTEXT = ("reply", "like", "repost", "bookmark", "rsvp", "quotation", "follow")

# Where other readers look for the list of whom a site follows.
RECOMMENDATIONS = ".well-known/recommendations.opml"


# Content


class TextOf(HTMLParser):
    """The words of a piece of markup; scripts, styles and drawings left out."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.silent += tag in ("script", "style", "svg", "math")
        self.parts.append(" ")

    def handle_endtag(self, tag: str) -> None:
        self.silent -= tag in ("script", "style", "svg", "math") and self.silent > 0
        self.parts.append(" ")

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.parts.append(data)


def words_of(markup: str) -> list[str]:
    parser = TextOf()
    parser.feed(markup)
    parser.close()
    return re.findall(r"\w+", "".join(parser.parts))


class ContentOf(HTMLParser):
    """The markup of a page's first own `e-content` (contexts and responses are h-cites)."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.parts: list[str] = []
        self.depth = 0
        self.cite = 0
        self.done = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        classes = (dict(attrs).get("class") or "").split()
        if self.depth:
            self.parts.append(self.get_starttag_text() or "")
            self.depth += tag not in VOID
        elif self.cite or "h-cite" in classes:
            self.cite += tag not in VOID
        elif "e-content" in classes and not self.done:
            self.depth, self.done = 1, True

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self.depth:
            self.parts.append(self.get_starttag_text() or "")

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        if self.depth:
            self.depth -= 1
            self.parts.append(f"</{tag}>" if self.depth else "")
        elif self.cite:
            self.cite -= 1

    def handle_data(self, data: str) -> None:
        if self.depth:
            self.parts.append(data)

    def handle_entityref(self, name: str) -> None:
        self.handle_data(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self.handle_data(f"&#{name};")


def content_of(page: Page) -> str:
    parser = ContentOf()
    parser.feed(page.text)
    parser.close()
    return "".join(parser.parts)


def check_content(check: Checker, entry: Entry) -> None:
    """Markup in a feed stands alone: absolute addresses, nothing that runs, pictures described."""
    for element in scan(entry.html).elements:
        name = f"<{element.tag}> in {entry.url}"
        check(element.tag not in BANNED_TAGS, "FD-A-07", f"{name} has no place in a feed")
        handlers = [key for key in element.attrs if key.startswith("on") or key == "style"]
        check(not handlers, "FD-A-07", f"{name} carries {handlers}")
        lazy = [key for key in element.attrs if key in ("data-src", "data-srcset")]
        check(not lazy, "FD-A-07", f"{name} waits for a script: {lazy}")
        if element.tag == "img":
            check(element.has("alt"), "FD-A-07", f"{name} without alt: {element.get('src')}")
        for key in ADDRESS_ATTRIBUTES:
            if element.has(key):
                absolute = is_absolute(element.get(key))
                check(absolute, "FD-A-05", f"{name}: {key}={element.get(key)!r} is relative")
        for address in candidates(element.get("srcset")):
            check(is_absolute(address), "FD-A-05", f"{name}: srcset {address!r} is relative")


# What all formats share


def check_feed(check: Checker, site: Site, feed: Feed, limit: int) -> None:
    check(feed.self_url == feed.location, "FD-A-13", f"self is {feed.self_url!r}")
    size = len(feed.raw)
    check(size <= SIZE_LIMIT, "FD-A-08", f"{size} bytes")
    if size > SIZE_WARNING:
        print(f"{feed.name}: {size} bytes, more than readers like")
    check(len(feed.entries) <= limit, "FD-A-08", f"{len(feed.entries)} entries, over {limit}")
    ids = [entry.id for entry in feed.entries]
    twice = sorted({one for one in ids if ids.count(one) > 1})
    check(not twice, "FD-A-03", f"ids twice: {twice}")
    dates = [entry.published for entry in feed.entries if entry.published]
    check(dates == sorted(dates, reverse=True), "FD-A-08", "entries are not newest first")
    changes = [entry.changed for entry in feed.entries if entry.changed]
    if changes and feed.format == "atom":
        same = feed.updated == max(changes)
        check(same, "FD-A-04", f"updated {feed.updated}, newest change {max(changes)}")
    kind = "; ".join(site.headers(urlsplit(feed.location).path).get("content-type", []))
    check(kind.startswith(TYPES[feed.format]), "FD-A-14", f"served as {kind or 'nothing named'}")
    home = site.page_at(site.base)
    hubs = [link.get("href") for link in home.links("hub")] if home else []
    check(set(feed.hubs) == set(hubs), "FD-A-13", f"hubs {feed.hubs}, on the home page {hubs}")
    for entry in feed.entries:
        ok = is_absolute(entry.url) and site.is_own(entry.url) and leads_to_file(site, entry.url)
        check(ok, "FD-A-05", f"entry link {entry.url!r} leads nowhere")
        check_content(check, entry)
        page = site.page_at(entry.url)
        if page:
            check_against_page(check, feed, entry, page)


def check_against_page(check: Checker, feed: Feed, entry: Entry, page: Page) -> None:
    """An entry says what its page says, with no made-up title, and is one that may be listed."""
    check(not page.noindex, "FD-A-16", f"{entry.url} wants no index, but is in the feed")
    if page.kind == "note" and feed.format != "atom":
        check(not entry.title, "FD-A-09", f"note {entry.url} has the title {entry.title!r}")
    if page.kind in WITH_CONTEXT and feed.format != "opml":
        linked = any(e.tag == "a" and e.get("href") for e in scan(entry.html).elements)
        check(linked, "FD-A-11", f"{page.kind} {entry.url} does not link what it answers")
    wanted = words_of(content_of(page))
    given = set(words_of(entry.html) if entry.html else re.findall(r"\w+", entry.text))
    missing = [word for word in wanted if word not in given]
    ok = len(missing) <= len(wanted) * 0.05
    check(ok, "FD-A-06", f"{entry.url} lacks {len(missing)} of {len(wanted)} words: {missing[:6]}")


def check_siblings(report: Report, feeds: list[Feed]) -> None:
    """The feeds of one folder list the same entries, with the same ids, titles and content."""
    by_folder: dict[Path, list[Feed]] = {}
    for feed in feeds:
        by_folder.setdefault(feed.file.parent, []).append(feed)
    for folder in by_folder.values():
        first = folder[0]
        for other in folder[1:]:
            check = Checker(report, f"{first.name}, {other.name}")
            if first.entries and "json" not in (first.format, other.format):
                same = first.updated == other.updated
                check(same, "FD-A-04", f"updated {first.updated} and {other.updated}")
            lists = [[entry.url for entry in feed.entries] for feed in (first, other)]
            if check(lists[0] == lists[1], "FD-A-17", "other entries or another order"):
                for one, two in zip(first.entries, other.entries, strict=True):
                    check_same_entry(check, first.format, other.format, one, two)


def check_same_entry(check: Checker, first: str, other: str, one: Entry, two: Entry) -> None:
    check(one.id == two.id, "FD-A-03", f"{one.url}: ids {one.id} and {two.id}")
    if "atom" not in (first, other) or (one.title and two.title):
        same = one.title == two.title
        check(same, "FD-A-17", f"{one.url}: titles {one.title!r} and {two.title!r}")
    if "rss" not in (first, other):
        check(one.changed == two.changed, "FD-A-17", f"{one.url}: other dates of change")
    check(one.published == two.published, "FD-A-17", f"{one.url}: other dates of publishing")
    if one.html and two.html:
        same = one.html.strip() == two.html.strip()
        check(same, "FD-A-17", f"{one.url}: the content differs")


def check_advertised(report: Report, site: Site, feeds: list[Feed]) -> None:
    """Every feed is linked by some page, as what it is; pages link the main feed first."""
    linked: dict[str, str] = {}
    main = site.base + "rss.xml"
    for page in site.pages:
        own = [
            (urljoin(page.url, link.get("href")), link.get("type"))
            for link in page.links("alternate")
            if link.get("type") in TYPES.values()
        ]
        linked.update(own)
        if page.type == "home" and page.url == site.base:
            ok = own and own[0][0] in (main, site.base + "atom.xml", site.base + "feed.json")
            report.check(ok, "FD-A-12", page.name, f"the first feed is {own[:1]}")
    titles: dict[tuple[str, str], str] = {}
    for feed in feeds:
        kind = linked.get(feed.location)
        check = Checker(report, feed.name)
        check(kind == TYPES[feed.format], "FD-A-12", f"linked by no page as its type ({kind})")
        key = (feed.format, feed.title + "\0" + feed.language)
        check(key not in titles, "FD-A-12", f"has the same title as {titles.get(key)}")
        titles[key] = feed.name


def second_opinion(check: Checker, feed: Feed) -> None:
    """feedparser, where it is installed, reads the feed without a complaint."""
    try:
        import feedparser  # type: ignore[import-untyped]
    except ImportError:
        return
    if feed.format == "json":
        return
    result = feedparser.parse(feed.raw)
    check(not result.bozo, "FD-A-01", f"feedparser: {result.get('bozo_exception')}")
    same = len(result.entries) == len(feed.entries)
    check(same, "FD-A-01", f"feedparser sees {len(result.entries)} entries")


# The run


def check_file(report: Report, site: Site, file: Path, limit: int) -> Feed | None:
    """One file, if it is a feed."""
    name, raw = site.name(file), file.read_bytes()
    check = Checker(report, name)
    feed = Feed(file, name, "", site.url_of(file), raw)
    if file.suffix == ".json":
        if file.name != "feed.json" and b"jsonfeed.org/version" not in raw[:300]:
            return None
        feed.format = "json"
        try:
            read_json(check, site, feed)
        except (ValueError, AttributeError, TypeError) as error:
            check(False, "FD-A-01", f"no JSON Feed: {error}")
            return None
    else:
        if re.search(rb"<(rss|feed|opml)\b", raw[:2000]):
            check_xml_bytes(check, raw)
        try:
            root = ET.fromstring(raw)
        except ET.ParseError as error:
            check(False, "FD-A-01", f"not well-formed: {error}")
            return None
        feed.format = {"rss": "rss", f"{ATOM}feed": "atom", "opml": "opml"}.get(root.tag, "")
        if not feed.format:
            return None
        check_style(check, site, feed)
        if feed.format == "opml":
            folders = check_opml(check, root)
            if name == RECOMMENDATIONS:
                same = raw == (feed.file.parent.parent / "following.opml").read_bytes()
                check(same, "FD-O-03", "says something else than following.opml")
            else:
                check_blogroll(check, site, name, folders)
            return None
        {"rss": read_rss, "atom": read_atom}[feed.format](check, site, feed, root)
        second_opinion(check, feed)
    check_feed(check, site, feed, limit)
    return feed


def feed_files(site: Site) -> Iterator[Path]:
    for file in site.files:
        if file.suffix in (".xml", ".json", ".opml") and file.name != "sitemap.xml":
            yield file


def main() -> int:
    parser = arguments(__doc__)
    parser.add_argument("--items", type=int, default=20, help="most entries in a feed (20)")
    options = parser.parse_args()
    site, report = open_site(options), Report("feeds")
    found = [check_file(report, site, file, options.items) for file in feed_files(site)]
    feeds = [feed for feed in found if feed]
    check_siblings(report, feeds)
    check_advertised(report, site, feeds)
    report.check(feeds, "FD-A-12", site.root, "no feed at all")
    return report.close()


if __name__ == "__main__":
    sys.exit(main())
