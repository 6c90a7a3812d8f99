#!/usr/bin/env python3
"""The daemon under a crowd of webmentions, beside a bare server; and what it takes when it idles.

  mentions.py [--mentions 50000] [--connections 64] [--hosts 5000] [--wait-for-pages MS] [--idle 60]

Builds the small package benches/load once. Then, one after the other, the same requests over the
same number of connections that stay open:

  bare     a hyper server with two threads that reads each request, answers 201, and does no more
  daemon   `lanai daemon` with a site of twenty posts: each mention is written to SQLite, synced to
           the disk, and answered; meanwhile the daemon fetches their pages and looks at them
  bare     once more, because machines change their pace

The pages are those of a server on loopback, under many names (h0.localhost and so on), each a small
entry that answers a post. The senders seem to come through a proxy of their own machine and to be
many clients, because one client gets 1,200 requests a minute whatever lanai.toml says.

Afterwards every 201 has to be a row of the database, and it is waited until all pages were looked
at. At the end the daemon runs with the example site and nobody asks it anything.

Databases are as fast as the disk below --work: a RAM disk is no measure. Everything stops by
itself, after --minutes at the latest. Exit code 1 if a mention is lost or an answer is no 201.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import statistics
import subprocess
import sys
import threading
import time
from contextlib import closing
from dataclasses import dataclass, field
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
from processes import (
    HOST,
    build_load,
    copy_example,
    cpu,
    free_port,
    proc,
    process,
    until_built,
    until_served,
)

POSTS = 20
# Clients that the senders seem to be: each may ask 1,200 times a minute.
CLIENTS = 1_000
# What is aimed at: a share of the bare server's rate, seconds, bytes.
AIM_RATE, AIM_P99, AIM_IDLE = 1 / 3, 0.05, 40e6


@dataclass
class Answers:
    """What the crowd saw."""

    sent: int
    seconds: float
    statuses: dict[str, int]
    broken: int
    p50: float
    p90: float
    p99: float
    max: float
    sender_cpu: float
    """Share of one processor that the crowd itself took."""

    @property
    def accepted(self) -> int:
        return self.statuses.get("201", 0)

    @property
    def rate(self) -> float:
        return self.accepted / self.seconds


@dataclass
class Load:
    """What the daemon did."""

    answers: Answers
    cpu_sending: float
    """Of the daemon, while mentions came."""
    waiting: int
    """Whose page was not looked at when the last answer came."""
    rows: int = 0
    states: dict[str, int] = field(default_factory=dict)
    verified: float | None = None
    """Seconds from the first mention until all were looked at."""
    cpu: float = 0
    peak: int = 0
    after: int = 0
    """Resident memory when all is done."""
    files: int = 0
    """Most open files that were seen."""
    database: int = 0
    log: list[str] = field(default_factory=list)


@dataclass
class Idle:
    built: float
    rss: int
    pss: int
    peak: int
    cpu: float
    seconds: float
    again_rss: int
    again_pss: int


# the crowd


def send(load: Path, address: str, pages: str, targets: list[str], options: object) -> Answers:
    crowd = [options.mentions, options.connections, options.hosts, CLIENTS]
    command = [load, "send", address, *crowd, pages, options.longest, ",".join(targets)]
    before = os.times()
    done = subprocess.run(
        [str(word) for word in command],
        capture_output=True,
        text=True,
        check=False,
        timeout=options.longest + 60,
    )
    after = os.times()
    if done.returncode != 0:
        sys.exit(f"the crowd failed: {done.stderr}")
    said = json.loads(done.stdout)
    for name in ("p50", "p90", "p99", "max"):
        said[name] /= 1e6
    spent = sum(after[2:4]) - sum(before[2:4])
    return Answers(**said, sender_cpu=spent / said["seconds"])


# the bare server


def measure_bare(load: Path, work: Path, options: object) -> Answers:
    note("the bare server")
    with process(work / "bare.log", load, "bare") as (_, port):
        address = f"http://{HOST}:{port}/webmention"
        return send(load, address, "9", [f"http://{HOST}:{port}/posts/a/"], options)


# the daemon


def make_site(site: Path, port: int) -> list[str]:
    base = f"http://{HOST}:{port}/"
    posts = site / "content/posts"
    posts.mkdir(parents=True)
    (site / "lanai.toml").write_text(
        f'title = "The harbour"\nurl = "{base}"\n\n'
        f'[daemon]\nlisten = "{HOST}:{port}"\nurl = "{base}"\n'
        f'mentions-per-minute = 1000000\ntrusted-proxies = ["{HOST}"]\n\n'
        f'[network]\nallow = ["127.0.0.0/8"]\n',
        "utf-8",
    )
    for number in range(POSTS):
        text = f'+++\ntitle = "Post {number}"\ndate = 2024-05-01T09:00:00Z\n+++\n\nIt rained.\n'
        (posts / f"post-{number}.md").write_text(text, "utf-8")
    return [f"{base}posts/post-{number}/" for number in range(POSTS)]


def states(database: Path) -> dict[str, int]:
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=30)) as connection:
        rows = connection.execute("SELECT state, count(*) FROM mention GROUP BY state")
        return dict(rows.fetchall())


class Files(threading.Thread):
    """Counts the open files of a process twice a second."""

    def __init__(self, pid: int):
        super().__init__(daemon=True)
        self.pid, self.most, self.ended = pid, 0, threading.Event()

    def run(self) -> None:
        while not self.ended.wait(0.5):
            try:
                self.most = max(self.most, len(os.listdir(f"/proc/{self.pid}/fd")))
            except OSError:
                return


def measure_daemon(load: Path, work: Path, options: object) -> Load:
    note("the daemon")
    port, site = free_port(), work / "site"
    targets = make_site(site, port)
    log = work / "daemon.log"
    pages = process(work / "pages.log", load, "pages", ",".join(targets), options.wait_for_pages)
    with pages as (_, pages_port), process(log, options.lanai, "daemon", site) as (daemon, _):
        until_served(targets[-1])
        files = Files(daemon.pid)
        files.start()
        begun, spent = time.perf_counter(), cpu(daemon.pid)
        address = f"http://{HOST}:{port}/webmention"
        answers = send(load, address, pages_port, targets, options)
        database = site / ".lanai/lanai.sqlite"
        load_of = Load(answers, cpu(daemon.pid) - spent, states(database).get("waiting", 0))
        note(f"{answers.rate:,.0f} a second; waiting until all pages were looked at")
        end = begun + options.minutes * 60
        while (now := states(database)).get("waiting", 0) and time.perf_counter() < end:
            time.sleep(0.5)
        if not now.get("waiting", 0):
            load_of.verified = time.perf_counter() - begun
        load_of.states, load_of.rows = now, sum(now.values())
        load_of.cpu = cpu(daemon.pid) - spent
        load_of.peak = proc(daemon.pid, "status", "VmHWM")
        load_of.after = proc(daemon.pid, "status", "VmRSS")
        files.ended.set()
        load_of.files = files.most
    load_of.database = sum(file.stat().st_size for file in database.parent.glob("lanai.sqlite*"))
    lines = log.read_text("utf-8").splitlines()
    load_of.log = [line for line in lines if " WARN " in line or " ERROR " in line]
    shutil.rmtree(site)
    return load_of


# when nobody asks


def measure_idle(work: Path, options: object) -> Idle:
    note(f"nobody asks, for {options.idle} s")
    site, log = copy_example(work), work / "idle.log"
    command = [options.lanai, "daemon", site, "--listen", f"{HOST}:0"]
    with process(log, *command) as (daemon, _):
        built = until_built(log)
        # What follows a build: telling others, looking for changes.
        time.sleep(5)
        spent = cpu(daemon.pid)
        time.sleep(options.idle)
        spent = cpu(daemon.pid) - spent
        now = [proc(daemon.pid, "smaps_rollup", name) for name in ("Rss", "Pss")]
        peak = proc(daemon.pid, "status", "VmHWM")
    with process(log, *command) as (daemon, _):
        until_built(log)
        time.sleep(5)
        again = [proc(daemon.pid, "smaps_rollup", name) for name in ("Rss", "Pss")]
    return Idle(built, *now, peak, spent, options.idle, *again)


# tables


def crowd_table(bare: list[Answers], load: Load) -> str:
    rows = []
    names = ("bare server", "Lanai", "bare server")
    for name, answers in zip(names, (bare[0], load.answers, bare[1]), strict=True):
        times = [seconds(value) for value in (answers.p50, answers.p90, answers.p99, answers.max)]
        others = answers.sent - answers.accepted
        mine = f"{answers.sender_cpu:.0%}"
        rows.append([name, f"{answers.rate:,.0f}", *times, f"{others:,}", mine])
    heads = ["", "accepted a second", "p50", "p90", "p99", "longest", "no 201", "CPU of the crowd"]
    return table(heads, rows)


def daemon_table(load: Load, options: object) -> str:
    verified = load.verified
    whole = f"{load.rows / verified:,.0f} a second" if verified else "not done"
    states = ", ".join(f"{count:,} {state}" for state, count in sorted(load.states.items()))
    spent = f"{seconds(load.cpu_sending)}, {seconds(load.cpu)}"
    return table(
        ["the daemon", ""],
        [
            ["mentions of hosts", f"{options.mentions:,} of {options.hosts:,}"],
            ["not looked at when the last was accepted", f"{load.waiting:,}"],
            ["all looked at", f"{seconds(verified)} ({whole})" if verified else "not in time"],
            ["state", states],
            ["CPU while mentions came, and in all", spent],
            ["peak memory, and afterwards", f"{mb(load.peak)}, {mb(load.after)}"],
            ["open files at most", f"{load.files:,}"],
            ["database", mb(load.database)],
            ["warnings and errors", f"{len(load.log):,}"],
        ],
    )


def idle_table(idle: Idle) -> str:
    return table(
        ["nobody asks", "RSS", "PSS"],
        [
            ["after the first build of the example site", mb(idle.rss), mb(idle.pss)],
            ["after a start with nothing to build", mb(idle.again_rss), mb(idle.again_pss)],
            ["peak of the first build", mb(idle.peak), ""],
            [f"CPU in {idle.seconds:.0f} s", seconds(idle.cpu), ""],
        ],
    )


def aims_table(bare: list[Answers], load: Load, idle: Idle | None) -> str:
    floor = statistics.mean(answers.rate for answers in bare)
    answers = load.answers
    lost = answers.accepted - load.rows
    share, is_quick = ratio(answers.rate, floor), answers.rate >= floor * AIM_RATE
    rows = [
        ["rate / rate of the bare server", share, f"{AIM_RATE:.2f}", is_quick],
        ["p99 of an answer", seconds(answers.p99), seconds(AIM_P99), answers.p99 < AIM_P99],
        ["accepted, but not in the database", f"{lost:,}", "0", lost == 0],
    ]
    if idle:
        rows.append(["idle, RSS", mb(idle.rss), mb(AIM_IDLE), idle.rss < AIM_IDLE])
    said = ([*row, "yes" if reached else "no"] for *row, reached in rows)
    return table(["aim", "measured", "aimed at", "reached"], said)


# options


def options_of(words: list[str]) -> object:
    parser = arguments(__doc__, str(TARGET / "lanai-bench"))
    parser.add_argument("--mentions", type=int, default=50_000, help="how many are sent")
    parser.add_argument("--connections", type=int, default=64, help="that stay open")
    parser.add_argument("--hosts", type=int, default=5_000, help="names that the pages are at")
    slow = "how long pages let the daemon wait: a long time measures accepting by itself"
    parser.add_argument("--wait-for-pages", type=int, default=0, metavar="MS", help=slow)
    parser.add_argument("--idle", type=int, default=60, metavar="SECONDS", help="0 leaves it out")
    parser.add_argument("--longest", type=int, default=180, help="seconds that a crowd may take")
    parser.add_argument("--minutes", type=float, default=5, help="until all has to be looked at")
    options = parser.parse_args(words)
    options.lanai = check_program(options.lanai)
    return options


def main() -> int:
    options = options_of(sys.argv[1:])
    load = build_load()
    with workplace(options.work, "mentions") as work:
        said = facts(work, options.lanai)
        print_facts(said)
        first = measure_bare(load, work, options)
        daemon = measure_daemon(load, work, options)
        bare = [first, measure_bare(load, work, options)]
        idle = measure_idle(work, options) if options.idle else None
    print(crowd_table(bare, daemon))
    print(daemon_table(daemon, options))
    for line in daemon.log[:5]:
        print(f"    {line}")
    if idle:
        print(idle_table(idle))
    print(aims_table(bare, daemon, idle))
    if options.json:
        kept = {"machine": said, "bare": bare, "daemon": daemon, "idle": idle}
        options.json.write_text(json.dumps(kept, indent=1, default=vars) + "\n", "utf-8")
    return 0 if daemon.rows == daemon.answers.accepted == daemon.answers.sent else 1


if __name__ == "__main__":
    sys.exit(main())
