"""What the checkers share: a built site with its pages and rule files, programs that run beside a
check, and the report.

Pages are read with the standard library's tokenizer into a flat list of elements, which is enough
for links, sizes and heads. Whether the markup nests well is `nu.py`'s business, what microformats
parsers make of it `microformats.py`'s. Nothing here prints findings but `Report`.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import quote, unquote, urljoin, urlsplit

VOID = {
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track",
    "wbr",
}  # fmt: skip


class Report:
    """Counts checks, prints findings as `file: [item] what`, ends with one countable line.

    Of each item the first findings are printed: what is wrong in a template is wrong everywhere.
    """

    LIMIT = 12

    def __init__(self, name: str):
        self.name = name
        self.by_item: Counter[str] = Counter()
        self.passed = 0
        self.failed = 0
        self.seen: set[tuple[str, str, str]] = set()

    def check(self, ok: object, item: str, where: object, what: str) -> bool:
        """One check; a finding that was printed before is not counted twice."""
        if ok:
            self.passed += 1
            return True
        finding = (item, str(where), what)
        if finding not in self.seen:
            self.seen.add(finding)
            self.failed += 1
            self.by_item[item] += 1
            if self.by_item[item] <= self.LIMIT:
                print(f"{where}: [{item}] {what}")
        return False

    def close(self) -> int:
        """Print the closing line; the exit code is 1 on any finding, or if nothing was checked."""
        if self.passed + self.failed == 0:
            print("nothing was there to check")
            self.failed = 1
        for item, times in self.by_item.items():
            if times > self.LIMIT:
                print(f"[{item}] {times - self.LIMIT} times more")
        print(f"{self.name}: {self.passed} passed, {self.failed} failed", flush=True)
        return 1 if self.failed else 0


@dataclass
class Element:
    """A start tag: its name, its attributes (absent values are ""), the line it stands on."""

    tag: str
    attrs: dict[str, str]
    line: int
    hidden: bool = False
    """Whether it, or something around it, has the attribute `hidden`."""

    def get(self, name: str) -> str:
        return self.attrs.get(name, "")

    def has(self, name: str) -> bool:
        return name in self.attrs

    def words(self, name: str) -> list[str]:
        """A space-separated attribute (class, rel) as lower-case words."""
        return self.get(name).lower().split()


class Scanner(HTMLParser):
    """Collects start tags in document order, and the text below `title`."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[Element] = []
        self.title = ""
        self._in_title = False
        self._hidden_by = ""
        self._hidden_depth = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named: dict[str, str] = {}
        for name, value in attrs:
            named.setdefault(name, value or "")
        if not self._hidden_depth and "hidden" in named and tag not in VOID:
            self._hidden_by = tag
        if tag == self._hidden_by:
            self._hidden_depth += 1
        hidden = self._hidden_depth > 0 or "hidden" in named
        self.elements.append(Element(tag, named, self.getpos()[0], hidden))
        # The first title is the page's; later ones belong to drawings.
        self._in_title = tag == "title" and not self.title

    def handle_endtag(self, tag: str) -> None:
        self._in_title = False
        if tag == self._hidden_by:
            self._hidden_depth -= 1
            self._hidden_by = self._hidden_by if self._hidden_depth else ""

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self.title += data


def said(element: Element, attribute: str, prefix: str) -> str:
    """A value that an element tells by an attribute, or by a class with a prefix."""
    if element.has(attribute):
        return element.get(attribute)
    names = (name for name in element.words("class") if name.startswith(prefix))
    return next(names, "").removeprefix(prefix)


def scan(markup: str) -> Scanner:
    """The start tags of a page or of a fragment."""
    scanner = Scanner()
    scanner.feed(markup)
    scanner.close()
    return scanner


