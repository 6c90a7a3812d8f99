// Search in the browser over the files that `src/search` writes. Stores nothing, asks nobody else.
//
// The page has <form id="search" data-index="/search/index.json"> with <input name="q">,
// <p id="search-status" role="status"> and <ol id="results">. Its words are in the form's data-:
// `searching`, `none`, `found` ("{n} results"), `more` (a button) and `failed`.

const VERSION = 1; // of the index
const PAGE = 10; // results at first and per press of the button
const PREFIX_SHARDS = 8; // files loaded for the beginning of a word
const PAUSE = 150; // milliseconds without a key before searching
const EXACT = 8; // what a whole word weighs over one that only begins so

// Tokens are cut as in `src/text/tokens.rs`.

const FOLDS = {
  ß: "ss", æ: "ae", œ: "oe", ø: "o", đ: "d", ð: "d", ł: "l", þ: "th", ħ: "h", ı: "i", ς: "σ",
};
const SILENT = "['\\u2019\\u02BC\\xAD\\u0640\\u200B-\\u200D\\u2060\\uFEFF]";
const POINTS = "(?=\\p{M})[\\u0591-\\u05C7\\u0610-\\u061A\\u064B-\\u065F\\u0670]"; // Hebrew, Arabic
const DENSE = // scripts without spaces between words
  ("[E00-EFF 1000-109F 1100-11FF 1780-17FF 2E80-2FDF 3005-3007 3021-302F 3031-3035 3038-303B " +
  "3041-318F 31A0-31BF 31F0-31FF 3400-4DBF 4E00-9FFF A960-A97F AC00-D7FF F900-FAFF FF66-FF9F " +
  "1AFF0-1B16F 20000-3FFFF]").replace(/[0-9A-F]+/g, "\\u{$&}").replaceAll(" ", "");
const WORD = "[\\p{Alphabetic}\\p{N}\\p{M}]";
const SPACED = `(?!${DENSE})${WORD}`;
const isDense = new RegExp(`^${DENSE}`, "u");
const folding = new RegExp(`[${Object.keys(FOLDS).join("")}]|${SILENT}|${POINTS}`, "gu");
// Text that is shown still has its apostrophes.
const runs = new RegExp(`(?:(?=${DENSE})${WORD})+|${SPACED}(?:${SILENT}*${SPACED})*`, "gu");

/** The search tokens of a text, in order. */
export function tokenise(text) {
  const folded = text.normalize("NFKD").toLowerCase()
    .replace(folding, (letter) => FOLDS[letter] ?? "")
    .replace(/[a-zα-ωе]\p{M}+/gu, (letter) => letter.replace(/[\u0300-\u036F]/g, ""))
    .normalize("NFC");
  return (folded.match(runs) ?? []).flatMap((run) => {
    const letters = [...run];
    if (letters.length === 1 || !isDense.test(run)) return letters.slice(0, 32).join("");
    return letters.slice(1).map((letter, at) => letters[at] + letter);
  });
}

/** The words of a query. The last may be the beginning of one, and so may any single character of
 *  a script without spaces. */
export function wanted(query) {
  const tokens = tokenise(query);
  const last = tokens.pop();
  const whole = new Set(tokens);
  const isLetter = (word) => isDense.test(word) && [...word].length === 1;
  const words = [...whole].map((word) => ({ word, prefix: isLetter(word) }));
  return last && !whole.has(last) ? [...words, { word: last, prefix: true }] : words;
}

const matches = ({ word, prefix }, token) => token === word || (prefix && token.startsWith(word));

// The index, in the format of `src/search`.

const hex = (number, digits) => number.toString(16).padStart(digits, "0");

/** Which shard a key is in: the last whose name is not above it. */
function locate(names, key) {
  const above = names.findIndex((name) => name > key);
  return Math.max(0, (above < 0 ? names.length : above) - 1);
}

