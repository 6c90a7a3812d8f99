"""MF-C, MF-E, MF-K, MF-H: people, entries, their kinds, and what they answer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from bs4 import Tag

import mf2
from mf2 import Item, first, has_type, is_item, props, text, walk
from mf2_view import Finding, View, classes, inside, moment, rels, root_of, same, short

CITE_PROPERTIES = {
    "url", "uid", "name", "author", "published", "content", "summary", "publication", "accessed",
    "photo",
}  # fmt: skip


@dataclass
class Kind:
    """A row of the table of kinds."""

    item: str
    needs: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    standard: tuple[str, ...] = ()
    """Types that the draft's algorithm may give; the extended one gives the kind itself."""
    root: str = "h-entry"


PLAIN = ("note", "article", "photo", "video")
KINDS = {
    "note": Kind("MF-K-01", ("content",), ("name",), ("note",)),
    "article": Kind("MF-K-02", ("name",), (), ("article",)),
    "reply": Kind("MF-K-03", ("in-reply-to", "content"), (), ("reply",)),
    "like": Kind("MF-K-04", ("like-of",), (), ("like",)),
    "repost": Kind("MF-K-05", ("repost-of",), (), ("repost",)),
    "bookmark": Kind("MF-K-06", ("bookmark-of",), (), PLAIN),
    "rsvp": Kind("MF-K-07", ("rsvp", "in-reply-to"), (), ("rsvp",)),
    "event": Kind("MF-K-08", ("name", "start", "url", "author"), (), ("event",), "h-event"),
    "photo": Kind("MF-K-09", ("photo",), (), ("photo",)),
    "video": Kind("MF-K-10", ("video",), (), ("video",)),
    "audio": Kind("MF-K-11", ("audio",), (), PLAIN),
    "checkin": Kind("MF-K-12", ("checkin",), (), PLAIN),
    "follow": Kind("MF-K-13", ("follow-of",), (), PLAIN),
    "review": Kind(
        "MF-K-14",
        ("item", "rating", "best", "worst", "name", "author", "published"),
        (),
        ("review",),
        "h-review",
    ),
    "quotation": Kind("MF-K-16", ("quotation-of",), (), PLAIN),
    "read": Kind("MF-K-17", ("read-of",), (), PLAIN),
    "watch": Kind("MF-K-17", ("watch-of",), (), PLAIN),
    "listen": Kind("MF-K-17", ("listen-of",), (), PLAIN),
}
LINK_KINDS = {
    "reply": "in-reply-to", "like": "like-of", "repost": "repost-of", "bookmark": "bookmark-of",
    "rsvp": "in-reply-to", "quotation": "quotation-of", "follow": "follow-of", "read": "read-of",
    "watch": "watch-of", "listen": "listen-of",
}  # fmt: skip


# MF-C: h-card


def card_rules(view: View) -> Iterator[Finding]:
    for card in (nested for top in view.items for nested in walk(top)):
        if has_type(card, "h-card"):
            empty = [n for n, values in card["properties"].items() if not all(map(text, values))]
            yield not empty, "MF-C-03", f"empty {empty} in the card of {short(first(card, 'name'))}"
    if view.page.url == view.home:
        yield from representative_card(view)
    for tag in view.elements("h-card"):
        for link in tag.find_all("a", rel="me"):
            if root_of(link) is tag:
                named = {"u-url", "u-email", "u-key"} & set(classes(link))
                yield named, "MF-C-05", f"rel=me link {link.get('href')} without u-url"


def representative_card(view: View) -> Iterator[Finding]:
    cards = [card for top in view.items for card in walk(top) if has_type(card, "h-card")]
    owner = [
        card
        for card in cards
        if view.home in map(text, props(card, "url")) and view.home in map(text, props(card, "uid"))
    ]
    yield owner, "MF-C-01", "no h-card whose u-url and u-uid are the home page"
    for card in owner[:1]:
        yield first(card, "name"), "MF-C-02", "the owner's card has no name"
    me = [urlsplit(link).geturl() for link in view.rels.get("me", [])]
    yield view.home in me, "MF-C-01", f"rel=me does not hold the home page, but {me[:5]}"
    one_link = any({"u-url", "u-uid"} <= set(classes(a)) for a in view.soup.find_all("a", rel="me"))
    yield one_link, "MF-C-01", "no link is u-url, u-uid and rel=me at once"


