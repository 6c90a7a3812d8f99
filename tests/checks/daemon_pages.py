#!/usr/bin/env python3
"""The pages of a running daemon to which strangers have sent every vector of `xss.json`.

  daemon_pages.py [--lanai PROGRAM] [--every N]

Starts two daemons, each with a site of its own. Pages of strangers, served on loopback, are sent to
the first as mentions, a vector each, and the same with friendly words to the second. When all are
judged, the owner comes in and looks at every page there is; the answers are kept. Then some of each
sort are approved, until they stand on the sites. Judged are

  * by `xss.mjs` the daemon's pages: the queue until everybody stood in it, mentions in full (of the
    vectors in contents only every Nth), status pages, forms filled in by strangers, rules and what
    they would do, without the Content-Security-Policy and some with it
  * by `xss.mjs` the sites that the daemons have published, and the digests
  * by `axe.mjs` and `nu.py` the daemon's pages in every state they have

and at last, whether `xss.mjs` finds a vector that is put into such a page. What goes wrong before:
  start      a daemon does not start, or does not publish its site
  sent       a mention is not taken
  judged     a mention was not judged in time, or otherwise than its harmless twin
  queue      a mention never stood in the queue
  page       a page is not answered as it should be
  approved   what was approved does not stand on the site
  seen       `xss.mjs` is blind
  ended      a checker did not come to its end
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote, urlencode, urlsplit

from common import Report, process, scan
from xss_site import FRIENDLY_HTML, WHEN, Vector, corpus, page, value_of

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
LANAI = Path(os.environ.get("LANAI", TARGET / "release/lanai"))
HOME = "https://porch.example"
POST = f"{HOME}/notes/evening/"
PHRASE = "four quiet words here"
# Seconds: for something to happen, for all mentions to be judged, for a checker to end.
PATIENCE, JUDGEMENT, LONGEST = 40.0, 120.0, 420.0
# Milliseconds that `xss.mjs` waits on each of many pages, and on those of which there are few.
GLANCE, LOOK = 60, 600
# What stands in the digest of a day, and how many days it has.
NAMED, DAYS = 20, 14
DAY = 24 * 60 * 60
# Mentions of each sort that are approved.
APPROVED = 3

# Words may stand anywhere in answers; the others show who it is.
WORDS = ("name", "content", "summary", "published", "in-reply-to")
KINDS = ["in-reply-to", "mention-of", "like-of", "repost-of", "bookmark-of", "follow-of"]

# What strangers had a part in on the daemon's pages.
REGION = ".visit > :not(form), #trial .lines, .lines p:not(.row), .path, .facts"

CONFIG = """\
title = "Evening porch"
url = "{home}"
description = "A porch."
language = "en"
time-zone = "UTC"

[author]
name = "Robin Vale"

[daemon]
listen = "127.0.0.1:{port}"
url = "{home}"
mentions-per-minute = 1000000

[network]
allow = ["127.0.0.0/8"]
"""


# Whether all that runs has to come to its end.
STOP = threading.Event()


class Wrong(Exception):
    """There is no going on. What is wrong: the item, where, and what."""


def until(what: Callable[[], object], patience: float = PATIENCE, pause: float = 0.2) -> bool:
    """Look again and again, until it is so or the time is over."""
    end = time.monotonic() + patience
    while not what():
        if STOP.is_set() or time.monotonic() > end:
            return False
        time.sleep(pause)
    return True


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


# What is asked, and by whom it is served


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    def hidden(self, name: str) -> str:
        """What a form's hidden field holds."""
        inputs = (e for e in scan(self.text).elements if e.tag == "input")
        return next((e.get("value") for e in inputs if e.get("name") == name), "")


class Server:
    """A host on loopback; `answer` says what is at the path of a host."""

    def __init__(self, answer: Callable[[str, str], Answer | None]):
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                host = (self.headers.get("Host") or "").partition(":")[0]
                found = answer(host, self.path) or Answer(404, {}, b"nothing is here")
                self.send_response(found.status)
                for name, value in found.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(found.body)))
                self.end_headers()
                self.wfile.write(found.body)

            def log_message(self, *_: object) -> None:
                pass

        class Quiet(ThreadingHTTPServer):
            request_queue_size = 128
            daemon_threads = True

            def handle_error(self, *_: object) -> None:
                """Somebody has hung up."""

        self.server = Quiet(("127.0.0.1", 0), Handler)
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


