"""A small site made by hand in which the checkers find nothing: what `selftest.py` breaks.

It holds one page of every sort and one post of every kind, all feeds, and the rule files. It is
written as plain text on purpose: it must not depend on what it helps to judge.
"""

from __future__ import annotations

import json
import struct
import zlib
from html import escape
from pathlib import Path

HOME = "https://ana.example/"
AUTHOR = (
    '<p class="p-author h-card"><a class="p-name u-url" href="/">Ana</a>'
    '<img class="u-photo" src="/ana.png" alt="" width="1" height="1"></p>'
)
CITE = (
    '<div class="{0} h-cite"><a class="u-url p-name" rel="in-reply-to" href="https://ben.example/1">'
    "Ben's page</a>{1}</div>"
)
PERSON = (
    '<span class="p-author h-card"><a class="p-name u-url" rel="nofollow ugc" href="{0}">{1}</a>'
    "</span>"
)
FACE = (
    '<span class="p-author h-card"><a class="u-url" rel="nofollow ugc" href="{0}">'
    '<img class="u-photo" src="/ben.png" alt="{1}" width="1" height="1">'
    '<span class="p-name" aria-hidden="true">{1}</span></a></span>'
)


def response(name: str, number: int, inner: str = "", face: bool = False) -> str:
    """One thing that somebody answered."""
    who = (FACE if face else PERSON).format("https://ben.example/", "Ben")
    return (
        f'<li class="u-{name} h-cite">{who}<a class="u-url" rel="nofollow ugc"'
        f' href="https://ben.example/{name}/{number}"><time class="dt-published"'
        f' datetime="2024-05-0{number}T10:00:00Z">day {number}</time></a>{inner}</li>'
    )


COMMENTS = "".join(
    response("comment", n, f'<div class="e-content"><p>Words {n}.</p></div>') for n in (1, 2)
)
RESPONSES = (
    '<section id="responses"><h2>6 responses</h2>'
    f"<ul>{response('like', 3, face=True)}</ul><ul>{response('repost', 3, face=True)}</ul>"
    f"<ul>{response('bookmark', 3, face=True)}</ul>"
    f"<h3>2 replies</h3><ol>{COMMENTS}</ol>"
    '<h3>1 mention</h3><ul><li class="u-mention h-cite"><a class="u-url p-name"'
    ' rel="nofollow ugc" href="https://cem.example/9">Cem on porches</a></li></ul></section>'
)
GUESTS = (
    '<section id="guests"><h2>1 going</h2><ul>'
    + response("rsvp", 3, '<data class="p-rsvp" value="yes"></data>', face=True)
    + '</ul><p class="p-attendee h-card"><a class="p-name u-url" rel="nofollow ugc"'
    ' href="https://ben.example/">Ben</a></p></section>'
)
RATING = (
    '<p class="p-item h-item"><a class="p-name u-url" href="https://shop.example/">A chair</a></p>'
    '<p><data class="p-rating" value="4"><data class="p-best" value="5"></data>'
    '<data class="p-worst" value="1"></data></data>4 of 5</p>'
)
WHEN = '<time class="dt-start" datetime="2024-06-01T18:00:00+02:00">1 June</time>'
UNTIL = '<time class="dt-end" datetime="2024-06-01T20:00:00+02:00">20:00</time>'
NAME = '<h1 class="p-name">{0}</h1>'
EAR = "<h1>{0}</h1>"
WORDS = '<div class="e-content"><p>{0}</p></div>'

