#!/usr/bin/env python3
"""How long the preview takes from saving a post to telling the browser to load the page again.

  serve.py [--posts 1000 10000] [--edits 200] [--bytes-check]

For each size it writes the corpus (corpus.py) below --work, starts `lanai serve --port 0`, listens
to the server-sent events that the preview's own script listens to, and then, one after the other,
gives random posts a new first paragraph. Measured is from the close of the file to the message
`reload`, and then by itself how long the edited page takes to load. A message counts when the page
shows the edit; one that came too early, or twice, is counted. Between edits lies a random pause, so
that they meet the watcher in every phase. No message within 10 s is a failure.

--bytes-check: at the end, what the preview has built is compared, byte for byte, with a clean
build for the same address.
"""

from __future__ import annotations

import http.client
import json
import queue
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from measure import (
    Editor,
    arguments,
    check_program,
    differences,
    facts,
    make_corpus,
    need_room,
    note,
    percentile,
    post_name,
    print_facts,
    remove,
    run,
    seconds,
    table,
    workplace,
)

BYTES_A_POST = 60_000
# Seconds: to the first build, to a message, between edits.
FIRST, LONGEST, PAUSE = 300.0, 10.0, (0.05, 0.25)
# Where the preview may keep what it builds, below the site folder.
OUTPUTS = (".lanai/serve/site", "public")


@dataclass
class Result:
    posts: int
    first: float = 0
    """From the start of the program to the first page."""
    reload: list[float] = field(default_factory=list)
    load: list[float] = field(default_factory=list)
    early: int = 0
    """Messages that came before the page showed the edit."""
    more: int = 0
    """Messages that came after the one that counted."""
    check: str = ""
    different: list[str] = field(default_factory=list)


class Events:
    """The server-sent events, each with the time at which it came."""

    def __init__(self, host: str):
        self.arrived: queue.Queue[tuple[float, str]] = queue.Queue()
        self.connection = http.client.HTTPConnection(host, timeout=FIRST)
        self.connection.request("GET", "/_lanai/events", headers={"Accept": "text/event-stream"})
        self.response = self.connection.getresponse()
        if self.response.status != 200:
            sys.exit(f"/_lanai/events answers {self.response.status}")
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        try:
            while line := self.response.readline():
                if line.startswith(b"event:"):
                    name = line.partition(b":")[2].strip().decode()
                    self.arrived.put((time.perf_counter(), name))
        except (OSError, http.client.HTTPException, ValueError):
            pass
        self.arrived.put((time.perf_counter(), "the end of the connection"))

    def next(self, longest: float) -> tuple[float, str] | None:
        try:
            return self.arrived.get(timeout=max(0, longest))
        except queue.Empty:
            return None

    def drain(self) -> int:
        count = 0
        while self.next(0):
            count += 1
        return count


