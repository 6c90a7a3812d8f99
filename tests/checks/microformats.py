#!/usr/bin/env python3
"""Microformats of a built site, read by mf2py: the items of the project's conformance list.

Every check carries its item: MF-G rules for all markup, MF-C h-card, MF-E h-entry, MF-K kinds and
their discovered types, MF-H reply contexts, MF-F h-feed, MF-R rel values, MF-M shown responses.
Which page must hold what follows from what pages say they are (see sample.py). What cannot be seen
from outside (MF-C-02's configured fields, MF-H-03, MF-M-08, MF-M-16) is left to the package's own
tests.
"Own" entries are those of the site's person; responses and contexts are h-cites inside them.

  microformats.py DIR --items      also print how often each item was checked
"""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import dataclass
from multiprocessing import Pool
from typing import Any
from urllib.parse import unquote

from common import Page, Report, Site, arguments, open_site
from mf2 import has_type, props, text, walk
from mf2_entries import card_rules, context_rules, entry_rules, kind_rules
from mf2_lists import feed_rules, pager_rules, response_rules
from mf2_markup import markup_rules, rel_rules
from mf2_view import look_at


@dataclass
class Job:
    """What the checks of one page need to know about the others."""

    site: Site
    pages: dict[str, Page]
    kinds: dict[str, str]
    hidden: set[str]
    has_photo: bool


JOB: Job


def check_page(name: str) -> tuple[str, list[tuple[bool, str, str]]]:
    """All checks of one page, in a process of their own."""
    page = JOB.pages[name]
    if page.type == "redirect":
        return name, []
    view = look_at(page, JOB.site, JOB.has_photo)
    findings = [
        *markup_rules(view),
        *card_rules(view),
        *entry_rules(view),
        *kind_rules(view),
        *context_rules(view),
        *feed_rules(view, JOB.kinds, JOB.hidden),
        *pager_rules(JOB.site, view),
        *rel_rules(view),
        *response_rules(view),
    ]
    return name, [(bool(ok), item, what) for ok, item, what in findings]


def prepare(site: Site) -> Job:
    """The facts about the whole site that single pages are held against."""
    posts = [page for page in site.pages if page.type == "post"]
    kinds = {unquote(page.url): page.kind for page in posts}
    hidden = {unquote(page.url) for page in posts if page.noindex}
    home = site.page_at(site.base)
    cards: list[Any] = []
    if home:
        view = look_at(home, site, has_photo=False)
        cards = [card for top in view.items for card in walk(top) if has_type(card, "h-card")]
    own = [card for card in cards if site.base in map(text, props(card, "uid"))]
    pages = {page.name: page for page in site.pages}
    return Job(site, pages, kinds, hidden, any(props(card, "photo") for card in own))


def main() -> int:
    global JOB
    parser = arguments(__doc__)
    parser.add_argument("--items", action="store_true", help="print how often each was checked")
    options = parser.parse_args()
    site, report = open_site(options), Report("microformats")
    JOB = prepare(site)
    counts: Counter[str] = Counter()
    with Pool() as pool:
        for name, findings in pool.imap(check_page, [page.name for page in site.pages], 4):
            for ok, item, what in findings:
                counts[item] += 1
                report.check(ok, item, name, what)
    if options.items:
        print(" ".join(f"{item}:{count}" for item, count in sorted(counts.items())))
    return report.close()


if __name__ == "__main__":
    sys.exit(main())
