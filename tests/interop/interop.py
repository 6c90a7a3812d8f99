#!/usr/bin/env python3
"""Whether programs that others wrote can talk to Lanai by webmention, in both directions.

  interop.py [--lanai PROGRAM] [--peer PROGRAM]

Starts `lanai daemon` with a site of its own at 127.0.0.1; the peers are at 127.0.0.2, so that they
are other hosts without a name having to be found. Each peer sends a mention to the daemon, which
has to hold it, show it once it is approved, and take it away when the peer says that its page has
changed. Then a post of the site links the peers, `lanai send` tells them, and they judge.

The peers: the Rust crate `webmention` (`src/main.rs`, a program of its own), `webmentions` from
PyPI (`flask_peer.py`), and `@remy/webmention` from npm (its command line). README.md says what each
of them can and cannot do.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TypeVar
from urllib.parse import parse_qs, quote, urljoin

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
CHECKS = ROOT / "tests/checks"
sys.path.insert(0, str(CHECKS))

from common import Report, process, scan  # noqa: E402 (the folder has to be known first)

TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
LANAI = Path(os.environ.get("LANAI", TARGET / "release/lanai"))
MODULES = Path(os.environ.get("LANAI_NODE_MODULES", CHECKS / "node_modules"))
OURS, THEIRS = "127.0.0.1", "127.0.0.2"
# Seconds: for something to happen, for a program to end.
PATIENCE, LONGEST = 60.0, 60.0
T = TypeVar("T")


def free_port(address: str) -> int:
    with socket.socket() as probe:
        probe.bind((address, 0))
        return probe.getsockname()[1]


def until(what: Callable[[], T], wanted: Callable[[T], object]) -> T:
    """Look again and again, until it is as wanted or the time is over; returns the last look."""
    end = time.monotonic() + PATIENCE
    while not wanted(seen := what()) and time.monotonic() < end:
        time.sleep(0.1)
    return seen


def ask(url: str, method: str = "GET", body: bytes | None = None) -> tuple[int, str]:
    """Status and text; 0 if no whole answer comes."""
    request = urllib.request.Request(url, data=body, method=method)
    try:
        with urllib.request.urlopen(request, timeout=LONGEST) as answer:
            return answer.status, answer.read().decode("utf-8", "replace")
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode("utf-8", "replace")
    except (OSError, http.client.HTTPException) as error:
        return 0, str(error)


def run(*command: object) -> subprocess.CompletedProcess[str]:
    words = [str(word) for word in command]
    silence = subprocess.DEVNULL
    return subprocess.run(
        words, capture_output=True, text=True, check=False, timeout=LONGEST, stdin=silence
    )


class World:
    """Pages of peers that have no server of their own, and an endpoint that keeps what comes."""

    def __init__(self) -> None:
        self.pages: dict[str, str] = {}
        self.told: list[dict[str, list[str]]] = []
        world = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                page = world.pages.get(self.path)
                self.answer(404 if page is None else 200, page or "nothing is here")

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                world.told.append(parse_qs(body.decode("utf-8")))
                self.answer(202, "thank you")

            def answer(self, status: int, text: str) -> None:
                data = text.encode()
                self.send_response(status)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer((THEIRS, 0), Handler)
        self.server.daemon_threads = True
        self.base = f"http://{THEIRS}:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


class Site:
    """A Lanai site with a daemon."""

    def __init__(self, lanai: Path, root: Path):
        self.lanai, self.root = lanai, root
        self.port = free_port(OURS)
        self.base = f"http://{OURS}:{self.port}/"
        self.endpoint = f"{self.base}webmention"
        self.write(
            "lanai.toml",
            f'title = "The harbour"\nurl = "{self.base}"\n\n[author]\nname = "Robin Vale"\n\n'
            f'[daemon]\nlisten = "{OURS}:{self.port}"\nurl = "{self.base}"\n\n'
            f'[network]\nallow = ["127.0.0.0/8"]\n',
        )

    def write(self, name: str, text: str) -> None:
        file = self.root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")

    def post(self, name: str, date: str, text: str, more: str = "") -> None:
        front = f'+++\ntitle = "About {name}"\ndate = {date}\n{more}+++\n\n'
        self.write(f"content/posts/{name}.md", f"{front}{text}\n")

    def run(self, *command: object) -> subprocess.CompletedProcess[str]:
        return run(self.lanai, *command)

    def address(self, name: str) -> str:
        """Where a post is: the build's own sitemap says it."""
        found = until(lambda: ask(f"{self.base}sitemap.xml")[1], lambda text: name in text)
        pages = (line.split("</loc>")[0] for line in found.split("<loc>")[1:])
        return next((page for page in pages if name in page), "")

    def mention(self, source: str, state: str) -> dict[str, object] | None:
        done = self.run("mentions", "list", "--only", state, "--json", "--site", self.root)
        if done.returncode != 0:
            return None
        said = json.loads(done.stdout)
        rows = said.get("mentions", []) if isinstance(said, dict) else said
        return next((row for row in rows if row["source"] == source), None)

    def shows(self, page: str, source: str) -> bool:
        links = (e.get("href") for e in scan(ask(page)[1]).elements if e.tag == "a")
        return source in links


