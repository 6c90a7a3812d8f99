"""The ways in which `selftest.py` breaks the good site, and what has to be found then.

Each has a name, items, and edits: a file, the old text (None makes a new file), the new text.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from fixture import HOME, png

Edit = tuple[str, str | None, str | bytes]


@dataclass
class Breakage:
    checker: str
    name: str
    items: set[str]
    edits: list[Edit]
    removed: list[str] = field(default_factory=list)
    arguments: list[str] = field(default_factory=list)


def site(name: str, item: str, *edits: Edit, removed: str = "", forbid: str = "") -> Breakage:
    gone = [removed] if removed else []
    arguments = ["--forbid", forbid] if forbid else []
    return Breakage("site", name, {item}, list(edits), gone, arguments)


def mf(name: str, items: str, *edits: Edit) -> Breakage:
    return Breakage("microformats", name, set(items.split()), list(edits))


def feeds(name: str, items: str, *edits: Edit) -> Breakage:
    return Breakage("feeds", name, set(items.split()), list(edits))


NOTE, ARTICLE, CSS = "note/index.html", "article/index.html", "style-1a2b.css"
OTHER = "https://other.example/"
EXIF = b"\xff\xd8\xff\xe1\x00\x10Exif\0\0MM\0*\0\0\0\x08\xff\xd9"

SITE = [
    site("remote image", "third-party", (NOTE, "/ana.png", OTHER + "ana.png")),
    site("remote srcset", "third-party", (NOTE, 'src="/ana.png"', f'srcset="{OTHER}a.png 2x"')),
    site("remote script", "third-party", (NOTE, "</main>", f'<script src="{OTHER}a.js"></script>')),
    site("remote poster", "third-party", ("video/index.html", " controls", f' poster="{OTHER}"')),
    site("remote frame", "third-party", (NOTE, "</main>", f'<iframe src="{OTHER}"></iframe>')),
    site("remote font", "third-party", (CSS, "body {", f"@import '{OTHER}a.css'; body {{")),
    site("preconnect", "third-party", (NOTE, "</head>", f'<link rel="preconnect" href="{OTHER}">')),
    site("dead link", "link", (NOTE, "/tags/birds/", "/tags/birdz/")),
    site("link without its slash", "link", (NOTE, "/tags/birds/", "/tags/birds")),
    site(
        "dead redirect",
        "link",
        ("_redirects", "/old/* /note/", "/old/* /nought/"),
        (NOTE, "/tags/birds/", "/old/x/"),
    ),
    site("dead image in a style sheet", "link", (CSS, "body {", "body { background: url(x.png);")),
    site("dead style sheet", "link", (NOTE, "style-1a2b.css", "style-3c4d.css")),
    site("dead fragment", "fragment", (NOTE, "#swifts", "#swallows")),
    site("inline style", "inline", (NOTE, "</head>", "<style>a{}</style></head>")),
    site("inline script", "inline", (NOTE, "</main>", "<script>1</script></main>")),
    site("style attribute", "inline", (NOTE, "<p>", '<p style="color:red">')),
    site("handler", "inline", (NOTE, "<p>", '<p onclick="x()">')),
    site("javascript link", "inline", (NOTE, "/tags/birds/", "javascript:x()")),
    site("fat style sheet", "css-size", (CSS, "body {", "/*" + "x" * 15_400 + "*/ body {")),
    site("fat home page", "home-size", ("index.html", "</main>", "x" * 62_000)),
    site("no title", "head", (NOTE, "<title>Note · Ana</title>", "")),
    site("no language", "head", (NOTE, ' lang="en"', "")),
    site("two headings", "head", (NOTE, "</main>", "<h1>again</h1></main>")),
    site("no canonical", "head", (NOTE, 'rel="canonical"', 'rel="copy"')),
    site(
        "wrong canonical",
        "head",
        (NOTE, f'rel="canonical" href="{HOME}', f'rel="canonical" href="{HOME}x/'),
    ),
    site("no viewport", "head", (NOTE, 'name="viewport"', 'name="port"')),
    site("late charset", "head", (NOTE, '<meta charset="utf-8">', "")),
    site("image without size", "img", (NOTE, ' width="1" height="1"', "")),
    site("image without alt", "img", (NOTE, ' alt=""', "")),
    site("listed but missing", "sitemap", ("sitemap.xml", "/note/", "/nought/")),
    site("listed but hidden", "sitemap", ("sitemap.xml", "/note/", "/secret/")),
    site("not listed", "sitemap", ("sitemap.xml", f"<url><loc>{HOME}note/</loc></url>", "")),
    site("no sitemap", "sitemap", removed="sitemap.xml"),
    site("no policy", "csp", ("_headers", "Content-Security-Policy", "X-Policy")),
    site("unsafe policy", "csp", ("_headers", "style-src 'self'", "style-src 'unsafe-inline'")),
    site("no rules at all", "csp", removed="_headers"),
    site("a draft's word", "forbidden", (NOTE, "Swifts", "Swifts fnord"), forbid="FNORD"),
    site("a draft's file", "forbidden", ("drafts/fnord.txt", None, "x"), forbid="fnord"),
    site("a hidden post in an index", "unlisted", ("search.json", None, '["/secret/"]')),
    site("EXIF in a JPEG", "metadata", ("photo.jpg", None, EXIF)),
    site("XMP in a PNG", "metadata", ("photo.png", None, png() + b"http://ns.adobe.com/xap/1.0/")),
    site("EXIF in a WebP", "metadata", ("a.webp", None, b"RIFF\x10\0\0\0WEBPEXIF\x04\0\0\0abcd")),
    site(
        "EXIF in a PNG",
        "metadata",
        ("photo.png", None, png()[:33] + b"\0\0\0\x04eXIfMM\0*" + png()[33:]),
    ),
]


CITED = '<a class="u-url p-name" rel="in-reply-to" href="https://ben.example/1">Ben\'s page</a>'
MENTIONED = (
    '<a class="u-url p-name" rel="nofollow ugc" href="https://cem.example/9">Cem on porches</a>'
)


def in_page(kind: str, old: str, new: str) -> Edit:
    return (f"{kind}/index.html", old, new)


MICROFORMATS = [
    mf("classic class", "MF-G-01", (NOTE, 'class="h-entry"', 'class="h-entry hentry"')),
    mf("utility class", "MF-G-02", (NOTE, "<main", '<main class="p-4"')),
    mf("utility class of letters", "MF-G-02", (NOTE, "<main", '<main class="h-full"')),
    mf(
        "address without host",
        "MF-G-03",
        ("reply/index.html", "https://ben.example/1", "javascript:1"),
    ),
    mf("date without offset", "MF-G-04", (NOTE, "10:00:00+01:00", "10:00:00")),
    mf(
        "date on a span",
        "MF-G-04",
        (
            ARTICLE,
            '<p class="p-summary">',
            '<span class="dt-updated">now</span><p class="p-summary">',
        ),
    ),
    mf("property outside", "MF-G-05", (NOTE, "</main>", '<p class="p-note">x</p></main>')),
    mf(
        "named note",
        "MF-K-01 MF-G-06 MF-K-20",
        (NOTE, "<h1>Note</h1>", '<h1 class="p-name">Another name</h1>'),
    ),
    mf("stranger in content", "MF-G-07", (NOTE, "Swifts", '<span class="p-author">x</span>Swifts')),
    mf("form in content", "MF-G-07", (NOTE, "Swifts", "<button>x</button>Swifts")),
    mf("photo without alt", "MF-G-08", ("photo/index.html", ' alt="A wall"', "")),
    mf("film without source", "MF-G-09", ("video/index.html", ' src="/film.mp4"', "")),
    mf(
        "double escape",
        "MF-G-10",
        (ARTICLE, '<h1 class="p-name">On porches &amp;', '<h1 class="p-name">On porches &amp;amp;'),
    ),
    mf(
        "two entries",
        "MF-G-11",
        (NOTE, "</main>", '<div class="h-entry"><p class="p-name">x</p></div></main>'),
    ),
    mf(
        "feed beside a post",
        "MF-G-11",
        (NOTE, "</main>", '<div class="h-feed"><p class="p-name">x</p></div></main>'),
    ),
    mf("no representative card", "MF-C-01", ("index.html", "u-url u-uid", "u-url")),
    mf("no rel=me to home", "MF-C-01", ("index.html", 'rel="me" href="/"', 'href="/"')),
    mf(
        "nameless owner",
        "MF-C-02",
        (
            "index.html",
            '"p-name u-url u-uid" rel="me" href="/">Ana',
            '"u-url u-uid" rel="me" href="/"><i class="p-name"></i>',
        ),
    ),
    mf(
        "empty property of a card",
        "MF-C-03",
        (
            "index.html",
            '<section class="h-card" aria-label="Ana">',
            '<section class="h-card"><p class="p-note"></p>',
        ),
    ),
    mf(
        "feed entry without author",
        "MF-C-04",
        (
            "notes/index.html",
            'data-kind="note"><p class="p-author h-card">',
            'data-kind="note"><p class="h-card">',
        ),
    ),
    mf(
        "rel=me without u-url",
        "MF-C-05",
        ("index.html", '<a class="u-url" rel="me"', '<a rel="me"'),
    ),
    mf("wrong permalink", "MF-E-01", (NOTE, 'u-uid" href="/note/"', 'u-uid" href="/notes/"')),
    mf("no uid", "MF-E-01", (NOTE, "u-url u-uid", "u-url")),
    mf(
        "unpublished",
        "MF-E-02",
        (NOTE, '<time class="dt-published" datetime="2024-09', '<time datetime="2024-09'),
    ),
    mf(
        "updated before published",
        "MF-E-02",
        (
            ARTICLE,
            '<p class="p-summary">',
            '<time class="dt-updated" datetime="2020-01-01T00:00:00Z">then</time><p class="p-summary">',
        ),
    ),
    mf("author elsewhere", "MF-E-03", (NOTE, 'href="/">Ana', f'href="{OTHER}">Ana')),
    mf(
        "author without photo",
        "MF-E-03",
        (NOTE, '<img class="u-photo" src="/ana', '<img src="/ana'),
    ),
    mf(
        "no author",
        "MF-E-03",
        (NOTE, 'p-author h-card"><a class="p-name u-url" href="/"', 'author"><a href="/"'),
    ),
    mf("tag without rel", "MF-E-04", (NOTE, ' rel="tag"', "")),
    mf("copy without rel", "MF-E-05", (ARTICLE, ' rel="syndication"', "")),
    mf("location of another type", "MF-E-06", (ARTICLE, "p-location h-card", "p-location h-cite")),
    mf("empty summary", "MF-E-06", (ARTICLE, "Why I sit outside.", "")),
    mf(
        "hidden post in a feed",
        "MF-E-07",
        ("notes/index.html", 'u-uid" href="/note/"', 'u-uid" href="/secret/"'),
    ),
    mf(
        "tombstone with content",
        "MF-E-08",
        ("gone/index.html", "</article>", '<p class="e-content">still</p></article>'),
    ),
    mf(
        "tombstone with target",
        "MF-E-08",
        ("gone/index.html", "</article>", f'<a class="u-like-of" href="{OTHER}">x</a></article>'),
    ),
    mf(
        "tombstone with a name",
        "MF-E-08",
        ("gone/index.html", 'value="Deleted"', 'value="My post"'),
    ),
    mf("article without name", "MF-K-02 MF-K-20", (ARTICLE, '<h1 class="p-name">', "<h1>")),
    mf("reply to nothing", "MF-K-03 MF-K-20", in_page("reply", "u-in-reply-to ", "")),
    mf("like of nothing", "MF-K-04 MF-K-20", in_page("like", "u-like-of ", "")),
    mf("unreadable like", "MF-K-04", in_page("like", 'class="p-summary"', 'class="x"')),
    mf(
        "repost with words",
        "MF-K-05",
        in_page(
            "repost", '<p><a class="u-url', '<div class="e-content">mine</div><p><a class="u-url'
        ),
    ),
    mf("bookmark of nothing", "MF-K-06 MF-K-20", in_page("bookmark", "u-bookmark-of ", "")),
    mf("undecided rsvp", "MF-K-07 MF-K-20", in_page("rsvp", 'value="yes"', 'value="perhaps"')),
    mf("event as entry", "MF-K-08 MF-K-20", in_page("event", '"h-event"', '"h-entry"')),
    mf("endless event", "MF-K-08", in_page("event", "dt-end", "end")),
    mf(
        "photo twice",
        "MF-K-09",
        in_page(
            "photo",
            '<div class="e-content">',
            '<div class="e-content"><img class="u-photo" src="/photo.png" alt="A wall" width="1" height="1">',
        ),
    ),
    mf("no video", "MF-K-10 MF-K-20", in_page("video", "u-video", "video")),
    mf("no audio", "MF-K-11 MF-K-20", in_page("audio", "u-audio", "audio")),
    mf("check-in nowhere", "MF-K-12", in_page("checkin", "u-checkin h-card", "u-checkin")),
    mf("follow of nobody", "MF-K-13 MF-K-20", in_page("follow", "u-follow-of ", "")),
    mf("review without scale", "MF-K-14", in_page("review", "p-best", "best")),
    mf("review of nothing", "MF-K-14", in_page("review", "p-item h-item", "item")),
    mf(
        "quotation without words",
        "MF-K-16",
        in_page("quotation", '<blockquote class="e-content">', "<blockquote>"),
    ),
    mf("read without text", "MF-K-17 MF-K-20", in_page("read", "u-read-of ", "")),
    mf("odd read-status", "MF-K-17", in_page("read", 'value="finished"', 'value="bored"')),
    mf("CV without name", "MF-K-19", ("cv/index.html", '<h1 class="p-name">', "<h1>")),
    mf(
        "job that is no event",
        "MF-K-19",
        ("cv/index.html", "p-experience h-event h-card", "p-experience h-card"),
    ),
    mf("unknown kind", "MF-K-20", (NOTE, 'data-kind="note"', 'data-kind="thought"')),
    mf("citation without address", "MF-H-01", in_page("reply", CITED, '<b class="p-name">Ben</b>')),
    mf(
        "citation with more",
        "MF-H-01",
        in_page("reply", "Ben's page</a>", 'Ben\'s page</a><i class="p-category">x</i>'),
    ),
    mf(
        "context as bare link", "MF-H-02", in_page("reply", "u-in-reply-to h-cite", "u-in-reply-to")
    ),
    mf(
        "context after content",
        "MF-H-02",
        (
            NOTE,
            '<section id="responses">',
            f'<p class="u-in-reply-to h-cite"><a class="u-url" href="{OTHER}">x</a></p><section id="responses">',
        ),
    ),
    mf(
        "second target as bare link",
        "MF-H-05",
        in_page(
            "reply",
            '<div class="u-in',
            f'<a class="u-bookmark-of" href="{OTHER}">x</a><div class="u-in',
        ),
    ),
    mf("list without feed", "MF-F-01", ("notes/index.html", '"h-feed"', '"feed"')),
    mf("feed without name", "MF-F-01", ("notes/index.html", '<h1 class="p-name">', "<h1>")),
    mf(
        "feed at another address",
        "MF-F-01",
        ("notes/index.html", '"u-url" href="/notes/"', '"u-url" href="/"'),
    ),
    mf(
        "feed out of order",
        "MF-F-01",
        ("tags/birds/index.html", 'datetime="2024-09-28', 'datetime="2020-09-28'),
    ),
    mf("feed entry without date", "MF-F-02", ("notes/index.html", "dt-published", "published")),
    mf(
        "feed entry of another kind",
        "MF-F-02",
        (
            "notes/index.html",
            '<div class="e-content">',
            f'<a class="u-like-of" href="{OTHER}">x</a><div class="e-content">',
        ),
    ),
    mf("feed entry without words", "MF-F-02", ("notes/index.html", "e-content", "content")),
    mf(
        "foreign entry in a feed",
        "MF-F-02",
        ("notes/index.html", 'u-uid" href="/note/"', f'u-uid" href="{OTHER}"'),
    ),
    mf("no next page", "MF-F-03", ("notes/index.html", 'rel="next"', "")),
    mf("no page before", "MF-F-03", ("notes/page/2/index.html", 'rel="prev"', "")),
    mf(
        "other entry around a post",
        "MF-F-04",
        (NOTE, "</article>", '<div class="h-entry"><p class="p-name">x</p></div></article>'),
    ),
    mf("unknown rel in head", "MF-R-01", (NOTE, 'rel="stylesheet"', 'rel="stylesheet pretty"')),
    mf("feed link without title", "MF-R-01", ("index.html", ' title="Ana (RSS)"', "")),
    mf("no Atom link", "MF-R-01", ("index.html", "application/atom+xml", "application/xml")),
    mf("unknown rel in body", "MF-R-02", (NOTE, 'rel="tag"', 'rel="tag pretty"')),
    mf("reply without rel", "MF-R-02", in_page("reply", ' rel="in-reply-to"', "")),
    mf("rel=me without TLS", "MF-R-03", ("index.html", "https://social", "http://social")),
    mf(
        "comment without words",
        "MF-M-01",
        (NOTE, '<div class="e-content"><p>Words 1.</p></div>', ""),
    ),
    mf("comment as no citation", "MF-M-01", (NOTE, "u-comment h-cite", "u-comment")),
    mf(
        "like without a name",
        "MF-M-02",
        (
            NOTE,
            '<li class="u-like h-cite"><span class="p-author h-card">',
            '<li class="u-like h-cite"><span class="h-card">',
        ),
    ),
    mf("face of another name", "MF-M-02", (NOTE, 'alt="Ben"', 'alt="face"')),
    mf(
        "repost without address",
        "MF-M-03",
        (NOTE, '<a class="u-url" rel="nofollow ugc" href="https://ben.example/repost/3">', "<a>"),
    ),
    mf("bookmark as no citation", "MF-M-04", (NOTE, "u-bookmark h-cite", "u-bookmark")),
    mf("unlisted guest", "MF-M-05", in_page("event", "p-attendee h-card", "h-card")),
    mf("mention without address", "MF-M-07", (NOTE, MENTIONED, '<b class="p-name">Cem</b>')),
    mf(
        "comment named by its words",
        "MF-M-09",
        (NOTE, "<p>Words 1.</p>", '<p class="p-name">Words 1.</p>'),
    ),
    mf("comment without end", "MF-M-10", (NOTE, "Words 1.", "word " * 300)),
    mf("replies out of order", "MF-M-12", (NOTE, 'datetime="2024-05-02', 'datetime="2023-05-02')),
    mf("followed link of a stranger", "MF-M-13", (NOTE, 'rel="nofollow ugc"', 'rel="nofollow"')),
    mf("a stranger's form", "MF-M-13", (NOTE, "<p>Words 1.</p>", "<form></form>")),
    mf(
        "response outside its entry",
        "MF-M-14",
        (NOTE, "</main>", '<p class="u-like h-cite">x</p></main>'),
    ),
    mf("wrong count", "MF-M-15", (NOTE, "6 responses", "7 responses")),
    mf("wrong count of replies", "MF-M-15", (NOTE, "2 replies", "1 reply")),
]

RSS, ATOM, JSON = "rss.xml", "atom.xml", "feed.json"
ITEM = f"<link>{HOME}note/</link>"
FIRST = "<description>note by Ana</description>"

FEEDS = [
    feeds("byte order mark", "FD-A-01", (RSS, "<?xml version", "\ufeff<?xml version")),
    feeds("no declaration", "FD-A-01", (ATOM, '<?xml version="1.0" encoding="utf-8"?>\n', "")),
    feeds("not well-formed", "FD-A-01", (ATOM, "</feed>", "</fed>")),
    feeds("broken JSON", "FD-A-01", (JSON, '"items"', "items")),
    feeds("forbidden character", "FD-A-02", (ATOM, "<name>Ana</name>", "<name>Ana\ufffe</name>")),
    feeds(
        "id twice", "FD-A-03", (RSS, f"<guid>{HOME}article/</guid>", f"<guid>{HOME}note/</guid>")
    ),
    feeds(
        "time of the build",
        "FD-A-04",
        (ATOM, "<title>Ana</title><updated>2024-09-28", "<title>Ana</title><updated>2024-10-28"),
    ),
    feeds(
        "RSS dated otherwise",
        "FD-A-04",
        (RSS, "<lastBuildDate>Sat, 28 Sep", "<lastBuildDate>Mon, 30 Sep"),
    ),
    feeds("relative address", "FD-A-05", (RSS, f'href="{HOME}tags/', 'href="/tags/')),
    feeds("bare fragment", "FD-A-05", (JSON, f'href=\\"{HOME}note/#swifts', 'href=\\"#swifts')),
    feeds(
        "entry that leads nowhere",
        "FD-A-05",
        (JSON, f'"url": "{HOME}note/"', f'"url": "{HOME}nought/"'),
    ),
    feeds("half the words", "FD-A-06", (RSS, "A porch is the open side of a house.", "A porch is")),
    feeds("script in content", "FD-A-07", (RSS, "Swifts are", "<script>1</script>Swifts are")),
    feeds("style in content", "FD-A-07", (RSS, "<p>Swifts", '<p style="x">Swifts')),
    feeds(
        "image without alt", "FD-A-07", (RSS, "Swifts are", f'<img src="{HOME}ana.png">Swifts are')
    ),
    feeds("feed too big", "FD-A-08", (RSS, "Swifts are", "Swifts are" + " swift" * 170_000)),
    feeds(
        "out of order",
        "FD-A-08",
        (JSON, '"date_published": "2024-09-28', '"date_published": "2020-09-28'),
    ),
    feeds("note with a title", "FD-A-09", (RSS, ITEM, f"<title>Note</title>{ITEM}")),
    feeds("empty title", "FD-A-09", (JSON, '"title": "A walk"', '"title": ""')),
    feeds("title with entities", "FD-A-10", (RSS, "On porches &#x26;", "On porches &amp;")),
    feeds(
        "reply without its context",
        "FD-A-11",
        (
            JSON,
            '\\u003cp>\\u003ca href=\\"https://ben.example/1\\">Ben\'s page\\u003c/a>\\u003c/p>',
            "",
        ),
    ),
    feeds("unlinked feed", "FD-A-12", ("index.html", "/atom.xml", "/atom2.xml")),
    feeds("other feed first", "FD-A-12", ("index.html", "/rss.xml", "/notes/rss.xml")),
    feeds(
        "wrong self",
        "FD-A-13",
        (
            ATOM,
            'rel="self" type="application/atom+xml" href="' + HOME,
            'rel="self" type="application/atom+xml" href="' + HOME + "x/",
        ),
    ),
    feeds(
        "hub only in a feed",
        "FD-A-13",
        (JSON, '"items"', '"hubs": [{"type": "WebSub", "url": "https://hub.example/"}], "items"'),
    ),
    feeds("served as another type", "FD-A-14", ("_headers", "application/atom+xml", "text/xml")),
    feeds("XSLT", "FD-A-15", (RSS, 'type="text/css"', 'type="text/xsl"')),
    feeds("no such style sheet", "FD-A-15", (RSS, "style-1a2b.css", "style.css")),
    feeds("hidden post", "FD-A-16", (JSON, f'"url": "{HOME}note/"', f'"url": "{HOME}secret/"')),
    feeds("formats that differ", "FD-A-17", (RSS, "Swifts are back.", "Swifts  are back!")),
    feeds("old RSS", "FD-R-01", (RSS, 'rss version="2.0"', 'rss version="0.91"')),
    feeds(
        "unused namespace",
        "FD-R-01",
        (RSS, "<rss ", '<rss xmlns:media="http://search.yahoo.com/mrss/" '),
    ),
    feeds("no description", "FD-R-02", (RSS, "<description>Ana's porch</description>", "")),
    feeds(
        "image of another title",
        "FD-R-02",
        (
            RSS,
            "<title>Ana</title><link>https://ana.example/</link></image>",
            "<title>Bob</title><link>https://ana.example/</link></image>",
        ),
    ),
    feeds(
        "language twice",
        "FD-R-03",
        (RSS, "<language>en</language>", "<language>en</language><language>de</language>"),
    ),
    feeds("link twice in an item", "FD-R-03", (RSS, ITEM, ITEM + ITEM)),
    feeds("empty item", "FD-R-04", (RSS, FIRST, "")),
    feeds("no guid", "FD-R-05", (RSS, f"<guid>{HOME}note/</guid>", "")),
    feeds(
        "guid that is no permalink",
        "FD-R-05",
        (RSS, f"<guid>{HOME}note/</guid>", "<guid>note-1</guid>"),
    ),
    feeds("wrong weekday", "FD-R-06", (RSS, "<pubDate>Sat, 28", "<pubDate>Sun, 28")),
    feeds("date of one digit", "FD-R-06", (RSS, "28 Sep 2024 10", "8 Sep 2024 10")),
    feeds(
        "description after content",
        "FD-R-07",
        (RSS, FIRST, ""),
        (RSS, "</content:encoded></item>", "</content:encoded><description>x</description></item>"),
    ),
    feeds(
        "markup in description",
        "FD-R-07",
        (RSS, FIRST, "<description>&lt;p&gt;x&lt;/p&gt;</description>"),
    ),
    feeds(
        "author without mail",
        "FD-R-08",
        (RSS, "<dc:creator>Ana</dc:creator>", "<author>Ana</author>"),
    ),
    feeds(
        "category twice",
        "FD-R-09",
        (RSS, "<category>note</category>", "<category>note</category><category>note</category>"),
    ),
    feeds("enclosure of another length", "FD-R-10", (RSS, 'length="5"', 'length="6"')),
    feeds("enclosure without type", "FD-R-10", (RSS, ' type="audio/mpeg"', "")),
    feeds(
        "no generator",
        "FD-T-01",
        (ATOM, "<generator", "<maker"),
        (ATOM, "</generator>", "</maker>"),
    ),
    feeds("no language", "FD-T-01", (ATOM, ' xml:lang="en"', "")),
    feeds("feed id that is no URI", "FD-T-02", (ATOM, f"<id>{HOME}</id>", "<id>ana</id>")),
    feeds("no author", "FD-T-03", (ATOM, "<author><name>Ana</name></author>", "")),
    feeds("category without term", "FD-T-03", (ATOM, 'term="note"', 'label="note"')),
    feeds(
        "unescaped content",
        "FD-T-04",
        (ATOM, '<content type="html">', '<content type="html"><b>x</b>'),
    ),
    feeds("content of type text", "FD-T-04", (ATOM, 'content type="html"', 'content type="text"')),
    feeds("title as html", "FD-T-05", (ATOM, "<title>A walk", '<title type="html">A walk')),
    feeds(
        "date without zone",
        "FD-T-06",
        (ATOM, "<published>2024-09-28T10:00:00+01:00", "<published>2024-09-28T10:00:00"),
    ),
    feeds(
        "updated before published",
        "FD-T-06",
        (ATOM, "<published>2024-09-28T10:00:00+01:00", "<published>2024-09-28T20:00:00+01:00"),
    ),
    feeds("reply without ref", "FD-T-07", (ATOM, ' ref="https://ben.example/1"', "")),
    feeds("enclosure of no type", "FD-T-07", (ATOM, ' length="5" type="audio/mpeg"', "")),
    feeds(
        "version not first",
        "FD-J-01",
        (
            JSON,
            '"version": "https://jsonfeed.org/version/1.1",\n "title": "Ana"',
            '"title": "Ana",\n "version": "https://jsonfeed.org/version/1.1"',
        ),
    ),
    feeds("no authors", "FD-J-01", (JSON, '"authors"', '"_authors"')),
    feeds("id that is a number", "FD-J-02", (JSON, f'"id": "{HOME}note/"', '"id": 1')),
    feeds("attachment without type", "FD-J-02", (JSON, '"mime_type"', '"_type"')),
    feeds(
        "markup in content_text",
        "FD-J-03",
        (JSON, '"content_html": "\\u003cp>Swifts', '"content_text": "\\u003cp>Swifts'),
    ),
    feeds("unknown key", "FD-J-04", (JSON, '"title": "A walk"', '"title": "A walk", "mood": 1')),
    feeds("bare angle bracket", "FD-J-05", (JSON, "\\u003cp>Swifts", "<p>Swifts")),
    feeds("OPML without title", "FD-O-01", ("following.opml", "<title>Ana follows</title>", "")),
    feeds("OPML with a wrong date", "FD-O-01", ("following.opml", "Sat, 28", "Sun, 28")),
    feeds(
        "subscription without address",
        "FD-O-02",
        ("following.opml", ' xmlUrl="https://ben.example/feed"', ""),
    ),
    feeds("unlinked blogroll", "FD-O-03", ("index.html", 'rel="blogroll"', 'rel="roll"')),
]

BROWSER = [
    Breakage("nu", "unclosed element", {"html"}, [(NOTE, "</article>", "</articel>")]),
    Breakage("nu", "status line of a page that is there", {"html"},
             [(NOTE, "<title>", '<meta http-equiv="status" content="410 Gone"><title>')]),
    Breakage("axe", "what a browser sees", {"axe", "console", "width", "script"}, [
        (NOTE, "<main", '<p id="x" style="color:red">styled</p><main'),
        (ARTICLE, '<p class="p-summary">', f'<img src="/x.png"><p class="p-summary"><img src="{OTHER}">'),
        ("photo/index.html", "A wall in", "w" * 200 + " "),
        ("photo/index.html", "</main>", '</main><script src="/hide.js"></script>'),
        ("hide.js", None, 'document.querySelector("main").textContent += " and more".repeat(20);'),
        (CSS, "overflow-wrap: break-word", ""),
        (CSS, "#004080", "#aaaaaa"),
    ]),
]  # fmt: skip

RUNS = '<img src="x:" onerror="{0}">'
XSS = [
    Breakage("xss", "what strangers do by themselves",
             {"ran", "dialog", "window", "request", "handler", "element", "vector"}, [
        (NOTE, "Words 1.", RUNS.format("window.__ran('img-onerror')")),
        (NOTE, "Words 2.", '<img src="http://evil.invalid/img-src">'),
        ("event/index.html", "We walk.", "<script>alert(1); open('/')</script>We walk."),
    ]),
    Breakage("xss", "what strangers lie in wait with",
             {"navigation", "address", "id", "count", "outside", "data"}, [
        (NOTE, "Words 1.", '<a href="java&Tab;script:alert(1)">Words</a><p id="main">'),
        (NOTE, '<li class="u-comment h-cite">', '<li class="u-comment">'),
        (NOTE, "Words 2.", "</section><script type='application/ld+json'>{x}</script>"),
        ("reply/index.html", "I agree", '<meta http-equiv="refresh" content="0;url=/note/">I agree'),
    ]),
    Breakage("xss", "what runs in careless readers of RSS", {"ran"}, [
        (RSS, "<![CDATA[<p>Swifts", "<![CDATA[<img src=x: onerror=window.__ran(1)>Swifts"),
    ]),
    Breakage("xss", "what runs in careless readers of Atom", {"ran"}, [
        (ATOM, "&lt;p&gt;Swifts", "&lt;img src=x: onerror=window.__ran(1)&gt;Swifts"),
    ]),
    Breakage("xss", "what runs in careless readers of a JSON Feed", {"ran"}, [
        (JSON, '"content_html": "\\u003cp>Swifts',
         '"content_html": "\\u003cimg src=x: onerror=window.__ran(1)>Swifts'),
    ]),
]  # fmt: skip

BREAKAGES = [*SITE, *MICROFORMATS, *FEEDS, *BROWSER, *XSS]
