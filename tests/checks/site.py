#!/usr/bin/env python3
"""A built site as a whole: links, third parties, inline code, sizes, heads, sitemap, headers.

Each finding carries one of these names:
  third-party  a page or style sheet loads something from another host
  link         an address of this site leads to no file (`_redirects` counted)
  fragment     an address names an id its page does not have
  inline       inline script or style, an `on...` or `style` attribute, a `javascript:` address
  css-size     the style sheets of the site's pages are over 15,360 bytes
  home-size    the home page with its style sheets and scripts is over 61,440 bytes
  head         title, lang, charset, viewport, canonical, one h1
  img          an image without alt, or one that shows without width or height
  sitemap      a listed page does not exist or wants no index; a post or page is not listed
  csp          `_headers` gives pages no Content-Security-Policy, or one with unsafe words
  unlisted     the address of a post that wants no index stands in some other file
  forbidden    a word of --forbid stands in some file or file name (drafts, unlisted posts, ...)
  metadata     an image carries EXIF or XMP
Valid HTML is left to `nu.py`, what a browser makes of it to `axe.mjs`.

  site.py DIR --forbid DRAFT-MARKER EXPIRED-MARKER
"""

from __future__ import annotations

import gzip
import re
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

from common import Element, Page, Report, Site, arguments, candidates, open_site

CSS_LIMIT = 15_360
# The sheet of pages with pictures: colours that stand in for them. It is the same for all themes.
PICTURES_CSS, PICTURES_CSS_LIMIT = "pictures.", 1_024
HOME_LIMIT = 61_440
IMAGES = {".jpg", ".jpeg", ".png", ".gif", ".webp", ".avif", ".ico", ".svg"}

# Attributes by which an element loads something while the page is shown.
LOADING = {
    "img": ["src", "srcset"],
    "script": ["src"],
    "iframe": ["src"],
    "frame": ["src"],
    "embed": ["src"],
    "object": ["data"],
    "video": ["src", "poster"],
    "audio": ["src"],
    "source": ["src", "srcset"],
    "track": ["src"],
    "input": ["src"],
    "image": ["href", "xlink:href"],
    "use": ["href", "xlink:href"],
    "body": ["background"],
}
LOADING_RELS = {
    "stylesheet", "icon", "apple-touch-icon", "mask-icon", "preload", "prefetch", "modulepreload",
    "manifest", "preconnect", "dns-prefetch", "prerender",
}  # fmt: skip
# Addresses that a daemon answers, not a file.
ENDPOINT_RELS = {
    "webmention", "micropub", "microsub", "indieauth-metadata", "authorization_endpoint",
    "token_endpoint", "hub",
}  # fmt: skip
CODE_TYPES = {"application/ld+json", "application/json"}


def loaded(element: Element) -> Iterator[str]:
    """The addresses an element loads without being clicked."""
    for name in LOADING.get(element.tag, []):
        if element.has(name):
            value = element.get(name)
            yield from candidates(value) if name == "srcset" else [value]
    if element.tag == "link" and LOADING_RELS & set(element.words("rel")):
        yield element.get("href")
        yield from candidates(element.get("imagesrcset"))


def followed(element: Element) -> Iterator[str]:
    """The addresses an element leads to when used."""
    if element.tag in ("a", "area") and element.has("href"):
        yield element.get("href")
    elif element.tag == "link" and not ENDPOINT_RELS & set(element.words("rel")):
        yield element.get("href")
    elif element.tag == "form" and element.get("method").lower() != "post":
        yield element.get("action")
    elif element.tag in ("blockquote", "q", "ins", "del") and element.has("cite"):
        yield element.get("cite")
    elif element.tag == "meta" and element.get("http-equiv").lower() == "refresh":
        found = re.search(r"url=['\"]?([^'\"]+)", element.get("content"), re.IGNORECASE)
        if found:
            yield found[1]


