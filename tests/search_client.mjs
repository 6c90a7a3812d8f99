// The search script, run by node: `node tests/search_client.mjs <site>`, where <site> holds an
// index and `documents.json` as the test in `search_index.rs` writes them. The page is a stand-in
// of a few elements; browsers are not needed.

import assert from "node:assert/strict";
import events from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";

const site = process.argv[2];
const here = (path) => new URL(path, import.meta.url);
const source = readFileSync(here("../themes/shared/assets/search.js"));
// A data: address, so that node takes it for a module whatever it is called.
const { tokenise, wanted, openIndex, excerpt, enhance } =
  await import(`data:text/javascript;base64,${source.toString("base64")}`);

events.defaultMaxListeners = 100; // a query waits for as many files as it shows
const manifest = "https://example.org/search/index.json";
const documents = JSON.parse(readFileSync(`${site}/documents.json`, "utf8"))
  .map(([href, title, tags, text, date]) => ({ href, title, tags, text, date }));

/** A fetch that reads files, remembers what it was asked for and can be made to fail. */
function server({ answer = () => undefined } = {}) {
  const asked = [];
  const fetcher = async (url, { signal }) => {
    asked.push(url.pathname);
    const special = answer(url.pathname, signal);
    if (special) return special;
    const path = `${site}${url.pathname}`;
    return existsSync(path)
      ? { ok: true, status: 200, json: async () => JSON.parse(readFileSync(path, "utf8")) }
      : { ok: false, status: 404 };
  };
  return { asked, fetcher };
}

async function names(query, limit = 1000) {
  const search = openIndex(manifest, server().fetcher);
  const { results } = await search(wanted(query), { limit });
  return results.map(([href]) => href.replace(/^\/blog\/|\/$/g, ""));
}

// Words

test("tokens are those of the build", () => {
  const cases = {
    "": [],
    "Hello, World!": ["hello", "world"],
    "Don’t STOP, it's": ["dont", "stop", "its"],
    "Café Ångström Łódź Straße œuvre": ["cafe", "angstrom", "lodz", "strasse", "oeuvre"],
    "Όλος ΟΔΟΣ": ["ολοσ", "οδοσ"],
    "й Йога": ["й", "йога"],
    "日本語": ["日本", "本語"],
    "猫": ["猫"],
    "iPhoneを買う": ["iphone", "を買", "買う"],
    "ｶﾞ ガ": ["ガ", "ガ"],
    "ﬁn ① ２０２４": ["fin", "1", "2024"],
    "İstanbul ISPARTA ılık": ["istanbul", "isparta", "ilik"],
    "soft\u00ADhyphen zero\u200Bwidth": ["softhyphen", "zerowidth"],
    "हिन्दी भाषा": ["हिन्दी", "भाषा"],
    "C++ & a_b snake-case 🦀": ["c", "a", "b", "snake", "case"],
    ["x".repeat(40)]: ["x".repeat(32)],
  };
  for (const [text, expected] of Object.entries(cases)) {
    assert.deepEqual(tokenise(text), expected.map((token) => token.normalize("NFC")), text);
  }
});

const fixture = here("fixtures/text/tokens.json");
const skip = !existsSync(fixture) && !process.env.LANAI_CI && "the fixture is not there";
test("tokens are those of the shared cases", { skip }, () => {
  for (const { text, tokens } of JSON.parse(readFileSync(fixture, "utf8"))) {
    assert.deepEqual(tokenise(text), tokens, JSON.stringify(text));
  }
});

test("the last word of a query may be a beginning", () => {
  assert.deepEqual(wanted("green Tea green t"), [
    { word: "green", prefix: false },
    { word: "tea", prefix: false },
    { word: "t", prefix: true },
  ]);
  assert.deepEqual(wanted("tea tea"), [{ word: "tea", prefix: false }]);
  assert.deepEqual(wanted("猫 写真"), [
    { word: "猫", prefix: true },
    { word: "写真", prefix: true },
  ]);
  assert.deepEqual(wanted(" + "), []);
});

