"""A page as the microformats rules look at it: its elements, and what mf2py makes of it.

The rules themselves stand in `mf2_markup.py`, `mf2_entries.py` and `mf2_lists.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import unquote

from bs4 import BeautifulSoup, Tag

import mf2
from common import Page, Site
from mf2 import Item, has_type

ENTRY_TYPES = ("h-entry", "h-event", "h-review", "h-recipe", "h-resume")
# Pages that hold a list of entries, and those that hold one entry.
FEED_PAGES = ("home", "list", "photos")
ENTRY_PAGES = ("post", "page")

Finding = tuple[object, str, str]
"""Whether it holds, the item of the list, what is wrong otherwise."""


@dataclass
class View:
    """A page, its elements, and what a microformats parser makes of it."""

    page: Page
    home: str
    soup: BeautifulSoup
    items: list[Item]
    rels: dict[str, list[str]]
    has_photo: bool
    """Whether the site's person has a portrait."""

    @property
    def entries(self) -> list[Item]:
        return [item for item in self.items if has_type(item, *ENTRY_TYPES)]

    @property
    def entry(self) -> Item | None:
        entries = self.entries
        return entries[0] if self.page.type in (*ENTRY_PAGES, "gone") and entries else None

    @property
    def feeds(self) -> list[Item]:
        return [item for item in self.items if has_type(item, "h-feed")]

    def elements(self, *names: str) -> list[Tag]:
        """Elements that carry any of these classes, in document order."""
        return [tag for tag in self.soup.find_all(class_=True) if set(names) & set(classes(tag))]


def classes(tag: Tag) -> list[str]:
    return list(tag.get("class") or [])


def rels(tag: Tag) -> set[str]:
    return {word.lower() for word in tag.get("rel") or []}


def root_of(tag: Tag) -> Tag | None:
    """The microformat an element's property classes belong to."""
    return next((up for up in tag.parents if mf2.ROOTS & set(classes(up))), None)


def inside(tag: Tag, *names: str) -> bool:
    return any(set(names) & set(classes(up)) for up in tag.parents)


def short(value: object) -> str:
    return repr(value)[:80]


def same(one: str, other: str) -> bool:
    return unquote(one) == unquote(other)


def moment(value: str) -> datetime | None:
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        return None


def look_at(page: Page, site: Site, has_photo: bool) -> View:
    """Parse one page. (mf2py takes `template` elements out of the tree: they say nothing anyhow.)"""
    soup = BeautifulSoup(page.raw, "html5lib")
    result = mf2.parse(soup, page.url)
    return View(page, site.base, soup, result["items"], result["rels"], has_photo)