def check_third_parties(site: Site, report: Report) -> None:
    for page in site.pages:
        for element in page.elements:
            for address in loaded(element):
                absolute = urljoin(page.url, address)
                # A picture inside the page itself comes from nobody else.
                inside = absolute.startswith("data:") and element.tag in ("img", "source", "link")
                report.check(
                    inside or site.is_own(absolute),
                    "third-party",
                    f"{page.name}:{element.line}",
                    f"<{element.tag}> loads {address}",
                )


def style_sheets(site: Site) -> list[Path]:
    return [file for file in site.files if file.suffix == ".css"]


def check_style_sheets(site: Site, report: Report) -> None:
    """What style sheets load is their own site's, and there."""
    for file in style_sheets(site):
        text = re.sub(r"/\*.*?\*/", "", file.read_text("utf-8"), flags=re.DOTALL)
        for found in re.findall(r"url\(\s*['\"]?([^'\")]+)|@import\s+['\"]([^'\"]+)", text):
            address = found[0] or found[1]
            absolute = urljoin(site.url_of(file), address)
            if address.startswith(("data:", "#")):
                continue
            where = site.name(file)
            if report.check(site.is_own(absolute), "third-party", where, f"loads {address}"):
                there = site.reaches(urlsplit(absolute).path)
                report.check(there, "link", where, f"{address} leads nowhere")


def check_links(site: Site, report: Report) -> None:
    for page in site.pages:
        for element in page.elements:
            for address in [*loaded(element), *followed(element)]:
                check_link(site, report, page, element.line, address)


def check_link(site: Site, report: Report, page: Page, line: int, address: str) -> None:
    """One address of a page: if it is this site's, it ends at a file and at an id in it."""
    try:
        absolute = urlsplit(urljoin(page.url, address))
    except ValueError as error:
        report.check(False, "link", f"{page.name}:{line}", f"{address}: {error}")
        return
    if not site.is_own(absolute.geturl()):
        return
    where = f"{page.name}:{line}"
    if not report.check(site.reaches(absolute.path), "link", where, f"{address} leads nowhere"):
        return
    target = site.page_at(absolute.geturl())
    # `:~:` begins a text fragment, which is the browser's business.
    fragment = unquote(absolute.fragment.split(":~:")[0])
    if target and fragment and fragment != "top":
        report.check(
            fragment in target.ids, "fragment", where, f"{address}: {target.name} has no such id"
        )


def check_inline(site: Site, report: Report) -> None:
    for page in site.pages:
        found = [f"line {e.line}: {what}" for e in page.elements for what in inline(e)]
        report.check(not found, "inline", page.name, "; ".join(found[:8]))


def inline(element: Element) -> Iterator[str]:
    """What in an element a strict Content-Security-Policy would refuse."""
    if element.tag == "style":
        yield "<style>"
    runs = element.get("type").lower() not in CODE_TYPES
    if element.tag == "script" and runs and not element.has("src"):
        yield "inline <script>"
    for name, value in element.attrs.items():
        if name == "style":
            yield f'<{element.tag} style="{value[:40]}">'
        elif name.startswith("on"):
            yield f"<{element.tag} {name}>"
        elif value.strip().lower().startswith("javascript:"):
            yield f"<{element.tag} {name}={value[:30]}>"


def own_file(site: Site, page: Page, address: str) -> Path | None:
    return site.file_at(urlsplit(urljoin(page.url, address)).path)


def check_sizes(site: Site, report: Report) -> None:
    """The budget: a theme's style sheets, and the home page without its images."""
    sheets: set[Path] = set()
    for page in site.pages:
        for link in page.links("stylesheet"):
            file = own_file(site, page, link.get("href"))
            if file:
                sheets.add(file)
    colours = {file for file in sheets if file.name.startswith(PICTURES_CSS)}
    for file in colours:
        size = file.stat().st_size
        over = f"{size} bytes, over {PICTURES_CSS_LIMIT}"
        report.check(size <= PICTURES_CSS_LIMIT, "css-size", site.name(file), over)
    sheets -= colours
    total = sum(file.stat().st_size for file in sheets)
    names = ", ".join(sorted(site.name(file) for file in sheets))
    report.check(sheets, "css-size", site.root, "no page has a style sheet")
    report.check(total <= CSS_LIMIT, "css-size", names, f"{total} bytes, over {CSS_LIMIT}")
    home = site.page_at(site.base)
    if home is None:
        report.check(False, "home-size", site.root, "no home page")
        return
    parts = {own_file(site, home, link.get("href")) for link in home.links("stylesheet")}
    scripts = [e for e in home.elements if e.tag == "script" and e.has("src")]
    parts |= {own_file(site, home, script.get("src")) for script in scripts}
    weight = len(home.raw) + sum(file.stat().st_size for file in parts if file)
    over = f"{weight} bytes with style sheets and scripts, over {HOME_LIMIT}"
    report.check(weight <= HOME_LIMIT, "home-size", home.name, over)
    print(f"css: {total} bytes; home: {len(home.raw)} bytes, {weight} with its parts")


