"""FD-R, FD-T, FD-J, FD-O: one reader for RSS, Atom, JSON Feed and OPML each.

A reader checks what its format asks and fills in a `Feed`; what all formats promise alike is
checked in `feeds.py`.
"""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from urllib.parse import urljoin, urlsplit

from common import Site
from feed_model import TYPES, Checker, Entry, Feed, is_absolute, leads_to_file, rfc822, rfc3339

ATOM = "{http://www.w3.org/2005/Atom}"
CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"
CREATOR = "{http://purl.org/dc/elements/1.1/}creator"
IN_REPLY_TO = "{http://purl.org/syndication/thread/1.0}in-reply-to"
LANG = "{http://www.w3.org/XML/1998/namespace}lang"
JSON_VERSION = "https://jsonfeed.org/version/1.1"
DECLARATION = b'<?xml version="1.0" encoding="utf-8"?>'
FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
FEED_KEYS = {
    "version", "title", "home_page_url", "feed_url", "description", "user_comment", "next_url",
    "icon", "favicon", "authors", "author", "language", "expired", "hubs", "items",
}  # fmt: skip
ITEM_KEYS = {
    "id", "url", "external_url", "title", "content_html", "content_text", "summary", "image",
    "banner_image", "date_published", "date_modified", "authors", "author", "tags", "language",
    "attachments",
}  # fmt: skip


# XML, as far as all its formats share it


def check_xml_bytes(check: Checker, raw: bytes) -> None:
    check(not raw.startswith(b"\xef\xbb\xbf"), "FD-A-01", "begins with a byte order mark")
    check(raw.lower().startswith(DECLARATION), "FD-A-01", f"begins with {raw[:40]!r}")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        check(False, "FD-A-01", f"not UTF-8: {error}")
        return
    check(not FORBIDDEN.search(text), "FD-A-02", "holds characters that XML forbids")
    check("<!DOCTYPE" not in text, "FD-A-01", "has a document type")


def check_namespaces(check: Checker, raw: bytes) -> None:
    text = re.sub(rb"<!\[CDATA\[.*?\]\]>", b"", raw, flags=re.DOTALL).decode("utf-8", "replace")
    declared = re.findall(r"xmlns:([\w-]+)=", text)
    unused = [name for name in declared if not re.search(rf"[<\s]{name}:[\w-]+", text)]
    check(not unused, "FD-R-01", f"namespaces nobody uses: {unused}")
    check(len(declared) == len(set(declared)), "FD-R-01", f"declared again: {declared}")


def check_style(check: Checker, site: Site, feed: Feed) -> None:
    """A browser's view of the feed is a style sheet of the same site, no XSLT."""
    for data in re.findall(r"<\?xml-stylesheet(.*?)\?>", feed.raw.decode("utf-8", "replace")):
        kind = re.search(r'type="([^"]*)"', data)
        href = re.search(r'href="([^"]*)"', data)
        check(kind and kind[1] == "text/css", "FD-A-15", f"style sheet {data.strip()}")
        target = urljoin(feed.location, href[1]) if href else ""
        ok = site.is_own(target) and site.reaches(urlsplit(target).path)
        check(ok, "FD-A-15", f"no such style sheet of this site: {data.strip()}")


# RSS


def read_rss(check: Checker, site: Site, feed: Feed, root: ET.Element) -> None:
    check(root.get("version") == "2.0", "FD-R-01", f"version {root.get('version')!r}")
    check_namespaces(check, feed.raw)
    channel = root.find("channel")
    if channel is None:
        check(False, "FD-R-02", "no channel")
        return
    check_channel(check, feed, channel)
    check_double_escapes(check, feed.raw)
    for item in channel.iterfind("item"):
        feed.entries.append(read_item(check, site, item))
    built = channel.findtext("lastBuildDate")
    # A feed without entries has nothing that could have changed.
    if check(built or not feed.entries, "FD-R-02", "no lastBuildDate") and built:
        feed.updated = rfc822(check, "FD-R-06", built)


