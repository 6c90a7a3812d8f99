#!/usr/bin/env python3
"""Reading many feeds, beside a plain program that keeps nothing; and what following costs when it idles.

  feeds.py [--feeds 10000] [--hosts 1000] [--items 20] [--bytes 950] [--idle 60]

Builds the small package benches/load once. Its server has the feeds, RSS, Atom and JSON Feed by
turns, under many names (h0.localhost and so on). Then, one after the other:

  plain    asks for all with hyper, 64 hosts at once and one feed at a time of each, parses them
           with feed-rs and keeps nothing but their marks; twice
  daemon   `lanai daemon` with a site that follows all of them; twice

The second time a third of the feeds says that nothing has changed, a third sends the same bytes,
and a third has one new item. Lanai's time is from the first question that the server sees until
the last feed is noted in the database. At the end every item has to be there, once.

Last, the daemon runs with the example site and 1,000 of the feeds, and nobody asks it anything.

Databases are as fast as the disk below --work: a RAM disk is no measure. Everything stops by
itself. Exit code 1 if an item is lost or there twice.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
import time
import urllib.request
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from measure import (
    TARGET,
    arguments,
    check_program,
    facts,
    mb,
    note,
    print_facts,
    ratio,
    seconds,
    table,
    workplace,
)
from processes import HOST, build_load, copy_example, cpu, free_port, proc, process, until_built

AT_ONCE = 64
IDLE_FEEDS = 1_000
# What is aimed at: times the time of the plain program, bytes.
AIM_TIME, AIM_PEAK, AIM_IDLE = 1.5, 150e6, 50e6


@dataclass
class Poll:
    """One round."""

    seconds: float
    cpu: float
    items: int
    """That are new, or that were parsed."""
    unchanged: int
    peak: int
    """Largest resident memory so far."""


@dataclass
class Idle:
    rss: int
    again: int
    """After a start with nothing to build or ask."""
    cpu: float
    seconds: float


# the server


def serve(load: Path, work: Path, options: object):
    words = [options.feeds, options.items, options.bytes]
    return process(work / "feeds.log", load, "feeds", *words)


def server(port: str, what: str) -> dict[str, int]:
    with urllib.request.urlopen(f"http://{HOST}:{port}/_{what}", timeout=60) as answer:
        return json.load(answer)


# the plain program


def measure_plain(load: Path, work: Path, options: object) -> tuple[list[Poll], int]:
    note("the plain program")
    with serve(load, work, options) as (_, port):
        size = server(port, "seen")["bytes"]
        words = [load, "poll", port, options.feeds, options.hosts, AT_ONCE]
        child = subprocess.Popen([str(word) for word in words], stdout=subprocess.PIPE, text=True)
        rounds, before = [], 0.0
        for _ in range(2):
            said = json.loads(child.stdout.readline())
            spent = cpu(child.pid)
            rounds.append(Poll(**said, cpu=spent - before, peak=proc(child.pid, "status", "VmHWM")))
            before = spent
        if child.wait(60) != 0:
            sys.exit("the plain program failed")
    return rounds, size


# the daemon


def follow(site: Path, port: str, feeds: int, hosts: int) -> None:
    rows = (
        f'[[follow]]\nurl = "http://h{feed % hosts}.localhost:{port}/{feed}"\n'
        f'feed = "http://h{feed % hosts}.localhost:{port}/{feed}"\ntitle = "Journal {feed}"\n\n'
        for feed in range(feeds)
    )
    (site / "data").mkdir(exist_ok=True)
    (site / "data/following.toml").write_text("".join(rows), "utf-8")


def make_site(site: Path, port: str, options: object) -> None:
    (site / "content").mkdir(parents=True)
    base = f"http://{HOST}:{free_port()}/"
    (site / "lanai.toml").write_text(
        f'title = "The harbour"\nurl = "{base}"\n\n[daemon]\nurl = "{base}"\n\n'
        f'[following]\ncircle = false\n\n[network]\nallow = ["127.0.0.0/8"]\n',
        "utf-8",
    )
    follow(site, port, options.feeds, options.hosts)


def ask(database: Path, sql: str, *values: object) -> int:
    """One number, beside the daemon."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=30)) as connection:
        return connection.execute(sql, values).fetchone()[0] or 0


def make_due(database: Path) -> None:
    """The second round begins: hours have passed, as it were."""
    with closing(sqlite3.connect(database, timeout=30)) as connection, connection:
        connection.execute("UPDATE feed SET due = 1")
        connection.execute("UPDATE feed_host SET due = 1")


def until_polled(database: Path, feeds: int, since: float, limit: float) -> float:
    """Waits until all feeds were asked for since a time; when the last was noted."""
    end = time.monotonic() + limit
    sql = "SELECT count(*) FROM feed WHERE succeeded >= ?"
    while (done := ask(database, sql, int(since * 1000))) < feeds:
        if time.monotonic() > end:
            sys.exit(f"only {done:,} of {feeds:,} feeds were read in {limit:.0f} s")
        time.sleep(0.05)
    return time.time()