@dataclass
class Page:
    """One HTML file of the output."""

    file: Path
    name: str
    """Path below the output folder, for messages."""
    href: str
    """Where a host serves it: `/notes/` for `notes/index.html`."""
    url: str
    raw: bytes = field(repr=False)

    @cached_property
    def text(self) -> str:
        return self.raw.decode("utf-8", "replace")

    @cached_property
    def scanner(self) -> Scanner:
        return scan(self.text)

    @property
    def elements(self) -> list[Element]:
        return self.scanner.elements

    def first(self, tag: str) -> Element | None:
        return next((e for e in self.elements if e.tag == tag), None)

    def links(self, rel: str) -> list[Element]:
        """The `link` elements that carry this rel word."""
        return [e for e in self.elements if e.tag == "link" and rel in e.words("rel")]

    @cached_property
    def type(self) -> str:
        """What the body says the page is: home, post, page, list, ... ("" where it says nothing).

        Either `data-page="home"` or a class `is-home` says it.
        """
        body = self.first("body")
        return said(body, "data-page", "is-") if body else ""

    @cached_property
    def kind(self) -> str:
        """The kind of a page's own post: `data-kind="note"` or a class `as-note` on its entry."""
        if self.type not in ("post", "page"):
            return ""
        kinds = (said(element, "data-kind", "as-") for element in self.elements)
        return next((kind for kind in kinds if kind), "")

    @property
    def canonical(self) -> str:
        links = self.links("canonical")
        return links[0].get("href") if links else ""

    @cached_property
    def noindex(self) -> bool:
        return any(
            e.tag == "meta" and e.get("name") == "robots" and "noindex" in e.get("content")
            for e in self.elements
        )

    @cached_property
    def ids(self) -> set[str]:
        ids = {e.get("id") for e in self.elements if e.has("id")}
        return ids | {e.get("name") for e in self.elements if e.tag == "a" and e.has("name")}


@dataclass
class Rule:
    """A line of `_redirects`."""

    source: str
    target: str
    status: int
    pattern: re.Pattern[str]


class Site:
    """A built site: the folder, the address it is made for, and the two rule files."""

    def __init__(self, root: Path, url: str | None = None, skip: list[str] | None = None):
        self.root = root
        self._skip = skip or []
        self.base = (url or self._base_of_home()).rstrip("/") + "/"
        parts = urlsplit(self.base)
        self.origin = f"{parts.scheme}://{parts.netloc}"
        self.prefix = parts.path
        """The path of the home page, `/` unless the site lives below its host's root."""

    def _base_of_home(self) -> str:
        home = self.root / "index.html"
        if not home.is_file():
            sys.exit(f"{self.root}: no index.html in it; is this a built site?")
        for element in scan(home.read_text("utf-8", "replace")).elements:
            if element.tag == "link" and "canonical" in element.words("rel"):
                return element.get("href")
        sys.exit(f"{home}: no canonical link; name the site's address with --url")

    @cached_property
    def files(self) -> list[Path]:
        return sorted(p for p in self.root.rglob("*") if p.is_file())

    @cached_property
    def pages(self) -> list[Page]:
        return [self._page(f) for f in self.files if f.suffix == ".html" and not self._skipped(f)]

    @cached_property
    def by_url(self) -> dict[str, Page]:
        return {page.url: page for page in self.pages}

    def _skipped(self, file: Path) -> bool:
        return any(file.relative_to(self.root).match(pattern) for pattern in self._skip)

    def name(self, file: Path) -> str:
        return file.relative_to(self.root).as_posix()

    def url_of(self, file: Path) -> str:
        """The address a host gives a file: a folder's for its `index.html`, percent-encoded."""
        name = self.name(file)
        if name == "index.html" or name.endswith("/index.html"):
            name = name.removesuffix("index.html")
        return self.base + quote(name, safe="/:@!$&'()*+,;=-._~")

    def _page(self, file: Path) -> Page:
        url = self.url_of(file)
        return Page(file, self.name(file), urlsplit(url).path, url, file.read_bytes())

    def page_at(self, url: str) -> Page | None:
        """The page behind an address of this site, however it is percent-encoded."""
        file = self.file_at(urlsplit(url).path)
        return self.by_url.get(self.url_of(file)) if file else None

    def is_own(self, url: str) -> bool:
        """Whether an absolute address belongs to this site's origin and folder."""
        parts = urlsplit(url)
        same = f"{parts.scheme}://{parts.netloc}" == self.origin
        return same and (parts.path or "/").startswith(self.prefix)

    def file_at(self, path: str) -> Path | None:
        """The file a static host serves for an address's path, without following any rule."""
        path = path or "/"
        if not path.startswith(self.prefix):
            return None
        inside = unquote(path[len(self.prefix) :])
        if ".." in inside.split("/"):
            return None
        file = self.root / inside
        if path.endswith("/"):
            file = file / "index.html"
        return file if file.is_file() else None

    def reaches(self, path: str, hops: int = 5) -> bool:
        """Whether an address's path ends at a file, through `_redirects` if need be."""
        if self.file_at(path):
            return True
        for rule in self.redirects:
            found = rule.pattern.fullmatch(unquote(path))
            if not found:
                continue
            target = rule.target.replace(":splat", found.groupdict().get("splat") or "")
            target = urljoin(self.base, target)
            if not self.is_own(target):
                return True
            return hops > 0 and self.reaches(urlsplit(target).path, hops - 1)
        return False

    @cached_property
    def redirects(self) -> list[Rule]:
        """The rules of `_redirects`: `from to [status]`, `*` and `:name` in from."""
        file = self.root / "_redirects"
        lines = file.read_text("utf-8").splitlines() if file.is_file() else []
        rules = []
        for line in lines:
            words = line.split()
            if len(words) >= 2 and not words[0].startswith("#"):
                status = int(words[2].rstrip("!")) if len(words) > 2 else 301
                rules.append(Rule(words[0], words[1], status, _pattern(words[0])))
        return rules

    @cached_property
    def header_rules(self) -> list[tuple[re.Pattern[str], str, str]]:
        """The rules of `_headers`: an address pattern on its own line, indented headers below."""
        file = self.root / "_headers"
        lines = file.read_text("utf-8").splitlines() if file.is_file() else []
        rules, pattern = [], None
        for line in lines:
            if not line.strip() or line.lstrip().startswith("#"):
                continue
            if not line[0].isspace():
                pattern = _pattern(line.strip())
            elif pattern and ":" in line:
                name, value = line.strip().split(":", 1)
                rules.append((pattern, name.strip().lower(), value.strip()))
        return rules

    def headers(self, path: str) -> dict[str, list[str]]:
        """All headers that `_headers` gives an address, by lower-case name."""
        found: dict[str, list[str]] = {}
        for pattern, name, value in self.header_rules:
            if pattern.fullmatch(unquote(path)):
                found.setdefault(name, []).append(value)
        return found


