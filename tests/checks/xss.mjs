#!/usr/bin/env node
// Whether what strangers say stays words: a real Chromium over the sites of `xss_site.py`.
//
// Each page with responses is opened without a Content-Security-Policy, so that the markup by itself
// has to be inert, and those with the longest conversations with it; everything in the responses is
// touched, hovered, focused and opened. What feeds carry goes into a page through innerHTML, as
// careless readers do it. Nothing may come of that:
//   ran         code of a vector runs (`window.__ran`)
//   dialog      a dialog opens
//   window      a window opens
//   navigation  the page is left
//   request     somebody else is asked for something
//   handler     an attribute on*
//   address     a link that runs code, something loaded from elsewhere
//   element     an element or attribute that the responses of the harmless site do not have
//   id          an id or name of the theme's own, or one that stands twice
//   outside     something around the responses differs from the harmless site
//   count       responses are missing, or there are more than were sent
//   data        JSON or XML that cannot be read, or has other parts than the harmless site's
// and each vector is one more check:
//   vector      nothing of the above came from it
// The harmless site is the same with friendly words; what the theme makes is what stands there.
//
//   xss.mjs [DIR --like DIR] [--region CSS] [--patience MS] [--friendly ADDRESS]...
//     [--page ADDRESS [--as ADDRESS]]...
//
//   DIR: a built site; --like: the harmless one; --page: a page that somebody else serves on
//   loopback, as the daemon does; --as: its harmless twin; --region: what on these pages strangers
//   had a part in, the whole page where nothing is it; --patience: how long to wait on each;
//   --friendly: more pages without a vector. What stands in these or in a twin, `element` takes for
//   the template's; without any it finds what no response may hold. Without a twin of its own,
//   `outside` and `count` find nothing in a page.

