"""MF-G and MF-R: rules for all markup and for rel values, whatever the page is about."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urljoin

from bs4 import Tag

import mf2
from mf2 import Item, address, first, has_type, is_address, props, walk
from mf2_view import ENTRY_TYPES, Finding, View, classes, inside, rels, root_of, short

MF_CLASS = re.compile(r"(?:h|p|u|dt|e)-[a-z0-9]")
PROPERTY_CLASS = re.compile(r"(?:p|u|dt|e)-[a-z]")

# What the author's own words may carry inside e-content.
CONTENT_CLASSES = {"p-category", "u-category", "u-photo", "u-video", "u-audio"}
HEAD_RELS = {
    "canonical", "alternate", "hub", "self", "webmention", "micropub", "microsub",
    "indieauth-metadata", "authorization_endpoint", "token_endpoint", "me", "license", "shortlink",
    "next", "prev", "icon", "manifest", "pgpkey", "stylesheet", "feed", "blogroll", "author",
    "preload", "modulepreload", "search", "apple-touch-icon", "mask-icon", "sitemap",
}  # fmt: skip
XFN = {
    "contact", "acquaintance", "friend", "met", "co-worker", "colleague", "co-resident", "neighbor",
    "child", "parent", "sibling", "spouse", "kin", "muse", "crush", "date", "sweetheart",
}  # fmt: skip
BODY_RELS = {
    "me", "author", "tag", "syndication", "in-reply-to", "bookmark", "license", "nofollow", "ugc",
    "noopener", "noreferrer", "next", "prev", "alternate", "home", "search", "help", "external",
    "up", "first", "last", "feed", "canonical",
}  # fmt: skip

DATE = r"\d{4}-\d\d-\d\d"
MOMENT = re.compile(rf"{DATE}T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)")
DAY = re.compile(DATE)
PARTIAL = re.compile(rf"\d{{4}}(?:-\d\d)?|{DATE}")
BIRTHDAY = re.compile(rf"{DATE}|--\d\d-\d\d")
DURATION = re.compile(
    r"P(?=.)(?:\d+Y)?(?:\d+M)?(?:\d+W)?(?:\d+D)?(?:T(?=.)(?:\d+H)?(?:\d+M)?(?:\d+S)?)?"
)


# MF-G: rules for all markup


def markup_rules(view: View) -> Iterator[Finding]:
    used = {name for tag in view.soup.find_all(class_=True) for name in classes(tag)}
    classic = sorted(used & mf2.CLASSIC)
    yield not classic, "MF-G-01", f"classic microformat classes: {classic}"
    known = mf2.ROOTS | mf2.PROPERTIES
    strange = sorted(name for name in used if MF_CLASS.match(name) and name not in known)
    yield not strange, "MF-G-02", f"classes that look like microformats: {strange}"
    for item in (nested for top in view.items for nested in walk(top)):
        yield from address_values(item)
    for tag in view.soup.find_all(class_=True):
        yield from element_rules(tag)
    if view.page.type == "post":
        yield from permalink_rules(view)


def address_values(item: Item) -> Iterator[Finding]:
    for name in sorted(mf2.ADDRESSES & set(item.get("properties", {}))):
        for value in props(item, name):
            shown = f"{name} of {item['type'][0]} is {short(address(value))}"
            yield is_address(address(value)), "MF-G-03", shown


def element_rules(tag: Tag) -> Iterator[Finding]:
    names = set(classes(tag))
    properties = sorted(name for name in names if PROPERTY_CLASS.match(name))
    if properties:
        yield root_of(tag) is not None, "MF-G-05", f"{properties} outside any microformat"
    for name in properties:
        if name.startswith("dt-"):
            yield date_value(tag, name)
        if name in ("u-video", "u-audio"):
            source = {"a": "href", "data": "value", "object": "data"}.get(tag.name, "src")
            yield tag.has_attr(source), "MF-G-09", f"{name} on <{tag.name}> without {source}"
    if tag.name == "img" and any(name.startswith("u-") for name in names):
        yield tag.has_attr("alt"), "MF-G-08", f"image {tag.get('src')} without alt"
    if "e-content" in names and not inside(tag, "h-cite"):
        strangers = content_strangers(tag)
        yield not strangers, "MF-G-07", f"e-content holds {strangers}"


def date_value(tag: Tag, name: str) -> Finding:
    """Whether a date element says its moment as parsers need it."""
    value = str(tag.get("datetime", ""))
    if name == "dt-bday":
        # A birthday may have no year, which <time> would refuse.
        value = value or str(tag.get("value", ""))
    root = root_of(tag)
    kinds = set(classes(root)) if root else set()
    accepted = [MOMENT]
    if name == "dt-duration":
        accepted = [DURATION]
    elif name == "dt-bday":
        accepted = [BIRTHDAY]
    elif name in ("dt-start", "dt-end"):
        # A line of a CV may know its month only; an event its day.
        accepted += [PARTIAL if root and inside(root, "h-resume") else DAY]
    elif "h-cite" in kinds:
        # Somebody else's page may have told its day only.
        accepted += [DAY]
    element = "data" if name == "dt-bday" and tag.name == "data" else "time"
    ok = tag.name == element and any(pattern.fullmatch(value) for pattern in accepted)
    return ok, "MF-G-04", f"{name} on <{tag.name}> says {short(value)}"


def content_strangers(content: Tag) -> list[str]:
    """What stands inside the author's words but is none of them."""
    found = {tag.name for tag in content.find_all(["form", "button"])}
    for tag in content.find_all(class_=PROPERTY_CLASS):
        root = root_of(tag)
        if root is None or content not in root.parents:
            names = [name for name in classes(tag) if PROPERTY_CLASS.match(name)]
            found |= set(names) - CONTENT_CLASSES
    return sorted(found)