class Strangers:
    """The pages that are sent: `/page` of the host of each vector, and some more."""

    HTML = {"Content-Type": "text/html; charset=utf-8"}

    def __init__(self, vectors: list[Vector], harmless: bool):
        self.vectors = {vector["name"]: vector for vector in vectors}
        self.harmless = harmless
        self.gone: set[str] = set()
        self.port = Server(self.answer).port

    def host(self, name: str) -> str:
        return f"{name}.localhost:{self.port}"

    def source(self, name: str, path: str = "/page") -> str:
        return f"http://{self.host(name)}{path}"

    def aim(self, name: str) -> str:
        """A target that is written as a stranger likes it."""
        value = value_of(self.vectors[name], self.host(name), self.harmless)
        # An address with a space in it is none; between attributes, this is as good.
        return f"{POST}#{'/'.join(value.split())}"

    def answer(self, host: str, path: str) -> Answer | None:
        name = host.removesuffix(".localhost")
        if host in self.gone:
            return Answer(410, {}, b"gone")
        if name in PLAIN:
            return Answer(200, self.HTML, plain(name, POST).encode())
        vector = self.vectors.get(name)
        if vector is None or path not in ("/page", "/aim"):
            return None
        target = POST if path == "/page" else self.aim(name)
        number = list(self.vectors).index(name)
        kind = KINDS[0] if vector["where"] in WORDS else KINDS[number % len(KINDS)]
        html = page(vector, target, self.harmless, kind, self.host(name))
        # Nobody outside is to be asked for anything, not even for where somebody is.
        html = html.replace("evil.invalid", "evil.invalid.localhost")
        return Answer(200, self.HTML, html.encode("utf-8", "replace"))


# Hosts of people who are friendly, and what vectors may turn theirs into: much, and little.
PLAIN = ("plain", "gone", "rich", "homeless", "nameless", "timeless")


def plain(name: str, target: str) -> str:
    author = {
        "homeless": '<a class="p-author h-card" href="mailto:ana@porch.example">Ana</a>',
        "nameless": "",
    }.get(name, '<a class="p-author h-card" href="/">Ana</a>')
    words = f"<p>{f'Many words of the {name}. ' * (100 if name in ('plain', 'gone') else 1)}</p>"
    if name == "rich":
        # A link that leads nowhere is left of one that must not lead anywhere.
        words = f"{FRIENDLY_HTML.replace('SELF', f'{name}.localhost')}<p><a>nowhere</a></p>"
    when = "soon" if name == "timeless" else WHEN
    return (
        f'<!doctype html><html lang="en"><title>A page</title><article class="h-entry">{author}'
        f'<a class="u-{"mention-of" if name == "homeless" else "in-reply-to"}" href="{target}">'
        "To this</a>"
        f'<time class="dt-published" datetime="{when}">May</time>'
        f'<div class="e-content">{words}</div></article></html>'
    )