def check_heads(site: Site, report: Report) -> None:
    for page in site.pages:
        for problem in head_problems(site, page):
            report.check(not problem, "head", page.name, problem)


def head_problems(site: Site, page: Page) -> Iterator[str]:
    """One answer per rule about the head; "" where it is kept."""
    root, tags = page.first("html"), [element.tag for element in page.elements]
    yield "" if page.scanner.title.strip() else "no title"
    yield "" if root and root.get("lang") else "no lang on <html>"
    yield "" if re.search(rb"charset=[\"']?utf-8", page.raw[:1024], re.I) else "no charset"
    viewport = any(e.tag == "meta" and e.get("name") == "viewport" for e in page.elements)
    yield "" if viewport else "no viewport"
    yield "" if tags.count("h1") == 1 else f"{tags.count('h1')} h1 elements"
    yield from canonical_problems(site, page)


def canonical_problems(site: Site, page: Page) -> Iterator[str]:
    links = page.links("canonical")
    if page.type == "404" and not links:
        return
    if len(links) != 1:
        yield f"{len(links)} canonical links"
        return
    canonical = page.canonical
    if page.type == "redirect":
        # It speaks for the page it leads to, which may be on another host.
        reached = not site.is_own(canonical) or site.page_at(canonical)
        yield "" if reached else f"canonical {canonical} leads nowhere"
    else:
        same = unquote(canonical) == unquote(page.url)
        yield "" if same else f"canonical is {canonical}, but the page is {page.url}"


def check_images(site: Site, report: Report) -> None:
    for page in site.pages:
        for image in (e for e in page.elements if e.tag == "img"):
            lacking = [name for name in ("alt", "width", "height") if not image.has(name)]
            if image.hidden or image.get("src").partition("?")[0].endswith(".svg"):
                lacking = [name for name in lacking if name == "alt"]
            what = f"{image.get('src')} has no {', no '.join(lacking)}"
            report.check(not lacking, "img", f"{page.name}:{image.line}", what)


def sitemap_locations(site: Site, file: Path) -> list[str]:
    """The addresses of a sitemap, through a sitemap index if it is one."""
    root = ET.parse(file).getroot()
    locations = [(loc.text or "").strip() for loc in root.iterfind("{*}*/{*}loc")]
    if not root.tag.endswith("}sitemapindex"):
        return locations
    parts = [site.file_at(urlsplit(location).path) for location in locations]
    return [loc for part in parts if part for loc in sitemap_locations(site, part)]


def check_sitemap(site: Site, report: Report) -> None:
    file = site.root / "sitemap.xml"
    if not report.check(file.is_file(), "sitemap", "sitemap.xml", "no such file"):
        return
    try:
        listed = sitemap_locations(site, file)
    except ET.ParseError as error:
        report.check(False, "sitemap", "sitemap.xml", f"not well-formed: {error}")
        return
    report.check(len(listed) == len(set(listed)), "sitemap", "sitemap.xml", "lists a page twice")
    pages = {location: site.page_at(location) for location in listed}
    for location, page in pages.items():
        report.check(page, "sitemap", "sitemap.xml", f"{location} does not exist")
        if page:
            wanted = not page.noindex and page.type not in ("404", "gone", "redirect")
            report.check(wanted, "sitemap", "sitemap.xml", f"{location} wants no index")
    names = {page.name for page in pages.values() if page}
    for page in site.pages:
        if page.type in ("home", "post", "page") and not page.noindex:
            report.check(page.name in names, "sitemap", page.name, "is not in sitemap.xml")


