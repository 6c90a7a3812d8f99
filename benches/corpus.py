#!/usr/bin/env python3
"""Write one synthetic blog three times: for Lanai, for Hugo and for Zola.

The same posts (same words, same tags, same dates, same code blocks) land in
  OUT/lanai   OUT/hugo   OUT/zola
with the smallest theme for the other two that makes the same pages: one page a post,
a paginated home, a page and a feed for every tag, a site feed, a sitemap.

    corpus.py OUT POSTS [--seed 1]

The text is drawn from a fixed word list with a fixed seed, so two runs write the
same bytes. Sizes follow a log-normal around 350 words; one post in five has a code block, one in three
is a short note without a title.
"""
import argparse, datetime, os, random

WORDS = ("house garden river letter morning market bridge window lantern harbour neighbour kitchen "
         "paper story winter signal copper marble thunder meadow engine pocket ribbon saddle timber "
         "velvet whisper orchard canyon compass feather glacier hammer island journey ladder mirror "
         "needle ocean pepper quarry rocket silver temple umbrella valley wagon yellow zephyr answer "
         "bottle candle dinner effort figure ground health income jacket kettle leader moment number "
         "object people question reason season teacher unit voice weather year the the the of of and "
         "and a a to to in in is it that was for on are with as at be this have from or by not but what").split()
TAGS = [f"topic-{i:02d}" for i in range(60)]
CODE = {
    "rust": "fn main() {\n    let total: u64 = (1..=%d).sum();\n    println!(\"{total}\");\n}",
    "python": "def mean(xs):\n    return sum(xs) / max(len(xs), %d)\n\nprint(mean([1, 2, 3]))",
    "html": "<article class=\"h-entry\">\n  <p class=\"p-name\">Post %d</p>\n</article>",
}


def sentence(rng):
    n = max(4, int(rng.gauss(14, 5)))
    words = [rng.choice(WORDS) for _ in range(n)]
    if rng.random() < 0.15:
        i = rng.randrange(n)
        words[i] = f"[{words[i]}](https://example.org/{words[i]})"
    if rng.random() < 0.15:
        i = rng.randrange(n)
        words[i] = f"*{words[i]}*" if not words[i].startswith("[") else words[i]
    return " ".join(words).capitalize() + "."


def body(rng, words):
    out, count = [], 0
    while count < words:
        para = [sentence(rng) for _ in range(rng.randint(3, 7))]
        count += sum(len(s.split()) for s in para)
        out.append(" ".join(para))
        roll = rng.random()
        if roll < 0.12:
            out.append("## " + " ".join(rng.choice(WORDS) for _ in range(3)))
        elif roll < 0.20:
            out.append("\n".join("- " + sentence(rng) for _ in range(4)))
        elif roll < 0.25:
            out.append("> " + sentence(rng))
    return out


def posts(n, seed):
    rng = random.Random(seed)
    start = datetime.datetime(2008, 1, 1, tzinfo=datetime.timezone.utc)
    for i in range(n):
        note = i % 3 == 0
        words = rng.randint(12, 50) if note else min(3000, max(60, int(rng.lognormvariate(5.85, 0.6))))
        parts = body(rng, words) if not note else [sentence(rng) for _ in range(2)]
        if i % 5 == 0 and not note:
            lang = rng.choice(sorted(CODE))
            parts.insert(1, f"```{lang}\n{CODE[lang] % i}\n```")
        yield dict(
            slug=f"post-{i:06d}",
            title=None if note else " ".join(rng.choice(WORDS) for _ in range(5)).capitalize(),
            date=(start + datetime.timedelta(minutes=i * 97)).strftime("%Y-%m-%dT%H:%M:%SZ"),
            tags=rng.sample(TAGS, 3),
            body="\n\n".join(parts) + "\n",
        )