// Finding

test("title, then tags, then times, then newer first", async () => {
  const found = await names("tea");
  assert.deepEqual(found.slice(0, 3), ["green", "tag", "often"]);
  const [once, about, team] = ["once", "about", "team"].map((name) => found.indexOf(name));
  assert.ok(2 < once && once < about, "pages without a date come last");
  assert.ok(about < team, "the whole word comes before one that begins so");
});

test("all words must be there", async () => {
  assert.deepEqual(await names("tea team"), ["once"]);
  assert.deepEqual(await names("team tea"), ["once", "team"], "the last may be a beginning");
  assert.deepEqual(await names("tea nowhereatall"), []);
  assert.deepEqual(await names("drinks green"), ["green"]);
});

test("any language", async () => {
  for (const [query, name] of [
    ["cafe creme", "cafe"], ["CAFÉ", "cafe"], ["l'été nimes", "cafe"],
    ["黒猫", "neko"], ["猫", "neko"], ["猫 動物", "neko"], ["日本語", "neko"], ["語を話", "neko"],
    ["物", "neko"], ["ชาเย็น", "thai"], ["ชา", "thai"], ["didn't", "team"], ["didn’", "team"],
  ]) {
    assert.deepEqual(await names(query), [name], query);
  }
  assert.deepEqual(await names("本日"), [], "the characters in another order");
});

/** What each word weighs in a document, from reading it. */
function weighed({ href, title, tags, text }) {
  const counts = new Map();
  const count = (text, add) => tokenise(text).forEach((token) => {
    const counted = counts.get(token) ?? { title: 0, tag: 0, text: 0 };
    counts.set(token, { ...counted, ...add(counted) });
  });
  count(title, () => ({ title: 32 }));
  tags.forEach((tag) => count(tag, () => ({ tag: 16 })));
  count(text, ({ text }) => ({ text: Math.min(15, text + 1) }));
  const sum = ([token, { title, tag, text }]) => [token, title + tag + text];
  return { href, weights: [...counts].map(sum) };
}
const read = documents.map(weighed);

/** The same search without an index. */
function plainly(query) {
  const best = ({ word, prefix }, weights) => Math.max(0, ...weights
    .filter(([token]) => token === word || (prefix && token.startsWith(word)))
    .map(([token, weight]) => weight + (token === word ? 8 : 0)));
  const words = wanted(query);
  return read
    .map(({ href, weights }) => ({ href, best: words.map((word) => best(word, weights)) }))
    .filter(({ best }) => best.every((weight) => weight > 0))
    .map(({ href, best }) => ({ href, weight: best.reduce((a, b) => a + b) }));
}

test("every query finds what reading all documents finds, best first", async () => {
  const search = openIndex(manifest, server().fetcher);
  const vocabulary = documents.flatMap(({ text }) => tokenise(text));
  const pick = (n) => vocabulary[(n * 7919) % vocabulary.length];
  for (let n = 0; n < 60; n += 1) {
    const cut = n % 2 ? pick(n).slice(0, 3) : pick(n);
    const query = n % 3 ? `${pick(n * 31)} ${cut}` : cut;
    const { total, results } = await search(wanted(query), { limit: 1000 });
    const expected = plainly(query);
    assert.equal(total, expected.length, query);
    const weight = new Map(expected.map((found) => [found.href, found.weight]));
    assert.deepEqual(results.map(([href]) => href).sort(), [...weight.keys()].sort(), query);
    const date = new Map(documents.map((doc) => [doc.href, doc.date.slice(0, 10)]));
    results.slice(1).forEach(([href], at) => {
      const [before] = results[at];
      const order = weight.get(before) - weight.get(href);
      assert.ok(order > 0 || (order === 0 && date.get(before) >= date.get(href)),
        `${query}: ${before} before ${href}`);
    });
  }
});