class Daemon:
    """A site with a daemon, and its owner."""

    def __init__(self, lanai: Path, root: Path, strangers: Strangers):
        self.lanai, self.root, self.strangers = lanai, root, strangers
        self.port = free_port()
        self.log = root.with_suffix(".log")
        self.cookies: dict[str, str] = {}
        # What the owner's forms have to carry.
        self.word = ""
        self.status: dict[str, str] = {}
        (root / "content/notes").mkdir(parents=True)
        (root / "lanai.toml").write_text(CONFIG.format(home=HOME, port=self.port), "utf-8")
        (root / "content/notes/evening.md").write_text(
            "+++\ndate = 2026-04-01T10:00:00Z\n+++\n\nThe steps are warm.\n", "utf-8"
        )

    @contextmanager
    def running(self) -> Iterator[None]:
        with process(self.log, self.lanai, "daemon", self.root) as child:
            until(lambda: child.poll() is not None or self.is_up())
            if child.poll() is not None or not self.is_up():
                raise Wrong("start", self.root.name, f"no daemon: {self.log.read_text()}")
            yield

    def is_up(self) -> bool:
        try:
            return self.ask("GET", urlsplit(POST).path).status == 200
        except (OSError, http.client.HTTPException):
            return False

    def ask(self, method: str, path: str, fields: list[tuple[str, str]] | None = None) -> Answer:
        """As a browser asks. Who asks too often waits."""
        headers = {"Host": urlsplit(HOME).netloc, "Accept": "text/html,*/*;q=0.8"}
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{k}={v}" for k, v in self.cookies.items())
        body = None
        if fields is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            body = urlencode(fields, errors="surrogatepass")
        while not STOP.is_set():
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
            connection.request(method, path, body, headers)
            got = connection.getresponse()
            answer = Answer(got.status, {k.lower(): v for k, v in got.getheaders()}, got.read())
            cookies = got.headers.get_all("set-cookie", [])
            connection.close()
            if answer.status != 429:
                break
            time.sleep(float(answer.headers.get("retry-after", "1")))
        else:
            raise Wrong("ended", path, "broken off")
        for cookie in cookies:
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        return answer

    def see(self, path: str, status: int = 200) -> Answer:
        return expect(self.ask("GET", path), path, status)

    def command(self, *words: object, given: str = "") -> str:
        done = subprocess.run(
            [str(self.lanai), *(str(word) for word in words)],
            input=given,
            capture_output=True,
            text=True,
            check=False,
            timeout=LONGEST,
        )
        if done.returncode:
            raise Wrong("page", f"lanai {words[0]} {words[1]}", done.stdout + done.stderr)
        return done.stdout

    def mentions(self, state: str) -> list[dict[str, str]]:
        words = ("--only", state, "--json", "--most", 2000, "--site", self.root)
        found = json.loads(self.command("mentions", "list", *words))
        rows: list[dict[str, str]] = found["mentions"]
        return rows

    def send(self, source: str, target: str, status: int = 201) -> Answer:
        answer = self.ask("POST", "/webmention", [("source", source), ("target", target)])
        if answer.status != status:
            raise Wrong("sent", source, f"{answer.status} {answer.text[:300]}")
        self.status[source] = urlsplit(answer.headers.get("location", "")).path
        return answer

    def log_in(self) -> None:
        self.command("login", self.root, given=f"{PHRASE}\n")
        word = self.see("/login").hidden("csrf")
        answer = self.ask("POST", "/login", [("csrf", word), ("passphrase", PHRASE)])
        expect(answer, "login", 303)
        self.word = self.see("/moderation/rules").hidden("csrf")

    def act(self, what: str, keys: Iterable[str]) -> None:
        fields = [("csrf", self.word), ("act", what), *(("key", key) for key in keys)]
        expect(self.ask("POST", "/moderation/act", fields), what, 303)

    def rule(self, act: str, kind: str, value: str, reason: str, status: int = 200) -> Answer:
        fields = {"csrf": self.word, "act": act, "action": "mute", "kind": kind}
        fields |= {"value": value, "reason": reason}
        answer = self.ask("POST", "/moderation/rules", list(fields.items()))
        return expect(answer, f"rule {value[:60]}", status)

    def receive_at(self, times: list[tuple[int, str]]) -> None:
        """Say when mentions have come: in seconds, by their keys."""
        with closing(sqlite3.connect(self.root / ".lanai/lanai.sqlite", timeout=PATIENCE)) as store:
            rows = [(time * 1000, key) for time, key in times]
            store.executemany("UPDATE mention SET received = ? WHERE key = ?", rows)
            store.commit()


def expect(answer: Answer, where: str, status: int) -> Answer:
    if answer.status != status:
        raise Wrong("page", where, f"{answer.status}, not {status}: {answer.text[:300]}")
    return answer


# What happens


@dataclass
class Seen:
    """The pages that a daemon has answered, by names of ours, and the digests."""

    pages: dict[str, Answer] = field(default_factory=dict)
    digests: list[Answer] = field(default_factory=list)
    keys: dict[str, str] = field(default_factory=dict)


