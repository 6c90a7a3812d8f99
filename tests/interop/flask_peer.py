#!/usr/bin/env python3
"""A peer: a Flask application that speaks webmention by PyPI's `webmentions`.

  flask_peer.py ADDRESS PORT

Endpoint, discovery header, sender and receiver are the library's own; `interop.py` only puts pages
there and starts the sender. Its storage is a list in memory, its guard against addresses of the
inside is off, because everything here is inside.

  PUT  /pages/NAME           a page is there from now on
  GET  /NAME                 the page
  POST /send/NAME            the library sends mentions for what the page links, and for what it
                             linked the last time
  POST /webmentions          the library's endpoint
  GET  /webmentions          what it has stored: ?resource=TARGET&direction=incoming
"""

from __future__ import annotations

import sys

from flask import Flask, request
from webmentions import Webmention, WebmentionDirection, WebmentionsHandler, WebmentionsStorage
from webmentions.server.adapters.flask import bind_webmentions


class Memory(WebmentionsStorage):
    """Mentions by source, target and direction."""

    def __init__(self) -> None:
        self.mentions: dict[tuple[str, str, str], Webmention] = {}

    def store_webmention(self, mention: Webmention) -> None:
        direction = WebmentionDirection(mention.direction)
        self.mentions[mention.source, mention.target, direction.value] = mention

    def delete_webmention(self, source: str, target: str, direction: WebmentionDirection) -> None:
        self.mentions.pop((source, target, direction.value), None)

    def retrieve_webmentions(
        self, resource: str, direction: WebmentionDirection
    ) -> list[Webmention]:
        place = 1 if direction == WebmentionDirection.IN else 0
        found = (m for key, m in self.mentions.items() if key[2] == direction.value)
        return [m for m in found if (m.source, m.target)[place] == resource]


def application(base: str) -> Flask:
    app = Flask("peer")
    handler = WebmentionsHandler(Memory(), base_url=base, ssrf_protection=False)
    pages: dict[str, str] = {}
    bind_webmentions(app, handler)

    @app.put("/pages/<name>")
    def put(name: str) -> tuple[str, int]:
        pages[name] = request.get_data(as_text=True)
        return "", 204

    @app.get("/<name>")
    def get(name: str) -> tuple[str, int]:
        return (pages[name], 200) if name in pages else ("nothing is here", 404)

    @app.post("/send/<name>")
    def send(name: str) -> tuple[str, int]:
        handler.process_outgoing_webmentions(f"{base}/{name}")
        return "", 204

    return app


def main() -> None:
    address, port = sys.argv[1], int(sys.argv[2])
    # A thread for each request: while it sends, it is asked for the page.
    application(f"http://{address}:{port}").run(address, port, threaded=True)


if __name__ == "__main__":
    main()