# kind -> (title or None, what stands between author and foot, content, what follows the foot)
POSTS: dict[str, tuple[str | None, str, str, str]] = {
    "note": (
        None,
        "",
        'Swifts are back. <a class="p-category" rel="tag" href="/tags/birds/">#birds</a>'
        ' <a href="/note/#swifts" id="swifts">*</a>',
        RESPONSES,
    ),
    "article": (
        "On porches & <doors>",
        '<p class="p-summary">Why I sit outside.</p>'
        '<p class="p-location h-card"><span class="p-name">Porto</span></p>',
        "A porch is the open side of a house.",
        '<p><a class="u-syndication" rel="syndication" href="https://copy.example/1">copy</a></p>',
    ),
    "reply": (None, CITE.format("u-in-reply-to", ""), "I agree with Ben.", ""),
    "like": (
        None,
        CITE.format("u-like-of", "") + '<data class="p-summary" value="Liked Ben\'s page"></data>',
        "",
        "",
    ),
    "repost": (
        None,
        CITE.format("u-repost-of", '<blockquote class="e-content">His words.</blockquote>'),
        "",
        "",
    ),
    "bookmark": (None, CITE.format("u-bookmark-of", ""), "To read again.", ""),
    "quotation": (
        None,
        CITE.format("u-quotation-of", '<blockquote class="e-content">Well said.</blockquote>'),
        "Yes.",
        "",
    ),
    "rsvp": (
        None,
        CITE.format("u-in-reply-to", "") + '<data class="p-rsvp" value="yes">I come.</data>',
        "",
        "",
    ),
    "event": ("A walk", f"<p>{WHEN}{UNTIL}</p>", "We walk.", GUESTS),
    "photo": (
        None,
        '<img class="u-photo" src="/photo.png" alt="A wall" width="1" height="1">',
        "A wall in the sun.",
        "",
    ),
    "video": (None, '<video class="u-video" src="/film.mp4" controls></video>', "A film.", ""),
    "audio": (None, '<audio class="u-audio" src="/sound.mp3" controls></audio>', "A sound.", ""),
    "checkin": (
        None,
        '<p class="u-checkin h-card"><a class="p-name u-url" href="https://cafe.example/">Cafe</a></p>',
        "Coffee.",
        "",
    ),
    "follow": (None, CITE.format("u-follow-of", ""), "", ""),
    "review": ("A good chair", RATING, "One sits well.", ""),
    "read": (
        None,
        CITE.format("u-read-of", "") + '<data class="p-read-status" value="finished"></data>',
        "Finished.",
        "",
    ),
}
ROOTS = {"event": "h-event", "review": "h-review"}
DAYS = ("Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat")


def day_of(kind: str) -> int:
    """Each post has a day of September 2024 to itself, the first kind the last."""
    return 28 - list(POSTS).index(kind)


def moment_of(kind: str) -> str:
    return f"2024-09-{day_of(kind):02}T10:00:00+01:00"


def url_of(kind: str) -> str:
    return f"{HOME}{kind}/"


def entry(kind: str, alone: bool) -> str:
    """A post, on its own page or in a list."""
    title, before, words, after = POSTS[kind]
    name = NAME.format(escape(title)) if title else EAR.format(kind.title())
    if not alone:
        name = f'<h2 class="p-name">{escape(title)}</h2>' if title else ""
    content = WORDS.format(words if alone else words.replace(' id="swifts"', "")) if words else ""
    return (
        f'<article class="{ROOTS.get(kind, "h-entry")}" data-kind="{kind}">{name}{AUTHOR}{before}'
        f'{content}<p><a class="u-url u-uid" href="/{kind}/"><time class="dt-published"'
        f' datetime="{moment_of(kind)}">{day_of(kind)} September</time></a></p>'
        f"{after if alone else ''}</article>"
    )


def page(path: str, sort: str, title: str, main: str, head: str = "", noindex: bool = False) -> str:
    robots = '<meta name="robots" content="noindex">' if noindex else ""
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)} · Ana</title>
{robots}<link rel="canonical" href="{HOME}{path}">
<link rel="stylesheet" href="/style-1a2b.css">
{head}</head>
<body data-page="{sort}">
<main id="main">
{main}
</main>
</body>
</html>
"""


def feed(path: str, name: str, inner: str) -> str:
    return (
        f'<div class="h-feed"><h1 class="p-name">{name}</h1><a class="u-url" href="/{path}"'
        f" hidden>{name}</a>{AUTHOR}{inner}</div>"
    )


FEED_LINKS = "".join(
    f'<link rel="alternate" type="application/{kind}" title="Ana ({name})" href="/{file}">\n'
    for kind, name, file in (
        ("rss+xml", "RSS", "rss.xml"),
        ("atom+xml", "Atom", "atom.xml"),
        ("feed+json", "JSON Feed", "feed.json"),
    )
)
CARD = (
    '<section class="h-card" aria-label="Ana"><a class="p-name u-url u-uid" rel="me" href="/">Ana</a>'
    '<img class="u-photo" src="/ana.png" alt="" width="1" height="1">'
    '<a class="u-url" rel="me" href="https://social.example/@ana">@ana</a></section>'
)
RESUME = (
    '<article class="h-resume"><h1 class="p-name">Ana</h1>'
    '<p class="p-contact h-card"><a class="p-name u-url" href="/">Ana</a></p>'
    '<div class="p-experience h-event h-card"><p class="p-name">Carpenter</p>'
    '<time class="dt-start" datetime="2019-04">2019</time></div></article>'
)
TOMBSTONE = (
    '<article class="h-entry"><h1>Gone</h1><data class="p-name" value="Deleted"></data>'
    '<a class="u-url" href="/gone/" hidden>here</a></article>'
)
FOLLOWING = (
    '<h1>Following</h1><ul><li class="h-card"><a class="p-name u-url" rel="met"'
    ' href="https://ben.example/">Ben</a></li></ul>'
    '<p><a href="/following.opml">OPML</a></p>'
)


def content_of(kind: str) -> str:
    """A post's words in a feed: what it answers in front, addresses absolute."""
    _, before, words, _ = POSTS[kind]
    words = words.replace('href="/', f'href="{HOME}').replace(' id="swifts"', "")
    link = '<p><a href="https://ben.example/1">Ben\'s page</a></p>' if "h-cite" in before else ""
    return f"{link}<p>{words}</p>"