def entry(url: str, author: str, words: str, more: str = "") -> str:
    """A page of a peer."""
    return (
        f'<!doctype html><html lang="en"><head><title>{author}</title>{more}</head><body>'
        f'<article class="h-entry"><p class="p-author h-card">{author}</p>'
        f'<div class="e-content"><p>{words}</p></div>'
        f'<a class="u-url" href="{url}"><time class="dt-published" '
        f'datetime="2024-05-02T10:00:00Z">2 May</time></a></article></body></html>'
    )


class Trial:
    """One peer sends: the mention is held, approved, shown, taken back, and gone."""

    def __init__(self, report: Report, site: Site, name: str):
        self.report, self.site, self.name = report, site, name

    def check(self, ok: object, item: str, what: object) -> bool:
        return self.report.check(ok, item, self.name, str(what))

    def receive(self, source: str, target: str, say: Callable[[str], None], send: Callable) -> None:
        """`say` writes the peer's page, `send` makes the peer send."""
        site = self.site
        say(f'As <a class="u-in-reply-to" href="{target}">you say</a>, it rained.')
        send("first")
        held = until(lambda: site.mention(source, "held"), bool)
        if not self.check(held, "held", "the mention is not held"):
            return
        self.check(held["target"] == target, "target", f"it is about {held['target']}")
        self.check(not site.shows(target, source), "not-yet", "it is shown before it is approved")
        approved = site.run("mentions", "approve", held["key"], "--site", site.root)
        self.check(approved.returncode == 0, "approve", approved.stderr)
        self.check(site.mention(source, "published"), "published", "it is not published")
        shown = until(lambda: site.shows(target, source), bool)
        self.check(shown, "shown", "its page is not linked below the post")
        # The page does not link any more, and the peer says so.
        say("I take it back.")
        send("again")
        deleted = until(lambda: site.mention(source, "deleted"), bool)
        self.check(deleted, "deleted", "it is still there, though its page does not link any more")
        shown = until(lambda: site.shows(target, source), lambda shown: not shown)
        self.check(not shown, "hidden", "it is still shown")


def by_crate(trial: Trial, peer: Path, world: World, target: str) -> None:
    """The Rust crate discovers and sends."""

    def ask_peer(*words: str) -> dict[str, object]:
        done = run(peer, *words)
        return json.loads(done.stdout) if done.returncode == 0 else {"error": done.stderr}

    said = ask_peer("discover", target)
    trial.check(said == {"endpoint": trial.site.endpoint}, "discovered", said)
    path = "/crate"
    source = world.base + path

    def say(words: str) -> None:
        world.pages[path] = entry(source, "Ana", words)

    def send(time: str) -> None:
        if time == "first":
            said = ask_peer("send", source, target)
            trial.check(said == {"sent": "accepted"}, "sent", said)
            return
        # The crate refuses to tell of a link that is gone, so it is told by its own client.
        said = ask_peer("send", source, target)
        trial.check(said == {"sent": "not valid"}, "checks-first", said)
        said = ask_peer("resend", source, target)
        trial.check(said == {"sent": "accepted"}, "sent-again", said)

    trial.receive(source, target, say, send)