def put(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as f:
        f.write(text)


BASE_HEAD = '<!doctype html>\n<html lang="en">\n<head><meta charset="utf-8"><title>{t}</title><link rel="alternate" type="application/atom+xml" href="/atom.xml"></head>\n<body>\n<header><a href="/">Bench</a></header>\n<main>\n'
BASE_FOOT = '\n</main>\n<footer>Bench site</footer>\n</body>\n</html>\n'


def hugo_theme(root):
    put(f"{root}/hugo.toml", 'baseURL = "https://example.com/"\ntitle = "Bench"\n[pagination]\npagerSize = 20\n[taxonomies]\ntag = "tags"\n[services.rss]\nlimit = 50\n[markup.highlight]\nnoClasses = false\n')
    base = BASE_HEAD.format(t='{{ .Title | default .Site.Title }}') + '{{ block "main" . }}{{ end }}' + BASE_FOOT
    put(f"{root}/layouts/_default/baseof.html", base)
    card = '<article class="h-entry"><a class="u-url" href="{{ .RelPermalink }}">{{ .Title | default .Date }}</a> <time>{{ .Date.Format "2006-01-02" }}</time><div class="p-summary">{{ .Summary }}</div></article>\n'
    lst = '{{ define "main" }}{{ $p := .Paginate (where .Site.RegularPages "Type" "posts") }}{{ range $p.Pages }}' + card + '{{ end }}{{ with $p.Next }}<a rel="next" href="{{ .URL }}">Older</a>{{ end }}{{ end }}\n'
    put(f"{root}/layouts/index.html", lst)
    put(f"{root}/layouts/_default/list.html", '{{ define "main" }}{{ $p := .Paginate .Pages }}{{ range $p.Pages }}' + card + '{{ end }}{{ with $p.Next }}<a rel="next" href="{{ .URL }}">Older</a>{{ end }}{{ end }}\n')
    put(f"{root}/layouts/_default/terms.html", '{{ define "main" }}{{ range .Pages }}<a href="{{ .RelPermalink }}">{{ .Title }}</a>\n{{ end }}{{ end }}\n')
    put(f"{root}/layouts/_default/single.html", '{{ define "main" }}<article class="h-entry"><h1 class="p-name">{{ .Title }}</h1><time class="dt-published">{{ .Date.Format "2006-01-02T15:04:05Z07:00" }}</time><div class="e-content">{{ .Content }}</div>{{ range .GetTerms "tags" }}<a class="p-category" href="{{ .RelPermalink }}">{{ .LinkTitle }}</a> {{ end }}{{ with .PrevInSection }}<a rel="prev" href="{{ .RelPermalink }}">Earlier</a>{{ end }}{{ with .NextInSection }}<a rel="next" href="{{ .RelPermalink }}">Later</a>{{ end }}</article>{{ end }}\n')


def zola_theme(root):
    put(f"{root}/config.toml", 'base_url = "https://example.com"\ntitle = "Bench"\ngenerate_feeds = true\nfeed_limit = 50\ntaxonomies = [{name = "tags", feed = true, paginate_by = 20}]\n[markdown.highlighting]\nstyle = "class"\ntheme = "github-light"\n')
    base = BASE_HEAD.format(t='{% block title %}Bench{% endblock %}') + '{% block main %}{% endblock %}' + BASE_FOOT
    put(f"{root}/templates/base.html", base)
    card = '<article class="h-entry"><a class="u-url" href="{{ p.permalink }}">{{ p.title | default(value=p.date) }}</a> <time>{{ p.date | date(format="%Y-%m-%d") }}</time><div class="p-summary">{{ p.content | striptags | truncate(length=280) }}</div></article>\n'
    lst = '{% extends "base.html" %}{% block main %}{% for p in paginator.pages %}' + card + '{% endfor %}{% if paginator.next %}<a rel="next" href="{{ paginator.next }}">Older</a>{% endif %}{% endblock %}\n'
    put(f"{root}/templates/index.html", lst)
    put(f"{root}/templates/section.html", lst)
    put(f"{root}/templates/tags/single.html", lst)
    put(f"{root}/templates/tags/list.html", '{% extends "base.html" %}{% block main %}{% for t in terms %}<a href="{{ t.permalink }}">{{ t.name }}</a>\n{% endfor %}{% endblock %}\n')
    put(f"{root}/templates/page.html", '{% extends "base.html" %}{% block main %}<article class="h-entry"><h1 class="p-name">{{ page.title }}</h1><time class="dt-published">{{ page.date }}</time><div class="e-content">{{ page.content | safe }}</div>{% for t in page.taxonomies.tags %}<a class="p-category" href="/tags/{{ t }}/">{{ t }}</a> {% endfor %}{% if page.lower %}<a rel="prev" href="{{ page.lower.permalink }}">Earlier</a>{% endif %}{% if page.higher %}<a rel="next" href="{{ page.higher.permalink }}">Later</a>{% endif %}</article>{% endblock %}\n')
    put(f"{root}/content/_index.md", '+++\nsort_by = "date"\npaginate_by = 20\n+++\n')
    put(f"{root}/content/posts/_index.md", '+++\ntransparent = true\nsort_by = "date"\npaginate_by = 20\n+++\n')


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("out"); ap.add_argument("posts", type=int); ap.add_argument("--seed", type=int, default=1)
    a = ap.parse_args()
    hugo_theme(f"{a.out}/hugo"); zola_theme(f"{a.out}/zola")
    put(f"{a.out}/lanai/lanai.toml", 'title = "Bench"\nurl = "https://example.com"\n')
    for p in posts(a.posts, a.seed):
        tags = ", ".join(f'"{t}"' for t in p["tags"])
        title = p["title"]
        yaml = f"---\n" + (f'title: "{title}"\n' if title else "") + f"date: {p['date']}\ntags: [{tags}]\n---\n\n"
        put(f"{a.out}/hugo/content/posts/{p['slug']}.md", yaml + p["body"])
        put(f"{a.out}/lanai/content/posts/{p['slug']}.md", yaml + p["body"])
        toml = "+++\n" + (f'title = "{title}"\n' if title else "") + f"date = {p['date']}\n[taxonomies]\ntags = [{tags}]\n+++\n\n"
        put(f"{a.out}/zola/content/posts/{p['slug']}.md", toml + p["body"])


if __name__ == "__main__":
    main()