def author_rules(view: View, entry: Item, item: str) -> Iterator[Finding]:
    """The author of an own entry: a card with name, home page and, if there is one, portrait."""
    cards = [value for value in props(entry, "author") if has_type(value, "h-card")]
    shown = first(entry, "url")
    if not cards:
        yield False, item, f"no p-author h-card in {shown}"
        return
    yield first(cards[0], "name"), item, f"the author of {shown} has no name"
    at_home = first(cards[0], "url").startswith(view.home)
    yield at_home, item, f"the author of {shown} is at {short(first(cards[0], 'url'))}"
    if view.has_photo:
        yield props(cards[0], "photo"), item, f"the author of {shown} has no photo"


# MF-E: h-entry, common


def entry_rules(view: View) -> Iterator[Finding]:
    entry = view.entry
    if entry is None:
        if view.page.type == "post":
            yield False, "MF-E-01", "no entry on the page"
        return
    if view.page.type == "gone":
        yield from tombstone_rules(view, entry)
        return
    yield from address_rules(view, entry)
    if view.page.type == "post":
        yield props(entry, "published"), "MF-E-02", "no dt-published"
        yield from author_rules(view, entry, "MF-E-03")
        published, updated = moment(first(entry, "published")), moment(first(entry, "updated"))
        if published and updated:
            yield updated > published, "MF-E-02", f"updated {updated}, published {published}"
    yield from class_and_rel(view)
    yield from lead_rules(entry)


def address_rules(view: View, entry: Item) -> Iterator[Finding]:
    urls = [text(value) for value in props(entry, "url")]
    yield len(urls) == 1, "MF-E-01", f"u-url: {urls}"
    canonical = view.page.canonical or view.page.url
    for url in urls[:1]:
        yield same(url, canonical), "MF-E-01", f"u-url is {url}, the page {canonical}"
        yield first(entry, "uid") == url, "MF-E-01", f"u-uid is {short(first(entry, 'uid'))}"


def class_and_rel(view: View) -> Iterator[Finding]:
    """Links whose class and rel belong together."""
    for tag in view.elements("p-category"):
        if not inside(tag, "h-card", "h-cite"):
            ok = tag.name != "a" or "tag" in rels(tag)
            yield ok, "MF-E-04", f"category {short(tag.get_text())} without rel=tag"
    for tag in view.elements("u-syndication"):
        ok = tag.name not in ("a", "link") or "syndication" in rels(tag)
        yield ok, "MF-E-05", f"u-syndication {tag.get('href')} without rel=syndication"


def lead_rules(entry: Item) -> Iterator[Finding]:
    for value in props(entry, "summary"):
        yield isinstance(value, str) and value.strip(), "MF-E-06", f"summary {short(value)}"
    for value in props(entry, "location"):
        plain = isinstance(value, str) and value.strip()
        ok = plain or has_type(value, "h-adr", "h-geo", "h-card")
        yield ok, "MF-E-06", f"location {short(value)}"


def tombstone_rules(view: View, entry: Item) -> Iterator[Finding]:
    yield props(entry, "url"), "MF-E-08", "no u-url"
    name = first(entry, "name")
    root = view.soup.find("html")
    english = isinstance(root, Tag) and str(root.get("lang", "")).startswith("en")
    yield name == "Deleted" if english else name, "MF-E-08", f"the name is {short(name)}"
    yield not first(entry, "content").strip(), "MF-E-08", "it still has content"
    targets = [n for n in mf2.RELATIONS if props(entry, n)]
    yield not targets, "MF-E-08", f"it still names {targets}"


# MF-K: kinds


def kind_rules(view: View) -> Iterator[Finding]:
    entry, row = view.entry, KINDS.get(view.page.kind)
    if view.page.type == "cv":
        yield from resume_rules(view)
    if view.page.type != "post" or entry is None:
        return
    if row is None:
        yield False, "MF-K-20", f"data-kind is {short(view.page.kind)}"
        return
    yield has_type(entry, row.root), row.item, f"root is {entry['type']}, not {row.root}"
    for name in row.needs:
        filled = [value for value in props(entry, name) if text(value) or is_item(value)]
        yield filled, row.item, f"no {name}"
    for name in row.lacks:
        yield not props(entry, name), row.item, f"{name} is {short(first(entry, name))}"
        if name == "name":
            yield not props(entry, name), "MF-G-06", f"a name came from {short(first(entry, name))}"
    standard = mf2.discover(entry)
    yield standard in row.standard, "MF-K-20", f"{view.page.kind} is discovered as {standard}"
    extended = mf2.discover(entry, extended=True)
    yield extended == view.page.kind, "MF-K-20", f"{view.page.kind} reads as {extended} (extended)"
    yield from more_of_kind(view, entry, row.item)


