// Keeps what was last read for when there is no network: the timeline as a page without forms, its
// pictures up to a number, and the offline page. Answers and forms are never kept, and all of it goes
// when somebody logs out or is found to be logged out.
"use strict";

const NAME = "lanai-reader-1";
const PICTURES = "lanai-reader-pictures-1";
const MOST_PICTURES = 150;
const LARGEST = 2 * 1024 * 1024;

// Everything lies beside "/reader", the scope of this worker.
const HOME = new URL(self.registration.scope).pathname.replace(/\/$/, "");
const ROOT = HOME.replace(/\/reader$/, "");
const OFFLINE = `${HOME}/offline`;
const PARTS = ["pages.css", "reader.css", "reader.js", "reader.svg"].map((name) => `${ROOT}/-/${name}`);

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(NAME).then((cache) => cache.addAll([OFFLINE, ...PARTS])));
  self.skipWaiting();
});

self.addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    for (const name of await caches.keys()) {
      if (name.startsWith("lanai-reader-") && name !== NAME && name !== PICTURES) await caches.delete(name);
    }
    await self.clients.claim();
  })());
});

/** Whatever belongs to somebody goes; the offline page and the style may stay. */
async function forget() {
  await caches.delete(PICTURES);
  const cache = await caches.open(NAME);
  for (const request of await cache.keys()) {
    if (!isPart(new URL(request.url).pathname)) await cache.delete(request);
  }
}

const isPart = (path) => path === OFFLINE || PARTS.includes(path);
const isTimeline = (path) => path === HOME || path.startsWith(`${HOME}/channel/`);

/** A page as it can be read later: nothing on it can be sent, and it says that it is old. */
async function readable(answer) {
  const html = (await answer.text())
    .replace(/<form\b[\s\S]*?<\/form>/gi, "")
    .replace(/(<p class="note away" id="away") hidden/, "$1");
  return new Response(html, { headers: { "content-type": "text/html; charset=utf-8",
    "content-security-policy": answer.headers.get("content-security-policy") ?? "default-src 'none'" } });
}

async function timeline(event, path) {
  const cache = await caches.open(NAME);
  try {
    const answer = await fetch(event.request);
    if (answer.type === "opaqueredirect" || answer.status === 401 || answer.status === 403) {
      // Sent to the door: whoever comes next must not see what was kept.
      event.waitUntil(forget());
    } else if (answer.ok && !answer.redirected && !new URL(event.request.url).search) {
      const copy = answer.clone();
      event.waitUntil(readable(copy).then((page) => cache.put(path, page)));
    }
    return answer;
  } catch {
    return (await cache.match(path)) ?? (await cache.match(OFFLINE)) ?? Response.error();
  }
}

async function other(event) {
  try {
    return await fetch(event.request);
  } catch {
    return (await caches.match(OFFLINE)) ?? Response.error();
  }
}

async function part(event, path) {
  const cache = await caches.open(NAME);
  try {
    const answer = await fetch(event.request);
    if (answer.ok) event.waitUntil(cache.put(path, answer.clone()));
    return answer;
  } catch {
    return (await cache.match(path)) ?? Response.error();
  }
}

async function keep(request, answer) {
  const size = (await answer.clone().arrayBuffer()).byteLength;
  if (size > LARGEST) return;
  const cache = await caches.open(PICTURES);
  await cache.put(request, answer);
  const known = await cache.keys();
  // The oldest come first.
  for (const old of known.slice(0, Math.max(0, known.length - MOST_PICTURES))) await cache.delete(old);
}

async function picture(event) {
  const cache = await caches.open(PICTURES);
  const known = await cache.match(event.request);
  if (known) return known;
  const answer = await fetch(event.request);
  if (answer.status === 200) event.waitUntil(keep(event.request, answer.clone()));
  return answer;
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (url.origin !== self.location.origin) return;
  if (request.method !== "GET") return;
  if (request.mode === "navigate") {
    event.respondWith(isTimeline(url.pathname) ? timeline(event, url.pathname) : other(event));
  } else if (isPart(url.pathname)) {
    event.respondWith(part(event, url.pathname));
  } else if (request.destination === "image") {
    event.respondWith(picture(event));
  }
});

// Logging out lies outside of what this worker sees: the page says so.
self.addEventListener("message", (event) => {
  if (event.data === "forget") event.waitUntil(forget());
});