import { readdirSync, readFileSync, statSync } from "node:fs";
import { createServer } from "node:net";
import { dirname, join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

import { Browser, serve } from "./browser.mjs";
import { Report } from "./report.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const CORPUS = join(here, "..", "fixtures", "xss.json");

/** What strangers had a part in: responses, and the pages that a post refers to. */
const REGION = "#responses, .h-cite";

/** The console lines by which the page's hooks tell. */
const SIGN = "lanai-xss";

/** How long something that has begun may take, in milliseconds. */
const PATIENCE = 60;
const LONG_PATIENCE = 600;

/** The sites are served at the root of a host, whatever host they are made for. */
const ANYWHERE = "http://localhost/";

/** Put into every page and frame before it begins. */
const HOOKS = `(() => {
  const write = console.error.bind(console);
  const say = (item, what) => write("${SIGN}", item, String(what));
  const fix = (name, value) => Object.defineProperty(window, name, { value });
  fix("__ran", (name) => say("ran", name));
  for (const name of ["alert", "confirm", "prompt", "print"]) {
    fix(name, (text) => { say("dialog", name + " " + text); return null; });
  }
  fix("open", (url) => { say("window", url); return null; });
  fix("lanaiStays", Math.random());
  if (window.navigation) {
    navigation.addEventListener("navigate", (event) => {
      say("navigation", event.destination.url);
      if (event.cancelable) event.preventDefault();
    });
  }
  document.addEventListener("securitypolicyviolation", (event) => {
    say("policy", event.effectiveDirective + " " + event.blockedURI);
  });
})();`;

/**
 * Run in the page, of both sites: what stands in it, given the vectors' names and what strangers had
 * a part in.
 */
const LOOK = `
  const names = new Set(arguments[0]);
  // A page that does not mark what strangers had a part in is theirs as a whole.
  const whole = arguments[1] === "body" || !document.querySelector(arguments[1]);
  const REGION = whole ? "body" : arguments[1];
  const all = [...document.querySelectorAll("*")];
  const inside = (element) => element.closest(REGION) !== null;

  // Whose words an element holds: the vector's whose host the nearest response links to.
  const hosts = (place) => [...place.querySelectorAll("a")].map((link) => {
    const found = /^https?:\\/\\/([a-z0-9-]+)\\.(?:example|localhost)(?::\\d+)?(?:\\/|$)/.exec(link.getAttribute("href") ?? "");
    return found && names.has(found[1]) ? found[1] : "";
  });
  const owner = (element) => {
    const place = element.closest(".h-cite, .visit");
    return (place && hosts(place).find((name) => name)) ?? "";
  };
  const shown = (element) => element.cloneNode(false).outerHTML.slice(0, 160);
  const found = { handler: [], address: [], never: [], id: [], data: [] };
  const tell = (item, element, what) => {
    if (found[item].length < 200) found[item].push([owner(element), what + " in " + shown(element)]);
  };

  const LINKS = ["href", "xlink:href", "action", "formaction", "cite", "longdesc"];
  const LOADS = ["src", "poster", "background", "data", "ping", "archive", "codebase", "lowsrc",
    "dynsrc", "manifest", "attributionsrc", "classid"];
  const SHEETS = /stylesheet|icon|preload|prefetch|preconnect|manifest|import/i;
  const parsed = (address) => {
    try { return new URL(address, document.baseURI); } catch { return null; }
  };
  const isOwn = (url) => url === null || url.origin === location.origin;
  const addresses = (element) => {
    for (const name of LINKS) {
      const url = element.hasAttribute(name) ? parsed(element.getAttribute(name)) : null;
      if (url && !["http:", "https:", "mailto:"].includes(url.protocol)) {
        tell("address", element, name + " " + url.protocol);
      }
    }
    const loads = LOADS.map((name) => element.getAttribute(name)).filter((one) => one !== null);
    for (const name of ["srcset", "imagesrcset"]) {
      const list = element.getAttribute(name) ?? "";
      loads.push(...list.split(",").map((one) => one.trim().split(/\\s/)[0]).filter((one) => one));
    }
    if (element.localName === "link" && SHEETS.test(element.rel)) {
      loads.push(element.getAttribute("href") ?? "");
    }
    if (["image", "use", "script", "feImage"].includes(element.localName)) {
      loads.push(element.getAttribute("href") ?? "", element.getAttribute("xlink:href") ?? "");
    }
    for (const address of loads) {
      if (!isOwn(parsed(address))) tell("address", element, "loads " + address);
    }
  };

  // An element as the theme makes it: its name, its attributes, and those values that are not words.
  const TOLD = ["class", "rel", "type", "target", "dir", "method"];
  const kind = (element) => {
    const own = element.namespaceURI === "http://www.w3.org/1999/xhtml";
    const space = own ? "" : "{" + element.namespaceURI + "}";
    const attributes = element.getAttributeNames().sort().map((name) =>
      TOLD.includes(name) ? name + "=" + element.getAttribute(name) : name);
    return space + element.localName + "[" + attributes.join(" ") + "]";
  };

  const NEVER = "script, style, iframe, frame, frameset, object, embed, applet, base, meta, link, form, input,"
    + " button, select, textarea, svg, math, template, slot, audio, video, source, track, portal, dialog,"
    + " marquee, [style], [srcdoc], [contenteditable], [autofocus], [popover], [is], [tabindex], [accesskey]";
  const kinds = new Map();
  const around = [];
  const ids = new Map();
  for (const element of all) {
    for (const name of element.getAttributeNames()) {
      if (/^on/i.test(name) || /:on/i.test(name)) tell("handler", element, name);
      if (name === "id") {
        const id = element.id;
        if (ids.has(id)) tell("id", element, "twice " + id);
        ids.set(id, element);
        const known = /^(responses|r-[0-9a-f]{10}|[hm]-[0-9a-f]{32})$/.test(id);
        if (!whole && inside(element) && !known) tell("id", element, "foreign " + id);
      }
      if (name === "name" && !whole && inside(element)) {
        tell("id", element, "name " + element.getAttribute(name));
      }
    }
    addresses(element);
    if (inside(element)) {
      const signature = kind(element);
      if (!kinds.has(signature)) kinds.set(signature, []);
      const list = kinds.get(signature);
      if (list.length < 20) list.push([owner(element), shown(element)]);
      if (element.matches(NEVER)) tell("never", element, "never");
    } else {
      around.push(kind(element));
    }
  }
  for (const script of document.querySelectorAll('script[type="application/ld+json"]')) {
    try { JSON.parse(script.textContent); } catch (error) { tell("data", script, "JSON-LD: " + error.message); }
  }
  const sent = [...document.querySelectorAll(".h-cite, .visit")].map((place) => hosts(place).find((name) => name) ?? "");
  // What stands around long conversations, to the letter.
  let rest = "";
  if (document.getElementById("responses")) {
    const copy = document.documentElement.cloneNode(true);
    for (const region of copy.querySelectorAll(REGION)) region.remove();
    rest = copy.outerHTML;
  }
  return { found, kinds: [...kinds], around, sent, rest };
`;

/** Run in the page: touch everything that strangers had a part in. Links are not followed. */
const TOUCH = `
  const done = arguments[arguments.length - 1];
  const root = document.querySelector(arguments[0]) ? arguments[0] : "body";
  const EVENTS = {
    MouseEvent: ["click", "dblclick", "auxclick", "contextmenu", "mousedown", "mouseup", "mouseover",
      "mouseenter", "mousemove", "mouseout", "mouseleave"],
    PointerEvent: ["pointerdown", "pointerup", "pointerover", "pointerenter", "pointermove", "pointerout",
      "pointerleave", "pointerrawupdate", "gotpointercapture"],
    FocusEvent: ["focus", "focusin", "blur", "focusout"],
    KeyboardEvent: ["keydown", "keypress", "keyup"],
    WheelEvent: ["wheel"],
    DragEvent: ["dragstart", "drag", "dragenter", "dragover", "drop", "dragend"],
    ClipboardEvent: ["copy", "cut", "paste"],
    AnimationEvent: ["animationstart", "animationiteration", "animationend", "webkitAnimationStart"],
    TransitionEvent: ["transitionrun", "transitionstart", "transitionend"],
    Event: ["load", "error", "toggle", "beforetoggle", "input", "change", "select", "selectstart", "submit",
      "reset", "invalid", "scroll", "scrollend", "slotchange", "close", "cancel", "command", "begin", "end",
      "repeat", "start", "finish", "canplay", "loadstart", "loadeddata", "play", "timeupdate", "ended",
      "touchstart", "touchend", "message", "securitypolicyviolation", "contentvisibilityautostatechange"],
  };
  window.addEventListener("click", (event) => event.preventDefault(), true);
  window.addEventListener("submit", (event) => event.preventDefault(), true);
  for (const element of document.querySelectorAll("details")) element.open = true;
  const places = [...document.querySelectorAll(root)];
  const elements = new Set(places.flatMap((place) => [place, ...place.querySelectorAll("*")]));
  // Nothing is bound above the responses, and what is bound has to stand there itself.
  for (const element of elements) {
    for (const [type, names] of Object.entries(EVENTS)) {
      for (const name of names) {
        element.dispatchEvent(new window[type](name, { bubbles: name === "click", cancelable: true }));
      }
    }
    if (element.matches("a, [tabindex], [contenteditable], summary, input, button")) element.focus?.();
    if (element.localName === "img") element.loading = "eager";
  }
  window.scrollTo(0, document.body?.scrollHeight ?? 0);
  setTimeout(() => done(elements.size), arguments[1]);
`;

/** Run in a blank page: read a feed or another file of XML and say what stands in it. */
const READ_XML = `
  const page = new DOMParser().parseFromString(arguments[0], "application/xml");
  const broken = page.querySelector("parsererror");
  if (broken) return { error: broken.textContent.slice(0, 200) };
  const kinds = new Set([...page.querySelectorAll("*")].map((element) =>
    element.namespaceURI + " " + element.localName + " " + element.getAttributeNames().sort().join(" ")));
  const html = [...page.querySelectorAll("item > description, item > *|encoded, [type=html]")];
  const links = [...page.querySelectorAll("link, id, guid, uri, url")].flatMap((element) =>
    [element.getAttribute("href"), element.children.length ? "" : element.textContent.trim()]);
  const bad = links.filter((link) => link && /^[\\s\\0-\\x20]*(?:javascript|data|vbscript):/i.test(link));
  return { kinds: [...kinds], html: html.map((element) => element.textContent), bad };
`;

/** What other hosts are asked: any connection that ends here. */
class Elsewhere {
  asked = [];

  static async listen() {
    const elsewhere = new Elsewhere();
    elsewhere.server = createServer((socket) => {
      socket.on("error", () => {});
      socket.once("data", (data) => {
        const text = data.toString("latin1");
        // A request's first lines; of TLS the name of the host is in the clear.
        const host = /[a-z0-9.-]+\.(?:invalid|example)\b/i.exec(text);
        if (host) elsewhere.asked.push(`${host[0]} ${/^[\x20-\x7e]+/.exec(text)?.[0] ?? "TLS"}`);
        socket.end("HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
      });
    });
    await new Promise((resolve) => elsewhere.server.listen(0, "127.0.0.1", resolve));
    elsewhere.address = `127.0.0.1:${elsewhere.server.address().port}`;
    return elsewhere;
  }

  /** What was asked since the last look. */
  take() {
    return this.asked.splice(0);
  }
}

/** The files of a folder below it. */
function filesOf(dir) {
  const files = [];
  for (const entry of readdirSync(dir, { withFileTypes: true })) {
    const path = join(dir, entry.name);
    if (entry.isDirectory()) files.push(...filesOf(path).map((name) => join(entry.name, name)));
    else files.push(relative(dir, path));
  }
  return files.sort();
}

class Check {
  constructor(report, browser, elsewhere, vectors) {
    Object.assign(this, { report, browser, elsewhere });
    this.names = vectors.map((vector) => vector.name);
    // A longer name may hold a shorter one.
    this.byLength = [...this.names].sort((a, b) => b.length - a.length);
    this.shown = new Set();
    this.guilty = new Map();
  }

  /** The findings of one item on one page, as lines; and whose they are. */
  findings(where, item, found) {
    return found.map(([owner, what]) => {
      const name = this.names.includes(owner) ? owner : this.named(what);
      if (name) this.guilty.set(name, [...(this.guilty.get(name) ?? []), `${item} on ${where}`]);
      const line = what.replace(/\s+/g, " ");
      return name ? `${name}: ${line}` : line;
    });
  }

  /** The vector whose name a text holds. */
  named(text) {
    const holds = (name) => new RegExp(`(?<![a-z0-9-])${name}(?![a-z0-9-])`).test(text);
    return this.byLength.find(holds) ?? "";
  }

  /** Say what stands in a harmless page. */
  async twin(url, region = REGION) {
    await this.browser.open(url);
    return this.browser.run(LOOK, this.names, region);
  }

  /** Open a page and say what stands in it; then touch it, and say what came of that. */
  async visit(url, { region = REGION, patience = PATIENCE } = {}) {
    await this.forget();
    await this.browser.open(url);
    const stays = await this.browser.run("return [window.lanaiStays, location.href]");
    const looked = await this.look(region);
    const came = await this.touch(region, patience);
    const after = await this.browser.run("return [window.lanaiStays, location.href]").catch(() => []);
    if (stays[0] !== after[0] || stays[1] !== after[1] || stays[1] !== url) {
      came.navigation.push(["", `left for ${after[1] ?? stays[1]}`]);
    }
    return { ...looked, came };
  }

  /** What stands in the page. Where names of strangers hide the page's own, nobody can say. */
  look(region) {
    return this.browser.run(LOOK, this.names, region).catch((error) => {
      const found = { handler: [], address: [], never: [], id: [["", error.message]], data: [] };
      return { found, kinds: [], around: [], sent: [], rest: "" };
    });
  }

  /** Begin anew: nothing that an earlier page has begun is told of the next. */
  async forget() {
    await this.browser.log();
    this.elsewhere.take();
  }

  async touch(region, patience) {
    let stopped = "";
    await this.browser.runAsync(TOUCH, region, patience).catch((error) => {
      stopped = error.message;
    });
    const came = { ran: [], dialog: [], window: [], navigation: [], request: [], policy: [] };
    if (/alert|dialog/.test(stopped)) came.dialog.push(["", stopped]);
    else if (stopped) came.navigation.push(["", `stopped: ${stopped}`]);
    for (const { message } of await this.browser.log()) {
      const said = new RegExp(`"${SIGN}" "([a-z]+)" "((?:[^"\\\\]|\\\\.)*)"`).exec(message);
      if (said) came[said[1]].push(["", said[2]]);
    }
    came.request.push(...this.elsewhere.take().map((line) => ["", line]));
    const [first, ...more] = await this.browser.windows();
    for (const handle of more) {
      came.window.push(["", "another window"]);
      await this.browser.closeWindow(handle, first);
    }
    return came;
  }

  /** What a page may do, and what stands in it whatever the theme. */
  judge(where, { found, came }) {
    const said = (item, list) => this.findings(where, item, list);
    this.report.check("ran", where, said("ran", came.ran));
    this.report.check("dialog", where, said("dialog", came.dialog));
    this.report.check("window", where, said("window", came.window));
    this.report.check("navigation", where, said("navigation", came.navigation));
    this.report.check("request", where, said("request", came.request));
    this.report.check("handler", where, said("handler", found.handler));
    this.report.check("address", where, said("address", found.address));
    this.report.check("id", where, said("id", found.id));
    this.report.check("data", where, said("data", found.data));
  }

  /** What stands in a page beside its harmless twin; `known` is what the theme makes anywhere. */
  compare(where, page, like, known) {
    for (const name of like?.sent ?? page.sent) if (name) this.shown.add(name);
    const foreign = page.kinds.filter(([kind]) => !known.has(kind));
    const added = foreign.flatMap(([kind, list]) => list.map(([owner]) => [owner, `foreign ${kind}`]));
    const found = known.size ? added : page.found.never;
    this.report.check("element", where, this.findings(where, "element", found));
    if (!like) return;
    this.report.check("outside", where, difference(page, like));
    const lost = counts(like.sent, page.sent);
    this.report.check("count", where, this.findings(where, "count", lost));
  }

  /** One page beside its twin. */
  async page(where, url, like, known, options) {
    const page = await this.visit(url, options);
    this.judge(where, page);
    this.compare(where, page, like, known);
  }

  /** Put markup into a blank page the careless way. */
  async insert(where, list) {
    await this.browser.open("about:blank");
    await this.forget();
    const html = list.map((text) => `<div class="h-cite">${text}</div>`);
    const fill = `
      document.body.append(...arguments[0].map((html) => {
        const place = document.createElement("div");
        place.innerHTML = html;
        return place;
      }));`;
    await this.browser.run(fill, html);
    const { found } = await this.look("body");
    const came = await this.touch("body", PATIENCE * 2);
    // A reader has the site's own pictures from its address.
    found.address = found.address.filter(([, what]) => !what.startsWith(`loads ${this.home.origin}/`));
    came.request = came.request.filter(([, what]) => !what.startsWith(`${this.home.host} `));
    this.judge(where, { found, came });
    return found;
  }

  async file(name, dir, like) {
    const text = readFileSync(join(dir, name), "utf8");
    const twin = () => readFileSync(join(like, name), "utf8");
    if (/\.(?:json|webmanifest)$/.test(name)) await this.json(name, text);
    else if (/\.(?:xml|opml|svg)$/.test(name)) await this.xml(name, text, twin());
    else if (name.endsWith(".ics")) this.calendar(name, text, twin());
  }

  async json(name, text) {
    let data;
    try {
      data = JSON.parse(text);
    } catch (error) {
      this.report.check("data", name, this.findings(name, "data", [["", `not JSON: ${error.message}`]]));
      return;
    }
    this.report.check("data", name, []);
    const html = (data.items ?? []).map?.((item) => item?.content_html).filter((text) => text) ?? [];
    if (html.length) await this.insert(name, html);
  }

  async xml(name, text, like) {
    await this.browser.open("about:blank");
    const read = await this.browser.run(READ_XML, text);
    const twin = await this.browser.run(READ_XML, like);
    const foreign = (read.kinds ?? []).filter((kind) => !twin.kinds.includes(kind));
    const found = [
      ...(read.error ? [`not well-formed: ${read.error}`] : []),
      ...foreign.map((kind) => `foreign ${kind}`),
      ...(read.bad ?? []).map((link) => `link ${link}`),
    ];
    this.report.check("data", name, this.findings(name, "data", found.map((what) => ["", what])));
    if (read.html?.length) await this.insert(name, read.html);
  }

  /** Lines that the harmless site's does not have begin with a name of their own. */
  calendar(name, text, like) {
    const heads = (ics) => ics.replace(/\r\n[ \t]/g, "").split(/\r\n/).map((line) => line.split(/[:;]/)[0]);
    const same = heads(text).join() === heads(like).join();
    this.report.check("data", name, same ? [] : ["other lines than in the harmless site's"]);
  }

  /** Each vector that was shown anywhere, or did something. */
  vectors() {
    for (const name of new Set([...this.shown, ...this.guilty.keys()])) {
      this.report.check("vector", name, (this.guilty.get(name) ?? []).slice(0, 3));
    }
  }
}

/** Where the parts around the responses begin to differ. */
function difference(page, like) {
  if (page.rest !== like.rest) {
    let at = 0;
    while (page.rest[at] === like.rest[at]) at += 1;
    return [`differs: ${page.rest.slice(Math.max(0, at - 40), at + 120)}`];
  }
  if (page.around.join("\n") === like.around.join("\n")) return [];
  const at = page.around.findIndex((kind, index) => kind !== like.around[index]);
  return [`differs: ${page.around[at]}, not ${like.around[at]}, after ${page.around[at - 1]}`];
}

/** Whose responses are there more or less often than they should. */
function counts(wanted, got) {
  const times = (list, name) => list.filter((one) => one === name).length;
  const names = [...new Set([...wanted, ...got])];
  return names
    .filter((name) => times(wanted, name) !== times(got, name))
    .map((name) => [name, `shown ${times(got, name)} times, not ${times(wanted, name)}`]);
}

class Window extends Browser {
  windows() {
    return this.command("GET", `${this.session}/window/handles`);
  }

  async closeWindow(handle, back) {
    await this.command("POST", `${this.session}/window`, { handle });
    await this.command("DELETE", `${this.session}/window`);
    await this.command("POST", `${this.session}/window`, { handle: back });
  }
}

/** The pages that strangers had a part in, and the search page. */
function pagesOf(dir) {
  const pages = filesOf(dir).filter((name) => name.endsWith(".html"));
  return pages.filter((name) => readFileSync(join(dir, name), "utf8").includes("h-cite"));
}

async function checkSite(check, dir, like) {
  check.home = homeOf(like);
  const pages = pagesOf(like);
  const pathOf = (name) => encodeURI(name.replace(/(^|\/)index\.html$/, "$1"));
  const twins = new Map();
  const harmless = await serve(like, ANYWHERE);
  for (const name of pages) twins.set(name, await check.twin(`${harmless.origin}/${pathOf(name)}`));
  harmless.close();
  const known = kindsOf([...twins.values()]);
  for (const policy of [false, true]) {
    const { origin, close } = await serve(dir, ANYWHERE, { policy });
    for (const name of pages) {
      const isLong = twins.get(name).rest !== "";
      if (policy && !isLong) continue;
      const where = policy ? `${name} with its policy` : name;
      const patience = isLong ? LONG_PATIENCE : PATIENCE;
      await check.page(where, `${origin}/${pathOf(name)}`, twins.get(name), known, { patience });
    }
    if (!policy) await checkSearch(check, origin, dir);
    close();
  }
  for (const name of filesOf(dir)) await check.file(name, dir, like);
}

/** The address that a site is made for. */
function homeOf(dir) {
  const page = readFileSync(join(dir, "index.html"), "utf8");
  return new URL(/<link rel="canonical" href="([^"]+)"/.exec(page)[1]);
}

/** What the theme makes in responses. */
function kindsOf(twins) {
  return new Set(twins.flatMap((twin) => twin.kinds.map(([kind]) => kind)));
}

/** What the search page makes of words that stand in titles. */
async function checkSearch(check, origin, dir) {
  if (!filesOf(dir).includes(join("search", "index.html"))) return;
  for (const words of ["ran", "onerror", "<script>__ran</script>", '"><svg onload=__ran(1)>']) {
    const url = `${origin}/search/?q=${encodeURIComponent(words)}`;
    const page = await check.visit(url, { region: "body", patience: LONG_PATIENCE });
    check.judge(`search for ${words}`, page);
  }
}

function options(args) {
  const wanted = { dir: null, like: null, region: REGION, patience: LONG_PATIENCE, friendly: [], pages: [] };
  for (let at = 0; at < args.length; at += 1) {
    const value = args[at + 1];
    if (args[at] === "--like" && value) wanted.like = args[(at += 1)];
    else if (args[at] === "--region" && value) wanted.region = args[(at += 1)];
    else if (args[at] === "--patience" && Number(value)) wanted.patience = Number(args[(at += 1)]);
    else if (args[at] === "--friendly" && value) wanted.friendly.push(args[(at += 1)]);
    else if (args[at] === "--page" && value) wanted.pages.push({ url: args[(at += 1)], as: null });
    else if (args[at] === "--as" && value && wanted.pages.length) wanted.pages.at(-1).as = args[(at += 1)];
    else if (!args[at].startsWith("-") && !wanted.dir) wanted.dir = args[at];
    else return null;
  }
  if (!wanted.dir !== !wanted.like) return null;
  return wanted.dir || wanted.pages.length ? wanted : null;
}

async function main() {
  const wanted = options(process.argv.slice(2));
  if (!wanted) {
    const more = "[--region CSS] [--patience MS] [--friendly ADDRESS]... [--page ADDRESS [--as ADDRESS]]...";
    console.log(`usage: xss.mjs [DIR --like DIR] ${more}`);
    return 2;
  }
  for (const dir of [wanted.dir, wanted.like].filter((dir) => dir)) {
    if (!statSync(dir, { throwIfNoEntry: false })?.isDirectory()) {
      console.error(`${dir}: no such folder`);
      return 1;
    }
  }
  const vectors = JSON.parse(readFileSync(CORPUS, "utf8"));
  const elsewhere = await Elsewhere.listen();
  const browser = await Window.start({ others: elsewhere.address });
  const report = new Report("xss", 12);
  const check = new Check(report, browser, elsewhere, vectors);
  try {
    await browser.cdp("Page.addScriptToEvaluateOnNewDocument", { source: HOOKS });
    if (wanted.dir) await checkSite(check, wanted.dir, wanted.like);
    const { region, patience } = wanted;
    const twins = new Map();
    for (const { as } of wanted.pages) if (as) twins.set(as, await check.twin(as, region));
    const friendly = [...twins.values()];
    for (const url of wanted.friendly) friendly.push(await check.twin(url, region));
    const known = kindsOf(friendly);
    for (const { url, as } of wanted.pages) {
      await check.page(url, url, twins.get(as), known, { region, patience });
    }
    check.vectors();
  } finally {
    await browser.close();
    elsewhere.server.close();
  }
  return report.close();
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  process.exitCode = await main();
}