def more_of_kind(view: View, entry: Item, item: str) -> Iterator[Finding]:
    """What a kind asks beyond which properties there are."""
    kind = view.page.kind
    if kind == "like":
        readable = first(entry, "summary") or first(entry, "content")
        yield readable, item, "neither summary nor content for readers that know no likes"
    if kind == "repost":
        yield not first(entry, "content").strip(), item, "a repost has content of its own"
    if kind == "rsvp":
        value = first(entry, "rsvp")
        yield value in ("yes", "no", "maybe", "interested"), item, f"p-rsvp is {short(value)}"
    if kind == "event":
        ends = props(entry, "end") or props(entry, "duration")
        yield ends, item, "neither dt-end nor dt-duration"
    if kind == "photo" or props(entry, "photo"):
        yield from photo_rules(entry)
    if kind == "checkin":
        card = next(iter(props(entry, "checkin")), None)
        ok = has_type(card, "h-card") and first(card, "name")
        yield ok, item, f"u-checkin is no card with a name: {short(card)}"
    if kind == "review":
        thing = next(iter(props(entry, "item")), None)
        named = is_item(thing) and first(thing, "name")
        yield named, item, f"p-item is no item with a name: {short(thing)}"
        numbers = [first(entry, name) for name in ("rating", "best", "worst")]
        counted = all(re.fullmatch(r"\d+(?:\.\d+)?", number) for number in numbers)
        yield counted, item, f"rating, best, worst are {numbers}"
    if kind == "quotation":
        quoted = next(iter(props(entry, "quotation-of")), None)
        ok = is_item(quoted) and first(quoted, "content")
        yield ok, item, "the quoted words are not the h-cite's content"
    if kind == "read" and props(entry, "read-status"):
        status = first(entry, "read-status").lower()
        yield status in ("to-read", "reading", "finished", "want"), item, f"read-status {status}"


def photo_rules(entry: Item) -> Iterator[Finding]:
    photos = props(entry, "photo")
    sources = [text(photo) for photo in photos]
    yield len(set(sources)) == len(sources), "MF-K-09", f"a photo twice: {sources}"
    for photo in photos:
        with_alt = isinstance(photo, dict) and "alt" in photo
        yield with_alt, "MF-G-08", f"photo {text(photo)} came without alt"


def resume_rules(view: View) -> Iterator[Finding]:
    resumes = [item for item in view.items if has_type(item, "h-resume")]
    yield len(resumes) == 1, "MF-K-19", f"{len(resumes)} h-resume items at the top"
    for resume in resumes[:1]:
        yield first(resume, "name"), "MF-K-19", "no p-name"
        contacts = props(resume, "contact")
        yield all(has_type(c, "h-card") for c in contacts), "MF-K-19", "p-contact is no h-card"
        for name in ("experience", "education"):
            for job in props(resume, name):
                ok = has_type(job, "h-event") and has_type(job, "h-card")
                yield ok, "MF-K-19", f"p-{name} is no h-event h-card: {short(job)}"
                named = is_item(job) and (first(job, "name") or first(job, "org"))
                yield named, "MF-K-19", f"p-{name} without name: {short(job)}"
                yield is_item(job) and props(job, "start"), "MF-K-19", f"p-{name} without start"


# MF-H: reply contexts


def context_rules(view: View) -> Iterator[Finding]:
    entry = view.entry
    if entry is None or view.page.type != "post":
        return
    link = LINK_KINDS.get(view.page.kind)
    for name in mf2.RELATIONS:
        for value in props(entry, name):
            if name in ("like-of", "follow-of") and isinstance(value, str):
                continue
            accepted = ("h-cite", "h-card") if name == "follow-of" else ("h-cite",)
            ok = has_type(value, *accepted)
            item = "MF-H-02" if name == link else "MF-H-05"
            yield ok, item, f"{name} is no h-cite: {short(value)}"
            if ok and "h-cite" in value["type"]:
                yield first(value, "url"), "MF-H-01", f"the h-cite of {name} has no u-url"
                strange = sorted(set(value["properties"]) - CITE_PROPERTIES)
                yield not strange, "MF-H-01", f"the h-cite of {name} has {strange}"
    yield from contexts_before_content(view)


def contexts_before_content(view: View) -> Iterator[Finding]:
    """What is answered stands before the answer, and outside it."""
    names = {f"u-{name}" for name in mf2.RELATIONS} | {"e-content"}
    marks = [tag for tag in view.elements(*names) if not inside(tag, "h-cite")]
    seen_content = False
    for tag in marks:
        if "e-content" in classes(tag):
            seen_content = seen_content or "h-cite" not in classes(tag)
        else:
            yield not seen_content, "MF-H-02", f"{classes(tag)[0]} stands after or in e-content"