/** Calls back with number and weight of each posting. */
function unpack(packed, each) {
  let at = 0;
  const number = () => {
    let value = 0;
    for (let shift = 0; ; shift += 5) {
      const digit = packed.charCodeAt(at++);
      if (digit < 93) return value | ((digit - 48) << shift);
      value |= (digit - 93) << shift;
    }
  };
  for (let id = 0; at < packed.length; ) {
    const step = number();
    id += step >> 1;
    each(id, step & 1 ? number() : 1);
  }
}

/** A search in the index whose manifest is at a complete `address`. */
export function openIndex(address, fetcher = (...request) => fetch(...request)) {
  const files = new Map();

  // Queries share downloads; one nobody waits for is stopped.
  function load(name, signal) {
    signal?.throwIfAborted();
    let file = files.get(name);
    if (!file) {
      const stop = new AbortController();
      file = { stop, waiting: 0, json: read(name, stop.signal) };
      files.set(name, file);
      file.json.then(() => { file.waiting = Infinity; }, () => forget(name, file));
    }
    file.waiting += 1;
    signal?.addEventListener("abort", () => {
      file.waiting -= 1;
      if (file.waiting > 0) return;
      forget(name, file);
      file.stop.abort();
    });
    return file.json;
  }

  const forget = (name, file) => files.get(name) === file && files.delete(name);

  async function read(name, signal) {
    const response = await fetcher(new URL(name, address), { signal });
    if (response.ok) return response.json();
    throw new Error(`${name}: ${response.status}`, { cause: response.status });
  }

  /** The documents with a word, and its weight in each. */
  async function weights(word, names, signal) {
    const key = Array.from(new TextEncoder().encode(word.word), (byte) => hex(byte, 2)).join("");
    const from = locate(names, key);
    let to = from + 1;
    while (word.prefix && to - from < PREFIX_SHARDS && names[to]?.startsWith(key)) to += 1;
    const shards = await Promise.all(
      names.slice(from, to).map((name) => load(`t-${name}.json`, signal)));
    const found = new Map();
    for (const shard of shards) {
      const parts = shard.split(" ");
      for (let at = 0; at < parts.length; at += 2) {
        if (!matches(word, parts[at])) continue;
        const more = parts[at] === word.word ? EXACT : 0;
        unpack(parts[at + 1], (id, weight) => {
          found.set(id, Math.max(found.get(id) ?? 0, weight + more));
        });
      }
    }
    return found;
  }

  async function find(words, limit, signal) {
    const { version, terms, docs } = await load(address, signal);
    if (version !== VERSION) throw new Error(`version ${version}`);
    const lists = await Promise.all(words.map((word) => weights(word, terms, signal)));
    const ranked = [...lists[0].keys()]
      .filter((id) => lists.every((list) => list.has(id)))
      .map((id) => [id, lists.reduce((sum, list) => sum + list.get(id), 0)])
      // Numbers follow dates: of equals the newer first.
      .sort(([a, weightA], [b, weightB]) => weightB - weightA || b - a);
    const shown = await Promise.all(ranked.slice(0, limit).map(async ([id]) => {
      const shard = await load(`d-${docs[locate(docs, hex(id, 8))]}.json`, signal);
      return shard[id]; // none if it has gone since
    }));
    signal?.throwIfAborted();
    return { total: ranked.length, results: shown.filter(Boolean) };
  }

  /** The best documents with all `words`, as `wanted` gives them, and how many there are.
   *  A document is `[path, title, kind, date, language, opening]`. */
  return async (words, { limit = PAGE, signal } = {}) => {
    if (words.length === 0) return { total: 0, results: [] };
    try {
      return await find(words, limit, signal);
    } catch (error) {
      // Published anew, and a file is gone: begin again with the new manifest.
      if (error.cause !== 404 || !files.delete(address)) throw error;
      return find(words, limit, signal);
    }
  };
}