def check_channel(check: Checker, feed: Feed, channel: ET.Element) -> None:
    for name in ("title", "link", "description", "language", "generator"):
        check((channel.findtext(name) or "").strip(), "FD-R-02", f"channel without {name}")
    tags = [child.tag for child in channel if child.tag not in ("item", "category", f"{ATOM}link")]
    twice = sorted({tag for tag in tags if tags.count(tag) > 1})
    check(not twice, "FD-R-03", f"channel has twice: {twice}")
    avoided = {"textInput", "rating"} & set(tags)
    check(not avoided, "FD-R-03", f"channel has {sorted(avoided)}")
    feed.title = channel.findtext("title") or ""
    feed.language = channel.findtext("language") or ""
    for link in channel.iterfind(f"{ATOM}link"):
        if link.get("rel") == "self":
            feed.self_url = link.get("href") or ""
            check(link.get("type") == TYPES["rss"], "FD-R-02", f"self is {link.get('type')!r}")
        elif link.get("rel") == "hub":
            feed.hubs.append(link.get("href") or "")
    image = channel.find("image")
    if image is not None:
        check(is_absolute(image.findtext("url") or ""), "FD-R-02", "image without url")
        for name in ("title", "link"):
            ok = image.findtext(name) == channel.findtext(name)
            check(ok, "FD-R-02", f"the image's {name} differs from the channel's")


def check_double_escapes(check: Checker, raw: bytes) -> None:
    """In titles `<` and `&` are numeric, the one form that all readers take for text."""
    for title in re.findall(rb"<title>(.*?)</title>", raw, re.DOTALL):
        named = re.search(rb"&(lt|gt|amp|quot);|<!\[CDATA\[", title)
        check(not named, "FD-A-10", f"title {title.decode('utf-8', 'replace')!r}")


def read_item(check: Checker, site: Site, item: ET.Element) -> Entry:
    title, link = item.findtext("title") or "", item.findtext("link") or ""
    guid = item.find("guid")
    identity = (guid.text or "") if guid is not None else ""
    description, encoded = item.findtext("description") or "", item.findtext(CONTENT)
    published = rfc822(check, "FD-R-06", item.findtext("pubDate") or "")
    shown = link or identity
    check(title or description, "FD-R-04", f"{shown}: neither title nor description")
    check(item.find("title") is None or title.strip(), "FD-A-09", f"{shown}: an empty title")
    check(identity, "FD-R-05", f"{shown}: no guid")
    if guid is not None and guid.get("isPermaLink", "true") == "true":
        ok = is_absolute(identity) and leads_to_file(site, identity)
        check(ok, "FD-R-05", f"{shown}: guid {identity} is no working permalink")
    check_item_order(check, item, shown)
    if encoded is not None:
        markup = re.search(r"</?(p|a|br|div|em|img|ul)\b|&(amp|lt|gt|nbsp|#\d+);", description)
        check(not markup, "FD-R-07", f"{shown}: description is markup: {description[:60]!r}")
    named = item.findtext(CREATOR) or re.fullmatch(r"\S+@\S+ \(.+\)", item.findtext("author") or "")
    check(named or item.find("author") is None, "FD-R-08", f"{shown}: author without address")
    labels = [category.text or "" for category in item.iterfind("category")]
    ok = all(label.strip() for label in labels) and len(set(labels)) == len(labels)
    check(ok, "FD-R-09", f"{shown}: categories {labels}")
    comments = item.findtext("comments")
    ok = comments is None or (is_absolute(comments) and "#" in comments)
    check(ok, "FD-R-09", f"{shown}: comments is {comments}")
    check_enclosures(check, site, shown, [e.attrib for e in item.iterfind("enclosure")], "url")
    return Entry(identity, link, title, encoded or description, "", published, published)


