"""What the feed checks share: a feed and its entries, dates, addresses, and how to report."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import urlsplit

from common import Report, Site

TYPES = {
    "rss": "application/rss+xml",
    "atom": "application/atom+xml",
    "json": "application/feed+json",
    "opml": "text/x-opml",
}
RFC822 = re.compile(
    r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4}"
    r" \d\d:\d\d:\d\d [+-]\d{4}"
)
RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)")


@dataclass
class Entry:
    """What the three formats say of one entry."""

    id: str
    url: str
    title: str
    html: str
    text: str
    """Content as plain text, where a format carries it so."""
    published: datetime | None
    changed: datetime | None


@dataclass
class Feed:
    """One feed file, as far as the formats agree."""

    file: Path
    name: str
    format: str
    location: str
    raw: bytes
    title: str = ""
    self_url: str = ""
    language: str = ""
    hubs: list[str] = field(default_factory=list)
    updated: datetime | None = None
    entries: list[Entry] = field(default_factory=list)


class Checker:
    """A report bound to one file."""

    def __init__(self, report: Report, where: str):
        self.report, self.where = report, where

    def __call__(self, ok: object, item: str, what: str) -> bool:
        return self.report.check(ok, item, self.where, what)


def rfc822(check: Checker, item: str, value: str) -> datetime | None:
    """A date as RSS wants it, with the weekday that it really was."""
    if not check(RFC822.fullmatch(value), item, f"date {value!r} is not RFC 822"):
        return None
    try:
        date = parsedate_to_datetime(value)
    except ValueError as error:
        check(False, item, f"date {value!r}: {error}")
        return None
    check(date.strftime("%a") == value[:3], item, f"{value!r} was a {date.strftime('%a')}")
    return date


def rfc3339(check: Checker, item: str, value: str) -> datetime | None:
    if not check(RFC3339.fullmatch(value), item, f"date {value!r} is not RFC 3339"):
        return None
    try:
        return datetime.fromisoformat(value)
    except ValueError as error:
        check(False, item, f"date {value!r}: {error}")
        return None


def is_absolute(address: str) -> bool:
    parts = urlsplit(address)
    if parts.scheme in ("http", "https"):
        return bool(parts.netloc)
    return bool(parts.scheme) and parts.scheme != "javascript"


def leads_to_file(site: Site, url: str) -> bool:
    return not site.is_own(url) or site.reaches(urlsplit(url).path)
