"""Programs that run while something is measured: daemons, servers, and what they take.

Beside `measure`, which is about programs that come to an end.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from measure import HERE, ROOT, TARGET, note, run

HOST = "127.0.0.1"
TICK = os.sysconf("SC_CLK_TCK")
STARTS = 120.0


def proc(pid: int, name: str, what: str) -> int:
    """Bytes of a line of a file of `/proc` that counts in kB."""
    text = Path(f"/proc/{pid}/{name}").read_text("utf-8")
    found = re.search(rf"^{what}:\s+(\d+) kB", text, re.MULTILINE)
    return int(found[1]) * 1024 if found else 0


def cpu(pid: int) -> float:
    """Seconds of processor time of a process and its threads."""
    words = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / TICK


@contextmanager
def process(log: Path, *command: object) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A program that says in its first line where it listens, and is ended with the block."""
    with log.open("w") as said:
        child = subprocess.Popen(
            [str(word) for word in command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=said,
            text=True,
        )
        alarm = threading.Timer(STARTS, child.kill)
        alarm.start()
        try:
            line = child.stdout.readline().strip()
            alarm.cancel()
            if not line:
                sys.exit(f"{command[0]} did not start: {log.read_text('utf-8')[-2000:]}")
            yield child, line
        finally:
            alarm.cancel()
            child.send_signal(signal.SIGTERM)
            try:
                child.wait(30)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
            child.stdin.close()
            child.stdout.close()


def build_load() -> Path:
    note("building benches/load")
    manifest = HERE / "load/Cargo.toml"
    cargo = ["cargo", "build", "--release", "--locked", "--manifest-path", manifest]
    run([*cargo, "--target-dir", TARGET])
    return TARGET / "release/lanai-load"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]


def until_served(address: str) -> None:
    end = time.monotonic() + STARTS
    while True:
        try:
            with urllib.request.urlopen(address, timeout=10):
                return
        except OSError as error:
            if time.monotonic() > end:
                sys.exit(f"the daemon serves no {address}: {error}")
            time.sleep(0.2)


def until_built(log: Path) -> float:
    begun = time.perf_counter()
    while not re.search(r"\bbuilt\b", log.read_text("utf-8")):
        if time.perf_counter() - begun > STARTS:
            sys.exit("the example site was not built")
        time.sleep(0.1)
    return time.perf_counter() - begun


def copy_example(work: Path) -> Path:
    """The example site in a folder of its own, as nobody has built it yet."""
    leave_out = shutil.ignore_patterns(".lanai", "public")
    return Path(shutil.copytree(ROOT / "example-site", work / "example", ignore=leave_out))