class Preview:
    """A running `lanai serve`."""

    def __init__(self, lanai: Path, site: Path):
        self.begun = time.perf_counter()
        self.said = tempfile.TemporaryFile()  # noqa: SIM115 (closed with the process)
        self.process = subprocess.Popen(
            [lanai, "serve", site, "--port", "0"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self.said,
            text=True,
        )
        self.address = self.process.stdout.readline().strip()
        self.host = urlsplit(self.address).netloc
        if not self.host:
            self.fail("it said no address")

    def get(self, path: str) -> tuple[int, str]:
        """A page, over a connection of its own."""
        connection = http.client.HTTPConnection(self.host, timeout=LONGEST)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, response.read().decode("utf-8", "replace")
        finally:
            connection.close()

    def wait_for_first(self) -> float:
        """Until there is a home page."""
        while time.perf_counter() - self.begun < FIRST:
            if self.process.poll() is not None:
                self.fail("it ended by itself")
            if self.get("/")[0] == 200:
                return time.perf_counter() - self.begun
            time.sleep(0.02)
        self.fail(f"no page within {FIRST:.0f} s")

    def fail(self, what: str) -> None:
        self.stop()
        self.said.seek(0)
        text = self.said.read().decode("utf-8", "replace")[-2000:]
        sys.exit(f"lanai serve: {what}\n{text}")

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(LONGEST)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


def one_edit(preview: Preview, events: Events, result: Result, file: Path, editor: Editor) -> None:
    """Save, wait for the message, load the page; again until the page shows the edit."""
    text, mark = editor.draw(file.read_text("utf-8"))
    file.write_text(text, "utf-8")
    saved = time.perf_counter()
    while True:
        event = events.next(saved + LONGEST - time.perf_counter())
        if event is None or event[1] != "reload":
            what = event[1] if event else f"no message within {LONGEST:.0f} s"
            preview.fail(f"{what} after edit {editor.count} ({file.name})")
        asked = time.perf_counter()
        status, page = preview.get(f"/posts/{file.stem}/")
        loaded = time.perf_counter() - asked
        if status != 200:
            preview.fail(f"the page of {file.name} answers {status}")
        if mark in page.lower():
            result.reload.append(event[0] - saved)
            result.load.append(loaded)
            return
        result.early += 1


def edit_all(preview: Preview, result: Result, site: Path, options: object) -> None:
    rng, editor = random.Random(options.seed), Editor(options.seed)
    events = Events(preview.host)
    result.first = preview.wait_for_first()
    time.sleep(1)
    # What the first build had to say.
    events.drain()
    for _ in range(options.edits):
        if time.monotonic() > options.end:
            note(f"{result.posts} posts: the time is up after {len(result.reload)} edits")
            break
        file = site / post_name(rng.randrange(result.posts))
        one_edit(preview, events, result, file, editor)
        time.sleep(rng.uniform(*PAUSE))
        result.more += events.drain()
    # The search index may follow the pages by two seconds.
    time.sleep(2.0 if options.bytes_check else PAUSE[1])


def check_bytes(lanai: Path, site: Path, address: str, result: Result) -> None:
    """Put what the preview built beside a clean build of a copy without its caches."""
    output = next((site / name for name in OUTPUTS if (site / name / "index.html").is_file()), None)
    if output is None:
        result.check = "cannot be compared: the preview keeps no output in a known folder"
        return
    copy = site.parent / "clean"
    shutil.copytree(site, copy, ignore=shutil.ignore_patterns(".lanai", "public"))
    run([lanai, "build", copy, "--url", address])
    result.different = differences(output, copy / "public")
    if result.different:
        some = ", ".join(result.different[:10])
        result.check = f"{len(result.different)} files differ from a clean build: {some}"
    else:
        result.check = "byte for byte that of a clean build"


def measure(result: Result, work: Path, options: object) -> None:
    note(f"{result.posts} posts")
    need_room(work, result.posts * BYTES_A_POST)
    corpus = work / str(result.posts)
    site = make_corpus(corpus, result.posts, options.seed)
    remove(corpus / "hugo", corpus / "zola")
    preview = Preview(options.lanai, site)
    try:
        edit_all(preview, result, site, options)
    finally:
        preview.stop()
    if options.bytes_check:
        check_bytes(options.lanai, site, preview.address, result)
    remove(corpus)


def print_results(results: list[Result]) -> None:
    heads = ["posts", "measured", "p50", "p90", "p99", "slowest", "edits"]
    rows = []
    for result in results:
        for name, values in (("save to reload", result.reload), ("load of the page", result.load)):
            figures = [seconds(percentile(values, share)) for share in (0.5, 0.9, 0.99, 1)]
            rows.append([f"{result.posts:,}", name, *figures, str(len(values))])
    print(table(heads, rows))
    for result in results:
        name = f"{result.posts:,} posts"
        print(f"- {name}: first page after {seconds(result.first)}; messages too early "
              f"{result.early}, repeated {result.more}")  # fmt: skip
        if result.check:
            print(f"- {name}: what the preview built after the edits: {result.check}")


def to_json(said: dict[str, str], results: list[Result]) -> str:
    sizes = [vars(result) for result in results]
    return json.dumps({"machine": said, "sizes": sizes}, indent=1) + "\n"


def main() -> int:
    parser = arguments(__doc__, "/dev/shm/lanai-bench")
    parser.add_argument("--posts", type=int, nargs="+", default=[1000, 10_000])
    parser.add_argument("--edits", type=int, default=200, help="how many, at each size")
    parser.add_argument("--minutes", type=float, default=60, help="stop after these")
    parser.add_argument("--bytes-check", action="store_true", help="compare with a clean build")
    options = parser.parse_args()
    options.lanai = check_program(options.lanai)
    options.end = time.monotonic() + options.minutes * 60
    results: list[Result] = []
    with workplace(options.work, "serve") as work:
        said = facts(work, options.lanai)
        print_facts(said)
        for posts in sorted(set(options.posts)):
            result = Result(posts)
            measure(result, work, options)
            results.append(result)
    print_results([result for result in results if result.reload])
    if options.json:
        options.json.write_text(to_json(said, results), "utf-8")
    return 1 if any(result.different for result in results) else 0


if __name__ == "__main__":
    sys.exit(main())
