#!/usr/bin/env python3
"""The instructions that builds take, beside the figures in `cost.json`: work that came unnoticed.

Times differ from machine to machine and from minute to minute; the number of instructions hardly
does. The release binary runs under valgrind, with one thread and a fixed date, over a small corpus
(benches/corpus.py): a clean build, the same again in a new process, and after an edit of one post.

  cost.py [--lanai PROGRAM]     compare; a case that takes more than a margin more is a finding
  cost.py --update              write the figures of this machine to cost.json
  cost.py --repeat 5            only say by how much the counts of several runs differ

A case that has become cheaper is no finding, but is said, so that the better figure gets stored: a
later loss should not hide in it. Counts depend a little on compiler and processor (libraries choose
the instructions that it has); the margin is for them.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from common import Report

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
FIGURES = HERE / "cost.json"
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
POSTS = 180
NOW = "2025-01-01T00:00:00Z"
# A share of the stored figure. Five runs of one binary lie within 0.004, a processor without AVX2
# within 0.005; the rest is for other compilers.
MARGIN = 0.05
# No cache is simulated: only instructions are counted, which takes half the time.
VALGRIND = [
    "valgrind",
    "--tool=cachegrind",
    "--cache-sim=no",
    "--branch-sim=no",
    "--cachegrind-out-file=/dev/null",
]
COUNTED = re.compile(r"I\s+refs:\s+([\d,]+)")
Figures = dict[str, float]


def judge(report: Report, stored: Figures, counted: Figures) -> None:
    """Compare millions of instructions, case by case."""
    for case in sorted(stored.keys() | counted.keys()):
        known = case in stored and case in counted
        if not report.check(known, "known", case, "is only stored, or only counted: --update"):
            continue
        old, new = stored[case], counted[case]
        change = new / old - 1
        said = f"{new:,.1f} million instructions, {change:+.1%} from {old:,.1f}"
        more = f"{said}: find out why, or if it has to be so, --update"
        if report.check(change <= MARGIN, "more-work", case, more):
            cheaper = ": cheaper, store it with --update" if change < -MARGIN else ""
            print(f"{case}: {said}{cheaper}")


def count(lanai: Path, site: Path) -> float:
    """Build under valgrind: millions of instructions."""
    words = [*VALGRIND, str(lanai), "build", str(site), "--now", NOW]
    # Nothing of this shell reaches the program: variables and their lengths are work as well.
    env = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "RAYON_NUM_THREADS": "1"}
    try:
        done = subprocess.run(words, capture_output=True, text=True, check=False, env=env)
    except FileNotFoundError:
        sys.exit("no valgrind: install it")
    found = COUNTED.search(done.stderr)
    if done.returncode != 0 or not found:
        sys.exit(f"{' '.join(words)}: exit code {done.returncode}\n{done.stderr[-2000:]}")
    return round(int(found[1].replace(",", "")) / 1e6, 1)


def edit(post: Path) -> None:
    """Rewrite the first paragraph, which lists and feeds quote."""
    paragraphs = post.read_text("utf-8").split("\n\n")
    paragraphs[1] = "The lantern in the harbour was mended, and nobody asked the neighbour why."
    post.write_text("\n\n".join(paragraphs), "utf-8")


def count_all(lanai: Path) -> Figures:
    with tempfile.TemporaryDirectory(prefix="lanai-cost-") as folder:
        script = ROOT / "benches/corpus.py"
        subprocess.run(
            [sys.executable, str(script), folder, str(POSTS), "--seed", "1"], check=True
        )
        site = Path(folder) / "lanai"
        counted = {"clean": count(lanai, site), "unchanged": count(lanai, site)}
        edit(site / f"content/posts/post-{POSTS // 2 + 1:06d}.md")
        return counted | {"edited": count(lanai, site)}


def first_line(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.strip()


def read() -> dict[str, dict[str, object]]:
    return json.loads(FIGURES.read_text("utf-8")) if FIGURES.exists() else {}


def update(counted: Figures) -> None:
    made = f"{first_line('rustc', '--version')}, {first_line('valgrind', '--version')}"
    entry = {"posts": POSTS, "made with": made, "million instructions": counted}
    text = json.dumps(read() | {platform.machine(): entry}, indent=2, sort_keys=True)
    FIGURES.write_text(f"{text}\n", "utf-8")


def repeat(lanai: Path, times: int) -> None:
    runs = [count_all(lanai) for _ in range(times)]
    for case in runs[0]:
        figures = [run[case] for run in runs]
        spread = max(figures) / min(figures) - 1
        print(f"{case}: {', '.join(f'{figure:,.1f}' for figure in figures)}: {spread:.2%} apart")


def main() -> int:
    first, _, rest = (__doc__ or "").partition("\n")
    parser = argparse.ArgumentParser(
        description=first, epilog=rest, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--lanai", type=Path, default=TARGET / "release/lanai")
    parser.add_argument("--update", action="store_true", help="write cost.json")
    parser.add_argument("--repeat", type=int, metavar="N", help="say how much N runs differ")
    options = parser.parse_args()
    if not options.lanai.is_file():
        sys.exit(f"{options.lanai}: no such program; cargo build --release")
    if options.repeat:
        repeat(options.lanai, options.repeat)
        return 0
    counted = count_all(options.lanai)
    if options.update:
        update(counted)
    report = Report("cost")
    entry = read().get(platform.machine(), {})
    judge(report, entry.get("million instructions", {}), counted)
    return report.close()


if __name__ == "__main__":
    sys.exit(main())