def by_flask(trial: Trial, base: str, target: str) -> None:
    """PyPI's library discovers and sends, and knows what it sent before."""
    source = f"{base}/answer"

    def say(words: str) -> None:
        ask(f"{base}/pages/answer", "PUT", entry(source, "Ben", words).encode())

    def send(_: str) -> None:
        status, text = ask(f"{base}/send/answer", "POST", b"")
        trial.check(status == 204, "sent", f"{status} {text}")

    trial.receive(source, target, say, send)


def by_npm(trial: Trial, world: World, target: str) -> None:
    """npm's command line reads the page, discovers, sends."""
    path = "/npm"
    source = world.base + path
    command = ["node", MODULES / "@remy/webmention/bin/wm.js", source, "--limit", "0", "--send"]

    def say(words: str) -> None:
        world.pages[path] = entry(source, "Chiara", words)

    def send(time: str) -> None:
        if time == "first":
            said = run(*command).stdout
            found = f"endpoint = {trial.site.endpoint} (webmention)"
            trial.check(found in said, "discovered", said)
            trial.check("status   = 201" in said, "sent", said)
            return
        # It forgets what it sent: the one that a person would send by hand.
        body = f"source={quote(source, '')}&target={quote(target, '')}".encode()
        status, text = ask(trial.site.endpoint, "POST", body)
        trial.check(status == 201, "sent-again", f"{status} {text}")

    trial.receive(source, target, say, send)


def write_walk(site: Site, world: World, flask: str) -> tuple[str, str]:
    """A post that links pages of the peers, which is there before the daemon is."""
    theirs, libraries = f"{world.base}/post", f"{flask}/post"
    text = f"I walked along [the quay]({theirs}), and then to the pier."
    site.post("walk", "2024-05-03T10:00:00Z", text, f'in-reply-to = "{libraries}"\n')
    return theirs, libraries