test("a document is found by every one of its words", async () => {
  const search = openIndex(manifest, server().fetcher);
  for (const { href, text, title } of documents.slice(0, 12)) {
    for (const token of new Set(tokenise(`${title} ${text}`))) {
      const { results } = await search([{ word: token, prefix: false }], { limit: 1000 });
      assert.ok(results.some(([found]) => found === href), `${token} in ${href}`);
    }
  }
});

test("a query loads the manifest, its words and what it shows, once", async () => {
  const { asked, fetcher } = server();
  const search = openIndex(manifest, fetcher);
  const { total, results } = await search(wanted("green tea"));
  assert.equal(total, 1);
  assert.deepEqual(results, [["/blog/green/", "Green tea", "Article", "2020-05-01", "en", "How I brew it."]]);
  assert.equal(asked[0], "/search/index.json");
  assert.ok(asked.length <= 4, asked.join());
  await search(wanted("green tea"));
  assert.ok(asked.length <= 4, asked.join());
  assert.deepEqual(await search([]), { total: 0, results: [] });
  assert.equal((await search(wanted("tea"), { limit: 2 })).results.length, 2);
});

test("an empty index has no results", async () => {
  const empty = { version: 1, documents: 0, terms: [], docs: [] };
  const { asked, fetcher } = server({ answer: () => ({ ok: true, json: async () => empty }) });
  assert.equal((await openIndex(manifest, fetcher)(wanted("tea"))).total, 0);
  assert.equal(asked.length, 1);
});

// Trouble

test("a failed download is told and tried again", async () => {
  let broken = true;
  const { fetcher } = server({
    answer: (path) => broken && path.includes("/t-") && { ok: false, status: 503 },
  });
  const search = openIndex(manifest, fetcher);
  await assert.rejects(search(wanted("green")), /t-.*503/);
  broken = false;
  assert.equal((await search(wanted("green tea"))).total, 1);
});

test("a file that is gone after publishing makes the manifest be read again", async () => {
  let gone = 1;
  const { asked, fetcher } = server({
    answer: (path) => path.includes("/t-") && gone-- > 0 && { ok: false, status: 404 },
  });
  assert.equal((await openIndex(manifest, fetcher)(wanted("green"))).results.length, 1);
  assert.equal(asked.filter((path) => path.endsWith("index.json")).length, 2);
  const { asked: all, fetcher: nothing } = server({ answer: () => ({ ok: false, status: 404 }) });
  await assert.rejects(openIndex(manifest, nothing)(wanted("green")), /404/);
  assert.ok(all.length <= 2, "it does not go on for ever");
});

test("an index of another version is refused", async () => {
  const later = { version: 99, terms: ["0"], docs: ["0"] };
  const { fetcher } = server({ answer: () => ({ ok: true, json: async () => later }) });
  await assert.rejects(openIndex(manifest, fetcher)(wanted("tea")), /version 99/);
});

test("a stale query is stopped, a download that another query needs is not", async () => {
  const signals = new Map();
  let release;
  const slow = new Promise((resolve) => { release = resolve; });
  const { fetcher } = server({
    answer: (path, signal) => {
      signals.set(path, signal);
      if (!path.includes("/t-")) return undefined;
      return new Promise((resolve, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason));
        slow.then(() => resolve(server().fetcher(new URL(path, manifest), {})));
      });
    },
  });
  const search = openIndex(manifest, fetcher);
  const [first, second, third] = [1, 2, 3].map(() => new AbortController());
  const gone = search(wanted("tea"), { signal: first.signal });
  const other = search(wanted("黒猫"), { signal: third.signal });
  await new Promise((resolve) => setTimeout(resolve, 20));
  const kept = search(wanted("tea"), { signal: second.signal });
  await new Promise((resolve) => setTimeout(resolve, 20));
  first.abort();
  third.abort();
  await assert.rejects(other, { name: "AbortError" });
  const stopped = [...signals].filter(([, signal]) => signal.aborted).map(([path]) => path);
  assert.equal(stopped.length, 1, "only what nobody waits for");
  release();
  await assert.rejects(gone, { name: "AbortError" });
  assert.ok((await kept).total > 0);
  await assert.rejects(search(wanted("tea"), { signal: first.signal }), { name: "AbortError" });
  assert.equal((await search(wanted("黒猫"))).total, 1, "a stopped download is begun again");
});