def measure_daemon(load: Path, work: Path, options: object) -> tuple[list[Poll], int]:
    note("the daemon")
    site, log = work / "site", work / "daemon.log"
    with serve(load, work, options) as (_, port):
        make_site(site, port, options)
        database = site / ".lanai/lanai.sqlite"
        command = [options.lanai, "daemon", site, "--listen", f"{HOST}:0"]
        with process(log, *command) as (daemon, _):
            rounds, before = [], 0.0
            for number in range(2):
                since = time.time()
                if number:
                    server(port, "round")
                    # What follows a first round is not part of the second.
                    time.sleep(5)
                    since, before = time.time(), cpu(daemon.pid)
                    make_due(database)
                known = ask(database, "SELECT count(*) FROM item")
                end = until_polled(database, options.feeds, since, options.longest)
                seen = server(port, "seen")
                items = ask(database, "SELECT count(*) FROM item") - known
                took = end - seen["begun"] / 1e9
                peak = proc(daemon.pid, "status", "VmHWM")
                spent = cpu(daemon.pid) - before
                rounds.append(Poll(took, spent, items, seen["unchanged"], peak))
    size = sum(file.stat().st_size for file in database.parent.glob("lanai.sqlite*"))
    for line in log.read_text("utf-8").splitlines():
        if " WARN " in line or " ERROR " in line:
            print(f"    {line}")
    shutil.rmtree(site)
    return rounds, size


# when nobody asks


def measure_idle(load: Path, work: Path, options: object) -> Idle:
    note(f"nobody asks, for {options.idle} s")
    site, log = copy_example(work), work / "idle.log"
    with serve(load, work, options) as (_, port):
        with (site / "lanai.toml").open("a", encoding="utf-8") as config:
            config.write('\n[network]\nallow = ["127.0.0.0/8"]\n')
        count = min(IDLE_FEEDS, options.feeds)
        follow(site, port, count, options.hosts)
        command = [options.lanai, "daemon", site, "--listen", f"{HOST}:0"]
        with process(log, *command) as (daemon, _):
            until_built(log)
            until_polled(site / ".lanai/lanai.sqlite", count, 0, options.longest)
            # What follows a build: telling others, looking for changes, lists of those followed.
            time.sleep(60)
            spent = cpu(daemon.pid)
            time.sleep(options.idle)
            spent = cpu(daemon.pid) - spent
            rss = proc(daemon.pid, "smaps_rollup", "Rss")
        with process(log, *command) as (daemon, _):
            until_built(log)
            time.sleep(60)
            again = proc(daemon.pid, "smaps_rollup", "Rss")
    return Idle(rss, again, spent, options.idle)


# tables


def poll_table(plain: list[Poll], daemon: list[Poll]) -> str:
    rows = []
    for number, (one, other) in enumerate(zip(plain, daemon, strict=True), 1):
        for name, poll in (("plain program", one), ("Lanai", other)):
            figures = [seconds(poll.seconds), seconds(poll.cpu), mb(poll.peak)]
            rows.append([f"{number}, {name}", *figures, f"{poll.items:,}", f"{poll.unchanged:,}"])
    heads = ["poll", "wall", "CPU", "peak memory so far", "items", "not changed"]
    return table(heads, rows)


def aims_table(plain: list[Poll], daemon: list[Poll], idle: Idle | None) -> str:
    def times(number: int) -> float:
        return daemon[number].seconds / plain[number].seconds

    rows = [
        ["second poll / plain program", f"{times(1):.2f}", f"{AIM_TIME}", times(1) <= AIM_TIME],
        ["first poll / plain program", f"{times(0):.2f}", "", None],
        ["peak of both", mb(daemon[1].peak), mb(AIM_PEAK), daemon[1].peak < AIM_PEAK],
    ]
    if idle:
        rows.append(["idle, RSS", mb(idle.rss), mb(AIM_IDLE), idle.rss < AIM_IDLE])
        rows.append(["idle after a start, RSS", mb(idle.again), mb(AIM_IDLE), idle.again < AIM_IDLE])
        rows.append([f"idle, CPU in {idle.seconds:.0f} s", seconds(idle.cpu), "0", idle.cpu < 0.05])
    words = {True: "yes", False: "no", None: ""}
    return table(
        ["aim", "measured", "aimed at", "reached"],
        ([*row, words[reached]] for *row, reached in rows),
    )


# options


def options_of(words: list[str]) -> object:
    parser = arguments(__doc__, str(TARGET / "lanai-bench"))
    parser.add_argument("--feeds", type=int, default=10_000)
    parser.add_argument("--hosts", type=int, default=1_000, help="names that they are at")
    parser.add_argument("--items", type=int, default=20, help="of each at first")
    parser.add_argument("--bytes", type=int, default=800, help="of text in an item, about")
    parser.add_argument("--idle", type=int, default=60, metavar="SECONDS", help="0 leaves it out")
    parser.add_argument("--longest", type=int, default=600, help="seconds that a poll may take")
    options = parser.parse_args(words)
    options.lanai = check_program(options.lanai)
    return options


def main() -> int:
    options = options_of(sys.argv[1:])
    load = build_load()
    with workplace(options.work, "feeds") as work:
        said = facts(work, options.lanai)
        print_facts(said)
        plain, size = measure_plain(load, work, options)
        print(f"{options.feeds:,} feeds, {mb(size)}, {options.hosts:,} hosts\n")
        daemon, database = measure_daemon(load, work, options)
        idle = measure_idle(load, work, options) if options.idle else None
    print(poll_table(plain, daemon))
    print(f"The database has {mb(database)}.\n")
    print(aims_table(plain, daemon, idle))
    if options.json:
        kept = {"machine": said, "plain": plain, "daemon": daemon, "idle": idle}
        options.json.write_text(json.dumps(kept, indent=1, default=vars) + "\n", "utf-8")
    expected = [options.feeds * options.items, options.feeds // 3]
    return 0 if [poll.items for poll in daemon] == expected else 1


if __name__ == "__main__":
    sys.exit(main())