def permalink_rules(view: View) -> Iterator[Finding]:
    kinds = [item["type"] for item in view.items]
    entries = len(view.entries)
    yield entries == 1, "MF-G-11", f"{entries} entries at the top: {kinds}"
    others = [item["type"] for item in view.items if not has_type(item, *ENTRY_TYPES, "h-card")]
    yield not others, "MF-G-11", f"other items at the top: {others}"
    entry = view.entry
    if entry and first(entry, "name"):
        # The head's title is escaped by another path than the heading; both must read the same.
        name, title = mf2.squeeze(first(entry, "name")), mf2.squeeze(view.page.scanner.title)
        yield name in title, "MF-G-10", f"name {short(name)} but title {short(title)}"


# MF-R: rel values


def rel_rules(view: View) -> Iterator[Finding]:
    head = view.soup.find("head")
    for tag in view.soup.find_all(["link", "a", "area", "form"], rel=True):
        in_head = isinstance(head, Tag) and head in tag.parents
        known = HEAD_RELS if in_head else BODY_RELS | XFN
        strange = sorted(rels(tag) - known)
        item = "MF-R-01" if in_head else "MF-R-02"
        yield not strange, item, f"rel {strange} on <{tag.name} href={tag.get('href')}>"
        if "me" in rels(tag):
            ok = bool(re.match(r"https:|mailto:|sms:|acct:", str(tag.get("href", ""))))
            own = urljoin(view.page.url, str(tag.get("href"))).startswith(view.home)
            yield ok or own, "MF-R-03", f"rel=me to {tag.get('href')}"
    for tag in view.elements("u-in-reply-to"):
        links = [tag, *tag.find_all("a", class_="u-url")]
        ok = any("in-reply-to" in rels(link) for link in links)
        yield ok, "MF-R-02", "u-in-reply-to without rel=in-reply-to"
    yield from alternate_rules(view)


def alternate_rules(view: View) -> Iterator[Finding]:
    formats = []
    for link in view.soup.find_all("link", rel="alternate"):
        kind = str(link.get("type", ""))
        if "rss" in kind or "atom" in kind or "feed" in kind:
            formats.append(kind)
            yield link.get("title"), "MF-R-01", f"the feed link {link.get('href')} has no title"
        else:
            ok = link.get("hreflang") or kind
            yield ok, "MF-R-01", f"alternate {link.get('href')} has neither type nor hreflang"
    if view.page.type == "home":
        for kind in ("application/rss+xml", "application/atom+xml", "application/feed+json"):
            yield kind in formats, "MF-R-01", f"no feed link of type {kind}"
