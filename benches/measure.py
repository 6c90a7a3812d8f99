"""What the measuring scripts share: processes and their costs, folders, edits, tables, the machine.

Python 3.11 and its standard library. Nothing here knows what is compared; that is the scripts'.
"""

from __future__ import annotations

import argparse
import filecmp
import os
import platform
import random
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import corpus

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
LANAI = TARGET / "release/lanai"
# One process may take this long, in seconds.
LIMIT = 1800


@dataclass(frozen=True)
class Cost:
    """What one process has cost. Its children are in it, if it has waited for them."""

    wall: float
    cpu: float
    """User and system time."""
    peak: int
    """Largest resident memory in bytes. Below some 20 MB it is that of this script's own fork."""


def run(command: Sequence[object], limit: float = LIMIT) -> Cost:
    """Run a process to its end and take what it has cost from `wait4`."""
    words = [str(word) for word in command]
    with tempfile.TemporaryFile() as said:
        begun = time.perf_counter()
        child = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=said, stderr=said)
        alarm = threading.Timer(limit, child.kill)
        alarm.start()
        try:
            _, status, usage = os.wait4(child.pid, 0)
            wall = time.perf_counter() - begun
        except BaseException:
            child.kill()
            raise
        finally:
            alarm.cancel()
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode != 0:
            said.seek(0)
            text = said.read().decode("utf-8", "replace")[-2000:]
            why = "took too long" if wall >= limit else f"exit code {child.returncode}"
            sys.exit(f"{' '.join(words)}: {why}\n{text}")
    return Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)


def median(costs: Sequence[Cost]) -> Cost:
    """The median of each figure by itself."""
    return Cost(
        statistics.median(cost.wall for cost in costs),
        statistics.median(cost.cpu for cost in costs),
        int(statistics.median(cost.peak for cost in costs)),
    )


def as_json(costs: Sequence[Cost]) -> dict[str, object]:
    return {"median": asdict(median(costs)), "runs": [asdict(cost) for cost in costs]}


# folders