def check_item_order(check: Checker, item: ET.Element, shown: str) -> None:
    tags = [child.tag for child in item]
    many = {"category", "enclosure"}
    twice = sorted({tag for tag in tags if tags.count(tag) > 1 and tag not in many})
    check(not twice, "FD-R-03", f"{shown}: twice {twice}")
    check(tags.count("enclosure") <= 1, "FD-R-10", f"{shown}: several enclosures")
    if CONTENT in tags:
        before = "description" in tags and tags.index("description") < tags.index(CONTENT)
        check(before, "FD-R-07", f"{shown}: no description before content:encoded")


def check_enclosures(
    check: Checker, site: Site, shown: str, enclosures: list[dict[str, str]], address: str
) -> None:
    """Attached files have an address, a type and, for files of this site, their real length."""
    item = "FD-R-10" if address == "url" else "FD-T-07"
    for enclosure in enclosures:
        url, length = enclosure.get(address, ""), enclosure.get("length", "")
        http = url.startswith(("http://", "https://"))
        check(http, item, f"{shown}: enclosure {url!r}")
        check(enclosure.get("type"), item, f"{shown}: enclosure {url} without type")
        check(length.isdigit(), item, f"{shown}: enclosure {url} has length {length!r}")
        file = site.file_at(urlsplit(url).path) if site.is_own(url) else None
        if http and site.is_own(url):
            ok = file is not None and str(file.stat().st_size) == length
            check(ok, item, f"{shown}: enclosure {url} is not there or not {length} bytes")


# Atom


def read_atom(check: Checker, site: Site, feed: Feed, root: ET.Element) -> None:
    identity = root.findtext(f"{ATOM}id") or ""
    feed.title = root.findtext(f"{ATOM}title") or ""
    feed.language = root.get(LANG) or ""
    check(urlsplit(identity).scheme, "FD-T-02", f"id {identity!r} is no URI")
    check(feed.title.strip(), "FD-T-01", "no title")
    check(feed.language, "FD-T-01", "no xml:lang")
    feed.updated = rfc3339(check, "FD-T-06", root.findtext(f"{ATOM}updated") or "")
    links = root.findall(f"{ATOM}link")
    named = {link.get("rel", "alternate"): link.get("href") or "" for link in links}
    feed.self_url = named.get("self", "")
    feed.hubs = [link.get("href") or "" for link in links if link.get("rel") == "hub"]
    html = [link for link in links if link.get("rel", "alternate") == "alternate"]
    ok = any(link.get("type") == "text/html" for link in html)
    check(ok, "FD-T-01", "no alternate link of type text/html")
    generator = root.find(f"{ATOM}generator")
    # Lanai has no address of its own yet, so a uri (optional, RFC 4287 4.2.4) would be made up.
    told = generator is not None and generator.text and generator.get("version")
    check(told, "FD-T-01", "no generator with name and version")
    check_texts(check, root, "the feed")
    inherited = root.find(f"{ATOM}author/{ATOM}name") is not None
    for entry in root.iterfind(f"{ATOM}entry"):
        feed.entries.append(read_atom_entry(check, site, entry, inherited))


def check_texts(check: Checker, element: ET.Element, shown: str) -> None:
    for name in ("title", "summary", "subtitle"):
        found = element.findall(f"{ATOM}{name}")
        plain = all(one.get("type", "text") == "text" and not len(one) for one in found)
        check(plain, "FD-T-05", f"{shown}: {name} is not plain text")
        check(len(found) <= 1, "FD-T-03", f"{shown}: {name} twice")


