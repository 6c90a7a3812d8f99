"""MF-F and MF-M: lists of entries, and the responses shown below one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote, urljoin, urlsplit

from bs4 import Tag

import mf2
from common import Page, Site
from mf2 import Item, first, has_type, is_address, is_item, props, walk
from mf2_entries import KINDS, LINK_KINDS, author_rules
from mf2_view import (
    ENTRY_TYPES,
    FEED_PAGES,
    Finding,
    View,
    classes,
    inside,
    moment,
    rels,
    root_of,
    same,
    short,
)

RESPONSE_ITEMS = {
    "comment": "MF-M-01",
    "like": "MF-M-02",
    "repost": "MF-M-03",
    "bookmark": "MF-M-04",
    "rsvp": "MF-M-05",
    "mention": "MF-M-07",
}


# MF-F: h-feed


def feed_rules(view: View, kinds: dict[str, str], hidden: set[str]) -> Iterator[Finding]:
    feeds = [item for top in view.items for item in walk(top) if has_type(item, "h-feed")]
    if view.page.type in FEED_PAGES:
        yield len(feeds) == 1, "MF-F-01", f"{len(feeds)} h-feed items"
    if view.page.type == "post":
        nested = [item for top in view.entries for item in walk(top) if item is not top]
        around = [item["type"] for item in nested if has_type(item, "h-entry")]
        yield not feeds and not around, "MF-F-04", f"a feed or other entries: {around}"
    for feed in feeds:
        yield first(feed, "name"), "MF-F-01", "the feed has no p-name"
        url = first(feed, "url")
        yield same(url, view.page.url), "MF-F-01", f"the feed's u-url is {short(url)}"
        yield props(feed, "author"), "MF-F-01", "the feed has no author"
        children = [child for child in feed.get("children", []) if has_type(child, *ENTRY_TYPES)]
        # A site without a single post has an empty home page, and a tag that only undated pages
        # carry has links to them and an empty feed.
        atom = view.page.file.parent / "atom.xml"
        posts = not atom.exists() or "<entry>" in atom.read_text("utf-8")
        empty = (view.page.type == "home" and not kinds) or not posts
        yield children or empty or view.page.type not in FEED_PAGES, "MF-F-01", "no entries"
        for child in children:
            yield from child_rules(view, child, kinds, hidden)
        yield from order_rule(view, children)


def child_rules(
    view: View, child: Item, kinds: dict[str, str], hidden: set[str]
) -> Iterator[Finding]:
    url = first(child, "url")
    yield is_address(url), "MF-F-02", f"an entry without u-url: {short(child['properties'])}"
    yield props(child, "published"), "MF-F-02", f"{url} has no dt-published"
    yield unquote(url) not in hidden, "MF-E-07", f"{url} wants no index, but stands in the feed"
    kind = kinds.get(unquote(url))
    yield kind, "MF-F-02", f"{url} is no post of this site"
    # An archive's lines are a date and a name; their author is the feed's.
    if kind in KINDS and view.page.type in (*FEED_PAGES, "thread"):
        yield from author_rules(view, child, "MF-C-04")
        found = mf2.discover(child, extended=True)
        yield found == kind, "MF-F-02", f"{url} is a {kind}, but reads as {found} in the feed"
        words = first(child, "content") or first(child, "summary")
        bare = kind in LINK_KINDS or kind in ("photo", "video", "audio", "checkin", "event")
        yield words or bare, "MF-F-02", f"{url} has neither content nor summary"


def order_rule(view: View, children: list[Item]) -> Iterator[Finding]:
    """Newest first; threads read from the first on; pinned posts may lead the home page."""
    dates = [date for date in (moment(first(c, "published")) for c in children) if date]
    if view.page.type == "thread":
        yield dates == sorted(dates), "MF-F-01", "the thread is not in its order"
        return
    pinned = range(min(6, len(dates))) if view.page.type == "home" else range(1)
    ok = any(dates[n:] == sorted(dates[n:], reverse=True) for n in pinned) or not dates
    yield ok, "MF-F-01", "entries are not newest first"


def pager_rules(site: Site, view: View) -> Iterator[Finding]:
    """The pages of a list are a chain of rel=next from its first page on, and of rel=prev back.

    How they are numbered is the site's choice.
    """
    if view.page.type not in FEED_PAGES:
        return
    stem = re.sub(r"page/\d+/$", "", view.page.url)
    others = [url for url in site.by_url if re.fullmatch(re.escape(stem) + r"page/\d+/", url)]
    if not others:
        return
    older = neighbours(view.page, "next", stem)
    newer = neighbours(view.page, "prev", stem)
    if view.page.url == stem:
        yield older, "MF-F-03", "no rel=next, though the list has more pages"
    else:
        yield newer, "MF-F-03", "no rel=prev on a later page of a list"
    for way, back, found in (("next", "prev", older), ("prev", "next", newer)):
        for url in found:
            page = site.page_at(url)
            ok = page and view.page.url in neighbours(page, back, stem)
            yield ok, "MF-F-03", f"rel={way} goes to {url}, which has no rel={back} back"


def neighbours(page: Page, rel: str, stem: str) -> set[str]:
    """The pages of the same list that a page links with this rel value."""
    links = [e for e in page.elements if e.tag in ("a", "link") and rel in e.words("rel")]
    found = {urljoin(page.url, link.get("href")) for link in links}
    return {url for url in found if url.startswith(stem)}


# MF-M: shown responses


def response_rules(view: View) -> Iterator[Finding]:
    entry = view.entry
    if entry is None:
        return
    for name in RESPONSE_ITEMS:
        for value in props(entry, name):
            if name == "rsvp" and isinstance(value, str):
                continue
            item = RESPONSE_ITEMS[name]
            if not has_type(value, "h-cite"):
                yield False, item, f"{name} is no h-cite: {short(value)}"
                continue
            yield from response_item(name, item, value)
    yield from guest_rules(entry)
    yield from order_of_responses(entry)
    yield from response_elements(view)


def response_item(name: str, item: str, value: Item) -> Iterator[Finding]:
    url = first(value, "url")
    yield is_address(url), item, f"{name} without u-url: {short(value['properties'])}"
    author = next(iter(props(value, "author")), None)
    if name != "mention":
        ok = has_type(author, "h-card") and first(author, "name")
        yield ok, item, f"{name} {url} has no author card with a name"
    if name in ("like", "repost", "bookmark", "rsvp") and is_item(author):
        for photo in props(author, "photo"):
            alt = photo.get("alt") if isinstance(photo, dict) else None
            yield alt == first(author, "name"), "MF-M-02", f"the face of {url} has alt {short(alt)}"
    if name == "comment":
        words = first(value, "content").strip()
        yield words, item, f"comment {url} has no content"
        title = mf2.squeeze(first(value, "name"))
        copied = title and mf2.squeeze(words).startswith(title.rstrip("…. "))
        yield not copied, "MF-M-09", f"comment {url} has its text as name too"
        yield len(words) <= 1_100, "MF-M-10", f"comment {url} shows {len(words)} characters"
    if name == "rsvp":
        answer = first(value, "rsvp")
        yield answer in ("yes", "no", "maybe", "interested"), item, f"{url} says {short(answer)}"
    if name == "mention":
        words = first(value, "name") or first(value, "content") or first(value, "summary")
        yield words, item, f"mention {url} has neither name nor words"
    for answer in props(value, "comment"):
        if has_type(answer, "h-cite"):
            yield from response_item("comment", "MF-M-01", answer)


def guest_rules(entry: Item) -> Iterator[Finding]:
    """Those who said yes to an event are its attendees."""
    answers = [v for v in props(entry, "rsvp") if is_item(v)]
    coming = [v for v in answers if first(v, "rsvp") == "yes"]
    if has_type(entry, "h-event") and answers:
        names = {first(card, "name") for card in props(entry, "attendee") if is_item(card)}
        for value in coming:
            author = next(iter(props(value, "author")), None)
            name = first(author, "name") if is_item(author) else ""
            yield name in names, "MF-M-05", f"{short(name)} comes, but is no p-attendee"
    elif answers:
        yield False, "MF-M-05", "u-rsvp items on what is no event"


def is_reaction(value: Item) -> bool:
    """A reply of one emoji."""
    words = first(value, "content").strip()
    return len(words) <= 10 and not re.search(r"[\w.,!?]", words)


def order_of_responses(entry: Item) -> Iterator[Finding]:
    for value in walk(entry):
        replies = [v for v in props(value, "comment") if is_item(v) and not is_reaction(v)]
        dates = [d for d in (moment(first(v, "published")) for v in replies) if d]
        if dates:
            yield dates == sorted(dates), "MF-M-12", "replies are not oldest first"
    mentions = [moment(first(v, "published")) for v in props(entry, "mention") if is_item(v)]
    dates = [date for date in mentions if date]
    if dates:
        yield dates == sorted(dates, reverse=True), "MF-M-12", "mentions are not newest first"


def response_elements(view: View) -> Iterator[Finding]:
    names = [f"u-{name}" for name in RESPONSE_ITEMS]
    own_host = urlsplit(view.home).netloc
    shown = [t for t in view.elements(*names) if "h-cite" in classes(t)]
    for tag in shown:
        for link in [tag, *tag.find_all("a", href=True)]:
            host = urlsplit(str(link.get("href", ""))).netloc
            if link.name == "a" and host and host != own_host:
                ok = {"nofollow", "ugc"} <= rels(link)
                yield ok, "MF-M-13", f"{link.get('href')} without rel=nofollow ugc"
        live = tag.find(["script", "style", "iframe", "form", "object", "embed"])
        yield live is None, "MF-M-13", f"a response holds <{live.name if live else ''}>"
        yield root_of(tag) is not None, "MF-M-14", "a response outside any entry"
    yield from heading_counts(view, shown)


def heading_counts(view: View, shown: list[Tag]) -> Iterator[Finding]:
    """A heading or summary that begins with a number tells how many items stand below it."""
    for heading in view.soup.find_all(["h2", "h3", "h4", "summary"]):
        said = re.match(r"\s*(\d+)\b", heading.get_text())
        if not said or inside(heading, "e-content"):
            continue
        below = items_below(heading, shown)
        if below:
            label = short(mf2.squeeze(heading.get_text()))
            yield int(said[1]) in below, "MF-M-15", f"{label} stands above {max(below)} items"


def items_below(heading: Tag, shown: list[Tag]) -> set[int]:
    """How many responses a heading stands above, or a summary folds away or sums up.

    Two numbers may be meant: all of them, or those that answer the post (or reply) itself.
    """
    if heading.name == "summary":
        fold = heading.parent or heading
        within = any(fold in tag.parents for tag in shown)
        parts = [fold if within else fold.parent or fold]
    else:
        parts = following_parts(heading)
    below = [t for t in shown if any(part is t or part in t.parents for part in parts)]
    direct = [tag for tag in below if not any(up in below for up in tag.parents)]
    return {len(below), len(direct)} if below else set()


def following_parts(heading: Tag) -> list[Tag]:
    """What a heading stands above, up to the next one of its rank."""
    parts = []
    for part in heading.find_next_siblings():
        if re.fullmatch(r"h[1-6]", part.name) and part.name <= heading.name:
            break
        parts.append(part)
    return parts