def remove(*paths: Path) -> None:
    for path in paths:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def files(folder: Path) -> Iterator[tuple[str, os.stat_result]]:
    """Every file below a folder: its name and what the file system says of it."""
    waiting = [str(folder)]
    while waiting:
        with os.scandir(waiting.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(entry.path)
                else:
                    yield entry.path, entry.stat(follow_symlinks=False)


@dataclass(frozen=True)
class Size:
    files: int
    bytes: int


def size_of(folder: Path) -> Size:
    sizes = [stat.st_size for _, stat in files(folder)]
    return Size(len(sizes), sum(sizes))


def snapshot(folder: Path) -> dict[str, tuple[int, int, int]]:
    """What tells a file that was written again from one that was left alone."""
    return {name: (s.st_ino, s.st_mtime_ns, s.st_size) for name, s in files(folder)}


def written(before: dict[str, tuple[int, int, int]], folder: Path) -> Size:
    """The files that were written since `before`, the ones of equal bytes too."""
    new = [state for name, state in snapshot(folder).items() if before.get(name) != state]
    return Size(len(new), sum(state[2] for state in new))


def differences(one: Path, other: Path) -> list[str]:
    """The files that are not byte for byte the same in both folders."""
    names = [{os.path.relpath(name, root) for name, _ in files(root)} for root in (one, other)]
    alone = names[0] ^ names[1]
    both = sorted(names[0] & names[1])
    changed = [n for n in both if not filecmp.cmp(one / n, other / n, shallow=False)]
    return sorted(alone) + changed


@contextmanager
def workplace(folder: Path, name: str) -> Iterator[Path]:
    """A new folder below `folder`, removed at the end, however the end comes."""
    # A closed terminal or a time limit from outside must not leave gigabytes in memory.
    for sign in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(sign, lambda number, _: sys.exit(128 + number))
    existed = folder.is_dir()
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with tempfile.TemporaryDirectory(prefix=f"{name}-", dir=folder) as made:
            yield Path(made)
    finally:
        if not existed and not any(folder.iterdir()):
            folder.rmdir()


def need_room(folder: Path, needed: int) -> None:
    """Stop before the file system is full, which on a RAM disk is the machine's memory."""
    free = shutil.disk_usage(folder).free
    if file_system(folder) == "tmpfs":
        free = min(free, available_memory())
    if needed > free:
        sys.exit(f"{folder}: about {mb(needed)} needed, {mb(free)} free: fewer or smaller --posts")


# the corpus


def make_corpus(folder: Path, posts: int, seed: int) -> Path:
    """Write the corpus in a process of its own, so that this one stays small."""
    run([sys.executable, HERE / "corpus.py", folder, posts, "--seed", seed])
    return folder / "lanai"


def post_name(number: int) -> str:
    return f"content/posts/post-{number:06d}.md"


def is_article(number: int) -> bool:
    """Whether the corpus makes a post with a title of this number; the others are notes."""
    return number % 3 != 0


class Editor:
    """Gives posts a new first paragraph, the one that lists and feeds quote. Fixed seed."""

    def __init__(self, seed: int):
        self.rng = random.Random(seed)
        self.count = 0

    def draw(self, text: str) -> tuple[str, str]:
        """The text of a post after the edit, and a word that it has only from now on."""
        self.count += 1
        mark = f"edit{self.count:06d}"
        sentences = [corpus.sentence(self.rng) for _ in range(4)]
        paragraphs = text.split("\n\n")
        # Front matter is the first piece.
        paragraphs[1] = f"{' '.join(sentences)} {mark.capitalize()}."
        return "\n\n".join(paragraphs), mark

    def edit(self, file: Path) -> str:
        text, mark = self.draw(file.read_text("utf-8"))
        file.write_text(text, "utf-8")
        return mark


# how it is said


def seconds(value: float) -> str:
    """Three digits, in the unit that suits."""
    if value < 1:
        return f"{value * 1000:.3g} ms"
    return f"{value:.3g} s" if value < 100 else f"{value:.0f} s"


def mb(value: float) -> str:
    if value < 1e6:
        return f"{value / 1e3:.0f} kB" if value else "0"
    return f"{value / 1e6:,.3g} MB" if value < 1e8 else f"{value / 1e6:,.0f} MB"


def ratio(one: float, other: float) -> str:
    """Two digits that mean something, of small ones too."""
    value = one / other if other else float("nan")
    return f"{value:.2f}" if value >= 0.1 else f"{value:.2g}"


def spread(costs: Sequence[Cost]) -> str:
    walls = [cost.wall for cost in costs]
    return f"{seconds(min(walls))} to {seconds(max(walls))}"


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; all columns but the first hold figures."""
    lines = [heads, ["---", *["---:"] * (len(heads) - 1)], *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def percentile(values: Sequence[float], share: float) -> float:
    """The value that this share of all does not exceed (nearest rank)."""
    ordered = sorted(values)
    rank = max(1, -int(-share * len(ordered) // 1))
    return ordered[rank - 1]


# the machine


def first_line(*command: object) -> str:
    try:
        done = subprocess.run(
            [str(word) for word in command], capture_output=True, text=True, check=True, timeout=30
        )
    except (OSError, subprocess.SubprocessError):
        return "unknown"
    return (done.stdout.strip().splitlines() or ["unknown"])[0]


def field(file: str, name: str) -> str:
    """What a file of `/proc` says in the first line that begins with a name."""
    try:
        lines = Path(file).read_text("utf-8").splitlines()
    except OSError:
        return ""
    found = (line.partition(":")[2].strip() for line in lines if line.startswith(name))
    return next(found, "")


def available_memory() -> int:
    said = field("/proc/meminfo", "MemAvailable").split()
    return int(said[0]) * 1024 if said else sys.maxsize


def file_system(folder: Path) -> str:
    kind, longest = "unknown", ""
    try:
        mounts = Path("/proc/mounts").read_text("utf-8").splitlines()
    except OSError:
        return kind
    for line in mounts:
        place, name = line.split()[1:3]
        if folder.resolve().is_relative_to(place) and len(place) >= len(longest):
            kind, longest = name, place
    return kind


def facts(folder: Path, lanai: Path, more: dict[str, str] | None = None) -> dict[str, str]:
    """What a reader needs to judge the figures."""
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    if os.getloadavg()[0] > 0.5:
        note("something else runs on this machine: its seconds will not be worth much")
    memory = field("/proc/meminfo", "MemTotal").split()
    return {
        "processor": field("/proc/cpuinfo", "model name") or platform.machine(),
        "cores": str(len(os.sched_getaffinity(0))),
        "memory": mb(int(memory[0]) * 1024) if memory else "unknown",
        "kernel": f"{platform.system()} {platform.release()}",
        "file system": file_system(folder),
        "load before": load,
        "Lanai": first_line(lanai, "--version"),
        "revision": first_line("git", "-C", ROOT, "describe", "--always", "--dirty"),
        "Rust": first_line("rustc", "--version"),
        "Python": platform.python_version(),
        **(more or {}),
    }


def print_facts(said: dict[str, str]) -> None:
    print(table(["machine", ""], said.items()), flush=True)


def note(text: str) -> None:
    """What is being done, for whoever waits; the tables go to standard output."""
    print(text, file=sys.stderr, flush=True)


def arguments(doc: str, work: str) -> argparse.ArgumentParser:
    """The options all scripts have; `doc` is the script's own header comment."""
    first, _, rest = doc.strip().partition("\n")
    parser = argparse.ArgumentParser(
        description=first, epilog=rest, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--lanai", type=Path, default=LANAI, help="the program to measure")
    parser.add_argument("--work", type=Path, default=Path(work), help="folder on a RAM disk")
    parser.add_argument("--seed", type=int, default=1, help="of the corpus and the edits")
    parser.add_argument("--json", type=Path, metavar="FILE", help="every single run, for scripts")
    return parser


def check_program(program: Path) -> Path:
    if not program.is_file():
        sys.exit(f"{program}: no such program; cargo build --release, or name one with --lanai")
    return program.resolve()


def virtual_environment(name: str, package: str) -> Path:
    """A folder of its own below `target` for a package from PyPI; made when it is not there."""
    folder = TARGET / name
    if not (folder / ".done").exists():
        note(f"installing {package} to {folder}")
        run([sys.executable, "-m", "venv", "--clear", folder])
        run([folder / "bin/pip", "install", "-q", "--disable-pip-version-check", package])
        (folder / ".done").touch()
    return folder