def outgoing(
    trial: Trial, peer: Path, world: World, flask: str, walked: tuple[str, str]
) -> None:
    """`lanai send`, and later the daemon, tell the peers, which judge by their own rules."""
    site = trial.site
    theirs, libraries = walked
    link = '<link rel="stylesheet webmention" href="/hook">'
    world.pages["/post"] = entry(theirs, "Dora", "The quay.", link)
    ask(f"{flask}/pages/post", "PUT", entry(libraries, "Ben", "The pier.").encode())
    source = site.address("walk")
    trial.check(source, "built", "the daemon does not serve the post")
    trial.check(world.told == [], "unasked", f"told without being asked to: {world.told}")
    done = site.run("send", "--past", "--json", site.root)
    trial.check(done.returncode == 0, "sent", done.stdout + done.stderr)
    expected = {"source": [source], "target": [theirs]}
    trial.check(world.told == [expected], "told", f"{world.told}, not {expected}")
    # The crate as a receiver. As a sender, it would leave out what a reply answers.
    judged = run(peer, "check", source, theirs).stdout
    trial.check(judged.strip() == '{"links": true}', "crate-verifies", judged)
    judged = run(peer, "links", source).stdout
    trial.check(theirs in judged, "crate-finds", judged)
    # PyPI's library as a receiver. What kind of answer it is, it reads from plain links only.
    stored = f"{flask}/webmentions?resource={quote(libraries, '')}&direction=incoming"
    mentions = json.loads(ask(stored)[1])
    if trial.check(len(mentions) == 1, "library-stores", mentions):
        mention = mentions[0]
        trial.check(mention["source"] == source, "library-source", mention)
        trial.check(mention["author_name"] == "Robin Vale", "library-author", mention)
        trial.check("the pier" in (mention["content"] or ""), "library-content", mention)
        answers = [cite["value"] for cite in mention["metadata"]["mf2"]["in_reply_to"]]
        trial.check(answers == [libraries], "library-reply", mention)
    # npm's command line reads the same links from the page and from the feed.
    for address in (source, urljoin(site.base, "rss.xml")):
        command = ["node", MODULES / "@remy/webmention/bin/wm.js", address, "--limit", "0"]
        said = run(*command).stdout
        for target in (theirs, libraries):
            both = f"source = {source}\ntarget = {target}\n"
            trial.check(both in said, "npm-finds", f"{address}: {both!r} is not in {said!r}")
    # Nobody is told twice of the same words.
    done = site.run("send", site.root)
    trial.check("nobody has to be told" in done.stderr, "once", done.stderr)
    trial.check(len(world.told) == 1, "once", world.told)
    # The post is deleted: the daemon tells everybody, and they find nothing there.
    removed = site.run("rm", "content/posts/walk.md", "--site", site.root)
    trial.check(removed.returncode == 0, "removed", removed.stderr)
    told = until(lambda: world.told, lambda told: len(told) > 1)
    trial.check(told == [expected] * 2, "told-of-end", told)
    gone = ask(source)[0]
    trial.check(gone == 410, "gone", f"the deleted post answers {gone}")
    judged = run(peer, "check", source, theirs).stdout
    trial.check(judged.strip() == '{"links": false}', "crate-forgets", judged)
    mentions = until(lambda: json.loads(ask(stored)[1]), lambda mentions: not mentions)
    trial.check(mentions == [], "library-forgets", mentions)


def try_all(report: Report, lanai: Path, peer: Path, folder: Path) -> None:
    world = World()
    site = Site(lanai, folder / "site")
    names = ("harbour", "ferry", "lantern")
    for number, name in enumerate(names, 1):
        site.post(name, f"2024-05-0{number}T09:00:00Z", f"What I know of the {name}.")
    port = free_port(THEIRS)
    flask = f"http://{THEIRS}:{port}"
    walked = write_walk(site, world, flask)
    logs = folder / "daemon.log", folder / "flask.log"
    daemon = process(logs[0], lanai, "daemon", site.root)
    with daemon, process(logs[1], sys.executable, HERE / "flask_peer.py", THEIRS, port):
        targets = [site.address(name) for name in names]
        up = until(lambda: ask(f"{flask}/nothing")[0], bool)
        if report.check(all(targets) and up, "start", "interop", "somebody did not start"):
            by_crate(Trial(report, site, "crate webmention"), peer, world, targets[0])
            by_flask(Trial(report, site, "webmentions of PyPI"), flask, targets[1])
            by_npm(Trial(report, site, "@remy/webmention"), world, targets[2])
            outgoing(Trial(report, site, "lanai send"), peer, world, flask, walked)
    if report.failed:
        for log in logs:
            print(f"{log.name}:\n{log.read_text()[-4000:]}")


def main() -> int:
    first, _, rest = (__doc__ or "").partition("\n")
    parser = argparse.ArgumentParser(
        description=first, epilog=rest, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--lanai", type=Path, default=LANAI, help="the program to try")
    built = TARGET / "debug/lanai-interop"
    parser.add_argument("--peer", type=Path, default=built, help="the peer in Rust, built")
    options = parser.parse_args()
    for program in (options.lanai, options.peer):
        if not program.is_file():
            sys.exit(f"{program}: no such program; tests/run site builds it")
    report = Report("interop")
    with tempfile.TemporaryDirectory(prefix="lanai-interop-") as folder:
        try_all(report, options.lanai.resolve(), options.peer.resolve(), Path(folder))
    return report.close()


if __name__ == "__main__":
    sys.exit(main())