def _pattern(source: str) -> re.Pattern[str]:
    """An address with `*` and `:name` as a pattern over decoded paths."""
    out = ""
    for part in re.split(r"(\*|:[A-Za-z]\w*)", unquote(source)):
        if part == "*":
            out += "(?P<splat>.*)" if "(?P<splat>" not in out else ".*"
        elif part.startswith(":"):
            out += "[^/]+"
        else:
            out += re.escape(part)
    return re.compile(out)


def candidates(srcset: str) -> list[str]:
    """The addresses of a `srcset` attribute."""
    return [part.split()[0] for part in srcset.split(", ") if part.split()]


def arguments(doc: str) -> argparse.ArgumentParser:
    """The options all site checkers have; `doc` is the checker's own header comment."""
    first, _, rest = doc.strip().partition("\n")
    parser = argparse.ArgumentParser(
        description=first, epilog=rest, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("dir", type=Path, help="the built site's folder")
    parser.add_argument("--url", help="the site's address; else the home page's canonical link")
    parser.add_argument(
        "--skip", metavar="GLOB", action="append", help="leave these HTML files out (may repeat)"
    )
    return parser


def open_site(options: argparse.Namespace) -> Site:
    """The site an `arguments` parser was pointed at."""
    if not options.dir.is_dir():
        sys.exit(f"{options.dir}: no such folder")
    return Site(options.dir, options.url, options.skip)


@contextmanager
def process(log: Path, *command: object) -> Iterator[subprocess.Popen[bytes]]:
    """A program that runs until the end of the block. What it says is shown if a check failed."""
    with log.open("w") as said:
        child = subprocess.Popen(
            [str(word) for word in command],
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
        )
        try:
            yield child
        finally:
            child.terminate()
            try:
                child.wait(20)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
