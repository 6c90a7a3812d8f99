#!/usr/bin/env node
// Screenshots of the pages people should look at whenever the look changes (see LOOKS in sample.py),
// at 360 and 1280 px, light and dark, from the top of the page down to 2,400 px. Judges nothing;
// fails if the site has no page for one of the names.
//
//   shots.mjs DIR OUT [--prefix porch-] [--only home,note]
//
// writes OUT/porch-home-360-light.png and so on. Build the site once per theme and give each a prefix.

import { mkdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { addressOf, Browser, choosePages, serve } from "./browser.mjs";

const USAGE = "usage: shots.mjs DIR OUT [--prefix TEXT] [--only NAME,NAME...]";
const WIDTHS = [360, 1280];
const SCHEMES = ["light", "dark"];
const TALLEST = 2400;

/** Pictures wait until they are near the screen; for a screenshot they all load now. */
const LOAD_PICTURES = `
  const done = arguments[arguments.length - 1];
  const pictures = [...document.images];
  for (const picture of pictures) picture.loading = "eager";
  Promise.all(pictures.map((picture) => picture.decode().catch(() => {}))).then(() => done(true));
`;

async function shoot(browser, width) {
  const height = await browser.run("return document.documentElement.scrollHeight");
  const clip = { x: 0, y: 0, width, height: Math.min(Math.max(height, 640), TALLEST), scale: 1 };
  const shot = await browser.cdp("Page.captureScreenshot", {
    format: "png",
    captureBeyondViewport: true,
    clip,
  });
  return Buffer.from(shot.data, "base64");
}

async function main() {
  const options = { prefix: { type: "string", default: "" }, only: { type: "string", default: "" } };
  let given;
  try {
    given = parseArgs({ options, allowPositionals: true });
  } catch (error) {
    console.error(`${error.message}\n${USAGE}`);
    return 2;
  }
  const [dir, out] = given.positionals;
  if (!out || !statSync(dir, { throwIfNoEntry: false })?.isDirectory()) {
    console.error(USAGE);
    return 2;
  }
  const { base, pages, missing } = choosePages(dir, "--looks");
  const only = given.values.only.split(",").filter(Boolean);
  const wanted = Object.entries(pages).filter(([look]) => !only.length || only.includes(look));
  mkdirSync(out, { recursive: true });
  const server = await serve(dir, base);
  const browser = await Browser.start();
  try {
    for (const [look, name] of wanted) {
      for (const width of WIDTHS) {
        await browser.width(width);
        await browser.open(addressOf(server.origin, base, name));
        await browser.runAsync(LOAD_PICTURES);
        for (const scheme of SCHEMES) {
          await browser.scheme(scheme);
          const file = `${given.values.prefix}${look}-${width}-${scheme}.png`;
          writeFileSync(join(out, file), await shoot(browser, width));
        }
      }
      console.log(`${look}: ${name}`);
    }
  } finally {
    await browser.close();
    server.close();
  }
  const lacking = missing.filter((look) => !only.length || only.includes(look));
  for (const look of lacking) console.error(`${look}: no such page in this site`);
  return lacking.length ? 1 : 0;
}

process.exitCode = await main();