def rss() -> str:
    items = ""
    for kind, (title, _, _, _) in POSTS.items():
        day = day_of(kind)
        named = title and title.replace("&", "&#x26;").replace("<", "&#x3C;")
        items += (
            "<item>"
            + (f"<title>{named}</title>" if named else "")
            + f"<link>{url_of(kind)}</link><guid>{url_of(kind)}</guid>"
            f"<pubDate>{DAYS[(day - 1) % 7]}, {day:02} Sep 2024 10:00:00 +0100</pubDate>"
            f"<dc:creator>Ana</dc:creator><category>{kind}</category>"
            f"<description>{kind} by Ana</description>"
            f"<content:encoded><![CDATA[{content_of(kind)}]]></content:encoded>"
            + ('<enclosure url="https://ana.example/sound.mp3" length="5" type="audio/mpeg"/>'
               if kind == "audio" else "")
            + "</item>\n"
        )  # fmt: skip
    return f"""<?xml version="1.0" encoding="utf-8"?>
<?xml-stylesheet type="text/css" href="/style-1a2b.css"?>
<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"
 xmlns:content="http://purl.org/rss/1.0/modules/content/"
 xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel><title>Ana</title><link>{HOME}</link><description>Ana's porch</description>
<language>en</language><generator>by hand</generator>
<lastBuildDate>Sat, 28 Sep 2024 10:00:00 +0100</lastBuildDate>
<atom:link rel="self" type="application/rss+xml" href="{HOME}rss.xml"/>
<image><url>{HOME}ana.png</url><title>Ana</title><link>{HOME}</link></image>
{items}</channel></rss>
"""


def atom() -> str:
    entries = ""
    for kind, (title, _, _, _) in POSTS.items():
        related = (
            '<thr:in-reply-to ref="https://ben.example/1" href="https://ben.example/1"/>'
            if kind == "reply"
            else ""
        )
        attached = (
            f'<link rel="enclosure" href="{HOME}sound.mp3" length="5" type="audio/mpeg"/>'
            if kind == "audio"
            else ""
        )
        entries += (
            f"<entry><id>{url_of(kind)}</id><title>{escape(title or '')}</title>"
            f'<link rel="alternate" type="text/html" href="{url_of(kind)}"/>{related}{attached}'
            f"<published>{moment_of(kind)}</published><updated>{moment_of(kind)}</updated>"
            f'<category term="{kind}"/>'
            f'<content type="html">{escape(content_of(kind))}</content></entry>\n'
        )
    return f"""<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom"
 xmlns:thr="http://purl.org/syndication/thread/1.0" xml:lang="en">
<id>{HOME}</id><title>Ana</title><updated>{moment_of("note")}</updated>
<link rel="self" type="application/atom+xml" href="{HOME}atom.xml"/>
<link rel="alternate" type="text/html" href="{HOME}"/>
<generator uri="https://hand.example/" version="1">by hand</generator>
<author><name>Ana</name></author>
{entries}</feed>
"""


def json_feed() -> str:
    items = []
    for kind, (title, _, _, _) in POSTS.items():
        item: dict[str, object] = {"id": url_of(kind), "url": url_of(kind)}
        if title:
            item["title"] = title
        item["content_html"] = content_of(kind)
        item["date_published"] = moment_of(kind)
        if kind == "audio":
            item["attachments"] = [{"url": HOME + "sound.mp3", "mime_type": "audio/mpeg"}]
        items.append(item)
    whole = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "Ana",
        "home_page_url": HOME,
        "feed_url": HOME + "feed.json",
        "language": "en",
        "authors": [{"name": "Ana"}],
        "items": items,
    }
    return json.dumps(whole, indent=1).replace("<", "\\u003c")


OPML = """<?xml version="1.0" encoding="utf-8"?>
<opml version="2.0"><head><title>Ana follows</title>
<dateModified>Sat, 28 Sep 2024 10:00:00 +0100</dateModified></head><body>
<outline type="rss" text="Ben" xmlUrl="https://ben.example/feed" htmlUrl="https://ben.example/"/>
</body></opml>
"""