def check_headers(site: Site, report: Report) -> None:
    """Every page gets a Content-Security-Policy without unsafe words."""
    for page in site.pages:
        policies = site.headers(page.href).get("content-security-policy", [])
        if report.check(policies, "csp", "_headers", f"no policy for {page.href}"):
            policy = "; ".join(policies)
            found = re.findall(r"'unsafe-(?:inline|eval|hashes)'", policy)
            report.check(not found, "csp", "_headers", f"{page.href}: {' '.join(found)}")
            closed = re.search(r"(default|script)-src", policy)
            report.check(closed, "csp", "_headers", f"{page.href}: scripts from anywhere")


def check_forbidden(site: Site, report: Report, words: list[str]) -> None:
    """None of the words stands in any file or file name, in whatever case."""
    wanted = [word.encode().lower() for word in words]
    for file in site.files if words else []:
        data = file.read_bytes()
        if file.suffix == ".gz":
            data = gzip.decompress(data)
        hay = (site.name(file).encode() + b"\n" + data).lower()
        found = [word.decode() for word in wanted if word in hay]
        report.check(not found, "forbidden", site.name(file), f"holds {', '.join(found)}")


def check_unlisted(site: Site, report: Report) -> None:
    """A post that wants no index is named by no other file: no list, feed, sitemap or index."""
    hidden = [page for page in site.pages if page.type == "post" and page.noindex]
    for page in hidden:
        wanted = (page.href.encode(), unquote(page.href).encode())
        for file in site.files:
            if page.file.parent in file.parents:
                continue
            data = file.read_bytes()
            what = f"{page.href} wants no index, but stands here"
            report.check(not any(w in data for w in wanted), "unlisted", site.name(file), what)


def image_metadata(data: bytes) -> list[str]:
    """The names of the metadata blocks in an image's bytes."""
    marks = {
        b"Exif\0\0": "EXIF",
        b"http://ns.adobe.com/xap": "XMP",
        b"XML:com.adobe.xmp": "XMP",
        b"Photoshop 3.0\0": "IPTC",
        b"Raw profile type exif": "EXIF",
    }
    found = [name for mark, name in marks.items() if mark in data]
    if data.startswith(b"\x89PNG") and b"eXIf" in png_chunks(data):
        found.append("EXIF")
    if data[:4] == b"RIFF" and {b"EXIF", b"XMP "} & set(riff_chunks(data)):
        found.append("EXIF or XMP")
    return found


def png_chunks(data: bytes) -> list[bytes]:
    chunks, at = [], 8
    while at + 8 <= len(data):
        chunks.append(data[at + 4 : at + 8])
        at += 12 + int.from_bytes(data[at : at + 4], "big")
    return chunks


def riff_chunks(data: bytes) -> list[bytes]:
    chunks, at = [], 12
    while at + 8 <= len(data):
        chunks.append(data[at : at + 4])
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        at += 8 + size + size % 2
    return chunks


def check_metadata(site: Site, report: Report) -> None:
    for file in site.files:
        if file.suffix.lower() in IMAGES:
            found = image_metadata(file.read_bytes())
            report.check(not found, "metadata", site.name(file), f"carries {', '.join(found)}")


def main() -> int:
    parser = arguments(__doc__)
    parser.add_argument(
        "--forbid", metavar="WORD", nargs="+", default=[], help="words that may stand nowhere"
    )
    options = parser.parse_args()
    site, report = open_site(options), Report("site")
    check_third_parties(site, report)
    check_style_sheets(site, report)
    check_links(site, report)
    check_inline(site, report)
    check_sizes(site, report)
    check_heads(site, report)
    check_images(site, report)
    check_sitemap(site, report)
    check_headers(site, report)
    check_unlisted(site, report)
    check_forbidden(site, report, options.forbid)
    check_metadata(site, report)
    return report.close()


if __name__ == "__main__":
    sys.exit(main())