def send_all(daemon: Daemon, vectors: list[Vector], seen: Seen) -> None:
    strangers = daemon.strangers
    first = vectors[0]["name"]
    for vector in vectors:
        answer = daemon.send(strangers.source(vector["name"]), POST)
        if vector["name"] == first:
            seen.pages["sent"] = answer
    for name in PLAIN:
        daemon.send(strangers.source(name), POST)
    for vector in aims(vectors):
        name = vector["name"]
        daemon.send(strangers.source(name, "/aim"), strangers.aim(name))
    # One that does not link here, and one whose host is not there.
    daemon.send(strangers.source(first, "/none"), POST)
    daemon.send(f"http://{first}.localhost:{free_port()}/page", POST)


def aims(vectors: list[Vector]) -> list[Vector]:
    """What stands in forms and addresses: neither long nor of several lines."""
    fitting = [v for v in vectors if v["where"] in ("url", "name") and not v["html"]]
    return [v for v in fitting if v["value"].isprintable() and not v.get("times")][::2][:16]


def wait_for_judgement(report: Report, daemon: Daemon, vectors: list[Vector], seen: Seen) -> None:
    rows: list[dict[str, str]] = []

    def is_judged() -> bool:
        rows[:] = daemon.mentions("held") + daemon.mentions("spam")
        return {row["source"] for row in rows} >= wanted

    names = [vector["name"] for vector in vectors] + [*PLAIN]
    sources = {daemon.strangers.source(name): name for name in names}
    wanted = set(sources)
    until(is_judged, JUDGEMENT, 2)
    seen.keys = {sources[row["source"]]: row["key"] for row in rows if row["source"] in sources}
    for name in names:
        report.check(name in seen.keys, "judged", f"{daemon.root.name} {name}", "is not there")


