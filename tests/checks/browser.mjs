// A real Chromium over a built site: a server on loopback that answers as a static host would, and
// a small WebDriver client for chromedriver. No package is needed, only Node's own modules.
// Which pages are looked at is `sample.py`'s choice; what is looked for, `axe.mjs`'s and `shots.mjs`'s.

import { spawn, execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { createServer as createSocket } from "node:net";
import { tmpdir } from "node:os";
import { dirname, extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));

const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".webmanifest": "application/manifest+json",
  ".xml": "application/xml",
  ".opml": "text/x-opml",
  ".ics": "text/calendar; charset=utf-8",
  ".txt": "text/plain; charset=utf-8",
  ".vtt": "text/vtt; charset=utf-8",
  ".svg": "image/svg+xml",
  ".jpg": "image/jpeg",
  ".jpeg": "image/jpeg",
  ".png": "image/png",
  ".gif": "image/gif",
  ".webp": "image/webp",
  ".avif": "image/avif",
  ".ico": "image/x-icon",
  ".mp4": "video/mp4",
  ".webm": "video/webm",
  ".mp3": "audio/mpeg",
  ".ogg": "audio/ogg",
  ".opus": "audio/ogg",
  ".m4a": "audio/mp4",
  ".wasm": "application/wasm",
};

/** Ask sample.py for pages: some of each sort, or with `--looks` those to look at. */
export function choosePages(dir, ...flags) {
  const python = process.env.LANAI_PYTHON ?? "python3";
  const command = [join(here, "sample.py"), dir, "--json", ...flags];
  return JSON.parse(execFileSync(python, command, { encoding: "utf8" }));
}

/** Where the server of `serve` answers for a page. */
export function addressOf(origin, base, name) {
  return origin + new URL(base).pathname + encodeURI(name.replace(/(^|\/)index\.html$/, "$1"));
}

/** The folder npm installed the packages into. */
export function modules() {
  return process.env.LANAI_NODE_MODULES ?? join(here, "node_modules");
}

function pattern(source) {
  const parts = decodeURI(source).split(/(\*|:[A-Za-z]\w*)/);
  const quoted = parts.map((part) => {
    if (part === "*") return "(.*)";
    if (part.startsWith(":")) return "[^/]+";
    return part.replace(/[.+?^${}()|[\]\\]/g, "\\$&");
  });
  return new RegExp(`^${quoted.join("")}$`);
}

function ruleLines(dir, name) {
  const file = join(dir, name);
  if (!existsSync(file)) return [];
  return readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line.trim() && !line.trim().startsWith("#"));
}

/** `_headers`: an address pattern on its own line, indented headers below it. */
function headerRules(dir) {
  const rules = [];
  let current = null;
  for (const line of ruleLines(dir, "_headers")) {
    if (!/^\s/.test(line)) {
      current = pattern(line.trim());
    } else if (current && line.includes(":")) {
      const at = line.indexOf(":");
      rules.push([current, line.slice(0, at).trim(), line.slice(at + 1).trim()]);
    }
  }
  return rules;
}

/** `_redirects`: from, to, status. */
function redirectRules(dir) {
  return ruleLines(dir, "_redirects")
    .map((line) => line.trim().split(/\s+/))
    .filter((words) => words.length >= 2)
    .map(([from, to, status]) => [pattern(from), to, Number.parseInt(status ?? "301", 10)]);
}

/**
 * Serve a built site on a free loopback port as a static host would, below the path of its address.
 * Without `policy` no Content-Security-Policy goes with the pages. Resolves to { origin, close }.
 */
