#!/usr/bin/env node
// What the reader's script and its worker do, in a real Chromium over chromedriver. The pages are
// those that the test of `daemon::pages` leaves in a folder (LANAI_PAGES); a server of its own here
// answers what they ask.
//
//   fold     a long post opens without script
//   fresh    what came since is said in one quiet line, which leads to it
//   keys     j, k, o, m, r and ?, unless somebody writes or has switched them off
//   marks    marking and keeping send what the form holds, without a reload; where that does not
//            work, the form goes as it would without script
//   picture  one that waits is loaded where it stands
//   menu     one opens at a time, and Escape closes it
//   worker   the last timeline is there without network, with its pictures and without forms; other
//            pages say so; nothing is left after logging out, or being found to be logged out
//
//   reader.mjs DIR

import { existsSync, readFileSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join } from "node:path";

import { Browser } from "./browser.mjs";
import { Report } from "./report.mjs";

const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".webmanifest": "application/manifest+json",
};

/** The daemon as far as these pages need it. `asked` holds the forms that came. */
class Daemon {
  constructor(dir) {
    this.dir = dir;
    this.asked = [];
    this.streams = new Set();
    this.quick = true;
    this.open = true;
    const rules = readFileSync(join(dir, "_headers"), "utf8");
    this.policy = /Content-Security-Policy: (.*)/.exec(rules)[1];
  }

  async start(port = 0) {
    this.server = createServer((request, response) => this.answer(request, response));
    await new Promise((resolve) => this.server.listen(port, "127.0.0.1", resolve));
    this.port = this.server.address().port;
    this.origin = `http://127.0.0.1:${this.port}`;
  }

  stop() {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(resolve));
  }

  answer(request, response) {
    const url = new URL(request.url, this.origin);
    if (request.method === "POST") {
      let body = "";
      request.on("data", (bytes) => (body += bytes));
      request.on("end", () => {
        this.asked.push({ path: url.pathname, form: Object.fromEntries(new URLSearchParams(body)) });
        const quiet = this.quick && request.headers.accept === "text/plain";
        const location = url.pathname === "/logout" ? "/out" : "/reader";
        response.writeHead(quiet ? 204 : 303, quiet ? {} : { location }).end();
      });
      return;
    }
    if (url.pathname === "/reader/events") {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(": here\n\n");
      this.streams.add(response);
      request.on("close", () => this.streams.delete(response));
      return;
    }
    if (url.pathname === "/reader" && !this.open) {
      response.writeHead(303, { location: "/offline.html" }).end();
      return;
    }
    const names = {
      "/reader": "timeline.html",
      "/reader/offline": "offline.html",
      "/write": "message.html",
      "/out": "message.html",
    };
    const file = join(this.dir, names[url.pathname] ?? url.pathname);
    if (!existsSync(file) || !statSync(file).isFile()) {
      response.writeHead(404, { "content-type": "text/plain" }).end("not found");
      return;
    }
    response.setHeader("content-type", TYPES[extname(file)] ?? "application/octet-stream");
    response.setHeader("content-security-policy", this.policy);
    if (url.pathname.endsWith("sw.js")) response.setHeader("service-worker-allowed", "/reader");
    response.end(readFileSync(file));
  }

  say(count) {
    for (const stream of this.streams) stream.write(`data: ${JSON.stringify({ count })}\n\n`);
  }
}

const CODES = { j: "KeyJ", k: "KeyK", o: "KeyO", m: "KeyM", r: "KeyR", "?": "Slash", Escape: "Escape" };

async function press(browser, key) {
  const text = key.length === 1 ? key : undefined;
  const code = CODES[key];
  const number = key === "Escape" ? 27 : undefined;
  const common = { key, code, windowsVirtualKeyCode: number };
  await browser.cdp("Input.dispatchKeyEvent", { type: text ? "keyDown" : "rawKeyDown", text, ...common });
  await browser.cdp("Input.dispatchKeyEvent", { type: "keyUp", ...common });
}