def digests(daemon: Daemon, seen: Seen) -> None:
    """What came today is told tomorrow, so they have come some days ago. All have their turn."""
    path = re.search(r'href="(/moderation/digest/[^"]+)"', daemon.see("/moderation").text)
    if not path:
        raise Wrong("page", "/moderation", "no link to the digest")
    names = list(seen.keys)
    now = int(time.time())
    today = now - now % DAY
    for begin in range(0, len(names), NAMED * DAYS):
        turn = names[begin : begin + NAMED * DAYS]
        noon = {name: today - DAY * (place // NAMED) - DAY // 2 for place, name in enumerate(turn)}
        daemon.receive_at([(noon.get(name, now), seen.keys[name]) for name in names])
        seen.digests.append(daemon.see(path[1]))
    daemon.receive_at([(now - place, seen.keys[name]) for place, name in enumerate(names)])


def look_around(daemon: Daemon, vectors: list[Vector], every: int, seen: Seen) -> None:
    """Every page of the daemon, with everything that came."""
    pages, strangers = seen.pages, daemon.strangers
    for number, vector in enumerate(vectors):
        name = vector["name"]
        if name in seen.keys and (vector["where"] != "content" or number % every == 0):
            pages[f"mention-{name}"] = daemon.see(f"/moderation/{seen.keys[name]}")
    for vector in aims(vectors):
        name = vector["name"]
        pages[f"status-{name}"] = daemon.see(daemon.status[strangers.source(name, "/aim")])
        value = value_of(vector, strangers.host(name), strangers.harmless)
        both = {"source": value, "target": strangers.aim(name)}
        pages[f"endpoint-{name}"] = daemon.see(f"/webmention?{urlencode(both)}")
        wrong = daemon.ask("POST", "/webmention", [("source", value), ("target", f"no {value}")])
        pages[f"endpoint-problem-{name}"] = expect(wrong, "a wrong mention", 400)
        pages[f"login-{name}"] = daemon.see(f"/login?next={quote(value, safe='')}")
    for vector in aims(vectors)[::4]:
        value = value_of(vector, strangers.host(vector["name"]), strangers.harmless)
        pages[f"rules-{vector['name']}"] = daemon.rule("try", "words", value, value)
    # Many have said one of these.
    pages["rules-trial"] = daemon.rule("try", "words", "ben berg, words, friendly, ran", "Enough")


def page_through(daemon: Daemon, seen: Seen) -> None:
    """The queue, again and again; whoever stood there is sent away."""
    for turn in range(20):
        queue = daemon.see("/moderation")
        if not waiting(queue) + folded(queue):
            return
        seen.pages[f"queue-{turn}"] = queue
        if waiting(queue):
            daemon.act("reject", waiting(queue))
        if folded(queue):
            daemon.act("delete", folded(queue))
    raise Wrong("page", "/moderation", "the queue does not become empty")


def waiting(queue: Answer) -> list[str]:
    """The keys of those that wait."""
    return re.findall(r'<article class="visit" id="m-(\w+)"', queue.text)


def folded(queue: Answer) -> list[str]:
    """The keys of those that are folded away."""
    button = r'name="key" value="(\w+)">\s*<p class="row"><button name="act" value="keep"'
    return re.findall(button, queue.text)


def states(daemon: Daemon, seen: Seen) -> None:
    """The daemon's pages in every state they have, for those who judge markup."""
    pages, strangers = seen.pages, daemon.strangers
    first = next(iter(strangers.vectors))
    pages["status-failed"] = daemon.see(daemon.status[strangers.source(first, "/none")])
    pages["status-waiting"] = daemon.see(
        next(at for source, at in daemon.status.items() if urlsplit(source).port != strangers.port)
    )
    pages["status-held"] = daemon.see(daemon.status[strangers.source("plain")])
    strangers.gone.add("gone.localhost")
    daemon.send(strangers.source("gone"), POST)
    gone = daemon.status[strangers.source("gone")]
    until(lambda: "has been taken down" in daemon.see(gone).text)
    pages["status-deleted"] = daemon.see(gone)
    pages["mention-deleted"] = daemon.see(f"/moderation/{seen.keys['gone']}")
    pages["endpoint"] = daemon.see("/webmention")
    fields = [("source", strangers.source("plain")), ("target", "https://elsewhere.example/")]
    pages["endpoint-problem"] = expect(daemon.ask("POST", "/webmention", fields), "a problem", 400)
    for name in ("plain", "rich", "homeless", "nameless", "timeless"):
        pages[f"mention-{name}"] = daemon.see(f"/moderation/{seen.keys[name]}")
    pages["rules-empty"] = daemon.see("/moderation/rules")
    pages["rules-problem"] = daemon.rule("add", "url", "nobody", "", 400)
    pages["message-404"] = daemon.see("/webmention/nothing", 404)
    forged = daemon.ask("POST", "/moderation/act", [("act", "block")])
    pages["message-403"] = expect(forged, "a forged form", 403)


def approve(report: Report, daemon: Daemon, seen: Seen, names: list[str]) -> None:
    keys = [seen.keys[name] for name in names]
    daemon.command("mentions", "approve", *keys, "--site", daemon.root)
    shown = daemon.root / "public/notes/evening/index.html"
    missing = list(names)

    def is_shown() -> bool:
        text = shown.read_text("utf-8")
        missing[:] = [name for name in names if f"//{name}.localhost" not in text]
        return not missing

    until(is_shown)
    for name in names:
        report.check(name not in missing, "approved", f"{daemon.root.name} {name}", "is not shown")


def after(daemon: Daemon, seen: Seen, names: list[str]) -> None:
    """Pages that are otherwise when all is done."""
    pages, strangers = seen.pages, daemon.strangers
    pages["mention-shown"] = daemon.see(f"/moderation/{seen.keys[names[0]]}")
    pages["status-published"] = daemon.see(daemon.status[strangers.source(names[0])])
    away = next(name for name in seen.keys if name not in names and name in strangers.vectors)
    pages["status-refused"] = daemon.see(daemon.status[strangers.source(away)])
    pages["queue-empty"] = daemon.see("/moderation")
    # Somebody comes back, of those who waited and of those who were folded away.
    shown = {seen.keys[name] for name in names}
    queues = [page for name, page in pages.items() if re.fullmatch(r"queue-\d+", name)]
    for find, most in ((waiting, 6), (folded, 3)):
        away = [key for queue in queues for key in find(queue) if key not in shown]
        daemon.act("undo", away[:most])
    pages["queue"] = daemon.see("/moderation")
    for name in [v["name"] for v in aims(list(strangers.vectors.values()))][::4]:
        value = value_of(strangers.vectors[name], strangers.host(name), strangers.harmless)
        # The rule is of words that nobody says.
        daemon.rule("add", "words", f"{name} {value}", value)
    pages["rules"] = daemon.see("/moderation/rules")
    daemon.act("known-on", [])
    pages["queue-known"] = daemon.see("/moderation")
    out = daemon.ask("POST", "/logout", [("csrf", daemon.word)])
    pages["message-out"] = expect(out, "/logout", 200)
    pages["login"] = daemon.see("/login")
    fields = [("csrf", pages["login"].hidden("csrf")), ("passphrase", "wrong")]
    pages["login-problem"] = expect(daemon.ask("POST", "/login", fields), "/login", 403)


def live(report: Report, daemon: Daemon, vectors: list[Vector], every: int) -> Seen:
    """What happens to one daemon, until the mentions are judged and looked at."""
    seen = Seen()
    begun = time.monotonic()

    def said(what: str) -> None:
        print(f"{time.monotonic() - begun:4.0f} s  {daemon.root.name}: {what}", flush=True)

    send_all(daemon, vectors, seen)
    said(f"{len(daemon.status)} mentions sent")
    wait_for_judgement(report, daemon, vectors, seen)
    said(f"{len(seen.keys)} judged")
    daemon.log_in()
    digests(daemon, seen)
    states(daemon, seen)
    look_around(daemon, vectors, every, seen)
    page_through(daemon, seen)
    queues = "".join(page.text for name, page in seen.pages.items() if name.startswith("queue-"))
    for name, key in seen.keys.items():
        stood = f'value="{key}"' in queues or name == "gone"
        report.check(stood, "queue", f"{daemon.root.name} {name}", "never stood in the queue")
    said(f"{len(seen.pages)} pages seen")
    return seen


def chosen(vectors: list[Vector], both: set[str]) -> list[str]:
    """Some vectors of each sort."""
    names: list[str] = []
    for where in dict.fromkeys(vector["where"] for vector in vectors):
        fitting = [v["name"] for v in vectors if v["where"] == where and v["name"] in both]
        most = 4 * APPROVED if where == "content" else APPROVED
        names += fitting[:: max(1, len(fitting) // most)][:most]
    return names


# Those who judge

CONTENT_POLICY = "content-security-policy"
PASSED_ON = ("content-type", CONTENT_POLICY)


class Exhibition:
    """The pages of both daemons as they were answered, with the policy and without."""

    def __init__(self, hostile: Seen, harmless: Seen, style: Answer):
        self.rooms = {"hostile": hostile.pages, "harmless": harmless.pages}
        self.style = style
        self.plain = Server(lambda _, path: self.answer(path, (PASSED_ON[0],))).port
        self.strict = Server(lambda _, path: self.answer(path, PASSED_ON)).port

    def answer(self, path: str, passed_on: tuple[str, ...]) -> Answer | None:
        if path == "/-/pages.css":
            return Answer(200, {"content-type": "text/css"}, self.style.body)
        room, _, name = path.strip("/").partition("/")
        found = self.rooms.get(room, {}).get(name)
        if not found:
            return None
        headers = {name: found.headers[name] for name in passed_on if name in found.headers}
        return Answer(200, headers, found.body)

    def arguments(self, names: Iterable[str], is_strict: bool = False) -> list[str]:
        port = self.strict if is_strict else self.plain
        friendly = [name for name in self.rooms["harmless"] if name.startswith(("queue", "rules"))]
        words = []
        for name in ["mention-rich", "mention-plain", *friendly]:
            words += ["--friendly", f"http://127.0.0.1:{port}/harmless/{name}"]
        for name in names:
            words += ["--page", f"http://127.0.0.1:{port}/hostile/{name}"]
            # Others may be folded away, and others would be by a rule.
            if name in self.rooms["harmless"] and not name.startswith(("queue", "rules")):
                words += ["--as", f"http://127.0.0.1:{port}/harmless/{name}"]
        return words


class Judges:
    """Runs checkers and adds up what they count."""

    def __init__(self, report: Report, folder: Path):
        self.report = report
        # What a browser that is broken off leaves behind goes with the rest.
        self.environment = dict(os.environ, LANAI_PYTHON=sys.executable, TMPDIR=str(folder))
        self.lock = threading.Lock()
        self.running: set[subprocess.Popen[str]] = set()

    def end(self, child: subprocess.Popen[str]) -> None:
        """With the browser that it has started."""
        if child.poll() is None:
            os.killpg(child.pid, signal.SIGTERM)

    def end_all(self) -> None:
        for child in list(self.running):
            self.end(child)

    def run(self, name: str, *command: object) -> tuple[int, int] | None:
        if STOP.is_set():
            return None
        begun = time.monotonic()
        child = subprocess.Popen(
            [str(word) for word in command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            env=self.environment,
        )
        over = threading.Timer(LONGEST, self.end, (child,))
        over.start()
        self.running.add(child)
        output = child.communicate()[0]
        over.cancel()
        self.running.discard(child)
        with self.lock:
            took = time.monotonic() - begun
            print(f"\n-- {name}, {took:.0f} s\n{output.strip()}", flush=True)
        lines = output.strip().splitlines() or [""]
        counts = re.fullmatch(r"[a-z]+: (\d+) passed, (\d+) failed", lines[-1])
        return (int(counts[1]), int(counts[2])) if counts else None

    def judge(self, name: str, *command: object) -> None:
        counts = self.run(name, *command)
        with self.lock:
            if self.report.check(counts, "ended", name, "did not come to its end"):
                self.report.passed += counts[0] if counts else 0
                self.report.failed += counts[1] if counts else 0


def save(folder: Path, pages: dict[str, Answer], style: Answer) -> None:
    """Pages as a folder that `axe.mjs` and `nu.py` understand."""
    (folder / "-").mkdir(parents=True)
    (folder / "-/pages.css").write_bytes(style.body)
    policies = {page.headers.get(CONTENT_POLICY, "") for page in pages.values()}
    (folder / "_headers").write_text(f"/*\n  Content-Security-Policy: {policies.pop()}\n", "utf-8")
    if policies:
        raise Wrong("page", "policy", f"pages differ in their policies: {policies}")
    for name, answer in pages.items():
        (folder / f"{name}.html").write_bytes(answer.body)


def published(folder: Path, daemon: Daemon, seen: Seen) -> Path:
    """The site that a daemon has published, with the digests beside it."""
    copy = folder / f"published-{daemon.root.name}"
    shutil.copytree(daemon.root / "public", copy)
    for number, digest in enumerate(seen.digests):
        (copy / f"digest-{number}.xml").write_bytes(digest.body)
    return copy


def spoiled(seen: Seen, vector: Vector) -> Seen:
    """A page of a mention where its words stand as they were sent."""
    answer = seen.pages[f"mention-{vector['name']}"]
    raw = f"<blockquote>{vector['value']}</blockquote>".encode()
    body = answer.body.replace(b"</header>\n<main", b"</header>\n" + raw + b"<main", 1)
    return Seen({"spoiled": Answer(200, answer.headers, body)})


def judge_all(
    report: Report, folder: Path, daemons: list[Daemon], seen: list[Seen], names: list[str]
) -> None:
    hostile, harmless = seen
    style = daemons[0].see("/-/pages.css")
    shown = Exhibition(hostile, harmless, style)
    few = [name for name in hostile.pages if not name.startswith("mention-")]
    many = [name for name in hostile.pages if name.startswith("mention-")]
    long = [name for name in few if name.startswith("queue") or name in ("rules", "rules-trial")]
    short = [name for name in few if name not in long]
    xss = ("node", HERE / "xss.mjs", "--region", REGION)
    judges = Judges(report, folder)
    sites = [published(folder, *pair) for pair in zip(daemons, seen, strict=True)]
    # Every state once, and not every vector. What strangers write need not be valid.
    of_vectors = "|".join(daemons[0].strangers.vectors)
    several = re.compile(rf"queue-\d+|mention-rich|.*-(?:{of_vectors})")
    sorts = {name: page for name, page in harmless.pages.items() if not several.fullmatch(name)}
    save(folder / "sorts", sorts, style)
    witness = next(v for v in corpus() if f"mention-{v['name']}" in hostile.pages and v["html"]
                   and "onerror" in v["value"] and v["where"] == "name")  # fmt: skip
    blind = Exhibition(spoiled(hostile, witness), Seen(), style)

    def of_daemon() -> None:
        words = shown.arguments(long), shown.arguments(many)
        judges.judge("xss: queues and rules", *xss, "--patience", LOOK, *words[0])
        judges.judge("xss: mentions", *xss, "--patience", GLANCE, *words[1])

    def of_sites() -> None:
        like = (sites[0], "--like", sites[1])
        judges.judge("xss: the published sites", "node", HERE / "xss.mjs", *like)
        words = shown.arguments(["queue-0"], True), shown.arguments(short)
        judges.judge("xss: with the policy", *xss, "--patience", LOOK, *words[0])
        judges.judge("xss: the other pages", *xss, "--patience", GLANCE, *words[1])
        judges.judge("nu", sys.executable, HERE / "nu.py", folder / "sorts", "--url", HOME)
        judges.judge("axe", "node", HERE / "axe.mjs", folder / "sorts", "--all", "--url", HOME)
        address = f"http://127.0.0.1:{blind.plain}/hostile/spoiled"
        counts = judges.run("xss: a page that is to be found", *xss, "--page", address)
        found = counts is not None and counts[1] > 0
        report.check(found, "seen", "xss.mjs", "does not find a vector that stands in a page")

    with ThreadPoolExecutor(2) as pool:
        try:
            for done in [pool.submit(of_daemon), pool.submit(of_sites)]:
                done.result()
        except BaseException:
            STOP.set()
            judges.end_all()
            raise


def try_all(report: Report, lanai: Path, folder: Path, every: int) -> None:
    vectors = corpus()
    daemons = [
        Daemon(lanai, folder / name, Strangers(vectors, name == "harmless"))
        for name in ("hostile", "harmless")
    ]
    with daemons[0].running(), daemons[1].running():
        report.check(True, "start", "daemons", "")
        with ThreadPoolExecutor(2) as pool:
            seen = list(pool.map(lambda daemon: live(report, daemon, vectors, every), daemons))
            names = chosen(vectors, set(seen[0].keys) & set(seen[1].keys))
            names += ["rich", "homeless", "nameless", "timeless"]
            list(pool.map(lambda *pair: approve(report, *pair, names), daemons, seen))
            list(pool.map(lambda *pair: after(*pair, names), daemons, seen))
        print(f"{len(names)} approved", flush=True)
        judge_all(report, folder, daemons, seen, names)
    for daemon in daemons:
        if report.failed:
            print(f"{daemon.log.name}:\n{daemon.log.read_text()[-3000:]}")


def stop(*_: object) -> None:
    STOP.set()
    sys.exit(1)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--lanai", type=Path, default=LANAI, help="the program to try")
    parser.add_argument("--every", type=int, default=8, metavar="N", help="1: all pages")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="a new folder to work in")
    options = parser.parse_args()
    if not options.lanai.is_file():
        sys.exit(f"{options.lanai}: no such program; tests/run site builds it")
    # What was started is ended then, too.
    signal.signal(signal.SIGTERM, stop)
    report = Report("pages")
    with tempfile.TemporaryDirectory(prefix="lanai-pages-") as folder:
        try:
            try_all(report, options.lanai.resolve(), options.keep or Path(folder), options.every)
        except Wrong as wrong:
            report.check(False, *wrong.args)
    return report.close()


if __name__ == "__main__":
    sys.exit(main())