/** About 240 characters of a text around the first hit; every second piece is a hit. */
export function excerpt(text, words) {
  const hits = [];
  const hit = (from, to) => {
    const last = hits.at(-1);
    if (last && from <= last[1]) last[1] = Math.max(last[1], to);
    else hits.push([from, to]);
  };
  const wordOf = (shown) =>
    words.find((word) => tokenise(shown).some((token) => matches(word, token)));
  for (const { 0: run, index } of text.matchAll(runs)) {
    if (isDense.test(run)) {
      // Pairs overlap; the last character stands alone.
      const letters = [...run];
      for (let n = 0, at = index; n < letters.length; at += letters[n++].length) {
        const pair = letters.slice(n, n + 2);
        const found = wordOf(pair.join(""));
        if (found) hit(at, at + pair.slice(0, [...found.word].length).join("").length);
      }
    } else if (wordOf(run)) hit(index, index + run.length);
  }
  const first = hits[0]?.[0] ?? 0;
  let at = first > 160 ? text.lastIndexOf(" ", first - 60) + 1 || first - 20 : 0;
  const space = text.indexOf(" ", at + 240);
  const end = space < 0 ? text.length : space;
  const pieces = [];
  let plain = at > 0 ? "…" : "";
  for (const [from, to] of hits.filter(([from]) => from < end)) {
    pieces.push(plain + text.slice(at, from), text.slice(from, to));
    plain = "";
    at = to;
  }
  return [...pieces, plain + text.slice(at, end) + (end < text.length ? "…" : "")];
}

// The page.

const element = (name, properties, ...children) => {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
};

function result([path, title, kind, date, lang, text], words, base) {
  const { href } = new URL(path, base);
  const language = lang && { lang };
  const pieces = excerpt(text, words).map((piece, at) =>
    at % 2 ? element("mark", {}, piece) : piece);
  return element("li", {},
    element("a", { href, ...language }, title || [...text].slice(0, 60).join("") || path), " ",
    element("span", { className: "meta" }, [kind, date].filter(Boolean).join(" · ")),
    element("p", { ...language }, ...pieces));
}

/** Makes the form search as one types. */
export function enhance(form, status, list) {
  const input = form.elements.q;
  const says = form.dataset;
  const base = new URL(says.index, document.baseURI).href;
  const search = openIndex(base);
  const more = element("button", { type: "button", hidden: true }, says.more ?? "More");
  list.after(more);
  let running = new AbortController();
  let limit = PAGE;
  let timer;

  async function run() {
    clearTimeout(timer);
    const stale = running;
    const { signal } = (running = new AbortController());
    // Later, so that downloads the new query shares go on.
    setTimeout(() => stale.abort());
    const words = wanted(input.value);
    const asks = words.length > 0;
    status.textContent = asks ? says.searching : "";
    let [total, results] = [0, []];
    let told = asks ? says.none : "";
    try {
      ({ total, results } = await search(words, { limit, signal }));
      if (total) told = (says.found ?? "{n} results").replace("{n}", total);
    } catch (error) {
      told = `${says.failed ?? "Search failed"} (${error.message})`;
    }
    if (running.signal !== signal) return;
    list.replaceChildren(...results.map((doc) => result(doc, words, base)));
    more.hidden = total <= limit;
    status.textContent = told;
  }

  // A query settled by Enter, or by coming with it, stays in the history; steps of typing do not.
  const asked = () => new URLSearchParams(location.search).get("q") ?? "";
  let settled = asked() !== "";

  function typed() {
    limit = PAGE;
    const query = input.value.trim();
    if (query !== asked()) {
      const url = new URL(location.href);
      url.searchParams.set("q", query);
      if (query === "") url.searchParams.delete("q");
      history[settled ? "pushState" : "replaceState"](null, "", url);
      settled = false;
    }
    run();
  }

  function later(event) {
    if (event.isComposing) return;
    clearTimeout(timer);
    timer = setTimeout(typed, PAUSE);
  }

  input.addEventListener("input", later);
  input.addEventListener("compositionend", later);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    typed();
    settled = true;
  });
  more.addEventListener("click", () => {
    limit += PAGE;
    run();
  });
  addEventListener("popstate", () => {
    input.value = asked();
    settled = true;
    typed();
  });
  input.value = asked() || input.value;
  if (input.value) run();
}

if (typeof document !== "undefined") {
  const parts = ["search", "search-status", "results"].map((id) => document.getElementById(id));
  if (parts.every(Boolean)) enhance(...parts);
}