/** Look again until it is so; what it was at last is said where it never becomes so. */
async function until(what) {
  let last;
  for (let tries = 0; tries < 100; tries += 1) {
    try {
      last = await what();
    } catch {
      // A page is just going.
    }
    if (last) return last;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return last;
}

/** The id of the post with the focus. */
const FOCUSED = "return document.activeElement?.closest('.item')?.id ?? ''";

async function checkFold(browser, daemon, report) {
  await browser.cdp("Emulation.setScriptExecutionDisabled", { value: true });
  await browser.open(`${daemon.origin}/reader`);
  const find = (using) => browser.command("POST", `${browser.session}/element`, { using: "css selector", value: using });
  const id = (found) => Object.values(found)[0];
  const summary = await find(".whole summary");
  await browser.command("POST", `${browser.session}/element/${id(summary)}/click`);
  const body = await find(".whole .body");
  const shown = await browser.command("GET", `${browser.session}/element/${id(body)}/displayed`);
  await browser.cdp("Emulation.setScriptExecutionDisabled", { value: false });
  report.check("fold", "timeline", shown ? [] : ["the rest stays hidden"]);
}

async function checkFresh(browser, daemon, report) {
  await browser.open(`${daemon.origin}/reader`);
  const line = "return document.querySelector('#fresh').textContent";
  const found = [];
  if (await browser.run(line)) found.push("it says something before anything came");
  await until(() => daemon.streams.size > 0);
  daemon.say(1);
  if (!(await until(async () => (await browser.run(line)) === "1 new"))) found.push(`one: ${await browser.run(line)}`);
  daemon.say(5);
  if (!(await until(async () => (await browser.run(line)) === "5 new"))) found.push(`five: ${await browser.run(line)}`);
  const leads = await browser.run("return document.querySelector('#fresh a').getAttribute('href')");
  if (leads !== "/reader") found.push(`leads to ${leads}`);
  report.check("fresh", "timeline", found);
}

async function checkKeys(browser, daemon, report) {
  await browser.open(`${daemon.origin}/reader`);
  const ids = await browser.run("return [...document.querySelectorAll('.item')].map((item) => item.id)");
  const found = [];
  const expect = async (what, is, should) => {
    if (is !== should) found.push(`${what}: ${is}, not ${should}`);
  };
  await press(browser, "j");
  await expect("j", await browser.run(FOCUSED), ids[0]);
  await press(browser, "j");
  await press(browser, "j");
  await expect("j, j", await browser.run(FOCUSED), ids[2]);
  await press(browser, "k");
  await expect("k", await browser.run(FOCUSED), ids[1]);
  await press(browser, "j");
  await press(browser, "o");
  await expect("o", await browser.run("return document.activeElement.querySelector('.whole').open"), true);
  await browser.run("document.querySelector('.run summary').focus()");
  await press(browser, "o");
  await expect("o on a run", await browser.run("return document.querySelector('.run').open"), true);
  await press(browser, "j");
  await expect("j in a run", await browser.run("return document.activeElement.parentElement.className"), "run");
  await press(browser, "?");
  await expect("?", await browser.run("return document.querySelector('dialog').open"), true);
  await press(browser, "Escape");
  await expect("Escape", await browser.run("return document.querySelector('dialog').open"), false);
  await browser.run("document.querySelector('.item').focus()");
  await press(browser, "r");
  await until(async () => (await browser.run("return location.pathname")) === "/write");
  await expect("r", await browser.run("return location.pathname"), "/write");
  await browser.open(`${daemon.origin}/search.html`);
  await browser.run("document.querySelector('#q').focus()");
  await press(browser, "?");
  await expect("? while writing", await browser.run("return document.querySelector('dialog').open"), false);
  await browser.open(`${daemon.origin}/reader`);
  await browser.run("document.querySelector('#use-keys').click()");
  await press(browser, "j");
  await expect("j when off", await browser.run(FOCUSED), "");
  await browser.open(`${daemon.origin}/reader`);
  await press(browser, "j");
  await expect("j when off, later", await browser.run(FOCUSED), "");
  await browser.run("document.querySelector('#use-keys').click()");
  report.check("keys", "timeline", found);
}

async function checkMarks(browser, daemon, report) {
  await browser.open(`${daemon.origin}/reader`);
  daemon.asked = [];
  const found = [];
  const state = `const item = document.querySelector('.item');
    return [item.classList.contains('seen'), item.querySelector('[data-key=m]').textContent].join()`;
  await press(browser, "j");
  await press(browser, "m");
  const read = await until(async () => (await browser.run(state)) === "true,Mark unread");
  if (!read) found.push(`after m: ${await browser.run(state)}`);
  await press(browser, "m");
  const unread = await until(async () => (await browser.run(state)) === "false,Mark read");
  if (!unread) found.push(`after m, m: ${await browser.run(state)}`);
  const acts = daemon.asked.map(({ path, form }) => `${path} ${form.act} ${form.id} ${form.csrf ? "csrf" : ""}`);
  const id = (await browser.run("return document.querySelector('.item').id")).replace("i-", "");
  const should = [`/reader/act read ${id} csrf`, `/reader/act unread ${id} csrf`];
  if (acts.join("; ") !== should.join("; ")) found.push(`sent: ${acts.join("; ")}`);
  // No answer to a script: the whole page is asked for instead.
  daemon.quick = false;
  daemon.asked = [];
  await browser.run("window.before = true; document.querySelector('[value=keep]').click()");
  const went = await until(() => browser.run("return window.before === undefined"));
  if (!went) found.push("no page came where a page has to");
  if (daemon.asked.at(-1)?.form.act !== "keep") found.push("keep was not sent");
  daemon.quick = true;
  report.check("marks", "timeline", found);
}

async function checkPicture(browser, daemon, report) {
  await browser.open(`${daemon.origin}/reader`);
  const loaded = "return document.querySelectorAll('.photos img[src$=\"p2.svg\"]').length";
  const before = await browser.run(loaded);
  await browser.run("document.querySelector('a.wait').click()");
  const after = await browser.run(loaded);
  const here = await browser.run("return location.pathname");
  report.check("picture", "timeline", after === before + 1 && here === "/reader" ? [] : [`${before}, ${after}, ${here}`]);
}

async function checkMenu(browser, daemon, report) {
  await browser.open(`${daemon.origin}/reader`);
  const count = "return document.querySelectorAll('.menu[open]').length";
  const summary = (n) => `document.querySelectorAll('.menu > summary')[${n}]`;
  const found = [];
  await browser.run(`${summary(0)}.click()`);
  await browser.run(`${summary(1)}.focus(); ${summary(1)}.click()`);
  if (!(await until(async () => (await browser.run(count)) === 1))) found.push("two are open");
  await press(browser, "Escape");
  if (!(await until(async () => (await browser.run(count)) === 0))) found.push("Escape leaves it open");
  report.check("menu", "timeline", found);
}

const KEPT = `
  const done = arguments[arguments.length - 1];
  (async () => {
    const all = [];
    for (const name of await caches.keys()) {
      for (const request of await (await caches.open(name)).keys()) all.push(new URL(request.url).pathname);
    }
    done(all);
  })();
`;

async function checkWorker(browser, daemon, report) {
  const found = [];
  const kept = () => browser.runAsync(KEPT);
  await browser.open(`${daemon.origin}/reader`);
  if (!(await until(() => browser.run("return Boolean(navigator.serviceWorker.controller)")))) {
    report.check("worker", "timeline", ["no worker came"]);
    return;
  }
  await browser.open(`${daemon.origin}/reader`);
  if (!(await until(async () => (await kept()).includes("/reader")))) found.push("the timeline is not kept");
  if (!(await until(async () => (await kept()).some((path) => path.startsWith("/reader/picture/"))))) {
    found.push("no picture is kept");
  }
  await browser.open(`${daemon.origin}/settings.html`);
  if ((await kept()).some((path) => path.includes("settings"))) found.push("a page with forms is kept");
  const { port } = daemon;
  await daemon.stop();
  await browser.open(`${daemon.origin}/reader`);
  const [words, forms, away] = await browser.run(`
    const away = document.getElementById("away");
    return [document.querySelector("main").innerText.includes("swifts"), document.querySelectorAll("form").length,
      Boolean(away?.offsetParent)]`);
  const face = await until(() => browser.run("return document.querySelector('img.face')?.naturalWidth > 0"));
  if (!words) found.push("without network, the timeline is not there");
  if (forms) found.push(`${forms} forms are kept`);
  if (!away) found.push("it does not say that it is old");
  if (!face) found.push("its pictures are not there");
  await browser.open(`${daemon.origin}/reader/people`);
  const said = await browser.run("return document.querySelector('h1')?.textContent");
  if (said !== "No network here") found.push(`another page without network: ${said}`);
  await daemon.start(port);
  const gone = async () => !(await kept()).some((path) => path === "/reader" || path.includes("/picture/"));
  daemon.open = false;
  await browser.open(`${daemon.origin}/reader`);
  if (!(await until(gone))) found.push(`after the door was closed there is ${await kept()}`);
  daemon.open = true;
  await browser.open(`${daemon.origin}/reader`);
  if (!(await until(async () => (await kept()).includes("/reader")))) found.push("it is not kept again");
  await browser.run("document.querySelector('form[action$=\"/logout\"]').requestSubmit()");
  await until(() => daemon.asked.some(({ path }) => path === "/logout"));
  if (!(await until(gone))) found.push(`after logging out there is ${await kept()}`);
  report.check("worker", "timeline", found);
}

async function main() {
  const dir = process.argv[2];
  if (!dir || !existsSync(join(dir, "timeline.html"))) {
    console.error("usage: reader.mjs DIR\n  DIR: the pages that LANAI_PAGES=DIR cargo test --lib leaves");
    return 2;
  }
  const daemon = new Daemon(dir);
  await daemon.start();
  const browser = await Browser.start();
  const report = new Report("reader");
  try {
    await browser.width(1280);
    await browser.scheme("light");
    const checks = { checkFold, checkFresh, checkKeys, checkMarks, checkPicture, checkMenu, checkWorker };
    for (const [name, check] of Object.entries(checks)) {
      // What is looked for and not there at all breaks a check off.
      await check(browser, daemon, report).catch((error) => {
        report.check(name.replace("check", "").toLowerCase(), "timeline", [error.message]);
      });
    }
  } finally {
    await browser.close();
    await daemon.stop();
  }
  return report.close();
}

process.exitCode = await main();
