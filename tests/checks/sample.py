#!/usr/bin/env python3
"""Choose pages of a built site: some of each sort, or those that people should look at.

A sort is what a page says it is (home, post, list, ...) together with the kind of its post and the
direction of its words; the first page by address stands for its sort, those in the language of the
home page first. To these come the pages that people should look at, where there is most to see. The other checkers use this module or read its output;
it checks nothing itself.

  sample.py DIR            some pages of each sort, a line each
  sample.py DIR --all      every page
  sample.py DIR --looks    the pages to look at, a name and a page in each line
With --json: {"base": address, "pages": {name: page, ...}, "missing": [names without a page]},
without the pages that send a browser elsewhere at once.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable

from common import Element, Page, Site, arguments, open_site

MENTION = {"u-comment", "u-like", "u-repost", "u-bookmark", "u-rsvp", "u-mention"}


def sample(site: Site) -> list[Page]:
    """The first page of each sort, and those to look at."""
    sorts: dict[tuple[str, str, bool], Page] = {}
    for page in in_order(site):
        sorts.setdefault((page.type, page.kind, runs_left(page)), page)
    chosen = [*sorts.values(), *looks(site)[0].values()]
    return list({page.name: page for page in chosen}.values())


def in_order(site: Site) -> list[Page]:
    """All pages by address, those in the language of the home page first."""
    home = site.page_at(site.base)
    language = language_of(home) if home else ""
    return sorted(site.pages, key=lambda page: (language_of(page) != language, page.href))


def language_of(page: Page) -> str:
    root = page.first("html")
    return root.get("lang") if root else ""


def classes(page: Page) -> set[str]:
    return {word for element in page.elements for word in element.words("class")}


def tags(page: Page) -> set[str]:
    return {element.tag for element in page.elements}


def mentions(page: Page) -> int:
    """How many responses the page shows."""
    return sum(bool(MENTION & set(e.words("class"))) for e in page.elements)


def words_of_entry(page: Page) -> list[Element]:
    """The elements that may say how an entry's words are written."""
    marks = {"h-entry", "h-event", "h-review", "e-content", "p-name"}
    return [
        e for e in page.elements if e.tag in ("html", "article") or marks & set(e.words("class"))
    ]


def speaks(page: Page, language: str) -> bool:
    """Whether the page or its entry is written in a language."""
    return any(e.get("lang").split("-")[0] == language for e in words_of_entry(page))


def runs_left(page: Page) -> bool:
    """Whether the page or its entry is written from right to left."""
    return any(e.get("dir") == "rtl" for e in words_of_entry(page))


def shows_code_and_math(page: Page) -> int:
    return len(tags(page) & {"pre", "math"})


def backlinks(page: Page) -> int:
    return sum("backlink" in e.get("class") or "backlink" in e.get("id") for e in page.elements)


def is_post(kind: str) -> Callable[[Page], bool]:
    return lambda page: page.type == "post" and page.kind == kind


def is_type(name: str) -> Callable[[Page], bool]:
    return lambda page: page.type == name


def any_page(page: Page) -> int:
    return 0


def entries(page: Page) -> bool:
    return page.type in ("post", "page")


# What to look at whenever the look changes: a name, which pages qualify, and which serves best.
LOOKS: list[tuple[str, Callable[[Page], bool], Callable[[Page], int]]] = [
    ("home", is_type("home"), lambda page: -len(page.href)),
    ("article", is_post("article"), shows_code_and_math),
    ("note", is_post("note"), lambda page: -mentions(page)),
    ("photo-grid", is_type("photos"), any_page),
    ("photo", is_post("photo"), any_page),
    ("thread", is_type("thread"), any_page),
    ("responses", lambda page: page.type == "post" and mentions(page) > 0, mentions),
    ("event", is_post("event"), mentions),
    ("cv", is_type("cv"), any_page),
    ("following", is_type("following"), any_page),
    ("search", is_type("search"), any_page),
    ("archive", is_type("archive"), any_page),
    ("wiki", lambda page: entries(page) and backlinks(page) > 0, backlinks),
    ("404", is_type("404"), any_page),
    ("tombstone", is_type("gone"), any_page),
    ("rtl", lambda page: entries(page) and runs_left(page), any_page),
    ("japanese", lambda page: entries(page) and speaks(page, "ja"), any_page),
]


def looks(site: Site) -> tuple[dict[str, Page], list[str]]:
    """The pages to look at by name, and the names for which the site has none."""
    chosen, missing = {}, []
    pages = in_order(site)
    for name, qualifies, merit in LOOKS:
        fitting = [page for page in pages if qualifies(page)]
        if fitting:
            chosen[name] = max(fitting, key=merit)
        else:
            missing.append(name)
    return chosen, missing


def main() -> int:
    parser = arguments(__doc__)
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--all", action="store_true", help="every page")
    mode.add_argument("--looks", action="store_true", help="the pages to look at")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    site = open_site(options)
    missing: list[str] = []
    if options.looks:
        chosen, missing = looks(site)
    else:
        chosen = {page.name: page for page in (site.pages if options.all else sample(site))}
    if options.json:
        pages = {name: page.name for name, page in chosen.items() if page.type != "redirect"}
        print(json.dumps({"base": site.base, "pages": pages, "missing": missing}))
    else:
        for name, page in chosen.items():
            print(name if name == page.name else f"{name} {page.name}")
        for name in missing:
            print(f"{name} -")
    return 0


if __name__ == "__main__":
    sys.exit(main())