def read_atom_entry(check: Checker, site: Site, entry: ET.Element, inherited: bool) -> Entry:
    identity = entry.findtext(f"{ATOM}id") or ""
    links = entry.findall(f"{ATOM}link")
    pages = [link for link in links if link.get("rel", "alternate") == "alternate"]
    url = (pages[0].get("href") or "") if pages else ""
    shown = url or identity
    check(urlsplit(identity).scheme, "FD-T-03", f"{shown}: id {identity!r} is no URI")
    check(entry.find(f"{ATOM}title") is not None, "FD-T-03", f"{shown}: no title element")
    sorts = [(link.get("type"), link.get("hreflang")) for link in pages]
    ok = pages and len(set(sorts)) == len(sorts)
    check(ok, "FD-T-03", f"{shown}: alternate links {sorts}")
    author = inherited or entry.find(f"{ATOM}author/{ATOM}name") is not None
    check(author, "FD-T-03", f"{shown}: no author")
    terms = [category.get("term") for category in entry.iterfind(f"{ATOM}category")]
    check(all(terms), "FD-T-03", f"{shown}: category without term")
    check_texts(check, entry, shown)
    changed = rfc3339(check, "FD-T-06", entry.findtext(f"{ATOM}updated") or "")
    said = entry.findtext(f"{ATOM}published")
    published = rfc3339(check, "FD-T-06", said) if said else None
    check(published, "FD-T-03", f"{shown}: no published")
    if published and changed:
        check(changed >= published, "FD-T-06", f"{shown}: updated before it was published")
    attached = [link.attrib for link in links if link.get("rel") == "enclosure"]
    check_enclosures(check, site, shown, attached, "href")
    for answer in entry.iterfind(IN_REPLY_TO):
        ok = is_absolute(answer.get("ref") or "") and is_absolute(answer.get("href") or "")
        check(ok, "FD-T-07", f"{shown}: thr:in-reply-to without ref and href")
    html = atom_content(check, entry, shown)
    title = entry.findtext(f"{ATOM}title") or ""
    return Entry(identity, url, title, html, "", published, changed)


def atom_content(check: Checker, entry: ET.Element, shown: str) -> str:
    content = entry.find(f"{ATOM}content")
    if content is None:
        summary = entry.findtext(f"{ATOM}summary")
        check(summary, "FD-T-03", f"{shown}: neither content nor summary")
        return ""
    kind = content.get("type", "text")
    check(kind in ("html", "xhtml"), "FD-T-04", f"{shown}: content of type {kind}")
    if kind == "xhtml":
        check(len(content) == 1, "FD-T-04", f"{shown}: xhtml without its one div")
        return "".join(ET.tostring(child, "unicode") for child in content)
    check(not len(content), "FD-T-04", f"{shown}: markup that is not escaped")
    return content.text or ""


# JSON Feed


def read_json(check: Checker, site: Site, feed: Feed) -> None:
    raw = feed.raw.decode("utf-8")
    check("<" not in raw, "FD-J-05", "holds a bare <")
    ok = "\u2028" not in raw and "\u2029" not in raw
    check(ok, "FD-J-05", "holds U+2028 or U+2029")
    data = json.loads(raw)
    check(next(iter(data), "") == "version", "FD-J-01", f"begins with {next(iter(data), '')!r}")
    check(data.get("version") == JSON_VERSION, "FD-J-01", f"version {data.get('version')!r}")
    for name in ("title", "home_page_url", "feed_url", "items", "language"):
        check(name in data, "FD-J-01", f"no {name}")
    feed.title, feed.self_url = data.get("title", ""), data.get("feed_url", "")
    feed.language = data.get("language", "")
    feed.hubs = [hub.get("url", "") for hub in data.get("hubs", [])]
    check(data.get("authors"), "FD-J-01", "no authors")
    following = data.get("next_url")
    ok = following is None or (following != feed.self_url and leads_to_file(site, following))
    check(ok, "FD-J-01", f"next_url is {following}")
    check_keys(check, data, FEED_KEYS, "the feed")
    for item in data.get("items", []):
        feed.entries.append(read_json_item(check, site, item))
    dates = [entry.changed for entry in feed.entries if entry.changed]
    # The format has no date of its own.
    feed.updated = max(dates) if dates else None