HEADERS = """# what a host should send
/*
  Content-Security-Policy: default-src 'self'; style-src 'self'
/rss.xml
  Content-Type: application/rss+xml; charset=utf-8
/atom.xml
  Content-Type: application/atom+xml; charset=utf-8
/feed.json
  Content-Type: application/feed+json
"""

REDIRECTS = """# from to status
/old/* /note/ 301
/gone/ /gone/ 410
"""

CSS = """body { max-width: 40rem; margin: auto; padding: 1rem; overflow-wrap: break-word }
:root { color-scheme: light dark; background: light-dark(#fff, #111) }
body { color: light-dark(#111, #eee) }
[hidden] { display: none !important }
a, summary { display: inline-block; min-width: 24px; min-height: 24px; padding: 4px }
a { color: light-dark(#004080, #b0d0ff) }
img, video { max-width: 100%; height: auto }
"""


def png(size: int = 1) -> bytes:
    """A grey square."""

    def chunk(name: bytes, data: bytes) -> bytes:
        body = name + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    header = struct.pack(">IIBBBBB", size, size, 8, 0, 0, 0, 0)
    rows = (b"\0" + b"\x80" * size) * size
    parts = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


def files() -> dict[str, str | bytes]:
    """Every file of the good site."""
    made: dict[str, str | bytes] = {
        "style-1a2b.css": CSS,
        "ana.png": png(),
        "ben.png": png(),
        "photo.png": png(),
        "film.mp4": b"film",
        "sound.mp3": b"sound",
        "rss.xml": rss(),
        "atom.xml": atom(),
        "feed.json": json_feed(),
        "following.opml": OPML,
        "_headers": HEADERS,
        "_redirects": REDIRECTS,
    }
    for kind, (title, _, _, _) in POSTS.items():
        made[f"{kind}/index.html"] = page(
            f"{kind}/", "post", title or kind.title(), entry(kind, alone=True)
        )
    made["secret/index.html"] = page(
        "secret/",
        "post",
        "Note",
        entry("note", alone=True).replace("/note/", "/secret/").replace("#birds", "secretly"),
        noindex=True,
    )
    made |= pages_of_the_site()
    listed = ["", "cv/", "notes/", *(f"{kind}/" for kind in POSTS)]
    made["sitemap.xml"] = (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
        + "".join(f"<url><loc>{HOME}{path}</loc></url>" for path in listed)
        + "</urlset>\n"
    )
    return made


def pages_of_the_site() -> dict[str, str | bytes]:
    """The pages that are no posts."""
    stream = "".join(entry(kind, alone=False) for kind in POSTS)
    older = '<nav><a rel="next" href="/notes/page/2/">older</a></nav>'
    newer = '<nav><a rel="prev" href="/notes/">newer</a></nav>'
    roll = '<link rel="blogroll" type="text/xml" href="/following.opml">\n'
    thread = entry("article", alone=False) + entry("note", alone=False)
    return {
        "index.html": page("", "home", "Home", CARD + feed("", "Home", stream), FEED_LINKS + roll),
        "notes/index.html": page(
            "notes/", "list", "Notes", feed("notes/", "Notes", entry("note", alone=False)) + older
        ),
        "notes/page/2/index.html": page(
            "notes/page/2/",
            "list",
            "Notes",
            feed("notes/page/2/", "Notes", entry("photo", alone=False)) + newer,
        ),
        "tags/birds/index.html": page(
            "tags/birds/",
            "list",
            "birds",
            feed("tags/birds/", "birds", entry("note", alone=False) + entry("read", alone=False)),
        ),
        "thread/index.html": page("thread/", "thread", "Thread", feed("thread/", "Thread", thread)),
        "cv/index.html": page("cv/", "cv", "CV", RESUME),
        "following/index.html": page("following/", "following", "Following", FOLLOWING),
        "gone/index.html": page("gone/", "gone", "Gone", TOMBSTONE, noindex=True).replace(
            "<title>", '<meta http-equiv="status" content="410 Gone">\n<title>'
        ),
        "404.html": page("404.html", "404", "Not found", "<h1>Not found</h1><p>No page.</p>"),
        "search/index.html": page(
            "search/",
            "search",
            "Search",
            '<h1>Search</h1><form role="search" action="/search/"><label for="q">Words</label>'
            '<input id="q" name="q" type="search"></form>'
            '<script type="application/ld+json">{"@type": "WebPage"}</script>',
        ),
    }


def write(root: Path) -> None:
    """Write the good site into a folder."""
    for name, data in files().items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data if isinstance(data, bytes) else data.encode("utf-8"))
