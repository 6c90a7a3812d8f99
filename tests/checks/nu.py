#!/usr/bin/env python3
"""Valid HTML, by the Nu Html Checker (the `vnu-jar` package; needs Java).

Errors are findings; warnings are counted and shown with --warnings. One error is expected and
left out: a tombstone says its status, `<meta http-equiv="status" content="410 Gone">`, as
Webmention asks of hosts that cannot answer 410, and HTML knows no such `http-equiv`.
It leaves links, sizes and heads to `site.py`. (Not named html.py: that would hide Python's own
`html` module from the other checkers.)

  nu.py DIR              every page
  nu.py DIR --sample     pages of each sort (see sample.py)
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

from common import Page, Report, arguments, open_site
from sample import sample


def modules() -> Path:
    """Where npm put the packages."""
    here = Path(__file__).resolve().parent / "node_modules"
    return Path(os.environ.get("LANAI_NODE_MODULES", here))


def messages(pages: list[Page]) -> list[dict[str, object]]:
    """What the checker says about these files, in one run of Java."""
    jar = modules() / "vnu-jar/build/dist/vnu.jar"
    if not jar.is_file():
        sys.exit(f"{jar}: not there; run tests/run, or npm ci --prefix tests/checks")
    # In portions, since a command line has an end.
    command = ["java", "-Xss1m", "-jar", str(jar), "--format", "json", "--stdout"]
    command += ["--exit-zero-always", "--skip-info-messages", "--no-langdetect"]
    found: list[dict[str, object]] = []
    for start in range(0, len(pages), 500):
        files = [str(page.file.resolve()) for page in pages[start : start + 500]]
        run = subprocess.run([*command, *files], capture_output=True, text=True, check=False)
        try:
            found += json.loads(run.stdout)["messages"]
        except (ValueError, KeyError):
            sys.exit(f"the Nu Html Checker failed: {run.stdout[:500]}{run.stderr[:2000]}")
    return found


def expected(page: Page, message: str) -> bool:
    """The one exception: a tombstone's own status line."""
    return page.type == "gone" and "http-equiv" in message and "status" in message.lower()


def main() -> int:
    parser = arguments(__doc__)
    parser.add_argument("--sample", action="store_true", help="pages of each sort only")
    parser.add_argument("--warnings", action="store_true", help="print the warnings too")
    options = parser.parse_args()
    site = open_site(options)
    pages = sample(site) if options.sample else site.pages
    by_file = {page.file.resolve().as_uri().replace("file:///", "file:/"): page for page in pages}
    errors: dict[str, list[tuple[str, str]]] = defaultdict(list)
    warnings = 0
    for message in messages(pages):
        address = str(message.get("url", "")).replace("file:///", "file:/")
        page = by_file.get(address)
        where = f"{page.name if page else address}:{message.get('lastLine', '?')}"
        text = str(message.get("message", ""))
        if message.get("type") == "info":
            warnings += 1
            if options.warnings:
                print(f"{where}: warning: {text}")
        elif not (page and expected(page, text)):
            errors[page.name if page else address].append((where, text))
    report = Report("nu")
    for page in pages:
        found = errors.pop(page.name, [])
        report.check(not found, "html", page.name, f"{len(found)} errors")
        for where, text in found:
            print(f"  {where}: {text}")
    for address, found in errors.items():
        report.check(False, "html", address, "; ".join(text for _, text in found))
    print(f"{warnings} warnings")
    return report.close()


if __name__ == "__main__":
    sys.exit(main())
