"""Microformats of a page as an outside parser reads them, and post type discovery over the result.

The parser is mf2py, which shares no code with Lanai. Discovery follows the Post Type Discovery
draft; `extended` adds the kinds it leaves out, in the order Lanai documents. Checks nothing itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, TypeGuard
from urllib.parse import urlsplit

Item = dict[str, Any]

ROOTS = {
    "h-adr", "h-card", "h-cite", "h-entry", "h-event", "h-feed", "h-geo", "h-item", "h-listing",
    "h-product", "h-recipe", "h-resume", "h-review", "h-review-aggregate",
}  # fmt: skip

# Every property class of the vocabularies above, drafts in use included.
PROPERTIES = {
    # names and text
    "p-name", "p-note", "p-summary", "p-content", "e-content", "p-description", "e-description",
    "p-category", "u-category", "p-label",
    # people and organisations
    "p-author", "u-author", "p-honorific-prefix", "p-given-name", "p-additional-name",
    "p-family-name", "p-sort-string", "p-honorific-suffix", "p-nickname", "u-email", "u-logo",
    "u-photo", "u-url", "u-uid", "p-org", "p-job-title", "p-role", "u-key", "u-impp", "p-sex",
    "p-gender-identity", "p-pronouns", "u-pronoun", "p-pronoun", "dt-bday", "dt-anniversary",
    "p-tz", "p-tel", "u-tel",
    # places
    "p-adr", "p-post-office-box", "p-extended-address", "p-street-address", "p-locality",
    "p-region", "p-postal-code", "p-country-name", "p-geo", "u-geo", "p-latitude", "p-longitude",
    "p-altitude", "p-location", "u-location",
    # dates
    "dt-published", "dt-updated", "dt-start", "dt-end", "dt-duration", "dt-accessed", "dt-rev",
    "dt-reviewed", "dt-deleted",
    # entries and what they answer
    "u-syndication", "u-in-reply-to", "u-like-of", "u-repost-of", "u-bookmark-of",
    "u-quotation-of", "u-follow-of", "u-listen-of", "u-watch-of", "u-read-of", "u-jam-of",
    "u-checkin", "p-checkin", "p-read-status", "p-rsvp", "u-featured", "u-video", "u-audio",
    "p-publication", "p-entry", "p-position",
    # what others answered
    "u-comment", "p-comment", "u-like", "p-like", "u-repost", "p-repost", "u-bookmark", "u-rsvp",
    "u-mention", "p-attendee", "u-attendee", "u-invitee",
    # reviews, recipes, resumes
    "p-item", "p-reviewer", "p-rating", "p-best", "p-worst", "p-average", "p-count", "p-votes",
    "p-ingredient", "p-yield", "e-instructions", "p-nutrition", "p-contact", "p-experience",
    "p-education", "p-skill", "p-affiliation", "p-brand", "p-price",
}  # fmt: skip

CLASSIC = {
    "hentry", "vcard", "hfeed", "vevent", "hreview", "hrecipe", "hresume", "hproduct", "fn",
    "entry-title", "entry-content", "entry-summary", "bday", "adr", "geo",
}  # fmt: skip

RELATIONS = [
    "in-reply-to", "like-of", "repost-of", "bookmark-of", "quotation-of", "follow-of", "read-of",
    "watch-of", "listen-of", "jam-of",
]  # fmt: skip

# Properties whose values are addresses, whatever class prefix gave them.
ADDRESSES = {
    "url", "uid", "photo", "logo", "video", "audio", "featured", "syndication", "key", "email",
    *RELATIONS,
}  # fmt: skip


def parse(soup: Any, url: str) -> dict[str, Any]:
    """What mf2py finds in a page."""
    import mf2py  # type: ignore[import-untyped]

    parsed: dict[str, Any] = mf2py.parse(doc=soup, url=url)
    return parsed


def walk(item: Item) -> Iterator[Item]:
    """An item and all items nested in it."""
    yield item
    for values in item.get("properties", {}).values():
        for value in values:
            if is_item(value):
                yield from walk(value)
    for child in item.get("children", []):
        yield from walk(child)


def is_item(value: object) -> TypeGuard[Item]:
    return isinstance(value, dict) and "type" in value and "properties" in value


def props(item: Item, name: str) -> list[Any]:
    values: list[Any] = item.get("properties", {}).get(name, [])
    return values


def has_type(item: object, *types: str) -> TypeGuard[Item]:
    return is_item(item) and bool(set(types) & set(item["type"]))


def text(value: Any) -> str:
    """A value's text: its own, a nested item's value, an embedded markup's text."""
    if isinstance(value, dict):
        return str(value.get("value", ""))
    return str(value)


def first(item: Item, name: str) -> str:
    values = props(item, name)
    return text(values[0]) if values else ""


def address(value: Any) -> str:
    """A value as an address: a nested item's url before its value."""
    return first(value, "url") or text(value) if is_item(value) else text(value)


def is_address(value: str) -> bool:
    """An absolute address a page may carry; `javascript:` and relative ones are none."""
    parts = urlsplit(value)
    if parts.scheme in ("http", "https"):
        return bool(parts.netloc)
    return parts.scheme in ("mailto", "tel", "sms", "acct", "geo", "xmpp") and bool(parts.path)


def points_somewhere(item: Item, name: str) -> bool:
    return any(is_address(address(value)) for value in props(item, name))


def squeeze(value: str) -> str:
    return re.sub(r"\s+", " ", value).strip()


def discover(item: Item, extended: bool = False) -> str:
    """The post type of an item: the draft's algorithm, or Lanai's with the kinds it adds."""
    for root, found in (("h-event", "event"), ("h-review", "review"), ("h-recipe", "recipe")):
        if has_type(item, root):
            return found
    answers = {text(value).strip().lower() for value in props(item, "rsvp")}
    if answers & {"yes", "no", "maybe", "interested"}:
        return "rsvp"
    for name, found in (("repost-of", "repost"), ("like-of", "like"), ("in-reply-to", "reply")):
        if points_somewhere(item, name):
            return found
    found = discover_more(item) if extended else ""
    if found:
        return found
    for name in ("video", "audio", "photo") if extended else ("video", "photo"):
        if points_somewhere(item, name):
            return name
    return article_or_note(item)


def discover_more(item: Item) -> str:
    """The kinds that the draft leaves out, in Lanai's order."""
    for name in ("bookmark", "quotation", "follow"):
        if points_somewhere(item, f"{name}-of"):
            return name
    if props(item, "checkin"):
        return "checkin"
    for name in ("read", "watch", "listen"):
        if points_somewhere(item, f"{name}-of"):
            return name
    return ""


def article_or_note(item: Item) -> str:
    """Steps 8 to 10: a name that does not merely begin the content makes an article."""
    candidates = [text(value) for name in ("content", "summary") for value in props(item, name)]
    content = next((value for value in candidates if value.strip()), "")
    name = squeeze(first(item, "name"))
    if not content.strip() or not name:
        return "note"
    return "note" if squeeze(content).startswith(name) else "article"
