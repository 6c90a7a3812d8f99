#!/usr/bin/env python3
"""The checkers, checked: silent on a good site, and each of their items seen failing on a bad one.

Writes the site of `fixture.py` into temporary folders, once as it is and once per breakage below.
A breakage edits some files and names the items that have to be found. At the end every item that
stands in a checker's source must have been found at least once, so no check can be added that
nobody has seen fail. `cost.py` judges figures, not a site: it is given made-up ones.

  selftest.py [--only TEXT] [--without-browser] [--verbose]
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import cost
import fixture
from breakages import BREAKAGES, Breakage
from common import Report

HERE = Path(__file__).resolve().parent
# Where the items of each checker are written.
SOURCES = {
    "site": ["site.py"],
    "microformats": ["mf2_markup.py", "mf2_entries.py", "mf2_lists.py"],
    "feeds": ["feeds.py", "feed_formats.py", "feed_model.py"],
    "axe": ["axe.mjs"],
    "xss": ["xss.mjs"],
    "nu": ["nu.py"],
    "cost": ["cost.py"],
}
ITEM = re.compile(r'"(MF-[A-Z]-\d\d|FD-[A-Z]-\d\d)"')
NAMED = re.compile(r'check\((?:\s*|[^"]*, )"([a-z][a-z0-9-]*)",')


@dataclass
class Result:
    code: int
    output: str

    @property
    def items(self) -> set[str]:
        return set(re.findall(r"^[^\n]*?: \[([\w-]+)\] ", self.output, re.MULTILINE))


def run(checker: str, folder: Path, *more: str) -> Result:
    """Run a checker the way a person would."""
    in_node = checker in ("axe", "xss")
    script = HERE / (f"{checker}.mjs" if in_node else f"{checker}.py")
    program = "node" if in_node else sys.executable
    env = dict(os.environ, LANAI_PYTHON=sys.executable)
    done = subprocess.run(
        [program, str(script), str(folder), *more],
        capture_output=True,
        text=True,
        check=False,
        env=env,
    )
    return Result(done.returncode, done.stdout + done.stderr)


def break_site(root: Path, breakage: Breakage) -> None:
    """Write the good site, then do to it what the breakage says."""
    fixture.write(root)
    for name, old, new in breakage.edits:
        file = root / name
        if old is None:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(new if isinstance(new, bytes) else new.encode("utf-8"))
            continue
        text = file.read_bytes().decode("utf-8")
        if old not in text:
            sys.exit(f'breakage "{breakage.name}": {name} does not hold {old!r}')
        file.write_bytes(text.replace(old, str(new)).encode("utf-8", "surrogatepass"))
    for name in breakage.removed:
        (root / name).unlink()


def attempt(breakage: Breakage) -> Result:
    with tempfile.TemporaryDirectory(prefix="lanai-selftest-") as folder:
        broken, good = Path(folder) / "broken", Path(folder) / "good"
        break_site(broken, breakage)
        fixture.write(good)
        return run(breakage.checker, broken, *beside(breakage.checker, good), *breakage.arguments)


def beside(checker: str, good: Path) -> list[str]:
    """The site that a checker wants to compare with."""
    return ["--like", str(good)] if checker == "xss" else []


def items_in_source(checker: str) -> set[str]:
    """Every item a checker may report."""
    text = "".join((HERE / name).read_text("utf-8") for name in SOURCES[checker])
    return set(ITEM.findall(text) or NAMED.findall(text))


def check_good(report: Report, checkers: list[str], verbose: bool) -> None:
    with tempfile.TemporaryDirectory(prefix="lanai-selftest-") as folder:
        fixture.write(Path(folder))
        for checker in checkers:
            result = run(checker, Path(folder), *beside(checker, Path(folder)))
            report.check(result.code == 0, checker, "the good site", f"\n{result.output}")
            if verbose:
                print(f"good site: {result.output.splitlines()[-1]}")


def check_breakages(
    report: Report, breakages: list[Breakage], verbose: bool
) -> dict[str, set[str]]:
    """Run all breakages; the items found, by checker."""
    found: dict[str, set[str]] = {}
    with ThreadPoolExecutor(max_workers=2) as pool:
        for breakage, result in zip(breakages, pool.map(attempt, breakages), strict=True):
            found.setdefault(breakage.checker, set()).update(result.items & breakage.items)
            missing = sorted(breakage.items - result.items)
            seen = f"does not find {missing}, exit code {result.code}:\n{result.output[-2000:]}"
            ok = not missing and result.code == 1
            report.check(ok, breakage.checker, breakage.name, seen)
            if verbose:
                print(f"{breakage.checker}: {breakage.name}: found {sorted(result.items)}")
    return found


def check_complete(report: Report, checkers: list[str], found: dict[str, set[str]]) -> None:
    for checker in checkers:
        for item in sorted(items_in_source(checker)):
            seen = item in found.get(checker, set())
            report.check(seen, checker, item, "has never been seen failing: add a breakage")


# Stored figures and counted ones, the items that have to be found, and words that have to be said.
COSTS = [
    ({"a": 100.0}, {"a": 100.0 + 99 * cost.MARGIN}, "", "from 100.0"),
    ({"a": 100.0}, {"a": 101.0 + 100 * cost.MARGIN}, "more-work", "find out why"),
    ({"a": 100.0}, {"a": 40.0}, "", "cheaper, store it"),
    ({"a": 100.0, "b": 5.0}, {"a": 100.0}, "known", "--update"),
    ({}, {"a": 100.0}, "known", "--update"),
]


def check_cost(report: Report) -> set[str]:
    """The items that `cost.py` finds in made-up figures."""
    found: set[str] = set()
    for stored, counted, items, words in COSTS:
        judged = Report("cost")
        with contextlib.redirect_stdout(io.StringIO()) as said:
            cost.judge(judged, stored, counted)
            code = judged.close()
        result = Result(code, said.getvalue())
        right = result.items == set(items.split()) and code == bool(items)
        ok = right and words in result.output
        report.check(ok, "cost", f"{stored} and {counted}", f"\n{result.output}")
        found |= result.items
    return found


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", default="", help="breakages whose name or item holds this text")
    parser.add_argument(
        "--without-browser", action="store_true", help="leave out axe.mjs, xss.mjs and nu.py"
    )
    parser.add_argument("--verbose", action="store_true", help="say what was found")
    options = parser.parse_args()
    checkers = [c for c in SOURCES if not (options.without_browser and c in ("axe", "xss", "nu"))]
    of_sites = [c for c in checkers if c != "cost"]
    wanted = [
        b
        for b in BREAKAGES
        if b.checker in checkers and options.only in f"{b.name} {' '.join(b.items)}"
    ]
    report = Report("selftest")
    if not options.only:
        check_good(report, of_sites, options.verbose)
    found = check_breakages(report, wanted, options.verbose)
    found["cost"] = check_cost(report)
    if not options.only:
        check_complete(report, checkers, found)
    return report.close()


if __name__ == "__main__":
    sys.exit(main())