// Showing

test("an excerpt marks the words that were found", () => {
  const shown = (text, query) =>
    excerpt(text, wanted(query)).map((piece, at) => (at % 2 ? `[${piece}]` : piece)).join("");
  assert.equal(shown("A cup of Tea, with the team.", "tea"), "A cup of [Tea], with the [team].");
  assert.equal(shown("Où est l’été ?", "l'ete"), "Où est [l’été] ?");
  assert.equal(shown("'tea'", "tea"), "'[tea]'");
  assert.equal(shown("私の猫は日本語を話す。", "日本語"), "私の猫は[日本語]を話す。");
  assert.equal(shown("黒猫と猫が", "猫"), "黒[猫]と[猫]が");
  assert.equal(shown("𠮷野家と𠮷", "𠮷野"), "[𠮷野]家と𠮷");
  assert.equal(shown("iPhoneを買う", "iphone 買う"), "[iPhone]を[買う]");
  assert.equal(shown("<b>tea</b>", "tea"), "<b>[tea]</b>");
  assert.equal(shown("nothing here", "tea"), "nothing here");
  assert.equal(shown("", "tea"), "");
  const far = `${"word ".repeat(50)}tea ${"more ".repeat(60)}`;
  const cut = shown(far, "tea");
  assert.match(cut, /^…word (word )*\[tea\] more.*…$/);
  assert.ok(cut.length < 300, cut);
  const whole = excerpt(far, []).join("");
  assert.ok(far.startsWith(whole.slice(0, -1)) && whole.endsWith("…"));
});

/** As much of an element as the script uses. */
class Element {
  constructor(name) {
    Object.assign(this, { name, children: [], listeners: {}, dataset: {} });
  }
  append(...children) { this.children.push(...children); }
  replaceChildren(...children) { this.children = children; }
  after(element) { this.next = element; }
  addEventListener(type, listener) { (this.listeners[type] ??= []).push(listener); }
  emit(type, event = {}) { this.listeners[type]?.forEach((listener) => listener(event)); }
  set textContent(text) { this.children = [text]; }
  get textContent() { return this.children.map((child) => child.textContent ?? child).join(""); }
  all(name) {
    const below = this.children.flatMap((child) => child.all?.(name) ?? []);
    return this.name === name ? [this, ...below] : below;
  }
}

/** A page at an address, with a history that can go back. */
function page(address, fetcher) {
  const window = new Element("window");
  const entries = [new URL(address)];
  const location = { get href() { return entries.at(-1).href; }, get search() { return entries.at(-1).search; } };
  Object.assign(globalThis, {
    document: { createElement: (name) => new Element(name), baseURI: address },
    location,
    history: {
      pushState: (state, title, url) => entries.push(new URL(url)),
      replaceState: (state, title, url) => entries.splice(-1, 1, new URL(url)),
    },
    addEventListener: window.addEventListener.bind(window),
    fetch: fetcher,
  });
  const [form, input, status, list] = ["form", "input", "p", "ol"].map((name) => new Element(name));
  form.elements = { q: input };
  form.dataset = { index: "/search/index.json", none: "Nichts", searching: "Suche …", found: "{n} gefunden", failed: "Geht nicht" };
  input.value = "";
  enhance(form, status, list);
  const settle = (pause = 0) => new Promise((resolve) => setTimeout(resolve, pause + 60));
  return {
    form, input, status, list, entries, settle,
    hrefs: () => list.all("a").map((link) => link.href),
    async type(text, event = {}) {
      input.value = text;
      input.emit("input", event);
      await settle(180);
    },
    async enter() {
      form.emit("submit", { preventDefault() {} });
      await settle();
    },
    async back() {
      entries.pop();
      window.emit("popstate");
      await settle();
    },
  };
}