def check_keys(check: Checker, data: dict[str, object], known: set[str], shown: str) -> None:
    for name in set(data) - known:
        check(name.startswith("_") and "." not in name, "FD-J-04", f"{shown}: key {name}")


def read_json_item(check: Checker, site: Site, item: dict[str, object]) -> Entry:
    identity, url = str(item.get("id", "")), str(item.get("url", ""))
    shown = url or identity
    check(isinstance(item.get("id"), str) and identity, "FD-J-02", f"{shown}: id {identity!r}")
    html, text = str(item.get("content_html", "")), str(item.get("content_text", ""))
    has_content = "content_html" in item or "content_text" in item
    check(has_content, "FD-J-02", f"{shown}: neither content_html nor content_text")
    check(not re.search(r"</?(p|a|br|div)\b", text), "FD-J-03", f"{shown}: markup in content_text")
    check(item.get("title", "x"), "FD-A-09", f"{shown}: an empty title")
    check_keys(check, item, ITEM_KEYS, shown)
    dates = {}
    for name in ("date_published", "date_modified"):
        value = item.get(name)
        dates[name] = rfc3339(check, "FD-J-02", str(value)) if value else None
    check(dates["date_published"], "FD-J-02", f"{shown}: no date_published")
    for name in ("image", "external_url", "url"):
        ok = name not in item or is_absolute(str(item[name]))
        check(ok, "FD-J-02", f"{shown}: {name} is {item.get(name)}")
    for attached in item.get("attachments", []):  # type: ignore[attr-defined]
        ok = is_absolute(attached.get("url", "")) and attached.get("mime_type")
        check(ok, "FD-J-02", f"{shown}: attachment {attached}")
        ok = leads_to_file(site, attached.get("url", ""))
        check(ok, "FD-J-02", f"{shown}: attachment {attached.get('url')} is not there")
    changed = dates["date_modified"] or dates["date_published"]
    title = str(item.get("title", ""))
    return Entry(identity, url, title, html, text, dates["date_published"], changed)


# OPML


def check_opml(check: Checker, root: ET.Element) -> list[list[str]]:
    """The subscriptions of a list, folder by folder, in order."""
    check(root.get("version") == "2.0", "FD-O-01", f"version {root.get('version')!r}")
    head = root.find("head")
    check(head is not None and head.findtext("title"), "FD-O-01", "no title")
    for name in ("dateCreated", "dateModified"):
        value = head.findtext(name) if head is not None else None
        if value:
            rfc822(check, "FD-O-01", value)
    outlines = list(root.iterfind("body//outline"))
    check(outlines, "FD-O-01", "no outline in the body")
    for outline in outlines:
        check(outline.get("text"), "FD-O-02", f"outline without text: {outline.attrib}")
        if outline.get("type") == "rss" or outline.get("xmlUrl"):
            ok = outline.get("type") == "rss" and is_absolute(outline.get("xmlUrl") or "")
            check(ok, "FD-O-02", f"no subscription: {outline.attrib}")
    folders = [*root.iterfind("body"), *outlines]
    return [
        [outline.get("htmlUrl") or outline.get("xmlUrl") or "" for outline in folder if outline.get("type") == "rss"]
        for folder in folders
    ]


def check_blogroll(check: Checker, site: Site, name: str, folders: list[list[str]]) -> None:
    """The home page names the list; the page of the same people has those of each folder in the same order."""
    home = site.page_at(site.base)
    links = [urljoin(site.base, e.get("href")) for e in home.links("blogroll")] if home else []
    check(site.base + name in links, "FD-O-03", f"the home page has no rel=blogroll to {name}")
    page = site.page_at(site.base + "following/")
    if page:
        shown = [e.get("href") for e in page.elements if e.tag == "a"]
        for listed in folders:
            places = [shown.index(url) for url in listed if url in shown]
            check(places == sorted(places), "FD-O-03", f"{page.name} shows another order")