export async function serve(dir, base, { policy = true } = {}) {
  const prefix = new URL(base).pathname;
  const isPolicy = ([, name]) => name.toLowerCase() === "content-security-policy";
  const headers = headerRules(dir).filter((rule) => policy || !isPolicy(rule));
  const redirects = redirectRules(dir);

  const fileAt = (path) => {
    if (!path.startsWith(prefix)) return null;
    const inside = normalize(`/${path.slice(prefix.length)}`);
    const file = join(dir, inside.endsWith("/") ? `${inside}index.html` : inside);
    return existsSync(file) && statSync(file).isFile() ? file : null;
  };

  const server = createServer((request, response) => {
    let path;
    try {
      path = decodeURI(new URL(request.url, "http://localhost").pathname);
    } catch {
      response.writeHead(400).end();
      return;
    }
    for (const [from, name, value] of headers) {
      if (from.test(path)) response.setHeader(name, value);
    }
    const rule = redirects.find(([from]) => from.test(path));
    let file = fileAt(path);
    let status = 200;
    if (rule && rule[2] >= 300 && rule[2] < 400 && !file) {
      response.writeHead(rule[2], { location: rule[1] }).end();
      return;
    }
    if (rule && rule[2] >= 400) status = rule[2];
    if (!file) {
      status = status === 200 ? 404 : status;
      file = fileAt(rule?.[1] ?? "") ?? fileAt(`${prefix}404.html`);
    }
    if (!file) {
      response.writeHead(404, { "content-type": "text/plain" }).end("not found");
      return;
    }
    const type = TYPES[extname(file).toLowerCase()] ?? "application/octet-stream";
    if (!response.hasHeader("content-type")) response.setHeader("content-type", type);
    response.writeHead(status).end(readFileSync(file));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { origin: `http://127.0.0.1:${server.address().port}`, close };
}

async function freePort() {
  const socket = createSocket();
  await new Promise((resolve) => socket.listen(0, "127.0.0.1", resolve));
  const { port } = socket.address();
  await new Promise((resolve) => socket.close(resolve));
  return port;
}

/** One browser window; every method is a WebDriver command, or a DevTools one through `cdp`. */
export class Browser {
  /** `others`: what becomes of hosts that are not the loopback, in the words of Chromium's rules. */
  static async start({ others = "~NOTFOUND" } = {}) {
    const browser = new this();
    browser.others = others;
    browser.profile = mkdtempSync(join(tmpdir(), "lanai-chromium-"));
    const port = await freePort();
    browser.address = `http://127.0.0.1:${port}`;
    browser.driver = spawn("chromedriver", [`--port=${port}`, "--log-level=SEVERE"], {
      stdio: ["ignore", "ignore", "inherit"],
    });
    browser.driver.on("error", (error) => {
      console.error(`chromedriver did not start: ${error.message}`);
      process.exit(1);
    });
    try {
      await browser.waitForDriver();
      const value = await browser.command("POST", "/session", {
        capabilities: { alwaysMatch: browser.capabilities() },
      });
      browser.session = `/session/${value.sessionId}`;
    } catch (error) {
      await browser.close();
      throw error;
    }
    return browser;
  }

  capabilities() {
    const args = [
      "--headless=new",
      "--no-sandbox", // The pages are our own, and root or a container can have no sandbox.
      "--disable-gpu",
      "--disable-quic",
      "--disable-dev-shm-usage",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--hide-scrollbars",
      "--force-color-profile=srgb",
      `--host-resolver-rules=MAP * ${this.others}, EXCLUDE 127.0.0.1`,
      `--user-data-dir=${this.profile}`,
    ];
    return {
      browserName: "chrome",
      "goog:chromeOptions": { args, ...(existsSync("/usr/bin/chromium") ? { binary: "/usr/bin/chromium" } : {}) },
      "goog:loggingPrefs": { browser: "ALL" },
      timeouts: { script: 60_000, pageLoad: 60_000 },
    };
  }

  async waitForDriver() {
    for (let tries = 0; tries < 100; tries += 1) {
      try {
        const status = await this.command("GET", "/status");
        if (status.ready) return;
      } catch {
        // Not listening yet.
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error("chromedriver did not answer within 10 seconds");
  }

  async command(method, path, body) {
    const response = await fetch(this.address + path, {
      method,
      headers: { "content-type": "application/json" },
      body: method === "POST" ? JSON.stringify(body ?? {}) : undefined,
    });
    const { value } = await response.json();
    if (!response.ok) throw new Error(`${path}: ${value?.error}: ${value?.message}`);
    return value;
  }

  cdp(cmd, params = {}) {
    return this.command("POST", `${this.session}/goog/cdp/execute`, { cmd, params });
  }

  open(url) {
    return this.command("POST", `${this.session}/url`, { url });
  }

  run(script, ...args) {
    return this.command("POST", `${this.session}/execute/sync`, { script, args });
  }

  /** Run a script whose last argument is a function to call with the result. */
  runAsync(script, ...args) {
    return this.command("POST", `${this.session}/execute/async`, { script, args });
  }

  /** Console messages since the last call. */
  log() {
    return this.command("POST", `${this.session}/se/log`, { type: "browser" });
  }

  width(width, height = 900) {
    return this.cdp("Emulation.setDeviceMetricsOverride", {
      width,
      height,
      deviceScaleFactor: 1,
      mobile: false,
    });
  }

  /** Show colours as a visitor does who prefers "light" or "dark"; nothing moves. */
  scheme(name) {
    return this.cdp("Emulation.setEmulatedMedia", {
      features: [
        { name: "prefers-color-scheme", value: name },
        { name: "prefers-reduced-motion", value: "reduce" },
      ],
    });
  }

  async close() {
    if (this.session) await this.command("DELETE", this.session).catch(() => {});
    this.driver.kill();
    rmSync(this.profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}
