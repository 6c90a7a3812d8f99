#!/usr/bin/env node
// Accessibility and the browser's own complaints, in a real Chromium over chromedriver.
//
// For pages of each sort (see sample.py), at 360 and 1280 px, light and dark:
//   axe      axe-core finds nothing, whatever the impact
//   console  the browser logs no error; a breach of `_headers`' Content-Security-Policy is one
// and once per page:
//   width    at 320 px nothing has to be scrolled sideways
//   script   with JavaScript switched off the page shows the same words in <main>
// Valid HTML is left to nu.py, links and inline code to site.py.
//
//   axe.mjs DIR [--all] [--url ADDRESS]
//
//   --all: every page (slow); --url: the site's address, where no home page says it

import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { addressOf, Browser, choosePages, modules, serve } from "./browser.mjs";
import { Report } from "./report.mjs";

const WIDTHS = [360, 1280];
const SCHEMES = ["light", "dark"];
const NARROW = 320;

/** Run in the page: axe's findings, as short lines. */
const RUN_AXE = `
  const done = arguments[arguments.length - 1];
  const options = { resultTypes: ["violations"], rules: { "target-size": { enabled: true } } };
  axe.run(document, options).then(
    (result) => done(result.violations.map((found) => {
      const places = found.nodes.slice(0, 3).map((node) => {
        const why = node.any.concat(node.all, node.none)[0];
        return node.target.join(" ") + (why ? " (" + why.message + ")" : "");
      });
      return found.id + " (" + found.impact + ", " + found.nodes.length + "): " + places.join("; ");
    })),
    (error) => done(["axe failed: " + error]));
`;

/** Run in the page: how wide it is, and what sticks out. */
const RUN_WIDTH = `
  const limit = arguments[0];
  const page = document.scrollingElement;
  const out = [];
  if (page.scrollWidth > limit) {
    for (const element of document.body.querySelectorAll("*")) {
      const box = element.getBoundingClientRect();
      if (box.width && (box.right > limit + 0.5 || box.left < -0.5)) {
        const name = element.className && element.getAttribute("class");
        out.push(element.tagName.toLowerCase() + (name ? "." + name.split(/\\s+/).join(".") : ""));
      }
    }
  }
  return [page.scrollWidth, out.slice(0, 5)];
`;

const MAIN_TEXT = `
  const main = document.querySelector("main");
  return main ? main.innerText.replace(/\\s+/g, " ").trim() : "";
`;

/** What the page's own rules refuse is remembered before the page itself begins. */
const WATCH_POLICY = `
  window.lanaiRefused = [];
  document.addEventListener("securitypolicyviolation", (event) => {
    window.lanaiRefused.push(event.effectiveDirective + " " + (event.blockedURI || "inline"));
  });
`;

/**
 * The browser's complaints since the last look. The status of a 404 page or tombstone is none, and
 * neither is the icon that a browser asks for unbidden.
 */
async function complaints(browser, url) {
  const log = await browser.log();
  return log
    .filter((entry) => entry.level === "SEVERE")
    .filter((entry) => !entry.message.startsWith(`${url} - Failed to load resource`))
    .filter((entry) => !entry.message.includes("/favicon.ico - Failed to load resource"))
    .map((entry) => entry.message.slice(0, 200));
}

async function checkLooks(browser, report, axe, name, url) {
  for (const width of WIDTHS) {
    await browser.width(width);
    await browser.scheme(SCHEMES[0]);
    await browser.open(url);
    const refused = await browser.run("return window.lanaiRefused ?? []");
    const said = await complaints(browser, url);
    const all = new Set([...refused.map((one) => `policy refused ${one}`), ...said]);
    report.check("console", `${name} at ${width}`, [...all].slice(0, 5));
    await browser.run(`${axe}; return 0;`);
    for (const scheme of SCHEMES) {
      await browser.scheme(scheme);
      const found = await browser.runAsync(RUN_AXE);
      report.check("axe", `${name} at ${width} ${scheme}`, found);
    }
  }
}

async function checkWidth(browser, report, name) {
  await browser.width(NARROW);
  const [width, out] = await browser.run(RUN_WIDTH, NARROW);
  const what = `${width} px are needed at ${NARROW}: ${out.join(", ")}`;
  report.check("width", name, width <= NARROW ? [] : [what]);
}

async function checkWithoutScript(browser, report, name, url) {
  const withScript = await browser.run(MAIN_TEXT);
  await browser.cdp("Emulation.setScriptExecutionDisabled", { value: true });
  await browser.open(url);
  await browser.cdp("Emulation.setScriptExecutionDisabled", { value: false });
  const without = await browser.run(MAIN_TEXT);
  // A page may say something more to those without scripts (the search page does).
  const ok = withScript !== "" && (without === withScript || without.length >= withScript.length);
  const what = `${without.length} of ${withScript.length} characters are shown`;
  report.check("script", name, ok ? [] : [what]);
}

async function main() {
  const [dir, ...flags] = process.argv.slice(2);
  const known = flags.every((flag, at) => ["--all", "--url"].includes(flag) || flags[at - 1] === "--url");
  if (!dir || dir === "--help" || dir === "-h" || !known) {
    console.log("usage: axe.mjs DIR [--all] [--url ADDRESS]\n  DIR: a built site; --all: every page");
    return 2;
  }
  if (!statSync(dir, { throwIfNoEntry: false })?.isDirectory()) {
    console.error(`${dir}: no such folder`);
    return 1;
  }
  const { base, pages } = choosePages(dir, ...flags);
  const axe = readFileSync(join(modules(), "axe-core", "axe.min.js"), "utf8");
  const server = await serve(dir, base);
  const browser = await Browser.start();
  const report = new Report("axe");
  try {
    await browser.cdp("Page.addScriptToEvaluateOnNewDocument", { source: WATCH_POLICY });
    for (const name of Object.values(pages)) {
      const url = addressOf(server.origin, base, name);
      await checkLooks(browser, report, axe, name, url);
      await checkWidth(browser, report, name);
      await checkWithoutScript(browser, report, name, url);
      await browser.log();
    }
  } finally {
    await browser.close();
    server.close();
  }
  return report.close();
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  process.exitCode = await main();
}