test("a page that comes with a query shows its results", async () => {
  const shown = page("https://example.org/blog/search/?q=green+tea", server().fetcher);
  assert.equal(shown.input.value, "green tea");
  assert.equal(shown.status.textContent, "Suche …");
  await shown.settle();
  assert.equal(shown.status.textContent, "1 gefunden");
  const [item] = shown.list.all("li");
  assert.deepEqual(shown.hrefs(), ["https://example.org/blog/green/"]);
  assert.equal(item.textContent, "Green tea Article · 2020-05-01How I brew it.");
  assert.equal(item.all("span")[0].className, "meta");
  assert.equal(item.all("a")[0].lang, "en");
});

test("typing searches, and a note is named by its first words", async () => {
  const shown = page("https://example.org/search/", server().fetcher);
  assert.equal(shown.status.textContent, "");
  await shown.type("tea tea");
  assert.equal(shown.entries.at(-1).search, "?q=tea+tea");
  const note = shown.list.all("li").find((item) => item.textContent.includes("Note"));
  assert.equal(note.all("a")[0].textContent, "A cup of tea with the team.");
  assert.deepEqual(note.all("mark").map((mark) => mark.textContent), ["tea"]);
  await shown.type("zzzzz");
  assert.equal(shown.status.textContent, "Nichts");
  assert.equal(shown.list.children.length, 0);
  await shown.type("");
  assert.equal(shown.status.textContent, "");
  assert.equal(shown.entries.at(-1).search, "");
  await shown.type("にほ", { isComposing: true });
  assert.equal(shown.entries.at(-1).search, "", "a word that is being put together waits");
});

test("a settled query stays behind in the history", async () => {
  const shown = page("https://example.org/search/", server().fetcher);
  await shown.type("gre");
  await shown.type("green");
  await shown.enter();
  await shown.type("cof");
  await shown.type("coffee");
  assert.deepEqual(shown.entries.map((entry) => entry.search), ["?q=green", "?q=coffee"]);
  await shown.back();
  assert.equal(shown.input.value, "green");
  assert.ok(shown.hrefs().includes("https://example.org/blog/green/"));
  await shown.type("team");
  assert.deepEqual(shown.entries.map((entry) => entry.search), ["?q=green", "?q=team"]);
});

test("more results come with a button", async () => {
  const shown = page("https://example.org/search/?q=t", server().fetcher);
  await shown.settle();
  const more = shown.list.next;
  assert.equal(shown.hrefs().length, 10);
  assert.equal(more.hidden, false);
  more.emit("click");
  await shown.settle();
  assert.equal(shown.hrefs().length, 20);
  await shown.type("green tea");
  assert.equal(more.hidden, true);
});

test("only the last of several queries is shown", async () => {
  const slow = server({
    answer: (path, signal) => path.includes("/t-") && new Promise((resolve, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason));
      setTimeout(() => resolve(server().fetcher(new URL(path, manifest), {})), 100);
    }),
  });
  const shown = page("https://example.org/search/?q=green", slow.fetcher);
  await shown.settle();
  shown.input.value = "黒猫";
  await shown.enter();
  await shown.settle(200);
  assert.deepEqual(shown.hrefs(), ["https://example.org/blog/neko/"]);
  assert.equal(shown.status.textContent, "1 gefunden");
});

test("an error is told in words and goes away", async () => {
  let broken = true;
  const { fetcher } = server({ answer: () => broken && Promise.reject(new TypeError("offline")) });
  const shown = page("https://example.org/search/?q=green", fetcher);
  await shown.settle();
  assert.equal(shown.status.textContent, "Geht nicht (offline)");
  broken = false;
  await shown.enter();
  assert.equal(shown.status.textContent, "1 gefunden");
});

test("the script keeps to itself", () => {
  const code = source.toString();
  for (const word of ["innerHTML", "outerHTML", "insertAdjacent", "eval(", "Function(",
    "localStorage", "sessionStorage", "indexedDB", "cookie", "http:", "https:", "style"]) {
    assert.ok(!code.includes(word), word);
  }
  assert.ok(source.length < 12_000, `${source.length} bytes`);
});
